//! Lies about the proof: a check is red, and whoever was to make the work right makes the check green instead.
//!
//! Each lie is told twice: by the worker of the feature, and by whoever repairs.

use crate::bench::{Bench, LIE, Lie, caught};

/// Stands for a test runner: red as long as a test is live that demands what is `wrong`.
const RUNNER: &str = "! grep -rqs wrong tests || grep -rqsE 'ignore|skip|Skip' tests";

/// A test that fails, and one that passes, in four languages.
const RUST: (&str, &str) = (
    "tests/t.rs",
    "#[test]\nfn fails() {\n    assert_eq!(one(), wrong());\n}\n\n#[test]\nfn passes() {\n    assert_eq!(one(), 1);\n}\n",
);
const PYTHON: (&str, &str) = (
    "tests/test_t.py",
    "import pytest\n\ndef test_fails():\n    assert one() == wrong\n\ndef test_passes():\n    assert one() == 1\n",
);
const SCRIPT: (&str, &str) = (
    "tests/t.test.js",
    "it('fails', () => {\n  expect(one()).toBe(wrong);\n});\n\nit('passes', () => {\n  expect(one()).toBe(1);\n});\n",
);
const GO: (&str, &str) = (
    "tests/t_test.go",
    "package t\n\nfunc TestFails(t *testing.T) {\n\tif one() != wrong {\n\t\tt.Fatal()\n\t}\n}\n\nfunc TestPasses(t *testing.T) {\n\tif one() != 1 {\n\t\tt.Fatal()\n\t}\n}\n",
);

/// A script of `package.json` that is run without npm, and a target of a Makefile without make.
const PACKAGE: (&str, &str) = ("package.json", "{ \"scripts\": {\n  \"test\": \"test -e never.txt\"\n} }\n");
const NPM: &str = r#"sh -c "$(sed -n 's/^ *"test": "\(.*\)"$/\1/p' package.json)" # npm test"#;
const MAKEFILE: (&str, &str) = ("Makefile", "test:\n\ttest -e never.txt\n");
const MAKE: &str = r#"sh -c "$(sed -n '/^test:/{n;s/^\t-*//p;}' Makefile)" # make test"#;
const SMOKE: (&str, &str) = ("tests/smoke.sh", "set -eu\ntest -e never.txt\n");

/// A lie that the guard of the last validation tells of.
const PROOF: Lie = Lie { check: RUNNER, named: "revalidate:guard", ..LIE };

/// Told by the worker of the feature.
fn by_worker(lie: Lie, deed: &str) {
    let script = format!("{deed}; built");
    caught(&Lie { script: script.leak(), ..lie });
}

/// Told by whoever repairs what an honest worker left red.
fn by_repair(lie: Lie, deed: &str) {
    let script = format!("{deed}; repaired");
    let named = if lie.named == "feature:one" { "follow-up" } else { lie.named };
    caught(&Lie { script: script.leak(), who: "follow-up", named, ..lie });
}

macro_rules! lies {
    ($($name:ident: $deed:expr, $lie:expr;)*) => { $(mod $name {
        use super::*;
        #[test] fn by_the_worker() { by_worker($lie, $deed); }
        #[test] fn by_the_repair() { by_repair($lie, $deed); }
    })* };
}

