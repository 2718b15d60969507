//! `checks.original`: do the tests still pass as they were when the work began? The work is tried out in a throw-away worktree, with those
//! tests in place of what became of them. Whatever a test was turned into, however it is written: what it was decides.
//!
//! Nothing is concluded that was not seen: where the commands fail in such a worktree with the tests of now as well, it is not known.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::guard::{allows, is_for_tests, may_help, with_tests_of};
use super::tries::{Red, Stop, Tries};
use super::{Job, Shell, refuse, repository};
use crate::event::Failure;
use crate::git::{Difference, Journal, Oid, Probe, Repository};

/// Most files that are told.
const MOST: usize = 50;
/// Largest file whose tests are put back, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;
/// What lies in ignored folders and files of these names is made anew where it is missing.
const MADE_ANEW: [&str; 14] = [
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".nyc_output",
    ".coverage",
    "coverage",
    "target",
    "build",
    "dist",
    "out",
    ".next",
    ".nuxt",
    ".gradle",
];

pub(super) fn with() -> Value {
    json!({
        "type": "object",
        "description": "Runs commands on the work with the tests as they were when it began, in a worktree of its own. Tells nothing where no test that was there has changed.",
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
            "passed": { "type": "boolean", "description": "True if the commands pass with the tests as they were, or none of those has changed." },
            "known": { "type": "boolean", "description": "False: the commands fail there with the tests of now as well, so nothing is known." },
            "why": { "type": "string", "description": "What was seen." },
            "restored": paths("Files that were as before again."),
            "without": paths("Files for tests that are new, and were not there."),
            "command": text("The command that fails."),
            "exitCode": { "type": ["integer", "null"], "description": "Its exit code." },
            "output": text("The end of its output.")
        }
    })
}

/// What is put back.
#[derive(Debug, Default)]
struct Changes {
    /// Content by path, as [`Repository::composed`] takes it.
    contents: Vec<(crate::git::RepoPath, Option<String>)>,
    restored: Vec<String>,
    without: Vec<String>,
    /// Something of before has changed, or something new may change what it does.
    counts: bool,
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
    let changes = changes(repo, &base, &now, &allowed)?;
    let mut tries = Tries::new(worktrees, job, shell, &with["run"]);
    if !changes.counts || tries.is_empty() {
        let why = if changes.counts { "no command was given" } else { "no test that was there has changed" };
        return Ok(told((true, true), why, Changes::default(), None));
    }
    let contents: Vec<_> = changes.contents.iter().map(|(path, content)| (path, content.clone())).collect();
    let before = repo.composed(&now, &contents, scratch)?;
    let head = repo.head()?;
    let seen = tried(&mut tries, job, &head, &[&before, &now]);
    worktrees.clear_probes()?;
    match seen {
        Ok(None) => Ok(told((true, true), "the tests pass as they were", changes, None)),
        Ok(Some((red, true))) => {
            let why = format!(
                "`{}` fails with the tests as they were, before this work changed them: {}. What they demand must still hold",
                red.command,
                listed(&changes)
            );
            Ok(told((false, true), &why, changes, Some(red)))
        }
        Ok(Some((red, false))) => {
            let why = format!(
                "tests changed ({}), and whether they still pass as they were is not known: in a worktree of its own `{}` fails with the \
                 tests of now as well; `worktree.setup` in `.mission/config.yaml` prepares one",
                listed(&changes),
                red.command
            );
            Ok(told((false, false), &why, changes, Some(red)))
        }
        Err(Stop::Unknown(why)) => {
            let why = format!(
                "tests changed ({}), and whether they still pass as they were is not known: {why}",
                listed(&changes)
            );
            Ok(told((false, false), &why, changes, None))
        }
        Err(Stop::Failed(failure)) => Err(failure),
    }
}

/// The first command that fails with the first tree, and whether all pass with the second.
fn tried(tries: &mut Tries<'_>, job: &Job<'_>, head: &Oid, trees: &[&Oid; 2]) -> Result<Option<(Red, bool)>, Stop> {
    let prepare = |probe: &Probe| -> Result<(), Failure> { linked(job, probe) };
    let [before, now] = trees;
    let Some(red) = tries.red_tree([head, before], None, &prepare)? else { return Ok(None) };
    let is_known = tries.red_tree([head, now], Some(&red.command), &prepare)?.is_none();
    Ok(Some((red, is_known)))
}

