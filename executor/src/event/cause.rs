//! Why an attempt begins, and what people decide about a node or a run that stands still.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why an attempt began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The first.
    First,
    /// `retry:` after a failure.
    Retry,
    /// The result was not accepted; the agent is asked again with the errors.
    Reask,
    /// The attempt before was lost.
    Lost,
    /// A person asked, or a failed run was resumed.
    Reset,
    /// The agent refused the attempt before because of a limit, or did not let it in.
    Parked,
    /// A person worked in the session of the attempt before, and handed it back.
    Taken,
}

/// What becomes of a node that a person took over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Its agent goes on in the same session, and is asked for the result.
    Continue,
    /// It begins anew.
    Retry,
    /// It is done, with a value that the person gives.
    Done,
    /// It has failed.
    Failed,
}

impl Outcome {
    /// The outcome as people and files write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Continue => "continue",
            Self::Retry => "retry",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// What a resume of a paused run means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PauseCause {
    /// A limit was used up: the same again is allowed.
    #[default]
    Limit,
    /// No agent lets the run in: they are asked again.
    Login,
}
