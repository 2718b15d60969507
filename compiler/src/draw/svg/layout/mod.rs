//! Where everything stands: each room is laid out on its own, then as one box in the room around it. Draws nothing.

mod channels;
mod columns;
mod layers;
mod level;
mod rows;

use std::collections::BTreeMap;

use self::level::{Arc, Area, Cell, area};
use super::face::{FOOT, Face, HEAD, Head, PAD, exit_width, line_label, shows_states, sides};
use crate::draw::tree::{Item, Link, Tree};
use crate::draw::{EdgeKind, Kind, RegionKind};

/// A rectangle in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rect {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// A line of the picture.
#[derive(Debug, Clone)]
pub(super) struct Stroke {
    /// The links it draws; they are of one kind and choice.
    pub(super) links: Vec<usize>,
    /// Its corners; the last one is its head.
    pub(super) points: Vec<(i32, i32)>,
    /// Left end of its label's base line.
    pub(super) label: (i32, i32),
}

/// The places of everything.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) size: (i32, i32),
    pub(super) nodes: BTreeMap<usize, Rect>,
    pub(super) faces: BTreeMap<usize, Face>,
    pub(super) rooms: Vec<Rect>,
    pub(super) strokes: Vec<Stroke>,
    /// Outlines around many alike.
    pub(super) grids: Vec<Rect>,
}

/// Lays out `tree`; of all links only `links` are drawn.
pub(super) fn layout(tree: &Tree<'_>, links: &[Link<'_>]) -> Layout {
    let states = shows_states(tree);
    let mut made = Layout { rooms: vec![Rect::default(); tree.rooms.len()], ..Layout::default() };
    for at in 0..tree.picture.nodes.len() {
        if matches!(tree.place(at).0, Item::Node(_)) {
            made.faces.insert(at, Face::new(tree, at, states));
        }
    }
    widen_gates(tree, links, &mut made.faces);
    let mut plans: Vec<Plan> = tree.rooms.iter().map(|_| Plan::default()).collect();
    // A room stands after the room around it, so the innermost come first here.
    for room in (0..tree.rooms.len()).rev() {
        even(tree, room, &mut made.faces);
        plans[room] = plan(tree, links, room, &made.faces, &plans);
    }
    made.size = plans[0].size;
    made.place(tree, &plans, 0, (0, 0), plans[0].size.0);
    made
}

/// A gate is as wide as the choices that leave it.
fn widen_gates(tree: &Tree<'_>, links: &[Link<'_>], faces: &mut BTreeMap<usize, Face>) {
    let mut choices: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for link in links.iter().filter(|link| !link.detour) {
        if let (Item::Node(at), Some(choice)) = (link.from, link.choice) {
            let known = choices.entry(at).or_default();
            if !known.contains(&choice) {
                known.push(choice);
            }
        }
    }
    for (at, known) in choices.into_iter().filter(|(_, known)| known.len() > 1) {
        let widest = known.iter().map(|choice| line_label(choice).1 + 10).max().unwrap_or(0);
        if let Some(face) = faces.get_mut(&at) {
            face.width = face.width.max(widest * known.len() as i32 + 2 * sides(tree.node(at).kind));
        }
    }
}

/// Makes the nodes of one room equally wide: items of a map always, others as far as that is not much.
fn even(tree: &Tree<'_>, room: usize, faces: &mut BTreeMap<usize, Face>) {
    let nodes = tree.rooms[room].items.iter().filter_map(|item| match item {
        Item::Node(at) if tree.node(*at).kind != Kind::Barrier => Some(*at),
        Item::Node(_) | Item::Room(_) => None,
    });
    let nodes: Vec<usize> = nodes.collect();
    let limit = if tree.rooms[room].region.is_some_and(|r| r.kind == RegionKind::Map) { i32::MAX } else { 168 };
    let widest = nodes.iter().filter_map(|at| faces.get(at)).map(|face| face.width).filter(|&w| w <= limit).max();
    for at in nodes {
        if let (Some(face), Some(widest)) = (faces.get_mut(&at), widest) {
            face.width = face.width.max(widest);
        }
    }
}

/// What stands in a room.
#[derive(Debug, Default)]
struct Plan {
    /// With title and exit.
    size: (i32, i32),
    /// Width and height of title bar and margin before the content.
    corner: (i32, i32),
    area: Area,
}

