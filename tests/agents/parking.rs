//! A quota with a time at which it ends: the run waits for that time, also across `kill -9`, and nothing is burnt by it.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::cast;
use crate::real::{Real, Script};

/// The node waits for the agent; what else there is waits for the file `go`. Neither a retry nor a second run of an agent is allowed.
const FLOW: &str = "\
mission: 1
name: park
limits: { agentRuns: 1, wall: 10m, parked: 20m, concurrency: 2 }
agents:
  worker: { runner: AGENT, access: write }
schemas:
  Answer: { type: object, required: [answer], properties: { answer: { type: string } } }
nodes:
  work: { agent: worker, prompt: 'Make a small file, then tell the result.', timeout: 300s, output: { schema: Answer } }
  other: { run: 'until test -e go; do sleep 0.1; done; touch other' }
";

/// Events of `type` about `work`, with the moment of their record in milliseconds.
fn events(bench: &Bench, kind: &str) -> Vec<(u64, Value)> {
    let output = bench.mission(&["events", "--json"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let all = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("events are JSON"));
    let these = all.filter(|one| one["event"]["type"] == kind && one["event"]["node"] == "park:work");
    these.map(|mut one| (millis(&one["at"]), one["event"].take())).collect()
}

fn millis(text: &Value) -> u64 {
    let at: jiff::Timestamp = text.as_str().unwrap_or_default().parse().unwrap_or_else(|e| panic!("{e}: {text}"));
    u64::try_from(at.as_millisecond()).expect("after 1970")
}

/// The limit ends after so many `seconds`, of which the agent leaves out at most `blur`.
fn parked(name: &str, call: Option<&'static str>, seconds: u64, blur: u64) {
    let Some(real) = Real::find(name) else { return };
    let bench = Bench::new(Real { call: call.unwrap_or(real.call), ..real });
    bench.write("repo/park.yaml", &FLOW.replace("AGENT", name));
    bench.git(&["add", "."]);
    bench.git(&["commit", "-q", "-m", "park"]);
    bench.lead(&Script { first: &format!("quota,reset={seconds}"), later: "ok", ..Script::default() });
    let began = jiff::Timestamp::now().as_millisecond();

    let first = bench.start(&["run", "park.yaml"]);
    bench.until("it is parked", || bench.has_run() && !events(&bench, "node-parked").is_empty());
    let (_, parking) = events(&bench, "node-parked").remove(0);
    let until = millis(&parking["until"]);
    assert_eq!(
        parking["failure"]["until"],
        parking["until"],
        "the agent told the time\n{parking:#}\n{}",
        bench.heard()
    );
    let least = u64::try_from(began).expect("after 1970") + seconds * 1_000;
    assert!(until + blur * 1_000 >= least, "{until} is before {least}\n{}", bench.heard());

    // Other work goes on while it waits.
    bench.write("repo/go", "");
    bench.wait_for(&bench.repo().join("other"));
    first.kill();
    bench.is_clean();
    let ended = bench.start(&["resume"]).wait().exits(0);

    let (starts, parkings) = (events(&bench, "node-started"), events(&bench, "node-parked"));
    let causes: Vec<&Value> = starts.iter().map(|(_, event)| &event["cause"]).collect();
    assert_eq!(causes, [&json!("first"), &json!("parked")], "and `agentRuns: 1` was enough\n{}", ended.heard);
    assert_eq!(parkings.len(), 1, "it waited for the same moment\n{}", ended.heard);
    assert!(starts[1].0 >= until, "it began at {} although it was to wait until {until}", starts[1].0);
    assert!(events(&bench, "node-retrying").is_empty());
    let told = bench.told();
    let second = told.of("park:work", 2).and_then(|one| one.output.as_ref());
    assert_eq!(second, Some(&json!({ "answer": "done" })), "{told:#?}");
    bench.counts_are_right(1);
}

/// Who pays by the call is not told when a limit ends; who has a subscription is.
#[test]
fn claude_waits() {
    parked("claude", Some(cast::SUBSCRIBED), 30, 1);
}

/// It tells the minute.
#[test]
fn codex_waits() {
    parked("codex", None, 90, 60);
}

/// It first waits itself, once.
#[test]
fn gemini_waits() {
    parked("gemini", None, 30, 1);
}
