//! A listener with the streams of its process: lines in, session kept in the folder of the attempt, an understood ending out. With
//! an agent that one talks with, also what is said to it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::capture::Stream;
use crate::agent::acp::Client;
use crate::agent::catalogue::Driver;
use crate::agent::stream::{Listener, Sign, Splitter, Totals, strict};
use crate::agent::{Call, Session};
use crate::clock::{self, Clock as _, SystemClock};
use crate::decide::port::{Exit, Ran, Reply};
use crate::event::{Failure, FailureClass, Usage};
use crate::reply;

/// Understands one attempt of a coding agent.
#[derive(Debug)]
pub(super) struct Ear {
    call: Call,
    listener: Listener,
    /// The other side of the conversation, if there is one.
    client: Option<Client>,
    out: Splitter,
    err: Splitter,
    /// Figures of the session when the attempt began.
    before: Totals,
    schema: Option<Value>,
    folder: PathBuf,
    /// Its first event has been noted in its session.
    noted: bool,
}

/// What a line means.
fn told(listener: &mut Listener, client: Option<&mut Client>, line: &[u8]) -> Sign {
    match client {
        Some(client) => client.line(listener, line),
        None => listener.line(line),
    }
}

/// An ending that was understood.
pub(super) struct Understood {
    /// How it ended.
    pub(super) exit: Exit,
    /// What it said.
    pub(super) reply: Reply,
    /// What it used.
    pub(super) usage: Usage,
    /// The commands it told of, if it tells of commands.
    pub(super) commands: Option<Vec<Ran>>,
    /// Files that it told of having written.
    pub(super) writes: Vec<String>,
}

