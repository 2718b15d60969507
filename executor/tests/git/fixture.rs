//! A repository in a temporary folder, with a home of its own.

use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use mission_executor::action::{Job, perform};
use mission_executor::event::Failure;
use mission_executor::git::{Oid, Policy, Program, Repository, Worktrees};
use serde_json::Value;

pub(crate) const RUN: &str = "r1";

pub(crate) struct Fixture {
    dir: PathBuf,
    pub(crate) root: PathBuf,
    /// Deletes it all in the end; none for a fixture of another process.
    _owned: Option<tempfile::TempDir>,
}

impl Fixture {
    /// An empty repository on branch `main`, with an identity.
    pub(crate) fn empty() -> Self {
        let owned = tempfile::tempdir().unwrap();
        let mut fixture = Self::at(owned.path());
        fixture._owned = Some(owned);
        for folder in [fixture.dir.join("home"), fixture.run_dir(), fixture.root.clone()] {
            std::fs::create_dir(folder).unwrap();
        }
        fixture.git(&["init", "-q", "-b", "main"]);
        fixture.git(&["config", "user.name", "Ada"]);
        fixture.git(&["config", "user.email", "ada@example.org"]);
        fixture
    }
    /// The one that stands in `dir` already.
    pub(crate) fn at(dir: &Path) -> Self {
        let dir = dir.canonicalize().unwrap();
        Self { root: dir.join("repo"), dir, _owned: None }
    }
    /// With one commit of `README` and `src/a`.
    pub(crate) fn new() -> Self {
        let fixture = Self::empty();
        fixture.write("README", "hello\n");
        fixture.write("src/a", "1\n2\n3\n");
        fixture.git(&["add", "-A"]);
        fixture.git(&["commit", "-qm", "start"]);
        fixture
    }
    /// The folder around the repository: home, run folder, canaries.
    pub(crate) fn outside(&self) -> PathBuf {
        self.dir.clone()
    }
    pub(crate) fn run_dir(&self) -> PathBuf {
        self.dir.join("run")
    }
    pub(crate) fn vars(&self) -> Vec<(OsString, OsString)> {
        vec![("PATH".into(), std::env::var_os("PATH").unwrap()), ("HOME".into(), self.dir.join("home").into())]
    }
    /// Git; if there is a folder `bin` beside the repository, the one in there.
    pub(crate) fn program(&self) -> Program {
        let bin = self.dir.join("bin");
        let mut vars = self.vars();
        if bin.exists() {
            let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&vars[0].1))).unwrap();
            vars[0].1 = path;
        }
        Program::find(vars, &self.root).unwrap()
    }
    pub(crate) fn open(&self) -> Repository {
        Repository::discover(&self.program(), &self.root, Policy::Shielded).unwrap()
    }
    pub(crate) fn worktrees(&self) -> Worktrees {
        Worktrees::new(&self.open(), &self.run_dir(), RUN).unwrap()
    }

    /// Runs git as a person would, and returns what it printed.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        self.git_in(&self.root, args)
    }
    pub(crate) fn git_in(&self, dir: &Path, args: &[&str]) -> String {
        let (ok, text) = self.try_git_in(dir, args);
        assert!(ok, "git {args:?}: {text}");
        text
    }
    /// Where the engine keeps what it makes by looking.
    fn seen(&self) -> std::ffi::OsString {
        let folders = [self.run_dir().join("objects"), self.run_dir().join("git/objects")];
        std::env::join_paths(folders.into_iter().filter(|folder| folder.exists())).unwrap()
    }
    pub(crate) fn try_git_in(&self, dir: &Path, args: &[&str]) -> (bool, String) {
        let output = Command::new("git")
            .args(args)
            .current_dir(dir)
            .env_clear()
            .envs(self.vars())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", self.seen())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(if output.status.success() { &output.stdout } else { &output.stderr });
        (output.status.success(), text.trim_end().to_owned())
    }
    pub(crate) fn oid(&self, name: &str) -> Oid {
        Oid::parse(&self.git(&["rev-parse", name])).unwrap()
    }
    pub(crate) fn write(&self, path: &str, text: &str) {
        write_in(&self.root, path, text);
    }
    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root.join(path)).unwrap()
    }
    pub(crate) fn commit(&self, path: &str, text: &str) -> Oid {
        self.write(path, text);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-qm", path]);
        self.oid("HEAD")
    }

    /// Performs an action as node `node`, first attempt, in the repository itself.
    /// Does that pass for `sh` at the top of the repository?
    pub(crate) fn run_here(&self, command: &str) -> bool {
        let run = std::process::Command::new("sh").args(["-c", command]).current_dir(&self.root).output();
        run.unwrap().status.success()
    }
    pub(crate) fn act(&self, name: &str, node: &str, with: Value) -> Result<Value, Failure> {
        self.act_in(&self.open(), name, node, 1, with)
    }
    pub(crate) fn act_in(
        &self,
        repo: &Repository,
        name: &str,
        node: &str,
        attempt: u32,
        with: Value,
    ) -> Result<Value, Failure> {
        self.act_among(&self.worktrees(), repo, name, (node, attempt), with)
    }
    /// The same by an executor that knows `worktrees`.
    pub(crate) fn act_among(
        &self,
        worktrees: &Worktrees,
        repo: &Repository,
        name: &str,
        (node, attempt): (&str, u32),
        with: Value,
    ) -> Result<Value, Failure> {
        let run_dir = self.run_dir();
        let job = Job {
            root: repo.root(),
            repository: Some(repo),
            worktrees: Some(worktrees),
            run: RUN,
            run_dir: &run_dir,
            node,
            attempt,
            first_attempt: 1,
        };
        perform(name, with, &job)
    }
}

/// Names of temporary indexes in `scratch`.
pub(crate) fn indexes(scratch: &Path) -> Vec<String> {
    let names = std::fs::read_dir(scratch).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("index-")).collect()
}

pub(crate) fn write_in(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Everything below `root` but `.mission/`, `.worktrees/` and what `but` names: path → hash of the content.
pub(crate) fn snapshot(root: &Path, but: &[&str]) -> std::collections::BTreeMap<PathBuf, u64> {
    let mut found = std::collections::BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let relative = path.strip_prefix(root).unwrap().to_owned();
            if relative.starts_with(".mission") || relative.starts_with(".worktrees") {
                continue;
            }
            if but.iter().any(|b| relative.starts_with(b)) {
                continue;
            }
            if path.is_symlink() {
                found.insert(relative, hash(&std::fs::read_link(&path).unwrap()));
            } else if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(relative, hash(&std::fs::read(&path).unwrap()));
            }
        }
    }
    found
}

/// An executable script. A process of its own writes it: while this one holds it open for writing, a child that
/// another thread starts would inherit that and make it "busy".
pub(crate) fn script(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let write = "printf '#!/bin/sh\\n%s\\n' \"$2\" > \"$1\" && chmod 755 \"$1\"";
    let status = Command::new("sh").args(["-c", write, "sh"]).arg(path).arg(text).status().unwrap();
    assert!(status.success());
}

fn hash(content: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}
