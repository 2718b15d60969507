//! Records as lines: one record, one line. A pure function, used where there is no terminal, by `events`, and above the live lines.

use jiff::tz::TimeZone;
use mission_executor::event::{Event, Record, RunStatus, Status, Timestamp, Weight};

use super::words;
use crate::page::{Page, Tone, flat};

/// One record as one line: time, what, node, details.
pub(crate) fn line(record: &Record, zone: &TimeZone) -> Page {
    let said = said(record, zone);
    let mut page = Page::new();
    page.tone(Tone::Dim, clock(record.at, zone)).text("  ");
    let word = format!("{:<10}", said.word);
    match said.tone {
        Some(tone) => page.tone(tone, word),
        None => page.text(word),
    };
    page.text("  ").text(flat(&said.subject));
    if !said.detail.is_empty() {
        page.text("  ").tone(Tone::Dim, flat(&said.detail));
    }
    page.end();
    page
}

/// `14:02:33` in `zone`.
pub(crate) fn clock(at: Timestamp, zone: &TimeZone) -> String {
    let moment = i64::try_from(at.0).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()).unwrap_or_default();
    moment.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

/// A record in words.
struct Said {
    tone: Option<Tone>,
    word: &'static str,
    subject: String,
    detail: String,
}

impl Said {
    fn new(tone: impl Into<Option<Tone>>, word: &'static str, subject: &str, detail: impl Into<String>) -> Self {
        Self { tone: tone.into(), word, subject: subject.to_owned(), detail: detail.into() }
    }
}

