//! The simulated world: a store that fails, attempts that misbehave, people, a clock, executors that crash - and the
//! shipped core in the middle, driven exactly as `drive` drives it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use mission_compiler::workflow::Workflow;
use mission_executor::decide::port::{Action, Candidate, Choice, Decision, Ended, Exit, Input, Reply, Task, Work};
use mission_executor::decide::{Core, Step};
use mission_executor::event::{Event, Failure, FailureClass, PauseCause, Record, RunStatus, Timestamp, Usage};
use mission_executor::run::Run;

use crate::choices::Choices;
use crate::invariants::{NEVER, Watch};
use crate::planted::Bug;
use crate::shapes::Shape;

/// How often each kind of fault happens, in permille. Half of the worlds have none of a kind.
#[derive(Debug, Clone, Copy)]
struct Faults {
    crash: u64,
    store: u64,
    bad_reply: u64,
    bad_exit: u64,
    hang: u64,
    stubborn: u64,
    stale: u64,
    human: u64,
    cancel: u64,
    limit: u64,
}

impl Faults {
    fn new(choices: &mut Choices) -> Self {
        let mut rate = |rates: &[u64]| if choices.chance(500) { *choices.one(rates) } else { 0 };
        Self {
            crash: rate(&[10, 40, 120]),
            store: rate(&[10, 40, 120]),
            bad_reply: rate(&[50, 250, 600]),
            bad_exit: rate(&[50, 250, 600]),
            hang: rate(&[20, 100]),
            stubborn: rate(&[200, 900]),
            stale: rate(&[50, 200]),
            human: rate(&[100, 400]),
            cancel: rate(&[2, 10]),
            limit: rate(&[50, 250]),
        }
    }
}

/// A process, or what is left of one.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) work: Work,
    pub(crate) epoch: u64,
    pub(crate) ends_at: u64,
    pub(crate) exit: Exit,
    pub(crate) reply: Reply,
    /// What its agent tells that it used.
    pub(crate) usage: Usage,
    pub(crate) stubborn: bool,
    pub(crate) asked_to_end: bool,
}

/// What is known of a finished world.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) violation: Option<String>,
    pub(crate) executions: u64,
    pub(crate) crashes: u64,
    pub(crate) events: u64,
    pub(crate) hash: u64,
    pub(crate) status: Option<RunStatus>,
}

pub(crate) struct World {
    choices: Choices,
    faults: Faults,
    bug: Option<Bug>,
    /// What the core is given; differs from what the invariants know only for planted bugs.
    workflow: Arc<Workflow>,
    now: u64,
    durable: Vec<Record>,
    core: Option<Core>,
    epoch: u64,
    processes: BTreeMap<(String, u32), Process>,
    /// Ends that were reported already, to be reported again by a faulty shell.
    told: VecDeque<Ended>,
    people: BTreeMap<(u64, u64), Decision>,
    next_person: u64,
    watch: Watch,
    faults_on: bool,
    resumes_left: u32,
    executions: u64,
    crashes: u64,
    hash: u64,
    trace: bool,
}

const STEPS_WITH_FAULTS: u64 = 400;
const STEPS_IN_ALL: u64 = 6_000;

impl World {
    pub(crate) fn new(seed: u64, shape: &Shape, bug: Option<Bug>) -> Self {
        let mut choices = Choices::new(seed);
        let faults = Faults::new(&mut choices);
        let workflow = bug.map_or_else(|| Arc::clone(&shape.workflow), |bug| bug.workflow(shape));
        let inputs =
            shape.workflow.inputs.iter().filter_map(|(name, input)| Some((name.clone(), input.default.clone()?)));
        let started = Event::RunStarted {
            run: "sim-run".to_owned(),
            workflow: shape.workflow.name.clone(),
            definition: "0".repeat(64),
            engine: "sim".to_owned(),
            inputs: inputs.collect(),
            agents: BTreeMap::new(),
            flags: Vec::new(),
        };
        let first = Record { seq: 1, at: Timestamp(1_000), event: started };
        let watch = Watch::new(shape, &first);
        Self {
            choices,
            faults,
            bug,
            workflow,
            now: 1_000,
            durable: vec![first],
            core: None,
            epoch: 0,
            processes: BTreeMap::new(),
            told: VecDeque::new(),
            people: BTreeMap::new(),
            next_person: 0,
            watch,
            faults_on: true,
            resumes_left: 2,
            executions: 0,
            crashes: 0,
            hash: 0xcbf2_9ce4_8422_2325,
            trace: std::env::var_os("MISSION_SIM_TRACE").is_some(),
        }
    }

    fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// Lives until the run is over and nobody wants to resume it.
    pub(crate) fn live(mut self) -> Outcome {
        let mut steps = 0;
        let mut status = None;
        while self.watch.violation.is_none() {
            steps += 1;
            self.faults_on = steps < STEPS_WITH_FAULTS;
            if steps > STEPS_IN_ALL {
                self.watch.found(format!("I10: the run does not end ({} records)", self.durable.len()));
                break;
            }
            if self.core.is_none() {
                self.board();
                continue;
            }
            let at_rest = self.core.as_ref().and_then(Core::at_rest);
            match at_rest {
                None | Some(RunStatus::Waiting) => self.advance(),
                Some(RunStatus::Interrupted | RunStatus::Paused) => self.core = None,
                Some(ended) => {
                    self.finished();
                    if ended == RunStatus::Failed && self.resumes_left > 0 && self.choices.chance(500) {
                        self.resumes_left -= 1;
                        self.watch.resume_asked = true;
                        self.core = None;
                        continue;
                    }
                    status = Some(ended);
                    break;
                }
            }
        }
        Outcome {
            violation: self.watch.violation.take(),
            executions: self.executions,
            crashes: self.crashes,
            events: self.durable.len() as u64,
            hash: self.hash,
            status,
        }
    }

    /// A new executor: sweeps what the old one left, reads the store, takes over.
    fn board(&mut self) {
        self.epoch += 1;
        if !self.has(Bug::OrphansLive) {
            self.processes.clear();
        }
        if self.has(Bug::LostTail) && self.epoch > 1 && self.durable.len() > 2 {
            self.durable.pop();
        }
        self.watch.boarded(&self.durable);
        let run = match Run::replay(Arc::clone(&self.workflow), &self.durable) {
            Ok(run) => run,
            Err(error) => return self.watch.found(format!("I13: the log cannot be replayed: {error}")),
        };
        let mut core = Core::new(run, None);
        // Nobody resumes a run that is over without being asked to.
        if core.run().ending().is_some() && !self.watch.resume_asked {
            self.core = Some(core);
            return;
        }
        let now = Timestamp(self.now);
        let step =
            if self.epoch == 1 { core.handle(Input::Tick, now) } else { core.take_over(self.epoch, Vec::new(), now) };
        self.core = Some(core);
        match step {
            Ok(step) => self.commit(step),
            Err(_) => self.resumes_left = 0,
        }
        if self.has(Bug::ResetsDone) && self.epoch > 1 {
            self.reset_something_done();
        }
    }

    fn reset_something_done(&mut self) {
        let Some(core) = &self.core else { return };
        let run = core.run();
        let done = run.graph().iter().find(|ix| run.state(*ix).attempt > 0 && run.state(*ix).output.is_some());
        let Some(node) = done.map(|ix| run.graph().node(ix).id.to_string()) else { return };
        let event = Event::NodesReset { nodes: vec![node], reason: "planted".to_owned() };
        let record = Record { seq: run.seq() + 1, at: Timestamp(self.now), event };
        self.durable.push(record.clone());
        self.watch.committed(&record);
        self.core = None;
    }

