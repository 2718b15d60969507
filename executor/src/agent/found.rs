//! Which of the known agents are here: looked for on `PATH`, told from others by what they say of themselves. Each is asked once.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use mission_compiler::workflow::Agent;

use super::catalogue::{Catalogue, CatalogueError, Cli, Detect, Driver};
use super::memory::Memory;
use super::{ProfileError, Runner, Version};
use crate::decide::port::{Candidate, Choice};
use crate::process::{Programs, probe};

/// How long an agent may take to tell its version.
const PATIENCE: Duration = Duration::from_secs(30);

/// An agent, as it is found here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It can be used.
    Ready {
        /// The program.
        program: PathBuf,
        /// Its version, if it tells one.
        version: Option<String>,
    },
    /// It is that agent, in a version that its description excludes.
    Old {
        /// The program.
        program: PathBuf,
        /// Its version, if it tells one.
        version: Option<String>,
        /// Which one is needed.
        why: String,
    },
    /// There is no such program.
    Absent {
        /// Why.
        why: String,
    },
    /// There is a program of this name, but it is not that agent.
    Foreign {
        /// The program.
        program: PathBuf,
        /// What it is.
        why: String,
    },
}

/// The known agents and where they are. Descriptions are read when the first of them is asked for: most runs of commands alone
/// never do.
#[derive(Debug)]
pub struct Agents {
    text: Option<String>,
    programs: Programs,
    environment: Vec<(OsString, OsString)>,
    memory: Memory,
    known: OnceLock<Result<Known, CatalogueError>>,
}

#[derive(Debug)]
struct Known {
    catalogue: Catalogue,
    found: BTreeMap<String, OnceLock<Found>>,
}

