//! What lies in a working tree and is in none of its commits, because git takes a folder for a repository of its own: submodules with
//! changes, folders that are recorded as such and are none, and whatever lies in a folder called `.git`. Only looks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::Repository;
use super::error::Error;
use super::index::Index;
use super::name::{RepoPath, STATE_DIR, WORKTREES_DIR, visible};
use super::shield::Drivers;
use super::snapshot::Memory;
use super::status::{Change, nul_list};

/// How deep folders are looked into that hold no file for git.
const DEEPEST: usize = 8;

/// What was seen of it before.
#[derive(Debug, Default)]
pub(super) struct Inner {
    submodules: BTreeMap<RepoPath, Memory>,
    /// Folders without a file for git, and those of them that git does not ignore.
    bare: (BTreeSet<RepoPath>, Vec<RepoPath>),
}

impl Repository {
    /// What there is of it, each with the reason.
    pub(super) fn withheld(
        &self,
        index: &Index,
        changes: &[Change],
        scratch: &Path,
        (memory, drivers): (&mut Inner, &Drivers),
    ) -> Result<BTreeSet<String>, Error> {
        let mut found = BTreeSet::new();
        let submodules = index.submodules();
        memory.submodules.retain(|path, _| submodules.contains(path));
        if !submodules.is_empty() {
            let declared = self.declared();
            for path in &submodules {
                let known = memory.submodules.entry(path.clone()).or_default();
                let why = self.fault_of_submodule(path, declared.contains(path.as_bytes()), scratch, known);
                found.extend(why.map(|why| format!("{} ({why})", visible(&path.to_string()))));
            }
        }
        let others = changes.iter().map(|change| &change.path);
        let paths: Vec<RepoPath> = index.paths().into_iter().chain(others.cloned()).collect();
        found.extend(self.skipped(&paths, &mut memory.bare, drivers)?);
        Ok(found)
    }

    /// Paths that `.gitmodules` names.
    fn declared(&self) -> BTreeSet<Vec<u8>> {
        let text = fs::read(self.root.join(".gitmodules")).unwrap_or_default();
        let lines = text.split(|b| *b == b'\n').filter_map(|line| {
            let (key, value) = line.split_at_checked(line.iter().position(|b| *b == b'=')?)?;
            let value = value[1..].trim_ascii();
            let bare = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
            (key.trim_ascii() == b"path").then(|| bare.to_vec())
        });
        lines.collect()
    }

    fn fault_of_submodule(
        &self,
        path: &RepoPath,
        is_declared: bool,
        scratch: &Path,
        memory: &mut Memory,
    ) -> Option<String> {
        let folder = self.root.join(path.as_path());
        let is_empty = fs::read_dir(&folder).map_or(true, |mut entries| entries.next().is_none());
        if !is_declared && !is_empty {
            return Some("recorded as a repository that `.gitmodules` does not name".to_owned());
        }
        if is_empty {
            return None;
        }
        let inner = Self::discover(&self.program, &folder, self.policy).ok();
        let inner = inner.filter(|inner| folder.canonicalize().is_ok_and(|folder| folder == inner.root));
        let Some(inner) = inner else {
            return Some("recorded as a repository, and none is there".to_owned());
        };
        match inner.snapshot(scratch, memory) {
            Ok(seen) => {
                let committed = seen.head.as_ref().and_then(|head| inner.tree_of(head).ok());
                let is_whole = committed.as_ref() == Some(&seen.tree) && seen.nested.is_empty();
                (!is_whole).then(|| format!("a submodule whose files are in no commit of it, {}", seen.tree.short()))
            }
            Err(error) => Some(format!("a submodule that cannot be seen: {error}")),
        }
    }

    /// Everything called `.git` below a folder that is none of a repository; `paths` is what git sees.
    fn skipped(
        &self,
        paths: &[RepoPath],
        bare: &mut (BTreeSet<RepoPath>, Vec<RepoPath>),
        drivers: &Drivers,
    ) -> Result<Vec<String>, Error> {
        let mut known: BTreeSet<&Path> = BTreeSet::new();
        for path in paths {
            // What is above a folder that is known is known.
            for folder in path.as_path().ancestors().skip(1) {
                if !known.insert(folder) {
                    break;
                }
            }
        }
        known.insert(Path::new(""));
        let own: BTreeSet<&Path> = paths.iter().map(RepoPath::as_path).collect();
        let (mut found, mut without) = (Vec::new(), BTreeSet::new());
        for folder in &known {
            for (name, inner) in folders(&self.root, folder) {
                let is_top = folder.as_os_str().is_empty();
                if name == ".git" {
                    found.extend((!is_top).then_some(inner));
                } else if !(known.contains(&*inner) || own.contains(&*inner) || is_top && is_ours(&name)) {
                    without.extend(RepoPath::parse(std::os::unix::ffi::OsStrExt::as_bytes(inner.as_os_str())).ok());
                }
            }
        }
        if bare.0 != without {
            *bare = (without.clone(), self.not_ignored(without, drivers)?);
        }
        for folder in &bare.1 {
            self.hidden_below(folder.as_path(), DEEPEST, &mut found);
        }
        Ok(found.iter().map(|path| visible(&path.display().to_string())).collect())
    }

    fn not_ignored(&self, all: BTreeSet<RepoPath>, drivers: &Drivers) -> Result<Vec<RepoPath>, Error> {
        if all.is_empty() {
            return Ok(Vec::new());
        }
        let call = self.covered("check-ignore", drivers).args(["-z", "--stdin"]);
        let answer = call.stdin(nul_list(&all.iter().collect::<Vec<_>>())).long().run_any()?;
        if !matches!(answer.code, Some(0 | 1)) {
            return Err(answer.failed());
        }
        let ignored: BTreeSet<&[u8]> = answer.parts().collect();
        Ok(all.into_iter().filter(|path| !ignored.contains(path.as_bytes())).collect())
    }

    fn hidden_below(&self, folder: &Path, left: usize, found: &mut Vec<PathBuf>) {
        for (name, inner) in folders(&self.root, folder) {
            if name == ".git" {
                found.push(inner);
            } else if left > 0 {
                self.hidden_below(&inner, left - 1, found);
            }
        }
    }
}

fn is_ours(name: &str) -> bool {
    name == STATE_DIR || name == WORKTREES_DIR
}

/// Folders in `folder`, and whatever is called `.git`: each with its name and its path below `root`.
fn folders(root: &Path, folder: &Path) -> Vec<(String, PathBuf)> {
    let Ok(entries) = fs::read_dir(root.join(folder)) else { return Vec::new() };
    let entries = entries.flatten().map(|entry| (entry.file_name(), entry.file_type()));
    let kept = entries.filter(|(name, sort)| name == ".git" || sort.as_ref().is_ok_and(fs::FileType::is_dir));
    kept.map(|(name, _)| (name.to_string_lossy().into_owned(), folder.join(name))).collect()
}
