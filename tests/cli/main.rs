//! The command line from outside: through the binary, in throw-away directories, with a throw-away HOME.

#![expect(clippy::print_stdout, reason = "a skipped test says so")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod agents;
mod dying;
mod help;
mod inputs;
mod json;
mod kept;
mod killed;
mod ledger;
mod loading;
mod older;
mod parking;
mod probing;
mod running;
mod schemas;
mod sessions;
mod setup;
mod support;
mod terminal;
mod trial;
