//! The DAG of one run: nodes with ids, what each waits for, and the frames in which names resolve. The only file that names petgraph.
//!
//! The graph holds structure only; states are facts and live elsewhere.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::draw::{EdgeKind, Kind};
use crate::template::Data;
use crate::workflow::{Body, Node, NodeAt};

/// A node of a [`Graph`]; never reused, ordered by creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ix(u32);

impl Ix {
    /// As an index into a table beside the graph.
    pub fn index(self) -> usize {
        self.0 as usize
    }
    fn petgraph(self) -> NodeIndex<u32> {
        NodeIndex::new(self.0 as usize)
    }
}

impl From<NodeIndex<u32>> for Ix {
    fn from(ix: NodeIndex<u32>) -> Self {
        Self(ix.index() as u32)
    }
}

/// Where a name resolves: the instance of one body, or the binding of one map element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FrameIx(pub(crate) u32);

/// The instance of one body.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Enclosing frame.
    pub parent: Option<FrameIx>,
    /// The container whose body this is; `None` at the top.
    pub owner: Option<Ix>,
    /// The body; `None` for an element of a map that repeats a single node.
    pub body: Option<Arc<Body>>,
    /// For each node of the body, its rounds in order.
    pub rounds: Vec<Vec<Ix>>,
    /// Element of the map whose item this frame is.
    pub item: Option<Binding>,
}

/// A map's element inside its item.
#[derive(Debug, Clone)]
pub struct Binding {
    /// Name in expressions, `_` for `-`.
    pub name: Arc<str>,
    /// The element.
    pub value: Data,
    /// Position from 1.
    pub index: u32,
}

/// What a graph node is to the executor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Does its work itself.
    Leaf,
    /// Opens its body, and settles when the body has.
    Group,
    /// Opens its items, and settles when they have.
    Map,
    /// Opens when the item before it is satisfied.
    Barrier,
}

/// A condition on another node that decides whether a round is used at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// That node failed, in a way that repair may help.
    Failed(Ix),
    /// That gate was answered with this choice.
    Chose(Ix, String),
}

impl Trigger {
    /// The node it looks at.
    pub fn source(&self) -> Ix {
        match self {
            Self::Failed(ix) | Self::Chose(ix, _) => *ix,
        }
    }
}

/// One node.
#[derive(Debug, Clone)]
pub struct GraphNode {
    /// Public id.
    pub id: Arc<str>,
    /// Its last part.
    pub label: Arc<str>,
    /// Kind for people.
    pub kind: Kind,
    /// Kind for the executor.
    pub shape: Shape,
    /// The definition. A barrier's is that of its map.
    pub def: Arc<Node>,
    /// Its position in the body of its frame; `None` for items and barriers.
    pub at: Option<NodeAt>,
    /// The container it stands in.
    pub parent: Option<Ix>,
    /// Where its own expressions resolve.
    pub frame: FrameIx,
    /// Frame of its body, for groups.
    pub inner: Option<FrameIx>,
    /// Needs; each is the list of rounds of one name.
    pub needs: Vec<Vec<Ix>>,
    /// Must have settled, however.
    pub after: Vec<Ix>,
    /// Decides whether it is used.
    pub trigger: Option<Trigger>,
    /// Key and position (from 1), for items of maps.
    pub item: Option<(Arc<str>, u32)>,
    /// Part in a chain of rounds.
    pub chain: ChainPart,
    /// Nodes directly inside.
    pub children: Vec<Ix>,
    /// For maps: the items are known.
    pub expanded: bool,
    /// Runs alone among the items of its map.
    pub solo: bool,
}

/// Part of a node in a chain of rounds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChainPart {
    /// Round of its name, from 0.
    pub round: u32,
    /// A failure here is final and lets the run go on, marked unresolved.
    pub absorbs: bool,
    /// The gate that asked for this revision, if this is one.
    pub revises: Option<Ix>,
    /// It is the gate that asks what to do about this failed node.
    pub asks: Option<Ix>,
    /// Choices that this round of a gate no longer offers.
    pub withheld: Vec<String>,
    /// Gates that ask about this chain, on each of its rounds.
    pub gates: Vec<Ix>,
}

