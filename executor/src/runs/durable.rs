//! Files that are there whole or not at all, also after a power cut.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes `bytes` to `path` so that a crash leaves the old content or the new, never a part: a temporary file beside it,
/// fsync, rename, fsync of the folder.
pub fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_durably_with(path, |file| file.write_all(bytes))
}

/// The same for what is made while it is written: it need not be in memory as a whole.
pub fn write_durably_with(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let (draft, folder) = draft_of(path)?;
    let written = write_new(&draft, write).and_then(|()| fs::rename(&draft, path));
    if let Err(e) = written {
        // the draft is ours, and of no use; the first error is the one to tell
        let _ = fs::remove_file(&draft);
        return Err(e);
    }
    sync_dir(folder)
}

/// The same for several files, each whole or not at all, in hardly more time than for the first: of each folder there is one fsync.
pub fn write_all_durably(files: &[(&Path, Vec<u8>)]) -> io::Result<()> {
    let mut drafts = Drafts(Vec::new());
    for (path, bytes) in files {
        let (draft, _) = draft_of(path)?;
        drafts.0.push(draft);
        write_new(drafts.0.last().expect("it was pushed just now"), |file| file.write_all(bytes))?;
    }
    for ((path, _), draft) in files.iter().zip(&drafts.0) {
        fs::rename(draft, path)?;
    }
    let folders: BTreeSet<&Path> = files.iter().filter_map(|(path, _)| path.parent()).collect();
    folders.into_iter().try_for_each(sync_dir)
}

/// Files that are of no use if they still are there when this is dropped.
struct Drafts(Vec<PathBuf>);

impl Drop for Drafts {
    fn drop(&mut self) {
        self.0.iter().for_each(|draft| drop(fs::remove_file(draft)));
    }
}

/// Where `path` is written before it is there, and the folder of both.
fn draft_of(path: &Path) -> io::Result<(PathBuf, &Path)> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a path of a file"));
    };
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}", std::process::id()));
    Ok((folder.join(hidden), folder))
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
    fn of_several_files_each_is_replaced_and_nothing_else_is_left() {
        let dir = tempfile::tempdir().expect("a folder");
        let paths = ["a", "b"].map(|name| dir.path().join(name));
        fs::write(&paths[1], "old").expect("written");
        let files = |text: &str| paths.each_ref().map(|path| (path.as_path(), text.as_bytes().to_vec()));
        write_all_durably(&files("new")).expect("written");
        let read = || paths.each_ref().map(|path| fs::read_to_string(path).expect("readable"));
        assert_eq!(read(), ["new", "new"]);
        let missing = dir.path().join("missing/c");
        let more: Vec<_> = files("newer").into_iter().chain([(missing.as_path(), Vec::new())]).collect();
        assert!(write_all_durably(&more).is_err());
        assert_eq!(read(), ["new", "new"], "what cannot be written as a whole changes nothing");
        assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 2, "no draft is left");
        write_all_durably(&[]).expect("nothing is to be done");
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
