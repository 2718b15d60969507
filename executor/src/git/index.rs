//! What is in an index, and one of our own with the same entries. Only looks: the index that is there stays as it is.
//!
//! Git keeps in an index how each file was when it was stored, and does not read a file again that still is as it says. Whoever works in
//! a working tree can write there. So nothing of that is believed: the index of our own has the entries of the other and what git itself
//! saw of the files, from one look to the next, and of files that were so new then that their time would not tell of another change,
//! nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

use super::Repository;
use super::call::{Answer, Call};
use super::entries;
use super::error::Error;
use super::name::{RepoPath, visible};
use super::shield::Drivers;
use super::status::nul_list;

/// Seconds for which the time of a file may not tell that it changed again: no file system counts in larger steps.
const STEP: i64 = 3;

/// SHA-256.
pub(super) type Sum = [u8; 32];

/// What is in an index.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    /// Of its entries, without times and marks.
    pub(super) sum: Sum,
    /// Its entries as `git ls-files --stage -z` lists them.
    rows: Arc<[u8]>,
    /// Files that are marked as unchanged.
    overlooked: Vec<RepoPath>,
    /// Files that are marked as not checked out.
    skipped: Vec<RepoPath>,
    /// Files with several sides.
    conflicted: Vec<RepoPath>,
}

/// What becomes of the marks that keep changes from being seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marks {
    /// They hold: somebody wants it so.
    Hold,
    /// They do not hold, but for files that are not there: those may be left out on purpose.
    Fall,
}

impl Index {
    /// From `git ls-files -v --stage -z`.
    fn read(answer: &Answer) -> Result<Self, Error> {
        let (mut sum, mut rows, mut index) = (Sha256::new(), Vec::new(), Self::default());
        for entry in answer.parts() {
            let [tag, b' ', row @ ..] = entry else { return Err(answer.unexpected("an unknown entry")) };
            sum.update(row);
            sum.update([0]);
            rows.extend(row);
            rows.push(0);
            let list = match tag {
                b'S' => &mut index.skipped,
                b'M' => &mut index.conflicted,
                tag if tag.is_ascii_lowercase() => &mut index.overlooked,
                _ => continue,
            };
            list.push(RepoPath::parse(path_of(row))?);
        }
        index.sum = sum.finalize().into();
        index.rows = rows.into();
        Ok(index)
    }
    /// Bytes that it takes in memory.
    pub(super) fn size(&self) -> usize {
        self.rows.len()
    }
    /// Digest of its entries.
    pub(super) fn digest(&self) -> String {
        crate::digest::hex(&self.sum)
    }
    /// Files that are marked so that git does not see their changes.
    pub(super) fn hidden(&self) -> BTreeSet<String> {
        self.overlooked.iter().chain(&self.skipped).map(shown).collect()
    }
    /// Files that are in conflict.
    pub(super) fn conflicted(&self) -> BTreeSet<String> {
        self.conflicted.iter().map(shown).collect()
    }
    /// Folders that are recorded as repositories of their own.
    pub(super) fn submodules(&self) -> BTreeSet<RepoPath> {
        let rows = self.rows().filter(|row| row.starts_with(b"160000 "));
        rows.filter_map(|row| RepoPath::parse(path_of(row)).ok()).collect()
    }
    /// All files, but those whose names no file of a working tree can have.
    pub(super) fn paths(&self) -> Vec<RepoPath> {
        self.rows().filter_map(|row| RepoPath::parse(path_of(row)).ok()).collect()
    }
    fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.rows.split(|b| *b == 0).filter(|row| !row.is_empty())
    }
    fn by_path(&self) -> BTreeMap<&[u8], Vec<&[u8]>> {
        let mut all: BTreeMap<&[u8], Vec<&[u8]>> = BTreeMap::new();
        for row in self.rows() {
            all.entry(path_of(row)).or_default().push(row);
        }
        all
    }
    /// Bytes of an object id.
    pub(super) fn length_of_ids(&self) -> usize {
        self.rows().next().and_then(|row| row.split(|b| *b == b' ').nth(1)).map_or(0, |id| id.len() / 2)
    }
    /// What `git update-index --index-info` must be told of to make this of `old`, with nothing known of the files `anew`.
    fn since(&self, old: &Self, anew: &BTreeSet<Vec<u8>>) -> Vec<u8> {
        let mut told = Vec::new();
        if self.sum == old.sum && anew.is_empty() {
            return told;
        }
        let (old, new) = (old.by_path(), self.by_path());
        let differ = old.keys().chain(new.keys()).filter(|path| old.get(*path) != new.get(*path));
        let paths: BTreeSet<&[u8]> = differ.copied().chain(anew.iter().map(Vec::as_slice)).collect();
        for path in paths {
            if let Some(row) = old.get(path).and_then(|rows| rows.first()) {
                told.extend(b"0 ");
                told.extend(row.split(|b| *b == b' ').nth(1).unwrap_or_default().iter().map(|_| b'0'));
                told.push(b'\t');
                told.extend(path);
                told.push(0);
            }
            for row in new.get(path).into_iter().flatten() {
                told.extend(*row);
                told.push(0);
            }
        }
        told
    }
}

