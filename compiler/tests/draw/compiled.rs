//! Pictures of real workflow files: the shipped template, the examples, every accepted fixture.

use std::path::Path;

use mission_compiler::diagnostic::render;
use mission_compiler::draw::{Picture, PictureEdge, PictureState, svg, text};
use mission_compiler::expand::{expand, picture, preview};
use mission_compiler::facts::{Facts, View};
use mission_compiler::graph::Ix;
use mission_compiler::template::Data;

use crate::geometry::check;
use crate::sketch::{mission, mission_unexpanded};
use crate::world::{check_file, fixtures, root};

/// Inputs, and what some nodes have put out.
struct Known {
    inputs: Data,
    outputs: Vec<(Ix, Data)>,
}

impl Facts for Known {
    fn inputs(&self) -> Data {
        self.inputs.clone()
    }
    fn run(&self) -> Data {
        Data::map(vec![("id".to_owned(), Data::from("r")), ("workflow".to_owned(), Data::from("w"))])
    }
    fn current(&self, rounds: &[Ix]) -> Option<Ix> {
        rounds.first().copied()
    }
    fn view(&self, ix: Ix) -> View {
        let output = self.outputs.iter().find(|(known, _)| *known == ix).map_or_else(Data::null, |(_, o)| o.clone());
        View { status: "pending", output, error: Data::null(), attempts: 0, items: None }
    }
}

/// The picture of the file, where the nodes in `known` have put out these values.
fn compiled(path: &Path, known: &[(&str, serde_json::Value)]) -> Picture {
    let checked = check_file(path);
    let Some(workflow) = checked.workflow else {
        panic!("{}", render(&checked.sources, &checked.diagnostics, false));
    };
    let inputs = workflow.inputs.iter().map(|(name, i)| (name.clone(), i.default.clone().unwrap_or_else(Data::null)));
    let mut facts = Known { inputs: Data::map(inputs.collect()), outputs: Vec::new() };
    let graph = expand(&workflow, &facts).expect("an accepted file has a graph");
    for (id, value) in known {
        facts.outputs.push((graph.find(id).expect("a node of the workflow"), Data::from_json(value)));
    }
    let graph = preview(&graph, &facts).expect("an accepted file has a picture");
    picture(&workflow, &checked.sources, &graph, &|_| PictureState::Pending)
}

/// Without the places in the file, and with regions and edges in one order.
fn bare(mut picture: Picture) -> Picture {
    let place = mission_compiler::source::Position { line: 1, column: 1 };
    picture.nodes.iter_mut().for_each(|node| node.span = place);
    picture.regions.sort_by(|a, b| a.id.cmp(&b.id));
    let key = |e: &PictureEdge| (e.from.clone(), e.to.clone(), e.kind, e.choice.clone());
    picture.edges.sort_by_key(key);
    picture
}

/// The part of `picture` that `fixture` names; the template may have more than the fixtures know. What is entered only
/// through a node that they do not know is entered from what leads there.
fn named_by(fixture: &Picture, mut picture: Picture) -> Picture {
    let known = |id: &str| fixture.nodes.iter().any(|node| node.id == id);
    let edges = picture.edges.clone();
    for lost in edges.iter().filter(|edge| !known(&edge.from) && known(&edge.to)) {
        if edges.iter().any(|other| other.to == lost.to && known(&other.from)) {
            continue;
        }
        let leading = edges.iter().filter(|edge| edge.to == lost.from && known(&edge.from)).cloned();
        picture.edges.extend(leading.map(|edge| PictureEdge { to: lost.to.clone(), ..edge }));
    }
    picture.nodes.retain(|node| known(&node.id));
    picture.regions.retain(|region| known(&region.id));
    picture.edges.retain(|edge| known(&edge.from) && known(&edge.to));
    bare(picture)
}

#[test]
fn the_template_is_drawn_as_the_fixtures_say() {
    let path = root().join("../templates/mission.yaml");
    let wanted = bare(mission_unexpanded());
    let made = named_by(&wanted, compiled(&path, &[]));
    assert_eq!(text(&made), text(&wanted));
    assert_eq!(made, wanted);
    let features = ["auth-api", "session-store", "login-form"];
    let feature =
        |id: &&str| serde_json::json!({ "id": id, "title": id, "instructions": "x", "canRunInParallel": true });
    let item = serde_json::json!({ "features": features.iter().map(feature).collect::<Vec<_>>() });
    let plan = serde_json::json!({ "milestones": [item, item] });
    let wanted = bare(mission(2, 3));
    let made = named_by(&wanted, compiled(&path, &[("mission:approve-plan", plan)]));
    assert_eq!(text(&made), text(&wanted));
    assert_eq!(made, wanted);
}

#[test]
fn every_accepted_workflow_is_drawn_cleanly() {
    let mut files = fixtures("accept");
    files.extend(
        ["hello/hello.yaml", "fan-out/fan-out.yaml", "release-notes/release-notes.yaml"]
            .map(|f| root().join("../examples").join(f)),
    );
    files.push(root().join("../templates/mission.yaml"));
    for path in files {
        check(&compiled(&path, &[]));
    }
}

#[test]
fn parts_that_no_line_connects_stand_close_together() {
    let path = root().join("tests/check/accept/parts-apart.yaml");
    let drawn = svg(&compiled(&path, &[]));
    let width =
        drawn.split("width=\"").nth(1).and_then(|rest| rest.split('"').next()).and_then(|n| n.parse::<u32>().ok());
    // Its widest level holds seven boxes.
    assert!(width.is_some_and(|width| width < 7 * 230), "{width:?}");
}
