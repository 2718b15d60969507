//! Is this repository fit for a run? Every fault is found at once; nothing is changed.

use std::path::Path;

use super::error::Error;
use super::name::{BranchName, Oid};
use super::status::{Change, Kind};
use super::{Policy, Repository};

/// How many dirty files are named.
const NAMED: usize = 10;

/// What a run wants of the repository.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Uncommitted changes may be there; they will be part of the run's first commit.
    pub allow_dirty: bool,
    /// Branch that integration starts from; must exist if given.
    pub base_branch: Option<&'a str>,
    /// The run works in worktrees of its own, so what is checked out is never touched.
    pub worktrees: bool,
    /// The run makes commits.
    pub commits: bool,
}

/// A repository that is fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// The commit that is checked out.
    pub head: Oid,
    /// The branch that is checked out.
    pub branch: Option<String>,
    /// Where integration starts.
    pub base: Option<Base>,
    /// Files with uncommitted changes, where they are allowed.
    pub dirty: usize,
    /// What the person should know.
    pub notes: Vec<String>,
}

/// Where integration starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The branch.
    pub branch: BranchName,
    /// Its tip.
    pub oid: Oid,
}

impl Repository {
    /// Checks that a run that wants `wanted` can begin.
    ///
    /// # Errors
    /// Every fault found, each with its way out ([`Error::help`]).
    pub fn preflight(&self, wanted: &Wanted<'_>) -> Result<Ready, Vec<Error>> {
        let mut faults = Vec::new();
        let head = note(self.head(), &mut faults);
        let branch = note(self.current_branch(), &mut faults).flatten();
        let base = wanted.base_branch.and_then(|name| note(self.base(name, branch.as_deref()), &mut faults));
        let in_place = !wanted.worktrees;
        if in_place && wanted.commits && branch.is_none() && head.is_some() {
            faults.push(Error::Detached);
        }
        if wanted.worktrees && self.resolve("refs/heads/mission").is_ok_and(|tip| tip.is_some()) {
            faults.push(Error::BranchInTheWay { branch: "mission".to_owned() });
        }
        faults.extend(self.operation().filter(|_| in_place));
        faults.extend(self.lock());
        let mut notes = Vec::new();
        let dirty = if head.is_some() { note(self.status(), &mut faults).unwrap_or_default() } else { Vec::new() };
        if !dirty.is_empty() && in_place && !wanted.allow_dirty {
            faults.push(dirt(&dirty));
        } else if !dirty.is_empty() && !in_place {
            notes.push(format!("{} changed files are not committed: worktrees will not contain them", dirty.len()));
        }
        match self.shape(&mut notes) {
            Ok(()) => {}
            Err(fault) => faults.push(fault),
        }
        match head {
            Some(head) if faults.is_empty() => Ok(Ready { head, branch, base, dirty: dirty.len(), notes }),
            _ => Err(faults),
        }
    }

    /// Is `folder` the top of the working tree?
    ///
    /// # Errors
    /// [`Error::BelowTop`], [`Error::Io`].
    pub fn require_top(&self, folder: &Path) -> Result<(), Error> {
        let path = folder.canonicalize().map_err(|e| Error::io(folder, e))?;
        if path == self.root { Ok(()) } else { Err(Error::BelowTop { path, top: self.root.clone() }) }
    }

    fn base(&self, name: &str, current: Option<&str>) -> Result<Base, Error> {
        let branch = BranchName::parse(name)?;
        match self.tip(&branch)? {
            Some(oid) => Ok(Base { branch, oid }),
            None => Err(Error::BranchMissing { branch: name.to_owned(), current: current.map(str::to_owned) }),
        }
    }

    /// What the user is in the middle of.
    pub(super) fn operation(&self) -> Option<Error> {
        let signs = [
            ("MERGE_HEAD", "merge"),
            ("rebase-merge", "rebase or am"),
            ("rebase-apply", "rebase or am"),
            ("CHERRY_PICK_HEAD", "cherry-pick"),
            ("REVERT_HEAD", "revert"),
            ("BISECT_LOG", "bisect"),
        ];
        let sign = signs.into_iter().find(|(file, _)| self.git_dir.join(file).exists());
        sign.map(|(_, operation)| Error::InProgress { operation })
    }

    pub(super) fn lock(&self) -> Option<Error> {
        let path = self.git_dir.join("index.lock");
        path.exists().then_some(Error::Locked { path })
    }

    /// Clones that lack something, and what stays switched off.
    fn shape(&self, notes: &mut Vec<String>) -> Result<(), Error> {
        if self.git("rev-parse")?.arg("--is-shallow-repository").run()?.text()? == "true" {
            return Err(Error::Shallow);
        }
        if self.setting("extensions.partialClone")?.is_some() {
            notes.push("this is a partial clone: objects that are missing here will not be fetched".to_owned());
        }
        if self.root.join(".gitmodules").exists() {
            notes.push("submodules are not initialised in worktrees, and their content is not committed".to_owned());
        }
        if self.policy == Policy::Shielded {
            let filters: Vec<String> = self.switched_off()?.filters.into_iter().collect();
            for name in filters.iter().filter(|name| self.uses_filter(name).unwrap_or(true)) {
                let name = super::visible(name);
                notes.push(format!(
                    "files of this repository are stored through the filter `{name}`, which stays switched off: \
                     changes to them cannot be committed unless `.mission/config.yaml` says `git: {{ hooks: run }}`"
                ));
            }
        }
        Ok(())
    }

    /// Does any tracked file name this filter in its attributes?
    fn uses_filter(&self, name: &str) -> Result<bool, Error> {
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) {
            return Ok(true);
        }
        let spec = format!(":(top,attr:filter={name})");
        let answer = self.git("ls-files")?.args(["-z", "--", &spec]).long().run()?;
        Ok(answer.parts().next().is_some())
    }
}

fn note<T>(result: Result<T, Error>, faults: &mut Vec<Error>) -> Option<T> {
    result.map_err(|fault| faults.push(fault)).ok()
}

pub(super) fn dirt(changes: &[Change]) -> Error {
    let unmerged: Vec<String> =
        changes.iter().filter(|c| c.kind == Kind::Unmerged).map(|c| c.path.to_string()).collect();
    if !unmerged.is_empty() {
        return Error::Unmerged { paths: unmerged };
    }
    Error::Dirty { paths: changes.iter().take(NAMED).map(|c| c.path.to_string()).collect(), count: changes.len() }
}
