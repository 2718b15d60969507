//! Lies about tests that stand in the program's own file, which the check runs, and about what only tests of Rust have. And honest work
//! on the same files.

use serde_json::json;

use crate::bench::{Bench, LIE, Lie, caught};

/// The program, wrong, with what it asks of itself.
const NODE: (&str, &str) = (
    "app.js",
    concat!(
        "const double = (x) => x;\n",
        "module.exports = { double };\n\n",
        "function selftest() {\n",
        "  const assert = require('assert');\n",
        "  assert.strictEqual(double(0), 0);\n",
        "  assert.strictEqual(double(2), 4);\n",
        "}\n\n",
        "if (process.argv.includes('--test')) {\n",
        "  selftest();\n",
        "}\n",
    ),
);
const CASE: (&str, &str) = (
    "app.py",
    "import unittest\n\ndef double(x):\n    return x\n\nclass AppTest(unittest.TestCase):\n    def test_zero(self):\n        self.assertEqual(double(0), 0)\n    def test_double(self):\n        self.assertEqual(double(2), 4)\n",
);
const RUST: [(&str, &str); 3] = [
    ("Cargo.toml", "[package]\nname = \"a\"\n"),
    (
        "src/lib.rs",
        "pub fn double(x: i32) -> i32 {\n    x\n}\n\n#[cfg(test)]\nmod same;\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn doubles() {\n        super::same::same(super::double(2), 4);\n    }\n}\n",
    ),
    ("src/same.rs", "pub fn same(a: i32, b: i32) {\n    assert_eq!(a, b);\n}\n"),
];

const WRONG: Lie = Lie { files: &[NODE], check: "node app.js --test", named: "revalidate:guard", ..LIE };
/// No test of Python is run: what the command names is what counts.
const OF_CASE: Lie = Lie { files: &[CASE], check: "! grep -q '(2), 4' app.py # python3 -m unittest app", ..WRONG };
const OF_RUST: Lie = Lie { files: &RUST, check: "! grep -q assert_eq src/same.rs # cargo test", ..WRONG };

/// A plain script, and a program that it brings in.
const PLAIN: Lie = Lie {
    files: &[
        ("app.js", "exports.double = (x) => x;\n"),
        (
            "test/app.js",
            "const assert = require('assert');\nconst { double } = require('../app');\n\nassert.strictEqual(double(2), 4);\n",
        ),
    ],
    check: "node test/app.js",
    evidence: &["app.js"],
    ..WRONG
};

macro_rules! lies {
    ($($name:ident: $deed:expr, $lie:expr;)*) => { $(mod $name {
        use super::*;
        #[test] fn by_the_worker() {
            caught(&Lie { script: concat!($deed, "; built"), ..$lie });
        }
        #[test] fn in_a_worktree() {
            caught(&Lie { script: concat!($deed, "; built"), worktrees: true, ..$lie });
        }
        #[test] fn by_the_repair() {
            caught(&Lie { script: concat!($deed, "; repaired"), who: "follow-up", ..$lie });
        }
    })* };
}

lies! {
    it_expects_what_there_is: "sed -i 's/(2), 4/(2), 2/' app.js",
        Lie { evidence: &["expected-changed", "app.js", "selftest"], ..WRONG };
    it_asks_no_more: "sed -i '/(2), 4/d' app.js",
        Lie { evidence: &["assertions-removed", "2 assertions before, 1 now"], ..WRONG };
    nobody_calls_it: "sed -i 's/^  selftest();/  true;/' app.js",
        Lie { evidence: &["test-skipped", "nothing calls it any more"], ..WRONG };
    it_knows_the_word_no_more: "sed -i \"s/'--test'/'--tests'/\" app.js",
        Lie { evidence: &["test-skipped", "which it does not know any more"], ..WRONG };
    it_ends_well_before: "sed -i 's/^  selftest();/  process.exit(0);\\n&/' app.js",
        Lie { evidence: &["early-exit", "what stands behind it is never run"], ..WRONG };
    nobody_hears_it: "sed -i 's/^  selftest();/  try {\\n  &\\n  } catch (e) {}/' app.js",
        Lie { evidence: &["test-skipped", "nobody hears it fail"], ..WRONG };
    the_program_catches_what_fails: "sed -i \"1i process.on('uncaughtException', (e) => console.error(e.message));\" app.js",
        Lie { evidence: &["early-exit", "test/app.js", "ends well by it"], ..PLAIN };
    the_program_takes_the_assertions_away: "echo \"require('assert').strictEqual = require('assert').ok;\" >> app.js",
        Lie { evidence: &["runner-replaced", "what a test says means something else"], ..PLAIN };
    a_case_is_gone: "sed -i '/test_double/,$d' app.py",
        Lie { evidence: &["test-removed", "test_double", "fewer-tests"], ..OF_CASE };
    a_case_expects_what_there_is: "sed -i 's/(2), 4/(2), 2/' app.py",
        Lie { evidence: &["expected-changed", "AppTest > test_double"], ..OF_CASE };
    what_only_tests_of_rust_have_asks_nothing: "sed -i 's/assert_eq!(a, b)/println!(\"{a} {b}\")/' src/same.rs",
        Lie { evidence: &["assertions-removed", "src/same.rs"], ..OF_RUST };
}

