//! Maps: one node for each element of a list.

use crate::template::Expr;

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
