//! From a view of its own into the tree: what an attempt wrote in its view of the main working tree, and how that gets there once it has
//! ended. Knows nothing of git; who changed what meanwhile is told by the caller.
//!
//! Every step can be done once more after a crash: what is in the tree already is no longer in the view.

use std::collections::BTreeSet;
use std::fs::{self, File, FileTimes, Metadata, Permissions};
use std::io;
use std::ops::Bound;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::traces::{NOBODYS, is_opaque, is_same, is_whiteout};
use super::written;

/// Deepest folder that is gone into.
const DEEPEST: usize = 200;

/// What the file system notes about what it keeps.
const NOTES: [&str; 6] = ["opaque", "origin", "impure", "nlink", "upper", "uuid"];

/// What becomes of something that was written in a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It gets there as it is.
    Move,
    /// A folder is made there.
    Folder,
    /// What is there goes.
    Remove,
    /// Others changed it meanwhile: both are to be put together.
    Merge,
    /// Others changed meanwhile what it deleted or replaced: theirs stays.
    Leave,
    /// It is as what is there.
    Skip,
}

/// One thing that was written in a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// Below the top of the tree.
    pub path: PathBuf,
    /// What becomes of it.
    pub act: Act,
}

/// A view of the main working tree at `root`, as an attempt left it.
#[derive(Debug)]
pub struct View<'a> {
    /// Top of the tree.
    pub root: &'a Path,
    /// Where what was written lies.
    upper: PathBuf,
    /// What others changed since the view began, below the top.
    others: &'a BTreeSet<PathBuf>,
}

impl<'a> View<'a> {
    /// The view that was kept in `aside`; `others` is what has changed in the tree since.
    pub fn new(aside: &Path, root: &'a Path, others: &'a BTreeSet<PathBuf>) -> Self {
        Self { root, upper: written(aside, root), others }
    }

    /// Where what was written to `path` lies.
    pub fn at(&self, path: &Path) -> PathBuf {
        self.upper.join(path)
    }

