//! What stands around a place in a test: conditions, loops, functions. And where a test leaves before it comes there.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::super::text::Source;
use super::super::Block;
use super::asked::squeezed;

/// What kind of thing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// What is inside runs under a condition.
    If,
    /// What is inside runs as often as there is something.
    Loop,
    /// What is inside runs when it is called.
    Function,
}

/// Something around a place.
#[derive(Debug)]
pub(super) struct Around {
    pub(super) sort: Sort,
    pub(super) inside: Range<usize>,
    /// What says so.
    pub(super) head: Range<usize>,
    /// What it says, on one line.
    pub(super) says: String,
    /// The same without what its strings say.
    pub(super) code: String,
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

static CONDITION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:^|[^.\w$])(?:if|elif|elsif|else|unless|while|match|switch|case|except|catch|rescue)\b|(?:^|[^.\w$])(?:until\s+[^(\s]|select\s*$)",
    )
});
static LOOP: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:for|loop)\b|\.(?:forEach|for_each|each|map|times)\b"));
static FUNCTION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"=>\s*$|\|[^|]*\|\s*(?:->[^{]*|move\s*)?$|\b(?:function|fn|func|fun|def|lambda)\b|->\s*$|\bdo\s*(?:\|[^|]*\|)?\s*$|\basync\s*(?:move)?\s*$|\)\s*(?:throws\s[^{]*|:\s*[^{()]*)?$",
    )
});
/// What stands before a statement and says when it runs.
static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\bif\s*\([^\n]*\)\s*$|(?:&&|[^\s(,=|]\s*\|\||[^?]\?)\s*$|\belse\s*$|^\s*(?:if|elif|unless|while)\b[^\n]*:\s*$|\bif\b[^;{}]*;\s*then\s*$",
    )
});
/// What stands behind one of Ruby.
static BEHIND: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[^\n]*?\s(if|unless)\s+([^\n]+)$"));
static LEAVES: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(return|continue|break|next|exit)\b[ \t(]*([^\n;})]*)"));

/// Everything in `range` that stands around something.
pub(super) fn all(source: &Source, range: Range<usize>, block: Block, shell: bool) -> Vec<Around> {
    match block {
        Block::Braces if shell => words(source, &range),
        Block::Braces | Block::Parens => braces(source, &range),
        Block::Indent => lines(source, &range),
    }
}

/// What of `around` holds `at`, outer first.
pub(super) fn within(around: &[Around], at: usize) -> impl Iterator<Item = &Around> {
    around.iter().filter(move |outer| outer.inside.contains(&at))
}

fn make(source: &Source, head: Range<usize>, inside: Range<usize>) -> Option<Around> {
    let code = &source.code[head.clone()];
    let from = |found: regex::Match<'_>| head.start + found.start();
    let condition = CONDITION.find(code);
    let (sort, start) = match condition {
        Some(found) => (
            Sort::If,
            from(found) + found.as_str().len() - found.as_str().trim_start_matches(|c: char| !c.is_alphabetic()).len(),
        ),
        None if LOOP.is_match(code) => (Sort::Loop, head.start + LOOP.find(code)?.start()),
        None if FUNCTION.is_match(code.trim_end()) => (Sort::Function, head.start),
        None => return None,
    };
    let own = start..head.end;
    let head = start..head.end;
    Some(Around { sort, inside, head, says: squeezed(&source.plain[own.clone()]), code: squeezed(&source.code[own]) })
}

/// Blocks in `{…}` with what stands before them.
fn braces(source: &Source, range: &Range<usize>) -> Vec<Around> {
    let bytes = source.code.as_bytes();
    let mut found: Vec<Around> = Vec::new();
    // Where a block opens, its header, and how many round brackets were open there.
    let mut open: Vec<(usize, Range<usize>, i32)> = Vec::new();
    let (mut boundary, mut round) = (range.start, 0_i32);
    for at in range.clone() {
        let level = open.last().map_or(0, |(_, _, level)| *level);
        match bytes[at] {
            b'(' => round += 1,
            b')' => round -= 1,
            b';' if round <= level => boundary = at + 1,
            b'{' => {
                open.push((at, head(source, boundary, at), round));
                boundary = at + 1;
            }
            b'}' => {
                if let Some((from, header, level)) = open.pop() {
                    found.extend(make(source, header, from..at));
                    round = level;
                }
                boundary = at + 1;
            }
            _ => {}
        }
    }
    found.extend(open.into_iter().filter_map(|(from, header, _)| make(source, header, from..range.end)));
    found.sort_by_key(|around| (around.inside.start, std::cmp::Reverse(around.inside.end)));
    found
}

/// The header of a block: from the last line on that begins a statement.
fn head(source: &Source, boundary: usize, at: usize) -> Range<usize> {
    static BEGINS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?m)^[ \t]*(?:\}?[ \t]*else\b|if\b|for\b|while\b|match\b|switch\b|case\b|let\b|const\b|var\b|return\b|func\b|fn\b|it\b|test\b|describe\b|expect\b)",
        )
    });
    // `if x := f(); x {`
    static INLINE: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^[ \t]*\}?[ \t]*(?:else[ \t]+)?(?:if|for|switch)\b(?:[^{}]|\{[^{}]*\})*$"));
    let line = source.line_start(at);
    if line < boundary && INLINE.is_match(&source.code[line..at]) {
        return line..at;
    }
    let text = &source.code[boundary..at];
    let start = BEGINS.find_iter(text).last().map_or(0, |found| found.start());
    boundary + start..at
}

