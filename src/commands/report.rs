//! `mission report`: what came of a run, from its own record, and how to take over what it integrated.

use mission_executor::event::RunStatus;
use mission_executor::git::Landed;
use mission_executor::report;

use crate::args;
use crate::failure::{Exit, Failure};
use crate::history::{self, Past};
use crate::page::{self, Page, Tone};
use crate::{landing, preflight, project, within};

/// Prints it.
pub(crate) fn perform(args: &args::Report) -> Result<Exit, Failure> {
    let past = Past::open(args.run.as_deref())?;
    if args.land {
        history::runs()?.list()?.iter().try_for_each(|dir| within::require_outside(dir, "report --land"))?;
        land(&past)?;
    }
    let report = landing::report(&project::root()?, &past.dir, &past.run);
    if args.json {
        page::print_json(&report)?
    } else {
        page::print_document(&report::markdown(&report))?
    }
    Ok(Exit::Done)
}

/// Merges what the run integrated; only a run that went to its end without failure lands.
fn land(past: &Past) -> Result<(), Failure> {
    let (id, status) = (past.run.id(), past.run.status());
    if past.alive || !matches!(status, RunStatus::Succeeded | RunStatus::Partial) {
        let hint = "what it integrated stays on its branch; merge it by hand if you want it all the same";
        return Err(Failure::usage(format!("run `{id}` has not gone to its end, so it does not land"), hint));
    }
    let worktrees = preflight::worktrees_for(&project::root()?, &past.dir, &past.run)?;
    let landing = worktrees.as_ref().map(|w| w.landing()).transpose().map_err(preflight::git_failure)?.flatten();
    let (Some(worktrees), Some(landing)) = (worktrees, landing) else {
        let message = format!("run `{id}` integrated nothing that could land");
        return Err(Failure::usage(
            message,
            "only runs with worktrees do; others commit to the branch that is checked out",
        ));
    };
    let landed = worktrees.land(id).map_err(preflight::git_failure)?;
    let base = landing.base.map_or_else(|| "the base branch".to_owned(), |base| base.to_string());
    let mut page = Page::new();
    page.tone(Tone::Good, "landed").text(": ").line(match landed {
        Landed::Already => format!("`{base}` holds all of it already"),
        Landed::Forwarded(commit) => format!("`{base}` was moved forward to {}", commit.short()),
        Landed::Merged(commit) => format!("`{base}` got the merge commit {}", commit.short()),
    });
    page::say(&page);
    Ok(())
}
