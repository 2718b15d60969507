//! What an attempt changes: looked at before it begins and after it has ended, whatever it says. Judges nothing.
//!
//! How everything stood before is on disk, synced, before the attempt begins: after a crash the next attempt of the same
//! piece of work is still held against the beginning.

mod company;
mod eye;
mod files;
mod ignored;
mod left;
mod listing;
mod run_files;
mod runs;
mod sight;
mod tampered;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::local::Ground;
use crate::aside::aside;
use crate::decide::port::{Elsewhere, RefMove, Seen, Sureness, Together, Work};
use crate::event::{Contents, Failure, FailureClass, How, Touched};
use crate::git::{self, Journal, Kind, Oid, Place, Repository, Stand};
use crate::runs::{AttemptPath, RunId, write_durably_with};
use company::Stay;
use ignored::Ignored;
use run_files::RunFiles;
pub(super) use sight::Eyes;
use sight::{Common, Other, Own, Sight};

/// Name of the file in the folder of the attempt.
const FILE: &str = "before.json";

/// An attempt that is watched.
pub(super) struct Watch {
    eyes: Arc<Eyes>,
    ground: Arc<Ground>,
    repository: Repository,
    place: Option<Place>,
    /// How its own tree stood when the piece of work began in it.
    own: Arc<Own>,
    /// How everything else stood when the piece of work began.
    first: Sight,
    /// Where that lies on disk, and its digest.
    written: (PathBuf, [u8; 32]),
    node: String,
    /// The first attempt of the piece of work, and this one.
    attempts: (u32, u32),
    worked_before: bool,
    /// How many attempts had ended before, and how what all share stood just then.
    began: (usize, Arc<Common>),
    /// Among those who work in the same tree.
    stay: Stay,
    /// Files that git ignores in the user's own tree, if nothing keeps it from writing there.
    ignored_before: Option<Ignored>,
}

impl Watch {
    /// Looks, and puts on disk what was seen. `None`: there is no repository to look with. `exposed`: what it shares of the
    /// user's own tree, unless nothing else that it writes there gets there anyway.
    ///
    /// # Errors
    /// What cannot be seen before cannot be compared after: the attempt must not begin.
    pub(super) async fn begin(
        eyes: &Arc<Eyes>,
        ground: &Arc<Ground>,
        work: &Work,
        place: Option<&Place>,
        exposed: Option<Vec<PathBuf>>,
    ) -> Result<Option<Self>, Failure> {
        let repository = place.map(|p| &p.repository).or(ground.repository.as_ref());
        let Some(repository) = repository else { return Ok(None) };
        let failed =
            |e: String| Failure::new(FailureClass::StartFailed, format!("how the work begins cannot be seen: {e}"));
        let repository = repository.looking(&ground.folder.join("git")).map_err(|e| failed(e.to_string()))?;
        let now = eyes.look(ground, &repository).await.map_err(failed)?;
        let (eyes, ground, place) = (Arc::clone(eyes), Arc::clone(ground), place.cloned());
        let (node, attempts) = (work.node.clone(), (work.first_attempt, work.attempt));
        let begun = aside(move || {
            let mut watch = Self::note(eyes, ground, repository, place, node, attempts, now)?;
            watch.ignored_before =
                exposed.map(|shared| watch.ignored(shared)).transpose().map_err(|e| e.to_string())?.flatten();
            Ok(watch)
        })
        .await;
        begun.and_then(|begun| begun).map(Some).map_err(failed)
    }

    fn note(
        eyes: Arc<Eyes>,
        ground: Arc<Ground>,
        repository: Repository,
        place: Option<Place>,
        node: String,
        (first_attempt, attempt): (u32, u32),
        now: Sight,
    ) -> Result<Self, String> {
        let folder = folder(&ground, &node, attempt).map_err(|e| e.to_string())?;
        std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
        let path = folder.join(FILE);
        let mut sum = Sha256::new();
        let write = |file: &mut dyn Write| Ok(serde_json::to_writer(Both(file, &mut sum), &now)?);
        write_durably_with(&path, write).map_err(|e| e.to_string())?;
        let written = (path, sum.finalize().into());
        let began = (now.ended, Arc::clone(&now.common));
        let since = (first_attempt..attempt).filter_map(|attempt| earlier(&ground, &node, attempt));
        let all: Vec<Sight> = since.chain([now]).collect();
        let root = repository.root().to_owned();
        let tree = all.last().expect("there is one").own.stand.tree.clone();
        let stay = eyes.company.join(&root, &tree, &node, first_attempt == attempt);
        let here = |sight: &Sight| sight.own.stand.root == root;
        let worked_before = (1..first_attempt).any(|n| earlier(&ground, &node, n).is_some_and(|sight| here(&sight)));
        let own = Arc::clone(&all.iter().find(|s| here(s)).expect("the last one is from here").own);
        let first = all.into_iter().next().expect("there is one");
        let attempts = (first_attempt, attempt);
        let ignored_before = None;
        Ok(Self {
            eyes,
            ground,
            repository,
            place,
            own,
            first,
            written,
            node,
            attempts,
            worked_before,
            began,
            stay,
            ignored_before,
        })
    }

