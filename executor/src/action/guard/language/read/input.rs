//! Is the same asked of something else: in the same words, with another literal among them? Pure.

use std::sync::LazyLock;

use regex::Regex;

use super::other::{Subject, subjects};
use super::value::{Piece, close, is_value};

/// What is known beside the words of a test.
pub(in super::super::super) trait Program {
    /// Is what is called `new` now what was called `old`?
    fn renamed(&self, old: &str, new: &str) -> bool;
    /// Does `text` name a file that was there, and is elsewhere or gone?
    fn is_gone(&self, text: &str) -> bool;
    /// Does the program speak of this no more?
    fn is_forgotten(&self, name: &str) -> bool;
    /// Does the function `name` take other arguments than it did?
    fn takes_other(&self, name: &str) -> bool;
    /// Does the argument of `function` at this place only name the case?
    fn is_label(&self, function: &str, at: usize) -> bool;
}

/// A part of an expression; signs say nothing of what is given.
enum Node {
    Name(String),
    Literal(String),
    /// What stands in brackets: arguments, or a list.
    Group {
        call: Option<String>,
        opens: String,
        parts: Vec<Part>,
    },
}

/// What stands between two commas.
struct Part {
    key: Option<String>,
    nodes: Vec<Node>,
}

impl Part {
    /// Names in it, and the one that it has.
    fn names(&self) -> Vec<String> {
        self.key.iter().filter(|key| !key.contains('"')).cloned().chain(names(&self.nodes)).collect()
    }
}

/// How two expressions differ, what says more last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Differs {
    Not,
    /// Only in literals.
    Literals,
    /// In words.
    Words,
}

/// Values that are words.
const VALUES: [&str; 14] = [
    "true",
    "false",
    "True",
    "False",
    "None",
    "null",
    "nil",
    "undefined",
    "NaN",
    "NULL",
    "TRUE",
    "FALSE",
    "nullptr",
    "Infinity",
];
/// Words that say nothing of what is given.
const SILENT: [&str; 5] = ["not", "vec", "new", "u", "mut"];

/// What an assertion speaks of, read.
pub(in super::super::super) struct Sides {
    how: String,
    all: Vec<Side>,
    called: Option<String>,
    /// A side that is written out is what is expected.
    expects: bool,
}

struct Side {
    nodes: Vec<Node>,
    written: bool,
}

impl Sides {
    pub(in super::super::super) fn of(text: &str) -> Self {
        let Subject { how, sides, called, expects } = subjects(text);
        let side = |pieces: &Vec<Piece>| Side { nodes: nodes(pieces), written: is_value(pieces) };
        Self { how, all: sides.iter().map(side).collect(), called, expects }
    }

    /// How much of it the `other` one says as well; what is asked of is more than what is expected.
    pub(in super::super::super) fn likeness(&self, other: &Self, program: &dyn Program) -> usize {
        let is_there = |side: &&Side| {
            let same = |other: &Side| compare(&side.nodes, &other.nodes, "", program) == Differs::Not;
            other.all.iter().any(same)
        };
        self.all.iter().filter(is_there).map(|side| if side.written { 1 } else { 2 }).sum()
    }
}

/// Is the same asked of something else, by a literal? Words that are others may be another question, and so may an
/// argument more.
pub(in super::super::super) fn asks_other(was: &str, is: &str, program: &dyn Program) -> bool {
    let (was, is) = (Sides::of(was), Sides::of(is));
    if is_said_whole(&was, &is) {
        return false;
    }
    if was.how == is.how && was.all.len() == is.all.len() {
        let crossed: Vec<&Side> = is.all.iter().rev().collect();
        let straight: Vec<&Side> = is.all.iter().collect();
        let found = in_sides(&was, &straight, program);
        let found = if was.all.len() == 2 { found.min(in_sides(&was, &crossed, program)) } else { found };
        if found != Differs::Words {
            return found == Differs::Literals;
        }
    }
    calls_other(&was, &is, program)
}

