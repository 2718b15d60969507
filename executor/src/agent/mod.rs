//! Who does the work of an agent node: from a profile to a program and how to speak with it. Starts nothing.

mod choice;

use mission_compiler::workflow::Agent;
use thiserror::Error;

use crate::process::{ProgramError, Programs};

pub use choice::{Choice, ChoiceError, Spec};

/// How a profile is driven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runner {
    /// A program of the user's: the prompt on standard input; the result in the file named by `MISSION_OUTPUT`, else on standard
    /// output.
    Command(Vec<String>),
}

/// A profile that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProfileError {
    /// None of its runners is known here.
    #[error("agent profile `{profile}` asks for {}, but this version can only drive `command`", names(runners))]
    Unsupported {
        /// The profile.
        profile: String,
        /// What it asks for.
        runners: Vec<String>,
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
            Self::Unsupported { profile, .. } => {
                format!("name a program for it: `--agent {profile}=./my-agent`, or `runner: command` in the workflow")
            }
            Self::NoCommand { profile } => {
                format!("add `command: [./my-agent]` to the profile, or run with `--agent {profile}=./my-agent`")
            }
            Self::Program { profile, .. } => format!("choose another one with `--agent {profile}=./my-agent`"),
        }
    }
}

impl Runner {
    /// The first runner of the profile that can be driven.
    ///
    /// # Errors
    /// If there is none, or `command` comes without a command.
    pub fn of(profile: &str, agent: &Agent) -> Result<Self, ProfileError> {
        let profile = profile.to_owned();
        if !agent.runners.iter().any(|runner| runner == "command") {
            return Err(ProfileError::Unsupported { profile, runners: agent.runners.clone() });
        }
        if agent.command.is_empty() {
            return Err(ProfileError::NoCommand { profile });
        }
        Ok(Self::Command(agent.command.clone()))
    }
}

/// Whether the profile can be used: asked before a run begins, so that no run fails in the middle for it.
///
/// # Errors
/// Which profile cannot, and why.
pub fn check_profile(profile: &str, agent: &Agent, programs: &Programs) -> Result<(), ProfileError> {
    let Runner::Command(words) = Runner::of(profile, agent)?;
    match programs.find(&words[0]) {
        Ok(_) => Ok(()),
        Err(source) => Err(ProfileError::Program { profile: profile.to_owned(), source }),
    }
}

fn names(runners: &[String]) -> String {
    let quoted: Vec<String> = runners.iter().map(|runner| format!("`{runner}`")).collect();
    if quoted.is_empty() { "no runner".to_owned() } else { quoted.join(" or ") }
}

#[cfg(test)]
mod tests;
