//! Which refs moved while somebody worked, and what is known of why. Judges nothing.

use std::collections::BTreeSet;

use super::Watch;
use super::sight::Sight;
use crate::decide::port::{RefMove, Sureness};
use crate::git::{self, Journal, Oid};
use crate::runs::RunId;

impl Watch {
    /// The run that the ref `name` belongs to by its name.
    pub(super) fn run_of(name: &str) -> Option<&str> {
        let of_runs = name.strip_prefix("refs/heads/mission/").or_else(|| name.strip_prefix("refs/mission/"))?;
        of_runs.split_once('/').map(|(run, _)| run)
    }

    /// May the other run `run` have moved its refs itself? One that nobody holds moves none, nor one that there is not.
    fn may_have_moved(&self, run: &str) -> bool {
        let exists = || RunId::parse(run).is_some() && self.ground.root.join(".mission/runs").join(run).exists();
        run != self.ground.run && exists() && !self.first.common.idle.stayed(run, &self.ground.root)
    }

    pub(super) fn moved(&self, now: &Sight, own: Option<&str>) -> Result<Vec<RefMove>, git::Error> {
        let (tree, before, now) = (&now.own.stand.tree, &*self.first.common.refs, &*now.common.refs);
        let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
        let mut known = None;
        let mut moves = Vec::new();
        for name in names.into_iter().filter(|name| before.get(*name) != now.get(*name)) {
            let (from, to) = (before.get(name).cloned(), now.get(name).cloned());
            if known.is_none() {
                let journal = Journal::new(&self.ground.folder);
                known = Some((journal.moved_to()?, journal.holders()?));
            }
            let (engine, holders) = known.as_ref().expect("it was read just now");
            let by_engine = to.as_ref().is_some_and(|to| engine.contains(&(name.clone(), to.clone())));
            let is_own = own == Some(name);
            let whose = Self::run_of(name);
            if whose.is_some_and(|run| self.may_have_moved(run)) {
                continue;
            }
            // The branch of a worktree that was made anew began where that worktree began.
            let from = if is_own { self.own.stand.head.clone() } else { from };
            moves.push(RefMove {
                forward: self.is_forward(from.as_ref(), to.as_ref()),
                by_itself: if is_own { self.went_by_itself(from.as_ref(), to.as_ref(), tree) } else { Sureness::No },
                of_run: whose == Some(self.ground.run.as_str()),
                own: is_own,
                place: holders.get(name).cloned(),
                name: name.clone(),
                after_end: !is_own && self.is_moved_since_end(name),
                from,
                to,
                by_engine,
            });
        }
        Ok(moves)
    }

    fn is_forward(&self, from: Option<&String>, to: Option<&String>) -> bool {
        let oid = |at: Option<&String>| at.and_then(|at| Oid::parse(at).ok());
        match (oid(from), oid(to)) {
            (Some(from), Some(to)) => self.repository.is_ancestor(&from, &to).unwrap_or(false),
            _ => false,
        }
    }

    /// What cannot be told is no reason to blame anybody: it is found out before the branch is taken.
    fn is_moved_since_end(&self, name: &str) -> bool {
        let branch = name.strip_prefix("refs/heads/").zip(self.ground.worktrees.as_ref());
        branch.is_some_and(|(branch, worktrees)| worktrees.is_moved_since(branch).unwrap_or(false))
    }

    fn went_by_itself(&self, from: Option<&String>, to: Option<&String>, tree: &str) -> Sureness {
        let oid = |at: Option<&String>| at.and_then(|at| Oid::parse(at).ok());
        match (oid(from), oid(to), Oid::parse(tree)) {
            (Some(from), Some(to), Ok(tree)) => {
                self.repository.went_by_itself(&from, &to, &tree).unwrap_or(Sureness::No)
            }
            _ => Sureness::No,
        }
    }
}
