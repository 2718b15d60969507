//! What must hold whatever happens, checked on the world: on what is durable and on what runs, never on the core's opinion.
//!
//! Structure (which node waits for which) is taken from the graph of the true workflow; states are folded here anew.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mission_compiler::draw::{Kind, PictureState};
use mission_compiler::graph::{Graph, Ix, Shape as NodeShape, Trigger};
use mission_compiler::workflow::{Join, Mode, Verb};
use mission_executor::decide::port::{Decision, Exit, Reply, Task, Work};
use mission_executor::event::{Event, Record, SkipReason, Status};
use mission_executor::report::Report;
use mission_executor::run::{Run, Spent};

use crate::books::Books;
use crate::shapes::Shape;
use crate::world::node_of;

/// Until a person has acted.
pub(crate) const NEVER: u64 = u64::MAX;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Pending,
    Running,
    Asking,
    Done,
    Failed,
    Skipped(SkipReason),
    Cancelled,
}

impl State {
    fn settled(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Skipped(_) | Self::Cancelled)
    }
    fn word(self) -> &'static [PictureState] {
        match self {
            Self::Pending => &[PictureState::Pending, PictureState::Ready],
            Self::Running => &[PictureState::Running, PictureState::Waiting],
            Self::Asking => &[PictureState::Waiting],
            Self::Done => &[PictureState::Done],
            Self::Failed => &[PictureState::Failed],
            Self::Skipped(_) => &[PictureState::Skipped],
            Self::Cancelled => &[PictureState::Cancelled],
        }
    }
}

#[derive(Debug, Clone)]
struct Seen {
    state: State,
    attempt: u32,
    /// Starts since the last reset, without those that followed a lost attempt.
    starts: u32,
    lost: u32,
    repairable: bool,
    shown: Option<String>,
    choice: Option<String>,
}

impl Default for Seen {
    fn default() -> Self {
        Self { state: State::Pending, attempt: 0, starts: 0, lost: 0, repairable: true, shown: None, choice: None }
    }
}

/// What the attempt will say in the end.
#[derive(Debug, Clone)]
struct Said {
    good_exit: bool,
    agent: bool,
    text: String,
}

pub(crate) struct Watch {
    pub(crate) violation: Option<String>,
    pub(crate) resume_asked: bool,
    concurrency: usize,
    /// The true structure.
    run: Run,
    records: Vec<Record>,
    seen: BTreeMap<String, Seen>,
    started: BTreeSet<(String, u32)>,
    said: BTreeMap<(String, u32), Said>,
    /// Decisions that people will make: who, and the digest of what they saw.
    planned: BTreeMap<(String, String), Vec<Option<String>>>,
    made: BTreeSet<(String, String)>,
    killed: BTreeMap<(String, u32), u64>,
    cancelled: bool,
    /// Agents, and until when they said that they refuse.
    refusing: BTreeMap<String, u64>,
    /// The same of attempts whose end is not durable.
    refusals: BTreeMap<(String, u32), (String, u64)>,
    pub(crate) books: Books,
}

impl Watch {
    pub(crate) fn new(shape: &Shape, first: &Record) -> Self {
        let run = Run::begin(Arc::clone(&shape.workflow), first).expect("the true workflow makes a graph");
        Self {
            violation: None,
            resume_asked: false,
            concurrency: shape.concurrency,
            run,
            records: vec![first.clone()],
            seen: BTreeMap::new(),
            started: BTreeSet::new(),
            said: BTreeMap::new(),
            planned: BTreeMap::new(),
            made: BTreeSet::new(),
            killed: BTreeMap::new(),
            cancelled: false,
            refusing: BTreeMap::new(),
            refusals: BTreeMap::new(),
            books: Books::default(),
        }
    }

    pub(crate) fn found(&mut self, what: String) {
        self.violation.get_or_insert(what);
    }

    fn state(&self, id: &str) -> State {
        self.seen.get(id).map_or(State::Pending, |s| s.state)
    }

    fn state_of(&self, ix: Ix) -> State {
        self.state(&self.run.graph().node(ix).id)
    }

    /// I5: what was acknowledged is still there when a new executor comes.
    pub(crate) fn boarded(&mut self, durable: &[Record]) {
        if durable.len() < self.records.len() || durable[..self.records.len()] != self.records[..] {
            self.found("I5: acknowledged records are gone".to_owned());
        }
        self.books.boarded();
    }

