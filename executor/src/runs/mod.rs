//! Where runs live: `.mission/runs/<run-id>/`. Ids, folders, the lock, names of logs, files that survive a crash.
//! Knows no SQLite: what is inside `run.db` is the business of `store`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

mod attempt;
mod draft;
mod durable;
mod folder;
mod id;
mod lock;

pub use attempt::{ASIDE, AttemptPath, BadNode};
pub use draft::Draft;
pub use durable::{sync_dir, write_all_durably, write_durably, write_durably_with};
pub use folder::RunDir;
pub use id::RunId;
pub use lock::{Holder, RunLock};

/// The folder `.mission` of a repository.
#[derive(Debug, Clone)]
pub struct Runs {
    root: PathBuf,
}

/// What can go wrong with run folders.
#[derive(Debug, Error)]
pub enum RunsError {
    /// No run is meant.
    #[error("no run begins with `{wanted}`")]
    NotFound {
        /// What was asked for.
        wanted: String,
    },
    /// Several runs are meant.
    #[error("`{wanted}` begins several runs: {}", names(candidates))]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// The runs it may mean, oldest first.
        candidates: Vec<RunId>,
    },
    /// There is no run, or none that was looked for.
    #[error("there is no such run in `{}`", root.display())]
    NoRun {
        /// The folder searched.
        root: PathBuf,
    },
    /// Another executor holds the run.
    #[error("run `{run}` is held by another executor{}", held_by(holder.as_ref()))]
    Held {
        /// The run.
        run: String,
        /// Who, if the lock says so.
        holder: Option<Holder>,
    },
    /// A folder of ours is something else, e.g. a symbolic link to somewhere else.
    #[error("`{}` is not a folder", path.display())]
    NotAFolder {
        /// Its path.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("cannot {doing} `{}`: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

fn names(candidates: &[RunId]) -> String {
    candidates.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}

fn held_by(holder: Option<&Holder>) -> String {
    holder.map(|h| format!(": {h}")).unwrap_or_default()
}

/// For `map_err`: what was tried with which path.
fn failed<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> RunsError + 'a {
    move |source| RunsError::Io { doing, path: path.to_owned(), source }
}

impl Runs {
    /// The runs of the repository whose root is `repository`. Creates nothing.
    pub fn of(repository: &Path) -> Self {
        Self { root: repository.join(".mission") }
    }
    /// The folder `.mission`.
    pub fn root(&self) -> &Path {
        &self.root
    }
    fn runs(&self) -> PathBuf {
        self.root.join("runs")
    }
    fn drafts(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// Begins a run: a folder that nobody sees, with a fresh id, already locked by this process.
    ///
    /// Creates `.mission` where it is missing, together with a `.gitignore` that ignores all of it.
    pub fn draft(&self, now: crate::event::Timestamp) -> Result<Draft, RunsError> {
        Draft::begin(self, now)
    }

    /// Removes a run and all its files. Whoever holds its lock may do so; to everyone else it vanishes at once.
    pub fn remove(&self, run: &RunDir, lock: RunLock) -> Result<(), RunsError> {
        let gone = self.drafts().join(run.id().as_str());
        fs::rename(run.path(), &gone).map_err(failed("remove", run.path()))?;
        let removed = fs::remove_dir_all(&gone).map_err(failed("remove", &gone));
        drop(lock);
        removed
    }

    /// All runs, oldest first. Opens none of them.
    pub fn list(&self) -> Result<Vec<RunDir>, RunsError> {
        let folder = self.runs();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(RunsError::Io { doing: "list", path: folder, source }),
        };
        let mut runs = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed("list", &folder))?.file_name();
            if let Some(id) = name.to_str().and_then(RunId::parse) {
                runs.push(RunDir::new(&folder, id));
            }
        }
        runs.sort_unstable_by(|a, b| a.id().cmp(b.id()));
        Ok(runs)
    }

    /// The run that `wanted` means: an id, the beginning of exactly one id, or of the word at the end of exactly one.
    pub fn find(&self, wanted: &str) -> Result<RunDir, RunsError> {
        let runs = self.list()?;
        let meant = |fits: &dyn Fn(&str) -> bool| runs.iter().filter(|r| fits(r.id().as_str())).collect::<Vec<_>>();
        let mut found = meant(&|id| id == wanted);
        if found.is_empty() && !wanted.is_empty() {
            found = meant(&|id| id.starts_with(wanted));
        }
        if found.is_empty() && !wanted.is_empty() {
            found = meant(&|id| id.rsplit('-').next().is_some_and(|word| word.starts_with(wanted)));
        }
        match found.as_slice() {
            [] => Err(RunsError::NotFound { wanted: wanted.to_owned() }),
            [one] => Ok((*one).clone()),
            several => Err(RunsError::Ambiguous {
                wanted: wanted.to_owned(),
                candidates: several.iter().map(|r| r.id().clone()).collect(),
            }),
        }
    }

    /// The run started last.
    pub fn latest(&self) -> Result<RunDir, RunsError> {
        self.latest_where(|_| true)
    }

    /// The run started last among those that `fits` accepts, e.g. those that can be resumed.
    pub fn latest_where(&self, fits: impl FnMut(&RunDir) -> bool) -> Result<RunDir, RunsError> {
        let mut fits = fits;
        let found = self.list()?.into_iter().rev().find(|run| fits(run));
        found.ok_or_else(|| RunsError::NoRun { root: self.runs() })
    }
}

#[cfg(test)]
mod tests;
