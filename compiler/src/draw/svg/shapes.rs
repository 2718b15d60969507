//! Nodes, regions and lines as SVG elements. Knows nothing of how places are found.

use std::fmt::Write as _;

use super::face::{EXIT, Face, HEAD, Head, ICON, LINE, badge_width, exit_text, sides};
use super::layout::Rect;
use super::measure::{LABEL, SMALL, width};
use crate::draw::tree::{Tree, last_part};
use crate::draw::words::{kind_word, mode_word};
use crate::draw::{EdgeKind, Kind, PictureNode, PictureState, RegionKind};

/// Text that may stand between tags and in quoted attributes. Characters that XML forbids become spaces.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => out.push(' '),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// The icon of a kind in a square of 12 pixels: class and path.
fn icon(kind: Kind) -> Option<(&'static str, &'static str)> {
    match kind {
        Kind::Agent => {
            Some(("fill", "M6 0C6.5 3.8 8.2 5.5 12 6C8.2 6.5 6.5 8.2 6 12C5.5 8.2 3.8 6.5 0 6C3.8 5.5 5.5 3.8 6 0Z"))
        }
        Kind::Run => Some(("stroke", "M1.5 2.5L5 6L1.5 9.5M6.5 9.8H10.5")),
        Kind::Gate => Some((
            "fill",
            "M6 5.8A2.6 2.6 0 1 0 6 .6A2.6 2.6 0 1 0 6 5.8ZM.9 11.6C.9 8.6 3 6.9 6 6.9S11.1 8.6 11.1 11.6Z",
        )),
        Kind::Action => Some(("fill", "M7.4 0L1.8 7H5.4L4.6 12L10.2 5H6.6Z")),
        Kind::Value => Some(("stroke", "M2 4.3H10M2 7.7H10")),
        Kind::Map | Kind::Group => Some(("stroke", "M2 2L6 6L10 2M6 6V10.5")),
        Kind::Barrier => None,
    }
}

/// The mark of a state in a square of 10 pixels.
fn mark(state: PictureState) -> Option<(&'static str, &'static str)> {
    match state {
        PictureState::Pending => None,
        PictureState::Ready => Some(("stroke", "M5 1A4 4 0 1 0 5 9A4 4 0 1 0 5 1Z")),
        PictureState::Running => Some(("fill", "M1.5 .5L9.5 5L1.5 9.5Z")),
        PictureState::Waiting => Some(("fill", "M1.5 1H4V9H1.5ZM6 1H8.5V9H6Z")),
        PictureState::Done => Some(("stroke", "M1 5.5L4 8.5L9 1.5")),
        PictureState::Failed => Some(("stroke", "M1.5 1.5L8.5 8.5M8.5 1.5L1.5 8.5")),
        PictureState::Skipped => Some(("stroke", "M1 1.5L4.5 5L1 8.5M5.5 1.5L9 5L5.5 8.5")),
        PictureState::Cancelled => Some(("stroke", "M5 1A4 4 0 1 0 5 9A4 4 0 1 0 5 1ZM2.2 7.8L7.8 2.2")),
    }
}

fn glyph(out: &mut String, part: Option<(&str, &str)>, x: i32, y: i32) {
    if let Some((class, path)) = part {
        let _ = write!(out, "<path class=\"{class}\" transform=\"translate({x} {y})\" d=\"{path}\"/>");
    }
}

fn marked(out: &mut String, state: PictureState, x: i32, y: i32) {
    if mark(state).is_some() {
        out.push_str("<g class=\"mark\">");
        glyph(out, mark(state), x, y);
        out.push_str("</g>");
    }
}

