//! What may be typed: the types that clap parses into, and the help texts. No behaviour but the grouping of the help page.

mod inspecting;
mod running;
mod setup;

use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

pub(crate) use inspecting::*;
pub(crate) use running::*;
pub(crate) use setup::*;

/// Compiles one YAML workflow into a graph and runs it durably
///
/// A workflow is one YAML file. `mission` checks it, draws it, and runs it: agents, commands, approvals, milestones with
/// barriers, repairs. Every step is on disk before the next begins, so a run that was killed goes on where it stopped.
#[derive(Debug, Parser)]
#[command(name = "mission", version, max_term_width = WIDTH, subcommand_value_name = "COMMAND")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that every command has.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Work as if started in DIR
    #[arg(short = 'C', value_name = "DIR", global = true, help_heading = "Global options")]
    pub(crate) directory: Option<PathBuf>,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value_t, value_enum, global = true, help_heading = "Global options")]
    pub(crate) color: Color,
}

/// When to use colours; `auto` means in a terminal, unless `NO_COLOR` is set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(Run),
    Resume(Resume),
    Approve(Approve),
    Deny(Deny),
    Cancel(Cancel),
    Retry(Retry),
    Attach(Attach),
    Compile(Compile),
    Check(Check),
    Ps(Ps),
    Status(Status),
    Why(Why),
    Logs(Logs),
    Events(Events),
    Graph(Graph),
    Report(Report),
    Schema(Schema),
    Init(Init),
    Doctor(Doctor),
    Gc(Gc),
    Agents(Agents),
    #[command(hide = true)]
    Up(Up),
    #[command(hide = true)]
    Workflow(Workflow),
    #[command(hide = true)]
    Guard(Guard),
    #[command(hide = true)]
    Apart(Apart),
    Completions(Completions),
    Man(Man),
}

/// The visible commands as the help page groups them.
const GROUPS: [(&str, &[&str]); 3] = [
    ("Running", &["run", "resume", "approve", "deny", "cancel", "retry", "attach"]),
    ("Looking", &["compile", "check", "ps", "status", "why", "logs", "events", "graph", "report"]),
    ("Setting up", &["init", "doctor", "agents", "gc", "schema", "completions", "man"]),
];

/// Columns that help pages use at most.
const WIDTH: usize = 100;

const EXAMPLES: &str = "\
Examples:
  mission compile mission                         draw the shipped workflow before anything is spent
  mission run mission --prompt \"Add search\"       run it
  mission run release.yaml -i tag=v1.2            run a file of your own
  mission approve kosame --node release:review    answer a gate, and go on
  mission resume                                  go on after a crash, a limit or a failure

Exit codes:
  0 done · 1 the run failed · 2 usage, or an invalid workflow · 3 waiting for a person
  4 another executor holds the run · 5 store · 6 integrity · 70 a bug · 128+n ended by signal n";

/// The whole command line as clap knows it, with every help page on one screen: for parsing and completions.
pub(crate) fn command() -> clap::Command {
    let command = plain().mut_subcommands(|command| on_one_screen(command.mut_subcommands(on_one_screen)));
    let styles = clap::builder::Styles::styled();
    let (head, name) = (*styles.get_header(), *styles.get_literal());
    let mut template = format!("{{about-with-newline}}\n{}\n\n{{usage-heading}} {{usage}}\n", details(&command));
    for (title, members) in GROUPS {
        template.push_str(&format!("\n{head}{title}:{head:#}\n"));
        for member in members {
            let about = command.find_subcommand(member).and_then(clap::Command::get_about).map(ToString::to_string);
            template.push_str(&format!("  {name}{member:<13}{name:#}{}\n", about.unwrap_or_default()));
        }
    }
    template.push_str(&format!("\n{head}Global options:{head:#}\n{{options}}{{after-help}}"));
    command.long_about(clap::builder::Resettable::Reset).help_template(template)
}

/// The definition without our layout: for man pages and the reference.
pub(crate) fn plain() -> clap::Command {
    Cli::command().after_help(EXAMPLES)
}

/// Shows the long description with `-h` and `--help` alike, and options in the short layout.
fn on_one_screen(command: clap::Command) -> clap::Command {
    let details = details(&command);
    let details = if details.is_empty() { details } else { format!("\n{details}\n") };
    let template =
        format!("{{about-with-newline}}{details}\n{{usage-heading}} {{usage}}\n\n{{all-args}}{{after-help}}");
    command.long_about(clap::builder::Resettable::Reset).help_template(template)
}

/// The long description without its first paragraph, which is the short one.
fn details(command: &clap::Command) -> String {
    let long = command.get_long_about().map(ToString::to_string).unwrap_or_default();
    let columns = rustix::termios::tcgetwinsize(std::io::stdout()).map_or(WIDTH, |size| usize::from(size.ws_col));
    let width = columns.clamp(40, WIDTH);
    let paragraphs = long.split("\n\n").skip(1).map(|paragraph| wrapped(paragraph, width));
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

fn wrapped(paragraph: &str, width: usize) -> String {
    let mut text = String::new();
    let mut column = 0;
    for word in paragraph.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            text.push('\n');
            column = 0;
        } else if column > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
    text
}

/// Parses the arguments of this process; prints help or a usage error and exits where clap does.
pub(crate) fn parse() -> Cli {
    let typed: Vec<String> = std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
    let matches = command().try_get_matches().unwrap_or_else(|error| advised(error, &typed).exit());
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// The error with the way out that clap cannot know.
fn advised(mut error: clap::Error, typed: &[String]) -> clap::Error {
    let takes_inputs = typed.iter().any(|arg| arg == "run" || arg == "compile");
    let similar = error.get(ContextKind::SuggestedArg).is_some();
    let tip = match error.kind() {
        ErrorKind::UnknownArgument if takes_inputs && !similar => {
            Some("an input is given as `-i NAME=VALUE`, a goal as `--prompt TEXT`".to_owned())
        }
        ErrorKind::InvalidSubcommand => match error.get(ContextKind::InvalidSubcommand) {
            Some(ContextValue::String(file)) if file.ends_with(".yaml") || file.ends_with(".yml") => {
                Some(format!("a workflow is run by `mission run {file}`"))
            }
            _ => None,
        },
        ErrorKind::MissingRequiredArgument if typed.iter().any(|arg| arg == "deny" || arg == "cancel") => {
            Some("`mission ps` lists the runs".to_owned())
        }
        _ => None,
    };
    if let Some(tip) = tip {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clap_accepts_the_definition() {
        command().debug_assert();
    }

    #[test]
    fn every_visible_command_is_in_one_group() {
        let command = command();
        let visible: Vec<&str> = command.get_subcommands().filter(|c| !c.is_hide_set()).map(|c| c.get_name()).collect();
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, members)| members.iter().copied()).collect();
        grouped.sort_unstable();
        let mut sorted = visible.clone();
        sorted.sort_unstable();
        assert_eq!(grouped, sorted);
    }
}
