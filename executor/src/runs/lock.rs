//! One executor per run. The kernel keeps the lock and frees it when its holder dies: no time limit, no clock, no stale lock.

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{RunsError, failed};
use crate::event::Timestamp;

/// Name of the lock in the folder of a run.
const LOCK: &str = "lock";

/// Who holds a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// Name of the machine.
    pub host: String,
    /// When it took the run.
    pub since: Timestamp,
}

impl Holder {
    fn this_process(now: Timestamp) -> Self {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self { pid: std::process::id(), host, since: now }
    }
    pub(super) fn read(run: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(run.join(LOCK)).ok()?).ok()
    }
    /// True if it cannot be seen from here any more.
    fn is_gone(&self) -> bool {
        let pid = i32::try_from(self.pid).ok().and_then(rustix::process::Pid::from_raw);
        pid.is_none_or(|pid| rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH))
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since =
            jiff::Timestamp::from_millisecond(i64::try_from(self.since.0).unwrap_or(i64::MAX)).unwrap_or_default();
        write!(f, "process {} on `{}`, since {since:.0}", self.pid, self.host)
    }
}

/// The right to execute a run. Dropping it gives the run free; children never inherit it (close-on-exec).
#[derive(Debug)]
pub struct RunLock {
    file: File,
}

impl RunLock {
    /// Takes the lock of the run in folder `run`, or tells within 100 ms who holds it.
    pub(super) fn acquire(run: &Path, now: Timestamp) -> Result<Self, RunsError> {
        let path = run.join(LOCK);
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed("open", &path))?;
        // readers probe with a shared lock of a few microseconds: one refusal is not yet an answer
        let mut pauses = [2, 8, 32].into_iter().chain(left_to_the_dead(run));
        loop {
            match file.try_lock() {
                Ok(()) => return Self { file }.sign(&path, now),
                Err(TryLockError::WouldBlock) => match pauses.next() {
                    Some(pause) => thread::sleep(Duration::from_millis(pause)),
                    None => return Err(RunsError::Held { run: name(run), holder: Holder::read(run) }),
                },
                Err(TryLockError::Error(source)) => return Err(RunsError::Io { doing: "lock", path, source }),
            }
        }
    }

    fn sign(self, path: &Path, now: Timestamp) -> Result<Self, RunsError> {
        let mine = self.file.metadata().map_err(failed("read", path))?;
        let there = fs::metadata(path).map_err(failed("read", path))?;
        if (mine.dev(), mine.ino()) != (there.dev(), there.ino()) {
            let source = io::Error::new(io::ErrorKind::NotFound, "the run was removed meanwhile");
            return Err(RunsError::Io { doing: "lock", path: path.to_owned(), source });
        }
        let mut text = serde_json::to_vec(&Holder::this_process(now)).expect("plain fields are JSON");
        text.push(b'\n');
        self.file.set_len(0).and_then(|()| self.file.write_all_at(&text, 0)).map_err(failed("write", path))?;
        Ok(self)
    }

    pub(super) fn is_held(run: &Path) -> Result<bool, RunsError> {
        let path = run.join(LOCK);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(source) => return Err(RunsError::Io { doing: "open", path, source }),
        };
        let mut pauses = left_to_the_dead(run);
        loop {
            match file.try_lock_shared() {
                Ok(()) => return Ok(false),
                Err(TryLockError::WouldBlock) => match pauses.next() {
                    Some(pause) => thread::sleep(Duration::from_millis(pause)),
                    None => return Ok(true),
                },
                Err(TryLockError::Error(source)) => return Err(RunsError::Io { doing: "probe", path, source }),
            }
        }
    }
}

/// Milliseconds to wait, one after the other, for a lock whose holder is gone: none if it is not. Of one that was killed, a child that
/// was just being started has a copy of the descriptor until it runs its program.
fn left_to_the_dead(run: &Path) -> impl Iterator<Item = u64> + use<> {
    let gone = Holder::read(run).is_some_and(|holder| holder.is_gone());
    [1, 4, 16, 64, 256, 512].into_iter().filter(move |_| gone)
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // closing is not enough: a child that is just being started has a copy of the descriptor until it runs its program
        let _ = self.file.unlock();
    }
}

fn name(run: &Path) -> String {
    run.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
