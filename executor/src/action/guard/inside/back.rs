//! A program with the tests that it held before, and everything else as it is. Pure.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::lines::words;
use super::part::{Known, Read, Sort, Unit};
use super::{Form, form};

/// The text `now` of the file at `path` with the tests that `before` holds in place of its own; those that are new stay. `None`: it
/// held none.
pub(in super::super::super) fn with_tests_of(path: &str, before: &str, now: &str) -> Option<String> {
    let Form { read, part, .. } = form(path)?;
    let old = read(before, &Known::new());
    let new = read(now, &old.known());
    let (was, is) = (part(&old), part(&new));
    if was.text.is_empty() {
        return None;
    }
    if was.text == is.text || is_renamed(&was.text, &is.text, [&old.names, &new.names]) {
        return Some(now.to_owned());
    }
    let python = path.ends_with(".py");
    // What a function brings in is its own.
    let is_known = |line: &&String| !python || line.starts_with("import ") || line.starts_with("from ");
    let known = new.lines.code.iter().filter(is_known).flat_map(|line| words(line)).collect();
    Some(Back { old: &old, new: &new, text: Vec::new(), begun: false, python, known }.put(now))
}

/// Is it the same, but for what the program calls otherwise now?
fn is_renamed(was: &str, is: &str, [old, new]: [&BTreeSet<String>; 2]) -> bool {
    let piece = Regex::new(r"[A-Za-z_]\w*|\S").expect("a constant pattern");
    let pieces = |text: &str| piece.find_iter(text).map(|piece| piece.as_str().to_owned()).collect::<Vec<_>>();
    let (was, is) = (pieces(was), pieces(is));
    let gone = |name: &String| old.contains(name) && !new.contains(name);
    let made = |name: &String| new.contains(name) && !old.contains(name);
    let mut names: BTreeMap<&String, &String> = BTreeMap::new();
    let same = |(was, is)| was == is || gone(was) && made(is) && *names.entry(was).or_insert(is) == is;
    was.len() == is.len() && was.iter().zip(&is).all(same)
}

struct Back<'r, 't> {
    old: &'r Read<'t>,
    new: &'r Read<'t>,
    text: Vec<String>,
    /// What the tests of before bring in is there.
    begun: bool,
    python: bool,
    /// What the program brings in, and where that is not told apart, all that it says.
    known: BTreeSet<&'r str>,
}

impl Back<'_, '_> {
    fn put(mut self, now: &str) -> String {
        let (old, new) = (self.old, self.new);
        let mut put: BTreeSet<usize> = BTreeSet::new();
        let end = self.end();
        let mut at = 0;
        while at <= new.lines.len() {
            if at == end {
                self.lost(&mut put);
            }
            let Some(unit) = new.units.iter().find(|unit| unit.lines.start == at && unit.sort != Sort::Import) else {
                self.text.extend(new.lines.text.get(at).map(|line| (*line).to_owned()));
                at += 1;
                continue;
            };
            let is_one = |(place, other): &(usize, &Unit)| match (&unit.sort, &other.sort) {
                (Sort::Asserts, Sort::Asserts) => !put.contains(place),
                (is, was) => is.name().is_some() && is.name() == was.name(),
            };
            let all: Vec<(usize, &Unit)> = old.units.iter().enumerate().filter(is_one).collect();
            let instead = unit.sort == Sort::Asserts && old.units.iter().any(|unit| unit.sort == Sort::Asserts);
            for (place, other) in &all {
                self.add(other, unit.indent);
                put.insert(*place);
            }
            if all.is_empty() && !instead {
                self.text.extend(new.lines.text[unit.lines.clone()].iter().map(|line| (*line).to_owned()));
            } else if all.is_empty() && self.python {
                self.text.push(format!("{}pass", " ".repeat(unit.indent)));
            }
            at = unit.lines.end;
        }
        let mut text = self.text.join("\n");
        text.truncate(text.trim_end().len());
        if now.ends_with('\n') {
            text.push('\n');
        }
        text
    }

    /// Before this line the program is made, and nothing of it is run.
    fn end(&self) -> usize {
        let runs = |line: &String| {
            line.starts_with("if ") && ["__name__", "require.main", "__FILE__"].iter().any(|word| line.contains(word))
        };
        self.new.lines.code.iter().position(runs).unwrap_or(self.new.lines.len())
    }

