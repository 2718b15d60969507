//! The table in docs/agents.md: what each cell took when it was last written.

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use crate::AGENTS;
use crate::record::Told;

const BEGIN: &str = "<!-- the matrix: written by `MISSION_BLESS=1 cargo nextest run --test agents` -->";
const END: &str = "<!-- end of the matrix -->";

/// The rows.
const CELLS: [&str; 16] = [
    "ok",
    "schema",
    "re-ask",
    "resume",
    "401",
    "429",
    "500",
    "cut stream",
    "hang",
    "slow",
    "cancel inside a tool",
    "4 in parallel",
    "usage",
    "prompt of 300 KB",
    "unknown event",
    "banner before JSON",
];

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/agents.md")
}

/// Notes the figures of a cell, if the table is to be written anew.
pub(crate) fn note(agent: &str, cell: &str, told: &Told, took: Duration) {
    let column = AGENTS.iter().position(|one| *one == agent).expect("an agent of the matrix") + 1;
    let row = CELLS.iter().position(|one| *one == cell).expect("a cell of the matrix");
    if std::env::var_os("MISSION_BLESS").is_none() {
        return;
    }
    // Cells write one after the other, whatever process they are in.
    let lock = File::create(Path::new(env!("CARGO_TARGET_TMPDIR")).join("table.lock")).expect("a lock can be made");
    flock(&lock, FlockOperation::LockExclusive).expect("a lock can be taken");
    let text = std::fs::read_to_string(page()).expect("the page is there");
    let mut rows = rows(&text);
    rows[row][column] = figures(told, took);
    std::fs::write(page(), with(&text, &rows)).expect("the page can be written");
}

/// Time, tokens that are known, attempts if there were several.
fn figures(told: &Told, took: Duration) -> String {
    let tokens: u64 = told.attempts.iter().filter_map(|one| one.tokens).map(|(input, output)| input + output).sum();
    let mut text = format!("{:.1} s", took.as_secs_f64());
    if tokens > 0 {
        write!(text, ", {:.1} k", tokens as f64 / 1000.0).expect("texts take everything");
    }
    if told.attempts.len() > 1 {
        write!(text, ", {}×", told.attempts.len()).expect("texts take everything");
    }
    text
}

/// The rows of the table in `text`; cells that are not there are empty.
fn rows(text: &str) -> Vec<Vec<String>> {
    let inside = text.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map_or("", |(inside, _)| inside);
    let lines = inside.lines().filter(|line| line.starts_with("| ")).skip(1);
    let before: Vec<Vec<String>> =
        lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect();
    let row = |name: &&str| {
        let mut row = before.iter().find(|row| row[0] == **name).cloned().unwrap_or_default();
        row.resize(AGENTS.len() + 1, String::new());
        (*name).clone_into(&mut row[0]);
        row
    };
    CELLS.iter().map(row).collect()
}

/// `text` with these rows.
fn with(text: &str, rows: &[Vec<String>]) -> String {
    let (before, rest) = text.split_once(BEGIN).expect("the page has a place for the table");
    let (_, after) = rest.split_once(END).expect("the table ends");
    let mut table = format!("| | {} |\n|---|{}\n", AGENTS.join(" | "), "---|".repeat(AGENTS.len()));
    for row in rows {
        writeln!(table, "| {} |", row.join(" | ")).expect("texts take everything");
    }
    format!("{before}{BEGIN}\n\n{table}\n{END}{after}")
}

#[test]
fn the_table_has_a_place_for_every_cell() {
    let text = std::fs::read_to_string(page()).expect("the page is there");
    assert_eq!(with(&text, &rows(&text)), text);
}
