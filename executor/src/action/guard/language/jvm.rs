//! Java, Kotlin, Scala, Groovy: JUnit, TestNG, Kotest, ScalaTest, Spock.

use super::super::text::{Quote, Special, Style, quote};
use super::{Covers, GIVES_TYPED, Language, PLAIN, assert, dead, marker};

const STYLE: Style = Style {
    line: &["//"],
    block: &[("/*", "*/")],
    strings: &[Quote { mark: "\"\"\"", escapes: false, lines: true }, quote("\""), quote("'")],
    special: Special::None,
};

pub(super) const LANGUAGE: Language = Language {
    holds: |path| {
        matches!(path.extension, "java" | "kt" | "kts" | "scala" | "groovy")
            && (path.in_tests() || path.folders.iter().any(|f| f.ends_with("Test")) || path.named(&["test", "spec"]))
            && path.stem != "build.gradle"
    },
    style: &STYLE,
    tests: &[
        r"@(?:[\w.]+\.)?(?:Test|ParameterizedTest|RepeatedTest|TestFactory|TestTemplate|Property)\b(?:\s*\([^)]*\))?(?:\s*@[\w.]+(?:\s*\((?:[^()]|\([^()]*\))*\))?)*\s*(?:(?:public|protected|private|internal|static|final|suspend|open|override|synchronized|abstract)\s+)*(?:<[^>]*>\s*)?(?:fun\s+|[\w<>\[\],.?]+\s+)(`[^`\n]+`|\w+)\s*\(",
        r#"(?m)^\s*(?:test|it|should|def)\s*\(?\s*"([^"\n]+)"\)?"#,
        r"(?m)^\s*public\s+void\s+(test\w*)\s*\(",
    ],
    groups: &[r"\b(?:class|object)\s+(\w+)"],
    markers: &[
        marker(
            r"@(?:[\w.]+\.)?(?:Disabled|Ignore|DisabledIf\w*|DisabledOn\w*|EnabledIf\w*|EnabledOn\w*|PendingFeature|Ignored)\b",
            Covers::Next,
        ),
        marker(r"@(?:[\w.]+\.)?Test\s*\([^)]*\benabled\s*=\s*false", Covers::Next),
        marker(r"\b(?:Assumptions\.|Assume\.)?assume(?:True|False|That|NoException)\s*\(", Covers::Around),
        marker(r"\b(?:ignore|xtest|xit)\s*\(\s*\x22", Covers::Own),
    ],
    asserts: &[
        assert(r"\bassert(?:True|False|NotNull|Null)\s*", 1),
        assert(r"\bassert(?:Equals|NotEquals|Same|NotSame|ArrayEquals)\s*", 2),
        assert(
            r"\bassert(?:That|Throws\w*|All|Timeout\w*|DoesNotThrow|Contains|Fails\w*|Is|Iterable\w*|Lines\w*|Instance\w*|Content\w*|Raises)\s*[(<{]",
            0,
        ),
        assert(r"\bassert\b[ \t]*", 1),
        assert(r"\b(?:verify|fail|expectThrows|intercept|shouldThrow\w*)\s*[(<{]", 0),
        assert(r"\b(?:should\w*|must\w*)\b", 0),
        assert(r"\bexpected\s*=", 0),
    ],
    dead: dead::caught,
    gives: &[GIVES_TYPED],
    ..PLAIN
};
