//! Agents that refuse work, end to end: the run waits, also across `kill -9`; another agent takes over; a person logs in.

use serde_json::{Value, json};

use crate::support::{Place, kill, until};

/// The agent: it notes when it is called, then does what the file `play` says.
const ROBOT: &str = r#"#!/bin/sh
[ "$1" = --version ] && { echo "robot 1.0"; exit; }
cat > /dev/null
echo "$1 $(date +%s%3N)" >> calls
answer() { echo '{"type":"answer","text":"well"}'; echo '{"type":"end","ok":true}'; exit 0; }
refuse() { echo "{\"type\":\"end\",\"ok\":false,\"error\":\"usage limit reached\",\"status\":429,\"resets\":$1}"; exit 1; }
. ./play
"#;

const AGENTS: &str = r"
robot:
  bin: ./robot.sh
  detect: { says: 'robot (?P<version>\d+\.\d+)' }
  args: [robot]
  events:
    - { match: { /type: answer }, text: /text }
    - { match: { /type: end }, done: true, failed_unless: { /ok: true }, error: /error, status: /status, resets: /resets }
  login: '`robot login`'
spare:
  like: robot
  args: [spare]
";

const FLOW: &str = "\
mission: 1
name: w
limits: { wall: 10m, agentRuns: 1 }
agents:
  writer: { runner: RUNNER, access: read }
nodes:
  a: { agent: writer, prompt: go }
  b: { run: touch other }
";

fn place(runner: &str, play: &str) -> Place {
    let place = Place::new();
    place.write("w.yaml", FLOW.replace("RUNNER", runner)).write(".mission/agents.yaml", AGENTS);
    place.script("robot.sh", ROBOT).write("play", play);
    place
}

/// Events of this kind about `w:a`.
fn events(place: &Place, kind: &str) -> Vec<Value> {
    place.events().into_iter().filter(|event| event["type"] == kind && event["node"] == "w:a").collect()
}

/// Who was called when, in milliseconds.
fn calls(place: &Place) -> Vec<(String, u64)> {
    let text = place.read("calls");
    let call = |line: &str| line.split_once(' ').map(|(who, at)| (who.to_owned(), at.parse().unwrap()));
    text.lines().filter_map(call).collect()
}

fn millis(text: &Value) -> u64 {
    let at: jiff::Timestamp = text.as_str().unwrap().parse().unwrap();
    at.as_millisecond() as u64
}

#[test]
fn what_is_parked_is_still_parked_after_kill_9() {
    let place = place("robot", "at=$(( $(date +%s) + 3600 )); echo $at > told; refuse $at");
    let first = place.spawn(&["run", "w.yaml", "--json"]);
    until(|| place.status()["state"] == "parked");
    assert!(place.path().join("other").exists(), "other work goes on");
    let parked = place.status()["parked"].take();
    assert_eq!((&parked[0]["node"], &parked[0]["agent"]), (&json!("w:a"), &json!("robot")));
    let told: u64 = place.read("told").trim().parse().unwrap();
    assert_eq!(millis(&parked[0]["until"]), told * 1_000, "the moment that it told");
    for command in [&["status"][..], &["ps"], &["why"]] {
        let out = place.mission(command).exits(0).out;
        assert!(out.contains("parked until "), "{command:?}: {out}");
    }
    kill(first);
    assert_eq!(place.status()["state"], "interrupted", "nobody waits for it any more");

    let second = place.spawn(&["resume"]);
    until(|| place.status()["state"] == "parked");
    let again = place.status()["parked"].take();
    assert_eq!(again[0]["until"], parked[0]["until"], "the same moment");
    assert_eq!(calls(&place).len(), 1, "it was not asked again");
    place.mission(&["cancel", place.status()["run"].as_str().unwrap()]).exits(1);
    until(|| place.status()["state"] == "cancelled");
    kill(second);
}

#[test]
fn at_the_time_that_was_told_it_goes_on_and_no_retry_is_burnt() {
    let soon = "[ -e told ] && answer; at=$(( $(date +%s%3N) + 2000 )); echo $at > told; refuse $at";
    let place = place("robot", soon);
    let executor = place.spawn(&["run", "w.yaml"]);
    until(|| place.status()["run"].is_string() && !events(&place, "node-parked").is_empty());
    kill(executor);
    place.mission(&["resume"]).exits(0);
    let told: u64 = place.read("told").trim().parse().unwrap();
    let calls = calls(&place);
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert!(calls[1].1 >= told, "asked at {} although it told {told}", calls[1].1);
    let starts = events(&place, "node-started");
    let causes: Vec<&Value> = starts.iter().map(|e| &e["cause"]).collect();
    assert_eq!(causes, [&json!("first"), &json!("parked")], "and `agentRuns: 1` is enough");
    assert!(events(&place, "node-retrying").is_empty());
}

#[test]
fn the_next_agent_of_the_list_takes_over() {
    let place = place("[robot, spare]", "[ \"$1\" = spare ] && answer; refuse $(( $(date +%s) + 3600 ))");
    place.mission(&["run", "w.yaml"]).exits(0);
    let who: Vec<String> = calls(&place).into_iter().map(|(who, _)| who).collect();
    assert_eq!(who, ["robot", "spare"]);
    let agents: Vec<Value> = events(&place, "node-started").into_iter().map(|mut e| e["agent"].take()).collect();
    assert_eq!(agents, [json!("robot"), json!("spare")]);
}

#[test]
fn a_run_that_no_agent_lets_in_is_paused_until_a_person_has_acted() {
    let place = place("robot", r#"echo '{"type":"end","ok":false,"error":"who are you?","status":401}'; exit 1"#);
    let said = place.mission(&["run", "w.yaml"]).exits(3);
    assert!(
        said.out.contains("paused: `robot` failed with exit code 1 (HTTP 401): who are you?; to log in: `robot login`"),
        "{}",
        said.out
    );
    assert!(said.out.contains("mission resume "), "{}", said.out);
    assert!(place.path().join("other").exists(), "other work goes on");
    assert_eq!(place.status()["state"], "paused");
    place.mission(&["resume"]).exits(3);
    place.write("play", "answer");
    place.mission(&["resume"]).exits(0);
    assert_eq!(calls(&place).len(), 3);
    assert!(events(&place, "node-retrying").is_empty() && events(&place, "node-finished")[0]["status"] == "done");
}
