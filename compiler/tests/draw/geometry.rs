//! SVG pictures read back: what overlaps, what sticks out, what crosses what.

use std::collections::BTreeMap;

use mission_compiler::draw::{Kind, Picture, svg};

#[derive(Debug, Clone, Copy, PartialEq)]
struct Box {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Box {
    fn holds(&self, other: &Self) -> bool {
        self.left <= other.left && self.top <= other.top && self.right >= other.right && self.bottom >= other.bottom
    }
    fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }
    fn around(points: &[(f64, f64)]) -> Self {
        let fold = |pick: fn(&(f64, f64)) -> f64, with: fn(f64, f64) -> f64, from: f64| {
            points.iter().map(pick).fold(from, with)
        };
        Self {
            left: fold(|p| p.0, f64::min, f64::MAX),
            top: fold(|p| p.1, f64::min, f64::MAX),
            right: fold(|p| p.0, f64::max, f64::MIN),
            bottom: fold(|p| p.1, f64::max, f64::MIN),
        }
    }
}

/// An element: its name, attributes, text and children.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    text: String,
    children: Vec<Self>,
}

/// Reads what `svg` writes; panics where it is not well-formed.
fn parse(text: &str) -> Element {
    let mut open = vec![Element::default()];
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let inner = unescaped(&rest[..start]);
        open.last_mut().expect("an open element").text.push_str(&inner);
        let end = rest[start..].find('>').expect("a tag is closed") + start;
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            let done = open.pop().expect("an open element");
            assert_eq!(done.name, name);
            open.last_mut().expect("an outer element").children.push(done);
            continue;
        }
        let (tag, single) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, mut list) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut element = Element { name: name.to_owned(), ..Element::default() };
        while let Some((key, more)) = list.split_once("=\"") {
            let (value, more) = more.split_once('"').expect("a quoted value");
            assert!(element.attributes.insert(key.trim().to_owned(), unescaped(value)).is_none(), "{key} twice");
            list = more;
        }
        if single {
            open.last_mut().expect("an outer element").children.push(element);
        } else {
            open.push(element);
        }
    }
    assert_eq!((open.len(), rest.trim()), (1, ""));
    open.pop().and_then(|mut root| root.children.pop()).expect("one svg element")
}

fn unescaped(text: &str) -> String {
    assert!(!text.contains('<') && !text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    let bare = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    bare.replace("&amp;", "&")
}

impl Element {
    fn get(&self, key: &str) -> &str {
        self.attributes.get(key).map_or("", String::as_str)
    }
    fn number(&self, key: &str) -> f64 {
        self.get(key).parse().unwrap_or_else(|_| panic!("{key} of {self:?}"))
    }
    fn has(&self, class: &str) -> bool {
        self.get("class").split(' ').any(|c| c == class)
    }
    fn all<'a>(&'a self, class: &str, found: &mut Vec<&'a Self>) {
        if self.has(class) {
            found.push(self);
        }
        self.children.iter().for_each(|child| child.all(class, found));
    }
    fn find(&self, class: &str) -> Vec<&Self> {
        let mut found = Vec::new();
        self.all(class, &mut found);
        found
    }
    fn whole_text(&self) -> String {
        self.text.clone() + &self.children.iter().map(Self::whole_text).collect::<String>()
    }
    fn outline(&self) -> Box {
        match self.name.as_str() {
            "rect" => {
                let (left, top) = (self.number("x"), self.number("y"));
                Box { left, top, right: left + self.number("width"), bottom: top + self.number("height") }
            }
            "polygon" => {
                let point = |p: &str| p.split_once(',').map(|(x, y)| (x.parse().expect("x"), y.parse().expect("y")));
                Box::around(&self.get("points").split(' ').map(|p| point(p).expect("x,y")).collect::<Vec<_>>())
            }
            _ => {
                // The foot of a region: `Mx yHrVt…bH…`.
                let path = self.get("d").replace(|c: char| c.is_ascii_alphabetic(), " ");
                let n: Vec<f64> = path.split_whitespace().map(|n| n.parse().expect("a number")).collect();
                Box { left: n[0], top: n[1], right: n[2], bottom: n[3] + 7.0 }
            }
        }
    }
    /// Corners of a line; the control points of its rounded corners are corners too.
    fn points(&self) -> Vec<(f64, f64)> {
        let path = self.get("d").replace(['M', 'L', 'Q', 'Z'], " ");
        let numbers: Vec<f64> = path.split_whitespace().map(|n| n.parse().expect("a number")).collect();
        numbers.chunks(2).map(|p| (p[0], p[1])).collect()
    }
}

