//! Leaving worktrees: removed only when ours, clean and merged; what stays is told, and no work is ever dropped.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use super::Repository;
use super::commit::Message;
use super::error::Error;
use super::name::{BranchName, Oid};
use super::place;
use super::record::{Note, Stage};
use super::worktree::{Place, Worktrees};

/// What a worktree of ours holds.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It is no more.
    Gone,
    /// It was never finished, or is gone in part; nobody works in it.
    Unfinished,
    /// Its commits are held elsewhere; its branch is here.
    Held(Oid),
    /// Its commits are nowhere else; its branch is here.
    Unmerged(Oid),
    /// It holds changes that are not committed; its branch is here.
    Dirty(Oid, Box<Place>),
    /// It is no longer what was made, or cannot be looked at.
    Lost(String),
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

impl Worktrees {
    /// After the work of branch `branch` is merged: removes the worktrees that were asked for with it, and their
    /// branches. What earlier attempts left unfinished is committed and set aside under `refs/mission/`.
    ///
    /// Returns the refs of what is set aside, also by an earlier call.
    ///
    /// # Errors
    /// Those of running git. A worktree that must stay is no error: it is among what [`Worktrees::finish`] returns.
    pub fn release(&self, branch: &BranchName) -> Result<Vec<String>, Error> {
        let _turn = self.turn()?;
        let ours = |n: &Note| n.asked_branch == branch.as_str() && n.asked_branch != self.main.as_str();
        let mut notes: Vec<Note> = Note::all(&self.journal)?.into_iter().filter(ours).collect();
        notes.sort_by_key(|note| note.generation);
        let last = notes.last().map(|note| note.generation);
        let mut aside = Vec::new();
        for mut note in notes {
            if note.stage == Stage::Made && Some(note.generation) != last {
                self.set_aside(&mut note)?;
            }
            aside.extend(note.aside.clone());
            self.remove(note)?;
        }
        Ok(aside)
    }

    /// The end of the run: removes every worktree that is clean and merged, that of the integration branch too, and
    /// returns the others, also those with which git fails.
    ///
    /// # Errors
    /// Those of running git, before it gets to the worktrees.
    pub fn finish(&self) -> Result<Vec<Kept>, Error> {
        self.clear_probes()?;
        if Note::all(&self.journal)?.is_empty() {
            return Ok(Vec::new());
        }
        let _turn = self.turn()?;
        let mut kept = Vec::new();
        for note in Note::all(&self.journal)? {
            let (node, path, branch) = (note.node.clone(), note.path.clone(), note.branch.clone());
            // What cannot be looked at stays, and the others are looked at all the same.
            let why =
                self.remove(note).unwrap_or_else(|error| Some(format!("it cannot be told what it holds: {error}")));
            kept.extend(why.map(|why| Kept { node, path, branch, why }));
        }
        kept.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(kept)
    }

