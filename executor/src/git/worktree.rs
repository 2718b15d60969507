//! Worktrees of a run: made where nothing is, entered again only if they are what they were, removed only when they
//! are ours, clean and merged.
//!
//! A note is written before each step, so after a crash it is known which folder is ours and how far it got. Nothing
//! is ever forced and nothing is found by pattern. Knows node ids only as names of owners.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::commit::Message;
use super::error::Error;
use super::journal::Journal;
use super::name::{BranchName, Oid, WorktreePath};
use super::preflight::Base;
use super::{Repository, place};
use crate::decide::port::WorktreeSpec;

/// Kind of the notes about worktrees.
const NOTE: &str = "worktree";
/// `worktree.base` that means the integrated head of the run.
const INTEGRATED: &str = "integrated";

/// Worktrees are made and removed one at a time: they share the administrative folder and the notes.
static TURN: Mutex<()> = Mutex::new(());

/// The worktrees of one run.
#[derive(Debug, Clone)]
pub struct Worktrees {
    repo: Repository,
    journal: Journal,
    main: BranchName,
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
    /// The repository as seen from there.
    pub repository: Repository,
}

/// A worktree that was not removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Node that it was made for.
    pub node: String,
    /// Path below the repository.
    pub path: String,
    /// Its branch.
    pub branch: String,
    /// Why it was kept.
    pub why: String,
}

/// How far a worktree got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Stage {
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
struct Note {
    /// The path that the workflow asked for; `path` may have a suffix.
    asked: String,
    node: String,
    attempt: u32,
    path: String,
    /// The branch that the workflow asked for; `branch` may have a suffix.
    asked_branch: String,
    branch: String,
    base: String,
    /// Counts the worktrees made for `asked`.
    generation: u32,
    stage: Stage,
    /// Name of its folder in `<common dir>/worktrees`, once known.
    admin: Option<String>,
    /// Where the branch must be to be deleted with it.
    delete_at: Option<String>,
}

