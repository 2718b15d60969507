//! From what is known to what follows: skips, groups, maps, barriers, values, starts, and the end of the run. Pure.

use std::collections::BTreeMap;

use mission_compiler::draw::Kind;
use mission_compiler::expand;
use mission_compiler::facts::scope;
use mission_compiler::graph::{Ix, Shape};
use mission_compiler::template::{Data, Uses};
use mission_compiler::workflow::{Join, Verb};

use super::port::{Action, Candidate};
use super::whom::Whom;
use super::{Core, Live, Stopping};
use crate::event::{Cause, Event, Failure, FailureClass, RunStatus, SkipReason, Status, Timestamp, Usage};
use crate::run::{Phase, item_views};

/// How many times as long an attempt may be silent while a tool of its agent is under way.
const WITH_TOOL: u64 = 4;

impl Core {
    /// Follows every consequence until nothing more follows, then starts what there is room for.
    pub(super) fn settle(&mut self) {
        self.watch_clocks();
        loop {
            if self.run.ending().is_some() {
                return;
            }
            if self.run.cancel().is_some() {
                self.wind_down();
                return;
            }
            if self.interrupted.is_some() {
                return;
            }
            if self.close_containers() || self.look_at_frontier() || self.end_if_over() {
                continue;
            }
            if !self.dispatch() {
                self.pause_for_login();
                return;
            }
        }
    }

    /// Time limits and backoffs that have come.
    fn watch_clocks(&mut self) {
        let now = self.now;
        let late: Vec<(Ix, Stopping)> =
            self.live.iter().filter_map(|(&ix, live)| Some((ix, live.late(now)?))).collect();
        for (ix, why) in late {
            self.stop(ix, why, false);
        }
        let due: Vec<Ix> = self.run.backing_off().filter(|ix| self.run.state(*ix).not_before <= now).collect();
        self.ready.extend(due);
        self.ready.extend(self.due(now));
    }

    /// After a cancel: everything not begun is cancelled, and the run ends when nothing is left running.
    fn wind_down(&mut self) {
        self.ready.clear();
        if !self.live.is_empty() {
            return;
        }
        let open: Vec<Ix> = self.run.graph().iter().rev().filter(|ix| !self.run.state(*ix).phase.settled()).collect();
        for ix in open {
            let node = self.id(ix);
            self.emit(Event::NodeCancelled { node, usage: Usage::default() });
        }
        let ask = self.run.cancel().expect("winding down follows a cancel");
        let why = ask.comment.as_ref().map_or_else(String::new, |c| format!(": {c}"));
        let reasons = vec![format!("cancelled by {}{why}", ask.by)];
        self.emit(Event::RunFinished { status: RunStatus::Cancelled, outputs: BTreeMap::new(), reasons });
    }

    /// Settles open containers whose children have settled; true if there was one.
    fn close_containers(&mut self) -> bool {
        let closed: Vec<Ix> = self.run.emptied().rev().collect();
        for &ix in &closed {
            match self.run.graph().node(ix).shape {
                Shape::Map => self.close_map(ix),
                Shape::Group | Shape::Leaf | Shape::Barrier => self.close_group(ix),
            }
        }
        !closed.is_empty()
    }

    fn close_group(&mut self, ix: Ix) {
        let failing = self.run.failing(Some(ix));
        let node = self.run.graph().node(ix);
        let inner = node.inner.expect("a group has a frame");
        let def = std::sync::Arc::clone(&node.def);
        let output =
            def.yields.as_ref().map(|yields| yields.eval(&scope(self.run.graph(), &self.run, inner, yields.uses())));
        if failing.is_empty() {
            match output {
                Some(Err(error)) => self.fail(ix, Failure::new(FailureClass::Expression, error.to_string())),
                Some(Ok(value)) => self.judged(ix, value),
                None => self.judged(ix, Data::null()),
            }
            return;
        }
        let failure = self.body_failure(&failing);
        self.finished(ix, 0, output.and_then(Result::ok), Some(failure), Usage::default());
    }

