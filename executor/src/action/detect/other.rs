//! What Cargo, Go, Make and Just files tell.

use std::path::Path;

use super::super::guard::hollow::{Ends, UNKNOWN};
use super::super::guard::recipe::{self, Files};
use super::{Findings, Found, first_of, read};

/// Targets and recipes that prove something, in the order in which they run.
const TARGETS: [&str; 3] = ["check", "test", "smoke"];

/// `cargo test` builds everything that it tests, examples too, so no build stands beside it.
pub(super) fn cargo(root: &Path, findings: &mut Findings) {
    if read(root, "Cargo.toml").is_some() {
        findings.checks.push(Found::new("cargo-test", "cargo test --workspace", "Cargo.toml"));
    }
}

pub(super) fn go(root: &Path, findings: &mut Findings) {
    if read(root, "go.mod").is_some() {
        findings.checks.push(Found::new("go-build", "go build ./...", "go.mod"));
        findings.checks.push(Found::new("go-test", "go test ./...", "go.mod"));
    }
}

pub(super) fn make(root: &Path, findings: &mut Findings) {
    // The order in which GNU make looks.
    named(root, &recipe::MAKEFILES, "make", make_target, findings);
}

pub(super) fn just(root: &Path, findings: &mut Findings) {
    named(root, &recipe::JUSTFILES, "just", just_recipe, findings);
}

fn named(root: &Path, files: &[&str], tool: &str, defines: fn(&str, &str) -> bool, findings: &mut Findings) {
    let Some(file) = first_of(root, files) else { return };
    let Some(text) = read(root, file) else { return };
    for target in TARGETS {
        if text.lines().any(|line| defines(line, target)) {
            let check = Found::new(&format!("{tool}-{target}"), format!("{tool} {target}"), file);
            findings.add(check, ends(root, tool, file, target));
        }
    }
}

/// How a target ends. What is a file or folder already is not made.
fn ends(root: &Path, tool: &str, file: &str, target: &str) -> Ends {
    let own = |path: &str| read(root, path);
    let files = Files { read: &own, list: &Vec::new };
    let makes = tool == "make";
    let recipe = if makes { recipe::make(&files, file, target) } else { recipe::just(&files, file, target) };
    let Some(recipe) = recipe else { return Ends::AsFound };
    let there = makes && recipe.is_unguarded(target) && root.join(target).exists();
    if there { Ends::Idle } else { recipe.ends(UNKNOWN) }
}

/// `test: build`, `check test: all`; not `test := 1` nor `.PHONY: test`.
fn make_target(line: &str, target: &str) -> bool {
    if line.starts_with(|c: char| c.is_whitespace() || c == '#' || c == '.') {
        return false;
    }
    let Some((names, rest)) = line.split_once(':') else { return false };
    !rest.trim_start_matches(':').starts_with('=') && names.split_whitespace().any(|name| name == target)
}

/// `test:`, `@test:`, `test filter='': build`; not `test := 'x'` nor `alias test := t`.
fn just_recipe(line: &str, recipe: &str) -> bool {
    let Some(rest) = line.strip_prefix('@').unwrap_or(line).strip_prefix(recipe) else { return false };
    let Some((parameters, after)) = rest.split_once(':') else { return false };
    let all_optional = parameters.split_whitespace().all(|p| p.contains('=') || p.starts_with('*'));
    (rest.starts_with(':') || rest.starts_with(' ')) && !after.starts_with('=') && all_optional
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_of_make() {
        let yes = ["test:", "test: build", "check test:", "test:: a", "test :"];
        let no = [
            "test := 1",
            "test = 1",
            "test ::= 1",
            ".PHONY: test",
            "\ttest:",
            "# test:",
            "tests:",
            "pre-test: x",
            "x: test",
        ];
        for line in yes {
            assert!(make_target(line, "test"), "{line}");
        }
        for line in no {
            assert!(!make_target(line, "test"), "{line}");
        }
    }

    #[test]
    fn recipes_of_just() {
        let yes = ["test:", "@test:", "test: build", "test filter='':", "test *args: build"];
        let no = ["test := 'x'", "tests:", "alias test := t", "  test:", "test-all:", "test filter:", "# test:"];
        for line in yes {
            assert!(just_recipe(line, "test"), "{line}");
        }
        for line in no {
            assert!(!just_recipe(line, "test"), "{line}");
        }
    }
}
