//! Red validation, repair, and what an unresolved failure means.

use serde_json::json;

use crate::scratch::{Scratch, prompt};

/// A check that is red until the file `fixed` is there.
const CHECK: &str =
    r#"checks=[{"name":"unit tests","run":"test -e fixed || { echo the wire is broken >&2; exit 37; }"}]"#;

const FIX: &str = "touch fixed; also=fixed; default\n";

#[test]
fn a_red_check_is_repaired_once_and_validated_again() {
    let scratch = Scratch::new(2, 1);
    scratch.on("follow-up", FIX);
    scratch.run(&["--yes", "-i", CHECK]).exits(0).says("succeeded");
    let asked = prompt(&scratch, "mission:milestone:1:follow-up", 1);
    assert!(
        asked.contains("exit code 37") && asked.contains("| the wire is broken"),
        "exit code and log tail: {asked}"
    );
    let starts = scratch.starts();
    assert_eq!(starts.get("mission:milestone:1:follow-up"), Some(&1));
    assert_eq!(starts.get("mission:milestone:2:follow-up"), None, "the second milestone is green at once");
    assert_eq!(scratch.state("mission:milestone:1:validate"), "failed");
    assert_eq!(scratch.state("mission:milestone:1:revalidate"), "done");
    let report = scratch.report();
    let checks = report["sections"][0]["checks"].as_array().cloned().unwrap_or_default();
    let codes: Vec<_> = checks.iter().map(|c| c["exitCode"].clone()).collect();
    assert_eq!(codes, [json!(37), json!(0)]);
    assert_eq!(report["unresolved"], json!([]), "repaired failures are not unresolved");
}

#[test]
fn the_base_id_of_a_repaired_node_means_the_round_that_ran_last() {
    let scratch = Scratch::new(1, 1);
    scratch.on("follow-up", FIX);
    scratch.run(&["--yes", "-i", CHECK]).exits(0);
    let base = "mission:milestone:1:validate";
    for node in [base, "milestone:1:validate"] {
        let why = scratch.mission(&["why", node]).exits(0);
        assert!(why.out.starts_with("mission:milestone:1:revalidate is done"), "{why:?}");
        assert!(
            why.err.contains("`mission:milestone:1:revalidate` ran last") && why.err.contains(&format!("`{base}-1`"))
        );
    }
    scratch.mission(&["why", &format!("{base}-1")]).exits(0).says("mission:milestone:1:validate is failed");
    let log = scratch.mission(&["logs", base]).exits(0);
    assert!(log.out.is_empty() && log.err.contains("`mission:milestone:1:revalidate` wrote nothing"), "{log:?}");
    scratch.mission(&["logs", &format!("{base}-1")]).exits(0).says("the wire is broken");
    assert!(scratch.mission(&["why", "mission:milestone:1:revalidate"]).exits(0).err.is_empty(), "nothing to say");
}

#[test]
fn still_red_and_stop_ends_before_the_next_milestone() {
    let scratch = Scratch::new(2, 1);
    scratch.run(&["--yes", "-i", CHECK, "-i", "onUnresolved=stop"]).exits(1);
    let starts = scratch.starts();
    assert_eq!(starts.get("mission:milestone:1:follow-up"), Some(&1), "repaired once, not more");
    assert!(!starts.keys().any(|n| n.starts_with("mission:milestone:2")), "{starts:?}");
    assert_eq!(starts.get("mission:final"), Some(&1), "the final report is written all the same");
    assert_eq!(scratch.report()["status"], json!("failed"));
}

#[test]
fn still_red_and_continue_goes_on_and_ends_as_partial() {
    let scratch = Scratch::new(2, 1);
    scratch.run(&["--yes", "-i", CHECK, "-i", "onUnresolved=continue"]).exits(1);
    assert_eq!(scratch.starts().get("mission:milestone:2:feature:f2-1"), Some(&1));
    let report = scratch.report();
    assert_eq!(report["status"], json!("partial"));
    let trailers = scratch.git(&["log", "-1", "--format=%(trailers:key=Mission-Validation,valueonly)"]);
    assert_eq!(trailers.trim(), "unresolved");
}

