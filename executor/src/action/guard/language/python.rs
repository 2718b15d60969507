//! Python: pytest and unittest.

use super::super::text::{Quote, Special, Style, quote};
use super::{Block, Covers, Language, PLAIN, assert, dead, marker, statement};

pub(in super::super) const STYLE: Style = Style {
    line: &["#"],
    block: &[],
    strings: &[
        Quote { mark: "\"\"\"", escapes: true, lines: true },
        Quote { mark: "'''", escapes: true, lines: true },
        quote("\""),
        quote("'"),
    ],
    special: Special::None,
};

const TEST: &str = r"(?m)^[ \t]*(?:async[ \t]+)?def[ \t]+(test\w*)[ \t]*\(";

/// Tests that stand in a program. A function that is one by what it does has two spaces behind `def`.
pub(super) const INSIDE: Language = Language {
    holds: |path| path.extension == "py" && path.folders.contains(&super::super::inside::FOLDER),
    tests: &[TEST, r"(?m)^(?:async[ \t]+)?def  (\w+)[ \t]*\("],
    ..LANGUAGE
};

pub(super) const LANGUAGE: Language = Language {
    holds: |path| {
        path.extension == "py"
            && path.stem != "conftest"
            && (path.stem.starts_with("test") || path.stem.ends_with("_test") || path.stem.ends_with("_tests"))
    },
    style: &STYLE,
    block: Block::Indent,
    tests: &[TEST],
    groups: &[r"(?m)^[ \t]*class[ \t]+(\w+)"],
    markers: &[
        marker(r"@(?:pytest\.)?mark\.(?:skip|skipif|xfail)\b", Covers::Next),
        marker(r"@(?:unittest\.)?(?:skip|skipIf|skipUnless|expectedFailure)\b", Covers::Next),
        marker(r"@pytest\.fixture\b", Covers::Next),
        marker(r"@(?:functools\.)?(?:cached_)?property\b", Covers::Next),
        marker(r"\bpytestmark\s*=[^\n]*\b(?:skip|skipif|xfail)\b", Covers::Around),
        marker(r"\bpytest\.(?:skip|xfail|importorskip)\s*\(", Covers::Around),
        marker(r"\b(?:self\.skipTest|raise\s+(?:\w+\.)*SkipTest)\b", Covers::Around),
        marker(r"(?m)^[ \t]*__test__\s*=\s*False\b", Covers::Around),
    ],
    asserts: &[
        statement(r"\bassert\b[ \t]*"),
        assert(r"\braise\s+AssertionError\b", 0),
        assert(r"\bself\.assert(?:True|False|IsNone|IsNotNone)\s*", 1),
        assert(r"\bself\.assert(?:Equal|NotEqual|Equals|Is|IsNot|AlmostEqual)\s*", 2),
        assert(
            r"\bself\.(?:assert(?:In|NotIn|Raises|RaisesRegex|Warns|Logs|Greater|Less|Regex|NotRegex|Count|Dict|List|Set|Tuple|Sequence|MultiLine|IsInstance|NotIsInstance|NotAlmostEqual|GreaterEqual|LessEqual)\w*|fail\w*)\s*",
            0,
        ),
        assert(r"\b(?:pytest\.)?(?:raises|warns|fail)\s*\(", 0),
        assert(r"(?:\.|\b)assert_\w+\s*\(", 0),
        assert(r"\bassert_that\s*\(", 0),
    ],
    leaves: r"^\s*(?:(?:if\s+(?:True|1|not\s+None|not\s+False|(?:not\s+)?os\.(?:environ\.get|getenv)\([^)\n]*\)|\d+\s*==\s*\d+)\s*:\s*)?return\b|raise\s+StopIteration\b)",
    dead: dead::python,
    ..PLAIN
};
