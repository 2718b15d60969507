//! `git.merge`: begins the merge of one item's branch in the integration worktree, for somebody to resolve.
//!
//! It is computed first and noted; what the worktree then shows can be made again after a crash. No branch moves:
//! that is for `git.conclude`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::integrate::require_clean;
use super::{Job, own_trailers, refuse, repository};
use crate::event::Failure;
use crate::git::{Begun, BranchName, Error, Journal, Message, Oid, Side, Worktrees};

/// Kind of the notes about merges that were begun.
pub(super) const NOTE: &str = "merge";

pub(super) fn with() -> Value {
    json!({
        "type": "object",
        "description": "Begins the merge of a branch of this run in the run's integration worktree, and leaves it to be resolved. `git.conclude` ends it.",
        "required": ["branch", "key"],
        "additionalProperties": false,
        "properties": {
            "branch": { "type": "string", "description": "The branch, as `git.integrate` named it." },
            "key": { "type": "string", "description": "Key of the item whose work it holds." },
            "commit": { "type": ["string", "null"], "description": "The commit, as `git.integrate` named it; without it everything that is in the item's worktree." }
        }
    })
}

pub(super) fn result() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let version = |description: &str| json!({ "type": ["string", "null"], "description": description });
    json!({
        "type": "object",
        "required": ["branch", "ours", "theirs", "files"],
        "properties": {
            "branch": text("The branch that is merged."),
            "ours": text("Commit that it is merged into."),
            "theirs": text("Commit that is merged."),
            "files": {
                "type": "array",
                "description": "Files in conflict; none: there is nothing to resolve.",
                "items": {
                    "type": "object",
                    "required": ["path", "base", "ours", "theirs"],
                    "properties": {
                        "path": text("The file."),
                        "base": version("Object with the version that both sides come from, if there is one."),
                        "ours": version("Object with the version that is merged into, if there is one."),
                        "theirs": version("Object with the version that is merged, if there is one.")
                    }
                }
            }
        }
    })
}

/// What is noted before the worktree changes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) node: String,
    pub(super) attempt: u32,
    pub(super) key: String,
    pub(super) branch: String,
    pub(super) begun: Begun,
    /// The merge is over.
    pub(super) ended: bool,
}

impl Note {
    /// The note about the merge of `branch`, if one is under way.
    pub(super) fn under_way(journal: &Journal, branch: &BranchName) -> Result<Option<Self>, Error> {
        Ok(journal.read(NOTE, branch.as_str())?.filter(|note: &Self| !note.ended))
    }
    pub(super) fn save(&self, journal: &Journal) -> Result<(), Error> {
        journal.write(NOTE, &self.branch, self)
    }
}

pub(super) fn perform(with: &Value, job: &Job<'_>) -> Result<Value, Failure> {
    repository(job)?;
    let worktrees = job.worktrees.ok_or_else(|| refuse("this run has no worktrees"))?;
    let text = |key: &str| with[key].as_str().unwrap_or_default();
    let branch = BranchName::parse(text("branch"))?;
    let place = worktrees.shared()?.ok_or_else(|| refuse("the run has no integration worktree"))?;
    let journal = Journal::new(job.run_dir);
    let head = place.repository.head()?;
    let noted = Note::under_way(&journal, &branch)?;
    let own = |note: &Note| note.node == job.node && job.is_begun(note.attempt) && note.begun.ours == head;
    let note = match noted.filter(own) {
        Some(note) => note,
        None => {
            require_clean(&place)?;
            let theirs = match with["commit"].as_str() {
                Some(commit) => known(worktrees, commit)?,
                None => tip(worktrees, &branch, text("key"), job)?,
            };
            let merged = worktrees.repository().merged(&head, &theirs)?;
            Note {
                node: job.node.to_owned(),
                attempt: job.attempt,
                key: text("key").to_owned(),
                branch: branch.to_string(),
                begun: Begun { ours: head, theirs, merged },
                ended: false,
            }
        }
    };
    note.save(&journal)?;
    place.begin_merge(&note.begun)?;
    Ok(value(&note))
}

fn known(worktrees: &Worktrees, commit: &str) -> Result<Oid, Failure> {
    let oid = Oid::parse(commit)?;
    if worktrees.repository().has(&oid)? { Ok(oid) } else { Err(refuse(format!("there is no commit `{oid}`"))) }
}

/// The commit to merge: all that is in the item's worktree, if it still has one.
fn tip(worktrees: &Worktrees, branch: &BranchName, key: &str, job: &Job<'_>) -> Result<Oid, Failure> {
    let asked =
        worktrees.asked(branch)?.ok_or_else(|| refuse(format!("`{branch}` is no branch of an item of this run")))?;
    if let Some(place) = worktrees.of_branch(&asked)?.filter(|place| place.branch == *branch) {
        let mut trailers = own_trailers(job).to_vec();
        trailers.push(("Mission-Item".to_owned(), key.to_owned()));
        let message = Message { subject: format!("Work of {key}"), body: String::new(), trailers };
        return Ok(worktrees.settle(&asked, &place, &message)?);
    }
    let missing = || Error::BranchMissing { branch: branch.to_string(), current: None };
    Ok(worktrees.repository().tip(branch)?.ok_or_else(missing)?)
}

fn value(note: &Note) -> Value {
    let Begun { ours, theirs, merged } = &note.begun;
    let row = |path: &crate::git::RepoPath| {
        let of = |side: Side| merged.version(path, side).map(|version| version.content.as_str());
        json!({ "path": path.to_string(), "base": of(Side::Base), "ours": of(Side::Ours), "theirs": of(Side::Theirs) })
    };
    let files: Vec<Value> = merged.files().iter().map(row).collect();
    json!({ "branch": note.branch, "ours": ours.as_str(), "theirs": theirs.as_str(), "files": files })
}
