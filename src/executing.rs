//! Being the executor of a run: on this machine, in the foreground, with whatever view suits the terminal.

use std::io::IsTerminal;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use jiff::tz::TimeZone;
use mission_executor::action;
use mission_executor::clock::SystemClock;
use mission_executor::decide::Refusal;
use mission_executor::decide::port::{Decision, Input};
use mission_executor::drive::{Compiled, Control, Drive, Ground, Local, TakeOver, bring_in};
use mission_executor::event::{Record, RunStatus};
use mission_executor::git::Kept;
use mission_executor::process::{self, Launcher, Limits, Settings};
use mission_executor::report;
use mission_executor::run::Run;
use mission_executor::runs::{RunDir, RunLock};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot};

use crate::commands::{apart, guard};
use crate::failure::{Exit, Failure};
use crate::page::{self, Page, Tone};
use crate::screen::live::{Answered, Deliver, Live};
use crate::screen::plain;
use crate::{landing, next, person, preflight, prices};

/// Threads that start processes and listen to them, at most: a start takes a thread longer than anything else here, and each keeps memory
/// of its own.
const MOST_THREADS: usize = 2;

/// A run to be executed.
pub(crate) struct Job {
    /// Root of the project: where the run works.
    pub(crate) root: PathBuf,
    /// Its folder.
    pub(crate) dir: RunDir,
    /// The right to execute it.
    pub(crate) lock: RunLock,
    /// Its definition, if it was compiled already.
    pub(crate) known: Option<Compiled>,
    /// How to take it over.
    pub(crate) how: TakeOver,
    /// Answer gates that allow it.
    pub(crate) yes: bool,
    /// How it is shown.
    pub(crate) shown: Shown,
}

/// How a run that goes on is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// For people: live in a terminal, else line by line.
    People,
    /// Records as JSON, one per line.
    Json,
    /// Not at all.
    Not,
}

impl Shown {
    /// As JSON if so asked, else for people.
    pub(crate) fn json(json: bool) -> Self {
        if json { Self::Json } else { Self::People }
    }
}

/// Executes until the run ends, waits for people only, pauses, or is interrupted.
pub(crate) fn execute(job: Job) -> Result<Exit, Failure> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build();
    let runtime = runtime.map_err(|source| Failure::Io { doing: "start", path: job.root.clone(), source })?;
    runtime.block_on(drive(job))
}

