//! The loop: inputs → events → commit → report → act. Decides nothing; it only performs, in this order.

mod begin;
mod local;
mod pinned;
mod probing;
mod radar;
pub mod request;
mod setup;
mod stay;
mod wants;
mod watch;

use std::collections::BTreeSet;
use std::time::Duration;

use mission_compiler::check::Registry;
use mission_compiler::source::Sources;
use mission_compiler::workflow::Agent;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

pub use begin::{Begin, BeginError, begin};
pub use local::{Ground, Local, bring_in};
pub use pinned::{Compiled, PinnedError, compile};
pub use wants::Wants;

use crate::clock::Clock;
use crate::decide::port::{Action, Input, Work};
use crate::decide::{Core, Refusal, Step};
use crate::event::{Event, Left, Record, RunStatus};
use crate::report;
use crate::run::{ReplayError, Run};
use crate::runs::{RunDir, RunLock, write_durably, write_durably_with};
use crate::store::{Mailbox, RequestId, Store, StoreError, Uncommitted};
use request::Ask;

/// Beginning of the flag of a run that was begun with `--yes`; the name of who said so follows.
pub const YES_BY: &str = "yes by ";

/// How often the mailbox is looked into.
const MAILBOX_EVERY: Duration = Duration::from_millis(100);

/// The place where attempts are made: this machine, or a distributed engine.
pub trait Place {
    /// Starts an attempt. [`Input::Ended`] is sent exactly once, when nothing of it is left running.
    fn start(&mut self, work: Work, inputs: mpsc::UnboundedSender<Input>);
    /// Ends an attempt: asks first, unless `now`.
    fn kill(&mut self, node: &str, attempt: u32, now: bool);
    /// Finds out who can work for a profile; [`Input::Chosen`] is sent exactly once.
    fn choose(&mut self, profile: String, agent: Agent, without: Vec<String>, inputs: mpsc::UnboundedSender<Input>);
    /// The end of an attempt has arrived; it is not asked for again. `put_by`: it had to end because the run was interrupted.
    fn forget(&mut self, node: &str, attempt: u32, put_by: bool);
    /// How all worktrees were left in which nobody works, by the record: told before anything is started, and when nodes were reset.
    fn know(&mut self, left: Vec<Left>);
    /// How one more was left. It is on record.
    fn seal(&mut self, left: &Left);
    /// The run was interrupted, and nobody works any more.
    fn rests(&mut self);
}

/// What the person at this executor asks for.
#[derive(Debug)]
pub struct Control {
    /// The input.
    pub input: Input,
    /// Told when it is carried out, or why not.
    pub answer: Option<oneshot::Sender<Result<(), Refusal>>>,
}

/// Why a run cannot be driven on. What is stored is the truth.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The store does not work, or cannot be trusted.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The same while attempts were under way: one of them may have done it.
    #[error("{error}; under way then: {}", under_way.join(", "))]
    Broken {
        /// What is wrong with the store.
        error: StoreError,
        /// Node ids.
        under_way: Vec<String>,
    },
    /// The log cannot be followed.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The pinned definition does not compile.
    #[error(transparent)]
    Pinned(#[from] PinnedError),
    /// The run may not go on.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The report could not be written.
    #[error("cannot write the report in `{folder}`: {error}")]
    Report {
        /// The run's folder.
        folder: String,
        /// Why.
        error: std::io::Error,
    },
}

/// How to take a run over.
#[derive(Debug, Clone)]
pub enum TakeOver {
    /// It has just begun.
    Begin,
    /// Go on.
    Resume {
        /// What the person should know.
        notes: Vec<String>,
    },
    /// Carry out what a person asks, before anything else begins.
    Ask {
        /// What the person asks.
        input: Box<Input>,
        /// Begin nothing after it either.
        only: bool,
        /// What the person should know.
        notes: Vec<String>,
    },
    /// Begin one finished node anew.
    Retry {
        /// Node id.
        node: String,
        /// And everything behind it.
        downstream: bool,
        /// What the person should know.
        notes: Vec<String>,
    },
}

/// An executor of one run.
pub struct Drive<C> {
    core: Core,
    store: Store,
    mailbox: Mailbox,
    folder: RunDir,
    clock: C,
    sources: Sources,
    begun: Vec<Record>,
    catalogue: Option<String>,
    first: Step,
    /// Attempts that were begun, and whose end is not stored yet.
    under_way: BTreeSet<(String, u32)>,
    _lock: RunLock,
}

