//! `mission attach`: a person in the session of a node's agent, and what becomes of the node after that.

use std::ffi::OsString;
use std::io::{BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};

use mission_compiler::graph::Ix;
use mission_compiler::template::Data;
use mission_compiler::workflow::{Agent, AgentChoice, Verb};
use mission_executor::agent::{self, Agents, Found};
use mission_executor::clock::{Clock, SystemClock};
use mission_executor::decide::port::{Input, Taken};
use mission_executor::event::Outcome;
use mission_executor::process::Programs;
use mission_executor::process::attach::Attach;
use mission_executor::run::Phase;
use mission_executor::runs::AttemptPath;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

use super::answer::{After, carry_out, given};
use crate::args::{self, Then};
use crate::failure::{Exit, Failure};
use crate::history::Past;
use crate::page::{self, Page, Tone, flat};
use crate::{editor, executing, files, person, project, within};

/// What `attach --print --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Session {
    /// Run id.
    run: String,
    /// Node id.
    node: String,
    /// The attempt whose session it is.
    attempt: u32,
    /// The agent.
    agent: String,
    /// Id of the session, as the agent knows it.
    session: String,
    /// The working directory.
    folder: PathBuf,
    /// Program and arguments.
    command: Vec<String>,
    /// Variables that are set.
    set: Vec<(String, String)>,
    /// Names of variables that are passed on beside the usual ones.
    passed: Vec<String>,
}

/// A session that was found.
struct Sitting {
    ix: Ix,
    node: String,
    attempt: u32,
    session: agent::Session,
    /// Folder of the attempt.
    folder: PathBuf,
    /// What the node keeps with this agent.
    keep: PathBuf,
}

/// Attaches.
pub(crate) fn perform(args: &args::Attach) -> Result<Exit, Failure> {
    let past = Past::open(Some(&args.run))?;
    let sitting = find(&past, &args.node)?;
    if args.print {
        let attach = command(&past, &sitting)?;
        return printed(&past, &sitting, &attach, args.going.json);
    }
    within::require_outside(&past.dir, "attach")?;
    idle(&past, sitting.ix)?;
    if !args.no_open {
        let attach = command(&past, &sitting)?;
        open(&past, &sitting, &attach)?;
    }
    let Some(outcome) = outcome(args.then, &sitting.node)? else { return Ok(Exit::Done) };
    let value = value(args, &past, &sitting, outcome)?;
    let Sitting { node, attempt, session, .. } = sitting;
    let by = args.person.by.clone().unwrap_or_else(person::name);
    let (session, via, comment) = (session.id.unwrap_or_default(), "command".to_owned(), args.person.comment.clone());
    let taken = Taken { node, attempt, session, outcome, by, via, comment, value };
    let after = match (args.no_resume, args.going.detach) {
        (true, _) => After::Nothing,
        (false, true) => After::GoOnInBackground,
        (false, false) => After::GoOn,
    };
    carry_out(past, Input::Taken(taken), after, args.going.yes, args.going.json)
}

/// The latest session of the node.
fn find(past: &Past, name: &str) -> Result<Sitting, Failure> {
    let ix = past.told(name)?;
    let node = past.run.graph().node(ix).id.to_string();
    let attempts = past.run.state(ix).attempts.iter().rev().map(|attempt| attempt.number);
    let session_of = |attempt: u32| {
        let path = AttemptPath::new(&node, attempt).ok()?;
        let folder = past.dir.attempt(&path);
        let session = agent::Session::read(&folder).filter(|session| session.id.is_some() && session.begun)?;
        let keep = past.dir.kept(&path, &session.agent);
        Some((attempt, session, folder, keep))
    };
    match attempts.filter_map(session_of).next() {
        Some((attempt, session, folder, keep)) => Ok(Sitting { ix, node, attempt, session, folder, keep }),
        None => {
            let hint =
                "only an agent with sessions that has begun has one; `mission agents` tells which agents have them";
            Err(Failure::usage(format!("no attempt of `{node}` has a session"), hint))
        }
    }
}

/// No attempt of the node is under way, or may begin at any moment.
fn idle(past: &Past, ix: Ix) -> Result<(), Failure> {
    let (id, state) = (&past.run.graph().node(ix).id, past.run.state(ix));
    if !past.alive || state.phase.settled() {
        return Ok(());
    }
    let message = match state.phase {
        Phase::Running => format!("attempt {} of `{id}` is under way", state.attempt),
        _ => format!("an attempt of `{id}` may begin at any moment"),
    };
    let how =
        past.dir.holder().map_or_else(|| "Ctrl-C where it runs".to_owned(), |held| format!("`kill -INT {}`", held.pid));
    Err(Failure::usage(
        message,
        format!("interrupt the run first ({how}); it stays resumable, and so does the session"),
    ))
}

/// The command that opens the session.
fn command(past: &Past, sitting: &Sitting) -> Result<Attach, Failure> {
    let root = project::root()?;
    let environment: Vec<(OsString, OsString)> = std::env::vars_os().collect();
    let programs = Programs::new(&root, std::env::var_os("PATH").as_deref());
    let agents = Agents::new(past.definition.catalogue.clone(), programs, environment);
    let name = &sitting.session.agent;
    let wrong = |why: String| Failure::Usage { message: format!("`{}`: {why}", sitting.node), hint: None };
    let catalogue = agents.catalogue().map_err(|e| wrong(e.to_string()))?;
    let cli = catalogue.get(name).ok_or_else(|| wrong(format!("`{name}` is not a known agent")))?;
    let program = match agents.find(cli) {
        Found::Ready { program, .. } => program,
        Found::Absent { why } | Found::Foreign { why, .. } | Found::Old { why, .. } => return Err(wrong(flat(&why))),
    };
    let profile = profile(past, sitting.ix);
    let (env, pass_env) = profile.map(|agent| (agent.env.as_slice(), agent.pass_env.as_slice())).unwrap_or_default();
    Attach::new(cli, program, &sitting.session, &sitting.keep, env, pass_env).map_err(wrong)
}

