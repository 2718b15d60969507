//! What an attempt that was kept apart wrote where it may not.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use super::written;
use crate::git::{STATE_DIR, WORKTREES_DIR};

/// Names at the top of a working tree that are nobody's work.
pub(super) const NOBODYS: [&str; 3] = [".git", STATE_DIR, WORKTREES_DIR];

/// Most traces that are told of.
const MOST: usize = 1_000;
/// Deepest folder that is looked into.
const DEEPEST: usize = 100;

/// What lies in `aside` that is not in the `places` as well, each of them the working tree at `root` or a folder in it: lines such as
/// `A x/new.txt`, `M x/other.txt`, `D x/gone.txt`, with paths below `root`.
///
/// # Errors
/// If it cannot be read: then it is not known.
pub fn traces(aside: &Path, places: &[PathBuf], root: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for place in places {
        let written = written(aside, place);
        match fs::symlink_metadata(&written) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other.map(drop)?,
        }
        let name = place.strip_prefix(root).unwrap_or(place).display().to_string();
        let name = if name.is_empty() { name } else { format!("{name}/") };
        below(&written, place, &name, 0, &mut found, &|_| true)?;
    }
    found.sort();
    Ok(found)
}

/// The same of what lies in `aside` of the working tree at `root` and is nobody's work.
///
/// # Errors
/// If it cannot be read: then it is not known.
pub fn nobodys_traces(aside: &Path, root: &Path) -> io::Result<Vec<String>> {
    let (mut found, written) = (Vec::new(), written(aside, root));
    if fs::symlink_metadata(&written).is_ok() {
        below(&written, root, "", 0, &mut found, &|name| NOBODYS.iter().any(|nobodys| name == *nobodys))?;
    }
    found.sort();
    Ok(found)
}

fn below(
    written: &Path,
    real: &Path,
    name: &str,
    depth: usize,
    found: &mut Vec<String>,
    wanted: &dyn Fn(&OsStr) -> bool,
) -> io::Result<()> {
    for entry in fs::read_dir(written)? {
        if found.len() == MOST {
            return Ok(());
        }
        let entry = entry?;
        if !wanted(&entry.file_name()) {
            continue;
        }
        let inner = entry.file_name().to_string_lossy().into_owned();
        let name = format!("{name}{inner}");
        let (about, real) = (entry.metadata()?, real.join(entry.file_name()));
        let before = fs::symlink_metadata(&real).ok();
        if is_whiteout(&about) {
            found.push(format!("D {name}"));
        } else if about.is_dir() {
            if is_opaque(&entry.path()) {
                found.push(format!("M {name}/"));
            } else if before.is_none() {
                found.push(format!("A {name}/"));
            } else if depth < DEEPEST {
                below(&entry.path(), &real, &format!("{name}/"), depth + 1, found, &|_| true)?;
            } else {
                found.push(format!("M {name}/"));
            }
        } else if let Some(before) = before {
            if !is_same(&entry.path(), &about, &real, &before)? {
                found.push(format!("M {name}"));
            }
        } else {
            found.push(format!("A {name}"));
        }
    }
    Ok(())
}

/// How the file system says that something was deleted.
pub(super) fn is_whiteout(about: &Metadata) -> bool {
    about.file_type().is_char_device() && about.rdev() == 0
}

/// How it says that a folder was deleted and made anew.
pub(super) const OPAQUE: &str = "user.overlay.opaque";

/// Was that folder deleted and made anew?
pub(super) fn is_opaque(folder: &Path) -> bool {
    rustix::fs::lgetxattr(folder, OPAQUE, &mut [0_u8; 1]).is_ok_and(|length| length > 0)
}

/// Only the times of `written` are others: it was opened for writing, and nothing was written.
pub(super) fn is_same(written: &Path, about: &Metadata, real: &Path, before: &Metadata) -> io::Result<bool> {
    if about.mode() != before.mode() || about.len() != before.len() || !about.is_file() {
        return Ok(about.is_symlink() && before.is_symlink() && fs::read_link(written)? == fs::read_link(real)?);
    }
    let (mut one, mut other) = (File::open(written)?, File::open(real)?);
    let (mut here, mut there) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let count = one.read(&mut here)?;
        if count == 0 {
            return Ok(true);
        }
        if other.read_exact(&mut there[..count]).is_err() || here[..count] != there[..count] {
            return Ok(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_a_trace() {
        let root = tempfile::tempdir().expect("a folder");
        let (aside, place) = (root.path().join("aside"), root.path().join("some/place"));
        let found = || traces(&aside, std::slice::from_ref(&place), root.path()).expect("it is read");
        assert_eq!(found(), [""; 0]);
        let files = [("one/same", "a"), ("one/other", "b"), ("one/new", "c"), ("two/x", "d")];
        for (name, text) in files {
            let path = written(&aside, &place).join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
            fs::write(path, text).expect("it is written");
        }
        fs::create_dir_all(place.join("one")).expect("it is made");
        for name in ["same", "other"] {
            fs::write(place.join("one").join(name), "a").expect("it is written");
        }
        assert_eq!(found(), ["A some/place/one/new", "A some/place/two/", "M some/place/one/other"]);
    }
}