/// Lines that are indented more than one above.
fn lines(source: &Source, range: &Range<usize>) -> Vec<Around> {
    let mut found: Vec<Around> = Vec::new();
    // Header, indent.
    let mut open: Vec<(Range<usize>, usize)> = Vec::new();
    let mut from = source.line_start(range.start.min(source.code.len().saturating_sub(1)));
    let mut before: Option<(Range<usize>, usize)> = None;
    let close = |open: &mut Vec<(Range<usize>, usize)>, found: &mut Vec<Around>, indent: usize, at: usize| {
        while open.last().is_some_and(|(_, own)| *own >= indent) {
            let Some((header, _)) = open.pop() else { break };
            let begin = header.end;
            found.extend(make(source, header, begin..at));
        }
    };
    while from < range.end {
        let end = source.line_end(from);
        let line = &source.code[from..end];
        if !line.trim().is_empty() {
            let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
            close(&mut open, &mut found, indent, from);
            if let Some((header, own)) = before.take().filter(|(_, own)| *own < indent) {
                open.push((header, own));
            }
            before = Some((from..end, indent));
        }
        from = end + 1;
    }
    close(&mut open, &mut found, 0, range.end);
    found.sort_by_key(|around| (around.inside.start, std::cmp::Reverse(around.inside.end)));
    found
}

/// Blocks of a shell, from word to word.
fn words(source: &Source, range: &Range<usize>) -> Vec<Around> {
    static WORDS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?m)(?:^|[;&|]|\bthen\b|\bdo\b|\belse\b)[ \t]*(if|elif|else|fi|while|until|for|done|case|esac)\b")
    });
    let mut found = Vec::new();
    let mut open: Vec<(Range<usize>, usize)> = Vec::new();
    let mut close = |open: &mut Vec<(Range<usize>, usize)>, at: usize| {
        if let Some((header, begin)) = open.pop() {
            found.extend(make(source, header, begin..at));
        }
    };
    for captures in WORDS.captures_iter(&source.code[range.clone()]) {
        let Some(word) = captures.get(1) else { continue };
        let at = range.start + word.start();
        let head = at..source.code[at..].find([';', '\n']).map_or(range.end, |end| at + end);
        match word.as_str() {
            "fi" | "done" | "esac" => close(&mut open, at),
            "elif" | "else" => {
                close(&mut open, at);
                open.push((head.clone(), head.end));
            }
            _ => open.push((head.clone(), head.end)),
        }
    }
    while !open.is_empty() {
        close(&mut open, range.end);
    }
    found.sort_by_key(|around| (around.inside.start, std::cmp::Reverse(around.inside.end)));
    found
}

/// The condition that stands on the same line as `at`, or before it without braces.
fn beside(source: &Source, from: usize, at: usize, block: Block) -> Option<String> {
    let begin = match block {
        Block::Indent => source.line_start(at).max(from.min(at)),
        Block::Braces | Block::Parens => {
            let from = from.min(at);
            source.code[from..at].rfind([';', '{', '}']).map_or(from, |end| from + end + 1)
        }
    };
    let text = &source.code[begin..at];
    if BEFORE.is_match(text) {
        return Some(squeezed(&source.plain[begin..at]));
    }
    // `… if x`
    let rest = &source.plain[at..source.line_end(at)];
    let ruby = block == Block::Indent && !rest.contains(" else ");
    ruby.then(|| BEHIND.captures(rest).map(|found| squeezed(&format!("{} {}", &found[1], &found[2])))).flatten()
}

/// Conditions under which a test, whose body is `body`, leaves before it comes to `at`, or that stand beside `at`.
pub(super) fn left_before(
    source: &Source,
    body: &Range<usize>,
    at: usize,
    around: &[Around],
    block: Block,
) -> Vec<String> {
    let mut found: Vec<String> = beside(source, body.start, at, block).into_iter().collect();
    for captures in LEAVES.captures_iter(&source.code[body.start.min(at)..at]) {
        let Some((word, rest)) = captures.get(1).zip(captures.get(2)) else { continue };
        let place = body.start + word.start();
        let fails = rest.as_str().trim_start();
        let goes_well = !fails.starts_with(|c: char| c.is_ascii_digit() && c != '0' || c == '$')
            && ![
                "Err",
                "err",
                "fmt.",
                "errors.",
                "Promise.reject",
                "done(",
                "reject",
                "fail",
                "t.",
                "expect",
                "assert",
            ]
            .iter()
            .any(|word| fails.starts_with(word));
        let apart = |outer: &&Around| outer.inside.start >= body.start && !outer.inside.contains(&at);
        let own: Vec<&Around> = within(around, place).filter(apart).collect();
        let called = own.iter().any(|outer| outer.sort == Sort::Function);
        let of_loop = matches!(word.as_str(), "continue" | "break");
        let looped =
            !of_loop || is_left(within(around, place).filter(|outer| outer.inside.contains(&at)), rest.as_str());
        // `return expect(…)`
        let holds = super::asked::statement(source, place, body.end.max(at)).contains(&at);
        if !goes_well || called || !looped || holds {
            continue;
        }
        let before = found.len();
        found.extend(own.iter().filter(|outer| outer.sort == Sort::If).map(|outer| outer.says.clone()));
        found.extend(beside(source, body.start, place, block));
        if found.len() == before && own.is_empty() {
            found.push(word.as_str().to_owned());
        }
    }
    found
}

/// Do these, which hold a `break` or `continue`, let it lead past what comes behind?
fn is_left<'a>(mut outer: impl Iterator<Item = &'a Around>, label: &str) -> bool {
    let labelled = label.trim_start().starts_with('\'') || label.trim_start().starts_with(char::is_alphabetic);
    labelled || outer.any(|outer| outer.sort == Sort::Loop || outer.says.starts_with("while"))
}
