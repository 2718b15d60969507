//! From an attempt to a command: program, arguments, environment, working directory and the files it is told of. Starts nothing.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use mission_compiler::workflow::{Command as Words, From};
use tokio::process::Command;

use super::Shared;
use super::redact::Redactor;
use crate::agent::Runner;
use crate::decide::port::{Task, Work};
use crate::runs::AttemptPath;

/// The shell and how it is called: stop at the first error, refuse unset variables.
const SHELL: [&str; 2] = ["/bin/sh", "-ceu"];

/// A command that is ready to start.
pub(super) struct Prepared {
    /// The command, without streams.
    pub(super) command: Command,
    /// Its program, for messages.
    pub(super) program: PathBuf,
    /// Its working directory, for messages.
    pub(super) folder: PathBuf,
    /// Standard input.
    pub(super) stdin: Option<String>,
    /// Where its log goes.
    pub(super) log: PathBuf,
    /// Where it may write its result, if somebody would read it.
    pub(super) output: Option<PathBuf>,
    /// What it may read; of no use once it has ended well.
    pub(super) given: Vec<PathBuf>,
    /// Whether standard output may be its result.
    pub(super) wants_text: bool,
    /// Takes secrets out of what it prints.
    pub(super) redactor: Redactor,
}

/// Makes `work` ready.
///
/// # Errors
/// Why it cannot start: one sentence.
pub(super) fn prepare(shared: &Shared, work: &Work) -> Result<Prepared, String> {
    let path = AttemptPath::new(&work.node, work.attempt).map_err(|e| e.to_string())?;
    let task = unpack(work)?;
    let folder = working_directory(&shared.repository, work)?;
    let program = shared.programs.find(&task.words[0]).map_err(|e| e.to_string())?;
    let files = Files::write(shared, work, &path, task.is_agent)
        .map_err(|e| format!("the files of the attempt cannot be written below `{}`: {e}", shared.folder.display()))?;

    let passed = task.pass_env.iter().chain(&work.secrets);
    let own = task.env.iter().chain(&work.env).map(|(name, value)| (name.as_str(), OsString::from(value)));
    let marks = marks(shared, work).into_iter().chain(files.variables());
    let variables = shared.environment.compose(passed, own.chain(marks));
    let mut command = Command::new(&program);
    command.args(&task.words[1..]).current_dir(&folder).env_clear();
    for (name, value) in variables {
        if name.is_empty() || has_byte(&name, b"=\0") || has_byte(&value, b"\0") {
            return Err(format!("the environment variable {name:?} has a name or value that no process can have"));
        }
        command.env(name, value);
    }
    if let Some(at) = task.words.iter().position(|word| word.contains('\0')) {
        return Err(format!("argument {at} of the command holds a NUL byte, which no argument can"));
    }

    let secrets = work.secrets.iter().filter_map(|name| shared.environment.get(name)).map(|v| v.as_encoded_bytes());
    let wants_text =
        task.is_agent || matches!(work.from, From::Stdout | From::LastJson | From::Agent) || work.schema.is_some();
    Ok(Prepared {
        command,
        program,
        folder,
        stdin: task.stdin,
        log: shared.folder.join(path.log()),
        output: files.output,
        given: files.schema.into_iter().chain(files.input).collect(),
        wants_text,
        redactor: Redactor::new(secrets),
    })
}

/// What of a task matters here.
struct Unpacked<'w> {
    words: Vec<String>,
    stdin: Option<String>,
    env: &'w [(String, String)],
    pass_env: &'w [String],
    is_agent: bool,
}

fn unpack(work: &Work) -> Result<Unpacked<'_>, String> {
    let unpacked = match &work.task {
        Task::Command { command: Words::Shell(text), stdin } => {
            let words = SHELL.map(str::to_owned).into_iter().chain([text.clone()]).collect();
            Unpacked { words, stdin: stdin.clone(), env: &[], pass_env: &[], is_agent: false }
        }
        Task::Command { command: Words::Argv(words), stdin } => {
            Unpacked { words: words.clone(), stdin: stdin.clone(), env: &[], pass_env: &[], is_agent: false }
        }
        Task::Agent { profile, agent, prompt, reask: _ } => {
            match Runner::of(profile, agent).map_err(|e| e.to_string())? {
                Runner::Command(words) => Unpacked {
                    words,
                    stdin: Some(prompt.clone()),
                    env: &agent.env,
                    pass_env: &agent.pass_env,
                    is_agent: true,
                },
            }
        }
        Task::Action { name, with: _ } => return Err(format!("BUG: the action `{name}` is not a process")),
    };
    if unpacked.words.is_empty() {
        Err("the command is empty, where a program was expected".to_owned())
    } else {
        Ok(unpacked)
    }
}

