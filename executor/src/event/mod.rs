//! The one vocabulary: what happened in a run. Store, screen, web, logs and tests read these and nothing else. Pure.

#![deny(clippy::disallowed_methods, clippy::disallowed_types, clippy::iter_over_hash_type)]

mod cause;
mod failure;
mod handoff;
mod left;
mod overlap;
mod status;
mod timestamp;
mod usage;

use std::collections::BTreeMap;

use mission_compiler::template::Data;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use cause::{Cause, Outcome, PauseCause};
pub use failure::{Disturbed, Failure, FailureClass};
pub use handoff::{Checked, Contents, Finding, FindingKind, How, Touched, Weight};
pub use left::Left;
pub use overlap::Overlap;
pub use status::{RunStatus, SkipReason, Status};
pub use timestamp::Timestamp;
pub use usage::Usage;

/// One row of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// From 1, without gaps.
    pub seq: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// Why an attempt is lost whose executor ended without a word.
pub const EXECUTOR_GONE: &str = "its executor is gone";

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Event {
    /// The run exists; always the first.
    RunStarted {
        /// Run id.
        run: String,
        /// Name of the workflow.
        workflow: String,
        /// SHA-256 of the pinned definition, in hex.
        definition: String,
        /// Version of the engine that made it.
        engine: String,
        /// Inputs with defaults filled in.
        inputs: BTreeMap<String, Data>,
        /// Agent profiles replaced for this run: profile (or `*`) → spec.
        agents: BTreeMap<String, String>,
        /// Switches given on the command line, e.g. `allow-dirty`.
        flags: Vec<String>,
    },
    /// An executor took the run over.
    RunResumed {
        /// Count of executors so far; fences older ones.
        epoch: u64,
        /// What the person should know, e.g. that the workflow file changed meanwhile.
        notes: Vec<String>,
    },
    /// A node began. Committed before its process starts. Groups and maps begin with attempt 0.
    NodeStarted {
        /// Node id.
        node: String,
        /// Number of the attempt, from 1, never used twice for a node.
        attempt: u32,
        /// Why.
        cause: Cause,
        /// The coding agent that makes it, where one was chosen by name.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        agent: Option<String>,
    },
    /// A node waits for its agent, which reached a limit or does not let it in. Costs no `retry` and no re-ask.
    NodeParked {
        /// Node id.
        node: String,
        /// The attempt that was refused; 0 if none was made, because the agent was known to refuse.
        attempt: u32,
        /// What the agent said.
        failure: Failure,
        /// When it is asked again; without it a person must act first, and a resume asks again.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        until: Option<Timestamp>,
        /// What the attempt used.
        #[serde(skip_serializing_if = "Usage::is_unknown", default)]
        usage: Usage,
    },
    /// An attempt ended without success, and another will follow.
    NodeRetrying {
        /// Node id.
        node: String,
        /// The attempt that ended.
        attempt: u32,
        /// Why it does not count as success.
        failure: Failure,
        /// The next attempt does not begin before this.
        not_before: Timestamp,
        /// What the next attempt is.
        next: Cause,
        /// What the attempt used.
        usage: Usage,
    },
    /// An attempt ended that worked in a worktree. Stands before what follows from its end.
    WorktreeLeft {
        /// Node id.
        node: String,
        /// The attempt.
        attempt: u32,
        /// How it left the worktree.
        left: Left,
    },
    /// What an attempt said was held against what happened. Stands before what follows from it.
    HandoffChecked {
        /// Node id.
        node: String,
        /// The attempt.
        attempt: u32,
        /// What came of it.
        checked: Checked,
    },
    /// A node ended. Final, but for an explicit retry or resume of a failed run.
    NodeFinished {
        /// Node id.
        node: String,
        /// The attempt whose result this is; 0 for nodes without attempts.
        attempt: u32,
        /// `done` or `failed`.
        status: Status,
        /// The result, validated, defaults filled in. A failed verdict keeps it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        output: Option<Data>,
        /// Why it failed; also kept when `unresolved`.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        failure: Option<Failure>,
        /// It failed for good, and `else: continue` lets the run go on.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        unresolved: bool,
        /// What the last attempt used.
        usage: Usage,
    },
    /// A node will not run.
    NodeSkipped {
        /// Node id.
        node: String,
        /// Why.
        reason: SkipReason,
        /// Its `otherwise` value, for `when`.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        output: Option<Data>,
    },
    /// A node was ended by a cancel, or never began because of it.
    NodeCancelled {
        /// Node id.
        node: String,
        /// What the attempt that was ended used.
        #[serde(skip_serializing_if = "Usage::is_unknown", default)]
        usage: Usage,
    },
    /// The executor of this attempt is gone; its processes were ended and its result is unknown.
    NodeLost {
        /// Node id.
        node: String,
        /// The attempt.
        attempt: u32,
        /// What ended the executor, as far as known.
        reason: String,
        /// What the attempt used, if its executor still heard of it.
        #[serde(skip_serializing_if = "Usage::is_unknown", default)]
        usage: Usage,
    },
    /// A gate waits for a person.
    GateOpened {
        /// Node id.
        node: String,
        /// SHA-256 of exactly what is shown, in hex; a decision is bound to it.
        digest: String,
        /// Title shown.
        title: String,
        /// Text shown.
        summary: String,
        /// Value shown, which may be edited.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        value: Option<Data>,
        /// Choices offered.
        choices: Vec<String>,
        /// Choices that need a comment.
        comment_required: Vec<String>,
        /// `--yes` may answer it.
        allow_yes: bool,
    },
    /// A person decided.
    GateDecided {
        /// Node id.
        node: String,
        /// The choice.
        choice: String,
        /// Who.
        by: String,
        /// How: `terminal`, `command`, `yes`, `web`.
        via: String,
        /// Comment.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        comment: Option<String>,
        /// Digest of what was shown.
        shown: String,
        /// Digest of the resulting value.
        result: String,
        /// The resulting value, if the gate has one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        value: Option<Data>,
    },
    /// A person talked to the agent of a node, and said what becomes of it. Follows the reset of the node.
    NodeTaken {
        /// Node id.
        node: String,
        /// The attempt whose session they talked in.
        attempt: u32,
        /// Id of that session, as the agent knows it.
        session: String,
        /// What becomes of the node.
        outcome: Outcome,
        /// Who.
        by: String,
        /// How: `command`, `terminal`, `web`.
        via: String,
        /// Comment.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        comment: Option<String>,
        /// The value that it is done with.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        value: Option<Data>,
    },
    /// A map learned its items.
    GraphGrew {
        /// The map.
        node: String,
        /// Keys of its items in order.
        keys: Vec<String>,
        /// How many nodes were added.
        added: u32,
        /// SHA-256 over the added nodes, compared on replay.
        witness: String,
    },
    /// Everything before a barrier is satisfied.
    BarrierOpened {
        /// The barrier.
        node: String,
    },
    /// Finished nodes begin anew: a resume of a failed run, or an explicit retry.
    NodesReset {
        /// The nodes.
        nodes: Vec<String>,
        /// Why.
        reason: String,
    },
    /// Someone asked for the end.
    CancelAsked {
        /// Who.
        by: String,
        /// Why.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        comment: Option<String>,
        /// Without grace.
        now: bool,
    },
    /// The work of two nodes conflicts as it stands. Told once for a pair and its files.
    OverlapFound {
        /// Which, and where.
        overlap: Overlap,
    },
    /// Nothing more is started until someone resumes.
    RunPaused {
        /// Why, e.g. a limit.
        reason: String,
        /// What a resume means.
        #[serde(default)]
        cause: PauseCause,
    },
    /// The run ended; always the last of an executor that got that far.
    RunFinished {
        /// How.
        status: RunStatus,
        /// Results of the workflow.
        outputs: BTreeMap<String, Data>,
        /// Why it is not `succeeded`.
        reasons: Vec<String>,
    },
}
