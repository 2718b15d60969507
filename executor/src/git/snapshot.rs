//! What a commit of the working tree would hold now. Only looks: the index stays as it is.
//!
//! Git is asked for what may have changed since the last look, no more: a [`Memory`] keeps what follows from an index and
//! from changes that are the same as before.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::Repository;
use super::call::Answer;
use super::content::Content;
use super::entries::{self, Stored};
use super::error::Error;
use super::index::{Draft, Index, KnownIndex, Marks, Own, Sum};
use super::inner::Inner;
use super::name::{Oid, RepoPath, visible};
use super::recent::Purpose;
use super::shield::Drivers;
use super::status::{ARGS, BRANCH, Change, Kind, head_of, read_status};

/// Most bytes of young files that are read at a look.
const MOST: u64 = 4 << 20;

/// What the last look at a working tree found, and from what it follows.
#[derive(Debug, Default)]
pub struct Memory {
    pub(super) index: KnownIndex,
    pub(super) own: Own,
    inner: Inner,
    clean: Option<(Oid, Oid)>,
    pub(super) changed: Option<(Sum, Oid)>,
}

impl Memory {
    /// Bytes that it takes, as far as they grow with the working tree.
    pub(super) fn size(&self) -> usize {
        self.own.size()
    }
}

/// What there is in a working tree, for everybody to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The commit that is checked out.
    pub head: Option<Oid>,
    /// The branch that is checked out, as git spells it.
    pub branch: Option<String>,
    /// The tree that a commit would have.
    pub tree: Oid,
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
        let repository = self.looking(scratch)?;
        let purpose = Purpose::Compare(scratch.to_owned());
        Ok(self.recent.with_memory(&self.git_dir, purpose, |memory| repository.look(scratch, memory))?.tree)
    }

    /// The same, made in the repository as well: anybody who is told its id can look into it, as long as git does not forget it.
    ///
    /// # Errors
    /// Those of [`Repository::tree_id`].
    pub fn shown(&self, scratch: &Path) -> Result<Shown, Error> {
        let look = |memory: &mut Memory| {
            // Git may have forgotten what was made before.
            memory.changed = None;
            self.look(scratch, memory)
        };
        let Snapshot { head, branch, tree, .. } = self.recent.with_memory(&self.git_dir, Purpose::Show, look)?;
        let committed = head.as_ref().map(|head| self.tree_of(head)).transpose()?;
        if committed.as_ref() != Some(&tree) {
            // For those who compare, git must not forget it.
            self.tree_id(scratch)?;
        }
        Ok(Shown { head, branch, tree })
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
        let call = self.covered("status", &drivers).args(BRANCH);
        let answer = own.seen_by(call.args(ARGS), &draft)?;
        memory.own = own;
        let (head, branch) = (head_of(&answer)?, self.branch_of(&answer)?);
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

    /// The branch that is checked out, from the head of `git status --branch`.
    fn branch_of(&self, answer: &Answer) -> Result<Option<String>, Error> {
        let branch = answer.parts().find_map(|part| part.strip_prefix(b"# branch.head ")).map(String::from_utf8_lossy);
        let Some(branch) = branch else { return Err(answer.unexpected("no head")) };
        // `(detached)` may be the name of a branch, too.
        if branch.starts_with('(') { self.current_branch() } else { Ok(Some(branch.into_owned())) }
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
        let ground = self.ground(index, answer, changes, draft);
        if let (Some((known, tree)), Some(ground)) = (&memory.changed, &ground)
            && *known == ground.sum
        {
            return Ok(tree.clone());
        }
        self.update_index(changes, Some(&draft.path), drivers)?;
        let ground = ground.filter(|ground| ground.is_in(draft, index.length_of_ids()));
        let tree = self.write_tree(Some(&draft.path), drivers)?;
        memory.changed = ground.map(|ground| (ground.sum, tree.clone()));
        Ok(tree)
    }

    /// From what the tree follows: the index, what differs from it, and how the files are that differ, or what they hold and how git
    /// stores that if they are so new that their time would not tell of another change. `None` if that cannot be told of one of them.
    fn ground(&self, index: &Index, status: &Answer, changes: &[Change], draft: &Draft) -> Option<Ground> {
        let (mut sum, mut young, mut left) = (Sha256::new(), Vec::new(), MOST);
        sum.update(index.sum);
        sum.update(status.stdout.len().to_be_bytes());
        sum.update(&status.stdout);
        for path in changes.iter().filter(|change| change.kind != Kind::Nested).map(|change| &change.path) {
            let place = self.root.join(path.as_path());
            let about = match place.symlink_metadata() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    sum.update([0]);
                    continue;
                }
                about => about.ok()?,
            };
            if let Some(old) = draft.old(&about) {
                sum.update([1]);
                sum.update(old);
            } else {
                left = left.checked_sub(about.len())?;
                // Behind a link in place of a folder is not what git stores.
                let content =
                    Content::read(&place, index.length_of_ids()).ok().filter(|_| !self.is_behind_link(path))?;
                sum.update([2]);
                sum.update(content.sum);
                young.push((path.clone(), content.stored));
            }
        }
        if !young.is_empty() {
            sum.update(self.stores_by()?);
        }
        Some(Ground { sum: sum.finalize().into(), young })
    }
}

/// From what a tree follows.
struct Ground {
    sum: Sum,
    /// Files that changed just now, and how git stores what was in them.
    young: Vec<(RepoPath, Stored)>,
}

impl Ground {
    /// Is what git has stored in the index at `draft` what was in the young files? They may have changed meanwhile, or not be stored as
    /// they are.
    fn is_in(&self, draft: &Draft, oid: usize) -> bool {
        if self.young.is_empty() {
            return true;
        }
        let paths = self.young.iter().map(|(path, _)| path.as_bytes()).collect();
        let stored = fs::read(&draft.path).ok().and_then(|bytes| entries::stored(&bytes, oid, &paths));
        stored.is_some_and(|all| self.young.iter().all(|(path, stored)| all.get(path.as_bytes()) == Some(stored)))
    }
}

/// Does `git status` name nothing?
fn is_clean(answer: &Answer) -> bool {
    answer.parts().all(|part| part.first() == Some(&b'#'))
}
