//! What an agent tells of its use: tokens and money, of one call or of its whole session. Unknown stays unknown. Pure.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::look::number_at;
use crate::agent::catalogue::{Extent, Pointer, Rule, Scope, Tokens};
use crate::event::Usage;

/// Figures as the agent tells them: `None` is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// Tokens read.
    pub input: Option<u64>,
    /// Tokens written.
    pub output: Option<u64>,
    /// Of those read, how many from a cache.
    #[serde(default)]
    pub cached: Option<u64>,
    /// Of those read, how many into a cache.
    #[serde(default)]
    pub cache_write: Option<u64>,
    /// USD.
    pub usd: Option<f64>,
}

impl Totals {
    /// Nothing used, and that is known.
    pub const NOTHING: Self =
        Self { input: Some(0), output: Some(0), cached: Some(0), cache_write: Some(0), usd: Some(0.0) };

    /// What is known here, else there.
    fn or(self, other: Self) -> Self {
        Self {
            input: self.input.or(other.input),
            output: self.output.or(other.output),
            cached: self.cached.or(other.cached),
            cache_write: self.cache_write.or(other.cache_write),
            usd: self.usd.or(other.usd),
        }
    }
}

/// The figures of one attempt, as they come in.
#[derive(Debug, Clone, Default)]
pub(super) struct Figures {
    told: Totals,
    added: Totals,
}

impl Figures {
    /// What `rule` reads off `event`.
    pub(super) fn note(&mut self, rule: &Rule, event: &Value) {
        if let Some(tokens) = &rule.usage {
            self.told = counted(tokens, event).or(self.told);
        }
        if let Some(tokens) = &rule.add_usage {
            let (more, sum) = (counted(tokens, event), &mut self.added);
            sum.input = added(sum.input, more.input);
            sum.output = added(sum.output, more.output);
            sum.cached = added(sum.cached, more.cached);
            sum.cache_write = added(sum.cache_write, more.cache_write);
        }
        if let Some(usd) = number_at(rule.cost.as_ref(), event) {
            self.told.usd = Some(usd);
        }
        if let Some(usd) = number_at(rule.add_cost.as_ref(), event) {
            self.added.usd = Some(self.added.usd.unwrap_or(0.0) + usd);
        }
    }
    /// The figures as it tells them.
    pub(super) fn totals(&self) -> Totals {
        self.told.or(self.added)
    }
    /// What this attempt used; `before` are the totals of the session when it began.
    pub(super) fn usage(&self, scope: Scope, before: Totals) -> Usage {
        let now = self.totals();
        let tokens = |now: Option<u64>, before: Option<u64>| match scope.usage {
            Extent::Run => now,
            // A count below the earlier one was begun anew.
            Extent::Session => now.zip(before).map(|(now, before)| now.checked_sub(before).unwrap_or(now)),
        };
        let usd = match scope.cost {
            Extent::Run => now.usd,
            Extent::Session => {
                now.usd.zip(before.usd).map(|(now, before)| if now < before { now } else { now - before })
            }
        };
        let (input, output) = (tokens(now.input, before.input), tokens(now.output, before.output));
        // Who used tokens and tells no cost does not know the price of the model.
        let is_used = [input, output].into_iter().flatten().any(|count| count > 0);
        Usage {
            input_tokens: input,
            output_tokens: output,
            cached_tokens: tokens(now.cached, before.cached),
            cache_write_tokens: tokens(now.cache_write, before.cache_write),
            usd: usd.filter(|usd| *usd > 0.0 || !is_used),
            ..Usage::default()
        }
    }
}

fn counted(tokens: &Tokens, event: &Value) -> Totals {
    let count = |places: &[Pointer]| {
        let (first, rest) = places.split_first()?;
        let one = |at: &Pointer| at.all(event).into_iter().filter_map(Value::as_u64).reduce(u64::saturating_add);
        Some(one(first)? + rest.iter().filter_map(one).sum::<u64>())
    };
    Totals {
        input: count(&tokens.input),
        output: count(&tokens.output),
        cached: count(&tokens.cached),
        cache_write: count(&tokens.cache_write),
        usd: None,
    }
}

fn added(before: Option<u64>, more: Option<u64>) -> Option<u64> {
    match (before, more) {
        (Some(before), Some(more)) => Some(before.saturating_add(more)),
        (before, more) => before.or(more),
    }
}
