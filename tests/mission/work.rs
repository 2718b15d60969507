//! Waves, concurrency, a failing worker, commits, and the words the engine may not know.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;

use crate::scratch::{Scratch, plan, prompt};

#[test]
fn a_mission_runs_to_its_end_with_a_commit_per_milestone() {
    let scratch = Scratch::new(2, 3);
    scratch.run(&["--yes"]).exits(0).says("succeeded");
    for file in ["f1-1", "f1-2", "f1-3", "f2-1", "f2-2", "f2-3"] {
        assert!(scratch.path(&format!("repo/{file}.txt")).exists(), "{file}");
    }
    let log = scratch.git(&["log", "--format=%s|%(trailers:key=Mission-Milestone,valueonly,separator=%x2c)"]);
    assert_eq!(log.lines().take(2).collect::<Vec<_>>(), ["Milestone 2|m2", "Milestone 1|m1"]);
    assert_eq!(scratch.git(&["status", "--porcelain"]), "", "nothing is left over");
    let report = scratch.report();
    assert_eq!(report["status"], json!("succeeded"));
    assert_eq!(report["sections"].as_array().map(Vec::len), Some(2));
    assert_eq!(report["sections"][0]["items"].as_array().map(Vec::len), Some(3));
    assert!(report["sections"][1]["commits"][0]["commit"].is_string());
}

/// Makes two workers wait for each other, so that they are seen together however busy the machine is.
fn meet(scratch: &Scratch, one: &str, other: &str) {
    for (me, friend) in [(one, other), (other, one)] {
        let wait = format!(
            "mkdir -p \"$CTL/running/{me}\"\ni=0\nwhile [ ! -e \"$CTL/met-{friend}\" ] && [ $i -lt 200 ]; do\n\
             [ -e \"$CTL/running/{friend}\" ] && touch \"$CTL/met-{me}\"\n sleep 0.05; i=$((i+1))\ndone\ndefault\n"
        );
        scratch.on(me, &wait);
    }
}

#[test]
fn waves_follow_can_run_in_parallel() {
    let scratch = Scratch::new(1, 4);
    let mut waves = plan(1, 4);
    for (i, (id, parallel)) in [("a", true), ("b", true), ("c", false), ("d", true)].into_iter().enumerate() {
        waves["milestones"][0]["features"][i]["id"] = json!(id);
        waves["milestones"][0]["features"][i]["canRunInParallel"] = json!(parallel);
    }
    scratch.write("ctl/plan.json", &waves.to_string());
    meet(&scratch, "a", "b");
    scratch.run(&["--yes", "-i", "maxConcurrency=4"]).exits(0);
    let overlaps = scratch.read("ctl/overlaps");
    let together: BTreeSet<&str> = overlaps.lines().collect();
    assert!(together.contains("a b"), "a and b run together: {overlaps}");
    let allowed = ["a", "b", "a b", "c", "d"];
    assert!(together.iter().all(|t| allowed.contains(t)), "c and d run alone: {overlaps}");
    let log = scratch.read("ctl/log");
    let at = |what: &str| log.find(what).unwrap_or_else(|| panic!("{what} in {log}"));
    let node = |id: &str| format!("mission:milestone:1:feature:{id} 1");
    assert!(at(&format!("end {}", node("a"))) < at(&format!("start {}", node("c"))));
    assert!(at(&format!("end {}", node("b"))) < at(&format!("start {}", node("c"))));
    assert!(at(&format!("end {}", node("c"))) < at(&format!("start {}", node("d"))));
}

#[test]
fn concurrency_is_never_exceeded() {
    let scratch = Scratch::new(1, 6);
    meet(&scratch, "f1-1", "f1-2");
    scratch.run(&["--yes", "-i", "maxConcurrency=2"]).exits(0);
    let most = scratch.read("ctl/overlaps").lines().map(|l| l.split(' ').count()).max();
    assert_eq!(most, Some(2), "two at once, never three: {}", scratch.read("ctl/overlaps"));
}

#[test]
fn a_failing_worker_does_not_stop_its_siblings_and_is_told_everywhere() {
    let scratch = Scratch::new(1, 3);
    scratch.on(
        "f1-2",
        "printf '{\"featureId\":\"f1-2\",\"status\":\"failed\",\"summary\":\"the wire is broken\"}' | answer\n",
    );
    scratch.run(&["--yes"]).exits(1).says("f1-2");
    let starts = scratch.starts();
    for id in ["f1-1", "f1-3"] {
        assert_eq!(starts.get(&format!("mission:milestone:1:feature:{id}")), Some(&1));
        assert_eq!(scratch.state(&format!("mission:milestone:1:feature:{id}")), "done");
    }
    assert_eq!(scratch.state("mission:milestone:1:feature:f1-2"), "failed");
    assert!(prompt(&scratch, "mission:milestone:1:integrate", 1).contains("the wire is broken"));
    let report = scratch.report();
    assert_eq!(report["status"], json!("partial"), "what is there is proven, and something is missing");
    assert!(report["reasons"].to_string().contains("f1-2"), "{}", report["reasons"]);
    let items = report["sections"][0]["items"].as_array().cloned().unwrap_or_default();
    let failed: Vec<_> = items.iter().filter(|i| i["state"] == json!("failed")).map(|i| i["node"].clone()).collect();
    assert_eq!(failed, [json!("mission:milestone:1:feature:f1-2")]);
}

/// Files below `folder` that contain one of `words`.
fn mentions(folder: &Path, words: &[&str], found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            mentions(&path, words, found);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            for (number, line) in text.lines().enumerate() {
                found.extend(
                    words
                        .iter()
                        .filter(|w| line.contains(**w))
                        .map(|w| format!("{}:{}: {w}", path.display(), number + 1)),
                );
            }
        }
    }
}

#[test]
fn the_engine_knows_no_word_of_the_mission() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["executor/src", "compiler/src"] {
        mentions(&root.join(folder), &["milestone", "approve-plan", "follow-up", "revalidate", "planner"], &mut found);
    }
    assert_eq!(found, Vec::<String>::new());
}
