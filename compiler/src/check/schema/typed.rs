//! What a JSON Schema says about the values it admits. Whatever is not certain becomes [`Type::Any`].

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::check::types::{Field, Fields, Type};

use super::{Where, escaped};

/// Schemas looked at for one type; a schema that is larger than that is not known any deeper.
const LARGEST: u32 = 20_000;
/// Schemas inside each other that are followed.
const DEEPEST: u32 = 64;

/// The type of values that `root` admits.
pub(super) fn of_schema(root: &Value, places: Where<'_>) -> Type {
    Typer { root, places, known: BTreeMap::new(), looked_at: 0, depth: 0 }.schema(root, "")
}

struct Typer<'s> {
    root: &'s Value,
    places: Where<'s>,
    /// Types behind references; `None` while one is being made: a recursive schema is not followed.
    known: BTreeMap<String, Option<Type>>,
    looked_at: u32,
    depth: u32,
}

impl Typer<'_> {
    fn schema(&mut self, schema: &Value, at: &str) -> Type {
        self.looked_at += 1;
        let Value::Object(map) = schema else { return Type::Any };
        if self.looked_at > LARGEST || self.depth > DEEPEST {
            return Type::Any;
        }
        self.depth += 1;
        let ty = self.keywords(map, at);
        self.depth -= 1;
        ty
    }
    fn keywords(&mut self, map: &Map<String, Value>, at: &str) -> Type {
        if let Some(target) = map.get("$ref").and_then(Value::as_str) {
            return self.reference(target);
        }
        if let Some(value) = map.get("const") {
            return of_value(value);
        }
        if let Some(Value::Array(values)) = map.get("enum") {
            return Type::either(values.iter().map(of_value));
        }
        let own = self.typed(map, at);
        let branches = ["anyOf", "oneOf"].into_iter().filter_map(|k| Some((k, map.get(k)?.as_array()?)));
        let mut ty = own;
        for (keyword, branches) in branches {
            let parts = branches.iter().enumerate().map(|(i, b)| self.schema(b, &format!("{at}/{keyword}/{i}")));
            let either = Type::either(parts.collect::<Vec<_>>());
            ty = narrowed(ty, either);
        }
        for (i, branch) in map.get("allOf").and_then(Value::as_array).into_iter().flatten().enumerate() {
            let part = self.schema(branch, &format!("{at}/allOf/{i}"));
            ty = narrowed(ty, part);
        }
        ty
    }
    fn reference(&mut self, target: &str) -> Type {
        let Some(pointer) = target.strip_prefix('#') else { return Type::Any };
        match self.known.get(pointer) {
            Some(Some(ty)) => return ty.clone(),
            Some(None) => return Type::Any,
            None => {}
        }
        let root = self.root;
        let Some(schema) = root.pointer(pointer) else { return Type::Any };
        self.known.insert(pointer.to_owned(), None);
        let ty = self.schema(schema, pointer);
        self.known.insert(pointer.to_owned(), Some(ty.clone()));
        ty
    }
    /// By the keyword `type`, or by what only one type can have.
    fn typed(&mut self, map: &Map<String, Value>, at: &str) -> Type {
        match map.get("type") {
            Some(Value::String(name)) => self.named(name, map, at),
            Some(Value::Array(names)) => {
                let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
                Type::either(names.into_iter().map(|n| self.named(n, map, at)).collect::<Vec<_>>())
            }
            _ if map.contains_key("properties") => self.named("object", map, at),
            _ => Type::Any,
        }
    }
    fn named(&mut self, name: &str, map: &Map<String, Value>, at: &str) -> Type {
        match name {
            "null" => Type::Null,
            "boolean" => Type::Bool,
            "integer" => Type::Int,
            "number" => Type::Number,
            "string" => Type::TEXT,
            "array" => Type::list(match map.get("items") {
                Some(items @ Value::Object(_)) => self.schema(items, &format!("{at}/items")),
                _ => Type::Any,
            }),
            "object" => self.object(map, at),
            _ => Type::Any,
        }
    }
    fn object(&mut self, map: &Map<String, Value>, at: &str) -> Type {
        let required: Vec<&str> =
            map.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let mut known = IndexMap::new();
        for (name, schema) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let below = format!("{at}/properties/{}", escaped(name));
            let ty = self.schema(schema, &below);
            let default = self.default(schema);
            let ty = match &default {
                Some(value) if !covers(&ty, value) => Type::either([ty, of_value(value)]),
                None if !required.contains(&name.as_str()) => ty.nullable(),
                _ => ty,
            };
            let optional = default.is_none() && !required.contains(&name.as_str());
            let place = self.places.get(&format!("{below}/default")).or_else(|| self.places.get(&below));
            known.insert(name.clone(), Field { ty, optional, defaulted: default.is_some(), declared: place });
        }
        let open = ["patternProperties", "anyOf", "oneOf", "allOf", "if", "dependencies"];
        let rest = match map.get("additionalProperties") {
            _ if open.iter().any(|k| map.contains_key(*k)) => Some(Type::Any),
            Some(Value::Bool(false)) => None,
            Some(schema @ Value::Object(_)) => Some(self.schema(schema, &format!("{at}/additionalProperties"))),
            Some(_) => Some(Type::Any),
            None if known.is_empty() => Some(Type::Any),
            None => None,
        };
        Type::Map(Arc::new(Fields { known, rest }))
    }
    /// The default of a property, looked for as `Contract::admit` does.
    fn default(&self, schema: &Value) -> Option<Value> {
        let target = schema.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#'));
        let behind = || target.and_then(|p| self.root.pointer(p)).and_then(|s| s.get("default"));
        schema.get("default").or_else(behind).cloned()
    }
}

/// Whether a type already says that a value may be this one, as far as it matters: null is what a default adds.
fn covers(ty: &Type, default: &Value) -> bool {
    !default.is_null() || ty.may(|t| matches!(t, Type::Null))
}

/// What is known of a value that is both.
fn narrowed(a: Type, b: Type) -> Type {
    match (a, b) {
        (Type::Any, b) => b,
        (a, Type::Any) => a,
        (Type::Map(a), Type::Map(b)) => {
            let mut known = b.known.clone();
            known.extend(a.known.iter().map(|(n, f)| (n.clone(), f.clone())));
            Type::Map(Arc::new(Fields { known, rest: a.rest.clone().or_else(|| b.rest.clone()) }))
        }
        (a, _) => a,
    }
}

/// The type of a known value.
pub(in crate::check) fn of_value(value: &Value) -> Type {
    match value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Bool,
        Value::Number(n) if n.is_i64() || n.is_u64() => Type::Int,
        Value::Number(_) => Type::Number,
        Value::String(text) => Type::one_of(&[text]),
        Value::Array(items) if items.is_empty() => Type::list(Type::Any),
        Value::Array(items) => Type::list(Type::either(items.iter().map(of_value))),
        Value::Object(map) => Type::map(map.iter().map(|(k, v)| (k.as_str(), of_value(v)))),
    }
}
