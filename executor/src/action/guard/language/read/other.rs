//! Is something else expected of the same? Pure.

use std::sync::LazyLock;

use regex::Regex;

use super::asked::FAILS;
use super::sides::{COMPARES, TWO, bare, masked, parts, sides};
use super::value::{Piece, is_value, pieces};

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

/// What is asked of something: `assert f() == 3` asks of `f()` that it be `3`.
struct Question {
    /// In what way; the same for ways that are as good.
    how: String,
    /// What is compared, in the order in which it stands.
    sides: Vec<Vec<Piece>>,
    /// Which of these is what is expected, where the words tell.
    expected: Option<usize>,
}

/// `expect(x)`, `assertThat(x)`
static OF: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:expect(?:\.soft)?|assertThat|assert_that)\s*\("));
/// How, behind it: `.not.toBe(`, `.to eq `, `.isEqualTo(`.
static HOW: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\s*((?:\.\s*[\w?]+\s*)*\.\s*[\w?!]+)\s*(?:\(|\s(\w+)\s*[( ]|\s*$)"));
static IS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\.(?:to\.(?:be\.|deep\.)?)?(?:toBe|toEqual|toStrictEqual|equals?|eql?|isEqualTo|isSameAs|be|is)$|^\.to (?:eq|eql|equal|be)$",
    )
});
/// `assertIn(`, `assert.Contains(`, `assert_includes `
static CALL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:\$?\w*(?:\.|::|->))?((?:assert|refute|require|should|XCTAssert|EXPECT_|ASSERT_|Assert|t|is)(?:[\w.:]*\w)?!?)\s*[( ]\s*",
    )
});
/// A function that asserts for a test.
static HELPER: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:await\s+)?(?:\$?\w+(?:\.|::|->))*\w+!?\s*\("));
/// Calls whose first argument says which fault there must be.
static RAISES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:\$?\w*(?:\.|::|->))*(raises|warns|assert_?[rR]aises?\w*|assertThrows\w*|assertWarns\w*|expectThrows)(?:\s*[(<]|\s)\s*",
    )
});
/// `x.contains(`
static HAS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\.(contains|contains_key|starts_with|ends_with|startswith|endswith|includes|include\?|startsWith|endsWith|start_with\?|end_with\?|hasPrefix|hasSuffix|Contains|StartsWith|EndsWith)\s*\(",
    )
});
static MEMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"^assert\b(.*?)\s(not in|in)\s(.*)$"));
static MATCHES: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:assert_)?matches!\s*\("));
/// What begins an assertion of one thing.
static HOLDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:self\.|\$this->|Assert\.|assert\.|assertions\.)?(?:assert\w*!?|ok|isTrue|True|IsTrue|XCTAssert\w*|EXPECT_TRUE|ASSERT_TRUE)?\s*\(?\s*(?:t,\s*)?",
    )
});
/// Asserts of one thing; what else it is given is told where that fails.
static ONE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:\$?\w*(?:\.|::|->))*(?:(?:debug_)?assert!?|ok|notOk|true|false|truthy|falsy|True|False|Nil|NotNil|NoError|XCTAssert|refute|(?:assert|is|Is|XCTAssert|EXPECT|ASSERT)_?(?:Is_?)?(?:[Nn]ot_?)?(?i:true|false|truthy|falsy|nil|null|none))\s*[( ]",
    )
});
/// A statement that asserts, and needs no brackets.
static STATES: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:assert|refute)\s+"));
/// A bound says how near, and not what.
static BOUND: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)greater|less|above|below|least|most|almost|close|delta|within|range|timeout|_[lg][te]$")
});
/// Names of what says how near, or what is told where it fails.
const NEARNESS: [&str; 13] = [
    "rel",
    "abs",
    "delta",
    "places",
    "rel_tol",
    "abs_tol",
    "atol",
    "rtol",
    "epsilon",
    "tolerance",
    "msg",
    "message",
    "nan_ok",
];

