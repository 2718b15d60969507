//! Understanding coding agents: from what they print to what happened. Pure; must not know processes or files.

mod classify;
mod commands;
mod figures;
mod lines;
mod listener;
mod look;
mod reset;
mod story;
pub mod strict;
mod writes;

pub use classify::{Trouble, class_of};
pub use figures::Totals;
pub use lines::Splitter;
pub use listener::{Listener, Sign};
pub use reset::{reset_at, reset_in};
pub use story::{Progress, Said, Story};
