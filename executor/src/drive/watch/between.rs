//! What changed while nobody worked, between the end of one attempt and the beginning of the next: a person did it, or other nodes, and
//! neither attempt. Judges nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::sight::{Common, Other, Own, Sight};
use crate::git::{self, Locks, Oid, RepoPath, Repository};

/// Makes each sight of `all`, one from the beginning of each attempt, as if what changed between attempts had been so before. `after`: how
/// everything stood when the attempt at this place of `all` had ended, if that is known. What an attempt had changed itself stays told,
/// whoever changed it again.
pub(super) fn leave_out(
    repository: &Repository,
    scratch: &Path,
    all: &mut [Sight],
    after: impl Fn(usize) -> Option<Sight>,
) {
    for at in 0..all.len().saturating_sub(1) {
        let Some(after) = after(at) else { continue };
        let (earlier, later) = all.split_at_mut(at + 1);
        let gap = Gap { repository, scratch, after: &after, next: &later[0] };
        earlier.iter_mut().for_each(|sight| gap.leave_out_of(sight));
    }
}

struct Gap<'g> {
    repository: &'g Repository,
    scratch: &'g Path,
    after: &'g Sight,
    next: &'g Sight,
}

impl Gap<'_> {
    fn leave_out_of(&self, sight: &mut Sight) {
        let Self { after, next, .. } = self;
        self.common(Arc::make_mut(&mut sight.common));
        if sight.own.stand.root == after.own.stand.root && after.own.stand.root == next.own.stand.root {
            self.own(Arc::make_mut(&mut sight.own));
        }
        for other in &mut sight.others {
            let of = |all: &[Other]| all.iter().find(|one| one.root == other.root).cloned();
            if let (Some(after), Some(next)) = (of(&after.others), of(&next.others)) {
                self.other(other, &after, &next);
            }
        }
    }

    fn common(&self, common: &mut Common) {
        let (after, next) = (&*self.after.common, &*self.next.common);
        map(Arc::make_mut(&mut common.refs), &after.refs, &next.refs);
        map(&mut common.git, &after.git, &next.git);
        map(&mut common.engine, &after.engine, &next.engine);
        map(&mut common.theirs, &after.theirs, &next.theirs);
        locks(&mut common.locks, &after.locks, &next.locks);
        common.logs.leave_out(&after.logs, &next.logs);
        common.idle.leave_out(&after.idle, &next.idle);
    }

    fn own(&self, own: &mut Own) {
        let (after, next) = (&*self.after.own, &*self.next.own);
        let (stand, before, now) = (&mut own.stand, &after.stand, &next.stand);
        one(&mut stand.branch, &before.branch, &now.branch);
        one(&mut stand.head, &before.head, &now.head);
        one(&mut stand.index, &before.index, &now.index);
        stand.tree = self.tree(&stand.tree, &before.tree, &now.tree);
        set(&mut stand.hidden, &before.hidden, &now.hidden);
        set(&mut stand.nested, &before.nested, &now.nested);
        set(&mut stand.conflicted, &before.conflicted, &now.conflicted);
        map(&mut own.git, &after.git, &next.git);
        map(&mut own.following, &after.following, &next.following);
        map(&mut own.engine, &after.engine, &next.engine);
        locks(&mut own.locks, &after.locks, &next.locks);
    }

    fn other(&self, other: &mut Other, after: &Other, next: &Other) {
        match (&mut other.tree, &after.tree, &next.tree) {
            (Some(tree), Some(after), Some(next)) => *tree = self.tree(tree, after, next),
            (tree, after, next) => one(tree, after, next),
        }
        one(&mut other.index, &after.index, &next.index);
        one(&mut other.left, &after.left, &next.left);
        set(&mut other.nested, &after.nested, &next.nested);
        map(&mut other.git, &after.git, &next.git);
        locks(&mut other.locks, &after.locks, &next.locks);
    }

    /// The tree `first` with the files that differ between `after` and `next` as they are in `next`, but those that differ between `first`
    /// and `after`. Where that cannot be made, nothing is left out.
    fn tree(&self, first: &str, after: &str, next: &str) -> String {
        if first == after || after == next {
            return if first == after { next } else { first }.to_owned();
        }
        self.composed(first, after, next).map_or_else(|_| first.to_owned(), |tree| tree.to_string())
    }

    fn composed(&self, first: &str, after: &str, next: &str) -> Result<Oid, git::Error> {
        let [first, after, next] = [Oid::parse(first)?, Oid::parse(after)?, Oid::parse(next)?];
        let worked_on = self.repository.differences(&first, &after)?;
        let worked_on: BTreeSet<&RepoPath> = worked_on.iter().map(|difference| &difference.change.path).collect();
        let meanwhile = self.repository.differences(&after, &next)?;
        let meanwhile = meanwhile.iter().filter(|difference| !worked_on.contains(&difference.change.path));
        let contents: Vec<_> = meanwhile.map(|d| (&d.change.path, d.after.clone())).collect();
        self.repository.composed(&first, &contents, self.scratch)
    }
}

