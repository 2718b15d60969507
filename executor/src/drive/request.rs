//! What other processes may ask the executor of a run for, as it stands in the mailbox.

use serde::{Deserialize, Serialize};

use crate::decide::port::{Decision, Input, Taken};
use crate::event::Outcome;

/// A request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Ask {
    /// Decide at a gate.
    Decide {
        /// Node id.
        node: String,
        /// The choice.
        choice: String,
        /// Who.
        by: String,
        /// How.
        via: String,
        /// Comment.
        comment: Option<String>,
        /// Digest of what was seen.
        shown: Option<String>,
        /// The edited value.
        value: Option<serde_json::Value>,
    },
    /// Say what becomes of a node whose agent a person talked to.
    Take {
        /// Node id.
        node: String,
        /// The attempt whose session they talked in.
        attempt: u32,
        /// Id of that session.
        session: String,
        /// What becomes of the node.
        outcome: Outcome,
        /// Who.
        by: String,
        /// How.
        via: String,
        /// Comment.
        comment: Option<String>,
        /// The value that it is done with.
        value: Option<serde_json::Value>,
    },
    /// End the run.
    Cancel {
        /// Who.
        by: String,
        /// Why.
        comment: Option<String>,
        /// Without grace.
        now: bool,
    },
}

impl From<Decision> for Ask {
    fn from(d: Decision) -> Self {
        let Decision { node, choice, by, via, comment, shown, value } = d;
        Self::Decide { node, choice, by, via, comment, shown, value }
    }
}

impl From<Taken> for Ask {
    fn from(t: Taken) -> Self {
        let Taken { node, attempt, session, outcome, by, via, comment, value } = t;
        Self::Take { node, attempt, session, outcome, by, via, comment, value }
    }
}

impl From<Ask> for Input {
    fn from(ask: Ask) -> Self {
        match ask {
            Ask::Decide { node, choice, by, via, comment, shown, value } => {
                Self::Decision(Decision { node, choice, by, via, comment, shown, value })
            }
            Ask::Take { node, attempt, session, outcome, by, via, comment, value } => {
                Self::Taken(Taken { node, attempt, session, outcome, by, via, comment, value })
            }
            Ask::Cancel { by, comment, now } => Self::Cancel { by, comment, now },
        }
    }
}
