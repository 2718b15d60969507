//! What a commit of the working tree would hold now. Only looks: the index stays as it is.
//!
//! Git is asked for what may have changed since the last look, no more: a [`Memory`] keeps what follows from an index and
//! from changes that are the same as before.

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};

use super::Repository;
use super::call::{Answer, Call};
use super::error::Error;
use super::known::KnownDrivers;
use super::name::{Oid, RepoPath, visible};
use super::shield::Drivers;
use super::status::{ARGS, Change, Kind, nul_list, read_status};

/// Seconds for which the time of a file may not tell that it changed again: no file system counts in larger steps.
const STEP: i64 = 3;

/// SHA-256.
type Sum = [u8; 32];

/// What the last look at a working tree found, and from what it follows.
#[derive(Debug, Default)]
pub struct Memory {
    drivers: KnownDrivers,
    index: Option<(Sum, Index)>,
    clean: Option<(Oid, Oid)>,
    changed: Option<(Sum, Oid)>,
}

/// What is in an index.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    /// Digest of its entries, without times.
    pub(super) digest: String,
    /// Files that are marked as unchanged.
    overlooked: Vec<RepoPath>,
    /// Files that are marked as not checked out.
    skipped: Vec<RepoPath>,
    /// Files with several sides.
    conflicted: Vec<RepoPath>,
}

impl Index {
    /// Files that are marked so that git does not see their changes.
    pub(super) fn hidden(&self) -> BTreeSet<String> {
        self.overlooked.iter().chain(&self.skipped).map(shown).collect()
    }
    /// Files that are in conflict.
    pub(super) fn conflicted(&self) -> BTreeSet<String> {
        self.conflicted.iter().map(shown).collect()
    }
}

fn shown(path: &RepoPath) -> String {
    visible(&String::from_utf8_lossy(path.as_bytes()))
}

/// How a working tree is.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) index: Index,
    /// The commit that is checked out.
    pub(super) head: Option<Oid>,
    /// The branch that is checked out, as git spells it.
    pub(super) branch: Option<String>,
    /// The tree that a commit would have.
    pub(super) tree: Oid,
    /// Repositories inside, whose files are in no commit of this one.
    pub(super) nested: BTreeSet<String>,
}

impl Repository {
    /// The tree that a commit of the working tree would have now, changes included that the index is told to overlook.
    /// The index stays as it is; `scratch` is a folder for a temporary one, and for what [`Repository::looking`] keeps there.
    ///
    /// # Errors
    /// Those of [`Repository::stage`], but files with conflicts count as they are.
    pub fn tree_id(&self, scratch: &Path) -> Result<Oid, Error> {
        Ok(self.snapshot(scratch, &mut Memory::default())?.tree)
    }

    /// The same, made in the repository: anybody who is told its id can look into it, as long as git does not forget it.
    ///
    /// # Errors
    /// Those of [`Repository::tree_id`].
    pub fn shown_tree(&self, scratch: &Path) -> Result<Oid, Error> {
        Ok(self.look(scratch, &mut Memory::default())?.tree)
    }

    /// The same as [`Repository::tree_id`], and on what it stands. `memory` is that of this working tree.
    pub(super) fn snapshot(&self, scratch: &Path, memory: &mut Memory) -> Result<Snapshot, Error> {
        self.looking(scratch)?.look(scratch, memory)
    }

    fn look(&self, scratch: &Path, memory: &mut Memory) -> Result<Snapshot, Error> {
        let drivers = self.switched_off_by(&mut memory.drivers)?;
        let copy = Copy::new(&self.git_dir, scratch)?;
        let index = self.index(&copy, &drivers, memory)?;
        let call = self.covered("status", &drivers).args(["--branch", "--no-ahead-behind"]);
        let answer = copy.of(call).args(ARGS).long().run()?;
        let (head, branch) = self.head_of(&answer)?;
        let changes = read_status(&answer)?;
        let nested = changes.iter().filter(|change| change.kind == Kind::Nested);
        let nested = nested.map(|change| visible(&change.path.to_string())).collect();
        let tree = match &head {
            Some(head) if is_clean(&answer) && index.overlooked.is_empty() && index.skipped.is_empty() => {
                self.clean_tree(head, memory)?
            }
            Some(_) | None => self.changed_tree(&copy, &index, (&answer, &changes), &drivers, memory)?,
        };
        Ok(Snapshot { index, head, branch, tree, nested })
    }

