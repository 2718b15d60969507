//! Words of a command line, and values of variables, with places to fill in. Never go through a shell. Pure.

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
    /// Folder that the node keeps over its attempts.
    Keep,
}

/// The slots of words, by name.
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

/// The slots of variables.
const OF_VARIABLES: [(&str, Slot); 1] = [("keep", Slot::Keep)];

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
        Ok(Self { parts: parts(&text, &SLOTS)?, text })
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
        fill(&self.parts, |slot| values.get(&slot).map(String::as_str)).ok_or_else(|| self.text.clone())
    }
}

/// The value of a variable; `{keep}` is filled in. Other braces are text, such as those of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Variable(Vec<Part>);

impl TryFrom<String> for Variable {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        parts(&text, &OF_VARIABLES).map(Self)
    }
}

impl JsonSchema for Variable {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Variable".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let description =
            "The value of a variable. `{keep}` is filled in: a folder that the node keeps over its attempts.";
        schemars::json_schema!({ "type": "string", "description": description })
    }
}

impl Variable {
    /// Whether it has a place for the folder that the node keeps.
    pub fn keeps(&self) -> bool {
        self.0.contains(&Part::Slot(Slot::Keep))
    }
    /// The value with `keep` filled in; `None` if it has a place for what there is not.
    pub fn fill(&self, keep: Option<&str>) -> Option<String> {
        fill(&self.0, |_| keep)
    }
}

fn parts(text: &str, known: &[(&str, Slot)]) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, name, after)) = next_slot(rest) {
        let Some((_, slot)) = known.iter().find(|(known, _)| *known == name) else {
            let names: Vec<String> = known.iter().map(|(known, _)| format!("`{{{known}}}`")).collect();
            let one_of = if names.len() > 1 { "one of " } else { "" };
            return Err(format!("`{{{name}}}` cannot be filled in; expected {one_of}{}", names.join(" ")));
        };
        parts.push(Part::Text(before.to_owned()));
        parts.push(Part::Slot(*slot));
        rest = after;
    }
    parts.push(Part::Text(rest.to_owned()));
    Ok(parts)
}

fn fill<'v>(parts: &'v [Part], value: impl Fn(Slot) -> Option<&'v str>) -> Option<String> {
    let of = |part: &'v Part| match part {
        Part::Text(text) => Some(text.as_str()),
        Part::Slot(slot) => value(*slot),
    };
    parts.iter().map(of).collect()
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

    #[test]
    fn variables_are_filled_and_json_stays() {
        for (text, filled, keeps) in [
            ("1", "1", false),
            ("{keep}", "/k", true),
            ("{keep}/a:{keep}/{b", "/k/a:/k/{b", true),
            (r#"{"*":"deny","a":{},"b":{"keep":1}}"#, r#"{"*":"deny","a":{},"b":{"keep":1}}"#, false),
            ("{env:KEY} ${HOME} {a,b} {}", "{env:KEY} ${HOME} {a,b} {}", false),
        ] {
            let value = Variable::try_from(text.to_owned()).expect(text);
            assert_eq!((value.fill(Some("/k")), value.keeps()), (Some(filled.to_owned()), keeps), "{text}");
            assert_eq!(value.fill(None).is_none(), keeps, "{text}");
        }
        for (text, name) in [("{kepe}/x", "kepe"), ("{session}", "session"), ("a{keep}{home}", "home")] {
            let error = Variable::try_from(text.to_owned()).expect_err(text);
            assert_eq!(error, format!("`{{{name}}}` cannot be filled in; expected `{{keep}}`"));
        }
    }
}
