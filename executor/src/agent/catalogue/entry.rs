//! What an author may say about a coding agent: the shape of `catalogue.yaml` and of `.mission/agents.yaml`. Pure.

use std::collections::BTreeMap;

use mission_compiler::workflow::Millis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::arg::{Arg, Variable};
use super::pointer::Pointer;
use crate::agent::Version;
use crate::event::FailureClass;

/// A coding agent: how it is found, called and understood. Keys that are left out are those of the agent it is `like`, or of the
/// shipped agent of the same name; `bin` is needed if there is neither.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Entry {
    /// An agent whose keys hold where this one says nothing.
    pub like: Option<String>,
    /// How it speaks: `stream` (JSON, one event per line), `acp` (the Agent Client Protocol) or `text` (what it prints is the reply).
    /// Default `stream` if there are `events`, else `text`.
    pub driver: Option<Driver>,
    /// The program: a name on `PATH`, or a path relative to the repository.
    pub bin: Option<String>,
    /// How it is told from other programs of the same name.
    pub detect: Option<Detect>,
    /// How the prompt reaches it; default `stdin`.
    pub prompt: Option<Channel>,
    /// Words that always stand first.
    pub args: Option<Vec<Arg>>,
    /// Words that stand where they apply, after `args` in the order of these keys.
    pub options: Option<Options>,
    /// Words that stand last.
    pub tail: Option<Vec<Arg>>,
    /// Words with which a person talks to it in a session, `{session}`: `mission attach`.
    pub attach: Option<Vec<Arg>>,
    /// Environment variables that it always gets. `{keep}` is the path of a folder that the node keeps over its attempts with this
    /// agent, also if the run is resumed; it is there before the start.
    pub env: Option<BTreeMap<String, Variable>>,
    /// Environment variables that it gets for `access: read`, over those of `env`.
    pub read_env: Option<BTreeMap<String, Variable>>,
    /// Names of environment variables that are passed on to it.
    pub pass_env: Option<Vec<String>>,
    /// Names of environment variables that are passed on to it, and whose values are taken out of logs.
    pub secrets: Option<Vec<String>>,
    /// What its events mean; each event is held against every rule, in order. With `driver: acp` these are added to the rules of the
    /// protocol.
    pub events: Option<Vec<Rule>>,
    /// Lines that are no events by which it says that it waits and tries again; the group `error` is why.
    pub complains: Option<Pattern>,
    /// With `driver: text`: what lines of it mean.
    pub lines: Option<Lines>,
    /// What names of errors mean (see `kind` of a rule).
    pub kinds: Option<BTreeMap<String, FailureClass>>,
    /// What exit codes mean.
    pub exits: Option<BTreeMap<String, FailureClass>>,
    /// What its figures count.
    pub scope: Option<Scope>,
    /// The schema given to it must be in the strict form: every property required, none but those.
    pub strict: Option<bool>,
    /// When an attempt that goes round in circles is ended.
    pub caps: Option<Caps>,
    /// With `driver: acp`: the way to log in, the id of one of the methods that the agent offers; default none.
    pub auth: Option<String>,
    /// With `driver: acp`: whether its sessions can be gone on with as it says of itself; default `true`.
    pub sessions: Option<bool>,
    /// Whether `runner: auto` may take it; default `true`.
    pub auto: Option<bool>,
    /// Time until its first event; default `60s`.
    pub start_timeout: Option<Time>,
    /// What an attempt of it weighs beside others, in steps of 256 MiB of memory; default 1.
    pub weight: Option<u32>,
    /// Its first attempt in a run begins alone, because several first starts disturb each other.
    pub warmup: Option<bool>,
    /// What a person does to log in, such as the command.
    pub login: Option<String>,
    /// What people should know, shown by `mission agents`.
    pub notes: Option<Vec<String>>,
}

/// How an agent speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Driver {
    /// JSON events, one per line.
    Stream,
    /// A conversation in the Agent Client Protocol, on standard input and output.
    Acp,
    /// Text: all of standard output is the reply.
    Text,
}

/// What lines of text mean; the last one that means something counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Lines {
    /// The agent is done; without such a line it is not.
    pub done: Option<Pattern>,
    /// The agent has failed, for the reason that the line tells.
    pub failed: Option<Pattern>,
}

/// How the prompt reaches an agent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// On standard input.
    #[default]
    Stdin,
    /// In a file, named by `{prompt_file}`.
    File,
    /// As an argument, `{prompt}`: at most 120 KiB.
    Argument,
}

/// How an agent is told from other programs of the same name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Detect {
    /// Arguments with which it tells its version; default `[--version]`.
    #[serde(default = "version_args")]
    pub args: Vec<String>,
    /// Regular expression that what it prints must match; the group `version` is the version.
    pub says: Pattern,
    /// The oldest version that it may have; an older one, or one that is not told, is not used.
    #[serde(default)]
    pub min: Option<Version>,
}

fn version_args() -> Vec<String> {
    vec!["--version".to_owned()]
}

/// Words that stand where they apply.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// For `access: read`.
    pub read: Option<Vec<Arg>>,
    /// For `access: write`.
    pub write: Option<Vec<Arg>>,
    /// For a model, `{model}`.
    pub model: Option<Vec<Arg>>,
    /// For an effort, `{effort}`.
    pub effort: Option<Vec<Arg>>,
    /// For a budget, `{budget}` in USD.
    pub budget: Option<Vec<Arg>>,
    /// For a result with a schema, `{schema}` or `{schema_file}`.
    pub schema: Option<Vec<Arg>>,
    /// To begin a session under an id of our choice (a UUID), `{session}`.
    pub new_session: Option<Vec<Arg>>,
    /// To go on with a session, `{session}`.
    pub resume: Option<Vec<Arg>>,
}

