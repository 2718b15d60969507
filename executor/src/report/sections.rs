//! Grouping by the nodes' `report:` hints. Pure.

use mission_compiler::draw::PictureState;
use mission_compiler::facts::scope;
use mission_compiler::graph::{Graph, Ix, Shape};
use mission_compiler::template::Data;
use mission_compiler::workflow::{Role, Verb};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{millis, own_frame, title};
use crate::event::{Failure, RunStatus, SkipReason};
use crate::run::{Phase, Run};

/// A part of the run. Nodes with hints outside any section stand in one without a node.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Section {
    /// Node id.
    pub node: Option<String>,
    /// Title.
    pub title: String,
    /// State.
    pub state: SectionState,
    /// Items.
    pub items: Vec<Entry>,
    /// Checks, per round.
    pub checks: Vec<Check>,
    /// Verdicts, per round.
    pub verdicts: Vec<Verdict>,
    /// Results of the actions that changed the repository.
    pub commits: Vec<Data>,
}

/// How a part of the run stands: as a node does, or done though not all of it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SectionState {
    /// Its needs have not settled.
    #[default]
    Pending,
    /// It may start as soon as there is room.
    Ready,
    /// Under way.
    Running,
    /// Waits for a person, or for its next attempt.
    Waiting,
    /// Finished as asked.
    Done,
    /// Finished, and something in it is unresolved: the run ends as partial.
    Partial,
    /// Finished otherwise.
    Failed,
    /// Not run.
    Skipped,
    /// Ended by a cancel.
    Cancelled,
}

impl SectionState {
    /// The state as people and files write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => PictureState::Pending.word(),
            Self::Ready => PictureState::Ready.word(),
            Self::Running => PictureState::Running.word(),
            Self::Waiting => PictureState::Waiting.word(),
            Self::Done => PictureState::Done.word(),
            Self::Partial => RunStatus::Partial.word(),
            Self::Failed => PictureState::Failed.word(),
            Self::Skipped => PictureState::Skipped.word(),
            Self::Cancelled => PictureState::Cancelled.word(),
        }
    }
}

impl From<PictureState> for SectionState {
    fn from(state: PictureState) -> Self {
        match state {
            PictureState::Pending => Self::Pending,
            PictureState::Ready => Self::Ready,
            PictureState::Running => Self::Running,
            PictureState::Waiting => Self::Waiting,
            PictureState::Done => Self::Done,
            PictureState::Failed => Self::Failed,
            PictureState::Skipped => Self::Skipped,
            PictureState::Cancelled => Self::Cancelled,
        }
    }
}

/// An item of a section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Node id.
    pub node: String,
    /// Title.
    pub title: String,
    /// State.
    pub state: PictureState,
    /// Attempts made.
    pub attempts: u32,
    /// Milliseconds between beginning and end.
    pub millis: Option<u64>,
    /// Its result, as it was told.
    pub output: Option<Data>,
    /// Why it failed.
    pub failure: Option<Failure>,
}

/// A check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// Node id; it names the round.
    pub node: String,
    /// Title.
    pub title: String,
    /// State.
    pub state: PictureState,
    /// Exit code: 0 if it is done.
    pub exit_code: Option<i32>,
}

/// The verdict of one round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// Node id; it names the round.
    pub node: String,
    /// Title.
    pub title: String,
    /// State: `done` is passed, unless it is unresolved.
    pub state: PictureState,
    /// It failed for good, and the run went on.
    pub unresolved: bool,
    /// Why it did not pass.
    pub failure: Option<Failure>,
    /// Rows of the hint's table.
    pub rows: Vec<Data>,
}

pub(super) fn sections(run: &Run) -> Vec<Section> {
    let graph = run.graph();
    let open: Vec<Ix> = run.unresolved().into_iter().chain(run.unproven_failures()).collect();
    let mut found: Vec<(Option<Ix>, Section)> =
        vec![(None, Section { title: run.workflow().name.clone(), state: whole(run.status()), ..Section::default() })];
    for ix in graph.topological() {
        if is(run, ix, Role::Section) {
            let made = Section {
                node: Some(graph.node(ix).id.to_string()),
                title: title(run, ix),
                state: state(run, ix, &open),
                ..Section::default()
            };
            found.push((Some(ix), made));
        }
    }
    for ix in graph.topological() {
        let home = section_of(run, graph, ix);
        if let Some((_, section)) = found.iter_mut().find(|(at, _)| *at == home) {
            add(run, ix, section);
        }
    }
    let bare = |s: &Section| s.items.is_empty() && s.checks.is_empty() && s.verdicts.is_empty() && s.commits.is_empty();
    found.retain(|(at, section)| at.is_some() || !bare(section));
    found.into_iter().map(|(_, section)| section).collect()
}

