//! A stash that somebody makes and takes back is nobody else's deed, and everybody sees it meanwhile. So whoever sees one beside others
//! waits for it to go, and looks again. Judges nothing: one that stays is seen by all who have waited.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::git::{Refs, Repository};

/// The ref of the latest stash.
const STASH: &str = "refs/stash";
/// How long somebody may keep work in a stash while another waits.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked for meanwhile.
const PAUSE: Duration = Duration::from_millis(50);

/// Who works in the repository.
#[derive(Debug, Default)]
pub(super) struct Stashed(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// How many are at work: neither about to begin nor at their end.
    at_work: usize,
    /// The latest stash when the first of them began.
    before: Option<String>,
}

impl Stashed {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Somebody is about to begin.
    pub(super) fn join(self: &Arc<Self>) -> Beside {
        Beside { stashed: Arc::clone(self), before: None, works: false, gone: None, until: None }
    }
}

/// One that works there.
#[derive(Debug)]
pub(super) struct Beside {
    stashed: Arc<Stashed>,
    /// The latest stash before anybody worked; `None`: it has not begun.
    before: Option<Option<String>>,
    works: bool,
    /// The stash that was gone.
    gone: Option<String>,
    /// When it waits no longer.
    until: Option<Instant>,
}

impl Beside {
    /// It begins, and everything is as in `refs`.
    pub(super) fn begin(&mut self, refs: &Refs) {
        let mut state = self.stashed.state();
        if state.at_work == 0 {
            state.before = refs.get(STASH).cloned();
        }
        state.at_work += 1;
        self.before = Some(state.before.clone());
        (self.works, self.until) = (true, None);
    }

    /// It works no more.
    pub(super) fn end(&mut self) {
        if std::mem::take(&mut self.works) {
            self.stashed.state().at_work -= 1;
        }
    }

    /// Waits as long as a stash that was seen in `refs` is there, and others are at work who may take it back. True if it is gone:
    /// then what was seen is no longer so.
    pub(super) async fn has_gone(&mut self, repository: &Repository, refs: &Refs) -> bool {
        let Some(seen) = refs.get(STASH).filter(|seen| self.is_new(seen)) else { return false };
        let until = *self.until.get_or_insert_with(|| Instant::now() + PATIENCE);
        while Instant::now() < until {
            if repository.stash().as_ref() != Some(seen) {
                self.gone = Some(seen.clone());
                return true;
            }
            if self.stashed.state().at_work == 0 {
                return false;
            }
            sleep(PAUSE).await;
        }
        false
    }

    /// Was it made by somebody beside this one, as far as can be known? What is there again after it was gone is kept elsewhere.
    fn is_new(&self, seen: &String) -> bool {
        let state = self.stashed.state();
        let before = match &self.before {
            Some(before) => before,
            None if state.at_work > 0 => &state.before,
            None => return false,
        };
        before.as_ref() != Some(seen) && self.gone.as_ref() != Some(seen)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.end();
    }
}
