//! How one node stands. Pure.

use mission_compiler::draw::PictureState;
use mission_compiler::template::Data;

use super::Parked;
use crate::event::{Cause, Checked, Failure, Left, SkipReason, Timestamp, Usage};

/// Where a node is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Not begun.
    Pending,
    /// An attempt is under way; a group or map is open.
    Running,
    /// A gate waits for a person.
    Asking,
    /// Between two attempts.
    Backoff,
    /// Its agent reached a limit, or does not let it in.
    Parked,
    /// Finished as asked.
    Done,
    /// Finished otherwise.
    Failed,
    /// Not run.
    Skipped(SkipReason),
    /// Ended by a cancel.
    Cancelled,
}

impl Phase {
    /// Will it change no more (but for an explicit reset)?
    pub fn settled(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Skipped(_) | Self::Cancelled)
    }
    /// For expressions: `nodes.X.status`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending | Self::Running | Self::Asking | Self::Backoff | Self::Parked => "pending",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Skipped(_) => "skipped",
            Self::Cancelled => "cancelled",
        }
    }
    /// For people.
    pub fn picture(self) -> PictureState {
        match self {
            Self::Pending => PictureState::Pending,
            Self::Running => PictureState::Running,
            Self::Asking | Self::Backoff | Self::Parked => PictureState::Waiting,
            Self::Done => PictureState::Done,
            Self::Failed => PictureState::Failed,
            Self::Skipped(_) => PictureState::Skipped,
            Self::Cancelled => PictureState::Cancelled,
        }
    }
}

/// One attempt that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Its number.
    pub number: u32,
    /// Why it began.
    pub cause: Cause,
    /// The coding agent that made it, where one was chosen by name.
    pub agent: Option<String>,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Why it did not count as success.
    pub failure: Option<Failure>,
    /// It was ended before its time, or its executor vanished; another goes on.
    pub lost: bool,
    /// Its executor ended it itself.
    pub put_by: bool,
    /// What it used.
    pub usage: Usage,
}

/// What a gate shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Digest of the rest.
    pub digest: String,
    /// Title.
    pub title: String,
    /// Text.
    pub summary: String,
    /// Value.
    pub value: Option<Data>,
    /// Choices offered.
    pub choices: Vec<String>,
    /// Choices that need a comment.
    pub comment_required: Vec<String>,
    /// `--yes` may answer.
    pub allow_yes: bool,
    /// When it opened.
    pub since: Timestamp,
}

/// What a person decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// The choice.
    pub choice: String,
    /// Who.
    pub by: String,
    /// How.
    pub via: String,
    /// Comment.
    pub comment: Option<String>,
    /// Digest of what was shown.
    pub shown: String,
    /// Digest of the result.
    pub result: String,
    /// When.
    pub at: Timestamp,
}

/// A decision, and where it was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruling {
    /// Node id of the gate.
    pub node: String,
    /// The decision.
    pub decided: Decided,
    /// The value that was shown was changed.
    pub edited: bool,
}

/// What is left of a node that is no longer part of the graph.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Retired {
    /// Number of its latest attempt.
    pub attempt: u32,
    /// The attempts made.
    pub attempts: Vec<Attempt>,
    /// They were an agent's.
    pub agent: bool,
}

/// State of one node.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeState {
    /// Where it is.
    pub phase: Phase,
    /// Number of its latest attempt; never goes back.
    pub attempt: u32,
    /// The attempts made.
    pub attempts: Vec<Attempt>,
    /// Attempts made by the nodes inside it.
    pub(crate) inside: u32,
    /// When it first began since its last reset.
    pub started: Option<Timestamp>,
    /// When it settled.
    pub ended: Option<Timestamp>,
    /// Its output.
    pub output: Option<Data>,
    /// Why it failed; kept when unresolved.
    pub failure: Option<Failure>,
    /// It failed, and the run went on all the same.
    pub unresolved: bool,
    /// What came of holding its latest result against the facts.
    pub checked: Option<Checked>,
    /// How its latest attempt left its worktree, if it has ended since the node last began.
    pub left: Option<Left>,
    /// What the gate shows.
    pub shown: Option<Shown>,
    /// What was decided.
    pub decided: Option<Decided>,
    /// Why the next attempt begins.
    pub next: Cause,
    /// Earliest time of the next attempt.
    pub not_before: Timestamp,
    /// How long it waits, or last waited, for its agent.
    pub parked: Option<Parked>,
    /// `retry:` attempts used since the last reset.
    pub retries: u32,
    /// Re-asks used since the last reset.
    pub reasks: u32,
    /// Direct predecessors that have not settled.
    pub(crate) waiting: u32,
    /// Children that have not settled.
    pub(crate) open: u32,
}

impl Default for NodeState {
    fn default() -> Self {
        Self {
            phase: Phase::Pending,
            attempt: 0,
            attempts: Vec::new(),
            inside: 0,
            started: None,
            ended: None,
            output: None,
            failure: None,
            unresolved: false,
            checked: None,
            left: None,
            shown: None,
            decided: None,
            next: Cause::First,
            not_before: Timestamp(0),
            parked: None,
            retries: 0,
            reasks: 0,
            waiting: 0,
            open: 0,
        }
    }
}

impl NodeState {
    /// Back to the beginning, but for the numbers of its attempts.
    pub(crate) fn reset(&mut self) {
        let attempts = std::mem::take(&mut self.attempts);
        let fresh = Self { attempt: self.attempt, attempts, inside: self.inside, ..Self::default() };
        *self = Self { next: if fresh.attempt > 0 { Cause::Reset } else { Cause::First }, ..fresh };
    }
}
