//! The handle of the one writer of a run: making a store, taking it over, and handing steps to the thread that writes.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::thread::{self, JoinHandle};

use rusqlite::{TransactionBehavior, params};
use tokio::sync::oneshot;

use super::chain::{self, Link};
use super::error::{StoreError, io, sqlite};
use super::log::{self, FileId, Job, Log, Waiting, Written};
use super::mailbox::{self, Answer, RequestId};
use super::step::{Committed, Entry, Uncommitted};
use super::tip::{Tip, TipFile};
use super::{Definition, Head, head, reader, schema};
use crate::event::Record;

/// The right to write to a run, as long as nobody else takes it over.
///
/// The first error while writing ends it: this call and all later ones fail, and only [`Store::take_over`] tells what is stored.
#[derive(Debug)]
pub struct Store {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    epoch: u64,
    commits: Arc<AtomicU64>,
}

/// A run taken over: its writer, and everything that is stored, checked.
#[derive(Debug)]
pub struct TakenOver {
    /// The writer.
    pub store: Store,
    /// What the run pinned.
    pub definition: Definition,
    /// Its records.
    pub records: Vec<Record>,
}

/// A step on its way to the disk; what comes of it is known when this is done, whether or not anyone waits.
#[derive(Debug)]
#[must_use = "the step is on its way, but whether it arrived is known only here"]
pub struct Pending(oneshot::Receiver<Written>);

impl Pending {
    /// Blocks until the step is durable, or not. Not for asynchronous code.
    pub fn wait(self) -> Written {
        self.0.blocking_recv().expect(ANSWERS)
    }
}

impl Future for Pending {
    type Output = Written;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|answer| answer.expect(ANSWERS))
    }
}

const ANSWERS: &str = "BUG: the store's thread answers every job before it ends";

impl Store {
    /// Makes the store of a new run in folder `dir` and closes it again: definition and first records, or nothing.
    ///
    /// Durable when it returns, but for the entries of `dir` itself.
    pub fn create(dir: &Path, definition: &Definition, first: &[Record]) -> Result<(), StoreError> {
        let path = schema::path_in(dir);
        let mut db = schema::create(&path)?;
        let failed = || sqlite("write to", &path);
        let step = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed())?;
        let body = serde_json::to_string(definition).expect("texts and JSON values are JSON");
        let digest = definition.digest_bytes();
        step.execute("INSERT INTO definition (id, body, digest) VALUES (1, ?, ?)", params![body, digest])
            .map_err(failed())?;
        let mut head = Head::new(&definition.name);
        let mut end = Link::start(digest);
        for record in first {
            end = chain::append(&step, &path, end, record)?.0;
            head.follow(record);
        }
        head::save(&step, &path, 0, &head)?;
        step.commit().map_err(failed())?;
        schema::close_new(db, &path)
    }

    /// Makes this process the writer of the run in folder `dir`: checks and reads everything, and fences earlier writers.
    ///
    /// A damaged store is left as it is. Requests that earlier executors did not answer are refused.
    pub fn take_over(dir: &Path) -> Result<TakenOver, StoreError> {
        let path = schema::path_in(dir);
        let db = schema::open_writer(&path)?;
        let step = log::begin(&db, &path)?;
        schema::check_structure(&step, &path)?;
        let (epoch, head) = head::load(&step, &path)?;
        let (definition, digest) = reader::load_definition(&step, &path)?;
        let start = Link::start(digest);
        let (records, end) = chain::read(&step, &path, start, Tip::read(dir)?)?;
        let seen = log::version(&step, &path)?;
        let epoch = epoch + 1;
        // there is nobody to fence off a new run: its first step says that it is taken
        let claimed = mailbox::refuse_all(&step, &path)? || epoch > 1;
        if claimed {
            head::save(&step, &path, epoch, &head)?;
        }
        step.commit().map_err(sqlite("write to", &path))?;
        let tip = TipFile::open(dir)?;
        let commits = Arc::new(AtomicU64::new(0));
        let file = FileId::of(&path).ok_or_else(|| StoreError::NotFound { path: path.clone() })?;
        let counted = Arc::clone(&commits);
        let writer = Log { db, path, file, tip, epoch, claimed, start, seen, end, head, unmoved: 0, commits: counted };
        let (jobs, todo) = mpsc::channel();
        let work = move || log::serve(writer, &todo);
        let thread = thread::Builder::new().name("store".into()).spawn(work).map_err(io("start a thread for", dir))?;
        let store = Self { jobs: Some(jobs), thread: Some(thread), epoch, commits };
        Ok(TakenOver { store, definition, records })
    }

    /// Count of take-overs of this run up to and including this one.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Transactions written through this handle.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Stores a step, and only then gives out what is to be done. Steps are stored in the order of the calls.
    pub fn commit<T>(&self, step: Uncommitted<T>) -> impl Future<Output = Result<Committed<T>, StoreError>> + use<T> {
        let Uncommitted { entry, then } = step;
        let pending = self.write(entry);
        async move { Ok(Committed::new(pending.await?, then)) }
    }

    /// Stores records that nothing follows from.
    pub fn append(&self, records: Vec<Record>) -> Pending {
        self.write(Entry { records, ..Entry::default() })
    }

    /// Answers a request that changes nothing.
    pub fn answer(&self, request: RequestId, answer: Answer) -> Pending {
        self.write(Entry { answers: vec![(request, answer)], ..Entry::default() })
    }

    fn write(&self, entry: Entry) -> Pending {
        let (answer, pending) = oneshot::channel();
        self.send(Job::Write(Waiting { entry, answer }));
        Pending(pending)
    }

    fn send(&self, job: Job) {
        let jobs = self.jobs.as_ref().expect("open until dropped");
        jobs.send(job).expect("BUG: the store's thread ends before its handle");
    }

    /// Spoils the connection with a statement of SQL, to see what happens then.
    #[cfg(test)]
    pub(super) fn spoil(&self, sql: &'static str) {
        self.send(Job::Break(sql));
    }
}

impl Drop for Store {
    /// Waits until everything on its way is stored and the file is closed.
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // a panic in the thread was told by whoever waited for an answer
            let _ = thread.join();
        }
    }
}
