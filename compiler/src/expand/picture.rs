//! Graph → picture: inherited edges made visible, maps that are not known yet drawn once with `*`.

use super::{ExpandError, Item, grow, items};
use crate::draw::{EdgeKind, Picture, PictureEdge, PictureNode, PictureState, Region, RegionKind, RegionMode};
use crate::facts::Facts;
use crate::graph::{Graph, Ix, Shape};
use crate::source::Sources;
use crate::template::Data;
use crate::workflow::{Mode, Workflow};

/// The graph with every map expanded as far as `facts` allow; the others get one item with the key `*`.
///
/// # Errors
/// See [`ExpandError`].
pub fn preview(graph: &Graph, facts: &dyn Facts) -> Result<Graph, ExpandError> {
    let mut full = graph.clone();
    loop {
        let open: Vec<Ix> =
            full.iter().filter(|&ix| full.node(ix).shape == Shape::Map && !full.node(ix).expanded).collect();
        if open.is_empty() {
            return Ok(full);
        }
        for map in open {
            let known = items(&full, facts, map);
            let found = known.unwrap_or_else(|_| vec![Item { key: "*".to_owned(), value: Data::null(), solo: false }]);
            grow(&mut full, facts, map, &found)?;
        }
    }
}

/// Draws `graph`; `state` tells how each node stands.
pub fn picture(workflow: &Workflow, sources: &Sources, graph: &Graph, state: &dyn Fn(Ix) -> PictureState) -> Picture {
    let order = graph.topological();
    let nodes = order.iter().map(|&ix| {
        let node = graph.node(ix);
        PictureNode {
            id: node.id.to_string(),
            kind: node.kind,
            label: node.label.to_string(),
            span: sources.position(node.def.span),
            region: region_of(graph, ix).map(|r| graph.node(r).id.to_string()),
            state: state(ix),
        }
    });
    let containers = graph.iter().filter(|&ix| matches!(graph.node(ix).shape, Shape::Group | Shape::Map));
    let regions = containers.map(|ix| region(graph, ix));
    let mut edges: Vec<PictureEdge> = Vec::new();
    for &ix in &order {
        edges_into(graph, ix, &mut edges);
    }
    Picture { workflow: workflow.name.clone(), nodes: nodes.collect(), regions: regions.collect(), edges }
}

fn region_of(graph: &Graph, ix: Ix) -> Option<Ix> {
    let node = graph.node(ix);
    if matches!(node.shape, Shape::Group | Shape::Map) { Some(ix) } else { node.parent }
}

fn region(graph: &Graph, ix: Ix) -> Region {
    let node = graph.node(ix);
    let map = if node.shape == Shape::Map { node.def.map.as_ref() } else { None };
    Region {
        id: node.id.to_string(),
        kind: if map.is_some() { RegionKind::Map } else { RegionKind::Group },
        mode: map.map(|m| match m.mode {
            Mode::Parallel => RegionMode::Parallel,
            Mode::Serial => RegionMode::Serial,
            Mode::Barrier => RegionMode::Barrier,
        }),
        parent: node.parent.map(|p| graph.node(p).id.to_string()),
        unexpanded: node.children.iter().any(|&c| &*graph.node(c).label == "*"),
    }
}

fn edges_into(graph: &Graph, ix: Ix, edges: &mut Vec<PictureEdge>) {
    let id = graph.node(ix).id.to_string();
    let mut push = |from: Ix, kind: EdgeKind, choice: Option<String>| {
        edges.push(PictureEdge { from: graph.node(from).id.to_string(), to: id.clone(), kind, choice });
    };
    let node = graph.node(ix);
    if node.children.is_empty() {
        let (source, mut before) = entry(graph, ix);
        before.sort_unstable();
        for from in before {
            let (kind, choice) = graph.edge(from, source);
            push(from, kind, choice);
        }
        return;
    }
    let mut last: Vec<Ix> = node.children.iter().copied().filter(|&c| is_sink(graph, c)).collect();
    last.sort_unstable();
    for from in last {
        let barrier = graph.node(from).shape == Shape::Barrier;
        push(from, if barrier { EdgeKind::Barrier } else { EdgeKind::Needs }, None);
    }
}

/// The nearest of `ix` and its containers that waits for anything, and what that waits for.
fn entry(graph: &Graph, ix: Ix) -> (Ix, Vec<Ix>) {
    let mut at = ix;
    loop {
        let before: Vec<Ix> = graph.waits_for(at).collect();
        match graph.node(at).parent {
            Some(parent) if before.is_empty() => at = parent,
            _ => return (at, before),
        }
    }
}

fn is_sink(graph: &Graph, ix: Ix) -> bool {
    graph.dependents(ix).next().is_none()
}