fn shown(path: &RepoPath) -> String {
    visible(&String::from_utf8_lossy(path.as_bytes()))
}

/// The path of `<mode> <oid> <stage> TAB <path>`.
fn path_of(row: &[u8]) -> &[u8] {
    row.iter().position(|b| *b == b'\t').map_or(row, |at| &row[at + 1..])
}

/// What an index was, and the content of the file that it is in.
#[derive(Debug, Default)]
pub(super) struct KnownIndex(Option<(Sum, Index)>);

impl Repository {
    /// What is in the index that is there; `known` is what this said before.
    pub(super) fn index(&self, known: &mut KnownIndex, drivers: &Drivers) -> Result<Index, Error> {
        let path = self.git_dir.join("index");
        let sum = || self.sum_of_index(&path).map_err(|e| Error::io(&path, e));
        let before = sum()?;
        if let (Some((sum, index)), Some(now)) = (&known.0, &before)
            && sum == now
        {
            return Ok(index.clone());
        }
        if let Some((sum, index)) = before.and_then(|sum| self.recent.index(&sum).map(|index| (sum, index))) {
            known.0 = Some((sum, index.clone()));
            return Ok(index);
        }
        known.0 = None;
        let index = self.index_at(None, drivers)?;
        // What changed while git was reading is not known.
        if let Some(sum) = before.filter(|_| sum().is_ok_and(|now| now == before)) {
            self.recent.keep_index(sum, &index);
            known.0 = Some((sum, index.clone()));
        }
        Ok(index)
    }
    /// Of the content of the index; `None` if it does not stand for itself.
    fn sum_of_index(&self, path: &Path) -> io::Result<Option<Sum>> {
        let about = match path.symlink_metadata() {
            Err(error) if is_absent(&error) => return Ok(None),
            about => about?,
        };
        if !about.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
        }
        if self.is_index_split() {
            return Ok(None);
        }
        let (mut file, mut sum) = (File::open(path)?, Sha256::new());
        io::copy(&mut file, &mut sum)?;
        Ok(Some(sum.finalize().into()))
    }
    /// Does the index stand on another file?
    fn is_index_split(&self) -> bool {
        let is_shared = |entry: io::Result<fs::DirEntry>| {
            entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("sharedindex."))
        };
        fs::read_dir(&self.git_dir).is_ok_and(|mut entries| entries.any(is_shared))
    }
    /// What is in the index that is there, or in the one at `path`.
    pub(super) fn index_at(&self, path: Option<&Path>, drivers: &Drivers) -> Result<Index, Error> {
        let call = on_index(self.covered("ls-files", drivers), path);
        Index::read(&call.args(["-v", "--stage", "-z"]).long().run()?)
    }
    /// Gives the index that is there the entries of `new`, which were those of `old` just now, and lets git look at the files again.
    pub(super) fn follow_index(&self, old: &Index, new: &Index, drivers: &Drivers) -> Result<(), Error> {
        let told = new.since(old, &BTreeSet::new());
        if told.is_empty() {
            return Ok(());
        }
        self.settle_lock(self.index_info(None, told, drivers).run_any()?)?;
        // What differs by now is no fault of anybody.
        self.covered("update-index", drivers).args(["-q", "--refresh"]).long().run_any().map(|_| ())
    }
    fn index_info(&self, path: Option<&Path>, told: Vec<u8>, drivers: &Drivers) -> Call {
        on_index(self.covered("update-index", drivers), path).args(["-z", "--index-info"]).stdin(told).long()
    }
}

