//! What crosses the border of the core: inputs from the shell, actions for it. Values only. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use mission_compiler::template::Data;
use mission_compiler::workflow::{Agent, Command, From};
use serde_json::Value;

use crate::event::{Contents, Failure, Finding, Left, Outcome, Overlap, Touched, Usage};

/// Something that happened outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// An attempt ended, and none of its processes is left.
    Ended(Box<Ended>),
    /// An attempt gave a sign of life.
    Progress {
        /// Node id.
        node: String,
        /// The attempt.
        attempt: u32,
        /// What its agent has told of its use so far; `None` before the agent has said anything.
        usage: Option<Usage>,
    },
    /// An attempt is silent because a tool of its agent is under way.
    Busy {
        /// Node id.
        node: String,
        /// The attempt.
        attempt: u32,
    },
    /// Who can work for a profile: the answer to [`Action::Choose`].
    Chosen {
        /// Name of the profile.
        profile: String,
        /// Agents that were not to be taken.
        without: Vec<String>,
        /// Who it is.
        choice: Choice,
    },
    /// The work of two attempts conflicts as it stands.
    Overlap(Overlap),
    /// Time has passed.
    Tick,
    /// A person answered a gate.
    Decision(Decision),
    /// A person asked for the end.
    Cancel {
        /// Who.
        by: String,
        /// Why.
        comment: Option<String>,
        /// Without grace.
        now: bool,
    },
    /// A person talked to the agent of a node.
    Taken(Taken),
    /// The executor must go: attempts are ended, the run stays resumable.
    Interrupt {
        /// Why, e.g. `SIGINT`.
        reason: String,
    },
}

/// Who can work for a profile, on this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// The first that can, but for those that were not to be taken.
    pub agent: Option<Candidate>,
    /// Those that could, and were not to be taken.
    pub held: Vec<String>,
    /// Weight that this machine can bear at once.
    pub room: u32,
}

/// A coding agent that can do what a profile asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its name.
    pub name: String,
    /// What an attempt of it weighs.
    pub weight: u32,
    /// Its first attempt must be alone until it has begun.
    pub warmup: bool,
}

/// An attempt that ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// Node id.
    pub node: String,
    /// The attempt.
    pub attempt: u32,
    /// How the process or action ended.
    pub exit: Exit,
    /// What it said.
    pub reply: Reply,
    /// What it used.
    pub usage: Usage,
    /// End of its log, at most 4 KiB, for failures.
    pub log_tail: String,
    /// What was seen of it, whatever it says.
    pub facts: Box<Facts>,
}

/// What was seen of an attempt.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// Commands that its events told of, in order; `None`: it tells of none.
    pub commands: Option<Vec<Ran>>,
    /// Files that its events told of having written, as it names them.
    pub writes: Vec<String>,
    /// It was kept apart from what belongs to others, as they are from what belongs to it.
    pub apart: bool,
    /// What it changed, or why that is not known; `None`: nobody looked.
    pub seen: Option<Result<Seen, String>>,
    /// How it left its worktree; `None`: it has none, or never got there.
    pub left: Option<Left>,
}

/// A command that an agent ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Its text.
    pub command: String,
    /// Whether it failed; `None`: nobody said.
    pub failed: Option<bool>,
    /// Its exit code, where it is known.
    pub code: Option<i64>,
}

