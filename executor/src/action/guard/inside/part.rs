//! The tests of a file as a text of their own, and where each of its lines stands. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::Lines;

/// Conditions on how a file is called are read this deep in each other. What is deeper is the program.
pub(super) const DEEPEST: usize = 50;

/// What a file of the program holds of tests.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) text: String,
    /// For each line of it the line of the file, from 1.
    pub(super) lines: Vec<usize>,
    /// Functions that are tests by what they do, and run only where they are called.
    pub(super) names: BTreeSet<String>,
    /// Statements that end everything well, with more behind them: line and words.
    pub(super) exits: Vec<(usize, String)>,
    /// Where statements that assert begin, from 0.
    pub(super) statements: Vec<usize>,
    /// Names that the program gives in this file.
    pub(super) program: BTreeSet<String>,
}

impl Part {
    /// Adds a line that stands in line `at` of the file, from 0.
    pub(super) fn push(&mut self, at: usize, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
        self.lines.push(at + 1);
    }
}

/// What a piece of a file is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sort {
    /// It brings something in.
    Import,
    /// It is a test as it stands, of this name.
    Test(String),
    /// A function that is a test by what it does.
    Tests(String),
    /// A statement that asserts.
    Asserts,
    /// A name that is given a value.
    Value(String),
    /// A function that asserts what it is given.
    Helper(String),
    /// The program.
    Program,
}

impl Sort {
    /// What it is called, if it has a name.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Test(name) | Self::Tests(name) | Self::Helper(name) | Self::Value(name) => Some(name),
            Self::Import | Self::Asserts | Self::Program => None,
        }
    }
}

/// Functions that were for tests, and as what.
pub(super) type Known = BTreeMap<String, Sort>;

/// A file that was read.
pub(super) struct Read<'t> {
    pub(super) lines: Lines<'t>,
    /// Its pieces that are for tests.
    pub(super) units: Vec<Unit>,
    /// What the file makes or brings in by name.
    pub(super) names: BTreeSet<String>,
    /// Statements that end everything well, with more behind them: line and words.
    pub(super) exits: Vec<(usize, String)>,
}

impl<'t> Read<'t> {
    pub(super) fn new(lines: Lines<'t>, all: Vec<Unit>, names: BTreeSet<String>, exits: Vec<(usize, String)>) -> Self {
        let words = all.iter().map(|unit| lines.words(&unit.lines)).collect::<Vec<_>>();
        let keeps = kept(&all, &words);
        let units = all.into_iter().zip(keeps).filter_map(|(unit, keeps)| keeps.then_some(unit)).collect();
        Self { lines, units, names, exits }
    }

    /// The functions in it that are for tests.
    pub(super) fn known(&self) -> Known {
        let functions = self.units.iter().filter(|unit| matches!(unit.sort, Sort::Tests(_) | Sort::Helper(_)));
        functions.filter_map(|unit| Some((unit.sort.name()?.to_owned(), unit.sort.clone()))).collect()
    }

    /// The pieces that are statements, and those that are not.
    pub(super) fn parted(&self) -> (Vec<&Unit>, Vec<&Unit>) {
        self.units.iter().partition(|unit| unit.sort == Sort::Asserts)
    }

    /// Its tests, of which `text` is not written yet.
    pub(super) fn begun(&self) -> Part {
        let known = self.known();
        let tests = known.iter().filter(|(_, sort)| matches!(sort, Sort::Tests(_)));
        Part {
            names: tests.map(|(name, _)| name.clone()).collect(),
            program: self.names.iter().filter(|name| !known.contains_key(*name)).cloned().collect(),
            exits: self.exits.clone(),
            statements: self.parted().0.iter().map(|unit| unit.lines.start).collect(),
            ..Part::default()
        }
    }
}

/// A piece of a file.
#[derive(Debug)]
pub(super) struct Unit {
    /// Its lines, from 0.
    pub(super) lines: std::ops::Range<usize>,
    /// How deep it is indented.
    pub(super) indent: usize,
    pub(super) sort: Sort,
}

/// Which of `units` are for tests: tests, and what only they use. `words` are those that each says.
fn kept(units: &[Unit], words: &[BTreeSet<&str>]) -> Vec<bool> {
    let is_test = |unit: &Unit| matches!(unit.sort, Sort::Test(_) | Sort::Tests(_) | Sort::Asserts);
    if !units.iter().any(is_test) {
        return vec![false; units.len()];
    }
    let mut keeps: Vec<bool> = units.iter().map(|unit| is_test(unit) || unit.sort == Sort::Import).collect();
    let mut made: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, unit) in units.iter().enumerate() {
        if let Sort::Value(name) | Sort::Helper(name) = &unit.sort {
            made.entry(name.trim_start_matches('$')).or_default().push(at);
        }
    }
    let of =
        |user: usize| words[user].iter().filter_map(|word| made.get(word)).flatten().filter(move |at| **at != user);
    // Of each, how many pieces speak of it that are kept, and that are not.
    let mut users = vec![(0, 0); units.len()];
    for (user, is_kept) in keeps.iter().enumerate() {
        for at in of(user) {
            if *is_kept { users[*at].0 += 1 } else { users[*at].1 += 1 }
        }
    }
    let mut open: Vec<usize> = made.values().flatten().copied().collect();
    while let Some(at) = open.pop() {
        if keeps[at] || users[at].0 == 0 || users[at].1 > 0 {
            continue;
        }
        keeps[at] = true;
        for other in of(at) {
            users[*other] = (users[*other].0 + 1, users[*other].1 - 1);
            open.push(*other);
        }
    }
    keeps
}
