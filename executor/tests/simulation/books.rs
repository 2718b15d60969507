//! What attempts used and what the limits leave, kept here anew from what is durable; and in whose session attempts go on.

use std::collections::{BTreeMap, BTreeSet};

use mission_compiler::workflow::{Limits, Setting};
use mission_executor::decide::port::{Broken, Onward, Task, Work};
use mission_executor::event::{Cause, Event, PauseCause, Record, Usage};
use mission_executor::report::Report;
use mission_executor::run::Spent;

use crate::world::node_of;

/// An attempt.
pub(crate) type Key = (String, u32);

/// Sums; money is in quarters, so that nothing is rounded.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Sums {
    attempts: u32,
    tokens: u64,
    without_tokens: u32,
    usd: f64,
    without_usd: u32,
}

impl Sums {
    fn add(&mut self, used: &Usage) {
        self.attempts += 1;
        self.tokens += used.input_tokens.unwrap_or(0);
        self.without_tokens += u32::from(used.input_tokens.is_none());
        self.usd += used.usd.unwrap_or(0.0);
        self.without_usd += u32::from(used.usd.is_none());
    }
}

/// How the latest attempt of a node was broken off, as the next one must know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing is to be gone on with.
    Over,
    /// Its result was refused: it is asked again.
    Refused,
    /// It was broken off.
    Broken(u32, Broken),
}

/// The books of a run.
#[derive(Debug, Default)]
pub(crate) struct Books {
    /// What each attempt really used.
    truth: BTreeMap<Key, Usage>,
    /// Attempts of whose end the present executor has heard.
    heard: BTreeSet<Key>,
    /// Durable attempts under way, and whether an agent makes them.
    open: BTreeMap<String, (u32, bool)>,
    last: BTreeMap<String, Last>,
    /// Of all attempts of agents, and of those since a limit was last raised.
    all: Sums,
    since: Sums,
    runs: u64,
    wall: u64,
    busy_since: Option<u64>,
    paused: Option<PauseCause>,
}

fn fixed<T: Copy>(setting: &Option<Setting<T>>) -> Option<T> {
    match setting {
        Some(Setting::Fixed(value)) => Some(*value),
        Some(Setting::Computed(_)) | None => None,
    }
}

impl Books {
    /// An attempt will use this.
    pub(crate) fn will_use(&mut self, key: Key, used: Usage) {
        self.truth.insert(key, used);
    }
    /// What an attempt really uses.
    pub(crate) fn truth(&self, key: &Key) -> Usage {
        self.truth.get(key).cloned().unwrap_or_default()
    }
    /// The present executor hears of the end of an attempt.
    pub(crate) fn hears(&mut self, key: Key) {
        self.heard.insert(key);
    }
    /// A new executor: what the one before heard and did not store is gone.
    pub(crate) fn boarded(&mut self) {
        self.heard.clear();
    }
    /// Takes a durable record in; `agent` says, of one that begins, whether its node is an agent's. Returns what is wrong with it.
    pub(crate) fn fold(&mut self, record: &Record, agent: bool, limits: &Limits, held: bool) -> Option<String> {
        let node = node_of(&record.event).unwrap_or_default();
        let mut wrong = None;
        match &record.event {
            Event::NodeStarted { attempt, .. } if *attempt > 0 => {
                wrong = self.started(node, *attempt, agent, record.at.0, limits);
            }
            Event::NodeRetrying { attempt, next, .. } => {
                self.ended(node, *attempt, record.at.0);
                let last = if *next == Cause::Reask { Last::Refused } else { Last::Over };
                self.last.insert(node.to_owned(), last);
            }
            Event::NodeParked { attempt, .. } if *attempt > 0 => {
                self.ended(node, *attempt, record.at.0);
                self.runs -= 1;
                let last = self.last.entry(node.to_owned()).or_insert(Last::Over);
                if *last != Last::Refused {
                    *last = Last::Broken(*attempt, Broken::Refused);
                }
            }
            Event::NodeLost { attempt, .. } => {
                self.ended(node, *attempt, record.at.0);
                self.last.insert(node.to_owned(), Last::Broken(*attempt, Broken::Lost));
            }
            Event::NodeFinished { attempt, .. } if *attempt > 0 => self.ended(node, *attempt, record.at.0),
            Event::NodeCancelled { .. } => {
                if let Some((attempt, _)) = self.open.get(node).copied() {
                    self.ended(node, attempt, record.at.0);
                }
            }
            Event::NodesReset { .. } => self.last.clear(),
            Event::RunResumed { .. } => {
                self.busy_since = None;
                if self.paused.take() == Some(PauseCause::Limit) {
                    (self.since, self.runs, self.wall) = (Sums::default(), 0, 0);
                }
            }
            Event::RunPaused { cause, .. } => {
                self.paused = Some(*cause);
                let idle = self.open.is_empty() && held;
                wrong = (*cause == PauseCause::Login && !idle)
                    .then(|| "I20: the run is paused for a log-in that nobody waits for".to_owned());
            }
            _ => {}
        }
        wrong
    }