    /// The next thing that happens.
    fn advance(&mut self) {
        let process = self
            .processes
            .iter()
            .filter(|(_, p)| p.epoch == self.epoch || self.has(Bug::OrphansLive))
            .map(|(key, p)| (p.ends_at, key.clone()))
            .min();
        let person = self.people.first_key_value().map(|(&(at, _), _)| at);
        let deadline = self.core.as_ref().and_then(Core::next_deadline).map(|t| t.0);
        let times = [process.as_ref().map(|p| p.0), person, deadline];
        let Some(next) = times.iter().flatten().min().copied() else {
            return self.nobody_comes();
        };
        self.now = self.now.max(next);
        if self.faults_on && self.choices.chance(self.faults.crash) {
            return self.crash();
        }
        if self.faults_on && self.choices.chance(self.faults.cancel) {
            return self.handle(Input::Cancel { by: "ann".to_owned(), comment: None, now: false });
        }
        if let Some((at, key)) = process.filter(|p| p.0 <= self.now) {
            let _ = at;
            return self.process_ends(&key);
        }
        if person.is_some_and(|at| at <= self.now) {
            let ((_, _), decision) = self.people.pop_first().expect("a person is there");
            self.watch.person_decides(&decision);
            return self.handle(Input::Decision(decision));
        }
        self.handle(Input::Tick);
    }

    /// Nothing is scheduled: only people can help, and one does.
    fn nobody_comes(&mut self) {
        let Some(core) = &self.core else { return };
        let asking = core.run().asking().next();
        match asking {
            Some(ix) => {
                let run = core.run();
                let node = run.graph().node(ix).id.to_string();
                let offered = run.state(ix).shown.as_ref().map(|s| s.choices.clone()).unwrap_or_default();
                self.schedule(&node, &offered, false);
            }
            None => self.watch.found("I10: nothing is under way and nobody is asked".to_owned()),
        }
    }

    fn schedule(&mut self, node: &str, offered: &[String], wrong: bool) {
        let nonsense = wrong && self.choices.chance(300);
        let choice = if nonsense { "nonsense".to_owned() } else { self.choices.one(offered).clone() };
        let compares = self.choices.chance(700);
        let shown = self.watch.shown(node).filter(|_| compares);
        let shown = if wrong { Some("f".repeat(64)) } else { shown };
        let decision = Decision {
            node: node.to_owned(),
            choice,
            by: format!("ann-{}", self.next_person),
            via: "command".to_owned(),
            comment: Some("because".to_owned()),
            shown: if self.has(Bug::StaleDecision) { None } else { shown.clone() },
            value: None,
        };
        self.watch.planned(&decision, shown.as_deref());
        self.next_person += 1;
        let at = self.now + self.choices.between(1, 10_000);
        self.people.insert((at, self.next_person), decision);
    }

    fn process_ends(&mut self, key: &(String, u32)) {
        let Some(process) = self.processes.remove(key) else { return };
        self.watch.ends(key, self.now);
        self.watch.books.hears(key.clone());
        let process = self.refused(process);
        let ended = Ended {
            node: process.work.node.clone(),
            attempt: process.work.attempt,
            exit: process.exit,
            reply: process.reply,
            usage: process.usage,
            log_tail: String::new(),
            facts: Box::default(),
        };
        if self.faults_on && self.choices.chance(self.faults.stale) {
            self.told.push_back(ended.clone());
        }
        self.handle(Input::Ended(Box::new(ended)));
        if self.core.is_some()
            && let Some(mut old) = self.told.pop_front()
        {
            if self.has(Bug::StaleExit) {
                old.attempt = self.watch.latest_attempt(&old.node);
            }
            self.handle(Input::Ended(Box::new(old)));
        }
    }

