//! Merging without a working tree: the result is known before any branch moves.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Repository;
use super::call::Answer;
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

/// A merge in full: where it conflicts, the tree holds files with markers, or one side's version where markers cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    /// There is no conflict.
    pub clean: bool,
    /// What comes out.
    pub tree: Oid,
    /// Versions of the files in conflict.
    pub versions: Vec<Version>,
}

/// One side's version of a file in conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The file.
    pub path: RepoPath,
    /// Whose it is.
    pub side: Side,
    /// Mode, as git writes it.
    pub mode: String,
    /// Its content.
    pub content: Oid,
}

/// The sides of a merge, in the order of git's stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// What both come from.
    Base,
    /// What is merged into.
    Ours,
    /// What is merged.
    Theirs,
}

impl Side {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Base, Self::Ours, Self::Theirs];

    /// The number of git's stage.
    pub(super) fn stage(self) -> u8 {
        self as u8 + 1
    }
}

impl Merged {
    /// The files in conflict, sorted.
    pub fn files(&self) -> Vec<RepoPath> {
        self.versions.iter().map(|v| v.path.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }
    /// What `side` has of `path`.
    pub fn version(&self, path: &RepoPath, side: Side) -> Option<&Version> {
        self.versions.iter().find(|v| v.path == *path && v.side == side)
    }
}

impl Repository {
    /// Merges `theirs` into `ours` in the object database only. Drivers of the repository do not run: a file both
    /// sides changed for which it has a driver is a conflict, never one side.
    ///
    /// # Errors
    /// Those of running git.
    pub fn merged(&self, ours: &Oid, theirs: &Oid) -> Result<Merged, Error> {
        let answer = self
            .git("merge-tree")?
            .args(["--write-tree", "-z", "--no-messages", "--end-of-options"])
            .args([ours.as_str(), theirs.as_str()])
            .long()
            .run_any()?;
        if !matches!(answer.code, Some(0 | 1)) {
            return Err(answer.failed());
        }
        let mut parts = answer.parts();
        let tree = parts.next().and_then(|t| std::str::from_utf8(t).ok()).and_then(|t| Oid::parse(t).ok());
        let tree = tree.ok_or_else(|| answer.failed())?;
        let versions: Result<Vec<Version>, Error> =
            parts.take_while(|p| !p.is_empty()).map(|row| version(&answer, row)).collect();
        Ok(Merged { clean: answer.code == Some(0), tree, versions: versions? })
    }

    /// What [`Repository::merged`] would give, in short.
    ///
    /// # Errors
    /// Those of running git.
    pub fn try_merge(&self, ours: &Oid, theirs: &Oid) -> Result<Trial, Error> {
        let merged = self.merged(ours, theirs)?;
        Ok(if merged.clean { Trial::Clean(merged.tree) } else { Trial::Conflict(merged.files()) })
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

/// A row of `merge-tree -z`: mode, id, stage, tab, path.
fn version(answer: &Answer, row: &[u8]) -> Result<Version, Error> {
    let odd = || answer.unexpected("a row that names no version of a file");
    let tab = row.iter().position(|b| *b == b'\t').ok_or_else(odd)?;
    let head = std::str::from_utf8(&row[..tab]).map_err(|_| odd())?;
    let [mode, content, stage] = head.split(' ').collect::<Vec<_>>()[..] else { return Err(odd()) };
    let side = Side::ALL.into_iter().find(|side| side.stage().to_string() == stage).ok_or_else(odd)?;
    if !mode.bytes().all(|b| b.is_ascii_digit()) {
        return Err(odd());
    }
    Ok(Version { path: RepoPath::parse(&row[tab + 1..])?, side, mode: mode.to_owned(), content: Oid::parse(content)? })
}
