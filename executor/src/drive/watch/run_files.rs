//! The files of a run, many of them, known by size and time. Follows no link and reads nothing.
//!
//! Folders in which nothing has changed are kept once, however many looks saw them.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat, openat, statat};
use serde::{Deserialize, Serialize};

use super::listing::Listing;
use crate::git::LeftOut;
use crate::runs::AttemptPath;

/// Most files that are looked at.
const MOST: usize = 1_000_000;

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

impl Change {
    fn of(about: &Stat) -> Self {
        // No size is below zero, and no second has more than a billion of them.
        let (size, nanoseconds) = (u64::try_from(about.st_size), i64::try_from(about.st_ctime_nsec));
        Self(size.unwrap_or_default(), about.st_ctime, nanoseconds.unwrap_or_default())
    }
}

/// The folder `name` in `parent`, to look into it; no link is followed.
fn open(parent: impl AsFd, name: &OsStr) -> rustix::io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(parent, name, flags, Mode::empty()).map(File::from)
}

/// What one look remembers for the next: what is in which folder, and the files of each as they were. Whether a file changed is always
/// asked.
#[derive(Debug, Default)]
pub(super) struct Known(Vec<(Box<str>, Box<Listing<Remembered>>)>);

/// The files of a folder, if there are any.
type Remembered = Option<Arc<Folder>>;

impl Known {
    /// What is below `folder` in the folders `names`, but files that are not `wanted`. Adds to `left_out`.
    pub(super) fn look(
        &mut self,
        folder: &Path,
        names: &[&str],
        wanted: &dyn Fn(&str) -> bool,
        left_out: &mut LeftOut,
    ) -> RunFiles {
        self.look_at(MOST, (folder, names), wanted, left_out)
    }

    fn look_at(
        &mut self,
        most: usize,
        (folder, names): (&Path, &[&str]),
        wanted: &dyn Fn(&str) -> bool,
        left_out: &mut LeftOut,
    ) -> RunFiles {
        let mut last = std::mem::take(&mut self.0);
        let mut search = Search { wanted, left: Some(most), found: Vec::new() };
        for name in names {
            let known = last.iter().position(|(known, _)| **known == **name).map(|at| last.swap_remove(at).1);
            let (mut path, mut told) = (folder.join(name), (*name).to_owned());
            if let Ok(here) = open(CWD, path.as_os_str())
                && let Some(listing) = search.below(&here, &mut path, &mut told, known)
            {
                self.0.push(((*name).into(), listing));
            }
        }
        if search.left.is_none() {
            left_out.insert(format!("the folder of the run: more than {most} files"));
        }
        search.found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        RunFiles(search.found)
    }
}

/// What is looked for, and what was found.
struct Search<'w> {
    wanted: &'w dyn Fn(&str) -> bool,
    /// How many more files are looked at; `None`: there are more than that.
    left: Option<usize>,
    found: Vec<Arc<Folder>>,
}

