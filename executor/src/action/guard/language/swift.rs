//! Swift: XCTest and Swift Testing.

use super::super::text::{Quote, Special, Style, quote};
use super::{Covers, Language, PLAIN, assert, marker};

const STYLE: Style = Style {
    line: &["//"],
    block: &[("/*", "*/")],
    strings: &[Quote { mark: "\"\"\"", escapes: true, lines: true }, quote("\"")],
    special: Special::None,
};

pub(super) const LANGUAGE: Language = Language {
    holds: |path| {
        path.extension == "swift" && (path.folders.iter().any(|f| f.ends_with("Tests")) || path.named(&["test"]))
    },
    style: &STYLE,
    tests: &[
        r"\bfunc\s+(test\w*)\s*\(",
        r"@Test\b(?:\s*\([^)]*\))?\s*(?:(?:public|private|static|mutating)\s+)*func\s+(\w+)",
    ],
    groups: &[r"\b(?:class|struct|extension)\s+(\w+)"],
    markers: &[
        marker(r"\bthrow\s+XCTSkip\b|\bXCTSkip(?:If|Unless)\s*\(", Covers::Around),
        marker(r"@Test\s*\([^)]*\.disabled\b", Covers::Next),
    ],
    asserts: &[
        assert(r"\bXCTAssert(?:True|False|NotNil|Nil)?\s*\(?", 1),
        assert(r"\bXCTAssert(?:Equal|NotEqual|Identical)\s*", 2),
        assert(r"\bXCT(?:Assert(?:Greater|Less|Throws|NoThrow)\w*|Fail|Unwrap)\s*\(", 0),
        assert(r"#(?:expect|require)\s*", 1),
    ],
    ..PLAIN
};
