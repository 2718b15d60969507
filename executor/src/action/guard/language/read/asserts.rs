//! The assertions of tests: those that can fail, and those that cannot.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::super::text::Source;
use super::super::assertion::is_trivial;
use super::super::{Assert, Block, Language};
use super::body::left_at;
use super::{Counts, Header, Patterns};

/// Assertions of each header: how many can fail, how many cannot, and where the first are. What `calls` fits asserts, too.
pub(super) fn assertions(
    source: &Source,
    headers: &[Header],
    dead: &[Range<usize>],
    (language, calls): (&Language, Option<&Regex>),
    patterns: &Patterns,
) -> Vec<Counts> {
    let mut counts = vec![Counts::default(); headers.len()];
    let reaches: Vec<Option<usize>> =
        headers.iter().map(|header| header.is_test.then(|| left_at(source, header, language)).flatten()).collect();
    let (mut seen, mut known) = (BTreeSet::new(), Vec::<Range<usize>>::new());
    let of_tables = language.asserts.iter().map(|assert| (assert, patterns.get(assert.pattern)));
    let all = of_tables.chain(calls.map(|calls| (&CALL, calls.clone())));
    for (assert, pattern) in all {
        for hit in pattern.find_iter(&source.code) {
            let lead = |c: char| !(c.is_whitespace() || assert.pattern.is_empty() && ";{}".contains(c));
            let start = hit.start() + hit.as_str().find(lead).unwrap_or(0);
            if !seen.insert(start) || assert.pattern.is_empty() && is_no_call(source, start, &known) {
                continue;
            }
            known.push(start..hit.end());
            let within = |header: &Header| header.is_test && header.whole().contains(&start);
            let Some(at) = headers.iter().rposition(within) else { continue };
            // `expect.anything()` is what another one expects.
            if language.block == Block::Parens && source.code[hit.end()..].starts_with(".any") {
                continue;
            }
            let unheard = dead.iter().any(|range| range.contains(&start));
            if unheard || reaches[at].is_some_and(|end| hit.start() > end) {
                continue;
            }
            if cannot_fail(source, &hit, assert, language) {
                counts[at].trivial += 1;
            } else {
                counts[at].can_fail += 1;
                counts[at].places.push(start);
            }
        }
    }
    counts
}

/// A call of a function that asserts.
const CALL: Assert = Assert { pattern: "", arguments: 0, statement: false };

/// Is it where a function is made, part of an assertion that is `known`, or a call that only sounds like one?
fn is_no_call(source: &Source, at: usize, known: &[Range<usize>]) -> bool {
    let before = source.code[..at].trim_end();
    let made = ["fn", "func", "function", "def", "fun", "void"].iter().any(|word| before.ends_with(word));
    let output = source.code[at..].starts_with("check_output") || source.code[at..].starts_with("check_call");
    made && before.len() < at || output || known.iter().any(|range| range.contains(&at))
}

/// Does it hold whatever the program does?
pub(super) fn cannot_fail(source: &Source, hit: &regex::Match<'_>, assert: &Assert, language: &Language) -> bool {
    language.block == Block::Parens && says_nothing(source, hit)
        || is_brought_in(source, hit.end(), assert.arguments)
        || is_trivial(source, hit.end(), assert, language.ignored)
}

/// Is it asserted of a function of the program that it is there, and not of what it gives back?
fn is_brought_in(source: &Source, at: usize, arguments: usize) -> bool {
    static NAME: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^\(?[ \t]*([A-Za-z_]\w*)[ \t]*(?:\)|\n|$)").expect("a constant pattern"));
    if arguments != 1 {
        return false;
    }
    let Some(name) = NAME.captures(&source.code[at..]).map(|found| regex::escape(&found[1])) else { return false };
    let brings = format!(
        r"(?m)^[ \t]*from[ \t]+\S+[ \t]+import[^\n]*\b{name}\b|\{{[^}}\n]*\b{name}\b[^}}\n]*\}}\s*=\s*require\b|\bimport\s*\{{[^}}]*\b{name}\b[^}}]*\}}\s*from\b"
    );
    Regex::new(&brings).is_ok_and(|brings| brings.is_match(&source.code))
}

/// `expect(x)` of which nothing is expected, or anything.
fn says_nothing(source: &Source, hit: &regex::Match<'_>) -> bool {
    static ANYTHING: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^\s*\.(?:to\w+)\(\s*expect\.anything\(|^\s*(?:[;,)}]|$)").expect("a constant pattern")
    });
    let is_expect = hit.as_str().trim() == "expect" && source.code.as_bytes().get(hit.end()) == Some(&b'(');
    is_expect && ANYTHING.is_match(&source.code[source.closing(hit.end())..])
}
