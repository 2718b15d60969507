//! The work as it will be committed: the commands are tried on it without what git ignores and was written since the run first looked.
//! What was ignored and there before is there, as in every try; where a project cannot be tried so, and could not before, nothing is said.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::super::Job;
use super::super::tries::{Red, Stop, Tries};
use super::few;
use super::held::Held;
use super::ignored::{Ignored, New, Placed, stand_in_of};
use super::trial::{Seen, names};
use crate::git::{Oid, Probe};

pub(super) struct Alone<'s> {
    pub(super) tries: Tries<'s>,
    pub(super) job: &'s Job<'s>,
    pub(super) head: &'s Oid,
    pub(super) ignored: &'s Ignored,
    pub(super) held: &'s [Held],
}

impl Alone<'_> {
    /// What is wrong with `now` as it will be committed; `None`: nothing was seen. `base` is what the work began with.
    pub(super) fn seen(&mut self, [base, now]: [&Oid; 2], commands: &[String]) -> Result<Option<Seen>, Stop> {
        if self.held.is_empty() {
            return Ok(None);
        }
        let all = |_: &Held| true;
        let mut red = self.red(now, commands, all)?;
        if red.is_empty() {
            return self.stood_in(now, commands);
        }
        let broken = names(&self.red(now, &names(&red), |_| false)?);
        let Some(at) = red.iter().position(|red| !broken.contains(&red.command)) else {
            return self.broken(base, red);
        };
        let red = red.swap_remove(at);
        let one = [red.command.clone()];
        // Seen once more, so that nobody is accused of what comes and goes.
        let is_plain = self.held.iter().any(|held| held.plain) && !self.red(now, &one, |held| held.plain)?.is_empty();
        Ok(Some(self.lacks(red, is_plain)))
    }

    /// Where they pass with something in place of packages: do they pass without it? Who only looks whether a package is there is told so
    /// by whatever lies in its place.
    fn stood_in(&mut self, now: &Oid, commands: &[String]) -> Result<Option<Seen>, Stop> {
        let packages = self.held.iter().filter(|held| stand_in_of(&held.path).is_some());
        let paths: Vec<String> = packages.map(|held| held.path.display().to_string()).collect();
        if paths.is_empty() {
            return Ok(None);
        }
        let red = self.red_with(now, commands, |_| true, false)?;
        Ok(red.into_iter().next().map(|red| {
            let why = format!(
                "`{}` passes only if something lies where git ignores it, and this work brought what lies there: {}. Whether the commit has all that it needs is not known",
                red.command,
                few(&paths)
            );
            Seen::Unknown(red, why)
        }))
    }

    /// The commands fail whatever is there, and pass where the work was done. That is news only where they passed before.
    fn broken(&mut self, base: &Oid, red: Vec<Red>) -> Result<Option<Seen>, Stop> {
        let was = names(&self.red(base, &names(&red), |_| true)?);
        let worse = red.into_iter().find(|red| !was.contains(&red.command));
        Ok(worse.map(|red| {
            let why = format!(
                "in a worktree of its own `{}` fails, which passed there before this work: whether the commit has all that it needs is not known",
                red.command
            );
            Seen::Unknown(red, why)
        }))
    }

    fn lacks(&self, red: Red, is_plain: bool) -> Seen {
        let (command, held) = (&red.command, self.held.iter().filter(|held| held.plain == is_plain));
        let paths: Vec<String> = held.map(|held| held.path.display().to_string()).collect();
        let new: Vec<&New> = self.ignored.new.iter().collect();
        let covers = |path: &String| new.iter().any(|new| new.covers(path));
        let what = few(&paths);
        if is_plain && !new.is_empty() && paths.iter().all(covers) {
            let why = format!(
                "`{command}` passes only with what git ignores since this work began, and the commit lacks: {what}"
            );
            return Seen::Fails(red, why);
        }
        let why = format!(
            "`{command}` passes only with what the commit lacks, since git ignores it, and this work brought: {what}"
        );
        if is_plain {
            return Seen::Fails(red, why);
        }
        let why = format!("{why}. A clean checkout has to get it from somewhere: say how, or let the command make it");
        Seen::Unknown(red, why)
    }

    /// The commands of these that fail with `tree`, without what of the work is `out`.
    fn red(&mut self, tree: &Oid, commands: &[String], out: impl Fn(&Held) -> bool) -> Result<Vec<Red>, Stop> {
        self.red_with(tree, commands, out, true)
    }

    /// The same; in place of packages that are out there is one that nobody can load if `stand_in` says so, or else nothing.
    fn red_with(
        &mut self,
        tree: &Oid,
        commands: &[String],
        out: impl Fn(&Held) -> bool,
        stand_in: bool,
    ) -> Result<Vec<Red>, Stop> {
        let (out, with): (Vec<&Held>, Vec<&Held>) = self.held.iter().partition(|held| out(held));
        let path = |held: &&Held| held.path.clone();
        let (out, with): (BTreeSet<PathBuf>, Vec<PathBuf>) =
            (out.iter().map(path).collect(), with.iter().map(path).collect());
        let (job, ignored) = (self.job, self.ignored);
        let placed = &Placed { out: &out, with: &with, stand_in };
        self.tries.red_with([self.head, tree], commands, &|probe: &Probe, is_set_up| {
            ignored.place(job, probe, is_set_up, placed)
        })
    }
}
