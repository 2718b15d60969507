//! Agents that refuse work for now, and the nodes that wait for them. Pure.

use mission_compiler::graph::Ix;

use super::{Phase, Run};
use crate::event::{Cause, Failure, Timestamp, Usage};

/// An agent that is not to be asked: of an account that is used up, every further attempt would be refused as well.
#[derive(Debug, Clone, PartialEq)]
pub struct Hold {
    /// Until when; `None`: until a person has acted and the run is resumed.
    pub until: Option<Timestamp>,
    /// What it said.
    pub failure: Failure,
    /// How often it has refused one after the other.
    pub times: u32,
}

/// A node that waits, or has waited, for its agent.
#[derive(Debug, Clone, PartialEq)]
pub struct Parked {
    /// Since when, through every attempt that was refused.
    pub since: Timestamp,
    /// Until when; `None`: until a person has acted.
    pub until: Option<Timestamp>,
    /// Why.
    pub failure: Failure,
}

impl Run {
    /// Agents that refuse work at `now`, by name.
    pub fn held(&self, now: Timestamp) -> impl Iterator<Item = (&str, &Hold)> {
        let in_force = move |hold: &Hold| hold.until.is_none_or(|until| until > now);
        self.held.iter().filter(move |(_, hold)| in_force(hold)).map(|(name, hold)| (name.as_str(), hold))
    }
    /// What the agent was last refused for, even if that is over.
    pub fn hold(&self, agent: &str) -> Option<&Hold> {
        self.held.get(agent)
    }
    /// Nodes that wait for their agents.
    pub fn parked(&self) -> impl Iterator<Item = Ix> + '_ {
        self.parked.iter().copied()
    }
    /// The agent of a node's latest attempt.
    pub fn agent_of(&self, ix: Ix) -> Option<&str> {
        self.state(ix).attempts.last().and_then(|attempt| attempt.agent.as_deref())
    }

    pub(super) fn node_parked(
        &mut self,
        ix: Ix,
        attempt: u32,
        failure: &Failure,
        until: Option<Timestamp>,
        usage: &Usage,
        at: Timestamp,
    ) {
        if attempt > 0 {
            self.attempt_ended(ix, attempt, usage, at, Some(failure.clone()));
            // What was refused has not run.
            self.spent.agent_runs = self.spent.agent_runs.saturating_sub(1);
            self.hold_agent(ix, failure, until, at);
        }
        self.frontier.remove(&ix);
        self.enter(ix, Phase::Parked);
        let state = &mut self.nodes[ix.index()];
        let since = state.parked.as_ref().map_or(at, |parked| parked.since);
        state.parked = Some(Parked { since, until, failure: failure.clone() });
        if attempt > 0 && state.next != Cause::Reask {
            state.next = Cause::Parked;
        }
    }

    /// Attempts that began before their agent refused others may be refused at the same time: that counts once.
    fn hold_agent(&mut self, ix: Ix, failure: &Failure, until: Option<Timestamp>, at: Timestamp) {
        let Some(agent) = self.agent_of(ix).map(str::to_owned) else { return };
        let earlier = self.held.get(&agent);
        let in_force = earlier.is_some_and(|hold| hold.until.is_none_or(|until| until > at));
        let times = earlier.map_or(0, |hold| hold.times) + u32::from(!in_force);
        let until = match earlier.filter(|_| in_force) {
            Some(hold) => until.zip(hold.until).map(|(one, other)| one.max(other)),
            None => until,
        };
        self.held.insert(agent, Hold { until, failure: failure.clone(), times });
    }

    /// An attempt came to another end: its agent works again, unless it has refused others since.
    pub(super) fn agent_works(&mut self, ix: Ix, at: Timestamp) {
        let Some(agent) = self.agent_of(ix).map(str::to_owned) else { return };
        let over = |hold: &Hold| hold.until.is_some_and(|until| until <= at);
        if self.held.get(&agent).is_some_and(over) {
            self.held.remove(&agent);
        }
    }

    /// A person has resumed the run: whoever waited for that is asked again.
    pub(super) fn ask_again(&mut self, at: Timestamp) {
        self.held.retain(|_, hold| hold.until.is_some());
        for ix in &self.parked {
            if let Some(parked) = &mut self.nodes[ix.index()].parked {
                parked.until.get_or_insert(at);
            }
        }
    }
}
