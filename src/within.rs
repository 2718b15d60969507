//! Commands that steer a run are for people: an attempt of that run that calls one is refused, and it is noted for the executor.

use std::fs::OpenOptions;
use std::io::Write as _;

use mission_executor::process::within::{Lineage, Within};
use mission_executor::runs::RunDir;

use crate::failure::Failure;

/// Refuses to go on with `command`, such as `cancel`, if this process belongs to an attempt of the run in `dir`.
///
/// # Errors
/// It does.
pub(crate) fn require_outside(dir: &RunDir, command: &str) -> Result<(), Failure> {
    let Some(within) = of(dir) else { return Ok(()) };
    // Whoever cannot be told by its own folder is told by one that nobody else makes.
    let note = match &within {
        Within::Attempt(attempt) => dir.steered(attempt),
        Within::Unknown => dir.path().join("steered"),
    };
    // Without the note it is refused all the same.
    let opened = OpenOptions::new().create(true).append(true).open(note);
    drop(opened.and_then(|mut file| writeln!(file, "mission {command}")));
    let message = format!("`mission {command}` is refused: it was called by an attempt of run `{}`", dir.id());
    Err(Failure::usage(message, "an attempt does not steer the run that it works for; a person does, from outside"))
}

fn of(dir: &RunDir) -> Option<Within> {
    let executor = || dir.is_alive().ok().filter(|alive| *alive).and_then(|_| dir.holder()).map(|holder| holder.pid);
    Lineage::new(std::env::vars_os()).within(dir.path(), dir.id().as_str(), executor())
}
