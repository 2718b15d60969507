//! What a result said, held against what happened: the words for it. Pure.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What came of holding a result against the facts of its attempt.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// Files that changed in the attempt's working tree, by path; at most 1,000 of them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub changed: Vec<Touched>,
    /// What these files were before and after, by path, where it was asked which files it changed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub contents: BTreeMap<String, Contents>,
    /// The tree of its place when it had ended, where it was asked which files it changed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tree: Option<String>,
    /// Where another attempt follows: what those so far changed while nobody else was at work in their tree, and did not take back.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub own: BTreeMap<String, Contents>,
    /// How many further files changed.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub more: u32,
    /// Nodes that worked in the same tree at the same time: what changed may be theirs.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub shared: Vec<String>,
    /// Others who worked at the same time could have written unseen where it did: in the same tree, or in its worktree, because they
    /// were not kept apart.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub exposed: bool,
    /// What does not fit, and what could not be proved.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub findings: Vec<Finding>,
    /// Contradictions were to be reported only: `mismatch: report`.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub softened: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// A file that changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Touched {
    /// Its path below the top of the tree.
    pub path: String,
    /// How.
    pub how: How,
}

/// What a file was before an attempt and after it: git's mode and object id. Without: it was not there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Contents {
    /// When the attempt began.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<String>,
    /// When it had ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<String>,
    /// Events of the agent, which its model does not write itself, told that it wrote it.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub told: bool,
    /// Its result names it.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub named: bool,
}

/// How a file changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// It is new.
    Added,
    /// It is another.
    Modified,
    /// It is gone.
    Deleted,
}

/// Something that does not fit, or that could not be proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// What follows from it.
    pub weight: Weight,
    /// One sentence.
    pub say: String,
    /// Paths, commands, refs: at most 20.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub evidence: Vec<String>,
}

/// What follows from a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// What nobody saw is neither true nor false: it is reported.
    Unproven,
    /// The result says what is not so: the node has failed, unless `mismatch: report`.
    Contradiction,
    /// Somebody changed what no node may change: the node has failed.
    Tampering,
}

/// Kinds of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// The work is said to be done, and no file changed.
    NothingChanged,
    /// Files changed, and nothing was to change.
    ChangedAnyway,
    /// A repository is new inside the tree: what is in it is in no commit.
    NestedRepository,
    /// A link is new and leads out of the tree: what is there is in no commit.
    LinkOut,
    /// The work is said to be done, and files are left in conflict, or git in the middle of a merge, rebase or pick.
    InConflict,
    /// A file is said to be changed, and is not.
    NotChanged,
    /// A file changed, and the result does not name it.
    NotNamed,
    /// Nothing that is named is known to be its own: others who worked in the same tree at the same time name it, too.
    Contested,
    /// Nothing is left of the work of another that was to be kept, or not all.
    Undone,
    /// A file changed that the node's `claims` do not cover.
    OutsideClaims,
    /// A command is said to have been run, and was not.
    NotRun,
    /// The work is said to be done, and the last run of a command failed.
    RanAndFailed,
    /// A commit is said to have been made, and was not.
    NoSuchCommit,
    /// What was said could not be held against anything.
    Unobservable,
    /// Something changed outside the attempt's own place.
    Elsewhere,
    /// It wrote to what belongs to others, kept apart so that nothing of it got there.
    Astray,
    /// It tried to steer the run that it works for, and was refused.
    Steered,
    /// A branch, tag or other ref moved.
    RefMoved,
    /// Another branch is checked out.
    HeadSwitched,
    /// A commit carries a trailer of the engine.
    ForgedTrailer,
    /// A commit that changes nothing, where others worked at the same time.
    EmptyCommit,
    /// A branch took in what others committed, and does not have it: for git it is merged.
    SideDropped,
    /// Commits hold changes that were taken back: they stay in the history.
    InHistory,
    /// A file was marked so that git does not see its changes.
    HiddenFile,
    /// Configuration, hooks or other guarded files of the repository changed.
    GitChanged,
    /// The engine's own files changed.
    EngineChanged,
}

impl FindingKind {
    /// The word that files and people use.
    pub fn word(self) -> &'static str {
        match self {
            Self::NothingChanged => "nothing-changed",
            Self::ChangedAnyway => "changed-anyway",
            Self::NestedRepository => "nested-repository",
            Self::LinkOut => "link-out",
            Self::InConflict => "in-conflict",
            Self::NotChanged => "not-changed",
            Self::NotNamed => "not-named",
            Self::Contested => "contested",
            Self::Undone => "undone",
            Self::OutsideClaims => "outside-claims",
            Self::NotRun => "not-run",
            Self::RanAndFailed => "ran-and-failed",
            Self::NoSuchCommit => "no-such-commit",
            Self::Unobservable => "unobservable",
            Self::Elsewhere => "elsewhere",
            Self::Astray => "astray",
            Self::Steered => "steered",
            Self::RefMoved => "ref-moved",
            Self::HeadSwitched => "head-switched",
            Self::ForgedTrailer => "forged-trailer",
            Self::EmptyCommit => "empty-commit",
            Self::SideDropped => "side-dropped",
            Self::InHistory => "in-history",
            Self::HiddenFile => "hidden-file",
            Self::GitChanged => "git-changed",
            Self::EngineChanged => "engine-changed",
        }
    }
    /// Can the one who said it put it right, by other words or where it works?
    pub fn is_of_words(self) -> bool {
        match self {
            Self::NothingChanged
            | Self::NestedRepository
            | Self::LinkOut
            | Self::InConflict
            | Self::NotChanged
            | Self::NotNamed
            | Self::Contested
            | Self::Undone
            | Self::NotRun
            | Self::RanAndFailed
            | Self::NoSuchCommit => true,
            Self::ChangedAnyway
            | Self::Unobservable
            | Self::OutsideClaims
            | Self::Elsewhere
            | Self::Astray
            | Self::Steered
            | Self::RefMoved
            | Self::HeadSwitched
            | Self::ForgedTrailer
            | Self::EmptyCommit
            | Self::InHistory
            | Self::SideDropped
            | Self::HiddenFile
            | Self::GitChanged
            | Self::EngineChanged => false,
        }
    }
}

impl Checked {
    /// Is there anything that a person should know?
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

impl Finding {
    /// Most lines of evidence.
    pub const MOST: usize = 20;

    /// A finding with its evidence; of much, the first.
    pub fn new(kind: FindingKind, weight: Weight, say: impl Into<String>, evidence: Vec<String>) -> Self {
        let total = evidence.len();
        let mut kept: Vec<String> = evidence.into_iter().take(Self::MOST).collect();
        if total > kept.len() {
            kept.push(format!("… and {} more", total - kept.len()));
        }
        Self { kind, weight, say: say.into(), evidence: kept }
    }
    /// On one line.
    pub fn line(&self) -> String {
        if self.evidence.is_empty() { self.say.clone() } else { format!("{}: {}", self.say, self.evidence.join(", ")) }
    }
}
