//! What an author may write: the workflow file as a typed tree with a place for everything, nothing resolved or checked.
//!
//! The doc comments here are the descriptions that editors show: `schemas/workflow.schema.json` is generated from these types.
//! No serde decoding: `parse` decodes from the YAML tree by hand, because serde's tagged and flattened forms lose places.

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
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    /// Language version; 1.
    pub mission: Spanned<i64>,
    /// Name of the workflow: the first part of every node id.
    pub name: Spanned<String>,
    /// One line about it.
    pub description: Option<Spanned<String>>,
    /// JSON Schema of each input; `default` makes it optional.
    pub inputs: Entries<Tree>,
    /// What the run may use.
    pub limits: Limits,
    /// Agent profiles by name.
    pub agents: Entries<Agent>,
    /// JSON Schemas by name, for `output.schema` and `$ref: "#/schemas/NAME"`.
    pub schemas: Entries<Tree>,
    /// The nodes.
    pub nodes: Entries<Node>,
    /// Results of the whole run, by name.
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
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Limits {
    /// How many nodes run at the same time.
    pub concurrency: Option<Tree>,
    /// Working time of the run; waiting for people or quota is not counted.
    pub wall: Option<Tree>,
    /// Money in USD.
    pub usd: Option<Tree>,
    /// How many agent attempts the run may start.
    pub agent_runs: Option<Tree>,
    /// How many nodes the graph may grow to.
    pub nodes: Option<Tree>,
    /// `pause` (default) or `stop`.
    pub on_exceeded: Option<Spanned<String>>,
}

/// An agent profile: who does the work of nodes that name it.
#[derive(Debug, Clone, PartialEq)]
pub struct Agent {
    /// `auto`, the name of an agent, a list of names (first that is there), or `command`.
    pub runner: Tree,
    /// `read` or `write` (default): what the agent may do to files.
    pub access: Option<Spanned<String>>,
    /// Model name passed on.
    pub model: Option<Tree>,
    /// Reasoning effort passed on.
    pub effort: Option<Tree>,
    /// Money in USD for one attempt.
    pub budget: Option<Tree>,
    /// With `runner: command`: a program and its arguments, as a list; or one path.
    pub command: Option<Tree>,
    /// Environment variables of the agent.
    pub env: Entries<Tree>,
    /// Names of environment variables passed through.
    pub pass_env: Vec<Spanned<String>>,
}

/// One node. Exactly one of `agent run gate uses value nodes`, except that a map may stand beside any of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where the node's first key stands.
    pub span: Span,
    /// Its verb, with the place of the key: exactly one in what `parse` lets through.
    pub verbs: Vec<Spanned<Verb>>,
    /// Nodes that must be satisfied first.
    pub needs: Vec<Spanned<String>>,
    /// False: the node is skipped and its value is `otherwise`.
    pub when: Option<Expression>,
    /// Value of the node when `when` is false.
    pub otherwise: Option<Tree>,
    /// Run once all needs have settled, however.
    pub always: Option<Spanned<bool>>,
    /// Repeat the node for each element of a list.
    pub map: Option<Map>,
    /// Output of a group or map, evaluated in its body's scope.
    pub yields: Option<Expression>,
    /// Contract of the result.
    pub output: Option<Output>,
    /// Conditions over the result that a schema cannot say.
    pub asserts: Vec<Assert>,
    /// Verdict over the node's own output.
    pub pass_when: Option<Expression>,
    /// What happens when the node fails.
    pub on_fail: Option<OnFail>,
    /// `repair`: reachable through one `on_fail` only.
    pub only: Option<Spanned<String>>,
    /// Time limit of one attempt.
    pub timeout: Option<Tree>,
    /// Time limit without output or progress.
    pub idle: Option<Tree>,
    /// New attempts after failures.
    pub retry: Option<Retry>,
    /// A git worktree as working directory.
    pub worktree: Option<Worktree>,
    /// Path globs that this node may write.
    pub claims: Option<Expression>,
    /// How the report groups this node.
    pub report: Option<Report>,
    /// Prompt of an agent node.
    pub prompt: Option<Prompt>,
    /// Arguments of an action.
    pub with: Option<Tree>,
    /// Environment variables; the way for data into a command.
    pub env: Entries<Tree>,
    /// Text or data written to the standard input of a command.
    pub stdin: Option<Tree>,
    /// Working directory, relative to the repository.
    pub cwd: Option<Tree>,
    /// Name of a pool that bounds concurrency together with its other users.
    pub pool: Option<Spanned<String>>,
    /// Environment variables that hold secrets, by name.
    pub secrets: Vec<Spanned<String>>,
}

