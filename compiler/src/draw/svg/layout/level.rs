//! One area: cells and what leads from one to the other. Rounds stand side by side, many alike stand in a grid, the rest level by level.

use std::collections::BTreeMap;

use super::channels::{Way, draw};
use super::layers::{Frame, Wire};
use super::rows::{Row, rows};

/// A thing of known size.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) width: i32,
    pub(super) height: i32,
    /// How far lines may move from the middle of its upper and lower border.
    pub(super) slack: i32,
    /// A barrier: as wide as the area.
    pub(super) wall: bool,
    /// The cell whose next round it is.
    pub(super) earlier: Option<usize>,
}

/// What leads from one cell to another.
#[derive(Debug, Clone)]
pub(super) struct Arc {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Arcs of the same style may join.
    pub(super) style: usize,
    /// Width of its label; 0 without.
    pub(super) label: i32,
    /// It leads into another round.
    pub(super) detour: bool,
    /// Who asks.
    pub(super) link: usize,
}

/// A line for some of the arcs.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) links: Vec<usize>,
    pub(super) way: Way,
}

/// The area.
#[derive(Debug, Default)]
pub(super) struct Area {
    pub(super) width: i32,
    pub(super) height: i32,
    /// Left upper corner and width of each cell.
    pub(super) cells: Vec<(i32, i32, i32)>,
    pub(super) lines: Vec<Line>,
    /// Outlines of grids that lines lead to: x, y, width, height.
    pub(super) grids: Vec<(i32, i32, i32, i32)>,
}

const GRID: usize = 5;
const SPACE: i32 = 14;
const MARGIN: i32 = 8;

/// Cells that are placed together.
#[derive(Debug, Default)]
struct Unit {
    width: i32,
    height: i32,
    anchor: i32,
    wall: bool,
    /// Cells with their left upper corner in the unit.
    cells: Vec<(usize, i32, i32)>,
    lines: Vec<Line>,
    grids: Vec<(i32, i32, i32, i32)>,
    /// Lines lead to the unit, not to its cells.
    closed: bool,
}

/// Places cells and lines.
pub(super) fn area(cells: &[Cell], arcs: &[Arc]) -> Area {
    let mut units = Vec::new();
    let mut unit_of: Vec<Option<usize>> = vec![None; cells.len()];
    let mut add = |unit: Unit, unit_of: &mut Vec<Option<usize>>| {
        unit.cells.iter().for_each(|&(cell, _, _)| unit_of[cell] = Some(units.len()));
        units.push(unit);
    };
    let found = rows(cells, arcs);
    let in_row = |cell: usize| found.iter().any(|row| row.parts.iter().flatten().any(|&c| c == cell));
    for alike in alike(cells, arcs, &in_row) {
        add(grid(cells, arcs, &alike), &mut unit_of);
    }
    for row in &found {
        add(side_by_side(cells, arcs, row), &mut unit_of);
    }
    for (at, cell) in cells.iter().enumerate() {
        if unit_of[at].is_none() {
            add(single(at, cell), &mut unit_of);
        }
    }
    let unit_of: Vec<usize> = unit_of.into_iter().map(|u| u.expect("each cell is in a unit")).collect();
    in_order(&mut units, unit_of, cells, arcs)
}

/// Sorts the units by their first cells, so that what the author wrote first stands first.
fn in_order(units: &mut Vec<Unit>, unit_of: Vec<usize>, cells: &[Cell], arcs: &[Arc]) -> Area {
    let mut order: Vec<usize> = (0..units.len()).collect();
    order.sort_by_key(|&u| units[u].cells.iter().map(|c| c.0).min());
    let mut new = vec![0; units.len()];
    order.iter().enumerate().for_each(|(i, &u)| new[u] = i);
    let mut taken: Vec<Option<Unit>> = units.drain(..).map(Some).collect();
    let units: Vec<Unit> = order.iter().map(|&u| taken[u].take().expect("an order names each unit once")).collect();
    let unit_of: Vec<usize> = unit_of.into_iter().map(|u| new[u]).collect();
    connect(&units, &unit_of, cells, arcs)
}

