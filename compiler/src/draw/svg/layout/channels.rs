//! The lines between the levels: each runs straight down, or along a track of its own between two levels.

use std::collections::BTreeMap;

use super::columns::{WIDE, columns};
use super::layers::{Frame, Layers, Spot, Wire, ranks, straighten, topological};

const TRACK: i32 = 8;
const ARROW: i32 = 14;

/// One end of a net.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct End {
    pub(super) frame: usize,
    /// From the left border of the frame.
    pub(super) x: i32,
    pub(super) slack: i32,
}

/// Wires of one style that arrive at the same point; they join on their way.
#[derive(Debug, Clone)]
pub(super) struct Net {
    pub(super) from: Vec<End>,
    pub(super) to: End,
    pub(super) style: usize,
    /// Width of its label.
    pub(super) label: i32,
    wires: Vec<usize>,
}

/// A line as drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Way {
    /// Its corners.
    pub(super) points: Vec<(i32, i32)>,
    /// Left end of its label's base line.
    pub(super) label: (i32, i32),
}

/// Frames and lines of one area.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    pub(super) width: i32,
    pub(super) height: i32,
    /// Left upper corner and width of each frame.
    pub(super) frames: Vec<(i32, i32, i32)>,
    /// For each wire, its way; none for a wire from a frame to itself.
    pub(super) ways: Vec<Option<Way>>,
}

/// Places `frames` level by level, top to bottom, and leads the wires between the levels.
pub(super) fn draw(frames: &[Frame], wires: &[Wire]) -> Drawn {
    let mut kept = wires.to_vec();
    straighten(frames.len(), &mut kept, frames);
    let nets = nets(&kept);
    let ranks = ranks(frames.len(), &kept);
    let layers = Layers::new(frames, &nets, &ranks);
    let left = columns(&layers, &nets);
    let mut channels: Vec<Channel> = (1..layers.levels.len()).map(|_| Channel::default()).collect();
    for (at, piece) in layers.pieces.iter().enumerate() {
        channels[layers.stands[piece.from].rank].pieces.push(at);
    }
    let mut sheet =
        Sheet { frames, nets: &nets, layers: &layers, left: &left, ends: vec![(0, 0); layers.pieces.len()] };
    channels.iter_mut().for_each(|channel| channel.lay(&mut sheet));
    sheet.finish(&channels, wires, &kept)
}

fn nets(wires: &[Wire]) -> Vec<Net> {
    let mut nets: Vec<Net> = Vec::new();
    let mut known = BTreeMap::new();
    for (at, wire) in wires.iter().enumerate() {
        let key = (wire.to, wire.arrive, wire.style, wire.reversed);
        let net = *known.entry(key).or_insert(nets.len());
        if net == nets.len() {
            let to = End { frame: wire.to, x: wire.arrive.0, slack: wire.slack.1 };
            nets.push(Net { from: Vec::new(), to, style: wire.style, label: 0, wires: Vec::new() });
        }
        let from = End { frame: wire.from, x: wire.leave.0, slack: wire.slack.0 };
        if !nets[net].from.contains(&from) {
            nets[net].from.push(from);
        }
        nets[net].label = nets[net].label.max(wire.label);
        nets[net].wires.push(at);
    }
    nets
}

/// All pieces between two levels.
#[derive(Debug, Default)]
struct Channel {
    pieces: Vec<usize>,
    /// Track of each net; none for a straight line.
    tracks: BTreeMap<usize, usize>,
    height: i32,
}

/// Pieces that share one horizontal track: the same upper ends, or the same lower end, and one style.
#[derive(Debug)]
struct Strand {
    nets: Vec<usize>,
    pieces: Vec<usize>,
    label: i32,
}

/// What the channels work on.
struct Sheet<'a> {
    frames: &'a [Frame],
    nets: &'a [Net],
    layers: &'a Layers,
    left: &'a [i32],
    /// The x of both ends of each piece.
    ends: Vec<(i32, i32)>,
}

