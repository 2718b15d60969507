//! The thread behind [`super::Store`]: it owns the connection, groups what waits, commits, and tells everyone.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::chain::{self, Link};
use super::error::{StoreError, sqlite};
use super::step::Entry;
use super::tip::{Tip, TipFile};
use super::{Head, head, mailbox, schema};
use crate::event::Record;

/// Steps that share one commit at most: bounds the time a step waits for others.
const GROUP: usize = 256;
/// Bytes of the write-ahead log, roughly, after which it is emptied into the file.
const LOG_BYTES: usize = 384 << 10;
/// What a commit writes besides the event itself: a page or two of the table.
const COMMIT_BYTES: usize = 2 << 10;
/// How often the begin of a transaction is tried; each time waits for the patience of the connection.
const TRIES: u32 = 4;

/// What the thread is asked to do.
#[derive(Debug)]
pub(super) enum Job {
    /// Write a step and tell how it went.
    Write(Waiting),
    /// Spoil the connection with a statement of SQL.
    #[cfg(test)]
    Break(&'static str),
}

/// A step, and who waits for it.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) entry: Entry,
    pub(super) answer: oneshot::Sender<Written>,
}

/// The records stored, or why they may not be.
pub(super) type Written = Result<Vec<Record>, StoreError>;

/// What the thread owns.
pub(super) struct Log {
    pub(super) db: Connection,
    pub(super) path: PathBuf,
    /// Which file `path` named when it was opened.
    pub(super) file: FileId,
    pub(super) tip: TipFile,
    pub(super) epoch: u64,
    /// The store knows of this epoch.
    pub(super) claimed: bool,
    /// Where the chain of records begins.
    pub(super) start: Link,
    /// What SQLite said when all that is stored was known to be ours, but for what the mailbox holds.
    pub(super) seen: i64,
    /// The last record stored.
    pub(super) end: Link,
    pub(super) head: Head,
    /// Bytes written since the write-ahead log was last emptied, roughly.
    pub(super) unmoved: usize,
    pub(super) commits: Arc<AtomicU64>,
}

/// Which file a path names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FileId(u64, u64);

impl FileId {
    /// None if there is no such file.
    pub(super) fn of(path: &Path) -> Option<Self> {
        path.metadata().ok().map(|found| Self(found.dev(), found.ino()))
    }
}

/// Works until every handle is gone.
pub(super) fn serve(log: Log, todo: &mpsc::Receiver<Job>) {
    let mut log = Ok(log);
    while let Ok(first) = todo.recv() {
        let mut group = Vec::new();
        for job in std::iter::once(first).chain(todo.try_iter()).take(GROUP) {
            match job {
                Job::Write(waiting) => group.push(waiting),
                #[cfg(test)]
                Job::Break(sql) => {
                    log.as_mut().map_or((), |log: &mut Log| log.db.execute_batch(sql).expect("valid SQL"))
                }
            }
        }
        log = match log {
            Ok(log) => log.write_group(group),
            Err(lost) => {
                answer_all(group, &Err(lost.clone()));
                Err(lost)
            }
        };
    }
}

fn answer_all(group: Vec<Waiting>, result: &Result<(), StoreError>) {
    for Waiting { entry, answer } in group {
        // whoever does not wait does not want to know
        let _ = answer.send(result.clone().map(|()| entry.records));
    }
}

impl Log {
    /// Writes the steps in one transaction and tells everyone. Any error ends the log: the connection is closed.
    fn write_group(mut self, group: Vec<Waiting>) -> Result<Self, StoreError> {
        let nothing = group.iter().all(|waiting| waiting.entry.is_empty());
        let result = if nothing { Ok(()) } else { self.write(group.iter().map(|waiting| &waiting.entry)) };
        match &result {
            Ok(()) => {
                answer_all(group, &result);
                self.empty_log();
                Ok(self)
            }
            Err(e) => {
                drop(self);
                answer_all(group, &result);
                Err(e.clone().lost())
            }
        }
    }

    fn write<'a>(&mut self, entries: impl Iterator<Item = &'a Entry>) -> Result<(), StoreError> {
        let path = &self.path;
        let step = begin(&self.db, path)?;
        let current: u64 = step
            .prepare_cached("SELECT epoch FROM meta")
            .and_then(|mut select| select.query_row([], |row| row.get(0)))
            .map_err(sqlite("read", path))?;
        if current + u64::from(!self.claimed) != self.epoch {
            return Err(StoreError::Fenced { held: self.epoch, current });
        }
        let seen = version(&step, path)?;
        if seen != self.seen {
            untouched(&step, path, self.start, self.end)?;
        }
        let (mut end, mut head, mut bytes) = (self.end, self.head.clone(), COMMIT_BYTES);
        for entry in entries {
            for record in &entry.records {
                let (next, written) = chain::append(&step, path, end, record)?;
                end = next;
                bytes += written;
                head.follow(record);
            }
            head.status = entry.status.unwrap_or(head.status);
            for (request, answer) in &entry.answers {
                mailbox::answer(&step, path, *request, answer)?;
            }
        }
        if head != self.head || !self.claimed {
            head::save(&step, path, self.epoch, &head)?;
        }
        step.commit().map_err(sqlite("write to", path))?;
        // a file without a name takes everything and keeps nothing
        if FileId::of(path).as_ref() != Some(&self.file) {
            return Err(StoreError::NotFound { path: path.clone() });
        }
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.tip.write(end)?;
        self.claimed = true;
        self.seen = seen;
        self.end = end;
        self.head = head;
        self.unmoved += bytes;
        Ok(())
    }

    /// Empties the write-ahead log into the file now and then, after everyone has been told. Readers may hinder it; then the
    /// next time does it.
    fn empty_log(&mut self) {
        if self.unmoved < LOG_BYTES {
            return;
        }
        self.unmoved = 0;
        // everything is durable already: an error here will be the error of the next commit, if it matters
        let _ = self.db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    }
}

/// Another number than before says that another connection wrote.
pub(super) fn version(db: &Connection, path: &Path) -> Result<i64, StoreError> {
    db.query_row("PRAGMA data_version", [], |row| row.get(0)).map_err(sqlite("read", path))
}

/// Somebody else wrote: a request may have come in, but the records must be those that this executor knows.
fn untouched(db: &Connection, path: &Path, start: Link, end: Link) -> Result<(), StoreError> {
    if schema::check_format(db, path)? != schema::known() {
        return Err(StoreError::damaged(
            path,
            None,
            "somebody else changed its format number while the run is under way",
        ));
    }
    let folder = path.parent().expect("the file lies in the folder of the run");
    let (_, now) = chain::read(db, path, start, Tip::read(folder)?)?;
    if now != end {
        return Err(StoreError::damaged(
            path,
            Some(now.seq),
            "somebody else wrote records into a run that is under way",
        ));
    }
    Ok(())
}

/// Begins a transaction that writes. Nothing has happened if that fails, so this alone may be tried again.
pub(super) fn begin<'a>(db: &'a Connection, path: &Path) -> Result<Transaction<'a>, StoreError> {
    let mut tries = 1;
    loop {
        match Transaction::new_unchecked(db, TransactionBehavior::Immediate) {
            Err(e) if tries < TRIES && e.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => tries += 1,
            begun => return begun.map_err(sqlite("write to", path)),
        }
    }
}
