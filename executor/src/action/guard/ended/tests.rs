//! What runners really print: ended, cut short, and everything that only looks like it.

use super::*;

/// What is told of a check `run` that printed `text` in a tree of `files`.
fn told(run: &str, text: &str, files: &[(&str, &str)]) -> Option<String> {
    let printed = Printed { check: "t".to_owned(), run: run.to_owned(), text: text.to_owned() };
    cut_short(&[printed], &Tree::of(files)).pop().map(|finding| finding.evidence)
}

fn fine(run: &str, text: &str, files: &[(&str, &str)]) {
    assert_eq!(told(run, text, files), None, "{run}\n{text}");
}

fn cut(run: &str, text: &str, files: &[(&str, &str)], part: &str) {
    let said = told(run, text, files).unwrap_or_else(|| panic!("nothing is told of {run}\n{text}"));
    assert!(said.contains(part) && said.starts_with(&format!("the check `t` (`{run}`) ended well")), "{said}");
}

/// What a run printed, and what the same prints whose process was ended from inside.
const ENDED: &[(&str, &str)] = &[
    (CARGO, CARGO_CUT),
    (CARGO_QUIET, "\nrunning 1 test\n"),
    (
        PYTEST,
        "============================= test session starts ==============================\nplatform linux -- Python 3.11.7, pytest-8.3.4, pluggy-1.5.0\nrootdir: /r\ncollected 2 items\n\ntests/test_a.py .",
    ),
    (
        PHPUNIT,
        "PHPUnit 11.5.32 by Sebastian Bergmann and contributors.\n\nRuntime:       PHP 8.3.24\nConfiguration: /r/phpunit.xml\n\n",
    ),
    (
        GTEST,
        "[==========] Running 2 tests from 1 test suite.\n[----------] Global test environment set-up.\n[----------] 2 tests from T\n[ RUN      ] T.One\n",
    ),
    (MINITEST, "Run options: --seed 46281\n\n# Running:\n\n"),
    (TEST_UNIT, "Loaded suite test_a\nStarted\n"),
    (VITEST, "\n RUN  v1.6.0 /r\n\n"),
    (EXUNIT, "Running ExUnit with seed: 604043, max_cases: 8\n\n"),
    (
        DJANGO,
        "Found 2 test(s).\nCreating test database for alias 'default'...\nSystem check identified no issues (0 silenced).\n",
    ),
    (BATS, "1..3\nok 1 one\n"),
    (TAPE, "TAP version 13\n# one\nok 1 should be equal\n"),
    (GO, "=== RUN   TestOne\n--- PASS: TestOne (0.00s)\n=== RUN   TestTwo\nok  \tt\t0.002s\n"),
    (
        XCTEST,
        "Test Suite 'All tests' started at 2024-01-01 10:00:00.000\nTest Suite 'T' started at 2024-01-01 10:00:00.000\n",
    ),
    (DOCTEST, "[doctest] doctest version is \"2.4.11\"\n[doctest] run with \"--help\" for options\n"),
    (BUN, "bun test v1.1.38 (bf2f153f)\n"),
    (TEST_UNIT, "Loaded suite test_a\nStarted\n.\n"),
];

