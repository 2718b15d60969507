//! The commands around runs: schemas, a new repository, the state of this machine, shell integration.

use clap::{Args, ValueEnum};

/// Print a JSON Schema: of workflow files, or of what a command prints with --json
#[derive(Debug, Args)]
#[command(after_help = "\
Schemas:
  workflow    workflow files
  preset      presets: workflows with their inputs filled in
  event       records of `events --json`, `run --json`, `resume --json` …
  plan        the plan of the shipped workflow `mission`
  report      `report --json` and report.json
  graph       `compile --json` and `graph --json`
  status      `status --json`
  runs        `ps --json`
  why         `why --json`
  log         lines of `logs --json`
  findings    `check --json`
  doctor      `doctor --json`
  agents      .mission/agents.yaml, and the agents that are shipped
  prices      .mission/prices.yaml
  found       `agents --json`
  trial       `agents test --json`
  init        `init --json`
  gc          `gc --json`
  attach      `attach --print --json`
  receipt     `run --detach --json`, `approve --no-resume --json`, and whatever is given to an
              executor elsewhere: `cancel --json` … of a run that is under way

Example:
  mission schema workflow > .mission/workflow.schema.json")]
pub(crate) struct Schema {
    /// Which one
    #[arg(value_name = "WHICH", value_enum, default_value_t, hide_possible_values = true)]
    pub(crate) which: SchemaName,
}

/// The schemas, as the help page of `schema` describes them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaName {
    #[default]
    Workflow,
    Preset,
    Event,
    Plan,
    Report,
    Graph,
    Status,
    Runs,
    Why,
    Log,
    Findings,
    Doctor,
    Agents,
    Prices,
    Found,
    Trial,
    Init,
    Gc,
    Attach,
    Receipt,
}

/// Prepare this repository: a configuration and an example workflow
///
/// Writes `config.yaml`, `.gitignore`, `workflow.schema.json` and `workflows/hello.yaml` in `.mission`. Files that exist are left
/// alone.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Tell what was found here: git, agents, checks, the store
#[derive(Debug, Args)]
#[command(after_help = "\
Exits 1 when something is missing that runs need, or when an agent does not answer that was probed.

Examples:
  mission doctor
  mission doctor --probe            one call of every agent that `runner: auto` may take
  mission doctor --probe claude")]
pub(crate) struct Doctor {
    /// Make one short call of every agent that is here, or of these: with your account, which may cost a little
    #[arg(long, value_name = "AGENT", num_args = 0..)]
    pub(crate) probe: Option<Vec<String>>,
    /// Seconds that such a call may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "probe", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: u64,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Remove worktrees and branches that ended runs left and that are merged
///
/// Only what the runs' own records say they made, and only what is merged into their integration branch or the branch they
/// started from. Everything else stays and is listed with the reason. A run that can go on keeps everything.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mission gc --dry-run           what would be removed, and what would stay
  mission gc --abandon kosame    also what that run did not merge; its commits are named")]
pub(crate) struct Gc {
    /// Only say what would be removed
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Give up what this run left, merged or not: its id, its last word, or a unique beginning of either;
    /// may be repeated
    #[arg(long, value_name = "RUN")]
    pub(crate) abandon: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// List the coding agents: which are here, what each can do and cannot
#[derive(Debug, Args)]
#[command(after_help = "\
Agents stand in the order in which `runner: auto` takes them. Those of .mission/agents.yaml stand last.
Exits 0 also when none is here.")]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true, subcommand_value_name = "COMMAND")]
pub(crate) struct Agents {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Option<AgentsCommand>,
}

/// What may follow `mission agents`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum AgentsCommand {
    Test(AgentsTest),
}

/// Try an agent out: a few real calls, each held against what runs rely on
///
/// Uses the agent as it is set up here, with your account. Says how many calls that makes and asks first, unless --yes.
/// Checks that the agent's description excludes are `n/a`, with the reason. Nothing in the repository is changed.
#[derive(Debug, Args)]
#[command(after_help = "\
Checks:
  ok                it answers
  schema            its result fits a JSON Schema
  re-ask            asked again with the reasons, it corrects its result
  resume            it goes on with a session, as after a crash, and remembers it
  error             what cannot succeed is told as a failure
  cancel, timeout   asked to end, and ended by force, nothing of it is left
  4 in parallel     four calls at a time do not disturb each other
  big prompt        160 KB arrive (100 KB as an argument)
  unknown event, banner   what no description foresees changes nothing
  usage             tokens are told, if its description names them
  no process left   nothing outlives a call

Exits 1 when a check failed.

Examples:
  mission agents test mine
  mission agents test claude --yes --json")]
pub(crate) struct AgentsTest {
    /// The agent
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Do not ask
    #[arg(long, short = 'y')]
    pub(crate) yes: bool,
    /// Seconds that a call may take
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    pub(crate) limit: u64,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Print a completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  mission completions bash > ~/.local/share/bash-completion/completions/mission")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// Print a man page, or write all of them to a directory
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  mission man | man -l -\n  mission man -o ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// Write a page for each command to DIR
    #[arg(short = 'o', long = "output", value_name = "DIR")]
    pub(crate) output: Option<std::path::PathBuf>,
}
