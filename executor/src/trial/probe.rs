//! One short call of an agent as it is set up here: does it answer, and if not, what is it that failed?

use std::time::Duration;

use super::bench::{Bench, Heard};
use super::checks::plain;
use crate::decide::port::Exit;
use crate::event::{Failure, FailureClass, Usage};

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Probed {
    /// Why it is of no use now; none if it answered.
    pub failure: Option<Failure>,
    /// What the call used, as far as the agent told.
    pub usage: Usage,
    /// Time from its start until nothing of it was left.
    pub took: Duration,
    /// Processes that were still there when it had been ended; they are ended as well.
    pub left: usize,
}

pub(super) async fn perform(bench: &Bench<'_>) -> Probed {
    let heard = bench.call(plain("probe")).await;
    let left = bench.left().await;
    Probed { failure: failure(&heard, bench.limit), usage: heard.ended.usage, took: heard.took, left }
}

fn failure(heard: &Heard, limit: Duration) -> Option<Failure> {
    let why = heard.value.as_ref().err()?;
    let class = match &heard.ended.exit {
        _ if heard.took >= limit => FailureClass::Timeout,
        Exit::Failed(failure) => return Some(failure.clone()),
        Exit::NotStarted(_) | Exit::NoSession(_) => FailureClass::StartFailed,
        Exit::Code(0) | Exit::Value(_) => FailureClass::NoResult,
        Exit::Code(_) => FailureClass::Exit,
        Exit::Signal(_) => FailureClass::Signal,
    };
    Some(Failure::new(class, why.clone()))
}
