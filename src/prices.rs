//! `.mission/prices.yaml`: what tokens cost, for agents that do not tell; and whose cost will stay unknown.

use std::path::Path;

use mission_compiler::workflow::Agent;
use mission_executor::agent::prices::Prices;
use mission_executor::agent::{Agents, Runner, abilities};

use crate::failure::Failure;
use crate::{files, project};

/// The table of the project at `root`; empty if there is none.
///
/// # Errors
/// A file that is no such table.
pub(crate) fn read(root: &Path) -> Result<Prices, Failure> {
    let path = project::folder(root).join("prices.yaml");
    if !path.exists() {
        return Ok(Prices::default());
    }
    Prices::read(&files::text(&path)?).map_err(|error| {
        let help = "for each agent and model (`*`: every other) USD for a million tokens, such as \
                    `codex: { '*': { input: 2, output: 10 } }`; `mission schema prices` describes it";
        Failure::usage(format!("`{}`: {error}", path.display()), help)
    })
}

/// The agent that will drive the profile and whose cost nobody tells: `limits.usd` cannot hold it.
pub(crate) fn unknown(profile: &str, agent: &Agent, agents: &Agents, prices: &Prices) -> Option<String> {
    match agents.choose(profile, agent).ok()? {
        Runner::Command(words) => words.into_iter().next(),
        Runner::Cli { cli, .. } => {
            let told = abilities(&cli).0.contains(&"cost") || prices.knows(&cli.name);
            (!told).then(|| cli.name.clone())
        }
    }
}
