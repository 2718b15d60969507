//! Pictures for the tests: a small builder, and whole missions made with it as the compiler makes them.

use mission_compiler::draw::{
    EdgeKind, Kind, Picture, PictureEdge, PictureNode, PictureState, Region, RegionKind, RegionMode,
};
use mission_compiler::source::Position;

/// Builds a picture node by node.
pub(crate) struct Sketch {
    picture: Picture,
}

impl Sketch {
    pub(crate) fn new(workflow: &str) -> Self {
        let workflow = workflow.to_owned();
        Self { picture: Picture { workflow, nodes: Vec::new(), regions: Vec::new(), edges: Vec::new() } }
    }

    pub(crate) fn done(self) -> Picture {
        self.picture
    }

    /// Ids are given without the workflow's name.
    fn id(&self, path: &str) -> String {
        format!("{}:{path}", self.picture.workflow)
    }

    fn region_of(&self, path: &str) -> Option<String> {
        let mut rest = path;
        while let Some((around, _)) = rest.rsplit_once(':') {
            let id = self.id(around);
            if self.picture.regions.iter().any(|r| r.id == id) {
                return Some(id);
            }
            rest = around;
        }
        None
    }

    pub(crate) fn region(&mut self, path: &str, mode: Option<RegionMode>) -> &mut Self {
        let kind = if mode.is_some() { RegionKind::Map } else { RegionKind::Group };
        let (id, parent) = (self.id(path), self.region_of(path));
        self.picture.regions.push(Region { id, kind, mode, parent, unexpanded: false });
        self
    }

    pub(crate) fn unexpanded(&mut self, path: &str, mode: RegionMode) -> &mut Self {
        self.region(path, Some(mode));
        self.picture.regions.last_mut().expect("just added").unexpanded = true;
        self
    }

    pub(crate) fn node(&mut self, path: &str, kind: Kind, needs: &[&str]) -> &mut Self {
        let region = self.region_of(path);
        self.put(path, kind, region);
        needs.iter().for_each(|from| self.edge(from, path, EdgeKind::Needs, None));
        self
    }

    /// The exit node of a region, behind `last`.
    pub(crate) fn exit(&mut self, path: &str, kind: Kind, last: &[&str]) -> &mut Self {
        let region = Some(self.id(path));
        self.put(path, kind, region);
        for from in last {
            let barrier = from.ends_with(":barrier");
            self.edge(from, path, if barrier { EdgeKind::Barrier } else { EdgeKind::Needs }, None);
        }
        self
    }

    /// A barrier in the region of its map.
    pub(crate) fn barrier(&mut self, path: &str, map: &str) -> &mut Self {
        let region = Some(self.id(map));
        self.put(path, Kind::Barrier, region);
        self
    }

    fn put(&mut self, path: &str, kind: Kind, region: Option<String>) {
        let label = path.rsplit(':').next().unwrap_or(path).to_owned();
        let line = self.picture.nodes.len() as u32 + 1;
        let (id, span, state) = (self.id(path), Position { line, column: 3 }, PictureState::Pending);
        self.picture.nodes.push(PictureNode { id, kind, label, span, region, state });
    }

    pub(crate) fn edge(&mut self, from: &str, to: &str, kind: EdgeKind, choice: Option<&str>) {
        let (from, to, choice) = (self.id(from), self.id(to), choice.map(str::to_owned));
        self.picture.edges.push(PictureEdge { from, to, kind, choice });
    }

    pub(crate) fn repair(&mut self, from: &str, to: &str) -> &mut Self {
        self.edge(from, to, EdgeKind::Repair, None);
        self
    }

    pub(crate) fn chosen(&mut self, from: &str, choice: &str, to: &str) -> &mut Self {
        self.edge(from, to, EdgeKind::Gate, Some(choice));
        self
    }

    pub(crate) fn behind(&mut self, from: &str, to: &str) -> &mut Self {
        self.edge(from, to, EdgeKind::Barrier, None);
        self
    }

    pub(crate) fn label(&mut self, path: &str, label: &str) -> &mut Self {
        let id = self.id(path);
        let node = self.picture.nodes.iter_mut().find(|n| n.id == id).expect("a node of the sketch");
        label.clone_into(&mut node.label);
        self
    }
}

const ROUNDS: [(&str, &str); 4] = [
    ("plan", "approve-plan"),
    ("plan-2", "approve-plan-2"),
    ("plan-3", "approve-plan-3"),
    ("plan-4", "approve-plan-4"),
];

/// The mission before any plan exists.
pub(crate) fn mission_unexpanded() -> Picture {
    let mut sketch = opening();
    sketch.unexpanded("milestone", RegionMode::Barrier);
    milestone(&mut sketch, "*", None, None);
    closing(sketch, "milestone:*:barrier")
}

/// The mission with a plan of `milestones` × `features`.
pub(crate) fn mission(milestones: usize, features: usize) -> Picture {
    let mut sketch = opening();
    sketch.region("milestone", Some(RegionMode::Barrier));
    let mut before = None;
    for key in 1..=milestones {
        milestone(&mut sketch, &key.to_string(), before.as_deref(), Some(features));
        before = Some(format!("milestone:{key}:barrier"));
    }
    closing(sketch, &format!("milestone:{milestones}:barrier"))
}

