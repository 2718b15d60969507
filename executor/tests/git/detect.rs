//! `checks.detect`: which files lead to which commands. The cases are the table of `docs/checks.md`.

use mission_executor::action::{Job, perform, registry};
use mission_executor::event::Failure;
use serde_json::{Value, json};

use crate::fixture::write_in;

struct Case {
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
    /// `name: command`, in order.
    expected: &'static [&'static str],
}

const JEST: &str = r#"{ "scripts": { "test": "jest", "build": "tsc", "lint": "eslint .", "start": "node ." } }"#;

const CASES: &[Case] = &[
    Case { name: "nothing", files: &[("README.md", "")], expected: &[] },
    Case { name: "cargo", files: &[("Cargo.toml", "[package]")], expected: &["cargo-test: cargo test --workspace"] },
    Case {
        name: "npm by default",
        files: &[("package.json", JEST)],
        expected: &["npm-build: npm run build", "npm-lint: npm run lint", "npm-test: npm run test"],
    },
    Case {
        name: "pnpm by lock file",
        files: &[("package.json", r#"{"scripts":{"test":"x"}}"#), ("pnpm-lock.yaml", "")],
        expected: &["pnpm-test: pnpm run test"],
    },
    Case {
        name: "yarn by lock file",
        files: &[("package.json", r#"{"scripts":{"test":"x"}}"#), ("yarn.lock", "")],
        expected: &["yarn-test: yarn run test"],
    },
    Case {
        name: "bun by lock file",
        files: &[("package.json", r#"{"scripts":{"test":"x"}}"#), ("bun.lockb", "")],
        expected: &["bun-test: bun run test"],
    },
    Case {
        name: "pnpm by its field",
        files: &[("package.json", r#"{"packageManager":"pnpm@9.1.0","scripts":{"test":"x"}}"#)],
        expected: &["pnpm-test: pnpm run test"],
    },
    Case {
        name: "a field that is no package manager",
        files: &[("package.json", r#"{"packageManager":"rm -rf@1","scripts":{"test":"x"}}"#)],
        expected: &["npm-test: npm run test"],
    },
    Case {
        name: "a placeholder is no test",
        files: &[("package.json", r#"{"scripts":{"test":"echo \"Error: no test specified\" && exit 1"}}"#)],
        expected: &[],
    },
    Case {
        name: "scripts that are no texts",
        files: &[("package.json", r#"{"scripts":{"test":1,"build":"  ","lint":null}}"#)],
        expected: &[],
    },
    Case { name: "no scripts", files: &[("package.json", "[]")], expected: &[] },
    Case {
        name: "a browser test",
        files: &[("package.json", r#"{"scripts":{"test:e2e":"playwright test","test":"x"}}"#)],
        expected: &["npm-test: npm run test", "browser: npm run test:e2e"],
    },
    Case {
        name: "pytest in pyproject",
        files: &[("pyproject.toml", "[tool.pytest.ini_options]\n")],
        expected: &["pytest: python3 -m pytest"],
    },
    Case {
        name: "pytest as a requirement",
        files: &[("pyproject.toml", "[dependency-groups]\ndev = [\"pytest>=8\"]\n"), ("uv.lock", "")],
        expected: &["pytest: uv run python -m pytest"],
    },
    Case { name: "pytest in a comment only", files: &[("pyproject.toml", "[project] # no pytest\n")], expected: &[] },
    Case {
        name: "pytest by conftest",
        files: &[("setup.py", ""), ("tests/conftest.py", ""), ("poetry.lock", "")],
        expected: &["pytest: poetry run python -m pytest"],
    },
    Case {
        name: "unittest",
        files: &[("pyproject.toml", "[project]\n"), ("tests/test_a.py", "")],
        expected: &["unittest: python3 -m unittest discover -s tests -t ."],
    },
    Case {
        name: "go",
        files: &[("go.mod", "module x")],
        expected: &["go-build: go build ./...", "go-test: go test ./..."],
    },
    Case {
        name: "make",
        files: &[("Makefile", "all:\n\ntest: all\n\t./t\ncheck test2:\n\t./c\n")],
        expected: &["make-check: make check", "make-test: make test"],
    },
    Case { name: "just", files: &[("justfile", "test *args:\n  x\n")], expected: &["just-test: just test"] },
    Case {
        name: "several at once",
        files: &[("Cargo.toml", ""), ("package.json", r#"{"scripts":{"test":"x"}}"#), ("Makefile", "test:\n\t./t\n")],
        expected: &["cargo-test: cargo test --workspace", "npm-test: npm run test", "make-test: make test"],
    },
    Case {
        name: "a script that cannot fail is no check",
        files: &[(
            "package.json",
            r#"{"scripts":{"test":"sh -c true","lint":"eslint . || true","build":"tsc","smoke":"npm run test"}}"#,
        )],
        expected: &["npm-build: npm run build"],
    },
    Case {
        name: "nor is a target, however it is included",
        files: &[("Makefile", "include a.mk\ncheck:\n\t./c\nsmoke:\n\t@echo ok\n"), ("a.mk", "test:\n\t-./t\n")],
        expected: &["make-check: make check"],
    },
    Case {
        name: "nor one that is there already",
        files: &[("Makefile", "test:\n\t./t\ncheck:\n\t./c\n"), ("test/a", "")],
        expected: &["make-check: make check"],
    },
    Case {
        name: "what a person says may be anything",
        files: &[(".mission/config.yaml", "checks:\n  - { name: none, run: 'true' }\n")],
        expected: &["none: true"],
    },
    Case { name: "a folder is no file", files: &[("Cargo.toml/x", ""), ("go.mod/x", "")], expected: &[] },
    Case {
        name: "the configuration wins",
        files: &[("Cargo.toml", ""), (".mission/config.yaml", "checks:\n  - { name: All tests, run: ./all }\n")],
        expected: &["all-tests: ./all"],
    },
    Case {
        name: "a configuration without checks",
        files: &[("go.mod", ""), (".mission/config.yaml", "# nothing\n")],
        expected: &["go-build: go build ./...", "go-test: go test ./..."],
    },
    Case {
        name: "a configuration about something else",
        files: &[("Makefile", "test:\n\t./t\n"), (".mission/config.yaml", "git: { hooks: run }\n")],
        expected: &["make-test: make test"],
    },
];

fn detect(files: &[(&str, &str)], with: Value) -> Result<Value, Failure> {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        write_in(dir.path(), path, text);
    }
    let job = Job {
        root: dir.path(),
        repository: None,
        worktrees: None,
        run: "r1",
        run_dir: dir.path(),
        node: "w:detect",
        attempt: 1,
        first_attempt: 1,
    };
    perform("checks.detect", with, &job)
}

fn lines(value: &Value) -> Vec<String> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    value["checks"].as_array().unwrap().iter().map(|c| format!("{}: {}", text(&c["name"]), text(&c["run"]))).collect()
}

/// What is left out is told, so that whoever brings it can be told of.
#[test]
fn what_cannot_fail_is_listed_apart() {
    let files = [("package.json", r#"{"scripts":{"test":"jest || true"}}"#), ("justfile", "test:\n  @true\n")];
    let value = detect(&files, json!({})).unwrap();
    assert_eq!((&value["found"], &value["checks"]), (&json!(false), &json!([])));
    let hollow: Vec<&str> = value["hollow"].as_array().unwrap().iter().filter_map(|row| row["run"].as_str()).collect();
    assert_eq!(hollow, ["npm run test", "just test"]);
    let notes = value["notes"].to_string();
    assert!(notes.contains("`npm run test` of `package.json` overlooks every fault: it is not used"), "{notes}");
    assert!(notes.contains("`just test` of `justfile` does nothing that could fail"), "{notes}");
}

#[test]
fn files_lead_to_commands() {
    for case in CASES {
        let value = detect(case.files, json!({})).unwrap();
        assert_eq!(lines(&value), case.expected, "{}", case.name);
        assert_eq!(value["found"], json!(!case.expected.is_empty()), "{}", case.name);
        let notes = value["notes"].as_array().unwrap();
        assert_eq!(notes.iter().any(|n| n.as_str().unwrap().starts_with("no command")), case.expected.is_empty());
    }
}

#[test]
fn given_commands_win_over_everything() {
    let files = [("Cargo.toml", ""), (".mission/config.yaml", "checks: [{ name: a, run: b }]")];
    let declared = json!([{ "name": "Unit tests", "run": " ./t " }, { "name": "unit-tests", "run": "./u" }]);
    let value = detect(&files, json!({ "declared": declared, "browser": "./walk" })).unwrap();
    assert_eq!(lines(&value), ["unit-tests: ./t", "unit-tests-2: ./u", "browser: ./walk"]);
    assert!(value["checks"].as_array().unwrap().iter().all(|c| c["source"] == "declared"));
    assert_eq!(value["notes"], json!(["two checks are called `unit-tests`: one is now `unit-tests-2`"]));
}

#[test]
fn a_given_browser_test_replaces_the_one_found_and_stands_beside_the_rest() {
    let files = [("package.json", r#"{"scripts":{"e2e":"x","test":"x"}}"#)];
    let value = detect(&files, json!({ "declared": [], "browser": "./walk" })).unwrap();
    assert_eq!(lines(&value), ["npm-test: npm run test", "browser: ./walk"]);
    let value = detect(&[], json!({ "declared": null, "browser": "./walk" })).unwrap();
    assert_eq!((lines(&value), &value["found"]), (vec!["browser: ./walk".to_owned()], &json!(true)));
    let value = detect(&[], json!({ "browser": null })).unwrap();
    assert_eq!(value["found"], json!(false));
}

#[test]
fn a_configuration_that_is_wrong_is_a_failure_with_its_place() {
    for (text, expected) in [
        ("check: []\n", "check"),
        ("checks:\n  - { name: a }\n", "run"),
        ("checks:\n  - { name: a, run: b, cwd: c }\n", "cwd"),
        ("checks: { a: b }\n", "checks"),
        ("git: { hooks: maybe }\n", "hooks"),
        ("checks: [\n", "config.yaml"),
        ("checks: [{ name: ' ', run: x }]\n", "`checks[0]` needs a `name`"),
        ("checks: [{ name: a, run: '' }]\n", "`checks[0]` needs a `name`"),
        ("worktree: { setup: [ls, ' '] }\n", "`worktree.setup[1]` is empty"),
        ("- a\n", "config.yaml"),
    ] {
        let failure = detect(&[(".mission/config.yaml", text)], json!({})).unwrap_err();
        assert!(
            failure.message.contains("config.yaml") && failure.message.contains(expected),
            "{text:?}: {}",
            failure.message
        );
    }
}

#[test]
fn a_package_that_is_not_json_is_said() {
    let value = detect(&[("package.json", "{")], json!({})).unwrap();
    assert_eq!(value["notes"][0], "`package.json` is not JSON: its scripts are not used");
}

#[test]
fn the_registry_describes_each_action_by_a_valid_schema() {
    let registry = registry();
    let names: Vec<&str> = registry.actions.keys().map(String::as_str).collect();
    let all = [
        "checks.bisect",
        "checks.detect",
        "checks.guard",
        "checks.original",
        "git.backout",
        "git.commit",
        "git.conclude",
        "git.head",
        "git.integrate",
        "git.merge",
    ];
    assert_eq!(names, all);
    for (name, action) in &registry.actions {
        for schema in [&action.with, &action.result] {
            mission_compiler::contract::Contract::compile(schema.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(schema["type"], "object", "{name}");
        }
    }
    let result =
        mission_compiler::contract::Contract::compile(registry.actions["git.integrate"].result.clone()).unwrap();
    result.admit(json!({ "merged": [], "conflicts": [] })).unwrap();
}
