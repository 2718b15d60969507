//! What a result claims of the work, to be held against what happened.

use super::Setting;
use crate::template::Expr;

/// `handoff:`: what a result claims, held against what happened.
#[derive(Debug, Clone)]
pub struct Handoff {
    /// The work is done; absent: every accepted result says so.
    pub done: Option<Expr>,
    /// Files changed.
    pub files: Option<Expr>,
    /// Commands run.
    pub commands: Option<Expr>,
    /// Commits made.
    pub commits: Option<Expr>,
    /// Items of maps whose work must not be undone.
    pub keeps: Option<Expr>,
    /// Does work that is done change files?
    pub changes: Setting<Changes>,
    /// What a contradiction means.
    pub mismatch: Setting<Mismatch>,
}

/// `handoff.changes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Changes {
    /// Yes.
    #[default]
    Expected,
    /// No: the node only looks.
    None,
    /// Perhaps.
    Any,
}

impl Changes {
    /// The value that an author wrote or a template made.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "expected" => Some(Self::Expected),
            "none" => Some(Self::None),
            "any" => Some(Self::Any),
            _ => None,
        }
    }
}

/// `handoff.mismatch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mismatch {
    /// The node has failed.
    #[default]
    Fail,
    /// The record and the report say it.
    Report,
}

impl Mismatch {
    /// The value that an author wrote or a template made.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "fail" => Some(Self::Fail),
            "report" => Some(Self::Report),
            _ => None,
        }
    }
}