    /// An agent may refuse its attempt: until a moment that it tells.
    fn refused(&mut self, mut process: Process) -> Process {
        let Task::Agent { runner: Some(agent), .. } = &process.work.task else { return process };
        if process.asked_to_end || !self.faults_on || !self.choices.chance(self.faults.limit) {
            return process;
        }
        let class = *self.choices.one(&[FailureClass::RateLimit, FailureClass::Quota, FailureClass::Auth]);
        let needs_person = class == FailureClass::Auth;
        let until = if needs_person { NEVER } else { self.now + self.choices.between(5_000, 100_000) };
        self.watch.refuses((process.work.node.clone(), process.work.attempt), agent, until);
        let told = if self.has(Bug::ForgetsWhen) { self.now + 1 } else { until };
        // One that lets nobody in is not said to pass by itself.
        let (class, until) = match (needs_person, self.has(Bug::LetsInAgain)) {
            (false, _) => (class, Some(Timestamp(told))),
            (true, false) => (class, None),
            (true, true) => (FailureClass::RateLimit, Some(Timestamp(self.now + 1))),
        };
        let failure = Failure { until, ..Failure::new(class, "slowly") };
        process.exit = Exit::Failed(failure);
        process
    }

    fn handle(&mut self, input: Input) {
        let now = Timestamp(self.now);
        let Some(core) = &mut self.core else { return };
        // What people ask may be refused; then nothing has happened.
        if let Ok(step) = core.handle(input, now) {
            self.commit(step);
        }
        let running: Vec<(String, u32)> = self.processes.keys().cloned().collect();
        if self.core.is_some() {
            self.watch.all_asked_to_end(&running);
        }
    }

    /// Commit, then act; with every way in which a commit can end.
    fn commit(&mut self, step: Step) {
        let Step { mut records, actions } = step;
        if self.has(Bug::SpawnFirst) {
            self.perform(&actions);
        }
        if self.has(Bug::DropsFinish)
            && self.choices.chance(100)
            && let Some(record) = records.iter_mut().find(|r| matches!(r.event, Event::NodeFinished { .. }))
        {
            record.event = Event::RunPaused { reason: "planted".to_owned(), cause: PauseCause::Limit };
        }
        let faulty = self.faults_on && !records.is_empty() && self.choices.chance(self.faults.store);
        if faulty {
            match self.choices.below(3) {
                // Before the commit; or an error, and it is lost.
                0 => return self.crash(),
                // Durable, and the acknowledgement is lost; or an error, and it is durable all the same.
                1 => {
                    self.store(&records);
                    return self.crash();
                }
                // A part of the step would be a broken transaction: all or nothing, so nothing.
                _ => return self.crash(),
            }
        }
        self.store(&records);
        if let Some(core) = &self.core {
            self.watch.spent(core.run().spent());
        }
        for record in &records {
            if let Event::GateOpened { node, choices, .. } = &record.event {
                let wrong = self.faults_on && self.choices.chance(self.faults.human);
                if self.choices.chance(800) || wrong {
                    self.schedule(node, choices, wrong);
                }
            }
        }
        if !self.has(Bug::SpawnFirst) {
            self.perform(&actions);
        }
        if self.has(Bug::NobodyDecides) {
            self.decide_for_nobody();
        }
    }

    fn decide_for_nobody(&mut self) {
        let Some(core) = &self.core else { return };
        let Some(ix) = core.run().asking().next() else { return };
        let node = core.run().graph().node(ix).id.to_string();
        let choice = core.run().state(ix).shown.as_ref().and_then(|s| s.choices.first().cloned()).unwrap_or_default();
        let decision = Decision {
            node,
            choice,
            by: "nobody".to_owned(),
            via: "yes".to_owned(),
            comment: None,
            shown: None,
            value: None,
        };
        self.handle(Input::Decision(decision));
    }

    fn store(&mut self, records: &[Record]) {
        for record in records {
            if self.trace {
                println!("{} {:?}", record.seq, record.event);
            }
            self.hash_record(record);
            self.durable.push(record.clone());
            self.watch.committed(record);
        }
    }

    fn hash_record(&mut self, record: &Record) {
        use std::hash::{Hash as _, Hasher as _};
        let mut hasher = Fnv(self.hash);
        record.seq.hash(&mut hasher);
        record.at.0.hash(&mut hasher);
        std::mem::discriminant(&record.event).hash(&mut hasher);
        node_of(&record.event).hash(&mut hasher);
        self.hash = hasher.finish();
    }

