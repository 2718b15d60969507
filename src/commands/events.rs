//! `mission events`: the log of a run.

use std::time::Duration;

use jiff::tz::TimeZone;
use mission_executor::event::Record;

use crate::args;
use crate::failure::{Exit, Failure};
use crate::history::Past;
use crate::page;
use crate::screen::plain;

/// How often a run that is followed is looked at.
pub(crate) const PACE: Duration = Duration::from_millis(100);

/// Prints it.
pub(crate) fn perform(args: &args::Events) -> Result<Exit, Failure> {
    let past = Past::open(args.run.as_deref())?;
    let zone = TimeZone::system();
    past.records.iter().try_for_each(|record| print(record, args.json, &zone))?;
    if !args.follow || !past.alive {
        return Ok(Exit::Done);
    }
    let (_, dir, mut tail) = past.follow()?;
    loop {
        // Asked first: an executor commits before it leaves.
        let alive = dir.is_alive()?;
        tail.poll()?.iter().try_for_each(|record| print(record, args.json, &zone))?;
        if !alive {
            return Ok(Exit::Done);
        }
        std::thread::sleep(PACE);
    }
}

/// One record.
pub(crate) fn print(record: &Record, json: bool, zone: &TimeZone) -> Result<(), Failure> {
    if json { page::print_json_line(record) } else { page::print(&plain::line(record, zone)) }
}
