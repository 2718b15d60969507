//! Which files, and which parts of files, are tests and what they need. Pure.

use std::sync::LazyLock;

use regex::Regex;

use super::collected::is_expected;
use super::language::{self, rust};
use super::text::Source;

/// Files that runners read before the tests.
const HELPERS: [&str; 8] =
    ["conftest", "jest.setup", "vitest.setup", "setuptests", "test-setup", "test_setup", "test_helper", "spec_helper"];

/// What a module of tests begins with, up to its name.
const HEADER: &str =
    r"#\[\s*cfg\s*\(\s*(?:all\s*\(\s*)?test\b[^\]]*\]\s*(?:#\[[^\]]*\]\s*)*(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*";

/// A module of tests that stands in the file.
static TESTED: LazyLock<Regex> = LazyLock::new(|| Regex::new(&format!(r"{HEADER}\{{")).expect("a constant pattern"));

/// One that stands in a file of its own.
static ELSEWHERE: LazyLock<Regex> = LazyLock::new(|| Regex::new(&format!("{HEADER};")).expect("a constant pattern"));

/// Is the whole file for tests: tests, what helps them, or what they expect?
pub(in super::super) fn is_for_tests(path: &str) -> bool {
    let parts = language::Path::new(path);
    if parts.in_tests() || parts.named(&HELPERS) || is_expected(path) {
        return true;
    }
    match parts.extension {
        // Tests and the program may be in one file.
        "rs" => {
            parts.stem == "tests"
                || parts.stem.starts_with("test_")
                || parts.stem.ends_with("_test")
                || parts.stem.ends_with("_tests")
        }
        // What a target does is what a check runs.
        _ => language::of(path).is_some() && !language::make::is_one(&parts),
    }
}

/// Does a file that is for tests hold any? If not it may change what others do.
pub(in super::super) fn may_help(path: &str) -> bool {
    let code = ["py", "js", "cjs", "mjs", "ts", "cts", "mts", "jsx", "tsx", "rb", "php", "sh", "bash", "exs"];
    let parts = language::Path::new(path);
    let counted = language::of(path).is_some() && (parts.named(&["test", "spec"]));
    code.contains(&parts.extension) && !counted
}

/// The text `now` with the modules of tests that `before` has, in place of its own; `None`: they are the same, or it has none.
pub(in super::super) fn with_tests_of(before: &str, now: &str) -> Option<String> {
    let (old, mut new) = (modules(before)?, modules(now)?);
    let texts = |text: &str, ranges: &[std::ops::Range<usize>]| -> Vec<String> {
        ranges.iter().map(|range| text[range.clone()].trim().to_owned()).collect()
    };
    let (was, is) = (texts(before, &old), texts(now, &new));
    if was.is_empty() || was == is {
        return None;
    }
    // A module that has moved to a file of its own is not there twice.
    let names: Vec<&str> = was.iter().filter_map(|module| Some(TESTED.captures(module)?.extract::<1>().1[0])).collect();
    let code = Source::new(now, &rust::STYLE).code;
    let moved = ELSEWHERE.captures_iter(&code).filter(|found| names.contains(&found.extract::<1>().1[0]));
    let moved: Vec<_> = moved.map(|found| found.get_match().range()).collect();
    new.extend(moved.into_iter().filter(|range| !is.iter().any(|module| module.contains(&now[range.clone()]))));
    new.sort_by_key(|range| range.start);
    let mut text = String::with_capacity(before.len() + now.len());
    let mut at = 0;
    for range in new {
        text.push_str(&now[at..range.start]);
        at = range.end;
    }
    text.push_str(&now[at..]);
    for module in was {
        text.push('\n');
        text.push_str(&module);
        text.push('\n');
    }
    Some(text)
}