impl Channel {
    fn lay(&mut self, sheet: &mut Sheet<'_>) {
        for &at in &self.pieces {
            let piece = sheet.layers.pieces[at];
            sheet.ends[at] = (sheet.left[piece.from] + piece.from_x, sheet.left[piece.to] + piece.to_x);
        }
        let strands = self.strands(sheet);
        spread(sheet, &strands, true);
        spread(sheet, &strands, false);
        snap(sheet, &strands);
        self.assign(sheet, &strands);
        let label = strands.iter().any(|s| s.label > 0);
        let tracks = self.tracks.values().max().map_or(0, |max| max + 1);
        self.height = match (tracks, label) {
            (0, false) => 22,
            (0, true) => 30,
            (tracks, _) => (if label { 20 } else { 10 }) + (tracks as i32 - 1) * TRACK + ARROW,
        };
    }

    fn strands(&self, sheet: &Sheet<'_>) -> Vec<Strand> {
        let mut by_net: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &at in &self.pieces {
            by_net.entry(sheet.layers.pieces[at].net).or_default().push(at);
        }
        let mut strands: Vec<Strand> = Vec::new();
        let mut known = BTreeMap::new();
        for (net, pieces) in by_net {
            let tops: Vec<(usize, i32)> =
                pieces.iter().map(|&p| (sheet.layers.pieces[p].from, sheet.layers.pieces[p].from_x)).collect();
            let leaves =
                pieces.iter().any(|&p| matches!(sheet.layers.stands[sheet.layers.pieces[p].from].spot, Spot::Frame(_)));
            let label = if leaves { sheet.nets[net].label } else { 0 };
            let strand = *known.entry((tops, sheet.nets[net].style)).or_insert(strands.len());
            if strand == strands.len() {
                strands.push(Strand { nets: Vec::new(), pieces: Vec::new(), label });
            }
            strands[strand].nets.push(net);
            strands[strand].pieces.extend(pieces);
        }
        strands
    }

    fn assign(&mut self, sheet: &Sheet<'_>, strands: &[Strand]) {
        let bent: Vec<&Strand> =
            strands.iter().filter(|s| s.pieces.iter().any(|&p| sheet.ends[p].0 != sheet.ends[p].1)).collect();
        let xs = |s: &Strand, top: bool| -> Vec<i32> {
            s.pieces.iter().map(|&p| if top { sheet.ends[p].0 } else { sheet.ends[p].1 }).collect()
        };
        let mut above = Vec::new();
        for (i, a) in bent.iter().enumerate() {
            for (j, b) in bent.iter().enumerate().filter(|(j, _)| *j != i) {
                let lower = xs(b, false);
                if xs(a, true).iter().any(|x| lower.iter().any(|y| (x - y).abs() < 5)) {
                    above.push((i, j));
                }
            }
        }
        let mut rows: Vec<Vec<(i32, i32)>> = Vec::new();
        let mut row_of = vec![0; bent.len()];
        for at in topological(bent.len(), above.iter().copied()) {
            let ends = xs(bent[at], true).into_iter().chain(xs(bent[at], false));
            let (low, high) = ends.fold((i32::MAX, i32::MIN), |(low, high), x| (low.min(x), high.max(x)));
            let first = above.iter().filter(|(_, b)| *b == at).map(|(a, _)| row_of[*a] + 1).max().unwrap_or(0);
            let free = |row: &Vec<(i32, i32)>| row.iter().all(|&(l, h)| high + 6 < l || h + 6 < low);
            let row = (first..rows.len()).find(|&row| free(&rows[row])).unwrap_or(first.max(rows.len()));
            rows.resize_with(rows.len().max(row + 1), Vec::new);
            rows[row].push((low, high));
            row_of[at] = row;
            self.tracks.extend(bent[at].nets.iter().map(|&net| (net, row)));
        }
    }
}

