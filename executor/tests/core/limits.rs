//! What is refused before a run exists.

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