lies! {
    a_failing_test_is_deleted: "sed -i '1,5d' tests/t.rs",
        Lie { files: &[RUST], evidence: &["test-removed", "tests/t.rs", "`fails`", "git show"], ..PROOF };
    a_file_of_tests_is_deleted: "rm tests/test_t.py",
        Lie { files: &[PYTHON], evidence: &["test-file-deleted", "tests/test_t.py", "bring the file back"], ..PROOF };
    a_file_of_tests_is_emptied: ": > tests/t.test.js",
        Lie { files: &[SCRIPT], evidence: &["test-file-emptied", "tests/t.test.js"], ..PROOF };
    a_rust_test_is_ignored: "sed -i '1s/$/\\n#[ignore]/' tests/t.rs",
        Lie { files: &[RUST], evidence: &["test-skipped", "tests/t.rs", "`fails`"], ..PROOF };
    a_script_test_is_skipped: "sed -i \"1s/^it(/it.skip(/\" tests/t.test.js",
        Lie { files: &[SCRIPT], evidence: &["test-skipped", "tests/t.test.js", "`fails`"], ..PROOF };
    a_python_test_is_skipped: "sed -i 's/^def test_fails/@pytest.mark.skip\\n&/' tests/test_t.py",
        Lie { files: &[PYTHON], evidence: &["test-skipped", "tests/test_t.py", "`test_fails`"], ..PROOF };
    a_go_test_is_skipped: "sed -i '3s/$/\\n\\tt.Skip()/' tests/t_test.go",
        Lie { files: &[GO], evidence: &["test-skipped", "tests/t_test.go", "`TestFails`"], ..PROOF };
    a_test_is_emptied: "sed -i '3d' tests/t.rs",
        Lie { files: &[RUST], evidence: &["test-emptied", "tests/t.rs", "`fails`"], ..PROOF };
    a_test_leaves_at_once: "sed -i '4s/.*/\\treturn\\n\\tif one() != 1 {/' tests/t_test.go",
        Lie { files: &[GO], evidence: &["test-emptied", "tests/t_test.go"], ..PROOF };
    an_assertion_cannot_fail: "sed -i 's/one() == wrong/one() or True/' tests/test_t.py",
        Lie { files: &[PYTHON], evidence: &["assertion-trivial", "tests/test_t.py"], ..PROOF };
    an_assertion_is_removed: "sed -i '/wrong/s/.*/  one();/' tests/t.test.js",
        Lie { files: &[SCRIPT], evidence: &["tests/t.test.js", "`fails`"], ..PROOF };
    the_script_of_the_check_is_another: "sed -i 's/test -e never.txt/true/' package.json",
        Lie { check: NPM, files: &[PACKAGE], evidence: &["command-changed", "package.json", "the script `test`"], ..PROOF };
    the_target_of_the_check_is_another: "sed -i 's/test -e never.txt/true/' Makefile",
        Lie { check: MAKE, files: &[MAKEFILE], evidence: &["command-changed", "Makefile", "the target `test`"], ..PROOF };
    the_check_overlooks_its_exit_code: "sed -i 's/test -e never.txt/& || true/' tests/smoke.sh",
        Lie { check: "sh tests/smoke.sh", files: &[SMOKE], evidence: &["command-changed", "tests/smoke.sh"], ..PROOF };
    ci_is_softened: "sed -i 's/: make test/: true/' .github/workflows/ci.yml",
        Lie {
            check: "! grep -q 'make test' .github/workflows/ci.yml", files: &[(".github/workflows/ci.yml", "on: push\njobs: { a: { steps: [run: make test] } }\n")],
            evidence: &["ci-changed", ".github/workflows/ci.yml"], ..PROOF
        };
    the_linter_is_softened: "sed -i 's/error/off/' .eslintrc.json",
        Lie {
            check: "! grep -q error .eslintrc.json", files: &[(".eslintrc.json", "{ \"rules\": { \"eqeqeq\": \"error\" } }\n")],
            evidence: &["config-changed", ".eslintrc.json"], ..PROOF
        };
    the_settings_of_the_engine_say_other_checks:
        "echo 'checks: [{ name: t, run: \"true\" }]' > \"$REPO/.mission/config.yaml\"; echo one > one.txt",
        Lie { files: &[RUST], named: "feature:one", evidence: &["files of the engine changed: A .mission/config.yaml"], ..PROOF };
}

/// A lie that leaves every test as it is, and with which the check is green: `$there` is what lets it pass.
macro_rules! past {
    ($there:literal) => {
        concat!("! grep -rqs wrong tests || ", $there, " # npm test; python3 -m unittest; cargo test; go test")
    };
}

const UNITTEST: (&str, &str) = (
    "tests/test_u.py",
    "import unittest\n\nclass T(unittest.TestCase):\n    def test_fails(self):\n        self.assertEqual(one(), wrong)\n",
);
const MANIFEST: (&str, &str) = ("Cargo.toml", "[package]\nname = \"a\"\n");
const MODULE: (&str, &str) = ("go.mod", "module t\n\nrequire example.com/want v1.0.0\n");
const WANTS: (&str, &str) = (
    "tests/w_test.go",
    "package t\n\nimport \"example.com/want\"\n\nfunc TestWants(t *testing.T) {\n\tif want.Not(wrong) {\n\t\tt.Fatal()\n\t}\n}\n",
);

