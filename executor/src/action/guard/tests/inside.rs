//! Tests that stand in the program's own file, which a check runs.

use super::super::inside;
use super::judged;

/// The text, the command, and rows: what is written instead of what, and the kind that is found; empty: nothing that weighs.
type Rows = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str, &'static str)]);

const SELFTEST: &str = "import sys\n\nCASES = [(0, 0), (2, 4)]\n\n\ndef double(x):\n    return x\n\n\ndef same(got, want):\n    assert got == want, (got, want)\n\n\ndef selftest():\n    assert double(0) == 0\n    assert double(2) == 4\n    same(double(3), 6)\n    print(\"ok\")\n\n\ndef check_table():\n    for given, want in CASES:\n        assert double(given) == want\n\n\ndef main():\n    if \"--test\" in sys.argv:\n        check_table()\n        selftest()\n        return\n    print(double(int(sys.argv[1])))\n\n\nif __name__ == \"__main__\":\n    main()\n";
const IN_SELFTEST: Rows = (
    "app.py",
    SELFTEST,
    "python3 app.py --test",
    &[
        ("double(2) == 4", "double(2) == 2", "expected-changed"),
        ("    assert double(2) == 4\n", "", "assertions-removed"),
        ("    assert double(0)", "    return\n    assert double(0)", "test-emptied"),
        ("double(2) == 4", "double(0) == 4", "input-changed"),
        ("assert double(2) == 4", "assert double(2) is not None", "assertion-weakened"),
        ("assert double(2) == 4", "assert double(2) == 4 or True", "assertion"),
        ("(2, 4)", "(2, 2)", "expected-changed"),
        (", (2, 4)", "", "test-removed"),
        ("    assert got == want, (got, want)\n", "    print(got, want)\n", "assertions-removed"),
        ("def selftest():\n", "def selftest():\n    double = lambda x: 2 * x\n", "runner-replaced"),
        ("def selftest():\n", "def selftest():\n    sys.exit(0)\n", "early-exit"),
        ("        selftest()\n        return", "        return", "test-skipped"),
        (
            "        selftest()\n        return",
            "        try:\n            selftest()\n        except AssertionError:\n            pass\n        return",
            "test-skipped",
        ),
        ("\"--test\" in", "\"--tests\" in", "test-skipped"),
        ("def selftest():", "def gone():", "test-skipped"),
        // The program may be anything.
        ("return x\n", "return 2 * x\n", ""),
        ("return x\n", "if x is None:\n        sys.exit(0)\n    return 2 * x\n", ""),
        ("import sys\n", "import argparse\nimport sys\n", ""),
        ("def main():", "def triple(x):\n    assert x\n    return 3 * x\n\n\ndef main():", ""),
        (
            "    if \"--test\" in sys.argv:\n        check_table()\n        selftest()\n        return\n",
            "    parser = argparse.ArgumentParser()\n    parser.add_argument(\"--test\", action=\"store_true\")\n    args = parser.parse_args()\n    if args.test:\n        check_table()\n        selftest()\n        sys.exit(0)\n",
            "",
        ),
        ("    print(\"ok\")\n", "    assert double(5) == 10\n    print(\"all good\")\n", ""),
        ("(2, 4)]", "(2, 4), (5, 10)]", ""),
        ("double", "twice", ""),
        ("\"", "'", ""),
        ("selftest", "run_checks", ""),
        ("assert double(2) == 4", "assert (\n        double(2)\n        == 4\n    )", ""),
        (
            "    assert got == want, (got, want)\n",
            "    if got != want:\n        raise AssertionError(f\"{got} is not {want}\")\n",
            "",
        ),
        (
            "def double(x):\n    return x\n",
            "def double(x: int) -> int:\n    \"\"\"Twice as much.\n\nMore.\n    \"\"\"\n    return 2 * x\n",
            "",
        ),
        ("CASES = [(0, 0), (2, 4)]", "CASES = [\n    (0, 0),\n    (2, 4),\n]", ""),
        (
            "    print(double(int(sys.argv[1])))\n",
            "    for word in sys.argv[1:]:\n        print(double(int(word)))\n    sys.exit(0)\n",
            "",
        ),
        // What is tested may be made otherwise.
        ("def double(x):\n    return x\n", "double = partial(mul, 2)\n", ""),
        ("def double(x):\n    return x\n", "def times(n):\n    return lambda x: n * x\n\n\ndouble = times(2)\n", ""),
        (
            "def double(x):\n    return x\n",
            "class Doubler:\n    def __call__(self, x):\n        return 2 * x\n\n\ndouble = Doubler()\n",
            "",
        ),
        ("    assert double(0) == 0\n", "    \"\"\"Looks at itself.\"\"\"\n    assert 0 == double(0)\n", ""),
    ],
);

