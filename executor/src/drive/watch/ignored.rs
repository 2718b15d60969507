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
use crate::git::{self, LeftOut, Repository};

/// Most files that are looked at in one of the folders that git ignores, and in all of them.
const MOST_IN_ONE: usize = 50_000;
const MOST: usize = 200_000;

/// What is seen of a file: inode, size, and when they were written to, in seconds and nanoseconds.
type About = (u64, u64, i64, i64);

/// The files, and what is shared and therefore not looked at.
#[derive(Debug)]
pub(super) struct Ignored {
    files: BTreeMap<PathBuf, About>,
    shared: Vec<PathBuf>,
    left_out: LeftOut,
}

impl Ignored {
    /// The files of `main` that git ignores, but those in `shared`.
    pub(super) fn look(main: &Repository, shared: Vec<PathBuf>) -> Result<Self, git::Error> {
        Ok(Self::of(main.root(), main.ignored()?, shared, (MOST_IN_ONE, MOST)))
    }

    /// What `names` lead to below `root`, but what is in `shared`; at most so many files in one, and in all.
    fn of(root: &Path, mut names: Vec<PathBuf>, shared: Vec<PathBuf>, (in_one, in_all): (usize, usize)) -> Self {
        let mut all = Self { files: BTreeMap::new(), shared, left_out: LeftOut::new() };
        // No folder keeps a file from being looked at.
        names.sort_by_cached_key(|name| root.join(name).symlink_metadata().is_ok_and(|about| about.is_dir()));
        for name in names {
            let most = in_all.min(all.files.len() + in_one);
            let so_far = all.files.len();
            if !all.add(root.join(&name), most) {
                let more = format!("{}: more than {} files, which git ignores", name.display(), most - so_far);
                all.left_out.insert(more);
            }
        }
        all
    }

    /// Is that all of it?
    fn add(&mut self, path: PathBuf, most: usize) -> bool {
        // Two repositories on one disk may share objects, and each marks those that it uses.
        if self.shared.contains(&path) || path.ends_with(".git/objects") {
            return true;
        }
        let Ok(about) = path.symlink_metadata() else { return true };
        if about.is_dir() {
            let entries = fs::read_dir(&path).into_iter().flatten().flatten();
            let mut inner: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
            inner.sort_unstable();
            return inner.into_iter().all(|path| self.add(path, most));
        }
        let has_room = self.files.len() < most;
        if has_room {
            self.files.insert(path, (about.ino(), about.len(), about.mtime(), about.mtime_nsec()));
        }
        has_room
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

impl Watch {
    /// The files that git ignores in the user's own tree, unless it works there.
    pub(super) fn ignored(&self, shared: Vec<PathBuf>) -> Result<Option<Ignored>, git::Error> {
        let main = self.ground.repository.as_ref().filter(|main| main.root() != self.repository.root());
        main.map(|main| Ignored::look(main, shared)).transpose()
    }

    /// What became of them since. Adds to `left_out`.
    pub(super) fn overwrote_ignored(
        &self,
        tampered: &mut Vec<Finding>,
        left_out: &mut LeftOut,
    ) -> Result<(), git::Error> {
        let Some(before) = &self.ignored_before else { return Ok(()) };
        let now = self.ignored(before.shared.clone())?;
        left_out.extend(before.left_out.iter().chain(now.iter().flat_map(|now| &now.left_out)).cloned());
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
    fn what_is_shared_is_left_out_and_what_is_too_much_is_said() {
        let place = tempfile::tempdir().expect("a folder");
        let root = place.path();
        for name in ["out/a", "out/deep/b", "modules/m", ".env"] {
            let path = root.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
            fs::write(path, name).expect("it is written");
        }
        let look = |most: (usize, usize)| {
            let names = ["out", "modules", ".env", "gone"].map(PathBuf::from).into();
            Ignored::of(root, names, vec![root.join("modules")], most)
        };
        let before = look((9, 9));
        assert_eq!((before.files.len(), &before.left_out), (3, &LeftOut::new()));
        for (most, count, said) in [
            ((1, 9), 2, "out: more than 1 files, which git ignores"),
            ((9, 2), 2, "out: more than 1 files, which git ignores"),
            ((2, 3), 3, ""),
        ] {
            let some = look(most);
            assert!(some.files.contains_key(&root.join(".env")), "{most:?}");
            assert_eq!((some.files.len(), some.left_out.first().map_or("", String::as_str)), (count, said));
        }
        assert_eq!(before.changed(&look((9, 9)), root), [""; 0]);
        fs::write(root.join(".env"), "other").expect("it is written");
        fs::write(root.join("out/c"), "new").expect("it is written");
        fs::write(root.join("modules/n"), "new").expect("it is written");
        fs::remove_dir_all(root.join("out/deep")).expect("it goes");
        assert_eq!(before.changed(&look((9, 9)), root), ["M .env", "D out/deep/b", "A out/c"]);
    }
}
