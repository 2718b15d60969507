//! The engine's own report, made from the record and the nodes' `report:` hints alone. Pure.

use mission_compiler::facts::scope;
use mission_compiler::graph::Ix;

use crate::run::Run;

/// The node's title from its `report:` hints; its label where there is none.
pub fn title(run: &Run, ix: Ix) -> String {
    let node = run.graph().node(ix);
    let label = || node.label.to_string();
    let Some(template) = node.def.report.as_ref().and_then(|r| r.title.as_ref()) else { return label() };
    let frame = if node.item.is_some() { node.inner.unwrap_or(node.frame) } else { node.frame };
    template.render_text(&scope(run.graph(), run, frame, &template.uses())).unwrap_or_else(|_| label())
}
