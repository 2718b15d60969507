//! The event schema describes what is written, and the committed copy is the generated one.
//!
//! `MISSION_BLESS=1 cargo test -p mission-executor --test schema` rewrites `schemas/event.schema.json`.

use std::collections::BTreeMap;
use std::path::Path;

use mission_compiler::template::Data;
use mission_executor::event::{
    Cause, Checked, Contents, Event, Failure, FailureClass, Finding, FindingKind, How, Left, Outcome, Overlap,
    PauseCause, Record, RunStatus, SkipReason, Status, Timestamp, Touched, Usage, Weight,
};
use mission_executor::schema::event_schema;
use serde_json::json;

fn node() -> String {
    "book:chapter:1".to_owned()
}

fn data() -> Data {
    Data::from_json(&json!({ "list": [1, 2.5, null, "x"] }))
}

/// One event of each type, with every optional field present where there is one.
fn events() -> Vec<Event> {
    let failure = Failure {
        reasons: vec!["/x: is not a text".to_owned()],
        exit_code: Some(1),
        log_tail: Some("last line".to_owned()),
        until: Some(Timestamp(1_790_000_000_000)),
        ..Failure::new(FailureClass::InvalidOutput, "the result breaks its schema")
    };
    let usage = Usage {
        millis: Some(5),
        input_tokens: Some(7),
        output_tokens: None,
        cached_tokens: Some(3),
        cache_write_tokens: Some(2),
        usd: Some(0.5),
        estimated_usd: Some(0.25),
        model: Some("large".to_owned()),
        leaked: Some(0),
        continued: true,
    };
    let values = BTreeMap::from([("a".to_owned(), data())]);
    vec![
        Event::RunStarted {
            run: "r1".to_owned(),
            workflow: "book".to_owned(),
            definition: "00".to_owned(),
            engine: "0.1.0".to_owned(),
            inputs: values.clone(),
            agents: BTreeMap::from([("*".to_owned(), "./agent".to_owned())]),
            flags: vec!["allow-dirty".to_owned()],
        },
        Event::RunResumed { epoch: 2, notes: vec!["the file changed".to_owned()] },
        Event::NodeStarted { node: node(), attempt: 1, cause: Cause::First, agent: Some("claude".to_owned()) },
        Event::NodeParked {
            node: node(),
            attempt: 1,
            failure: failure.clone(),
            until: Some(Timestamp(1_790_000_000_000)),
            usage: usage.clone(),
        },
        Event::NodeRetrying {
            node: node(),
            attempt: 1,
            failure: failure.clone(),
            not_before: Timestamp(1_790_000_000_123),
            next: Cause::Reask,
            usage: usage.clone(),
        },
        Event::WorktreeLeft {
            node: node(),
            attempt: 2,
            left: Left {
                path: ".worktrees/r-one".to_owned(),
                asked: "mission/r/one".to_owned(),
                branch: "mission/r/one_2".to_owned(),
                head: Some("a".repeat(40)),
                tree: Some("b".repeat(40)),
            },
        },
        Event::HandoffChecked {
            node: node(),
            attempt: 2,
            checked: Checked {
                changed: vec![Touched { path: "src/a.rs".to_owned(), how: How::Modified }],
                contents: BTreeMap::from([(
                    "src/a.rs".to_owned(),
                    Contents {
                        before: None,
                        after: Some(format!("100644 {}", "c".repeat(40))),
                        told: true,
                        named: true,
                    },
                )]),
                tree: Some("d".repeat(40)),
                own: BTreeMap::from([(
                    "src/a.rs".to_owned(),
                    Contents { before: Some(format!("100644 {}", "c".repeat(40))), after: None, ..Contents::default() },
                )]),
                more: 1,
                shared: vec![node()],
                exposed: true,
                findings: vec![Finding::new(
                    FindingKind::NotNamed,
                    Weight::Contradiction,
                    "it changed",
                    vec!["src/b.rs".to_owned()],
                )],
                softened: true,
            },
        },
        Event::NodeFinished {
            node: node(),
            attempt: 2,
            status: Status::Failed,
            output: Some(data()),
            failure: Some(failure),
            unresolved: true,
            usage,
        },
        Event::NodeSkipped { node: node(), reason: SkipReason::UnusedRepair, output: Some(Data::null()) },
        Event::NodeCancelled { node: node(), usage: Usage::default() },
        Event::NodeLost { node: node(), attempt: 1, reason: "killed".to_owned(), usage: Usage::default() },
        Event::GateOpened {
            node: node(),
            digest: "00".to_owned(),
            title: "Go on?".to_owned(),
            summary: String::new(),
            value: Some(data()),
            choices: vec!["yes".to_owned()],
            comment_required: Vec::new(),
            allow_yes: false,
        },
        Event::GateDecided {
            node: node(),
            choice: "yes".to_owned(),
            by: "ann".to_owned(),
            via: "terminal".to_owned(),
            comment: None,
            shown: "00".to_owned(),
            result: "00".to_owned(),
            value: None,
        },
        Event::NodeTaken {
            node: node(),
            attempt: 2,
            session: "s-1".to_owned(),
            outcome: Outcome::Done,
            by: "ann".to_owned(),
            via: "command".to_owned(),
            comment: Some("by hand".to_owned()),
            value: Some(data()),
        },
        Event::GraphGrew { node: node(), keys: vec!["1".to_owned()], added: 3, witness: "00".to_owned() },
        Event::BarrierOpened { node: node() },
        Event::NodesReset { nodes: vec![node()], reason: "retry".to_owned() },
        Event::CancelAsked { by: "ann".to_owned(), comment: Some("enough".to_owned()), now: true },
        Event::OverlapFound {
            overlap: Overlap {
                nodes: [node(), node()],
                branches: ["a".to_owned(), "b".to_owned()],
                files: vec!["f".to_owned()],
            },
        },
        Event::RunPaused { reason: "budget".to_owned(), cause: PauseCause::Limit },
        Event::RunFinished { status: RunStatus::Partial, outputs: values, reasons: vec!["x".to_owned()] },
    ]
}

