//! What to do next: from a run and an input to events and actions. Pure: time comes with the input.
//!
//! A [`Core`] holds a run that is ahead of the store by exactly the events of the step it has just returned. The shell
//! commits those, and only then performs the step's actions and shows its records; if the commit fails, it drops the
//! core and reads the store again.

#![deny(clippy::disallowed_methods, clippy::disallowed_types, clippy::iter_over_hash_type)]

mod claims;
mod company;
mod ending;
mod explain;
mod finish;
mod gate;
mod handoff;
mod limits;
mod park;
pub mod port;
mod recover;
mod settle;
mod taken;
mod whom;
mod work;

#[cfg(test)]
pub(crate) use handoff::ONLY_LOOK;
pub(crate) use handoff::{moved, paths};
use std::collections::{BTreeMap, BTreeSet};

use mission_compiler::graph::Ix;

pub use explain::{Explanation, explain};
pub use finish::judge_value;
use port::{Action, Candidate, Choice, Input};

use crate::event::{Cause, Event, Overlap, Record, RunStatus, Timestamp, Usage};
use crate::run::Run;

/// Milliseconds between asking a process to end and insisting are the shell's; this is what the core allows a start.
pub(crate) const DEFAULT_CONCURRENCY: i64 = 4;

/// What one input leads to.
#[derive(Debug, Default)]
pub struct Step {
    /// To be committed, in order, in one transaction.
    pub records: Vec<Record>,
    /// To be performed after that.
    pub actions: Vec<Action>,
}

impl Step {
    /// Joins the step that follows.
    pub fn extend(&mut self, next: Self) {
        self.records.extend(next.records);
        self.actions.extend(next.actions);
    }
}

/// Why an input was refused; nothing happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such node.
    #[error("there is no node `{0}` in this run")]
    UnknownNode(String),
    /// The node is not a gate that waits.
    #[error("`{0}` does not wait for a decision")]
    NotAsking(String),
    /// The gate has no such choice now.
    #[error("`{choice}` is not a choice of `{node}`; it offers {offered}")]
    NoSuchChoice {
        /// The gate.
        node: String,
        /// What was chosen.
        choice: String,
        /// What it offers.
        offered: String,
    },
    /// The choice needs a comment.
    #[error("`{choice}` needs a comment")]
    CommentRequired {
        /// The choice.
        choice: String,
    },
    /// What the person saw is not what the gate shows now.
    #[error("what was decided about is not what `{0}` shows now; look again")]
    Stale(String),
    /// The value, edited or not, is not acceptable.
    #[error("the value is refused")]
    Invalid {
        /// Every reason.
        reasons: Vec<String>,
    },
    /// The gate has nothing to edit.
    #[error("`{0}` shows no value that could be edited")]
    NothingToEdit(String),
    /// The run is over.
    #[error("the run is over ({0})")]
    Over(String),
    /// The run was cancelled or denied: final.
    #[error("the run was cancelled; that is final")]
    Final,
    /// An attempt is under way.
    #[error("an attempt of `{0}` is under way")]
    UnderWay(String),
    /// It is not a node of an agent, or has no such attempt.
    #[error("`{node}` has no attempt {attempt} of an agent")]
    NeverBegan {
        /// The node.
        node: String,
        /// The attempt.
        attempt: u32,
    },
    /// The node has not settled.
    #[error("`{0}` has not finished; only finished nodes are retried")]
    NotFinished(String),
}

/// An attempt under way, as the core watches it. Not durable: a new executor begins with none.
#[derive(Debug, Clone)]
struct Live {
    attempt: u32,
    deadline: Option<Timestamp>,
    timeout: Option<u64>,
    idle: Option<u64>,
    quiet_since: Timestamp,
    /// A tool is under way: silence may last longer.
    busy: bool,
    stopping: Option<Stopping>,
    claims: Vec<String>,
    /// Its agent, where one was chosen by name.
    agent: Option<Candidate>,
    /// What its agent has told of its use so far.
    usage: Usage,
}

