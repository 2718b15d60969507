//! Links that lead out of a worktree into the main working tree. Only looks.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::name::{STATE_DIR, WORKTREES_DIR};

/// Most files that are looked at, those near the top first.
const MOST: usize = 10_000;

/// What belongs to git and the engine below the top.
const NOBODYS: [&str; 3] = [".git", STATE_DIR, WORKTREES_DIR];

/// What links in `worktree` lead to below `root`, but for what belongs to git and the engine: absolute, without links; need not be there.
pub(super) fn out_of(worktree: &Path, root: &Path) -> Vec<PathBuf> {
    let mut found = BTreeSet::new();
    let mut left = MOST;
    let mut level = vec![worktree.to_owned()];
    while !level.is_empty() {
        let mut next = Vec::new();
        for entry in level.iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten()) {
            let Some(rest) = left.checked_sub(1) else { return found.into_iter().collect() };
            left = rest;
            match entry.file_type() {
                Ok(kind) if kind.is_symlink() => found.extend(target(&entry.path()).filter(|at| is_shared(at, root))),
                Ok(kind) if kind.is_dir() && entry.file_name() != ".git" => next.push(entry.path()),
                Ok(_) | Err(_) => {}
            }
        }
        level = next;
    }
    found.into_iter().collect()
}

/// Where a link leads; of what is not there yet, where it would be.
fn target(link: &Path) -> Option<PathBuf> {
    if let Ok(there) = link.canonicalize() {
        return Some(there);
    }
    let named = link.parent()?.join(fs::read_link(link).ok()?);
    Some(named.parent()?.canonicalize().ok()?.join(named.file_name()?))
}

fn is_shared(target: &Path, root: &Path) -> bool {
    let inner = target.strip_prefix(root).ok().and_then(|inner| inner.components().next());
    inner.is_some_and(|first| NOBODYS.iter().all(|name| first.as_os_str() != *name))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_what_leads_to_the_main_working_tree_is_shared() {
        let place = tempfile::tempdir().expect("a folder");
        let root = place.path().canonicalize().expect("it is there");
        let worktree = root.join(".worktrees/a");
        for folder in ["modules/x", "out", ".mission/runs", ".git", ".worktrees/a/deep/er", ".worktrees/b"] {
            fs::create_dir_all(root.join(folder)).expect("it is made");
        }
        fs::write(root.join(".env"), "x").expect("it is written");
        for (link, to) in [
            ("modules", "../../modules"),
            ("deep/er/out", "../../../../out"),
            (".env", "../../.env"),
            ("target", "../../target"),
            ("mission", "../../.mission/runs"),
            ("git", "../../.git"),
            ("beside", "../b"),
            ("inside", "deep"),
            ("whole", "../.."),
            ("away", "/usr"),
            ("nowhere", "../../nowhere/x"),
        ] {
            symlink(to, worktree.join(link)).expect("it is made");
        }
        let expected = [".env", "modules", "out", "target"].map(|name| root.join(name));
        assert_eq!(out_of(&worktree, &root), expected);
    }
}