/// The state of the section that `ix` is. `open` are all nodes of which something is left.
fn state(run: &Run, ix: Ix, open: &[Ix]) -> SectionState {
    let state = run.picture_state(ix);
    let graph = run.graph();
    let is_inside = |at: Ix| std::iter::successors(Some(at), |at| graph.node(*at).parent).any(|around| around == ix);
    if state == PictureState::Done && open.iter().any(|at| is_inside(*at)) {
        return SectionState::Partial;
    }
    state.into()
}

/// The state of the section that stands for the whole run.
fn whole(status: RunStatus) -> SectionState {
    match status {
        RunStatus::Running => SectionState::Running,
        RunStatus::Waiting | RunStatus::Parked | RunStatus::Paused | RunStatus::Interrupted => SectionState::Waiting,
        RunStatus::Succeeded => SectionState::Done,
        RunStatus::Partial => SectionState::Partial,
        RunStatus::Failed => SectionState::Failed,
        RunStatus::Cancelled => SectionState::Cancelled,
    }
}

/// Does the node itself carry the hint? A map's hint is for each of its items.
pub(super) fn is(run: &Run, ix: Ix, role: Role) -> bool {
    let node = run.graph().node(ix);
    let bearer = node.shape != Shape::Map && node.shape != Shape::Barrier && node.chain.asks.is_none();
    bearer && node.def.report.as_ref().is_some_and(|r| r.role == role)
}

fn section_of(run: &Run, graph: &Graph, ix: Ix) -> Option<Ix> {
    let mut at = Some(ix);
    while let Some(here) = at {
        if is(run, here, Role::Section) {
            return Some(here);
        }
        at = graph.node(here).parent;
    }
    None
}

fn add(run: &Run, ix: Ix, section: &mut Section) {
    let (node, state) = (run.graph().node(ix), run.state(ix));
    if let Verb::Uses { .. } = node.def.verb
        && let Some(output) = state.output.as_ref().filter(|o| o.get("commit").is_some())
    {
        section.commits.push(output.clone());
    }
    if unused(state.phase) {
        return;
    }
    let (id, picture) = (node.id.to_string(), run.picture_state(ix));
    if is(run, ix, Role::Item) {
        section.items.push(Entry {
            node: id,
            title: title(run, ix),
            state: picture,
            attempts: state.attempts.len() as u32,
            millis: millis(state.started, state.ended),
            output: state.output.clone(),
            failure: state.failure.clone(),
        });
    } else if is(run, ix, Role::Check) {
        section.checks.push(check(run, ix));
    } else if is(run, ix, Role::Verdict) && state.phase != Phase::Skipped(SkipReason::When) {
        section.verdicts.push(Verdict {
            node: id,
            title: title(run, ix),
            state: picture,
            unresolved: state.unresolved || state.phase == Phase::Failed && run.continued(ix),
            failure: state.failure.clone(),
            rows: rows(run, ix),
        });
    }
}

/// The check that the node is.
pub(super) fn check(run: &Run, ix: Ix) -> Check {
    let state = run.state(ix);
    let exit_code = state.failure.as_ref().map_or_else(|| (state.phase == Phase::Done).then_some(0), |f| f.exit_code);
    Check { node: run.graph().node(ix).id.to_string(), title: title(run, ix), state: run.picture_state(ix), exit_code }
}

fn unused(phase: Phase) -> bool {
    phase == Phase::Skipped(SkipReason::UnusedRepair)
}

pub(super) fn rows(run: &Run, ix: Ix) -> Vec<Data> {
    let node = run.graph().node(ix);
    let Some(expr) = node.def.report.as_ref().and_then(|r| r.rows.as_ref()) else { return Vec::new() };
    // Who was skipped, or has no result, has found nothing.
    let speaks_of_it = matches!(run.state(ix).phase, Phase::Skipped(_)) || expr.uses().roots.contains("output");
    if run.state(ix).output.is_none() && speaks_of_it {
        return Vec::new();
    }
    let mut seen = scope(run.graph(), run, own_frame(run, ix), expr.uses());
    seen.bind("output", run.state(ix).output.clone().unwrap_or_else(Data::null));
    expr.eval(&seen).ok().and_then(|value| value.items()).unwrap_or_default()
}
