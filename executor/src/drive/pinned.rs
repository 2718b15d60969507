//! From a pinned definition back to the checked workflow.

use std::sync::Arc;

use mission_compiler::check::{Registry, check};
use mission_compiler::diagnostic::{Diagnostic, Severity};
use mission_compiler::parse::parse;
use mission_compiler::source::{Source, Sources};
use mission_compiler::workflow::Workflow;

use crate::agent::Spec;
use crate::store::Definition;

/// A definition that compiles, with the agents that were chosen for the run.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The workflow.
    pub workflow: Arc<Workflow>,
    /// Its text and its prompts.
    pub sources: Sources,
    /// Digest of the definition that it was made from.
    definition: String,
}

impl Compiled {
    /// From what was checked already: `workflow` and `sources` are those of `definition`.
    ///
    /// # Errors
    /// [`PinnedError`], for an agent that cannot be used.
    pub fn checked(mut workflow: Workflow, sources: Sources, definition: &Definition) -> Result<Self, PinnedError> {
        replace_agents(&mut workflow, definition)?;
        Ok(Self { workflow: Arc::new(workflow), sources, definition: definition.digest() })
    }
    /// Was it made from `definition`?
    pub fn is_of(&self, definition: &Definition) -> bool {
        self.definition == definition.digest()
    }
}

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
pub fn compile(definition: &Definition, registry: &Registry) -> Result<Compiled, PinnedError> {
    let mut sources = Sources::new(Source::new(definition.origin.as_str(), definition.workflow.as_str()));
    for (path, text) in &definition.files {
        sources.add(Source::new(path.as_str(), text.as_str()));
    }
    let parsed = parse(sources.workflow());
    let mut diagnostics = parsed.diagnostics;
    if let Some(syntax) = &parsed.workflow {
        let checked = check(syntax, &sources, registry);
        diagnostics.extend(checked.diagnostics);
        if let Some(workflow) = checked.workflow {
            return Compiled::checked(workflow, sources, definition);
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
