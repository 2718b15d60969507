//! What a person can do next about a run: what its gates ask, and the commands that answer, ready to be copied.

use mission_compiler::graph::Ix;
use mission_compiler::workflow::{Go, Verb};
use mission_executor::event::RunStatus;
use mission_executor::run::Run;

use crate::page::{Page, Tone, flat};
use crate::screen::value;
use crate::standing::status;

/// What a choice of a gate does to the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The run goes on.
    Onward,
    /// It ends, or the failure stays.
    Ending,
    /// Something is done again.
    Back,
}

/// What `choice` of the gate `ix` does.
pub(crate) fn role(run: &Run, ix: Ix, choice: &str) -> Role {
    let node = run.graph().node(ix);
    if node.chain.asks.is_some() {
        return match choice {
            "continue" => Role::Onward,
            "stop" => Role::Ending,
            _ => Role::Back,
        };
    }
    let Verb::Gate(gate) = &node.def.verb else { return Role::Back };
    match gate.choices.get(choice).map(|c| &c.go) {
        Some(Go::Next) => Role::Onward,
        Some(Go::End { .. }) => Role::Ending,
        Some(Go::Back { .. }) | None => Role::Back,
    }
}

/// Lines of a gate's text that stand beside the commands that answer it.
const MOST_LINES: usize = 12;

/// What a run waits for, and the commands that answer it.
fn answers(run: &Run) -> Page {
    let mut page = Page::new();
    for ix in run.asking() {
        let Some(shown) = &run.state(ix).shown else { continue };
        let node = &run.graph().node(ix).id;
        page.tone(Tone::Warn, node).text(" waits for you: ").line(flat(&shown.title));
        let lines: Vec<&str> = shown.summary.trim_end().lines().collect();
        for line in lines.iter().take(MOST_LINES) {
            page.text("    ").line(line);
        }
        if shown.value.is_some() || lines.len() > MOST_LINES {
            page.text("  ").tone(Tone::Accent, format!("mission why {} {node}", run.id()));
            page.tone(Tone::Dim, "  shows all of it").end();
        }
        commands(run, ix, &shown.choices, &shown.comment_required, &mut page);
    }
    page
}

/// All that the gate `ix` shows, and the commands that answer it; `None` if it does not wait.
pub(crate) fn asked(run: &Run, ix: Ix) -> Option<Page> {
    let shown = run.state(ix).shown.as_ref().filter(|_| run.asking().any(|asking| asking == ix))?;
    let mut page = Page::new();
    page.end().tone(Tone::Strong, flat(&shown.title)).end();
    for line in shown.summary.trim_end().lines() {
        page.text("  ").line(line);
    }
    if let Some(value) = &shown.value {
        page.end();
        for line in value::text(&value.to_json()).lines() {
            page.text("  ").line(line);
        }
    }
    page.end();
    commands(run, ix, &shown.choices, &shown.comment_required, &mut page);
    Some(page)
}

/// A command for each choice of the gate `ix`, ready to be copied.
fn commands(run: &Run, ix: Ix, choices: &[String], comment_required: &[String], page: &mut Page) {
    let (run_id, node) = (run.id(), &run.graph().node(ix).id);
    // What to do about a failure is said in full: to go on in spite of it is not to approve.
    let plain = run.graph().node(ix).chain.asks.is_none();
    let (mut approve, mut deny) = (plain, plain);
    for choice in choices {
        let comment = if comment_required.contains(choice) { " --comment TEXT" } else { "" };
        let command = match role(run, ix, choice) {
            Role::Onward if std::mem::take(&mut approve) => format!("mission approve {run_id} --node {node}"),
            Role::Ending if std::mem::take(&mut deny) => format!("mission deny {run_id} --node {node}"),
            Role::Onward | Role::Ending | Role::Back => {
                format!("mission approve {run_id} --node {node} --choice {choice}")
            }
        };
        page.text("  ").tone(Tone::Accent, command + comment).end();
    }
}

/// What the person can do next about a run that does not go on by itself.
pub(crate) fn next(run: &Run, alive: bool) -> Page {
    let mut page = Page::new();
    let answers = answers(run);
    if !answers.as_str().is_empty() {
        page.end().rendered(answers.as_str());
    }
    let id = run.id();
    let (command, about) = match status(run, alive) {
        RunStatus::Failed | RunStatus::Interrupted | RunStatus::Paused => ("resume", "goes on with it"),
        RunStatus::Succeeded | RunStatus::Partial | RunStatus::Cancelled => ("report", "shows what came of it"),
        RunStatus::Running | RunStatus::Waiting | RunStatus::Parked => return page,
    };
    page.end().tone(Tone::Accent, format!("mission {command} {id}")).text("  ").line(about);
    page
}
