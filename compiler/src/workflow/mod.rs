//! A checked workflow: names resolved, expressions compiled, types known. Only `check` builds one.
//!
//! Rounds (repair, revise) are not unrolled here: that depends on inputs and is the work of `expand`.

mod gate;
mod handoff;
mod limits;
mod map;
mod node;
mod output;
mod report;
mod verb;

use std::sync::Arc;

use indexmap::IndexMap;

use crate::contract::Contract;
use crate::source::Span;
use crate::template::{Data, Expr, Template};

pub use gate::{Choice, Edit, Gate, Go};
pub use handoff::{Changes, Handoff, Mismatch};
pub use limits::{Limits, Millis, OnExceeded};
pub use map::{Join, Map, Mode};
pub use node::{Node, NodeAt, OnFail, Retry, Unresolved, Worktree};
pub use output::{Assert, From, KeyCheck, Output};
pub use report::{Report, Role};
pub use verb::{AgentChoice, Command, Verb};

/// The checked file.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// Its name: first part of every node id.
    pub name: String,
    /// One line about it.
    pub description: Option<String>,
    /// Inputs in the author's order.
    pub inputs: IndexMap<String, Input>,
    /// What the run may use.
    pub limits: Limits,
    /// Capacity of the pools that say one.
    pub pools: IndexMap<String, u32>,
    /// Agent profiles.
    pub agents: IndexMap<String, Agent>,
    /// Schemas by name, with `$ref`s between them resolvable (each is self-contained).
    pub schemas: IndexMap<String, serde_json::Value>,
    /// The nodes.
    pub body: Arc<Body>,
    /// Results of the run.
    pub outputs: Vec<(String, Expr)>,
}

/// One input.
#[derive(Debug, Clone)]
pub struct Input {
    /// Contract of its value.
    pub contract: Contract,
    /// Value when none is given; `None`: the input is required.
    pub default: Option<Data>,
    /// What it is for.
    pub description: Option<String>,
    /// Where its key stands.
    pub span: Span,
}

/// A field that is a literal, or a template evaluated when it is needed.
#[derive(Debug, Clone)]
pub enum Setting<T> {
    /// Known at compile time.
    Fixed(T),
    /// A template; its value is converted to `T`.
    Computed(Template),
}

/// A profile: who does the work.
#[derive(Debug, Clone, PartialEq)]
pub struct Agent {
    /// Runners in order of preference: `auto`, names, or `command`.
    pub runners: Vec<String>,
    /// May the agent write files?
    pub write: bool,
    /// Model name.
    pub model: Option<String>,
    /// Reasoning effort.
    pub effort: Option<String>,
    /// USD for one attempt.
    pub budget: Option<f64>,
    /// Program and arguments of `runner: command`.
    pub command: Vec<String>,
    /// Environment variables.
    pub env: Vec<(String, String)>,
    /// Names of environment variables that are passed through.
    pub pass_env: Vec<String>,
    /// Where its key stands.
    pub span: Span,
}

/// The nodes of the workflow, a group or a map's body.
#[derive(Debug, Clone, Default)]
pub struct Body {
    /// In topological order (ties: the author's order). Repair nodes stand after the node they repair.
    pub nodes: Vec<Arc<Node>>,
}

impl Body {
    /// Position of the node called `name`.
    pub fn find(&self, name: &str) -> Option<NodeAt> {
        self.nodes.iter().position(|n| n.name == name)
    }
}