async fn drive(job: Job) -> Result<Exit, Failure> {
    let Job { root, dir, lock, known, how, yes, shown } = job;
    // No executor before this one can have left anything behind in a run that has just been made.
    if !matches!(how, TakeOver::Begin) {
        swept(&dir)?;
    }
    let (controls, mut control) = mpsc::channel(16);
    let view = View::new(shown, &controls);
    let yes = yes.then(person::name);
    let mut drive = Drive::take_over(dir.clone(), lock, SystemClock::new(), &action::registry(), known, yes, how)?;
    // What was recorded when the run was made is shown like everything else.
    drive.begun().iter().for_each(|record| view.show(record));
    let agents = drive.catalogue().map(str::to_owned);
    let ground = ground(&root, &dir, drive.run())?;
    brought_in(&ground, drive.run()).await?;
    let mut place = place(ground, &dir, drive.run(), agents, view.lines())?;
    let ended_by = watch_signals(&controls, &view.notes())?;
    let result = drive.go(&mut place, &mut control, &|| view.holds(), &mut |r, _| view.show(r)).await;
    view.close();
    let status = result?;
    let kept =
        if drive.run().ending().is_some() { place.finish().map_err(preflight::git_failure)? } else { Vec::new() };
    let exit = exit(status, ended_by.load(Ordering::Acquire));
    if shown == Shown::People {
        let mut last = closing(&root, &dir, drive.run(), status);
        last.rendered(left(&kept).as_str());
        match page::print(&last) {
            // The run went as it went, whoever is there to read of it.
            Ok(()) | Err(Failure::Closed) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(exit)
}

/// This machine, with what the run's attempts stand on.
fn place(
    ground: Ground,
    dir: &RunDir,
    run: &Run,
    agents: Option<String>,
    lines: Option<process::Lines>,
) -> Result<Local, Failure> {
    let root = ground.root.clone();
    let settings = Settings {
        repository: root.clone(),
        folder: dir.path().to_owned(),
        run: dir.id().to_string(),
        environment: std::env::vars_os().collect(),
        agents,
        guard: guard::command(),
        keeper: apart::command(),
        isolation: preflight::isolation(run),
        prices: prices::read(&root)?,
        limits: Limits::default(),
    };
    let launcher =
        Launcher::new(settings, lines).map_err(|source| Failure::Io { doing: "work in", path: root, source })?;
    Ok(Local::new(launcher, ground))
}

fn ground(root: &Path, dir: &RunDir, run: &Run) -> Result<Ground, Failure> {
    let environment: Vec<_> = std::env::vars_os().collect();
    preflight::ground(run, root, dir, &environment)
}

/// Ends what an executor left behind that was killed.
fn swept(dir: &RunDir) -> Result<(), Failure> {
    let swept = process::recover::sweep(dir.path(), dir.id().as_str()).map_err(|source| Failure::Io {
        doing: "read",
        path: dir.path().to_owned(),
        source,
    })?;
    if swept.left > 0 {
        let message = format!("{} processes of an earlier executor of this run cannot be ended", swept.left);
        return Err(Failure::usage(message, "end them, then resume; nothing was started"));
    }
    Ok(())
}

/// Nothing that an executor which was killed left behind is under way or missing any more. Whoever calls it holds the run.
pub(crate) fn cleared(root: &Path, dir: &RunDir, run: &Run) -> Result<(), Failure> {
    swept(dir)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.map_err(|source| Failure::Io { doing: "start", path: root.to_owned(), source })?;
    runtime.block_on(brought_in(&ground(root, dir, run)?, run))
}

/// Brings into the working tree what attempts wrote in views of their own, if an executor was killed before it could.
async fn brought_in(ground: &Ground, run: &Run) -> Result<(), Failure> {
    let failed = |e| Failure::Io { doing: "go on in", path: ground.root.clone(), source: std::io::Error::other(e) };
    bring_in(ground, run).await.map_err(failed)
}

/// How the command ends when the run stands like this.
fn exit(status: RunStatus, signal: u8) -> Exit {
    match status {
        RunStatus::Succeeded => Exit::Done,
        RunStatus::Partial | RunStatus::Failed | RunStatus::Cancelled => Exit::Failed,
        RunStatus::Waiting | RunStatus::Paused => Exit::Waiting,
        RunStatus::Interrupted | RunStatus::Running | RunStatus::Parked if signal > 0 => Exit::Signal(signal),
        RunStatus::Interrupted | RunStatus::Running | RunStatus::Parked => Exit::Failed,
    }
}

/// The report of a run that has ended; otherwise what to do next.
fn closing(root: &Path, dir: &RunDir, run: &Run, status: RunStatus) -> Page {
    let mut page = Page::new();
    if run.ending().is_some() {
        page.end().text(report::markdown(&landing::report(root, dir, run)));
        return page;
    }
    if let Some(reason) = run.paused() {
        page.end().tone(Tone::Warn, "paused").text(": ").line(reason);
    }
    if status == RunStatus::Interrupted {
        page.end().tone(Tone::Warn, "interrupted").line(": what was finished is kept");
    }
    page.rendered(next::next(run, false).as_str());
    page
}

/// Worktrees that stay, and why.
fn left(kept: &[Kept]) -> Page {
    let mut page = Page::new();
    for worktree in kept {
        page.tone(Tone::Warn, "kept").line(format!(": {} ({}): {}", worktree.path, worktree.branch, worktree.why));
    }
    page
}

/// Asks the run to stop at a signal; at the second one at once. Holds the number of the first.
fn watch_signals(controls: &mpsc::Sender<Control>, notes: &Notes) -> Result<Arc<AtomicU8>, Failure> {
    let first = Arc::new(AtomicU8::new(0));
    for (kind, number, name) in [
        (SignalKind::interrupt(), 2, "SIGINT"),
        (SignalKind::terminate(), 15, "SIGTERM"),
        (SignalKind::hangup(), 1, "SIGHUP"),
    ] {
        let mut signals = signal(kind).map_err(|source| Failure::Io {
            doing: "watch for signals in",
            path: PathBuf::from("."),
            source,
        })?;
        let (controls, first, notes) = (controls.clone(), Arc::clone(&first), Arc::clone(notes));
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                // A later signal of another kind does not change why it ended.
                if first.compare_exchange(0, number, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                    notes(&stopping());
                }
                let input = Input::Interrupt { reason: name.to_owned() };
                // The run has ended already if nobody listens.
                let _ = controls.send(Control { input, answer: None }).await;
            }
        });
    }
    Ok(first)
}

