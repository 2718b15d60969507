//! What an expression says, however it is written: quotes, brackets, conversions and sums aside. Pure.

use std::ops::Range;

/// A piece of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super::super) enum Piece {
    /// What a string says, with what begins it.
    Text(String),
    Number(String),
    Word(String),
    Sign(String),
}

impl Piece {
    fn is(&self, sign: &str) -> bool {
        matches!(self, Self::Sign(own) if own == sign)
    }
    fn is_one_of(&self, signs: &[&str]) -> bool {
        matches!(self, Self::Sign(own) if signs.contains(&own.as_str()))
    }
    fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Text(_) | Self::Number(_) | Self::Sign(_) => None,
        }
    }
}

/// Signs of several characters.
const SIGNS: [&str; 14] = ["===", "!==", "<=>", "::", "->", "=>", "==", "!=", "<=", ">=", "**", "<<", "&&", "||"];
/// Calls that change how a value is held, and not what it is.
const HELD: [&str; 16] = [
    "to_string",
    "to_owned",
    "into",
    "clone",
    "to_vec",
    "as_str",
    "as_ref",
    "as_deref",
    "as_slice",
    "copied",
    "cloned",
    "copy",
    "dup",
    "freeze",
    "toString",
    "as_bytes",
];
/// Functions and macros of which the same is true.
const MADE: [&str; 6] = ["String::from", "Vec::from", "Some::from", "Box::new", "list", "tuple"];
/// Words that are values.
const VALUES: [&str; 20] = [
    "true",
    "false",
    "True",
    "False",
    "None",
    "null",
    "nil",
    "undefined",
    "Some",
    "Ok",
    "Err",
    "NaN",
    "NULL",
    "TRUE",
    "FALSE",
    "nullptr",
    "Infinity",
    "vec",
    "not",
    "u",
];

/// The insides of the strings in `text`.
pub(super) fn strings(text: &str) -> Vec<Range<usize>> {
    let (bytes, mut found, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        match string(text, at) {
            Some((inside, end)) => {
                found.push(inside);
                at = end;
            }
            None => at += 1,
        }
    }
    found
}

/// The inside of the string that begins at `at`, and where it ends.
fn string(text: &str, at: usize) -> Option<(Range<usize>, usize)> {
    let bytes = text.as_bytes();
    if bytes[at] == b'r' && (at == 0 || !is_word(bytes[at - 1])) {
        let hashes = bytes[at + 1..].iter().take_while(|b| **b == b'#').count();
        let inside = at + hashes + 2;
        if hashes > 0 && bytes.get(inside - 1) == Some(&b'"') {
            let mark = format!("\"{}", "#".repeat(hashes));
            let close = inside + text.get(inside..)?.find(&mark)?;
            return Some((inside..close, close + mark.len()));
        }
    }
    if !b"\"'`".contains(&bytes[at]) {
        return None;
    }
    let mark = &text[at..=at];
    let long = mark.repeat(3);
    let mark = if text[at..].starts_with(&long) && text[at + 3..].contains(&long) { &*long } else { mark };
    let inside = at + mark.len();
    let mut here = inside;
    while here < bytes.len() {
        if bytes[here] == b'\\' {
            here += 2;
        } else if bytes[here..].starts_with(mark.as_bytes()) {
            return Some((inside..here, here + mark.len()));
        } else {
            here += 1;
        }
    }
    None
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// `text` in pieces, each the same however it is written.
pub(in super::super::super) fn pieces(text: &str) -> Vec<Piece> {
    let mut all = read(text);
    let mut before = usize::MAX;
    while all.len() < before {
        before = all.len();
        for pass in [unqualified, unheld, unmarked, joined, summed, unwrapped] {
            all = pass(all);
        }
    }
    all
}

/// Is it written out, without names?
pub(in super::super::super) fn is_value(all: &[Piece]) -> bool {
    let key = |at: usize| all.get(at + 1).is_some_and(|next| next.is(":"));
    !all.is_empty()
        && all.iter().enumerate().all(|(at, piece)| match piece {
            Piece::Word(word) => VALUES.contains(&word.as_str()) || key(at),
            Piece::Text(text) => !text.starts_with(['f', '`']) && !text.starts_with("\"$("),
            Piece::Number(_) | Piece::Sign(_) => true,
        })
}

/// Do they differ in what is written out, and in nothing else?
pub(in super::super::super) fn differ_in_values(one: &[Piece], other: &[Piece]) -> bool {
    let value = |piece: &Piece| is_value(std::slice::from_ref(piece)) && !matches!(piece, Piece::Sign(_));
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one == other || value(one) && value(other))
}

