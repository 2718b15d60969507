//! Which way HEAD of a working tree went, by its own log: whoever moves the branch from elsewhere leaves no line in it.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use super::Repository;
use super::error::Error;
use super::name::Oid;
use super::status::Change;
use crate::decide::port::Sureness;

impl Repository {
    /// Did everything that moved HEAD of this working tree from `from` to `to` happen in it? `tree` is the content of the working tree.
    ///
    /// The log must lead there, and what was committed on the way must be in the files, or, if it was taken back since, in the index,
    /// or the index must have been written since. Who moves a branch from elsewhere leaves no line in the log, and who does it by a call
    /// in this place leaves index and files behind.
    ///
    /// # Errors
    /// Those of running git, and [`Error::Io`].
    pub fn went_by_itself(&self, from: &Oid, to: &Oid, tree: &Oid) -> Result<Sureness, Error> {
        let way = self.way(from, to)?;
        if way == Way::Broken {
            return Ok(Sureness::No);
        }
        let committed = self.changes(&self.tree_of(from)?, &self.tree_of(to)?)?;
        let shown = self.changes(&self.tree_of(from)?, tree)?;
        let taken_back: Vec<Change> =
            committed.iter().filter(|one| shown.iter().all(|other| other.path != one.path)).cloned().collect();
        let names = taken_back.iter().map(|change| change.path.to_string()).collect();
        if !taken_back.is_empty() {
            let is_known = self.is_in_index(to, &taken_back)? || way == Way::Whole && self.has_newer_index();
            return Ok(if is_known { Sureness::Unclear(names) } else { Sureness::No });
        }
        let is_told = way == Way::Whole || !committed.is_empty();
        Ok(if is_told {
            Sureness::Yes
        } else {
            Sureness::Unclear(vec!["the log of HEAD does not go back so far".into()])
        })
    }

    /// Is the log of HEAD one way from `from` to `to`? Git writes a line whenever HEAD, or its branch, moves by a call in this working
    /// tree; a move from elsewhere is a gap.
    fn way(&self, from: &Oid, to: &Oid) -> Result<Way, Error> {
        // There the log is in a table that has all of them.
        if self.keeps_refs_elsewhere() {
            return Ok(Way::Whole);
        }
        let path = self.log_of_head();
        let text = match path.symlink_metadata() {
            Ok(about) if about.is_file() => fs::read(&path).map_err(|e| Error::io(&path, e))?,
            Ok(_) => return Ok(Way::Broken),
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Way::Broken),
            Err(e) => return Err(Error::io(&path, e)),
        };
        Ok(way(&text, from.as_str(), to.as_str()))
    }

    /// Does the index hold at the paths of `changes` what `commit` holds there?
    fn is_in_index(&self, commit: &Oid, changes: &[Change]) -> Result<bool, Error> {
        let call =
            self.git("diff-index")?.args(["--cached", "--name-only", "-z", "--no-renames", commit.as_str(), "--"]);
        let answer = call.long().run()?;
        let other: BTreeSet<&[u8]> = answer.parts().collect();
        Ok(changes.iter().all(|change| !other.contains(change.path.as_bytes())))
    }

    /// Was the index written after HEAD moved last?
    fn has_newer_index(&self) -> bool {
        let about = |path: PathBuf| path.symlink_metadata().ok();
        let (index, log) = (about(self.git_dir.join("index")), about(self.log_of_head()));
        index
            .zip(log)
            .is_some_and(|(index, log)| (index.ctime(), index.ctime_nsec()) >= (log.mtime(), log.mtime_nsec()))
    }

    fn log_of_head(&self) -> PathBuf {
        self.git_dir.join("logs/HEAD")
    }
}

/// What a log says of the way from one commit to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It leads there.
    Whole,
    /// It leads there as far as it goes back: what was before has been forgotten.
    Forgotten,
    /// It does not lead there.
    Broken,
}

/// Is there an unbroken way from `from` to `to`, the last that the log tells?
fn way(log: &[u8], from: &str, to: &str) -> Way {
    let mut at = to;
    for line in log.split(|b| *b == b'\n').rev().filter(|line| !line.is_empty()) {
        let mut words = line.split(|b| *b == b' ').map(|word| std::str::from_utf8(word).unwrap_or_default());
        let (Some(old), Some(new)) = (words.next(), words.next()) else { return Way::Broken };
        if new != at {
            return Way::Broken;
        }
        if old == from {
            return Way::Whole;
        }
        at = old;
    }
    // From nothing to here: it goes back to where the working tree was made, and `from` was never there.
    if !at.is_empty() && at.bytes().all(|b| b == b'0') { Way::Broken } else { Way::Forgotten }
}

#[cfg(test)]
mod tests {
    use super::{Way, way};

    #[test]
    fn a_way_is_whole_or_forgotten_or_it_is_none() {
        let cases = [
            ("", Way::Forgotten),
            ("x b commit\n", Way::Forgotten),
            ("0 a x\n", Way::Broken),
            ("0 a x\na b commit: one\n", Way::Whole),
            ("0 a x\na b commit: one\nb c rebase\n", Way::Broken),
            ("0 a x\na c commit: one\nc c reset\nc b commit\n", Way::Whole),
            ("0 a x\na b one\nc b moved to from elsewhere\n", Way::Broken),
            ("c b after something from elsewhere\n", Way::Forgotten),
            ("0 c x\nc b one\n", Way::Broken),
            ("0 a x\na c one\nc a back\na b again\n", Way::Whole),
            ("nonsense\n", Way::Broken),
            ("a\n", Way::Broken),
        ];
        for (log, expected) in cases {
            assert_eq!(way(log.as_bytes(), "a", "b"), expected, "{log:?}");
        }
    }
}
