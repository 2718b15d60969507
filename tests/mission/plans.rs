//! Plans that are not acceptable go back with the reasons; never cut, never accepted.

use serde_json::{Value, json};

use crate::scratch::{Scratch, plan, prompt};

/// Runs a mission whose planner always answers `bad`, and expects it to fail naming `reason`.
fn refused(bad: &Value, more: &[&str], reason: &str) {
    let scratch = Scratch::new(1, 1);
    scratch.write("ctl/plan.json", &bad.to_string());
    let ran = scratch.run(&[&["--yes"], more].concat()).exits(1);
    let report = scratch.report();
    assert_eq!(report["status"], json!("failed"));
    let told = report.to_string();
    assert!(told.contains(reason), "`{reason}` in the report: {}", report["unresolved"]);
    assert!(ran.out.contains(reason) || ran.err.contains(reason), "{ran:?}");
    assert_eq!(scratch.starts().get("mission:plan"), Some(&3), "asked once and twice again");
    assert!(
        prompt(&scratch, "mission:plan", 2).contains(reason),
        "the planner is told: {}",
        prompt(&scratch, "mission:plan", 2)
    );
    assert!(!scratch.starts().keys().any(|n| n.contains(":feature:")), "nothing of it was built");
}

#[test]
fn too_many_milestones() {
    refused(&plan(7, 1), &[], "7 milestones, but at most 6 are allowed");
}

#[test]
fn too_many_features() {
    refused(&plan(1, 3), &["-i", "maxFeaturesPerMilestone=2"], "a milestone has more than 2 features");
}

#[test]
fn milestone_ids_twice() {
    let mut bad = plan(2, 1);
    bad["milestones"][1]["id"] = json!("m1");
    refused(&bad, &[], "milestone ids repeat: m1, m1");
}

#[test]
fn feature_ids_twice() {
    let mut bad = plan(1, 2);
    bad["milestones"][0]["features"][1]["id"] = json!("f1-1");
    refused(&bad, &[], "the key `f1-1` is used twice");
}

#[test]
fn an_assertion_that_nothing_fulfills() {
    let mut bad = plan(1, 1);
    bad["milestones"][0]["assertions"] = json!([{ "id": "a1", "text": "x" }, { "id": "a9", "text": "y" }]);
    refused(&bad, &[], "no feature fulfills a9");
}

#[test]
fn an_unknown_field() {
    let mut bad = plan(1, 1);
    bad["milestones"][0]["command"] = json!("rm -rf /");
    refused(&bad, &[], "command");
}

#[test]
fn an_empty_object() {
    refused(&json!({}), &[], "milestones");
}

#[test]
fn a_good_plan_after_a_bad_one_is_accepted() {
    let scratch = Scratch::new(1, 1);
    scratch.on("mission:plan", "if [ \"$MISSION_ATTEMPT\" = 1 ]; then echo '{}' | answer; else default; fi\n");
    scratch.run(&["--yes"]).exits(0);
    assert_eq!(scratch.starts().get("mission:plan"), Some(&2));
    assert_eq!(scratch.report()["status"], json!("succeeded"));
}

#[test]
fn a_bad_plan_as_input_creates_no_run() {
    for (bad, reason) in [
        (json!({}), "goal"),
        (plan(7, 1), "7 milestones, but at most 6 are allowed"),
        (
            {
                let mut p = plan(1, 1);
                p["extra"] = json!(1);
                p
            },
            "extra",
        ),
        (
            {
                let mut p = plan(2, 1);
                p["milestones"][1]["id"] = json!("m1");
                p
            },
            "milestone ids repeat: m1, m1",
        ),
        (
            {
                let mut p = plan(1, 2);
                p["milestones"][0]["features"][1]["id"] = json!("f1-1");
                p
            },
            "the key `f1-1` is used twice",
        ),
        (
            {
                let mut p = plan(1, 1);
                p["milestones"][0]["features"][0]["fulfills"] = json!([]);
                p
            },
            "no feature fulfills a1",
        ),
    ] {
        let scratch = Scratch::new(1, 1);
        scratch.write("ctl/bad.json", &bad.to_string());
        let file = format!("plan=@{}", scratch.path("ctl/bad.json").display());
        scratch.run(&["--yes", "-i", &file]).exits(2).says(reason);
        assert_eq!(scratch.runs(), 0, "no run was made");
    }
}

#[test]
fn a_plan_as_input_skips_the_planner() {
    let scratch = Scratch::new(1, 1);
    let file = format!("plan=@{}", scratch.path("ctl/plan.json").display());
    scratch.run(&["--yes", "-i", &file]).exits(0);
    assert_eq!(scratch.starts().get("mission:plan"), None);
    assert_eq!(scratch.state("mission:plan"), "skipped");
    assert!(scratch.path("repo/f1-1.txt").exists());
}
