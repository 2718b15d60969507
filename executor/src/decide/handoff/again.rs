//! Several attempts at the same piece of work, with others in the same tree in between: what each did while nobody else was at work
//! there is its own for certain, and what others did is not. Pure.

use std::collections::{BTreeMap, BTreeSet};

use mission_compiler::graph::Ix;

use super::judge::Beside;
use super::{MOST, span};
use crate::decide::Core;
use crate::decide::port::{Facts, Seen};
use crate::event::{Cause, Checked, Contents, Finding, FindingKind, How, Timestamp, Touched};
use crate::run::Attempt;

impl Core {
    /// What was seen of the attempts at this piece of work alone, if others worked in the same tree only in between; with what they
    /// touched there, also what they took back again.
    pub(super) fn seen_apart(
        &self,
        ix: Ix,
        facts: &Facts,
        beside: &[Beside],
    ) -> Option<(Facts, BTreeMap<String, Contents>)> {
        let place = self.place_of(ix);
        let Some(Ok(seen)) = &facts.seen else { return None };
        // In a worktree nothing is noted between attempts: a new one begins in a worktree of its own.
        if seen.view || seen.linked || !beside.iter().any(|b| b.place == place) || !self.worked_apart(ix) {
            return None;
        }
        let own = self.own(ix, seen);
        let contents = own.iter().filter(|(_, c)| c.before != c.after).map(|(path, c)| (path.clone(), c.clone()));
        let contents: BTreeMap<String, Contents> = contents.collect();
        let changed = contents.iter().map(|(path, c)| Touched { path: path.clone(), how: how(c) }).collect();
        let others = beside.iter().filter(|b| b.place == place);
        let known = self.told_of(&others.map(|b| b.node.as_str()).collect::<Vec<_>>());
        let rest = |lines: &[String]| lines.iter().filter(|line| !known.contains(line.as_str())).cloned().collect();
        let (links, nested, conflicted) = (rest(&seen.links), rest(&seen.nested), rest(&seen.conflicted));
        let seen = Seen { changed, contents, together: None, links, nested, conflicted, ..seen.clone() };
        (own.len() < MOST).then(|| (Facts { seen: Some(Ok(seen)), ..facts.clone() }, own))
    }

    /// What these left in the tree that is in no commit, or in conflict, as it was told of them.
    fn told_of(&self, nodes: &[&str]) -> BTreeSet<&str> {
        let left = |finding: &&Finding| {
            matches!(finding.kind, FindingKind::LinkOut | FindingKind::NestedRepository | FindingKind::InConflict)
        };
        let known = nodes.iter().filter_map(|node| self.run.state(self.run.graph().find(node)?).checked.as_ref());
        let told = known.flat_map(|checked| checked.findings.iter().filter(left));
        told.flat_map(|finding| finding.evidence.iter().map(String::as_str)).collect()
    }

    /// What is known of the piece of work now that an attempt of it is over and another follows; `None`: nothing new.
    pub(super) fn known_so_far(&self, ix: Ix, facts: &Facts) -> Option<Checked> {
        let before = self.checked_before(ix).cloned().unwrap_or_default();
        let own = self.own_now(ix, facts)?;
        (own != before.own).then_some(Checked { own, ..before })
    }

    /// The same, if nobody else was at work in the tree that all share.
    pub(super) fn own_now(&self, ix: Ix, facts: &Facts) -> Option<BTreeMap<String, Contents>> {
        let Some(Ok(seen)) = &facts.seen else { return None };
        let last = self.run.state(ix).attempts.last()?;
        let is_known = !seen.view && !seen.linked && self.was_alone(ix, last);
        is_known.then(|| self.own(ix, seen).into_iter().take(MOST).collect())
    }

    /// What the attempts touched, as it was before the first that did and as it is now.
    fn own(&self, ix: Ix, seen: &Seen) -> BTreeMap<String, Contents> {
        let mut own = self.checked_before(ix).map(|checked| checked.own.clone()).unwrap_or_default();
        let ended = self.run.state(ix).attempts.iter().rev().nth(1).and_then(|attempt| attempt.ended);
        if let Some(ended) = ended {
            self.since(ix, ended).into_iter().for_each(|others| goes_on(&mut own, others));
        }
        add(&mut own, seen.again.as_ref().unwrap_or(&seen.contents));
        // Whoever changed it in between, also without telling: this is how it is.
        goes_on(&mut own, &seen.contents);
        own
    }

