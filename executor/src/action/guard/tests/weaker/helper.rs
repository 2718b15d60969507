//! Functions that assert for tests, and that move, are new or ask less where they are: helpers, methods, arrow functions.

use super::elsewhere::{Row, wrong};
use super::{INPUT, LESS, OTHER, REMOVED, TRIVIAL};

const ROWS: &[Row] = &[
    (
        "a helper that moves",
        &[("tests/test_a.py", "def check(got, want):\n    assert got == want\n\ndef test_a():\n    check(one(), 3)\n")],
        &[
            ("tests/util.py", "def check(got, want):\n    assert got == want\n"),
            ("tests/test_a.py", "from util import check\n\ndef test_a():\n    check(one(), 3)\n"),
        ],
        "",
    ),
    (
        "a helper that moves and asks less",
        &[("tests/test_a.py", "def check(got, want):\n    assert got == want\n\ndef test_a():\n    check(one(), 3)\n")],
        &[
            ("tests/util.py", "def check(got, want):\n    assert got\n"),
            ("tests/test_a.py", "from util import check\n\ndef test_a():\n    check(one(), 3)\n"),
        ],
        LESS,
    ),
    (
        "a helper that moves and asks nothing",
        &[(
            "tests/a.rs",
            "fn same(got: u32, want: u32) {\n    assert_eq!(got, want);\n}\n\n#[test]\nfn a() {\n    same(one(), 3);\n}\n",
        )],
        &[
            ("tests/common/mod.rs", "pub fn same(_: u32, _: u32) {}\n"),
            ("tests/a.rs", "mod common;\nuse common::same;\n\n#[test]\nfn a() {\n    same(one(), 3);\n}\n"),
        ],
        REMOVED,
    ),
    (
        "a helper in a file of its own that asks less",
        &[
            ("tests/util.py", "def check(got, want):\n    assert got == want\n"),
            ("tests/test_a.py", "from util import check\n\ndef test_a():\n    check(one(), 3)\n"),
        ],
        &[
            ("tests/util.py", "def check(got, want):\n    assert got is not None\n"),
            ("tests/test_a.py", "from util import check\n\ndef test_a():\n    check(one(), 3)\n"),
        ],
        LESS,
    ),
    (
        "an assertion that a new helper in a file of its own makes",
        &[("tests/a.rs", "#[test]\nfn a() {\n    assert_eq!(one(), 3);\n}\n")],
        &[
            ("tests/common/mod.rs", "pub fn same(got: u32, want: u32) {\n    assert_eq!(got, want);\n}\n"),
            ("tests/a.rs", "mod common;\n\n#[test]\nfn a() {\n    common::same(one(), 3);\n}\n"),
        ],
        "",
    ),
    (
        "one that a method makes that is inherited",
        &[("tests/test_a.py", "class A(TestCase):\n    def test_a(self):\n        self.assertEqual(one(), 3)\n")],
        &[
            (
                "tests/base.py",
                "class Base(TestCase):\n    def same(self, got, want):\n        self.assertEqual(got, want)\n",
            ),
            (
                "tests/test_a.py",
                "from base import Base\n\nclass A(Base):\n    def test_a(self):\n        self.same(one(), 3)\n",
            ),
        ],
        "",
    ),
    (
        "one that a function of a module makes",
        &[("test/a.test.js", "test('a', () => {\n  assert.equal(one(), 3);\n});\n")],
        &[
            ("test/same.js", "export function same(got, want) {\n  assert.equal(got, want);\n}\n"),
            ("test/a.test.js", "import * as it from './same.js';\n\ntest('a', () => {\n  it.same(one(), 3);\n});\n"),
        ],
        "",
    ),
    (
        "one that a new helper makes of another value",
        &[("tests/a.rs", "#[test]\nfn a() {\n    assert_eq!(one(), 3);\n}\n")],
        &[
            ("tests/common/mod.rs", "pub fn same(got: u32, want: u32) {\n    assert_eq!(got, want);\n}\n"),
            ("tests/a.rs", "mod common;\n\n#[test]\nfn a() {\n    common::same(one(), 1);\n}\n"),
        ],
        OTHER,
    ),
    (
        "one that a new helper makes so that it cannot fail",
        &[("tests/test_a.py", "def test_a():\n    assert one() == 3\n")],
        &[
            ("tests/util.py", "def same(got, want):\n    assert (got == want, 'same')\n"),
            ("tests/test_a.py", "from util import same\n\ndef test_a():\n    same(one(), 3)\n"),
        ],
        LESS,
    ),
    (
        "one that a new helper makes only now and then",
        &[("tests/test_a.py", "def test_a():\n    assert one() == 3\n")],
        &[
            ("tests/util.py", "def same(got, want):\n    if False:\n        assert got == want\n"),
            ("tests/test_a.py", "from util import same\n\ndef test_a():\n    same(one(), 3)\n"),
        ],
        LESS,
    ),
    (
        "one that a new helper makes where nobody waits for it",
        &[("test/a.test.js", "test('a', () => {\n  assert.equal(one(), 3);\n});\n")],
        &[
            ("test/same.js", "export async function same(got, want) {\n  assert.equal(got, want);\n}\n"),
            ("test/a.test.js", "import { same } from './same.js';\n\ntest('a', () => {\n  same(one(), 3);\n});\n"),
        ],
        LESS,
    ),
    (
        "one that a new helper makes of something else",
        &[("tests/a.rs", "#[test]\nfn a() {\n    assert_eq!(one(), 3);\n}\n")],
        &[
            ("tests/common/mod.rs", "pub fn same(_got: u32, _want: u32) {\n    assert_eq!(2 + 1, 3);\n}\n"),
            ("tests/a.rs", "mod common;\n\n#[test]\nfn a() {\n    common::same(one(), 3);\n}\n"),
        ],
        LESS,
    ),
    (
        "one that a new helper makes weaker",
        &[("tests/a.rs", "#[test]\nfn a() {\n    assert_eq!(one(), 3);\n}\n")],
        &[
            ("tests/common/mod.rs", "pub fn same(got: u32, want: u32) {\n    assert!(got <= want);\n}\n"),
            ("tests/a.rs", "mod common;\n\n#[test]\nfn a() {\n    common::same(one(), 3);\n}\n"),
        ],
        LESS,
    ),
    (
        "a helper that becomes a value",
        &[("tests/test_a.py", "def check(got, want):\n    assert got == want\n\ndef test_a():\n    check(one(), 3)\n")],
        &[("tests/test_a.py", "check = print\n\ndef test_a():\n    check(one(), 3)\n")],
        REMOVED,
    ),
    (
        "a helper in a file of its own that is called with another value",
        &[
            ("tests/util.py", "def same(got, want):\n    assert got == want\n"),
            ("tests/test_a.py", "from util import same\n\ndef test_a():\n    same(one(), 3)\n"),
        ],
        &[
            ("tests/util.py", "def same(got, want):\n    assert got == want\n"),
            ("tests/test_a.py", "from util import same\n\ndef test_a():\n    same(one(), 1)\n"),
        ],
        OTHER,
    ),
    (
        "a helper whose first argument only names the case",
        &[
            ("tests/util.py", "def same(label, got, want):\n    assert got == want, label\n"),
            ("tests/test_a.py", "from util import same\n\ndef test_a():\n    same('two', one(2), 3)\n"),
        ],
        &[
            ("tests/util.py", "def same(label, got, want):\n    assert got == want, label\n"),
            ("tests/test_a.py", "from util import same\n\ndef test_a():\n    same('it is two', one(2), 3)\n"),
        ],
        "",
    ),
    (
        "a helper that is given something else",
        &[
            ("tests/util.py", "def reads(text, want):\n    assert parse(text) == want\n"),
            ("tests/test_a.py", "from util import reads\n\ndef test_a():\n    reads('1 + 2', 3)\n"),
        ],
        &[
            ("tests/util.py", "def reads(text, want):\n    assert parse(text) == want\n"),
            ("tests/test_a.py", "from util import reads\n\ndef test_a():\n    reads('3', 3)\n"),
        ],
        INPUT,
    ),
    (
        "a helper that asserts by the test",
        &[(
            "tests/test_a.py",
            "import unittest\n\nfrom app import add\n\n\nclass A(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(add(1, 2), 3)\n",
        )],
        &[
            ("tests/util.py", "def same(case, got, want):\n    case.assertEqual(got, want)\n"),
            (
                "tests/test_a.py",
                "import unittest\n\nfrom tests.util import same\nfrom app import add\n\n\nclass A(unittest.TestCase):\n    def test_a(self):\n        same(self, add(1, 2), 3)\n",
            ),
        ],
        "",
    ),
    (
        "a helper that asserts by something else",
        &[(
            "tests/test_a.py",
            "import unittest\n\nfrom app import add\n\n\nclass A(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(add(1, 2), 3)\n",
        )],
        &[
            ("tests/util.py", "def same(case, got, want):\n    case.assertEqual(got, want)\n"),
            (
                "tests/test_a.py",
                "import unittest\n\nfrom tests.util import same\nfrom app import add\n\n\nclass A(unittest.TestCase):\n    def test_a(self):\n        same(quiet, add(1, 2), 3)\n",
            ),
        ],
        TRIVIAL,
    ),
    (
        "a helper that asserts less by the test",
        &[(
            "tests/test_a.py",
            "import unittest\n\nfrom app import add\n\n\nclass A(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(add(1, 2), 3)\n",
        )],
        &[
            ("tests/util.py", "def same(case, got, want):\n    case.assertTrue(got)\n"),
            (
                "tests/test_a.py",
                "import unittest\n\nfrom tests.util import same\nfrom app import add\n\n\nclass A(unittest.TestCase):\n    def test_a(self):\n        same(self, add(1, 2), 3)\n",
            ),
        ],
        LESS,
    ),
    (
        "a helper that asserts nothing by the test",
        &[(
            "tests/test_a.py",
            "import unittest\n\nfrom app import add\n\n\nclass A(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(add(1, 2), 3)\n",
        )],
        &[
            ("tests/util.py", "def same(case, got, want):\n    case.log(got, want)\n"),
            (
                "tests/test_a.py",
                "import unittest\n\nfrom tests.util import same\nfrom app import add\n\n\nclass A(unittest.TestCase):\n    def test_a(self):\n        same(self, add(1, 2), 3)\n",
            ),
        ],
        REMOVED,
    ),
    (
        "a helper that asserts by the test under a condition",
        &[(
            "tests/test_a.py",
            "import unittest\n\nfrom app import add\n\n\nclass A(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(add(1, 2), 3)\n",
        )],
        &[
            ("tests/util.py", "def same(case, got, want):\n    if got:\n        case.assertEqual(got, want)\n"),
            (
                "tests/test_a.py",
                "import unittest\n\nfrom tests.util import same\nfrom app import add\n\n\nclass A(unittest.TestCase):\n    def test_a(self):\n        same(self, add(1, 2), 3)\n",
            ),
        ],
        LESS,
    ),
    (
        "a helper that asserts by the test and is given something else",
        &[(
            "tests/test_a.py",
            "import unittest\n\nfrom app import add\n\n\nclass A(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(add(1, 2), 3)\n",
        )],
        &[
            ("tests/util.py", "def same(case, got, want):\n    case.assertEqual(got, want)\n"),
            (
                "tests/test_a.py",
                "import unittest\n\nfrom tests.util import same\nfrom app import add\n\n\nclass A(unittest.TestCase):\n    def test_a(self):\n        same(self, add(1, 2), 2)\n",
            ),
        ],
        OTHER,
    ),
    (
        "an arrow function that asserts",
        &[(
            "test/a.test.js",
            "const test = require('node:test');\nconst assert = require('node:assert');\nconst { add } = require('../app');\n\ntest('a', () => {\n  assert.equal(add(1, 2), 3);\n});\n",
        )],
        &[
            (
                "test/same.js",
                "const assert = require('node:assert');\nconst same = (a, b) => assert.equal(a, b);\nmodule.exports = { same };\n",
            ),
            (
                "test/a.test.js",
                "const test = require('node:test');\nconst assert = require('node:assert');\nconst { same } = require('./same');\nconst { add } = require('../app');\n\ntest('a', () => {\n  same(add(1, 2), 3);\n});\n",
            ),
        ],
        "",
    ),
    (
        "an arrow function that asserts of itself",
        &[(
            "test/a.test.js",
            "const test = require('node:test');\nconst assert = require('node:assert');\nconst { add } = require('../app');\n\ntest('a', () => {\n  assert.equal(add(1, 2), 3);\n});\n",
        )],
        &[
            (
                "test/same.js",
                "const assert = require('node:assert');\nconst same = (a, b) => assert.equal(b, b);\nmodule.exports = { same };\n",
            ),
            (
                "test/a.test.js",
                "const test = require('node:test');\nconst assert = require('node:assert');\nconst { same } = require('./same');\nconst { add } = require('../app');\n\ntest('a', () => {\n  same(add(1, 2), 3);\n});\n",
            ),
        ],
        LESS,
    ),
    (
        "an arrow function that asserts less",
        &[(
            "test/a.test.js",
            "const test = require('node:test');\nconst assert = require('node:assert');\nconst { add } = require('../app');\n\ntest('a', () => {\n  assert.equal(add(1, 2), 3);\n});\n",
        )],
        &[
            (
                "test/same.js",
                "const assert = require('node:assert');\nconst same = (a, b) => assert.ok(a, b);\nmodule.exports = { same };\n",
            ),
            (
                "test/a.test.js",
                "const test = require('node:test');\nconst assert = require('node:assert');\nconst { same } = require('./same');\nconst { add } = require('../app');\n\ntest('a', () => {\n  same(add(1, 2), 3);\n});\n",
            ),
        ],
        LESS,
    ),
    (
        "an arrow function that asserts nothing",
        &[(
            "test/a.test.js",
            "const test = require('node:test');\nconst assert = require('node:assert');\nconst { add } = require('../app');\n\ntest('a', () => {\n  assert.equal(add(1, 2), 3);\n});\n",
        )],
        &[
            (
                "test/same.js",
                "const assert = require('node:assert');\nconst same = (a, b) => console.log(a, b);\nmodule.exports = { same };\n",
            ),
            (
                "test/a.test.js",
                "const test = require('node:test');\nconst assert = require('node:assert');\nconst { same } = require('./same');\nconst { add } = require('../app');\n\ntest('a', () => {\n  same(add(1, 2), 3);\n});\n",
            ),
        ],
        REMOVED,
    ),
    (
        "an arrow function that asserts only where it may",
        &[(
            "test/a.test.js",
            "const test = require('node:test');\nconst assert = require('node:assert');\nconst { add } = require('../app');\n\ntest('a', () => {\n  assert.equal(add(1, 2), 3);\n});\n",
        )],
        &[
            (
                "test/same.js",
                "const assert = require('node:assert');\nconst same = (a, b) => a && assert.equal(a, b);\nmodule.exports = { same };\n",
            ),
            (
                "test/a.test.js",
                "const test = require('node:test');\nconst assert = require('node:assert');\nconst { same } = require('./same');\nconst { add } = require('../app');\n\ntest('a', () => {\n  same(add(1, 2), 3);\n});\n",
            ),
        ],
        REMOVED,
    ),
    (
        "an arrow function that is given something else",
        &[(
            "test/a.test.js",
            "const test = require('node:test');\nconst assert = require('node:assert');\nconst { add } = require('../app');\n\ntest('a', () => {\n  assert.equal(add(1, 2), 3);\n});\n",
        )],
        &[
            (
                "test/same.js",
                "const assert = require('node:assert');\nconst same = (a, b) => assert.equal(a, b);\nmodule.exports = { same };\n",
            ),
            (
                "test/a.test.js",
                "const test = require('node:test');\nconst assert = require('node:assert');\nconst { same } = require('./same');\nconst { add } = require('../app');\n\ntest('a', () => {\n  same(add(1, 2), 2);\n});\n",
            ),
        ],
        OTHER,
    ),
    (
        "an arrow function that is not waited for",
        &[(
            "test/a.test.js",
            "const test = require('node:test');\nconst assert = require('node:assert');\nconst { add } = require('../app');\n\ntest('a', () => {\n  assert.equal(add(1, 2), 3);\n});\n",
        )],
        &[
            (
                "test/same.js",
                "const assert = require('node:assert');\nconst same = async (a, b) => assert.equal(a, b);\nmodule.exports = { same };\n",
            ),
            (
                "test/a.test.js",
                "const test = require('node:test');\nconst assert = require('node:assert');\nconst { same } = require('./same');\nconst { add } = require('../app');\n\ntest('a', () => {\n  same(add(1, 2), 3);\n});\n",
            ),
        ],
        REMOVED,
    ),
];

#[test]
fn helpers_are_held_to_what_they_asked() {
    let wrong = wrong(ROWS);
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}
