//! What a node does: its verb, with the type of what it makes.

use std::sync::Arc;

use crate::contract::Contract;
use crate::diagnostic::Diagnostic;
use crate::syntax::{self, Tree, TreeKind};
use crate::template::Template;
use crate::workflow::{AgentChoice, Command, Node, Verb};

use super::Checker;
use super::outline::At;
use super::schema;
use super::text::Known;
use super::types::Type;
use super::view::View;
use crate::suggest;

impl Checker<'_> {
    /// The verb of a node; exactly one.
    pub(super) fn verb(&mut self, at: At, nodes: &mut Vec<Option<Node>>) -> Known<Verb> {
        let entry = &self.outline.entries[at];
        let (node, name, span) = (entry.node, &entry.key.value, entry.key.span);
        if let [first, second, ..] = node.verbs.as_slice() {
            let (a, b) = (word(&first.value), word(&second.value));
            let message = format!("node `{name}` has two verbs, `{a}` and `{b}`");
            let wrong = Diagnostic::error("two-verbs", second.span, message).label(first.span, "the first one");
            self.report(wrong.help("split it into two nodes, joined by `needs`"));
        }
        let Some(verb) = node.verbs.first() else {
            let message = format!("node `{name}` has no verb");
            let help = "add one of `agent`, `run`, `gate`, `uses`, `value`, `nodes`";
            self.report(Diagnostic::error("no-verb", span, message).help(help));
            return Known { code: None, ty: Type::Any };
        };
        let view = View::of(at);
        match &verb.value {
            syntax::Verb::Agent(choice) => {
                let choice = self.agent_choice(choice, &view);
                let prompt = node.prompt.as_ref().and_then(|p| self.prompt(p, name, &view));
                let code = choice.zip(prompt).map(|(choice, prompt)| Verb::Agent { choice, prompt });
                Known { code, ty: Type::TEXT }
            }
            syntax::Verb::Run(tree) => Known { code: command(tree).map(Verb::Run), ty: Type::Null },
            syntax::Verb::Gate(gate) => self.gate(at, gate, nodes),
            syntax::Verb::Uses(action) => self.uses(at, node, action, &view),
            syntax::Verb::Value(tree) => {
                let known = self.tree(tree, &view);
                Known { code: known.code.map(Verb::Value), ty: known.ty }
            }
            syntax::Verb::Nodes(_) => self.group(at, nodes),
        }
    }
    fn group(&mut self, at: At, nodes: &mut Vec<Option<Node>>) -> Known<Verb> {
        if let Some(inner) = self.outline.entries[at].inner {
            self.body(inner, nodes);
        }
        Known { code: Some(Verb::Nodes(Arc::default())), ty: Type::Null }
    }
    fn agent_choice(&self, choice: &syntax::AgentChoice, view: &View) -> Option<AgentChoice> {
        match choice {
            syntax::AgentChoice::One(name) => self.agent(name).map(AgentChoice::One),
            syntax::AgentChoice::By { by, of, otherwise } => {
                let known = self.expression(by, view);
                if !known.ty.may(|t| matches!(t, Type::Text(_) | Type::Null | Type::Bool) || t.is_number()) {
                    let message = format!("`by` must be a text, found {}", known.ty.name());
                    self.report(Diagnostic::error("type-mismatch", by.span, message));
                }
                let mut agents = indexmap::IndexMap::new();
                let mut whole = true;
                for (value, name) in &of.0 {
                    if let Some(choices) = known.ty.choices().filter(|c| c.len() > 1 && !c.contains(&value.value)) {
                        let message = format!("`{}` is never `{}`", by.value, value.value);
                        let near = suggest::nearest(value, choices.iter().map(String::as_str));
                        let help = near.map_or_else(
                            || format!("it is one of {}", suggest::ticked(&choices)),
                            |n| format!("did you mean `{n}`?"),
                        );
                        self.report(Diagnostic::error("unknown-value", value.span, message).help(help));
                    }
                    match self.agent(name) {
                        Some(agent) => drop(agents.insert(value.value.clone(), agent)),
                        None => whole = false,
                    }
                }
                let otherwise = self.agent(otherwise)?;
                let by = known.code?;
                whole.then_some(AgentChoice::By { by, of: agents, otherwise })
            }
        }
    }
    /// The profile called `name`; reports it if there is none.
    fn agent(&self, name: &crate::source::Spanned<String>) -> Option<String> {
        let known = || self.syntax.agents.0.iter().map(|(n, _)| n.value.as_str());
        if known().any(|n| n == name.value) {
            return Some(name.value.clone());
        }
        let help = suggest::nearest(name, known()).map(|n| format!("did you mean `{n}`?"));
        let help = help.unwrap_or_else(|| format!("add it: `agents: {{ {}: {{ runner: auto }} }}`", name.value));
        let message = format!("unknown agent `{}`", name.value);
        self.report(Diagnostic::error("unknown-agent", name.span, message).help(help));
        None
    }
    fn uses(
        &mut self,
        at: At,
        node: &syntax::Node,
        action: &crate::source::Spanned<String>,
        view: &View,
    ) -> Known<Verb> {
        let empty =
            || Known { code: Some(Template::Literal(crate::template::Data::map(Vec::new()))), ty: Type::map([]) };
        let with = node.with.as_ref().map_or_else(empty, |tree| self.tree(tree, view));
        let Some(known) = self.registry.actions.get(&action.value) else {
            let names = self.registry.actions.keys().map(String::as_str);
            let help = suggest::help(action, "action", names);
            let message = format!("unknown action `{}`", action.value);
            self.report(Diagnostic::error("unknown-action", action.span, message).maybe_help(help));
            return Known { code: None, ty: Type::Any };
        };
        let wanted = schema::type_of(&known.with);
        if let Some(tree) = &node.with {
            arguments(self, tree, &with.ty, &wanted);
            literals(self, tree, &with, &known.with);
        }
        let place = node.with.as_ref().map_or(action.span, |tree| tree.span);
        required(self, place, &with.ty, &wanted, &known.with);
        let result = schema::of_action(&known.result);
        let ty = result.ty.clone();
        self.contracts[at] = Some(result);
        let code = with.code.map(|with| Verb::Uses { action: action.value.clone(), with });
        Known { code, ty }
    }
}

