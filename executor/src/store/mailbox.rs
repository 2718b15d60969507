//! How another process asks the executor for something: it leaves a request in the store, and reads the answer there.
//! What a request says is agreed between the commands and the executor; here it is JSON.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::{StoreError, sqlite};
use super::schema;
use crate::digest;
use crate::event::Timestamp;

/// Why requests are refused that were left with an executor before this one; nothing of them was carried out.
pub const GONE: &str = "the executor that was asked is gone";

/// Number of a request in its run; later requests have higher numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(u64);

/// Something another process asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Its number.
    pub id: RequestId,
    /// When it was asked.
    pub at: Timestamp,
    /// What is asked for.
    pub body: Value,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    /// It was carried out.
    Accepted {
        /// The last record of the step that did it, 0 if it needed none.
        seq: u64,
    },
    /// It was not carried out.
    Refused {
        /// Why.
        reason: String,
    },
    /// Whoever asked took it back, because no executor was there to answer.
    Withdrawn,
}

/// How waiting for an answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waited {
    /// With the answer.
    Answered(Answer),
    /// The executor is gone; the request is taken back and will not be carried out.
    Gone,
    /// Nobody answered in time, though an executor is there; it may still carry the request out.
    Late,
}

/// The requests of a run, seen from either side.
#[derive(Debug)]
pub struct Mailbox {
    db: Connection,
    path: PathBuf,
    /// The newest request taken.
    seen: u64,
    /// What SQLite said when nothing new was there.
    version: Option<i64>,
}

impl Mailbox {
    /// Opens the mailbox of the run in folder `dir`.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let path = schema::path_in(dir);
        let db = schema::open_shared(&path)?;
        db.execute_batch("PRAGMA synchronous = FULL").map_err(sqlite("open", &path))?;
        Ok(Self { db, path, seen: 0, version: None })
    }

    /// Leaves a request.
    pub fn post(&self, at: Timestamp, body: &Value) -> Result<RequestId, StoreError> {
        let text = body.to_string();
        // a single statement is its own transaction, and waits for its turn
        self.db
            .execute("INSERT INTO request (at, body, seal) VALUES (?, ?, ?)", params![at.0, text, seal(at.0, &text)])
            .map_err(sqlite("write to", &self.path))?;
        let id = u64::try_from(self.db.last_insert_rowid()).expect("row numbers begin at 1");
        Ok(RequestId(id))
    }

    /// Requests not taken before and not answered. For the executor; costs microseconds when nothing has happened.
    ///
    /// A request is done with only when it is answered, best in the step that carries it out; see [`super::Uncommitted::accept`].
    pub fn take(&mut self) -> Result<Vec<Request>, StoreError> {
        let failed = || sqlite("read", &self.path);
        let version = self.db.pragma_query_value(None, "data_version", |row| row.get(0)).map_err(failed())?;
        if self.version == Some(version) {
            return Ok(Vec::new());
        }
        let mut select = self
            .db
            .prepare_cached("SELECT id, at, body, seal FROM request WHERE id > ? AND answer IS NULL ORDER BY id")
            .map_err(failed())?;
        let rows = select.query_map([self.seen], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
        let rows: Vec<(u64, u64, String, [u8; 32])> = rows.and_then(Iterator::collect).map_err(failed())?;
        let mut requests = Vec::with_capacity(rows.len());
        for (id, at, text, sealed) in rows {
            let damaged =
                || StoreError::damaged(&self.path, None, format!("request {id} is not the one that was written"));
            if seal(at, &text) != sealed {
                return Err(damaged());
            }
            let body = serde_json::from_str(&text).map_err(|_| damaged())?;
            requests.push(Request { id: RequestId(id), at: Timestamp(at), body });
        }
        self.seen = requests.last().map_or(self.seen, |last| last.id.0);
        self.version = Some(version);
        Ok(requests)
    }

    /// The answer to a request, once there is one.
    pub fn answer(&self, id: RequestId) -> Result<Option<Answer>, StoreError> {
        let text: Option<String> = self
            .db
            .prepare_cached("SELECT answer FROM request WHERE id = ?")
            .and_then(|mut select| select.query_row([id.0], |row| row.get(0)))
            .map_err(sqlite("read", &self.path))?;
        let parse = |text: String| serde_json::from_str(&text);
        text.map(parse).transpose().map_err(|e| StoreError::damaged(&self.path, None, format!("answer: {e}")))
    }

    /// Waits until the request is answered, at most `limit`, as long as `alive` says that an executor is there.
    ///
    /// Blocks the thread; `alive` is asked every 20 ms.
    pub fn wait(&self, id: RequestId, limit: Duration, mut alive: impl FnMut() -> bool) -> Result<Waited, StoreError> {
        let since = Instant::now();
        loop {
            // asked before looking: an executor answers first and leaves then
            let living = alive();
            if let Some(answer) = self.answer(id)? {
                return Ok(Waited::Answered(answer));
            }
            if !living {
                return Ok(self.withdraw(id)?.map_or(Waited::Gone, Waited::Answered));
            }
            if since.elapsed() >= limit {
                return Ok(Waited::Late);
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Takes a request back, unless it is answered: then that is the answer.
    fn withdraw(&self, id: RequestId) -> Result<Option<Answer>, StoreError> {
        if answer(&self.db, &self.path, id, &Answer::Withdrawn)? { Ok(None) } else { self.answer(id) }
    }
}

fn seal(at: u64, body: &str) -> [u8; 32] {
    digest::sha256(&[&at.to_be_bytes(), body.as_bytes()])
}

/// Answers a request that has no answer yet; says whether it was so.
pub(super) fn answer(db: &Connection, path: &Path, id: RequestId, answer: &Answer) -> Result<bool, StoreError> {
    let text = serde_json::to_string(answer).expect("plain fields are JSON");
    let changed = db
        .prepare_cached("UPDATE request SET answer = ? WHERE id = ? AND answer IS NULL")
        .and_then(|mut update| update.execute(params![text, id.0]))
        .map_err(sqlite("write to", path))?;
    Ok(changed == 1)
}

/// Refuses whatever was asked of executors before this one, within the caller's transaction. False if there was nothing.
pub(super) fn refuse_all(db: &Connection, path: &Path) -> Result<bool, StoreError> {
    let mut any = false;
    let reason = GONE.to_owned();
    let waiting = || db.query_row("SELECT min(id) FROM request WHERE answer IS NULL", [], |row| row.get(0)).optional();
    while let Some(id) = waiting().map_err(sqlite("read", path))?.flatten() {
        any |= answer(db, path, RequestId(id), &Answer::Refused { reason: reason.clone() })?;
    }
    Ok(any)
}
