//! SVG: the invariants on real and generated pictures, and two whole texts.

use mission_compiler::draw::{EdgeKind, Kind, Picture, RegionMode, svg};

use crate::formats::{hostile, small};
use crate::geometry::{check, drawn_as};
use crate::sketch::{Sketch, mission, mission_unexpanded, under_way};

#[test]
fn missions_are_drawn_cleanly() {
    check(&mission_unexpanded());
    check(&under_way(mission(2, 3)));
    check(&under_way(mission(7, 6)));
    check(&mission(1, 1));
    check(&mission(3, 20));
}

#[test]
fn a_mission_of_twenty_by_twenty_is_drawn_cleanly() {
    let picture = mission(20, 20);
    assert!(picture.nodes.len() > 442);
    check(&picture);
}

#[test]
fn small_pictures_are_drawn_cleanly() {
    check(&Sketch::new("empty").done());
    check(&small());
    check(&waves());
    check(&asked());
    check(&fan(40));
}

/// Hostile names must not break the document; the edge back to the beginning may cross what it likes.
#[test]
fn hostile_names_stay_text() {
    let mut picture = hostile();
    picture.edges.retain(|edge| edge.kind != EdgeKind::Gate);
    check(&picture);
    assert!(!svg(&hostile()).contains("<script"));
}

#[test]
fn what_is_written_on_the_exit_of_a_region_has_room() {
    let mut sketch = Sketch::new("w");
    sketch.region("conflict", None).node("conflict:a", Kind::Run, &[]).exit("conflict", Kind::Group, &["conflict:a"]);
    let text = svg(&sketch.done());
    assert!(text.contains(">end of conflict</text>"), "{text}");
}

#[test]
fn kinds_have_shapes_of_their_own() {
    let picture = mission_unexpanded();
    assert!(drawn_as(&picture, Kind::Gate, "polygon"));
    assert!(drawn_as(&picture, Kind::Agent, "rect"));
    assert!(drawn_as(&picture, Kind::Map, "path"));
    let text = svg(&picture);
    for class in
        ["edge edge-repair", "edge edge-gate", "edge edge-barrier", "edge edge-needs", "mode-barrier", "unexpanded"]
    {
        assert!(text.contains(class), "no {class}");
    }
    assert!(text.contains("× items") && text.contains(">repair</text>") && text.contains(">revise</text>"));
}

#[test]
fn whole_texts() {
    insta::assert_snapshot!("svg-small", svg(&small()));
    insta::assert_snapshot!("svg-waves", svg(&waves()));
}

#[test]
fn thirty_generated_pictures_are_drawn_cleanly() {
    for seed in 0..30 {
        check(&Maker { state: seed * 7_919 + 17, sketch: Sketch::new("made") }.make());
    }
    // Once two choices of a gate in a row left it beside its border.
    check(&Maker { state: 244 * 7_919 + 17, sketch: Sketch::new("made") }.make());
}

fn waves() -> Picture {
    let mut sketch = Sketch::new("waves");
    sketch.node("list", Kind::Run, &[]).region("work", Some(RegionMode::Parallel));
    sketch.node("work:a", Kind::Agent, &["list"]).node("work:b", Kind::Agent, &["list"]);
    sketch.node("work:c", Kind::Agent, &["work:a", "work:b"]).node("work:d", Kind::Agent, &["work:c"]);
    sketch.exit("work", Kind::Map, &["work:d"]).node("sum", Kind::Value, &["work"]);
    sketch.label("work:a", "An interface for signing in, with tokens that expire and are renewed");
    sketch.done()
}

fn fan(count: usize) -> Picture {
    let mut sketch = Sketch::new("fan");
    sketch.node("list", Kind::Run, &[]).node("other", Kind::Run, &["list"]);
    let jobs: Vec<String> = (0..count).map(|i| format!("job-{i}")).collect();
    for job in &jobs {
        sketch.node(job, Kind::Agent, &["list"]);
    }
    sketch.node("sum", Kind::Value, &jobs.iter().map(String::as_str).collect::<Vec<_>>());
    sketch.done()
}

