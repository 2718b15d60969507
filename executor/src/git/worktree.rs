//! Worktrees of a run: made where nothing is, entered again only if they are what they were, removed only when they
//! are ours, clean and merged.
//!
//! A note is written before each step, so after a crash it is known which folder is ours and how far it got. Nothing
//! is ever forced and nothing is found by pattern. Knows node ids only as names of owners.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::commit::{Commit, Message};
use super::error::Error;
use super::journal::Journal;
use super::name::{BranchName, Oid, WorktreePath};
use super::preflight::Base;
use super::record::{Note, Stage};
use super::seal::Seals;
use super::{Repository, links, place};
use crate::decide::port::WorktreeSpec;

/// `worktree.base` that means the integrated head of the run.
const INTEGRATED: &str = "integrated";

/// Kind of the note where integration starts.
const START: &str = "start";
/// Kind of the note from which branch integration starts.
const BASE: &str = "base";
/// Kind of the note that the integration branch was removed on purpose.
const RETIRED: &str = "retired";

/// What is noted before the integration branch is removed.
#[derive(Debug, Serialize, Deserialize)]
struct Retired {
    commit: String,
    why: String,
}

/// The worktrees of one run.
#[derive(Debug, Clone)]
pub struct Worktrees {
    pub(super) repo: Repository,
    pub(super) journal: Journal,
    pub(super) main: BranchName,
    pub(super) seals: Arc<Seals>,
}

/// A worktree that can be worked in.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its folder, absolute.
    pub path: PathBuf,
    /// Its branch.
    pub branch: BranchName,
    /// The commit it was cut from.
    pub base: Oid,
    /// It was said to be set up, by [`Worktrees::note_set_up`].
    pub set_up: bool,
    /// What the set-up links to in the main working tree: absolute, without links.
    pub shared: Vec<PathBuf>,
    /// The repository as seen from there.
    pub repository: Repository,
    /// A folder for temporary files.
    pub(super) scratch: PathBuf,
}

impl Worktrees {
    /// The worktrees of run `run`, whose folder is `run_dir`, in `repo`.
    ///
    /// # Errors
    /// [`Error::BadName`] if the run's id cannot be part of a branch name.
    pub fn new(repo: &Repository, run_dir: &Path, run: &str) -> Result<Self, Error> {
        let main = BranchName::parse(&format!("mission/{run}/main"))?;
        Ok(Self { repo: repo.clone(), journal: Journal::new(run_dir), main, seals: Arc::default() })
    }
    /// The branch that the run integrates into.
    pub fn main(&self) -> &BranchName {
        &self.main
    }
    /// The repository they belong to.
    pub fn repository(&self) -> &Repository {
        &self.repo
    }
    /// Notes where integration starts. The first note holds for the whole run.
    ///
    /// # Errors
    /// [`Error::Journal`].
    pub fn begin(&self, base: &Base) -> Result<(), Error> {
        let _turn = self.turn()?;
        self.note_start(&base.oid)?;
        match self.base_branch()? {
            Some(_) => Ok(()),
            None => self.journal.write(BASE, "", &base.branch.as_str()),
        }
    }
    /// The branch that integration started from, where that was said.
    ///
    /// # Errors
    /// [`Error::Journal`].
    pub fn base_branch(&self) -> Result<Option<BranchName>, Error> {
        self.journal.read::<String>(BASE, "")?.map(|name| BranchName::parse(&name)).transpose()
    }
    /// The integrated head: the tip of [`Worktrees::main`], or where integration starts (if that was never said: what
    /// is checked out now).
    ///
    /// # Errors
    /// Those of running git, and [`Error::Journal`].
    pub fn integrated(&self) -> Result<Oid, Error> {
        let _turn = self.turn()?;
        self.integrated_now()
    }
    /// Worktrees are made and removed one at a time, also by other runs in this repository.
    pub(super) fn turn(&self) -> Result<File, Error> {
        place::turn(self.repo.root())
    }
    pub(super) fn integrated_now(&self) -> Result<Oid, Error> {
        match self.repo.tip(&self.main)? {
            Some(tip) => Ok(tip),
            None => match self.journal.read::<Retired>(RETIRED, "")? {
                Some(Retired { commit, why }) => Err(Error::Retired { branch: self.main.to_string(), commit, why }),
                None => self.note_start(&self.repo.head()?),
            },
        }
    }
    /// Where integration started, where that was noted.
    pub(super) fn start(&self) -> Result<Option<Oid>, Error> {
        self.journal.read::<String>(START, "")?.map(|start| Oid::parse(&start)).transpose()
    }
    /// Notes that the integration branch, now at `tip`, is about to be removed. Nothing integrates from an old base then.
    pub(super) fn note_retired(&self, tip: &Oid, why: &str) -> Result<(), Error> {
        self.journal.write(RETIRED, "", &Retired { commit: tip.to_string(), why: why.to_owned() })
    }
    fn note_start(&self, oid: &Oid) -> Result<Oid, Error> {
        if let Some(start) = self.start()? {
            return Ok(start);
        }
        self.journal.write(START, "", &oid.as_str())?;
        Ok(oid.clone())
    }

