//! From an attempt to a command: program, arguments, environment, working directory and the files it is told of. Starts nothing.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Component, Path, PathBuf};

use mission_compiler::workflow::{Command as Words, From};
use tokio::process::Command;

use super::apart::{Kept, Own, named};
use super::ear::Ear;
use super::redact::Redactor;
use super::{Shared, guard};
use crate::agent::{Call, Runner, Session, Wanted, uuid};
use crate::decide::port::{Broken, Task, Work};
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
    /// Standard input, unless it is spoken with.
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
    /// Understands what it prints, if it is a coding agent.
    pub(super) ear: Option<Ear>,
    /// Keeps it apart from what belongs to others, if that is to be and can be.
    pub(super) apart: Option<Kept>,
}

impl Prepared {
    /// Whether anything is to be written to its standard input.
    pub(super) fn is_fed(&self) -> bool {
        self.stdin.is_some() || self.ear.as_ref().is_some_and(Ear::talks)
    }
}

/// Makes `work` ready; `runner` drives it, if it is an agent's.
///
/// # Errors
/// Why it cannot start: one sentence.
pub(super) fn prepare(shared: &Shared, work: &Work, runner: Option<Runner>) -> Result<Prepared, String> {
    let path = AttemptPath::new(&work.node, work.attempt).map_err(|e| e.to_string())?;
    let mut task = unpack(shared, work, runner, &path)?;
    let folder = working_directory(&shared.repository, work)?;
    let program = match &task.program {
        Some(program) => program.clone(),
        None => shared.agents.programs().find(&task.words[0]).map_err(|e| e.to_string())?,
    };
    if let Some(call) = &mut task.call {
        call.session.folder.clone_from(&folder);
    }
    let files = Files::write(shared, work, &path, &task)
        .map_err(|e| format!("the files of the attempt cannot be written below `{}`: {e}", shared.folder.display()))?;

    let passed = task.pass_env.iter().chain(&task.secrets).chain(&work.secrets);
    let own = task.env.iter().chain(&work.env).map(|(name, value)| (name.as_str(), OsString::from(value)));
    let marks = marks(shared, work).into_iter().chain(files.variables());
    let variables = shared.environment.compose(passed, own.chain(marks));
    let keep = task.call.as_ref().and_then(|call| call.keep.as_ref());
    let apart = kept_apart(shared, work, &path, keep, &variables)?;
    let mut command = match apart.as_ref().and_then(|apart| apart.words().split_first()) {
        Some((first, rest)) => {
            let mut command = Command::new(first);
            command.args(rest).arg("--").arg(&program);
            command
        }
        None => Command::new(&program),
    };
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

    let attempt = shared.folder.join(path.folder());
    let ear = task.call.map(|call| Ear::new(call, work.schema.as_ref(), &attempt, &folder));
    let secrets = work.secrets.iter().chain(&task.secrets).filter_map(|name| shared.environment.get(name));
    let secrets = secrets.map(|value| value.as_encoded_bytes());
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
        ear,
        apart,
    })
}

/// How `work` is kept apart from what belongs to others, if it is watched; `keep` is what its node keeps.
fn kept_apart(
    shared: &Shared,
    work: &Work,
    path: &AttemptPath,
    keep: Option<&PathBuf>,
    variables: &BTreeMap<OsString, OsString>,
) -> Result<Option<Kept>, String> {
    if !work.watched {
        return Ok(None);
    }
    let own = own(shared, work, path, keep)?;
    let kept = shared.keeper.apart(own.ways(&shared.repository, &shared.folder, variables));
    let kept = kept.map_err(|e| format!("the attempt cannot be kept apart from others: {e}"))?;
    if own.view && !kept.as_ref().is_some_and(Kept::covers_tree) {
        return Err("the attempt cannot have a view of its own of the working tree any more".to_owned());
    }
    Ok(kept)
}

/// Can `work` have a view of its own of the main working tree?
pub(super) fn has_view(shared: &Shared, work: &Work) -> bool {
    let Ok(path) = AttemptPath::new(&work.node, work.attempt) else { return false };
    let own = own(shared, work, &path, None);
    own.is_ok_and(|own| own.view && is_covered(shared, work, &own))
}

fn is_covered(shared: &Shared, work: &Work, own: &Own) -> bool {
    let mut ways = own.ways(&shared.repository, &shared.folder, &own_variables(shared, work)).into_iter();
    ways.any(|way| shared.keeper.covers(way))
}

/// Variables that are given to `work` alone.
fn own_variables(shared: &Shared, work: &Work) -> BTreeMap<OsString, OsString> {
    let own_env = match &work.task {
        Task::Agent { agent, .. } => agent.env.as_slice(),
        Task::Command { .. } | Task::Action { .. } => &[],
    };
    let env = own_env.iter().chain(&work.env).map(|(name, value)| (name.as_str(), OsString::from(value)));
    shared.environment.compose([], env)
}

/// What it shares in the main working tree, unless nothing else that it writes there will get there anyway, as far as that is known.
pub(super) fn exposed(shared: &Shared, work: &Work) -> Option<Vec<PathBuf>> {
    let path = AttemptPath::new(&work.node, work.attempt).map_err(|e| e.to_string());
    if path.and_then(|path| own(shared, work, &path, None)).is_ok_and(|own| is_covered(shared, work, &own)) {
        return None;
    }
    let variables = own_variables(shared, work);
    Some(work.shared.iter().cloned().chain(named(&shared.repository, &variables)).collect())
}