    pub(crate) fn committed(&mut self, record: &Record) {
        if record.seq != self.records.len() as u64 + 1 {
            self.found(format!("I13: record {} follows {}", record.seq, self.records.len()));
        }
        self.records.push(record.clone());
        self.fold(record);
        if self.violation.is_none()
            && let Err(error) = self.run.apply(record)
        {
            self.found(format!("I13: the true graph cannot follow: {error}"));
        }
    }

    fn fold(&mut self, record: &Record) {
        let id = node_of(&record.event).unwrap_or_default().to_owned();
        let begins = matches!(record.event, Event::NodeStarted { .. });
        let agent = begins && self.node(&id).is_some_and(|ix| self.run.graph().node(ix).kind == Kind::Agent);
        let held = self.refusing.values().any(|until| *until == NEVER);
        let limits = &self.run.workflow().limits;
        if let Some(wrong) = self.books.fold(record, agent, limits, held) {
            self.found(wrong);
        }
        let before = self.seen.entry(id.clone()).or_default().clone();
        let mut after = before.clone();
        match &record.event {
            Event::NodeStarted { attempt, .. } => {
                if before.state.settled() {
                    self.found(format!("I6: `{id}` begins again although it is {:?}", before.state));
                }
                if *attempt > 0 && *attempt <= before.attempt {
                    self.found(format!("I7: `{id}` begins attempt {attempt} after {}", before.attempt));
                }
                after.state = State::Running;
                if *attempt > 0 {
                    after.attempt = *attempt;
                    after.starts += 1;
                    self.check_attempts(&id, after.starts - after.lost.min(after.starts));
                }
            }
            Event::NodeRetrying { .. } => after.state = State::Running,
            Event::NodeParked { attempt, .. } => {
                after.state = State::Running;
                // What was refused costs no attempt.
                after.lost += u32::from(*attempt > 0);
                if let Some((agent, until)) = self.refusals.remove(&(id.clone(), *attempt)) {
                    let held = self.refusing.entry(agent).or_default();
                    *held = (*held).max(until);
                }
            }
            Event::WorktreeLeft { .. } | Event::HandoffChecked { .. } => {}
            Event::NodeFinished { attempt, status, output, failure, unresolved, .. } => {
                self.check_settles(&id, before.state);
                after.state = if *status == Status::Done { State::Done } else { State::Failed };
                after.repairable = failure.as_ref().is_none_or(|f| f.class.repairable());
                if *unresolved && !self.node(&id).is_some_and(|ix| self.run.graph().node(ix).chain.absorbs) {
                    self.found(format!("I4: `{id}` is let go although nothing allows it"));
                }
                if *attempt > 0 && *status == Status::Done && !unresolved {
                    self.check_output(&id, *attempt, output.as_ref().map(mission_compiler::template::Data::to_json));
                }
                if *status == Status::Done {
                    self.check_join(&id);
                }
            }
            Event::NodeSkipped { reason, .. } => {
                self.check_settles(&id, before.state);
                after.state = State::Skipped(*reason);
                self.settle_inside(&id, State::Skipped(*reason));
            }
            Event::NodeCancelled { .. } => {
                self.check_settles(&id, before.state);
                after.state = State::Cancelled;
            }
            Event::NodeLost { .. } => {
                after.state = State::Pending;
                after.lost += 1;
            }
            Event::GateOpened { digest, .. } => {
                after.state = State::Asking;
                after.shown = Some(digest.clone());
            }
            Event::GateDecided { choice, by, shown, .. } => {
                self.check_settles(&id, before.state);
                self.check_decision(&id, by, shown, before.shown.as_deref());
                after.state = State::Done;
                after.choice = Some(choice.clone());
            }
            Event::BarrierOpened { .. } => after.state = State::Done,
            Event::NodesReset { nodes, .. } => self.fold_reset(nodes),
            Event::CancelAsked { .. } => self.cancelled = true,
            // A person has seen to those that did not let the run in.
            Event::RunResumed { .. } => self.refusing.retain(|_, until| *until != NEVER),
            Event::RunStarted { .. }
            | Event::NodeTaken { .. }
            | Event::GraphGrew { .. }
            | Event::OverlapFound { .. }
            | Event::RunPaused { .. }
            | Event::RunFinished { .. } => {}
        }
        if !id.is_empty() {
            self.seen.insert(id, after);
        }
    }

