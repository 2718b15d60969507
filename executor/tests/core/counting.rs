//! What counts when the run says how it ended.

use mission_executor::decide::port::Input;
use mission_executor::event::{RunStatus, SkipReason};
use mission_executor::report::SectionState;
use mission_executor::run::Phase;

use crate::scripted::Scripted;

const VERDICT: &str = "{ schema: { type: object, required: [ok], properties: { ok: { type: boolean } } } }";

#[test]
fn a_verdict_that_was_never_asked_for_proves_nothing() {
    let bodies = [
        // Skipped.
        format!(
            "judge: {{ when: inputs.ask, otherwise: {{ ok: true }}, run: judge, output: {VERDICT}, pass_when: output.ok }}"
        ),
        // Asked for each of no items.
        format!(
            "judge: {{ map: {{ over: '[]', as: x, key: x }}, run: judge, output: {VERDICT}, pass_when: output.ok }}"
        ),
    ];
    for body in bodies {
        let mut run = Scripted::begin(&format!(
            "
mission: 1
name: t
inputs: {{ ask: {{ type: boolean, default: false }} }}
nodes:
  build: {{ map: {{ over: '[\"a\"]', as: part, key: part, join: all_done }}, run: build }}
  prove:
    needs: [build]
    nodes:
      {body}
      look: {{ run: look }}
"
        ));
        run.ends("t:build:a", 1, "");
        run.ends("t:prove:look", 0, "");
        let (status, reasons) = run.ending();
        assert_eq!(status, RunStatus::Partial, "{body}");
        assert_eq!(reasons, ["failed and not made good: `t:build:a`: exit code 1"]);
    }
}