#[test]
fn still_red_and_ask_opens_a_gate() {
    let scratch = Scratch::new(2, 1);
    scratch
        .run(&["--yes", "-i", CHECK, "-i", "onUnresolved=ask"])
        .exits(3)
        .says("mission:milestone:1:validate-unresolved");
    let waiting = scratch.status()["waiting"].clone();
    assert_eq!(waiting[0]["node"], json!("mission:milestone:1:validate-unresolved"));
    assert_eq!(waiting[0]["choices"], json!(["retry", "continue", "stop"]));
    scratch.to_run("approve", &[]).exits(2).says("--choice").says("retry");
    scratch.on("follow-up-2", FIX);
    let node = "mission:milestone:1:validate-unresolved";
    scratch.to_run("approve", &["--node", node, "--choice", "retry"]).exits(0);
    assert_eq!(scratch.report()["status"], json!("succeeded"));
    assert_eq!(scratch.state("mission:milestone:1:revalidate-2"), "done");
}

#[test]
fn an_empty_object_and_prose_are_no_validation() {
    for answer in ["echo '{}' | answer\n", "echo 'It all works, I promise.'\n"] {
        let scratch = Scratch::new(1, 1);
        scratch.on("judge", answer);
        scratch.run(&["--yes"]).exits(1);
        let report = scratch.report();
        assert_eq!(report["status"], json!("failed"), "{answer}");
        assert_eq!(scratch.git(&["log", "--format=%s"]).trim(), "begin", "nothing is committed: {answer}");
    }
}

#[test]
fn an_unmet_assertion_is_no_validation() {
    let scratch = Scratch::new(1, 1);
    scratch.on(
        "judge",
        r#"printf '{"milestoneId":"m1","passed":true,"summary":"fine","checks":[],"assertions":[]}' | answer
"#,
    );
    scratch.run(&["--yes"]).exits(1);
    assert_eq!(scratch.report()["status"], json!("failed"));
}

#[test]
fn the_first_tests_of_a_repository_prove_from_then_on_and_are_said_to_have_come_later() {
    let scratch = Scratch::new(2, 1);
    scratch.on("f1-1", "printf 'test:\\n\\ttest -e f1-1.txt\\n' > Makefile; also=Makefile; default\n");
    scratch.run(&["--yes"]).exits(0);
    let report = scratch.report();
    assert_eq!(report["unproven"], json!([]));
    for (row, check) in
        [(0, "mission:milestone:1:validate:check:make-test"), (1, "mission:milestone:2:validate:check:make-test")]
    {
        let row = &report["requirements"][row];
        assert_eq!((&row["status"], &row["checks"][0]["node"]), (&json!("met"), &json!(check)), "{row:#}");
        assert_eq!(row["checks"][0]["title"], json!("make-test (found after the approval)"));
    }
    let events = scratch.events();
    let gate = events.iter().find(|e| e["event"]["type"] == "gate-opened").expect("it was asked");
    assert!(gate["event"]["summary"].as_str().unwrap_or_default().contains("UNPROVEN"), "{gate:#}");
    let trailers = scratch.git(&["log", "-1", "--format=%(trailers:key=Mission-Validation,valueonly)"]);
    assert_eq!(trailers.trim(), "passed");
}

#[test]
fn what_was_there_at_the_approval_stays_what_proves() {
    let scratch = Scratch::new(1, 1);
    scratch.on("f1-1", "printf 'test:\\n\\tfalse\\n' > Makefile; also=Makefile; default\n");
    scratch.run(&["--yes", "-i", r#"checks=[{"name":"own","run":"true"}]"#]).exits(0);
    let checks = scratch.report()["requirements"][0]["checks"].clone();
    assert_eq!(checks.as_array().map(Vec::len), Some(1), "{checks:#}");
    assert_eq!(checks[0]["title"], json!("own"));
}
