//! Runs that exist: finding one, reading it, following it. Never takes a run over and never writes.

use mission_compiler::graph::Ix;
use mission_compiler::source::Sources;
use mission_executor::action;
use mission_executor::drive::{Compiled, compile};
use mission_executor::event::Record;
use mission_executor::run::Run;
use mission_executor::runs::{RunDir, Runs, RunsError};
use mission_executor::store::{Definition, Reader, Tail};

use crate::args::Target;
use crate::failure::Failure;
use crate::page::{self, Page, Tone};
use crate::project;
use mission_compiler::suggest::nearest;

/// A run as it was read.
pub(crate) struct Past {
    /// Its folder.
    pub(crate) dir: RunDir,
    /// What it pins.
    pub(crate) definition: Definition,
    /// The pinned workflow and prompts.
    pub(crate) sources: Sources,
    /// Its state.
    pub(crate) run: Run,
    /// Its log.
    pub(crate) records: Vec<Record>,
    /// An executor holds it.
    pub(crate) alive: bool,
    /// To read on.
    reader: Reader,
}

/// The runs of the project.
pub(crate) fn runs() -> Result<Runs, Failure> {
    Ok(Runs::of(&project::root()?))
}

/// The run that `wanted` means; without it the one started last.
pub(crate) fn find(wanted: Option<&str>) -> Result<RunDir, Failure> {
    let runs = runs()?;
    let found = match wanted {
        Some(wanted) => runs.find(wanted),
        None => runs.latest(),
    };
    found.map_err(|error| with_way_out(&runs, error))
}

fn with_way_out(runs: &Runs, error: RunsError) -> Failure {
    match error {
        RunsError::NoRun { .. } => Failure::usage("this repository has no runs", "`mission run FILE|NAME` begins one"),
        RunsError::NotFound { .. } => {
            let there = runs.list().unwrap_or_default();
            let hint = match there.last() {
                Some(last) => format!("the latest run is `{}`; `mission ps` lists all", last.id()),
                None => "this repository has no runs".to_owned(),
            };
            Failure::usage(error.to_string(), hint)
        }
        RunsError::Ambiguous { .. } | RunsError::Held { .. } | RunsError::NotAFolder { .. } | RunsError::Io { .. } => {
            error.into()
        }
    }
}

impl Past {
    /// Reads the run that `wanted` means; without it the one started last.
    pub(crate) fn open(wanted: Option<&str>) -> Result<Self, Failure> {
        Self::read(find(wanted)?)
    }
    /// Reads the run in `dir`.
    pub(crate) fn read(dir: RunDir) -> Result<Self, Failure> {
        // Asked first: an executor that ends meanwhile leaves a complete log behind, never the other way round.
        let alive = dir.is_alive()?;
        let reader = Reader::open(dir.path())?;
        let definition = reader.definition()?;
        // Neither needs the other, and both take their time where a run is long.
        let (read, compiled) = std::thread::scope(|scope| {
            let read = scope.spawn(move || (reader.records(0), reader));
            let compiled = compile(&definition, &action::registry());
            (read.join(), compiled)
        });
        let (records, reader) = read.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let (records, Compiled { workflow, sources, .. }) = (records?, compiled?);
        let run = Run::replay(workflow, &records)?;
        Ok(Self { dir, definition, sources, run, records, alive, reader })
    }
    /// The gate that a person means to answer: of several rounds the one that asks. The name of the workflow may be left out.
    pub(crate) fn meant(&self, name: &str) -> Result<Ix, Failure> {
        self.run.meant(name).map_or_else(|| Err(self.unknown(name)), Ok)
    }
    /// The node that a person wants to read about, repeat or take over: of several rounds the one that ran last, which is said.
    pub(crate) fn told(&self, name: &str) -> Result<Ix, Failure> {
        let Some(ix) = self.run.told(name) else { return Err(self.unknown(name)) };
        let (graph, found) = (self.run.graph(), self.run.graph().node(ix));
        if let Some(first) = graph.rounds(ix).first().map(|first| graph.node(*first)).filter(|_| found.chain.round > 0)
            && (name == &*first.id || first.id.ends_with(&format!(":{name}")))
        {
            let mut page = Page::new();
            page.tone(Tone::Strong, "note");
            page.line(format!(": `{}` ran last; `{}-1` means the first round", found.id, first.id));
            page::say(&page);
        }
        Ok(ix)
    }
    fn unknown(&self, name: &str) -> Failure {
        let run = &self.run;
        let full = format!("{}:{name}", run.workflow().name);
        let ids: Vec<String> = run.graph().iter().map(|ix| run.graph().node(ix).id.to_string()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let hint = match nearest(name, ids.iter().copied()).or_else(|| nearest(&full, ids.iter().copied())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("`mission graph {}` shows all nodes", run.id()),
        };
        Failure::usage(format!("run `{}` has no node `{name}`", run.id()), hint)
    }
    /// It was read for the last time. The process is about to end, and gives back at once what would take a while piece by piece.
    pub(crate) fn leave(self) {
        let Self { run, records, .. } = self;
        std::mem::forget((run, records));
    }
    /// Follows it from here on.
    pub(crate) fn follow(self) -> Result<(Run, RunDir, Tail), Failure> {
        let tail = self.reader.tail(self.run.seq())?;
        Ok((self.run, self.dir, tail))
    }
}

/// The run and the node that `[RUN] [NODE]` mean: a single argument may also be a node of the run started last.
pub(crate) fn target(target: &Target) -> Result<(Past, Option<Ix>), Failure> {
    let Some(first) = target.run.as_deref() else { return Ok((Past::open(None)?, None)) };
    if let Some(node) = target.node.as_deref() {
        let past = Past::open(Some(first))?;
        let ix = past.told(node)?;
        return Ok((past, Some(ix)));
    }
    if first.contains(':') {
        let past = Past::open(None)?;
        let ix = past.told(first)?;
        return Ok((past, Some(ix)));
    }
    let found = find(Some(first));
    if let Err(Failure::Usage { .. }) = &found
        && let Ok(past) = Past::open(None)
        && let Ok(ix) = past.told(first)
    {
        return Ok((past, Some(ix)));
    }
    Ok((Past::read(found?)?, None))
}
