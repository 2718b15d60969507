//! What git said not long ago and would say again: how trees differ, which follows from their ids, what is in an index, which follows
//! from its file, and which programs the configuration names, which follows from its files. Shared by all who look at a repository.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::error::Error;
use super::index::{Index, Sum};
use super::known::KnownDrivers;
use super::name::Oid;
use super::snapshot::Memory;
use super::status::Difference;

/// Most files of differences that are kept in all.
const MOST: usize = 250;
/// Most commits of which the tree is kept.
const MOST_COMMITS: usize = 64;
/// Most indexes, and bytes of one of them.
const MOST_INDEXES: usize = 2;
const LARGEST_INDEX: usize = 1 << 20;
/// Most bytes of what is remembered of working trees.
const MOST_REMEMBERED: usize = 4 << 20;

/// What is kept.
#[derive(Debug, Default)]
pub(super) struct Recent {
    differences: Mutex<Differences>,
    /// Commits and their trees, what was asked for last at the end.
    trees: Mutex<VecDeque<(Oid, Oid)>>,
    /// By the folder of git that belongs to a working tree.
    drivers: Mutex<BTreeMap<PathBuf, KnownDrivers>>,
    /// By the content of their files, what was found last at the end.
    indexes: Mutex<VecDeque<(Sum, Index)>>,
    /// Of working trees, by the folder of git that belongs to them; what was looked at last at the end.
    memories: Mutex<VecDeque<((PathBuf, Purpose), Memory)>>,
}

/// What somebody looks for who does not remember anything between two looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To compare; what is made goes into this folder.
    Compare(PathBuf),
    /// To show what there is.
    Show,
    /// To commit it.
    Commit,
}

/// How trees differ, what was asked for last at the end.
#[derive(Debug, Default)]
struct Differences {
    all: VecDeque<([Oid; 2], Arc<[Difference]>)>,
    files: usize,
}

impl Recent {
    /// How two trees or commits differ, as `ask` says or said before.
    pub(super) fn differences(
        &self,
        between: [&Oid; 2],
        ask: impl FnOnce() -> Result<Vec<Difference>, Error>,
    ) -> Result<Arc<[Difference]>, Error> {
        let kept = || self.differences.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept().find(between) {
            return Ok(known);
        }
        let asked: Arc<[Difference]> = ask()?.into();
        kept().keep(between, &asked);
        Ok(asked)
    }

    /// The tree of `commit`, as `ask` says or said before.
    pub(super) fn tree(&self, commit: &Oid, ask: impl FnOnce() -> Result<Oid, Error>) -> Result<Oid, Error> {
        let kept = || self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept().iter().find(|(known, _)| known == commit).map(|(_, tree)| tree.clone());
        if let Some(tree) = known {
            return Ok(tree);
        }
        let tree = ask()?;
        let mut kept = kept();
        kept.push_back((commit.clone(), tree.clone()));
        if kept.len() > MOST_COMMITS {
            kept.pop_front();
        }
        Ok(tree)
    }

    /// What `look` finds out with what it remembers of the programs that are named for the working tree whose folder of git is `folder`.
    pub(super) fn with_drivers<T>(&self, folder: &Path, look: impl FnOnce(&mut KnownDrivers) -> T) -> T {
        let kept = || self.drivers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = kept().remove(folder).unwrap_or_default();
        let found = look(&mut known);
        kept().insert(folder.to_owned(), known);
        found
    }

    /// What is in the index whose file has this content, if that is known.
    pub(super) fn index(&self, of: &Sum) -> Option<Index> {
        let kept = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(sum, _)| sum == of).map(|(_, index)| index.clone())
    }

    /// The file of `index` has this content.
    pub(super) fn keep_index(&self, of: Sum, index: &Index) {
        let mut kept = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        if index.size() <= LARGEST_INDEX && kept.iter().all(|(sum, _)| *sum != of) {
            kept.push_back((of, index.clone()));
            if kept.len() > MOST_INDEXES {
                kept.pop_front();
            }
        }
    }

    /// What `look` finds out with what it remembers of the working tree whose folder of git is `folder`. Who looks at the same time for
    /// the same purpose remembers nothing.
    pub(super) fn with_memory<T>(&self, folder: &Path, purpose: Purpose, look: impl FnOnce(&mut Memory) -> T) -> T {
        let kept = || self.memories.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (folder.to_owned(), purpose);
        let last = {
            let mut kept = kept();
            kept.iter().position(|(known, _)| *known == key).and_then(|at| kept.remove(at))
        };
        let mut memory = last.map(|(_, memory)| memory).unwrap_or_default();
        let found = look(&mut memory);
        let mut kept = kept();
        kept.retain(|(known, _)| *known != key);
        kept.push_back((key, memory));
        while kept.iter().map(|(_, memory)| memory.size()).sum::<usize>() > MOST_REMEMBERED {
            kept.pop_front();
        }
        found
    }
}

