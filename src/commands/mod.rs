//! One file per command; each takes its arguments and returns how it ended.

mod agents;
mod answer;
pub(crate) mod apart;
mod attach;
mod check;
mod compile;
mod completions;
mod doctor;
mod drawing;
mod events;
mod gc;
mod graph;
pub(crate) mod guard;
mod init;
mod logs;
mod man;
mod ps;
mod report;
mod resume;
mod retry;
mod run;
mod schema;
mod status;
mod trial;
mod why;

use crate::args::{Agents, AgentsCommand, Command, Resume, WorkflowCommand};
use crate::failure::{Exit, Failure};

/// Performs one command.
pub(crate) fn perform(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Run(args) => run::perform(&args),
        Command::Workflow(args) => match args.command {
            WorkflowCommand::Run(args) => run::perform(&args),
        },
        Command::Resume(args) => resume::perform(&args),
        Command::Up(args) => resume::perform(&Resume { run: args.resume.flatten(), going: args.going }),
        Command::Approve(args) => answer::approve(&args),
        Command::Deny(args) => answer::deny(&args),
        Command::Cancel(args) => answer::cancel(&args),
        Command::Retry(args) => retry::perform(&args),
        Command::Attach(args) => attach::perform(&args),
        Command::Compile(args) => compile::perform(&args),
        Command::Check(args) => check::perform(&args),
        Command::Ps(args) => ps::perform(&args),
        Command::Status(args) => status::perform(&args),
        Command::Why(args) => why::perform(&args),
        Command::Logs(args) => logs::perform(&args),
        Command::Events(args) => events::perform(&args),
        Command::Graph(args) => graph::perform(&args),
        Command::Report(args) => report::perform(&args),
        Command::Schema(args) => schema::perform(&args),
        Command::Init(args) => init::perform(&args),
        Command::Doctor(args) => doctor::perform(&args),
        Command::Gc(args) => gc::perform(&args),
        Command::Agents(Agents { command: Some(AgentsCommand::Test(args)), .. }) => trial::perform(&args),
        Command::Agents(args) => agents::perform(&args),
        Command::Guard(args) => guard::perform(&args),
        Command::Apart(args) => apart::perform(args),
        Command::Completions(args) => completions::perform(&args),
        Command::Man(args) => man::perform(&args),
    }
}
