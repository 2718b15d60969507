//! One attempt from start to end. The task here owns the process for as long as there is one.

use std::fs::File;
use std::future::poll_fn;
use std::io::{self, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::apart::Kept;
use super::capture::{Capture, Heard};
use super::ear::{Ear, Understood};
use super::ending::{Ending, Step};
use super::hunt::{Field, Quarry};
use super::live::Entry;
use super::log::Log;
use super::prepare::{Prepared, prepare};
use super::pump::Pump;
use super::redact::Redactor;
use super::tree;
use super::{Ask, Reports, Shared};
use crate::agent::Runner;
use crate::aside::aside;
use crate::decide::port::{Ended, Exit, Facts, Input, Ran, Reply, Task, Work};
use crate::event::{Failure, Usage};

/// Shortest time between two signs of life.
const PULSE: Duration = Duration::from_secs(1);
/// Longest time that is spent on ending processes when there is nobody left to wait.
const LAST_HUNT: Duration = Duration::from_secs(2);
/// Pauses before a program is tried again that somebody is still writing.
const BUSY: [u64; 5] = [1, 5, 20, 50, 100];

/// Attends to an attempt until none of its processes is left.
pub(super) async fn attend(shared: &Shared, work: Work, asked: watch::Receiver<Ask>, reports: &mut Reports) -> Ended {
    let began = Instant::now();
    let not_started = |why: String| {
        let why = format!("node `{}`: {why}", work.node);
        let (reply, usage, log_tail) = (Reply::default(), Usage::default(), String::new());
        Outcome { exit: Exit::NotStarted(why), reply, usage, log_tail, commands: None, writes: Vec::new() }
    };
    let mut apart = false;
    let outcome = if *asked.borrow() == Ask::Run {
        match chosen(shared, &work).await.and_then(|runner| prepare(shared, &work, runner)) {
            Ok(prepared) => {
                apart = prepared.apart.is_some();
                run(shared, &work, prepared, asked, reports).await.unwrap_or_else(not_started)
            }
            Err(why) => not_started(why),
        }
    } else {
        not_started("it was ended before it started".to_owned())
    };
    let Outcome { exit, reply, usage, log_tail, commands, writes } = outcome;
    let usage = Usage { millis: u64::try_from(began.elapsed().as_millis()).ok(), ..priced(shared, &work, usage) };
    let facts = Box::new(Facts { commands, writes, apart, seen: None, left: None });
    Ended { node: work.node, attempt: work.attempt, exit, reply, usage, log_tail, facts }
}

/// Who drives an agent's work. Agents may have to be asked for their version, which takes its time.
async fn chosen(shared: &Shared, work: &Work) -> Result<Option<Runner>, String> {
    let Task::Agent { profile, agent, runner, .. } = &work.task else { return Ok(None) };
    let (agents, profile, agent, runner) = (Arc::clone(&shared.agents), profile.clone(), agent.clone(), runner.clone());
    let asked = aside(move || agents.take(&profile, &agent, runner.as_deref())).await;
    asked?.map(Some).map_err(|e| e.to_string())
}

/// What an attempt used, with an estimate of its cost where the agent tells none and the user's prices make one.
fn priced(shared: &Shared, work: &Work, usage: Usage) -> Usage {
    let Task::Agent { agent, runner: Some(name), .. } = &work.task else { return usage };
    let model = usage.model.clone().or_else(|| agent.model.clone());
    shared.prices.complete(name, Usage { model, ..usage })
}

/// How an attempt ended, before it is reported.
struct Outcome {
    exit: Exit,
    reply: Reply,
    usage: Usage,
    log_tail: String,
    /// Commands that its events told of.
    commands: Option<Vec<Ran>>,
    writes: Vec<String>,
}

/// Runs a process to its end; the error says why it could not be started.
async fn run(
    shared: &Shared,
    work: &Work,
    mut prepared: Prepared,
    asked: watch::Receiver<Ask>,
    reports: &mut Reports,
) -> Result<Outcome, String> {
    shared.post();
    let mut entry = Entry::new(&shared.journal, shared.attempt_id(work));
    let is_fed = prepared.is_fed();
    prepared
        .command
        .process_group(0)
        .stdin(if is_fed { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = start(&mut prepared.command).await.map_err(|e| explain(&e, &prepared.program, &prepared.folder))?;
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).expect("a process that was not waited for has an id");
    let (judge, claims) = (entry.judge(), entry.judge());
    // From here on the process is ended also if this future is dropped.
    let quarry = Quarry::new(Field::Descendants, [], [pid], move |p| claims.claims(p)).hunted_on_drop(LAST_HUNT);
    let root = entry.started(pid);

    let limits = &shared.limits;
    let log = Log::new(prepared.log, limits.log_head, limits.log_tail);
    let text_limit = if prepared.wants_text { limits.text } else { 0 };
    let who = (work.node.as_str(), work.attempt);
    let start_by = prepared.ear.as_ref().and_then(|ear| Some((Instant::now() + ear.start_timeout()?, ear.late())));
    let capture = Capture::new(who, log, text_limit, &prepared.redactor, shared.lines.clone()).heard_by(prepared.ear);
    let mut pump = Pump::new(&mut child, prepared.stdin, capture);

    let mut ending = Ending::new(asked, pid, quarry, limits);
    let mut pulse = Pulse { last: None, due: false };
    let mut effort = Effort::new(pid, limits.look);
    let mut cut = None;
    let status = loop {
        let silent = pump.ear().is_some_and(|ear| !ear.has_begun()) && cut.is_none();
        tokio::select! {
            biased;
            status = child.wait() => break status,
            step = ending.step() => match step {
                Step::Cancel if pump.cancel() => ending.part(),
                Step::Cancel => ending.term(),
                Step::Done => {}
            },
            alive = poll_fn(|cx| pump.poll(cx)) => {
                pulse.beat(alive, || report(shared, reports, work, pump.ear()));
                if cut.is_none() && let Some(why) = pump.ear().and_then(Ear::overrun) {
                    cut = Some(why);
                    if pump.cancel() { ending.part() } else { ending.term() }
                }
                if pump.ear().is_some_and(Ear::is_over) {
                    ending.part();
                }
            }
            why = late(start_by.as_ref()), if silent => {
                cut = Some(why);
                ending.term();
            }
            works = effort.wait(), if pump.ear().is_some() => pulse.beat(works, || report(shared, reports, work, pump.ear())),
            () = pulse.wait() => {
                report(shared, reports, work, pump.ear());
                // A moment as good as any to take note of orphans that ended.
                judge.has_orphans(pid);
            }
        }
    };
    pump.stop_feeding();
    let written = prepared.output.as_deref().map_or(Ok(None), |path| read_result(path, limits.file));
    // What still holds the pipes is not the process; it gets a moment, no more.
    let _ = timeout(limits.drain, poll_fn(|cx| pump.poll_dry(cx))).await;
    let strays = ending.finish(&judge, pump.is_dry(), limits.patience).await;
    if strays.ended.as_ref().is_some_and(|ended| !ended.is_empty()) {
        let _ = timeout(limits.drain, poll_fn(|cx| pump.poll_dry(cx))).await;
    }
    let leaked = strays.ended.and_then(|ended| u32::try_from(ended.iter().filter(|id| **id != root).count()).ok());
    drop(entry);
    if let Some(why) = prepared.apart.as_ref().and_then(Kept::ended) {
        return Err(why);
    }
    if matches!(&status, Ok(status) if status.success()) {
        // Large, and made from what is stored: whoever looks into a failure finds them there.
        prepared.given.iter().for_each(|path| drop(std::fs::remove_file(path)));
    }
    blot(prepared.output.as_deref(), &written, &prepared.redactor);
    let mut outcome = conclude(status, written, pump.finish(), leaked, &prepared.redactor);
    if let Some(why) = cut {
        outcome.exit = Exit::Failed(why);
    }
    if strays.left > 0 {
        outcome
            .log_tail
            .push_str(&format!("\n[mission: {} processes of the attempt could not be ended]\n", strays.left));
    }
    Ok(outcome)
}

/// Ready when an agent that has not begun should have; with what is to be said of it.
async fn late(start_by: Option<&(Instant, Failure)>) -> Failure {
    match start_by {
        Some((at, why)) => {
            sleep_until(*at).await;
            why.clone()
        }
        None => std::future::pending().await,
    }
}

/// Tells of a sign of life, and that silence may follow because a tool is under way.
fn report(shared: &Shared, reports: &mut Reports, work: &Work, ear: Option<&Ear>) {
    let (node, attempt) = (work.node.clone(), work.attempt);
    let usage = ear.and_then(Ear::usage).map(|used| priced(shared, work, used));
    reports(Input::Progress { node, attempt, usage });
    if ear.is_some_and(Ear::is_busy) {
        reports(Input::Busy { node: work.node.clone(), attempt });
    }
}

/// Whether the processes of a silent agent work.
struct Effort {
    pid: i32,
    pace: Duration,
    next: Instant,
    spent: u64,
}

impl Effort {
    fn new(pid: i32, pace: Duration) -> Self {
        Self { pid, pace, next: Instant::now() + pace, spent: 0 }
    }
    /// Ready at every look; true if they have used a quarter of a processor since the last one.
    async fn wait(&mut self) -> bool {
        sleep_until(self.next).await;
        self.next = Instant::now() + self.pace;
        let before = std::mem::replace(&mut self.spent, tree::effort(self.pid));
        self.spent.saturating_sub(before) * 4 >= u64::try_from(self.pace.as_millis()).unwrap_or(u64::MAX)
    }
}

/// Starts the process; a program that is just being written is tried again for a moment.
async fn start(command: &mut Command) -> io::Result<Child> {
    for pause in BUSY {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                sleep(Duration::from_millis(pause)).await
            }
            other => return other,
        }
    }
    command.spawn()
}

