//! Values as expressions see them: JSON with cheap clones.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{ObjectRepr, Serde, ValueKind};
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A JSON value; cloning shares it.
#[derive(Debug, Clone)]
pub struct Data(Value);

impl Data {
    pub(super) fn from_value(value: Value) -> Self {
        Self(value)
    }
    /// `null`.
    pub fn null() -> Self {
        Self(Value::from(()))
    }
    /// From JSON.
    pub fn from_json(json: &serde_json::Value) -> Self {
        Self(Value::from(Serde(json)))
    }
    /// To JSON. Whatever JSON cannot say (a function, bytes) becomes its text.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_else(|_| serde_json::Value::String(self.0.to_string()))
    }
    /// A list.
    pub fn list(items: Vec<Self>) -> Self {
        Self(Value::from(items.into_iter().map(|d| d.0).collect::<Vec<_>>()))
    }
    /// A map in the order of `entries`.
    pub fn map(entries: Vec<(String, Self)>) -> Self {
        Self(Value::from_pairs(entries.into_iter().map(|(k, v)| (k, v.0))))
    }
    /// True for `null`.
    pub fn is_null(&self) -> bool {
        self.0.is_none()
    }
    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        (self.0.kind() == ValueKind::Bool).then(|| self.0.is_true())
    }
    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_str()
    }
    /// The whole number, if it is one.
    pub fn as_i64(&self) -> Option<i64> {
        if self.0.kind() == ValueKind::Number { i64::try_from(self.0.clone()).ok() } else { None }
    }
    /// The items, if it is a list.
    pub fn items(&self) -> Option<Vec<Self>> {
        if !matches!(self.0.kind(), ValueKind::Seq | ValueKind::Iterable) {
            return None;
        }
        self.0.try_iter().ok().map(|items| items.map(Self).collect())
    }
    /// The entry `key` of a map; `None` where there is none.
    pub fn get(&self, key: &str) -> Option<Self> {
        if self.0.kind() != ValueKind::Map {
            return None;
        }
        self.0.get_attr(key).ok().filter(|v| !v.is_undefined()).map(Self)
    }
    /// Strings as they are, everything else as JSON.
    pub fn to_text(&self) -> String {
        match self.0.as_str() {
            Some(text) => text.to_owned(),
            None => self.to_json().to_string(),
        }
    }
    /// Name of its type for messages: `null`, `a number`, `a list` …
    pub fn kind(&self) -> &'static str {
        match self.0.kind() {
            ValueKind::None => "null",
            ValueKind::Bool => "true or false",
            ValueKind::Number => "a number",
            ValueKind::String => "a text",
            ValueKind::Seq | ValueKind::Iterable => "a list",
            ValueKind::Map => "a map",
            _ => "something undefined",
        }
    }
}

impl PartialEq for Data {
    fn eq(&self, other: &Self) -> bool {
        self.to_json() == other.to_json()
    }
}

impl From<&str> for Data {
    fn from(text: &str) -> Self {
        Self(Value::from(text))
    }
}
impl From<String> for Data {
    fn from(text: String) -> Self {
        Self(Value::from(text))
    }
}
impl From<bool> for Data {
    fn from(value: bool) -> Self {
        Self(Value::from(value))
    }
}
impl From<i64> for Data {
    fn from(value: i64) -> Self {
        Self(Value::from(value))
    }
}
impl From<&serde_json::Value> for Data {
    fn from(json: &serde_json::Value) -> Self {
        Self::from_json(json)
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Json(&self.0).serialize(serializer)
    }
}
impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self)
    }
}
impl schemars::JsonSchema for Data {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Data".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "description": "Any JSON value." })
    }
}

/// A value as JSON, whatever it holds: what JSON cannot say becomes its text.
struct Json<'v>(&'v Value);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(object) = self.0.as_object() else {
            let is_sayable = match self.0.kind() {
                ValueKind::Number if self.0.is_integer() => {
                    i64::try_from(self.0.clone()).is_ok() || u64::try_from(self.0.clone()).is_ok()
                }
                ValueKind::Undefined
                | ValueKind::None
                | ValueKind::Bool
                | ValueKind::Number
                | ValueKind::String
                | ValueKind::Invalid => true,
                _ => false,
            };
            return if is_sayable { self.0.serialize(serializer) } else { serializer.collect_str(self.0) };
        };
        match object.repr() {
            ObjectRepr::Seq | ObjectRepr::Iterable => {
                let mut list = serializer.serialize_seq(object.enumerator_len())?;
                for item in object.try_iter().into_iter().flatten() {
                    list.serialize_element(&Json(&item))?;
                }
                list.end()
            }
            ObjectRepr::Map => {
                let mut map = serializer.serialize_map(object.enumerator_len())?;
                for (key, value) in object.try_iter_pairs().into_iter().flatten() {
                    match key.as_str() {
                        Some(key) => map.serialize_entry(key, &Json(&value))?,
                        None => map.serialize_entry(&key.to_string(), &Json(&value))?,
                    }
                }
                map.end()
            }
            _ => serializer.collect_str(self.0),
        }
    }
}

/// The names that an expression can see, with their values.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    roots: Vec<(Arc<str>, Data)>,
}

impl Scope {
    /// An empty scope.
    pub fn new() -> Self {
        Self::default()
    }
    /// Binds `name`; a later binding of the same name wins.
    pub fn bind(&mut self, name: impl Into<Arc<str>>, value: Data) -> &mut Self {
        self.roots.push((name.into(), value));
        self
    }
    /// Everything bound.
    pub fn bound(&self) -> BTreeMap<String, Data> {
        self.roots.iter().map(|(k, v)| (k.to_string(), v.clone())).collect()
    }
    pub(super) fn value(&self) -> Value {
        Value::from_pairs(self.roots.iter().map(|(k, v)| (Arc::clone(k), v.0.clone())))
    }
}
