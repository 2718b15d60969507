//! A summary of a run that is cheap to read: what a list of runs shows. Updated in the transaction of the events.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::error::{StoreError, sqlite};
use super::{Reader, schema};
use crate::digest;
use crate::event::{Event, Record, RunStatus, Timestamp};

/// What a list of runs shows of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Head {
    /// Name of the workflow.
    pub workflow: String,
    /// How it stood at the last commit; a run that says `running` and is held by nobody is interrupted.
    pub status: RunStatus,
    /// When it began.
    pub started: Timestamp,
    /// When it ended, if it has.
    pub ended: Option<Timestamp>,
}

impl Head {
    pub(super) fn new(workflow: &str) -> Self {
        Self { workflow: workflow.to_owned(), status: RunStatus::Running, started: Timestamp::default(), ended: None }
    }

    /// Reads the summary of the run in folder `dir`. A run that nobody has open is read without leaving a trace.
    pub fn read(dir: &Path) -> Result<Self, StoreError> {
        match Self::read_closed(dir) {
            Some(head) => Ok(head),
            None => Reader::open(dir)?.head(),
        }
    }

    /// Without a write-ahead log the file is complete and at rest, and SQLite may read it as if it never changed: no locks,
    /// no files beside it. `None` if it is not so, or was not so all the time.
    fn read_closed(dir: &Path) -> Option<Self> {
        let path = schema::path_in(dir);
        let at_rest = || -> Option<(u64, SystemTime)> {
            if fs::exists(schema::wal_in(dir)).unwrap_or(true) {
                return None;
            }
            let meta = fs::metadata(&path).ok()?;
            Some((meta.len(), meta.modified().ok()?))
        };
        let before = at_rest()?;
        let db = schema::open_at_rest(&path).ok()?;
        let (_, head) = load(&db, &path).ok()?;
        (at_rest()? == before).then_some(head)
    }

    /// What `record` says about the run as a whole.
    pub(super) fn follow(&mut self, record: &Record) {
        match &record.event {
            Event::RunStarted { workflow, .. } => {
                self.workflow.clone_from(workflow);
                self.started = record.at;
            }
            Event::RunResumed { .. } => self.go(RunStatus::Running, None),
            Event::RunPaused { .. } => self.go(RunStatus::Paused, None),
            Event::RunFinished { status, .. } => self.go(*status, Some(record.at)),
            Event::NodeStarted { .. }
            | Event::NodeParked { .. }
            | Event::OverlapFound { .. }
            | Event::NodeRetrying { .. }
            | Event::WorktreeLeft { .. }
            | Event::HandoffChecked { .. }
            | Event::NodeFinished { .. }
            | Event::NodeSkipped { .. }
            | Event::NodeCancelled { .. }
            | Event::NodeLost { .. }
            | Event::GateOpened { .. }
            | Event::GateDecided { .. }
            | Event::NodeTaken { .. }
            | Event::GraphGrew { .. }
            | Event::BarrierOpened { .. }
            | Event::NodesReset { .. }
            | Event::CancelAsked { .. } => {}
        }
    }

    fn go(&mut self, status: RunStatus, ended: Option<Timestamp>) {
        self.status = status;
        self.ended = ended;
    }
}

fn seal(epoch: u64, head: &str) -> [u8; 32] {
    digest::sha256(&[&epoch.to_be_bytes(), head.as_bytes()])
}

/// Epoch and summary, checked against their seal.
pub(super) fn load(db: &Connection, path: &Path) -> Result<(u64, Head), StoreError> {
    let (epoch, text, sealed) = db
        .prepare_cached("SELECT epoch, head, seal FROM meta")
        .and_then(|mut select| {
            select
                .query_row([], |row| Ok((row.get::<_, u64>(0)?, row.get::<_, String>(1)?, row.get::<_, [u8; 32]>(2)?)))
        })
        .map_err(sqlite("read", path))?;
    if seal(epoch, &text) != sealed {
        return Err(StoreError::damaged(path, None, "the summary of the run is not the one that was written"));
    }
    let head = serde_json::from_str(&text).map_err(|e| StoreError::damaged(path, None, format!("summary: {e}")))?;
    Ok((epoch, head))
}

/// Writes epoch and summary within the caller's transaction.
pub(super) fn save(db: &Connection, path: &Path, epoch: u64, head: &Head) -> Result<(), StoreError> {
    let text = serde_json::to_string(head).map_err(|e| StoreError::Unwritable { seq: 0, what: e.to_string() })?;
    db.prepare_cached("INSERT OR REPLACE INTO meta (id, epoch, head, seal) VALUES (1, ?, ?, ?)")
        .and_then(|mut update| update.execute(params![epoch, text, seal(epoch, &text)]))
        .map_err(sqlite("write to", path))?;
    Ok(())
}
