//! Throw-away worktrees in which a commit is tried out. Each is noted before it is made; nothing in it is of value, so
//! whatever is left of one is removed, by whoever comes next.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Repository;
use super::error::Error;
use super::journal::Journal;
use super::name::{Oid, WorktreePath};
use super::place;
use super::worktree::Worktrees;

/// Kind of the notes about probes.
const NOTE: &str = "probe";

/// What is noted about a probe.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Note {
    node: String,
    pub(super) path: String,
    commit: String,
    /// Name of its folder in `<common dir>/worktrees`, once it is finished.
    pub(super) admin: Option<String>,
    gone: bool,
}

impl Note {
    /// Every note of the run.
    pub(super) fn all(journal: &Journal) -> Result<Vec<Self>, Error> {
        journal.all(NOTE)
    }
}

/// A throw-away worktree.
#[derive(Debug, Clone)]
pub struct Probe {
    /// Its folder, absolute.
    pub path: PathBuf,
    /// Its folder below the repository.
    pub relative: String,
}

impl Worktrees {
    /// Makes a worktree of `commit`, on no branch, for `node`.
    ///
    /// # Errors
    /// Those of running git, and [`Error::Journal`].
    pub fn probe(&self, node: &str, commit: &Oid) -> Result<Probe, Error> {
        let _turn = self.turn()?;
        let relative = self.free_probe()?;
        let mut note = Note {
            node: node.to_owned(),
            path: relative.clone(),
            commit: commit.to_string(),
            admin: None,
            gone: false,
        };
        self.journal.write(NOTE, &relative, &note)?;
        let path = place::prepare(self.repo.root(), &relative)?;
        let call = self.repo.git("worktree")?.args(["add", "--quiet", "--detach"]).arg(&path).arg(commit.as_str());
        call.long().run()?;
        let admin = place::admin_of(&path, &self.repo.common_dir)?;
        place::mark(&self.repo.common_dir, &admin, &self.probe_marker(&note))?;
        note.admin = Some(admin);
        self.journal.write(NOTE, &relative, &note)?;
        Ok(Probe { path, relative })
    }

    /// The same with the files of `tree` in it.
    ///
    /// # Errors
    /// The same.
    pub fn probe_tree(&self, node: &str, commit: &Oid, tree: &Oid) -> Result<Probe, Error> {
        let probe = self.probe(node, commit)?;
        Repository::discover(&self.repo.program, &probe.path, self.repo.policy)?.read_tree(tree)?;
        Ok(probe)
    }

    /// Removes every throw-away worktree of the run, finished or not.
    ///
    /// # Errors
    /// Those of the file system, and [`Error::Journal`].
    pub fn clear_probes(&self) -> Result<(), Error> {
        let notes = Note::all(&self.journal)?;
        if notes.iter().all(|note| note.gone) {
            return Ok(());
        }
        let _turn = self.turn()?;
        for mut note in notes.into_iter().filter(|note| !note.gone) {
            self.clear_probe(&note)?;
            note.gone = true;
            self.journal.write(NOTE, &note.path, &note)?;
        }
        Ok(())
    }

    fn clear_probe(&self, note: &Note) -> Result<(), Error> {
        let relative = WorktreePath::parse(&note.path)?;
        let common = &self.repo.common_dir;
        let path = self.repo.root().join(relative.as_str());
        let Some(admin) = note.admin.clone().or_else(|| place::admin_for(&path, common)) else {
            // Git makes its own folder first: without that, nothing is in this one.
            place::delete_empty(self.repo.root(), relative.as_str());
            return Ok(());
        };
        if place::marker(common, &admin).is_some_and(|found| found != self.probe_marker(note)) {
            return Ok(());
        }
        place::wait_until_quiet(&place::admin_dir(common, &admin));
        place::delete(self.repo.root(), relative.as_str())?;
        place::delete_admin(common, &admin, &path)
    }

    fn free_probe(&self) -> Result<String, Error> {
        let run = self.main.as_str().trim_start_matches("mission/").trim_end_matches("/main").to_owned();
        for n in 1_u32.. {
            let path = format!(".worktrees/{run}-probe-{n}");
            WorktreePath::parse(&path)?;
            let noted = self.journal.read::<Note>(NOTE, &path)?.is_some_and(|note| !note.gone);
            if !noted && self.repo.root().join(&path).symlink_metadata().is_err() {
                return Ok(path);
            }
        }
        unreachable!("BUG: every number is taken")
    }

    /// What the administrative folder of a throw-away worktree contains.
    pub(super) fn probe_marker(&self, note: &Note) -> String {
        format!("probe\n{}\n{}\n{}\n{}\n", self.main, note.path, note.commit, note.node)
    }
}
