//! The x of everything on its level: near the middle of what it is wired to, and never over its neighbour.

use std::collections::BTreeMap;

use super::channels::Net;
use super::layers::{Layers, Spot};

const SWEEPS: usize = 12;
/// Lines to boxes whose ends may move so far need not arrive in the middle.
pub(super) const WIDE: i32 = 120;

/// Left borders of all stands; the leftmost is 0.
pub(super) fn columns(layers: &Layers, nets: &[Net]) -> Vec<i32> {
    let mut place = Place::new(layers);
    for sweep in 0..SWEEPS {
        place.sweep(sweep % 2 == 0);
    }
    let mut x: Vec<i32> = place.x.iter().map(|x| x.round() as i32).collect();
    for level in &layers.levels {
        for pair in level.windows(2) {
            x[pair[1]] = x[pair[1]].max(x[pair[0]] + layers.stands[pair[0]].width + gap(layers, pair[0], pair[1]));
        }
    }
    (1..layers.levels.len()).for_each(|rank| tuck(layers, nets, &mut x, rank));
    close_up(layers, &mut x);
    let left = x.iter().copied().min().unwrap_or(0);
    x.iter().map(|x| x - left).collect()
}

/// Moves what is wired together, as a whole, to the left until it meets something: nothing else keeps parts together
/// that no line connects.
fn close_up(layers: &Layers, x: &mut [i32]) {
    let parts = parts(layers);
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    parts.iter().enumerate().for_each(|(stand, &part)| members.entry(part).or_default().push(stand));
    if members.len() < 2 {
        return;
    }
    let mut order: Vec<usize> = members.keys().copied().collect();
    order.sort_by_key(|part| members[part].iter().map(|&stand| x[stand]).min());
    let edge = order.first().and_then(|first| members[first].iter().map(|&stand| x[stand]).min()).unwrap_or(0);
    for part in order {
        let mut room = members[&part].iter().map(|&stand| x[stand] - edge).min().unwrap_or(0);
        for level in &layers.levels {
            for pair in level.windows(2).filter(|pair| parts[pair[1]] == part && parts[pair[0]] != part) {
                let taken = x[pair[0]] + layers.stands[pair[0]].width + gap(layers, pair[0], pair[1]);
                room = room.min(x[pair[1]] - taken);
            }
        }
        members[&part].iter().for_each(|&stand| x[stand] -= room.max(0));
    }
}

/// For each stand, the first of those that it is wired to, however far away.
fn parts(layers: &Layers) -> Vec<usize> {
    let mut beside: Vec<Vec<usize>> = vec![Vec::new(); layers.stands.len()];
    for piece in &layers.pieces {
        beside[piece.from].push(piece.to);
        beside[piece.to].push(piece.from);
    }
    let mut part = vec![usize::MAX; layers.stands.len()];
    for first in 0..part.len() {
        let mut open = vec![first];
        while let Some(stand) = open.pop() {
            if part[stand] == usize::MAX {
                part[stand] = first;
                open.extend(&beside[stand]);
            }
        }
    }
    part
}

/// Moves everything from level `rank` on to the side where that makes the whole narrower, and all lines from above
/// stay straight because they lead to or from wide boxes.
fn tuck(layers: &Layers, nets: &[Net], x: &mut [i32], rank: usize) {
    let (mut least, mut most) = (i32::MIN, i32::MAX);
    let mut arriving: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, piece) in layers.pieces.iter().enumerate().filter(|(_, piece)| layers.stands[piece.to].rank == rank) {
        arriving.entry(piece.net).or_default().push(at);
    }
    for (net, pieces) in arriving {
        let Some(piece) = layers.main(&pieces).map(|main| layers.pieces[main]) else { return };
        if !layers.is_frame(piece.to) || !layers.is_frame(piece.from) {
            return;
        }
        let net = &nets[net];
        let leaving = if pieces.len() == 1 { net.from.first().map_or(0, |end| end.slack) } else { 0 };
        let slack = net.to.slack.max(leaving);
        if slack < WIDE {
            return;
        }
        let now = x[piece.to] + piece.to_x - x[piece.from] - piece.from_x;
        (least, most) = (least.max(-slack - now), most.min(slack - now));
    }
    let extent = |x: &[i32], below: bool| {
        let part = layers.stands.iter().zip(x).filter(|(stand, _)| (stand.rank >= rank) == below);
        part.fold((i32::MAX, i32::MIN), |(low, high), (stand, &x)| (low.min(x), high.max(x + stand.width)))
    };
    let (upper, lower) = (extent(x, false), extent(x, true));
    let (a, b) = (upper.0 - lower.0, upper.1 - lower.1);
    let shift = 0.clamp(a.min(b), a.max(b));
    let total = |shift: i32| upper.1.max(lower.1 + shift) - upper.0.min(lower.0 + shift);
    if least > most {
        return;
    }
    let shift = shift.clamp(least, most);
    if total(shift) * 100 < total(0) * 95 {
        let moved = layers.stands.iter().zip(x.iter_mut()).filter(|(stand, _)| stand.rank >= rank);
        moved.for_each(|(_, x)| *x += shift);
    }
}

