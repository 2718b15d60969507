//! What is noted about each worktree of a run, on disk before it happens. Knows nothing of git itself.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::journal::Journal;
use super::name::WorktreePath;

/// Kind of the notes about worktrees.
const NOTE: &str = "worktree";

/// How far a worktree got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Stage {
    /// It may exist in part; nobody has worked in it.
    Planned,
    /// It exists.
    Made,
    /// It was clean and merged, and may be gone in part.
    Leaving,
    /// It is gone.
    Gone,
}

/// What is noted about a worktree.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Note {
    /// The path that the workflow asked for; `path` may have a suffix.
    pub(super) asked: String,
    pub(super) node: String,
    pub(super) attempt: u32,
    pub(super) path: String,
    /// The branch that the workflow asked for; `branch` may have a suffix.
    pub(super) asked_branch: String,
    pub(super) branch: String,
    pub(super) base: String,
    /// Counts the worktrees made for `asked`.
    pub(super) generation: u32,
    pub(super) stage: Stage,
    /// The project's set-up commands have run in it.
    #[serde(default)]
    pub(super) set_up: bool,
    /// What the set-up links to in the main working tree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) shared: Vec<PathBuf>,
    /// Name of its folder in `<common dir>/worktrees`, once known.
    pub(super) admin: Option<String>,
    /// Where the branch must be to be deleted with it.
    pub(super) delete_at: Option<String>,
    /// Ref that keeps the work of an attempt that was given up.
    pub(super) aside: Option<String>,
}

impl Note {
    /// Every note of the run. Whatever is written there, none leads out of the folder of worktrees.
    pub(super) fn all(journal: &Journal) -> Result<Vec<Self>, Error> {
        let notes: Vec<Self> = journal.all(NOTE)?;
        notes.iter().try_for_each(|note| WorktreePath::parse(&note.path).map(|_| ()))?;
        Ok(notes)
    }
    /// Puts it on disk.
    pub(super) fn save(&self, journal: &Journal) -> Result<(), Error> {
        journal.write(NOTE, &format!("{}#{}", self.asked, self.generation), self)
    }
}
