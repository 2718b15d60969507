//! A scratch repository, a throw-away home, a model server, and the real agent in front of them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use mission_scenario::Server;
use serde_json::Value;

use crate::left;
use crate::real::{Real, Script};
use crate::record::{Attempt, Told};

/// How long a run may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(900);

/// The bench.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) real: Real,
    pub(crate) server: Server,
    folder: tempfile::TempDir,
}

impl Bench {
    /// A repository with one commit.
    pub(crate) fn new(real: Real) -> Self {
        left::adopt();
        // IMPORTANT: not below /tmp, where the sandbox of an agent lets it write anything.
        let folder =
            tempfile::Builder::new().prefix("agents-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let server = Server::start().expect("a port of loopback is free");
        let bench = Self { real, server, folder };
        for inner in ["repo", "home", "bin"] {
            std::fs::create_dir(bench.path(inner)).expect("a folder can be made");
        }
        bench.write("repo/README.md", "scratch\n");
        bench.git(&["init", "-q", "-b", "main"]);
        bench.git(&["add", "."]);
        bench.git(&["commit", "-q", "-m", "begin"]);
        bench
    }
    pub(crate) fn path(&self, inner: &str) -> PathBuf {
        self.folder.path().join(inner)
    }
    pub(crate) fn repo(&self) -> PathBuf {
        self.path("repo")
    }
    pub(crate) fn write(&self, inner: &str, text: &str) {
        std::fs::write(self.path(inner), text).unwrap_or_else(|e| panic!("{inner}: {e}"));
    }
    pub(crate) fn read(&self, inner: &str) -> String {
        std::fs::read_to_string(self.path(inner)).unwrap_or_default()
    }
    /// Leads the agent to what `script` says.
    pub(crate) fn lead(&self, script: &Script<'_>) {
        self.lead_another(&self.real, script);
    }
    /// The same for another agent.
    pub(crate) fn lead_another(&self, real: &Real, script: &Script<'_>) {
        real.install(&self.path("bin"), &self.path("home"), &self.server.url(""), script);
    }
    fn surround(&self, command: &mut Command) {
        let path = std::env::var("PATH").unwrap_or_default();
        command.env_clear().env("PATH", format!("{}:{path}", self.path("bin").display()));
        command.env("HOME", self.path("home")).env("GIT_CONFIG_NOSYSTEM", "1").env("LANG", "C.UTF-8");
        command.current_dir(self.repo()).stdin(Stdio::null());
    }
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let mut git = Command::new("git");
        self.surround(git.args(["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]).args(args));
        let output = git.output().expect("git runs");
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
    /// Starts `mission`.
    pub(crate) fn start(&self, args: &[&str]) -> Running<'_> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mission"));
        self.surround(command.args(args));
        let (out, err) = (self.path("out"), self.path("err"));
        command.stdout(std::fs::File::create(out).expect("a file")).stderr(std::fs::File::create(err).expect("a file"));
        Running { bench: self, child: command.spawn().expect("mission runs"), began: Instant::now() }
    }
    /// `mission` as the command of a terminal.
    pub(crate) fn in_terminal(&self, args: &[&str]) -> Command {
        let mut command = Command::new("setsid");
        self.surround(command.args(["--ctty", "--wait", env!("CARGO_BIN_EXE_mission")]).args(args));
        command
    }
    /// Runs a short command of `mission`.
    pub(crate) fn mission(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mission"));
        self.surround(command.args(args));
        command.output().expect("mission runs")
    }
    /// What the record of the latest run says.
    pub(crate) fn told(&self) -> Told {
        let output = self.mission(&["events", "--json"]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Told::read(text.lines().map(|line| serde_json::from_str::<Value>(line).expect("events are JSON")))
    }
    /// Id of the latest run.
    pub(crate) fn id(&self) -> String {
        let output = self.mission(&["status", "--json"]);
        let status: Value = serde_json::from_slice(&output.stdout).expect("the status is JSON");
        status["run"].as_str().expect("a run has an id").to_owned()
    }
    /// Whether a run has begun.
    pub(crate) fn has_run(&self) -> bool {
        self.mission(&["status", "--json"]).status.success()
    }
    /// Waits for a file.
    pub(crate) fn wait_for(&self, path: &Path) {
        self.until(&path.display().to_string(), || path.exists());
    }
    /// Waits for what may take long.
    pub(crate) fn until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let began = Instant::now();
        while !is_so() {
            assert!(began.elapsed() < PATIENCE, "never: {what}\n{}", self.heard());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    /// What was printed, and the logs of all attempts.
    pub(crate) fn heard(&self) -> String {
        let mut all = format!("stdout:\n{}\nstderr:\n{}\n", self.read("out"), self.read("err"));
        let mut folders = vec![self.repo().join(".mission/runs")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|end| end == "log") {
                    let text = std::fs::read_to_string(&path).unwrap_or_default();
                    let short: String = text.lines().map(|line| format!("{line:.600}\n")).collect();
                    all.push_str(&format!("{}:\n{short}\n", path.display()));
                }
            }
        }
        all.push_str(&format!("{:#?}\n", self.server.ledger()));
        // Last, where it is seen of a long text.
        all + &self.failures(&self.told())
    }
    /// Nothing is left: no process that bears a mark of this bench, none that descends from this test.
    #[track_caller]
    pub(crate) fn is_clean(&self) {
        let left = left::processes(self.folder.path());
        assert!(left.is_empty(), "left behind: {left:#?}\n{}", self.heard());
    }
    /// The end of what an attempt printed.
    pub(crate) fn last_words(&self, one: &Attempt) -> String {
        let log = format!("repo/.mission/runs/{}/logs/{}/{}.log", self.id(), one.node.replace(':', "/"), one.number);
        let text = self.read(&log);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(6)..].iter().map(|line| format!("    {line:.300}\n")).collect()
    }
    /// The last attempts that failed, briefly.
    fn failures(&self, told: &Told) -> String {
        let failed = told.attempts.iter().filter_map(|one| Some((one, one.class.as_ref()?)));
        let brief = |(one, class): (&Attempt, &String)| {
            format!("{} failed, {class}: {:.300}\n{}", one.tag(), one.message, self.last_words(one))
        };
        let all: Vec<String> = failed.map(brief).collect();
        all[all.len().saturating_sub(3)..].concat()
    }
    /// At most `most` attempts of the latest run failed and were tried again; they are told.
    #[track_caller]
    pub(crate) fn tried_again_at_most(&self, most: usize) {
        let told = self.told();
        let count = told.attempts.iter().filter(|one| told.tried_again(one)).count();
        let failures = self.failures(&told);
        if count > 0 {
            println!("tried again: {count}\n{failures}");
        }
        assert!(count <= most, "{count} attempts failed and were tried again, where {most} may\n{failures}");
    }
    /// Every attempt that told what it used told exactly what the server told it; at least `least` of them did. Claude that gives up breaks
    /// off while its last answer still comes in, and does not always count that to its end.
    #[track_caller]
    pub(crate) fn counts_are_right(&self, least: usize) {
        let (told, ledger) = (self.told(), self.server.ledger());
        let mut known = 0;
        for attempt in &told.attempts {
            let count = ledger.of(&attempt.tag());
            let Some(tokens) = attempt.tokens else { continue };
            known += 1;
            let gave_up = attempt.class.is_some();
            let is_right = tokens.0 == count.input && (tokens.1 == count.output || gave_up && tokens.1 < count.output);
            assert!(is_right, "{attempt:?}, and not {} and {}\n{}", count.input, count.output, self.heard());
        }
        assert!(known >= least, "{known} attempts told what they used: {told:#?}\n{}", self.heard());
    }
}

impl Drop for Bench {
    /// Whatever was tried: nothing is left.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.is_clean();
        }
    }
}

/// `mission`, while it runs.
#[derive(Debug)]
pub(crate) struct Running<'b> {
    bench: &'b Bench,
    child: Child,
    began: Instant,
}

impl Running<'_> {
    /// Waits until it ends; what it did.
    pub(crate) fn wait(mut self) -> Ended {
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                break status;
            }
            if self.began.elapsed() > PATIENCE {
                let _ = self.child.kill();
                panic!("it does not end\n{}", self.bench.heard());
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        Ended { code: status.code(), heard: self.bench.heard(), took: self.began.elapsed() }
    }
    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it is gone");
    }
}

impl Drop for Running<'_> {
    /// A test that fails leaves nothing running: who drives the agents ends, and so do they.
    fn drop(&mut self) {
        // It has ended unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a run of `mission` ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) heard: String,
    pub(crate) took: Duration,
}

impl Ended {
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.heard);
        self
    }
}