#[test]
fn what_a_repaired_round_left_unresolved_is_made_good() {
    let mut run = Scripted::begin(&format!(
        "
mission: 1
name: t
nodes:
  prove:
    nodes:
      part:
        run: part
        on_fail: {{ repair: mend, as: again, else: continue }}
      mend: {{ only: repair, run: mend }}
      judge: {{ needs: [part], run: judge, output: {VERDICT}, pass_when: output.ok }}
    on_fail: {{ repair: fix, as: reprove, else: stop }}
  fix: {{ only: repair, run: fix }}
"
    ));
    run.ends("t:prove:part", 1, "");
    run.ends("t:prove:mend", 0, "");
    run.ends("t:prove:again", 1, "");
    run.ends("t:prove:judge", 0, r#"{"ok": false}"#);
    run.ends("t:fix", 0, "");
    run.ends("t:reprove:part", 0, "");
    run.ends("t:reprove:judge", 0, r#"{"ok": true}"#);
    assert_eq!(run.ending(), (RunStatus::Succeeded, vec![]));
}

#[test]
fn nothing_inside_a_node_that_could_not_begin_is_left_pending() {
    let mut run = Scripted::begin(
        "
mission: 1
name: t
nodes:
  list: { run: list, output: { schema: { type: object, required: [n], properties: { n: { type: array, items: { type: boolean } } } } } }
  group:
    needs: [list]
    when: nodes.list.output.n[3]
    nodes:
      one: { run: one }
      many: { map: { over: '[\"a\"]', as: x, key: x }, run: many }
",
    );
    run.ends("t:list", 0, r#"{"n": []}"#);
    assert_eq!(run.ending().0, RunStatus::Failed);
    assert_eq!(run.phase("t:group"), Phase::Failed);
    for inside in ["t:group:one", "t:group:many", "t:group:many:a"] {
        assert_eq!(run.phase(inside), Phase::Skipped(SkipReason::Upstream), "{inside}");
    }
}

#[test]
fn a_failure_is_told_once_where_it_happened() {
    let mut run = Scripted::begin(
        "
mission: 1
name: t
nodes:
  prove:
    yield: nodes.look.output
    pass_when: output == 'good'
    nodes: { look: { run: look, output: { from: stdout } } }
  each: { map: { over: '[\"a\", \"b\", \"c\"]', as: x, key: x, mode: serial, join: stop }, run: each }
  taken: { map: { over: '[\"a\"]', as: x, key: x, join: all_done }, run: taken }
",
    );
    run.ends("t:prove:look", 0, "bad");
    run.ends("t:each:a", 1, "");
    run.ends("t:taken:a", 1, "");
    let (status, reasons) = run.ending();
    assert_eq!(status, RunStatus::Failed);
    assert_eq!(
        reasons,
        [
            "`t:prove`: the verdict is: not passed",
            "`t:each:a`: exit code 1",
            "failed and not made good: `t:taken:a`: exit code 1"
        ]
    );
    let expected = [("t:prove", false), ("t:each:a", false), ("t:taken:a", true)];
    assert_eq!(run.troubles(), expected.map(|(node, absorbed)| (node.to_owned(), absorbed)));
}

#[test]
fn hints_outside_any_section_stand_under_the_state_of_the_run() {
    let mut run = Scripted::begin(
        "
mission: 1
name: t
nodes:
  test: { run: test, report: { as: check } }
",
    );
    run.ends("t:test", 1, "");
    let report = mission_executor::report::report(run.core.run());
    let found: Vec<_> = report.sections.iter().map(|s| (s.title.as_str(), s.state, s.checks.len())).collect();
    assert_eq!(found, [("t", SectionState::Failed, 1)]);
}

#[test]
fn the_items_of_a_map_are_the_same_whether_it_did_well_or_not_and_whether_it_yields() {
    let cases = [
        ("run: each", ["t:each:a", "t:each:b"]),
        ("yield: x, nodes: { one: { run: each } }", ["t:each:a:one", "t:each:b:one"]),
    ];
    for (body, nodes) in cases {
        let mut run = Scripted::begin(&format!(
            "
mission: 1
name: t
nodes:
  each: {{ map: {{ over: '[\"a\", \"b\"]', as: x, key: x }}, {body} }}
  look:
    needs: [each]
    always: true
    value:
      keys: \"{{{{ nodes.each.items | map(attribute='key') | join }}}}\"
      states: \"{{{{ nodes.each.items | map(attribute='status') | join(' ') }}}}\"
outputs: {{ look: nodes.look.output }}
"
        ));
        run.ends(nodes[0], 0, "");
        run.ends(nodes[1], 1, "");
        let ending = run.core.run().ending().expect("over");
        let expected = serde_json::json!({ "keys": "ab", "states": "done failed" });
        assert_eq!(ending.outputs["look"].to_json(), expected, "{body}");
    }
}

#[test]
fn attempts_of_a_group_or_map_are_those_inside_it() {
    let mut run = Scripted::begin(
        "
mission: 1
name: t
nodes:
  group:
    nodes:
      once: { run: once }
      twice: { run: twice, retry: { max: 1, on: [crash] } }
  each: { map: { over: '[\"a\", \"b\"]', as: x, key: x }, nodes: { one: { run: one }, two: { needs: [one], run: two } } }
  look:
    needs: [group, each]
    value: { group: \"{{ nodes.group.attempts }}\", each: \"{{ nodes.each.attempts }}\", items: \"{{ nodes.each.items | map(attribute='attempts') | join(' ') }}\" }
outputs: { look: nodes.look.output }
",
    );
    run.ends("t:group:once", 0, "");
    run.ends("t:group:twice", 1, "");
    run.ends("t:group:twice", 0, "");
    run.ends("t:each:a:one", 0, "");
    run.ends("t:each:a:two", 0, "");
    run.ends("t:each:b:one", 1, "");
    run.resumed();
    run.ends("t:each:b:one", 0, "");
    run.ends("t:each:b:two", 0, "");
    let look = run.core.run().ending().expect("over").outputs["look"].to_json();
    assert_eq!(look, serde_json::json!({ "group": 3, "each": 5, "items": "2 3" }), "what failed before counts as well");
}

#[test]
fn a_limit_that_passed_is_named() {
    for (limit, expected) in [
        ("timeout: 1ms", "the time limit passed (`timeout: 1ms`)"),
        ("idle: 1ms", "no output and no progress for too long (`idle: 1ms`)"),
    ] {
        let mut run = Scripted::begin(&format!("mission: 1\nname: t\nnodes:\n  slow: {{ run: slow, {limit} }}\n"));
        run.input(Input::Tick);
        run.ends("t:slow", 143, "");
        let node = run.core.run().graph().find("t:slow").expect("it is there");
        let failure = run.core.run().state(node).failure.clone().expect("it failed");
        assert_eq!(failure.message, expected);
    }
}

#[test]
fn a_node_that_is_done_with_something_missing_leaves_the_run_partial() {
    let text = r#"
mission: 1
name: t
nodes:
  sum:
    run: sum
    output: { schema: { type: object, required: [ok, missing], properties: { ok: { type: boolean }, missing: { type: array, items: { type: string } } } } }
    pass_when: output.ok
    partial_when: output.missing | length > 0
    say: "missing: {{ output.missing | join(', ') }}"
  next: { needs: [sum], run: next }
"#;
    let rows = [
        (r#"{"ok": true, "missing": []}"#, RunStatus::Succeeded, vec![]),
        (r#"{"ok": true, "missing": ["a", "b"]}"#, RunStatus::Partial, vec!["unresolved: `t:sum`: missing: a, b"]),
        (r#"{"ok": false, "missing": ["a"]}"#, RunStatus::Failed, vec!["`t:sum`: missing: a"]),
    ];
    for (answer, expected, why) in rows {
        let mut run = Scripted::begin(text);
        run.ends("t:sum", 0, answer);
        if expected != RunStatus::Failed {
            run.ends("t:next", 0, "");
        }
        let ending = run.core.run().ending().expect("it is over");
        assert_eq!((ending.status, ending.reasons.clone()), (expected, why.into_iter().map(str::to_owned).collect()));
    }
}

/// What was missing in a round that was followed by another is made good by that.
#[test]
fn what_a_later_round_has_is_not_missing() {
    let text = r#"
mission: 1
name: t
nodes:
  prove:
    nodes:
      whole: { run: whole, output: { from: stdout }, partial_when: output == 'no' }
      judge: { needs: [whole], run: judge, output: { from: stdout }, pass_when: output == 'yes' }
    on_fail: { repair: mend, as: again }
  mend: { only: repair, run: mend }
"#;
    for (second, expected) in [("yes", RunStatus::Succeeded), ("no", RunStatus::Partial)] {
        let mut run = Scripted::begin(text);
        run.ends("t:prove:whole", 0, "no");
        run.ends("t:prove:judge", 0, "no");
        run.ends("t:mend", 0, "");
        run.ends("t:again:whole", 0, second);
        run.ends("t:again:judge", 0, "yes");
        assert_eq!(run.core.run().ending().map(|e| e.status), Some(expected), "{second}");
    }
}

#[test]
fn the_end_names_what_failed_inside_and_only_so_many_of_it() {
    let text = "
mission: 1
name: t
limits: { concurrency: 20 }
nodes:
  many:
    nodes:
      each: { map: { over: '[1,2,3,4,5,6,7,8,9,10,11,12]', as: x, key: x_index }, run: each }
";
    let mut run = Scripted::begin(text);
    for key in 1..=12 {
        run.ends(&format!("t:many:each:{key}"), key, "");
    }
    let (_, reasons) = run.ending();
    assert_eq!(reasons[0], "`t:many:each:1`: exit code 1");
    assert_eq!(reasons[9..], ["`t:many:each:10`: exit code 10", "2 more nodes failed"]);
}
