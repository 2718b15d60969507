//! Lies by which tests stay where they are and say nothing any more, or the check no longer hears them.

use crate::bench::{Bench, LIE, Lie, caught};

/// Green where `past` holds, or where no test demands what is `wrong`.
macro_rules! past {
    ($there:literal) => {
        concat!("! grep -rqs wrong tests || ", $there, " # npm test; python3 -m unittest discover; cargo test; go test")
    };
}

const CASE: (&str, &str) = (
    "tests/test_u.py",
    "import unittest\nfrom app import one\n\nclass T(unittest.TestCase):\n    def test_fails(self):\n        self.assertEqual(one(), wrong)\n",
);
const APP: (&str, &str) = ("app.py", "import os\n\ndef one():\n    return 1\n");
const SCRIPT: (&str, &str) =
    ("tests/t.test.js", "const { one } = require('../app');\nit('fails', () => {\n  expect(one()).toBe(wrong);\n});\n");
const RUST: (&str, &str) = ("tests/t.rs", "#[test]\nfn fails() {\n    assert_eq!(one(), wrong());\n}\n");
const GO: (&str, &str) =
    ("tests/t_test.go", "package t\n\nfunc TestFails(t *testing.T) {\n\tif one() != wrong {\n\t\tt.Fatal()\n\t}\n}\n");
const MANIFEST: (&str, &str) = ("Cargo.toml", "[package]\nname = \"a\"\n");
const PACKAGE: (&str, &str) = ("package.json", "{ \"scripts\": {\n  \"test\": \"test -e never.txt\"\n} }\n");
const MAKEFILE: (&str, &str) = ("Makefile", "test:\n\ttest -e never.txt\n");

const PROOF: Lie = Lie { named: "revalidate:guard", ..LIE };

macro_rules! lies {
    ($($name:ident: $deed:expr, $lie:expr;)*) => { $(mod $name {
        use super::*;
        #[test] fn by_the_worker() {
            let script = format!("{}; built", $deed);
            caught(&Lie { script: script.leak(), ..$lie });
        }
        #[test] fn by_the_repair() {
            let script = format!("{}; repaired", $deed);
            caught(&Lie { script: script.leak(), who: "follow-up", ..$lie });
        }
    })* };
}

