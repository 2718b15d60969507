//! `run.tip`: number and hash of the newest record, repeated outside of SQLite. A chain alone cannot tell that its end was
//! cut off, and SQLite takes a damaged or missing write-ahead log for an unfinished one and drops the rest in silence.
//!
//! Written after the commit and not synced: it may lag behind the records, never run ahead of them; a power cut may take it
//! away, and then nothing is known. It is overwritten in place, and no file system promises that who reads meanwhile gets the
//! one line or the other: the line proves itself by a sum at its end, and who finds half of one looks again.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::chain::Link;
use super::error::{StoreError, io as failed};
use crate::digest;

/// What the file said, if it said anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tip(Option<(u64, String)>);

/// The file, open for writing.
#[derive(Debug)]
pub(super) struct TipFile {
    file: File,
    path: PathBuf,
}

fn path_in(dir: &Path) -> PathBuf {
    dir.join("run.tip")
}

/// How often a line that does not prove itself is looked at again; a writer is done with it in microseconds.
const LOOKS: u32 = 50;
const BETWEEN: Duration = Duration::from_millis(2);

fn line(link: Link) -> String {
    // always the same length: it is overwritten in place
    let said = format!("{:020} {}", link.seq, digest::hex(&link.hash));
    let sum = sum(&said);
    format!("{said} {sum}\n")
}

/// Sixteen digits over number and hash.
fn sum(said: &str) -> String {
    let mut sum = digest::hex(&digest::sha256(&[said.as_bytes()]));
    sum.truncate(16);
    sum
}

/// Number and hash in `text`; `None` for half of a line. Runs of an old build have no sum.
fn parse(text: &str) -> Option<(u64, String)> {
    let said = text.strip_suffix('\n')?;
    let said = match said.rsplit_once(' ') {
        Some((said, found)) if said.contains(' ') => Some(said).filter(|said| sum(said) == found)?,
        _ => said,
    };
    let (seq, hash) = said.split_once(' ')?;
    Some((seq.parse().ok()?, hash.to_owned()))
}

impl Tip {
    /// Reads the file. To be called before the rows are read.
    pub(super) fn read(dir: &Path) -> Result<Self, StoreError> {
        let path = path_in(dir);
        for look in 0..LOOKS {
            if look > 0 {
                std::thread::sleep(BETWEEN);
            }
            let text = match fs::read(&path) {
                Ok(text) => text,
                Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Self(None)),
                Err(e) => return Err(failed("read", &path)(e)),
            };
            if text.is_empty() {
                return Ok(Self(None));
            }
            if let Some(tip) = std::str::from_utf8(&text).ok().and_then(parse) {
                return Ok(Self(Some(tip)));
            }
        }
        Err(StoreError::damaged(&path, None, "expected a number, a hash and their sum"))
    }

    /// If `link` is the record named here, its hash must be the one named here.
    pub(super) fn check(&self, db: &Path, link: Link) -> Result<(), StoreError> {
        match &self.0 {
            Some((seq, hash)) if *seq == link.seq && digest::hex(&link.hash) != *hash => {
                Err(StoreError::damaged(db, Some(link.seq), "its hash is not the one in `run.tip`"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The records must reach the one named here.
    pub(super) fn check_end(&self, db: &Path, end: Link) -> Result<(), StoreError> {
        match &self.0 {
            Some((seq, _)) if *seq > end.seq => {
                let what = format!("records up to {seq} were stored and are gone");
                Err(StoreError::damaged(db, Some(end.seq + 1), what))
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl TipFile {
    pub(super) fn open(dir: &Path) -> Result<Self, StoreError> {
        let path = path_in(dir);
        let file =
            File::options().write(true).create(true).truncate(false).open(&path).map_err(failed("open", &path))?;
        Ok(Self { file, path })
    }
    pub(super) fn write(&self, link: Link) -> Result<(), StoreError> {
        self.file.write_all_at(line(link).as_bytes(), 0).map_err(failed("write", &self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    fn link(seq: u64) -> Link {
        Link { seq, hash: digest::sha256(&[&seq.to_le_bytes()]) }
    }

    #[test]
    fn a_line_is_read_back_and_half_of_one_is_none() {
        let (old, new) = (line(link(9)), line(link(10)));
        assert_eq!(parse(&new), Some((10, digest::hex(&link(10).hash))));
        for at in 1..new.len() {
            let torn = format!("{}{}", &new[..at], &old[at..]);
            let same = torn == new || torn == old;
            assert_eq!(parse(&torn).is_some(), same, "{torn}");
            assert_eq!(parse(&new[..at]), None, "{at}");
        }
    }

    #[test]
    fn a_line_of_an_old_build_has_no_sum() {
        let said = format!("{:020} {}", 7, digest::hex(&link(7).hash));
        assert_eq!(parse(&format!("{said}\n")), Some((7, digest::hex(&link(7).hash))));
        assert_eq!(parse(&said), None);
        assert_eq!(parse(&format!("{said} 0123456789abcdef\n")), None);
    }

    #[test]
    fn who_reads_while_it_is_written_never_sees_half_of_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = TipFile::open(dir.path()).expect("opened");
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for seq in 1..=100_000 {
                    file.write(link(seq)).expect("written");
                }
                done.store(true, Ordering::Release);
            });
            while !done.load(Ordering::Acquire) {
                let Tip(tip) = Tip::read(dir.path()).expect("read");
                if let Some((seq, hash)) = tip {
                    assert_eq!(hash, digest::hex(&link(seq).hash));
                }
            }
        });
        assert_eq!(Tip::read(dir.path()).expect("read"), Tip(Some((100_000, digest::hex(&link(100_000).hash)))));
    }
}
