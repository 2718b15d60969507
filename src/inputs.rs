//! Inputs of a run: from flags and files to the values that the workflow's schemas ask for. Everything wrong is said at once.

use std::collections::BTreeMap;
use std::path::Path;

use mission_compiler::suggest::nearest;
use mission_compiler::template::Data;
use mission_compiler::workflow::{Input, Workflow};
use serde_json::Value;

use crate::args;
use crate::failure::Failure;
use crate::files;
use crate::preset::Preset;

/// What the inputs are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A run: every input must have a value that is meant.
    Run,
    /// A drawing: inputs that are missing are left open.
    Draw,
}

/// A value somebody gave, and where.
struct Offer {
    /// `-i tag`, `--prompt`, `inputs.yaml`, …
    place: String,
    raw: Raw,
}

enum Raw {
    /// From the command line: its type follows from the schema.
    Text(String),
    /// From a file or a JSON object: it has a type.
    Value(Value),
}

/// A finding: what is wrong, and the way out.
type Finding = (String, Option<String>);

/// The workflow's inputs from what was given, defaults filled in.
///
/// # Errors
/// All findings together: unknown names, wrong types, values out of range, missing and unchanged inputs.
pub(crate) fn resolve(
    workflow: &Workflow,
    preset: &Preset,
    given: &args::Inputs,
    purpose: Purpose,
) -> Result<BTreeMap<String, Data>, Failure> {
    let mut findings = Vec::new();
    let Offers { offers, unreadable } = offers(workflow, preset, given, &mut findings);
    let mut values = BTreeMap::new();
    for (name, input) in &workflow.inputs {
        let value = match offers.get(name) {
            Some(offer) => match admitted(name, input, offer) {
                Ok(value) => Some(Data::from_json(&value)),
                Err(refused) => {
                    findings.extend(refused);
                    continue;
                }
            },
            None => input.default.clone(),
        };
        let excused = unreadable.iter().any(|u| u.as_ref().is_none_or(|u| u == name));
        if purpose == Purpose::Run && (offers.contains_key(name) || !excused) {
            let instead = unless(input).is_some_and(|other| offers.contains_key(other));
            findings.extend(not_meant(name, input, value.as_ref()).filter(|_| !instead));
        }
        values.extend(value.map(|value| (name.clone(), value)));
    }
    if findings.is_empty() {
        return Ok(values);
    }
    Err(Failure::Several { title: format!("the inputs of `{}` are not right", workflow.name), findings })
}

/// What was given.
struct Offers {
    offers: BTreeMap<String, Offer>,
    /// Inputs whose value could not be read; `None` stands for any of them. They are not missing.
    unreadable: Vec<Option<String>>,
}

/// Everything that was given, by name; flags win over the object, the object over the preset.
fn offers(workflow: &Workflow, preset: &Preset, given: &args::Inputs, findings: &mut Vec<Finding>) -> Offers {
    let mut offers = BTreeMap::new();
    let mut unreadable = Vec::new();
    let mut add = |name: String, offer: Offer, findings: &mut Vec<Finding>| {
        if workflow.inputs.contains_key(&name) {
            offers.insert(name, offer);
        } else {
            findings.push(unknown(workflow, &name, &offer.place));
        }
    };
    for (name, value) in &preset.inputs {
        let place = format!("`{}`", preset.file);
        add(name.clone(), Offer { place, raw: Raw::Value(value.clone()) }, findings);
    }
    if let Some(text) = &given.object {
        match object(text) {
            Ok((place, entries)) => {
                for (name, value) in entries {
                    add(name, Offer { place: place.clone(), raw: Raw::Value(value) }, findings);
                }
            }
            Err(finding) => {
                findings.push(finding);
                unreadable.push(None);
            }
        }
    }
    let mut seen = BTreeMap::new();
    let prompt =
        given.prompt.iter().map(|text| ("prompt".to_owned(), "--prompt".to_owned(), Ok(Raw::Text(text.clone()))));
    let singles = given.single.iter().map(|text| single(workflow, text));
    for (name, place, raw) in singles.chain(prompt) {
        if let Some(before) = seen.insert(name.clone(), place.clone()) {
            let flags = if before == place { place.clone() } else { format!("{before} and {place}") };
            findings.push((format!("input `{name}` is given twice: {flags}"), None));
        }
        match raw {
            Ok(raw) => add(name, Offer { place, raw }, findings),
            Err(finding) => {
                findings.push(finding);
                unreadable.push(Some(name));
            }
        }
    }
    Offers { offers, unreadable }
}

