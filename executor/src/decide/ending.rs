//! The end of a run: how it ended, why, and with which results. Pure.

use std::collections::{BTreeMap, BTreeSet};

use mission_compiler::facts::scope;
use mission_compiler::graph::Ix;

use super::Core;
use crate::event::{Event, RunStatus};
use crate::run::Phase;

/// Reasons that the end of a run names one by one.
const MOST_REASONS: usize = 10;

impl Core {
    /// Ends the run when its last node has settled; true if it did.
    pub(super) fn end_if_over(&mut self) -> bool {
        if self.run.open_count() > 0 {
            return false;
        }
        let mut reasons: Vec<String> = self.failing_reasons();
        let mut status = RunStatus::Succeeded;
        if !reasons.is_empty() {
            status = RunStatus::Failed;
        }
        let unresolved = self.unresolved_reasons();
        if !unresolved.is_empty() && status == RunStatus::Succeeded {
            status = RunStatus::Partial;
        }
        reasons.extend(unresolved);
        let workflow = std::sync::Arc::clone(self.run.workflow());
        let mut outputs = BTreeMap::new();
        for (name, expr) in &workflow.outputs {
            let seen = scope(self.run.graph(), &self.run, self.run.graph().top_frame(), expr.uses());
            match expr.eval(&seen) {
                Ok(value) => {
                    outputs.insert(name.clone(), value);
                }
                Err(e) if status == RunStatus::Failed => reasons.push(format!("output `{name}` is unknown: {e}")),
                Err(e) => {
                    status = RunStatus::Failed;
                    reasons.push(format!("output `{name}`: {e}"));
                }
            }
        }
        self.emit(Event::RunFinished { status, outputs, reasons });
        true
    }

    fn failing_reasons(&self) -> Vec<String> {
        let failing = self.run.failing(None);
        let told = failing.iter().filter(|ix| self.run.state(**ix).phase == Phase::Failed);
        let roots: Vec<Ix> = told.flat_map(|ix| self.roots(*ix)).collect();
        let roots = if roots.is_empty() { failing } else { roots };
        let mut reasons: Vec<String> = roots.iter().take(MOST_REASONS).map(|ix| self.reason(*ix)).collect();
        if let Some(more @ 1..) = roots.len().checked_sub(MOST_REASONS) {
            reasons.push(format!("{more} more nodes failed"));
        }
        reasons
    }

    /// The nodes inside a failed one because of which it failed; itself, if it is to blame alone.
    fn roots(&self, ix: Ix) -> Vec<Ix> {
        let mut inside = self.run.failing_inside(ix);
        inside.retain(|inner| self.run.state(*inner).phase == Phase::Failed);
        if inside.is_empty() { vec![ix] } else { inside.into_iter().flat_map(|inner| self.roots(inner)).collect() }
    }

    fn unresolved_reasons(&self) -> Vec<String> {
        let graph = self.run.graph();
        let mut roots: Vec<Ix> = self.run.unresolved().into_iter().flat_map(|ix| self.roots(ix)).collect();
        let mut seen = BTreeSet::new();
        roots.retain(|ix| seen.insert(*ix));
        let mut reasons: Vec<String> = roots.iter().map(|ix| format!("unresolved: {}", self.reason(*ix))).collect();
        for map in self.run.unproven_failures() {
            let bad = graph.node(map).children.iter().filter(|c| self.run.state(**c).phase == Phase::Failed);
            reasons.extend(bad.map(|c| format!("failed and not made good: {}", self.reason(*c))));
        }
        reasons
    }

    fn reason(&self, ix: Ix) -> String {
        let state = self.run.state(ix);
        let id = &self.run.graph().node(ix).id;
        match &state.failure {
            Some(failure) => format!("`{id}`: {}", failure.message),
            None => format!("`{id}` is {}", state.phase.word()),
        }
    }
}
