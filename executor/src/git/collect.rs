//! What a run left in the repository, long after it: removed where the run's own notes say that it is ours and where it
//! is merged or given up by a person; everything else is named with the reason.
//!
//! Nothing is found by its name. What is given up is committed first, and named by its commit.

use std::collections::BTreeSet;

use super::error::Error;
use super::leave::{Verdict, unfinished};
use super::name::{BranchName, Oid};
use super::record::{Note, Stage};
use super::worktree::Worktrees;

/// What to do with what a run left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collect {
    /// Nothing: the run may need it. The text says why.
    Keep(&'static str),
    /// Remove what is merged.
    Merged,
    /// Remove everything: a person has given it up.
    Abandoned,
}

/// Kinds of things that a run leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    /// A worktree, with its branch.
    Worktree,
    /// A branch.
    Branch,
    /// A ref that keeps unfinished work.
    Ref,
}

/// Something that a run left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// What it is.
    pub thing: Thing,
    /// Path below the repository, or name of the branch or ref.
    pub name: String,
    /// The branch of a worktree.
    pub branch: Option<String>,
    /// The commit that it is at, if it still is.
    pub commit: Option<Oid>,
    /// It was removed, or would have been.
    pub removed: bool,
    /// Why it was, or was not.
    pub why: String,
}

impl Worktrees {
    /// Removes what the run left; with `dry` only says what would be.
    ///
    /// # Errors
    /// Those of running git, and [`Error::Journal`].
    pub fn collect(&self, how: Collect, dry: bool) -> Result<Vec<Leftover>, Error> {
        let notes = Note::all(&self.journal)?;
        if notes.is_empty() && self.start()?.is_none() {
            return Ok(Vec::new());
        }
        if !dry && !matches!(how, Collect::Keep(_)) {
            self.clear_probes()?;
        }
        let _turn = self.turn()?;
        let mut found = Vec::new();
        for note in notes.iter().filter(|note| note.stage != Stage::Gone) {
            found.push(self.collect_worktree(note, how, dry)?);
        }
        found.extend(self.collect_branches(&notes, how, dry)?);
        found.extend(self.collect_taken_out(how, dry)?);
        found.extend(self.collect_refs(&notes, how, dry)?);
        let occupied = found.iter().any(|left| left.branch.as_deref() == Some(self.main.as_str()) && !left.removed);
        found.extend(self.collect_main(how, dry, occupied)?);
        found.sort_by(|a, b| (a.thing, &a.name).cmp(&(b.thing, &b.name)));
        Ok(found)
    }

    fn collect_worktree(&self, note: &Note, how: Collect, dry: bool) -> Result<Leftover, Error> {
        let left = |commit: Option<Oid>, removed: bool, why: &str| Leftover {
            thing: Thing::Worktree,
            name: note.path.clone(),
            branch: Some(note.branch.clone()),
            commit,
            removed,
            why: why.to_owned(),
        };
        let verdict = self.judge(note)?;
        if let Collect::Keep(why) = how {
            return Ok(left(None, false, why));
        }
        let abandoned = how == Collect::Abandoned;
        let (tip, why) = match verdict {
            Verdict::Lost(why) => return Ok(left(None, false, &why)),
            Verdict::Gone | Verdict::Unfinished => {
                if !dry {
                    self.clear(note.clone())?;
                }
                return Ok(left(None, true, "it was never finished"));
            }
            Verdict::Held(tip) if note.branch == self.main.as_str() => (tip, "its branch holds everything"),
            Verdict::Held(tip) => (tip, "merged"),
            Verdict::Unmerged(tip) if abandoned => (tip, "abandoned"),
            Verdict::Unmerged(tip) => return Ok(left(Some(tip), false, "its branch is not merged")),
            Verdict::Dirty(tip, _) if abandoned && dry => (tip, "abandoned, with changes that are not committed"),
            Verdict::Dirty(tip, place) if abandoned => match place.settle(&unfinished(note)) {
                Ok(tip) => (tip, "abandoned"),
                Err(error) => return Ok(left(Some(tip), false, &error.to_string())),
            },
            Verdict::Dirty(tip, _) => return Ok(left(Some(tip), false, "it holds changes that are not committed")),
        };
        if !dry {
            self.take_away(note.clone(), &tip)?;
        }
        Ok(left(Some(tip), true, why))
    }

