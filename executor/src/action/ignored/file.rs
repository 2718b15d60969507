//! Files that lie where anybody may put anything: nobody waits for a pipe, follows a link or reads without end.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

/// The file at `path`, and what it is now that it is open.
///
/// # Errors
/// Those of the file system; it is a link, or no file.
pub(in super::super) fn opened(path: &Path) -> io::Result<(File, Metadata)> {
    // To open some devices does something already.
    if !path.symlink_metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // It may be another since.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let about = file.metadata()?;
    if about.is_file() { Ok((file, about)) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

/// The first bytes of the file at `path`; `None` if it has fewer, or is none.
pub(super) fn head<const COUNT: usize>(path: &Path) -> Option<[u8; COUNT]> {
    let mut head = [0; COUNT];
    let (mut file, _) = opened(path).ok()?;
    file.read_exact(&mut head).is_ok().then_some(head)
}

/// The text of the file at `path`; `None` if it is none, or has more than `most` bytes.
pub(in super::super) fn text(path: &Path, most: u64) -> Option<String> {
    let (file, about) = opened(path).ok()?;
    let mut bytes = Vec::new();
    let all = about.len() <= most && file.take(most + 1).read_to_end(&mut bytes).is_ok();
    if all && bytes.len() as u64 <= most { String::from_utf8(bytes).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    #[test]
    fn only_a_file_is_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::write(path("file"), "#!/bin/sh\n").expect("it is written");
        symlink("file", path("link")).expect("it is made");
        assert!(Command::new("mkfifo").arg(path("pipe")).status().expect("it runs").success());
        assert_eq!(head(&path("file")), Some(*b"#!"));
        for other in ["link", "pipe", ".", "none"] {
            assert!(head::<2>(&path(other)).is_none() && opened(&path(other)).is_err(), "{other}");
        }
        assert!(head::<99>(&path("file")).is_none(), "it is shorter");
        assert_eq!(text(&path("file"), 10).as_deref(), Some("#!/bin/sh\n"));
        assert_eq!(text(&path("file"), 9), None, "it is longer");
        assert_eq!(text(&path("link"), 10), None);
    }
}