/// What of everything is the attempt's own.
fn own(shared: &Shared, work: &Work, path: &AttemptPath, keep: Option<&PathBuf>) -> Result<Own, String> {
    let worktree = work.worktree.as_ref().map(|spec| below(&shared.repository, &spec.path)).transpose()?;
    let attempts = (work.first_attempt..=work.attempt).filter_map(|n| AttemptPath::new(&work.node, n).ok());
    let attempts = attempts.map(|path| shared.folder.join(path.folder())).filter(|folder| folder.is_dir());
    let (of_run, aside) = (attempts.chain(keep.cloned()).collect(), shared.folder.join(path.aside()));
    let view = work.view && work.watched && worktree.is_none();
    Ok(Own { worktree, view, of_run, shared: work.shared.clone(), aside })
}

/// What of a task matters here.
#[derive(Default)]
struct Unpacked {
    /// The first one names the program.
    words: Vec<String>,
    /// The program, if it has been found already.
    program: Option<PathBuf>,
    stdin: Option<String>,
    env: Vec<(String, String)>,
    pass_env: Vec<String>,
    secrets: Vec<String>,
    is_agent: bool,
    /// The call of a coding agent.
    call: Option<Call>,
}

fn unpack(shared: &Shared, work: &Work, runner: Option<Runner>, path: &AttemptPath) -> Result<Unpacked, String> {
    let unpacked = match (&work.task, runner) {
        (Task::Command { command: Words::Shell(text), stdin }, _) => {
            let words = SHELL.map(str::to_owned).into_iter().chain([text.clone()]).collect();
            Unpacked { words, stdin: stdin.clone(), ..Unpacked::default() }
        }
        (Task::Command { command: Words::Argv(words), stdin }, _) => {
            Unpacked { words: words.clone(), stdin: stdin.clone(), ..Unpacked::default() }
        }
        (Task::Agent { agent, prompt, .. }, Some(Runner::Command(words))) => Unpacked {
            words,
            stdin: Some(prompt.clone()),
            env: agent.env.clone(),
            pass_env: agent.pass_env.clone(),
            is_agent: true,
            ..Unpacked::default()
        },
        (Task::Agent { agent, prompt, reask, onward, .. }, Some(Runner::Cli { cli, program })) => {
            let before = earlier_session(shared, work);
            let wanted = Wanted {
                agent,
                prompt,
                reask: reask.as_ref(),
                taken: onward.is_some_and(|onward| onward.after == Broken::Taken),
                schema: work.schema.as_ref(),
                before: before.as_ref(),
                fresh: &uuid().map_err(|e| format!("no id for the session: {e}"))?,
                folder: &shared.folder.join(path.folder()),
                keep: &shared.folder.join(path.kept(&cli.name)),
            };
            called(Call::new(&cli, &wanted)?, program)
        }
        (Task::Agent { .. }, None) => return Err("BUG: nobody was chosen to drive the agent".to_owned()),
        (Task::Action { name, with: _ }, _) => return Err(format!("BUG: the action `{name}` is not a process")),
    };
    if unpacked.words.is_empty() {
        Err("the command is empty, where a program was expected".to_owned())
    } else {
        Ok(unpacked)
    }
}

/// The session that `work` may go on with: of the attempt that is asked again, of one that was lost after it had begun, or of one
/// that was refused after it had done something. What was refused at once may not even have been told its task.
pub(super) fn earlier_session(shared: &Shared, work: &Work) -> Option<Session> {
    let Task::Agent { reask, onward, .. } = &work.task else { return None };
    let earlier = reask.as_ref().map(|reask| reask.attempt).or(onward.map(|onward| onward.attempt))?;
    let path = AttemptPath::new(&work.node, earlier).ok()?;
    let session = Session::read(&shared.folder.join(path.folder()))?;
    let is_refused = onward.is_some_and(|onward| onward.after == Broken::Refused);
    let is_fit = reask.is_some() || if is_refused { session.worked } else { session.begun };
    is_fit.then_some(session)
}

fn called(mut call: Call, program: PathBuf) -> Unpacked {
    let words = std::iter::once(call.cli.bin.clone()).chain(std::mem::take(&mut call.words)).collect();
    Unpacked {
        words,
        program: Some(program),
        stdin: call.stdin.take(),
        env: std::mem::take(&mut call.env),
        pass_env: std::mem::take(&mut call.pass_env),
        secrets: std::mem::take(&mut call.secrets),
        is_agent: true,
        call: Some(call),
    }
}

/// Variables that tell an attempt who it is. By `MISSION_ATTEMPT_ID` its processes are found again; after the death of the executor
/// by `MISSION_RUN_DIR`, together with `MISSION_EXECUTOR` or `MISSION_RUN_ID`.
fn marks<'w>(shared: &Shared, work: &'w Work) -> [(&'w str, OsString); 7] {
    let (run, node) = (&shared.run, &work.node);
    [
        ("MISSION_RUN_ID", run.into()),
        ("MISSION_RUN_DIR", shared.folder.clone().into_os_string()),
        (guard::MARK, shared.journal.executor().into()),
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
    fn write(shared: &Shared, work: &Work, path: &AttemptPath, task: &Unpacked) -> io::Result<Self> {
        let may_write = match (&task.call, work.from) {
            // A coding agent gives its result in what it says.
            (Some(_), _) => false,
            (None, From::File | From::Agent) => true,
            (None, From::Default) => task.is_agent || work.schema.is_some(),
            (None, From::Stdout | From::LastJson) => task.is_agent,
        };
        let has_input = task.is_agent || !work.input.is_empty();
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
        if let Some(call) = &task.call {
            // What is kept there is as the agent writes it, secrets and all.
            call.keep.iter().try_for_each(|keep| DirBuilder::new().recursive(true).mode(0o700).create(keep))?;
            call.files.iter().try_for_each(|(path, content)| fs::write(path, content))?;
            call.session.write(&folder)?;
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
