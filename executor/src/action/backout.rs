//! `git.backout`: takes one merge back on the run's integration branch. The work itself is kept on a branch.
//!
//! The new commits are computed first; one note and one compare-and-swap then move the branch, so a crash leaves all
//! of it or nothing. What later work builds on is not torn out by force: a conflict is said, and nothing changes.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Job, own_trailers, refuse, repository};
use crate::event::Failure;
use crate::git::{BranchName, Error, Journal, Message, Oid, Place, RepoPath, Trial, Worktrees};

/// Kind of the notes about merges that were taken back.
const NOTE: &str = "backout";

pub(super) fn with() -> Value {
    json!({
        "type": "object",
        "description": "Takes one merge back on the integration branch, by a commit that reverts it. What is not committed there is committed before.",
        "required": ["commit"],
        "additionalProperties": false,
        "properties": {
            "commit": { "type": "string", "description": "The merge." },
            "key": { "type": ["string", "null"], "description": "Key of the item whose work it brought in." },
            "branch": { "type": ["string", "null"], "description": "Branch that its work was on: it is kept below `mission/<run>/left-out/`." }
        }
    })
}

pub(super) fn result() -> Value {
    let text = |description: &str| json!({ "type": ["string", "null"], "description": description });
    json!({
        "type": "object",
        "required": ["backedOut"],
        "properties": {
            "backedOut": { "type": "boolean", "description": "False: what came later builds on it." },
            "key": text("Key of the item."),
            "head": text("The commit that takes it back."),
            "branch": text("The branch that keeps its work."),
            "files": { "type": ["array", "null"], "description": "Files that change by that.", "items": { "type": "string" } },
            "conflicts": { "type": ["array", "null"], "description": "Files in which later work builds on it.", "items": { "type": "string" } }
        }
    })
}

/// What is noted before the branch moves.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    node: String,
    attempt: u32,
    old: String,
    new: String,
    /// The branch that keeps the work, and where it is.
    kept: Option<(String, String)>,
    /// Everything that follows the move has been done as well.
    done: bool,
    result: Value,
}

pub(super) fn perform(with: &Value, job: &Job<'_>) -> Result<Value, Failure> {
    repository(job)?;
    let worktrees = job.worktrees.ok_or_else(|| refuse("this run has no worktrees"))?;
    let place = worktrees.shared()?.ok_or_else(|| refuse("there is no integration worktree"))?;
    let journal = Journal::new(job.run_dir);
    let noted: Option<Note> = journal.read(NOTE, job.node)?;
    if let Some(mut note) = noted.filter(|note| job.is_begun(note.attempt))
        && still_holds(worktrees, &note)?
    {
        finish(worktrees, &place, &journal, &mut note)?;
        return Ok(note.result);
    }
    let commit = Oid::parse(with["commit"].as_str().unwrap_or_default())?;
    let kept = with["branch"].as_str().map(|branch| left_out(worktrees, branch)).transpose()?;
    let repo = worktrees.repository();
    let old = place.repository.head()?;
    let parents = repo.parents(&commit)?;
    let [parent, own] = parents.as_slice() else {
        return Err(refuse(format!("{commit} is not a merge of one branch")));
    };
    if !repo.is_ancestor(&commit, &old)? {
        return Err(refuse(format!("{commit} is not part of what is integrated")));
    }
    let head = settled(&place, &old, job)?;
    let key = with["key"].as_str().unwrap_or_else(|| commit.short());
    let answer =
        |backed_out: bool, head: Option<&Oid>, branch: Option<&str>, files: &[RepoPath], conflicts: &[RepoPath]| {
            json!({
                "backedOut": backed_out, "key": key, "head": head.map(Oid::as_str), "branch": branch,
                "files": names(files), "conflicts": names(conflicts),
            })
        };
    let tree = match repo.try_revert(&head, &commit, parent)? {
        Trial::Clean(tree) => tree,
        Trial::Conflict(files) => return Ok(answer(false, None, None, &[], &files)),
    };
    let files: Vec<RepoPath> = repo.changes(&head, &tree)?.into_iter().map(|change| change.path).collect();
    let new = repo.commit_tree(&tree, &[&head], &message(key, &commit, job))?.oid;
    let mut note = Note {
        node: job.node.to_owned(),
        attempt: job.attempt,
        old: old.to_string(),
        new: new.to_string(),
        kept: kept.as_ref().map(|branch| (branch.to_string(), own.to_string())),
        done: false,
        result: answer(true, Some(&new), kept.as_ref().map(BranchName::as_str), &files, &[]),
    };
    journal.write(NOTE, job.node, &note)?;
    finish(worktrees, &place, &journal, &mut note)?;
    Ok(note.result)
}

/// A commit, on no branch yet, of what is in the integration worktree; its head if nothing is to be committed.
fn settled(place: &Place, head: &Oid, job: &Job<'_>) -> Result<Oid, Error> {
    let staged = place.repository.stage(Journal::new(job.run_dir).folder()?)?;
    if staged.unchanged {
        return Ok(head.clone());
    }
    let subject = "Work on the integration before something is backed out".to_owned();
    let message = Message { subject, body: String::new(), trailers: own_trailers(job).to_vec() };
    Ok(place.repository.commit_tree(&staged.tree, &[head], &message)?.oid)
}

fn message(key: &str, commit: &Oid, job: &Job<'_>) -> Message {
    let mut trailers = own_trailers(job).to_vec();
    trailers.push(("Mission-Backed-Out".to_owned(), key.to_owned()));
    Message { subject: format!("Back out {key}"), body: format!("This reverts the merge {commit}."), trailers }
}

/// The branch that keeps the work of `branch`.
fn left_out(worktrees: &Worktrees, branch: &str) -> Result<BranchName, Error> {
    let run = worktrees.main().as_str().trim_end_matches("/main");
    let branch = BranchName::parse(branch)?;
    let rest = branch.as_str().strip_prefix(&format!("{run}/")).unwrap_or(branch.as_str());
    BranchName::parse(&format!("{run}/left-out/{rest}"))
}

/// Was the noted step taken, or can it still be?
fn still_holds(worktrees: &Worktrees, note: &Note) -> Result<bool, Error> {
    let repo = worktrees.repository();
    let (old, new) = (Oid::parse(&note.old)?, Oid::parse(&note.new)?);
    if !repo.has(&new)? {
        return Ok(false);
    }
    match repo.tip(worktrees.main())? {
        Some(tip) => Ok(tip == old || repo.is_ancestor(&new, &tip)?),
        None => Ok(false),
    }
}

/// Keeps the work, moves the branch, and lets the integration worktree follow; each unless it has happened. Once all is
/// noted as done, nothing is done again, since others work in the worktree from then on.
fn finish(worktrees: &Worktrees, place: &Place, journal: &Journal, note: &mut Note) -> Result<(), Error> {
    if note.done {
        return Ok(());
    }
    let repo = worktrees.repository();
    if let Some((branch, commit)) = &note.kept {
        repo.keep_branch(&BranchName::parse(branch)?, &Oid::parse(commit)?)?;
    }
    let (old, new) = (Oid::parse(&note.old)?, Oid::parse(&note.new)?);
    if repo.tip(worktrees.main())?.as_ref() == Some(&old) {
        repo.move_branch(worktrees.main(), Some(&old), &new, &format!("mission: {}", note.node))?;
    }
    if repo.tip(worktrees.main())?.as_ref() == Some(&new) {
        place.follow()?;
    }
    note.done = true;
    journal.write(NOTE, &note.node, note)
}

fn names(files: &[RepoPath]) -> Vec<String> {
    files.iter().map(RepoPath::to_string).collect()
}
