//! What tests bring in from other files: constants and functions that move, and that change there.

use super::super::judged;
use super::{INPUT, OTHER};

type Files = &'static [(&'static str, &'static str)];
/// What was there, what is there now, and the kind that is found; empty: nothing that weighs.
pub(super) type Row = (&'static str, Files, Files, &'static str);

const ROWS: &[Row] = &[
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
];

#[test]
fn what_stands_in_another_file_is_looked_up() {
    let wrong = wrong(ROWS);
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

/// The rows of which something else is found than they say.
pub(super) fn wrong(rows: &[Row]) -> Vec<String> {
    let wrong = rows.iter().filter_map(|(what, base, now, kind)| {
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
    wrong.collect()
}