    fn fold_reset(&mut self, nodes: &[String]) {
        if !self.resume_asked {
            self.found("I6: nodes begin anew although nobody asked".to_owned());
        }
        self.resume_asked = false;
        for id in nodes {
            let Some(ix) = self.node(id) else { continue };
            let node = self.run.graph().node(ix);
            let leaf = node.shape == NodeShape::Leaf && node.kind != Kind::Gate && !node.def.always;
            if leaf && self.state(id) == State::Done {
                self.found(format!("I6: `{id}` is done and begins anew"));
            }
            let mut all = self.run.graph().descendants(ix);
            all.push(ix);
            for inner in all {
                let name = self.run.graph().node(inner).id.to_string();
                let attempt = self.seen.get(&name).map_or(0, |s| s.attempt);
                self.seen.insert(name, Seen { attempt, ..Seen::default() });
            }
            self.reopen_around(ix);
        }
    }

    fn reopen_around(&mut self, ix: Ix) {
        let mut at = self.run.graph().node(ix).parent;
        while let Some(parent) = at {
            let name = self.run.graph().node(parent).id.to_string();
            self.seen.entry(name).or_default().state = State::Pending;
            at = self.run.graph().node(parent).parent;
        }
    }

    fn settle_inside(&mut self, id: &str, state: State) {
        let Some(ix) = self.node(id) else { return };
        for inner in self.run.graph().descendants(ix) {
            let name = self.run.graph().node(inner).id.to_string();
            let seen = self.seen.entry(name).or_default();
            if !seen.state.settled() {
                seen.state = state;
            }
        }
    }

    fn node(&self, id: &str) -> Option<Ix> {
        self.run.graph().find(id)
    }

    fn check_settles(&mut self, id: &str, before: State) {
        // A gate that ends the run as failed is decided first and then fails.
        if before.settled() && before != State::Done {
            self.found(format!("I5: `{id}` settles again although it is {before:?}"));
        }
        let gate = self.node(id).is_some_and(|ix| self.run.graph().node(ix).kind == Kind::Gate);
        if before == State::Done && !gate {
            self.found(format!("I5: `{id}` settles again although it is done"));
        }
    }

    /// I4: no more attempts than the author allows; lost ones do not count.
    fn check_attempts(&mut self, id: &str, starts: u32) {
        let Some(ix) = self.node(id) else { return };
        let def = &self.run.graph().node(ix).def;
        let allowed = 1 + def.retry.max + if matches!(def.verb, Verb::Agent { .. }) { def.output.repair } else { 0 };
        if starts > allowed {
            self.found(format!("I4: `{id}` begins for the {starts}th time; {allowed} are allowed"));
        }
    }

    /// I12: the output is that of exactly this attempt, and it is acceptable.
    fn check_output(&mut self, id: &str, attempt: u32, output: Option<serde_json::Value>) {
        let Some(said) = self.said.get(&(id.to_owned(), attempt)).cloned() else {
            return self.found(format!("I12: `{id}` is done by attempt {attempt}, which never ran"));
        };
        if !said.good_exit {
            return self.found(format!("I12: `{id}` is done although attempt {attempt} failed"));
        }
        if !said.agent {
            return;
        }
        let expected = serde_json::from_str::<serde_json::Value>(&said.text).ok();
        if expected.is_none() || output != expected {
            return self.found(format!("I12: `{id}` has {output:?}, attempt {attempt} said {}", said.text));
        }
        let output = output.unwrap_or_default();
        if output["attempt"] != serde_json::json!(attempt) || !output["list"].is_array() {
            return self.found(format!("I12: `{id}` accepted {output}"));
        }
        let verdict = self.node(id).is_some_and(|ix| self.run.graph().node(ix).def.pass_when.is_some());
        if verdict && output["ok"] != serde_json::json!(true) {
            self.found(format!("I12: `{id}` passed with {output}"));
        }
    }

    /// A map that wants all its items is not done with a failed one.
    fn check_join(&mut self, id: &str) {
        let Some(ix) = self.node(id) else { return };
        let node = self.run.graph().node(ix);
        let Some(map) = node.def.map.as_ref().filter(|_| node.shape == NodeShape::Map) else { return };
        let bad = node.children.iter().any(|c| matches!(self.state_of(*c), State::Failed));
        if bad && map.join != Join::AllDone {
            self.found(format!("I11: `{id}` is done with a failed item"));
        }
    }

