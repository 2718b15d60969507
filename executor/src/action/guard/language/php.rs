//! PHP: PHPUnit and Pest.

use super::{Covers, GIVES_TYPED, Language, PLAIN, assert, dead, marker};

pub(super) const LANGUAGE: Language = Language {
    holds: |path| path.extension == "php" && (path.in_tests() || path.named(&["test"])),
    tests: &[
        r"\bfunction\s+(test\w*)\s*\(",
        r"#\[\s*(?:Test|TestWith|DataProvider)\b[^\]]*\]\s*(?:public\s+)?function\s+(\w+)",
        r#"(?m)^\s*(?:test|it)\s*\(\s*(?:'([^'\n]*)'|"([^"\n]*)")"#,
    ],
    groups: &[r"\bclass\s+(\w+)"],
    markers: &[
        marker(r"\bmarkTest(?:Skipped|Incomplete)\s*\(", Covers::Around),
        marker(r"#\[\s*(?:Requires\w*|Ignore)\b", Covers::Next),
        marker(r"->(?:skip|todo)\s*\(", Covers::Around),
    ],
    asserts: &[
        assert(r"(?:->|::)assert(?:True|False|NotNull|Null)\s*", 1),
        assert(r"(?:->|::)assert(?:Equals|Same|NotEquals|NotSame)\s*", 2),
        assert(
            r"(?:->|::)(?:assert(?:Count|Contains\w*|String\w*|Array\w*|Instance\w*|Matches\w*|Json\w*|File\w*|Empty|NotEmpty|Greater\w*|Less\w*|Regexp|Throws|Not\w+|That|Is\w+|Object\w*|Xml\w*|Database\w*|Status|See\w*|Redirect\w*)|expectException\w*|fail)\s*\(",
            0,
        ),
        assert(r"\bexpect\s*", 1),
    ],
    dead: dead::caught,
    gives: &[GIVES_TYPED, r#"\bdefine\s*\(\s*['"](\w+)['"]\s*,"#],
    ..PLAIN
};
