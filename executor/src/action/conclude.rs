//! `git.conclude`: ends a merge that `git.merge` began: by one merge commit on both sides, or not at all.
//!
//! Nobody's word is taken for it: what is in the worktree is looked at. A merge that is not resolved is given up, so
//! that the integration worktree is as it was before, and the item's work stays on its branch.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Job, merge, own_trailers, refuse, repository};
use crate::event::{Failure, FailureClass};
use crate::git::{BranchName, Journal, Message, Oid, Place, RepoPath, Resolution, Worktrees};

/// Kind of the notes about how merges ended.
const NOTE: &str = "conclude";

pub(super) fn with() -> Value {
    json!({
        "type": "object",
        "description": "Ends the merge of a branch that `git.merge` began: by one merge commit, if no conflict marker is left, no side is dropped and no other file was changed; otherwise it is given up, and this fails.",
        "required": ["branch"],
        "additionalProperties": false,
        "properties": {
            "branch": { "type": "string", "description": "The branch." },
            "accept": { "type": "boolean", "default": true, "description": "False gives the merge up." },
            "also": {
                "type": ["array", "null"],
                "description": "Files that had to be changed besides those in conflict.",
                "items": { "type": "string" }
            },
            "body": { "type": ["string", "null"], "description": "Text below the first line of the commit's message." }
        }
    })
}

pub(super) fn result() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "type": "object",
        "required": ["key", "branch", "commit", "files", "note"],
        "properties": {
            "key": text("Key of the item."),
            "branch": text("Branch that was merged."),
            "commit": text("Id of the merge commit."),
            "files": { "type": "array", "description": "Files that it changes.", "items": { "type": "string" } },
            "note": { "type": ["string", "null"], "description": "What the person should know." }
        }
    })
}

/// What is noted before the merge ends.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    node: String,
    attempt: u32,
    branch: String,
    /// Everything that follows has been done as well.
    done: bool,
    how: How,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum How {
    /// By a commit.
    Merged { old: Oid, new: Oid, result: Value },
    /// Not at all.
    GivenUp { failure: Failure },
}

pub(super) fn perform(with: &Value, job: &Job<'_>) -> Result<Value, Failure> {
    repository(job)?;
    let worktrees = job.worktrees.ok_or_else(|| refuse("this run has no worktrees"))?;
    let branch = BranchName::parse(with["branch"].as_str().unwrap_or_default())?;
    let journal = Journal::new(job.run_dir);
    let noted: Option<Note> = journal.read(NOTE, job.node)?;
    let noted = noted.filter(|note| job.is_begun(note.attempt) && note.branch == branch.as_str());
    let note = match noted {
        Some(note) => note,
        None => {
            let begun = merge::Note::under_way(&journal, &branch)?;
            let begun = begun.ok_or_else(|| left_out(&branch, vec!["no merge of it is under way".to_owned()]))?;
            let place = worktrees.shared()?.ok_or_else(|| refuse("the run has no integration worktree"))?;
            let note = Note {
                node: job.node.to_owned(),
                attempt: job.attempt,
                branch: branch.to_string(),
                done: false,
                how: decide(with, &begun, &place, job)?,
            };
            journal.write(NOTE, job.node, &note)?;
            note
        }
    };
    carry_out(note, &branch, worktrees, &journal)
}

/// Looks at what was made of the merge.
fn decide(with: &Value, begun: &merge::Note, place: &Place, job: &Job<'_>) -> Result<How, Failure> {
    let branch = BranchName::parse(&begun.branch)?;
    let given_up = |reasons: Vec<String>| How::GivenUp { failure: left_out(&branch, reasons) };
    if !with["accept"].as_bool().unwrap_or(true) {
        return Ok(given_up(vec!["nobody resolved it".to_owned()]));
    }
    let also = with["also"].as_array().into_iter().flatten().filter_map(|f| f.as_str().map(str::to_owned));
    let Resolution { tree, tip } = match place.resolution(&begun.begun, &also.collect::<BTreeSet<_>>())? {
        Ok(resolution) => resolution,
        Err(reasons) => return Ok(given_up(reasons)),
    };
    let (ours, theirs) = (&begun.begun.ours, &begun.begun.theirs);
    let body = with["body"].as_str().unwrap_or_default();
    let commit = place.repository.commit_tree(&tree, &[ours, theirs], &message(begun, body, job))?;
    let files: Vec<RepoPath> = place.repository.changes(ours, &tree)?.into_iter().map(|c| c.path).collect();
    let own = (tip != *ours).then_some("commits that were made while it was resolved are part of it");
    let result = json!({
        "key": begun.key,
        "branch": begun.branch,
        "commit": commit.oid.as_str(),
        "files": files.iter().map(RepoPath::to_string).collect::<Vec<_>>(),
        "note": own,
    });
    Ok(How::Merged { old: tip, new: commit.oid, result })
}

fn message(begun: &merge::Note, body: &str, job: &Job<'_>) -> Message {
    let mut trailers = own_trailers(job).to_vec();
    trailers.push(("Mission-Item".to_owned(), begun.key.clone()));
    Message { subject: format!("Merge {} from {}", begun.key, begun.branch), body: body.to_owned(), trailers }
}

/// The failure that says what is not merged, why, and where it is.
fn left_out(branch: &BranchName, reasons: Vec<String>) -> Failure {
    let why = reasons.first().cloned().unwrap_or_default();
    let message = format!("`{branch}` is left out: {why}");
    let reasons = reasons.into_iter().skip(1).chain([format!("its work stays on the branch `{branch}`")]).collect();
    Failure { reasons, ..Failure::new(FailureClass::Action, message) }
}

/// Does what was noted. Every step may have been taken before; once all are noted as done, none is taken again, since
/// others work in the integration worktree from then on.
fn carry_out(mut note: Note, branch: &BranchName, worktrees: &Worktrees, journal: &Journal) -> Result<Value, Failure> {
    if !note.done {
        if let Some(begun) = merge::Note::under_way(journal, branch)? {
            end(&note.how, begun, worktrees, journal)?;
        }
        if let How::Merged { result, .. } = &mut note.how {
            let asked = worktrees.asked(branch)?;
            let aside = asked.map(|asked| worktrees.release(&asked)).transpose()?.unwrap_or_default();
            if !aside.is_empty() && result["note"].is_null() {
                result["note"] =
                    json!(format!("what attempts before the last left unfinished is kept: {}", aside.join(", ")));
            }
        }
        note.done = true;
        journal.write(NOTE, &note.node, &note)?;
    }
    match note.how {
        How::Merged { result, .. } => Ok(result),
        How::GivenUp { failure } => Err(failure),
    }
}

/// Ends the merge in the integration worktree.
fn end(how: &How, mut begun: merge::Note, worktrees: &Worktrees, journal: &Journal) -> Result<(), Failure> {
    let place = worktrees.shared()?.ok_or_else(|| refuse("the run has no integration worktree"))?;
    match how {
        How::Merged { old, new, .. } => {
            let repo = worktrees.repository();
            if repo.tip(worktrees.main())?.as_ref() != Some(new) {
                repo.move_branch(worktrees.main(), Some(old), new, &format!("mission: merge of {}", begun.branch))?;
            }
            place.follow()?;
        }
        How::GivenUp { .. } => place.give_up_merge(&begun.begun)?,
    }
    begun.ended = true;
    Ok(begun.save(journal)?)
}