fn plan(tree: &Tree<'_>, links: &[Link<'_>], room: usize, faces: &BTreeMap<usize, Face>, plans: &[Plan]) -> Plan {
    let items = &tree.rooms[room].items;
    let at: BTreeMap<Item, usize> = items.iter().enumerate().map(|(i, item)| (*item, i)).collect();
    let cells: Vec<Cell> = items.iter().map(|item| cell(tree, room, *item, &at, faces, plans)).collect();
    let area = area(&cells, &arcs(tree, links, room, &at));
    if room == 0 {
        return Plan { size: (area.width, area.height), corner: (0, 0), area };
    }
    let (exit, foot) = if tree.rooms[room].exit.is_some() { (FOOT, exit_width(tree, room)) } else { (0, 0) };
    let width = (area.width + 2 * PAD).max(Head::new(tree, room).width).max(foot).max(NARROW);
    let height = HEAD + area.height.max(4) + PAD + exit;
    Plan { size: (width, height), corner: ((width - area.width) / 2, HEAD), area }
}

const NARROW: i32 = 120;

fn cell(
    tree: &Tree<'_>,
    room: usize,
    item: Item,
    at: &BTreeMap<Item, usize>,
    faces: &BTreeMap<usize, Face>,
    plans: &[Plan],
) -> Cell {
    let earlier = tree.earlier_round(room, item).and_then(|item| at.get(&item).copied());
    match item {
        Item::Node(node) => {
            let (face, kind) = (&faces[&node], tree.node(node).kind);
            let slack = face.width / 2 - sides(kind) - 4;
            Cell { width: face.width, height: face.height, slack, wall: kind == Kind::Barrier, earlier }
        }
        Item::Room(inner) => {
            let (width, height) = plans[inner].size;
            Cell { width, height, slack: width / 2 - 14, wall: false, earlier }
        }
    }
}

fn arcs(tree: &Tree<'_>, links: &[Link<'_>], room: usize, at: &BTreeMap<Item, usize>) -> Vec<Arc> {
    let mut styles = BTreeMap::new();
    let own = links.iter().enumerate().filter(|(_, link)| link.room == room);
    own.map(|(link, l)| {
        let next = styles.len();
        let style = *styles.entry((l.kind, l.choice)).or_insert(next);
        let label = label(tree, l).map_or(0, |text| line_label(text).1);
        Arc { from: at[&l.from], to: at[&l.to], style, label, detour: l.detour, link }
    })
    .collect()
}

/// What is written at a line.
pub(super) fn label<'l>(tree: &Tree<'_>, link: &Link<'l>) -> Option<&'l str> {
    match link.kind {
        EdgeKind::Needs | EdgeKind::Barrier => None,
        EdgeKind::Gate => link.choice,
        EdgeKind::Repair if matches!(link.to, Item::Node(at) if tree.node(at).kind == Kind::Gate) => Some("fails"),
        EdgeKind::Repair => Some("repair"),
    }
}

impl Layout {
    /// Moves everything.
    pub(super) fn shift(&mut self, dx: i32, dy: i32) {
        let rects = self.nodes.values_mut().chain(&mut self.rooms).chain(&mut self.grids);
        rects.for_each(|rect| (rect.x, rect.y) = (rect.x + dx, rect.y + dy));
        for stroke in &mut self.strokes {
            let points = stroke.points.iter_mut().chain(std::iter::once(&mut stroke.label));
            points.for_each(|point| *point = (point.0 + dx, point.1 + dy));
        }
    }

    fn place(&mut self, tree: &Tree<'_>, plans: &[Plan], room: usize, (x, y): (i32, i32), width: i32) {
        let plan = &plans[room];
        self.rooms[room] = Rect { x, y, width, height: plan.size.1 };
        if let Some(exit) = tree.rooms[room].exit {
            self.nodes.insert(exit, Rect { x, y: y + plan.size.1 - FOOT, width, height: FOOT });
        }
        let (left, top) = (x + plan.corner.0, y + plan.corner.1);
        for (item, &(dx, dy, width)) in tree.rooms[room].items.iter().zip(&plan.area.cells) {
            let corner = (left + dx, top + dy);
            match item {
                Item::Room(inner) => self.place(tree, plans, *inner, corner, width),
                Item::Node(node) => {
                    let height = self.faces[node].height;
                    self.nodes.insert(*node, Rect { x: corner.0, y: corner.1, width, height });
                }
            }
        }
        for line in &plan.area.lines {
            let points = line.way.points.iter().map(|&(px, py)| (left + px, top + py)).collect();
            let label = (left + line.way.label.0, top + line.way.label.1);
            self.strokes.push(Stroke { links: line.links.clone(), points, label });
        }
        let grids = plan.area.grids.iter();
        self.grids.extend(grids.map(|&(dx, dy, width, height)| Rect { x: left + dx, y: top + dy, width, height }));
    }
}