    fn check_decision(&mut self, id: &str, by: &str, recorded: &str, shown: Option<&str>) {
        let made = self.made.contains(&(id.to_owned(), by.to_owned()));
        let saw = self.planned.get(&(id.to_owned(), by.to_owned())).cloned().unwrap_or_default();
        if !made || saw.is_empty() {
            return self.found(format!("I3: `{id}` is decided by {by}, who never decided"));
        }
        if shown != Some(recorded) || !saw.iter().any(|s| s.is_none() || s.as_deref() == shown) {
            self.found(format!("I3: `{id}` is decided by someone who saw something else"));
        }
    }

    pub(crate) fn planned(&mut self, decision: &Decision, saw: Option<&str>) {
        let key = (decision.node.clone(), decision.by.clone());
        self.planned.entry(key).or_default().push(saw.map(str::to_owned));
    }

    pub(crate) fn person_decides(&mut self, decision: &Decision) {
        self.made.insert((decision.node.clone(), decision.by.clone()));
    }

    pub(crate) fn shown(&self, node: &str) -> Option<String> {
        self.seen.get(node).and_then(|s| s.shown.clone())
    }

    pub(crate) fn latest_attempt(&self, node: &str) -> u32 {
        self.seen.get(node).map_or(0, |s| s.attempt)
    }

    pub(crate) fn has_limit(&self, node: &str) -> bool {
        self.node(node).is_some_and(|ix| {
            let def = &self.run.graph().node(ix).def;
            def.timeout.is_some() || def.idle.is_some()
        })
    }

    pub(crate) fn kill_asked(&mut self, node: &str, attempt: u32, now: u64) {
        self.killed.entry((node.to_owned(), attempt)).or_insert(now);
    }

    /// I15: whatever was to end is gone after the grace of five seconds.
    pub(crate) fn ends(&mut self, attempt: &(String, u32), now: u64) {
        if let Some(since) = self.killed.get(attempt).filter(|since| now > **since + 5_000) {
            self.found(format!("I15: {attempt:?} was to end at {since} and ran until {now}"));
        }
    }

    pub(crate) fn will_say(&mut self, work: &Work, exit: &Exit, reply: &Reply) {
        let said = Said {
            good_exit: *exit == Exit::Code(0),
            agent: matches!(work.task, Task::Agent { .. }),
            text: reply.text.clone(),
        };
        self.said.insert((work.node.clone(), work.attempt), said);
    }

    /// The agent of an attempt says that it refuses everything until then; that counts once it is durable.
    pub(crate) fn refuses(&mut self, attempt: (String, u32), agent: &str, until: u64) {
        self.refusals.insert(attempt, (agent.to_owned(), until));
    }

    /// I19: nobody asks an agent that has said that it refuses.
    pub(crate) fn asks(&mut self, work: &Work, now: u64) {
        let Task::Agent { runner: Some(agent), .. } = &work.task else { return };
        if let Some(until) = self.refusing.get(agent).filter(|until| now < **until) {
            self.found(format!("I19: `{}` asks `{agent}` at {now}, which refuses until {until}", work.node));
        }
    }

    /// An attempt starts while those of `others` run.
    pub(crate) fn started(&mut self, work: &Work, others: &[String]) {
        let id = &work.node;
        if let Some(wrong) = self.books.check_onward(work) {
            self.found(wrong);
        }
        if !self.started.insert((id.clone(), work.attempt)) {
            self.found(format!("I7: attempt {} of `{id}` starts twice", work.attempt));
        }
        if others.contains(id) {
            self.found(format!("I1b: `{id}` runs twice at once"));
        }
        if others.len() >= self.concurrency {
            self.found(format!("I1: {} run at once, {} are allowed", others.len() + 1, self.concurrency));
        }
        let durable = self.seen.get(id).is_some_and(|s| s.state == State::Running && s.attempt == work.attempt);
        if !durable {
            self.found(format!("I7: attempt {} of `{id}` starts before that is durable", work.attempt));
        }
        if self.cancelled {
            self.found(format!("I15: `{id}` starts after the cancel"));
        }
        if let Some(ix) = self.node(id) {
            self.check_ready(ix);
        }
    }

