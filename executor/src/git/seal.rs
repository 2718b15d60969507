//! Worktrees whose work has ended: known by the record of the run alone, whatever files of the run say.
//!
//! Whoever may write where agents write could change a file and the work that it vouches for. So nothing of this is on disk here:
//! it is told when a run is taken over, and whenever an attempt has left its worktree.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::Repository;
use super::commit::Message;
use super::error::Error;
use super::locks::Locks;
use super::name::{BranchName, Oid};
use super::record::{Note, Stage};
use super::stand::Stand;
use super::worktree::{Place, Worktrees};
use crate::event::Left;

/// Kind of the notes about commits of what was left.
const SETTLED: &str = "settled";

/// What is noted before a branch moves to the commit of what was left on it.
#[derive(Debug, Serialize, Deserialize)]
struct Settled {
    new: String,
}

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
    /// How it was left before, if nobody else was in it.
    was: Option<Left>,
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
        let was = room.left.take().filter(|_| room.within == 0);
        room.within += 1;
        Within { seals: Arc::clone(&self.seals), path: path.to_owned(), was }
    }
    /// Is `place`, which stands as `now`, as it was left before `within` began? What was never sealed is taken as it is.
    ///
    /// # Errors
    /// [`Error::Broken`] if it is not; those of running git.
    pub fn require_as_left(&self, within: &Within, place: &Place, now: &Stand) -> Result<(), Error> {
        let was = within.was.as_ref().filter(|was| was.branch == place.branch.as_str());
        let Some((was, tree)) = was.and_then(|was| Some((was, was.tree.as_ref()?))) else { return Ok(()) };
        if *tree == now.tree {
            return Ok(());
        }
        let looking = place.repository.looking(self.scratch()?)?;
        let changes = looking.changes(&Oid::parse(tree)?, &Oid::parse(&now.tree)?)?;
        let what = changes.iter().take(10).map(|c| c.path.to_string()).collect();
        Err(Error::Broken { path: self.shown(place), asked: was.path.clone(), what })
    }

    /// Commits what the last attempt left in `place`, which was asked for with the branch `asked`, unless that has happened; returns
    /// the tip of its branch. What was never sealed is taken as it is.
    ///
    /// # Errors
    /// [`Error::Broken`] if it is not what was left; those of [`Place::settle`].
    pub fn settle(&self, asked: &BranchName, place: &Place, message: &Message) -> Result<Oid, Error> {
        self.require_seal(asked, place, message)?;
        self.require_unlocked(asked, place)?;
        place.settle_after(message, |commit| {
            self.journal.write(SETTLED, place.branch.as_str(), &Settled { new: commit.oid.to_string() })
        })
    }
    fn require_seal(&self, asked: &BranchName, place: &Place, message: &Message) -> Result<(), Error> {
        let Some(left) = self.seals.in_force().into_iter().find(|left| left.asked == asked.as_str()) else {
            return Ok(());
        };
        let broken = |what| Err(Error::Broken { path: self.shown(place), asked: left.path.clone(), what });
        if left.branch != place.branch.as_str() {
            return broken(vec![format!("its branch is `{}` instead of `{}`", place.branch, left.branch)]);
        }
        let tree = Oid::parse(left.tree.as_deref().unwrap_or_default())?;
        let now = place.repository.tree_id(self.scratch()?)?;
        if now != tree {
            let changes = place.repository.looking(self.scratch()?)?.changes(&tree, &now)?;
            return broken(changes.iter().take(10).map(|c| c.path.to_string()).collect());
        }
        let tip = place.repository.head()?;
        match self.left_elsewhere(&left, &tip, Some(message))? {
            None => Ok(()),
            Some(head) => {
                let branch = &place.branch;
                broken(vec![format!("its branch `{branch}` is at {} instead of {}", tip.short(), head.short())])
            }
        }
    }
    /// Nobody works in `place` any more, so nobody has to lock it for longer than a moment.
    fn require_unlocked(&self, asked: &BranchName, place: &Place) -> Result<(), Error> {
        let locked = place.repository.left_locked(&Locks::default(), &place.repository.own_locks());
        match self.seals.in_force().into_iter().find(|left| left.asked == asked.as_str()) {
            Some(left) if !locked.is_empty() => {
                Err(Error::Broken { path: self.shown(place), asked: left.path, what: locked })
            }
            Some(_) | None => Ok(()),
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
            Some(tip) => Ok(self.left_elsewhere(&left, &tip, None)?.is_some()),
            None => Ok(true),
        }
    }
    /// Where the attempt left the branch that is at `tip` now, if neither it nor the engine moved it there.
    ///
    /// The engine commits what was left, and nothing else, and notes the commit before the branch moves. Since agents could write such
    /// a note, the commit must also be the one that is made of `message`, where that is known.
    fn left_elsewhere(&self, left: &Left, tip: &Oid, message: Option<&Message>) -> Result<Option<Oid>, Error> {
        let (Some(head), Some(tree)) = (&left.head, &left.tree) else { return Ok(None) };
        let (head, tree) = (Oid::parse(head)?, Oid::parse(tree)?);
        if *tip == head {
            return Ok(None);
        }
        let noted: Option<Settled> = self.journal.read(SETTLED, &left.branch)?;
        let is_ours = noted.is_some_and(|noted| noted.new == tip.as_str())
            && self.repo.tree_of(tip)? == tree
            && self.repo.parents(tip)? == [head.clone()]
            && match message {
                Some(message) => self.repo.is_made_of(tip, &tree, &[&head], message)?,
                None => true,
            };
        Ok(Some(head).filter(|_| !is_ours))
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
