//! `git.commit`: one commit of everything in the node's working directory.
//!
//! The new commit is noted before the branch moves. After a crash the note tells whether it did; trailers are for
//! people, since an agent can write those too.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Job, own_trailers, refuse, repository};
use crate::event::Failure;
use crate::git::{Commit, Error, Journal, Message, Oid, Repository};

/// Kind of the notes about commits.
const NOTE: &str = "commit";

pub(super) fn with() -> Value {
    json!({
        "type": "object",
        "description": "Commits everything in the working directory but `.mission/` and `.worktrees/`.",
        "required": ["message"],
        "additionalProperties": false,
        "properties": {
            "message": { "type": "string", "minLength": 1, "description": "First line of the message." },
            "body": { "type": ["string", "null"], "description": "Text below it." },
            "trailers": {
                "type": ["object", "null"],
                "description": "Trailers; null and an empty list leave one out. `Mission-Run` and `Mission-Node` are always set.",
                "additionalProperties": { "type": ["string", "number", "boolean", "null", "array"] }
            },
            "allowEmpty": { "type": "boolean", "default": false, "description": "Commit even if nothing has changed." }
        }
    })
}

pub(super) fn result() -> Value {
    json!({
        "type": "object",
        "required": ["commit", "branch", "files", "note"],
        "properties": {
            "commit": { "type": ["string", "null"], "description": "Id of the commit; null: nothing was to be committed." },
            "branch": { "type": ["string", "null"], "description": "Branch that it is on." },
            "files": { "type": "integer", "description": "How many files it changes." },
            "note": { "type": ["string", "null"], "description": "What the person should know." }
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
    /// The branch that it moves, if one is checked out.
    #[serde(default)]
    branch: Option<String>,
    files: usize,
    note: Option<String>,
}

pub(super) fn perform(with: &Value, job: &Job<'_>) -> Result<Value, Failure> {
    let repo = repository(job)?;
    let message = message(with, job)?;
    // A message that cannot be written is a mistake even when there is nothing to commit.
    message.render()?;
    let allow_empty = with["allowEmpty"].as_bool().unwrap_or_default();
    let journal = Journal::new(job.run_dir);
    let noted: Option<Note> = journal.read(NOTE, job.node)?;
    if let Some(note) = noted.filter(|note| job.is_begun(note.attempt))
        && let Some(value) = recover(repo, &note)?
    {
        return Ok(value);
    }
    let staged = repo.stage(journal.folder()?)?;
    let nested: Vec<String> = staged.nested.iter().map(|p| format!("`{p}`")).collect();
    let mut notes = Vec::new();
    if !nested.is_empty() {
        notes.push(format!("left out, being repositories of their own: {}", nested.join(", ")));
    }
    if staged.unchanged && !allow_empty {
        notes.insert(0, format!("nothing to commit: everything is as in {}", staged.head.short()));
        return Ok(value(repo.current_branch()?, None, 0, join(notes)));
    }
    let files = repo.changes(&staged.head, &staged.tree)?.len();
    let commit = repo.commit_tree(&staged.tree, &[&staged.head], &message)?;
    let note = Note {
        node: job.node.to_owned(),
        attempt: job.attempt,
        old: commit.parent.to_string(),
        new: commit.oid.to_string(),
        branch: repo.current_branch()?,
        files,
        note: join(notes),
    };
    journal.write(NOTE, job.node, &note)?;
    repo.advance(&commit, &format!("mission: {}", job.node))?;
    Ok(value(note.branch, Some(&commit.oid), files, note.note))
}

/// What the noted commit gave, if it was made or still can be; `None` if the branch went elsewhere before.
fn recover(repo: &Repository, note: &Note) -> Result<Option<Value>, Error> {
    let (old, new, head) = (Oid::parse(&note.old)?, Oid::parse(&note.new)?, repo.head()?);
    if !repo.has(&new)? {
        return Ok(None);
    }
    if head == old {
        repo.advance(&Commit { oid: new.clone(), parent: old }, "mission: after an interruption")?;
    } else if !repo.is_ancestor(&new, &head)? {
        return Ok(None);
    }
    Ok(Some(value(repo.current_branch()?, Some(&new), note.files, note.note.clone())))
}

fn value(branch: Option<String>, commit: Option<&Oid>, files: usize, note: Option<String>) -> Value {
    json!({ "commit": commit.map(Oid::as_str), "branch": branch, "files": files, "note": note })
}

fn join(notes: Vec<String>) -> Option<String> {
    (!notes.is_empty()).then(|| notes.join("; "))
}

fn message(with: &Value, job: &Job<'_>) -> Result<Message, Failure> {
    let text = |key: &str| with[key].as_str().unwrap_or_default().to_owned();
    let own = own_trailers(job);
    let mut trailers = Vec::new();
    for (key, value) in with["trailers"].as_object().into_iter().flatten() {
        let absent = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if absent || own.iter().any(|(ours, _)| ours.eq_ignore_ascii_case(key)) {
            continue;
        }
        trailers.push((key.clone(), words(value).ok_or_else(|| refuse(format!("trailer `{key}` is not plain text")))?));
    }
    trailers.splice(0..0, own);
    Ok(Message { subject: text("message"), body: text("body"), trailers })
}

/// A trailer's value: plain, or a list of plain ones.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(|i| if i.is_array() { None } else { words(i) }).collect();
            items.map(|items| items.join(", "))
        }
        Value::Null | Value::Object(_) => None,
    }
}
