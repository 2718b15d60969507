//! The folder of git that all working trees share: what lies in it that nobody's work is in. Only looks.
//!
//! What is not known here counts as well: whatever appears there was put there by somebody.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::Repository;
use super::name::WORKTREES_DIR;
use super::place;

/// What git, or a tool beside it, writes there whenever it thinks fit, and what is looked at in another way.
const MOVING: [&str; 22] = [
    // Looked at as refs, logs, objects and working trees.
    "refs",
    "packed-refs",
    "reftable",
    "logs",
    "objects",
    "worktrees",
    // The index of the main working tree, and what is left of talks about it.
    "index",
    "FETCH_HEAD",
    "COMMIT_EDITMSG",
    "TAG_EDITMSG",
    "NOTES_EDITMSG",
    // Git tidies up, and remembers.
    "gc.log",
    "gc.pid",
    "packed-refs.new",
    "rr-cache",
    "lost-found",
    // Others that keep something there.
    "lfs",
    "annex",
    "svn",
    "opencode",
    "gitk.cache",
    ".DS_Store",
];

/// How the names begin of what git makes there for a moment.
const PASSING: [&str; 4] = ["sharedindex.", "index.", "next-index-", "fsmonitor--daemon"];

/// What follows the work in the main working tree, and nothing else.
const OF_TREE: [&str; 6] = ["ORIG_HEAD", "AUTO_MERGE", "MERGE_MSG", "MERGE_MODE", "MERGE_RR", "SQUASH_MSG"];

/// What git keeps in a linked working tree while something is under way there that takes several steps.
const UNFINISHED: [&str; 6] =
    ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply", "sequencer"];

/// Folders of which every file counts.
const WHOLE: [&str; 7] = ["hooks", "info", "branches", "remotes", "rebase-merge", "rebase-apply", "sequencer"];

/// What counts of the folders that are left out.
const INSIDE: [&str; 5] =
    ["objects/info/alternates", "objects/info/http-alternates", "refs/bisect", "refs/worktree", "refs/rewritten"];

/// What tells how git works in one working tree alone.
const OF_LINKED: [&str; 5] = ["gitdir", "commondir", "config.worktree", "locked", "HEAD"];

/// What a look left out because there is too much of it: each a place, and how much is too much.
pub type LeftOut = BTreeSet<String>;

/// Something that lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guarded {
    /// The name under which it is told of.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Of a folder every file counts; else only that it is there.
    pub whole: bool,
}

/// Whose a linked working tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Linked {
    /// An engine made it.
    OfEngine,
    /// Git is making it, or taking it away: its record does not say where it is.
    BeingMade,
    /// Somebody else's.
    Elsewhere,
    /// Only the record is left.
    Gone,
}

impl Guarded {
    pub(super) fn new(name: impl Into<String>, path: PathBuf, whole: bool) -> Self {
        Self { name: name.into(), path, whole }
    }
}

impl Repository {
    /// What says how git works here, that something is under way in the main working tree, or that other working trees are known. Adds to
    /// `left_out`.
    pub fn guarded(&self, left_out: &mut LeftOut) -> Vec<Guarded> {
        let mut all = Vec::new();
        for name in names(&self.common_dir) {
            let passes = MOVING.contains(&name.as_str())
                || OF_TREE.contains(&name.as_str())
                || PASSING.iter().any(|start| name.starts_with(start))
                || is_lock(&name);
            if !passes {
                let whole = WHOLE.contains(&name.as_str());
                all.push(Guarded::new(format!(".git/{name}"), self.common_dir.join(&name), whole));
            }
        }
        for name in INSIDE {
            all.push(Guarded::new(format!(".git/{name}"), self.common_dir.join(name), true));
        }
        all.extend(self.odd(left_out));
        all.extend(self.guarded_elsewhere(left_out));
        let trees = self.common_dir.join("worktrees");
        for name in names(&trees) {
            self.tree(&name, &trees.join(&name), &mut all);
        }
        all
    }

    /// The record of a working tree: of one that an engine made, or that is being made, only that it is there; of one that is gone,
    /// nothing.
    fn tree(&self, name: &str, folder: &Path, all: &mut Vec<Guarded>) {
        let told = format!(".git/worktrees/{name}");
        match self.linked(name) {
            Linked::OfEngine | Linked::BeingMade => all.push(Guarded::new(told, folder.to_owned(), false)),
            Linked::Elsewhere => {
                let own = OF_LINKED.iter().chain(&UNFINISHED);
                all.extend(own.map(|own| Guarded::new(format!("{told}/{own}"), folder.join(own), false)));
            }
            Linked::Gone => {}
        }
    }

    /// Did an engine make the working tree of the record `name`, does it lie where engines make theirs, or is it being made?
    pub(super) fn is_of_engine(&self, name: &str) -> bool {
        matches!(self.linked(name), Linked::OfEngine | Linked::BeingMade)
    }

    /// Whose the record `name` of a working tree is.
    ///
    /// Git makes the folder first, then `locked`, then `gitdir`, and takes `locked` away at the end; an engine marks it after
    /// that. So `gitdir` is read once and last: until it is there nobody can tell whose it will be.
    fn linked(&self, name: &str) -> Linked {
        let admin = place::admin_dir(&self.common_dir, name);
        if place::marker(&self.common_dir, name).is_some() {
            return Linked::OfEngine;
        }
        if place::is_being_made(&admin) {
            return Linked::BeingMade;
        }
        // An engine may work in a linked working tree of the user's, too: it makes its own below that.
        let tops = self.common_dir.parent().into_iter().chain([self.root.as_path()]);
        let ours: Vec<PathBuf> = tops.map(|top| top.join(WORKTREES_DIR)).collect();
        match place::place_of(&self.common_dir, name) {
            None => Linked::BeingMade,
            Some(at) if ours.iter().any(|ours| at.starts_with(ours)) => Linked::OfEngine,
            Some(at) if at.exists() => Linked::Elsewhere,
            Some(_) => Linked::Gone,
        }
    }

    /// What says how git works in this linked worktree alone; nothing in the main one.
    pub fn guarded_of_worktree(&self) -> Vec<Guarded> {
        if !self.is_linked() {
            return Vec::new();
        }
        let own = OF_LINKED.iter().filter(|name| **name != "HEAD");
        let files = own.map(|name| Guarded::new(format!("{name} of the worktree"), self.git_dir.join(name), false));
        files.chain([Guarded::new(".git of the worktree", self.root.join(".git"), false)]).collect()
    }

    /// What follows the work in this working tree: of the main one what git keeps for the next command of whoever works there, of a
    /// linked one only whether something is under way there.
    pub fn following(&self) -> Vec<Guarded> {
        let names: &[&str] = if self.is_linked() { &UNFINISHED } else { &OF_TREE };
        let folder = self.git_dir.strip_prefix(&self.common_dir).unwrap_or(&self.git_dir);
        let told = |name: &str| Path::new(".git").join(folder).join(name).display().to_string();
        names.iter().map(|name| Guarded::new(told(name), self.git_dir.join(name), false)).collect()
    }

    /// Is it a linked working tree?
    pub fn is_linked(&self) -> bool {
        self.git_dir != self.common_dir
    }

    /// Is there an index of this working tree?
    pub fn has_index(&self) -> bool {
        self.git_dir.join("index").symlink_metadata().is_ok()
    }
}

/// Is it the name of a lock of git?
pub(super) fn is_lock(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "lock")
}

/// What is in `folder`, in order.
pub(super) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}
