//! Reading a run: what expressions see, what commands show. Changes nothing. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use mission_compiler::draw::PictureState;
use mission_compiler::facts::{Facts, View};
use mission_compiler::graph::{Graph, Ix, Shape, Trigger};
use mission_compiler::template::Data;
use mission_compiler::workflow::{Join, Workflow};

use super::{CancelAsk, Ending, NodeState, Phase, Retired, Ruling, Run, Spent};
use crate::event::{Failure, FailureClass, Left, Overlap, RunStatus, SkipReason, Timestamp};

impl Facts for Run {
    fn inputs(&self) -> Data {
        self.inputs.clone()
    }
    fn run(&self) -> Data {
        Data::map(vec![
            ("id".to_owned(), Data::from(self.id.as_str())),
            ("workflow".to_owned(), Data::from(self.workflow.name.as_str())),
        ])
    }
    fn current(&self, rounds: &[Ix]) -> Option<Ix> {
        // A preview asks about nodes that this run has not grown yet: nothing is known of them.
        rounds.iter().all(|ix| self.graph.contains(*ix)).then(|| self.effective(rounds))?
    }
    fn view(&self, ix: Ix) -> View {
        let state = self.state(ix);
        let items = (self.graph.node(ix).shape == Shape::Map).then(|| self.items_of(ix));
        View {
            status: state.phase.word(),
            output: state.output.clone().or_else(|| items.clone()).unwrap_or_else(Data::null),
            error: state.failure.as_ref().map_or_else(Data::null, failure_data),
            attempts: attempts_of(self, ix),
            items,
        }
    }
}

/// A failure as expressions see it.
pub(crate) fn failure_data(failure: &Failure) -> Data {
    let class = serde_json::to_value(failure.class).expect("a failure class is a word");
    let text = |t: &Option<String>| t.as_deref().map_or_else(Data::null, Data::from);
    Data::map(vec![
        ("class".to_owned(), Data::from_json(&class)),
        ("message".to_owned(), Data::from(failure.message.as_str())),
        ("reasons".to_owned(), Data::list(failure.reasons.iter().map(|r| Data::from(r.as_str())).collect())),
        ("exitCode".to_owned(), failure.exit_code.map_or_else(Data::null, |c| Data::from(i64::from(c)))),
        ("logTail".to_owned(), text(&failure.log_tail)),
    ])
}

/// A gate's output: its value; without one `{choice, comment}`.
pub(crate) fn gate_output(choice: &str, comment: Option<&str>, value: Option<&Data>) -> Data {
    value.cloned().unwrap_or_else(|| {
        Data::map(vec![
            ("choice".to_owned(), Data::from(choice)),
            ("comment".to_owned(), comment.map_or_else(Data::null, Data::from)),
        ])
    })
}

/// Attempts made: the node's own, or those of the nodes inside it.
fn attempts_of(run: &Run, ix: Ix) -> u32 {
    run.state(ix).attempts.len() as u32 + run.state(ix).inside
}

/// `nodes.MAP.items`: the items that have settled or may yet, in order.
///
/// Seen from inside its own body, a map shows the items that have settled so far.
pub fn item_views(run: &Run, map: Ix) -> Data {
    let settled = run.state(map).phase.settled();
    let items = run.graph.node(map).children.iter().filter_map(|&child| {
        let (key, _) = run.graph.node(child).item.as_ref()?;
        let state = run.state(child);
        if !settled && !state.phase.settled() {
            return None;
        }
        let mut view = vec![
            ("key".to_owned(), Data::from(&**key)),
            ("node".to_owned(), Data::from(&*run.graph.node(child).id)),
            ("status".to_owned(), Data::from(state.phase.word())),
            ("output".to_owned(), state.output.clone().unwrap_or_else(Data::null)),
            ("error".to_owned(), state.failure.as_ref().map_or_else(Data::null, failure_data)),
            ("attempts".to_owned(), Data::from(i64::from(attempts_of(run, child)))),
        ];
        if run.graph.node(child).def.handoff.as_ref().is_some_and(|handoff| handoff.files.is_some()) {
            view.push(("handoff".to_owned(), run.handed_over(child)));
        }
        Some(Data::map(view))
    });
    Data::list(items.collect())
}

