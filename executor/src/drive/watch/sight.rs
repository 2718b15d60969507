//! How everything stands that an attempt may change, and how it is looked at. Judges nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::bringing::Bringing;
use super::company::Company;
use super::eye::Eye;
use super::files::{self, Digests};
use super::left::Left;
use super::put_by::PutBy;
use super::run_files::{self, RunFiles};
use super::runs::{self, Idle};
use super::stashed::Stashed;
use super::view;
use crate::aside::aside;
use crate::clock::{Clock as _, SystemClock};
use crate::drive::local::Ground;
use crate::git::{
    self, Guarded, Known, KnownTheirs, LeftOut, Locks, Logs, Loose, Memory, Packs, Refs, Repository, Sealed, Stand,
    Theirs,
};
use crate::runs::{AttemptPath, RunId};

/// How everything stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sight {
    /// Number of the look at the working tree; a later one has a larger number, as long as this process lives.
    #[serde(skip)]
    pub(super) number: u64,
    /// How many attempts had ended before, since this process began.
    #[serde(skip)]
    pub(super) ended: usize,
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
    /// Files of git that follow the work here.
    pub(super) following: Digests,
    /// Locks of git that are held on it alone.
    #[serde(default)]
    pub(super) locks: Locks,
    /// Files of `.mission/` in a worktree: nothing there is anybody's work.
    pub(super) engine: Digests,
    /// What of all this was left out.
    #[serde(default)]
    pub(super) left_out: LeftOut,
}

impl Own {
    /// Files of git that follow the work here, or say how it works here.
    fn told(&self) -> Digests {
        self.git.iter().chain(&self.following).map(|(name, digest)| (name.clone(), digest.clone())).collect()
    }
}

/// What is the same wherever an attempt works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Common {
    pub(super) refs: Arc<Refs>,
    /// Files that say how git works here, and what lies between the worktrees.
    pub(super) git: Digests,
    /// Locks of git that are held.
    pub(super) locks: Locks,
    /// What git remembers of where refs were.
    pub(super) logs: Logs,
    /// Objects that are in no pack; known only as long as this process lives.
    #[serde(skip)]
    pub(super) loose: Loose,
    /// Packs of objects; the same.
    #[serde(skip)]
    pub(super) packs: Packs,
    /// Indexes of working trees that are not of this project's runs.
    #[serde(default)]
    pub(super) theirs: Theirs,
    /// Files of `.mission/`, but those of runs.
    pub(super) engine: Digests,
    /// Files of this run.
    pub(super) run: RunFiles,
    /// Other runs that nobody holds.
    #[serde(default)]
    pub(super) idle: Idle,
    /// What of all this was left out.
    #[serde(default)]
    pub(super) left_out: LeftOut,
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
    /// What lies in repositories inside, and in no commit.
    #[serde(default)]
    pub(super) nested: BTreeSet<String>,
    /// Files of git that follow the work there, or say how it works there.
    pub(super) git: Digests,
    /// Locks of git that are held on it alone.
    #[serde(default)]
    pub(super) locks: Locks,
}

/// What is remembered from one look at what all share to the next.
#[derive(Debug, Default)]
struct Memories {
    refs: Known,
    run: run_files::Known,
    logs: Logs,
    loose: Loose,
    theirs: KnownTheirs,
    idle: Idle,
}

/// What the attempts of a run look with.
#[derive(Debug, Default)]
pub(in crate::drive) struct Eyes {
    common: Eye<Common, Memories>,
    /// By the top of the working tree.
    trees: Mutex<BTreeMap<PathBuf, Arc<Eye<Own, Memory>>>>,
    pub(super) company: Arc<Company>,
    pub(super) left: Left,
    pub(super) bringing: Bringing,
    pub(super) stashed: Arc<Stashed>,
    pub(in crate::drive) put_by: PutBy,
    /// How git was left in a working tree by the last attempt there that has ended, by its top.
    rests: Mutex<BTreeMap<PathBuf, Rest>>,
}

/// How an attempt left git in its working tree.
#[derive(Debug, Clone)]
pub(super) struct Rest {
    pub(super) git: Digests,
    pub(super) locks: Locks,
}

