//! Which attempts are under way: in the memory of this process, to tell whose an orphan is, and in a file, so that whoever
//! resumes the run finds the processes of an executor that died.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::tree::{self, Id, Proc};

/// Bytes after which the file is begun anew, once nothing is under way.
const LONG: u64 = 256 * 1024;

/// Attempts of this process, by number. Children belong to the whole process, so this does as well.
static UNDER_WAY: Mutex<BTreeMap<u64, Running>> = Mutex::new(BTreeMap::new());

struct Running {
    mark: Vec<u8>,
    root: Option<Id>,
}

fn under_way() -> MutexGuard<'static, BTreeMap<u64, Running>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Processes of this program that no attempt made.
static SPARED: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// The child `pid` of this process is no orphan of an attempt.
pub(super) fn spare(pid: i32) {
    SPARED.lock().unwrap_or_else(PoisonError::into_inner).insert(pid);
}

/// True if `pid` is a process that was started here, and none of those that attempts left behind.
pub(super) fn is_awaited(pid: i32) -> bool {
    is_spared(pid) || under_way().values().any(|running| running.root.is_some_and(|root| root.pid == pid))
}

fn is_spared(pid: i32) -> bool {
    SPARED.lock().unwrap_or_else(PoisonError::into_inner).contains(&pid)
}

/// True if `environ` holds the variable `assignment` exactly.
pub(super) fn has(environ: &[u8], assignment: &[u8]) -> bool {
    environ.split(|b| *b == 0).any(|variable| variable == assignment)
}

/// What follows `name`, which ends with `=`, in `environ`.
pub(super) fn value<'e>(environ: &'e [u8], name: &[u8]) -> Option<&'e [u8]> {
    environ.split(|b| *b == 0).find_map(|variable| variable.strip_prefix(name))
}

/// One attempt under way; it ends when this is dropped.
pub(super) struct Entry {
    number: u64,
    attempt: String,
    mark: Vec<u8>,
    journal: Arc<Journal>,
    told: bool,
}

impl Entry {
    /// Registers the attempt with the id `attempt`; before its process starts, so that its mark is known.
    pub(super) fn new(journal: &Arc<Journal>, attempt: String) -> Self {
        let mark = format!("MISSION_ATTEMPT_ID={attempt}").into_bytes();
        let mut all = under_way();
        let number = all.last_key_value().map_or(0, |(last, _)| last + 1);
        all.insert(number, Running { mark: mark.clone(), root: None });
        Self { number, attempt, mark, journal: Arc::clone(journal), told: false }
    }
    /// Its process has started.
    pub(super) fn started(&mut self, pid: i32) -> Id {
        let id = tree::look(pid).map_or(Id { pid, start: 0 }, |found| found.id);
        if let Some(running) = under_way().get_mut(&self.number) {
            running.root = Some(id);
        }
        self.journal.write(&Row::Started { attempt: self.attempt.clone(), pid, start: id.start });
        self.told = true;
        id
    }
    /// A judge of orphans for this attempt, to be used elsewhere.
    pub(super) fn judge(&self) -> Judge {
        Judge { number: self.number, mark: self.mark.clone(), journal: Arc::clone(&self.journal) }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        under_way().remove(&self.number);
        if self.told {
            self.journal.write(&Row::Ended { attempt: std::mem::take(&mut self.attempt) });
        }
    }
}

/// Tells whether a process belongs to an attempt.
#[derive(Clone)]
pub(super) struct Judge {
    number: u64,
    mark: Vec<u8>,
    journal: Arc<Journal>,
}

impl Judge {
    /// True if `process` bears the mark of the attempt; or if it is an orphan that has shed its environment, and only this attempt
    /// can have made it.
    pub(super) fn claims(&self, process: &Proc) -> bool {
        let environ = tree::environ(process.id.pid);
        has(&environ, &self.mark) || (self.may_have_made(process, &environ) && !self.journal.is_foreign(&environ))
    }
    /// An orphan in a session of its own, begun while the attempt was under way; every other attempt under way began later or marks
    /// its processes otherwise.
    fn may_have_made(&self, process: &Proc, environ: &[u8]) -> bool {
        if process.parent != tree::own() || process.session == tree::own_session() || is_spared(process.id.pid) {
            return false;
        }
        under_way().iter().all(|(number, running)| match running.root {
            Some(root) if *number == self.number => root.start <= process.id.start,
            Some(root) => root.start > process.id.start && root.pid != process.group && !has(environ, &running.mark),
            None => false,
        })
    }
    /// True if an orphan of the attempt is left. Costs one system call if there is no orphan at all; takes note of dead ones.
    /// `None` if it cannot be known.
    pub(super) fn has_orphans(&self, group: i32) -> Option<bool> {
        let mut left = false;
        for pid in tree::adopted()? {
            if is_awaited(pid) {
                continue;
            }
            let Some(process) = tree::look(pid).filter(|process| process.parent == tree::own()) else { continue };
            if process.zombie {
                if process.session != tree::own_session() || process.group == group || is_awaited(process.group) {
                    tree::reap(pid);
                }
            } else {
                left |= process.group == group || self.claims(&process);
            }
        }
        Some(left)
    }
}

/// The file: appended to, one line for each start and end. It survives the executor, not the machine.
pub(super) struct Journal {
    path: PathBuf,
    /// Variables of this program that no attempt inherits, as they stand in an environment. Whoever has one of them was not made by an
    /// attempt, but by another part of this program: an editor at a gate, say.
    withheld: BTreeSet<Vec<u8>>,
    state: Mutex<State>,
}

