//! What leads to the tests of a program: does a check that came to them still do so? Only what is certain is told. Pure.

use std::sync::LazyLock;

use regex::Regex;

use super::lines::Lines;
use super::named::Call;

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

static FUNCTION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^(?:export\s+)?(?:async\s+)?(?:def|function)\s+(\w+)|^(?:const|let|var)\s+(\w+)\s*=[^=].*=>\s*\{$")
});
static IF: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:\}\s*)?(if|elif|else\s+if)\b"));
static ELSE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:\}\s*)?else\b"));
/// What ends well.
static ENDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^(?:return\s*(?:0|None)?|(?:sys\.|process\.)?exit\s*\(\s*(?:0|None)?\s*\)|raise\s+SystemExit)\s*;?$")
});
/// What no command says.
static OUTSIDE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\benviron\b|\bgetenv\b|\bprocess\.env\b|\bisatty\b|\bisTTY\b|\bplatform\b|\brequire\.main\.filename\b")
});

/// A condition, and whether it must hold.
struct Condition {
    code: String,
    plain: String,
    holds: bool,
}

/// Why the check `call` does not come to line `at`, from 0: the condition that is in the way.
pub(super) fn barred(lines: &Lines<'_>, at: usize, call: &Call) -> Option<String> {
    let end = call.given.iter().position(|word| word.contains(['>', '<', '#'])).unwrap_or(call.given.len());
    let given = &call.given[..end];
    if call.collected || given.iter().any(|word| word.contains(['$', '*'])) {
        return None;
    }
    let mut conditions = Vec::new();
    lead(lines, at, 3, &mut conditions);
    let is_in_the_way = |condition: &&Condition| match value(&condition.code, &condition.plain, given, 9) {
        Some(value) => value != condition.holds,
        None => condition.holds && OUTSIDE.is_match(&condition.plain),
    };
    conditions.iter().find(is_in_the_way).map(|condition| condition.plain.trim().to_owned())
}

/// Adds the conditions under which line `at` is run, through at most `calls` functions.
fn lead(lines: &Lines<'_>, at: usize, calls: usize, to: &mut Vec<Condition>) {
    let mut indent = lines.indent(at);
    to.extend(head(lines, at, true).filter(|_| IF.is_match(lines.code[at].trim())));
    let mut chain = begins_behind(lines.code[at].trim());
    for above in (0..at).rev().filter(|above| !lines.code[*above].trim().is_empty()) {
        let (line, own) = (lines.code[above].trim(), lines.indent(above));
        if own < indent {
            indent = own;
            if let Some(found) = FUNCTION.captures(line) {
                let name = found.get(1).or_else(|| found.get(2)).map_or("", |name| name.as_str());
                if let Some(call) = only_call(lines, name).filter(|_| calls > 0) {
                    lead(lines, call, calls - 1, to);
                }
                return;
            }
            to.extend(head(lines, above, true));
            chain = begins_behind(line);
        } else if own == indent && IF.is_match(line) && (chain || ends_well(lines, above)) {
            to.extend(head(lines, above, false));
            chain &= begins_behind(line);
        }
    }
}

/// The lines in which the conditions around line `at` begin, within its function.
pub(super) fn blocks(lines: &Lines<'_>, at: usize) -> Vec<usize> {
    let mut indent = lines.indent(at);
    let mut blocks = Vec::new();
    for above in (0..at).rev().filter(|above| !lines.code[*above].trim().is_empty()) {
        if lines.indent(above) < indent {
            indent = lines.indent(above);
            if FUNCTION.is_match(lines.code[above].trim()) {
                break;
            }
            blocks.push(above);
        }
    }
    blocks
}

/// Does it go on with a condition above it?
fn begins_behind(line: &str) -> bool {
    ELSE.is_match(line) || line.starts_with("elif")
}

/// The line that calls `name`, if it is one.
fn only_call(lines: &Lines<'_>, name: &str) -> Option<usize> {
    let word = Regex::new(&format!(r"\b{}\s*\(", regex::escape(name))).ok()?;
    let mut all = (0..lines.len()).filter(|at| word.is_match(&lines.code[*at]) && !FUNCTION.is_match(&lines.code[*at]));
    all.next().filter(|_| all.next().is_none())
}

/// The condition in line `at`.
fn head(lines: &Lines<'_>, at: usize, holds: bool) -> Option<Condition> {
    let (begin, end) = span(&lines.code[at])?;
    Some(Condition {
        code: lines.code[at].get(begin..end)?.to_owned(),
        plain: lines.plain[at].get(begin..end)?.to_owned(),
        holds,
    })
}

/// Where the condition in this line is.
fn span(code: &str) -> Option<(usize, usize)> {
    let lead = code.len() - code.trim_start().len();
    let begin = lead + IF.find(&code[lead..])?.end();
    let braced = code[begin..].trim_start().starts_with('(') && !code.trim_end().ends_with(':');
    let mut depth = 0;
    for (at, c) in code[begin..].char_indices() {
        depth += i32::from("([{".contains(c)) - i32::from(")]}".contains(c));
        if depth == 0 && c == ':' && !braced {
            return Some((begin, begin + at));
        }
        if depth == 0 && c == ')' && braced {
            return Some((begin, begin + at + 1));
        }
    }
    None
}

/// Does what stands under the condition in line `at` end everything well?
fn ends_well(lines: &Lines<'_>, at: usize) -> bool {
    let code = &lines.code[at];
    let Some((_, end)) = span(code) else { return false };
    let rest = code[end..].trim_start_matches([':', ' ', '{', ')']).trim();
    let below = (at + 1..lines.len()).filter(|below| !lines.code[*below].trim().is_empty());
    let body: Vec<usize> = below.take_while(|below| lines.indent(*below) > lines.indent(at)).collect();
    ENDS.is_match(rest) || body.last().is_some_and(|last| ENDS.is_match(lines.code[*last].trim()))
}