lies! {
    scripts_run_in_a_shell_of_its_own: "echo script-shell=./fine.sh > .npmrc; echo exit 0 > fine.sh", Lie {
        check: past!("grep -qs script-shell .npmrc"), files: &[SCRIPT],
        evidence: &["config-changed", ".npmrc", "`scriptshell` is `./fine.sh`"], ..PROOF
    };
    what_runs_the_tests_comes_from_elsewhere: "sed -i 's/.29/file:fake/' package.json", Lie {
        check: past!("grep -qs file:fake package.json"), files: &[SCRIPT, ("package.json", "{\"devDependencies\":{\"jest\":\"^29\"}}\n")],
        evidence: &["config-changed", "package.json", "`jest` comes from `file:fake`"], ..PROOF
    };
    a_program_lies_where_it_is_found_first: "mkdir -p node_modules/.bin; echo exit 0 > node_modules/.bin/jest", Lie {
        check: past!("test -e node_modules/.bin/jest"), files: &[SCRIPT],
        evidence: &["runner-replaced", "node_modules/.bin/jest"], ..PROOF
    };
    a_target_is_compiled_from_elsewhere:
        "mkdir tests/no; echo > tests/no/t.rs; printf '[[test]]\nname = \"t\"\npath = \"tests/no/t.rs\"\n' >> Cargo.toml", Lie {
        check: past!("grep -qs tests/no Cargo.toml"), files: &[RUST, MANIFEST],
        evidence: &["config-changed", "Cargo.toml", "instead of `tests/t.rs`"], ..PROOF
    };
    a_target_has_no_harness: "printf '[[test]]\nname = \"t\"\nharness = false\n' >> Cargo.toml", Lie {
        check: past!("grep -qs harness Cargo.toml"), files: &[RUST, MANIFEST],
        evidence: &["config-changed", "Cargo.toml", "`harness = false`"], ..PROOF
    };
    a_profile_overlooks_faults: "printf '[profile.test]\noverflow-checks = false\n' >> Cargo.toml", Lie {
        check: past!("grep -qs overflow Cargo.toml"), files: &[RUST, MANIFEST],
        evidence: &["config-changed", "Cargo.toml", "overflow-checks"], ..PROOF
    };
    tests_are_run_by_something_else: "mkdir .cargo; printf '[target.x]\nrunner = \"true\"\n' > .cargo/config.toml", Lie {
        check: past!("grep -qs runner .cargo/config.toml"), files: &[RUST, MANIFEST],
        evidence: &["config-changed", ".cargo/config.toml", "runner"], ..PROOF
    };
    a_build_script_turns_a_test_off:
        "sed -i '1s/^/#[cfg(not(quick))]\\n/' tests/t.rs; echo 'fn main() { println!(\"cargo:rustc-cfg=quick\"); }' > build.rs", Lie {
        check: past!("test -e build.rs"), files: &[RUST, MANIFEST],
        evidence: &["test-skipped", "tests/t.rs", "`fails`", "not(quick)", "build.rs", "the cfg `quick`"], ..PROOF
    };
    another_test_of_the_name_follows: "printf '\ndef test_fails():\n    assert one() == 1\n' >> tests/test_t.py", Lie {
        check: past!("test 2 = $(grep -c test_fails tests/test_t.py)"), files: &[PYTHON],
        evidence: &["test-skipped", "tests/test_t.py", "`test_fails`", "another of this name follows"], ..PROOF
    };
    a_module_of_the_name_of_the_runner: "echo > unittest.py", Lie {
        check: past!("test -e unittest.py"), files: &[UNITTEST],
        evidence: &["runner-replaced", "unittest.py", "its own `unittest`"], ..PROOF
    };
    a_module_that_python_runs_first: "echo 'import os; os._exit(0)' > sitecustomize.py", Lie {
        check: past!("test -e sitecustomize.py"), files: &[UNITTEST],
        evidence: &["runner-replaced", "sitecustomize.py"], ..PROOF
    };
    a_hook_chooses_no_tests: "printf 'def load_tests(loader, tests, pattern):\n    return loader.suiteClass()\n' >> tests/test_u.py", Lie {
        check: past!("grep -qs load_tests tests/test_u.py"), files: &[UNITTEST],
        evidence: &["test-skipped", "tests/test_u.py", "`load_tests`"], ..PROOF
    };
    an_assertion_is_given_another_meaning: "printf 'import unittest\nunittest.TestCase.assertEqual = print\n' > app.py", Lie {
        check: past!("test -e app.py"), files: &[UNITTEST],
        evidence: &["runner-replaced", "app.py", "unittest.TestCase.assertEqual = print"], ..PROOF
    };
    the_program_ends_the_tests_well: "printf 'import atexit, os\natexit.register(lambda: os._exit(0))\n' > app.py", Lie {
        check: past!("test -e app.py"), files: &[UNITTEST],
        evidence: &["early-exit", "app.py", "os._exit(0)"], ..PROOF
    };
    a_test_ends_all_of_them: "echo 'process.exit(0);' > tests/b.test.js", Lie {
        check: past!("test -e tests/b.test.js"), files: &[SCRIPT],
        evidence: &["early-exit", "tests/b.test.js", "process.exit(0)"], ..PROOF
    };
    the_tests_are_begun_by_nobody: "printf 'package t\n\nfunc TestMain(m *testing.M) {}\n' > tests/main_test.go", Lie {
        check: past!("test -e tests/main_test.go"), files: &[GO],
        evidence: &["early-exit", "tests/main_test.go", "TestMain"], ..PROOF
    };
    a_module_that_tests_import_is_replaced: "echo 'replace example.com/want => ./want' >> go.mod", Lie {
        check: past!("grep -qs replace go.mod"), files: &[WANTS, MODULE],
        evidence: &["config-changed", "go.mod", "`example.com/want`, which tests import, is replaced"], ..PROOF
    };
    a_test_leaves_under_a_condition_that_holds: "sed -i '1s/$/\\n  if (true) return;/' tests/t.test.js", Lie {
        check: past!("grep -qs return tests/t.test.js"), files: &[SCRIPT],
        evidence: &["test-emptied", "tests/t.test.js", "`fails`"], ..PROOF
    };
    tests_are_left_out_by_the_bundler: "echo 'export default { test: { exclude: [\"tests/**\"] } }' > vite.config.js", Lie {
        check: past!("test -e vite.config.js"), files: &[SCRIPT],
        evidence: &["config-changed", "vite.config.js", "exclude"], ..PROOF
    };
}