fn asked() -> Picture {
    let mut sketch = Sketch::new("asked");
    sketch.node("build", Kind::Agent, &[]).node("test", Kind::Run, &["build"]);
    sketch.node("fix", Kind::Agent, &[]).repair("test", "fix");
    sketch.node("retest", Kind::Run, &["build", "fix"]).repair("test", "retest");
    sketch.node("test-unresolved", Kind::Gate, &[]).repair("retest", "test-unresolved");
    sketch.node("fix-2", Kind::Agent, &["retest"]).chosen("test-unresolved", "retry", "fix-2");
    sketch.node("retest-2", Kind::Run, &["build", "fix-2"]).chosen("test-unresolved", "retry", "retest-2");
    sketch.node("ship", Kind::Action, &["test", "retest", "retest-2"]).chosen("test-unresolved", "continue", "ship");
    sketch.done()
}

/// Makes pictures from a seed: bodies in bodies, maps of every mode, repairs, gates with several choices, long names.
struct Maker {
    state: u64,
    sketch: Sketch,
}

impl Maker {
    fn make(mut self) -> Picture {
        self.body("", 3);
        self.sketch.done()
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % limit
    }

    /// Nodes of a body; gives what nothing in it waits for.
    fn body(&mut self, prefix: &str, depth: u64) -> Vec<String> {
        let count = 1 + self.below(7);
        let mut made: Vec<(String, Kind)> = Vec::new();
        let mut last: Vec<String> = Vec::new();
        for at in 0..count {
            let path = format!("{prefix}n{at}");
            let kind = self.member(&path, depth);
            for (before, kind) in made.clone() {
                if self.below(3) == 0 {
                    self.connect(&before, kind, &path);
                    last.retain(|l| *l != before);
                }
            }
            last.push(path.clone());
            made.push((path, kind));
        }
        if self.below(2) == 0 {
            let (failed, _) = made[0].clone();
            let (fix, again) = (format!("{prefix}fix"), format!("{prefix}again"));
            self.sketch.node(&fix, Kind::Agent, &[]).repair(&failed, &fix);
            self.sketch.node(&again, Kind::Run, &[&fix]).repair(&failed, &again);
            last.push(again);
        }
        last
    }

    fn connect(&mut self, from: &str, kind: Kind, to: &str) {
        if kind == Kind::Gate {
            let choice = ["approve", "put it off until tomorrow", "no"][self.below(3) as usize];
            self.sketch.chosen(from, choice, to);
        } else {
            self.sketch.edge(from, to, EdgeKind::Needs, None);
        }
    }

    fn member(&mut self, path: &str, depth: u64) -> Kind {
        let choice = self.below(if depth > 0 { 9 } else { 5 });
        let kinds = [Kind::Agent, Kind::Run, Kind::Gate, Kind::Action, Kind::Value];
        match choice {
            0..=4 => {
                self.sketch.node(path, kinds[choice as usize], &[]);
                let names = [
                    "short",
                    "a name that needs two lines to be read in full, or more",
                    "数字と漢字だけでできた長い名前の例",
                    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
                ];
                if self.below(3) == 0 {
                    let name = names[self.below(4) as usize];
                    self.sketch.label(path, name);
                }
                kinds[choice as usize]
            }
            5 | 6 => {
                self.sketch.region(path, None);
                let last = self.body(&format!("{path}:"), depth - 1);
                self.sketch.exit(path, Kind::Group, &last.iter().map(String::as_str).collect::<Vec<_>>());
                Kind::Group
            }
            _ => self.map(path, depth),
        }
    }

    fn map(&mut self, path: &str, depth: u64) -> Kind {
        let mode = [RegionMode::Parallel, RegionMode::Serial, RegionMode::Barrier][self.below(3) as usize];
        self.sketch.region(path, Some(mode));
        let mut before: Option<String> = None;
        for key in 0..self.below(9) {
            let item = format!("{path}:k{key}");
            let single = self.below(2) == 0;
            if single || depth == 1 {
                self.sketch.node(&item, Kind::Agent, &[]);
            } else {
                self.sketch.region(&item, None);
                let last = self.body(&format!("{item}:"), depth - 2);
                self.sketch.exit(&item, Kind::Group, &last.iter().map(String::as_str).collect::<Vec<_>>());
            }
            let kind = if mode == RegionMode::Barrier { EdgeKind::Barrier } else { EdgeKind::Needs };
            if let Some(before) = before.take().filter(|_| mode != RegionMode::Parallel) {
                self.sketch.edge(&before, &item, kind, None);
            }
            before = Some(item.clone());
            if mode == RegionMode::Barrier {
                let barrier = format!("{path}:k{key}:barrier");
                self.sketch.barrier(&barrier, path).behind(&item, &barrier);
                before = Some(barrier);
            }
        }
        self.sketch.exit(path, Kind::Map, &[]);
        Kind::Map
    }
}