/// What an event means. A rule applies to events that fit `match`; everything it says then holds.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// Values that must stand at these places; a list means any of them.
    #[serde(rename = "match")]
    pub fits: BTreeMap<Pointer, Value>,
    /// Id of the session.
    pub session: Option<Pointer>,
    /// A message begins: what was said before is forgotten.
    pub fresh: bool,
    /// What the agent says, in full.
    pub text: Option<Pointer>,
    /// More of what it says.
    pub append: Option<Pointer>,
    /// The result as JSON.
    pub structured: Option<Pointer>,
    /// The agent is done; `false` takes that back.
    pub done: Option<bool>,
    /// The agent has failed; `false` takes that back.
    pub failed: Option<bool>,
    /// It has failed if something true stands there.
    pub failed_if: Option<Pointer>,
    /// It has failed if nothing, or null, stands there.
    pub failed_if_null: Option<Pointer>,
    /// It has failed if it has said nothing.
    pub failed_if_silent: bool,
    /// It has failed if what it said begins like this.
    pub failed_if_says: Option<String>,
    /// It has failed unless these values stand there.
    pub failed_unless: BTreeMap<Pointer, Value>,
    /// What went wrong.
    pub error: Option<Pointer>,
    /// HTTP status of what went wrong.
    pub status: Option<Pointer>,
    /// Name of what went wrong; see `kinds`.
    pub kind: Option<Pointer>,
    /// When its limit is over: seconds or milliseconds since 1970, seconds from now, or a text that tells it.
    pub resets: Option<Pointer>,
    /// Name of the model that it works with.
    pub model: Option<Pointer>,
    /// The agent waits and tries again: no sign of progress.
    pub retry: bool,
    /// Tokens used, all told.
    pub usage: Option<Tokens>,
    /// Tokens used on top of those told before.
    pub add_usage: Option<Tokens>,
    /// USD spent, all told.
    pub cost: Option<Pointer>,
    /// USD spent on top of that told before.
    pub add_cost: Option<Pointer>,
    /// The agent asks its model once more.
    pub turn: bool,
    /// Id of the message that this is a part of: with another one the agent has asked its model once more.
    pub turn_by: Option<Pointer>,
    /// Name of a tool it uses.
    pub tool: Option<Pointer>,
    /// What it uses the tool for: the first text at these places.
    pub target: Vec<Pointer>,
    /// Text of a command that it runs, in the event that begins it or in the one that ends it.
    pub command: Option<Pointer>,
    /// Exit code of a command that ended.
    pub exit: Option<Pointer>,
    /// A command that ended has failed if something true stands there, and has not otherwise.
    pub broke_if: Option<Pointer>,
    /// A command goes on by itself if something true stands there, in the event that begins it or in the one that ends its tool: that
    /// says nothing of how the command ends.
    pub background_if: Option<Pointer>,
    /// Files that it changes, in the event that begins the tool or in the one that tells of its end. Whether the tool did not fail is
    /// said by `exit` or `broke_if` where it ends, or by `wrote`.
    pub writes: Vec<Pointer>,
    /// Id of a tool that ended, and changed the files that it was to change.
    pub wrote: Option<Pointer>,
    /// What a tool gave back: the first text at these places.
    pub gave: Vec<Pointer>,
    /// Id of a tool that begins; until it ends, silence is no sign of idleness.
    pub opens: Option<Pointer>,
    /// Id of a tool that ended.
    pub closes: Option<Pointer>,
}

/// Where numbers of tokens stand. The numbers of one list are added; without the first of them the sum is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tokens {
    /// Tokens read, from a cache or not.
    pub input: Vec<Pointer>,
    /// Tokens written.
    pub output: Vec<Pointer>,
    /// Of the tokens read, those from a cache.
    pub cached: Vec<Pointer>,
    /// Of the tokens read, those put into a cache.
    pub cache_write: Vec<Pointer>,
}

/// What the figures of an agent count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Scope {
    /// Tokens.
    pub usage: Extent,
    /// Money.
    pub cost: Extent,
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Extent {
    /// One call of the program.
    #[default]
    Run,
    /// The whole session, with what earlier calls used.
    Session,
}

/// When an attempt that goes round in circles is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Caps {
    /// Events in all.
    pub events: u64,
    /// Turns in all.
    pub turns: u64,
    /// Turns one after the other without any use of a tool.
    pub barren: u64,
    /// Tries that failed, one after the other without any use of a tool.
    pub retries: u64,
    /// Bytes of output in all, events or not.
    pub output: u64,
}

impl Default for Caps {
    fn default() -> Self {
        Self { events: 100_000, turns: 1_000, barren: 30, retries: 20, output: 500_000_000 }
    }
}

/// A duration such as `30s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Time(pub u64);

impl TryFrom<String> for Time {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a duration; expected one such as `30s` or `2m`");
        Millis::parse(&text).filter(|ms| ms.0 > 0).map(|ms| Self(ms.0)).ok_or_else(wrong)
    }
}

impl JsonSchema for Time {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "A duration such as `30s` or `2m`." })
    }
}

/// A regular expression.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern(pub regex::Regex);

impl TryFrom<String> for Pattern {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let read = regex::RegexBuilder::new(&text).size_limit(1 << 20).build();
        read.map(Self).map_err(|e| format!("`{text}` is not a regular expression: {e}"))
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}
impl Eq for Pattern {}

impl JsonSchema for Pattern {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Pattern".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "A regular expression." })
    }
}
