//! What an author may write in a node.

use schemars::JsonSchema;

use super::{Entries, Expression, Tree};
use crate::schema::words::{
    Anything, Arguments, Body, Changes, Command, Duration, Expression as Bare, Failure, Id, Identifier, Literal,
    Mismatch, Path, PromptFile, Scalar, SchemaChoice, Table, Unresolved, Variable, Wait, Words,
};
use crate::source::{Span, Spanned};

/// One node: does exactly one of `agent`, `run`, `gate`, `uses`, `value` or `nodes`; with `map`, once for each element of
/// a list.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(transform = crate::schema::one_verb)]
pub struct Node {
    /// Where the node's first key stands.
    #[schemars(skip)]
    pub span: Span,
    /// Its verb, with the place of the key: exactly one in what `parse` lets through.
    #[schemars(flatten, with = "Verb")]
    pub verbs: Vec<Spanned<Verb>>,
    /// Nodes that must be satisfied before this one runs: `[collect, build]`. Only their outputs can be read.
    #[schemars(with = "Option<Vec<Literal>>")]
    pub needs: Vec<Spanned<String>>,
    /// An expression. When it is false the node is skipped, and its value is `otherwise`.
    #[schemars(with = "Option<Bare>")]
    pub when: Option<Expression>,
    /// Value of the node when `when` is false; must fit the schema and asserts of the node.
    pub otherwise: Option<Tree>,
    /// Run once all needs have settled, whether they succeeded or failed; not after a deny or cancel.
    pub always: Option<Spanned<bool>>,
    /// Repeat the node for each element of a list, together or one after the other.
    pub map: Option<Box<Map>>,
    /// Output of a group or map: an expression that sees the nodes of the body, such as `nodes.judge.output`.
    #[schemars(rename = "yield", with = "Option<Bare>")]
    pub yields: Option<Expression>,
    /// Contract of the result: its schema, where it is read from, how often an agent is asked again.
    pub output: Option<Box<Output>>,
    /// Conditions over the result that a schema cannot say. A failed one is treated like a schema error.
    #[schemars(rename = "assert", with = "Option<Vec<Assert>>")]
    pub asserts: Vec<Assert>,
    /// Verdict over the node's own result: an expression over `output`. When it is false the node has failed.
    #[schemars(with = "Option<Bare>")]
    pub pass_when: Option<Expression>,
    /// What is missing although the node is done: an expression over `output`. When it is true the run goes on and ends as
    /// partial.
    #[schemars(with = "Option<Bare>")]
    pub partial_when: Option<Expression>,
    /// What is wrong, and the way out, when `pass_when` is false or `partial_when` is true.
    pub say: Option<Spanned<String>>,
    /// What happens when the node fails: a repair node, then another round.
    pub on_fail: Option<Box<OnFail>>,
    /// `repair`: the node runs only when the node that names it in `on_fail` has failed.
    #[schemars(extend("enum" = ["repair"]))]
    pub only: Option<Spanned<String>>,
    /// Time limit of one attempt, such as `30m`.
    #[schemars(with = "Option<Duration>")]
    pub timeout: Option<Tree>,
    /// Time limit without any output or progress, such as `15m`.
    #[schemars(with = "Option<Duration>")]
    pub idle: Option<Tree>,
    /// New attempts after crashes, time-outs or rate limits.
    pub retry: Option<Box<Retry>>,
    /// A git worktree of its own as working directory.
    pub worktree: Option<Box<Worktree>>,
    /// Path globs that this node may write: an expression such as `['src/**']`. Nodes with overlapping claims never run
    /// together.
    #[schemars(with = "Option<Bare>")]
    pub claims: Option<Expression>,
    /// What the result claims, held against what really happened.
    pub handoff: Option<Box<Handoff>>,
    /// How the report of the run shows this node; does not change what runs.
    pub report: Option<Box<Report>>,
    /// What the agent is asked: text with `{{ expressions }}`, or `{ file: PATH }`.
    pub prompt: Option<Prompt>,
    /// Arguments of the action; values may be templates.
    #[schemars(with = "Option<Arguments>")]
    pub with: Option<Tree>,
    /// Environment variables; values may be templates. The way for data into a command: `env: { TAG: "{{ inputs.tag }}" }`,
    /// then `"$TAG"`.
    #[schemars(with = "Option<Table<Variable, Scalar>>")]
    pub env: Entries<Tree>,
    /// Written to the standard input of the command: a text, or data as JSON. May hold templates.
    pub stdin: Option<Tree>,
    /// Working directory, relative to the repository (or to the worktree).
    #[schemars(with = "Option<Path>")]
    pub cwd: Option<Tree>,
    /// Name of a pool: its users never run together.
    #[schemars(with = "Option<Literal>")]
    pub pool: Option<Spanned<String>>,
    /// Names of environment variables that hold secrets: passed on, and removed from logs.
    #[schemars(with = "Option<Vec<Variable>>")]
    pub secrets: Vec<Spanned<String>>,
}

