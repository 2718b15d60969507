//! What tests look like in each language: one table per language, one reader for all.

mod assertion;
mod c;
mod csharp;
mod dead;
mod elixir;
mod go;
pub(super) mod javascript;
mod jvm;
pub(super) mod make;
mod php;
pub(super) mod python;
mod read;
pub(super) mod ruby;
pub(super) mod rust;
pub(super) mod shell;
mod swift;

use std::ops::Range;

use super::text::{Source, Special, Style, quote};

pub(super) use read::{
    Asked, Beyond, Given, Patterns, Piece, Program, Scan, Sides, Sort, Strength, Test, Used, asked_words, asks_other,
    differ_in_literals, differ_in_values, elements, expects_other, givens_of, is_asked, is_value, masked, pieces,
    say_the_same, scan, scan_closely, speaks_of,
};

/// Ranges of a text, each with what says so where that is not its first line.
type Said = Vec<(Range<usize>, Option<&'static str>)>;

/// How tests of a language are found.
pub(super) struct Language {
    /// May a file at this path hold tests that are collected?
    pub(super) holds: fn(&Path<'_>) -> bool,
    pub(super) style: &'static Style,
    /// What belongs to a test.
    pub(super) block: Block,
    /// Headers of tests; the first group is the name.
    pub(super) tests: &'static [&'static str],
    /// Headers of what holds tests (a class, a module); the first group is the name.
    pub(super) groups: &'static [&'static str],
    /// What keeps tests from being run.
    pub(super) markers: &'static [Marker],
    /// What makes a test fail.
    pub(super) asserts: &'static [Assert],
    /// What gives a name a value: the first group is the name, the second what a function takes; the value begins where
    /// it ends.
    pub(super) gives: &'static [&'static str],
    /// First arguments of assertions that say nothing of what is asserted.
    pub(super) ignored: &'static [&'static str],
    /// First statement after which nothing of a test runs.
    pub(super) leaves: &'static str,
    /// Where nothing runs, or no fault is heard.
    pub(super) dead: fn(&Source) -> Said,
    /// The file itself is a test.
    pub(super) whole: bool,
    /// Files that are compiled only where a file that is compiled names them: a pattern with the name as first group.
    pub(super) linked: Option<&'static str>,
    /// Conditions of the compiler.
    pub(super) conditions: Option<Conditions>,
}

/// `const WANT: u32 = 3`, `self.want = 3`
const GIVES: &str = r"(?m)^[ \t]*(?:(?:pub(?:\([^)\n]*\))?|export|default|public|private|protected|internal|fileprivate|static|final|readonly|const|let|var|val|lazy|local|my|mut|ref|declare)[ \t]+)*(?:self\.|this\.|cls\.|(?:module\.)?exports\.|@@?|\$)?([A-Za-z_]\w*)[ \t]*(?::[^=\n]*)?:?=";
/// `static final int WANT = 3`, `fun want() = 3`
const GIVES_TYPED: &str = r"(?m)^[ \t]*(?:(?:public|private|protected|internal|static|final|readonly|const|constexpr|let|var|val|auto|lazy|unsigned|override|inline|lateinit|implicit|volatile|extern|fun|def)[ \t]+)*(?:[A-Za-z_?][\w.?|]*(?:<[^=\n;()]*>)?(?:\[\d*\]|[*&?])*[ \t]+[*&]*)?(?:this\.|self\.|\$this->|\$)?([A-Za-z_]\w*)(?:\[\w*\])?[ \t]*(\([^()\n]*\))?[ \t]*(?::[^=\n(){}]*)?=";

/// A language that writes like C, and in which nothing special is known of tests.
const PLAIN: Language = Language {
    holds: |_| false,
    style: &Style {
        line: &["//"],
        block: &[("/*", "*/")],
        strings: &[quote("\""), quote("'")],
        special: Special::None,
    },
    block: Block::Braces,
    tests: &[],
    groups: &[],
    markers: &[],
    asserts: &[],
    gives: &[GIVES],
    ignored: &[],
    leaves: r"^\s*return\b",
    dead: |_| Vec::new(),
    whole: false,
    linked: None,
    conditions: None,
};

