//! What runners of tests say when they begin, and when they have come to their end.

use std::sync::LazyLock;

use regex::Regex;

/// A runner of tests, by what it prints.
pub(super) struct Runner {
    pub(super) name: &'static str,
    /// What it says first; `None`: nothing that only it says.
    begins: Option<Regex>,
    /// What it says last.
    ends: Regex,
    /// The same for people.
    pub(super) last: &'static str,
}

/// Name, first word (or nothing), last word, and that for people. Each run says its last word once, and others may be in the middle
/// of a line then, on the other stream; where a run was cut short, the next one begins in the middle of a line.
const RUNNERS: [(&str, &str, &str, &str); 19] = [
    (LIBTEST, r"^running \d+ tests?$", r"test result: (?:ok|FAILED)", "test result: …"),
    (
        PYTEST,
        r"=+ test session starts =+$",
        r"(?:\d+ (?:passed|failed|skipped|deselected|xfailed|xpassed|warnings?|errors?|rerun|tests? collected|subtests? passed)|no tests ran)\b.* in \d[\d.]* ?s|Results \(\d",
        "=== … passed in …s ===",
    ),
    (UNITTEST, "", r"Ran \d+ tests? in \d", "Ran … tests in …s"),
    (DJANGO, r"\bFound \d+ test\(s\)\.$", r"Ran \d+ tests? in \d", "Ran … tests in …s"),
    (JEST, r#"\bprocess\.exit called with ""#, r"Tests:\s|No tests found", "Tests: …"),
    (VITEST, r"^\s*RUN\s+v\d", r"Test Files\s|BENCH\s|No test files found", "Test Files …"),
    (MOCHA, "", r"\d+ passing\b", "… passing"),
    (NODE, "", r"(?:#|ℹ) tests \d+$", "tests …"),
    (BUN, r"\bbun test v\d", r"Ran \d+ tests? across \d", "Ran … tests across … files"),
    (RSPEC, "", r"\d+ examples?, \d+ failures?", "… examples, … failures"),
    (
        "minitest",
        r"^# Running(?: tests with run options.*)?:$",
        r"\d+ (?:runs|tests), \d+ assertions",
        "… runs, … assertions",
    ),
    ("test-unit", r"\bLoaded suite \S+$", r"\d+ tests, \d+ assertions", "… tests, … assertions"),
    (
        PHPUNIT,
        r"(?:^|[.SIRFEWDN])PHPUnit \S+ by Sebastian Bergmann(?: and contributors)?\.$",
        r"OK \(\d|Tests:\s+\d|No tests executed",
        "OK (… tests, … assertions)",
    ),
    ("GoogleTest", r"\[=+\] Running \d+ tests?\b", r"\[=+\] \d+ tests? .*\bran\.", "[==========] … tests ran."),
    (
        "doctest",
        r#"^\[doctest\] run with "--help" for options$"#,
        r"\[doctest\] test cases:",
        "[doctest] test cases: …",
    ),
    (
        "ExUnit",
        r"\bRunning ExUnit with seed: ",
        r"\d+ (?:tests?|doctests?|propert\w+),.* failures?\b|Result: \d|There are no tests to run",
        "… tests, … failures",
    ),
    (
        "XCTest",
        r"\bTest Suite '(?:All tests|Selected tests)' started at ",
        r"Test Suite '(?:All tests|Selected tests)' (?:passed|failed|skipped) at ",
        "Test Suite 'All tests' passed at …",
    ),
    ("Swift Testing", r"^\S+ Test run started\.$", r"Test run with \d+ tests?\b", "Test run with … tests passed"),
    ("Jasmine", r"^Jasmine started$", r"\d+ specs?, \d+ failures?|Executed \d+ of \d+ specs?", "… specs, … failures"),
];

pub(super) const LIBTEST: &str = "libtest";
pub(super) const PYTEST: &str = "pytest";
pub(super) const UNITTEST: &str = "unittest";
const DJANGO: &str = "the test runner of Django";
pub(super) const JEST: &str = "jest";
pub(super) const VITEST: &str = "vitest";
pub(super) const MOCHA: &str = "mocha";
pub(super) const NODE: &str = "the test runner of Node";
const BUN: &str = "the test runner of Bun";
pub(super) const RSPEC: &str = "RSpec";
pub(super) const PHPUNIT: &str = "PHPUnit";

/// Every runner.
pub(super) static ALL: LazyLock<Vec<Runner>> = LazyLock::new(|| {
    let pattern = |text: &str| Regex::new(text).expect("a constant pattern");
    let of = |(name, begins, ends, last): (&'static str, &str, &str, &'static str)| Runner {
        name,
        begins: (!begins.is_empty()).then(|| pattern(begins)),
        ends: pattern(ends),
        last,
    };
    RUNNERS.into_iter().map(of).collect()
});

/// What was heard of one runner.
pub(super) struct Heard<'t> {
    /// First words that no last one followed.
    pub(super) open: Vec<&'t str>,
    /// How many last words there were.
    pub(super) ended: usize,
}

impl Runner {
    /// What `lines` say of it. Where something is cut out of them, what began before may have ended there.
    pub(super) fn heard<'t>(&self, lines: &[&'t str]) -> Heard<'t> {
        let mut heard = Heard { open: Vec::new(), ended: 0 };
        for (at, line) in lines.iter().enumerate() {
            if self.ends.is_match(line) {
                heard.ended += 1;
                heard.open.pop();
            } else if self.begins.as_ref().is_some_and(|begins| begins.is_match(line)) {
                // What looks like it may be said by others, too; this one leaves a line before.
                let is_its_own = self.name != LIBTEST || at == 0 || lines[at - 1].is_empty();
                heard.open.extend(is_its_own.then_some(*line));
            } else if is_cut(line) {
                heard.open.clear();
            }
        }
        heard
    }
}

/// A line of the log that stands where a part of it is missing.
pub(super) fn is_cut(line: &str) -> bool {
    line.starts_with("[mission: ") && line.ends_with(" bytes cut here]")
}