struct State {
    file: File,
    len: u64,
    open: u32,
}

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Row {
    /// The first: which machine start this is about.
    Boot {
        /// Its id.
        id: String,
    },
    /// A process started.
    Started {
        /// Id of the attempt.
        attempt: String,
        /// Its process, which leads its group.
        pid: i32,
        /// When it started, in clock ticks since boot; 0 is unknown.
        start: u64,
    },
    /// It and all that came from it are gone.
    Ended {
        /// Id of the attempt.
        attempt: String,
    },
}

impl Journal {
    /// Begins the file of this executor in `folder`.
    pub(super) fn create(folder: &Path, withheld: BTreeSet<Vec<u8>>) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let me = tree::own();
        let start = tree::look(me).map_or(0, |process| process.id.start);
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let path = folder.join(format!("{me}-{start}-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        let file = File::options().append(true).create(true).open(&path)?;
        let journal = Self { path, withheld, state: Mutex::new(State { file, len: 0, open: 0 }) };
        journal.write(&Row::Boot { id: tree::boot() });
        Ok(journal)
    }
    /// Name of the executor whose file this is.
    pub(super) fn executor(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }
    fn is_foreign(&self, environ: &[u8]) -> bool {
        environ.split(|b| *b == 0).any(|variable| self.withheld.contains(variable))
    }
    /// Appends a row in one piece. What cannot be written is not found later by its id, but still by its mark.
    fn write(&self, row: &Row) {
        let mut line = serde_json::to_vec(row).expect("a row is always JSON");
        line.push(b'\n');
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match row {
            Row::Boot { .. } => {}
            Row::Started { .. } => state.open += 1,
            Row::Ended { .. } => {
                state.open -= 1;
                if state.open == 0 && state.len > LONG && state.file.set_len(0).is_ok() {
                    line = serde_json::to_vec(&Row::Boot { id: tree::boot() }).expect("a row is always JSON");
                    line.push(b'\n');
                    state.len = 0;
                }
            }
        }
        state.len += line.len() as u64;
        // The file is a second way to find processes; the mark in their environment is the first.
        let _ = state.file.write_all(&line);
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // Nothing is under way any more: attempts hold on to the journal.
        let _ = fs::remove_file(&self.path);
    }
}

/// Attempts that a file names as started and not as ended, if it is about this start of the machine.
pub(super) fn left_open(text: &str, boot: &str) -> Vec<(String, Id)> {
    let mut open = BTreeMap::new();
    let mut same_boot = false;
    for row in text.lines().filter_map(|line| serde_json::from_str::<Row>(line).ok()) {
        match row {
            Row::Boot { id } => same_boot = id == boot,
            Row::Started { attempt, pid, start } => {
                open.insert(attempt, Id { pid, start });
            }
            Row::Ended { attempt } => {
                open.remove(&attempt);
            }
        }
    }
    open.into_iter().filter(|_| same_boot).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_tells_what_was_under_way() {
        let dir = tempfile::tempdir().expect("dir");
        let journal = Arc::new(Journal::create(&dir.path().join("live"), BTreeSet::new()).expect("journal"));
        let me = tree::own();
        let mut first = Entry::new(&journal, "r/a/1".to_owned());
        let second = Entry::new(&journal, "r/b/1".to_owned());
        let mut third = Entry::new(&journal, "r/c/1".to_owned());
        let id = first.started(me);
        third.started(me);
        drop(third);
        let text = fs::read_to_string(&journal.path).expect("file");
        assert_eq!(left_open(&text, &tree::boot()), [("r/a/1".to_owned(), id)]);
        assert_eq!(left_open(&text, "another start of the machine"), []);
        assert_eq!(left_open(&text[..text.len() / 2], "another start of the machine"), [], "a torn line is no line");
        assert!(is_awaited(me));
        drop((first, second));
        assert!(!is_awaited(me));
        let path = journal.path.clone();
        drop(journal);
        assert!(!path.exists());
    }

    #[test]
    fn the_file_does_not_grow_for_ever() {
        let dir = tempfile::tempdir().expect("dir");
        let journal = Arc::new(Journal::create(dir.path(), BTreeSet::new()).expect("journal"));
        for n in 0..10_000 {
            let mut entry = Entry::new(&journal, format!("r/a/{n}"));
            entry.started(i32::MAX);
        }
        let text = fs::read_to_string(&journal.path).expect("file");
        assert!(text.len() as u64 <= LONG + 1024, "{}", text.len());
        assert!(text.starts_with("{\"boot\""));
    }

    #[test]
    fn what_another_part_of_the_program_made_is_foreign() {
        let dir = tempfile::tempdir().expect("dir");
        let journal = Journal::create(dir.path(), BTreeSet::from([b"DISPLAY=:0".to_vec()])).expect("journal");
        assert!(journal.is_foreign(b"HOME=/h\0DISPLAY=:0\0"));
        assert!(!journal.is_foreign(b"HOME=/h\0DISPLAY=:1\0"));
        assert!(!journal.is_foreign(b""));
    }

    #[test]
    fn marks_are_compared_whole() {
        let environ = b"A=1\0MISSION_ATTEMPT_ID=r/a/1\0B=2\0";
        assert!(has(environ, b"MISSION_ATTEMPT_ID=r/a/1"));
        for other in [b"MISSION_ATTEMPT_ID=r/a/".as_slice(), b"MISSION_ATTEMPT_ID=r/a/12", b"ATTEMPT_ID=r/a/1"] {
            assert!(!has(environ, other));
        }
    }
}
