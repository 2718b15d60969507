//! A merge with conflicts, begun in a worktree of ours, for somebody to resolve: started, judged, or given up.
//!
//! What it is made of was computed before, in the object database, so every step can be taken again after a crash.
//! Knows nothing of who resolves.

use std::collections::BTreeSet;
use std::fs;

use serde::{Deserialize, Serialize};

use super::Repository;
use super::commit::Staged;
use super::error::Error;
use super::merge::{Merged, Side, Version};
use super::name::{Oid, RepoPath};
use super::place;
use super::sides::{Dropped, Versions, dropped, marker};
use super::status::Kind;
use super::worktree::Place;

/// Mode of a folder that is a repository of its own.
const REPOSITORY: &str = "160000";

/// A merge that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// What is merged into.
    pub ours: Oid,
    /// What is merged.
    pub theirs: Oid,
    /// What git made of it.
    pub merged: Merged,
}

/// What somebody made of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// The tree that it gives.
    pub tree: Oid,
    /// The commit that is checked out: [`Begun::ours`], unless somebody committed.
    pub tip: Oid,
}

impl Place {
    /// Puts the worktree, which must be clean or hold nothing but a merge begun before, into the state of the merge:
    /// files with conflict markers, their versions in the index, `MERGE_HEAD`.
    ///
    /// # Errors
    /// Those of running git.
    pub fn begin_merge(&self, begun: &Begun) -> Result<(), Error> {
        place::wait_until_quiet(&self.repository.git_dir);
        self.repository.read_tree(&begun.merged.tree)?;
        self.repository.mark_unmerged(&begun.merged.versions)?;
        for (name, text) in [
            ("MERGE_HEAD", format!("{}\n", begun.theirs)),
            ("MERGE_MODE", "no-ff".to_owned()),
            ("MERGE_MSG", format!("Merge {}\n", begun.theirs)),
        ] {
            let path = self.repository.git_dir.join(name);
            fs::write(&path, text).map_err(|e| Error::io(path, e))?;
        }
        Ok(())
    }

    /// Takes what was made of the merge, if it is a resolution: no conflict marker is left, no side is dropped, nothing
    /// but the files in conflict and those in `also` differs from what git had merged, and no commit of before is lost.
    ///
    /// # Errors
    /// Those of running git. Inside: every reason for which it is none.
    pub fn resolution(&self, begun: &Begun, also: &BTreeSet<String>) -> Result<Result<Resolution, Vec<String>>, Error> {
        let staged = match self.repository.stage_as_is(&self.scratch) {
            Ok(staged) => staged,
            Err(error @ Error::Filtered { .. }) => return Ok(Err(vec![error.to_string()])),
            Err(error) => return Err(error),
        };
        let mut reasons = Vec::new();
        if !self.repository.is_ancestor(&begun.ours, &staged.head)? {
            reasons.push(format!("its branch was moved away from {}", begun.ours.short()));
        }
        reasons.extend(staged.nested.iter().map(|path| format!("`{path}` is a repository of its own")));
        let files = begun.merged.files();
        let changes = self.repository.changes(&begun.merged.tree, &staged.tree)?;
        let (within, outside): (Vec<_>, Vec<_>) =
            changes.into_iter().map(|change| change.path).partition(|path| files.contains(path));
        let (named, outside): (Vec<_>, Vec<_>) = outside.into_iter().partition(|path| also.contains(&path.to_string()));
        reasons.extend(outside.iter().map(|path| format!("`{path}` was changed, which was not in conflict")));
        let others: Vec<&RepoPath> = within.iter().chain(&named).collect();
        for path in &files {
            reasons.extend(self.repository.fault(path, begun, &staged, &others)?);
        }
        let Staged { tree, head, .. } = staged;
        Ok(if reasons.is_empty() { Ok(Resolution { tree, tip: head }) } else { Err(reasons) })
    }

    /// Gives the merge up: branch, index and files are those of before, whatever was made of it.
    ///
    /// # Errors
    /// Those of running git; [`Error::Unclean`] if something is left all the same.
    pub fn give_up_merge(&self, begun: &Begun) -> Result<(), Error> {
        let repository = &self.repository;
        place::wait_until_quiet(&repository.git_dir);
        let tip = repository.head()?;
        if tip != begun.ours {
            repository.move_branch(&self.branch, Some(&tip), &begun.ours, "mission: merge given up")?;
        }
        // By way of the merge, so that files which a broken attempt left are known to be part of it.
        repository.read_tree(&begun.merged.tree)?;
        for change in repository.status()? {
            if matches!(change.kind, Kind::Untracked | Kind::Nested) {
                place::delete_inside(&self.path, change.path.as_path())?;
            }
        }
        repository.follow_branch()?;
        let left = repository.status()?;
        if left.is_empty() {
            return Ok(());
        }
        Err(Error::Unclean {
            path: self.path.clone(),
            paths: left.iter().take(10).map(|c| c.path.to_string()).collect(),
        })
    }
}

