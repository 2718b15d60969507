//! `git.integrate`: merges the work of items, each in a worktree of its own, into the run's integration branch.
//!
//! All merges are computed first, in the object database; one note and one compare-and-swap then move the branch, so
//! a crash leaves all of them or none. What conflicts is left out and said, never resolved by dropping a side.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Job, own_trailers, refuse, repository};
use crate::event::Failure;
use crate::git::{BranchName, Error, Journal, Message, Oid, Place, RepoPath, Repository, Trial, Worktrees};

/// Kind of the notes about integrations.
const NOTE: &str = "integrate";

pub(super) fn with() -> Value {
    json!({
        "type": "object",
        "description": "Merges the branches of a map's items into the run's integration branch, in the order of the items: one merge commit for each.",
        "required": ["items", "branches"],
        "additionalProperties": false,
        "properties": {
            "items": {
                "type": "array",
                "description": "`nodes.MAP.items` of a map whose node has a worktree.",
                "items": {
                    "type": "object",
                    "required": ["key", "status"],
                    "properties": { "key": { "type": "string" }, "status": { "type": "string" } }
                }
            },
            "branches": { "type": "string", "description": "What the items' branches begin with; `/` and the key follow." },
            "base": { "type": ["string", "null"], "description": "Branch that integration starts from." }
        }
    })
}

pub(super) fn result() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let list = |description: &str, of: Value| json!({ "type": "array", "description": description, "items": of });
    json!({
        "type": "object",
        "required": ["merged", "conflicts"],
        "properties": {
            "branch": { "type": ["string", "null"], "description": "The integration branch." },
            "head": { "type": ["string", "null"], "description": "Its tip afterwards." },
            "merged": list("Items that were merged, in order.", json!({
                "type": "object",
                "required": ["key", "branch", "commit", "files"],
                "properties": {
                    "key": text("Key of the item."),
                    "branch": text("Its branch."),
                    "commit": text("Id of the merge commit."),
                    "files": list("Files that the item changed.", json!({ "type": "string" }))
                }
            })),
            "conflicts": list("Items that conflict with what was merged before them; they stay on their branches.", json!({
                "type": "object",
                "required": ["key", "branch", "files"],
                "properties": {
                    "key": text("Key of the item."),
                    "branch": text("Its branch, which still holds the work."),
                    "commit": text("Id of the commit that holds it."),
                    "files": list("Files in conflict.", json!({ "type": "string" }))
                }
            })),
            "leftOut": list("Items that were not tried.", json!({
                "type": "object",
                "required": ["key", "reason"],
                "properties": {
                    "key": text("Key of the item."),
                    "branch": { "type": ["string", "null"], "description": "Its branch, if it has one." },
                    "reason": text("Why.")
                }
            })),
            "unchanged": list("Keys of items that changed nothing.", json!({ "type": "string" })),
            "note": { "type": ["string", "null"], "description": "What the person should know." }
        }
    })
}

/// What is noted before the branch moves.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    node: String,
    attempt: u32,
    old: Option<String>,
    new: String,
    /// Everything that follows the move has been done as well.
    done: bool,
    /// Branches whose worktrees go once the branch has moved.
    release: Vec<String>,
    result: Value,
}

#[derive(Debug, Deserialize)]
struct Item {
    key: String,
    status: String,
}

/// What became of the items so far.
struct Progress {
    /// What was integrated before the first of them.
    start: Oid,
    head: Oid,
    merged: Vec<Value>,
    conflicts: Vec<Value>,
    left_out: Vec<Value>,
    unchanged: Vec<String>,
    release: Vec<String>,
}

pub(super) fn perform(with: &Value, job: &Job<'_>) -> Result<Value, Failure> {
    repository(job)?;
    let worktrees = job.worktrees.ok_or_else(|| refuse("this run has no worktrees"))?;
    let repo = worktrees.repository();
    let journal = Journal::new(job.run_dir);
    let noted: Option<Note> = journal.read(NOTE, job.node)?;
    if let Some(note) = noted.filter(|note| job.is_begun(note.attempt))
        && let Some(value) = recover(worktrees, &journal, note)?
    {
        return Ok(value);
    }
    begin(with, worktrees)?;
    let shared = worktrees.shared()?;
    if let Some(place) = &shared {
        require_clean(place)?;
    }
    let old = repo.tip(worktrees.main())?;
    let start = worktrees.integrated()?;
    let mut progress = Progress {
        head: start.clone(),
        start,
        merged: Vec::new(),
        conflicts: Vec::new(),
        left_out: Vec::new(),
        unchanged: Vec::new(),
        release: Vec::new(),
    };
    let items: Vec<Item> = serde_json::from_value(with["items"].clone()).map_err(|e| refuse(e.to_string()))?;
    let prefix = with["branches"].as_str().unwrap_or_default();
    for item in &items {
        take(item, prefix, worktrees, job, &mut progress)?;
    }
    let mut note = Note {
        node: job.node.to_owned(),
        attempt: job.attempt,
        old: old.as_ref().map(Oid::to_string),
        new: progress.head.to_string(),
        done: false,
        release: progress.release,
        result: json!({
            "branch": worktrees.main().as_str(),
            "head": progress.head.as_str(),
            "merged": progress.merged,
            "conflicts": progress.conflicts,
            "leftOut": progress.left_out,
            "unchanged": progress.unchanged,
            "note": null,
        }),
    };
    journal.write(NOTE, job.node, &note)?;
    finish(worktrees, &journal, &mut note, old.as_ref())?;
    Ok(note.result)
}

