//! How a coding agent is called for one attempt: words, input, environment, files. Writes and starts nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mission_compiler::workflow::Agent;
use serde_json::Value;

use super::acp::Talk;
use super::catalogue::{Arg, Channel, Cli, Driver, Slot, Variable};
use super::stream::{Totals, strict};
use super::{prompt, session::Session};
use crate::decide::port::Reask;

/// Longest prompt that is passed as an argument, in bytes; the system allows 128 KiB.
const LONGEST_ARGUMENT: usize = 120 * 1024;

/// Names of variables with the ways to the network, which a coding agent needs; they may hold passwords.
const PROXIES: [&str; 6] = ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy"];

/// What an attempt asks of an agent.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// The profile.
    pub agent: &'w Agent,
    /// The prompt, for a new session.
    pub prompt: &'w str,
    /// Why it is asked again.
    pub reask: Option<&'w Reask>,
    /// A person has talked in the session that it goes on with.
    pub taken: bool,
    /// JSON Schema of the result.
    pub schema: Option<&'w Value>,
    /// The session to go on with, if this agent can: of the attempt that is asked again, or of one that was broken off.
    pub before: Option<&'w Session>,
    /// A fresh UUID, for a session of our naming.
    pub fresh: &'w str,
    /// Folder of the attempt, absolute.
    pub folder: &'w Path,
    /// Folder that the node keeps over its attempts with this agent, absolute.
    pub keep: &'w Path,
}

/// One call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The agent.
    pub cli: Arc<Cli>,
    /// Words behind the program.
    pub words: Vec<String>,
    /// Standard input.
    pub stdin: Option<String>,
    /// Files to be written before the start.
    pub files: Vec<(PathBuf, String)>,
    /// Environment variables.
    pub env: Vec<(String, String)>,
    /// Folder that must be there before the start.
    pub keep: Option<PathBuf>,
    /// Names of variables that are passed on.
    pub pass_env: Vec<String>,
    /// Names of variables that are passed on and taken out of logs.
    pub secrets: Vec<String>,
    /// The session as far as it is known before the start.
    pub session: Session,
    /// The schema was given in its strict form: nulls stand for what is absent.
    pub strict: bool,
    /// It goes on with a session.
    pub continued: bool,
    /// It goes on with the session of an attempt that was broken off: if that is gone too, nothing is done.
    pub after_loss: bool,
    /// What is to be talked about, with an agent that one talks with.
    pub talk: Option<Talk>,
}

impl Call {
    /// The call of `cli` for what is `wanted`.
    ///
    /// # Errors
    /// Why it cannot be made.
    pub fn new(cli: &Arc<Cli>, wanted: &Wanted<'_>) -> Result<Self, String> {
        let before = wanted.before.filter(|session| cli.takes_up(&session.agent));
        let resumed = before.and_then(|s| s.id.clone());
        let continued = resumed.is_some();
        let text = prompt::text(wanted, continued);
        let mut plan = Plan { cli, values: BTreeMap::new(), words: Vec::new(), files: Vec::new() };
        let talk = (cli.driver == Driver::Acp).then(|| talk(cli, wanted, &text, resumed.clone()));
        let stdin = if talk.is_some() { None } else { plan.prompt(wanted, text)? };
        let native = plan.schema(wanted);
        plan.put(&cli.args)?;
        plan.options(wanted, native.is_some())?;
        let mut session = plan.session(wanted, before, resumed)?;
        plan.put(&cli.tail)?;
        let own = wanted.agent.env.iter().cloned();
        // IMPORTANT: a session is gone on with where it is kept.
        let keep = before.filter(|_| continued).is_none_or(|session| session.kept).then_some(wanted.keep);
        let env = variables(cli, wanted.agent.write, keep);
        session.kept = keep.is_some() && cli.keeps();
        Ok(Self {
            words: plan.words,
            stdin,
            files: plan.files,
            env: env.into_iter().chain(own).collect(),
            keep: keep.filter(|_| session.kept).map(Path::to_owned),
            pass_env: cli.pass_env.iter().chain(&wanted.agent.pass_env).cloned().collect(),
            secrets: cli.secrets.iter().cloned().chain(PROXIES.map(str::to_owned)).collect(),
            session,
            continued,
            after_loss: continued && wanted.reask.is_none(),
            strict: native == Some(Form::Strict),
            talk,
            cli: Arc::clone(cli),
        })
    }
}

/// Variables of `cli`; those with a place for `keep` only if there is one.
pub fn variables(cli: &Cli, write: bool, keep: Option<&Path>) -> Vec<(String, String)> {
    let keep = keep.map(|path| path.display().to_string());
    let held = cli.read_env.iter().filter(|_| !write);
    let filled = |(name, value): &(String, Variable)| Some((name.clone(), value.fill(keep.as_deref())?));
    cli.env.iter().chain(held).filter_map(filled).collect()
}

