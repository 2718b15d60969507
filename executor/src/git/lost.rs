//! Loose objects: what is in no pack yet, and perhaps in no branch, is there once. Only looks.
//!
//! Whether one is still what it was is asked of [`Repository::rewritten`].
//!
//! Git itself takes away what nobody can reach. What a ref, a stash or a log still leads to stays, unless somebody takes it away.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;

use super::Repository;
use super::common::LeftOut;
use super::error::Error;
use super::name::Oid;

/// For how long git keeps what nobody can reach whatever the project has not said otherwise, in seconds: two weeks, less a day to be sure.
const YOUNG: i64 = 13 * 24 * 60 * 60;
/// Most objects that are looked at; with more than 7,000 git itself tidies up.
const MOST: usize = 200_000;

/// Loose objects, by the folder that they are in. Folders in which nothing has changed are kept once, however many looks saw them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loose {
    folders: Vec<Option<Arc<Folder>>>,
    /// When they were looked at, in nanoseconds since 1970.
    at: i128,
    /// Git forgets objects as soon as the project says, so nobody knows who took one away.
    passing: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Folder {
    /// Inode, and when it changed, in seconds and nanoseconds.
    change: (u64, i64, i64),
    /// Names of young objects in order.
    names: Vec<Box<str>>,
    /// Names of the others.
    old: Vec<Box<str>>,
}

impl Repository {
    /// The loose objects at `now`, in milliseconds since 1970, as far as there are not too many. `last` is what this said before. Adds to
    /// `left_out`.
    pub fn loose(&self, now: u64, last: &Loose, left_out: &mut LeftOut) -> Loose {
        let config = fs::read(self.common_dir.join("config")).unwrap_or_default();
        let passing = String::from_utf8_lossy(&config).to_ascii_lowercase().contains("pruneexpire");
        let since = i64::try_from(now / 1_000).unwrap_or(i64::MAX) - YOUNG;
        let folders = folders(&self.common_dir.join("objects"), MOST, since, &last.folders, left_out);
        Loose { folders, at: i128::from(now) * 1_000_000, passing }
    }

    /// The objects of `before` that are still there, and no longer what their names say.
    ///
    /// # Errors
    /// Those of running git.
    pub fn falsified(&self, before: &Loose) -> Result<Vec<String>, Error> {
        self.rewritten(before.all(), before.at)
    }

    /// The objects of `before` that are loose no more, and nowhere else, though a ref or a log of one leads to them.
    ///
    /// # Errors
    /// Those of running git.
    pub fn lost(&self, before: &Loose, after: &Loose) -> Result<Vec<String>, Error> {
        if before.passing || after.passing {
            return Ok(Vec::new());
        }
        let gone = before.gone(after);
        if gone.is_empty() {
            return Ok(Vec::new());
        }
        let mut asked = gone.join("\n");
        asked.push('\n');
        let answer = self.git("cat-file")?.args(["--batch-check=%(objectname)"]).stdin(asked).long().run()?;
        let text = String::from_utf8_lossy(&answer.stdout).into_owned();
        let missing: Vec<&str> = text.lines().filter_map(|line| line.strip_suffix(" missing")).collect();
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        // What no ref and no log of one leads to may be tidied away at any time.
        let walk = ["--objects", "--all", "--reflog", "--indexed-objects", "--missing=print"];
        let answer = self.git("rev-list")?.args(walk).long().run_any()?;
        let text = String::from_utf8_lossy(&answer.stdout).into_owned();
        let needed: BTreeSet<&str> = text.lines().filter_map(|line| line.strip_prefix('?')).collect();
        let is_told = |oid: &&str| answer.code != Some(0) || needed.contains(oid);
        let told = missing.into_iter().filter(is_told);
        Ok(told.filter_map(|oid| Oid::parse(oid).ok()).map(|oid| oid.to_string()).collect())
    }
}

impl Loose {
    /// Ids of all.
    fn all(&self) -> impl Iterator<Item = String> {
        let folders = self.folders.iter().enumerate().filter_map(|(number, folder)| Some((number, folder.as_ref()?)));
        folders.flat_map(|(number, folder)| {
            folder.names.iter().chain(&folder.old).map(move |name| format!("{number:02x}{name}"))
        })
    }
    /// Ids of what is no longer here.
    fn gone(&self, after: &Self) -> Vec<String> {
        let mut gone = Vec::new();
        for (number, before) in self.folders.iter().enumerate() {
            let Some(before) = before else { continue };
            let after = after.folders.get(number).and_then(Option::as_ref);
            if after.is_some_and(|after| Arc::ptr_eq(after, before)) {
                continue;
            }
            let is_there =
                |name: &str| after.is_some_and(|now| now.names.binary_search_by(|n| (**n).cmp(name)).is_ok());
            let names = before.names.iter().filter(|name| !is_there(name));
            gone.extend(names.map(|name| format!("{number:02x}{name}")));
        }
        gone
    }
}

