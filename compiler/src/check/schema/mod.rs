//! JSON Schemas of a workflow file: read from the YAML tree with the place of every key, references between them
//! resolved, each made self-contained, compiled as a [`Contract`] and understood as a [`Type`].

mod keywords;
mod typed;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::contract::Contract;
use crate::diagnostic::{Diagnostic, Findings};
use crate::source::{Span, Spanned};
use crate::syntax::{Entries, Tree, TreeKind};

use super::types::Type;
use crate::suggest;

pub(super) use typed::of_value;

/// How a workflow refers to a named schema.
const NAMED: &str = "#/schemas/";
/// Where a self-contained schema keeps the named ones.
const DEFINITIONS: &str = "#/definitions/";

/// Most bytes of all self-contained schemas together.
const MOST_COPIED: usize = 8 * 1024 * 1024;

/// Places of the keys of a schema, by JSON pointer.
pub(super) type Places = BTreeMap<String, Span>;

/// Places in a schema, and in the named ones that it refers to.
#[derive(Clone, Copy)]
pub(super) struct Where<'p> {
    own: &'p Places,
    /// Pointer to the schema itself among its own places.
    at: &'p str,
    named: &'p Places,
}

impl Where<'_> {
    pub(super) fn get(self, pointer: &str) -> Option<Span> {
        let own = self.own.get(&format!("{}{pointer}", self.at));
        own.or_else(|| self.named.get(pointer)).copied()
    }
}

/// A checked schema.
#[derive(Debug, Clone)]
pub(super) struct Schema {
    /// Self-contained.
    pub(super) json: Value,
    /// Compiled; `None` if it is not valid.
    pub(super) contract: Option<Contract>,
    /// What it says about values.
    pub(super) ty: Type,
}

/// The named schemas of a file.
#[derive(Debug, Default)]
pub(super) struct Schemas {
    /// Bytes of all self-contained schemas made so far: schemas that name each other are copied again and again.
    copied: Cell<usize>,
    sizes: IndexMap<String, usize>,
    raw: IndexMap<String, Value>,
    places: Places,
    checked: IndexMap<String, Arc<Schema>>,
}