impl Eyes {
    /// Looks at everything, for an attempt in `repository`.
    pub(super) async fn look(&self, ground: &Arc<Ground>, repository: &Repository) -> Result<Sight, String> {
        let ended = self.left.count();
        let (common, own) = tokio::join!(self.common(ground, repository), self.tree(ground, repository));
        let others = self.others(ground, repository).await?;
        let (number, own) = own?;
        Ok(Sight { number, ended, own, common: common?, others })
    }

    /// Looks again at what all share, after `before`.
    pub(super) async fn look_again(
        &self,
        ground: &Arc<Ground>,
        repository: &Repository,
        before: &Sight,
    ) -> Result<Sight, String> {
        let ended = self.left.count();
        let common = self.common(ground, repository).await?;
        Ok(Sight { ended, common, ..before.clone() })
    }

    /// An attempt has ended, and left its working tree like this.
    pub(super) fn rests(&self, own: &Own) {
        let rest = Rest { git: own.told(), locks: own.locks.clone() };
        self.rests.lock().unwrap_or_else(PoisonError::into_inner).insert(own.stand.root.clone(), rest);
    }

    /// How git was left in the working tree at `root`, if an attempt ended there since this process began.
    pub(super) fn rest(&self, root: &Path) -> Option<Rest> {
        self.rests.lock().unwrap_or_else(PoisonError::into_inner).get(root).cloned()
    }

    /// How `repository` stands.
    pub(in crate::drive) async fn stand(&self, ground: &Ground, repository: &Repository) -> Result<Stand, String> {
        self.tree(ground, repository).await.map(|(_, own)| own.stand.clone())
    }

    /// Brings what earlier executors left in the views of these attempts into the tree.
    ///
    /// # Errors
    /// Why not all of it is there.
    pub(in crate::drive) async fn bring_all(&self, ground: &Ground, attempts: Vec<AttemptPath>) -> Result<(), String> {
        let Some(repository) = &ground.repository else { return Ok(()) };
        for path in attempts {
            let view = view::Own::of(ground, &path);
            if view.read().map_err(|e| e.to_string())?.is_some_and(|note| !note.is_done()) {
                let repository = repository.looking(&ground.folder.join("git")).map_err(|e| e.to_string())?;
                let now = self.stand(ground, &repository).await?;
                let brought = aside(move || view.bring(&repository, &now.tree).map_err(|e| e.to_string())).await;
                let told = |e: String| format!("what attempts wrote did not get into the working tree: {e}");
                brought.and_then(|brought| brought).map_err(told)?;
            }
        }
        Ok(())
    }

    async fn common(&self, ground: &Arc<Ground>, repository: &Repository) -> Result<Arc<Common>, String> {
        let (ground, repository) = (Arc::clone(ground), repository.clone());
        let look = move |last: &mut Memories| -> Result<Common, git::Error> {
            let now = SystemClock::new().now().0;
            let mut left_out = LeftOut::new();
            last.logs = repository.logs(now / 1_000, &last.logs, &mut left_out);
            last.loose = repository.loose(now, &last.loose, &mut left_out);
            // Before the refs: whoever takes a run meanwhile may move those of it.
            last.idle = Idle::look(&ground.root, &ground.run, &last.idle, &mut left_out);
            Ok(Common {
                refs: repository.refs(&mut last.refs)?,
                git: shared(ground.repository.as_ref().unwrap_or(&repository), &mut left_out),
                locks: repository.locks(&mut left_out),
                logs: last.logs.clone(),
                loose: last.loose.clone(),
                packs: repository.packs(),
                theirs: repository.theirs(&mut last.theirs, &mut left_out)?,
                engine: all_engine_files(&ground, &mut left_out),
                run: run_files(&ground.folder, &mut last.run, &mut left_out),
                idle: last.idle.clone(),
                left_out,
            })
        };
        self.common.look(look).await.map(|(_, seen)| seen)
    }

