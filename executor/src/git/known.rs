//! Which programs the configuration names, asked of git again only if a file of it says something else.
//!
//! What a liar writes into a configuration must be seen before git acts on it, however it was written: so what is in the files is read
//! every time, and no time of a file is believed.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use sha2::{Digest as _, Sha256};

use super::Repository;
use super::call::Answer;
use super::error::Error;
use super::shield::{Drivers, Policy};

/// Largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// SHA-256 of what is in the files.
type Sum = [u8; 32];

/// What git said, and from which files it follows.
#[derive(Debug, Default)]
pub(super) struct KnownDrivers(Option<(Sum, Drivers)>);

impl Repository {
    /// Drivers that must be switched off.
    pub(super) fn switched_off(&self) -> Result<Drivers, Error> {
        if self.policy != Policy::Shielded {
            return Ok(Drivers::default());
        }
        let files = self.config_files();
        let read = || files.as_deref().and_then(read);
        self.recent.with_drivers(&self.git_dir, |known| known.recall(read, || self.configured()))
    }

    /// What says how git stores a file, but files of the work and those of the machine and the user: the configuration, and attributes.
    /// `None` if that cannot be told.
    pub(super) fn stores_by(&self) -> Option<[u8; 32]> {
        let config = self.recent.with_drivers(&self.git_dir, |known| known.0.as_ref().map(|(sum, _)| *sum))?;
        let attributes = read(&[self.common_dir.join("info/attributes")])?;
        Some(Sha256::new().chain_update(config).chain_update(attributes).finalize().into())
    }

    /// Every file that configuration may be in, but those that other files include; `None` if that cannot be told.
    fn config_files(&self) -> Option<Vec<PathBuf>> {
        let common = self.program.config_files()?.iter().cloned();
        let own = [&self.common_dir, &self.git_dir];
        let own = own.into_iter().flat_map(|folder| ["config", "config.worktree"].map(|name| folder.join(name)));
        Some(common.chain(own).collect())
    }
}

impl KnownDrivers {
    /// What `ask` says, or has said when `read` gave the same as now.
    fn recall(
        &mut self,
        read: impl Fn() -> Option<Sum>,
        ask: impl FnOnce() -> Result<Answer, Error>,
    ) -> Result<Drivers, Error> {
        let before = read();
        if let (Some((sum, drivers)), Some(before)) = (&self.0, &before)
            && sum == before
        {
            return Ok(drivers.clone());
        }
        self.0 = None;
        let answer = ask()?;
        let drivers = Drivers::read(&answer)?;
        if let Some(sum) = before
            && !answer.parts().any(includes)
            // What changed while git was reading is not known.
            && read() == Some(sum)
        {
            self.0 = Some((sum, drivers.clone()));
        }
        Ok(drivers)
    }
}

/// Is it a setting that takes in another file?
fn includes(key: &[u8]) -> bool {
    key.get(..7).is_some_and(|start| start.eq_ignore_ascii_case(b"include"))
}

/// What is in the files, and which are there; `None` if that cannot be told of one of them.
fn read(files: &[PathBuf]) -> Option<Sum> {
    let mut sum = Sha256::new();
    for path in files {
        match content(path) {
            Ok(content) => {
                sum.update([1]);
                sum.update(content.len().to_be_bytes());
                sum.update(content);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => sum.update([0]),
            Err(_) => return None,
        }
    }
    Some(sum.finalize().into())
}

/// All of a file, through links as git reads it.
fn content(path: &Path) -> io::Result<Vec<u8>> {
    // Nobody waits for a pipe that was put there.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let mut content = Vec::new();
    let is_file = file.metadata()?.is_file();
    file.take(if is_file { LARGEST + 1 } else { 0 }).read_to_end(&mut content)?;
    let is_whole = is_file && content.len() as u64 <= LARGEST;
    is_whole.then_some(content).ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    /// How often git has been asked after one more look.
    struct Asked(KnownDrivers, u32);

    impl Asked {
        fn again(&mut self, read: impl Fn() -> Option<Sum>, keys: &str) -> u32 {
            let count = Cell::new(self.1);
            let ask = || {
                count.set(count.get() + 1);
                Ok(Answer::said(keys.replace(' ', "\0")))
            };
            self.0.recall(read, ask).expect("it is said");
            self.1 = count.get();
            self.1
        }
    }

    #[test]
    fn git_is_asked_again_whenever_a_file_says_something_else() {
        let place = tempfile::tempdir().expect("a folder");
        let path = |name: &str| place.path().join(name);
        let write = |name: &str, text: &str| fs::write(path(name), text).expect("a file");
        write("config", "one");
        write("other", "two");
        symlink(path("config"), path("link")).expect("a link");
        let files = [path("config"), path("missing"), path("link")];
        let mut asked = Asked(KnownDrivers::default(), 0);
        let mut look = || asked.again(|| read(&files), "core.bare filter.x.clean");
        assert_eq!((look(), look()), (1, 1));
        let time = fs::metadata(path("config")).and_then(|about| about.modified()).expect("a time");
        write("config", "eno");
        File::options().write(true).open(path("config")).and_then(|file| file.set_modified(time)).expect("it is set");
        assert_eq!((look(), look()), (2, 2), "as long and as old as before");
        write("missing", "");
        assert_eq!((look(), look()), (3, 3), "it is there now");
        fs::remove_file(path("link")).and_then(|()| symlink(path("other"), path("link"))).expect("a link");
        assert_eq!((look(), look()), (4, 4), "the link leads elsewhere");
        fs::remove_file(path("missing")).and_then(|()| fs::create_dir(path("missing"))).expect("a folder");
        assert_eq!((look(), look()), (5, 6), "what is no file is not known");
    }

    #[test]
    fn what_follows_from_other_files_or_changes_meanwhile_is_asked_every_time() {
        let mut asked = Asked(KnownDrivers::default(), 0);
        let mut count = 0;
        for keys in ["core.bare include.path", "IncludeIf.onbranch:x.path", "includeif.gitdir:/.path a.b"] {
            count += 1;
            assert_eq!(asked.again(|| read(&[]), keys), count, "{keys}");
        }
        assert_eq!(asked.again(|| None, "core.bare"), count + 1, "nobody knows which files");
        assert_eq!(asked.again(|| None, "core.bare"), count + 2);
        let flipping = Cell::new(0);
        let flip = || {
            flipping.set(flipping.get() + 1);
            Some([flipping.get() % 2; 32])
        };
        assert_eq!((asked.again(flip, "core.bare"), asked.again(flip, "core.bare")), (count + 3, count + 4));
    }
}
