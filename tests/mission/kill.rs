//! `kill -9` at random moments, and resume: nothing finished runs again, nothing old is left, the report is the same.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::time::Duration;

use serde_json::{Value, json};

use crate::scratch::Scratch;

const CHECK: &str = r#"checks=[{"name":"unit tests","run":"test -e fixed || { echo broken >&2; exit 3; }"}]"#;

fn mission() -> Scratch {
    let scratch = Scratch::new(2, 2);
    scratch.on("follow-up", "touch fixed; also=fixed; default\n");
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
            "contents",
            "tree",
            "shared",
            "exposed",
            "contents",
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

/// How many runs are killed.
const KILLS: usize = 20;

#[test]
fn killed_at_twenty_moments_the_mission_ends_as_if_undisturbed() {
    let whole = mission();
    let ran = whole.run(&["--yes", "-i", CHECK]).exits(0);
    let expected = essence(&whole.report());
    let lines = ran.out.lines().take_while(|line| !line.is_empty()).count();
    // Spread over everything that happens, and a little later than each: which step is hit differs from run to run.
    let moments: Vec<(usize, u64)> =
        (0..KILLS).map(|i| (1 + i * (lines - 2) / (KILLS - 1), i as u64 * 137 % 60)).collect();
    let cut = std::thread::scope(|scope| {
        let work: Vec<_> = moments
            .chunks(KILLS / 4)
            .map(|moments| {
                let expected = &expected;
                scope.spawn(move || moments.iter().filter(|(line, later)| killed_once(*line, *later, expected)).count())
            })
            .collect();
        let work = work.into_iter();
        work.map(|handle| handle.join().unwrap_or_else(|e| std::panic::resume_unwind(e))).sum::<usize>()
    });
    assert!(cut >= KILLS / 2, "only {cut} of {KILLS} were killed before their end");
}

/// Kills a run after it has told of `line` things, and `later` milliseconds; says whether it had not ended by then.
fn killed_once(line: usize, later: u64, expected: &Value) -> bool {
    let scratch = mission();
    let mut child = scratch.spawn(&["--yes", "-i", CHECK]);
    let mut told = BufReader::new(child.stdout.take().expect("piped")).lines();
    let told_of = told.by_ref().take(line).count();
    std::thread::sleep(Duration::from_millis(later));
    // It may have ended already; then there is nothing to kill.
    let _ = child.kill();
    child.wait().expect("it is gone");
    let moment = format!("killed {later} ms after line {told_of}");
    let before = finished(&scratch);
    let over = scratch.status()["state"] == json!("succeeded");
    let starts = scratch.starts();
    if !over {
        scratch.mission(&["resume"]).exits(0);
    }
    let after = scratch.starts();
    for node in before.keys() {
        assert_eq!(starts.get(node), after.get(node), "`{node}` had finished and began again ({moment})");
    }
    assert_eq!(&essence(&scratch.report()), expected, "{moment}");
    let mut seen = BTreeMap::new();
    for line in scratch.read("ctl/log").lines() {
        *seen.entry(line.to_owned()).or_insert(0) += 1;
    }
    assert!(seen.values().all(|n| *n == 1), "an attempt began twice: {seen:?}");
    assert_eq!(scratch.read("ctl/alive"), "", "an attempt began while an older one of its node was at work ({moment})");
    !over
}
