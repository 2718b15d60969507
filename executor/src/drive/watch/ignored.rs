//! Files of the user's own tree that git ignores, for attempts that work elsewhere and are not kept apart. Follows no link and reads
//! nothing.
//!
//! Whoever changed one is not seen: people build and edit there all the time. So what is found is told, and held against nobody.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::Watch;
use crate::event::{Finding, FindingKind, Weight};
use crate::git::{self, Repository};

/// Most files that are looked at in all, and in one of the folders that git ignores.
const MOST: usize = 20_000;
const MOST_IN_ONE: usize = 5_000;

/// What is seen of a file: inode, size, and when they were written to, in seconds and nanoseconds.
type About = (u64, u64, i64, i64);

/// The files, and what is shared and therefore not looked at.
#[derive(Debug)]
pub(super) struct Ignored {
    files: BTreeMap<PathBuf, About>,
    shared: Vec<PathBuf>,
}

impl Ignored {
    /// The files of `main` that git ignores, but those in `shared`.
    pub(super) fn look(main: &Repository, shared: Vec<PathBuf>) -> Result<Self, git::Error> {
        let mut files = BTreeMap::new();
        for name in main.ignored()? {
            let path = main.root().join(name);
            let most = MOST.min(files.len() + MOST_IN_ONE);
            add(&mut files, path, most, &shared);
        }
        Ok(Self { files, shared })
    }

    /// Lines of what is new, different or gone.
    fn changed(&self, after: &Self, root: &Path) -> Vec<String> {
        let line = |how: &str, path: &Path| format!("{how} {}", path.strip_prefix(root).unwrap_or(path).display());
        let old = self.files.iter().filter_map(|(path, was)| match after.files.get(path) {
            None => Some(line("D", path)),
            Some(is) if is != was => Some(line("M", path)),
            Some(_) => None,
        });
        let new = after.files.keys().filter(|path| !self.files.contains_key(*path)).map(|path| line("A", path));
        old.chain(new).collect()
    }
}

fn add(all: &mut BTreeMap<PathBuf, About>, path: PathBuf, most: usize, shared: &[PathBuf]) {
    // Two repositories on one disk may share objects, and each marks those that it uses.
    if all.len() >= most || shared.contains(&path) || path.ends_with(".git/objects") {
        return;
    }
    let Ok(about) = path.symlink_metadata() else { return };
    if !about.is_dir() {
        all.insert(path, (about.ino(), about.len(), about.mtime(), about.mtime_nsec()));
        return;
    }
    let mut inner: Vec<PathBuf> =
        fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    inner.sort_unstable();
    inner.into_iter().for_each(|path| add(all, path, most, shared));
}

impl Watch {
    /// The files that git ignores in the user's own tree, unless it works there.
    pub(super) fn ignored(&self, shared: Vec<PathBuf>) -> Result<Option<Ignored>, git::Error> {
        let main = self.ground.repository.as_ref().filter(|main| main.root() != self.repository.root());
        main.map(|main| Ignored::look(main, shared)).transpose()
    }

    /// What became of them since.
    pub(super) fn overwrote_ignored(&self, tampered: &mut Vec<Finding>) -> Result<(), git::Error> {
        let Some(before) = &self.ignored_before else { return Ok(()) };
        let now = self.ignored(before.shared.clone())?;
        let changed = now.map(|now| before.changed(&now, &self.ground.root)).unwrap_or_default();
        if !changed.is_empty() {
            let say = "files that git ignores changed in the working tree of the repository, though its own place is another; whether it was \
                this, you, or what you run there was not seen";
            tampered.push(Finding::new(FindingKind::Elsewhere, Weight::Unproven, say, changed));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_or_too_much_is_left_out() {
        let place = tempfile::tempdir().expect("a folder");
        let root = place.path();
        for name in ["out/a", "out/deep/b", "modules/m", ".env"] {
            let path = root.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
            fs::write(path, name).expect("it is written");
        }
        let look = |most: usize| {
            let mut all = BTreeMap::new();
            for name in ["out", "modules", ".env", "gone"] {
                add(&mut all, root.join(name), most, &[root.join("modules")]);
            }
            Ignored { files: all, shared: Vec::new() }
        };
        let before = look(MOST);
        assert_eq!((before.files.len(), look(2).files.len()), (3, 2));
        assert_eq!(before.changed(&look(MOST), root), [""; 0]);
        fs::write(root.join(".env"), "other").expect("it is written");
        fs::write(root.join("out/c"), "new").expect("it is written");
        fs::write(root.join("modules/n"), "new").expect("it is written");
        fs::remove_dir_all(root.join("out/deep")).expect("it goes");
        assert_eq!(before.changed(&look(MOST), root), ["M .env", "D out/deep/b", "A out/c"]);
    }
}
