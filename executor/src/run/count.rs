//! Beginning, ending and settling of single nodes, with the counters that tell what to look at next. Pure.

use mission_compiler::draw::Kind;
use mission_compiler::graph::{Ix, Shape};

use super::{Attempt, NodeState, Phase, Run};
use crate::event::{Cause, Failure, SkipReason, Timestamp, Usage};

impl Run {
    pub(super) fn node_started(&mut self, ix: Ix, attempt: u32, cause: Cause, agent: Option<&str>, at: Timestamp) {
        self.frontier.remove(&ix);
        self.enter(ix, Phase::Running);
        let state = &mut self.nodes[ix.index()];
        state.started.get_or_insert(at);
        state.ended = None;
        state.left = None;
        if attempt > 0 {
            state.attempt = attempt;
            state.attempts.push(Attempt {
                number: attempt,
                cause,
                agent: agent.map(str::to_owned),
                started: at,
                ended: None,
                failure: None,
                lost: false,
                put_by: false,
                usage: Usage::default(),
            });
            self.count_inside(ix, None, 1);
            if self.live.is_empty() {
                self.spent.busy_since = Some(at);
            }
            self.live.insert(ix);
            if self.graph.node(ix).kind == Kind::Agent {
                self.spent.agent_runs += 1;
            }
        } else {
            self.open_container(ix);
        }
    }

    /// Counts attempts of `ix` for every container around it, up to but without `end`.
    fn count_inside(&mut self, ix: Ix, end: Option<Ix>, more: u32) {
        let mut at = self.graph.node(ix).parent;
        while let Some(here) = at.filter(|_| at != end) {
            self.nodes[here.index()].inside += more;
            at = self.graph.node(here).parent;
        }
    }

    /// Lets the children of an opened container be looked at.
    pub(super) fn open_container(&mut self, ix: Ix) {
        let node = self.graph.node(ix);
        if node.shape == Shape::Map && !node.expanded {
            return;
        }
        for &child in &node.children {
            let state = &self.nodes[child.index()];
            if state.phase == Phase::Pending && state.waiting == 0 {
                self.frontier.insert(child);
            }
        }
        if self.nodes[ix.index()].open == 0 {
            self.emptied.insert(ix);
        }
    }

    pub(super) fn attempt_ended(
        &mut self,
        ix: Ix,
        attempt: u32,
        usage: &Usage,
        at: Timestamp,
        failure: Option<Failure>,
    ) {
        self.idle(ix, at);
        self.spend(ix, usage);
        let attempts = &mut self.nodes[ix.index()].attempts;
        if let Some(made) = attempts.iter_mut().rev().find(|a| a.number == attempt) {
            made.ended = Some(at);
            made.failure = failure;
            made.usage = usage.clone();
        }
    }

    pub(super) fn stop_attempt(&mut self, ix: Ix, usage: &Usage, at: Timestamp, lost: bool) {
        if !self.live.contains(&ix) {
            return;
        }
        self.idle(ix, at);
        self.spend(ix, usage);
        if let Some(made) = self.nodes[ix.index()].attempts.last_mut() {
            made.ended = Some(at);
            made.lost = lost;
            made.usage = usage.clone();
        }
    }

    /// Adds what an attempt used to what the run has spent.
    fn spend(&mut self, ix: Ix, usage: &Usage) {
        if self.graph.node(ix).kind == Kind::Agent {
            match usage.usd.or(usage.estimated_usd) {
                Some(usd) => self.spent.usd += usd,
                None => self.spent.unknown_cost += 1,
            }
        }
    }

    pub(super) fn idle(&mut self, ix: Ix, at: Timestamp) {
        self.live.remove(&ix);
        if self.live.is_empty()
            && let Some(since) = self.spent.busy_since.take()
        {
            self.spent.wall += at.0.saturating_sub(since.0);
        }
    }

    pub(super) fn enter(&mut self, ix: Ix, phase: Phase) {
        self.asking.remove(&ix);
        self.backoff.remove(&ix);
        self.parked.remove(&ix);
        match phase {
            Phase::Asking => self.asking.insert(ix),
            Phase::Backoff => self.backoff.insert(ix),
            Phase::Parked => self.parked.insert(ix),
            Phase::Pending | Phase::Running | Phase::Done | Phase::Failed | Phase::Skipped(_) | Phase::Cancelled => {
                false
            }
        };
        self.nodes[ix.index()].phase = phase;
    }

