//! The commands that make a run go on or end.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

/// How inputs are given.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Inputs")]
pub(crate) struct Inputs {
    /// Inputs as one JSON object, or from a JSON or YAML file
    #[arg(long = "input", value_name = "JSON|@FILE")]
    pub(crate) object: Option<String>,
    /// One input; wins over --input. `KEY=@FILE` reads JSON or YAML (a text input: the text itself), `@-` reads standard
    /// input, `@@…` is a text that begins with @
    #[arg(short = 'i', value_name = "KEY=VALUE")]
    pub(crate) single: Vec<String>,
    /// The same as -i prompt=TEXT
    #[arg(long, value_name = "TEXT")]
    pub(crate) prompt: Option<String>,
}

/// Run a workflow
///
/// Checks the workflow and its inputs (`mission check NAME` lists them), then runs it until it ends or waits for a person. In a
/// terminal it shows live progress and asks at gates; elsewhere it prints one line for each event and, at a gate, the command
/// that answers it, and exits 3.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mission run mission --prompt \"Add a search page\"
  mission run release-notes -i tag=v1.2 -i dryRun=true
  mission run release.yaml --input @inputs.json --yes
  mission run mission -i plan=@plan.json --agent '*=./my-agent.sh'")]
pub(crate) struct Run {
    /// A workflow file, or a name: `.mission/workflows/NAME.yaml`, else a shipped workflow
    #[arg(value_name = "FILE|NAME")]
    pub(crate) workflow: String,
    /// Replace an agent profile for this run (`*`: all) by a runner such as `claude` or `codex:MODEL`, or by a command,
    /// recognised by a slash
    #[arg(long = "agent", value_name = "PROFILE=SPEC")]
    pub(crate) agents: Vec<String>,
    /// Approve gates that allow it; recorded as such
    #[arg(long, short = 'y')]
    pub(crate) yes: bool,
    /// Start although the repository has uncommitted changes; recorded
    #[arg(long)]
    pub(crate) allow_dirty: bool,
    /// Print the run id and go on in the background
    #[arg(long, short = 'd')]
    pub(crate) detach: bool,
    /// Print events as JSON, one per line
    #[arg(long)]
    pub(crate) json: bool,
    // Last: its heading would cover the arguments behind it.
    #[command(flatten)]
    pub(crate) inputs: Inputs,
}

/// Go on with a run that failed, paused, waits, or lost its executor
///
/// Finished nodes never run again; what was interrupted begins a new attempt. The run keeps the workflow, prompts, inputs and
/// agents it was started with. Failed nodes get a new attempt. A run that was denied or cancelled is final.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mission resume          the latest run that can go on
  mission resume kosame   the run whose id ends like this")]
pub(crate) struct Resume {
    /// A run id, its last word, or a unique beginning of either [default: the latest run that can go on]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,
    #[command(flatten)]
    pub(crate) going: Going,
}

/// How a run that goes on is shown.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Going {
    /// Approve gates that allow it; recorded as such
    #[arg(long, short = 'y')]
    pub(crate) yes: bool,
    /// Print the run id and go on in the background
    #[arg(long, short = 'd')]
    pub(crate) detach: bool,
    /// Print events as JSON, one per line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Stand guard over an executor: ends its agents and commands when it is killed. Runs start it themselves
#[derive(Debug, Args)]
pub(crate) struct Guard {
    /// The folder of the run
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// The executor
    #[arg(value_name = "EXECUTOR")]
    pub(crate) executor: String,
}

/// Keep an attempt apart from what belongs to others. Runs start it themselves
#[derive(Debug, Args)]
pub(crate) struct Apart {
    /// Help the process PID from outside
    #[arg(long, value_name = "PID", exclusive = true)]
    pub(crate) map: Option<u32>,
    /// A whole working tree that it may not write to
    #[arg(long, value_name = "FOLDER")]
    pub(crate) tree: Option<PathBuf>,
    /// A folder that it may not write to
    #[arg(long = "place", value_name = "FOLDER")]
    pub(crate) places: Vec<PathBuf>,
    /// A folder in one of these that is its own
    #[arg(long, value_name = "FOLDER")]
    pub(crate) own: Vec<PathBuf>,
    /// Where it lands what the attempt writes elsewhere
    #[arg(long, value_name = "FOLDER", required_unless_present = "map")]
    pub(crate) aside: Option<PathBuf>,
    /// A folder around that, in which it sees nothing
    #[arg(long, value_name = "FOLDER")]
    pub(crate) hidden: Option<PathBuf>,
    /// Whether a user namespace may be used
    #[arg(long, value_name = "WORD", default_value = "auto")]
    pub(crate) isolation: String,
    /// The attempt's program and its arguments; none: only try
    #[arg(last = true, value_name = "PROGRAM")]
    pub(crate) command: Vec<OsString>,
}

/// Another spelling of resume
#[derive(Debug, Args)]
pub(crate) struct Up {
    /// The run to go on with [default: the latest that can]
    #[arg(long, value_name = "RUN", num_args = 0..=1, required = true)]
    #[expect(clippy::option_option, reason = "clap: the flag without and with a value")]
    pub(crate) resume: Option<Option<String>>,
    #[command(flatten)]
    pub(crate) going: Going,
}

/// Another spelling of run
#[derive(Debug, Args)]
pub(crate) struct Workflow {
    #[command(subcommand)]
    pub(crate) command: WorkflowCommand,
}

/// What may follow `mission workflow`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum WorkflowCommand {
    Run(Run),
}

/// Who answers.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Person {
    /// A comment, kept with the decision
    #[arg(long, value_name = "TEXT")]
    pub(crate) comment: Option<String>,
    /// Who decides [default: the login name]
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
}

