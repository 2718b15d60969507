//! Lines that let a run of tests end well before it can tell, or that give its assertions another meaning.

use std::sync::LazyLock;

use regex::Regex;

use super::super::finding::{Finding, Kind};
use super::super::language;
use super::super::text::Source;
use super::super::tree::Tree;
use super::text;

/// Where a line counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum In {
    /// In files for tests.
    Tests,
    /// In the program.
    Program,
    /// Anywhere.
    All,
}

/// A line that is harmful.
struct Harm {
    extensions: &'static [&'static str],
    place: In,
    kind: Kind,
    pattern: Regex,
    /// Only in a file that holds this, too.
    with: Option<Regex>,
    /// Not in a file that holds this.
    without: Option<Regex>,
}

const SCRIPT: &[&str] = &["js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts"];

fn harm(extensions: &'static [&'static str], place: In, kind: Kind, pattern: &str, with: &str, without: &str) -> Harm {
    let regex = |text: &str| Regex::new(text).expect("a constant pattern");
    let some = |text: &str| (!text.is_empty()).then(|| regex(text));
    Harm { extensions, place, kind, pattern: regex(pattern), with: some(with), without: some(without) }
}

static TABLE: LazyLock<Vec<Harm>> = LazyLock::new(|| {
    use In::{All, Program, Tests};
    use Kind::{EarlyExit, RunnerReplaced};
    vec![
        harm(&["py"], Tests, EarlyExit, r"\bos\._exit\s*\(\s*(?:0|os\.EX_OK)\s*\)", "", r"\bos\.fork\b"),
        harm(
            &["py"],
            Tests,
            EarlyExit,
            r"(?m)^(?:(?:sys\.)?exit|quit|raise\s+SystemExit)[ \t]*\([ \t]*(?:0|None)?[ \t]*\)|(?m)^raise\s+SystemExit\s*$",
            "",
            "",
        ),
        harm(&["py"], Tests, EarlyExit, r"\bunittest\.main\s*\([^)]*\bexit\s*=\s*False", "", ""),
        harm(&["py"], All, EarlyExit, r"\bos\._exit\s*\(\s*(?:0|os\.EX_OK)\s*\)", r"\batexit\b", ""),
        harm(
            &["py"],
            All,
            RunnerReplaced,
            r"\b(?:TestCase|TestResult|TextTestResult|TextTestRunner|TestSuite|TestProgram)\.(?:assert\w*|fail\w*|run|__call__|debug|add\w+|wasSuccessful|doCleanups|_\w+|runTests|skipTest)\s*=[^=]",
            "",
            "",
        ),
        harm(
            &["py"],
            All,
            RunnerReplaced,
            r"(?:\b|__)(?:set|del)attr(?:__)?\s*\(\s*(?:unittest\.)?(?:case\.)?(?:TestCase|TestResult|TextTestResult|TextTestRunner|TestSuite|TestProgram|unittest|pytest)\b",
            "",
            "",
        ),
        harm(
            &["py"],
            All,
            RunnerReplaced,
            r"\b(?:unittest|unittest\.case)\.(?:TestCase|main|TestLoader|defaultTestLoader|TestResult|TextTestRunner|TestSuite|TestProgram)\s*=[^=]|\bpytest\.(?:fail|raises|main|exit|approx)\s*=[^=]|\b_pytest(?:\.\w+)+\s*=[^=]",
            "",
            "",
        ),
        harm(
            &["py"],
            All,
            RunnerReplaced,
            r"\bbuiltins\.AssertionError\s*=[^=]|\bsys\.exit\s*=[^=]|\bos\._exit\s*=[^=]",
            "",
            r"\bmonkeypatch\b",
        ),
        harm(
            &["py"],
            Tests,
            RunnerReplaced,
            r"\bdef\s+(?:assert(?:Equal|NotEqual|True|False|Is|IsNot|IsNone|IsNotNone|In|NotIn|IsInstance|Raises|RaisesRegex|AlmostEqual|Greater|Less|ListEqual|DictEqual|CountEqual|Regex)|fail|_callTestMethod|__call__|run)\s*\(\s*self\b",
            r"TestCase",
            "",
        ),
        harm(&["py"], Tests, RunnerReplaced, r"\b(?:self|cls)\.(?:assert\w+|fail)\s*=[^=]", "", ""),
        harm(
            &["py"],
            All,
            RunnerReplaced,
            r"\bdef\s+pytest_(?:collection_\w+|collect_\w+|itemcollected|runtest_\w+|runtestloop|pyfunc_call|sessionfinish|report_teststatus|ignore_collect|cmdline_main|exception_interact)\s*\(",
            "",
            "",
        ),
        harm(
            SCRIPT,
            Tests,
            EarlyExit,
            r"\bprocess\.(?:exit|reallyExit)\s*\(\s*0?\s*\)|\bprocess\.exitCode\s*=\s*(?:0|undefined)\b",
            "",
            "",
        ),
        harm(
            SCRIPT,
            All,
            EarlyExit,
            r#"\bprocess\.(?:on|once|addListener|prependListener)\s*\(\s*['"](?:exit|beforeExit)['"]"#,
            r"\bprocess\.(?:exit|reallyExit)\s*\(\s*0?\s*\)|\bexitCode\s*=\s*(?:0|undefined)\b",
            "",
        ),
        harm(
            SCRIPT,
            Tests,
            RunnerReplaced,
            r"\b(?:global|globalThis)\.(?:it|test|expect|describe|assert)\s*=[^=>]|\b(?:const|let|var)\s+(?:expect|it|test|describe)\s*=\s*(?:\(|async\b|function|new\s+Proxy|\w+\s*=>)|\bfunction\s+(?:expect|it|test|describe)\s*\(|\bassert(?:\.strict)?\.(?:equal|strictEqual|deepEqual|deepStrictEqual|ok|throws|rejects|match|fail)\s*=[^=>]",
            "",
            "",
        ),
        harm(
            SCRIPT,
            All,
            RunnerReplaced,
            r#"\brequire\s*\(\s*['"](?:node:)?(?:assert(?:/strict)?|test|chai|expect)['"]\s*\)(?:\.\w+)*\s*=[^=>]|\bassert(?:\.strict)?\.(?:equal|strictEqual|deepEqual|deepStrictEqual|ok|throws|rejects|match|fail)\s*=[^=>]|\b(?:global|globalThis)\.(?:it|test|expect|describe|assert)\s*=[^=>]"#,
            "",
            "",
        ),
        harm(SCRIPT, Tests, RunnerReplaced, r"\brequire\.cache\s*\[[^\]]*\]\s*=[^=]", "", ""),
        harm(
            SCRIPT,
            Tests,
            RunnerReplaced,
            r"\bexpect\.extend\s*\(\s*\{(?:[^}]|\}\s*,)*?\b(?:toBe|toEqual|toStrictEqual|toMatchObject|toThrow|toContain|toHaveLength|toBeTruthy|toBeFalsy|toBeDefined|toBeNull)\s*[(:]",
            "",
            "",
        ),
        harm(
            &["rs"],
            Tests,
            EarlyExit,
            r"\bprocess::exit\s*\(\s*0\s*\)|\blibc::_?exit\s*\(\s*0\s*\)",
            "",
            r"\bfn\s+main\s*\(",
        ),
        harm(
            &["rs"],
            All,
            EarlyExit,
            r"\bprocess::exit\s*\(\s*0\s*\)|\blibc::_?exit\s*\(\s*0\s*\)",
            r"#\[\s*(?:\w+::)?[cd]tor\b|\blink_section\b|\batexit\b",
            "",
        ),
        harm(
            &["rs"],
            All,
            RunnerReplaced,
            r"\bmacro_rules!\s*(?:debug_)?(?:assert|assert_eq|assert_ne|panic)\b",
            "",
            "",
        ),
        harm(&["rs"], All, RunnerReplaced, r"#!\[\s*(?:test_runner|reexport_test_harness_main)\b", "", ""),
        harm(&["go"], Tests, EarlyExit, r"\b(?:os|syscall)\.Exit\s*\(\s*0\s*\)", "", r"\bGetenv\b"),
        harm(&["go"], Tests, EarlyExit, r"\bfunc\s+TestMain\s*\(", "", r"\.Run\s*\(\s*\)"),
        harm(
            &["py"],
            Program,
            RunnerReplaced,
            r"\bSkipTest\b|\bpytest\.(?:skip|exit|xfail)\s*\(",
            "",
            r"\bdef\s+pytest_",
        ),
        harm(
            &["py"],
            All,
            RunnerReplaced,
            r"\bdef\s+__(?:eq|contains)__\s*\([^)]*\)[^:\n]*:\s*return\s+(?:True|1)\b|\bdef\s+__ne__\s*\([^)]*\)[^:\n]*:\s*return\s+(?:False|0)\b|\b__eq__\s*=\s*lambda\b[^:\n]*:\s*True\b",
            "",
            "",
        ),
        harm(SCRIPT, All, RunnerReplaced, r"\basymmetricMatch\b[^\n]*(?:=>\s*true\b|\{\s*return\s+true\b)", "", ""),
        harm(
            &["rs"],
            All,
            RunnerReplaced,
            r"\bfn\s+eq\s*\(\s*&self\b[^)]*\)\s*->\s*bool\s*\{\s*true\s*\}|\bfn\s+ne\s*\(\s*&self\b[^)]*\)\s*->\s*bool\s*\{\s*false\s*\}",
            "",
            "",
        ),
        harm(
            &["java", "kt", "scala", "groovy"],
            All,
            RunnerReplaced,
            r"\bequals\s*\([^)]*\)[^{=\n]*(?:\{\s*return\s+true\s*;|=\s*true\b)",
            "",
            "",
        ),
        harm(&["rb"], All, RunnerReplaced, r"\bdef\s+==\s*\(?\s*\w+\s*\)?\s*;?\s*(?:return\s+)?true\b", "", ""),
        harm(&["cs"], All, RunnerReplaced, r"\bEquals\s*\([^)]*\)\s*(?:=>\s*true\b|\{\s*return\s+true\b)", "", ""),
        harm(&["go"], All, RunnerReplaced, r"\)\s+Equal\s*\([^)]*\)\s*bool\s*\{\s*return\s+true\s*\}", "", ""),
        harm(&["py"], Program, RunnerReplaced, r"\bsetattr__?\s*\(|\.run\s*=[^=]", r"\bunittest\b", ""),
        harm(
            &["py"],
            Program,
            RunnerReplaced,
            r"(?m)^[ \t]*\w+\.(?:assert[A-Z]\w*|addFailure|addError|wasSuccessful)[ \t]*=[^=]",
            r"\bunittest\b",
            "",
        ),
        harm(&["py"], Program, RunnerReplaced, r"\breturn[ \t]+(?:\w+\.)*ANY\b", r"\bmock\b", ""),
        harm(&["py"], Program, EarlyExit, r"(?m)^(?:\w+\.)?(?:Timer|Thread)\s*\(.*\bos\._exit", "", ""),
        harm(
            &["py"],
            Program,
            RunnerReplaced,
            r#"['"](?:unittest|pytest|_pytest|nose)['"]\s+(?:not\s+)?in\s+(?:\w+\(\s*)?(?:['"][^'"]*['"]\.join\(\s*)?sys\.(?:modules|argv)|\b(?:environ|getenv)\b[^\n]*\b(?:PYTEST_CURRENT_TEST|MISSION_(?:NODE|RUN)_ID)\b"#,
            "",
            "",
        ),
        harm(
            SCRIPT,
            Program,
            RunnerReplaced,
            r"\b(?:JEST_WORKER_ID|NODE_TEST_CONTEXT|VITEST_WORKER_ID)\b|\benv\b[^\n]*\bMISSION_(?:NODE|RUN)_ID\b",
            "",
            "",
        ),
        harm(
            SCRIPT,
            All,
            RunnerReplaced,
            r#"\bObject\.(?:assign|defineProperty|defineProperties)\s*\(\s*(?:assert\b|require\s*\(\s*['"](?:node:)?(?:assert|test))"#,
            "",
            "",
        ),
        harm(&["go"], Program, RunnerReplaced, r#"\btesting\.Testing\s*\(|\bflag\.Lookup\s*\(\s*"test\."#, "", ""),
        harm(&["go"], Tests, RunnerReplaced, r"\bt\s*:?=\s*(?:&testing\.T\{|new\(testing\.T\))", "", ""),
        harm(&["rb"], Tests, EarlyExit, r"\bexit!|\bat_exit\b", r"\bexit!?\s*\(?\s*(?:0|true)?\b", ""),
        harm(
            &["java", "kt", "scala", "groovy"],
            Tests,
            EarlyExit,
            r"\bSystem\.exit\s*\(\s*0\s*\)|\bhalt\s*\(\s*0\s*\)|\bexitProcess\s*\(\s*0\s*\)",
            "",
            "",
        ),
        harm(&["php"], Tests, EarlyExit, r"\b(?:exit|die)\s*(?:\(\s*0?\s*\))?\s*;", "", ""),
        harm(
            &["c", "cc", "cpp", "cxx"],
            Tests,
            EarlyExit,
            r"\b(?:_exit|quick_exit|_Exit)\s*\(\s*(?:0|EXIT_SUCCESS)\s*\)",
            "",
            r"\bfork\s*\(",
        ),
    ]
});

pub(super) fn changed(base: &Tree<'_>, now: &Tree<'_>, path: &str) -> Vec<Finding> {
    let extension = language::Path::new(path).extension;
    let rows: Vec<&Harm> = TABLE.iter().filter(|harm| harm.extensions.contains(&extension)).collect();
    let Some(style) = style(extension).filter(|_| !rows.is_empty() && now.has(path)) else { return Vec::new() };
    let (old, new) = (text(base, path), text(now, path));
    let source = Source::new(&new, style);
    let known: Vec<String> = Source::new(&old, style).plain.lines().map(squeezed).collect();
    let mut findings = Vec::new();
    for harm in rows {
        let fits =
            |regex: &Option<Regex>, none: bool| regex.as_ref().map_or(none, |regex| regex.is_match(&source.plain));
        if !fits(&harm.with, true) || fits(&harm.without, false) {
            continue;
        }
        for hit in harm.pattern.find_iter(&source.plain) {
            let line = squeezed(&source.plain[source.line_start(hit.start())..source.line_end(hit.start())]);
            let for_tests = is_for_tests(path, &source, hit.start());
            let counts = match harm.place {
                In::All => true,
                In::Tests => for_tests,
                In::Program => !for_tests,
            };
            if source.is_code(hit.start()) && counts && !known.contains(&line) {
                let what = match harm.kind {
                    Kind::EarlyExit => format!("a run of tests can end well before it tells: `{line}`"),
                    _ => format!("what a test says means something else: `{line}`"),
                };
                findings.push(Finding::new(harm.kind, path, Some(source.line(hit.start())), what));
            }
        }
    }
    findings.dedup_by(|a, b| a.line == b.line);
    findings
}

pub(super) fn squeezed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(120).collect()
}

pub(in super::super) fn style(extension: &str) -> Option<&'static super::super::text::Style> {
    language::of(&format!("tests/test_a_test.{extension}"))
        .or_else(|| language::of(&format!("tests/TestATest.{extension}")))
        .map(|language| language.style)
}

/// Is place `at` in something that runs with the tests?
fn is_for_tests(path: &str, source: &Source, at: usize) -> bool {
    let parts = language::Path::new(path);
    if parts.extension == "rs" {
        return parts.folders.contains(&"tests") || source.code[..at].contains("#[cfg(test)]");
    }
    const HELPERS: [&str; 9] = [
        "conftest",
        "jest.setup",
        "vitest.setup",
        "setuptests",
        "test-setup",
        "test_setup",
        "test_helper",
        "spec_helper",
        "test-helper",
    ];
    language::of(path).is_some() || parts.in_tests() || parts.named(&HELPERS)
}
