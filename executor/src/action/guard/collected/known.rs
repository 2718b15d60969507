//! What names stand for in other files: constants and functions that tests bring in, and what the program calls its own. Pure.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use regex::Regex;

use super::super::language::{
    self, Given, Language, Patterns, Piece, Program, Scan, Sort, givens_of, is_value, pieces,
};
use super::super::tree::Tree;

/// Definitions by name, each with its file.
type Index = BTreeMap<String, Vec<(String, Given)>>;

/// What the files of one side give names to.
pub(super) struct Side<'t> {
    pub(super) tree: &'t Tree<'t>,
    /// Paths that differ on the other side.
    changed: &'t [&'t str],
    patterns: &'t Patterns,
    of_tests: OnceCell<Index>,
    of_program: OnceCell<Index>,
}

impl<'t> Side<'t> {
    pub(super) fn new(tree: &'t Tree<'t>, changed: &'t [&'t str], patterns: &'t Patterns) -> Self {
        Self { tree, changed, patterns, of_tests: OnceCell::new(), of_program: OnceCell::new() }
    }

    /// What `name` stands for in the file at `path`, where another file for tests gives it.
    pub(super) fn beyond(&self, path: &str, name: &str) -> Option<Given> {
        let all = self.of_tests().get(name)?;
        let others: Vec<&(String, Given)> = all.iter().filter(|(file, given)| file != path && given.far).collect();
        let one = |some: &[&(String, Given)]| {
            let (_, first) = some.first()?;
            some.iter().all(|(_, given)| given.says == first.says).then(|| first.clone())
        };
        let text = self.tree.text(path);
        let says = text.readable().unwrap_or_default();
        let named = |file: &str| {
            let parts = language::Path::new(file);
            let stem = if matches!(parts.stem, "mod" | "__init__" | "index") { parts.folders.last() } else { None };
            parts.stem == "conftest" || says.contains(stem.unwrap_or(&parts.stem))
        };
        // Where the files of a folder see each other without a word.
        let package =
            matches!(language::Path::new(path).extension, "go" | "java" | "kt" | "scala" | "groovy" | "cs" | "swift");
        let upper = !name.contains(|c: char| c.is_ascii_lowercase());
        let folders = language::Path::new(path).folders;
        let near = |file: &str| package && language::Path::new(file).folders == folders;
        let by_name: Vec<_> = others.iter().copied().filter(|(file, _)| named(file)).collect();
        let beside: Vec<_> = others.iter().copied().filter(|(file, _)| near(file)).collect();
        one(&by_name).or_else(|| one(&beside)).or_else(|| one(&others).filter(|_| upper))
    }

    /// What `name` stands for in the file at `path`, wherever it is given.
    pub(super) fn stands(&self, path: &str, name: &str) -> Option<Given> {
        let own = self.of_tests().get(name)?.iter().find(|(file, _)| file == path);
        own.map(|(_, given)| given.clone()).or_else(|| self.beyond(path, name))
    }

    /// Is it a file for tests, from which others may bring something in?
    pub(super) fn belongs(&self, path: &str) -> bool {
        belongs(path) || self.tree.is_own(path)
    }

    fn of_tests(&self) -> &Index {
        self.of_tests.get_or_init(|| {
            let paths = self.tree.paths().filter(|path| self.belongs(path));
            self.index(paths)
        })
    }

    fn of_program(&self) -> &Index {
        self.of_program.get_or_init(|| self.index(self.changed.iter().copied().filter(|path| !self.belongs(path))))
    }

    fn index<'p>(&self, paths: impl Iterator<Item = &'p str>) -> Index {
        let mut found = Index::new();
        for path in paths {
            let text = self.tree.text(path);
            let Some((language, text)) = language_of(path).zip(text.readable()) else { continue };
            for given in givens_of(text, language, self.patterns) {
                found.entry(given.name.clone()).or_default().push((path.to_owned(), given));
            }
        }
        found
    }

    /// Every definition of `name` that may be told from others.
    fn all(&self, name: &str) -> Vec<&Given> {
        let tests = self.of_tests().get(name).into_iter().flatten();
        let program = self.of_program().get(name).into_iter().flatten();
        tests.chain(program).map(|(_, given)| given).collect()
    }

    /// What the file at `path` says, and others for tests that differ on the other side.
    pub(super) fn said_beside(&self, path: &str) -> Vec<Rc<str>> {
        let tested = |other: &&&str| **other == path || language::Path::new(other).in_tests();
        let texts = self.changed.iter().filter(tested).map(|other| self.tree.text(other));
        texts.filter_map(|text| text.readable().map(Rc::from)).collect()
    }

    /// Is the word in a file that differs on the other side: in the program, or anywhere?
    fn speaks_of(&self, name: &str, program: bool) -> bool {
        let Ok(word) = Regex::new(&format!(r"\b{}\b", regex::escape(name))) else { return false };
        let paths = self.changed.iter().filter(|path| !program || !self.belongs(path));
        let says = |path: &&str| self.tree.text(path).readable().is_some_and(|text| word.is_match(text));
        paths.into_iter().any(says)
    }

    /// `text` with the values that the program gives to its names.
    pub(super) fn filled(&self, text: &str) -> String {
        let word = Regex::new(r"\b[A-Za-z_]\w*\b").expect("a constant pattern");
        let value = |found: &regex::Captures<'_>| {
            let all = self.of_program().get(&found[0]).map_or(&[][..], |all| all);
            match all {
                [(_, given)] if given.sort == Sort::Value && is_value(&pieces(&given.says.plain)) => {
                    given.says.plain.clone()
                }
                _ => found[0].to_owned(),
            }
        };
        word.replace_all(text, value).into_owned()
    }
}

