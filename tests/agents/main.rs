//! Real coding agents against a scripted model server: the programs that people have, in exact versions, without an account and
//! without the internet. What is known of one agent only stands in `real.rs`.
//!
//! `scripts/agents install` installs them. One that is not there is skipped, and said so; `MISSION_REQUIRE_AGENTS=claude,codex`
//! makes that a failure. With `MISSION_BLESS=1` every cell writes its figures into the table of docs/agents.md.

#![expect(clippy::print_stdout, reason = "a skipped test says so")]
#![cfg(target_os = "linux")]

mod bench;
mod cells;
mod kill;
mod left;
mod missions;
mod real;
mod record;
mod table;

/// One module per agent, one test per cell.
macro_rules! matrix {
    ($(#[$about:meta])* $all:ident: $($agent:ident)*) => {
        $(mod $agent {
            use crate::{bench, cells, real};
            matrix!(@cells $agent: ok schema reask resume status401 status429 status500 cut hang slow cancel parallel usage
                long_prompt unknown_event banner);
        })*
        $(#[$about])*
        const $all: &[&str] = &[$(stringify!($agent)),*];
    };
    (@cells $agent:ident: $($cell:ident)*) => {
        $(#[test]
        fn $cell() {
            if let Some(real) = real::Real::find(&stringify!($agent).replace('_', "-")) {
                cells::$cell(&bench::Bench::new(real));
            }
        })*
    };
}

matrix! {
    /// Agents that speak in events.
    STREAM: claude codex opencode gemini goose
}
matrix! {
    /// Agents one talks with.
    ACP: claude_acp codex_acp opencode_acp gemini_acp goose_acp
}
