//! One conversation: initialize, log in if told to, begin or go on with a session, settings, prompt, answers, end. Pure.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::permit::{leave, withdrawn};
use super::wire::{Outbox, VERSION, answer, notice, request, unknown};
use crate::agent::stream::{Listener, Sign};
use crate::event::{Failure, FailureClass};

/// Longest id of a request that is answered, as JSON in bytes.
const LONGEST_ID: usize = 1024;
/// Bytes of answers that may wait to be read by the agent, beside the prompt.
const UNREAD: usize = 1 << 20;
/// Tools whose kind is remembered.
const REMEMBERED: usize = 1024;
/// Values of a setting that are told.
const TOLD: usize = 12;

/// What the conversation is to be about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Talk {
    /// What is asked if the session goes on.
    pub prompt: String,
    /// What is asked if it begins.
    pub anew: String,
    /// The session to go on with.
    pub resume: Option<String>,
    /// Whether leave to change things is given.
    pub write: bool,
    /// The way to log in.
    pub auth: Option<String>,
    /// Settings by category, such as `model`.
    pub settings: Vec<(&'static str, String)>,
}

/// What is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Initialize,
    LogIn,
    GoOn,
    Begin,
    Set,
    Prompt,
    Over,
}

/// One side of a conversation.
#[derive(Debug)]
pub struct Client {
    name: String,
    talk: Talk,
    /// Working directory, absolute.
    folder: String,
    step: Step,
    /// Id of the request under way.
    asked: u64,
    session: Option<String>,
    goes_on: bool,
    capabilities: Value,
    settings: VecDeque<(&'static str, String)>,
    /// Kinds of tools under way, by id.
    kinds: BTreeMap<String, String>,
    cancelled: bool,
    refusal: Option<Failure>,
    out: Outbox,
}

impl Client {
    /// Opens the conversation with the agent called `name`, which works in `folder`.
    pub fn new(name: &str, talk: Talk, folder: &str) -> Self {
        let mut client = Self {
            name: name.to_owned(),
            settings: talk.settings.iter().cloned().collect(),
            talk,
            folder: folder.to_owned(),
            step: Step::Initialize,
            asked: 0,
            session: None,
            goes_on: false,
            capabilities: Value::Null,
            kinds: BTreeMap::new(),
            cancelled: false,
            refusal: None,
            out: Outbox::default(),
        };
        let offered = json!({ "fs": { "readTextFile": false, "writeTextFile": false }, "terminal": false });
        let about = json!({ "name": "mission", "version": env!("CARGO_PKG_VERSION") });
        let params = json!({ "protocolVersion": VERSION, "clientCapabilities": offered, "clientInfo": about });
        client.ask(Step::Initialize, "initialize", params);
        client
    }
    /// What is to be written to the agent.
    pub fn outgoing(&self) -> &[u8] {
        self.out.rest()
    }
    /// `count` bytes of it were written.
    pub fn sent(&mut self, count: usize) {
        self.out.sent(count);
    }
    /// Whether nothing more is to be said or heard.
    pub fn is_over(&self) -> bool {
        self.step == Step::Over
    }
    /// Whether the session that was to go on does.
    pub fn goes_on(&self) -> bool {
        self.goes_on
    }
    /// Why it ended the conversation itself.
    pub fn refusal(&self) -> Option<&Failure> {
        self.refusal.as_ref()
    }
    /// Asks the agent to stop; true if an answer is to be awaited.
    pub fn cancel(&mut self) -> bool {
        let Some(session) = self.session.clone().filter(|_| self.step == Step::Prompt) else { return false };
        if !std::mem::replace(&mut self.cancelled, true) {
            self.out.push(&notice("session/cancel", json!({ "sessionId": session })));
        }
        true
    }
    /// A line of the agent; what it means goes to `listener`.
    pub fn line(&mut self, listener: &mut Listener, line: &[u8]) -> Sign {
        let text = String::from_utf8_lossy(line);
        let message = if text.trim_start().starts_with('{') { serde_json::from_str(&text).ok() } else { None };
        let Some(message) = message else {
            listener.chat(&text);
            return Sign { alive: false, shown: Some(text.into_owned()) };
        };
        if self.step == Step::Over {
            return Sign::default();
        }
        let sign = self.message(listener, &message);
        if self.out.rest().len() > UNREAD + self.talk.anew.len().max(self.talk.prompt.len()) * 6 {
            self.refuse(FailureClass::Budget, "asks more than it reads answers");
        }
        sign
    }
    fn message(&mut self, listener: &mut Listener, message: &Value) -> Sign {
        let id = message.get("id").filter(|id| !id.is_null());
        match (message.get("method").and_then(Value::as_str), id) {
            (Some("session/request_permission"), Some(id)) => self.permit(listener, id, message),
            (Some(method), Some(id)) => {
                if id.to_string().len() <= LONGEST_ID {
                    self.out.push(&unknown(id, method));
                }
                listener.count()
            }
            (Some("session/update"), None) => self.update(listener, message),
            // Other notices, also those beginning with `_`, are signs of life and nothing more.
            (Some(_), None) => listener.count(),
            (None, Some(id)) if id.as_u64() == Some(self.asked) => self.answered(listener, message),
            (None, _) => listener.count(),
        }
    }
    /// What is told of another session, or of this one before it was asked anything, is history.
    fn update(&mut self, listener: &mut Listener, message: &Value) -> Sign {
        let session = message.pointer("/params/sessionId").and_then(Value::as_str);
        if self.step != Step::Prompt || session != self.session.as_deref() {
            return listener.count();
        }
        let told = |key: &str| message.pointer(&format!("/params/update/{key}")).and_then(Value::as_str);
        if let (Some(id), Some(kind)) = (told("toolCallId"), told("kind")) {
            self.remember(id, kind);
        }
        listener.event(message)
    }
    fn remember(&mut self, id: &str, kind: &str) {
        if self.kinds.len() >= REMEMBERED {
            self.kinds.pop_first();
        }
        self.kinds.insert(id.to_owned(), kind.to_owned());
    }
    fn permit(&mut self, listener: &mut Listener, id: &Value, message: &Value) -> Sign {
        let params = message.get("params").unwrap_or(&Value::Null);
        if id.to_string().len() > LONGEST_ID {
            return listener.count();
        }
        let of_session = params.get("sessionId").and_then(Value::as_str) == self.session.as_deref();
        let told = |key: &str| params.pointer(&format!("/toolCall/{key}")).and_then(Value::as_str);
        let known = told("toolCallId").and_then(|id| self.kinds.get(id)).map(String::as_str);
        let may = self.step == Step::Prompt && of_session && !self.cancelled;
        let leave = if may { leave(self.talk.write, told("kind").or(known), params) } else { withdrawn() };
        self.out.push(&answer(id, leave.result));
        let mut sign = listener.event(message);
        let what = told("title").or(told("name")).unwrap_or("to use a tool");
        let word = if leave.given { "allowed" } else { "not allowed" };
        sign.shown = Some(format!("{word}: {}", what.lines().next().unwrap_or_default()));
        sign
    }
    fn answered(&mut self, listener: &mut Listener, message: &Value) -> Sign {
        let error = message.get("error").is_some();
        match (self.step, error) {
            (Step::GoOn, true) => {
                // The session cannot go on: everything is told to a new one.
                self.begin();
                listener.count()
            }
            (_, true) => {
                self.step = Step::Over;
                listener.event(message)
            }
            (Step::Initialize, false) => {
                self.initialized(message);
                listener.count()
            }
            (Step::LogIn, false) => {
                self.open();
                listener.count()
            }
            (Step::GoOn | Step::Begin, false) => self.opened(listener, message),
            (Step::Set, false) => {
                self.set(message);
                listener.count()
            }
            (Step::Prompt, false) => {
                self.step = Step::Over;
                listener.event(message)
            }
            (Step::Over, false) => Sign::default(),
        }
    }
    fn initialized(&mut self, message: &Value) {
        let version = message.pointer("/result/protocolVersion").and_then(Value::as_u64);
        if version != Some(VERSION) {
            let told = version.map_or("no version".to_owned(), |version| format!("version {version}"));
            return self.refuse(
                FailureClass::StartFailed,
                &format!("speaks {told} of the protocol, expected version {VERSION}"),
            );
        }
        self.capabilities = message.pointer("/result/agentCapabilities").cloned().unwrap_or_default();
        match self.talk.auth.clone() {
            Some(method) => self.ask(Step::LogIn, "authenticate", json!({ "methodId": method })),
            None => self.open(),
        }
    }
    fn open(&mut self) {
        let can =
            |at: &str| self.capabilities.pointer(at).is_some_and(|value| !value.is_null() && *value != json!(false));
        let method = match (can("/sessionCapabilities/resume"), can("/loadSession")) {
            (true, _) => "session/resume",
            (false, true) => "session/load",
            (false, false) => return self.begin(),
        };
        match self.talk.resume.clone() {
            Some(session) => {
                let params = json!({ "sessionId": session, "cwd": self.folder, "mcpServers": [] });
                self.ask(Step::GoOn, method, params);
            }
            None => self.begin(),
        }
    }
    fn begin(&mut self) {
        self.ask(Step::Begin, "session/new", json!({ "cwd": self.folder, "mcpServers": [] }));
    }
    fn opened(&mut self, listener: &mut Listener, message: &Value) -> Sign {
        let told = message.pointer("/result/sessionId").and_then(Value::as_str).map(str::to_owned);
        self.goes_on = self.step == Step::GoOn;
        self.session = told.or_else(|| self.talk.resume.clone().filter(|_| self.goes_on));
        if self.session.is_none() {
            self.refuse(FailureClass::StartFailed, "began a session without an id");
            return listener.count();
        }
        let sign = listener.event(message);
        self.set(message);
        sign
    }
    /// Makes the next setting that is not made; `message` tells which there are.
    fn set(&mut self, message: &Value) {
        while let Some((category, wanted)) = self.settings.pop_front() {
            let none = Vec::new();
            let all = message.pointer("/result/configOptions").and_then(Value::as_array).unwrap_or(&none);
            let is_it = |option: &&Value| option.get("category").and_then(Value::as_str) == Some(category);
            let option = all.iter().find(is_it);
            let values = option.map(values).unwrap_or_default();
            let current = option.and_then(|o| o.get("currentValue")).and_then(Value::as_str);
            if current == Some(wanted.as_str()) {
                continue;
            }
            if !values.contains(&wanted.as_str()) {
                return self.refuse(FailureClass::StartFailed, &not_offered(category, &wanted, &values));
            }
            let id = option.and_then(|o| o.get("id")).cloned().unwrap_or_default();
            let params = json!({ "sessionId": self.session, "configId": id, "value": wanted });
            return self.ask(Step::Set, "session/set_config_option", params);
        }
        let text = if self.goes_on { &self.talk.prompt } else { &self.talk.anew };
        let params = json!({ "sessionId": self.session, "prompt": [{ "type": "text", "text": text }] });
        self.ask(Step::Prompt, "session/prompt", params);
    }
    fn ask(&mut self, step: Step, method: &str, params: Value) {
        self.asked += 1;
        self.step = step;
        self.out.push(&request(self.asked, method, params));
    }
    fn refuse(&mut self, class: FailureClass, what: &str) {
        self.step = Step::Over;
        self.refusal.get_or_insert(Failure::new(class, format!("`{}` {what}", self.name)));
    }
}

/// The values of a setting, in groups or not.
fn values(option: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    let mut todo: VecDeque<&Value> = option.get("options").and_then(Value::as_array).into_iter().flatten().collect();
    while let Some(item) = todo.pop_front() {
        found.extend(item.get("value").and_then(Value::as_str));
        todo.extend(item.get("options").and_then(Value::as_array).into_iter().flatten());
    }
    found
}

fn not_offered(category: &str, wanted: &str, values: &[&str]) -> String {
    let what = if category == "thought_level" { "effort" } else { category };
    if values.is_empty() {
        return format!("offers no choice of {what}, where `{wanted}` was wanted");
    }
    let more = if values.len() > TOLD { ", …" } else { "" };
    let told: Vec<String> = values.iter().take(TOLD).map(|value| format!("`{value}`")).collect();
    format!("offers no {what} `{wanted}`; it offers {}{more}", told.join(", "))
}
