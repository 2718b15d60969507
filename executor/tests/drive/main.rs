//! Whole runs on this machine, through the library: begin, drive, stop, take over.

mod ground;

use std::collections::BTreeMap;

use ground::Ground;
use mission_executor::decide::port::{Decision, Input};
use mission_executor::drive::{Control, TakeOver};
use mission_executor::event::RunStatus;
use serde_json::json;

#[tokio::test]
async fn a_run_goes_to_its_end_and_writes_its_report() {
    let ground = Ground::new();
    let run = ground.begin(
        r#"
mission: 1
name: hello
nodes:
  list:
    run: printf '%s' '["a", "b"]'
    output: { from: last-json, schema: { type: array, items: { type: string } } }
  each:
    needs: [list]
    map: { over: nodes.list.output, as: item, key: item }
    run: printf 'hello %s' "$WHO"
    env: { WHO: "{{ item }}" }
    output: { from: stdout }
  all:
    needs: [each]
    value: "{{ nodes.each.items | map(attribute='output') | join(', ') }}"
outputs: { all: nodes.all.output }
"#,
        BTreeMap::new(),
    );
    let (status, records) = ground.drive(&run, TakeOver::Begin).await;
    assert_eq!(status, RunStatus::Succeeded, "{records:#?}");
    let report = ground.report(&run);
    assert_eq!(report["outputs"], json!({ "all": "hello a, hello b" }));
    assert_eq!(report["status"], json!("succeeded"));
    assert!(ground.file(&run, "report.md").contains("# hello: succeeded"));
}

#[tokio::test]
async fn a_gate_stops_the_run_until_someone_decides() {
    let ground = Ground::new();
    let run = ground.begin(
        r#"
mission: 1
name: gated
nodes:
  ask:
    gate:
      title: Go on?
      choices: { yes-please: { go: next }, no-thanks: { go: end, status: cancelled } }
  go:
    needs: [ask]
    run: touch went
"#,
        BTreeMap::new(),
    );
    let (status, _) = ground.drive(&run, TakeOver::Begin).await;
    assert_eq!(status, RunStatus::Waiting);
    assert!(!ground.root().join("went").exists());
    let decision = Decision {
        node: "ask".to_owned(),
        choice: "yes-please".to_owned(),
        by: "ann".to_owned(),
        via: "command".to_owned(),
        comment: None,
        shown: None,
        value: None,
    };
    let control = Control { input: Input::Decision(decision), answer: None };
    let (status, _) = ground.drive_with(&run, TakeOver::Resume { notes: Vec::new() }, vec![control]).await;
    assert_eq!(status, RunStatus::Succeeded);
    assert!(ground.root().join("went").exists());
    let again = ground.try_drive(&run, TakeOver::Resume { notes: Vec::new() }).await;
    assert!(again.is_err(), "a run that succeeded is over");
}

#[tokio::test]
async fn a_failed_check_is_repaired_once_and_checked_again() {
    let ground = Ground::new();
    let run = ground.begin(
        r#"
mission: 1
name: repair
agents: { fixer: { runner: command, command: ["/bin/sh", "-c", "cat > prompt.txt; echo fixed > state"] } }
nodes:
  check:
    run: test -e state && cat state || { echo broken wire >&2; exit 7; }
    on_fail: { repair: fix, as: again }
  fix:
    only: repair
    agent: fixer
    prompt: |
      {% for c in failure.commands %}{{ c.node }} ended with {{ c.exitCode }}: {{ c.logTail }}{% endfor %}
  done:
    needs: [check]
    run: touch finished
"#,
        BTreeMap::new(),
    );
    let (status, records) = ground.drive(&run, TakeOver::Begin).await;
    assert_eq!(status, RunStatus::Succeeded, "{records:#?}");
    let prompt = std::fs::read_to_string(ground.root().join("prompt.txt")).expect("the fixer was asked");
    assert_eq!(prompt.trim(), "repair:check ended with 7: broken wire");
    assert!(ground.root().join("finished").exists());
}

#[tokio::test]
async fn a_failed_item_of_a_round_that_was_repaired_leaves_nothing_open() {
    let ground = Ground::new();
    let run = ground.begin(
        r#"
mission: 1
name: repair
nodes:
  prove:
    nodes:
      try:
        map: { over: "['a', 'b']", as: part, key: part, join: all_done }
        run: test "$PART" = a || test -e mended
        env: { PART: "{{ part }}" }
      judge:
        needs: [try]
        value: { ok: "{{ nodes.try.items | all_ok }}" }
        pass_when: output.ok
    on_fail: { repair: mend, as: again }
  mend:
    only: repair
    run: touch mended
"#,
        BTreeMap::new(),
    );
    let (status, records) = ground.drive(&run, TakeOver::Begin).await;
    assert_eq!(status, RunStatus::Succeeded, "{records:#?}");
}

#[tokio::test]
async fn an_interrupted_run_begins_the_lost_attempt_again() {
    let ground = Ground::new();
    let run = ground.begin(
        r#"
mission: 1
name: slow
nodes:
  first: { run: echo one >> log }
  second: { needs: [first], run: echo two >> log; test -e quick || sleep 60 }
"#
        .replace(
            "run: echo two >> log; test -e quick || sleep 60",
            "run: \"echo two >> log; test -e quick || sleep 60\"",
        )
        .as_str(),
        BTreeMap::new(),
    );
    let status = ground.drive_until(&run, "slow:second", Input::Interrupt { reason: "test".to_owned() }).await;
    assert_eq!(status, RunStatus::Interrupted);
    std::fs::write(ground.root().join("quick"), "").expect("a file can be made");
    let (status, _) = ground.drive(&run, TakeOver::Resume { notes: Vec::new() }).await;
    assert_eq!(status, RunStatus::Succeeded);
    let log = std::fs::read_to_string(ground.root().join("log")).expect("the log is there");
    assert_eq!(log, "one\ntwo\ntwo\n", "the finished node ran once, the interrupted one again");
}

#[tokio::test]
async fn a_cancelled_run_is_final() {
    let ground = Ground::new();
    let run = ground.begin("mission: 1\nname: slow\nnodes: { only: { run: sleep 60 } }\n", BTreeMap::new());
    let cancel = Input::Cancel { by: "ann".to_owned(), comment: Some("enough".to_owned()), now: true };
    let status = ground.drive_until(&run, "slow:only", cancel).await;
    assert_eq!(status, RunStatus::Cancelled);
    assert!(ground.try_drive(&run, TakeOver::Resume { notes: Vec::new() }).await.is_err());
    assert_eq!(ground.report(&run)["reasons"], json!(["cancelled by ann: enough"]));
}