/// Is the same said in all, where one only asks whether that is true?
fn is_said_whole(was: &Sides, is: &Sides) -> bool {
    let whole = |sides: &Sides| -> Vec<String> {
        let mut all: Vec<String> = sides.all.iter().flat_map(|side| flat(&side.nodes)).collect();
        if all.last().is_some_and(|last| last.eq_ignore_ascii_case("true")) {
            all.pop();
        }
        all
    };
    whole(was) == whole(is)
}

/// Is `name` asked of, and not only told where that fails?
pub(in super::super::super) fn speaks_of(text: &str, name: &str) -> bool {
    let is_it = |piece: &Piece| matches!(piece, Piece::Word(word) if word == name);
    subjects(text).sides.iter().flatten().any(is_it)
}

/// Do two expressions differ only in literals?
pub(in super::super::super) fn differ_in_literals(one: &[Piece], other: &[Piece], program: &dyn Program) -> bool {
    compare(&nodes(one), &nodes(other), "", program) == Differs::Literals
}

/// Do they say the same, but for what the program calls otherwise now?
pub(in super::super::super) fn say_the_same(one: &[Piece], other: &[Piece], program: &dyn Program) -> bool {
    compare(&nodes(one), &nodes(other), "", program) == Differs::Not
}

/// How what is asked of differs; whether something else is expected is another question.
fn in_sides(was: &Sides, is: &[&Side], program: &dyn Program) -> Differs {
    let mut found = Differs::Not;
    for (at, (old, new)) in was.all.iter().zip(is).enumerate() {
        let given = was.called.as_ref().is_some_and(|name| at + 1 < was.all.len() && !program.is_label(name, at));
        if given || !(was.expects && old.written && new.written) {
            found = found.max(compare(&old.nodes, &new.nodes, "", program));
        }
    }
    found
}

/// Is something called that was called before, with other literals, and no more with those of before?
fn calls_other(was: &Sides, is: &Sides, program: &dyn Program) -> bool {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    was.all.iter().for_each(|side| calls(&side.nodes, &mut before));
    is.all.iter().for_each(|side| calls(&side.nodes, &mut after));
    before.retain(|old| match after.iter().position(|new| call(old, new, program) == Some(Differs::Not)) {
        Some(at) => {
            after.remove(at);
            false
        }
        None => true,
    });
    // Where a word is gone, another question may be asked.
    let mut left: Vec<String> = is.all.iter().flat_map(|side| names(&side.nodes)).collect();
    let is_left = |name: String| {
        let at = left.iter().position(|other| *other == name || program.renamed(&name, other));
        at.map(|at| left.swap_remove(at)).is_some()
    };
    was.all.iter().flat_map(|side| names(&side.nodes)).all(is_left)
        && before.iter().any(|old| after.iter().any(|new| call(old, new, program) == Some(Differs::Literals)))
}

fn calls<'n>(all: &'n [Node], found: &mut Vec<&'n Node>) {
    for node in all {
        if let Node::Group { call, parts, .. } = node {
            found.extend(call.is_some().then_some(node));
            parts.iter().for_each(|part| calls(&part.nodes, found));
        }
    }
}

/// How two calls of the same differ.
fn call(old: &Node, new: &Node, program: &dyn Program) -> Option<Differs> {
    let (Node::Group { call: Some(was), .. }, Node::Group { call: Some(is), .. }) = (old, new) else { return None };
    (was == is).then(|| differs(old, new, "", program))
}

fn compare(was: &[Node], is: &[Node], of: &str, program: &dyn Program) -> Differs {
    if was.len() == is.len() {
        let all = was.iter().zip(is).map(|(was, is)| differs(was, is, of, program));
        let found = all.max().unwrap_or(Differs::Not);
        return if found != Differs::Not && flat(was) == flat(is) { Differs::Not } else { found };
    }
    match names(was) == names(is) {
        true if flat(was) == flat(is) => Differs::Not,
        true => Differs::Literals,
        false => Differs::Words,
    }
}

