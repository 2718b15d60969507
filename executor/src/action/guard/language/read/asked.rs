//! What each assertion of a test asks: how much, of what, and where alone.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::super::text::Source;
use super::super::Block;
use super::around::{Around, Sort, within};
use super::given::Said;
use super::names::{Names, Used};
use super::strength::{Strength, strength};

/// What an assertion asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super::super) struct Asked {
    /// As it stands, with what its names stand for instead of these.
    pub(in super::super::super) text: String,
    /// As it stands.
    pub(in super::super::super) said: String,
    /// What stands in the block that it opens, where that must fail; of a script, what was run before.
    pub(in super::super::super) inside: String,
    /// Names in it that something else gives a value.
    pub(in super::super::super) used: Vec<Used>,
    pub(in super::super::super) strength: Strength,
    /// Conditions under which alone it is asked.
    pub(in super::super::super) under: Vec<String>,
    /// Loops of which nobody can tell that they run, for what they run over is not used.
    pub(in super::super::super) idle: Vec<String>,
    /// The function that asks it.
    pub(in super::super::super) by: Option<String>,
    /// That is in another file.
    pub(in super::super::super) far: bool,
    /// It is asked in a loop.
    pub(in super::super::super) looped: bool,
}

/// What only leads to a fault, so that the condition around it is what is asked.
pub(super) static FAILS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^(?:(?:\w+\.)*(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow|Fatalln)\s*\(|(?:log\.Fatal\w*|panic|fail|flunk|fail\w*)\s*[(!]|(?:unreachable|panic|bail)!|(?:self|pytest|assert|Assertions|Assert)\.fail\s*\(|raise\b|throw\b|(?:exit|return)\s+[1-9$]|flunk\b|fail\b)";
    Regex::new(pattern).expect("a constant pattern")
});

/// What is asked at `at`, in the test whose body is `body`.
pub(super) fn asked(
    source: &Source,
    body: &Range<usize>,
    at: usize,
    names: &Names<'_>,
    around: &[Around],
    block: Block,
) -> Asked {
    let range = statement(source, at, body.end.max(at));
    let own = &source.code[range.clone()];
    let mut outer: Vec<&Around> = within(around, at).filter(|outer| outer.inside.start >= body.start).collect();
    let fails = FAILS.is_match(own.trim_start());
    let said = if fails {
        outer.iter().rposition(|outer| outer.sort == Sort::If).map(|last| outer.remove(last))
    } else {
        None
    };
    let stands = said.map_or(range, |outer| outer.head.clone());
    let (resolved, used) = names.resolved(Said::of(source, stands.clone()), at);
    let fault = if said.is_some() { " fails" } else { "" };
    let idle = outer.iter().filter(|outer| outer.sort == Sort::Loop && !is_used(source, outer));
    let mut under: Vec<String> =
        outer.iter().filter(|outer| outer.sort == Sort::If).map(|outer| outer.says.clone()).collect();
    under.extend(super::around::left_before(source, body, at, around, block));
    Asked {
        strength: strength(&squeezed(&resolved.code), &squeezed(&resolved.plain), fails && said.is_some()),
        text: format!("{}{fault}", squeezed(&resolved.plain)),
        said: format!("{}{fault}", squeezed(&source.plain[stands])),
        inside: if block == Block::Indent { inside(source, body, at, names) } else { ran(source, body, at) },
        used,
        under,
        idle: idle.map(|outer| outer.says.clone()).collect(),
        by: None,
        far: false,
        looped: outer.iter().any(|outer| outer.sort == Sort::Loop),
    }
}

/// What stands in the block of `with raises(…):` at `at`, with what its names stand for.
fn inside(source: &Source, body: &Range<usize>, at: usize, names: &Names<'_>) -> String {
    let line = source.line_start(at)..source.line_end(at);
    if !source.code[line.clone()].trim_start().starts_with("with ") {
        return String::new();
    }
    let end = super::headers::indented(source, line.start, line.end).end.min(body.end);
    let colon = source.code[at..end.max(at)].find(":\n").map_or(end, |colon| at + colon + 1);
    squeezed(&names.resolved(Said::of(source, colon..end.max(colon)), at).0.plain)
}

/// The command that bats has run, where it is asked what came of it at `at`.
fn ran(source: &Source, body: &Range<usize>, at: usize) -> String {
    static OF_RUN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\$\{?(?:output|status|stderr|lines)\b|^assert_(?:output|success|failure|line)\b")
            .expect("a constant pattern")
    });
    static RUN: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?m)^[ \t]*run[ \t]+(\S[^\n]*)$").expect("a constant pattern"));
    if at < body.start || !OF_RUN.is_match(&source.plain[at..source.line_end(at)]) {
        return String::new();
    }
    let last = RUN.captures_iter(&source.plain[body.start..at]).last();
    last.map(|found| format!("\"$({})\"", squeezed(&found[1]).replace('"', "'"))).unwrap_or_default()
}

