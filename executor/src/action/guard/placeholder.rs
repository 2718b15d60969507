//! What stands in for a file for tests that is new, so that the tests that were there run as if it had never been written. Pure.

use std::sync::LazyLock;

use regex::Regex;

use super::language;

/// A test of Python that passes.
const PYTHON: &str = "import unittest\n\n\nclass StandsIn(unittest.TestCase):\n    def test_it(self):\n        pass\n";

/// A test that passes, for whichever runner of JavaScript finds the file; nothing without one.
const SCRIPT: &str = "// @ts-nocheck\n(globalThis.test ?? globalThis.it ?? (() => {}))('stands in', () => {});\n";

/// The same for a runner that gives nothing by itself.
const VITEST: &str = "import { test } from 'vitest';\ntest('stands in', () => {});\n";

/// What reaches into another module: something of it is set or deleted, or it is looked up where the language keeps it.
static REACHES: LazyLock<Regex> = LazyLock::new(|| {
    let set = r"(?m)^[ \t]*(?:del[ \t]+\w+\.|(?:\w+\.)+\w+[ \t]*=[^=])";
    let looked_up = r"\b(?:setattr|delattr|modules|__\w+__|globals|vars|gc|importlib|ctypes|globalThis|prototype|cache|defineProperty|init|exec|eval|class_eval|send|putenv|reflect|Reflection)\b";
    Regex::new(&format!("{set}|{looked_up}")).expect("a constant pattern")
});

/// How a coverage is demanded.
static DEMANDS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"fail[-_]under|coverageThreshold|check-coverage|\bthresholds?\b|minimum_coverage|jacocoTestCoverageVerification|<minimum>";
    Regex::new(pattern).expect("a constant pattern")
});

/// What stands in for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Placeholder {
    /// This text.
    Text(&'static str),
    /// No file.
    Nothing,
    /// The file itself: it is compiled for itself, and others cannot run without it.
    Itself,
}

/// For the file at `path`, which is for tests and new, with the text `now`.
pub(in super::super) fn of(path: &str, now: &str) -> Placeholder {
    let parts = language::Path::new(path);
    let holds = parts.named(&["test", "spec"]) && !matches!(parts.stem, "conftest" | "test_helper" | "spec_helper");
    match parts.extension {
        "py" if holds => Placeholder::Text(PYTHON),
        "js" | "cjs" | "mjs" | "ts" | "cts" | "mts" | "jsx" | "tsx" if holds => {
            let vitest = now.contains("'vitest'") || now.contains("\"vitest\"");
            Placeholder::Text(if vitest { VITEST } else { SCRIPT })
        }
        "py" | "js" | "cjs" | "mjs" | "ts" | "cts" | "mts" | "jsx" | "tsx" | "rb" | "php" | "exs" | "sh" | "bash"
        | "zsh" | "bats" => Placeholder::Text(""),
        "rs" | "c" | "cc" | "cpp" | "cxx" | "h" | "hpp" | "swift" => Placeholder::Itself,
        _ => Placeholder::Nothing,
    }
}

/// Is it code that runs together with other tests, and could change what they do?
pub(in super::super) fn runs_with_others(path: &str) -> bool {
    match of(path, "") {
        Placeholder::Text(_) => true,
        Placeholder::Nothing => language::of(path).is_some(),
        Placeholder::Itself => false,
    }
}

/// Is it a file of tests?
pub(in super::super) fn is_tests(path: &str) -> bool {
    let parts = language::Path::new(path);
    language::of(path).is_some() && !language::make::is_one(&parts) && (parts.extension != "rs" || parts.in_tests())
}

/// Does `text`, as it reads, set what belongs to another module, or look for it where the language keeps it?
pub(in super::super) fn reaches(text: &str) -> bool {
    REACHES.is_match(text)
}

