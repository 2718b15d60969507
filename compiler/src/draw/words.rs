//! The words and marks that the formats share.

use super::tree::{Item, Tree, last_part};
use super::{Kind, PictureState, RegionKind, RegionMode};

/// The word for a kind of node.
pub(super) fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Agent => "agent",
        Kind::Run => "run",
        Kind::Gate => "gate",
        Kind::Action => "action",
        Kind::Value => "value",
        Kind::Barrier => "barrier",
        Kind::Map => "map",
        Kind::Group => "group",
    }
}

/// One character for a state.
pub(super) fn state_mark(state: PictureState) -> char {
    match state {
        PictureState::Pending => '·',
        PictureState::Ready => '○',
        PictureState::Running => '▶',
        PictureState::Waiting => '?',
        PictureState::Done => '✓',
        PictureState::Failed => '✗',
        PictureState::Skipped => '-',
        PictureState::Cancelled => '⊘',
    }
}

/// Every state, in the order of a life.
pub(super) const STATES: [PictureState; 8] = [
    PictureState::Pending,
    PictureState::Ready,
    PictureState::Running,
    PictureState::Waiting,
    PictureState::Done,
    PictureState::Failed,
    PictureState::Skipped,
    PictureState::Cancelled,
];

/// The word for a mode.
pub(super) fn mode_word(mode: RegionMode) -> &'static str {
    match mode {
        RegionMode::Parallel => "parallel",
        RegionMode::Serial => "serial",
        RegionMode::Barrier => "barrier",
    }
}

/// What a room is: `parallel map`, `group`, `item`.
pub(super) fn region_words(tree: &Tree<'_>, room: usize) -> String {
    let Some(region) = tree.rooms[room].region else { return "workflow".to_owned() };
    match (region.kind, region.mode) {
        (RegionKind::Map, Some(mode)) => format!("{} map", mode_word(mode)),
        (RegionKind::Map, None) => "map".to_owned(),
        (RegionKind::Group, _) if tree.is_element(room) => "item".to_owned(),
        (RegionKind::Group, _) => "group".to_owned(),
    }
}

/// What to call node `at`: its label; with its map where that is only the `*` of an unknown item.
pub(super) fn node_title(tree: &Tree<'_>, at: usize) -> String {
    let node = tree.node(at);
    let label = if node.label.is_empty() { last_part(&node.id) } else { &node.label };
    match tree.rooms[tree.place(at).1].region {
        Some(region) if label == "*" => format!("{} *", last_part(&region.id)),
        Some(_) | None => label.to_owned(),
    }
}

/// What to call a room: its name, for an item of a map behind the map's name.
pub(super) fn room_title(tree: &Tree<'_>, room: usize) -> String {
    let name = last_part(tree.id(Item::Room(room)));
    let exit = tree.rooms[room].exit.map(|exit| tree.node(exit).label.as_str()).filter(|label| *label != name);
    let name = if tree.is_element(room) {
        format!("{} {name}", last_part(tree.id(Item::Room(tree.rooms[room].parent))))
    } else {
        name.to_owned()
    };
    match exit.filter(|label| !label.is_empty()) {
        Some(title) => format!("{name} · {title}"),
        None => name,
    }
}

/// `× items` behind the title of a map whose items are not known yet, `× 3` for a map that has three.
pub(super) fn times(tree: &Tree<'_>, room: usize) -> Option<String> {
    let region = tree.rooms[room].region.filter(|region| region.kind == RegionKind::Map)?;
    if region.unexpanded {
        return Some("× items".to_owned());
    }
    let is_item = |item: &&Item| match item {
        Item::Node(at) => tree.node(*at).kind != Kind::Barrier,
        Item::Room(_) => true,
    };
    Some(format!("× {}", tree.rooms[room].items.iter().filter(is_item).count()))
}

/// `1 node`, `2 nodes`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
