//! The proof may grow, not shrink: whoever weakens it is found, the repair as well.

use serde_json::{Value, json};

use crate::scratch::{Scratch, plan, prompt};

const CHECK: &str = r#"checks=[{"name":"smoke","run":"sh tests/smoke.sh"}]"#;
const SMOKE: &str = "set -eu\n[ -e fixed ] || { echo the wire is broken >&2; exit 3; }\n";
const UNITS: &str = "def test_a():\n    assert f() == 1\n\n\ndef test_b():\n    assert g()\n";

/// One milestone over a repository with a smoke test that is red until the file `fixed` is there, and two unit tests.
fn scratch() -> Scratch {
    let scratch = Scratch::new(1, 1);
    std::fs::create_dir(scratch.path("repo/tests")).expect("a folder can be made");
    scratch.write("repo/tests/smoke.sh", SMOKE);
    scratch.write("repo/tests/test_units.py", UNITS);
    scratch.git(&["add", "."]);
    scratch.git(&["commit", "-q", "-m", "tests"]);
    scratch
}

/// Verdicts of the guard in the report: node and state.
fn verdicts(report: &Value) -> Vec<(String, String)> {
    let verdicts = report["sections"][0]["verdicts"].as_array().cloned().unwrap_or_default();
    let guards = verdicts.iter().filter(|verdict| verdict["title"] == json!("Test integrity"));
    let text = |verdict: &Value, key: &str| verdict[key].as_str().unwrap_or_default().to_owned();
    guards.map(|verdict| (text(verdict, "node"), text(verdict, "state"))).collect()
}

fn findings(report: &Value) -> Vec<String> {
    let verdicts = report["sections"][0]["verdicts"].as_array().cloned().unwrap_or_default();
    let last = verdicts.iter().rfind(|verdict| verdict["title"] == json!("Test integrity")).cloned();
    let rows = last.unwrap_or_default()["rows"].as_array().cloned().unwrap_or_default();
    rows.iter()
        .map(|row| format!("{} {}", row["kind"].as_str().unwrap_or_default(), row["file"].as_str().unwrap_or_default()))
        .collect()
}

#[test]
fn a_repair_that_weakens_a_test_repairs_nothing() {
    for (weaker, kind) in [
        ("echo 'exit 0' > tests/smoke.sh; also=tests/smoke.sh; default\n", "command-changed tests/smoke.sh"),
        (
            "touch fixed; rm tests/test_units.py; also='fixed\",\"tests/test_units.py'; default\n",
            "test-file-deleted tests/test_units.py",
        ),
        (
            "touch fixed; sed -i 's/assert g()/assert True/' tests/test_units.py; also='fixed\",\"tests/test_units.py'; default\n",
            "assertion-trivial tests/test_units.py",
        ),
    ] {
        let scratch = scratch();
        scratch.on("follow-up", weaker);
        scratch.run(&["--yes", "-i", CHECK]).exits(1).says("failed");
        let report = scratch.report();
        assert_eq!(report["status"], json!("failed"), "{weaker}");
        let expected =
            [("mission:milestone:1:validate:guard", "done"), ("mission:milestone:1:revalidate:guard", "failed")];
        assert_eq!(verdicts(&report), expected.map(|(node, state)| (node.to_owned(), state.to_owned())), "{weaker}");
        assert!(findings(&report).iter().any(|finding| finding == kind), "{:?}", findings(&report));
        assert_eq!(scratch.git(&["log", "--format=%s"]).trim(), "tests\nbegin", "nothing is committed: {weaker}");
        scratch.mission(&["report"]).exits(0).says("revalidate:guard").says("git show");
    }
}

#[test]
fn a_worker_that_removes_a_test_is_told_and_may_bring_it_back() {
    let scratch = scratch();
    scratch.on("f1-1", "touch fixed; rm tests/test_units.py; also='fixed\",\"tests/test_units.py'; default\n");
    scratch.on("follow-up", "git checkout -q HEAD -- tests/test_units.py; also=tests/test_units.py; default\n");
    scratch.run(&["--yes", "-i", CHECK]).exits(0).says("succeeded");
    let asked = prompt(&scratch, "mission:milestone:1:follow-up", 1);
    for part in ["test-file-deleted", "tests/test_units.py", "`test_a`, `test_b`", "git show"] {
        assert!(asked.contains(part), "`{part}` in {asked}");
    }
    assert_eq!(verdicts(&scratch.report()).last().map(|(_, state)| state.as_str()), Some("done"));
}

