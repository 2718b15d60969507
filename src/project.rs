//! Where the project is: the directory that holds `.mission`, else the repository, else where we stand.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::files;

/// The root of the project around the working directory.
///
/// # Errors
/// A working directory that is gone.
pub(crate) fn root() -> Result<PathBuf, Failure> {
    let here = std::env::current_dir().map_err(|source| files::io("find", Path::new("."), source))?;
    Ok(root_of(&here))
}

/// The nearest directory at or above `here` that holds `.mission` or is a repository; `here` if there is none.
///
/// An empty `.git` is no repository, for git neither.
fn root_of(here: &Path) -> PathBuf {
    let repository = |dir: &Path| dir.join(".git").is_file() || dir.join(".git/HEAD").exists();
    let marked = |dir: &&Path| dir.join(".mission").is_dir() || repository(dir);
    here.ancestors().find(marked).unwrap_or(here).to_owned()
}

/// `.mission` of the project at `root`.
pub(crate) fn folder(root: &Path) -> PathBuf {
    root.join(".mission")
}

/// Where the project keeps its workflows.
pub(crate) fn workflows(root: &Path) -> PathBuf {
    folder(root).join("workflows")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_mark_wins() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let inner = dir.path().join("repo/sub/deep");
        std::fs::create_dir_all(&inner).expect("a folder");
        for git in ["repo/.git", "repo/sub/.git"] {
            std::fs::create_dir(dir.path().join(git)).expect("a folder");
        }
        std::fs::write(dir.path().join("repo/.git/HEAD"), "ref: refs/heads/main\n").expect("a file");
        assert_eq!(root_of(&inner), dir.path().join("repo"));
        std::fs::create_dir(dir.path().join("repo/sub/.mission")).expect("a folder");
        assert_eq!(root_of(&inner), dir.path().join("repo/sub"));
    }
}