    /// A node settles: those behind it wait for one less.
    pub(super) fn settle(&mut self, ix: Ix, phase: Phase, at: Timestamp) {
        let again = self.nodes[ix.index()].phase.settled();
        self.enter(ix, phase);
        self.nodes[ix.index()].ended = Some(at);
        if again {
            // A decided gate that fails: whoever waited for it was told when it was decided.
            return;
        }
        self.frontier.remove(&ix);
        self.emptied.remove(&ix);
        for next in self.graph.dependents(ix) {
            let waiting = &mut self.nodes[next.index()].waiting;
            *waiting = waiting.saturating_sub(1);
            if *waiting == 0 && self.nodes[next.index()].phase == Phase::Pending && self.container_open(next) {
                self.frontier.insert(next);
            }
        }
        match self.graph.node(ix).parent {
            None => self.open = self.open.saturating_sub(1),
            Some(parent) => {
                let state = &mut self.nodes[parent.index()];
                state.open = state.open.saturating_sub(1);
                if state.open == 0 && state.phase == Phase::Running {
                    self.emptied.insert(parent);
                }
            }
        }
    }

    /// Everything inside a container that does not begin is skipped with it.
    pub(super) fn skip_inside(&mut self, ix: Ix, reason: SkipReason, at: Timestamp) {
        for inner in self.graph.descendants(ix) {
            let state = &mut self.nodes[inner.index()];
            if !state.phase.settled() {
                state.phase = Phase::Skipped(reason);
                state.ended = Some(at);
            }
        }
    }

    pub(super) fn container_open(&self, ix: Ix) -> bool {
        self.graph.node(ix).parent.is_none_or(|p| self.nodes[p.index()].phase == Phase::Running)
    }

    /// Makes states for the nodes that growth below `map` added.
    pub(super) fn admit_new(&mut self, map: Ix) {
        self.nodes.resize(self.graph.bound(), NodeState::default());
        let added = self.graph.descendants(map);
        for &ix in &added {
            let node = self.graph.node(ix);
            let mut state = NodeState {
                waiting: self.graph.waits(ix) as u32,
                open: node.children.len() as u32,
                ..NodeState::default()
            };
            if let Some(before) = self.retired.remove(&node.id) {
                state.attempt = before.attempt;
                state.attempts = before.attempts;
                state.next = Cause::Reset;
            }
            self.nodes[ix.index()] = state;
        }
        for ix in added {
            // The map itself counted them when they were made.
            self.count_inside(ix, Some(map), self.nodes[ix.index()].attempts.len() as u32);
        }
        self.nodes[map.index()].open = self.graph.node(map).children.len() as u32;
    }

    /// Rebuilds every counter from the phases: after a reset, and at the beginning.
    pub(super) fn recount(&mut self) {
        self.nodes.resize(self.graph.bound(), NodeState::default());
        self.frontier.clear();
        self.emptied.clear();
        self.asking.clear();
        self.backoff.clear();
        self.parked.clear();
        let all: Vec<Ix> = self.graph.iter().collect();
        let unsettled = |run: &Self, list: &mut dyn Iterator<Item = Ix>| {
            list.filter(|i| !run.nodes[i.index()].phase.settled()).count() as u32
        };
        for &ix in &all {
            let waiting = unsettled(self, &mut self.graph.waits_for(ix));
            let open = unsettled(self, &mut self.graph.node(ix).children.iter().copied());
            self.nodes[ix.index()].waiting = waiting;
            self.nodes[ix.index()].open = open;
        }
        self.open = unsettled(self, &mut self.graph.top().iter().copied());
        for &ix in &all {
            self.enter(ix, self.nodes[ix.index()].phase);
            let (state, node) = (&self.nodes[ix.index()], self.graph.node(ix));
            if state.phase == Phase::Pending && state.waiting == 0 && self.container_open(ix) {
                self.frontier.insert(ix);
            }
            let container = node.shape == Shape::Group || node.shape == Shape::Map && node.expanded;
            if container && state.phase == Phase::Running && state.open == 0 {
                self.emptied.insert(ix);
            }
        }
    }
}
