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