/// Elements of a list that is written out, each as it is whatever the way it is written.
pub(in super::super::super) fn elements(all: &[Piece]) -> Vec<Vec<Piece>> {
    let opens = |at: &usize| all[*at].is_one_of(&["(", "[", "{"]);
    let Some(mut open) = (0..all.len()).find(opens) else { return Vec::new() };
    // Its type may have brackets as well.
    while let Some(next) = (close(all, open)..all.len()).find(opens) {
        open = next;
    }
    let (mut depth, mut found, mut own) = (0_i32, Vec::new(), Vec::new());
    for piece in &all[open + 1..close(all, open)] {
        depth += i32::from(piece.is_one_of(&["(", "[", "{"])) - i32::from(piece.is_one_of(&[")", "]", "}"]));
        if depth == 0 && piece.is_one_of(&[",", ";"]) {
            found.push(std::mem::take(&mut own));
        } else {
            own.push(piece.clone());
        }
    }
    found.push(own);
    found.retain(|own| !own.is_empty());
    found
}

fn read(text: &str) -> Vec<Piece> {
    let bytes = text.as_bytes();
    let (mut all, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        if let Some((inside, end)) = string(text, at) {
            let says = said(text, at, inside, &mut all);
            all.push(Piece::Text(says));
            at = end;
            continue;
        }
        let byte = bytes[at];
        let end = match byte {
            _ if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            _ if byte.is_ascii_digit() => number(bytes, at),
            _ if is_word(byte) => at + bytes[at..].iter().take_while(|b| is_word(**b)).count(),
            _ => at + SIGNS.iter().find(|sign| text[at..].starts_with(**sign)).map_or(1, |sign| sign.len()),
        };
        let own = &text[at..end];
        all.push(match byte {
            _ if byte.is_ascii_digit() => Piece::Number(counted(own)),
            _ if is_word(byte) => Piece::Word(own.to_owned()),
            _ => Piece::Sign(own.to_owned()),
        });
        at = end;
    }
    all
}

/// What a string says. A letter before it that says what is in braces belongs to it; others say how it is written.
fn said(text: &str, at: usize, inside: Range<usize>, before: &mut Vec<Piece>) -> String {
    let says = &text[inside];
    let letters = at > 0 && is_word(text.as_bytes()[at - 1]);
    let prefix = before.last().and_then(Piece::word).filter(|_| letters).map(str::to_ascii_lowercase);
    let short = prefix.filter(|prefix| matches!(&**prefix, "f" | "r" | "b" | "u" | "rb" | "br" | "fr" | "rf" | "c"));
    if short.is_some() {
        before.pop();
    }
    let kept = match short.as_deref() {
        Some("f" | "fr" | "rf") => "f",
        Some("b" | "rb" | "br") => "b",
        _ if text[at..].starts_with('`') && says.contains("${") => "`",
        _ => "",
    };
    format!("{kept}\"{}", says.replace("\\\"", "\"").replace("\\'", "'"))
}

fn number(bytes: &[u8], at: usize) -> usize {
    let mut here = at;
    while let Some(byte) = bytes.get(here) {
        let fraction = *byte == b'.' && bytes.get(here + 1).is_some_and(u8::is_ascii_digit);
        let exponent = b"+-".contains(byte) && here > at && b"eE".contains(&bytes[here - 1]);
        if !(is_word(*byte) || fraction || exponent && !bytes[at..].starts_with(b"0x")) {
            break;
        }
        here += 1;
    }
    here
}

/// A number without what only says of which type it is.
fn counted(text: &str) -> String {
    let bare = text.replace('_', "").to_ascii_lowercase();
    for (mark, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(value) = bare.strip_prefix(mark).and_then(|rest| i128::from_str_radix(rest, radix).ok()) {
            return value.to_string();
        }
    }
    let typed = ["usize", "isize", "u128", "i128", "u64", "i64", "u32", "i32", "u16", "i16", "u8", "i8", "f64", "f32"];
    let short = typed.iter().find_map(|end| bare.strip_suffix(end)).unwrap_or(&bare);
    let short = short.trim_end_matches(['l', 'n', 'u', 'f', 'd']);
    short.parse::<f64>().map_or_else(|_| bare.clone(), |value| value.to_string())
}

