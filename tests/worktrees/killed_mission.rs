//! The executor of a whole mission is killed at calls of git that change something, one by one: what was looked at and noted before is
//! not lost, so nobody is accused, and the outcome is the same.
//!
//! The calls are enumerated. Every one takes minutes: that is for the night (`MISSION_KILLS=all`), a part of them for each push.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::json;

use crate::agents::{Mission, findings, locks};
use crate::killed::{arm, calls, run, side_by_side};

const CHECK: &str = r#"checks=[{"name":"wire","run":"test ! -e m2/three || test -e repaired"}]"#;
/// Of so many places one is tried by day: before one call, and after another.
const STEP: usize = 13;
/// The same where features are under way side by side.
const STEP_TOGETHER: usize = 41;

/// Two milestones of two features: a conflict that is resolved, then a feature that turns the check red, and a repair.
fn stage(at: u32, when: &str) -> Mission {
    let mission = Mission::new(&[&["one", "two"], &["three", "four"]]);
    for name in ["one", "two"] {
        mission.write(&format!("feature-{name}"), &format!("echo {name} > same\necho {name} > {name}\n"));
    }
    let resolved = r#"{"status":"resolved","summary":"both"}"#;
    mission.write("resolve", &format!("echo 'one and two' > same\nprintf '{resolved}' | answer\n"));
    let repaired = r#"{"featureId":"follow-up","status":"success","summary":"s","filesChanged":["repaired"]}"#;
    mission.write("follow-up", &format!("echo x > repaired\nprintf '{repaired}' | answer\n"));
    arm(&mission.place, at, when);
    mission
}

/// What must be the same after any kill.
fn outcome(mission: &Mission) -> BTreeMap<&'static str, String> {
    let place = &mission.place;
    let branch = place.integrated();
    let prefix = branch.strip_suffix("/main").unwrap();
    let report = mission.report();
    let culprits: Vec<_> = report["sections"][1]["verdicts"].as_array().into_iter().flatten().collect();
    let culprit = culprits.iter().find(|v| v["title"] == json!("Culprit") && v["state"] == json!("failed"));
    BTreeMap::from([
        ("tree", place.here(&["rev-parse", &format!("{branch}^{{tree}}")])),
        ("files", place.here(&["ls-tree", "-r", "--name-only", &branch]).replace('\n', " ")),
        ("same", mission.show("same")),
        ("items", place.items(&branch)),
        ("merges", place.here(&["rev-list", "--merges", "--count", &format!("main..{branch}")])),
        // An attempt behind one that was lost has a branch of its own.
        ("commits", mission.commits().join("\n").replace(prefix, "RUN").replace("_2", "")),
        // What an attempt left that was lost is kept below `refs/mission/`.
        ("refs", place.here(&["for-each-ref", "--format=%(refname)", "refs/heads"]).replace(prefix, "RUN")),
        ("locks", format!("{:?}", locks(&place.root().join(".git")))),
        ("status", report["status"].to_string()),
        ("accused", format!("{:?}", findings(&report))),
        ("culprit", culprit.map_or_else(String::new, |v| v["rows"][0]["feature"].to_string())),
    ])
}

#[test]
fn a_mission_that_is_killed_at_any_call_of_git_ends_the_same() {
    everywhere(1, STEP);
}

/// Which call is which differs from run to run.
#[test]
fn nor_does_it_matter_what_else_is_under_way() {
    everywhere(4, STEP_TOGETHER);
}

fn everywhere(together: u32, step: usize) {
    let whole = stage(0, "never");
    let (ok, said) = run(&whole.place, whole.together(together, &["-i", CHECK]));
    assert!(ok, "{said}");
    let expected = outcome(&whole);
    let parts = ["same", "items", "merges", "refs", "locks", "accused", "culprit"].map(|part| expected[part].as_str());
    let wanted =
        ["one and two", "one two three four", "4", "refs/heads/main\nrefs/heads/RUN/main", "[]", "[]", "\"three\""];
    assert_eq!(parts, wanted);
    whole.place.nothing_is_left();
    let calls = calls(&whole.place);
    assert!(calls >= 60, "only {calls} calls");
    let all = (1..=calls).flat_map(|call| [(call, "before"), (call, "after")]);
    let step = if std::env::var("MISSION_KILLS").is_ok_and(|kills| kills == "all") { 1 } else { step };
    let points: Vec<(u32, &str)> = all.step_by(step).collect();
    side_by_side(&points, |(call, when)| killed(*call, when, together, &expected));
}

fn killed(call: u32, when: &str, together: u32, expected: &BTreeMap<&'static str, String>) {
    let mission = stage(call, when);
    let before = mission.place.theirs();
    let (ok, said) = run(&mission.place, mission.together(together, &["-i", CHECK]));
    if ok && together > 1 && calls(&mission.place) < call {
        // With fewer calls this time, there was no such call.
        return;
    }
    assert!(!ok, "nobody was killed {when} call {call}: {said}");
    let (ok, said) = run(&mission.place, mission.place.mission(&["resume"]));
    assert!(ok, "resumed after a kill {when} call {call}: {said}");
    assert_eq!(&outcome(&mission), expected, "after a kill {when} call {call}: {said}");
    assert_eq!(mission.place.touched(&before), [] as [PathBuf; 0], "after a kill {when} call {call}");
    mission.place.nothing_is_left();
}
