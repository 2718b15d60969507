//! Every ref with where it is. Git is asked only if a file changed that refs are kept in.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::Repository;
use super::error::Error;
use super::name::visible;

/// Refs that others move at any time, or that belong to one working tree alone.
const NOT_OURS: [&str; 4] = ["refs/prefetch/remotes/", "refs/bisect/", "refs/rewritten/", "refs/worktree/"];

/// Most files that are looked at before git is asked.
const MOST: usize = 20_000;

/// SHA-256 of the files that refs are kept in.
type Sum = [u8; 32];

/// Refs by name, as they are.
pub type Refs = BTreeMap<String, String>;

/// What was said before, and from which files it follows.
#[derive(Debug, Default)]
pub struct Known(Option<(Sum, Arc<Refs>)>);

impl Repository {
    /// Every ref with where it is, but those of remotes that are configured. `known` is what this said before.
    ///
    /// # Errors
    /// Those of running git.
    pub fn refs(&self, known: &mut Known) -> Result<Arc<Refs>, Error> {
        let before = self.kept();
        if let (Some((sum, refs)), Some(before)) = (&known.0, &before)
            && sum == before
        {
            return Ok(Arc::clone(refs));
        }
        let refs = Arc::new(self.ask()?);
        // What changed while git was looking is not known.
        known.0 = before.filter(|sum| self.kept().as_ref() == Some(sum)).map(|sum| (sum, Arc::clone(&refs)));
        Ok(refs)
    }

    /// The latest stash, where it is kept in a file of its own.
    pub fn stash(&self) -> Option<String> {
        let text = fs::read_to_string(self.common_dir.join("refs/stash")).ok()?;
        Some(text.trim_end().to_owned())
    }

    fn ask(&self) -> Result<Refs, Error> {
        let answer = self.git("for-each-ref")?.args(["--format=%(refname) %(objectname) %(symref)"]).run()?;
        let text = String::from_utf8_lossy(&answer.stdout);
        let remotes = self.remotes();
        let not_ours = |name: &str| {
            NOT_OURS.iter().any(|p| name.starts_with(p))
                || name.strip_prefix("refs/remotes/").is_some_and(|rest| {
                    remotes.iter().any(|r| rest.strip_prefix(r.as_str()).is_some_and(|rest| rest.starts_with('/')))
                })
        };
        let rows = text.lines().filter_map(|line| line.split_once(' '));
        let kept = rows.filter(|(name, _)| !not_ours(name));
        Ok(kept.map(|(name, at)| (visible(name), at.trim_end().to_owned())).collect())
    }

    /// Refs, or their logs, may be in something else than files of their own; also if that cannot be told.
    pub(super) fn keeps_refs_elsewhere(&self) -> bool {
        let config = fs::read(self.common_dir.join("config"));
        config.map_or(true, |text| String::from_utf8_lossy(&text).to_ascii_lowercase().contains("refstorage"))
    }

    /// Names of the remotes that the project's own configuration knows: what is fetched from them moves their refs at any time.
    fn remotes(&self) -> Vec<String> {
        let text = fs::read(self.common_dir.join("config")).unwrap_or_default();
        remotes_in(&String::from_utf8_lossy(&text))
    }

    /// What is in the files that hold refs; `None` if they may be elsewhere, or cannot be read.
    fn kept(&self) -> Option<Sum> {
        if self.keeps_refs_elsewhere() {
            return None;
        }
        let mut files = Files { sum: Sha256::new(), left: MOST };
        files.add(&self.common_dir.join("packed-refs")).ok()?;
        files.add(&self.common_dir.join("refs")).ok()?;
        if self.git_dir != self.common_dir {
            files.add(&self.git_dir.join("refs")).ok()?;
        }
        Some(files.sum.finalize().into())
    }
}

/// Files, and what they hold.
struct Files {
    sum: Sha256,
    left: usize,
}

impl Files {
    fn add(&mut self, path: &Path) -> io::Result<()> {
        let about = match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        self.left = self.left.checked_sub(1).ok_or_else(|| io::Error::other("too many"))?;
        if about.is_dir() {
            let mut entries = fs::read_dir(path)?.map(|e| Ok(e?.path())).collect::<io::Result<Vec<_>>>()?;
            entries.sort();
            return entries.iter().try_for_each(|entry| self.add(entry));
        }
        if !about.is_file() {
            return Err(io::Error::other("neither a file nor a folder"));
        }
        for part in [path.as_os_str().as_encoded_bytes(), &fs::read(path)?] {
            self.sum.update(part.len().to_be_bytes());
            self.sum.update(part);
        }
        Ok(())
    }
}

/// Names in the heads of sections, `[remote "NAME"]`.
fn remotes_in(config: &str) -> Vec<String> {
    let heads = config.lines().filter_map(|line| line.trim().strip_prefix('[')?.split_once('"'));
    let remotes = heads.filter(|(kind, _)| kind.trim().eq_ignore_ascii_case("remote"));
    remotes.filter_map(|(_, rest)| Some(rest.rsplit_once('"')?.0.replace('\\', ""))).collect()
}

#[cfg(test)]
mod tests {
    use super::remotes_in;

    #[test]
    fn remotes_are_those_that_have_a_section() {
        let config = "[core]\n\tbare = false # [remote \"no\"]\n[remote \"origin\"]\n url = x\n [ Remote \"a/b\" ]\n[branch \"main\"]\n\tremote = else\n[remote]\n";
        assert_eq!(remotes_in(config), ["origin", "a/b"]);
    }
}