fn differs(was: &Node, is: &Node, of: &str, program: &dyn Program) -> Differs {
    match (was, is) {
        (Node::Name(was), Node::Name(is)) if was == is || program.renamed(was, is) => Differs::Not,
        (Node::Literal(was), Node::Literal(is)) if same_literal(was, is, program) || is_aside(of) => Differs::Not,
        (Node::Literal(was), Node::Literal(is)) if named(was) != named(is) => Differs::Words,
        (Node::Literal(_), Node::Literal(_)) => Differs::Literals,
        (Node::Group { call, opens, parts }, Node::Group { parts: others, .. }) => {
            in_brackets((call.as_deref(), opens), parts, others, of, program)
        }
        (Node::Literal(_), group @ Node::Group { .. }) | (group @ Node::Group { .. }, Node::Literal(_))
            if names(std::slice::from_ref(group)).is_empty() =>
        {
            Differs::Literals
        }
        (Node::Name(_) | Node::Literal(_) | Node::Group { .. }, _) => Differs::Words,
    }
}

/// How the arguments of a call differ, or the elements of a list. An argument more is another question; one less is not,
/// unless the function takes others now.
fn in_brackets(
    (call, opens): (Option<&str>, &str),
    was: &[Part],
    is: &[Part],
    of: &str,
    program: &dyn Program,
) -> Differs {
    let of = call.unwrap_or(of);
    let differs = |was: &Part, is: &Part| part(was, is, of, program);
    if was.len() == is.len() {
        let straight = was.iter().zip(is).map(|(was, is)| differs(was, is)).max().unwrap_or(Differs::Not);
        let swapped = opens == "{" || call.is_some_and(|call| program.takes_other(call));
        let moved = || swapped && holds(is, was, &|was, is| differs(was, is) == Differs::Not);
        return if straight != Differs::Not && moved() { Differs::Not } else { straight };
    }
    let all_names = |parts: &[Part]| -> Vec<String> { parts.iter().flat_map(Part::names).collect() };
    let keyed = was.iter().chain(is).any(|part| part.key.is_some());
    if call.is_none() && !(opens == "{" && keyed) {
        return if all_names(was) == all_names(is) { Differs::Literals } else { Differs::Words };
    }
    let same = |was: &Part, is: &Part| differs(was, is) == Differs::Not;
    let like = |was: &Part, is: &Part| differs(was, is) != Differs::Words;
    if was.len() < is.len() {
        return match (in_order(is, was, &same), in_order(is, was, &like)) {
            (true, _) => Differs::Not,
            (false, true) => Differs::Literals,
            (false, false) => Differs::Words,
        };
    }
    let written = was.iter().filter(|part| names(&part.nodes).is_empty()).count() + is.len() >= was.len();
    let forgotten =
        |part: &Part| part.key.as_ref().is_some_and(|key| program.is_forgotten(key.trim_start_matches('"')));
    match in_order(was, is, &|is, was| same(was, is)) {
        true if call.is_some_and(|call| program.takes_other(call)) || was.iter().any(forgotten) => Differs::Not,
        true if written => Differs::Literals,
        true | false => Differs::Words,
    }
}

/// Does `all` hold each of `some`, whatever else it holds?
fn holds(all: &[Part], some: &[Part], fits: &dyn Fn(&Part, &Part) -> bool) -> bool {
    let mut left: Vec<&Part> = all.iter().collect();
    some.iter().all(|part| match left.iter().position(|other| fits(part, other)) {
        Some(at) => {
            left.remove(at);
            true
        }
        None => false,
    })
}

/// Does `all` hold each of `some` in the same order? Those with a key are sorted by it.
fn in_order(all: &[Part], some: &[Part], fits: &dyn Fn(&Part, &Part) -> bool) -> bool {
    let mut left = all.iter();
    some.iter().all(|part| left.any(|other| fits(part, other)))
}