fn told((passed, known): (bool, bool), why: &str, changes: Changes, red: Option<Red>) -> Value {
    let (command, exit_code, output) = match red {
        Some(red) => (Some(red.command), red.exit_code, Some(red.output)),
        None => (None, None, None),
    };
    json!({
        "passed": passed, "known": known, "why": why, "restored": first(&changes.restored), "without": first(&changes.without),
        "command": command, "exitCode": exit_code, "output": output,
    })
}

fn first(paths: &[String]) -> &[String] {
    &paths[..paths.len().min(MOST)]
}

/// The files that are put back and taken away, in words.
fn listed(changes: &Changes) -> String {
    let few = |paths: &[String]| {
        let more = if paths.len() > 5 { ", …" } else { "" };
        paths[..paths.len().min(5)].join(", ") + more
    };
    match (&changes.restored[..], &changes.without[..]) {
        ([], without) => format!("without {}", few(without)),
        (restored, []) => few(restored),
        (restored, without) => format!("{}; without {}", few(restored), few(without)),
    }
}

fn changes(repo: &Repository, base: &Oid, now: &Oid, allowed: &[String]) -> Result<Changes, Failure> {
    let mut changes = Changes::default();
    for difference in repo.differences(base, now)? {
        let path = difference.change.path.to_string();
        if allows(allowed, &path) {
            continue;
        }
        let content = if is_for_tests(&path) {
            changes.counts |= difference.before.is_some() || may_help(&path);
            difference.before.clone()
        } else {
            let Some(put_back) = inside(repo, &path, &difference)? else { continue };
            changes.counts = true;
            Some(put_back)
        };
        if difference.before.is_some() { &mut changes.restored } else { &mut changes.without }.push(path);
        changes.contents.push((difference.change.path, content));
    }
    Ok(changes)
}

/// A file in which tests and the program are together: the program of now with the tests of before.
fn inside(repo: &Repository, path: &str, difference: &Difference) -> Result<Option<String>, Failure> {
    let (Some(before), Some(now), true) = (&difference.before, &difference.after, path.ends_with(".rs")) else {
        return Ok(None);
    };
    let oid = |content: &str| Oid::parse(content.split_once(' ').map_or("", |(_, oid)| oid));
    let (old, new) = (oid(before)?, oid(now)?);
    let texts = repo.contents(&[(&old, LARGEST), (&new, LARGEST)])?;
    let texts: Vec<String> = texts.into_iter().flatten().filter_map(|bytes| String::from_utf8(bytes).ok()).collect();
    let [old, new] = &texts[..] else { return Ok(None) };
    let Some(text) = with_tests_of(old, new) else { return Ok(None) };
    let mode = now.split_once(' ').map_or("100644", |(mode, _)| mode);
    Ok(Some(format!("{mode} {}", repo.keep_content(text.into_bytes())?)))
}

/// What git ignores, and commands may need (`node_modules`, `.env`), is there by links, unless a set-up makes it.
fn linked(job: &Job<'_>, probe: &Probe) -> Result<(), Failure> {
    let mut made = BTreeSet::new();
    for path in repository(job)?.ignored()? {
        let named = |name: &str| path.components().any(|part| part.as_os_str() == name);
        let to = probe.path.join(&path);
        if MADE_ANEW.iter().any(|name| named(name)) || to.symlink_metadata().is_ok() || made.len() >= 1_000 {
            continue;
        }
        if is_inside(&probe.path, &path) && symlink(job.root.join(&path), &to).is_ok() {
            made.insert(path);
        }
    }
    Ok(())
}

/// Does the folder of `path` lie below `top`, with no link on the way?
fn is_inside(top: &Path, path: &Path) -> bool {
    let folder: PathBuf = path.parent().map_or_else(|| top.to_owned(), |parent| top.join(parent));
    folder.canonicalize().is_ok_and(|real| real == folder)
}