fn gap(layers: &Layers, a: usize, b: usize) -> i32 {
    match (layers.stands[a].spot, layers.stands[b].spot) {
        (Spot::Frame(_), Spot::Frame(_)) => 24,
        (Spot::Way(_), Spot::Way(_)) => 6,
        (Spot::Frame(_), Spot::Way(_)) | (Spot::Way(_), Spot::Frame(_)) => 14,
    }
}

struct Place<'l> {
    layers: &'l Layers,
    x: Vec<f64>,
    above: Vec<Vec<Pull>>,
    below: Vec<Vec<Pull>>,
}

/// A wish: own x should be that of `other` plus `shift`.
struct Pull {
    other: usize,
    shift: f64,
    weight: f64,
}

impl<'l> Place<'l> {
    fn new(layers: &'l Layers) -> Self {
        let mut x = vec![0.0; layers.stands.len()];
        for level in &layers.levels {
            let mut at = 0.0;
            for (i, &stand) in level.iter().enumerate() {
                x[stand] = at;
                let space = level.get(i + 1).map_or(0, |&next| gap(layers, stand, next));
                at += f64::from(layers.stands[stand].width + space);
            }
            level.iter().for_each(|&stand| x[stand] -= at / 2.0);
        }
        let mut place = Self { layers, above: empty(x.len()), below: empty(x.len()), x };
        for piece in &layers.pieces {
            let (from, to) = (&layers.stands[piece.from], &layers.stands[piece.to]);
            let main = from.anchor == piece.from_x && to.anchor == piece.to_x;
            let way = |spot| matches!(spot, Spot::Way(_));
            let weight = match (way(from.spot), way(to.spot), main) {
                (true, true, _) => 8.0,
                (true, false, _) | (false, true, _) => 2.0,
                (false, false, true) => 4.0,
                (false, false, false) => 1.0,
            };
            let shift = f64::from(piece.from_x - piece.to_x);
            place.above[piece.to].push(Pull { other: piece.from, shift, weight });
            place.below[piece.from].push(Pull { other: piece.to, shift: -shift, weight });
        }
        place
    }

    fn sweep(&mut self, down: bool) {
        let count = self.layers.levels.len();
        for i in 0..count {
            let level = &self.layers.levels[if down { i } else { count - 1 - i }];
            let pulls = if down { &self.above } else { &self.below };
            let wishes: Vec<(f64, f64)> = level.iter().map(|&at| self.wish(at, &pulls[at])).collect();
            let mut offset = 0.0;
            let mut offsets = Vec::with_capacity(level.len());
            for (i, &at) in level.iter().enumerate() {
                offsets.push(offset);
                let space = level.get(i + 1).map_or(0, |&next| gap(self.layers, at, next));
                offset += f64::from(self.layers.stands[at].width + space);
            }
            let flat: Vec<(f64, f64)> = wishes.iter().zip(&offsets).map(|((x, w), o)| (x - o, *w)).collect();
            for ((&at, x), o) in level.iter().zip(rising(&flat)).zip(offsets) {
                self.x[at] = x + o;
            }
        }
    }

    /// Where `at` wants to stand, and how much.
    fn wish(&self, at: usize, pulls: &[Pull]) -> (f64, f64) {
        if pulls.is_empty() {
            return (self.x[at], 0.1);
        }
        let mut wanted: Vec<(f64, f64)> = pulls.iter().map(|p| (self.x[p.other] + p.shift, p.weight)).collect();
        wanted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = wanted.iter().map(|(_, w)| w).sum();
        let mut sum = 0.0;
        for (i, &(x, weight)) in wanted.iter().enumerate() {
            sum += weight;
            if (sum - total / 2.0).abs() < 1e-9
                && let Some(next) = wanted.get(i + 1)
            {
                return ((x + next.0) / 2.0, total);
            }
            if sum > total / 2.0 {
                return (x, total);
            }
        }
        (self.x[at], 0.1)
    }
}

fn empty(count: usize) -> Vec<Vec<Pull>> {
    (0..count).map(|_| Vec::new()).collect()
}

/// The non-decreasing numbers nearest to the given ones (weighted least squares; pool adjacent violators).
fn rising(wishes: &[(f64, f64)]) -> Vec<f64> {
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for &(value, weight) in wishes {
        let mut pool = (value, weight, 1);
        while let Some(&last) = pools.last().filter(|last| last.0 > pool.0) {
            let weight = last.1 + pool.1;
            pool = ((last.0 * last.1 + pool.0 * pool.1) / weight, weight, last.2 + pool.2);
            pools.pop();
        }
        pools.push(pool);
    }
    pools.iter().flat_map(|&(value, _, count)| std::iter::repeat_n(value, count)).collect()
}