fn connect(units: &[Unit], unit_of: &[usize], cells: &[Cell], arcs: &[Arc]) -> Area {
    let mut wires: Vec<Wire> = Vec::new();
    let mut links: Vec<Vec<usize>> = Vec::new();
    for arc in arcs.iter().filter(|arc| unit_of[arc.from] != unit_of[arc.to]) {
        let (from, leave, before) = port(units, unit_of, cells, arc.from, false);
        let (to, arrive, behind) = port(units, unit_of, cells, arc.to, true);
        let (slack, style, label) = ((before, behind), arc.style, arc.label);
        let wire = Wire { from, leave, to, arrive, slack, style, label, reversed: false };
        if let Some(at) = wires.iter().position(|known| *known == wire) {
            links[at].push(arc.link);
        } else {
            wires.push(wire);
            links.push(vec![arc.link]);
        }
    }
    let frame = |u: &Unit| Frame { width: u.width, height: u.height, anchor: u.anchor, wall: u.wall };
    let frames: Vec<Frame> = units.iter().map(frame).collect();
    let drawn = draw(&frames, &wires);
    let mut area = Area { width: drawn.width, height: drawn.height, ..Area::default() };
    area.cells = cells.iter().map(|cell| (0, 0, cell.width)).collect();
    for (unit, &(x, y, width)) in units.iter().zip(&drawn.frames) {
        for &(cell, dx, dy) in &unit.cells {
            area.cells[cell] = (x + dx, y + dy, if unit.wall { width } else { cells[cell].width });
        }
        area.lines.extend(unit.lines.iter().map(|line| moved(line, x, y)));
        area.grids.extend(unit.grids.iter().map(|&(gx, gy, w, h)| (gx + x, gy + y, w, h)));
        if unit.closed && wires.iter().any(|w| std::ptr::eq(&units[w.from], unit) || std::ptr::eq(&units[w.to], unit)) {
            area.grids.push((x, y, unit.width, unit.height));
        }
    }
    let ways = drawn.ways.into_iter().zip(links);
    area.lines.extend(ways.filter_map(|(way, links)| way.map(|way| Line { links, way })));
    area
}

/// Unit, point and slack of the upper or lower border of a cell.
fn port(units: &[Unit], unit_of: &[usize], cells: &[Cell], cell: usize, upper: bool) -> (usize, (i32, i32), i32) {
    let at = unit_of[cell];
    let unit = &units[at];
    if unit.closed {
        return (at, (unit.width / 2, if upper { 0 } else { unit.height }), unit.width / 2 - 10);
    }
    let &(_, x, y) = unit.cells.iter().find(|c| c.0 == cell).expect("a unit knows its cells");
    let y = if upper { y } else { y + cells[cell].height };
    (at, (x + cells[cell].width / 2, y), cells[cell].slack)
}

fn moved(line: &Line, x: i32, y: i32) -> Line {
    let points = line.way.points.iter().map(|&(px, py)| (px + x, py + y)).collect();
    let label = (line.way.label.0 + x, line.way.label.1 + y);
    Line { links: line.links.clone(), way: Way { points, label } }
}

fn single(at: usize, cell: &Cell) -> Unit {
    let (width, height) = (cell.width, cell.height);
    Unit { width, height, anchor: width / 2, wall: cell.wall, cells: vec![(at, 0, 0)], ..Unit::default() }
}

/// Cells that come from the same and lead to the same, where there are many of them.
fn alike(cells: &[Cell], arcs: &[Arc], in_row: &dyn Fn(usize) -> bool) -> Vec<Vec<usize>> {
    type Ends = Vec<(usize, usize)>;
    let mut ends: Vec<(Ends, Ends)> = vec![(Vec::new(), Vec::new()); cells.len()];
    for arc in arcs {
        ends[arc.to].0.push((arc.from, arc.style));
        ends[arc.from].1.push((arc.to, arc.style));
    }
    let mut groups: BTreeMap<(Ends, Ends), Vec<usize>> = BTreeMap::new();
    for (at, (mut before, mut behind)) in ends.into_iter().enumerate() {
        if !cells[at].wall && !in_row(at) {
            before.sort_unstable();
            behind.sort_unstable();
            groups.entry((before, behind)).or_default().push(at);
        }
    }
    let wide = |group: &Vec<usize>| group.iter().map(|&c| cells[c].width).sum::<i32>() > 760;
    groups.into_values().filter(|group| group.len() >= GRID || group.len() > 1 && wide(group)).collect()
}

