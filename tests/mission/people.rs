//! Approval, denial, cancel, edits, revisions, a second terminal.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::scratch::{Ran, Scratch, plan, prompt};

const GATE: &str = "mission:approve-plan";

fn waiting() -> Scratch {
    let scratch = Scratch::new(2, 2);
    scratch.run(&[]).exits(3).says("mission approve").says(GATE);
    scratch
}

#[test]
fn approve_records_and_continues() {
    let scratch = waiting();
    assert_eq!(scratch.status()["state"], json!("waiting"));
    scratch.to_run("approve", &["--node", GATE, "--by", "ann"]).exits(0).says("succeeded");
    let decisions = scratch.report()["decisions"].clone();
    assert_eq!(decisions[0]["choice"], json!("approve"));
    assert_eq!(decisions[0]["by"], json!("ann"));
    assert_eq!(decisions[0]["shown"].as_str().map(str::len), Some(64));
}

#[test]
fn what_is_to_be_approved_is_shown_where_it_is_answered() {
    let scratch = Scratch::new(2, 2);
    let run = scratch.run(&[]).exits(3);
    for shown in [&run.out, &scratch.mission(&["status"]).exits(0).out, &scratch.mission(&["why"]).exits(0).out] {
        assert!(shown.contains("\n    write files\n    UNPROVEN: "), "the plan in a few words: {shown}");
        let whole = shown.lines().find_map(|l| l.strip_prefix("  mission why ")).expect("a line that shows all of it");
        let args: Vec<&str> = whole.split_whitespace().take(2).collect();
        let plan = scratch.mission(&["why", args[0], args[1]]).exits(0);
        assert!(
            plan.out.contains("\n          title: Feature 2.2\n") && plan.out.contains("mission deny "),
            "{plan:?}"
        );
    }
    let behind = scratch.mission(&["why", "mission:milestone"]).exits(0).out;
    assert_eq!(behind, format!("mission:milestone is pending: it waits for nodes that have not settled\n  {GATE}\n"));
    scratch.to_run("approve", &[]).exits(0);
    assert!(!scratch.mission(&["why", GATE]).exits(0).out.contains("Feature 2.2"), "it is decided");
}

#[test]
fn a_retry_of_a_name_with_rounds_means_the_round_that_ran_last() {
    let scratch = Scratch::new(1, 1);
    scratch.run(&[]).exits(3);
    scratch.to_run("approve", &["--choice", "revise", "--comment", "fewer"]).exits(3);
    scratch.to_run("approve", &["--node", GATE]).exits(0);
    scratch.mission(&["retry", "--node", "plan"]).exits(0).says("`mission:plan-2` ran last");
    assert_eq!((scratch.starts()["mission:plan"], scratch.starts()["mission:plan-2"]), (1, 2));
    scratch.mission(&["retry", "--node", "plan-1"]).exits(0);
    assert_eq!((scratch.starts()["mission:plan"], scratch.starts()["mission:plan-2"]), (2, 2));
}

#[test]
fn no_resume_only_records() {
    let scratch = waiting();
    scratch.to_run("approve", &["--no-resume"]).exits(0).says("recorded in run ").says("goes on with it");
    assert!(!scratch.starts().keys().any(|n| n.contains(":feature:")));
    scratch.mission(&["resume"]).exits(0).says("succeeded");
}

#[test]
fn deny_is_final() {
    let scratch = waiting();
    scratch.to_run("deny", &["--comment", "too dear"]).exits(1);
    assert_eq!(scratch.report()["status"], json!("cancelled"));
    assert!(scratch.report()["reasons"].to_string().contains("too dear"));
    scratch.mission(&["resume"]).exits(2);
    scratch.to_run("resume", &[]).exits(2);
    scratch.to_run("approve", &[]).exits(2);
    scratch.to_run("cancel", &[]).exits(2);
    for more in [&["--node", "mission:plan"][..], &["--node", GATE], &["--node", "mission:plan", "--downstream"]] {
        scratch.to_run("retry", more).exits(2).says("that is final");
    }
    assert!(!scratch.starts().keys().any(|n| n.contains(":feature:")));
    let plan = scratch.mission(&["why", "mission:plan"]).exits(0);
    assert!(plan.out.starts_with("mission:plan is done") && plan.err.is_empty(), "no later round ran: {plan:?}");
}

#[test]
fn cancel_at_the_gate_aborts() {
    let scratch = waiting();
    scratch.to_run("cancel", &[]).exits(1);
    assert_eq!(scratch.report()["status"], json!("cancelled"));
    assert_eq!(scratch.starts().get("mission:final"), None);
}

#[test]
fn an_edited_plan_is_checked_again_and_is_what_runs() {
    let scratch = waiting();
    let mut bad = plan(2, 2);
    bad["milestones"][1]["id"] = json!("m1");
    scratch.write("ctl/bad.json", &bad.to_string());
    let file = format!("@{}", scratch.path("ctl/bad.json").display());
    scratch.to_run("approve", &["--value", &file]).exits(2).says("milestone ids repeat");
    assert_eq!(scratch.status()["state"], json!("waiting"), "nothing is recorded, the gate still waits");
    scratch.write("ctl/good.json", &plan(1, 1).to_string());
    let file = format!("@{}", scratch.path("ctl/good.json").display());
    scratch.to_run("approve", &["--value", &file]).exits(0);
    let features: Vec<String> = scratch.starts().into_keys().filter(|n| n.contains(":feature:")).collect();
    assert_eq!(features, ["mission:milestone:1:feature:f1-1"]);
    assert_eq!(scratch.report()["decisions"][0]["edited"], json!(true));
}

