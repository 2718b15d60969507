//! The coding agents that are known: those shipped, and those of the repository. Data; starts nothing, reads no files.

mod arg;
mod entry;
mod pointer;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use indexmap::IndexMap;
use mission_compiler::schema::schema_of;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use thiserror::Error;

use crate::agent::acp;
use crate::event::FailureClass;

pub use arg::{Arg, Slot, Variable};
pub use entry::{Caps, Channel, Detect, Driver, Entry, Extent, Lines, Options, Pattern, Rule, Scope, Time, Tokens};
pub use pointer::Pointer;

/// The agents that come with the program, in the order of `runner: auto`.
pub const SHIPPED: &str = include_str!("../catalogue.yaml");

/// Names that mean something else where an agent can be named.
const RESERVED: [&str; 2] = ["auto", "command"];

/// Time until the first event, in milliseconds.
const START: u64 = 60_000;

/// A coding agent, with nothing left open.
#[derive(Debug, Clone, PartialEq)]
pub struct Cli {
    /// Its name.
    pub name: String,
    /// How it speaks.
    pub driver: Driver,
    /// The program.
    pub bin: String,
    /// How it is told from other programs.
    pub detect: Option<Detect>,
    /// How the prompt reaches it.
    pub prompt: Channel,
    /// Words that stand first.
    pub args: Vec<Arg>,
    /// Words that stand where they apply.
    pub options: Options,
    /// Words that stand last.
    pub tail: Vec<Arg>,
    /// Words with which a person talks to it in a session.
    pub attach: Option<Vec<Arg>>,
    /// Environment variables.
    pub env: Vec<(String, Variable)>,
    /// Environment variables for reading only, over those.
    pub read_env: Vec<(String, Variable)>,
    /// Names of variables passed on.
    pub pass_env: Vec<String>,
    /// Names of variables passed on and taken out of logs.
    pub secrets: Vec<String>,
    /// What its events mean.
    pub events: Vec<Rule>,
    /// Lines by which it says that it tries again.
    pub complains: Option<Pattern>,
    /// What lines of its text mean.
    pub lines: Lines,
    /// What names of errors mean.
    pub kinds: BTreeMap<String, FailureClass>,
    /// What exit codes mean.
    pub exits: BTreeMap<i32, FailureClass>,
    /// What its figures count.
    pub scope: Scope,
    /// The schema must be in the strict form.
    pub strict: bool,
    /// When it is ended.
    pub caps: Caps,
    /// The way to log in.
    pub auth: Option<String>,
    /// Its sessions can be gone on with, if it says so.
    pub sessions: bool,
    /// It may be found by `runner: auto`.
    pub auto: bool,
    /// Milliseconds until its first event.
    pub start_timeout: u64,
    /// What an attempt weighs, in steps of 256 MiB.
    pub weight: u32,
    /// Its first attempt in a run begins alone.
    pub warmup: bool,
    /// What a person does to log in.
    pub login: Option<String>,
    /// What people should know.
    pub notes: Vec<String>,
}

impl Cli {
    /// Whether it can go on with a session of the agent called `agent`.
    pub fn takes_up(&self, agent: &str) -> bool {
        agent == self.name && (self.options.resume.is_some() || (self.driver == Driver::Acp && self.sessions))
    }
    /// Whether it is told of a folder that the node keeps.
    pub fn keeps(&self) -> bool {
        self.env.iter().chain(&self.read_env).any(|(_, value)| value.keeps())
    }
    /// The rules that an event is held against, in order.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        let standard = if self.driver == Driver::Acp { &acp::standard().events[..] } else { &[] };
        standard.iter().chain(&self.events)
    }
    /// What the name of an error means.
    pub fn kind(&self, name: &str) -> Option<FailureClass> {
        let standard = || acp::standard().kinds.get(name).filter(|_| self.driver == Driver::Acp);
        self.kinds.get(name).or_else(standard).copied()
    }
}

