//! Who may work at the same time as a node, now or later. Pure.

use std::collections::BTreeSet;

use mission_compiler::graph::{Ix, Shape};
use mission_compiler::workflow::Verb;

use super::Core;
use super::handoff::ONLY_LOOK;

impl Core {
    /// May somebody else work in the main working tree while `ix` does, which works there and is held to its word?
    pub(super) fn may_have_company(&self, ix: Ix) -> bool {
        let graph = self.run.graph();
        if graph.node(ix).def.handoff.is_none() || self.concurrency() < 2 || self.place_of(ix).is_some() {
            return false;
        }
        let behind = self.behind(ix);
        let is_open = |other: &Ix| *other != ix && !behind.contains(other) && !self.run.state(*other).phase.settled();
        graph.iter().filter(is_open).any(|other| self.may_work(other) && self.place_of(other).is_none())
    }

    /// Does it start something that writes files, or may it hold nodes that do and are not there yet?
    fn may_work(&self, ix: Ix) -> bool {
        let node = self.run.graph().node(ix);
        match (&node.def.verb, node.shape) {
            (_, Shape::Map) => node.children.is_empty(),
            (Verb::Agent { .. } | Verb::Run(_), Shape::Leaf) => true,
            (Verb::Uses { action, .. }, Shape::Leaf) => !ONLY_LOOK.contains(&action.as_str()),
            _ => false,
        }
    }

    /// Everything that begins only once `ix` has settled, and what holds it.
    fn behind(&self, ix: Ix) -> BTreeSet<Ix> {
        let graph = self.run.graph();
        let (mut behind, mut settles) = (BTreeSet::new(), BTreeSet::new());
        let mut open = vec![ix];
        while let Some(at) = open.pop() {
            if !settles.insert(at) {
                continue;
            }
            open.extend(graph.node(at).parent);
            for next in graph.dependents(at) {
                let inner = graph.descendants(next);
                open.extend(std::iter::once(next).chain(inner).filter(|next| behind.insert(*next)));
            }
        }
        settles.into_iter().chain(behind).collect()
    }
}
