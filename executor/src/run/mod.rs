//! A run as the fold of its events: `apply` is the ONE place where state changes, live or replayed. Pure.

#![deny(clippy::disallowed_methods, clippy::disallowed_types, clippy::iter_over_hash_type)]

mod count;
mod handed;
mod held;
mod node;
mod reset;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mission_compiler::expand::{self, ExpandError, Item};
use mission_compiler::graph::{Graph, Ix};
use mission_compiler::template::Data;
use mission_compiler::workflow::Workflow;

pub use held::{Hold, Parked};
pub use node::{Attempt, Decided, NodeState, Phase, Retired, Ruling, Shown};
pub(crate) use view::gate_output;
pub use view::item_views;

use crate::digest;
use crate::event::{
    Cause, EXECUTOR_GONE, Event, Outcome, Overlap, PauseCause, Record, RunStatus, SkipReason, Status, Timestamp,
};

/// Why a log cannot be followed. The store is damaged, or was written by an engine that decided otherwise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The first event is not `run-started`, or a later one is.
    #[error("record {0}: the log does not begin with exactly one `run-started`")]
    Beginning(u64),
    /// A number is missing or stands twice.
    #[error("record {found}: expected number {expected}")]
    Sequence {
        /// The number after the one before.
        expected: u64,
        /// The number found.
        found: u64,
    },
    /// The graph has no such node.
    #[error("record {seq}: there is no node `{node}`")]
    UnknownNode {
        /// The record.
        seq: u64,
        /// The node.
        node: String,
    },
    /// The graph that follows from the workflow is not the one recorded.
    #[error("record {seq}: `{node}` grew otherwise than recorded: {message}")]
    Diverged {
        /// The record.
        seq: u64,
        /// The map.
        node: String,
        /// How.
        message: String,
    },
    /// The workflow makes no graph.
    #[error(transparent)]
    Expand(#[from] ExpandError),
}

/// Who asked for the end, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelAsk {
    /// Who.
    pub by: String,
    /// Why.
    pub comment: Option<String>,
    /// Without grace.
    pub now: bool,
    /// When.
    pub at: Timestamp,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    /// Status.
    pub status: RunStatus,
    /// Results of the workflow.
    pub outputs: BTreeMap<String, Data>,
    /// Why it is not `succeeded`.
    pub reasons: Vec<String>,
    /// When.
    pub at: Timestamp,
}

/// A run.
#[derive(Debug, Clone)]
pub struct Run {
    id: String,
    workflow: Arc<Workflow>,
    graph: Graph,
    nodes: Vec<NodeState>,
    inputs: Data,
    agents: BTreeMap<String, String>,
    flags: Vec<String>,
    definition: String,
    engine: String,
    seq: u64,
    started: Timestamp,
    last: Timestamp,
    epoch: u64,
    notes: Vec<String>,
    cancel: Option<CancelAsk>,
    paused: Option<(String, PauseCause)>,
    ending: Option<Ending>,
    /// Top-level nodes that have not settled.
    open: u32,
    /// Attempts under way.
    live: BTreeSet<Ix>,
    /// Gates that wait for a person.
    asking: BTreeSet<Ix>,
    /// Nodes between two attempts.
    backoff: BTreeSet<Ix>,
    /// Nodes that wait for their agents.
    parked: BTreeSet<Ix>,
    /// Agents that refuse work, or did so last.
    held: BTreeMap<String, Hold>,
    /// Pending nodes whose predecessors have settled and whose container is open: the next to look at.
    frontier: BTreeSet<Ix>,
    /// Open containers without open children.
    emptied: BTreeSet<Ix>,
    /// Attempts of nodes that a reset removed from the graph, until they are there again.
    retired: BTreeMap<Arc<str>, Retired>,
    /// Every decision of a person, in order; a reset takes none of them back.
    decisions: Vec<Ruling>,
    /// Work that was seen to conflict.
    overlaps: Vec<Overlap>,
    /// Node that was the last to leave a worktree, by the path that the workflow asked for, and when.
    left: BTreeMap<String, (Arc<str>, Timestamp)>,
    spent: Spent,
    /// Growth that was planned and whose event is about to be applied.
    growth: Option<Growth>,
}

/// Nodes that were added to the graph below a map.
#[derive(Debug, Clone)]
struct Growth {
    map: Ix,
    keys: Vec<String>,
    added: u32,
    witness: String,
}

