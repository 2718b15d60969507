//! The skeleton of a workflow: every node with its body, its needs and its place in the order. Names only; no
//! expressions, no types.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Span, Spanned};
use crate::syntax::{Entries, Node, Verb};

/// Position of a node in the whole outline.
pub(super) type At = usize;
/// Position of a body in the whole outline; 0 is the workflow's own.
pub(super) type BodyAt = usize;

/// Nodes of a body up to which everything upstream of each is noted: 8 MiB of bits.
const MOST_NOTED: usize = 8_192;

/// All nodes and bodies of a workflow.
#[derive(Debug)]
pub(super) struct Outline<'s> {
    pub(super) entries: Vec<Entry<'s>>,
    pub(super) bodies: Vec<Level>,
    /// A node of each name, wherever it stands.
    anywhere: BTreeMap<&'s str, At>,
    /// Nodes by the names of the rounds behind their repair.
    rounds: BTreeMap<&'s str, Vec<At>>,
}

/// One node.
#[derive(Debug)]
pub(super) struct Entry<'s> {
    pub(super) key: &'s Spanned<String>,
    pub(super) node: &'s Node,
    pub(super) body: BodyAt,
    /// Its own body, if it is a group.
    pub(super) inner: Option<BodyAt>,
    /// Nodes of the same body that it needs, without duplicates.
    pub(super) needs: Vec<At>,
    /// The node that it repairs.
    pub(super) repairs: Option<At>,
    /// Position in the order of its body.
    pub(super) rank: usize,
}

/// The nodes of a body.
#[derive(Debug, Default)]
pub(super) struct Level {
    /// The group that it belongs to.
    pub(super) owner: Option<At>,
    /// In the author's order.
    pub(super) nodes: Vec<At>,
    /// In topological order; what stands in a cycle follows in the author's order.
    pub(super) order: Vec<At>,
    names: BTreeMap<String, At>,
    /// For each rank, a bit for each rank upstream of it; empty if the body is too large for that.
    upstream: Vec<Vec<u64>>,
}

/// Where a name was found from the point of view of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// In the same body.
    Here(At),
    /// In an outer body; `through` is the group of that body that encloses the looking node.
    Outside {
        /// The node.
        at: At,
        /// The group around the looking node, in the node's body.
        through: At,
    },
    /// In a body that the looking node cannot see into.
    Inside(At),
    /// Nowhere.
    Nowhere,
}