/// Without the paths of names, and without what they belong to.
fn unqualified(all: Vec<Piece>) -> Vec<Piece> {
    let mut kept: Vec<Piece> = Vec::with_capacity(all.len());
    for (at, piece) in all.iter().enumerate() {
        let of = piece.word().is_some_and(|word| matches!(word, "self" | "this" | "cls" | "crate" | "super" | "Self"));
        let behind = all.get(at + 1);
        if of && behind.is_some_and(|next| next.is_one_of(&[".", "::", "->"])) {
            continue;
        }
        let leads = behind.is_some_and(|next| next.is("::")) && piece.word().is_some();
        let last = all.get(at + 2).and_then(Piece::word);
        let called = all.get(at + 3).is_some_and(|next| next.is_one_of(&["(", "::", "<"]));
        let typed = piece.word().is_some_and(|word| word.starts_with(char::is_uppercase));
        let upper = last.is_some_and(|word| word.starts_with(char::is_uppercase));
        if leads && last.is_some() && (!typed || upper || !called) {
            continue;
        }
        let joins = piece.is_one_of(&[".", "::", "->"]) && kept.last().is_none_or(|last| !ends_value(last));
        let sigil = piece.is_one_of(&["$", "@"]) && behind.is_some_and(|next| next.word().is_some());
        if !(joins || sigil || piece.word() == Some("await")) {
            kept.push(piece.clone());
        }
    }
    kept
}

fn ends_value(piece: &Piece) -> bool {
    match piece {
        Piece::Text(_) | Piece::Number(_) | Piece::Word(_) => true,
        Piece::Sign(_) => piece.is_one_of(&[")", "]", "}", "?", "!", ">"]),
    }
}

/// Without calls that only change how a value is held.
fn unheld(all: Vec<Piece>) -> Vec<Piece> {
    let mut kept: Vec<Piece> = Vec::with_capacity(all.len());
    let (mut at, mut closing) = (0, Vec::new());
    while at < all.len() {
        let word = |offset: usize| all.get(at + offset).and_then(Piece::word).unwrap_or_default();
        let is = |offset: usize, sign: &str| all.get(at + offset).is_some_and(|piece| piece.is(sign));
        if is(0, ".") && HELD.contains(&word(1)) && is(2, "(") && is(3, ")") {
            at += 4;
        } else if is(1, "::") && is(3, "(") && MADE.contains(&&*format!("{}::{}", word(0), word(2))) {
            closing.push(close(&all, at + 3));
            at += 4;
        } else if word(0) == "vec" && is(1, "!") {
            at += 2;
        } else {
            if !closing.contains(&at) {
                kept.push(all[at].clone());
            }
            at += 1;
        }
    }
    kept
}

/// Where the bracket at `open` closes.
pub(super) fn close(all: &[Piece], open: usize) -> usize {
    let mut depth = 0_i32;
    for (at, piece) in all.iter().enumerate().skip(open) {
        depth += i32::from(piece.is_one_of(&["(", "[", "{"])) - i32::from(piece.is_one_of(&[")", "]", "}"]));
        if depth == 0 {
            return at;
        }
    }
    all.len()
}

/// Without references, and commas and semicolons that end something.
fn unmarked(all: Vec<Piece>) -> Vec<Piece> {
    let mut kept: Vec<Piece> = Vec::with_capacity(all.len());
    for (at, piece) in all.iter().enumerate() {
        let begins = kept.last().is_none_or(|last| !ends_value(last));
        let refers = begins && (piece.is_one_of(&["&", "*"]) || piece.word() == Some("mut"));
        let behind = all.get(at + 1);
        let ends = piece.is(",") && behind.is_none_or(|next| next.is_one_of(&["]", "}"]));
        let called = piece.is(",") && behind.is_some_and(|next| next.is(")")) && is_call(&all, at + 1);
        let done = piece.is(";") && behind.is_none();
        if !(refers || ends || called || done) {
            kept.push(piece.clone());
        }
    }
    kept
}

/// Is the bracket that closes at `end` one of a call?
fn is_call(all: &[Piece], end: usize) -> bool {
    let mut depth = 0_i32;
    for at in (0..=end).rev() {
        depth += i32::from(all[at].is_one_of(&[")", "]", "}"])) - i32::from(all[at].is_one_of(&["(", "[", "{"]));
        if depth == 0 {
            return at > 0 && ends_value(&all[at - 1]);
        }
    }
    false
}

/// Strings that stand side by side are one.
fn joined(all: Vec<Piece>) -> Vec<Piece> {
    let mut kept: Vec<Piece> = Vec::with_capacity(all.len());
    for piece in all {
        let Piece::Text(says) = &piece else {
            kept.push(piece);
            continue;
        };
        let plus = kept.last().is_some_and(|last| last.is("+"));
        let place = kept.len().checked_sub(if plus { 2 } else { 1 });
        match place.and_then(|place| kept.get_mut(place)) {
            Some(Piece::Text(before)) if before.starts_with('"') && says.starts_with('"') => {
                before.push_str(&says[1..]);
                kept.truncate(kept.len() - usize::from(plus));
            }
            _ => kept.push(piece),
        }
    }
    kept
}

