//! The only place that runs git.
//!
//! One wrapper: an absolute program path, no inherited `GIT_*`, no prompts, nothing of the repository executed, every
//! name behind a checked type. Git directory, common directory and working tree are pinned once and never discovered
//! again, so that a rewritten `.git` file, `commondir` or `core.worktree` leads nowhere.
//! It knows nothing of workflows, runs or agents but the names that its callers pass.

mod absorbed;
mod between;
mod both;
mod call;
mod collect;
mod commit;
mod common;
mod compose;
mod content;
mod diff;
mod elsewhere;
mod entries;
mod error;
mod index;
mod inner;
mod journal;
mod known;
mod land;
mod leave;
mod links;
mod locks;
mod logs;
mod lost;
mod merge;
mod name;
mod odd;
mod outward;
mod passing;
mod place;
mod preflight;
mod probe;
mod program;
mod radar;
mod recent;
mod record;
mod reflog;
mod refs;
mod resolve;
mod rewritten;
mod rules;
mod seal;
mod shield;
mod sides;
mod snapshot;
mod stand;
mod status;
mod talk;
mod theirs;
mod tree;
mod worktree;

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use call::Call;
use recent::Recent;
use shield::Drivers;

pub use both::Both;
pub use collect::{Collect, Leftover, Thing};
pub use commit::{Commit, Message, Staged};
pub use common::{Guarded, LeftOut};
pub use content::stored;
pub use error::Error;
pub use journal::Journal;
pub use land::{Landed, Landing};
pub use leave::Kept;
pub use locks::Locks;
pub use logs::{Logs, ref_of_log};
pub use lost::Loose;
pub use merge::{Merged, Side, Trial, Version};
pub(crate) use name::visible;
pub use name::{BranchName, Oid, RepoPath, STATE_DIR, WORKTREES_DIR, WorktreePath};
pub use preflight::{Base, Ready, Wanted};
pub use probe::Probe;
pub use program::Program;
pub use radar::overlaps;
pub use refs::{Known, Refs};
pub use resolve::{Begun, Resolution};
pub use rewritten::Packs;
pub use rules::Rule;
pub use seal::{Sealed, Within};
pub use shield::Policy;
pub use snapshot::{Memory, Shown};
pub use stand::{Made, Stand};
pub use status::{Change, Difference, Kind};
pub use theirs::{KnownTheirs, Theirs, restaged};
pub use tree::{Entry, Sort};
pub use worktree::{Place, Worktrees};

/// Folder with what was made by looking.
const SEEN: &str = "objects";

/// A path as one entry of a list of folders, whatever is in it.
fn quoted(path: &Path) -> OsString {
    let mut text = vec![b'"'];
    for byte in path.as_os_str().as_bytes() {
        if matches!(byte, b'"' | b'\\') {
            text.push(b'\\');
        }
        text.push(*byte);
    }
    text.push(b'"');
    OsString::from_vec(text)
}

/// A repository with its working tree, or one of its linked worktrees.
#[derive(Debug, Clone)]
pub struct Repository {
    program: Program,
    root: PathBuf,
    git_dir: PathBuf,
    common_dir: PathBuf,
    policy: Policy,
    /// Where objects go that are made by looking, if not to the others.
    seen_objects: Option<PathBuf>,
    recent: Arc<Recent>,
}

impl Repository {
    /// Finds the repository that `start` is in.
    ///
    /// # Errors
    /// [`Error::NotARepository`], [`Error::Bare`], [`Error::ForeignOwner`], [`Error::TreeElsewhere`].
    pub fn discover(program: &Program, start: &Path, policy: Policy) -> Result<Self, Error> {
        let start = start.canonicalize().map_err(|e| Error::io(start, e))?;
        let ask = |args: &[&str]| {
            let call = Call::new(program, "rev-parse").args(args).cwd(&start);
            shield::cover(call, policy, &Drivers::default()).run_any()
        };
        let git_dir = ask(&["--absolute-git-dir"])?;
        if git_dir.code != Some(0) {
            return Err(undiscovered(&git_dir, &start));
        }
        let git_dir = git_dir.path();
        let tree = ask(&["--show-toplevel"])?;
        if tree.code != Some(0) {
            return Err(Error::Bare { path: git_dir });
        }
        let tree = tree.path();
        let root = tree.canonicalize().map_err(|e| Error::io(&tree, e))?;
        if !start.starts_with(&root) {
            return Err(Error::TreeElsewhere { tree, path: start });
        }
        let common_dir = ask(&["--path-format=absolute", "--git-common-dir"])?;
        if common_dir.code != Some(0) {
            return Err(common_dir.failed());
        }
        let common_dir = common_dir.path();
        Ok(Self {
            program: program.clone(),
            root,
            git_dir,
            common_dir,
            policy,
            seen_objects: None,
            recent: Arc::default(),
        })
    }

