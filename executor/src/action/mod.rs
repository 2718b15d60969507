//! The registry behind `uses:`: built-in actions, described by JSON Schema and performed here.
//!
//! An action gets its arguments, already checked against its schema by the compiler where they are literals and here
//! again where they were computed, and answers with a value or a failure. It knows nothing of graphs or of the store.

mod backout;
mod bisect;
mod commit;
mod conclude;
mod detect;
mod guard;
mod head;
mod ignored;
mod integrate;
mod merge;
mod original;
mod project;
mod shared;
mod tries;

use std::path::Path;

use mission_compiler::check::{Action, Registry};
use mission_compiler::contract::Contract;
use serde_json::Value;

use crate::decide::port::Ended;
use crate::event::{Failure, FailureClass};
use crate::git::{Probe, Repository, Worktrees};

pub use project::{Check, Project, ProjectError};

/// Where and for whom an action is performed.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// Working directory of the node: its worktree, or the top of the repository (or folder) that the run works in.
    pub root: &'a Path,
    /// The repository as seen from `root`; `None` outside of git.
    pub repository: Option<&'a Repository>,
    /// The run's worktrees; `None` outside of git.
    pub worktrees: Option<&'a Worktrees>,
    /// Id of the run.
    pub run: &'a str,
    /// Folder of the run.
    pub run_dir: &'a Path,
    /// Id of the node.
    pub node: &'a str,
    /// Number of the attempt.
    pub attempt: u32,
    /// The first attempt that belongs together with this one: 1, or the one that began when a person last asked for
    /// the node to run anew. What attempts since then have done is found again, not done twice.
    pub first_attempt: u32,
}

impl Job<'_> {
    /// May attempt `number` have left a note of what it was about to do? Only one before this one that belongs together with it;
    /// what else is noted was written by somebody else.
    fn is_begun(&self, number: u32) -> bool {
        (self.first_attempt..self.attempt).contains(&number)
    }
}

/// How an action runs commands in a throw-away worktree.
pub struct Shell<'s> {
    /// Runs a command there to its end; the number tells one command of the action from another.
    pub run: &'s dyn Fn(&str, &Probe, u32) -> Ended,
    /// Was the action asked to end?
    pub stopped: &'s dyn Fn() -> bool,
    /// Commands that prepare every new worktree.
    pub setup: &'s [String],
}

impl std::fmt::Debug for Shell<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shell({:?})", self.setup)
    }
}

type Perform = fn(&Value, &Job<'_>) -> Result<Value, Failure>;
type Probing = fn(&Value, &Job<'_>, &Shell<'_>) -> Result<Value, Failure>;

struct Builtin {
    name: &'static str,
    with: fn() -> Value,
    result: fn() -> Value,
    perform: Perform,
}

/// Actions that run commands.
const PROBING: [(&str, Probing); 2] = [("checks.bisect", bisect::perform), ("checks.original", original::perform)];

const BUILTINS: [Builtin; 10] = [
    Builtin { name: "checks.bisect", with: bisect::with, result: bisect::result, perform: without_shell },
    Builtin { name: "checks.detect", with: detect::with, result: detect::result, perform: detect::perform },
    Builtin { name: "checks.guard", with: guard::with, result: guard::result, perform: guard::perform },
    Builtin { name: "checks.original", with: original::with, result: original::result, perform: without_shell },
    Builtin { name: "git.backout", with: backout::with, result: backout::result, perform: backout::perform },
    Builtin { name: "git.commit", with: commit::with, result: commit::result, perform: commit::perform },
    Builtin { name: "git.conclude", with: conclude::with, result: conclude::result, perform: conclude::perform },
    Builtin { name: "git.head", with: head::with, result: head::result, perform: head::perform },
    Builtin { name: "git.integrate", with: integrate::with, result: integrate::result, perform: integrate::perform },
    Builtin { name: "git.merge", with: merge::with, result: merge::result, perform: merge::perform },
];

/// What the compiler must know of the actions.
pub fn registry() -> Registry {
    let describe = |b: &Builtin| (b.name.to_owned(), Action { with: (b.with)(), result: (b.result)() });
    Registry { actions: BUILTINS.iter().map(describe).collect() }
}

/// Performs the action `name` with the arguments `with`.
///
/// # Errors
/// Class `action`, with every reason: an unknown name, arguments that break the schema, or what the action itself says.
pub fn perform(name: &str, with: Value, job: &Job<'_>) -> Result<Value, Failure> {
    let (builtin, with) = admitted(name, with)?;
    (builtin.perform)(&with, job)
}

/// Like [`perform`], for actions that run commands as well.
///
/// # Errors
/// Those of [`perform`].
pub fn perform_with(name: &str, with: Value, job: &Job<'_>, shell: &Shell<'_>) -> Result<Value, Failure> {
    let (builtin, with) = admitted(name, with)?;
    match PROBING.iter().find(|(probing, _)| *probing == name) {
        Some((_, perform)) => perform(&with, job, shell),
        None => (builtin.perform)(&with, job),
    }
}

fn without_shell(_with: &Value, job: &Job<'_>) -> Result<Value, Failure> {
    Err(refuse(format!("`{}` cannot run commands here", job.node)))
}

/// The action and its arguments, checked against its schema.
fn admitted(name: &str, with: Value) -> Result<(&'static Builtin, Value), Failure> {
    let Some(builtin) = BUILTINS.iter().find(|b| b.name == name) else {
        return Err(refuse(format!("`{name}` is not an action")));
    };
    let contract = Contract::compile((builtin.with)()).expect("the schemas of actions are tested");
    let with = contract.admit(with).map_err(|reasons| {
        let mut failure = refuse(format!("the arguments of `{name}` break its schema"));
        failure.reasons = reasons;
        failure
    })?;
    Ok((builtin, with))
}

fn refuse(message: impl Into<String>) -> Failure {
    Failure::new(FailureClass::Action, message)
}

/// The repository that an action of git needs.
fn repository<'a>(job: &Job<'a>) -> Result<&'a Repository, Failure> {
    job.repository.ok_or_else(|| refuse(format!("`{}` is not inside a git repository", job.root.display())))
}

/// The trailers that the engine sets on every commit that it makes.
fn own_trailers(job: &Job<'_>) -> [(String, String); 2] {
    [("Mission-Run".to_owned(), job.run.to_owned()), ("Mission-Node".to_owned(), job.node.to_owned())]
}

#[cfg(test)]
mod tests {
    use super::BUILTINS;
    use crate::decide::ONLY_LOOK;

    #[test]
    fn those_that_only_look_are_actions() {
        let unknown: Vec<&str> =
            ONLY_LOOK.into_iter().filter(|name| BUILTINS.iter().all(|b| b.name != *name)).collect();
        assert_eq!(unknown, [""; 0]);
    }
}