impl Agents {
    /// The shipped agents and those of the `text` of an `agents.yaml`, among `programs`; they are asked in `environment`.
    pub fn new(text: Option<String>, programs: Programs, environment: Vec<(OsString, OsString)>) -> Self {
        let memory = Memory::of(&environment);
        Self { text, programs, environment, memory, known: OnceLock::new() }
    }
    /// The same, but what programs once said of themselves is not believed.
    pub fn afresh(mut self) -> Self {
        self.memory.afresh = true;
        self
    }
    /// The known agents.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn catalogue(&self) -> Result<&Catalogue, CatalogueError> {
        self.known().map(|known| &known.catalogue)
    }
    fn known(&self) -> Result<&Known, CatalogueError> {
        let read = || {
            let catalogue = Catalogue::shipped().with(self.text.as_deref().unwrap_or_default())?;
            let found = catalogue.all().map(|cli| (cli.name.clone(), OnceLock::new())).collect();
            Ok(Known { catalogue, found })
        };
        self.known.get_or_init(read).as_ref().map_err(Clone::clone)
    }
    /// The text of the `agents.yaml`.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }
    /// Where programs are looked for.
    pub fn programs(&self) -> &Programs {
        &self.programs
    }
    /// How `cli` is found here. Blocks while it is asked, at most half a minute; later calls know the answer, and so do other runs
    /// as long as the program is the same file.
    pub fn find(&self, cli: &Cli) -> Found {
        let look = || self.look(cli);
        let cell = self.known().ok().and_then(|known| known.found.get(&cli.name));
        cell.map_or_else(look, |cell| cell.get_or_init(look).clone())
    }
    /// How every known agent is found here, in order; all are asked at the same time.
    pub fn find_all(&self) -> Vec<(&Cli, Found)> {
        let all = self.catalogue().into_iter().flat_map(Catalogue::all);
        std::thread::scope(|scope| {
            let asked: Vec<_> = all.map(|cli| (cli.as_ref(), scope.spawn(|| self.find(cli)))).collect();
            asked.into_iter().filter_map(|(cli, found)| Some((cli, found.join().ok()?))).collect()
        })
    }
    fn look(&self, cli: &Cli) -> Found {
        let program = match self.programs.find(&cli.bin) {
            Ok(program) => program,
            Err(error) => return Found::Absent { why: error.to_string() },
        };
        let Some(detect) = &cli.detect else { return Found::Ready { program, version: None } };
        if let Some(found) = self.memory.recall(&program, &detect.args).and_then(|said| told(detect, &program, &said)) {
            return found;
        }
        let stamp = self.memory.stamp(&program);
        let said = match probe(&program, &detect.args, &self.environment, PATIENCE) {
            Ok(said) => said,
            Err(why) => return Found::Foreign { why: format!("`{}`: {why}", program.display()), program },
        };
        match told(detect, &program, &said) {
            Some(found) => {
                // Only what is known to be an answer; an error may be over the next time.
                self.memory.keep(&program, &detect.args, stamp, &said);
                found
            }
            None => {
                let line: String = said.trim().lines().next().unwrap_or_default().chars().take(80).collect();
                let why = format!("`{}` is another program: it says {line:?}", program.display());
                Found::Foreign { program, why }
            }
        }
    }
    /// What drives the profile: its first runner that is here and can do what it asks.
    ///
    /// # Errors
    /// If there is none, or `command` comes without a command.
    pub fn choose(&self, profile: &str, agent: &Agent) -> Result<Runner, ProfileError> {
        let mut reasons = Vec::new();
        let known = || {
            let told = |source| ProfileError::Unknown { profile: profile.to_owned(), source };
            self.catalogue().map_err(told)
        };
        for runner in &agent.runners {
            match runner.as_str() {
                "command" if agent.command.is_empty() => {
                    return Err(ProfileError::NoCommand { profile: profile.to_owned() });
                }
                "command" => return Ok(Runner::Command(agent.command.clone())),
                "auto" => {
                    match known()?.all().filter(|cli| cli.auto).find_map(|cli| self.usable(cli, agent, true).ok()) {
                        Some(runner) => return Ok(runner),
                        None => reasons.push(self.nobody(known()?, agent)),
                    }
                }
                name => match known()?.get(name).map(|cli| self.usable(cli, agent, false)) {
                    Some(Ok(runner)) => return Ok(runner),
                    Some(Err(why)) => reasons.push(format!("`{name}`: {why}")),
                    None => reasons.push(format!("`{name}` is not a known agent")),
                },
            }
        }
        Err(ProfileError::Nobody { profile: profile.to_owned(), reasons })
    }
    /// Who can work for a profile without those named: the first such runner, and those among them that could as well.
    pub fn candidates(&self, agent: &Agent, without: &[String]) -> Choice {
        let mut choice = Choice::default();
        for runner in &agent.runners {
            let found = match runner.as_str() {
                "command" if agent.command.is_empty() => continue,
                "command" => vec![Candidate { name: runner.clone(), weight: 1, warmup: false }],
                "auto" => self.lined_up(agent, without),
                name => {
                    let cli = self.catalogue().ok().and_then(|known| known.get(name));
                    cli.filter(|cli| self.usable(cli, agent, false).is_ok())
                        .map(|cli| candidate(cli))
                        .into_iter()
                        .collect()
                }
            };
            for one in found {
                if without.contains(&one.name) {
                    choice.held.push(one.name);
                } else {
                    choice.agent = Some(one);
                    return choice;
                }
            }
        }
        choice
    }
    /// The agents that `auto` finds, up to the first that is not among those named: later ones need not be asked.
    fn lined_up(&self, agent: &Agent, without: &[String]) -> Vec<Candidate> {
        let mut found = Vec::new();
        for cli in self.catalogue().into_iter().flat_map(Catalogue::all) {
            if self.usable(cli, agent, true).is_ok() {
                found.push(candidate(cli));
                if !without.contains(&cli.name) {
                    break;
                }
            }
        }
        found
    }
    /// What drives the profile: `runner` of its runners, if it was chosen already.
    ///
    /// # Errors
    /// As [`choose`](Self::choose).
    pub fn take(&self, profile: &str, agent: &Agent, runner: Option<&str>) -> Result<Runner, ProfileError> {
        match runner {
            Some(name) => self.choose(profile, &Agent { runners: vec![name.to_owned()], ..agent.clone() }),
            None => self.choose(profile, agent),
        }
    }
    fn usable(&self, cli: &Arc<Cli>, agent: &Agent, is_auto: bool) -> Result<Runner, String> {
        if let Some(lack) = lacks(cli, agent, is_auto).first() {
            return Err((*lack).to_owned());
        }
        match self.find(cli) {
            Found::Ready { program, version: _ } => Ok(Runner::Cli { cli: Arc::clone(cli), program }),
            Found::Absent { why } | Found::Foreign { why, .. } | Found::Old { why, .. } => Err(why),
        }
    }
    fn nobody(&self, catalogue: &Catalogue, agent: &Agent) -> String {
        let fit = catalogue.all().filter(|cli| cli.auto && lacks(cli, agent, true).is_empty());
        let names: Vec<&str> = fit.map(|cli| cli.name.as_str()).collect();
        if names.is_empty() {
            return "`auto`: no known agent takes everything that the profile sets".to_owned();
        }
        let here = catalogue.all().filter(|cli| names.contains(&cli.name.as_str()));
        let unfit = here.filter_map(|cli| match self.find(cli) {
            Found::Old { why, .. } => Some(format!("; {why}")),
            Found::Ready { .. } | Found::Absent { .. } | Found::Foreign { .. } => None,
        });
        format!("`auto`: none of {} is on `PATH`{}", names.join(", "), unfit.collect::<String>())
    }
}

