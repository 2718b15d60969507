//! `checks.original`: do the tests still pass as they were when the work began? The work is tried out in a throw-away worktree, with those
//! tests in place of what became of them, without those that are new, and without what git ignores only since then. Whatever a test was
//! turned into, however it is written, and whoever reaches into another: what it was decides.
//!
//! Nothing is concluded that was not seen: where the commands fail in such a worktree with the tests of now as well, it is not known.

mod changes;
mod ignored;
mod renamed;
mod trial;

use serde_json::{Value, json};

use super::guard::names;
use super::tries::{Red, Stop, Tries};
use super::{Job, Shell, refuse, repository};
use crate::event::Failure;
use crate::git::{Journal, Oid};
use changes::{Asked, Changes};
use ignored::Ignored;
use trial::{Seen, Trial};

/// Most files that are told.
const MOST: usize = 50;

pub(super) fn with() -> Value {
    json!({
        "type": "object",
        "description": "Runs commands on the work with the tests as they were when it began, in a worktree of its own. Runs nothing where no test has changed or is new.",
        "required": ["base", "run"],
        "additionalProperties": false,
        "properties": {
            "base": { "type": "string", "description": "Commit or tree with the tests as they were: what `git.head` answered when the work began." },
            "run": {
                "type": "array",
                "description": "The commands that prove the work.",
                "items": {
                    "type": "object",
                    "required": ["run"],
                    "properties": { "name": { "type": ["string", "null"] }, "run": { "type": "string" } }
                }
            },
            "allow": {
                "type": ["array", "null"],
                "description": "Path globs of tests that are meant to change: they stay as they are now.",
                "items": { "type": "string" }
            },
            "only": {
                "type": ["array", "null"],
                "description": "Files, or folders: of the tests in these alone it is tried what they were. Nothing is run where these are as they were, whatever else is new. Left out: of all.",
                "items": { "type": "string" }
            }
        }
    })
}

pub(super) fn result() -> Value {
    let text = |description: &str| json!({ "type": ["string", "null"], "description": description });
    let paths =
        |description: &str| json!({ "type": "array", "items": { "type": "string" }, "description": description });
    json!({
        "type": "object",
        "required": ["passed", "known", "why", "restored", "without"],
        "properties": {
            "passed": { "type": "boolean", "description": "True if the commands pass with the tests as they were, or nothing has changed that could matter." },
            "known": { "type": "boolean", "description": "False: it could not be told, mostly because the commands fail there with the tests of now as well." },
            "why": { "type": "string", "description": "What was seen." },
            "restored": paths("Files that were as before again."),
            "without": paths("Files for tests that are new: something that passes stood in for them, or nothing."),
            "ignored": paths("Files and folders that git ignores only since the work began, and were not there."),
            "command": text("The command that fails."),
            "exitCode": { "type": ["integer", "null"], "description": "Its exit code." },
            "output": text("The end of its output.")
        }
    })
}

pub(super) fn perform(with: &Value, job: &Job<'_>, shell: &Shell<'_>) -> Result<Value, Failure> {
    let worktrees = job.worktrees.ok_or_else(|| refuse("this run has no worktrees"))?;
    worktrees.clear_probes()?;
    let repo = repository(job)?;
    let journal = Journal::new(job.run_dir);
    let scratch = journal.folder()?;
    let base = Oid::parse(with["base"].as_str().unwrap_or_default())?;
    let now = repo.shown(scratch)?.tree;
    let allowed: Vec<String> =
        with["allow"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let tries = Tries::new(worktrees, job, shell, &with["run"]);
    let commands = tries.commands();
    let only = if with["only"].is_null() { None } else { Some(names(repo, &with["only"], "only")?) };
    let looking = &repo.looking(scratch)?;
    let (trees, only, allowed, commands) = ([&base, &now], only.as_deref(), &allowed[..], &commands[..]);
    let changes = Changes::between(&Asked { looking, repo, trees, allowed, only, commands })?;
    let ignored = if only.is_some() { Ignored::now(repo)? } else { Ignored::since(looking, &base)? };
    if commands.is_empty() || !changes.count() && ignored.new.is_empty() {
        let why = if commands.is_empty() { "no command was given" } else { "no test has changed or is new" };
        return Ok(told((true, true), why, &Changes::default(), &Ignored::default(), None));
    }
    let head = repo.head()?;
    let (replaced, bare) = (changes.replaced(repo, &now, scratch)?, changes.bare(repo, &now, scratch)?);
    let (kept, behind) = (changes.with_new(repo, &now, scratch)?, changes.with_behind(repo, &now, scratch)?);
    let renamed = if only.is_some() { changes.with_names([looking, repo], &now, scratch)? } else { None };
    let mut trial = Trial {
        tries,
        job,
        head: &head,
        ignored: &ignored,
        is_part: only.is_some(),
        trees: trial::Trees { replaced, bare, kept, behind, renamed, now },
    };
    let seen = trial.seen(commands, &changes);
    worktrees.clear_probes()?;
    let tell = |states: (bool, bool), why: &str, red: Option<Red>| Ok(told(states, why, &changes, &ignored, red));
    let unknown = |why: &str| {
        format!("{}, and whether the tests still pass as they were is not known: {why}", listed(&changes, &ignored))
    };
    match seen {
        Ok(Seen::Passed(why)) => tell((true, true), &why, None),
        Ok(Seen::Fails(red, why)) => tell((false, true), &why, Some(red)),
        Ok(Seen::Unknown(red, why)) => tell((false, false), &unknown(&why), Some(red)),
        Err(Stop::Unknown(why)) => tell((false, false), &unknown(&why), None),
        Err(Stop::Failed(failure)) => Err(failure),
    }
}

fn told((passed, known): (bool, bool), why: &str, changes: &Changes, ignored: &Ignored, red: Option<Red>) -> Value {
    let (command, exit_code, output) = match red {
        Some(red) => (Some(red.command), red.exit_code, Some(red.output)),
        None => (None, None, None),
    };
    let first = |paths: Vec<String>| paths.into_iter().take(MOST).collect::<Vec<_>>();
    json!({
        "passed": passed, "known": known, "why": why, "restored": first(changes.restored()), "without": first(changes.added()),
        "ignored": first(ignored.paths()), "command": command, "exitCode": exit_code, "output": output,
    })
}

/// What is different, in words.
fn listed(changes: &Changes, ignored: &Ignored) -> String {
    let parts = [
        ("tests changed", changes.restored()),
        ("tests are new", changes.added()),
        ("what only tests seem to use changed", changes.behind()),
        ("git ignores", ignored.paths()),
    ];
    let parts = parts.iter().filter(|(_, paths)| !paths.is_empty());
    parts.map(|(what, paths)| format!("{what} ({})", few(paths))).collect::<Vec<_>>().join(", ")
}

/// The first of them, in words.
fn few(paths: &[String]) -> String {
    let more = if paths.len() > 5 { ", …" } else { "" };
    paths[..paths.len().min(5)].join(", ") + more
}
