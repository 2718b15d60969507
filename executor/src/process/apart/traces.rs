//! What an attempt that was kept apart wrote where it may not.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use super::WRITTEN;

/// Most traces that are told of.
const MOST: usize = 1_000;
/// Deepest folder that is looked into.
const DEEPEST: usize = 100;

/// What lies in `aside` that is not in `worktrees` as well: lines such as `A one/new.txt`, `M one/other.txt`, `D one/gone.txt`.
///
/// # Errors
/// If it cannot be read: then it is not known.
pub fn traces(aside: &Path, worktrees: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    match fs::symlink_metadata(aside.join(WRITTEN)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        other => other.map(drop)?,
    }
    below(&aside.join(WRITTEN), worktrees, "", 0, &mut found)?;
    found.sort();
    Ok(found)
}

fn below(written: &Path, real: &Path, name: &str, depth: usize, found: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(written)? {
        if found.len() == MOST {
            return Ok(());
        }
        let entry = entry?;
        let inner = entry.file_name().to_string_lossy().into_owned();
        let name = if name.is_empty() { inner.clone() } else { format!("{name}/{inner}") };
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
                below(&entry.path(), &real, &name, depth + 1, found)?;
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
fn is_whiteout(about: &Metadata) -> bool {
    about.file_type().is_char_device() && about.rdev() == 0
}

/// How it says that a folder was deleted and made anew.
fn is_opaque(folder: &Path) -> bool {
    rustix::fs::lgetxattr(folder, "user.overlay.opaque", &mut [0_u8; 1]).is_ok_and(|length| length > 0)
}

/// Only the times of `written` are others: it was opened for writing, and nothing was written.
fn is_same(written: &Path, about: &Metadata, real: &Path, before: &Metadata) -> io::Result<bool> {
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
        let place = tempfile::tempdir().expect("a folder");
        let (aside, worktrees) = (place.path().join("aside"), place.path().join("worktrees"));
        assert_eq!(traces(&aside, &worktrees).expect("nothing is there"), [""; 0]);
        for (name, text) in
            [("written/one/same", "a"), ("written/one/other", "b"), ("written/one/new", "c"), ("written/two/x", "d")]
        {
            let path = aside.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
            fs::write(path, text).expect("it is written");
        }
        fs::create_dir_all(worktrees.join("one")).expect("it is made");
        for name in ["same", "other"] {
            fs::write(worktrees.join("one").join(name), "a").expect("it is written");
        }
        assert_eq!(traces(&aside, &worktrees).expect("it is read"), ["A one/new", "A two/", "M one/other"]);
    }
}