    /// The worktree that attempt `attempt` of `node` works in, made if need be.
    ///
    /// One that exists is entered again, but for a `fresh` attempt of the node that it was made for: that gets a new
    /// one, with `_2`, `_3` … behind path and branch, and the old one stays as it is. So does every name that is
    /// already taken by somebody else. The worktree of the integration branch is shared by all and never made anew.
    ///
    /// # Errors
    /// [`Error::BadName`], [`Error::WorktreeLost`] if somebody changed what it is, [`Error::BranchMissing`] for the
    /// base, and those of running git.
    pub fn enter(&self, spec: &WorktreeSpec, node: &str, attempt: u32, fresh: bool) -> Result<Place, Error> {
        WorktreePath::parse(&spec.path)?;
        let branch = BranchName::parse(&spec.branch)?;
        let _turn = self.turn()?;
        let notes = Note::all(&self.journal)?;
        let last = notes.into_iter().filter(|n| n.asked == spec.path).max_by_key(|n| n.generation);
        let generation = last.as_ref().map_or(1, |n| n.generation + 1);
        if let Some(note) = last {
            match note.stage {
                Stage::Made => {
                    let anew = fresh && note.node == node && note.attempt != attempt && branch != self.main;
                    if !anew {
                        return self.open(&note);
                    }
                }
                Stage::Planned | Stage::Leaving => self.clear(note)?,
                Stage::Gone => {}
            }
        }
        let base = if branch == self.main { self.main_base(&spec.base)? } else { self.base(&spec.base)? };
        let (path, branch) = self.free_names(&spec.path, &branch)?;
        let mut note = Note {
            asked: spec.path.clone(),
            node: node.to_owned(),
            attempt,
            path: path.as_str().to_owned(),
            asked_branch: spec.branch.clone(),
            branch: branch.as_str().to_owned(),
            base: base.as_str().to_owned(),
            generation,
            stage: Stage::Planned,
            set_up: false,
            shared: Vec::new(),
            admin: None,
            delete_at: None,
            aside: None,
        };
        note.save(&self.journal)?;
        self.make(&mut note, &branch, &base)?;
        self.open(&note)
    }

    /// The latest worktree that was asked for with the branch `branch`, if it still exists.
    ///
    /// # Errors
    /// [`Error::WorktreeLost`], [`Error::Journal`].
    pub fn of_branch(&self, branch: &BranchName) -> Result<Option<Place>, Error> {
        let _turn = self.turn()?;
        let notes = Note::all(&self.journal)?
            .into_iter()
            .filter(|n| n.asked_branch == branch.as_str() && n.stage == Stage::Made);
        notes.max_by_key(|n| n.generation).map(|note| self.open(&note)).transpose()
    }
    /// The branch that was asked for where `branch` was made; `None` if it is none of this run's.
    ///
    /// # Errors
    /// [`Error::Journal`].
    pub fn asked(&self, branch: &BranchName) -> Result<Option<BranchName>, Error> {
        let found = Note::all(&self.journal)?.into_iter().find(|note| note.branch == branch.as_str());
        let asked = found.filter(|_| *branch != self.main).map(|note| BranchName::parse(&note.asked_branch));
        asked.transpose()
    }
    /// The worktree of the integration branch, if it exists, for the engine to work in.
    ///
    /// # Errors
    /// [`Error::WorktreeLost`], [`Error::Journal`].
    pub fn shared(&self) -> Result<Option<Place>, Error> {
        let _turn = self.turn()?;
        let mut notes = Note::all(&self.journal)?.into_iter();
        let note = notes.find(|n| n.branch == self.main.as_str() && n.stage == Stage::Made);
        if let Some(note) = &note {
            drop(self.within(&note.asked));
        }
        note.map(|note| self.open(&note)).transpose()
    }

    /// Where the integration branch is, or begins: what was noted first holds.
    fn main_base(&self, text: &str) -> Result<Oid, Error> {
        if self.repo.tip(&self.main)?.is_none() && text != INTEGRATED {
            return self.note_start(&self.base(text)?);
        }
        self.integrated_now()
    }

    fn base(&self, text: &str) -> Result<Oid, Error> {
        if text == INTEGRATED {
            return self.integrated_now();
        }
        if let Ok(oid) = Oid::parse(text) {
            return self
                .repo
                .resolve(oid.as_str())?
                .ok_or(Error::BranchMissing { branch: oid.to_string(), current: None });
        }
        let branch = BranchName::parse(text)?;
        self.repo.tip(&branch)?.ok_or(Error::BranchMissing { branch: text.to_owned(), current: None })
    }

    /// Path and branch, with the first suffix for which neither exists. `_` occurs in no key, so no suffix can meet
    /// the name of another item.
    fn free_names(&self, path: &str, branch: &BranchName) -> Result<(WorktreePath, BranchName), Error> {
        for n in 1_u32.. {
            let suffix = if n == 1 { String::new() } else { format!("_{n}") };
            let path = WorktreePath::parse(&format!("{path}{suffix}"))?;
            let branch =
                if *branch == self.main { branch.clone() } else { BranchName::parse(&format!("{branch}{suffix}"))? };
            let taken = branch != self.main && self.repo.tip(&branch)?.is_some();
            if !taken && self.repo.root().join(path.as_str()).symlink_metadata().is_err() {
                return Ok((path, branch));
            }
        }
        unreachable!("BUG: every number is taken")
    }

