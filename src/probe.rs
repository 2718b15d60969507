//! One short call of every agent that is here, for `doctor --probe`: what came of it, what it cost, and what to do about a failure.

use std::path::Path;
use std::time::Duration;

use mission_executor::agent::Agents;
use mission_executor::agent::catalogue::Cli;
use mission_executor::agent::prices::Prices;
use mission_executor::clock::{Clock, SystemClock};
use mission_executor::event::{Failure as Reason, FailureClass};
use mission_executor::process::apart::Isolation;
use mission_executor::process::{Limits, Settings};
use mission_executor::runs::{Draft, Runs};
use mission_executor::trial::{Probed, Trial};
use schemars::JsonSchema;
use serde::Serialize;

use crate::commands::guard;
use crate::failure::Failure;
use crate::files;
use crate::page::flat;
use crate::screen::words;

/// What a call came to.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Probe {
    /// The agent.
    agent: String,
    /// Class of its failure; none if it answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<FailureClass>,
    /// Milliseconds.
    millis: u64,
    /// Tokens read, if it told.
    #[serde(skip_serializing_if = "Option::is_none")]
    input_tokens: Option<u64>,
    /// Tokens written, if it told.
    #[serde(skip_serializing_if = "Option::is_none")]
    output_tokens: Option<u64>,
    /// USD, if it told; otherwise unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    usd: Option<f64>,
}

/// A probe in words: whether it answered, what was found, and the way out.
pub(crate) struct Told {
    pub(crate) probe: Probe,
    pub(crate) answered: bool,
    pub(crate) found: String,
    pub(crate) help: Option<String>,
}

/// Probes `cli`, for at most `limit`. Nothing of it is left in the project.
///
/// # Errors
/// If no attempt can be started in the project at `root`.
pub(crate) fn of(root: &Path, known: &Agents, cli: &Cli, limit: Duration) -> Result<Told, Failure> {
    // A run that is never published: it is out of git's sight, and gone when it is dropped.
    let draft = Runs::of(root).draft(SystemClock::new().now())?;
    let probed = called(root, &draft, known, cli, limit)?;
    Ok(told(cli, limit, &probed))
}

/// What calls of agents outside of any run stand on: in the project at `root`, with what they leave in `folder`.
pub(crate) fn settings(root: &Path, folder: &Path, run: &str, known: &Agents) -> Settings {
    Settings {
        repository: root.to_owned(),
        folder: folder.to_owned(),
        run: run.to_owned(),
        environment: std::env::vars_os().collect(),
        agents: known.text().map(str::to_owned),
        guard: guard::command(),
        keeper: Vec::new(),
        isolation: Isolation::Never,
        prices: Prices::default(),
        limits: Limits::default(),
    }
}

fn called(root: &Path, draft: &Draft, known: &Agents, cli: &Cli, limit: Duration) -> Result<Probed, Failure> {
    let work = draft.path().join("work");
    std::fs::create_dir(&work).map_err(|source| files::io("make", &work, source))?;
    let settings = settings(root, draft.path(), draft.id().as_str(), known);
    let cwd = work.strip_prefix(root).unwrap_or(&work).to_owned();
    let failed = |source| files::io("work in", draft.path(), source);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(Trial { settings, cwd, limit }.probe(cli)).map_err(failed)
}

fn told(cli: &Cli, limit: Duration, probed: &Probed) -> Told {
    let usage = &probed.usage;
    let millis = u64::try_from(probed.took.as_millis()).unwrap_or(u64::MAX);
    let took = words::duration(probed.took);
    let cost = usage.usd.map_or_else(|| "cost unknown".to_owned(), words::money);
    let tokens = match (usage.input_tokens, usage.output_tokens) {
        (Some(read), Some(written)) => {
            format!("{} tokens in, {} out", words::thousands(read), words::thousands(written))
        }
        _ => "tokens unknown".to_owned(),
    };
    let figures = format!("{took}, {tokens}, {cost}");
    let found = match &probed.failure {
        None => format!("answered ({figures})"),
        Some(failure) => format!("{}: {} ({figures})", failure.class.word(), flat(&failure.message)),
    };
    let left = match probed.left {
        0 => String::new(),
        left => format!("\n{left} of its processes were left behind, and were ended"),
    };
    let probe = Probe {
        agent: cli.name.clone(),
        failed: probed.failure.as_ref().map(|failure| failure.class),
        millis,
        input_tokens: usage.input_tokens,
        output_tokens: usage.output_tokens,
        usd: usage.usd,
    };
    let help = probed.failure.as_ref().map(|failure| way_out(cli, failure, limit));
    Told { answered: probed.failure.is_none(), probe, found: found + &left, help }
}

/// What a person can do about it.
fn way_out(cli: &Cli, failure: &Reason, limit: Duration) -> String {
    let by_hand = format!("start `{}` by hand and look what it says", cli.bin);
    match failure.class {
        FailureClass::Auth => {
            let login = cli.login.as_deref().map(|how| format!("log in: {how}"));
            login.unwrap_or_else(|| "log in to it, or give it its key (`secrets` of its description)".to_owned())
        }
        FailureClass::RateLimit | FailureClass::Quota => {
            let until = failure.until.map(|until| format!(" until {}", until.in_utc())).unwrap_or_default();
            format!("wait{until}, or use another agent meanwhile: runs wait by themselves")
        }
        FailureClass::Provider => "its provider or the way there fails: try again later, look at the network, at \
                                   proxies and at the address it is set to"
            .to_owned(),
        FailureClass::Timeout | FailureClass::Idle => {
            format!("it was given {} s: {by_hand}; it may wait for the network or for a question", limit.as_secs())
        }
        FailureClass::StartFailed | FailureClass::Exit | FailureClass::Signal => by_hand,
        FailureClass::Budget | FailureClass::ContextOverflow => {
            format!("look at its settings: one word was too much for them; or {by_hand}")
        }
        FailureClass::NoResult
        | FailureClass::InvalidOutput
        | FailureClass::Contradicted
        | FailureClass::Verdict
        | FailureClass::Expression
        | FailureClass::Body
        | FailureClass::Action => {
            format!("`mission agents test {}` tries it at length; its description may not fit this version", cli.name)
        }
    }
}
