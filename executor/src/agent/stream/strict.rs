//! The strict form of a JSON Schema, as some model services want it, and the way back. Pure.
//!
//! Strict means: every object lists all its properties as required and admits no others; what was optional may be null instead; of
//! the keywords only those about shape are kept. The result is always checked against the original.

use serde_json::{Map, Value, json};

/// Keywords that are kept as they are.
const KEPT: [&str; 5] = ["type", "enum", "const", "title", "description"];
/// Keywords that change the meaning of others, so that leaving them out would be wrong.
const HOPELESS: [&str; 6] = ["allOf", "not", "if", "patternProperties", "dependencies", "additionalItems"];

/// The strict form of `schema`; `None` if it cannot be said in that form.
pub fn strict(schema: &Value) -> Option<Value> {
    let whole = object(schema)?;
    (whole.get("type") == Some(&json!("object"))).then_some(Value::Object(whole))
}

fn form(schema: &Value) -> Option<Value> {
    match schema {
        Value::Bool(_) => None,
        _ => object(schema).map(Value::Object),
    }
}

fn object(schema: &Value) -> Option<Map<String, Value>> {
    let from = schema.as_object()?;
    if HOPELESS.iter().any(|keyword| from.contains_key(*keyword)) {
        return None;
    }
    if let Some(target) = from.get("$ref") {
        return Some(Map::from_iter([("$ref".to_owned(), target.clone())]));
    }
    let mut to: Map<String, Value> =
        KEPT.iter().filter_map(|key| Some(((*key).to_owned(), from.get(*key)?.clone()))).collect();
    for key in ["anyOf", "oneOf"] {
        if let Some(branches) = from.get(key).and_then(Value::as_array) {
            let branches = branches.iter().map(form).collect::<Option<Vec<_>>>()?;
            to.insert("anyOf".to_owned(), Value::Array(branches));
        }
    }
    for key in ["definitions", "$defs"] {
        if let Some(parts) = from.get(key).and_then(Value::as_object) {
            let parts = parts.iter().map(|(name, part)| Some((name.clone(), form(part)?))).collect::<Option<_>>()?;
            to.insert(key.to_owned(), Value::Object(parts));
        }
    }
    if let Some(items) = from.get("items") {
        to.insert("items".to_owned(), form(items)?);
    } else if allows(from, "array") {
        return None;
    }
    if allows(from, "object") {
        properties(from, &mut to)?;
    }
    let says_nothing = !["type", "enum", "const", "anyOf"].iter().any(|key| to.contains_key(*key));
    (!says_nothing).then_some(to)
}

fn properties(from: &Map<String, Value>, to: &mut Map<String, Value>) -> Option<()> {
    // An object with properties of any name has no strict form.
    if from.get("additionalProperties").is_some_and(Value::is_object) {
        return None;
    }
    let declared = from.get("properties").and_then(Value::as_object)?;
    let required = |name: &str| required(from, name);
    let mut all = Map::new();
    for (name, property) in declared {
        let property = form(property)?;
        all.insert(name.clone(), if required(name) { property } else { nullable(property) });
    }
    to.insert("required".to_owned(), all.keys().cloned().map(Value::String).collect());
    to.insert("properties".to_owned(), Value::Object(all));
    to.insert("additionalProperties".to_owned(), json!(false));
    Some(())
}

fn required(schema: &Map<String, Value>, name: &str) -> bool {
    let list = schema.get("required").and_then(Value::as_array);
    list.is_some_and(|names| names.iter().any(|required| required == name))
}

fn allows(schema: &Map<String, Value>, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(one)) => one == kind,
        Some(Value::Array(any)) => any.iter().any(|one| one == kind),
        _ => false,
    }
}

fn nullable(property: Value) -> Value {
    match property.get("type") {
        Some(Value::String(one)) if property.get("enum").is_none() && property.get("const").is_none() => {
            let mut property = property.clone();
            property["type"] = json!([one, "null"]);
            property
        }
        Some(Value::Array(any)) if any.iter().any(|one| one == "null") => property,
        _ => json!({ "anyOf": [property, { "type": "null" }] }),
    }
}

/// Takes the nulls out of `value` that the strict form of `schema` asked for: those of optional properties.
pub fn relax(schema: &Value, value: &mut Value) {
    walk(schema, schema, value, 0);
}

/// Depth at which a recursive schema stops being followed.
const DEEPEST: u32 = 64;

fn walk(root: &Value, schema: &Value, value: &mut Value, depth: u32) {
    if depth > DEEPEST {
        return;
    }
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#'));
    if let Some(target) = target.and_then(|at| root.pointer(at)) {
        return walk(root, target, value, depth + 1);
    }
    for key in ["anyOf", "oneOf"] {
        for branch in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
            walk(root, branch, value, depth + 1);
        }
    }
    match value {
        Value::Object(map) => {
            let Some(declared) = schema.get("properties").and_then(Value::as_object) else { return };
            let own = schema.as_object().expect("a schema with properties is an object");
            map.retain(|name, inner| !inner.is_null() || !declared.contains_key(name) || required(own, name));
            for (name, inner) in map.iter_mut() {
                if let Some(property) = declared.get(name) {
                    walk(root, property, inner, depth + 1);
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                items.iter_mut().for_each(|item| walk(root, schema, item, depth + 1));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn optional_becomes_nullable_and_comes_back_absent() {
        let schema = json!({
            "type": "object",
            "required": ["title", "parts"],
            "properties": {
                "title": { "type": "string", "minLength": 1 },
                "note": { "type": "string", "default": "" },
                "mood": { "enum": ["good", "bad"] },
                "parts": { "type": "array", "minItems": 1, "items": { "$ref": "#/definitions/Part" } }
            },
            "definitions": {
                "Part": { "type": "object", "properties": { "n": { "type": "integer", "minimum": 0 } } }
            }
        });
        assert_eq!(
            strict(&schema),
            Some(json!({
                "type": "object",
                "required": ["title", "note", "mood", "parts"],
                "additionalProperties": false,
                "properties": {
                    "title": { "type": "string" },
                    "note": { "type": ["string", "null"] },
                    "mood": { "anyOf": [{ "enum": ["good", "bad"] }, { "type": "null" }] },
                    "parts": { "type": "array", "items": { "$ref": "#/definitions/Part" } }
                },
                "definitions": {
                    "Part": {
                        "type": "object",
                        "required": ["n"],
                        "additionalProperties": false,
                        "properties": { "n": { "type": ["integer", "null"] } }
                    }
                }
            }))
        );
        let mut value = json!({ "title": null, "note": null, "mood": "bad", "parts": [{ "n": null }, { "n": 1 }] });
        relax(&schema, &mut value);
        assert_eq!(value, json!({ "title": null, "mood": "bad", "parts": [{}, { "n": 1 }] }));
    }

    #[test]
    fn what_has_no_strict_form_is_left_to_the_prompt() {
        for schema in [
            json!(true),
            json!({}),
            json!({ "type": "string" }),
            json!({ "type": "array", "items": { "type": "string" } }),
            json!({ "type": "object" }),
            json!({ "type": "object", "additionalProperties": { "type": "string" }, "properties": {} }),
            json!({ "type": "object", "properties": { "a": { "type": "array" } } }),
            json!({ "type": "object", "properties": { "a": {} } }),
            json!({ "type": "object", "properties": { "a": { "allOf": [{ "type": "string" }] } } }),
        ] {
            assert_eq!(strict(&schema), None, "{schema}");
        }
    }
}
