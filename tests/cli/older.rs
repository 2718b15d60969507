//! Runs that the first build with a command line wrote, before records had agents, causes of pauses, figures of lost attempts or
//! catalogues: they are read, and go on. The stores are bytes of that build, never to be written anew.

use serde_json::{Value, json};

use crate::support::Place;

/// The agent of the runs: it notes for whom it is called.
const AGENT: &str = "#!/bin/sh\ncat > /dev/null\necho $MISSION_NODE_ID $MISSION_ATTEMPT >> calls\necho well\n";

/// A place with the run called `name`, and the run's id.
fn place(name: &str, id: &str) -> Place {
    let place = Place::new();
    let from = format!("{}/tests/cli/older/{name}", env!("CARGO_MANIFEST_DIR"));
    for file in ["run.db", "run.tip"] {
        let bytes = std::fs::read(format!("{from}/{file}")).unwrap();
        place.write(&format!(".mission/runs/{id}/{file}"), bytes);
    }
    place.script("agent.sh", AGENT);
    place
}

fn states(nodes: &Value) -> Vec<(String, String)> {
    let state = |node: &Value| (node["id"].as_str().unwrap().to_owned(), node["state"].as_str().unwrap().to_owned());
    nodes.as_array().unwrap().iter().map(state).collect()
}

#[test]
fn an_old_run_that_has_ended_is_told_as_it_was() {
    let place = place("finished", "20261121-1323-namatu");
    let report = place.mission(&["report", "--json"]).exits(0).json();
    let text = include_str!("older/finished/report.json");
    let before: Value = serde_json::from_str(text).unwrap();
    for key in ["run", "workflow", "status", "started", "ended", "inputs"] {
        assert_eq!(report[key], before[key], "{key}");
    }
    assert_eq!(states(&report["nodes"]), states(&before["nodes"]));
    assert_eq!(place.events().len(), 42);
    for command in [&["status"][..], &["why"], &["graph"], &["ps"], &["report"]] {
        place.mission(command).exits(0);
    }
}

#[test]
fn an_old_run_that_was_interrupted_goes_on_where_it_stopped() {
    let place = place("interrupted", "20261121-1323-namatu");
    // What the attempt that was lost had left.
    place.write("begun", "").write("fixed", "");
    assert_eq!(place.status()["state"], "interrupted");
    let done = |status: &Value| states(&status["nodes"]).into_iter().filter(|(_, state)| state == "done").count();
    let before = done(&place.status());
    place.mission(&["resume"]).exits(0);
    let status = place.status();
    assert_eq!(status["state"], "succeeded");
    assert_eq!(done(&status), before + 2, "only `slow` and `last` were left");
    assert!(!place.path().join("calls").exists(), "no agent works again");
    let starts: Vec<Value> = place
        .events()
        .into_iter()
        .filter(|event| event["type"] == "node-started" && event["node"] == "old:slow")
        .map(|event| json!([event["attempt"], event["cause"]]))
        .collect();
    assert_eq!(starts, [json!([1, "first"]), json!([2, "lost"])]);
}

#[test]
fn an_old_run_that_was_paused_by_a_limit_may_use_as_much_again() {
    let place = place("paused", "20261121-1324-kumaki");
    assert_eq!(place.status()["state"], "paused");
    place.mission(&["resume"]).exits(0);
    assert_eq!((place.read("calls"), &place.status()["state"]), ("limited:second 1\n".to_owned(), &json!("succeeded")));
}

#[test]
fn an_old_run_that_was_cancelled_is_final() {
    let place = place("cancelled", "20261121-1324-kuriba");
    assert_eq!(place.status()["state"], "cancelled");
    place.mission(&["resume", "20261121-1324-kuriba"]).exits(2);
}
