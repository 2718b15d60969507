//! `mission ps`: the runs of this repository.

use std::time::Duration;

use jiff::tz::TimeZone;
use mission_executor::clock::{Clock, SystemClock};
use mission_executor::event::{RunStatus, Timestamp};
use mission_executor::runs::RunDir;
use mission_executor::store::Head;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args;
use crate::failure::{Exit, Failure};
use crate::history;
use crate::page::{self, Page, Tone, flat};
use crate::screen::{plain, words};
use crate::standing;

/// What `ps --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct List {
    /// The runs, the latest first.
    runs: Vec<Row>,
}

/// One run.
#[derive(Debug, Serialize, JsonSchema)]
struct Row {
    /// Run id.
    run: String,
    /// Name of the workflow.
    workflow: Option<String>,
    /// How it stands.
    state: Option<RunStatus>,
    /// When it began.
    started: Option<Timestamp>,
    /// When it ended.
    ended: Option<Timestamp>,
    /// What it waits for, if only time can bring it on.
    #[serde(skip_serializing_if = "Option::is_none")]
    parked: Option<String>,
    /// Why it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Lists them.
pub(crate) fn perform(args: &args::Ps) -> Result<Exit, Failure> {
    let runs: Vec<Row> = history::runs()?.list()?.iter().rev().map(row).collect();
    if args.json {
        page::print_json(&List { runs })?;
    } else {
        page::print(&written(&runs, SystemClock::new().now()))?;
    }
    Ok(Exit::Done)
}

fn row(dir: &RunDir) -> Row {
    let run = dir.id().to_string();
    let alive = dir.is_alive().unwrap_or(false);
    match Head::read(dir.path()) {
        Ok(head) => {
            let lost = matches!(head.status, RunStatus::Running | RunStatus::Parked) && !alive;
            let state = if lost { RunStatus::Interrupted } else { head.status };
            // The summary does not hold the time; few runs are parked.
            let parked = (state == RunStatus::Parked).then(|| history::Past::read(dir.clone()).ok()).flatten();
            let parked = parked.and_then(|past| standing::parked_words(&past.run, &TimeZone::system()));
            let (workflow, started) = (Some(head.workflow), Some(head.started));
            Row { run, workflow, state: Some(state), started, ended: head.ended, parked, error: None }
        }
        Err(error) => Row {
            run,
            workflow: None,
            state: None,
            started: None,
            ended: None,
            parked: None,
            error: Some(error.to_string()),
        },
    }
}

fn written(runs: &[Row], now: Timestamp) -> Page {
    let mut page = Page::new();
    if runs.is_empty() {
        page.text("No runs yet. Begin one with ").tone(Tone::Accent, "mission run FILE|NAME").line(".");
    }
    let wide = runs.iter().filter_map(|r| Some(r.workflow.as_ref()?.chars().count())).max().unwrap_or(0);
    for row in runs {
        page.tone(Tone::Strong, &row.run).text("  ");
        if let (Some(workflow), Some(state), Some(started)) = (&row.workflow, row.state, row.started) {
            page.text(format!("{workflow:<wide$}  ")).tone(plain::tone(state), format!("{:<11}", state.word()));
            let ago = words::duration(Duration::from_millis(now.0.saturating_sub(started.0)));
            page.text("  ").text(format!("{ago} ago"));
            if let Some(ended) = row.ended {
                let took = words::duration(Duration::from_millis(ended.0.saturating_sub(started.0)));
                page.tone(Tone::Dim, format!(", took {took}"));
            }
            if let Some(parked) = &row.parked {
                page.tone(Tone::Dim, format!(", {}", flat(parked)));
            }
        }
        if let Some(error) = &row.error {
            page.tone(Tone::Bad, flat(error));
        }
        page.end();
    }
    page
}
