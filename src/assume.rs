//! What would be known if some nodes had given these values: facts without a run, for drawing and for refusing early.

use std::collections::BTreeMap;

use mission_compiler::expand::{self, ExpandError};
use mission_compiler::facts::{Facts, View, scope};
use mission_compiler::graph::{FrameIx, Graph, Ix};
use mission_compiler::template::{Data, Expr, Template, Uses};
use mission_compiler::workflow::{Assert, Verb, Workflow};
use mission_executor::decide::judge_value;

/// Facts that follow from inputs and assumed outputs alone.
pub(crate) struct Assumed {
    workflow: String,
    inputs: Data,
    /// The graph before anything has run; nodes that grow later are not known.
    graph: Graph,
    outputs: BTreeMap<Ix, Data>,
}

impl Assumed {
    /// Facts with these inputs and no outputs.
    ///
    /// # Errors
    /// A graph that cannot be made.
    pub(crate) fn new(workflow: &Workflow, inputs: &BTreeMap<String, Data>) -> Result<Self, ExpandError> {
        let inputs = Data::map(inputs.iter().map(|(name, value)| (name.clone(), value.clone())).collect());
        let mut facts =
            Self { workflow: workflow.name.clone(), inputs, graph: Graph::default(), outputs: BTreeMap::new() };
        facts.graph = expand::expand(workflow, &facts)?;
        Ok(facts)
    }
    /// The graph before anything has run.
    pub(crate) fn graph(&self) -> &Graph {
        &self.graph
    }
    /// Assumes that `ix` gave `value`, if its contract accepts that.
    ///
    /// # Errors
    /// Every reason for which the value is refused.
    pub(crate) fn assume(&mut self, ix: Ix, value: serde_json::Value) -> Result<(), Vec<String>> {
        let value = self.judged(ix, value)?;
        self.outputs.insert(ix, value);
        Ok(())
    }
    /// Nodes that will not run because of the inputs, and whose value instead breaks their own contract, with the reasons.
    /// Later rounds would only repeat what the first one says.
    pub(crate) fn objections(&self) -> Vec<(String, Vec<String>)> {
        let instead = |ix: &Ix| {
            let node = self.graph.node(*ix);
            if node.chain.round > 0 {
                return None;
            }
            if node.def.when.as_ref().and_then(|when| self.eval(node.frame, when)?.as_bool()) != Some(false) {
                return None;
            }
            let value = self.render(node.frame, node.def.otherwise.as_ref()?)?;
            let reasons = self.judged(*ix, value.to_json()).err()?;
            Some((node.id.to_string(), reasons))
        };
        self.graph.iter().collect::<Vec<_>>().iter().filter_map(instead).collect()
    }

    fn judged(&self, ix: Ix, value: serde_json::Value) -> Result<Data, Vec<String>> {
        let node = self.graph.node(ix);
        let def = &node.def;
        let seen = |assert: &Assert, output: &Data| {
            let mut uses = assert.expr.uses().clone();
            uses.merge(&assert.say.uses());
            let mut seen = scope(&self.graph, self, node.frame, &uses);
            seen.bind("output", output.clone());
            seen
        };
        judge_value(value, def.output.contract.as_ref(), &def.asserts, &def.keys, &seen)
    }
    /// The output that `ix` would have, if that follows.
    fn output(&self, ix: Ix) -> Option<Data> {
        if !self.graph.contains(ix) || ix.index() >= self.graph.bound() {
            return None;
        }
        if let Some(known) = self.outputs.get(&ix) {
            return Some(known.clone());
        }
        let node = self.graph.node(ix);
        if let Some(when) = &node.def.when
            && !self.eval(node.frame, when)?.as_bool()?
        {
            return self.render(node.frame, node.def.otherwise.as_ref()?);
        }
        if node.def.map.is_some() {
            return None;
        }
        match &node.def.verb {
            Verb::Value(value) => self.render(node.frame, value),
            Verb::Gate(gate) => self.eval(node.frame, &gate.edit.as_ref()?.value),
            Verb::Nodes(_) => self.eval(node.inner?, node.def.yields.as_ref()?),
            Verb::Agent { .. } | Verb::Run(_) | Verb::Uses { .. } => None,
        }
    }
    fn eval(&self, frame: FrameIx, expr: &Expr) -> Option<Data> {
        self.knows(frame, expr.uses()).then(|| expr.eval(&scope(&self.graph, self, frame, expr.uses())).ok())?
    }
    fn render(&self, frame: FrameIx, template: &Template) -> Option<Data> {
        let uses = template.uses();
        self.knows(frame, &uses).then(|| template.render(&scope(&self.graph, self, frame, &uses)).ok())?
    }
    /// Does everything that is used follow?
    fn knows(&self, frame: FrameIx, uses: &Uses) -> bool {
        let node = |name: &String| {
            let rounds = self.graph.resolve(frame, name)?;
            self.output(self.current(rounds)?)
        };
        uses.nodes.keys().all(|name| node(name).is_some())
            && !["run", "failure", "revision", "output"].iter().any(|root| uses.roots.contains(*root))
    }
}

impl Facts for Assumed {
    fn inputs(&self) -> Data {
        self.inputs.clone()
    }
    fn run(&self) -> Data {
        Data::map(vec![
            ("id".to_owned(), Data::from("RUN")),
            ("workflow".to_owned(), Data::from(self.workflow.as_str())),
        ])
    }
    fn current(&self, rounds: &[Ix]) -> Option<Ix> {
        rounds.first().copied()
    }
    fn view(&self, ix: Ix) -> View {
        let output = self.output(ix);
        View {
            status: if output.is_some() { "done" } else { "pending" },
            output: output.unwrap_or_else(Data::null),
            error: Data::null(),
            attempts: 0,
            items: None,
        }
    }
}
