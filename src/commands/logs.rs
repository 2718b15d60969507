//! `mission logs`: what agents and commands wrote.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use mission_compiler::graph::{Ix, Shape};
use mission_executor::agent::Session;
use mission_executor::agent::catalogue::{Catalogue, Driver};
use mission_executor::agent::stream::{Said, Story};
use mission_executor::run::Run;
use mission_executor::runs::{AttemptPath, RunDir};
use schemars::JsonSchema;
use serde::Serialize;

use super::events::PACE;
use crate::args;
use crate::failure::{Exit, Failure};
use crate::files;
use crate::history;
use crate::page::{self, Page, Tone};
use crate::screen::words;

/// A line of `logs --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Line<'a> {
    /// Node id.
    node: &'a str,
    /// Number of the attempt.
    attempt: u32,
    /// What it is.
    kind: Kind,
    /// The line, without its end.
    line: &'a str,
}

/// What a line of a log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// As it was printed.
    Output,
    /// An agent said it.
    Message,
    /// An agent uses a tool.
    Tool,
    /// What a tool gave back.
    Result,
    /// An agent tries again.
    Again,
    /// An agent failed.
    Error,
}

/// Lines that are shown of what a tool gave back; `--raw` has all of them.
const GIVEN: usize = 10;
/// Bytes read at once.
const PIECE: u64 = 256 * 1024;

/// Prints them.
pub(crate) fn perform(args: &args::Logs) -> Result<Exit, Failure> {
    let (past, asked) = history::target(&args.target)?;
    // Followed, later rounds of the same name are of interest as well.
    let rounds = asked.map(|ix| past.run.graph().rounds(ix).to_vec()).unwrap_or_default();
    let asked_for: Option<Vec<Ix>> =
        asked.map(|ix| if args.follow && rounds.contains(&ix) { rounds } else { vec![ix] });
    let known = Catalogue::shipped().with(past.definition.catalogue.as_deref().unwrap_or_default());
    let catalogue = known.ok().filter(|_| !args.raw);
    let mut logs = Logs { catalogue, asked: asked_for, attempt: args.attempt, prefixed: args.follow, open: Vec::new() };
    logs.prefixed &= logs.leaves(&past.run).len() > 1;
    logs.notice(&past.run, &past.dir);
    if let (Some(asked), Some(wanted)) = (asked, args.attempt)
        && logs.open.is_empty()
    {
        let (id, made) = (&past.run.graph().node(asked).id, past.run.state(asked).attempt);
        return Err(Failure::usage(format!("`{id}` has no attempt {wanted}"), format!("its latest attempt is {made}")));
    }
    if !args.follow || !past.alive {
        logs.open.iter_mut().try_for_each(|log| log.print(args.json, logs.prefixed, true))?;
        logs.say_if_silent(&past.run);
        return Ok(Exit::Done);
    }
    let (mut run, dir, mut tail) = past.follow()?;
    loop {
        // Asked first: an executor writes before it leaves.
        let alive = dir.is_alive()?;
        for record in tail.poll()? {
            run.apply(&record)?;
        }
        logs.notice(&run, &dir);
        logs.open.iter_mut().try_for_each(|log| log.print(args.json, logs.prefixed, !alive))?;
        if !alive {
            return Ok(Exit::Done);
        }
        std::thread::sleep(PACE);
    }
}

/// The logs that are printed.
struct Logs {
    /// The agents whose events are told; none if they are to be printed as they are.
    catalogue: Option<Catalogue>,
    asked: Option<Vec<Ix>>,
    attempt: Option<u32>,
    /// Every line begins with its node, because several are printed at a time.
    prefixed: bool,
    open: Vec<Log>,
}

impl Logs {
    /// Nodes that can have logs, in topological order.
    fn leaves(&self, run: &Run) -> Vec<Ix> {
        let below = |ix: &Ix| std::iter::successors(Some(*ix), |at| run.graph().node(*at).parent);
        let wanted = |ix: &Ix| self.asked.as_ref().is_none_or(|asked| below(ix).any(|at| asked.contains(&at)));
        let all = run.graph().topological().into_iter();
        all.filter(|ix| run.graph().node(*ix).shape == Shape::Leaf && wanted(ix)).collect()
    }
    /// Says that nothing was printed because nothing was written.
    fn say_if_silent(&self, run: &Run) {
        if self.open.iter().any(|log| log.at > 0) {
            return;
        }
        let what = match self.asked.as_deref() {
            Some([asked, ..]) if self.open.is_empty() => {
                format!("no attempt of `{}` has begun", run.graph().node(*asked).id)
            }
            Some([asked, ..]) => format!("`{}` wrote nothing", run.graph().node(*asked).id),
            Some([]) | None => "nothing was written".to_owned(),
        };
        let mut page = Page::new();
        page.tone(Tone::Strong, "note").line(format!(": {what}"));
        page::say(&page);
    }
    /// Who tells what the attempt in `folder` printed, if it is an agent's that speaks in events.
    fn story(&self, folder: &std::path::Path) -> Option<Story> {
        let cli = self.catalogue.as_ref()?.get(&Session::read(folder)?.agent)?;
        (cli.driver != Driver::Text).then(|| Story::new(std::sync::Arc::clone(cli)))
    }
    /// Opens the logs of attempts that are not open yet.
    fn notice(&mut self, run: &Run, dir: &RunDir) {
        for ix in self.leaves(run) {
            let (id, state) = (&run.graph().node(ix).id, run.state(ix));
            // Followed, every new attempt is of interest; otherwise the last one is.
            let mut numbers = state.attempts.iter().map(|a| a.number);
            let numbers: Vec<u32> = match self.attempt {
                Some(wanted) => numbers.filter(|n| *n == wanted).collect(),
                None => numbers.next_back().into_iter().collect(),
            };
            for number in numbers {
                let known = self.open.iter().any(|log| *log.node == **id && log.attempt == number);
                if let (false, Ok(path)) = (known, AttemptPath::new(id, number)) {
                    let story = self.story(&dir.attempt(&path));
                    self.open.push(Log::new(id, number, dir.log(&path), story));
                }
            }
        }
    }
}

