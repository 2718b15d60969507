//! Files that are there whole or not at all, also after a power cut.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes `bytes` to `path` so that a crash leaves the old content or the new, never a part: a temporary file beside it,
/// fsync, rename, fsync of the folder.
pub fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_durably_with(path, |file| file.write_all(bytes))
}

/// The same for what is made while it is written: it need not be in memory as a whole.
pub fn write_durably_with(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a path of a file"));
    };
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}", std::process::id()));
    let draft = folder.join(hidden);
    let written = write_new(&draft, write).and_then(|()| fs::rename(&draft, path));
    if let Err(e) = written {
        // the draft is ours, and of no use; the first error is the one to tell
        let _ = fs::remove_file(&draft);
        return Err(e);
    }
    sync_dir(folder)
}

fn write_new(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        Ok(()) | Err(_) => {}
    }
    let mut file = BufWriter::new(File::create_new(path)?);
    write(&mut file)?;
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

/// Makes the entries of a folder durable: files created, renamed and removed in it.
pub fn sync_dir(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_the_whole_file_and_leaves_nothing_else() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("report.json");
        for text in ["long content of the first version", "short", ""] {
            write_durably(&path, text.as_bytes()).expect("written");
            assert_eq!(fs::read_to_string(&path).expect("readable"), text);
        }
        assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn a_failure_keeps_the_old_content() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("report.md");
        fs::create_dir(&path).expect("a folder in the way");
        fs::write(path.join("inside"), "kept").expect("written");
        assert!(write_durably(&path, b"new").is_err());
        assert_eq!(fs::read_to_string(path.join("inside")).expect("readable"), "kept");
        assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 1, "no draft is left");
        assert!(write_durably(&dir.path().join("missing/report.md"), b"new").is_err());
        assert!(write_durably(Path::new("/"), b"new").is_err());
    }

    #[test]
    fn a_draft_left_by_a_crash_or_planted_as_a_link_is_replaced() {
        let dir = tempfile::tempdir().expect("a folder");
        let target = dir.path().join("elsewhere");
        fs::write(&target, "kept").expect("written");
        std::os::unix::fs::symlink(&target, dir.path().join(format!(".report.md.{}", std::process::id())))
            .expect("a link");
        write_durably(&dir.path().join("report.md"), b"new").expect("written");
        assert_eq!(fs::read_to_string(&target).expect("readable"), "kept");
    }
}
