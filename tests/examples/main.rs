//! What readers are shown, tried: every example, every block of the README, every proof and link.
//!
//! `MISSION_BLESS=1 cargo test --test examples` rewrites graphs, logs and the picture.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bench;
mod demos;
mod pages;
mod readme;
