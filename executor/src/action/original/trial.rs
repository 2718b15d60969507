//! What the commands say of the work with the tests as they were, and why.

use std::path::Path;

use super::super::Job;
use super::super::tries::{Red, Stop, Tries};
use super::changes::Changes;
use super::elsewhere::Elsewhere;
use super::few;
use super::ignored::Ignored;
use crate::event::Failure;
use crate::git::{Oid, Probe, Repository};

/// What is told where nothing is wrong.
const PASSED: &str = "the tests pass as they were";

/// The work.
#[derive(Debug, Clone)]
pub(super) struct Trees {
    /// With the tests of before, and something that passes in place of those that are new.
    pub(super) replaced: Oid,
    /// With the tests of before, and none that is new.
    pub(super) bare: Oid,
    /// With the tests of before, and the new ones.
    pub(super) kept: Oid,
    /// The same, and with all that tests may have for themselves as it was.
    pub(super) behind: Oid,
    /// With the tests of before by the names that things have now, and the new ones; `None`: that is no other.
    pub(super) renamed: Option<Oid>,
    /// As it is.
    pub(super) now: Oid,
}

impl Trees {
    /// Of the work of `now`, in which the tests have these `changes`.
    pub(super) fn of(changes: &Changes, repo: &Repository, now: &Oid, scratch: &Path) -> Result<Self, Failure> {
        Ok(Self {
            replaced: changes.replaced(repo, now, scratch)?,
            bare: changes.bare(repo, now, scratch)?,
            kept: changes.with_new(repo, now, scratch)?,
            behind: changes.with_behind(repo, now, scratch)?,
            renamed: None,
            now: now.clone(),
        })
    }
}

/// What was seen.
#[derive(Debug)]
pub(super) enum Seen {
    Passed(String),
    /// A command fails, and why that is the work's fault.
    Fails(Red, String),
    /// A command fails, and why nothing follows.
    Unknown(Red, String),
}

pub(super) struct Trial<'s> {
    pub(super) tries: Tries<'s>,
    pub(super) job: &'s Job<'s>,
    pub(super) head: &'s Oid,
    pub(super) ignored: &'s Ignored,
    /// It is asked of some files alone: what is new need not prove itself.
    pub(super) is_part: bool,
}

impl Trial<'_> {
    /// What `commands` say.
    pub(super) fn seen(&mut self, trees: &Trees, commands: &[String], changes: &Changes) -> Result<Seen, Stop> {
        let Trees { replaced, bare, kept, behind, renamed, now } = trees.clone();
        let mut red = self.red(&replaced, commands, false)?;
        if !red.is_empty() && bare != replaced {
            red = self.red(&bare, &names(&red), false)?;
        }
        if self.is_part && !red.is_empty() && kept != bare && kept != now {
            red = self.red(&kept, &names(&red), false)?;
        }
        if let Some(renamed) = renamed.filter(|_| !red.is_empty())
            && self.red(&renamed, &names(&red), false)?.is_empty()
        {
            return Ok(Seen::Passed(format!("{PASSED}, by the names that things have now")));
        }
        if red.is_empty() && behind != kept {
            return self.seen_behind(&behind, commands, changes);
        }
        if red.is_empty() {
            return Ok(Seen::Passed(PASSED.to_owned()));
        }
        let broken = names(&self.red(&now, &names(&red), true)?);
        let Some(at) = red.iter().position(|red| !broken.contains(&red.command)) else {
            let red = red.remove(0);
            let why = format!(
                "in a worktree of its own `{}` fails with the tests of now as well; `worktree.setup` in `.mission/config.yaml` prepares one",
                red.command
            );
            return Ok(Seen::Unknown(red, why));
        };
        let red = red.remove(at);
        let one = [red.command.clone()];
        if !self.ignored.new.is_empty() && !self.red(&now, &one, false)?.is_empty() {
            return Ok(self.lacks(red));
        }
        if !self.is_part && !changes.added().is_empty() && (kept == now || self.red(&kept, &one, true)?.is_empty()) {
            return Ok(without_new(red, changes));
        }
        let why = format!(
            "`{}` fails with the tests as they were, before this work changed them: {}. What they demand must still hold",
            red.command,
            few(&changes.restored())
        );
        Ok(Seen::Fails(red, why))
    }

    /// What they say where tests find what has moved: why nothing is wrong, if nothing is, and each test that is put elsewhere is run
    /// there by the command that failed.
    pub(super) fn seen_elsewhere(
        &mut self,
        trees: &Trees,
        canaries: &[Oid],
        [commands, failed]: [&[String]; 2],
        elsewhere: &Elsewhere,
    ) -> Result<Option<String>, Stop> {
        let Seen::Passed(why) = self.seen(trees, commands, &elsewhere.changes)? else { return Ok(None) };
        for canary in canaries {
            if self.red(canary, failed, true)?.is_empty() {
                return Ok(None);
            }
        }
        let told = &elsewhere.told;
        let moved = if told.is_empty() { "as modules".to_owned() } else { format!("where it lies now: {}", few(told)) };
        Ok(Some(format!("{why}, with what they bring in {moved}")))
    }

    /// What they say with all that tests may have for themselves as it was, too. Whether it is theirs, a person has to see.
    fn seen_behind(&mut self, behind: &Oid, commands: &[String], changes: &Changes) -> Result<Seen, Stop> {
        let mut red = self.red(behind, commands, true)?;
        if red.is_empty() {
            return Ok(Seen::Passed(PASSED.to_owned()));
        }
        let red = red.remove(0);
        let why = format!("`{}` fails with {} as before", red.command, few(&changes.behind()));
        Ok(Seen::Unknown(red, why))
    }

    /// The commands of these that fail with `tree`, with everything that git ignores or only what it did before.
    fn red(&mut self, tree: &Oid, commands: &[String], all: bool) -> Result<Vec<Red>, Stop> {
        let (job, ignored) = (self.job, self.ignored);
        self.tries.red_with([self.head, tree], commands, &|probe: &Probe, is_set_up| {
            if is_set_up { Ok(()) } else { ignored.link(job, probe, all).map_err(Stop::Failed) }
        })
    }

    fn lacks(&self, red: Red) -> Seen {
        let paths = few(&self.ignored.paths());
        if self.ignored.is_told() {
            let why = format!(
                "`{}` passes only with what git ignores since this work began, and the commit lacks: {paths}",
                red.command
            );
            return Seen::Fails(red, why);
        }
        let why =
            format!("`{}` passes only with what the commit lacks, and git was told to ignore: {paths}", red.command);
        Seen::Unknown(red, why)
    }
}

/// It fails because the tests that are new are not there.
fn without_new(red: Red, changes: &Changes) -> Seen {
    let command = &red.command;
    if let Some(path) = changes.named(command) {
        let why = format!("`{command}` needs `{path}`, which is new, by its name");
        return Seen::Unknown(red, why);
    }
    if changes.demands_coverage(command) && red.output.to_lowercase().contains("coverage") {
        let Some(path) = changes.reaching() else {
            return Seen::Passed(format!("`{command}` demands a coverage that the new tests are there for"));
        };
        let why = format!("`{command}` demands a coverage, and `{path}`, which is new, may reach into other tests");
        return Seen::Unknown(red, why);
    }
    let why = format!(
        "`{command}` passes only with the tests that are new ({}): without them, what was tested before fails",
        few(&changes.added())
    );
    Seen::Fails(red, why)
}

pub(super) fn names(red: &[Red]) -> Vec<String> {
    red.iter().map(|red| red.command.clone()).collect()
}
