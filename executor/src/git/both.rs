//! Two changed the same file from the same beginning: the lines of both. Changes nothing of the repository.

use std::fs;
use std::path::Path;

use super::Repository;
use super::error::Error;
use super::name::Oid;

/// What git answers when it cannot merge at all, and not for conflicts.
const NO_MERGE: i32 = 128;

/// What came of putting two versions together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Both {
    /// They changed different lines.
    Clean(Vec<u8>),
    /// They changed the same lines, and those of both stand there now.
    Union(Vec<u8>),
    /// They are not text.
    Neither,
}

impl Repository {
    /// The lines of `mine` and `theirs`, which were made from the content `base` (`MODE OID`, as in a difference; `None`: there was none).
    /// `scratch` is a folder that nobody else writes to.
    ///
    /// # Errors
    /// Those of running git, and of writing to `scratch`.
    pub fn both(&self, scratch: &Path, base: Option<&str>, mine: &[u8], theirs: &[u8]) -> Result<Both, Error> {
        let base = match base.and_then(|base| base.split_once(' ')) {
            Some((_, oid)) => self.git("cat-file")?.args(["blob", Oid::parse(oid)?.as_str()]).long().run()?.stdout,
            None => Vec::new(),
        };
        let io = |source| Error::Io { path: scratch.to_owned(), source };
        fs::create_dir_all(scratch).map_err(io)?;
        let names = ["theirs", "base", "mine"];
        for (name, content) in names.iter().zip([theirs, &base, mine]) {
            fs::write(scratch.join(name), content).map_err(io)?;
        }
        let merged = |how: &[&str]| {
            let call = self.git("merge-file")?.args(["-p", "-q"]).args(how).arg("--");
            call.args(names.map(|name| scratch.join(name))).long().run_any()
        };
        let clean = merged(&[])?;
        let both = match clean.code {
            Some(0) => Both::Clean(clean.stdout),
            Some(1..NO_MERGE) => Both::Union({
                let union = merged(&["--union"])?;
                if union.code != Some(0) {
                    return Err(union.failed());
                }
                union.stdout
            }),
            _ => Both::Neither,
        };
        fs::remove_dir_all(scratch).map_err(io)?;
        Ok(both)
    }
}
