//! What changed files hold, read by ourselves: of a file that changed just now its time does not tell whether it changed again. Knows
//! nothing of what becomes of it.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::entries::Stored;

/// Most bytes that are read of one file.
const LARGEST: u64 = 1 << 20;

/// What is in a file.
pub(super) struct Content {
    /// What makes it another: its kind, and what it holds.
    pub(super) sum: [u8; 32],
    /// How git stores it, if it stores it as it is.
    pub(super) stored: Stored,
}

impl Content {
    /// Of the file or link at `path`, stored under ids of so many bytes. No link is followed, but those in place of a folder.
    ///
    /// # Errors
    /// If it is something else or too large, or if it cannot be read.
    pub(super) fn read(path: &Path, oid: usize) -> io::Result<Self> {
        let about = path.symlink_metadata()?;
        let (mode, bytes) = if about.is_symlink() {
            (0o120_000, std::fs::read_link(path)?.as_os_str().as_bytes().to_vec())
        } else {
            file(path)?
        };
        let sum = Sha256::new().chain_update(u32::to_be_bytes(mode)).chain_update(&bytes).finalize().into();
        let head = format!("blob {}\0", bytes.len());
        let oid = match oid {
            20 => digest::<Sha1>(head.as_bytes(), &bytes),
            32 => digest::<Sha256>(head.as_bytes(), &bytes),
            _ => return Err(io::ErrorKind::Unsupported.into()),
        };
        Ok(Self { sum, stored: Stored { mode, oid } })
    }
}

fn digest<D: Digest>(head: &[u8], bytes: &[u8]) -> Vec<u8> {
    D::new().chain_update(head).chain_update(bytes).finalize().to_vec()
}

/// The mode under which git stores the file at `path`, and what is in it.
fn file(path: &Path) -> io::Result<(u32, Vec<u8>)> {
    // Nobody waits for a pipe that was put there.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let about = file.metadata()?;
    if !about.is_file() || about.len() > LARGEST {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok((if about.mode() & 0o100 == 0 { 0o100_644 } else { 0o100_755 }, bytes))
}
