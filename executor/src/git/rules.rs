//! Which rule says that git ignores a path. Only looks.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use super::Repository;
use super::error::Error;

/// A line of a file with rules (gitignore(5)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The file: relative to the top of the working tree, or absolute where it is not of this repository.
    pub file: PathBuf,
    /// The pattern, as it stands there.
    pub pattern: String,
}

impl Repository {
    /// The rule for each of `paths`, in order; `None`: there is none.
    ///
    /// # Errors
    /// Those of running git.
    pub fn rules(&self, paths: &[&PathBuf]) -> Result<Vec<Option<Rule>>, Error> {
        let asked: Vec<u8> =
            paths.iter().flat_map(|path| path.as_os_str().as_bytes().iter().copied().chain([0])).collect();
        let args = ["--verbose", "--non-matching", "-z", "--stdin"];
        let answer = self.git("check-ignore")?.args(args).stdin(asked).long().run_any()?;
        // 1: none of them is ignored.
        if !matches!(answer.code, Some(0 | 1)) {
            return Err(answer.failed());
        }
        // `<file> NUL <line> NUL <pattern> NUL <path> NUL`, nothing in the first three where there is no rule.
        let fields: Vec<&[u8]> = answer.stdout.split(|b| *b == 0).collect();
        let rows: Vec<Option<Rule>> = fields.chunks_exact(4).map(rule).collect();
        if rows.len() != paths.len() {
            return Err(answer.unexpected("not one row for each path"));
        }
        Ok(rows)
    }
}

fn rule(row: &[&[u8]]) -> Option<Rule> {
    let [file, _, pattern, _] = row else { return None };
    let file = PathBuf::from(OsStr::from_bytes(file));
    (!file.as_os_str().is_empty()).then(|| Rule { file, pattern: String::from_utf8_lossy(pattern).into_owned() })
}
