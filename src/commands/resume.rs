//! `mission resume`: going on with a run, with what it pins.

use std::path::Path;

use mission_executor::clock::{Clock, SystemClock};
use mission_executor::drive::TakeOver;
use mission_executor::event::RunStatus;
use mission_executor::runs::RunDir;
use mission_executor::store::{Definition, Head, Reader};

use crate::args;
use crate::executing::{Job, Shown, execute};
use crate::failure::{Exit, Failure};
use crate::{background, history, project, within};

/// Goes on.
pub(crate) fn perform(args: &args::Resume) -> Result<Exit, Failure> {
    background::leave_terminal();
    let root = project::root()?;
    let dir = match &args.run {
        Some(wanted) => history::find(Some(wanted))?,
        None => latest()?,
    };
    within::require_outside(&dir, "resume")?;
    let going = &args.going;
    let lock = dir.lock(SystemClock::new().now())?;
    let reader = Reader::open(dir.path())?;
    let how = match reader.records(0)?.len() {
        // Its first executor never came to do anything.
        0 | 1 => TakeOver::Begin,
        _ => TakeOver::Resume { notes: notes(&root, &reader.definition()?) },
    };
    refuse_final(&dir, reader.head()?.status)?;
    drop(reader);
    if going.detach {
        drop(lock);
        return background::resume(&root, &dir, going.yes, going.json);
    }
    execute(Job { root, dir, lock, known: None, how, yes: going.yes, shown: Shown::json(going.json) })
}

/// The latest run that can go on.
fn latest() -> Result<RunDir, Failure> {
    let can = |dir: &RunDir| Head::read(dir.path()).is_ok_and(|head| !is_final(head.status));
    history::runs()?.latest_where(can).map_err(|_| {
        Failure::usage(
            "there is no run that can go on",
            "`mission ps` lists all runs; `mission run FILE|NAME` begins one",
        )
    })
}

fn is_final(status: RunStatus) -> bool {
    matches!(status, RunStatus::Succeeded | RunStatus::Partial | RunStatus::Cancelled)
}

/// A run that has ended for good is not taken over.
pub(crate) fn refuse_final(dir: &RunDir, status: RunStatus) -> Result<(), Failure> {
    let id = dir.id();
    let message = match status {
        RunStatus::Cancelled => format!("run `{id}` was denied or cancelled; that is final"),
        RunStatus::Succeeded => format!("run `{id}` has succeeded; there is nothing to go on with"),
        RunStatus::Partial => format!("run `{id}` has gone to its end; there is nothing to go on with"),
        RunStatus::Running
        | RunStatus::Waiting
        | RunStatus::Parked
        | RunStatus::Paused
        | RunStatus::Failed
        | RunStatus::Interrupted => return Ok(()),
    };
    let hint = match status {
        RunStatus::Cancelled => "begin a new one with `mission run`".to_owned(),
        _ => format!("`mission report {id}` shows what came of it; `mission retry {id} --node ID` repeats a node"),
    };
    Err(Failure::usage(message, hint))
}

/// What has changed since the run began and is not followed.
pub(crate) fn notes(root: &Path, definition: &Definition) -> Vec<String> {
    let origin = root.join(&definition.origin);
    let folder = origin.parent().unwrap_or(root);
    let differs = |path: &Path, pinned: &str| std::fs::read_to_string(path).is_ok_and(|text| text != pinned);
    let mut changed = Vec::new();
    if differs(&origin, &definition.workflow) {
        changed.push(definition.origin.as_str());
    }
    // Without the workflow itself, a file of the same name beside it is some other file.
    let prompts = definition.files.iter().filter(|_| origin.exists());
    changed.extend(prompts.filter(|(name, text)| differs(&folder.join(name), text)).map(|(name, _)| name.as_str()));
    changed
        .into_iter()
        .map(|file| format!("`{file}` has changed since; the run goes on with what it began with"))
        .collect()
}