    /// What is to be done, folders before what is in them.
    ///
    /// # Errors
    /// If the view or the tree cannot be read.
    pub fn plan(&self) -> io::Result<Vec<Brought>> {
        let mut plan = Vec::new();
        match fs::symlink_metadata(&self.upper) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(plan),
            other => other.map(drop)?,
        }
        for entry in sorted(&self.upper)? {
            if NOBODYS.iter().all(|name| entry != Path::new(name)) {
                self.entry(&entry, false, 0, &mut plan)?;
            }
        }
        Ok(plan)
    }

    /// `anew`: the folder that it lies in is not there yet.
    fn entry(&self, path: &Path, anew: bool, depth: usize, plan: &mut Vec<Brought>) -> io::Result<()> {
        let (from, to) = (self.at(path), self.root.join(path));
        let about = fs::symlink_metadata(&from)?;
        let there = if anew { None } else { fs::symlink_metadata(&to).ok() };
        let mut step = |act| plan.push(Brought { path: path.to_owned(), act });
        if is_whiteout(&about) {
            return match there {
                None => {
                    step(Act::Skip);
                    Ok(())
                }
                Some(there) => self.gone(path, &there, depth, plan),
            };
        }
        if about.is_dir() {
            if depth >= DEEPEST {
                return Err(io::Error::other(format!("`{}` lies too deep", path.display())));
            }
            match &there {
                Some(there) if there.is_dir() => {
                    if is_opaque(&from) {
                        self.replaced(path, depth, plan)?;
                    }
                }
                Some(_) if self.others.contains(path) => {
                    step(Act::Leave);
                    return Ok(());
                }
                Some(_) => {
                    step(Act::Remove);
                    step(Act::Folder);
                }
                None => step(Act::Folder),
            }
            let anew = !there.is_some_and(|there| there.is_dir());
            return sorted(&from)?.iter().try_for_each(|name| self.entry(&path.join(name), anew, depth + 1, plan));
        }
        match &there {
            Some(there) if there.is_dir() => {
                if self.is_touched(path) {
                    step(Act::Leave);
                } else {
                    step(Act::Remove);
                    step(Act::Move);
                }
            }
            Some(there) if is_same(&from, &about, &to, there).unwrap_or(false) => step(Act::Skip),
            _ if self.others.contains(path) => step(Act::Merge),
            _ => step(Act::Move),
        }
        Ok(())
    }

    /// A folder was made anew in the place of an old one: what was in that, and is not in the new one, goes.
    fn replaced(&self, path: &Path, depth: usize, plan: &mut Vec<Brought>) -> io::Result<()> {
        for name in sorted(&self.root.join(path))? {
            let inner = path.join(name);
            if fs::symlink_metadata(self.at(&inner)).is_err() {
                let there = fs::symlink_metadata(self.root.join(&inner))?;
                self.gone(&inner, &there, depth + 1, plan)?;
            }
        }
        Ok(())
    }

    /// It was deleted in the view: it goes, but for what others changed.
    fn gone(&self, path: &Path, there: &Metadata, depth: usize, plan: &mut Vec<Brought>) -> io::Result<()> {
        if !self.is_touched(path) {
            plan.push(Brought { path: path.to_owned(), act: Act::Remove });
        } else if there.is_dir() && depth < DEEPEST {
            for name in sorted(&self.root.join(path))? {
                let inner = path.join(name);
                let there = fs::symlink_metadata(self.root.join(&inner))?;
                self.gone(&inner, &there, depth + 1, plan)?;
            }
        } else {
            plan.push(Brought { path: path.to_owned(), act: Act::Leave });
        }
        Ok(())
    }

    /// Did others change it, or something in it?
    fn is_touched(&self, path: &Path) -> bool {
        let mut from = self.others.range::<Path, _>((Bound::Included(path), Bound::Unbounded));
        from.next().is_some_and(|next| next.starts_with(path))
    }

    /// Does a step that needs nobody's judgement.
    ///
    /// # Errors
    /// What the file system says; done once more it goes on from there.
    pub fn perform(&self, step: &Brought) -> io::Result<()> {
        let (from, to) = (self.at(&step.path), self.inside(&step.path)?);
        match step.act {
            Act::Move => moved(&from, &to),
            Act::Folder => {
                match fs::create_dir(&to) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                    Ok(()) | Err(_) => {}
                }
                fs::set_permissions(&to, Permissions::from_mode(fs::symlink_metadata(&from)?.mode() & 0o7777))
            }
            Act::Remove => removed(&to),
            Act::Merge | Act::Leave | Act::Skip => Ok(()),
        }
    }

    /// Puts `content` in the place of `path`, as it would be there after [`Act::Move`].
    ///
    /// # Errors
    /// What the file system says.
    pub fn put(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let from = self.at(path);
        fs::write(&from, content)?;
        moved(&from, &self.inside(path)?)
    }

    /// Where `path` is in the tree, which no link leads out of.
    fn inside(&self, path: &Path) -> io::Result<PathBuf> {
        let to = self.root.join(path);
        let folder = to.parent().unwrap_or(self.root);
        match folder.canonicalize() {
            Ok(real) if real == folder => Ok(to),
            Ok(_) => Err(io::Error::other(format!("a link leads out of the tree at `{}`", path.display()))),
            Err(error) => Err(error),
        }
    }

    /// Whoever builds by times builds it anew: what was built in a view knew nothing of what others did.
    pub fn freshen(&self, path: &Path) {
        let to = self.root.join(path);
        if fs::symlink_metadata(&to).is_ok_and(|about| about.is_file()) {
            // A file that cannot be opened for writing was built by nobody.
            let opened = File::options().append(true).open(&to);
            drop(opened.and_then(|file| file.set_times(FileTimes::new().set_modified(SystemTime::now()))));
        }
    }

    /// Everything is done: what is left of the view goes, but for what `kept` names and what is nobody's work.
    ///
    /// # Errors
    /// What the file system says.
    pub fn close(&self, kept: &BTreeSet<PathBuf>) -> io::Result<()> {
        match sorted(&self.upper) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
            Ok(names) => {
                for name in names.iter().filter(|name| NOBODYS.iter().all(|n| name.as_path() != Path::new(n))) {
                    self.cleared(name, kept)?;
                }
            }
        }
        for folder in [Some(self.upper.as_path()), self.upper.parent()].into_iter().flatten() {
            // One that holds something stays.
            drop(fs::remove_dir(folder));
        }
        Ok(())
    }

    fn cleared(&self, path: &Path, kept: &BTreeSet<PathBuf>) -> io::Result<()> {
        let from = self.at(path);
        if fs::symlink_metadata(&from)?.is_dir() {
            for name in sorted(&from)? {
                self.cleared(&path.join(name), kept)?;
            }
            drop(fs::remove_dir(&from));
            return Ok(());
        }
        if kept.contains(path) { Ok(()) } else { fs::remove_file(&from) }
    }
}

