//! What an author may write in a node.

use schemars::JsonSchema;

use super::{Entries, Expression, Tree};
use crate::schema::words::{
    Anything, Arguments, Body, Command, Duration, Expression as Bare, Failure, Id, Identifier, Literal, Path,
    PromptFile, Scalar, SchemaChoice, Table, Unresolved, Variable, Wait, Words,
};
use crate::source::{Span, Spanned};

/// One node. Exactly one of `agent run gate uses value nodes`, except that a map may stand beside any of them.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(transform = crate::schema::one_verb)]
pub struct Node {
    /// Where the node's first key stands.
    #[schemars(skip)]
    pub span: Span,
    /// Its verb, with the place of the key: exactly one in what `parse` lets through.
    #[schemars(flatten, with = "Verb")]
    pub verbs: Vec<Spanned<Verb>>,
    /// Nodes that must be satisfied first.
    #[schemars(with = "Option<Vec<Literal>>")]
    pub needs: Vec<Spanned<String>>,
    /// False: the node is skipped and its value is `otherwise`.
    #[schemars(with = "Option<Bare>")]
    pub when: Option<Expression>,
    /// Value of the node when `when` is false.
    pub otherwise: Option<Tree>,
    /// Run once all needs have settled, however.
    pub always: Option<Spanned<bool>>,
    /// Repeat the node for each element of a list.
    pub map: Option<Map>,
    /// Output of a group or map, evaluated in its body's scope.
    #[schemars(rename = "yield", with = "Option<Bare>")]
    pub yields: Option<Expression>,
    /// Contract of the result.
    pub output: Option<Output>,
    /// Conditions over the result that a schema cannot say.
    #[schemars(rename = "assert", with = "Option<Vec<Assert>>")]
    pub asserts: Vec<Assert>,
    /// Verdict over the node's own output.
    #[schemars(with = "Option<Bare>")]
    pub pass_when: Option<Expression>,
    /// What happens when the node fails.
    pub on_fail: Option<OnFail>,
    /// `repair`: reachable through one `on_fail` only.
    #[schemars(extend("enum" = ["repair"]))]
    pub only: Option<Spanned<String>>,
    /// Time limit of one attempt.
    #[schemars(with = "Option<Duration>")]
    pub timeout: Option<Tree>,
    /// Time limit without output or progress.
    #[schemars(with = "Option<Duration>")]
    pub idle: Option<Tree>,
    /// New attempts after failures.
    pub retry: Option<Retry>,
    /// A git worktree as working directory.
    pub worktree: Option<Worktree>,
    /// Path globs that this node may write.
    #[schemars(with = "Option<Bare>")]
    pub claims: Option<Expression>,
    /// How the report groups this node.
    pub report: Option<Report>,
    /// Prompt of an agent node.
    pub prompt: Option<Prompt>,
    /// Arguments of an action.
    #[schemars(with = "Option<Arguments>")]
    pub with: Option<Tree>,
    /// Environment variables; the way for data into a command.
    #[schemars(with = "Option<Table<Variable, Scalar>>")]
    pub env: Entries<Tree>,
    /// Text or data written to the standard input of a command.
    pub stdin: Option<Tree>,
    /// Working directory, relative to the repository.
    #[schemars(with = "Option<Path>")]
    pub cwd: Option<Tree>,
    /// Name of a pool that bounds concurrency together with its other users.
    #[schemars(with = "Option<Literal>")]
    pub pool: Option<Spanned<String>>,
    /// Environment variables that hold secrets, by name.
    #[schemars(with = "Option<Vec<Variable>>")]
    pub secrets: Vec<Spanned<String>>,
}

