//! `mission man`: manual pages.

use std::path::Path;

use crate::args::{self, Man};
use crate::failure::{Exit, Failure};
use crate::page::{self, Page};

/// Prints the main page, or writes all pages to a directory.
pub(crate) fn perform(args: &Man) -> Result<Exit, Failure> {
    let mut command = args::plain().disable_help_flag(true);
    command.build();
    let Some(directory) = &args.output else {
        page::print_document(&rendered(&command)?)?;
        return Ok(Exit::Done);
    };
    std::fs::create_dir_all(directory).map_err(|source| Failure::Io {
        doing: "create",
        path: directory.clone(),
        source,
    })?;
    let mut done = Page::new();
    write(directory, "mission", &command, &mut done)?;
    for sub in command.get_subcommands().filter(|c| !c.is_hide_set() && c.get_name() != "help") {
        write(directory, &format!("mission-{}", sub.get_name()), sub, &mut done)?;
    }
    page::print(&done)?;
    Ok(Exit::Done)
}

fn write(directory: &Path, name: &str, command: &clap::Command, done: &mut Page) -> Result<(), Failure> {
    let path = directory.join(format!("{name}.1"));
    let text = rendered(&command.clone().display_name(name.to_owned()))?;
    std::fs::write(&path, text).map_err(|source| Failure::Io { doing: "write", path: path.clone(), source })?;
    done.line(path.display().to_string());
    Ok(())
}

fn rendered(command: &clap::Command) -> Result<String, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(Failure::Output)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
