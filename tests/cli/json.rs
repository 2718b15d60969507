//! `--json`: what each command prints follows its schema, and no command that has the flag is forgotten.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::help::commands;
use crate::running::{ended, latest, place, started};
use crate::support::{Place, follows, until};

/// Commands whose JSON is held to its schema elsewhere.
const ELSEWHERE: [&str; 2] = ["attach", "agents"];

/// Lines of records; one that is not a record is a receipt.
#[track_caller]
fn records(out: &str, most_receipts: usize) {
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (events, receipts): (Vec<&Value>, Vec<&Value>) = lines.iter().partition(|line| line.get("seq").is_some());
    assert!(!lines.is_empty() && receipts.len() <= most_receipts, "{out}");
    events.iter().for_each(|line| follows(line, "event"));
    receipts.iter().for_each(|line| follows(line, "receipt"));
}

#[test]
fn what_every_command_prints_as_json_follows_its_schema() {
    let place = place();
    place.write("bad.yaml", "mission: 1\nname: bad\nnodes: { a: { rnu: x } }\n");
    let mut tried = BTreeSet::from(ELSEWHERE);
    let mut say = |command: &'static str, args: &[&str], code: i32| {
        tried.insert(command);
        place.mission(&[&[command], args, &["--json"]].concat()).exits(code).out
    };
    let whole = |text: &str, schema: &str| follows(&serde_json::from_str(text).unwrap(), schema);
    whole(&say("init", &[], 0), "init");
    whole(&say("doctor", &[], 0), "doctor");
    whole(&say("check", &["bad.yaml"], 2), "findings");
    whole(&say("compile", &["mission"], 0), "graph");
    records(&say("run", &["release.yaml"], 3), 0);
    for (command, schema) in
        [("ps", "runs"), ("status", "status"), ("why", "why"), ("graph", "graph"), ("report", "report")]
    {
        whole(&say(command, &[], 0), schema);
    }
    records(&say("resume", &[], 3), 0);
    records(&say("approve", &["--choice", "revise", "--comment", "again"], 3), 0);
    records(&say("approve", &[], 0), 0);
    records(&say("retry", &["--node", "publish"], 0), 0);
    records(&say("events", &[], 0), 0);
    for line in say("logs", &[], 0).lines() {
        follows(&serde_json::from_str(line).unwrap(), "log");
    }
    for (command, code) in [("deny", 1), ("cancel", 1)] {
        say("run", &["release.yaml"], 3);
        records(&say(command, &[&latest(&place)], code), 0);
        whole(&say("report", &[], 0), "report");
    }
    whole(&say("gc", &[], 0), "gc");
    let flagged = |command: &String| place.mission(&[command, "--help"]).exits(0).out.contains("--json  ");
    let forgotten: Vec<String> = commands().into_iter().filter(|c| flagged(c) && !tried.contains(c.as_str())).collect();
    assert!(forgotten.is_empty(), "no test of --json: {forgotten:?}");
}

#[test]
fn what_is_given_to_an_executor_elsewhere_is_answered_by_a_receipt() {
    let place = place();
    let child = started(&place, &["run", "slow.yaml"]);
    records(&place.mission(&["cancel", &latest(&place), "--json"]).exits(1).out, 1);
    assert_eq!(ended(child).0, 1);
    place.write("wait.yaml", GATE);
    let mut child = place.spawn(&["run", "wait.yaml"]);
    until(|| place.path().join("began").exists() && !place.status()["waiting"].as_array().is_none_or(Vec::is_empty));
    let said = place.mission(&["approve", "--json"]).exits(0);
    records(&said.out, 1);
    place.write("go", "");
    assert!(child.wait().unwrap().success());
}

/// A gate that waits while something else runs.
const GATE: &str = "\
mission: 1
name: wait
nodes:
  ask: { gate: { title: Go on?, choices: { yes: { go: next } } } }
  work: { run: \"touch began; while [ ! -e go ]; do sleep 0.02; done\" }
";

#[test]
fn failures_are_told_on_standard_error_and_leave_json_alone() {
    let place = Place::new();
    for args in
        [&["status", "--json"][..], &["run", "gone.yaml", "--json"], &["report", "--json"], &["compile", "x", "--json"]]
    {
        let said = place.mission(args).exits(2);
        assert!(said.out.is_empty() && said.err.starts_with("error: "), "{args:?}: {said:?}");
    }
}
