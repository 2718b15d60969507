//! A workflow whose attempts end as the test says.

use std::collections::BTreeMap;
use std::sync::Arc;

use mission_compiler::check::{Registry, check};
use mission_compiler::parse::parse;
use mission_compiler::source::{Source, Sources};
use mission_compiler::workflow::{Agent, Workflow};
use mission_executor::decide::port::{
    Action, Candidate, Choice, Decision, Ended, Exit, Facts, Input, Onward, Reask, Reply, Seen, Task,
};
use mission_executor::decide::{Core, Refusal, Step};
use mission_executor::event::{Event, Failure, FailureClass, Record, RunStatus, Timestamp, Usage};
use mission_executor::run::{Phase, Run};

/// A run without a shell.
pub(crate) struct Scripted {
    pub(crate) core: Core,
    workflow: Arc<Workflow>,
    records: Vec<Record>,
    now: u64,
    /// Attempts under way, in the order in which they began.
    under_way: Vec<(String, u32)>,
    /// Who makes each attempt that was started.
    runners: BTreeMap<(String, u32), (Option<String>, Option<Reask>)>,
    /// In whose session each attempt may go on.
    onward: BTreeMap<(String, u32), Option<Onward>>,
    /// Agents that are here, in the order of `auto`.
    here: Vec<Candidate>,
    /// Nodes whose attempts were to be ended.
    killed: Vec<String>,
}

/// An agent that weighs 1 and needs no warm-up.
pub(crate) fn candidate(name: &str) -> Candidate {
    Candidate { name: name.to_owned(), weight: 1, warmup: false }
}

/// Why the workflow makes no graph with the defaults of its inputs.
#[track_caller]
pub(crate) fn graphless(text: &str) -> String {
    let workflow = compiled(text);
    Run::begin(Arc::clone(&workflow), &started(&workflow)).expect_err("no graph").to_string()
}

fn started(workflow: &Workflow) -> Record {
    let inputs = workflow.inputs.iter().filter_map(|(name, input)| Some((name.clone(), input.default.clone()?)));
    let event = Event::RunStarted {
        run: "scripted".to_owned(),
        workflow: workflow.name.clone(),
        definition: "0".repeat(64),
        engine: "test".to_owned(),
        inputs: inputs.collect(),
        agents: BTreeMap::new(),
        flags: Vec::new(),
    };
    Record { seq: 1, at: Timestamp(1_000), event }
}

fn compiled(text: &str) -> Arc<Workflow> {
    let sources = Sources::new(Source::new("scripted.yaml", text));
    let parsed = parse(sources.workflow());
    let syntax = parsed.workflow.unwrap_or_else(|| panic!("{:#?}", parsed.diagnostics));
    let checked = check(&syntax, &sources, &Registry::default());
    Arc::new(checked.workflow.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics)))
}

impl Scripted {
    /// Begins a run with the defaults of its inputs.
    pub(crate) fn begin(text: &str) -> Self {
        Self::begin_with(text, None)
    }

    /// The same, with `--yes` in the name of `yes`.
    pub(crate) fn begin_with(text: &str, yes: Option<&str>) -> Self {
        Self::begin_where(text, yes, vec![candidate("alpha"), candidate("beta")])
    }

    /// The same, where these agents are.
    pub(crate) fn begin_where(text: &str, yes: Option<&str>, here: Vec<Candidate>) -> Self {
        let workflow = compiled(text);
        let first = started(&workflow);
        let run = Run::begin(Arc::clone(&workflow), &first).expect("a graph");
        let core = Core::new(run, yes.map(str::to_owned));
        let (records, under_way, runners, onward) = (vec![first], Vec::new(), BTreeMap::new(), BTreeMap::new());
        let killed = Vec::new();
        let mut made = Self { core, workflow, records, now: 1_000, under_way, runners, onward, here, killed };
        made.input(Input::Tick);
        made
    }

    /// Who can work for a profile, as the shell finds out.
    fn choose(&self, agent: &Agent, without: &[String]) -> Choice {
        let named = agent.runners.iter().flat_map(|runner| {
            self.here.iter().filter(move |one| runner == "auto" || one.name == *runner).cloned().collect::<Vec<_>>()
        });
        let mut choice = Choice { room: 8, ..Choice::default() };
        for one in named {
            if without.contains(&one.name) {
                choice.held.push(one.name);
            } else {
                choice.agent = Some(one);
                break;
            }
        }
        choice
    }

    fn taken(&mut self, step: Step) {
        self.records.extend(step.records);
        for action in step.actions {
            match action {
                Action::Start(work) => {
                    if let Task::Agent { runner, reask, onward, .. } = work.task {
                        self.onward.insert((work.node.clone(), work.attempt), onward);
                        self.runners.insert((work.node.clone(), work.attempt), (runner, reask));
                    }
                    self.under_way.push((work.node, work.attempt));
                }
                Action::Choose { profile, agent, without } => {
                    let choice = self.choose(&agent, &without);
                    self.input(Input::Chosen { profile, without, choice });
                }
                Action::Kill { node, .. } => self.killed.push(node),
            }
        }
    }

    /// Who makes the latest attempt of `node`.
    pub(crate) fn runner(&self, node: &str) -> Option<&str> {
        self.runners.iter().rev().find(|((n, _), _)| n == node).and_then(|(_, (runner, _))| runner.as_deref())
    }

    /// In whose session the latest attempt of `node` may go on.
    pub(crate) fn onward(&self, node: &str) -> Option<Onward> {
        self.onward.iter().rev().find(|((n, _), _)| n == node).and_then(|(_, onward)| *onward)
    }

