//! JavaScript and TypeScript: jest, vitest, mocha, jasmine, node:test, ava, tap, playwright, cypress.

use super::super::text::{Quote, Special, Style, quote};
use super::{Block, Covers, Language, PLAIN, assert, dead, marker};

pub(in super::super) const STYLE: Style = Style {
    line: &["//"],
    block: &[("/*", "*/")],
    strings: &[Quote { mark: "`", escapes: true, lines: true }, quote("\""), quote("'")],
    special: Special::Regex,
};

pub(super) const LANGUAGE: Language = Language {
    holds: |path| {
        matches!(path.extension, "js" | "jsx" | "ts" | "tsx" | "mjs" | "cjs" | "mts" | "cts")
            && (path.in_tests()
                || path.named(&[".test", ".spec", ".cy", ".e2e", "_test", "-test", "test-", "test_"])
                || matches!(path.stem, "test" | "tests"))
            && !path.stem.ends_with(".config")
    },
    style: &STYLE,
    block: Block::Parens,
    tests: &[
        r#"(?:^|[^\w.$])(?:[xf]?(?:it|test|specify)|t\.test|tap\.test|Deno\.test|ava)(?:\.(?:skip|only|todo|fails|failing|fixme|concurrent|serial|sequential|each|skipIf|runIf|if))*(?:\([^()\n]*\)|`[^`]*`|\(\s*\[[^;]*?\]\s*\))?\s*\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`|([\w.$]+))"#,
    ],
    groups: &[
        r#"(?:^|[^\w.$])[xf]?(?:describe|context|suite|test\.describe)(?:\.(?:skip|only|each|todo|concurrent|serial|skipIf|runIf|fixme))*(?:\([^()\n]*\))?\s*\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`|([\w.$]+))"#,
    ],
    markers: &[
        marker(r"\b(?:x(?:it|test|specify|describe|context))\s*\(", Covers::Own),
        marker(
            r"\b(?:it|test|specify|describe|context|suite)(?:\.\w+)*\.(?:skip|todo|fixme|fails|failing|skipIf|runIf|if)\b",
            Covers::Own,
        ),
        marker(r"\b(?:it|test|specify|describe|context|suite)(?:\.\w+)*\.only\b", Covers::Others),
        marker(r"\b(?:f(?:it|describe))\s*\(", Covers::Others),
        marker(
            r"\b(?:this|t|ctx|context|test\.info\(\)|test)\.(?:skip|fixme)\s*\(\s*(?:\)|'|\x22|`|true)",
            Covers::Around,
        ),
        marker(
            r"\b(?:it|test|specify|describe|context|suite)(?:\.\w+)*\.each\s*\(\s*(?:\[\s*\]|new\s+\w+\(\s*\)|Array\(\s*0?\s*\))\s*\)",
            Covers::Own,
        ),
        marker(r"\bpending\s*\(", Covers::Around),
        marker(r"\{[^{}\n]*\b(?:skip|todo)\s*:\s*(?:!|true|'|\x22|process\.)", Covers::Around),
        marker(
            r"\{[^{}\n]*\bskip\s*:\s*[A-EG-Za-eg-z_!(][^\n{}]*\}\s*,\s*(?:async\b|\(|function\b|\w+\s*=>)",
            Covers::Around,
        ),
        marker(r"\{[^{}\n]*\bonly\s*:\s*true", Covers::Others),
    ],
    asserts: &[
        assert(r"\bexpect(?:\.soft)?\s*", 1),
        assert(r"\bassert(?:\.ok)?\s*", 1),
        assert(r"\bassert\.(?:strict\.)?(?:equal|strictEqual|deepEqual|deepStrictEqual|notEqual|notStrictEqual)\s*", 2),
        assert(
            r"\bassert\.(?:throws|rejects|match|doesNotMatch|doesNotThrow|doesNotReject|fail|include|isTrue|isFalse|lengthOf|\w*Of)\s*\(",
            0,
        ),
        assert(r"\bt\.(?:true|false|truthy|falsy|ok|notOk|assert)\s*", 1),
        assert(
            r"\bt\.(?:is|not|deepEqual|notDeepEqual|equal|equals|same|like|throws|throwsAsync|regex|fail|match|snapshot)\s*",
            2,
        ),
        assert(r"(?m)(?:^|[^.\w])(?:strictEqual|deepStrictEqual|deepEqual|ok|throws|rejects)\s*\(", 0),
        assert(r"\.should\b", 0),
        assert(r"\bcy\.(?:contains|get)\b", 0),
    ],
    leaves: r"^\s*(?:if\s*\(\s*(?:true|1|!0|!false|\d+\s*===?\s*\d+|!?process\.(?:env\.\w+|platform|version|pid|argv|arch))\s*\)\s*\{?\s*)?return\b\s*(?:\d+|null|undefined|true|false)?\s*;?\s*(?:\n|\}|$)",
    dead: dead::javascript,
    ..PLAIN
};
