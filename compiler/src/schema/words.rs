//! The lexical rules of the language as JSON Schema. Each stands for one kind of field; `parse` enforces the same rules.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::syntax::Node;

/// Declares types that exist only to be named in `#[schemars(with = …)]`.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $schema:tt;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

kinds! {
    /// The language version.
    Version = { "const": 1 };
    /// A bare expression; numbers and booleans stand for themselves.
    Expression = {
        "type": ["string", "boolean", "number"], "pattern": "\\S", "not": { "type": "string", "pattern": "\\{\\{" }
    };
    /// Text without templates.
    Literal = { "type": "string", "not": { "pattern": "\\{[{%]" } };
    /// A node id.
    Id = {
        "type": "string", "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$", "maxLength": 63,
        "patternErrorMessage": "expected lower-case words joined by `-`, e.g. `build-docs`"
    };
    /// A name usable in expressions.
    Identifier = {
        "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
        "patternErrorMessage": "expected letters, digits and `_`, so that expressions can name it"
    };
    /// A name in one of the file's tables.
    Name = { "type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_-]*$" };
    /// The name of a variable of the environment.
    Variable = { "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" };
    /// Any key.
    Anything = true;
    /// A duration above zero, or a template.
    Duration = {
        "type": "string", "pattern": "^0*[1-9][0-9]*(ms|s|m|h|d)$|\\{[{%]",
        "patternErrorMessage": "expected a duration such as `30s`, `15m` or `2h`"
    };
    /// A duration, or a template.
    Wait = {
        "type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$|\\{[{%]",
        "patternErrorMessage": "expected a duration such as `30s`, `15m` or `2h`"
    };
    /// A whole number from 1, or a template.
    Count = { "type": ["integer", "string"], "minimum": 1, "pattern": "\\{[{%]" };
    /// How many nodes of a pool run at the same time.
    Capacity = { "type": "integer", "minimum": 1, "maximum": 1000 };
    /// An amount of money above zero, or a template.
    Money = { "type": ["number", "string"], "exclusiveMinimum": 0, "pattern": "\\{[{%]" };
    /// Text, number or boolean.
    Scalar = { "type": ["string", "number", "boolean"] };
    /// A path inside a directory; may hold templates.
    Path = {
        "type": "string", "minLength": 1,
        "not": { "pattern": "^[/\\\\~]|^.:|(^|[/\\\\])\\.\\.([/\\\\]|$)" }
    };
    /// One text, or several.
    Texts = { "anyOf": [
        { "type": "string", "minLength": 1 },
        { "type": "array", "items": { "type": "string" }, "minItems": 1 }
    ] };
    /// Shell text, or program and arguments; never a template.
    Command = { "anyOf": [
        { "type": "string", "pattern": "\\S", "not": { "pattern": "\\{[{%]" } },
        {
            "type": "array", "minItems": 1,
            "items": {
                "type": ["string", "number", "boolean"],
                "not": { "type": "string", "pattern": "\\{[{%]" }
            }
        }
    ] };
    /// What an unresolved failure means, or a template.
    Unresolved = { "anyOf": [
        { "enum": ["stop", "continue", "ask"] },
        { "type": "string", "pattern": "\\{[{%]" }
    ] };
    /// Whether work changes files, or a template.
    Changes = { "anyOf": [
        { "enum": ["expected", "none", "any"] },
        { "type": "string", "pattern": "\\{[{%]" }
    ] };
    /// What a contradiction means, or a template.
    Mismatch = { "anyOf": [
        { "enum": ["fail", "report"] },
        { "type": "string", "pattern": "\\{[{%]" }
    ] };
    /// A failure that may be tried again.
    Failure = { "enum": ["crash", "timeout", "rate-limit"] };
    /// A prompt in a file.
    PromptFile = {
        "type": "object", "required": ["file"], "additionalProperties": false,
        "properties": { "file": {
            "description": "Path of the prompt file, relative to the workflow file.",
            "type": "string", "minLength": 1,
            "not": { "pattern": "^[/\\\\~]|^.:|(^|[/\\\\])\\.\\.([/\\\\]|$)|\\{[{%]" }
        } }
    };
    /// Text that is not empty.
    Words = { "type": "string", "pattern": "\\S" };
    /// Arguments of an action.
    Arguments = { "type": "object" };
}

/// A mapping whose keys are the author's and must fit `K`.
pub(crate) struct Table<K, T>(PhantomData<(K, T)>);

impl<K: JsonSchema, T: JsonSchema> JsonSchema for Table<K, T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Table_of_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = json_schema!({ "type": "object", "additionalProperties": generator.subschema_for::<T>() });
        let mut keys = K::json_schema(generator).to_value();
        if let Value::Object(keys) = &mut keys {
            keys.remove("type");
            schema.insert("propertyNames".to_owned(), json!(keys));
        }
        schema
    }
}

/// The nodes of a group.
pub(crate) struct Body;

impl JsonSchema for Body {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Body".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Table::<Id, Node>::json_schema(generator);
        schema.insert("minProperties".to_owned(), json!(1));
        schema
    }
}

/// The name of a schema, or a JSON Schema.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "exists only to be described")]
pub(crate) enum SchemaChoice {
    /// The name of a schema in `schemas`.
    Name(String),
    /// The schema itself.
    Schema(Box<super::json::JsonSchemaObject>),
}
