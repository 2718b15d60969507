//! Is an assertion trivial: true whatever the program does?

use std::sync::LazyLock;

use regex::Regex;

use super::super::text::Source;
use super::Assert;

/// Words that are values, not names of something that could be wrong.
const VALUES: [&str; 15] = [
    "true",
    "false",
    "True",
    "False",
    "None",
    "nil",
    "null",
    "undefined",
    "NaN",
    "Some",
    "Ok",
    "NULL",
    "and",
    "or",
    "not",
];

static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b[A-Za-z_]\w*").expect("a constant pattern"));
static ALWAYS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:\|\||\bor)\s*(?:true|True|TRUE|1|:)\s*\)?$|^\(?\s*(?:true|True|1)\s*(?:\|\||or\b)")
        .expect("a constant pattern")
});

/// Compared with what is equal to everything.
static EVERYTHING: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"==\s*(?:(?:unittest\.)?mock\.)?ANY\b|\bANY\s*==").expect("a constant pattern"));

/// Is the assertion whose arguments begin at `at` trivial? Those of its arguments in `ignored` that come first say
/// nothing.
pub(super) fn is_trivial(source: &Source, at: usize, assert: &Assert, ignored: &[&str]) -> bool {
    let count = assert.arguments;
    if count == 0 {
        return false;
    }
    if assert.statement && is_tuple(source, at) {
        return true;
    }
    let (from, to) = arguments(source, at);
    let mut parts = split(source, from, to, b',');
    if parts.first().is_some_and(|(a, b)| ignored.contains(&source.code[*a..*b].trim())) {
        parts.remove(0);
    }
    parts.truncate(count);
    let texts: Vec<&str> = parts.iter().map(|(a, b)| source.plain[*a..*b].trim()).collect();
    if texts.is_empty() || texts.iter().all(|text| text.is_empty()) {
        return true;
    }
    if count == 2 && texts.len() == 2 && texts[0] == texts[1] {
        return true;
    }
    // `mock.ANY` is equal to everything.
    if count == 2 && texts.iter().any(|text| *text == "ANY" || text.ends_with("mock.ANY")) {
        return true;
    }
    let named = texts.iter().any(|text| text.contains('$') || text.contains("#{"));
    let literal = !named && parts.iter().all(|(a, b)| is_literal(&source.code[*a..*b]));
    literal || count == 1 && (EVERYTHING.is_match(texts[0]) || ALWAYS.is_match(texts[0]) || same_sides(texts[0]))
}

/// `(x, "why")` holds whatever `x` is.
fn is_tuple(source: &Source, at: usize) -> bool {
    if source.code.as_bytes().get(at) != Some(&b'(') {
        return false;
    }
    let end = source.closing(at);
    let alone = source.code[end..source.line_end(end)].trim_start();
    (alone.is_empty() || alone.starts_with([';', ','])) && split(source, at + 1, end.saturating_sub(1), b',').len() > 1
}

/// The arguments: inside the bracket at `at`, or to the end of the line.
fn arguments(source: &Source, at: usize) -> (usize, usize) {
    let bytes = source.code.as_bytes();
    match bytes.get(at) {
        Some(b'(') => {
            let end = source.closing(at);
            let rest = source.code[end..source.line_end(end)].trim();
            // `assert (x) == y` goes on behind the bracket.
            let goes_on = rest.starts_with(['=', '!', '<', '>']) || rest.starts_with("or ") || rest.starts_with("||");
            if goes_on { (at, source.line_end(end)) } else { (at + 1, end.saturating_sub(1)) }
        }
        _ if at > 0 && bytes[at - 1] == b'(' => (at, source.closing(at - 1).saturating_sub(1)),
        _ => (at, source.line_end(at)),
    }
}

/// The elements of a list.
pub(super) fn elements(source: &Source, from: usize, to: usize) -> Vec<(usize, usize)> {
    split(source, from, to, b',').into_iter().filter(|(a, b)| !source.plain[*a..*b].trim().is_empty()).collect()
}

/// The parts of `from..to` between `separator`s that stand in no bracket.
fn split(source: &Source, from: usize, to: usize, separator: u8) -> Vec<(usize, usize)> {
    let (from, to) = (from.min(to), to);
    let mut parts = Vec::new();
    let (mut depth, mut begin) = (0_i32, from);
    for at in from..to {
        match source.code.as_bytes()[at] {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            byte if byte == separator && depth == 0 => {
                parts.push((begin, at));
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push((begin, to));
    parts
}

/// Nothing in it has a name, so nothing in it can be wrong. In a shell `$` names something, even inside quotes.
fn is_literal(code: &str) -> bool {
    !code.contains(['$', '@', '`']) && WORD.find_iter(code).all(|word| VALUES.contains(&word.as_str()))
}

/// `x == x`.
fn same_sides(text: &str) -> bool {
    ["===", "==", " is ", " = ", " -eq "].iter().any(|operator| {
        text.split_once(operator).is_some_and(|(left, right)| {
            let left = left.trim().trim_start_matches(['(', '[']).trim();
            let right = right.trim().trim_end_matches([')', ']']).trim();
            !left.is_empty() && left == right
        })
    })
}
