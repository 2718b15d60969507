//! What a result must be.

use crate::contract::Contract;
use crate::template::{Expr, Template};

/// Contract of a result.
#[derive(Debug, Clone, Default)]
pub struct Output {
    /// JSON Schema.
    pub contract: Option<Contract>,
    /// Where the result is read from.
    pub from: From,
    /// Re-asks with the exact errors.
    pub repair: u32,
}

/// `output.from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum From {
    /// Agents: `agent`. Commands with a schema: `file` if written, else `last-json`. Commands without: no result (null).
    #[default]
    Default,
    /// The agent's reply.
    Agent,
    /// Standard output as text, or as JSON if there is a schema that does not accept a text.
    Stdout,
    /// The file named by `MISSION_OUTPUT`.
    File,
    /// The last JSON value on standard output.
    LastJson,
}

/// A condition over `output`.
#[derive(Debug, Clone)]
pub struct Assert {
    /// The condition.
    pub expr: Expr,
    /// What is wrong when it is false.
    pub say: Template,
}

/// Keys of a later map, checked where its list is made: unique and well-formed.
#[derive(Debug, Clone)]
pub struct KeyCheck {
    /// Path of property names from the output (or the enclosing element) to the list.
    pub path: Vec<String>,
    /// Name of the element in `key`.
    pub item: String,
    /// The key expression; it uses only `item`, `<item>_index` and enclosing elements.
    pub key: Expr,
    /// Checks of lists inside each element.
    pub inner: Vec<Self>,
}