/// What is known of both sides.
pub(super) struct Known<'t> {
    pub(super) base: Side<'t>,
    pub(super) now: Side<'t>,
    /// How often tests that run ask each thing, before and now.
    asked: OnceCell<BTreeMap<String, (usize, usize)>>,
    /// Names that were compared, and whether one is the other by another name.
    renames: RefCell<BTreeMap<(String, String), bool>>,
}

impl Program for Known<'_> {
    fn renamed(&self, old: &str, new: &str) -> bool {
        let names = (old.to_owned(), new.to_owned());
        if let Some(known) = self.renames.borrow().get(&names) {
            return *known;
        }
        let renamed = self.is_renamed(old, new);
        self.renames.borrow_mut().insert(names, renamed);
        renamed
    }

    fn is_gone(&self, text: &str) -> bool {
        let name = text.trim_start_matches("./").trim_start_matches("../");
        let ends = |path: &str| path.strip_suffix(name).is_some_and(|lead| lead.is_empty() || lead.ends_with('/'));
        let is_name = name.contains(|c: char| c.is_alphanumeric()) && !name.contains(char::is_whitespace);
        is_name && self.base.tree.paths().any(ends) && !self.now.tree.paths().any(ends)
    }

    fn is_forgotten(&self, name: &str) -> bool {
        self.base.speaks_of(name, true) && !self.now.speaks_of(name, true)
    }

    fn takes_other(&self, name: &str) -> bool {
        let (was, is) = (self.base.all(name), self.now.all(name));
        !was.is_empty() && !is.is_empty() && was.iter().any(|was| is.iter().all(|is| is.takes != was.takes))
    }

    fn is_label(&self, function: &str, at: usize) -> bool {
        self.now.all(function).iter().any(|given| given.takes.get(at).is_some_and(|name| is_label(name)))
    }
}

/// Is it what a case is called, and not what it asks?
pub(super) fn is_label(name: &str) -> bool {
    let words =
        ["name", "label", "title", "desc", "description", "what", "why", "msg", "message", "reason", "note", "id"];
    words.contains(&&*name.to_ascii_lowercase())
}

impl<'t> Known<'t> {
    pub(super) fn new(base: Side<'t>, now: Side<'t>) -> Self {
        Self { base, now, asked: OnceCell::new(), renames: RefCell::default() }
    }

