//! `git.head`: where the work begins. Remembered by whoever compares later.

use serde_json::{Value, json};

use super::ignored::Record;
use super::{Job, project, refuse, repository};
use crate::event::Failure;
use crate::git::{Error, Journal, Shown};

pub(super) fn with() -> Value {
    json!({
        "type": "object",
        "description": "Says which commit is checked out in the working directory, and what else is in it.",
        "additionalProperties": false,
        "properties": {
            "ignored": {
                "type": ["boolean", "null"],
                "description": "Remembers what git ignores there as well, for `checks.original`: what was there when the run first asked for it."
            }
        }
    })
}

pub(super) fn result() -> Value {
    json!({
        "type": "object",
        "required": ["head", "branch", "tree", "settings"],
        "properties": {
            "head": { "type": "string", "description": "The commit." },
            "branch": { "type": ["string", "null"], "description": "The branch; null when HEAD is detached." },
            "tree": { "type": "string", "description": "Tree of the working directory as it is, changes that are not committed included." },
            "settings": { "type": "string", "description": "Digest of `.mission/config.yaml`." },
            "ignored": { "type": ["string", "null"], "description": "Digest of what git ignored when the run first asked for it; null if it is not asked for." }
        }
    })
}

pub(super) fn perform(with: &Value, job: &Job<'_>) -> Result<Value, Failure> {
    let repo = repository(job)?;
    let journal = Journal::new(job.run_dir);
    let Shown { head, branch, tree } = repo.shown(journal.folder()?)?;
    let settings = project::digest(job).map_err(refuse)?;
    let ignored = (with["ignored"] == json!(true)).then(|| Record::first(job)).transpose()?;
    Ok(json!({
        "head": head.ok_or(Error::NoCommits)?.as_str(),
        "branch": branch,
        "tree": tree.as_str(),
        "settings": settings,
        "ignored": ignored,
    }))
}
