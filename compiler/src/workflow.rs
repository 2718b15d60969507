//! A checked workflow: names resolved, expressions compiled, types known. Only `check` builds one.
//!
//! Rounds (repair, revise) are not unrolled here: that depends on inputs and is the work of `expand`.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::contract::Contract;
use crate::source::Span;
use crate::template::{Data, Expr, Prompt, Template};

/// Position of a node in its [`Body`].
pub type NodeAt = usize;

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

/// What a run may use; absent means unlimited (`concurrency`: 4).
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// Nodes that run at the same time.
    pub concurrency: Option<Setting<i64>>,
    /// Working time in milliseconds.
    pub wall: Option<Setting<Millis>>,
    /// Money in USD.
    pub usd: Option<Setting<f64>>,
    /// Agent attempts.
    pub agent_runs: Option<Setting<i64>>,
    /// Nodes in the graph.
    pub nodes: Option<Setting<i64>>,
    /// Milliseconds for which a node waits for its agents' limits (24 hours if absent).
    pub parked: Option<Setting<Millis>>,
    /// What agents that run at the same time weigh together (what the machine can bear, if absent).
    pub weight: Option<Setting<i64>>,
    /// What happens then.
    pub on_exceeded: OnExceeded,
}

/// A duration in milliseconds. As a template result: a text such as `30s`, `15m`, `2h`, `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub u64);

impl std::fmt::Display for Millis {
    /// As an author would write it: `30s`, `90m`, `24h`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let units = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
        let whole = |&&(_, scale): &&(&str, u64)| self.0 >= scale && self.0.is_multiple_of(scale);
        let (unit, scale) = units.iter().find(whole).copied().unwrap_or(("s", 1));
        write!(f, "{}{unit}", self.0 / scale)
    }
}

impl Millis {
    /// Parses `500ms`, `30s`, `15m`, `2h`, `7d`; `None` if it is not a duration.
    pub fn parse(text: &str) -> Option<Self> {
        let split = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = text.split_at(split);
        let scale = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(scale).map(Self)
    }
}

/// `limits.onExceeded`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnExceeded {
    /// Start nothing more; the run can be resumed with higher limits.
    #[default]
    Pause,
    /// Cancel the run.
    Stop,
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

/// One checked node.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Where its key stands.
    pub span: Span,
    /// What it does.
    pub verb: Verb,
    /// Needs in the same body, without duplicates. Needs in outer bodies are inherited from the group and dropped.
    pub needs: Vec<NodeAt>,
    /// Condition.
    pub when: Option<Expr>,
    /// Value when the condition is false.
    pub otherwise: Option<Template>,
    /// Runs however its needs settled.
    pub always: bool,
    /// Repetition.
    pub map: Option<Map>,
    /// Output of a group or map.
    pub yields: Option<Expr>,
    /// Contract of the output.
    pub output: Output,
    /// Conditions over the output.
    pub asserts: Vec<Assert>,
    /// Uniqueness of map keys downstream: implicit asserts over the output.
    pub keys: Vec<KeyCheck>,
    /// Verdict over the output.
    pub pass_when: Option<Expr>,
    /// What is missing although the node is done.
    pub partial_when: Option<Expr>,
    /// What to say when a verdict is not passed.
    pub say: Option<Template>,
    /// Repair edge.
    pub on_fail: Option<OnFail>,
    /// `only: repair`: the node that this one repairs.
    pub repairs: Option<NodeAt>,
    /// Limit of one attempt.
    pub timeout: Option<Setting<Millis>>,
    /// Limit without progress.
    pub idle: Option<Setting<Millis>>,
    /// New attempts.
    pub retry: Retry,
    /// Working directory.
    pub worktree: Option<Worktree>,
    /// Globs that the node may write.
    pub claims: Option<Expr>,
    /// What the result claims.
    pub handoff: Option<Handoff>,
    /// Report hints.
    pub report: Option<Report>,
    /// Environment of a command or agent.
    pub env: Vec<(String, Template)>,
    /// Standard input of a command.
    pub stdin: Option<Template>,
    /// Working directory below the repository.
    pub cwd: Option<Template>,
    /// Pool that bounds concurrency.
    pub pool: Option<String>,
    /// Environment variables that hold secrets.
    pub secrets: Vec<String>,
}

