//! What agents used is added up exactly, what they did not tell stays unknown, and limits hold while they run.

use mission_executor::decide::port::{Exit, Input};
use mission_executor::event::{Failure, FailureClass, RunStatus, Usage};
use mission_executor::report::{Ledger, markdown, report};

use crate::scripted::Scripted;

const REPLY: &str = "{ schema: { type: object, required: [ok], properties: { ok: { type: boolean } } }, repair: 1 }";

fn used(input: u64, output: u64, usd: Option<f64>) -> Usage {
    Usage { millis: Some(1_000), input_tokens: Some(input), output_tokens: Some(output), usd, ..Usage::default() }
}

fn fixture(limits: &str) -> String {
    format!(
        "
mission: 1
name: t
limits: {{ {limits} }}
agents: {{ worker: {{ runner: [alpha], access: read }} }}
nodes:
  part:
    nodes:
      one: {{ agent: worker, prompt: go, output: {REPLY} }}
      many: {{ map: {{ over: '[\"a\", \"b\"]', as: x, key: x }}, agent: worker, prompt: go }}
  last: {{ needs: [part], agent: worker, prompt: go }}
  command: {{ run: command }}
"
    )
}

fn figures(ledger: &Ledger) -> (u32, u64, u64, u32, f64, u32) {
    let (tokens, usd) = (ledger.input_tokens, ledger.usd);
    (
        ledger.attempts,
        tokens.known,
        ledger.output_tokens.known,
        tokens.unknown_attempts,
        usd.known,
        usd.unknown_attempts,
    )
}

