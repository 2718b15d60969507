//! Picture → SVG, without any other program: boxes within boxes, read from top to bottom.
//!
//! An edge that a longer way tells as well is not drawn; what leads to the exit of its own region is told by the box.

mod face;
mod layout;
mod legend;
mod measure;
mod shapes;
mod style;

use std::fmt::Write as _;

use self::face::line_label;
use self::layout::{Layout, Stroke, label, layout};
use self::legend::Legend;
use self::measure::{Font, SMALL, fitted, width};
use self::shapes::escaped;
use super::tree::{Item, Link, Tree, essential};
use super::words::counted;
use super::{EdgeKind, Picture};

const MARGIN: i32 = 20;
const NAME: Font = Font { size: 15, bold: true };
const TOP: i32 = 46;
const BELOW: i32 = 18;

/// An SVG document of `picture` with a newline at its end. Nodes carry `data-id` and the classes `kind-…` and `state-…`.
pub fn svg(picture: &Picture) -> String {
    let tree = Tree::new(picture);
    let links = essential(&tree.links());
    let mut layout = layout(&tree, &links);
    let legend = Legend::new(picture, &links, layout.size.0.max(460));
    let name = fitted(&picture.workflow, NAME, 300);
    let counts = counted(picture.nodes.len(), "node");
    let heading = width(&name, NAME) + 10 + width(&counts, SMALL);
    let (legend_width, legend_height) = legend.size();
    let inner = layout.size.0.max(legend_width).max(heading);
    layout.shift((inner - layout.size.0) / 2 + MARGIN, TOP);
    let below = if legend_height > 0 { BELOW } else { 0 };
    let (w, h) = (inner + 2 * MARGIN, TOP + layout.size.1 + below + legend_height + MARGIN);
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" role=\"img\" aria-label=\"{}\">",
        escaped(&picture.workflow)
    );
    out.push_str(&style::sheet());
    let _ = writeln!(out, "<rect class=\"sheet\" width=\"{w}\" height=\"{h}\"/>");
    let aside = shapes::aside(&counts);
    let _ = write!(out, "<text x=\"{MARGIN}\" y=\"29\"><tspan class=\"name\">{}</tspan>{aside}</text>", escaped(&name));
    out.push('\n');
    content(&mut out, &tree, &links, &layout);
    legend.draw(&mut out, MARGIN, TOP + layout.size.1 + BELOW);
    out.push_str("</svg>\n");
    out
}

fn content(out: &mut String, tree: &Tree<'_>, links: &[Link<'_>], layout: &Layout) {
    for (room, &place) in layout.rooms.iter().enumerate() {
        shapes::region(out, tree, room, place);
    }
    for grid in &layout.grids {
        let (x, y, w, h) = (grid.x, grid.y, grid.width, grid.height);
        let _ = writeln!(out, "<rect class=\"grid\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"6\"/>");
    }
    for stroke in &layout.strokes {
        edge(out, tree, links, stroke);
    }
    for (room, at) in tree.rooms.iter().enumerate() {
        for &item in &at.items {
            if let Item::Node(node) = item {
                shapes::node(out, tree, node, &layout.faces[&node], layout.nodes[&node]);
            }
        }
        if let Some(exit) = at.exit {
            shapes::exit(out, tree, room, exit, layout.nodes[&exit]);
        }
    }
    choices(out, tree, links, layout);
}

fn edge(out: &mut String, tree: &Tree<'_>, links: &[Link<'_>], stroke: &Stroke) {
    let Some(&first) = stroke.links.first() else { return };
    let kind = links[first].kind;
    let _ = write!(out, "<g class=\"edge edge-{}\"><title>", shapes::edge_class(kind));
    for (i, &link) in stroke.links.iter().enumerate() {
        let (from, to) = (tree.id(links[link].from), tree.id(links[link].to));
        let _ = write!(out, "{}{} → {}", if i > 0 { "\n" } else { "" }, escaped(from), escaped(to));
    }
    if let Some(label) = label(tree, &links[first]) {
        let _ = write!(out, " ({})", escaped(label));
    }
    out.push_str("</title>");
    shapes::line(out, kind, &stroke.points);
    out.push_str("</g>\n");
}

/// The labels of the lines, each place once, over everything else.
fn choices(out: &mut String, tree: &Tree<'_>, links: &[Link<'_>], layout: &Layout) {
    let mut written = std::collections::BTreeSet::new();
    for stroke in &layout.strokes {
        let link = stroke.links.first().map(|&link| &links[link]);
        let Some((link, words)) = link.and_then(|link| Some((link, label(tree, link)?))) else { continue };
        if written.insert((stroke.label, words)) {
            let class = if link.kind == EdgeKind::Repair { "choice of-repair" } else { "choice" };
            shapes::text(out, class, stroke.label.0, stroke.label.1, &line_label(words).0);
            out.push('\n');
        }
    }
}
