//! How what a run integrated stands to the branch that it started from, looked up when somebody reads its report.

use std::path::Path;

use mission_executor::git::Landing;
use mission_executor::report::{self, Integrated, Report};
use mission_executor::run::Run;
use mission_executor::runs::RunDir;

use crate::preflight;

/// The report of a run, with what the repository says about taking over what it integrated.
///
/// A repository that cannot be read adds nothing: the report itself is the run's own record.
pub(crate) fn report(root: &Path, dir: &RunDir, run: &Run) -> Report {
    let mut made = report::report(run);
    if run.ending().is_none() {
        return made;
    }
    let landing = preflight::worktrees_for(root, dir, run).ok().flatten().and_then(|w| w.landing().ok().flatten());
    if let Some(landing) = landing {
        note(landing, &mut made);
    }
    made
}

fn note(landing: Landing, made: &mut Report) {
    let Landing { branch, base, landed, command } = landing;
    let new = || Integrated { branch: branch.to_string(), ..Integrated::default() };
    let found = made.integrated.get_or_insert_with(new);
    found.base = base.map(|base| base.to_string()).or_else(|| found.base.take());
    found.command = Some(command);
    found.landed = Some(landed);
}