#[test]
fn whoever_approves_is_told_that_no_test_may_change() {
    let scratch = scratch();
    scratch.write("ctl/plan.json", &plan(1, 1).to_string());
    scratch.run(&["-i", CHECK]).exits(3);
    let shown = scratch.events().iter().map(Value::to_string).find(|event| event.contains("gate-opened"));
    let told = "No test, check command, configuration of them or CI may be removed, skipped, weakened or made to ask or expect something else.";
    assert!(shown.is_some_and(|event| event.contains(told)));
}

#[test]
fn what_the_approved_plan_names_may_change_and_is_shown() {
    let scratch = scratch();
    let mut plan = plan(1, 1);
    plan["milestones"][0]["testChanges"] = json!(["tests/test_units.py"]);
    scratch.write("ctl/plan.json", &plan.to_string());
    scratch.on("f1-1", "touch fixed; rm tests/test_units.py; also='fixed\",\"tests/test_units.py'; default\n");
    scratch.run(&["-i", CHECK]).exits(3);
    let shown = scratch.events().iter().map(Value::to_string).find(|event| event.contains("gate-opened"));
    assert!(shown.is_some_and(|event| {
        event.contains(
            "may be removed, skipped, weakened or made to ask or expect something else in: tests/test_units.py",
        )
    }));
    scratch.to_run("approve", &["--choice", "approve"]).exits(0);
    let report = scratch.report();
    assert_eq!(report["status"], json!("succeeded"));
    assert_eq!(findings(&report), ["test-file-deleted tests/test_units.py"]);
    scratch.mission(&["report"]).exits(0).says("tests/test_units.py");
}

/// Who makes the plan is an agent: where nobody approves what it says, it exempts nothing.
#[test]
fn what_a_plan_names_that_nobody_approved_must_stay() {
    let scratch = scratch();
    let mut plan = plan(1, 1);
    plan["milestones"][0]["testChanges"] = json!(["**"]);
    scratch.write("ctl/plan.json", &plan.to_string());
    scratch.on("f1-1", "touch fixed; rm tests/test_units.py; also='fixed\",\"tests/test_units.py'; default\n");
    scratch.run(&["-i", CHECK, "-i", "requirePlanApproval=false"]).exits(1);
    let report = scratch.report();
    assert!(report["unresolved"].to_string().contains("test-file-deleted `tests/test_units.py`"), "{report}");
    // Given by the person, the same plan exempts it.
    let scratch = self::scratch();
    scratch.write("ctl/plan.json", &plan.to_string());
    scratch.on("f1-1", "touch fixed; rm tests/test_units.py; also='fixed\",\"tests/test_units.py'; default\n");
    scratch.run(&["-i", CHECK, "-i", "requirePlanApproval=false", "-i", "plan=@../ctl/plan.json"]).exits(0);
}

#[test]
fn more_tests_are_welcome_and_settings_stay() {
    let scratch = scratch();
    scratch
        .on("f1-1", "touch fixed; printf '\\n\\ndef test_c():\\n    assert h()\\n' >> tests/test_units.py; also='fixed\",\"tests/test_units.py'; default\n");
    scratch.run(&["--yes", "-i", CHECK]).exits(0);
    assert_eq!(findings(&scratch.report()), [""; 0]);
    let scratch = self::scratch();
    scratch.on(
        "f1-1",
        "touch fixed; mkdir -p .mission; echo 'checks: [{name: x, run: \"true\"}]' > .mission/config.yaml; also=fixed; default\n",
    );
    scratch.run(&["--yes", "-i", CHECK]).exits(1);
    // Whoever changes the engine's own files has failed before anybody asks about the tests.
    assert!(scratch.report()["unresolved"].to_string().contains("files of the engine changed: A .mission/config.yaml"));
}

/// The first checks of a repository come with the work: they must be able to fail.
#[test]
fn a_first_check_that_overlooks_faults_proves_nothing() {
    let scratch = Scratch::new(1, 1);
    scratch.on("f1-1", "printf 'test:\\n\\t-test -e never\\n' > Makefile; also=Makefile; default\n");
    scratch.run(&["--yes"]).exits(1).says("check-masked").says("let `Makefile` fail where what it runs fails");
    assert_eq!(findings(&scratch.report()), ["check-masked Makefile"]);
}

/// Whether other words demand the same cannot be judged by their looks: they are listed for people, and fail nobody.
#[test]
fn a_test_that_says_something_else_is_listed() {
    let scratch = scratch();
    scratch.on("f1-1", "touch fixed; sed -i 's/f() == 1/g() == 1/' tests/test_units.py; also='fixed\",\"tests/test_units.py'; default\n");
    scratch.run(&["--yes", "-i", CHECK]).exits(0);
    assert_eq!(findings(&scratch.report()), ["test-changed tests/test_units.py"]);
    scratch.mission(&["report"]).exits(0).says("it no longer says `assert f() == 1`").says("told");
}