/// Is something else expected of the same, where `renamed` tells what only got another name? Words that are different ways
/// to ask the same count as one.
pub(in super::super::super) fn expects_other(was: &str, is: &str, renamed: &dyn Fn(&str, &str) -> bool) -> bool {
    let Some((was, is)) = question(was).zip(question(is)) else { return false };
    if was.how != is.how || was.sides.len() != is.sides.len() {
        return false;
    }
    let same = |one: &[Piece], other: &[Piece]| are_same(one, other, renamed);
    let crossed = was.how == "=" && was.sides.len() == 2 && {
        let straight = same(&was.sides[0], &is.sides[0]) || same(&was.sides[1], &is.sides[1]);
        !straight && (same(&was.sides[0], &is.sides[1]) || same(&was.sides[1], &is.sides[0]))
    };
    let place = |at: usize| if crossed { 1 - at } else { at };
    let differing: Vec<usize> =
        (0..was.sides.len()).filter(|at| !same(&was.sides[*at], &is.sides[place(*at)])).collect();
    let [at] = differing[..] else { return false };
    let (old, new) = (&was.sides[at], &is.sides[place(at)]);
    if was.how != "=" && holds_more(old, new) {
        return false;
    }
    let others: Vec<&Vec<Piece>> =
        was.sides.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, side)| side).collect();
    let written = is_value(old) || is_value(new);
    // Of a function only the last value is known to be what is expected.
    if was.how.starts_with("call") && others.iter().all(|other| is_value(other)) && at + 1 < was.sides.len() {
        return false;
    }
    match was.expected {
        _ if others.iter().any(|other| is_value(other)) && !is_value(old) => false,
        _ if written => true,
        Some(expected) => expected == at,
        None if at == was.sides.len() - 1 => true,
        None => (sounds_expected(old) || sounds_expected(new)) && !others.iter().any(|other| sounds_expected(other)),
    }
}

/// Does `name` only stand in what is asked, and not in what is expected of it?
pub(in super::super::super) fn is_asked(text: &str, name: &str) -> bool {
    let Some(question) = question(text) else { return false };
    let holds = |side: &Vec<Piece>| side.contains(&Piece::Word(name.to_owned()));
    let last = question.sides.len() - 1;
    let is_expected = |at: usize| match question.expected {
        Some(expected) => at == expected,
        None if question.sides.iter().enumerate().any(|(other, side)| other != at && is_value(side)) => false,
        None => at == last || sounds_expected(&question.sides[at]),
    };
    !question.sides.iter().enumerate().any(|(at, side)| holds(side) && is_expected(at))
}

/// Do they say the same, but for names that are others now?
fn are_same(one: &[Piece], other: &[Piece], renamed: &dyn Fn(&str, &str) -> bool) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| match (one, other) {
            (Piece::Word(was), Piece::Word(is)) => was == is || renamed(was, is),
            _ => one == other,
        })
}

/// Is it a longer text that holds all of the other?
fn holds_more(old: &[Piece], new: &[Piece]) -> bool {
    match (old, new) {
        ([Piece::Text(old)], [Piece::Text(new)]) => {
            old.len() > 3 && new.len() > old.len() && new[1..].contains(&old[1..])
        }
        _ => false,
    }
}

/// Does it look like what is expected, and not like what is asked?
fn sounds_expected(side: &[Piece]) -> bool {
    let named = |piece: &Piece| match piece {
        Piece::Word(word) => {
            let lower = word.to_ascii_lowercase();
            let upper = word.len() > 1 && !word.contains(|c: char| c.is_ascii_lowercase());
            upper || ["want", "expect", "golden", "wrong", "right"].iter().any(|part| lower.contains(part))
        }
        Piece::Text(text) => !text.starts_with("\"$("),
        Piece::Number(_) | Piece::Sign(_) => false,
    };
    let lists = matches!(side.first(), Some(Piece::Sign(sign)) if matches!(&**sign, "[" | "{" | "("));
    lists || side.first().is_some_and(named)
}

/// What an assertion speaks of, without what is told where it fails.
pub(super) struct Subject {
    /// In what way; the same for ways that are as good.
    pub(super) how: String,
    pub(super) sides: Vec<Vec<Piece>>,
    /// The function that asserts, where its words do not tell what is expected.
    pub(super) called: Option<String>,
    /// A side that is written out is what is expected.
    pub(super) expects: bool,
}