    /// Top of the working tree, without symbolic links.
    pub fn root(&self) -> &Path {
        &self.root
    }
    /// The program it is worked with.
    pub fn program(&self) -> &Program {
        &self.program
    }
    /// May the repository's own programs run?
    pub fn policy(&self) -> Policy {
        self.policy
    }
    /// The same repository, none of whose own programs run: for commits that nobody will see.
    fn untrusted(&self) -> Self {
        Self { policy: Policy::Shielded, ..self.clone() }
    }
    /// The same repository for somebody who looks: objects that are made by it are kept in `scratch`, since git forgets what stands in
    /// no commit whenever somebody tells it to. Not for making commits that stay.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn looking(&self, scratch: &Path) -> Result<Self, Error> {
        let objects = scratch.join(SEEN);
        std::fs::create_dir_all(&objects).map_err(|e| Error::io(&objects, e))?;
        Ok(Self { seen_objects: Some(objects), ..self.clone() })
    }
    /// The same repository, seen from the linked worktree at `root` whose administrative folder is `git_dir`.
    fn seen_from(&self, root: PathBuf, git_dir: PathBuf) -> Self {
        Self { root, git_dir, ..self.clone() }
    }

    /// A call in this repository, pinned; not yet shielded.
    fn pinned(&self, name: &'static str) -> Call {
        let call = Call::new(&self.program, name)
            .env("GIT_DIR", &self.git_dir)
            .env("GIT_COMMON_DIR", &self.common_dir)
            .env("GIT_WORK_TREE", &self.root)
            .cwd(&self.root);
        match &self.seen_objects {
            Some(objects) => call
                .env("GIT_OBJECT_DIRECTORY", objects)
                .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", quoted(&self.common_dir.join("objects"))),
            None => call,
        }
    }
    /// A call in this repository, pinned and shielded; drivers are enumerated first where content is touched.
    fn git(&self, name: &'static str) -> Result<Call, Error> {
        let drivers = if shield::touches_content(name) { self.switched_off()? } else { Drivers::default() };
        Ok(self.covered(name, &drivers))
    }
    /// The same with `drivers` that were enumerated just now, for one of several calls that follow each other.
    fn covered(&self, name: &'static str, drivers: &Drivers) -> Call {
        shield::cover(self.pinned(name), self.policy, drivers)
    }
    /// Every setting that there is, by name.
    fn configured(&self) -> Result<call::Answer, Error> {
        self.git("config")?.args(["--list", "--name-only", "-z"]).run()
    }
    /// The value of a setting, if it has one.
    fn setting(&self, key: &'static str) -> Result<Option<String>, Error> {
        let answer = self.git("config")?.args(["-z", "--get", key]).run_any()?;
        match answer.code {
            Some(0) => Ok(answer.parts().next().map(|v| String::from_utf8_lossy(v).into_owned())),
            Some(1) => Ok(None),
            _ => Err(answer.failed()),
        }
    }

    /// The commit that is checked out.
    ///
    /// # Errors
    /// [`Error::NoCommits`].
    pub fn head(&self) -> Result<Oid, Error> {
        self.resolve("HEAD")?.ok_or(Error::NoCommits)
    }
    /// Short name of the branch that is checked out, as git spells it; `None` when HEAD is detached.
    ///
    /// # Errors
    /// Those of running git.
    pub fn current_branch(&self) -> Result<Option<String>, Error> {
        let answer = self.git("symbolic-ref")?.args(["--quiet", "HEAD"]).run_any()?;
        match answer.code {
            Some(0) => {
                let full = answer.text()?;
                Ok(Some(full.strip_prefix("refs/heads/").unwrap_or(&full).to_owned()))
            }
            Some(1) => Ok(None),
            _ => Err(answer.failed()),
        }
    }
    /// The commit at the tip of `branch`, if the branch exists.
    ///
    /// # Errors
    /// Those of running git.
    pub fn tip(&self, branch: &BranchName) -> Result<Option<Oid>, Error> {
        self.resolve(&branch.full())
    }
    /// The commit that `name` (`HEAD`, a full ref or an id) means, if there is one.
    fn resolve(&self, name: &str) -> Result<Option<Oid>, Error> {
        let spec = format!("{name}^{{commit}}");
        let answer = self.git("rev-parse")?.args(["--verify", "--quiet", "--end-of-options", &spec]).run_any()?;
        match answer.code {
            Some(0) => Oid::parse(&answer.text()?).map(Some),
            Some(1 | 128) => Ok(None),
            _ => Err(answer.failed()),
        }
    }
    /// Is there a commit `oid`?
    ///
    /// # Errors
    /// Those of running git.
    pub fn has(&self, oid: &Oid) -> Result<bool, Error> {
        Ok(self.resolve(oid.as_str())?.is_some())
    }
    /// The tree of `commit`.
    ///
    /// # Errors
    /// [`Error::Failed`] if there is no such commit.
    pub fn tree_of(&self, commit: &Oid) -> Result<Oid, Error> {
        self.recent.tree(commit, || {
            let spec = format!("{commit}^{{tree}}");
            Oid::parse(&self.git("rev-parse")?.args(["--verify", "--end-of-options", &spec]).run()?.text()?)
        })
    }
    /// Is `old` the same commit as `new`, or one of its ancestors?
    ///
    /// # Errors
    /// Those of running git, and [`Error::Failed`] if one of them does not exist.
    pub fn is_ancestor(&self, old: &Oid, new: &Oid) -> Result<bool, Error> {
        let answer = self
            .git("merge-base")?
            .args(["--is-ancestor", "--end-of-options", old.as_str(), new.as_str()])
            .run_any()?;
        match answer.code {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => Err(answer.failed()),
        }
    }
    /// The best common ancestor of two commits; `None` if they have none.
    ///
    /// # Errors
    /// Those of running git, and [`Error::Failed`] if one of them does not exist.
    pub fn merge_base(&self, one: &Oid, other: &Oid) -> Result<Option<Oid>, Error> {
        let answer = self.git("merge-base")?.args(["--end-of-options", one.as_str(), other.as_str()]).run_any()?;
        match answer.code {
            Some(0) => Oid::parse(&answer.text()?).map(Some),
            Some(1) => Ok(None),
            _ => Err(answer.failed()),
        }
    }
    /// Moves `name` (`HEAD` or a full ref) from `old` (`None`: it does not exist) to `new`, in one step or not at all.
    fn move_ref(&self, name: &str, old: Option<&Oid>, new: &Oid, why: &str) -> Result<(), Error> {
        let expected = old.map_or_else(|| new.absent(), Oid::to_string);
        self.update_ref(name, &expected, why, format!("update {name}\0{new}\0{expected}\0"))
    }
    /// Deletes the ref `name` if it still is at `old`.
    fn delete_ref(&self, name: &str, old: &Oid, why: &str) -> Result<(), Error> {
        self.update_ref(name, old.as_str(), why, format!("delete {name}\0{old}\0"))
    }
    fn update_ref(&self, name: &str, expected: &str, why: &str, input: String) -> Result<(), Error> {
        let answer = self.git("update-ref")?.args(["-m", why, "--stdin", "-z"]).stdin(input).run_any()?;
        if answer.code == Some(0) {
            return Ok(());
        }
        let lock = self.common_dir.join(format!("{name}.lock"));
        if name != "HEAD" && lock.exists() {
            return Err(Error::Locked { path: lock });
        }
        let found = self.resolve(name)?.map_or_else(|| new_absent(expected), |oid| oid.to_string());
        if found != expected {
            return Err(Error::RefMoved { name: name.to_owned(), expected: expected.to_owned(), found });
        }
        Err(answer.failed())
    }
}

fn new_absent(like: &str) -> String {
    "0".repeat(like.len())
}

fn undiscovered(answer: &call::Answer, start: &Path) -> Error {
    let said = answer.complaint();
    let path = start.to_owned();
    if said.contains("dubious ownership") {
        Error::ForeignOwner { path }
    } else if said.contains("cannot use bare repository") {
        Error::Bare { path }
    } else if said.contains("not a git repository") {
        Error::NotARepository { path }
    } else {
        answer.failed()
    }
}