    async fn tree(&self, ground: &Ground, repository: &Repository) -> Result<(u64, Arc<Own>), String> {
        let eye = {
            let mut trees = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(trees.entry(repository.root().to_owned()).or_default())
        };
        let (repository, scratch) = (repository.clone(), ground.folder.join("git"));
        let inner = repository.root().strip_prefix(&ground.root).unwrap_or(repository.root()).to_owned();
        let look = move |memory: &mut Memory| -> Result<Own, git::Error> {
            let made = std::fs::create_dir_all(&scratch);
            made.map_err(|source| git::Error::Io { path: scratch.clone(), source })?;
            let mut left_out = LeftOut::new();
            Ok(Own {
                stand: repository.stand(&scratch, memory)?,
                git: of_worktree(&repository, &mut left_out),
                following: all_of(repository.following(), &mut left_out),
                locks: repository.own_locks(),
                engine: engine_files_of_worktree(&repository, &inner, &mut left_out),
                left_out,
            })
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
                nested: own.as_ref().map(|own| own.stand.nested.clone()).unwrap_or_default(),
                git: own.as_ref().map(|own| own.following.clone()).unwrap_or_default(),
                index: own.map(|own| own.stand.index.clone()),
                left: None,
                locks: Locks::default(),
            });
        }
        for Sealed { node, left, repository } in sealed(ground, repository).await? {
            let own = self.tree(ground, &repository).await.map(|(_, own)| own);
            // On another branch it is no longer what was made.
            if own.as_ref().is_ok_and(|own| own.stand.branch.as_ref() != Some(&left.branch)) {
                continue;
            }
            let own = own.ok();
            all.push(Other {
                owner: Some(node),
                asked: Some(left.path),
                root: repository.root().to_owned(),
                nested: own.as_ref().map(|own| own.stand.nested.clone()).unwrap_or_default(),
                git: own.as_ref().map(|own| own.told()).unwrap_or_default(),
                locks: own.as_ref().map(|own| own.locks.clone()).unwrap_or_default(),
                tree: own.as_ref().map(|own| own.stand.tree.clone()),
                index: None,
                left: left.tree,
            });
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

/// What says how git works in this working tree alone; of its index only whether there is one.
fn of_worktree(repository: &Repository, left_out: &mut LeftOut) -> Digests {
    let mut all = all_of(repository.guarded_of_worktree(), left_out);
    if repository.has_index() {
        all.insert("index of the worktree".to_owned(), "there".to_owned());
    }
    all
}

fn all_of(guarded: Vec<Guarded>, left_out: &mut LeftOut) -> Digests {
    let mut all = Digests::new();
    files::add_guarded(&mut all, guarded, left_out);
    all
}

/// What all working trees share, as seen from the main one.
fn shared(main: &Repository, left_out: &mut LeftOut) -> Digests {
    let mut all = all_of(main.guarded(left_out), left_out);
    files::add_guarded(&mut all, main.between_worktrees(), left_out);
    all
}

/// Files of `.mission/`, and those of this run that nobody writes now.
fn all_engine_files(ground: &Ground, left_out: &mut LeftOut) -> Digests {
    let mut all = engine_files(&ground.root, left_out);
    all.extend(runs::own(&ground.folder, &ground.run, left_out));
    all
}

/// Files of `.mission/` below `root`, but those of runs, and of runs in the making.
fn engine_files(root: &Path, left_out: &mut LeftOut) -> Digests {
    let mut all = Digests::new();
    let wanted = |name: &str| {
        let run = name.strip_prefix(".mission/runs/").or_else(|| name.strip_prefix(".mission/tmp/"));
        run.is_none_or(|run| RunId::parse(run).is_none()) && !name.ends_with(".lock")
    };
    files::add(&mut all, ".mission", &root.join(".mission"), &wanted, left_out);
    all
}

/// The same in a worktree, which is at `inner` below the top.
fn engine_files_of_worktree(repository: &Repository, inner: &Path, left_out: &mut LeftOut) -> Digests {
    if inner.as_os_str().is_empty() {
        return Digests::new();
    }
    let files = engine_files(repository.root(), left_out);
    files.into_iter().map(|(name, digest)| (inner.join(name).display().to_string(), digest)).collect()
}

/// What the engine writes once and reads again; not what it goes on writing while attempts are under way, nor what nodes keep.
fn run_files(folder: &Path, last: &mut run_files::Known, left_out: &mut LeftOut) -> RunFiles {
    let moving =
        ["git/objects/", "git/worktree-", "git/start-", "git/radar-", "git/sight-", "git/index-", "git/view-", "git/."];
    let wanted = |name: &str| !moving.iter().any(|prefix| name.starts_with(prefix));
    last.look(folder, &["git", "attempts", "logs"], &wanted, left_out)
}