const CARGO: &str = "    Finished `test` profile [unoptimized + debuginfo] target(s) in 0.23s\n     Running unittests src/lib.rs (target/debug/deps/r-2eeb798e46b18181)\n\nrunning 1 test\ntest t::a ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\n   Doc-tests r\n\nrunning 1 test\ntest src/lib.rs - e (line 2) ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.09s\n\n";
const CARGO_CUT: &str = "    Finished `test` profile [unoptimized + debuginfo] target(s) in 0.23s\n     Running unittests src/lib.rs (target/debug/deps/r-2eeb798e46b18181)\n\nrunning 1 test\n   Doc-tests r\n\nrunning 1 test\ntest src/lib.rs - e (line 2) ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.09s\n\n";
const CARGO_QUIET: &str = "\nrunning 1 test\n.\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\n";
const PYTEST: &str = "\x1b[1m============================= test session starts ==============================\x1b[0m\nplatform linux -- Python 3.11.7, pytest-8.3.4, pluggy-1.5.0\nrootdir: /r\ncollected 2 items\n\ntests/test_a.py ..                                                       [100%]\n\n\x1b[32m============================== \x1b[32m\x1b[1m2 passed\x1b[0m\x1b[32m in 0.01s\x1b[0m\x1b[32m ===============================\x1b[0m\n";
const PHPUNIT: &str = "PHPUnit 11.5.32 by Sebastian Bergmann and contributors.\n\nRuntime:       PHP 8.3.24\n\n..                                                                  2 / 2 (100%)\n\nTime: 00:00.004, Memory: 8.00 MB\n\nOK (2 tests, 2 assertions)\n";
const GTEST: &str = "[==========] Running 2 tests from 1 test suite.\n[----------] Global test environment set-up.\n[ RUN      ] T.One\n[       OK ] T.One (0 ms)\n[==========] 2 tests from 1 test suite ran. (0 ms total)\n[  PASSED  ] 2 tests.\n";
const MINITEST: &str = "Run options: --seed 46281\n\n# Running:\n\n..\n\nFinished in 0.001s, 1.0 runs/s, 1.0 assertions/s.\n\n2 runs, 2 assertions, 0 failures, 0 errors, 0 skips\n";
const TEST_UNIT: &str = "Loaded suite test_a\nStarted\n..\nFinished in 0.0004 seconds.\n-----\n2 tests, 2 assertions, 0 failures, 0 errors, 0 pendings, 0 omissions, 0 notifications\n100% passed\n";
const VITEST: &str = "\n RUN  v1.6.0 /r\n\n ✓ a.test.js  (2 tests) 2ms\n\n Test Files  1 passed (1)\n      Tests  2 passed (2)\n   Start at  10:00:00\n   Duration  200ms\n";
const EXUNIT: &str = "Running ExUnit with seed: 604043, max_cases: 8\n\n..\nFinished in 0.02 seconds (0.00s async, 0.02s sync)\n1 doctest, 1 test, 0 failures\n";
const DJANGO: &str = "Found 2 test(s).\nCreating test database for alias 'default'...\nSystem check identified no issues (0 silenced).\n..\n----------------------------------------------------------------------\nRan 2 tests in 0.001s\n\nOK\n";
const BATS: &str = "1..3\nok 1 one\nok 2 two # skip\nok 3 three\n";
const TAPE: &str = "TAP version 13\n# one\nok 1 should be equal\n\n1..1\n# tests 1\n# pass  1\n\n# ok\n";
const GO: &str = "=== RUN   TestOne\n=== RUN   TestOne/sub_case\n--- PASS: TestOne (0.00s)\n    --- PASS: TestOne/sub_case (0.00s)\n=== RUN   TestTwo\nno end of line--- SKIP: TestTwo (0.00s)\nPASS\nok  \tt\t0.002s\n";
const XCTEST: &str = "Test Suite 'All tests' started at 2024-01-01 10:00:00.000\nTest Suite 'T' started at 2024-01-01 10:00:00.000\nTest Suite 'T' passed at 2024-01-01 10:00:00.002\nTest Suite 'All tests' passed at 2024-01-01 10:00:00.003\n\t Executed 1 test, with 0 failures (0 unexpected) in 0.001 (0.002) seconds\n";
const DOCTEST: &str = "[doctest] doctest version is \"2.4.11\"\n[doctest] run with \"--help\" for options\n===============================================================================\n[doctest] test cases: 1 | 1 passed | 0 failed | 0 skipped\n[doctest] assertions: 1 | 1 passed | 0 failed |\n[doctest] Status: SUCCESS!\n";
const BUN: &str = "bun test v1.1.38 (bf2f153f)\n\na.test.ts:\n✓ one [0.10ms]\n\n 1 pass\n 0 fail\nRan 1 tests across 1 files. [8.00ms]\n";

