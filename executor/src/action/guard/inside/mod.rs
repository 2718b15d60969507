//! Tests that stand in a file of the program, since a check runs that file itself (`python3 app.py --test`,
//! `python3 -m unittest app`, `node app.js`). What of it is tests is compared as a file for tests of its own, and what
//! else is in it is the program, which may be anything. Pure.

mod back;
mod called;
mod deferred;
mod indented;
mod lines;
mod named;
mod part;
mod replaced;
mod script;
mod way;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Check;
use super::finding::Finding;
use super::language::{self, Path, Patterns, scan};
use super::tree::{Text, Tree};
pub(in super::super) use back::with_tests_of;
pub(super) use named::{Call, files as named};
use part::{Known, Part, Read};

/// The folder that stands for the tests in a file. No file can have a folder below it, so nothing else is called so.
pub(super) const FOLDER: &str = "(inside)";

/// Is it the name of tests that stand in a file of the program?
pub(super) fn is_one(path: &str) -> bool {
    Path::new(path).folders.contains(&FOLDER)
}

/// Texts by their names, with the lines that theirs are in the files that they come from.
type Texts = BTreeMap<String, (Rc<str>, Vec<usize>)>;

/// Those of `files` (path and text) that `commands` run by their names.
pub(in super::super) fn run_by(files: &[(String, String)], commands: &[String]) -> BTreeSet<String> {
    let texts: BTreeMap<&str, &str> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let fetch = |path: &str| texts.get(path).map_or(Text::Absent, |text| Text::Is((*text).into()));
    let names = files.iter().map(|(path, _)| (path.clone(), String::new())).collect();
    let tree = Tree::new(names, Box::new(fetch));
    let check = |run: &String| Check { name: String::new(), run: run.clone(), given: true };
    let checks: Vec<Check> = commands.iter().map(check).collect();
    named(&tree, &tree, &checks).into_keys().collect()
}

/// A file of the program that held or holds tests.
struct File {
    path: String,
    /// The name that its tests go by.
    alias: String,
    old: Part,
    new: Part,
}

/// Both sides with the tests that stand in files of the program as files of their own.
pub(super) struct Inside<'t> {
    pub(super) base: Tree<'t>,
    pub(super) now: Tree<'t>,
    files: Vec<File>,
    found: Vec<Finding>,
}

impl<'t> Inside<'t> {
    pub(super) fn new(base: &'t Tree<'_>, now: &'t Tree<'_>, checks: &[Check]) -> Self {
        let run = named(base, now, checks);
        let files: Vec<File> = run.keys().filter_map(|path| file(base, now, path)).collect();
        let mut found = Vec::new();
        for file in files.iter().filter(|file| !file.old.text.is_empty() && now.has(&file.path)) {
            let texts = [base.text(&file.path), now.text(&file.path)];
            if let [Some(old), Some(new)] = [texts[0].readable(), texts[1].readable()] {
                let sides = [(old, &file.old), (new, &file.new)];
                found.extend(called::changed(&file.path, sides, &run[&file.path]));
            }
        }
        let of = |part: fn(&File) -> &Part, tree: &Tree<'_>| -> Texts {
            let there = files
                .iter()
                .filter(|file| !part(file).text.is_empty() || !file.old.text.is_empty() && tree.has(&file.path));
            there
                .map(|file| (file.alias.clone(), (part(file).text.as_str().into(), part(file).lines.clone())))
                .collect()
        };
        let (old, new) = (of(|file| &file.old, base), of(|file| &file.new, now));
        let own = own(base, now);
        Self { base: beside(base, old, &own), now: beside(now, new, &own), files, found }
    }

    /// What is found where tests stand in the program, and those of `findings` that are about them, by the file and the
    /// line that everybody knows.
    pub(super) fn placed(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let place = |mut finding: Finding| {
            for file in &self.files {
                finding.evidence = finding.evidence.replace(&file.alias, &file.path);
                if finding.file == file.alias {
                    finding.file.clone_from(&file.path);
                }
            }
            finding
        };
        findings.into_iter().map(place).chain(self.found.iter().cloned()).collect()
    }
}

/// How a file is read, and its tests written as a text.
struct Form {
    /// What the text is called.
    alias: String,
    read: for<'t> fn(&'t str, &Known) -> Read<'t>,
    part: fn(&Read<'_>) -> Part,
}

/// The form of the file at `path`, if such files are read.
fn form(path: &str) -> Option<Form> {
    let parts = Path::new(path);
    let stem = parts.stem;
    match parts.extension {
        "py" => Some(Form { alias: format!("tests/test_{stem}.py"), read: indented::python, part: indented::part }),
        "rb" => Some(Form { alias: format!("test/{stem}_test.rb"), read: indented::ruby, part: indented::part }),
        "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" | "jsx" | "tsx" => {
            let alias = format!("tests/{stem}.test.{}", parts.extension);
            Some(Form { alias, read: script::read, part: script::part })
        }
        _ => None,
    }
}

fn file(base: &Tree<'_>, now: &Tree<'_>, path: &str) -> Option<File> {
    let Form { alias, read, part } = form(path)?;
    let (was, is) = (base.text(path), now.text(path));
    // What holds tests that are counted as it stands is compared as it stands.
    let counted = |text: &Text| {
        let held = language::of(path).zip(text.readable());
        held.is_some_and(|(language, text)| !scan(text, language, &Patterns::default()).tests.is_empty())
    };
    if counted(&was) || counted(&is) {
        return None;
    }
    let was = was.readable().map(|text| read(text, &Known::new()));
    let known = was.as_ref().map(Read::known).unwrap_or_default();
    let is = is.readable().map(|text| read(text, &known));
    let [old, new] = [was, is].map(|read| read.as_ref().map(part).unwrap_or_default());
    let holds = !old.text.is_empty() || !new.text.is_empty();
    holds.then(|| File { path: path.to_owned(), alias: format!("{path}/{FOLDER}/{alias}"), old, new })
}

/// `tree` with more files beside its own, and those that tests have for themselves.
fn beside<'t>(tree: &'t Tree<'_>, more: Texts, own: &BTreeSet<String>) -> Tree<'t> {
    let content = |path: &str| tree.content(path).unwrap_or_default().to_owned();
    let mut files: BTreeMap<String, String> = tree.paths().map(|path| (path.to_owned(), content(path))).collect();
    files.extend(more.iter().map(|(path, (text, _))| (path.clone(), text.to_string())));
    let lines = more.iter().map(|(path, (_, lines))| (path.clone(), lines.clone())).collect();
    let fetch = move |path: &str| more.get(path).map_or_else(|| tree.text(path), |(text, _)| Text::Is(text.clone()));
    Tree::new(files, Box::new(fetch)).with_own(own.clone(), lines)
}

/// Modules of Rust that are compiled for tests alone, in files of their own that hold no tests.
fn own(base: &Tree<'_>, now: &Tree<'_>) -> BTreeSet<String> {
    let mut own = BTreeSet::new();
    for (tree, other) in [(base, None), (now, Some(base))] {
        for path in tree.paths().filter(|path| path.ends_with(".rs")) {
            let text = tree.text(path);
            for file in text.readable().map(|text| super::original::modules_of_tests(path, text)).unwrap_or_default() {
                // What was of the program stays so.
                if tree.has(&file) && other.is_none_or(|other| !other.has(&file)) {
                    own.insert(file);
                }
            }
        }
    }
    own
}
