//! A throw-away project with a throw-away home, and commands that run in it.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A project.
pub(crate) struct Ground {
    dir: TempDir,
}

impl Ground {
    /// An empty one, on the disk of the build: the folder for temporary files may be in memory.
    pub(crate) fn new() -> io::Result<Self> {
        let ground = Self { dir: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))? };
        fs::create_dir(ground.dir.path().join("home"))?;
        fs::create_dir_all(ground.path().join(".mission"))?;
        Ok(ground)
    }
    /// One that is a git repository with one commit.
    pub(crate) fn repository() -> io::Result<Self> {
        let ground = Self::new()?;
        fs::remove_dir(ground.path().join(".mission"))?;
        ground.write("README.md", "# Scratch\n")?;
        for words in [
            &["init", "--quiet", "--initial-branch=main"][..],
            &["config", "user.name", "Bench"],
            &["config", "user.email", "bench@localhost"],
            &["add", "."],
            &["commit", "--quiet", "--message=first"],
        ] {
            ground.must("git", words)?;
        }
        Ok(ground)
    }
    /// Root of the project.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("project")
    }
    /// A place outside the project.
    pub(crate) fn outside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
    /// Writes a file of the project; returns its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> io::Result<PathBuf> {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        fs::write(&path, text)?;
        Ok(path)
    }
    /// Writes a program outside the project; returns its path.
    pub(crate) fn script(&self, name: &str, text: &str) -> io::Result<PathBuf> {
        let path = self.outside(name);
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        Ok(path)
    }
    /// A command in the project, with nothing of this environment but `PATH`.
    pub(crate) fn command(&self, program: &str, words: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(words).current_dir(self.path()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.dir.path().join("home")).env("LANG", "C.UTF-8");
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }
    /// The program that is measured.
    pub(crate) fn mission(&self, words: &[&str]) -> Command {
        self.command(env!("CARGO_BIN_EXE_mission"), words)
    }
    /// Forgets all runs.
    pub(crate) fn forget(&self) -> io::Result<()> {
        match fs::remove_dir_all(self.path().join(".mission/runs")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }
    /// Runs what must succeed.
    pub(crate) fn must(&self, program: &str, words: &[&str]) -> io::Result<()> {
        let status = self.command(program, words).status()?;
        if status.success() { Ok(()) } else { Err(io::Error::other(format!("{program} {words:?}: {status}"))) }
    }
    /// The folder of the only run.
    pub(crate) fn run(&self) -> io::Result<PathBuf> {
        let mut runs = fs::read_dir(self.path().join(".mission/runs"))?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.join("run.db").is_file());
        runs.next().ok_or_else(|| io::Error::other("there is no run"))
    }
}

/// Is the program on `PATH`?
pub(crate) fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
