//! What is held against the graph of a run before anything runs: bad keys in an input, and more nodes than are allowed.

use super::items::list;
use super::{ExpandError, Item};
use crate::facts::Facts;
use crate::graph::{Graph, Ix};
use crate::template::{Data, Scope};
use crate::workflow::{Setting, Workflow};

/// What is held against a graph before anything runs.
pub(super) struct Beforehand {
    /// Most nodes.
    pub(super) limit: Option<u64>,
}

impl Beforehand {
    /// Objects to keys that would fail the map later, and to more items than there may be nodes.
    pub(super) fn check(
        &self,
        graph: &Graph,
        facts: &dyn Facts,
        map: Ix,
        found: Result<&[Item], &str>,
    ) -> Result<(), ExpandError> {
        match found {
            Ok(items) => within(self.limit, (graph.len() + items.len()) as u64),
            // An input that is not given yet is not a list; one that is given is, for it was checked.
            Err(message) if list(graph, facts, map).is_ok() && is_certain(graph, map) => {
                Err(ExpandError::Setting { node: graph.node(map).id.to_string(), message: message.to_owned() })
            }
            Err(_) => Ok(()),
        }
    }
}

pub(super) fn within(limit: Option<u64>, nodes: u64) -> Result<(), ExpandError> {
    match limit {
        Some(limit) if nodes > limit => Err(ExpandError::TooMany { nodes, limit }),
        Some(_) | None => Ok(()),
    }
}

pub(super) fn limit_on_nodes(workflow: &Workflow, inputs: &Data) -> Option<u64> {
    let limit = match workflow.limits.nodes.as_ref()? {
        Setting::Fixed(limit) => *limit,
        Setting::Computed(template) => {
            let mut scope = Scope::new();
            scope.bind("inputs", inputs.clone());
            template.render(&scope).ok()?.as_i64()?
        }
    };
    u64::try_from(limit).ok()
}

/// Is there no condition, on the map or around it, that may keep it from being opened?
fn is_certain(graph: &Graph, map: Ix) -> bool {
    let mut at = Some(map);
    while let Some(ix) = at {
        let node = graph.node(ix);
        if node.def.when.is_some() || node.trigger.is_some() {
            return false;
        }
        at = node.parent;
    }
    true
}
