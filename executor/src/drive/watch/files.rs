//! Digests of what files hold, to see later whether they changed. Follows no link and waits for nothing.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use crate::digest;
use crate::git::{Guarded, LeftOut};

/// Most files that are looked at together.
const MOST: usize = 5_000;
/// Largest file whose content is read, in bytes.
const LARGEST: u64 = 4 << 20;

/// What stands for a folder that is there.
const FOLDER: &str = "folder";

/// Digests by name.
pub(super) type Digests = BTreeMap<String, String>;

/// Adds what is guarded, and to `left_out` what is too much.
pub(super) fn add_guarded(all: &mut Digests, guarded: Vec<Guarded>, left_out: &mut LeftOut) {
    for Guarded { name, path, whole } in guarded {
        if whole || !path.symlink_metadata().is_ok_and(|about| about.is_dir()) {
            add(all, &name, &path, &|name| !is_list_of_refs(name), left_out);
        } else {
            all.insert(name, FOLDER.to_owned());
        }
    }
}

/// Git writes this one itself whenever it tidies up, under a name of the moment first.
fn is_list_of_refs(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(".git/info/refs") else { return false };
    let is_of_the_moment = |end: &str| end.len() == 6 && end.bytes().all(|b| b.is_ascii_alphanumeric());
    rest.is_empty() || rest.strip_prefix('_').is_some_and(is_of_the_moment)
}

/// Adds `path`, told as `name`, and everything below it that `wanted` accepts, and to `left_out` what is too much.
pub(super) fn add(all: &mut Digests, name: &str, path: &Path, wanted: &dyn Fn(&str) -> bool, left_out: &mut LeftOut) {
    add_up_to(MOST, all, (name, path), wanted, left_out);
}

fn add_up_to(
    most: usize,
    all: &mut Digests,
    (name, path): (&str, &Path),
    wanted: &dyn Fn(&str) -> bool,
    left_out: &mut LeftOut,
) {
    if !wanted(name) {
        return;
    }
    let Ok(about) = path.symlink_metadata() else { return };
    if !about.is_dir() {
        if all.len() >= most {
            let top = name.split('/').next().unwrap_or(name);
            left_out.insert(format!("{top}: more than {most} files that nobody has to change"));
            return;
        }
        all.insert(name.to_owned(), digest_of(path, &about).unwrap_or_else(|e| format!("unreadable: {}", e.kind())));
        return;
    }
    let Ok(entries) = fs::read_dir(path) else { return };
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    for inner in names {
        let shown = format!("{name}/{}", inner.to_string_lossy());
        add_up_to(most, all, (&shown, &path.join(&inner)), wanted, left_out);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_said() {
        let place = tempfile::tempdir().expect("a folder");
        for name in ["a", "b/c", "b/d"] {
            let path = place.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
            fs::write(path, name).expect("it is written");
        }
        for (most, count, said) in [(3, 3, None), (2, 2, Some("top: more than 2 files that nobody has to change"))] {
            let (mut all, mut left_out) = (Digests::new(), LeftOut::new());
            add_up_to(most, &mut all, ("top", place.path()), &|_| true, &mut left_out);
            assert_eq!((all.len(), left_out.first().map(String::as_str)), (count, said));
        }
    }

    #[test]
    fn what_git_writes_when_it_tidies_up_is_nobodys_deed() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["refs", "refs_zHSDPs", "refs_more_than_that", "exclude"] {
            fs::write(folder.path().join(name), name).expect("it is written");
        }
        let mut all = Digests::new();
        let guarded = Guarded { name: ".git/info".to_owned(), path: folder.path().to_owned(), whole: true };
        add_guarded(&mut all, vec![guarded], &mut LeftOut::new());
        assert_eq!(all.keys().collect::<Vec<_>>(), [".git/info/exclude", ".git/info/refs_more_than_that"]);
    }
}
