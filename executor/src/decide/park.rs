//! Waiting for agents that have reached a limit, or do not let the run in. Costs no retry, no re-ask and no working time. Pure.

use mission_compiler::graph::Ix;
use mission_compiler::workflow::{Millis, Verb};

use super::Core;
use super::port::Ended;
use crate::event::{Event, Failure, FailureClass, PauseCause, Timestamp, Usage};

/// First wait for an agent that does not say when its limit on requests is over.
const RATE_LIMIT: u64 = 60_000;
/// The same for a quota.
const QUOTA: u64 = 600_000;
/// Longest of these waits; each is twice as long as the one before.
const LONGEST: u64 = 3_600_000;
/// Longest time for which a node is parked in all, unless `limits.parked` says otherwise.
const PARKED: u64 = 86_400_000;

impl Core {
    /// Parks the node whose attempt was refused, if its failure is of that kind; another agent may take over at once.
    pub(super) fn park(&mut self, ix: Ix, ended: &Ended, failure: &Failure) -> bool {
        if !self.parks(ix, failure) {
            return false;
        }
        let until = (failure.class != FailureClass::Auth).then(|| self.until(ix, failure));
        let (node, failure, usage) = (self.id(ix), failure.clone(), ended.usage.clone());
        self.emit(Event::NodeParked { node, attempt: ended.attempt, failure, until, usage });
        self.ready.insert(ix);
        true
    }

    /// Is the failure of the kind that passes by itself, or with a login?
    pub(super) fn parks(&self, ix: Ix, failure: &Failure) -> bool {
        let passes = failure.class.passes() && self.longest_park() > 0;
        let is_agent = matches!(self.run.graph().node(ix).def.verb, Verb::Agent { .. });
        is_agent && (passes || failure.class == FailureClass::Auth && self.run.agent_of(ix).is_some())
    }

    /// When the agent is asked again. A time that it told is believed once; if that proves wrong, the wait doubles all the same.
    fn until(&self, ix: Ix, failure: &Failure) -> Timestamp {
        let hold = self.run.agent_of(ix).and_then(|agent| self.run.hold(agent));
        let in_force = hold.is_some_and(|hold| hold.until.is_none_or(|until| until > self.now));
        let before = hold.map_or(0, |hold| hold.times).saturating_sub(u32::from(in_force));
        let first = if failure.class == FailureClass::Quota { QUOTA } else { RATE_LIMIT };
        let wait = |times: u32| first.saturating_mul(1 << times.min(16)).min(LONGEST);
        let after = |millis: u64| Timestamp(self.now.0.saturating_add(millis));
        match (failure.until.filter(|until| *until > self.now), before) {
            (Some(told), 0) => told,
            (Some(told), times) => told.max(after(wait(times - 1))),
            // It was asked before it refused others.
            (None, _) if in_force => hold.and_then(|hold| hold.until).unwrap_or(self.now),
            (None, times) => after(wait(times)),
        }
    }

    /// Every agent that could work for `ix` refuses: it waits, unless that would take too long.
    pub(super) fn wait_for(&mut self, ix: Ix, held: &[String], until: Option<Timestamp>) {
        let state = self.run.state(ix);
        let since = state.parked.as_ref().map_or(self.now, |parked| parked.since);
        let told = held.iter().filter_map(|name| self.run.hold(name)).find(|hold| hold.until == until);
        let Some(mut failure) = told.map(|hold| hold.failure.clone()) else { return };
        let longest = self.longest_park();
        if let Some(until) = until.filter(|until| until.0.saturating_sub(since.0) > longest) {
            failure.reasons.push(format!(
                "it would be parked until {}, {} in all; `limits.parked` allows {}",
                until.in_utc(),
                Millis(until.0.saturating_sub(since.0)),
                Millis(longest)
            ));
            return self.fail(ix, failure);
        }
        let waits = state.phase == crate::run::Phase::Parked && state.parked.as_ref().is_some_and(|p| p.until == until);
        if !waits {
            let node = self.id(ix);
            self.emit(Event::NodeParked { node, attempt: 0, failure, until, usage: Usage::default() });
        }
    }

    /// Pauses the run when nothing is left but nodes whose agents a person must log in to first.
    pub(super) fn pause_for_login(&mut self) {
        let idle = self.live.is_empty() && self.ready.is_empty() && !self.run.has_news();
        let others = self.run.backing_off().next().is_some() || self.run.asking().next().is_some();
        let over = self.run.paused().is_some() || self.run.cancel().is_some() || self.run.ending().is_some();
        if !idle || others || over {
            return;
        }
        let mut reason = None;
        for ix in self.run.parked() {
            match &self.run.state(ix).parked {
                Some(parked) if parked.until.is_none() => {
                    reason.get_or_insert_with(|| told(&parked.failure));
                }
                Some(_) | None => return,
            }
        }
        if let Some(reason) = reason {
            self.emit(Event::RunPaused { reason, cause: PauseCause::Login });
        }
    }

    /// Parked nodes that are asked again at `now`.
    pub(super) fn due(&self, now: Timestamp) -> Vec<Ix> {
        let is_due = |ix: &Ix| self.parked_until(*ix).is_some_and(|until| until <= now);
        self.run.parked().filter(is_due).collect()
    }

    pub(super) fn parked_until(&self, ix: Ix) -> Option<Timestamp> {
        self.run.state(ix).parked.as_ref()?.until
    }

    fn longest_park(&self) -> u64 {
        self.limit_on_parking().unwrap_or(PARKED)
    }
}

/// A failure with what to do about it.
fn told(failure: &Failure) -> String {
    std::iter::once(&failure.message).chain(&failure.reasons).map(String::as_str).collect::<Vec<_>>().join("; ")
}
