//! Several in one tree at the same time: whose the changes are, as far as that can be said when one of them ends. Pure.

use std::collections::{BTreeMap, BTreeSet};

use mission_compiler::graph::Ix;
use mission_compiler::workflow::{Changes, Verb};

use super::contest::{self, Stay, Worker};
use super::judge::{self, Beside, Said, Whose};
use super::paths::Name;
use super::{MOST, has_view, names, span};
use crate::decide::Core;
use crate::decide::port::{Facts, Seen};
use crate::event::{Cause, Checked, Contents, Failure, Finding, FindingKind, Timestamp, Touched, Weight};

impl Core {
    /// Whose the changes are that were seen. Of a group that shares a tree the last one to end answers for what nobody names.
    pub(super) fn whose(&self, ix: Ix, said: &Said, facts: &Facts, beside: &[(Ix, Beside)]) -> Result<Whose, Failure> {
        let place = self.place_of(ix);
        if has_view(facts) || !beside.iter().any(|(_, b)| b.place == place) {
            return Ok(Whose::Mine { claims: self.claims(ix)? });
        }
        let Some(Ok(seen)) = &facts.seen else { return Ok(Whose::Nobodys) };
        let together = seen.together.as_ref();
        let mut changed: BTreeSet<Touched> =
            together.map_or(&seen.changed, |all| &all.changed).iter().cloned().collect();
        let (mut named, mut claims) = (said.files.clone(), Some(Vec::new()));
        let (mut others, mut mute, mut contents) = (Vec::new(), Vec::new(), seen.contents.clone());
        for member in self.group(ix, place.as_ref()) {
            let state = self.run.state(member);
            if !state.phase.settled() {
                return Ok(Whose::Nobodys);
            }
            let name = self.id(member);
            if let Some(known) = &state.checked {
                if !together.is_some_and(|all| all.others.contains(&name)) {
                    changed.extend(known.changed.iter().cloned());
                }
                let other = known.contents.iter().filter(|(path, _)| !seen.contents.contains_key(*path));
                contents.extend(other.map(|(path, c)| (path.clone(), c.clone())));
            }
            match (&self.run.graph().node(member).def.handoff, &state.output) {
                (Some(handoff), Some(output)) => merge(&mut named, self.said(member, handoff, output)?.files),
                (Some(_), None) => mute.push(name.clone()),
                (None, _) => named = None,
            }
            others.push(name);
            merge(&mut claims, Some(self.claims(member)?).filter(|globs| !globs.is_empty()));
        }
        merge(&mut claims, Some(self.claims(ix)?).filter(|globs| !globs.is_empty()));
        Ok(Whose::Ours { others, mute, changed: changed.into_iter().collect(), contents, named, claims })
    }

    /// Whether something of what it names is known to be its own, and, now that it has ended, of what others name.
    pub(super) fn contested(
        &self,
        ix: Ix,
        said: &Said,
        facts: &Facts,
        beside: &[(Ix, Beside)],
    ) -> Result<Vec<Finding>, Failure> {
        let Some(Ok(seen)) = &facts.seen else { return Ok(Vec::new()) };
        if seen.view {
            return Ok(judge::met(seen));
        }
        let place = self.place_of(ix);
        let last = self.worker(ix, said, &seen.place, &contents(Some(said), facts, seen))?;
        let is_shared = beside.iter().any(|(_, b)| b.place == place && !b.action);
        let mut findings = if is_shared { judge::trespass(&last) } else { Vec::new() };
        findings.extend(self.overwritten(ix, Some(&last), seen)?);
        let before: Vec<Worker> = self.stays(ix, &seen.place)?.into_iter().filter_map(|stay| stay.worker).collect();
        findings.extend(judge::contested(&contest::contested(&last, &before), &last.node));
        Ok(findings)
    }

    /// Files that changed once more after those had ended who name them. `last`: what the node says itself; `None`: nothing
    /// acceptable. As long as somebody works there, what changed may be named yet.
    pub(super) fn overwritten(&self, ix: Ix, last: Option<&Worker>, seen: &Seen) -> Result<Vec<Finding>, Failure> {
        let mut stays = self.stays(ix, &seen.place)?;
        if stays.iter().any(|stay| stay.works) {
            return Ok(Vec::new());
        }
        let others: Vec<String> = stays.iter().map(|stay| stay.node.clone()).collect();
        let reverted = |owner: &str, path: &str| {
            let together = seen.together.as_ref().filter(|all| all.others.contains(owner));
            together.is_some_and(|all| all.changed.iter().all(|touched| touched.path != path))
        };
        let told = |owner: &str, path: &str| self.was_told(ix, owner, path);
        stays.push(Stay {
            node: self.id(ix),
            end: span(self.run.state(ix)).1,
            files: seen.contents.clone(),
            worker: last.cloned(),
            works: false,
            asked: self.is_asked(ix),
        });
        let (mut sure, mut open) = (Vec::new(), Vec::new());
        let mut mute = BTreeSet::new();
        for (end, line) in contest::overwritten(&stays, &reverted, &told) {
            let later = || stays.iter().filter(|stay| end < stay.end);
            let silent: Vec<String> =
                later().filter(|stay| stay.worker.is_none()).map(|stay| stay.node.clone()).collect();
            if later().any(|stay| !stay.asked) {
                // It need not name what it changes.
            } else if silent.is_empty() {
                sure.push(line);
            } else {
                mute.extend(silent);
                open.push(line);
            }
        }
        Ok(judge::overwritten((sure, open), &others, &mute.into_iter().collect::<Vec<_>>()))
    }

