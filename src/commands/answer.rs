//! `mission approve`, `deny` and `cancel`: what a person says about a run, given to its executor or carried out here.

use std::time::Duration;

use mission_compiler::graph::Ix;
use mission_executor::clock::{Clock, SystemClock};
use mission_executor::decide::Core;
use mission_executor::decide::port::{Decision, Input};
use mission_executor::drive::TakeOver;
use mission_executor::drive::request::Ask;
use mission_executor::event::RunStatus;
use mission_executor::run::{self, Run};
use mission_executor::runs::{RunDir, RunLock, RunsError};
use mission_executor::store::{self, Answer, Mailbox, Waited};
use serde_json::Value;

use super::events::PACE;
use super::resume::{notes, refuse_final};
use crate::args::{Approve, Cancel, Deny, Person};
use crate::background::{self, Receipt};
use crate::executing::{Job, Shown, execute};
use crate::failure::{Exit, Failure};
use crate::history::Past;
use crate::inputs::listed;
use crate::next::{self, Role, role};
use crate::page::{self, Page, Tone};
use crate::{editor, files, person, project, standing, within};

/// How long an executor that is alive may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Executors of one run that may die over one request before that is given up.
const MOST_EXECUTORS: u32 = 5;

/// What is done after the answer is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    GoOn,
    GoOnInBackground,
    Nothing,
}

/// Answers a gate.
pub(crate) fn approve(args: &Approve) -> Result<Exit, Failure> {
    let past = Past::open(args.run.as_deref())?;
    within::require_outside(&past.dir, "approve")?;
    let (ix, shown) = gate(&past, args.node.as_deref())?;
    let choice = match &args.choice {
        Some(choice) => choice.clone(),
        None if past.run.graph().node(ix).chain.asks.is_some() => return Err(which(&past.run, ix, shown)),
        None => with_role(&past.run, ix, shown, Role::Onward)?,
    };
    let value = match (&args.value, args.edit) {
        (Some(text), _) => Some(given(text)?),
        (None, true) => Some(edited(&past.run, ix, shown)?),
        (None, false) => None,
    };
    let seen = args.digest.clone().unwrap_or_else(|| shown.digest.clone());
    let decision = decision(&past.run, ix, choice, &args.person, seen, value);
    let after = match (args.no_resume, args.going.detach) {
        (true, _) => After::Nothing,
        (false, true) => After::GoOnInBackground,
        (false, false) => After::GoOn,
    };
    carry_out(past, Input::Decision(decision), after, args.going.yes, args.going.json)
}

/// Answers a gate with the choice that ends the run.
pub(crate) fn deny(args: &Deny) -> Result<Exit, Failure> {
    let past = Past::open(Some(&args.run))?;
    within::require_outside(&past.dir, "deny")?;
    let (ix, shown) = gate(&past, args.node.as_deref())?;
    let choice = with_role(&past.run, ix, shown, Role::Ending)?;
    let decision = decision(&past.run, ix, choice, &args.person, shown.digest.clone(), None);
    carry_out(past, Input::Decision(decision), After::GoOn, false, args.json)
}

/// Ends a run.
pub(crate) fn cancel(args: &Cancel) -> Result<Exit, Failure> {
    let past = Past::open(Some(&args.run))?;
    within::require_outside(&past.dir, "cancel")?;
    let by = args.person.by.clone().unwrap_or_else(person::name);
    let input = Input::Cancel { by, comment: args.person.comment.clone(), now: args.now };
    carry_out(past, input, After::GoOn, false, args.json)
}

fn decision(run: &Run, ix: Ix, choice: String, who: &Person, shown: String, value: Option<Value>) -> Decision {
    let by = who.by.clone().unwrap_or_else(person::name);
    let (node, comment) = (run.graph().node(ix).id.to_string(), who.comment.clone());
    Decision { node, choice, by, via: "command".to_owned(), comment, shown: Some(shown), value }
}

