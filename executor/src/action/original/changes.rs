//! Which tests are not what they were, and the work with them as they were.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::guard::behind::Before;
use super::super::guard::placeholder::{self, Placeholder};
use super::super::guard::{allows, inside, is_for_tests, may_help, with_tests_of};
use super::super::shared;
use super::renamed::{Program, renamed};
use crate::decide::paths;
use crate::event::Failure;
use crate::git::{Difference, Entry, Oid, RepoPath, Repository};

/// Largest file that is looked into, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Largest file that is read to see who speaks of whom, and the most of all of them, in bytes.
pub(super) const SPEAKS: u64 = 256 * 1024;
const SPEAK: u64 = 64 * 1024 * 1024;

/// Content of a file as mode and object id; `None`: it is not there.
pub(super) type Content = Option<String>;

/// A file for tests that is new.
#[derive(Debug, Clone)]
pub(super) struct New {
    pub(super) path: RepoPath,
    mode: String,
    pub(super) text: String,
    placeholder: Placeholder,
}

/// What is compared, and how.
pub(super) struct Asked<'a> {
    /// The repository, with what was made by looking.
    pub(super) looking: &'a Repository,
    /// The same without: what is made here is there for all.
    pub(super) repo: &'a Repository,
    /// The beginning of the work, and now.
    pub(super) trees: [&'a Oid; 2],
    /// What is meant to change.
    pub(super) allowed: &'a [String],
    /// Files of which alone it is asked what they were; `None`: of all.
    pub(super) only: Option<&'a [paths::Name]>,
    pub(super) commands: &'a [String],
}

/// What differs of the tests.
#[derive(Debug, Default, Clone)]
pub(super) struct Changes {
    /// Files that are put back to what they were.
    pub(super) old: Vec<(RepoPath, Content)>,
    /// What these are now.
    pub(super) now: Vec<Content>,
    pub(super) new: Vec<New>,
    /// Files that tests may have for themselves, as they were.
    pub(super) behind: Vec<(RepoPath, Content)>,
    /// Something of before has changed, or something new may change what it does.
    counts: bool,
    /// Texts of the files that are no tests, and are new or changed.
    others: Vec<String>,
    /// Paths of the code for tests that was there.
    tests: Vec<String>,
    /// The project demands a coverage of its tests.
    covered: bool,
}

impl Asked<'_> {
    /// Is it asked what was at `path`?
    fn is_asked(&self, path: &str) -> bool {
        self.only.is_none_or(|only| only.iter().any(|name| name.covers(path)))
    }
}

impl Changes {
    /// Between the beginning of the work and now, but for what is meant to change.
    pub(super) fn between(asked: &Asked<'_>) -> Result<Self, Failure> {
        let Asked { looking: repo, trees: [base, now], .. } = *asked;
        let mut changes = Self::default();
        let (mut new, mut others, mut there) = (Vec::new(), Vec::new(), Vec::new());
        for difference in repo.differences(base, now)? {
            let path = difference.change.path.to_string();
            let is_left = difference.before.is_some() && !asked.is_asked(&path);
            if allows(asked.allowed, &path) {
                continue;
            }
            if is_for_tests(&path) {
                match difference.before {
                    None => new.push(difference),
                    Some(_) if is_left => {}
                    before => {
                        changes.old.push((difference.change.path, before));
                        changes.now.push(difference.after);
                    }
                }
            } else {
                let own = if is_left { None } else { beside(asked, &path, &difference)? };
                if own.is_some() {
                    changes.old.push((difference.change.path.clone(), own));
                    changes.now.push(difference.after);
                } else if difference.before.is_some() && !is_left {
                    there.push((difference.change.path.clone(), difference.before, difference.after));
                }
                others.push(difference.change.path);
            }
        }
        let is_changed = !changes.old.is_empty();
        if !new.is_empty() {
            changes.look(repo, [base, now], new, &others)?;
        }
        // Where it is asked of some files alone, it is not asked what came to them.
        changes.counts = is_changed || changes.counts && asked.only.is_none();
        if !there.is_empty() {
            changes.behind = behind(repo, base, there, asked.commands)?;
        }
        let contents = changes.old.iter().chain(&changes.behind).filter_map(|(_, content)| content.as_deref());
        shared::contents([asked.looking, asked.repo], contents)?;
        Ok(changes)
    }

