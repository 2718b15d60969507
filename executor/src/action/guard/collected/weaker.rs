//! Does a test ask as much as it did? Each assertion must be there, or another that asks as much in its place. Pure.

use std::cell::OnceCell;
use std::sync::LazyLock;

use regex::Regex;

use super::super::finding::Kind;
use super::super::language::{
    Asked, Piece, Program, Sides, Strength, Test, asked_words, asks_other, expects_other, masked, pieces,
};
use super::given;
use super::known::Known;

/// Longest part of a line that is told.
const LONGEST: usize = 100;

/// What became of the assertions of a test.
pub(super) enum Became {
    /// As many ask as much.
    Kept,
    /// Some are gone.
    Fewer,
    /// One asks less, and how.
    Less(Kind, String),
    /// What one asks with is another, and nobody can tell whether it asks as much.
    Other(String),
}

/// An assertion of the test as it is now, and whether it stands for one that was.
struct Place<'t> {
    asked: &'t Asked,
    taken: bool,
    sides: OnceCell<Sides>,
}

impl Place<'_> {
    /// How much of what was asked it asks.
    fn likeness(&self, was: &Sides, known: &Known<'_>) -> usize {
        was.likeness(self.sides.get_or_init(|| Sides::of(&self.asked.text)), known)
    }
}

pub(super) fn became(old: &Test, new: &Test, known: &Known<'_>) -> Became {
    let place = |asked| Place { asked, taken: false, sides: OnceCell::new() };
    let mut places: Vec<Place<'_>> = new.asked.iter().map(place).collect();
    let (mut open, mut told) = (Vec::new(), None);
    for was in &old.asked {
        match same(was, &mut places) {
            Some(is) => {
                if let Some(what) = only_where(was, is, &[]) {
                    return what;
                }
                match given::other(was, is, known) {
                    Some(Became::Other(what)) => told = Some(what),
                    Some(less) => return less,
                    None => {}
                }
            }
            None => open.push(was),
        }
    }
    let mut open: Vec<(&Asked, Sides)> = open.into_iter().map(|was: &Asked| (was, Sides::of(&was.text))).collect();
    open.sort_by_cached_key(|(was, sides)| {
        let free = places.iter().filter(|place| !place.taken);
        std::cmp::Reverse((was.strength, free.map(|place| place.likeness(sides, known)).max()))
    });
    let by_value = handed(new);
    let mut fewer = false;
    for (was, sides) in open {
        let Some(is) = partner((was, &sides), new, &mut places, known) else {
            fewer = true;
            continue;
        };
        if is.strength < was.strength {
            let kind = if is.strength == Strength::Nothing { Kind::AssertionTrivial } else { Kind::AssertionWeakened };
            return Became::Less(kind, format!("it asked `{}`, and asks `{}`", short(&was.text), short(&is.text)));
        }
        if is.far && was.by.is_none() && !is_handed_on(was, is) {
            let what = format!("it asked `{}`, and asks `{}`", short(&was.text), short(&is.text));
            return Became::Less(Kind::ExpectedChanged, what);
        }
        if let Some(what) = looser(&was.text, &is.text) {
            return Became::Less(Kind::AssertionWeakened, what);
        }
        if let Some(what) = only_where(was, is, &by_value) {
            return what;
        }
        if is_other(was, is, known) && !is_handed(was, is, old, new) {
            let what = match given::differing(was, is).filter(|_| was.said == is.said) {
                Some(what) => format!("`{}` expects something else: {what}", short(&was.said)),
                None => format!("it expected `{}`, and expects `{}`", short(&was.text), short(&is.text)),
            };
            return Became::Less(Kind::ExpectedChanged, what);
        }
        if asks_with_other(was, is, (old, new), known) {
            let what = match given::differing(was, is).filter(|_| was.said == is.said) {
                Some(what) => format!("`{}` asks with something else: {what}", short(&was.said)),
                None if was.text == is.text => {
                    format!("it asked `{}`, and asks `{}`", short(&was.inside), short(&is.inside))
                }
                None => format!("it asked `{}`, and asks `{}`", short(&was.text), short(&is.text)),
            };
            return Became::Less(Kind::InputChanged, what);
        }
        match given::other(was, is, known) {
            Some(Became::Other(what)) => told = Some(what),
            Some(less) => return less,
            None => {}
        }
    }
    match told {
        _ if fewer => Became::Fewer,
        Some(what) => Became::Other(what),
        None => Became::Kept,
    }
}

/// `require('node:assert').equal(…)`
static BROUGHT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^require\(['\x22](?:(?:node:)?assert(?:/strict)?|chai)['\x22]\)").expect("a constant pattern")
});