pub(super) fn on_index(call: Call, index: Option<&Path>) -> Call {
    match index {
        Some(index) => call.env("GIT_INDEX_FILE", index),
        None => call,
    }
}

/// A file for an index, in a folder for such; gone when this is dropped.
pub(super) struct Draft {
    pub(super) path: PathBuf,
    /// File system and time at which it was made, as the file system counts.
    made: (u64, i64),
}

impl Draft {
    pub(super) fn new(scratch: &Path) -> Result<Self, Error> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = scratch.join(format!("index-{}-{number}", std::process::id()));
        // Somebody may have put another file there, or a link.
        let cleared = fs::remove_file(&path).or_else(|e| if is_absent(&e) { Ok(()) } else { Err(e) });
        let made = cleared.and_then(|()| File::create_new(&path)).and_then(|file| file.metadata());
        let about = made.and_then(|about| fs::remove_file(&path).map(|()| about)).map_err(|e| Error::io(&path, e))?;
        Ok(Self { path, made: (about.dev(), about.ctime()) })
    }

    /// Puts `bytes` there, as old as `time`.
    ///
    /// IMPORTANT: git compares times by the second, and looks into a file that is as new as the index, because such a time does not
    /// tell whether it changed since. In an index that is newer, a change of the same size would be overlooked.
    fn fill(&self, bytes: &[u8], time: SystemTime) -> Result<(), Error> {
        let write = || {
            let mut file = File::create_new(&self.path)?;
            file.write_all(bytes)?;
            file.set_modified(time)
        };
        write().map_err(|e| Error::io(&self.path, e))
    }

    /// `call` with this index.
    pub(super) fn of(&self, call: Call) -> Call {
        on_index(call, Some(&self.path))
    }

    /// What tells whether a file changes from now on; `None` if it changed just now, or as another file system counts.
    pub(super) fn old(&self, about: &Metadata) -> Option<Vec<u8>> {
        let (dev, now) = self.made;
        let is_old = about.dev() == dev && is_before(about.ctime(), now);
        let numbers = [
            about.ino(),
            u64::from(about.mode()),
            about.len(),
            about.mtime().cast_unsigned(),
            about.mtime_nsec().cast_unsigned(),
            about.ctime().cast_unsigned(),
            about.ctime_nsec().cast_unsigned(),
        ];
        is_old.then(|| numbers.iter().flat_map(|n| n.to_be_bytes()).collect())
    }

    /// Git's index at this path, without what it says of files that had changed just before this draft was made, or later; `None` if that
    /// cannot be done. `oid` is the length of an object id. With it when git wrote it.
    ///
    /// IMPORTANT: asked is what git saw of each file, not what there is to be seen by now.
    fn kept(&self, oid: usize) -> io::Result<Option<(Vec<u8>, SystemTime)>> {
        let time = self.path.symlink_metadata()?.modified()?;
        let mut bytes = fs::read(&self.path)?;
        let (own, now) = self.made;
        // Of either number an index has as much as fits into four bytes.
        let is_old =
            |dev: u32, time: u32| u64::from(dev) == own & u64::from(u32::MAX) && is_before(i64::from(time), now);
        Ok(entries::forget_young(&mut bytes, oid, is_old).then_some((bytes, time)))
    }
}

