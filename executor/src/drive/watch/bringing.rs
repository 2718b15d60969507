//! Whose turn it is to get what was written in views into the tree. Of several that have ended while others were brought, those whose
//! paths do not meet get there together: one look before and one after tell of them all, and still whose is what is known for certain.

use std::collections::{BTreeSet, VecDeque};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as Turns, OwnedMutexGuard, oneshot};

use super::sight::{Eyes, Sight};
use super::view::{self, Load};
use crate::aside::aside;
use crate::drive::local::Ground;
use crate::git::{self, Repository};

/// Whose views are to be brought into the tree.
#[derive(Debug, Default)]
pub(super) struct Bringing {
    /// Whoever holds it brings, and nobody else.
    turn: Arc<Turns<()>>,
    /// In the order in which they ended.
    waiting: Mutex<VecDeque<Waiting>>,
    /// Those who want to see how everything stands before they begin, as long as something is being brought and nobody has begun to look.
    beginning: Mutex<Option<Vec<oneshot::Sender<Arc<Sight>>>>>,
}

/// One that has ended, and whom to tell what came of it.
#[derive(Debug)]
struct Waiting {
    view: view::Own,
    tell: oneshot::Sender<Result<There, String>>,
}

/// What an attempt wrote is in the tree. Nothing of others gets there as long as somebody holds this.
#[derive(Debug)]
pub(super) struct There {
    /// How everything stood then, or why nobody knows.
    pub(super) seen: Result<Arc<Sight>, String>,
    _turn: Arc<OwnedMutexGuard<()>>,
}

impl Bringing {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn beginning(&self) -> MutexGuard<'_, Option<Vec<oneshot::Sender<Arc<Sight>>>>> {
        self.beginning.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those who have waited longest, `count` of them.
    fn take(&self, count: usize) -> Vec<Waiting> {
        let mut waiting = self.waiting();
        let count = count.min(waiting.len());
        waiting.drain(..count).collect()
    }
}

/// Somebody brings; nobody waits for its look any more when this is dropped.
struct Gate<'b>(&'b Bringing);

impl<'b> Gate<'b> {
    fn new(bringing: &'b Bringing) -> Self {
        *bringing.beginning() = Some(Vec::new());
        Self(bringing)
    }
}

impl Gate<'_> {
    /// Those who wait; from now on everybody looks for themselves.
    fn open(self) -> Vec<oneshot::Sender<Arc<Sight>>> {
        self.0.beginning().take().unwrap_or_default()
    }
}

impl Drop for Gate<'_> {
    fn drop(&mut self) {
        drop(self.0.beginning().take());
    }
}

impl Eyes {
    /// Looks before an attempt begins in a view of its own: as long as something of others is being brought, together with who looks after
    /// that, since nobody should begin with what is there by half.
    ///
    /// # Errors
    /// Why nothing is seen.
    pub(super) async fn look_to_begin(&self, ground: &Arc<Ground>, repository: &Repository) -> Result<Sight, String> {
        let told = self.bringing.beginning().as_mut().map(|beginning| {
            let (tell, told) = oneshot::channel();
            beginning.push(tell);
            told
        });
        if let Some(told) = told
            && let Ok(seen) = told.await
        {
            return Ok(Sight::clone(&seen));
        }
        self.look(ground, repository).await
    }

    /// Brings what was written in `view` into the tree of `repository`, and looks.
    ///
    /// # Errors
    /// Why not all of it is there.
    pub(super) async fn bring(
        &self,
        ground: &Arc<Ground>,
        repository: &Repository,
        view: &view::Own,
    ) -> Result<There, String> {
        let (tell, mut told) = oneshot::channel();
        self.bringing.waiting().push_back(Waiting { view: view.clone(), tell });
        loop {
            let turn = tokio::select! {
                biased;
                told = &mut told => return told.unwrap_or_else(|_| Err("BUG: nobody brought it".to_owned())),
                turn = Arc::clone(&self.bringing.turn).lock_owned() => turn,
            };
            // Whoever had the turn before may have told it together with giving the turn away.
            if let Ok(told) = told.try_recv() {
                return told;
            }
            self.bring_next(ground, repository, turn).await;
        }
    }

    /// Brings what those wrote who have waited longest, as many as go together.
    async fn bring_next(&self, ground: &Arc<Ground>, repository: &Repository, turn: OwnedMutexGuard<()>) {
        let (turn, gate) = (Arc::new(turn), Gate::new(&self.bringing));
        let batch = self.batch(ground, repository).await.unwrap_or_else(|why| Batch::failed(&why, 1));
        let together = self.bringing.take(batch.parts.len());
        // They have asked before it begins.
        let beginning = gate.open();
        let seen = self.look(ground, repository).await.map(Arc::new);
        let batch = match &seen {
            Ok(now) => {
                // Nobody may wait any more.
                beginning.into_iter().for_each(|tell| drop(tell.send(Arc::clone(now))));
                batch.freshened(repository, now).await
            }
            Err(_) => batch,
        };
        for (one, part) in together.into_iter().zip(&batch.parts) {
            let there = match part {
                Ok(_) => Ok(There { seen: seen.clone(), _turn: Arc::clone(&turn) }),
                Err(why) => Err(format!("what it wrote did not get into the working tree: {why}")),
            };
            drop(one.tell.send(there));
        }
        drop(turn);
        // What is not noted as done is done once more, which changes nothing.
        drop(aside(move || batch.done()).await);
    }

