//! A repository, a run and a launcher for one test.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mission_compiler::source::{FileId, Span};
use mission_compiler::workflow::{Agent, Command, From};
use mission_executor::agent::prices::Prices;
use mission_executor::decide::port::{Ended, Input, Task, Work};
use mission_executor::process::apart::Isolation;
use mission_executor::process::{Launcher, Leash, Limits, Settings};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// No test waits longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// Orphans belong to the whole process, so the tests take turns.
static TURN: Mutex<()> = Mutex::new(());

/// One run.
pub(crate) struct Bench {
    pub(crate) dir: TempDir,
    pub(crate) launcher: Launcher,
    pub(crate) runtime: Option<Runtime>,
    sender: UnboundedSender<Input>,
    inputs: UnboundedReceiver<Input>,
    _turn: MutexGuard<'static, ()>,
}

/// Short times, so that nobody waits.
pub(crate) fn limits() -> Limits {
    let (grace, patience, look) = (Duration::from_millis(300), Duration::from_millis(100), Duration::from_millis(200));
    Limits { grace, patience, look, ..Limits::default() }
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(limits(), &[])
    }
    pub(crate) fn with(limits: Limits, environment: &[(&str, &str)]) -> Self {
        Self::knowing(None, limits, environment)
    }
    /// With these coding agents.
    pub(crate) fn knowing(agents: Option<String>, limits: Limits, environment: &[(&str, &str)]) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let dir = tempfile::tempdir().expect("dir");
        fs::create_dir_all(dir.path().join("repo")).expect("repository");
        fs::create_dir_all(dir.path().join("run")).expect("run");
        let (sender, inputs) = unbounded_channel();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("runtime");
        let path = std::env::var_os("PATH").expect("PATH");
        let mut variables: Vec<(OsString, OsString)> = vec![("PATH".into(), path)];
        variables.extend(environment.iter().map(|(n, v)| (n.into(), v.into())));
        let settings = Settings {
            repository: dir.path().join("repo"),
            folder: dir.path().join("run"),
            run: "run-1".to_owned(),
            environment: variables,
            agents,
            guard: Vec::new(),
            keeper: Vec::new(),
            isolation: Isolation::Auto,
            prices: Prices::default(),
            limits,
        };
        let launcher = Launcher::new(settings, None).expect("launcher");
        let bench = Self { dir, launcher, runtime: Some(runtime), sender, inputs, _turn: turn };
        bench.script("hide", "#!/bin/sh\n: >up.$1\nexec sleep $1\n");
        bench
    }
    pub(crate) fn repo(&self) -> PathBuf {
        self.dir.path().join("repo")
    }
    pub(crate) fn run_folder(&self) -> PathBuf {
        fs::canonicalize(self.dir.path().join("run")).expect("run")
    }
    pub(crate) fn reports(&self) -> impl Fn(Input) + Send + 'static {
        let sender = self.sender.clone();
        move |input| {
            // The test may be over.
            let _ = sender.send(input);
        }
    }
    pub(crate) fn start(&self, work: Work) -> Leash {
        let _inside = self.runtime.as_ref().expect("a runtime").enter();
        self.launcher.start(work, self.reports())
    }
    /// The next input.
    pub(crate) fn next(&mut self) -> Input {
        let Self { runtime, inputs, .. } = self;
        let next = async { tokio::time::timeout(PATIENCE, inputs.recv()).await };
        runtime.as_ref().expect("a runtime").block_on(next).expect("in time").expect("an input")
    }
    /// Inputs until an attempt ends; only the end is returned.
    pub(crate) fn ended(&mut self) -> Ended {
        loop {
            if let Input::Ended(ended) = self.next() {
                return *ended;
            }
        }
    }
    /// Waits until the attempt says something.
    pub(crate) fn alive(&mut self) {
        let input = self.next();
        assert!(matches!(input, Input::Progress { .. }), "{input:?}");
    }
    pub(crate) fn run(&mut self, work: Work) -> Ended {
        self.start(work);
        self.ended()
    }
    /// The log of attempt 1 of node `w:n`.
    pub(crate) fn log(&self) -> Vec<u8> {
        fs::read(self.run_folder().join("logs/w/n/1.log")).unwrap_or_default()
    }
    pub(crate) fn script(&self, name: &str, text: &str) {
        let path = self.repo().join(name);
        fs::write(&path, text).expect("script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("mode");
    }
    /// Processes that bear the mark of this run.
    pub(crate) fn marked(&self) -> Vec<i32> {
        let mark = format!("MISSION_RUN_DIR={}", self.run_folder().display());
        processes("environ", |text| text.split('\0').any(|variable| variable == mark))
    }
    /// No process of this run is left.
    pub(crate) fn assert_clean(&self) {
        let left = self.marked();
        assert!(left.is_empty(), "processes of the run are left: {left:?}");
    }
}

/// Processes whose `/proc/<pid>/<file>` fits; zombies have none.
pub(crate) fn processes(file: &str, fits: impl Fn(&str) -> bool) -> Vec<i32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").expect("/proc").flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if fs::read(entry.path().join(file)).is_ok_and(|bytes| fits(&String::from_utf8_lossy(&bytes))) {
            found.push(pid);
        }
    }
    found
}

/// Processes that were started with the argument `token`.
pub(crate) fn with_argument(token: &str) -> Vec<i32> {
    processes("cmdline", |text| text.split('\0').any(|word| word == token))
}

/// No process with the argument `token` is left.
#[track_caller]
pub(crate) fn assert_gone(token: &str, what: &str) {
    let left = with_argument(token);
    assert!(left.is_empty(), "{what}: {left:?} are left");
}

/// A number of seconds that nobody else sleeps.
pub(crate) fn token() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("3{:05}.{:03}", std::process::id() % 100_000, NEXT.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn work(node: &str, task: Task) -> Work {
    Work {
        node: node.to_owned(),
        attempt: 1,
        first_attempt: 1,
        put_by: Vec::new(),
        task,
        env: Vec::new(),
        secrets: Vec::new(),
        cwd: None,
        worktree: None,
        from: From::Stdout,
        schema: None,
        watched: false,
        shared: Vec::new(),
        view: false,
        guarded: false,
        input: BTreeMap::new(),
    }
}

/// A command for the shell.
pub(crate) fn shell(text: &str) -> Work {
    work("w:n", Task::Command { command: Command::Shell(text.to_owned()), stdin: None })
}

/// A command without a shell.
pub(crate) fn argv(words: &[&str]) -> Work {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    work("w:n", Task::Command { command: Command::Argv(words), stdin: None })
}

/// A command agent that is the program `program`.
pub(crate) fn agent(program: &str, prompt: &str) -> Work {
    let agent = Agent {
        runners: vec!["command".to_owned()],
        write: true,
        model: None,
        effort: None,
        budget: None,
        command: vec![program.to_owned()],
        env: vec![("OWN".to_owned(), "of the profile".to_owned())],
        pass_env: vec!["PASSED".to_owned()],
        span: Span::new(FileId::default(), 0, 0),
    };
    let task = Task::Agent {
        profile: "writer".to_owned(),
        agent: Box::new(agent),
        runner: None,
        prompt: prompt.to_owned(),
        reask: None,
        onward: None,
    };
    Work { from: From::Default, ..work("w:n", task) }
}

/// Waits until `done`.
pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE, "still waiting: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub(crate) fn read_json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON")
}
