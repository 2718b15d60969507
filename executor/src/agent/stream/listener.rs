//! What the events of one attempt say: a fold over JSON values by the rules of its agent. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::Value;

use super::classify::{Trouble, class_of, status_in};
use super::commands::Commands;
use super::figures::{Figures, Totals};
use super::look::{fit, is_true, number_at, shortened, tail, text_at};
use super::reset::{reset_at, reset_in};
use super::writes::Writes;
use crate::agent::catalogue::{Cli, Driver, Pattern, Pointer, Rule};
use crate::decide::port::{Exit, Ran};
use crate::event::{Failure, FailureClass, Timestamp, Usage};

/// Characters of what an agent says that are shown.
const SHOWN: usize = 200;
/// Bytes kept of what is no event.
const CHATTER: usize = 2 * 1024;
/// Characters of an error that are told.
const TOLD: usize = 500;
/// Files that are counted.
const FILES: usize = 1_000;
/// Bytes of a reply that are kept.
const LONGEST: usize = 4 << 20;

/// What one line means to those who watch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sign {
    /// The agent gets on; one that only tries again does not.
    pub alive: bool,
    /// A line for people.
    pub shown: Option<String>,
}

/// Listens to one attempt.
#[derive(Debug)]
pub struct Listener {
    cli: Arc<Cli>,
    began: bool,
    worked: bool,
    session: Option<String>,
    text: String,
    text_cut: bool,
    structured: Option<Value>,
    done: bool,
    failed: bool,
    trouble: Trouble,
    /// What it last tried again for.
    stumbled: Option<Trouble>,
    chatter: String,
    figures: Figures,
    resets: Option<Value>,
    model: Option<String>,
    tools: BTreeSet<String>,
    /// Files that its tools for that were to change, to be counted.
    written: BTreeSet<String>,
    /// Those that they did.
    writes: Writes,
    /// Id of the message under way.
    message: Option<String>,
    /// Commands it ran; `None` where its rules tell of none.
    commands: Option<Commands>,
    printed: u64,
    events: u64,
    turns: u64,
    barren: u64,
    stumbles: u64,
}

