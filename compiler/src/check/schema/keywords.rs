//! The keywords of JSON Schema draft-07: what each holds, and where a schema breaks the rules of the draft.

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Findings};
use crate::source::Span;
use crate::suggest;
use crate::syntax::{Tree, TreeKind};

use super::Where;

/// What the value of a keyword is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// A schema.
    Schema,
    /// A list of schemas, or one schema.
    Schemas,
    /// Schemas by name.
    Named,
    /// A reference.
    Reference,
    /// Names of types.
    Type,
    /// Anything else.
    Values,
}

const KEYWORDS: &[(&str, Holds)] = &[
    ("type", Holds::Type),
    ("properties", Holds::Named),
    ("required", Holds::Values),
    ("items", Holds::Schemas),
    ("enum", Holds::Values),
    ("const", Holds::Values),
    ("default", Holds::Values),
    ("description", Holds::Values),
    ("title", Holds::Values),
    ("examples", Holds::Values),
    ("minimum", Holds::Values),
    ("maximum", Holds::Values),
    ("exclusiveMinimum", Holds::Values),
    ("exclusiveMaximum", Holds::Values),
    ("multipleOf", Holds::Values),
    ("minLength", Holds::Values),
    ("maxLength", Holds::Values),
    ("pattern", Holds::Values),
    ("format", Holds::Values),
    ("minItems", Holds::Values),
    ("maxItems", Holds::Values),
    ("uniqueItems", Holds::Values),
    ("additionalItems", Holds::Schema),
    ("contains", Holds::Schema),
    ("minProperties", Holds::Values),
    ("maxProperties", Holds::Values),
    ("additionalProperties", Holds::Schema),
    ("patternProperties", Holds::Named),
    ("propertyNames", Holds::Schema),
    ("dependencies", Holds::Values),
    ("anyOf", Holds::Schemas),
    ("oneOf", Holds::Schemas),
    ("allOf", Holds::Schemas),
    ("not", Holds::Schema),
    ("if", Holds::Schema),
    ("then", Holds::Schema),
    ("else", Holds::Schema),
    ("$ref", Holds::Reference),
    ("$schema", Holds::Values),
    ("$id", Holds::Values),
    ("$comment", Holds::Values),
    ("readOnly", Holds::Values),
    ("writeOnly", Holds::Values),
    ("contentEncoding", Holds::Values),
    ("contentMediaType", Holds::Values),
    // ours: an input whose default is only an example
    ("placeholder", Holds::Values),
];

const TYPES: [&str; 7] = ["string", "integer", "number", "boolean", "object", "array", "null"];

/// What the keyword `key` holds; `None` if there is no such keyword. Keys that begin with `x-` are the author's own.
pub(super) fn holds(key: &str) -> Option<Holds> {
    if key.starts_with("x-") {
        return Some(Holds::Values);
    }
    KEYWORDS.iter().find(|(name, _)| *name == key).map(|(_, holds)| *holds)
}

/// All keywords.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    KEYWORDS.iter().map(|(name, _)| *name)
}

/// True for keywords that describe and do not restrict.
pub(super) fn annotates(key: &str) -> bool {
    matches!(key, "default" | "placeholder" | "description" | "title" | "examples" | "$comment")
        || key.starts_with("x-")
}

/// Reports names of types that do not exist.
pub(super) fn check_type(value: &Tree, report: &mut Findings) {
    let names = match &value.kind {
        TreeKind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(value),
    };
    for name in names {
        let TreeKind::Str(text) = &name.kind else {
            let found = super::kind(name);
            let mut wrong =
                Diagnostic::error("invalid-schema", name.span, format!("`type` takes names of types, found {found}"));
            if matches!(name.kind, TreeKind::Null) {
                wrong = wrong.help("quote it: `\"null\"`");
            }
            report.push(wrong);
            continue;
        };
        if !TYPES.contains(&text.as_str()) {
            let help = match text.as_str() {
                "text" | "str" => Some("did you mean `string`?".to_owned()),
                "list" => Some("did you mean `array`?".to_owned()),
                "map" | "dict" => Some("did you mean `object`?".to_owned()),
                "int" => Some("did you mean `integer`?".to_owned()),
                "bool" => Some("did you mean `boolean`?".to_owned()),
                "float" => Some("did you mean `number`?".to_owned()),
                _ => suggest::help(text, "type", TYPES),
            };
            let message = format!("unknown type `{text}` in a JSON Schema");
            report.push(Diagnostic::error("invalid-schema", name.span, message).maybe_help(help));
        }
    }
}

/// Reports where `json` breaks the draft's own schema, at the exact keyword; false if nothing was found, and true also
/// when the reader has already said what is wrong.
pub(super) fn invalid(json: &Value, places: Where<'_>, whole: Span, report: &mut Findings) -> bool {
    let mut found = false;
    for error in jsonschema::draft7::meta::validator().iter_errors(json) {
        found = true;
        let at = error.instance_path().to_string();
        let span = nearest_place(&at, places).unwrap_or(whole);
        let known = report.iter().any(|d| d.span == span && matches!(d.code, "invalid-schema" | "unknown-schema"));
        let inside_type = at.contains("/type");
        let told = inside_type && report.iter().any(|d| d.code == "invalid-schema");
        if !(known || told) {
            let message = format!("not a valid JSON Schema: {error}");
            report.push(Diagnostic::error("invalid-schema", span, message));
        }
    }
    found || report.iter().any(|d| d.code == "unknown-schema")
}

/// The place of the keyword at `pointer`, or of the nearest one above it.
fn nearest_place(pointer: &str, places: Where<'_>) -> Option<Span> {
    let mut at = pointer;
    loop {
        if let Some(span) = places.get(at) {
            return Some(span);
        }
        at = &at[..at.rfind('/')?];
    }
}
