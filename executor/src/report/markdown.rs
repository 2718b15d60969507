//! The report for people: `report.md`. Pure. Everything that others wrote is escaped and kept on its line.

use std::fmt::Write as _;

use mission_compiler::draw::PictureState;
use mission_compiler::template::Data;

use super::grid::grid;
use super::{Account, Check, Report, Section, Verdict, handoffs, proof};
use crate::event::Failure;

/// Renders the report as Markdown.
pub fn markdown(report: &Report) -> String {
    let mut out = String::new();
    head(report, &mut out);
    proof::requirements(report, &mut out);
    for section in &report.sections {
        part(section, &mut out);
    }
    overlaps(report, &mut out);
    troubles(report, &mut out);
    handoffs::section(&report.handoffs, &mut out);
    results(report, &mut out);
    decisions(report, &mut out);
    numbers(report, &mut out);
    // Last, where a reader's eyes are: what to do now.
    proof::integrated(report, &mut out);
    out
}

pub(super) fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{text}");
}

fn head(report: &Report, out: &mut String) {
    line(out, format_args!("# {}: {}\n", plain(&report.workflow), report.status.word()));
    line(out, format_args!("- run: `{}`", report.run));
    line(out, format_args!("- began: {}", stamp(report.started)));
    if let Some(ended) = report.ended {
        line(
            out,
            format_args!("- ended: {} (after {})", stamp(ended), duration(ended.0.saturating_sub(report.started.0))),
        );
    }
    for reason in &report.reasons {
        line(out, format_args!("- why: {}", plain(reason)));
    }
    for note in &report.notes {
        line(out, format_args!("- note: {}", plain(note)));
    }
    for flag in &report.flags {
        line(out, format_args!("- allowed: {}", plain(flag)));
    }
    let inputs = report.inputs.to_json();
    if let Some(map) = inputs.as_object().filter(|m| !m.is_empty()) {
        line(out, format_args!("\n## Inputs\n"));
        for (name, value) in map {
            line(out, format_args!("- {name}: {}", plain(&clip(&Data::from_json(value).to_text(), 300))));
        }
    }
}

fn part(section: &Section, out: &mut String) {
    line(out, format_args!("\n## {} — {}\n", plain(&section.title), section.state.word()));
    for item in &section.items {
        let tries = if item.attempts > 1 { format!(", {} attempts", item.attempts) } else { String::new() };
        let took = item.millis.map_or_else(String::new, |ms| format!(", {}", duration(ms)));
        let why = item.failure.as_ref().map_or_else(String::new, |f| format!(" — {}", plain(&f.message)));
        line(
            out,
            format_args!("- {} {} ({}{tries}{took}){why}", mark(item.state), plain(&item.title), item.state.word()),
        );
    }
    if !section.checks.is_empty() {
        let row = |check: &Check| {
            let code = check.exit_code.map_or_else(|| "–".to_owned(), |c| c.to_string());
            vec![plain(&check.title), format!("`{}`", check.node), check.state.word().to_owned(), code]
        };
        let rows: Vec<Vec<String>> = section.checks.iter().map(row).collect();
        let _ = write!(out, "\n{}", grid(&["check", "node", "result", "exit code"], &rows));
    }
    for verdict in &section.verdicts {
        judged(verdict, out);
    }
    for commit in &section.commits {
        match commit.get("commit").as_ref().and_then(Data::as_str) {
            Some(oid) => line(out, format_args!("\nCommit `{}`", plain(oid))),
            None => line(
                out,
                format_args!("\nNo commit: {}", plain(&commit.get("note").map_or_else(String::new, |n| n.to_text()))),
            ),
        }
    }
}

fn judged(verdict: &Verdict, out: &mut String) {
    let how = match verdict.state {
        PictureState::Done if verdict.unresolved => "NOT passed, and the run went on",
        PictureState::Done => "passed",
        PictureState::Failed if verdict.unresolved => "NOT passed, and a person let the run go on",
        PictureState::Failed => "NOT passed",
        other => other.word(),
    };
    line(out, format_args!("\nVerdict `{}`: **{how}**", verdict.node));
    if let Some(failure) = &verdict.failure {
        reasons(failure, out);
    }
    table(&verdict.rows, out);
}

