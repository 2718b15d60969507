//! What is under way right now, as rows for a terminal: one for each running node, folded to the height there is. Pure.

use std::time::Duration;

use mission_executor::event::{Event, Record, Status, Timestamp};

use super::words;
use crate::page::flat;

/// The live part of the screen.
#[derive(Debug, Default)]
pub(crate) struct Board {
    began: Option<Timestamp>,
    active: Vec<Active>,
    waiting: Vec<String>,
    done: usize,
    failed: usize,
    usd: f64,
    tokens: u64,
}

/// A node under way.
#[derive(Debug)]
struct Active {
    node: String,
    attempt: u32,
    since: Timestamp,
    /// The last line that it wrote; empty before the first.
    last: String,
    /// Files that its agent has changed.
    files: usize,
    rest: Rest,
}

/// Whether a node has an attempt under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// It has.
    No,
    /// It waits for its next attempt.
    Next,
    /// It waits for its agent: until then, or until a person has acted.
    Parked(Option<Timestamp>),
}

impl Rest {
    fn words(self, now: Timestamp) -> String {
        match self {
            Self::No => String::new(),
            Self::Next => "waits for its next attempt: ".to_owned(),
            Self::Parked(Some(until)) => format!("parked for another {}: ", words::elapsed(since(now, until))),
            Self::Parked(None) => "parked until you act: ".to_owned(),
        }
    }
}

impl Board {
    /// Takes a record in.
    pub(crate) fn apply(&mut self, record: &Record) {
        match &record.event {
            Event::RunStarted { .. } | Event::RunResumed { .. } => {
                self.began.get_or_insert(record.at);
            }
            // Attempt 0: a group or map, whose nodes have rows of their own.
            Event::NodeStarted { attempt: 0, .. } => {}
            Event::NodeStarted { node, attempt, .. } => {
                self.leave(node);
                let (node, attempt) = (node.clone(), *attempt);
                self.active.push(Active {
                    node,
                    attempt,
                    since: record.at,
                    last: String::new(),
                    files: 0,
                    rest: Rest::No,
                });
            }
            Event::NodeRetrying { node, failure, usage, .. } => {
                self.spend(usage);
                if let Some(active) = self.active.iter_mut().find(|a| a.node == *node) {
                    active.rest = Rest::Next;
                    active.last = words::failure(failure);
                }
            }
            Event::NodeParked { node, attempt, failure, until, usage } => {
                self.spend(usage);
                self.leave(node);
                let (rest, last) = (Rest::Parked(*until), words::failure(failure));
                self.active.push(Active {
                    node: node.clone(),
                    attempt: *attempt,
                    since: record.at,
                    last,
                    files: 0,
                    rest,
                });
            }
            Event::NodeFinished { node, status, usage, attempt, .. } => {
                self.spend(usage);
                self.leave(node);
                match status {
                    Status::Failed => self.failed += 1,
                    Status::Done if *attempt > 0 => self.done += 1,
                    Status::Done => {}
                }
            }
            Event::NodeSkipped { node, .. } => self.leave(node),
            Event::NodeCancelled { node, usage } | Event::NodeLost { node, usage, .. } => {
                self.spend(usage);
                self.leave(node);
            }
            Event::GateOpened { node, .. } => {
                self.leave(node);
                self.waiting.push(node.clone());
            }
            Event::GateDecided { node, .. } => self.waiting.retain(|n| n != node),
            Event::NodesReset { nodes, .. } => nodes.iter().for_each(|n| self.leave(n)),
            Event::RunPaused { .. } | Event::RunFinished { .. } => self.active.clear(),
            Event::WorktreeLeft { .. }
            | Event::HandoffChecked { .. }
            | Event::NodeTaken { .. }
            | Event::GraphGrew { .. }
            | Event::BarrierOpened { .. }
            | Event::CancelAsked { .. }
            | Event::OverlapFound { .. } => {}
        }
    }
    /// Takes a line of output in.
    pub(crate) fn heard(&mut self, node: &str, line: &str, files: usize) {
        let line = flat(&anstream::adapter::strip_str(line).to_string());
        if let Some(active) = self.active.iter_mut().find(|a| a.node == node).filter(|_| !line.trim().is_empty()) {
            (active.last, active.files) = (line, files);
        }
    }
    /// The rows: at most `height`, the last one sums up. Rows are as long as their text; cutting is the terminal's affair.
    pub(crate) fn rows(&self, now: Timestamp, height: usize) -> Vec<String> {
        let mut rows = Vec::new();
        let room = height.max(2) - 1;
        let (shown, hidden) =
            if self.active.len() > room { (room - 1, self.active.len() + 1 - room) } else { (self.active.len(), 0) };
        let wide = self.active[..shown].iter().map(|a| a.node.chars().count()).max().unwrap_or(0);
        for active in &self.active[..shown] {
            let time = words::elapsed(since(active.since, now));
            let attempt = if active.attempt > 1 { format!(" #{}", active.attempt) } else { String::new() };
            let files = match active.files {
                0 => String::new(),
                files => format!("{} · ", words::count(files, "file", "files")),
            };
            let rest = active.rest.words(now);
            let row = format!("{:<wide$}  {time:>6}{attempt}  {rest}{files}{}", active.node, active.last);
            rows.push(row.trim_end().to_owned());
        }
        if hidden > 0 {
            rows.push(format!("… and {hidden} more"));
        }
        rows.push(self.sum(now));
        rows
    }

