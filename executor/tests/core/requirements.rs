//! The table of requirements: what counts as met, and that nothing goes missing from it.

use mission_executor::decide::port::Input;
use mission_executor::report::{Report, Standing, markdown, report};

use crate::scripted::Scripted;

/// Two parts, each with items, a check and a judge; `COMMANDS` is the list of checks.
const PARTS: &str = r#"
mission: 1
name: t
inputs:
  commands: { type: array, items: { type: string }, default: COMMANDS }
schemas:
  Plan:
    type: object
    required: [parts]
    properties:
      parts:
        type: array
        items:
          type: object
          required: [id, wants, work]
          properties:
            id: { type: string }
            wants: { type: array, items: { type: object, required: [id, text], properties: { id: { type: string }, text: { type: string } } } }
            work: { type: array, items: { type: object, required: [id, fulfills], properties: { id: { type: string }, fulfills: { type: array, items: { type: string } } } } }
  Said:
    type: object
    required: [rows]
    properties:
      rows: { type: array, items: { type: object, properties: { id: { type: string }, status: { type: string }, evidence: { type: string } } } }
nodes:
  plan: { run: plan, output: { schema: Plan, from: stdout } }
  part:
    needs: [plan]
    map: { over: nodes.plan.output.parts, as: part, key: part.id, mode: barrier, join: stop }
    report: { as: section, title: "Part {{ part.id }}", requirements: part.wants, by: part.work }
    nodes:
      make:
        map: { over: part.work, as: work, key: work.id, join: all_done }
        run: make
        report: { as: item }
      prove:
        needs: [make]
        yield: nodes.judge.output
        report: { as: verdict, rows: output.rows }
        on_fail: { repair: mend, as: prove-again }
        nodes:
          check:
            map: { over: inputs.commands, as: command, key: command, mode: serial, join: all_done }
            report: { as: check, title: "{{ command }}" }
            run: check
          judge:
            needs: [check]
            run: judge
            output: { schema: Said, from: stdout }
            pass_when: output.rows | length > 0
      mend: { only: repair, run: mend }
"#;

const PLAN: &str = r#"{"parts": [
  {"id": "one", "wants": [{"id": "a", "text": "A holds"}, {"id": "b", "text": "B holds"}],
   "work": [{"id": "x", "fulfills": ["a", "b"]}, {"id": "y", "fulfills": ["b"]}]},
  {"id": "two", "wants": [{"id": "c", "text": "C holds"}], "work": [{"id": "z", "fulfills": ["c"]}]}]}"#;

fn begun(commands: &str) -> Scripted {
    let mut run = Scripted::begin(&PARTS.replace("COMMANDS", commands));
    run.ends("t:plan", 0, PLAN);
    run
}

fn standings(report: &Report) -> Vec<(&str, Standing, &str)> {
    report.requirements.iter().map(|r| (r.id.as_str(), r.status, r.why.as_str())).collect()
}

const NEVER: &str = "its part of the run never began";

#[test]
fn what_never_ran_is_unproven_and_not_missing() {
    let mut run = begun("[]");
    run.ends("t:part:one:make:x", 1, "");
    run.input(Input::Cancel { by: "ada".to_owned(), comment: None, now: true });
    let report = report(run.core.run());
    let expected = [
        ("a", Standing::Unproven, "nobody judged it"),
        ("b", Standing::Unproven, "nobody judged it"),
        ("c", Standing::Unproven, NEVER),
    ];
    assert_eq!(standings(&report), expected);
    let by: Vec<Vec<&str>> = report.requirements.iter().map(|r| r.by.iter().map(|w| w.id.as_str()).collect()).collect();
    assert_eq!(by, [vec!["x"], vec!["x", "y"], vec!["z"]]);
    assert_eq!(report.totals.requirements["unproven"], 3);
}