fn said(record: &Record, zone: &TimeZone) -> Said {
    match &record.event {
        Event::RunStarted { run, workflow, .. } => {
            Said::new(Tone::Accent, "run", run, format!("of `{workflow}` started"))
        }
        Event::RunResumed { notes, .. } => Said::new(Tone::Accent, "resumed", "the run goes on", notes.join("; ")),
        Event::NodeStarted { node, attempt, cause, agent } => {
            let detail = match (attempt, words::cause(*cause)) {
                (0 | 1, None) => String::new(),
                (_, None) => format!("attempt {attempt}"),
                (_, Some(cause)) => format!("attempt {attempt}: {cause}"),
            };
            let parts = agent.iter().cloned().chain(Some(detail).filter(|d| !d.is_empty()));
            Said::new(Tone::Accent, "started", node, parts.collect::<Vec<_>>().join(" · "))
        }
        Event::NodeParked { node, attempt, failure, until, .. } => {
            let attempt = if *attempt > 0 { format!("attempt {attempt}: ") } else { String::new() };
            let until = words::parked(*until, |at| clock(at, zone));
            Said::new(Tone::Warn, "parked", node, format!("{attempt}{} → {until}", words::failure(failure)))
        }
        Event::NodeRetrying { node, attempt, failure, not_before, next, .. } => {
            let cause = words::cause(*next).unwrap_or("first");
            let failure = words::failure(failure);
            let later = *not_before > record.at;
            let from = if later { format!(" from {}", clock(*not_before, zone)) } else { String::new() };
            let detail = format!("attempt {attempt}: {failure} → {cause}{from}");
            Said::new(Tone::Warn, "again", node, detail)
        }
        Event::WorktreeLeft { node, left, .. } => {
            let short = |oid: &Option<String>| oid.as_deref().unwrap_or("?").chars().take(10).collect::<String>();
            Said::new(
                Tone::Dim,
                "left",
                node,
                format!("{} at {}, tree {}", left.path, short(&left.head), short(&left.tree)),
            )
        }
        Event::HandoffChecked { node, checked, .. } => {
            let tone = checked.findings.iter().map(|f| f.weight).max().map_or(Tone::Dim, |weight| match weight {
                Weight::Unproven => Tone::Dim,
                Weight::Contradiction | Weight::Tampering => Tone::Warn,
            });
            Said::new(tone, "checked", node, words::checked(checked))
        }
        Event::NodeFinished { node, status, failure, unresolved, usage, .. } => {
            let why = failure.as_ref().map(words::failure).unwrap_or_default();
            let detail =
                [why, words::usage(usage)].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" · ");
            match status {
                Status::Done if *unresolved => Said::new(Tone::Warn, "unresolved", node, detail),
                Status::Done => Said::new(Tone::Good, "done", node, detail),
                Status::Failed => Said::new(Tone::Bad, "failed", node, detail),
            }
        }
        Event::NodeSkipped { node, reason, .. } => Said::new(Tone::Dim, "skipped", node, words::skip(*reason)),
        Event::NodeCancelled { node, .. } => Said::new(Tone::Dim, "cancelled", node, ""),
        Event::NodeLost { node, attempt, reason, .. } => {
            Said::new(Tone::Warn, "lost", node, format!("attempt {attempt}: {reason}"))
        }
        Event::GateOpened { node, title, .. } => Said::new(Tone::Warn, "waiting", node, title),
        Event::GateDecided { node, choice, by, via, comment, .. } => {
            let comment = comment.as_deref().map(|c| format!(": {c}")).unwrap_or_default();
            Said::new(Tone::Accent, "decided", node, format!("{choice} by {by} ({via}){comment}"))
        }
        Event::NodeTaken { node, outcome, by, via, comment, .. } => {
            let comment = comment.as_deref().map(|c| format!(": {c}")).unwrap_or_default();
            Said::new(Tone::Accent, "taken over", node, format!("{} by {by} ({via}){comment}", outcome.word()))
        }
        Event::GraphGrew { node, keys, added, .. } => {
            if keys.is_empty() {
                return Said::new(None, "grew", node, "no items");
            }
            let items = words::count(keys.len(), "item", "items");
            let nodes = words::count(*added as usize, "node", "nodes");
            Said::new(None, "grew", node, format!("{items}, {nodes}: {}", keys.join(", ")))
        }
        Event::BarrierOpened { node } => Said::new(Tone::Good, "open", node, ""),
        Event::NodesReset { nodes, reason } => Said::new(
            None,
            "reset",
            &words::count(nodes.len(), "node", "nodes"),
            format!("{reason}: {}", nodes.join(", ")),
        ),
        Event::CancelAsked { by, comment, now } => {
            let comment = comment.as_deref().map(|c| format!(": {c}")).unwrap_or_default();
            Said::new(
                Tone::Warn,
                "cancel",
                "the run",
                format!("asked by {by}{}{comment}", if *now { ", at once" } else { "" }),
            )
        }
        Event::OverlapFound { overlap } => {
            let subject = overlap.nodes.join(" and ");
            Said::new(Tone::Warn, "conflict", &subject, overlap.files.join(", "))
        }
        Event::RunPaused { reason, .. } => Said::new(Tone::Warn, "paused", "the run", reason),
        Event::RunFinished { status, reasons, .. } => {
            Said::new(tone(*status), status.word(), "the run", reasons.join("; "))
        }
    }
}