#[test]
fn edit_opens_the_editor() {
    let scratch = waiting();
    scratch
        .write("ctl/editor.sh", &format!("#!/bin/sh\ncat '{}' > \"$1\"\n", scratch.path("ctl/small.json").display()));
    scratch.write("ctl/small.json", &plan(1, 1).to_string());
    std::fs::set_permissions(scratch.path("ctl/editor.sh"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("set");
    let mut command = scratch.command(&["approve", &scratch.id(), "--edit"]);
    let ran = command.env("EDITOR", scratch.path("ctl/editor.sh")).env_remove("VISUAL").output().expect("runs");
    Ran::of(ran).exits(0);
    let features: Vec<String> = scratch.starts().into_keys().filter(|n| n.contains(":feature:")).collect();
    assert_eq!(features, ["mission:milestone:1:feature:f1-1"]);
}

#[test]
fn revise_asks_the_planner_again_with_the_comment() {
    let scratch = waiting();
    scratch.to_run("approve", &["--choice", "revise"]).exits(2).says("comment");
    scratch.to_run("approve", &["--choice", "revise", "--comment", "fewer moving parts"]).exits(3).says("approve-plan");
    assert!(prompt(&scratch, "mission:plan-2", 1).contains("fewer moving parts"));
    scratch.to_run("approve", &["--node", GATE]).exits(0).says("succeeded");
}

#[test]
fn the_yes_switch_is_recorded_as_such() {
    let scratch = Scratch::new(1, 1);
    scratch.run(&["--yes"]).exits(0);
    assert_eq!(scratch.report()["decisions"][0]["via"], json!("yes"));
}

#[test]
fn a_detached_run_goes_on_by_itself() {
    let scratch = Scratch::new(1, 1);
    let ran = scratch.run(&["--yes", "--detach"]).exits(0);
    let run = ran.out.split_whitespace().last().expect("the run id is printed").to_owned();
    assert!(scratch.status()["run"].as_str().is_some_and(|id| ran.out.contains(id)), "{run}: {ran:?}");
    let began = Instant::now();
    while scratch.status()["state"] != json!("succeeded") {
        assert!(began.elapsed() < Duration::from_secs(120), "{}", scratch.status());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn ctrl_c_ends_the_agents_and_leaves_the_run_resumable() {
    let scratch = Scratch::new(1, 1);
    scratch.on("f1-1", "if [ ! -e \"$CTL/quick\" ]; then sleep 1000 & echo $! > \"$CTL/pid\"; wait; fi; default\n");
    let child = scratch.spawn(&["--yes"]);
    scratch.wait_for("ctl/pid", "\n");
    let pid = i32::try_from(child.id()).expect("a pid");
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid).expect("a pid"), rustix::process::Signal::INT)
        .expect("sent");
    let ran = Ran::of(child.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, Some(130), "{ran:?}");
    let sleeper: i32 = scratch.read("ctl/pid").trim().parse().expect("a pid");
    assert!(!std::path::Path::new(&format!("/proc/{sleeper}")).exists(), "the agent's child is gone");
    scratch.write("ctl/quick", "");
    scratch.mission(&["resume"]).exits(0).says("succeeded");
    assert_eq!(scratch.starts().get("mission:plan"), Some(&1), "what was finished is not run again");
}

#[test]
fn a_second_executor_is_turned_away_and_a_second_terminal_can_cancel() {
    let scratch = Scratch::new(1, 1);
    scratch.on("f1-1", "echo here > \"$CTL/here\"; sleep 1000\n");
    let mut child = scratch.spawn(&["--yes"]);
    scratch.wait_for("ctl/here", "here");
    let began = Instant::now();
    scratch.mission(&["resume"]).exits(4);
    assert!(began.elapsed() < Duration::from_secs(60), "it does not wait for the other one");
    assert_eq!(scratch.status()["state"], json!("running"));
    scratch.to_run("cancel", &[]).exits(1);
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
    assert_eq!(scratch.report()["status"], json!("cancelled"));
}

#[test]
fn retry_with_downstream_runs_what_lies_behind_again() {
    let scratch = Scratch::new(1, 1);
    scratch.run(&["--yes"]).exits(0);
    scratch.to_run("retry", &["--node", "mission:milestone:1:integrate", "--downstream"]).exits(0);
    let starts = scratch.starts();
    assert_eq!(starts.get("mission:milestone:1:integrate"), Some(&2));
    assert_eq!(starts.get("mission:milestone:1:validate:judge"), Some(&2));
    assert_eq!(starts.get("mission:final"), Some(&2));
    assert_eq!(starts.get("mission:milestone:1:feature:f1-1"), Some(&1));
}

#[test]
fn events_and_why_tell_what_happened() {
    let scratch = Scratch::new(1, 1);
    scratch.on("judge", "exit 5\n");
    scratch.run(&["--yes"]).exits(1);
    let events = scratch.events();
    let types: Vec<&str> = events.iter().filter_map(|e| e["event"]["type"].as_str()).collect();
    assert_eq!(types.first(), Some(&"run-started"));
    assert_eq!(types.last(), Some(&"run-finished"));
    assert!(types.contains(&"gate-opened") && types.contains(&"graph-grew"));
    let seqs: Vec<u64> = events.iter().filter_map(|e| e["seq"].as_u64()).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
    let latest = scratch.status()["run"].as_str().expect("an id").to_owned();
    scratch.mission(&["why", &latest, "mission:milestone:1:commit"]).exits(0).says("revalidate");
}

#[test]
fn output_into_a_closed_pipe_is_no_panic() {
    let scratch = Scratch::new(1, 1);
    let mut child = scratch
        .command(&["compile", "mission", "--format", "svg"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("runs");
    drop(child.stdout.take());
    let ran = Ran::of(child.wait_with_output().expect("it ends"));
    assert!(!ran.err.contains("panicked"), "{ran:?}");
}
