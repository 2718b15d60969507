//! What a node does.

use std::sync::Arc;

use indexmap::IndexMap;

use super::{Body, Gate};
use crate::template::{Expr, Prompt, Template};

/// What a node does.
#[derive(Debug, Clone)]
pub enum Verb {
    /// A prompt to an agent.
    Agent {
        /// Which profile.
        choice: AgentChoice,
        /// What to say.
        prompt: Prompt,
    },
    /// A command.
    Run(Command),
    /// A person's decision.
    Gate(Gate),
    /// A built-in action.
    Uses {
        /// Name in the executor's registry.
        action: String,
        /// Arguments.
        with: Template,
    },
    /// A computed value.
    Value(Template),
    /// A group (or the body of a map).
    Nodes(Arc<Body>),
}

/// Which profile.
#[derive(Debug, Clone)]
pub enum AgentChoice {
    /// This one.
    One(String),
    /// By value.
    By {
        /// The expression.
        by: Expr,
        /// Profile by value.
        of: IndexMap<String, String>,
        /// Profile for every other value.
        otherwise: String,
    },
}

/// A command; never templated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Text for `sh -ceu`.
    Shell(String),
    /// Program and arguments.
    Argv(Vec<String>),
}
