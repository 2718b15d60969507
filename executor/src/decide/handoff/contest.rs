//! Of several who worked in one tree at the same time: is anything of what each names known to be its own? Pure.
//!
//! Nobody sees who writes a file. So what several name is of none of them, unless the times at which they began and ended tell them apart,
//! or the events of an agent tell of its writing.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::{self, Name};
use crate::event::{Contents, Timestamp};

/// One who says that its work is done, and what it changed.
#[derive(Debug, Clone)]
pub(super) struct Worker {
    /// Node id.
    pub(super) node: String,
    /// From when it began to when it had ended.
    pub(super) span: (Timestamp, Timestamp),
    /// The files that changed meanwhile and that it names: what they were before and after.
    pub(super) files: BTreeMap<String, Contents>,
    /// What it names.
    pub(super) named: Vec<Name>,
    /// Globs that it may write; none: anything.
    pub(super) claims: Vec<String>,
    /// It says that its work is done, and that is work which changes files.
    pub(super) must_own: bool,
    /// It began anew: what an attempt before did may be the work that it names.
    pub(super) worked_before: bool,
}

impl Worker {
    fn may_write(&self, path: &str) -> bool {
        self.claims.is_empty() || self.claims.iter().any(|glob| paths::fits(glob, path))
    }

    fn says(&self, path: &str) -> bool {
        self.may_write(path) && self.named.iter().any(|name| name.covers(path))
    }

    /// What it names that changed, and of which it may write nothing.
    pub(super) fn outside_claims(&self) -> Vec<String> {
        let of = |name: &Name| self.files.keys().filter(|path| name.covers(path)).collect::<Vec<_>>();
        let is_outside = |name: &&Name| {
            let paths = of(name);
            !paths.is_empty() && !paths.iter().any(|path| self.may_write(path))
        };
        self.named.iter().filter(is_outside).map(|name| name.as_written().to_owned()).collect()
    }

    fn worked_beside(&self, other: &Self) -> bool {
        self.span.0 < other.span.1 && other.span.0 < self.span.1
    }

    /// Did it tell of writing the file, or did that change while this one worked and `other` did not?
    fn wrote_apart(&self, other: &Self, path: &str) -> bool {
        let (Some(mine), theirs) = (self.files.get(path), other.files.get(path)) else { return false };
        let Some(theirs) = theirs.filter(|_| !mine.told) else { return mine.told };
        let began_first = self.span.0 < other.span.0 && mine.before != theirs.before;
        let ended_last = other.span.1 < self.span.1 && mine.after != theirs.after;
        began_first || ended_last
    }

    /// What this one names, each with those who name it as well; `None`: something is its own.
    fn contested(&self, others: &[&Self]) -> Option<Vec<String>> {
        let mut contested = Vec::new();
        for path in self.files.keys().filter(|path| self.may_write(path)) {
            let rivals = others.iter().filter(|other| {
                other.node != self.node
                    && self.worked_beside(other)
                    && other.says(path)
                    && !self.wrote_apart(other, path)
            });
            let rivals: Vec<&str> = rivals.map(|other| other.node.as_str()).collect();
            if rivals.is_empty() {
                return None;
            }
            contested.push(format!("{path} (also named by {})", rivals.join(", ")));
        }
        Some(contested).filter(|contested| !contested.is_empty())
    }
}

/// One who worked in a tree that others worked in, too.
#[derive(Debug, Clone)]
pub(super) struct Stay {
    /// Node id.
    pub(super) node: String,
    /// When it had ended.
    pub(super) end: Timestamp,
    /// Files that changed from when it began to then.
    pub(super) files: BTreeMap<String, Contents>,
    /// What it says; `None`: nothing acceptable, or not yet.
    pub(super) worker: Option<Worker>,
    /// It still works.
    pub(super) works: bool,
    /// It is asked which files it changed.
    pub(super) asked: bool,
}

/// Files that were changed once more after those had ended who name them, though nobody who worked on then names them: each with who
/// had named it, and when that one had ended. Of `all` the last one has ended just now; `reverted` says whether a file is as it was
/// before a node of the group began, and `told` how it was told already of the attempt before of the last one.
pub(super) fn overwritten(
    all: &[Stay],
    reverted: &dyn Fn(&str, &str) -> bool,
    told: &dyn Fn(&str, &str) -> Option<&'static str>,
) -> Vec<(Timestamp, String)> {
    let mut found = BTreeSet::new();
    for (owner, end) in all.iter().filter_map(|stay| Some((stay.worker.as_ref()?, stay.end))) {
        let later = || all.iter().filter(|stay| end < stay.end);
        for (path, left) in &owner.files {
            if later().filter_map(|stay| stay.worker.as_ref()).any(|other| other.says(path)) {
                continue;
            }
            let is_as_before = all.last().is_some_and(|last| !last.files.contains_key(path));
            let before = told(&owner.node, path).filter(|_| is_as_before);
            let again_now = || changed_again(path, left, later(), &|path| reverted(&owner.node, path));
            if let Some(how) = before.or_else(again_now) {
                found.insert((end, again(how, path, &owner.node)));
            }
        }
    }
    found.into_iter().collect()
}

