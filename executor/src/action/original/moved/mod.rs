//! What lies elsewhere now: files that are gone behind new ones that are mostly the same, and old tests that bring them in under the name
//! of now. Nothing of a test of now is taken over but where it lies: what a test asks, expects and brings in is what it was. Pure.

mod paths;
mod script;
mod write;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

pub(super) use write::{Known, Place, written};

/// Most files on either side that are held against each other.
const MOST: usize = 300;

/// Endings of files in which the same language is written.
const FAMILIES: [&[&str]; 3] = [
    &["js", "cjs", "mjs", "jsx", "ts", "cts", "mts", "tsx"],
    &["c", "cc", "cpp", "cxx", "h", "hpp"],
    &["sh", "bash", "zsh", ""],
];

/// What in a script for a shell may decide how a test ends that takes it in.
static DECIDES: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"\b(?:exit|return|false|kill|trap)\b|\b\w*(?:status|fail|failed|failures|errors|rc)=";
    Regex::new(pattern).expect("a constant pattern")
});

/// A file, as path and text.
#[derive(Debug, Clone, Copy)]
pub(super) struct File<'t> {
    pub(super) path: &'t str,
    pub(super) text: &'t str,
}

/// A file that lies elsewhere now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) from: String,
    pub(super) to: String,
    /// It is the same to the letter.
    pub(super) same: bool,
    /// It is for a shell, may decide how tests end, and is not the same.
    pub(super) decides: bool,
}

impl Move {
    /// Is it a script that has another ending now?
    pub(super) fn is_other_script(&self) -> bool {
        let (from, to) = (paths::extension(&self.from), paths::extension(&self.to));
        from != to && FAMILIES[0].contains(&from) && FAMILIES[0].contains(&to)
    }
}

/// Where the files that are `gone` lie now: for each the new one that has most of it, and at least half. Where two have as much, and
/// neither the name tells, nobody knows.
pub(super) fn moves(gone: &[File<'_>], new: &[File<'_>]) -> Vec<Move> {
    if gone.len() > MOST || new.len() > MOST {
        return Vec::new();
    }
    let (old, now): (Vec<_>, Vec<_>) = (gone.iter().map(words).collect(), new.iter().map(words).collect());
    let mut pairs = Vec::new();
    for (from, was) in gone.iter().zip(&old) {
        for (to, is) in new.iter().zip(&now) {
            let alike = alike(was, is);
            if is_family(from.path, to.path) && alike >= 500 {
                let named = paths::stem(from.path) == paths::stem(to.path);
                pairs.push(((from.text == to.text, alike, named), from, to));
            }
        }
    }
    pairs.sort_by_key(|pair| Reverse(pair.0));
    let mut found: Vec<Move> = Vec::new();
    for (rank, from, to) in &pairs {
        let rivals = pairs.iter().filter(|(other, a, b)| other == rank && (a.path == from.path) != (b.path == to.path));
        let taken = found.iter().any(|one| one.from == from.path || one.to == to.path);
        if !taken && rivals.count() == 0 {
            let decides = !rank.0 && FAMILIES[2].contains(&paths::extension(from.path)) && DECIDES.is_match(from.text);
            found.push(Move { from: from.path.to_owned(), to: to.path.to_owned(), same: rank.0, decides });
        }
    }
    found
}

fn is_family(a: &str, b: &str) -> bool {
    let (a, b) = (paths::extension(a), paths::extension(b));
    a == b || FAMILIES.iter().any(|family| family.contains(&a) && family.contains(&b))
}

/// How often each word stands in a file, and each mark that is none.
fn words<'t>(file: &File<'t>) -> BTreeMap<&'t str, usize> {
    let mut found = BTreeMap::new();
    let mut rest = file.text;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let end = if is_word(first) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        if !first.is_whitespace() {
            *found.entry(&rest[..end]).or_insert(0) += 1;
        }
        rest = &rest[end..];
    }
    found
}

/// How many of the words of both are shared, in thousandths; 0, where one has none.
fn alike(a: &BTreeMap<&str, usize>, b: &BTreeMap<&str, usize>) -> usize {
    let count = |words: &BTreeMap<&str, usize>| words.values().sum::<usize>();
    let shared: usize = a.iter().map(|(word, times)| b.get(word).map_or(0, |other| *times.min(other))).sum();
    let all = count(a).max(count(b));
    if count(a) == 0 || count(b) == 0 { 0 } else { shared * 1_000 / all }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "def add(a, b):\n    return a + b\n\n\ndef double(x):\n    return x\n";

    fn found(gone: &[(&'static str, &'static str)], new: &[(&'static str, &'static str)]) -> Vec<(String, String)> {
        let files = |all: &[(&'static str, &'static str)]| -> Vec<File<'static>> {
            all.iter().map(|&(path, text)| File { path, text }).collect()
        };
        moves(&files(gone), &files(new)).into_iter().map(|one| (one.from, one.to)).collect()
    }

    fn pair(from: &str, to: &str) -> (String, String) {
        (from.to_owned(), to.to_owned())
    }

    #[test]
    fn what_is_mostly_the_same_has_moved() {
        let mended = "def add(a, b):\n    return a + b\n\n\ndef double(x):\n    return 2 * x\n";
        assert_eq!(found(&[("app.py", APP)], &[("src/app.py", mended)]), [pair("app.py", "src/app.py")]);
        let (old, new) = (
            "exports.add = (a, b) => a + b;\nexports.double = (x) => x;\n",
            "export const add = (a, b) => a + b;\nexport const double = (x) => 2 * x;\n",
        );
        assert_eq!(found(&[("app.js", old)], &[("app.mjs", new)]), [pair("app.js", "app.mjs")]);
        // The one that is most like it, whatever else is new.
        let fake = "def double(x):\n    return 4\n";
        let found_beside = found(&[("app.py", APP)], &[("fake.py", fake), ("src/calc.py", APP)]);
        assert_eq!(found_beside, [pair("app.py", "src/calc.py")]);
    }

    #[test]
    fn what_is_other_or_could_be_either_has_not() {
        for new in [
            &[("src/app.py", "TABLE = {2: 4, 5: 10}\n")][..],
            &[("src/app.txt", APP)],
            &[("a/one.py", APP), ("b/two.py", APP)],
            &[("a/app.py", APP), ("b/app.py", APP)],
        ] {
            assert_eq!(found(&[("app.py", APP)], new), [], "{new:?}");
        }
        assert_eq!(found(&[("a/__init__.py", "")], &[("b/__init__.py", "")]), []);
        assert_eq!(found(&[("a.py", APP), ("b.py", APP)], &[("c.py", APP)]), []);
    }
}
