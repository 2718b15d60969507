//! Effects follow durability, by type: what a step wants done can be reached only after its records are committed.

use super::mailbox::{Answer, RequestId};
use crate::event::{Record, RunStatus};

/// A step that is decided, not stored. `T` is what shall be done because of it, and out of reach.
#[derive(Debug)]
#[must_use = "nothing happens before `Store::commit`"]
pub struct Uncommitted<T> {
    pub(super) entry: Entry,
    pub(super) then: T,
}

/// What one step writes.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) records: Vec<Record>,
    pub(super) status: Option<RunStatus>,
    pub(super) answers: Vec<(RequestId, Answer)>,
}

impl Entry {
    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.status.is_none() && self.answers.is_empty()
    }
}

impl<T> Uncommitted<T> {
    /// A step that stores `records` and then does `then`.
    pub fn new(records: Vec<Record>, then: T) -> Self {
        Self { entry: Entry { records, ..Entry::default() }, then }
    }
    /// How the run stands after the step, for lists of runs. Without it, only the start, resume, pause and end of the run count.
    pub fn status(mut self, status: RunStatus) -> Self {
        self.entry.status = Some(status);
        self
    }
    /// The step carries out a request: it is answered in the same transaction.
    pub fn accept(mut self, request: RequestId) -> Self {
        let seq = self.entry.records.last().map_or(0, |record| record.seq);
        self.entry.answers.push((request, Answer::Accepted { seq }));
        self
    }
    /// The step turns a request down.
    pub fn refuse(mut self, request: RequestId, reason: impl Into<String>) -> Self {
        self.entry.answers.push((request, Answer::Refused { reason: reason.into() }));
        self
    }
    /// What will be stored.
    pub fn records(&self) -> &[Record] {
        &self.entry.records
    }
}

/// A step that is durable. Only [`super::Store::commit`] makes one.
#[derive(Debug)]
#[must_use = "the records are stored, and what follows from them is not done yet"]
pub struct Committed<T> {
    records: Vec<Record>,
    then: T,
}

impl<T> Committed<T> {
    pub(super) fn new(records: Vec<Record>, then: T) -> Self {
        Self { records, then }
    }
    /// What was stored.
    pub fn records(&self) -> &[Record] {
        &self.records
    }
    /// What was stored, and what is to be done now.
    pub fn into_parts(self) -> (Vec<Record>, T) {
        (self.records, self.then)
    }
}
