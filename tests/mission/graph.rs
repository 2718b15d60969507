//! `mission compile mission`: the graph before and after there is a plan.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::scratch::{Scratch, plan};

fn compiled(scratch: &Scratch, more: &[&str]) -> Value {
    let ran = scratch.mission(&[&["compile", "mission", "--format", "json"], more].concat()).exits(0);
    serde_json::from_str(&ran.out).expect("JSON")
}

fn ids(graph: &Value, list: &str) -> BTreeSet<String> {
    graph[list].as_array().expect("a list").iter().map(|n| n["id"].as_str().expect("an id").to_owned()).collect()
}

fn edges(graph: &Value) -> Vec<(String, String, String)> {
    let text = |e: &Value, k: &str| e[k].as_str().expect("a text").to_owned();
    let edges = graph["edges"].as_array().expect("a list");
    edges.iter().map(|e| (text(e, "from"), text(e, "to"), text(e, "kind"))).collect()
}

fn reachable(graph: &Value, from: &str, without: &str) -> BTreeSet<String> {
    let mut next: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (a, b, _) in edges(graph) {
        next.entry(a).or_default().push(b);
    }
    let (mut seen, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
    while let Some(at) = open.pop() {
        if at != without && seen.insert(at.clone()) {
            open.extend(next.get(&at).cloned().unwrap_or_default());
        }
    }
    seen
}

fn assert_acyclic(graph: &Value) {
    let nodes = ids(graph, "nodes");
    let mut waits: BTreeMap<&str, usize> = nodes.iter().map(|n| (n.as_str(), 0)).collect();
    let edges = edges(graph);
    for (from, to, _) in &edges {
        assert!(nodes.contains(from) && nodes.contains(to), "{from} → {to} joins nodes");
        *waits.get_mut(to.as_str()).expect("a node") += 1;
    }
    let mut open: Vec<&str> = waits.iter().filter(|(_, w)| **w == 0).map(|(n, _)| *n).collect();
    let mut seen = 0;
    while let Some(at) = open.pop() {
        seen += 1;
        for (_, to, _) in edges.iter().filter(|(from, _, _)| from == at) {
            let left = waits.get_mut(to.as_str()).expect("a node");
            *left -= 1;
            if *left == 0 {
                open.push(to);
            }
        }
    }
    assert_eq!(seen, nodes.len(), "no cycle");
}

#[test]
fn the_whole_mission_is_there_before_any_plan() {
    let scratch = Scratch::new(1, 1);
    let graph = compiled(&scratch, &[]);
    let nodes = ids(&graph, "nodes");
    for id in [
        "mission:plan",
        "mission:approve-plan",
        "mission:milestone:*:feature:*",
        "mission:milestone:*:integrate",
        "mission:milestone:*:validate",
        "mission:milestone:*:follow-up",
        "mission:milestone:*:revalidate",
        "mission:milestone:*:commit",
        "mission:milestone:*:barrier",
        "mission:final",
    ] {
        assert!(nodes.contains(id), "{id} in {nodes:#?}");
    }
    let regions = ids(&graph, "regions");
    for id in ["mission:milestone", "mission:milestone:*:feature"] {
        assert!(regions.contains(id), "{id} in {regions:#?}");
    }
    let kinds: BTreeSet<String> = edges(&graph).into_iter().map(|e| e.2).collect();
    let expected = ["barrier", "gate", "needs", "repair"];
    assert_eq!(kinds, expected.into_iter().map(str::to_owned).collect());
    assert!(edges(&graph).contains(&(
        "mission:milestone:*:validate".to_owned(),
        "mission:milestone:*:follow-up".to_owned(),
        "repair".to_owned()
    )));
    assert_acyclic(&graph);
}

#[test]
fn with_a_plan_every_instance_is_there_and_the_second_milestone_lies_behind_the_barrier() {
    let scratch = Scratch::new(2, 3);
    scratch.write("plan.json", &plan(2, 3).to_string());
    let file = format!("plan={}", scratch.path("plan.json").display());
    let graph = compiled(&scratch, &["--with", &file]);
    let nodes = ids(&graph, "nodes");
    for milestone in 1..=2 {
        for feature in 1..=3 {
            let id = format!("mission:milestone:{milestone}:feature:f{milestone}-{feature}");
            assert!(nodes.contains(&id), "{id} in {nodes:#?}");
        }
        for rest in ["integrate", "validate", "follow-up", "revalidate", "commit", "barrier"] {
            assert!(nodes.contains(&format!("mission:milestone:{milestone}:{rest}")));
        }
    }
    assert_acyclic(&graph);
    let second = |id: &String| id.starts_with("mission:milestone:2:");
    assert!(reachable(&graph, "mission:plan", "").iter().any(second));
    let entered: BTreeSet<String> = edges(&graph).into_iter().map(|(_, to, _)| to).collect();
    let roots: Vec<&String> = nodes.difference(&entered).collect();
    assert!(roots.iter().any(|root| *root == "mission:plan") && !roots.iter().any(|root| second(root)), "{roots:?}");
    for root in roots {
        let around = reachable(&graph, root, "mission:milestone:1:barrier");
        let around: Vec<&String> = around.iter().filter(|id| second(id)).collect();
        assert!(around.is_empty(), "reached from {root} around barrier 1: {around:?}");
    }
    for format in ["text", "dot", "mermaid", "svg"] {
        let ran = scratch.mission(&["compile", "mission", "--with", &file, "--format", format]).exits(0);
        assert!(ran.out.contains("f2-3"), "{format} names the last feature");
    }
}

/// A graph without how its nodes stand.
fn shape(mut graph: Value) -> Value {
    for node in graph["nodes"].as_array_mut().expect("a list") {
        node.as_object_mut().expect("an object").remove("state");
    }
    graph
}

#[test]
fn the_graph_of_a_run_is_drawn_whole_while_it_waits_and_when_it_has_ended() {
    let scratch = Scratch::new(2, 3);
    let drawn = || serde_json::from_str::<Value>(&scratch.mission(&["graph", "--json"]).exits(0).out).expect("JSON");
    scratch.run(&[]).exits(3);
    let waiting = drawn();
    assert_eq!(
        shape(waiting.clone()),
        shape(compiled(&scratch, &[])),
        "what is not known yet is there as in `compile`"
    );
    let state = |graph: &Value, id: &str| {
        let nodes = graph["nodes"].as_array().expect("a list");
        nodes.iter().find(|n| n["id"] == id).expect("a node")["state"].clone()
    };
    assert_eq!(state(&waiting, "mission:plan"), "done");
    assert_eq!(state(&waiting, "mission:approve-plan"), "waiting");
    assert_eq!(state(&waiting, "mission:milestone:*:validate:check:*"), "pending");
    for format in ["text", "dot", "mermaid", "svg"] {
        scratch.mission(&["graph", "--format", format]).exits(0).says("follow-up");
    }
    scratch.to_run("cancel", &[]).exits(1);
    let ended = drawn();
    assert_eq!(shape(ended.clone()), shape(waiting));
    assert_eq!(state(&ended, "mission:final"), "cancelled");
    assert_eq!(
        state(&ended, "mission:milestone:*:validate:check:*"),
        "cancelled",
        "what never came to be is not pending"
    );
}
