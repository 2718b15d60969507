//! Commands that an action has run, in the same way as those of the workflow: with a log, in a group of their own, ended
//! when the action is. Knows nothing of what the action wants to know.

use std::sync::Arc;

use mission_compiler::workflow::{Command, From};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::local::{Ground, attend};
use super::setup::Asked;
use crate::action::{Job, Shell, perform_with};
use crate::decide::port::{Ended, Input, Task, Work, WorktreeSpec};
use crate::event::{Failure, Usage};
use crate::git::Probe;
use crate::process::Launcher;

/// Performs an action that may run commands. Called where blocking is fine.
pub(super) fn perform(
    launcher: &Launcher,
    ground: &Arc<Ground>,
    work: &Work,
    (name, with): (&str, serde_json::Value),
    job: &Job<'_>,
    (inputs, asked): (&mpsc::UnboundedSender<Input>, &Asked),
) -> Result<serde_json::Value, Failure> {
    let handle = Handle::current();
    let sign = Input::Progress { node: work.node.clone(), attempt: work.attempt, usage: Some(Usage::default()) };
    let run = |command: &str, probe: &Probe, number: u32| -> Ended {
        let piece = piece(ground, work, command, probe, number);
        handle.block_on(attend(launcher, piece, &mut asked.clone(), inputs, sign.clone()))
    };
    let stopped = || asked.borrow().is_some();
    perform_with(name, with, job, &Shell { run: &run, stopped: &stopped, setup: &ground.setup })
}

/// The command as a piece of work of its own, with a log of its own.
fn piece(ground: &Ground, work: &Work, command: &str, probe: &Probe, number: u32) -> Work {
    let worktree = WorktreeSpec { base: String::new(), path: probe.relative.clone(), branch: String::new() };
    Work {
        node: format!("{}:probe:{}", work.node, work.attempt),
        attempt: number,
        first_attempt: number,
        put_by: Vec::new(),
        task: Task::Command { command: Command::Shell(command.to_owned()), stdin: None },
        env: vec![(super::setup::REPOSITORY.to_owned(), ground.root.display().to_string())],
        secrets: Vec::new(),
        cwd: None,
        watched: false,
        shared: Vec::new(),
        view: false,
        guarded: false,
        worktree: Some(worktree),
        from: From::Default,
        schema: None,
        input: std::collections::BTreeMap::new(),
    }
}