/// Moves strands apart that meet in one point of a frame; the straightest keeps it.
fn spread(sheet: &mut Sheet<'_>, strands: &[Strand], top: bool) {
    let mut ports: BTreeMap<(usize, i32), Vec<usize>> = BTreeMap::new();
    for (at, strand) in strands.iter().enumerate() {
        for &p in &strand.pieces {
            let piece = sheet.layers.pieces[p];
            let port = if top { (piece.from, piece.from_x) } else { (piece.to, piece.to_x) };
            let users = ports.entry(port).or_default();
            if !users.contains(&at) {
                users.push(at);
            }
        }
    }
    for ((stand, port), mut users) in ports {
        let Spot::Frame(frame) = sheet.layers.stands[stand].spot else { continue };
        if users.len() < 2 {
            continue;
        }
        let at = sheet.left[stand] + port;
        let far = |s: &usize| -> i32 {
            let other = strands[*s].pieces.iter().map(|&p| if top { sheet.ends[p].1 } else { sheet.ends[p].0 } - at);
            other.min_by_key(|d| d.abs()).unwrap_or(0)
        };
        users.sort_by_key(&far);
        let middle = users.iter().enumerate().min_by_key(|(_, s)| far(s).abs()).map_or(0, |(i, _)| i);
        let widest = if top { users.iter().map(|&s| strands[s].label).max().unwrap_or(0) } else { 0 };
        let (step, middle, last) = ((widest + 10).max(14), middle as i32, users.len() as i32 - 1);
        let slack = slack(sheet, &strands[users[0]], frame, port, top);
        for (i, &strand) in (0..).zip(&users) {
            let fits = middle.max(last - middle) * step <= slack;
            let shift = if fits { (i - middle) * step } else { (2 * i - last) * step.min(2 * slack / last) / 2 };
            for &p in &strands[strand].pieces {
                let piece = sheet.layers.pieces[p];
                if top && (piece.from, piece.from_x) == (stand, port) {
                    sheet.ends[p].0 += shift;
                } else if !top && (piece.to, piece.to_x) == (stand, port) {
                    sheet.ends[p].1 += shift;
                }
            }
        }
    }
}

/// How far lines may move to either side of a point of a frame.
fn slack(sheet: &Sheet<'_>, strand: &Strand, frame: usize, x: i32, top: bool) -> i32 {
    let ends = strand.nets.iter().flat_map(|&net| {
        let net = &sheet.nets[net];
        if top { net.from.as_slice() } else { std::slice::from_ref(&net.to) }
    });
    ends.filter(|end| (end.frame, end.x) == (frame, x)).map(|end| end.slack).min().unwrap_or(0).max(0)
}

/// Makes a line straight by moving an end along the border of its frame: a lone line, or the main one of several that join.
fn snap(sheet: &mut Sheet<'_>, strands: &[Strand]) {
    let users = |sheet: &Sheet<'_>, end: (usize, i32), upper: bool| {
        let pieces = strands.iter().flat_map(|s| &s.pieces).map(|&p| sheet.layers.pieces[p]);
        pieces.filter(|p| (if upper { (p.from, p.from_x) } else { (p.to, p.to_x) }) == end).count()
    };
    for strand in strands.iter().filter(|strand| strand.nets.len() == 1) {
        let Some(at) = sheet.layers.main(&strand.pieces) else { continue };
        let (piece, (top, bottom)) = (sheet.layers.pieces[at], sheet.ends[at]);
        let net = &sheet.nets[piece.net];
        let (last, lone) = (sheet.layers.is_frame(piece.to), strand.pieces.len() == 1);
        let shift = (top - bottom).abs();
        let whole = users(sheet, (piece.to, piece.to_x), false) == strand.pieces.len();
        if last && whole && shift <= net.to.slack && (lone || net.to.slack >= WIDE) {
            strand.pieces.iter().for_each(|&p| sheet.ends[p].1 = top);
        } else if lone && sheet.layers.is_frame(piece.from) && users(sheet, (piece.from, piece.from_x), true) == 1 {
            let from = net.from.iter().find(|end| (end.frame, end.x) == (piece.from, piece.from_x));
            if from.is_some_and(|end| shift <= end.slack) {
                sheet.ends[at].0 = bottom;
            }
        }
    }
}

