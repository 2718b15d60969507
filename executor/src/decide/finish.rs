//! What an ended attempt means: done, asked again, tried again, or failed. Nothing is believed that was not checked. Pure.

use std::collections::BTreeSet;

use mission_compiler::expand::{is_key, malformed};
use mission_compiler::facts::bind_item;
use mission_compiler::graph::Ix;
use mission_compiler::template::{Data, Expr, Scope};
use mission_compiler::workflow::{Assert, KeyCheck, Millis, Verb};
use serde_json::Value;

use super::handoff::{Contradicted, Word};
use super::port::{Ended, Exit};
use super::{Core, Stopping, next_cause};
use crate::event::{Cause, Event, Failure, FailureClass, Timestamp, Usage};
use crate::reply;

/// Longest wait between two attempts.
const LONGEST_BACKOFF: u64 = 3_600_000;

/// The limit that passed, as its key in the workflow says it.
fn limit(key: &str, millis: Option<u64>) -> String {
    millis.map_or_else(String::new, |millis| format!(" (`{key}: {}`)", Millis(millis)))
}

impl Core {
    pub(super) fn ended(&mut self, mut ended: Ended) {
        let Some(ix) = self.run.graph().find(&ended.node) else { return };
        let stopping = match self.live.get(&ix) {
            Some(live) if live.attempt == ended.attempt => live.stopping,
            _ => return,
        };
        let live = self.live.remove(&ix);
        let (timeout, idle) = live.as_ref().map_or((None, None), |live| (live.timeout, live.idle));
        self.warm.extend(live.and_then(|live| live.agent).map(|agent| agent.name));
        self.suspected(ix, &mut ended);
        let ended = &ended;
        self.left(ix, ended);
        match stopping {
            Some(Stopping::Cancel) => {
                let node = self.id(ix);
                self.emit(Event::NodeCancelled { node, usage: ended.usage.clone() });
            }
            Some(Stopping::Interrupt) => {
                let node = self.id(ix);
                let reason = self.interrupted.clone().unwrap_or_default();
                self.emit(Event::NodeLost { node, attempt: ended.attempt, reason, usage: ended.usage.clone() });
            }
            Some(Stopping::Timeout) => {
                let message = format!("the time limit passed{}", limit("timeout", timeout));
                self.late(ix, ended, FailureClass::Timeout, &message);
            }
            Some(Stopping::Idle) => {
                let message = format!("no output and no progress for too long{}", limit("idle", idle));
                self.late(ix, ended, FailureClass::Idle, &message);
            }
            None => self.ended_by_itself(ix, ended),
        }
    }

    /// Records how the attempt left its worktree. That nobody looked matters only where somebody had looked before.
    fn left(&mut self, ix: Ix, ended: &Ended) {
        let Some(left) = &ended.facts.left else { return };
        if left.tree.is_some() || self.run.left().any(|known| known.path == left.path) {
            self.emit(Event::WorktreeLeft { node: self.id(ix), attempt: ended.attempt, left: left.clone() });
        }
    }

    fn late(&mut self, ix: Ix, ended: &Ended, class: FailureClass, message: &str) {
        let failure = Failure { log_tail: tail(ended), ..Failure::new(class, message) };
        self.failed(ix, ended, failure);
    }

