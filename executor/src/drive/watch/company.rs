//! Who works in the same tree at the same time, since when, and in which order they are done. Looks at nothing itself.
//!
//! What one of them sees at its end may be something that another is about to take away again. So what changed is told from
//! before the first of them began to after the last of them ended.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Attempts that work now, by the top of their working tree.
#[derive(Debug, Default)]
pub(super) struct Company {
    groups: Mutex<BTreeMap<PathBuf, Group>>,
}

/// Those who have worked in one tree, one beside the other, since there was nobody.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// The tree when the first of them began.
    pub(super) tree: String,
    /// Nodes of which nothing was done before.
    pub(super) fresh: BTreeSet<String>,
    /// How many are at work.
    active: usize,
    /// Number of the last look whose result was told.
    told: u64,
}

impl Group {
    /// Is nobody else at work there any more?
    pub(super) fn is_last(&self) -> bool {
        self.active <= 1
    }
}

impl Company {
    fn groups(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Group>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// `node` is about to work in the tree at `root`, which was `tree` just now. `fresh`: nothing was done for it before.
    pub(super) fn join(self: &Arc<Self>, root: &Path, tree: &str, node: &str, fresh: bool) -> Stay {
        let mut groups = self.groups();
        let new = || Group { tree: tree.to_owned(), fresh: BTreeSet::new(), active: 0, told: 0 };
        let group = groups.entry(root.to_owned()).or_insert_with(new);
        group.active += 1;
        if fresh {
            group.fresh.insert(node.to_owned());
        } else {
            group.fresh.remove(node);
        }
        Stay { company: Arc::clone(self), root: root.to_owned() }
    }
}

/// One that works; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Stay {
    company: Arc<Company>,
    root: PathBuf,
}

impl Stay {
    /// Those it works with, and itself.
    pub(super) fn group(&self) -> Group {
        self.company.groups().get(&self.root).expect("it is one of them").clone()
    }
    /// The turn to tell what look `number` saw (`None`: that nothing could be seen); nobody else tells as long as it is held, so that
    /// what is told arrives in the order of the looks. `None` if somebody has told of a later look: then this must look again.
    pub(super) fn turn(&self, number: Option<u64>) -> Option<Turn<'_>> {
        let mut groups = self.company.groups();
        let group = groups.get_mut(&self.root).expect("it is one of them");
        if number.is_some_and(|number| number < group.told) {
            return None;
        }
        group.told = number.unwrap_or(group.told);
        Some(Turn { _groups: groups })
    }
}

/// The right to tell.
pub(super) struct Turn<'c> {
    _groups: MutexGuard<'c, BTreeMap<PathBuf, Group>>,
}

impl Drop for Stay {
    fn drop(&mut self) {
        let mut groups = self.company.groups();
        if let Some(group) = groups.get_mut(&self.root) {
            group.active -= 1;
            if group.active == 0 {
                groups.remove(&self.root);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_lasts_as_long_as_somebody_works() {
        let (company, root) = (Arc::new(Company::default()), Path::new("/tree"));
        let one = company.join(root, "t0", "one", true);
        let two = company.join(root, "t1", "two", true);
        drop(one);
        let three = company.join(root, "t2", "three", false);
        drop(two);
        let group = three.group();
        assert_eq!((group.tree.as_str(), group.fresh.len()), ("t0", 2));
        let elsewhere = company.join(Path::new("/other"), "t3", "four", true);
        assert_eq!(elsewhere.group().tree, "t3");
        drop(three);
        assert_eq!(company.join(root, "t4", "five", true).group().tree, "t4", "there was nobody");
    }

    #[test]
    fn what_was_seen_before_something_that_is_told_is_not_told() {
        let company = Arc::new(Company::default());
        let (one, two) =
            (company.join(Path::new("/"), "t", "one", true), company.join(Path::new("/"), "t", "two", true));
        assert!(two.turn(Some(6)).is_some());
        assert!(one.turn(Some(5)).is_none());
        assert!(one.turn(Some(6)).is_some() && one.turn(None).is_some());
        assert!(one.turn(Some(5)).is_none(), "also after one that saw nothing");
    }
}
