//! How what a run integrated gets into the branch that it started from: told at the end of a run and of its report.

use std::path::Path;

use mission_executor::event::RunStatus;
use mission_executor::run::Run;
use mission_executor::runs::RunDir;

use crate::preflight;

/// The part of the report about it, as Markdown; empty for a run that has not ended or has integrated nothing.
///
/// A repository that cannot be read adds nothing: the report itself is the run's own record.
pub(crate) fn text(root: &Path, dir: &RunDir, run: &Run) -> String {
    if run.ending().is_none() {
        return String::new();
    }
    let landing = preflight::worktrees_for(root, dir, run).ok().flatten().and_then(|w| w.landing().ok().flatten());
    let Some(landing) = landing else { return String::new() };
    let base = landing.base.map_or_else(|| "the branch it belongs to".to_owned(), |base| format!("`{base}`"));
    let branch = landing.branch;
    if landing.landed {
        return format!("\n## Integrated\n\n`{branch}` is merged into {base}.\n");
    }
    let mut text =
        format!("\n## Integrated\n\n`{branch}` is not merged into {base}. To merge it:\n\n    {}\n", landing.command);
    if matches!(run.status(), RunStatus::Succeeded | RunStatus::Partial) {
        text.push_str(&format!("    mission report {} --land\n", run.id()));
    }
    text
}