    /// Gets as many as go together into the tree.
    async fn batch(&self, ground: &Ground, repository: &Repository) -> Result<Batch, String> {
        let before = self.stand(ground, repository).await?.tree;
        // Also those who ended during the look: what they wrote was in their views alone.
        let views: Vec<view::Own> = self.bringing.waiting().iter().map(|one| one.view.clone()).collect();
        let repository = repository.clone();
        aside(move || {
            let mut batch = Batch::of(&repository, &views, &before);
            batch.bring(&repository);
            batch
        })
        .await
    }
}

/// What several views bring together.
#[derive(Debug, Default)]
struct Batch {
    /// Of each view what it brings, unless everything is there already, or why that cannot be.
    parts: Vec<Result<Option<Load>, String>>,
    /// Everything that was written in them.
    paths: BTreeSet<PathBuf>,
}

impl Batch {
    /// Of the first of `views`, and of as many after it as go with it: nobody goes before one that ended earlier. The tree is `before`.
    fn of(repository: &Repository, views: &[view::Own], before: &str) -> Self {
        let mut batch = Self::default();
        for view in views {
            let load = view.load(repository, before).map_err(|e| e.to_string());
            let paths = load.as_ref().ok().and_then(Option::as_ref).map(|load| load.paths().collect::<Vec<_>>());
            let goes_along = load.is_ok() && paths.as_ref().is_none_or(|paths| batch.goes_with(paths));
            if !batch.parts.is_empty() && !goes_along {
                break;
            }
            batch.paths.extend(paths.into_iter().flatten().map(Path::to_owned));
            batch.parts.push(load);
        }
        batch
    }

    /// Do `paths` meet nothing of it, so that it does not matter who comes first?
    fn goes_with(&self, paths: &[&Path]) -> bool {
        let all = self.paths.iter().map(PathBuf::as_path).chain(paths.iter().copied());
        self.paths.is_empty() || paths.is_empty() || (!all.into_iter().any(is_of_git) && !self.meets(paths))
    }

    /// Is one of `paths` among those of it, in one, or around one?
    fn meets(&self, paths: &[&Path]) -> bool {
        let is_around = |path: &Path| {
            let mut from = self.paths.range::<Path, _>((Bound::Included(path), Bound::Unbounded));
            from.next().is_some_and(|next| next.starts_with(path))
        };
        paths.iter().any(|path| is_around(path) || path.ancestors().any(|above| self.paths.contains(above)))
    }

    fn loads(&self) -> impl DoubleEndedIterator<Item = &Load> {
        self.parts.iter().filter_map(|part| part.as_ref().ok()?.as_ref())
    }

    /// Notes how far each has come, and gets everything there.
    fn bring(&mut self, repository: &Repository) {
        if let Err(why) = Load::note(self.loads().collect()) {
            self.parts.iter_mut().for_each(|part| *part = Err(why.to_string()));
        }
        for part in &mut self.parts {
            let brought = match part {
                Ok(Some(load)) => load.bring(repository),
                Ok(None) | Err(_) => Ok(()),
            };
            if let Err(why) = brought {
                *part = Err(why.to_string());
            }
        }
    }

    /// One of which nothing got there, for `why`.
    fn failed(why: &str, count: usize) -> Self {
        Self { parts: (0..count).map(|_| Err(why.to_owned())).collect(), ..Self::default() }
    }

    /// The same, when what came before the last one has a new time.
    async fn freshened(mut self, repository: &Repository, now: &Arc<Sight>) -> Self {
        if self.loads().count() < 2 {
            return self;
        }
        let (repository, now, count) = (repository.clone(), Arc::clone(now), self.parts.len());
        let freshened = aside(move || {
            self.freshen(&repository, &now.own.stand.tree);
            self
        });
        freshened.await.unwrap_or_else(|why| Self::failed(&why, count))
    }

    fn freshen(&mut self, repository: &Repository, now: &str) {
        let freshened = self.loads().next_back().map_or(Ok(()), |last| last.freshen_others(repository, now));
        let last = self.parts.iter_mut().rfind(|part| matches!(part, Ok(Some(_))));
        if let (Err(why), Some(last)) = (freshened, last) {
            *last = Err(why.to_string());
        }
    }

    /// Notes that everything is there.
    fn done(mut self) -> Result<(), git::Error> {
        self.parts.iter_mut().filter_map(|part| part.as_mut().ok()?.as_mut()).for_each(Load::is_there);
        Load::note(self.loads().collect())
    }
}

/// Does it tell git what to see of other files?
fn is_of_git(path: &Path) -> bool {
    let is_one =
        |name: &std::ffi::OsStr| name.as_encoded_bytes().get(..4).is_some_and(|n| n.eq_ignore_ascii_case(b".git"));
    path.iter().any(is_one)
}

#[cfg(test)]
mod tests;
