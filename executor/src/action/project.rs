//! The project's own configuration, `.mission/config.yaml`. Reads that one file.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Job;
use crate::git::{Policy, STATE_DIR};
use crate::process::apart::Isolation;

/// Largest configuration in bytes.
const LARGEST: u64 = 1024 * 1024;

/// Digest of the configuration that holds for a job, and of the one in its own working directory; a file that is not
/// there has one, too.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn digest(job: &Job<'_>) -> Result<String, String> {
    let top = job.worktrees.map_or(job.root, |worktrees| worktrees.repository().root());
    let mut hasher = Sha256::new();
    for root in [top, job.root] {
        let path = root.join(STATE_DIR).join("config.yaml");
        match fs::read(&path) {
            Ok(text) => hasher.update(text),
            Err(e) if e.kind() == ErrorKind::NotFound => hasher.update([0]),
            Err(e) => return Err(format!("`{}`: {e}", path.display())),
        }
        hasher.update([0]);
    }
    Ok(hasher.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

/// What a project says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// Commands that prove the work; they replace detection.
    #[serde(default)]
    pub checks: Vec<Check>,
    #[serde(default)]
    git: GitSettings,
    #[serde(default)]
    worktree: WorktreeSettings,
}

/// A command that proves the work.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// What `sh` runs.
    pub run: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct GitSettings {
    #[serde(default)]
    hooks: Hooks,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct WorktreeSettings {
    #[serde(default)]
    setup: Vec<String>,
    #[serde(default)]
    isolation: Isolation,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Hooks {
    #[default]
    Skip,
    Run,
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// It cannot be read.
    #[error("`{}`: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It says something else than it may.
    #[error("`{}`: {why}", .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its place.
        why: String,
    },
}

impl Project {
    /// Reads `.mission/config.yaml` below `root`; without that file everything is at its default.
    ///
    /// # Errors
    /// [`ProjectError`]: unreadable, larger than 1 MiB, unknown keys, wrong types, an empty name or command.
    pub fn load(root: &Path) -> Result<Self, ProjectError> {
        let path = root.join(STATE_DIR).join("config.yaml");
        let invalid = |why: String| ProjectError::Invalid { path: path.clone(), why };
        match fs::metadata(&path) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Ok(meta) if meta.len() > LARGEST => return Err(invalid("it is larger than 1 MiB".to_owned())),
            Ok(_) | Err(_) => {}
        }
        let text =
            fs::read_to_string(&path).map_err(|source| ProjectError::Unreadable { path: path.clone(), source })?;
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Ok(Self::default());
        }
        let project: Self = serde_yaml::from_str(&text).map_err(|e| invalid(e.to_string()))?;
        for (at, check) in project.checks.iter().enumerate() {
            if check.name.trim().is_empty() || check.run.trim().is_empty() {
                return Err(invalid(format!("`checks[{at}]` needs a `name` and a `run` that are not empty")));
            }
        }
        if let Some(at) = project.worktree.setup.iter().position(|command| command.trim().is_empty()) {
            return Err(invalid(format!("`worktree.setup[{at}]` is empty, where a command was expected")));
        }
        Ok(project)
    }
    /// Commands that `sh` runs in every new worktree, before anything else does.
    pub fn setup(&self) -> &[String] {
        &self.worktree.setup
    }
    /// When attempts are kept apart from the worktrees of others.
    pub fn isolation(&self) -> Isolation {
        self.worktree.isolation
    }
    /// May the repository's hooks, filters, drivers and signing run?
    pub fn policy(&self) -> Policy {
        match self.git.hooks {
            Hooks::Skip => Policy::Shielded,
            Hooks::Run => Policy::Trusted,
        }
    }
}
