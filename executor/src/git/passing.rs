//! What commits hold on the way, and no tree that is looked at. Only looks, and only into the object database.

use std::collections::{BTreeMap, BTreeSet};

use super::Repository;
use super::call::Answer;
use super::error::Error;
use super::name::{Oid, RepoPath};
use super::shield::Drivers;
use super::stand::Made;

/// A content as mode and object id; `None`: the file is not there.
type Content = Option<String>;

impl Repository {
    /// Files that commits change to what they are in none of `known`, trees or commits: to another content or mode, or so that they are
    /// gone. Each commit is held against those it stands on; of a merge those files count that are as in none of these. Only files that
    /// `is_asked` are looked for.
    ///
    /// # Errors
    /// Those of running git, and [`Error::Failed`] if one of `known` does not exist.
    pub fn passing_in<'m>(
        &self,
        made: impl IntoIterator<Item = &'m Made>,
        known: &[Oid],
        is_asked: impl Fn(&RepoPath) -> bool,
    ) -> Result<BTreeSet<RepoPath>, Error> {
        let mut held = self.held_by(made)?;
        held.retain(|path, _| is_asked(path));
        for tree in known.iter().collect::<BTreeSet<_>>() {
            if held.is_empty() {
                break;
            }
            let mut there = self.contents_in(tree, &held)?;
            for (path, contents) in &mut held {
                contents.remove(&there.remove(path));
            }
            held.retain(|_, contents| !contents.is_empty());
        }
        Ok(held.into_keys().collect())
    }

    /// Files that commits change, each with all that it becomes.
    fn held_by<'m>(
        &self,
        made: impl IntoIterator<Item = &'m Made>,
    ) -> Result<BTreeMap<RepoPath, BTreeSet<Content>>, Error> {
        let input: String = made.into_iter().map(|made| format!("{}\n", made.oid)).collect();
        let mut held: BTreeMap<RepoPath, BTreeSet<Content>> = BTreeMap::new();
        if input.is_empty() {
            return Ok(held);
        }
        let call = self.covered("diff-tree", &Drivers::default()).args(["--stdin", "--no-commit-id", "--root", "-r"]);
        let call = call.args(["-c", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-textconv"]);
        let answer = call.arg("--ignore-submodules=dirty").stdin(input).long().run()?;
        let mut parts = answer.parts().filter(|part| !part.is_empty());
        while let Some(row) = parts.next() {
            let content = becomes(row).ok_or_else(|| answer.unexpected("a row that is no change"))?;
            let path = parts.next().ok_or_else(|| answer.unexpected("a change without a path"))?;
            held.entry(RepoPath::parse(path)?).or_default().insert(content);
        }
        Ok(held)
    }

    /// What of `asked` is in `tree`, a tree or commit.
    fn contents_in<T>(&self, tree: &Oid, asked: &BTreeMap<RepoPath, T>) -> Result<BTreeMap<RepoPath, String>, Error> {
        let answer = self.git("ls-tree")?.args(["-r", "-z", "--full-tree", tree.as_str()]).long().run()?;
        let mut there = BTreeMap::new();
        for row in answer.parts() {
            let (path, content) = entry(&answer, row)?;
            if let Some((path, _)) = RepoPath::parse(path).ok().and_then(|path| asked.get_key_value(&path)) {
                there.insert(path.clone(), content);
            }
        }
        Ok(there)
    }
}

/// What a file becomes: `:<mode>{n} <mode> <oid>{n} <oid> <letters>` with a colon, a mode and an id for each parent.
fn becomes(row: &[u8]) -> Option<Content> {
    let text = std::str::from_utf8(row).ok()?;
    let fields = text.trim_start_matches(':');
    let parents = text.len() - fields.len();
    let fields: Vec<&str> = fields.split(' ').collect();
    let is_whole = parents > 0 && fields.len() == 2 * (parents + 1) + 1;
    is_whole.then(|| (fields[parents] != "000000").then(|| format!("{} {}", fields[parents], fields[2 * parents + 1])))
}

/// The path and the content of `<mode> SP <type> SP <oid> TAB <path>`.
fn entry<'a>(answer: &Answer, row: &'a [u8]) -> Result<(&'a [u8], String), Error> {
    let parsed = row.iter().position(|b| *b == b'\t').and_then(|tab| {
        let head = std::str::from_utf8(&row[..tab]).ok()?;
        let [mode, _, oid] = head.split(' ').collect::<Vec<_>>()[..] else { return None };
        Some((&row[tab + 1..], format!("{mode} {oid}")))
    });
    parsed.ok_or_else(|| answer.unexpected("a row that is no entry"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_becomes_is_behind_what_it_was_in_every_parent() {
        let rows = [
            (":100644 100755 a b M", Some(Some("100755 b"))),
            (":000000 100644 0 b A", Some(Some("100644 b"))),
            (":100644 000000 a 0 D", Some(None)),
            ("::100644 100644 120000 a b c MT", Some(Some("120000 c"))),
            (":::100644 100644 100644 000000 a b c 0 DDD", Some(None)),
            ("100644 100755 a b M", None),
            ("::100644 100755 a b M", None),
            ("", None),
        ];
        for (row, content) in rows {
            let content = content.map(|content| content.map(str::to_owned));
            assert_eq!(becomes(row.as_bytes()), content, "{row}");
        }
    }
}