impl Sheet<'_> {
    fn finish(&self, channels: &[Channel], wires: &[Wire], kept: &[Wire]) -> Drawn {
        let mut drawn = Drawn::default();
        let mut bands = Vec::new();
        for (rank, level) in self.layers.levels.iter().enumerate() {
            let height = level.iter().map(|&at| self.height(at)).max().unwrap_or(0);
            bands.push((drawn.height, height));
            drawn.height += height + channels.get(rank).map_or(0, |channel| channel.height);
        }
        let right = self.layers.stands.iter().zip(self.left).map(|(stand, x)| x + stand.width);
        let labels = self.layers.pieces.iter().zip(&self.ends).map(|(piece, ends)| {
            let label = self.nets[piece.net].label;
            if label > 0 { ends.0 + 5 + label } else { ends.0 }
        });
        drawn.width = right.chain(labels).max().unwrap_or(0);
        for (at, frame) in self.frames.iter().enumerate() {
            let rank = self.layers.stands[at].rank;
            let alone = frame.wall && self.layers.levels[rank].len() == 1;
            let y = bands[rank].0 + (bands[rank].1 - frame.height) / 2;
            drawn.frames.push(if alone { (0, y, drawn.width) } else { (self.left[at], y, frame.width) });
        }
        let mut next = kept.iter().enumerate().peekable();
        for wire in wires {
            if wire.from == wire.to {
                drawn.ways.push(None);
            } else if let Some((at, kept)) = next.next() {
                drawn.ways.push(Some(self.way(at, kept, channels, &bands, &drawn.frames)));
            }
        }
        drawn
    }

    fn height(&self, stand: usize) -> i32 {
        match self.layers.stands[stand].spot {
            Spot::Frame(frame) => self.frames[frame].height,
            Spot::Way(_) => 0,
        }
    }

    fn way(
        &self,
        at: usize,
        wire: &Wire,
        channels: &[Channel],
        bands: &[(i32, i32)],
        frames: &[(i32, i32, i32)],
    ) -> Way {
        let net = self.nets.iter().position(|n| n.wires.contains(&at)).expect("every wire is in a net");
        let mut stand = wire.from;
        let mut from_x = wire.leave.0;
        let mut points: Vec<(i32, i32)> = Vec::new();
        let mut label = (0, 0);
        loop {
            let same = |p: &&usize| {
                let piece = &self.layers.pieces[**p];
                piece.net == net && piece.from == stand && piece.from_x == from_x
            };
            let rank = self.layers.stands[stand].rank;
            let &piece = channels[rank].pieces.iter().find(same).expect("a net has a piece on every level it passes");
            let (top, bottom) = self.ends[piece];
            if points.is_empty() {
                let y = frames[wire.from].1 + wire.leave.1;
                label = (top + 5, y + 11);
                points.push((top, y));
            }
            if top != bottom {
                let row = channels[rank].tracks.get(&net).copied().unwrap_or(0) as i32;
                let rows = channels[rank].tracks.values().max().map_or(0, |&max| max as i32);
                let y = bands[rank].0 + bands[rank].1 + channels[rank].height - ARROW - (rows - row) * TRACK;
                points.extend([(top, y), (bottom, y)]);
            }
            stand = self.layers.pieces[piece].to;
            from_x = 4;
            if stand == wire.to {
                points.push((bottom, frames[wire.to].1 + wire.arrive.1));
                break;
            }
        }
        if wire.reversed {
            points.reverse();
        }
        Way { points, label }
    }
}
