//! Of several who worked in one tree at the same time: is anything of what each names known to be its own? Pure.
//!
//! Nobody sees who writes a file. So what several name is of none of them, unless the times at which they began and ended tell them apart,
//! or the events of an agent tell of its writing.

use std::collections::BTreeMap;

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

/// Files that were changed once more after those had ended who name them, though nobody who worked on then names them: each with who
/// had named it. `now` is what changed since `last` began; `reverted` says whether a file is as it was before a node of the group began.
pub(super) fn overwritten(
    last: &Worker,
    before: &[Worker],
    now: &BTreeMap<String, Contents>,
    reverted: &dyn Fn(&str, &str) -> bool,
) -> Vec<String> {
    let mut found = Vec::new();
    for owner in before {
        for (path, left) in &owner.files {
            let how = match now.get(path) {
                Some(is) if is.after == left.after => continue,
                Some(is) if is.after.is_some() => "M",
                Some(_) => "D",
                // It is as it was when the last one began; was that before its author began?
                None if !reverted(&owner.node, path) || left.before == left.after => continue,
                None if left.before.is_none() => "D",
                None => "M",
            };
            let mut later = before.iter().chain([last]).filter(|other| owner.span.1 < other.span.1);
            if !later.any(|other| other.says(path)) {
                found.push(format!("{how} {path} (named by {}, which had ended)", owner.node));
            }
        }
    }
    found.sort();
    found.dedup();
    found
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
                    ((*path).to_owned(), Contents { before: contents(before), after: contents(after), told: false })
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

    #[test]
    fn what_changed_after_its_author_had_ended_is_told() {
        let one = worker("a", (0, 3), &[("x", "", "1")]);
        let mut last = worker("b", (0, 5), &[("y", "", "1")]);
        let now = |text: &str| worker("-", (0, 0), &[("x", "", text), ("y", "", "1")]).files;
        assert_eq!(overwritten(&last, std::slice::from_ref(&one), &now("1"), &|_, _| false), [""; 0]);
        let evil = ["M x (named by a, which had ended)"];
        assert_eq!(overwritten(&last, std::slice::from_ref(&one), &now("2"), &|_, _| false), evil);
        assert_eq!(
            overwritten(&last, std::slice::from_ref(&one), &now(""), &|_, _| false),
            ["D x (named by a, which had ended)"]
        );
        let gone = |one: &Worker, reverted: bool| {
            overwritten(&last, std::slice::from_ref(one), &BTreeMap::new(), &|_, _| reverted)
        };
        assert_eq!(gone(&one, true), ["D x (named by a, which had ended)"]);
        assert_eq!(gone(&one, false), [""; 0], "it was there when the last one began");
        assert_eq!(gone(&worker("a", (0, 3), &[("x", "1", "2")]), true), evil, "it is what it was");
        let between = worker("c", (1, 4), &[("x", "1", "2")]);
        assert_eq!(overwritten(&last, &[one.clone(), between], &now("2"), &|_, _| false), [""; 0], "somebody says so");
        last.named.push(Name::new("x", "/srv"));
        assert_eq!(overwritten(&last, std::slice::from_ref(&one), &now("2"), &|_, _| false), [""; 0]);
        last.claims = vec!["y".to_owned()];
        assert_eq!(overwritten(&last, &[one], &now("2"), &|_, _| false), evil, "it may not write it");
    }

    #[test]
    fn what_was_told_is_not_told_again() {
        let one = worker("a", (0, 3), &[("x", "1", "2")]);
        let two = worker("b", (0, 4), &[("x", "1", "2")]);
        let three = worker("c", (0, 5), &[("y", "1", "2")]);
        assert!(told(&three, &[one, two]).is_empty());
    }
}