impl<C: Clock> Drive<C> {
    /// Takes the run in `folder` over. `lock` proves that no other executor has it; every process of an older one is gone.
    ///
    /// `yes` answers gates that allow it, in this name; without it the name that said so when the run began, if one did
    /// (flag [`YES_BY`]). `known` saves compiling the run's definition, if it is made from it.
    ///
    /// # Errors
    /// See [`DriveError`].
    pub fn take_over(
        folder: RunDir,
        lock: RunLock,
        clock: C,
        registry: &Registry,
        known: Option<Compiled>,
        yes: Option<String>,
        how: TakeOver,
    ) -> Result<Self, DriveError> {
        let taken = Store::take_over(folder.path())?;
        let known = known.filter(|known| known.is_of(&taken.definition));
        let Compiled { workflow, sources, .. } = known.map_or_else(|| compile(&taken.definition, registry), Ok)?;
        let run = Run::replay(workflow, &taken.records)?;
        clock.at_least(run.last());
        let begun = if matches!(how, TakeOver::Begin) { taken.records } else { Vec::new() };
        let epoch = taken.store.epoch();
        let said = run.flags().iter().find_map(|flag| flag.strip_prefix(YES_BY)).map(str::to_owned);
        let mut core = Core::new(run, yes.or(said));
        let first = match how {
            TakeOver::Begin => core.handle(Input::Tick, clock.now())?,
            TakeOver::Resume { notes } => core.take_over(epoch, notes, clock.now())?,
            TakeOver::Ask { input, only, notes } => core.take_over_for(*input, only, epoch, notes, clock.now())?,
            TakeOver::Retry { node, downstream, notes } => core.retry(&node, downstream, epoch, notes, clock.now())?,
        };
        let mailbox = Mailbox::open(folder.path())?;
        let catalogue = taken.definition.catalogue;
        let (store, under_way) = (taken.store, BTreeSet::new());
        Ok(Self { core, store, mailbox, folder, clock, sources, begun, catalogue, first, under_way, _lock: lock })
    }

    /// The run.
    pub fn run(&self) -> &Run {
        self.core.run()
    }
    /// What was recorded when the run was made, if this executor is its first.
    pub fn begun(&self) -> &[Record] {
        &self.begun
    }
    /// What the run pins about coding agents besides those shipped: the text of an `agents.yaml`.
    pub fn catalogue(&self) -> Option<&str> {
        self.catalogue.as_deref()
    }
    /// The texts that the run pins.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Drives the run until it ends or only a person can bring it on; as long as `hold` says so it waits for the person.
    /// `hold` is asked again at least every 100 ms.
    ///
    /// `observe` sees every record after it is stored.
    ///
    /// # Errors
    /// See [`DriveError`]; every attempt has been ended then.
    pub async fn go(
        &mut self,
        place: &mut impl Place,
        controls: &mut mpsc::Receiver<Control>,
        hold: &dyn Fn() -> bool,
        observe: &mut dyn FnMut(&Record, &Run),
    ) -> Result<RunStatus, DriveError> {
        let (sender, mut inputs) = mpsc::unbounded_channel();
        let first = std::mem::take(&mut self.first);
        place.know(self.core.still_left());
        let mut result = self.commit(first, Vec::new(), place, &sender, observe).await;
        while result.is_ok() {
            if let Some(status) = self.core.at_rest().filter(|s| *s != RunStatus::Waiting || !hold()) {
                if status == RunStatus::Interrupted {
                    place.rests();
                }
                return self.rest(status);
            }
            let round = self.next(&mut inputs, controls).await;
            result = self.round(round, place, &sender, observe).await;
        }
        let under_way: Vec<String> = self.under_way.iter().map(|(node, _)| node.clone()).collect();
        self.abandon(place, &mut inputs).await;
        result.map(|()| RunStatus::Interrupted).map_err(|error| match error {
            DriveError::Store(error) if !under_way.is_empty() => DriveError::Broken { error, under_way },
            other => other,
        })
    }

    /// Waits for something to happen.
    async fn next(
        &mut self,
        inputs: &mut mpsc::UnboundedReceiver<Input>,
        controls: &mut mpsc::Receiver<Control>,
    ) -> Round {
        let deadline =
            self.core.next_deadline().map(|at| Duration::from_millis(at.0.saturating_sub(self.clock.now().0)));
        // `sleep` counts whole milliseconds from an earlier reading; one more keeps it from waking too early.
        let wake = Instant::now() + deadline.map_or(MAILBOX_EVERY, |d| d.min(MAILBOX_EVERY)) + Duration::from_millis(1);
        let mut round = Round::default();
        tokio::select! {
            biased;
            Some(control) = controls.recv() => round.controls.push(control),
            Some(input) = inputs.recv() => round.inputs.push(input),
            () = tokio::time::sleep_until(wake) => round.inputs.push(Input::Tick),
        }
        while let Ok(input) = inputs.try_recv() {
            round.inputs.push(input);
        }
        round
    }

    /// Takes everything that has come in, and commits what follows from it in one transaction.
    async fn round(
        &mut self,
        round: Round,
        place: &mut impl Place,
        sender: &mpsc::UnboundedSender<Input>,
        observe: &mut dyn FnMut(&Record, &Run),
    ) -> Result<(), DriveError> {
        let now = self.clock.now();
        let (mut step, mut ended) = (Step::default(), Vec::new());
        for input in round.inputs {
            let one = if let Input::Ended(one) = &input { Some((one.node.clone(), one.attempt)) } else { None };
            step.extend(self.core.handle(input, now)?);
            if let Some((node, attempt)) = one {
                place.forget(&node, attempt, self.core.run().is_put_by(&node, attempt));
                ended.push((node, attempt));
            }
        }
        let mut answers = Vec::new();
        for control in round.controls {
            let answer = self.core.handle(control.input, now).map(|more| step.extend(more));
            answers.push(Answer::Control(control.answer, answer));
        }
        for request in self.mailbox.take()? {
            let asked = serde_json::from_value::<Ask>(request.body).map_err(|e| format!("not a request: {e}"));
            let answer = asked.and_then(|ask| {
                let more = self.core.handle(ask.into(), now).map_err(|refusal| told(&refusal))?;
                step.extend(more);
                Ok(())
            });
            answers.push(Answer::Request(request.id, answer));
        }
        self.commit(step, answers, place, sender, observe).await?;
        for one in ended {
            self.under_way.remove(&one);
        }
        Ok(())
    }