    /// I17: nothing begins once a limit is used up.
    fn started(&mut self, node: &str, attempt: u32, agent: bool, at: u64, limits: &Limits) -> Option<String> {
        let wall = self.wall + self.busy_since.map_or(0, |since| at.saturating_sub(since));
        let over = [
            ("wall", fixed(&limits.wall).is_some_and(|max| wall >= max.0)),
            ("agentRuns", agent && fixed(&limits.agent_runs).is_some_and(|max| self.runs >= max as u64)),
            ("usd", fixed(&limits.usd).is_some_and(|max| self.since.usd >= max)),
        ];
        if self.open.is_empty() {
            self.busy_since = Some(at);
        }
        self.open.insert(node.to_owned(), (attempt, agent));
        self.runs += u64::from(agent);
        let (key, _) = over.into_iter().find(|(_, over)| *over)?;
        Some(format!("I17: `{node}` begins although `limits.{key}` is used up"))
    }

    fn ended(&mut self, node: &str, attempt: u32, at: u64) {
        let Some((_, agent)) = self.open.remove(node).filter(|(open, _)| *open == attempt) else { return };
        if self.open.is_empty()
            && let Some(since) = self.busy_since.take()
        {
            self.wall += at.saturating_sub(since);
        }
        if agent {
            let key = (node.to_owned(), attempt);
            let used = if self.heard.contains(&key) { self.truth(&key) } else { Usage::default() };
            self.all.add(&used);
            self.since.add(&used);
        }
    }

    /// I22: what the run has spent is the sum of its attempts, each counted once, the unknown told apart.
    pub(crate) fn check_spent(&self, spent: &Spent) -> Option<String> {
        let told = (spent.usd, spent.unknown_cost, spent.agent_runs);
        let true_one = (self.since.usd, u64::from(self.since.without_usd), self.runs);
        (told != true_one).then(|| format!("I22: spent is {told:?}, the attempts used {true_one:?}"))
    }

    /// The same of the report.
    pub(crate) fn check_report(&self, report: &Report) -> Option<String> {
        let told = report.ledger.run;
        let told = Sums {
            attempts: told.attempts,
            tokens: told.input_tokens.known,
            without_tokens: told.input_tokens.unknown_attempts,
            usd: told.usd.known,
            without_usd: told.usd.unknown_attempts,
        };
        (told != self.all).then(|| format!("I22: the report says {told:?}, the attempts used {:?}", self.all))
    }

    /// I21: what was broken off is gone on with, and nothing else is.
    pub(crate) fn check_onward(&self, work: &Work) -> Option<String> {
        let Task::Agent { onward, reask, .. } = &work.task else { return None };
        let last = self.last.get(&work.node).copied().unwrap_or(Last::Over);
        let expected = match last {
            Last::Broken(attempt, after) => Some(Onward { attempt, after }),
            Last::Over | Last::Refused => None,
        };
        let fits = *onward == expected && reask.is_some() == (last == Last::Refused);
        (!fits).then(|| format!("I21: `{}` goes on with {onward:?}, after {last:?}", work.node))
    }
}
