//! Is the repository fit for what a workflow wants of it? Asked before a run exists.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use mission_compiler::template::Data;
use mission_compiler::workflow::Workflow;
use mission_executor::action::Project;
use mission_executor::clock::{Clock as _, SystemClock};
use mission_executor::drive::{Ground, Wants};
use mission_executor::git::{Base, BranchName, Error, Policy, Program, Repository, Worktrees};
use mission_executor::process::apart::{self, Apart, Isolation};
use mission_executor::process::recover;
use mission_executor::run::Run;
use mission_executor::runs::{RunDir, Runs};

use crate::commands;
use crate::failure::Failure;
use crate::page::{self, Page, Tone};

/// Flag of a run whose project trusts the repository's own programs: pinned, because an agent could write the configuration.
const TRUSTED: &str = "git-hooks";
/// Beginning of the flag of each command that prepares worktrees; pinned for the same reason.
const SETUP: &str = "worktree-setup: ";
/// Beginning of the flag that says when attempts are kept apart, unless that is as usual; pinned as well.
const ISOLATION: &str = "worktree-isolation: ";

/// Checks the repository, if the workflow needs one; returns the flags that the run pins because of it.
///
/// # Errors
/// Every fault at once, each with its way out.
pub(crate) fn check(
    workflow: &Workflow,
    inputs: &BTreeMap<String, Data>,
    root: &Path,
    allow_dirty: bool,
) -> Result<Vec<String>, Failure> {
    let inputs = Data::map(inputs.iter().map(|(name, value)| (name.clone(), value.clone())).collect());
    let wants = Wants::of(workflow, &inputs);
    if !wants.git() && !wants.looks {
        return Ok(Vec::new());
    }
    let project = project(root)?;
    if wants.git() {
        fit(root, &project, &wants, allow_dirty).map_err(|faults| Failure::Several {
            title: format!("the repository is not ready for `{}`", workflow.name),
            findings: faults.iter().map(|fault| (fault.to_string(), fault.help())).collect(),
        })?;
    }
    if project.isolation() == Isolation::Always {
        can_be_apart(root, Isolation::Always)?.map_err(unapart)?;
    }
    let trusted = (wants.git() && project.policy() == Policy::Trusted).then(|| TRUSTED.to_owned());
    let setup = project.setup().iter().filter(|_| wants.worktrees).map(|command| format!("{SETUP}{command}"));
    let isolation = Some(project.isolation()).filter(|isolation| *isolation != Isolation::Auto);
    let isolation = isolation.map(|isolation| format!("{ISOLATION}{}", isolation.word()));
    Ok(trusted.into_iter().chain(isolation).chain(setup).collect())
}

/// Can attempts be kept apart from each other here? Tried without leaving anything behind; the inner error says why not.
///
/// # Errors
/// If nothing can be written here.
pub(crate) fn can_be_apart(root: &Path, isolation: Isolation) -> Result<Result<(), String>, Failure> {
    let draft = Runs::of(root).draft(SystemClock::new().now())?;
    let place = draft.path().join("attempts");
    let aside = draft.path().join("aside");
    let hidden = aside.clone();
    let apart = Apart { tree: None, places: vec![place], own: Vec::new(), aside, hidden, isolation };
    Ok(apart::tried(&apart, &commands::apart::command()).map_err(|e| e.to_string()))
}

fn unapart(why: String) -> Failure {
    let message = format!("`worktree.isolation` is `always` in `.mission/config.yaml`, and {why}");
    Failure::usage(message, "with `auto` attempts are kept apart where that can be done, and watched in any case")
}

fn project(root: &Path) -> Result<Project, Failure> {
    Project::load(root).map_err(|error| Failure::Usage { message: error.to_string(), hint: None })
}

