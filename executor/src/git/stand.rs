//! How a working tree and the guarded files stand: looked at before and after somebody works. Only looks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Repository;
use super::commit::ADDRESS;
use super::error::Error;
use super::journal::Journal;
use super::name::{Oid, visible};
use super::snapshot::{Memory, Snapshot};

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
    /// What lies in repositories inside, and in no commit of this one.
    #[serde(default)]
    pub nested: BTreeSet<String>,
    /// Files that are in conflict in its index.
    #[serde(default)]
    pub conflicted: BTreeSet<String>,
}

/// A commit that somebody made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its id.
    pub oid: String,
    /// What it stands on.
    pub parents: Vec<String>,
    /// Lines of its message that look like trailers of the engine, and who made it if that is the engine by its address.
    pub forged: Vec<String>,
    /// It changes nothing.
    pub empty: bool,
}

impl Repository {
    /// How the working tree stands. `scratch` is a folder for a temporary index, `memory` that of this working tree.
    ///
    /// # Errors
    /// Those of [`Repository::tree_id`].
    pub fn stand(&self, scratch: &Path, memory: &mut Memory) -> Result<Stand, Error> {
        let Snapshot { index, head, branch, tree, nested } = self.snapshot(scratch, memory)?;
        let (hidden, conflicted) = (index.hidden(), index.conflicted());
        Ok(Stand {
            root: self.root.clone(),
            branch,
            head: head.map(|oid| oid.to_string()),
            tree: tree.to_string(),
            index: index.digest(),
            hidden,
            nested,
            conflicted,
        })
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
        let call = self.git("rev-list")?.args(["--stdin", "--no-commit-header", "--format=%H %T %P%n%ae%n%ce%n%B%x00"]);
        let answer = call.stdin(input).long().run()?;
        let text = String::from_utf8_lossy(&answer.stdout).into_owned();
        let rows: Vec<(Vec<&str>, &str)> = text
            .split('\0')
            .filter_map(|part| part.trim_start().split_once('\n'))
            .map(|(ids, message)| (ids.split(' ').filter(|id| !id.is_empty()).collect(), message))
            .collect();
        let trees: BTreeMap<&str, &str> =
            rows.iter().filter_map(|(ids, _)| Some((*ids.first()?, *ids.get(1)?))).collect();
        let mut made = Vec::new();
        let mut is_of_user = None;
        for (ids, message) in &rows {
            let [oid, tree, parents @ ..] = &ids[..] else { continue };
            let mut parts = message.splitn(3, '\n');
            let people = [("author", parts.next()), ("committer", parts.next())];
            let ours = people.into_iter().filter(|(_, address)| *address == Some(ADDRESS));
            let mut ours: Vec<String> = ours.map(|(who, _)| format!("{who} {ADDRESS}")).collect();
            if !ours.is_empty() {
                // Whose own address that is commits with it, as does the engine in their name.
                let known = is_of_user.take().map_or_else(|| self.is_address_of_user(), Ok)?;
                ours.retain(|_| !known);
                is_of_user = Some(known);
            }
            let forged = ours.into_iter().chain(forged(parts.next().unwrap_or_default()).map(visible)).collect();
            let empty = match parents {
                [parent] => match trees.get(parent) {
                    Some(known) => known == tree,
                    None => self.tree_of(&Oid::parse(parent)?)?.as_str() == *tree,
                },
                _ => false,
            };
            let parents = parents.iter().map(|id| (*id).to_owned()).collect();
            made.push(Made { oid: (*oid).to_owned(), parents, forged, empty });
        }
        Ok(made)
    }

    /// Is the address of the engine the one that is configured?
    fn is_address_of_user(&self) -> Result<bool, Error> {
        Ok(self.setting("user.email")?.as_deref() == Some(ADDRESS) && self.setting("user.name")?.is_some())
    }
}

/// Trailers that the engine itself writes under every commit.
const OURS: [&str; 2] = ["mission-run", "mission-node"];

/// Lines `Mission-…: …`. In the first paragraph, which for git has no trailers, only those that the engine writes itself: a subject may
/// be that of a part of the program.
fn forged(message: &str) -> impl Iterator<Item = &str> {
    let is_forged = |in_title: bool, line: &str| {
        let Some((key, _)) = line.split_once(':') else { return false };
        let key = key.trim().to_ascii_lowercase();
        let is_one = key.starts_with("mission-") && !key.contains(char::is_whitespace);
        is_one && (!in_title || OURS.contains(&key.as_str()))
    };
    let mut in_title = true;
    message.trim_start().lines().filter(move |line| {
        in_title &= !line.trim().is_empty();
        is_forged(in_title, line)
    })
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
