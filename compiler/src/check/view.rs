//! What an expression at a certain place can see: roots, inputs, map items, nodes upstream. Reports what it cannot.

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::Verb;

use super::Checker;
use super::order::round_help;
use super::outline::{At, BodyAt, Found};
use super::types::Type;
use crate::suggest;

/// Names that mean something everywhere; no map item may be called so.
pub(super) const ROOTS: [&str; 7] = ["inputs", "nodes", "run", "output", "failure", "revision", "loop"];

/// From where an expression looks at the workflow.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) from: From,
    /// The map item of the node itself is in scope.
    pub(super) own_item: bool,
    /// `output`, where it is in scope.
    pub(super) output: Option<Type>,
}

/// The standpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    /// Only inputs are known: nothing has run.
    Start,
    /// A node that is about to run.
    Node(At),
    /// Behind the last node of a body.
    End(BodyAt),
}

impl View {
    /// Before anything runs.
    pub(super) fn start() -> Self {
        Self { from: From::Start, own_item: false, output: None }
    }
    /// Around a node: its own map item is not in scope.
    pub(super) fn around(at: At) -> Self {
        Self { from: From::Node(at), own_item: false, output: None }
    }
    /// Of a node, or of one item of it if it is a map.
    pub(super) fn of(at: At) -> Self {
        Self { from: From::Node(at), own_item: true, output: None }
    }
    /// Of a node that has a result.
    pub(super) fn with_output(at: At, output: Type) -> Self {
        Self { from: From::Node(at), own_item: true, output: Some(output) }
    }
    /// Behind a body.
    pub(super) fn end(body: BodyAt) -> Self {
        Self { from: From::End(body), own_item: false, output: None }
    }
}

