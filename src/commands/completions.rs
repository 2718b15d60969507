//! `mission completions`: a script for a shell.

use crate::args::{self, Completions};
use crate::failure::{Exit, Failure};
use crate::page;

/// Prints the script.
pub(crate) fn perform(args: &Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut args::command(), "mission", &mut script);
    page::print_document(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