/// The gate that is meant, and what it shows.
fn gate<'p>(past: &'p Past, wanted: Option<&str>) -> Result<(Ix, &'p run::Shown), Failure> {
    let run = &past.run;
    let asking: Vec<Ix> = run.asking().collect();
    let id = |ix: &Ix| run.graph().node(*ix).id.to_string();
    let names: Vec<String> = asking.iter().map(id).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let ix = match (wanted, asking.as_slice()) {
        (Some(name), _) => past.meant(name)?,
        (None, [one]) => *one,
        (None, []) => {
            let state = standing::status(run, past.alive);
            let message = format!("run `{}` waits for nobody; its state is `{}`", run.id(), state.word());
            let way = match state {
                RunStatus::Interrupted | RunStatus::Failed | RunStatus::Paused => {
                    format!("`mission resume {}` goes on with it", run.id())
                }
                RunStatus::Running
                | RunStatus::Waiting
                | RunStatus::Parked
                | RunStatus::Succeeded
                | RunStatus::Partial
                | RunStatus::Cancelled => format!("`mission status {}` shows how it stands", run.id()),
            };
            return Err(Failure::usage(message, way));
        }
        (None, [_, _, ..]) => {
            let message = format!("run `{}` waits at {} gates", run.id(), asking.len());
            return Err(Failure::usage(message, format!("say which one with --node: {}", listed(&names))));
        }
    };
    match run.state(ix).shown.as_ref().filter(|_| asking.contains(&ix)) {
        Some(shown) => Ok((ix, shown)),
        None => {
            let hint = if names.is_empty() {
                "no gate of this run waits".to_owned()
            } else {
                format!("waiting: {}", listed(&names))
            };
            Err(Failure::usage(format!("`{}` does not wait for a decision", id(&ix)), hint))
        }
    }
}

/// A gate that asks about a failure has no answer that goes without saying.
fn which(run: &Run, ix: Ix, shown: &run::Shown) -> Failure {
    let names: Vec<&str> = shown.choices.iter().map(String::as_str).collect();
    let message = format!("`{}` asks what to do about a failure", run.graph().node(ix).id);
    Failure::usage(message, format!("say which one with `mission approve … --choice`: {}", listed(&names)))
}

/// The choice of the gate that has this role.
fn with_role(run: &Run, ix: Ix, shown: &run::Shown, wanted: Role) -> Result<String, Failure> {
    let found = shown.choices.iter().find(|choice| role(run, ix, choice) == wanted);
    found.cloned().ok_or_else(|| {
        let names: Vec<&str> = shown.choices.iter().map(String::as_str).collect();
        let what = if wanted == Role::Onward { "lets the run go on" } else { "ends the run" };
        let message = format!("`{}` has no choice that {what}", run.graph().node(ix).id);
        Failure::usage(message, format!("say which one with `mission approve … --choice`: {}", listed(&names)))
    })
}

/// `--value JSON|@FILE`.
pub(super) fn given(text: &str) -> Result<Value, Failure> {
    match text.strip_prefix('@') {
        Some(file) => files::data(std::path::Path::new(file)),
        None => serde_json::from_str(text)
            .map_err(|error| Failure::usage(format!("--value is not JSON: {error}"), "for a file write --value @FILE")),
    }
}

fn edited(run: &Run, ix: Ix, shown: &run::Shown) -> Result<Value, Failure> {
    match &shown.value {
        Some(value) => editor::edit(&value.to_json()),
        None => Err(Failure::Usage {
            message: format!("`{}` shows no value that could be edited", run.graph().node(ix).id),
            hint: None,
        }),
    }
}

