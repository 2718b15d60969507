//! A graph as people and programs look at it: the picture, and its five formats.

mod dot;
mod json;
mod mermaid;
mod svg;
mod text;
mod tree;
mod words;

use serde::{Deserialize, Serialize};

use crate::source::Position;

pub use dot::dot;
pub use json::json;
pub use mermaid::mermaid;
pub use svg::svg;
pub use text::text;

/// What `compile --format json` and `graph --format json` print. Order is topological and stable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Picture {
    /// Name of the workflow.
    pub workflow: String,
    /// The nodes.
    pub nodes: Vec<PictureNode>,
    /// Groups, maps and items as boxes.
    pub regions: Vec<Region>,
    /// The edges; no cycle.
    pub edges: Vec<PictureEdge>,
}

/// A node of a [`Picture`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PictureNode {
    /// Public id, e.g. `release:write`; `*` stands for the key in a map that is not expanded yet.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Short label: the last part of the id, or the title of an item.
    pub label: String,
    /// Where it stands in the workflow file.
    pub span: Position,
    /// Innermost region that holds it. The exit node of a group or map stands in its own region.
    pub region: Option<String>,
    /// State in a run; `pending` when only compiled.
    pub state: PictureState,
}

/// Kinds of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A coding agent.
    Agent,
    /// A command.
    Run,
    /// A person's decision.
    Gate,
    /// A built-in action.
    Action,
    /// A computed value.
    Value,
    /// Opens when everything before it is satisfied.
    Barrier,
    /// Exit of a map.
    Map,
    /// Exit of a group or of an item of a map.
    Group,
}

/// States of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PictureState {
    /// Its needs have not settled.
    #[default]
    Pending,
    /// It may start as soon as there is room.
    Ready,
    /// Under way.
    Running,
    /// Waits for a person, or for its next attempt.
    Waiting,
    /// Finished as asked.
    Done,
    /// Finished otherwise.
    Failed,
    /// Not run.
    Skipped,
    /// Ended by a cancel.
    Cancelled,
}

impl PictureState {
    /// The state as people and files write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Region {
    /// Id of its exit node.
    pub id: String,
    /// `map` or `group`.
    pub kind: RegionKind,
    /// Mode of a map.
    pub mode: Option<RegionMode>,
    /// Enclosing region.
    pub parent: Option<String>,
    /// True for a map whose items are not known yet: drawn with `× items`.
    #[serde(default)]
    pub unexpanded: bool,
}

/// Kinds of regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RegionKind {
    /// A map.
    Map,
    /// A group or an item of a map.
    Group,
}

/// Modes of map regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RegionMode {
    /// Items run together.
    Parallel,
    /// One after the other.
    Serial,
    /// One after the other behind barriers.
    Barrier,
}

/// An edge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PictureEdge {
    /// Id of the earlier node.
    pub from: String,
    /// Id of the later node.
    pub to: String,
    /// Why the later node waits.
    pub kind: EdgeKind,
    /// The choice that takes a gate edge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choice: Option<String>,
}

/// Kinds of edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeKind {
    /// Data or order.
    Needs,
    /// Leaves a gate by a choice.
    Gate,
    /// Taken when the source failed.
    Repair,
    /// Into or out of a barrier.
    Barrier,
}
