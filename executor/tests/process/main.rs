//! Attempts as real processes: how they start, what they may see, what is kept of them, and that nothing of them is left.
//!
//! The agents are shell scripts that misbehave. Every test that could leave a process behind looks for it by a token that occurs
//! nowhere else, and at the end by the mark of its run.
#![cfg(target_os = "linux")]

mod acp;
mod agents;
mod bench;
mod endings;
mod output;
mod recovery;
mod starting;
mod variables;
