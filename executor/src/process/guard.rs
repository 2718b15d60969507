//! A process beside the executor that ends what the executor leaves behind when it is killed: attempts must not work on for nobody.
//!
//! The executor holds the writing end of a pipe. When it ends well it says so; when the pipe closes without a word it was killed, and
//! the guard hunts down what it had under way: by the mark in the environment, by what the executor wrote down, and by what it had
//! adopted. A guard that is killed as well is made good by [`super::recover::sweep`] when the run is resumed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::environment::Environment;
use super::hunt::{Field, Quarry};
use super::live::{self, left_open};
use super::tree::{self, Id, Proc};

/// Name of the variable that tells which executor started a process.
pub(super) const MARK: &str = "MISSION_EXECUTOR";
/// What an executor says that ends well.
const FAREWELL: &[u8] = b".";
/// Time between asking the left-over processes to end and ending them: nobody waits for what they do, and all of them are to be gone
/// within a second.
const GRACE: Duration = Duration::from_millis(500);
/// Longest time that is spent on ending them.
const LONGEST: Duration = Duration::from_secs(30);
/// How often the guard looks at what the executor has adopted.
const PACE: Duration = Duration::from_millis(200);

/// The executor's side: as long as this is there, nothing is done.
#[derive(Debug)]
pub(super) struct Guard {
    pipe: ChildStdin,
}

impl Guard {
    /// Starts `command` as the guard of the executor `executor`, whose run is in `folder`.
    ///
    /// Without a guard a run is as it was before there were any: what a killed executor left is ended by the next one.
    pub(super) fn post(command: &[OsString], folder: &Path, executor: &str) -> Option<Self> {
        let (program, words) = command.split_first()?;
        let mut guard = Command::new(program);
        guard.args(words).arg(folder).arg(executor).current_dir("/");
        guard.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = guard.spawn().ok()?;
        live::spare(i32::try_from(child.id()).ok()?);
        Some(Self { pipe: child.stdin.take().expect("it was asked for") })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // A guard that is gone needs no farewell.
        let _ = self.pipe.write_all(FAREWELL);
    }
}

/// Stands guard over the executor `executor` of the run in `folder`, as told by standard input. Blocks until the executor has ended,
/// and, if it was killed, until nothing of it is left.
///
/// # Errors
/// If `executor` is not the name of one, or its files cannot be read.
pub fn stand(folder: &Path, executor: &str) -> io::Result<()> {
    // In a session of its own it is spared when the executor's group or terminal is ended. It fails for who leads one already.
    let _ = rustix::process::setsid();
    let watched = named(executor).ok_or_else(|| io::Error::other(format!("`{executor}` is not an executor")))?;
    let adopted = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = Arc::clone(&adopted);
    // Ends with this process.
    thread::spawn(move || watch(watched, &seen));
    let mut said = Vec::new();
    let heard = io::stdin().lock().read_to_end(&mut said);
    if heard.is_ok() && said == FAREWELL {
        return Ok(());
    }
    // It may still be ending; nothing of it is looked at before it is gone.
    while tree::look(watched.pid).is_some_and(|process| process.id == watched && !process.zombie) {
        thread::sleep(Duration::from_millis(1));
    }
    let adopted = adopted.lock().unwrap_or_else(PoisonError::into_inner).clone();
    end(folder, executor, adopted)
}

/// Process id and start of the executor called `<pid>-<start>-<number>`.
fn named(executor: &str) -> Option<Id> {
    let mut parts = executor.split('-');
    Some(Id { pid: parts.next()?.parse().ok()?, start: parts.next()?.parse().ok()? })
}

/// Remembers the orphans that the executor has adopted: once it is gone nothing else tells whose they were.
fn watch(executor: Id, adopted: &Mutex<BTreeSet<Id>>) {
    let withheld = Environment::new(std::env::vars_os()).withheld();
    let is_foreign = |environ: &[u8]| environ.split(|b| *b == 0).any(|variable| withheld.contains(variable));
    loop {
        let Some(itself) = tree::look(executor.pid).filter(|found| found.id == executor) else { return };
        for pid in tree::children(executor.pid) {
            let Some(child) = tree::look(pid).filter(|child| child.parent == executor.pid && !child.zombie) else {
                continue;
            };
            let is_new = || !adopted.lock().unwrap_or_else(PoisonError::into_inner).contains(&child.id);
            let is_orphan = child.session != itself.session && pid != tree::own();
            if is_orphan && is_new() && !is_foreign(&tree::environ(pid)) {
                adopted.lock().unwrap_or_else(PoisonError::into_inner).insert(child.id);
            }
        }
        thread::sleep(PACE);
    }
}

/// Ends what `executor` left behind: politely at first.
fn end(folder: &Path, executor: &str, adopted: BTreeSet<Id>) -> io::Result<()> {
    let journal = fs::read(folder.join("live").join(executor)).unwrap_or_default();
    let begun = left_open(&String::from_utf8_lossy(&journal), &tree::boot()).into_iter().map(|(_, id)| id);
    let alive = |id: Id| tree::look(id.pid).filter(|found| found.id == id && id.start != 0);
    let roots: Vec<Proc> = begun.chain(adopted).filter_map(alive).collect();
    // The leader of a group that is still itself vouches for its group; a number alone does not.
    let groups: Vec<i32> = roots.iter().filter(|p| p.group == p.id.pid).map(|p| p.group).collect();
    let marks = [
        [b"MISSION_RUN_DIR=", folder.as_os_str().as_encoded_bytes()].concat(),
        [MARK.as_bytes(), b"=", executor.as_bytes()].concat(),
    ];
    let judge = move |process: &Proc| {
        let environ = tree::environ(process.id.pid);
        marks.iter().all(|mark| live::has(&environ, mark))
    };
    let mut quarry = Quarry::new(Field::Everywhere, roots.iter().map(|p| p.id), groups, judge);
    match quarry.hunt(Some(GRACE), LONGEST) {
        0 => Ok(()),
        left => Err(io::Error::other(format!("{left} processes cannot be ended"))),
    }
}
