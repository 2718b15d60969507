//! Shell: bats files, functions `test_…`, and scripts that are tests as a whole.

use super::super::text::{Quote, Special, Style};
use super::{Assert, Covers, Language, Marker, PLAIN, assert, dead, marker};

pub(in super::super) const STYLE: Style = Style {
    line: &["#"],
    block: &[],
    strings: &[Quote { mark: "\"", escapes: true, lines: true }, Quote { mark: "'", escapes: false, lines: true }],
    special: Special::Shell,
};

const MARKERS: &[Marker] = &[marker(r"(?m)^[ \t]*(?:skip|startSkipping|bats_skip)\b", Covers::Around)];

const ASSERTS: &[Assert] = &[
    assert(r"(?m)(?:^|[;&|!]|\bif\b|\bthen\b|\bdo\b|\{)[ \t]*!?[ \t]*(?:\[\[?|test)[ \t]+", 1),
    assert(r"\b(?:assert\w*|refute\w*|fail|flunk)\b", 0),
    assert(r"(?m)(?:^|[;&|]|\bif\b|!)[ \t]*(?:grep|diff|cmp|egrep|fgrep|rg)\b", 1),
    assert(r"\b(?:exit|return)[ \t]+(?:[1-9]|\$)", 0),
];

const LEAVES: &str = r"^(?:\s|set [^\n]*\n)*(?:exit(?:[ \t]+0)?|return(?:[ \t]+0)?)[ \t]*(?:\n|;|$)";

pub(super) const BATS: Language = Language {
    holds: |path| path.extension == "bats",
    style: &STYLE,
    tests: &[r#"(?m)^[ \t]*@test[ \t]+(?:"([^"\n]*)"|'([^'\n]*)'|(\S+))"#],
    markers: MARKERS,
    asserts: ASSERTS,
    leaves: LEAVES,
    dead: dead::shell,
    ..PLAIN
};

pub(super) const LANGUAGE: Language = Language {
    holds: |path| {
        matches!(path.extension, "sh" | "bash" | "zsh")
            && (path.in_tests() || path.named(&["test", "spec", "smoke", "e2e"]))
    },
    style: &STYLE,
    tests: &[r"(?m)^[ \t]*(?:function[ \t]+)?(test_?\w+)[ \t]*(?:\([ \t]*\))?[ \t\n]*\{"],
    markers: MARKERS,
    asserts: ASSERTS,
    leaves: LEAVES,
    dead: dead::shell,
    whole: true,
    ..PLAIN
};