/// Why an attempt is being ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stopping {
    Timeout,
    Idle,
    Cancel,
    Interrupt,
}

/// The deciding part of an executor.
#[derive(Debug)]
pub struct Core {
    run: Run,
    now: Timestamp,
    live: BTreeMap<Ix, Live>,
    /// Leaves that may start as soon as there is room.
    ready: BTreeSet<Ix>,
    /// Items under way, per map with `max`.
    admitted: BTreeMap<Ix, BTreeSet<Ix>>,
    /// Items that wait for room in their map.
    queued: BTreeMap<Ix, BTreeSet<Ix>>,
    /// What was last said by the attempt that is asked again.
    refused: BTreeMap<Ix, (String, Vec<String>)>,
    /// Who can work for which profile without whom, as far as the shell was asked.
    choices: BTreeMap<(String, Vec<String>), Choice>,
    /// What the shell has not answered yet.
    asked: BTreeSet<(String, Vec<String>)>,
    /// Agents that have begun an attempt well.
    warm: BTreeSet<String>,
    /// Weight that this machine can bear, as the shell told.
    machine: u32,
    interrupted: Option<String>,
    /// `--yes`: gates that allow it are answered at once, in this name.
    yes: Option<String>,
    step: Step,
}

impl Core {
    /// A core for a run that has just begun or was read from its store.
    pub fn new(run: Run, yes: Option<String>) -> Self {
        let now = run.last();
        Self {
            run,
            now,
            live: BTreeMap::new(),
            ready: BTreeSet::new(),
            admitted: BTreeMap::new(),
            queued: BTreeMap::new(),
            refused: BTreeMap::new(),
            choices: BTreeMap::new(),
            asked: BTreeSet::new(),
            warm: BTreeSet::new(),
            machine: u32::MAX,
            interrupted: None,
            yes,
            step: Step::default(),
        }
    }
    /// The run.
    pub fn run(&self) -> &Run {
        &self.run
    }
    /// Has this executor nothing more to do: the run is over, paused, interrupted, or waits only for people?
    pub fn at_rest(&self) -> Option<RunStatus> {
        if !self.live.is_empty() {
            return None;
        }
        if self.run.ending().is_some() {
            return Some(self.run.status());
        }
        if self.interrupted.is_some() {
            return Some(RunStatus::Interrupted);
        }
        if self.run.paused().is_some() {
            return Some(RunStatus::Paused);
        }
        let backing_off = self.run.backing_off().next().is_some();
        let parked = self.run.parked().any(|ix| self.parked_until(ix).is_some());
        (self.ready.is_empty() && !backing_off && !parked && self.run.asking().next().is_some())
            .then_some(RunStatus::Waiting)
    }
    /// When the core wants to be told the time, if nothing happens before.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let attempts = self.live.values().filter(|l| l.stopping.is_none()).flat_map(|live| {
            let idle = live.patience().map(|idle| Timestamp(live.quiet_since.0.saturating_add(idle)));
            live.deadline.into_iter().chain(idle)
        });
        // What is due already waits for room, not for time.
        let backoffs = self.run.backing_off().map(|ix| self.run.state(ix).not_before).filter(|at| *at > self.now);
        let parked = self.run.parked().filter_map(|ix| self.parked_until(ix)).filter(|at| *at > self.now);
        attempts.chain(backoffs).chain(parked).chain(self.wall_deadline()).min()
    }

    /// Takes an input at `now`.
    ///
    /// # Errors
    /// A [`Refusal`], for what people ask; nothing has changed then.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Result<Step, Refusal> {
        self.now = self.now.max(now).max(self.run.last());
        match input {
            Input::Ended(ended) => self.ended(*ended),
            Input::Busy { node, attempt } => self.busy(&node, attempt),
            Input::Progress { node, attempt, usage } => self.progress(&node, attempt, usage),
            Input::Chosen { profile, without, choice } => self.chosen(profile, without, choice),
            Input::Overlap(overlap) => self.overlap(overlap),
            Input::Tick => {}
            Input::Decision(decision) => self.decision(decision)?,
            Input::Taken(taken) => self.taken(taken)?,
            Input::Cancel { by, comment, now } => self.cancel(by, comment, now)?,
            Input::Interrupt { reason } => self.interrupt(reason),
        }
        self.settle();
        Ok(std::mem::take(&mut self.step))
    }

    /// Records what happened: the run is ahead of the store until the step is committed.
    fn emit(&mut self, event: Event) {
        let record = Record { seq: self.run.seq() + 1, at: self.now, event };
        self.run.apply(&record).expect("BUG: the core made an event that its own run cannot follow");
        self.step.records.push(record);
    }

    fn id(&self, ix: Ix) -> String {
        self.run.graph().node(ix).id.to_string()
    }

    fn progress(&mut self, node: &str, attempt: u32, usage: Option<Usage>) {
        let Some(ix) = self.run.graph().find(node) else { return };
        let Some(live) = self.live.get_mut(&ix).filter(|l| l.attempt == attempt) else { return };
        live.quiet_since = self.now;
        live.busy = false;
        if let Some(usage) = usage {
            self.warm.extend(live.agent.as_ref().map(|agent| agent.name.clone()));
            live.usage = usage;
        }
    }

    fn busy(&mut self, node: &str, attempt: u32) {
        let Some(ix) = self.run.graph().find(node) else { return };
        if let Some(live) = self.live.get_mut(&ix).filter(|l| l.attempt == attempt) {
            live.busy = true;
        }
    }

    /// Recorded unless it is known already, or the run is over.
    fn overlap(&mut self, overlap: Overlap) {
        let known = self.run.overlaps().iter().any(|told| overlap.adds_nothing_to(told));
        if !known && self.run.ending().is_none() {
            self.emit(Event::OverlapFound { overlap });
        }
    }

    fn cancel(&mut self, by: String, comment: Option<String>, now: bool) -> Result<(), Refusal> {
        if let Some(ending) = self.run.ending() {
            return Err(Refusal::Over(ending.status.word().to_owned()));
        }
        if self.run.cancel().is_none() || now {
            self.emit(Event::CancelAsked { by, comment, now });
        }
        self.stop_all(Stopping::Cancel, now);
        Ok(())
    }

    fn interrupt(&mut self, reason: String) {
        let again = self.interrupted.is_some();
        self.interrupted.get_or_insert(reason);
        self.stop_all(Stopping::Interrupt, again);
    }

    fn stop_all(&mut self, why: Stopping, now: bool) {
        let all: Vec<Ix> = self.live.keys().copied().collect();
        for ix in all {
            self.stop(ix, why, now);
        }
    }

    fn stop(&mut self, ix: Ix, why: Stopping, now: bool) {
        let node = self.id(ix);
        let Some(live) = self.live.get_mut(&ix) else { return };
        if live.stopping.is_some() && !now && why != Stopping::Cancel {
            return;
        }
        live.stopping = Some(why);
        let attempt = live.attempt;
        self.step.actions.push(Action::Kill { node, attempt, now });
    }

    /// Starts a node without attempts: a group or map opens.
    fn open(&mut self, ix: Ix) {
        let node = self.id(ix);
        let cause = self.run.state(ix).next;
        self.emit(Event::NodeStarted { node, attempt: 0, cause, agent: None });
    }

    fn fail(&mut self, ix: Ix, failure: crate::event::Failure) {
        self.finished(ix, 0, None, Some(failure), Usage::default());
    }
}

/// The cause of the attempt after a failure of kind `reask`.
const fn next_cause(reask: bool) -> Cause {
    if reask { Cause::Reask } else { Cause::Retry }
}