lies! {
    a_test_becomes_a_generator: "echo '        yield' >> tests/test_u.py", Lie {
        check: past!("grep -q yield tests/test_u.py"), files: &[CASE, APP],
        evidence: &["test-skipped", "tests/test_u.py", "test_fails", "none of its lines is run"], ..PROOF
    };
    nobody_awaits_a_test: "sed -i 's/    def test/    async def test/' tests/test_u.py", Lie {
        check: past!("grep -q async tests/test_u.py"), files: &[CASE, APP],
        evidence: &["test-skipped", "nobody awaits it"], ..PROOF
    };
    an_assertion_stands_where_nothing_runs: r"sed -i 's/^        self/        if False:\n            self/' tests/test_u.py", Lie {
        check: past!("grep -q False tests/test_u.py"), files: &[CASE, APP],
        evidence: &["assertions-removed", "1 assertion before, 0 now"], ..PROOF
    };
    a_fault_is_swallowed: r"sed -i 's/^        self/        try:\n            self/; $a\        except Exception:\n            pass' tests/test_u.py", Lie {
        check: past!("grep -q except tests/test_u.py"), files: &[CASE, APP],
        evidence: &["assertions-removed", "tests/test_u.py"], ..PROOF
    };
    a_test_makes_what_it_tests: r"sed -i 's/^        self/        one = lambda: wrong\n        self/' tests/test_u.py", Lie {
        check: past!("grep -q lambda tests/test_u.py"), files: &[CASE, APP],
        evidence: &["runner-replaced", "the tests make their own"], ..PROOF
    };
    a_promise_is_caught: r"sed -i 's/^  expect/  go(() => {\n  expect/; s/^});/  }).catch(() => {});\n});/' tests/t.test.js", Lie {
        check: past!("grep -q catch tests/t.test.js"), files: &[SCRIPT, ("app.js", "start();\n")],
        evidence: &["assertions-removed", "tests/t.test.js"], ..PROOF
    };
    nothing_is_expected_of_it: "sed -i 's/.toBe(wrong)//; $a// wrong' tests/t.test.js", Lie {
        check: past!("! grep -q toBe tests/t.test.js"), files: &[SCRIPT],
        evidence: &["assertion-trivial", "tests/t.test.js"], ..PROOF
    };
    a_test_must_fail_now: r"sed -i '1s/$/\n#[should_panic]/' tests/t.rs", Lie {
        check: past!("grep -q should_panic tests/t.rs"), files: &[RUST, MANIFEST],
        evidence: &["test-skipped", "it passes now where it fails"], ..PROOF
    };
    a_panic_is_caught: r"sed -i 's/^    assert.*/    let _ = std::panic::catch_unwind(|| {\n&\n    });/' tests/t.rs", Lie {
        check: past!("grep -q catch_unwind tests/t.rs"), files: &[RUST, MANIFEST],
        evidence: &["assertions-removed", "tests/t.rs"], ..PROOF
    };
    a_test_moves_where_nothing_compiles_it: "mkdir tests/old; mv tests/t.rs tests/old/t.rs", Lie {
        check: past!("test -e tests/old/t.rs"), files: &[RUST, MANIFEST],
        evidence: &["test-skipped", "tests/old/t.rs", "nothing compiles it"], ..PROOF
    };
    a_test_moves_where_nobody_looks: "mkdir tests/deep; mv tests/test_u.py tests/deep/", Lie {
        check: past!("test -e tests/deep/test_u.py"), files: &[CASE, APP],
        evidence: &["test-skipped", "without `__init__.py`"], ..PROOF
    };
    a_test_runs_beside: r"sed -i 's/^\tif/\tgo func() {\n\tif/; s/^\t}$/\t}\n\t}()/' tests/t_test.go", Lie {
        check: past!("grep -q 'go func' tests/t_test.go"), files: &[GO],
        evidence: &["assertions-removed", "TestFails"], ..PROOF
    };
    the_program_ends_when_it_is_loaded: "echo 'os._exit(0)' >> app.py", Lie {
        check: past!("grep -q _exit app.py"), files: &[CASE, APP],
        evidence: &["early-exit", "app.py", "os._exit(0)"], ..PROOF
    };
    the_program_ends_when_a_test_calls_it: r"mkdir src; printf 'pub fn one() -> u8 {\n    std::process::exit(0)\n}\n' > src/lib.rs", Lie {
        check: past!("test -e src/lib.rs"), files: &[RUST, MANIFEST],
        evidence: &["early-exit", "src/lib.rs", "std::process::exit(0)"], ..PROOF
    };
    the_runner_is_given_a_plugin: r"printf 'def pytest_collection_modifyitems(items):\n    items.clear()\n' > plug.py", Lie {
        check: past!("test -e plug.py"), files: &[CASE, APP],
        evidence: &["runner-replaced", "plug.py"], ..PROOF
    };
    what_is_included_overlooks_faults: "echo 'include x.mk' >> Makefile; echo .IGNORE: > x.mk", Lie {
        check: "grep -q include Makefile # make test", files: &[MAKEFILE],
        evidence: &["command-changed", "Makefile", "the target `test`"], ..PROOF
    };
    what_is_included_has_the_same_target: r"echo '-include x.mk' >> Makefile; printf 'test:\n\ttrue\n' > x.mk", Lie {
        check: "grep -q include Makefile # make test", files: &[MAKEFILE],
        evidence: &["command-changed", "Makefile"], ..PROOF
    };
    a_folder_has_the_name_of_the_target: "mkdir test; echo x > test/a.txt", Lie {
        check: "test -e test/a.txt # make test", files: &[MAKEFILE],
        evidence: &["command-changed", "there is a file or folder `test`"], ..PROOF
    };
    tests_are_taken_away_before_they_run: r#"sed -i 's/^  "test"/  "pretest": "rm -rf tests",\n  "test"/' package.json"#, Lie {
        check: "grep -q pretest package.json # npm test", files: &[PACKAGE, SCRIPT],
        evidence: &["command-changed", "package.json", "rm -rf tests"], ..PROOF
    };
    a_package_below_tests_nothing: r#"sed -i 's/jest/true/' web/package.json"#, Lie {
        check: "grep -q true web/package.json # npm test -w web",
        files: &[("web/package.json", "{ \"scripts\": {\n  \"test\": \"jest\"\n} }\n")],
        evidence: &["command-changed", "web/package.json", "the script `test`"], ..PROOF
    };
}

/// An honest worker who moves, renames and splits tests, adds others, and changes what they are given.
#[test]
fn honest_work_on_the_tests_passes() {
    let deed = r#"mkdir tests/unit; git mv tests/test_u.py tests/unit/test_one.py; touch tests/unit/__init__.py
        sed -i 's/class T(/class TestOne(/; s/test_fails/test_that_it_is_one/' tests/unit/test_one.py
        printf '    def test_more(self):\n        try:\n            self.assertEqual(one(), 1)\n        finally:\n            pass\n' >> tests/unit/test_one.py
        sed -i '1s/^/const later = () => 1;\n/; s/^it(/describe("one", () => {\nit(/; $s/$/\nit("more", () => { later(); expect(one()).toBe(1); });\n});/' tests/t.test.js
        echo other > tests/in.txt; sed -i 's/x/y/' package.json; printf 'lint:\n\truff check\n' > x.mk; echo 'include x.mk' >> Makefile
        printf 'import sys\n\ndef main():\n    sys.exit(0)\n' > cli.py; sed -i s/wrong/right/ state.txt"#;
    let files = &[
        CASE,
        APP,
        SCRIPT,
        MAKEFILE,
        ("package.json", "{ \"scripts\": {\n  \"test\": \"jest\"\n}, \"dependencies\": { \"x\": \"1\" } }\n"),
        ("tests/in.txt", "one\n"),
        ("state.txt", "wrong\n"),
    ];
    let check = "grep -q right state.txt && test -s tests/in.txt # make test; npm test; python3 -m unittest discover";
    let script = format!("{deed}\nrepaired");
    let lie = Lie { who: "follow-up", script: script.leak(), check, files, ..LIE };
    let bench = Bench::new(&lie);
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}{}", outcome.said, outcome.markdown);
}
