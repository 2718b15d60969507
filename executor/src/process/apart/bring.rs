//! From a view of its own into the tree: what an attempt wrote in its view of the main working tree, and how that gets there once it has
//! ended. Knows nothing of git; who changed what meanwhile is told by the caller.
//!
//! Every step can be done once more after a crash: what is in the tree already is no longer in the view.

use std::collections::BTreeSet;
use std::fs::{self, File, FileTimes, Metadata, Permissions};
use std::io;
use std::ops::Bound;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::traces::{NOBODYS, OPAQUE, is_opaque, is_same, is_whiteout};
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
    /// What had to go out of a folder that was made anew is gone: from now on only what lies in it counts.
    Open,
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

/// What a folder is that something lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parent {
    /// It is in the tree.
    There,
    /// It was made anew in the view, and all is planned that goes out of the one in the tree.
    Anew,
    /// It is not in the tree yet.
    New,
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

    /// Is there anything at `path` in the view that was written there, rather than deleted?
    pub fn holds(&self, path: &Path) -> bool {
        fs::symlink_metadata(self.at(path)).is_ok_and(|about| !is_whiteout(&about))
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
                self.entry(&entry, Parent::There, 0, &mut plan)?;
            }
        }
        Ok(plan)
    }

    fn entry(&self, path: &Path, parent: Parent, depth: usize, plan: &mut Vec<Brought>) -> io::Result<()> {
        let (from, to) = (self.at(path), self.root.join(path));
        let about = fs::symlink_metadata(&from)?;
        let there = if parent == Parent::New { None } else { fs::symlink_metadata(&to).ok() };
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
            return self.folder(path, parent, there.as_ref(), depth, plan);
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

    /// The same of a folder and what is in it. What goes out of it goes first, then the mark that says so, then all the rest: after a crash
    /// nobody takes what has got there already for something that was deleted.
    fn folder(
        &self,
        path: &Path,
        parent: Parent,
        there: Option<&Metadata>,
        depth: usize,
        plan: &mut Vec<Brought>,
    ) -> io::Result<()> {
        not_too_deep(path, depth)?;
        let from = self.at(path);
        let mut inner = parent;
        let mut step = |act| plan.push(Brought { path: path.to_owned(), act });
        match there {
            Some(there) if there.is_dir() => {
                if parent == Parent::There && is_opaque(&from) {
                    inner = Parent::Anew;
                    self.replaced(path, depth, plan)?;
                }
            }
            Some(_) if self.others.contains(path) => {
                step(Act::Leave);
                return Ok(());
            }
            other => {
                if other.is_some() {
                    step(Act::Remove);
                }
                step(Act::Folder);
                inner = Parent::New;
            }
        }
        if is_opaque(&from) {
            plan.push(Brought { path: path.to_owned(), act: Act::Open });
        }
        sorted(&from)?.iter().try_for_each(|name| self.entry(&path.join(name), inner, depth + 1, plan))
    }

    /// A folder was made anew in the place of an old one: what was in that, and is not in the new one, goes. So it is with every folder in
    /// it, which bears no mark.
    fn replaced(&self, path: &Path, depth: usize, plan: &mut Vec<Brought>) -> io::Result<()> {
        not_too_deep(path, depth)?;
        for name in sorted(&self.root.join(path))? {
            let inner = path.join(name);
            let there = fs::symlink_metadata(self.root.join(&inner))?;
            match fs::symlink_metadata(self.at(&inner)) {
                Err(_) => self.gone(&inner, &there, depth + 1, plan)?,
                Ok(about) if about.is_dir() && there.is_dir() => self.replaced(&inner, depth + 1, plan)?,
                Ok(_) => {}
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
            Act::Open => match rustix::fs::lremovexattr(&from, OPAQUE) {
                Err(rustix::io::Errno::NODATA) => Ok(()),
                other => other.map_err(io::Error::from),
            },
            Act::Remove => removed(&to),
            Act::Merge | Act::Leave | Act::Skip => Ok(()),
        }
    }

    /// Puts `content` in the place of `path`, as it would be there after [`Act::Move`]. What was written in the view stays whole until then.
    /// `could_run`: it was a program when the view began; whoever changed that prevails.
    ///
    /// # Errors
    /// What the file system says; done once more it goes on from there.
    pub fn put(&self, path: &Path, content: &[u8], could_run: bool) -> io::Result<()> {
        let from = self.at(path);
        let mut beside = self.upper.clone().into_os_string();
        beside.push(".together");
        let about = fs::symlink_metadata(&from)?;
        fs::write(&beside, content)?;
        chown(&beside, Some(about.uid()), Some(about.gid()))?;
        let to = self.inside(path)?;
        let mine_prevails = (about.mode() & 0o100 != 0) != could_run;
        let mode = if mine_prevails { about.mode() } else { fs::symlink_metadata(&to)?.mode() };
        fs::set_permissions(&beside, Permissions::from_mode(mode & 0o7777))?;
        fs::rename(&beside, &from)?;
        moved(&from, &to)
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

/// # Errors
/// If `path`, which lies that deep, lies too deep.
fn not_too_deep(path: &Path, depth: usize) -> io::Result<()> {
    if depth < DEEPEST { Ok(()) } else { Err(io::Error::other(format!("`{}` lies too deep", path.display()))) }
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
    // What a crash left.
    removed(&beside)?;
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
mod tests;
