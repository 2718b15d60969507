//! `mission status`: how a run stands.

use jiff::tz::TimeZone;
use mission_executor::clock::{Clock, SystemClock};

use crate::args;
use crate::failure::{Exit, Failure};
use crate::history::Past;
use crate::page;
use crate::standing::{self, Standing};

/// Shows it.
pub(crate) fn perform(args: &args::Status) -> Result<Exit, Failure> {
    let past = Past::open(args.run.as_deref())?;
    let overlaps = standing::overlaps(&past.dir)?;
    if args.json {
        page::print_json(&Standing::of(&past.run, past.alive, overlaps))?;
        return Ok(Exit::Done);
    }
    let now = SystemClock::new().now();
    page::print(&standing::page(&past.run, past.alive, now, &TimeZone::system()))?;
    page::print(&standing::conflicts(&overlaps))?;
    page::print(&standing::next(&past.run, past.alive))?;
    Ok(Exit::Done)
}