    /// The failure of a container whose members `failing` failed; it keeps a class that repair cannot help.
    fn body_failure(&self, failing: &[Ix]) -> Failure {
        let mut class = FailureClass::Body;
        let mut reasons = Vec::new();
        let failed = |ix: &Ix| self.run.state(*ix).phase == Phase::Failed;
        let roots: Vec<Ix> = failing.iter().copied().filter(failed).collect();
        // What was skipped because of them says nothing more.
        let failing = if roots.is_empty() { failing } else { &roots };
        for &ix in failing {
            let state = self.run.state(ix);
            let id = &self.run.graph().node(ix).id;
            match &state.failure {
                Some(failure) => {
                    if !failure.class.repairable() {
                        class = failure.class;
                    }
                    // Of one alone, the message below names it.
                    let named = if failing.len() == 1 { String::new() } else { format!("`{id}`: ") };
                    reasons.push(named + &failure.message);
                }
                None => reasons.push(format!("`{id}`: {}", state.phase.word())),
            }
        }
        let message = match failing {
            [one] if roots.is_empty() => format!("`{}` did not run", self.run.graph().node(*one).id),
            [one] => format!("`{}` failed", self.run.graph().node(*one).id),
            many if roots.is_empty() => format!("{} nodes did not run", many.len()),
            many => format!("{} nodes failed", many.len()),
        };
        Failure { reasons, ..Failure::new(class, message) }
    }

    fn close_map(&mut self, ix: Ix) {
        let node = self.run.graph().node(ix);
        let def = std::sync::Arc::clone(&node.def);
        let join = def.map.as_ref().map_or(Join::AllOk, |m| m.join);
        let items: Vec<Ix> =
            node.children.iter().copied().filter(|c| self.run.graph().node(*c).item.is_some()).collect();
        let bad: Vec<Ix> = items.iter().copied().filter(|c| !self.run.satisfied(&[*c])).collect();
        let output = if def.yields.is_some() {
            Data::list(items.iter().map(|c| self.run.state(*c).output.clone().unwrap_or_else(Data::null)).collect())
        } else {
            item_views(&self.run, ix)
        };
        // A failure is data for those behind it; a word that does not hold is not.
        let false_word = bad.iter().any(|item| self.run.is_contradicted(*item));
        let acceptable = bad.is_empty() || join == Join::AllDone && !false_word;
        if acceptable {
            // A map repeats a node, so schema, asserts and verdict were each item's own.
            self.finished(ix, 0, Some(output), None, Usage::default());
        } else {
            let failure = self.body_failure(&bad);
            self.finished(ix, 0, Some(output), Some(failure), Usage::default());
        }
    }

    /// Looks at nodes whose predecessors have settled; true if any was there.
    fn look_at_frontier(&mut self) -> bool {
        let open = self.run.take_frontier();
        for &ix in &open {
            if self.run.is_ready(ix) {
                self.look_at(ix);
            }
        }
        !open.is_empty()
    }

    fn look_at(&mut self, ix: Ix) {
        if matches!(self.run.state(ix).next, Cause::Lost | Cause::Taken) {
            return self.begin(ix);
        }
        let node = self.run.graph().node(ix);
        if node.trigger.as_ref().is_some_and(|t| !self.run.fired(t)) {
            return self.skip(ix, SkipReason::UnusedRepair, None);
        }
        if self.run.follows_broken_repair(ix) {
            return self.skip(ix, SkipReason::Upstream, None);
        }
        let satisfied = node.needs.iter().all(|need| self.run.satisfied(need));
        if !satisfied && !node.def.always {
            return self.skip(ix, SkipReason::Upstream, None);
        }
        match self.wanted(ix) {
            Ok(true) => self.begin(ix),
            Ok(false) => self.skip_with_otherwise(ix),
            Err(failure) => self.fail(ix, failure),
        }
    }