/// Reports arguments that an action does not take, or not with this type.
fn arguments(checker: &Checker<'_>, tree: &Tree, given: &Type, wanted: &Type) {
    let (TreeKind::Map(entries), Type::Map(fields)) = (&tree.kind, wanted) else { return };
    for (key, value) in entries {
        let ty = given.field(key).map_or(Type::Any, |f| f.ty);
        match fields.known.get(&key.value) {
            None if fields.rest.is_none() => {
                let help = suggest::help(key, "argument", fields.known.keys().map(String::as_str));
                let message = format!("unknown argument `{}`", key.value);
                checker.report(Diagnostic::error("unknown-argument", key.span, message).maybe_help(help));
            }
            None => {}
            Some(field) if field.ty.never_equals(&ty) => {
                let message = format!("argument `{}` must be {}, found {}", key.value, field.ty.name(), ty.name());
                checker.report(Diagnostic::error("type-mismatch", value.span, message));
            }
            Some(field) => arguments(checker, value, &ty, &field.ty.present()),
        }
    }
}

/// Reports arguments that are written out and break what the action says of them, beyond their type.
fn literals(checker: &Checker<'_>, tree: &Tree, with: &Known<Template>, schema: &serde_json::Value) {
    let TreeKind::Map(entries) = &tree.kind else { return };
    let code = |name: &str| match &with.code {
        Some(Template::Literal(all)) => all.get(name),
        Some(Template::Map(known)) => known.iter().find_map(|(n, t)| match t {
            Template::Literal(data) if n == name => Some(data.clone()),
            _ => None,
        }),
        _ => None,
    };
    for (name, value) in entries {
        let property = schema.get("properties").and_then(|p| p.get(&name.value));
        let (Some(property), Some(data)) = (property, code(name)) else { continue };
        let Ok(contract) = Contract::compile(property.clone()) else { continue };
        if let Err(reasons) = contract.admit(data.to_json()) {
            let reasons: Vec<&str> = reasons.iter().map(|r| r.strip_prefix("/: ").unwrap_or(r)).collect();
            let message = format!("argument `{}`: {}", name.value, reasons.join("; "));
            checker.report(Diagnostic::error("type-mismatch", value.span, message));
        }
    }
}

/// Reports required arguments that are not given.
fn required(checker: &Checker<'_>, span: crate::source::Span, given: &Type, wanted: &Type, schema: &serde_json::Value) {
    let (Type::Map(given), Type::Map(_)) = (given, wanted) else { return };
    let names = schema.get("required").and_then(serde_json::Value::as_array).into_iter().flatten();
    for name in names.filter_map(serde_json::Value::as_str).filter(|n| !given.known.contains_key(*n)) {
        let message = format!("argument `{name}` is missing");
        checker
            .report(Diagnostic::error("missing-argument", span, message).help(format!("add `{name}:` below `with:`")));
    }
}

fn command(tree: &Tree) -> Option<Command> {
    match &tree.kind {
        TreeKind::Str(text) => Some(Command::Shell(text.clone())),
        TreeKind::List(items) => items.iter().map(scalar).collect::<Option<_>>().map(Command::Argv),
        TreeKind::Null | TreeKind::Bool(_) | TreeKind::Int(_) | TreeKind::Float(_) | TreeKind::Map(_) => None,
    }
}

/// The text of a scalar.
pub(super) fn scalar(tree: &Tree) -> Option<String> {
    match &tree.kind {
        TreeKind::Str(text) => Some(text.clone()),
        TreeKind::Bool(b) => Some(b.to_string()),
        TreeKind::Int(i) => Some(i.to_string()),
        TreeKind::Float(f) => Some(f.to_string()),
        TreeKind::Null | TreeKind::List(_) | TreeKind::Map(_) => None,
    }
}

/// The key of a verb.
pub(super) fn word(verb: &syntax::Verb) -> &'static str {
    match verb {
        syntax::Verb::Agent(_) => "agent",
        syntax::Verb::Run(_) => "run",
        syntax::Verb::Gate(_) => "gate",
        syntax::Verb::Uses(_) => "uses",
        syntax::Verb::Value(_) => "value",
        syntax::Verb::Nodes(_) => "nodes",
    }
}