    /// What is in the copy of the index.
    fn index(&self, copy: &Copy, drivers: &Drivers, memory: &mut Memory) -> Result<Index, Error> {
        if let (Some((known, index)), Some(sum)) = (&memory.index, &copy.sum)
            && known == sum
        {
            return Ok(index.clone());
        }
        let answer = copy.of(self.covered("ls-files", drivers)).args(["-v", "--stage", "-z"]).long().run()?;
        let (mut digest, mut index) = (Sha256::new(), Index::default());
        for entry in answer.parts() {
            let [tag, b' ', rest @ ..] = entry else { return Err(answer.unexpected("an unknown entry")) };
            digest.update(rest);
            digest.update([0]);
            let list = match tag {
                b'S' => &mut index.skipped,
                b'M' => &mut index.conflicted,
                tag if tag.is_ascii_lowercase() => &mut index.overlooked,
                _ => continue,
            };
            let path = rest.iter().position(|b| *b == b'\t').map_or(rest, |at| &rest[at + 1..]);
            list.push(RepoPath::parse(path)?);
        }
        index.digest = crate::digest::hex(&digest.finalize());
        memory.index = copy.sum.map(|sum| (sum, index.clone()));
        Ok(index)
    }

    /// The commit and the branch that are checked out, from the head of `git status --branch`.
    fn head_of(&self, answer: &Answer) -> Result<(Option<Oid>, Option<String>), Error> {
        let told = |key: &[u8]| answer.parts().find_map(|part| part.strip_prefix(key)).map(String::from_utf8_lossy);
        let (head, branch) = (told(b"# branch.oid "), told(b"# branch.head "));
        let (Some(head), Some(branch)) = (head, branch) else { return Err(answer.unexpected("no head")) };
        let head = if head == "(initial)" { None } else { Some(Oid::parse(&head)?) };
        // `(detached)` may be the name of a branch, too.
        let branch = if branch.starts_with('(') { self.current_branch()? } else { Some(branch.into_owned()) };
        Ok((head, branch))
    }

    fn clean_tree(&self, head: &Oid, memory: &mut Memory) -> Result<Oid, Error> {
        if let Some((known, tree)) = &memory.clean
            && known == head
        {
            return Ok(tree.clone());
        }
        let tree = self.tree_of(head)?;
        memory.clean = Some((head.clone(), tree.clone()));
        Ok(tree)
    }

    fn changed_tree(
        &self,
        copy: &Copy,
        index: &Index,
        (answer, changes): (&Answer, &[Change]),
        drivers: &Drivers,
        memory: &mut Memory,
    ) -> Result<Oid, Error> {
        let covered = self.covered_files(index);
        let sum = copy.sum.and_then(|sum| self.sum(&sum, answer, changes, &covered, copy));
        if let (Some((known, tree)), Some(sum)) = (&memory.changed, &sum)
            && known == sum
        {
            return Ok(tree.clone());
        }
        self.update_index(changes, Some(&copy.path), drivers)?;
        self.uncover(&covered, &copy.path, drivers)?;
        let tree = self.write_tree(Some(&copy.path), drivers)?;
        memory.changed = sum.map(|sum| (sum, tree.clone()));
        Ok(tree)
    }