/// A usual sans-serif font, roughly.
fn text_width(text: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        'i' | 'j' | 'l' | 'f' | 't' | 'r' | ' ' | '.' | ',' | ':' | ';' | '\'' | '|' | '-' | '(' | ')' | '[' | ']' => {
            0.33
        }
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.9,
        c if c.is_ascii_uppercase() => 0.7,
        c if c.is_ascii() => 0.56,
        _ => 1.0,
    };
    text.chars().map(em).sum::<f64>() * size
}

/// Checks everything that must hold for every picture.
pub(crate) fn check(picture: &Picture) {
    let text = svg(picture);
    assert_eq!(text, svg(picture), "the same picture is drawn in the same way");
    let root = parse(&text);
    let sheet = Box { left: 0.0, top: 0.0, right: root.number("width"), bottom: root.number("height") };
    assert_eq!(root.get("viewBox"), format!("0 0 {} {}", sheet.right, sheet.bottom));
    let nodes = boxes(&root, "node", "shape");
    let regions = boxes(&root, "region", "box");
    assert_eq!(nodes.len(), picture.nodes.len(), "each node stands in the picture once");
    assert_eq!(regions.len(), picture.regions.len());
    for at in nodes.values().chain(regions.values()) {
        assert!(sheet.holds(at));
    }
    nothing_overlaps(picture, &nodes, &regions);
    everything_is_in_its_region(picture, &nodes, &regions);
    texts_fit(&root, &sheet);
    lines_end_on_borders(&root, &nodes, &regions);
    lines_cross_nothing(&root, &sheet, picture, &nodes, &regions);
}

fn boxes(root: &Element, class: &str, shape: &str) -> BTreeMap<String, Box> {
    let found = root.find(class);
    let place = |e: &&Element| (e.get("data-id").to_owned(), e.find(shape)[0].outline());
    let map: BTreeMap<String, Box> = found.iter().map(place).collect();
    assert_eq!(map.len(), found.len(), "no id twice");
    map
}

fn is_exit(picture: &Picture, id: &str) -> bool {
    picture.regions.iter().any(|r| r.id == id)
}

fn within(picture: &Picture, inner: Option<&str>, outer: &str) -> bool {
    let mut at = inner;
    while let Some(id) = at {
        if id == outer {
            return true;
        }
        at = picture.regions.iter().find(|r| r.id == id).and_then(|r| r.parent.as_deref());
    }
    false
}

fn nothing_overlaps(picture: &Picture, nodes: &BTreeMap<String, Box>, regions: &BTreeMap<String, Box>) {
    let all: Vec<(&str, Option<&str>, Box)> =
        picture.nodes.iter().map(|n| (n.id.as_str(), n.region.as_deref(), nodes[&n.id])).collect();
    for (i, (a, _, one)) in all.iter().enumerate() {
        for (b, _, other) in &all[i + 1..] {
            assert!(!one.overlaps(other), "nodes {a} {one:?} and {b} {other:?} overlap");
        }
        for region in &picture.regions {
            if !within(picture, all[i].1, &region.id) {
                assert!(!one.overlaps(&regions[&region.id]), "node {a} and region {} overlap", region.id);
            }
        }
    }
    for (i, a) in picture.regions.iter().enumerate() {
        for b in &picture.regions[i + 1..] {
            if !within(picture, Some(&a.id), &b.id) && !within(picture, Some(&b.id), &a.id) {
                assert!(!regions[&a.id].overlaps(&regions[&b.id]), "regions {} and {} overlap", a.id, b.id);
            }
        }
    }
}

fn everything_is_in_its_region(picture: &Picture, nodes: &BTreeMap<String, Box>, regions: &BTreeMap<String, Box>) {
    for node in &picture.nodes {
        if let Some(region) = &node.region {
            assert!(regions[region].holds(&nodes[&node.id]), "{} sticks out", node.id);
        }
    }
    for region in &picture.regions {
        if let Some(parent) = &region.parent {
            assert!(regions[parent].holds(&regions[&region.id]), "{} sticks out", region.id);
        }
    }
}