    fn ended_by_itself(&mut self, ix: Ix, ended: &Ended) {
        let def = std::sync::Arc::clone(&self.run.graph().node(ix).def);
        let value = match &ended.exit {
            Exit::Code(0) => {
                let is_agent = matches!(def.verb, Verb::Agent { .. });
                let schema = def.output.contract.as_ref().map(mission_compiler::contract::Contract::schema);
                reply::extract(def.output.from, is_agent, schema, &ended.reply)
            }
            Exit::Value(value) => Ok(value.clone()),
            Exit::Code(code) => Err(Failure {
                exit_code: Some(*code),
                log_tail: tail(ended),
                ..Failure::new(FailureClass::Exit, format!("exit code {code}"))
            }),
            Exit::Signal(signal) => Err(Failure {
                log_tail: tail(ended),
                ..Failure::new(FailureClass::Signal, format!("ended by signal {signal}"))
            }),
            Exit::NotStarted(why) => {
                Err(Failure::new(FailureClass::StartFailed, format!("could not be started: {why}")))
            }
            Exit::Failed(failure) => Err(failure.clone()),
            Exit::NoSession(why) => {
                let (node, attempt, reason) = (self.id(ix), ended.attempt, why.clone());
                return self.emit(Event::NodeLost { node, attempt, reason, usage: ended.usage.clone() });
            }
        };
        let value = match value {
            Ok(value) => value,
            Err(failure) => return self.failed(ix, ended, failure),
        };
        match self.accept(ix, value) {
            Ok(value) => match self.contradicted(ix, ended, Word::Given(&value)) {
                None => self.verdict(ix, ended.attempt, value, ended.usage.clone()),
                Some(Contradicted { failure, of_words }) => self.over(ix, ended, failure, of_words),
            },
            Err(reasons) => {
                let message =
                    reasons.first().map_or_else(String::new, |first| format!("the result is not acceptable: {first}"));
                self.failed(ix, ended, Failure { reasons, ..Failure::new(FailureClass::InvalidOutput, message) });
            }
        }
    }

    /// An attempt without an acceptable result. If it also did what no node may do, that weighs more.
    fn failed(&mut self, ix: Ix, ended: &Ended, failure: Failure) {
        let answerable = matches!(failure.class, FailureClass::InvalidOutput | FailureClass::NoResult);
        let goes_on =
            self.parks(ix, &failure) || self.is_asked_again(ix, answerable) || self.is_tried_again(ix, &failure);
        match self.contradicted(ix, ended, if goes_on { Word::NotYet } else { Word::Never }) {
            None => self.over(ix, ended, failure, answerable),
            Some(Contradicted { failure: mut worse, .. }) => {
                worse.reasons.push(format!("the attempt itself: {}", failure.message));
                worse.exit_code = failure.exit_code;
                worse.log_tail = failure.log_tail;
                self.over(ix, ended, worse, false);
            }
        }
    }

    /// The failure of a node that is over. Who was told that its word does not hold, and then gave no other, has not put it right.
    fn with_broken_word(&self, ix: Ix, failure: Failure) -> Failure {
        let attempts = &self.run.state(ix).attempts;
        let anew = attempts.iter().rposition(|a| matches!(a.cause, Cause::First | Cause::Reset)).unwrap_or(0);
        let mut failures = attempts[anew..].iter().rev().filter_map(|a| a.failure.as_ref());
        let broken = failures.find(|f| f.class == FailureClass::Contradicted);
        match broken.filter(|_| failure.class != FailureClass::Contradicted) {
            Some(broken) => {
                let again = format!("asked again, the attempt itself: {}", failure.message);
                let reasons = broken.reasons.iter().cloned().chain([again]).chain(failure.reasons).collect();
                Failure { class: broken.class, message: broken.message.clone(), reasons, ..failure }
            }
            None => failure,
        }
    }

    /// An attempt without success: asked again if it is `answerable`, tried again, or over.
    fn over(&mut self, ix: Ix, ended: &Ended, failure: Failure, answerable: bool) {
        if self.park(ix, ended, &failure) {
            return;
        }
        let reask = self.is_asked_again(ix, answerable);
        if !reask && !self.is_tried_again(ix, &failure) {
            let failure = self.with_broken_word(ix, failure);
            return self.finished(ix, ended.attempt, None, Some(failure), ended.usage.clone());
        }
        let backoff_of = |first| backoff(first, self.run.state(ix).retries);
        let delay = if reask { 0 } else { backoff_of(self.run.graph().node(ix).def.retry.backoff) };
        if reask {
            let mut errors = failure.reasons.clone();
            if errors.is_empty() {
                errors.push(failure.message.clone());
            }
            self.refused.insert(ix, (said(&ended.reply), errors));
        }
        let (node, usage) = (self.id(ix), ended.usage.clone());
        let not_before = Timestamp(self.now.0.saturating_add(delay));
        let next = next_cause(reask);
        self.emit(Event::NodeRetrying { node, attempt: ended.attempt, failure, not_before, next, usage });
        if delay == 0 {
            self.ready.insert(ix);
        }
    }

