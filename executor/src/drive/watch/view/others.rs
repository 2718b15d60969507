//! What others did to a file since a view began, and how that and what was written in the view are put together. Judges nothing.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::differences;
use super::super::onward::{self, Version};
use super::super::share::{self, Past};
use super::{Note, Own, covers, name};
use crate::git::{self, Both, Difference, Oid, Repository};
use crate::process::apart::{Act, Brought, View};

/// Largest file that is looked into for what was moved there, in bytes.
const LARGEST: u64 = 1 << 20;

impl Own {
    /// What became of `path` in the tree since the view of `mine` began, as far as the views tell it; `others` is what differs by now.
    pub(super) fn past(
        &self,
        repository: &Repository,
        mine: &Note,
        others: &[Difference],
        path: &Path,
    ) -> Result<Past, git::Error> {
        let is_it = |d: &&Difference| d.change.path.as_path() == path;
        let mut past = Past::default();
        let Some(difference) = others.iter().find(is_it) else { return Ok(past) };
        past.base.clone_from(&difference.before);
        past.later.extend(difference.after.clone());
        for (at, then) in self.brought_since(mine, path)? {
            past.since = Some(past.since.map_or(at, |since| since.min(at)));
            let then = differences(repository, &mine.base, &then)?;
            past.later.extend(then.iter().find(is_it).and_then(|d| d.after.clone()));
        }
        Ok(past)
    }

    /// When views of others brought `path` since that of `mine` began, and what the tree was just before, one after the other.
    fn brought_since(&self, mine: &Note, path: &Path) -> Result<Vec<(Duration, String)>, git::Error> {
        let others = self.others().map_err(|source| git::Error::Io { path: self.note.clone(), source })?;
        let brought = others.into_iter().filter(|note| covers(&note.paths, &name(path)));
        let mut all: Vec<(Duration, String)> = brought.filter_map(|note| note.at.zip(note.before)).collect();
        all.retain(|(at, _)| mine.began.is_none_or(|began| began <= *at));
        all.sort();
        Ok(all)
    }

    /// What `path` was in the tree since the view of `mine` began, as far as the views tell it, the latest first; `last` is what it is now.
    fn versions(
        &self,
        repository: &Repository,
        mine: &Note,
        (path, last): (&Path, Option<&str>),
    ) -> Result<Vec<Version>, git::Error> {
        let mut next = last.map(str::to_owned);
        let mut versions = Vec::new();
        for (at, before) in self.brought_since(mine, path)?.into_iter().rev() {
            versions.extend(next.take().map(|content| Version { content, at }));
            let then = differences(repository, &mine.base, &before)?;
            next = then.into_iter().find(|d| d.change.path.as_path() == path).and_then(|d| d.after);
        }
        Ok(versions)
    }

    /// What it deleted though others had changed it meanwhile, and lies elsewhere with what they did: it had seen that.
    pub(super) fn moved(
        &self,
        repository: &Repository,
        view: &View<'_>,
        (note, others): (&Note, &[Difference]),
        plan: &[Brought],
    ) -> Result<BTreeSet<PathBuf>, git::Error> {
        let deleted = |step: &&Brought| step.act == Act::Leave && !view.holds(&step.path);
        let mut moved = BTreeSet::new();
        for step in plan.iter().filter(deleted) {
            let Some(of) = others.iter().find(|d| d.change.path.as_path() == step.path) else { continue };
            let versions = self.versions(repository, note, (&step.path, of.after.as_deref()))?;
            for new in plan.iter().filter(|new| matches!(new.act, Act::Move | Act::Merge)) {
                let path = view.at(&new.path);
                let is_text = |about: &Metadata| about.is_file() && about.len() <= LARGEST;
                let Some(about) = fs::symlink_metadata(&path).ok().filter(is_text) else { continue };
                let mine = fs::read(path).map_err(|source| self.failed(source))?;
                let Some(last) = last_seen(repository, &versions, of.before.as_deref(), (&mine, &about))? else {
                    continue;
                };
                // A line of theirs may stand anywhere: it is that file only if most of it is there.
                if versions.first() == Some(last) && onward::holds(&text_of(repository, &last.content)?, &mine) {
                    moved.insert(step.path.clone());
                }
            }
        }
        Ok(moved)
    }

    /// Puts together what it wrote to `path` and what others left there, `of` the file as `others` tell it; and what of their lines
    /// stands no longer.
    pub(super) fn together(
        &self,
        repository: &Repository,
        view: &View<'_>,
        (note, of): (&Note, &Difference),
    ) -> Result<(Both, Option<String>), git::Error> {
        let path = of.change.path.as_path();
        let read = |path: PathBuf| match fs::symlink_metadata(&path) {
            Ok(about) if about.is_file() => fs::read(&path).map(Some),
            Ok(_) => Ok(None),
            // The others deleted it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        let io = |source| self.failed(source);
        let (mine, theirs) = (read(view.at(path)).map_err(io)?, read(repository.root().join(path)).map_err(io)?);
        let (Some(mine), Some(theirs)) = (mine, theirs) else { return Ok((Both::Neither, None)) };
        let (scratch, base) = (self.aside.join("both"), of.before.as_deref());
        let both = repository.both(&scratch, base, &mine, &theirs)?;
        if !matches!(both, Both::Union(_)) {
            return Ok((both, None));
        }
        // Of those whose lines meet it may have seen what the others had left, and gone on from there.
        let written = fs::symlink_metadata(view.at(path)).map_err(io)?;
        let versions = self.versions(repository, note, (path, of.after.as_deref()))?;
        let Some(version) = last_seen(repository, &versions, base, (&mine, &written))? else {
            return Ok((both, None));
        };
        let both = repository.both(&scratch, Some(&version.content), &mine, &theirs)?;
        let begun = base.map(|content| text_of(repository, content)).transpose()?.unwrap_or_default();
        let lost = if let Both::Clean(now) = &both { onward::lost(&begun, &theirs, now) } else { None };
        Ok((both, lost))
    }
}

/// The latest of `versions`, which were made of the content `base`, that who wrote `mine` went on from. It has at least half of what each
/// of the others did to it, and not only of what was done before.
fn last_seen<'v>(
    repository: &Repository,
    versions: &'v [Version],
    base: Option<&str>,
    (mine, written): (&[u8], &Metadata),
) -> Result<Option<&'v Version>, git::Error> {
    for (at, version) in versions.iter().enumerate() {
        let before = versions.get(at + 1).map(|version| version.content.as_str()).or(base);
        let before = before.map(|content| text_of(repository, content)).transpose()?.unwrap_or_default();
        let left = text_of(repository, &version.content)?;
        if !share::is_before(version.at, written) && onward::goes_on(&before, &left, mine) {
            return Ok(Some(version));
        }
    }
    Ok(None)
}

/// What is stored as `MODE OID`; nothing, where it is missing.
fn text_of(repository: &Repository, content: &str) -> Result<Vec<u8>, git::Error> {
    let oid = Oid::parse(content.split_once(' ').map_or(content, |(_, oid)| oid))?;
    Ok(repository.contents(&[(&oid, 0)])?.pop().flatten().unwrap_or_default())
}