    /// Learns what the tests of files ask that differ and are still there.
    pub(super) fn hear<'s>(&self, scans: impl Iterator<Item = (&'s Scan, &'s Scan)>) {
        let mut found: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        let asked = |scan: &'s Scan| {
            let run = scan.tests.iter().filter(|test| test.skipped.is_none() && test.under.is_empty());
            run.flat_map(|test| &test.asked).filter(|asked| asked.under.is_empty() && asked.idle.is_empty())
        };
        for (old, new) in scans {
            asked(old).for_each(|asked| found.entry(asked.text.clone()).or_default().0 += 1);
            asked(new).for_each(|asked| found.entry(asked.text.clone()).or_default().1 += 1);
        }
        self.asked.get_or_init(|| found);
    }

    /// Do as many ask this as before, wherever they stand?
    pub(super) fn is_asked_still(&self, text: &str) -> bool {
        let known = self.asked.get().and_then(|asked| asked.get(text));
        known.is_some_and(|(before, now)| *before > 0 && now >= before)
    }

    /// Is what is called `new` now what was called `old`?
    fn is_renamed(&self, old: &str, new: &str) -> bool {
        let (was, is) = (self.base.all(old), self.now.all(new));
        if was.is_empty() && is.is_empty() {
            return self.base.speaks_of(old, true)
                && !self.now.speaks_of(old, false)
                && self.now.speaks_of(new, true)
                && !self.base.speaks_of(new, false);
        }
        let same = |was: &Given, is: &Given| {
            let renamed = pieces(&was.says.plain).into_iter().map(|piece| match piece {
                Piece::Word(word) if word == old => Piece::Word(new.to_owned()),
                piece => piece,
            });
            renamed.eq(pieces(&is.says.plain))
        };
        !was.is_empty() && !is.is_empty() && was.iter().all(|was| is.iter().any(|is| same(was, is)))
    }

    /// Files that did not change, with tests that use a name that stands for something else now.
    pub(super) fn concerned(&self) -> Vec<&str> {
        let of = |side: &Side<'_>, name: &str| -> Vec<String> {
            let all = side.of_tests().get(name).into_iter().flatten();
            let all = all.filter(|(path, _)| self.now.changed.contains(&path.as_str()));
            all.map(|(_, given)| given.says.plain.clone()).collect()
        };
        if !self.now.changed.iter().any(|path| self.now.belongs(path)) {
            return Vec::new();
        }
        let mut names: BTreeSet<&str> = self.base.of_tests().keys().map(String::as_str).collect();
        names.retain(|name| of(&self.base, name) != of(&self.now, name));
        if names.is_empty() {
            return Vec::new();
        }
        // What is made of one of these is another as well.
        let made = self.now.of_tests().iter().filter(|(_, all)| {
            all.iter().any(|(_, given)| pieces(&given.says.plain).iter().any(|piece| is_one_of(piece, &names)))
        });
        let made: Vec<&str> = made.map(|(name, _)| name.as_str()).collect();
        names.extend(made);
        let uses = |path: &&str| {
            let text = self.now.tree.text(path);
            text.readable().is_some_and(|text| names.iter().any(|name| text.contains(name)))
        };
        let tests = self.now.tree.paths().filter(|path| self.now.belongs(path) && !self.now.changed.contains(path));
        tests.filter(uses).collect()
    }
}

fn is_one_of(piece: &Piece, names: &BTreeSet<&str>) -> bool {
    matches!(piece, Piece::Word(word) if names.contains(word.as_str()))
}

/// Is it one by its name?
fn belongs(path: &str) -> bool {
    let parts = language::Path::new(path);
    let of_tests = parts.in_tests() || parts.stem == "conftest";
    let collected = parts.extension != "rs" && language::of(path).is_some();
    collected || of_tests && language_of(path).is_some()
}

/// The language in which a file is written, whatever it holds.
pub(super) fn language_of(path: &str) -> Option<&'static Language> {
    let extension = language::Path::new(path).extension;
    language::all().find(|language| {
        !extension.is_empty()
            && (language.holds)(&language::Path { folders: vec!["tests"], stem: "test_test", extension })
    })
}