/// What a node does.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Verb {
    /// One prompt to a coding agent: the name of a profile, or a choice by value.
    Agent(AgentChoice),
    /// A command: text for the shell (`sh -ceu`), or a list of program and arguments. Never a template: data comes in
    /// through `env` or `stdin`.
    Run(#[schemars(with = "Command")] Tree),
    /// Waits for a person's decision; nothing behind it runs before.
    Gate(Gate),
    /// A built-in action by name, such as `git.commit`, with arguments in `with`.
    Uses(#[schemars(with = "Literal")] Spanned<String>),
    /// Computes a value; starts no process. Texts in it may be templates.
    Value(Tree),
    /// A group: nodes that a map, a repair or a worktree addresses as one.
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
        /// The expression whose value chooses the profile.
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

/// A question to a person, and what follows from each answer.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "camelCase")]
pub struct Gate {
    /// The question that the person answers; may hold templates.
    pub title: Spanned<String>,
    /// What the person should know; may hold templates.
    pub summary: Option<Spanned<String>>,
    /// The value that the person may edit before deciding: `nodes.NAME.output`. Checked again by the rules of that node.
    #[schemars(with = "Option<Bare>")]
    pub edit: Option<Expression>,
    /// Whether `--yes` may answer it (default false).
    pub allow_yes: Option<Spanned<bool>>,
    /// What can be decided, by name: `approve: { go: next }`.
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
    /// Whether the person must say why: `required` or `optional` (default).
    #[schemars(extend("enum" = ["required", "optional"]))]
    pub comment: Option<Spanned<String>>,
    /// How often a choice that goes back may be taken (1 to 9).
    #[schemars(range(min = 1, max = 9))]
    pub max: Option<Spanned<i64>>,
    /// With `go: end`: how the run ends, `cancelled` (default) or `failed`.
    #[schemars(extend("enum" = ["cancelled", "failed"]))]
    pub status: Option<Spanned<String>>,
}

/// Repetition for each element of a list.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Map {
    /// Place of the `map` key.
    #[schemars(skip)]
    pub span: Span,
    /// The list: an expression such as `inputs.files` or `nodes.plan.output.items`.
    #[schemars(with = "Bare")]
    pub over: Expression,
    /// Name of the element in expressions; `NAME_index` counts from 1.
    #[schemars(rename = "as", with = "Identifier")]
    pub item: Spanned<String>,
    /// Identity of each element, unique and stable: an expression such as `item.id`. Part of the node ids.
    #[schemars(with = "Bare")]
    pub key: Expression,
    /// `parallel` (default), `serial` (one after the other), or `barrier` (each item settles wholly before the next).
    #[schemars(extend("enum" = ["parallel", "serial", "barrier"]))]
    pub mode: Option<Spanned<String>>,
    /// How many items are under way at the same time: an expression or a number.
    #[schemars(with = "Option<Bare>")]
    pub max: Option<Expression>,
    /// An expression that is true for an item that must run alone.
    #[schemars(with = "Option<Bare>")]
    pub solo: Option<Expression>,
    /// `all_ok` (default: one failed item fails the map), `all_done` (failures are data), or `stop` (after a failed item
    /// the rest is skipped).
    #[schemars(extend("enum" = ["all_ok", "all_done", "stop"]))]
    pub join: Option<Spanned<String>>,
}

/// Contract of a result.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Output {
    /// Place of the `output` key.
    #[schemars(skip)]
    pub span: Span,
    /// Name of a schema of the file, or a JSON Schema.
    #[schemars(with = "Option<SchemaChoice>")]
    pub schema: Option<Tree>,
    /// Where the result is read from: the `agent`'s reply, `stdout`, the `file` named by `$MISSION_OUTPUT`, or the
    /// `last-json` on standard output.
    #[schemars(extend("enum" = ["agent", "stdout", "file", "last-json"]))]
    pub from: Option<Spanned<String>>,
    /// How often an agent is asked again, with the exact errors, when its result does not fit.
    #[schemars(range(min = 0, max = 20))]
    pub repair: Option<Spanned<i64>>,
}

