//! Which test of before is which of now. Pure.

use super::super::inside;
use super::super::language::Test;
use super::judge;
use super::known::Known;
use super::split;
use super::weaker::{Became, became};

/// A test that only one side has, and its file.
struct Lone<'t> {
    file: &'t str,
    test: Test,
    matched: bool,
}

/// A test as it was and as it is, with the file it is in now.
pub(super) struct Pair<'t> {
    pub(super) old: Test,
    pub(super) new: Test,
    pub(super) file: &'t str,
}

/// The tests of both sides, put together step by step.
#[derive(Default)]
pub(super) struct Moved<'t> {
    pairs: Vec<Pair<'t>>,
    removed: Vec<Lone<'t>>,
    added: Vec<Lone<'t>>,
}

/// What came of it.
pub(super) struct Found<'t> {
    pub(super) pairs: Vec<Pair<'t>>,
    /// Tests that are nowhere any more, with their files.
    pub(super) gone: Vec<(&'t str, Test)>,
    /// How many tests are done by others now.
    pub(super) merged: usize,
}

/// Are these two the same test?
type Fits<'f> = &'f dyn Fn(&Lone<'_>, &Lone<'_>) -> bool;

impl<'t> Moved<'t> {
    /// Takes the tests of `file`; those of the same name belong together, in order.
    pub(super) fn take(&mut self, file: &'t str, old: Vec<Test>, new: Vec<Test>) {
        let mut rest: Vec<Option<Test>> = new.into_iter().map(Some).collect();
        for test in old {
            let same = rest.iter().position(|other| other.as_ref().is_some_and(|other| other.name == test.name));
            match same.and_then(|at| rest[at].take()) {
                Some(new) => self.pairs.push(Pair { old: test, new, file }),
                None => self.removed.push(Lone { file, test, matched: false }),
            }
        }
        self.added.extend(rest.into_iter().flatten().map(|test| Lone { file, test, matched: false }));
    }

    /// Pairs tests that went elsewhere or got another name: the same body first, then the same name in the same file,
    /// then the same name anywhere, then in the same file one that speaks of the same. What is left may be done by a test
    /// that does several, or what is missing of one by others.
    pub(super) fn settle(mut self, known: &Known<'_>) -> Found<'t> {
        let same_body = |old: &Lone<'_>, new: &Lone<'_>| old.test.body == new.test.body && !old.test.empty;
        let same_place = |old: &Lone<'_>, new: &Lone<'_>| old.test.leaf == new.test.leaf && old.file == new.file;
        let same_name = |old: &Lone<'_>, new: &Lone<'_>| old.test.leaf == new.test.leaf;
        let same_words = |old: &Lone<'_>, new: &Lone<'_>| {
            let speaks = old.test.words.iter().any(|word| word.starts_with(|c: char| c.is_alphabetic()));
            speaks
                && old.file == new.file
                && says_all(&old.test, &new.test)
                && judge(&old.test, &new.test, "", known).is_none_or(|f| !f.weighs())
        };
        let rules: [Fits<'_>; 3] = [&same_body, &same_place, &same_name];
        for fits in rules {
            self.pair(fits);
        }
        let merged = self.merge(known);
        self.pair(&same_words);
        self.split(known);
        let merged = merged + self.taken_out(known);
        let gone = self.removed.into_iter().filter(|lone| !lone.matched).map(|lone| (lone.file, lone.test)).collect();
        Found { pairs: self.pairs, gone, merged }
    }

    /// What a test asked may stand in new ones of its file.
    fn split(&mut self, known: &Known<'_>) {
        for pair in self.pairs.iter_mut().filter(|pair| pair.old.body != pair.new.body) {
            let new = self.added.iter().filter(|lone| !lone.matched && lone.file == pair.file).map(|lone| &lone.test);
            if let Some(whole) = split::whole(&pair.old, &pair.new, new, pair.file, known) {
                pair.new = whole;
            }
        }
    }

    fn pair(&mut self, fits: Fits<'_>) {
        for old in self.removed.iter_mut().filter(|old| !old.matched) {
            if let Some(new) = self.added.iter_mut().find(|new| !new.matched && fits(old, new)) {
                (old.matched, new.matched) = (true, true);
                self.pairs.push(Pair { old: old.test.clone(), new: new.test.clone(), file: new.file });
            }
        }
    }

    /// One test may ask what several did, with values for each or one after the other, if nothing is lost by it.
    fn merge(&mut self, known: &Known<'_>) -> usize {
        let mut merged = 0;
        for at in 0..self.added.len() {
            let (file, new) = (self.added[at].file, &self.added[at].test);
            let fits = |lone: &Lone<'_>| !lone.matched && lone.file == file && says_all(&lone.test, new);
            let several: Vec<usize> = (0..self.removed.len()).filter(|place| fits(&self.removed[*place])).collect();
            if self.added[at].matched || several.len() < 2 {
                continue;
            }
            let tests: Vec<&Test> = several.iter().map(|place| &self.removed[*place].test).collect();
            let old = together(&tests);
            if judge(&old, new, file, known).is_some_and(|finding| finding.weighs()) {
                continue;
            }
            let pair = Pair { old, new: new.clone(), file };
            merged += several.len() - 1;
            several.iter().for_each(|place| self.removed[*place].matched = true);
            self.added[at].matched = true;
            self.pairs.push(pair);
        }
        merged + self.join(known)
    }

    /// What stood in the program may be asked by tests elsewhere, each a part of it.
    fn taken_out(&mut self, known: &Known<'_>) -> usize {
        let runs = |lone: &&Lone<'_>| lone.test.skipped.is_none() && lone.test.under.is_empty();
        let tests: Vec<&Test> = self.added.iter().filter(runs).map(|lone| &lone.test).collect();
        if tests.is_empty() {
            return 0;
        }
        let all = together(&tests);
        let mut taken = 0;
        for lone in self.removed.iter_mut().filter(|lone| !lone.matched && inside::is_one(lone.file)) {
            let kept = matches!(became(&lone.test, &all, known), Became::Kept | Became::Other(_));
            if kept && lone.test.assertions > 0 {
                lone.matched = true;
                taken += 1;
            }
        }
        taken
    }

    /// A test that stayed may ask what others did that are gone.
    fn join(&mut self, known: &Known<'_>) -> usize {
        let mut merged = 0;
        for pair in &mut self.pairs {
            let fits = |lone: &Lone<'_>| !lone.matched && lone.file == pair.file && says_all(&lone.test, &pair.new);
            if pair.old.body == pair.new.body {
                continue;
            }
            for lone in self.removed.iter_mut().filter(|lone| fits(lone)) {
                let old = together(&[&pair.old, &lone.test]);
                if judge(&old, &pair.new, pair.file, known).is_none_or(|finding| !finding.weighs()) {
                    lone.matched = true;
                    merged += 1;
                    pair.old = old;
                }
            }
        }
        merged
    }
}

/// Does `new` speak of everything that `old` does?
fn says_all(old: &Test, new: &Test) -> bool {
    old.assertions > 0 && old.words.is_subset(&new.words)
}

/// Tests as one that asks what all of them do.
fn together(tests: &[&Test]) -> Test {
    let mut all = tests[0].clone();
    for test in &tests[1..] {
        all.asked.extend(test.asked.iter().cloned());
        all.says.extend(test.says.iter().cloned());
        all.words.extend(test.words.iter().cloned());
        all.assertions += test.assertions;
        all.trivial += test.trivial;
    }
    // With how many sets of values they are run cannot be compared.
    (all.cases, all.rows) = (None, None);
    all.table = Vec::new();
    all
}