/// Do settings stand there that may demand a coverage?
pub(in super::super) fn may_demand_coverage(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let stems = [
        "jest.config",
        "vitest.config",
        "vite.config",
        "vitest.workspace",
        ".nycrc",
        ".c8rc",
        "phpunit.xml",
        "build.gradle",
    ];
    let names = [
        "package.json",
        "pyproject.toml",
        "setup.cfg",
        "tox.ini",
        "pytest.ini",
        ".coveragerc",
        ".simplecov",
        "pom.xml",
        "spec_helper.rb",
        "test_helper.rb",
        "Makefile",
        "GNUmakefile",
        "makefile",
        "justfile",
        "noxfile.py",
        "bunfig.toml",
    ];
    names.contains(&name) || stems.iter().any(|stem| name.starts_with(stem))
}

/// Do these settings, or this command, demand a coverage?
pub(in super::super) fn demands_coverage(text: &str) -> bool {
    DEMANDS.is_match(text)
}

/// Does `text` speak of the file at `path`: by its path, or by its name without the extension as a word?
pub(in super::super) fn speaks_of(text: &str, path: &str) -> bool {
    let stem = language::Path::new(path).stem;
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let alone = |at: usize| !text[..at].ends_with(part) && !text[at + stem.len()..].starts_with(part);
    text.contains(path) || stem.len() > 2 && text.match_indices(stem).any(|(at, _)| alone(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_what_its_runner_takes_for_a_test_or_nothing() {
        for (path, now, stands) in [
            ("tests/test_new.py", "", Placeholder::Text(PYTHON)),
            ("tests/__init__.py", "", Placeholder::Text("")),
            ("tests/conftest.py", "", Placeholder::Text("")),
            ("src/app.test.ts", "test('x', () => {})", Placeholder::Text(SCRIPT)),
            ("src/app.test.ts", "import { it } from \"vitest\"", Placeholder::Text(VITEST)),
            ("test/helper.js", "", Placeholder::Text("")),
            ("spec/app_spec.rb", "", Placeholder::Text("")),
            ("tests/new.sh", "", Placeholder::Text("")),
            ("app_test.go", "", Placeholder::Nothing),
            ("src/test/java/AppTest.java", "", Placeholder::Nothing),
            ("tests/data/in.txt", "", Placeholder::Nothing),
            ("tests/common/mod.rs", "", Placeholder::Itself),
            ("tests/test_app.c", "", Placeholder::Itself),
        ] {
            assert_eq!(of(path, now), stands, "{path}");
        }
        assert!(runs_with_others("tests/test_new.py") && runs_with_others("app_test.go"));
        assert!(!runs_with_others("tests/new.rs") && !runs_with_others("tests/data/in.txt"));
        assert!(is_tests("tests/test_new.py") && is_tests("tests/new.rs"));
        assert!(!is_tests("src/lib.rs") && !is_tests("Makefile") && !is_tests("tests/data/in.txt"));
    }

    #[test]
    fn who_reaches_into_another_and_who_demands_a_coverage_is_seen() {
        for text in [
            "tests.test_app.double = f\n",
            "  del app.f\n",
            "sys.modules['x']",
            "f.__code__ = g.__code__",
            "delete require.cache[x]",
        ] {
            assert!(reaches(text), "{text}");
        }
        for text in [
            "import app\n\n\nclass T(C):\n    def test(self):\n        self.assertEqual(app.f(), 1)\n",
            "assert app.x == 1\n",
        ] {
            assert!(!reaches(text), "{text}");
        }
        for text in
            ["[tool.coverage.report]\nfail_under = 90", "pytest --cov-fail-under=90", "\"coverageThreshold\": {}"]
        {
            assert!(demands_coverage(text), "{text}");
        }
        assert!(
            !demands_coverage("pytest --cov")
                && may_demand_coverage("pyproject.toml")
                && !may_demand_coverage("app.py")
        );
    }

    #[test]
    fn a_name_is_a_word() {
        assert!(speaks_of("python3 -m unittest tests.test_new.New", "tests/test_new.py"));
        assert!(speaks_of("pytest tests/test_new.py::x", "tests/test_new.py"));
        assert!(!speaks_of("pytest tests/test_newer.py", "tests/test_new.py"));
        assert!(!speaks_of("make test", "tests/test_new.py"));
    }
}