/// Variables that tell an attempt who it is. By `MISSION_ATTEMPT_ID` its processes are found again; after the death of the executor
/// by `MISSION_RUN_ID` and `MISSION_RUN_DIR` together.
fn marks<'w>(shared: &Shared, work: &'w Work) -> [(&'w str, OsString); 6] {
    let (run, node) = (&shared.run, &work.node);
    [
        ("MISSION_RUN_ID", run.into()),
        ("MISSION_RUN_DIR", shared.folder.clone().into_os_string()),
        ("MISSION_NODE_ID", node.into()),
        ("MISSION_ATTEMPT", work.attempt.to_string().into()),
        ("MISSION_ATTEMPT_ID", shared.attempt_id(work).into()),
        ("MISSION_IDEMPOTENCY_KEY", format!("{run}/{node}").into()),
    ]
}

/// Files that an attempt is told of. Only those that are of use are made.
#[derive(Debug, Default)]
struct Files {
    output: Option<PathBuf>,
    schema: Option<PathBuf>,
    input: Option<PathBuf>,
}

impl Files {
    fn write(shared: &Shared, work: &Work, path: &AttemptPath, is_agent: bool) -> io::Result<Self> {
        let may_write = is_agent
            || match work.from {
                From::File | From::Agent => true,
                From::Default => work.schema.is_some(),
                From::Stdout | From::LastJson => false,
            };
        let has_input = is_agent || !work.input.is_empty();
        if !may_write && !has_input && work.schema.is_none() {
            return Ok(Self::default());
        }
        let folder = shared.folder.join(path.folder());
        fs::create_dir_all(&folder)?;
        let mut files = Self::default();
        if may_write {
            let output = folder.join("result.json");
            remove(&output)?;
            files.output = Some(output);
        }
        if let Some(schema) = &work.schema {
            files.schema = Some(write_json(folder.join("schema.json"), schema)?);
        }
        if has_input {
            files.input = Some(write_json(folder.join("input.json"), &work.input)?);
        }
        Ok(files)
    }
    fn variables(&self) -> impl Iterator<Item = (&str, OsString)> {
        [("MISSION_OUTPUT", &self.output), ("MISSION_SCHEMA", &self.schema), ("MISSION_INPUT", &self.input)]
            .into_iter()
            .filter_map(|(name, path)| Some((name, path.clone()?.into_os_string())))
    }
}

fn write_json(path: PathBuf, value: &impl serde::Serialize) -> io::Result<PathBuf> {
    fs::write(&path, serde_json::to_vec(value)?)?;
    Ok(path)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Worktree, or repository, and the author's `cwd` below it.
fn working_directory(repository: &Path, work: &Work) -> Result<PathBuf, String> {
    let base = match &work.worktree {
        Some(worktree) => below(repository, &worktree.path)?,
        None => repository.to_owned(),
    };
    match &work.cwd {
        Some(cwd) => below(&base, cwd),
        None => Ok(base),
    }
}

fn below(base: &Path, path: &str) -> Result<PathBuf, String> {
    let is_plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !is_plain || path.contains('\0') {
        return Err(format!("the working directory `{}` does not lie below `{}`", path.escape_debug(), base.display()));
    }
    let joined = base.join(path);
    let real = |path: &Path| {
        fs::canonicalize(path).map_err(|e| format!("the working directory `{}` cannot be used: {e}", path.display()))
    };
    if real(&joined)?.starts_with(real(base)?) {
        Ok(joined)
    } else {
        Err(format!("the working directory `{path}` leads out of `{}` by a symbolic link", base.display()))
    }
}

fn has_byte(text: &std::ffi::OsStr, unwanted: &[u8]) -> bool {
    text.as_encoded_bytes().iter().any(|b| unwanted.contains(b))
}
