//! The tests as they were, where what they bring in or read lies elsewhere now. What has moved is told by its content; what a test asks and
//! expects stays what it was.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::super::guard::behind::is_code;
use super::super::guard::{is_for_tests, placeholder};
use super::changes::{Changes, Content, SPEAKS, texts};
use super::moved::{File, Known, Move, Place, moves, written};
use crate::event::Failure;
use crate::git::{Difference, Entry, Oid, RepoPath, Repository};

/// What lies elsewhere, and how tests take it.
#[derive(Default)]
struct Found {
    /// Of the program: tests bring it in as it is now.
    program: Vec<Move>,
    /// Scripts with tests in, that have another ending.
    scripts: Vec<Move>,
    /// What only tests use, and lies elsewhere to the letter, or is data: it is where it was, as it was.
    theirs: Vec<Move>,
}

/// The tests as they were, for what lies elsewhere now.
pub(super) struct Elsewhere {
    pub(super) changes: Changes,
    /// What has moved, in words.
    pub(super) told: Vec<String>,
    /// Files that old tests are in now, with a text that fails wherever it is run.
    canaries: Vec<(RepoPath, &'static str)>,
}

impl Elsewhere {
    /// The work with something that fails in place of each test that is put elsewhere, one at a time: where nothing fails, nobody runs it.
    pub(super) fn canaries(&self, repo: &Repository, now: &Oid, scratch: &Path) -> Result<Vec<Oid>, Failure> {
        let one = |(path, text): &(RepoPath, &'static str)| {
            let content = format!("100644 {}", repo.keep_content(text.as_bytes().to_vec())?);
            Ok(repo.composed(now, &[(path, Some(content))], scratch)?)
        };
        self.canaries.iter().map(one).collect()
    }
}

impl Changes {
    /// The same, for tests that find what has moved; `None`: nothing has, and no test would be written otherwise.
    /// The trees are those that `looking` knows; what is written is there for all.
    pub(super) fn elsewhere(
        &self,
        [looking, repo]: [&Repository; 2],
        [base, now]: [&Oid; 2],
    ) -> Result<Option<Elsewhere>, Failure> {
        if self.old.is_empty() {
            return Ok(None);
        }
        let found = self.found(looking, [base, now])?;
        let texts = self.texts(looking, now)?;
        let files: Vec<String> = looking.files(now)?.iter().map(|file| file.path.to_string()).collect();
        let tests: Vec<&str> = texts.values().map(String::as_str).collect();
        let known = Known { moves: &found.program, tests: &tests, files: &files };
        let (mut changes, mut canaries) = (self.clone(), Vec::new());
        changes.old.clear();
        changes.now.clear();
        for (path, content) in &self.old {
            let from = path.to_string();
            let to = found.scripts.iter().find(|one| one.from == from).map_or(&from, |one| &one.to);
            let place = Place { from: &from, to, now: texts.get(to).map(String::as_str) };
            let content = rewritten(repo, content, place, known)?;
            if *to == from {
                changes.old.push((path.clone(), content));
                continue;
            }
            let place = RepoPath::parse(to.as_bytes())?;
            changes.new.retain(|new| new.path != place);
            canaries.push((place.clone(), "throw new Error('nothing was heard of it');\n"));
            changes.old.extend([(path.clone(), None), (place, content)]);
        }
        for (path, content) in &self.behind {
            let is_it = |one: &&Move| one.from == path.to_string();
            if found.theirs.iter().any(|one| is_it(&one)) {
                changes.old.push((path.clone(), content.clone()));
            } else if let Some(one) = found.program.iter().find(is_it) {
                changes.behind.push((RepoPath::parse(one.to.as_bytes())?, content.clone()));
            }
        }
        let told = found.told();
        Ok((changes.old != self.old).then_some(Elsewhere { changes, told, canaries }))
    }