/// A condition over a result.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Assert {
    /// The condition: an expression over `output`.
    #[schemars(with = "Bare")]
    pub expr: Expression,
    /// What is wrong when it is false; may hold templates.
    pub say: Spanned<String>,
}

/// Repair of a failure.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OnFail {
    /// Place of the `on_fail` key.
    #[schemars(skip)]
    pub span: Span,
    /// The node that repairs; beside this one, with `only: repair`.
    #[schemars(with = "Id")]
    pub repair: Spanned<String>,
    /// Name of the round that follows the repair, such as `test-again`.
    #[schemars(rename = "as", with = "Id")]
    pub as_name: Spanned<String>,
    /// How many rounds of repair (1 to 3; 1 if absent).
    #[schemars(range(min = 1, max = 3))]
    pub attempts: Option<Spanned<i64>>,
    /// When the last round has failed too: `stop` (default), `continue` (the run goes on and ends as partial), or `ask` a
    /// person. May be a template over `inputs`.
    #[schemars(rename = "else", with = "Option<Unresolved>")]
    pub otherwise: Option<Spanned<String>>,
}

/// New attempts.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Retry {
    /// How many new attempts.
    #[schemars(range(min = 0, max = 20))]
    pub max: Spanned<i64>,
    /// Which failures are tried again: `crash`, `timeout`, `rate-limit`.
    #[schemars(with = "Option<Vec<Failure>>")]
    pub on: Vec<Spanned<String>>,
    /// Wait before the first new attempt, such as `30s`; doubles each time.
    #[schemars(with = "Option<Wait>")]
    pub backoff: Option<Tree>,
}

/// A git worktree.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Worktree {
    /// Place of the `worktree` key.
    #[schemars(skip)]
    pub span: Span,
    /// An expression. When it is false there is no worktree.
    #[schemars(with = "Option<Bare>")]
    pub when: Option<Expression>,
    /// Where it is cut from: `integrated` (everything merged so far), or a ref. May hold templates.
    pub base: Option<Spanned<String>>,
    /// Path below the repository; may hold templates.
    #[schemars(with = "Path")]
    pub path: Spanned<String>,
    /// Name of its branch; may hold templates.
    pub branch: Spanned<String>,
}

/// What a result claims: held against the files, commands and commits of the attempt.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Handoff {
    /// Place of the `handoff` key.
    #[schemars(skip)]
    pub span: Span,
    /// Whether the result says that the work is done (if absent: every accepted result does): `output.status == "success"`.
    #[schemars(with = "Option<Bare>")]
    pub done: Option<Expression>,
    /// Files that it says it changed: an expression that is a list of paths; null names none.
    #[schemars(with = "Option<Bare>")]
    pub files: Option<Expression>,
    /// Commands that it says it ran: an expression that is a list of texts; null claims nothing.
    #[schemars(with = "Option<Bare>")]
    pub commands: Option<Expression>,
    /// Commits that it says it made: an expression that is a list of ids; null claims nothing.
    #[schemars(with = "Option<Bare>")]
    pub commits: Option<Expression>,
    /// Items of maps whose work must not be undone: an expression that is a list of items, `nodes.NAME.items`, whole or filtered.
    #[schemars(with = "Option<Bare>")]
    pub keeps: Option<Expression>,
    /// Whether work that is done changes files: `expected` (default), `none`, or `any`. May be a template.
    #[schemars(with = "Option<Changes>")]
    pub changes: Option<Spanned<String>>,
    /// What a contradiction means: `fail` (default), or `report`. May be a template. Tampering always fails.
    #[schemars(with = "Option<Mismatch>")]
    pub mismatch: Option<Spanned<String>>,
}

/// Place of a node in the report.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields, transform = crate::schema::report_keys)]
pub struct Report {
    /// Role in the report: `section`, `item`, `check` or `verdict`.
    #[schemars(rename = "as", extend("enum" = ["section", "item", "check", "verdict"]))]
    pub as_kind: Spanned<String>,
    /// Title in the report; may hold templates.
    pub title: Option<Spanned<String>>,
    /// Rows of a table in the report: an expression that is a list of objects.
    #[schemars(with = "Option<Bare>")]
    pub rows: Option<Expression>,
    /// What a section must prove: an expression that is a list of objects with `id` and `text`.
    #[schemars(with = "Option<Bare>")]
    pub requirements: Option<Expression>,
    /// What fulfills the requirements: an expression that is a list of objects with `id` and `fulfills`, ids of requirements.
    #[schemars(with = "Option<Bare>")]
    pub by: Option<Expression>,
}