/// What a run has used since it began or was last allowed to go on.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spent {
    /// Milliseconds with at least one attempt under way.
    pub wall: u64,
    /// Agent attempts.
    pub agent_runs: u64,
    /// USD, as far as known.
    pub usd: f64,
    /// Attempts whose cost is unknown.
    pub unknown_cost: u64,
    busy_since: Option<Timestamp>,
}

impl Run {
    /// A run that has just begun: `first` is its `run-started` record.
    ///
    /// # Errors
    /// See [`ReplayError`].
    pub fn begin(workflow: Arc<Workflow>, first: &Record) -> Result<Self, ReplayError> {
        let Event::RunStarted { run, definition, engine, inputs, agents, flags, .. } = &first.event else {
            return Err(ReplayError::Beginning(first.seq));
        };
        let mut made = Self {
            id: run.clone(),
            workflow: Arc::clone(&workflow),
            graph: Graph::default(),
            nodes: Vec::new(),
            inputs: Data::map(inputs.iter().map(|(k, v)| (k.clone(), v.clone())).collect()),
            agents: agents.clone(),
            flags: flags.clone(),
            definition: definition.clone(),
            engine: engine.clone(),
            seq: first.seq,
            started: first.at,
            last: first.at,
            epoch: 0,
            notes: Vec::new(),
            cancel: None,
            paused: None,
            ending: None,
            open: 0,
            live: BTreeSet::new(),
            asking: BTreeSet::new(),
            backoff: BTreeSet::new(),
            parked: BTreeSet::new(),
            held: BTreeMap::new(),
            frontier: BTreeSet::new(),
            emptied: BTreeSet::new(),
            retired: BTreeMap::new(),
            decisions: Vec::new(),
            overlaps: Vec::new(),
            left: BTreeMap::new(),
            spent: Spent::default(),
            growth: None,
        };
        made.graph = expand::expand(&workflow, &made)?;
        made.recount();
        Ok(made)
    }

    /// Folds a whole log.
    ///
    /// # Errors
    /// See [`ReplayError`].
    pub fn replay(workflow: Arc<Workflow>, records: &[Record]) -> Result<Self, ReplayError> {
        let Some((first, rest)) = records.split_first() else { return Err(ReplayError::Beginning(0)) };
        let mut run = Self::begin(workflow, first)?;
        for record in rest {
            run.apply(record)?;
        }
        Ok(run)
    }

    /// Had this attempt to end because the run was interrupted?
    pub fn is_put_by(&self, node: &str, attempt: u32) -> bool {
        let attempts = self.graph.find(node).map(|ix| &self.nodes[ix.index()].attempts);
        attempts.is_some_and(|all| all.iter().any(|one| one.number == attempt && one.put_by))
    }

