//! Processes of attempts: started with a small environment, fed, listened to, ended with everything that came from them. The only
//! place that starts programs of a workflow. Knows nothing of graphs, runs or stores; it gets [`Work`] and gives [`Ended`].
//!
//! Nothing outlives its attempt: on Linux this process inherits orphans (`PR_SET_CHILD_SUBREAPER`), so whatever an attempt leaves
//! behind is found among its children, in a session of its own or not. What an executor leaves behind that was killed itself is
//! ended by its [`guard`], at the latest by [`recover::sweep`]. On other systems the process group is ended, and the rest is best effort.

pub mod apart;
pub mod attach;
mod capture;
mod ear;
mod ending;
mod environment;
pub mod guard;
mod hunt;
mod live;
mod log;
mod memory;
mod prepare;
mod probe;
mod program;
mod pump;
pub mod recover;
mod redact;
mod supervise;
mod tree;
mod weave;
pub mod within;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use mission_compiler::workflow::Agent;
use tokio::sync::watch;

pub use capture::{Line, Lines};
pub use probe::probe;
pub use program::{ProgramError, Programs};

use crate::agent::prices::Prices;
use crate::agent::{Agents, Runner};
use crate::decide::port::{Choice, Ended, Exit, Input, Reply, Task, Work};
use crate::event::{Failure, FailureClass, Usage};
use apart::{Isolation, Keeper};
use environment::Environment;
use guard::Guard;
use live::Journal;

/// Where and for whom attempts run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Root of the repository, absolute.
    pub repository: PathBuf,
    /// Folder of the run, absolute.
    pub folder: PathBuf,
    /// Id of the run.
    pub run: String,
    /// Environment of this program. Attempts inherit a few variables of it; see the module `environment`.
    pub environment: Vec<(OsString, OsString)>,
    /// Text of the `agents.yaml` that describes coding agents besides those shipped.
    pub agents: Option<String>,
    /// Program and first arguments of a process that calls [`guard::stand`] with the two that follow. Without it, what a killed
    /// executor leaves behind lives until the run is resumed.
    pub guard: Vec<OsString>,
    /// Program and first arguments of a process that calls [`apart::enter`]. Without it no attempt is kept apart.
    pub keeper: Vec<OsString>,
    /// When attempts that are watched are kept apart from what belongs to others.
    pub isolation: Isolation,
    /// What tokens cost, where the user tells it.
    pub prices: Prices,
    /// Limits.
    pub limits: Limits,
}

/// Limits of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes kept of the beginning of a log.
    pub log_head: u64,
    /// Bytes kept of the end of a log, at most; at least the newer half of them.
    pub log_tail: u64,
    /// Bytes of standard output that can be a result.
    pub text: usize,
    /// Bytes of a result file.
    pub file: u64,
    /// Time between asking a process to end and ending it.
    pub grace: Duration,
    /// Time that an agent with which one talks gets to stop when it is asked to, and to end when the conversation is over, before
    /// its process is asked to end.
    pub farewell: Duration,
    /// Time for which output is awaited after the end of the process.
    pub drain: Duration,
    /// How often a silent agent is looked at: whether its processes work.
    pub look: Duration,
    /// Time that processes left behind by a process that ended well get, between being asked to end and being ended.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            log_head: 1 << 20,
            log_tail: 7 << 20,
            text: 1 << 20,
            file: 8 << 20,
            grace: Duration::from_secs(5),
            farewell: Duration::from_secs(3),
            drain: Duration::from_millis(250),
            look: Duration::from_secs(5),
            patience: Duration::from_millis(200),
        }
    }
}

/// Receives what is to be told of one attempt.
type Reports = Box<dyn Fn(Input) + Send>;

/// Starts attempts of one run.
#[derive(Clone)]
pub struct Launcher {
    shared: Arc<Shared>,
}

/// What all attempts of a run have in common.
struct Shared {
    repository: PathBuf,
    folder: PathBuf,
    run: String,
    environment: Environment,
    agents: Arc<Agents>,
    limits: Limits,
    prices: Prices,
    /// What this machine bears, in weights of agents.
    bearable: u32,
    journal: Arc<Journal>,
    guard: Vec<OsString>,
    keeper: Keeper,
    posted: OnceLock<Option<Guard>>,
    lines: Option<Lines>,
}

