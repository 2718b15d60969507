//! The command line: reads the arguments, runs one command, turns whatever went wrong into a message and an exit code.

mod agents;
mod args;
mod assume;
mod background;
mod commands;
mod editor;
mod executing;
mod failure;
mod files;
mod history;
mod inputs;
mod landing;
mod load;
mod next;
mod page;
mod person;
mod preflight;
mod preset;
mod prices;
mod probe;
mod progress;
mod project;
mod screen;
mod standing;
mod templates;
mod within;

use std::process::ExitCode;

use failure::Failure;

fn main() -> ExitCode {
    failure::end_on_bugs();
    if let Some(apart) = commands::apart::wanted(std::env::args_os().skip(1)) {
        return ended(commands::perform(args::Command::Apart(apart)));
    }
    let cli = args::parse();
    page::colour(cli.global.color);
    let result = enter(cli.global.directory.as_deref()).and_then(|()| commands::perform(cli.command));
    ended(result)
}

fn ended(result: Result<failure::Exit, Failure>) -> ExitCode {
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => failure::say(&failure).into(),
    }
}

/// Works as if started in `directory`.
fn enter(directory: Option<&std::path::Path>) -> Result<(), Failure> {
    let Some(directory) = directory else { return Ok(()) };
    std::env::set_current_dir(directory).map_err(|source| Failure::Io {
        doing: "enter",
        path: directory.to_owned(),
        source,
    })
}