/// The log of one attempt, as far as it was printed.
struct Log {
    /// Tells what its events mean.
    story: Option<Story>,
    node: String,
    attempt: u32,
    path: PathBuf,
    at: u64,
    /// The beginning of a line whose end is not there yet.
    rest: Vec<u8>,
    headed: bool,
}

impl Log {
    fn new(node: &str, attempt: u32, path: PathBuf, story: Option<Story>) -> Self {
        Self { story, node: node.to_owned(), attempt, path, at: 0, rest: Vec::new(), headed: false }
    }
    /// Prints what is new; `whole`: a last line without end as well.
    fn print(&mut self, json: bool, prefixed: bool, whole: bool) -> Result<(), Failure> {
        loop {
            let bytes = self.read().map_err(|source| files::io("read", &self.path, source))?;
            let end = bytes.is_empty();
            self.rest.extend(bytes);
            let complete = if whole && end {
                self.rest.len()
            } else {
                self.rest.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1)
            };
            let text: Vec<u8> = self.rest.drain(..complete).collect();
            self.lines(&String::from_utf8_lossy(&text), json, prefixed)?;
            if end {
                return if whole { self.finish(json, prefixed) } else { Ok(()) };
            }
        }
    }
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let length = file.metadata()?.len();
        if length < self.at {
            // Its middle was cut out to keep it small; what follows is new.
            self.at = length;
        }
        file.seek(SeekFrom::Start(self.at))?;
        let mut bytes = Vec::new();
        file.take(PIECE).read_to_end(&mut bytes)?;
        self.at += bytes.len() as u64;
        Ok(bytes)
    }
    fn lines(&mut self, text: &str, json: bool, prefixed: bool) -> Result<(), Failure> {
        let mut told: Vec<(Kind, String)> = Vec::new();
        for line in text.lines() {
            match &mut self.story {
                Some(story) => story.line(line).into_iter().for_each(|said| tell(said, &mut told)),
                None => told.push((Kind::Output, line.to_owned())),
            }
        }
        self.show(&told, json, prefixed)
    }
    /// What is left when nothing more comes.
    fn finish(&mut self, json: bool, prefixed: bool) -> Result<(), Failure> {
        let mut told = Vec::new();
        self.story.iter_mut().flat_map(Story::finish).for_each(|said| tell(said, &mut told));
        self.show(&told, json, prefixed)
    }
    fn show(&mut self, told: &[(Kind, String)], json: bool, prefixed: bool) -> Result<(), Failure> {
        let mut page = Page::new();
        for (kind, line) in told {
            if json {
                page::print_json_line(&Line { node: &self.node, attempt: self.attempt, kind: *kind, line })?;
                continue;
            }
            if prefixed {
                page.tone(Tone::Accent, &self.node).text("  ");
            } else if !std::mem::replace(&mut self.headed, true) {
                page.tone(Tone::Strong, format!("── {}, attempt {} ", self.node, self.attempt)).end();
            }
            let line = anstream::adapter::strip_str(line).to_string();
            match kind {
                Kind::Output if self.story.is_some() => page.tone(Tone::Dim, line).end(),
                Kind::Output | Kind::Message => page.line(line),
                Kind::Tool => page.tone(Tone::Accent, "→ ").line(line),
                Kind::Result => page.tone(Tone::Dim, format!("  {line}")).end(),
                Kind::Again => page.tone(Tone::Warn, "tries again").line(format!(": {line}")),
                Kind::Error => page.tone(Tone::Bad, "error").line(format!(": {line}")),
            };
        }
        page::print(&page)
    }
}

/// Lines of what was said; of what a tool gave back the first few, unless there is more to it.
fn tell(said: Said, told: &mut Vec<(Kind, String)>) {
    let (kind, text, most) = match said {
        Said::Message(text) => (Kind::Message, text, usize::MAX),
        Said::Tool(text) => (Kind::Tool, text, 1),
        Said::Gave(text) => (Kind::Result, text, GIVEN),
        Said::Again(text) => (Kind::Again, text, usize::MAX),
        Said::Error(text) => (Kind::Error, text, usize::MAX),
        Said::Other(text) => (Kind::Output, text, usize::MAX),
    };
    let count = text.lines().count();
    told.extend(text.lines().take(most).map(|line| (kind, line.to_owned())));
    if count > most {
        told.push((kind, format!("… {}", words::count(count - most, "more line", "more lines"))));
    }
}