impl Ear {
    /// Listens to `call`, which works in `cwd`; its result has `schema`, its session is kept in `folder`.
    pub(super) fn new(mut call: Call, schema: Option<&Value>, folder: &Path, cwd: &Path) -> Self {
        let talk = call.talk.take();
        Self {
            listener: Listener::new(call.cli.clone()),
            client: talk.map(|talk| Client::new(&call.cli.name, talk, &cwd.display().to_string())),
            out: Splitter::default(),
            err: Splitter::default(),
            before: call.session.totals,
            schema: schema.cloned(),
            folder: folder.to_owned(),
            noted: false,
            call,
        }
    }
    /// A chunk arrived; `show` gets what people should see, and how many files have been changed so far. True if it is a sign of progress.
    pub(super) fn hear(&mut self, stream: Stream, bytes: &[u8], mut show: impl FnMut(&str, usize)) -> bool {
        let (listener, client, mut alive) = (&mut self.listener, &mut self.client, false);
        listener.prints(bytes.len());
        match stream {
            Stream::Out => self.out.push(bytes, |line| {
                let sign = told(listener, client.as_mut(), line);
                alive |= sign.alive;
                sign.shown.iter().for_each(|text| show(text, listener.files()));
            }),
            Stream::Err => self.err.push(bytes, |line| {
                let text = String::from_utf8_lossy(line);
                listener.chat(&text);
                show(&text, listener.files());
            }),
        }
        self.note_session();
        alive
    }
    /// The streams have ended.
    pub(super) fn finish(&mut self) {
        let (listener, client) = (&mut self.listener, &mut self.client);
        self.out.finish(|line| {
            told(listener, client.as_mut(), line);
        });
        self.err.finish(|line| listener.chat(&String::from_utf8_lossy(line)));
        self.note_session();
    }
    /// Whether there is a conversation: its standard input stays open while there is.
    pub(super) fn talks(&self) -> bool {
        self.client.as_ref().is_some_and(|client| !client.is_over())
    }
    /// Whether there was a conversation that has ended.
    pub(super) fn is_over(&self) -> bool {
        self.client.as_ref().is_some_and(Client::is_over)
    }
    /// What is to be written to its standard input now.
    pub(super) fn outgoing(&self) -> &[u8] {
        self.client.as_ref().map(Client::outgoing).unwrap_or_default()
    }
    /// `count` bytes of that were written.
    pub(super) fn sent(&mut self, count: usize) {
        if let Some(client) = &mut self.client {
            client.sent(count);
        }
    }
    /// Asks it to stop; true if it will answer.
    pub(super) fn cancel(&mut self) -> bool {
        self.client.as_mut().is_some_and(Client::cancel)
    }
    /// IMPORTANT: as soon as it is known, so that it can be gone on with even if this program is killed.
    fn note_session(&mut self) {
        let (known, session) = (self.listener.session(), &mut self.call.session);
        let is_news = known.is_some() && known != session.id.as_deref();
        let has_worked = self.listener.has_worked();
        if is_news || self.listener.has_begun() && !self.noted || has_worked && !session.worked {
            self.noted = true;
            session.begun = true;
            session.id = known.map(str::to_owned).or_else(|| session.id.take());
            if is_news && self.client.is_some() {
                // One that was to go on could not.
                self.before = Totals::NOTHING;
                self.call.continued = false;
                session.worked = false;
            }
            session.worked |= has_worked;
            // Figures of a session that has not ended are unknown.
            let begun = Session { totals: Totals::default(), ..session.clone() };
            self.keep(&begun);
        }
    }
    /// Without its file a session cannot be gone on with; that costs a new beginning, not the result.
    fn keep(&self, session: &Session) {
        let _ = session.write(&self.folder);
    }
    /// Time until its first event; an agent that speaks in text may be silent until it is done.
    pub(super) fn start_timeout(&self) -> Option<Duration> {
        let cli = &self.call.cli;
        (cli.driver != Driver::Text).then(|| Duration::from_millis(cli.start_timeout))
    }
    /// What is to be said if that passes.
    pub(super) fn late(&self) -> Failure {
        let seconds = self.call.cli.start_timeout as f64 / 1000.0;
        let message = format!("`{}` said nothing within {seconds} s of its start", self.call.cli.name);
        Failure::new(FailureClass::StartFailed, message)
    }
    /// Whether an event has come.
    pub(super) fn has_begun(&self) -> bool {
        self.listener.has_begun()
    }
    /// What the agent has told of its use so far, once it has begun.
    pub(super) fn usage(&self) -> Option<Usage> {
        self.listener.has_begun().then(|| self.listener.usage(self.before))
    }
    /// Whether a tool is under way.
    pub(super) fn is_busy(&self) -> bool {
        self.listener.is_busy()
    }
    /// Why it must be ended now.
    pub(super) fn overrun(&self) -> Option<Failure> {
        self.listener.overrun()
    }
    /// What the ending means; `raw` is standard output as it was.
    pub(super) fn conclude(mut self, exit: Exit, raw: Reply) -> Understood {
        if self.call.after_loss && !self.listener.has_begun() {
            let said = self.listener.chatter().trim();
            let why = format!("`{}` cannot go on with the session of the attempt before: {said}", self.call.cli.name);
            self.keep(&Session { begun: false, worked: false, ..self.call.session.clone() });
            return Understood {
                exit: Exit::NoSession(why),
                reply: Reply::default(),
                usage: Usage::default(),
                commands: None,
                writes: Vec::new(),
            };
        }
        let totals = self.listener.totals();
        self.keep(&Session { totals, ..self.call.session.clone() });
        let mut usage = Usage { continued: self.call.continued, ..self.listener.usage(self.before) };
        if self.listener.broke_off(&exit) {
            usage = Usage { continued: usage.continued, model: usage.model, ..Usage::default() };
        }
        let (commands, writes) = (self.listener.commands(), self.listener.written());
        let log_tail = Some(self.listener.chatter().to_owned()).filter(|text| !text.is_empty());
        let refusal = self.client.as_ref().and_then(Client::refusal).cloned();
        // How a process ends says nothing once the conversation was over.
        let exit = if self.is_over() { Exit::Code(0) } else { exit };
        let exit = match refusal.map_or_else(|| self.listener.verdict(&exit), Err) {
            Ok(()) => exit,
            Err(failure) => {
                let until = || self.listener.reset(SystemClock::new().now(), &clock::zone());
                let until = failure.class.passes().then(until).flatten();
                Exit::Failed(Failure { log_tail, until, ..failure })
            }
        };
        let reply = match self.call.cli.driver {
            Driver::Text => raw,
            Driver::Stream | Driver::Acp => {
                let (text, text_cut, structured) = self.listener.reply();
                let structured = structured.or_else(|| self.strictly(&text)).map(|value| self.relaxed(value));
                Reply { text, text_cut, structured, ..Reply::default() }
            }
        };
        Understood { exit, reply, usage, commands, writes }
    }
    /// The text of an agent that was held to the strict form is the result.
    fn strictly(&self, text: &str) -> Option<Value> {
        if self.call.strict { reply::parse(text.trim()).ok() } else { None }
    }
    fn relaxed(&self, mut value: Value) -> Value {
        if let Some(schema) = self.schema.as_ref().filter(|_| self.call.strict) {
            strict::relax(schema, &mut value);
        }
        value
    }
}
