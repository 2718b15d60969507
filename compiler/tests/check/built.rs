//! What a checked workflow holds: order, needs, key checks, edits; and that a graph can be made of every one.

use mission_compiler::expand::{expand, preview};
use mission_compiler::facts::{Facts, View};
use mission_compiler::graph::Ix;
use mission_compiler::template::Data;
use mission_compiler::workflow::{Body, Choice, Go, KeyCheck, Node, Setting, Unresolved, Verb, Workflow};

use crate::world::{check_file, fixtures, root};

fn built(path: &str) -> Workflow {
    check_file(&root().join(path)).workflow.expect("an accepted file")
}

fn node<'b>(body: &'b Body, name: &str) -> &'b Node {
    &body.nodes[body.find(name).expect("a node of this name")]
}

fn inner(node: &Node) -> &Body {
    match &node.verb {
        Verb::Nodes(body) => body,
        other => panic!("expected a group, found {other:?}"),
    }
}

/// `path key [inner; inner]`
fn keys(checks: &[KeyCheck]) -> Vec<String> {
    let text = |c: &KeyCheck| {
        let inner = keys(&c.inner).join("; ");
        format!("{} as {}: {} [{inner}]", c.path.join("."), c.item, c.key.source())
    };
    checks.iter().map(text).collect()
}

#[test]
fn bodies_are_in_topological_order_and_else_in_the_authors() {
    let workflow = built("tests/check/accept/order-of-the-author.yaml");
    let names: Vec<&str> = workflow.body.nodes.iter().map(|n| n.name.as_str()).collect();
    assert_eq!(names, ["a", "c", "b", "last"]);
    assert_eq!(workflow.body.nodes[3].needs, [2, 1], "in the author's order");
}

#[test]
fn a_repair_stands_behind_what_it_repairs_and_before_what_needs_that() {
    let workflow = built("tests/check/accept/repair-group.yaml");
    let names: Vec<&str> = workflow.body.nodes.iter().map(|n| n.name.as_str()).collect();
    assert_eq!(names, ["test", "mend", "ship"]);
    let test = node(&workflow.body, "test").on_fail.as_ref().expect("a repair edge");
    assert_eq!((test.repair, test.attempts, test.as_name.as_str()), (1, 2, "retest"));
    assert!(matches!(test.otherwise, Setting::<Unresolved>::Computed(_)));
    assert_eq!(node(&workflow.body, "mend").repairs, Some(0));
}

#[test]
fn a_list_answers_for_its_keys_where_it_is_made_and_where_it_is_edited() {
    let workflow = built("tests/check/accept/gate-edit-and-revise.yaml");
    let wanted = ["sections as section: section.id []"];
    assert_eq!(keys(&node(&workflow.body, "draft").keys), wanted);
    let approve = node(&workflow.body, "approve");
    assert_eq!(keys(&approve.keys), wanted);
    let Verb::Gate(gate) = &approve.verb else { panic!("expected a gate") };
    let edit = gate.edit.as_ref().expect("an edit");
    assert_eq!(keys(&edit.keys), wanted);
    assert_eq!(edit.asserts.len(), 1);
    assert!(edit.contract.is_some());
    let draft = workflow.body.find("draft").expect("a node");
    let again = Choice { go: Go::Back { to: draft, max: 2 }, comment_required: true };
    assert_eq!(gate.choices["again"], again);
}

#[test]
fn keys_of_the_shipped_template_reach_the_node_that_makes_the_list() {
    let workflow = built("../templates/mission.yaml");
    let wanted = ["milestones as milestone: milestone_index [features as feature: feature.id []]"];
    assert_eq!(keys(&node(&workflow.body, "plan").keys), wanted);
    assert_eq!(keys(&node(&workflow.body, "approve-plan").keys), wanted);
    assert_eq!(keys(&node(&workflow.body, "detect").keys), ["checks as check: check.name | slug []"]);
    let milestone = inner(node(&workflow.body, "milestone"));
    let names: Vec<&str> = milestone.nodes.iter().map(|n| n.name.as_str()).collect();
    let built = ["start", "feature", "merge", "conflict", "built"];
    let all = [&built[..], &["integrate", "checks", "ready", "validate", "follow-up", "commit"]].concat();
    assert_eq!(names, all);
    let validate = inner(node(milestone, "validate"));
    assert!(node(validate, "check").needs.is_empty(), "outer needs are inherited");
}

#[test]
fn a_list_is_traced_through_groups_values_and_gates() {
    let workflow = built("tests/check/accept/keys-passed-on.yaml");
    let bits = "bits as bit: part.id ~ '-' ~ bit []";
    let (short, long) = (format!("parts as part: part.id [{bits}]"), format!("all.parts as part: part.id [{bits}]"));
    assert_eq!(keys(&node(&workflow.body, "approve").keys), [long.as_str()]);
    assert_eq!(keys(&node(&workflow.body, "wrapped").keys), [long]);
    let make = node(&workflow.body, "make");
    assert_eq!(keys(&make.keys), [short.as_str()]);
    assert_eq!(keys(&node(inner(make), "really").keys), [short], "and not the key that speaks of an input");
}

/// Inputs only; nothing has run.
struct Start(Data);

impl Facts for Start {
    fn inputs(&self) -> Data {
        self.0.clone()
    }
    fn run(&self) -> Data {
        Data::map(vec![("id".to_owned(), Data::from("r")), ("workflow".to_owned(), Data::from("w"))])
    }
    fn current(&self, rounds: &[Ix]) -> Option<Ix> {
        rounds.first().copied()
    }
    fn view(&self, _: Ix) -> View {
        View { status: "pending", output: Data::null(), error: Data::null(), attempts: 0, items: None }
    }
}

#[test]
fn a_graph_can_be_made_of_every_accepted_workflow() {
    let mut files = fixtures("accept");
    files.push(root().join("../templates/mission.yaml"));
    for path in files {
        let workflow = check_file(&path).workflow.expect("an accepted file");
        let inputs =
            workflow.inputs.iter().map(|(name, i)| (name.clone(), i.default.clone().unwrap_or_else(Data::null)));
        let facts = Start(Data::map(inputs.collect()));
        let graph = expand(&workflow, &facts).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let whole = preview(&graph, &facts).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(whole.len() >= workflow.body.nodes.len(), "{}", path.display());
    }
}
