//! What tokens cost, as a user tells it: for agents that tell no cost themselves. An estimate, and marked as one. Pure.

use std::collections::BTreeMap;

use mission_compiler::schema::schema_of;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use crate::event::Usage;

/// A text that is no table of prices.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct PricesError(String);

/// Prices per agent and model; the model `*` stands for every other one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prices(BTreeMap<String, BTreeMap<String, Price>>);

/// USD for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Tokens read.
    #[schemars(range(min = 0.0))]
    pub input: f64,
    /// Tokens written.
    #[schemars(range(min = 0.0))]
    pub output: f64,
    /// Tokens read from a cache; as much as `input` if it is left out.
    #[schemars(range(min = 0.0))]
    pub cached: Option<f64>,
    /// Tokens put into a cache; as much as `input` if it is left out.
    #[schemars(range(min = 0.0))]
    pub cache_write: Option<f64>,
}

impl Prices {
    /// Reads the text of a `prices.yaml`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Self, PricesError> {
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Ok(Self::default());
        }
        let first = |e: serde_yaml::Error| {
            let text = e.to_string();
            let line = text.lines().next().unwrap_or_default();
            line.strip_prefix("error: ").unwrap_or(line).to_owned()
        };
        let table: BTreeMap<String, BTreeMap<String, Price>> =
            serde_yaml::from_str(text).map_err(|e| PricesError(first(e)))?;
        for (agent, models) in &table {
            for (model, price) in models {
                let all = [Some(price.input), Some(price.output), price.cached, price.cache_write];
                if all.into_iter().flatten().any(|usd| !(usd >= 0.0 && usd.is_finite())) {
                    return Err(PricesError(format!("`{agent}`, `{model}`: a price is a number that is not below 0")));
                }
            }
        }
        Ok(Self(table))
    }
    /// Whether there is a price for some model of `agent`.
    pub fn knows(&self, agent: &str) -> bool {
        self.0.contains_key(agent)
    }
    /// `usage` with an estimate, if `agent` told no cost and there is a price for what it told of its tokens.
    pub fn complete(&self, agent: &str, usage: Usage) -> Usage {
        let estimated_usd = if usage.usd.is_none() { self.estimate(agent, &usage) } else { None };
        Usage { estimated_usd, ..usage }
    }
    fn estimate(&self, agent: &str, usage: &Usage) -> Option<f64> {
        let models = self.0.get(agent)?;
        let price = usage.model.as_ref().and_then(|model| models.get(model)).or_else(|| models.get("*"))?;
        let (input, output) = (usage.input_tokens?, usage.output_tokens?);
        let (cached, written) = (usage.cached_tokens.unwrap_or(0), usage.cache_write_tokens.unwrap_or(0));
        let fresh = input.saturating_sub(cached).saturating_sub(written);
        let parts = [
            (fresh, price.input),
            (output, price.output),
            (cached, price.cached.unwrap_or(price.input)),
            (written, price.cache_write.unwrap_or(price.input)),
        ];
        let micro: f64 = parts.iter().map(|(tokens, usd)| *tokens as f64 * usd).sum();
        Some(micro.round() / 1e6)
    }
}

/// The JSON Schema of `.mission/prices.yaml`.
pub fn prices_schema() -> Value {
    schema_of::<BTreeMap<String, BTreeMap<String, Price>>>("mission prices")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "
# Of 2026.
codex:
  '*': { input: 2, output: 10 }
  small: { input: 1, output: 4, cached: 0.1, cache_write: 2 }
";

    fn used(model: Option<&str>, cached: Option<u64>) -> Usage {
        Usage {
            input_tokens: Some(1_000_000),
            output_tokens: Some(100_000),
            cached_tokens: cached,
            cache_write_tokens: Some(100_000),
            model: model.map(str::to_owned),
            ..Usage::default()
        }
    }

    #[test]
    fn tokens_are_estimated_by_agent_and_model() {
        let prices = Prices::read(TABLE).expect("prices");
        for (agent, usage, expected) in [
            ("codex", used(None, None), Some(3.0)),
            ("codex", used(Some("large"), Some(500_000)), Some(3.0)),
            ("codex", used(Some("small"), Some(500_000)), Some(0.4 + 0.4 + 0.05 + 0.2)),
            ("other", used(None, None), None),
            ("codex", Usage { input_tokens: None, ..used(None, None) }, None),
            ("codex", Usage { usd: Some(9.0), ..used(None, None) }, None),
        ] {
            let found = prices.complete(agent, usage.clone());
            assert_eq!(
                found.estimated_usd.map(|usd| (usd * 1e6).round()),
                expected.map(|usd: f64| (usd * 1e6).round())
            );
            assert_eq!(Usage { estimated_usd: None, ..found }, usage, "what was told stays");
        }
        assert!(prices.knows("codex") && !prices.knows("other"));
    }

    #[test]
    fn the_manual_shows_what_is_read() {
        let manual = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/agents.md");
        let manual = std::fs::read_to_string(manual).expect("the manual");
        let block = manual.split("```yaml prices\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block");
        let prices = Prices::read(block).expect("the example is sound");
        assert!(prices.complete("codex", used(None, Some(0))).estimated_usd.is_some());
        let schema = jsonschema::draft7::new(&prices_schema()).expect("a schema");
        let value = |text: &str| -> Value { serde_yaml::from_str(text).expect("YAML") };
        assert!(schema.is_valid(&value(block)) && !schema.is_valid(&value("codex: { '*': { input: -1, output: 2 } }")));
    }

    #[test]
    fn what_is_no_table_is_refused() {
        assert_eq!(Prices::read("# nothing\n"), Ok(Prices::default()));
        for (text, says) in [
            ("codex: 3", "line 1 column 8: expected mapping"),
            ("codex: { '*': { input: 1 } }", "missing field `output`"),
            ("codex: { '*': { input: 1, output: 2, inptu: 3 } }", "unknown field `inptu`"),
            ("codex: { '*': { input: -1, output: 2 } }", "not below 0"),
            ("codex: { '*': { input: .nan, output: 2 } }", "not below 0"),
        ] {
            let error = Prices::read(text).expect_err(text).to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
