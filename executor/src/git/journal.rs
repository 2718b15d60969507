//! The engine's notes about what it is about to do with git, kept with the run.
//!
//! A note is on disk, synced, before its effect begins, and says enough to see after a crash whether the effect
//! happened. Nothing in a repository (a trailer, a branch name) is believed in its place: agents can write those.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::error::Error;
use crate::runs::write_durably;

/// The folder of notes of one run.
#[derive(Debug, Clone)]
pub struct Journal {
    folder: PathBuf,
}

impl Journal {
    /// The notes kept in `run_dir`, the folder of the run.
    pub fn new(run_dir: &Path) -> Self {
        Self { folder: run_dir.join("git") }
    }
    /// The folder, made if it is missing: also a place for temporary files.
    pub(crate) fn folder(&self) -> Result<&Path, Error> {
        fs::create_dir_all(&self.folder).map_err(|e| Error::io(&self.folder, e))?;
        Ok(&self.folder)
    }
    /// The note of `kind` about `subject`, if there is one.
    ///
    /// # Errors
    /// [`Error::Journal`] if it cannot be understood.
    pub(crate) fn read<T: DeserializeOwned>(&self, kind: &str, subject: &str) -> Result<Option<T>, Error> {
        read(&self.path(kind, subject))
    }
    /// Writes the note of `kind` about `subject`; it is on disk when this returns.
    ///
    /// # Errors
    /// [`Error::Journal`].
    pub(crate) fn write<T: Serialize>(&self, kind: &str, subject: &str, note: &T) -> Result<(), Error> {
        let path = self.path(kind, subject);
        self.folder()?;
        let text = serde_json::to_vec(note).map_err(|e| fault(&path, e))?;
        write_durably(&path, &text).map_err(|e| fault(&path, e))
    }
    /// Every note of `kind`, in the order of their file names.
    ///
    /// # Errors
    /// [`Error::Journal`] if one cannot be understood.
    pub(crate) fn all<T: DeserializeOwned>(&self, kind: &str) -> Result<Vec<T>, Error> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(fault(&self.folder, e)),
        };
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(|e| fault(&self.folder, e))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with(&format!("{kind}-")) && name.ends_with(".json") {
                paths.push(path);
            }
        }
        paths.sort();
        let notes = paths.iter().map(|path| read(path));
        notes.filter_map(Result::transpose).collect()
    }

    /// One file per subject; the subject itself stands in the note, a digest in the name.
    fn path(&self, kind: &str, subject: &str) -> PathBuf {
        let digest = Sha256::digest(subject.as_bytes());
        let hex: String = digest.iter().take(12).map(|b| format!("{b:02x}")).collect();
        self.folder.join(format!("{kind}-{hex}.json"))
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Error> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(fault(path, e)),
    };
    serde_json::from_slice(&text).map(Some).map_err(|e| fault(path, e))
}

fn fault(path: &Path, why: impl std::fmt::Display) -> Error {
    Error::Journal { path: path.to_owned(), why: why.to_string() }
}
