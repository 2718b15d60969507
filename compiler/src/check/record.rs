//! How a node looks to others: the type of `nodes.NAME` and of its fields.

use crate::syntax::Verb;

use super::Checker;
use super::outline::At;
use super::types::Type;
use super::view::{error, status};

impl Checker<'_> {
    pub(super) fn is_map(&self, at: At) -> bool {
        self.outline.entries[at].node.map.is_some()
    }
    /// Type of `nodes.NAME.output`.
    pub(super) fn result(&self, at: At) -> Type {
        let one = self.results[at].clone().unwrap_or(Type::Any);
        if !self.is_map(at) {
            return one;
        }
        if self.outline.entries[at].node.yields.is_some() { Type::list(one) } else { self.items_of(at) }
    }
    /// Type of `nodes.NAME.items`.
    pub(super) fn items_of(&self, at: At) -> Type {
        let fields = [
            ("key", Type::TEXT),
            ("node", Type::TEXT),
            ("status", status()),
            ("output", self.results[at].clone().unwrap_or(Type::Any)),
            ("error", error()),
            ("attempts", Type::Int),
        ];
        let handoff = self.outline.entries[at].node.handoff.as_ref().filter(|handoff| handoff.files.is_some());
        Type::list(Type::map(fields.into_iter().chain(handoff.map(|_| ("handoff", handed_over())))))
    }
    /// Type of `nodes.NAME`.
    pub(super) fn record(&self, at: At) -> Type {
        let repair = self.outline.entries[at].node.only.is_some();
        let (output, status) =
            if repair { (self.result(at).nullable(), Type::TEXT) } else { (self.result(at), status()) };
        let fields = [("output", output), ("status", status), ("error", error()), ("attempts", Type::Int)];
        let items = self.is_map(at).then(|| ("items", self.items_of(at)));
        Type::map(fields.into_iter().chain(items))
    }
    /// Why a node's output is not a map, where an author might not expect that.
    pub(super) fn result_help(&self, at: At) -> Option<String> {
        let entry = &self.outline.entries[at];
        let name = &entry.key.value;
        if entry.node.map.is_some() {
            return Some(format!("`{name}` is a map: its output is the list of its items"));
        }
        let verb = entry.node.verbs.first()?;
        match &verb.value {
            Verb::Nodes(_) if entry.node.yields.is_none() => {
                Some(format!("`{name}` is a group without an output: give it a `yield:`"))
            }
            Verb::Run(_) if entry.node.output.is_none() => Some(format!(
                "`{name}` has no output: give it `output: {{ schema: … }}` or `output: {{ from: stdout }}`"
            )),
            Verb::Run(_) | Verb::Agent(_) if self.contracts[at].is_none() => {
                Some(format!("the output of `{name}` is a text: give it `output: {{ schema: … }}`"))
            }
            Verb::Agent(_) | Verb::Run(_) | Verb::Gate(_) | Verb::Uses(_) | Verb::Value(_) | Verb::Nodes(_) => None,
        }
    }
}

/// Type of `handoff` of an item that is asked which files it changed.
fn handed_over() -> Type {
    let rewritten = Type::map([("file", Type::TEXT), ("by", Type::list(Type::TEXT))]);
    Type::map([("tree", Type::TEXT.nullable()), ("rewritten", Type::list(rewritten))])
}
