//! What becomes of files, totals, configuration and permission.

use super::super::finding::{Kind, Terms};
use super::{found, judged};

const A: &str = "def test_a():\n    assert f()\n";
const B: &str = "def test_b():\n    assert g()\n";

#[test]
fn a_deleted_file_is_found_and_a_moved_one_is_not() {
    let base = [("tests/test_a.py", A), ("tests/test_b.py", B)];
    assert_eq!(found(&base, &base[..1]), ["test-file-deleted tests/test_b.py", "fewer-tests"]);
    assert_eq!(found(&base, &[base[0], ("tests/unit/test_b.py", B)]), [""; 0], "another folder");
    let renamed = [base[0], ("tests/test_c.py", "def test_c():\n    assert g()\n")];
    assert_eq!(found(&base, &renamed), [""; 0], "another file and name, the same body");
    let both = format!("{A}\n\n{B}");
    assert_eq!(found(&base, &[("tests/test_a.py", &both)]), [""; 0], "into another file");
    let uncollected = [base[0], ("tests/b_checks.py", B)];
    assert_eq!(
        found(&base, &uncollected),
        ["test-file-deleted tests/test_b.py", "fewer-tests"],
        "nobody collects it there"
    );
    let weaker = [base[0], ("tests/test_c.py", "def test_b():\n    assert True\n")];
    assert_eq!(found(&base, &weaker), ["assertion-trivial tests/test_c.py"], "weakened on the way");
}

#[test]
fn files_that_belong_to_tests_stay() {
    let base = [("tests/cases/1.txt", "in\n"), ("tests/data.json", "{}"), ("src/x.txt", "x")];
    assert_eq!(found(&base, &base[1..]), ["test-file-deleted tests/cases/1.txt"]);
    assert_eq!(found(&base, &[("tests/1.txt", "in\n"), base[1], base[2]]), [""; 0], "moved");
    assert_eq!(found(&base, &[("tests/cases/1.txt", ""), base[1]]), ["test-file-emptied tests/cases/1.txt"]);
}

#[test]
fn a_module_of_tests_that_nothing_brings_in_is_found() {
    let test = "#[test]\nfn a() { assert!(f()) }\n";
    let base = [
        ("tests/all/main.rs", "mod names;\nmod other;\n"),
        ("tests/all/names.rs", test),
        ("src/lib.rs", "mod a;\n"),
        ("src/a.rs", ""),
    ];
    let now = [("tests/all/main.rs", "mod other;\n"), base[1], ("src/lib.rs", ""), base[3]];
    assert_eq!(found(&base, &now), ["test-removed tests/all/main.rs"]);
}

#[test]
fn the_totals_count_what_is_run() {
    let base = [("test_a.py", A), ("test_b.py", B)];
    let more = [("test_a.py", A), ("test_c.py", "def test_c():\n    assert x\n\ndef test_d():\n    assert y\n")];
    let judged = judged(&base, &more, &[], &[]);
    assert_eq!((judged.before, judged.after), (2, 3));
    assert_eq!(judged.findings.len(), 1, "one is gone though there are more");
}

#[test]
fn what_is_allowed_is_listed_and_does_not_count() {
    let base = [("tests/test_a.py", A), ("tests/test_b.py", B)];
    let judged = judged(&base, &base[..1], &[], &["tests/test_b.py"]);
    let kinds: Vec<Kind> = judged.findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [Kind::TestFileDeleted], "and the total is not held against it");
    let allowed = vec!["x/**".to_owned(), "tests/**".to_owned()];
    let row = judged.findings[0].to_json("abc", &Terms { allowed, ..Terms::default() });
    assert_eq!(row["allowed"], "tests/**");
    assert_eq!(row["restore"], "bring the file back: `git show abc:tests/test_b.py`");
}

#[test]
fn what_says_something_else_is_told_where_it_passes() {
    let now = [("tests/test_a.py", "def test_a():\n    assert f(2)\n"), ("tests/test_b.py", B)];
    let findings = judged(&[("tests/test_a.py", A), ("tests/test_b.py", B)], &now, &[], &[]).findings;
    let told = super::super::finding::told(&findings, "abc", &Terms::default());
    assert!(findings.iter().all(|finding| finding.passes(&Terms::default())));
    assert!(
        told.contains("test-changed `tests/test_a.py`:1") && told.contains("git show abc:tests/test_a.py"),
        "{told}"
    );
    let same = super::super::finding::told(&[], "abc", &Terms::default());
    assert_eq!(same, "what proves the work is as strong as it was");
}

#[test]
fn kinds_may_be_told_only() {
    let base = [("tests/test_a.py", "def test_a():\n    assert f() == 1\n")];
    let now = [("tests/test_a.py", "def test_a():\n    assert f() == 2\n")];
    let findings = judged(&base, &now, &[], &[]).findings;
    let terms = Terms { told: vec![Kind::ExpectedChanged], ..Terms::default() };
    assert!(findings.iter().all(|finding| finding.passes(&terms) && !finding.passes(&Terms::default())));
    assert_eq!(findings[0].to_json("abc", &terms)["weight"], "told");
    let told = super::super::finding::told(&findings, "abc", &terms);
    let begin = "what proves the work is as strong, and says or expects something else: expected-changed";
    assert!(told.starts_with(begin), "{told}");
    let gone = judged(&base, &[], &[], &[]).findings;
    assert!(gone.iter().all(|finding| !finding.passes(&terms)), "other kinds still fail");
}

