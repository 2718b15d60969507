//! Trying out a coding agent as it is set up here: the checks behind `mission agents test`, and the one call behind `mission doctor
//! --probe`. A few real calls, each held against what runs rely on. Knows nothing of runs, graphs or stores: attempts are started as a run would start them, and nothing is believed.

mod bench;
mod checks;
mod probe;
mod replay;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::agent::catalogue::Cli;
use crate::process::{Launcher, Settings};
use bench::Bench;

pub use probe::Probed;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As runs need it.
    Ok,
    /// Otherwise: see `why`.
    Failed,
    /// It could not be tried with this agent: see `why`.
    NotApplicable,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    /// What was checked.
    pub check: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// Why it is not `ok`, or what people should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Milliseconds that its calls took; none if it needed no call of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub millis: Option<u64>,
    /// Tokens read, if the agent told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    /// Tokens written, if the agent told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    /// USD, if the agent told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usd: Option<f64>,
}

/// Where and how an agent is tried.
#[derive(Debug, Clone)]
pub struct Trial {
    /// How attempts are started. Its folder takes logs and files, and must lie below its repository.
    pub settings: Settings,
    /// The directory that the agent works in: below the repository, and of no use afterwards.
    pub cwd: PathBuf,
    /// Time for one call.
    pub limit: Duration,
}

impl Trial {
    /// Tries `cli`; `tell` hears of each check when it is over. Inside a runtime of tokio.
    ///
    /// # Errors
    /// If attempts cannot be started here at all.
    pub async fn perform(self, cli: &Cli, tell: &mut dyn FnMut(&Cell)) -> io::Result<Vec<Cell>> {
        Ok(checks::perform(&self.bench(cli)?, tell).await)
    }
    /// Makes one short call of `cli`, with leave to read only. Inside a runtime of tokio.
    ///
    /// # Errors
    /// If attempts cannot be started here at all.
    pub async fn probe(self, cli: &Cli) -> io::Result<Probed> {
        Ok(probe::perform(&self.bench(cli)?).await)
    }
    fn bench(self, cli: &Cli) -> io::Result<Bench<'_>> {
        let (folder, run) = (self.settings.folder.clone(), self.settings.run.clone());
        let launcher = Launcher::new(self.settings, None)?;
        Ok(Bench { launcher, cli, folder, run, cwd: self.cwd, limit: self.limit })
    }
}

/// How many calls of its model a trial of `cli` makes, at most.
pub fn calls(cli: &Cli) -> usize {
    checks::calls(cli)
}

/// Bytes of the longest prompt of a trial of `cli`.
pub fn longest_prompt(cli: &Cli) -> usize {
    checks::longest(cli)
}