/// What a node does.
#[derive(Debug, Clone, PartialEq)]
pub enum Verb {
    /// One prompt to a coding agent.
    Agent(AgentChoice),
    /// A command: shell text, or a list of program and arguments. Never a template.
    Run(Tree),
    /// Waits for a person's decision.
    Gate(Gate),
    /// A built-in action.
    Uses(Spanned<String>),
    /// Computes a value.
    Value(Tree),
    /// A group: a named sub-graph.
    Nodes(Entries<Node>),
}

/// Which profile runs an agent node.
#[derive(Debug, Clone, PartialEq)]
pub enum AgentChoice {
    /// Always this profile.
    One(Spanned<String>),
    /// By the value of an expression.
    By {
        /// The expression.
        by: Expression,
        /// Profile for each value.
        of: Entries<Spanned<String>>,
        /// Profile for every other value.
        otherwise: Spanned<String>,
    },
}

/// A prompt: text with `{{ }}`, `{% if %}` and `{% for %}`, inline or in a file beside the workflow.
#[derive(Debug, Clone, PartialEq)]
pub enum Prompt {
    /// The text itself.
    Inline(Spanned<String>),
    /// `{ file: PATH }`, relative to the workflow file.
    File(Spanned<String>),
}

/// `gate:`
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// Title shown to the person; a template.
    pub title: Spanned<String>,
    /// Text shown to the person; a template.
    pub summary: Option<Spanned<String>>,
    /// The value that the person may edit: `nodes.NAME.output`.
    pub edit: Option<Expression>,
    /// May be answered by `--yes`.
    pub allow_yes: Option<Spanned<bool>>,
    /// The choices by name.
    pub choices: Entries<Choice>,
}

/// One choice of a gate.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// `next`, `end`, or the name of an earlier node that is done again.
    pub go: Spanned<String>,
    /// `required` or `optional` (default).
    pub comment: Option<Spanned<String>>,
    /// How often a choice that goes back may be taken (1 to 9).
    pub max: Option<Spanned<i64>>,
    /// With `go: end`: `cancelled` (default) or `failed`.
    pub status: Option<Spanned<String>>,
}

/// `map:`
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// Place of the `map` key.
    pub span: Span,
    /// The list.
    pub over: Expression,
    /// Name of the element in expressions.
    pub item: Spanned<String>,
    /// Identity of each element.
    pub key: Expression,
    /// `parallel` (default), `serial` or `barrier`.
    pub mode: Option<Spanned<String>>,
    /// How many items are under way at the same time.
    pub max: Option<Expression>,
    /// True for an item that must run alone.
    pub solo: Option<Expression>,
    /// `all_ok` (default), `all_done` or `stop`.
    pub join: Option<Spanned<String>>,
}

/// `output:`
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Place of the `output` key.
    pub span: Span,
    /// Name of a schema of the file, or a JSON Schema.
    pub schema: Option<Tree>,
    /// `agent`, `stdout`, `file` or `last-json`.
    pub from: Option<Spanned<String>>,
    /// How often the agent is asked again with the exact errors.
    pub repair: Option<Spanned<i64>>,
}

/// One of `assert:`
#[derive(Debug, Clone, PartialEq)]
pub struct Assert {
    /// The condition over `output`.
    pub expr: Expression,
    /// What is wrong when it is false; a template.
    pub say: Spanned<String>,
}

/// `on_fail:`
#[derive(Debug, Clone, PartialEq)]
pub struct OnFail {
    /// Place of the `on_fail` key.
    pub span: Span,
    /// The repair node, in the same body.
    pub repair: Spanned<String>,
    /// Name of the round that follows the repair.
    pub as_name: Spanned<String>,
    /// How many rounds (1 to 3).
    pub attempts: Option<Spanned<i64>>,
    /// `stop` (default), `continue` or `ask`; a template over `inputs`.
    pub otherwise: Option<Spanned<String>>,
}

/// `retry:`
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// How many new attempts.
    pub max: Spanned<i64>,
    /// `crash`, `timeout`, `rate-limit`.
    pub on: Vec<Spanned<String>>,
    /// Wait before the first new attempt; doubles each time.
    pub backoff: Option<Tree>,
}

/// `worktree:`
#[derive(Debug, Clone, PartialEq)]
pub struct Worktree {
    /// Place of the `worktree` key.
    pub span: Span,
    /// False: no worktree.
    pub when: Option<Expression>,
    /// `integrated`, or a ref; a template.
    pub base: Option<Spanned<String>>,
    /// Path below the repository; a template.
    pub path: Spanned<String>,
    /// Branch name; a template.
    pub branch: Spanned<String>,
}

/// `report:`
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// `section`, `item`, `check` or `verdict`.
    pub as_kind: Spanned<String>,
    /// Title; a template.
    pub title: Option<Spanned<String>>,
    /// Rows of a table.
    pub rows: Option<Expression>,
}
