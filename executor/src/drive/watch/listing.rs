//! What is in a folder: listed again only if that may have changed. Knows nothing of what the files are.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// Time for which the time of a folder may not tell that it changed again: no file system counts in larger steps.
const STEP: Duration = Duration::from_secs(3);

/// What is in a folder; `T` is what is remembered of it beside that.
#[derive(Debug)]
pub(super) struct Listing<T> {
    change: Change,
    /// When that was seen first.
    since: Instant,
    /// It was listed so long after that, that whatever changed later would have changed the time as well.
    sure: bool,
    /// In order.
    pub(super) entries: Vec<Entry<T>>,
    pub(super) about: T,
}

/// Device, inode, and when it changed, in seconds and nanoseconds: nobody can set that time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Change(u64, u64, i64, i64);

/// Something in a folder; for a folder with what was in it when it was looked at.
#[derive(Debug)]
pub(super) struct Entry<T> {
    pub(super) name: OsString,
    pub(super) inner: Option<Box<Listing<T>>>,
}

impl<T: Default> Listing<T> {
    /// What is in the folder at `path`, of which the system has just told `about`; `last` is what was in it before.
    ///
    /// # Errors
    /// If it cannot be listed.
    pub(super) fn look(path: &Path, about: &Metadata, last: Option<Box<Self>>) -> io::Result<Box<Self>> {
        Self::look_at(path, about, last, Instant::now())
    }

    fn look_at(path: &Path, about: &Metadata, last: Option<Box<Self>>, now: Instant) -> io::Result<Box<Self>> {
        let change = Change(about.dev(), about.ino(), about.ctime(), about.ctime_nsec());
        let since = last.as_ref().filter(|last| last.change == change).map(|last| last.since);
        let (entries, about) = match last {
            Some(last) if last.sure && since.is_some() => return Ok(last),
            Some(last) => (list(path, last.entries)?, last.about),
            None => (list(path, Vec::new())?, T::default()),
        };
        let since = since.unwrap_or(now);
        let sure = now.duration_since(since) >= STEP;
        Ok(Box::new(Self { change, since, sure, entries, about }))
    }
}

/// Lists a folder; of what was there before, what is known of it is kept.
fn list<T>(path: &Path, last: Vec<Entry<T>>) -> io::Result<Vec<Entry<T>>> {
    let names = fs::read_dir(path)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>();
    let mut names = names?;
    names.sort_unstable();
    let mut last = last.into_iter().peekable();
    let known = |name: OsString| {
        while last.next_if(|entry| entry.name < name).is_some() {}
        let inner = last.next_if(|entry| entry.name == name).and_then(|entry| entry.inner);
        Entry { name, inner }
    };
    Ok(names.into_iter().map(known).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(path: &Path, last: Option<Box<Listing<u8>>>, now: Instant) -> Box<Listing<u8>> {
        Listing::look_at(path, &path.symlink_metadata().expect("a folder"), last, now).expect("it is listed")
    }

    fn names(listing: &Listing<u8>) -> Vec<&str> {
        listing.entries.iter().map(|entry| entry.name.to_str().expect("UTF-8")).collect()
    }

    #[test]
    fn what_is_in_a_folder_is_believed_only_when_its_time_would_tell() {
        let place = tempfile::tempdir().expect("a folder");
        let (path, begin) = (place.path(), Instant::now());
        fs::write(path.join("b"), "").expect("a file");
        let first = look(path, None, begin);
        assert_eq!((names(&first), first.sure), (vec!["b"], false));
        // As if the time were that of a change that came later.
        fs::write(path.join("a"), "").expect("a file");
        let change = |listing: &Listing<u8>| listing.change;
        let now = look(path, None, begin);
        let lied = Box::new(Listing { change: change(&now), ..*first });
        let second = look(path, Some(lied), begin + STEP - Duration::from_millis(1));
        assert_eq!((names(&second), second.sure), (vec!["a", "b"], false), "it is listed again");
        let third = look(path, Some(second), begin + STEP);
        assert!(third.sure, "it was listed late enough");
        let forged = Box::new(Listing { entries: Vec::new(), ..*third });
        let fourth = look(path, Some(forged), begin + STEP);
        assert_eq!(names(&fourth), [""; 0], "it is not listed again");
        let other = Box::new(Listing { change: Change(0, 0, 0, 0), ..*fourth });
        let fifth = look(path, Some(other), begin + STEP + STEP);
        assert_eq!((names(&fifth), fifth.sure), (vec!["a", "b"], false), "it changed");
    }

    #[test]
    fn what_is_known_of_a_folder_inside_is_kept_as_long_as_it_is_there() {
        let place = tempfile::tempdir().expect("a folder");
        let (path, now) = (place.path(), Instant::now());
        for name in ["b", "d"] {
            fs::create_dir(path.join(name)).expect("a folder");
        }
        let mut listing = look(path, None, now);
        for entry in &mut listing.entries {
            let mut inner = look(&path.join(&entry.name), None, now);
            inner.about = 7;
            entry.inner = Some(inner);
        }
        fs::remove_dir(path.join("b")).expect("it goes");
        for name in ["a", "c", "e"] {
            fs::write(path.join(name), "").expect("a file");
        }
        let listing = look(path, Some(listing), now);
        assert_eq!(names(&listing), ["a", "c", "d", "e"]);
        let known: Vec<Option<u8>> =
            listing.entries.iter().map(|entry| entry.inner.as_ref().map(|inner| inner.about)).collect();
        assert_eq!(known, [None, None, Some(7), None]);
    }
}
