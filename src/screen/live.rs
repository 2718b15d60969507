//! The live screen: permanent lines above, one row for each running node below, and a gate's question when there is one.
//!
//! It has a thread of its own, so that a slow terminal or a thinking person never holds the run up.

use std::collections::VecDeque;
use std::io::{BufRead, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::tz::TimeZone;
use mission_executor::clock::{Clock, SystemClock};
use mission_executor::event::{Event, Record};
use mission_executor::process;

use super::board::Board;
use super::plain;
use super::question::{Effect, Question};
use crate::editor;
use crate::failure::Failure;
use crate::page::Page;

/// How often the rows are drawn anew.
const PACE: Duration = Duration::from_millis(100);

/// A person's answer, on its way to the run.
pub(crate) struct Answered {
    /// The gate.
    pub(crate) node: String,
    /// The choice.
    pub(crate) choice: String,
    /// The comment.
    pub(crate) comment: Option<String>,
    /// The edited value.
    pub(crate) value: Option<serde_json::Value>,
    /// Digest of what was shown.
    pub(crate) shown: String,
}

/// Carries an answer to the run; the reasons if it is refused.
pub(crate) type Deliver = Box<dyn Fn(Answered) -> Result<(), Vec<String>> + Send>;

/// The handle of the screen.
pub(crate) struct Live {
    messages: Sender<Message>,
    thread: JoinHandle<()>,
    asks: bool,
    /// Questions that are neither answered nor put off.
    open: Arc<AtomicUsize>,
}

/// What the screen is told.
enum Message {
    Record(Box<Record>),
    Line { node: String, text: String, files: usize },
    Typed(Option<String>),
    Note(Page),
    Stop,
}

impl Live {
    /// Starts the screen; with `deliver` it asks at gates.
    pub(crate) fn start(deliver: Option<Deliver>) -> Self {
        let (messages, received) = channel();
        let (asks, open) = (deliver.is_some(), Arc::new(AtomicUsize::new(0)));
        let screen = Screen::new(messages.clone(), deliver, Arc::clone(&open));
        let thread = std::thread::spawn(move || screen.run(&received));
        Self { messages, thread, asks, open }
    }
    /// Shows a record.
    pub(crate) fn record(&self, record: &Record) {
        if matches!(record.event, Event::GateOpened { .. }) && self.asks {
            // Counted here and not by the screen: whoever asks right after this must know already.
            self.open.fetch_add(1, Ordering::AcqRel);
        }
        self.tell(Message::Record(Box::new(record.clone())));
    }
    /// Where lines of output go.
    pub(crate) fn lines(&self) -> impl Fn(process::Line<'_>) + Send + Sync + 'static {
        let messages = self.messages.clone();
        move |line: process::Line<'_>| {
            let (node, text, files) = (line.node.to_owned(), line.text.to_owned(), line.files);
            // The screen may be gone already; the log has the line.
            let _ = messages.send(Message::Line { node, text, files });
        }
    }
    /// Where notes about the executor itself go.
    pub(crate) fn notes(&self) -> impl Fn(&Page) + Send + Sync + 'static {
        let messages = self.messages.clone();
        move |page: &Page| {
            // The screen may be gone already; then the run has ended as well.
            let _ = messages.send(Message::Note(page.clone()));
        }
    }
    /// True while a person is asked and has not put the answer off.
    pub(crate) fn asking(&self) -> bool {
        self.open.load(Ordering::Acquire) > 0
    }
    /// Draws what is left and ends the screen.
    pub(crate) fn stop(self) {
        self.tell(Message::Stop);
        if self.thread.join().is_err() {
            unreachable!("BUG: the screen has panicked, which ends the process");
        }
    }
    fn tell(&self, message: Message) {
        // Only a screen that has ended does not listen.
        let _ = self.messages.send(message);
    }
}

struct Screen {
    board: Board,
    bars: MultiProgress,
    rows: Vec<ProgressBar>,
    zone: TimeZone,
    clock: SystemClock,
    deliver: Option<Deliver>,
    open: Arc<AtomicUsize>,
    questions: VecDeque<Question>,
    /// Lines that wait until the question is answered.
    held: Vec<Page>,
    reader: Reader,
}

impl Screen {
    fn new(messages: Sender<Message>, deliver: Option<Deliver>, open: Arc<AtomicUsize>) -> Self {
        Self {
            board: Board::default(),
            bars: MultiProgress::with_draw_target(ProgressDrawTarget::stdout()),
            rows: Vec::new(),
            zone: TimeZone::system(),
            clock: SystemClock::new(),
            deliver,
            open,
            questions: VecDeque::new(),
            held: Vec::new(),
            reader: Reader::new(messages),
        }
    }

    fn run(mut self, received: &Receiver<Message>) {
        loop {
            match received.recv_timeout(PACE) {
                Ok(Message::Record(record)) => self.record(&record),
                Ok(Message::Line { node, text, files }) => {
                    self.board.heard(&node, &text, files);
                    continue;
                }
                Ok(Message::Typed(line)) => self.typed(line),
                Ok(Message::Note(page)) => self.print(&page),
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => break,
            }
            self.draw();
        }
        self.clear();
        for page in std::mem::take(&mut self.held) {
            self.print(&page);
        }
    }

