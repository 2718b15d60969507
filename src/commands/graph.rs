//! `mission graph`: the graph of a run with the state of every node.

use mission_compiler::draw::PictureState;
use mission_compiler::expand;

use super::drawing;
use crate::args;
use crate::failure::{Exit, Failure};
use crate::history::Past;

/// Draws it.
pub(crate) fn perform(args: &args::Graph) -> Result<Exit, Failure> {
    let Past { run, sources, .. } = Past::open(args.run.as_deref())?;
    let shapeless = |error: expand::ExpandError| Failure::Usage { message: error.to_string(), hint: None };
    let graph = expand::preview(run.graph(), &run).map_err(shapeless)?;
    // What the preview added has no state yet.
    let state = |ix| if run.graph().contains(ix) { run.picture_state(ix) } else { PictureState::Pending };
    let picture = expand::picture(run.workflow(), &sources, &graph, &state);
    drawing::write(&args.drawing, &picture)?;
    Ok(Exit::Done)
}
