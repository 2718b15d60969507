//! Other Unix systems: a process cannot be given a view of the file system of its own.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use super::Apart;

/// Cannot be done.
pub(super) fn enter(_apart: &Apart, _mapper: &[OsString], _here: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Nobody needs it.
pub(super) fn map(_pid: u32) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Becomes `program`; comes back only if that fails.
pub(super) fn become_program(program: &Path, words: &[OsString]) -> io::Error {
    Command::new(program).args(words).exec()
}
