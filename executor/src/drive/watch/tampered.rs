//! What nobody may change, in any case, and did.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::sight::Sight;
use super::{FILE, Watch, files, view};
use crate::event::{Finding, FindingKind, Weight};
use crate::git::{self, LeftOut, visible};
use crate::process::apart::{nobodys_traces, places, traces};
use crate::runs::{AttemptPath, Runs};

impl Watch {
    /// Everything of it that is seen `now`. `made`: the commits that were made.
    pub(super) fn tampered(&self, now: &Sight, made: &[git::Made]) -> Result<Vec<Finding>, git::Error> {
        let mut tampered = Vec::new();
        self.switched(now, &mut tampered);
        self.touched_guarded(now, &mut tampered)?;
        self.left_behind(now, &mut tampered)?;
        self.went_astray(&mut tampered)?;
        let mut left_out = self.left_out(now);
        self.overwrote_ignored(&mut tampered, &mut left_out)?;
        self.steered(&mut tampered);
        forged(made, &mut tampered);
        not_whole(left_out, &mut tampered);
        Ok(tampered)
    }

    /// What was left out before, or is now.
    fn left_out(&self, now: &Sight) -> LeftOut {
        let sights = [&self.first, now];
        let all = sights.into_iter().flat_map(|sight| sight.common.left_out.iter().chain(&sight.own.left_out));
        all.chain(&self.own.left_out).cloned().collect()
    }

    fn switched(&self, now: &Sight, tampered: &mut Vec<Finding>) {
        let (before, now) = (&self.own.stand, &now.own.stand);
        if before.branch != now.branch {
            let name = |branch: &Option<String>| branch.clone().unwrap_or_else(|| "no branch".to_owned());
            let say = "another branch is checked out";
            let evidence = vec![format!("{} instead of {}", name(&now.branch), name(&before.branch))];
            tampered.push(Finding::new(FindingKind::HeadSwitched, Weight::Tampering, say, evidence));
        }
        let hidden: Vec<String> = now.hidden.difference(&before.hidden).cloned().collect();
        if !hidden.is_empty() {
            let say = "files were marked so that git does not see their changes";
            tampered.push(Finding::new(FindingKind::HiddenFile, Weight::Tampering, say, hidden));
        }
    }

    fn touched_guarded(&self, now: &Sight, tampered: &mut Vec<Finding>) -> Result<(), git::Error> {
        let mut git = self.not_made(files::changed(&self.first.common.git, &now.common.git))?;
        git.extend(git::restaged(&self.first.common.theirs, &now.common.theirs));
        // A worktree that was made anew cannot be compared with another.
        if self.first.own.stand.root == now.own.stand.root {
            git.extend(files::changed(&self.first.own.git, &now.own.git));
        }
        if !git.is_empty() {
            let say = "files changed that say how git works here";
            tampered.push(Finding::new(FindingKind::GitChanged, Weight::Tampering, say, git));
        }
        let mut engine = files::changed(&self.first.common.engine, &now.common.engine);
        engine.extend(self.first.common.idle.changed(&now.common.idle, &self.ground.root));
        if self.first.own.stand.root == now.own.stand.root {
            engine.extend(files::changed(&self.first.own.engine, &now.own.engine));
        }
        if sum_of(&self.written.0).ok() != Some(self.written.1) {
            engine.push(format!("M {FILE} of its own attempt"));
        }
        if !engine.is_empty() {
            let say = "files of the engine changed";
            tampered.push(Finding::new(FindingKind::EngineChanged, Weight::Tampering, say, engine));
        }
        Ok(())
    }

    /// `changed` without what engines themselves make and remove: worktrees, and git's records of them.
    fn not_made(&self, mut changed: Vec<String>) -> Result<Vec<String>, git::Error> {
        let Some(worktrees) = &self.ground.worktrees else { return Ok(changed) };
        changed.retain(|line| !is_removed_worktree(line));
        let there: Vec<&str> = changed.iter().filter_map(|line| of_worktrees(line)).collect();
        let runs = Runs::of(&self.ground.root);
        let alive = |run: &str| runs.find(run).and_then(|run| run.is_alive()).unwrap_or(false);
        let strange: BTreeSet<String> = worktrees.strange(&there, alive)?.into_iter().map(str::to_owned).collect();
        changed.retain(|line| of_worktrees(line).is_none_or(|name| strange.contains(name)));
        Ok(changed)
    }

