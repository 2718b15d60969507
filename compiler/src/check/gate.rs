//! `gate:`: its choices, where they lead, and the value that may be edited.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::diagnostic::{Diagnostic, Findings};
use crate::source::Spanned;
use crate::syntax;
use crate::template::ast::{Ast, AstKind};
use crate::workflow::{Assert, Choice, Edit, Gate, Go, Node, Verb};

use super::Checker;
use super::outline::{At, Found, Outline};
use super::text::Known;
use super::types::Type;
use super::view::View;
use crate::suggest;

/// How often a choice that goes back may be taken, unless the author says otherwise.
const REVISIONS: u32 = 3;

/// Nodes that gates may send back, themselves included; reports choices that lead nowhere, and ranges that overlap.
pub(super) fn revised(outline: &Outline<'_>, report: &mut Findings) -> BTreeSet<At> {
    let mut all = BTreeSet::new();
    let mut ranges: Vec<(At, &Spanned<String>, Vec<At>)> = Vec::new();
    for (at, go) in backs(outline) {
        let Some(target) = target(outline, at, go, report) else { continue };
        let range = outline.between(target, at);
        let overlap = ranges.iter().find(|(_, _, other)| range.iter().any(|n| other.contains(n)));
        if let Some((other, first, _)) = overlap {
            let message = match *other == at {
                true => format!("`{}` already goes back by another choice", outline.name(at)),
                false => format!("`{}` and `{}` send the same nodes back", outline.name(*other), outline.name(at)),
            };
            let wrong = Diagnostic::error("overlapping-revisions", go.span, message);
            report.push(
                wrong.label(first.span, "the other one").help("nodes can be sent back by one choice of one gate"),
            );
        }
        all.extend(range.iter().copied());
        ranges.push((at, go, range));
    }
    all
}

/// Every choice that goes back to a node.
pub(super) fn backs<'s>(outline: &Outline<'s>) -> Vec<(At, &'s Spanned<String>)> {
    let gates = outline.entries.iter().enumerate().flat_map(|(at, e)| {
        let choices = e.node.verbs.iter().filter_map(|v| match &v.value {
            syntax::Verb::Gate(gate) => Some(&gate.choices.0),
            _ => None,
        });
        choices.flatten().map(move |(_, choice)| (at, &choice.go))
    });
    gates.filter(|(_, go)| !matches!(go.as_str(), "next" | "end")).collect()
}

fn target(outline: &Outline<'_>, at: At, go: &Spanned<String>, report: &mut Findings) -> Option<At> {
    let gate = &outline.entries[at];
    let name = &gate.key.value;
    let wrong = |message: String| Diagnostic::error("bad-go", go.span, message);
    match outline.find(gate.body, go) {
        Found::Here(target) if target == at => {
            report.push(
                wrong(format!("`{name}` cannot go back to itself")).help("name the node that does the work again"),
            );
            None
        }
        Found::Here(target) if outline.upstream(at, target) => Some(target),
        Found::Here(target) => {
            let message = format!("`{name}` cannot go back to `{}`, which is not upstream of it", go.value);
            let help = if outline.upstream(target, at) {
                format!("`{}` runs after `{name}`; `go: next` leads on", go.value)
            } else {
                format!("add to `{name}`: {}", outline.needs_line(at, go))
            };
            report.push(wrong(message).help(help));
            None
        }
        Found::Outside { at: target, .. } | Found::Inside(target) => {
            let message = format!("`{name}` cannot go back to `{}`, which is in another group", go.value);
            report.push(wrong(message).label(outline.span(target), "it stands here"));
            None
        }
        Found::Nowhere => {
            let beside = outline.bodies[gate.body].nodes.iter().map(|n| outline.name(*n)).filter(|n| n != name);
            let help = suggest::nearest(go, beside.chain(["next", "end"])).map(|n| format!("did you mean `{n}`?"));
            let help = help.unwrap_or_else(|| "expected `next`, `end`, or an earlier node".to_owned());
            report.push(wrong(format!("unknown node `{}`", go.value)).help(help));
            None
        }
    }
}