/// Why a program did not start.
pub(super) fn explain(error: &io::Error, program: &Path, folder: &Path) -> String {
    let program = program.display();
    match error.kind() {
        io::ErrorKind::NotFound if !folder.is_dir() => {
            format!("the working directory `{}` is not there", folder.display())
        }
        io::ErrorKind::NotFound => {
            format!("`{program}` cannot be started: the interpreter that its first line names is not there")
        }
        io::ErrorKind::ArgumentListTooLong => format!(
            "`{program}` cannot be started: an argument or environment variable is longer than the system allows; \
             pass long values by `stdin` or in a file"
        ),
        _ if error.raw_os_error() == Some(Errno::NOEXEC.raw_os_error()) => {
            format!("`{program}` is neither a program nor a script with a first line such as `#!/bin/sh`")
        }
        _ => format!("`{program}` cannot be started: {error}"),
    }
}

/// Signs of life, not too many of them.
struct Pulse {
    last: Option<Instant>,
    due: bool,
}

impl Pulse {
    fn beat(&mut self, alive: bool, report: impl FnOnce()) {
        if !alive {
            return;
        }
        if self.last.is_none_or(|last| last.elapsed() >= PULSE) {
            self.last = Some(Instant::now());
            self.due = false;
            report();
        } else {
            self.due = true;
        }
    }
    /// Ready when a sign of life is due that was held back.
    async fn wait(&mut self) {
        match self.last {
            Some(last) if self.due => sleep_until(last + PULSE).await,
            Some(_) | None => std::future::pending().await,
        }
        self.last = Some(Instant::now());
        self.due = false;
    }
}

