//! How a run stands: the value behind `status --json`, and the same for people.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use mission_compiler::draw::{Kind, PictureState};
use mission_compiler::graph::{Ix, Shape};
use mission_compiler::template::Data;
use mission_executor::agent::stream::Progress;
use mission_executor::event::{Checked, Failure as Fault, Overlap, RunStatus, SkipReason, Timestamp, Weight};
use mission_executor::git;
use mission_executor::report::{Ledgers, ledgers};
use mission_executor::run::{Phase, Run};
use mission_executor::runs::RunDir;
use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::Failure;
use crate::page::{Page, Tone, flat};
use crate::preflight::git_failure;
use crate::screen::plain::{clock, tone};
use crate::screen::words;

/// What `status --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Standing {
    /// Run id.
    pub(crate) run: String,
    /// Name of the workflow.
    pub(crate) workflow: String,
    /// How it stands.
    pub(crate) state: RunStatus,
    /// When it began.
    pub(crate) started: Timestamp,
    /// When it ended.
    pub(crate) ended: Option<Timestamp>,
    /// Why it is not `succeeded`, or why it is paused.
    pub(crate) reasons: Vec<String>,
    /// Inputs, defaults filled in.
    pub(crate) inputs: BTreeMap<String, Data>,
    /// Gates that wait for a person.
    pub(crate) waiting: Vec<Waiting>,
    /// Nodes that wait for their agents, the soonest first.
    pub(crate) parked: Vec<Parked>,
    /// Every node of the graph as far as it has grown, in topological order.
    pub(crate) nodes: Vec<Node>,
    /// What it used.
    pub(crate) cost: Cost,
    /// What agents used, in all and part by part.
    pub(crate) ledger: Ledgers,
    /// Executors so far.
    pub(crate) executors: u64,
    /// Worktrees whose work conflicts as it stands.
    pub(crate) overlaps: Vec<Overlap>,
}

/// A gate that waits.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Waiting {
    /// Node id.
    pub(crate) node: String,
    /// Title shown.
    pub(crate) title: String,
    /// Text shown.
    pub(crate) summary: String,
    /// Value shown.
    pub(crate) value: Option<Data>,
    /// Choices offered.
    pub(crate) choices: Vec<String>,
    /// Choices that need a comment.
    pub(crate) comment_required: Vec<String>,
    /// Digest of exactly what is shown.
    pub(crate) digest: String,
    /// Since when.
    pub(crate) since: Timestamp,
}

/// A node that waits for its agent.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Parked {
    /// Node id.
    pub(crate) node: String,
    /// The agent that refused its latest attempt.
    pub(crate) agent: Option<String>,
    /// Since when.
    pub(crate) since: Timestamp,
    /// Until when; null: until a person has acted and the run is resumed.
    pub(crate) until: Option<Timestamp>,
    /// Why.
    pub(crate) failure: Fault,
}

/// A node.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Node {
    /// Node id.
    pub(crate) id: String,
    /// What it is.
    pub(crate) kind: Kind,
    /// How it stands.
    pub(crate) state: PictureState,
    /// Number of its latest attempt; 0 if it had none.
    pub(crate) attempt: u32,
    /// When it began.
    pub(crate) started: Option<Timestamp>,
    /// When it settled.
    pub(crate) ended: Option<Timestamp>,
    /// Why it failed.
    pub(crate) error: Option<Fault>,
    /// What came of holding its latest result against the facts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) checked: Option<Checked>,
    /// It failed, and the run went on all the same.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(crate) unresolved: bool,
    /// Where its agent stands, while it is at work and speaks in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) progress: Option<Progress>,
    /// Why it was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) skipped: Option<SkipReason>,
}

/// What a run used, in all its attempts.
#[derive(Debug, Default, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cost {
    /// Attempts made.
    pub(crate) attempts: u64,
    /// Milliseconds that attempts ran, one beside the other counted twice.
    pub(crate) millis: u64,
    /// Tokens read, as far as known.
    pub(crate) input_tokens: u64,
    /// Tokens written, as far as known.
    pub(crate) output_tokens: u64,
    /// USD, as far as known.
    pub(crate) usd: f64,
    /// Agent attempts whose cost is unknown.
    pub(crate) unknown: u64,
}

/// How a run stands; `alive`: an executor holds it.
pub(crate) fn status(run: &Run, alive: bool) -> RunStatus {
    match run.status() {
        RunStatus::Running | RunStatus::Parked if !alive => RunStatus::Interrupted,
        status => status,
    }
}