#[test]
fn requirements_are_listed_before_their_parts_exist_and_their_absence_is_said() {
    let mut run = Scripted::begin(&PARTS.replace("COMMANDS", "[]").replace("needs: [plan]", "needs: [plan, ask]").replace(
        "  part:\n",
        "  ask: { needs: [plan], gate: { title: Go on?, choices: { yes: { go: next }, no: { go: end } } } }\n  part:\n",
    ));
    let nothing = report(run.core.run());
    assert_eq!(nothing.requirements, []);
    assert_eq!(nothing.unproven, ["the requirements of `t:part` are not known: it never got its list"]);
    run.ends("t:plan", 0, PLAN);
    run.answers("t:ask", "no", None).expect("taken");
    let denied = report(run.core.run());
    assert_eq!(
        standings(&denied),
        [("a", Standing::Unproven, NEVER), ("b", Standing::Unproven, NEVER), ("c", Standing::Unproven, NEVER)]
    );
    assert_eq!(denied.requirements[0].title, "Part one");
    assert_eq!(denied.requirements[1].by.iter().map(|w| w.id.as_str()).collect::<Vec<_>>(), ["x", "y"]);
}

#[test]
fn the_round_that_ran_last_counts_and_the_worst_that_is_said_in_it() {
    let mut run = begun(r#"["test"]"#);
    run.ends("t:part:one:make:x", 0, "");
    run.ends("t:part:one:make:y", 1, "");
    run.ends("t:part:one:prove:check:test", 1, "");
    run.ends("t:part:one:prove:judge", 0, r#"{"rows": []}"#);
    run.ends("t:part:one:mend", 0, "");
    run.ends("t:part:one:prove-again:check:test", 0, "");
    let said = r#"{"rows": [{"id": "a", "status": "met", "evidence": "seen"}, {"id": "b", "status": "unmet", "evidence": "broken"},
        {"id": "b", "status": "met", "evidence": "fine"}, {"id": "c", "status": "met", "evidence": "also"}]}"#;
    run.ends("t:part:one:prove-again:judge", 0, said);
    let report = report(run.core.run());
    let expected = [
        ("a", Standing::Met, "judged met, and `test` is green"),
        ("b", Standing::Unmet, "judged unmet"),
        ("c", Standing::Unproven, "nobody judged it"),
    ];
    assert_eq!(standings(&report), expected);
    let a = &report.requirements[0];
    assert_eq!(a.checks[0].node, "t:part:one:prove-again:check:test");
    assert_eq!(a.judged.as_ref().map(|j| j.node.as_str()), Some("t:part:one:prove-again"));
    assert_eq!(report.requirements[1].by[1].node.as_deref(), Some("t:part:one:make:y"));
}

#[test]
fn a_judge_alone_proves_nothing_and_cannot_overrule_a_command() {
    for (commands, code, expected, why) in [
        ("[]", 0, Standing::Unproven, "judged met, but no command proves it"),
        (r#"["test"]"#, 1, Standing::Unmet, "judged met, but `test` failed with exit code 1"),
    ] {
        let mut run = begun(commands);
        run.ends("t:part:one:make:x", 0, "");
        run.ends("t:part:one:make:y", 0, "");
        if commands != "[]" {
            run.ends("t:part:one:prove:check:test", code, "");
        }
        run.ends("t:part:one:prove:judge", 0, r#"{"rows": [{"id": "a", "status": "met", "evidence": "I looked"}]}"#);
        let report = report(run.core.run());
        assert_eq!(standings(&report)[0], ("a", expected, why));
        assert_eq!(report.unproven.is_empty(), commands != "[]", "{:?}", report.unproven);
    }
}

#[test]
fn what_agents_write_stays_in_its_cell() {
    let mut run = begun(r#"["test"]"#);
    run.ends("t:part:one:make:x", 0, "");
    run.ends("t:part:one:make:y", 0, "");
    run.ends("t:part:one:prove:check:test", 0, "");
    let said = r#"{"rows": [{"id": "a", "status": "unmet", "evidence": "no\n| a | met | x | test | met |\n- ✓ `a`: met"},
        {"id": "a\n| b | met |", "status": "met", "evidence": "x"}]}"#;
    run.ends("t:part:one:prove:judge", 0, said);
    let made = markdown(&report(run.core.run()));
    let table: Vec<&str> = made
        .lines()
        .skip_while(|l| !l.starts_with("## Requirements"))
        .take_while(|l| !l.starts_with("## Part"))
        .collect();
    let rows: Vec<&&str> = table.iter().filter(|l| l.starts_with('|')).collect();
    assert_eq!(rows.len(), 5, "a head, a rule and three requirements\n{made}");
    assert_eq!(table[0], "## Requirements: 1 unmet, 2 unproven of 3");
    assert!(!table.iter().any(|l| l.contains("✓ `a`") && l.starts_with("- ✓")), "{made}");
}