impl Node {
    /// Does it judge its own output?
    pub fn has_verdict(&self) -> bool {
        self.pass_when.is_some() || self.partial_when.is_some()
    }
}

/// What a node does.
#[derive(Debug, Clone)]
pub enum Verb {
    /// A prompt to an agent.
    Agent {
        /// Which profile.
        choice: AgentChoice,
        /// What to say.
        prompt: Prompt,
    },
    /// A command.
    Run(Command),
    /// A person's decision.
    Gate(Gate),
    /// A built-in action.
    Uses {
        /// Name in the executor's registry.
        action: String,
        /// Arguments.
        with: Template,
    },
    /// A computed value.
    Value(Template),
    /// A group (or the body of a map).
    Nodes(Arc<Body>),
}

/// Which profile.
#[derive(Debug, Clone)]
pub enum AgentChoice {
    /// This one.
    One(String),
    /// By value.
    By {
        /// The expression.
        by: Expr,
        /// Profile by value.
        of: IndexMap<String, String>,
        /// Profile for every other value.
        otherwise: String,
    },
}

/// A command; never templated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Text for `sh -ceu`.
    Shell(String),
    /// Program and arguments.
    Argv(Vec<String>),
}

/// A gate.
#[derive(Debug, Clone)]
pub struct Gate {
    /// Title.
    pub title: Template,
    /// Summary.
    pub summary: Option<Template>,
    /// The node whose output may be edited; the gate's output satisfies that node's contract.
    pub edit: Option<Edit>,
    /// `--yes` may answer it.
    pub allow_yes: bool,
    /// Choices in order.
    pub choices: IndexMap<String, Choice>,
}

/// `gate.edit`.
#[derive(Debug, Clone)]
pub struct Edit {
    /// `nodes.NAME.output`.
    pub value: Expr,
    /// Schema of that node.
    pub contract: Option<Contract>,
    /// Asserts of that node.
    pub asserts: Vec<Assert>,
    /// Key checks of that node.
    pub keys: Vec<KeyCheck>,
}

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Where it leads.
    pub go: Go,
    /// A comment must be given.
    pub comment_required: bool,
}

/// Where a choice leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Go {
    /// On.
    Next,
    /// Ends the run.
    End {
        /// Status of the run: `true` cancelled, `false` failed.
        cancelled: bool,
    },
    /// Back to an earlier node of the same body, at most `max` times.
    Back {
        /// The node.
        to: NodeAt,
        /// How often.
        max: u32,
    },
}

/// `map:`.
#[derive(Debug, Clone)]
pub struct Map {
    /// The list.
    pub over: Expr,
    /// Name of the element; `<item>_index` (from 1) is its position.
    pub item: String,
    /// Identity.
    pub key: Expr,
    /// How items follow each other.
    pub mode: Mode,
    /// Items under way at the same time.
    pub max: Option<Expr>,
    /// Items that run alone.
    pub solo: Option<Expr>,
    /// What failed items mean.
    pub join: Join,
}

/// `map.mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Together.
    #[default]
    Parallel,
    /// One after the other.
    Serial,
    /// One after the other, with a barrier node behind each.
    Barrier,
}

/// `map.join`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Join {
    /// Every item runs; a failed one fails the map.
    #[default]
    AllOk,
    /// Failures are data.
    AllDone,
    /// After a failed item the rest is skipped and the map fails.
    Stop,
}

/// Contract of a result.
#[derive(Debug, Clone, Default)]
pub struct Output {
    /// JSON Schema.
    pub contract: Option<Contract>,
    /// Where the result is read from.
    pub from: From,
    /// Re-asks with the exact errors.
    pub repair: u32,
}