impl Standing {
    /// Of `run`; `alive`: an executor holds it.
    pub(crate) fn of(run: &Run, alive: bool, overlaps: Vec<Overlap>) -> Self {
        let ending = run.ending();
        let reasons = ending.map(|e| e.reasons.clone()).or_else(|| run.paused().map(|why| vec![why.to_owned()]));
        let names = run.workflow().inputs.keys();
        let inputs = names.filter_map(|name| Some((name.clone(), run.input_data().get(name)?)));
        Self {
            run: run.id().to_owned(),
            workflow: run.workflow().name.clone(),
            state: status(run, alive),
            started: run.started(),
            ended: ending.map(|e| e.at),
            reasons: reasons.unwrap_or_default(),
            inputs: inputs.collect(),
            waiting: run.asking().filter_map(|ix| waiting(run, ix)).collect(),
            parked: parked(run),
            nodes: run.graph().topological().into_iter().map(|ix| node(run, ix)).collect(),
            cost: cost(run),
            ledger: ledgers(run),
            executors: run.epoch().max(1),
            overlaps,
        }
    }
}

fn waiting(run: &Run, ix: Ix) -> Option<Waiting> {
    let shown = run.state(ix).shown.as_ref()?;
    Some(Waiting {
        node: run.graph().node(ix).id.to_string(),
        title: shown.title.clone(),
        summary: shown.summary.clone(),
        value: shown.value.clone(),
        choices: shown.choices.clone(),
        comment_required: shown.comment_required.clone(),
        digest: shown.digest.clone(),
        since: shown.since,
    })
}

/// Nodes that wait for their agents, the soonest first.
pub(crate) fn parked(run: &Run) -> Vec<Parked> {
    let mut parked: Vec<Parked> = run
        .parked()
        .filter_map(|ix| {
            let now = run.state(ix).parked.as_ref()?;
            Some(Parked {
                node: run.graph().node(ix).id.to_string(),
                agent: run.agent_of(ix).map(str::to_owned),
                since: now.since,
                until: now.until,
                failure: now.failure.clone(),
            })
        })
        .collect();
    parked.sort_by_key(|p| (p.until.is_none(), p.until));
    parked
}

/// The same in a few words: until when, and for what.
pub(crate) fn parked_words(run: &Run, zone: &TimeZone) -> Option<String> {
    let parked = parked(run);
    let first = parked.first()?;
    let until = words::parked(first.until, |at| clock(at, zone));
    let agent = first.agent.as_ref().map(|agent| format!("{agent} ")).unwrap_or_default();
    Some(format!("{until}: {agent}{}", first.failure.class.word()))
}

fn node(run: &Run, ix: Ix) -> Node {
    let (node, state) = (run.graph().node(ix), run.state(ix));
    let skipped = if let Phase::Skipped(reason) = state.phase { Some(reason) } else { None };
    Node {
        id: node.id.to_string(),
        kind: node.kind,
        state: run.picture_state(ix),
        attempt: state.attempt,
        started: state.started,
        ended: state.ended,
        error: state.failure.clone(),
        checked: state.checked.clone(),
        unresolved: state.unresolved,
        progress: None,
        skipped,
    }
}

/// Sum over all attempts.
pub(crate) fn cost(run: &Run) -> Cost {
    let mut cost = Cost::default();
    for ix in run.graph().iter() {
        let agent = run.graph().node(ix).kind == Kind::Agent;
        for attempt in &run.state(ix).attempts {
            cost.attempts += 1;
            cost.millis += attempt.usage.millis.unwrap_or(0);
            cost.input_tokens += attempt.usage.input_tokens.unwrap_or(0);
            cost.output_tokens += attempt.usage.output_tokens.unwrap_or(0);
            cost.usd += attempt.usage.usd.unwrap_or(0.0);
            cost.unknown += u64::from(agent && attempt.ended.is_some() && attempt.usage.usd.is_none());
        }
    }
    cost
}

/// The same for people: what is done is folded, what is not is shown.
pub(crate) fn page(run: &Run, alive: bool, now: Timestamp, zone: &TimeZone) -> Page {
    let mut page = Page::new();
    let state = status(run, alive);
    let end = run.ending().map_or(now, |e| e.at);
    page.tone(Tone::Strong, run.id()).text("  ").text(&run.workflow().name).text("  ");
    page.tone(tone(state), state.word()).text("  ");
    page.line(words::duration(Duration::from_millis(end.0.saturating_sub(run.started().0))));
    for reason in run.ending().map(|e| e.reasons.as_slice()).unwrap_or_default() {
        page.text("  ").line(flat(reason));
    }
    if let Some(reason) = run.paused() {
        page.text("  ").line(flat(reason));
    }
    if state == RunStatus::Parked {
        page.text("  ").line(parked_words(run, zone).unwrap_or_default());
    }
    let used = ledgers(run).run;
    if used.attempts > 0 {
        let agents = words::count(used.attempts as usize, "attempt", "attempts");
        page.text("  ").line(format!(
            "agents: {agents}; tokens: {}; cost: {}",
            used.tokens(),
            used.usd.words(used.attempts)
        ));
    }
    page.end();
    for &ix in run.graph().top() {
        rows(run, ix, 0, zone, &mut page);
    }
    contradictions(run, &mut page);
    page
}

