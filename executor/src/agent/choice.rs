//! `--agent PROFILE=SPEC`: another driver for a profile. Pure.

use mission_compiler::workflow::Agent;
use thiserror::Error;

/// A profile and what is to drive it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The profile; `*` stands for all.
    pub profile: String,
    /// What drives it.
    pub spec: Spec,
}

/// What drives a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spec {
    /// A program and its arguments.
    Command(Vec<String>),
    /// A runner by name, perhaps with a model.
    Runner {
        /// Its name.
        name: String,
        /// The model.
        model: Option<String>,
    },
}

/// A text that is not `PROFILE=SPEC`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChoiceError {
    /// There is no `=`.
    #[error("`{text}` names no profile: `PROFILE=SPEC` was expected, such as `writer=./my-agent` or `*=claude`")]
    NoProfile {
        /// What was given.
        text: String,
    },
    /// The spec is none.
    #[error(
        "`{text}` is neither a runner (`claude`, `codex:gpt-5`), a path (`./my-agent`) nor a list (`[\"./my-agent\", \"--fast\"]`)"
    )]
    NoSpec {
        /// What was given.
        text: String,
    },
}

impl Choice {
    /// Reads `PROFILE=SPEC`.
    ///
    /// # Errors
    /// What was expected instead.
    pub fn parse(text: &str) -> Result<Self, ChoiceError> {
        let Some((profile, spec)) = text.split_once('=').filter(|(profile, _)| !profile.trim().is_empty()) else {
            return Err(ChoiceError::NoProfile { text: text.to_owned() });
        };
        Ok(Self { profile: profile.trim().to_owned(), spec: Spec::parse(spec)? })
    }
    /// Whether it is meant for the profile called `name`.
    pub fn is_for(&self, name: &str) -> bool {
        self.profile == "*" || self.profile == name
    }
}

impl Spec {
    /// Reads a JSON list of program and arguments; or a path, known by a `/` before any `:`; or `runner[:model]`.
    ///
    /// # Errors
    /// What was expected instead.
    pub fn parse(text: &str) -> Result<Self, ChoiceError> {
        let text = text.trim();
        let wrong = || ChoiceError::NoSpec { text: text.to_owned() };
        if text.starts_with('[') {
            let words: Vec<String> = serde_json::from_str(text).map_err(|_| wrong())?;
            return if words.first().is_some_and(|program| !program.is_empty()) {
                Ok(Self::Command(words))
            } else {
                Err(wrong())
            };
        }
        let (name, model) = match text.split_once(':') {
            Some((name, model)) => (name, Some(model)),
            None => (text, None),
        };
        if name.contains('/') {
            return Ok(Self::Command(vec![text.to_owned()]));
        }
        let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !is_name || name == "command" || model == Some("") {
            return Err(wrong());
        }
        Ok(Self::Runner { name: name.to_owned(), model: model.map(str::to_owned) })
    }
    /// The profile `agent`, driven by this.
    pub fn apply(&self, agent: &Agent) -> Agent {
        let mut agent = agent.clone();
        match self {
            Self::Command(words) => {
                agent.runners = vec!["command".to_owned()];
                agent.command = words.clone();
            }
            Self::Runner { name, model } => {
                agent.runners = vec![name.clone()];
                agent.command = Vec::new();
                agent.model = model.clone();
            }
        }
        agent
    }
}
