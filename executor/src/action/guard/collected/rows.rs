//! What became of the rows of a table of cases. Pure.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::super::finding::Kind;
use super::super::language::{
    Piece, Program, Test, asked_words, differ_in_literals, elements, pieces, say_the_same, speaks_of,
};
use super::known::{Known, is_label};
use super::weaker::short;

/// A cell, and its name where it has one.
struct Cell {
    name: Option<String>,
    says: Vec<Piece>,
}

impl Cell {
    fn is_expected(&self) -> bool {
        let name = self.name.as_deref().unwrap_or_default().to_ascii_lowercase();
        ["want", "expect", "out", "result"].iter().any(|word| name.contains(word))
    }
}

/// Is a row gone, or does it say something else? Rows may be added, and columns; the order is of no matter.
pub(super) fn changed(old: &Test, new: &Test, known: &Known<'_>, file: &str) -> Option<(Kind, String)> {
    if new.table.is_empty() {
        return unrolled(old, new, known, file);
    }
    let mut left: Vec<&Vec<Piece>> = new.table.iter().collect();
    let mut gone = Vec::new();
    for row in &old.table {
        match left.iter().position(|other| same(row, other, known)) {
            Some(at) => drop(left.remove(at)),
            None => gone.push(row),
        }
    }
    // One that has more columns now.
    gone.retain(|row| match left.iter().position(|other| has_all(row, other, known)) {
        Some(at) => {
            left.remove(at);
            false
        }
        None => true,
    });
    // What only is done otherwise, or is called otherwise.
    let labels = labels(old);
    let asks_otherwise = |row: &[Piece], other: &[Piece]| is_asked_otherwise(row, other, &labels, known);
    let otherwise = gone.iter().find_map(|row| Some((*row, left.iter().find(|other| asks_otherwise(row, other))?)));
    let told = otherwise
        .map(|(row, other)| (Kind::TestChanged, format!("the row `{}` is `{}` now", shown(row), shown(other))));
    gone.retain(|row| !left.iter().any(|other| asks_otherwise(row, other)));
    let Some(row) = gone.first() else { return told };
    let like = left.iter().map(|other| (alike(row, other), other)).max_by_key(|(count, _)| *count);
    Some(match like.filter(|(count, _)| *count > 0) {
        Some((_, other)) => (kind(row, other), format!("the row `{}` is `{}` now", shown(row), shown(other))),
        None if left.is_empty() || old.table.len() > new.table.len() => {
            (Kind::TestRemoved, format!("the row `{}` is gone", shown(row)))
        }
        None => (Kind::TestRemoved, format!("the row `{}` is gone, and others are there", shown(row))),
    })
}

/// Is something else expected in the row, or only asked?
fn kind(row: &[Piece], other: &[Piece]) -> Kind {
    let (row, other) = (cells(row), cells(other));
    let last = row.len().saturating_sub(1);
    let named = row.iter().any(Cell::is_expected);
    let expected = |at: usize| if named { row[at].is_expected() } else { at == last };
    let differs = |at: &usize| other.get(*at).is_none_or(|cell| cell.says != row[*at].says);
    match (0..row.len()).filter(differs).any(expected) || row.len() != other.len() {
        true => Kind::ExpectedChanged,
        false => Kind::InputChanged,
    }
}

/// Do they differ only in what is done in other words, in what the case is called, or in what the program calls otherwise?
fn is_asked_otherwise(row: &[Piece], other: &[Piece], labels: &[(usize, usize)], known: &Known<'_>) -> bool {
    let (row, other) = (cells(row), cells(other));
    let done = |cell: &Cell| {
        cell.says.iter().any(|piece| match piece {
            Piece::Word(word) => matches!(&**word, "lambda" | "fn" | "func" | "function" | "let"),
            Piece::Sign(sign) => matches!(&**sign, "|" | "||" | "=>" | ";"),
            Piece::Text(_) | Piece::Number(_) => false,
        })
    };
    let label = |cell: &Cell, at: usize| match &cell.name {
        Some(name) => is_label(name.trim_start_matches('"')),
        None => labels.contains(&(at, row.len())),
    };
    let differing: Vec<usize> = (0..row.len().min(other.len())).filter(|at| row[*at].says != other[*at].says).collect();
    let otherwise = |at: &usize| {
        let (was, is) = (&row[*at], &other[*at]);
        done(was) && done(is) && !differ_in_literals(&was.says, &is.says, known)
            || was.name == is.name && (label(was, *at) || say_the_same(&was.says, &is.says, known))
    };
    row.len() > 1 && row.len() == other.len() && differing.len() < row.len() && differing.iter().all(otherwise)
}

/// Columns that only name the case, each with how many there are: none of these is asked of.
fn labels(test: &Test) -> Vec<(usize, usize)> {
    static NAMES: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\bfor\s*\(?(?:const\s|let\s|var\s)?\s*&?[(\[{]?([\w\s,&*]+?)[)\]}]?\s+(?:in|of)\b|\|&?\(?([\w\s,&*]+)\)?\||\(\s*[\[{(]?([\w\s,]+)[\]})]?\s*\)\s*=>")
            .expect("a constant pattern")
    });
    // `t.Run(c.name, …)`
    static FIELD: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\bRun\(\s*\w+\.\w+\s*,").expect("a constant pattern"));
    let lists = test.says.iter().flat_map(|line| NAMES.captures_iter(line));
    let lists = lists.filter_map(|found| found.iter().skip(1).flatten().next().map(|list| list.as_str()));
    let split = |list: &str| -> Vec<String> {
        list.split(',').map(|name| name.trim_matches(['&', '*', ' ']).to_owned()).collect()
    };
    let lists = lists.map(split).chain([test.given.clone()]);
    let only_names = |name: &str| is_label(name) && !test.asked.iter().any(|asked| speaks_of(&asked.text, name));
    let of = |list: Vec<String>| -> Vec<(usize, usize)> {
        let named = (0..list.len()).filter(|at| only_names(&list[*at]));
        named.map(|at| (at, list.len())).collect()
    };
    let mut found: Vec<(usize, usize)> = lists.flat_map(of).collect();
    if test.says.iter().any(|line| FIELD.is_match(line)) {
        found.extend((3..9).map(|length| (0, length)));
    }
    found
}