fn texts_fit(root: &Element, sheet: &Box) {
    for (class, shape, size) in [("node", "shape", 12.0), ("region", "box", 12.0)] {
        for group in root.find(class) {
            let size = if group.has("exit") || group.has("kind-barrier") { 10.0 } else { size };
            let outline = group.find(shape)[0].outline();
            for text in group.children.iter().filter(|c| c.name == "text") {
                let (x, y) = (text.number("x"), text.number("y"));
                let words = text.whole_text();
                assert!(!words.is_empty());
                let right = x + text_width(&words, size);
                assert!(x >= outline.left && right <= outline.right, "{words:?} sticks out of {outline:?}");
                assert!(y - size * 0.8 >= outline.top && y <= outline.bottom, "{words:?} sticks out of {outline:?}");
            }
        }
    }
    for label in root.find("choice") {
        assert!(label.number("x") + text_width(&label.whole_text(), 10.0) <= sheet.right);
    }
}

/// Every line begins on the border of what it leaves and its head ends on the border of where it leads.
fn lines_end_on_borders(root: &Element, nodes: &BTreeMap<String, Box>, regions: &BTreeMap<String, Box>) {
    let grids: Vec<Box> = root.find("grid").iter().map(|grid| grid.outline()).collect();
    let edges = root.find("edge");
    for edge in &edges {
        let start = edge.find("line")[0].points()[0];
        let tip = edge.find("head")[0].points()[0];
        for line in edge.children[0].text.lines() {
            let (from, to) = line.split_once(" → ").expect("a title names both ends");
            let to = to.strip_suffix(')').and_then(|to| to.rsplit_once(" (")).map_or(to, |(to, _)| to);
            for (id, at) in [(from, start), (to, tip)] {
                let own = regions.get(id).or_else(|| nodes.get(id)).unwrap_or_else(|| panic!("no {id}"));
                let around = grids.iter().filter(|grid| grid.holds(own));
                assert!(around.chain([own]).any(|at_box| on_border(at_box, at)), "{line} does not touch {id}");
            }
        }
    }
}

fn on_border(at: &Box, (x, y): (f64, f64)) -> bool {
    let inside = x >= at.left && x <= at.right && y >= at.top && y <= at.bottom;
    inside && (x == at.left || x == at.right || y == at.top || y == at.bottom)
}

fn lines_cross_nothing(
    root: &Element,
    sheet: &Box,
    picture: &Picture,
    nodes: &BTreeMap<String, Box>,
    regions: &BTreeMap<String, Box>,
) {
    let solid: Vec<(&String, &Box)> = nodes.iter().filter(|(id, _)| !is_exit(picture, id)).collect();
    for edge in root.find("edge") {
        let title = edge.children[0].text.clone();
        let points = edge.find("line")[0].points();
        for pair in points.windows(2) {
            let piece = Box::around(pair);
            assert!(sheet.holds(&piece), "{title} leaves the sheet");
            for (id, at) in &solid {
                let inner =
                    Box { left: at.left + 1.0, top: at.top + 1.0, right: at.right - 1.0, bottom: at.bottom - 1.0 };
                assert!(!touches(&piece, &inner), "{title} runs through {id}");
            }
            for (id, at) in regions {
                let inner =
                    Box { left: at.left + 1.0, top: at.top + 1.0, right: at.right - 1.0, bottom: at.bottom - 1.0 };
                assert!(at.holds(&piece) || !touches(&piece, &inner), "{title} crosses the border of {id}");
            }
        }
    }
}

/// Like overlap, for boxes that may have no width or no height.
fn touches(piece: &Box, at: &Box) -> bool {
    piece.left < at.right && at.left < piece.right && piece.top < at.bottom && at.top < piece.bottom
        || (piece.left == piece.right || piece.top == piece.bottom)
            && piece.left <= at.right
            && at.left <= piece.right
            && piece.top <= at.bottom
            && at.top <= piece.bottom
}

/// How many nodes of this kind have an outline of this element.
pub(crate) fn drawn_as(picture: &Picture, kind: Kind, element: &str) -> bool {
    let root = parse(&svg(picture));
    let ids: Vec<&str> = picture.nodes.iter().filter(|n| n.kind == kind).map(|n| n.id.as_str()).collect();
    let groups = root.find("node").into_iter().filter(|e| ids.contains(&e.get("data-id")));
    groups.into_iter().all(|e| e.find("shape")[0].name == element)
}