    /// Files whose changes the index was told to overlook, and that are there. (What is not there may be left out on purpose.)
    fn covered_files<'a>(&self, index: &'a Index) -> Vec<&'a RepoPath> {
        let skipped = index.skipped.iter().filter(|path| self.root.join(path.as_path()).symlink_metadata().is_ok());
        index.overlooked.iter().chain(skipped).collect()
    }

    /// Takes `covered` into `index`.
    fn uncover(&self, covered: &[&RepoPath], index: &Path, drivers: &Drivers) -> Result<(), Error> {
        if covered.is_empty() {
            return Ok(());
        }
        for flag in ["--no-assume-unchanged", "--no-skip-worktree"] {
            let call = on_index(self.covered("update-index", drivers), Some(index)).args([flag, "-z", "--stdin"]);
            call.stdin(nul_list(covered)).long().run()?;
        }
        let call = on_index(self.covered("update-index", drivers), Some(index));
        let call = call.args(["-z", "--add", "--remove", "--replace", "--stdin"]).stdin(nul_list(covered));
        call.long().run().map(|_| ())
    }

    /// From what the tree follows: the index, what differs from it, and how the files are that differ. `None` if one of them is so new
    /// that its time would not tell of another change.
    fn sum(&self, index: &Sum, status: &Answer, changes: &[Change], covered: &[&RepoPath], copy: &Copy) -> Option<Sum> {
        let mut sum = Sha256::new();
        sum.update(index);
        sum.update(status.stdout.len().to_be_bytes());
        sum.update(&status.stdout);
        let changed = changes.iter().filter(|change| change.kind != Kind::Nested).map(|change| &change.path);
        for path in changed.chain(covered.iter().copied()) {
            match self.root.join(path.as_path()).symlink_metadata() {
                Ok(about) => sum.update(copy.old(&about)?),
                Err(error) if error.kind() == io::ErrorKind::NotFound => sum.update([0]),
                Err(_) => return None,
            }
        }
        Some(sum.finalize().into())
    }
}

/// Does `git status` name nothing?
fn is_clean(answer: &Answer) -> bool {
    answer.parts().all(|part| part.first() == Some(&b'#'))
}

pub(super) fn on_index(call: Call, index: Option<&Path>) -> Call {
    match index {
        Some(index) => call.env("GIT_INDEX_FILE", index),
        None => call,
    }
}

/// A copy of an index; gone when it is dropped.
struct Copy {
    path: PathBuf,
    /// Of its content; `None` if it does not stand for itself.
    sum: Option<Sum>,
    /// File system and time at which it was made, as the file system counts.
    made: Option<(u64, i64)>,
}

impl Copy {
    fn new(git_dir: &Path, scratch: &Path) -> Result<Self, Error> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = scratch.join(format!("index-{}-{number}", std::process::id()));
        let mut copy = Self { path, sum: None, made: None };
        let from = git_dir.join("index");
        if from.exists() {
            copy.fill(&from, !is_split(git_dir)).map_err(|e| Error::io(&from, e))?;
        }
        Ok(copy)
    }

    /// Copies an index with its time.
    ///
    /// IMPORTANT: git compares times by the second, and looks into a file that is as new as the index, because such a time does not
    /// tell whether it changed since. In a copy that is newer, a change of the same size would be overlooked.
    fn fill(&mut self, from: &Path, whole: bool) -> io::Result<()> {
        let mut source = File::open(from)?;
        let time = source.metadata()?.modified()?;
        // Somebody may have put another file there, or a link.
        fs::remove_file(&self.path).or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) })?;
        let mut copy = File::create_new(&self.path)?;
        let (mut sum, mut chunk) = (Sha256::new(), [0; 32 * 1024]);
        loop {
            match source.read(&mut chunk)? {
                0 => break,
                count => {
                    sum.update(&chunk[..count]);
                    copy.write_all(&chunk[..count])?;
                }
            }
        }
        copy.set_modified(time)?;
        let about = copy.metadata()?;
        self.made = Some((about.dev(), about.ctime()));
        self.sum = whole.then(|| sum.finalize().into());
        Ok(())
    }

    /// `call` with this index.
    fn of(&self, call: Call) -> Call {
        on_index(call, Some(&self.path))
    }

    /// What tells whether a file changes from now on; `None` if it changed just now, or as another file system counts.
    fn old(&self, about: &Metadata) -> Option<Vec<u8>> {
        let (dev, now) = self.made?;
        let is_old = about.dev() == dev && about.ctime().checked_add(STEP)? < now;
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
}

impl Drop for Copy {
    fn drop(&mut self) {
        // One that was never made cannot be removed; one that stays is in the way of nobody.
        fs::remove_file(&self.path).ok();
    }
}

/// Does the index stand on another file?
fn is_split(git_dir: &Path) -> bool {
    let is_shared = |entry: io::Result<fs::DirEntry>| {
        entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("sharedindex."))
    };
    fs::read_dir(git_dir).is_ok_and(|mut entries| entries.any(is_shared))
}