/// The difference between before and after an attempt. Before is when its node last began anew in this place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seen {
    /// Top of the working tree.
    pub place: String,
    /// The tree that a commit of everything there would have when it had ended.
    pub tree: String,
    /// The place is a worktree of the run, not the user's own.
    pub linked: bool,
    /// It worked in a view of its own: what changed is its work and nobody else's.
    pub view: bool,
    /// Files that others changed meanwhile as well, and in which the lines of both stand now.
    pub both: Vec<String>,
    /// Files that it changed once more after others had left them meanwhile, each with what of their lines stands no longer.
    pub over: Vec<String>,
    /// What it wrote, and left as others had left it meanwhile: whether anything of that is its own, nobody knows.
    pub as_others: Vec<String>,
    /// What others changed meanwhile as well, and where theirs stands; with it where its own is kept.
    pub kept_out: Vec<String>,
    /// Attempts from before the node last began anew worked in the same place: their work may be there already.
    pub worked_before: bool,
    /// Files that changed in the working tree.
    pub changed: Vec<Touched>,
    /// What these files were before and after, by path.
    pub contents: BTreeMap<String, Contents>,
    /// The same since this very attempt began; `None`: the work began with it, or it has a view.
    pub again: Option<BTreeMap<String, Contents>>,
    /// The same since the first began of those who have worked here at the same time; `None`: it was alone, or that is not known.
    pub together: Option<Together>,
    /// Repositories that are new in the working tree: what is in them is in no commit of it.
    pub nested: Vec<String>,
    /// Links that are new in the working tree, and lead out of what a commit holds.
    pub links: Vec<String>,
    /// Commits made on the branch that is checked out.
    pub commits: Vec<String>,
    /// Those of them that change nothing.
    pub empty: Vec<String>,
    /// Files that they change, and that are as they were all the same.
    pub passing: Vec<String>,
    /// What they take in of others, and what is not there all the same.
    pub dropped: Vec<String>,
    /// Files that are in conflict in the index since then.
    pub conflicted: Vec<String>,
    /// What is under way in git in its own worktree since then: a merge, a rebase.
    pub unfinished: Vec<String>,
    /// Refs that moved.
    pub refs: Vec<RefMove>,
    /// Places other than its own where files changed.
    pub elsewhere: Vec<Elsewhere>,
    /// Files of the run's own folder that changed, whoever had to write them.
    pub run_files: Vec<String>,
    /// Files that attempts left in the run's own folder when they ended, and that changed since.
    pub left: Vec<String>,
    /// What nobody may change, in any case.
    pub tampered: Vec<Finding>,
}

/// What several attempts did that worked in the same tree at the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Together {
    /// Ids of the other nodes, without those of which something was done before.
    pub others: BTreeSet<String>,
    /// Files that changed since the first of them began. Unlike all together that each of them saw change at its end, this has no
    /// file that came and went meanwhile.
    pub changed: Vec<Touched>,
}

/// A ref that moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefMove {
    /// Its full name.
    pub name: String,
    /// Where it was.
    pub from: Option<String>,
    /// Where it is.
    pub to: Option<String>,
    /// It is the branch that the place has checked out.
    pub own: bool,
    /// It only went forward.
    pub forward: bool,
    /// It is own, and moved by what happened in that place alone: nobody else moved it meanwhile, as far as can be seen.
    pub by_itself: Sureness,
    /// It is one of the run's own.
    pub of_run: bool,
    /// The worktree that it was made for, as the workflow asked for it.
    pub place: Option<String>,
    /// The engine's notes say that it moved it there.
    pub by_engine: bool,
    /// It is not where the last attempt that it was made for left it, and that has ended.
    pub after_end: bool,
}

/// How sure it is that something is so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sureness {
    /// It is not so.
    No,
    /// It cannot be told any more, because of these.
    Unclear(Vec<String>),
    /// It is so.
    Yes,
}

/// A place where files changed that is not the attempt's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// The node it was made for; `None`: the user's own working tree.
    pub owner: Option<String>,
    /// The worktree as the workflow asked for it.
    pub path: Option<String>,
    /// What changed there.
    pub what: Vec<String>,
    /// It changed after the last attempt in it had ended, and that was while this one was under way.
    pub after_end: bool,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Exit {
    /// The process ended by itself.
    Code(i32),
    /// A signal ended it.
    Signal(i32),
    /// It never ran.
    NotStarted(String),
    /// The adapter or action knows better why it failed.
    Failed(Failure),
    /// An action ended well with this result.
    Value(Value),
    /// The session of the lost attempt that it was to go on with is gone: nothing was done.
    NoSession(String),
}

/// What an attempt said, before anyone believes it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reply {
    /// Standard output, or the agent's last message.
    pub text: String,
    /// True if `text` is only a part: its limit was exceeded.
    pub text_cut: bool,
    /// Position of the first byte of standard output that is not UTF-8; `text` has `U+FFFD` there.
    pub text_broken: Option<u64>,
    /// Content of the file `MISSION_OUTPUT`, if it was written.
    pub file: Option<String>,
    /// Why `file` is not given although something is there: too large, not a file, not UTF-8.
    pub file_refused: Option<String>,
    /// A structured result that the agent gave natively.
    pub structured: Option<Value>,
}

/// What a person says about a node whose agent they talked to.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// Node id; the base id means its current round.
    pub node: String,
    /// The attempt whose session they talked in.
    pub attempt: u32,
    /// Id of that session.
    pub session: String,
    /// What becomes of the node.
    pub outcome: Outcome,
    /// Who.
    pub by: String,
    /// How: `command`, `terminal`, `web`.
    pub via: String,
    /// Comment.
    pub comment: Option<String>,
    /// The value that it is done with.
    pub value: Option<Value>,
}