    fn look(
        &mut self,
        repo: &Repository,
        [base, now]: [&Oid; 2],
        new: Vec<Difference>,
        others: &[RepoPath],
    ) -> Result<(), Failure> {
        let (was, is) = (repo.files(base)?, repo.files(now)?);
        let is: BTreeMap<&RepoPath, &Entry> = is.iter().map(|entry| (&entry.path, entry)).collect();
        let entries = |paths: &mut dyn Iterator<Item = &RepoPath>| -> Vec<Option<&Entry>> {
            paths.map(|path| is.get(path).copied()).collect()
        };
        let written = texts(repo, &entries(&mut new.iter().map(|difference| &difference.change.path)))?;
        self.others = texts(repo, &entries(&mut others.iter()))?;
        self.tests =
            was.iter().map(|entry| entry.path.to_string()).filter(|path| placeholder::is_tests(path)).collect();
        let settings: Vec<Option<&Entry>> =
            was.iter().filter(|entry| placeholder::may_demand_coverage(&entry.path.to_string())).map(Some).collect();
        self.covered = texts(repo, &settings)?.iter().any(|text| placeholder::demands_coverage(text));
        for (difference, text) in new.into_iter().zip(written) {
            let path = difference.change.path.to_string();
            let mode = difference.after.as_deref().and_then(|content| content.split(' ').next()).unwrap_or_default();
            let placeholder =
                if mode.starts_with("100") { placeholder::of(&path, &text) } else { Placeholder::Nothing };
            self.counts |= may_help(&path) || !self.tests.is_empty() && placeholder::runs_with_others(&path);
            self.new.push(New { mode: mode.to_owned(), path: difference.change.path, text, placeholder });
        }
        Ok(())
    }

    /// Has anything changed that could matter?
    pub(super) fn count(&self) -> bool {
        self.counts || !self.behind.is_empty()
    }
    /// Files that tests may have for themselves, and that are not what they were.
    pub(super) fn behind(&self) -> Vec<String> {
        self.behind.iter().map(|(path, _)| path.to_string()).collect()
    }
    /// Files that are as before again.
    pub(super) fn restored(&self) -> Vec<String> {
        self.old.iter().map(|(path, _)| path.to_string()).collect()
    }
    /// Files that are new.
    pub(super) fn added(&self) -> Vec<String> {
        self.new.iter().map(|new| new.path.to_string()).collect()
    }
    /// The new file that `command` may need by its name: it, or something that has changed and is no test, speaks of it.
    pub(super) fn named(&self, command: &str) -> Option<String> {
        let speaks = |path: &String| {
            [command]
                .into_iter()
                .chain(self.others.iter().map(String::as_str))
                .any(|text| placeholder::speaks_of(text, path))
        };
        self.added().into_iter().find(speaks)
    }
    /// Does the project demand a coverage that new tests are there for?
    pub(super) fn demands_coverage(&self, command: &str) -> bool {
        self.covered || placeholder::demands_coverage(command)
    }
    /// The new file that, as it reads, may reach into another.
    pub(super) fn reaching(&self) -> Option<String> {
        let speaks = |text: &str| self.tests.iter().any(|other| placeholder::speaks_of(text, other));
        let reaches = |new: &&New| placeholder::reaches(&new.text) || speaks(&new.text);
        self.new.iter().find(reaches).map(|new| new.path.to_string())
    }

