//! Runners that say beforehand how much there will be, or of each test that it began: what is not there in the end?

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::super::tree::Tree;
use super::marks::is_cut;

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

// What stands before may be of somebody in the middle of a line on the other stream.
static PLAN_ANYWHERE: LazyLock<Regex> = LazyLock::new(|| pattern(r"1\.\.\d+\s*(?:#.*)?$"));
static PLAN: LazyLock<Regex> = LazyLock::new(|| pattern(r"^1\.\.(\d+)\s*(?:#.*)?$"));
static RESULT: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:not )?ok(?: (\d+))?\b"));
static NUMBERED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:not )?ok (?:\d+|-)(?: |$)"));
static VERSION: LazyLock<Regex> = LazyLock::new(|| pattern(r"^TAP version \d+$"));

/// Results of TAP that were planned before the first of them, and are missing.
pub(super) fn tap(lines: &[&str]) -> Option<String> {
    let mut rest = lines;
    while let Some(at) = rest.iter().position(|line| PLAN.is_match(line) || VERSION.is_match(line)) {
        let announced = VERSION.is_match(rest[at]);
        let next = rest[at + 1..].iter().position(|line| VERSION.is_match(line) || !announced && PLAN.is_match(line));
        let end = next.map_or(rest.len(), |next| at + 1 + next);
        let missing = document(&rest[at..end], announced, at > 0 && !announced && planned_late(&rest[..at]));
        if missing.is_some() {
            return missing;
        }
        rest = &rest[end..];
    }
    None
}

/// Did results stand before the plan? Then it is the end, not the beginning.
fn planned_late(before: &[&str]) -> bool {
    before.iter().any(|line| !line.starts_with(['#', ' ']) && RESULT.is_match(line))
}

fn is_result(line: &str) -> bool {
    line.starts_with("ok") || line.starts_with("not ok")
}

fn document(lines: &[&str], announced: bool, late: bool) -> Option<String> {
    if late || lines.iter().any(|line| is_cut(line) || line.starts_with("Bail out!")) {
        return None;
    }
    let Some(at) = lines.iter().position(|line| PLAN.is_match(line)) else {
        let missing = announced && !lines.iter().any(|line| PLAN_ANYWHERE.is_match(line));
        return missing.then(|| format!("`{}` was said, and no plan `1..N` followed", lines[0]));
    };
    let planned: usize = PLAN.captures(lines[at])?[1].parse().ok()?;
    if planned_late(&lines[..at]) {
        return None;
    }
    let results = lines[at..].iter().filter(|line| RESULT.is_match(line));
    let numbers: BTreeSet<usize> =
        results.clone().filter_map(|line| RESULT.captures(line)?.get(1)?.as_str().parse().ok()).collect();
    let told = results.count();
    // A line like the plan may stand anywhere; one with results behind it is one.
    let is_plan = announced || lines[at..].iter().any(|line| NUMBERED.is_match(line));
    let missing = is_plan && told < planned && !numbers.contains(&planned);
    missing.then(|| format!("`{}` was said, and {told} of {planned} results followed", lines[at].trim_end()))
}

static GO_BEGINS: LazyLock<Regex> = LazyLock::new(|| pattern(r"^=== RUN   (Test\S*)$"));
static GO_ENDS: LazyLock<Regex> = LazyLock::new(|| pattern(r"--- (?:PASS|FAIL|SKIP): (\S+) \("));

/// A test of Go that was begun and of which nothing more was said.
pub(super) fn go(lines: &[&str]) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    for line in lines {
        if let Some(found) = GO_BEGINS.captures(line) {
            open.extend(found.get(1).map(|name| name.as_str()));
        } else if is_cut(line) {
            open.clear();
        } else {
            for found in GO_ENDS.captures_iter(line) {
                if let Some(at) = open.iter().rposition(|name| *name == &found[1]) {
                    open.remove(at);
                }
            }
        }
    }
    open.first().map(|name| format!("`=== RUN   {name}` was said, and no `--- PASS: {name}` followed"))
}

static NODE_FILE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:ok \d+ - (\S+\.[cm]?[jt]sx?)|✔ (\S+\.[cm]?[jt]sx?) \([\d.]+ms\))$"));

/// A file for the test runner of Node that ended before a test of it was told of: the runner then takes the file itself for one.
pub(super) fn node(lines: &[&str], now: &Tree<'_>) -> Option<String> {
    let mut nested = false;
    for line in lines {
        if line.starts_with("# Subtest: ") {
            nested = false;
        }
        nested |= line.starts_with("    ") && is_result(line.trim_start());
        let Some(found) = NODE_FILE.captures(line).filter(|_| !nested) else { continue };
        let path = found.get(1).or_else(|| found.get(2))?.as_str();
        if let Some(own) = own_path(path, now).filter(|own| has_node_tests(own, now)) {
            return Some(format!("`{line}` was said, and nothing of the tests in `{own}`"));
        }
    }
    None
}

/// The path in the tree of a file that a runner names by where it is.
fn own_path<'t>(path: &str, now: &'t Tree<'_>) -> Option<&'t str> {
    let bare = path.trim_start_matches("./");
    now.paths().find(|own| bare == *own || bare.ends_with(own) && bare[..bare.len() - own.len()].ends_with('/'))
}

static NODE_TESTS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^(?:await )?(?:test|it|describe|suite)\("));

/// Does the file have tests that the runner of Node runs, whatever holds? One that may leave by itself may be left.
pub(super) fn has_node_tests(path: &str, now: &Tree<'_>) -> bool {
    let text = now.text(path);
    let Some(text) = text.readable() else { return false };
    let imports = text.contains("'node:test'") || text.contains("\"node:test\"");
    imports && NODE_TESTS.is_match(text) && !text.contains("process.exit")
}
