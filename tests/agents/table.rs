//! The table in docs/agents.md: what each cell took when it was last written.

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use crate::record::Told;
use crate::{ACP, MORE, STREAM};

/// A table of the page.
struct Table {
    agents: &'static [&'static str],
    begin: &'static str,
    end: &'static str,
}

const TABLES: [Table; 3] = [
    Table {
        agents: STREAM,
        begin: "<!-- the matrix: written by `MISSION_BLESS=1 cargo nextest run --test agents` -->",
        end: "<!-- end of the matrix -->",
    },
    Table {
        agents: ACP,
        begin: "<!-- the matrix of agents one talks with: written by `MISSION_BLESS=1 cargo nextest run --test agents` -->",
        end: "<!-- end of the matrix of agents one talks with -->",
    },
    Table {
        agents: MORE,
        begin: "<!-- the matrix of further agents: written by `MISSION_BLESS=1 cargo nextest run --test agents` -->",
        end: "<!-- end of the matrix of further agents -->",
    },
];

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

/// Notes the figures of a cell.
pub(crate) fn note(agent: &str, cell: &str, told: &Told, took: Duration) {
    write(agent, cell, &figures(told, took));
}

/// Notes why a cell cannot be for this agent.
pub(crate) fn lacks(agent: &str, cell: &str, why: &str) {
    write(agent, cell, why);
}

/// Writes a cell, if the table is to be written anew.
fn write(agent: &str, cell: &str, text: &str) {
    let column = |table: &Table| table.agents.iter().position(|one| named(one) == agent);
    let found = TABLES.iter().find_map(|table| Some((table, column(table)? + 1)));
    let (table, column) = found.expect("an agent of a matrix");
    let row = CELLS.iter().position(|one| *one == cell).expect("a cell of the matrix");
    if std::env::var_os("MISSION_BLESS").is_none() {
        return;
    }
    // Cells write one after the other, whatever process they are in.
    let lock = File::create(Path::new(env!("CARGO_TARGET_TMPDIR")).join("table.lock")).expect("a lock can be made");
    flock(&lock, FlockOperation::LockExclusive).expect("a lock can be taken");
    let before = std::fs::read_to_string(page()).expect("the page is there");
    let mut rows = table.rows(&before);
    text.clone_into(&mut rows[row][column]);
    std::fs::write(page(), table.with(&before, &rows)).expect("the page can be written");
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

impl Table {
    /// The rows of the table in `text`; cells that are not there are empty.
    fn rows(&self, text: &str) -> Vec<Vec<String>> {
        let inside = text
            .split_once(self.begin)
            .and_then(|(_, rest)| rest.split_once(self.end))
            .map_or("", |(inside, _)| inside);
        let lines = inside.lines().filter(|line| line.starts_with("| ")).skip(1);
        let before: Vec<Vec<String>> =
            lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect();
        let row = |name: &&str| {
            let mut row = before.iter().find(|row| row[0] == **name).cloned().unwrap_or_default();
            row.resize(self.agents.len() + 1, String::new());
            (*name).clone_into(&mut row[0]);
            row
        };
        CELLS.iter().map(row).collect()
    }

    /// `text` with these rows.
    fn with(&self, text: &str, rows: &[Vec<String>]) -> String {
        let (before, rest) = text.split_once(self.begin).expect("the page has a place for the table");
        let (_, after) = rest.split_once(self.end).expect("the table ends");
        let names: Vec<String> = self.agents.iter().map(|one| named(one)).collect();
        let mut table = format!("| | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(self.agents.len()));
        for row in rows {
            writeln!(table, "| {} |", row.join(" | ")).expect("texts take everything");
        }
        format!("{before}{}\n\n{table}\n{}{after}", self.begin, self.end)
    }
}

/// Its name in the catalogue.
fn named(agent: &str) -> String {
    agent.replace('_', "-")
}

#[test]
fn the_table_has_a_place_for_every_cell() {
    let text = std::fs::read_to_string(page()).expect("the page is there");
    for table in &TABLES {
        assert_eq!(table.with(&text, &table.rows(&text)), text);
    }
}