fn one<T: Clone + PartialEq>(first: &mut T, after: &T, next: &T) {
    if first == after {
        first.clone_from(next);
    }
}

/// The same, lock by lock it is not known.
fn locks(first: &mut Locks, after: &Locks, next: &Locks) {
    one(first, after, next);
}

/// The same, key by key.
pub(super) fn map<K: Ord + Clone, V: Clone + PartialEq>(
    first: &mut BTreeMap<K, V>,
    after: &BTreeMap<K, V>,
    next: &BTreeMap<K, V>,
) {
    for key in after.keys().chain(next.keys()) {
        if after.get(key) == next.get(key) || first.get(key) != after.get(key) {
            continue;
        }
        match next.get(key) {
            Some(value) => first.insert(key.clone(), value.clone()),
            None => first.remove(key),
        };
    }
}

/// The same, one by one.
fn set<T: Ord + Clone>(first: &mut BTreeSet<T>, after: &BTreeSet<T>, next: &BTreeSet<T>) {
    for gone in after.difference(next) {
        first.remove(gone);
    }
    for new in next.difference(after) {
        first.insert(new.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(rows: &str) -> BTreeMap<String, String> {
        rows.split_whitespace().map(|row| row.split_at(1)).map(|(key, value)| (key.into(), value.into())).collect()
    }

    #[test]
    fn what_changed_meanwhile_was_so_before_but_what_the_work_had_changed() {
        for (first, after, next, expected) in [
            ("a1 b1", "a1 b1", "a2 b1", "a2 b1"),
            ("a1 b1", "a1 b1", "b1 c1", "b1 c1"),
            // Changed by the work, and by somebody else as well, or taken back.
            ("a1 b1", "a2 b1", "a3 b1", "a1 b1"),
            ("a1 b1", "a2 b1", "a1 b1", "a1 b1"),
            // New by the work, and gone since.
            ("a1", "a1 b1", "a1", "a1"),
            ("a1", "a2 b1", "a2 b1", "a1"),
            ("a1 b1", "b1", "a1 b1", "a1 b1"),
        ] {
            let (mut map_of, after_map, next_map) = (all(first), all(after), all(next));
            map(&mut map_of, &after_map, &next_map);
            assert_eq!(map_of, all(expected), "{first} | {after} | {next}");
        }
    }

    #[test]
    fn what_came_and_went_meanwhile_is_nobodys() {
        let all = |text: &str| text.chars().collect::<BTreeSet<char>>();
        for (first, after, next, expected) in
            [("ab", "ab", "b", "b"), ("a", "a", "ab", "ab"), ("a", "ab", "ab", "a"), ("a", "ab", "a", "a")]
        {
            let mut set_of = all(first);
            set(&mut set_of, &all(after), &all(next));
            assert_eq!(set_of, all(expected), "{first} | {after} | {next}");
        }
    }
}