/// A person's answer to a gate.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Node id of the gate; the base id means its current round.
    pub node: String,
    /// The choice.
    pub choice: String,
    /// Who.
    pub by: String,
    /// How: `terminal`, `command`, `yes`, `web`.
    pub via: String,
    /// Comment.
    pub comment: Option<String>,
    /// Digest of what the person saw; `None` means what is shown now.
    pub shown: Option<String>,
    /// The edited value, if it was edited.
    pub value: Option<Value>,
}

/// Something the shell must do, after the events of the same step are committed.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Start an attempt.
    Start(Box<Work>),
    /// Find out who can work for a profile; [`Input::Chosen`] follows in any case.
    Choose {
        /// Name of the profile.
        profile: String,
        /// The profile.
        agent: Box<Agent>,
        /// Agents that are not to be taken.
        without: Vec<String>,
    },
    /// End an attempt and all its processes; [`Input::Ended`] follows in any case.
    Kill {
        /// Node id.
        node: String,
        /// The attempt.
        attempt: u32,
        /// Kill at once instead of asking first.
        now: bool,
    },
}

/// One attempt, fully rendered: the shell adds nothing but paths.
#[derive(Debug, Clone, PartialEq)]
pub struct Work {
    /// Node id.
    pub node: String,
    /// The attempt.
    pub attempt: u32,
    /// The attempt with which the node last began anew: what attempts since then did belongs to the same piece of work.
    pub first_attempt: u32,
    /// Those since then that an executor ended itself, because the run was interrupted.
    pub put_by: Vec<u32>,
    /// What to do.
    pub task: Task,
    /// Environment variables.
    pub env: Vec<(String, String)>,
    /// Names of environment variables that hold secrets: passed through and redacted.
    pub secrets: Vec<String>,
    /// Working directory below the repository or worktree.
    pub cwd: Option<String>,
    /// Worktree to work in.
    pub worktree: Option<WorktreeSpec>,
    /// Where the result is read from.
    pub from: From,
    /// JSON Schema of the result.
    pub schema: Option<Value>,
    /// What it changes is to be seen: its result will be held against that.
    pub watched: bool,
    /// Others may work in the same tree meanwhile: what it changes is to be told from what they do, if it works in the main one.
    pub view: bool,
    /// Others were under way since its worktree was left: it must be as it was left.
    pub guarded: bool,
    /// What the set-up of its worktree links to: shared with whoever owns it.
    pub shared: Vec<PathBuf>,
    /// Everything the prompt or command was made from (`MISSION_INPUT`).
    pub input: BTreeMap<String, Data>,
}

/// What an attempt does.
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    /// One prompt.
    Agent {
        /// Name of the profile.
        profile: String,
        /// The profile.
        agent: Box<Agent>,
        /// Who of its runners; `None` leaves that to the shell.
        runner: Option<String>,
        /// The prompt; after a refused result it ends with the exact errors.
        prompt: String,
        /// The refused result and why, when this is a re-ask.
        reask: Option<Reask>,
        /// The session that may be gone on with, when an attempt was lost, refused or taken over.
        onward: Option<Onward>,
    },
    /// A command.
    Command {
        /// The command.
        command: Command,
        /// Standard input.
        stdin: Option<String>,
    },
    /// A built-in action.
    Action {
        /// Name.
        name: String,
        /// Arguments.
        with: Value,
    },
}

/// Whose session an attempt may go on with, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Onward {
    /// The attempt whose session it is.
    pub attempt: u32,
    /// What became of that attempt.
    pub after: Broken,
}

/// What broke off an attempt in whose session the next one may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// It was lost with its executor.
    Lost,
    /// Its agent had reached a limit, or did not let it in any more.
    Refused,
    /// A person took it over.
    Taken,
}

/// Why an agent is asked again.
#[derive(Debug, Clone, PartialEq)]
pub struct Reask {
    /// The attempt whose result was refused; its session may be continued.
    pub attempt: u32,
    /// What it said.
    pub previous: String,
    /// What is wrong with it.
    pub errors: Vec<String>,
}

/// A worktree, rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorktreeSpec {
    /// `integrated`, or a ref.
    pub base: String,
    /// Path below the repository.
    pub path: String,
    /// Branch.
    pub branch: String,
}
