//! A scratch copy of what a clone holds, and the program to be tried in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The repository of the project itself.
pub(crate) fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What a program said.
#[derive(Debug, Default, Clone)]
pub(crate) struct Output {
    /// Exit code; -1 for a signal.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Output {
    /// Insists on exit code 0.
    pub(crate) fn success(self) -> Self {
        assert_eq!(self.code, 0, "{}\n{}", self.stdout, self.stderr);
        self
    }
}

/// A repository with the examples in it.
pub(crate) struct Bench {
    path: PathBuf,
    /// Keeps the directory.
    _scratch: Option<tempfile::TempDir>,
}

impl Bench {
    /// A fresh repository with one commit, `the examples`.
    pub(crate) fn new() -> Self {
        Self::below("repository")
    }
    /// The same in a directory called `name`, whose parent is empty otherwise.
    pub(crate) fn below(name: &str) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().canonicalize().unwrap().join(name);
        let bench = Self { path, _scratch: Some(scratch) };
        copy(&repository().join("examples"), &bench.path.join("examples"));
        bench.git(&["init", "-q", "-b", "main"]);
        for (key, value) in [("user.name", "test"), ("user.email", "test@example.org"), ("commit.gpgsign", "false")] {
            bench.git(&["config", key, value]);
        }
        std::fs::write(bench.path.join(".gitignore"), ".mission/\n").unwrap();
        bench.git(&["add", "."]);
        bench.git(&["commit", "-q", "-m", "the examples"]);
        bench
    }
    /// The same for a directory below.
    pub(crate) fn at(&self, below: &str) -> Self {
        Self { path: self.path.join(below), _scratch: None }
    }
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
    /// An empty commit.
    pub(crate) fn commit(&self, message: &str) {
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }
    /// Runs `mission`.
    pub(crate) fn mission(&self, args: &[&str]) -> Output {
        self.run(self.command(env!("CARGO_BIN_EXE_mission")).args(args))
    }
    /// What `mission` prints as JSON.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.mission(args).success().stdout).unwrap()
    }
    /// The `run-finished` event of the latest run.
    pub(crate) fn finished(&self) -> Value {
        let events = self.mission(&["events", "--json"]).success().stdout;
        let last: Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
        assert_eq!(last["event"]["type"], "run-finished");
        last["event"].clone()
    }
    /// Runs `git`; its output.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        self.run(self.command("git").args(args)).success().stdout
    }
    /// Runs a shell text; its output.
    pub(crate) fn sh(&self, text: &str) -> String {
        self.run(self.command("sh").args(["-ceu", text])).success().stdout
    }
    /// A program in this directory, with the program under test as `mission` on its `PATH`.
    pub(crate) fn command(&self, program: &str) -> Command {
        let own = Path::new(env!("CARGO_BIN_EXE_mission")).parent().unwrap().to_owned();
        let paths = std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect::<Vec<_>>();
        let mut command = Command::new(program);
        command.current_dir(&self.path).env("PATH", std::env::join_paths(std::iter::once(own).chain(paths)).unwrap());
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "NO_COLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        command.stdin(std::process::Stdio::null());
        command
    }
    /// Runs a command to its end.
    pub(crate) fn run(&self, command: &mut Command) -> Output {
        let output = command.output().unwrap();
        Output {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
