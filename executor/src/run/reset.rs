//! Taking nodes back to their beginning: a resume of a failed run, or an explicit retry. Pure.

use std::collections::BTreeSet;

use mission_compiler::graph::{Ix, Shape};

use super::{Phase, Retired, Run};
use crate::event::{RunStatus, SkipReason};

impl Run {
    /// Applies `nodes-reset`: the nodes, everything inside them, and a new beginning for the containers around them.
    pub(super) fn reset(&mut self, nodes: &[Ix]) {
        let chosen: BTreeSet<Ix> = nodes.iter().copied().collect();
        let around: BTreeSet<Ix> = nodes.iter().flat_map(|&ix| self.ancestors(ix)).collect();
        for &ix in nodes {
            if !self.graph.contains(ix) {
                continue;
            }
            for inner in std::iter::once(ix).chain(self.graph.descendants(ix)) {
                if self.graph.contains(inner) && self.source_changes(inner, &chosen, &around) {
                    self.retire_items(inner);
                }
            }
            for inner in self.graph.descendants(ix) {
                self.nodes[inner.index()].reset();
            }
            self.nodes[ix.index()].reset();
            self.reopen_around(ix, &chosen);
        }
        self.ending = None;
        self.recount();
    }

    /// Is it a map whose list may be made anew: with something that it waits for (`around`: something inside that is), or
    /// with the container in which both stand? Then its items are not known any more.
    fn source_changes(&self, map: Ix, chosen: &BTreeSet<Ix>, around: &BTreeSet<Ix>) -> bool {
        let node = self.graph.node(map);
        if node.shape != Shape::Map || !node.expanded || mission_compiler::expand::source_is_static(&self.graph, map) {
            return false;
        }
        let anew = |ix: &Ix| chosen.contains(ix) || around.contains(ix);
        let containers = self.ancestors(map);
        containers.iter().any(|ix| chosen.contains(ix))
            || std::iter::once(map).chain(containers).any(|ix| self.graph.waits_for(ix).any(|before| anew(&before)))
    }

    fn retire_items(&mut self, map: Ix) {
        for ix in self.graph.descendants(map) {
            let (node, state) = (self.graph.node(ix), &mut self.nodes[ix.index()]);
            if state.attempt > 0 {
                let (attempt, attempts) = (state.attempt, std::mem::take(&mut state.attempts));
                let agent = node.kind == mission_compiler::draw::Kind::Agent;
                self.retired.insert(std::sync::Arc::clone(&node.id), Retired { attempt, attempts, agent });
            }
        }
        self.graph.shrink(map);
    }

    fn reopen_around(&mut self, ix: Ix, chosen: &BTreeSet<Ix>) {
        let mut at = self.graph.node(ix).parent;
        while let Some(parent) = at {
            let state = &mut self.nodes[parent.index()];
            if !chosen.contains(&parent) && state.phase.settled() {
                // It opens again when its turn comes: items one after the other stay so.
                state.phase = Phase::Pending;
                state.ended = None;
                state.output = None;
                state.failure = None;
                state.unresolved = false;
            }
            at = self.graph.node(parent).parent;
        }
    }

    /// The nodes that a resume of this failed run begins anew; empty if it did not fail.
    pub fn resettable(&self) -> Vec<Ix> {
        if !matches!(self.ending.as_ref().map(|e| e.status), Some(RunStatus::Failed)) {
            return Vec::new();
        }
        let mut roots = BTreeSet::new();
        self.failed_below(None, &mut roots);
        self.with_those_behind(roots, false)
    }

    /// The nodes that `retry` of `ix` begins anew.
    pub fn retried(&self, ix: Ix, downstream: bool) -> Vec<Ix> {
        self.with_those_behind(BTreeSet::from([ix]), downstream)
    }

    /// The failed nodes that made the container fail: leaves, and whole rounds of a chain.
    fn failed_below(&self, container: Option<Ix>, found: &mut BTreeSet<Ix>) {
        let members = match container.map(|ix| (ix, self.graph.node(ix))) {
            Some((_, node)) if node.shape == Shape::Map => node.children.clone(),
            _ => self.failing(container),
        };
        for ix in members {
            let node = self.graph.node(ix);
            if self.state(ix).phase != Phase::Failed {
                continue;
            }
            let round_of_chain = node.def.on_fail.is_some() && node.at.is_some();
            let before = found.len();
            if !round_of_chain && !node.children.is_empty() {
                self.failed_below(Some(ix), found);
            }
            if found.len() == before {
                found.insert(ix);
            }
        }
    }

    /// Adds what was skipped behind the roots, the rounds they decide about, and `always` nodes that had read them; with
    /// `all`, everything behind them.
    fn with_those_behind(&self, roots: BTreeSet<Ix>, all: bool) -> Vec<Ix> {
        let mut chosen = roots.clone();
        let mut touched = BTreeSet::new();
        let mut open: Vec<Ix> = roots.into_iter().collect();
        while let Some(ix) = open.pop() {
            if !touched.insert(ix) {
                continue;
            }
            open.extend(self.graph.node(ix).parent);
            for next in self.graph.dependents(ix) {
                let node = self.graph.node(next);
                let skipped =
                    matches!(self.state(next).phase, Phase::Skipped(SkipReason::Upstream | SkipReason::UnusedRepair));
                let decided = node.trigger.as_ref().is_some_and(|t| t.source() == ix);
                if (all || skipped || decided || node.def.always) && chosen.insert(next) {
                    open.push(next);
                }
            }
        }
        // What stands inside a chosen node is reset with it.
        chosen.iter().copied().filter(|&ix| !self.ancestors(ix).iter().any(|a| chosen.contains(a))).collect()
    }

    fn ancestors(&self, ix: Ix) -> Vec<Ix> {
        let mut found = Vec::new();
        let mut at = self.graph.node(ix).parent;
        while let Some(parent) = at {
            found.push(parent);
            at = self.graph.node(parent).parent;
        }
        found
    }
}