/// What `program` is that `said` this of itself; `None`: another one.
fn told(detect: &Detect, program: &Path, said: &str) -> Option<Found> {
    let parts = detect.says.0.captures(said)?;
    let version = parts.name("version").or_else(|| parts.name("plain")).map(|v| v.as_str().to_owned());
    let program = program.to_owned();
    let Some(min) = &detect.min else { return Some(Found::Ready { program, version }) };
    match version.as_deref().and_then(Version::read) {
        Some(read) if read >= *min => Some(Found::Ready { program, version }),
        _ => {
            let is = version.as_ref().map_or("does not tell its version".to_owned(), |v| format!("is version {v}"));
            let why = format!("`{}` {is}; {min} or later is needed", program.display());
            Some(Found::Old { program, version, why })
        }
    }
}

fn candidate(cli: &Cli) -> Candidate {
    Candidate { name: cli.name.clone(), weight: cli.weight, warmup: cli.warmup }
}

/// What `agent` asks and `cli` cannot. To be held to reading is asked of agents that are found by themselves; one that is named
/// without being able to is told to read only.
fn lacks(cli: &Cli, agent: &Agent, is_auto: bool) -> Vec<&'static str> {
    let options = &cli.options;
    // Whoever is talked with may offer a choice of them.
    let offers = cli.driver == Driver::Acp;
    let table = [
        (agent.model.is_some() && options.model.is_none() && !offers, "it takes no `model`"),
        (agent.effort.is_some() && options.effort.is_none() && !offers, "it takes no `effort`"),
        (agent.budget.is_some() && options.budget.is_none(), "it takes no `budget`"),
        (is_auto && !agent.write && options.read.is_none(), "it cannot be held to reading"),
    ];
    table.into_iter().filter(|(lacks, _)| *lacks).map(|(_, what)| what).collect()
}

/// What `cli` can do, and what it cannot, in words for people.
pub fn abilities(cli: &Cli) -> (Vec<&'static str>, Vec<&'static str>) {
    let options = &cli.options;
    let tells = |figure: fn(&super::catalogue::Rule) -> bool| cli.events.iter().any(figure);
    let talks = cli.driver == Driver::Acp;
    let table = [
        (cli.driver != Driver::Text, "events", "no events: it is believed by its exit code and its result"),
        (options.schema.is_some(), "schema", "no schema of its own: the prompt carries it"),
        (options.resume.is_some() || (talks && cli.sessions), "resume", "no sessions: asked again it begins anew"),
        (options.read.is_some(), "read-only", "cannot be held to reading, only told to"),
        (options.model.is_some() || talks, "model", "no choice of model"),
        (options.effort.is_some() || talks, "effort", "no choice of effort"),
        (options.budget.is_some(), "budget", "no budget of its own"),
        (tells(|r| r.usage.is_some() || r.add_usage.is_some()), "tokens", "tells no tokens"),
        (tells(|r| r.cost.is_some() || r.add_cost.is_some()), "cost", "tells no cost"),
    ];
    let can = table.iter().filter(|(has, _, _)| *has).map(|(_, can, _)| *can).collect();
    (can, table.iter().filter(|(has, _, _)| !*has).map(|(_, _, gap)| *gap).collect())
}
