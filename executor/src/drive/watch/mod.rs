//! What an attempt changes: looked at before it begins and after it has ended, whatever it says. Judges nothing.
//!
//! How everything stood before is on disk, synced, before the attempt begins: after a crash the next attempt of the same
//! piece of work is still held against the beginning.

mod between;
mod bringing;
mod company;
mod eye;
mod files;
mod ignored;
mod left;
mod listing;
mod onward;
mod places;
mod put_by;
mod refs;
mod run_files;
mod runs;
mod share;
mod sight;
mod stashed;
mod tampered;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::local::Ground;
use crate::aside::aside;
use crate::decide::port::{Seen, Together, Work};
use crate::event::{Contents, Failure, FailureClass, How, Touched};
use crate::git::{self, Kind, Oid, Place, Repository, Stand};
use crate::runs::{AttemptPath, write_durably_with};
use company::Stay;
use ignored::Ignored;
use run_files::RunFiles;
pub(super) use sight::Eyes;
use sight::{Common, Own, Sight};
use stashed::Beside;

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
    /// The tree when this attempt began.
    tree: String,
    /// Where that lies on disk, and its digest.
    written: (PathBuf, [u8; 32]),
    node: String,
    /// The first attempt of the piece of work, and this one.
    attempts: (u32, u32),
    worked_before: bool,
    /// How many attempts had ended before, and how what all share stood just then.
    began: (usize, Arc<Common>),
    /// Its view of the main working tree, if that is its own.
    view: Option<view::Own>,
    /// Among those who work in the same tree.
    stay: Stay,
    /// Among those who work in the same repository.
    beside: Option<Beside>,
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
        let has_view = work.view && place.is_none();
        let repository = place.map(|p| &p.repository).or(ground.repository.as_ref());
        let Some(repository) = repository else { return Ok(None) };
        let failed =
            |e: String| Failure::new(FailureClass::StartFailed, format!("how the work begins cannot be seen: {e}"));
        let repository = repository.looking(&ground.folder.join("git")).map_err(|e| failed(e.to_string()))?;
        let mut beside = eyes.stashed.join();
        let now = loop {
            let now = if has_view {
                eyes.look_to_begin(ground, &repository).await.map_err(failed)?
            } else {
                eyes.look(ground, &repository).await.map_err(failed)?
            };
            if !beside.has_gone(&repository, &now.common.refs).await {
                break now;
            }
        };
        beside.begin(&now.common.refs);
        let (eyes, ground, place) = (Arc::clone(eyes), Arc::clone(ground), place.cloned());
        let (node, attempts) = (work.node.clone(), (work.first_attempt, work.attempt));
        let put_by = work.put_by.clone();
        let begun = aside(move || {
            let mut watch = Self::note(eyes, ground, repository, place, (node, has_view), (attempts, &put_by), now)?;
            watch.beside = Some(beside);
            watch.ignored_before =
                exposed.map(|shared| watch.ignored(shared)).transpose().map_err(|e| e.to_string())?.flatten();
            Ok(watch)
        })
        .await;
        begun.and_then(|begun| begun).map(Some).map_err(failed)
    }

    /// Had all earlier attempts at the same piece of work views of their own? `None`: there was none.
    pub(super) fn had_views(ground: &Ground, work: &Work) -> Option<bool> {
        let began = |path: &AttemptPath| ground.folder.join(path.folder()).join(FILE).exists();
        let paths = (work.first_attempt..work.attempt).filter_map(|n| AttemptPath::new(&work.node, n).ok());
        let had = paths.filter(began).map(|path| view::Own::of(ground, &path).exists());
        had.reduce(|all, had| all && had)
    }

    fn note(
        eyes: Arc<Eyes>,
        ground: Arc<Ground>,
        repository: Repository,
        place: Option<Place>,
        (node, has_view): (String, bool),
        ((first_attempt, attempt), put_by): ((u32, u32), &[u32]),
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
        let since = (first_attempt..attempt).filter_map(|n| Some((n, earlier(&ground, &node, n)?)));
        let (numbers, mut all): (Vec<u32>, Vec<Sight>) = since.chain([(attempt, now)]).unzip();
        between::leave_out(&repository, &ground.folder.join("git"), &mut all, |at| {
            put_by.contains(&numbers[at]).then(|| put_by::read(&ground, &node, numbers[at])).flatten()
        });
        let root = repository.root().to_owned();
        let tree = all.last().expect("there is one").own.stand.tree.clone();
        let view = has_view.then(|| Ok(view::Own::of(&ground, &AttemptPath::new(&node, attempt)?)));
        let view = view.transpose().map_err(|e: crate::runs::BadNode| e.to_string())?;
        if let Some(view) = &view {
            view.begin(&tree).map_err(|e| e.to_string())?;
        }
        // In a view of its own nobody else works.
        let here_alone = view.as_ref().map_or(root.as_path(), view::Own::aside);
        let stay = eyes.company.join(here_alone, &tree, &node, first_attempt == attempt);
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
            tree,
            written,
            node,
            attempts,
            worked_before,
            began,
            view,
            stay,
            beside: None,
            ignored_before,
        })
    }

    /// Looks again, and tells what is seen, or why nothing is. Every process of the attempt has ended.
    ///
    /// IMPORTANT: of those who work in the same tree, who tells last has looked last.
    pub(super) async fn end(mut self, tell: impl FnOnce(Result<Seen, String>, Option<Stand>)) {
        let mut beside = self.beside.take().unwrap_or_else(|| self.eyes.stashed.join());
        beside.end();
        let this = Arc::new(self);
        if let Some(view) = &this.view {
            let there = match this.eyes.bring(&this.ground, &this.repository, view).await {
                Ok(there) => there,
                Err(why) => return tell(Err(why), None),
            };
            let mut seen = there.seen.clone();
            while let Ok(now) = &seen
                && beside.has_gone(&this.repository, &now.common.refs).await
            {
                seen = this.eyes.look_again(&this.ground, &this.repository, now).await.map(Arc::new);
            }
            let now = match seen {
                Ok(now) => now,
                Err(why) => return tell(Err(why), None),
            };
            let seen = this.compared(&now).await;
            this.has_ended(&now);
            let stand = now.own.stand.clone();
            drop(there);
            return tell(seen, Some(stand));
        }
        loop {
            let (seen, now) = match this.eyes.look(&this.ground, &this.repository).await {
                Ok(now) if beside.has_gone(&this.repository, &now.common.refs).await => continue,
                Ok(now) => {
                    let now = Arc::new(now);
                    (this.compared(&now).await, Some(now))
                }
                Err(why) => (Err(why), None),
            };
            if let Some(_turn) = this.stay.turn(now.as_ref().map(|now| now.number)) {
                if let Some(now) = &now {
                    this.has_ended(now);
                }
                return tell(seen, now.map(|now| now.own.stand.clone()));
            }
        }
    }

    /// What is seen by comparing with `now`, on a thread that may wait.
    async fn compared(self: &Arc<Self>, now: &Arc<Sight>) -> Result<Seen, String> {
        let (watch, now) = (Arc::clone(self), Arc::clone(now));
        aside(move || watch.compare(&now).map_err(|e| e.to_string())).await.and_then(|seen| seen)
    }

    /// It has ended, and everything is as it is `now`.
    fn has_ended(&self, now: &Arc<Sight>) {
        self.left(&now.common.run);
        self.eyes.rests(&now.own);
        self.eyes.put_by.add((self.node.clone(), self.attempts.1), now);
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
        let brought = self.brought()?;
        let differences = match &brought {
            Some(brought) => brought.changed(&self.repository, &now.own.stand.tree)?,
            None => differences(&self.repository, &before.tree, &now.own.stand.tree)?,
        };
        let changed: Vec<Touched> = differences.iter().map(touched).collect();
        let is_mine = |path: &&String| brought.as_ref().is_none_or(|brought| brought.reaches(path));
        Ok(Seen {
            place: self.repository.root().display().to_string(),
            tree: now.own.stand.tree.clone(),
            linked: self.place.is_some(),
            view: brought.is_some(),
            both: brought.as_ref().map(view::Work::both).unwrap_or_default(),
            over: brought.as_ref().map(view::Work::over).unwrap_or_default(),
            as_others: brought.as_ref().map(view::Work::as_others).unwrap_or_default(),
            kept_out: brought.as_ref().map(view::Work::kept_out).unwrap_or_default(),
            worked_before: self.worked_before,
            again: self.again(now)?,
            together: self.together(&changed, now)?,
            links: self.repository.leading_out(&differences),
            contents: differences.into_iter().map(contents).collect(),
            nested: now.own.stand.nested.difference(&before.nested).filter(is_mine).cloned().collect(),
            passing: match &made[..] {
                // Without commits there is nothing to compare with everything.
                [] => Vec::new(),
                made => self.passing(made, &self.all_changed(brought.as_ref(), &changed, now)?)?,
            },
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

    /// What changed since this attempt began, if there were earlier ones of the same piece of work.
    fn again(&self, now: &Sight) -> Result<Option<BTreeMap<String, Contents>>, git::Error> {
        if self.attempts.0 == self.attempts.1 || self.view.is_some() {
            return Ok(None);
        }
        let differences = differences(&self.repository, &self.tree, &now.own.stand.tree)?;
        Ok(Some(differences.into_iter().map(contents).collect()))
    }

    /// What it brought out of views of its own; `None`: it had none.
    fn brought(&self) -> Result<Option<view::Work>, git::Error> {
        if self.view.is_none() {
            return Ok(None);
        }
        let paths = (self.attempts.0..=self.attempts.1).filter_map(|n| AttemptPath::new(&self.node, n).ok());
        let work = view::Work::read(paths.map(|path| view::Own::of(&self.ground, &path)));
        work.map(Some).map_err(|source| git::Error::Io { path: self.ground.folder.join("git"), source })
    }

    /// What changed in the tree meanwhile, whoever did it, where `changed` is what it did.
    fn all_changed(
        &self,
        brought: Option<&view::Work>,
        changed: &[Touched],
        now: &Sight,
    ) -> Result<Vec<Touched>, git::Error> {
        let since =
            brought.and_then(view::Work::base).map(|base| self::changed(&self.repository, base, &now.own.stand.tree));
        Ok(since.transpose()?.unwrap_or_default().into_iter().chain(changed.iter().cloned()).collect())
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

fn contents(difference: git::Difference) -> (String, Contents) {
    let git::Difference { change, before, after } = difference;
    (change.path.to_string(), Contents { before, after, ..Contents::default() })
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