impl Checker<'_> {
    /// A gate; its result is the edited value, or the choice.
    pub(super) fn gate(&mut self, at: At, gate: &syntax::Gate, nodes: &[Option<Node>]) -> Known<Verb> {
        let view = View::of(at);
        let title = self.template(&gate.title, &view);
        let summary = gate.summary.as_ref().map(|s| self.template(s, &view));
        let edit = gate.edit.as_ref().map(|e| self.edit(e, &view, nodes));
        if let Some(edited) = gate.edit.as_ref().and_then(|e| self.edited_node(e, &view)) {
            let contract = self.contracts[edited].clone();
            self.contracts[at] = contract;
        }
        let ty = match &edit {
            Some((known, _)) => known.ty.clone(),
            None => self.decision(gate),
        };
        self.leads_on(at, gate);
        let made = || {
            let edit = match edit {
                Some((_, edit)) => Some(edit?),
                None => None,
            };
            Some(Verb::Gate(Gate {
                title: title.code?,
                summary: super::node::opened(summary)?,
                edit,
                allow_yes: gate.allow_yes.as_ref().is_some_and(|a| a.value),
                choices: self.choices(at, gate)?,
            }))
        };
        Known { code: made(), ty }
    }
    fn decision(&self, gate: &syntax::Gate) -> Type {
        let names: Vec<&str> = gate.choices.0.iter().map(|(name, _)| name.value.as_str()).collect();
        Type::map([("choice", Type::one_of(&names)), ("comment", Type::TEXT.nullable())])
    }
    fn choices(&self, at: At, gate: &syntax::Gate) -> Option<IndexMap<String, Choice>> {
        let choices = gate.choices.0.iter().map(|(name, choice)| {
            let go = match choice.go.as_str() {
                "next" => Go::Next,
                "end" => Go::End { cancelled: choice.status.as_ref().is_none_or(|s| s.value == "cancelled") },
                target => {
                    let to = self.outline.in_body(self.outline.entries[at].body, target)?;
                    let max = choice.max.as_ref().map_or(REVISIONS, |m| u32::try_from(m.value).unwrap_or(REVISIONS));
                    Go::Back { to: self.outline.entries[to].rank, max }
                }
            };
            let comment_required = choice.comment.as_ref().is_some_and(|c| c.value == "required");
            Some((name.value.clone(), Choice { go, comment_required }))
        });
        choices.collect()
    }
    /// A gate without a way on makes everything behind it unreachable.
    fn leads_on(&self, at: At, gate: &syntax::Gate) {
        if gate.choices.0.iter().any(|(_, c)| c.go.value == "next") {
            return;
        }
        let name = self.outline.name(at);
        let body = self.outline.entries[at].body;
        let behind = self.outline.bodies[body].nodes.iter().filter(|n| self.outline.entries[**n].needs.contains(&at));
        let mut wrong =
            Diagnostic::error("no-way-on", self.outline.span(at), format!("no choice of gate `{name}` leads on"));
        for node in behind {
            wrong = wrong.label(self.outline.span(*node), "can never be reached");
        }
        self.report(wrong.help("add a choice with `go: next`"));
    }
    fn named(&self, name: &str, view: &View) -> Option<At> {
        match self.find(view, &name.replace('_', "-")) {
            Found::Here(at) | Found::Outside { at, .. } => Some(at),
            Found::Inside(_) | Found::Nowhere => None,
        }
    }
    fn edited_node(&self, edit: &syntax::Expression, view: &View) -> Option<At> {
        let path = crate::template::ast::expression(edit).ok()?;
        self.named(edited(&path)?, view)
    }
    fn edit(
        &self,
        edit: &syntax::Expression,
        view: &View,
        nodes: &[Option<Node>],
    ) -> (Known<crate::template::Expr>, Option<Edit>) {
        let known = self.expression(edit, view);
        let path = crate::template::ast::expression(edit).ok();
        let Some(name) = path.as_ref().and_then(edited) else {
            if path.is_some() {
                let message = format!("`edit` is `{}`, expected `nodes.NAME.output`", edit.value);
                let help = "a person edits the whole result of one node, so that it can be checked again";
                self.report(Diagnostic::error("bad-edit", edit.span, message).help(help));
            }
            return (known, None);
        };
        let Some(at) = self.named(name, view) else { return (known, None) };
        if self.is_map(at) {
            let message =
                format!("`edit` names `{}`, which is a map: its items cannot be edited", self.outline.name(at));
            self.report(Diagnostic::error("bad-edit", edit.span, message));
        }
        let node = nodes[at].as_ref();
        let made = known.code.clone().zip(node).map(|(value, node)| Edit {
            value,
            contract: self.contracts[at].as_ref().and_then(|s| s.contract.clone()),
            asserts: asserts_of(node),
            keys: Vec::new(),
        });
        (known, made)
    }
}

/// What must hold of a node's result; a gate passes on what must hold of the value that it lets people edit.
fn asserts_of(node: &Node) -> Vec<Assert> {
    let edited = match &node.verb {
        Verb::Gate(gate) => gate.edit.as_ref().map(|edit| edit.asserts.as_slice()),
        Verb::Agent { .. } | Verb::Run(_) | Verb::Uses { .. } | Verb::Value(_) | Verb::Nodes(_) => None,
    };
    edited.unwrap_or_default().iter().chain(&node.asserts).cloned().collect()
}

/// The name in `nodes.NAME.output`.
pub(super) fn edited(ast: &Ast) -> Option<&str> {
    let AstKind::Attr { base, name } = &ast.kind else { return None };
    let AstKind::Attr { base, name: node } = &base.kind else { return None };
    (name == "output" && matches!(&base.kind, AstKind::Name(root) if root == "nodes")).then_some(node)
}
