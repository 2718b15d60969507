//! Does an assertion compare something with itself? Pure.

use std::sync::LazyLock;

use regex::Regex;

/// An operator that compares.
pub(super) static COMPARES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[!=]==?|\bis\b(?: not\b)?| -eq | = ").expect("a constant pattern"));
/// What expects something, and the words in which it does.
pub(super) static EXPECTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\.(?:to(?:Be|Equal|StrictEqual|MatchObject)|equals?|eql|isEqualTo|isSameAs|be)\s*\(|\.to(?:_not)?[ (]+(?:eq|eql|equal|be)[ (]+").expect("a constant pattern")
});
/// What compares its first two arguments.
pub(super) static TWO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:assert_eq!|assert_ne!|\w*[eE]quals?|\w*Same|assertIs|assert\.is|t\.is|deep\w*)\s*[(\[{]")
        .expect("a constant pattern")
});
static WORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[A-Za-z_$]\w*|\d[\w.]*|[-+*/%!<>]|'[^']*'|\x22[^\x22]*\x22").expect("a constant pattern")
});
/// Words that change nothing about what is called.
const SILENT: [&str; 16] = [
    "__call__",
    "call",
    "apply",
    "this",
    "self",
    "clone",
    "to_owned",
    "into",
    "null",
    "undefined",
    "copy",
    "deepcopy",
    "await",
    "borrow",
    "as_ref",
    "dup",
];

/// Are both sides the same call of the same, however it is written?
pub(super) fn are_same(plain: &str) -> bool {
    let Some((left, right)) = sides(plain) else { return false };
    let words = |text: &str| -> Vec<String> {
        WORD.find_iter(text)
            .map(|word| word.as_str().to_owned())
            .filter(|word| !SILENT.contains(&word.as_str()))
            .collect()
    };
    let (left, right) = (words(left), words(right));
    !left.is_empty() && left == right
}

/// Does one side hold all of the other, which is a call?
pub(super) fn is_held(text: &str) -> bool {
    let Some((left, right)) = sides(text).map(|(left, right)| (bare(left), bare(right))) else { return false };
    let holds = |one: &str, other: &str| other.contains('(') && one.len() > other.len() && one.contains(other);
    holds(left, right) || holds(right, left)
}

/// A side without the brackets that were open around all of it.
pub(super) fn bare(side: &str) -> &str {
    let side = side.trim().trim_end_matches(';').trim();
    let open = side.bytes().filter(|b| *b == b'(').count();
    let close = side.bytes().filter(|b| *b == b')').count();
    if close > open { side.trim_end_matches(')') } else { side }
}

/// `assertThat(x)` and `expect(x)` alone, or an `all` over nothing.
pub(super) fn says_nothing(text: &str) -> bool {
    static ALONE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^(?:assertThat|assert_that|expect)\s*\(").expect("a constant pattern"));
    static NONE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\ball\(.*\bin\s*(?:\[\s*\]|\(\s*\)|range\(\s*0\s*\))|\[\s*\]\s*\.every\(|\[\s*\]\.iter\(\)\.all\(")
            .expect("a constant pattern")
    });
    let text = text.trim().trim_end_matches(';');
    let alone = ALONE.find(text).is_some_and(|found| {
        let inside = parts(&text[found.end()..]);
        let length: usize = inside.iter().map(|part| part.len()).sum();
        inside.len() == 1 && found.end() + length + 1 == text.len()
    });
    alone || NONE.is_match(text)
}

/// Is something compared with true or false?
pub(super) fn with_truth(text: &str) -> bool {
    let bare = |side: &str| {
        let side = side.trim().trim_end_matches([')', ';']).trim();
        matches!(side, "true" | "false" | "True" | "False" | "TRUE" | "FALSE")
    };
    sides(text).is_some_and(|(left, right)| bare(left) || bare(right))
}

/// `assert.throws(f)`, which says nothing of the fault.
pub(super) fn only_fails(text: &str) -> bool {
    let call = ["assert.throws(", "assert.rejects("].iter().find_map(|call| text.split_once(call));
    call.is_some_and(|(_, rest)| parts(rest).len() == 1)
}

/// The two sides that are compared.
pub(super) fn sides(text: &str) -> Option<(&str, &str)> {
    let masked = masked(text);
    let (left, right) = places(&masked)?;
    let of = |part: &str| {
        let at = part.as_ptr() as usize - masked.as_ptr() as usize;
        &text[at..at + part.len()]
    };
    Some((of(left), of(right)))
}

/// `text` with spaces instead of what its strings say.
pub(in super::super::super) fn masked(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for inside in super::value::strings(text) {
        bytes[inside].fill(b' ');
    }
    String::from_utf8(bytes).expect("whole characters are blanked")
}

fn places(text: &str) -> Option<(&str, &str)> {
    if let Some(found) = EXPECTS.find(text).filter(|_| text.starts_with("expect") || text.starts_with("assertThat")) {
        return Some((&text[text.find(['(', '{', ' '])? + 1..found.start()], &text[found.end()..]))
            .map(|(a, b)| (trimmed(a), trimmed(b)));
    }
    if let Some(found) = TWO.find(text) {
        let mut parts =
            parts(&text[found.end()..]).into_iter().filter(|part| !matches!(part.trim(), "t" | "b" | "s.T()"));
        return Some((parts.next()?, parts.next()?));
    }
    if let Some(rest) = text.strip_prefix("diff ").or_else(|| text.strip_prefix("cmp ")) {
        let mut files = rest.split_whitespace().filter(|word| !word.starts_with('-'));
        return Some((files.next()?, files.next()?));
    }
    let found = COMPARES.find_iter(text).next()?;
    let left = text[..found.start()].trim().trim_start_matches(['[', '(', '!']);
    let left = ["assertTrue", "assert!", "assert", "test ", "if ", "assert.ok", "assert_true"]
        .iter()
        .fold(left, |left, word| left.trim().strip_prefix(word).unwrap_or(left));
    let right = parts(&text[found.end()..]).into_iter().next()?;
    Some((left, right))
}

fn trimmed(text: &str) -> &str {
    text.trim().trim_end_matches([')', '.', ';', ']'])
}

/// Parts between commas that stand in no bracket, up to where the bracket closes that was open.
pub(super) fn parts(text: &str) -> Vec<&str> {
    let (mut depth, mut from, mut parts) = (0_i32, 0, Vec::new());
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            b',' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
        if depth < 0 {
            parts.push(&text[from..at]);
            return parts;
        }
    }
    parts.push(&text[from..]);
    parts
}
