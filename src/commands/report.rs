//! `mission report`: what came of a run, from its own record.

use mission_executor::report;

use crate::args;
use crate::failure::{Exit, Failure};
use crate::history::Past;
use crate::page;

/// Prints it.
pub(crate) fn perform(args: &args::Report) -> Result<Exit, Failure> {
    let past = Past::open(args.run.as_deref())?;
    let report = report::report(&past.run);
    if args.json {
        page::print_json(&report)?
    } else {
        page::print_document(&report::markdown(&report))?
    }
    Ok(Exit::Done)
}