/// What is in the folders of `objects`, until there are more than `most`. `last` is what this said before.
fn folders(
    objects: &Path,
    most: usize,
    since: i64,
    last: &[Option<Arc<Folder>>],
    left_out: &mut LeftOut,
) -> Vec<Option<Arc<Folder>>> {
    let mut left = most;
    let mut folders = Vec::with_capacity(256);
    for number in 0..=255_u8 {
        let known = last.get(usize::from(number)).and_then(Option::as_ref);
        let folder = look(&objects.join(format!("{number:02x}")), since, known);
        let count = folder.as_ref().map_or(0, |folder| folder.names.len() + folder.old.len());
        folders.push(folder);
        let Some(rest) = left.checked_sub(count) else {
            left_out.insert(format!(".git/objects: more than {most} objects in no pack"));
            break;
        };
        left = rest;
    }
    folders
}

/// What is in one folder of objects.
fn look(path: &Path, since: i64, known: Option<&Arc<Folder>>) -> Option<Arc<Folder>> {
    let about = path.symlink_metadata().ok().filter(fs::Metadata::is_dir)?;
    let change = (about.ino(), about.ctime(), about.ctime_nsec());
    if let Some(known) = known.filter(|known| known.change == change) {
        return Some(Arc::clone(known));
    }
    let (mut names, mut old): (Vec<Box<str>>, Vec<Box<str>>) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(path).ok()?.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| name.bytes().all(|b| b.is_ascii_hexdigit())) else { continue };
        match entry.metadata() {
            Ok(about) if about.is_file() && about.mtime() >= since => names.push(name.into()),
            Ok(about) if about.is_file() => old.push(name.into()),
            Ok(_) | Err(_) => {}
        }
    }
    names.sort_unstable();
    Some(Arc::new(Folder { change, names, old }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> Option<Arc<Folder>> {
        let names = names.iter().map(|name| (*name).into()).collect();
        Some(Arc::new(Folder { change: (1, 2, 3), names, old: Vec::new() }))
    }

    #[test]
    fn what_is_gone_is_named_by_its_id() {
        let loose = |folders| Loose { folders, ..Loose::default() };
        let before = loose(vec![folder(&["aa", "bb", "cc"]), None, folder(&["dd"])]);
        let after = loose(vec![folder(&["aa", "ab", "cc"]), folder(&["ee"]), None]);
        assert_eq!(before.gone(&after), ["00bb", "02dd"]);
        assert!(before.gone(&before.clone()).is_empty());
    }

    #[test]
    fn what_is_too_much_is_said_and_what_is_known_stays() {
        let place = tempfile::tempdir().expect("a folder");
        for name in ["00/aa", "00/bb", "07/cc", "ff/dd"] {
            let path = place.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
            fs::write(path, "x").expect("it is written");
        }
        for (most, count, said) in [
            (4, 256, None),
            (3, 256, Some(".git/objects: more than 3 objects in no pack")),
            (2, 8, Some(".git/objects: more than 2 objects in no pack")),
        ] {
            let mut left_out = LeftOut::new();
            let found = folders(place.path(), most, 0, &[], &mut left_out);
            assert_eq!((found.len(), left_out.first().map(String::as_str)), (count, said));
            assert_eq!(found.iter().flatten().count(), if count == 256 { 3 } else { 2 });
        }
    }

    #[test]
    fn what_is_old_is_git_s_to_take_away() {
        let place = tempfile::tempdir().expect("a folder");
        for name in ["0a", "0b", "tmp_obj_x"] {
            fs::write(place.path().join(name), "x").expect("a file");
        }
        let seen = look(place.path(), 0, None).expect("a folder");
        assert_eq!(seen.names.iter().map(|name| &**name).collect::<Vec<_>>(), ["0a", "0b"]);
        let old = look(place.path(), i64::MAX, None).expect("a folder");
        assert_eq!((old.names.len(), old.old.len()), (0, 2));
        assert!(look(&place.path().join("0a"), 0, None).is_none(), "no folder");
    }
}