/// The result file, read without following links or waiting; the error says why it cannot be used.
fn read_result(path: &Path, limit: u64) -> Result<Option<String>, String> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(fd) => File::from(fd),
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::LOOP) => return Err("it is a symbolic link".to_owned()),
        Err(error) => return Err(io::Error::from(error).to_string()),
    };
    if !file.metadata().is_ok_and(|about| about.is_file()) {
        return Err("it is not a file".to_owned());
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    if bytes.len() as u64 > limit {
        return Err(format!("it is longer than the limit of {limit} bytes"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            Err(format!("it is not UTF-8: the first wrong byte is number {at}, counted from 0"))
        }
    }
}

/// Blots secrets out of the result file too, which stays beside the log. It is written anew, so that nothing is followed.
fn blot(path: Option<&Path>, written: &Result<Option<String>, String>, redactor: &Redactor) {
    let Some(path) = path.filter(|_| !redactor.is_idle()) else { return };
    let clean = match written {
        Ok(None) => return,
        Ok(Some(text)) => Some(redactor.text(text)).filter(|clean| clean != text).map(String::into_bytes),
        // What could not be read may hold anything.
        Err(_) => Some(Vec::new()),
    };
    if let Some(clean) = clean
        && std::fs::remove_file(path).is_ok()
    {
        // Without the file nothing is lost: what counts has been read.
        drop(std::fs::write(path, clean));
    }
}

fn conclude(
    status: io::Result<ExitStatus>,
    written: Result<Option<String>, String>,
    heard: Heard,
    leaked: Option<u32>,
    redactor: &Redactor,
) -> Outcome {
    let exit = match status.map(|status| (status.code(), status.signal())) {
        Ok((Some(code), _)) => Exit::Code(code),
        Ok((None, Some(signal))) => Exit::Signal(signal),
        Ok((None, None)) => Exit::NotStarted("the process ended in a way that the system does not tell".to_owned()),
        Err(error) => Exit::NotStarted(format!("the end of the process could not be awaited: {error}")),
    };
    let (file, file_refused) = match written {
        Ok(text) => (text.map(|text| if redactor.is_idle() { text } else { redactor.text(&text) }), None),
        Err(why) => (None, Some(why)),
    };
    let Heard { text, text_cut, text_broken, log_tail, ear } = heard;
    let reply = Reply { text, text_cut, text_broken, file, file_refused, structured: None };
    let Some(ear) = ear else {
        let usage = Usage { leaked, ..Usage::default() };
        return Outcome { exit, reply, usage, log_tail, commands: None, writes: Vec::new() };
    };
    let understood = ear.conclude(exit, reply);
    let usage = Usage { leaked, ..understood.usage };
    let Understood { exit, reply, commands, writes, .. } = understood;
    Outcome { exit, reply, usage, log_tail, commands, writes }
}
