//! `mission logs`: what agents and commands wrote.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use mission_compiler::graph::{Ix, Shape};
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

/// A line of `logs --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Line<'a> {
    /// Node id.
    node: &'a str,
    /// Number of the attempt.
    attempt: u32,
    /// The line, without its end.
    line: &'a str,
}

/// Bytes read at once.
const PIECE: u64 = 256 * 1024;

/// Prints them.
pub(crate) fn perform(args: &args::Logs) -> Result<Exit, Failure> {
    let (past, asked) = history::target(&args.target)?;
    // Followed, later rounds of the same name are of interest as well.
    let rounds = asked.map(|ix| past.run.graph().rounds(ix).to_vec()).unwrap_or_default();
    let asked_for: Option<Vec<Ix>> =
        asked.map(|ix| if args.follow && rounds.contains(&ix) { rounds } else { vec![ix] });
    let mut logs = Logs { asked: asked_for, attempt: args.attempt, prefixed: args.follow, open: Vec::new() };
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
                    self.open.push(Log::new(id, number, dir.log(&path)));
                }
            }
        }
    }
}

/// The log of one attempt, as far as it was printed.
struct Log {
    node: String,
    attempt: u32,
    path: PathBuf,
    at: u64,
    /// The beginning of a line whose end is not there yet.
    rest: Vec<u8>,
    headed: bool,
}

impl Log {
    fn new(node: &str, attempt: u32, path: PathBuf) -> Self {
        Self { node: node.to_owned(), attempt, path, at: 0, rest: Vec::new(), headed: false }
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
                return Ok(());
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
        let mut page = Page::new();
        for line in text.lines() {
            if json {
                page::print_json_line(&Line { node: &self.node, attempt: self.attempt, line })?;
                continue;
            }
            if prefixed {
                page.tone(Tone::Accent, &self.node).text("  ");
            } else if !std::mem::replace(&mut self.headed, true) {
                page.tone(Tone::Strong, format!("── {}, attempt {} ", self.node, self.attempt)).end();
            }
            page.line(anstream::adapter::strip_str(line).to_string());
        }
        page::print(&page)
    }
}
