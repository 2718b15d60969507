//! What stands where in an event, and how much of a text is shown. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::agent::catalogue::Pointer;

/// Whether all these values stand in `event`; a list means any of its items.
pub(super) fn fit(wanted: &BTreeMap<Pointer, Value>, event: &Value) -> bool {
    wanted.iter().all(|(at, wanted)| match wanted {
        Value::Array(any) => at.all(event).into_iter().any(|found| any.contains(found)),
        one => at.all(event).into_iter().any(|found| found == one),
    })
}

/// Whether something true stands there: not null, `false` or an empty text.
pub(super) fn is_true(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && value.as_str() != Some("")
}

/// The text at a place.
pub(super) fn text_at(at: Option<&Pointer>, event: &Value) -> Option<String> {
    at?.text(event)
}

/// The number at a place.
pub(super) fn number_at(at: Option<&Pointer>, event: &Value) -> Option<f64> {
    at?.first(event)?.as_f64()
}

/// The first line of `text` that says something, at most `limit` characters of it.
pub(super) fn shortened(text: &str, limit: usize) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let mut short: String = line.chars().take(limit).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

/// The last `limit` characters of `text`.
pub(super) fn tail(text: &str, limit: usize) -> String {
    let skipped = text.chars().count().saturating_sub(limit);
    let end: String = text.chars().skip(skipped).collect();
    if skipped == 0 { end } else { format!("…{end}") }
}
