//! Merging without a working tree: the result is known before any branch moves.

use super::Repository;
use super::error::Error;
use super::name::{BranchName, Oid, RepoPath};

/// What a merge would give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trial {
    /// It is clean and gives this tree.
    Clean(Oid),
    /// These files conflict.
    Conflict(Vec<RepoPath>),
}

impl Repository {
    /// Merges `theirs` into `ours` in the object database only. Drivers of the repository do not run: a file both
    /// sides changed for which it has a driver is a conflict, never one side.
    ///
    /// # Errors
    /// Those of running git.
    pub fn try_merge(&self, ours: &Oid, theirs: &Oid) -> Result<Trial, Error> {
        let answer = self
            .git("merge-tree")?
            .args(["--write-tree", "-z", "--name-only", "--no-messages", "--end-of-options"])
            .args([ours.as_str(), theirs.as_str()])
            .long()
            .run_any()?;
        let mut parts = answer.parts();
        let tree = parts.next().and_then(|t| std::str::from_utf8(t).ok()).unwrap_or_default();
        match answer.code {
            Some(0) => Oid::parse(tree).map(Trial::Clean),
            Some(1) if Oid::parse(tree).is_ok() => {
                let files: Result<Vec<RepoPath>, Error> =
                    parts.take_while(|p| !p.is_empty()).map(RepoPath::parse).collect();
                let mut files = files?;
                files.sort();
                files.dedup();
                Ok(Trial::Conflict(files))
            }
            _ => Err(answer.failed()),
        }
    }

    /// Moves `branch` from `old` (`None`: it does not exist) to `new`, by compare-and-swap.
    ///
    /// # Errors
    /// [`Error::RefMoved`] if it is not at `old`.
    pub fn move_branch(&self, branch: &BranchName, old: Option<&Oid>, new: &Oid, why: &str) -> Result<(), Error> {
        self.move_ref(&branch.full(), old, new, why)
    }

    /// Makes index and working tree those of HEAD. Only for worktrees of ours that were clean before their branch
    /// moved: everything else in them is lost.
    pub(super) fn follow_branch(&self) -> Result<(), Error> {
        self.git("reset")?.args(["--hard", "--quiet", "--no-recurse-submodules", "HEAD", "--"]).long().run().map(|_| ())
    }
}
