//! Conflicts seen before they are merged: work under way in one worktree, tried against that in the others.
//!
//! Nothing but objects and notes is written; no branch, index or file changes.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::Repository;
use super::commit::Message;
use super::error::Error;
use super::journal::Journal;
use super::merge::Trial;
use super::name::{Oid, RepoPath};
use super::record::{Note, Stage};
use super::worktree::{Place, Worktrees};
use crate::event::Overlap;

/// Kind of the notes about two worktrees that were tried against each other.
const PAIR: &str = "radar";
/// Kind of the notes about what was in a worktree when it was last looked at.
const SIGHT: &str = "sight";

/// What is in a worktree, committed or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Sight {
    head: Oid,
    tree: Oid,
}

/// What came of trying two worktrees against each other.
#[derive(Debug, Serialize, Deserialize)]
struct Tried {
    overlap: Overlap,
    sights: [Sight; 2],
}

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
    let tried: Vec<Tried> = journal.all(PAIR)?;
    let mut found: Vec<Overlap> = tried.into_iter().map(|tried| tried.overlap).collect();
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

/// In which state the other worktrees are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    AsTheyAre,
    AsLastSeen,
}

impl Worktrees {
    /// Tries what is in `place` now, committed or not, against every other worktree of the run but that of the
    /// integration branch, and notes where they conflict; returns those that do.
    ///
    /// # Errors
    /// Those of running git, and [`Error::Journal`]. A worktree that cannot be read is left out.
    pub fn watch(&self, place: &Place) -> Result<Vec<Overlap>, Error> {
        self.compare(place, Others::AsTheyAre)
    }

    /// The same while work goes on, and cheaper: nothing is tried unless `place` changed since it was last looked at, and
    /// the others are taken as they were when they were last looked at.
    ///
    /// # Errors
    /// Those of running git, and [`Error::Journal`].
    pub fn glance(&self, place: &Place) -> Result<Vec<Overlap>, Error> {
        self.compare(place, Others::AsLastSeen)
    }

    fn compare(&self, place: &Place, how: Others) -> Result<Vec<Overlap>, Error> {
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
        let mine = self.look(place)?;
        let news = self.note(own, &mine)?;
        if how == Others::AsLastSeen && !news {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for other in others {
            let theirs = match how {
                Others::AsTheyAre => self.open(other).and_then(|place| self.look(&place)).ok(),
                Others::AsLastSeen => self.journal.read(SIGHT, &other.branch)?,
            };
            let Some(theirs) = theirs else { continue };
            let mut pair = [(own, mine.clone()), (other, theirs)];
            pair.sort_by(|a, b| a.0.node.cmp(&b.0.node));
            found.extend(Some(self.tried(pair)?).filter(|overlap| !overlap.files.is_empty()));
        }
        Ok(found)
    }

    /// Whether the two conflict; known already if neither has changed since they were last tried.
    fn tried(&self, pair: [(&Note, Sight); 2]) -> Result<Overlap, Error> {
        let [(one, ours), (other, theirs)] = &pair;
        let branches = [one.branch.clone(), other.branch.clone()];
        let subject = branches.join(" ");
        let sights = [ours.clone(), theirs.clone()];
        if let Some(known) = self.journal.read::<Tried>(PAIR, &subject)?
            && known.sights == sights
        {
            return Ok(known.overlap);
        }
        let looking = self.repo.looking(self.journal.folder()?)?;
        let files = match looking.try_merge(&snapshot(&looking, ours)?, &snapshot(&looking, theirs)?)? {
            Trial::Clean(_) => Vec::new(),
            Trial::Conflict(files) => files.iter().map(RepoPath::to_string).collect(),
        };
        let overlap = Overlap { nodes: [one.node.clone(), other.node.clone()], branches, files };
        self.journal.write(PAIR, &subject, &Tried { overlap: overlap.clone(), sights })?;
        Ok(overlap)
    }

    fn look(&self, place: &Place) -> Result<Sight, Error> {
        Ok(Sight { head: place.repository.head()?, tree: place.repository.tree_id(self.journal.folder()?)? })
    }

    /// Notes what was seen; true if it is another than before.
    fn note(&self, of: &Note, now: &Sight) -> Result<bool, Error> {
        if self.journal.read::<Sight>(SIGHT, &of.branch)?.as_ref() == Some(now) {
            return Ok(false);
        }
        self.journal.write(SIGHT, &of.branch, now).map(|()| true)
    }
}

/// A commit, on no branch, of what was in a worktree.
fn snapshot(looking: &Repository, sight: &Sight) -> Result<Oid, Error> {
    let Sight { head, tree } = sight;
    if *tree == looking.tree_of(head)? {
        return Ok(head.clone());
    }
    let message = Message { subject: "Work under way".to_owned(), ..Message::default() };
    Ok(looking.untrusted().commit_tree(tree, &[head], &message)?.oid)
}
