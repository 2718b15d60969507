//! Compiles mission workflows: text → syntax → checked workflow → graph.
//!
//! PURE. No files, environment, clock, processes or randomness: the same text and facts give the same graph.

#![deny(clippy::disallowed_methods, clippy::disallowed_types, clippy::iter_over_hash_type)]

pub mod check;
pub mod contract;
pub mod diagnostic;
pub mod draw;
pub mod expand;
pub mod facts;
pub mod graph;
pub mod parse;
pub mod schema;
pub mod source;
pub mod suggest;
pub mod syntax;
pub mod template;
pub mod workflow;
