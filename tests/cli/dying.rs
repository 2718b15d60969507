//! Executors that die while somebody asks them for something: what was asked happens all the same, and is never said to
//! have happened when it has not.

use std::process::{Child, Stdio};

use crate::running::{ended, latest, place, signal, started};
use crate::support::{Place, until};

/// Starts `mission ARGS` in the background.
fn asking(place: &Place, args: &[&str]) -> Child {
    place.prepare(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until something was written to the run's log since `before`.
fn log_of(place: &Place, id: &str) -> impl Fn() -> Option<(u64, std::time::SystemTime)> {
    let path = place.path().join(format!(".mission/runs/{id}/run.db-wal"));
    move || std::fs::metadata(&path).ok().map(|m| (m.len(), m.modified().unwrap()))
}

#[test]
fn a_cancel_that_the_executor_never_took_is_carried_out_by_who_asked() {
    let place = place();
    let child = started(&place, &["run", "slow.yaml"]);
    let id = latest(&place);
    signal(&child, "STOP");
    let log = log_of(&place, &id);
    let before = log();
    let cancel = asking(&place, &["cancel", &id, "--comment", "enough"]);
    until(|| log() != before);
    signal(&child, "KILL");
    ended(child);
    let (code, out) = ended(cancel);
    assert_eq!(code, 1, "{out}");
    assert!(!out.contains("taken by the executor") && out.contains("# slow: cancelled"), "{out}");
    assert_eq!(place.mission(&["status", &id, "--json"]).json()["state"], "cancelled");
}

#[test]
fn a_cancel_that_the_executor_took_and_died_over_is_finished_by_who_asked() {
    let place = place();
    place.write(
        "slow.yaml",
        place.read("slow.yaml").replace("      echo second", "      trap '' TERM\n      echo second"),
    );
    let child = started(&place, &["run", "slow.yaml"]);
    let id = latest(&place);
    let cancel = asking(&place, &["cancel", &id]);
    until(|| place.mission(&["events", &id, "--json"]).out.contains("cancel-asked"));
    signal(&child, "KILL");
    ended(child);
    let output = cancel.wait_with_output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    assert!(out.contains("taken by the executor") && err.contains("died before the run had ended"), "{out}{err}");
    assert_eq!(place.mission(&["status", &id, "--json"]).json()["state"], "cancelled");
    place.mission(&["resume", &id]).exits(2);
}

#[test]
fn a_denial_is_carried_out_by_who_said_it_if_the_executor_dies() {
    let place = place();
    let text = "mission: 1\nname: two\nnodes:\n  second: { run: \"echo second >> trace; sleep 60\" }\n  ask: { gate: { title: Go on?, choices: { yes: { go: next }, no: { go: end } } } }\n";
    place.write("two.yaml", text);
    let child = started(&place, &["run", "two.yaml"]);
    let id = latest(&place);
    until(|| place.mission(&["events", &id, "--json"]).out.contains("gate-opened"));
    signal(&child, "STOP");
    let log = log_of(&place, &id);
    let before = log();
    let deny = asking(&place, &["deny", &id]);
    until(|| log() != before);
    signal(&child, "KILL");
    ended(child);
    let (code, out) = ended(deny);
    assert_eq!(code, 1, "{out}");
    assert_eq!(place.mission(&["status", &id, "--json"]).json()["state"], "cancelled");
}
