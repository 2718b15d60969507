//! The beginning of a run: all or nothing on disk.

use std::collections::BTreeMap;
use std::sync::Arc;

use mission_compiler::template::Data;

use crate::clock::Clock;
use crate::event::{Event, Record};
use crate::run::{ReplayError, Run};
use crate::runs::{RunDir, RunLock, Runs, RunsError};
use crate::store::{Definition, Store, StoreError};

use super::pinned::Compiled;

/// What a new run is made of.
#[derive(Debug, Clone)]
pub struct Begin {
    /// Workflow, prompts, inputs, agents, engine.
    pub definition: Definition,
    /// Switches worth remembering, e.g. `allow-dirty`.
    pub flags: Vec<String>,
}

/// Why a run cannot begin. Nothing is left on disk.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The folder of runs cannot be used.
    #[error(transparent)]
    Runs(#[from] RunsError),
    /// The store cannot be made.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The workflow makes no graph with these inputs.
    #[error(transparent)]
    Graph(#[from] ReplayError),
}

/// Makes a run: its folder, its store with definition and first record. `compiled` is that definition.
///
/// # Errors
/// See [`BeginError`].
pub fn begin(
    runs: &Runs,
    clock: &impl Clock,
    begin: &Begin,
    compiled: &Compiled,
) -> Result<(RunDir, RunLock), BeginError> {
    let definition = &begin.definition;
    let now = clock.now();
    let event = |run: String| Event::RunStarted {
        run,
        workflow: definition.name.clone(),
        definition: definition.digest(),
        engine: definition.engine.clone(),
        inputs: definition.inputs.iter().map(|(k, v)| (k.clone(), v.clone())).collect::<BTreeMap<String, Data>>(),
        agents: definition.agents.clone(),
        flags: begin.flags.clone(),
    };
    let first = |run: String| Record { seq: 1, at: now, event: event(run) };
    // A workflow that makes no graph is refused before anything is on disk.
    Run::begin(Arc::clone(&compiled.workflow), &first("trial".to_owned()))?;
    let draft = runs.draft(now)?;
    Store::create(draft.path(), definition, &[first(draft.id().as_str().to_owned())])?;
    Ok(draft.publish()?)
}
