//! The top of the file: inputs, limits, agents.

use indexmap::IndexMap;

use crate::diagnostic::Diagnostic;
use crate::source::Spanned;
use crate::syntax::{self, Tree, TreeKind};
use crate::template::Data;
use crate::workflow::{Agent, Input, Limits, OnExceeded};

use super::Checker;
use super::schema;
use super::verbs::scalar;
use super::view::View;

impl Checker<'_> {
    /// Checks the inputs and notes their types; `None` if one has no valid schema.
    pub(super) fn inputs(&mut self) -> Option<IndexMap<String, Input>> {
        let mut inputs = Some(IndexMap::new());
        for (name, tree) in &self.syntax.inputs.0 {
            if self.has_enough() {
                return None;
            }
            let schema = self.schemas.inline(tree, &mut self.report.borrow_mut());
            self.inputs.insert(name.value.clone(), schema.ty.clone());
            let default = default_of(tree);
            let value = match (&schema.contract, default) {
                (Some(contract), Some(default)) => match contract.admit(schema::json(default)) {
                    Ok(value) => Some(Data::from_json(&value)),
                    Err(reasons) => {
                        self.bad_default(name, default, &reasons);
                        None
                    }
                },
                _ => None,
            };
            let description = match entry(tree, "description").map(|t| &t.kind) {
                Some(TreeKind::Str(text)) => Some(text.clone()),
                _ => None,
            };
            inputs = inputs.zip(schema.contract.clone()).map(|(mut inputs, contract)| {
                inputs.insert(name.value.clone(), Input { contract, default: value, description, span: name.span });
                inputs
            });
        }
        inputs
    }
    fn bad_default(&self, name: &Spanned<String>, default: &Tree, reasons: &[String]) {
        let reasons: Vec<&str> = reasons.iter().map(|r| r.strip_prefix("/: ").unwrap_or(r)).collect();
        let message = format!("default of input `{}` breaks its own schema: {}", name.value, reasons.join("; "));
        self.report(Diagnostic::error("bad-default", default.span, message));
    }
    /// What the run may use; `None` if a template does not compile.
    pub(super) fn limits(&self) -> Option<Limits> {
        let limits = &self.syntax.limits;
        let concurrency = self.amount(limits.concurrency.as_ref());
        let wall = self.duration(limits.wall.as_ref(), &View::start());
        let usd = self.amount(limits.usd.as_ref());
        let agent_runs = self.amount(limits.agent_runs.as_ref());
        let nodes = self.amount(limits.nodes.as_ref());
        let parked = self.duration(limits.parked.as_ref(), &View::start());
        let weight = self.amount(limits.weight.as_ref());
        let stop = limits.on_exceeded.as_ref().is_some_and(|w| w.value == "stop");
        let on_exceeded = if stop { OnExceeded::Stop } else { OnExceeded::Pause };
        Some(Limits {
            concurrency: concurrency?,
            wall: wall?,
            usd: usd?,
            agent_runs: agent_runs?,
            nodes: nodes?,
            parked: parked?,
            weight: weight?,
            on_exceeded,
        })
    }
    pub(super) fn agents(&self) -> IndexMap<String, Agent> {
        self.syntax.agents.0.iter().map(|(name, agent)| (name.value.clone(), self.profile(name, agent))).collect()
    }
    fn profile(&self, name: &Spanned<String>, agent: &syntax::Agent) -> Agent {
        let runners = texts(&agent.runner);
        let is_command = runners.iter().any(|r| r == "command");
        match &agent.command {
            None if is_command => {
                let message = format!("agent `{}` has `runner: command` but no `command`", name.value);
                let help = "add `command: [program, argument]`";
                self.report(Diagnostic::error("missing-key", agent.runner.span, message).help(help));
            }
            Some(command) if !is_command => {
                let message = "`command` has no effect without `runner: command`";
                self.report(Diagnostic::error("misplaced-key", command.span, message));
            }
            _ => {}
        }
        for tree in agent.model.iter().chain(&agent.effort) {
            if scalar(tree).is_some_and(|text| text.contains("{{")) {
                let message = "a profile is fixed and cannot hold `{{ }}`";
                let help = "choose between profiles: `agent: { by: …, of: { … }, else: … }`";
                self.report(Diagnostic::error("template-not-allowed", tree.span, message).help(help));
            }
        }
        let mut env = Vec::new();
        for (variable, tree) in &agent.env.0 {
            let value = scalar(tree).unwrap_or_default();
            if value.contains("{{") {
                let message = "the environment of an agent is fixed and cannot hold `{{ }}`";
                let help = "put it into `env` of the node";
                self.report(Diagnostic::error("template-not-allowed", tree.span, message).help(help));
            }
            env.push((variable.value.clone(), value));
        }
        let budget = agent.budget.as_ref().and_then(|t| match t.kind {
            TreeKind::Int(whole) => Some(whole as f64),
            TreeKind::Float(number) => Some(number),
            _ => {
                self.report(Diagnostic::error("template-not-allowed", t.span, "`budget` is a fixed number"));
                None
            }
        });
        Agent {
            runners,
            write: agent.access.as_ref().is_none_or(|a| a.value == "write"),
            model: agent.model.as_ref().and_then(scalar),
            effort: agent.effort.as_ref().and_then(scalar),
            budget,
            command: agent.command.as_ref().map(texts).unwrap_or_default(),
            env,
            pass_env: agent.pass_env.iter().map(|p| p.value.clone()).collect(),
            span: name.span,
        }
    }
}

/// A text, or a list of texts.
fn texts(tree: &Tree) -> Vec<String> {
    match &tree.kind {
        TreeKind::List(items) => items.iter().filter_map(scalar).collect(),
        _ => scalar(tree).into_iter().collect(),
    }
}

fn default_of(tree: &Tree) -> Option<&Tree> {
    entry(tree, "default")
}

fn entry<'t>(tree: &'t Tree, name: &str) -> Option<&'t Tree> {
    match &tree.kind {
        TreeKind::Map(entries) => entries.iter().find(|(k, _)| k.value == name).map(|(_, t)| t),
        _ => None,
    }
}