/// Answer a gate, then go on with the run
///
/// The answer is bound to exactly what the gate shows now. When no executor holds the run it continues here, in the
/// foreground; otherwise the executor takes the answer.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mission approve kosame                                    the only waiting gate
  mission approve kosame --node mission:approve-plan --edit
  mission approve kosame --choice revise --comment \"split milestone 2\"
  mission approve kosame --value @plan.json --no-resume")]
pub(crate) struct Approve {
    /// A run id, its last word, or a unique beginning of either [default: the run started last]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// The gate; needed when several wait
    #[arg(long, value_name = "ID")]
    pub(crate) node: Option<String>,
    /// One of the gate's choices [default: the one that goes on]
    #[arg(long, value_name = "NAME")]
    pub(crate) choice: Option<String>,
    #[command(flatten)]
    pub(crate) person: Person,
    /// Edit the gate's value in $VISUAL or $EDITOR first
    #[arg(long, conflicts_with = "value")]
    pub(crate) edit: bool,
    /// Replace the gate's value by JSON or YAML from a file
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) value: Option<String>,
    /// Refuse unless the gate still shows what has this digest (see status --json)
    #[arg(long, value_name = "HEX")]
    pub(crate) digest: Option<String>,
    /// Record the answer only
    #[arg(long, conflicts_with_all = ["yes", "detach"])]
    pub(crate) no_resume: bool,
    #[command(flatten)]
    pub(crate) going: Going,
}

/// Answer a gate with its denying choice, which ends the run
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  mission deny kosame --comment \"too expensive\"\n\nExits 1 when this ends the run."
)]
pub(crate) struct Deny {
    /// A run id, its last word, or a unique beginning of either
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// The gate; needed when several wait
    #[arg(long, value_name = "ID")]
    pub(crate) node: Option<String>,
    #[command(flatten)]
    pub(crate) person: Person,
    /// Print events as JSON, one per line
    #[arg(long)]
    pub(crate) json: bool,
}

/// End a run for good
///
/// Agents and commands are asked to end, then killed. A cancelled run cannot be resumed; its report is still written.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mission cancel kosame\n  mission cancel kosame --now    kill at once\n\nExits 1 when this ends the run."
)]
pub(crate) struct Cancel {
    /// A run id, its last word, or a unique beginning of either
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// Kill at once instead of asking first
    #[arg(long)]
    pub(crate) now: bool,
    #[command(flatten)]
    pub(crate) person: Person,
    /// Print events as JSON, one per line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Run a finished node again, then go on with the run
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mission retry kosame --node mission:milestone:1:integrate
  mission retry kosame --node mission:milestone:1:integrate --downstream")]
pub(crate) struct Retry {
    /// A run id, its last word, or a unique beginning of either [default: the run started last]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// The node
    #[arg(long, value_name = "ID")]
    pub(crate) node: String,
    /// Also everything that depends on it
    #[arg(long)]
    pub(crate) downstream: bool,
    /// Approve gates that allow it; recorded as such
    #[arg(long, short = 'y')]
    pub(crate) yes: bool,
    /// Print events as JSON, one per line
    #[arg(long)]
    pub(crate) json: bool,
}

/// What becomes of a node that a person took over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Then {
    Continue,
    Retry,
    Done,
    Failed,
}

/// Talk to the agent of a node in its own session, then say what becomes of the node
///
/// Opens the agent's own program in this terminal, in the session of the latest attempt that has one, where that attempt
/// worked. No attempt of the node may be under way. When the session is over you say what becomes of the node: continue (the
/// agent goes on in the same session and is asked for the result), retry (it begins anew), done (with a value of yours, held to
/// the schema), failed, or nothing. The answer is recorded in your name, and the run goes on.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mission attach kosame mission:plan
  mission attach kosame mission:plan --print              only print the command
  mission attach kosame mission:plan --no-open --then done --value @plan.json")]
pub(crate) struct Attach {
    /// A run id, its last word, or a unique beginning of either
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// The node
    #[arg(value_name = "NODE")]
    pub(crate) node: String,
    /// Print the command and how it is run, and do nothing
    #[arg(long, conflicts_with_all = ["then", "value", "no_open", "no_resume", "comment", "by"])]
    pub(crate) print: bool,
    /// Do not open the session; only say what becomes of the node
    #[arg(long, requires = "then")]
    pub(crate) no_open: bool,
    /// What becomes of the node [default: you are asked]
    #[arg(long, value_name = "OUTCOME", value_enum)]
    pub(crate) then: Option<Then>,
    /// The value of a node that is done: JSON, or from a JSON or YAML file
    #[arg(long, value_name = "JSON|@FILE", requires = "then")]
    pub(crate) value: Option<String>,
    #[command(flatten)]
    pub(crate) person: Person,
    /// Record the answer only
    #[arg(long, conflicts_with_all = ["yes", "detach"])]
    pub(crate) no_resume: bool,
    #[command(flatten)]
    pub(crate) going: Going,
}

/// A file named on the command line with the node whose value it holds.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// The node.
    pub(crate) node: String,
    /// The file.
    pub(crate) file: PathBuf,
}

/// Parses `NODE=FILE`.
pub(super) fn known(text: &str) -> Result<Known, String> {
    match text.split_once('=') {
        Some((node, file)) if !node.is_empty() && !file.is_empty() => {
            Ok(Known { node: node.to_owned(), file: PathBuf::from(file) })
        }
        Some(_) | None => Err("expected NODE=FILE, e.g. `plan=plan.json`".to_owned()),
    }
}