fn grid(cells: &[Cell], arcs: &[Arc], group: &[usize]) -> Unit {
    let widest = group.iter().map(|&c| cells[c].width).max().unwrap_or(0);
    let surface: i64 =
        group.iter().map(|&c| i64::from(cells[c].width + SPACE) * i64::from(cells[c].height + SPACE)).sum();
    let room = ((surface as f64 * 1.7).sqrt() as i32).max(600);
    let columns = ((room + SPACE) / (widest + SPACE)).clamp(1, group.len() as i32) as usize;
    let columns = group.len().div_ceil(group.len().div_ceil(columns));
    let linked = arcs.iter().any(|arc| group.contains(&arc.from) || group.contains(&arc.to));
    let margin = if linked { MARGIN } else { 0 };
    let mut unit = Unit { closed: true, ..Unit::default() };
    let mut y = margin;
    for row in group.chunks(columns) {
        for (i, &cell) in row.iter().enumerate() {
            unit.cells.push((cell, margin + i as i32 * (widest + SPACE), y));
        }
        y += row.iter().map(|&c| cells[c].height).max().unwrap_or(0) + SPACE;
    }
    unit.width = columns as i32 * (widest + SPACE) - SPACE + 2 * margin;
    unit.height = y - SPACE + margin;
    unit.anchor = unit.width / 2;
    unit
}

/// The parts of a row from left to right, with the lines between neighbours.
fn side_by_side(cells: &[Cell], arcs: &[Arc], row: &Row) -> Unit {
    let mut unit = Unit::default();
    let mut x = 0;
    let mut areas = Vec::new();
    for (i, part) in row.parts.iter().enumerate() {
        if i > 0 {
            let label = between(arcs, &row.parts[i - 1], part).map(|arc| arc.label).max().unwrap_or(0);
            x += if label > 0 { label + 26 } else { 36 };
        }
        let inner = inside(cells, arcs, part);
        areas.push(x);
        x += inner.width;
        unit.height = unit.height.max(inner.height);
        unit.cells.extend(part.iter().zip(&inner.cells).map(|(&cell, c)| (cell, areas[i] + c.0, c.1)));
        unit.lines.extend(inner.lines.iter().map(|line| moved(line, areas[i], 0)));
        unit.grids.extend(inner.grids.iter().map(|&(gx, gy, w, h)| (gx + areas[i], gy, w, h)));
    }
    unit.width = x;
    // The main line runs through what is asked for again, not through its later rounds.
    let main = row.parts.windows(2).next().and_then(|pair| between(arcs, &pair[0], &pair[1]).next());
    let cell = main.and_then(|arc| unit.cells.iter().find(|(cell, _, _)| *cell == arc.from));
    unit.anchor = cell.map_or(x / 2, |&(cell, left, _)| left + cells[cell].width / 2);
    if row.parts.iter().all(|part| part.len() == 1) {
        unit.cells.iter_mut().for_each(|(cell, _, y)| *y = (unit.height - cells[*cell].height) / 2);
    }
    for pair in row.parts.windows(2) {
        for arc in between(arcs, &pair[0], &pair[1]) {
            unit.lines.push(Line { links: vec![arc.link], way: sideways(&unit, cells, arc) });
        }
    }
    unit
}

fn between<'a>(arcs: &'a [Arc], before: &'a [usize], behind: &'a [usize]) -> impl Iterator<Item = &'a Arc> {
    arcs.iter().filter(|arc| before.contains(&arc.from) && behind.contains(&arc.to))
}

fn inside(cells: &[Cell], arcs: &[Arc], part: &[usize]) -> Area {
    let own = |cell: usize| part.iter().position(|&c| c == cell);
    let inner: Vec<Cell> =
        part.iter().map(|&c| Cell { earlier: cells[c].earlier.and_then(own), ..cells[c].clone() }).collect();
    let within = arcs.iter().filter_map(|arc| Some(Arc { from: own(arc.from)?, to: own(arc.to)?, ..arc.clone() }));
    area(&inner, &within.collect::<Vec<_>>())
}

/// From the right border of one cell to the left border of another.
fn sideways(unit: &Unit, cells: &[Cell], arc: &Arc) -> Way {
    let corner = |cell: usize| unit.cells.iter().find(|c| c.0 == cell).map_or((0, 0), |c| (c.1, c.2));
    let ((ax, ay), (bx, by)) = (corner(arc.from), corner(arc.to));
    let (from, to) =
        ((ax + cells[arc.from].width, ay + cells[arc.from].height / 2), (bx, by + cells[arc.to].height / 2));
    let turn = to.0 - 17;
    let points = if from.1 == to.1 { vec![from, to] } else { vec![from, (turn, from.1), (turn, to.1), to] };
    Way { points, label: (from.0 + 6, from.1 - 4) }
}
