//! `mission why`: why a run, or a node of it, stands as it does.

use mission_compiler::graph::Ix;
use mission_executor::decide::{Explanation, explain};
use mission_executor::event::{RunStatus, SkipReason};
use mission_executor::run::{Phase, Run};
use schemars::JsonSchema;
use serde::Serialize;

use crate::args;
use crate::failure::{Exit, Failure};
use crate::history;
use crate::next;
use crate::page::{self, Page, Tone, flat};
use crate::screen::plain;
use crate::standing;

/// What `why --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Answer {
    /// Run id.
    run: String,
    /// How it stands.
    state: RunStatus,
    /// Why the run is not `succeeded`.
    reasons: Vec<String>,
    /// The node asked about, or every node that holds the run up or made it fail.
    nodes: Vec<Explanation>,
}

/// Explains.
pub(crate) fn perform(args: &args::Why) -> Result<Exit, Failure> {
    let (past, node) = history::target(&args.target)?;
    let run = &past.run;
    let asked = match node {
        Some(ix) => vec![ix],
        None => remarkable(run),
    };
    let answer = Answer {
        run: run.id().to_owned(),
        state: standing::status(run, past.alive),
        reasons: run
            .ending()
            .map(|e| e.reasons.clone())
            .or_else(|| run.paused().map(|p| vec![p.to_owned()]))
            .unwrap_or_default(),
        nodes: asked.into_iter().map(|ix| explain(run, ix)).collect(),
    };
    if args.json {
        page::print_json(&answer)?;
    } else {
        page::print(&written(&answer, node.is_none()))?;
        if let Some(asked) = node.and_then(|ix| next::asked(run, ix)) {
            page::print(&asked)?;
        }
        if node.is_none() {
            page::print(&next::next(run, past.alive))?;
        }
    }
    past.leave();
    Ok(Exit::Done)
}

/// Nodes that explain how the run stands: what failed, what is under way, what waits.
fn remarkable(run: &Run) -> Vec<Ix> {
    let own = |ix: &Ix| {
        let state = run.state(*ix);
        let leaf = run.graph().node(*ix).children.is_empty();
        match state.phase {
            Phase::Failed => true,
            Phase::Running => leaf,
            Phase::Asking | Phase::Backoff | Phase::Parked => true,
            Phase::Done => state.unresolved,
            Phase::Pending => run.is_ready(*ix),
            Phase::Skipped(SkipReason::Upstream | SkipReason::When | SkipReason::UnusedRepair) | Phase::Cancelled => {
                false
            }
        }
    };
    run.graph().topological().into_iter().filter(own).collect()
}

fn written(answer: &Answer, whole: bool) -> Page {
    let mut page = Page::new();
    if whole {
        page.tone(Tone::Strong, &answer.run).text("  ");
        page.tone(plain::tone(answer.state), answer.state.word()).end();
        for reason in &answer.reasons {
            page.text("  ").line(flat(reason));
        }
    }
    for node in &answer.nodes {
        page.tone(Tone::Strong, &node.node).text(format!(" is {}: ", node.state)).line(flat(&node.because));
        for other in &node.nodes {
            page.text("  ").line(other);
        }
    }
    page
}