    fn skip(&mut self, ix: Ix, reason: SkipReason, output: Option<Data>) {
        let node = self.id(ix);
        self.emit(Event::NodeSkipped { node, reason, output });
    }

    /// Does the node's `when` hold? On a map it is asked once, unless it speaks of the element: then for each item.
    fn wanted(&self, ix: Ix) -> Result<bool, Failure> {
        let node = self.run.graph().node(ix);
        if node.shape == Shape::Barrier || node.chain.asks.is_some() {
            return Ok(true);
        }
        let Some(when) = &node.def.when else { return Ok(true) };
        if let Some(map) = &node.def.map {
            let position = format!("{}_index", map.item);
            let per_item = when.uses().roots.contains(&map.item) || when.uses().roots.contains(&position);
            if per_item == (node.shape == Shape::Map && node.item.is_none()) {
                return Ok(true);
            }
        }
        let mut seen = scope(self.run.graph(), &self.run, self.frame_of(ix), when.uses());
        self.bind_rounds(ix, when.uses(), &mut seen);
        when.eval_bool(&seen).map_err(|e| Failure::new(FailureClass::Expression, format!("`when`: {e}")))
    }

    /// Where the node's expressions resolve: for an item with a body that body, which knows the element.
    pub(super) fn frame_of(&self, ix: Ix) -> mission_compiler::graph::FrameIx {
        let node = self.run.graph().node(ix);
        if node.item.is_some() { node.inner.unwrap_or(node.frame) } else { node.frame }
    }

    fn skip_with_otherwise(&mut self, ix: Ix) {
        let def = std::sync::Arc::clone(&self.run.graph().node(ix).def);
        let Some(otherwise) = &def.otherwise else { return self.skip(ix, SkipReason::When, None) };
        let mut seen = scope(self.run.graph(), &self.run, self.frame_of(ix), &otherwise.uses());
        self.bind_rounds(ix, &otherwise.uses(), &mut seen);
        let value = match otherwise.render(&seen) {
            Ok(value) => value,
            Err(e) => return self.fail(ix, Failure::new(FailureClass::Expression, format!("`otherwise`: {e}"))),
        };
        match self.accept(ix, value.to_json()) {
            Ok(value) => self.skip(ix, SkipReason::When, Some(value)),
            Err(reasons) => {
                let message = "the `otherwise` value breaks the node's contract";
                let failure = Failure { reasons, ..Failure::new(FailureClass::InvalidOutput, message) };
                self.fail(ix, failure);
            }
        }
    }

    /// The node is to run.
    fn begin(&mut self, ix: Ix) {
        if !self.admit(ix) {
            let map = self.run.graph().node(ix).parent.expect("an item stands in its map");
            self.queued.entry(map).or_default().insert(ix);
            return;
        }
        let node = self.run.graph().node(ix);
        match node.shape {
            Shape::Group => self.open(ix),
            Shape::Map => self.open_map(ix),
            Shape::Barrier => {
                let node = self.id(ix);
                self.emit(Event::BarrierOpened { node });
            }
            Shape::Leaf => match (&node.def.verb, node.kind) {
                (_, Kind::Gate) => self.open_gate(ix),
                (Verb::Value(template), _) => {
                    let seen = scope(self.run.graph(), &self.run, self.frame_of(ix), &template.uses());
                    match template.render(&seen) {
                        Ok(value) => self.judged(ix, value),
                        Err(e) => self.fail(ix, Failure::new(FailureClass::Expression, e.to_string())),
                    }
                }
                (Verb::Agent { .. } | Verb::Run(_) | Verb::Uses { .. } | Verb::Gate(_) | Verb::Nodes(_), _) => {
                    self.ready.insert(ix);
                }
            },
        }
    }

