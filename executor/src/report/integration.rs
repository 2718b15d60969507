//! What the run's own actions integrated into its branch, and what they left out. Pure.

use mission_compiler::facts::scope;
use mission_compiler::graph::Ix;
use mission_compiler::template::Data;
use mission_compiler::workflow::Verb;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::run::Run;

/// What was integrated, and how to take it over.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Integrated {
    /// The integration branch.
    pub branch: String,
    /// Branch that it was begun at.
    pub base: Option<String>,
    /// Its tip after the last integration; later commits on it are those of the sections.
    pub head: Option<String>,
    /// Command that merges it into the base branch.
    pub command: Option<String>,
    /// The base branch holds all of it; null if nobody looked when this was written.
    pub landed: Option<bool>,
    /// What was merged, in order.
    pub merged: Vec<Merged>,
    /// What was not, and where it is.
    pub left_out: Vec<LeftOut>,
}

/// Work that was merged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Merged {
    /// Key of the item.
    pub key: String,
    /// Node id of the action that merged it.
    pub node: String,
    /// Its branch.
    pub branch: String,
    /// Id of the merge commit.
    pub commit: String,
}

/// Work that was not merged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// Key of the item.
    pub key: String,
    /// Node id of the action that left it out.
    pub node: String,
    /// Branch that still holds it; null if there is none.
    pub branch: Option<String>,
    /// Why.
    pub reason: String,
    /// Files in conflict.
    pub files: Vec<String>,
}

/// What the record tells; `None` if nothing was ever integrated or left out.
pub(super) fn integrated(run: &Run) -> Option<Integrated> {
    let mut found = Integrated::default();
    for ix in run.graph().topological() {
        let Verb::Uses { action, .. } = &run.graph().node(ix).def.verb else { continue };
        match action.as_str() {
            _ if run.superseded(ix) => {}
            "git.integrate" => all(run, ix, &mut found),
            "git.conclude" => one(run, ix, &mut found),
            _ => {}
        }
    }
    if found.branch.is_empty() || found.merged.is_empty() && found.left_out.is_empty() {
        return None;
    }
    let branch = &found.branch;
    found.command = match &found.base {
        _ if found.merged.is_empty() => None,
        Some(base) => Some(format!("git switch {base} && git merge {branch}")),
        None => Some(format!("git merge {branch}")),
    };
    Some(found)
}

/// `git.integrate`: the items of a map at once.
fn all(run: &Run, ix: Ix, found: &mut Integrated) {
    let (node, state) = (run.graph().node(ix), run.state(ix));
    let Some(output) = &state.output else { return };
    let Some(branch) = text(output, "branch") else { return };
    found.branch = branch;
    found.head = text(output, "head").or_else(|| found.head.take());
    found.base = argument(run, ix, "base").or_else(|| found.base.take());
    let id = node.id.to_string();
    for row in list(output, "merged") {
        found.merged.extend(merged(&row, &id));
    }
    for row in list(output, "conflicts") {
        let files: Vec<String> = list(&row, "files").iter().map(Data::to_text).collect();
        let reason = "it conflicts with what was merged before it".to_owned();
        leave(&row, &id, reason, files, found);
    }
    for row in list(output, "leftOut") {
        let reason = text(&row, "reason").unwrap_or_default();
        leave(&row, &id, reason, Vec::new(), found);
    }
}

fn leave(row: &Data, node: &str, reason: String, files: Vec<String>, found: &mut Integrated) {
    let key = text(row, "key").unwrap_or_default();
    found.left_out.push(LeftOut { key, node: node.to_owned(), branch: text(row, "branch"), reason, files });
}

/// `git.conclude`: one that was left out is merged after all, or stays out for a reason of its own.
fn one(run: &Run, ix: Ix, found: &mut Integrated) {
    let (node, state) = (run.graph().node(ix), run.state(ix));
    let id = node.id.to_string();
    if let Some(row) = state.output.as_ref().and_then(|output| merged(output, &id)) {
        found.left_out.retain(|left| left.branch.as_ref() != Some(&row.branch));
        found.merged.push(row);
    } else if let Some(failure) = &state.failure {
        let branch = argument(run, ix, "branch");
        for left in found.left_out.iter_mut().filter(|left| left.branch == branch) {
            left.reason.clone_from(&failure.message);
            left.node.clone_from(&id);
        }
    }
}

fn merged(row: &Data, node: &str) -> Option<Merged> {
    let (key, branch, commit) = (text(row, "key")?, text(row, "branch")?, text(row, "commit")?);
    Some(Merged { key, node: node.to_owned(), branch, commit })
}

/// An argument of the action, as it was given.
fn argument(run: &Run, ix: Ix, name: &str) -> Option<String> {
    let node = run.graph().node(ix);
    let Verb::Uses { with, .. } = &node.def.verb else { return None };
    let with = with.render(&scope(run.graph(), run, node.frame, &with.uses())).ok()?;
    text(&with, name)
}

fn text(of: &Data, name: &str) -> Option<String> {
    of.get(name).as_ref().and_then(Data::as_str).map(str::to_owned)
}

fn list(of: &Data, name: &str) -> Vec<Data> {
    of.get(name).and_then(|list| list.items()).unwrap_or_default()
}
