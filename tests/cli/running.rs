//! Runs from outside: gates, answers, signals, the background, resume, retry, and what every looking command says of them.

use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::support::{Place, follows, until};

const RELEASE: &str = r#"
mission: 1
name: release
nodes:
  plan:
    run: |
      echo planned >> trace
      echo '{"title": "one", "n": 2}'
    output:
      from: stdout
      schema:
        type: object
        required: [title, n]
        properties: { title: { type: string }, n: { type: integer, maximum: 5 } }
        additionalProperties: false
  review:
    needs: [plan]
    gate:
      title: Publish?
      summary: "It says {{ nodes.plan.output.title }}."
      edit: nodes.plan.output
      allowYes: true
      choices:
        approve: { go: next }
        revise: { go: plan, comment: required, max: 2 }
        deny: { go: end }
  publish:
    needs: [review]
    run: echo "$TITLE" >> published
    env: { TITLE: "{{ nodes.review.output.title }}" }
    output: { from: stdout }
"#;

/// A node that finishes when the file `go` is there.
const SLOW: &str = r#"
mission: 1
name: slow
nodes:
  first: { run: "echo first >> trace" }
  second:
    needs: [first]
    run: |
      echo second >> trace
      echo waiting
      while [ ! -e go ]; do sleep 0.02; done
  third: { needs: [second], run: "echo third >> trace" }
"#;

pub(crate) fn place() -> Place {
    let place = Place::new();
    place.write("release.yaml", RELEASE).write("slow.yaml", SLOW);
    place
}

/// Id of the run started last.
pub(crate) fn latest(place: &Place) -> String {
    place.mission(&["ps", "--json"]).exits(0).json()["runs"][0]["run"].as_str().unwrap().to_owned()
}

/// Starts `slow.yaml` and waits until its second node runs.
pub(crate) fn started(place: &Place, args: &[&str]) -> Child {
    let mut command = place.prepare(args);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until(|| std::fs::read_to_string(place.path().join("trace")).is_ok_and(|t| t.contains("second")));
    child
}