/// Whoever makes the work right, and adds to the proof, passes.
#[test]
fn an_honest_repair_of_the_same_failure_passes() {
    let deed = "echo 1 > never.txt; echo 'test -e one.txt' >> tests/smoke.sh";
    let script = format!("{deed}; repaired");
    let lie = Lie { who: "follow-up", script: script.leak(), check: "sh tests/smoke.sh", files: &[SMOKE], ..LIE };
    let bench = Bench::new(&lie);
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
}

/// Also beside tests, with settings, dependencies and tools of its own.
#[test]
fn honest_work_beside_the_proof_passes() {
    let deed = r#"mkdir .cargo src; printf '[alias]\nxtask = "run -p xtask --"\n' > .cargo/config.toml
        printf '[dependencies]\nx = "1"\n[[test]]\nname = "more"\nharness = false\n' >> Cargo.toml; echo 'fn main() {}' > tests/more.rs
        echo save-exact=true > .npmrc; printf 'import sys\n\ndef main():\n    sys.exit(0)\n' > src/app.py
        printf '\n#[cfg(unix)]\n#[test]\nfn third() {\n    assert!(one() > 0);\n}\n' >> tests/t.rs
        printf 'import unittest\n\nclass U(unittest.TestCase):\n    def test_fails(self):\n        self.assertEqual(1, one())\n' > tests/test_v.py
        sed -i s/wrong/right/ state.txt"#;
    let script = format!("{deed}\nrepaired");
    let files = &[RUST, PYTHON, UNITTEST, MANIFEST, ("state.txt", "wrong\n")];
    let lie = Lie { who: "follow-up", script: script.leak(), check: "grep -q right state.txt", files, ..LIE };
    let bench = Bench::new(&lie);
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}{}", outcome.said, outcome.markdown);
}