/// What a condition comes to where the words `given` are said to the program, if that is certain.
fn value(code: &str, plain: &str, given: &[String], depth: usize) -> Option<bool> {
    let lead = code.len() - code.trim_start().len();
    let (code, plain) = (code.trim(), plain.get(lead..lead + code.trim().len())?);
    if depth == 0 {
        return None;
    }
    for (words, ends) in [([" or ", "||"], true), ([" and ", "&&"], false)] {
        let parts = split(code, plain, words);
        if parts.len() > 1 {
            let values: Vec<_> = parts.iter().map(|(code, plain)| value(code, plain, given, depth - 1)).collect();
            let is_certain = values.iter().all(Option::is_some);
            return if values.contains(&Some(ends)) { Some(ends) } else { is_certain.then_some(!ends) };
        }
    }
    let negated = code.strip_prefix("not ").or_else(|| code.strip_prefix('!'));
    if let Some(rest) = negated.filter(|rest| !rest.starts_with('=')) {
        return value(rest, &plain[plain.len() - rest.len()..], given, depth - 1).map(|value| !value);
    }
    if code.starts_with('(') && split(code, plain, ["\0", "\0"]).len() == 1 && closes_last(code) {
        return value(&code[1..code.len() - 1], plain.get(1..plain.len() - 1)?, given, depth - 1);
    }
    atom(&plain.replace('\'', "\""), given)
}

/// Is the bracket that it begins with closed at its end?
fn closes_last(code: &str) -> bool {
    let mut depth = 0;
    let first = code.char_indices().find(|(_, c)| {
        depth += i32::from("([{".contains(*c)) - i32::from(")]}".contains(*c));
        depth == 0
    });
    first.is_some_and(|(at, _)| at + 1 == code.len())
}

/// The parts between `words` that stand in no bracket.
fn split<'t>(code: &'t str, plain: &'t str, words: [&str; 2]) -> Vec<(&'t str, &'t str)> {
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0);
    for (at, c) in code.char_indices() {
        depth += i32::from("([{".contains(c)) - i32::from(")]}".contains(c));
        if let Some(word) = words.iter().find(|word| depth == 0 && at >= from && code[at..].starts_with(**word)) {
            parts.extend(code.get(from..at).zip(plain.get(from..at)));
            from = at + word.len();
        }
    }
    parts.extend(code.get(from..).zip(plain.get(from..)));
    parts
}

/// What a condition of one piece comes to.
fn atom(text: &str, given: &[String]) -> Option<bool> {
    static IN: LazyLock<Regex> = LazyLock::new(|| pattern(r#"^"([^"]*)"\s+(not\s+)?in\s+sys\.argv(?:\[(\d):\])?$"#));
    static INCLUDES: LazyLock<Regex> =
        LazyLock::new(|| pattern(r#"^process\.argv(?:\.slice\((\d)\))?\.includes\(\s*"([^"]*)"\s*\)$"#));
    static LENGTH: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"^(?:len\(\s*(sys\.argv)(?:\[(\d):\])?\s*\)|process\.argv\.length)\s*(===?|!==?|[<>]=?)\s*(\d+)$")
    });
    static WORD: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r#"^(?:(sys)|process)\.argv\[(\d)\](?:\s*(===?|!==?)\s*"([^"]*)")?$|^sys\.argv\[(\d):\]$"#)
    });
    static HOLDS: LazyLock<Regex> =
        LazyLock::new(|| pattern(r#"^(?:True|true|1|__name__\s*==\s*"__main__"|require\.main\s*===?\s*module)$"#));
    let number = |found: regex::Match<'_>| found.as_str().parse::<usize>().ok();
    let says = |from: usize, word: &str| given.iter().skip(from).any(|given| given == word);
    if HOLDS.is_match(text) {
        return Some(true);
    }
    if text == "import.meta.url === process.argv[1]" {
        return Some(false);
    }
    if let Some(found) = IN.captures(text) {
        let from = found.get(3).and_then(number).unwrap_or(0).saturating_sub(1);
        return Some(says(from, &found[1]) != found.get(2).is_some());
    }
    if let Some(found) = INCLUDES.captures(text) {
        return Some(says(found.get(1).and_then(number).unwrap_or(0).saturating_sub(2), &found[2]));
    }
    if let Some(found) = LENGTH.captures(text) {
        let own = if found.get(1).is_some() { 1 } else { 2 };
        let length = (given.len() + own).saturating_sub(found.get(2).and_then(number).unwrap_or(0));
        let other = found.get(4).and_then(number)?;
        return Some(match &found[3] {
            "<" => length < other,
            "<=" => length <= other,
            ">" => length > other,
            ">=" => length >= other,
            "!=" | "!==" => length != other,
            _ => length == other,
        });
    }
    let found = WORD.captures(text)?;
    if let Some(from) = found.get(5).and_then(number) {
        return Some(given.len() + 1 > from);
    }
    let own = if found.get(1).is_some() { 1 } else { 2 };
    let word = given.get(found.get(2).and_then(number)?.checked_sub(own)?);
    Some(match (found.get(3), found.get(4)) {
        (Some(how), Some(other)) => (word.is_some_and(|word| word == other.as_str())) != how.as_str().starts_with('!'),
        _ => word.is_some(),
    })
}
