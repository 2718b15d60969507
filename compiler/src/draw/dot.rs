//! Picture → DOT (Graphviz): every node and edge as it is, regions as clusters.

use std::fmt::Write as _;

use super::tree::{Item, Tree};
use super::words::{kind_word, node_title, region_words, room_title, times};
use super::{EdgeKind, Kind, Picture, PictureEdge, PictureState};

/// Graphviz source of `picture`.
pub fn dot(picture: &Picture) -> String {
    let tree = Tree::new(picture);
    let mut out = String::from("digraph ");
    let _ = writeln!(out, "{} {{", quoted(&picture.workflow));
    out.push_str("  rankdir=TB; compound=true; newrank=true;\n");
    out.push_str("  graph [fontname=\"Helvetica\", fontsize=11, color=\"#94a3b8\", style=rounded];\n");
    out.push_str(
        "  node [fontname=\"Helvetica\", fontsize=11, shape=box, color=\"#64748b\", fillcolor=\"#ffffff\"];\n",
    );
    out.push_str("  edge [fontname=\"Helvetica\", fontsize=10, color=\"#64748b\", arrowsize=0.7];\n");
    room(&tree, 0, &mut out);
    for edge in picture.edges.iter().filter(|e| tree.find(&e.from).is_some() && tree.find(&e.to).is_some()) {
        let _ = writeln!(out, "  {} -> {}{};", quoted(&edge.from), quoted(&edge.to), edge_style(edge));
    }
    out.push_str("}\n");
    out
}

fn room(tree: &Tree<'_>, at: usize, out: &mut String) {
    let indent = "  ".repeat(tree.rooms[at].depth + 1);
    for item in tree.rooms[at].items.iter().copied().chain(tree.rooms[at].exit.map(Item::Node)) {
        match item {
            Item::Node(node) => {
                let label = quoted(&node_title(tree, node));
                let node = tree.node(node);
                let (id, tip) = (quoted(&node.id), quoted(&node.id));
                let shape = shape(node.kind);
                let class = quoted(&format!("kind-{} state-{}", kind_word(node.kind), node.state.word()));
                let fill = fill(node.kind, node.state);
                let _ = writeln!(out, "{indent}{id} [label={label}, tooltip={tip}, class={class}, {shape}{fill}];");
            }
            Item::Room(inner) => {
                let name = tree.id(item);
                let times = times(tree, inner).map_or(String::new(), |times| format!(" {times}"));
                let title = format!("{}{times} · {}", room_title(tree, inner), region_words(tree, inner));
                let dashed = tree.rooms[inner].region.is_some_and(|r| r.unexpanded);
                let _ = writeln!(out, "{indent}subgraph {} {{", quoted(&format!("cluster {name}")));
                let _ = write!(out, "{indent}  label={}; labeljust=l;", quoted(&title));
                out.push_str(if dashed { " style=\"rounded,dashed\";\n" } else { "\n" });
                room(tree, inner, out);
                let _ = writeln!(out, "{indent}}}");
            }
        }
    }
}

fn shape(kind: Kind) -> &'static str {
    match kind {
        Kind::Agent => "shape=box, style=\"rounded,filled\"",
        Kind::Run => "shape=component, style=filled",
        Kind::Gate => "shape=hexagon, style=filled",
        Kind::Action => "shape=cds, style=filled",
        Kind::Value => "shape=note, style=filled",
        Kind::Barrier => "shape=box, style=filled, height=0.15, width=2.5, fontcolor=white",
        Kind::Map => "shape=invtrapezium, style=filled, height=0.2",
        Kind::Group => "shape=invhouse, style=filled, height=0.2",
    }
}

fn fill(kind: Kind, state: PictureState) -> String {
    let colour = match (kind, state) {
        (Kind::Barrier, PictureState::Pending) => "#475569",
        (Kind::Barrier, PictureState::Done) => "#15803d",
        (Kind::Barrier, PictureState::Failed) => "#b91c1c",
        (_, PictureState::Pending) => return String::new(),
        (_, PictureState::Ready) => "#e0f2fe",
        (_, PictureState::Running) => "#bfdbfe",
        (_, PictureState::Waiting) => "#fef3c7",
        (_, PictureState::Done) => "#dcfce7",
        (_, PictureState::Failed) => "#fee2e2",
        (_, PictureState::Skipped | PictureState::Cancelled) => "#e2e8f0",
    };
    format!(", fillcolor=\"{colour}\"")
}

fn edge_style(edge: &PictureEdge) -> String {
    match edge.kind {
        EdgeKind::Needs => String::new(),
        EdgeKind::Gate => {
            let label = edge.choice.as_deref().unwrap_or("decided");
            format!(" [color=\"#b45309\", fontcolor=\"#b45309\", label={}]", quoted(label))
        }
        EdgeKind::Repair => " [color=\"#dc2626\", fontcolor=\"#dc2626\", style=dashed, label=\"repair\"]".to_owned(),
        EdgeKind::Barrier => " [color=\"#475569\", penwidth=2.5]".to_owned(),
    }
}

/// A DOT string. Backslashes are doubled, so that no escape of Graphviz (`\N`, `\l`) can be smuggled in.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
