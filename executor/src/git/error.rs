//! Everything that can go wrong with git, and the way out of it. Knows nothing of how git is run.

use std::path::PathBuf;
use std::time::Duration;

use super::name::visible;
use crate::event::{Disturbed, Failure, FailureClass};

/// Why git could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No program.
    #[error("`git` is not in any absolute folder of PATH")]
    ProgramMissing,
    /// The program is too old.
    #[error("git {found} is too old, 2.38 or newer is needed")]
    TooOld {
        /// Its version.
        found: String,
    },
    /// A name that must not reach git.
    #[error("`{text}` is not {what}: {why}")]
    BadName {
        /// What it should be, with article.
        what: &'static str,
        /// The name, made visible.
        text: String,
        /// What is wrong.
        why: &'static str,
    },
    /// Not inside a repository.
    #[error("`{}` is not inside a git repository", .path.display())]
    NotARepository {
        /// Where git looked.
        path: PathBuf,
    },
    /// A repository without working tree.
    #[error("the git repository at `{}` is bare: it has no working tree", .path.display())]
    Bare {
        /// Where.
        path: PathBuf,
    },
    /// Git does not trust the owner.
    #[error("the git repository at `{}` belongs to another user", .path.display())]
    ForeignOwner {
        /// Where.
        path: PathBuf,
    },
    /// The working tree is somewhere else.
    #[error("the repository's configuration puts its working tree at `{}`, which does not hold `{}`", .tree.display(), .path.display())]
    TreeElsewhere {
        /// Where it is said to be.
        tree: PathBuf,
        /// Where one stands.
        path: PathBuf,
    },
    /// Worktrees are made at the top of a repository.
    #[error("`{}` is not the top of its repository `{}`, where worktrees are made", .path.display(), .top.display())]
    BelowTop {
        /// Where the run would work.
        path: PathBuf,
        /// Top of the working tree.
        top: PathBuf,
    },
    /// No commit yet.
    #[error("the repository has no commits")]
    NoCommits,
    /// No such branch.
    #[error("branch `{branch}` does not exist")]
    BranchMissing {
        /// The branch.
        branch: String,
        /// The branch that is checked out.
        current: Option<String>,
    },
    /// A branch whose name our branches would stand below.
    #[error("branch `{branch}` exists, so no branch can be called `{branch}/…`")]
    BranchInTheWay {
        /// The branch.
        branch: String,
    },
    /// Changes that are not ours.
    #[error("{}", dirty_text(.paths, *.count))]
    Dirty {
        /// Up to ten of them.
        paths: Vec<String>,
        /// How many there are.
        count: usize,
    },
    /// No branch is checked out.
    #[error("HEAD is detached: commits would belong to no branch")]
    Detached,
    /// The user is in the middle of something.
    #[error("a {operation} is in progress")]
    InProgress {
        /// `merge`, `rebase` …
        operation: &'static str,
    },
    /// History is missing.
    #[error("the repository is a shallow clone: history that merges need is missing")]
    Shallow,
    /// Another git process, or a dead one, holds a lock.
    #[error("`{}` exists: another git process is at work here, or died", .path.display())]
    Locked {
        /// The lock.
        path: PathBuf,
    },
    /// Files with conflicts.
    #[error("{} with unresolved conflicts: {}", files(.paths.len()), .paths.join(", "))]
    Unmerged {
        /// They.
        paths: Vec<String>,
    },
    /// A worktree of ours that cannot be brought back to its branch.
    #[error("`{}` could not be brought back to its branch, and still has {}", .path.display(), .paths.join(", "))]
    Unclean {
        /// The worktree.
        path: PathBuf,
        /// Up to ten files.
        paths: Vec<String>,
    },
    /// Content that only a switched-off filter can store rightly.
    #[error("`{path}` is stored through the filter `{filter}`, which is switched off")]
    Filtered {
        /// The file.
        path: String,
        /// The filter.
        filter: String,
    },
    /// Somebody else moved a ref.
    #[error("`{name}` moved from {expected} to {found} meanwhile")]
    RefMoved {
        /// The ref.
        name: String,
        /// Where it was.
        expected: String,
        /// Where it is.
        found: String,
    },
    /// A worktree of ours is not what it was.
    #[error("the worktree `{path}` is lost: {why}")]
    WorktreeLost {
        /// Path below the repository.
        path: String,
        /// What is different.
        why: String,
    },
    /// A worktree changed after the work in it had ended.
    #[error("the worktree `{path}` changed after its work had ended: {}", .what.join(", "))]
    Broken {
        /// Path below the repository.
        path: String,
        /// The same as the workflow asked for it.
        asked: String,
        /// Up to ten files, or where its branch is.
        what: Vec<String>,
    },
    /// What is integrated conflicts with what the base branch got meanwhile.
    #[error("`{branch}` and `{base}` conflict in {}: {}", files(.paths.len()), .paths.join(", "))]
    Conflict {
        /// The integration branch.
        branch: String,
        /// The base branch.
        base: String,
        /// The files.
        paths: Vec<String>,
    },
    /// A branch is checked out somewhere else.
    #[error("branch `{branch}` is checked out in `{path}`")]
    CheckedOut {
        /// The branch.
        branch: String,
        /// Where.
        path: String,
    },
    /// A run does not say where its work belongs.
    #[error("it is not known which branch `{branch}` started from")]
    NoBase {
        /// The integration branch.
        branch: String,
    },
    /// The integration branch was removed on purpose.
    #[error("the integration branch `{branch}` was removed after it was {why}, at {commit}")]
    Retired {
        /// The branch.
        branch: String,
        /// Where it was.
        commit: String,
        /// `merged` or `abandoned`.
        why: String,
    },
    /// A message without a first line.
    #[error("a commit message has no subject")]
    NoSubject,
    /// The engine's own notes about git cannot be read or written.
    #[error("`{}`: {why}", .path.display())]
    Journal {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A file could not be read or written.
    #[error("`{}`: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Git took too long.
    #[error("`git {call}` did not end within {} s and was stopped", .limit.as_secs())]
    Timeout {
        /// The call.
        call: String,
        /// The limit.
        limit: Duration,
    },
    /// Git said too much.
    #[error("`git {call}` printed more than {limit} bytes")]
    TooMuch {
        /// The call.
        call: String,
        /// The limit.
        limit: usize,
    },
    /// Git refused.
    #[error("`git {call}` failed with {}: {stderr}", .code.map_or_else(|| "a signal".to_owned(), |c| format!("code {c}")))]
    Failed {
        /// The call.
        call: String,
        /// Its exit code.
        code: Option<i32>,
        /// What it said, made visible.
        stderr: String,
    },
    /// Git said something unexpected.
    #[error("`git {call}` printed something unexpected: {what}")]
    Unexpected {
        /// The call.
        call: String,
        /// What.
        what: String,
    },
}

