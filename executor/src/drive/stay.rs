//! An attempt in its worktree: from when it has entered to when it has left. Starts nothing.

use std::sync::Arc;

use super::local::Ground;
use super::watch::Eyes;
use crate::aside::aside;
use crate::decide::port::WorktreeSpec;
use crate::event::{Failure, FailureClass, Left};
use crate::git::{Place, Stand, Within, Worktrees};

/// An attempt in its worktree.
pub(super) struct Stay {
    pub(super) place: Place,
    /// What will be said of how it leaves.
    left: Left,
    /// Nobody believes how it was left before.
    within: Arc<Within>,
}

impl Stay {
    /// It has entered `place`, which was asked for as `spec`.
    pub(super) fn begin(worktrees: &Worktrees, spec: &WorktreeSpec, place: Place) -> Self {
        let (path, asked, branch) = (spec.path.clone(), spec.branch.clone(), place.branch.to_string());
        let left = Left { path, asked, branch, head: None, tree: None };
        Self { within: Arc::new(worktrees.within(&spec.path)), place, left }
    }
    /// Looks whether everything is as it was left here; then what is there now counts as seen.
    ///
    /// # Errors
    /// The failure that says what is not.
    pub(super) async fn require_as_left(&mut self, eyes: &Eyes, ground: &Arc<Ground>) -> Result<(), Failure> {
        let unseen =
            |e: String| Failure::new(FailureClass::StartFailed, format!("how the work begins cannot be seen: {e}"));
        let stand = eyes.stand(ground, &self.place.repository).await.map_err(unseen)?;
        let (ground, place, within) = (Arc::clone(ground), self.place.clone(), Arc::clone(&self.within));
        let now = stand.clone();
        let compared = aside(move || match &ground.worktrees {
            Some(worktrees) => worktrees.require_as_left(&within, &place, &now).map_err(Failure::from),
            None => Ok(()),
        });
        let compared = compared.await.unwrap_or_else(|why| Err(unseen(why)));
        if compared.is_err() {
            self.stands(Some(&stand));
        }
        compared
    }
    /// How it will be said to leave; `None`: nobody looked.
    pub(super) fn stands(&mut self, stand: Option<&Stand>) {
        self.left.head = stand.and_then(|stand| stand.head.clone());
        self.left.tree = stand.map(|stand| stand.tree.clone());
    }
    /// How it leaves. IMPORTANT: before its end is told, since what is told then holds.
    pub(super) fn end(self) -> Left {
        drop(self.within);
        self.left
    }
}
