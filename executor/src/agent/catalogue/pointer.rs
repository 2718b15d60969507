//! Where in an event a value stands. Pure.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// Place of a value in an event: like a JSON Pointer (`/usage/input_tokens`); `*` stands for every item of a list or map.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Pointer(Vec<String>);

impl TryFrom<String> for Pointer {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix('/').filter(|rest| !rest.is_empty()) else {
            return Err(format!("`{text}` is not a pointer; expected a path such as `/message/content/*/text`"));
        };
        Ok(Self(rest.split('/').map(|word| word.replace("~1", "/").replace("~0", "~")).collect()))
    }
}

impl JsonSchema for Pointer {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Pointer".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^/.+",
            "description": "Place of a value in an event: a JSON Pointer, with `*` for every item of a list or map.",
        })
    }
}

impl Pointer {
    /// Every value at this place, in order; none if there is nothing.
    pub fn all<'v>(&self, event: &'v Value) -> Vec<&'v Value> {
        let mut here = vec![event];
        for word in &self.0 {
            here = here.into_iter().flat_map(|value| step(value, word)).collect();
        }
        here
    }
    /// The first value at this place.
    pub fn first<'v>(&self, event: &'v Value) -> Option<&'v Value> {
        self.all(event).into_iter().next()
    }
    /// The texts at this place, joined by line ends; `None` if there is no text.
    pub fn text(&self, event: &Value) -> Option<String> {
        let texts: Vec<&str> = self.all(event).into_iter().filter_map(Value::as_str).collect();
        (!texts.is_empty()).then(|| texts.join("\n"))
    }
}

fn step<'v>(value: &'v Value, word: &str) -> Vec<&'v Value> {
    match value {
        Value::Array(items) if word == "*" => items.iter().collect(),
        Value::Array(items) => word.parse::<usize>().ok().and_then(|at| items.get(at)).into_iter().collect(),
        Value::Object(map) if word == "*" => map.values().collect(),
        Value::Object(map) => map.get(word).into_iter().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(text: &str) -> Pointer {
        Pointer::try_from(text.to_owned()).expect("a pointer")
    }

    #[test]
    fn values_are_found_where_they_stand() {
        let event = json!({ "a": { "b/c": [ { "t": "x" }, { "u": 1 }, { "t": "y" } ] }, "n": 7 });
        assert_eq!(at("/a/b~1c/*/t").text(&event), Some("x\ny".to_owned()));
        assert_eq!(at("/a/b~1c/2/t").first(&event), Some(&json!("y")));
        assert_eq!(at("/n").first(&event), Some(&json!(7)));
        assert_eq!(at("/a/*/0/t").first(&event), Some(&json!("x")));
        for nothing in ["/a/x", "/n/x", "/a/*/t", "/a/b~1c/9", "/a/b~1c/x"] {
            assert_eq!(at(nothing).first(&event), None, "{nothing}");
        }
        assert_eq!(at("/n").text(&event), None);
    }

    #[test]
    fn other_texts_are_no_pointers() {
        for wrong in ["", "/", "a", "a/b"] {
            assert!(Pointer::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
