//! What a commit of the working tree would hold now. Only looks: the index stays as it is.
//!
//! Git is asked for what may have changed since the last look, no more: a [`Memory`] keeps what follows from an index and
//! from changes that are the same as before.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::Repository;
use super::call::Answer;
use super::error::Error;
use super::index::{Draft, Index, KnownIndex, Marks, Own, Sum};
use super::inner::Inner;
use super::name::{Oid, visible};
use super::shield::Drivers;
use super::status::{ARGS, Change, Kind, read_status};

/// What the last look at a working tree found, and from what it follows.
#[derive(Debug, Default)]
pub struct Memory {
    index: KnownIndex,
    own: Own,
    inner: Inner,
    clean: Option<(Oid, Oid)>,
    changed: Option<(Sum, Oid)>,
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
    /// What lies in repositories inside, and in no commit of this one.
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
        let drivers = self.switched_off()?;
        let index = self.index(&mut memory.index, &drivers)?;
        let draft = Draft::new(scratch)?;
        // What fails half-way is nothing to go on from.
        let mut own = std::mem::take(&mut memory.own);
        own.follow(self, (&index, Marks::Fall), &draft, &drivers)?;
        let call = self.covered("status", &drivers).args(["--branch", "--no-ahead-behind"]);
        let answer = own.seen_by(call.args(ARGS), &draft)?;
        memory.own = own;
        let (head, branch) = self.head_of(&answer)?;
        let changes = read_status(&answer)?;
        let nested = changes.iter().filter(|change| change.kind == Kind::Nested);
        let mut nested: BTreeSet<String> = nested.map(|change| visible(&change.path.to_string())).collect();
        nested.extend(self.withheld(&index, &changes, scratch, (&mut memory.inner, &drivers))?);
        let tree = match &head {
            Some(head) if is_clean(&answer) => self.clean_tree(head, memory)?,
            Some(_) | None => self.changed_tree(&draft, &index, (&answer, &changes), &drivers, memory)?,
        };
        Ok(Snapshot { index, head, branch, tree, nested })
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
        draft: &Draft,
        index: &Index,
        (answer, changes): (&Answer, &[Change]),
        drivers: &Drivers,
        memory: &mut Memory,
    ) -> Result<Oid, Error> {
        let sum = self.sum(&index.sum, answer, changes, draft);
        if let (Some((known, tree)), Some(sum)) = (&memory.changed, &sum)
            && known == sum
        {
            return Ok(tree.clone());
        }
        self.update_index(changes, Some(&draft.path), drivers)?;
        let tree = self.write_tree(Some(&draft.path), drivers)?;
        memory.changed = sum.map(|sum| (sum, tree.clone()));
        Ok(tree)
    }

    /// From what the tree follows: the index, what differs from it, and how the files are that differ. `None` if one of them is so new
    /// that its time would not tell of another change.
    fn sum(&self, index: &Sum, status: &Answer, changes: &[Change], draft: &Draft) -> Option<Sum> {
        let mut sum = Sha256::new();
        sum.update(index);
        sum.update(status.stdout.len().to_be_bytes());
        sum.update(&status.stdout);
        for path in changes.iter().filter(|change| change.kind != Kind::Nested).map(|change| &change.path) {
            match self.root.join(path.as_path()).symlink_metadata() {
                Ok(about) => sum.update(draft.old(&about)?),
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
