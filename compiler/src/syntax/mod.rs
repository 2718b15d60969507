//! What an author may write: the workflow file as a typed tree with a place for everything, nothing resolved or checked.
//!
//! The doc comments here are the descriptions that editors show: `schemas/workflow.schema.json` is generated from these types.
//! No serde decoding: `parse` decodes from the YAML tree by hand, because serde's tagged and flattened forms lose places.

mod node;

use schemars::JsonSchema;

pub use node::{
    AgentChoice, Assert, Choice, Gate, Handoff, Map, Node, OnFail, Output, Prompt, Report, Retry, Verb, Worktree,
};

use crate::schema::json::JsonSchemaObject;
use crate::schema::words::{
    Capacity, Count, Duration, Expression as Bare, Id, Identifier, Literal, Money, Name, Scalar, Table, Texts,
    Variable, Version,
};
use crate::source::{Span, Spanned};

/// A map that keeps the author's order and the place of every key.
#[derive(Debug, Clone, PartialEq)]
pub struct Entries<T>(pub Vec<(Spanned<String>, T)>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// A YAML value with places: what stands where any literal, list or map is allowed.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// Where it stands; containers point at their first key or item.
    pub span: Span,
    /// The value.
    pub kind: TreeKind,
}

impl Tree {
    /// The same value as JSON, without places.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.kind {
            TreeKind::Null => Value::Null,
            TreeKind::Bool(value) => Value::from(*value),
            TreeKind::Int(value) => Value::from(*value),
            TreeKind::Float(value) => Value::from(*value),
            TreeKind::Str(value) => Value::from(value.as_str()),
            TreeKind::List(items) => items.iter().map(Self::to_json).collect(),
            TreeKind::Map(entries) => entries.iter().map(|(k, v)| (k.value.clone(), v.to_json())).collect(),
        }
    }
}

/// The kinds of YAML 1.2 core values.
#[derive(Debug, Clone, PartialEq)]
pub enum TreeKind {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text: quoted, block or plain.
    Str(String),
    /// A list.
    List(Vec<Tree>),
    /// A map in the author's order.
    Map(Vec<(Spanned<String>, Tree)>),
}

/// A bare expression: the field takes no `{{ }}`.
pub type Expression = Spanned<String>;

/// A workflow: what to do, in which order, by whom, and what must be true of each result.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Workflow {
    /// Version of the language: `1`.
    #[schemars(with = "Version")]
    pub mission: Spanned<i64>,
    /// Name of the workflow, such as `release-notes`: the first part of every node id (`release-notes:write`).
    #[schemars(with = "Id")]
    pub name: Spanned<String>,
    /// One line about the workflow, shown in lists.
    #[schemars(with = "Option<Literal>")]
    pub description: Option<Spanned<String>>,
    /// What a run is given: a JSON Schema for each input. Each becomes a flag of the command line (`-i NAME=VALUE`) and
    /// is read as `inputs.NAME`. A `default` makes it optional.
    #[schemars(with = "Option<Table<Identifier, JsonSchemaObject>>")]
    pub inputs: Entries<Tree>,
    /// What a run may use: concurrency, time, money, agents, nodes.
    #[schemars(with = "Option<Limits>")]
    pub limits: Limits,
    /// How many nodes of a pool may run at the same time, by the name that they give in `pool`.
    #[schemars(with = "Option<Table<Name, Capacity>>")]
    pub pools: Entries<Spanned<i64>>,
    /// Agent profiles by name: who works, and with which rights. Nodes name them in `agent`.
    #[schemars(with = "Option<Table<Name, Agent>>")]
    pub agents: Entries<Agent>,
    /// JSON Schemas by name, for `output: { schema: NAME }` and `$ref: "#/schemas/NAME"`.
    #[schemars(with = "Option<Table<Name, JsonSchemaObject>>")]
    pub schemas: Entries<Tree>,
    /// The nodes of the workflow by name. They run as soon as everything in their `needs` is satisfied.
    #[schemars(with = "Table<Id, Node>", extend("minProperties" = 1))]
    pub nodes: Entries<Node>,
    /// Results of the whole run: an expression for each name, such as `nodes.write.output`.
    #[schemars(with = "Option<Table<Identifier, Bare>>")]
    pub outputs: Entries<Expression>,
}

impl Workflow {
    /// Paths of all prompt files, in the order of the file; nested bodies included, repeated paths too.
    pub fn prompt_files(&self) -> Vec<Spanned<String>> {
        let mut paths = Vec::new();
        collect_prompts(&self.nodes, &mut paths);
        paths
    }
}

fn collect_prompts(nodes: &Entries<Node>, paths: &mut Vec<Spanned<String>>) {
    for (_, node) in &nodes.0 {
        if let Some(Prompt::File(path)) = &node.prompt {
            paths.push(path.clone());
        }
        for verb in &node.verbs {
            if let Verb::Nodes(body) = &verb.value {
                collect_prompts(body, paths);
            }
        }
    }
}

/// What a run may use. Every value may be a template over `inputs`.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "camelCase")]
pub struct Limits {
    /// How many nodes run at the same time (4 if absent).
    #[schemars(with = "Option<Count>")]
    pub concurrency: Option<Tree>,
    /// Working time of the run, such as `24h`; waiting for people or quota is not counted.
    #[schemars(with = "Option<Duration>")]
    pub wall: Option<Tree>,
    /// Money that the whole run may spend, in USD.
    #[schemars(with = "Option<Money>")]
    pub usd: Option<Tree>,
    /// How many agent attempts the run may start.
    #[schemars(with = "Option<Count>")]
    pub agent_runs: Option<Tree>,
    /// How many nodes the graph may grow to.
    #[schemars(with = "Option<Count>")]
    pub nodes: Option<Tree>,
    /// How long a node waits in all for agents that have reached their limits, such as `24h` (the default); `0s`: not at all.
    #[schemars(with = "Option<Duration>")]
    pub parked: Option<Tree>,
    /// How much the agents that run at the same time may weigh together; by default what half of the machine's memory bears.
    #[schemars(with = "Option<Count>")]
    pub weight: Option<Tree>,
    /// What happens when a limit is reached: `pause` (default; the run can be resumed with higher limits) or `stop`.
    #[schemars(extend("enum" = ["pause", "stop"]))]
    pub on_exceeded: Option<Spanned<String>>,
}

/// An agent profile: who does the work of nodes that name it.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "camelCase")]
pub struct Agent {
    /// `auto`, the name of a coding agent, a list of names (the first that is there works), or `command`.
    #[schemars(with = "Texts")]
    pub runner: Tree,
    /// `read` or `write` (default): what the agent may do to files.
    #[schemars(extend("enum" = ["read", "write"]))]
    pub access: Option<Spanned<String>>,
    /// Name of the model, passed on to the agent.
    #[schemars(with = "Option<Scalar>")]
    pub model: Option<Tree>,
    /// Reasoning effort, passed on to the agent.
    #[schemars(with = "Option<Scalar>")]
    pub effort: Option<Tree>,
    /// Money that one attempt may spend, in USD.
    #[schemars(with = "Option<Money>")]
    pub budget: Option<Tree>,
    /// With `runner: command`: one path, or a list of program and arguments. The prompt arrives on standard input.
    #[schemars(with = "Option<Texts>")]
    pub command: Option<Tree>,
    /// Environment variables of the agent.
    #[schemars(with = "Option<Table<Variable, Scalar>>")]
    pub env: Entries<Tree>,
    /// Names of environment variables that are passed through to the agent, such as keys.
    #[schemars(with = "Option<Vec<Variable>>")]
    pub pass_env: Vec<Spanned<String>>,
}