/// The outline of a node.
pub(super) fn outline(out: &mut String, kind: Kind, at: Rect) {
    let Rect { x, y, width, height } = at;
    let (right, bottom, middle) = (x + width, y + height, y + height / 2);
    let radius = match kind {
        Kind::Gate => {
            let (left_in, right_in) = (x + 11, right - 11);
            let _ = write!(
                out,
                "<polygon class=\"shape\" points=\"{left_in},{y} {right_in},{y} {right},{middle} {right_in},{bottom} {left_in},{bottom} {x},{middle}\"/>"
            );
            return;
        }
        Kind::Action => {
            let (l, r, t, b) = (x + 7, right - 7, y + 7, bottom - 7);
            let _ = write!(
                out,
                "<polygon class=\"shape\" points=\"{l},{y} {r},{y} {right},{t} {right},{b} {r},{bottom} {l},{bottom} {x},{b} {x},{t}\"/>"
            );
            return;
        }
        Kind::Agent => 9,
        Kind::Value => height / 2,
        Kind::Run | Kind::Barrier | Kind::Map | Kind::Group => 3,
    };
    let _ = write!(
        out,
        "<rect class=\"shape\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{radius}\"/>"
    );
}

fn open(out: &mut String, node: &PictureNode, more: &str) {
    let (kind, state) = (kind_word(node.kind), node.state.word());
    let id = escaped(&node.id);
    let _ = write!(out, "<g class=\"node kind-{kind} state-{state}{more}\" data-id=\"{id}\"><title>{id}");
    if node.label != last_part(&node.id) && !node.label.is_empty() {
        let _ = write!(out, " — {}", escaped(&node.label));
    }
    let _ = write!(out, " ({kind}, {state})</title>");
}

/// A node with its text.
pub(super) fn node(out: &mut String, tree: &Tree<'_>, at: usize, face: &Face, place: Rect) {
    let node = tree.node(at);
    open(out, node, "");
    if node.label == "*" && node.kind != Kind::Barrier {
        for shift in [6, 3] {
            let Rect { x, y, width, height } = place;
            let _ = write!(
                out,
                "<rect class=\"behind\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{height}\" rx=\"4\"/>",
                x + shift + 2,
                y + shift,
                width - 4
            );
        }
    }
    outline(out, node.kind, place);
    let middle = place.y + place.height / 2;
    if node.kind == Kind::Barrier {
        let used = width(&face.lines[0], SMALL);
        let x = place.x + (place.width - used) / 2;
        text(out, "", x, middle + 4, &face.lines[0]);
        marked(out, node.state, x + used + 6, middle - 5);
    } else {
        let used = face.lines.iter().map(|line| width(line, LABEL)).max().unwrap_or(0) + ICON;
        let states = if node.state == PictureState::Pending { 0 } else { 16 };
        let left = place.x + ((place.width - states - used) / 2).max(sides(node.kind));
        glyph(out, icon(node.kind), left, middle - 6);
        let first = middle - (face.lines.len() as i32 - 1) * LINE / 2 + 4;
        for (i, line) in face.lines.iter().enumerate() {
            text(out, "", left + ICON, first + i as i32 * LINE, line);
        }
        marked(out, node.state, place.x + place.width - sides(node.kind) - 9, middle - 5);
    }
    out.push_str("</g>\n");
}

/// `<text>`; an empty class is left out.
pub(super) fn text(out: &mut String, class: &str, x: i32, y: i32, words: &str) {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    let _ = write!(out, "<text{class} x=\"{x}\" y=\"{y}\">{}</text>", escaped(words));
}

/// The box of a region with its title.
pub(super) fn region(out: &mut String, tree: &Tree<'_>, room: usize, place: Rect) {
    let Some(region) = tree.rooms[room].region else { return };
    let kind = match region.kind {
        RegionKind::Map => "map",
        RegionKind::Group if tree.is_element(room) => "item",
        RegionKind::Group => "group",
    };
    let state = tree.rooms[room].exit.map_or(PictureState::Pending, |exit| tree.node(exit).state);
    let id = escaped(&region.id);
    let more = if region.unexpanded { " unexpanded" } else { "" };
    let _ =
        write!(out, "<g class=\"region region-{kind} in-{}{more}\" data-id=\"{id}\"><title>{id}</title>", state.word());
    let Rect { x, y, width: w, height: h } = place;
    if last_part(&region.id) == "*" {
        let _ = write!(
            out,
            "<rect class=\"behind\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{h}\" rx=\"8\"/>",
            x + 6,
            y + 4,
            w - 8
        );
    }
    let _ = write!(out, "<rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"8\"/>");
    let head = Head::new(tree, room);
    let times = if head.times.is_empty() { String::new() } else { aside(&head.times) };
    let _ = write!(
        out,
        "<text x=\"{}\" y=\"{}\"><tspan class=\"title\">{}</tspan>{times}</text>",
        x + 10,
        y + 17,
        escaped(&head.title)
    );
    if let Some(badge) = head.badge {
        let wide = badge_width(badge);
        let (left, top) = (x + w - 8 - wide, y + (HEAD - 15) / 2);
        let mode = region.mode.map_or("", mode_word);
        let _ = write!(
            out,
            "<g class=\"badge mode-{mode}\"><rect x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"15\" rx=\"7.5\"/>"
        );
        let _ =
            write!(out, "<text text-anchor=\"middle\" x=\"{}\" y=\"{}\">{badge}</text></g>", left + wide / 2, top + 11);
    }
    out.push_str("</g>\n");
}