pub(crate) fn signal(child: &Child, name: &str) {
    let place = Place::new();
    let status = place.command("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

pub(crate) fn ended(child: Child) -> (i32, String) {
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_run_to_its_end_and_everything_that_can_be_said_of_it() {
    let place = place();
    let run = place.mission(&["run", "release.yaml", "--yes"]).exits(0);
    assert!(run.out.contains("decided     release:review  approve by"), "{}", run.out);
    assert!(run.out.contains("# release: succeeded"), "{}", run.out);
    assert_eq!(place.read("published"), "one\n");

    let id = latest(&place);
    let json = |args: &[&str]| place.mission(args).exits(0).json();
    let status = json(&["status", &id, "--json"]);
    follows(&status, "status");
    assert_eq!((&status["run"], &status["state"], &status["waiting"]), (&json!(id), &json!("succeeded"), &json!([])));
    let runs = json(&["ps", "--json"]);
    follows(&runs, "runs");
    let why = json(&["why", "release:publish", "--json"]);
    follows(&why, "why");
    assert_eq!(why["nodes"][0]["state"], "done");
    let graph = json(&["graph", "--json"]);
    follows(&graph, "graph");
    assert!(graph["nodes"].as_array().unwrap().iter().any(|n| n["id"] == "release:publish" && n["state"] == "done"));
    let report = json(&["report", "--json"]);
    follows(&report, "report");
    let kept: Value = serde_json::from_str(&place.read(&format!(".mission/runs/{id}/report.json"))).unwrap();
    assert_eq!(report, kept, "the report that is printed is the one that was written");
    for line in place.mission(&["events", "--json"]).exits(0).out.lines() {
        follows(&serde_json::from_str(line).unwrap(), "event");
    }
    let logs = place.mission(&["logs", "--json"]).exits(0).out;
    for line in logs.lines() {
        follows(&serde_json::from_str(line).unwrap(), "log");
    }
    assert!(logs.contains(r#""line":"{\"title\": \"one\", \"n\": 2}""#), "{logs}");
    for args in [&["status"][..], &["why"], &["logs", "release:plan"], &["graph"], &["report"], &["events"]] {
        assert!(!place.mission(args).exits(0).out.is_empty(), "{args:?}");
    }
}

#[test]
fn the_json_of_a_run_is_its_records() {
    let place = place();
    let run = place.mission(&["run", "release.yaml", "--yes", "--json"]).exits(0);
    assert_eq!(run.out, place.mission(&["events", "--json"]).out);
}

#[test]
fn a_gate_without_a_terminal_prints_the_line_that_answers_it() {
    let place = place();
    let run = place.mission(&["run", "release.yaml"]).exits(3);
    let id = latest(&place);
    let line = format!("mission approve {id} --node release:review");
    let found = run.out.lines().find(|l| l.trim() == line).unwrap_or_else(|| panic!("{line}\n{}", run.out));
    let status = place.mission(&["status", "--json"]).json();
    follows(&status, "status");
    assert_eq!(status["state"], "waiting");
    assert_eq!(status["waiting"][0]["choices"], json!(["approve", "revise", "deny"]));
    let args: Vec<&str> = found.split_whitespace().skip(1).collect();
    let said = place.mission(&args).exits(0);
    assert!(said.out.contains("# release: succeeded"), "approving goes on with the run: {}", said.out);
    assert_eq!(place.read("trace"), "planned\n", "what was finished is not run again");
    place.mission(&args).exits(2);
}

#[test]
fn a_denied_run_is_final() {
    let place = place();
    place.mission(&["run", "release.yaml"]).exits(3);
    let id = latest(&place);
    let said = place.mission(&["deny", &id, "--comment", "not now", "--by", "ann"]).exits(1);
    assert!(said.out.contains("# release: cancelled") && said.out.contains("not now"), "{}", said.out);
    let again = place.mission(&["resume", &id]).exits(2);
    assert_eq!(
        again.err,
        format!(
            "error: run `{id}` was denied or cancelled; that is final\n  help: begin a new one with `mission run`\n"
        )
    );
    for args in [&["approve", &id][..], &["cancel", &id], &["retry", &id, "--node", "release:plan"], &["deny", &id]] {
        place.mission(args).exits(2);
    }
    assert!(!place.files().contains(&"published".to_owned()));
}

#[test]
fn a_run_cancelled_at_its_gate_is_final() {
    let place = place();
    place.mission(&["run", "release.yaml"]).exits(3);
    let id = latest(&place);
    place.mission(&["cancel", &id]).exits(1);
    place.mission(&["resume"]).exits(2);
    assert_eq!(place.mission(&["status", &id, "--json"]).json()["state"], "cancelled");
}

#[test]
fn an_edited_value_is_checked_and_is_what_runs() {
    let place = place();
    place.mission(&["run", "release.yaml"]).exits(3);
    let id = latest(&place);
    let before = place.mission(&["events", &id, "--json"]).out;
    let refused = place.mission(&["approve", &id, "--value", r#"{"title": "two", "n": 9}"#]).exits(2);
    assert!(refused.err.contains("/n: 9 is greater than the maximum of 5"), "{}", refused.err);
    let refused = place.mission(&["approve", &id, "--value", r#"{"title": "two"}"#]).exits(2);
    assert!(refused.err.contains("\"n\" is a required property"), "{}", refused.err);
    place.mission(&["approve", &id, "--digest", "00ff"]).exits(2);
    place.mission(&["approve", &id, "--choice", "revise"]).exits(2);
    place.mission(&["approve", &id, "--choice", "publish"]).exits(2);
    place.mission(&["approve", &id, "--node", "release:plan"]).exits(2);
    assert_eq!(place.mission(&["events", &id, "--json"]).out, before, "what is refused leaves nothing behind");

    let mut command = place.prepare(&["approve", &id, "--edit"]);
    command.env("EDITOR", "sed -i s/one/edited/");
    crate::support::said(&mut command, &place.path()).exits(0);
    assert_eq!(place.read("published"), "edited\n");
    let report = place.mission(&["report", &id, "--json"]).json();
    assert_eq!(report["decisions"][0]["edited"], true);
}

#[test]
fn an_editor_that_fails_changes_nothing() {
    let place = place();
    place.mission(&["run", "release.yaml"]).exits(3);
    let mut all = String::new();
    for editor in ["false", "sh -c 'echo {oops > \"$0\"'", ""] {
        let mut command = place.prepare(&["approve", "--edit"]);
        let said = crate::support::said(command.env("VISUAL", editor), &place.path()).exits(2);
        all.push_str(&said.err);
    }
    let (first, rest) = all.split_once('\n').unwrap();
    assert_eq!(first, "error: the editor ended with exit status: 1");
    assert!(rest.contains("your text is kept in") && rest.contains("neither VISUAL nor EDITOR is set"), "{rest}");
    assert_eq!(place.mission(&["status", "--json"]).json()["state"], "waiting");
}

#[test]
fn revise_asks_again_with_the_comment() {
    let place = place();
    place.mission(&["run", "release.yaml"]).exits(3);
    let said = place.mission(&["approve", "--choice", "revise", "--comment", "shorter"]).exits(3);
    assert!(said.out.contains("waiting     release:review-2"), "{}", said.out);
    place.mission(&["approve", "--node", "release:review"]).exits(0);
    assert_eq!(place.read("trace"), "planned\nplanned\n");
}

#[test]
fn an_answer_can_be_recorded_only() {
    let place = place();
    place.mission(&["run", "release.yaml"]).exits(3);
    let said = place.mission(&["approve", "--no-resume", "--json"]).exits(0);
    follows(&said.json(), "receipt");
    assert!(!place.files().contains(&"published".to_owned()));
    assert_eq!(place.mission(&["status", "--json"]).json()["waiting"], json!([]));
    let again = place.mission(&["approve"]).exits(2).err;
    assert!(again.contains("waits for nobody") && again.contains("help: `mission resume "), "{again}");
    place.mission(&["resume"]).exits(0);
    assert_eq!(place.read("published"), "one\n");
}

#[test]
fn a_run_in_the_background_is_followed_and_answered_from_outside() {
    let place = place();
    let said = place.mission(&["run", "slow.yaml", "--detach", "--json"]).exits(0);
    follows(&said.json(), "receipt");
    let id = said.json()["run"].as_str().unwrap().to_owned();
    until(|| std::fs::read_to_string(place.path().join("trace")).is_ok_and(|t| t.contains("second")));
    assert_eq!(place.mission(&["status", &id, "--json"]).json()["state"], "running");
    let held = place.mission(&["resume", &id]).exits(4);
    assert!(held.err.contains("is held by another executor"), "{}", held.err);
    place.write("go", "");
    let events = place.mission(&["events", "-f"]).exits(0);
    assert!(events.out.contains("succeeded   the run"), "{}", events.out);
    assert_eq!(place.read("trace"), "first\nsecond\nthird\n");
}

#[test]
fn cancel_reaches_an_executor_elsewhere_and_waits_for_the_end() {
    let place = place();
    for now in [&[][..], &["--now"]] {
        let _ = std::fs::remove_file(place.path().join("trace"));
        let child = started(&place, &["run", "slow.yaml"]);
        let id = latest(&place);
        place.mission(&[&["cancel", &id, "--comment", "enough"], now].concat()).exits(1);
        assert_eq!(place.mission(&["status", &id, "--json"]).json()["state"], "cancelled");
        let (code, out) = ended(child);
        assert_eq!(code, 1, "{out}");
        place.mission(&["resume", &id]).exits(2);
    }
}

#[test]
fn an_interrupt_keeps_what_is_finished() {
    let place = place();
    let child = started(&place, &["run", "slow.yaml"]);
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(130), "{out}");
    assert!(err.contains("stopping: what runs is asked to end; Ctrl-C once more ends it at once"), "{err}");
    assert!(out.contains(&format!("mission resume {}", latest(&place))), "{out}");
    assert_eq!(place.mission(&["status", "--json"]).json()["state"], "interrupted");
    place.write("go", "");
    place.mission(&["resume"]).exits(0);
    assert_eq!(place.read("trace"), "first\nsecond\nsecond\nthird\n");
}

#[test]
fn a_killed_executor_loses_nothing_that_was_finished() {
    let place = place();
    let child = started(&place, &["run", "slow.yaml"]);
    signal(&child, "KILL");
    let (code, _) = ended(child);
    assert_eq!(code, -1, "it was killed");
    assert_eq!(place.mission(&["ps", "--json"]).json()["runs"][0]["state"], "interrupted");
    place.write("go", "").write("slow.yaml", SLOW.replace("third", "fourth"));
    let said = place.mission(&["resume"]).exits(0);
    assert!(
        said.out.contains("`slow.yaml` has changed since; the run goes on with what it began with"),
        "{}",
        said.out
    );
    assert_eq!(place.read("trace"), "first\nsecond\nsecond\nthird\n");
}

#[test]
fn a_failed_run_says_why_and_can_go_on() {
    let place = Place::new();
    place.write(
        "w.yaml",
        "mission: 1\nname: w\nnodes:\n  a: { run: \"echo a >> trace\" }\n  b: { needs: [a], run: test -e fixed }\n  c: { needs: [b], run: \"echo c >> trace\" }\n",
    );
    place.mission(&["run", "w.yaml"]).exits(1);
    let why = place.mission(&["why", "w:c"]).exits(0).out;
    assert_eq!(why, "w:c is skipped: something it needs was not satisfied\n  w:b\n");
    place.write("fixed", "");
    place.mission(&["resume"]).exits(0);
    assert_eq!(place.read("trace"), "a\nc\n");
    place.mission(&["resume"]).exits(2);
}

#[test]
fn retry_repeats_a_node_and_what_depends_on_it() {
    let place = Place::new();
    let node = |name: &str, needs: &str| format!("  {name}: {{ needs: [{needs}], run: \"echo {name} >> trace\" }}\n");
    place
        .write("w.yaml", format!("mission: 1\nname: w\nnodes:\n{}{}{}", node("a", ""), node("b", "a"), node("c", "b")));
    place.mission(&["run", "w.yaml"]).exits(0);
    place.mission(&["retry", "--node", "w:b"]).exits(0);
    assert_eq!(place.read("trace"), "a\nb\nc\nb\n");
    place.mission(&["retry", "--node", "b", "--downstream"]).exits(0);
    assert_eq!(place.read("trace"), "a\nb\nc\nb\nb\nc\n");
    let said = place.mission(&["retry", "--node", "w:d"]).exits(2);
    assert!(said.err.contains("has no node `w:d`"), "{}", said.err);
}

#[test]
fn a_run_that_is_not_there_is_said() {
    let place = place();
    let none = place.mission(&["status"]).exits(2);
    assert_eq!(none.err, "error: this repository has no runs\n  help: `mission run FILE|NAME` begins one\n");
    place.mission(&["run", "release.yaml"]).exits(3);
    for args in
        [["status", "zzz"], ["logs", "zzz"], ["resume", "zzz"], ["cancel", "zzz"], ["report", "zzz"], ["graph", "zzz"]]
    {
        let said = place.mission(&args).exits(2);
        assert!(said.err.starts_with("error: no run begins with `zzz`\n  help: the latest run is `"), "{}", said.err);
    }
    let id = latest(&place);
    for beginning in [&id[..16], id.rsplit('-').next().unwrap()] {
        assert_eq!(place.mission(&["status", beginning, "--json"]).exits(0).json()["run"], json!(id));
    }
    place.mission(&["logs", &id, "release:plan", "--attempt", "7"]).exits(2);
}

#[test]
fn aliases_are_understood() {
    let place = place();
    place.mission(&["workflow", "run", "release.yaml"]).exits(3);
    place.mission(&["up", "--resume"]).exits(3);
    place.mission(&["up", "--resume", &latest(&place)]).exits(3);
}

#[test]
fn what_agents_print_cannot_steer_the_terminal() {
    let place = Place::new();
    let evil = r"printf '\033[2J\033]0;owned\007\302\233 bye\r\n'";
    place.write("w.yaml", format!("mission: 1\nname: w\nnodes:\n  a:\n    run: |\n      {evil}\n    output: {{ from: stdout }}\n  g:\n    needs: [a]\n    gate:\n      title: \"{{{{ nodes.a.output }}}}\"\n      choices: {{ yes: {{ go: next }} }}\n"));
    place.mission(&["run", "w.yaml"]).exits(3);
    let all = [
        &["logs"][..],
        &["events"],
        &["events", "--json"],
        &["status"],
        &["status", "--json"],
        &["report"],
        &["why"],
        &["graph"],
    ];
    for args in all {
        let said = place.mission(args).exits(0);
        let raw = said.out.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
        assert_eq!(raw, None, "{args:?}: {}", said.out.escape_debug());
    }
}

#[test]
fn status_for_people_shows_what_matters() {
    let place = place();
    place.mission(&["run", "release.yaml"]).exits(3);
    let id = latest(&place);
    let text = place.mission(&["status"]).exits(0).out.replace(&id, "RUN");
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d+m?s\b", "TIME");
    settings.add_filter(r"\d\d:\d\d:\d\d", "CLOCK");
    settings.bind(|| insta::assert_snapshot!(text));
}

#[test]
fn what_to_do_about_a_failure_is_said_in_full() {
    let place = place();
    place.write(
        "ask.yaml",
        "mission: 1\nname: ask\nnodes:\n  a: { run: exit 1, on_fail: { repair: fix, as: again, else: ask } }\n  fix: { only: repair, run: 'true' }\n",
    );
    let said = place.mission(&["run", "ask.yaml"]).exits(3);
    let lines: Vec<&str> = said.out.lines().filter_map(|line| line.split("--node ask:a-unresolved").nth(1)).collect();
    assert_eq!(lines, [" --choice retry", " --choice continue", " --choice stop"], "{}", said.out);
}

/// As `docker exec` and CI do it: a PID namespace that holds neither the leader of our session nor that of our group.
#[test]
fn the_leader_of_the_session_may_be_out_of_sight() {
    let place = place();
    let steps = "mission: 1\nname: orphans\nnodes:\n  leave: { run: 'env -i setsid sleep 600 & echo left' }\n";
    place.write("orphans.yaml", steps);
    let inside = ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "--kill-child"];
    let may = place.command("unshare").args(inside).arg("true").output().is_ok_and(|tried| tried.status.success());
    if !may {
        // The unit tests of the process tree hold what can be held without.
        println!("skipped: this machine grants no PID namespace, which `unshare` asks for");
        return;
    }
    let mut command = place.command("unshare");
    command.args(inside).args([env!("CARGO_BIN_EXE_mission"), "run", "orphans.yaml"]);
    let said = crate::support::said(&mut command, &place.path()).exits(0);
    assert!(said.out.contains("succeeded   the run"), "{}", said.out);
}
