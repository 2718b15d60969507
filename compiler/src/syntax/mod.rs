//! What an author may write: the workflow file as a typed tree with a place for everything, nothing resolved or checked.
//!
//! The doc comments here are the descriptions that editors show: `schemas/workflow.schema.json` is generated from these types.
//! No serde decoding: `parse` decodes from the YAML tree by hand, because serde's tagged and flattened forms lose places.

mod node;

use schemars::JsonSchema;

pub use node::{AgentChoice, Assert, Choice, Gate, Map, Node, OnFail, Output, Prompt, Report, Retry, Verb, Worktree};

use crate::schema::json::JsonSchemaObject;
use crate::schema::words::{
    Count, Duration, Expression as Bare, Id, Identifier, Literal, Money, Name, Scalar, Table, Texts, Variable, Version,
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

/// The whole file.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Workflow {
    /// Language version; 1.
    #[schemars(with = "Version")]
    pub mission: Spanned<i64>,
    /// Name of the workflow: the first part of every node id.
    #[schemars(with = "Id")]
    pub name: Spanned<String>,
    /// One line about it.
    #[schemars(with = "Option<Literal>")]
    pub description: Option<Spanned<String>>,
    /// JSON Schema of each input; `default` makes it optional.
    #[schemars(with = "Option<Table<Identifier, JsonSchemaObject>>")]
    pub inputs: Entries<Tree>,
    /// What the run may use.
    #[schemars(with = "Option<Limits>")]
    pub limits: Limits,
    /// Agent profiles by name.
    #[schemars(with = "Option<Table<Name, Agent>>")]
    pub agents: Entries<Agent>,
    /// JSON Schemas by name, for `output.schema` and `$ref: "#/schemas/NAME"`.
    #[schemars(with = "Option<Table<Name, JsonSchemaObject>>")]
    pub schemas: Entries<Tree>,
    /// The nodes.
    #[schemars(with = "Table<Id, Node>", extend("minProperties" = 1))]
    pub nodes: Entries<Node>,
    /// Results of the whole run, by name.
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
    /// How many nodes run at the same time.
    #[schemars(with = "Option<Count>")]
    pub concurrency: Option<Tree>,
    /// Working time of the run; waiting for people or quota is not counted.
    #[schemars(with = "Option<Duration>")]
    pub wall: Option<Tree>,
    /// Money in USD.
    #[schemars(with = "Option<Money>")]
    pub usd: Option<Tree>,
    /// How many agent attempts the run may start.
    #[schemars(with = "Option<Count>")]
    pub agent_runs: Option<Tree>,
    /// How many nodes the graph may grow to.
    #[schemars(with = "Option<Count>")]
    pub nodes: Option<Tree>,
    /// `pause` (default) or `stop`.
    #[schemars(extend("enum" = ["pause", "stop"]))]
    pub on_exceeded: Option<Spanned<String>>,
}

/// An agent profile: who does the work of nodes that name it.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "camelCase")]
pub struct Agent {
    /// `auto`, the name of an agent, a list of names (first that is there), or `command`.
    #[schemars(with = "Texts")]
    pub runner: Tree,
    /// `read` or `write` (default): what the agent may do to files.
    #[schemars(extend("enum" = ["read", "write"]))]
    pub access: Option<Spanned<String>>,
    /// Model name passed on.
    #[schemars(with = "Option<Scalar>")]
    pub model: Option<Tree>,
    /// Reasoning effort passed on.
    #[schemars(with = "Option<Scalar>")]
    pub effort: Option<Tree>,
    /// Money in USD for one attempt.
    #[schemars(with = "Option<Money>")]
    pub budget: Option<Tree>,
    /// With `runner: command`: a program and its arguments, as a list; or one path.
    #[schemars(with = "Option<Texts>")]
    pub command: Option<Tree>,
    /// Environment variables of the agent.
    #[schemars(with = "Option<Table<Variable, Scalar>>")]
    pub env: Entries<Tree>,
    /// Names of environment variables passed through.
    #[schemars(with = "Option<Vec<Variable>>")]
    pub pass_env: Vec<Spanned<String>>,
}
