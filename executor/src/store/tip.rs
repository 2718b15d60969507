//! `run.tip`: number and hash of the newest record, repeated outside of SQLite. A chain alone cannot tell that its end was
//! cut off, and SQLite takes a damaged or missing write-ahead log for an unfinished one and drops the rest in silence.
//!
//! Written after the commit and not synced: it may lag behind the records, never run ahead of them.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::chain::Link;
use super::error::{StoreError, io as failed};
use crate::digest;

/// What the file said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tip {
    seq: u64,
    hash: String,
}

/// The file, open for writing.
#[derive(Debug)]
pub(super) struct TipFile {
    file: File,
    path: PathBuf,
}

fn path_in(dir: &Path) -> PathBuf {
    dir.join("run.tip")
}

fn line(link: Link) -> String {
    // always the same length: it is overwritten in place
    format!("{:020} {}\n", link.seq, digest::hex(&link.hash))
}

impl Tip {
    /// Reads the file. To be called before the rows are read.
    pub(super) fn read(dir: &Path) -> Result<Self, StoreError> {
        let path = path_in(dir);
        let text = match fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::damaged(&path, None, "it is missing"));
            }
            Err(e) => return Err(failed("read", &path)(e)),
        };
        let parts = text.strip_suffix('\n').and_then(|text| text.split_once(' '));
        let parsed = parts.and_then(|(seq, hash)| Some(Self { seq: seq.parse().ok()?, hash: hash.to_owned() }));
        parsed.ok_or_else(|| StoreError::damaged(&path, None, "expected a number and a hash"))
    }

    /// If `link` is the record named here, its hash must be the one named here.
    pub(super) fn check(&self, db: &Path, link: Link) -> Result<(), StoreError> {
        if link.seq == self.seq && digest::hex(&link.hash) != self.hash {
            return Err(StoreError::damaged(db, Some(link.seq), "its hash is not the one in `run.tip`"));
        }
        Ok(())
    }

    /// The records must reach the one named here.
    pub(super) fn check_end(&self, db: &Path, end: Link) -> Result<(), StoreError> {
        if end.seq < self.seq {
            let what = format!("records up to {} were stored and are gone", self.seq);
            return Err(StoreError::damaged(db, Some(end.seq + 1), what));
        }
        Ok(())
    }
}

impl TipFile {
    /// Writes the first tip, durably.
    pub(super) fn create(dir: &Path, link: Link) -> Result<(), StoreError> {
        let path = path_in(dir);
        let created = File::create_new(&path).and_then(|file| {
            file.write_all_at(line(link).as_bytes(), 0)?;
            file.sync_all()
        });
        created.map_err(failed("write", &path))
    }
    pub(super) fn open(dir: &Path) -> Result<Self, StoreError> {
        let path = path_in(dir);
        let file = File::options().write(true).open(&path).map_err(failed("open", &path))?;
        Ok(Self { file, path })
    }
    pub(super) fn write(&self, link: Link) -> Result<(), StoreError> {
        self.file.write_all_at(line(link).as_bytes(), 0).map_err(failed("write", &self.path))
    }
}