    fn record(&mut self, record: &Record) {
        self.board.apply(record);
        let line = plain::line(record, &self.zone);
        if self.questions.is_empty() {
            self.print(&line)
        } else {
            self.held.push(line)
        }
        match &record.event {
            Event::GateOpened { node, digest, title, summary, value, choices, comment_required, .. }
                if self.deliver.is_some() =>
            {
                let value = value.as_ref().map(mission_compiler::template::Data::to_json);
                let question = Question::new(node, title, summary, value, choices, comment_required, digest);
                self.questions.push_back(question);
                if self.questions.len() == 1 {
                    self.ask();
                }
            }
            Event::GateDecided { node, .. } => self.answered(node),
            Event::RunFinished { .. } => self.keep(|_| false),
            _ => {}
        }
    }

    /// Shows the first question and waits for a line.
    fn ask(&mut self) {
        self.clear();
        let Some(question) = self.questions.front() else { return };
        let mut page = question.page();
        page.rendered(question.prompt().as_str());
        self.write(&page);
        self.reader.want();
    }

    /// A gate has its answer, from here or from elsewhere.
    fn answered(&mut self, node: &str) {
        let first = self.questions.front().is_some_and(|q| q.node == node);
        self.keep(|q| q.node != node);
        if first {
            self.next();
        }
    }

    /// Drops the questions that `wanted` does not want.
    fn keep(&mut self, wanted: impl Fn(&Question) -> bool) {
        let before = self.questions.len();
        self.questions.retain(wanted);
        self.open.fetch_sub(before - self.questions.len(), Ordering::AcqRel);
    }

    fn next(&mut self) {
        for page in std::mem::take(&mut self.held) {
            self.print(&page);
        }
        if !self.questions.is_empty() {
            self.ask();
        }
    }

    fn typed(&mut self, line: Option<String>) {
        let Some(question) = self.questions.front_mut() else { return };
        let mut effect = line.map_or(Effect::Later, |line| question.typed(&line));
        loop {
            match effect {
                Effect::Edit(value) => effect = question.edited(editor::edit(&value).map_err(Failure::in_words)),
                Effect::Say(mut page) => {
                    page.rendered(question.prompt().as_str());
                    self.write(&page);
                    self.reader.want();
                    return;
                }
                Effect::Later => {
                    let node = question.node.clone();
                    return self.answered(&node);
                }
                Effect::Decide { choice, comment, value } => {
                    let (node, shown) = (question.node.clone(), question.digest.clone());
                    return self.decide(Answered { node, choice, comment, value, shown });
                }
            }
        }
    }

    fn decide(&mut self, answer: Answered) {
        let Some(deliver) = &self.deliver else { return };
        let Err(reasons) = deliver(answer) else { return };
        if let Some(question) = self.questions.front_mut() {
            let mut page = question.refused(&reasons);
            page.rendered(question.prompt().as_str());
            self.write(&page);
            self.reader.want();
        }
    }

    /// Prints a permanent line above the rows.
    fn print(&self, page: &Page) {
        self.bars.suspend(|| self.write(page));
    }

    fn write(&self, page: &Page) {
        let mut out = anstream::stdout().lock();
        // A terminal that is gone cannot be told so; the run goes on.
        let _ = out.write_all(page.as_str().as_bytes()).and_then(|()| out.flush());
    }

    fn draw(&mut self) {
        if !self.questions.is_empty() {
            return;
        }
        let height = rustix::termios::tcgetwinsize(std::io::stdout()).map_or(24, |size| usize::from(size.ws_row));
        let rows = self.board.rows(self.clock.now(), height.saturating_sub(2).max(2));
        while self.rows.len() > rows.len() {
            if let Some(bar) = self.rows.pop() {
                bar.finish_and_clear();
                self.bars.remove(&bar);
            }
        }
        while self.rows.len() < rows.len() {
            let style = ProgressStyle::with_template("{spinner:.cyan} {wide_msg}").expect("the template is sound");
            let bar = ProgressBar::new_spinner().with_style(style);
            self.rows.push(self.bars.add(bar));
        }
        for (bar, row) in self.rows.iter().zip(rows) {
            bar.set_message(row);
            bar.tick();
        }
    }

    fn clear(&mut self) {
        for bar in self.rows.drain(..) {
            bar.finish_and_clear();
            self.bars.remove(&bar);
        }
    }
}

/// Reads a line of standard input when one is wanted, and never otherwise: an editor needs the terminal for itself.
struct Reader {
    wanted: Option<Sender<()>>,
    messages: Sender<Message>,
}

impl Reader {
    fn new(messages: Sender<Message>) -> Self {
        Self { wanted: None, messages }
    }
    fn want(&mut self) {
        let wanted = self.wanted.get_or_insert_with(|| {
            let (wanted, asked) = channel();
            let messages = self.messages.clone();
            std::thread::spawn(move || read(&asked, &messages));
            wanted
        });
        // A reader that has ended has told of the end of the input.
        let _ = wanted.send(());
    }
}

fn read(asked: &Receiver<()>, messages: &Sender<Message>) {
    while asked.recv().is_ok() {
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        let typed = read.is_ok_and(|n| n > 0).then_some(line);
        let ended = typed.is_none();
        if messages.send(Message::Typed(typed)).is_err() || ended {
            return;
        }
    }
}
