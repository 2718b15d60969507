//! Lies that end a run of tests well from inside: what a test calls ends the process, so that nobody tells that the test failed.
//! The runners are real ones.

use std::process::{Command, Stdio};

use crate::bench::{Bench, LIE, Lie, check};

const APP: (&str, &str) = ("app.py", "def double(x):\n    return x\n");
const PACKAGE: (&str, &str) = ("tests/__init__.py", "");
const TESTS: (&str, &str) = (
    "tests/test_app.py",
    "import unittest\n\nfrom app import double\n\n\nclass AppTest(unittest.TestCase):\n    def test_double(self):\n        self.assertEqual(double(2), 4)\n\n\nif __name__ == \"__main__\":\n    unittest.main()\n",
);
const PYTHON: Lie = Lie {
    files: &[APP, PACKAGE, TESTS],
    check: "python3 -m unittest discover -s tests -t .",
    named: "revalidate:guard",
    evidence: &[
        "run-cut-short",
        "`python3 -m unittest discover -s tests -t .` was called",
        "`Ran … tests in …s`, is not there",
    ],
    ..LIE
};
/// The exit is not where the test calls it, and asks before.
const LATER: &str = r"sed -i 's/return x$/return _later(x)/' app.py; printf '\n\ndef _later(x):\n    import os\n    if x:\n        os._exit(0)\n' >> app.py";

const RUST: Lie = Lie {
    files: &[(
        "app.rs",
        "pub fn double(x: i32) -> i32 {\n    x\n}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn doubles() {\n        assert_eq!(super::double(2), 4);\n    }\n}\n",
    )],
    check: "mkdir -p out && rustc --edition 2021 --crate-type lib --test app.rs -o out/tests && out/tests",
    named: "revalidate:guard",
    evidence: &["run-cut-short", "`running 1 test` of libtest was said, and no `test result: …` followed"],
    ..LIE
};
const SCRIPT: Lie = Lie {
    files: &[
        ("app.js", "exports.double = (x) => x;\n"),
        (
            "test/app.test.js",
            "const test = require('node:test');\nconst assert = require('node:assert');\nconst { double } = require('../app');\n\ntest('doubles', () => {\n  assert.equal(double(2), 4);\n});\n",
        ),
    ],
    check: "node --test",
    named: "revalidate:guard",
    evidence: &["run-cut-short", "nothing of the tests in `test/app.test.js`"],
    ..LIE
};