    fn perform(&mut self, actions: &[Action]) {
        for action in actions {
            match action {
                Action::Start(work) => {
                    self.start((**work).clone());
                    if self.has(Bug::StartsTwice) {
                        self.start((**work).clone());
                    }
                }
                Action::Kill { node, attempt, now } => self.kill(node, *attempt, *now),
                Action::Choose { profile, agent, without } => {
                    let (profile, without) = (profile.clone(), without.clone());
                    let held = |name: &&String| without.contains(name) && !self.has(Bug::AsksWhoRefuses);
                    let names = || agent.runners.iter().filter(|name| !held(name));
                    let agent_of = |name: &String| Candidate { name: name.clone(), weight: 1, warmup: false };
                    let choice = Choice { agent: names().next().map(agent_of), held: without.clone(), room: 99 };
                    self.handle(Input::Chosen { profile, without, choice });
                }
            }
        }
    }

    fn start(&mut self, mut work: Work) {
        self.executions += 1;
        let key = (work.node.clone(), work.attempt);
        if let (Task::Agent { onward, .. }, true) = (&mut work.task, self.has(Bug::BeginsAnew)) {
            *onward = None;
        }
        let others: Vec<String> = self.processes.keys().map(|(node, _)| node.clone()).collect();
        self.watch.started(&work, &others);
        self.watch.asks(&work, self.now);
        let (exit, reply) = self.behaviour(&work);
        let usage = self.uses(&work);
        let hangs = self.faults_on && self.choices.chance(self.faults.hang) && self.watch.has_limit(&work.node);
        let ends_at = self.now + if hangs { 10_000_000 } else { self.choices.between(1, 15_000) };
        let stubborn = self.faults_on && self.choices.chance(self.faults.stubborn);
        let process = Process { work, epoch: self.epoch, ends_at, exit, reply, usage, stubborn, asked_to_end: false };
        self.processes.insert(key, process);
    }

    /// What the attempt uses, as far as its agent tells it: of a whole session, what it told before is taken off.
    fn uses(&mut self, work: &Work) -> Usage {
        let Task::Agent { onward, .. } = &work.task else { return Usage::default() };
        let tokens = self.choices.chance(700).then(|| self.choices.below(1_000));
        let usd = self.choices.chance(600).then(|| self.choices.below(8) as f64 / 4.0);
        let mut used = Usage { input_tokens: tokens, usd, ..Usage::default() };
        self.watch.books.will_use((work.node.clone(), work.attempt), used.clone());
        if self.has(Bug::UnknownIsZero) {
            used.usd = used.usd.or(Some(0.0));
        }
        if let Some(onward) = onward.filter(|_| self.has(Bug::CountsSessions)) {
            let before = self.watch.books.truth(&(work.node.clone(), onward.attempt));
            used.input_tokens = used.input_tokens.zip(before.input_tokens).map(|(a, b)| a + b).or(used.input_tokens);
        }
        used
    }

    /// What the attempt will say: an agent's reply names its attempt, so that a result can be traced to it.
    fn behaviour(&mut self, work: &Work) -> (Exit, Reply) {
        let bad_exit = self.faults_on && self.choices.chance(self.faults.bad_exit);
        let is_onward = matches!(work.task, Task::Agent { onward: Some(_), .. });
        let exit = match (bad_exit, self.choices.below(3)) {
            (true, 0) if is_onward => Exit::NoSession("it is gone".to_owned()),
            (false, _) => Exit::Code(0),
            (true, 0) => Exit::Signal(9),
            (true, 1) => Exit::NotStarted("planned".to_owned()),
            (true, _) => Exit::Code(1),
        };
        let mut reply = Reply::default();
        if matches!(work.task, Task::Agent { .. }) {
            let bad = self.faults_on && self.choices.chance(self.faults.bad_reply);
            let list = match self.choices.below(8) {
                0 if bad => "[\"a\", \"a\"]",
                1 if bad => "[\"A B\"]",
                2 => "[]",
                3 => "[\"a\"]",
                _ => "[\"a\", \"b\", \"c\"]",
            };
            let ok = !bad || self.choices.chance(500);
            reply.text = match (bad, self.choices.below(4)) {
                (true, 0) => "{}".to_owned(),
                (true, 1) => "All done, it works.".to_owned(),
                _ => format!("{{\"ok\": {ok}, \"attempt\": {}, \"list\": {list}}}", work.attempt),
            };
        }
        self.watch.will_say(work, &exit, &reply);
        (exit, reply)
    }

