//! What the shapes, lines and marks of one picture mean; only those it has.

use super::layout::Rect;
use super::measure::{SMALL, width};
use super::shapes::{edge_class, line, outline, text};
use crate::draw::tree::Link;
use crate::draw::words::{STATES, kind_word};
use crate::draw::{EdgeKind, Kind, Picture, PictureState};

const ROW: i32 = 20;
const SAMPLE: i32 = 26;

enum Entry {
    Kind(Kind),
    Edge(EdgeKind),
    State(PictureState),
}

impl Entry {
    fn words(&self) -> &'static str {
        match self {
            Self::Kind(Kind::Gate) => "gate: a person decides",
            Self::Kind(Kind::Run) => "command",
            Self::Kind(kind) => kind_word(*kind),
            Self::Edge(EdgeKind::Needs) => "needs",
            Self::Edge(EdgeKind::Gate) => "choice",
            Self::Edge(EdgeKind::Repair) => "if it fails",
            Self::Edge(EdgeKind::Barrier) => "all before it first",
            Self::State(state) => state.word(),
        }
    }

    fn width(&self) -> i32 {
        SAMPLE + 6 + width(self.words(), SMALL) + 18
    }

    fn draw(&self, out: &mut String, x: i32, y: i32) {
        let sample = |height: i32| Rect { x, y: y + (ROW - height) / 2, width: SAMPLE, height };
        match self {
            Self::Kind(kind) => {
                out.push_str(&format!("<g class=\"kind-{}\">", kind_word(*kind)));
                outline(out, *kind, sample(if *kind == Kind::Barrier { 8 } else { 14 }));
            }
            Self::State(state) => {
                out.push_str(&format!("<g class=\"state-{}\">", state.word()));
                outline(out, Kind::Run, sample(14));
            }
            Self::Edge(kind) => {
                out.push_str(&format!("<g class=\"edge-{}\">", edge_class(*kind)));
                line(out, *kind, &[(x, y + ROW / 2), (x + SAMPLE, y + ROW / 2)]);
            }
        }
        out.push_str("</g>");
        text(out, "small", x + SAMPLE + 6, y + ROW / 2 + 4, self.words());
        out.push('\n');
    }
}

/// The legend of a picture.
pub(super) struct Legend {
    rows: Vec<Vec<Entry>>,
}

impl Legend {
    /// The legend in rows no wider than `space`.
    pub(super) fn new(picture: &Picture, links: &[Link<'_>], space: i32) -> Self {
        let kinds = [Kind::Agent, Kind::Run, Kind::Gate, Kind::Action, Kind::Value, Kind::Barrier];
        let kinds = kinds.into_iter().filter(|kind| picture.nodes.iter().any(|n| n.kind == *kind)).map(Entry::Kind);
        let edges = [EdgeKind::Needs, EdgeKind::Gate, EdgeKind::Repair, EdgeKind::Barrier].into_iter();
        let edges = edges.filter(|kind| links.iter().any(|l| l.kind == *kind)).map(Entry::Edge);
        let running = picture.nodes.iter().any(|n| n.state != PictureState::Pending);
        let states = STATES.into_iter().filter(|state| running && picture.nodes.iter().any(|n| n.state == *state));
        let mut rows: Vec<Vec<Entry>> = Vec::new();
        for group in [kinds.collect::<Vec<_>>(), edges.collect(), states.map(Entry::State).collect()] {
            let mut left = 0;
            for entry in group {
                if left < entry.width() {
                    rows.push(Vec::new());
                    left = space;
                }
                left -= entry.width();
                rows.last_mut().expect("a row was begun for the first entry").push(entry);
            }
        }
        Self { rows }
    }

    /// Its width and height.
    pub(super) fn size(&self) -> (i32, i32) {
        let wide = self.rows.iter().map(|row| row.iter().map(Entry::width).sum::<i32>() - 18).max().unwrap_or(0);
        (wide, self.rows.len() as i32 * ROW)
    }

    /// Draws it with its left upper corner at `x`, `y`.
    pub(super) fn draw(&self, out: &mut String, x: i32, y: i32) {
        if self.rows.is_empty() {
            return;
        }
        out.push_str("<g class=\"legend\">\n");
        for (i, row) in self.rows.iter().enumerate() {
            let mut left = x;
            for entry in row {
                entry.draw(out, left, y + i as i32 * ROW);
                left += entry.width();
            }
        }
        out.push_str("</g>\n");
    }
}
