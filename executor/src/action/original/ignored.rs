//! What git ignores, and commands may need: it is there by links, but for what is made anew, and for what is ignored only since the work
//! began. What a commit lacks proves nothing of it.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::super::Job;
use super::super::repository;
use crate::event::Failure;
use crate::git::{Oid, Probe, Repository, Rule};

/// What lies in ignored folders and files of these names is made anew where it is missing.
const MADE_ANEW: [&str; 14] = [
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".nyc_output",
    ".coverage",
    "coverage",
    "target",
    "build",
    "dist",
    "out",
    ".next",
    ".nuxt",
    ".gradle",
];
/// What is installed, or kept from a repository on purpose.
const INSTALLED: [&str; 14] = [
    "node_modules",
    "bower_components",
    "vendor",
    "venv",
    "env",
    "Pods",
    "deps",
    ".venv",
    ".tox",
    ".nox",
    ".bundle",
    ".direnv",
    ".devenv",
    ".hypothesis",
];
/// Most links that are made.
const MOST: usize = 1_000;

/// Something that git ignores only since the work began.
#[derive(Debug)]
pub(super) struct New {
    path: PathBuf,
    /// The rule that says so is part of the work: it is not in what is ignored.
    told: bool,
}

/// What git ignores.
#[derive(Debug, Default)]
pub(super) struct Ignored {
    all: Vec<PathBuf>,
    pub(super) new: Vec<New>,
}

impl Ignored {
    /// Now, whenever that began.
    pub(super) fn now(repo: &Repository) -> Result<Self, Failure> {
        let all = repo.ignored()?.into_iter().filter(|path| !has(path, &MADE_ANEW)).collect();
        Ok(Self { all, new: Vec::new() })
    }

    /// Now, held against the rules of `base`.
    pub(super) fn since(repo: &Repository, base: &Oid) -> Result<Self, Failure> {
        let Self { all, .. } = Self::now(repo)?;
        let asked: Vec<&PathBuf> = all.iter().filter(|path| !is_installed(path)).collect();
        if asked.is_empty() {
            return Ok(Self { all, new: Vec::new() });
        }
        let rules = repo.rules(&asked)?;
        let before = rules_of(repo, base, &rules)?;
        let mut new = Vec::new();
        for (path, rule) in asked.into_iter().zip(rules) {
            // A folder that is not ignored itself, and in which everything is: it says so of itself.
            let Some(rule) = rule else {
                new.push(New { path: path.clone(), told: false });
                continue;
            };
            // Who keeps rules elsewhere keeps them for every repository.
            if rule.file.file_name().is_none_or(|name| name != ".gitignore") || rule.file.is_absolute() {
                continue;
            }
            let known = before.get(&rule.file);
            if known.is_none_or(|lines| !lines.contains(rule.pattern.trim())) {
                let told = known.is_some() || !all.iter().any(|path| rule.file.starts_with(path));
                new.push(New { path: path.clone(), told });
            }
        }
        Ok(Self { all, new })
    }

    /// What is ignored only since the work began.
    pub(super) fn paths(&self) -> Vec<String> {
        self.new.iter().map(|new| new.path.display().to_string()).collect()
    }
    /// Is each of it ignored by a rule that can be seen in the work?
    pub(super) fn is_told(&self) -> bool {
        self.new.iter().all(|new| new.told)
    }

    /// Makes the links; to what is ignored only since the work began if `new` says so.
    pub(super) fn link(&self, job: &Job<'_>, probe: &Probe, new: bool) -> Result<(), Failure> {
        let held: BTreeSet<&PathBuf> = self.new.iter().filter(|_| !new).map(|new| &new.path).collect();
        let root = repository(job)?.root();
        let wanted = self.all.iter().filter(|path| !held.contains(path));
        for path in wanted.take(MOST) {
            let to = probe.path.join(path);
            if to.symlink_metadata().is_err() && is_inside(&probe.path, path) {
                // What cannot be linked is missing, as on a clean checkout.
                let _ = symlink(root.join(path), &to);
            }
        }
        Ok(())
    }
}

/// The lines of the files with rules as they were.
fn rules_of(
    repo: &Repository,
    base: &Oid,
    rules: &[Option<Rule>],
) -> Result<BTreeMap<PathBuf, BTreeSet<String>>, Failure> {
    let wanted: BTreeSet<&PathBuf> = rules.iter().flatten().map(|rule| &rule.file).collect();
    let files = repo.files(base)?;
    let files: Vec<_> =
        files.iter().filter(|entry| wanted.iter().any(|file| entry.path.as_path() == file.as_path())).collect();
    let asked: Vec<_> = files.iter().map(|entry| (&entry.blob, entry.bytes)).collect();
    let texts = repo.contents(&asked)?.into_iter().map(Option::unwrap_or_default);
    let lines = |text: Vec<u8>| String::from_utf8_lossy(&text).lines().map(|line| line.trim().to_owned()).collect();
    Ok(files.iter().zip(texts).map(|(entry, text)| (entry.path.as_path().to_owned(), lines(text))).collect())
}

fn has(path: &Path, names: &[&str]) -> bool {
    path.components().any(|part| names.iter().any(|name| part.as_os_str() == *name))
}

fn is_installed(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    has(path, &INSTALLED) || name.starts_with(".env") || name.contains(".local") || name.ends_with(".egg-info")
}

/// Does the folder of `path` lie below `top`, with no link on the way?
fn is_inside(top: &Path, path: &Path) -> bool {
    let folder: PathBuf = path.parent().map_or_else(|| top.to_owned(), |parent| top.join(parent));
    folder.canonicalize().is_ok_and(|real| real == folder)
}
