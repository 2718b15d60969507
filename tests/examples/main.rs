//! What readers are shown, tried: every example and every block of the README.
//!
//! `MISSION_BLESS=1 cargo test --test examples` rewrites graphs, logs and the picture.

mod bench;
mod demos;
mod readme;
