//! Gates: what a person is asked, and where each choice leads.

use indexmap::IndexMap;

use super::{Assert, KeyCheck, NodeAt};
use crate::contract::Contract;
use crate::template::{Expr, Template};

/// A gate.
#[derive(Debug, Clone)]
pub struct Gate {
    /// Title.
    pub title: Template,
    /// Summary.
    pub summary: Option<Template>,
    /// The node whose output may be edited; the gate's output satisfies that node's contract.
    pub edit: Option<Edit>,
    /// `--yes` may answer it.
    pub allow_yes: bool,
    /// Choices in order.
    pub choices: IndexMap<String, Choice>,
}

/// `gate.edit`.
#[derive(Debug, Clone)]
pub struct Edit {
    /// `nodes.NAME.output`.
    pub value: Expr,
    /// Schema of that node.
    pub contract: Option<Contract>,
    /// Asserts of that node.
    pub asserts: Vec<Assert>,
    /// Key checks of that node.
    pub keys: Vec<KeyCheck>,
}

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Where it leads.
    pub go: Go,
    /// A comment must be given.
    pub comment_required: bool,
}

/// Where a choice leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Go {
    /// On.
    Next,
    /// Ends the run.
    End {
        /// Status of the run: `true` cancelled, `false` failed.
        cancelled: bool,
    },
    /// Back to an earlier node of the same body, at most `max` times.
    Back {
        /// The node.
        to: NodeAt,
        /// How often.
        max: u32,
    },
}
