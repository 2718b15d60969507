//! `kill -9` at random moments, and resume: nothing finished runs again, nothing old is left, the report is the same.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::scratch::Scratch;

const CHECK: &str = r#"checks=[{"name":"unit tests","run":"test -e fixed || { echo broken >&2; exit 3; }"}]"#;

fn mission() -> Scratch {
    let scratch = Scratch::new(2, 2);
    scratch.on("follow-up", "touch fixed; default\n");
    scratch
}

/// The report without what may differ: ids, times, durations, attempts, hashes, and what attempts saw of those beside them.
fn essence(report: &Value) -> Value {
    fn clean(value: &Value, run: &str) -> Value {
        let dropped = [
            "run",
            "started",
            "ended",
            "millis",
            "attempts",
            "attemptMillis",
            "agentRuns",
            "shown",
            "result",
            "at",
            "commit",
            "definition",
            "notes",
            "usage",
            "ledger",
            "unknownCost",
            "unknownTokens",
            "changed",
            "shared",
        ];
        match value {
            Value::Object(map) => {
                let kept = map.iter().filter(|(k, _)| !dropped.contains(&k.as_str()));
                Value::Object(kept.map(|(k, v)| (k.clone(), clean(v, run))).collect())
            }
            Value::Array(list) => Value::Array(list.iter().map(|v| clean(v, run)).collect()),
            Value::String(text) => Value::String(text.replace(run, "RUN")),
            other => other.clone(),
        }
    }
    clean(report, report["run"].as_str().unwrap_or("?"))
}

/// Finished attempts, from the record: node → number.
fn finished(scratch: &Scratch) -> BTreeMap<String, u64> {
    let events = scratch.events();
    let done = events.iter().filter(|e| e["event"]["type"] == json!("node-finished"));
    done.map(|e| {
        (e["event"]["node"].as_str().unwrap_or_default().to_owned(), e["event"]["attempt"].as_u64().unwrap_or(0))
    })
    .collect()
}

#[test]
fn killed_at_twenty_moments_the_mission_ends_as_if_undisturbed() {
    let whole = mission();
    whole.run(&["--yes", "-i", CHECK]).exits(0);
    let expected = essence(&whole.report());
    // Moments spread over the run by a fixed sequence; which step they hit differs from run to run.
    std::thread::scope(|scope| {
        let work: Vec<_> = (0..4u64)
            .map(|worker| {
                let expected = &expected;
                scope.spawn(move || (0..5).for_each(|i| killed_once((worker * 5 + i) * 137 % 2_400 + 60, expected)))
            })
            .collect();
        work.into_iter().for_each(|handle| handle.join().unwrap_or_else(|e| std::panic::resume_unwind(e)));
    });
}

fn killed_once(moment: u64, expected: &Value) {
    let scratch = mission();
    let mut child = scratch.spawn(&["--yes", "-i", CHECK]);
    std::thread::sleep(Duration::from_millis(moment));
    // It may have ended already; then there is nothing to kill.
    let _ = child.kill();
    child.wait().expect("it is gone");
    if scratch.runs() == 0 {
        return;
    }
    let before = finished(&scratch);
    let over = scratch.status()["state"] == json!("succeeded");
    let starts = scratch.starts();
    if !over {
        scratch.mission(&["resume"]).exits(0);
    }
    let after = scratch.starts();
    for node in before.keys() {
        assert_eq!(
            starts.get(node),
            after.get(node),
            "`{node}` had finished and began again (killed after {moment} ms)"
        );
    }
    assert_eq!(&essence(&scratch.report()), expected, "killed after {moment} ms");
    let mut seen = BTreeMap::new();
    for line in scratch.read("ctl/log").lines() {
        *seen.entry(line.to_owned()).or_insert(0) += 1;
    }
    assert!(seen.values().all(|n| *n == 1), "an attempt began twice: {seen:?}");
}