    /// Adds the tests of before that are nowhere, with what only they use.
    fn lost(&mut self, put: &mut BTreeSet<usize>) {
        let (old, new) = (self.old, self.new);
        let there = |unit: &Unit| new.units.iter().any(|other| other.sort.name() == unit.sort.name());
        let made = |unit: &Unit| unit.sort.name().is_some_and(|name| new.names.contains(name));
        for (place, unit) in old.units.iter().enumerate() {
            let wanted = matches!(unit.sort, Sort::Test(_) | Sort::Helper(_) | Sort::Value(_));
            if wanted && !there(unit) && !made(unit) && put.insert(place) {
                self.add(unit, 0);
            }
        }
    }

    /// Adds a piece of before, `indent` deep.
    fn add(&mut self, unit: &Unit, indent: usize) {
        if !self.begun {
            self.begun = true;
            for import in self.old.units.iter().filter(|unit| unit.sort == Sort::Import) {
                if !self.brings(import) {
                    self.write(import, indent);
                }
            }
        }
        self.write(unit, indent);
    }

    /// Does the program bring in the same, in these words or others?
    fn brings(&self, import: &Unit) -> bool {
        let line = self.old.lines.code_of(&import.lines);
        let of = if self.python { line.rsplit("import").next() } else { line.split([';', '=']).next() };
        let keywords = ["const", "let", "var", "import", "from", "as"];
        words(of.unwrap_or_default()).all(|name| keywords.contains(&name) || self.known.contains(name))
    }

    fn write(&mut self, unit: &Unit, indent: usize) {
        for line in &self.old.lines.text[unit.lines.clone()] {
            let own = line.len() - line.trim_start().len();
            let bare = line.get(unit.indent.min(own)..).unwrap_or_default();
            let lead = if bare.trim().is_empty() { String::new() } else { " ".repeat(indent) };
            self.text.push(format!("{lead}{bare}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_of_before_stand_in_the_program_of_now() {
        let before = "import unittest\n\n\ndef double(x):\n    return x\n\n\nclass AppTest(unittest.TestCase):\n    def test(self):\n        self.assertEqual(double(2), 4)\n\n\nif __name__ == \"__main__\":\n    unittest.main()\n";
        let now = before.replace("return x", "return 2 * x").replace("double(2), 4", "max(double(2), 4), 4");
        let back = with_tests_of("app.py", before, &now).expect("it holds tests");
        assert_eq!(back, before.replace("return x", "return 2 * x"));
        let other = before.replace("return x", "return 2 * x");
        assert_eq!(with_tests_of("app.py", before, &other), Some(other.clone()), "the program changed alone");
        assert_eq!(with_tests_of("app.py", "def f():\n    assert x\n    return 1\n", before), None, "there were none");
        let named = before.replace("double", "twice");
        assert_eq!(with_tests_of("app.py", before, &named), Some(named.clone()), "it is called otherwise");
        let other = named.replace("(2), 4", "(2), 2");
        assert_ne!(with_tests_of("app.py", before, &other), Some(other.clone()), "and asks something else");
        let gone = "def double(x):\n    return x\n\n\nif __name__ == \"__main__\":\n    print(double(2))\n";
        let back = with_tests_of("app.py", before, gone).expect("it held tests");
        assert_eq!(
            back,
            "def double(x):\n    return x\n\n\nimport unittest\nclass AppTest(unittest.TestCase):\n    def test(self):\n        self.assertEqual(double(2), 4)\nif __name__ == \"__main__\":\n    print(double(2))\n"
        );
    }

    #[test]
    fn statements_stand_where_statements_stood() {
        let before = "const double = (x) => x;\n\nif (require.main === module) {\n  const assert = require('assert');\n  assert.strictEqual(double(2), 4);\n  assert.strictEqual(double(5), 10);\n}\n";
        let now = before
            .replace("(x) => x", "(x) => x * 2")
            .replace("  assert.strictEqual(double(2), 4);\n", "  assert.ok(double(2) < 9);\n")
            .replace("'assert'", "'node:assert'");
        let back = with_tests_of("app.js", before, &now).expect("it holds tests");
        assert_eq!(back, before.replace("(x) => x", "(x) => x * 2").replace("'assert'", "'node:assert'"));
        let before =
            "import sys\n\n\ndef double(x):\n    return x\n\n\nif \"--test\" in sys.argv:\n    assert double(2) == 4\n";
        let now = "import argparse\n\n\ndef double(x):\n    return x\n\n\ndef main(args):\n    return args\n\n\nassert double(0) == 0\nassert double(2) == 2\n";
        let back = with_tests_of("app.py", before, now).expect("it holds tests");
        assert!(back.ends_with("import sys\nassert double(2) == 4\npass\n"), "{back}");
    }
}
