//! `mission guard`: the process beside an executor that ends what it leaves behind when it is killed.

use std::ffi::OsString;

use mission_executor::process::guard;

use crate::args;
use crate::failure::{Exit, Failure};
use crate::files;

/// How this program is started as a guard; nothing if it does not know where it is.
pub(crate) fn command() -> Vec<OsString> {
    std::env::current_exe().map_or_else(|_| Vec::new(), |program| vec![program.into(), "guard".into()])
}

/// Stands guard.
pub(crate) fn perform(args: &args::Guard) -> Result<Exit, Failure> {
    guard::stand(&args.folder, &args.executor).map_err(|source| files::io("end what ran in", &args.folder, source))?;
    Ok(Exit::Done)
}
