//! What differs: the working tree from the commit, and one tree from another. Only looks.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use super::Repository;
use super::call::Answer;
use super::error::Error;
use super::name::{Oid, RepoPath, STATE_DIR, WORKTREES_DIR};
use super::shield::Drivers;

/// How a file differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It is new; git knew nothing of it.
    Untracked,
    /// It is new, and already in the index.
    Added,
    /// Its content or mode is another.
    Modified,
    /// It is gone.
    Deleted,
    /// A merge left conflicts in it.
    Unmerged,
    /// A folder that is a repository of its own.
    Nested,
}

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The file; for [`Kind::Nested`] the folder.
    pub path: RepoPath,
    /// How.
    pub kind: Kind,
}

/// A file that differs between two trees, with what it is in each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// The file, and how it differs.
    pub change: Change,
    /// Its content in the first tree, as mode and object id; `None`: it is not there.
    pub before: Option<String>,
    /// The same in the second tree.
    pub after: Option<String>,
}

impl Repository {
    /// Files and whole folders of the working tree that git ignores, but those of the engine.
    ///
    /// # Errors
    /// Those of running git.
    pub fn ignored(&self) -> Result<Vec<PathBuf>, Error> {
        let args = ["--others", "--ignored", "--exclude-standard", "--directory", "-z"];
        let answer = self.git("ls-files")?.args(args).long().run()?;
        let names =
            answer.parts().map(|name| PathBuf::from(OsStr::from_bytes(name.strip_suffix(b"/").unwrap_or(name))));
        Ok(names.filter(|name| !name.starts_with(STATE_DIR) && !name.starts_with(WORKTREES_DIR)).collect())
    }

    /// Files of the working tree and the index that differ from HEAD, each new file by itself, sorted by path;
    /// without `.mission/` and `.worktrees/`. Content of submodules is not looked at.
    ///
    /// # Errors
    /// Those of running git.
    pub fn status(&self) -> Result<Vec<Change>, Error> {
        read_status(&self.git("status")?.args(ARGS).long().run()?)
    }

    /// Files that differ between two trees or commits, sorted by path; renames are a deletion and an addition. No content is looked at,
    /// so there is nothing to switch off.
    ///
    /// # Errors
    /// Those of running git, and [`Error::Failed`] if one of them does not exist.
    pub fn changes(&self, from: &Oid, to: &Oid) -> Result<Vec<Change>, Error> {
        Ok(self.differences(from, to)?.into_iter().map(|difference| difference.change).collect())
    }

    /// The same, with what each file is on both sides.
    ///
    /// # Errors
    /// Those of [`Repository::changes`].
    pub fn differences(&self, from: &Oid, to: &Oid) -> Result<Vec<Difference>, Error> {
        Ok(self.recent.differences([from, to], || self.asked_differences(from, to))?.to_vec())
    }

    fn asked_differences(&self, from: &Oid, to: &Oid) -> Result<Vec<Difference>, Error> {
        let answer = self
            .covered("diff-tree", &Drivers::default())
            .args(["-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-textconv"])
            .args(["--ignore-submodules=dirty", "--end-of-options", from.as_str(), to.as_str(), "--"])
            .long()
            .run()?;
        let mut differences = Vec::new();
        let mut parts = answer.parts();
        while let Some(entry) = parts.next() {
            let unknown = || answer.unexpected("an unknown kind of change");
            let text = std::str::from_utf8(entry).ok().and_then(|text| text.strip_prefix(':')).ok_or_else(unknown)?;
            let [mode, new_mode, oid, new_oid, letter] = text.split(' ').collect::<Vec<_>>()[..] else {
                return Err(unknown());
            };
            let kind = match letter {
                "A" => Kind::Added,
                "D" => Kind::Deleted,
                "M" | "T" => Kind::Modified,
                "U" => Kind::Unmerged,
                _ => return Err(unknown()),
            };
            let path = parts.next().ok_or_else(|| answer.unexpected("a change without a path"))?;
            let content = |mode: &str, oid: &str| (mode != "000000").then(|| format!("{mode} {oid}"));
            differences.push(Difference {
                change: Change { path: RepoPath::parse(path)?, kind },
                before: content(mode, oid),
                after: content(new_mode, new_oid),
            });
        }
        differences.sort();
        Ok(differences)
    }

