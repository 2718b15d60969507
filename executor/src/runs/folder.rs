//! The folder of one run and the names in it.

use std::path::{Path, PathBuf};

use super::{AttemptPath, Holder, RunId, RunLock, RunsError};
use crate::event::Timestamp;

/// Folders that every run has.
pub(super) const FOLDERS: [&str; 4] = ["logs", "artifacts", "attempts", "live"];

/// Other names that the folder of a run may have: folders that are made when they are needed, the store, reports, what the executor
/// in the background says, and drafts.
const OTHERS: [&str; 3] = ["git", "kept", "aside"];
const FILES: [&str; 2] = ["lock", "executor.log"];
const BEGINNINGS: [&str; 3] = ["run.", "report.", "."];

/// Folder of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDir {
    id: RunId,
    path: PathBuf,
}

impl RunDir {
    pub(super) fn new(runs: &Path, id: RunId) -> Self {
        Self { path: runs.join(id.as_str()), id }
    }
    /// May something called `name` lie in it?
    pub fn may_have(name: &str) -> bool {
        FOLDERS.contains(&name)
            || OTHERS.contains(&name)
            || FILES.contains(&name)
            || BEGINNINGS.iter().any(|start| name.starts_with(start))
    }
    /// Its id.
    pub fn id(&self) -> &RunId {
        &self.id
    }
    /// Its path; where the store lives.
    pub fn path(&self) -> &Path {
        &self.path
    }
    /// `report.md`.
    pub fn report_md(&self) -> PathBuf {
        self.path.join("report.md")
    }
    /// `report.json`.
    pub fn report_json(&self) -> PathBuf {
        self.path.join("report.json")
    }
    /// Folder of the artifacts.
    pub fn artifacts(&self) -> PathBuf {
        self.path.join("artifacts")
    }
    /// The log of an attempt.
    pub fn log(&self, attempt: &AttemptPath) -> PathBuf {
        self.path.join(attempt.log())
    }
    /// The folder of an attempt.
    pub fn attempt(&self, attempt: &AttemptPath) -> PathBuf {
        self.path.join(attempt.folder())
    }
    /// What an attempt asked of the run that it works for, and was refused.
    pub fn steered(&self, attempt: &AttemptPath) -> PathBuf {
        self.path.join(attempt.steered())
    }
    /// What the node of an attempt keeps with `agent`.
    pub fn kept(&self, attempt: &AttemptPath, agent: &str) -> PathBuf {
        self.path.join(attempt.kept(agent))
    }
    /// The mark of an attempt that is alive.
    pub fn live(&self, attempt: &AttemptPath) -> PathBuf {
        self.path.join(attempt.live())
    }
    /// Takes the lock: from here on this process is the executor of the run, until it drops the lock or dies.
    pub fn lock(&self, now: Timestamp) -> Result<RunLock, RunsError> {
        RunLock::acquire(&self.path, now)
    }
    /// True while an executor holds the run, on whichever terminal.
    pub fn is_alive(&self) -> Result<bool, RunsError> {
        RunLock::is_held(&self.path)
    }
    /// Who held the run last; of use only while it is alive.
    pub fn holder(&self) -> Option<Holder> {
        Holder::read(&self.path)
    }
}