    fn open_map(&mut self, ix: Ix) {
        self.open(ix);
        if !self.run.graph().node(ix).expanded {
            self.learn_items(ix);
        }
    }

    /// Expands an open map.
    pub(super) fn learn_items(&mut self, ix: Ix) {
        match self.run.plan_growth(ix) {
            Ok(event) => {
                let room = self.limit_on_nodes().is_none_or(|max| self.run.graph().len() as u64 <= max);
                if !room {
                    let message = format!(
                        "the graph would grow to {} nodes; `limits.nodes` allows fewer",
                        self.run.graph().len()
                    );
                    self.run.forget_growth();
                    return self.fail(ix, Failure::new(FailureClass::Budget, message));
                }
                self.emit(event);
            }
            Err(message) => self.fail(ix, Failure::new(FailureClass::Expression, message)),
        }
    }

    /// May this item of a map with `max` begin? Counts it if so.
    fn admit(&mut self, ix: Ix) -> bool {
        let node = self.run.graph().node(ix);
        let (Some(map), Some(_)) = (node.parent, &node.item) else { return true };
        let Some(max) = node.def.map.as_ref().and_then(|m| m.max.as_ref()) else { return true };
        let frame = self.run.graph().node(map).frame;
        let room = max.eval(&scope(self.run.graph(), &self.run, frame, max.uses())).ok().and_then(|d| d.as_i64());
        let room = usize::try_from(room.unwrap_or(1).max(1)).unwrap_or(usize::MAX);
        let run = &self.run;
        let under_way = self.admitted.entry(map).or_default();
        under_way.retain(|item| run.graph().contains(*item) && !run.state(*item).phase.settled());
        if under_way.contains(&ix) || under_way.len() < room {
            under_way.insert(ix);
            return true;
        }
        false
    }

    /// Starts ready nodes while there is room; true if that had consequences to follow.
    fn dispatch(&mut self) -> bool {
        self.admit_queued();
        if self.run.paused().is_some() || self.exceeded() {
            return self.run.cancel().is_some();
        }
        let room = self.concurrency();
        let mut next = self.ready.first().copied();
        while let Some(ix) = next.filter(|_| self.live.len() < room) {
            next = self.ready.range((std::ops::Bound::Excluded(ix), std::ops::Bound::Unbounded)).next().copied();
            if self.must_wait(ix) {
                continue;
            }
            let agent = match self.whom(ix) {
                Whom::Nobody => None,
                Whom::Agent(agent) if self.has_no_room(&agent) => continue,
                Whom::Agent(agent) => Some(agent),
                Whom::Asked => continue,
                Whom::Held(held, until) => {
                    self.ready.remove(&ix);
                    self.wait_for(ix, &held, until);
                    continue;
                }
            };
            self.ready.remove(&ix);
            self.start(ix, agent);
            if self.exceeded() {
                return self.run.cancel().is_some();
            }
        }
        // A node that fails as it is to start may be the last one.
        self.run.has_news() || self.run.open_count() == 0
    }

    /// Lets items begin that waited for room in their map.
    fn admit_queued(&mut self) {
        let maps: Vec<Ix> = self.queued.keys().copied().collect();
        for map in maps {
            while let Some(&ix) = self.queued.get(&map).and_then(|items| items.first()) {
                if !self.admit(ix) {
                    break;
                }
                if let Some(items) = self.queued.get_mut(&map) {
                    items.remove(&ix);
                }
                self.begin(ix);
            }
        }
        self.queued.retain(|_, items| !items.is_empty());
    }

