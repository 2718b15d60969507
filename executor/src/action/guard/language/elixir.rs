//! Elixir: ExUnit.

use super::super::text::{Quote, Special, Style, quote};
use super::{Block, Covers, Language, PLAIN, assert, marker};

const STYLE: Style = Style {
    line: &["#"],
    block: &[],
    strings: &[Quote { mark: "\"\"\"", escapes: true, lines: true }, quote("\"")],
    special: Special::Shell,
};

pub(super) const LANGUAGE: Language = Language {
    holds: |path| path.extension == "exs" && path.stem.ends_with("_test"),
    style: &STYLE,
    block: Block::Indent,
    tests: &[r#"(?m)^[ \t]*(?:test|property)[ \t(]+"([^"\n]*)""#],
    groups: &[r#"(?m)^[ \t]*describe[ \t(]+"([^"\n]*)""#],
    markers: &[
        marker(r"(?m)^[ \t]*@tag[ \t]+:?skip\b", Covers::Next),
        marker(r"(?m)^[ \t]*@(?:moduletag|describetag)[ \t]+:?skip\b", Covers::Around),
    ],
    asserts: &[
        assert(r"\b(?:assert|refute)\b[ \t]*", 1),
        assert(r"\b(?:assert|refute)_\w+\b", 0),
        assert(r"\bflunk\b", 0),
    ],
    leaves: r"^\s*:ok\s*$",
    ..PLAIN
};
