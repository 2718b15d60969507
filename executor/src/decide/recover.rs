//! Taking a run over: lost attempts, a failed run's second chance, an explicit retry. Pure.

use mission_compiler::graph::Ix;

use super::port::Input;
use super::{Core, Refusal, Step};
use crate::event::{EXECUTOR_GONE, Event, RunStatus, Timestamp, Usage};
use crate::run::Phase;

impl Core {
    /// Takes the run over as executor number `epoch`. Every process of older executors must be gone.
    ///
    /// A failed run begins its failed nodes anew; lost attempts are followed by new ones.
    ///
    /// # Errors
    /// [`Refusal::Final`] for a cancelled run, [`Refusal::Over`] for one that succeeded or is partial.
    pub fn take_over(&mut self, epoch: u64, notes: Vec<String>, now: Timestamp) -> Result<Step, Refusal> {
        match self.run.ending().map(|e| e.status) {
            None | Some(RunStatus::Failed) => {}
            Some(RunStatus::Cancelled) => return Err(Refusal::Final),
            Some(status) => return Err(Refusal::Over(status.word().to_owned())),
        }
        self.boarded(epoch, notes, now);
        let failed = self.run.resettable();
        if !failed.is_empty() {
            self.reset(&failed, "a failed run was resumed");
        }
        self.settle();
        Ok(std::mem::take(&mut self.step))
    }

    /// Takes the run over to begin one finished node anew.
    ///
    /// # Errors
    /// A [`Refusal`] if the node is unknown, has not finished, or the run is cancelled.
    pub fn retry(
        &mut self,
        node: &str,
        downstream: bool,
        epoch: u64,
        notes: Vec<String>,
        now: Timestamp,
    ) -> Result<Step, Refusal> {
        if self.run.ending().is_some_and(|e| e.status == RunStatus::Cancelled) {
            return Err(Refusal::Final);
        }
        let ix = self.run.meant(node).ok_or_else(|| Refusal::UnknownNode(node.to_owned()))?;
        if !self.run.state(ix).phase.settled() {
            return Err(Refusal::NotFinished(self.id(ix)));
        }
        self.boarded(epoch, notes, now);
        let nodes = self.run.retried(ix, downstream);
        self.reset(&nodes, "a person asked for a new attempt");
        self.settle();
        Ok(std::mem::take(&mut self.step))
    }

    /// Takes the run over to carry out what a person asks, before anything else begins. With `only`, nothing begins
    /// after it either: the executor is at rest at once.
    ///
    /// # Errors
    /// The [`Refusal`] of the input; [`Refusal::Final`] or [`Refusal::Over`] for a run that has ended.
    pub fn take_over_for(
        &mut self,
        input: Input,
        only: bool,
        epoch: u64,
        notes: Vec<String>,
        now: Timestamp,
    ) -> Result<Step, Refusal> {
        match self.run.ending().map(|e| e.status) {
            None => {}
            // As with a retry, a failed run goes on.
            Some(RunStatus::Failed) if matches!(input, Input::Taken(_)) => {}
            Some(RunStatus::Cancelled) => return Err(Refusal::Final),
            Some(status) => return Err(Refusal::Over(status.word().to_owned())),
        }
        self.boarded(epoch, notes, now);
        if only {
            self.interrupted = Some("only an answer was recorded".to_owned());
        }
        self.handle(input, now)
    }

    fn boarded(&mut self, epoch: u64, notes: Vec<String>, now: Timestamp) {
        self.now = self.now.max(now).max(self.run.last());
        self.emit(Event::RunResumed { epoch, notes });
        let running: Vec<Ix> = self.run.live().collect();
        for ix in running {
            let (node, attempt) = (self.id(ix), self.run.state(ix).attempt);
            self.emit(Event::NodeLost { node, attempt, reason: EXECUTOR_GONE.to_owned(), usage: Usage::default() });
        }
        let under_way = |ix: &Ix| {
            matches!(self.run.state(*ix).phase, Phase::Running | Phase::Asking | Phase::Backoff | Phase::Parked)
        };
        let open: Vec<Ix> = self.run.graph().iter().filter(under_way).collect();
        for ix in open {
            let node = self.run.graph().node(ix);
            if let (Some(map), true) = (node.parent, node.item.is_some()) {
                self.admitted.entry(map).or_default().insert(ix);
            }
        }
        // Another agent may be here now.
        self.ready.extend(self.run.parked());
        // Maps that were opened and could not record their growth learn their items now.
        let unexpanded: Vec<Ix> = self.run.graph().iter().filter(|ix| self.is_open_and_unknown(*ix)).collect();
        for ix in unexpanded {
            self.learn_items(ix);
        }
    }

    fn is_open_and_unknown(&self, ix: Ix) -> bool {
        let node = self.run.graph().node(ix);
        node.shape == mission_compiler::graph::Shape::Map
            && !node.expanded
            && self.run.state(ix).phase == Phase::Running
    }

    pub(super) fn reset(&mut self, nodes: &[Ix], reason: &str) {
        let mut names: Vec<String> = nodes.iter().map(|ix| self.id(*ix)).collect();
        names.sort();
        self.emit(Event::NodesReset { nodes: names, reason: reason.to_owned() });
        self.ready.clear();
        self.queued.clear();
        self.refused.clear();
    }
}