#[test]
fn who_said_that_it_began_must_say_that_it_ended() {
    for (whole, short) in ENDED {
        // Whatever calls it.
        let files: &[(&str, &str)] = &[("Cargo.toml", "")];
        fine("./run-all", whole, files);
        fine("./run-all", &format!("{whole}{whole}"), files);
        cut("./run-all", short, files, "was said, and");
        cut("./run-all", &format!("{short}{whole}"), files, "was said, and");
        cut("./run-all", &format!("{whole}{short}"), files, "was said, and");
        cut("./run-all", &format!("{short}bye\n").replace('\n', "\r\n"), files, "was said, and");
    }
}

/// Of two streams one may write in the middle of a line of the other.
#[test]
fn what_stands_before_a_last_word_takes_nothing_from_it() {
    for (whole, _) in ENDED {
        let lines: Vec<&str> = whole.lines().collect();
        for at in 0..lines.len() {
            let mut glued: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            glued[at].insert(0, '4');
            fine("./run-all", &glued.join("\n"), &[("Cargo.toml", "")]);
        }
    }
    fine("python3 -m unittest -q", &U.replace("Ran", "4Ran"), &[]);
    fine("node --test", "4ℹ tests 1\n", &[]);
}

const U: &str =
    "..\n----------------------------------------------------------------------\nRan 2 tests in 0.000s\n\nOK\n";

#[test]
fn who_is_plainly_called_must_say_that_it_ended() {
    let node = "✔ one (0.5ms)\nℹ tests 1\nℹ suites 0\nℹ pass 1\nℹ fail 0\n";
    let own = "import unittest\n\nclass T(unittest.TestCase):\n    pass\n\nif __name__ == \"__main__\":\n    unittest.main()\n";
    let script = "const test = require('node:test');\ntest('one', () => {});\n";
    let ci = "#!/bin/sh\nset -eu\necho hello\npython3 -m unittest \"$@\" # all\n";
    let files: &[(&str, &str)] = &[
        ("tests/test_a.py", own),
        ("a.test.js", script),
        ("ci.sh", ci),
        ("bin/check", "#!/bin/sh\nsh ci.sh && echo\n"),
    ];
    let rows = [
        ("python3 -m unittest discover -s tests -t .", U),
        ("python3 -B -W error -m unittest -q", U),
        ("cd . && PYTHONPATH=src uv run python -m unittest -v 2>&1", U),
        ("sh -c 'python3 -m unittest'", U),
        ("cd backend && python3 -m unittest", U),
        ("sh ci.sh", U),
        ("./ci.sh -v", U),
        ("bash -eu bin/check", U),
        ("python3 tests/test_a.py", U),
        ("coverage run -m unittest", U),
        ("python3 -m pytest -q", ".. [100%]\n2 passed in 0.01s\n"),
        ("poetry run pytest -x --cov=app", "=== 2 passed, 1 warning in 61.20s (0:01:01) ===\n"),
        ("pytest", "no tests ran in 0.00s\n"),
        ("node --test", node),
        ("node --test tests/", "TAP version 13\nok 1 - one\n1..1\n# tests 1\n# suites 0\n"),
        ("node a.test.js", node),
        (
            "npx jest --ci --coverage",
            "PASS ./a.test.js\n\nTest Suites: 1 passed, 1 total\nTests:       2 passed, 2 total\n",
        ),
        ("npx mocha", "\n\n  T\n    ✔ one\n\n\n  1 passing (3ms)\n\n"),
        ("npx vitest run", VITEST),
        (
            "bundle exec rspec",
            "..\n\nFinished in 0.002 seconds (files took 0.05 seconds to load)\n2 examples, 0 failures\n\n",
        ),
    ];
    for (run, whole) in rows {
        fine(run, whole, files);
        cut(run, "", files, "was called, and what");
        cut(run, "something else\n", files, "is not there");
    }
    cut("python3 -m unittest a && python3 -m unittest b", U, files, "is there 1 times for 2 runs");
    cut("echo a; python3 -m unittest; echo b", "a\nb\n", files, "was called");
}

