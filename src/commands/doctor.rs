//! `mission doctor`: what was found here.

use std::path::Path;
use std::time::Duration;

use mission_executor::action::{self, Job, Project};
use mission_executor::agent::catalogue::Cli;
use mission_executor::agent::{Agents, Found};
use mission_executor::clock::{Clock, SystemClock};
use mission_executor::git::{Error, Policy, Program, Repository, Wanted};
use mission_executor::process::Programs;
use mission_executor::process::apart::Isolation;
use mission_executor::runs::Runs;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args;
use crate::failure::{Exit, Failure, worded};
use crate::page::{self, Page, Tone, flat};
use crate::probe::{self, Probe};
use crate::screen::words;
use crate::{agents, files, preflight, project, templates};

/// What `doctor --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Findings {
    /// Version of this program.
    version: String,
    /// Root of the project.
    root: String,
    /// What was looked at, in order.
    findings: Vec<Finding>,
}

/// One thing that was looked at.
#[derive(Debug, Serialize, JsonSchema)]
struct Finding {
    /// What.
    about: String,
    /// How it is.
    state: State,
    /// What was found.
    found: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    /// The call that was made to find that out.
    #[serde(skip_serializing_if = "Option::is_none")]
    probe: Option<Probe>,
}

/// How a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum State {
    /// As it should be.
    Ok,
    /// Not there, and some workflows need it.
    Absent,
    /// There, but not as some workflows need it.
    Unfit,
    /// Wrong: runs will fail.
    Wrong,
}

impl Finding {
    fn new(about: &str, state: State, found: impl Into<String>, help: Option<String>) -> Self {
        Self { about: about.to_owned(), state, found: found.into(), help, probe: None }
    }
}

/// Looks.
pub(crate) fn perform(args: &args::Doctor) -> Result<Exit, Failure> {
    let root = project::root()?;
    let programs = Programs::new(&root, std::env::var_os("PATH").as_deref());
    let mut findings = git(&root);
    findings.push(shell(&programs));
    findings.push(store(&root));
    findings.push(checks(&root));
    findings.extend(isolation(&root));
    let known = agents::known(&root);
    findings.extend(match &known {
        Ok(known) => agents(known),
        Err(error) => vec![Finding::new("agents", State::Wrong, error.to_string(), None)],
    });
    if let (Some(names), Ok(known)) = (&args.probe, &known) {
        findings.extend(probed(&root, known, names, Duration::from_secs(args.limit))?);
    }
    findings.push(workflows(&root));
    let wrong = findings.iter().any(|f| f.state == State::Wrong);
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let all = Findings { version, root: root.display().to_string(), findings };
    if args.json {
        page::print_json(&all)?
    } else {
        page::print(&written(&all))?
    }
    Ok(if wrong { Exit::Failed } else { Exit::Done })
}

fn git(root: &Path) -> Vec<Finding> {
    let program = match Program::find(std::env::vars_os(), root) {
        Ok(program) => program,
        Err(error) => return vec![Finding::new("git", State::Absent, error.to_string(), error.help())],
    };
    let version = match program.version() {
        Ok(version) => Finding::new("git", State::Ok, format!("{version} ({})", program.path().display()), None),
        Err(error) => Finding::new("git", State::Wrong, error.to_string(), error.help()),
    };
    std::iter::once(version).chain(repository(&program, root)).collect()
}

/// The repository, or each thing about it that stands in the way of a workflow that commits.
fn repository(program: &Program, root: &Path) -> Vec<Finding> {
    let repository = match Repository::discover(program, root, Policy::Shielded) {
        Ok(repository) => repository,
        Err(error) => return vec![Finding::new("repository", State::Absent, error.to_string(), error.help())],
    };
    let at = repository.root().display();
    match repository.preflight(&Wanted { commits: true, ..Wanted::default() }) {
        Ok(ready) => {
            let branch = ready.branch.unwrap_or_else(|| "no branch".to_owned());
            let found = format!("{at}, {branch} at {}, clean", ready.head.short());
            vec![Finding::new("repository", State::Ok, found, None)]
        }
        Err(faults) => {
            let unfit =
                |fault: &Error| Finding::new("repository", State::Unfit, format!("{at}: {fault}"), fault.help());
            faults.iter().map(unfit).collect()
        }
    }
}

fn shell(programs: &Programs) -> Finding {
    match programs.find("sh") {
        Ok(path) => Finding::new("shell", State::Ok, path.display().to_string(), None),
        Err(error) => Finding::new("shell", State::Wrong, error.to_string(), Some("`run:` texts need `sh`".to_owned())),
    }
}

/// Can runs be written here? Tried without leaving anything behind.
fn store(root: &Path) -> Finding {
    let runs = Runs::of(root);
    match runs.draft(SystemClock::new().now()) {
        Ok(draft) => {
            drop(draft);
            let count = runs.list().map_or(0, |runs| runs.len());
            let found = format!("{}, {}", runs.root().display(), words::count(count, "run", "runs"));
            Finding::new("store", State::Ok, found, None)
        }
        Err(error) => Finding::new("store", State::Wrong, worded(&error.to_string()), None),
    }
}