fn table(rows: &[Data], out: &mut String) {
    let maps: Vec<serde_json::Map<String, serde_json::Value>> =
        rows.iter().filter_map(|row| row.to_json().as_object().cloned()).collect();
    let Some(first) = maps.first() else { return };
    let cell = |value: &serde_json::Value| plain(&clip(&Data::from_json(value).to_text(), 300));
    let names: Vec<String> = first.keys().map(|name| plain(name)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let row = |map: &serde_json::Map<_, _>| first.keys().map(|c| map.get(c).map_or_else(String::new, cell)).collect();
    let rows: Vec<Vec<String>> = maps.iter().map(row).collect();
    let _ = write!(out, "\n{}", grid(&names, &rows));
}

fn reasons(failure: &Failure, out: &mut String) {
    line(out, format_args!("\n- {}", plain(&failure.message)));
    for reason in &failure.reasons {
        line(out, format_args!("- {}", plain(reason)));
    }
}

fn overlaps(report: &Report, out: &mut String) {
    if report.overlaps.is_empty() {
        return;
    }
    line(out, format_args!("\n## Conflicts seen while work was under way\n"));
    for overlap in &report.overlaps {
        let [one, other] = &overlap.nodes;
        line(out, format_args!("- `{one}` and `{other}`: {}", plain(&overlap.files.join(", "))));
    }
}

fn troubles(report: &Report, out: &mut String) {
    if report.unresolved.is_empty() {
        return;
    }
    line(out, format_args!("\n## Failures that nothing made good\n"));
    for trouble in &report.unresolved {
        let absorbed = if trouble.absorbed { " (the run went on)" } else { "" };
        line(out, format_args!("- `{}`{absorbed}: {}", trouble.node, plain(&trouble.failure.message)));
        for reason in &trouble.failure.reasons {
            line(out, format_args!("  - {}", plain(reason)));
        }
        if let Some(tail) = &trouble.failure.log_tail {
            line(out, format_args!("\n{}\n", fenced(tail)));
        }
    }
}

/// The results of the workflow, as they were told: nothing of them is a fact of the engine.
fn results(report: &Report, out: &mut String) {
    if report.outputs.is_empty() {
        return;
    }
    line(out, format_args!("\n## Results, as the nodes told them"));
    for (name, value) in &report.outputs {
        line(out, format_args!("\n`{name}`\n"));
        told(&value.to_json(), out);
    }
}

/// A value: the entries of a map one by one, long texts as they are.
fn told(value: &serde_json::Value, out: &mut String) {
    match value {
        serde_json::Value::Object(map) => {
            let (long, short): (Vec<_>, Vec<_>) =
                map.iter().partition(|(_, v)| v.as_str().is_some_and(|t| t.contains('\n')));
            for (name, value) in short {
                entry(name, value, out);
            }
            for (name, value) in long {
                line(out, format_args!("\n{}:\n\n{}", plain(name), fenced(value.as_str().unwrap_or_default())));
            }
        }
        serde_json::Value::String(text) => line(out, format_args!("{}", fenced(text))),
        serde_json::Value::Array(items) if items.is_empty() => line(out, format_args!("none")),
        serde_json::Value::Array(items) if items.iter().all(serde_json::Value::is_string) => listed(items, "", out),
        other => line(out, format_args!("{}", plain(&other.to_string()))),
    }
}

/// An entry of a map on a line of its own; a list of texts below it.
fn entry(name: &str, value: &serde_json::Value, out: &mut String) {
    let name = plain(name);
    match value {
        serde_json::Value::Array(items) if items.is_empty() => line(out, format_args!("- {name}: none")),
        serde_json::Value::Array(items) if items.iter().all(serde_json::Value::is_string) => {
            line(out, format_args!("- {name}:"));
            listed(items, "  ", out);
        }
        other => line(out, format_args!("- {name}: {}", plain(&clip(&Data::from_json(other).to_text(), 1_000)))),
    }
}

fn listed(items: &[serde_json::Value], indent: &str, out: &mut String) {
    for text in items.iter().filter_map(serde_json::Value::as_str) {
        line(out, format_args!("{indent}- {}", plain(&clip(text, 1_000))));
    }
}

fn decisions(report: &Report, out: &mut String) {
    if report.decisions.is_empty() {
        return;
    }
    line(out, format_args!("\n## Decisions\n"));
    for d in &report.decisions {
        let edited = if d.edited { ", edited" } else { "" };
        let comment = d.comment.as_ref().map_or_else(String::new, |c| format!(" — “{}”", plain(c)));
        let (by, via) = (plain(&d.by), plain(&d.via));
        line(
            out,
            format_args!("- {} `{}`: {by} chose {} (by {via}{edited}){comment}", stamp(d.at), d.node, plain(&d.choice)),
        );
        line(
            out,
            format_args!(
                "  shown {}, result {}",
                &d.shown.get(..12).unwrap_or(&d.shown),
                &d.result.get(..12).unwrap_or(&d.result)
            ),
        );
    }
}

fn numbers(report: &Report, out: &mut String) {
    let t = &report.totals;
    line(out, format_args!("\n## Numbers\n"));
    let states = t.states.iter().map(|(s, n)| format!("{n} {s}")).collect::<Vec<_>>().join(", ");
    line(out, format_args!("- nodes: {} ({states})", t.nodes));
    line(
        out,
        format_args!("- attempts: {} ({} of agents), {} in all", t.attempts, t.agent_runs, duration(t.attempt_millis)),
    );
    let ledger = &report.ledger.run;
    if ledger.attempts > 0 {
        line(out, format_args!("- tokens: {}", ledger.tokens()));
        line(out, format_args!("- cost: {}", ledger.usd.words(ledger.attempts)));
    }
    parts(report, out);
}

/// What each part used, if there are several; a column of which nothing at all is known is left out.
fn parts(report: &Report, out: &mut String) {
    if report.ledger.groups.len() < 2 {
        return;
    }
    line(out, format_args!("\n## What it used\n"));
    let (tokens, cost) = (!report.ledger.run.tokens_unknown(), !report.ledger.run.cost_unknown());
    let row = |account: &Account| {
        let used = &account.ledger;
        let time = duration(used.millis.known);
        let time = if used.millis.unknown_attempts > 0 { format!("at least {time}") } else { time };
        let mut row = vec![code(&account.node), used.attempts.to_string(), time];
        row.extend(tokens.then(|| used.tokens()));
        row.extend(cost.then(|| used.usd.words(used.attempts)));
        row
    };
    let rows: Vec<Vec<String>> = report.ledger.groups.iter().map(row).collect();
    let mut names = vec!["part", "attempts", "time"];
    names.extend(tokens.then_some("tokens"));
    names.extend(cost.then_some("cost"));
    out.push_str(&grid(&names, &rows));
}

pub(super) fn mark(state: PictureState) -> &'static str {
    match state {
        PictureState::Done => "✓",
        PictureState::Failed => "✗",
        PictureState::Skipped | PictureState::Cancelled => "–",
        PictureState::Pending | PictureState::Ready | PictureState::Running | PictureState::Waiting => "…",
    }
}

