//! Commands that are tried out in throw-away worktrees. Knows nothing of why.

use serde_json::Value;

use super::{Job, Shell, refuse};
use crate::decide::port::{Ended, Exit};
use crate::event::Failure;
use crate::git::{Oid, Probe, Worktrees};

/// Most bytes of output that are told.
const MOST_OUTPUT: usize = 8_000;

/// A command that failed.
#[derive(Debug)]
pub(super) struct Red {
    pub(super) command: String,
    pub(super) exit_code: Option<i32>,
    pub(super) output: String,
}

/// Makes a worktree ready, after the set-up if there is one; the error says why nothing can be tried in it.
type Prepare<'p> = dyn Fn(&Probe, bool) -> Result<(), Stop> + 'p;

/// Why there is no answer.
pub(super) enum Stop {
    /// Nothing is known.
    Unknown(String),
    /// It cannot go on.
    Failed(Failure),
}

impl From<crate::git::Error> for Stop {
    fn from(error: crate::git::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Whoever tries commands out, one worktree after the other.
pub(super) struct Tries<'s> {
    pub(super) worktrees: &'s Worktrees,
    job: &'s Job<'s>,
    shell: &'s Shell<'s>,
    commands: Vec<String>,
    /// Worktrees that were made.
    pub(super) probes: u32,
    started: u32,
}

impl<'s> Tries<'s> {
    /// With the commands of a list of `{ run }`.
    pub(super) fn new(worktrees: &'s Worktrees, job: &'s Job<'s>, shell: &'s Shell<'s>, run: &Value) -> Self {
        let commands = run.as_array().into_iter().flatten().filter_map(|one| one["run"].as_str());
        Self { worktrees, job, shell, commands: commands.map(str::to_owned).collect(), probes: 0, started: 0 }
    }

    /// What is tried out.
    pub(super) fn commands(&self) -> Vec<String> {
        self.commands.clone()
    }

    /// The first command that fails with `commit`, if one does.
    pub(super) fn red(&mut self, commit: &Oid) -> Result<Option<Red>, Stop> {
        let probe = self.worktrees.probe(self.job.node, commit)?;
        let commands = self.commands.clone();
        Ok(self.tried(&probe, commit.short(), &commands, (1, &|_, _| Ok(())))?.pop())
    }

    /// Every command of these that fails with `commit` checked out and the files of `tree`. `prepare` makes the worktree ready; it is told
    /// whether a set-up was there before it.
    pub(super) fn red_with(
        &mut self,
        [commit, tree]: [&Oid; 2],
        commands: &[String],
        prepare: &Prepare<'_>,
    ) -> Result<Vec<Red>, Stop> {
        let probe = self.worktrees.probe_tree(self.job.node, commit, tree)?;
        self.tried(&probe, tree.short(), commands, (usize::MAX, prepare))
    }

    fn tried(
        &mut self,
        probe: &Probe,
        what: &str,
        commands: &[String],
        how: (usize, &Prepare<'_>),
    ) -> Result<Vec<Red>, Stop> {
        self.probes += 1;
        let seen = self.try_out(probe, what, commands, how);
        self.worktrees.clear_probes()?;
        seen
    }

    /// The commands that fail, `most` of them.
    fn try_out(
        &mut self,
        probe: &Probe,
        what: &str,
        commands: &[String],
        (most, prepare): (usize, &Prepare<'_>),
    ) -> Result<Vec<Red>, Stop> {
        for command in self.shell.setup {
            let ended = self.run(command, probe)?;
            if ended.exit != Exit::Code(0) {
                return Err(Stop::Unknown(format!("`{what}` could not be set up: `{command}` failed")));
            }
        }
        prepare(probe, !self.shell.setup.is_empty())?;
        let mut red = Vec::new();
        for command in commands {
            let ended = self.run(command, probe)?;
            let exit_code = match ended.exit {
                Exit::Code(0) => continue,
                Exit::Code(code) => Some(code),
                Exit::Signal(_) => None,
                Exit::NotStarted(why) => return Err(Stop::Unknown(format!("`{command}` could not be started: {why}"))),
                Exit::Failed(failure) => return Err(Stop::Unknown(failure.message)),
                Exit::NoSession(_) | Exit::Value(_) => continue,
            };
            let output = tail(&ended.log_tail, MOST_OUTPUT);
            red.push(Red { command: command.clone(), exit_code, output });
            if red.len() >= most {
                break;
            }
        }
        Ok(red)
    }

    fn run(&mut self, command: &str, probe: &Probe) -> Result<Ended, Stop> {
        let asked = || Stop::Failed(refuse("it was asked to end"));
        if (self.shell.stopped)() {
            return Err(asked());
        }
        self.started += 1;
        let ended = (self.shell.run)(command, probe, self.started);
        if (self.shell.stopped)() { Err(asked()) } else { Ok(ended) }
    }
}

fn tail(text: &str, most: usize) -> String {
    let from = text.len().saturating_sub(most);
    let from = (from..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(from);
    text[from..].to_owned()
}
