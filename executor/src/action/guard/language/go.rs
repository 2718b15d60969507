//! Go: `func Test…` in `*_test.go`.

use super::super::text::{Quote, Special, Style, quote};
use super::{Covers, Language, PLAIN, assert, dead, marker};

const STYLE: Style = Style {
    line: &["//"],
    block: &[("/*", "*/")],
    strings: &[Quote { mark: "`", escapes: false, lines: true }, quote("\""), quote("'")],
    special: Special::None,
};

pub(super) const LANGUAGE: Language = Language {
    holds: |path| path.extension == "go" && path.stem.ends_with("_test") && !path.stem.starts_with(['_', '.']),
    style: &STYLE,
    tests: &[
        r"(?m)^func\s+(?:\(\s*\w+\s+\*?\w+\s*\)\s*)?((?:Test|Fuzz|Example|Benchmark)(?:[^a-z\s(]\w*)?)\s*\(",
        r#"\b[tb]\.Run\(\s*"([^"\n]*)""#,
    ],
    markers: &[marker(r"\b[tb]\.(?:Skip|SkipNow|Skipf)\s*\(", Covers::Around)],
    asserts: &[
        assert(r"\b[tbf]\.(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow)\s*\(", 0),
        assert(r"\b(?:assert|require|is|suite|s)\.(?:True|False|Nil|NotNil|NoError|Empty|NotEmpty)\s*", 1),
        assert(r"\b(?:assert|require|is|suite|s)\.(?:Equal|NotEqual|EqualValues|Exactly|Same)\s*", 2),
        assert(r"\b(?:assert|require)\.[A-Z]\w*\s*\(", 0),
        assert(r"\bcmp\.Diff\s*\(", 0),
        assert(r"\b(?:log\.Fatal\w*|panic)\s*\(", 0),
    ],
    ignored: &["t", "b", "s.T()"],
    leaves: r"^\s*(?:if\s+(?:true|\d+\s*==\s*\d+|os\.Getenv\([^)]*\)\s*[!=]=[^{]*)\s*\{\s*)?return\b",
    dead: dead::go,
    gives: &[r"(?m)^[ \t]*(?:(?:var|const)[ \t]+)?([A-Za-z_]\w*)(?:[ \t]+[\w.\[\]*]+(?:\{\})?)?[ \t]*:?="],
    ..PLAIN
};
