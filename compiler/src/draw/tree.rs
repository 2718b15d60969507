//! The picture as rooms within rooms: what stands where, and which edges leave a room. Knows no format.

use std::collections::{BTreeMap, BTreeSet};

use super::{EdgeKind, Picture, PictureNode, Region, RegionKind};

/// A thing that stands in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Item {
    /// A node, by its position in [`Picture::nodes`].
    Node(usize),
    /// A room, by its position in [`Tree::rooms`].
    Room(usize),
}

/// A region with what stands in it; room 0 is the picture itself.
#[derive(Debug)]
pub(super) struct Room<'p> {
    /// The region; `None` for room 0.
    pub(super) region: Option<&'p Region>,
    /// Its exit node.
    pub(super) exit: Option<usize>,
    /// The room around it (room 0: itself).
    pub(super) parent: usize,
    /// Rooms around it.
    pub(super) depth: usize,
    /// What stands in it, without its exit, in the order of the picture.
    pub(super) items: Vec<Item>,
}

/// An edge between two things in one room: all edges of the picture from within one to within the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link<'p> {
    /// The room that holds both ends.
    pub(super) room: usize,
    /// Earlier end.
    pub(super) from: Item,
    /// Later end.
    pub(super) to: Item,
    /// Why the later end waits.
    pub(super) kind: EdgeKind,
    /// The choice at a gate.
    pub(super) choice: Option<&'p str>,
    /// It leads into another round: a repair, or a choice that asks for a revision. Such a link is a detour from the main line.
    pub(super) detour: bool,
    /// The edges, by their positions in [`Picture::edges`].
    pub(super) edges: Vec<usize>,
}

/// The rooms of a picture.
#[derive(Debug)]
pub(super) struct Tree<'p> {
    /// The picture.
    pub(super) picture: &'p Picture,
    /// Its rooms; a room stands after the room around it.
    pub(super) rooms: Vec<Room<'p>>,
    nodes: BTreeMap<&'p str, usize>,
    /// For each node: what stands for it (a room for its exit), and in which room.
    places: Vec<(Item, usize)>,
}

impl<'p> Tree<'p> {
    /// Sorts the nodes of `picture` into rooms. Regions that do not exist, or stand within themselves, count as none.
    pub(super) fn new(picture: &'p Picture) -> Self {
        let (rooms, by_id) = rooms(picture);
        let mut tree = Self { picture, rooms, nodes: BTreeMap::new(), places: Vec::new() };
        for (at, node) in picture.nodes.iter().enumerate() {
            tree.nodes.entry(&node.id).or_insert(at);
            let own = by_id.get(node.id.as_str()).copied().filter(|&room| tree.rooms[room].exit.is_none());
            if let Some(room) = own {
                tree.rooms[room].exit = Some(at);
                tree.places.push((Item::Room(room), tree.rooms[room].parent));
            } else {
                let room = node.region.as_deref().and_then(|id| by_id.get(id)).copied().unwrap_or(0);
                tree.places.push((Item::Node(at), room));
            }
        }
        tree.fill();
        tree
    }

    fn fill(&mut self) {
        let mut seen = vec![false; self.rooms.len()];
        for (item, home) in self.places.clone() {
            if let Item::Room(room) = item {
                self.enter(room, &mut seen);
            } else {
                self.enter(home, &mut seen);
                self.rooms[home].items.push(item);
            }
        }
        (1..self.rooms.len()).for_each(|room| self.enter(room, &mut seen));
    }

    fn enter(&mut self, room: usize, seen: &mut [bool]) {
        if room == 0 || std::mem::replace(&mut seen[room], true) {
            return;
        }
        let parent = self.rooms[room].parent;
        self.enter(parent, seen);
        self.rooms[parent].items.push(Item::Room(room));
    }

