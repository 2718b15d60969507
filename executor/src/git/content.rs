//! What changed files hold, read by ourselves: of a file that changed just now its time does not tell whether it changed again. Knows
//! nothing of what becomes of it.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::entries::Stored;
use super::name::Oid;
use crate::digest::hex;

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

/// The file or link at `path` as a difference tells it, `MODE OID`, if git stores it as it is. `like` is an id of that repository.
///
/// # Errors
/// If it is something else, or if it cannot be read.
pub fn stored(path: &Path, like: &Oid) -> io::Result<String> {
    match like.as_str().len() {
        40 => stored_by::<Sha1>(path),
        64 => stored_by::<Sha256>(path),
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}

fn stored_by<D: Digest>(path: &Path) -> io::Result<String> {
    let about = path.symlink_metadata()?;
    if about.is_symlink() {
        let target = std::fs::read_link(path)?;
        let target = target.as_os_str().as_bytes();
        let oid = digest::<D>(format!("blob {}\0", target.len()).as_bytes(), target);
        return Ok(format!("120000 {}", hex(&oid)));
    }
    let (file, about) = opened(path)?;
    let mut sum = D::new().chain_update(format!("blob {}\0", about.len()));
    let (mut file, mut part) = (file.take(about.len()), vec![0; 1 << 16]);
    loop {
        match file.read(&mut part)? {
            0 => return Ok(format!("{:o} {}", mode(&about), hex(&sum.finalize()))),
            count => sum.update(&part[..count]),
        }
    }
}

fn digest<D: Digest>(head: &[u8], bytes: &[u8]) -> Vec<u8> {
    D::new().chain_update(head).chain_update(bytes).finalize().to_vec()
}

/// The mode under which git stores the file at `path`, and what is in it.
fn file(path: &Path) -> io::Result<(u32, Vec<u8>)> {
    let (file, about) = opened(path)?;
    if about.len() > LARGEST {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok((mode(&about), bytes))
}

fn opened(path: &Path) -> io::Result<(File, Metadata)> {
    // Nobody waits for a pipe that was put there.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let about = file.metadata()?;
    if about.is_file() { Ok((file, about)) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

/// The mode under which git stores such a file.
fn mode(about: &Metadata) -> u32 {
    if about.mode() & 0o100 == 0 { 0o100_644 } else { 0o100_755 }
}