/// What is asked of, and with it what is expected of it.
pub(super) fn subjects(text: &str) -> Subject {
    let text = bare_of_ends(text);
    let masked = masked(text);
    let made = |how: &str, sides: Vec<&str>| Subject {
        how: how.to_owned(),
        sides: sides.into_iter().map(|side| pieces(bare(side))).collect(),
        called: None,
        expects: false,
    };
    // What only fails, or ends, asks nothing by what it tells.
    if FAILS.is_match(text) || text.starts_with("exit ") || text.starts_with("return ") {
        return made("", Vec::new());
    }
    if let Some(found) = RAISES.find(&masked) {
        let all = inside(text, &masked, found.end()).into_iter().skip(1);
        return made("raises", all.filter(|part| !part.trim_start().starts_with("match")).collect());
    }
    if let Some(question) = question(text) {
        let name = HELPER.find(text).filter(|_| question.how.starts_with("call")).map(|found| found.as_str());
        let called = name.map(|name| {
            name.trim_end_matches(['(', ' ', '!']).rsplit(['.', ':', '>']).next().unwrap_or(name).to_owned()
        });
        return Subject { how: question.how, sides: question.sides, called, expects: true };
    }
    if let Some(of) = OF.find(&masked) {
        return made("of", inside(text, &masked, of.end()).into_iter().take(1).collect());
    }
    let alone = |found: &regex::Match<'_>| closing(&masked, found.end() - 1) + 1 == masked.len();
    let begins = STATES.find(&masked).or_else(|| HELPER.find(&masked).filter(alone)).map(|found| found.end());
    let Some(begins) = begins else { return made("", vec![text]) };
    let all = inside(text, &masked, begins);
    let all: Vec<&str> = all.into_iter().filter(|part| !matches!(part.trim(), "t" | "b" | "s.T()")).collect();
    let told = all.len() > 1 && matches!(pieces(all[0])[..], [Piece::Text(_)]);
    made("", all.into_iter().skip(usize::from(told)).take(1).collect())
}

fn bare_of_ends(text: &str) -> &str {
    text.trim_start_matches("::")
        .trim_start_matches("->")
        .trim_end_matches(" fails")
        .trim_end_matches([';', ':'])
        .trim()
}

fn question(text: &str) -> Option<Question> {
    let text = bare_of_ends(text);
    let masked = masked(text);
    let made = |how: &str, sides: Vec<&str>, expected: Option<usize>| {
        let sides = sides.into_iter().map(|side| unnear(pieces(bare(side)))).collect();
        Some(Question { how: how.to_owned(), sides, expected })
    };
    if let Some(of) = OF.find(&masked) {
        let end = closing(&masked, of.end() - 1);
        let subject = inside(text, &masked, of.end()).first().copied().unwrap_or_default();
        let rest = &masked[(end + 1).min(masked.len())..];
        let found = HOW.captures(rest)?;
        let chain: String = found[1].split_whitespace().collect();
        let how = found.get(2).map_or(chain.clone(), |word| format!("{chain} {}", word.as_str()));
        let at = end + 1 + found.get(0)?.end();
        let arguments = inside(text, &masked, at.min(text.len()));
        return match (IS.is_match(&how), BOUND.is_match(&how)) {
            (true, _) => made("=", vec![subject, arguments.first().copied().unwrap_or_default()], Some(1)),
            (false, true) => made(&how, vec![subject, arguments.first().copied().unwrap_or_default()], None)
                .filter(|_| how.to_ascii_lowercase().contains("close")),
            (false, false) => made(&how, vec![subject, &text[at.min(text.len())..]], Some(1)),
        };
    }
    if let Some(found) = RAISES.captures(&masked) {
        let at = found.get(0)?.end();
        let all = inside(text, &masked, at);
        let kept = all.iter().enumerate().filter(|(at, part)| *at == 0 || part.trim_start().starts_with("match"));
        let kept: Vec<&str> = kept.map(|(_, part)| *part).collect();
        let with = kept.len();
        return made(&format!("raises {with}"), [vec![""], kept].concat(), None).map(|question| Question {
            sides: vec![Vec::new(), question.sides.concat()],
            expected: Some(1),
            ..question
        });
    }
    if let Some(found) = MATCHES.find(&masked) {
        let all = inside(text, &masked, found.end());
        let [subject, rest @ ..] = &all[..] else { return None };
        return made("matches", vec![subject, rest.first()?], Some(1));
    }
    if let Some((left, right)) = sides(text) {
        let call = TWO.find(&masked).map(|found| found.as_str().to_owned());
        let how = if COMPARES_NOT.is_match(&masked) { "!=" } else { "=" };
        let near = call.as_deref().is_some_and(|call| BOUND.is_match(call));
        let expected = call.as_deref().filter(|_| !near).and_then(|call| convention(call, &masked));
        return made(how, vec![left, right], expected);
    }
    if let Some(found) = MEMBER.captures(&masked) {
        let (part, list) = (found.get(1)?, found.get(3)?);
        return made(&found[2], vec![&text[part.range()], &text[list.range()]], None);
    }
    if let Some(found) = HAS.captures(&masked).filter(|_| !COMPARES.is_match(&masked)) {
        let whole = found.get(0)?;
        let from = HOLDS.find(&masked).map_or(0, |found| found.end());
        if let Some(subject) = text.get(from..whole.start()).filter(|subject| !subject.trim().is_empty()) {
            return made(&found[1], vec![subject, inside(text, &masked, whole.end()).first()?], Some(1));
        }
    }
    let Some(found) = CALL.captures(&masked) else {
        let found = HELPER.find(&masked).filter(|_| masked.ends_with(')'))?;
        let all = inside(text, &masked, found.end());
        return made(&format!("call {}", all.len()), all, None).filter(|question| question.sides.len() > 1);
    };
    if ONE.is_match(&masked) {
        return None;
    }
    let how = found[1].to_owned();
    let all = inside(text, &masked, found.get(0)?.end());
    let all: Vec<&str> = all.into_iter().filter(|part| !matches!(part.trim(), "t" | "b" | "s.T()")).take(2).collect();
    (all.len() == 2 && !BOUND.is_match(&how)).then(|| made(&how, all, None)).flatten()
}