fn stamp(at: crate::event::Timestamp) -> String {
    serde_json::to_value(at).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// `950 ms`, `12.3 s`, `4 min 05 s`, `2 h 03 min`.
fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        60_000..3_600_000 => format!("{} min {:02} s", ms / 60_000, ms % 60_000 / 1_000),
        _ => format!("{} h {:02} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
}

pub(super) fn clip(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most).collect::<String>() + " …" }
}

/// One line that Markdown shows as it is, and a terminal too: only what would be taken for markup is escaped.
pub(super) fn plain(text: &str) -> String {
    let links = text.contains("](") || text.contains("]:") || text.contains("][");
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let inside_word = before.is_alphanumeric() && rest.peek().is_some_and(|next| next.is_alphanumeric());
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            '\\' | '*' | '<' | '>' | '|' => out.extend(['\\', c]),
            '_' if !inside_word => out.extend(['\\', c]),
            '[' | ']' if links => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{{{:x}}}", c as u32);
            }
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// A short text as code, which it cannot leave.
pub(super) fn code(text: &str) -> String {
    format!("`{}`", plain(text).replace('`', "'"))
}

/// A fence that the text cannot close.
fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let clean: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    format!("{fence}text\n{}\n{fence}", clean.trim_end())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn results_are_read_by_people() {
        let mut out = String::new();
        told(
            &json!({ "status": "done", "risks": [], "next": ["a *b*", "c"], "parts": [1, 2], "text": "x\ny" }),
            &mut out,
        );
        told(&json!([]), &mut out);
        told(&json!(["one", "two"]), &mut out);
        let expected = "- status: done\n- risks: none\n- next:\n  - a \\*b\\*\n  - c\n- parts: [1,2]\n\n\
                        text:\n\n```text\nx\ny\n```\nnone\n- one\n- two\n";
        assert_eq!(out, expected);
    }
}