/// `--input`: a JSON object, or `@FILE`.
fn object(text: &str) -> Result<(String, serde_json::Map<String, Value>), Finding> {
    let (place, value) = match text.strip_prefix('@') {
        Some(file) => (format!("`{file}`"), files::data(Path::new(file)).map_err(finding)?),
        None => {
            let value = serde_json::from_str(text).map_err(|error| {
                let hint =
                    if text.contains('=') { format!("for one input write: -i '{text}'") } else { EXAMPLE.to_owned() };
                (format!("--input is not JSON: {error}"), Some(hint))
            })?;
            ("--input".to_owned(), value)
        }
    };
    match value {
        Value::Object(entries) => Ok((place, entries)),
        other => Err((format!("{place} is {}, expected an object", kind(&other)), Some(EXAMPLE.to_owned()))),
    }
}

const EXAMPLE: &str = r#"for example: --input '{"tag": "v1.2"}' or --input @inputs.yaml"#;

/// `-i KEY=VALUE`, `-i KEY=@FILE`: name, place, value.
fn single(workflow: &Workflow, text: &str) -> (String, String, Result<Raw, Finding>) {
    let Some((name, value)) = text.split_once('=') else {
        let finding = (format!("-i `{text}` has no `=`"), Some(format!("write -i {text}=VALUE, or -i {text}=@FILE")));
        return (text.to_owned(), format!("-i {text}"), Err(finding));
    };
    let place = format!("-i {name}");
    let raw = match value.strip_prefix('@') {
        None => Ok(Raw::Text(value.to_owned())),
        Some(literal) if literal.starts_with('@') => Ok(Raw::Text(literal.to_owned())),
        Some(file) if workflow.inputs.get(name).is_some_and(|input| types(input).only_text()) => {
            files::text(Path::new(file)).map(|text| Raw::Value(Value::String(text))).map_err(finding)
        }
        Some(file) => files::data(Path::new(file)).map(Raw::Value).map_err(finding),
    };
    (name.to_owned(), place, raw)
}

fn finding(failure: Failure) -> Finding {
    match failure {
        Failure::Usage { message, hint } => (message, hint),
        other => (other.to_string(), None),
    }
}

fn unknown(workflow: &Workflow, name: &str, place: &str) -> Finding {
    let names: Vec<&str> = workflow.inputs.keys().map(String::as_str).collect();
    let hint = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => format!("`{}` has no inputs", workflow.name),
        None => format!("the inputs of `{}` are {}", workflow.name, listed(&names)),
    };
    (format!("{place}: there is no input `{name}`"), Some(hint))
}

/// The value that the input's schema accepts, defaults filled in.
fn admitted(name: &str, input: &Input, offer: &Offer) -> Result<Value, Vec<Finding>> {
    let readings = match &offer.raw {
        Raw::Value(value) => vec![value.clone()],
        Raw::Text(text) => readings(input, text),
    };
    let mut first = None;
    for reading in readings {
        match input.contract.admit(reading.clone()) {
            Ok(value) => return Ok(value),
            Err(errors) => {
                first.get_or_insert((reading, errors));
            }
        }
    }
    let (reading, errors) = first.expect("there is at least one reading");
    let place = if offer.place.ends_with(name) { offer.place.clone() } else { format!("{}: `{name}`", offer.place) };
    let message = |error: &String| format!("{place}: {}", error.strip_prefix("/: ").unwrap_or(error));
    let mut refused: Vec<Finding> = errors.iter().map(|error| (message(error), None)).collect();
    if let Some((_, hint)) = refused.last_mut() {
        *hint = expected(input, &reading);
    }
    Err(refused)
}

/// How a text from the command line may be read, the likeliest first: a text stays a text where the schema takes texts.
fn readings(input: &Input, text: &str) -> Vec<Value> {
    let plain = Value::String(text.to_owned());
    match files::parsed("", text) {
        Ok(parsed) if types(input).text => vec![plain, parsed],
        Ok(parsed) => vec![parsed, plain],
        Err(_) => vec![plain],
    }
}