/// Is the function of another file, which asserts in its place, given all that was asked with, in its order?
fn is_handed_on(was: &Asked, is: &Asked) -> bool {
    let says = |piece: &Piece| match piece {
        Piece::Sign(_) => false,
        Piece::Word(word) => !asked_words(word).is_empty(),
        Piece::Text(_) | Piece::Number(_) => true,
    };
    // Where what asserts comes from is not asked with.
    let asked = BROUGHT.replace(&was.text, "");
    let mut given = pieces(&is.text).into_iter().filter(says);
    pieces(&asked).into_iter().filter(says).all(|piece| given.any(|own| own == piece))
}

/// Does it expect something else, whatever it is called and wherever it is given?
fn is_other(was: &Asked, is: &Asked, known: &Known<'_>) -> bool {
    let renamed = |old: &str, new: &str| known.renamed(old, new);
    expects_other(&was.text, &is.text, &renamed)
        && expects_other(&known.base.filled(&was.text), &known.now.filled(&is.text), &renamed)
}

/// Does it ask the same of something else: with another literal, or with values of which none is the one of before?
fn asks_with_other(was: &Asked, is: &Asked, (old, new): (&Test, &Test), known: &Known<'_>) -> bool {
    if asks_other(&was.inside, &is.inside, known) {
        return true;
    }
    if known.is_asked_still(&was.text) {
        return false;
    }
    // Where only a name stands for something else, what it is called says whether that matters.
    let set_up = was.said == is.said && given::is_only_set_up(was, is);
    is_lost(was, is, old, new) || !set_up && asks_other(&unbound(&was.text), &unbound(&is.text), known)
}

/// Was a number asked of that is none of the values that the test is given now?
fn is_lost(was: &Asked, is: &Asked, old: &Test, new: &Test) -> bool {
    let by = |asked: &Asked, test: &Test| {
        let names = handed(test);
        asked_words(&asked.text).iter().any(|word| names.iter().any(|name| name == word))
    };
    let number = |word: &&&str| word.starts_with(|c: char| c.is_ascii_digit());
    let given = |number: &str| {
        let says = |piece: &Piece| matches!(piece, Piece::Number(own) if own == number);
        new.words.contains(number) || new.table.iter().flatten().any(says)
    };
    !new.table.is_empty()
        && by(is, new)
        && !by(was, old)
        && asked_words(&was.text).iter().filter(number).any(|number| !given(number))
}

/// `text` without numbers that say how much may pass: less may.
fn unbound(text: &str) -> String {
    let masked = masked(text);
    let mut kept = text.to_owned();
    for found in NUMBER.find_iter(&masked).collect::<Vec<_>>().into_iter().rev() {
        if bound(text[..found.start()].trim_end(), text[found.end()..].trim_start()).is_some() {
            kept.replace_range(found.range(), "0");
        }
    }
    kept
}

/// Is what was expected one of the values that the test is given now?
fn is_handed(was: &Asked, is: &Asked, old: &Test, new: &Test) -> bool {
    let by = |asked: &Asked, test: &Test| {
        let names = handed(test);
        asked_words(&asked.text).iter().any(|word| names.iter().any(|name| name == word))
    };
    by(is, new) && !by(was, old) && asked_words(&was.text).iter().all(|word| new.words.contains(*word))
}

/// The same assertion, under as few conditions as there is one.
fn same<'t>(was: &Asked, places: &mut [Place<'t>]) -> Option<&'t Asked> {
    let fits = |asked: &Asked| asked.text == was.text && asked.inside == was.inside;
    let found = places.iter_mut().filter(|place| !place.taken && fits(place.asked));
    let place = found.min_by_key(|place| more(was, place.asked).count())?;
    place.taken = true;
    Some(place.asked)
}

/// What asks in the place of `was`: most of all something of the same, and as much.
fn partner<'t>(
    (was, sides): (&Asked, &Sides),
    new: &Test,
    places: &mut [Place<'t>],
    known: &Known<'_>,
) -> Option<&'t Asked> {
    let words = asked_words(&was.text);
    let common = |asked: &Asked| asked_words(&asked.text).iter().filter(|word| words.contains(word)).count();
    let all = words.iter().all(|word| new.words.contains(*word));
    // What is asked of each value of a list stands for many.
    let many = |asked: &Asked| all && (asked.looped || new.cases.is_some_and(|cases| cases > 1));
    let fits = |place: &&mut Place<'t>| !place.taken || many(place.asked);
    let best = places.iter_mut().filter(fits).max_by_key(|place| {
        let asked = place.asked;
        let likeness = place.likeness(sides, known);
        (common(asked) > 0, asked.strength.min(was.strength), !place.taken, likeness, common(asked))
    })?;
    best.taken = true;
    Some(best.asked)
}

/// Conditions under which `is` is asked, and `was` was not.
fn more<'a>(was: &'a Asked, is: &'a Asked) -> impl Iterator<Item = &'a String> {
    let loops = is.idle.iter().filter(|says| !was.idle.contains(says));
    is.under.iter().filter(|says| !was.under.contains(says) && !holds_anyway(says)).chain(loops)
}