/// The files of the modules that are compiled for tests alone, and that the file at `path` names.
pub(super) fn modules_of_tests(path: &str, text: &str) -> Vec<String> {
    let parts = language::Path::new(path);
    let above = matches!(parts.stem, "lib" | "main" | "mod") || parts.folders.ends_with(&["tests"]);
    let own = if above { parts.folders.join("/") } else { path.trim_end_matches(".rs").to_owned() };
    let begin = if own.is_empty() { own } else { format!("{own}/") };
    if !ELSEWHERE.is_match(text) {
        return Vec::new();
    }
    let code = Source::new(text, &rust::STYLE).code;
    let names = ELSEWHERE.captures_iter(&code).map(|found| found.extract::<1>().1[0].to_owned());
    names.flat_map(|name| [format!("{begin}{name}.rs"), format!("{begin}{name}/mod.rs")]).collect()
}

/// Where modules of tests are that lie in no other; `None`: some do, and would mean something else elsewhere.
fn modules(text: &str) -> Option<Vec<std::ops::Range<usize>>> {
    let source = Source::new(text, &rust::STYLE);
    let mut found: Vec<std::ops::Range<usize>> = Vec::new();
    for header in TESTED.find_iter(&source.code) {
        if found.last().is_some_and(|last| header.start() < last.end) {
            continue;
        }
        let before = &source.code[..header.start()];
        if before.matches('{').count() != before.matches('}').count() {
            return None;
        }
        found.push(header.start()..source.closing(header.end() - 1));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_for_tests_are_told_from_the_program() {
        for path in [
            "tests/test_app.py",
            "test_app.py",
            "tests/same.sh",
            "tests/data/in.txt",
            "conftest.py",
            "src/app.test.js",
            "src/__tests__/x.js",
            "app_test.go",
            "src/test/java/AppTest.java",
            "spec/app_spec.rb",
            "src/guard/tests.rs",
            "src/__snapshots__/a.snap",
        ] {
            assert!(is_for_tests(path), "{path}");
        }
        for path in ["app.py", "src/lib.rs", "Makefile", "package.json", "contest.py", "src/latest.js", "README.md"] {
            assert!(!is_for_tests(path), "{path}");
        }
        assert!(may_help("tests/__init__.py") && may_help("tests/conftest.py") && may_help("test/assert.js"));
        assert!(!may_help("tests/test_app.py") && !may_help("tests/data.json") && !may_help("src/app.test.ts"));
    }

    #[test]
    fn modules_of_tests_are_put_back() {
        let before = "fn f() {}\n\n#[cfg(test)]\nmod tests {\n    // }\n    #[test]\n    fn a() { assert_eq!(f(\"{\"), 1); }\n}\n";
        let now =
            "fn f() { g() }\n#[cfg(all(test, unix))]\n#[rustfmt::skip]\nmod tests {\n    fn a() {}\n}\nfn g() {}\n";
        let back = with_tests_of(before, now).expect("they differ");
        assert_eq!(
            back,
            "fn f() { g() }\n\nfn g() {}\n\n#[cfg(test)]\nmod tests {\n    // }\n    #[test]\n    fn a() { assert_eq!(f(\"{\"), 1); }\n}\n"
        );
        assert_eq!(with_tests_of(before, &format!("fn other() {{}}\n{before}")), None, "the program changed alone");
        assert!(with_tests_of(before, "fn f() {}\n").is_some_and(|text| text.contains("assert_eq")), "they were gone");
        assert_eq!(with_tests_of("fn f() {}\n", before), None, "there were none");
        let moved =
            with_tests_of(before, "fn f() {}\n#[cfg(test)]\nmod tests;\n#[cfg(test)]\nmod more;\n").expect("elsewhere");
        assert!(
            moved.contains("mod more;") && moved.contains("mod tests {") && !moved.contains("mod tests;"),
            "{moved}"
        );
        let inner = format!("mod outer {{\n{before}\n}}\n");
        assert_eq!(with_tests_of(&inner, "fn f() {}\n"), None);
    }
}
