//! `mission graph`: the graph of a run with the state of every node.

use mission_compiler::draw::PictureState;
use mission_compiler::expand;
use mission_compiler::graph::{Graph, Ix};
use mission_executor::run::Run;

use super::drawing;
use crate::args;
use crate::failure::{Exit, Failure};
use crate::history::Past;

/// Draws it.
pub(crate) fn perform(args: &args::Graph) -> Result<Exit, Failure> {
    let Past { run, sources, .. } = Past::open(args.run.as_deref())?;
    let shapeless = |error: expand::ExpandError| Failure::Usage { message: error.to_string(), hint: None };
    let graph = expand::preview(run.graph(), &run).map_err(shapeless)?;
    let state = |ix| shown(&run, &graph, ix);
    let picture = expand::picture(run.workflow(), &sources, &graph, &state);
    drawing::write(&args.drawing, &picture)?;
    Ok(Exit::Done)
}

/// The state of a node, also of one that only the preview has: pending, or what became of the map it would stand in.
fn shown(run: &Run, graph: &Graph, ix: Ix) -> PictureState {
    if run.graph().contains(ix) {
        return run.picture_state(ix);
    }
    match graph.node(ix).parent.map(|parent| shown(run, graph, parent)) {
        Some(state @ (PictureState::Skipped | PictureState::Cancelled)) => state,
        _ => PictureState::Pending,
    }
}
