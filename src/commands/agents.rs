//! `mission agents`: the coding agents that are known, and which of them are here.

use mission_executor::agent::catalogue::Cli;
use mission_executor::agent::{Found, abilities};
use schemars::JsonSchema;
use serde::Serialize;

use crate::args;
use crate::failure::{Exit, Failure};
use crate::page::{self, Page, Tone, flat};
use crate::{agents, project};

/// What `agents --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct List {
    /// The agents, in the order in which `runner: auto` takes them.
    agents: Vec<Known>,
}

/// A known agent.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Known {
    /// Its name: what `runner` takes.
    name: String,
    /// Whether it is here.
    state: State,
    /// Its version, if it tells one.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// Its program, if there is one of that name.
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<String>,
    /// Why it cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// What it can do.
    can: Vec<&'static str>,
    /// What it cannot.
    gaps: Vec<String>,
    /// What else people should know.
    notes: Vec<String>,
}

/// Whether an agent is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum State {
    /// It can be used.
    Ready,
    /// There is no such program.
    Absent,
    /// It is here in a version that is too old, or that is not told.
    Old,
    /// There is a program of this name, but another one, or one that does not answer.
    Foreign,
}

/// Lists them.
pub(crate) fn perform(args: &args::Agents) -> Result<Exit, Failure> {
    let known = agents::known(&project::root()?)?;
    let all = List { agents: known.find_all().into_iter().map(|(cli, found)| row(cli, found)).collect() };
    if args.json {
        page::print_json(&all)?
    } else {
        page::print(&written(&all))?
    }
    Ok(Exit::Done)
}

fn row(cli: &Cli, found: Found) -> Known {
    let (can, gaps) = abilities(cli);
    let mut gaps: Vec<String> = gaps.into_iter().map(str::to_owned).collect();
    if let Found::Old { why, .. } = &found {
        gaps.insert(0, format!("too old: {}", flat(why)));
    }
    let (state, version, program, why) = match found {
        Found::Ready { program, version } => (State::Ready, version, Some(program), None),
        Found::Absent { .. } => (State::Absent, None, None, Some(format!("there is no program `{}`", cli.bin))),
        Found::Old { program, version, why } => (State::Old, version, Some(program), Some(flat(&why))),
        Found::Foreign { program, why } => (State::Foreign, None, Some(program), Some(flat(&why))),
    };
    let program = program.map(|path| path.display().to_string());
    Known { name: cli.name.clone(), state, version, program, why, can, gaps, notes: cli.notes.clone() }
}

fn written(all: &List) -> Page {
    let mut page = Page::new();
    let wide = all.agents.iter().map(|agent| agent.name.len()).max().unwrap_or(0);
    for agent in all.agents.iter().filter(|agent| agent.state == State::Ready) {
        let version = agent.version.as_deref().unwrap_or("version unknown");
        page.tone(Tone::Good, "ready  ").text(format!("  {:<wide$}  ", agent.name));
        page.line(format!("{version}  {}", agent.program.as_deref().unwrap_or_default()));
        let lines = [("can", agent.can.join(", ")), ("gaps", agent.gaps.join(", "))];
        let notes = agent.notes.iter().map(|note| ("note", note.clone()));
        for (what, text) in lines.into_iter().chain(notes).filter(|(_, text)| !text.is_empty()) {
            page.text(format!("         {:<wide$}  ", "")).tone(Tone::Accent, what).line(format!(": {text}"));
        }
    }
    for agent in all.agents.iter().filter(|agent| agent.state != State::Ready) {
        let (tone, mark) = match agent.state {
            State::Ready | State::Absent => (Tone::Warn, "absent "),
            State::Old => (Tone::Bad, "old    "),
            State::Foreign => (Tone::Bad, "foreign"),
        };
        page.tone(tone, mark).text(format!("  {:<wide$}  ", agent.name));
        page.line(agent.why.as_deref().unwrap_or_default());
    }
    page
}
