//! `mission compile`: the whole graph of a workflow, before anything runs.

use mission_compiler::draw::PictureState;
use mission_compiler::expand;
use mission_compiler::graph::{Graph, Ix};
use mission_compiler::workflow::Workflow;

use super::drawing;
use crate::args::{Compile, Known};
use crate::assume::Assumed;
use crate::failure::{Exit, Failure};
use crate::inputs::{self, Purpose};
use crate::preset::Preset;
use crate::{files, load};
use mission_compiler::suggest::nearest;

/// Draws.
pub(crate) fn perform(args: &Compile) -> Result<Exit, Failure> {
    let preset = Preset::read(&args.workflow)?;
    let loaded = load::load(&preset.workflow)?;
    let inputs = inputs::resolve(&loaded.workflow, &preset, &args.inputs, Purpose::Draw)?;
    let shapeless = |error: expand::ExpandError| Failure::Usage { message: error.to_string(), hint: None };
    let mut facts = Assumed::new(&loaded.workflow, &inputs).map_err(shapeless)?;
    let mut findings = Vec::new();
    for known in &args.with {
        findings.extend(assume(&loaded.workflow, &mut facts, known).err());
    }
    if !findings.is_empty() {
        return Err(Failure::Several { title: "what --with gives is not right".to_owned(), findings });
    }
    let graph = expand::preview(facts.graph(), &facts).map_err(shapeless)?;
    let picture = expand::picture(&loaded.workflow, &loaded.sources, &graph, &|_| PictureState::Pending);
    drawing::write(&args.drawing, &picture)?;
    Ok(Exit::Done)
}

/// Takes one `--with` over.
fn assume(workflow: &Workflow, facts: &mut Assumed, known: &Known) -> Result<(), (String, Option<String>)> {
    let ix = find(workflow, facts.graph(), &known.node)?;
    let file = known.file.display();
    let value = files::data(&known.file).map_err(|failure| match failure {
        Failure::Usage { message, hint } => (message, hint),
        other => (other.to_string(), None),
    })?;
    let refused = |reasons: Vec<String>| {
        (format!("`{file}` is not what `{}` may give: {}", known.node, reasons.join("; ")), None)
    };
    facts.assume(ix, value).map_err(refused)
}

/// The node that somebody means by `name`; the name of the workflow may be left out.
fn find(workflow: &Workflow, graph: &Graph, name: &str) -> Result<Ix, (String, Option<String>)> {
    let full = format!("{}:{name}", workflow.name);
    if let Some(ix) = graph.find(name).or_else(|| graph.find(&full)) {
        return Ok(ix);
    }
    let ids: Vec<String> = graph.iter().map(|ix| graph.node(ix).id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let near = nearest(&full, ids.iter().copied()).or_else(|| nearest(name, ids.iter().copied()));
    Err((
        format!("`{}` has no node `{name}` before it runs", workflow.name),
        near.map(|near| format!("did you mean `{near}`?")),
    ))
}