/// Conditions under which tests are compiled. They stand in the brackets that a match opens.
pub(super) struct Conditions {
    /// About the test or group whose header follows.
    pub(super) next: &'static str,
    /// About everything around.
    pub(super) around: &'static str,
    /// Those that hold where the checks run, without spaces.
    pub(super) usual: &'static str,
}

/// What belongs to a test, from its header on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    /// The next `{…}`.
    Braces,
    /// The `(…)` that the header opens.
    Parens,
    /// The lines below that are indented more.
    Indent,
}

/// What keeps tests from being run.
pub(super) struct Marker {
    pub(super) pattern: &'static str,
    pub(super) covers: Covers,
}

/// Which tests a marker is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Covers {
    /// The test or group whose header follows.
    Next,
    /// The test or group whose header it is part of.
    Own,
    /// The test or group around it, or the whole file.
    Around,
    /// Every test in the file but those of its own.
    Others,
}

/// What makes a test fail.
pub(super) struct Assert {
    /// Ends where the arguments begin.
    pub(super) pattern: &'static str,
    /// How many of the arguments decide; 0: it cannot be trivial.
    pub(super) arguments: usize,
    /// It is a statement: brackets behind it hold a value, and not its arguments.
    pub(super) statement: bool,
}

pub(super) const fn marker(pattern: &'static str, covers: Covers) -> Marker {
    Marker { pattern, covers }
}

pub(super) const fn assert(pattern: &'static str, arguments: usize) -> Assert {
    Assert { pattern, arguments, statement: false }
}

/// `assert x`
pub(super) const fn statement(pattern: &'static str) -> Assert {
    Assert { pattern, arguments: 1, statement: true }
}

/// Every language, the ones with narrower file names first.
const LANGUAGES: [&Language; 15] = [
    &rust::LANGUAGE,
    &python::INSIDE,
    &python::LANGUAGE,
    &javascript::LANGUAGE,
    &go::LANGUAGE,
    &jvm::LANGUAGE,
    &ruby::LANGUAGE,
    &shell::BATS,
    &shell::LANGUAGE,
    &make::LANGUAGE,
    &c::LANGUAGE,
    &csharp::LANGUAGE,
    &php::LANGUAGE,
    &swift::LANGUAGE,
    &elixir::LANGUAGE,
];

/// The language that collects tests from a file at `path`.
pub(super) fn of(path: &str) -> Option<&'static Language> {
    let path = Path::new(path);
    if path.folders.iter().any(|folder| UNCOLLECTED.contains(folder)) {
        return None;
    }
    all().find(|language| (language.holds)(&path))
}

/// Every language.
pub(super) fn all() -> impl Iterator<Item = &'static Language> {
    LANGUAGES.into_iter()
}

/// Folders in which nothing is collected.
const UNCOLLECTED: [&str; 4] = ["node_modules", "vendor", "testdata", "third_party"];

/// Folders that are there for tests.
const TEST_FOLDERS: [&str; 7] = ["test", "tests", "__tests__", "spec", "specs", "e2e", "cypress"];

/// A path, taken apart.
pub(super) struct Path<'p> {
    pub(super) folders: Vec<&'p str>,
    /// File name without its extension.
    pub(super) stem: &'p str,
    /// What stands behind the last dot, or nothing.
    pub(super) extension: &'p str,
}

impl<'p> Path<'p> {
    pub(super) fn new(path: &'p str) -> Self {
        let mut folders: Vec<&str> = path.split('/').collect();
        let name = folders.pop().unwrap_or_default();
        let (stem, extension) = match name.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => (stem, extension),
            _ => (name, ""),
        };
        Self { folders, stem, extension }
    }
    /// Is it in a folder for tests?
    pub(super) fn in_tests(&self) -> bool {
        self.folders.iter().any(|folder| TEST_FOLDERS.contains(folder))
    }
    /// Does its name speak of tests?
    pub(super) fn named(&self, words: &[&str]) -> bool {
        let stem = self.stem.to_ascii_lowercase();
        words.iter().any(|word| stem.contains(word))
    }
}