fn part(was: &Part, is: &Part, of: &str, program: &dyn Program) -> Differs {
    let written = |key: &str| key.contains('"');
    let keys = match (&was.key, &is.key) {
        (Some(old), Some(new)) if old == new || program.renamed(old, new) => Differs::Not,
        (Some(old), Some(new)) if written(old) && written(new) => match same_literal(old, new, program) {
            true => Differs::Not,
            false => Differs::Literals,
        },
        (Some(_), Some(_)) => Differs::Words,
        (Some(_), None) | (None, Some(_)) if names(&was.nodes) != names(&is.nodes) => Differs::Words,
        (_, None) | (None, _) => Differs::Not,
    };
    keys.max(compare(&was.nodes, &is.nodes, was.key.as_deref().unwrap_or(of), program))
}

/// Names in the order in which they stand.
fn names(all: &[Node]) -> Vec<String> {
    let of = |node: &Node| match node {
        Node::Name(name) => vec![name.clone()],
        Node::Literal(_) => Vec::new(),
        Node::Group { parts, .. } => parts.iter().flat_map(Part::names).collect(),
    };
    all.iter().flat_map(of).collect()
}

/// Names and literals in the order in which they stand.
fn flat(all: &[Node]) -> Vec<String> {
    let of = |node: &Node| match node {
        Node::Name(says) | Node::Literal(says) => vec![says.clone()],
        Node::Group { parts, .. } => {
            parts.iter().flat_map(|part| part.key.iter().cloned().chain(flat(&part.nodes))).collect()
        }
    };
    all.iter().flat_map(of).collect()
}

static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[$#]\{[^{}]*\}|\{[A-Za-z_][\w.]*([:!][^{}\s]*)?\}|\$[A-Za-z_]\w*").expect("a constant pattern")
});

/// Does what it says hold names?
fn named(literal: &str) -> bool {
    NAMED.is_match(literal)
}

/// Do two literals say the same, but for names in them, or a file that is elsewhere?
fn same_literal(was: &str, is: &str, program: &dyn Program) -> bool {
    static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[A-Za-z_]\w*").expect("a constant pattern"));
    // A string that goes on in the next line, and how long a script waits.
    static ASIDE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\\\s+|(-[lg][te]|\bsleep|\btimeout)\s+[\d.]+").expect("a constant pattern"));
    let Some(((_, was), (_, is))) = was.split_once('"').zip(is.split_once('"')) else { return was == is };
    let (was, is) = (ASIDE.replace_all(was, "$1"), ASIDE.replace_all(is, "$1"));
    if was == is || NAMED.replace_all(&was, "$1") == NAMED.replace_all(&is, "$1") || program.is_gone(&was) {
        return true;
    }
    let (old, new): (Vec<_>, Vec<_>) = (WORD.find_iter(&was).collect(), WORD.find_iter(&is).collect());
    old.len() == new.len()
        && WORD.replace_all(&was, "w") == WORD.replace_all(&is, "w")
        && old
            .iter()
            .zip(&new)
            .all(|(old, new)| old.as_str() == new.as_str() || program.renamed(old.as_str(), new.as_str()))
}

/// Does what has this name only say how long something may take, or what is told where it fails?
fn is_aside(name: &str) -> bool {
    static ASIDE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?i:(?:\w*_)?timeout(?:_?(?:ms|secs|seconds))?|sleep|delay|interval|timedelta|from_(?:secs|millis|micros|nanos|mins)\w*|of(?:Seconds|Millis|Minutes)|wait_?(?:for|until)?\w*|eventually\w*|retries|deadline|within|expect|expect_err|because|describedAs|withMessage|msg|message)$")
            .expect("a constant pattern")
    });
    ASIDE.is_match(name)
}

