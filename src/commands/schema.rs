//! `mission schema`: JSON Schemas of what goes in and what comes out. `schemas/` holds the same, committed.

use mission_compiler::draw::Picture;
use mission_compiler::schema::{schema_of, workflow_schema};
use mission_executor::agent::catalogue::agents_schema;
use mission_executor::agent::prices::prices_schema;
use mission_executor::report::Report;
use mission_executor::schema::event_schema;
use serde_json::{Value, json};

use super::{agents, attach, check, doctor, gc, init, logs, ps, trial, why};
use crate::args::{self, SchemaName};
use crate::background::Receipt;
use crate::failure::{Exit, Failure};
use crate::load;
use crate::standing::Standing;
use crate::{page, preset};

/// Prints one.
pub(crate) fn perform(args: &args::Schema) -> Result<Exit, Failure> {
    let schema = match args.which {
        SchemaName::Workflow => workflow_schema(),
        SchemaName::Preset => preset::schema(),
        SchemaName::Event => event_schema(),
        SchemaName::Plan => plan()?,
        SchemaName::Report => schema_of::<Report>("mission report"),
        SchemaName::Graph => schema_of::<Picture>("mission graph"),
        SchemaName::Status => schema_of::<Standing>("mission status"),
        SchemaName::Runs => schema_of::<ps::List>("mission runs"),
        SchemaName::Why => schema_of::<why::Answer>("mission why"),
        SchemaName::Log => schema_of::<logs::Line>("mission log line"),
        SchemaName::Findings => schema_of::<check::Findings>("mission check findings"),
        SchemaName::Doctor => schema_of::<doctor::Findings>("mission doctor findings"),
        SchemaName::Agents => agents_schema(),
        SchemaName::Prices => prices_schema(),
        SchemaName::Found => schema_of::<agents::List>("mission agents found"),
        SchemaName::Trial => schema_of::<trial::Tried>("mission agents test"),
        SchemaName::Init => schema_of::<init::Done>("mission init"),
        SchemaName::Gc => schema_of::<gc::Collected>("mission gc"),
        SchemaName::Attach => schema_of::<attach::Session>("mission attach"),
        SchemaName::Receipt => schema_of::<Receipt>("mission receipt"),
    };
    page::print_json(&schema)?;
    Ok(Exit::Done)
}

/// Of the plans of the shipped workflow: as that workflow says.
fn plan() -> Result<Value, Failure> {
    let shipped = load::load("mission")?;
    let plan = shipped.workflow.schemas.get("Plan").expect("the shipped workflow has a plan");
    let mut schema = json!({ "$schema": "http://json-schema.org/draft-07/schema#", "title": "mission plan" });
    if let (Value::Object(schema), Value::Object(plan)) = (&mut schema, plan) {
        schema.extend(plan.clone());
    }
    Ok(schema)
}
