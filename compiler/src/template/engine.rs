//! The configured minijinja environment: strict, pure, bounded, JSON as its text form, and our few filters.

use std::sync::LazyLock;

use minijinja::value::{Serde, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};

use super::SyntaxError;

/// Operations one evaluation may take: bounds nested loops in a prompt.
const FUEL: u64 = 5_000_000;

static SHARED: LazyLock<Environment<'static>> = LazyLock::new(build);

/// The environment that every expression shares.
pub(super) fn shared() -> &'static Environment<'static> {
    &SHARED
}

/// A fresh environment with our rules.
pub(super) fn build() -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_fuel(Some(FUEL));
    env.set_auto_escape_callback(|_| AutoEscape::None);
    env.set_formatter(|out, _, value| {
        if value.is_undefined() {
            return Err(Error::new(ErrorKind::UndefinedError, "the value is undefined"));
        }
        let text = match value.as_str() {
            Some(text) => text.to_owned(),
            None => serde_json::to_string(value).map_err(|e| Error::new(ErrorKind::BadSerialization, e.to_string()))?,
        };
        out.write_str(&text).map_err(Error::from)
    });
    for name in ["range", "lipsum", "cycler", "joiner", "namespace", "debug", "dict"] {
        env.remove_global(name);
    }
    for name in ["safe", "escape", "e", "pprint", "format"] {
        env.remove_filter(name);
    }
    env.add_filter("flatten", flatten);
    env.add_filter("difference", difference);
    env.add_filter("all_ok", all_ok);
    env.add_filter("slug", slug);
    env.add_filter("tojson", tojson);
    env
}

/// A message without minijinja's error kinds.
pub(super) fn message(error: &Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}

/// A syntax error with its byte range.
pub(super) fn syntax_error(error: &Error) -> SyntaxError {
    SyntaxError { message: message(error), range: error.range() }
}

fn list(value: &Value, filter: &str) -> Result<Vec<Value>, Error> {
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => Ok(value.try_iter()?.collect()),
        kind => Err(Error::new(ErrorKind::InvalidOperation, format!("`{filter}` takes a list, found {kind}"))),
    }
}

/// One level of nested lists joined; null elements vanish, because an absent optional list is an empty one.
fn flatten(value: &Value) -> Result<Value, Error> {
    let mut flat = Vec::new();
    for item in list(value, "flatten")? {
        match item.kind() {
            ValueKind::None => {}
            ValueKind::Seq | ValueKind::Iterable => flat.extend(item.try_iter()?),
            _ => flat.push(item),
        }
    }
    Ok(Value::from(flat))
}

/// The elements of the first list that are not in the second.
fn difference(value: &Value, other: &Value) -> Result<Value, Error> {
    let other = list(other, "difference")?;
    Ok(Value::from(list(value, "difference")?.into_iter().filter(|v| !other.contains(v)).collect::<Vec<_>>()))
}

/// True if the list has items and every one of them is `done`; an empty list is false.
fn all_ok(value: &Value) -> Result<bool, Error> {
    let items = list(value, "all_ok")?;
    Ok(!items.is_empty() && items.iter().all(|i| i.get_attr("status").is_ok_and(|s| s.as_str() == Some("done"))))
}

/// Lower-case ASCII letters and digits with single hyphens between: a well-formed key.
fn slug(text: &str) -> Result<String, Error> {
    let mut slug = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-').to_owned();
    if slug.is_empty() {
        return Err(Error::new(ErrorKind::InvalidOperation, format!("`{text}` has no letter or digit for a slug")));
    }
    Ok(slug)
}

/// The value as JSON text; two-space indentation with `tojson(true)`.
fn tojson(value: Serde<serde_json::Value>, pretty: Option<bool>) -> Result<String, Error> {
    let text =
        if pretty == Some(true) { serde_json::to_string_pretty(&*value) } else { serde_json::to_string(&*value) };
    text.map_err(|e| Error::new(ErrorKind::BadSerialization, e.to_string()))
}