/// The DAG.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    dag: DiGraph<GraphNode, (), u32>,
    /// Nodes that were taken away. They keep their place, for a place that is used twice would spoil the order of creation.
    gone: BTreeSet<Ix>,
    ids: HashMap<Arc<str>, Ix>,
    frames: Vec<Frame>,
    top: Vec<Ix>,
}

impl Graph {
    /// The node.
    pub fn node(&self, ix: Ix) -> &GraphNode {
        &self.dag[ix.petgraph()]
    }
    pub(crate) fn node_mut(&mut self, ix: Ix) -> &mut GraphNode {
        &mut self.dag[ix.petgraph()]
    }
    /// The node called `id`.
    pub fn find(&self, id: &str) -> Option<Ix> {
        self.ids.get(id).copied()
    }
    /// Is the node still there? Items of a map that was reset are not.
    pub fn contains(&self, ix: Ix) -> bool {
        ix.index() < self.dag.node_count() && !self.gone.contains(&ix)
    }
    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.dag.node_count() - self.gone.len()
    }
    /// True without nodes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// One more than the largest index: the size of a table beside the graph.
    pub fn bound(&self) -> usize {
        self.dag.node_count()
    }
    /// Every node in order of creation.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Ix> + '_ {
        self.dag.node_indices().map(Ix::from).filter(|ix| !self.gone.contains(ix))
    }
    /// The frame.
    pub fn frame(&self, frame: FrameIx) -> &Frame {
        &self.frames[frame.0 as usize]
    }
    /// Nodes outside any container.
    pub fn top(&self) -> &[Ix] {
        &self.top
    }
    /// The frame of the workflow's own body.
    pub fn top_frame(&self) -> FrameIx {
        FrameIx(0)
    }
    /// Nodes that wait for `ix` directly: by need, order or trigger.
    pub fn dependents(&self, ix: Ix) -> impl Iterator<Item = Ix> + '_ {
        self.dag.neighbors_directed(ix.petgraph(), Direction::Outgoing).map(Ix::from)
    }
    /// Nodes that `ix` waits for directly, each once.
    pub fn waits_for(&self, ix: Ix) -> impl Iterator<Item = Ix> + '_ {
        self.dag.neighbors_directed(ix.petgraph(), Direction::Incoming).map(Ix::from)
    }
    /// How many nodes `ix` waits for directly.
    pub fn waits(&self, ix: Ix) -> usize {
        self.waits_for(ix).count()
    }
    /// The rounds of the name `name` (`_` for `-` allowed) seen from `frame`, innermost outward.
    pub fn resolve(&self, frame: FrameIx, name: &str) -> Option<&[Ix]> {
        let mut at = Some(frame);
        while let Some(ix) = at {
            let frame = self.frame(ix);
            if let Some(found) = frame.body.as_ref().and_then(|body| position(body, name)) {
                return frame.rounds.get(found).map(Vec::as_slice);
            }
            at = frame.parent;
        }
        None
    }
    /// The rounds of the name that `ix` is a round of; empty for items and barriers.
    pub fn rounds(&self, ix: Ix) -> &[Ix] {
        let node = self.node(ix);
        node.at.and_then(|at| self.frame(node.frame).rounds.get(at)).map_or(&[], Vec::as_slice)
    }
    /// All nodes below `ix`, parents first.
    pub fn descendants(&self, ix: Ix) -> Vec<Ix> {
        let mut found = Vec::new();
        let mut open = self.node(ix).children.clone();
        open.reverse();
        while let Some(next) = open.pop() {
            found.push(next);
            open.extend(self.node(next).children.iter().rev());
        }
        found
    }
    /// Every node after all that it waits for and after everything inside it; stable.
    pub fn topological(&self) -> Vec<Ix> {
        let mut order = Vec::with_capacity(self.len());
        self.visit_body(&self.top, &mut order);
        order
    }

    fn visit_body(&self, members: &[Ix], order: &mut Vec<Ix>) {
        let mut placed: HashMap<Ix, bool> = members.iter().map(|&ix| (ix, false)).collect();
        let mut stack: Vec<(Ix, bool)> = members.iter().rev().map(|&ix| (ix, false)).collect();
        while let Some((ix, ready)) = stack.pop() {
            if placed.get(&ix).copied().unwrap_or(true) {
                continue;
            }
            if ready {
                placed.insert(ix, true);
                let children = &self.node(ix).children;
                if !children.is_empty() {
                    self.visit_body(children, order);
                }
                order.push(ix);
                continue;
            }
            stack.push((ix, true));
            let mut before: Vec<Ix> = self.waits_for(ix).filter(|p| placed.get(p) == Some(&false)).collect();
            before.sort_unstable_by(|a, b| b.cmp(a));
            stack.extend(before.into_iter().map(|p| (p, false)));
        }
    }

    pub(crate) fn add_frame(&mut self, frame: Frame) -> FrameIx {
        self.frames.push(frame);
        FrameIx(self.frames.len() as u32 - 1)
    }
    pub(crate) fn frame_mut(&mut self, frame: FrameIx) -> &mut Frame {
        &mut self.frames[frame.0 as usize]
    }
    /// Adds a node without edges. Returns `None` if the id is taken.
    pub(crate) fn add(&mut self, node: GraphNode) -> Option<Ix> {
        if self.ids.contains_key(&node.id) {
            return None;
        }
        let (id, parent) = (Arc::clone(&node.id), node.parent);
        let ix = Ix::from(self.dag.add_node(node));
        self.ids.insert(id, ix);
        match parent {
            Some(parent) => self.node_mut(parent).children.push(ix),
            None => self.top.push(ix),
        }
        Some(ix)
    }
    /// Makes the edges that the node's needs, order and trigger imply.
    pub(crate) fn connect(&mut self, ix: Ix) {
        let node = self.node(ix);
        let mut before: Vec<Ix> = node.needs.iter().flatten().chain(&node.after).copied().collect();
        before.extend(node.trigger.as_ref().map(Trigger::source));
        before.sort_unstable();
        before.dedup();
        for from in before {
            self.dag.add_edge(from.petgraph(), ix.petgraph(), ());
        }
    }
    /// Removes everything below a map whose items are no longer known.
    pub fn shrink(&mut self, map: Ix) {
        for ix in self.descendants(map) {
            self.ids.remove(&self.dag[ix.petgraph()].id);
            self.gone.insert(ix);
        }
        let node = self.node_mut(map);
        node.children.clear();
        node.expanded = false;
    }
    /// The kind of the edge `from → to`, and the choice for a gate's.
    pub fn edge(&self, from: Ix, to: Ix) -> (EdgeKind, Option<String>) {
        let (source, target) = (self.node(from), self.node(to));
        match &target.trigger {
            Some(Trigger::Failed(ix)) if *ix == from => return (EdgeKind::Repair, None),
            Some(Trigger::Chose(ix, choice)) if *ix == from => return (EdgeKind::Gate, Some(choice.clone())),
            Some(_) | None => {}
        }
        if source.shape == Shape::Barrier || target.shape == Shape::Barrier {
            return (EdgeKind::Barrier, None);
        }
        if source.kind == Kind::Gate {
            return (EdgeKind::Gate, crate::expand::onward_choice(source));
        }
        (EdgeKind::Needs, None)
    }
}

fn position(body: &Body, name: &str) -> Option<NodeAt> {
    body.find(name).or_else(|| if name.contains('_') { body.find(&name.replace('_', "-")) } else { None })
}
