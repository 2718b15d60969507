//! Is the repository fit for what a workflow wants of it? Asked before a run exists.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use mission_compiler::template::Data;
use mission_compiler::workflow::Workflow;
use mission_executor::action::Project;
use mission_executor::drive::{Ground, Wants};
use mission_executor::git::{Base, Error, Program, Repository, Worktrees};
use mission_executor::runs::RunDir;

use crate::failure::Failure;
use crate::page::{self, Page, Tone};

/// A repository that is fit for the run.
pub(crate) struct Fit {
    repository: Repository,
    base: Option<Base>,
}

/// The repository that the workflow needs; `None` if it needs none.
///
/// # Errors
/// Every fault at once, each with its way out.
pub(crate) fn check(
    workflow: &Workflow,
    inputs: &BTreeMap<String, Data>,
    root: &Path,
    allow_dirty: bool,
) -> Result<Option<Fit>, Failure> {
    let inputs = Data::map(inputs.iter().map(|(name, value)| (name.clone(), value.clone())).collect());
    let wants = Wants::of(workflow, &inputs);
    if !wants.git() {
        return Ok(None);
    }
    let project = project(root)?;
    let fit = fit(root, &project, &wants, allow_dirty).map_err(|faults| Failure::Several {
        title: format!("the repository is not ready for `{}`", workflow.name),
        findings: faults.iter().map(|fault| (fault.to_string(), fault.help())).collect(),
    })?;
    Ok(Some(fit))
}

fn project(root: &Path) -> Result<Project, Failure> {
    Project::load(root).map_err(|error| Failure::Usage { message: error.to_string(), hint: None })
}

fn fit(root: &Path, project: &Project, wants: &Wants, allow_dirty: bool) -> Result<Fit, Vec<Error>> {
    let program = Program::find(std::env::vars_os(), root).map_err(|e| vec![e])?;
    program.version().map_err(|e| vec![e])?;
    let repository = Repository::discover(&program, root, project.policy()).map_err(|e| vec![e])?;
    let ready = wants.preflight(&repository, allow_dirty)?;
    let mut notes = Page::new();
    for note in &ready.notes {
        notes.tone(Tone::Warn, "note").text(": ").line(note);
    }
    page::say(&notes);
    Ok(Fit { repository, base: ready.base })
}

impl Fit {
    /// Notes in the run where its integration starts.
    ///
    /// # Errors
    /// The run's folder cannot be written.
    pub(crate) fn begin(&self, dir: &RunDir) -> Result<(), Failure> {
        let Some(base) = &self.base else { return Ok(()) };
        let begun = Worktrees::new(&self.repository, dir.path(), dir.id().as_str()).and_then(|w| w.begin(base));
        begun.map_err(git_failure)
    }
}

/// What the attempts of a run stand on.
///
/// # Errors
/// A repository that is gone or cannot be used.
pub(crate) fn ground(
    workflow: &Workflow,
    inputs: &Data,
    root: &Path,
    dir: &RunDir,
    environment: &[(OsString, OsString)],
) -> Result<Ground, Failure> {
    let wants = Wants::of(workflow, inputs);
    if !wants.git() {
        let (root, run, folder) = (root.to_owned(), dir.id().to_string(), dir.path().to_owned());
        return Ok(Ground { root, repository: None, worktrees: None, run, folder });
    }
    let program = Program::find(environment.iter().cloned(), root).map_err(git_failure)?;
    let policy = project(root)?.policy();
    Ground::survey(root, dir.path(), dir.id().as_str(), &program, policy, &wants).map_err(git_failure)
}

/// A fault of git with its way out.
pub(crate) fn git_failure(error: Error) -> Failure {
    Failure::Usage { message: error.to_string(), hint: error.help() }
}
