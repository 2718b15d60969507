//! (Workflow, facts) → graph: instances of bodies, items of maps, barriers. Deterministic.

mod beforehand;
mod items;
mod layout;
mod picture;

use std::sync::Arc;

pub use items::{Item, is_key, items, malformed, source_is_static};
pub use picture::{picture, preview};

use crate::draw::Kind;
use crate::facts::Facts;
use crate::graph::{Binding, ChainPart, Frame, FrameIx, Graph, GraphNode, Ix, Shape, Trigger};
use crate::template::Data;
use crate::workflow::{Body, Go, Join, Mode, Node, Verb, Workflow};
use beforehand::{Beforehand, limit_on_nodes, within};
use layout::{Layout, SlotTrigger, layout};

/// Why a graph cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpandError {
    /// A setting that decides about the shape of the graph cannot be evaluated.
    #[error("node `{node}`: {message}")]
    Setting {
        /// Id of the container.
        node: String,
        /// Why.
        message: String,
    },
    /// There would be more nodes than the workflow allows itself.
    #[error("the graph would have {nodes} nodes or more; `limits.nodes` allows {limit}")]
    TooMany {
        /// As many as were made before it was noticed.
        nodes: u64,
        /// The limit.
        limit: u64,
    },
    /// Two nodes would have the same id.
    #[error("two nodes would both be called `{0}`")]
    Collision(String),
}

/// The graph of a run before anything has run: maps over inputs are expanded, all others wait.
///
/// # Errors
/// See [`ExpandError`]. A list over inputs whose keys are not good is one, unless a condition may keep its map from being
/// opened.
pub fn expand(workflow: &Workflow, facts: &dyn Facts) -> Result<Graph, ExpandError> {
    let mut graph = Graph::default();
    let inputs = facts.inputs();
    let top = graph.add_frame(Frame {
        parent: None,
        owner: None,
        body: Some(Arc::clone(&workflow.body)),
        rounds: Vec::new(),
        item: None,
    });
    let mut maker = Maker { graph: &mut graph, inputs: &inputs, new_maps: Vec::new() };
    maker.body(&workflow.body, top, &workflow.name)?;
    let maps = maker.new_maps;
    let limit = limit_on_nodes(workflow, &inputs);
    expand_static(&mut graph, facts, maps, Some(&Beforehand { limit }))?;
    within(limit, graph.len() as u64)?;
    Ok(graph)
}

/// Adds the items of the map `map`, which must not be expanded.
///
/// # Errors
/// See [`ExpandError`]; the graph is then unusable.
pub fn grow(graph: &mut Graph, facts: &dyn Facts, map: Ix, items: &[Item]) -> Result<(), ExpandError> {
    let inputs = facts.inputs();
    let mut maker = Maker { graph, inputs: &inputs, new_maps: Vec::new() };
    maker.items(map, items)?;
    let maps = maker.new_maps;
    expand_static(graph, facts, maps, None)
}

/// Expands those of `maps` that depend on nothing but inputs and elements, and those inside them.
fn expand_static(
    graph: &mut Graph,
    facts: &dyn Facts,
    maps: Vec<Ix>,
    beforehand: Option<&Beforehand>,
) -> Result<(), ExpandError> {
    // Taken from the end: what the author wrote first is made first.
    let mut open = maps;
    open.reverse();
    while let Some(map) = open.pop() {
        if !source_is_static(graph, map) {
            continue;
        }
        let found = items(graph, facts, map);
        if let Some(beforehand) = beforehand {
            beforehand.check(graph, facts, map, found.as_deref().map_err(String::as_str))?;
        }
        // A list that cannot be evaluated fails its map when that opens, with the same message.
        let Ok(found) = found else { continue };
        let inputs = facts.inputs();
        let mut maker = Maker { graph, inputs: &inputs, new_maps: Vec::new() };
        maker.items(map, &found)?;
        open.extend(maker.new_maps.into_iter().rev());
    }
    Ok(())
}

/// The choice by which a gate lets the run go on.
pub(crate) fn onward_choice(gate: &GraphNode) -> Option<String> {
    if gate.chain.asks.is_some() {
        return Some(layout::ASK_CHOICES[1].to_owned());
    }
    let Verb::Gate(def) = &gate.def.verb else { return None };
    def.choices.iter().find(|(_, choice)| choice.go == Go::Next).map(|(name, _)| name.clone())
}

/// The choices that this round of a gate offers.
pub fn choices(gate: &GraphNode) -> Vec<String> {
    let offered = |name: &String| !gate.chain.withheld.contains(name);
    if gate.chain.asks.is_some() {
        return layout::ASK_CHOICES.iter().map(|&c| c.to_owned()).filter(offered).collect();
    }
    let Verb::Gate(def) = &gate.def.verb else { return Vec::new() };
    def.choices.keys().filter(|name| offered(name)).cloned().collect()
}