    /// I2, I3, I11: everything that the node and the containers around it wait for is satisfied, durably.
    fn check_ready(&mut self, ix: Ix) {
        let mut at = Some(ix);
        while let Some(here) = at {
            let graph = self.run.graph();
            let node = graph.node(here);
            let id = node.id.to_string();
            let unsatisfied = !node.def.always && !node.needs.iter().all(|need| self.satisfied(graph, need));
            let early = node.needs.iter().flatten().chain(&node.after).any(|b| !self.state_of(*b).settled());
            let uncalled = node.trigger.as_ref().is_some_and(|t| !self.fired(t));
            let passed_barrier = self.passes_barrier(here);
            if unsatisfied || early {
                self.found(format!("I11: `{id}` begins before what it needs"));
            }
            if uncalled {
                self.found(format!("I4: the round `{id}` begins although nothing calls for it"));
            }
            if !passed_barrier {
                self.found(format!("I2: `{id}` begins before its barrier opened"));
            }
            at = self.run.graph().node(here).parent;
        }
    }

    fn satisfied(&self, graph: &Graph, rounds: &[Ix]) -> bool {
        let unused = State::Skipped(SkipReason::UnusedRepair);
        let Some(&last) = rounds.iter().rev().find(|r| self.state_of(**r) != unused) else { return false };
        match self.state_of(last) {
            State::Done | State::Skipped(SkipReason::When) => true,
            State::Failed => graph.node(last).chain.gates.iter().any(|g| {
                let gate = graph.node(*g);
                gate.chain.asks == Some(last)
                    && self.seen.get(&*gate.id).is_some_and(|s| s.choice.as_deref() == Some("continue"))
            }),
            State::Pending | State::Running | State::Asking | State::Skipped(_) | State::Cancelled => false,
        }
    }

    fn fired(&self, trigger: &Trigger) -> bool {
        let source = &self.run.graph().node(trigger.source()).id;
        let seen = self.seen.get(&**source);
        match trigger {
            Trigger::Failed(_) => seen.is_some_and(|s| s.state == State::Failed && s.repairable),
            Trigger::Chose(_, choice) => seen.is_some_and(|s| s.choice.as_ref() == Some(choice)),
        }
    }

    /// Items before this one have settled, to the last node, and the barrier between is open.
    fn passes_barrier(&self, item: Ix) -> bool {
        let graph = self.run.graph();
        let node = graph.node(item);
        let (Some((_, index)), Some(map)) = (&node.item, node.parent) else { return true };
        if node.def.map.as_ref().is_none_or(|m| m.mode != Mode::Barrier) {
            return true;
        }
        let earlier =
            graph.node(map).children.iter().filter(|c| graph.node(**c).item.as_ref().is_some_and(|(_, i)| i < index));
        earlier.into_iter().all(|&before| {
            let barrier = graph.find(&format!("{}:barrier", graph.node(before).id));
            let inside = graph.descendants(before).into_iter().all(|d| self.state_of(d).settled());
            inside && self.state_of(before).settled() && barrier.is_some_and(|b| self.state_of(b) == State::Done)
        })
    }

    /// I22, of the live run.
    pub(crate) fn spent(&mut self, spent: &Spent) {
        if let Some(wrong) = self.books.check_spent(spent) {
            self.found(wrong);
        }
    }

    /// I15: after a cancel every attempt that runs was asked to end.
    pub(crate) fn all_asked_to_end(&mut self, running: &[(String, u32)]) {
        if !self.cancelled {
            return;
        }
        if let Some((node, attempt)) = running.iter().find(|r| !self.killed.contains_key(*r)) {
            self.found(format!("I15: nobody ends attempt {attempt} of `{node}` after the cancel"));
        }
    }

    /// I8: the report names every node once, with its durable state.
    pub(crate) fn reported(&mut self, report: &Report) {
        if let Some(wrong) = self.books.check_report(report) {
            self.found(wrong);
        }
        let expected: BTreeSet<String> =
            self.run.graph().iter().map(|ix| self.run.graph().node(ix).id.to_string()).collect();
        let told: Vec<String> = report.nodes.iter().map(|n| n.id.clone()).collect();
        let distinct: BTreeSet<String> = told.iter().cloned().collect();
        if distinct.len() != told.len() || distinct != expected {
            return self.found("I8: the report does not name every node once".to_owned());
        }
        if report.totals.states.values().sum::<u32>() as usize != told.len() {
            self.found("I8: the states in the report do not add up".to_owned());
        }
        let wrong =
            report.nodes.iter().find(|n| !self.state(&n.id).word().contains(&n.state)).map(|n| (n.id.clone(), n.state));
        if let Some((id, state)) = wrong {
            self.found(format!("I8: the report says `{id}` is {state:?}, durable is {:?}", self.state(&id)));
        }
    }
}
