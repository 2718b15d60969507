//! The skeleton of a workflow: every node with its body, its needs and its place in the order. Names only; no
//! expressions, no types.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Span, Spanned};
use crate::syntax::{Entries, Node, Verb};

/// Position of a node in the whole outline.
pub(super) type At = usize;
/// Position of a body in the whole outline; 0 is the workflow's own.
pub(super) type BodyAt = usize;

/// All nodes and bodies of a workflow.
#[derive(Debug)]
pub(super) struct Outline<'s> {
    pub(super) entries: Vec<Entry<'s>>,
    pub(super) bodies: Vec<Level>,
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
        let mut outline = Self { entries: Vec::new(), bodies: Vec::new() };
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
        match self.entries.iter().position(|e| e.key.value == name) {
            Some(at) => Found::Inside(at),
            None => Found::Nowhere,
        }
    }
    /// Names that a node of `body` can see.
    pub(super) fn visible(&self, body: BodyAt) -> Vec<&'s str> {
        let bodies = std::iter::once(body).chain(self.owners(body).map(|at| self.entries[at].body));
        bodies.flat_map(|b| self.bodies[b].nodes.iter().map(|at| self.name(*at))).collect()
    }
    /// Whether `target` has settled before `from` of the same body starts.
    pub(super) fn upstream(&self, from: At, target: At) -> bool {
        let mut seen = BTreeSet::from([from]);
        let mut queue = vec![from];
        while let Some(at) = queue.pop() {
            let entry = &self.entries[at];
            for before in entry.needs.iter().copied().chain(entry.repairs) {
                if before == target {
                    return true;
                }
                if self.entries[before].rank >= self.entries[target].rank && seen.insert(before) {
                    queue.push(before);
                }
            }
        }
        false
    }
    /// Nodes of the same body that are after `target` and before `from`, both included; empty unless `target` is upstream.
    pub(super) fn between(&self, target: At, from: At) -> Vec<At> {
        let body = self.entries[from].body;
        let on_path =
            |at: &At| (*at == target || self.upstream(*at, target)) && (*at == from || self.upstream(from, *at));
        if self.upstream(from, target) {
            self.bodies[body].order.iter().copied().filter(on_path).collect()
        } else {
            Vec::new()
        }
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