static COMPARES_NOT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"!=|\bis not\b|assert_ne!|Not(?:Equal|Same)|-ne\b|refute"));

/// Which side is what is expected, by what is usual where this is called.
fn convention(call: &str, masked: &str) -> Option<usize> {
    let first = ["assert_equal", "assertEquals", "assertSame", "AreEqual", "AreSame", "assertArrayEquals"];
    let named = first.iter().any(|name| call.starts_with(name));
    // `assert.Equal(t, want, got)`, `Assert.Equal(want, got)`
    let called = masked.starts_with("Assert.")
        || Regex::new(r"^(?:assert|require)\.\w+\(\s*(?:t|b|s\.T\(\))\s*,").is_ok_and(|call| call.is_match(masked));
    if named || called {
        return Some(0);
    }
    let second = ["strictEqual", "deepEqual", "deepStrictEqual", "equal"];
    second.iter().any(|name| call.starts_with(name)).then_some(1)
}

/// Without what only says how near, and what is told.
fn unnear(all: Vec<Piece>) -> Vec<Piece> {
    let comma = |piece: &Piece| *piece == Piece::Sign(",".to_owned());
    let mut kept: Vec<Piece> = Vec::with_capacity(all.len());
    let mut at = 0;
    while at < all.len() {
        let name = matches!(&all[at], Piece::Word(word) if NEARNESS.contains(&word.as_str()));
        let gives = all.get(at + 1) == Some(&Piece::Sign("=".to_owned()));
        if name && gives && kept.last().is_some_and(comma) {
            kept.pop();
            at += 2;
            let mut depth = 0;
            while let Some(piece) = all.get(at) {
                match piece {
                    Piece::Sign(sign) if matches!(&**sign, "(" | "[" | "{") => depth += 1,
                    Piece::Sign(sign) if matches!(&**sign, ")" | "]" | "}") && depth == 0 => break,
                    Piece::Sign(sign) if matches!(&**sign, ")" | "]" | "}") => depth -= 1,
                    piece if depth == 0 && comma(piece) => break,
                    _ => {}
                }
                at += 1;
            }
        } else {
            kept.push(all[at].clone());
            at += 1;
        }
    }
    kept
}

/// Where the bracket at `open` closes.
fn closing(masked: &str, open: usize) -> usize {
    let mut depth = 0_i32;
    for (at, byte) in masked.bytes().enumerate().skip(open) {
        depth += i32::from(b"([{".contains(&byte)) - i32::from(b")]}".contains(&byte));
        if depth == 0 {
            return at;
        }
    }
    masked.len()
}

/// The arguments from `at` on.
fn inside<'t>(text: &'t str, masked: &str, at: usize) -> Vec<&'t str> {
    let rest = &masked[at..];
    let of = |part: &str| {
        let from = at + (part.as_ptr() as usize - rest.as_ptr() as usize);
        &text[from..from + part.len()]
    };
    parts(rest).into_iter().map(of).collect()
}
