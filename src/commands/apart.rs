//! `mission apart`: the process in front of an attempt that keeps it apart from what belongs to others.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use mission_executor::process::apart::{self, Isolation};

use crate::args;
use crate::failure::{Exit, Failure};
use crate::files;

/// How this program is started in front of an attempt; nothing if it does not know where it is.
pub(crate) fn command() -> Vec<OsString> {
    std::env::current_exe().map_or_else(|_| Vec::new(), |program| vec![program.into(), "apart".into()])
}

/// Becomes the attempt.
pub(crate) fn perform(args: args::Apart) -> Result<Exit, Failure> {
    let args::Apart { map, places, own, aside, isolation, command: mut words } = args;
    if let Some(pid) = map {
        apart::map(pid).map_err(|source| files::io("help from outside", Path::new("/proc"), source))?;
        return Ok(Exit::Done);
    }
    let isolation = Isolation::parse(&isolation)
        .ok_or_else(|| Failure::usage(format!("`{isolation}` is no isolation"), "it is `auto`, `always` or `never`"))?;
    let program: Option<PathBuf> = (!words.is_empty()).then(|| words.remove(0).into());
    let mapper: Vec<OsString> = command().into_iter().chain(["--map".into()]).collect();
    let aside = aside.expect("clap demands it");
    let apart = apart::Apart { places, own, aside, isolation };
    let entered = apart::enter(&apart, &mapper, program.as_deref(), &words);
    entered.map_err(|source| files::io("start", program.as_deref().unwrap_or(Path::new("nothing")), source))?;
    Ok(Exit::Done)
}