    /// The node.
    pub(super) fn node(&self, at: usize) -> &'p PictureNode {
        &self.picture.nodes[at]
    }

    /// Position of the node called `id`.
    pub(super) fn find(&self, id: &str) -> Option<usize> {
        self.nodes.get(id).copied()
    }

    /// What stands for node `at`, and in which room: for the exit of a room the room itself.
    pub(super) fn place(&self, at: usize) -> (Item, usize) {
        self.places[at]
    }

    /// Public id of `item`.
    pub(super) fn id(&self, item: Item) -> &'p str {
        match item {
            Item::Node(at) => &self.picture.nodes[at].id,
            Item::Room(room) => self.rooms[room].region.map_or(&self.picture.workflow, |region| &region.id),
        }
    }

    /// Is the room one item of a map?
    pub(super) fn is_element(&self, room: usize) -> bool {
        let around = self.rooms[self.rooms[room].parent].region;
        let own = self.rooms[room].region;
        own.is_some_and(|r| r.kind == RegionKind::Group) && around.is_some_and(|r| r.kind == RegionKind::Map)
    }

    /// `id` without what its room and everything around it have in common with it.
    pub(super) fn short<'i>(&self, id: &'i str, room: usize) -> &'i str {
        let mut at = room;
        loop {
            let prefix = self.id(Item::Room(at));
            if let Some(rest) = id.strip_prefix(prefix).and_then(|rest| rest.strip_prefix(':')) {
                return rest;
            }
            if at == 0 {
                return id;
            }
            at = self.rooms[at].parent;
        }
    }

    /// The innermost room around both nodes, with what stands there for each; `None` when one is inside the other.
    pub(super) fn meet(&self, from: usize, to: usize) -> Option<(usize, Item, Item)> {
        let ((mut a, mut a_room), (mut b, mut b_room)) = (self.places[from], self.places[to]);
        while a_room != b_room {
            if self.rooms[a_room].depth >= self.rooms[b_room].depth {
                (a, a_room) = (Item::Room(a_room), self.rooms[a_room].parent);
            } else {
                (b, b_room) = (Item::Room(b_room), self.rooms[b_room].parent);
            }
        }
        (a != b).then_some((a_room, a, b))
    }

    /// The thing in `room` whose next round `item` is: `write` for `write-2`, `write-2` for `write-3`.
    pub(super) fn earlier_round(&self, room: usize, item: Item) -> Option<Item> {
        let (base, round) = last_part(self.id(item)).rsplit_once('-')?;
        let round: u32 = round.parse().ok().filter(|&round| round >= 2)?;
        let name = if round == 2 { base.to_owned() } else { format!("{base}-{}", round - 1) };
        let at = self.find(&format!("{}:{name}", self.id(Item::Room(room))))?;
        let (found, home) = self.place(at);
        (home == room).then_some(found)
    }

    /// All edges, each between two things that stand in the same room; what leads to the exit of its own room is left out.
    pub(super) fn links(&self) -> Vec<Link<'p>> {
        let mut links: Vec<Link<'p>> = Vec::new();
        let mut known = BTreeMap::new();
        for (at, edge) in self.picture.edges.iter().enumerate() {
            let ends = self.find(&edge.from).zip(self.find(&edge.to));
            let Some((room, from, to)) = ends.and_then(|(from, to)| self.meet(from, to)) else { continue };
            let choice = edge.choice.as_deref();
            let link = *known.entry((room, from, to, edge.kind, choice)).or_insert(links.len());
            if link == links.len() {
                let again = edge.kind == EdgeKind::Gate && self.earlier_round(room, to).is_some();
                let detour = edge.kind == EdgeKind::Repair || again;
                links.push(Link { room, from, to, kind: edge.kind, choice, detour, edges: Vec::new() });
            }
            links[link].edges.push(at);
        }
        links
    }
}

/// `links` without those that a longer way already tells, e.g. `a → c` beside `a → b → c`.
pub(super) fn essential<'p>(links: &[Link<'p>]) -> Vec<Link<'p>> {
    let mut kept: Vec<Option<&Link<'p>>> = links.iter().map(Some).collect();
    let mut leaving: BTreeMap<Item, Vec<usize>> = BTreeMap::new();
    for (at, link) in links.iter().enumerate() {
        leaving.entry(link.from).or_default().push(at);
    }
    for (at, link) in links.iter().enumerate() {
        // A round is reached by a detour only, so what leads to it may be told by a way over that detour.
        let round = links.iter().any(|l| l.to == link.to && l.detour);
        let mut seen = BTreeSet::new();
        let starts = leaving.get(&link.from).into_iter().flatten();
        let mut open: Vec<Item> = starts
            .filter_map(|&i| kept[i].filter(|_| i != at))
            .filter(|first| first.to != link.to && (first.kind, first.choice) == (link.kind, link.choice))
            .map(|first| first.to)
            .collect();
        while let Some(item) = open.pop() {
            if item == link.to {
                kept[at] = None;
                break;
            }
            if seen.insert(item) {
                let next = leaving.get(&item).into_iter().flatten().filter_map(|&i| kept[i].filter(|_| i != at));
                open.extend(next.filter(|l| round || !l.detour).map(|l| l.to));
            }
        }
    }
    kept.into_iter().flatten().cloned().collect()
}

/// Last part of an id.
pub(super) fn last_part(id: &str) -> &str {
    id.rsplit(':').next().unwrap_or(id)
}

fn rooms(picture: &Picture) -> (Vec<Room<'_>>, BTreeMap<&str, usize>) {
    let mut by_id: BTreeMap<&str, &Region> = BTreeMap::new();
    for region in &picture.regions {
        by_id.entry(&region.id).or_insert(region);
    }
    let mut made = BTreeMap::new();
    let mut rooms = vec![Room { region: None, exit: None, parent: 0, depth: 0, items: Vec::new() }];
    for region in &picture.regions {
        let mut chain: Vec<&Region> = Vec::new();
        let mut next = Some(region);
        while let Some(at) = next.filter(|at| !made.contains_key(at.id.as_str())) {
            if chain.iter().any(|seen| seen.id == at.id) {
                break;
            }
            chain.push(at);
            next = at.parent.as_deref().and_then(|id| by_id.get(id)).copied();
        }
        for region in chain.into_iter().rev() {
            let parent = region.parent.as_deref().and_then(|id| made.get(id)).copied().unwrap_or(0);
            let depth = rooms[parent].depth + 1;
            made.insert(region.id.as_str(), rooms.len());
            rooms.push(Room { region: Some(region), exit: None, parent, depth, items: Vec::new() });
        }
    }
    (rooms, made)
}