impl Worktrees {
    /// The worktrees of run `run`, whose folder is `run_dir`, in `repo`.
    ///
    /// # Errors
    /// [`Error::BadName`] if the run's id cannot be part of a branch name.
    pub fn new(repo: &Repository, run_dir: &Path, run: &str) -> Result<Self, Error> {
        let main = BranchName::parse(&format!("mission/{run}/main"))?;
        Ok(Self { repo: repo.clone(), journal: Journal::new(run_dir), main })
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
        let _turn = turn();
        self.note_start(&base.oid).map(|_| ())
    }
    /// The integrated head: the tip of [`Worktrees::main`], or where integration starts (if that was never said: what
    /// is checked out now).
    ///
    /// # Errors
    /// Those of running git, and [`Error::Journal`].
    pub fn integrated(&self) -> Result<Oid, Error> {
        let _turn = turn();
        self.integrated_now()
    }
    fn integrated_now(&self) -> Result<Oid, Error> {
        match self.repo.tip(&self.main)? {
            Some(tip) => Ok(tip),
            None => self.note_start(&self.repo.head()?),
        }
    }
    fn note_start(&self, oid: &Oid) -> Result<Oid, Error> {
        if let Some(start) = self.journal.read::<String>("start", "")? {
            return Oid::parse(&start);
        }
        self.journal.write("start", "", &oid.as_str())?;
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
        let _turn = turn();
        WorktreePath::parse(&spec.path)?;
        let branch = BranchName::parse(&spec.branch)?;
        let notes = self.notes()?;
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
            admin: None,
            delete_at: None,
        };
        self.write(&note)?;
        self.make(&mut note, &branch, &base)?;
        self.open(&note)
    }

    /// The latest worktree that was asked for with the branch `branch`, if it still exists.
    ///
    /// # Errors
    /// [`Error::WorktreeLost`], [`Error::Journal`].
    pub fn of_branch(&self, branch: &BranchName) -> Result<Option<Place>, Error> {
        let _turn = turn();
        let notes = self.notes()?.into_iter().filter(|n| n.asked_branch == branch.as_str() && n.stage == Stage::Made);
        notes.max_by_key(|n| n.generation).map(|note| self.open(&note)).transpose()
    }
    /// The worktree of the integration branch, if it exists.
    ///
    /// # Errors
    /// [`Error::WorktreeLost`], [`Error::Journal`].
    pub fn shared(&self) -> Result<Option<Place>, Error> {
        let _turn = turn();
        let mut notes = self.notes()?.into_iter();
        notes.find(|n| n.branch == self.main.as_str() && n.stage == Stage::Made).map(|n| self.open(&n)).transpose()
    }

    /// Removes the worktrees asked for with the branch `branch`, and the branches made for them, if they are merged
    /// into the integration branch and hold nothing that is not committed; those of earlier attempts likewise.
    ///
    /// # Errors
    /// Those of running git. A worktree that must stay is no error: it is among what [`Worktrees::finish`] returns.
    pub fn release(&self, branch: &BranchName) -> Result<(), Error> {
        let _turn = turn();
        let ours = |n: &Note| n.asked_branch == branch.as_str() && n.asked_branch != self.main.as_str();
        for note in self.notes()?.into_iter().filter(ours) {
            self.remove(note)?;
        }
        Ok(())
    }
    /// The end of the run: removes every worktree that is clean and merged, that of the integration branch too, and
    /// returns the others.
    ///
    /// # Errors
    /// Those of running git.
    pub fn finish(&self) -> Result<Vec<Kept>, Error> {
        let _turn = turn();
        let mut kept = Vec::new();
        for note in self.notes()? {
            let (node, path, branch) = (note.node.clone(), note.path.clone(), note.branch.clone());
            kept.extend(self.remove(note)?.map(|why| Kept { node, path, branch, why }));
        }
        kept.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(kept)
    }

    fn notes(&self) -> Result<Vec<Note>, Error> {
        self.journal.all(NOTE)
    }
    fn write(&self, note: &Note) -> Result<(), Error> {
        self.journal.write(NOTE, &format!("{}#{}", note.asked, note.generation), note)
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
        place::mark(&self.repo.common_dir, &admin, &self.marker(note))?;
        note.admin = Some(admin);
        note.stage = Stage::Made;
        self.write(note)
    }

    /// What the administrative folder of a worktree of ours contains.
    fn marker(&self, note: &Note) -> String {
        format!("{}\n{}\n{}\n{}\n", self.main, note.path, note.branch, note.node)
    }

    /// Checks that a worktree still is what it was, and gives it out.
    fn open(&self, note: &Note) -> Result<Place, Error> {
        let lost = |why: &str| Error::WorktreeLost { path: note.path.clone(), why: why.to_owned() };
        let admin = note.admin.as_deref().ok_or_else(|| lost("it was never finished"))?;
        let path = place::existing(self.repo.root(), &note.path).ok_or_else(|| lost("its folder is gone or a link"))?;
        let common = &self.repo.common_dir;
        if !place::is_marked(common, admin, &self.marker(note)) {
            return Err(lost("git's record of it is not the one that was made for it"));
        }
        if place::admin_of(&path, common).ok().as_deref() != Some(admin) {
            return Err(lost("its file `.git` leads elsewhere"));
        }
        let repository = self.repo.seen_from(path.clone(), place::admin_dir(common, admin));
        if repository.current_branch()?.as_deref() != Some(&note.branch) {
            return Err(lost(&format!("it is no longer on its branch `{}`", note.branch)));
        }
        Ok(Place { path, branch: BranchName::parse(&note.branch)?, base: Oid::parse(&note.base)?, repository })
    }

    /// Removes a worktree, or says why it must stay.
    fn remove(&self, mut note: Note) -> Result<Option<String>, Error> {
        match note.stage {
            Stage::Gone => return Ok(None),
            Stage::Planned | Stage::Leaving => return self.clear(note).map(|()| None),
            Stage::Made => {}
        }
        let place = match self.open(&note) {
            Ok(place) => place,
            Err(Error::WorktreeLost { why, .. }) => return Ok(Some(why)),
            Err(error) => return Err(error),
        };
        if !place.repository.status()?.is_empty() {
            return Ok(Some("it holds changes that are not committed".to_owned()));
        }
        let tip = place.repository.head()?;
        if place.branch != self.main {
            if !self.repo.is_ancestor(&tip, &self.integrated_now()?)? {
                return Ok(Some("its branch is not merged".to_owned()));
            }
            note.delete_at = Some(tip.to_string());
        }
        note.stage = Stage::Leaving;
        self.write(&note)?;
        self.clear(note).map(|()| None)
    }

    /// Deletes what is there of a worktree that holds nothing of value, and its branch where it is said to be.
    fn clear(&self, mut note: Note) -> Result<(), Error> {
        let common = &self.repo.common_dir;
        let path = self.repo.root().join(&note.path);
        let admin = match &note.admin {
            Some(admin) => Some(admin.clone()),
            None => place::admin_for(&path, common),
        };
        if let Some(admin) = &admin {
            place::wait_until_quiet(&place::admin_dir(common, admin));
        }
        place::delete(self.repo.root(), &note.path)?;
        if let Some(admin) = &admin {
            place::delete_admin(common, admin, &path)?;
        }
        let branch = BranchName::parse(&note.branch)?;
        let expected = if note.stage == Stage::Planned { Some(note.base.as_str()) } else { note.delete_at.as_deref() };
        if let Some(expected) = expected.filter(|_| branch != self.main) {
            let expected = Oid::parse(expected)?;
            if self.repo.tip(&branch)?.as_ref() == Some(&expected) {
                self.repo.delete_ref(&branch.full(), &expected, "mission: worktree removed")?;
            }
        }
        note.stage = Stage::Gone;
        self.write(&note)
    }
}

impl Place {
    /// Commits whatever is in the worktree and not committed; returns the tip of its branch.
    ///
    /// # Errors
    /// Those of [`Repository::stage`] and [`Repository::advance`].
    pub fn settle(&self, message: &Message) -> Result<Oid, Error> {
        let staged = self.repository.stage()?;
        if staged.unchanged {
            return Ok(staged.head);
        }
        let commit = self.repository.commit_tree(&staged.tree, &[&staged.head], message)?;
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

/// The lock that this module holds while it looks at notes and acts on them. It protects no data, so a panic of
/// another holder spoils nothing.
fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}
