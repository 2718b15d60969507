//! Taking what a run integrated over into the branch that it started from, when a person asks for it.
//!
//! The merge is computed first; then git itself moves branch, index and files in one call that refuses to overwrite
//! anything. A branch that is checked out nowhere is moved by compare-and-swap.

use super::commit::Message;
use super::error::Error;
use super::merge::Trial;
use super::name::{BranchName, Oid, RepoPath};
use super::preflight::dirt;
use super::worktree::Worktrees;
use super::{Policy, Repository};

/// How what a run integrated stands to the branch that it started from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landing {
    /// The integration branch.
    pub branch: BranchName,
    /// The branch that it started from, where that was said.
    pub base: Option<BranchName>,
    /// The base branch holds all of it.
    pub landed: bool,
    /// The command that merges it by hand; works in the repository's own working tree.
    pub command: String,
}

/// What landing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Landed {
    /// Nothing: the base branch held it already.
    Already,
    /// The base branch now is where the integration branch is.
    Forwarded(Oid),
    /// The base branch got this merge commit.
    Merged(Oid),
}

impl Worktrees {
    /// How the run's integration branch stands to its base branch; `None` if it has none, or integrated nothing.
    ///
    /// # Errors
    /// Those of running git, and [`Error::Journal`].
    pub fn landing(&self) -> Result<Option<Landing>, Error> {
        let Some(tip) = self.repo.tip(&self.main)? else { return Ok(None) };
        if self.start()?.is_none_or(|start| start == tip) {
            return Ok(None);
        }
        let base = self.base_branch()?;
        let base_tip = base.as_ref().map(|base| self.repo.tip(base)).transpose()?.flatten();
        let landed = base_tip.map(|base| self.repo.is_ancestor(&tip, &base)).transpose()?.unwrap_or(false);
        let current = self.repo.current_branch()?;
        let command = match &base {
            Some(base) if current.as_deref() != Some(base.as_str()) => {
                format!("git switch {base} && git merge {}", self.main)
            }
            Some(_) | None => format!("git merge {}", self.main),
        };
        Ok(Some(Landing { branch: self.main.clone(), base, landed, command }))
    }

    /// Takes the integration branch over into the base branch: forward if it can be, else by a merge commit.
    ///
    /// # Errors
    /// [`Error::NoBase`], [`Error::BranchMissing`], [`Error::Conflict`], [`Error::CheckedOut`] in another working tree;
    /// where the base branch is checked out here: [`Error::Dirty`], [`Error::InProgress`], [`Error::Locked`],
    /// [`Error::Filtered`]. Nothing was changed then.
    pub fn land(&self, run: &str) -> Result<Landed, Error> {
        let missing = |branch: &BranchName| Error::BranchMissing { branch: branch.to_string(), current: None };
        let base = self.base_branch()?.ok_or_else(|| Error::NoBase { branch: self.main.to_string() })?;
        let tip = self.repo.tip(&self.main)?.ok_or_else(|| missing(&self.main))?;
        let (old, place) = self.repo.checked_out(&base)?.ok_or_else(|| missing(&base))?;
        if self.repo.is_ancestor(&tip, &old)? {
            return Ok(Landed::Already);
        }
        let here = match place {
            Some(place) if place.canonicalize().is_ok_and(|place| place == self.repo.root()) => true,
            Some(place) => {
                return Err(Error::CheckedOut { branch: base.to_string(), path: place.display().to_string() });
            }
            None => false,
        };
        if here {
            self.repo.require_quiet()?;
        }
        let forward = self.repo.is_ancestor(&old, &tip)?;
        let new = if forward { tip } else { self.merged(&base, &old, &tip, run)? };
        if here {
            self.repo.forward(&old, &new)?;
        } else {
            self.repo.move_branch(&base, Some(&old), &new, "mission: landed")?;
        }
        Ok(if forward { Landed::Forwarded(new) } else { Landed::Merged(new) })
    }

    /// A merge commit of `tip` on `old`, which is on no branch yet.
    fn merged(&self, base: &BranchName, old: &Oid, tip: &Oid, run: &str) -> Result<Oid, Error> {
        match self.repo.try_merge(old, tip)? {
            Trial::Clean(tree) => {
                let subject = format!("Merge {} into {base}", self.main);
                let trailers = vec![("Mission-Run".to_owned(), run.to_owned())];
                let message = Message { subject, body: String::new(), trailers };
                Ok(self.repo.commit_tree(&tree, &[old, tip], &message)?.oid)
            }
            Trial::Conflict(files) => Err(Error::Conflict {
                branch: self.main.to_string(),
                base: base.to_string(),
                paths: files.iter().map(RepoPath::to_string).collect(),
            }),
        }
    }
}

impl Repository {
    /// Nothing is under way in the working tree, and nothing in it is not committed.
    fn require_quiet(&self) -> Result<(), Error> {
        if let Some(fault) = self.operation().or_else(|| self.lock()) {
            return Err(fault);
        }
        let changes = self.status()?;
        if changes.is_empty() { Ok(()) } else { Err(dirt(&changes)) }
    }

    /// Moves the branch that is checked out, index and files from `old` forward to `new`; no file is overwritten that is
    /// not in `old`, ignored ones included.
    fn forward(&self, old: &Oid, new: &Oid) -> Result<(), Error> {
        if self.policy() == Policy::Shielded {
            let changes = self.changes(old, new)?;
            let paths: Vec<&RepoPath> = changes.iter().map(|change| &change.path).collect();
            if let Some((path, filter)) = self.filtered(&paths, &self.switched_off()?)? {
                return Err(Error::Filtered { path: path.to_string(), filter: super::visible(&filter) });
            }
        }
        let call =
            self.git("merge")?.args(["--ff-only", "--no-overwrite-ignore", "--no-autostash", "--no-stat", "--quiet"]);
        call.arg(new.as_str()).long().run().map(|_| ())
    }
}