/// A text that is no catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CatalogueError {
    /// Not YAML, or not of this shape.
    #[error("{why}")]
    Shape {
        /// What is wrong, with its place.
        why: String,
    },
    /// An agent that cannot be.
    #[error("agent `{agent}`: {why}")]
    Agent {
        /// Its name.
        agent: String,
        /// What is wrong.
        why: String,
    },
}

/// What a repository says about agents: who works for which profile, and which agents there are besides those shipped.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// Profile (or `*`) → words of its command, or a single runner or path.
    pub profiles: Vec<(String, Vec<String>)>,
    /// Agents.
    pub agents: IndexMap<String, Entry>,
}

/// The known agents, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    agents: IndexMap<String, Arc<Cli>>,
}

impl Catalogue {
    /// The agents that come with the program.
    ///
    /// # Panics
    /// Never: a test reads the shipped text.
    pub fn shipped() -> Self {
        static READ: LazyLock<Catalogue> = LazyLock::new(|| {
            let empty = Catalogue { agents: IndexMap::new() };
            empty.with(SHIPPED).expect("the shipped catalogue is sound: a test reads it")
        });
        READ.clone()
    }
    /// These agents, with those that the `text` of an `agents.yaml` adds or changes.
    ///
    /// # Errors
    /// [`CatalogueError`].
    pub fn with(mut self, text: &str) -> Result<Self, CatalogueError> {
        for (name, entry) in &Told::read(text)?.agents {
            let cli = self.resolve(name, entry).map_err(|why| CatalogueError::Agent { agent: name.clone(), why })?;
            self.agents.insert(name.clone(), Arc::new(cli));
        }
        Ok(self)
    }
    /// The agent called `name`.
    pub fn get(&self, name: &str) -> Option<&Arc<Cli>> {
        self.agents.get(name)
    }
    /// All agents, in the order of `runner: auto`.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Cli>> {
        self.agents.values()
    }
    fn resolve(&self, name: &str, entry: &Entry) -> Result<Cli, String> {
        let base = match &entry.like {
            Some(like) => Some(self.get(like).ok_or_else(|| format!("`like: {like}` names no agent"))?),
            None => self.get(name),
        };
        let cli = complete(name, entry, base.map(Arc::as_ref))?;
        sound(&cli)?;
        Ok(cli)
    }
}

impl Told {
    /// Reads the text of an `agents.yaml`.
    ///
    /// # Errors
    /// [`CatalogueError::Shape`].
    pub fn read(text: &str) -> Result<Self, CatalogueError> {
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Ok(Self::default());
        }
        let items: IndexMap<String, Item> =
            serde_yaml::from_str(text).map_err(|e| CatalogueError::Shape { why: first_line(&e.to_string()) })?;
        let mut told = Self::default();
        for (name, item) in items {
            match item {
                Item::Runner(runner) => told.profiles.push((name, vec![runner])),
                Item::Command(words) => told.profiles.push((name, words)),
                Item::Agent(entry) => {
                    told.agents.insert(name, *entry);
                }
            }
        }
        Ok(told)
    }
}

/// Place and reason, without the picture that follows them.
fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// The JSON Schema of `.mission/agents.yaml` and of the shipped catalogue.
pub fn agents_schema() -> Value {
    schema_of::<BTreeMap<String, Item>>("mission agents")
}

