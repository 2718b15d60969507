//! `mission status`: how a run stands.

use jiff::tz::TimeZone;
use mission_executor::clock::{Clock, SystemClock};

use crate::args;
use crate::failure::{Exit, Failure};
use crate::history::Past;
use crate::next;
use crate::page;
use crate::progress;
use crate::standing::{self, Standing};

/// Shows it.
pub(crate) fn perform(args: &args::Status) -> Result<Exit, Failure> {
    let past = Past::open(args.run.as_deref())?;
    let overlaps = standing::overlaps(&past.dir)?;
    let at_work = progress::of(&past);
    if args.json {
        let mut standing = Standing::of(&past.run, past.alive, overlaps);
        for node in &mut standing.nodes {
            node.progress = at_work.get(&node.id).cloned();
        }
        page::print_json(&standing)?;
        return Ok(Exit::Done);
    }
    let now = SystemClock::new().now();
    page::print(&standing::page(&past.run, past.alive, now, &TimeZone::system()))?;
    page::print(&progress::page(&at_work))?;
    page::print(&standing::conflicts(&overlaps))?;
    page::print(&next::next(&past.run, past.alive))?;
    past.leave();
    Ok(Exit::Done)
}