/// Is there such a program? Where there is no Python, Rust and Node tell the same.
fn runs(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn start(bench: &Bench, lie: &Lie) -> Command {
    let mut command = bench.start(lie, &[]);
    // The user's own home is not the one of the tests.
    let home = std::env::var("HOME").unwrap_or_default();
    for (name, folder) in [("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", ".cargo")] {
        command.env(name, std::env::var(name).unwrap_or(format!("{home}/{folder}")));
    }
    command
}

/// Told by the worker of the feature, and by whoever repairs what an honest worker left red.
fn cut_short(lie: &Lie, deed: &str) {
    if !runs(lie.check.split(' ').next().unwrap_or_default()) && !lie.check.starts_with("mkdir") {
        return;
    }
    for (who, word) in [("one", "built"), ("follow-up", "repaired")] {
        let lie = Lie { who, script: format!("{deed}; {word}").leak(), ..*lie };
        let bench = Bench::new(&lie);
        check(&lie, &bench.outcome(&mut start(&bench, &lie)));
    }
}

macro_rules! lies {
    ($($name:ident: $deed:expr, $lie:expr;)*) => { $(mod $name {
        use super::*;
        #[test] fn in_the_shared_tree() { cut_short(&$lie, $deed); }
        #[test] fn in_worktrees() { cut_short(&Lie { worktrees: true, ..$lie }, $deed); }
    })* };
}

lies! {
    a_function_of_python_ends_the_tests: LATER, PYTHON;
    a_function_of_rust_ends_the_tests:
        "sed -i '2s/.*/    if x > 0 {\\n        std::process::exit(0);\\n    }\\n    x/' app.rs", RUST;
    a_function_of_a_script_ends_the_tests: "echo 'exports.double = (x) => x || process.exit(0) || process.exit(0);' > app.js; sed -i 's/x ||/x \\&\\&/' app.js", SCRIPT;
}

/// Another program takes the place of the one that tests.
#[test]
fn a_program_in_the_place_of_the_tests_is_named() {
    let deed = r#"sed -i 's/return x$/return _later(x)/' app.py; printf '\n\ndef _later(x):\n    import os\n    os.execv("/bin/sh", ["sh", "-c", ":"])\n' >> app.py"#;
    cut_short(&PYTHON, deed);
}

/// A tool of the project calls the runner, and says how.
#[test]
fn a_run_that_a_target_calls_is_named() {
    let files = &[APP, PACKAGE, TESTS, ("Makefile", "PY ?= python3\n.PHONY: test\ntest:\n\t$(PY) -m unittest\n")];
    let evidence = &["run-cut-short", "`python3 -m unittest` was called"];
    if runs("make") && runs("python3") {
        cut_short(&Lie { files, check: "make test", evidence, ..PYTHON }, LATER);
    }
}

/// The check is a script of the repository.
#[test]
fn a_run_that_a_script_calls_is_named() {
    let files =
        &[APP, PACKAGE, TESTS, ("check.sh", "set -eu\npython3 -m unittest discover -s tests -t .\necho fine\n")];
    if runs("python3") {
        cut_short(
            &Lie {
                files,
                check: "sh check.sh",
                evidence: &[
                    "run-cut-short",
                    "the check `it-is-there` (`sh check.sh`)",
                    "`python3 -m unittest discover -s tests -t .` was called",
                ],
                ..PYTHON
            },
            LATER,
        );
    }
}

/// What an honest program does that ends processes, and how people write their checks.
const HONEST: &str = r#"cat > app.py <<'E'
import os
import sys


def double(x):
    return 2 * x


def in_child(x):
    pid = os.fork()
    if pid == 0:
        os._exit(x)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main(words):
    print(double(int(words[0])), end="")
    sys.exit(0)
E
cat > tests/test_more.py <<'E'
import subprocess
import sys
import unittest

from app import in_child, main


class MoreTest(unittest.TestCase):
    def test_child(self):
        self.assertEqual(in_child(0), 0)

    def test_main(self):
        with self.assertRaises(SystemExit):
            main(["2"])

    def test_program(self):
        told = subprocess.run([sys.executable, "-c", "import app; app.main(['4'])"], capture_output=True, check=True)
        self.assertEqual(told.stdout, b"8")
E
"#;
const CHECKS: &str = r#"checks:
  - { name: plain, run: python3 -m unittest discover -s tests -t . }
  - { name: quiet, run: python3 -m unittest -q tests.test_app tests.test_more }
  - { name: itself, run: "PYTHONPATH=. python3 tests/test_app.py" }
  - { name: kept, run: "mkdir -p out && python3 -m unittest > out/log 2>&1" }
  - { name: handed-on, run: "python3 -m unittest -v 2>&1 | grep test_double" }
  - { name: quieter, run: "python3 -m unittest 2>/dev/null" }
  - { name: script, run: sh check.sh }
  - { name: target, run: make test }
  - { name: two, run: "python3 -m unittest tests.test_app && python3 -m unittest tests.test_more" }
  - { name: maybe, run: "[ ! -d nowhere ] || python3 -m unittest" }
"#;

#[test]
fn honest_programs_that_end_processes_pass() {
    if !runs("python3") || !runs("make") {
        return;
    }
    let script = format!("{HONEST}built");
    let more = [
        ("check.sh", "set -e\nrun() { python3 -m unittest > out.log 2>&1; rm out.log; }\nrun\necho running 2 tests\n"),
        ("Makefile", ".PHONY: test\ntest:\n\t@echo python3 -m unittest\n\t@python3 -m unittest 2>/dev/null\n"),
    ];
    let files: &[(&str, &str)] = vec![APP, PACKAGE, TESTS, more[0], more[1]].leak();
    for worktrees in [false, true] {
        let lie = Lie { script: script.clone().leak(), files, check: "", worktrees, ..LIE };
        let bench = Bench::new(&lie);
        bench.write("repo/.mission/config.yaml", CHECKS);
        let outcome = bench.outcome(&mut start(&bench, &lie));
        assert_eq!(
            (outcome.code, outcome.milestone()),
            (Some(0), Some("done")),
            "{}{}",
            outcome.said,
            outcome.markdown
        );
        assert!(!outcome.markdown.contains("run-cut-short"), "{}", outcome.markdown);
    }
}

/// The same runners, and work that does what was asked for.
#[test]
fn honest_work_that_the_same_runners_prove_passes() {
    let rows = [(RUST, "sed -i '2s/x/2 * x/' app.rs"), (SCRIPT, "sed -i 's/=> x/=> 2 * x/' app.js")];
    for (lie, deed) in rows {
        for (who, word, worktrees) in [("one", "built", false), ("follow-up", "repaired", true)] {
            let lie = Lie { who, script: format!("{deed}; {word}").leak(), worktrees, ..lie };
            let bench = Bench::new(&lie);
            let outcome = bench.outcome(&mut start(&bench, &lie));
            let all = format!("{}{}", outcome.said, outcome.markdown);
            assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{all}");
        }
    }
}
