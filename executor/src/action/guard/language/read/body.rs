//! What a test does, and with which values.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::super::text::Source;
use super::super::{Block, Language};
use super::Header;

/// A test's own body is looked at from here on.
static BODY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"=>\s*\{?|\bfunction\b[^({]*\([^)]*\)\s*\{|\bdo\b(?:\s*\|[^|]*\|)?").expect("a constant pattern")
});
/// A `return` that gives nothing back, alone on its line.
static BARE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)(?:^|[;{])[ \t]*return(?:[ \t]+(?:None|nil|\(\)|undefined|Ok\(\(\)\)))?[ \t]*;?[ \t]*$")
        .expect("a constant pattern")
});

/// Where a test leaves that goes no further: a bare `return` of its own, and not of something inside.
pub(super) fn left_at(source: &Source, header: &Header, language: &Language) -> Option<usize> {
    let body = body(source, header, language);
    let code = &source.code[body.clone()];
    let column = |at: usize| at - source.line_start(at);
    let first = body.start + code.find(|c: char| !c.is_whitespace())?;
    let own = |at: usize| match language.block {
        Block::Indent => column(at) == column(first),
        Block::Braces | Block::Parens => {
            code[..at - body.start].bytes().map(|b| i32::from(b == b'{') - i32::from(b == b'}')).sum::<i32>() == 0
        }
    };
    BARE.find_iter(code).map(|found| body.start + found.end()).find(|end| {
        let at = source.code[..*end].rfind("return").unwrap_or(*end);
        own(at)
    })
}

/// What a test does, without its header.
pub(super) fn body(source: &Source, header: &Header, language: &Language) -> Range<usize> {
    let block = header.block.clone();
    match language.block {
        // Of a language of parentheses, these are functions that are no tests.
        Block::Braces | Block::Parens if source.code.as_bytes().get(block.start) == Some(&b'{') => {
            block.start + 1..block.end.saturating_sub(1).max(block.start + 1)
        }
        Block::Braces => block,
        Block::Parens => {
            let from = header.at.end.min(block.end);
            let begin = BODY.find(&source.code[from..block.end]).map_or(block.end, |found| from + found.end());
            begin..block.end
        }
        Block::Indent => {
            let from = source.code[block.clone()].find([':', '\n']).map_or(block.end, |offset| block.start + offset);
            (from + 1).min(block.end)..block.end
        }
    }
}

/// Nothing is done in `code`.
pub(super) fn is_empty(code: &str) -> bool {
    let words = code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.into_iter().all(|word| matches!(word, "pass" | "end" | "done" | "None" | "true"))
}
/// Where the marks of a test begin: decorators and attributes above it.
pub(super) fn marks_above(source: &Source, header: &Header) -> usize {
    let mut from = source.line_start(header.at.start);
    let mut open = 0_i32;
    while from > 0 {
        let start = source.line_start(from - 1);
        let line = source.code[start..from].trim();
        // The lines of a list over several lines, from its end.
        open += line.bytes().map(|b| i32::from(b")]".contains(&b)) - i32::from(b"([".contains(&b))).sum::<i32>();
        let mark = line.starts_with('@') || line.starts_with("#[") || line.starts_with('[');
        if !(mark || open > 0) {
            break;
        }
        from = start;
    }
    from
}

/// Is it marked as one that must panic?
pub(super) fn is_inverted(source: &Source, header: &Header) -> bool {
    let above = source.code[..header.at.start].lines().rev().take_while(|line| {
        let line = line.trim();
        line.is_empty() || line.starts_with("#[")
    });
    source.code[header.at.clone()].contains("should_panic")
        || above.into_iter().any(|line| line.contains("should_panic"))
}
