//! C and C++: googletest, Catch2, doctest, Boost.Test, Criterion.

use super::{Covers, GIVES_TYPED, Language, PLAIN, assert, marker};

pub(super) const LANGUAGE: Language = Language {
    holds: |path| {
        matches!(path.extension, "c" | "cc" | "cpp" | "cxx" | "h" | "hpp") && (path.in_tests() || path.named(&["test"]))
    },
    tests: &[
        r#"\b(?:TEST|TEST_F|TEST_P|TYPED_TEST|TEST_CASE|SCENARIO|Test|BOOST_AUTO_TEST_CASE|START_TEST|TEST_CASE_METHOD)\s*\(\s*([^)\n]+?)\s*\)"#,
        r"(?m)^(?:static\s+)?(?:void|int)\s+(test_\w+)\s*\(",
    ],
    markers: &[
        marker(r"\b(?:TEST|TEST_F|TEST_P)\s*\([^)]*\bDISABLED_", Covers::Own),
        marker(r"\bGTEST_SKIP\b|\bSKIP\s*\(|\bTEST_IGNORE\b", Covers::Around),
    ],
    asserts: &[
        assert(r"\b(?:EXPECT|ASSERT)_(?:TRUE|FALSE)\s*", 1),
        assert(r"\b(?:EXPECT|ASSERT)_(?:EQ|NE|STREQ|LT|GT|LE|GE)\s*", 2),
        assert(r"\b(?:REQUIRE|CHECK|assert|cr_assert|BOOST_CHECK|BOOST_REQUIRE|TEST_ASSERT|ck_assert)\s*\(?", 1),
        assert(
            r"\b(?:EXPECT|ASSERT|REQUIRE|CHECK|cr_assert|BOOST_CHECK|BOOST_REQUIRE|TEST_ASSERT|ck_assert)_\w+\s*\(",
            0,
        ),
        assert(r"\b(?:FAIL|ADD_FAILURE|abort)\s*\(", 0),
    ],
    gives: &[GIVES_TYPED, r"(?m)^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]"],
    ..PLAIN
};
