//! Digests of what files hold, to see later whether they changed. Follows no link and waits for nothing.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use crate::digest;
use crate::git::Guarded;

/// Most files of one folder that are looked at.
const MOST: usize = 5_000;
/// Largest file whose content is read, in bytes.
const LARGEST: u64 = 4 << 20;

/// What stands for a folder that is there.
const FOLDER: &str = "folder";

/// Digests by name.
pub(super) type Digests = BTreeMap<String, String>;

/// Adds what is guarded.
pub(super) fn add_guarded(all: &mut Digests, guarded: Vec<Guarded>) {
    for Guarded { name, path, whole } in guarded {
        if whole || !path.symlink_metadata().is_ok_and(|about| about.is_dir()) {
            // Git writes this one itself, whenever it tidies up.
            add(all, &name, &path, &|name| name != ".git/info/refs");
        } else {
            all.insert(name, FOLDER.to_owned());
        }
    }
}

/// Adds `path`, told as `name`, and everything below it that `wanted` accepts.
pub(super) fn add(all: &mut Digests, name: &str, path: &Path, wanted: &dyn Fn(&str) -> bool) {
    if all.len() >= MOST || !wanted(name) {
        return;
    }
    let Ok(about) = path.symlink_metadata() else { return };
    if !about.is_dir() {
        all.insert(name.to_owned(), digest_of(path, &about).unwrap_or_else(|e| format!("unreadable: {}", e.kind())));
        return;
    }
    let Ok(entries) = fs::read_dir(path) else { return };
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    for inner in names {
        let shown = format!("{name}/{}", inner.to_string_lossy());
        add(all, &shown, &path.join(&inner), wanted);
    }
}

fn digest_of(path: &Path, about: &Metadata) -> io::Result<String> {
    if about.is_symlink() {
        return Ok(format!("link to {}", fs::read_link(path)?.display()));
    }
    if !about.is_file() || about.len() > LARGEST {
        return Ok(format!("{} {}.{}", about.len(), about.ctime(), about.ctime_nsec()));
    }
    let mut content = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut content)?;
    let mode = about.permissions().mode() & 0o111;
    Ok(digest::hex(&digest::sha256(&[&mode.to_be_bytes(), &content])))
}

/// Names of what is new, different or gone.
pub(super) fn changed(before: &Digests, after: &Digests) -> Vec<String> {
    let gone = before.keys().filter(|name| !after.contains_key(*name)).map(|name| format!("D {name}"));
    let other = after.iter().filter_map(|(name, now)| match before.get(name) {
        None => Some(format!("A {name}")),
        Some(old) if old != now => Some(format!("M {name}")),
        Some(_) => None,
    });
    gone.chain(other).collect()
}