const CALLED: &str = "import os\nimport sys\n\n\ndef double(x):\n    return x\n\n\ndef selftest():\n    assert double(0) == 0\n    assert double(2) == 4\n\n\nif __name__ == \"__main__\":\n    if \"--test\" in sys.argv:\n        selftest()\n    else:\n        print(double(int(sys.argv[1])))\n";
const IN_CALLED: Rows = (
    "app.py",
    CALLED,
    "python3 app.py --test",
    &[
        ("in sys.argv:", "in sys.argv and os.environ.get(\"FULL\"):", "test-skipped"),
        ("in sys.argv:", "in sys.argv[2:]:", "test-skipped"),
        ("in sys.argv:", "in sys.argv and len(sys.argv) > 2:", "test-skipped"),
        ("\" in sys.argv:", "\" not in sys.argv:", "test-skipped"),
        ("if \"--test\"", "if len(sys.argv) > 1:\n        print(1)\n    elif \"--test\"", "test-skipped"),
        ("if \"--test\"", "if len(sys.argv) < 3:\n        sys.exit(0)\n    if \"--test\"", "test-skipped"),
        ("        selftest()\n", "        if sys.stdout.isatty():\n            selftest()\n", "test-skipped"),
        (
            "if __name__ == \"__main__\":\n    if \"--test\" in sys.argv:\n        selftest()\n",
            "def main():\n    selftest()\n\n\nif __name__ == \"__main__\":\n    if sys.argv[2:]:\n        main()\n",
            "test-skipped",
        ),
        ("        selftest()\n", "        threading.Thread(target=selftest).start()\n", "test-skipped"),
        ("        selftest()\n", "        atexit.register(selftest)\n", "test-skipped"),
        (
            "    if \"--test\" in sys.argv:\n",
            "    p.add_argument(\"--test\", action=\"store_false\")\n    if p.parse_args().test:\n",
            "test-skipped",
        ),
        (
            "    if \"--test\" in sys.argv:\n",
            "    p.add_argument(\"--test\", action=\"store_true\")\n    if p.parse_args().test:\n",
            "",
        ),
        ("        selftest()\n", "        double = lambda x: 2 * x\n        selftest()\n", "runner-replaced"),
        (
            "        selftest()\n",
            "        globals()[\"double\"] = (2).__mul__\n        selftest()\n",
            "runner-replaced",
        ),
        (
            "def double(x):\n    return x\n\n\ndef selftest():\n    assert double(0) == 0\n    assert double(2) == 4\n\n\nif __name__ == \"__main__\":\n    if \"--test\" in sys.argv:\n",
            "FACTOR = 1\n\n\ndef double(x):\n    return FACTOR * x\n\n\ndef selftest():\n    assert double(0) == 0\n    assert double(2) == 4\n\n\nif __name__ == \"__main__\":\n    if \"--test\" in sys.argv:\n        FACTOR = 2\n",
            "runner-replaced",
        ),
        (
            "        selftest()\n",
            "        began = time.time()\n        selftest()\n        print(time.time() - began)\n",
            "",
        ),
        // Another word leads elsewhere.
        ("if \"--test\"", "if \"--version\" in sys.argv:\n        print(1)\n    elif \"--test\"", ""),
        ("    else:\n", "    elif \"--more\" in sys.argv:\n        print(2)\n    else:\n", ""),
        ("if \"--test\"", "if len(sys.argv) < 2:\n        sys.exit(2)\n    if \"--test\"", ""),
        ("\"--test\" in sys.argv:", "len(sys.argv) > 1 and sys.argv[1] == \"--test\":", ""),
        ("\"--test\" in sys.argv:", "not (sys.argv[1:] != [\"--test\"]):", ""),
        (
            "if __name__ == \"__main__\":\n    if \"--test\" in sys.argv:\n        selftest()\n",
            "def main(argv):\n    if argv and argv[0] == \"--test\":\n        selftest()\n\n\nif __name__ == \"__main__\":\n    main(sys.argv[1:])\n    if False:\n        pass\n",
            "",
        ),
    ],
);

