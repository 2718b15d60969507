//! The engine's own report, made from the record and the nodes' `report:` hints alone. Pure.
//!
//! Whatever agents say about the run stands in it as their result, never as its facts.

#![deny(clippy::disallowed_methods, clippy::disallowed_types, clippy::iter_over_hash_type)]

mod grid;
mod handoffs;
mod integration;
mod ledger;
mod markdown;
mod proof;
mod requirements;
mod sections;

use std::collections::BTreeMap;

use mission_compiler::draw::{Kind, PictureState};
use mission_compiler::facts::scope;
use mission_compiler::graph::{FrameIx, Ix};
use mission_compiler::template::Data;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use handoffs::Handoff;
pub use integration::{Integrated, LeftOut, Merged};
pub use ledger::{Account, Ledger, Ledgers, Money, Sum, ledgers};
pub use markdown::markdown;
pub use requirements::{Judged, Requirement, Standing, Work};
pub use sections::{Check, Entry, Section, SectionState, Verdict};

use crate::event::{Failure, Overlap, RunStatus, Timestamp, Usage};
use crate::run::{Attempt, Decided, Phase, Ruling, Run};

/// The report of a run: `report.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Run id.
    pub run: String,
    /// Name of the workflow.
    pub workflow: String,
    /// How the run stands.
    pub status: RunStatus,
    /// Why it is not `succeeded`.
    pub reasons: Vec<String>,
    /// What resumes and refusals had to say.
    pub notes: Vec<String>,
    /// Switches given when it began, e.g. `allow-dirty`.
    pub flags: Vec<String>,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Version of the engine.
    pub engine: String,
    /// SHA-256 of the pinned definition.
    pub definition: String,
    /// Inputs.
    pub inputs: Data,
    /// Results of the workflow.
    pub outputs: BTreeMap<String, Data>,
    /// What the run had to prove, and what is proved.
    pub requirements: Vec<Requirement>,
    /// What cannot count as proved whatever was judged, and why.
    pub unproven: Vec<String>,
    /// Parts of the run, as its `report:` hints group them.
    pub sections: Vec<Section>,
    /// What was integrated in worktrees, what was left out, and how to take it over; null without worktrees.
    pub integrated: Option<Integrated>,
    /// Work that was seen to conflict while it was under way; what came of it stands in `integrated`.
    pub overlaps: Vec<Overlap>,
    /// Results that were held against what happened.
    #[serde(default)]
    pub handoffs: Vec<Handoff>,
    /// Failures that nothing made good.
    pub unresolved: Vec<Trouble>,
    /// Decisions of people.
    pub decisions: Vec<Decision>,
    /// Every node exactly once, in topological order.
    pub nodes: Vec<NodeLine>,
    /// Sums.
    pub totals: Totals,
    /// What agents used, in all and part by part.
    pub ledger: Ledgers,
}

/// A failure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    /// Node id.
    pub node: String,
    /// Title.
    pub title: String,
    /// What went wrong.
    pub failure: Failure,
    /// The run went on all the same.
    pub absorbed: bool,
}

/// A decision at a gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// Node id of the gate.
    pub node: String,
    /// The choice.
    pub choice: String,
    /// Who.
    pub by: String,
    /// How.
    pub via: String,
    /// When.
    pub at: Timestamp,
    /// Comment.
    pub comment: Option<String>,
    /// Digest of what was shown.
    pub shown: String,
    /// Digest of the resulting value.
    pub result: String,
    /// The value was edited.
    pub edited: bool,
}

/// One node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeLine {
    /// Node id.
    pub id: String,
    /// Kind.
    pub kind: Kind,
    /// State.
    pub state: PictureState,
    /// Attempts made.
    pub attempts: u32,
    /// Milliseconds between beginning and end.
    pub millis: Option<u64>,
    /// Why it failed.
    pub error: Option<String>,
    /// What its agent used.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ledger: Option<Ledger>,
}

/// Sums over the run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Nodes.
    pub nodes: u32,
    /// Nodes by state.
    pub states: BTreeMap<String, u32>,
    /// Requirements by status.
    pub requirements: BTreeMap<String, u32>,
    /// Attempts.
    pub attempts: u32,
    /// Attempts of agents.
    pub agent_runs: u32,
    /// Milliseconds of attempts, added up.
    pub attempt_millis: u64,
    /// Tokens and cost of the agents' attempts; absent where no attempt told.
    pub usage: Usage,
    /// Agent attempts whose tokens are unknown.
    pub unknown_tokens: u32,
    /// Agent attempts whose cost is unknown; never counted as zero.
    pub unknown_cost: u32,
}

/// The node's title from its `report:` hints; its label where there is none.
pub fn title(run: &Run, ix: Ix) -> String {
    let node = run.graph().node(ix);
    let label = || node.label.to_string();
    let Some(template) = node.def.report.as_ref().and_then(|r| r.title.as_ref()) else { return label() };
    template.render_text(&scope(run.graph(), run, own_frame(run, ix), &template.uses())).unwrap_or_else(|_| label())
}

/// The frame in which the node's own hints resolve.
fn own_frame(run: &Run, ix: Ix) -> FrameIx {
    let node = run.graph().node(ix);
    if node.item.is_some() { node.inner.unwrap_or(node.frame) } else { node.frame }
}