#[test]
fn every_attempt_is_in_the_ledger_of_its_node_its_parts_and_the_run() {
    let mut run = Scripted::begin(&fixture(""));
    run.ends("t:command", 0, "");
    run.ends_with("t:part:one", Exit::Code(0), "{}", used(100, 10, Some(0.5)));
    run.ends_with("t:part:one", Exit::Code(0), r#"{"ok": true}"#, used(50, 5, Some(0.25)));
    run.ends_with("t:part:many:a", Exit::Code(0), "well", used(1_000, 100, None));
    // Its executor dies: nobody knows what it used.
    run.resumed();
    run.ends_with("t:part:many:b", Exit::Code(0), "well", used(7, 3, Some(1.0)));
    // Refused because of a limit; it used something all the same.
    let limit = Exit::Failed(Failure::new(FailureClass::RateLimit, "slowly"));
    run.ends_with("t:last", limit, "", used(3, 1, Some(0.125)));
    let at = run.core.next_deadline().expect("parked").0;
    run.at(at);
    run.ends_with("t:last", Exit::Code(0), "well", used(1, 1, Some(0.0)));
    assert_eq!(run.ending().0, RunStatus::Succeeded);

    let report = report(run.core.run());
    assert_eq!(figures(&report.ledger.run), (7, 1_161, 120, 1, 1.875, 2));
    let groups: Vec<_> = report.ledger.groups.iter().map(|g| (g.node.as_str(), figures(&g.ledger))).collect();
    let part = (5, 1_157, 118, 1, 1.75, 2);
    assert_eq!(groups, [("t:part", part), ("t:part:many", (3, 1_007, 103, 1, 1.0, 2))]);
    let node = |id: &str| report.nodes.iter().find(|n| n.id == id).expect("a node").ledger;
    assert_eq!(node("t:part:one").map(|l| figures(&l)), Some((2, 150, 15, 0, 0.75, 0)));
    assert_eq!(node("t:part:many:b").map(|l| figures(&l)), Some((2, 7, 3, 1, 1.0, 1)));
    assert_eq!((node("t:command"), node("t:part")), (None, None));
    let text = markdown(&report);
    assert!(
        text.contains("- tokens: at least 1,161 read, at least 120 written (unknown for 1 of 7 attempts)"),
        "{text}"
    );
    assert!(text.contains("- cost: at least $1.88 (unknown for 2 of 7 attempts)"), "{text}");
    assert!(text.contains("| `t:part:many` "), "{text}");
}

#[test]
fn what_nobody_told_is_unknown_and_estimates_say_so() {
    let mut run = Scripted::begin(&fixture(""));
    run.ends("t:command", 0, "");
    run.ends("t:part:one", 0, r#"{"ok": true}"#);
    let text = markdown(&report(run.core.run()));
    assert!(text.contains("- tokens: unknown\n") && text.contains("- cost: unknown\n"), "{text}");
    let estimated = Usage { estimated_usd: Some(0.5), ..used(1, 1, None) };
    run.ends_with("t:part:many:a", Exit::Code(0), "well", estimated);
    run.ends_with("t:part:many:b", Exit::Code(0), "well", used(1, 1, Some(2.0)));
    let text = markdown(&report(run.core.run()));
    assert!(text.contains("- cost: at least $2.50 ($0.5000 of it estimated; unknown for 1 of 3 attempts)"), "{text}");
}

#[test]
fn columns_of_which_nothing_is_known_are_left_out() {
    let mut run = Scripted::begin(&fixture(""));
    run.ends("t:part:one", 0, r#"{"ok": true}"#);
    run.ends("t:part:many:a", 0, "well");
    let text = markdown(&report(run.core.run()));
    assert!(text.contains("| part          | attempts | time"), "{text}");
    assert!(!text.contains("| tokens ") && !text.contains("| cost "), "{text}");
    run.ends_with("t:part:many:b", Exit::Code(0), "well", used(1, 1, None));
    let text = markdown(&report(run.core.run()));
    assert!(text.contains("| tokens ") && !text.contains("| cost "), "{text}");
}

#[test]
fn a_limit_on_money_that_counts_nothing_for_some_attempts_is_told() {
    let mut run = Scripted::begin(&fixture("usd: 5"));
    run.ends("t:part:one", 0, r#"{"ok": true}"#);
    let notes = report(run.core.run()).notes;
    assert_eq!(notes, ["`limits.usd` counts nothing for 1 attempt whose cost is unknown"]);
}

#[test]
fn money_that_is_spent_while_agents_run_counts_at_once() {
    // Nothing more is started, and what runs may end.
    let mut run = Scripted::begin(&fixture("usd: 5, concurrency: 2"));
    assert_eq!(run.under_way(), ["t:command", "t:part:one"]);
    run.tells("t:part:one", used(10, 1, Some(4.0)));
    assert_eq!(run.core.run().paused(), None);
    run.tells("t:part:one", used(20, 2, Some(5.5)));
    assert_eq!(run.core.run().paused(), Some("`limits.usd` of 5 is used up"));
    assert_eq!(run.core.at_rest(), None, "agents that run end by themselves");
    run.ends("t:command", 0, "");
    assert_eq!(run.under_way(), ["t:part:one"]);
    run.ends_with("t:part:one", Exit::Code(0), r#"{"ok": true}"#, used(30, 3, Some(6.0)));
    assert_eq!(run.core.at_rest(), Some(RunStatus::Paused));
    assert_eq!(run.core.run().spent().usd, 6.0, "and it is not counted twice");
    run.resumed();
    assert_eq!(run.under_way().len(), 2, "a resume allows the same again");
}

#[test]
fn where_the_limit_stops_the_run_agents_are_ended_and_what_they_used_is_kept() {
    let mut run = Scripted::begin(&fixture("usd: 5, concurrency: 2, onExceeded: stop"));
    run.tells("t:part:one", used(20, 2, Some(5.5)));
    let mut killed = run.killed().to_vec();
    killed.sort();
    assert_eq!(killed, ["t:command", "t:part:one"]);
    run.ends_with("t:part:one", Exit::Signal(15), "", used(21, 2, Some(5.75)));
    run.ends_with("t:command", Exit::Signal(15), "", Usage::default());
    let (status, reasons) = run.ending();
    assert_eq!(status, RunStatus::Cancelled);
    assert!(reasons[0].contains("`limits.usd` of 5 is used up"), "{reasons:?}");
    assert_eq!(figures(&report(run.core.run()).ledger.run), (1, 21, 2, 0, 5.75, 0));
}

#[test]
fn retries_and_re_asks_count_as_agent_runs() {
    let mut run = Scripted::begin(&fixture("agentRuns: 2, concurrency: 1"));
    run.ends("t:command", 0, "");
    run.ends("t:part:one", 0, "{}");
    assert_eq!(run.core.run().spent().agent_runs, 2, "asked again");
    run.ends("t:part:one", 0, r#"{"ok": true}"#);
    assert_eq!(run.core.run().paused(), Some("`limits.agentRuns` of 2 is used up"));
}

#[test]
fn an_interrupted_attempt_keeps_what_it_told() {
    let mut run = Scripted::begin(&fixture(""));
    run.input(Input::Interrupt { reason: "SIGINT".to_owned() });
    run.ends_with("t:part:one", Exit::Signal(15), "", used(5, 1, Some(0.5)));
    let ledger = report(run.core.run()).ledger.run;
    assert_eq!(figures(&ledger), (1, 5, 1, 0, 0.5, 0));
}