impl Error {
    pub(super) fn bad_name(what: &'static str, text: &str, why: &'static str) -> Self {
        let shown: String = visible(text).chars().take(120).collect();
        Self::BadName { what, text: shown, why }
    }

    pub(super) fn io(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::Io { path: path.into(), source }
    }

    /// The way out, where one is known.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::ProgramMissing => "install git 2.38 or newer and put its folder on PATH as an absolute path".into(),
            Self::TooOld { .. } => "install a newer git".into(),
            Self::NotARepository { .. } => {
                "run it inside a repository, or make one: `git init && git add -A && git commit -m start`".into()
            }
            Self::Bare { .. } => "clone it and run inside the clone".into(),
            Self::ForeignOwner { path } => {
                format!("if you trust it: `git config --global --add safe.directory {}`", path.display())
            }
            Self::TreeElsewhere { .. } => "remove the setting: `git config --unset core.worktree`".into(),
            Self::BelowTop { top, .. } => {
                format!(
                    "keep `.mission` at the top and run it there (`cd {}`), or run it without worktrees",
                    top.display()
                )
            }
            Self::NoCommits => "commit something first: `git add -A && git commit -m start`".into(),
            Self::BranchMissing { branch, current } => match current {
                Some(current) => {
                    format!("name another base branch, e.g. `{current}`, or make it: `git branch {branch}`")
                }
                None => format!("name another base branch, or make it: `git branch {branch}`"),
            },
            Self::BranchInTheWay { branch } => format!("rename it: `git branch -m {branch} OTHER`"),
            Self::Dirty { .. } => "commit or stash them first, or pass `--allow-dirty` where a run begins".into(),
            Self::Detached => "check out a branch: `git switch -c NAME`".into(),
            Self::InProgress { operation } => {
                format!("finish it, or give it up: `git {} {}`", verb(operation), give_up(operation))
            }
            Self::Shallow => "fetch the rest of it: `git fetch --unshallow`".into(),
            Self::Locked { path } => {
                format!("wait until it has ended; if no git process runs here, delete `{}`", path.display())
            }
            Self::Unmerged { .. } => "resolve them and try again".into(),
            Self::Filtered { .. } => {
                "set `git: { hooks: run }` in `.mission/config.yaml` if you trust the filters of this repository".into()
            }
            Self::RefMoved { .. } => "nothing was changed; try again".into(),
            Self::WorktreeLost { .. } => "start the node again: `mission retry RUN --node NODE`".into(),
            Self::Broken { .. } => {
                "look at it; to take the work as it is now, start its node again: `mission retry RUN --node NODE`"
                    .into()
            }
            Self::Conflict { branch, base, .. } => {
                format!("nothing was changed; merge by hand: `git switch {base} && git merge {branch}`")
            }
            Self::CheckedOut { path, .. } => format!("run it there: `cd {path}`"),
            Self::NoBase { branch } => format!("check out the branch it belongs to, and `git merge {branch}`"),
            Self::Retired { branch, commit, .. } => format!("bring it back: `git branch {branch} {commit}`"),
            Self::BadName { .. }
            | Self::NoSubject
            | Self::Unclean { .. }
            | Self::Journal { .. }
            | Self::Io { .. }
            | Self::Timeout { .. }
            | Self::TooMuch { .. }
            | Self::Failed { .. }
            | Self::Unexpected { .. } => return None,
        })
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let mut failure = Self::new(FailureClass::Action, error.to_string());
        if let Error::Broken { asked, what, .. } = &error {
            failure.disturbed = Some(Box::new(Disturbed { path: asked.clone(), what: what.clone() }));
        }
        failure.reasons.extend(error.help().map(|help| format!("help: {help}")));
        failure
    }
}

fn verb(operation: &str) -> &str {
    match operation {
        "rebase or am" => "rebase",
        other => other,
    }
}

fn give_up(operation: &str) -> &'static str {
    if operation == "bisect" { "reset" } else { "--abort" }
}

fn files(count: usize) -> String {
    if count == 1 { "1 file".into() } else { format!("{count} files") }
}

fn dirty_text(paths: &[String], count: usize) -> String {
    let mut text = format!("the working tree has {} with uncommitted changes: {}", files(count), paths.join(", "));
    if count > paths.len() {
        text.push_str(&format!(" and {} more", count - paths.len()));
    }
    text
}