/// With sums and products of numbers worked out.
fn summed(mut all: Vec<Piece>) -> Vec<Piece> {
    const TIGHT: [&str; 7] = ["*", "/", "%", "**", ".", "//", "<<"];
    let mut at = 0;
    while at + 2 < all.len() {
        let worked = {
            let before = at.checked_sub(1).and_then(|before| all.get(before));
            let behind = all.get(at + 3);
            let alone = |signs: &[&str], piece: Option<&Piece>| piece.is_none_or(|piece| !piece.is_one_of(signs));
            match (&all[at], &all[at + 1], &all[at + 2]) {
                (Piece::Number(left), Piece::Sign(sign), Piece::Number(right)) => {
                    let tight = TIGHT.contains(&sign.as_str());
                    let apart = alone(&TIGHT, before)
                        && alone(&["**", "."], behind)
                        && (tight || alone(&["-", "+"], before) && alone(&TIGHT, behind));
                    apart.then(|| worked(left, sign, right)).flatten()
                }
                (open, Piece::Number(own), close)
                    if open.is("(") && close.is(")") && before.is_none_or(|piece| !ends_value(piece)) =>
                {
                    Some(vec![Piece::Number(own.clone())])
                }
                _ => None,
            }
        };
        match worked {
            Some(value) => {
                all.splice(at..at + 3, value);
                at = 0;
            }
            None => at += 1,
        }
    }
    all
}

fn worked(left: &str, sign: &str, right: &str) -> Option<Vec<Piece>> {
    let (left, right): (f64, f64) = (left.parse().ok()?, right.parse().ok()?);
    let value = match sign {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" if right != 0.0 && left % right == 0.0 => left / right,
        "%" if right > 0.0 && left >= 0.0 => left % right,
        "**" => left.powf(right),
        "<<" => left * 2.0_f64.powf(right),
        _ => return None,
    };
    // What is larger cannot be told apart.
    let size = value.abs();
    (size < 9.0e15).then(|| {
        let sign = (value < 0.0).then(|| Piece::Sign("-".to_owned()));
        sign.into_iter().chain([Piece::Number(size.to_string())]).collect()
    })
}

/// Without brackets around all of it.
fn unwrapped(mut all: Vec<Piece>) -> Vec<Piece> {
    while all.first().is_some_and(|first| first.is("(")) && close(&all, 0) == all.len() - 1 && all.len() > 2 {
        let mut depth = 0_i32;
        let list = all[1..all.len() - 1].iter().any(|piece| {
            depth += i32::from(piece.is_one_of(&["(", "[", "{"])) - i32::from(piece.is_one_of(&[")", "]", "}"]));
            depth == 0 && piece.is(",")
        });
        if list {
            break;
        }
        all = all[1..all.len() - 1].to_vec();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_the_same_however_it_is_written() {
        let rows = [
            ("3", "(3)"),
            ("3", "3u32"),
            ("3", "0x3"),
            ("1_000", "1000"),
            ("1.50", "1.5"),
            ("60 * 60", "3600"),
            ("2 + 3 * (4 - 1)", "11"),
            ("[2 + 2, x]", "[4, x,]"),
            ("'a'", "\"a\""),
            ("r'a'", "'a'"),
            ("\"a\" \"b\"", "\"ab\""),
            ("'a' + 'b'", "\"ab\""),
            ("vec![1, 2]", "[\n 1,\n 2,\n]"),
            ("\"a\".to_string()", "String::from(\"a\")"),
            ("&x.clone()", "x"),
            ("Kind::A", "crate::kinds::Kind::A"),
            ("super::want(1)", "want(1)"),
            ("self.want", "want"),
            ("$want", "want"),
            ("await f(1,)", "f(1)"),
        ];
        for (one, other) in rows {
            assert_eq!(pieces(one), pieces(other), "{one} and {other}");
        }
    }

    #[test]
    fn what_differs_stays_different() {
        let rows = [
            ("3", "4"),
            ("2 + 2", "2 + 1"),
            ("x + 1", "x + 2"),
            ("[1, x]", "[2, x]"),
            ("want(2)", "want(1)"),
            ("f\"a{x}\"", "f\"b{x}\""),
            ("'a'", "b'a'"),
            ("(1,)", "1"),
            ("{1: 2}", "{1: 3}"),
            ("a.x", "b.x"),
            ("-1", "1"),
            ("2 - 3 - 4", "2 - (3 - 4)"),
            ("Kind::a()", "Other::a()"),
        ];
        for (one, other) in rows {
            assert_ne!(pieces(one), pieces(other), "{one} and {other}");
        }
    }

    #[test]
    fn what_is_cut_off_is_no_trouble() {
        for text in ["\"", "'", "r#\"", "`", "(", ")", "\"\\", "é'", "1.", "0x", "vec!", "::", ".", "String::from("] {
            let _ = (pieces(text), strings(text));
        }
    }
}