    fn kill(&mut self, node: &str, attempt: u32, now: bool) {
        self.watch.kill_asked(node, attempt, self.now);
        if self.has(Bug::IgnoresKill) {
            return;
        }
        let Some(process) = self.processes.get_mut(&(node.to_owned(), attempt)) else { return };
        process.asked_to_end = true;
        // The shell asks, waits, and then insists: five seconds at most.
        let after = if now || !process.stubborn { 10 } else { 5_000 };
        process.ends_at = process.ends_at.min(self.now + after);
        process.exit = Exit::Signal(if process.stubborn { 9 } else { 15 });
        if self.has(Bug::EndsBeforeGone) {
            let ended = Ended {
                node: node.to_owned(),
                attempt,
                exit: Exit::Signal(15),
                reply: Reply::default(),
                usage: self.watch.books.truth(&(node.to_owned(), attempt)),
                log_tail: String::new(),
                facts: Box::default(),
            };
            if let Some(process) = self.processes.get_mut(&(node.to_owned(), attempt)) {
                process.ends_at = self.now + 60_000;
            }
            self.told.push_back(ended.clone());
            self.handle(Input::Ended(Box::new(ended)));
        }
    }

    fn crash(&mut self) {
        self.crashes += 1;
        self.core = None;
        self.told.clear();
    }

    /// The run is over: nothing may be left, and the report tells the truth.
    fn finished(&mut self) {
        let left: BTreeSet<&String> = self.processes.keys().map(|(node, _)| node).collect();
        if !left.is_empty() {
            self.watch.found(format!("I9: the run is over and {left:?} still run"));
        }
        let Some(core) = &self.core else { return };
        let mut report = mission_executor::report::report(core.run());
        if self.has(Bug::ReportForgets) {
            report.nodes.pop();
        }
        match Run::replay(Arc::clone(&self.workflow), &self.durable) {
            Ok(again) => {
                let mut second = mission_executor::report::report(&again);
                if self.has(Bug::ReportForgets) {
                    second.nodes.pop();
                }
                if report != second {
                    self.watch.found("I13: the report of the live run is not that of its log".to_owned());
                }
            }
            Err(error) => self.watch.found(format!("I13: the log cannot be replayed: {error}")),
        }
        self.watch.reported(&report);
    }
}

/// The node that an event is about.
pub(crate) fn node_of(event: &Event) -> Option<&str> {
    match event {
        Event::NodeStarted { node, .. }
        | Event::NodeRetrying { node, .. }
        | Event::WorktreeLeft { node, .. }
        | Event::HandoffChecked { node, .. }
        | Event::NodeFinished { node, .. }
        | Event::NodeSkipped { node, .. }
        | Event::NodeCancelled { node, .. }
        | Event::NodeParked { node, .. }
        | Event::NodeLost { node, .. }
        | Event::GateOpened { node, .. }
        | Event::GateDecided { node, .. }
        | Event::NodeTaken { node, .. }
        | Event::GraphGrew { node, .. }
        | Event::BarrierOpened { node } => Some(node),
        Event::RunStarted { .. }
        | Event::RunResumed { .. }
        | Event::NodesReset { .. }
        | Event::CancelAsked { .. }
        | Event::OverlapFound { .. }
        | Event::RunPaused { .. }
        | Event::RunFinished { .. } => None,
    }
}

struct Fnv(u64);

impl std::hash::Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
