//! How a working tree and the guarded files stand: looked at before and after somebody works. Only looks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Repository;
use super::error::Error;
use super::journal::Journal;
use super::name::{BranchName, Oid, visible};
use super::snapshot::{Memory, Snapshot};
use super::worktree::{Place, Worktrees};

/// Kind of the notes about how an attempt left its worktree.
const SEAL: &str = "seal";

/// Most commits that are looked at one by one.
const MOST: &str = "--max-count=10000";

/// How a working tree stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stand {
    /// Its top.
    pub root: PathBuf,
    /// The branch that is checked out.
    pub branch: Option<String>,
    /// The commit that is checked out.
    pub head: Option<String>,
    /// The tree that a commit of it would have.
    pub tree: String,
    /// Digest of its index.
    pub index: String,
    /// Files that are marked so that git does not see their changes.
    pub hidden: BTreeSet<String>,
}

/// A commit that somebody made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its id.
    pub oid: String,
    /// Lines of its message that look like trailers of the engine.
    pub forged: Vec<String>,
}

/// How an attempt left its worktree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seal {
    branch: String,
    /// Empty: somebody works in it again.
    tree: String,
    /// The tip of its branch.
    #[serde(default)]
    head: Option<String>,
}

/// A worktree whose node has ended.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// The node that it was made for.
    pub node: String,
    /// The worktree as the workflow asked for it.
    pub asked: String,
    /// The branch it was made for.
    pub branch: String,
    /// The repository as seen from there.
    pub repository: Repository,
}

impl Repository {
    /// How the working tree stands. `scratch` is a folder for a temporary index, `memory` that of this working tree.
    ///
    /// # Errors
    /// Those of [`Repository::tree_id`].
    pub fn stand(&self, scratch: &Path, memory: &mut Memory) -> Result<Stand, Error> {
        let Snapshot { index, head, branch, tree } = self.snapshot(scratch, memory)?;
        let hidden = index.hidden();
        Ok(Stand {
            root: self.root.clone(),
            branch,
            head: head.map(|oid| oid.to_string()),
            tree: tree.to_string(),
            index: index.digest,
            hidden,
        })
    }

    /// Files and folders that say how git works here, or that something is under way in the main working tree, each with the name under which it is told of: nobody's work is in them.
    pub fn guarded(&self) -> Vec<(String, PathBuf)> {
        let settings = ["config", "config.worktree", "HEAD", "hooks", "info", "objects/info/alternates", "shallow"];
        // What the next commit or command of the user would go on with.
        let begun = [
            "MERGE_HEAD",
            "CHERRY_PICK_HEAD",
            "REVERT_HEAD",
            "BISECT_LOG",
            "rebase-merge",
            "rebase-apply",
            "sequencer",
        ];
        let all = settings.into_iter().chain(begun);
        all.map(|name| (format!(".git/{name}"), self.common_dir.join(name))).collect()
    }
    /// The same that count in this linked worktree alone; none in the main one.
    pub fn guarded_of_worktree(&self) -> Vec<(String, PathBuf)> {
        if self.git_dir == self.common_dir {
            return Vec::new();
        }
        let own = ["gitdir", "commondir", "config.worktree"];
        let files = own.iter().map(|name| (format!("{name} of the worktree"), self.git_dir.join(name)));
        files.chain([(".git of the worktree".to_owned(), self.root.join(".git"))]).collect()
    }

    /// Commits that `head` has and that none of `before` had.
    ///
    /// # Errors
    /// Those of running git.
    pub fn made_since(&self, head: &str, before: impl IntoIterator<Item = String>) -> Result<Vec<Made>, Error> {
        let mut input = format!("{}\n", Oid::parse(head)?);
        for old in before {
            // What is gone by now cannot be what a commit stands on.
            if let Some(old) = Oid::parse(&old).ok().filter(|old| self.has(old).unwrap_or(false)) {
                input.push_str(&format!("^{old}\n"));
            }
        }
        let call = self.git("rev-list")?.args(["--stdin", "--no-commit-header", "--format=%H%n%B%x00", MOST]);
        let answer = call.stdin(input).run()?;
        let text = String::from_utf8_lossy(&answer.stdout).into_owned();
        let made = text.split('\0').map(str::trim_start).filter_map(|part| {
            let (oid, message) = part.split_once('\n')?;
            let forged = message.lines().filter(|line| looks_like_ours(line)).map(visible).collect();
            Some(Made { oid: oid.to_owned(), forged })
        });
        Ok(made.collect())
    }
}

/// `Mission-…: …`
fn looks_like_ours(line: &str) -> bool {
    let line = line.trim_start().to_ascii_lowercase();
    line.starts_with("mission-") && line.contains(':')
}

