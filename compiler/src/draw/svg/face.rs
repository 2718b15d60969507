//! What is written on nodes and regions, and how much space that needs.

use super::measure::{Font, LABEL, SMALL, TITLE, fitted, lines, width};
use crate::draw::tree::Tree;
use crate::draw::words::{mode_word, node_title, room_title, times};
use crate::draw::{Kind, PictureState};

/// Height of a region's title bar.
pub(super) const HEAD: i32 = 26;
/// Height of a region's exit.
pub(super) const FOOT: i32 = 17;
/// Space between a region's border and what stands in it.
pub(super) const PAD: i32 = 12;
/// Space for an icon and its distance to the text.
pub(super) const ICON: i32 = 18;
/// Height of one line of a label.
pub(super) const LINE: i32 = 14;

const WIDEST: i32 = 176;
const NARROWEST: i32 = 96;

/// The text of a node.
#[derive(Debug, Clone)]
pub(super) struct Face {
    pub(super) lines: Vec<String>,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// The title bar of a region.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) title: String,
    /// `× items`, `× 3`.
    pub(super) times: String,
    /// Mode of a map.
    pub(super) badge: Option<&'static str>,
    pub(super) width: i32,
}

/// Are there states to show?
pub(super) fn shows_states(tree: &Tree<'_>) -> bool {
    tree.picture.nodes.iter().any(|node| node.state != PictureState::Pending)
}

/// Free width left and right of a node's text.
pub(super) fn sides(kind: Kind) -> i32 {
    if kind == Kind::Gate { 16 } else { 10 }
}

impl Face {
    /// The face of node `at`; with `states`, there is room for a mark.
    pub(super) fn new(tree: &Tree<'_>, at: usize, states: bool) -> Self {
        let kind = tree.node(at).kind;
        let title = node_title(tree, at);
        if kind == Kind::Barrier {
            let title = fitted(&title, SMALL, WIDEST);
            let width = width(&title, SMALL) + 40;
            return Self { lines: vec![title], width, height: 14 };
        }
        let lines = lines(&title, LABEL, WIDEST);
        let text = lines.iter().map(|line| width(line, LABEL)).max().unwrap_or(0);
        let mark = if states { 16 } else { 0 };
        let width = (text + ICON + mark + 2 * sides(kind)).max(NARROWEST);
        Self { height: 16 + LINE * lines.len() as i32, width, lines }
    }
}

impl Head {
    /// The title bar of `room`.
    pub(super) fn new(tree: &Tree<'_>, room: usize) -> Self {
        let title = fitted(&room_title(tree, room), TITLE, 240);
        let times = times(tree, room).unwrap_or_default();
        let badge = tree.rooms[room].region.and_then(|region| region.mode).map(mode_word);
        let mut used = 10 + width(&title, TITLE) + 10;
        if !times.is_empty() {
            used += 7 + width(&times, SMALL);
        }
        if let Some(badge) = badge {
            used += 12 + badge_width(badge);
        }
        Self { title, times, badge, width: used }
    }
}

/// Width of a pill with `text`.
pub(super) fn badge_width(text: &str) -> i32 {
    width(text, SMALL) + 12
}

/// Width of an exit beside its text: an icon, a mark, and space around them.
pub(super) const EXIT: i32 = 54;

/// Width that the exit of a room takes.
pub(super) fn exit_width(tree: &Tree<'_>, room: usize) -> i32 {
    exit_text(tree, room, 240).1 + EXIT
}

/// What is written on the exit of a room, and how wide that is with its icon.
pub(super) fn exit_text(tree: &Tree<'_>, room: usize, space: i32) -> (String, i32) {
    let map = tree.rooms[room].region.is_some_and(|region| region.kind == crate::draw::RegionKind::Map);
    let title = room_title(tree, room);
    let text = if map { format!("all of {title}") } else { format!("end of {title}") };
    let text = fitted(&text, SMALL, space);
    let used = width(&text, SMALL);
    (text, used)
}

/// Width of the label of a line.
pub(super) fn line_label(text: &str) -> (String, i32) {
    const FONT: Font = SMALL;
    let text = fitted(text, FONT, 140);
    let used = width(&text, FONT);
    (text, used)
}
