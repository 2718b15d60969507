//! The commands that only look.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::running::{Inputs, Known, known};

/// How a graph is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Text,
    Dot,
    Mermaid,
    Svg,
    Json,
}

/// Where and how a graph is printed.
#[derive(Debug, Args)]
pub(crate) struct Drawing {
    /// How the graph is printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
    /// Write to FILE instead
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

impl Drawing {
    /// The format asked for.
    pub(crate) fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

/// Draw the whole graph of a workflow before anything runs
///
/// Nothing is executed. A map whose list is not known yet is drawn as one box with its body inside; --with gives the value and
/// expands it exactly as a run would.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mission compile mission
  mission compile mission --with plan=plan.json --format svg -o plan.svg
  mission compile release.yaml -i tag=v1.2 --json")]
pub(crate) struct Compile {
    /// A workflow file, or a name
    #[arg(value_name = "FILE|NAME")]
    pub(crate) workflow: String,
    /// Take the output of a node from a JSON or YAML file
    #[arg(long, value_name = "NODE=FILE", value_parser = known)]
    pub(crate) with: Vec<Known>,
    #[command(flatten)]
    pub(crate) drawing: Drawing,
    #[command(flatten)]
    pub(crate) inputs: Inputs,
}

/// Check workflow files and print everything that is wrong with them
///
/// Of a single workflow without errors it prints the inputs.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mission check release.yaml\n  mission check .mission/workflows/*.yaml --json\n\nExits 2 when there is an error; warnings alone exit 0."
)]
pub(crate) struct Check {
    /// Workflow files, or names
    #[arg(value_name = "FILE|NAME", required = true)]
    pub(crate) files: Vec<String>,
    /// Print findings as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// List the runs of this repository
#[derive(Debug, Args)]
pub(crate) struct Ps {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Show how a run stands
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// A run id, its last word, or a unique beginning of either [default: the run started last]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A run, or a node of one.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// A run id, its last word, or a unique beginning of either [default: the run started last]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// A node id, e.g. `mission:plan`; the name of the workflow may be left out. Of several rounds the one that ran last
    /// is meant; `mission:plan-1` is the first
    #[arg(value_name = "NODE")]
    pub(crate) node: Option<String>,
}

/// Explain why a run, or a node of it, stands where it stands
///
/// Of a gate that waits it prints all that is decided about, and the commands that answer it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mission why                       what the latest run waits for\n  mission why mission:final         a node of the latest run\n  mission why kosame mission:final"
)]
pub(crate) struct Why {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Print what agents and commands wrote
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  mission logs -f                            all nodes of the latest run, as it goes\n  mission logs kosame mission:plan --attempt 2"
)]
pub(crate) struct Logs {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Keep printing until the run ends or waits
    #[arg(short = 'f', long)]
    pub(crate) follow: bool,
    /// Only this attempt [default: the last]
    #[arg(long, value_name = "N")]
    pub(crate) attempt: Option<u32>,
    /// Print what agents wrote as they wrote it: their events
    #[arg(long)]
    pub(crate) raw: bool,
    /// Print JSON, one line of the log per line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Print the event log of a run
#[derive(Debug, Args)]
pub(crate) struct Events {
    /// A run id, its last word, or a unique beginning of either [default: the run started last]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// Keep printing until the run ends or waits
    #[arg(short = 'f', long)]
    pub(crate) follow: bool,
    /// Print the records as JSON, one per line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Draw the graph of a run with the state of every node
#[derive(Debug, Args)]
pub(crate) struct Graph {
    /// A run id, its last word, or a unique beginning of either [default: the run started last]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,
    #[command(flatten)]
    pub(crate) drawing: Drawing,
}

/// Print the report of a run
///
/// For a run that worked in worktrees the report ends with the command that merges what it integrated. --land merges it:
/// forward if the branch it started from has not moved, else by one merge commit. That branch must have no uncommitted
/// changes where it is checked out; with a conflict nothing is changed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  mission report kosame\n  mission report kosame --land")]
pub(crate) struct Report {
    /// A run id, its last word, or a unique beginning of either [default: the run started last]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// Merge what the run integrated into the branch that it started from
    #[arg(long)]
    pub(crate) land: bool,
    /// Print JSON instead of Markdown
    #[arg(long)]
    pub(crate) json: bool,
}
