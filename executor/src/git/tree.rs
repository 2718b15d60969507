//! What a tree holds, and the content of its files. Only looks, and only into the object database.

use super::Repository;
use super::call::Answer;
use super::error::Error;
use super::name::{Oid, RepoPath};

/// Most bytes of content that one call is asked for.
const PORTION: u64 = 64 * 1024 * 1024;

/// What an entry of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A file.
    File,
    /// A symbolic link: its content is where it leads.
    Link,
    /// A commit of another repository.
    Submodule,
}

/// One file in a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path.
    pub path: RepoPath,
    /// What it is.
    pub sort: Sort,
    /// Its content.
    pub blob: Oid,
    /// How many bytes that is; 0 for a submodule.
    pub bytes: u64,
}

impl Repository {
    /// Every file in `tree` (a commit or a tree), sorted by path.
    ///
    /// # Errors
    /// Those of running git, and [`Error::Failed`] if there is no such tree.
    pub fn files(&self, tree: &Oid) -> Result<Vec<Entry>, Error> {
        let answer = self.git("ls-tree")?.args(["-r", "-l", "-z", "--full-tree", tree.as_str()]).long().run()?;
        let mut files = answer.parts().map(|row| entry(&answer, row)).collect::<Result<Vec<_>, _>>()?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// The contents of `blobs`, in order. What is missing is `None`.
    ///
    /// # Errors
    /// Those of running git.
    pub fn contents(&self, blobs: &[(&Oid, u64)]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        let mut found = Vec::with_capacity(blobs.len());
        let mut rest = blobs;
        while !rest.is_empty() {
            let mut size = 0;
            let fits = rest.iter().take_while(|(_, bytes)| {
                size += bytes;
                size <= PORTION
            });
            let (now, later) = rest.split_at(fits.count().max(1));
            self.portion(now, &mut found)?;
            rest = later;
        }
        Ok(found)
    }

    fn portion(&self, blobs: &[(&Oid, u64)], found: &mut Vec<Option<Vec<u8>>>) -> Result<(), Error> {
        let wanted: String = blobs.iter().map(|(oid, _)| format!("{oid}\n")).collect();
        let answer = self.git("cat-file")?.arg("--batch").stdin(wanted).long().run()?;
        let mut rest = answer.stdout.as_slice();
        for _ in blobs {
            let (content, after) = next_blob(rest).ok_or_else(|| answer.unexpected("an object without its content"))?;
            found.push(content.map(<[u8]>::to_vec));
            rest = after;
        }
        Ok(())
    }
}

/// `<mode> SP <type> SP <oid> SP+ <bytes or -> TAB <path>`.
fn entry(answer: &Answer, row: &[u8]) -> Result<Entry, Error> {
    let strange = || answer.unexpected("a row that is no entry");
    let tab = row.iter().position(|b| *b == b'\t').ok_or_else(strange)?;
    let head = std::str::from_utf8(&row[..tab]).map_err(|_| strange())?;
    let mut words = head.split_ascii_whitespace();
    let (mode, _, oid, bytes) = (words.next(), words.next(), words.next(), words.next());
    let sort = match mode.ok_or_else(strange)? {
        "160000" => Sort::Submodule,
        "120000" => Sort::Link,
        _ => Sort::File,
    };
    let blob = Oid::parse(oid.ok_or_else(strange)?)?;
    let bytes = bytes.and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
    Ok(Entry { path: RepoPath::parse(&row[tab + 1..])?, sort, blob, bytes })
}

/// The next object of `cat-file --batch` (`None` inside: it is missing), and what follows it.
fn next_blob(text: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let end = text.iter().position(|b| *b == b'\n')?;
    let head = std::str::from_utf8(&text[..end]).ok()?;
    let after = &text[end + 1..];
    if head.ends_with(" missing") {
        return Some((None, after));
    }
    let size: usize = head.rsplit(' ').next()?.parse().ok()?;
    (after.get(size) == Some(&b'\n')).then(|| (Some(&after[..size]), &after[size + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_follow_each_other_whatever_they_hold() {
        let text = b"aa blob 4\n\n\nx\n\nbb missing\ncc blob 0\n\n";
        let (first, rest) = next_blob(text).expect("one");
        assert_eq!(first, Some(&b"\n\nx\n"[..]));
        let (second, rest) = next_blob(rest).expect("two");
        assert_eq!(second, None);
        assert_eq!(next_blob(rest), Some((Some(&b""[..]), &b""[..])));
        assert_eq!(next_blob(b"aa blob 4\nx"), None, "cut short");
    }
}
