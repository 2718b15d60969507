//! What the names that an assertion uses stood for, and stand for. Pure.

use std::sync::LazyLock;

use regex::Regex;

use super::super::finding::Kind;
use super::super::language::{
    Asked, Piece, Sort, Used, differ_in_values, elements, is_asked, is_value, pieces, say_the_same,
};
use super::known::Known;
use super::weaker::{Became, short};

/// Does a name in `is` stand for something else than in `was`, so that something else is asked?
pub(super) fn other(was: &Asked, is: &Asked, known: &Known<'_>) -> Option<Became> {
    let both = was.used.iter().filter_map(|old| Some((old, is.used.iter().find(|new| new.name == old.name)?)));
    let mut found: Vec<Became> =
        both.filter(|(old, new)| old.says != new.says).filter_map(|(old, new)| judged(was, old, new, known)).collect();
    found.sort_by_key(|became| matches!(became, Became::Other(_)));
    found.into_iter().next()
}

/// A name of another value that both use, and what it was and is.
pub(super) fn differing(was: &Asked, is: &Asked) -> Option<String> {
    let both = was.used.iter().filter_map(|old| Some((old, is.used.iter().find(|new| new.name == old.name)?)));
    let (old, new) = both.rev().find(|(old, new)| old.says != new.says)?;
    Some(told(old, new))
}

/// Do names that both use differ only in where something is, or how long it may take?
pub(super) fn is_only_set_up(was: &Asked, is: &Asked) -> bool {
    let both = was.used.iter().filter_map(|old| Some((old, is.used.iter().find(|new| new.name == old.name)?)));
    let mut differing = both.filter(|(old, new)| old.says != new.says).peekable();
    differing.peek().is_some() && differing.all(|(old, _)| is_set_up(old))
}

fn told(old: &Used, new: &Used) -> String {
    format!("`{}` was `{}`, and is `{}`", old.name, short(&old.says), short(&new.says))
}

fn judged(was: &Asked, old: &Used, new: &Used, known: &Known<'_>) -> Option<Became> {
    let asked = is_asked(&was.said, &old.name);
    let (before, after) = (pieces(&old.says), pieces(&new.says));
    if before == after {
        return None;
    }
    let what = told(old, new);
    let less = |kind, how: &str| Became::Less(kind, format!("`{}` {how}: {what}", short(&was.said)));
    let other = || match asked {
        true if say_the_same(&before, &after, known) => Became::Other(what.clone()),
        true => less(Kind::InputChanged, "asks with something else"),
        false => less(Kind::ExpectedChanged, "expects something else"),
    };
    let found = match old.sort {
        Sort::Value if old.part => {
            let kept = elements(&after);
            let gone = elements(&before).into_iter().any(|element| !kept.contains(&element));
            let written = differ_in_values(&before, &after) && !is_set_up(old);
            if gone && (!asked || written) { other() } else { Became::Other(what) }
        }
        Sort::Value if !old.outer && !asked => return None,
        Sort::Value if is_value(&before) && is_value(&after) && !(asked && is_set_up(old)) => other(),
        Sort::Value => Became::Other(what),
        Sort::Call | Sort::Function | Sort::Several => {
            let (free, bound) = (names(&before, &old.takes), names(&after, &new.takes));
            let written = differ_in_values(&before, &after) || bound.is_empty() && !is_long(&after);
            match asked {
                true if !free.is_empty() && bound.is_empty() => {
                    let what = format!("`{}` asks nothing of the program any more: {what}", short(&was.said));
                    Became::Less(Kind::AssertionWeakened, what)
                }
                true if differ_in_values(&before, &after) && !is_long(&before) && !is_set_up(old) => other(),
                false if written => other(),
                true | false => Became::Other(what),
            }
        }
    };
    Some(found)
}

/// Names that are neither values nor given to the function.
fn names<'p>(all: &'p [Piece], takes: &[String]) -> Vec<&'p Piece> {
    let named = |piece: &&Piece| match piece {
        Piece::Word(word) => {
            !takes.contains(word)
                && !is_value(std::slice::from_ref(*piece))
                && !matches!(&**word, "return" | "yield" | "if" | "else" | "for" | "in" | "and" | "or" | "pass" | "end")
        }
        Piece::Text(_) | Piece::Number(_) | Piece::Sign(_) => false,
    };
    all.iter().filter(named).collect()
}

/// Does it more than give back a value?
fn is_long(all: &[Piece]) -> bool {
    all.iter().any(|piece| *piece == Piece::Sign(";".to_owned()) || *piece == Piece::Sign("=".to_owned()))
}

/// Does it only say where something is, or how long it may take? A name in a test may be all that is asked of.
fn is_set_up(used: &Used) -> bool {
    static PACE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)timeout|port|delay|sleep|interval|retr(?:y|ies)|dir|folder|host|address|seed")
            .expect("a constant pattern")
    });
    static NAMED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?i)path|file|url|name$").expect("a constant pattern"));
    let place = used.says.contains(['/', '\\']) && used.says.contains(['"', '\'']);
    PACE.is_match(&used.name)
        || if used.outer { NAMED.is_match(&used.name) || place } else { NAMED.is_match(&used.name) && place }
}
