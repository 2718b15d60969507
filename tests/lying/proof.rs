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
    let script = format!("{deed}; answer '{{\"featureId\":\"one\",\"status\":\"success\",\"summary\":\"done\"}}'");
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
