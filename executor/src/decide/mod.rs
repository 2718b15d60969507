//! What to do next: from a run and an input to events and actions. Pure.

pub mod port;