/// Contradictions that failed nobody, since they were only to be reported.
fn contradictions(run: &Run, page: &mut Page) {
    for ix in run.graph().topological() {
        let Some(checked) = run.state(ix).checked.as_ref().filter(|checked| checked.softened) else { continue };
        for finding in checked.findings.iter().filter(|f| f.weight == Weight::Contradiction) {
            page.text("  ").tone(Tone::Warn, "contradicts").text(" ").text(run.graph().node(ix).id.as_ref());
            page.text("  ").tone(Tone::Dim, flat(&finding.line())).end();
        }
    }
}

fn rows(run: &Run, ix: Ix, depth: usize, zone: &TimeZone, page: &mut Page) {
    let (node, state) = (run.graph().node(ix), run.state(ix));
    // Rounds that were not needed, or that nobody has asked for yet, would only hide what matters.
    let dormant = state.phase == Phase::Pending && (node.trigger.is_some() || node.chain.round > 0);
    if dormant || state.phase == Phase::Skipped(SkipReason::UnusedRepair) {
        return;
    }
    let (tone, word) = look(run.picture_state(ix), state.unresolved);
    page.text("  ").tone(tone, format!("{word:<11}")).text("  ".repeat(depth)).text(node.id.as_ref());
    let mut about = Vec::new();
    if let (Some(from), Some(to)) = (state.started, state.ended) {
        about.push(words::duration(Duration::from_millis(to.0.saturating_sub(from.0))));
    } else if let Some(from) = state.started {
        about.push(format!("since {}", clock(from, zone)));
    }
    if state.attempt > 1 {
        about.push(format!("attempt {}", state.attempt));
    }
    about.extend(state.parked.as_ref().filter(|_| state.phase == Phase::Parked).map(|parked| {
        let until = words::parked(parked.until, |at| clock(at, zone));
        format!("{until}: {}", flat(&parked.failure.message))
    }));
    about.extend(state.failure.as_ref().map(|f| flat(&f.message)));
    about.extend(state.shown.as_ref().filter(|_| state.phase == Phase::Asking).map(|s| flat(&s.title)));
    about.extend(state.decided.as_ref().map(|d| format!("{} by {}", d.choice, flat(&d.by))));
    if !about.is_empty() {
        page.text("  ").tone(Tone::Dim, about.join(" · "));
    }
    page.end();
    let folded =
        matches!(state.phase, Phase::Done | Phase::Pending | Phase::Skipped(_) | Phase::Cancelled) && !state.unresolved;
    if node.shape != Shape::Leaf && !folded {
        for &child in &node.children {
            rows(run, child, depth + 1, zone, page);
        }
    }
}

/// How a node's state looks.
pub(crate) fn look(state: PictureState, unresolved: bool) -> (Tone, &'static str) {
    match state {
        PictureState::Pending => (Tone::Dim, "pending"),
        PictureState::Ready => (Tone::Dim, "ready"),
        PictureState::Running => (Tone::Accent, "running"),
        PictureState::Waiting => (Tone::Warn, "waiting"),
        PictureState::Done if unresolved => (Tone::Warn, "unresolved"),
        PictureState::Done => (Tone::Good, "done"),
        PictureState::Failed => (Tone::Bad, "failed"),
        PictureState::Skipped => (Tone::Dim, "skipped"),
        PictureState::Cancelled => (Tone::Dim, "cancelled"),
    }
}

/// Worktrees of the run in `dir` whose work conflicts as it stands.
///
/// # Errors
/// Notes of the run that cannot be read.
pub(crate) fn overlaps(dir: &RunDir) -> Result<Vec<Overlap>, Failure> {
    git::overlaps(dir.path()).map_err(git_failure)
}

/// The same for people.
pub(crate) fn conflicts(overlaps: &[Overlap]) -> Page {
    let mut page = Page::new();
    for overlap in overlaps {
        let [one, other] = &overlap.nodes;
        page.text("  ").tone(Tone::Warn, "conflict   ").text(format!("{one} and {other}"));
        page.text("  ").tone(Tone::Dim, flat(&overlap.files.join(", "))).end();
    }
    page
}
