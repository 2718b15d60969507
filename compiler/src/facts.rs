//! What is known of a run while its graph is made and its expressions are evaluated: outcomes of nodes, as data.

use crate::graph::{FrameIx, Graph, Ix};
use crate::template::{Data, Fields, Scope, Uses};

/// How a node looks to expressions: `nodes.NAME`.
#[derive(Debug, Clone)]
pub struct View {
    /// `done`, `failed`, `skipped`, `cancelled`, or `pending` while it has not settled.
    pub status: &'static str,
    /// Its output; null without one.
    pub output: Data,
    /// `{class, message, reasons, exitCode, logTail}`; null without a failure.
    pub error: Data,
    /// How many attempts it took.
    pub attempts: u32,
    /// Its items, if it is a map.
    pub items: Option<Data>,
}

impl View {
    /// As a map of those fields that are read.
    pub fn data(self, fields: &Fields) -> Data {
        let entries = [
            ("output", Some(self.output)),
            ("status", Some(Data::from(self.status))),
            ("error", Some(self.error)),
            ("attempts", Some(Data::from(i64::from(self.attempts)))),
            ("items", self.items),
        ];
        let read = entries.into_iter().filter(|(name, _)| fields.has(name));
        Data::map(read.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
    }
}

/// Knowledge about a run.
pub trait Facts {
    /// The run's inputs, defaults filled in.
    fn inputs(&self) -> Data;
    /// `{id, workflow}`.
    fn run(&self) -> Data;
    /// What the name with these rounds means now: its last round that ran.
    fn current(&self, rounds: &[Ix]) -> Option<Ix>;
    /// How the node looks.
    fn view(&self, ix: Ix) -> View;
}

/// The values that an expression standing in `frame` may use, and no others.
///
/// Names that it uses but that are not known stay unbound: evaluating them is an error.
pub fn scope(graph: &Graph, facts: &dyn Facts, frame: FrameIx, uses: &Uses) -> Scope {
    let mut scope = Scope::new();
    if uses.roots.contains("inputs") {
        scope.bind("inputs", facts.inputs());
    }
    if uses.roots.contains("run") {
        scope.bind("run", facts.run());
    }
    if !uses.nodes.is_empty() {
        let views = uses.nodes.iter().filter_map(|(name, fields)| {
            let ix = facts.current(graph.resolve(frame, name)?)?;
            Some((name.clone(), facts.view(ix).data(fields)))
        });
        scope.bind("nodes", Data::map(views.collect()));
    }
    bind_items(graph, frame, uses, &mut scope);
    scope
}

fn bind_items(graph: &Graph, frame: FrameIx, uses: &Uses, scope: &mut Scope) {
    let mut at = Some(frame);
    while let Some(ix) = at {
        let frame = graph.frame(ix);
        if let Some(item) = &frame.item {
            bind_item(scope, uses, &item.name, &item.value, item.index);
        }
        at = frame.parent;
    }
}

/// Binds a map's element and its position, if they are used.
pub fn bind_item(scope: &mut Scope, uses: &Uses, name: &str, value: &Data, index: u32) {
    if uses.roots.contains(name) {
        scope.bind(name, value.clone());
    }
    let position = format!("{name}_index");
    if uses.roots.contains(&position) {
        scope.bind(position, Data::from(i64::from(index)));
    }
}
