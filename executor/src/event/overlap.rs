//! Two pieces of work that conflict. Pure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Two worktrees whose work conflicts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Overlap {
    /// The nodes that the worktrees were made for, in order of their names.
    pub nodes: [String; 2],
    /// Their branches.
    pub branches: [String; 2],
    /// Files in conflict; none: they no longer conflict.
    pub files: Vec<String>,
}

impl Overlap {
    /// Does this say nothing that `told` did not, about the same two?
    pub fn adds_nothing_to(&self, told: &Self) -> bool {
        self.branches == told.branches && self.files.iter().all(|file| told.files.contains(file))
    }
}