    /// Is there another answer to be had of it, and is it `answerable`?
    fn is_asked_again(&self, ix: Ix, answerable: bool) -> bool {
        let def = &self.run.graph().node(ix).def;
        matches!(def.verb, Verb::Agent { .. }) && answerable && self.run.state(ix).reasks < def.output.repair
    }

    /// Does `retry` allow another attempt after this failure?
    fn is_tried_again(&self, ix: Ix, failure: &Failure) -> bool {
        let retry = &self.run.graph().node(ix).def.retry;
        self.run.state(ix).retries < retry.max
            && match failure.class {
                FailureClass::Exit | FailureClass::Signal | FailureClass::StartFailed | FailureClass::Provider => {
                    retry.crash
                }
                FailureClass::Timeout | FailureClass::Idle => retry.timeout,
                FailureClass::RateLimit => retry.rate_limit,
                FailureClass::NoResult
                | FailureClass::InvalidOutput
                | FailureClass::Contradicted
                | FailureClass::Verdict
                | FailureClass::Expression
                | FailureClass::Body
                | FailureClass::Action
                | FailureClass::Auth
                | FailureClass::Quota
                | FailureClass::ContextOverflow
                | FailureClass::Budget => false,
            }
    }

    /// Schema, defaults, keys of later maps, asserts.
    pub(super) fn accept(&self, ix: Ix, value: Value) -> Result<Data, Vec<String>> {
        let def = &self.run.graph().node(ix).def;
        judge_value(value, def.output.contract.as_ref(), &def.asserts, &def.keys, &|assert, output| {
            self.own_scope(ix, &assert_uses(assert), output)
        })
    }

    /// `pass_when` and `partial_when` over an acceptable output.
    pub(super) fn verdict(&mut self, ix: Ix, attempt: u32, output: Data, usage: Usage) {
        match self.fault(ix, &output) {
            None => self.finished(ix, attempt, Some(output), None, usage),
            Some(Fault::Failed(failure)) => self.finished(ix, attempt, Some(output), Some(failure), usage),
            Some(Fault::Partial(failure)) => self.left_open(ix, attempt, output, failure, usage),
        }
    }

    /// What the node's own verdicts say against `output`.
    fn fault(&self, ix: Ix, output: &Data) -> Option<Fault> {
        let def = &self.run.graph().node(ix).def;
        let holds = |expr: &Expr| expr.eval_bool(&self.own_scope(ix, expr.uses(), output));
        let broken = |key: &str, e| Fault::Failed(Failure::new(FailureClass::Expression, format!("`{key}`: {e}")));
        match def.pass_when.as_ref().map(holds) {
            None | Some(Ok(true)) => {}
            Some(Ok(false)) => return Some(Fault::Failed(self.said_of(ix, output, "the verdict is: not passed"))),
            Some(Err(e)) => return Some(broken("pass_when", e)),
        }
        match def.partial_when.as_ref().map(holds) {
            None | Some(Ok(false)) => None,
            Some(Ok(true)) => Some(Fault::Partial(self.said_of(ix, output, "something is missing"))),
            Some(Err(e)) => Some(broken("partial_when", e)),
        }
    }

    /// A verdict against the node, in its own words if it has some, else in these.
    fn said_of(&self, ix: Ix, output: &Data, otherwise: &str) -> Failure {
        let def = &self.run.graph().node(ix).def;
        let said = def.say.as_ref().map(|say| say.render_text(&self.own_scope(ix, &say.uses(), output)));
        let message = match said {
            None => otherwise.to_owned(),
            Some(Ok(text)) => text,
            Some(Err(e)) => format!("{otherwise} (`say`: {e})"),
        };
        Failure::new(FailureClass::Verdict, message)
    }
}

