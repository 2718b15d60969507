//! Rounds that stand side by side: what is revised or repaired, and each next round to its right.

use std::collections::BTreeSet;

use super::level::{Arc, Cell};

/// Groups of cells from left to right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) parts: Vec<Vec<usize>>,
}

const WIDEST: i32 = 900;

/// The rows among `cells`; no cell is in two.
pub(super) fn rows(cells: &[Cell], arcs: &[Arc]) -> Vec<Row> {
    let mut taken = BTreeSet::new();
    let mut rows = Vec::new();
    for arc in arcs.iter().filter(|arc| arc.detour) {
        if taken.contains(&arc.from) || taken.contains(&arc.to) {
            continue;
        }
        let row = revision(cells, arcs, arc).or_else(|| repair(cells, arcs, arc, &taken));
        if let Some(row) = row.filter(|row| row.parts.iter().flatten().all(|cell| !taken.contains(cell))) {
            taken.extend(row.parts.iter().flatten().copied());
            rows.push(row);
        }
    }
    rows
}

/// Everything between what is asked for again and the gate that asks, once per round.
fn revision(cells: &[Cell], arcs: &[Arc], ask: &Arc) -> Option<Row> {
    let first = cells[ask.to].earlier?;
    let plain = |arc: &&Arc| !arc.detour;
    let below = reach(arcs, first, &plain);
    let mut part: Vec<usize> = (0..cells.len())
        .filter(|&c| c == ask.from || c == first || below.contains(&c) && reach(arcs, c, &plain).contains(&ask.from))
        .collect();
    if first != ask.from && !below.contains(&ask.from) {
        return None;
    }
    let (mut entry, mut gate) = (first, ask.from);
    let core = part.clone();
    part.extend((0..cells.len()).filter(|&c| feeds(arcs, c, &core, entry)));
    part.sort_unstable();
    if !closed(arcs, &part, gate) {
        return None;
    }
    let mut parts = vec![part];
    let mut round = core;
    while let Some(next) = arcs.iter().find(|a| a.detour && a.from == gate && cells[a.to].earlier == Some(entry)) {
        let later = |cell: &usize| (0..cells.len()).find(|&c| cells[c].earlier == Some(*cell));
        let part: Option<Vec<usize>> = round.iter().map(later).collect();
        let (Some(part), Some(last)) = (part, later(&gate)) else { break };
        if !closed(arcs, &part, last) || arcs.iter().any(|a| a.to == next.to && a.from != gate) {
            break;
        }
        (entry, gate) = (next.to, last);
        round.clone_from(&part);
        parts.push(part);
    }
    (parts.len() > 1).then_some(Row { parts })
}

/// Does `cell` lead only to cells of `part` behind its entry? Then it stands best beside that entry.
fn feeds(arcs: &[Arc], cell: usize, part: &[usize], entry: usize) -> bool {
    let mut leaving = arcs.iter().filter(|arc| arc.from == cell).peekable();
    let below = |arc: &&Arc| part.contains(&arc.from) && arc.to == cell;
    let inside = |arc: &Arc| part.contains(&arc.to) && arc.to != entry && !arc.detour;
    !part.contains(&cell) && leaving.peek().is_some() && leaving.all(inside) && !arcs.iter().any(|arc| below(&arc))
}

/// Do lines from outside lead only to the uppermost cells of `part`, and lines to the outside only from `exit`?
fn closed(arcs: &[Arc], part: &[usize], exit: usize) -> bool {
    let upper = |cell: usize| !arcs.iter().any(|arc| arc.to == cell && part.contains(&arc.from));
    arcs.iter().all(|arc| match (part.contains(&arc.from), part.contains(&arc.to)) {
        (true, false) => arc.from == exit,
        (false, true) => upper(arc.to),
        (true, true) | (false, false) => true,
    })
}

/// What failed, what repairs it, and the round behind the repair; and so on.
fn repair(cells: &[Cell], arcs: &[Arc], ask: &Arc, taken: &BTreeSet<usize>) -> Option<Row> {
    let mut row = vec![ask.from];
    let mut detour = Some(ask);
    while let Some(arc) = detour {
        let width: i32 = row.iter().map(|&c| cells[c].width + 40).sum();
        if row.len() > 1 && width + cells[arc.to].width > WIDEST || !joins(arcs, &row, arc.to, taken) {
            break;
        }
        row.push(arc.to);
        let mut behind = arcs.iter().filter(|a| a.from == arc.to && !a.detour);
        if let (Some(next), None) = (behind.next(), behind.next())
            && joins(arcs, &row, next.to, taken)
            && arcs.iter().all(|a| a.to != next.to || row.contains(&a.from))
        {
            row.push(next.to);
        }
        let last = row.last().copied();
        detour = arcs.iter().find(|a| a.detour && Some(a.from) == last);
    }
    (row.len() > 1).then(|| Row { parts: row.into_iter().map(|cell| vec![cell]).collect() })
}

/// May `cell` stand behind `row`: does nothing lead from the row to it but directly?
fn joins(arcs: &[Arc], row: &[usize], cell: usize, taken: &BTreeSet<usize>) -> bool {
    let outside: Vec<usize> = arcs.iter().filter(|a| a.to == cell && !row.contains(&a.from)).map(|a| a.from).collect();
    let below = |c: &usize| row.iter().any(|&r| reach(arcs, r, &|_| true).contains(c));
    let above = |r: &usize| reach(arcs, cell, &|_| true).contains(r);
    !taken.contains(&cell) && !row.contains(&cell) && !outside.iter().any(below) && !row.iter().any(above)
}

fn reach(arcs: &[Arc], from: usize, keep: &dyn Fn(&&Arc) -> bool) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        let next = arcs.iter().filter(|arc| arc.from == at).filter(|arc| keep(arc));
        open.extend(next.map(|arc| arc.to).filter(|&to| seen.insert(to)));
    }
    seen
}
