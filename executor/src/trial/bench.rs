//! One call of the agent that is tried: started as an attempt of a run, watched, and ended if it must be.

use std::path::PathBuf;
use std::time::Duration;

use mission_compiler::contract::Contract;
use mission_compiler::source::{FileId, Span};
use mission_compiler::workflow::{Agent, From};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout};

use crate::agent::Session;
use crate::agent::catalogue::{Cli, Driver};
use crate::decide::port::{Ended, Exit, Input, Onward, Reask, Task, Work};
use crate::process::{Launcher, Leash, recover};
use crate::reply;
use crate::runs::AttemptPath;

/// Time that an agent gets to begin with what it was asked, before it is ended.
const UNDER_WAY: Duration = Duration::from_secs(2);

/// Where calls are made.
pub(super) struct Bench<'t> {
    pub(super) launcher: Launcher,
    pub(super) cli: &'t Cli,
    pub(super) folder: PathBuf,
    pub(super) run: String,
    pub(super) cwd: PathBuf,
    pub(super) limit: Duration,
}

/// What is asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    /// Node and attempt under which it runs; attempts of the same node know of each other.
    pub(super) who: (String, u32),
    pub(super) prompt: String,
    pub(super) schema: Option<Value>,
    pub(super) reask: Option<Reask>,
    pub(super) onward: Option<Onward>,
    pub(super) model: Option<String>,
    /// It may write.
    pub(super) write: bool,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) ended: Ended,
    pub(super) took: Duration,
    /// Its result, or why there is none.
    pub(super) value: Result<Value, String>,
}

/// How an agent went that was ended.
#[derive(Debug)]
pub(super) struct Stopped {
    pub(super) heard: Heard,
    /// It had ended before it was asked to.
    pub(super) too_early: bool,
    /// How long it took to be gone.
    pub(super) after: Duration,
    /// Processes that were still there then.
    pub(super) left: usize,
}

impl Bench<'_> {
    /// Makes a call and waits for its end.
    pub(super) async fn call(&self, asked: Asked) -> Heard {
        let schema = asked.schema.clone();
        let began = Instant::now();
        let (leash, mut inputs) = self.start(asked);
        let (ended, in_time) = match timeout(self.limit, end(&mut inputs)).await {
            Ok(ended) => (ended, true),
            Err(_) => {
                leash.end(true);
                (end(&mut inputs).await, false)
            }
        };
        let value = if in_time { judge(&ended, schema.as_ref()) } else { Err(self.too_long()) };
        Heard { ended, took: began.elapsed(), value }
    }
    /// Makes a call, and ends it when it is under way: at once, or asked first.
    pub(super) async fn stop(&self, asked: Asked, now: bool) -> Stopped {
        let began = Instant::now();
        let (leash, mut inputs) = self.start(asked);
        // One that speaks in text may say nothing before its end.
        let patience = if self.cli.driver == Driver::Text { UNDER_WAY } else { self.limit };
        let first = timeout(patience, inputs.recv()).await;
        let mut early = match first {
            Ok(Some(Input::Ended(ended))) => Some(*ended),
            Ok(_) | Err(_) => None,
        };
        if early.is_none() {
            early = timeout(UNDER_WAY, end(&mut inputs)).await.ok();
        }
        let (asked_at, too_early) = (Instant::now(), early.is_some());
        let ended = match early {
            Some(ended) => ended,
            None => {
                leash.end(now);
                end(&mut inputs).await
            }
        };
        let after = asked_at.elapsed();
        let heard = Heard { value: judge(&ended, None), took: began.elapsed(), ended };
        Stopped { heard, too_early, after, left: self.left().await }
    }
    /// How many processes of the trial there are although none should be; ends them.
    pub(super) async fn left(&self) -> usize {
        let (folder, run) = (self.folder.clone(), self.run.clone());
        // What is ended by the kernel may take a moment to be gone.
        sleep(Duration::from_millis(50)).await;
        let swept = spawn_blocking(move || recover::sweep(&folder, &run)).await;
        swept.ok().and_then(Result::ok).map_or(0, |swept| swept.ended + swept.left)
    }
    /// The session of an attempt.
    pub(super) fn session(&self, node: &str, attempt: u32) -> Option<Session> {
        Session::read(&self.folder.join(AttemptPath::new(node, attempt).ok()?.folder()))
    }
    /// Makes `session` that of an attempt.
    pub(super) fn plant(&self, node: &str, attempt: u32, session: &Session) -> Option<()> {
        let folder = self.folder.join(AttemptPath::new(node, attempt).ok()?.folder());
        std::fs::create_dir_all(&folder).ok()?;
        session.write(&folder).ok()
    }
    /// What an attempt printed.
    pub(super) fn log(&self, node: &str, attempt: u32) -> Vec<u8> {
        let path = AttemptPath::new(node, attempt).ok().map(|path| self.folder.join(path.log()));
        path.and_then(|path| std::fs::read(path).ok()).unwrap_or_default()
    }
    fn too_long(&self) -> String {
        format!("it did not end within {} s", self.limit.as_secs())
    }
    fn start(&self, asked: Asked) -> (Leash, UnboundedReceiver<Input>) {
        let (send, inputs) = unbounded_channel();
        let tell = move |input| {
            // Who called may have stopped listening.
            let _ = send.send(input);
        };
        (self.launcher.start(self.work(asked), tell), inputs)
    }
    fn work(&self, asked: Asked) -> Work {
        let Asked { who: (node, attempt), prompt, schema, reask, onward, model, write } = asked;
        let agent = Agent {
            runners: vec![self.cli.name.clone()],
            write,
            model,
            effort: None,
            budget: None,
            command: Vec::new(),
            env: Vec::new(),
            pass_env: Vec::new(),
            span: Span::new(FileId::default(), 0, 0),
        };
        let (profile, agent) = (self.cli.name.clone(), Box::new(agent));
        let task = Task::Agent { profile, agent, runner: None, prompt, reask, onward };
        Work {
            node,
            attempt,
            first_attempt: 1,
            put_by: Vec::new(),
            task,
            env: Vec::new(),
            secrets: Vec::new(),
            cwd: Some(self.cwd.display().to_string()),
            worktree: None,
            from: From::Default,
            schema,
            watched: false,
            shared: Vec::new(),
            view: false,
            guarded: false,
            input: std::collections::BTreeMap::new(),
        }
    }
}

async fn end(inputs: &mut UnboundedReceiver<Input>) -> Ended {
    loop {
        if let Input::Ended(ended) = inputs.recv().await.expect("an attempt reports its end before it falls silent") {
            return *ended;
        }
    }
}

/// The result as a run would take it.
fn judge(ended: &Ended, schema: Option<&Value>) -> Result<Value, String> {
    match &ended.exit {
        Exit::Code(0) => {}
        Exit::Code(code) => return Err(format!("it ended with exit code {code}")),
        Exit::Signal(signal) => return Err(format!("it was ended by signal {signal}")),
        Exit::Failed(failure) => return Err(failure.message.clone()),
        Exit::NotStarted(why) | Exit::NoSession(why) => return Err(why.clone()),
        Exit::Value(value) => return Ok(value.clone()),
    }
    let value = reply::extract(From::Default, true, schema, &ended.reply).map_err(|failure| failure.message)?;
    match schema {
        Some(schema) => {
            let contract = Contract::compile(schema.clone())?;
            contract.admit(value).map_err(|errors| format!("its result does not fit the schema: {}", errors.join("; ")))
        }
        None => Ok(value),
    }
}
