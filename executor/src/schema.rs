//! JSON Schema (draft-07) of what the executor writes. Pure.

use serde_json::Value;

use crate::event::Record;

/// The JSON Schema of one line of `mission events --json`.
pub fn event_schema() -> Value {
    mission_compiler::schema::schema_of::<Record>("mission event")
}