    /// Looks again, and tells what is seen, or why nothing is. Every process of the attempt has ended.
    ///
    /// IMPORTANT: of those who work in the same tree, who tells last has looked last.
    pub(super) async fn end(self, tell: impl FnOnce(Result<Seen, String>, Option<Stand>)) {
        let this = Arc::new(self);
        loop {
            let (number, seen, known) = match this.eyes.look(&this.ground, &this.repository).await {
                Ok(now) => {
                    let (number, watch) = (now.number, Arc::clone(&this));
                    let known = (Arc::clone(&now.own), Arc::clone(&now.common));
                    let seen = aside(move || watch.compare(&now).map_err(|e| e.to_string())).await;
                    (Some(number), seen.and_then(|seen| seen), Some(known))
                }
                Err(why) => (None, Err(why), None),
            };
            if let Some(_turn) = this.stay.turn(number) {
                if let Some((own, common)) = &known {
                    this.left(&common.run);
                    this.eyes.rests(own);
                }
                return tell(seen, known.map(|(own, _)| own.stand.clone()));
            }
        }
    }

    /// It has ended, and the files of the run are `files`.
    fn left(&self, files: &RunFiles) {
        if let Ok(attempt) = AttemptPath::new(&self.node, self.attempts.1) {
            self.eyes.left.add(attempt, files);
        }
    }

    /// What changed since the first of those began who have worked here at the same time.
    fn together(&self, mine: &[Touched], now: &Sight) -> Result<Option<Together>, git::Error> {
        let group = self.stay.group();
        let others: BTreeSet<String> = group.fresh.iter().filter(|node| **node != self.node).cloned().collect();
        if others.is_empty() {
            return Ok(None);
        }
        let mut all: BTreeSet<Touched> = if group.tree == self.own.stand.tree {
            mine.iter().cloned().collect()
        } else {
            changed(&self.repository, &group.tree, &now.own.stand.tree)?.into_iter().collect()
        };
        // What was done for it before is nobody else's.
        if !group.fresh.contains(&self.node) {
            all.extend(mine.iter().cloned());
        }
        Ok(Some(Together { others, changed: all.into_iter().collect() }))
    }

    fn compare(&self, now: &Sight) -> Result<Seen, git::Error> {
        let before = &self.own.stand;
        let own_ref = before.branch.as_ref().map(|branch| format!("refs/heads/{branch}"));
        let made = self.made(now)?;
        let differences = differences(&self.repository, &before.tree, &now.own.stand.tree)?;
        let changed: Vec<Touched> = differences.iter().map(touched).collect();
        let contents = |d: git::Difference| {
            (d.change.path.to_string(), Contents { before: d.before, after: d.after, told: false })
        };
        Ok(Seen {
            place: self.repository.root().display().to_string(),
            linked: self.place.is_some(),
            worked_before: self.worked_before,
            together: self.together(&changed, now)?,
            links: self.repository.leading_out(&differences),
            contents: differences.into_iter().map(contents).collect(),
            nested: now.own.stand.nested.difference(&before.nested).cloned().collect(),
            passing: self.passing(&made, &changed)?,
            dropped: self.dropped(&made, now)?,
            empty: made.iter().filter(|m| m.empty).map(|m| m.oid.clone()).collect(),
            tampered: self.tampered(now, &made)?,
            changed,
            commits: made.into_iter().map(|m| m.oid).collect(),
            conflicted: now.own.stand.conflicted.difference(&before.conflicted).cloned().collect(),
            unfinished: self.unfinished(now),
            refs: self.moved(now, own_ref.as_deref())?,
            elsewhere: self.elsewhere(now)?,
            run_files: self.first.common.run.changed(&now.common.run),
            left: self.eyes.left.changed((self.began.0, &self.began.1.run), (now.ended, &now.common.run)),
        })
    }