/// What is said at the first signal.
fn stopping() -> Page {
    let mut page = Page::new();
    page.tone(Tone::Warn, "stopping").line(": what runs is asked to end; Ctrl-C once more ends it at once");
    page
}

/// Where notes about the executor itself go.
type Notes = Arc<dyn Fn(&Page) + Send + Sync>;

/// How a run is shown while it goes on.
enum View {
    Not,
    Json,
    Plain(TimeZone),
    Live(Live),
}

impl View {
    fn new(shown: Shown, controls: &mpsc::Sender<Control>) -> Self {
        match shown {
            Shown::Not => return Self::Not,
            Shown::Json => return Self::Json,
            Shown::People if !is_live() => return Self::Plain(TimeZone::system()),
            Shown::People => {}
        }
        let asks = std::io::stdin().is_terminal();
        Self::Live(Live::start(asks.then(|| deliver(controls.clone()))))
    }
    fn show(&self, record: &Record) {
        // Nobody is left to be told if standard output is gone; the run goes on.
        let _ = match self {
            Self::Not => Ok(()),
            Self::Json => page::print_json_line(record),
            Self::Plain(zone) => page::print(&plain::line(record, zone)),
            Self::Live(live) => {
                live.record(record);
                Ok(())
            }
        };
    }
    fn lines(&self) -> Option<process::Lines> {
        match self {
            Self::Not | Self::Json | Self::Plain(_) => None,
            Self::Live(live) => {
                let lines = live.lines();
                Some(Arc::new(lines))
            }
        }
    }
    fn notes(&self) -> Notes {
        match self {
            Self::Not => Arc::new(|_| {}),
            Self::Json | Self::Plain(_) => Arc::new(page::say),
            Self::Live(live) => Arc::new(live.notes()),
        }
    }
    /// True while a person is thinking about an answer.
    fn holds(&self) -> bool {
        match self {
            Self::Not | Self::Json | Self::Plain(_) => false,
            Self::Live(live) => live.asking(),
        }
    }
    fn close(self) {
        match self {
            Self::Not | Self::Json | Self::Plain(_) => {}
            Self::Live(live) => live.stop(),
        }
    }
}

/// Is standard output a terminal that can be drawn on?
fn is_live() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    std::io::stdout().is_terminal() && !set("CI") && !dumb
}

/// Carries a terminal's answer to the run and waits for what comes of it.
fn deliver(controls: mpsc::Sender<Control>) -> Deliver {
    Box::new(move |answered: Answered| {
        let Answered { node, choice, comment, value, shown } = answered;
        let (by, via) = (person::name(), "terminal".to_owned());
        let decision = Decision { node, choice, by, via, comment, shown: Some(shown), value };
        let (answer, answered) = oneshot::channel();
        let control = Control { input: Input::Decision(decision), answer: Some(answer) };
        let gone = || vec!["the run has ended meanwhile".to_owned()];
        controls.blocking_send(control).map_err(|_| gone())?;
        answered.blocking_recv().map_err(|_| gone())?.map_err(|refusal| reasons(&refusal))
    })
}

/// Why an answer was refused, one by one.
pub(crate) fn reasons(refusal: &Refusal) -> Vec<String> {
    match refusal {
        Refusal::Invalid { reasons } => reasons.clone(),
        other => vec![other.to_string()],
    }
}
