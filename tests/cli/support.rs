//! A place to run `mission` in, and what comes out of it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use tempfile::TempDir;

/// A throw-away directory with a throw-away HOME beside it.
pub(crate) struct Place {
    root: TempDir,
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: i32,
}

impl Said {
    /// Insists on an exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }
    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}\n{}\n{}", self.out, self.err))
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        let root = TempDir::new().expect("a temporary directory");
        std::fs::create_dir(root.path().join("home")).expect("a home");
        std::fs::create_dir(root.path().join("work")).expect("a place to work");
        Self { root }
    }
    /// The working directory.
    pub(crate) fn path(&self) -> PathBuf {
        self.root.path().join("work").canonicalize().expect("it was made")
    }
    /// Writes a file below the working directory.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it is below the working directory")).expect("a folder");
        std::fs::write(path, text).expect("a file");
        self
    }
    /// Writes a program below the working directory.
    #[track_caller]
    pub(crate) fn script(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        self.write(name, text);
        let made = self.command("chmod").args(["+x", name]).status().expect("it starts");
        assert!(made.success());
        self
    }
    /// Reads a file below the working directory.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }
    /// Every file below the working directory, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let (root, mut found) = (self.path(), Vec::new());
        collect(&root, &root, &mut found);
        found.sort();
        found
    }
    /// A command in this place, with nothing from our environment but the PATH.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.root.path().join("home")).env("LANG", "C.UTF-8").env("TZ", "UTC");
        command.env("GIT_CONFIG_NOSYSTEM", "1").stdin(Stdio::null());
        command
    }
    /// `mission` with these arguments, not yet started.
    pub(crate) fn prepare(&self, args: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_mission"));
        command.args(args);
        command
    }
    /// `mission` with these arguments, in the background; nobody hears what it says.
    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        self.prepare(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts")
    }
    /// What `status --json` says; null as long as there is no run.
    pub(crate) fn status(&self) -> Value {
        let said = self.mission(&["status", "--json"]);
        if said.code == 0 { said.json() } else { Value::Null }
    }
    /// The events of the latest run.
    #[track_caller]
    pub(crate) fn events(&self) -> Vec<Value> {
        let text = self.mission(&["events", "--json"]).exits(0).out;
        text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a record")["event"].take()).collect()
    }
    /// Runs `mission` with these arguments.
    #[track_caller]
    pub(crate) fn mission(&self, args: &[&str]) -> Said {
        said(&mut self.prepare(args), &self.path())
    }
}

/// `kill -9`.
pub(crate) fn kill(mut executor: Child) {
    executor.kill().expect("it is ours");
    executor.wait().expect("it is ours");
}

/// Waits until `done`.
#[track_caller]
pub(crate) fn until(mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(120), "still waiting");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Runs a command; the place's own path becomes `PLACE` in what it printed.
#[track_caller]
pub(crate) fn said(command: &mut Command, place: &Path) -> Said {
    let output = command.output().expect("it starts");
    let text =
        |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8").replace(place.to_str().expect("UTF-8"), "PLACE");
    Said { out: text(output.stdout), err: text(output.stderr), code: output.status.code().unwrap_or(-1) }
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, found);
        } else {
            found.push(path.strip_prefix(root).expect("it is below").display().to_string());
        }
    }
}

/// Insists that `value` follows the committed schema `schemas/NAME.schema.json`.
#[track_caller]
pub(crate) fn follows(value: &serde_json::Value, name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/{name}.schema.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let schema = serde_json::from_str(&text).expect("a schema is JSON");
    let validator = jsonschema::draft7::new(&schema).expect("a schema");
    let errors: Vec<String> = validator.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
}