    /// What came of the attempt before, of the same piece of work.
    pub(super) fn checked_before(&self, ix: Ix) -> Option<&Checked> {
        let state = self.run.state(ix);
        let is_again = state.attempts.last().is_some_and(|last| !matches!(last.cause, Cause::First | Cause::Reset));
        state.checked.as_ref().filter(|_| is_again)
    }

    /// Was the attempt before accused? Whoever then says nothing takes nothing of that back.
    pub(super) fn is_accused(&self, ix: Ix) -> bool {
        let is_heavy = |finding: &Finding| finding.weight >= Weight::Contradiction;
        self.checked_before(ix).is_some_and(|checked| checked.findings.iter().any(is_heavy))
    }

    /// How this was told of the attempt before, of the same piece of work: who is asked again works alone, and what was seen of the
    /// others then is not seen any more.
    fn was_told(&self, ix: Ix, owner: &str, path: &str) -> Option<&'static str> {
        let lines = self
            .checked_before(ix)?
            .findings
            .iter()
            .filter(|f| f.kind == FindingKind::NotNamed)
            .flat_map(|f| &f.evidence);
        let lines: Vec<&String> = lines.collect();
        ["M", "D"].into_iter().find(|how| lines.contains(&&contest::again(how, path, owner)))
    }

    /// The others with whom the node shared the tree at `place`, directly or through others.
    fn stays(&self, ix: Ix, place: &str) -> Result<Vec<Stay>, Failure> {
        let group = self.group(ix, self.place_of(ix).as_ref());
        let is_action = |other: &Ix| matches!(self.run.graph().node(*other).def.verb, Verb::Uses { .. });
        let stay = |other: Ix| {
            let state = self.run.state(other);
            let handoff = self.run.graph().node(other).def.handoff.as_ref();
            let files = state.checked.as_ref().map(|checked| checked.contents.clone()).unwrap_or_default();
            let worker = match (handoff, state.phase.settled(), &state.output) {
                (Some(handoff), true, Some(output)) => {
                    Some(self.worker(other, &self.said(other, handoff, output)?, place, &files)?)
                }
                _ => None,
            };
            let (works, end) = (!state.phase.settled(), span(state).1);
            Ok(Stay { node: self.id(other), end, files, worker, works, asked: self.is_asked(other) })
        };
        group.into_iter().filter(|other| !is_action(other)).map(stay).collect()
    }

    /// Is it asked which files it changed?
    pub(super) fn is_asked(&self, ix: Ix) -> bool {
        self.run.graph().node(ix).def.handoff.as_ref().is_some_and(|handoff| handoff.files.is_some())
    }

    fn worker(&self, ix: Ix, said: &Said, place: &str, seen: &BTreeMap<String, Contents>) -> Result<Worker, Failure> {
        let (state, named) = (self.run.state(ix), names(said, place));
        let span = span(state);
        let is_named = |path: &String| named.iter().any(|name: &Name| name.covers(path));
        Ok(Worker {
            node: self.id(ix),
            span,
            files: seen.iter().filter(|(path, _)| is_named(path)).map(|(p, c)| (p.clone(), c.clone())).collect(),
            named,
            claims: self.claims(ix)?,
            must_own: said.done && said.changes == Changes::Expected,
            worked_before: state.attempts.first().is_some_and(|first| first.started < span.0),
        })
    }

    /// The others with whom the node shared the tree at `place`, directly or through others.
    fn group(&self, ix: Ix, place: Option<&String>) -> Vec<Ix> {
        let (mut from, to) = span(self.run.state(ix));
        let mut group = BTreeSet::new();
        loop {
            let more: Vec<Ix> = self
                .run
                .graph()
                .iter()
                .filter(|&other| other != ix && !group.contains(&other) && self.worked_during(other, (from, to)))
                .filter(|&other| self.place_of(other).as_ref() == place)
                .collect();
            if more.is_empty() {
                return group.into_iter().collect();
            }
            from = more.iter().map(|other| span(self.run.state(*other)).0).fold(from, Timestamp::min);
            group.extend(more);
        }
    }
}

/// What the files that changed were before and after, of very many first those that it names, with those that its events told of.
pub(super) fn contents(said: Option<&Said>, facts: &Facts, seen: &Seen) -> BTreeMap<String, Contents> {
    let named = said.map(|said| names(said, &seen.place)).unwrap_or_default();
    let written: Vec<Name> = facts.writes.iter().map(|name| Name::new(name, &seen.place)).collect();
    let told = |path: &String| written.iter().any(|name| name.as_written() == path);
    let is_named = |path: &String| named.iter().any(|name| name.covers(path));
    let (first, rest): (Vec<_>, Vec<_>) = seen.contents.iter().partition(|(path, _)| is_named(path));
    let files = first.into_iter().chain(rest).take(MOST);
    files.map(|(path, c)| (path.clone(), Contents { told: told(path), named: is_named(path), ..c.clone() })).collect()
}

fn merge(all: &mut Option<Vec<String>>, more: Option<Vec<String>>) {
    match (all.as_mut(), more) {
        (Some(all), Some(more)) => all.extend(more),
        _ => *all = None,
    }
}
