//! How nodes and runs stand and end.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a node ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// As asked.
    Done,
    /// Otherwise.
    Failed,
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunStatus {
    /// Under way.
    Running,
    /// Only people can bring it on.
    Waiting,
    /// Only time can bring it on: agents have reached their limits.
    Parked,
    /// A limit stopped it, or no agent lets it in; it can be resumed.
    Paused,
    /// Nothing failed unabsorbed, nothing unresolved.
    Succeeded,
    /// It went to its end with something unresolved.
    Partial,
    /// Something failed.
    Failed,
    /// Denied or cancelled; final.
    Cancelled,
    /// Its executor is gone; it can be resumed.
    Interrupted,
}

impl RunStatus {
    /// The status as people and files write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Parked => "parked",
            Self::Paused => "paused",
            Self::Succeeded => "succeeded",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Why a node was skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// Its `when`, or that of its group, is false.
    When,
    /// Something it needs failed, was skipped or cancelled.
    Upstream,
    /// A round that was not needed.
    UnusedRepair,
}
