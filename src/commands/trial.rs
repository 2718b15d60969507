//! `mission agents test`: is an agent, as it is set up here, fit for runs?

use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;
use std::time::Duration;

use mission_compiler::suggest::nearest;
use mission_executor::agent::catalogue::Cli;
use mission_executor::agent::{Agents, Found};
use mission_executor::clock::{Clock, SystemClock};
use mission_executor::runs::Runs;
use mission_executor::trial::{self, Cell, Trial, Verdict};
use schemars::JsonSchema;
use serde::Serialize;

use crate::args;
use crate::failure::{Exit, Failure};
use crate::inputs::listed;
use crate::page::{self, Page, Tone, flat};
use crate::screen::words;
use crate::{agents, files, probe, project};

/// What `agents test --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tried {
    /// The agent.
    agent: String,
    /// Its program.
    program: String,
    /// Its version, if it tells one.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// No check failed.
    fit: bool,
    /// The checks.
    cells: Vec<Cell>,
}

/// Tries it.
pub(crate) fn perform(args: &args::AgentsTest) -> Result<Exit, Failure> {
    let root = project::root()?;
    let known = agents::known(&root)?;
    let (cli, program, version) = wanted(&known, &args.name)?;
    if !args.yes && !agreed(cli)? {
        return Ok(Exit::Failed);
    }
    // Makes `.mission` with what keeps it out of the repository.
    drop(Runs::of(&root).draft(SystemClock::new().now())?);
    let folder = project::folder(&root).join("tmp").join(format!("trial-{}", std::process::id()));
    let result = tried(args, &root, &folder, &known, cli);
    let removed = std::fs::remove_dir_all(&folder);
    let cells = result?;
    removed.map_err(|source| files::io("remove", &folder, source))?;
    let fit = cells.iter().all(|cell| cell.verdict != Verdict::Failed);
    if args.json {
        let agent = cli.name.clone();
        page::print_json(&Tried { agent, program: program.display().to_string(), version, fit, cells })?;
    } else {
        page::print(&summary(&cells, fit))?;
    }
    Ok(if fit { Exit::Done } else { Exit::Failed })
}

/// The agent called `name`, its program and its version.
fn wanted<'a>(known: &'a Agents, name: &str) -> Result<(&'a Cli, std::path::PathBuf, Option<String>), Failure> {
    let all = known.catalogue().map_err(|e| Failure::Usage { message: e.to_string(), hint: None })?;
    let Some(cli) = all.get(name) else {
        let names: Vec<&str> = all.all().map(|cli| cli.name.as_str()).collect();
        let hint = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known: {}; `.mission/agents.yaml` adds others", listed(&names)),
        };
        return Err(Failure::usage(format!("`{name}` is not a known agent"), hint));
    };
    match known.find(cli) {
        Found::Ready { program, version } => Ok((cli, program, version)),
        Found::Absent { why } | Found::Foreign { why, .. } | Found::Old { why, .. } => Err(Failure::usage(
            format!("`{name}` cannot be tried: {}", flat(&why)),
            "`mission agents` lists what is here",
        )),
    }
}

/// Asks the person, who pays for it.
fn agreed(cli: &Cli) -> Result<bool, Failure> {
    let (calls, longest) = (trial::calls(cli), trial::longest_prompt(cli) / 1024);
    let cost = format!(
        "this makes up to {calls} calls with the account of `{}`, one of them with a prompt of {longest} KB",
        cli.name
    );
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(cost, "say --yes to go on"));
    }
    let mut page = Page::new();
    page.line(cost).tone(Tone::Accent, "Go on? [y/N] ");
    page::print(&page)?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(|source| files::io("read", Path::new("-"), source))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn tried(args: &args::AgentsTest, root: &Path, folder: &Path, known: &Agents, cli: &Cli) -> Result<Vec<Cell>, Failure> {
    let (run, work) = (folder.join("run"), folder.join("work"));
    for made in [&run, &work] {
        std::fs::create_dir_all(made).map_err(|source| files::io("make", made, source))?;
    }
    let settings = probe::settings(root, &run, "trial", known);
    let cwd = work.strip_prefix(root).unwrap_or(&work).to_owned();
    let trial = Trial { settings, cwd, limit: Duration::from_secs(args.limit) };
    let failed = |source| files::io("work in", folder, source);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    let mut output = Ok(());
    let mut tell = |cell: &Cell| {
        if !args.json && output.is_ok() {
            output = page::print(&row(cell));
        }
    };
    let cells = runtime.block_on(trial.perform(cli, &mut tell)).map_err(failed)?;
    output.map(|()| cells)
}

fn row(cell: &Cell) -> Page {
    let (tone, word) = match cell.verdict {
        Verdict::Ok => (Tone::Good, "ok    "),
        Verdict::Failed => (Tone::Bad, "failed"),
        Verdict::NotApplicable => (Tone::Dim, "n/a   "),
    };
    let usage = mission_executor::event::Usage {
        millis: cell.millis,
        input_tokens: cell.input_tokens,
        output_tokens: cell.output_tokens,
        usd: cell.usd,
        ..Default::default()
    };
    let about: Vec<String> = [cell.why.as_deref().map(flat), Some(words::usage(&usage))]
        .into_iter()
        .flatten()
        .filter(|t| !t.is_empty())
        .collect();
    let mut page = Page::new();
    page.tone(tone, word).text(format!("  {:<16}", cell.check)).line(about.join("  "));
    page
}

fn summary(cells: &[Cell], fit: bool) -> Page {
    let failed = cells.iter().filter(|cell| cell.verdict == Verdict::Failed).count();
    let mut page = Page::new();
    match fit {
        true => page.tone(Tone::Good, "fit").line(": runs can rely on it"),
        false => {
            page.tone(Tone::Bad, "not fit").line(format!(": {}", words::count(failed, "check failed", "checks failed")))
        }
    };
    page
}