    /// The work with the tests of before, and something that passes in place of those that are new.
    pub(super) fn replaced(&self, repo: &Repository, now: &Oid, scratch: &Path) -> Result<Oid, Failure> {
        let mut contents = self.put_back();
        for New { path, mode, placeholder, .. } in &self.new {
            match placeholder {
                Placeholder::Itself => {}
                Placeholder::Nothing => contents.push((path, None)),
                Placeholder::Text(text) => {
                    let oid = repo.keep_content(text.as_bytes().to_vec())?;
                    contents.push((path, Some(format!("{mode} {oid}"))));
                }
            }
        }
        Ok(repo.composed(now, &contents, scratch)?)
    }
    /// The work with the tests of before, and none that is new.
    pub(super) fn bare(&self, repo: &Repository, now: &Oid, scratch: &Path) -> Result<Oid, Failure> {
        let mut contents = self.put_back();
        contents.extend(self.new.iter().map(|new| (&new.path, None)));
        Ok(repo.composed(now, &contents, scratch)?)
    }
    /// The work with the tests of before, and the new ones as they are.
    pub(super) fn with_new(&self, repo: &Repository, now: &Oid, scratch: &Path) -> Result<Oid, Failure> {
        Ok(repo.composed(now, &self.put_back(), scratch)?)
    }
    /// The work with the tests of before, and all that they may have for themselves.
    pub(super) fn with_behind(&self, repo: &Repository, now: &Oid, scratch: &Path) -> Result<Oid, Failure> {
        let mut contents = self.put_back();
        contents.extend(self.behind.iter().map(|(path, content)| (path, content.clone())));
        Ok(repo.composed(now, &contents, scratch)?)
    }
    /// The work with the tests of before by the names that things have now, and what is new; `None`: they speak of what is there.
    pub(super) fn with_names(
        &self,
        [looking, repo]: [&Repository; 2],
        now: &Oid,
        scratch: &Path,
    ) -> Result<Option<Oid>, Failure> {
        let files = looking.files(now)?;
        let is_program = |entry: &&Entry| (1..=SPEAKS).contains(&entry.bytes) && !is_for_tests(&entry.path.to_string());
        let program: Vec<&Entry> = files.iter().filter(is_program).collect();
        if program.iter().map(|entry| entry.bytes).sum::<u64>() > SPEAK {
            return Ok(None);
        }
        let paths: Vec<String> = program.iter().map(|entry| entry.path.to_string()).collect();
        let entries: Vec<Option<&Entry>> = program.into_iter().map(Some).collect();
        let program = texts(looking, &entries)?;
        let program = Program::of(paths.iter().map(String::as_str).zip(program.iter().map(String::as_str)));
        let mut contents = Vec::new();
        for ((path, before), is) in self.old.iter().zip(&self.now) {
            let [Some(was), Some(is)] = [text_of(repo, before)?, text_of(looking, is)?] else { continue };
            let mode = before.as_deref().and_then(|content| content.split(' ').next()).unwrap_or_default();
            if let Some(text) = renamed(&was, &is, &program) {
                contents.push((path, Some(format!("{mode} {}", repo.keep_content(text.into_bytes())?))));
            }
        }
        if contents.is_empty() {
            return Ok(None);
        }
        let all = self.put_back().into_iter().chain(contents).collect::<Vec<_>>();
        Ok(Some(repo.composed(now, &all, scratch)?))
    }
    fn put_back(&self) -> Vec<(&RepoPath, Content)> {
        self.old.iter().map(|(path, content)| (path, content.clone())).collect()
    }
}

/// A file in which tests and the program are together: the program of now with the tests of before.
fn beside(asked: &Asked<'_>, path: &str, difference: &Difference) -> Result<Content, Failure> {
    let (Some(before), Some(now), true) = (&difference.before, &difference.after, path.ends_with(".rs")) else {
        return Ok(None);
    };
    let Some([old, new]) = both(asked.looking, before, now)? else { return Ok(None) };
    with_tests_of(&old, &new).map(|text| kept(asked.repo, now, text)).transpose()
}

