//! Did what a check ran tell how it ended? A program that ends the process from inside a test ends it well, and the rest of the
//! tests with it. Pure: what is known is the command, what it printed, and the files it ran in.
//!
//! Who is not known to have begun is not asked how it ended.

mod called;
mod counted;
mod marks;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::command;
use super::finding::{Finding, Kind};
use super::tree::Tree;
use called::{Call, calls, hands_on};
use marks::{LIBTEST, PHPUNIT, Runner, is_cut};

/// A check that ended well, and what it printed on both streams.
pub(super) struct Printed {
    pub(super) check: String,
    pub(super) run: String,
    pub(super) text: String,
}

/// Longest command that is told of.
const LONGEST: usize = 120;

/// The checks in which a run of tests began that never told how it ended.
pub(super) fn cut_short(all: &[Printed], now: &Tree<'_>) -> Vec<Finding> {
    let of = |printed: &Printed| {
        let what = untold(printed, now)?;
        let run: String = printed.run.chars().take(LONGEST).collect();
        let what = format!(
            "the check `{}` (`{run}`) ended well, and a run of tests in it did not come to its end: {what}",
            printed.check
        );
        Some(Finding::new(Kind::RunCutShort, "", None, what))
    };
    all.iter().filter_map(of).collect()
}

/// Colours, and what else steers a terminal.
static STEERS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))").expect("a constant pattern")
});

/// What began, and was not heard to end.
fn untold(printed: &Printed, now: &Tree<'_>) -> Option<String> {
    let scripts = command::scripts(&printed.run, now);
    if scripts.iter().any(|script| hands_on(script)) {
        return None;
    }
    let text = STEERS.replace_all(&printed.text, "");
    let lines: Vec<&str> = text.lines().map(|line| line.trim_end_matches('\r')).collect();
    let calls = called_in(printed, &scripts, &lines, now);
    let of = |runner: &Runner| of_runner(runner, &calls, &scripts, &lines, now);
    let patterned = scripts
        .iter()
        .any(|script| ["--test-name-pattern", "--test-skip-pattern", "--test-only"].iter().any(|o| script.contains(o)));
    marks::ALL
        .iter()
        .find_map(of)
        .or_else(|| counted::tap(&lines))
        .or_else(|| counted::go(&lines))
        .or_else(|| counted::node(&lines, now).filter(|_| !patterned))
}

/// What is known of one runner.
fn of_runner(runner: &Runner, calls: &[Call], scripts: &[String], lines: &[&str], now: &Tree<'_>) -> Option<String> {
    let heard = runner.heard(lines);
    if let Some(open) = heard.open.first().filter(|_| is_its_own(runner, scripts, lines, now)) {
        return Some(format!("`{}` of {} was said, and no `{}` followed", open.trim(), runner.name, runner.last));
    }
    let own: Vec<&Call> = calls.iter().filter(|call| call.runner == runner.name).collect();
    // Of what is missing nobody knows what it said.
    let wanted = if lines.iter().any(|line| is_cut(line)) { 0 } else { own.len() };
    let call = own.get(heard.ended).filter(|_| heard.ended < wanted)?;
    let heard = match heard.ended {
        0 => "is not there".to_owned(),
        ended => format!("is there {ended} times for {wanted} runs"),
    };
    Some(format!("`{}` was called, and what {} says last, `{}`, {heard}", call.words, runner.name, runner.last))
}

/// Did the runner say it, and not somebody else in the same words, or for another purpose?
fn is_its_own(runner: &Runner, scripts: &[String], lines: &[&str], now: &Tree<'_>) -> bool {
    let says = |words: &[&str]| scripts.iter().any(|script| words.iter().any(|word| script.contains(word)));
    match runner.name {
        LIBTEST => {
            let heard =
                |line: &&str| line.contains("test result: ") || line.starts_with("test ") && line.contains(" ... ");
            says(&["cargo", "rustc"])
                || lines.iter().any(heard)
                || now.paths().any(|path| path == "Cargo.toml" || path.ends_with("/Cargo.toml"))
        }
        // Options and extensions may say something else in its place.
        PHPUNIT => {
            let instead = [
                "version",
                "--list",
                "--no-",
                "--generate",
                "--migrate",
                "--warm",
                "--teamcity",
                "--debug",
                "--printer",
            ];
            !says(&instead) && !called::says(now, &["phpunit.xml", "phpunit.dist"], &["xtension", "printer"])
        }
        _ => true,
    }
}

/// Runners that the check calls itself, or that a tool calls which says so first, with the very words of a script or a recipe.
fn called_in(printed: &Printed, scripts: &[String], lines: &[&str], now: &Tree<'_>) -> Vec<Call> {
    let mut all = calls(&printed.run, now);
    let words: Vec<&str> = printed.run.split(|c: char| c.is_whitespace() || c == ';' || c == '&').collect();
    let has = |names: &[&str]| words.iter().any(|word| names.contains(word));
    let of_scripts = has(&["npm", "pnpm", "yarn", "bun"]);
    let of_recipes = has(&["make", "gmake", "just"]) && !has(&["-n", "--dry-run", "--just-print", "--recon", "-q"]);
    let own = scripts.iter().skip(1).flat_map(|script| script.lines());
    let own: BTreeSet<&str> = own.map(|line| line.trim().trim_start_matches(['-', '+'])).collect();
    let said = lines.iter().filter_map(|line| {
        let of_script = line.strip_prefix("> ").or_else(|| line.strip_prefix("$ ")).filter(|_| of_scripts);
        of_script.or(Some(*line).filter(|_| of_recipes))
    });
    let said: BTreeSet<&str> = said.filter(|line| own.contains(line)).collect();
    all.extend(said.into_iter().flat_map(|line| calls(line, now)));
    all
}