    /// Applies one record. The ONE place where the state of a run changes.
    ///
    /// # Errors
    /// See [`ReplayError`]; the run is then unusable.
    pub fn apply(&mut self, record: &Record) -> Result<(), ReplayError> {
        if record.seq != self.seq + 1 {
            return Err(ReplayError::Sequence { expected: self.seq + 1, found: record.seq });
        }
        self.seq = record.seq;
        self.last = self.last.max(record.at);
        let (seq, at) = (record.seq, record.at);
        match &record.event {
            Event::RunStarted { .. } => return Err(ReplayError::Beginning(seq)),
            Event::RunResumed { epoch, notes } => self.resumed(*epoch, notes, at),
            Event::NodeStarted { node, attempt, cause, agent } => {
                let ix = self.named(seq, node)?;
                self.node_started(ix, *attempt, *cause, agent.as_deref(), at);
            }
            Event::NodeParked { node, attempt, failure, until, usage } => {
                let ix = self.named(seq, node)?;
                self.node_parked(ix, *attempt, failure, *until, usage, at);
            }
            Event::NodeRetrying { node, attempt, failure, not_before, next, usage } => {
                let ix = self.named(seq, node)?;
                self.attempt_ended(ix, *attempt, usage, at, Some(failure.clone()));
                self.agent_works(ix, at);
                self.enter(ix, Phase::Backoff);
                let state = &mut self.nodes[ix.index()];
                state.parked = None;
                state.not_before = *not_before;
                state.next = *next;
                match next {
                    Cause::Reask => state.reasks += 1,
                    Cause::First | Cause::Retry | Cause::Lost | Cause::Reset | Cause::Parked | Cause::Taken => {
                        state.retries += 1
                    }
                }
            }
            Event::WorktreeLeft { node, attempt: _, left } => {
                let ix = self.named(seq, node)?;
                self.left.insert(left.path.clone(), (Arc::clone(&self.graph.node(ix).id), at));
                self.nodes[ix.index()].left = Some(left.clone()).filter(|left| left.tree.is_some());
            }
            Event::HandoffChecked { node, attempt: _, checked } => {
                let ix = self.named(seq, node)?;
                self.nodes[ix.index()].checked = Some(checked.clone());
            }
            Event::NodeFinished { node, attempt, status, output, failure, unresolved, usage } => {
                let ix = self.named(seq, node)?;
                if *attempt > 0 {
                    self.attempt_ended(ix, *attempt, usage, at, failure.clone());
                    self.agent_works(ix, at);
                }
                let state = &mut self.nodes[ix.index()];
                state.output.clone_from(output);
                state.failure.clone_from(failure);
                state.unresolved = *unresolved;
                let phase = match status {
                    Status::Done => Phase::Done,
                    Status::Failed => Phase::Failed,
                };
                let begun = self.nodes[ix.index()].phase != Phase::Pending;
                self.settle(ix, phase, at);
                if !begun {
                    self.skip_inside(ix, SkipReason::Upstream, at);
                }
            }
            Event::NodeSkipped { node, reason, output } => {
                let ix = self.named(seq, node)?;
                self.nodes[ix.index()].output.clone_from(output);
                self.settle(ix, Phase::Skipped(*reason), at);
                self.skip_inside(ix, *reason, at);
            }
            Event::NodeCancelled { node, usage } => {
                let ix = self.named(seq, node)?;
                self.stop_attempt(ix, usage, at, false);
                self.settle(ix, Phase::Cancelled, at);
            }
            Event::NodeLost { node, attempt, reason, usage } => {
                let ix = self.named(seq, node)?;
                // That may have been anything, so it is told, and nobody accused.
                if reason == EXECUTOR_GONE {
                    let told =
                        format!("`{node}` (attempt {attempt}) was under way when its executor ended without a word");
                    self.notes.push(told);
                }
                self.stop_attempt(ix, usage, at, true);
                self.enter(ix, Phase::Pending);
                if let Some(last) = self.nodes[ix.index()].attempts.last_mut() {
                    last.put_by = reason != EXECUTOR_GONE;
                }
                self.nodes[ix.index()].next = Cause::Lost;
                self.frontier.insert(ix);
            }
            Event::GateOpened { node, digest, title, summary, value, choices, comment_required, allow_yes } => {
                let ix = self.named(seq, node)?;
                self.frontier.remove(&ix);
                self.enter(ix, Phase::Asking);
                let state = &mut self.nodes[ix.index()];
                state.started = Some(at);
                state.shown = Some(Shown {
                    digest: digest.clone(),
                    title: title.clone(),
                    summary: summary.clone(),
                    value: value.clone(),
                    choices: choices.clone(),
                    comment_required: comment_required.clone(),
                    allow_yes: *allow_yes,
                    since: at,
                });
            }
            Event::GateDecided { node, choice, by, via, comment, shown, result, value } => {
                let ix = self.named(seq, node)?;
                let state = &mut self.nodes[ix.index()];
                state.output = Some(gate_output(choice, comment.as_deref(), value.as_ref()));
                let seen = state.shown.as_ref().and_then(|shown| shown.value.as_ref());
                let edited = seen.is_some() && seen != value.as_ref();
                let decided = Decided {
                    choice: choice.clone(),
                    by: by.clone(),
                    via: via.clone(),
                    comment: comment.clone(),
                    shown: shown.clone(),
                    result: result.clone(),
                    at,
                };
                state.decided = Some(decided.clone());
                self.decisions.push(Ruling { node: node.clone(), decided, edited });
                self.settle(ix, Phase::Done, at);
            }
            Event::NodeTaken { node, attempt: _, session, outcome, by, via, comment, value } => {
                let ix = self.named(seq, node)?;
                if *outcome == Outcome::Continue {
                    self.nodes[ix.index()].next = Cause::Taken;
                }
                let decided = Decided {
                    choice: outcome.word().to_owned(),
                    by: by.clone(),
                    via: via.clone(),
                    comment: comment.clone(),
                    shown: digest::sha256_hex(session.as_bytes()),
                    result: digest::of_json(&value.as_ref().map_or(serde_json::Value::Null, Data::to_json)),
                    at,
                };
                self.decisions.push(Ruling { node: node.clone(), decided, edited: false });
            }
            Event::GraphGrew { node, keys, added, witness } => {
                let ix = self.named(seq, node)?;
                self.grew(ix, keys, *added, witness).map_err(|message| ReplayError::Diverged {
                    seq,
                    node: node.clone(),
                    message,
                })?;
            }
            Event::BarrierOpened { node } => {
                let ix = self.named(seq, node)?;
                self.settle(ix, Phase::Done, at);
            }
            Event::NodesReset { nodes, reason: _ } => {
                let known = nodes.iter().map(|node| self.named(seq, node)).collect::<Result<Vec<_>, _>>()?;
                self.reset(&known);
            }
            Event::CancelAsked { by, comment, now } => {
                self.cancel = Some(CancelAsk { by: by.clone(), comment: comment.clone(), now: *now, at });
            }
            Event::OverlapFound { overlap } => self.overlaps.push(overlap.clone()),
            Event::RunPaused { reason, cause } => self.paused = Some((reason.clone(), *cause)),
            Event::RunFinished { status, outputs, reasons } => {
                self.ending = Some(Ending { status: *status, outputs: outputs.clone(), reasons: reasons.clone(), at });
            }
        }
        Ok(())
    }

