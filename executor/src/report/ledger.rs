//! What agents used: per node, per part of the graph, and in all. What an attempt did not tell is unknown, and a sum says so. Pure.

use std::fmt::Write as _;

use mission_compiler::draw::Kind;
use mission_compiler::graph::{Graph, Ix, Shape};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::run::{Attempt, Run};

/// A sum of what is known; what some attempts did not tell comes on top.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sum {
    /// What is known, added up.
    pub known: u64,
    /// Attempts that told nothing; never counted as zero.
    pub unknown_attempts: u32,
}

/// The same of money, in USD.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Money {
    /// What agents told, added up.
    pub known: f64,
    /// What the user's table of prices makes of the tokens of those that told no cost, added up.
    pub estimated: f64,
    /// Attempts that are neither known nor estimated; never counted as zero.
    pub unknown_attempts: u32,
}

/// What attempts of agents used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ledger {
    /// Attempts of agents that have ended.
    pub attempts: u32,
    /// Milliseconds that agents ran, one beside the other counted twice.
    pub millis: Sum,
    /// Tokens read.
    pub input_tokens: Sum,
    /// Tokens written.
    pub output_tokens: Sum,
    /// Of the tokens read, those from a cache.
    pub cached_tokens: Sum,
    /// Of the tokens read, those put into a cache.
    pub cache_write_tokens: Sum,
    /// Money.
    pub usd: Money,
}

/// The ledger of a part of the graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Node id of the group, map or item.
    pub node: String,
    /// Title.
    pub title: String,
    /// What the attempts inside it used.
    pub ledger: Ledger,
}

/// The ledger of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ledgers {
    /// The whole run.
    pub run: Ledger,
    /// Every group and map, and every item with a body, with attempts of agents inside, each before what is inside it.
    pub groups: Vec<Account>,
}

impl Sum {
    fn add(&mut self, more: Option<u64>) {
        match more {
            Some(more) => self.known = self.known.saturating_add(more),
            None => self.unknown_attempts += 1,
        }
    }
    /// `1,234`; `at least 1,234`; `unknown`.
    fn words(self, attempts: u32) -> String {
        match self.unknown_attempts {
            0 => thousands(self.known),
            unknown if unknown == attempts => "unknown".to_owned(),
            _ => format!("at least {}", thousands(self.known)),
        }
    }
}

impl Money {
    /// `$1.20`; `at least $1.20`; `unknown`; with how much of it is estimated, and how many attempts are missing.
    pub fn words(&self, attempts: u32) -> String {
        let unknown = self.unknown_attempts;
        if unknown > 0 && unknown == attempts {
            return "unknown".to_owned();
        }
        let sum = usd(self.known + self.estimated);
        let mut text = if unknown > 0 { format!("at least {sum}") } else { sum };
        let mut about = Vec::new();
        if self.estimated > 0.0 {
            about.push(format!("{} of it estimated", usd(self.estimated)));
        }
        if unknown > 0 {
            about.push(format!("unknown for {unknown} of {attempts} attempts"));
        }
        if !about.is_empty() {
            let _ = write!(text, " ({})", about.join("; "));
        }
        text
    }
}

impl Ledger {
    fn add(&mut self, attempt: &Attempt) {
        // What is under way has not told yet.
        if attempt.ended.is_none() {
            return;
        }
        let used = &attempt.usage;
        self.attempts += 1;
        self.millis.add(used.millis);
        self.input_tokens.add(used.input_tokens);
        self.output_tokens.add(used.output_tokens);
        self.cached_tokens.add(used.cached_tokens);
        self.cache_write_tokens.add(used.cache_write_tokens);
        match (used.usd, used.estimated_usd) {
            (Some(usd), _) => self.usd.known += usd,
            (None, Some(usd)) => self.usd.estimated += usd,
            (None, None) => self.usd.unknown_attempts += 1,
        }
    }
    fn of<'a>(attempts: impl Iterator<Item = &'a Attempt>) -> Self {
        let mut ledger = Self::default();
        attempts.for_each(|attempt| ledger.add(attempt));
        ledger
    }
    /// Did no attempt tell of tokens?
    pub(super) fn tokens_unknown(&self) -> bool {
        self.attempts > 0 && [self.input_tokens, self.output_tokens].iter().all(|s| s.unknown_attempts == self.attempts)
    }
    /// Is there no attempt whose cost is told or estimated?
    pub(super) fn cost_unknown(&self) -> bool {
        self.attempts > 0 && self.usd.unknown_attempts == self.attempts
    }
    /// `12,345 read, 2,345 written`, with what is missing.
    pub fn tokens(&self) -> String {
        let (read, written) = (self.input_tokens, self.output_tokens);
        if self.tokens_unknown() {
            return "unknown".to_owned();
        }
        let mut text = format!("{} read, {} written", read.words(self.attempts), written.words(self.attempts));
        let cached = self.cached_tokens;
        if cached.known > 0 {
            let _ = write!(text, "; {} from a cache", cached.words(self.attempts));
        }
        let unknown = read.unknown_attempts.max(written.unknown_attempts);
        if unknown > 0 && unknown < self.attempts {
            let _ = write!(text, " (unknown for {unknown} of {} attempts)", self.attempts);
        }
        text
    }
}

/// The ledger of one node; `None` if no agent made an attempt there.
pub(super) fn of_node(run: &Run, ix: Ix) -> Option<Ledger> {
    let made = Ledger::of(own(run, ix));
    (made.attempts > 0).then_some(made)
}

/// The ledger of the run and of its parts.
pub fn ledgers(run: &Run) -> Ledgers {
    let graph = run.graph();
    let all = graph.iter().flat_map(|ix| own(run, ix));
    let whole = Ledger::of(all.chain(run.retired().filter(|(_, r)| r.agent).flat_map(|(_, r)| &r.attempts)));
    let groups = containers(graph).into_iter().filter_map(|ix| {
        let node = graph.node(ix);
        let inside = graph.descendants(ix).into_iter().chain([ix]).flat_map(|inner| own(run, inner));
        let below = format!("{}:", node.id);
        let gone = run.retired().filter(|(id, r)| r.agent && id.starts_with(&below)).flat_map(|(_, r)| &r.attempts);
        let used = Ledger::of(inside.chain(gone));
        (used.attempts > 0).then(|| Account { node: node.id.to_string(), title: super::title(run, ix), ledger: used })
    });
    Ledgers { run: whole, groups: groups.collect() }
}

/// Groups and maps, each before what is inside it.
fn containers(graph: &Graph) -> Vec<Ix> {
    let mut open: Vec<Ix> = graph.top().iter().rev().copied().collect();
    let mut found = Vec::new();
    while let Some(ix) = open.pop() {
        let node = graph.node(ix);
        if matches!(node.shape, Shape::Group | Shape::Map) {
            found.push(ix);
            open.extend(node.children.iter().rev());
        }
    }
    found
}

fn own(run: &Run, ix: Ix) -> impl Iterator<Item = &Attempt> {
    let is_agent = run.graph().node(ix).kind == Kind::Agent;
    run.state(ix).attempts.iter().filter(move |_| is_agent)
}

fn usd(amount: f64) -> String {
    if amount < 1.0 { format!("${amount:.4}") } else { format!("${amount:.2}") }
}

fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