    /// Branches that outlived their worktrees: they moved while the worktree was removed, or were checked out elsewhere.
    fn collect_branches(&self, notes: &[Note], how: Collect, dry: bool) -> Result<Vec<Leftover>, Error> {
        let in_use: BTreeSet<&str> =
            notes.iter().filter(|note| note.stage != Stage::Gone).map(|note| note.branch.as_str()).collect();
        let gone = notes.iter().filter(|note| note.stage == Stage::Gone && note.branch != self.main.as_str());
        let names: BTreeSet<&str> =
            gone.map(|note| note.branch.as_str()).filter(|name| !in_use.contains(name)).collect();
        let mut found = Vec::new();
        for name in names {
            let branch = BranchName::parse(name)?;
            if let Some(tip) = self.repo.tip(&branch)? {
                let merged = self.is_merged(&tip)?;
                found.push(self.collect_branch(&branch, tip, merged, "it is not merged", how, dry)?);
            }
        }
        Ok(found)
    }

    fn collect_branch(
        &self,
        branch: &BranchName,
        tip: Oid,
        merged: bool,
        unmerged: &str,
        how: Collect,
        dry: bool,
    ) -> Result<Leftover, Error> {
        let (may, why) = match how {
            Collect::Keep(why) => (false, why),
            Collect::Merged | Collect::Abandoned if merged => (true, "merged"),
            Collect::Merged => (false, unmerged),
            Collect::Abandoned => (true, "abandoned"),
        };
        let removed = may && self.is_free(branch, &tip)?;
        if removed && !dry {
            if *branch == self.main {
                self.note_retired(&tip, why)?;
            }
            self.repo.delete_ref(&branch.full(), &tip, "mission: collected")?;
        }
        let why = if may && !removed { "it is checked out, or has just moved" } else { why };
        let (name, why) = (branch.to_string(), why.to_owned());
        Ok(Leftover { thing: Thing::Branch, name, branch: None, commit: Some(tip), removed, why })
    }

    /// Branches that keep work that was merged and taken out again. It is in the history of the integration branch, but not
    /// in its files: only a person can say that nobody wants it.
    fn collect_taken_out(&self, how: Collect, dry: bool) -> Result<Vec<Leftover>, Error> {
        let notes: Vec<serde_json::Value> = self.journal.all("backout")?;
        let names: BTreeSet<&str> =
            notes.iter().filter_map(|note| note.pointer("/kept/0").and_then(serde_json::Value::as_str)).collect();
        let mut found = Vec::new();
        for name in names {
            let branch = BranchName::parse(name)?;
            if let Some(tip) = self.repo.tip(&branch)? {
                let why = "it keeps work that was taken out, so that is not merged";
                found.push(self.collect_branch(&branch, tip, false, why, how, dry)?);
            }
        }
        Ok(found)
    }

    /// Refs that keep what attempts left unfinished.
    fn collect_refs(&self, notes: &[Note], how: Collect, dry: bool) -> Result<Vec<Leftover>, Error> {
        let mut found = Vec::new();
        for name in notes.iter().filter_map(|note| note.aside.as_ref()).collect::<BTreeSet<_>>() {
            let Some(tip) = self.repo.resolve(name)? else { continue };
            let (removed, why) = match how {
                Collect::Keep(why) => (false, why),
                Collect::Merged | Collect::Abandoned if self.is_merged(&tip)? => (true, "merged"),
                Collect::Merged => (false, "it keeps what an attempt left unfinished"),
                Collect::Abandoned => (true, "abandoned"),
            };
            if removed && !dry {
                self.repo.delete_ref(name, &tip, "mission: collected")?;
            }
            let (name, why) = (name.clone(), why.to_owned());
            found.push(Leftover { thing: Thing::Ref, name, branch: None, commit: Some(tip), removed, why });
        }
        Ok(found)
    }

    /// The integration branch: merged once the branch that it started from holds all of it.
    fn collect_main(&self, how: Collect, dry: bool, occupied: bool) -> Result<Option<Leftover>, Error> {
        let (Some(tip), Some(start)) = (self.repo.tip(&self.main)?, self.start()?) else { return Ok(None) };
        let how = match how {
            Collect::Merged | Collect::Abandoned if occupied => Collect::Keep("its worktree stays"),
            Collect::Merged | Collect::Abandoned if !self.repo.is_ancestor(&start, &tip)? => {
                Collect::Keep("it no longer holds where it started")
            }
            how => how,
        };
        let base = self.base_branch()?;
        let base_tip = base.as_ref().map(|base| self.repo.tip(base)).transpose()?.flatten();
        let merged = base_tip.map(|base| self.repo.is_ancestor(&tip, &base)).transpose()?.unwrap_or(false);
        let unmerged = match base {
            Some(base) => format!("it is not merged into `{base}`"),
            None => "it is not known what it should be merged into".to_owned(),
        };
        self.collect_branch(&self.main, tip, merged, &unmerged, how, dry).map(Some)
    }
}