impl Search<'_> {
    /// Looks into the folder `here`, which is at `path` and told as `name`. Both are as before when this returns.
    fn below(
        &mut self,
        here: &File,
        path: &mut PathBuf,
        name: &mut String,
        last: Option<Box<Listing<Remembered>>>,
    ) -> Option<Box<Listing<Remembered>>> {
        let mut listing = Listing::look(path, &here.metadata().ok()?, last).ok()?;
        let (length, mut files) = (name.len(), Vec::<(Cow<'_, str>, Change)>::new());
        for entry in &mut listing.entries {
            let inner = entry.name.to_string_lossy();
            name.push('/');
            name.push_str(&inner);
            let last = entry.inner.take();
            // From here: the way from the root is long, and would be gone for every file.
            match statat(here, &*entry.name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(about) if FileType::from_raw_mode(about.st_mode).is_dir() => {
                    if (self.wanted)(&format!("{name}/"))
                        && let Ok(folder) = open(here, &entry.name)
                    {
                        path.push(&entry.name);
                        entry.inner = self.below(&folder, path, name, last);
                        path.pop();
                    }
                }
                Ok(about) if (self.wanted)(name) => {
                    self.left = self.left.and_then(|left| left.checked_sub(1));
                    if self.left.is_some() {
                        files.push((inner, Change::of(&about)));
                    }
                }
                Ok(_) | Err(_) => {}
            }
            name.truncate(length);
        }
        files.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let is_same = |known: &&Arc<Folder>| {
            let known = known.files.iter().map(|(name, change)| (&**name, change));
            known.eq(files.iter().map(|(name, change)| (&**name, change)))
        };
        listing.about = match listing.about.as_ref().filter(is_same) {
            _ if files.is_empty() => None,
            Some(known) => Some(Arc::clone(known)),
            None => {
                let files = files.into_iter().map(|(name, change)| (name.into(), change)).collect();
                Some(Arc::new(Folder { name: name.as_str().into(), files }))
            }
        };
        self.found.extend(listing.about.clone());
        Some(listing)
    }
}

impl RunFiles {
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
    use std::fs;

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
        let look = |last: &mut Known| {
            let names = ["git", "attempts", "logs"];
            last.look(folder, &names, &|name| !name.starts_with("git/index-"), &mut LeftOut::new())
        };
        for (most, said) in [(4, None), (3, Some("the folder of the run: more than 3 files"))] {
            let mut left_out = LeftOut::new();
            let names = ["attempts", "logs"];
            drop(Known::default().look_at(most, (folder, &names), &|_| true, &mut left_out));
            assert_eq!(left_out.first().map(String::as_str), said);
        }
        let mut known = Known::default();
        let before = look(&mut known);
        let names: Vec<&str> = before.0.iter().map(|folder| &*folder.name).collect();
        assert_eq!(names, ["attempts/a/1", "logs/a", "logs/b"]);
        write(folder, "git/index-1", "another");
        write(folder, "logs/a/2.log", "another");
        write(folder, "logs/a/3.log", "new");
        write(folder, "logs/c/1.log", "new");
        fs::remove_dir_all(folder.join("attempts")).expect("it goes");
        let after = look(&mut known);
        let lines = ["D attempts/a/1/result.json", "M logs/a/2.log", "A logs/a/3.log", "A logs/c/1.log"];
        assert_eq!(before.changed(&after), lines);
        assert_eq!(before.changed(&before.clone()), [""; 0]);
        assert!(Arc::ptr_eq(&before.0[2], &after.0[1]), "what is the same is kept once");
        let read: RunFiles = serde_json::from_str(&serde_json::to_string(&before).expect("JSON")).expect("the same");
        assert_eq!(read.changed(&after), lines, "also after it was on disk");
    }

    #[test]
    fn no_link_is_followed_and_no_folder_is_kept_that_became_one() {
        let place = tempfile::tempdir().expect("a folder");
        let (inside, outside) = (place.path().join("inside"), place.path().join("outside"));
        write(&outside, "a/x", "theirs");
        write(&inside, "logs/a/x", "ours");
        std::os::unix::fs::symlink(&outside, inside.join("logs/link")).expect("a link");
        std::os::unix::fs::symlink(&outside, inside.join("git")).expect("a link");
        let mut known = Known::default();
        let mut look = || known.look(&inside, &["git", "logs"], &|_| true, &mut LeftOut::default());
        let before = look();
        let names: Vec<&str> = before.0.iter().map(|folder| &*folder.name).collect();
        assert_eq!((names, before.changed(&look())), (vec!["logs", "logs/a"], Vec::new()));
        fs::rename(inside.join("logs/a"), inside.join("moved")).expect("it is moved");
        std::os::unix::fs::symlink("../moved", inside.join("logs/a")).expect("a link");
        assert_eq!(before.changed(&look()), ["A logs/a", "D logs/a/x"]);
    }

    #[test]
    fn files_of_an_attempt_are_its_own_and_no_neighbour_s() {
        let place = tempfile::tempdir().expect("a folder");
        let own = ["attempts/a/1/b/1/before.json", "attempts/a/1/result.json", "logs/a/1.log"];
        let others = ["attempts/a/1-b/1/x", "attempts/a/10/x", "attempts/a/2/x", "logs/a/10.log", "logs/a/1/1.log"];
        own.iter().chain(&others).for_each(|name| write(place.path(), name, "x"));
        let all = Known::default().look(place.path(), &["attempts", "logs"], &|_| true, &mut LeftOut::new());
        let found = all.of(&AttemptPath::new("a", 1).expect("a node"));
        let told = |name: &str| format!("A {name}");
        let mut lines = RunFiles::default().changed(&found);
        lines.sort_unstable();
        assert_eq!(lines, own.map(told));
        assert_eq!(all.of(&AttemptPath::new("b", 1).expect("a node")), RunFiles::default());
        assert_eq!(found.changed(&all.of(&AttemptPath::new("a", 1).expect("a node"))), [""; 0], "found again by name");
    }
}
