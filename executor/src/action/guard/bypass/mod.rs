//! Ways past the tests that leave every test as it is: something stands in for what runs them, a test is hidden behind
//! another, a run ends before it can tell. Pure.
//!
//! Each table says what is harmful and not what is new: a dependency, a helper, an alias or a setting more is no finding.

mod cargo;
mod exits;
mod lines;
mod lints;
mod mocked;
mod names;
mod overlooked;
mod runner;
mod settings;
mod stand_in;
mod steering;

use super::Check;
use super::finding::Finding;
use super::tree::Tree;

pub(super) use lines::style;

/// What is found from `base` to `now`. `tests` is how many tests there were, `checks` the commands that prove the work.
pub(super) fn compare(base: &Tree<'_>, now: &Tree<'_>, tests: usize, checks: &[Check]) -> Vec<Finding> {
    if tests == 0 && checks.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for path in base.changed(now) {
        findings.extend(cargo::changed(base, now, path));
        // Where there were no tests, whoever writes the first may run them by a program of their own.
        if tests > 0 {
            findings.extend(lines::changed(base, now, path));
            findings.extend(exits::changed(base, now, path));
            findings.extend(stand_in::changed(base, now, path));
            findings.extend(mocked::changed(base, now, path));
        }
        findings.extend(lints::changed(base, now, path, checks));
        findings.extend(overlooked::changed(base, now, path, checks));
        findings.extend(names::changed(base, now, path, checks));
        findings.extend(runner::changed(base, now, path, checks));
        findings.extend(settings::changed(base, now, path));
        findings.extend(steering::changed(base, now, path, checks));
    }
    findings
}

/// What the file says, or nothing.
fn text(tree: &Tree<'_>, path: &str) -> String {
    tree.text(path).readable().unwrap_or_default().to_owned()
}

/// The folder of `path` with its `/`, and its name.
fn parted(path: &str) -> (&str, &str) {
    path.rfind('/').map_or(("", path), |at| path.split_at(at + 1))
}
