//! Why an attempt or a node failed, and what that means for another try.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Timestamp;

/// Why an attempt or node failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// Kind of failure; decides about retries and repair.
    pub class: FailureClass,
    /// One sentence.
    pub message: String,
    /// Every reason: schema violations, failed asserts, failed body nodes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<String>,
    /// Exit code of the process, where there was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exit_code: Option<i32>,
    /// End of its log (at most 4 KiB).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub log_tail: Option<String>,
    /// When the agent can be asked again, as far as it told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Timestamp>,
    /// What it found where it was to go on with the work of others.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub disturbed: Option<Box<Disturbed>>,
}

/// A worktree that was not as it had been left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Disturbed {
    /// The worktree as the workflow asked for it.
    pub path: String,
    /// Files that changed, or where its branch is.
    pub what: Vec<String>,
}

impl Failure {
    /// A failure with a message only.
    pub fn new(class: FailureClass, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { class, message, reasons: Vec::new(), exit_code: None, log_tail: None, until: None, disturbed: None }
    }
}

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureClass {
    /// The process ended with a code other than 0.
    Exit,
    /// The process was ended by a signal.
    Signal,
    /// The process could not be started.
    StartFailed,
    /// The time limit passed.
    Timeout,
    /// Nothing happened for too long.
    Idle,
    /// The process ended well, but gave no result.
    NoResult,
    /// The result breaks its schema or an assert.
    InvalidOutput,
    /// The result contradicts what happened, or something was changed that nobody may change.
    Contradicted,
    /// `pass_when` is false.
    Verdict,
    /// An expression of the workflow failed.
    Expression,
    /// A body node failed.
    Body,
    /// A built-in action refused.
    Action,
    /// The agent is not logged in, or not allowed.
    Auth,
    /// Too many requests.
    RateLimit,
    /// The quota is used up.
    Quota,
    /// The model's service failed.
    Provider,
    /// The prompt does not fit.
    ContextOverflow,
    /// A limit was reached.
    Budget,
}

impl FailureClass {
    /// May a repair round help? Not where a person has to act first.
    pub fn repairable(self) -> bool {
        !matches!(self, Self::Auth | Self::Quota | Self::RateLimit | Self::Contradicted)
    }
    /// Does it pass by itself?
    pub fn passes(self) -> bool {
        matches!(self, Self::Quota | Self::RateLimit)
    }
    /// The class as people and files write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exit => "exit",
            Self::Signal => "signal",
            Self::StartFailed => "start-failed",
            Self::Timeout => "timeout",
            Self::Idle => "idle",
            Self::NoResult => "no-result",
            Self::InvalidOutput => "invalid-output",
            Self::Contradicted => "contradicted",
            Self::Verdict => "verdict",
            Self::Expression => "expression",
            Self::Body => "body",
            Self::Action => "action",
            Self::Auth => "auth",
            Self::RateLimit => "rate-limit",
            Self::Quota => "quota",
            Self::Provider => "provider",
            Self::ContextOverflow => "context-overflow",
            Self::Budget => "budget",
        }
    }
}
