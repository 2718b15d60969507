//! JSON as results carry it: strict (no duplicate keys, bounded depth), and found inside other text. Pure.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// How much work a search may do: this many times the length of the text.
const EFFORT: usize = 16;

/// JSON types that a schema can accept, as far as its outside tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds {
    /// A text.
    pub text: bool,
    /// An object.
    pub object: bool,
    /// A list.
    pub list: bool,
}

const ALL: Kinds = Kinds { text: true, object: true, list: true };
const NONE: Kinds = Kinds { text: false, object: false, list: false };

impl Kinds {
    /// What `schema` accepts; everything without one.
    pub fn of(schema: Option<&Value>) -> Self {
        schema.map_or(ALL, |schema| accepted(schema, schema, 0))
    }
    fn of_value(value: &Value) -> Self {
        Self { text: value.is_string(), object: value.is_object(), list: value.is_array() }
    }
    fn named(name: &str) -> Self {
        Self { text: name == "string", object: name == "object", list: name == "array" }
    }
    fn or(self, other: Self) -> Self {
        Self { text: self.text || other.text, object: self.object || other.object, list: self.list || other.list }
    }
    fn and(self, other: Self) -> Self {
        Self { text: self.text && other.text, object: self.object && other.object, list: self.list && other.list }
    }
}

fn accepted(root: &Value, schema: &Value, depth: u32) -> Kinds {
    let Value::Object(keys) = schema else { return if schema == &Value::Bool(false) { NONE } else { ALL } };
    if depth > 16 {
        return ALL;
    }
    let any =
        |list: &Value| list.as_array().into_iter().flatten().fold(NONE, |sum, s| sum.or(accepted(root, s, depth + 1)));
    let mut kinds = ALL;
    for (key, value) in keys {
        kinds = kinds.and(match key.as_str() {
            "$ref" => value
                .as_str()
                .and_then(|r| r.strip_prefix('#'))
                .and_then(|pointer| root.pointer(pointer))
                .map_or(ALL, |target| accepted(root, target, depth + 1)),
            "type" => match value {
                Value::String(name) => Kinds::named(name),
                names => names
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .fold(NONE, |sum, name| sum.or(Kinds::named(name))),
            },
            "const" => Kinds::of_value(value),
            "enum" => value.as_array().into_iter().flatten().fold(NONE, |sum, v| sum.or(Kinds::of_value(v))),
            "anyOf" | "oneOf" => any(value),
            "allOf" => value.as_array().into_iter().flatten().fold(ALL, |sum, s| sum.and(accepted(root, s, depth + 1))),
            // A schema that speaks of properties or items means an object or a list, though it would let others pass.
            "properties" | "required" if !keys.contains_key("type") => Kinds { text: false, object: true, list: false },
            "items" if !keys.contains_key("type") => Kinds { text: false, object: false, list: true },
            _ => ALL,
        });
    }
    kinds
}

/// Parses one JSON value that fills the whole of `text`.
///
/// # Errors
/// What is wrong and where: syntax, a key given twice, more than 128 levels, or something behind the value.
pub fn parse(text: &str) -> Result<Value, String> {
    serde_json::from_str::<Strict>(text.trim_start_matches('\u{feff}'))
        .map(|strict| strict.0)
        .map_err(|e| e.to_string())
}

/// Text of the last fenced block that is marked as JSON, or unmarked and JSON; and what follows it.
pub(super) fn last_fenced(text: &str) -> Option<(&str, &str)> {
    let mut last = None;
    let mut open: Option<(usize, &str, &str)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        let fence = &bare[..bare.len() - bare.trim_start_matches('`').len()];
        match open {
            None if fence.len() >= 3 => open = Some((at + line.len(), fence, bare[fence.len()..].trim())),
            Some((start, opened, mark)) if bare == fence && fence.len() >= opened.len() && !fence.is_empty() => {
                let block = &text[start..at];
                let marked = mark.eq_ignore_ascii_case("json");
                if marked || (mark.is_empty() && block.trim_start().starts_with(['{', '[']) && parse(block).is_ok()) {
                    last = Some((block.trim(), &text[at + line.len()..]));
                }
                open = None;
            }
            None | Some(_) => {}
        }
        at += line.len();
    }
    last
}

/// The last line that says something, if it is a JSON value by itself.
pub(super) fn last_line(text: &str) -> Option<&str> {
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    is_json(line).then_some(line)
}

/// The last outermost object or list in `text`, of a kind in `kinds`; and, if its line has words before and behind it, those behind.
pub(super) fn last_value(text: &str, kinds: Kinds) -> Option<(&str, Option<&str>)> {
    let mut last = None;
    each(text, |start, end| {
        let found = &text[start..end];
        let wanted = if found.starts_with('{') { kinds.object } else { kinds.list };
        if wanted {
            let (before, after) = beside(text, start, end);
            let amid = [before, after].iter().all(|part| part.contains(char::is_alphanumeric));
            last = Some((found, amid.then_some(after)));
        }
    });
    last
}

/// The last object or list that shares its lines with nothing else.
pub(super) fn last_standing(text: &str) -> Option<&str> {
    let mut last = None;
    each(text, |start, end| {
        let (before, after) = beside(text, start, end);
        if before.trim().is_empty() && after.trim().is_empty() {
            last = Some(&text[start..end]);
        }
    });
    last
}

/// What shares the lines of `text[start..end]` with it, before and behind.
fn beside(text: &str, start: usize, end: usize) -> (&str, &str) {
    let before = text[..start].rsplit('\n').next().unwrap_or_default();
    (before, text[end..].split('\n').next().unwrap_or_default())
}

/// Calls `found` with start and end of each outermost object or list, in order; stops when it has worked too hard.
fn each(text: &str, mut found: impl FnMut(usize, usize)) {
    let mut effort = text.len().saturating_mul(EFFORT).saturating_add(4096);
    let mut at = 0;
    while let Some(step) = text[at..].find(['{', '[']) {
        let start = at + step;
        let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter::<IgnoredAny>();
        let spent = match values.next() {
            Some(Err(error)) => {
                at = start + 1;
                reached(&text[start..], &error)
            }
            Some(Ok(_)) | None => {
                at = start + values.byte_offset().max(1);
                found(start, at);
                at - start
            }
        };
        let Some(rest) = effort.checked_sub(spent) else { return };
        effort = rest;
    }
}

/// How far the parser got before it gave up.
fn reached(text: &str, error: &serde_json::Error) -> usize {
    let lines: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    lines + error.column() + 1
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// A value without duplicate keys.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_f64<E: de::Error>(self, v: f64) -> Result<Value, E> {
        serde_json::Number::from_f64(v).map(Value::Number).ok_or_else(|| E::custom("a number without a finite value"))
    }
    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(Value::String(v.to_owned()))
    }
    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(Value::String(v))
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(de::Error::custom(format_args!("the key `{key}` is given twice")));
            }
            let Strict(value) = entries.next_value()?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}