/// The names in a folder, in order.
fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(PathBuf::from(entry?.file_name()));
    }
    names.sort_unstable();
    Ok(names)
}

fn moved(from: &Path, to: &Path) -> io::Result<()> {
    for note in NOTES {
        // There is none of most, and on most file systems none at all.
        let _ = rustix::fs::lremovexattr(from, format!("user.overlay.{note}"));
    }
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => copied(from, to),
        other => other,
    }
}

/// The same from another file system: never half of it.
fn copied(from: &Path, to: &Path) -> io::Result<()> {
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(".mission-new");
    let beside = to.with_file_name(name);
    let about = fs::symlink_metadata(from)?;
    if about.is_symlink() {
        std::os::unix::fs::symlink(fs::read_link(from)?, &beside)?;
    } else if about.is_file() {
        fs::copy(from, &beside)?;
    } else {
        // A pipe or a socket is nobody's work.
        return fs::remove_file(from);
    }
    fs::rename(&beside, to)?;
    fs::remove_file(from)
}

fn removed(path: &Path) -> io::Result<()> {
    let gone = match fs::symlink_metadata(path) {
        Ok(about) if about.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match gone {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bench(tempfile::TempDir);

    impl Bench {
        fn new(tree: &[(&str, &str)], view: &[(&str, &str)]) -> Self {
            let bench = Self(tempfile::tempdir().expect("a folder"));
            fs::create_dir_all(bench.root()).expect("it is made");
            let upper = written(&bench.aside(), &bench.root());
            for (top, files) in [(bench.root(), tree), (upper, view)] {
                for (name, text) in files {
                    let path = top.join(name);
                    fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
                    fs::write(path, text).expect("it is written");
                }
            }
            bench
        }
        fn root(&self) -> PathBuf {
            self.0.path().canonicalize().expect("it is there").join("repo")
        }
        fn aside(&self) -> PathBuf {
            self.0.path().join("aside")
        }
        fn read(&self, name: &str) -> Option<String> {
            fs::read_to_string(self.root().join(name)).ok()
        }
    }

    #[test]
    fn what_the_file_system_notes_stays_behind() {
        let bench = Bench::new(&[], &[("x", "1")]);
        let (aside, root, none) = (bench.aside(), bench.root(), others(&[]));
        let all = View::new(&aside, &root, &none);
        let set = |name: &str| {
            let flags = rustix::fs::XattrFlags::empty();
            rustix::fs::lsetxattr(all.at(Path::new("x")), name, b"y", flags)
        };
        if set("user.own").and_then(|()| set("user.overlay.origin")).is_err() {
            return; // This file system keeps no notes.
        }
        all.plan().expect("it is read").iter().try_for_each(|step| all.perform(step)).expect("it is done");
        let has = |name: &str| rustix::fs::lgetxattr(root.join("x"), name, &mut [0_u8; 8]).is_ok();
        assert!(has("user.own") && !has("user.overlay.origin"));
    }

    fn others(names: &[&str]) -> BTreeSet<PathBuf> {
        names.iter().map(PathBuf::from).collect()
    }

    fn acts(view: &View<'_>) -> Vec<(String, Act)> {
        view.plan().expect("it is read").into_iter().map(|b| (b.path.display().to_string(), b.act)).collect()
    }

    #[test]
    fn what_was_written_gets_there_and_nothing_else_changes() {
        let tree = [("a/same", "1"), ("a/old", "1"), ("b", "1")];
        let view = [("a/same", "1"), ("a/old", "2"), ("a/new/x", "3"), (".git/hooks/h", "4"), (".worktrees/w", "5")];
        let (bench, none) = (Bench::new(&tree, &view), others(&[]));
        let (aside, root) = (bench.aside(), bench.root());
        let all = View::new(&aside, &root, &none);
        let expected = [("a/new", Act::Folder), ("a/new/x", Act::Move), ("a/old", Act::Move), ("a/same", Act::Skip)];
        assert_eq!(acts(&all), expected.map(|(name, act)| (name.to_owned(), act)));
        // A crash after each step, and once more.
        for _ in 0..expected.len() {
            let plan = all.plan().expect("it is read");
            plan.iter().take(2).try_for_each(|step| all.perform(step)).expect("it is done");
        }
        all.plan().expect("it is read").iter().try_for_each(|step| all.perform(step)).expect("it is done");
        all.close(&none).expect("it is cleared");
        assert_eq!(["a/same", "a/old", "a/new/x", "b"].map(|name| bench.read(name).expect(name)), ["1", "2", "3", "1"]);
        assert!(bench.read(".git/hooks/h").is_none() && bench.read(".worktrees/w").is_none());
        assert!(all.at(Path::new(".git/hooks/h")).exists(), "it is kept as evidence");
        assert!(!all.at(Path::new("a")).exists());
    }

    #[test]
    fn what_others_changed_meanwhile_is_not_overwritten() {
        let tree = [("both", "theirs"), ("folder", "file"), ("d/x", "theirs"), ("alike", "now")];
        let view = [("both", "mine"), ("folder/x", "mine"), ("d", "mine"), ("alike", "now"), ("new", "mine")];
        let changed = others(&["both", "folder", "d/x", "alike", "new"]);
        let bench = Bench::new(&tree, &view);
        let (aside, root) = (bench.aside(), bench.root());
        let all = View::new(&aside, &root, &changed);
        let expected = [
            ("alike", Act::Skip),
            ("both", Act::Merge),
            ("d", Act::Leave),
            ("folder", Act::Leave),
            ("new", Act::Merge),
        ];
        assert_eq!(acts(&all), expected.map(|(name, act)| (name.to_owned(), act)));
        all.put(Path::new("both"), b"together").expect("it is put");
        assert_eq!(bench.read("both").as_deref(), Some("together"));
        all.close(&others(&["d"])).expect("it is cleared");
        assert!(all.at(Path::new("d")).exists() && !all.at(Path::new("new")).exists());
    }

    #[test]
    fn no_link_leads_out_of_the_tree() {
        let bench = Bench::new(&[("a", "1")], &[("link/x", "mine")]);
        let outside = bench.0.path().join("outside");
        fs::create_dir(&outside).expect("it is made");
        fs::write(outside.join("x"), "mine").expect("it is written");
        std::os::unix::fs::symlink(&outside, bench.root().join("link")).expect("it is made");
        let (aside, root, none) = (bench.aside(), bench.root(), others(&[]));
        let all = View::new(&aside, &root, &none);
        let expected = [("link", Act::Remove), ("link", Act::Folder), ("link/x", Act::Move)];
        let plan = all.plan().expect("it is read");
        assert_eq!(acts(&all), expected.map(|(name, act)| (name.to_owned(), act)));
        assert!(all.perform(&plan[2]).is_err(), "the link is still there");
        plan.iter().try_for_each(|step| all.perform(step)).expect("it is done");
        fs::write(outside.join("x"), "theirs").expect("it is written");
        assert_eq!(bench.read("link/x").as_deref(), Some("mine"));
    }

    #[test]
    fn who_replaces_a_folder_by_a_file_or_a_file_by_a_folder_does() {
        let bench = Bench::new(&[("d/x", "1"), ("f", "1")], &[("d", "file"), ("f/y", "2")]);
        let (aside, root, none) = (bench.aside(), bench.root(), others(&[]));
        let all = View::new(&aside, &root, &none);
        all.plan().expect("it is read").iter().try_for_each(|step| all.perform(step)).expect("it is done");
        assert_eq!((bench.read("d").as_deref(), bench.read("f/y").as_deref()), (Some("file"), Some("2")));
    }
}