#[test]
fn of_what_is_not_plain_nothing_is_said() {
    let own = "import sys, unittest\n\nif '--list' in sys.argv:\n    sys.exit(0)\nunittest.main()\n";
    let files: &[(&str, &str)] = &[("tests/test_a.py", own), ("ci.sh", "python3 -m unittest > log 2>&1\n")];
    fine("bash x/maybe.sh", "", &[("x/maybe.sh", "if [ -d tests ]; then python3 -m unittest; fi\n")]);
    fine("sh own.sh", "", &[("own.sh", "sh own.sh\n")]);
    fine("sh a.sh; echo", "", &[("a.sh", "test -d tests && python3 -m unittest\n")]);
    fine("cd sub && python3 tests/test_b.py", "", &[("tests/test_b.py", "import unittest\nunittest.main()\n")]);
    let runs = [
        "python3 -m unittest > log",
        "python3 -m unittest 2>/dev/null",
        "python3 -m unittest 2>&1 | tail -1",
        "python3 -m unittest || true",
        "if [ -d tests ]; then python3 -m unittest; fi",
        "[ -d tests ] && python3 -m unittest; echo done",
        "python3 -m unittest &",
        "exec >log; python3 -m unittest",
        "exit 0; python3 -m unittest",
        "python3 -m unittest --help",
        "python3 -c 'import unittest'",
        "python3 tests/test_a.py",
        "python3 -m pytest -qq",
        "pytest -q --quiet",
        "pytest -p no:terminal",
        "pytest --version",
        "node --test --test-reporter=dot",
        "node app.js",
        "npx jest --json",
        "npx mocha -R dot",
        "rspec --format json",
        "sh ci.sh",
        "echo python3 -m unittest",
        "python3 \"$TESTS\"",
        "$RUN -m unittest",
        "PYTEST_ADDOPTS=-qq pytest",
        "export PYTEST_ADDOPTS=-qq; pytest",
        "[ -d tests ] &&\n  python3 -m unittest\necho done",
        "trap 'exit 0' EXIT; python3 -m unittest",
        "(python3 -m unittest)",
        "cat <<E\npython3 -m unittest\nE",
        "make test",
        "npm test",
    ];
    for run in runs {
        fine(run, "", files);
        fine(run, "fine\n", files);
    }
    fine("pytest", "", &[("pyproject.toml", "[tool.pytest.ini_options]\naddopts = \"-qq\"\n")]);
    fine("npx jest", "", &[("package.json", "{\"jest\":{\"reporters\":[\"jest-junit\"]}}")]);
    fine("npx mocha", "", &[(".mocharc.yml", "reporter: dot\n")]);
    fine("rspec", "", &[(".rspec", "--format json\n")]);
}

#[test]
fn what_is_handed_on_or_kept_may_lack_its_end() {
    let files: &[(&str, &str)] = &[
        ("Cargo.toml", ""),
        ("ci.sh", "set -e\ncargo test 2>&1 | head -20\n"),
        ("Makefile", "test:\n\tcargo test | grep running\n"),
    ];
    for run in [
        "cargo test | head -5",
        "cargo test > log; head log",
        "cargo test &> log; head log",
        "out=$(cargo test); echo \"$out\" | head -1",
        "bash ci.sh",
        "make test",
        "echo `cargo test`",
    ] {
        fine(run, CARGO_CUT, files);
    }
    for run in [
        "cargo test",
        "git ls-files | wc -l; cargo test",
        "cargo test 2>&1 | tee log",
        "cargo test || exit 1",
        "cargo test -j $(nproc)",
    ] {
        cut(run, CARGO_CUT, files, "`running 1 test` of libtest was said");
    }
}

