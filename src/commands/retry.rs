//! `mission retry`: a finished node once more, then the run goes on.

use mission_executor::clock::{Clock, SystemClock};
use mission_executor::drive::TakeOver;
use mission_executor::event::RunStatus;
use mission_executor::store::Reader;

use super::resume::{notes, refuse_final};
use crate::args;
use crate::executing::{Job, Shown, execute};
use crate::failure::{Exit, Failure};
use crate::history::Past;
use crate::{project, within};

/// Repeats it.
pub(crate) fn perform(args: &args::Retry) -> Result<Exit, Failure> {
    let root = project::root()?;
    let past = Past::open(args.run.as_deref())?;
    within::require_outside(&past.dir, "retry")?;
    let node = past.run.graph().node(past.told(&args.node)?).id.to_string();
    let dir = past.dir;
    let lock = dir.lock(SystemClock::new().now())?;
    let reader = Reader::open(dir.path())?;
    if reader.head()?.status == RunStatus::Cancelled {
        refuse_final(&dir, RunStatus::Cancelled)?;
    }
    let how = TakeOver::Retry { node, downstream: args.downstream, notes: notes(&root, &reader.definition()?) };
    drop(reader);
    execute(Job { root, dir, lock, known: None, how, yes: args.yes, shown: Shown::json(args.json) })
}