    /// What is under way in git in its own worktree, and was not when the work began there.
    fn unfinished(&self, now: &Sight) -> Vec<String> {
        // In the user's own tree nothing of the kind may begin, whatever is said.
        if !self.repository.is_linked() {
            return Vec::new();
        }
        let changed = files::changed(&self.own.following, &now.own.following);
        changed.into_iter().filter(|line| !line.starts_with("D ")).collect()
    }

    fn made(&self, now: &Sight) -> Result<Vec<git::Made>, git::Error> {
        match &now.own.stand.head {
            Some(head) if Some(head) != self.own.stand.head.as_ref() => {
                let known = self.first.common.refs.values().chain(&self.own.stand.head).cloned();
                self.repository.made_since(head, known)
            }
            Some(_) | None => Ok(Vec::new()),
        }
    }

    /// What commits of it take in of others but those of this run, and what is not there all the same.
    fn dropped(&self, made: &[git::Made], now: &Sight) -> Result<Vec<String>, git::Error> {
        let Some(start) = self.own.stand.head.as_deref().map(Oid::parse).transpose()? else { return Ok(Vec::new()) };
        let mine = self.own.stand.branch.as_ref().map(|branch| format!("refs/heads/{branch}"));
        let others = now.common.refs.iter().filter(|(name, _)| mine.as_ref() != Some(name));
        let all = self.first.common.refs.iter().chain(others);
        // Integrating tells of what is lost of those.
        let own = all.filter(|(name, _)| Self::run_of(name) == Some(self.ground.run.as_str()));
        self.repository.dropped(made, &start, own.map(|(_, at)| at.clone()), &Oid::parse(&now.own.stand.tree)?)
    }

    /// Files that are as they were by now, and of which the commits of it hold something else. What stood there uncommitted when the
    /// work began, and is committed as it is, is nothing else.
    fn passing(&self, made: &[git::Made], changed: &[Touched]) -> Result<Vec<String>, git::Error> {
        let stand = &self.own.stand;
        let known = stand.head.iter().chain([&stand.tree]).map(|at| Oid::parse(at)).collect::<Result<Vec<_>, _>>()?;
        let changed: BTreeSet<&str> = changed.iter().map(|touched| touched.path.as_str()).collect();
        let is_asked = |path: &git::RepoPath| !changed.contains(path.to_string().as_str());
        let passing = self.repository.passing_in(made, &known, is_asked)?;
        Ok(passing.iter().map(ToString::to_string).collect())
    }

    /// The run that the ref `name` belongs to by its name.
    fn run_of(name: &str) -> Option<&str> {
        let of_runs = name.strip_prefix("refs/heads/mission/").or_else(|| name.strip_prefix("refs/mission/"))?;
        of_runs.split_once('/').map(|(run, _)| run)
    }

    /// May the other run `run` have moved its refs itself? One that nobody holds moves none, nor one that there is not.
    fn may_have_moved(&self, run: &str) -> bool {
        let exists = || RunId::parse(run).is_some() && self.ground.root.join(".mission/runs").join(run).exists();
        run != self.ground.run && exists() && !self.first.common.idle.stayed(run, &self.ground.root)
    }

