//! What a node is in the report.

use crate::template::{Expr, Template};

/// `report:`.
#[derive(Debug, Clone)]
pub struct Report {
    /// Role in the report.
    pub role: Role,
    /// Title.
    pub title: Option<Template>,
    /// Rows of a table.
    pub rows: Option<Expr>,
    /// What a section must prove: a list of `{id, text}`.
    pub requirements: Option<Expr>,
    /// What fulfills that: a list of `{id, fulfills}`.
    pub by: Option<Expr>,
}

/// Role of a node in the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A section (each item of a map is one).
    Section,
    /// An item of the enclosing section.
    Item,
    /// A check with an exit code.
    Check,
    /// A verdict of a round.
    Verdict,
}
