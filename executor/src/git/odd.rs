//! What git itself never puts where it keeps refs, logs and objects: links, and refs that lead nowhere. Only looks.

use std::fs;
use std::path::Path;

use super::Repository;
use super::common::{Guarded, LeftOut, is_lock};

/// Most entries of one of the folders that are looked at.
const MOST: usize = 10_000;
/// Longest ref that is read, in bytes.
const LONGEST: u64 = 4_096;

/// Files and folders that may be links, as those inside the folders may.
const TOPS: [&str; 6] = ["refs", "logs", "objects", "worktrees", "index", "packed-refs"];

impl Repository {
    /// Links in place of folders and files, and refs that git does not list because they lead nowhere.
    /// Adds to `left_out`.
    pub(super) fn odd(&self, left_out: &mut LeftOut) -> Vec<Guarded> {
        let mut found = Vec::new();
        for name in TOPS {
            let path = self.common_dir.join(name);
            let told = format!(".git/{name}");
            match path.symlink_metadata() {
                Ok(about) if about.is_symlink() => found.push(Guarded::new(told, path, false)),
                Ok(about) if about.is_dir() && name != "worktrees" => {
                    let mut search = Search { left: Some(MOST), found };
                    search.below(&told, &path, name == "refs");
                    if search.left.is_none() {
                        left_out.insert(format!("{told}: more than {MOST} entries"));
                    }
                    found = search.found;
                }
                Ok(_) | Err(_) => {}
            }
        }
        found
    }
}

struct Search {
    /// How many more entries are looked at; `None`: there are more than that.
    left: Option<usize>,
    found: Vec<Guarded>,
}

impl Search {
    fn below(&mut self, told: &str, folder: &Path, has_refs: bool) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            self.left = self.left.and_then(|left| left.checked_sub(1));
            if self.left.is_none() {
                return;
            }
            let (name, path) = (entry.file_name(), entry.path());
            let told = format!("{told}/{}", name.to_string_lossy());
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_symlink() {
                self.found.push(Guarded::new(told, path, false));
            } else if kind.is_dir() {
                // Of objects there are many, and git looks at none of them that is a link.
                if !told.starts_with(".git/objects/") {
                    self.below(&told, &path, has_refs);
                }
            } else if has_refs && !is_lock(&told) && is_broken(&told, &path) {
                self.found.push(Guarded::new(told, path, false));
            }
        }
    }
}

/// Does a ref hold something else than an object, or the branch that a remote says is its own?
fn is_broken(told: &str, path: &Path) -> bool {
    let is_short = path.symlink_metadata().is_ok_and(|about| about.len() <= LONGEST);
    let Some(text) = is_short.then(|| fs::read(path).ok()).flatten() else { return !is_short };
    let text = String::from_utf8_lossy(&text);
    let text = text.trim_end();
    let is_object = matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
    let remote = told.strip_prefix(".git/").and_then(|name| name.strip_suffix("HEAD"));
    let of_remote = remote.filter(|name| name.starts_with("refs/remotes/"));
    let is_of_remote = of_remote.zip(text.strip_prefix("ref: ")).is_some_and(|(name, to)| to.starts_with(name));
    !is_object && !is_of_remote
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_git_does_not_put_there_is_odd() {
        let place = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let path = place.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
            fs::write(path, text).expect("it is written");
        };
        let oid = "0123456789".repeat(4);
        for name in ["refs/heads/main", "refs/remotes/o/main", "refs/heads/HEAD"] {
            write(name, &format!("{oid}\n"));
        }
        write("refs/remotes/o/HEAD", "ref: refs/remotes/o/main\n");
        write("refs/heads/main.lock", "");
        let find = |most: usize| {
            let mut search = Search { left: Some(most), found: Vec::new() };
            search.below(".git/refs", &place.path().join("refs"), true);
            if search.left.is_none() {
                return vec!["too many".to_owned()];
            }
            let mut names: Vec<String> = search.found.into_iter().map(|found| found.name).collect();
            names.sort();
            names
        };
        assert_eq!(find(MOST), [""; 0]);
        write("refs/heads/a", "");
        write("refs/heads/b", "ref: refs/heads/nowhere\n");
        write("refs/heads/c", "0123\n");
        write("refs/heads/d", &"0".repeat(5_000));
        write("refs/remotes/p/HEAD", "ref: refs/heads/main\n");
        symlink("heads", place.path().join("refs/tags")).expect("it is made");
        let names = ["heads/a", "heads/b", "heads/c", "heads/d", "remotes/p/HEAD", "tags"];
        assert_eq!(find(MOST), names.map(|name| format!(".git/refs/{name}")));
        let count = 6 + 3 + 2 + 2 + 2;
        assert_ne!(find(count), ["too many"]);
        assert_eq!(find(count - 1), ["too many"]);
    }
}