/// A loop that is written out asks of each row as well.
fn unrolled(old: &Test, new: &Test, known: &Known<'_>, file: &str) -> Option<(Kind, String)> {
    let looped = new.asked.iter().any(|asked| asked.looped) || new.cases.is_some();
    if looped || old.table.is_empty() {
        return None;
    }
    let beside = known.now.said_beside(file);
    let said: BTreeSet<&str> = beside.iter().flat_map(|text| asked_words(text)).collect();
    let is_said = |piece: &Piece| match piece {
        Piece::Sign(_) => true,
        Piece::Text(says) | Piece::Word(says) => asked_words(says).iter().all(|word| said.contains(word)),
        Piece::Number(number) => said.contains(number.as_str()),
    };
    let row = old.table.iter().find(|row| !row.iter().all(is_said))?;
    Some((Kind::TestRemoved, format!("the row `{}` is gone", shown(row))))
}

fn same(one: &[Piece], other: &[Piece], known: &Known<'_>) -> bool {
    let (one, other) = (cells(one), cells(other));
    one.len() == other.len() && one.iter().zip(&other).all(|(one, other)| is(&one.says, &other.says, known))
}

fn is(one: &[Piece], other: &[Piece], known: &Known<'_>) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| match (one, other) {
            (Piece::Word(was), Piece::Word(is)) => was == is || known.renamed(was, is),
            (one, other) => one == other,
        })
}

/// Is everything that was in the row still in it?
fn has_all(row: &[Piece], other: &[Piece], known: &Known<'_>) -> bool {
    let (row, other) = (cells(row), cells(other));
    if row.iter().chain(&other).all(|cell| cell.name.is_some()) {
        let kept =
            |cell: &Cell| other.iter().any(|is_now| is_now.name == cell.name && is(&cell.says, &is_now.says, known));
        return row.iter().all(kept);
    }
    let mut rest = other.iter();
    row.len() < other.len() && row.iter().all(|cell| rest.any(|is_now| is(&cell.says, &is_now.says, known)))
}

/// Cells that say the same in the same place.
fn alike(one: &[Piece], other: &[Piece]) -> usize {
    cells(one).iter().zip(&cells(other)).filter(|(one, other)| one.says == other.says).count()
}

/// The cells of a row: of a list, of a call that makes one, of a string with commas, or the two sides of an entry.
fn cells(row: &[Piece]) -> Vec<Cell> {
    let brackets = row.last().is_some_and(|last| [")", "]", "}"].iter().any(|end| is_sign(last, end)));
    let entry = row.iter().take(2).position(|piece| is_sign(piece, ":") || is_sign(piece, "=>"));
    let bare = |says: Vec<Piece>| Cell { name: None, says };
    let cells: Vec<Cell> = match (entry, row) {
        (Some(at), _) => {
            let inner: Vec<Cell> = elements(&row[at + 1..]).into_iter().map(named).collect();
            // A case with a name.
            if inner.len() > 1 && inner.iter().any(Cell::is_expected) {
                let name = Cell { name: Some("name".to_owned()), says: row[..at].to_vec() };
                std::iter::once(name).chain(inner).collect()
            } else {
                vec![bare(row[..at].to_vec()), bare(row[at + 1..].to_vec())]
            }
        }
        (None, [Piece::Text(text)]) => text[1..].split(',').map(pieces).map(named).collect(),
        (None, _) if brackets => elements(row).into_iter().map(named).collect(),
        (None, _) => vec![named(row.to_vec())],
    };
    // What only names the row.
    let says = |cell: &Cell| !matches!(cell.name.as_deref(), Some("id" | "ids" | "TestName" | "DisplayName"));
    cells.into_iter().filter(says).collect()
}

fn is_sign(piece: &Piece, sign: &str) -> bool {
    matches!(piece, Piece::Sign(own) if own == sign)
}

/// A cell with its name, where it has one.
fn named(part: Vec<Piece>) -> Cell {
    match &part[..] {
        [Piece::Word(name), colon, rest @ ..] if is_sign(colon, ":") || is_sign(colon, "=") => {
            Cell { name: Some(name.clone()), says: rest.to_vec() }
        }
        [Piece::Text(name), colon, rest @ ..] if is_sign(colon, ":") => {
            Cell { name: Some(name.clone()), says: rest.to_vec() }
        }
        _ => Cell { name: None, says: part },
    }
}

fn shown(row: &[Piece]) -> String {
    let mut text = String::new();
    for piece in row {
        match piece {
            Piece::Text(says) => text.push_str(&format!("\"{}\"", says.trim_start_matches('"'))),
            Piece::Sign(sign) if sign == "," => text.push_str(", "),
            Piece::Number(says) | Piece::Word(says) | Piece::Sign(says) => text.push_str(says),
        }
    }
    short(&text)
}
