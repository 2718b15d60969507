//! A word of a command line with places to fill in. Never goes through a shell. Pure.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// What a word may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// The prompt itself.
    Prompt,
    /// Path of a file with the prompt.
    PromptFile,
    /// The JSON Schema of the result, on one line.
    Schema,
    /// Path of a file with it.
    SchemaFile,
    /// Id of the session.
    Session,
    /// Name of the model.
    Model,
    /// Reasoning effort.
    Effort,
    /// USD that one attempt may spend.
    Budget,
}

/// The slots by name.
const SLOTS: [(&str, Slot); 8] = [
    ("prompt", Slot::Prompt),
    ("prompt_file", Slot::PromptFile),
    ("schema", Slot::Schema),
    ("schema_file", Slot::SchemaFile),
    ("session", Slot::Session),
    ("model", Slot::Model),
    ("effort", Slot::Effort),
    ("budget", Slot::Budget),
];

/// A word of a command line; `{model}` and the like are filled in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Arg {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Slot(Slot),
}

impl TryFrom<String> for Arg {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        while let Some((before, name, after)) = next_slot(rest) {
            let Some((_, slot)) = SLOTS.iter().find(|(known, _)| *known == name) else {
                let known: Vec<String> = SLOTS.iter().map(|(known, _)| format!("`{{{known}}}`")).collect();
                return Err(format!("`{{{name}}}` cannot be filled in; expected one of {}", known.join(" ")));
            };
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Slot(*slot));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self { parts, text })
    }
}

impl JsonSchema for Arg {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Arg".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names: Vec<String> = SLOTS.iter().map(|(name, _)| format!("`{{{name}}}`")).collect();
        let description = format!("A word of the command line. Filled in: {}.", names.join(", "));
        schemars::json_schema!({ "type": "string", "description": description })
    }
}

impl Arg {
    /// Whether it has a place for `slot`.
    pub fn takes(&self, slot: Slot) -> bool {
        self.parts.contains(&Part::Slot(slot))
    }
    /// The word with `values` filled in.
    ///
    /// # Errors
    /// The word, if a value is missing.
    pub fn fill(&self, values: &BTreeMap<Slot, String>) -> Result<String, String> {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Slot(slot) => filled.push_str(values.get(slot).ok_or_else(|| self.text.clone())?),
            }
        }
        Ok(filled)
    }
}

/// What stands before the next `{name}`, the name, and what stands behind it. Other braces are text.
fn next_slot(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text[from..].find('{').map(|at| from + at) {
        let name = &text[open + 1..];
        let length = name.bytes().take_while(|b| b.is_ascii_lowercase() || *b == b'_').count();
        if length > 0 && name.as_bytes().get(length) == Some(&b'}') {
            return Some((&text[..open], &name[..length], &name[length + 1..]));
        }
        from = open + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_filled_and_other_braces_stay() {
        let values = BTreeMap::from([(Slot::Model, "m".to_owned()), (Slot::Session, "{model}".to_owned())]);
        for (word, filled) in [
            ("-m", "-m"),
            ("{model}", "m"),
            ("a={model},b={session};", "a=m,b={model};"),
            ("{\"a\":{}}", "{\"a\":{}}"),
            ("x{", "x{"),
        ] {
            let arg = Arg::try_from(word.to_owned()).expect(word);
            assert_eq!(arg.fill(&values), Ok(filled.to_owned()), "{word}");
        }
        let arg = Arg::try_from("{effort}".to_owned()).expect("a word");
        assert!(arg.takes(Slot::Effort) && !arg.takes(Slot::Model));
        assert_eq!(arg.fill(&values), Err("{effort}".to_owned()));
    }

    #[test]
    fn unknown_slots_are_refused_by_name() {
        let error = Arg::try_from("--m={modle}".to_owned()).expect_err("misspelt");
        assert!(error.starts_with("`{modle}` cannot be filled in; expected one of `{prompt}`"), "{error}");
    }
}
