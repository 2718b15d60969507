//! How an attempt left its worktree: the words for it. Pure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How an attempt left its worktree: whoever takes its work later takes this and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Left {
    /// The worktree as the workflow asked for it.
    pub path: String,
    /// Its branch as the workflow asked for it.
    pub asked: String,
    /// Its branch as it was made.
    pub branch: String,
    /// The tip of the branch.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub head: Option<String>,
    /// The tree that a commit of everything in it would have; without it nobody looked, and it is taken as it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tree: Option<String>,
}
