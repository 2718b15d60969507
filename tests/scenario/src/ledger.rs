//! What the server told, in tokens, by tag.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::asked::Asked;

/// Figures of one answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tokens {
    /// Read, the cached ones among them.
    pub(crate) input: u64,
    /// Of these, from a cache.
    pub(crate) cached: u64,
    /// Written, the thoughts among them.
    pub(crate) output: u64,
    /// Of these, thoughts.
    pub(crate) thought: u64,
}

impl Tokens {
    /// Those of the `nth` answer: never the same twice.
    pub(crate) fn of(nth: u64) -> Self {
        Self { input: 1_200 + 13 * nth, cached: 100 + nth, output: 50 + 3 * nth, thought: 7 }
    }
}

/// What was told under one tag.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Requests for an answer, whatever came of them.
    pub requests: u64,
    /// Those refused or never finished.
    pub refused: u64,
    /// Answers that were given to their end.
    pub answers: u64,
    /// Tokens read, the cached ones among them.
    pub input: u64,
    /// Tokens written.
    pub output: u64,
    /// Most often that a person had written when an answer was asked for: above 1 in a session that went on.
    pub turns: u64,
    /// Longest task, in bytes.
    pub longest: u64,
    /// Answers to what an agent asks aside, such as a title. Their tokens are not in the figures above.
    pub asides: u64,
}

/// What was told, by tag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    counts: BTreeMap<String, Count>,
    chosen: BTreeMap<String, BTreeSet<(String, Option<String>)>>,
}

impl Ledger {
    /// What was told under `tag`.
    pub fn of(&self, tag: &str) -> Count {
        self.counts.get(tag).copied().unwrap_or_default()
    }
    /// The models that were asked for under `tag`, each with the effort that it was to take; not those asked aside.
    pub fn chosen(&self, tag: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.chosen.get(tag).into_iter().flatten().map(|(model, effort)| (model.as_str(), effort.as_deref()))
    }
    /// Everything that was told.
    pub fn all(&self) -> &BTreeMap<String, Count> {
        &self.counts
    }
    pub(crate) fn note(&mut self, tag: &str) -> &mut Count {
        self.counts.entry(tag.to_owned()).or_default()
    }
    pub(crate) fn asked(&mut self, tag: &str, asked: &Asked) {
        if !asked.is_aside() {
            self.chosen.entry(tag.to_owned()).or_default().insert((asked.model.clone(), asked.effort.clone()));
        }
        let count = self.note(tag);
        count.requests += 1;
        count.turns = count.turns.max(asked.prompts.len() as u64);
        count.longest = count.longest.max(asked.task().len() as u64);
    }
    pub(crate) fn told(&mut self, tag: &str, tokens: Tokens, aside: bool) {
        let count = self.note(tag);
        if aside {
            count.asides += 1;
            return;
        }
        count.answers += 1;
        count.input += tokens.input;
        count.output += tokens.output;
    }
    pub(crate) fn json(&self) -> Value {
        let one = |count: &Count| {
            json!({ "requests": count.requests, "refused": count.refused, "answers": count.answers,
                "input": count.input, "output": count.output, "turns": count.turns, "longest": count.longest,
                "asides": count.asides })
        };
        self.counts.iter().map(|(tag, count)| (tag.clone(), one(count))).collect()
    }
}