/// Path, before, now, checks, and the kind that is found.
type Row = (&'static str, Option<&'static str>, Option<&'static str>, &'static str, &'static str);

const CONFIGURATION: &[Row] = &[
    (".github/workflows/ci.yml", Some("on: push\n"), Some("on: never\n"), "", "ci-changed"),
    (".github/workflows/ci.yml", Some("on: push\n"), None, "", "ci-changed"),
    (".github/workflows/ci.yml", None, Some("on: push\n"), "", ""),
    (".gitlab-ci.yml", Some("a\n"), Some("b\n"), "", "ci-changed"),
    ("Jenkinsfile", Some("a\n"), Some("b\n"), "", "ci-changed"),
    ("pytest.ini", None, Some("[pytest]\naddopts = --ignore=tests\n"), "", "config-changed"),
    ("pytest.ini", Some("[pytest]\n"), None, "", "config-changed"),
    ("conftest.py", Some("import x\n"), Some("import x\ncollect_ignore = ['a']\n"), "", "config-changed"),
    ("conftest.py", Some("import x\n"), Some("import x\nimport y\n"), "", ""),
    ("pyproject.toml", Some("[project]\nname = 'x'\n"), Some("[project]\nname = 'y'\n"), "", ""),
    (
        "pyproject.toml",
        Some("[tool.pytest.ini_options]\na = 1\n"),
        Some("[tool.pytest.ini_options]\na = 2\n"),
        "",
        "config-changed",
    ),
    (
        "pyproject.toml",
        Some("[project]\n"),
        Some("[project]\n[tool.ruff]\nignore = ['E']\n"),
        "ruff check",
        "config-changed",
    ),
    ("pyproject.toml", Some("[project]\n"), Some("[project]\n[tool.ruff]\nignore = ['E']\n"), "pytest", ""),
    ("setup.cfg", Some("[flake8]\nmax = 1\n"), Some("[flake8]\nmax = 9\n"), "", "config-changed"),
    (
        "package.json",
        Some("{\"jest\":{}}"),
        Some("{\"jest\":{\"testPathIgnorePatterns\":[\"a\"]}}"),
        "",
        "config-changed",
    ),
    ("package.json", Some("{\"dependencies\":{}}"), Some("{\"dependencies\":{\"a\":\"1\"}}"), "", ""),
    (
        "tsconfig.json",
        Some("{\"compilerOptions\":{\"strict\":true}}"),
        Some("{\"compilerOptions\":{\"strict\":false}}"),
        "",
        "config-changed",
    ),
    (
        "tsconfig.json",
        Some("{\"compilerOptions\":{\"strict\":true}}"),
        Some("{\"compilerOptions\":{\"strict\":true,\"target\":\"es6\"}}"),
        "",
        "",
    ),
    (".eslintrc.json", Some("{\"rules\":{}}"), Some("{\"rules\":{\"a\":0}}"), "", "config-changed"),
    ("clippy.toml", None, Some("too-many-lines-threshold = 999\n"), "cargo clippy", "config-changed"),
    ("clippy.toml", None, Some("too-many-lines-threshold = 999\n"), "cargo test", ""),
    (
        "Cargo.toml",
        Some("[package]\nname = \"a\"\n"),
        Some("[package]\nname = \"a\"\nautotests = false\n"),
        "",
        "config-changed",
    ),
    (
        "Cargo.toml",
        Some("[lints.clippy]\nall = \"deny\"\n"),
        Some("[lints.clippy]\nall = \"allow\"\n"),
        "",
        "config-changed",
    ),
    (
        "Cargo.toml",
        Some("[workspace]\nmembers = [\"a\", \"b\"]\n"),
        Some("[workspace]\nmembers = [\"a\"]\n"),
        "",
        "config-changed",
    ),
    (
        "Cargo.toml",
        Some("[workspace]\nmembers = [\"a\"]\n"),
        Some("[workspace]\nmembers = [\n \"a\",\n \"b\",\n]\n[dependencies]\nx = \"1\"\n"),
        "",
        "",
    ),
    (".config/nextest.toml", None, Some("[profile.default]\ndefault-filter = 'none()'\n"), "", "config-changed"),
    (".gitattributes", None, Some("*.py filter=x\n"), "", "attributes-changed"),
    (".gitattributes", None, Some("* text=auto\n"), "", ""),
    (".gitattributes", Some("*.py text\n"), Some("*.py -text\n"), "", "attributes-changed"),
    ("src/main.py", Some("a\n"), Some("b\n"), "", ""),
];

#[test]
fn configuration_must_stay() {
    for (path, base, now, check, expected) in CONFIGURATION {
        let with = |text: &Option<&'static str>| -> Vec<(&str, &str)> {
            std::iter::once(("tests/test_a.py", A)).chain(text.map(|text| (*path, text))).collect()
        };
        let judged = judged(&with(base), &with(now), &[("c", check)], &[]);
        let kinds: Vec<&str> = judged.findings.iter().map(|finding| finding.kind.word()).collect();
        let expected: Vec<&str> = Some(*expected).filter(|kind| !kind.is_empty()).into_iter().collect();
        assert_eq!(kinds, expected, "{path} {base:?} {now:?}");
    }
}

#[test]
fn where_nothing_was_tested_configuration_may_come() {
    let now = [("pytest.ini", "[pytest]\n"), ("jest.config.js", "x"), ("test_a.py", A), ("tsconfig.json", "{}")];
    assert_eq!(found(&[("README.md", "x")], &now), [""; 0]);
}