impl Schemas {
    /// Reads and checks the named schemas.
    pub(super) fn build(entries: &Entries<Tree>, report: &mut Findings) -> Self {
        let names: Vec<&str> = entries.0.iter().map(|(name, _)| name.value.as_str()).collect();
        let mut schemas = Self::default();
        for (name, tree) in &entries.0 {
            let at = format!("/definitions/{}", escaped(name));
            let json = Reader { names: &names, places: &mut schemas.places, report }.schema(tree, &at);
            schemas.places.insert(at, name.span);
            schemas.sizes.insert(name.value.clone(), json.to_string().len());
            schemas.raw.insert(name.value.clone(), json);
        }
        for (name, tree) in &entries.0 {
            let at = format!("/definitions/{}", escaped(name));
            let places = Where { own: &schemas.places, at: &at, named: &schemas.places };
            let schema = schemas.finish(schemas.raw[&name.value].clone(), places, tree.span, report);
            schemas.checked.insert(name.value.clone(), schema);
        }
        schemas
    }
    /// The schema called `name`.
    pub(super) fn get(&self, name: &str) -> Option<&Arc<Schema>> {
        self.checked.get(name)
    }
    /// All names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.checked.keys().map(String::as_str)
    }
    /// Every named schema, self-contained.
    pub(super) fn jsons(&self) -> IndexMap<String, Value> {
        self.checked.iter().map(|(name, schema)| (name.clone(), schema.json.clone())).collect()
    }
    /// Checks a schema that stands in place.
    pub(super) fn inline(&self, tree: &Tree, report: &mut Findings) -> Arc<Schema> {
        let names: Vec<&str> = self.raw.keys().map(String::as_str).collect();
        let mut places = Places::new();
        let json = Reader { names: &names, places: &mut places, report }.schema(tree, "");
        self.finish(json, Where { own: &places, at: "", named: &self.places }, tree.span, report)
    }
    fn finish(&self, json: Value, places: Where<'_>, span: Span, report: &mut Findings) -> Arc<Schema> {
        let Some(json) = self.self_contained(json) else {
            let message = format!("schemas that name each other come to more than {MOST_COPIED} bytes");
            report.push(Diagnostic::error("schemas-too-large", span, message));
            return Arc::new(Schema { json: Value::Bool(true), contract: None, ty: Type::Any });
        };
        let ty = typed::of_schema(&json, places);
        let contract = match Contract::compile(json.clone()) {
            Ok(contract) => Some(contract),
            Err(why) => {
                if !keywords::invalid(&json, places, span, report) {
                    report.push(Diagnostic::error("invalid-schema", span, format!("not a valid JSON Schema: {why}")));
                }
                None
            }
        };
        Arc::new(Schema { json, contract, ty })
    }
    fn self_contained(&self, json: Value) -> Option<Value> {
        let mut wanted = BTreeSet::new();
        references(&json, &mut wanted);
        let mut queue: Vec<String> = wanted.iter().cloned().collect();
        while let Some(name) = queue.pop() {
            let mut more = BTreeSet::new();
            if let Some(raw) = self.raw.get(&name) {
                references(raw, &mut more);
            }
            queue.extend(more.into_iter().filter(|m| wanted.insert(m.clone())));
        }
        let copied: usize = wanted.iter().filter_map(|name| self.sizes.get(name)).sum();
        self.copied.set(self.copied.get() + copied);
        if self.copied.get() > MOST_COPIED {
            return None;
        }
        let definitions: Map<String, Value> =
            self.raw.iter().filter(|(n, _)| wanted.contains(*n)).map(|(n, v)| (n.clone(), v.clone())).collect();
        Some(match json {
            Value::Object(mut map) if !definitions.is_empty() => {
                map.insert("definitions".to_owned(), Value::Object(definitions));
                Value::Object(map)
            }
            other => other,
        })
    }
}

/// What a schema given as JSON says about values.
pub(super) fn type_of(json: &Value) -> Type {
    let none = Places::new();
    typed::of_schema(json, Where { own: &none, at: "", named: &none })
}

/// The schema of an action's result, which is self-contained.
pub(super) fn of_action(json: &Value) -> Arc<Schema> {
    Arc::new(Schema { json: json.clone(), contract: Contract::compile(json.clone()).ok(), ty: type_of(json) })
}

