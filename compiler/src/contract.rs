//! JSON Schema as a contract: compiled once, checked without network or files, defaults filled in afterwards.

use std::sync::Arc;

use serde_json::Value;

/// A compiled JSON Schema.
#[derive(Clone)]
pub struct Contract {
    inner: Arc<Inner>,
}

struct Inner {
    schema: Value,
    validator: jsonschema::Validator,
}

impl std::fmt::Debug for Contract {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Contract({})", self.inner.schema)
    }
}

impl Contract {
    /// Compiles `schema`, which must be self-contained: `$ref` into its own `definitions` or `$defs` only.
    ///
    /// # Errors
    /// Why it is not a valid JSON Schema (draft-07).
    pub fn compile(schema: Value) -> Result<Self, String> {
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft7)
            .with_pattern_options(jsonschema::PatternOptions::regex())
            .build(&schema)
            .map_err(|e| e.to_string())?;
        Ok(Self { inner: Arc::new(Inner { schema, validator }) })
    }
    /// The schema.
    pub fn schema(&self) -> &Value {
        &self.inner.schema
    }
    /// Checks `value`; then fills in the defaults of properties that are absent or null (language rule L11).
    ///
    /// # Errors
    /// One line for each violation: `/path: what is wrong`.
    pub fn admit(&self, mut value: Value) -> Result<Value, Vec<String>> {
        let mut errors = Vec::new();
        self.inner.validator.iter_errors(&value).for_each(|e| describe(&e, 0, &mut errors));
        if !errors.is_empty() {
            return Err(errors);
        }
        fill(&self.inner.schema, &self.inner.schema, &mut value, 0);
        Ok(value)
    }
}

/// Nested alternatives that are followed for a message.
const DEEPEST_ALTERNATIVE: u32 = 4;

/// One violation as lines `/path: what is wrong`. Of alternatives, the one that was meant is told: that of the value's type.
fn describe(error: &jsonschema::ValidationError<'_>, depth: u32, lines: &mut Vec<String>) {
    use jsonschema::error::ValidationErrorKind as Kind;
    if let Kind::AnyOf { context } | Kind::OneOfNotValid { context } = error.kind()
        && depth < DEEPEST_ALTERNATIVE
    {
        let here = error.instance_path().to_string();
        let wrong_type = |e: &jsonschema::ValidationError<'_>| {
            e.instance_path().to_string() == here && matches!(e.kind(), Kind::Type { .. } | Kind::Constant { .. })
        };
        let mut meant = context.iter().filter(|branch| !branch.iter().any(wrong_type));
        if let (Some(branch), None) = (meant.next(), meant.next()) {
            branch.iter().for_each(|inner| describe(inner, depth + 1, lines));
            return;
        }
        // Of another type than every alternative: what it should be is all there is to say.
        let mistyped = context.iter().filter_map(|branch| branch.iter().find(|e| wrong_type(e)));
        let mistyped: Vec<String> = mistyped.map(ToString::to_string).collect();
        if mistyped.len() == context.len()
            && let Some(texts) = mistyped.iter().map(|m| m.rsplit_once(OF_TYPE)).collect::<Option<Vec<_>>>()
            && let Some((found, _)) = texts.first()
        {
            let types: Vec<&str> = texts.iter().map(|(_, wanted)| *wanted).collect();
            push(lines, here, format!("{found}{OF_TYPE}{}", types.join(" or ")));
            return;
        }
    }
    push(lines, error.instance_path().to_string(), error.to_string());
}

/// How the validator words a value of the wrong type.
const OF_TYPE: &str = " is not of type ";

fn push(lines: &mut Vec<String>, path: String, mut text: String) {
    let place = if path.is_empty() { "/".to_owned() } else { path };
    if text.chars().count() > 400 {
        text = text.chars().take(400).collect::<String>() + " …";
    }
    lines.push(format!("{place}: {text}"));
}

/// Depth at which a recursive schema stops being followed.
const DEEPEST: u32 = 64;

fn fill(root: &Value, schema: &Value, value: &mut Value, depth: u32) {
    if depth > DEEPEST {
        return;
    }
    if let Some(target) =
        schema.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#')).and_then(|p| root.pointer(p))
    {
        fill(root, target, value, depth + 1);
    }
    for branch in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        fill(root, branch, value, depth + 1);
    }
    if let Some(branches) = schema.get("anyOf").and_then(Value::as_array)
        && let Some(branch) = only_container_branch(root, branches, value)
    {
        fill(root, branch, value, depth + 1);
    }
    match value {
        Value::Object(map) => {
            for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
                // An explicit null means absent.
                match map.get_mut(name) {
                    Some(inner) if !inner.is_null() => fill(root, property, inner, depth + 1),
                    _ => {
                        let default = default_of(root, property).cloned().unwrap_or(Value::Null);
                        map.insert(name.clone(), default);
                    }
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.get("items").filter(|s| s.is_object()) {
                items.iter_mut().for_each(|item| fill(root, schema, item, depth + 1));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The one branch of `anyOf` that can describe an object or list value: the "or null" idiom.
fn only_container_branch<'s>(root: &'s Value, branches: &'s [Value], value: &Value) -> Option<&'s Value> {
    let wanted = match value {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    };
    let mut fitting = branches.iter().filter(|b| resolve(root, b).get("type").and_then(Value::as_str) == Some(wanted));
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

fn resolve<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    let target =
        schema.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#')).and_then(|p| root.pointer(p));
    target.unwrap_or(schema)
}

fn default_of<'s>(root: &'s Value, schema: &'s Value) -> Option<&'s Value> {
    schema.get("default").or_else(|| resolve(root, schema).get("default"))
}
