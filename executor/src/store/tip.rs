//! `run.tip`: number and hash of the newest record, repeated outside of SQLite. A chain alone cannot tell that its end was
//! cut off, and SQLite takes a damaged or missing write-ahead log for an unfinished one and drops the rest in silence.
//!
//! Written after the commit and not synced: it may lag behind the records, never run ahead of them; a power cut may take it
//! away, and then nothing is known.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

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

fn line(link: Link) -> String {
    // always the same length: it is overwritten in place
    format!("{:020} {}\n", link.seq, digest::hex(&link.hash))
}

impl Tip {
    /// Reads the file. To be called before the rows are read.
    pub(super) fn read(dir: &Path) -> Result<Self, StoreError> {
        let path = path_in(dir);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Self(None)),
            Err(e) if e.kind() == io::ErrorKind::InvalidData => e.to_string(),
            Err(e) => return Err(failed("read", &path)(e)),
        };
        if text.is_empty() {
            return Ok(Self(None));
        }
        let parts = text.strip_suffix('\n').and_then(|text| text.split_once(' '));
        let parsed = parts.and_then(|(seq, hash)| Some((seq.parse().ok()?, hash.to_owned())));
        let what = "expected a number and a hash";
        parsed.map(|tip| Self(Some(tip))).ok_or_else(|| StoreError::damaged(&path, None, what))
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
