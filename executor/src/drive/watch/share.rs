//! A file that an attempt wrote in its view, and that others changed meanwhile, too: is there anything of it in what it left? A file gets
//! into a view as soon as somebody opens it for writing, as it is by then.

use std::collections::BTreeSet;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::git::{Oid, stored};

/// By how much the time of a change may be told too early: file systems tell it by the tick of the clock, a hundredth of a second at most.
const TICK: Duration = Duration::from_millis(10);

/// What an attempt has of its own in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// Nothing: it is as it was when the view began.
    Nothing,
    /// It is as others left it, and may well be theirs.
    AsOthers,
    /// It changed it.
    Own,
}

/// What others did to a file since a view began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Past {
    /// What it was when the view began, `MODE OID`; `None`: it was not there.
    pub(super) base: Option<String>,
    /// What it was in between, and is now.
    pub(super) later: BTreeSet<String>,
    /// When the first of that got into the tree, since the epoch; `None`: nobody knows.
    pub(super) since: Option<Duration>,
}

impl Past {
    /// Whether there is something of its own in what an attempt left at `path`, its view of the file. `like` is an id of the repository.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) fn share(&self, path: &Path, like: &Oid) -> io::Result<Share> {
        let about = path.symlink_metadata()?;
        if !about.is_file() && !about.is_symlink() {
            return Ok(Share::Own);
        }
        let left = stored(path, like)?;
        Ok(match () {
            () if self.base.as_ref() == Some(&left) => Share::Nothing,
            () if self.later.contains(&left) && !self.is_before(&about) => Share::AsOthers,
            () => Share::Own,
        })
    }

    /// Was it written before anything of others got there? Nobody but the system sets that time.
    pub(super) fn is_before(&self, written: &std::fs::Metadata) -> bool {
        self.since.is_some_and(|since| is_before(since, written))
    }
}

/// Was it written before `since`, a time since the epoch?
pub(super) fn is_before(since: Duration, written: &std::fs::Metadata) -> bool {
    let seconds = u64::try_from(written.ctime()).unwrap_or_default();
    let written = Duration::new(seconds, u32::try_from(written.ctime_nsec()).unwrap_or_default());
    written + TICK < since
}

/// The time, since the epoch.
pub(super) fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_changed_is_its_own() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("x");
        let like = Oid::parse(&"0".repeat(40)).expect("an id");
        let (one, two) =
            ("100644 5626abf0f72e58d7a153368ba57db4c673c0e171", "100644 f719efd430d52bcfc8566a43b2eb655688d38871");
        let later = BTreeSet::from([two.to_owned()]);
        let past = |since| Past { base: Some(one.to_owned()), later: later.clone(), since };
        let share = |text: &str, since| {
            std::fs::write(&path, text).expect("it is written");
            past(since).share(&path, &like).expect("it is read")
        };
        let (ago, then) = (now() - Duration::from_secs(60), now() + Duration::from_secs(60));
        for since in [None, Some(ago), Some(then)] {
            assert_eq!(share("one\n", since), Share::Nothing);
            assert_eq!(share("three\n", since), Share::Own);
        }
        let found = [None, Some(ago), Some(then)].map(|since| share("two\n", since));
        assert_eq!(found, [Share::AsOthers, Share::AsOthers, Share::Own], "only what was there first is its own");
        // The mode counts, too, and so does what a link is.
        std::fs::write(&path, "one\n").expect("it is written");
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("it is set");
        assert_eq!(past(None).share(&path, &like).expect("it is read"), Share::Own);
        std::fs::remove_file(&path).expect("it goes");
        std::os::unix::fs::symlink("one\n", &path).expect("it is made");
        assert_eq!(past(None).share(&path, &like).expect("it is read"), Share::Own);
        assert!(past(None).share(&root.path().join("gone"), &like).is_err());
    }
}
