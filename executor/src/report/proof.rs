//! The parts of the Markdown that are about proof: requirements, and what was integrated. Pure.

use std::fmt::Write as _;

use super::grid::grid;
use super::markdown::{clip, code, line, mark, plain};
use super::{Integrated, LeftOut, Report, Requirement, Standing, Work};
use crate::event::RunStatus;

/// The table of what had to be proved: made from the record alone, whatever anybody says of the run.
pub(super) fn requirements(report: &Report, out: &mut String) {
    let all = &report.requirements;
    if all.is_empty() && report.unproven.is_empty() {
        return;
    }
    let counts: Vec<String> = report.totals.requirements.iter().map(|(word, n)| format!("{n} {word}")).collect();
    let counts =
        if counts.is_empty() { "none known".to_owned() } else { format!("{} of {}", counts.join(", "), all.len()) };
    line(out, format_args!("\n## Requirements: {counts}\n"));
    for doubt in &report.unproven {
        line(out, format_args!("- UNPROVEN: {}", plain(doubt)));
    }
    if all.is_empty() {
        return;
    }
    if !report.unproven.is_empty() {
        line(out, format_args!(""));
    }
    let row = |r: &Requirement| {
        let state = |work: &Work| if work.left_out { "left out" } else { mark(work.state) };
        let by = r.by.iter().map(|work| format!("{} {}", plain(&work.id), state(work)));
        let checks = r.checks.iter().map(|check| format!("{} {}", plain(&check.title), mark(check.state)));
        let judged = r.judged.as_ref().map_or("–", |judged| judged.status.word());
        vec![plain(&r.id), r.status.word().to_owned(), several(by), several(checks), judged.to_owned()]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    let _ = write!(out, "{}", grid(&["requirement", "status", "by", "checks", "judged"], &rows));
    line(out, format_args!(""));
    for r in all {
        line(out, format_args!("- {} {}: {}", sign(r), code(&r.id), plain(&r.text)));
        line(out, format_args!("  {}: {}", r.status.word(), plain(&r.why)));
        if let Some(judged) = r.judged.as_ref().filter(|judged| !judged.evidence.is_empty()) {
            line(
                out,
                format_args!("  evidence, as `{}` tells it: {}", judged.node, plain(&clip(&judged.evidence, 300))),
            );
        }
    }
}

fn sign(requirement: &Requirement) -> &'static str {
    match requirement.status {
        Standing::Met => "✓",
        Standing::Unproven => "?",
        Standing::Unmet => "✗",
    }
}

fn several(names: impl Iterator<Item = String>) -> String {
    let names = names.collect::<Vec<_>>().join(", ");
    if names.is_empty() { "–".to_owned() } else { names }
}

/// What was integrated, what was left out, and the command that takes it over.
pub(super) fn integrated(report: &Report, out: &mut String) {
    let Some(found) = &report.integrated else { return };
    line(out, format_args!("\n## Integrated\n"));
    for left in &found.left_out {
        left_out(left, out);
    }
    if !found.left_out.is_empty() {
        line(out, format_args!(""));
    }
    takeover(report, found, out);
}

fn takeover(report: &Report, found: &Integrated, out: &mut String) {
    let branch = code(&found.branch);
    let base = found.base.as_ref().map_or_else(|| "the branch it belongs to".to_owned(), |base| code(base));
    let Some(command) = found.command.as_ref().filter(|_| found.landed != Some(true)) else {
        match found.landed {
            Some(true) => line(out, format_args!("{branch} is merged into {base}.")),
            Some(false) | None => line(out, format_args!("Nothing was merged into {branch}.")),
        }
        return;
    };
    match found.landed {
        Some(_) => line(out, format_args!("{branch} is not merged into {base}. To merge it:\n")),
        None => line(out, format_args!("Everything is on {branch}. To merge it into {base}:\n")),
    }
    line(out, format_args!("    {command}"));
    if matches!(report.status, RunStatus::Succeeded | RunStatus::Partial) {
        line(out, format_args!("    mission report {} --land", report.run));
    }
}

fn left_out(left: &LeftOut, out: &mut String) {
    let place = left.branch.as_ref().map_or_else(|| "on no branch".to_owned(), |b| format!("kept on {}", code(b)));
    let files = left.files.iter().map(|file| code(file)).collect::<Vec<_>>().join(", ");
    let files = if files.is_empty() { files } else { format!(" ({files})") };
    line(out, format_args!("- left out: {}, {place}: {}{files}", code(&left.key), plain(&left.reason)));
}
