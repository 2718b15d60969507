//! Worktrees whose work has ended: known by the record of the run alone, whatever files of the run say.
//!
//! Whoever may write where agents write could change a file and the work that it vouches for. So nothing of this is on disk here:
//! it is told when a run is taken over, and whenever an attempt has left its worktree.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Repository;
use super::error::Error;
use super::name::{BranchName, Oid};
use super::record::{Note, Stage};
use super::worktree::{Place, Worktrees};
use crate::event::Left;

/// Who works in which worktree, and how those that nobody works in were left. By the path that the workflow asked for.
#[derive(Debug, Default)]
pub(super) struct Seals(Mutex<BTreeMap<String, Room>>);

#[derive(Debug, Default)]
struct Room {
    /// How many work in it.
    within: usize,
    left: Option<Left>,
}

impl Seals {
    fn rooms(&self) -> MutexGuard<'_, BTreeMap<String, Room>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// How the worktrees were left in which nobody works, as long as that is known.
    fn in_force(&self) -> Vec<Left> {
        let rooms = self.rooms();
        let empty = rooms.values().filter(|room| room.within == 0);
        empty.filter_map(|room| room.left.clone()).filter(|left| left.tree.is_some()).collect()
    }
}

/// Somebody works in a worktree; it ends when this is dropped. How it was left before is of no account any more.
#[derive(Debug)]
pub struct Within {
    seals: Arc<Seals>,
    path: String,
}

impl Drop for Within {
    fn drop(&mut self) {
        let mut rooms = self.seals.rooms();
        if let Some(room) = rooms.get_mut(&self.path) {
            room.within = room.within.saturating_sub(1);
            room.left = None;
        }
    }
}

/// A worktree whose node has ended.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// The node that it was made for.
    pub node: String,
    /// How it was left.
    pub left: Left,
    /// The repository as seen from there.
    pub repository: Repository,
}

impl Worktrees {
    /// How all worktrees were left, by the record of the run.
    pub fn know(&self, all: impl IntoIterator<Item = Left>) {
        let mut rooms = self.seals.rooms();
        rooms.values_mut().for_each(|room| room.left = None);
        for left in all {
            let path = left.path.clone();
            rooms.entry(path).or_default().left = Some(left);
        }
    }
    /// How one more was left: whoever takes its work later takes this and nothing else.
    pub fn seal(&self, left: &Left) {
        self.seals.rooms().entry(left.path.clone()).or_default().left = Some(left.clone());
    }
    /// Somebody begins to work in the worktree that was asked for as `path`.
    pub fn within(&self, path: &str) -> Within {
        let mut rooms = self.seals.rooms();
        let room = rooms.entry(path.to_owned()).or_default();
        room.within += 1;
        room.left = None;
        Within { seals: Arc::clone(&self.seals), path: path.to_owned() }
    }

    /// Is what is in `place`, which was asked for with the branch `asked`, what its last attempt left there? What was never sealed
    /// is taken as it is.
    ///
    /// # Errors
    /// [`Error::Broken`] if it is not; those of running git.
    pub fn require_seal(&self, asked: &BranchName, place: &Place) -> Result<(), Error> {
        let Some(left) = self.seals.in_force().into_iter().find(|left| left.asked == asked.as_str()) else {
            return Ok(());
        };
        let broken = |what| Err(Error::Broken { path: self.shown(place), what });
        if left.branch != place.branch.as_str() {
            return broken(vec![format!("its branch is `{}` instead of `{}`", place.branch, left.branch)]);
        }
        let (tree, now) =
            (Oid::parse(&left.tree.clone().unwrap_or_default())?, place.repository.tree_id(self.scratch()?)?);
        if now != tree {
            let changes = place.repository.changes(&tree, &now)?;
            return broken(changes.iter().take(10).map(|c| c.path.to_string()).collect());
        }
        let tip = place.repository.head()?;
        match self.left_elsewhere(&left, &tip)? {
            None => Ok(()),
            Some(head) => {
                let branch = &place.branch;
                broken(vec![format!("its branch `{branch}` is at {} instead of {}", tip.short(), head.short())])
            }
        }
    }
    /// Was `branch` moved after the last attempt on it had ended? `false` as well for one that was never left.
    ///
    /// # Errors
    /// Those of running git.
    pub fn is_moved_since(&self, branch: &str) -> Result<bool, Error> {
        let Some(left) = self.seals.in_force().into_iter().find(|left| left.branch == branch) else {
            return Ok(false);
        };
        match self.repo.tip(&BranchName::parse(branch)?)? {
            Some(tip) => Ok(self.left_elsewhere(&left, &tip)?.is_some()),
            None => Ok(true),
        }
    }
    /// Where the attempt left the branch that is at `tip` now, if neither it nor the engine moved it there.
    fn left_elsewhere(&self, left: &Left, tip: &Oid) -> Result<Option<Oid>, Error> {
        let (Some(head), Some(tree)) = (&left.head, &left.tree) else { return Ok(None) };
        let head = Oid::parse(head)?;
        // What the attempt left may have been committed since, and nothing else.
        let is_left =
            *tip == head || self.repo.tree_of(tip)?.as_str() == tree && self.repo.parents(tip)? == [head.clone()];
        Ok(Some(head).filter(|_| !is_left))
    }
    /// Worktrees in which nobody works and that an attempt has left, as long as they are what was made, but the one at `but`. Runs
    /// no git: whether the branch still is checked out there is not looked at.
    ///
    /// # Errors
    /// [`Error::Journal`].
    pub fn sealed(&self, but: &Path) -> Result<Vec<Sealed>, Error> {
        let notes = Note::all(&self.journal)?;
        let open = self.seals.in_force().into_iter().filter_map(|left| {
            let note = notes.iter().find(|note| note.branch == left.branch && note.stage == Stage::Made)?;
            Some(Sealed { node: note.node.clone(), left, repository: self.seen_in(note).ok()? })
        });
        Ok(open.filter(|sealed| sealed.repository.root != but).collect())
    }
    /// A folder for temporary files.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn scratch(&self) -> Result<&Path, Error> {
        self.journal.folder()
    }
    fn shown(&self, place: &Place) -> String {
        place.path.strip_prefix(self.repo.root()).unwrap_or(&place.path).display().to_string()
    }
}