/// Gives `input` to the executor of the run; becomes its executor if there is none.
pub(super) fn carry_out(past: Past, input: Input, after: After, yes: bool, json: bool) -> Result<Exit, Failure> {
    let mut past = past;
    for _ in 0..MOST_EXECUTORS {
        match past.dir.lock(SystemClock::new().now()) {
            Ok(lock) => return here(past.dir, lock, input, after, yes, json),
            Err(RunsError::Held { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        if let Some(exit) = hand_over(&past, input.clone(), json)? {
            return Ok(exit);
        }
        past = Past::read(past.dir)?;
    }
    let message = format!("the executors of run `{}` end before they take this", past.run.id());
    Err(Failure::usage(message, format!("`mission status {}` shows how it stands; then try again", past.run.id())))
}

/// Becomes the executor of the run and carries `input` out.
fn here(dir: RunDir, lock: RunLock, input: Input, after: After, yes: bool, json: bool) -> Result<Exit, Failure> {
    let root = project::root()?;
    // Read again under the lock: an executor may have gone on since.
    let past = Past::read(dir)?;
    refuse_final(&past.dir, past.run.status())?;
    // What will be refused is refused before the run is taken over, so that nothing is recorded.
    Core::new(past.run.clone(), None).handle(input.clone(), past.run.last())?;
    let cancels = matches!(input, Input::Cancel { .. });
    let only = after != After::GoOn && !cancels;
    let how = TakeOver::Ask { input: Box::new(input), only, notes: notes(&root, &past.definition) };
    let dir = past.dir.clone();
    let shown = if only { Shown::Not } else { Shown::json(json) };
    let exit = execute(Job { root: root.clone(), dir: dir.clone(), lock, known: None, how, yes, shown })?;
    match after {
        After::GoOn => Ok(exit),
        After::GoOnInBackground => background::resume(&root, &dir, yes, json),
        After::Nothing => {
            let past = Past::read(dir)?;
            let state = standing::status(&past.run, past.alive);
            if json {
                Receipt { run: past.run.id().to_owned(), state, pid: None }.print(json)?;
            } else {
                let mut page = Page::new();
                page.text("recorded in run ").tone(Tone::Strong, past.run.id()).end();
                page.rendered(next::next(&past.run, past.alive).as_str());
                page::print(&page)?;
            }
            Ok(Exit::Done)
        }
    }
}

/// Leaves the input with the executor that holds the run, and waits for what becomes of it; `None` if the executor is
/// gone and never took it.
fn hand_over(past: &Past, input: Input, json: bool) -> Result<Option<Exit>, Failure> {
    let ask = match input {
        Input::Decision(decision) => Ask::from(decision),
        Input::Taken(taken) => Ask::from(taken),
        Input::Cancel { by, comment, now } => Ask::Cancel { by, comment, now },
        Input::Ended(_)
        | Input::Progress { .. }
        | Input::Busy { .. }
        | Input::Chosen { .. }
        | Input::Overlap(_)
        | Input::Tick
        | Input::Interrupt { .. } => {
            unreachable!("BUG: people decide, take over and cancel")
        }
    };
    let ends = match &ask {
        Ask::Cancel { .. } => true,
        Ask::Take { .. } => false,
        Ask::Decide { node, choice, .. } => {
            let ix = past.run.meant(node);
            ix.is_some_and(|ix| role(&past.run, ix, choice) == Role::Ending)
        }
    };
    let mailbox = Mailbox::open(past.dir.path())?;
    let body = serde_json::to_value(&ask).expect("a request is JSON");
    let id = mailbox.post(SystemClock::new().now(), &body)?;
    let alive = || past.dir.is_alive().unwrap_or(false);
    match mailbox.wait(id, PATIENCE, alive)? {
        Waited::Answered(Answer::Accepted { .. }) => taken(past, ends, json).map(Some),
        Waited::Answered(Answer::Refused { reason }) if reason == store::GONE => Ok(None),
        Waited::Answered(Answer::Withdrawn) | Waited::Gone => Ok(None),
        Waited::Answered(Answer::Refused { reason }) => Err(Failure::Usage { message: reason, hint: None }),
        Waited::Late => Err(Failure::usage(
            "the executor of the run did not answer within 30 seconds; it may still take this",
            format!("`mission status {}` shows how it stands", past.run.id()),
        )),
    }
}

/// The executor has taken it: waits for the end of the run, if it is to end, and brings it about if the executor dies.
fn taken(past: &Past, ends: bool, json: bool) -> Result<Exit, Failure> {
    if !json {
        let mut page = Page::new();
        page.tone(Tone::Good, "taken").line(format!(" by the executor of `{}`", past.run.id()));
        page::print(&page)?;
    }
    let now = loop {
        while ends && past.dir.is_alive()? {
            std::thread::sleep(PACE);
        }
        let now = Past::read(past.dir.clone())?;
        if !ends || now.run.ending().is_some() {
            break now;
        }
        match past.dir.lock(SystemClock::new().now()) {
            Ok(lock) => return finish(now, lock, json),
            Err(RunsError::Held { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    };
    let state = standing::status(&now.run, now.alive);
    if json {
        Receipt { run: now.run.id().to_owned(), state, pid: None }.print(true)?;
    }
    Ok(match state {
        RunStatus::Cancelled | RunStatus::Failed | RunStatus::Partial if ends => Exit::Failed,
        _ => Exit::Done,
    })
}

/// Ends a run whose executor has recorded that it is to end, and died over it.
fn finish(past: Past, lock: RunLock, json: bool) -> Result<Exit, Failure> {
    let root = project::root()?;
    let mut page = Page::new();
    page.tone(Tone::Warn, "note").line(": that executor died before the run had ended; it is ended here");
    page::say(&page);
    let how = TakeOver::Resume { notes: notes(&root, &past.definition) };
    execute(Job { root, dir: past.dir, lock, known: None, how, yes: false, shown: Shown::json(json) })
}