/// What is told of a file that changed once more after `owner` had ended, who names it.
pub(super) fn again(how: &str, path: &str, owner: &str) -> String {
    format!("{how} {path} (named by {owner}, which had ended)")
}

/// How a file is otherwise than its author `left` it, by what those saw who ended `later`.
fn changed_again<'s>(
    path: &str,
    left: &Contents,
    later: impl Iterator<Item = &'s Stay> + Clone,
    reverted: &dyn Fn(&str) -> bool,
) -> Option<&'static str> {
    let end = later.clone().map(|stay| stay.end).max()?;
    let saw = |at: Timestamp| later.clone().filter(move |stay| stay.end == at).filter_map(|stay| stay.files.get(path));
    // To the last of them it is as it was when that one began; was that before its author began?
    if saw(end).next().is_none() && left.before != left.after && reverted(path) {
        return Some(if left.before.is_none() { "D" } else { "M" });
    }
    let at = later.clone().filter(|stay| stay.files.contains_key(path)).map(|stay| stay.end).max()?;
    if saw(at).any(|is| is.after == left.after) {
        return None;
    }
    Some(if saw(at).any(|is| is.after.is_some()) { "M" } else { "D" })
}

/// Those of whom nothing is known to be their own, now that `last` has ended, too: each with what it names.
pub(super) fn contested<'w>(last: &'w Worker, before: &'w [Worker]) -> Vec<(&'w Worker, Vec<String>)> {
    let all: Vec<&Worker> = before.iter().chain([last]).collect();
    let without: Vec<&Worker> = before.iter().collect();
    // Of those who ended before, only what the last one makes doubtful: all else was told when they ended.
    let is_new = |worker: &Worker| worker.node == last.node || worker.contested(&without).is_none();
    let asked = [last].into_iter().chain(before).filter(|worker| worker.must_own && is_new(worker));
    asked.filter_map(|worker| Some((worker, worker.contested(&all)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `files`: path, before, after.
    fn worker(node: &str, span: (u64, u64), files: &[(&str, &str, &str)]) -> Worker {
        let contents = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Worker {
            node: node.to_owned(),
            span: (Timestamp(span.0), Timestamp(span.1)),
            files: files
                .iter()
                .map(|(path, before, after)| {
                    (
                        (*path).to_owned(),
                        Contents { before: contents(before), after: contents(after), ..Contents::default() },
                    )
                })
                .collect(),
            named: files.iter().map(|(path, ..)| Name::new(path, "/srv")).collect(),
            claims: Vec::new(),
            must_own: true,
            worked_before: false,
        }
    }

    fn told(last: &Worker, before: &[Worker]) -> Vec<String> {
        contested(last, before)
            .into_iter()
            .map(|(worker, what)| format!("{}: {}", worker.node, what.join("; ")))
            .collect()
    }

    #[test]
    fn what_two_name_is_of_neither() {
        let honest = worker("a", (0, 10), &[("a.txt", "", "1")]);
        let liar = worker("b", (0, 5), &[("a.txt", "", "1")]);
        let both = ["b: a.txt (also named by a)", "a: a.txt (also named by b)"];
        let mut last = told(&honest, std::slice::from_ref(&liar));
        last.sort();
        let mut expected = both.to_vec();
        expected.sort_unstable();
        assert_eq!(last, expected);
        let honest = worker("a", (0, 3), &[("a.txt", "", "1")]);
        assert_eq!(told(&liar, &[honest]).len(), 2);
    }

    #[test]
    fn something_of_its_own_is_enough() {
        let one = worker("a", (0, 3), &[("a.txt", "", "1"), ("log", "1", "2")]);
        let two = worker("b", (0, 5), &[("b.txt", "", "1"), ("log", "1", "2")]);
        assert!(told(&two, &[one]).is_empty());
    }

    #[test]
    fn times_tell_them_apart() {
        // It changed once more when the first had ended; the first one's is still doubtful.
        let one = worker("a", (0, 3), &[("x", "1", "2")]);
        let two = worker("b", (0, 5), &[("x", "1", "3")]);
        assert_eq!(told(&two, std::slice::from_ref(&one)), ["a: x (also named by b)"]);
        // It had changed when the second began, and did once more when the first had ended.
        let two = worker("b", (2, 5), &[("x", "2", "3")]);
        assert!(told(&two, std::slice::from_ref(&one)).is_empty());
        // One after the other.
        let two = worker("b", (3, 5), &[("x", "2", "3")]);
        assert!(told(&two, &[one]).is_empty());
    }

    #[test]
    fn who_told_of_writing_it_did() {
        let mut one = worker("a", (0, 5), &[("x", "1", "2")]);
        one.files.get_mut("x").expect("it is named").told = true;
        let two = worker("b", (0, 3), &[("x", "1", "2")]);
        assert_eq!(told(&one, std::slice::from_ref(&two)), ["b: x (also named by a)"]);
        assert_eq!(told(&two, &[one]), ["b: x (also named by a)"]);
    }

    #[test]
    fn who_may_not_write_it_does_not_dispute_it() {
        let mut liar = worker("b", (0, 3), &[("x", "1", "2")]);
        liar.claims = vec!["docs/**".to_owned()];
        let honest = worker("a", (0, 5), &[("x", "1", "2")]);
        assert!(told(&honest, std::slice::from_ref(&liar)).is_empty());
        liar.must_own = false;
        liar.claims.clear();
        assert_eq!(told(&honest, &[liar]), ["a: x (also named by b)"]);
    }

    #[test]
    fn who_names_what_it_may_not_write_says_so_itself() {
        let mut one = worker("a", (0, 3), &[("src/a", "1", "2"), ("docs/x", "1", "2")]);
        assert!(one.outside_claims().is_empty());
        one.claims = vec!["src/a".to_owned()];
        assert_eq!(one.outside_claims(), ["docs/x"]);
        one.named = vec![Name::new("src", "/srv"), Name::new("never", "/srv")];
        assert!(one.outside_claims().is_empty());
    }

    /// One after the other, the last one with what it saw change.
    fn lines(workers: &[Worker], now: &Worker, reverted: bool) -> Vec<String> {
        let stay = |worker: &Worker, last: bool| Stay {
            node: worker.node.clone(),
            end: worker.span.1,
            files: if last { now.files.clone() } else { worker.files.clone() },
            worker: Some(worker.clone()).filter(|worker| worker.node != "mute"),
            works: false,
            asked: true,
        };
        let all: Vec<Stay> =
            workers.iter().enumerate().map(|(at, worker)| stay(worker, at + 1 == workers.len())).collect();
        overwritten(&all, &|_, _| reverted, &|_, _| None).into_iter().map(|(_, line)| line).collect()
    }

    #[test]
    fn what_changed_after_its_author_had_ended_is_told() {
        let one = worker("a", (0, 3), &[("x", "", "1")]);
        let mut last = worker("b", (0, 5), &[("y", "", "1")]);
        let now = |text: &str| worker("-", (0, 0), &[("x", "", text), ("y", "", "1")]);
        let none = worker("-", (0, 0), &[]);
        let evil = ["M x (named by a, which had ended)"];
        let gone = ["D x (named by a, which had ended)"];
        let by = |owner: &Worker, last: &Worker, now: &Worker| lines(&[owner.clone(), last.clone()], now, false);
        assert_eq!(by(&one, &last, &now("1")), [""; 0]);
        assert_eq!(by(&one, &last, &now("2")), evil);
        assert_eq!(by(&one, &last, &now("")), gone);
        assert_eq!(by(&one, &last, &none), [""; 0], "it was there when the last one began");
        assert_eq!(lines(&[one.clone(), last.clone()], &none, true), gone, "it is what it was");
        let changed = worker("a", (0, 3), &[("x", "1", "2")]);
        assert_eq!(lines(&[changed, last.clone()], &none, true), evil, "it is what it was");
        let between = worker("c", (1, 4), &[("x", "1", "2")]);
        assert_eq!(lines(&[one.clone(), between, last.clone()], &now("2"), false), [""; 0], "somebody says so");
        last.named.push(Name::new("x", "/srv"));
        assert_eq!(by(&one, &last, &now("2")), [""; 0]);
        last.claims = vec!["y".to_owned()];
        assert_eq!(by(&one, &last, &now("2")), evil, "it may not write it");
    }

    #[test]
    fn what_changed_is_also_told_by_those_who_say_nothing() {
        let one = worker("a", (0, 3), &[("x", "", "1")]);
        let evil = ["M x (named by a, which had ended)"];
        let mute = worker("mute", (0, 4), &[("x", "", "2")]);
        let last = worker("b", (0, 5), &[("y", "", "1")]);
        // It began when that had been done.
        assert_eq!(lines(&[one.clone(), mute.clone(), last.clone()], &last, false), evil);
        assert_eq!(lines(&[one.clone(), mute.clone()], &mute, false), evil);
        let same = worker("mute", (0, 4), &[("x", "", "1")]);
        assert_eq!(lines(&[one.clone(), same, last.clone()], &last, false), [""; 0]);
        // Of two that end at the same moment nobody knows who looked last.
        let other = worker("c", (0, 4), &[("y", "", "1")]);
        let same = worker("d", (0, 4), &[("x", "", "1")]);
        assert_eq!(lines(&[one, mute, other, same, last.clone()], &last, false), [""; 0]);
    }

    #[test]
    fn what_was_told_is_not_told_again() {
        let one = worker("a", (0, 3), &[("x", "1", "2")]);
        let two = worker("b", (0, 4), &[("x", "1", "2")]);
        let three = worker("c", (0, 5), &[("y", "1", "2")]);
        assert!(told(&three, &[one, two]).is_empty());
    }
}