/// Makes the report of a run as it stands.
pub fn report(run: &Run) -> Report {
    let ending = run.ending();
    let found = requirements::found(run);
    Report {
        run: run.id().to_owned(),
        workflow: run.workflow().name.clone(),
        status: run.status(),
        reasons: ending.map(|e| e.reasons.clone()).unwrap_or_default(),
        notes: run.notes().iter().cloned().chain(unenforced(run)).collect(),
        flags: run.flags().to_vec(),
        started: run.started(),
        ended: ending.map(|e| e.at),
        engine: run.engine().to_owned(),
        definition: run.definition().to_owned(),
        inputs: run.input_data().clone(),
        outputs: ending.map(|e| e.outputs.clone()).unwrap_or_default(),
        totals: totals(run, &found.requirements),
        ledger: ledgers(run),
        requirements: found.requirements,
        unproven: found.unproven,
        sections: sections::sections(run),
        integrated: integration::integrated(run),
        overlaps: run.overlaps().to_vec(),
        handoffs: handoffs::handoffs(run),
        unresolved: troubles(run),
        decisions: run.decisions().iter().map(decision).collect(),
        nodes: run.graph().topological().into_iter().map(|ix| line(run, ix)).collect(),
    }
}

/// Nodes that failed by themselves, not through something inside them, and were not made good by a later round; and nodes
/// marked unresolved.
fn troubles(run: &Run) -> Vec<Trouble> {
    let graph = run.graph();
    let told = graph.iter().filter(|&ix| {
        let state = run.state(ix);
        let through_others = !run.failing_inside(ix).is_empty() && !state.unresolved;
        if state.failure.is_none() || through_others {
            return false;
        }
        !made_good(run, ix)
    });
    told.filter_map(|ix| {
        let state = run.state(ix);
        Some(Trouble {
            node: graph.node(ix).id.to_string(),
            title: title(run, ix),
            failure: state.failure.clone()?,
            absorbed: state.unresolved || run.continued(ix) || absorbed_around(run, ix),
        })
    })
    .collect()
}

/// Did something around the failed node take its failure as it is?
fn absorbed_around(run: &Run, ix: Ix) -> bool {
    let mut at = run.graph().node(ix).parent;
    while let Some(here) = at {
        if run.state(here).phase == Phase::Done {
            return true;
        }
        at = run.graph().node(here).parent;
    }
    false
}

/// Did a later round of this node, or of a container around it, pass?
fn made_good(run: &Run, ix: Ix) -> bool {
    let graph = run.graph();
    let mut at = Some(ix);
    while let Some(here) = at {
        let node = graph.node(here);
        let rounds = match (node.def.repairs, node.at) {
            // A repair node is made good by the round behind it.
            (Some(repaired), Some(_)) => graph.frame(node.frame).rounds.get(repaired).map_or(&[][..], Vec::as_slice),
            _ => graph.rounds(here),
        };
        let current = run.effective(rounds);
        if current.is_some_and(|c| c != here)
            && run.satisfied(rounds)
            && !current.is_some_and(|c| run.state(c).unresolved)
        {
            return true;
        }
        at = node.parent;
    }
    false
}

fn decision(ruling: &Ruling) -> Decision {
    let Ruling { node, decided, edited } = ruling.clone();
    let Decided { choice, by, via, comment, shown, result, at } = decided;
    Decision { node, choice, by, via, at, comment, shown, result, edited }
}

fn line(run: &Run, ix: Ix) -> NodeLine {
    let (node, state) = (run.graph().node(ix), run.state(ix));
    NodeLine {
        id: node.id.to_string(),
        kind: node.kind,
        state: run.picture_state(ix),
        attempts: state.attempts.len() as u32,
        millis: millis(state.started, state.ended),
        error: state.failure.as_ref().map(|f| f.message.clone()),
        ledger: ledger::of_node(run, ix),
    }
}

/// A limit on money that could not be held to, in words.
fn unenforced(run: &Run) -> Option<String> {
    let (limited, unknown) = (run.workflow().limits.usd.is_some(), ledgers(run).run.usd.unknown_attempts);
    let attempts = if unknown == 1 { "attempt" } else { "attempts" };
    (limited && unknown > 0)
        .then(|| format!("`limits.usd` counts nothing for {unknown} {attempts} whose cost is unknown"))
}

fn millis(started: Option<Timestamp>, ended: Option<Timestamp>) -> Option<u64> {
    Some(ended?.0.saturating_sub(started?.0))
}

fn totals(run: &Run, requirements: &[Requirement]) -> Totals {
    let mut totals = Totals { requirements: requirements::counts(requirements), ..Totals::default() };
    for ix in run.graph().iter() {
        let agent = run.graph().node(ix).kind == Kind::Agent;
        totals.nodes += 1;
        let word = serde_json::to_value(run.picture_state(ix)).ok().and_then(|v| v.as_str().map(str::to_owned));
        *totals.states.entry(word.unwrap_or_default()).or_default() += 1;
        add_attempts(&mut totals, &run.state(ix).attempts, agent);
    }
    for (_, retired) in run.retired() {
        add_attempts(&mut totals, &retired.attempts, retired.agent);
    }
    totals
}

fn add_attempts(totals: &mut Totals, attempts: &[Attempt], agent: bool) {
    for attempt in attempts {
        totals.attempts += 1;
        totals.attempt_millis += millis(Some(attempt.started), attempt.ended).unwrap_or(0);
        if agent {
            totals.agent_runs += 1;
            add_usage(totals, &attempt.usage);
        }
    }
}

fn add_usage(totals: &mut Totals, usage: &Usage) {
    let sum = |a: &mut Option<u64>, b: Option<u64>| {
        if let Some(b) = b {
            *a = Some(a.unwrap_or(0) + b);
        }
    };
    sum(&mut totals.usage.input_tokens, usage.input_tokens);
    sum(&mut totals.usage.output_tokens, usage.output_tokens);
    match usage.usd {
        Some(usd) => totals.usage.usd = Some(totals.usage.usd.unwrap_or(0.0) + usd),
        None => totals.unknown_cost += 1,
    }
    if usage.input_tokens.is_none() && usage.output_tokens.is_none() {
        totals.unknown_tokens += 1;
    }
}
