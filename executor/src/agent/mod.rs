//! Who does the work of an agent node: from a profile to a program and how to speak with it. Starts nothing but questions for a
//! version.

pub mod acp;
mod call;
pub mod catalogue;
mod choice;
mod found;
mod memory;
pub mod prices;
mod prompt;
mod session;
pub mod stream;
mod version;

use std::path::PathBuf;
use std::sync::Arc;

use mission_compiler::workflow::Agent;
use thiserror::Error;

use crate::process::ProgramError;
use catalogue::{CatalogueError, Cli};

pub use call::{Call, Wanted, variables};
pub use choice::{Choice, ChoiceError, Spec};
pub use found::{Agents, Found, abilities};
pub use session::{Session, uuid};
pub use version::Version;

/// How a profile is driven.
#[derive(Debug, Clone, PartialEq)]
pub enum Runner {
    /// A program of the user's: the prompt on standard input; the result in the file named by `MISSION_OUTPUT`, else on standard
    /// output.
    Command(Vec<String>),
    /// A coding agent of the catalogue.
    Cli {
        /// How it is called and understood.
        cli: Arc<Cli>,
        /// The program.
        program: PathBuf,
    },
}

/// A profile that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProfileError {
    /// None of its runners can be used here.
    #[error("no agent for profile `{profile}`: {}", told(reasons))]
    Nobody {
        /// The profile.
        profile: String,
        /// Why not, for each runner.
        reasons: Vec<String>,
    },
    /// The descriptions of agents cannot be read.
    #[error("no agent for profile `{profile}`: `agents.yaml`: {source}")]
    Unknown {
        /// The profile.
        profile: String,
        /// Why.
        source: CatalogueError,
    },
    /// `runner: command` without a command.
    #[error("agent profile `{profile}` has `runner: command`, but no `command`")]
    NoCommand {
        /// The profile.
        profile: String,
    },
    /// Its program cannot be started.
    #[error("agent profile `{profile}`: {source}")]
    Program {
        /// The profile.
        profile: String,
        /// Why.
        source: ProgramError,
    },
}

impl ProfileError {
    /// What the person can do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Unknown { .. } => "`mission schema agents` describes the file".to_owned(),
            Self::Nobody { profile, .. } => {
                format!(
                    "`mission agents` tells what is here; any program can be an agent: `--agent {profile}=./my-agent`"
                )
            }
            Self::NoCommand { profile } => {
                format!("add `command: [./my-agent]` to the profile, or run with `--agent {profile}=./my-agent`")
            }
            Self::Program { profile, .. } => format!("choose another one with `--agent {profile}=./my-agent`"),
        }
    }
}

/// Whether the profile can be used: asked before a run begins, so that no run fails in the middle for it.
///
/// # Errors
/// Which profile cannot, and why.
pub fn check_profile(profile: &str, agent: &Agent, agents: &Agents) -> Result<(), ProfileError> {
    match agents.choose(profile, agent)? {
        Runner::Cli { .. } => Ok(()),
        Runner::Command(words) => match agents.programs().find(&words[0]) {
            Ok(_) => Ok(()),
            Err(source) => Err(ProfileError::Program { profile: profile.to_owned(), source }),
        },
    }
}

fn told(reasons: &[String]) -> String {
    if reasons.is_empty() { "it names no runner".to_owned() } else { reasons.join("; ") }
}

#[cfg(test)]
mod tests;