impl Checker<'_> {
    /// Map items in scope, innermost first: name and node.
    pub(super) fn items(&self, view: &View) -> Vec<(&str, At)> {
        let (own, body) = match view.from {
            From::Start => return Vec::new(),
            From::Node(at) => (view.own_item.then_some(at), self.outline.entries[at].body),
            From::End(body) => (None, body),
        };
        let maps = own.into_iter().chain(self.outline.owners(body));
        maps.filter_map(|at| Some((self.outline.entries[at].node.map.as_ref()?.item.value.as_str(), at))).collect()
    }
    /// Type of the root `name`; reports it if there is none.
    pub(super) fn root(&self, view: &View, name: &str, span: Span) -> Type {
        let items = self.items(view);
        if let Some((_, at)) = items.iter().find(|(item, _)| *item == name) {
            return self.elements[*at].clone().unwrap_or(Type::Any);
        }
        if items.iter().any(|(item, _)| name.strip_suffix("_index") == Some(item)) {
            return Type::Int;
        }
        match name {
            "inputs" => Type::map(self.inputs.iter().map(|(n, t)| (n.as_str(), t.clone()))),
            "run" if view.from != From::Start => Type::map([("id", Type::TEXT), ("workflow", Type::TEXT)]),
            "output" if view.output.is_some() => view.output.clone().unwrap_or(Type::Any),
            "failure" if self.repairing(view) => failure(),
            "revision" if self.revisable(view) => revision(),
            _ => {
                self.unknown_root(view, name, span);
                Type::Any
            }
        }
    }
    fn unknown_root(&self, view: &View, name: &str, span: Span) {
        let message = match name {
            "nodes" if view.from != From::Start => "`nodes` is not a value".to_owned(),
            "nodes" | "run" => format!("`{name}` is not known before the run starts"),
            "output" => "there is no `output` here".to_owned(),
            "failure" => "`failure` is known in a repair node only".to_owned(),
            "revision" => "`revision` is known only in nodes that a gate sends back".to_owned(),
            "loop" => "`loop` is known inside `{% for %}` only".to_owned(),
            "secrets" => "secrets are not values".to_owned(),
            _ => format!("unknown name `{name}`"),
        };
        let code = match name {
            "output" | "failure" | "revision" | "loop" | "nodes" | "run" => "name-not-here",
            "secrets" => "secret-outside-env",
            _ => "unknown-name",
        };
        let wrong = Diagnostic::error(code, span, message);
        self.report(wrong.maybe_help(self.root_help(view, name)));
    }
    fn root_help(&self, view: &View, name: &str) -> Option<String> {
        match name {
            "nodes" if view.from != From::Start => return Some("name one: `nodes.NAME.output`".to_owned()),
            "nodes" | "run" => return Some("only `inputs` can be used here".to_owned()),
            "output" => {
                return Some(
                    "a node's own result can be used in `assert`, `pass_when`, `partial_when`, `say`, `handoff` and `report`".to_owned(),
                );
            }
            "failure" => return Some("read the failed node: `nodes.NAME.error`".to_owned()),
            "revision" => return Some("a gate sends nodes back with `go: NODE`".to_owned()),
            "secrets" => {
                return Some("`secrets: [NAME]` puts it into the environment of the command or agent".to_owned());
            }
            _ => {}
        }
        if self.inputs.contains_key(name) {
            return Some(format!("write `inputs.{name}`"));
        }
        if let From::Node(at) = view.from
            && !view.own_item
            && let Some(map) = &self.outline.entries[at].node.map
            && (map.item.value == name || name.strip_suffix("_index") == Some(&map.item.value))
        {
            return Some("this is evaluated once for the whole map, not for each item".to_owned());
        }
        let body = match view.from {
            From::Start => None,
            From::Node(at) => Some(self.outline.entries[at].body),
            From::End(body) => Some(body),
        };
        let id = name.replace('_', "-");
        if let Some(body) = body
            && !matches!(self.outline.find(body, &id), Found::Nowhere)
        {
            return Some(format!("write `nodes.{name}.output`"));
        }
        let elsewhere = self.outline.entries.iter().find(|e| {
            let item = e.node.map.as_ref().map(|m| m.item.value.as_str());
            item == Some(name) || item.is_some() && item == name.strip_suffix("_index")
        });
        if let Some(map) = elsewhere {
            return Some(format!("it is known only inside the map `{}`", map.key.value));
        }
        let items = self.items(view);
        let known = items.iter().map(|(item, _)| *item).chain(ROOTS.into_iter().take(4));
        suggest::nearest(name, known).map(|n| format!("did you mean `{n}`?"))
    }
    fn repairing(&self, view: &View) -> bool {
        self.within(view, |at| self.outline.entries[at].node.only.is_some())
    }
    fn revisable(&self, view: &View) -> bool {
        self.within(view, |at| self.revised.contains(&at))
    }
    /// Whether the node looked from, or a group around it, is such a one.
    fn within(&self, view: &View, such: impl Fn(At) -> bool) -> bool {
        let (own, body) = match view.from {
            From::Start => return false,
            From::Node(at) => (Some(at), self.outline.entries[at].body),
            From::End(body) => (None, body),
        };
        own.into_iter().chain(self.outline.owners(body)).any(such)
    }
    /// The node that `nodes.NAME` means; reports it if it may not be read from here.
    pub(super) fn node_ref(&self, view: &View, name: &str, span: Span) -> Option<At> {
        let (body, from) = match view.from {
            From::Start => {
                self.unknown_root(view, "nodes", span);
                return None;
            }
            From::Node(at) => (self.outline.entries[at].body, Some(at)),
            From::End(body) => (body, None),
        };
        let id = name.replace('_', "-");
        match (self.outline.find(body, &id), from) {
            (Found::Here(at), _) if self.unreadable_repair(view, at, span) => None,
            (Found::Here(at) | Found::Outside { at, .. }, _) if self.in_later_round(view, at) => Some(at),
            (Found::Here(at), Some(from)) if at == from => {
                let message = format!("`{id}` cannot read itself");
                let help = "its own result is `output`, in `assert`, `pass_when`, `partial_when`, `say`, `handoff` and `report`";
                self.report(Diagnostic::error("not-upstream", span, message).help(help));
                None
            }
            (Found::Here(at), Some(from)) => self.upstream(from, from, at, span),
            (Found::Here(at), None) => Some(at),
            (Found::Outside { at, through }, _) if at == through => {
                self.unfinished(at, &id, span);
                None
            }
            (Found::Outside { at, .. }, _) if self.unreadable_repair(view, at, span) => None,
            (Found::Outside { at, through }, _) => self.upstream(from.unwrap_or(through), through, at, span),
            (Found::Inside(at), _) => {
                self.hidden(body, at, &id, span);
                None
            }
            (Found::Nowhere, _) => {
                let visible = self.outline.visible(body);
                let help = round_help(&self.outline, body, &id)
                    .or_else(|| suggest::help(&id, "node", visible).map(|h| h.replace('-', "_")));
                let message = format!("unknown node `{name}`");
                self.report(Diagnostic::error("unknown-node", span, message).maybe_help(help));
                None
            }
        }
    }
    /// The map called `name`, if the view stands in one of its items and items come one after the other: then those before
    /// it have settled and can be read.
    pub(super) fn map_under_way(&self, view: &View, name: &str) -> Option<At> {
        let (body, own) = match view.from {
            From::Start => return None,
            From::Node(at) => (self.outline.entries[at].body, view.own_item.then_some(at)),
            From::End(body) => (body, None),
        };
        let at = match self.outline.find(body, &name.replace('_', "-")) {
            Found::Here(at) if own == Some(at) => at,
            Found::Outside { at, through } if at == through => at,
            Found::Here(_) | Found::Outside { .. } | Found::Inside(_) | Found::Nowhere => return None,
        };
        self.in_turn(at).then_some(at)
    }
    /// Whether this is a map whose items come one after the other.
    fn in_turn(&self, at: At) -> bool {
        let mode = self.outline.entries[at].node.map.as_ref().and_then(|map| map.mode.as_ref());
        mode.is_some_and(|mode| matches!(mode.value.as_str(), "serial" | "barrier"))
    }
    /// Reports that a group is read from inside.
    fn unfinished(&self, at: At, id: &str, span: Span) {
        let message = format!("`{id}` is not finished while its own nodes run");
        let wrong = Diagnostic::error("not-upstream", span, message);
        let help = self
            .in_turn(at)
            .then(|| format!("`nodes.{}.items` can be read here: the items that have settled", id.replace('-', "_")));
        let wrong = wrong.label(self.outline.span(at), "this group holds the node that reads it");
        self.report(wrong.maybe_help(help));
    }
    /// `target`, if it is upstream of `standing`, the node or group beside it.
    fn upstream(&self, reader: At, standing: At, target: At, span: Span) -> Option<At> {
        if self.outline.upstream(standing, target) {
            return Some(target);
        }
        let (name, reads) = (self.outline.name(target), self.outline.name(reader));
        let wrong = Diagnostic::error("not-upstream", span, format!("`{name}` is not upstream of `{reads}`"));
        let place = self.outline.name(standing);
        let help = if self.outline.upstream(target, standing) {
            format!("`{name}` runs after `{place}`")
        } else {
            format!("add to `{place}`: {}", self.outline.needs_line(standing, name))
        };
        self.report(wrong.help(help));
        None
    }
    fn unreadable_repair(&self, view: &View, at: At, span: Span) -> bool {
        let entry = &self.outline.entries[at];
        if entry.node.only.is_none() || view.from == From::Node(at) || self.in_later_round(view, at) {
            return false;
        }
        let name = &entry.key.value;
        let wrong =
            Diagnostic::error("read-of-repair", span, format!("`{name}` is a repair node: nothing can read it"));
        self.report(
            wrong.maybe_help(
                entry.repairs.map(|r| {
                    format!("read `nodes.{}`, which is the last round", self.outline.name(r).replace('-', "_"))
                }),
            ),
        );
        true
    }
    /// Whether the view stands in the node that `repair` repairs: a later round of it can read the repair before it.
    pub(super) fn in_later_round(&self, view: &View, repair: At) -> bool {
        self.outline.entries[repair].repairs.is_some_and(|repaired| self.within(view, |at| at == repaired))
    }
    fn hidden(&self, body: BodyAt, at: At, id: &str, span: Span) {
        let group = self.outline.hiding(body, at);
        let message = match group {
            Some(group) => format!("`{id}` is inside `{}`, which cannot be looked into", self.outline.name(group)),
            None => format!("`{id}` is inside another group"),
        };
        let help = group.map(|group| {
            let name = self.outline.name(group);
            let read = name.replace('-', "_");
            let entry = &self.outline.entries[group];
            if entry.node.map.is_some() {
                format!("read `nodes.{read}.items`")
            } else if entry.node.verbs.iter().any(|v| matches!(v.value, Verb::Nodes(_))) {
                format!("give `{name}` a `yield: nodes.{}.output` and read `nodes.{read}.output`", id.replace('-', "_"))
            } else {
                format!("read `nodes.{read}.output`")
            }
        });
        let wrong = Diagnostic::error("reference-into-body", span, message).maybe_help(help);
        self.report(wrong.label(self.outline.span(at), "it stands here"));
    }
}