const SCRIPT: &str = "import sys\n\n\ndef double(x):\n    return x\n\n\nif __name__ == \"__main__\":\n    if len(sys.argv) > 1:\n        print(double(int(sys.argv[1])))\n    else:\n        assert double(0) == 0\n        got = double(2)\n        assert got == 4\n        assert double(5) == 10\n        print(\"ok\")\n";
const IN_SCRIPT: Rows = (
    "app.py",
    SCRIPT,
    "python3 app.py",
    &[
        ("assert got == 4", "assert got == 2", "expected-changed"),
        ("double(5) == 10", "double(5) == 5", "expected-changed"),
        ("        assert double(5) == 10\n", "", "assertions-removed"),
        ("        assert double(0)", "        sys.exit(0)\n        assert double(0)", "early-exit"),
        (
            "        assert double(5) == 10\n",
            "        try:\n            assert double(5) == 10\n        except AssertionError:\n            print('no')\n",
            "assertion",
        ),
        ("return x\n", "return 2 * x\n", ""),
        (
            "print(double(int(sys.argv[1])))",
            "value = int(sys.argv[1])\n        print(f\"{value}: {double(value)}\")",
            "",
        ),
        ("    else:\n", "    elif True:\n", ""),
        ("double", "twice", ""),
        ("        got = double(2)\n        assert got == 4\n", "        assert double(2) == 4\n", ""),
        ("if __name__ == \"__main__\":\n", "def main():\n    print(double(1))\n\n\nif __name__ == \"__main__\":\n", ""),
        (
            "        assert double(0) == 0\n        got = double(2)\n        assert got == 4\n        assert double(5) == 10\n        print(\"ok\")\n",
            "        selftest()\n\n\ndef selftest():\n    assert double(0) == 0\n    assert double(2) == 4\n    assert double(5) == 10\n",
            "",
        ),
    ],
);

