//! Finds programs: to an absolute path, from a `PATH` without relative or empty entries, so that a program planted in a repository
//! is never taken for one of the system. Starts nothing.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Where programs are looked for.
#[derive(Debug, Clone)]
pub struct Programs {
    repository: PathBuf,
    path: OsString,
}

/// A program that cannot be started.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProgramError {
    /// Nothing of this name.
    #[error("there is no program `{name}` in `PATH` ({path})")]
    NotInPath {
        /// The name.
        name: String,
        /// The entries searched.
        path: String,
    },
    /// Nothing at this path.
    #[error("there is no program at `{path}` (`{name}` is taken relative to the repository)", path = path.display())]
    NotThere {
        /// As it was written.
        name: String,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file that may not be executed.
    #[error("`{path}` is not an executable file; `chmod +x` makes a script executable", path = path.display())]
    NotExecutable {
        /// Its path.
        path: PathBuf,
    },
    /// No name at all.
    #[error("the command is empty, where a program was expected")]
    Empty,
}

impl Programs {
    /// Programs in the absolute entries of `path`, and paths relative to `repository`.
    pub fn new(repository: &Path, path: Option<&OsStr>) -> Self {
        Self { repository: repository.to_owned(), path: absolute_entries(path.unwrap_or_default()) }
    }
    /// The value of `PATH` that is searched: absolute entries only.
    pub fn path(&self) -> &OsStr {
        &self.path
    }
    /// Absolute path of `name`: looked up if it is a bare name, else relative to the repository.
    ///
    /// # Errors
    /// If there is no such file, or it may not be executed.
    pub fn find(&self, name: &str) -> Result<PathBuf, ProgramError> {
        if name.is_empty() {
            return Err(ProgramError::Empty);
        }
        if name.contains('/') {
            let path = self.repository.join(name);
            return match executable(&path) {
                Some(true) => Ok(path),
                Some(false) => Err(ProgramError::NotExecutable { path }),
                None => Err(ProgramError::NotThere { name: name.to_owned(), path }),
            };
        }
        let mut blocked = None;
        for folder in std::env::split_paths(&self.path) {
            let path = folder.join(name);
            match executable(&path) {
                Some(true) => return Ok(path),
                Some(false) => blocked = blocked.or(Some(path)),
                None => {}
            }
        }
        Err(match blocked {
            Some(path) => ProgramError::NotExecutable { path },
            None => ProgramError::NotInPath { name: name.to_owned(), path: self.path.to_string_lossy().into_owned() },
        })
    }
}

/// The entries of a `PATH` that are absolute, joined again.
pub(super) fn absolute_entries(path: &OsStr) -> OsString {
    let mut kept = OsString::with_capacity(path.len());
    for entry in path.as_bytes().split(|b| *b == b':').filter(|entry| entry.starts_with(b"/")) {
        if !kept.is_empty() {
            kept.push(":");
        }
        kept.push(OsStr::from_bytes(entry));
    }
    kept
}

/// Whether the file at `path` may be executed by someone; `None` if there is no file.
fn executable(path: &Path) -> Option<bool> {
    let about = fs::metadata(path).ok()?;
    about.is_file().then(|| about.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plant(folder: &Path, name: &str, mode: u32) {
        fs::create_dir_all(folder).expect("folder");
        fs::write(folder.join(name), "#!/bin/sh\n").expect("file");
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(mode)).expect("mode");
    }

    #[test]
    fn only_absolute_entries_of_path_count() {
        let dir = tempfile::tempdir().expect("dir");
        let (repo, bin) = (dir.path().join("repo"), dir.path().join("bin"));
        plant(&repo, "tool", 0o755);
        plant(&bin, "tool", 0o755);
        plant(&bin, "data", 0o644);
        fs::create_dir(bin.join("folder")).expect("folder");
        let path = OsString::from(format!(".::repo:../x:{}:", bin.display()));
        let programs = Programs::new(&repo, Some(&path));
        assert_eq!(programs.path(), bin.as_os_str());
        assert_eq!(programs.find("tool"), Ok(bin.join("tool")));
        assert_eq!(programs.find("./tool"), Ok(repo.join("./tool")));
        assert_eq!(programs.find("data"), Err(ProgramError::NotExecutable { path: bin.join("data") }));
        assert_eq!(programs.find(""), Err(ProgramError::Empty));
        for absent in ["folder", "none"] {
            let error = programs.find(absent).expect_err("not a program");
            assert!(error.to_string().contains(&format!("no program `{absent}` in `PATH`")), "{error}");
        }
        let error = programs.find("sub/none").expect_err("not there");
        assert!(error.to_string().contains("relative to the repository"), "{error}");
        assert_eq!(programs.find(bin.join("tool").to_str().expect("UTF-8")), Ok(bin.join("tool")));
        assert!(Programs::new(&repo, None).find("tool").is_err());
    }
}
