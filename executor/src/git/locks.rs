//! Locks of git that are held: a command takes them for a moment, and whoever leaves one behind locks everybody out. Only looks.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::Repository;
use super::common::{LeftOut, is_lock, names};

/// How long somebody may hold a lock before it counts as left behind.
const PATIENCE: Duration = Duration::from_secs(3);
/// Most folders of refs that are looked at.
const MOST: usize = 10_000;

/// Locks that are held, by the name under which they are told of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locks(BTreeMap<String, Held>);

/// Which file a lock is, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Held(u64, i64, i64);

impl Repository {
    /// The locks that are held now on what all working trees share, on the main one, and on those that no engine made. Adds to `left_out`.
    pub fn locks(&self, left_out: &mut LeftOut) -> Locks {
        let mut held = BTreeMap::new();
        let mut add = |name: String| {
            if let Some(lock) = self.held(&name) {
                held.insert(name, lock);
            }
        };
        for name in names(&self.common_dir).into_iter().filter(|name| is_lock(name) && name != "gc.pid.lock") {
            add(name);
        }
        for tree in names(&self.common_dir.join("worktrees")) {
            if !self.is_of_engine(&tree) {
                add(format!("worktrees/{tree}/index.lock"));
                add(format!("worktrees/{tree}/HEAD.lock"));
            }
        }
        let mut left = MOST;
        let mut folders = vec![PathBuf::from("refs")];
        while let Some(folder) = folders.pop() {
            let Some(rest) = left.checked_sub(1) else {
                left_out.insert(format!(".git/refs: locks in more than {MOST} folders"));
                break;
            };
            left = rest;
            let Ok(entries) = fs::read_dir(self.common_dir.join(&folder)) else { continue };
            for entry in entries.flatten() {
                let name = entry.file_name();
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(folder.join(&name));
                } else if is_lock(&name.to_string_lossy()) {
                    add(folder.join(&name).to_string_lossy().into_owned());
                }
            }
        }
        Locks(held)
    }

    /// The locks that are held now on this working tree alone; nothing of the main one, whose are among [`Repository::locks`].
    pub fn own_locks(&self) -> Locks {
        let Some(folder) = self.git_dir.strip_prefix(&self.common_dir).ok().filter(|_| self.is_linked()) else {
            return Locks::default();
        };
        let locks = names(&self.git_dir).into_iter().filter(|name| is_lock(name));
        let locks = locks.map(|name| folder.join(name).to_string_lossy().into_owned());
        Locks(locks.filter_map(|name| Some((name.clone(), self.held(&name)?))).collect())
    }

    fn held(&self, name: &str) -> Option<Held> {
        let about = self.common_dir.join(name).symlink_metadata().ok()?;
        Some(Held(about.ino(), about.mtime(), about.mtime_nsec()))
    }

    /// The locks of `after` that were not held `before` and that nobody lets go of.
    pub fn left_locked(&self, before: &Locks, after: &Locks) -> Vec<String> {
        let until = Instant::now() + PATIENCE;
        let new = after.0.iter().filter(|(name, held)| before.0.get(*name) != Some(*held));
        let stays = |name: &String, held: &Held| {
            while self.held(name).as_ref() == Some(held) {
                if Instant::now() >= until {
                    return true;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            false
        };
        new.filter(|(name, held)| stays(name, held)).map(|(name, _)| format!("A .git/{name}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_locks() {
        for (name, expected) in [("index.lock", true), (".lock", false), ("a.lock.b", false), ("clock", false)] {
            assert_eq!(is_lock(name), expected, "{name}");
        }
    }
}