/// `failure` in a repair node.
fn failure() -> Type {
    let command = Type::map([
        ("node", Type::TEXT),
        ("title", Type::TEXT.nullable()),
        ("exitCode", Type::Int.nullable()),
        ("logTail", Type::TEXT.nullable()),
    ]);
    let verdict = Type::map([("node", Type::TEXT), ("title", Type::TEXT.nullable()), ("output", Type::Any)]);
    Type::map([
        ("node", Type::TEXT),
        ("class", Type::TEXT),
        ("message", Type::TEXT),
        ("reasons", Type::list(Type::TEXT)),
        ("verdict", Type::Any),
        ("commands", Type::list(command)),
        ("verdicts", Type::list(verdict)),
    ])
}

/// `revision` in a node that a gate has sent back; null in the first round.
fn revision() -> Type {
    Type::map([("round", Type::Int), ("comment", Type::TEXT.nullable()), ("previous", Type::Any)]).nullable()
}

/// `nodes.NAME.error`.
pub(super) fn error() -> Type {
    Type::map([
        ("class", Type::TEXT),
        ("message", Type::TEXT),
        ("reasons", Type::list(Type::TEXT)),
        ("exitCode", Type::Int.nullable()),
        ("logTail", Type::TEXT.nullable()),
    ])
    .nullable()
}

/// `status` of a node that has settled.
pub(super) fn status() -> Type {
    Type::one_of(&["done", "failed", "skipped", "cancelled"])
}
