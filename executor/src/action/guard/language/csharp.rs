//! C#: xUnit, NUnit and MSTest.

use super::{Covers, GIVES_TYPED, Language, PLAIN, assert, dead, marker};

pub(super) const LANGUAGE: Language = Language {
    holds: |path| path.extension == "cs" && (path.in_tests() || path.named(&["test", "spec"])),
    tests: &[
        r"\[\s*(?:Fact|Theory|Test|TestMethod|TestCase|DataTestMethod)\b[^\]]*\](?:\s*\[[^\]]*\])*\s*(?:(?:public|private|internal|static|async|virtual|override)\s+)*[\w<>\[\],.?]+\s+(\w+)\s*\(",
    ],
    groups: &[r"\bclass\s+(\w+)"],
    markers: &[
        marker(r"\[[^\]\n]*\bSkip\s*=", Covers::Next),
        marker(r"\[\s*(?:Ignore|Explicit)\b", Covers::Next),
        marker(r"\bAssert\.(?:Ignore|Inconclusive|Skip)\s*\(", Covers::Around),
    ],
    asserts: &[
        assert(r"\bAssert\.(?:True|False|IsTrue|IsFalse|NotNull|Null)\s*", 1),
        assert(r"\bAssert\.(?:Equal|AreEqual|NotEqual|AreNotEqual|Same)\s*", 2),
        assert(
            r"\bAssert\.(?:That|Throws\w*|Contains|DoesNotContain|Empty|NotEmpty|IsType|IsAssignableFrom|InRange|Collection|All|Single|Fail|StartsWith|EndsWith|Matches|Multiple|IsInstanceOf\w*|IsNull|IsNotNull|IsEmpty|Greater\w*|Less\w*)\s*[<(]",
            0,
        ),
        assert(r"\.Should\w*\s*\(", 0),
        assert(r"\.Verify\w*\s*\(", 0),
    ],
    dead: dead::caught,
    gives: &[GIVES_TYPED],
    ..PLAIN
};
