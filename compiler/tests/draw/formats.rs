//! Text, DOT, Mermaid and JSON of small pictures and of the mission.

use mission_compiler::draw::{self, Kind, Picture, PictureState, RegionMode};

use crate::sketch::{Sketch, mission, mission_unexpanded, under_way};

pub(crate) fn small() -> Picture {
    let mut sketch = Sketch::new("notes");
    sketch.node("collect", Kind::Run, &[]).node("write", Kind::Agent, &["collect"]);
    sketch.node("approve", Kind::Gate, &["write"]).node("publish", Kind::Run, &["collect"]);
    sketch.chosen("approve", "approve", "publish");
    sketch.done()
}

/// Names that would break a careless format.
pub(crate) fn hostile() -> Picture {
    let mut sketch = Sketch::new("a\"<b>&");
    sketch.node("x", Kind::Agent, &[]).label("x", "1. \"quoted\" <script>&amp; \\N #35; `code` *bold*\n{}[]|");
    sketch.region("m", Some(RegionMode::Serial)).exit("m", Kind::Map, &[]);
    sketch.node("g", Kind::Gate, &["x", "m", "nowhere"]).chosen("g", "say \"no\" -->", "x");
    sketch.done()
}

#[test]
fn jsons_are_fixtures() {
    let read = |text: &str| serde_json::from_str::<Picture>(text).expect("a picture");
    assert_eq!(read(include_str!("mission.json")), mission_unexpanded());
    assert_eq!(read(include_str!("mission-2x3.json")), mission(2, 3));
    assert_eq!(draw::json(&mission_unexpanded()), include_str!("mission.json"));
}

#[test]
fn text() {
    insta::assert_snapshot!("text-small", draw::text(&small()));
    insta::assert_snapshot!("text-mission", draw::text(&mission_unexpanded()));
    insta::assert_snapshot!("text-mission-2x3", draw::text(&under_way(mission(2, 3))));
    insta::assert_snapshot!("text-hostile", draw::text(&hostile()));
    assert_eq!(draw::text(&Sketch::new("empty").done()), "empty: 0 nodes, 0 regions, 0 edges\n");
}

#[test]
fn text_has_one_line_per_node_within_80_columns() {
    for picture in [mission_unexpanded(), mission(2, 3), under_way(mission(7, 6)), mission(20, 20)] {
        let text = draw::text(&picture);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        let tree = text.lines().skip_while(|line| !line.contains(" plan "));
        let heads = tree.filter(|line| line.chars().take_while(|c| *c == ' ').count() < 20);
        assert_eq!(heads.count(), picture.nodes.len());
    }
}

#[test]
fn dot() {
    insta::assert_snapshot!("dot-small", draw::dot(&small()));
    insta::assert_snapshot!("dot-mission", draw::dot(&mission_unexpanded()));
    insta::assert_snapshot!("dot-hostile", draw::dot(&hostile()));
}

#[test]
fn mermaid() {
    insta::assert_snapshot!("mermaid-small", draw::mermaid(&small()));
    insta::assert_snapshot!("mermaid-mission", draw::mermaid(&mission_unexpanded()));
    insta::assert_snapshot!("mermaid-mission-2x3", draw::mermaid(&under_way(mission(2, 3))));
    insta::assert_snapshot!("mermaid-hostile", draw::mermaid(&hostile()));
}

#[test]
fn mermaid_stays_below_its_limit_of_edges() {
    let text = draw::mermaid(&mission(20, 20));
    assert!(text.lines().filter(|line| line.contains("-->") || line.contains("==>")).count() < 500);
}

#[test]
fn json() {
    insta::assert_snapshot!("json-small", draw::json(&small()));
}

#[test]
fn regions_that_stand_within_themselves_are_still_drawn() {
    let mut picture = small();
    let region = |id: &str, parent: &str| draw::Region {
        id: id.to_owned(),
        kind: draw::RegionKind::Group,
        mode: None,
        parent: Some(parent.to_owned()),
        unexpanded: false,
    };
    picture.regions = vec![region("notes:a", "notes:b"), region("notes:b", "notes:a"), region("notes:c", "nowhere")];
    picture.nodes[0].region = Some("notes:a".to_owned());
    picture.nodes[1].region = Some("missing".to_owned());
    picture.nodes[2].state = PictureState::Waiting;
    insta::assert_snapshot!("text-knotted", draw::text(&picture));
}
