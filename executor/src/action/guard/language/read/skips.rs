//! What keeps tests from being run, and the conditions under which they are compiled.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::super::text::Source;
use super::super::{Block, Covers, Language};
use super::{Header, Patterns};

/// A function of any language.
static FUNCTION: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"\b(?:fn|func|fun|function|def|void)\s+(?:\([^)]*\)\s*)?(\w+)|\b((?:before|setup|setUp)\w*)\s*[({]";
    Regex::new(pattern).expect("a constant pattern")
});
/// Functions that run before every test.
static BEFORE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?:before\w*|set_?up\w*|setUp\w*|TestMain|init)$").expect("a constant pattern"));

/// Ranges in which nothing runs, each with what says so.
pub(super) fn skips(
    source: &Source,
    headers: &[Header],
    language: &Language,
    patterns: &Patterns,
) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    let mut only: Vec<(Range<usize>, String)> = Vec::new();
    for marker in language.markers {
        for hit in patterns.get(marker.pattern).find_iter(&source.plain) {
            let lead = hit.as_str().len() - hit.as_str().trim_start().len();
            let at = hit.start() + lead;
            if !source.is_code(at) {
                continue;
            }
            let says = source.plain[at..source.line_end(at)].trim().chars().take(120).collect::<String>();
            match marker.covers {
                Covers::Next => found.extend(next(source, headers, at, language).map(|range| (range, says))),
                Covers::Own => found.extend(own(headers, at).map(|range| (range, says))),
                Covers::Around => {
                    found.extend(around(source, headers, at).into_iter().map(|range| (range, says.clone())))
                }
                Covers::Others => only.extend(own(headers, at).map(|range| (range, says))),
            }
        }
    }
    if let Some((_, says)) = only.first().cloned() {
        let mut at = 0;
        only.sort_by_key(|(range, _)| range.start);
        for (range, _) in &only {
            found.push((at..range.start.max(at), says.clone()));
            at = at.max(range.end);
        }
        found.push((at..source.code.len(), says));
    }
    found
}

/// Ranges that are compiled under a condition only, with the condition; not those that hold anyway.
pub(super) fn conditions(
    source: &Source,
    headers: &[Header],
    language: &Language,
    patterns: &Patterns,
) -> Vec<(Range<usize>, String)> {
    let Some(table) = &language.conditions else { return Vec::new() };
    let usual = patterns.get(table.usual);
    let mut found = Vec::new();
    for (pattern, follows) in [(table.next, true), (table.around, false)] {
        for hit in patterns.get(pattern).find_iter(&source.code) {
            let open = hit.end() - 1;
            let inside = open + 1..source.closing(open).saturating_sub(1).max(open + 1);
            let says: String = source.plain[inside].split_whitespace().collect();
            if usual.is_match(&says) {
                continue;
            }
            let ranges = if follows {
                next(source, headers, hit.start(), language).into_iter().collect()
            } else {
                around(source, headers, hit.start())
            };
            found.extend(ranges.into_iter().map(|range| (range, says.clone())));
        }
    }
    found
}

/// The test or group whose header follows `at` with nothing but other marks between.
fn next(source: &Source, headers: &[Header], at: usize, language: &Language) -> Option<Range<usize>> {
    let header = headers.iter().find(|header| header.at.end > at)?;
    let between = source.code.get(at..header.at.start).unwrap_or_default();
    let apart = match language.block {
        Block::Indent => between.split_whitespace().any(|word| matches!(word, "def" | "class" | "test" | "describe")),
        Block::Braces | Block::Parens => between.contains(['{', '}', ';']),
    };
    (!apart).then(|| header.whole())
}

/// The test or group whose header `at` is part of.
fn own(headers: &[Header], at: usize) -> Option<Range<usize>> {
    let within = |header: &&Header| header.at.start <= at + 1 && at < header.at.end.max(header.block.start + 1);
    headers.iter().rev().find(within).map(Header::whole)
}

/// What a mark at `at` inside of something keeps from running: the test around it; where it stands in a function
/// that is no test, the tests that call that; else the group around it, or everything.
fn around(source: &Source, headers: &[Header], at: usize) -> Vec<Range<usize>> {
    let inside = |header: &&Header| header.whole().contains(&at);
    if let Some(test) = headers.iter().rev().find(|header| header.is_test && inside(header)) {
        return vec![test.whole()];
    }
    let group = headers.iter().rev().find(inside).map_or(0..source.code.len(), Header::whole);
    let Some(function) = function_around(source, group.start, at) else { return vec![group] };
    if BEFORE.is_match(function) {
        return vec![group];
    }
    let calls = Regex::new(&format!(r"\b{}\b", regex::escape(function))).expect("a word is a pattern");
    let called = |header: &&Header| header.is_test && calls.is_match(&source.code[header.at.end..header.whole().end]);
    headers.iter().filter(called).map(Header::whole).collect()
}

fn function_around(source: &Source, from: usize, at: usize) -> Option<&str> {
    let column = |at: usize| at - source.line_start(at);
    let found = FUNCTION.captures_iter(&source.code[from..at]).last()?;
    let name = found.get(1).or_else(|| found.get(2))?;
    let begin = from + found.get(0)?.start();
    let indent = source.code[source.line_start(begin)..].len()
        - source.code[source.line_start(begin)..].trim_start_matches([' ', '\t']).len();
    (source.line(begin) == source.line(at) || column(at) > indent).then_some(name.as_str())
}
