//! Tests that ask less than they did, in every language, and those that only ask it in other words.

use super::judged;

/// A file with tests and the path it has.
type File = (&'static str, &'static str);
/// What is written instead of what, and the kind that is found; empty: nothing that weighs.
type Row = (&'static str, &'static str, &'static str);

const RUST: File = (
    "tests/t.rs",
    "use own::one;\n\n#[test]\nfn a() {\n    assert_eq!(one(), 3);\n}\n\n#[test]\nfn b() {\n    assert!(one() < 10);\n}\n",
);
const PYTHON: File = (
    "tests/test_t.py",
    "import pytest\nfrom app import one\n\ndef test_a():\n    assert one() == 3\n\ndef test_b():\n    with pytest.raises(ValueError, match='bad'):\n        one(-1)\n\ndef test_c():\n    assert one(2) == pytest.approx(2.5, rel=1e-6)\n",
);
const CASE: File = (
    "tests/test_u.py",
    "import unittest\nfrom app import one\n\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(one(), 3)\n\n    def test_b(self):\n        self.assertAlmostEqual(one(2), 2.5, places=7)\n\n    def test_c(self):\n        self.assertRaises(ValueError, one, -1)\n",
);
const SCRIPT: File = (
    "tests/t.test.js",
    "const { one } = require('../app');\n\nit('a', () => {\n  expect(one()).toBe(3);\n});\n\nit('b', () => {\n  expect(() => one(-1)).toThrow('bad');\n  expect(one(2)).toBeCloseTo(2.5, 5);\n});\n",
);
const NODE: File = (
    "test/u.test.mjs",
    "import test from 'node:test';\nimport assert from 'node:assert';\nimport { one } from '../app.mjs';\n\ntest('a', () => {\n  assert.strictEqual(one(), 3);\n});\n",
);
const GO: File = (
    "one_test.go",
    "package one\n\nfunc TestA(t *testing.T) {\n\tif one() != 3 {\n\t\tt.Fatal(\"three\")\n\t}\n}\n\nfunc TestB(t *testing.T) {\n\tgot := two()\n\tassert.Equal(t, 2, got)\n}\n",
);
const JAVA: File = (
    "src/test/java/OneTest.java",
    "class OneTest {\n  @Test\n  void a() {\n    assertEquals(3, one());\n  }\n\n  @Test\n  void b() {\n    assertThrows(IllegalStateException.class, () -> one(-1));\n  }\n\n  @Test\n  void c() {\n    assertThat(names()).containsExactly(\"x\", \"y\");\n  }\n}\n",
);
const SHELL: File = (
    "tests/smoke.sh",
    "set -eu\nout=$(./app)\n[ \"$out\" = three ]\n./app --list | grep -qx one\ndiff want.txt got.txt\n",
);
const RUBY: File =
    ("spec/one_spec.rb", "RSpec.describe One do\n  it 'is three' do\n    expect(one).to eq 3\n  end\nend\n");

fn found(file: File, from: &str, to: &str) -> Vec<String> {
    let (path, text) = file;
    assert!(text.contains(from), "`{from}` is not in {path}");
    let changed = text.replace(from, to);
    let others = [
        ("app.py", "def one(): pass\n"),
        ("app.js", "exports.one = 1\n"),
        ("app.mjs", "export const one = () => 3;\n"),
        ("clock.js", ""),
        ("tests/fakes.py", "def one(): pass\n"),
        ("one.go", "package one\n"),
        ("Cargo.toml", "[package]\nname = \"own\"\n"),
    ];
    let of = |own: &'_ str| -> Vec<(&'static str, String)> {
        let all = others.iter().map(|(path, text)| (*path, (*text).to_owned()));
        all.chain([(path, own.to_owned())]).collect()
    };
    let (base, now) = (of(text), of(&changed));
    let view = |all: &[(&'static str, String)]| -> Vec<(&'static str, &'static str)> {
        all.iter().map(|(path, text)| (*path, &*text.clone().leak())).collect()
    };
    let checks = [("c", "cargo test; python3 -m pytest; npm test; go test ./...")];
    let judged = judged(&view(&base), &view(&now), &checks, &[]);
    let weigh = judged.findings.iter().filter(|finding| finding.weighs());
    weigh.map(|finding| format!("{} {}", finding.kind.word(), finding.evidence)).collect()
}

fn all(file: File, rows: &[Row]) -> Vec<String> {
    let wrong = rows.iter().filter_map(|(from, to, kind)| {
        let found = found(file, from, to);
        let right = if kind.is_empty() { found.is_empty() } else { found.iter().any(|told| told.starts_with(kind)) };
        (!right).then(|| format!("{}: `{from}` -> `{to}`: {kind:?}, but {found:?}", file.0))
    });
    wrong.collect()
}

const OTHER: &str = "expected-changed";
const LESS: &str = "assertion-weakened";
const TRIVIAL: &str = "assertion-trivial";
const REMOVED: &str = "assertions-removed";
const SKIPPED: &str = "test-skipped";
const GONE: &str = "test-removed";

const OF_RUST: &[Row] = &[
    ("assert_eq!(one(), 3)", "assert!(one() > 0)", LESS),
    ("assert_eq!(one(), 3)", "assert!(one() != 4)", LESS),
    ("assert_eq!(one(), 3)", "assert_ne!(one(), 4)", LESS),
    ("assert_eq!(one(), 3)", "debug_assert_eq!(one(), 3)", LESS),
    ("assert_eq!(one(), 3)", "assert!(one() == 3 || one() == 1)", LESS),
    ("assert_eq!(one(), 3)", "assert!(matches!(one(), 1..=9))", LESS),
    ("assert_eq!(one(), 3)", "assert!(one().to_string().len() == 1)", LESS),
    ("assert_eq!(one(), 3)", "assert_eq!(one(), one().clone())", TRIVIAL),
    ("assert_eq!(one(), 3)", "let want = one();\n    assert_eq!(one(), want)", TRIVIAL),
    ("    assert_eq!(one(), 3)", "    if cfg!(not(never)) { return; }\n    assert_eq!(one(), 3)", LESS),
    (
        "    assert_eq!(one(), 3)",
        "    let Ok(_) = std::env::var(\"X\") else { return };\n    assert_eq!(one(), 3)",
        LESS,
    ),
    ("    assert_eq!(one(), 3);", "    if one() == 3 {\n        assert_eq!(one(), 3);\n    }", LESS),
    ("    assert_eq!(one(), 3);", "    for _ in none() {\n        assert_eq!(one(), 3);\n    }", LESS),
    ("    assert_eq!(one(), 3);", "    for _ in Vec::<u8>::new() {\n        assert_eq!(one(), 3);\n    }", REMOVED),
    ("    assert_eq!(one(), 3);", "    if let Some(x) = maybe() {\n        assert_eq!(x, 3);\n    }", LESS),
    ("one() < 10", "one() < 1000", LESS),
    ("assert!(one() < 10)", "assert!(one() < 10 || true)", TRIVIAL),
    ("assert_eq!(one(), 3);", "let _ = || assert_eq!(one(), 3);", REMOVED),
    ("assert_eq!(one(), 3);", "with_env(|| assert_eq!(one(), 3));", ""),
    (
        "assert_eq!(one(), 3);",
        "if std::panic::catch_unwind(|| assert_eq!(one(), 3)).is_err() {\n        eprintln!(\"x\");\n    }",
        REMOVED,
    ),
    ("assert_eq!(one(), 3);", "let _ = std::thread::spawn(|| assert_eq!(one(), 3)).join();", REMOVED),
    ("assert_eq!(one(), 3);", "std::thread::spawn(|| assert_eq!(one(), 3)).join().ok();", REMOVED),
    ("assert_eq!(one(), 3)", "assert_eq!(one(), 3 + (one() - 3))", LESS),
    ("assert_eq!(one(), 3)", "assert_eq!(one() * 0 + 3, 3)", LESS),
    ("assert_eq!(one(), 3)", "assert_eq!(one().max(3), 3)", LESS),
    ("    assert_eq!(one(), 3);", "    for _ in 0..1 {\n        break;\n        assert_eq!(one(), 3);\n    }", LESS),
    (
        "    assert_eq!(one(), 3);",
        "    'out: {\n        if true_enough() {\n            break 'out;\n        }\n        assert_eq!(one(), 3);\n    }",
        LESS,
    ),
    (
        "    assert_eq!(one(), 3);",
        "    match one() {\n        3 => assert_eq!(one(), 3),\n        _ => {}\n    }",
        LESS,
    ),
    ("    assert_eq!(one(), 3);", "    let _x = 1;\n    return;\n    assert_eq!(one(), 3);", REMOVED),
    // The same in other words.
    ("assert_eq!(one(), 3)", "let got = one();\n    assert_eq!(got, 3)", ""),
    ("assert_eq!(one(), 3)", "assert_eq!(3, one(), \"three\")", ""),
    ("assert_eq!(one(), 3)", "assert!(one() == 3)", ""),
    ("assert_eq!(one(), 3)", "assert_eq!(one(), 4)", OTHER),
    ("assert_eq!(one(), 3)", "assert_eq!(one(), Some(\"x\"))", OTHER),
    ("assert_eq!(one(), 3)", "let got = one();\n    assert_eq!(got, 4)", OTHER),
    ("assert_eq!(one(), 3)", "assert_eq!(two(), 3)", ""),
    ("assert_eq!(one(), 3)", "assert_eq!(one_with(4), 3)", ""),
    ("assert_eq!(one(), 3)", "assert_eq!(one(), THREE)", ""),
    (
        "    assert_eq!(one(), 3);",
        "    for (given, want) in [(1, 3)] {\n        assert_eq!(one(), want, \"{given}\");\n    }",
        "",
    ),
    ("    assert_eq!(one(), 3);", "    for _ in 0..5 {\n        assert_eq!(one(), 3);\n    }", ""),
    (
        "    assert_eq!(one(), 3);",
        "    match one() {\n        3 => {}\n        other => panic!(\"{other}\"),\n    }\n    assert_eq!(one(), 3);",
        "",
    ),
    ("assert_eq!(one(), 3)", "assert_eq!(one(true), Kind::NotFound)", ""),
    ("assert_eq!(one(), 3)", "assert_eq!(run(|| one()), 3)", ""),
    ("assert_eq!(one(), 3)", "assert_eq!(one()?, Some::<u8>(3))", ""),
    ("one() < 10", "one() < 5", ""),
    ("fn a() {\n    assert_eq!(one(), 3);", "fn one_is_three() {\n    let got = one();\n    assert_eq!(got, 3);", ""),
    (
        "#[test]\nfn a() {\n    assert_eq!(one(), 3);\n}\n\n#[test]\nfn b() {\n    assert!(one() < 10);\n}\n",
        "#[test]\nfn all() {\n    assert_eq!(one(), 3);\n    assert!(one() < 10);\n}\n",
        "",
    ),
    (
        "#[test]\nfn a() {\n    assert_eq!(one(), 3);\n}\n\n#[test]\nfn b() {\n    assert!(one() < 10);\n}\n",
        "#[test]\nfn all() {\n    assert!(one() < 10);\n    let _ = 3;\n}\n",
        GONE,
    ),
];

const OF_PYTHON: &[Row] = &[
    ("assert one() == 3", "assert (one() == 3, 'it must')", TRIVIAL),
    ("assert one() == 3", "assert one() is not None", LESS),
    ("assert one() == 3", "assert one() in (1, 3)", LESS),
    ("assert one() == 3", "assert one()", LESS),
    ("assert one() == 3", "assert one() >= 0", LESS),
    ("assert one() == 3", "assert isinstance(one(), int)", LESS),
    ("assert one() == 3", "assert one() == 3 or one() == 1", LESS),
    ("assert one() == 3", "assert one() == one.__call__()", TRIVIAL),
    ("assert one() == 3", "assert one() == mock.ANY", TRIVIAL),
    ("assert one() == 3", "assert str(one())[:0] == ''", LESS),
    ("assert one() == 3", "assert one() == 3 if FULL else True", LESS),
    ("    assert one() == 3", "    if os.environ.get('FULL'):\n        assert one() == 3", LESS),
    ("    assert one() == 3", "    if not sys.flags.debug:\n        return\n    assert one() == 3", LESS),
    ("    assert one() == 3", "    for _ in nothing():\n        assert one() == 3", LESS),
    ("    assert one() == 3", "    for _ in list():\n        assert one() == 3", REMOVED),
    ("def test_a():", "@pytest.mark.parametrize('x', [])\ndef test_a(x):", GONE),
    ("def test_a():", "@pytest.mark.parametrize('x', ())\ndef test_a(x):", GONE),
    ("def test_a():", "NONE = []\n@pytest.mark.parametrize('x', NONE)\ndef test_a(x):", GONE),
    ("def test_a():\n    assert one() == 3", "def cases():\n    def test_a():\n        assert one() == 3", SKIPPED),
    ("def test_a():\n    assert one() == 3", "if FULL:\n    def test_a():\n        assert one() == 3", SKIPPED),
    ("def test_a():", "async def test_a():", SKIPPED),
    ("raises(ValueError, match='bad')", "raises(ValueError)", LESS),
    ("raises(ValueError, match='bad')", "raises(Exception)", REMOVED),
    ("rel=1e-6", "rel=1e6", LESS),
    (
        "import pytest\n",
        "import pytest\n\nclass W:\n    def __eq__(self, other):\n        return True\n",
        "runner-replaced",
    ),
    (
        "import pytest\n",
        "import pytest, unittest\ntype.__setattr__(unittest.TestCase, 'run', print)\n",
        "runner-replaced",
    ),
    ("def test_a():", "@mock.patch('app.one', return_value=3)\ndef test_a(one):", "runner-replaced"),
    ("assert one() == 3", "assert all(x == 3 for x in [])", TRIVIAL),
    ("assert one() == 3", "assert all(one() == x for x in wanted())", LESS),
    ("assert one() == 3", "one() == 3", REMOVED),
    ("assert one() == 3", "assert (lambda: one() == 3)", TRIVIAL),
    ("assert one() == 3", "assert 'one() == 3'", TRIVIAL),
    ("    assert one() == 3", "    while True:\n        break\n        assert one() == 3", LESS),
    (
        "    assert one() == 3",
        "    try:\n        assert one() == 3\n    except AssertionError:\n        logging.exception('x')",
        REMOVED,
    ),
    ("    assert one() == 3", "    with contextlib.suppress(BaseException):\n        assert one() == 3", REMOVED),
    ("    assert one() == 3", "    threading.Thread(target=lambda: check(one() == 3)).start()", REMOVED),
    ("from app import one\n", "from app import one as real\none = wrap(real)\n", "runner-replaced"),
    ("from app import one\n", "from tests.fakes import one\n", "runner-replaced"),
    ("def test_a():", "@pytest.fixture\ndef slow():\n    pytest.skip('x')\n\ndef test_a(slow):", SKIPPED),
    ("def test_a():", "@pytest.mark.xfail(strict=False)\ndef test_a():", SKIPPED),
    ("def test_a():", "@pytest.mark.skipif(sys.version_info > (3,), reason='x')\ndef test_a():", SKIPPED),
    ("def test_a():", "def _test_a():", GONE),
    ("def test_a():", "@staticmethod\n@disabled\ndef check_a():", GONE),
    ("def test_a():\n    assert one() == 3", "def test_a(one=lambda: 3):\n    assert one() == 3", "runner-replaced"),
    // The same in other words.
    ("assert one() == 3", "got = one()\n    assert got == 3, 'three'", ""),
    ("assert one() == 3", "assert 3 == one()", ""),
    ("assert one() == 3", "assert (one() == 3), 'it must'", ""),
    ("assert one() == 3", "assert (\n        one()\n        == 3\n    )", ""),
    ("assert one() == 3", "with freeze():\n        assert one() == 3", ""),
    (
        "def test_a():\n    assert one() == 3",
        "@pytest.mark.parametrize('want', [3, 4])\ndef test_a(want):\n    assert one() == want",
        "",
    ),
    ("def test_a():", "@pytest.mark.asyncio\nasync def test_a():", ""),
    ("def test_a():\n    assert one() == 3", "def test_that_it_is_three():\n    got = one()\n    assert got == 3", ""),
    ("def test_a():", "@mock.patch('app.clock', return_value=3)\ndef test_a(clock):", ""),
    ("    assert one() == 3", "    for want in (3,):\n        assert one() == want", ""),
];

const OF_CASE: &[Row] = &[
    ("assertEqual(one(), 3)", "assertIsNotNone(one())", LESS),
    ("assertEqual(one(), 3)", "assertTrue(one())", LESS),
    ("assertEqual(one(), 3)", "assertIn(one(), [1, 2, 3])", LESS),
    ("assertEqual(one(), 3)", "assertNotEqual(one(), 4)", LESS),
    ("assertEqual(one(), 3)", "assertGreater(one(), 0)", LESS),
    ("assertEqual(one(), 3)", "assertEqual(one(), one.__call__())", TRIVIAL),
    ("assertEqual(one(), 3)", "assertEqual(type(one()), int)", LESS),
    ("self.assertEqual(one(), 3)", "self.assertEqual", TRIVIAL),
    ("places=7", "places=0", LESS),
    ("assertRaises(ValueError, one, -1)", "assertRaises(Exception, one, -1)", LESS),
    (
        "        self.assertEqual(one(), 3)",
        "        if not self.full: return\n        self.assertEqual(one(), 3)",
        LESS,
    ),
    ("assertEqual(one(), 3)", "assertTrue(one() == 3)", ""),
    ("assertEqual(one(), 3)", "assertEqual(3, one())", ""),
    ("assertEqual(one(), 3)", "assertEqual(one(), -1)", OTHER),
    ("places=7", "places=9", ""),
    (
        "        self.assertEqual(one(), 3)",
        "        with self.subTest('x'):\n            self.assertEqual(one(), 3)",
        "",
    ),
];

const OF_SCRIPT: &[Row] = &[
    ("expect(one()).toBe(3)", "expect(one()).toBe", TRIVIAL),
    ("expect(one()).toBe(3)", "expect(one()).toBeDefined()", LESS),
    ("expect(one()).toBe(3)", "expect(one()).toBe('x')", OTHER),
    ("expect(one()).toBe(3)", "expect(one()).toBeTruthy()", LESS),
    ("expect(one()).toBe(3)", "expect(one()).not.toBe(4)", LESS),
    ("expect(one()).toBe(3)", "expect(one()).toBeGreaterThan(0)", LESS),
    ("expect(one()).toBe(3)", "expect(typeof one()).toBe('number')", LESS),
    ("expect(one()).toBe(3)", "expect(one()).toBe(one())", TRIVIAL),
    ("expect(one()).toBe(3)", "expect(one()).toBe(one.call(null))", TRIVIAL),
    ("expect(one()).toBe(3)", "expect(one()).toEqual(expect.any(Number))", LESS),
    ("expect(one()).toBe(3)", "expect([1, 3]).toContain(one())", TRIVIAL),
    ("expect(one()).toBe(3)", "expect(one() === 3 || true).toBe(true)", TRIVIAL),
    ("expect(one()).toBe(3)", "process.env.FULL && expect(one()).toBe(3)", LESS),
    ("  expect(one()).toBe(3)", "  if (process.env.FULL) expect(one()).toBe(3)", LESS),
    ("  expect(one()).toBe(3)", "  if (!process.stdout.isTTY) return;\n  expect(one()).toBe(3)", LESS),
    ("  expect(one()).toBe(3);", "  none().forEach(() => {\n    expect(one()).toBe(3);\n  });", LESS),
    ("  expect(one()).toBe(3);", "  [].forEach(() => {\n    expect(one()).toBe(3);\n  });", REMOVED),
    ("it('a', ()", "it.each([])('a', ()", SKIPPED),
    ("it('a', ()", "if (process.env.FULL) it('a', ()", SKIPPED),
    ("it('a', ()", "process.env.FULL && it('a', ()", SKIPPED),
    ("toThrow('bad')", "toThrow()", LESS),
    ("toBeCloseTo(2.5, 5)", "toBeCloseTo(2.5, 0)", LESS),
    (
        "const { one } = require('../app');",
        "const { one } = require('../app');\njest.mock('../app', () => ({ one: () => 3 }));",
        "runner-replaced",
    ),
    ("const { one } = require('../app');", "const { one } = require('../app');\nvi.mock('../app');", "runner-replaced"),
    ("expect(one()).toBe(3)", "expect(() => one()).not.toThrow()", LESS),
    ("expect(one()).toBe(3)", "await expect(one()).resolves", TRIVIAL),
    ("expect(one()).toBe(3)", "expect(one()).to.equal", TRIVIAL),
    ("expect(one()).toBe(3)", "expect(`${one()}`).toMatch(/./)", LESS),
    ("expect(one()).toBe(3)", "expect(one()).toBe(one() || 3)", LESS),
    ("expect(one()).toBe(3)", "expect(Math.sign(one() - 3) <= 1).toBe(true)", LESS),
    ("  expect(one()).toBe(3);", "  Promise.resolve().then(() => {\n    expect(one()).toBe(3);\n  });", REMOVED),
    ("  expect(one()).toBe(3);", "  (async () => {\n    expect(one()).toBe(3);\n  })();", REMOVED),
    ("it('a', () => {", "it('a', () => () => {", REMOVED),
    ("it('a', () => {", "it('a', function* () {", REMOVED),
    ("it('a', () => {", "it('a', { skip: slow }, () => {", SKIPPED),
    ("it('a', () => {", "it.skipIf(slow)('a', () => {", SKIPPED),
    ("it('a', () => {", "it.failing('a', () => {", SKIPPED),
    (
        "  expect(one()).toBe(3)",
        "  switch (process.env.MODE) {\n    case 'full':\n      expect(one()).toBe(3);\n  }",
        LESS,
    ),
    ("  expect(one()).toBe(3)", "  expect.assertions(0);\n  one().then((x) => expect(x).toBe(3))", LESS),
    ("expect(one()).toBe(3)", "const got = one();\n  expect(got).toBe(3)", ""),
    ("expect(one()).toBe(3)", "expect(one()).toStrictEqual(3)", ""),
    ("expect(one()).toBe(3)", "expect(one()).toBe(4)", OTHER),
    ("expect(one()).toBe(3)", "expect(await one()).toBe(3)", ""),
    ("expect(one()).toBe(3)", "expect(one() === 3).toBe(true)", ""),
    ("expect(one()).toBe(3)", "expect(one(true)).toBe(3)", ""),
    ("expect(() => one(-1)).toThrow('bad')", "await expect(one(-1)).rejects.toThrow('bad')", ""),
    ("expect(() => one(-1)).toThrow('bad')", "await expect(one(-1)).rejects.toThrow()", LESS),
    ("it('a', () => {\n  expect(one()).toBe(3)", "it.each([3, 4])('a %i', (want) => {\n  expect(one()).toBe(want)", ""),
    (
        "it('a', () => {\n  expect(one()).toBe(3)",
        "it('is three', async () => {\n  const got = await one();\n  expect(got).toBe(3)",
        "",
    ),
    ("  expect(one()).toBe(3);", "  for (const want of [3]) {\n    expect(one()).toBe(want);\n  }", ""),
    ("const { one } = require('../app');", "const { one } = require('../app');\njest.mock('../clock');", ""),
    ("it('a'", "describe('one', () => {\nit('a'", ""),
];

const OF_NODE: &[Row] = &[
    ("assert.strictEqual(one(), 3)", "assert.ok(one())", LESS),
    ("assert.strictEqual(one(), 3)", "assert.notStrictEqual(one(), 4)", LESS),
    ("assert.strictEqual(one(), 3)", "assert.strictEqual(one(), one())", TRIVIAL),
    ("assert.strictEqual(one(), 3)", "assert.doesNotThrow(() => one())", LESS),
    ("import test from 'node:test';", "import { test } from './helpers.mjs';", "runner-replaced"),
    ("assert.strictEqual(one(), 3)", "assert.deepStrictEqual(one(), 3)", ""),
    ("assert.strictEqual(one(), 3)", "assert.ok(one() === 3)", ""),
];

const OF_GO: &[Row] = &[
    ("one() != 3", "one() == 0", LESS),
    ("one() != 3", "one() < 0", LESS),
    ("one() != 3", "one() != 3 && one() != 1", LESS),
    ("\tif one() != 3", "\tif !testing.Verbose() {\n\t\treturn\n\t}\n\tif one() != 3", LESS),
    (
        "\tif one() != 3 {\n\t\tt.Fatal(\"three\")\n\t}",
        "\tif full {\n\t\tif one() != 3 {\n\t\t\tt.Fatal(\"three\")\n\t\t}\n\t}",
        LESS,
    ),
    ("\tif one() != 3", "\tdefer func() { recover() }()\n\tif one() != 3", REMOVED),
    ("assert.Equal(t, 2, got)", "assert.NotNil(t, got)", LESS),
    ("assert.Equal(t, 2, got)", "assert.Contains(t, []int{1, 2}, got)", LESS),
    ("assert.Equal(t, 2, got)", "assert.Equal(t, got, got)", TRIVIAL),
    ("assert.Equal(t, 2, got)", "assert.Equal(t, two(), got)", TRIVIAL),
    (
        "\tif one() != 3 {\n\t\tt.Fatal(\"three\")\n\t}",
        "\tfor range map[string]int{} {\n\t\tif one() != 3 {\n\t\t\tt.Fatal(\"three\")\n\t\t}\n\t}",
        REMOVED,
    ),
    ("t.Fatal(\"three\")", "t.Skip(\"three\")", SKIPPED),
    ("t.Fatal(\"three\")", "t.Log(\"three\")", REMOVED),
    ("if one() != 3 {", "if one() != 3 && os.Getenv(\"FULL\") != \"\" {", LESS),
    ("func TestA(t *testing.T) {", "func TestA(_ *testing.T) {\n\tt := &testing.T{}", "runner-replaced"),
    ("if one() != 3 {", "if reflect.TypeOf(one()) == nil {", LESS),
    ("if one() != 3 {", "if got := one(); got != 3 {", ""),
    ("assert.Equal(t, 2, got)", "require.Equal(t, 2, got)", ""),
    ("assert.Equal(t, 2, got)", "assert.Equal(t, 2, two())", ""),
    (
        "\tif one() != 3 {\n\t\tt.Fatal(\"three\")\n\t}",
        "\tfor _, want := range []int{3} {\n\t\tif one() != want {\n\t\t\tt.Fatal(\"three\")\n\t\t}\n\t}",
        "",
    ),
    (
        "\tif one() != 3",
        "\tdefer func() {\n\t\tif r := recover(); r != nil {\n\t\t\tt.Fatal(r)\n\t\t}\n\t}()\n\tif one() != 3",
        "",
    ),
];

const OF_JAVA: &[Row] = &[
    ("assertEquals(3, one())", "assertNotNull(one())", LESS),
    ("assertEquals(3, one())", "assertTrue(one() > 0)", LESS),
    ("assertEquals(3, one())", "assertEquals(one(), one())", TRIVIAL),
    (
        "    assertEquals(3, one());",
        "    if (Boolean.getBoolean(\"full\")) {\n      assertEquals(3, one());\n    }",
        LESS,
    ),
    (
        "    assertEquals(3, one());",
        "    if (!Boolean.getBoolean(\"full\")) return;\n    assertEquals(3, one());",
        LESS,
    ),
    ("IllegalStateException.class", "Exception.class", LESS),
    ("containsExactly(\"x\", \"y\")", "isNotNull()", LESS),
    ("assertEquals(3, one())", "assertEquals(3, one(), 5)", LESS),
    ("assertEquals(3, one())", "assertThat(one())", TRIVIAL),
    ("assertEquals(3, one())", "assertDoesNotThrow(() -> one())", LESS),
    (
        "  @Test\n  void a()",
        "  @EnabledIfEnvironmentVariable(named = \"X\", matches = \"y\")\n  @Test\n  void a()",
        SKIPPED,
    ),
    (
        "    assertEquals(3, one());",
        "    try {\n      assertEquals(3, one());\n    } catch (AssertionError e) {\n    }",
        REMOVED,
    ),
    ("assertEquals(3, one())", "assertEquals(3, one(), \"three\")", ""),
    ("assertEquals(3, one())", "assertThat(one()).isEqualTo(3)", ""),
];

const OF_SHELL: &[Row] = &[
    ("[ \"$out\" = three ]", "[ -n \"$out\" ]", LESS),
    ("[ \"$out\" = three ]", "[ \"$out\" != four ]", LESS),
    ("[ \"$out\" = three ]", "[ \"$out\" = \"$(./app)\" ]", TRIVIAL),
    ("[ \"$out\" = three ]", "[ \"$out\" = three ] || true", TRIVIAL),
    ("[ \"$out\" = three ]", "if [ -n \"${FULL:-}\" ]; then\n  [ \"$out\" = three ]\nfi", LESS),
    ("diff want.txt got.txt", "[ -e got.txt ]", LESS),
    ("diff want.txt got.txt", "diff want.txt want.txt", TRIVIAL),
    ("diff want.txt got.txt", "diff -wi want.txt got.txt", LESS),
    ("[ \"$out\" = three ]", "[ \"$out\" = three ] && echo fine", TRIVIAL),
    ("[ \"$out\" = three ]", "[ \"$out\" = three ] &", TRIVIAL),
    ("[ \"$out\" = three ]", "set +e\n[ \"$out\" = three ]\nset -e", REMOVED),
    ("[ \"$out\" = three ]", "[ \"$out\" = three ] || [ \"$out\" = four ]", LESS),
    ("[ \"$out\" = three ]", "[ \"${out:-three}\" = three ]", LESS),
    ("[ \"$out\" = three ]", "test \"$out\" = three", ""),
    ("[ \"$out\" = three ]", "[ \"$out\" = three ] || exit 1", ""),
];

const OF_RUBY: &[Row] = &[
    ("expect(one).to eq 3", "expect(one).not_to be_nil", LESS),
    ("expect(one).to eq 3", "expect(one).to be_truthy", LESS),
    ("expect(one).to eq 3", "expect(one).to eq 3 if ENV['FULL']", LESS),
    ("    expect(one).to eq 3", "    next unless ENV['FULL']\n    expect(one).to eq 3", LESS),
    ("expect(one).to eq 3", "expect(one).to eq one", TRIVIAL),
    ("expect(one).to eq 3", "expect(one).to eql(3)", ""),
    ("expect(one).to eq 3", "got = one\n    expect(got).to eq 3", ""),
];

const HELPED: File = (
    "tests/test_h.py",
    "from app import one\n\nWANT = 3\nCASES = [(1, 3), (2, 4)]\n\ndef check(got, want):\n    assert got == want\n\ndef test_a():\n    check(one(), WANT)\n\ndef test_b():\n    for given, want in CASES:\n        assert one(given) == want\n",
);
const OF_HELPED: &[Row] = &[
    ("    assert got == want", "    pass", REMOVED),
    ("    assert got == want", "    assert got is not None", LESS),
    ("    assert got == want", "    if STRICT:\n        assert got == want", LESS),
    ("    assert got == want", "    return\n    assert got == want", REMOVED),
    ("    check(one(), WANT)", "    one()", REMOVED),
    ("(1, 3), (2, 4)", "(1, 3)", GONE),
    ("(1, 3), (2, 4)", "", GONE),
    ("CASES:", "CASES[:0]:", GONE),
    ("(1, 3), (2, 4)", "(1, 3), (2, 4), (3, 5)", ""),
    ("    assert got == want", "    assert want == got, 'other'", ""),
    ("WANT = 3", "WANT = 4", ""),
];

const TABLES: File = (
    "one_test.go",
    "package one\n\nfunc check(t *testing.T, got, want int) {\n\tt.Helper()\n\tif got != want {\n\t\tt.Errorf(\"%d\", got)\n\t}\n}\n\nfunc TestA(t *testing.T) {\n\tcases := []struct{ given, want int }{\n\t\t{1, 3},\n\t\t{2, 4},\n\t}\n\tfor _, c := range cases {\n\t\tif one(c.given) != c.want {\n\t\t\tt.Error(c)\n\t\t}\n\t}\n}\n\nfunc TestB(t *testing.T) {\n\tcheck(t, two(), 2)\n}\n",
);
const OF_TABLES: &[Row] = &[
    ("\t\t{2, 4},\n", "", GONE),
    ("\t\t{1, 3},\n\t\t{2, 4},\n", "", GONE),
    ("got != want", "got == 0", LESS),
    ("\t\tt.Errorf(\"%d\", got)\n", "", REMOVED),
    ("\tcheck(t, two(), 2)\n", "\ttwo()\n", REMOVED),
    ("\t\tif one(c.given)", "\t\tif c.given == 2 {\n\t\t\tcontinue\n\t\t}\n\t\tif one(c.given)", LESS),
    ("\t\t{2, 4},\n", "\t\t{2, 4},\n\t\t{5, 6},\n", ""),
    ("got != want", "want != got", ""),
];

#[test]
fn what_asks_less_is_found_and_other_words_are_not() {
    let tables = [
        (RUST, OF_RUST),
        (PYTHON, OF_PYTHON),
        (CASE, OF_CASE),
        (SCRIPT, OF_SCRIPT),
        (NODE, OF_NODE),
        (GO, OF_GO),
        (JAVA, OF_JAVA),
        (SHELL, OF_SHELL),
        (RUBY, OF_RUBY),
        (HELPED, OF_HELPED),
        (TABLES, OF_TABLES),
    ];
    let wrong: Vec<String> = tables.into_iter().flat_map(|(file, rows)| all(file, rows)).collect();
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}
