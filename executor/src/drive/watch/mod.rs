//! What an attempt changes: looked at before it begins and after it has ended, whatever it says. Judges nothing.
//!
//! How everything stood before is on disk, synced, before the attempt begins: after a crash the next attempt of the same
//! piece of work is still held against the beginning.

mod files;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::local::Ground;
use crate::decide::port::{Elsewhere, RefMove, Seen, Work};
use crate::event::{Failure, FailureClass, Finding, FindingKind, How, Touched, Weight};
use crate::git::{self, Journal, Kind, Oid, Place, Repository, Stand};
use crate::runs::{AttemptPath, write_durably};
use files::{By, Digests};

/// Name of the file in the folder of the attempt.
const FILE: &str = "before.json";

/// How everything stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Sight {
    /// The working tree of the attempt.
    own: Stand,
    refs: BTreeMap<String, String>,
    /// Files that say how git works here.
    git: Digests,
    /// Files of `.mission/`, but those of runs.
    engine: Digests,
    /// Files of this run that belong to no attempt of this node.
    run: Digests,
    others: Vec<Other>,
}

/// A working tree that is not the attempt's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Other {
    owner: Option<String>,
    asked: Option<String>,
    root: PathBuf,
    tree: Option<String>,
    index: Option<String>,
}

/// An attempt that is watched.
pub(super) struct Watch {
    repository: Repository,
    place: Option<Place>,
    /// How its own tree stood when the piece of work began in it.
    own: Stand,
    /// How everything else stood when the piece of work began.
    first: Sight,
    /// What lies on disk, and where.
    written: (PathBuf, Vec<u8>),
    node: String,
    worked_before: bool,
}

impl Watch {
    /// Looks, and puts on disk what was seen. `None`: there is no repository to look with.
    ///
    /// # Errors
    /// What cannot be seen before cannot be compared after: the attempt must not begin.
    pub(super) fn begin(ground: &Ground, work: &Work, place: Option<&Place>) -> Result<Option<Self>, Failure> {
        let repository = place.map(|p| &p.repository).or(ground.repository.as_ref());
        let Some(repository) = repository.cloned() else { return Ok(None) };
        let failed = |e: &dyn std::fmt::Display| {
            Failure::new(FailureClass::StartFailed, format!("how the work begins cannot be seen: {e}"))
        };
        let now = look(ground, &repository, &work.node).map_err(|e| failed(&e))?;
        let bytes = serde_json::to_vec(&now).map_err(|e| failed(&e))?;
        let folder = folder(ground, &work.node, work.attempt).map_err(|e| failed(&e))?;
        std::fs::create_dir_all(&folder).map_err(|e| failed(&e))?;
        let path = folder.join(FILE);
        write_durably(&path, &bytes).map_err(|e| failed(&e))?;
        let since = (work.first_attempt..work.attempt).filter_map(|attempt| earlier(ground, &work.node, attempt));
        let all: Vec<Sight> = since.chain([now]).collect();
        let root = repository.root().to_owned();
        let here = |sight: Sight| sight.own.root == root;
        let worked_before = (1..work.first_attempt).any(|n| earlier(ground, &work.node, n).is_some_and(here));
        let own = all.iter().find(|s| s.own.root == repository.root()).expect("the last one is from here").own.clone();
        let first = all.into_iter().next().expect("there is one");
        Ok(Some(Self {
            repository,
            place: place.cloned(),
            own,
            first,
            written: (path, bytes),
            node: work.node.clone(),
            worked_before,
        }))
    }

    /// Looks again. Every process of the attempt has ended.
    ///
    /// # Errors
    /// Why it cannot be seen.
    pub(super) fn end(self, ground: &Ground) -> Result<Seen, String> {
        self.compare(ground).map_err(|e| e.to_string())
    }

    fn compare(self, ground: &Ground) -> Result<Seen, git::Error> {
        let now = look(ground, &self.repository, &self.node)?;
        if let (Some(place), Some(worktrees)) = (&self.place, &ground.worktrees)
            && place.branch != *worktrees.main()
        {
            worktrees.seal(place, &now.own)?;
        }
        let own_ref = self.own.branch.as_ref().map(|branch| format!("refs/heads/{branch}"));
        let made = self.made(&now)?;
        let mut tampered = Vec::new();
        self.switched(&now, &mut tampered);
        self.touched_guarded(&now, &mut tampered);
        forged(&made, &mut tampered);
        Ok(Seen {
            place: self.repository.root().display().to_string(),
            linked: self.place.is_some(),
            worked_before: self.worked_before,
            changed: changed(&self.repository, &self.own.tree, &now.own.tree)?,
            commits: made.into_iter().map(|m| m.oid).collect(),
            refs: self.moved(ground, &now, own_ref.as_deref())?,
            elsewhere: self.elsewhere(&now)?,
            run_files: files::tampered(&self.first.run, &now.run),
            tampered,
        })
    }

