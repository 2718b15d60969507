//! What git said not long ago and would say again: how trees differ, which follows from their ids, and which programs the configuration
//! names, which follows from its files. Shared by all who look at a repository.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::error::Error;
use super::known::KnownDrivers;
use super::name::Oid;
use super::status::Difference;

/// Most files of differences that are kept in all.
const MOST: usize = 1_000;

/// What is kept.
#[derive(Debug, Default)]
pub(super) struct Recent {
    differences: Mutex<Differences>,
    /// By the folder of git that belongs to a working tree.
    drivers: Mutex<BTreeMap<PathBuf, KnownDrivers>>,
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

    /// What `look` finds out with what it remembers of the programs that are named for the working tree whose folder of git is `folder`.
    pub(super) fn with_drivers<T>(&self, folder: &Path, look: impl FnOnce(&mut KnownDrivers) -> T) -> T {
        let kept = || self.drivers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = kept().remove(folder).unwrap_or_default();
        let found = look(&mut known);
        kept().insert(folder.to_owned(), known);
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
        assert_eq!([ask(1, 2, 400), ask(2, 1, 400), ask(1, 2, 400)], [1, 2, 2], "both ways differ");
        assert_eq!([ask(3, 4, 300), ask(1, 2, 400), ask(2, 1, 400)], [3, 3, 4], "the oldest went");
        assert_eq!([ask(5, 6, 2_000), ask(5, 6, 2_000)], [5, 6], "what is too much is not kept");
        assert_eq!([ask(7, 8, 0), ask(7, 8, 0)], [7, 7], "nor is nothing nothing");
        let failed = recent.differences([&oid(9), &oid(9)], || Err(Error::NoCommits));
        assert!(failed.is_err() && recent.differences([&oid(9), &oid(9)], || Ok(files(1))).is_ok());
    }
}