/// Something small behind a text, within its `<text>`.
pub(super) fn aside(words: &str) -> String {
    format!("<tspan class=\"small\" dx=\"7\">{}</tspan>", escaped(words))
}

/// The exit of a region: the strip at its foot.
pub(super) fn exit(out: &mut String, tree: &Tree<'_>, room: usize, at: usize, place: Rect) {
    let node = tree.node(at);
    let Rect { x, y, width: w, height: h } = place;
    open(out, node, " exit");
    let (left, right, bottom) = (x + 1, x + w - 1, y + h - 1);
    let turn = bottom - 7;
    let _ = write!(
        out,
        "<path class=\"shape\" d=\"M{left} {y}H{right}V{turn}A7 7 0 0 1 {} {bottom}H{}A7 7 0 0 1 {left} {turn}Z\"/>",
        right - 7,
        left + 7
    );
    let (words, used) = exit_text(tree, room, w - EXIT);
    let start = x + (w - used - 14) / 2;
    glyph(out, icon(node.kind), start - 2, y + 2);
    text(out, "", start + 14, y + 12, &words);
    marked(out, node.state, start + 14 + used + 9, y + 4);
    out.push_str("</g>\n");
}

/// Class of an edge.
pub(super) fn edge_class(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Needs => "needs",
        EdgeKind::Gate => "gate",
        EdgeKind::Repair => "repair",
        EdgeKind::Barrier => "barrier",
    }
}

/// A line with rounded corners and a head at its end.
pub(super) fn line(out: &mut String, kind: EdgeKind, points: &[(i32, i32)]) {
    let [.., before, tip] = points else { return };
    let (dx, dy) = ((tip.0 - before.0).signum(), (tip.1 - before.1).signum());
    let (long, half) = if kind == EdgeKind::Barrier { (9, 6) } else { (8, 4) };
    let neck = (tip.0 - dx * (long - 1), tip.1 - dy * (long - 1));
    let mut path = format!("M{} {}", points[0].0, points[0].1);
    for three in points.windows(3) {
        let (a, b, c) = (three[0], three[1], three[2]);
        let reach = |p: (i32, i32)| ((p.0 - b.0).abs() + (p.1 - b.1).abs()) / 2;
        let radius = reach(a).min(reach(c)).min(6);
        let toward = |p: (i32, i32)| (b.0 + (p.0 - b.0).signum() * radius, b.1 + (p.1 - b.1).signum() * radius);
        let (enter, leave) = (toward(a), toward(c));
        let _ = write!(path, "L{} {}Q{} {} {} {}", enter.0, enter.1, b.0, b.1, leave.0, leave.1);
    }
    let _ = write!(path, "L{} {}", neck.0, neck.1);
    let (base, side) = ((tip.0 - dx * long, tip.1 - dy * long), (dy * half, dx * half));
    let _ = write!(
        out,
        "<path class=\"line\" d=\"{path}\"/><path class=\"head\" d=\"M{} {}L{} {}L{} {}Z\"/>",
        tip.0,
        tip.1,
        base.0 + side.0,
        base.1 + side.1,
        base.0 - side.0,
        base.1 - side.1
    );
}
