//! What agents used, from their events to `status`, `report` and `report.json`; and limits on money.

use serde_json::json;

use crate::support::{Place, follows, kill, until};

const ROBOT: &str = r#"#!/bin/sh
[ "$1" = --version ] && { echo "robot 1.0"; exit; }
cat > /dev/null
echo call >> calls
. ./play
"#;

const AGENTS: &str = r"
robot:
  bin: ./robot.sh
  detect: { says: 'robot (?P<version>\d+\.\d+)' }
  args: [robot]
  events:
    - { match: { /type: step }, usage: { input: [/in], output: [/out], cached: [/cached] }, cost: /usd, model: /model }
    - { match: { /type: end }, done: true, text: /text }
";

const FLOW: &str = "\
mission: 1
name: w
limits: { usd: 2, concurrency: 1 }
agents: { writer: { runner: robot, access: read } }
nodes:
  part:
    nodes:
      a: { agent: writer, prompt: go }
      b: { needs: [a], agent: writer, prompt: go }
";

fn place(play: &str) -> Place {
    let place = Place::new();
    place.write("w.yaml", FLOW).write(".mission/agents.yaml", AGENTS).script("robot.sh", ROBOT).write("play", play);
    place
}

fn step(more: &str) -> String {
    format!("echo '{{\"type\":\"step\",\"in\":1000000,\"out\":100000,\"cached\":400000{more}}}'\n")
}

const END: &str = "echo '{\"type\":\"end\",\"text\":\"well\"}'\n";

#[test]
fn what_agents_tell_is_added_up_part_by_part() {
    let place = place(&(step(",\"usd\":0.5") + END));
    let said = place.mission(&["run", "w.yaml"]).exits(0);
    assert!(!said.err.contains("limits.usd"), "{}", said.err);
    let status = place.mission(&["status", "--json"]).exits(0).json();
    follows(&status, "status");
    let ledger = &status["ledger"]["run"];
    assert_eq!(ledger["inputTokens"], json!({ "known": 2_000_000, "unknownAttempts": 0 }));
    assert_eq!(ledger["cachedTokens"], json!({ "known": 800_000, "unknownAttempts": 0 }));
    assert_eq!(ledger["usd"], json!({ "known": 1.0, "estimated": 0.0, "unknownAttempts": 0 }));
    assert_eq!(status["ledger"]["groups"][0]["node"], json!("w:part"));
    assert_eq!(status["ledger"]["groups"][0]["ledger"], *ledger);
    let report = place.mission(&["report", "--json"]).exits(0).json();
    follows(&report, "report");
    assert_eq!(report["ledger"], status["ledger"]);
    let text = place.mission(&["report"]).exits(0).out;
    assert!(
        text.contains("- tokens: 2,000,000 read, 200,000 written; 800,000 from a cache\n- cost: $1.00\n"),
        "{text}"
    );
    let text = place.mission(&["status"]).exits(0).out;
    assert!(text.contains("agents: 2 attempts; tokens: 2,000,000 read"), "{text}");
}

#[test]
fn cost_that_nobody_tells_is_unknown_and_said_beforehand() {
    let unpriced = AGENTS.replace(" cost: /usd,", "");
    let place = place(&(step("") + END));
    place.write(".mission/agents.yaml", unpriced);
    let said = place.mission(&["run", "w.yaml"]).exits(0);
    let warning = "warning: `limits.usd` cannot hold robot (profile `writer`): it tells no cost, and `.mission/prices.yaml` has no price for it";
    assert!(said.err.contains(warning), "{}", said.err);
    let report = place.mission(&["report", "--json"]).exits(0).json();
    assert_eq!(report["ledger"]["run"]["usd"], json!({ "known": 0.0, "estimated": 0.0, "unknownAttempts": 2 }));
    assert_eq!(report["notes"], json!(["`limits.usd` counts nothing for 2 attempts whose cost is unknown"]));
    let text = place.mission(&["report"]).exits(0).out;
    assert!(text.contains("- cost: unknown\n"), "{text}");
}

#[test]
fn prices_of_the_user_make_an_estimate_that_limits_count() {
    let place = place(&(step(",\"model\":\"small\"") + END));
    place.write(".mission/agents.yaml", AGENTS.replace(" cost: /usd,", ""));
    place.write(
        ".mission/prices.yaml",
        "robot: { small: { input: 2, output: 10, cached: 0.5 }, '*': { input: 9, output: 9 } }\n",
    );
    // 0.6 M at 2, 0.4 M at 0.5, 0.1 M at 10: 2.4 USD of 2.
    let said = place.mission(&["run", "w.yaml"]).exits(3);
    assert!(said.out.contains("paused: `limits.usd` of 2 is used up") && !said.err.contains("warning"), "{said:?}");
    let ledger = place.mission(&["status", "--json"]).exits(0).json()["ledger"]["run"].take();
    assert_eq!(ledger["usd"], json!({ "known": 0.0, "estimated": 2.4, "unknownAttempts": 0 }));
    place.write(".mission/prices.yaml", "robot: { small: { input: cheap } }\n");
    let said = place.mission(&["run", "w.yaml"]).exits(2);
    assert!(said.err.contains("prices.yaml`: ") && said.err.contains("mission schema prices"), "{}", said.err);
}

#[test]
fn what_a_killed_executor_did_not_hear_is_unknown() {
    let place = place(&(step(",\"usd\":0.5") + "[ -e once ] || { touch once; sleep 1000; }\n" + END));
    let executor = place.spawn(&["run", "w.yaml"]);
    until(|| place.path().join("once").exists());
    kill(executor);
    place.mission(&["resume"]).exits(0);
    let report = place.mission(&["report", "--json"]).exits(0).json();
    let run = &report["ledger"]["run"];
    assert_eq!(
        (&run["attempts"], &run["usd"]["known"], &run["usd"]["unknownAttempts"]),
        (&json!(3), &json!(1.0), &json!(1))
    );
    let nodes = report["nodes"].as_array().unwrap();
    let a = nodes.iter().find(|n| n["id"] == "w:part:a").map(|n| &n["ledger"]["inputTokens"]);
    assert_eq!(a, Some(&json!({ "known": 1_000_000, "unknownAttempts": 1 })));
}

#[test]
fn money_is_counted_while_an_agent_runs() {
    let place = place(&(step(",\"usd\":3") + "while [ ! -e enough ]; do sleep 0.05; done\n" + END));
    let mut executor = place.spawn(&["run", "w.yaml"]);
    // The only node that could start waits behind it: nothing to pause for until it is ready.
    until(|| place.path().join("calls").exists() && place.status()["state"] == "running");
    place.write("enough", "");
    assert_eq!(executor.wait().unwrap().code(), Some(3));
    assert_eq!((place.read("calls").lines().count(), &place.status()["state"]), (1, &json!("paused")));
}