/// Takes from `base` what `entry` leaves out.
fn complete(name: &str, entry: &Entry, base: Option<&Cli>) -> Result<Cli, String> {
    let entry = entry.clone();
    let bin = entry.bin.or_else(|| base.map(|b| b.bin.clone()));
    let bin = bin.filter(|bin| !bin.is_empty()).ok_or("it needs `bin`, the program to start")?;
    let exits = match entry.exits {
        Some(exits) => {
            exits.into_iter().map(|(code, class)| Ok((exit_code(&code)?, class))).collect::<Result<_, String>>()?
        }
        None => base.map(|b| b.exits.clone()).unwrap_or_default(),
    };
    let events = entry.events.or_else(|| base.map(|b| b.events.clone())).unwrap_or_default();
    let spoken = if events.is_empty() { Driver::Text } else { Driver::Stream };
    Ok(Cli {
        name: name.to_owned(),
        driver: entry.driver.or(base.map(|b| b.driver)).unwrap_or(spoken),
        bin,
        detect: entry.detect.or_else(|| base.and_then(|b| b.detect.clone())),
        prompt: entry.prompt.or(base.map(|b| b.prompt)).unwrap_or_default(),
        args: entry.args.or_else(|| base.map(|b| b.args.clone())).unwrap_or_default(),
        options: entry.options.or_else(|| base.map(|b| b.options.clone())).unwrap_or_default(),
        tail: entry.tail.or_else(|| base.map(|b| b.tail.clone())).unwrap_or_default(),
        attach: entry.attach.or_else(|| base.and_then(|b| b.attach.clone())),
        env: entry.env.map(|env| env.into_iter().collect()).or_else(|| base.map(|b| b.env.clone())).unwrap_or_default(),
        read_env: entry
            .read_env
            .map(|env| env.into_iter().collect())
            .or_else(|| base.map(|b| b.read_env.clone()))
            .unwrap_or_default(),
        pass_env: entry.pass_env.or_else(|| base.map(|b| b.pass_env.clone())).unwrap_or_default(),
        secrets: entry.secrets.or_else(|| base.map(|b| b.secrets.clone())).unwrap_or_default(),
        events,
        lines: entry.lines.or_else(|| base.map(|b| b.lines.clone())).unwrap_or_default(),
        kinds: entry.kinds.or_else(|| base.map(|b| b.kinds.clone())).unwrap_or_default(),
        exits,
        scope: entry.scope.or(base.map(|b| b.scope)).unwrap_or_default(),
        strict: entry.strict.or(base.map(|b| b.strict)).unwrap_or(false),
        complains: entry.complains.or_else(|| base.and_then(|b| b.complains.clone())),
        caps: entry.caps.or(base.map(|b| b.caps)).unwrap_or_default(),
        auth: entry.auth.or_else(|| base.and_then(|b| b.auth.clone())),
        sessions: entry.sessions.or(base.map(|b| b.sessions)).unwrap_or(true),
        auto: entry.auto.or(base.map(|b| b.auto)).unwrap_or(true),
        start_timeout: entry.start_timeout.map(|t| t.0).or(base.map(|b| b.start_timeout)).unwrap_or(START),
        weight: entry.weight.or(base.map(|b| b.weight)).unwrap_or(1),
        warmup: entry.warmup.or(base.map(|b| b.warmup)).unwrap_or(false),
        login: entry.login.or_else(|| base.and_then(|b| b.login.clone())),
        notes: entry.notes.or_else(|| base.map(|b| b.notes.clone())).unwrap_or_default(),
    })
}

fn exit_code(text: &str) -> Result<i32, String> {
    let code = text.parse::<i32>().ok().filter(|code| (1..=255).contains(code));
    code.ok_or_else(|| format!("`exits`: `{text}` is not an exit code; expected a number from 1 to 255"))
}