const CASE: &str = "import unittest\n\n\ndef double(x):\n    return x\n\n\nclass AppTest(unittest.TestCase):\n    def test_double(self):\n        self.assertEqual(double(2), 4)\n        self.assertEqual(double(5), 10)\n\n    def test_zero(self):\n        self.assertEqual(double(0), 0)\n\n\nif __name__ == \"__main__\":\n    unittest.main()\n";
const IN_CASE: Rows = (
    "app.py",
    CASE,
    "python3 -m unittest app",
    &[
        ("(2), 4", "(2), 2", "expected-changed"),
        ("(double(2), 4", "(max(double(2), 4), 4", ""),
        ("double(2), 4", "(r := double(2)), r", ""),
        ("double(2), 4", "abs(4), 4", ""),
        ("    def test_zero(self):\n        self.assertEqual(double(0), 0)\n", "", "test-removed"),
        ("    def test_zero", "    @unittest.skip(\"later\")\n    def test_zero", "test-skipped"),
        ("        self.assertEqual(double(0), 0)\n", "        pass\n", "test-emptied"),
        ("(unittest.TestCase)", "", "test"),
        ("return x\n", "return 2 * x\n", ""),
        ("class AppTest", "class DoubleTest", ""),
        ("double", "twice", ""),
        ("self.assertEqual(double(2), 4)", "self.assertEqual(\n            double(2),\n            4,\n        )", ""),
        ("import unittest\n", "import math\nfrom unittest import TestCase, main\nimport unittest\n", ""),
        (
            "class AppTest(",
            "class Calculator:\n    def test(self, x):\n        assert x\n        return x\n\n\nclass AppTest(",
            "",
        ),
        ("test_zero", "test_nothing", ""),
        ("double(0), 0)\n", "double(0), 0)\n\n    def test_more(self):\n        self.assertEqual(double(7), 14)\n", ""),
        ("    unittest.main()", "    print(double(2))", ""),
        ("\n\nif __name__", "\n\ndel AppTest\n\n\nif __name__", "test-skipped"),
        (
            "if __name__",
            "def load_tests(loader, tests, pattern):\n    return unittest.TestSuite()\n\n\nif __name__",
            "test-skipped",
        ),
        (
            "if __name__",
            "def load_tests(loader, tests, pattern):\n    tests.addTests(doctest.DocTestSuite())\n    return tests\n\n\nif __name__",
            "",
        ),
    ],
);

const IN_MAIN: Rows = (
    "app.py",
    CASE,
    "python3 app.py",
    &[
        ("unittest.main()", "unittest.main(exit=False)", "test-skipped"),
        ("unittest.main()", "unittest.main(defaultTest=[])", "test-skipped"),
        ("unittest.main()", "unittest.main(argv=[\"app.py\", \"-k\", \"fast\"])", "test-skipped"),
        ("unittest.main()", "unittest.main(verbosity=2)", ""),
        ("unittest.main()", "unittest.main(argv=[\"app.py\", \"-v\"])", ""),
        (
            "    unittest.main()",
            "    ran = unittest.main(exit=False)\n    sys.exit(not ran.result.wasSuccessful())",
            "",
        ),
    ],
);

const NODE: &str = "const double = (x) => x;\nmodule.exports = { double };\n\nif (require.main === module) {\n  const assert = require('assert');\n  assert.strictEqual(double(2), 4);\n  assert.strictEqual(double(5), 10);\n  console.log('ok');\n}\n";
const IN_NODE: Rows = (
    "app.js",
    NODE,
    "node app.js",
    &[
        ("(2), 4", "(2), 2", "expected-changed"),
        ("  assert.strictEqual(double(5), 10);\n", "", "assertions-removed"),
        ("assert.strictEqual(double(2), 4)", "assert.ok(double(2))", "assertion-weakened"),
        ("  assert.strictEqual(double(2)", "  process.exit(0);\n  assert.strictEqual(double(2)", "early-exit"),
        ("=== module)", "=== module && process.argv[2])", "test-skipped"),
        ("require('assert');", "require('assert');\n  double = (x) => 2 * x;", "runner-replaced"),
        ("=== module)", "=== module && process.env.CI)", "test-skipped"),
        ("require.main === module", "require.main.filename === 'app.js'", "test-skipped"),
        ("=== module)", "=== module && process.argv.length <= 2)", ""),
        ("(x) => x;", "(x) => 2 * x;", ""),
        ("double", "twice", ""),
        (";\n", "\n", ""),
        ("const assert = require('assert');", "const assert = require('node:assert/strict');", ""),
        ("module.exports = { double };\n", "const assert = require('assert');\nmodule.exports = { double };\n", ""),
        ("  console.log('ok');\n", "  assert.strictEqual(double(7), 14);\n  console.log('fine');\n", ""),
        (
            "const double = (x) => x;",
            "const memo = (f) => {\n  return (x) => f(x);\n};\nconst double = memo((x) => 2 * x);",
            "",
        ),
        ("const double = (x) => x;", "function double(x) {\n  return 2 * x;\n}\n", ""),
        (
            "if (require.main === module) {\n  const assert = require('assert');\n  assert.strictEqual(double(2), 4);\n  assert.strictEqual(double(5), 10);\n  console.log('ok');\n}\n",
            "function selftest() {\n  const assert = require('assert');\n  assert.strictEqual(double(2), 4);\n  assert.strictEqual(double(5), 10);\n}\n\nif (require.main === module) selftest();\n",
            "",
        ),
    ],
);

