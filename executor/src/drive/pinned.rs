//! From a pinned definition back to the checked workflow.

use mission_compiler::check::{Registry, check};
use mission_compiler::diagnostic::{Diagnostic, Severity};
use mission_compiler::parse::parse;
use mission_compiler::source::{Source, Sources};
use mission_compiler::workflow::Workflow;

use crate::agent::Spec;
use crate::store::Definition;

/// The definition that a run pins does not compile with this engine.
#[derive(Debug, thiserror::Error)]
#[error("the pinned workflow `{name}` does not compile with this version of the engine: {first}")]
pub struct PinnedError {
    /// Name of the workflow.
    pub name: String,
    /// The first reason.
    pub first: String,
    /// Every finding.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles a definition.
///
/// # Errors
/// [`PinnedError`], when the engine that made the run accepted what this one does not.
pub fn compile(definition: &Definition, registry: &Registry) -> Result<(Workflow, Sources), PinnedError> {
    let mut sources = Sources::new(Source::new(definition.origin.as_str(), definition.workflow.as_str()));
    for (path, text) in &definition.files {
        sources.add(Source::new(path.as_str(), text.as_str()));
    }
    let parsed = parse(sources.workflow());
    let mut diagnostics = parsed.diagnostics;
    if let Some(syntax) = &parsed.workflow {
        let checked = check(syntax, &sources, registry);
        diagnostics.extend(checked.diagnostics);
        if let Some(mut workflow) = checked.workflow {
            replace_agents(&mut workflow, definition)?;
            return Ok((workflow, sources));
        }
    }
    let first =
        diagnostics.iter().find(|d| d.severity == Severity::Error).map_or_else(String::new, |d| d.message.clone());
    Err(PinnedError { name: definition.name.clone(), first, diagnostics })
}

/// Puts the agents that were chosen for this run in the place of the workflow's own; a name wins over `*`.
fn replace_agents(workflow: &mut Workflow, definition: &Definition) -> Result<(), PinnedError> {
    for (name, agent) in &mut workflow.agents {
        let Some(spec) = definition.agents.get(name).or_else(|| definition.agents.get("*")) else { continue };
        let spec = Spec::parse(spec).map_err(|e| PinnedError {
            name: definition.name.clone(),
            first: format!("agent `{name}`: {e}"),
            diagnostics: Vec::new(),
        })?;
        *agent = spec.apply(agent);
    }
    Ok(())
}
