//! Runs with worktrees from outside: what is the user's stays as it was, nothing is left behind, nothing is lost.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod afterwards;
mod agents;
mod conflicts;
mod killed;
mod killed_mission;
mod killed_together;
mod killed_views;
mod place;
mod set_up;
mod together;
mod whole;
