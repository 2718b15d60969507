//! One node: what it does, what it waits for and what surrounds its attempts.

use super::{Assert, Handoff, KeyCheck, Map, Millis, Output, Report, Setting, Verb};
use crate::source::Span;
use crate::template::{Expr, Template};

/// Position of a node in its [`Body`](super::Body).
pub type NodeAt = usize;

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
