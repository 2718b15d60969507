//! Which files a check runs by their names, as scripts or as modules, and what it gives them. Pure.

use std::collections::BTreeMap;

use super::super::recipe::joined;
use super::super::tree::Tree;
use super::super::{Check, command};

/// How a check calls a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Call {
    pub(in super::super) check: String,
    /// What stands behind the file.
    pub(in super::super) given: Vec<String>,
    /// A runner is told of it, which collects tests by itself.
    pub(in super::super) collected: bool,
}

/// Files of either side that `checks` name, each with its calls.
pub(in super::super) fn files(base: &Tree<'_>, now: &Tree<'_>, checks: &[Check]) -> BTreeMap<String, Vec<Call>> {
    let mut found: BTreeMap<String, Vec<Call>> = BTreeMap::new();
    for check in command::all(base, now, checks) {
        let mut place = String::new();
        for part in check.run.split(['\n', ';', '&', '|', '(', ')', '`']) {
            let words: Vec<&str> =
                part.split_whitespace().map(|word| word.trim_matches(['"', '\'', '{', '}', '@'])).collect();
            if let ["cd", to] = words.as_slice() {
                place = joined(&place, to);
            }
            for at in 0..words.len() {
                let Some(path) = file(words[at], &words[..at], &place, [base, now]) else { continue };
                let runner = |word: &&str| ["unittest", "pytest", "py.test", "doctest", "--test"].contains(word);
                found.entry(path).or_default().push(Call {
                    check: check.name.clone(),
                    given: words[at + 1..].iter().map(|word| (*word).to_owned()).collect(),
                    collected: words[..at].iter().any(runner),
                });
            }
        }
    }
    found
}

/// The file that `word` names behind the words `before`.
fn file(word: &str, before: &[&str], place: &str, trees: [&Tree<'_>; 2]) -> Option<String> {
    let is_there = |path: &String| trees.iter().any(|tree| tree.has(path));
    let word = word.split("::").next().unwrap_or(word);
    let by_path = [joined(place, word), joined("", word)];
    if word.contains('.')
        && let Some(path) = by_path.into_iter().find(is_there)
    {
        return Some(path);
    }
    let module = before.contains(&"unittest") || before.last() == Some(&"-m");
    let is_name = !word.starts_with('-') && word.split('.').all(|part| !part.is_empty() && !part.contains(['/', '=']));
    if !module || !is_name {
        return None;
    }
    // `app.AppTest.test_double`
    let mut name = word;
    loop {
        let own = joined(place, &name.replace('.', "/"));
        let files = [format!("{own}.py"), format!("{own}/__main__.py"), format!("{own}/__init__.py")];
        if let Some(path) = files.into_iter().find(is_there) {
            return Some(path);
        }
        name = name.rsplit_once('.')?.0;
    }
}