    /// Of `paths`, the first that only a filter that is switched off stores rightly, with its name.
    pub(super) fn filtered(&self, paths: &[&RepoPath], drivers: &Drivers) -> Result<Option<(RepoPath, String)>, Error> {
        let filters = &drivers.filters;
        if filters.is_empty() || paths.is_empty() {
            return Ok(None);
        }
        let call = self.covered("check-attr", drivers).args(["-z", "--stdin", "filter"]);
        let answer = call.stdin(nul_list(paths)).long().run()?;
        let parts: Vec<&[u8]> = answer.parts().collect();
        let hit = parts.chunks_exact(3).find(|row| filters.iter().any(|f| f.as_bytes() == row[2]));
        hit.map(|row| Ok((RepoPath::parse(row[0])?, String::from_utf8_lossy(row[2]).into_owned()))).transpose()
    }
}

/// What `git status` is called with: entries that are read by [`read_status`].
pub(super) const ARGS: [&str; 5] =
    ["--porcelain=v2", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=dirty"];

/// What tells of the commit and the branch that are checked out as well.
pub(super) const BRANCH: [&str; 2] = ["--branch", "--no-ahead-behind"];

/// The commit that is checked out, if there is one, from the answer of `git status` with [`BRANCH`].
pub(super) fn head_of(answer: &Answer) -> Result<Option<Oid>, Error> {
    let head = answer.parts().find_map(|part| part.strip_prefix(b"# branch.oid ")).map(String::from_utf8_lossy);
    match head.as_deref() {
        Some("(initial)") => Ok(None),
        Some(head) => Oid::parse(head).map(Some),
        None => Err(answer.unexpected("no head")),
    }
}

/// What differs, from the answer of `git status`.
pub(super) fn read_status(answer: &Answer) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    for entry in answer.parts() {
        changes.extend(status_entry(answer, entry)?);
    }
    changes.retain(|c| !is_ours(&c.path));
    changes.sort();
    Ok(changes)
}

/// The paths, each ended by NUL, as `--stdin -z` wants them.
pub(super) fn nul_list(paths: &[&RepoPath]) -> Vec<u8> {
    paths.iter().flat_map(|p| p.as_bytes().iter().copied().chain([0])).collect()
}

fn is_ours(path: &RepoPath) -> bool {
    path.is_below(STATE_DIR) || path.is_below(WORKTREES_DIR)
}

/// One entry of `--porcelain=v2 -z`: `1 XY …` (8 fields before the path), `u XY …` (10), `? path`, `! path`, `# …`.
fn status_entry(answer: &Answer, entry: &[u8]) -> Result<Option<Change>, Error> {
    let (kind, path) = match entry.first() {
        Some(b'?') => match entry.get(2..) {
            Some([path @ .., b'/']) => (Kind::Nested, Some(path)),
            path => (Kind::Untracked, path),
        },
        Some(b'1') => (tracked_kind(entry.get(2..4)), field(entry, 8)),
        Some(b'u') => (Kind::Unmerged, field(entry, 10)),
        Some(b'#' | b'!') => return Ok(None),
        _ => return Err(answer.unexpected("an unknown entry")),
    };
    let path = path.ok_or_else(|| answer.unexpected("an entry without a path"))?;
    Ok(Some(Change { path: RepoPath::parse(path)?, kind }))
}

/// Everything behind the `n`th space.
fn field(entry: &[u8], n: usize) -> Option<&[u8]> {
    let at = entry.iter().enumerate().filter(|(_, b)| **b == b' ').map(|(at, _)| at).nth(n - 1)?;
    entry.get(at + 1..)
}

fn tracked_kind(xy: Option<&[u8]>) -> Kind {
    match xy {
        Some(xy) if xy.contains(&b'D') => Kind::Deleted,
        Some(xy) if xy.contains(&b'A') => Kind::Added,
        _ => Kind::Modified,
    }
}