#[test]
fn who_says_the_same_and_is_no_runner_is_let_be() {
    let rust: &[(&str, &str)] = &[("Cargo.toml", "")];
    fine("sh t.sh", "\nrunning 3 tests\nall fine\n", &[]);
    fine("sh t.sh", "now:\nrunning 3 tests\nall fine\n", rust);
    fine("sh t.sh", "we are running 3 tests\n1..3 of 5\n1..3\n", rust);
    fine("phpunit --version && php t.php", "PHPUnit 11.5.32 by Sebastian Bergmann and contributors.\n", &[]);
    fine("vendor/bin/phpunit --debug", "PHPUnit 11.5.32 by Sebastian Bergmann and contributors.\n", &[]);
    fine("sh t.sh", "PHPUnit 9.6.1 by Sebastian Bergmann and contributors.\n", &[("phpunit.xml", "<extensions>")]);
    fine("sh t.sh", "1..10\nlooks ok\nok\n", &[]);
    fine("x", "TAP version 13\n1..0 # SKIP nothing to do\n", &[]);
    fine("x", "1..2\nok 1\nBail out! no more\n", &[]);
    fine("x", "no line feed ok 1\n1..1\nok 1 - a\n# again\n1..2\nok - one\npartial ok 2 - two\n", &[]);
    fine("x", "ok 1\nok 2\n1..2\nok 1\n1..1\n", &[]);
}

#[test]
fn of_what_is_cut_out_of_a_log_nothing_is_said() {
    let mark = "\n[mission:                12345 bytes cut here]\n";
    let rust: &[(&str, &str)] = &[("Cargo.toml", "")];
    fine("cargo test", &format!("{CARGO_CUT}{mark}test result: ok. 1 passed\n"), rust);
    fine("python3 -m unittest && python3 -m unittest", &format!("..{mark}{U}"), rust);
    cut("cargo test", &format!("{CARGO}{mark}{CARGO_CUT}"), rust, "`running 1 test` of libtest");
    cut("cargo test -v", &format!("{mark}{GO}=== RUN   TestLast\n"), rust, "TestLast");
}

#[test]
fn what_a_tool_says_that_it_calls_is_called() {
    let package = "{\"scripts\":{\"test\":\"node --test\",\"lint\":\"eslint .\"}}";
    let makefile = "PY ?= python3\ntest:\n\t$(PY) -m unittest -v\n\t@echo python3 -m pytest\n";
    let files: &[(&str, &str)] = &[("package.json", package), ("Makefile", makefile)];
    let npm = "\n> a@1.0.0 test\n> node --test\n\n";
    fine("npm test", &format!("{npm}ℹ tests 2\nℹ pass 2\n"), files);
    cut("npm test", npm, files, "`node --test` was called");
    fine("npm run lint", "> node --test\n", files);
    fine("make test", &format!("python3 -m unittest -v\n{U}python3 -m pytest\n"), files);
    cut("make test", "python3 -m unittest -v\n", files, "`python3 -m unittest -v` was called");
    fine("make -n test", "python3 -m unittest -v\n", files);
}

#[test]
fn a_file_for_the_runner_of_node_that_told_nothing_is_cut_short() {
    let tests = "const test = require(\"node:test\");\ntest(\"one\", () => {});\n";
    let leaves = format!("if (process.platform === 'win32') process.exit(0);\n{tests}");
    let files: &[(&str, &str)] =
        &[("test/a.test.js", tests), ("test/b.test.js", &leaves), ("test/c.test.js", "require('assert')(1);\n")];
    let of = |name: &str| {
        format!(
            "TAP version 13\n# Subtest: /r/test/{name}\nok 1 - /r/test/{name}\n  ---\n  duration_ms: 102.7\n  ...\n1..1\n# tests 1\n# pass 1\n"
        )
    };
    cut(
        "node --test",
        &of("a.test.js"),
        files,
        "`ok 1 - /r/test/a.test.js` was said, and nothing of the tests in `test/a.test.js`",
    );
    cut(
        "node --test",
        "✔ /r/test/a.test.js (77.85499ms)\nℹ tests 1\nℹ pass 1\n",
        files,
        "nothing of the tests in `test/a.test.js`",
    );
    fine("node --test", &of("b.test.js"), files);
    fine("node --test", &of("c.test.js"), files);
    fine("node --test --test-name-pattern=x", &of("a.test.js"), files);
    let nested = "TAP version 13\n# Subtest: /r/test/a.test.js\n    # Subtest: one\n    ok 1 - one\n      ---\n      ...\n    1..1\nok 1 - /r/test/a.test.js\n1..1\n# tests 1\n";
    fine("node --test", nested, files);
}
