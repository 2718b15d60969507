//! What an agent said, once more, with what no description can foresee in between. Pure.

use std::sync::Arc;

use crate::agent::acp::{Client, Talk};
use crate::agent::catalogue::{Cli, Driver};
use crate::agent::stream::{Listener, Splitter, Totals};
use crate::decide::port::Exit;

/// An event that no agent knows.
pub(super) const UNKNOWN: &str = r#"{"type":"mission.unheard-of","of":{"a":[1,null,"x"]},"id":7}"#;
/// A line that is no event.
pub(super) const BANNER: &str = "  * Welcome! *  {this is no JSON";

/// What was understood.
#[derive(Debug, Clone, PartialEq)]
struct Understood {
    is_done: bool,
    text: String,
    session: Option<String>,
    totals: Totals,
}

/// Whether `log` is understood in the same way when `line` stands before, between and behind its lines; why not.
pub(super) fn same_with(cli: &Cli, log: &[u8], line: &str) -> Result<(), String> {
    let (plain, mixed) = (understood(cli, log, None), understood(cli, log, Some(line)));
    match () {
        () if !plain.is_done => Err("what it said was cut, so that it cannot be tried".to_owned()),
        () if !mixed.is_done => Err("with such a line it is not done any more".to_owned()),
        () if plain != mixed => Err("with such a line something else is understood".to_owned()),
        () => Ok(()),
    }
}

fn understood(cli: &Cli, log: &[u8], between: Option<&str>) -> Understood {
    let mut listener = Listener::new(Arc::new(cli.clone()));
    let mut splitter = Splitter::default();
    // What is said to it does not matter, but that it was asked the same.
    let talk = || Talk { auth: cli.auth.clone(), ..Talk::default() };
    let mut client = (cli.driver == Driver::Acp).then(|| Client::new(&cli.name, talk(), ""));
    let mut one = |line: &[u8]| match &mut client {
        Some(client) => client.line(&mut listener, line),
        None => listener.line(line),
    };
    between.iter().for_each(|line| drop(one(line.as_bytes())));
    let mut hear = |line: &[u8]| {
        one(line);
        between.iter().for_each(|line| drop(one(line.as_bytes())));
    };
    splitter.push(log, &mut hear);
    splitter.finish(&mut hear);
    let (is_done, totals) = (listener.verdict(&Exit::Code(0)).is_ok(), listener.totals());
    let session = listener.session().map(str::to_owned);
    Understood { is_done, text: listener.reply().0, session, totals }
}