    fn make(&self, note: &mut Note, branch: &BranchName, base: &Oid) -> Result<(), Error> {
        let path = place::prepare(self.repo.root(), &note.path)?;
        let call = self.repo.git("worktree")?.args(["add", "--quiet"]).long();
        let call = if self.repo.tip(branch)?.is_some() {
            call.arg(&path).arg(branch.as_str())
        } else {
            call.args(["--no-track", "-b", branch.as_str()]).arg(&path).arg(base.as_str())
        };
        if let Err(error) = call.run() {
            // Nobody has worked in it; the first error matters more than one from clearing up.
            self.clear(note.clone()).ok();
            return Err(error);
        }
        let admin = place::admin_of(&path, &self.repo.common_dir)?;
        place::keep_log(&self.repo.common_dir, &admin)?;
        place::mark(&self.repo.common_dir, &admin, &self.marker(note))?;
        note.admin = Some(admin);
        note.stage = Stage::Made;
        note.save(&self.journal)
    }

    /// What the administrative folder of a worktree of ours contains.
    pub(super) fn marker(&self, note: &Note) -> String {
        format!("{}\n{}\n{}\n{}\n", self.main, note.path, note.branch, note.node)
    }

    /// Checks that a worktree still is what it was, and gives it out.
    pub(super) fn open(&self, note: &Note) -> Result<Place, Error> {
        let repository = self.seen_in(note)?;
        if repository.current_branch()?.as_deref() != Some(&note.branch) {
            return Err(lost(note, &format!("it is no longer on its branch `{}`", note.branch)));
        }
        let (branch, base) = (BranchName::parse(&note.branch)?, Oid::parse(&note.base)?);
        let (path, set_up, shared) = (repository.root().to_owned(), note.set_up, note.shared.clone());
        let scratch = self.scratch()?.to_owned();
        Ok(Place { path, branch, base, set_up, shared, repository, scratch })
    }
    /// The repository as seen from a worktree that still is what it was; whatever is checked out there.
    pub(super) fn seen_in(&self, note: &Note) -> Result<Repository, Error> {
        let lost = |why: &str| lost(note, why);
        let admin = note.admin.as_deref().ok_or_else(|| lost("it was never finished"))?;
        let path = place::existing(self.repo.root(), &note.path).ok_or_else(|| lost("its folder is gone or a link"))?;
        let common = &self.repo.common_dir;
        if place::marker(common, admin).as_ref() != Some(&self.marker(note)) {
            return Err(lost("git's record of it is not the one that was made for it"));
        }
        if place::admin_of(&path, common).ok().as_deref() != Some(admin) {
            return Err(lost("its file `.git` leads elsewhere"));
        }
        Ok(self.repo.seen_from(path, place::admin_dir(common, admin)))
    }
    /// Notes that the worktree `place` is set up, so that this is not done again, and what it links to now; returns that.
    ///
    /// # Errors
    /// [`Error::Journal`].
    pub fn note_set_up(&self, place: &Place) -> Result<Vec<PathBuf>, Error> {
        let shared = links::out_of(&place.path, self.repo.root());
        let _turn = self.turn()?;
        let here = |n: &Note| n.stage == Stage::Made && self.repo.root().join(&n.path) == place.path;
        if let Some(note) = Note::all(&self.journal)?.into_iter().find(here) {
            Note { set_up: true, shared: shared.clone(), ..note }.save(&self.journal)?;
        }
        Ok(shared)
    }
}

fn lost(note: &Note, why: &str) -> Error {
    Error::WorktreeLost { path: note.path.clone(), why: why.to_owned() }
}

impl Place {
    /// Commits whatever is in the worktree and not committed; returns the tip of its branch.
    ///
    /// # Errors
    /// Those of [`Repository::stage`] and [`Repository::advance`].
    pub fn settle(&self, message: &Message) -> Result<Oid, Error> {
        self.settle_after(message, |_| Ok(()))
    }
    /// The same, if `note` lets the branch move to the commit that was made.
    pub(super) fn settle_after(
        &self,
        message: &Message,
        note: impl FnOnce(&Commit) -> Result<(), Error>,
    ) -> Result<Oid, Error> {
        let staged = self.repository.stage(&self.scratch)?;
        if staged.unchanged {
            return Ok(staged.head);
        }
        let commit = self.repository.commit_tree(&staged.tree, &[&staged.head], message)?;
        note(&commit)?;
        self.repository.advance(&commit, "mission: work of the node")?;
        Ok(commit.oid)
    }
    /// After its branch moved: makes the folder follow. Only if it was clean before.
    ///
    /// # Errors
    /// Those of running git.
    pub fn follow(&self) -> Result<(), Error> {
        place::wait_until_quiet(&self.repository.git_dir);
        self.repository.follow_branch()
    }
}
