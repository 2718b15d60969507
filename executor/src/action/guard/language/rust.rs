//! Rust: `#[test]` and its relatives. Tests may stand in any file.

use super::super::text::{Quote, Special, Style};
use super::{Conditions, Covers, Language, PLAIN, assert, dead, marker};

pub(in super::super) const STYLE: Style = Style {
    line: &["//"],
    block: &[("/*", "*/")],
    strings: &[Quote { mark: "\"", escapes: true, lines: true }],
    special: Special::Rust,
};

pub(super) const LANGUAGE: Language = Language {
    holds: |path| path.extension == "rs",
    style: &STYLE,
    tests: &[
        r"#\[\s*(?:[\w:]+::)?(?:test|rstest|test_case|quickcheck|wasm_bindgen_test|test_log|case)\b[^\]]*\](?:\s*#\[[^\]]*\])*\s*(?:pub(?:\([^)]*\))?\s+)?(?:async\s+|unsafe\s+|const\s+)*fn\s+(\w+)",
        r"(?m)^\s*fn\s+(\w+)\s*\([^)]*\bin\s",
    ],
    groups: &[r"\bmod\s+(\w+)\s*\{"],
    markers: &[
        marker(r"#\[\s*ignore\b", Covers::Next),
        marker(r"#\[\s*cfg_attr\s*\([^\]]*\bignore\b", Covers::Next),
        marker(
            r"#\[\s*cfg\s*\(\s*(?:any\s*\(\s*\)|FALSE|false|never|disabled|not\s*\(\s*test\s*\)|feature\b)",
            Covers::Next,
        ),
        marker(
            r"#!\[\s*cfg\s*\(\s*(?:any\s*\(\s*\)|FALSE|false|never|disabled|not\s*\(\s*test\s*\)|feature\b)",
            Covers::Around,
        ),
    ],
    asserts: &[
        assert(r"\b(?:debug_)?assert!\s*", 1),
        assert(r"\b(?:debug_)?assert_(?:eq|ne)!\s*", 2),
        assert(r"\b(?:\w+::)?(?:assert_\w+|prop_assert\w*|panic|unreachable|expect_test|check)!\s*", 0),
        assert(r"\bassert_\w+\s*\(", 0),
        assert(r"\.(?:assert|expect_err|unwrap_err|assert_\w+)\s*\(", 0),
        assert(r"#\[\s*should_panic\b", 0),
    ],
    leaves: r"^\s*(?:if\s+(?:true|\d+\s*==\s*\d+|(?:\w+::)*env::var\w*\([^)]*\)\.is_(?:ok|err)\(\))\s*\{\s*)?return\b",
    dead: dead::rust,
    linked: Some(r"(?m)^[ \t]*(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*;"),
    conditions: Some(Conditions {
        next: r"#\[\s*cfg\s*\(",
        around: r"#!\[\s*cfg\s*\(",
        usual: r#"^(?:test|unix|debug_assertions|not\(windows\)|not\(miri\)|not\(loom\)|not\(kani\)|not\(target_\w+=".*"\)|target_(?:os|family|arch|pointer_width|env|endian)="(?:linux|macos|unix|x86_64|aarch64|64|gnu|little)"|any\((?:unix|target_os="(?:linux|macos)")(?:,.*)?\)|panic="unwind"|all\(test,(?:unix|not\(windows\)|not\(miri\)|not\(loom\)|target_os="linux")\))$"#,
    }),
    ..PLAIN
};
