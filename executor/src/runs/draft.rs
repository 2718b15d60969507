//! Making a run is all or nothing: it is built where nobody looks, made durable, and appears by one rename.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::folder::FOLDERS;
use super::{RunDir, RunId, RunLock, Runs, RunsError, failed, sync_dir};
use crate::event::Timestamp;

/// A run in the making. Dropping it leaves nothing on disk.
#[derive(Debug)]
pub struct Draft {
    runs: Runs,
    id: RunId,
    folder: PathBuf,
    lock: Option<RunLock>,
    /// What this draft created around itself, to be taken away again with it; the outermost first.
    made: Vec<PathBuf>,
}

impl Draft {
    pub(super) fn begin(runs: &Runs, now: Timestamp) -> Result<Self, RunsError> {
        let mut made = Vec::new();
        let begun = prepare(runs, &mut made).and_then(|guard| {
            let draft = Self::begin_alone(runs, now);
            drop(guard);
            draft
        });
        match begun {
            Ok(mut draft) => {
                draft.made = made;
                Ok(draft)
            }
            Err(e) => {
                take_away(&made);
                Err(e)
            }
        }
    }

    /// To be called by one process at a time: ids are given out in order.
    fn begin_alone(runs: &Runs, now: Timestamp) -> Result<Self, RunsError> {
        sweep(&runs.drafts());
        let last = runs.list()?.pop();
        let drafted = drafts(&runs.drafts());
        let last = drafted.into_iter().chain(last.map(|run| run.id().clone())).max();
        let id = RunId::fresh(now, last.as_ref());
        let folder = runs.drafts().join(id.as_str());
        fs::create_dir(&folder).map_err(failed("create", &folder))?;
        let mut draft = Self { runs: runs.clone(), id, folder, lock: None, made: Vec::new() };
        for name in FOLDERS {
            let path = draft.folder.join(name);
            fs::create_dir(&path).map_err(failed("create", &path))?;
        }
        draft.lock = Some(RunLock::acquire(&draft.folder, now)?);
        Ok(draft)
    }

    /// Id of the run to be.
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// Folder to build the run in. What is put here must be closed before [`Self::publish`].
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Makes the run visible, durably, and hands over its lock.
    pub fn publish(mut self) -> Result<(RunDir, RunLock), RunsError> {
        let runs = self.runs.runs();
        let run = RunDir::new(&runs, self.id.clone());
        sync_dir(&self.folder).map_err(failed("sync", &self.folder))?;
        fs::rename(&self.folder, run.path()).map_err(failed("create", run.path()))?;
        let made = std::mem::take(&mut self.made);
        let mut parents: Vec<_> = made.iter().filter_map(|folder| folder.parent()).collect();
        parents.dedup();
        for parent in parents {
            sync_dir(parent).map_err(failed("sync", parent))?;
        }
        let lock = self.lock.take().expect("a draft holds its lock until it is published");
        sync_dir(&runs).map_err(failed("sync", &runs))?;
        Ok((run, lock))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // a published draft is not here any more, and what cannot be removed is swept by the next draft
        let _ = fs::remove_dir_all(&self.folder);
        take_away(&self.made);
    }
}

/// Creates what is missing and returns the guard that lets one process at a time give out ids.
fn prepare(runs: &Runs, made: &mut Vec<PathBuf>) -> Result<File, RunsError> {
    make_folder(&runs.root, made)?;
    for folder in [runs.runs(), runs.drafts()] {
        make_folder(&folder, made)?;
    }
    let path = runs.drafts().join(".lock");
    let guard = File::options().write(true).create(true).truncate(false).open(&path).map_err(failed("open", &path))?;
    guard.lock().map_err(failed("lock", &path))?;
    Ok(guard)
}

/// A folder that git does not see. One that is there already keeps its own `.gitignore`, or none: people may keep
/// workflows in `.mission` under version control.
fn make_folder(path: &Path, made: &mut Vec<PathBuf>) -> Result<(), RunsError> {
    match fs::create_dir(path) {
        Ok(()) => made.push(path.to_owned()),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        Err(source) => return Err(RunsError::Io { doing: "create", path: path.to_owned(), source }),
    }
    let found = fs::symlink_metadata(path).map_err(failed("read", path))?;
    if !found.is_dir() {
        return Err(RunsError::NotAFolder { path: path.to_owned() });
    }
    let ours = made.last().is_some_and(|last| last == path) || path.file_name().is_none_or(|name| name != ".mission");
    let ignore = path.join(".gitignore");
    if ours && !ignore.exists() {
        fs::write(&ignore, "*\n").map_err(failed("write", &ignore))?;
    }
    Ok(())
}

/// Undoes `make_folder` as far as nobody else has used the folders meanwhile.
fn take_away(made: &[PathBuf]) {
    for folder in made.iter().rev() {
        let own = |name: &std::ffi::OsStr| name == ".gitignore" || name == ".lock";
        let empty = fs::read_dir(folder).is_ok_and(|mut all| all.all(|entry| entry.is_ok_and(|e| own(&e.file_name()))));
        if !empty {
            return;
        }
        for name in [".lock", ".gitignore"] {
            let _ = fs::remove_file(folder.join(name));
        }
        if fs::remove_dir(folder).is_err() {
            return;
        }
    }
}

fn drafts(folder: &Path) -> Vec<RunId> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str().and_then(RunId::parse)).collect()
}

/// Removes drafts whose makers died. A draft is locked by its maker before the guard is given free.
fn sweep(folder: &Path) {
    for id in drafts(folder) {
        let draft = folder.join(id.as_str());
        if RunLock::is_held(&draft).is_ok_and(|held| !held) {
            // what cannot be removed does no harm: ids avoid it
            let _ = fs::remove_dir_all(&draft);
        }
    }
}