/// What is talked about with `cli`: `text` in the session that is `resumed`, everything in a new one. What the command line cannot
/// say is set in the conversation.
fn talk(cli: &Cli, wanted: &Wanted<'_>, text: &str, resumed: Option<String>) -> Talk {
    let (options, agent) = (&cli.options, wanted.agent);
    let settings = [
        ("model", options.model.is_none().then(|| agent.model.clone())),
        ("thought_level", options.effort.is_none().then(|| agent.effort.clone())),
    ];
    Talk {
        prompt: text.to_owned(),
        anew: prompt::text(wanted, false),
        resume: resumed,
        write: agent.write,
        auth: cli.auth.clone(),
        settings: settings.into_iter().filter_map(|(category, value)| Some((category, value??))).collect(),
    }
}

/// In which form a schema is given to the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Strict,
}

/// A call in the making.
struct Plan<'c> {
    cli: &'c Cli,
    values: BTreeMap<Slot, String>,
    words: Vec<String>,
    files: Vec<(PathBuf, String)>,
}

impl Plan<'_> {
    fn put(&mut self, words: &[Arg]) -> Result<(), String> {
        for word in words {
            let filled = word.fill(&self.values);
            self.words.push(filled.map_err(|word| format!("`{}`: there is no value for `{word}`", self.cli.name))?);
        }
        Ok(())
    }
    fn file(&mut self, slot: Slot, wanted: &Wanted<'_>, name: &str, content: String) {
        let path = wanted.folder.join(name);
        self.values.insert(slot, path.display().to_string());
        self.files.push((path, content));
    }
    fn prompt(&mut self, wanted: &Wanted<'_>, text: String) -> Result<Option<String>, String> {
        match self.cli.prompt {
            Channel::Stdin => return Ok(Some(text)),
            Channel::File => self.file(Slot::PromptFile, wanted, "prompt.md", text),
            Channel::Argument if text.len() > LONGEST_ARGUMENT => {
                return Err(format!(
                    "`{}` takes its prompt as an argument of at most {LONGEST_ARGUMENT} bytes; this one has {}",
                    self.cli.name,
                    text.len()
                ));
            }
            Channel::Argument => {
                self.values.insert(Slot::Prompt, text);
            }
        }
        Ok(None)
    }
    /// Makes the schema ready, if it can be given to the program.
    fn schema(&mut self, wanted: &Wanted<'_>) -> Option<Form> {
        self.cli.options.schema.as_ref()?;
        let schema = wanted.schema?;
        let (form, given) = match self.cli.strict {
            // What has no strict form is said in the prompt only.
            true => (Form::Strict, strict::strict(schema)?),
            false if schema.get("type").and_then(Value::as_str) == Some("object") => (Form::Plain, schema.clone()),
            false => return None,
        };
        self.values.insert(Slot::Schema, given.to_string());
        self.file(Slot::SchemaFile, wanted, "given-schema.json", given.to_string());
        Some(form)
    }
    fn options(&mut self, wanted: &Wanted<'_>, native: bool) -> Result<(), String> {
        let (options, agent) = (&self.cli.options, wanted.agent);
        let set = [
            (Slot::Model, agent.model.clone()),
            (Slot::Effort, agent.effort.clone()),
            (Slot::Budget, agent.budget.map(|usd| usd.to_string())),
        ];
        self.values.extend(set.into_iter().filter_map(|(slot, value)| Some((slot, value?))));
        let access = if agent.write { &options.write } else { &options.read };
        let lists = [
            (true, access),
            (agent.model.is_some(), &options.model),
            (agent.effort.is_some(), &options.effort),
            (agent.budget.is_some(), &options.budget),
            (native, &options.schema),
        ];
        for (_, words) in lists.into_iter().filter(|(applies, _)| *applies) {
            self.put(words.as_deref().unwrap_or_default())?;
        }
        Ok(())
    }
    /// Goes on with a session, or begins one. Totals of a session that is not known are unknown.
    fn session(
        &mut self,
        wanted: &Wanted<'_>,
        before: Option<&Session>,
        resumed: Option<String>,
    ) -> Result<Session, String> {
        let (options, name) = (&self.cli.options, self.cli.name.as_str());
        if let Some(id) = resumed {
            self.values.insert(Slot::Session, id.clone());
            self.put(options.resume.as_deref().unwrap_or_default())?;
            let totals = before.map(|s| s.totals).unwrap_or_default();
            // IMPORTANT: what was done in it stays done, even if this attempt ends before it says anything.
            let (begun, worked) = before.map_or((false, false), |s| (s.begun, s.worked));
            return Ok(Session { id: Some(id), begun, worked, ..Session::new(name, totals) });
        }
        let id = options.new_session.as_ref().map(|_| wanted.fresh.to_owned());
        self.values.extend(id.clone().map(|id| (Slot::Session, id)));
        self.put(options.new_session.as_deref().unwrap_or_default())?;
        Ok(Session { id, ..Session::new(name, Totals::NOTHING) })
    }
}

#[cfg(test)]
mod tests;
