//! Why a node stands as it does: `mission why`. Pure.

use mission_compiler::graph::Ix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::SkipReason;
use crate::run::{Phase, Run};

/// Why a node stands as it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    /// Node id.
    pub node: String,
    /// State in one word.
    pub state: String,
    /// One sentence.
    pub because: String,
    /// The nodes it waits for, or because of which it was skipped or failed.
    pub nodes: Vec<String>,
}

/// Explains the state of `ix`.
pub fn explain(run: &Run, ix: Ix) -> Explanation {
    let state = run.state(ix);
    let (because, nodes) = match state.phase {
        Phase::Pending => pending(run, ix),
        Phase::Running if state.attempt > 0 => (format!("attempt {} is under way", state.attempt), Vec::new()),
        Phase::Running => ("nodes inside it have not settled".to_owned(), open_inside(run, ix)),
        Phase::Asking => ("it waits for a person's decision".to_owned(), Vec::new()),
        Phase::Backoff => (format!("attempt {} did not succeed; the next one comes", state.attempt), Vec::new()),
        Phase::Parked => (parked(run, ix), Vec::new()),
        Phase::Done if state.unresolved => (format!("it failed and the run went on: {}", message(run, ix)), Vec::new()),
        Phase::Done => (done(run, ix), Vec::new()),
        Phase::Failed => (message(run, ix), run.failing_inside(ix)),
        Phase::Skipped(SkipReason::When) => ("its `when` is false".to_owned(), Vec::new()),
        Phase::Skipped(SkipReason::UnusedRepair) => ("this round was not needed".to_owned(), Vec::new()),
        Phase::Skipped(SkipReason::Upstream) => {
            ("something it needs was not satisfied".to_owned(), unsatisfied(run, ix))
        }
        Phase::Cancelled => ("the run was cancelled".to_owned(), Vec::new()),
    };
    let names = nodes.into_iter().map(|n| run.graph().node(n).id.to_string());
    let word = if run.is_ready(ix) { "ready" } else { word(state.phase) };
    Explanation { node: run.graph().node(ix).id.to_string(), state: word.to_owned(), because, nodes: names.collect() }
}

fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Pending => "pending",
        Phase::Running => "running",
        Phase::Asking | Phase::Backoff | Phase::Parked => "waiting",
        Phase::Done => "done",
        Phase::Failed => "failed",
        Phase::Skipped(_) => "skipped",
        Phase::Cancelled => "cancelled",
    }
}

fn pending(run: &Run, ix: Ix) -> (String, Vec<Ix>) {
    let mut waits: Vec<Ix> = run.graph().waits_for(ix).filter(|b| !run.state(*b).phase.settled()).collect();
    // Rounds that nobody has asked for yet say nothing, unless they are all there is.
    let begun = |b: &Ix| run.graph().node(*b).chain.round == 0 || run.state(*b).phase != Phase::Pending;
    if waits.iter().any(begun) {
        waits.retain(begun);
    }
    if !waits.is_empty() {
        return ("it waits for nodes that have not settled".to_owned(), waits);
    }
    match run.graph().node(ix).parent.filter(|p| run.state(*p).phase == Phase::Pending) {
        Some(parent) => ("the group it stands in has not begun".to_owned(), vec![parent]),
        None => ("it may start as soon as there is room".to_owned(), run.live().collect()),
    }
}

fn done(run: &Run, ix: Ix) -> String {
    let state = run.state(ix);
    match &state.decided {
        Some(decided) => format!("{} chose `{}`", decided.by, decided.choice),
        None if state.attempts.is_empty() => "it is done".to_owned(),
        None => format!("attempt {} succeeded", state.attempt),
    }
}

/// What it waits for; the time is told in UTC.
fn parked(run: &Run, ix: Ix) -> String {
    let Some(parked) = &run.state(ix).parked else { return "it waits for its agent".to_owned() };
    let until = match parked.until {
        Some(until) => format!("parked until {}", until.in_utc()),
        None => "parked until a person has acted and the run is resumed".to_owned(),
    };
    format!("{until}: {}", parked.failure.message)
}

fn message(run: &Run, ix: Ix) -> String {
    run.state(ix).failure.as_ref().map_or_else(|| "it failed".to_owned(), |f| f.message.clone())
}

fn open_inside(run: &Run, ix: Ix) -> Vec<Ix> {
    run.graph().node(ix).children.iter().copied().filter(|c| !run.state(*c).phase.settled()).collect()
}

/// The roots of the trouble: predecessors (its own or its containers') that failed, followed back through skips.
fn unsatisfied(run: &Run, ix: Ix) -> Vec<Ix> {
    let mut found = std::collections::BTreeSet::new();
    let mut seen = std::collections::BTreeSet::new();
    let mut open = vec![ix];
    while let Some(at) = open.pop() {
        if !seen.insert(at) {
            continue;
        }
        for before in run.graph().waits_for(at) {
            match run.state(before).phase {
                Phase::Failed | Phase::Cancelled => {
                    found.insert(before);
                }
                Phase::Skipped(SkipReason::Upstream) => open.push(before),
                Phase::Skipped(_)
                | Phase::Done
                | Phase::Pending
                | Phase::Running
                | Phase::Asking
                | Phase::Backoff
                | Phase::Parked => {}
            }
        }
        open.extend(
            run.graph().node(at).parent.filter(|p| run.state(*p).phase == Phase::Skipped(SkipReason::Upstream)),
        );
    }
    found.into_iter().collect()
}