/// Says where integration starts, if nobody did.
fn begin(with: &Value, worktrees: &Worktrees) -> Result<(), Error> {
    let Some(name) = with["base"].as_str() else { return Ok(()) };
    let branch = BranchName::parse(name)?;
    let oid =
        worktrees.repository().tip(&branch)?.ok_or(Error::BranchMissing { branch: name.to_owned(), current: None })?;
    worktrees.begin(&crate::git::Base { branch, oid })
}

/// Nothing in the integration worktree is uncommitted.
pub(super) fn require_clean(place: &Place) -> Result<(), Failure> {
    let changes = place.repository.status()?;
    if changes.is_empty() {
        return Ok(());
    }
    let mut failure =
        refuse(format!("the integration worktree `{}` holds changes that are not committed", place.path.display()));
    failure.reasons = changes.iter().take(10).map(|c| c.path.to_string()).collect();
    Err(failure)
}

/// Merges one item on top of what was merged before.
fn take(
    item: &Item,
    prefix: &str,
    worktrees: &Worktrees,
    job: &Job<'_>,
    progress: &mut Progress,
) -> Result<(), Failure> {
    let branch = BranchName::parse(&format!("{prefix}/{}", item.key))?;
    let place = match worktrees.of_branch(&branch) {
        Ok(place) => place,
        Err(error @ Error::WorktreeLost { .. }) => {
            progress.left_out.push(json!({ "key": item.key, "branch": branch.as_str(), "reason": error.to_string() }));
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    let Some(place) = place else {
        progress.left_out.push(json!({ "key": item.key, "branch": null, "reason": "it has no worktree" }));
        return Ok(());
    };
    let left_out = |reason: String| json!({ "key": item.key, "branch": place.branch.as_str(), "reason": reason });
    if item.status != "done" {
        progress.left_out.push(left_out(format!("it is {}", item.status)));
        return Ok(());
    }
    let tip = match worktrees.settle(&branch, &place, &work_message(item, job)) {
        Ok(tip) => tip,
        Err(error @ (Error::Unmerged { .. } | Error::Filtered { .. } | Error::BadName { .. })) => {
            progress.left_out.push(left_out(error.to_string()));
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    let repo = worktrees.repository();
    if repo.is_ancestor(&tip, &progress.head)? {
        require_kept(item, repo, progress, &tip)?;
        progress.unchanged.push(item.key.clone());
        progress.release.push(branch.to_string());
        return Ok(());
    }
    match repo.try_merge(&progress.head, &tip)? {
        Trial::Conflict(files) => {
            progress
                .conflicts
                .push(json!({ "key": item.key, "branch": place.branch.as_str(), "commit": tip.as_str(), "files": names(&files) }));
        }
        Trial::Clean(tree) => {
            let files: Vec<RepoPath> = repo.changes(&progress.head, &tree)?.into_iter().map(|c| c.path).collect();
            require_own(item, repo, progress, &tip, &files)?;
            let commit = repo.commit_tree(&tree, &[&progress.head, &tip], &merge_message(item, &place, job))?;
            progress.merged.push(json!({
                "key": item.key, "branch": place.branch.as_str(), "commit": commit.oid.as_str(), "files": names(&files),
            }));
            progress.head = commit.oid;
            progress.release.push(branch.to_string());
        }
    }
    Ok(())
}

/// The work of an item that came in with the branch of another is as its own branch has it: somebody could have merged it away.
fn require_kept(item: &Item, repo: &Repository, progress: &Progress, tip: &Oid) -> Result<(), Failure> {
    if repo.is_ancestor(tip, &progress.start)? {
        return Ok(());
    }
    let is_own = own_files(repo, progress, tip)?;
    let lost: Vec<RepoPath> = repo
        .changes(tip, &progress.head)?
        .into_iter()
        .map(|change| change.path)
        .filter(|path| is_own.contains(path))
        .collect();
    undone(&format!("the work of `{}` came in with the branch of another, which undoes it", item.key), &lost)
}

/// A merge changes nothing but what the item itself changed, and of that nothing that others had changed whose work its branch took in.
fn require_own(
    item: &Item,
    repo: &Repository,
    progress: &Progress,
    tip: &Oid,
    files: &[RepoPath],
) -> Result<(), Failure> {
    if repo.merge_base(&progress.head, tip)? == repo.merge_base(&progress.start, tip)? {
        return Ok(());
    }
    let is_own = own_files(repo, progress, tip)?;
    let before: BTreeSet<RepoPath> =
        repo.changes(&progress.start, &progress.head)?.into_iter().map(|change| change.path).collect();
    let lost: Vec<RepoPath> =
        files.iter().filter(|path| !is_own.contains(*path) || before.contains(*path)).cloned().collect();
    undone(&format!("the branch of `{}` takes in the work of others, and undoes it", item.key), &lost)
}

/// What the branch at `tip` changed since it left what was integrated.
fn own_files(repo: &Repository, progress: &Progress, tip: &Oid) -> Result<BTreeSet<RepoPath>, Failure> {
    let Some(base) = repo.merge_base(&progress.start, tip)? else { return Ok(BTreeSet::new()) };
    Ok(repo.changes(&base, tip)?.into_iter().map(|change| change.path).collect())
}

fn undone(what: &str, lost: &[RepoPath]) -> Result<(), Failure> {
    if lost.is_empty() {
        return Ok(());
    }
    Err(Failure { reasons: lost.iter().take(10).map(RepoPath::to_string).collect(), ..refuse(what) })
}

fn names(files: &[RepoPath]) -> Vec<String> {
    files.iter().map(RepoPath::to_string).collect()
}

fn work_message(item: &Item, job: &Job<'_>) -> Message {
    let mut trailers = own_trailers(job).to_vec();
    trailers.push(("Mission-Item".to_owned(), item.key.clone()));
    Message { subject: format!("Work of {}", item.key), body: String::new(), trailers }
}

fn merge_message(item: &Item, place: &Place, job: &Job<'_>) -> Message {
    let mut trailers = own_trailers(job).to_vec();
    trailers.push(("Mission-Item".to_owned(), item.key.clone()));
    Message { subject: format!("Merge {} from {}", item.key, place.branch), body: String::new(), trailers }
}

/// What the noted integration gave, if it was made or still can be; `None` if the branch went elsewhere before.
fn recover(worktrees: &Worktrees, journal: &Journal, mut note: Note) -> Result<Option<Value>, Error> {
    let repo = worktrees.repository();
    let new = Oid::parse(&note.new)?;
    if !repo.has(&new)? {
        return Ok(None);
    }
    let old = note.old.as_deref().map(Oid::parse).transpose()?;
    let tip = repo.tip(worktrees.main())?;
    match &tip {
        Some(tip) if repo.is_ancestor(&new, tip)? => {}
        tip if *tip == old => {}
        _ => return Ok(None),
    }
    finish(worktrees, journal, &mut note, old.as_ref())?;
    Ok(Some(note.result))
}

/// Moves the branch unless that has happened, lets the integration worktree follow, and removes worktrees whose work
/// is merged. Every step may have been taken before; once all are noted as done, none is taken again, since others
/// work in the integration worktree from then on.
fn finish(worktrees: &Worktrees, journal: &Journal, note: &mut Note, old: Option<&Oid>) -> Result<(), Error> {
    if note.done {
        return Ok(());
    }
    let repo = worktrees.repository();
    let new = Oid::parse(&note.new)?;
    if repo.tip(worktrees.main())?.as_ref() == old && old != Some(&new) {
        repo.move_branch(worktrees.main(), old, &new, &format!("mission: {}", note.node))?;
    }
    if repo.tip(worktrees.main())?.as_ref() == Some(&new)
        && let Some(place) = worktrees.shared()?
    {
        place.follow()?;
    }
    let mut aside = Vec::new();
    for branch in &note.release {
        aside.extend(worktrees.release(&BranchName::parse(branch)?)?);
    }
    if !aside.is_empty() {
        note.result["note"] =
            json!(format!("what attempts before the last left unfinished is kept: {}", aside.join(", ")));
    }
    note.done = true;
    journal.write(NOTE, &note.node, note)
}
