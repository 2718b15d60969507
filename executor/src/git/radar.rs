//! Conflicts seen before they are merged: work under way in one worktree, tried against that in the others.
//!
//! Nothing but objects and notes is written; no branch, index or file changes.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::commit::Message;
use super::error::Error;
use super::journal::Journal;
use super::merge::Trial;
use super::name::{Oid, RepoPath};
use super::record::{Note, Stage};
use super::worktree::{Place, Worktrees};
use crate::event::Overlap;

/// Kind of the notes about overlaps.
const NOTE: &str = "overlap";

/// A run has one executor, so it is enough that its threads look one after the other.
static LOOKING: Mutex<()> = Mutex::new(());

/// Overlaps of the run in `run_dir` between worktrees that still exist. Runs no git.
///
/// # Errors
/// [`Error::Journal`].
pub fn overlaps(run_dir: &Path) -> Result<Vec<Overlap>, Error> {
    let journal = Journal::new(run_dir);
    let notes = current(&journal)?;
    let exists = |branch: &String| notes.iter().any(|note| note.branch == *branch);
    let mut found: Vec<Overlap> = journal.all(NOTE)?;
    found.retain(|overlap| !overlap.files.is_empty() && overlap.branches.iter().all(exists));
    found.sort_by(|a, b| a.nodes.cmp(&b.nodes));
    Ok(found)
}

/// The latest worktree for each path that was asked for, where it exists.
fn current(journal: &Journal) -> Result<Vec<Note>, Error> {
    let notes = Note::all(journal)?;
    let latest = |note: &Note| !notes.iter().any(|n| n.asked == note.asked && n.generation > note.generation);
    Ok(notes.iter().filter(|note| note.stage == Stage::Made && latest(note)).cloned().collect())
}

impl Worktrees {
    /// Tries what is in `place` now, committed or not, against every other worktree of the run but that of the
    /// integration branch, and notes where they conflict; returns those that do.
    ///
    /// # Errors
    /// Those of running git, and [`Error::Journal`]. A worktree that cannot be read is left out.
    pub fn watch(&self, place: &Place) -> Result<Vec<Overlap>, Error> {
        // Of two that look at once, the one that looked first must not note last what is no longer so.
        let _turn = LOOKING.lock().unwrap_or_else(PoisonError::into_inner);
        let notes = current(&self.journal)?;
        let own = notes.iter().find(|note| note.branch == place.branch.as_str());
        let Some(own) = own.filter(|_| place.branch != self.main) else { return Ok(Vec::new()) };
        let others: Vec<&Note> =
            notes.iter().filter(|n| n.branch != own.branch && n.branch != self.main.as_str()).collect();
        if others.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        let mine = self.snapshot(place)?;
        for other in others {
            let Ok(theirs) = self.open(other).and_then(|place| self.snapshot(&place)) else { continue };
            let files = match self.repo.try_merge(&mine, &theirs)? {
                Trial::Clean(_) => Vec::new(),
                Trial::Conflict(files) => files.iter().map(RepoPath::to_string).collect(),
            };
            let mut pair = [own, other];
            pair.sort_by(|a, b| a.node.cmp(&b.node));
            let overlap = Overlap {
                nodes: pair.map(|note| note.node.clone()),
                branches: pair.map(|note| note.branch.clone()),
                files,
            };
            self.journal.write(NOTE, &overlap.branches.join(" "), &overlap)?;
            found.extend(Some(overlap).filter(|overlap| !overlap.files.is_empty()));
        }
        Ok(found)
    }

    /// A commit, on no branch, of what is in `place`.
    fn snapshot(&self, place: &Place) -> Result<Oid, Error> {
        let repo = &place.repository;
        let head = repo.head()?;
        let tree = repo.tree_id(self.journal.folder()?)?;
        if tree == repo.tree_of(&head)? {
            return Ok(head);
        }
        let message = Message { subject: "Work under way".to_owned(), ..Message::default() };
        Ok(self.repo.untrusted().commit_tree(&tree, &[&head], &message)?.oid)
    }
}
