//! `mission gc`: what ended runs left in the repository, removed where that loses nothing or a person gave it up.

use mission_executor::clock::{Clock, SystemClock};
use mission_executor::event::RunStatus;
use mission_executor::git::{Collect, Leftover, Thing};
use mission_executor::process::recover;
use mission_executor::runs::{RunDir, RunId, RunsError};
use mission_executor::store::Head;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args;
use crate::failure::{Exit, Failure};
use crate::page::{self, Page, Tone, flat};
use crate::{history, preflight, project, within};

/// What `gc --json` prints.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Collected {
    /// Nothing was removed; `removed` is what would have been.
    dry_run: bool,
    /// What was removed.
    removed: Vec<Row>,
    /// What stays.
    kept: Vec<Row>,
}

/// Something that a run left.
#[derive(Debug, Serialize, JsonSchema)]
struct Row {
    /// The run.
    run: String,
    /// What it is.
    thing: Kind,
    /// Path below the repository, or name of the branch or ref.
    name: String,
    /// The branch of a worktree.
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<String>,
    /// The commit that it is or was at.
    commit: Option<String>,
    /// Why it was removed, or stays.
    why: String,
}

/// Kinds of things that a run leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// A worktree, with its branch.
    Worktree,
    /// A branch.
    Branch,
    /// A ref that keeps unfinished work.
    Ref,
}

/// Collects.
pub(crate) fn perform(args: &args::Gc) -> Result<Exit, Failure> {
    if !args.dry_run {
        history::runs()?.list()?.iter().try_for_each(|dir| within::require_outside(dir, "gc"))?;
    }
    let abandoned = abandoned(&args.abandon)?;
    let mut done = Collected { dry_run: args.dry_run, ..Collected::default() };
    for dir in history::runs()?.list()? {
        for left in collect(&dir, abandoned.contains(dir.id()), args.dry_run)? {
            let rows = if left.removed { &mut done.removed } else { &mut done.kept };
            rows.push(row(&dir, left));
        }
    }
    if args.json {
        page::print_json(&done)?;
    } else {
        page::print(&written(&done))?;
    }
    Ok(Exit::Done)
}

/// The runs that a person gives up. All are judged before anything is removed.
fn abandoned(wanted: &[String]) -> Result<Vec<RunId>, Failure> {
    let mut found = Vec::new();
    for wanted in wanted {
        let dir = history::find(Some(wanted))?;
        let id = dir.id();
        let status = Head::read(dir.path())?.status;
        let over =
            matches!(status, RunStatus::Succeeded | RunStatus::Partial | RunStatus::Failed | RunStatus::Cancelled);
        if dir.is_alive()? || !over {
            let hint = format!("end it for good first: `mission cancel {id}`");
            return Err(Failure::usage(format!("run `{id}` is not over, so what it left cannot be given up"), hint));
        }
        found.push(id.clone());
    }
    Ok(found)
}

fn collect(dir: &RunDir, abandoned: bool, dry: bool) -> Result<Vec<Leftover>, Failure> {
    let Some(worktrees) = preflight::worktrees(&project::root()?, dir)? else { return Ok(Vec::new()) };
    // Held to the end, so that nobody takes the run up meanwhile.
    let lock = if dry && !dir.is_alive()? { None } else { Some(dir.lock(SystemClock::new().now())) };
    let how = match (&lock, Head::read(dir.path())) {
        (Some(Err(RunsError::Held { .. })), _) => Collect::Keep("an executor holds its run"),
        (_, Err(_)) => Collect::Keep("its run cannot be read"),
        (Some(Ok(_)), _) if recover::settle(dir.path()) > 0 => Collect::Keep("git is still called for its run"),
        (_, Ok(_)) if abandoned => Collect::Abandoned,
        (_, Ok(head)) => match head.status {
            RunStatus::Succeeded | RunStatus::Partial | RunStatus::Cancelled => Collect::Merged,
            RunStatus::Running
            | RunStatus::Waiting
            | RunStatus::Parked
            | RunStatus::Paused
            | RunStatus::Failed
            | RunStatus::Interrupted => Collect::Keep("its run can go on"),
        },
    };
    if let Some(Err(error)) = lock
        && !matches!(error, RunsError::Held { .. })
    {
        return Err(error.into());
    }
    worktrees.collect(how, dry).map_err(preflight::git_failure)
}

fn row(dir: &RunDir, left: Leftover) -> Row {
    let thing = match left.thing {
        Thing::Worktree => Kind::Worktree,
        Thing::Branch => Kind::Branch,
        Thing::Ref => Kind::Ref,
    };
    let commit = left.commit.map(|commit| commit.to_string());
    Row { run: dir.id().to_string(), thing, name: left.name, branch: left.branch, commit, why: left.why }
}

fn written(done: &Collected) -> Page {
    let mut page = Page::new();
    if done.removed.is_empty() && done.kept.is_empty() {
        page.line("Nothing is left of any run.");
    }
    let verb = if done.dry_run { "would remove" } else { "removed" };
    for (tone, verb, row) in done.removed.iter().map(|row| (Tone::Good, verb, row)).chain(kept(done)) {
        page.tone(tone, format!("{verb:<12}")).text("  ").text(&row.name);
        page.text("  ").tone(Tone::Dim, flat(&row.why)).end();
        if row.why.starts_with("abandoned") && !done.dry_run {
            let (name, commit) = (row.branch.as_ref().unwrap_or(&row.name), row.commit.as_deref().unwrap_or_default());
            let back = if row.thing == Kind::Ref {
                format!("git update-ref {name} {commit}")
            } else {
                format!("git branch {name} {commit}")
            };
            page.text("              bring it back: ").tone(Tone::Accent, back).end();
        }
    }
    let mut runs: Vec<&str> =
        done.kept.iter().filter(|row| row.why.contains("not merged")).map(|row| row.run.as_str()).collect();
    runs.dedup();
    for run in runs {
        page.end().tone(Tone::Accent, format!("mission gc --abandon {run}")).line("  gives up what it did not merge");
    }
    page
}

fn kept(done: &Collected) -> impl Iterator<Item = (Tone, &'static str, &Row)> {
    done.kept.iter().map(|row| (Tone::Warn, "kept", row))
}
