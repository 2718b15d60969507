//! What became of the rows of a table of cases. Pure.

use std::collections::BTreeSet;

use super::super::finding::Kind;
use super::super::language::{Piece, Test, asked_words, elements, pieces};
use super::known::Known;
use super::weaker::short;

/// A cell, and its name where it has one.
struct Cell {
    name: Option<String>,
    says: Vec<Piece>,
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
    // What only is done otherwise, or is asked of another text.
    let otherwise = gone.iter().find_map(|row| Some((*row, left.iter().find(|other| is_asked_otherwise(row, other))?)));
    let told = otherwise
        .map(|(row, other)| (Kind::TestChanged, format!("the row `{}` is `{}` now", shown(row), shown(other))));
    gone.retain(|row| !left.iter().any(|other| is_asked_otherwise(row, other)));
    let Some(row) = gone.first() else { return told };
    let like = left.iter().map(|other| (alike(row, other), other)).max_by_key(|(count, _)| *count);
    Some(match like.filter(|(count, _)| *count > 0) {
        Some((_, other)) => (Kind::ExpectedChanged, format!("the row `{}` is `{}` now", shown(row), shown(other))),
        None if left.is_empty() || old.table.len() > new.table.len() => {
            (Kind::TestRemoved, format!("the row `{}` is gone", shown(row)))
        }
        None => (Kind::TestRemoved, format!("the row `{}` is gone, and others are there", shown(row))),
    })
}

/// Do they differ only in what is done, or in texts that stand before the last cell?
fn is_asked_otherwise(row: &[Piece], other: &[Piece]) -> bool {
    let (row, other) = (cells(row), cells(other));
    let done = |cell: &Cell| {
        cell.says.iter().any(|piece| match piece {
            Piece::Word(word) => matches!(&**word, "lambda" | "fn" | "func" | "function" | "let"),
            Piece::Sign(sign) => matches!(&**sign, "|" | "||" | "=>" | ";"),
            Piece::Text(_) | Piece::Number(_) => false,
        })
    };
    let expected = |cell: &Cell| {
        let name = cell.name.as_deref().unwrap_or_default().to_ascii_lowercase();
        ["want", "expect", "out", "result"].iter().any(|word| name.contains(word))
    };
    let in_texts = |was: &Cell, is: &Cell| {
        let text = |pair: (&Piece, &Piece)| pair.0 == pair.1 || matches!(pair, (Piece::Text(_), Piece::Text(_)));
        was.says.len() == is.says.len() && was.says.iter().zip(&is.says).all(text)
    };
    let differing: Vec<usize> = (0..row.len().min(other.len())).filter(|at| row[*at].says != other[*at].says).collect();
    let otherwise = |at: &usize| {
        let (was, is) = (&row[*at], &other[*at]);
        done(was) && done(is) || *at + 1 < row.len() && was.name == is.name && !expected(was) && in_texts(was, is)
    };
    row.len() > 1 && row.len() == other.len() && differing.len() < row.len() && differing.iter().all(otherwise)
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
    let sign = |piece: &Piece, sign: &str| *piece == Piece::Sign(sign.to_owned());
    let brackets = row.last().is_some_and(|last| [")", "]", "}"].iter().any(|end| sign(last, end)));
    let entry = row.iter().take(2).position(|piece| sign(piece, ":") || sign(piece, "=>"));
    let parts = match (entry, row) {
        (Some(at), _) => vec![row[..at].to_vec(), row[at + 1..].to_vec()],
        (None, [Piece::Text(text)]) => text[1..].split(',').map(pieces).collect(),
        (None, _) if brackets => elements(row),
        (None, _) => vec![row.to_vec()],
    };
    let named = |part: Vec<Piece>| match &part[..] {
        [Piece::Word(name), colon, rest @ ..] if entry.is_none() && (sign(colon, ":") || sign(colon, "=")) => {
            Cell { name: Some(name.clone()), says: rest.to_vec() }
        }
        [Piece::Text(name), colon, rest @ ..] if entry.is_none() && sign(colon, ":") => {
            Cell { name: Some(name.clone()), says: rest.to_vec() }
        }
        _ => Cell { name: None, says: part },
    };
    let cells = parts.into_iter().map(named);
    // What only names the row.
    cells.filter(|cell| !matches!(cell.name.as_deref(), Some("id" | "ids" | "TestName" | "DisplayName"))).collect()
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