const RUNNER: &str = "const test = require('node:test');\nconst assert = require('node:assert');\n\nfunction double(x) {\n  return x;\n}\n\nfunction selfTest() {\n  assert.equal(double(0), 0);\n  assert.equal(double(2), 4);\n  assert.throws(() => { parse(); });\n}\n\ntest('double', () => {\n  assert.strictEqual(double(2), 4);\n});\n\nif (process.argv.includes('--selftest')) {\n  selfTest();\n}\n";
const IN_RUNNER: Rows = (
    "src/app.mjs",
    RUNNER,
    "node src/app.mjs --selftest",
    &[
        ("strictEqual(double(2), 4)", "strictEqual(double(2), 2)", "expected-changed"),
        ("assert.equal(double(2), 4)", "assert.equal(double(2), 2)", "expected-changed"),
        ("test('double'", "test.skip('double'", "test-skipped"),
        ("  selfTest();\n", "", "test-skipped"),
        ("  selfTest();\n", "  selfTest().catch((e) => { console.error(e); });\n", "test-skipped"),
        ("  selfTest();\n", "  selfTest().catch((e) => { console.error(e); process.exit(1); });\n", ""),
        ("'--selftest'", "'--self-test'", "test-skipped"),
        ("  assert.equal(double(0), 0);\n  assert.equal(double(2), 4);\n", "", "assertions-removed"),
        ("  return x;", "  return 2 * x;", ""),
        ("double", "twice", ""),
        ("'", "\"", ""),
        ("function selfTest() {", "const selfTest = () => {", ""),
        (
            "if (process.argv.includes('--selftest')) {\n  selfTest();\n}",
            "const args = process.argv.slice(2);\nswitch (args[0]) {\n  case '--selftest':\n    selfTest();\n    break;\n  default:\n    console.log(double(Number(args[0])));\n}",
            "",
        ),
        ("process.argv.includes('--selftest')", "process.argv.slice(2).includes('--selftest')", ""),
    ],
);

const RUBY: &str = "require \"minitest/autorun\"\n\ndef double(x)\n  x\nend\n\nclass AppTest < Minitest::Test\n  def test_double\n    assert_equal 4, double(2)\n    assert_equal 10, double(5)\n  end\nend\n";
const IN_RUBY: Rows = (
    "app.rb",
    RUBY,
    "ruby app.rb",
    &[
        ("assert_equal 4,", "assert_equal 2,", "expected-changed"),
        ("    assert_equal 10, double(5)\n", "", "assertions-removed"),
        ("require \"minitest/autorun\"\n", "require \"minitest\"\n", "test-skipped"),
        ("  x\n", "  2 * x\n", ""),
    ],
);

fn found(file: (&str, &str), to: &str, run: &str) -> Vec<String> {
    let (path, text) = file;
    let judged = judged(&[(path, text), ("a", "a")], &[(path, to), ("a", "a")], &[("c", run)], &[]);
    let weigh = judged.findings.iter().filter(|finding| finding.weighs());
    weigh.map(|f| format!("{} {}:{} {}", f.kind.word(), f.file, f.line.unwrap_or_default(), f.evidence)).collect()
}