fn nodes(all: &[Piece]) -> Vec<Node> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < all.len() {
        let before = at.checked_sub(1).map(|before| &all[before]);
        match &all[at] {
            Piece::Sign(sign) if matches!(&**sign, "(" | "[" | "{") => {
                let end = close(all, at);
                found = grouped(found, sign, before, &all[at + 1..end]);
                at = end;
            }
            Piece::Sign(sign) if sign == "-" && !before.is_some_and(ends) => {
                if let Some(Piece::Number(number)) = all.get(at + 1) {
                    found.push(Node::Literal(format!("-{number}")));
                    at += 1;
                }
            }
            Piece::Sign(_) => {}
            Piece::Word(word) if SILENT.contains(&word.as_str()) => {}
            Piece::Word(word) if VALUES.contains(&word.as_str()) => found.push(Node::Literal(word.clone())),
            Piece::Word(word) => found.push(Node::Name(word.clone())),
            // A field.
            Piece::Number(number) if before.is_some_and(|before| *before == sign(".")) => {
                found.push(Node::Name(number.clone()));
            }
            Piece::Number(number) => found.push(Node::Literal(number.clone())),
            Piece::Text(text) => found.push(read_text(text)),
        }
        at += 1;
    }
    found
}

/// Does a value end here, so that a minus behind it takes something away?
fn ends(piece: &Piece) -> bool {
    match piece {
        Piece::Word(word) => !matches!(&**word, "return" | "in" | "and" | "or" | "not" | "assert" | "is"),
        Piece::Text(_) | Piece::Number(_) => true,
        Piece::Sign(sign) => matches!(&**sign, ")" | "]" | "}"),
    }
}

/// What stands `inside` brackets, behind what was `found` before.
fn grouped(mut found: Vec<Node>, opens: &str, before: Option<&Piece>, inside: &[Piece]) -> Vec<Node> {
    let called = opens == "("
        && before.is_some_and(|piece| matches!(piece, Piece::Word(_)) || *piece == sign("!") || *piece == sign(">"));
    let call = match found.last() {
        Some(Node::Name(name)) if called => Some(name.clone()),
        _ => None,
    };
    // That there is something says nothing of what it is.
    if matches!(call.as_deref(), Some("Some" | "Ok")) {
        found.pop();
        found.extend(nodes(inside));
        return found;
    }
    let mut parts: Vec<Part> = split(inside).into_iter().map(read_part).collect();
    parts.sort_by(|one, other| one.key.cmp(&other.key));
    found.push(Node::Group { call, opens: opens.to_owned(), parts });
    found
}

fn sign(text: &str) -> Piece {
    Piece::Sign(text.to_owned())
}

fn split(inside: &[Piece]) -> Vec<&[Piece]> {
    let (mut found, mut from, mut at) = (Vec::new(), 0, 0);
    while at < inside.len() {
        match &inside[at] {
            Piece::Sign(sign) if matches!(&**sign, "(" | "[" | "{") => at = close(inside, at),
            Piece::Sign(sign) if matches!(&**sign, "," | ";") => {
                found.push(&inside[from..at]);
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    found.push(&inside[from.min(inside.len())..]);
    found.retain(|part| !part.is_empty());
    found
}

fn read_part(all: &[Piece]) -> Part {
    match all {
        [Piece::Word(key) | Piece::Text(key), Piece::Sign(gives), rest @ ..]
            if matches!(&**gives, ":" | "=" | "=>") =>
        {
            Part { key: Some(key.clone()), nodes: nodes(rest) }
        }
        _ => Part { key: None, nodes: nodes(all) },
    }
}

/// What a string says; of one that asks a command, what it asks with.
fn read_text(text: &str) -> Node {
    let command = text.strip_prefix("\"$(").and_then(|rest| rest.strip_suffix(')'));
    let Some(command) = command else { return Node::Literal(text.to_owned()) };
    let mut first = true;
    let word = |word: &str| {
        let leads = std::mem::take(&mut first) || word.starts_with(['$', '|']);
        let says = word.trim_matches(['"', '\'']).to_owned();
        if leads { Node::Name(says) } else { Node::Literal(format!("\"{says}")) }
    };
    let nodes = command.split_whitespace().map(word).collect();
    Node::Group { call: None, opens: "$(".to_owned(), parts: vec![Part { key: None, nodes }] }
}