    /// What others changed in its place who have ended since, one after the other.
    fn since(&self, ix: Ix, ended: Timestamp) -> Vec<&BTreeMap<String, Contents>> {
        let place = self.place_of(ix);
        let is_later =
            |other: &Ix| *other != ix && span(self.run.state(*other)).1 > ended && self.place_of(*other) == place;
        let mut later: Vec<Ix> = self.run.graph().iter().filter(is_later).collect();
        later.retain(|other| self.run.state(*other).phase.settled());
        later.sort_by_key(|other| span(self.run.state(*other)).1);
        later.into_iter().filter_map(|other| Some(&self.run.state(other).checked.as_ref()?.contents)).collect()
    }

    /// Was nobody else at work in its place during any attempt at this piece of work, and is of all what came of them known?
    fn worked_apart(&self, ix: Ix) -> bool {
        let attempts = &self.run.state(ix).attempts;
        let first = attempts.iter().rposition(|a| matches!(a.cause, Cause::First | Cause::Reset)).unwrap_or(0);
        let is_known = |attempt: &Attempt| attempt.ended.is_none() || attempt.failure.is_some();
        attempts[first..].iter().all(|attempt| is_known(attempt) && self.was_alone(ix, attempt))
    }

    fn was_alone(&self, ix: Ix, attempt: &Attempt) -> bool {
        let place = self.place_of(ix);
        let time = (attempt.started, attempt.ended.unwrap_or(Timestamp(u64::MAX)));
        let mut others = self.run.graph().iter().filter(|other| *other != ix && self.worked_during(*other, time));
        !others.any(|other| self.place_of(other) == place)
    }
}

/// One attempt more, which changed `more`.
fn add(own: &mut BTreeMap<String, Contents>, more: &BTreeMap<String, Contents>) {
    for (path, c) in more {
        own.entry(path.clone()).and_modify(|known| known.after.clone_from(&c.after)).or_insert_with(|| c.clone());
    }
}

/// Somebody else changed some of that in between.
fn goes_on(own: &mut BTreeMap<String, Contents>, others: &BTreeMap<String, Contents>) {
    for (path, known) in own {
        if let Some(theirs) = others.get(path) {
            known.after.clone_from(&theirs.after);
        }
    }
}

fn how(contents: &Contents) -> How {
    match (&contents.before, &contents.after) {
        (None, _) => How::Added,
        (_, None) => How::Deleted,
        (Some(_), Some(_)) => How::Modified,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(all: &[&str]) -> BTreeMap<String, Contents> {
        let id = |text: &str| Some(text.to_owned()).filter(|_| text != "-");
        let parts = all.iter().map(|line| line.split(' ').collect::<Vec<_>>());
        parts
            .map(|p| (p[0].to_owned(), Contents { before: id(p[1]), after: id(p[2]), ..Contents::default() }))
            .collect()
    }

    /// What is known after two attempts, with another in between.
    fn known(first: &[&str], other: &[&str], again: &[&str]) -> Vec<String> {
        let mut own = contents(first);
        goes_on(&mut own, &contents(other));
        add(&mut own, &contents(again));
        let id = |c: &Option<String>| c.clone().unwrap_or_else(|| "-".to_owned());
        own.iter().map(|(path, c)| format!("{path} {} {}", id(&c.before), id(&c.after))).collect()
    }

    #[test]
    fn what_attempts_did_is_their_own_whoever_comes_in_between() {
        for (first, other, again, expected) in [
            (&["x 0 1"][..], &[][..], &[][..], &["x 0 1"][..]),
            (&["x 0 1"], &["x 1 2", "y - 1"], &[], &["x 0 2"]),
            (&["x 0 1"], &["x 1 0"], &[], &["x 0 0"]),
            (&["x 0 1"], &["x 1 2"], &["x 2 0"], &["x 0 0"]),
            (&["x 0 1"], &[], &["x 1 2", "z - 1"], &["x 0 2", "z - 1"]),
            (&[], &["y - 1"], &["y 1 -"], &["y 1 -"]),
        ] {
            assert_eq!(known(first, other, again), expected, "{first:?} {other:?} {again:?}");
        }
    }
}
