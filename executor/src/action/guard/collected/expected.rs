//! What tests are given and what they expect, in files of their own. Pure.
//!
//! What is expected stays: a program that says something else is changed, not what it is compared with. More may be
//! expected.

use std::collections::BTreeMap;

use super::super::finding::{Finding, Kind};
use super::super::language;
use super::super::tree::{Text, Tree};
use super::known;

/// Endings of files that hold what is expected, wherever they are.
const ENDINGS: [&str; 5] = ["snap", "golden", "approved", "ambr", "expected"];
/// Endings that do so among tests.
const AMONG_TESTS: [&str; 4] = ["stdout", "stderr", "out", "want"];
/// Folders among tests that hold nothing else.
const FOLDERS: [&str; 10] = [
    "golden",
    "goldens",
    "golden-files",
    "__snapshots__",
    "snapshots",
    "expected",
    "expectations",
    "approvals",
    "approved",
    "baselines",
];
/// Words of a name that tell of it.
const WORDS: [&str; 4] = ["expected", "golden", "approved", "snapshot"];

/// Does the file hold what tests expect?
pub(in super::super) fn is_expected(path: &str) -> bool {
    let parts = language::Path::new(path);
    let tested = parts.in_tests() || parts.folders.contains(&"testdata") || parts.folders.contains(&"__snapshots__");
    let code = language::of(path).is_some() || is_code(path);
    let named = || parts.stem.split(['.', '_', '-']).any(|word| WORDS.contains(&word.to_ascii_lowercase().as_str()));
    let inside = || parts.folders.iter().any(|folder| FOLDERS.contains(folder));
    ENDINGS.contains(&parts.extension)
        || tested && !code && (AMONG_TESTS.contains(&parts.extension) || inside() || named())
}

/// What became of a file for tests in which no test can be counted: expected output, cases, scripts in other languages.
pub(super) fn changed(base: &Tree<'_>, now: &Tree<'_>, path: &str) -> Option<Finding> {
    let content = base.content(path)?;
    let (expected, tested) = (is_expected(path), language::Path::new(path).in_tests());
    if language::of(path).is_some() || !expected && (is_code(path) || !tested) {
        return None;
    }
    let kind = if tested { Kind::TestFileDeleted } else { Kind::ExpectedChanged };
    if !now.has(path) {
        let moved = now.has_content(content) || expected && is_elsewhere(base, now, path);
        return (!moved).then(|| Finding::new(kind, path, None, "a file for tests is gone"));
    }
    let (old, new) = (base.text(path), now.text(path));
    let blank = |text: &Text| text.readable().is_some_and(|text| text.trim().is_empty());
    if !blank(&old) && blank(&new) {
        return Some(Finding::new(Kind::TestFileEmptied, path, None, "a file for tests is empty now"));
    }
    let (Some(old), Some(new)) = (old.readable(), new.readable()) else { return None };
    if expected {
        return other(old, new).map(|what| Finding::new(Kind::ExpectedChanged, path, None, what));
    }
    let gone =
        old.lines().find(|line| !line.trim().is_empty() && !new.lines().any(|other| other.trim() == line.trim()))?;
    let short: String = gone.trim().chars().take(100).collect();
    let prose = matches!(language::Path::new(path).extension, "md" | "rst" | "adoc");
    (!prose).then(|| Finding::new(Kind::TestChanged, path, None, format!("it no longer says `{short}`")))
}

/// What is expected otherwise than before.
fn other(old: &str, new: &str) -> Option<String> {
    let (before, after) = (entries(old), entries(new));
    let same = |text: &str| after.values().any(|other| other == text);
    let (name, text) = before.iter().find(|(name, text)| after.get(*name) != Some(*text) && !same(text))?;
    let line = |text: &str| -> Vec<String> { text.lines().map(|line| line.trim_end().to_owned()).collect() };
    let now = line(after.get(name).map_or("", String::as_str));
    let gone = line(text).into_iter().find(|line| !now.contains(line)).unwrap_or_default();
    let short: String = gone.trim().chars().take(100).collect();
    let of = if name.is_empty() { String::new() } else { format!(" of `{name}`") };
    Some(format!("it no longer expects `{short}`{of}"))
}

/// What is expected, each part by its name: those of a snapshot of several tests, or the whole without what tells where
/// it comes from.
fn entries(text: &str) -> BTreeMap<String, String> {
    let text = text.replace("\r\n", "\n");
    let mut found = BTreeMap::new();
    if text.contains("exports[`") {
        for part in text.split("exports[`").skip(1) {
            let Some((name, says)) = part.split_once("`] =") else { continue };
            found.insert(name.to_owned(), says.trim().to_owned());
        }
    } else if text.contains("# name: ") {
        for part in text.split("# name: ").skip(1) {
            let (name, says) = part.split_once('\n').unwrap_or((part, ""));
            found.insert(name.trim().to_owned(), says.trim().trim_end_matches("# ---").trim().to_owned());
        }
    } else {
        let told = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
        found.insert(String::new(), told.map_or(&*text, |(_, says)| says).trim_end().to_owned());
    }
    found
}

/// Is the same expected in a file that is new?
fn is_elsewhere(base: &Tree<'_>, now: &Tree<'_>, path: &str) -> bool {
    let text = base.text(path);
    let Some(old) = text.readable() else { return false };
    let new = now.paths().filter(|other| !base.has(other) && is_expected(other));
    new.into_iter().any(|other| now.text(other).readable().is_some_and(|new| self::other(old, new).is_none()))
}

/// Is it source of a language whose tests can be counted, though not here?
fn is_code(path: &str) -> bool {
    known::language_of(path).is_some()
}
