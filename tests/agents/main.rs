//! Real coding agents against a scripted model server: the programs that people have, in exact versions, without an account and
//! without the internet. What is known of one agent only stands in `cast.rs`.
//!
//! `scripts/agents install` installs them, `scripts/agents install more` those that are tried by night. One that is not there is skipped, and said so; `MISSION_REQUIRE_AGENTS=claude,codex`
//! makes that a failure. With `MISSION_BLESS=1` every cell writes its figures into the table of docs/agents.md.

#![expect(clippy::print_stdout, reason = "a skipped test says so")]
#![cfg(target_os = "linux")]

mod attach;
mod bench;
mod cast;
mod cells;
mod chosen;
mod kill;
mod left;
mod missions;
mod parking;
mod probing;
mod real;
mod record;
mod table;
mod trial;

/// One module per agent, one test per cell.
macro_rules! matrix {
    ($(#[$about:meta])* $all:ident: $($agent:ident)*) => {
        $(mod $agent {
            use crate::{cells, real};
            matrix!(@cells $agent: ok "ok", schema "schema", reask "re-ask", resume "resume", status401 "401", status429 "429",
                status500 "500", cut "cut stream", hang "hang", slow "slow", cancel "cancel inside a tool",
                parallel "4 in parallel", usage "usage", long_prompt "prompt of 300 KB", unknown_event "unknown event",
                banner "banner before JSON");
        })*
        $(#[$about])*
        const $all: &[&str] = &[$(stringify!($agent)),*];
    };
    (@cells $agent:ident: $($cell:ident $title:literal),*) => {
        $(#[test]
        fn $cell() {
            if let Some(real) = real::Real::find(&stringify!($agent).replace('_', "-")) {
                cells::hold(real, $title, cells::$cell);
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
matrix! {
    /// Further ones, by night.
    MORE: qwen copilot pi kimi cline aider qwen_acp copilot_acp kimi_acp
}
