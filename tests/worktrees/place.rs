//! A repository in a temporary folder, and what to look at in it.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A repository in a temporary folder, with a home of its own.
pub(crate) struct Place {
    pub(crate) dir: tempfile::TempDir,
}

impl Place {
    /// A repository with the demo program on `main`.
    pub(crate) fn demo() -> Self {
        let place = Self::bare();
        let setup = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/migration/setup.sh");
        place.run(Command::new("sh").arg(setup).arg(place.root()));
        place
    }
    /// A repository with the workflow `two` and one commit.
    pub(crate) fn plain(workflow: &str) -> Self {
        let place = Self::bare();
        place.git(&["init", "-q", "-b", "main", "repo"]);
        std::fs::create_dir_all(place.root().join(".mission/workflows")).unwrap();
        std::fs::write(place.root().join(".mission/.gitignore"), "*\n").unwrap();
        std::fs::write(place.root().join(".mission/workflows/two.yaml"), workflow).unwrap();
        std::fs::write(place.root().join("same"), "start\n").unwrap();
        place.git(&["-C", "repo", "add", "-A"]);
        place.git(&["-C", "repo", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "start"]);
        place
    }
    pub(crate) fn bare() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("home")).unwrap();
        Self { dir }
    }
    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join("repo")
    }
    pub(crate) fn surround<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.dir.path().join("home"));
        command.env("GIT_CONFIG_NOSYSTEM", "1").stdin(Stdio::null())
    }
    /// Runs a command to success and returns what it printed.
    pub(crate) fn run(&self, command: &mut Command) -> String {
        let output = self.surround(command).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        assert!(output.status.success(), "{command:?}\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
        said
    }
    pub(crate) fn git(&self, args: &[&str]) -> String {
        self.run(Command::new("git").args(args).current_dir(self.dir.path()))
    }
    pub(crate) fn here(&self, args: &[&str]) -> String {
        self.run(Command::new("git").args(args).current_dir(self.root()))
    }
    pub(crate) fn mission(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mission"));
        self.surround(&mut command).args(args).current_dir(self.root());
        command
    }
    pub(crate) fn start(&self, args: &[&str]) -> Child {
        self.mission(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }
    /// What belongs to the user: all but what is the engine's own, each file, link and folder with a hash of what it is.
    pub(crate) fn theirs(&self) -> BTreeMap<PathBuf, u64> {
        let ours = [
            ".mission",
            ".worktrees",
            ".git/objects",
            ".git/refs/heads/mission",
            ".git/worktrees",
            ".git/refs/mission",
            ".git/logs/refs/heads/mission",
        ];
        self.below("", &ours)
    }
    /// Every object that the repository has.
    pub(crate) fn objects(&self) -> BTreeMap<PathBuf, u64> {
        self.below(".git/objects", &[])
    }
    /// Everything below `folder` but `ours`: kind, mode, and content.
    fn below(&self, folder: &str, ours: &[&str]) -> BTreeMap<PathBuf, u64> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.root().join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(self.root()).unwrap().to_owned();
                if ours.iter().any(|ours| name.starts_with(ours)) {
                    continue;
                }
                let about = path.symlink_metadata().unwrap();
                let mut hasher = DefaultHasher::new();
                about.mode().hash(&mut hasher);
                if about.is_dir() {
                    folders.push(path);
                } else if about.is_symlink() {
                    std::fs::read_link(&path).unwrap().hash(&mut hasher);
                } else if about.is_file() {
                    std::fs::read(&path).unwrap().hash(&mut hasher);
                }
                found.insert(name, hasher.finish());
            }
        }
        found
    }
    /// Names of the files of the user that differ from `before`.
    pub(crate) fn touched(&self, before: &BTreeMap<PathBuf, u64>) -> Vec<PathBuf> {
        let now = self.theirs();
        let all: BTreeSet<&PathBuf> = before.keys().chain(now.keys()).collect();
        all.into_iter().filter(|name| before.get(*name) != now.get(*name)).cloned().collect()
    }
    pub(crate) fn integrated(&self) -> String {
        self.here(&["for-each-ref", "--format=%(refname:short)", "refs/heads/mission/*/main"])
    }
    pub(crate) fn items(&self, branch: &str) -> String {
        let range = format!("main..{branch}");
        let text = self.here(&[
            "log",
            "--first-parent",
            "--reverse",
            "--format=%(trailers:key=Mission-Item,valueonly)",
            &range,
        ]);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
    pub(crate) fn nothing_is_left(&self) {
        assert_eq!(self.here(&["worktree", "list", "--porcelain"]).matches("worktree ").count(), 1);
        let mut left: Vec<_> =
            std::fs::read_dir(self.root().join(".worktrees")).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".gitignore", ".lock"]);
        assert_eq!(self.here(&["fsck", "--no-dangling", "--no-progress"]), "");
    }
}

/// Three items; the first two write into the same file, if nobody changes that.
pub(crate) const TWO: &str = r#"
mission: 1
name: two
inputs:
  text: { type: string, default: x }
nodes:
  feature:
    map: { over: '["one", "two", "three"]', as: f, key: f, mode: parallel, join: all_done }
    run: 'echo "$F $TEXT" > "$(if [ "$F" = three ]; then echo other; else echo same; fi)"'
    env: { F: "{{ f }}", TEXT: "{{ inputs.text }}" }
    worktree:
      base: integrated
      path: ".worktrees/{{ run.id }}-{{ f }}"
      branch: "mission/{{ run.id }}/1/{{ f }}"
  merge:
    needs: [feature]
    uses: git.integrate
    with: { items: "{{ nodes.feature.items }}", branches: "mission/{{ run.id }}/1", base: main }
  say:
    needs: [merge]
    run: printf '%s' "$CONFLICTS" > "$MISSION_OUTPUT"
    env: { CONFLICTS: "{{ nodes.merge.output.conflicts | tojson }}" }
    output: { from: file }
outputs: { conflicts: nodes.merge.output.conflicts }
"#;
