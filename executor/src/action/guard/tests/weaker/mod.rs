//! Tests that ask less than they did, in every language, and those that only ask it in other words.

mod elsewhere;
mod expected;
mod helper;
mod input;
mod others;
mod python;
mod rust;
mod script;
mod split;
mod table;

use super::judged;
use others::{GO, JAVA, OF_GO, OF_JAVA, OF_RUBY, OF_SHELL, OF_TABLES, RUBY, SHELL, TABLES};
use python::{CASE, HELPED, OF_CASE, OF_HELPED, OF_PYTHON, PYTHON};
use rust::{OF_RUST, RUST};
use script::{NODE, OF_NODE, OF_SCRIPT, SCRIPT};

/// A file with tests and the path it has.
type File = (&'static str, &'static str);
/// What is written instead of what, and the kind that is found; empty: nothing that weighs.
type Row = (&'static str, &'static str, &'static str);

fn found(file: File, from: &str, to: &str) -> Vec<String> {
    let (path, text) = file;
    assert!(text.contains(from), "`{from}` is not in {path}");
    let changed = text.replace(from, to);
    let others = [
        ("app.py", "def one(): pass\n"),
        ("app.js", "exports.one = 1\n"),
        ("app.mjs", "export const one = () => 3;\n"),
        ("clock.js", ""),
        ("tests/fakes.py", "def one(): pass\n"),
        ("one.go", "package one\n"),
        ("Cargo.toml", "[package]\nname = \"own\"\n"),
    ];
    let of = |own: &'_ str| -> Vec<(&'static str, String)> {
        let all = others.iter().map(|(path, text)| (*path, (*text).to_owned()));
        all.chain([(path, own.to_owned())]).collect()
    };
    let (base, now) = (of(text), of(&changed));
    let view = |all: &[(&'static str, String)]| -> Vec<(&'static str, &'static str)> {
        all.iter().map(|(path, text)| (*path, &*text.clone().leak())).collect()
    };
    let checks = [("c", "cargo test; python3 -m pytest; npm test; go test ./...")];
    let judged = judged(&view(&base), &view(&now), &checks, &[]);
    let weigh = judged.findings.iter().filter(|finding| finding.weighs());
    weigh.map(|finding| format!("{} {}", finding.kind.word(), finding.evidence)).collect()
}

fn all(file: File, rows: &[Row]) -> Vec<String> {
    let wrong = rows.iter().filter_map(|(from, to, kind)| {
        let found = found(file, from, to);
        let right = if kind.is_empty() { found.is_empty() } else { found.iter().any(|told| told.starts_with(kind)) };
        (!right).then(|| format!("{}: `{from}` -> `{to}`: {kind:?}, but {found:?}", file.0))
    });
    wrong.collect()
}

const OTHER: &str = "expected-changed";
const INPUT: &str = "input-changed";
const LESS: &str = "assertion-weakened";
const TRIVIAL: &str = "assertion-trivial";
const REMOVED: &str = "assertions-removed";
const SKIPPED: &str = "test-skipped";
const GONE: &str = "test-removed";

#[test]
fn what_asks_less_is_found_and_other_words_are_not() {
    let tables = [
        (RUST, OF_RUST),
        (PYTHON, OF_PYTHON),
        (CASE, OF_CASE),
        (SCRIPT, OF_SCRIPT),
        (NODE, OF_NODE),
        (GO, OF_GO),
        (JAVA, OF_JAVA),
        (SHELL, OF_SHELL),
        (RUBY, OF_RUBY),
        (HELPED, OF_HELPED),
        (TABLES, OF_TABLES),
    ];
    let wrong: Vec<String> = tables.into_iter().flat_map(|(file, rows)| all(file, rows)).collect();
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_is_expected_of_the_same_stays_and_may_be_written_otherwise() {
    let wrong: Vec<String> = expected::TABLES.into_iter().flat_map(|(file, rows)| all(file, rows)).collect();
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_is_asked_of_stays_and_more_may_be_asked() {
    let tables = input::TABLES.into_iter().chain(input::SCRIPTS);
    let wrong: Vec<String> = tables.flat_map(|(file, rows)| all(file, rows)).collect();
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn rows_of_tables_stay_and_more_may_come() {
    let wrong: Vec<String> = table::TABLES.into_iter().flat_map(|(file, rows)| all(file, rows)).collect();
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}
