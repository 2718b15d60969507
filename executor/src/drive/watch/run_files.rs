//! The files of a run, many of them, known by size and time. Follows no link and reads nothing.
//!
//! Folders in which nothing has changed are kept once, however many looks saw them.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::runs::AttemptPath;

/// Most files that are looked at.
const MOST: usize = 20_000;

/// Files by folder, both in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RunFiles(Vec<Arc<Folder>>);

/// A folder and the files in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Folder {
    name: Box<str>,
    files: Vec<(Box<str>, Change)>,
}

/// Size and time of the last change, in seconds and nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Change(u64, i64, i64);

impl RunFiles {
    /// What is below `folder` in the folders `names`, but files that are not `wanted`. `last` is what the last look saw.
    pub(super) fn look(folder: &Path, names: &[&str], wanted: &dyn Fn(&str) -> bool, last: &Self) -> Self {
        let mut found = Self::default();
        let mut left = MOST;
        for name in names {
            found.add(&folder.join(name), name, wanted, last, &mut left);
        }
        found.0.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        found
    }

    fn add(&mut self, path: &Path, name: &str, wanted: &dyn Fn(&str) -> bool, last: &Self, left: &mut usize) {
        let Ok(entries) = fs::read_dir(path) else { return };
        let (mut files, mut folders) = (Vec::<(Box<str>, Change)>::new(), Vec::new());
        for entry in entries.flatten() {
            let inner = entry.file_name();
            let inner = inner.to_string_lossy();
            // Of a folder itself, and of a link, nothing is followed.
            let Ok(about) = entry.metadata() else { continue };
            if about.is_dir() {
                if wanted(&format!("{name}/{inner}/")) {
                    folders.push(inner.into_owned());
                }
            } else if *left > 0 && wanted(&format!("{name}/{inner}")) {
                *left -= 1;
                files.push((inner.into(), Change(about.len(), about.ctime(), about.ctime_nsec())));
            }
        }
        files.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        if !files.is_empty() {
            let same = last.folder(name).filter(|known| known.files == files);
            self.0.push(same.cloned().unwrap_or_else(|| Arc::new(Folder { name: name.into(), files })));
        }
        folders.sort_unstable();
        for inner in folders {
            self.add(&path.join(&inner), &format!("{name}/{inner}"), wanted, last, left);
        }
    }

    fn folder(&self, name: &str) -> Option<&Arc<Folder>> {
        self.0.binary_search_by(|folder| (*folder.name).cmp(name)).ok().map(|at| &self.0[at])
    }

    /// The files of one attempt: its log, and its own folder.
    pub(super) fn of(&self, attempt: &AttemptPath) -> Self {
        let (own, log) = (attempt.folder(), attempt.log());
        let mut found = Vec::new();
        // IMPORTANT: asked for every attempt that has ended whenever one ends, so not every folder is looked at: they are in order.
        let own = own.to_str().expect("words of a node id");
        let first = self.0.partition_point(|folder| *folder.name < *own);
        let near = self.0[first..].iter().take_while(|folder| folder.name.starts_with(own));
        found.extend(near.filter(|folder| matches!(folder.name.as_bytes().get(own.len()), None | Some(b'/'))).cloned());
        let (inner, name) = log.parent().and_then(Path::to_str).zip(log.file_name()).expect("a file in a folder");
        if let Some(folder) = self.folder(inner) {
            let files: Vec<_> = folder.files.iter().filter(|(log, _)| *name == **log).cloned().collect();
            if !files.is_empty() {
                found.push(Arc::new(Folder { name: folder.name.clone(), files }));
            }
        }
        Self(found)
    }

    /// Names of what is new, different or gone.
    pub(super) fn changed(&self, after: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        for before in &self.0 {
            let now = after.folder(&before.name);
            if !now.is_some_and(|now| Arc::ptr_eq(now, before)) {
                before.changed(now.map_or(&[], |now| &now.files), &mut lines);
            }
        }
        for new in after.0.iter().filter(|folder| self.folder(&folder.name).is_none()) {
            lines.extend(new.files.iter().map(|(name, _)| format!("A {}/{name}", new.name)));
        }
        lines
    }
}

impl Folder {
    fn changed(&self, now: &[(Box<str>, Change)], lines: &mut Vec<String>) {
        fn find<'f>(files: &'f [(Box<str>, Change)], name: &str) -> Option<&'f Change> {
            files.binary_search_by(|(other, _)| (**other).cmp(name)).ok().map(|at| &files[at].1)
        }
        let folder = &self.name;
        for (name, change) in &self.files {
            match find(now, name) {
                None => lines.push(format!("D {folder}/{name}")),
                Some(other) if other != change => lines.push(format!("M {folder}/{name}")),
                Some(_) => {}
            }
        }
        let new = now.iter().filter(|(name, _)| find(&self.files, name).is_none());
        lines.extend(new.map(|(name, _)| format!("A {folder}/{name}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, name: &str, text: &str) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
        fs::write(path, text).expect("it is written");
    }

    #[test]
    fn what_is_new_different_or_gone_is_seen() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path();
        for name in ["logs/a/1.log", "logs/a/2.log", "logs/b/1.log", "attempts/a/1/result.json", "git/index-1"] {
            write(folder, name, "before");
        }
        let look = |last: &RunFiles| {
            RunFiles::look(folder, &["git", "attempts", "logs"], &|name| !name.starts_with("git/index-"), last)
        };
        let before = look(&RunFiles::default());
        let names: Vec<&str> = before.0.iter().map(|folder| &*folder.name).collect();
        assert_eq!(names, ["attempts/a/1", "logs/a", "logs/b"]);
        write(folder, "git/index-1", "another");
        write(folder, "logs/a/2.log", "another");
        write(folder, "logs/a/3.log", "new");
        write(folder, "logs/c/1.log", "new");
        fs::remove_dir_all(folder.join("attempts")).expect("it goes");
        let after = look(&before);
        let lines = ["D attempts/a/1/result.json", "M logs/a/2.log", "A logs/a/3.log", "A logs/c/1.log"];
        assert_eq!(before.changed(&after), lines);
        assert_eq!(before.changed(&before.clone()), [""; 0]);
        assert!(Arc::ptr_eq(&before.0[2], &after.0[1]), "what is the same is kept once");
        let read: RunFiles = serde_json::from_str(&serde_json::to_string(&before).expect("JSON")).expect("the same");
        assert_eq!(read.changed(&after), lines, "also after it was on disk");
    }

    #[test]
    fn files_of_an_attempt_are_its_own_and_no_neighbour_s() {
        let place = tempfile::tempdir().expect("a folder");
        let own = ["attempts/a/1/b/1/before.json", "attempts/a/1/result.json", "logs/a/1.log"];
        let others = ["attempts/a/1-b/1/x", "attempts/a/10/x", "attempts/a/2/x", "logs/a/10.log", "logs/a/1/1.log"];
        own.iter().chain(&others).for_each(|name| write(place.path(), name, "x"));
        let all = RunFiles::look(place.path(), &["attempts", "logs"], &|_| true, &RunFiles::default());
        let found = all.of(&AttemptPath::new("a", 1).expect("a node"));
        let told = |name: &str| format!("A {name}");
        let mut lines = RunFiles::default().changed(&found);
        lines.sort_unstable();
        assert_eq!(lines, own.map(told));
        assert_eq!(all.of(&AttemptPath::new("b", 1).expect("a node")), RunFiles::default());
        assert_eq!(found.changed(&all.of(&AttemptPath::new("a", 1).expect("a node"))), [""; 0], "found again by name");
    }
}
