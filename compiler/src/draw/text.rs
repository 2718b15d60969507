//! Picture → text: a tree of regions, one line per node, made to be read at 80 columns.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{Item, Tree, last_part};
use super::words::{STATES, counted, kind_word, region_words, state_mark};
use super::{EdgeKind, Kind, Picture, PictureState};

const WIDTH: usize = 80;
const WIDEST_NAME: usize = 36;

/// A tree of `picture` as text with a newline at its end. The line of a region stands for its exit node; what every entry
/// of a region waits for is said once, on the region's line.
pub fn text(picture: &Picture) -> String {
    let tree = Tree::new(picture);
    let mut waits = Waits::new(&tree);
    let mut lines = Vec::new();
    room(&tree, &mut waits, 0, &mut lines);
    let name = lines.iter().map(|l| l.name.chars().count()).max().unwrap_or(0).min(WIDEST_NAME);
    let what = lines.iter().map(|l| l.what.len()).max().unwrap_or(0);
    let marks = picture.nodes.iter().any(|n| n.state != PictureState::Pending);
    let mut out = headline(picture, marks);
    for line in &lines {
        line.write(name, what, marks, &mut out);
    }
    out
}

fn headline(picture: &Picture, states: bool) -> String {
    let mut parts = vec![
        counted(picture.nodes.len(), "node"),
        counted(picture.regions.len(), "region"),
        counted(picture.edges.len(), "edge"),
    ];
    for state in STATES {
        let count = picture.nodes.iter().filter(|n| n.state == state).count();
        if states && count > 0 {
            parts.push(format!("{count} {}", state.word()));
        }
    }
    let mut out = String::new();
    wrap(&format!("{}: {}", clean(&picture.workflow), parts.join(", ")), 2, 0, &mut out);
    out
}

struct Line {
    name: String,
    what: String,
    state: Option<PictureState>,
    note: String,
}

impl Line {
    fn write(&self, name: usize, what: usize, marks: bool, out: &mut String) {
        let mut head = String::new();
        if marks {
            head.push(self.state.map_or(' ', state_mark));
            head.push(' ');
        }
        head.push_str(&pad(&self.name, name));
        head.push_str("  ");
        head.push_str(&pad(&self.what, what));
        if self.note.is_empty() {
            out.push_str(head.trim_end());
            out.push('\n');
            return;
        }
        head.push_str("  ");
        let column = name + what + 4 + if marks { 2 } else { 0 };
        out.push_str(&head);
        wrap(&self.note, column, head.chars().count(), out);
    }
}

fn pad(text: &str, width: usize) -> String {
    format!("{text:<width$}")
}

/// Appends `text`, broken at spaces before column 80; the cursor stands at `at`, further lines begin at `indent`.
fn wrap(text: &str, indent: usize, mut at: usize, out: &mut String) {
    let mut first = true;
    for word in text.split(' ') {
        let width = word.chars().count();
        if !first && at + 1 + width > WIDTH {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            at = indent;
        } else if !first {
            out.push(' ');
            at += 1;
        }
        out.push_str(word);
        at += width;
        first = false;
    }
    out.push('\n');
}

fn room(tree: &Tree<'_>, waits: &mut Waits<'_>, at: usize, lines: &mut Vec<Line>) {
    for &item in &tree.rooms[at].items {
        lines.push(line(tree, waits, at, item));
        if let Item::Room(inner) = item {
            room(tree, waits, inner, lines);
        }
    }
}

fn line(tree: &Tree<'_>, waits: &mut Waits<'_>, home: usize, item: Item) -> Line {
    let id = tree.id(item);
    let indent = "  ".repeat(tree.rooms[home].depth + 1);
    let (node, what, mark) = match item {
        Item::Node(at) => (Some(tree.node(at)), kind_word(tree.node(at).kind).to_owned(), ""),
        Item::Room(inner) => {
            let many = tree.rooms[inner].region.is_some_and(|r| r.unexpanded);
            let exit = tree.rooms[inner].exit.map(|exit| tree.node(exit));
            (exit, region_words(tree, inner), if many { " × items" } else { "" })
        }
    };
    let name = clean(tree.short(id, home));
    let title = node.filter(|n| n.label != last_part(id) && n.label != name).map(|n| format!("“{}”", clean(&n.label)));
    let barrier = node.is_some_and(|n| n.kind == Kind::Barrier);
    let words = phrases(tree, home, barrier, waits.lines.remove(&item).unwrap_or_default());
    let note: Vec<String> = title.into_iter().chain((!words.is_empty()).then(|| words.join("; "))).collect();
    Line { name: format!("{indent}{name}{mark}"), what, state: node.map(|n| n.state), note: note.join(" ") }
}