    fn found(&self, repo: &Repository, [base, now]: [&Oid; 2]) -> Result<Found, Failure> {
        let differences = repo.differences(base, now)?;
        let (gone, new): (Vec<_>, Vec<_>) = differences
            .iter()
            .filter(|one| one.before.is_none() != one.after.is_none())
            .partition(|one| one.after.is_none());
        let mut found = Found::default();
        if gone.is_empty() || new.is_empty() {
            return Ok(found);
        }
        let (gone, new) = (read(repo, base, &gone)?, read(repo, now, &new)?);
        for one in moves(&borrowed(&gone), &borrowed(&new)) {
            let behind = self.behind.iter().any(|(path, _)| path.to_string() == one.from);
            match (is_for_tests(&one.from), is_for_tests(&one.to)) {
                (true, true) if placeholder::is_tests(&one.from) && one.is_other_script() => found.scripts.push(one),
                (false, _) if behind && !is_code(&one.from) => found.theirs.push(one),
                (false, true) if behind && one.same => found.theirs.push(one),
                (false, false) if !one.decides => found.program.push(one),
                (true, _) | (false, _) => {}
            }
        }
        Ok(found)
    }

    /// The tests of now that are new or not what they were, by their paths.
    fn texts(&self, repo: &Repository, now: &Oid) -> Result<BTreeMap<String, String>, Failure> {
        let files = repo.files(now)?;
        let changed = |entry: &&Entry| self.old.iter().any(|(path, _)| *path == entry.path) && entry.bytes <= SPEAKS;
        let files: Vec<&Entry> = files.iter().filter(changed).collect();
        let read = texts(repo, &files.iter().copied().map(Some).collect::<Vec<_>>())?;
        let mut all: BTreeMap<String, String> = files.iter().map(|file| file.path.to_string()).zip(read).collect();
        all.extend(self.new.iter().map(|new| (new.path.to_string(), new.text.clone())));
        Ok(all)
    }
}

impl Found {
    fn told(&self) -> Vec<String> {
        let all = self.program.iter().chain(&self.scripts).chain(&self.theirs);
        all.map(|one| format!("{} → {}", one.from, one.to)).collect()
    }
}

/// Path and text of the files of `tree` that differ, but for those that are large or have names that nobody can write.
fn read(repo: &Repository, tree: &Oid, differing: &[&Difference]) -> Result<Vec<(String, String)>, Failure> {
    let paths: BTreeSet<&RepoPath> = differing.iter().map(|difference| &difference.change.path).collect();
    let files = repo.files(tree)?;
    let fits = |file: &&Entry| {
        (1..=SPEAKS).contains(&file.bytes)
            && paths.contains(&file.path)
            && file.path.to_string().as_bytes() == file.path.as_bytes()
    };
    let files: Vec<Option<&Entry>> = files.iter().filter(fits).map(Some).collect();
    let read = texts(repo, &files)?;
    Ok(files.into_iter().flatten().map(|file| file.path.to_string()).zip(read).collect())
}

fn borrowed(files: &[(String, String)]) -> Vec<File<'_>> {
    files.iter().map(|(path, text)| File { path, text }).collect()
}

/// The content of an old test, that brings in what has moved from where it lies now.
fn rewritten(repo: &Repository, content: &Content, place: Place<'_>, known: Known<'_>) -> Result<Content, Failure> {
    let Some((mode, oid)) = content.as_deref().and_then(|content| content.split_once(' ')) else { return Ok(None) };
    let shell = [".sh", ".bash", ".bats"].iter().any(|ending| place.from.ends_with(ending));
    if !mode.starts_with("100") || !is_for_tests(place.from) || !is_code(place.from) && !shell {
        return Ok(content.clone());
    }
    let bytes = repo.contents(&[(&Oid::parse(oid)?, SPEAKS)])?.pop().flatten();
    let Some(text) = bytes.and_then(|bytes| String::from_utf8(bytes).ok()) else { return Ok(content.clone()) };
    let now = written(&text, place, known);
    if now == text { Ok(content.clone()) } else { Ok(Some(format!("{mode} {}", repo.keep_content(now.into_bytes())?))) }
}