/// What no single key can say.
fn sound(cli: &Cli) -> Result<(), String> {
    let is_name = cli.name.starts_with(|c: char| c.is_ascii_lowercase())
        && cli.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !is_name || RESERVED.contains(&cli.name.as_str()) {
        return Err("this cannot be the name of an agent; expected letters `a-z`, digits and `-`, \
                    other than `auto` and `command`"
            .to_owned());
    }
    if cli.driver == Driver::Stream && !cli.events.iter().any(|rule| rule.done == Some(true)) {
        return Err("no rule of `events` says `done: true`, so it could never end well".to_owned());
    }
    if cli.driver == Driver::Acp {
        spoken(cli)?;
    } else if cli.auth.is_some() {
        return Err("`auth` has a meaning with `driver: acp` only".to_owned());
    } else if !cli.sessions {
        return Err("`sessions` has a meaning with `driver: acp` only".to_owned());
    }
    let options = &cli.options;
    let fixed = cli.args.iter().chain(&cli.tail);
    let given = |list: &Option<Vec<Arg>>, slots: &[Slot]| {
        list.as_ref().is_none_or(|words| words.iter().any(|word| slots.iter().any(|slot| word.takes(*slot))))
    };
    for (key, list, slots) in [
        ("model", &options.model, &[Slot::Model][..]),
        ("effort", &options.effort, &[Slot::Effort]),
        ("budget", &options.budget, &[Slot::Budget]),
        ("schema", &options.schema, &[Slot::Schema, Slot::SchemaFile]),
        ("new_session", &options.new_session, &[Slot::Session]),
        ("resume", &options.resume, &[Slot::Session]),
    ] {
        if !given(list, slots) {
            return Err(format!("`options.{key}` has no place for its value"));
        }
    }
    if !given(&cli.attach, &[Slot::Session]) {
        return Err("`attach` has no place for its value".to_owned());
    }
    let has = |slot| fixed.clone().any(|word| word.takes(slot));
    match cli.prompt {
        Channel::File if !has(Slot::PromptFile) => {
            Err("`prompt: file` needs `{prompt_file}` in `args` or `tail`".into())
        }
        Channel::Argument if !has(Slot::Prompt) => {
            Err("`prompt: argument` needs `{prompt}` in `args` or `tail`".into())
        }
        Channel::Stdin | Channel::File | Channel::Argument => Ok(()),
    }
}

/// What the protocol carries has no place on the command line.
fn spoken(cli: &Cli) -> Result<(), String> {
    let options = &cli.options;
    let carried = [
        ("prompt", cli.prompt != Channel::Stdin),
        ("options.schema", options.schema.is_some()),
        ("options.new_session", options.new_session.is_some()),
        ("options.resume", options.resume.is_some()),
    ];
    match carried.into_iter().find(|(_, given)| *given) {
        Some((key, _)) => Err(format!("`{key}` has no meaning with `driver: acp`: the protocol carries it")),
        None => Ok(()),
    }
}

/// One key of an `agents.yaml`.
#[derive(Debug, Clone)]
enum Item {
    /// A runner or path for a profile.
    Runner(String),
    /// A command for a profile.
    Command(Vec<String>),
    /// An agent.
    Agent(Box<Entry>),
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ItemVisitor)
    }
}

struct ItemVisitor;

impl<'de> Visitor<'de> for ItemVisitor {
    type Value = Item;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a runner such as `claude:MODEL`, a command, or the description of an agent")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Item, E> {
        Ok(Item::Runner(text.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut words: A) -> Result<Item, A::Error> {
        let mut command = Vec::new();
        while let Some(word) = words.next_element()? {
            command.push(word);
        }
        Ok(Item::Command(command))
    }
    fn visit_map<A: MapAccess<'de>>(self, keys: A) -> Result<Item, A::Error> {
        let entry = Entry::deserialize(de::value::MapAccessDeserializer::new(keys))?;
        Ok(Item::Agent(Box::new(entry)))
    }
}

impl JsonSchema for Item {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Item".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let agent = generator.subschema_for::<Entry>();
        schemars::json_schema!({ "anyOf": [
            { "type": "string", "description": "For a profile: a runner such as `claude:MODEL`, or the path of a command." },
            {
                "type": "array",
                "items": { "type": "string" },
                "minItems": 1,
                "description": "For a profile: a command and its arguments.",
            },
            agent,
        ] })
    }
}

#[cfg(test)]
mod tests;