impl Listener {
    /// Listens by the rules of `cli`.
    pub fn new(cli: Arc<Cli>) -> Self {
        let commands = cli.events.iter().any(|rule| rule.command.is_some()).then(Commands::default);
        Self {
            cli,
            began: false,
            worked: false,
            session: None,
            text: String::new(),
            text_cut: false,
            structured: None,
            done: false,
            failed: false,
            trouble: Trouble::default(),
            stumbled: None,
            chatter: String::new(),
            figures: Figures::default(),
            resets: None,
            model: None,
            tools: BTreeSet::new(),
            written: BTreeSet::new(),
            writes: Writes::default(),
            message: None,
            commands,
            printed: 0,
            events: 0,
            turns: 0,
            barren: 0,
            stumbles: 0,
        }
    }
    /// It has printed that many bytes more.
    pub fn prints(&mut self, bytes: usize) {
        self.printed = self.printed.saturating_add(bytes as u64);
    }
    /// A line of standard output.
    pub fn line(&mut self, line: &[u8]) -> Sign {
        let text = String::from_utf8_lossy(line);
        if self.cli.driver == Driver::Text {
            self.began = true;
            self.chat(&text);
            self.plain(&text);
            return Sign { alive: true, shown: Some(text.into_owned()) };
        }
        let event = if text.trim_start().starts_with('{') { serde_json::from_str(&text).ok() } else { None };
        match event {
            Some(event) => self.event(&event),
            // Banners and warnings among the events: for the log, and for those who watch.
            None => {
                self.chat(&text);
                Sign { alive: false, shown: Some(text.into_owned()) }
            }
        }
    }
    /// A line of an agent that speaks in text.
    fn plain(&mut self, text: &str) {
        let fits = |pattern: &Option<Pattern>| pattern.as_ref().is_some_and(|pattern| pattern.0.is_match(text));
        if fits(&self.cli.lines.done) {
            (self.done, self.failed, self.trouble) = (true, false, Trouble::default());
        }
        if fits(&self.cli.lines.failed) {
            (self.failed, self.trouble.words) = (true, text.to_owned());
        }
    }
    /// A line of standard error, or one that is no event.
    pub fn chat(&mut self, text: &str) {
        if let Some(complaint) = self.cli.complains.as_ref().and_then(|pattern| pattern.0.captures(text)) {
            let words = complaint.name("error").map_or(text, |error| error.as_str()).to_owned();
            self.stumble(Trouble { words, ..Trouble::default() });
        }
        self.chatter.push_str(text);
        self.chatter.push('\n');
        if self.chatter.len() > 2 * CHATTER {
            let mut from = self.chatter.len() - CHATTER;
            while !self.chatter.is_char_boundary(from) {
                from += 1;
            }
            self.chatter.drain(..from);
        }
    }
    fn stumble(&mut self, trouble: Trouble) {
        let tells = trouble.status.is_some() || trouble.kind.is_some() || !trouble.words.is_empty();
        if tells || self.stumbled.is_none() {
            self.stumbled = Some(trouble);
        }
        self.stumbles += 1;
    }
    /// A message that means nothing but that the agent is alive.
    pub(crate) fn count(&mut self) -> Sign {
        self.events += 1;
        Sign { alive: true, shown: None }
    }
    /// An event.
    pub(crate) fn event(&mut self, event: &Value) -> Sign {
        self.began = true;
        self.events += 1;
        let cli = Arc::clone(&self.cli);
        let mut sign = Sign { alive: true, shown: None };
        let rules: Vec<&Rule> = cli.rules().filter(|rule| fit(&rule.fits, event)).collect();
        self.writes.hear(&rules, event);
        for rule in rules {
            sign.alive &= !rule.retry;
            self.speech(rule, event, &mut sign);
            self.figures.note(rule, event);
            self.tools(rule, event, &mut sign);
            self.ending(rule, event);
        }
        if !sign.alive {
            let why = self.stumbled.as_ref().map(|trouble| shortened(&trouble.words, SHOWN)).unwrap_or_default();
            sign.shown = Some(format!("tries again: {why}"));
        }
        sign
    }
    fn speech(&mut self, rule: &Rule, event: &Value, sign: &mut Sign) {
        if let Some(session) = text_at(rule.session.as_ref(), event) {
            self.session = Some(session);
        }
        if rule.fresh {
            self.text.clear();
        }
        if let Some(text) = text_at(rule.text.as_ref(), event) {
            sign.shown = Some(shortened(&text, SHOWN));
            self.text.clear();
            self.say(&text);
        }
        if let Some(more) = text_at(rule.append.as_ref(), event) {
            self.say(&more);
            // A piece alone says nothing; what it ends does.
            let line = self.text.trim_end().lines().next_back().unwrap_or_default();
            sign.shown = Some(tail(line, SHOWN)).filter(|line| !line.is_empty());
        }
        self.model = text_at(rule.model.as_ref(), event).or(self.model.take());
        let structured = rule.structured.as_ref().and_then(|at| at.first(event)).filter(|value| !value.is_null());
        if let Some(value) = structured {
            self.structured = Some(value.clone());
        }
    }
    fn say(&mut self, text: &str) {
        self.text_cut = self.text.len() + text.len() > LONGEST;
        if !self.text_cut {
            self.text.push_str(text);
        }
    }
    fn tools(&mut self, rule: &Rule, event: &Value, sign: &mut Sign) {
        let message = text_at(rule.turn_by.as_ref(), event);
        let is_other = message.is_some() && message != self.message;
        self.message = message.or(self.message.take());
        if rule.turn || is_other {
            self.turns += 1;
            self.barren += 1;
        }
        if let Some(tool) = text_at(rule.tool.as_ref(), event) {
            (self.barren, self.stumbles, self.worked) = (0, 0, true);
            let target = rule.target.iter().find_map(|at| at.text(event)).unwrap_or_default();
            sign.shown = Some(shortened(format!("{tool} {target}").trim_end(), SHOWN));
        }
        if let Some(commands) = &mut self.commands {
            commands.hear(rule, event);
        }
        let room = FILES.saturating_sub(self.written.len());
        let changed = rule.writes.iter().flat_map(|at| at.all(event)).filter_map(Value::as_str);
        self.written.extend(changed.map(str::to_owned).take(room));
        if let Some(id) = text_at(rule.opens.as_ref(), event) {
            self.tools.insert(id);
        }
        for id in rule.closes.iter().flat_map(|at| at.all(event)).filter_map(Value::as_str) {
            self.tools.remove(id);
        }
    }
    fn ending(&mut self, rule: &Rule, event: &Value) {
        if rule.failed == Some(false) {
            (self.failed, self.trouble) = (false, Trouble::default());
        }
        let is_null = |at: &Pointer| at.first(event).is_none_or(Value::is_null);
        let says = |beginning: &String| self.text.trim_start().starts_with(beginning.as_str());
        let spoke_of_failure = rule.failed_if_says.as_ref().is_some_and(says);
        let is_silent = rule.failed_if_silent && self.text.trim().is_empty() && self.structured.is_none();
        let failed = rule.failed == Some(true)
            || is_silent
            || rule.failed_if.as_ref().is_some_and(|at| at.first(event).is_some_and(is_true))
            || rule.failed_if_null.as_ref().is_some_and(is_null)
            || !fit(&rule.failed_unless, event)
            || spoke_of_failure;
        let status = number_at(rule.status.as_ref(), event).filter(|s| (100.0..1000.0).contains(s)).map(|s| s as u16);
        let words = text_at(rule.error.as_ref(), event).or_else(|| spoke_of_failure.then(|| self.text.clone()));
        let words = words.or_else(|| is_silent.then(|| "it ended its turn without saying anything".to_owned()));
        let kind = text_at(rule.kind.as_ref(), event);
        let resets = rule.resets.as_ref().and_then(|at| at.first(event)).filter(|value| !value.is_null());
        self.resets = resets.cloned().or(self.resets.take());
        if rule.retry {
            self.stumble(Trouble { status, kind, exit: None, words: words.unwrap_or_default() });
        } else if failed {
            self.failed = true;
            let known = &mut self.trouble;
            known.status = status.or(known.status);
            known.kind = kind.or(known.kind.take());
            known.words = words.unwrap_or_else(|| std::mem::take(&mut known.words));
        }
        self.done = rule.done.unwrap_or(self.done);
    }
    /// The end of what was no event: for a failure all that people need, since what events said is in its message.
    pub fn chatter(&self) -> &str {
        &self.chatter
    }
    /// Whether an event has come.
    pub fn has_begun(&self) -> bool {
        self.began
    }
    /// Whether it has used a tool.
    pub fn has_worked(&self) -> bool {
        self.worked
    }
    /// How many files it has changed by its tools for that, as far as they are counted.
    pub fn files(&self) -> usize {
        self.written.len()
    }
    /// Whether a tool is under way, so that silence means nothing.
    pub fn is_busy(&self) -> bool {
        !self.tools.is_empty()
    }
    /// Id of its session, once it is known.
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }
    /// Why it must be ended now: it goes round in circles.
    pub fn overrun(&self) -> Option<Failure> {
        let caps = self.cli.caps;
        if let Some(trouble) = self.stumbled.as_ref().filter(|_| self.stumbles > caps.retries) {
            let (name, words) = (&self.cli.name, tail(trouble.words.trim(), TOLD));
            let message =
                format!("`{name}` was ended after {} tries that failed; it last said: {words}", self.stumbles);
            return Some(Failure::new(class_of(&self.cli, trouble).unwrap_or(FailureClass::Provider), message));
        }
        let over = [
            (self.events, caps.events, "events"),
            (self.turns, caps.turns, "turns"),
            (self.barren, caps.barren, "turns one after the other without using a tool"),
            (self.printed, caps.output, "bytes of output"),
        ];
        let (_, cap, what) = over.into_iter().find(|(count, cap, _)| count > cap)?;
        let why = self.stumbled.as_ref().map(|t| format!("; it last said: {}", shortened(&t.words, SHOWN)));
        let message = format!(
            "`{}` was ended because it goes round in circles: more than {cap} {what}{}",
            self.cli.name,
            why.unwrap_or_default()
        );
        Some(Failure::new(FailureClass::Budget, message))
    }
    /// What it said, whether that is only a part, and its result as JSON.
    pub fn reply(&mut self) -> (String, bool, Option<Value>) {
        (std::mem::take(&mut self.text), self.text_cut, self.structured.take())
    }
    /// Files that it told of having written with a tool that did not fail, as it names them; of many, some.
    pub fn written(&self) -> Vec<String> {
        self.writes.all()
    }
    /// The commands it ran, in order; `None` if it tells of none.
    pub fn commands(&mut self) -> Option<Vec<Ran>> {
        self.commands.as_mut().map(Commands::take)
    }
    /// The figures as it tells them.
    pub fn totals(&self) -> Totals {
        self.figures.totals()
    }
    /// What this attempt used; `before` are the totals of the session when it began.
    pub fn usage(&self, before: Totals) -> Usage {
        Usage { model: self.model.clone(), ..self.figures.usage(self.cli.scope, before) }
    }
    /// When it can be asked again, as far as it told that.
    pub fn reset(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let words =
            [Some(self.trouble.words.as_str()), self.stumbled.as_ref().map(|t| t.words.as_str()), Some(&self.chatter)];
        let told = self.resets.as_ref().and_then(|value| reset_at(value, now, zone));
        told.or_else(|| words.into_iter().flatten().find_map(|words| reset_in(words, now, zone)))
    }
    /// Whether it did its work: its process ended well, it said that it is done, and not that it failed.
    ///
    /// # Errors
    /// Why not.
    pub fn verdict(&self, exit: &Exit) -> Result<(), Failure> {
        let code = match exit {
            Exit::Code(code) => *code,
            Exit::Signal(signal) if !self.failed => {
                return Err(Failure::new(
                    FailureClass::Signal,
                    format!("`{}` ended by signal {signal}", self.cli.name),
                ));
            }
            Exit::Signal(signal) => 128 + signal,
            Exit::NotStarted(_) | Exit::Failed(_) | Exit::Value(_) | Exit::NoSession(_) => return Ok(()),
        };
        let is_done = self.done || self.cli.driver == Driver::Text && self.cli.lines.done.is_none();
        if code == 0 && is_done && !self.failed { Ok(()) } else { Err(self.failure(code)) }
    }
    /// Whether it failed at its provider without a status: in the middle of an answer, or before one. What it tells of tokens and
    /// money is a guess then.
    pub fn broke_off(&self, exit: &Exit) -> bool {
        let Exit::Code(code) = exit else { return false };
        let trouble = self.known_trouble(*code);
        self.verdict(exit).is_err_and(|failure| failure.class == FailureClass::Provider)
            && trouble.status.or_else(|| status_in(&trouble.words)).is_none()
            && !self.cli.exits.contains_key(code)
    }
    fn known_trouble(&self, code: i32) -> Trouble {
        let mut trouble = if self.failed { self.trouble.clone() } else { self.stumbled.clone().unwrap_or_default() };
        let said = Some(self.text.as_str()).filter(|_| self.failed);
        for more in [self.stumbled.as_ref().map(|t| t.words.as_str()), said, Some(self.chatter.as_str())] {
            if trouble.words.is_empty() {
                more.unwrap_or_default().clone_into(&mut trouble.words);
            }
        }
        trouble.exit = (code != 0).then_some(code);
        trouble
    }
    fn failure(&self, code: i32) -> Failure {
        let trouble = self.known_trouble(code);
        let known = class_of(&self.cli, &trouble);
        let otherwise = if self.failed && code == 0 { FailureClass::Provider } else { FailureClass::Exit };
        let name = &self.cli.name;
        let what = match (self.failed, code) {
            (true, 0) => format!("`{name}` failed"),
            (true, code) => format!("`{name}` failed with exit code {code}"),
            (false, 0) => format!("`{name}` ended without saying that it is done"),
            (false, code) => format!("`{name}` ended with exit code {code}"),
        };
        let status = trouble.status.map(|status| format!(" (HTTP {status})")).unwrap_or_default();
        let words = tail(trouble.words.trim(), TOLD);
        let words = if words.is_empty() { String::new() } else { format!(": {words}") };
        let class = known.unwrap_or(otherwise);
        let login = self.cli.login.as_ref().filter(|_| class == FailureClass::Auth);
        let reasons = login.map(|how| format!("to log in: {how}")).into_iter().collect();
        Failure { exit_code: Some(code), reasons, ..Failure::new(class, format!("{what}{status}{words}")) }
    }
}

#[cfg(test)]
mod tests;