/// How a status looks.
pub(crate) fn tone(status: RunStatus) -> Tone {
    match status {
        RunStatus::Succeeded => Tone::Good,
        RunStatus::Failed => Tone::Bad,
        RunStatus::Running => Tone::Accent,
        RunStatus::Waiting
        | RunStatus::Parked
        | RunStatus::Paused
        | RunStatus::Partial
        | RunStatus::Cancelled
        | RunStatus::Interrupted => Tone::Warn,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use mission_executor::event::{Cause, Failure, FailureClass, PauseCause, SkipReason, Usage};

    use super::*;

    fn lines(events: Vec<Event>) -> String {
        let records = events.into_iter().enumerate();
        let text: String = records
            .map(|(i, event)| {
                let at = Timestamp(1_795_000_000_000 + 1_000 * i as u64);
                line(&Record { seq: i as u64 + 1, at, event }, &TimeZone::UTC).as_str().to_owned()
            })
            .collect();
        anstream::adapter::strip_str(&text).to_string()
    }

    fn node() -> String {
        "release:write".to_owned()
    }

    #[test]
    fn every_event_is_one_line() {
        let mut refused = Failure::new(FailureClass::InvalidOutput, "the result was not accepted");
        refused.reasons = vec!["/title: expected a text".to_owned(), "two\nlines".to_owned()];
        let usage = Usage { millis: Some(61_000), usd: Some(0.5), ..Usage::default() };
        let none = Usage::default;
        let gate = "release:review".to_owned();
        let events = vec![
            Event::RunStarted {
                run: "7k2m".to_owned(),
                workflow: "release".to_owned(),
                definition: String::new(),
                engine: String::new(),
                inputs: BTreeMap::new(),
                agents: BTreeMap::new(),
                flags: vec![],
            },
            Event::RunResumed {
                epoch: 2,
                notes: vec!["the workflow file has changed; the run keeps its own".to_owned()],
            },
            Event::NodeStarted { node: node(), attempt: 1, cause: Cause::First, agent: Some("claude".to_owned()) },
            Event::NodeParked {
                node: node(),
                attempt: 1,
                failure: Failure::new(FailureClass::Quota, "`claude` failed: usage limit reached"),
                until: Some(Timestamp(1_795_000_060_000)),
                usage: none(),
            },
            Event::NodeParked {
                node: node(),
                attempt: 0,
                failure: Failure::new(FailureClass::Auth, "`claude` is not logged in"),
                until: None,
                usage: none(),
            },
            Event::NodeRetrying {
                node: node(),
                attempt: 1,
                failure: refused,
                not_before: Timestamp(1_795_000_060_000),
                next: Cause::Reask,
                usage: none(),
            },
            Event::NodeStarted { node: node(), attempt: 2, cause: Cause::Reask, agent: None },
            Event::NodeFinished {
                node: node(),
                attempt: 2,
                status: Status::Done,
                output: None,
                failure: None,
                unresolved: false,
                usage,
            },
            Event::NodeFinished {
                node: node(),
                attempt: 1,
                status: Status::Failed,
                output: None,
                failure: Some(Failure::new(FailureClass::Exit, "exit code 3")),
                unresolved: false,
                usage: none(),
            },
            Event::NodeFinished {
                node: node(),
                attempt: 1,
                status: Status::Done,
                output: None,
                failure: Some(Failure::new(FailureClass::Verdict, "not passed")),
                unresolved: true,
                usage: none(),
            },
            Event::NodeSkipped { node: node(), reason: SkipReason::UnusedRepair, output: None },
            Event::NodeCancelled { node: node(), usage: none() },
            Event::NodeLost { node: node(), attempt: 3, reason: "killed".to_owned(), usage: none() },
            Event::GateOpened {
                node: gate.clone(),
                digest: String::new(),
                title: "Publish?\u{1b}[2J".to_owned(),
                summary: String::new(),
                value: None,
                choices: vec![],
                comment_required: vec![],
                allow_yes: false,
            },
            Event::GateDecided {
                node: gate,
                choice: "approve".to_owned(),
                by: "ann@example.org".to_owned(),
                via: "terminal".to_owned(),
                comment: Some("fine".to_owned()),
                shown: String::new(),
                result: String::new(),
                value: None,
            },
            Event::GraphGrew {
                node: "release:part".to_owned(),
                keys: vec!["a".to_owned(), "b".to_owned()],
                added: 1234,
                witness: String::new(),
            },
            Event::GraphGrew { node: "release:rest".to_owned(), keys: vec![], added: 0, witness: String::new() },
            Event::BarrierOpened { node: "release:part:a:barrier".to_owned() },
            Event::NodesReset { nodes: vec![node()], reason: "retry".to_owned() },
            Event::CancelAsked { by: "ann".to_owned(), comment: None, now: true },
            Event::RunPaused { reason: "the limit of 5 USD is reached".to_owned(), cause: PauseCause::Limit },
            Event::RunFinished {
                status: RunStatus::Failed,
                outputs: BTreeMap::new(),
                reasons: vec!["`release:write` failed".to_owned()],
            },
        ];
        let count = events.len();
        let text = lines(events);
        assert_eq!(text.lines().count(), count);
        insta::assert_snapshot!(text);
    }
}