/// What a line waits for, in words.
fn phrases(tree: &Tree<'_>, home: usize, barrier: bool, waits: Vec<Wait<'_>>) -> Vec<String> {
    let mut groups: Vec<(String, Vec<String>, &str)> = Vec::new();
    for wait in waits {
        let (verb, tail) = match (wait.kind, wait.choice) {
            (EdgeKind::Needs, _) | (EdgeKind::Gate, None) => ("needs".to_owned(), ""),
            (EdgeKind::Gate, Some(choice)) => (format!("on {} at", clean(choice)), ""),
            (EdgeKind::Repair, _) => ("if".to_owned(), " fails"),
            (EdgeKind::Barrier, _) if barrier => ("opens after".to_owned(), ""),
            (EdgeKind::Barrier, _) => ("behind".to_owned(), ""),
        };
        let source = clean(tree.short(&tree.node(wait.from).id, home));
        match groups.iter_mut().find(|(known, _, _)| *known == verb) {
            Some((_, sources, _)) => sources.push(source),
            None => groups.push((verb, vec![source], tail)),
        }
    }
    groups.into_iter().map(|(verb, sources, tail)| format!("{verb} {}{tail}", listed(&sources))).collect()
}

/// The names with commas; rounds of the name before them only by their number: `write, -2, -3`.
fn listed(names: &[String]) -> String {
    let mut out = String::new();
    let mut base = "";
    for name in names {
        let round = name.strip_prefix(base).filter(|rest| !base.is_empty() && is_round(rest));
        out.push_str(if out.is_empty() { "" } else { ", " });
        out.push_str(round.unwrap_or(name));
        if round.is_none() {
            base = name;
        }
    }
    out
}

fn is_round(rest: &str) -> bool {
    rest.strip_prefix('-').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// `text` on one line.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Wait<'p> {
    from: usize,
    kind: EdgeKind,
    choice: Option<&'p str>,
}

/// What each line waits for. An edge into a region is said on the region's line if it leads to every entry of the region.
struct Waits<'p> {
    lines: BTreeMap<Item, Vec<Wait<'p>>>,
}

impl<'p> Waits<'p> {
    fn new(tree: &Tree<'p>) -> Self {
        let mut ends = Vec::new();
        for edge in &tree.picture.edges {
            let Some((from, to)) = tree.find(&edge.from).zip(tree.find(&edge.to)) else { continue };
            let Some((meet, _, _)) = tree.meet(from, to) else { continue };
            ends.push((Wait { from, kind: edge.kind, choice: edge.choice.as_deref() }, to, meet));
        }
        let reach = Reach::new(tree, &ends);
        let mut lines: BTreeMap<Item, Vec<Wait<'p>>> = BTreeMap::new();
        for (wait, to, meet) in ends {
            let line = lines.entry(reach.line(tree, wait, to, meet)).or_default();
            if !line.contains(&wait) {
                line.push(wait);
            }
        }
        Self { lines }
    }
}

/// How many entries each room has, and how many of them each edge from outside reaches.
struct Reach<'p> {
    entries: Vec<usize>,
    reached: BTreeMap<(usize, Wait<'p>), BTreeSet<usize>>,
}

impl<'p> Reach<'p> {
    fn new(tree: &Tree<'p>, ends: &[(Wait<'p>, usize, usize)]) -> Self {
        // A node is an entry of a room if none of its edges begins in that room.
        let mut deepest: Vec<usize> = vec![0; tree.picture.nodes.len()];
        for &(_, to, meet) in ends {
            deepest[to] = deepest[to].max(tree.rooms[meet].depth);
        }
        let is_entry = |node: usize, room: usize| deepest[node] < tree.rooms[room].depth;
        let mut entries = vec![0; tree.rooms.len()];
        for at in 0..tree.picture.nodes.len() {
            if stands_alone(tree, at) {
                around(tree, at, 0).filter(|&room| is_entry(at, room)).for_each(|room| entries[room] += 1);
            }
        }
        let mut reached: BTreeMap<_, BTreeSet<usize>> = BTreeMap::new();
        for &(wait, to, meet) in ends.iter().filter(|(_, to, _)| stands_alone(tree, *to)) {
            for room in around(tree, to, meet).filter(|&room| is_entry(to, room)) {
                reached.entry((room, wait)).or_default().insert(to);
            }
        }
        Self { entries, reached }
    }

    /// The line that says `wait` for node `to`: the outermost room below `meet` all of whose entries wait so, else its own.
    fn line(&self, tree: &Tree<'_>, wait: Wait<'p>, to: usize, meet: usize) -> Item {
        let whole = |room: &usize| self.reached.get(&(*room, wait)).is_some_and(|r| r.len() == self.entries[*room]);
        around(tree, to, meet).filter(whole).last().map_or(tree.place(to).0, Item::Room)
    }
}

/// Is the node a line of its own work, and not the exit of a room with something in it?
fn stands_alone(tree: &Tree<'_>, at: usize) -> bool {
    match tree.place(at).0 {
        Item::Node(_) => true,
        Item::Room(room) => tree.rooms[room].items.is_empty(),
    }
}

/// The rooms around node `at`, innermost first (its own, for an exit), up to but without `stop`.
fn around<'t>(tree: &'t Tree<'_>, at: usize, stop: usize) -> impl Iterator<Item = usize> + 't {
    let first = match tree.place(at) {
        (Item::Room(room), _) => room,
        (Item::Node(_), home) => home,
    };
    std::iter::successors(Some(first), |&room| Some(tree.rooms[room].parent))
        .take_while(move |&room| room != stop && room != 0)
}