    /// IMPORTANT: in this order. What is not stored has not happened: nobody sees it, and nothing is done because of it.
    async fn commit(
        &mut self,
        step: Step,
        answers: Vec<Answer>,
        place: &mut impl Place,
        sender: &mpsc::UnboundedSender<Input>,
        observe: &mut dyn FnMut(&Record, &Run),
    ) -> Result<(), DriveError> {
        if step.records.is_empty() && step.actions.is_empty() && answers.is_empty() {
            return Ok(());
        }
        let mut uncommitted = Uncommitted::new(step.records, step.actions);
        if !uncommitted.records().is_empty() {
            uncommitted = uncommitted.status(self.core.run().status());
        }
        let mut waiting = Vec::new();
        for answer in answers {
            match answer {
                Answer::Request(id, Ok(())) => uncommitted = uncommitted.accept(id),
                Answer::Request(id, Err(reason)) => uncommitted = uncommitted.refuse(id, reason),
                Answer::Control(who, answer) => waiting.extend(who.map(|who| (who, answer))),
            }
        }
        let (records, actions) = self.store.commit(uncommitted).await?.into_parts();
        for record in &records {
            observe(record, self.core.run());
        }
        self.tell_left(&records, place);
        for (who, answer) in waiting {
            // Whoever asked may have gone; the decision stands all the same.
            let _ = who.send(answer);
        }
        for action in actions {
            match action {
                Action::Start(work) => {
                    self.under_way.insert((work.node.clone(), work.attempt));
                    place.start(*work, sender.clone());
                }
                Action::Kill { node, attempt, now } => place.kill(&node, attempt, now),
                Action::Choose { profile, agent, without } => place.choose(profile, *agent, without, sender.clone()),
            }
        }
        Ok(())
    }

    /// Tells the place how worktrees were left.
    fn tell_left(&self, records: &[Record], place: &mut impl Place) {
        if records.iter().any(|record| matches!(record.event, Event::NodesReset { .. })) {
            return place.know(self.core.still_left());
        }
        for record in records {
            if let Event::WorktreeLeft { left, .. } = &record.event {
                place.seal(left);
            }
        }
    }

    fn rest(&self, status: RunStatus) -> Result<RunStatus, DriveError> {
        if self.core.run().ending().is_some() {
            write_report(&self.folder, self.core.run())?;
        }
        Ok(status)
    }

    /// The store is lost: end every attempt, and wait until each is gone.
    async fn abandon(&mut self, place: &mut impl Place, inputs: &mut mpsc::UnboundedReceiver<Input>) {
        let run = self.core.run();
        let mut left: std::collections::BTreeSet<(String, u32)> =
            run.live().map(|ix| (run.graph().node(ix).id.to_string(), run.state(ix).attempt)).collect();
        for (node, attempt) in &left {
            place.kill(node, *attempt, true);
        }
        while !left.is_empty() {
            let next = tokio::time::timeout(Duration::from_secs(10), inputs.recv()).await;
            match next {
                Ok(Some(Input::Ended(ended))) => {
                    left.remove(&(ended.node, ended.attempt));
                }
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => return,
            }
        }
    }
}

/// Writes `report.json` and `report.md`: durable, and the same for the same run however often it is written.
///
/// # Errors
/// [`DriveError::Report`].
pub fn write_report(folder: &RunDir, run: &Run) -> Result<(), DriveError> {
    let made = report::report(run);
    let failed = |error| DriveError::Report { folder: folder.path().display().to_string(), error };
    let json = |file: &mut dyn std::io::Write| {
        serde_json::to_writer_pretty(&mut *file, &made)?;
        file.write_all(b"\n")
    };
    write_durably_with(&folder.report_json(), json).map_err(failed)?;
    write_durably(&folder.report_md(), report::markdown(&made).as_bytes()).map_err(failed)
}

/// A refusal in full, with every reason.
pub fn told(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Invalid { reasons } => {
            format!("{refusal}:\n{}", reasons.iter().map(|r| format!("- {r}")).collect::<Vec<_>>().join("\n"))
        }
        other => other.to_string(),
    }
}

#[derive(Default)]
struct Round {
    inputs: Vec<Input>,
    controls: Vec<Control>,
}

enum Answer {
    Request(RequestId, Result<(), String>),
    Control(Option<oneshot::Sender<Result<(), Refusal>>>, Result<(), Refusal>),
}
