//! What results said and what happened: the engine's own list, and the same for people. Pure.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::markdown::plain;
use super::title;
use crate::event::{Checked, Weight};
use crate::run::Run;

/// A result that was held against the facts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Handoff {
    /// Node id.
    pub node: String,
    /// Title.
    pub title: String,
    /// What came of it.
    pub checked: Checked,
}

/// Every node whose latest result was held against the facts, in topological order.
pub(super) fn handoffs(run: &Run) -> Vec<Handoff> {
    let checked = run.graph().topological().into_iter().filter_map(|ix| {
        let checked = run.state(ix).checked.clone()?;
        Some(Handoff { node: run.graph().node(ix).id.to_string(), title: title(run, ix), checked })
    });
    checked.collect()
}

/// The part of `report.md` about it; nothing if everything fits.
pub(super) fn section(handoffs: &[Handoff], out: &mut String) {
    let telling: Vec<&Handoff> = handoffs.iter().filter(|h| !h.checked.is_clean()).collect();
    let sharing: Vec<&Handoff> = handoffs.iter().filter(|h| !h.checked.shared.is_empty()).collect();
    let exposed = handoffs.iter().filter(|h| h.checked.exposed && h.checked.shared.is_empty()).count();
    if telling.is_empty() && sharing.is_empty() && exposed == 0 {
        return;
    }
    out.push_str("\n## What results said, and what happened\n\n");
    for handoff in &telling {
        let softened = if handoff.checked.softened { " (contradictions were to be reported only)" } else { "" };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "- `{}` {}{softened}", handoff.node, plain(&handoff.title));
        for finding in &handoff.checked.findings {
            let word = match finding.weight {
                Weight::Unproven => "unproven",
                Weight::Contradiction => "CONTRADICTION",
                Weight::Tampering => "TAMPERING",
            };
            let _ = writeln!(out, "  - {word}: {}", plain(&finding.line()));
        }
    }
    if !sharing.is_empty() {
        let gap = if telling.is_empty() { "" } else { "\n" };
        let _ = writeln!(
            out,
            "{gap}These shared a working tree at the same time: who of them wrote a file that somebody names was not seen, and each \
             could write into the files of the others. A `worktree` each tells them apart.\n"
        );
        for handoff in &sharing {
            let others = handoff.checked.shared.join(", ");
            let _ = writeln!(out, "- `{}` with {}", handoff.node, plain(&others));
        }
    }
    if exposed > 0 {
        let gap = if telling.is_empty() && sharing.is_empty() { "" } else { "\n" };
        let nodes = if exposed == 1 { "1 node was" } else { &format!("{exposed} nodes were") };
        let _ = writeln!(
            out,
            "{gap}{nodes} not kept apart from others who worked at the same time: what these wrote there, into files that its result \
             names, was not seen. `mission doctor` says how attempts are kept apart."
        );
    }
}
