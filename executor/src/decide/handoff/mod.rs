//! `handoff:`: what a result says, held against what was seen of its attempt. Pure; what was seen comes with the input.

mod again;
mod commands;
mod contest;
mod judge;
mod kept;
pub(crate) mod moved;
pub(crate) mod paths;
mod shared;
mod shell;

use std::collections::BTreeMap;

use mission_compiler::graph::{Ix, Shape};
use mission_compiler::template::{Data, Expr};
use mission_compiler::workflow::{Changes, Handoff, Mismatch, Setting, Verb};

use super::Core;
use super::port::{Ended, Exit, Facts};
use crate::event::{
    Cause, Checked, Contents, Event, Failure, FailureClass, Finding, FindingKind, Left, Timestamp, Touched, Weight,
};
use crate::run::NodeState;
use crate::runs::AttemptPath;
use judge::{Beside, Said};
use paths::Name;

/// Most changed files that are recorded one by one.
const MOST: usize = 1_000;

/// Actions that write nothing, notes of the engine included: whatever changed beside them was done by somebody else.
pub(crate) const ONLY_LOOK: [&str; 3] = ["checks.detect", "checks.guard", "git.head"];

/// The word of an attempt does not hold.
pub(super) struct Contradicted {
    /// What is wrong, with every reason.
    pub(super) failure: Failure,
    /// Another answer could put it right.
    pub(super) of_words: bool,
}

/// What an attempt said.
#[derive(Clone, Copy)]
pub(super) enum Word<'o> {
    /// This result, which is acceptable.
    Given(&'o Data),
    /// Nothing acceptable, and it is tried or asked again: what it did may be put right.
    NotYet,
    /// Nothing acceptable, and that was the last attempt.
    Never,
}

impl Core {
    /// Records what came of holding the attempt, which said `word`, against the facts.
    pub(super) fn contradicted(&mut self, ix: Ix, ended: &Ended, word: Word<'_>) -> Option<Contradicted> {
        let def = std::sync::Arc::clone(&self.run.graph().node(ix).def);
        let handoff = def.handoff.as_ref()?;
        let output = if let Word::Given(output) = word { Some(output) } else { None };
        let judged = output.map(|output| Ok((self.said(ix, handoff, output)?, self.mismatch(ix, handoff, output)?)));
        let judged = match judged.transpose() {
            Ok(judged) => judged,
            Err(failure) => return Some(Contradicted { failure, of_words: false }),
        };
        let mut beside = self.beside(ix);
        let said = judged.as_ref().map(|(said, _)| said);
        let others: Vec<Beside> = beside.iter().map(|(_, b)| b.clone()).collect();
        let mut findings = self.deeds(ix, &ended.facts, output, &others);
        // Who came in between its attempts has nothing to do with what it changed.
        let apart = self.seen_apart(ix, &ended.facts, &others);
        let (facts, touched) = match &apart {
            Some((facts, touched)) => (facts, Some(touched)),
            None => (&*ended.facts, None),
        };
        if apart.is_some() {
            let place = self.place_of(ix);
            beside.retain(|(_, b)| b.place != place);
        }
        match self.findings(ix, (facts, touched), (word, said), &beside) {
            Ok(all) => findings.extend(all),
            Err(failure) => return Some(Contradicted { failure, of_words: false }),
        }
        if judged.is_none() && findings.is_empty() {
            let known = self.known_so_far(ix, &ended.facts).filter(|_| matches!(word, Word::NotYet));
            if let Some(checked) = known {
                let node = self.id(ix);
                self.emit(Event::HandoffChecked { node, attempt: ended.attempt, checked });
            }
            return None;
        }
        let mismatch = match &judged {
            Some((_, mismatch)) => *mismatch,
            None => self.mismatch(ix, handoff, &Data::null()).unwrap_or(Mismatch::Fail),
        };
        let mut checked = self.checked(ix, facts, &beside, findings, mismatch);
        let is_asked = handoff.files.is_some() || handoff.keeps.is_some() || !checked.shared.is_empty();
        if let (Some(Ok(seen)), true) = (&facts.seen, is_asked) {
            checked.contents = shared::contents(said, facts, seen);
            checked.tree = Some(seen.tree.clone()).filter(|_| handoff.files.is_some());
        }
        let wrong = failing(&checked);
        let goes_on = wrong.as_ref().map_or(matches!(word, Word::NotYet), |wrong| wrong.of_words);
        if goes_on {
            checked.own = self.own_now(ix, &ended.facts).unwrap_or_default();
        }
        let node = self.id(ix);
        self.emit(Event::HandoffChecked { node, attempt: ended.attempt, checked });
        wrong
    }

