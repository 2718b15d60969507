//! The values that a test is run with, row by row: those of its marks, of tables that it names, and of its loops. Pure.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::super::text::Source;
use super::Header;
use super::around::Around;
use super::body::marks_above;
use super::given::{Said, Sort};
use super::names::{LIST, Names};
use super::value::{Piece, elements as elements_of, pieces};
use super::values::{List, elements, lists_above, lists_of_loops, opens};

/// Most rows that are compared.
const MOST: usize = 500;

/// Every row, with what its names stand for.
pub(super) fn table(
    source: &Source,
    header: &Header,
    body: &Range<usize>,
    around: &[Around],
    names: &Names<'_>,
) -> Vec<Vec<Piece>> {
    static PROVIDED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"\b(?:MethodSource|FieldSource|DataProvider|MemberData|TestCaseSource|DynamicData)\s*\(\s*(?:nameof\s*\(\s*)?["']?(\w+)"#)
            .expect("a constant pattern")
    });
    // `return [`, `Stream.of(`, `new List<object[]> {`
    static MADE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:return\s+)?(?:(?:new\s+)?[A-Z][\w.]*(?:<[^()]*>)?(?:\.\w+)?\s*)?[\[({]")
            .expect("a constant pattern")
    });
    let at = header.at.start;
    let row = |range: Range<usize>| pieces(&names.resolved(Said::of(source, range), at).0.plain);
    let (mut lists, marks) = lists_above(source, header);
    let above = &source.plain[marks_above(source, header)..header.at.end];
    let provided: Vec<String> = PROVIDED.captures_iter(above).map(|found| found[1].to_owned()).collect();
    lists.extend(provided.iter().cloned().map(List::Named));
    lists.extend(lists_of_loops(source, header, body, around).into_iter().map(|(list, _)| list));
    let mut found: Vec<Vec<Piece>> = marks
        .into_iter()
        .filter_map(|mark| {
            let open = mark.end + source.code[mark.end..].find('(')?;
            Some(row(open..source.closing(open)))
        })
        .collect();
    for list in lists {
        match (opens(source, &list, body), &list) {
            (Some(open), _) => {
                let all = elements(source, open);
                let kept = all.len().saturating_sub(usize::from(is_cut(&list, names, at)));
                found.extend(all.into_iter().take(kept).map(|(from, to)| row(from..to)));
            }
            (None, List::Named(name)) => {
                let Some(given) = names.meaning(name, at) else { continue };
                let says = names.resolved(given.says, at).0;
                if LIST.is_match(&says.code) || provided.contains(name) && MADE.is_match(&says.code) {
                    found.extend(elements_of(&pieces(&says.plain)));
                }
            }
            (None, List::Here(_)) => {}
        }
    }
    found.extend(lines_above(above));
    found.truncate(MOST);
    found
}

/// Is something taken from the list after it was written?
fn is_cut(list: &List, names: &Names<'_>, at: usize) -> bool {
    static TAKES: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:^|;\s*)(?:del\b|\w+\.(?:pop|remove|clear|splice|shift|truncate|delete|discard|popitem|retain)\w*\s*\()")
            .expect("a constant pattern")
    });
    let List::Named(name) = list else { return false };
    names.meaning(name, at).is_some_and(|given| given.sort == Sort::Several && TAKES.is_match(&given.says.code))
}

/// Rows of a table that is one string: `it.each` with lines of `a | b`.
fn lines_above(above: &str) -> Vec<Vec<Piece>> {
    let Some((_, rest)) = above.split_once(".each`") else { return Vec::new() };
    let lines = rest.split('`').next().unwrap_or_default().lines().skip(1).filter(|line| line.contains('|'));
    let row = |line: &str| pieces(&format!("[{}]", line.replace("${", "(").replace('}', ")").replace('|', ",")));
    lines.skip(1).map(row).collect()
}
