//! What a gate lets through.

use serde_json::json;

use mission_executor::decide::Refusal;
use mission_executor::event::RunStatus;
use mission_executor::run::Phase;

use crate::scripted::Scripted;

const EDIT: &str = "
mission: 1
name: t
nodes:
  make: { run: make, output: { schema: { type: object, required: [n], properties: { n: { type: integer } } } } }
  ask:
    needs: [make]
    gate:
      title: Enough?
      edit: nodes.make.output
      allowYes: true
      choices: { enough: { go: next }, stop: { go: end } }
    assert: [{ expr: output.n > 5, say: too small }]
";

fn too_small() -> Result<(), Refusal> {
    Err(Refusal::Invalid { reasons: vec!["too small".to_owned()] })
}

#[test]
fn a_value_that_breaks_the_asserts_of_the_gate_does_not_go_on_unedited() {
    let mut run = Scripted::begin(EDIT);
    run.ends("t:make", 0, r#"{"n": 1}"#);
    assert_eq!(run.answers("t:ask", "enough", None), too_small());
    assert_eq!(run.answers("t:ask", "enough", Some(json!({ "n": 2 }))), too_small());
    assert_eq!(run.phase("t:ask"), Phase::Asking, "nothing was recorded");
    assert_eq!(run.answers("t:ask", "enough", Some(json!({ "n": 6 }))), Ok(()));
    assert_eq!(run.ending(), (RunStatus::Succeeded, vec![]));
}

#[test]
fn such_a_gate_waits_for_a_person_in_spite_of_yes() {
    let mut run = Scripted::begin_with(EDIT, Some("ada"));
    run.ends("t:make", 0, r#"{"n": 1}"#);
    assert_eq!(run.phase("t:ask"), Phase::Asking);
    assert_eq!(run.answers("t:ask", "stop", None), Ok(()));
    assert_eq!(run.ending().0, RunStatus::Cancelled);
}

#[test]
fn a_gate_that_edits_nothing_may_judge_its_choice() {
    let mut run = Scripted::begin(
        "
mission: 1
name: t
nodes:
  ask:
    gate: { title: Which?, choices: { a: { go: next }, b: { go: next } } }
    assert: [{ expr: output.choice == 'b', say: not that one }]
",
    );
    assert_eq!(run.answers("t:ask", "a", None), Err(Refusal::Invalid { reasons: vec!["not that one".to_owned()] }));
    assert_eq!(run.answers("t:ask", "b", None), Ok(()));
    assert_eq!(run.ending(), (RunStatus::Succeeded, vec![]));
}

const ASK: &str = "
mission: 1
name: t
nodes:
  part:
    nodes:
      a: { run: a, on_fail: { repair: fix, as: again, else: ask } }
      fix: { only: repair, run: fix }
      b: { needs: [a], run: b }
";

#[test]
fn nobody_is_skipped_while_a_person_is_asked_about_what_they_need() {
    for (choice, ending) in [("continue", RunStatus::Partial), ("stop", RunStatus::Failed)] {
        let mut run = Scripted::begin(ASK);
        run.ends("t:part:a", 1, "");
        run.ends("t:part:fix", 0, "");
        run.ends("t:part:again", 1, "");
        assert_eq!(run.phase("t:part:a-unresolved"), Phase::Asking);
        assert_eq!(run.answers("t:part:a-unresolved", "retry", None), Ok(()));
        run.ends("t:part:fix-2", 0, "");
        run.ends("t:part:again-2", 1, "");
        assert_eq!(run.phase("t:part:a-unresolved-2"), Phase::Asking);
        assert_eq!(run.phase("t:part:b"), Phase::Pending);
        assert_eq!(run.answers("t:part:a-unresolved-2", choice, None), Ok(()));
        if choice == "continue" {
            run.ends("t:part:b", 0, "");
        }
        assert_eq!(run.ending().0, ending, "{choice}");
    }
}