    /// What it did that no node may do.
    fn deeds(&self, ix: Ix, facts: &Facts, output: Option<&Data>, beside: &[Beside]) -> Vec<Finding> {
        let worktree = self.place_of(ix);
        let place = judge::Place { worktree: worktree.as_deref(), may_commit: !self.commits_nothing(ix, output) };
        judge::deeds(facts, &place, beside, self.nobodys_files(ix, facts, beside))
    }

    /// Is it a command of which the workflow says that it makes no commit?
    fn commits_nothing(&self, ix: Ix, output: Option<&Data>) -> bool {
        let def = &self.run.graph().node(ix).def;
        let commits = def.handoff.as_ref().and_then(|handoff| handoff.commits.as_ref());
        let Some(commits) = commits.filter(|_| matches!(def.verb, Verb::Run(_))) else { return false };
        let scope = self.own_scope(ix, commits.uses(), output.unwrap_or(&Data::null()));
        commits.eval(&scope).is_ok_and(|value| value.items().is_some_and(|items| items.is_empty()))
    }

    /// What is `said`, held against the facts, and whose work is gone. `touched`: what its attempts wrote to, if others came in between.
    fn findings(
        &self,
        ix: Ix,
        (facts, touched): (&Facts, Option<&BTreeMap<String, Contents>>),
        (word, said): (Word<'_>, Option<&Said>),
        beside: &[(Ix, Beside)],
    ) -> Result<Vec<Finding>, Failure> {
        let mut findings = Vec::new();
        let others: Vec<Beside> = beside.iter().map(|(_, b)| b.clone()).collect();
        if let Some(said) = said {
            findings.extend(judge::words(said, facts, &self.whose(ix, said, facts, beside)?, &others));
            if touched.is_none() {
                findings.extend(self.contested(ix, said, facts, beside)?);
            }
        }
        let Some(Ok(seen)) = &facts.seen else { return Ok(findings) };
        // Whoever says nothing has undone it all the same.
        if !matches!(word, Word::NotYet) {
            let output = if let Word::Given(output) = word { Some(output) } else { None };
            let keeps = self.run.graph().node(ix).def.handoff.as_ref().and_then(|handoff| handoff.keeps.as_ref());
            let mut kept = keeps.map_or(Ok(Vec::new()), |keeps| self.kept(ix, keeps, output))?;
            let place = self.place_of(ix);
            let alone = has_view(facts) || !others.iter().any(|b| b.place == place);
            if alone {
                kept.extend(self.alike(ix));
            }
            if matches!(word, Word::Never) && alone && self.only_looks(ix) {
                findings.extend(judge::changed_anyway(seen));
            }
            findings.extend(self.undone(ix, &kept, said, (seen, touched))?);
        }
        if said.is_none() && !self.is_accused(ix) && !has_view(facts) {
            findings.extend(self.overwritten(ix, None, seen)?);
        }
        Ok(findings)
    }

    fn checked(
        &self,
        ix: Ix,
        facts: &Facts,
        beside: &[(Ix, Beside)],
        findings: Vec<Finding>,
        mismatch: Mismatch,
    ) -> Checked {
        let changed: &[Touched] = match &facts.seen {
            Some(Ok(seen)) => &seen.changed,
            Some(Err(_)) | None => &[],
        };
        let place = self.place_of(ix);
        let is_shared = |b: &Beside| b.place == place && !b.action && !has_view(facts);
        let shared: Vec<String> = beside.iter().filter(|(_, b)| is_shared(b)).map(|(_, b)| b.node.clone()).collect();
        let near = place.is_some() && !facts.apart && beside.iter().any(|(_, b)| !b.action);
        let exposed = near || !shared.is_empty();
        let softened = mismatch == Mismatch::Report && findings.iter().any(|f| f.weight == Weight::Contradiction);
        let more = u32::try_from(changed.len().saturating_sub(MOST)).unwrap_or(u32::MAX);
        let changed = changed.iter().take(MOST).cloned().collect();
        Checked { changed, more, shared, exposed, findings, softened, ..Checked::default() }
    }

    fn said(&self, ix: Ix, handoff: &Handoff, output: &Data) -> Result<Said, Failure> {
        let done = match &handoff.done {
            Some(done) => {
                done.eval_bool(&self.own_scope(ix, done.uses(), output)).map_err(|e| wrong("handoff.done", &e))?
            }
            None => true,
        };
        let list = |field, expr: &Option<Expr>| -> Result<Option<Vec<String>>, Failure> {
            let Some(expr) = expr else { return Ok(None) };
            let value = expr.eval(&self.own_scope(ix, expr.uses(), output)).map_err(|e| wrong(field, &e))?;
            Ok(value.items().map(|items| items.iter().map(Data::to_text).collect()))
        };
        let files = list("handoff.files", &handoff.files)?;
        let silent = done && handoff.files.is_some() && files.is_none();
        Ok(Said {
            done,
            files: files.or_else(|| silent.then(Vec::new)),
            silent,
            commands: list("handoff.commands", &handoff.commands)?,
            commits: list("handoff.commits", &handoff.commits)?,
            changes: self.word(ix, "handoff.changes", &handoff.changes, output, Changes::parse)?,
        })
    }

    /// Is it to change nothing, also where it gives no result? What only a result could tell does not say so.
    fn only_looks(&self, ix: Ix) -> bool {
        let def = &self.run.graph().node(ix).def;
        let changes = def.handoff.as_ref().map(|handoff| &handoff.changes);
        let word = changes.map(|changes| self.word(ix, "handoff.changes", changes, &Data::null(), Changes::parse));
        matches!(word, Some(Ok(Changes::None)))
    }

    fn mismatch(&self, ix: Ix, handoff: &Handoff, output: &Data) -> Result<Mismatch, Failure> {
        self.word(ix, "handoff.mismatch", &handoff.mismatch, output, Mismatch::parse)
    }

    fn word<T: Copy>(
        &self,
        ix: Ix,
        field: &str,
        setting: &Setting<T>,
        output: &Data,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Failure> {
        let template = match setting {
            Setting::Fixed(value) => return Ok(*value),
            Setting::Computed(template) => template,
        };
        let text = template.render_text(&self.own_scope(ix, &template.uses(), output)).map_err(|e| wrong(field, &e))?;
        parse(&text).ok_or_else(|| {
            Failure::new(FailureClass::Expression, format!("`{field}` is `{text}`, which is none of its words"))
        })
    }

    /// The worktree that the node asks for; `None`: it works in the user's own tree.
    pub(super) fn place_of(&self, ix: Ix) -> Option<String> {
        self.worktree(ix).ok().flatten().map(|spec| spec.path)
    }

    /// Everybody who worked while the node did, since it last began anew.
    fn beside(&self, ix: Ix) -> Vec<(Ix, Beside)> {
        let span = span(self.run.state(ix));
        let others = self.run.graph().iter().filter(|&other| other != ix && self.worked_during(other, span));
        others
            .map(|other| {
                let action = matches!(self.run.graph().node(other).def.verb, Verb::Uses { .. });
                (other, Beside { node: self.id(other), place: self.place_of(other), action })
            })
            .collect()
    }

    /// How worktrees were left in which nobody has begun to work since, also nobody who was lost.
    pub(crate) fn still_left(&self) -> Vec<Left> {
        self.run.left().filter(|left| !self.is_entered_since(&left.path)).cloned().collect()
    }

    fn is_entered_since(&self, path: &str) -> bool {
        let Some((last, at)) = self.run.last_in(path) else { return false };
        let works_there = |ix: Ix| self.place_of(ix).as_deref() == Some(path);
        let worked_since = |ix: Ix| {
            let mut attempts = self.run.state(ix).attempts.iter();
            attempts.any(|attempt| attempt.started >= at || attempt.ended.is_none_or(|end| at < end))
        };
        let mut others = self.run.graph().iter().filter(|&ix| *self.run.graph().node(ix).id != *last);
        others.any(|ix| worked_since(ix) && works_there(ix))
    }

    /// Nodes that were under way since the worktree that is asked for as `path` was left, but `ix` and who left it.
    pub(super) fn under_way_since_left(&self, ix: Ix, path: &str) -> Vec<Ix> {
        let Some((last, at)) = self.run.last_in(path) else { return Vec::new() };
        let span = (at, Timestamp(u64::MAX));
        let is_other = |other: &Ix| {
            let node = self.run.graph().node(*other);
            *other != ix && *node.id != *last && !matches!(node.def.verb, Verb::Uses { .. })
        };
        self.run.graph().iter().filter(|other| is_other(other) && self.worked_during(*other, span)).collect()
    }

    /// Was everything as it had been left elsewhere when the node had ended?
    fn is_cleared(&self, ix: Ix) -> bool {
        let state = self.run.state(ix);
        let tells = |finding: &Finding| matches!(finding.kind, FindingKind::Elsewhere | FindingKind::Unobservable);
        state.phase.settled() && state.checked.as_ref().is_some_and(|checked| !checked.findings.iter().any(tells))
    }

    /// An attempt that found a worktree otherwise than it had been left: that is recorded, with everybody who was under way since. Of
    /// those who were seen to leave it as it was, only if there is nobody else.
    pub(super) fn suspected(&mut self, ix: Ix, ended: &mut Ended) {
        let Exit::Failed(failure) = &mut ended.exit else { return };
        let Some(disturbed) = failure.disturbed.clone() else { return };
        let all = self.under_way_since_left(ix, &disturbed.path);
        let (cleared, open): (Vec<Ix>, Vec<Ix>) = all.into_iter().partition(|other| self.is_cleared(*other));
        let names: Vec<String> = if open.is_empty() { cleared } else { open }.into_iter().map(|i| self.id(i)).collect();
        let by = self.run.last_in(&disturbed.path).map_or("its work", |(node, _)| node);
        let who = judge::listed_names(" (under way since: ", &names);
        let say = format!("the worktree `{}` changed after `{by}` had ended{who}", disturbed.path);
        let finding = Finding::new(FindingKind::Elsewhere, Weight::Tampering, say, disturbed.what);
        failure.class = FailureClass::Contradicted;
        failure.reasons.insert(0, finding.line());
        let checked = Checked { findings: vec![finding], ..Checked::default() };
        self.emit(Event::HandoffChecked { node: self.id(ix), attempt: ended.attempt, checked });
    }

    fn worked_during(&self, ix: Ix, span: (Timestamp, Timestamp)) -> bool {
        let node = self.run.graph().node(ix);
        let looks = matches!(&node.def.verb, Verb::Uses { action, .. } if ONLY_LOOK.contains(&action.as_str()));
        node.shape == Shape::Leaf
            && !looks
            && self.run.state(ix).attempts.iter().any(|a| a.started < span.1 && a.ended.is_none_or(|end| span.0 < end))
    }

    /// Files of the run that changed and that nobody had to write: an attempt that has ended writes nothing any more, nor does the engine
    /// for it. Notes about git are written beside actions.
    fn nobodys_files(&self, ix: Ix, facts: &Facts, beside: &[Beside]) -> Vec<String> {
        let Some(Ok(seen)) = &facts.seen else { return Vec::new() };
        if seen.run_files.is_empty() {
            return seen.left.clone();
        }
        let (from, to) = span(self.run.state(ix));
        let (mut written, mut ended) = (Vec::new(), Vec::new());
        for other in self.run.graph().iter() {
            for attempt in &self.run.state(other).attempts {
                let Ok(path) = AttemptPath::new(&self.id(other), attempt.number) else { continue };
                let (log, folder) = (path.log().display().to_string(), format!("{}/", path.folder().display()));
                if attempt.started > to || attempt.ended.is_some_and(|end| end <= from) {
                    ended.extend([log, folder]);
                } else {
                    // What belongs to an attempt may also be of commands that it began: they are named after its node.
                    let own =
                        |whole: &str| whole.rsplit_once('/').map_or(String::new(), |(node, _)| format!("{node}/"));
                    written.extend([own(&log), own(folder.trim_end_matches('/'))]);
                }
            }
        }
        let acting = beside.iter().any(|b| b.action);
        let is_written = |line: &String| {
            let name = line.split_once(' ').map_or(line.as_str(), |(_, name)| name);
            let is_of = |all: &[String]| all.iter().any(|own| name.starts_with(own.as_str()));
            is_of(&written) && !is_of(&ended) || acting && name.starts_with("git/")
        };
        let others = seen.run_files.iter().filter(|line| !is_written(line) && !seen.left.contains(line));
        seen.left.iter().chain(others).cloned().collect()
    }
}

/// Did it work in a view of its own?
fn has_view(facts: &Facts) -> bool {
    matches!(&facts.seen, Some(Ok(seen)) if seen.view)
}

fn names(said: &Said, place: &str) -> Vec<Name> {
    said.files.iter().flatten().map(|name| Name::new(name, place)).collect()
}

fn wrong(field: &str, error: &mission_compiler::template::EvalError) -> Failure {
    Failure::new(FailureClass::Expression, format!("`{field}`: {error}"))
}

/// From when the node last began anew to the end of its last attempt.
fn span(state: &NodeState) -> (Timestamp, Timestamp) {
    let anew = |cause: Cause| matches!(cause, Cause::First | Cause::Reset);
    let first = state.attempts.iter().rev().find(|a| anew(a.cause)).or(state.attempts.first());
    let last = state.attempts.last();
    let end = last.map_or(Timestamp(0), |a| a.ended.unwrap_or(Timestamp(u64::MAX)));
    (first.map_or(Timestamp(0), |a| a.started), end)
}

/// The failure that the findings make, if they make one.
fn failing(checked: &Checked) -> Option<Contradicted> {
    let least = if checked.softened { Weight::Tampering } else { Weight::Contradiction };
    let wrong: Vec<&Finding> = checked.findings.iter().filter(|f| f.weight >= least).collect();
    let first = wrong.iter().max_by_key(|f| f.weight)?;
    let what = if first.weight == Weight::Tampering {
        "something changed that no node may change"
    } else {
        "the result contradicts what happened"
    };
    let mut kinds: Vec<&str> = wrong.iter().map(|f| f.kind.word()).collect();
    kinds.dedup();
    let mut reasons: Vec<String> = wrong.iter().map(|f| f.line()).collect();
    let of_words = wrong.iter().all(|f| f.kind.is_of_words() && f.weight == Weight::Contradiction);
    if !of_words {
        reasons.push(
            "help: look at it; if it was you and not the agent, `mission resume` begins the node anew".to_owned(),
        );
    }
    let failure =
        Failure { reasons, ..Failure::new(FailureClass::Contradicted, format!("{what} ({})", kinds.join(", "))) };
    Some(Contradicted { failure, of_words })
}
