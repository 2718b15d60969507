//! Which way HEAD of a working tree went, by its own log: whoever moves the branch from elsewhere leaves no line in it.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use super::Repository;
use super::error::Error;
use super::name::Oid;

impl Repository {
    /// Did everything that moved HEAD of this working tree from `from` to `to` happen in it? And does the working tree, whose
    /// content is `tree`, show what was committed on the way?
    ///
    /// # Errors
    /// Those of running git, and [`Error::Io`].
    pub fn went_by_itself(&self, from: &Oid, to: &Oid, tree: &Oid) -> Result<bool, Error> {
        Ok(self.has_walked(from, to)? && self.shows(from, to, tree)?)
    }

    /// Is the log of HEAD one unbroken way from `from` to `to`? Git writes a line whenever HEAD, or its branch, moves by a call in this
    /// working tree; a move from elsewhere is a gap.
    fn has_walked(&self, from: &Oid, to: &Oid) -> Result<bool, Error> {
        // There the log is in a table that has all of them.
        if self.keeps_refs_elsewhere() {
            return Ok(true);
        }
        let path = self.log_of_head();
        let text = match path.symlink_metadata() {
            Ok(about) if about.is_file() => fs::read(&path).map_err(|e| Error::io(&path, e))?,
            Ok(_) => return Ok(false),
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(false),
            Err(e) => return Err(Error::io(&path, e)),
        };
        Ok(leads(&text, from.as_str(), to.as_str()))
    }

    /// Whatever the commits changed differs in the working tree, too.
    fn shows(&self, from: &Oid, to: &Oid, tree: &Oid) -> Result<bool, Error> {
        let shown = self.changes(&self.tree_of(from)?, tree)?;
        let committed = self.changes(&self.tree_of(from)?, &self.tree_of(to)?)?;
        Ok(committed.iter().all(|one| shown.iter().any(|other| other.path == one.path)))
    }

    fn log_of_head(&self) -> PathBuf {
        self.git_dir.join("logs/HEAD")
    }
}

/// Is there an unbroken way from `from` to `to`, the last that the log tells?
fn leads(log: &[u8], from: &str, to: &str) -> bool {
    let mut at = to;
    for line in log.split(|b| *b == b'\n').rev().filter(|line| !line.is_empty()) {
        let mut words = line.split(|b| *b == b' ').map(|word| std::str::from_utf8(word).unwrap_or_default());
        let (Some(old), Some(new)) = (words.next(), words.next()) else { return false };
        if new != at {
            return false;
        }
        if old == from {
            return true;
        }
        at = old;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::leads;

    #[test]
    fn a_way_is_unbroken_or_it_is_none() {
        let cases = [
            ("", false),
            ("0 a x\n", false),
            ("0 a x\na b commit: one\n", true),
            ("0 a x\na b commit: one\nb c rebase\n", false),
            ("0 a x\na c commit: one\nc c reset\nc b commit\n", true),
            ("0 a x\na b one\nc b moved to from elsewhere\n", false),
            ("0 a x\na c one\nc a back\na b again\n", true),
            ("nonsense\n", false),
            ("a\n", false),
        ];
        for (log, leads_there) in cases {
            assert_eq!(leads(log.as_bytes(), "a", "b"), leads_there, "{log:?}");
        }
    }
}
