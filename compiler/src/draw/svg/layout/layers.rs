//! Ranks: which box stands on which level, and in which order on it. Long wires get a waypoint on every level they pass.

use std::collections::{BTreeMap, BTreeSet};

use super::channels::Net;

/// A box to be placed.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) width: i32,
    pub(super) height: i32,
    /// The x, from its left, that should stand below what leads into it.
    pub(super) anchor: i32,
    /// It is as wide as its level.
    pub(super) wall: bool,
}

/// A line to be drawn from the lower border of one box to the upper border of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wire {
    pub(super) from: usize,
    /// Where it leaves, from the left upper corner of the box.
    pub(super) leave: (i32, i32),
    pub(super) to: usize,
    /// Where it arrives.
    pub(super) arrive: (i32, i32),
    /// How far its ends may move to either side.
    pub(super) slack: (i32, i32),
    /// Wires of the same style may share their way.
    pub(super) style: usize,
    /// Width of its label.
    pub(super) label: i32,
    /// The box it was to lead to stands above: it is drawn backwards.
    pub(super) reversed: bool,
}

/// Where something stands on a level: a box, or the waypoint of a net.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spot {
    Frame(usize),
    Way(usize),
}

/// One thing on a level.
#[derive(Debug, Clone)]
pub(super) struct Stand {
    pub(super) spot: Spot,
    pub(super) rank: usize,
    pub(super) width: i32,
    pub(super) anchor: i32,
}

/// A piece of a net between two neighbouring levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Piece {
    pub(super) net: usize,
    pub(super) from: usize,
    /// From the left border of the upper stand.
    pub(super) from_x: i32,
    pub(super) to: usize,
    pub(super) to_x: i32,
}

/// The levels.
#[derive(Debug, Default)]
pub(super) struct Layers {
    pub(super) stands: Vec<Stand>,
    /// Stands of each level from left to right.
    pub(super) levels: Vec<Vec<usize>>,
    pub(super) pieces: Vec<Piece>,
}

/// Order in which every wire leads from earlier to later, as far as the wires have such an order.
pub(super) fn topological(count: usize, wires: impl Iterator<Item = (usize, usize)>) -> Vec<usize> {
    let mut next: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); count];
    for (a, b) in wires.filter(|(a, b)| a != b) {
        next[a].insert(b);
    }
    let mut waits = vec![0usize; count];
    next.iter().flatten().for_each(|&b| waits[b] += 1);
    let mut left: BTreeSet<usize> = (0..count).collect();
    let mut free: BTreeSet<usize> = left.iter().copied().filter(|&i| waits[i] == 0).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(at) = free.pop_first().or_else(|| left.first().copied()) {
        if !left.remove(&at) {
            continue;
        }
        order.push(at);
        for &b in &next[at] {
            waits[b] = waits[b].saturating_sub(1);
            if waits[b] == 0 && left.contains(&b) {
                free.insert(b);
            }
        }
    }
    order
}

/// Turns the wires that lead from a later box to an earlier one.
pub(super) fn straighten(count: usize, wires: &mut Vec<Wire>, frames: &[Frame]) {
    let order = topological(count, wires.iter().map(|w| (w.from, w.to)));
    let mut position = vec![0; count];
    order.iter().enumerate().for_each(|(i, &at)| position[at] = i);
    wires.retain(|w| w.from != w.to);
    for wire in wires.iter_mut().filter(|w| position[w.from] > position[w.to]) {
        std::mem::swap(&mut wire.from, &mut wire.to);
        std::mem::swap(&mut wire.leave.0, &mut wire.arrive.0);
        wire.slack = (wire.slack.1, wire.slack.0);
        (wire.leave.1, wire.arrive.1) = (frames[wire.from].height, 0);
        wire.reversed = true;
    }
}

/// The level of each box: below everything that leads to it, and no higher than it must be.
pub(super) fn ranks(count: usize, wires: &[Wire]) -> Vec<usize> {
    let order = topological(count, wires.iter().map(|w| (w.from, w.to)));
    let mut rank = vec![0usize; count];
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut into = vec![0usize; count];
    for wire in wires {
        out[wire.from].push(wire.to);
        into[wire.to] += 1;
    }
    for &at in &order {
        for &to in &out[at] {
            rank[to] = rank[to].max(rank[at] + 1);
        }
    }
    for &at in order.iter().rev() {
        let lowest = out[at].iter().map(|&to| rank[to]).min();
        if let Some(lowest) = lowest.filter(|_| into[at] < out[at].len()) {
            rank[at] = lowest - 1;
        }
    }
    rank
}