struct Maker<'g> {
    graph: &'g mut Graph,
    inputs: &'g Data,
    new_maps: Vec<Ix>,
}

impl Maker<'_> {
    /// Fills `frame` with the instances of its body's nodes; their ids begin with `prefix`.
    fn body(&mut self, body: &Arc<Body>, frame: FrameIx, prefix: &str) -> Result<(), ExpandError> {
        let plan =
            layout(body, self.inputs).map_err(|message| ExpandError::Setting { node: prefix.to_owned(), message })?;
        let mut made = Vec::with_capacity(plan.slots.len());
        for at in 0..plan.slots.len() {
            let ix = self.slot(body, &plan, at, frame, prefix, &made)?;
            made.push(ix);
        }
        for (at, gates) in plan.gates.iter().enumerate() {
            let gates: Vec<Ix> = gates.iter().map(|&s| made[s]).collect();
            for &round in if gates.is_empty() { &[][..] } else { &plan.rounds[at][..] } {
                self.graph.node_mut(made[round]).chain.gates.clone_from(&gates);
            }
        }
        let rounds = plan.rounds.iter().map(|slots| slots.iter().map(|&s| made[s]).collect());
        self.graph.frame_mut(frame).rounds = rounds.collect();
        for ix in made {
            self.inside(ix)?;
        }
        Ok(())
    }

    fn slot(
        &mut self,
        body: &Body,
        plan: &Layout,
        at: usize,
        frame: FrameIx,
        prefix: &str,
        made: &[Ix],
    ) -> Result<Ix, ExpandError> {
        let slot = &plan.slots[at];
        let def = Arc::clone(&body.nodes[slot.at]);
        let asks = slot.asks.is_some();
        let node = GraphNode {
            id: format!("{prefix}:{}", slot.name).into(),
            label: slot.name.as_str().into(),
            kind: if asks { Kind::Gate } else { kind_of(&def) },
            shape: if asks { Shape::Leaf } else { shape_of(&def) },
            def,
            at: (!asks).then_some(slot.at),
            parent: self.graph.frame(frame).owner,
            frame,
            inner: None,
            needs: slot.needs.iter().map(|need| need.iter().map(|&s| made[s]).collect()).collect(),
            after: slot.after.iter().map(|&s| made[s]).collect(),
            trigger: slot.trigger.as_ref().map(|t| match t {
                SlotTrigger::Failed(s) => Trigger::Failed(made[*s]),
                SlotTrigger::Chose(s, choice) => Trigger::Chose(made[*s], choice.clone()),
            }),
            item: None,
            chain: ChainPart {
                round: slot.round,
                absorbs: slot.absorbs,
                revises: slot.revises.map(|s| made[s]),
                asks: slot.asks.map(|s| made[s]),
                withheld: slot.withheld.clone(),
                gates: Vec::new(),
            },
            children: Vec::new(),
            expanded: false,
            solo: false,
        };
        self.add(node)
    }

    fn add(&mut self, node: GraphNode) -> Result<Ix, ExpandError> {
        let id = Arc::clone(&node.id);
        let ix = self.graph.add(node).ok_or_else(|| ExpandError::Collision(id.to_string()))?;
        self.graph.connect(ix);
        Ok(ix)
    }

    /// Makes the body of a group; notes a map for later.
    fn inside(&mut self, ix: Ix) -> Result<(), ExpandError> {
        let node = self.graph.node(ix);
        match node.shape {
            Shape::Map => self.new_maps.push(ix),
            Shape::Group => {
                let (frame, def, id) = (node.frame, Arc::clone(&node.def), Arc::clone(&node.id));
                self.group_body(ix, frame, &def, &id, None)?;
            }
            Shape::Leaf | Shape::Barrier => {}
        }
        Ok(())
    }

    fn group_body(
        &mut self,
        owner: Ix,
        parent: FrameIx,
        def: &Node,
        id: &str,
        item: Option<Binding>,
    ) -> Result<(), ExpandError> {
        let Verb::Nodes(body) = &def.verb else { return Ok(()) };
        let body = Arc::clone(body);
        let frame = self.graph.add_frame(Frame {
            parent: Some(parent),
            owner: Some(owner),
            body: Some(Arc::clone(&body)),
            rounds: Vec::new(),
            item,
        });
        self.graph.node_mut(owner).inner = Some(frame);
        self.body(&body, frame, id)
    }

    fn items(&mut self, map: Ix, items: &[Item]) -> Result<(), ExpandError> {
        let node = self.graph.node(map);
        let (def, id, frame) = (Arc::clone(&node.def), Arc::clone(&node.id), node.frame);
        let spec = def.map.as_ref().expect("only maps are expanded");
        let mut before = Before::default();
        for (i, item) in items.iter().enumerate() {
            let binding = Binding { name: spec.item.as_str().into(), value: item.value.clone(), index: i as u32 + 1 };
            let exit = self.item(map, &def, &id, frame, item, binding, &before)?;
            before.passed(spec.mode, exit, item.solo);
            if spec.mode == Mode::Barrier {
                before.barrier = Some(self.barrier(map, &def, &id, frame, item, exit, spec.join)?);
            } else if spec.mode == Mode::Serial {
                before.serial = Some((exit, spec.join));
            }
        }
        self.graph.node_mut(map).expanded = true;
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one item, used once")]
    fn item(
        &mut self,
        map: Ix,
        def: &Arc<Node>,
        id: &str,
        frame: FrameIx,
        item: &Item,
        binding: Binding,
        before: &Before,
    ) -> Result<Ix, ExpandError> {
        let group = matches!(def.verb, Verb::Nodes(_));
        let key: Arc<str> = item.key.as_str().into();
        let own = if group {
            frame
        } else {
            let binding = Some(binding.clone());
            self.graph.add_frame(Frame {
                parent: Some(frame),
                owner: Some(map),
                body: None,
                rounds: Vec::new(),
                item: binding,
            })
        };
        let (needs, after) = before.waits(item.solo);
        let item_id: Arc<str> = format!("{id}:{key}").into();
        let ix = self.add(GraphNode {
            id: Arc::clone(&item_id),
            label: Arc::clone(&key),
            kind: if group { Kind::Group } else { kind_of_verb(&def.verb) },
            shape: if group { Shape::Group } else { Shape::Leaf },
            def: Arc::clone(def),
            at: None,
            parent: Some(map),
            frame: own,
            inner: None,
            needs,
            after,
            trigger: None,
            item: Some((key, binding.index)),
            chain: ChainPart::default(),
            children: Vec::new(),
            expanded: false,
            solo: item.solo,
        })?;
        self.group_body(ix, frame, def, &item_id, Some(binding))?;
        Ok(ix)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one barrier, used once")]
    fn barrier(
        &mut self,
        map: Ix,
        def: &Arc<Node>,
        id: &str,
        frame: FrameIx,
        item: &Item,
        exit: Ix,
        join: Join,
    ) -> Result<Ix, ExpandError> {
        let settled = join == Join::AllDone;
        self.add(GraphNode {
            id: format!("{id}:{}:barrier", item.key).into(),
            label: "barrier".into(),
            kind: Kind::Barrier,
            shape: Shape::Barrier,
            def: Arc::clone(def),
            at: None,
            parent: Some(map),
            frame,
            inner: None,
            needs: if settled { Vec::new() } else { vec![vec![exit]] },
            after: vec![exit],
            trigger: None,
            item: None,
            chain: ChainPart::default(),
            children: Vec::new(),
            expanded: false,
            solo: false,
        })
    }
}

/// What the next item of a map waits for.
#[derive(Default)]
struct Before {
    barrier: Option<Ix>,
    serial: Option<(Ix, Join)>,
    /// The last item that runs alone.
    solo: Option<Ix>,
    /// Items since then.
    since: Vec<Ix>,
}

impl Before {
    fn waits(&self, solo: bool) -> (Vec<Vec<Ix>>, Vec<Ix>) {
        let (mut needs, mut after) = (Vec::new(), Vec::new());
        needs.extend(self.barrier.map(|b| vec![b]));
        match self.serial {
            Some((exit, Join::Stop)) => needs.push(vec![exit]),
            Some((exit, Join::AllOk | Join::AllDone)) => after.push(exit),
            None => {}
        }
        after.extend(self.solo);
        if solo {
            after.extend(&self.since);
        }
        (needs, after)
    }
    fn passed(&mut self, mode: Mode, exit: Ix, solo: bool) {
        if mode != Mode::Parallel {
            return;
        }
        if solo {
            self.solo = Some(exit);
            self.since.clear();
        } else {
            self.since.push(exit);
        }
    }
}

fn shape_of(def: &Node) -> Shape {
    match (&def.map, &def.verb) {
        (Some(_), _) => Shape::Map,
        (None, Verb::Nodes(_)) => Shape::Group,
        (None, _) => Shape::Leaf,
    }
}

fn kind_of(def: &Node) -> Kind {
    if def.map.is_some() { Kind::Map } else { kind_of_verb(&def.verb) }
}

fn kind_of_verb(verb: &Verb) -> Kind {
    match verb {
        Verb::Agent { .. } => Kind::Agent,
        Verb::Run(_) => Kind::Run,
        Verb::Gate(_) => Kind::Gate,
        Verb::Uses { .. } => Kind::Action,
        Verb::Value(_) => Kind::Value,
        Verb::Nodes(_) => Kind::Group,
    }
}
