//! What tests rely on beside them: functions that assert for them, and what stands outside of every test. Pure.

use std::sync::LazyLock;

use regex::Regex;

use super::super::finding::{Finding, Kind};
use super::super::language::{Asked, Beyond, Patterns, Scan, Test, scan_closely};
use super::known::{self, Known, Side};
use super::weaker::{Became, became};

/// What is in a file that is brought in by tests and holds none.
pub(super) fn scan(path: &str, text: &str, patterns: &Patterns, beyond: Beyond<'_>, side: &Side<'_>) -> Scan {
    let language = known::language_of(path).filter(|_| side.belongs(path));
    let scan = language.map(|language| scan_closely(text, language, patterns, beyond)).unwrap_or_default();
    Scan { tests: Vec::new(), ..scan }
}

/// Files that differ, with what they held and hold.
pub(super) type Scans<'s> = [(&'s str, Scan, Scan)];

/// Functions that assert less than they did, and lines that are gone.
pub(super) fn changed(path: &str, old: &Scan, new: &Scan, all: &Scans<'_>, known: &Known<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // In a program of Rust, what asserts may be the program.
    let program = path.ends_with(".rs") && !known.base.belongs(path) && old.tests.is_empty();
    for was in old.helpers.iter().filter(|was| was.assertions > 0 && !program) {
        let here = new.helpers.iter().find(|is| is.leaf == was.leaf).map(|is| (path, is));
        let Some((file, is)) = here.or_else(|| elsewhere(was, all)) else {
            findings.extend(replaced(path, was, new, known));
            continue;
        };
        let (kind, what) = match became(&without(path, was, new, known), is, known) {
            Became::Less(kind, what) => (kind, what),
            // What asks less often may have left it to another.
            Became::Fewer if is.asked.is_empty() && !is_delegated(is, old) => {
                (Kind::AssertionsRemoved, format!("{} assertions before, none now", was.assertions))
            }
            Became::Fewer => (Kind::TestChanged, "it asserts less itself".to_owned()),
            Became::Other(what) => (Kind::TestChanged, what),
            Became::Kept => continue,
        };
        let from = if file == path { String::new() } else { format!(" and that stood in `{path}`") };
        let what = format!("`{}`, which tests call{from}: {what}", was.leaf);
        findings.push(Finding::new(kind, file, Some(is.line), what));
    }
    if let Some(line) = old.outside.iter().find(|line| !program && is_other(line, new)) {
        let short: String = line.chars().take(100).collect();
        let what = format!("outside of its tests it no longer says `{short}`");
        findings.push(Finding::new(Kind::TestChanged, path, None, what));
    }
    findings
}

/// The function of this name that another file has, and had not.
fn elsewhere<'s>(was: &Test, all: &'s Scans<'_>) -> Option<(&'s str, &'s Test)> {
    let named = |scan: &'s Scan| scan.helpers.iter().find(|helper| helper.leaf == was.leaf);
    let mut added = all.iter().filter(|(_, old, _)| named(old).is_none());
    added.find_map(|(path, _, new)| Some((*path, named(new)?)))
}

/// What came in the place of a function that asserted and that is nowhere any more, where tests still call it.
fn replaced(path: &str, was: &Test, new: &Scan, known: &Known<'_>) -> Option<Finding> {
    let call = Regex::new(&format!(r"\b{}\s*!?\(", regex::escape(&was.leaf))).ok()?;
    let calls = |test: &&Test| test.says.iter().any(|line| call.is_match(line));
    let caller = new.tests.iter().find(calls)?;
    let given = known.now.stands(path, &was.leaf).filter(|given| !given.asserts)?;
    let says: String = given.says.plain.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(100).collect();
    let what = format!("`{}`, which `{}` calls, asserted and is `{says}` now", was.leaf, caller.name);
    Some(Finding::new(Kind::AssertionsRemoved, path, Some(caller.line), what))
}

/// `test` without what functions asked for it of which nobody can tell what they ask now: they came from a file that is not
/// known, and are called still.
pub(super) fn without(path: &str, test: &Test, new: &Scan, known: &Known<'_>) -> Test {
    let is_known =
        |by: &str| new.helpers.iter().any(|helper| helper.leaf == by) || known.now.stands(path, by).is_some();
    let is_called = |by: &str| new.tests.iter().chain(&new.helpers).any(|test| test.words.contains(by));
    let is_there = |asked: &Asked| asked.by.as_ref().is_none_or(|by| is_known(by) || !is_called(by));
    let kept: Vec<Asked> = test.asked.iter().filter(|asked| is_there(asked)).cloned().collect();
    let gone = test.asked.len() - kept.len();
    Test { assertions: test.assertions.saturating_sub(gone), asked: kept, ..test.clone() }
}

/// Functions that only tell something, or make a text of it.
const TELLS: [&str; 14] = [
    "print", "println", "eprint", "eprintln", "dbg", "format", "write", "writeln", "log", "warn", "error", "info",
    "str", "repr",
];

/// Does the function call one that was not there, and may assert instead?
fn is_delegated(test: &Test, old: &Scan) -> bool {
    static CALLS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\b([A-Za-z_]\w*)\s*!?\(").expect("a constant pattern"));
    let known = |name: &str| old.helpers.iter().any(|helper| helper.words.contains(name) || helper.leaf == name);
    // What asserts by itself and is still there is not heard any more.
    let is_other = |name: &str| !TELLS.contains(&name) && !name.starts_with("assert") && !known(name);
    test.says.iter().any(|line| CALLS.captures_iter(line).any(|found| is_other(&found[1])))
}

/// Is it given something else, what this line gives a value?
fn is_other(line: &str, new: &Scan) -> bool {
    static GIVES: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:(?:pub|export|private|public|static|final|const|let|var|val)\s+)*(?:[A-Z]\w*(?:<[^>]*>)?\s+)?([A-Za-z_]\w*)\s*(?::[^=]+)?:?=\s*[^=\s>]")
            .expect("a constant pattern")
    });
    let Some(name) = GIVES.captures(line).map(|found| found[1].to_owned()) else { return false };
    let same = |other: &String| GIVES.captures(other).is_some_and(|found| found[1] == name);
    !new.outside.iter().any(|other| other == line) && new.outside.iter().any(same)
}