/// Is what happened at `time` so long before `now` that whatever happens from then on has another time?
fn is_before(time: i64, now: i64) -> bool {
    time.checked_add(STEP).is_some_and(|time| time < now)
}

impl Drop for Draft {
    fn drop(&mut self) {
        // One that was never made cannot be removed; one that stays is in the way of nobody.
        fs::remove_file(&self.path).ok();
    }
}

/// What the index of our own is from one look to the next.
#[derive(Debug, Default)]
pub(super) struct Own {
    /// The file, and when git wrote it.
    file: Option<(Vec<u8>, SystemTime)>,
    /// What is in it.
    index: Index,
    /// Files that are marked in it.
    marked: BTreeSet<RepoPath>,
}

impl Own {
    /// Makes it `index`, at `draft`.
    pub(super) fn follow(
        &mut self,
        repository: &Repository,
        (index, marks): (&Index, Marks),
        draft: &Draft,
        drivers: &Drivers,
    ) -> Result<(), Error> {
        if let Some((bytes, time)) = &self.file {
            draft.fill(bytes, *time)?;
        }
        let is_there = |path: &&RepoPath| repository.root.join(path.as_path()).symlink_metadata().is_ok();
        let overlooked = index.overlooked.iter().filter(|_| marks == Marks::Hold);
        let skipped = index.skipped.iter().filter(|path| marks == Marks::Hold || !is_there(path));
        let all = [("--assume-unchanged", overlooked.collect()), ("--skip-worktree", skipped.collect::<Vec<_>>())];
        let marked: BTreeSet<RepoPath> = all.iter().flat_map(|(_, paths)| paths).map(|path| (*path).clone()).collect();
        let anew = self.marked.symmetric_difference(&marked).map(|path| path.as_bytes().to_vec()).collect();
        let told = index.since(&self.index, &anew);
        if !told.is_empty() {
            self.file = None;
            repository.index_info(Some(&draft.path), told, drivers).run()?;
            // Whatever is told anew loses its mark.
            for (mark, paths) in all.iter().filter(|(_, paths)| !paths.is_empty()) {
                let call = draft.of(repository.covered("update-index", drivers)).args([mark, "-z", "--stdin"]);
                call.stdin(nul_list(paths)).long().run()?;
            }
        }
        (self.index, self.marked) = (index.clone(), marked);
        Ok(())
    }

    /// Bytes that it takes in memory.
    pub(super) fn size(&self) -> usize {
        self.index.size() + self.file.as_ref().map_or(0, |(bytes, _)| bytes.len())
    }

    /// `call`, which may write down there what it sees of files, and what it says. What it saw is kept.
    pub(super) fn seen_by(&mut self, call: Call, draft: &Draft) -> Result<Answer, Error> {
        let before = written(&draft.path);
        let answer = draft.of(call).env("GIT_OPTIONAL_LOCKS", "1").long().run()?;
        let after = written(&draft.path);
        if after.is_some() && (after != before || self.file.is_none()) {
            let kept = draft.kept(self.index.length_of_ids()).map_err(|e| Error::io(&draft.path, e))?;
            match kept {
                Some(file) => self.file = Some(file),
                // From an index that cannot be understood nothing follows.
                None => *self = Self::default(),
            }
        }
        Ok(answer)
    }
}

/// Which writing of a file it is.
fn written(path: &Path) -> Option<(u64, i64, i64)> {
    path.symlink_metadata().ok().map(|about| (about.ino(), about.ctime(), about.ctime_nsec()))
}

fn is_absent(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}
