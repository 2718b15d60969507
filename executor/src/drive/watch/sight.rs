//! How everything stands that an attempt may change, and how it is looked at. Judges nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::company::Company;
use super::eye::Eye;
use super::files::{self, Digests};
use super::run_files::RunFiles;
use crate::aside::aside;
use crate::drive::local::Ground;
use crate::git::{self, Known, Memory, Refs, Repository, Sealed, Stand};

/// How everything stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sight {
    /// Number of the look at the working tree; a later one has a larger number, as long as this process lives.
    #[serde(skip)]
    pub(super) number: u64,
    pub(super) own: Arc<Own>,
    pub(super) common: Arc<Common>,
    pub(super) others: Vec<Other>,
}

/// The working tree of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Own {
    pub(super) stand: Stand,
    /// Files that say how git works in this working tree alone.
    pub(super) git: Digests,
}

/// What is the same wherever an attempt works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Common {
    pub(super) refs: Arc<Refs>,
    /// Files that say how git works here.
    pub(super) git: Digests,
    /// Files of `.mission/`, but those of runs.
    pub(super) engine: Digests,
    /// Files of this run.
    pub(super) run: RunFiles,
}

/// A working tree that is not the attempt's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Other {
    pub(super) owner: Option<String>,
    pub(super) asked: Option<String>,
    pub(super) root: PathBuf,
    pub(super) tree: Option<String>,
    pub(super) index: Option<String>,
    /// The tree that was left there, where nobody works any more.
    #[serde(default)]
    pub(super) left: Option<String>,
}

/// What the attempts of a run look with.
#[derive(Debug, Default)]
pub(in crate::drive) struct Eyes {
    common: Eye<Common, (Known, RunFiles)>,
    /// By the top of the working tree.
    trees: Mutex<BTreeMap<PathBuf, Arc<Eye<Own, Memory>>>>,
    pub(super) company: Arc<Company>,
}

impl Eyes {
    /// Looks at everything, for an attempt in `repository`.
    pub(super) async fn look(&self, ground: &Arc<Ground>, repository: &Repository) -> Result<Sight, String> {
        let (common, own) = tokio::join!(self.common(ground, repository), self.tree(ground, repository));
        let others = self.others(ground, repository).await?;
        let (number, own) = own?;
        Ok(Sight { number, own, common: common?, others })
    }

    /// How `repository` stands.
    pub(in crate::drive) async fn stand(&self, ground: &Ground, repository: &Repository) -> Result<Stand, String> {
        self.tree(ground, repository).await.map(|(_, own)| own.stand.clone())
    }

    async fn common(&self, ground: &Arc<Ground>, repository: &Repository) -> Result<Arc<Common>, String> {
        let (ground, repository) = (Arc::clone(ground), repository.clone());
        let look = move |(known, last): &mut (Known, RunFiles)| -> Result<Common, git::Error> {
            let (engine, run) = (engine_files(&ground.root), run_files(&ground.folder, last));
            last.clone_from(&run);
            Ok(Common { refs: repository.refs(&ground.run, known)?, git: all_of(repository.guarded()), engine, run })
        };
        self.common.look(look).await.map(|(_, seen)| seen)
    }

    async fn tree(&self, ground: &Ground, repository: &Repository) -> Result<(u64, Arc<Own>), String> {
        let eye = {
            let mut trees = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(trees.entry(repository.root().to_owned()).or_default())
        };
        let (repository, scratch) = (repository.clone(), ground.folder.join("git"));
        let look = move |memory: &mut Memory| -> Result<Own, git::Error> {
            let made = std::fs::create_dir_all(&scratch);
            made.map_err(|source| git::Error::Io { path: scratch.clone(), source })?;
            Ok(Own { stand: repository.stand(&scratch, memory)?, git: all_of(repository.guarded_of_worktree()) })
        };
        eye.look(look).await
    }

    /// The user's own tree, if the attempt works in another, and the worktrees whose nodes have ended.
    async fn others(&self, ground: &Arc<Ground>, repository: &Repository) -> Result<Vec<Other>, String> {
        let mut all = Vec::new();
        if let Some(main) = ground.repository.as_ref().filter(|main| main.root() != repository.root()) {
            let own = self.tree(ground, main).await.ok().map(|(_, own)| own);
            all.push(Other {
                owner: None,
                asked: None,
                root: main.root().to_owned(),
                tree: own.as_ref().map(|own| own.stand.tree.clone()),
                index: own.map(|own| own.stand.index.clone()),
                left: None,
            });
        }
        for Sealed { node, left, repository } in sealed(ground, repository).await? {
            let own = self.tree(ground, &repository).await.map(|(_, own)| own);
            // On another branch it is no longer what was made.
            if own.as_ref().is_ok_and(|own| own.stand.branch.as_ref() != Some(&left.branch)) {
                continue;
            }
            let tree = own.ok().map(|own| own.stand.tree.clone());
            let root = repository.root().to_owned();
            all.push(Other { owner: Some(node), asked: Some(left.path), root, tree, index: None, left: left.tree });
        }
        Ok(all)
    }
}

/// The worktrees whose nodes have ended, but the one that `repository` is seen from.
async fn sealed(ground: &Arc<Ground>, repository: &Repository) -> Result<Vec<Sealed>, String> {
    if ground.worktrees.is_none() {
        return Ok(Vec::new());
    }
    let (ground, root) = (Arc::clone(ground), repository.root().to_owned());
    let read = aside(move || ground.worktrees.as_ref().map_or(Ok(Vec::new()), |w| w.sealed(&root)));
    read.await?.map_err(|e| e.to_string())
}

fn all_of(guarded: Vec<(String, PathBuf)>) -> Digests {
    let mut all = Digests::new();
    for (name, path) in guarded {
        // Git writes this one itself, whenever it tidies up.
        files::add(&mut all, &name, &path, &|name| name != ".git/info/refs");
    }
    all
}

fn engine_files(root: &Path) -> Digests {
    let mut all = Digests::new();
    let wanted = |name: &str| name != ".mission/runs" && !name.ends_with(".lock");
    files::add(&mut all, ".mission", &root.join(".mission"), &wanted);
    all
}

/// What the engine writes once and reads again; not what it goes on writing while attempts are under way, nor what nodes keep.
fn run_files(folder: &Path, last: &RunFiles) -> RunFiles {
    let moving = ["git/objects/", "git/worktree-", "git/radar-", "git/sight-", "git/index-"];
    let wanted = |name: &str| !moving.iter().any(|prefix| name.starts_with(prefix));
    RunFiles::look(folder, &["git", "attempts", "logs"], &wanted, last)
}

/// Does the folder `name` of a run belong to attempts of `node`?
pub(super) fn is_of_node(name: &str, node: &str) -> bool {
    let rest = name.strip_prefix("attempts/").or_else(|| name.strip_prefix("logs/"));
    let rest = rest.and_then(|rest| rest.strip_prefix(&node.replace(':', "/")));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