impl Layers {
    /// Puts frames and waypoints on their levels and orders each level so that few pieces cross.
    pub(super) fn new(frames: &[Frame], nets: &[Net], ranks: &[usize]) -> Self {
        let mut layers = Self::default();
        for (at, frame) in frames.iter().enumerate() {
            layers.put(Spot::Frame(at), ranks[at], frame.width, frame.anchor);
        }
        for (at, net) in nets.iter().enumerate() {
            layers.route(at, net, ranks);
        }
        let depth = ranks.iter().max().map_or(0, |max| max + 1);
        layers.levels = vec![Vec::new(); depth];
        for (at, stand) in layers.stands.iter().enumerate() {
            layers.levels[stand.rank].push(at);
        }
        layers.order();
        layers
    }

    fn put(&mut self, spot: Spot, rank: usize, width: i32, anchor: i32) -> usize {
        self.stands.push(Stand { spot, rank, width, anchor });
        self.stands.len() - 1
    }

    fn route(&mut self, at: usize, net: &Net, ranks: &[usize]) {
        let first = net.from.iter().map(|end| ranks[end.frame]).min().unwrap_or(0);
        let target = net.to.frame;
        let mut way: Option<usize> = None;
        for rank in first..ranks[target] {
            let below = if rank + 1 == ranks[target] {
                (target, net.to.x)
            } else {
                (self.put(Spot::Way(at), rank + 1, 8, 4), 4)
            };
            let above = net.from.iter().filter(|end| ranks[end.frame] == rank).map(|end| (end.frame, end.x));
            for (from, from_x) in way.map(|way| (way, 4)).into_iter().chain(above).collect::<Vec<_>>() {
                self.pieces.push(Piece { net: at, from, from_x, to: below.0, to_x: below.1 });
            }
            way = Some(below.0);
        }
    }

    fn order(&mut self) {
        let mut best = self.levels.clone();
        let mut fewest = self.crossings();
        for sweep in 0..8 {
            if fewest == 0 {
                break;
            }
            self.sweep(sweep % 2 == 0);
            let crossings = self.crossings();
            if crossings < fewest {
                fewest = crossings;
                best.clone_from(&self.levels);
            }
        }
        self.levels = best;
    }

    /// Position of each stand on its level.
    pub(super) fn positions(&self) -> Vec<usize> {
        let mut positions = vec![0; self.stands.len()];
        for level in &self.levels {
            level.iter().enumerate().for_each(|(i, &at)| positions[at] = i);
        }
        positions
    }

    /// Is it a box, and not a waypoint?
    pub(super) fn is_frame(&self, stand: usize) -> bool {
        matches!(self.stands[stand].spot, Spot::Frame(_))
    }

    /// The piece that is the main line among pieces of one net: the only one, or the only one from an anchor.
    pub(super) fn main(&self, pieces: &[usize]) -> Option<usize> {
        let anchored = |p: &&usize| self.stands[self.pieces[**p].from].anchor == self.pieces[**p].from_x;
        match pieces {
            &[only] => Some(only),
            _ => {
                let mut main = pieces.iter().filter(anchored);
                main.next().copied().filter(|_| main.next().is_none())
            }
        }
    }

    fn sweep(&mut self, down: bool) {
        let mut beside: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for piece in &self.pieces {
            let (moved, fixed) = if down { (piece.to, piece.from) } else { (piece.from, piece.to) };
            beside.entry(moved).or_default().push(fixed);
        }
        let count = self.levels.len();
        for i in 0..count {
            let level = if down { i } else { count - 1 - i };
            let positions = self.positions();
            let mut keyed: Vec<(f64, usize)> = self.levels[level]
                .iter()
                .enumerate()
                .map(|(own, &at)| match beside.get(&at) {
                    Some(near) => (near.iter().map(|&n| positions[n] as f64).sum::<f64>() / near.len() as f64, at),
                    None => (own as f64, at),
                })
                .collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            self.levels[level] = keyed.into_iter().map(|(_, at)| at).collect();
        }
    }

    fn crossings(&self) -> usize {
        let positions = self.positions();
        let mut by_level: Vec<Vec<(usize, i32, usize, i32)>> = vec![Vec::new(); self.levels.len()];
        for p in &self.pieces {
            by_level[self.stands[p.from].rank].push((positions[p.from], p.from_x, positions[p.to], p.to_x));
        }
        let crossed = |pieces: &Vec<(usize, i32, usize, i32)>| {
            let pairs = pieces.iter().enumerate().flat_map(|(i, a)| pieces[i + 1..].iter().map(move |b| (a, b)));
            pairs
                .filter(|(a, b)| {
                    ((a.0, a.1) < (b.0, b.1)) != ((a.2, a.3) < (b.2, b.3))
                        && (a.0, a.1) != (b.0, b.1)
                        && (a.2, a.3) != (b.2, b.3)
                })
                .count()
        };
        by_level.iter().map(crossed).sum()
    }
}