    /// What git keeps for everybody: locks that were left behind, and what it no longer remembers.
    fn left_behind(&self, now: &Sight, tampered: &mut Vec<Finding>) -> Result<(), git::Error> {
        let mut locks = self.repository.left_locked(&self.first.common.locks, &now.common.locks);
        // Nobody has anything to do any more in a worktree that the last one leaves.
        if self.stay.group().is_last() {
            locks.extend(self.repository.left_locked(&self.own.locks, &now.own.locks));
        }
        let (before, now) = (&self.first.common, &now.common);
        let objects = self.repository.lost(&before.loose, &now.loose)?;
        let mut falsified = self.repository.falsified(&before.loose)?;
        falsified.extend(self.repository.repacked(&before.packs));
        for (say, evidence) in [
            ("locks of git were left behind", locks),
            ("git no longer remembers where refs were", before.logs.lost(&now.logs, &self.repository)),
            ("objects of git are gone that refs or their logs lead to", objects),
            ("objects of git are no longer what their names say", falsified),
        ] {
            if !evidence.is_empty() {
                tampered.push(Finding::new(FindingKind::GitChanged, Weight::Tampering, say, evidence));
            }
        }
        Ok(())
    }

    /// What it asked of the run that it works for.
    fn steered(&self, tampered: &mut Vec<Finding>) {
        let paths = (self.attempts.0..=self.attempts.1).filter_map(|n| AttemptPath::new(&self.node, n).ok());
        let files = paths.filter_map(|path| fs::read(self.ground.folder.join(path.steered())).ok());
        let asked: BTreeSet<String> =
            files.flat_map(|text| String::from_utf8_lossy(&text).lines().map(visible).collect::<Vec<_>>()).collect();
        if !asked.is_empty() {
            let say = "it tried to steer the run that it works for, and was refused";
            tampered.push(Finding::new(FindingKind::Steered, Weight::Tampering, say, asked.into_iter().collect()));
        }
    }

    /// What it wrote to what belongs to others, as it thought.
    fn went_astray(&self, tampered: &mut Vec<Finding>) -> Result<(), git::Error> {
        let (root, run) = (&self.ground.root, &self.ground.folder);
        let (places, whole) = (places(root, run), std::slice::from_ref(root));
        let mut all = BTreeSet::new();
        for attempt in self.attempts.0..=self.attempts.1 {
            let Ok(path) = AttemptPath::new(&self.node, attempt) else { continue };
            let aside = run.join(path.aside());
            let found = traces(&aside, &places, root).and_then(|mut found| {
                // In a view of its own it may write what it likes, but for what is nobody's work.
                let has_view = self.view.is_some() && view::Own::of(&self.ground, &path).read()?.is_some();
                let of_tree = if has_view { nobodys_traces(&aside, root) } else { traces(&aside, whole, root) };
                found.extend(of_tree?);
                Ok(found)
            });
            let found = found.map_err(|source| git::Error::Io { path: aside, source })?;
            all.extend(found.into_iter().filter(|line| !self.is_shared(line)));
        }
        if !all.is_empty() {
            let say = "it wrote to what belongs to others; kept apart, so that nothing of it got there";
            let evidence = all.into_iter().collect();
            tampered.push(Finding::new(FindingKind::Astray, Weight::Tampering, say, evidence));
        }
        Ok(())
    }

    /// Does a line tell of what the set-up of its worktree links to?
    fn is_shared(&self, line: &str) -> bool {
        let shared = self.place.iter().flat_map(|place| &place.shared);
        let path = line.split_once(' ').map(|(_, path)| self.ground.root.join(path));
        path.is_some_and(|path| shared.into_iter().any(|shared| path.starts_with(shared)))
    }
}

/// The name of something in `.worktrees/` or `.git/worktrees/` that appeared or changed.
fn of_worktrees(line: &str) -> Option<&str> {
    let (how, name) = line.split_once(' ')?;
    let is_one = name.starts_with(".git/worktrees/") || name.starts_with(".worktrees/");
    (how == "A" && is_one).then_some(name)
}

/// A worktree that an engine made is gone: whoever removed one that was still needed is told of where it was needed.
fn is_removed_worktree(line: &str) -> bool {
    let Some(name) = line.strip_prefix("D ") else { return false };
    name.strip_prefix(".git/worktrees/").is_some_and(|rest| !rest.contains('/'))
        || name.strip_prefix(".worktrees/").is_some_and(|rest| rest != ".gitignore")
}

/// What was not looked at is said: nobody knows whether it changed.
fn not_whole(left_out: LeftOut, tampered: &mut Vec<Finding>) {
    if !left_out.is_empty() {
        let say = "there is too much to look at all of it; what changed in the rest was not seen";
        let evidence = left_out.into_iter().collect();
        tampered.push(Finding::new(FindingKind::Unobservable, Weight::Unproven, say, evidence));
    }
}

fn forged(made: &[git::Made], tampered: &mut Vec<Finding>) {
    let lines = made.iter().flat_map(|m| m.forged.iter().map(|line| format!("{} in {}", line, &m.oid[..10])));
    let lines: Vec<String> = lines.collect();
    if !lines.is_empty() {
        let say = "commits carry what only the engine writes";
        tampered.push(Finding::new(FindingKind::ForgedTrailer, Weight::Tampering, say, lines));
    }
}

/// Digest of a file.
fn sum_of(path: &Path) -> io::Result<[u8; 32]> {
    let mut sum = Sha256::new();
    io::copy(&mut File::open(path)?, &mut sum)?;
    Ok(sum.finalize().into())
}