    fn sum(&self, now: Timestamp) -> String {
        let parked = self.active.iter().filter(|a| matches!(a.rest, Rest::Parked(_))).count();
        let mut parts = vec![format!("{} running", self.active.len() - parked)];
        if parked > 0 {
            parts.push(format!("{parked} parked"));
        }
        if !self.waiting.is_empty() {
            parts.push(format!("{} waiting for you", self.waiting.len()));
        }
        parts.push(format!("{} done", self.done));
        if self.failed > 0 {
            parts.push(format!("{} failed", self.failed));
        }
        if let Some(began) = self.began {
            parts.push(words::elapsed(since(began, now)));
        }
        if self.tokens > 0 {
            parts.push(format!("{} tokens", words::thousands(self.tokens)));
        }
        if self.usd > 0.0 {
            parts.push(words::money(self.usd));
        }
        parts.join(" · ")
    }
    fn leave(&mut self, node: &str) {
        self.active.retain(|a| a.node != node);
    }
    fn spend(&mut self, usage: &mission_executor::event::Usage) {
        self.usd += usage.usd.unwrap_or(0.0);
        self.tokens += usage.input_tokens.unwrap_or(0) + usage.output_tokens.unwrap_or(0);
    }
}

fn since(from: Timestamp, now: Timestamp) -> Duration {
    Duration::from_millis(now.0.saturating_sub(from.0))
}

#[cfg(test)]
mod tests {
    use mission_executor::event::{Cause, Failure, FailureClass, Usage};

    use super::*;

    fn started(node: &str, attempt: u32) -> Event {
        Event::NodeStarted { node: node.to_owned(), attempt, cause: Cause::First, agent: None }
    }
    fn finished(node: &str, status: Status) -> Event {
        let usage = Usage { usd: Some(0.25), input_tokens: Some(1_500), ..Usage::default() };
        Event::NodeFinished {
            node: node.to_owned(),
            attempt: 1,
            status,
            output: None,
            failure: None,
            unresolved: false,
            usage,
        }
    }
    fn board(events: Vec<Event>) -> Board {
        let mut board = Board::default();
        for (i, event) in events.into_iter().enumerate() {
            board.apply(&Record { seq: i as u64 + 1, at: Timestamp(1_000 * i as u64), event });
        }
        board
    }

    #[test]
    fn a_row_for_each_running_node() {
        let mut board = board(vec![
            Event::RunResumed { epoch: 1, notes: vec![] },
            started("w:group", 0),
            started("w:collect", 1),
            started("w:a-long-name", 2),
            started("w:gone", 1),
            finished("w:gone", Status::Failed),
        ]);
        board.heard("w:collect", "compiling\u{1b}[2K foo\r\n", 0);
        board.heard("w:collect", "   \n", 0);
        board.heard("w:nobody", "lost", 0);
        board.heard("w:a-long-name", "edit src/a.rs", 2);
        assert_eq!(
            board.rows(Timestamp(65_000), 10),
            [
                "w:collect       1m03s  compiling foo",
                "w:a-long-name   1m02s #2  2 files · edit src/a.rs",
                "2 running · 0 done · 1 failed · 1m05s · 1,500 tokens · $0.250",
            ]
        );
    }

    #[test]
    fn rows_are_folded_to_the_height() {
        let board = board((0..20).map(|i| started(&format!("w:n{i}"), 1)).collect());
        let rows = board.rows(Timestamp(20_000), 5);
        assert_eq!(rows.len(), 5);
        assert_eq!(rows[3], "… and 17 more");
        assert_eq!(rows[4], "20 running · 0 done");
    }

    #[test]
    fn a_retry_rests_and_then_runs_again() {
        let retry = Event::NodeRetrying {
            node: "w:a".to_owned(),
            attempt: 1,
            failure: Failure::new(FailureClass::Exit, "exit code 1"),
            not_before: Timestamp(9_000),
            next: Cause::Retry,
            usage: Usage::default(),
        };
        let mut board = board(vec![started("w:a", 1), retry]);
        assert_eq!(board.rows(Timestamp(2_000), 5)[0], "w:a      2s  waits for its next attempt: exit code 1");
        board.apply(&Record { seq: 3, at: Timestamp(9_000), event: started("w:a", 2) });
        assert_eq!(board.rows(Timestamp(9_000), 5)[0], "w:a      0s #2");
    }
}