    fn named(&self, seq: u64, node: &str) -> Result<Ix, ReplayError> {
        self.graph.find(node).ok_or_else(|| ReplayError::UnknownNode { seq, node: node.to_owned() })
    }

    fn resumed(&mut self, epoch: u64, notes: &[String], at: Timestamp) {
        self.epoch = epoch;
        self.notes.extend(notes.iter().cloned());
        self.spent.busy_since = None;
        self.ask_again(at);
        if self.paused.take().is_some_and(|(_, cause)| cause == PauseCause::Limit) {
            self.spent = Spent::default();
        }
    }

    /// Expands a map and makes the `graph-grew` event that admits its nodes. Until that event is applied they have no state.
    pub(crate) fn plan_growth(&mut self, ix: Ix) -> Result<Event, String> {
        let items = expand::items(&self.graph, self, ix)?;
        let growth = self.grow(ix, &items)?;
        let event = Event::GraphGrew {
            node: self.graph.node(ix).id.to_string(),
            keys: growth.keys.clone(),
            added: growth.added,
            witness: growth.witness.clone(),
        };
        self.growth = Some(growth);
        Ok(event)
    }

    /// Takes back growth that was planned and is not wanted.
    pub(crate) fn forget_growth(&mut self) {
        if let Some(growth) = self.growth.take() {
            self.graph.shrink(growth.map);
        }
    }

    /// Takes the nodes that settling has made worth a look.
    pub(crate) fn take_frontier(&mut self) -> BTreeSet<Ix> {
        std::mem::take(&mut self.frontier)
    }

    fn grow(&mut self, ix: Ix, items: &[Item]) -> Result<Growth, String> {
        let before = self.graph.len();
        let mut graph = std::mem::take(&mut self.graph);
        let grown = expand::grow(&mut graph, self, ix, items);
        self.graph = graph;
        grown.map_err(|e| e.to_string())?;
        Ok(Growth {
            map: ix,
            keys: items.iter().map(|i| i.key.clone()).collect(),
            added: (self.graph.len() - before) as u32,
            witness: witness(&self.graph, ix),
        })
    }

    fn grew(&mut self, ix: Ix, keys: &[String], added: u32, recorded: &str) -> Result<(), String> {
        let growth = match self.growth.take() {
            Some(planned) if planned.map == ix => planned,
            _ => {
                let items = expand::items(&self.graph, self, ix)?;
                self.grow(ix, &items)?
            }
        };
        if growth.keys != keys || growth.added != added || growth.witness != recorded {
            let found = &growth.keys;
            return Err(format!("recorded {added} nodes for the items {keys:?}, found {} for {found:?}", growth.added));
        }
        self.admit_new(ix);
        self.open_container(ix);
        Ok(())
    }
}

/// Digest over the ids and definitions below a map: what growth made.
fn witness(graph: &Graph, map: Ix) -> String {
    let mut text = String::new();
    for ix in graph.descendants(map) {
        text.push_str(&graph.node(ix).id);
        for before in graph.waits_for(ix) {
            text.push(' ');
            text.push_str(&graph.node(before).id);
        }
        text.push('\n');
    }
    digest::sha256_hex(text.as_bytes())
}