    fn made(&self, now: &Sight) -> Result<Vec<git::Made>, git::Error> {
        match &now.own.head {
            Some(head) if Some(head) != self.own.head.as_ref() => {
                let known = self.first.refs.values().chain(&self.own.head).cloned();
                self.repository.made_since(head, known)
            }
            Some(_) | None => Ok(Vec::new()),
        }
    }

    fn switched(&self, now: &Sight, tampered: &mut Vec<Finding>) {
        if self.own.branch != now.own.branch {
            let name = |branch: &Option<String>| branch.clone().unwrap_or_else(|| "no branch".to_owned());
            let say = "another branch is checked out";
            let evidence = vec![format!("{} instead of {}", name(&now.own.branch), name(&self.own.branch))];
            tampered.push(Finding::new(FindingKind::HeadSwitched, Weight::Tampering, say, evidence));
        }
        let hidden: Vec<String> = now.own.hidden.difference(&self.own.hidden).cloned().collect();
        if !hidden.is_empty() {
            let say = "files were marked so that git does not see their changes";
            tampered.push(Finding::new(FindingKind::HiddenFile, Weight::Tampering, say, hidden));
        }
    }

    fn touched_guarded(&self, now: &Sight, tampered: &mut Vec<Finding>) {
        // Of a worktree that was made anew only what all have in common can be compared.
        let same = self.first.own.root == now.own.root;
        let is_common = |line: &String| same || !line.ends_with(" of the worktree");
        let git = files::changed(&self.first.git, &now.git).into_iter().filter(is_common).collect::<Vec<_>>();
        if !git.is_empty() {
            let say = "files changed that say how git works here";
            tampered.push(Finding::new(FindingKind::GitChanged, Weight::Tampering, say, git));
        }
        let mut engine = files::changed(&self.first.engine, &now.engine);
        if std::fs::read(&self.written.0).ok().as_ref() != Some(&self.written.1) {
            engine.push(format!("M {FILE} of its own attempt"));
        }
        if !engine.is_empty() {
            let say = "files of the engine changed";
            tampered.push(Finding::new(FindingKind::EngineChanged, Weight::Tampering, say, engine));
        }
    }

    fn moved(&self, ground: &Ground, now: &Sight, own: Option<&str>) -> Result<Vec<RefMove>, git::Error> {
        let before = &self.first.refs;
        let names: BTreeSet<&String> = before.keys().chain(now.refs.keys()).collect();
        let mut known = None;
        let mut moves = Vec::new();
        for name in names.into_iter().filter(|name| before.get(*name) != now.refs.get(*name)) {
            let (from, to) = (before.get(name).cloned(), now.refs.get(name).cloned());
            if known.is_none() {
                let journal = Journal::new(&ground.folder);
                known = Some((journal.moved_to()?, journal.holders()?));
            }
            let (engine, holders) = known.as_ref().expect("it was read just now");
            let by_engine = to.as_ref().is_some_and(|to| engine.contains(&(name.clone(), to.clone())));
            let is_own = own == Some(name);
            // The branch of a worktree that was made anew began where that worktree began.
            let from = if is_own { self.own.head.clone() } else { from };
            moves.push(RefMove {
                forward: self.is_forward(from.as_ref(), to.as_ref()),
                of_run: name.starts_with("refs/heads/mission/") || name.starts_with("refs/mission/"),
                own: is_own,
                place: holders.get(name).cloned(),
                name: name.clone(),
                from,
                to,
                by_engine,
            });
        }
        Ok(moves)
    }

    fn is_forward(&self, from: Option<&String>, to: Option<&String>) -> bool {
        let oid = |at: Option<&String>| at.and_then(|at| Oid::parse(at).ok());
        match (oid(from), oid(to)) {
            (Some(from), Some(to)) => self.repository.is_ancestor(&from, &to).unwrap_or(false),
            _ => false,
        }
    }

    fn elsewhere(&self, now: &Sight) -> Result<Vec<Elsewhere>, git::Error> {
        let mut found = Vec::new();
        for before in &self.first.others {
            let Some(after) = now.others.iter().find(|other| other.root == before.root) else {
                found.push(told(before, vec!["it is gone, or no longer what was made".to_owned()]));
                continue;
            };
            let mut what = match (&before.tree, &after.tree) {
                (Some(from), Some(to)) => lines(&changed(&self.repository, from, to)?),
                (None, None) => Vec::new(),
                _ => vec!["it cannot be read any more".to_owned()],
            };
            if before.index != after.index {
                what.push("its index".to_owned());
            }
            if !what.is_empty() {
                found.push(told(before, what));
            }
        }
        Ok(found)
    }
}