    /// Why the agent of the latest attempt of `node` is asked again.
    pub(crate) fn task(&self, node: &str) -> Option<Reask> {
        self.runners.iter().rev().find(|((n, _), _)| n == node).and_then(|(_, (_, reask))| reask.clone())
    }

    /// The clock goes on to `at`; whatever is due by then happens in between.
    pub(crate) fn at(&mut self, at: u64) {
        while let Some(next) = self.core.next_deadline().filter(|next| next.0 <= at) {
            self.now = self.now.max(next.0) - 1;
            self.input(Input::Tick);
        }
        self.now = at - 1;
        self.input(Input::Tick);
    }

    /// Nodes whose attempts were to be ended.
    pub(crate) fn killed(&self) -> &[String] {
        &self.killed
    }

    /// What the clock says.
    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    /// Something happens, a millisecond later.
    pub(crate) fn input(&mut self, input: Input) {
        self.now += 1;
        let step = self.core.handle(input, Timestamp(self.now)).expect("not refused");
        self.taken(step);
    }

    /// A person answers the gate `node`.
    pub(crate) fn answers(
        &mut self,
        node: &str,
        choice: &str,
        value: Option<serde_json::Value>,
    ) -> Result<(), Refusal> {
        self.now += 1;
        let (node, choice, by, via) = (node.to_owned(), choice.to_owned(), "ada".to_owned(), "command".to_owned());
        let decision = Decision { node, choice, by, via, comment: None, shown: None, value };
        let step = self.core.handle(Input::Decision(decision), Timestamp(self.now))?;
        self.taken(step);
        Ok(())
    }

    /// The attempt of `node` under way prints `out` and ends with `code`.
    #[track_caller]
    pub(crate) fn ends(&mut self, node: &str, code: i32, out: &str) {
        self.ends_with(node, Exit::Code(code), out, Usage::default());
    }

    /// Its agent fails.
    #[track_caller]
    pub(crate) fn fails(&mut self, node: &str, class: FailureClass, until: Option<u64>) {
        let until = until.map(Timestamp);
        let failure = Failure { until, ..Failure::new(class, format!("refused: {}", class.word())) };
        self.ends_with(node, Exit::Failed(failure), "", Usage::default());
    }

    /// It ends like this, having used that.
    #[track_caller]
    pub(crate) fn ends_with(&mut self, node: &str, exit: Exit, out: &str, usage: Usage) {
        self.ends_as(node, exit, out, usage, Facts::default());
    }

    /// It ends like this, and that was seen of it.
    #[track_caller]
    pub(crate) fn ends_seen(&mut self, node: &str, exit: Exit, out: &str, seen: Seen) {
        let facts = Facts { seen: Some(Ok(seen)), ..Facts::default() };
        self.ends_as(node, exit, out, Usage::default(), facts);
    }

    #[track_caller]
    fn ends_as(&mut self, node: &str, exit: Exit, out: &str, usage: Usage, facts: Facts) {
        let at = self.under_way.iter().position(|(n, _)| n == node);
        let at = at.unwrap_or_else(|| panic!("`{node}` is not under way, only {:?}", self.under_way));
        let (node, attempt) = self.under_way.remove(at);
        let reply = Reply { text: out.to_owned(), ..Reply::default() };
        let (log_tail, facts) = (String::new(), Box::new(facts));
        self.input(Input::Ended(Box::new(Ended { node, attempt, exit, reply, usage, log_tail, facts })));
    }

    /// It gives a sign of life.
    pub(crate) fn tells(&mut self, node: &str, usage: Usage) {
        let attempt = self.under_way.iter().find(|(n, _)| n == node).expect("under way").1;
        self.input(Input::Progress { node: node.to_owned(), attempt, usage: Some(usage) });
    }

    /// The executor dies, and another takes the run over; or a failed run is resumed.
    pub(crate) fn resumed(&mut self) {
        self.reread();
        let step = self.core.take_over(2, Vec::new(), Timestamp(self.now)).expect("not refused");
        self.taken(step);
    }

    /// A person asks for a new attempt of `node`.
    pub(crate) fn retried(&mut self, node: &str, downstream: bool) {
        self.reread();
        let step = self.core.retry(node, downstream, 2, Vec::new(), Timestamp(self.now)).expect("not refused");
        self.taken(step);
    }

    fn reread(&mut self) {
        self.under_way.clear();
        self.now += 1;
        let run = Run::replay(Arc::clone(&self.workflow), &self.records).expect("the log can be followed");
        assert_eq!(run.status(), self.core.run().status(), "read from its log the run stands as it did");
        self.core = Core::new(run, None);
    }

    /// Names of the attempts under way, sorted as they began.
    pub(crate) fn under_way(&self) -> Vec<&str> {
        self.under_way.iter().map(|(node, _)| node.as_str()).collect()
    }

    /// Nodes that the report names as failures, each with whether the run went on.
    pub(crate) fn troubles(&self) -> Vec<(String, bool)> {
        let report = mission_executor::report::report(self.core.run());
        report.unresolved.into_iter().map(|trouble| (trouble.node, trouble.absorbed)).collect()
    }

    /// How the run ended, and why not well.
    #[track_caller]
    pub(crate) fn ending(&self) -> (RunStatus, Vec<String>) {
        let ending = self.core.run().ending().unwrap_or_else(|| panic!("not over: {:?}", self.under_way));
        (ending.status, ending.reasons.clone())
    }

    /// Where `node` is in its life.
    #[track_caller]
    pub(crate) fn phase(&self, node: &str) -> Phase {
        let run = self.core.run();
        run.state(run.graph().find(node).unwrap_or_else(|| panic!("no node `{node}`"))).phase
    }
}
