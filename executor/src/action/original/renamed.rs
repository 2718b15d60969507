//! Tests of before that speak of what has another name by now, or never had that one: the same tests by the names of now. Reads words
//! and no language; a name counts as gone only if nothing of the program has it any more. Pure.

use std::collections::{BTreeMap, BTreeSet};

/// Endings of files that only people read.
const PROSE: [&str; 4] = ["md", "rst", "adoc", "txt"];

/// What the program says now.
#[derive(Debug, Default)]
pub(super) struct Program<'t> {
    words: BTreeSet<&'t str>,
    /// Names of files and folders, without endings.
    stems: BTreeSet<&'t str>,
}

impl<'t> Program<'t> {
    /// Of the files that are no tests: paths and texts. Prose is no program.
    pub(super) fn of(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let mut program = Self::default();
        let is_prose = |path: &str| path.rsplit_once('.').is_some_and(|(_, ending)| PROSE.contains(&ending));
        for (path, text) in files.into_iter().filter(|(path, _)| !is_prose(path)) {
            program.words.extend(tokens(text).into_iter().filter(|token| is_name(token)));
            program.stems.extend(path.split('/').map(|part| part.split('.').next().unwrap_or(part)));
        }
        program
    }

    fn has(&self, name: &str) -> bool {
        self.words.contains(name) || self.stems.contains(name)
    }

    /// Is `was` gone, that stood `more` often in the line than it was replaced there? Beside a file of that name, what is in it may be gone.
    fn lacks(&self, was: &str, more: bool) -> bool {
        !self.words.contains(was) && (more || !self.stems.contains(was))
    }
}

/// `was`, with those of its lines as they stand in `is` that say the same by names that the program has. `None`: there is none.
pub(super) fn renamed(was: &str, is: &str, program: &Program<'_>) -> Option<String> {
    let pairs = pairs(was, is);
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (old, new) in pairs.values() {
        for (before, after) in replaced(old, new) {
            let more = old.iter().filter(|token| **token == before).count()
                > replaced(old, new).filter(|(name, _)| *name == before).count();
            if program.lacks(before, more) && program.has(after) {
                names.entry(before).or_default().insert(after);
            }
        }
    }
    // Of two new names nobody knows which one it is.
    let is_known =
        |(before, after): (&str, &str)| names.get(before).is_some_and(|all| all.len() == 1 && all.contains(after));
    let lines = was.split_inclusive('\n').enumerate().map(|(at, line)| match pairs.get(&at) {
        Some((old, new)) if replaced(old, new).all(is_known) => with_names(line, old, new),
        Some(_) | None => line.to_owned(),
    });
    Some(lines.collect::<String>()).filter(|text| text != was)
}

type Line<'t> = Vec<&'t str>;

/// Lines of `was`, by their numbers, that differ in names alone from one of `is` that is new, each with that.
fn pairs<'t>(was: &'t str, is: &'t str) -> BTreeMap<usize, (Line<'t>, Line<'t>)> {
    let (old, new): (Vec<Line<'t>>, Vec<Line<'t>>) =
        (was.split_inclusive('\n').map(tokens).collect(), is.lines().map(tokens).collect());
    let there: BTreeSet<&Line<'t>> = new.iter().collect();
    let before: BTreeSet<&Line<'t>> = old.iter().collect();
    let mut open: Vec<&Line<'t>> = new.iter().filter(|line| !before.contains(line)).collect();
    let mut pairs = BTreeMap::new();
    for (at, line) in old.iter().enumerate().filter(|(_, line)| !there.contains(line)) {
        if let Some(found) = open.iter().position(|other| differ_in_names(line, other)) {
            pairs.insert(at, (line.clone(), open.remove(found).clone()));
        }
    }
    pairs
}

fn differ_in_names(old: &Line<'_>, new: &Line<'_>) -> bool {
    old.len() == new.len() && replaced(old, new).all(|(before, after)| is_name(before) && is_name(after))
}

fn replaced<'t>(old: &Line<'t>, new: &Line<'t>) -> impl Iterator<Item = (&'t str, &'t str)> {
    let pairs: Vec<(&str, &str)> =
        old.iter().copied().zip(new.iter().copied()).filter(|(before, after)| before != after).collect();
    pairs.into_iter()
}

/// `line`, whose tokens are `old`, with `new` in their place.
fn with_names(line: &str, old: &Line<'_>, new: &Line<'_>) -> String {
    let (mut rest, mut text) = (line, String::new());
    for (before, after) in old.iter().zip(new) {
        let at = rest.find(before).expect("the line is made of them");
        text.push_str(&rest[..at]);
        text.push_str(after);
        rest = &rest[at + before.len()..];
    }
    text + rest
}

/// Words, and every other character for itself; no spaces.
fn tokens(line: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut tokens = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = if is_word(first) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        tokens.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    tokens
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_gone_are_those_of_now() {
        let program = Program::of([
            ("triple.py", "def treble(x):\n    return 3 * x\n"),
            ("src/app.js", "exports.f = 1;"),
            ("triple.md", "triple"),
        ]);
        let all = |was: &str, is: &str| renamed(was, is, &program);
        for (was, is, expected) in [
            // The module never had that name.
            (
                "from tripel import treble\n\nx = 1\n",
                "from triple import treble\n",
                "from triple import treble\n\nx = 1\n",
            ),
            ("  require('../ap')\n", "require('../app')", "  require('../app')\n"),
            // The function has another one, which stands beside the file of its name.
            (
                "from triple import triple\nassert triple(2) == 6\n",
                "from triple import treble\nassert treble(2) == 6\nassert treble(3) == 9\n",
                "from triple import treble\nassert treble(2) == 6\n",
            ),
        ] {
            assert_eq!(all(was, is).as_deref(), Some(expected), "{was}");
        }
        for (was, is) in [
            ("x = 1\n", "x = 1\n"),
            // What was asked is there, and something else is asked.
            ("from triple import treble\n", "from fake import treble\n"),
            ("from triple import f\n", "from app import f  # triple\n"),
            ("assert treble(2) == 6\n", "assert f(2) == 6\n"),
            // It asks for something else, or of what the program does not have.
            ("assert gone(2) == 6\n", "assert treble(2) == 2\n"),
            ("assert gone(2) == 6\n", "assert mine(2) == 6\n"),
            // It is two things by now.
            ("gone(2)\ngone(3)\n", "treble(2)\nf(3)\n"),
        ] {
            assert_eq!(all(was, is), None, "{was}");
        }
    }
}