impl Launcher {
    /// Makes ready; on Linux this process becomes the one that inherits orphans.
    ///
    /// # Errors
    /// If the repository is not there or the folder of the run cannot be written.
    pub fn new(settings: Settings, lines: Option<Lines>) -> io::Result<Self> {
        let repository = fs::canonicalize(&settings.repository)?;
        let folder = fs::canonicalize(&settings.folder)?;
        tree::become_guardian();
        let environment = Environment::new(settings.environment.iter().cloned());
        let journal = Arc::new(Journal::create(&folder.join("live"), environment.withheld())?);
        let programs = Programs::new(&repository, environment.get("PATH"));
        let agents = Arc::new(Agents::new(settings.agents, programs, settings.environment));
        let (run, limits, prices, guard) = (settings.run, settings.limits, settings.prices, settings.guard);
        let keeper = Keeper::new(settings.keeper, settings.isolation);
        let (bearable, posted) = (memory::bearable(), OnceLock::new());
        let shared = Shared {
            repository,
            folder,
            run,
            environment,
            agents,
            limits,
            prices,
            bearable,
            journal,
            guard,
            keeper,
            posted,
            lines,
        };
        Ok(Self { shared: Arc::new(shared) })
    }
    /// Starts an attempt on the current runtime of tokio. `reports` gets [`Input::Progress`] when it prints, at most one a second,
    /// and in any case exactly one [`Input::Ended`], when none of its processes is left.
    ///
    /// The attempt does not depend on the returned leash: dropping it ends nothing.
    ///
    /// # Panics
    /// Outside a runtime of tokio.
    pub fn start(&self, work: Work, reports: impl Fn(Input) + Send + 'static) -> Leash {
        let (asked, ask) = watch::channel(Ask::Run);
        let mut owed = Owed { reports: Box::new(reports), paid: false, node: work.node.clone(), attempt: work.attempt };
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            let ended = Box::pin(supervise::attend(&shared, work, ask, &mut owed.reports)).await;
            owed.pay(ended);
        });
        Leash { asked }
    }
    /// Whether `work` goes on with the session of an attempt that was broken off, so that it must find everything as that one left it.
    /// May block: agents are asked for their version.
    pub fn goes_on(&self, work: &Work) -> bool {
        let Task::Agent { profile, agent, runner, onward: Some(_), .. } = &work.task else { return false };
        let session = prepare::earlier_session(&self.shared, work).filter(|session| session.id.is_some());
        let runner = session.is_some().then(|| self.shared.agents.take(profile, agent, runner.as_deref()));
        matches!((runner, session), (Some(Ok(Runner::Cli { cli, .. })), Some(session)) if cli.takes_up(&session.agent))
    }
    /// What `work` shares in the main working tree; `None`: nothing else that it writes there gets there anyway. May block: that is tried
    /// once.
    pub fn exposed(&self, work: &Work) -> Option<Vec<PathBuf>> {
        prepare::exposed(&self.shared, work)
    }
    /// Can `work` have a view of its own of the main working tree? May block: that is tried once.
    pub fn has_view(&self, work: &Work) -> bool {
        prepare::has_view(&self.shared, work)
    }
    /// Who can work for a profile here, without those named. Blocks while agents are asked for their version.
    pub fn candidates(&self, agent: &Agent, without: &[String]) -> Choice {
        Choice { room: self.shared.bearable, ..self.shared.agents.candidates(agent, without) }
    }
    /// Where programs are looked for.
    pub fn programs(&self) -> &Programs {
        self.shared.agents.programs()
    }
}

impl Shared {
    /// Posts the guard before the first process starts.
    fn post(&self) {
        self.posted.get_or_init(|| Guard::post(&self.guard, &self.folder, self.journal.executor()));
    }
    fn attempt_id(&self, work: &Work) -> String {
        format!("{}/{}/{}", self.run, work.node, work.attempt)
    }
}

/// What was asked of an attempt; later ones are stronger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ask {
    /// To go on.
    Run,
    /// To end.
    Term,
    /// To be ended at once.
    Kill,
}

/// Ends an attempt.
#[derive(Debug)]
pub struct Leash {
    asked: watch::Sender<Ask>,
}

impl Leash {
    /// Ends the attempt and everything that came from it: by asking its process group first and killing after the grace, or at once
    /// if `now`. May be called again to hurry; does nothing to an attempt that has ended.
    pub fn end(&self, now: bool) {
        let ask = if now { Ask::Kill } else { Ask::Term };
        self.asked.send_if_modified(|asked| {
            let stronger = ask > *asked;
            *asked = ask.max(*asked);
            stronger
        });
    }
}

/// The report that every attempt owes, paid also if its task is dropped.
struct Owed {
    reports: Reports,
    paid: bool,
    node: String,
    attempt: u32,
}

impl Owed {
    fn pay(&mut self, ended: Ended) {
        if !std::mem::replace(&mut self.paid, true) {
            (self.reports)(Input::Ended(Box::new(ended)));
        }
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        let failure = Failure::new(FailureClass::Signal, "the executor stopped attending to the attempt and ended it");
        let (node, attempt) = (std::mem::take(&mut self.node), self.attempt);
        let (reply, usage, log_tail) = (Reply::default(), Usage::default(), String::new());
        let facts = Box::default();
        self.pay(Ended { node, attempt, exit: Exit::Failed(failure), reply, usage, log_tail, facts });
    }
}