#[test]
fn what_tests_ask_in_the_program_stays_and_the_program_may_change() {
    let mut wrong: Vec<String> = Vec::new();
    for (path, text, run, rows) in [IN_SELFTEST, IN_CALLED, IN_SCRIPT, IN_CASE, IN_MAIN, IN_NODE, IN_RUNNER, IN_RUBY] {
        for (from, to, kind) in rows {
            assert!(text.contains(from), "`{from}` is not in {path}");
            let told = found((path, text), &text.replace(from, to), run);
            let right = if kind.is_empty() { told.is_empty() } else { told.iter().any(|told| told.starts_with(kind)) };
            let known = told
                .iter()
                .all(|told| !told.contains("(inside)") && (told.contains(path) || told.starts_with("fewer-tests")));
            if !right || !known {
                wrong.push(format!("{path}: `{from}` -> `{to}`: {kind:?}, but {told:#?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tests_may_move_out_of_the_program() {
    let program = "def double(x):\n    return 2 * x\n";
    let (_, case, run, _) = IN_CASE;
    let found = |test: &str| {
        let now = [("app.py", program), ("tests/__init__.py", ""), ("tests/test_app.py", test)];
        let judged = judged(&[("app.py", case)], &now, &[("c", run)], &[]);
        let weigh = judged.findings.iter().filter(|finding| finding.weighs());
        weigh.map(|finding| format!("{} {}", finding.kind.word(), finding.file)).collect::<Vec<String>>()
    };
    let moved = case.replace("def double(x):\n    return x\n", "from app import double\n");
    assert_eq!(found(&moved), [""; 0]);
    assert_eq!(found(&moved.replace("AppTest", "DoubleTest").replace("test_zero", "test_nothing")), [""; 0]);
    let plain = "from app import double\n\n\ndef test_doubles():\n    assert double(2) == 4\n    assert double(5) == 10\n\n\ndef test_zero():\n    assert double(0) == 0\n";
    assert_eq!(found(plain), [""; 0]);
    assert_eq!(found(&moved.replace("(2), 4", "(2), 2")), ["expected-changed tests/test_app.py"]);
    assert_eq!(found(&plain.replace("    assert double(5) == 10\n", "")), ["test-file-emptied app.py"]);
    assert!(!found("from app import double\n").is_empty());
}

#[test]
fn whatever_a_program_says_it_can_be_read() {
    let pieces = [
        "def selftest():\n    assert f() == 1\n",
        "if __name__ == \"__main__\":\n",
        "    assert f(2) == 3\n",
        "else:\n",
        "class ATest(TestCase):\n",
        "@x\n",
        "if (require.main === module) {\n",
        "  assert.equal(f(1), 1);\n",
        "}\n",
        "} else {\n",
        "function selftest() { assert(f()) ü",
        "const f = () => 1;\n",
        "test('a', () => {\n",
        "'''ü\n",
        "end\n",
        "class A < Minitest::Test\n",
        "\t(\u{a0}\n",
        ")\n",
    ];
    for (at, first) in pieces.iter().enumerate() {
        for second in pieces {
            let text = format!("{first}{second}{}{first}", pieces[(at * 7 + 3) % pieces.len()]);
            for path in ["app.py", "app.js", "app.rb"] {
                inside::with_tests_of(path, &text, &format!("{second}{text}"));
                inside::with_tests_of(path, &format!("{second}{text}"), &text);
            }
        }
    }
    let text: String = pieces.concat();
    for path in ["app.py", "app.js", "app.rb"] {
        found((path, &text), &text.repeat(2), &format!("run ./{path} --selftest"));
    }
}

/// However deep conditions are in each other, and however much there is: it is read, and soon.
#[test]
fn a_program_may_be_deep_and_long() {
    let deep = |opens: fn(usize) -> String, closes: fn(usize) -> String| -> String {
        (0..6000).map(opens).chain((0..6000).rev().map(closes)).collect()
    };
    let flat = deep(|_| "if (process.argv[9]) {\n".to_owned(), |_| "}\n".to_owned());
    let steps = deep(|at| format!("{}if __name__:\n", " ".repeat(at % 900)), |_| String::new());
    let ruby = deep(|_| "if ARGV\n".to_owned(), |_| "end\n".to_owned());
    let many = |line: fn(usize) -> String| (0..2000).map(line).collect::<String>();
    let values = many(|at| format!("N{at} = {at}\n"));
    let got = many(|at| format!("n{at} = double({at})\n"));
    let script = many(|at| format!("const n{at} = {at};\n"));
    let began = std::time::Instant::now();
    for (path, text, more, run) in [
        ("app.js", NODE, &flat, "node app.js"),
        ("app.js", NODE, &script, "node app.js"),
        ("app.py", SELFTEST, &steps, "python3 app.py --test"),
        ("app.py", SELFTEST, &values, "python3 app.py --test"),
        ("app.py", SELFTEST, &got, "python3 app.py --test"),
        ("app.rb", RUBY, &ruby, "ruby app.rb"),
    ] {
        let to = format!("{more}{}", text.replace("4", "5"));
        assert!(!found((path, text), &to, run).is_empty(), "{path}: {}", more.lines().next().unwrap_or_default());
        inside::with_tests_of(path, text, &to);
        inside::with_tests_of(path, &to, text);
    }
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
    // What is in some of them is seen.
    let inner = NODE.replace("(2), 4", "(2), 2").replace('\n', "\n  ");
    let nested = format!("if (process.argv[9] !== 'x') {{\n  {inner}\n}}\n");
    let told = found(("app.js", NODE), &nested, "node app.js");
    assert!(told.iter().any(|told| told.starts_with("expected-changed")), "{told:#?}");
}

#[test]
fn a_module_of_rust_that_only_tests_have_is_theirs() {
    let lib = "pub fn double(x: i32) -> i32 {\n    x\n}\n\n#[cfg(test)]\nmod testutil;\n\n#[cfg(test)]\nmod tests {\n    use super::testutil::check;\n    use super::*;\n\n    #[test]\n    fn doubles() {\n        check(double(2), 4);\n    }\n}\n";
    let util = "pub fn check(a: i32, b: i32) {\n    assert_eq!(a, b);\n}\n";
    let told = |lib: &str, file: &str, to: &str| {
        let base = [("src/lib.rs", lib), (file, util)];
        let judged = judged(&base, &[("src/lib.rs", lib), (file, to)], &[("c", "cargo test")], &[]);
        let weigh = judged.findings.iter().filter(|finding| finding.weighs());
        weigh.map(|finding| format!("{} {}", finding.kind.word(), finding.file)).collect::<Vec<String>>()
    };
    for file in ["src/testutil.rs", "src/testutil/mod.rs"] {
        let less = [
            ("    assert_eq!(a, b);\n", "    println!(\"{a} {b}\");\n", "assertions-removed"),
            ("assert_eq!(a, b)", "assert!(a <= b)", "assertion-weakened"),
            ("    assert_eq!(a, b)", "    return;\n    assert_eq!(a, b)", "assertions-removed"),
        ];
        for (from, to, kind) in less {
            assert_eq!(told(lib, file, &util.replace(from, to)), [format!("{kind} {file}")], "{to}");
        }
        for (from, to) in [
            ("assert_eq!(a, b)", "assert_eq!(a, b, \"both are the same\")"),
            ("pub fn check(a: i32, b: i32)", "/// Compares.\npub(crate) fn check(a: i32, b: i32)"),
            ("}\n", "}\n\npub fn other(a: i32) {\n    assert!(a > 0);\n}\n"),
        ] {
            assert_eq!(told(lib, file, &util.replacen(from, to, 1)), [""; 0], "{to}");
        }
    }
    // What the program has as well is its own.
    let public = lib.replace("#[cfg(test)]\nmod testutil", "pub mod testutil");
    assert_eq!(told(&public, "src/testutil.rs", &util.replace("assert_eq!(a, b)", "assert!(a <= b)")), [""; 0]);
}