#[test]
fn every_type_of_event_is_described() {
    let schema = event_schema();
    let validator = jsonschema::draft7::new(&schema).expect("the schema is a schema");
    let mut types = Vec::new();
    for (seq, event) in (1..).zip(events()) {
        let record = serde_json::to_value(Record { seq, at: Timestamp(1_790_000_000_000), event }).expect("it is JSON");
        let errors: Vec<String> = validator.iter_errors(&record).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{record}: {errors:?}");
        types.push(record["event"]["type"].clone());
    }
    let described = schema["definitions"]["Event"]["oneOf"].as_array().expect("one branch for each type");
    let described: Vec<_> = described.iter().map(|branch| branch["properties"]["type"]["const"].clone()).collect();
    assert_eq!(types, described);
}

#[test]
fn what_is_no_event_is_refused() {
    let validator = jsonschema::draft7::new(&event_schema()).expect("the schema is a schema");
    let at = "2026-11-01T12:00:00.000Z";
    for broken in [
        json!({ "seq": 1, "at": at, "event": { "type": "node-begun", "node": "a" } }),
        json!({ "seq": 1, "at": at, "event": { "type": "barrier-opened" } }),
        json!({ "seq": -1, "at": at, "event": { "type": "barrier-opened", "node": "a" } }),
        json!({ "at": at, "event": { "type": "barrier-opened", "node": "a" } }),
    ] {
        assert!(!validator.is_valid(&broken), "{broken}");
    }
}

#[test]
fn the_committed_schema_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/event.schema.json");
    let text = serde_json::to_string_pretty(&event_schema()).expect("a schema is JSON") + "\n";
    if std::env::var_os("MISSION_BLESS").is_some() {
        std::fs::write(&path, &text).expect("schemas/ is writable");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "schemas/event.schema.json is stale; MISSION_BLESS=1 rewrites it");
}
