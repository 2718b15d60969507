//! A node that a person took over: they talked to its agent, and say what becomes of it. Pure.

use mission_compiler::graph::Ix;
use mission_compiler::template::Data;
use mission_compiler::workflow::Verb;

use super::port::Taken;
use super::{Core, Refusal};
use crate::event::{Event, Failure, FailureClass, Outcome, Usage};

impl Core {
    /// Carries out what a person says about a node whose agent they talked to.
    ///
    /// # Errors
    /// A [`Refusal`]; nothing has happened then.
    pub(super) fn taken(&mut self, taken: Taken) -> Result<(), Refusal> {
        let ix = self.run.meant(&taken.node).ok_or_else(|| Refusal::UnknownNode(taken.node.clone()))?;
        if let Some(cancel) = self.run.cancel() {
            return Err(Refusal::Over(format!("cancelled by {}", cancel.by)));
        }
        let (node, def) = (self.id(ix), std::sync::Arc::clone(&self.run.graph().node(ix).def));
        if self.live.contains_key(&ix) {
            return Err(Refusal::UnderWay(node));
        }
        let state = self.run.state(ix);
        if !matches!(def.verb, Verb::Agent { .. }) || !state.attempts.iter().any(|a| a.number == taken.attempt) {
            return Err(Refusal::NeverBegan { node, attempt: taken.attempt });
        }
        let value = self.told(ix, &taken)?;
        let settled = state.phase.settled();
        let nodes = if settled { self.run.retried(ix, false) } else { vec![ix] };
        self.reset(&nodes, &format!("{} took `{node}` over", taken.by));
        let Taken { attempt, session, outcome, by, via, comment, .. } = taken;
        let why = comment.as_ref().map_or_else(String::new, |comment| format!(": {comment}"));
        let failure = Failure::new(FailureClass::Verdict, format!("{by} marked it as failed{why}"));
        self.emit(Event::NodeTaken { node, attempt, session, outcome, by, via, comment, value: value.clone() });
        match (outcome, value) {
            (Outcome::Done, Some(value)) => self.verdict(ix, 0, value, Usage::default()),
            (Outcome::Done, None) => self.finished(ix, 0, None, None, Usage::default()),
            (Outcome::Failed, _) => self.finished(ix, 0, None, Some(failure), Usage::default()),
            (Outcome::Continue | Outcome::Retry, _) => {}
        }
        Ok(())
    }

    /// The value that the node is marked as done with: held to everything that an attempt's result is held to.
    fn told(&self, ix: Ix, taken: &Taken) -> Result<Option<Data>, Refusal> {
        let value = match (taken.outcome, &taken.value) {
            (Outcome::Done, value) => value.clone().unwrap_or_default(),
            (Outcome::Continue | Outcome::Retry | Outcome::Failed, Some(_)) => {
                let reasons = vec!["only a node that is marked as done gets a value".to_owned()];
                return Err(Refusal::Invalid { reasons });
            }
            (Outcome::Continue | Outcome::Retry | Outcome::Failed, None) => return Ok(None),
        };
        self.accept(ix, value).map(Some).map_err(|reasons| Refusal::Invalid { reasons })
    }
}