/// What a node does.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Verb {
    /// One prompt to a coding agent.
    Agent(AgentChoice),
    /// A command: shell text, or a list of program and arguments. Never a template.
    Run(#[schemars(with = "Command")] Tree),
    /// Waits for a person's decision.
    Gate(Gate),
    /// A built-in action.
    Uses(#[schemars(with = "Literal")] Spanned<String>),
    /// Computes a value.
    Value(Tree),
    /// A group: a named sub-graph.
    Nodes(#[schemars(with = "Body")] Entries<Node>),
}

/// Which profile runs an agent node.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged, deny_unknown_fields)]
pub enum AgentChoice {
    /// Always this profile.
    One(#[schemars(with = "Literal")] Spanned<String>),
    /// By the value of an expression.
    By {
        /// The expression.
        #[schemars(with = "Bare")]
        by: Expression,
        /// Profile for each value.
        #[schemars(with = "Table<Anything, Literal>")]
        of: Entries<Spanned<String>>,
        /// Profile for every other value.
        #[schemars(rename = "else", with = "Literal")]
        otherwise: Spanned<String>,
    },
}

/// A prompt: text with `{{ }}`, `{% if %}` and `{% for %}`, inline or in a file beside the workflow.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Prompt {
    /// The text itself.
    Inline(#[schemars(with = "Words")] Spanned<String>),
    /// `{ file: PATH }`, relative to the workflow file.
    File(#[schemars(with = "PromptFile")] Spanned<String>),
}

/// `gate:`
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "camelCase")]
pub struct Gate {
    /// Title shown to the person; a template.
    pub title: Spanned<String>,
    /// Text shown to the person; a template.
    pub summary: Option<Spanned<String>>,
    /// The value that the person may edit: `nodes.NAME.output`.
    #[schemars(with = "Option<Bare>")]
    pub edit: Option<Expression>,
    /// May be answered by `--yes`.
    pub allow_yes: Option<Spanned<bool>>,
    /// The choices by name.
    #[schemars(with = "Table<Id, Choice>", extend("minProperties" = 1))]
    pub choices: Entries<Choice>,
}

/// One choice of a gate.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields, transform = crate::schema::choice_keys)]
pub struct Choice {
    /// `next`, `end`, or the name of an earlier node that is done again.
    #[schemars(with = "Id")]
    pub go: Spanned<String>,
    /// `required` or `optional` (default).
    #[schemars(extend("enum" = ["required", "optional"]))]
    pub comment: Option<Spanned<String>>,
    /// How often a choice that goes back may be taken (1 to 9).
    #[schemars(range(min = 1, max = 9))]
    pub max: Option<Spanned<i64>>,
    /// With `go: end`: `cancelled` (default) or `failed`.
    #[schemars(extend("enum" = ["cancelled", "failed"]))]
    pub status: Option<Spanned<String>>,
}

/// `map:`
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Map {
    /// Place of the `map` key.
    #[schemars(skip)]
    pub span: Span,
    /// The list.
    #[schemars(with = "Bare")]
    pub over: Expression,
    /// Name of the element in expressions.
    #[schemars(rename = "as", with = "Identifier")]
    pub item: Spanned<String>,
    /// Identity of each element.
    #[schemars(with = "Bare")]
    pub key: Expression,
    /// `parallel` (default), `serial` or `barrier`.
    #[schemars(extend("enum" = ["parallel", "serial", "barrier"]))]
    pub mode: Option<Spanned<String>>,
    /// How many items are under way at the same time.
    #[schemars(with = "Option<Bare>")]
    pub max: Option<Expression>,
    /// True for an item that must run alone.
    #[schemars(with = "Option<Bare>")]
    pub solo: Option<Expression>,
    /// `all_ok` (default), `all_done` or `stop`.
    #[schemars(extend("enum" = ["all_ok", "all_done", "stop"]))]
    pub join: Option<Spanned<String>>,
}

/// `output:`
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Output {
    /// Place of the `output` key.
    #[schemars(skip)]
    pub span: Span,
    /// Name of a schema of the file, or a JSON Schema.
    #[schemars(with = "Option<SchemaChoice>")]
    pub schema: Option<Tree>,
    /// `agent`, `stdout`, `file` or `last-json`.
    #[schemars(extend("enum" = ["agent", "stdout", "file", "last-json"]))]
    pub from: Option<Spanned<String>>,
    /// How often the agent is asked again with the exact errors.
    #[schemars(range(min = 0, max = 20))]
    pub repair: Option<Spanned<i64>>,
}

/// One of `assert:`
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Assert {
    /// The condition over `output`.
    #[schemars(with = "Bare")]
    pub expr: Expression,
    /// What is wrong when it is false; a template.
    pub say: Spanned<String>,
}

/// `on_fail:`
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OnFail {
    /// Place of the `on_fail` key.
    #[schemars(skip)]
    pub span: Span,
    /// The repair node, in the same body.
    #[schemars(with = "Id")]
    pub repair: Spanned<String>,
    /// Name of the round that follows the repair.
    #[schemars(rename = "as", with = "Id")]
    pub as_name: Spanned<String>,
    /// How many rounds (1 to 3).
    #[schemars(range(min = 1, max = 3))]
    pub attempts: Option<Spanned<i64>>,
    /// `stop` (default), `continue` or `ask`; a template over `inputs`.
    #[schemars(rename = "else", with = "Option<Unresolved>")]
    pub otherwise: Option<Spanned<String>>,
}

/// `retry:`
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Retry {
    /// How many new attempts.
    #[schemars(range(min = 0, max = 20))]
    pub max: Spanned<i64>,
    /// `crash`, `timeout`, `rate-limit`.
    #[schemars(with = "Option<Vec<Failure>>")]
    pub on: Vec<Spanned<String>>,
    /// Wait before the first new attempt; doubles each time.
    #[schemars(with = "Option<Wait>")]
    pub backoff: Option<Tree>,
}

/// `worktree:`
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Worktree {
    /// Place of the `worktree` key.
    #[schemars(skip)]
    pub span: Span,
    /// False: no worktree.
    #[schemars(with = "Option<Bare>")]
    pub when: Option<Expression>,
    /// `integrated`, or a ref; a template.
    pub base: Option<Spanned<String>>,
    /// Path below the repository; a template.
    #[schemars(with = "Path")]
    pub path: Spanned<String>,
    /// Branch name; a template.
    pub branch: Spanned<String>,
}

/// `report:`
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Report {
    /// `section`, `item`, `check` or `verdict`.
    #[schemars(rename = "as", extend("enum" = ["section", "item", "check", "verdict"]))]
    pub as_kind: Spanned<String>,
    /// Title; a template.
    pub title: Option<Spanned<String>>,
    /// Rows of a table.
    #[schemars(with = "Option<Bare>")]
    pub rows: Option<Expression>,
}
