//! A person in the session of an agent: the agent's own command, in the foreground of their terminal, where the attempt worked and with
//! the environment that attempts have. Knows nothing of runs; it bears none of their marks, so that nobody ends it for an attempt.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use super::environment::Environment;
use crate::agent::catalogue::{Cli, Slot};
use crate::agent::{Session, variables};

/// A command for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attach {
    /// The program.
    pub program: PathBuf,
    /// Words behind it.
    pub words: Vec<String>,
    /// The working directory.
    pub folder: PathBuf,
    /// Variables that the agent's description and the profile set.
    pub own: Vec<(String, String)>,
    /// Names of variables that are passed on beside the usual ones.
    pub passed: Vec<String>,
}

impl Attach {
    /// How a person talks to `cli`, which is `program`, in `session`; `keep` is the folder that its node keeps, `env` and `pass_env`
    /// are those of the profile.
    ///
    /// # Errors
    /// Why that cannot be: one sentence.
    pub fn new(
        cli: &Cli,
        program: PathBuf,
        session: &Session,
        keep: &Path,
        env: &[(String, String)],
        pass_env: &[String],
    ) -> Result<Self, String> {
        let name = &cli.name;
        let words = cli.attach.as_ref().ok_or_else(|| format!("it is not known how a person talks to `{name}`"))?;
        let id = session.id.clone().ok_or_else(|| format!("`{name}` told no session"))?;
        let values = BTreeMap::from([(Slot::Session, id)]);
        let fill = |word: &crate::agent::catalogue::Arg| word.fill(&values);
        let words = words.iter().map(fill).collect::<Result<_, _>>().map_err(|word| format!("there is no `{word}`"))?;
        if !session.folder.is_dir() {
            return Err(format!("`{}`, where it worked, is not there any more", session.folder.display()));
        }
        let passed = cli.pass_env.iter().chain(&cli.secrets).chain(pass_env).cloned().collect();
        let own = variables(cli, true, session.kept.then_some(keep)).into_iter().chain(env.iter().cloned()).collect();
        Ok(Self { program, words, folder: session.folder.clone(), own, passed })
    }
    /// Runs it in the foreground, with the streams of this process, and waits for its end. `environment` is that of this program.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn run(&self, environment: Vec<(OsString, OsString)>) -> io::Result<ExitStatus> {
        let own = self.own.iter().map(|(name, value)| (name.as_str(), OsString::from(value)));
        let variables = Environment::new(environment).compose(&self.passed, own);
        Command::new(&self.program).args(&self.words).current_dir(&self.folder).env_clear().envs(variables).status()
    }
}