fn fit(root: &Path, project: &Project, wants: &Wants, allow_dirty: bool) -> Result<(), Vec<Error>> {
    let program = Program::find(std::env::vars_os(), root).map_err(|e| vec![e])?;
    program.version().map_err(|e| vec![e])?;
    let repository = Repository::discover(&program, root, project.policy()).map_err(|e| vec![e])?;
    if wants.worktrees {
        repository.require_top(root).map_err(|e| vec![e])?;
    }
    let ready = wants.preflight(&repository, allow_dirty)?;
    let mut notes = Page::new();
    for note in &ready.notes {
        notes.tone(Tone::Warn, "note").text(": ").line(note);
    }
    page::say(&notes);
    Ok(())
}

/// What the attempts of a run stand on.
///
/// # Errors
/// A repository that is gone or cannot be used.
pub(crate) fn ground(
    run: &Run,
    root: &Path,
    dir: &RunDir,
    environment: &[(OsString, OsString)],
) -> Result<Ground, Failure> {
    let wants = Wants::of(run.workflow(), run.input_data());
    let nothing = || {
        let (root, run, folder) = (root.to_owned(), dir.id().to_string(), dir.path().to_owned());
        Ok(Ground { root, repository: None, worktrees: None, setup: Vec::new(), run, folder })
    };
    let program = match Program::find(environment.iter().cloned(), root) {
        Ok(_) if !wants.git() && !wants.looks => return nothing(),
        // Who only looks does without.
        Err(_) if !wants.git() => return nothing(),
        found => found.map_err(git_failure)?,
    };
    let program = program.marked(recover::call_mark(dir.path()));
    let policy = policy(run);
    let setup = run.flags().iter().filter_map(|flag| flag.strip_prefix(SETUP)).map(str::to_owned).collect();
    let ground = Ground::survey(root, dir.path(), dir.id().as_str(), &program, policy, &wants, setup);
    let ground = ground.map_err(git_failure)?;
    note_base(&ground, &wants).map_err(git_failure)?;
    Ok(ground)
}

/// Notes in the run where its integration starts. The first note holds for the whole run, so a later executor changes nothing.
fn note_base(ground: &Ground, wants: &Wants) -> Result<(), Error> {
    let (Some(repository), Some(worktrees), Some(base)) = (&ground.repository, &ground.worktrees, &wants.base) else {
        return Ok(());
    };
    let branch = BranchName::parse(base)?;
    match repository.tip(&branch)? {
        Some(oid) => worktrees.begin(&Base { branch, oid }),
        None => Ok(()),
    }
}

/// What the run in `dir` has of worktrees and branches; `None` if it never noted any.
///
/// # Errors
/// A repository that is gone or cannot be used.
pub(crate) fn worktrees(root: &Path, dir: &RunDir) -> Result<Option<Worktrees>, Failure> {
    if !dir.path().join("git").is_dir() {
        return Ok(None);
    }
    open(root, dir, Policy::Shielded).map(Some)
}

/// The same under the policy that `run` pins.
///
/// # Errors
/// A repository that is gone or cannot be used.
pub(crate) fn worktrees_for(root: &Path, dir: &RunDir, run: &Run) -> Result<Option<Worktrees>, Failure> {
    if !dir.path().join("git").is_dir() {
        return Ok(None);
    }
    open(root, dir, policy(run)).map(Some)
}

fn open(root: &Path, dir: &RunDir, policy: Policy) -> Result<Worktrees, Failure> {
    let program = Program::find(std::env::vars_os(), root).map_err(git_failure)?;
    let program = program.marked(recover::call_mark(dir.path()));
    let repository = Repository::discover(&program, root, policy).map_err(git_failure)?;
    Worktrees::new(&repository, dir.path(), dir.id().as_str()).map_err(git_failure)
}

/// When attempts of `run` are kept apart from each other.
pub(crate) fn isolation(run: &Run) -> Isolation {
    let word = run.flags().iter().find_map(|flag| flag.strip_prefix(ISOLATION));
    word.and_then(Isolation::parse).unwrap_or_default()
}

fn policy(run: &Run) -> Policy {
    if run.flag(TRUSTED) { Policy::Trusted } else { Policy::Shielded }
}

/// A fault of git with its way out.
pub(crate) fn git_failure(error: Error) -> Failure {
    Failure::Usage { message: error.to_string(), hint: error.help() }
}