/// Words that are not of the program.
const COMMON: [&str; 40] = [
    "self",
    "t",
    "assert",
    "expect",
    "it",
    "test",
    "to",
    "be",
    "equal",
    "is",
    "not",
    "and",
    "or",
    "in",
    "True",
    "False",
    "None",
    "true",
    "false",
    "null",
    "nil",
    "undefined",
    "if",
    "else",
    "let",
    "const",
    "var",
    "await",
    "async",
    "def",
    "fn",
    "func",
    "function",
    "return",
    "for",
    "of",
    "mut",
    "pytest",
    "fails",
    "new",
];

static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[A-Za-z_]\w*|\d[\w.]*").expect("a constant pattern"));
/// What asserts, and how.
static MATCHER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:(?:debug_)?assert\w*|to[A-Z]\w*|strictEqual|deep\w*|Equal|equals?|raises|Fatalf?|Errorf?|fail\w*|isEqualTo)$")
        .expect("a constant pattern")
});

/// Words of the program in `text`: names and numbers.
pub(in super::super::super) fn words(text: &str) -> Vec<&str> {
    let all = WORD.find_iter(text).map(|word| word.as_str());
    all.filter(|word| !COMMON.contains(word) && !MATCHER.is_match(word)).collect()
}

/// Names that a loop gives.
pub(super) static BOUND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\bfor\b[\s(]*(?:const\b|let\b|var\b|auto\b|final\b)?\s*([\w\s,&():\[\]{}<>*]+?)\s*(?:\bin\b|\bof\b|:=|:|=)|\bdo\s*\|([^|]*)\||(?:forEach|for_each|map|each)\s*\(\s*\(?\s*\|?([\w\s,{}\[\]]*)")
        .expect("a constant pattern")
});
/// A loop that is a call.
static OVER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\.(?:forEach|for_each|map|each)\b").expect("a constant pattern"));
/// A loop over something that is written down, and is not nothing.
static WRITTEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\d\s*\.\.=?\s*[\dA-Z]|range\(\s*[\dA-Z]|\brange\s+[\dA-Z]|<=?\s*[\dA-Z]|[\[(]\s*[^\s\])]|\d+\.times|\bloop\b|seq\s+\d")
        .expect("a constant pattern")
});

/// Is what the loop runs over written there, or what it gives used inside?
fn is_used(source: &Source, outer: &Around) -> bool {
    let over = match OVER.find(&outer.code) {
        Some(found) => &outer.code[..found.start()],
        None => {
            [" in ", " of "].iter().find_map(|word| outer.code.split_once(word)).map_or(&*outer.code, |(_, over)| over)
        }
    };
    if WRITTEN.is_match(over) {
        return true;
    }
    let inside = &source.code[outer.inside.clone()];
    let given = BOUND.captures(&outer.code);
    let given =
        given.and_then(|found| Some(found.iter().skip(1).flatten().next()?.as_str().to_owned())).unwrap_or_default();
    let mut words =
        given.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty() && *word != "_");
    words.any(|word| Regex::new(&format!(r"\b{word}\b")).is_ok_and(|word| word.is_match(inside)))
}

pub(super) fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The statement that begins at `at`, without what ends it.
pub(super) fn statement(source: &Source, at: usize, limit: usize) -> Range<usize> {
    let bytes = source.code.as_bytes();
    let mut depth = 0_i32;
    let mut here = at;
    while here < limit.min(bytes.len()) {
        match bytes[here] {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            b';' if depth == 0 => break,
            b'\n' if depth == 0 && !goes_on(source, at, here) => break,
            _ => {}
        }
        if depth < 0 {
            break;
        }
        here += 1;
    }
    // A test in brackets of a shell closes them behind a space.
    at..here.max(at)
}

/// Does the statement from `at` on go on behind the line feed at `end`?
fn goes_on(source: &Source, at: usize, end: usize) -> bool {
    let (before, behind) = (source.code[at..end].trim_end(), source.code[end..].trim_start());
    let open = ["\\", ",", "&&", "||", "==", " and", " or", "="].iter().any(|word| before.ends_with(word));
    open || before.is_empty()
        || behind.starts_with('.') && !behind.starts_with("./") && !behind.starts_with(". ")
        || behind.starts_with("?.")
        || behind.starts_with("&&")
        || behind.starts_with("||")
}