fn references(json: &Value, found: &mut BTreeSet<String>) {
    match json {
        Value::Object(map) => {
            if let Some(name) = map.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix(DEFINITIONS)) {
                found.insert(name.replace("~1", "/").replace("~0", "~"));
            }
            map.values().for_each(|v| references(v, found));
        }
        Value::Array(items) => items.iter().for_each(|v| references(v, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A key as a segment of a JSON pointer.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The plain JSON of a tree.
pub(super) fn json(tree: &Tree) -> Value {
    match &tree.kind {
        TreeKind::Null => Value::Null,
        TreeKind::Bool(b) => Value::Bool(*b),
        TreeKind::Int(i) => Value::from(*i),
        TreeKind::Float(f) => Value::from(*f),
        TreeKind::Str(s) => Value::from(s.as_str()),
        TreeKind::List(items) => Value::Array(items.iter().map(json).collect()),
        TreeKind::Map(entries) => Value::Object(entries.iter().map(|(k, v)| (k.value.clone(), json(v))).collect()),
    }
}

struct Reader<'r> {
    names: &'r [&'r str],
    places: &'r mut Places,
    report: &'r mut Findings,
}

impl Reader<'_> {
    /// A schema: a map of keywords, or `true`/`false`.
    fn schema(&mut self, tree: &Tree, at: &str) -> Value {
        let TreeKind::Map(entries) = &tree.kind else {
            if !matches!(tree.kind, TreeKind::Bool(_)) {
                let message = format!("expected a JSON Schema, found {}", kind(tree));
                self.report.push(Diagnostic::error("invalid-schema", tree.span, message));
                return Value::Bool(true);
            }
            return json(tree);
        };
        self.places.entry(at.to_owned()).or_insert(tree.span);
        self.beside_ref(entries);
        let mut map = Map::new();
        for (key, value) in entries {
            let below = format!("{at}/{}", escaped(key));
            let json = self.keyword(key, value, &below);
            map.insert(key.value.clone(), json);
        }
        Value::Object(map)
    }
    fn keyword(&mut self, key: &Spanned<String>, value: &Tree, at: &str) -> Value {
        self.places.insert(at.to_owned(), value.span);
        match keywords::holds(key) {
            Some(keywords::Holds::Schema) => self.schema(value, at),
            Some(keywords::Holds::Schemas) => match &value.kind {
                TreeKind::List(items) => {
                    Value::Array(items.iter().enumerate().map(|(i, t)| self.schema(t, &format!("{at}/{i}"))).collect())
                }
                _ => self.schema(value, at),
            },
            Some(keywords::Holds::Named) => match &value.kind {
                TreeKind::Map(entries) => Value::Object(self.properties(entries, at)),
                _ => json(value),
            },
            Some(keywords::Holds::Reference) => self.reference(value),
            Some(keywords::Holds::Type) => {
                keywords::check_type(value, self.report);
                json(value)
            }
            Some(keywords::Holds::Values) => json(value),
            None => {
                let near = suggest::nearest(key, keywords::names());
                let help = near.map(|n| format!("did you mean `{n}`?"));
                let message = format!("unknown key `{}` in a JSON Schema", key.value);
                self.report.push(Diagnostic::error("unknown-key", key.span, message).maybe_help(help));
                json(value)
            }
        }
    }
    fn properties(&mut self, entries: &[(Spanned<String>, Tree)], at: &str) -> Map<String, Value> {
        let mut map = Map::new();
        for (key, value) in entries {
            let below = format!("{at}/{}", escaped(key));
            self.places.insert(below.clone(), key.span);
            map.insert(key.value.clone(), self.schema(value, &below));
        }
        map
    }
    fn reference(&mut self, value: &Tree) -> Value {
        let TreeKind::Str(target) = &value.kind else {
            let message = format!("`$ref` must be a text, found {}", kind(value));
            self.report.push(Diagnostic::error("invalid-schema", value.span, message));
            return Value::Null;
        };
        let Some(name) = target.strip_prefix(NAMED) else {
            let message = format!("`$ref: {target}` does not name a schema of this file");
            let help = "write `#/schemas/NAME`";
            self.report.push(Diagnostic::error("unknown-schema", value.span, message).help(help));
            return Value::from(target.as_str());
        };
        if !self.names.contains(&name) {
            let help = suggest::help(name, "schema", self.names.iter().copied());
            let message = format!("unknown schema `{name}`");
            self.report.push(Diagnostic::error("unknown-schema", value.span, message).maybe_help(help));
        }
        Value::from(format!("{DEFINITIONS}{}", escaped(name)))
    }
    /// Draft-07 ignores what stands beside `$ref`: a check that silently does nothing.
    fn beside_ref(&mut self, entries: &[(Spanned<String>, Tree)]) {
        if !entries.iter().any(|(k, _)| k.value == "$ref") {
            return;
        }
        for (key, _) in entries.iter().filter(|(k, _)| k.value != "$ref" && !keywords::annotates(k)) {
            let message = format!("`{}` beside `$ref` has no effect", key.value);
            let help = "put both below `allOf: [ … ]`";
            self.report.push(Diagnostic::error("ignored-keyword", key.span, message).help(help));
        }
    }
}

/// Name of a tree's kind for messages.
pub(super) fn kind(tree: &Tree) -> &'static str {
    match tree.kind {
        TreeKind::Null => "null",
        TreeKind::Bool(_) => "true or false",
        TreeKind::Int(_) | TreeKind::Float(_) => "a number",
        TreeKind::Str(_) => "a text",
        TreeKind::List(_) => "a list",
        TreeKind::Map(_) => "a map",
    }
}