/// What two contents say.
fn both(repo: &Repository, before: &str, now: &str) -> Result<Option<[String; 2]>, Failure> {
    let oid = |content: &str| Oid::parse(content.split_once(' ').map_or("", |(_, oid)| oid));
    let (old, new) = (oid(before)?, oid(now)?);
    let texts = repo.contents(&[(&old, LARGEST), (&new, LARGEST)])?;
    let texts: Vec<String> = texts.into_iter().flatten().filter_map(|bytes| String::from_utf8(bytes).ok()).collect();
    Ok(texts.try_into().ok())
}

/// `text` as a content like `now`.
fn kept(repo: &Repository, now: &str, text: String) -> Result<String, Failure> {
    let mode = now.split_once(' ').map_or("100644", |(mode, _)| mode);
    Ok(format!("{mode} {}", repo.keep_content(text.into_bytes())?))
}

/// Those of `changed` that tests may have for themselves. Where there is too much to read, none.
fn behind(
    repo: &Repository,
    base: &Oid,
    changed: Vec<(RepoPath, Content, Content)>,
    commands: &[String],
) -> Result<Vec<(RepoPath, Content)>, Failure> {
    let files = repo.files(base)?;
    let files: Vec<&Entry> = files.iter().filter(|entry| (1..=SPEAKS).contains(&entry.bytes)).collect();
    if files.iter().map(|entry| entry.bytes).sum::<u64>() > SPEAK {
        return Ok(Vec::new());
    }
    let entries: Vec<Option<&Entry>> = files.iter().copied().map(Some).collect();
    let paths = files.iter().map(|entry| entry.path.to_string());
    let files: Vec<(String, String)> = paths.zip(texts(repo, &entries)?).collect();
    let before = Before { files: &files, commands };
    let run = inside::run_by(&files, commands);
    let mut behind = Vec::new();
    for (path, was, is) in changed {
        let name = path.to_string();
        let sides = was.as_deref().zip(is.as_deref()).filter(|_| run.contains(&name));
        let texts = sides.map(|(was, is)| both(repo, was, is)).transpose()?.flatten();
        // Where a command runs a program with tests in it, the program is as it is.
        match texts.and_then(|[was, is]| Some((inside::with_tests_of(&name, &was, &is)?, is))) {
            Some((text, now)) if text == now => {}
            Some((text, _)) => {
                let content = kept(repo, is.as_deref().unwrap_or_default(), text)?;
                behind.push((path, Some(content)));
            }
            None if before.is_behind_tests(&name) => behind.push((path, was)),
            None => {}
        }
    }
    Ok(behind)
}

/// The text that is stored so, if it is one.
fn text_of(repo: &Repository, content: &Content) -> Result<Option<String>, Failure> {
    let Some((mode, oid)) = content.as_deref().and_then(|content| content.split_once(' ')) else { return Ok(None) };
    if !mode.starts_with("100") {
        return Ok(None);
    }
    let bytes = repo.contents(&[(&Oid::parse(oid)?, LARGEST)])?.pop().flatten();
    Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
}

/// The text of each; nothing, where it is none, is too large or is not there.
pub(super) fn texts(repo: &Repository, entries: &[Option<&Entry>]) -> Result<Vec<String>, Failure> {
    let fits = |entry: &&Entry| (1..=LARGEST).contains(&entry.bytes);
    let asked: Vec<(&Oid, u64)> =
        entries.iter().flatten().filter(|entry| fits(entry)).map(|entry| (&entry.blob, entry.bytes)).collect();
    let mut found = repo.contents(&asked)?.into_iter();
    let mut text = |entry: &Option<&Entry>| {
        let bytes = entry.filter(fits).and_then(|_| found.next().flatten()).unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    };
    Ok(entries.iter().map(&mut text).collect())
}
