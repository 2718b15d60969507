//! What is refused before a run exists.

use mission_executor::decide::port::Input;
use mission_executor::event::Usage;
use mission_executor::run::Phase;

use crate::scripted::{Scripted, graphless};

fn over(limits: &str, list: &str, more: &str) -> String {
    format!(
        "
mission: 1
name: t
inputs: {{ list: {{ type: array, items: {{ type: string }}, default: {list} }}, on: {{ type: boolean, default: true }} }}
limits: {{ {limits} }}
nodes:
  each:
    map: {{ over: inputs.list, as: part, key: part }}
    {more}
    nodes: {{ one: {{ run: one }} }}
"
    )
}

#[test]
fn a_graph_over_inputs_keeps_to_the_limit_on_nodes() {
    let three = "[a, b, c]";
    let made = Scripted::begin(&over("nodes: 7", three, ""));
    assert_eq!(made.core.run().graph().len(), 7);
    let message = graphless(&over("nodes: 6", three, ""));
    assert_eq!(message, "the graph would have 7 nodes or more; `limits.nodes` allows 6");
    let message = graphless(&over("nodes: '{{ inputs.list | length }}'", three, ""));
    assert_eq!(message, "the graph would have 4 nodes or more; `limits.nodes` allows 3");
}

#[test]
fn bad_keys_in_an_input_are_refused_before_the_run() {
    assert_eq!(graphless(&over("concurrency: 1", "[a, a]", "")), "node `t:each`: the key `a` is used twice");
    let message = graphless(&over("concurrency: 1", "[../x]", ""));
    assert!(message.starts_with("node `t:each`: the key `../x` is not of the form"), "{message}");
}

#[test]
fn a_list_that_may_never_be_needed_is_not_judged_beforehand() {
    let run = Scripted::begin(&over("concurrency: 1", "[a, a]", "when: not inputs.on"));
    assert_eq!(run.ending().1, Vec::<String>::new());
}

#[test]
fn a_pool_has_room_for_one_or_for_as_many_as_it_says() {
    for (pools, begun) in [("", &["t:a"][..]), ("pools: { db: 2 }", &["t:a", "t:b"])] {
        let mut run = Scripted::begin(&format!(
            "
mission: 1
name: t
{pools}
nodes:
  a: {{ run: a, pool: db }}
  b: {{ run: b, pool: db }}
  c: {{ run: c, pool: db }}
"
        ));
        assert_eq!(run.under_way(), begun, "{pools}");
        run.ends("t:a", 0, "");
        assert_eq!(run.under_way().len(), begun.len(), "the next one takes its place");
        assert_eq!(run.under_way().last(), Some(&["t:b", "t:c"][begun.len() - 1]));
    }
}

#[test]
fn an_open_tool_lengthens_patience_and_does_not_end_it() {
    let mut run = Scripted::begin(
        "
mission: 1
name: t
agents: { a: { runner: codex, access: write } }
nodes:
  a: { agent: a, prompt: write, idle: 10s }
",
    );
    let deadline = |run: &Scripted| run.core.next_deadline().expect("a deadline").0;
    let busy = || Input::Busy { node: "t:a".to_owned(), attempt: 1 };
    let first = deadline(&run);
    run.at(first - 1_000);
    run.input(busy());
    assert_eq!(deadline(&run), first + 30_000, "four times as long");
    run.at(first + 29_000);
    assert_eq!(run.phase("t:a"), Phase::Running);
    // The tool ends and another one begins: patience begins anew.
    run.tells("t:a", Usage::default());
    let told = run.now();
    assert_eq!(deadline(&run), told + 10_000);
    run.input(busy());
    assert_eq!(deadline(&run), told + 40_000);
    run.at(told + 40_000);
    assert_eq!(run.core.next_deadline(), None, "it is being ended");
    run.ends("t:a", 0, "too late");
    assert_eq!(run.ending().1, ["`t:a`: no output and no progress for too long (`idle: 10s`)"]);
}

#[test]
fn nothing_begins_in_the_step_that_ends_the_run() {
    let mut run = Scripted::begin(
        "
mission: 1
name: t
limits: { agentRuns: 1, onExceeded: stop }
agents: { worker: { runner: alpha, access: read } }
nodes:
  a: { agent: worker, prompt: go }
  b: { agent: worker, prompt: go }
",
    );
    assert_eq!((run.under_way(), run.core.run().cancel()), (vec!["t:a"], None), "it is not ended as it begins");
    run.tells("t:a", Usage::default());
    assert!(run.core.run().cancel().is_some_and(|ask| ask.by == "limits"), "but when it is known to run");
}
