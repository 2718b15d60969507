//! Syntax → [`Workflow`]: names, order, types, templates, contracts; every mistake at once.
//!
//! Must not know how a graph is made of the result, nor what an executor does with it. Which actions there are is told
//! by the caller.

mod compare;
mod filters;
mod gate;
mod hazards;
mod head;
mod infer;
mod keys;
mod map;
mod names;
mod node;
mod operators;
mod order;
mod outline;
mod placement;
mod pools;
mod record;
mod schema;
mod settings;
#[cfg(test)]
mod tests;
mod text;
mod types;
mod verbs;
mod view;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use crate::diagnostic::{Diagnostic, Findings};
use crate::source::Sources;
use crate::syntax;
use crate::workflow::{Body, Node, Verb, Workflow};

use outline::{At, BodyAt, Found, Outline};
use schema::{Schema, Schemas};
use types::Type;
use view::View;

/// The built-in actions behind `uses:`, as the executor describes them.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    /// Actions by name.
    pub actions: IndexMap<String, Action>,
}

/// One built-in action.
#[derive(Debug, Clone)]
pub struct Action {
    /// JSON Schema of its arguments; self-contained.
    pub with: Value,
    /// JSON Schema of its result; self-contained.
    pub result: Value,
}

/// What came out of checking.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The workflow; present if and only if there are no errors.
    pub workflow: Option<Workflow>,
    /// All mistakes and warnings, sorted by place; at most [`MOST`](crate::diagnostic::MOST) of either.
    pub diagnostics: Vec<Diagnostic>,
    /// There may be more than these.
    pub more: bool,
}

/// Checks a parsed workflow. `sources` holds its text and the prompt files that it names.
pub fn check(syntax: &syntax::Workflow, sources: &Sources, registry: &Registry) -> Checked {
    let mut report = Findings::default();
    let mut outline = Outline::collect(&syntax.nodes);
    order::resolve(&mut outline, &mut report);
    names::check(&outline, syntax, &mut report);
    let schemas = Schemas::build(&syntax.schemas, &mut report);
    let revised = gate::revised(&outline, &mut report);
    let count = outline.entries.len();
    let mut checker = Checker {
        syntax,
        sources,
        registry,
        outline,
        schemas,
        revised,
        inputs: IndexMap::new(),
        contracts: vec![None; count],
        results: vec![None; count],
        elements: vec![None; count],
        report: RefCell::new(report),
        expressions: Cell::new(0),
    };
    let workflow = checker.workflow();
    if !checker.has_enough() {
        checker.hazards();
    }
    let report = checker.report.into_inner();
    let workflow = workflow.filter(|_| !report.has_errors());
    let (diagnostics, more) = report.finish();
    Checked { workflow, diagnostics, more }
}

/// Judges only what nodes need and in which order they come: what can be said of a workflow with a hole in it.
pub fn order(syntax: &syntax::Workflow) -> Checked {
    let mut report = Findings::default();
    order::resolve(&mut Outline::collect(&syntax.nodes), &mut report);
    let (diagnostics, more) = report.finish();
    Checked { workflow: None, diagnostics, more }
}

/// What is known while checking.
struct Checker<'s> {
    syntax: &'s syntax::Workflow,
    sources: &'s Sources,
    registry: &'s Registry,
    outline: Outline<'s>,
    schemas: Schemas,
    /// Nodes that a gate may send back, the gates themselves included.
    revised: BTreeSet<At>,
    inputs: IndexMap<String, Type>,
    /// Schemas of results, by node.
    contracts: Vec<Option<Arc<Schema>>>,
    /// Types of results (of one item, if the node is a map), by node; filled in topological order.
    results: Vec<Option<Type>>,
    /// Types of map items, by node.
    elements: Vec<Option<Type>>,
    report: RefCell<Findings>,
    /// How many expressions there were so far.
    expressions: Cell<usize>,
}

impl<'s> Checker<'s> {
    fn report(&self, diagnostic: Diagnostic) {
        self.report.borrow_mut().push(diagnostic);
    }
    /// Whether nothing more needs to be looked at.
    fn has_enough(&self) -> bool {
        self.report.borrow().is_full()
    }
    /// Looks for a node from the standpoint of an expression.
    fn find(&self, view: &View, name: &str) -> Found {
        match view.from {
            view::From::Start => Found::Nowhere,
            view::From::Node(at) => self.outline.find(self.outline.entries[at].body, name),
            view::From::End(body) => self.outline.find(body, name),
        }
    }
    /// Names of the nodes that an expression might mean.
    fn visible(&self, view: &View) -> impl Iterator<Item = &'s str> + '_ {
        let body = match view.from {
            view::From::Start => None,
            view::From::Node(at) => Some(self.outline.entries[at].body),
            view::From::End(body) => Some(body),
        };
        body.into_iter().flat_map(|body| self.outline.visible(body))
    }
    fn workflow(&mut self) -> Option<Workflow> {
        let inputs = self.inputs();
        let limits = self.limits();
        let pools = self.pools();
        let agents = self.agents();
        let mut nodes: Vec<Option<Node>> = vec![None; self.outline.entries.len()];
        self.body(0, &mut nodes);
        if self.has_enough() {
            return None;
        }
        let outputs: Vec<_> = self.syntax.outputs.0.iter().collect();
        let view = View::end(0);
        let outputs: Vec<_> =
            outputs.iter().map(|(name, e)| (name.value.clone(), self.expression(e, &view).code)).collect();
        self.unused_agents();
        keys::attach(self, &mut nodes);
        let body = self.assemble(0, &mut nodes)?;
        Some(Workflow {
            name: self.syntax.name.value.clone(),
            description: self.syntax.description.as_ref().map(|d| d.value.clone()),
            inputs: inputs?,
            limits: limits?,
            pools,
            agents,
            schemas: self.schemas.jsons(),
            body: Arc::new(body),
            outputs: outputs.into_iter().map(|(name, code)| Some((name, code?))).collect::<Option<_>>()?,
        })
    }
    /// Checks the nodes of a body in topological order: what a node reads is known before it.
    fn body(&mut self, body: BodyAt, nodes: &mut Vec<Option<Node>>) {
        for at in self.outline.bodies[body].order.clone() {
            if self.has_enough() {
                return;
            }
            nodes[at] = self.node(at, nodes);
        }
    }
    /// Puts the checked nodes of a body together, innermost first.
    fn assemble(&self, body: BodyAt, nodes: &mut [Option<Node>]) -> Option<Body> {
        let mut made = Vec::new();
        for at in &self.outline.bodies[body].order {
            let inner = match self.outline.entries[*at].inner {
                Some(inner) => Some(self.assemble(inner, nodes)?),
                None => None,
            };
            let mut node = nodes[*at].take()?;
            if let (Verb::Nodes(body), Some(inner)) = (&mut node.verb, inner) {
                *body = Arc::new(inner);
            }
            made.push(Arc::new(node));
        }
        Some(Body { nodes: made })
    }
}