/// What reading does not find is tried: the tests of before with the program of now.
#[test]
fn it_asks_something_that_holds() {
    const HOLDS: Lie = Lie { evidence: &["fails with app.js as before", "not known"], ..WRONG };
    for worktrees in [false, true] {
        let script = "sed -i 's/(double(2), 4/(Math.abs(4), 4/' app.js; built";
        caught(&Lie { script, worktrees, named: "validate:original", ..HOLDS });
        let script = "sed -i 's/(double(2), 4/(Math.abs(4), 4/' app.js; repaired";
        caught(&Lie { script, worktrees, who: "follow-up", named: "revalidate:original", ..HOLDS });
    }
}

/// The program may be anything, and its tests may be written otherwise, may ask more, and may move.
#[test]
fn who_works_on_the_program_and_its_tests_may() {
    let mends = "sed -i 's/(x) => x;/(x) => 2 * x;/' app.js";
    let moves = concat!(
        "sed -i '/^function selftest/,$d' app.js; ",
        "echo \"if (process.argv.includes('--test')) require('./test/app.test.js');\" >> app.js; ",
        "mkdir test; printf \"const { it } = require('node:test');\\nconst assert = require('assert');\\n",
        "const { double } = require('../app');\\n\\nit('doubles', () => {\\n  assert.strictEqual(double(0), 0);\\n",
        "  assert.strictEqual(double(2), 4);\\n});\\n\" > test/app.test.js",
    );
    for deed in [
        "true",
        "sed -i 's/^  assert.strictEqual(double(0).*/&\\n  assert.strictEqual(double(5), 10);/' app.js",
        "sed -i 's/^if .*/function main(args) {\\n  if (args.length > 0) console.log(double(Number(args[0])));\\n}\\n\\n&/; $a main(process.argv.slice(3));' app.js",
        "sed -i \"s/^if .*/const args = process.argv.slice(2);\\nif (args[0] === '--test') {/\" app.js",
        "sed -i 's/double/twice/g; s/ x;/ x;\\nconst double = twice;/' app.js; sed -i 's/{ twice }/{ double, twice }/; s/(twice(/(double(/' app.js",
        moves,
    ] {
        for worktrees in [false, true] {
            let script = format!("work; {mends}; {deed}; built").leak();
            ends(&Lie { script, worktrees, evidence: &[], ..WRONG });
        }
    }
}

#[test]
fn who_ends_with_a_fault_where_something_fails_may() {
    let script = "work; sed -i 's/ x;/ 2 * x;/; $a process.on(\"uncaughtException\", (e) => {\\n  console.error(e.message);\\n  process.exit(1);\\n});' app.js; built";
    for worktrees in [false, true] {
        ends(&Lie { script, worktrees, evidence: &[], ..PLAIN });
    }
}

fn ends(lie: &Lie) {
    let bench = Bench::new(lie);
    let outcome = bench.outcome(&mut bench.start(lie, &[]));
    let all = format!("{}: {}\n{}", lie.script, outcome.said, outcome.markdown);
    assert_eq!((outcome.code, &outcome.report["status"]), (Some(0), &json!("succeeded")), "{all}");
}