impl Worktrees {
    /// Notes how the attempt leaves `place`: whoever takes its work later takes this and nothing else.
    ///
    /// # Errors
    /// [`Error::Journal`].
    pub fn seal(&self, place: &Place, stand: &Stand) -> Result<(), Error> {
        let branch = place.branch.to_string();
        let seal = Seal { branch: branch.clone(), tree: stand.tree.clone(), head: stand.head.clone() };
        self.journal.write(SEAL, &branch, &seal)
    }
    /// Notes that somebody works in `place` again.
    ///
    /// # Errors
    /// [`Error::Journal`].
    pub fn unseal(&self, place: &Place) -> Result<(), Error> {
        let branch = place.branch.as_str();
        match self.journal.read::<Seal>(SEAL, branch)? {
            Some(seal) if !seal.tree.is_empty() => {
                self.journal.write(SEAL, branch, &Seal { tree: String::new(), ..seal })
            }
            Some(_) | None => Ok(()),
        }
    }
    /// Is what is in `place` what its last attempt left there? What was never sealed is taken as it is.
    ///
    /// # Errors
    /// [`Error::Broken`] if it is not; those of running git.
    pub fn require_seal(&self, place: &Place) -> Result<(), Error> {
        let seal = self.journal.read::<Seal>(SEAL, place.branch.as_str())?;
        let Some(seal) = seal.filter(|seal| !seal.tree.is_empty()) else { return Ok(()) };
        let broken = |what| Err(Error::Broken { path: self.shown(place), what });
        let (left, now) = (Oid::parse(&seal.tree)?, place.repository.tree_id(self.journal.folder()?)?);
        if now != left {
            let changes = place.repository.changes(&left, &now)?;
            return broken(changes.iter().take(10).map(|c| c.path.to_string()).collect());
        }
        let tip = place.repository.head()?;
        match self.left_elsewhere(&seal, &tip)? {
            None => Ok(()),
            Some(head) => {
                let branch = &place.branch;
                broken(vec![format!("its branch `{branch}` is at {} instead of {}", tip.short(), head.short())])
            }
        }
    }
    /// Was `branch` moved after the last attempt on it had ended? `false` as well for one that was never left.
    ///
    /// # Errors
    /// [`Error::Journal`]; those of running git.
    pub fn is_moved_since(&self, branch: &str) -> Result<bool, Error> {
        let seal = self.journal.read::<Seal>(SEAL, branch)?;
        let Some(seal) = seal.filter(|seal| !seal.tree.is_empty()) else { return Ok(false) };
        match self.repo.tip(&BranchName::parse(branch)?)? {
            Some(tip) => Ok(self.left_elsewhere(&seal, &tip)?.is_some()),
            None => Ok(true),
        }
    }
    /// Where the attempt left the branch that is at `tip` now, if neither it nor the engine moved it there.
    fn left_elsewhere(&self, seal: &Seal, tip: &Oid) -> Result<Option<Oid>, Error> {
        let Some(head) = &seal.head else { return Ok(None) };
        let head = Oid::parse(head)?;
        // What the attempt left may have been committed since, and nothing else.
        let is_left =
            *tip == head || self.repo.tree_of(tip)?.as_str() == seal.tree && self.repo.parents(tip)? == [head.clone()];
        Ok(Some(head).filter(|_| !is_left))
    }
    /// Worktrees that an attempt has left, and that still are what was made, but the one at `but`. Runs no git: whether the branch still
    /// is checked out there is not looked at.
    ///
    /// # Errors
    /// [`Error::Journal`].
    pub fn sealed(&self, but: &Path) -> Result<Vec<Sealed>, Error> {
        let seals: Vec<Seal> = self.journal.all(SEAL)?;
        let notes = super::record::Note::all(&self.journal)?;
        let made = notes.into_iter().filter(|n| n.stage == super::record::Stage::Made);
        let left = made.filter(|n| seals.iter().any(|s| s.branch == n.branch && !s.tree.is_empty()));
        let open = left.filter_map(|note| {
            let repository = self.seen_in(&note).ok()?;
            Some(Sealed { node: note.node, asked: note.asked, branch: note.branch, repository })
        });
        Ok(open.filter(|sealed| sealed.repository.root != but).collect())
    }
    /// A folder for temporary files.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn scratch(&self) -> Result<&Path, Error> {
        self.journal.folder()
    }
    fn shown(&self, place: &Place) -> String {
        place.path.strip_prefix(self.repo.root()).unwrap_or(&place.path).display().to_string()
    }
}

impl Journal {
    /// Refs that the engine's own notes say it moved, each with the commit that it moved it to.
    ///
    /// # Errors
    /// [`Error::Journal`].
    pub fn moved_to(&self) -> Result<BTreeSet<(String, String)>, Error> {
        let mut moved = BTreeSet::new();
        for (kind, branch) in [("commit", "/branch"), ("integrate", "/result/branch")] {
            let notes: Vec<serde_json::Value> = self.all(kind)?;
            moved.extend(notes.iter().filter_map(|note| {
                let branch = note.pointer(branch)?.as_str()?;
                Some((format!("refs/heads/{branch}"), note["new"].as_str()?.to_owned()))
            }));
        }
        Ok(moved)
    }
    /// Refs that were made for worktrees, each with the worktree as the workflow asked for it.
    ///
    /// # Errors
    /// [`Error::Journal`].
    pub fn holders(&self) -> Result<BTreeMap<String, String>, Error> {
        let notes = super::record::Note::all(self)?;
        Ok(notes.into_iter().map(|note| (format!("refs/heads/{}", note.branch), note.asked)).collect())
    }
}