/// What a verdict says against a node.
enum Fault {
    /// It has failed.
    Failed(Failure),
    /// It is done, and the run is partial.
    Partial(Failure),
}

fn assert_uses(assert: &Assert) -> mission_compiler::template::Uses {
    let mut uses = assert.expr.uses().clone();
    uses.merge(&assert.say.uses());
    uses
}

/// Checks a value against a contract: schema first, then keys of later maps and asserts. Returns it with defaults filled in.
///
/// # Errors
/// Every reason for which it is refused.
pub fn judge_value(
    value: Value,
    contract: Option<&mission_compiler::contract::Contract>,
    asserts: &[Assert],
    keys: &[KeyCheck],
    scope_of: &dyn Fn(&Assert, &Data) -> Scope,
) -> Result<Data, Vec<String>> {
    let value = match contract {
        Some(contract) => contract.admit(value)?,
        None => value,
    };
    let output = Data::from_json(&value);
    let mut reasons = Vec::new();
    for check in keys {
        check_keys(check, &output, &Scope::new(), "", &mut reasons);
    }
    for assert in asserts {
        let seen = scope_of(assert, &output);
        match assert.expr.eval_bool(&seen) {
            Ok(true) => {}
            Ok(false) => reasons.push(
                assert.say.render_text(&seen).unwrap_or_else(|e| format!("`{}` is false ({e})", assert.expr.source())),
            ),
            Err(e) => reasons.push(format!("`{}` cannot be evaluated: {}", assert.expr.source(), e.message)),
        }
    }
    if reasons.is_empty() { Ok(output) } else { Err(reasons) }
}

/// Unique, well-formed keys for the lists that later maps go over.
fn check_keys(check: &KeyCheck, value: &Data, outer: &Scope, place: &str, reasons: &mut Vec<String>) {
    let mut at = Some(value.clone());
    for part in &check.path {
        at = at.and_then(|v| v.get(part));
    }
    let place = check.path.iter().fold(place.to_owned(), |place, part| format!("{place}/{part}"));
    let Some(items) = at.as_ref().and_then(Data::items) else {
        reasons.push(format!("{place}: expected a list"));
        return;
    };
    let mut seen = BTreeSet::new();
    for (i, item) in items.iter().enumerate() {
        let mut scope = outer.clone();
        let index = i as u32 + 1;
        let mut uses = check.key.uses().clone();
        check.inner.iter().for_each(|inner| all_uses(inner, &mut uses));
        bind_item(&mut scope, &uses, &check.item, item, index);
        match check.key.eval(&scope).map(|k| k.to_text()) {
            Err(e) => reasons.push(format!("{place}/{i}: `{}`: {}", check.key.source(), e.message)),
            Ok(key) if !is_key(&key) => reasons.push(format!("{place}/{i}: {}", malformed(&key))),
            Ok(key) if seen.contains(&key) => reasons.push(format!("{place}/{i}: the key `{key}` is used twice")),
            Ok(key) => {
                seen.insert(key);
            }
        }
        for inner in &check.inner {
            check_keys(inner, item, &scope, &format!("{place}/{i}"), reasons);
        }
    }
}

fn all_uses(check: &KeyCheck, uses: &mut mission_compiler::template::Uses) {
    uses.merge(check.key.uses());
    check.inner.iter().for_each(|inner| all_uses(inner, uses));
}

/// What the attempt said, for the re-ask: at most 8,000 characters.
fn said(reply: &super::port::Reply) -> String {
    let text = reply.file.as_deref().unwrap_or(&reply.text);
    text.chars().take(8_000).collect()
}

fn tail(ended: &Ended) -> Option<String> {
    (!ended.log_tail.is_empty()).then(|| ended.log_tail.clone())
}

/// Doubles with each retry, at most an hour.
fn backoff(first: u64, retries: u32) -> u64 {
    first.saturating_mul(1u64.checked_shl(retries).unwrap_or(u64::MAX)).min(LONGEST_BACKOFF)
}