impl Repository {
    /// Makes index and files those of `tree`; what is in neither stays.
    pub(super) fn read_tree(&self, tree: &Oid) -> Result<(), Error> {
        self.git("read-tree")?.args(["--reset", "-u", tree.as_str()]).long().run().map(|_| ())
    }

    /// Tells the index that files are in conflict, and what the sides have of them.
    fn mark_unmerged(&self, versions: &[Version]) -> Result<(), Error> {
        let mut rows: Vec<u8> = Vec::new();
        let paths: BTreeSet<&RepoPath> = versions.iter().map(|v| &v.path).collect();
        for path in paths {
            let own = versions.iter().filter(|v| v.path == *path);
            let absent = own.clone().next().map(|v| v.content.absent()).unwrap_or_default();
            rows.extend(format!("0 {absent}\t").bytes().chain(path.as_bytes().iter().copied()).chain([0]));
            for v in own {
                let head = format!("{} {} {}\t", v.mode, v.content, v.side.stage());
                rows.extend(head.bytes().chain(path.as_bytes().iter().copied()).chain([0]));
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        self.git("update-index")?.args(["-z", "--index-info"]).stdin(rows).long().run().map(|_| ())
    }

    /// What is wrong with `path` in a resolution, if anything is.
    fn fault(
        &self,
        path: &RepoPath,
        begun: &Begun,
        staged: &Staged,
        others: &[&RepoPath],
    ) -> Result<Option<String>, Error> {
        let side = |side: Side| begun.merged.version(path, side).map(|v| self.content(&v.mode, &v.content)).transpose();
        let (base, ours, theirs) = (side(Side::Base)?, side(Side::Ours)?, side(Side::Theirs)?);
        let (marked, result) = (self.in_tree(&begun.merged.tree, path)?, self.in_tree(&staged.tree, path)?);
        let mut elsewhere = Vec::new();
        if result.is_none() {
            for other in others.iter().filter(|other| **other != path) {
                elsewhere.extend(self.in_tree(&staged.tree, other)?.unwrap_or_default());
                elsewhere.push(b'\n');
            }
        }
        let versions = Versions {
            base: base.as_deref(),
            ours: ours.as_deref(),
            theirs: theirs.as_deref(),
            marked: marked.as_deref(),
            result: result.as_deref(),
            elsewhere: &elsewhere,
        };
        if let Some(line) = marker(&versions) {
            return Ok(Some(format!("`{path}` still has a conflict marker in line {line}")));
        }
        let before = "what was integrated before";
        Ok(dropped(&versions).map(|side| match side {
            Dropped::Theirs => format!("`{path}` drops what is merged: it has only {before}"),
            Dropped::Ours => format!("`{path}` drops {before}: it has only what is merged"),
            Dropped::Both => format!("`{path}` drops both sides"),
        }))
    }

    /// The content of `path` in `tree`, if it is there.
    fn in_tree(&self, tree: &Oid, path: &RepoPath) -> Result<Option<Vec<u8>>, Error> {
        let answer = self
            .git("ls-tree")?
            .args(["-z", "--full-tree", tree.as_str(), "--"])
            .arg(path.to_os_string())
            .env("GIT_LITERAL_PATHSPECS", "1")
            .run()?;
        let Some(row) = answer.parts().next() else { return Ok(None) };
        let head = row.split(|b| *b == b'\t').next().unwrap_or_default();
        let head = std::str::from_utf8(head).map_err(|_| answer.unexpected("a row that is not text"))?;
        match head.split(' ').collect::<Vec<_>>()[..] {
            [_, "tree", _] => Ok(None),
            [mode, _, content] => self.content(mode, &Oid::parse(content)?).map(Some),
            _ => Err(answer.unexpected("a row without mode, kind and id")),
        }
    }

    /// What stands in a file; of a repository of its own, its commit.
    fn content(&self, mode: &str, oid: &Oid) -> Result<Vec<u8>, Error> {
        if mode == REPOSITORY {
            return Ok(oid.to_string().into_bytes());
        }
        Ok(self.git("cat-file")?.args(["blob", oid.as_str()]).long().run()?.stdout)
    }
}
