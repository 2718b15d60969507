//! Ends what an executor left behind that was killed itself. Called when a run is resumed, under its lock, before anything starts.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::hunt::{Field, Quarry};
use super::live::{self, left_open};
use super::tree::{self, Id, Proc};

/// Longest time that is spent on ending processes.
const LONGEST: Duration = Duration::from_secs(10);
/// How long a call of git may go on that its executor did not live to see. Most take milliseconds.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time that it has to remove its lock files when it is asked to end.
const GRACE: Duration = Duration::from_secs(2);
/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(5);
/// Name of the variable that tells for which run git is called.
const CALL: &str = "MISSION_GIT_FOR";

/// What was found and done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    /// Attempts that the dead executor had under way, by id (`<run>/<node>/<attempt>`).
    pub attempts: Vec<String>,
    /// Processes that were ended.
    pub ended: usize,
    /// Processes that could not be ended; as long as there are any, nothing may be started.
    pub left: usize,
}

/// The variable, name and value, by which calls of git for the run in `folder` are known to [`sweep`] and [`settle`].
pub fn call_mark(folder: &Path) -> (OsString, OsString) {
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    (CALL.into(), folder.into_os_string())
}

/// Waits until no call of git is under way that an executor before this one began for the run in `folder`, for nothing may be done
/// to the repository beside it. One that hangs is asked to end after a minute, then ended. Returns how many are left: none, as a rule.
///
/// Blocks. Only for who holds the lock of the run and has not called git for it yet.
pub fn settle(folder: &Path) -> usize {
    let (name, value) = call_mark(folder);
    let mark = [name.as_encoded_bytes(), b"=", value.as_encoded_bytes()].concat();
    let mut quarry = Quarry::new(Field::Everywhere, [], [], move |p| live::has(&tree::environ(p.id.pid), &mark));
    let began = Instant::now();
    while !quarry.find().is_empty() {
        if began.elapsed() > PATIENCE {
            return quarry.hunt(Some(GRACE), LONGEST);
        }
        thread::sleep(PAUSE);
    }
    0
}

/// Ends every process of the run `run`, whose folder is `folder`, that an executor before this one left behind, and waits until
/// they are gone. Blocks, up to ten seconds in the worst case; longer only for calls of git, which are not cut short ([`settle`]).
///
/// Processes are known by the mark in their environment, which names the run *and* its folder; and by what the executor wrote down:
/// process id, time of start, start of the machine, together with their groups and descendants. A process that merely got the same
/// id is left alone. So are this process and those above it.
///
/// # Errors
/// If the folder of the run cannot be read. Then nothing was ended.
pub fn sweep(folder: &Path, run: &str) -> io::Result<Swept> {
    let folder = fs::canonicalize(folder)?;
    let files = journals(&folder.join("live"))?;
    let boot = tree::boot();
    let mut attempts = BTreeSet::new();
    let mut roots: Vec<Proc> = Vec::new();
    for path in &files {
        for (attempt, id) in left_open(&String::from_utf8_lossy(&fs::read(path)?), &boot) {
            roots.extend(tree::look(id.pid).filter(|found| found.id == id && id.start != 0));
            attempts.insert(attempt);
        }
    }
    // The leader of a group that is still itself vouches for its group; a number alone does not.
    let groups: Vec<i32> = roots.iter().filter(|p| p.group == p.id.pid).map(|p| p.group).collect();
    let ids: Vec<Id> = roots.iter().map(|p| p.id).collect();
    let marks = Marks::of(&folder, run);
    let mut quarry = Quarry::new(Field::Everywhere, ids, groups, move |p| marks.fit(p));
    let left = quarry.hunt(None, LONGEST) + settle(&folder);
    if left == 0 {
        for path in files {
            fs::remove_file(path)?;
        }
    }
    Ok(Swept { attempts: attempts.into_iter().collect(), ended: quarry.ended().len(), left })
}

fn journals(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.push(entry.path());
        }
    }
    Ok(files)
}

/// By what a process of the run is known.
struct Marks {
    run: Vec<u8>,
    folder: Vec<u8>,
}

impl Marks {
    fn of(folder: &Path, run: &str) -> Self {
        let folder = [b"MISSION_RUN_DIR=", folder.as_os_str().as_encoded_bytes()].concat();
        Self { run: format!("MISSION_RUN_ID={run}").into_bytes(), folder }
    }
    fn fit(&self, process: &Proc) -> bool {
        let environ = tree::environ(process.id.pid);
        live::has(&environ, &self.run) && live::has(&environ, &self.folder)
    }
}
