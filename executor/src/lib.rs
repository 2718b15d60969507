//! Runs compiled workflows: a pure core (`event run decide report`) and a thin shell around it.

pub mod decide;
pub mod event;
