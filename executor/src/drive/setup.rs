//! Preparing a new worktree with the project's own commands, before anything works in it. Knows nothing of what the
//! attempt will do there.

use std::path::PathBuf;

use mission_compiler::workflow::{Command, From};
use tokio::sync::{mpsc, watch};

use super::local::{Ground, attend};
use crate::aside::aside;
use crate::decide::port::{Ended, Exit, Input, Task, Work};
use crate::event::{Failure, FailureClass};
use crate::git::{Place, Worktrees};
use crate::process::Launcher;

/// Requests to end an attempt: `Some(now)` once there is one.
pub(super) type Asked = watch::Receiver<Option<bool>>;

/// Variable that holds the top of the repository that the worktree was made from.
pub(super) const REPOSITORY: &str = "MISSION_REPOSITORY";

/// Runs the project's set-up commands in `place`, unless they have run there, one after the other; returns what they link to in the main
/// working tree.
///
/// # Errors
/// The first command that fails, with the end of its output; and files that it made and that git does not ignore, since
/// they would be committed as somebody's work.
pub(super) async fn set_up(
    launcher: &Launcher,
    ground: &Ground,
    work: &Work,
    place: &Place,
    inputs: &mpsc::UnboundedSender<Input>,
    asked: &mut Asked,
    sign: &Input,
) -> Result<Vec<PathBuf>, Failure> {
    let Some(worktrees) = ground.worktrees.as_ref().filter(|_| !place.set_up && !ground.setup.is_empty()) else {
        return Ok(place.shared.clone());
    };
    for (at, command) in (1..).zip(&ground.setup) {
        if asked.borrow().is_some() {
            return Ok(Vec::new());
        }
        let ended = attend(launcher, prepared(work, at, command, worktrees), asked, inputs, sign.clone()).await;
        judge(command, place, ended)?;
    }
    let (place, worktrees) = (place.clone(), worktrees.clone());
    aside(move || settle(&place, &worktrees)).await.unwrap_or_else(|why| Err(failure(why)))
}

/// The command as a piece of work of its own, with a log of its own.
fn prepared(work: &Work, at: u32, command: &str, worktrees: &Worktrees) -> Work {
    let repository = worktrees.repository().root().display().to_string();
    Work {
        node: format!("{}:set-up:{}", work.node, work.attempt),
        attempt: at,
        first_attempt: at,
        put_by: Vec::new(),
        task: Task::Command { command: Command::Shell(command.to_owned()), stdin: None },
        env: vec![(REPOSITORY.to_owned(), repository)],
        secrets: Vec::new(),
        cwd: None,
        worktree: work.worktree.clone(),
        from: From::Default,
        schema: None,
        watched: false,
        shared: Vec::new(),
        view: false,
        guarded: false,
        input: std::collections::BTreeMap::new(),
    }
}

fn judge(command: &str, place: &Place, ended: Ended) -> Result<(), Failure> {
    let (why, code) = match ended.exit {
        Exit::Code(0) => return Ok(()),
        Exit::Code(code) => (format!("ended with code {code}"), Some(code)),
        Exit::Signal(signal) => (format!("was ended by signal {signal}"), None),
        Exit::NotStarted(why) => (format!("could not be started: {why}"), None),
        Exit::Failed(inner) => (inner.message, None),
        Exit::NoSession(why) => (why, None),
        Exit::Value(_) => ("gave a value".to_owned(), None),
    };
    let name = place.path.file_name().unwrap_or_default().display().to_string();
    let log_tail = Some(ended.log_tail).filter(|tail| !tail.is_empty());
    let message = format!("the set-up of the worktree `{name}` failed: `{command}` {why}");
    Err(Failure { exit_code: code, log_tail, ..failure(message) })
}

/// Nothing may be left that a commit would take along; then the worktree is ready.
fn settle(place: &Place, worktrees: &Worktrees) -> Result<Vec<PathBuf>, Failure> {
    let changes = place.repository.status().map_err(|e| failure(e.to_string()))?;
    if changes.is_empty() {
        return worktrees.note_set_up(place).map_err(|e| failure(e.to_string()));
    }
    let mut failure =
        failure("the set-up of a worktree changed files that git does not ignore, so they would be committed");
    failure.reasons = changes.iter().take(10).map(|change| change.path.to_string()).collect();
    failure.reasons.push("help: name them in `.gitignore`, and commit that".to_owned());
    Err(failure)
}

fn failure(message: impl Into<String>) -> Failure {
    Failure::new(FailureClass::StartFailed, message)
}