    fn moved(&self, now: &Sight, own: Option<&str>) -> Result<Vec<RefMove>, git::Error> {
        let (tree, before, now) = (&now.own.stand.tree, &*self.first.common.refs, &*now.common.refs);
        let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
        let mut known = None;
        let mut moves = Vec::new();
        for name in names.into_iter().filter(|name| before.get(*name) != now.get(*name)) {
            let (from, to) = (before.get(name).cloned(), now.get(name).cloned());
            if known.is_none() {
                let journal = Journal::new(&self.ground.folder);
                known = Some((journal.moved_to()?, journal.holders()?));
            }
            let (engine, holders) = known.as_ref().expect("it was read just now");
            let by_engine = to.as_ref().is_some_and(|to| engine.contains(&(name.clone(), to.clone())));
            let is_own = own == Some(name);
            let whose = Self::run_of(name);
            if whose.is_some_and(|run| self.may_have_moved(run)) {
                continue;
            }
            // The branch of a worktree that was made anew began where that worktree began.
            let from = if is_own { self.own.stand.head.clone() } else { from };
            moves.push(RefMove {
                forward: self.is_forward(from.as_ref(), to.as_ref()),
                by_itself: if is_own { self.went_by_itself(from.as_ref(), to.as_ref(), tree) } else { Sureness::No },
                of_run: whose == Some(self.ground.run.as_str()),
                own: is_own,
                place: holders.get(name).cloned(),
                name: name.clone(),
                after_end: !is_own && self.is_moved_since_end(name),
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

    /// What cannot be told is no reason to blame anybody: it is found out before the branch is taken.
    fn is_moved_since_end(&self, name: &str) -> bool {
        let branch = name.strip_prefix("refs/heads/").zip(self.ground.worktrees.as_ref());
        branch.is_some_and(|(branch, worktrees)| worktrees.is_moved_since(branch).unwrap_or(false))
    }

    fn went_by_itself(&self, from: Option<&String>, to: Option<&String>, tree: &str) -> Sureness {
        let oid = |at: Option<&String>| at.and_then(|at| Oid::parse(at).ok());
        match (oid(from), oid(to), Oid::parse(tree)) {
            (Some(from), Some(to), Ok(tree)) => {
                self.repository.went_by_itself(&from, &to, &tree).unwrap_or(Sureness::No)
            }
            _ => Sureness::No,
        }
    }

    /// Logs that tell of something that nobody sees in the refs.
    fn logged(&self, now: &Sight) -> Vec<String> {
        let (before, now) = (&self.first.common, &now.common);
        let lost = before.logs.lost(&now.logs, &self.repository);
        let is_told = |log: &String| {
            let moved = git::ref_of_log(log).is_some_and(|name| before.refs.get(name) != now.refs.get(name));
            moved || lost.iter().any(|line| line.ends_with(log.as_str()))
        };
        let changed = before.logs.changed(&now.logs);
        changed.into_iter().filter(|log| !is_told(log)).map(|log| format!("M {log}")).collect()
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
            what.extend(after.nested.difference(&before.nested).cloned());
            if before.index != after.index {
                what.push("its index".to_owned());
            }
            what.extend(files::changed(&before.git, &after.git));
            what.extend(self.repository.left_locked(&before.locks, &after.locks));
            if before.owner.is_none() {
                what.extend(self.logged(now));
            }
            // Whoever worked there and left it as it is now has done it, and nobody else.
            let after_end = after.left.is_some() && after.left != after.tree;
            if !what.is_empty() {
                found.push(Elsewhere { after_end, ..told(before, what) });
            }
        }
        // Where somebody worked when this began, and nobody does now.
        let is_new = |other: &&Other| self.first.others.iter().all(|before| before.root != other.root);
        for other in now.others.iter().filter(is_new) {
            if other.left.is_some() && other.tree.is_none() {
                found.push(told(other, vec!["it cannot be read any more".to_owned()]));
            }
            if let (Some(left), Some(tree)) = (&other.left, &other.tree) {
                let mut what = lines(&changed(&self.repository, left, tree)?);
                if let Some(rest) = self.eyes.rest(&other.root) {
                    what.extend(files::changed(&rest.git, &other.git));
                    what.extend(self.repository.left_locked(&rest.locks, &other.locks));
                }
                if !what.is_empty() {
                    found.push(Elsewhere { after_end: true, ..told(other, what) });
                }
            }
        }
        Ok(found)
    }
}

/// Writes to a file, and makes the digest of what it writes.
struct Both<'a>(&'a mut dyn Write, &'a mut Sha256);

impl Write for Both<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.0.write(bytes)?;
        self.1.update(&bytes[..count]);
        Ok(count)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn told(other: &Other, what: Vec<String>) -> Elsewhere {
    Elsewhere { owner: other.owner.clone(), path: other.asked.clone(), what, after_end: false }
}

fn changed(repository: &Repository, from: &str, to: &str) -> Result<Vec<Touched>, git::Error> {
    Ok(differences(repository, from, to)?.iter().map(touched).collect())
}

fn differences(repository: &Repository, from: &str, to: &str) -> Result<Vec<git::Difference>, git::Error> {
    if from == to {
        return Ok(Vec::new());
    }
    repository.differences(&Oid::parse(from)?, &Oid::parse(to)?)
}

fn touched(difference: &git::Difference) -> Touched {
    let how = match difference.change.kind {
        Kind::Added | Kind::Untracked => How::Added,
        Kind::Deleted => How::Deleted,
        Kind::Modified | Kind::Unmerged | Kind::Nested => How::Modified,
    };
    Touched { path: difference.change.path.to_string(), how }
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
