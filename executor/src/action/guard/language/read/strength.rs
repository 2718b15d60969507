//! How much an assertion asks, by its words. Pure.

use std::sync::LazyLock;

use regex::Regex;

/// How much is asked, less first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super::super) enum Strength {
    /// Nothing that could be wrong.
    Nothing,
    /// That there is something, or that it is not one certain thing.
    Something,
    /// That something holds.
    Holds,
    /// That it lies in a range, or has a part.
    Narrow,
    /// What exactly it is.
    Exact,
}

use Strength::{Exact, Holds, Narrow, Nothing, Something};

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

static EXACT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"===?|\bassert_(?:eq|equal|same|nil|none)\b|\b\w*[eE]qual(?:s|To|Values|Ignoring\w*)?\b\s*!?[ (\[{]|\btoBe(?:Null|Undefined|True|False|NaN)?\s*\(|\btoHaveBeen(?:Last|Nth)?Called(?:With|Times|Once)\w*|\bassert_(?:called_(?:once_)?with|has_calls|not_called|called_once)\b|\b(?:Same|isSameAs|Exactly|isEqualTo|assertIs|assertIsNone|assertNull|assertSame|assertNil|XCTAssertNil)\b|\.(?:Nil|NoError|Empty|Zero)\(|Snapshot|\w*snapshot\w*!|\bexpect_test!|\bis\b (?:True|False|None|\w)|\be(?:q|ql)\b|-eq\b|^(?:\[\[?|test) .* ==? |\b(?:diff|cmp)\b|\.is\(|\bmust_(?:equal|be_nil)\b|\bis\([^)]*,|\bdeep\w*\(|\bbe\((?:true|false|nil)?",
    )
});
static NOT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\.not\b|\bassert_ne!|\b(?:assert|is|does|should|to)(?:Is|Be)?Not[A-Z]?\w*|\.(?:not|Not)(?:Equal|Nil|Null|Strict|Deep|Empty|Contain|Same|Zero|Panic|Ok|Throw|Match|Exist|Include)\w*\s*\(|!==?|\bis not\b|\bnot in\b|\brefute\w*|\bwont_\w+|\bshould_not\b|\bnot_to\b|\bto_not\b|-ne\b|\.not_\w+|\btoBeDefined\b|\bexists?\b",
    )
});
static FALSE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\bassertFalse\b|\bisFalse\b|\bassert!\s*\(\s*!|\bassert\s*\(?\s*not\b|\.False\(|\btoBeFalsy\b|\.notOk\(|\brefute\b|\bassert\w*\(\s*!\s*\w",
    )
});
static NARROW: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"[^=<>-](?:<|>)=?[^=<>]|\bin\b|\b\w*[cC]ontain\w*|\b\w*[iI]nclude\w*|\b\w*[mM]atch\w*|\bmatches!|\b\w*[rR]egex\w*|\b[a-z_]*starts?_?[wW]ith\b|\b[a-z_]*ends?_?[wW]ith\b|\bassertIn\b|\bis_?[iI]nstance\w*|\b\w*InstanceOf\b|\bassertIsInstance\b|\binstanceof\b|\btypeof\b|\bhas\w*|\bassert\w*(?:Greater|Less|Almost|Count)\w*|\btoBe(?:Greater|Less|Close|Instance)\w*|\btoHave\w*|\b\w*[aA]pprox\w*|\bInDelta\b|\bisclose\b|\babs\b|\bgrep\b|=~|-[lg][te]\b|\bany\(|\ball\(|\bsome\(|\bevery\(",
    )
});
static RAISES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:(?:pytest\.)?raises|assertRaises|assertRaisesRegex|assertWarns|toThrow|toThrowError|throws|assertThrows\w*|expectThrows|raise_error|assert_raises?|Panics\w*|should_panic|expected\s*=|assert_panics)\b|\.rejects\s*\(",
    )
});
static ANY_FAULT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:raises|assertRaises|assertThrows\w*|expectThrows|toThrow|toThrowError|raise_error|assert_raises?|should_panic)\b\s*(?:$|\]|\(\s*(?:\)|(?:\w+\.)*(?:Exception|BaseException|Throwable|Error|StandardError|Object|object)\b(?:\.class|::class(?:\.java)?)?\s*(?:\)|,\s*[^\s'\x22])))",
    )
});
/// What takes only a part of it, or makes many the same.
static PARTLY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\blen\b|\blength\b|\.size\b|\bsizeof\b|\.count\b|\bcount\(|\btype\(|\btypeof\b|\bbool\(|\bBoolean\(|!!|\bround\b|\btrunc\b|\bfloor\b|\bceil\b|\b(?:to)?_?[lL]ower\w*|\bstrip\(|\btrim\w*\(|\bslice\(|\bsubstr\w*\(|\bset\(|\bsorted\(|\bis_(?:some|none|ok|err|empty)\(|\bexpect\.(?:objectContaining|arrayContaining|stringContaining|stringMatching|any|closeTo)\b|\b\w*[aA]pprox\w*\(|\bAlmost\w*|\bCloseTo\b|\[:|\[\.\.|:\]|\*\s*0\b|%\s*1\b|\.(?:max|min|clamp)\(|\bdiff\b.*\s(?:-\w*[wibBEZI]|--ignore\S*)|\bassert\w*Equals\([^,\x22]+,[^,\x22]+,\s*[\d.]+[fFdD]?\s*\)",
    )
});
/// What ends a script where something did not hold.
static OR_FAILS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\|\|\s*(?:exit|return|fail|die|flunk|\{[^}]*\bexit)\b"));
static EITHER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"[^\s(,=>|]\s*\|\||\bor\b|\bif\b.*\belse\b|\s\?\s.*\s:\s|\bany\(|\bsome\(|\ball\(|\bevery\(")
});
/// An assertion that nobody makes: its last word is not called.
static UNCALLED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^expect\b.*\)\s*\.\s*(?:not\s*\.\s*)?(?:resolves\s*\.\s*|rejects\s*\.\s*)?to(?:Be|Equal|StrictEqual|Match|Contain|Have|Throw)\w*$|^self\.assert\w+$|^expect\b.*\)\s*\.\s*(?:not|resolves|rejects|to|be|to\.be|(?:\w+\.)*(?:equals?|eql?|include|contain|match|throw|above|below|least|most|within|instanceof|property|lengthOf|members|keys))$|\]\s*&&\s*(?:echo|printf|true|:)\b[^|;]*$|&\s*$",
    )
});
static EVERYTHING: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bANY\b|\bexpect\.anything\(|\bgomock\.Any\(\)"));
static NOTHING: LazyLock<Regex> = LazyLock::new(|| pattern(r"^expect\.(?:assertions|hasAssertions)\b"));

/// How much a statement asks, given its code and all it says; or, if it only `fails`, the condition that leads to it.
pub(super) fn strength(code: &str, plain: &str, fails: bool) -> Strength {
    if super::sides::are_same(plain) || super::sides::says_nothing(plain) || UNCALLED.is_match(code.trim_end()) {
        return Nothing;
    }
    if code.trim_start_matches("assert").trim_start_matches([' ', '(']).starts_with("lambda") {
        return Nothing;
    }
    if NOTHING.is_match(code) {
        return Something;
    }
    let all = if fails { of_fault(code) } else { of(code, plain) };
    let all = if EITHER.is_match(&OR_FAILS.replace_all(&code.replace("move ||", ""), "")) && !fails {
        all.min(Narrow)
    } else {
        all
    };
    let all = if EVERYTHING.is_match(code) { all.min(Something) } else { all };
    match all {
        // `${x:-what is expected}`
        Exact if plain.contains(":-") && plain.starts_with(['[', 't']) && plain.contains("${") => Narrow,
        // `f(x) == g(f(x))`
        Exact if super::sides::is_held(plain) => Narrow,
        Exact if PARTLY.is_match(code) => Narrow,
        Exact if code.contains("debug_assert") => Narrow,
        Narrow if code.contains("debug_assert") => Holds,
        Holds if code.contains("debug_assert") => Something,
        all => all,
    }
}

fn of(code: &str, plain: &str) -> Strength {
    if RAISES.is_match(code) {
        return match ANY_FAULT.is_match(code) {
            _ if code.contains("match=") || code.contains("match =") => Exact,
            true => Holds,
            _ if super::sides::only_fails(plain) => Holds,
            false => Narrow,
        };
    }
    let exact = EXACT.find_iter(code).count();
    if exact > 0 && FALSE.is_match(code) {
        return Something;
    }
    if NOT.is_match(code) {
        return Something;
    }
    match exact {
        // Whether it is true is what is inside.
        1 if super::sides::with_truth(plain) => {
            if NARROW.is_match(code) {
                Narrow
            } else {
                Holds
            }
        }
        0 => {
            if NARROW.is_match(code) {
                Narrow
            } else {
                Holds
            }
        }
        _ => Exact,
    }
}

/// Of a condition under which a test fails, the opposite is asked.
fn of_fault(code: &str) -> Strength {
    static DIFFERS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"!==?|\bis not\b|-ne\b|!\s*(?:\w+\.)*(?:DeepEqual|Equal\w*|Is|EqualFold)\s*\(|\bnot\s+\w+\s*==|!\s*\[|(?:!|\bnot\b).*\b(?:diff|cmp)\b",
        )
    });
    static SAME: LazyLock<Regex> = LazyLock::new(|| pattern(r"==|\bis\b|-eq\b|\b(?:DeepEqual|Equal)\s*\("));
    if code.contains("&&") || code.contains(" and ") {
        Narrow
    } else if DIFFERS.is_match(code) {
        Exact
    } else if SAME.is_match(code) {
        Something
    } else if NARROW.is_match(code) {
        Narrow
    } else {
        Holds
    }
}
