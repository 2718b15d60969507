//! Ruby: minitest, test-unit and RSpec.

use super::super::text::{Special, Style, quote};
use super::{Block, Covers, GIVES, Language, PLAIN, assert, marker};

pub(in super::super) const STYLE: Style = Style {
    line: &["#"],
    block: &[("\n=begin", "\n=end")],
    strings: &[quote("\""), quote("'")],
    special: Special::Shell,
};

pub(super) const LANGUAGE: Language = Language {
    holds: |path| {
        path.extension == "rb"
            && (path.stem.ends_with("_spec")
                || path.stem.ends_with("_test")
                || path.stem.starts_with("test_")
                || path.folders.iter().any(|folder| matches!(*folder, "test" | "spec")))
    },
    style: &STYLE,
    block: Block::Indent,
    tests: &[
        r"(?m)^[ \t]*def[ \t]+(test_\w+[?!]?)",
        r#"(?m)^[ \t]*[xf]?(?:it|specify|example|test|scenario|should)[ \t(]+(?:'([^'\n]*)'|"([^"\n]*)")"#,
    ],
    groups: &[
        r"(?m)^[ \t]*class[ \t]+(\w+)",
        r#"(?m)^[ \t]*[xf]?(?:RSpec\.)?(?:describe|context|feature)[ \t(]+(?:'([^'\n]*)'|"([^"\n]*)"|([\w:]+))"#,
    ],
    markers: &[
        marker(r"(?m)^[ \t]*x(?:it|specify|example|describe|context|scenario)\b", Covers::Own),
        marker(r"(?m)^[ \t]*f(?:it|specify|describe|context)\b", Covers::Others),
        marker(r"(?m)^[ \t]*(?:skip|pending|omit|pend)\b", Covers::Around),
        marker(r"(?:,\s*|\()(?::skip|:pending|skip:\s*(?:true|\x22|')|pending:\s*(?:true|\x22|'))", Covers::Around),
    ],
    asserts: &[
        assert(r"\b(?:assert|refute)\b[ \t]*", 1),
        assert(r"\b(?:assert|refute)_(?:equal|same)\b[ \t]*", 2),
        assert(
            r"\b(?:assert|refute)_(?:nil|includes?|match|raises?|raise|empty|instance_of|kind_of|respond_to|operator|predicate|in_delta|throws|output|silent|difference|no_difference|response|select|redirected_to|not_\w+)\b",
            0,
        ),
        assert(r"\bexpect\b[ \t]*", 1),
        assert(r"\.(?:should|must_\w+|wont_\w+)\b", 0),
        assert(r"\bflunk\b", 0),
    ],
    gives: &[GIVES, r"(?m)^[ \t]*(?:let!?|subject)[ \t]*\([ \t]*:(\w+)[ \t]*\)[ \t]*(?:\{|do\b)"],
    ..PLAIN
};
