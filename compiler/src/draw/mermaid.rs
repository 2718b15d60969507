//! Picture → Mermaid. Regions are subgraphs and stand for their exits, so that big pictures stay below Mermaid's limit of 500 edges;
//! an edge that a longer way tells as well is left out.

use std::fmt::Write as _;

use super::tree::{Item, Link, Tree, essential};
use super::words::{STATES, kind_word, node_title, region_words, room_title, times};
use super::{EdgeKind, Kind, Picture, PictureState};

const KINDS: [(Kind, &str); 6] = [
    (Kind::Agent, "stroke:#7c3aed,stroke-width:1.5px"),
    (Kind::Run, "stroke:#0f766e,stroke-width:1.5px"),
    (Kind::Gate, "stroke:#b45309,stroke-width:2px"),
    (Kind::Action, "stroke:#1d4ed8,stroke-width:1.5px"),
    (Kind::Value, "stroke:#64748b,stroke-width:1.5px"),
    (Kind::Barrier, "fill:#475569,stroke:#1e293b,color:#ffffff,stroke-width:3px"),
];

/// Mermaid source of `picture`.
pub fn mermaid(picture: &Picture) -> String {
    let tree = Tree::new(picture);
    let mut out = String::from("flowchart TB\n");
    room(&tree, 0, &mut out);
    let links = essential(&tree.links());
    for link in &links {
        let (from, to) = (name(&tree, link.from), name(&tree, link.to));
        let _ = writeln!(out, "  {from} {} {to}", arrow(link));
    }
    for (kind, style) in [
        (EdgeKind::Repair, "stroke:#dc2626,color:#dc2626"),
        (EdgeKind::Gate, "stroke:#b45309,color:#b45309"),
        (EdgeKind::Barrier, "stroke:#475569,stroke-width:4px"),
    ] {
        let which: Vec<String> =
            links.iter().enumerate().filter(|(_, l)| l.kind == kind).map(|(i, _)| i.to_string()).collect();
        if !which.is_empty() {
            let _ = writeln!(out, "  linkStyle {} {style}", which.join(","));
        }
    }
    classes(&tree, &mut out);
    out
}

fn classes(tree: &Tree<'_>, out: &mut String) {
    let picture = tree.picture;
    for (kind, style) in KINDS {
        if picture.nodes.iter().any(|n| n.kind == kind) {
            let _ = writeln!(out, "  classDef {} {style}", kind_word(kind));
        }
    }
    for state in STATES {
        if picture.nodes.iter().any(|n| n.state == state)
            && let Some(style) = state_style(state)
        {
            let with = (0..picture.nodes.len()).filter(|&at| tree.node(at).state == state);
            let names: Vec<String> = with.map(|at| name(tree, tree.place(at).0)).collect();
            let word = state.word();
            let _ = writeln!(out, "  classDef {word} {style}\n  class {} {word}", names.join(","));
        }
    }
}

fn state_style(state: PictureState) -> Option<&'static str> {
    match state {
        PictureState::Pending => None,
        PictureState::Ready => Some("fill:#e0f2fe,color:#0c4a6e"),
        PictureState::Running => Some("fill:#bfdbfe,color:#1e3a8a,stroke-width:3px"),
        PictureState::Waiting => Some("fill:#fef3c7,color:#78350f"),
        PictureState::Done => Some("fill:#dcfce7,color:#14532d"),
        PictureState::Failed => Some("fill:#fee2e2,color:#7f1d1d"),
        PictureState::Skipped => Some("fill:#f1f5f9,color:#64748b,stroke-dasharray:4 3"),
        PictureState::Cancelled => Some("fill:#e2e8f0,color:#475569,stroke-dasharray:2 2"),
    }
}

fn name(tree: &Tree<'_>, item: Item) -> String {
    match item {
        Item::Node(at) => format!("n{at}"),
        Item::Room(room) if tree.rooms[room].items.is_empty() => format!("r{room}_empty"),
        Item::Room(room) => format!("r{room}"),
    }
}

fn room(tree: &Tree<'_>, at: usize, out: &mut String) {
    let indent = "  ".repeat(tree.rooms[at].depth + 1);
    for &item in &tree.rooms[at].items {
        match item {
            Item::Node(node) => {
                let id = name(tree, item);
                let kind = tree.node(node).kind;
                let _ = writeln!(out, "{indent}{id}{}:::{}", shape(kind, &node_title(tree, node)), kind_word(kind));
            }
            Item::Room(inner) => {
                let times = times(tree, inner).map_or(String::new(), |times| format!(" {times}"));
                let title = format!("{}{times} · {}", room_title(tree, inner), region_words(tree, inner));
                let _ = writeln!(out, "{indent}subgraph r{inner} [\"{}\"]", escaped(&title));
                room(tree, inner, out);
                if tree.rooms[inner].items.is_empty() {
                    let _ = writeln!(out, "{indent}  r{inner}_empty[\"nothing\"]");
                }
                let _ = writeln!(out, "{indent}end");
            }
        }
    }
}

fn shape(kind: Kind, label: &str) -> String {
    let label = escaped(label);
    match kind {
        Kind::Agent => format!("(\"{label}\")"),
        Kind::Run => format!("[[\"{label}\"]]"),
        Kind::Gate => format!("{{{{\"{label}\"}}}}"),
        Kind::Action => format!("[/\"{label}\"/]"),
        Kind::Value => format!("([\"{label}\"])"),
        Kind::Barrier | Kind::Map | Kind::Group => format!("[\"{label}\"]"),
    }
}

fn arrow(link: &Link<'_>) -> String {
    match link.kind {
        EdgeKind::Needs => "-->".to_owned(),
        EdgeKind::Gate => link.choice.map_or("-->".to_owned(), |choice| format!("-->|\"{}\"|", escaped(choice))),
        EdgeKind::Repair => "-.->|\"repair\"|".to_owned(),
        EdgeKind::Barrier => "==>".to_owned(),
    }
}

/// Text for a quoted label: entities for everything that Mermaid, its Markdown or HTML would read.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => out.push(' '),
            '"' | '#' | '&' | '<' | '>' | '`' | '*' | '_' | '~' | '\\' | '{' | '}' | '[' | ']' | '|' | ';' => {
                let _ = write!(out, "#{};", c as u32);
            }
            c => out.push(c),
        }
    }
    // A label that begins like a list item is refused by Mermaid's Markdown.
    let digits = out.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && out[digits..].starts_with('.') {
        out.replace_range(digits..=digits, "#46;");
    }
    if let Some(rest) = out.strip_prefix(['-', '+']) {
        out = format!("#{};{rest}", u32::from(out.as_bytes()[0]));
    }
    out
}
