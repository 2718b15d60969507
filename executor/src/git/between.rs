//! What lies in `.worktrees/` and among git's records of working trees, and whether an engine made it. Changes nothing.

use super::common::names;
use super::error::Error;
use super::name::WORKTREES_DIR;
use super::place;
use super::probe;
use super::record::Note;
use super::worktree::Worktrees;
use super::{Guarded, Repository};

impl Repository {
    /// What lies in `.worktrees/`; of a folder only that it is there.
    pub fn between_worktrees(&self) -> Vec<Guarded> {
        let folder = self.root.join(WORKTREES_DIR);
        let there = names(&folder).into_iter().filter(|name| name != place::LOCK);
        there
            .map(|name| Guarded { path: folder.join(&name), name: format!("{WORKTREES_DIR}/{name}"), whole: false })
            .collect()
    }
}

impl Worktrees {
    /// Which of `told`, names of things in `.worktrees/` and `.git/worktrees/`, are there and were made neither for this run nor for
    /// another that is `alive`. Waits for whoever is about to make or remove a worktree.
    ///
    /// # Errors
    /// [`Error::Journal`], [`Error::Io`].
    pub fn strange<'t>(&self, told: &[&'t str], alive: impl Fn(&str) -> bool) -> Result<Vec<&'t str>, Error> {
        if told.is_empty() {
            return Ok(Vec::new());
        }
        let _turn = self.turn()?;
        let made = self.made(&alive)?;
        let is_strange = |told: &&str| match told.strip_prefix(".git/worktrees/") {
            Some(rest) => {
                let admin = rest.split('/').next().unwrap_or(rest);
                let is_there = place::admin_dir(&self.repo.common_dir, admin).symlink_metadata().is_ok();
                is_there && !made.iter().any(|made| made.admin.as_deref() == Some(admin))
            }
            None if told
                .strip_prefix(WORKTREES_DIR)
                .is_some_and(|rest| rest.trim_start_matches('/') == place::IGNORE) =>
            {
                !place::ignores_itself(self.repo.root())
            }
            None => {
                let is_there = self.repo.root().join(told).symlink_metadata().is_ok();
                let holds = |path: &str| path == *told || path.strip_prefix(told).is_some_and(|r| r.starts_with('/'));
                is_there && !made.iter().any(|made| holds(&made.path))
            }
        };
        Ok(told.iter().copied().filter(|told| is_strange(told)).collect())
    }

    /// Every worktree that this run made or is about to make, and those of other runs that are `alive`.
    fn made(&self, alive: &impl Fn(&str) -> bool) -> Result<Vec<Made>, Error> {
        let marked = |admin: &str| place::marker(&self.repo.common_dir, admin);
        let mut made: Vec<Made> = Vec::new();
        for note in Note::all(&self.journal)? {
            let is_marked = |admin: &String| marked(admin).as_ref() == Some(&self.marker(&note));
            made.push(Made { admin: note.admin.clone().filter(is_marked), path: note.path.clone() });
        }
        for note in probe::Note::all(&self.journal)? {
            let is_marked = |admin: &String| marked(admin) == Some(self.probe_marker(&note));
            made.push(Made { admin: note.admin.clone().filter(is_marked), path: note.path.clone() });
        }
        for admin in names(&place::admin_root(&self.repo.common_dir)) {
            let Some(text) = marked(&admin) else { continue };
            let mut lines = text.lines().filter(|line| *line != "probe");
            let (Some(main), Some(path)) = (lines.next(), lines.next()) else { continue };
            let run = main.strip_prefix("mission/").and_then(|rest| rest.strip_suffix("/main"));
            if main != self.main.as_str() && run.is_some_and(alive) {
                made.push(Made { admin: Some(admin), path: path.to_owned() });
            }
        }
        Ok(made)
    }
}

/// A worktree that an engine made: git's record of it, and its folder below the repository.
struct Made {
    admin: Option<String>,
    path: String,
}