fn told(other: &Other, what: Vec<String>) -> Elsewhere {
    Elsewhere { owner: other.owner.clone(), path: other.asked.clone(), what }
}

fn forged(made: &[git::Made], tampered: &mut Vec<Finding>) {
    let lines = made.iter().flat_map(|m| m.forged.iter().map(|line| format!("{} in {}", line, &m.oid[..10])));
    let lines: Vec<String> = lines.collect();
    if !lines.is_empty() {
        let say = "commits carry trailers that only the engine writes";
        tampered.push(Finding::new(FindingKind::ForgedTrailer, Weight::Tampering, say, lines));
    }
}

fn changed(repository: &Repository, from: &str, to: &str) -> Result<Vec<Touched>, git::Error> {
    if from == to {
        return Ok(Vec::new());
    }
    let changes = repository.changes(&Oid::parse(from)?, &Oid::parse(to)?)?;
    let how = |kind| match kind {
        Kind::Added | Kind::Untracked => How::Added,
        Kind::Deleted => How::Deleted,
        Kind::Modified | Kind::Unmerged | Kind::Nested => How::Modified,
    };
    Ok(changes.into_iter().map(|c| Touched { path: c.path.to_string(), how: how(c.kind) }).collect())
}

fn lines(changed: &[Touched]) -> Vec<String> {
    changed.iter().map(|t| t.path.clone()).collect()
}

fn folder(ground: &Ground, node: &str, attempt: u32) -> Result<PathBuf, crate::runs::BadNode> {
    Ok(ground.folder.join(AttemptPath::new(node, attempt)?.folder()))
}

/// What was seen before an earlier attempt, if that got so far.
fn earlier(ground: &Ground, node: &str, attempt: u32) -> Option<Sight> {
    let text = std::fs::read(folder(ground, node, attempt).ok()?.join(FILE)).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Looks at everything, for an attempt of `node` in `repository`.
fn look(ground: &Ground, repository: &Repository, node: &str) -> Result<Sight, git::Error> {
    let scratch = ground.folder.join("git");
    std::fs::create_dir_all(&scratch).map_err(|source| git::Error::Io { path: scratch.clone(), source })?;
    let mut git = Digests::new();
    for (name, path) in repository.guarded() {
        files::add(&mut git, &name, &path, By::Content, &|_| true);
    }
    Ok(Sight {
        own: repository.stand(&scratch)?,
        refs: repository.refs(&ground.run)?,
        git,
        engine: engine_files(&ground.root),
        run: run_files(&ground.folder, node),
        others: others(ground, repository, &scratch)?,
    })
}

fn engine_files(root: &Path) -> Digests {
    let mut all = Digests::new();
    let wanted = |name: &str| name != ".mission/runs" && !name.ends_with(".lock");
    files::add(&mut all, ".mission", &root.join(".mission"), By::Content, &wanted);
    all
}

/// What the engine writes once and reads again; not what it goes on writing while attempts are under way.
fn run_files(folder: &Path, node: &str) -> Digests {
    let mut all = Digests::new();
    let own = node.replace(':', "/");
    let of_node = |name: &str| {
        let rest = name.strip_prefix("attempts/").or_else(|| name.strip_prefix("logs/"));
        rest.and_then(|rest| rest.strip_prefix(&own)).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let moving = ["git/seal-", "git/worktree-", "git/radar-", "git/sight-", "git/index-"];
    let wanted = |name: &str| !of_node(name) && !moving.iter().any(|prefix| name.starts_with(prefix));
    for name in ["git", "attempts", "logs"] {
        files::add(&mut all, name, &folder.join(name), By::Change, &wanted);
    }
    all
}

/// The user's own tree, if the attempt works in another, and the worktrees whose nodes have ended.
fn others(ground: &Ground, repository: &Repository, scratch: &Path) -> Result<Vec<Other>, git::Error> {
    let mut all = Vec::new();
    if let Some(main) = ground.repository.as_ref().filter(|main| main.root() != repository.root()) {
        let stand = main.stand(scratch).ok();
        all.push(Other {
            owner: None,
            asked: None,
            root: main.root().to_owned(),
            tree: stand.as_ref().map(|s| s.tree.clone()),
            index: stand.map(|s| s.index),
        });
    }
    let Some(worktrees) = &ground.worktrees else { return Ok(all) };
    for sealed in worktrees.sealed(repository.root())? {
        let tree = sealed.repository.tree_id(scratch).ok().map(|oid| oid.to_string());
        let root = sealed.repository.root().to_owned();
        all.push(Other { owner: Some(sealed.node), asked: Some(sealed.asked), root, tree, index: None });
    }
    Ok(all)
}