/// What an input must be, in words, with its description.
fn expected(input: &Input, reading: &Value) -> Option<String> {
    let schema = input.contract.schema();
    let mut parts = Vec::new();
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        let choices: Vec<String> =
            choices.iter().map(|c| c.as_str().map_or_else(|| c.to_string(), str::to_owned)).collect();
        let near = reading.as_str().and_then(|r| nearest(r, choices.iter().map(String::as_str)).map(str::to_owned));
        parts.push(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("one of {}", listed(&choices.iter().map(String::as_str).collect::<Vec<_>>())),
        });
    } else if types(input).is_only("boolean") {
        parts.push("write `true` or `false`".to_owned());
    } else {
        match (schema.get("minimum"), schema.get("maximum")) {
            (Some(low), Some(high)) => parts.push(format!("from {low} to {high}")),
            (Some(low), None) => parts.push(format!("{low} or more")),
            (None, Some(high)) => parts.push(format!("{high} or less")),
            (None, None) => {}
        }
    }
    parts.extend(input.description.clone());
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// An input for people: what it takes, and what it is for, with its default.
pub(crate) fn about(input: &Input) -> (String, String) {
    let schema = input.contract.schema();
    let choices = schema.get("enum").and_then(Value::as_array);
    let choice = |c: &Value| c.as_str().map_or_else(|| c.to_string(), str::to_owned);
    let takes = match choices {
        Some(choices) => choices.iter().map(choice).collect::<Vec<_>>().join("|"),
        None => types(input).names.iter().find(|n| *n != "null").cloned().unwrap_or_else(|| "any".to_owned()),
    };
    let placeholder = schema.get("placeholder").is_some_and(|p| *p != Value::Bool(false));
    let bounds = match (schema.get("minimum"), schema.get("maximum")) {
        (Some(low), Some(high)) => Some(format!("{low} to {high}")),
        (Some(low), None) => Some(format!("{low} or more")),
        (None, Some(high)) => Some(format!("{high} or less")),
        (None, None) => None,
    };
    let default = match &input.default {
        Some(_) if placeholder => Some("required".to_owned()),
        None => Some("required".to_owned()),
        Some(value) if value.to_json().is_null() => None,
        Some(value) => Some(format!("default {}", value.to_text())),
    };
    let more: Vec<String> = bounds.into_iter().chain(default).collect();
    let description = input.description.clone().unwrap_or_default();
    let more = if more.is_empty() { String::new() } else { format!("[{}]", more.join(", ")) };
    (takes, format!("{description} {more}").trim().to_owned())
}

/// `placeholder: { unless: OTHER }`: the input that stands for this one.
fn unless(input: &Input) -> Option<&str> {
    input.contract.schema().get("placeholder")?.get("unless")?.as_str()
}

/// An input without a value, or one that still has the placeholder its author put there.
fn not_meant(name: &str, input: &Input, value: Option<&Data>) -> Option<Finding> {
    let flag = if name == "prompt" { "--prompt TEXT".to_owned() } else { format!("-i {name}=VALUE") };
    let about = input.description.as_deref().map(|d| format!(": {d}")).unwrap_or_default();
    let Some(value) = value else {
        return Some((format!("input `{name}` is missing"), Some(format!("give it with {flag}{about}"))));
    };
    let placeholder = input.contract.schema().get("placeholder");
    if placeholder.is_some_and(|p| *p != Value::Bool(false)) && Some(value) == input.default.as_ref() {
        let message = format!("input `{name}` still is its placeholder {}", value.to_json());
        return Some((message, Some(format!("give it with {flag}{about}"))));
    }
    None
}

/// The JSON types that a schema accepts, as far as it says so plainly.
struct Types {
    names: Vec<String>,
    /// Texts are among them.
    text: bool,
}

impl Types {
    fn only_text(&self) -> bool {
        self.is_only("string")
    }
    fn is_only(&self, name: &str) -> bool {
        !self.names.is_empty()
            && self.names.iter().all(|n| n == name || n == "null")
            && self.names.iter().any(|n| n == name)
    }
}

fn types(input: &Input) -> Types {
    let root = input.contract.schema();
    let mut names = Vec::new();
    collect_types(root, root, 0, &mut names);
    Types { text: names.iter().any(|n| n == "string"), names }
}

fn collect_types(root: &Value, schema: &Value, depth: u32, names: &mut Vec<String>) {
    if depth > 8 {
        return;
    }
    match schema.get("type") {
        Some(Value::String(name)) => names.push(name.clone()),
        Some(Value::Array(several)) => names.extend(several.iter().filter_map(Value::as_str).map(str::to_owned)),
        Some(_) | None => {}
    }
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|r| root.pointer(r.strip_prefix('#')?));
    let branches = ["anyOf", "oneOf"].iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
    for inner in target.into_iter().chain(branches) {
        collect_types(root, inner, depth + 1, names);
    }
}

/// Name of a value's type.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// `` `a`, `b` and `c` ``.
pub(crate) fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => "none".to_owned(),
    }
}
