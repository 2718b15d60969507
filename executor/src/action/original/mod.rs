//! `checks.original`: do the tests still pass as they were when the work began? The work is tried out in a throw-away worktree, with those
//! tests in place of what became of them, without those that are new, and without what git ignores only since then. Whatever a test was
//! turned into, however it is written, and whoever reaches into another: what it was decides. And does the work pass as it will be
//! committed, without what was written where git ignores it?
//!
//! Nothing is concluded that was not seen: where the commands fail in such a worktree with the tests of now as well, it is not known.

mod alone;
mod changes;
mod elsewhere;
mod held;
mod ignored;
mod moved;
mod renamed;
mod trial;

use std::collections::BTreeSet;
use std::path::Path;
use std::slice::from_ref;

use serde_json::{Value, json};

use super::guard::names;
use super::ignored::Record;
use super::tries::{Red, Stop, Tries};
use super::{Job, Shell, refuse, repository};
use crate::event::Failure;
use crate::git::{Journal, Oid, Repository};
use alone::Alone;
use changes::{Asked, Changes};
use held::Held;
use ignored::Ignored;
use trial::{Seen, Trees, Trial};

/// Most files that are told.
const MOST: usize = 50;

pub(super) fn with() -> Value {
    json!({
        "type": "object",
        "description": "Runs commands on the work with the tests as they were when it began, and on the work as it will be committed, in a worktree of its own. Runs nothing where no test has changed or is new, and nothing was written where git ignores it.",
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
            },
            "before": {
                "type": ["string", "null"],
                "description": "What git ignored when the work began: `ignored` of `git.head`. The commands must pass without what was written there since, too. Left out: nobody looks."
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
            "ignored": paths("Files and folders that were not there: git ignores them only since the work began, or ignores them and the work brought them."),
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
    let asked =
        Asked { looking, repo, trees: [&base, &now], only: only.as_deref(), allowed: &allowed, commands: &commands };
    let work = Work {
        changes: Changes::between(&asked)?,
        ignored: if only.is_some() { Ignored::now(repo)? } else { Ignored::since(looking, &base)? },
        held: lacking(job, with["before"].as_str(), [&base, &now])?,
        is_part: only.is_some(),
        trees: [base, now],
        commands,
    };
    if work.commands.is_empty() || !work.counts() && work.held.as_ref().is_some_and(Vec::is_empty) {
        let why = if work.commands.is_empty() { "no command was given" } else { "no test has changed or is new" };
        let nothing = Work { changes: Changes::default(), ignored: Ignored::default(), ..work };
        return Ok(nothing.told((true, true), why, None));
    }
    let seen = work.seen(job, scratch, tries);
    worktrees.clear_probes()?;
    match seen {
        Ok(Seen::Passed(why)) => Ok(work.told((true, true), &why, None)),
        Ok(Seen::Fails(red, why)) => Ok(work.told((false, true), &why, Some(red))),
        Ok(Seen::Unknown(red, why)) => Ok(work.told((false, false), &why, Some(red))),
        Err(Stop::Unknown(why)) => Ok(work.told((false, false), &why, None)),
        Err(Stop::Failed(failure)) => Err(failure),
    }
}

/// What the work brought where git ignores it, since `before`; `None` if that cannot be told any more.
fn lacking(job: &Job<'_>, before: Option<&str>, trees: [&Oid; 2]) -> Result<Option<Vec<Held>>, Failure> {
    let Some(name) = before else { return Ok(Some(Vec::new())) };
    Record::named(job, name)?.map(|record| held::held(job, &record, trees)).transpose()
}

/// What is tried out.
struct Work {
    changes: Changes,
    ignored: Ignored,
    /// What the commit lacks of it; `None`: it is not known.
    held: Option<Vec<Held>>,
    /// When it began, and now.
    trees: [Oid; 2],
    commands: Vec<String>,
    /// It is asked of some files alone: what is new need not prove itself.
    is_part: bool,
}

impl Work {
    /// Could what became of tests matter?
    fn counts(&self) -> bool {
        self.changes.count() || !self.ignored.new.is_empty()
    }

    /// As it will be committed first, then with the tests as they were.
    fn seen(&self, job: &Job<'_>, scratch: &Path, tries: Tries<'_>) -> Result<Seen, Stop> {
        let Some(held) = &self.held else {
            let why = "whether the commit has all that it needs is not known: the note of what git ignored when the work began is gone";
            return Err(Stop::Unknown(why.to_owned()));
        };
        let repo = repository(job).map_err(Stop::Failed)?;
        let (head, [base, now], ignored) = (repo.head()?, &self.trees, &self.ignored);
        let mut alone = Alone { tries, job, head: &head, ignored, held };
        if let Some(seen) = alone.seen([base, now], &self.commands)? {
            return Ok(seen);
        }
        if !self.counts() {
            return Ok(Seen::Passed("the work passes as it will be committed".to_owned()));
        }
        let tries = alone.tries;
        let mut trees = Trees::of(&self.changes, repo, now, scratch).map_err(Stop::Failed)?;
        let looking = &repo.looking(scratch)?;
        if self.is_part {
            trees.renamed = self.changes.with_names([looking, repo], now, scratch).map_err(Stop::Failed)?;
        }
        let mut trial = Trial { tries, job, head: &head, ignored, is_part: self.is_part };
        let mut seen = trial.seen(&trees, &self.commands, &self.changes);
        if let Ok(Seen::Fails(red, _) | Seen::Unknown(red, _)) = &seen
            && let Some(why) = self.seen_elsewhere(&mut trial, ([looking, repo], scratch), red)?
        {
            seen = Ok(Seen::Passed(why));
        }
        match seen {
            Ok(Seen::Unknown(red, why)) => Ok(Seen::Unknown(red, self.unknown(&why))),
            Err(Stop::Unknown(why)) => Err(Stop::Unknown(self.unknown(&why))),
            seen => seen,
        }
    }

    /// Why nothing is wrong where tests find what has moved, if nothing is; `red` is what failed without.
    fn seen_elsewhere(
        &self,
        trial: &mut Trial<'_>,
        ([looking, repo], scratch): ([&Repository; 2], &Path),
        red: &Red,
    ) -> Result<Option<String>, Stop> {
        let [base, now] = &self.trees;
        let elsewhere = self.changes.elsewhere([looking, repo], [base, now]).map_err(Stop::Failed)?;
        let Some(elsewhere) = elsewhere else { return Ok(None) };
        let trees = Trees::of(&elsewhere.changes, repo, now, scratch).map_err(Stop::Failed)?;
        let canaries = elsewhere.canaries(repo, now, scratch).map_err(Stop::Failed)?;
        match trial.seen_elsewhere(&trees, &canaries, [&self.commands, from_ref(&red.command)], &elsewhere) {
            Err(Stop::Unknown(_)) => Ok(None),
            other => other,
        }
    }

    fn unknown(&self, why: &str) -> String {
        let what = listed(&self.changes, &self.ignored);
        format!("{what}, and whether the tests still pass as they were is not known: {why}")
    }

    fn told(&self, (passed, known): (bool, bool), why: &str, red: Option<Red>) -> Value {
        let (command, exit_code, output) = match red {
            Some(red) => (Some(red.command), red.exit_code, Some(red.output)),
            None => (None, None, None),
        };
        let first = |paths: Vec<String>| paths.into_iter().take(MOST).collect::<Vec<_>>();
        let held = self.held.iter().flatten().map(|held| held.path.display().to_string());
        let ignored: BTreeSet<String> = self.ignored.paths().into_iter().chain(held).collect();
        json!({
            "passed": passed, "known": known, "why": why, "restored": first(self.changes.restored()),
            "without": first(self.changes.added()), "ignored": first(ignored.into_iter().collect()), "command": command,
            "exitCode": exit_code, "output": output,
        })
    }
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
