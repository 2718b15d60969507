//! JSON Schema (draft-07) of the workflow file, generated from [`syntax`](crate::syntax): what editors complete and check.
//!
//! `parse` decides; this schema says the same as far as JSON Schema can. A test holds both against the same fixtures.

pub(crate) mod json;
pub(crate) mod words;

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::source::Spanned;
use crate::syntax::{Tree, Workflow};

/// The JSON Schema of a workflow file.
pub fn workflow_schema() -> Value {
    let mut schema = schema_of::<Workflow>("mission workflow");
    tidy(&mut schema);
    schema
}

/// The JSON Schema of `T`, titled `title`.
pub fn schema_of<T: JsonSchema>(title: &str) -> Value {
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<T>().to_value();
    unwrap_lines(&mut schema);
    let mut ordered = Map::new();
    ordered.insert("$schema".to_owned(), schema["$schema"].take());
    ordered.insert("title".to_owned(), json!(title));
    if let Value::Object(rest) = schema {
        for (key, value) in rest {
            ordered.entry(key).or_insert(value);
        }
    }
    Value::Object(ordered)
}

impl<T: JsonSchema> JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl JsonSchema for Tree {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Value".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }
}

/// Joins the lines of descriptions: editors show a line break of the source as a new paragraph.
fn unwrap_lines(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(unwrap_lines),
        Value::Object(object) => {
            object.values_mut().for_each(unwrap_lines);
            if let Some(Value::String(text)) = object.get_mut("description") {
                let paragraphs: Vec<String> = text.split("\n\n").map(|p| p.replace('\n', " ")).collect();
                *text = paragraphs.join("\n\n");
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Removes what `Option` and integer types leave behind: an absent key is not the same as null here.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(object) => {
            object.values_mut().for_each(tidy);
            if object.get("format").is_some_and(Value::is_string) {
                object.shift_remove("format");
            }
            without_null(object);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn without_null(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|t| t != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    let Some(Value::Array(branches)) = object.get_mut("anyOf") else { return };
    branches.retain(|branch| *branch != json!({ "type": "null" }));
    if let [only] = branches.as_slice() {
        let only = only.clone();
        object.shift_remove("anyOf");
        match only {
            Value::Object(only) if !only.contains_key("$ref") => {
                for (key, value) in only {
                    object.entry(key).or_insert(value);
                }
            }
            Value::Bool(true) => {}
            only => {
                object.insert("allOf".to_owned(), json!([only]));
            }
        }
    }
}

/// Makes the variants of [`Verb`](crate::syntax::Verb) plain properties of a node, of which exactly one is required, so
/// that editors offer and explain them like any other key; and says which keys belong to which verb.
pub(crate) fn one_verb(schema: &mut Schema) {
    let Some(node) = schema.as_object_mut() else { return };
    let branches = match node.remove("oneOf") {
        Some(Value::Array(branches)) => branches,
        Some(_) | None => Vec::new(),
    };
    let mut verbs = Map::new();
    for branch in branches {
        let description = branch.get("description").cloned();
        for (verb, property) in branch.get("properties").and_then(Value::as_object).into_iter().flatten() {
            verbs.insert(verb.clone(), described(property.clone(), description.clone()));
        }
    }
    let required: Vec<Value> = verbs.keys().map(|verb| json!({ "required": [verb] })).collect();
    if let Some(Value::Object(properties)) = node.get_mut("properties") {
        verbs.append(properties);
        *properties = verbs;
    }
    node.remove("unevaluatedProperties");
    node.insert("additionalProperties".to_owned(), json!(false));
    node.insert("oneOf".to_owned(), Value::Array(required));
    let works = json!({ "not": { "anyOf": [{ "required": ["gate"] }, { "required": ["value"] }] } });
    let dependencies = json!({
        "agent": ["prompt"],
        "prompt": ["agent"],
        "with": ["uses"],
        "stdin": ["run"],
        "yield": { "anyOf": [{ "required": ["nodes"] }, { "required": ["map"] }] },
        "say": { "anyOf": [{ "required": ["pass_when"] }, { "required": ["partial_when"] }] },
        "timeout": works,
        "idle": works,
        "retry": works,
    });
    node.insert("dependencies".to_owned(), dependencies);
}

/// `property` with a description of its own; a reference is wrapped, because draft-07 ignores what stands beside it.
fn described(property: Value, description: Option<Value>) -> Value {
    let Some(description) = description else { return property };
    match property {
        Value::Object(property) if !property.contains_key("$ref") => {
            let mut described = Map::new();
            described.insert("description".to_owned(), description);
            described.extend(property);
            Value::Object(described)
        }
        Value::Bool(true) => json!({ "description": description }),
        reference => json!({ "description": description, "allOf": [reference] }),
    }
}

/// Which keys of a choice mean something with which `go`.
pub(crate) fn choice_keys(schema: &mut Schema) {
    let dependencies = json!({
        "status": { "properties": { "go": { "const": "end" } } },
        "max": { "properties": { "go": { "not": { "enum": ["next", "end"] } } } },
    });
    schema.insert("dependencies".to_owned(), dependencies);
}

/// Which keys of `report` mean something with which role.
pub(crate) fn report_keys(schema: &mut Schema) {
    let dependencies = json!({
        "requirements": { "properties": { "as": { "const": "section" } } },
        "by": ["requirements"],
    });
    schema.insert("dependencies".to_owned(), dependencies);
}
