//! A test that becomes several, or runs a part for each row.

use super::{File, REMOVED, Row, all};

const PYTHON: File = (
    "tests/test_app.py",
    "import unittest\n\nfrom app import double\n\n\nclass AppTest(unittest.TestCase):\n    def test_double(self):\n        self.assertEqual(double(2), 4)\n        self.assertEqual(double(5), 10)\n",
);

const FIVE: &str = "        self.assertEqual(double(5), 10)\n";

const OF_PYTHON: &[Row] = &[
    (FIVE, "\n    def test_of_five(self):\n        self.assertEqual(double(5), 10)\n", ""),
    (FIVE, "\n    def test_of_five(self):\n        five = 5\n        self.assertEqual(double(five), 10)\n", ""),
    (FIVE, "\n    def test_of_five(self):\n        self.assertEqual(double(5), 5)\n", REMOVED),
    (FIVE, "\n    def test_of_five(self):\n        self.assertEqual(double(2), 4)\n", REMOVED),
    (FIVE, "\n    def test_of_five(self):\n        self.assertTrue(double(5))\n", REMOVED),
    (FIVE, "\n    def test_of_five(self):\n        if False:\n            self.assertEqual(double(5), 10)\n", REMOVED),
    (
        FIVE,
        "\n    @unittest.skip('x')\n    def test_of_five(self):\n        self.assertEqual(double(5), 10)\n",
        REMOVED,
    ),
    (FIVE, "\n    def test_of_five(self):\n        return\n        self.assertEqual(double(5), 10)\n", REMOVED),
    (FIVE, "\n    def of_five(self):\n        self.assertEqual(double(5), 10)\n", REMOVED),
    (FIVE, "\n\nclass Other:\n    def test_of_five(self):\n        self.assertEqual(double(5), 10)\n", REMOVED),
];

const NODE: File = (
    "test/app.test.js",
    "const test = require('node:test');\nconst assert = require('node:assert');\nconst { double } = require('../app');\n\ntest('double', () => {\n  assert.strictEqual(double(2), 4);\n});\n",
);

const TWO: &str = "test('double', () => {\n  assert.strictEqual(double(2), 4);\n});\n";

const OF_NODE: &[Row] = &[
    (
        TWO,
        "test('double', async (t) => {\n  for (const [given, want] of [[2, 4], [5, 10]]) {\n    await t.test(`of ${given}`, () => {\n      assert.strictEqual(double(given), want);\n    });\n  }\n});\n",
        "",
    ),
    (
        TWO,
        "test('double', async (t) => {\n  await t.test('of two', () => {\n    assert.strictEqual(double(2), 4);\n  });\n});\n",
        "",
    ),
    (
        TWO,
        "test('double', async (t) => {\n  for (const [given, want] of [[2, 2], [5, 10]]) {\n    await t.test(`of ${given}`, () => {\n      assert.strictEqual(double(given), want);\n    });\n  }\n});\n",
        REMOVED,
    ),
    (
        TWO,
        "test('double', async (t) => {\n  for (const [given, want] of []) {\n    await t.test(`of ${given}`, () => {\n      assert.strictEqual(double(given), want);\n    });\n  }\n});\n",
        REMOVED,
    ),
    (
        TWO,
        "test('double', async (t) => {\n  for (const given of cases()) {\n    await t.test('two', () => {\n      assert.strictEqual(double(2), 4);\n    });\n  }\n});\n",
        REMOVED,
    ),
    (
        TWO,
        "test('double', async (t) => {\n  for (const [given, want] of cases()) {\n    await t.test(`of ${given}`, () => {\n      assert.strictEqual(double(given), want);\n    });\n  }\n});\n",
        REMOVED,
    ),
    (
        TWO,
        "test('double', async (t) => {\n  for (const [given, want] of [[2, 4]]) {\n    t.test(`of ${given}`, () => {\n      assert.strictEqual(double(given), want);\n    });\n  }\n});\n",
        REMOVED,
    ),
    (
        TWO,
        "test('double', async (t) => {\n  for (const [given, want] of [[2, 4]]) {\n    test(`of ${given}`, () => {\n      assert.strictEqual(double(given), want);\n    });\n  }\n});\n",
        REMOVED,
    ),
    (
        TWO,
        "test('double', async (t) => {\n  for (const [given, want] of [[2, 4]]) {\n    await t.test.skip(`of ${given}`, () => {\n      assert.strictEqual(double(given), want);\n    });\n  }\n});\n",
        REMOVED,
    ),
    (
        TWO,
        "test('double', async (t) => {\n  for (const [given, want] of [[2, 4]]) {\n    await t.test(`of ${given}`, { skip: true }, () => {\n      assert.strictEqual(double(given), want);\n    });\n  }\n});\n",
        REMOVED,
    ),
    (
        TWO,
        "test('double', async (t) => {\n  for (const [given, want] of [[2, 4]]) {\n    await t.test(`of ${given}`, () => {\n      assert.ok(double(given));\n    });\n  }\n});\n",
        REMOVED,
    ),
    (
        TWO,
        "test('double', async (t) => {\n  for (const [given, want] of [[2, 4]]) {\n    await t.test(`of ${given}`, () => {\n      return;\n      assert.strictEqual(double(given), want);\n    });\n  }\n});\n",
        REMOVED,
    ),
    (
        TWO,
        "test('double', async (t) => {\n  if (process.env.FULL) { const [given, want] = [2, 4];\n    await t.test(`of ${given}`, () => {\n      assert.strictEqual(double(given), want);\n    });\n  }\n});\n",
        REMOVED,
    ),
];

#[test]
fn what_a_test_asked_may_stand_in_several() {
    let wrong: Vec<String> =
        [(PYTHON, OF_PYTHON), (NODE, OF_NODE)].iter().flat_map(|(file, rows)| all(*file, rows)).collect();
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}
