//! What tests bring in from other files: constants and functions that move, and that change there.

use super::super::judged;
use super::{INPUT, LESS, OTHER, REMOVED, TRIVIAL};

type Files = &'static [(&'static str, &'static str)];

/// What was there, what is there now, and the kind that is found; empty: nothing that weighs.
const ROWS: &[(&str, Files, Files, &str)] = &[
    (
        "a constant in a file of its own",
        &[
            ("tests/consts.py", "WANT = 3\n"),
            ("tests/test_a.py", "from consts import WANT\n\ndef test_a():\n    assert one() == WANT\n"),
        ],
        &[
            ("tests/consts.py", "WANT = 1\n"),
            ("tests/test_a.py", "from consts import WANT\n\ndef test_a():\n    assert one() == WANT\n"),
        ],
        OTHER,
    ),
    (
        "through one more name",
        &[
            ("tests/consts.py", "LEAST = 2\n"),
            ("tests/more.py", "from consts import LEAST\nWANT = LEAST + 1\n"),
            ("tests/test_a.py", "from more import WANT\n\ndef test_a():\n    assert one() == WANT\n"),
        ],
        &[
            ("tests/consts.py", "LEAST = 1\n"),
            ("tests/more.py", "from consts import LEAST\nWANT = LEAST + 1\n"),
            ("tests/test_a.py", "from more import WANT\n\ndef test_a():\n    assert one() == WANT\n"),
        ],
        OTHER,
    ),
    (
        "a constant that moves",
        &[("tests/test_a.py", "WANT = 3\n\ndef test_a():\n    assert one() == WANT\n")],
        &[
            ("tests/consts.py", "WANT = 3\n"),
            ("tests/test_a.py", "from consts import WANT\n\ndef test_a():\n    assert one() == WANT\n"),
        ],
        "",
    ),
    (
        "a constant that moves and changes",
        &[("tests/test_a.py", "WANT = 3\n\ndef test_a():\n    assert one() == WANT\n")],
        &[
            ("tests/consts.py", "WANT = 1\n"),
            ("tests/test_a.py", "from consts import WANT\n\ndef test_a():\n    assert one() == WANT\n"),
        ],
        OTHER,
    ),
    (
        "a constant of Rust that moves",
        &[("tests/a.rs", "const WANT: u32 = 3;\n\n#[test]\nfn a() {\n    assert_eq!(one(), WANT);\n}\n")],
        &[
            ("tests/common/mod.rs", "pub const WANT: u32 = 3;\n"),
            ("tests/a.rs", "mod common;\n\n#[test]\nfn a() {\n    assert_eq!(one(), common::WANT);\n}\n"),
        ],
        "",
    ),
    (
        "a constant of Rust that moves and changes",
        &[("tests/a.rs", "const WANT: u32 = 3;\n\n#[test]\nfn a() {\n    assert_eq!(one(), WANT);\n}\n")],
        &[
            ("tests/common/mod.rs", "pub const WANT: u32 = 1;\n"),
            ("tests/a.rs", "mod common;\nuse common::*;\n\n#[test]\nfn a() {\n    assert_eq!(one(), WANT);\n}\n"),
        ],
        OTHER,
    ),
    (
        "a constant of the package",
        &[
            ("a_test.go", "package a\n\nfunc TestA(t *testing.T) {\n\tassert.Equal(t, want, one())\n}\n"),
            ("w_test.go", "package a\n\nconst want = 3\n"),
        ],
        &[
            ("a_test.go", "package a\n\nfunc TestA(t *testing.T) {\n\tassert.Equal(t, want, one())\n}\n"),
            ("w_test.go", "package a\n\nconst want = 1\n"),
        ],
        OTHER,
    ),
    (
        "a constant of another script",
        &[
            ("tests/want.js", "exports.WANT = 3;\n"),
            ("tests/a.test.js", "const { WANT } = require('./want');\nit('a', () => { expect(one()).toBe(WANT); });\n"),
        ],
        &[
            ("tests/want.js", "exports.WANT = 1;\n"),
            ("tests/a.test.js", "const { WANT } = require('./want');\nit('a', () => { expect(one()).toBe(WANT); });\n"),
        ],
        OTHER,
    ),
    (
        "a fixture of a folder",
        &[
            ("tests/conftest.py", "import pytest\n\n@pytest.fixture\ndef want():\n    return 3\n"),
            ("tests/test_a.py", "def test_a(want):\n    assert one() == want\n"),
        ],
        &[
            ("tests/conftest.py", "import pytest\n\n@pytest.fixture\ndef want():\n    return 1\n"),
            ("tests/test_a.py", "def test_a(want):\n    assert one() == want\n"),
        ],
        OTHER,
    ),
    (
        "a function in a file of its own",
        &[
            ("tests/util.py", "def want(n):\n    return n + 1\n"),
            ("tests/test_a.py", "from util import want\n\ndef test_a():\n    assert one() == want(2)\n"),
        ],
        &[
            ("tests/util.py", "def want(n):\n    return n\n"),
            ("tests/test_a.py", "from util import want\n\ndef test_a():\n    assert one() == want(2)\n"),
        ],
        OTHER,
    ),
    (
        "a constant of the program that may change",
        &[
            ("app.py", "LIMIT = 3\n"),
            ("tests/test_a.py", "from app import LIMIT\n\ndef test_a():\n    assert one() == LIMIT\n"),
        ],
        &[
            ("app.py", "LIMIT = 9\n"),
            ("tests/test_a.py", "from app import LIMIT\n\ndef test_a():\n    assert one() == LIMIT\n"),
        ],
        "",
    ),
    (
        "a constant of the program with the same value",
        &[("app.py", ""), ("tests/test_a.py", "def test_a():\n    assert one() == 3\n")],
        &[
            ("app.py", "LIMIT = 3\n"),
            ("tests/test_a.py", "from app import LIMIT\n\ndef test_a():\n    assert one() == LIMIT\n"),
        ],
        "",
    ),
    (
        "a constant of the program with another value",
        &[("app.py", ""), ("tests/test_a.py", "def test_a():\n    assert one() == 3\n")],
        &[
            ("app.py", "LIMIT = 1\n"),
            ("tests/test_a.py", "from app import LIMIT\n\ndef test_a():\n    assert one() == LIMIT\n"),
        ],
        OTHER,
    ),
    (
        "a name of the program that is another everywhere",
        &[
            ("src/lib.rs", "pub enum Kind {\n    Missing,\n}\n"),
            ("tests/a.rs", "#[test]\nfn a() {\n    assert_eq!(one(), Kind::Missing);\n}\n"),
        ],
        &[
            ("src/lib.rs", "pub enum Kind {\n    NotFound,\n}\n"),
            ("tests/a.rs", "#[test]\nfn a() {\n    assert_eq!(one(), Kind::NotFound);\n}\n"),
        ],
        "",
    ),
    (
        "one of two names of the program",
        &[
            ("src/lib.rs", "pub enum Kind {\n    Missing,\n}\n"),
            ("tests/a.rs", "#[test]\nfn a() {\n    assert_eq!(one(), Kind::Missing);\n}\n"),
        ],
        &[
            ("src/lib.rs", "pub enum Kind {\n    Missing,\n    Found,\n}\n"),
            ("tests/a.rs", "#[test]\nfn a() {\n    assert_eq!(one(), Kind::Found);\n}\n"),
        ],
        OTHER,
    ),
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
        "an argument that the function takes no more",
        &[
            ("app.py", "def one(n, deep):\n    return n\n"),
            ("tests/test_a.py", "from app import one\n\ndef test_a():\n    assert one(2, True) == 3\n"),
        ],
        &[
            ("app.py", "def one(n):\n    return n\n"),
            ("tests/test_a.py", "from app import one\n\ndef test_a():\n    assert one(2) == 3\n"),
        ],
        "",
    ),
    (
        "an argument that the function still takes",
        &[
            ("app.py", "def one(n, deep):\n    return n\n"),
            ("tests/test_a.py", "from app import one\n\ndef test_a():\n    assert one(2, True) == 3\n"),
        ],
        &[
            ("app.py", "def one(n, deep):\n    return n + 1\n"),
            ("tests/test_a.py", "from app import one\n\ndef test_a():\n    assert one(2) == 3\n"),
        ],
        INPUT,
    ),
    (
        "arguments that the function takes in another order",
        &[
            ("app.py", "def one(n, of):\n    return n\n"),
            ("tests/test_a.py", "from app import one\n\ndef test_a():\n    assert one(2, 'a') == 3\n"),
        ],
        &[
            ("app.py", "def one(of, n):\n    return n\n"),
            ("tests/test_a.py", "from app import one\n\ndef test_a():\n    assert one('a', 2) == 3\n"),
        ],
        "",
    ),
    (
        "another value where the function takes one more",
        &[
            ("app.py", "def one(n):\n    return n\n"),
            ("tests/test_a.py", "from app import one\n\ndef test_a():\n    assert one(2) == 3\n"),
        ],
        &[
            ("app.py", "def one(n, of):\n    return n\n"),
            ("tests/test_a.py", "from app import one\n\ndef test_a():\n    assert one(1, 'a') == 3\n"),
        ],
        INPUT,
    ),
    (
        "a word of the program in a text",
        &[
            ("app.py", "FIELDS = {'colour': 1}\n"),
            ("tests/test_a.py", "from app import one\n\ndef test_a():\n    assert one('{colour: 2}') == 3\n"),
        ],
        &[
            ("app.py", "FIELDS = {'color': 1}\n"),
            ("tests/test_a.py", "from app import one\n\ndef test_a():\n    assert one('{color: 2}') == 3\n"),
        ],
        "",
    ),
    (
        "another word of the program in a text",
        &[
            ("app.py", "FIELDS = {'colour': 1, 'shade': 2}\n"),
            ("tests/test_a.py", "from app import one\n\ndef test_a():\n    assert one('{colour: 2}') == 3\n"),
        ],
        &[
            ("app.py", "FIELDS = {'colour': 1, 'shade': 3}\n"),
            ("tests/test_a.py", "from app import one\n\ndef test_a():\n    assert one('{shade: 2}') == 3\n"),
        ],
        INPUT,
    ),
    (
        "a file for tests that moves",
        &[
            ("tests/data/a.txt", "x\n"),
            ("tests/test_a.py", "from app import one\n\ndef test_a():\n    assert one('data/a.txt') == 3\n"),
        ],
        &[
            ("tests/given/a.txt", "x\n"),
            ("tests/test_a.py", "from app import one\n\ndef test_a():\n    assert one('given/a.txt') == 3\n"),
        ],
        "",
    ),
    (
        "a file for tests that is still there",
        &[
            ("tests/data/a.txt", "x\n"),
            ("tests/data/b.txt", "y\n"),
            ("tests/test_a.py", "from app import one\n\ndef test_a():\n    assert one('data/a.txt') == 3\n"),
        ],
        &[
            ("tests/data/a.txt", "x\n"),
            ("tests/data/b.txt", "y\n"),
            ("tests/test_a.py", "from app import one\n\ndef test_a():\n    assert one('data/b.txt') == 3\n"),
        ],
        INPUT,
    ),
    (
        "an assertion that goes to another test of the file",
        &[("tests/test_a.py", "from app import one\n\ndef test_a():\n    assert one(2) == 3\n")],
        &[(
            "tests/test_a.py",
            "from app import one\n\ndef test_a():\n    assert one(7) == 3\n\n\ndef test_two():\n    assert one(2) == 3\n",
        )],
        "",
    ),
    (
        "an assertion that goes to a file that is new",
        &[("tests/test_a.py", "from app import one\n\ndef test_a():\n    assert one(2) == 3\n")],
        &[
            ("tests/test_a.py", "from app import one\n\ndef test_a():\n    assert one(7) == 3\n"),
            ("old/test_b.py", "from app import one\n\ndef test_a():\n    assert one(2) == 3\n"),
        ],
        INPUT,
    ),
    (
        "a constant in a file of its own that is asked of",
        &[
            ("tests/consts.py", "AT = 2\n"),
            (
                "tests/test_a.py",
                "from consts import AT\nfrom app import one\n\ndef test_a():\n    assert one(AT) == 3\n",
            ),
        ],
        &[
            ("tests/consts.py", "AT = 1\n"),
            (
                "tests/test_a.py",
                "from consts import AT\nfrom app import one\n\ndef test_a():\n    assert one(AT) == 3\n",
            ),
        ],
        INPUT,
    ),
    (
        "a place in a file of its own",
        &[
            ("tests/consts.py", "FOLDER = 'a'\n"),
            (
                "tests/test_a.py",
                "from consts import FOLDER\nfrom app import one\n\ndef test_a():\n    assert one(FOLDER) == 3\n",
            ),
        ],
        &[
            ("tests/consts.py", "FOLDER = 'b'\n"),
            (
                "tests/test_a.py",
                "from consts import FOLDER\nfrom app import one\n\ndef test_a():\n    assert one(FOLDER) == 3\n",
            ),
        ],
        "",
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
fn what_stands_in_another_file_is_looked_up() {
    let wrong = ROWS.iter().filter_map(|(what, base, now, kind)| {
        let judged = judged(base, now, &[("c", "cargo test; python3 -m pytest; npm test; go test ./...")], &[]);
        let found: Vec<String> = judged
            .findings
            .iter()
            .filter(|finding| finding.weighs())
            .map(|finding| format!("{} {} {}", finding.kind.word(), finding.file, finding.evidence))
            .collect();
        let right = if kind.is_empty() { found.is_empty() } else { found.iter().any(|told| told.starts_with(kind)) };
        (!right).then(|| format!("{what}: {kind:?}, but {found:?}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}