/// Is it asked only under a condition that is new, and is not about one of the `given` values?
fn only_where(was: &Asked, is: &Asked, given: &[String]) -> Option<Became> {
    let of_value = |says: &&String| asked_words(says).iter().any(|word| given.iter().any(|name| name == word));
    // As many others went with what was asked before.
    let says = more(was, is).find(|says| !of_value(says)).filter(|_| more(is, was).count() < more(was, is).count())?;
    let what = format!("it asks `{}` only where it comes past `{}`", short(&is.text), short(says));
    Some(Became::Less(Kind::AssertionWeakened, what))
}

/// A condition that holds where the checks run.
fn holds_anyway(says: &str) -> bool {
    static HOLDS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"^(?:\}?\s*else\s+)?if\s+(?:cfg!\((?:unix|not\(windows\)|not\(miri\)|target_os\s*=\s*"linux"|debug_assertions|test)\)|True|true|!?cfg!\(windows\)\s*(?:==\s*false)?|sys\.platform\s*!=\s*['"]win32['"]|os\.name\s*==\s*['"]posix['"]|runtime\.GOOS\s*!=\s*"windows"|\(?process\.platform\s*!==?\s*['"]win32['"]\)?)\s*:?$"#)
            .expect("a constant pattern")
    });
    HOLDS.is_match(says.trim_start_matches('!')) && !says.contains("if cfg!(windows)")
}

/// Names that a test is given values by: its parameters and those of loops are told of as words of these.
fn handed(test: &Test) -> Vec<String> {
    static GIVES: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\bfor\b[\s(]*(?:const\b|let\b|var\b)?\s*([\w\s,&():\[\]{}]+?)\s*(?:\bin\b|\bof\b|:=|:)|\.(?:forEach|for_each|each|map)\s*\(\s*\(?\|?([\w\s,{}]*)|\b(?:def|fn|func|function)\b[^\n(]*\(([^()\n]*)\)|\(?([\w\s,]+)\)?\s*=>|\|([^|\n]*)\|")
            .expect("a constant pattern")
    });
    let loops = test.says.iter().flat_map(|line| GIVES.captures_iter(line).collect::<Vec<_>>());
    let names = loops.flat_map(|found| {
        let list = found.iter().skip(1).flatten().next().map_or("", |list| list.as_str());
        asked_words(list).into_iter().map(str::to_owned).collect::<Vec<_>>()
    });
    names.chain(test.given.iter().cloned()).collect()
}

static NUMBER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?\b").expect("a constant pattern"));

/// The same words, with a bound that lets more pass.
fn looser(was: &str, is: &str) -> Option<String> {
    // What a string says is no bound.
    let (in_was, in_is) = (masked(was), masked(is));
    let (numbers, other): (Vec<_>, Vec<_>) = (NUMBER.find_iter(&in_was).collect(), NUMBER.find_iter(&in_is).collect());
    let bare = |text: &str, numbers: &[regex::Match<'_>]| {
        let from = std::iter::once(0).chain(numbers.iter().map(regex::Match::end));
        let to = numbers.iter().map(regex::Match::start).chain([text.len()]);
        from.zip(to).map(|(from, to)| &text[from..to]).collect::<Vec<_>>().join("#")
    };
    if bare(was, &numbers) != bare(is, &other) {
        return None;
    }
    let value = |text: &str| text.replace('_', "").parse::<f64>().ok();
    let (old, new) = numbers.iter().zip(&other).find(|(old, new)| old.as_str() != new.as_str())?;
    let (before, after) = value(old.as_str()).zip(value(new.as_str()))?;
    let lead = was[..old.start()].trim_end();
    let behind = was[old.end()..].trim_start();
    let sort = bound(lead, behind)?;
    let passes_more = match sort {
        Bound::Upper => after > before,
        Bound::Lower => after < before,
    };
    passes_more.then(|| format!("it asked `{}`, and lets more pass: `{}`", short(was), short(is)))
}

/// Which way a number lets more pass.
enum Bound {
    /// The larger it is.
    Upper,
    /// The smaller it is.
    Lower,
}

fn bound(lead: &str, behind: &str) -> Option<Bound> {
    static UPPER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:<=?|\b(?:delta|rel|abs|rel_tol|abs_tol|atol|rtol|epsilon|tolerance)\s*[=:]|\bwithin\(|Less\w*\([^,]*,|toBeLessThan\w*\(|InDelta\w*\(.*,|(?:assertEquals|XCTAssertEqual)\([^,]*,[^,]*,|-l[te])\s*$")
            .expect("a constant pattern")
    });
    static LOWER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:[^=-]>=?|\bplaces\s*=|CloseTo\([^,]*,|assertAlmostEqual\([^,]*,[^,]*,|Greater\w*\([^,]*,|toBeGreaterThan\w*\(|-g[te])\s*$")
            .expect("a constant pattern")
    });
    if UPPER.is_match(lead) || behind.starts_with('>') {
        return Some(Bound::Upper);
    }
    (LOWER.is_match(lead) || behind.starts_with('<')).then_some(Bound::Lower)
}

pub(super) fn short(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}
