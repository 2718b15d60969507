//! Understanding coding agents: from what they print to what happened. Pure; must not know processes or files.

mod classify;
mod lines;
mod listener;
mod look;
pub mod strict;

pub use classify::{Trouble, class_of};
pub use lines::Splitter;
pub use listener::{Listener, Sign, Totals};
