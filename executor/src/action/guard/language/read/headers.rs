//! Where tests and what holds them begin and end.

use std::ops::Range;

use super::super::super::text::Source;
use super::super::{Block, Language};
use super::{Header, Patterns};

pub(super) fn headers(source: &Source, language: &Language, patterns: &Patterns) -> Vec<Header> {
    let mut found: Vec<Header> = Vec::new();
    for (table, is_test) in [(language.tests, true), (language.groups, false)] {
        for text in table {
            for captures in patterns.get(text).captures_iter(&source.plain) {
                let whole = captures.get(0).expect("a match is a match");
                let Some(name) = captures.iter().skip(1).flatten().next() else { continue };
                let lead = whole.as_str().find(|c: char| c.is_alphanumeric() || "@#[_".contains(c)).unwrap_or(0);
                let start = whole.start() + lead;
                if !source.is_code(start) || found.iter().any(|h| h.at.end == name.end()) {
                    continue;
                }
                let block = block(source, start, name.start(), name.end(), language.block);
                found.push(Header { name: name.as_str().to_owned(), at: start..name.end(), block, is_test });
            }
        }
    }
    found.sort_by_key(|header| header.at.start);
    found
}

fn block(source: &Source, start: usize, name: usize, end: usize, kind: Block) -> Range<usize> {
    match kind {
        Block::Braces => {
            let next = source.code[end..].find(['{', ';']).map(|offset| end + offset);
            match next.filter(|at| source.code.as_bytes()[*at] == b'{') {
                Some(open) => open..source.closing(open),
                // `fun x() = …`, or a declaration.
                None => end..next.unwrap_or(source.code.len()).min(source.line_end(end)),
            }
        }
        Block::Parens => match source.code[start..name].rfind('(') {
            Some(open) => start + open..source.closing(start + open),
            None => start..source.line_end(end),
        },
        Block::Indent => indented(source, start, end),
    }
}

pub(in super::super) fn indented(source: &Source, start: usize, end: usize) -> Range<usize> {
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let own = indent(&source.plain[source.line_start(start)..]);
    let arguments = source.code[end..].starts_with(['(', '[']);
    let head = if arguments { source.closing(end) } else { end };
    let mut stop = source.line_end(head);
    while stop < source.code.len() {
        let line_end = source.line_end(stop + 1);
        let line = &source.plain[stop + 1..line_end];
        if !line.trim().is_empty() && indent(line) <= own {
            break;
        }
        stop = line_end;
    }
    head..stop
}