    /// Keeps the work of an attempt that was given up, without its worktree and branch. One that cannot be committed
    /// stays as it is.
    fn set_aside(&self, note: &mut Note) -> Result<(), Error> {
        let place = match self.open(note) {
            Ok(place) => place,
            Err(Error::WorktreeLost { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        let Ok(tip) = place.settle(&unfinished(note)) else { return Ok(()) };
        if self.repo.is_ancestor(&tip, &self.integrated_now()?)? {
            return Ok(());
        }
        let name = format!("refs/mission/{}", note.branch.strip_prefix("mission/").unwrap_or(&note.branch));
        match self.repo.resolve(&name)? {
            None => self.repo.move_ref(&name, None, &tip, "mission: set aside")?,
            Some(old) if old == tip => {}
            Some(_) => return Ok(()),
        }
        note.aside = Some(name);
        note.save(&self.journal)
    }

    /// Removes a worktree, or says why it must stay.
    fn remove(&self, note: Note) -> Result<Option<String>, Error> {
        match self.judge(&note)? {
            Verdict::Gone => Ok(None),
            Verdict::Unfinished => self.clear(note).map(|()| None),
            Verdict::Held(tip) => self.take_away(note, &tip).map(|()| None),
            Verdict::Unmerged(..) => Ok(Some("its branch is not merged".to_owned())),
            Verdict::Dirty(..) => Ok(Some("it holds changes that are not committed".to_owned())),
            Verdict::Lost(why) => Ok(Some(why)),
        }
    }

    /// Whether the worktree of `note` still holds something.
    pub(super) fn judge(&self, note: &Note) -> Result<Verdict, Error> {
        match note.stage {
            Stage::Gone => return Ok(Verdict::Gone),
            Stage::Planned | Stage::Leaving => return Ok(Verdict::Unfinished),
            Stage::Made => {}
        }
        let place = match self.open(note) {
            Ok(place) => place,
            Err(Error::WorktreeLost { why, .. }) => return Ok(Verdict::Lost(why)),
            Err(error) => return Err(error),
        };
        let looked = place.repository.head().and_then(|tip| Ok((tip, place.repository.status()?.is_empty())));
        let (tip, is_clean) = match looked {
            Ok(looked) => looked,
            Err(error) => return Ok(Verdict::Lost(format!("it cannot be told what it holds: {error}"))),
        };
        if !is_clean {
            return Ok(Verdict::Dirty(tip, Box::new(place)));
        }
        let aside = note.aside.as_deref().map(|name| self.repo.resolve(name)).transpose()?.flatten();
        if place.branch == self.main || aside.as_ref() == Some(&tip) || self.is_merged(&tip)? {
            return Ok(Verdict::Held(tip));
        }
        Ok(Verdict::Unmerged(tip))
    }

    /// Is `commit` part of what is integrated, or of the branch that integration started from?
    pub(super) fn is_merged(&self, commit: &Oid) -> Result<bool, Error> {
        let integrated = match self.repo.tip(&self.main)? {
            Some(tip) => Some(tip),
            None => self.start()?,
        };
        let base = self.base_branch()?.map(|base| self.repo.tip(&base)).transpose()?.flatten();
        for tip in integrated.iter().chain(&base) {
            if self.repo.is_ancestor(commit, tip)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Removes the worktree of `note`, whose branch is at `tip`, and the branch unless it is that of integration.
    pub(super) fn take_away(&self, mut note: Note, tip: &Oid) -> Result<(), Error> {
        note.delete_at = (note.branch != self.main.as_str()).then(|| tip.to_string());
        note.stage = Stage::Leaving;
        note.save(&self.journal)?;
        self.clear(note)
    }

    /// Deletes what is there of a worktree that holds nothing of value, and its branch where it is said to be.
    pub(super) fn clear(&self, mut note: Note) -> Result<(), Error> {
        let common = &self.repo.common_dir;
        let path = self.repo.root().join(&note.path);
        let admin = note.admin.clone().or_else(|| place::admin_for(&path, common));
        // A name that was only planned may belong to another run by now. Whoever finishes a worktree marks it.
        let marker = admin.as_deref().and_then(|admin| place::marker(common, admin));
        let foreign = marker.is_some_and(|found| found != self.marker(&note));
        match &admin {
            Some(_) if foreign => {}
            Some(admin) => {
                place::wait_until_quiet(&place::admin_dir(common, admin));
                place::delete(self.repo.root(), &note.path)?;
                place::delete_admin(common, admin, &path)?;
            }
            None if note.stage == Stage::Planned => place::delete_empty(self.repo.root(), &note.path),
            None => place::delete(self.repo.root(), &note.path)?,
        }
        let expected = if note.stage == Stage::Planned { Some(note.base.as_str()) } else { note.delete_at.as_deref() };
        if let Some(expected) = expected.filter(|_| note.branch != self.main.as_str()) {
            self.delete_branch(&BranchName::parse(&note.branch)?, &Oid::parse(expected)?)?;
        }
        note.stage = Stage::Gone;
        note.save(&self.journal)
    }

    /// Deletes `branch` if it is at `expected` and checked out nowhere.
    fn delete_branch(&self, branch: &BranchName, expected: &Oid) -> Result<(), Error> {
        if self.is_free(branch, expected)? {
            self.repo.delete_ref(&branch.full(), expected, "mission: worktree removed")?;
        }
        Ok(())
    }

    /// Is `branch` at `expected` and checked out nowhere?
    pub(super) fn is_free(&self, branch: &BranchName, expected: &Oid) -> Result<bool, Error> {
        Ok(self.repo.checked_out(branch)?.is_some_and(|(oid, place)| oid == *expected && place.is_none()))
    }
}

impl Repository {
    /// The tip of `branch` and the working tree that it is checked out in; `None` if there is no such branch.
    pub(super) fn checked_out(&self, branch: &BranchName) -> Result<Option<(Oid, Option<PathBuf>)>, Error> {
        let answer =
            self.git("for-each-ref")?.args(["--format=%(objectname)%00%(worktreepath)", &branch.full()]).run()?;
        // The pattern also names everything below it, but nothing can stand below a branch.
        let row = answer.path().into_os_string().into_vec();
        let Some(at) = row.iter().position(|b| *b == 0) else { return Ok(None) };
        let oid = Oid::parse(&String::from_utf8_lossy(&row[..at]))?;
        let place = &row[at + 1..];
        Ok(Some((oid, (!place.is_empty()).then(|| PathBuf::from(OsStr::from_bytes(place))))))
    }
}

/// What the commit of work that nobody finished says.
pub(super) fn unfinished(note: &Note) -> Message {
    let subject = format!("Unfinished work of {}, attempt {}", note.node, note.attempt);
    Message { subject, ..Message::default() }
}