impl<'s> Outline<'s> {
    /// Collects all nodes; needs, repairs and order are filled in later.
    pub(super) fn collect(nodes: &'s Entries<Node>) -> Self {
        let mut outline =
            Self { entries: Vec::new(), bodies: Vec::new(), anywhere: BTreeMap::new(), rounds: BTreeMap::new() };
        outline.body(nodes, None);
        outline
    }
    fn body(&mut self, nodes: &'s Entries<Node>, owner: Option<At>) -> BodyAt {
        let body = self.bodies.len();
        self.bodies.push(Level { owner, ..Level::default() });
        for (key, node) in &nodes.0 {
            let at = self.entries.len();
            self.entries.push(Entry { key, node, body, inner: None, needs: Vec::new(), repairs: None, rank: 0 });
            let level = &mut self.bodies[body];
            level.nodes.push(at);
            level.names.entry(key.value.clone()).or_insert(at);
            if let Some(on_fail) = &node.on_fail {
                self.rounds.entry(on_fail.as_name.value.as_str()).or_default().push(at);
            }
            self.anywhere.entry(key.value.as_str()).or_insert(at);
            let group = node.verbs.iter().find_map(|v| match &v.value {
                Verb::Nodes(inner) => Some(inner),
                _ => None,
            });
            if let Some(inner) = group {
                self.entries[at].inner = Some(self.body(inner, Some(at)));
            }
        }
        body
    }
    /// Name of a node.
    pub(super) fn name(&self, at: At) -> &'s str {
        self.entries[at].key.value.as_str()
    }
    /// Where a node's name stands.
    pub(super) fn span(&self, at: At) -> Span {
        self.entries[at].key.span
    }
    /// The node called `name` in a body.
    pub(super) fn in_body(&self, body: BodyAt, name: &str) -> Option<At> {
        self.bodies[body].names.get(name).copied()
    }
    /// The group around a body, the group around that, and so on.
    pub(super) fn owners(&self, body: BodyAt) -> impl Iterator<Item = At> + '_ {
        std::iter::successors(self.bodies[body].owner, |at| self.bodies[self.entries[*at].body].owner)
    }
    /// Looks for `name` as a node of `body` would.
    pub(super) fn find(&self, body: BodyAt, name: &str) -> Found {
        if let Some(at) = self.in_body(body, name) {
            return Found::Here(at);
        }
        for through in self.owners(body) {
            if let Some(at) = self.in_body(self.entries[through].body, name) {
                return Found::Outside { at, through };
            }
        }
        match self.anywhere.get(name) {
            Some(at) => Found::Inside(*at),
            None => Found::Nowhere,
        }
    }
    /// The node visible from `body` of which `name` is a later round, or the gate that asks about it.
    pub(super) fn base_of_round(&self, body: BodyAt, name: &str) -> Option<At> {
        let mut bodies = std::iter::once(body).chain(self.owners(body).map(|at| self.entries[at].body));
        let rounds = self.rounds.get(name).into_iter().flatten();
        bodies.find_map(|b| {
            let asked = name.strip_suffix("-unresolved").and_then(|base| self.in_body(b, base));
            rounds.clone().copied().find(|at| self.entries[*at].body == b).or(asked)
        })
    }
    /// Names that a node of `body` can see.
    pub(super) fn visible(&self, body: BodyAt) -> impl Iterator<Item = &'s str> + '_ {
        let bodies = std::iter::once(body).chain(self.owners(body).map(|at| self.entries[at].body));
        bodies.flat_map(|b| self.bodies[b].nodes.iter().map(|at| self.name(*at)))
    }
    /// Notes for every node of a sorted body what is upstream of it.
    pub(super) fn note_upstream(&mut self, body: BodyAt) {
        let order = &self.bodies[body].order;
        if order.len() > MOST_NOTED {
            return;
        }
        let words = order.len().div_ceil(64);
        let mut noted: Vec<Vec<u64>> = Vec::with_capacity(order.len());
        for at in order {
            let mut bits = vec![0u64; words];
            for before in self.before(*at) {
                let rank = self.entries[before].rank;
                bits[rank / 64] |= 1 << (rank % 64);
                for (word, more) in bits.iter_mut().zip(noted.get(rank).into_iter().flatten()) {
                    *word |= more;
                }
            }
            noted.push(bits);
        }
        self.bodies[body].upstream = noted;
    }
    /// What a node waits for and can read.
    fn before(&self, at: At) -> impl Iterator<Item = At> + '_ {
        let entry = &self.entries[at];
        entry.needs.iter().copied().chain(entry.repairs)
    }
    /// Whether `target` has settled before `from` of the same body starts.
    pub(super) fn upstream(&self, from: At, target: At) -> bool {
        let (from_rank, target_rank) = (self.entries[from].rank, self.entries[target].rank);
        if let Some(bits) = self.bodies[self.entries[from].body].upstream.get(from_rank) {
            return bits[target_rank / 64] & (1 << (target_rank % 64)) != 0;
        }
        let mut seen = BTreeSet::from([from]);
        let mut queue = vec![from];
        while let Some(at) = queue.pop() {
            for before in self.before(at) {
                if before == target {
                    return true;
                }
                if self.entries[before].rank >= target_rank && seen.insert(before) {
                    queue.push(before);
                }
            }
        }
        false
    }
    /// Nodes of the same body on the ways from `target` to `from`, both included, with the repair nodes of those; empty
    /// unless `target` is upstream.
    pub(super) fn between(&self, target: At, from: At) -> Vec<At> {
        let order = &self.bodies[self.entries[from].body].order;
        let (mut behind, mut before) = (BTreeSet::from([target]), BTreeSet::from([from]));
        for at in order {
            if self.entries[*at].needs.iter().any(|n| behind.contains(n)) {
                behind.insert(*at);
            }
        }
        for at in order.iter().rev().filter(|at| behind.contains(at)) {
            if before.contains(at) {
                before.extend(&self.entries[*at].needs);
            }
        }
        if !behind.contains(&from) {
            return Vec::new();
        }
        let on_way = |at: At| behind.contains(&at) && before.contains(&at);
        order.iter().copied().filter(|at| on_way(*at) || self.entries[*at].repairs.is_some_and(on_way)).collect()
    }
    /// The outermost group that hides `at` from `body`: the one to name instead.
    pub(super) fn hiding(&self, body: BodyAt, at: At) -> Option<At> {
        let visible: Vec<BodyAt> =
            std::iter::once(body).chain(self.owners(body).map(|o| self.entries[o].body)).collect();
        self.owners(self.entries[at].body).find(|owner| visible.contains(&self.entries[*owner].body))
    }
    /// The `needs` line of `at` with `more` added.
    pub(super) fn needs_line(&self, at: At, more: &str) -> String {
        let mut needs: Vec<&str> = self.entries[at].node.needs.iter().map(|n| n.value.as_str()).collect();
        needs.push(more);
        format!("needs: [{}]", needs.join(", "))
    }
}
