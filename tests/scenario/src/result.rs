//! Results: a value that fits a schema, and where the schema is found.

use serde_json::{Map, Value, json};

use crate::asked::Asked;
use crate::tools;

/// How deep schemas are followed.
const DEPTH: usize = 16;

/// The schema of the result, wherever the request names it.
pub(crate) fn schema(asked: &Asked) -> Option<Value> {
    let taker = || tools::taker(asked).map(|tool| tool.schema.clone());
    let written = || asked.prompts.iter().rev().find_map(|prompt| in_prompt(prompt));
    // The prompt has the person's own words; formats may be narrower.
    written().or_else(|| asked.format.clone()).or_else(taker)
}

/// The last line of `prompt` that is a JSON Schema.
fn in_prompt(prompt: &str) -> Option<Value> {
    let lines = prompt.lines().rev().filter(|line| line.starts_with('{'));
    let schemas = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    schemas.into_iter().find(|value| ["type", "$ref", "properties", "anyOf"].iter().any(|key| value.get(key).is_some()))
}

/// A value that fits `schema`, as small as possible.
pub(crate) fn sample(schema: &Value) -> Value {
    fit(schema, schema, DEPTH)
}

fn fit(root: &Value, schema: &Value, depth: usize) -> Value {
    if depth == 0 {
        return Value::Null;
    }
    let inner = |schema: &Value| fit(root, schema, depth - 1);
    if let Some(path) = schema["$ref"].as_str() {
        return root.pointer(path.trim_start_matches('#')).map_or(Value::Null, inner);
    }
    let given = [schema.get("const"), schema["examples"].get(0), schema["enum"].get(0)];
    if let Some(value) = given.into_iter().flatten().next() {
        return value.clone();
    }
    if let Some(one) = ["anyOf", "oneOf", "allOf"].iter().find_map(|key| schema[key].get(0)) {
        return inner(one);
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("object").to_lowercase();
    match kind.as_str() {
        "object" => {
            let names = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let fields = names.map(|name| (name.to_owned(), inner(&schema["properties"][name])));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        "array" => {
            let least = schema["minItems"].as_u64().unwrap_or(0);
            (0..least).map(|_| inner(&schema["items"])).collect()
        }
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "boolean" => json!(true),
        "null" => Value::Null,
        _ => json!("done"),
    }
}

/// A value that does not fit a schema of an object.
pub(crate) fn misfit() -> Value {
    json!({ "unexpected": 42 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_have_what_is_required() {
        let schema = json!({
            "type": "object", "required": ["a", "b", "c", "d", "e"],
            "properties": {
                "a": { "type": "string" }, "b": { "type": "array", "minItems": 1, "items": { "$ref": "#/definitions/N" } },
                "c": { "enum": ["x", "y"] }, "d": { "anyOf": [{ "type": "null" }] }, "e": { "type": ["boolean", "null"] },
                "f": { "type": "string" }
            },
            "definitions": { "N": { "type": "integer", "minimum": 3 } }
        });
        assert_eq!(sample(&schema), json!({ "a": "done", "b": [3], "c": "x", "d": null, "e": true }));
    }

    #[test]
    fn the_schema_in_the_prompt_is_found() {
        let prompt = "Do it.\n{\"not\": 1}\n\nwhich this JSON Schema describes.\n\n{\"type\":\"object\"}\n".to_owned();
        let asked = Asked { prompts: vec![prompt], ..Asked::default() };
        assert_eq!(schema(&asked), Some(json!({ "type": "object" })));
        assert_eq!(schema(&Asked::default()), None);
    }
}
