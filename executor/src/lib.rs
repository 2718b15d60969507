//! Runs compiled workflows: a pure core (`event run decide report`) and a thin shell around it.

pub mod action;
pub mod agent;
mod aside;
pub mod clock;
pub mod decide;
pub mod digest;
pub mod drive;
pub mod event;
pub mod git;
pub mod process;
pub mod reply;
pub mod report;
pub mod run;
pub mod runs;
pub mod schema;
pub mod store;
pub mod trial;