    /// Starts an attempt, or fails the node if it cannot even be put into words.
    fn start(&mut self, ix: Ix, agent: Option<Candidate>) {
        let attempt = self.run.state(ix).attempt + 1;
        let name = agent.as_ref().map(|agent| agent.name.clone());
        let work = match self.render_work(ix, attempt, name.clone()) {
            Ok(work) => work,
            Err(failure) => return self.fail(ix, failure),
        };
        let node = self.id(ix);
        let cause = self.run.state(ix).next;
        self.emit(Event::NodeStarted { node, attempt, cause, agent: name });
        let live = Live {
            attempt,
            deadline: work.timeout.map(|t| Timestamp(self.now.0.saturating_add(t))),
            timeout: work.timeout,
            idle: work.idle,
            quiet_since: self.now,
            busy: false,
            stopping: None,
            claims: work.claims,
            agent,
            usage: Usage::default(),
        };
        self.live.insert(ix, live);
        self.step.actions.push(Action::Start(Box::new(work.work)));
    }

    /// A value that the core computed: contract, asserts and verdict as for any result.
    fn judged(&mut self, ix: Ix, value: Data) {
        let def = std::sync::Arc::clone(&self.run.graph().node(ix).def);
        let bare = def.output.contract.is_none() && def.asserts.is_empty() && def.keys.is_empty() && !def.has_verdict();
        if bare {
            let output = (!value.is_null() || matches!(def.verb, Verb::Value(_))).then_some(value);
            return self.finished(ix, 0, output, None, Usage::default());
        }
        match self.accept(ix, value.to_json()) {
            Ok(value) => self.verdict(ix, 0, value, Usage::default()),
            Err(reasons) => {
                let failure = Failure {
                    reasons,
                    ..Failure::new(FailureClass::InvalidOutput, "the value breaks the node's contract")
                };
                self.fail(ix, failure);
            }
        }
    }

    /// The end of a node, with what an unresolved failure means for its chain.
    pub(super) fn finished(
        &mut self,
        ix: Ix,
        attempt: u32,
        output: Option<Data>,
        failure: Option<Failure>,
        usage: Usage,
    ) {
        let absorbs = self.run.graph().node(ix).chain.absorbs;
        let unresolved = absorbs && failure.as_ref().is_some_and(|f| f.class.repairable());
        let status = if failure.is_none() || unresolved { Status::Done } else { Status::Failed };
        let node = self.id(ix);
        self.ready.remove(&ix);
        self.refused.remove(&ix);
        self.emit(Event::NodeFinished { node, attempt, status, output, failure, unresolved, usage });
    }

    /// The end of a node that is done, though not all of its work is: the run goes on and ends as partial.
    pub(super) fn left_open(&mut self, ix: Ix, attempt: u32, output: Data, failure: Failure, usage: Usage) {
        let node = self.id(ix);
        self.ready.remove(&ix);
        self.refused.remove(&ix);
        let (status, output, failure) = (Status::Done, Some(output), Some(failure));
        self.emit(Event::NodeFinished { node, attempt, status, output, failure, unresolved: true, usage });
    }

    /// What expressions that speak of the node's own `output` see.
    pub(super) fn own_scope(&self, ix: Ix, uses: &Uses, output: &Data) -> mission_compiler::template::Scope {
        let mut seen = scope(self.run.graph(), &self.run, self.frame_of(ix), uses);
        if uses.roots.contains("output") {
            seen.bind("output", output.clone());
        }
        self.bind_rounds(ix, uses, &mut seen);
        seen
    }

    pub(super) fn choices_of(&self, ix: Ix) -> Vec<String> {
        expand::choices(self.run.graph().node(ix))
    }
}

impl Live {
    /// Milliseconds for which it may be silent.
    pub(super) fn patience(&self) -> Option<u64> {
        self.idle.map(|idle| if self.busy { idle.saturating_mul(WITH_TOOL) } else { idle })
    }
    fn late(&self, now: Timestamp) -> Option<Stopping> {
        if self.stopping.is_some() {
            return None;
        }
        if self.deadline.is_some_and(|d| d <= now) {
            return Some(Stopping::Timeout);
        }
        let quiet = now.0.saturating_sub(self.quiet_since.0);
        self.patience().is_some_and(|idle| quiet >= idle).then_some(Stopping::Idle)
    }
}