/// Whether attempts in worktrees can be kept apart from each other. What cannot be read or written is told elsewhere.
fn isolation(root: &Path) -> Option<Finding> {
    let isolation = Project::load(root).ok()?.isolation();
    let about = "isolation";
    if isolation == Isolation::Never {
        let help = "`worktree.isolation` is `never` in `.mission/config.yaml`".to_owned();
        return Some(Finding::new(
            about,
            State::Absent,
            "what is written to the worktree of another is only watched",
            Some(help),
        ));
    }
    Some(match preflight::can_be_apart(root, isolation).ok()? {
        Ok(()) => Finding::new(about, State::Ok, "attempts cannot write to the worktrees of others", None),
        Err(why) => {
            let state = if isolation == Isolation::Always { State::Wrong } else { State::Absent };
            let help = "without it what is written to the worktree of another is watched; `worktree: { isolation: always }` in \
                        `.mission/config.yaml` tries a user namespace";
            Finding::new(about, state, worded(&why), Some(help.to_owned()))
        }
    })
}

/// The commands that prove the work, as runs would find them.
fn checks(root: &Path) -> Finding {
    let job = Job {
        root,
        repository: None,
        worktrees: None,
        run: "doctor",
        run_dir: root,
        node: "doctor",
        attempt: 1,
        first_attempt: 1,
    };
    match action::perform("checks.detect", serde_json::json!({}), &job) {
        Ok(value) => {
            let checks = value["checks"].as_array().cloned().unwrap_or_default();
            let named: Vec<String> = checks
                .iter()
                .filter_map(|c| Some(format!("{}: {}", c["name"].as_str()?, c["run"].as_str()?)))
                .collect();
            match named.as_slice() {
                [] => {
                    let help = "name some in `.mission/config.yaml` under `checks:`".to_owned();
                    Finding::new("checks", State::Absent, "none found in this project", Some(help))
                }
                named => Finding::new("checks", State::Ok, named.join("\n"), None),
            }
        }
        Err(failure) => Finding::new("checks", State::Wrong, words::failure(&failure), None),
    }
}

/// One short call of each agent that is here: of those named, else of those that `auto` may take.
fn probed(root: &Path, known: &Agents, names: &[String], limit: Duration) -> Result<Vec<Finding>, Failure> {
    let all = known.find_all();
    let mut findings = Vec::new();
    for name in names {
        let why = match all.iter().find(|(cli, _)| cli.name == *name) {
            Some((_, Found::Ready { .. })) => continue,
            Some((_, Found::Absent { why } | Found::Foreign { why, .. } | Found::Old { why, .. })) => flat(why),
            None => "this is not a known agent".to_owned(),
        };
        let help = Some("`mission agents` lists what is known and what is here".to_owned());
        findings.push(Finding::new(&format!("probe {name}"), State::Wrong, why, help));
    }
    let is_meant = |cli: &Cli| if names.is_empty() { cli.auto } else { names.contains(&cli.name) };
    for (cli, found) in all {
        if is_meant(cli) && matches!(found, Found::Ready { .. }) {
            let told = probe::of(root, known, cli, limit)?;
            let state = if told.answered { State::Ok } else { State::Wrong };
            let finding = Finding::new(&format!("probe {}", cli.name), state, told.found, told.help);
            findings.push(Finding { probe: Some(told.probe), ..finding });
        }
    }
    Ok(findings)
}

fn agents(known: &Agents) -> Vec<Finding> {
    let found: Vec<Finding> = known
        .find_all()
        .into_iter()
        .filter_map(|(cli, found)| {
            let about = format!("agent {}", cli.name);
            match found {
                Found::Ready { program, version } => {
                    let version = version.unwrap_or_else(|| "version unknown".to_owned());
                    let told = format!("{version} ({})", program.display());
                    Some(Finding::new(&about, State::Ok, told, None))
                }
                Found::Old { why, .. } => {
                    Some(Finding::new(&about, State::Absent, flat(&why), Some("update it".to_owned())))
                }
                Found::Foreign { why, .. } => Some(Finding::new(&about, State::Absent, flat(&why), None)),
                Found::Absent { .. } => None,
            }
        })
        .collect();
    if found.is_empty() {
        let help = "`mission agents` lists those that are known; any program can be an agent: `--agent '*=./my-agent'`";
        return vec![Finding::new("agents", State::Absent, "none on PATH", Some(help.to_owned()))];
    }
    found
}

fn workflows(root: &Path) -> Finding {
    let own = files::workflows_in(&project::workflows(root));
    let own = own.iter().filter_map(|p| p.file_stem()?.to_str());
    let names: Vec<&str> = own.chain(templates::SHIPPED.iter().map(|s| s.name)).collect();
    Finding::new("workflows", State::Ok, names.join(", "), None)
}

fn written(all: &Findings) -> Page {
    let mut page = Page::new();
    page.tone(Tone::Strong, "mission").line(format!(" {} in {}", all.version, all.root));
    let wide = all.findings.iter().map(|f| f.about.chars().count()).max().unwrap_or(0);
    for finding in &all.findings {
        let (tone, mark) = match finding.state {
            State::Ok => (Tone::Good, "ok     "),
            State::Absent => (Tone::Warn, "absent "),
            State::Unfit => (Tone::Warn, "unfit  "),
            State::Wrong => (Tone::Bad, "wrong  "),
        };
        for (i, line) in finding.found.lines().enumerate() {
            let about = if i == 0 { finding.about.as_str() } else { "" };
            page.tone(tone, if i == 0 { mark } else { "       " }).line(format!("  {about:<wide$}  {line}"));
        }
        if let Some(help) = &finding.help {
            page.text(format!("         {:<wide$}  ", "")).tone(Tone::Accent, "help").text(": ").line(help);
        }
    }
    page
}
