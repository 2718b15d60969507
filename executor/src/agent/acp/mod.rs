//! Conversations with coding agents that speak the Agent Client Protocol (<https://agentclientprotocol.com>, version 1): JSON-RPC,
//! one message per line. What they say is understood by the rules of the catalogue, as with `stream`; here is the other half, what
//! is said to them and when. Pure: bytes in, bytes out; must not know processes, files or clocks.
//!
//! No capability is offered: an agent works with its own tools, in its own process, where it is watched. Modes are never set; what
//! an agent asks leave for is answered here, see [`permit`].

mod client;
mod permit;
mod wire;

use std::sync::LazyLock;

use serde::Deserialize;
use std::collections::BTreeMap;

use super::catalogue::Rule;
use crate::event::FailureClass;

pub use client::{Client, Talk};

/// What messages mean, whoever the agent is.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Standard {
    /// Rules, held against each message before those of the agent.
    pub(super) events: Vec<Rule>,
    /// What names of errors and reasons to stop mean.
    pub(super) kinds: BTreeMap<String, FailureClass>,
}

/// The meaning that the protocol gives to messages.
pub(super) fn standard() -> &'static Standard {
    static READ: LazyLock<Standard> = LazyLock::new(|| {
        serde_yaml::from_str(include_str!("standard.yaml"))
            .expect("the rules of the protocol are sound: a test reads them")
    });
    &READ
}

#[cfg(test)]
mod tests;
