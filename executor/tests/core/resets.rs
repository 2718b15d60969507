//! What a resume or a retry takes back, and what it leaves.

use mission_executor::event::RunStatus;
use mission_executor::run::Phase;

use crate::scripted::Scripted;

const LIST: &str =
    "{ schema: { type: object, required: [parts], properties: { parts: { type: array, items: { type: string } } } } }";

#[test]
fn a_group_begun_anew_asks_for_its_list_anew() {
    let mut run = Scripted::begin(&format!(
        "
mission: 1
name: t
nodes:
  all:
    nodes:
      list: {{ run: list, output: {LIST} }}
      each: {{ needs: [list], map: {{ over: nodes.list.output.parts, as: part, key: part }}, run: each }}
"
    ));
    run.ends("t:all:list", 0, r#"{"parts": ["a", "b"]}"#);
    run.ends("t:all:each:a", 0, "");
    run.ends("t:all:each:b", 0, "");
    assert_eq!(run.ending(), (RunStatus::Succeeded, vec![]));
    run.retried("t:all", false);
    run.ends("t:all:list", 0, r#"{"parts": ["c"]}"#);
    assert_eq!(run.under_way(), ["t:all:each:c"], "the items of the new list, and no others");
    run.ends("t:all:each:c", 0, "");
    assert_eq!(run.ending(), (RunStatus::Succeeded, vec![]));
}

#[test]
fn a_map_over_the_yield_of_a_group_follows_a_retry_inside_it() {
    let mut run = Scripted::begin(&format!(
        "
mission: 1
name: t
nodes:
  make:
    yield: nodes.list.output.parts
    nodes:
      list: {{ run: list, output: {LIST} }}
  each: {{ needs: [make], map: {{ over: nodes.make.output, as: part, key: part }}, run: each }}
"
    ));
    run.ends("t:make:list", 0, r#"{"parts": ["a"]}"#);
    run.ends("t:each:a", 0, "");
    run.retried("t:make:list", true);
    run.ends("t:make:list", 0, r#"{"parts": ["b"]}"#);
    assert_eq!(run.under_way(), ["t:each:b"]);
}

#[test]
fn items_made_anew_begin_in_the_order_of_their_list() {
    let mut run = Scripted::begin(&format!(
        "
mission: 1
name: t
limits: {{ concurrency: 1 }}
nodes:
  list: {{ run: list, output: {LIST} }}
  each: {{ needs: [list], map: {{ over: nodes.list.output.parts, as: part, key: part }}, run: each }}
"
    ));
    let list = r#"{"parts": ["a", "b", "c"]}"#;
    for round in 0..2 {
        run.ends("t:list", 0, list);
        for key in ["a", "b", "c"] {
            assert_eq!(run.under_way(), [format!("t:each:{key}")], "round {round}");
            run.ends(&format!("t:each:{key}"), 0, "");
        }
        assert_eq!(run.ending(), (RunStatus::Succeeded, vec![]));
        if round == 0 {
            run.retried("t:list", true);
        }
    }
}

#[test]
fn an_item_between_two_attempts_keeps_its_place_through_a_crash() {
    let mut run = Scripted::begin(
        "
mission: 1
name: t
nodes:
  each:
    map: { over: '[\"a\", \"b\"]', as: part, key: part, max: '1' }
    run: each
    retry: { max: 1, on: [crash], backoff: 10s }
",
    );
    assert_eq!(run.under_way(), ["t:each:a"]);
    run.ends("t:each:a", 1, "");
    assert_eq!(run.phase("t:each:a"), Phase::Backoff);
    assert_eq!(run.under_way(), [""; 0], "b waits: one at a time");
    run.resumed();
    assert_eq!(run.under_way(), [""; 0], "and so it does after a crash");
}

#[test]
fn nothing_that_was_decided_or_spent_is_forgotten() {
    let mut run = Scripted::begin(&format!(
        "
mission: 1
name: t
nodes:
  list: {{ run: list, output: {LIST} }}
  each: {{ needs: [list], map: {{ over: nodes.list.output.parts, as: part, key: part }}, run: each }}
  ask: {{ needs: [each], gate: {{ title: Good?, choices: {{ good: {{ go: next }}, bad: {{ go: end, status: failed }} }} }} }}
"
    ));
    run.ends("t:list", 0, r#"{"parts": ["a", "b"]}"#);
    run.ends("t:each:a", 0, "");
    run.ends("t:each:b", 0, "");
    assert_eq!(run.answers("t:ask", "bad", None), Ok(()));
    assert_eq!(run.ending().0, RunStatus::Failed);
    run.retried("t:list", true);
    run.ends("t:list", 0, r#"{"parts": ["b", "c"]}"#);
    run.ends("t:each:b", 0, "");
    run.ends("t:each:c", 0, "");
    assert_eq!(run.answers("t:ask", "good", None), Ok(()));
    let report = mission_executor::report::report(run.core.run());
    let choices: Vec<&str> = report.decisions.iter().map(|d| d.choice.as_str()).collect();
    assert_eq!(choices, ["bad", "good"]);
    assert_eq!(report.totals.attempts, 6, "two lists, a, twice b, c");
    let tries = |id: &str| report.nodes.iter().find(|n| n.id == id).map(|n| n.attempts);
    assert_eq!([tries("t:each:a"), tries("t:each:b"), tries("t:each:c")], [None, Some(2), Some(1)]);
}