impl Differences {
    fn find(&mut self, between: [&Oid; 2]) -> Option<Arc<[Difference]>> {
        let at = self.all.iter().position(|([from, to], _)| [from, to] == between)?;
        let found = self.all.remove(at)?;
        let known = Arc::clone(&found.1);
        self.all.push_back(found);
        Some(known)
    }

    fn keep(&mut self, between: [&Oid; 2], asked: &Arc<[Difference]>) {
        // Two may have asked for the same at the same time.
        if self.find(between).is_some() {
            return;
        }
        self.files += asked.len().max(1);
        self.all.push_back((between.map(Clone::clone), Arc::clone(asked)));
        while self.files > MOST
            && let Some((_, oldest)) = self.all.pop_front()
        {
            self.files -= oldest.len().max(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::super::name::RepoPath;
    use super::super::status::{Change, Kind};
    use super::*;

    fn oid(n: u8) -> Oid {
        Oid::parse(&format!("{n:02x}").repeat(20)).expect("an id")
    }

    fn files(count: usize) -> Vec<Difference> {
        let path = RepoPath::parse(b"a").expect("a path");
        vec![Difference { change: Change { path, kind: Kind::Added }, before: None, after: None }; count]
    }

    #[test]
    fn git_is_asked_once_for_what_two_trees_differ_in_and_what_nobody_asks_for_is_forgotten() {
        let (recent, asked) = (Recent::default(), Cell::new(0));
        let ask = |from: u8, to: u8, count: usize| {
            let git = || {
                asked.set(asked.get() + 1);
                Ok(files(count))
            };
            assert_eq!(recent.differences([&oid(from), &oid(to)], git).expect("it is said").len(), count);
            asked.get()
        };
        assert_eq!([ask(1, 2, 100), ask(2, 1, 100), ask(1, 2, 100)], [1, 2, 2], "both ways differ");
        assert_eq!([ask(3, 4, 80), ask(1, 2, 100), ask(2, 1, 100)], [3, 3, 4], "the oldest went");
        assert_eq!([ask(5, 6, 2_000), ask(5, 6, 2_000)], [5, 6], "what is too much is not kept");
        assert_eq!([ask(7, 8, 0), ask(7, 8, 0)], [7, 7], "that nothing differs is known as well");
        let failed = recent.differences([&oid(9), &oid(9)], || Err(Error::NoCommits));
        assert!(failed.is_err() && recent.differences([&oid(9), &oid(9)], || Ok(files(1))).is_ok());
    }

    #[test]
    fn of_indexes_and_commits_only_the_last_are_kept() {
        let recent = Recent::default();
        for n in 0..6 {
            recent.keep_index([n; 32], &Index::default());
            recent.keep_index([n; 32], &Index::default());
        }
        let kept: Vec<u8> = (0..6).filter(|n| recent.index(&[*n; 32]).is_some()).collect();
        assert_eq!(kept, [4, 5]);
        let tree = |n: u8| recent.tree(&oid(n), || Err(Error::NoCommits));
        for n in 0..100 {
            assert!(tree(n).is_err() && recent.tree(&oid(n), || Ok(oid(n))).is_ok());
        }
        let kept: Vec<u8> = (0..100).filter(|n| tree(*n).is_ok_and(|tree| tree == oid(*n))).collect();
        assert_eq!(kept, (36..100).collect::<Vec<_>>());
    }

    #[test]
    fn who_looks_for_another_purpose_or_at_the_same_time_remembers_nothing_of_it() {
        let (recent, here, there) = (Recent::default(), Path::new("/here"), Path::new("/there"));
        let remembers = |folder: &Path, purpose: Purpose| {
            recent.with_memory(folder, purpose, |memory| memory.changed.replace(([0; 32], oid(1))).is_some())
        };
        let compare = |name: &str| Purpose::Compare(PathBuf::from(name));
        for purpose in [Purpose::Show, Purpose::Commit, compare("one"), compare("two")] {
            assert!(!remembers(here, purpose.clone()) && remembers(here, purpose.clone()), "{purpose:?}");
            assert!(!remembers(there, purpose.clone()) && remembers(here, purpose.clone()), "{purpose:?}");
        }
        let inside = recent.with_memory(here, Purpose::Show, |_| remembers(here, Purpose::Show));
        assert!(!inside);
    }
}
