//! JSON Schema (draft-07) as it is written inside a workflow file, for editors: its own meta-schema would have to be
//! fetched. Says less than the meta-schema; `check` compiles every schema and has the last word.

#![expect(dead_code, reason = "the types exist only to be described, never to be filled")]

use schemars::JsonSchema;
use serde_json::Value;

use super::words::{Anything, Table};

/// A JSON Schema (draft-07).
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", rename = "JsonSchema")]
pub(crate) struct JsonSchemaObject {
    /// Type of the value, or several.
    #[schemars(rename = "type")]
    types: Option<Types>,
    /// What the value is for.
    description: Option<String>,
    /// A short name.
    title: Option<String>,
    /// Value when none is given. Of an input: it need not be given.
    default: Option<Value>,
    /// The allowed values.
    #[schemars(rename = "enum")]
    allowed: Option<Vec<Value>>,
    /// The only allowed value.
    #[schemars(rename = "const")]
    constant: Option<Value>,
    /// A schema of this file: `#/schemas/NAME`.
    #[schemars(rename = "$ref")]
    reference: Option<String>,
    /// Schemas by name, for `$ref`.
    definitions: Option<Table<Anything, Inner>>,
    /// Schemas of an object's properties.
    properties: Option<Table<Anything, Inner>>,
    /// Properties that must be there.
    required: Option<Vec<String>>,
    /// Whether other properties are allowed, or their schema.
    additional_properties: Option<Inner>,
    /// Schemas of properties whose name matches a pattern.
    pattern_properties: Option<Table<Anything, Inner>>,
    /// Schema of the property names.
    property_names: Option<Inner>,
    /// Least number of properties.
    min_properties: Option<u32>,
    /// Largest number of properties.
    max_properties: Option<u32>,
    /// Schema of a list's items, or one schema for each place.
    items: Option<Items>,
    /// Least number of items.
    min_items: Option<u32>,
    /// Largest number of items.
    max_items: Option<u32>,
    /// Whether all items must differ.
    unique_items: Option<bool>,
    /// Schema that at least one item must fit.
    contains: Option<Inner>,
    /// Least number.
    minimum: Option<f64>,
    /// Largest number.
    maximum: Option<f64>,
    /// The number must be greater than this.
    exclusive_minimum: Option<f64>,
    /// The number must be less than this.
    exclusive_maximum: Option<f64>,
    /// The number must be a multiple of this.
    multiple_of: Option<f64>,
    /// Least length of a text in characters.
    min_length: Option<u32>,
    /// Largest length of a text in characters.
    max_length: Option<u32>,
    /// Regular expression that a text must match somewhere.
    pattern: Option<String>,
    /// Meaning of a text, such as `date-time` or `uri`; not enforced.
    format: Option<String>,
    /// The value fits at least one of these.
    any_of: Option<Vec<Inner>>,
    /// The value fits exactly one of these.
    one_of: Option<Vec<Inner>>,
    /// The value fits all of these.
    all_of: Option<Vec<Inner>>,
    /// The value does not fit this.
    not: Option<Inner>,
}

/// A schema, or `true` for any value and `false` for none.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Inner {
    /// A schema.
    Schema(Box<JsonSchemaObject>),
    /// Any value, or none.
    Any(bool),
}

/// One schema for all items, or one for each place.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Items {
    /// For all items.
    All(Inner),
    /// For each place.
    Each(Vec<Inner>),
}

/// One type, or several.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Types {
    /// One.
    One(Type),
    /// Several.
    Several(Vec<Type>),
}

/// A type of JSON.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
enum Type {
    /// Text.
    String,
    /// Any number.
    Number,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// A list.
    Array,
    /// An object.
    Object,
    /// Nothing.
    Null,
}