/// `output.from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum From {
    /// Agents: `agent`. Commands with a schema: `file` if written, else `last-json`. Commands without: no result (null).
    #[default]
    Default,
    /// The agent's reply.
    Agent,
    /// Standard output as text, or as JSON if there is a schema that does not accept a text.
    Stdout,
    /// The file named by `MISSION_OUTPUT`.
    File,
    /// The last JSON value on standard output.
    LastJson,
}

/// A condition over `output`.
#[derive(Debug, Clone)]
pub struct Assert {
    /// The condition.
    pub expr: Expr,
    /// What is wrong when it is false.
    pub say: Template,
}

/// Keys of a later map, checked where its list is made: unique and well-formed.
#[derive(Debug, Clone)]
pub struct KeyCheck {
    /// Path of property names from the output (or the enclosing element) to the list.
    pub path: Vec<String>,
    /// Name of the element in `key`.
    pub item: String,
    /// The key expression; it uses only `item`, `<item>_index` and enclosing elements.
    pub key: Expr,
    /// Checks of lists inside each element.
    pub inner: Vec<Self>,
}

/// `on_fail:`.
#[derive(Debug, Clone)]
pub struct OnFail {
    /// The repair node.
    pub repair: NodeAt,
    /// Name of the next round.
    pub as_name: String,
    /// Rounds, 1 to 3.
    pub attempts: u32,
    /// What an unresolved failure means; evaluated over `inputs` when the graph is made.
    pub otherwise: Setting<Unresolved>,
}

/// What an unresolved failure means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unresolved {
    /// The node stays failed.
    Stop,
    /// It is done, marked unresolved.
    Continue,
    /// A person decides.
    Ask,
}

/// `retry:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retry {
    /// New attempts.
    pub max: u32,
    /// After a crash: exit code, signal, start failure.
    pub crash: bool,
    /// After a time-out or idle time-out.
    pub timeout: bool,
    /// After a rate limit.
    pub rate_limit: bool,
    /// Milliseconds before the first; doubles each time, at most one hour.
    pub backoff: u64,
}

/// `worktree:`.
#[derive(Debug, Clone)]
pub struct Worktree {
    /// Condition.
    pub when: Option<Expr>,
    /// `integrated`, or a ref.
    pub base: Template,
    /// Path below the repository.
    pub path: Template,
    /// Branch.
    pub branch: Template,
}

/// `handoff:`: what a result claims, held against what happened.
#[derive(Debug, Clone)]
pub struct Handoff {
    /// The work is done; absent: every accepted result says so.
    pub done: Option<Expr>,
    /// Files changed.
    pub files: Option<Expr>,
    /// Commands run.
    pub commands: Option<Expr>,
    /// Commits made.
    pub commits: Option<Expr>,
    /// Does work that is done change files?
    pub changes: Setting<Changes>,
    /// What a contradiction means.
    pub mismatch: Setting<Mismatch>,
}

/// `handoff.changes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Changes {
    /// Yes.
    #[default]
    Expected,
    /// No: the node only looks.
    None,
    /// Perhaps.
    Any,
}

impl Changes {
    /// The value that an author wrote or a template made.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "expected" => Some(Self::Expected),
            "none" => Some(Self::None),
            "any" => Some(Self::Any),
            _ => None,
        }
    }
}

/// `handoff.mismatch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mismatch {
    /// The node has failed.
    #[default]
    Fail,
    /// The record and the report say it.
    Report,
}

impl Mismatch {
    /// The value that an author wrote or a template made.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "fail" => Some(Self::Fail),
            "report" => Some(Self::Report),
            _ => None,
        }
    }
}

/// `report:`.
#[derive(Debug, Clone)]
pub struct Report {
    /// Role in the report.
    pub role: Role,
    /// Title.
    pub title: Option<Template>,
    /// Rows of a table.
    pub rows: Option<Expr>,
    /// What a section must prove: a list of `{id, text}`.
    pub requirements: Option<Expr>,
    /// What fulfills that: a list of `{id, fulfills}`.
    pub by: Option<Expr>,
}

/// Role of a node in the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A section (each item of a map is one).
    Section,
    /// An item of the enclosing section.
    Item,
    /// A check with an exit code.
    Check,
    /// A verdict of a round.
    Verdict,
}