/// The profile of the node, if that does not depend on a value.
fn profile(past: &Past, ix: Ix) -> Option<&Agent> {
    match &past.run.graph().node(ix).def.verb {
        Verb::Agent { choice: AgentChoice::One(name), .. } => past.run.workflow().agents.get(name),
        _ => None,
    }
}

fn printed(past: &Past, sitting: &Sitting, attach: &Attach, json: bool) -> Result<Exit, Failure> {
    let command: Vec<String> =
        std::iter::once(attach.program.display().to_string()).chain(attach.words.clone()).collect();
    if json {
        page::print_json(&Session {
            run: past.run.id().to_owned(),
            node: sitting.node.clone(),
            attempt: sitting.attempt,
            agent: sitting.session.agent.clone(),
            session: sitting.session.id.clone().unwrap_or_default(),
            folder: attach.folder.clone(),
            command,
            set: attach.own.clone(),
            passed: attach.passed.clone(),
        })?;
        return Ok(Exit::Done);
    }
    let set = attach.own.iter().map(|(name, value)| format!("{name}={}", quoted(value)));
    let words: Vec<String> = set.chain(command.iter().map(|word| quoted(word))).collect();
    page::print(Page::new().line(format!(
        "cd {} && {}",
        quoted(&attach.folder.display().to_string()),
        words.join(" ")
    )))?;
    Ok(Exit::Done)
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Opens the session in this terminal, and waits until the person leaves it. Nobody takes the run over meanwhile.
fn open(past: &Past, sitting: &Sitting, attach: &Attach) -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        let hint = "`--print` prints the command; `--no-open --then …` only says what becomes of the node";
        return Err(Failure::usage("a session is opened in a terminal, and there is none", hint));
    }
    let lock = if past.alive { None } else { Some(past.dir.lock(SystemClock::new().now())?) };
    if lock.is_some() {
        executing::cleared(&project::root()?, &past.dir, &past.run)?;
    }
    let mut page = Page::new();
    page.tone(Tone::Accent, &sitting.node).line(format!(
        ", attempt {}: `{}` in its session, in {}",
        sitting.attempt,
        sitting.session.agent,
        attach.folder.display()
    ));
    page::print(&page)?;
    let start = |source| files::io("start", &attach.program, source);
    // Ctrl-C is for the agent. Whoever listens to a signal is not ended by it.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(start)?;
    let inside = runtime.enter();
    let _heard = signal(SignalKind::interrupt()).map_err(start)?;
    drop(inside);
    // Also if it cannot be noted: then figures are wrong, and nothing else.
    let _ = sitting.session.used_by_others(&sitting.folder);
    let status = attach.run(std::env::vars_os().collect()).map_err(start)?;
    drop(lock);
    if !status.success() {
        page::print(
            Page::new().tone(Tone::Warn, "note").line(format!(": `{}` ended with {status}", sitting.session.agent)),
        )?;
    }
    Ok(())
}

/// What becomes of the node: as given, or as the person says.
fn outcome(then: Option<Then>, node: &str) -> Result<Option<Outcome>, Failure> {
    let of = |then: Then| match then {
        Then::Continue => Outcome::Continue,
        Then::Retry => Outcome::Retry,
        Then::Done => Outcome::Done,
        Then::Failed => Outcome::Failed,
    };
    if let Some(then) = then {
        return Ok(Some(of(then)));
    }
    loop {
        let mut page = Page::new();
        page.text("What becomes of ")
            .tone(Tone::Accent, node)
            .text("? continue, retry, done, failed or nothing [nothing]: ");
        page::print(&page)?;
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        if read.map_err(|source| files::io("read", Path::new("-"), source))? == 0 {
            return Ok(None);
        }
        match line.trim() {
            "" | "nothing" => return Ok(None),
            "continue" => return Ok(Some(Outcome::Continue)),
            "retry" => return Ok(Some(Outcome::Retry)),
            "done" => return Ok(Some(Outcome::Done)),
            "failed" => return Ok(Some(Outcome::Failed)),
            _ => {}
        }
    }
}

/// The value of a node that is done: as given, or from the person's editor if its result has a schema.
fn value(args: &args::Attach, past: &Past, sitting: &Sitting, outcome: Outcome) -> Result<Option<Value>, Failure> {
    if let Some(text) = &args.value {
        return given(text).map(Some);
    }
    let has_schema = past.run.graph().node(sitting.ix).def.output.contract.is_some();
    if outcome != Outcome::Done || !has_schema {
        return Ok(None);
    }
    if args.no_open || !std::io::stdin().is_terminal() {
        return Err(Failure::usage(
            format!("the result of `{}` has a schema", sitting.node),
            "give the value with --value JSON|@FILE",
        ));
    }
    let before =
        past.run.state(sitting.ix).output.as_ref().map_or_else(|| Value::Object(serde_json::Map::new()), Data::to_json);
    editor::edit(&before).map(Some)
}
