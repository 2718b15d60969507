//! Functions that tests call, and that assert for them.

use std::sync::LazyLock;

use regex::Regex;

use super::super::super::text::Source;
use super::super::{Block, Language};
use super::Header;
use super::asked::statement;
use super::headers::indented;

static BRACES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:fn|func|function|fun|void|def)\s+(?:\([^)]*\)\s*)?(\w+)\s*(?:<[^>]*>\s*)?\(|\b(?:const|let|var)\s+(\w+)\s*=\s*(?:async\s*)?(?:function\b|\([^()]*\)\s*(?::[^=]*)?=>|\w+\s*=>)|(?m)^[ \t]*(?:function[ \t]+)?(\w+)[ \t]*\([ \t]*\)[ \t]*\{|^[ \t]*(?:[\w:.]+(?:<[^;{}()\n]*>)?(?:\[\])*[*&]*[ \t]+)+[*&]*(\w+)[ \t]*\([^;{}()]*\)[ \t\n]*(?:throws\s[^{;]*)?\{")
        .expect("a constant pattern")
});
static LINES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^[ \t]*(?:async[ \t]+)?def[ \t]+(?:self\.)?(\w+)").expect("a constant pattern"));

/// What an arrow function without braces begins with that asserts.
static ASSERTS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\s*(?:assert|expect)\b").expect("a constant pattern"));

/// Words before a call that make no function of it.
const NO_TYPES: [&str; 16] = [
    "if", "while", "match", "for", "return", "else", "switch", "case", "new", "throw", "await", "yield", "in", "let",
    "do", "unless",
];

/// The functions behind `from` in a file that are no tests, and hold none.
pub(super) fn helpers(source: &Source, tests: &[Header], language: &Language, from: usize) -> Vec<Header> {
    let pattern = if language.block == Block::Indent { &LINES } else { &BRACES };
    let mut found: Vec<Header> = Vec::new();
    for captures in pattern.captures_iter(&source.code[from..]) {
        let Some((whole, name)) = captures.get(0).zip(captures.iter().skip(1).flatten().next()) else { continue };
        let first = whole.as_str().split_whitespace().next().unwrap_or_default();
        if NO_TYPES.contains(&first) {
            continue;
        }
        let (start, end) = (from + whole.start(), from + name.end());
        let block = match language.block {
            Block::Indent => indented(source, source.line_start(end), end),
            Block::Parens if arrow(source, end, from + whole.end()).is_some() => {
                let at = arrow(source, end, from + whole.end()).unwrap_or(end);
                at..statement(source, at, source.code.len()).end
            }
            Block::Braces | Block::Parens => {
                let next = source.code[end..].find(['{', ';']).map(|at| end + at);
                let Some(open) = next.filter(|at| source.code.as_bytes()[*at] == b'{') else { continue };
                open..source.closing(open)
            }
        };
        let all = start..block.end;
        // What stands in a test belongs to it.
        let apart = tests.iter().filter(|test| test.is_test).all(|test| {
            let whole = test.whole();
            whole.end <= all.start || all.end <= whole.start
        });
        let named = matches!(name.as_str(), "if" | "for" | "while" | "switch" | "catch" | "main");
        if apart && !named && !found.iter().any(|other| other.at.end == end) {
            found.push(Header { name: name.as_str().to_owned(), at: start..end, block, is_test: true });
        }
    }
    found
}

/// Where the expression begins that is all of the arrow function whose name ends at `name`, if that asserts: `(a, b) => assert.equal(a, b)`.
fn arrow(source: &Source, name: usize, end: usize) -> Option<usize> {
    let head = &source.code[name..end];
    let listed = head.trim_start().strip_prefix('=').is_some_and(|rest| rest.trim_start().starts_with('('));
    (listed && head.ends_with("=>") && ASSERTS.is_match(&source.code[end..])).then_some(end)
}

/// Calls of these functions that are statements, also by a path (`common::same(…)`), and of others whose names tell that they assert.
pub(super) fn calls(helpers: &[&str]) -> Regex {
    let names: Vec<String> = helpers.iter().map(|name| regex::escape(name)).collect();
    let telling = r"\b(?:check|verify|assert|expect)(?:_\w+|[A-Z]\w*)";
    let own = format!(r"(?m)(?:^|[;{{}}])[ \t]*(?:(?:await|self|this|cls)[ .]+|\w+(?:::|\.))*(?:{})", names.join("|"));
    let all = if names.is_empty() { telling.to_owned() } else { format!("{own}|{telling}") };
    Regex::new(&format!(r"(?:{all})\s*!?\(")).expect("names are a pattern")
}