fn opening() -> Sketch {
    let mut sketch = Sketch::new("mission");
    let mut asked: Option<&str> = None;
    for (plan, gate) in ROUNDS {
        sketch.node(plan, Kind::Agent, &[]);
        match asked {
            Some(before) => {
                sketch
                    .chosen(before, "revise", plan)
                    .node(gate, Kind::Gate, &["detect"])
                    .chosen(before, "revise", gate);
                sketch.edge(plan, gate, EdgeKind::Needs, None);
            }
            None => {
                sketch.node("detect", Kind::Action, &[]).node(gate, Kind::Gate, &["plan", "detect"]);
            }
        }
        asked = Some(gate);
    }
    sketch
}

fn approved(sketch: &mut Sketch, to: &str) {
    for (_, gate) in ROUNDS {
        sketch.chosen(gate, "approve", to);
    }
}

fn milestone(sketch: &mut Sketch, key: &str, before: Option<&str>, features: Option<usize>) {
    let item = format!("milestone:{key}");
    let at = |name: &str| format!("{item}:{name}");
    sketch.region(&item, None);
    let feature = at("feature");
    let keys: Vec<String> = match features {
        None => {
            sketch.unexpanded(&feature, RegionMode::Parallel);
            vec!["*".to_owned()]
        }
        Some(count) => {
            sketch.region(&feature, Some(RegionMode::Parallel));
            (0..count).map(|i| WORK[i % WORK.len()].to_owned() + if i < WORK.len() { "" } else { "-more" }).collect()
        }
    };
    let features: Vec<String> = keys.iter().map(|key| format!("{feature}:{key}")).collect();
    for path in &features {
        sketch.node(path, Kind::Agent, &[]);
        match before {
            Some(barrier) => {
                sketch.behind(barrier, path);
            }
            None => {
                sketch.edge("detect", path, EdgeKind::Needs, None);
                approved(sketch, path);
            }
        }
    }
    sketch.exit(&feature, Kind::Map, &features.iter().map(String::as_str).collect::<Vec<_>>());
    sketch.node(&at("merge"), Kind::Action, &[&feature]);
    sketch.node(&at("integrate"), Kind::Agent, &[&feature, &at("merge")]);
    sketch.node(&at("ready"), Kind::Action, &[&at("integrate")]);
    validation(sketch, &at("validate"), &[&at("ready")], None);
    sketch.node(&at("follow-up"), Kind::Agent, &[]).repair(&at("validate"), &at("follow-up"));
    validation(sketch, &at("revalidate"), &[&at("ready"), &at("follow-up")], Some(&at("validate")));
    sketch.node(&at("commit"), Kind::Action, &[&at("validate"), &at("revalidate")]);
    sketch.exit(&item, Kind::Group, &[&at("commit")]);
    sketch.barrier(&at("barrier"), "milestone").behind(&item, &at("barrier"));
}

fn validation(sketch: &mut Sketch, group: &str, needs: &[&str], failed: Option<&str>) {
    sketch.region(group, None);
    let check = format!("{group}:check");
    sketch.unexpanded(&check, RegionMode::Serial);
    let (each, judge) = (format!("{check}:*"), format!("{group}:judge"));
    sketch.node(&each, Kind::Run, needs);
    if let Some(failed) = failed {
        sketch.repair(failed, &each);
    }
    sketch.exit(&check, Kind::Map, &[&each]);
    sketch.node(&judge, Kind::Agent, &[&check]);
    sketch.exit(group, Kind::Group, &[&judge]);
}

fn closing(mut sketch: Sketch, last: &str) -> Picture {
    sketch.exit("milestone", Kind::Map, &[last]);
    sketch.node("final", Kind::Agent, &["milestone"]);
    sketch.done()
}

const WORK: [&str; 10] = [
    "auth-api",
    "session-store",
    "login-form",
    "rate-limit",
    "audit-log",
    "password-reset",
    "docs",
    "e2e",
    "team-invitations",
    "export-as-csv",
];

/// A run in the middle of its second item: states as a person would meet them.
pub(crate) fn under_way(mut picture: Picture) -> Picture {
    for node in &mut picture.nodes {
        let id = node.id.as_str();
        node.state = if id.ends_with("-2") || id.ends_with("-3") || id.ends_with("-4") {
            PictureState::Skipped
        } else if id.contains(":2:feature:auth") {
            PictureState::Done
        } else if id.contains(":2:feature:session") {
            PictureState::Running
        } else if id.contains(":2:feature:login") {
            PictureState::Failed
        } else if id.contains(":2:feature:rate") {
            PictureState::Waiting
        } else if id.contains(":2:feature:") {
            PictureState::Ready
        } else if id.contains(":1:validate") {
            PictureState::Failed
        } else if id.contains(":1:")
            || id.ends_with(":1")
            || matches!(node.label.as_str(), "plan" | "approve-plan" | "detect")
        {
            PictureState::Done
        } else if id == "mission:milestone" || id.ends_with(":2") || id.ends_with(":2:feature") {
            PictureState::Running
        } else {
            PictureState::Pending
        };
    }
    picture
}