impl Run {
    /// The items of a map. Once it has ended they are its output, made once for all who read it, unless it yields another.
    fn items_of(&self, map: Ix) -> Data {
        let state = self.state(map);
        let ended = matches!(state.phase, Phase::Done | Phase::Failed) && self.graph.node(map).def.yields.is_none();
        state.output.clone().filter(|_| ended).unwrap_or_else(|| item_views(self, map))
    }
    /// Run id.
    pub fn id(&self) -> &str {
        &self.id
    }
    /// The workflow it pins.
    pub fn workflow(&self) -> &Arc<Workflow> {
        &self.workflow
    }
    /// The graph so far.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }
    /// State of a node.
    pub fn state(&self, ix: Ix) -> &NodeState {
        &self.nodes[ix.index()]
    }
    /// Inputs by name.
    pub fn input_data(&self) -> &Data {
        &self.inputs
    }
    /// Replaced agent profiles.
    pub fn agents(&self) -> &BTreeMap<String, String> {
        &self.agents
    }
    /// Was the switch given when the run began?
    pub fn flag(&self, name: &str) -> bool {
        self.flags.iter().any(|f| f == name)
    }
    /// Switches given when the run began.
    pub fn flags(&self) -> &[String] {
        &self.flags
    }
    /// Digest of the pinned definition.
    pub fn definition(&self) -> &str {
        &self.definition
    }
    /// Version of the engine that began it.
    pub fn engine(&self) -> &str {
        &self.engine
    }
    /// Number of the last record.
    pub fn seq(&self) -> u64 {
        self.seq
    }
    /// When it began.
    pub fn started(&self) -> Timestamp {
        self.started
    }
    /// Time of the last record.
    pub fn last(&self) -> Timestamp {
        self.last
    }
    /// Executors so far.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }
    /// What resumes had to say.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
    /// Who asked for the end.
    pub fn cancel(&self) -> Option<&CancelAsk> {
        self.cancel.as_ref()
    }
    /// Why it is paused.
    pub fn paused(&self) -> Option<&str> {
        self.paused.as_ref().map(|(reason, _)| reason.as_str())
    }
    /// How it ended.
    pub fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }
    /// Every decision of a person, in order, also those about what was begun anew since.
    pub fn decisions(&self) -> &[Ruling] {
        &self.decisions
    }
    /// Work that was seen to conflict while it was under way, in the order it was seen.
    pub fn overlaps(&self) -> &[Overlap] {
        &self.overlaps
    }
    /// How the worktrees stand in which nobody works any more, as the last one left them.
    pub fn left(&self) -> impl Iterator<Item = &Left> {
        self.left.iter().filter_map(|(path, (node, _))| self.left_by(node).filter(|left| left.path == *path))
    }
    /// Who was the last to leave the worktree that is asked for as `path`, and when, if nobody has worked there since.
    pub fn last_in(&self, path: &str) -> Option<(&str, Timestamp)> {
        let (node, at) = self.left.get(path)?;
        self.left_by(node).filter(|left| left.path == path).map(|_| (&**node, *at))
    }
    fn left_by(&self, node: &str) -> Option<&Left> {
        self.state(self.graph.find(node)?).left.as_ref()
    }
    /// Nodes that were part of the graph, made attempts, and are not part of it now.
    pub fn retired(&self) -> impl Iterator<Item = (&str, &Retired)> {
        self.retired.iter().map(|(id, retired)| (&**id, retired))
    }
    /// Nodes with an attempt under way.
    pub fn live(&self) -> impl Iterator<Item = Ix> + '_ {
        self.live.iter().copied()
    }
    /// How many attempts are under way.
    pub fn live_count(&self) -> usize {
        self.live.len()
    }
    /// What it used since it was last allowed to go on.
    pub fn spent(&self) -> &Spent {
        &self.spent
    }
    /// Milliseconds with work under way, up to `now`.
    pub fn wall(&self, now: Timestamp) -> u64 {
        self.spent.wall + self.spent.busy_since.map_or(0, |since| now.0.saturating_sub(since.0))
    }
    /// Top-level nodes that have not settled.
    pub(crate) fn open_count(&self) -> u32 {
        self.open
    }
    /// Nodes between two attempts.
    pub fn backing_off(&self) -> impl Iterator<Item = Ix> + '_ {
        self.backoff.iter().copied()
    }
    /// Has settling made nodes worth a look?
    pub(crate) fn has_news(&self) -> bool {
        !self.frontier.is_empty() || !self.emptied.is_empty()
    }
    /// Open containers whose children have all settled.
    pub(crate) fn emptied(&self) -> impl DoubleEndedIterator<Item = Ix> + '_ {
        self.emptied.iter().copied()
    }
    /// Gates that wait for a person.
    pub fn asking(&self) -> impl Iterator<Item = Ix> + '_ {
        self.asking.iter().copied()
    }
    /// Is it pending, with everything settled that it waits for?
    pub fn is_ready(&self, ix: Ix) -> bool {
        let state = self.state(ix);
        state.phase == Phase::Pending && state.waiting == 0 && self.container_open(ix)
    }
    /// How a node looks in a picture.
    pub fn picture_state(&self, ix: Ix) -> PictureState {
        if ix.index() >= self.nodes.len() {
            return PictureState::Pending;
        }
        if self.is_ready(ix) { PictureState::Ready } else { self.state(ix).phase.picture() }
    }
    /// How the run stands, as far as its log tells: an executor that is gone is not known here.
    pub fn status(&self) -> RunStatus {
        match &self.ending {
            Some(ending) => ending.status,
            None if self.paused.is_some() => RunStatus::Paused,
            None if self.live.is_empty() && self.asking().next().is_some() => RunStatus::Waiting,
            None if self.live.is_empty() && self.backoff.is_empty() && !self.parked.is_empty() => RunStatus::Parked,
            None => RunStatus::Running,
        }
    }
    /// The node meant by an id that a person typed: for a name with rounds its current one.
    pub fn meant(&self, id: &str) -> Option<Ix> {
        let full = format!("{}:{id}", self.workflow.name);
        let ix = self.graph.find(id).or_else(|| self.graph.find(&full))?;
        let node = self.graph.node(ix);
        let asking = self.graph.rounds(ix).iter().copied().find(|&r| self.state(r).phase == Phase::Asking);
        if node.chain.round > 0 { Some(ix) } else { asking.or(Some(ix)) }
    }
    /// The node that a person wants to read about: for a name with rounds the one that ran last; `NAME-1` is the first.
    pub fn told(&self, id: &str) -> Option<Ix> {
        let full = format!("{}:{id}", self.workflow.name);
        let exact = |id: &str| self.graph.find(id);
        if let Some(ix) = exact(id).or_else(|| exact(&full)) {
            let first = self.graph.node(ix).chain.round == 0;
            return if first { self.effective(self.graph.rounds(ix)).or(Some(ix)) } else { Some(ix) };
        }
        let base = |id: &str| exact(id.strip_suffix("-1")?).filter(|ix| self.graph.rounds(*ix).len() > 1);
        base(id).or_else(|| base(&full))
    }

    /// The last of `rounds` that is not an unused one.
    pub fn effective(&self, rounds: &[Ix]) -> Option<Ix> {
        let unused = Phase::Skipped(SkipReason::UnusedRepair);
        rounds
            .iter()
            .rev()
            .copied()
            .find(|ix| self.state(*ix).phase != unused && self.reached(*ix))
            .or_else(|| rounds.first().copied())
    }

    /// Later rounds count only once they have begun or been decided about, and not by the cancel of the whole run.
    fn reached(&self, ix: Ix) -> bool {
        let state = self.state(ix);
        let begun = match state.phase {
            Phase::Pending => false,
            Phase::Cancelled => state.started.is_some(),
            _ => true,
        };
        begun || self.graph.node(ix).chain.round == 0
    }

    /// Does a settled name with these rounds satisfy those behind it?
    pub fn satisfied(&self, rounds: &[Ix]) -> bool {
        self.effective(rounds).is_some_and(|ix| match self.state(ix).phase {
            Phase::Done | Phase::Skipped(SkipReason::When) => true,
            Phase::Failed => self.continued(ix),
            Phase::Skipped(_)
            | Phase::Cancelled
            | Phase::Pending
            | Phase::Running
            | Phase::Asking
            | Phase::Backoff
            | Phase::Parked => false,
        })
    }

    /// Did a person say to go on in spite of the failure of `ix`?
    pub fn continued(&self, ix: Ix) -> bool {
        self.graph.node(ix).chain.gates.iter().any(|&gate| {
            self.graph.node(gate).chain.asks == Some(ix)
                && self.state(gate).decided.as_ref().is_some_and(|d| d.choice == "continue")
        })
    }

    /// Names of a container's body (or of the workflow) by their current round, repair nodes and asking gates left out.
    pub fn members(&self, container: Option<Ix>) -> Vec<Ix> {
        let frame = match container {
            None => Some(self.graph.top_frame()),
            Some(ix) => self.graph.node(ix).inner,
        };
        let Some(frame) = frame.map(|f| self.graph.frame(f)) else { return Vec::new() };
        let repairs = |at: usize| frame.body.as_ref().is_some_and(|b| b.nodes[at].repairs.is_some());
        let names = frame.rounds.iter().enumerate().filter(|(at, rounds)| !repairs(*at) && !rounds.is_empty());
        names.filter_map(|(_, rounds)| self.effective(rounds)).collect()
    }

    /// The members of a container that are neither satisfied nor absorbed.
    pub fn failing(&self, container: Option<Ix>) -> Vec<Ix> {
        let rounds_of = |ix: Ix| -> Vec<Ix> {
            let rounds = self.graph.rounds(ix);
            if rounds.is_empty() { vec![ix] } else { rounds.to_vec() }
        };
        let mut failing = self.broken_repairs(container);
        failing.extend(self.members(container).into_iter().filter(|&ix| !self.satisfied(&rounds_of(ix))));
        failing
    }

    /// Repair nodes of a container whose word does not hold: no later round makes that good.
    fn broken_repairs(&self, container: Option<Ix>) -> Vec<Ix> {
        let frame = match container {
            None => Some(self.graph.top_frame()),
            Some(ix) => self.graph.node(ix).inner,
        };
        let rounds = frame.map(|f| self.graph.frame(f)).into_iter().flat_map(|f| f.rounds.iter().flatten());
        rounds.copied().filter(|&ix| self.is_broken_repair(ix)).collect()
    }
    fn is_broken_repair(&self, ix: Ix) -> bool {
        self.graph.node(ix).def.repairs.is_some() && self.is_contradicted(ix)
    }
    /// Has it failed because its word does not hold, or that of something inside it?
    pub(crate) fn is_contradicted(&self, ix: Ix) -> bool {
        let state = self.state(ix);
        state.phase == Phase::Failed && state.failure.as_ref().is_some_and(|f| f.class == FailureClass::Contradicted)
    }
    /// Does it follow a repair whose word does not hold?
    pub(crate) fn follows_broken_repair(&self, ix: Ix) -> bool {
        self.graph.waits_for(ix).any(|before| self.is_broken_repair(before))
    }

    /// The failed nodes because of which a container failed.
    pub fn failing_inside(&self, ix: Ix) -> Vec<Ix> {
        let node = self.graph.node(ix);
        match node.shape {
            Shape::Map => node.children.iter().copied().filter(|c| self.state(*c).phase == Phase::Failed).collect(),
            Shape::Group => self.failing(Some(ix)),
            Shape::Leaf | Shape::Barrier => Vec::new(),
        }
    }

    /// Was the trigger's condition met?
    pub(crate) fn fired(&self, trigger: &Trigger) -> bool {
        let source = self.state(trigger.source());
        match trigger {
            Trigger::Failed(_) => {
                source.phase == Phase::Failed && source.failure.as_ref().is_none_or(|f| f.class.repairable())
            }
            Trigger::Chose(_, choice) => source.decided.as_ref().is_some_and(|d| d.choice == *choice),
        }
    }

    /// Maps with `join: all_done` whose failed items no verdict has made good: they leave the run partial.
    pub fn unproven_failures(&self) -> Vec<Ix> {
        let absorbing = self.graph.iter().filter(|&ix| {
            let node = self.graph.node(ix);
            node.shape == Shape::Map
                && self.state(ix).phase == Phase::Done
                && node.def.map.as_ref().is_some_and(|m| m.join == Join::AllDone)
                && node.children.iter().any(|c| self.state(*c).phase == Phase::Failed)
        });
        absorbing.filter(|&map| self.counts(map) && !self.proven_later(map)).collect()
    }

    /// Nodes of which something is left that failed, and the run went on: it ends as partial.
    pub fn unresolved(&self) -> Vec<Ix> {
        let went_on = |ix: &Ix| self.state(*ix).phase == Phase::Failed && self.continued(*ix);
        let marked = self.graph.iter().filter(|ix| self.state(*ix).unresolved || went_on(ix));
        marked.filter(|ix| !self.superseded(*ix)).collect()
    }

    /// Is the node part of how the run ended? Not if it, or something around it, failed or was followed by another round:
    /// that is told elsewhere, or was made good.
    fn counts(&self, ix: Ix) -> bool {
        let mut at = Some(ix);
        while let Some(here) = at {
            if self.state(here).phase != Phase::Done {
                return false;
            }
            at = self.graph.node(here).parent;
        }
        !self.superseded(ix)
    }

    /// Was the node, or something around it, followed by another round?
    pub(crate) fn superseded(&self, ix: Ix) -> bool {
        let mut at = Some(ix);
        while let Some(here) = at {
            let rounds = self.graph.rounds(here);
            if !rounds.is_empty() && self.effective(rounds) != Some(here) {
                return true;
            }
            at = self.graph.node(here).parent;
        }
        false
    }

    /// Has a verdict downstream of `ix`, in the same body, passed?
    fn proven_later(&self, ix: Ix) -> bool {
        let mut seen = std::collections::BTreeSet::new();
        let mut open = vec![ix];
        while let Some(at) = open.pop() {
            for next in self.graph.dependents(at) {
                if seen.insert(next) {
                    open.push(next);
                    if self.passed_verdict(next) {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// Did the node, or one inside it, pass a verdict of its own? One that was skipped, or asked for no items, was not passed.
    fn passed_verdict(&self, ix: Ix) -> bool {
        let well = |ix: Ix| self.state(ix).phase == Phase::Done && !self.state(ix).unresolved;
        let judged = |ix: Ix| {
            let node = self.graph.node(ix);
            node.shape != Shape::Map && node.def.pass_when.is_some() && well(ix)
        };
        well(ix) && (judged(ix) || self.graph.descendants(ix).into_iter().any(judged))
    }
}
