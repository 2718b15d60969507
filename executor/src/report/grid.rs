//! Tables that are Markdown and can be read as they are, in a terminal too. Pure.

use std::fmt::Write as _;

/// Columns are padded up to this width; longer cells stick out instead of pushing all others away.
const WIDEST: usize = 48;

/// A table of cells that are escaped already.
pub(super) fn grid(heads: &[&str], rows: &[Vec<String>]) -> String {
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
        cells.filter(|n| *n <= WIDEST).chain([heads[at].chars().count(), 3]).max().unwrap_or(3)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let mut out = String::new();
    let mut line = |cells: &[String]| {
        out.push('|');
        for (cell, width) in cells.iter().zip(&widths) {
            // Writing to a String cannot fail.
            let _ = write!(out, " {cell:<width$} |");
        }
        out.push('\n');
    };
    line(&heads.iter().map(|head| (*head).to_owned()).collect::<Vec<_>>());
    line(&widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>());
    rows.iter().for_each(|row| line(row));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_they_hold_up_to_a_limit() {
        let long = "x".repeat(60);
        let rows = [vec!["a".to_owned(), "grün".to_owned()], vec![long.clone(), "b".to_owned()]];
        let expected = format!("| id  | state |\n| --- | ----- |\n| a   | grün  |\n| {long} | b     |\n");
        assert_eq!(grid(&["id", "state"], &rows), expected);
    }
}
