//! What an attempt prints: to its log, kept for its result, shown live. Bounded in memory whatever comes.

use std::sync::Arc;

use super::ear::Ear;
use super::log::Log;
use super::redact::Redactor;
use super::weave::Weave;

/// Bytes at the end of the log that are kept for failures.
const END: usize = 4 * 1024;
/// Longest line shown; the rest of it is not.
const LONGEST: usize = 1024;
/// Lines shown of one chunk; of more, the last ones.
const SHOWN: usize = 16;

/// A line that an attempt printed, for people who watch: lossy and incomplete, never to be parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Node id.
    pub node: &'a str,
    /// The attempt.
    pub attempt: u32,
    /// It was printed to standard error.
    pub is_error: bool,
    /// The line without its end; it may hold control characters.
    pub text: &'a str,
    /// Files that a coding agent has told it has changed, so far.
    pub files: usize,
}

/// Receives lines; it must be quick, for the attempt waits.
pub type Lines = Arc<dyn Fn(Line<'_>) + Send + Sync>;

/// Where a chunk came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Everything that is kept of the output of one attempt.
pub(super) struct Capture {
    node: String,
    attempt: u32,
    log: Log,
    weave: Weave,
    text: Vec<u8>,
    text_limit: usize,
    text_cut: bool,
    end: Vec<u8>,
    out: Side,
    err: Side,
    lines: Option<Lines>,
    ear: Option<Ear>,
}

/// One stream.
struct Side {
    redactor: Redactor,
    /// Beginning of a line that has not ended.
    line: Vec<u8>,
}

/// What is left when the streams have ended.
#[derive(Debug)]
pub(super) struct Heard {
    /// Standard output.
    pub(super) text: String,
    /// It was longer than the limit.
    pub(super) text_cut: bool,
    /// Its first byte that is not UTF-8.
    pub(super) text_broken: Option<u64>,
    /// End of the log.
    pub(super) log_tail: String,
    /// Who understood it.
    pub(super) ear: Option<Ear>,
}

impl Capture {
    /// Keeps at most `text_limit` bytes of standard output beside the log.
    pub(super) fn new(
        (node, attempt): (&str, u32),
        log: Log,
        text_limit: usize,
        redactor: &Redactor,
        lines: Option<Lines>,
    ) -> Self {
        let side = || Side { redactor: redactor.clone(), line: Vec::new() };
        Self {
            node: node.to_owned(),
            attempt,
            log,
            weave: Weave::default(),
            text: Vec::new(),
            text_limit,
            text_cut: false,
            end: Vec::new(),
            out: side(),
            err: side(),
            lines,
            ear: None,
        }
    }
    /// The same, understood by `ear`.
    pub(super) fn heard_by(self, ear: Option<Ear>) -> Self {
        Self { ear, ..self }
    }
    /// Who understands what arrives.
    pub(super) fn ear(&self) -> Option<&Ear> {
        self.ear.as_ref()
    }
    /// The same, to speak with it.
    pub(super) fn ear_mut(&mut self) -> Option<&mut Ear> {
        self.ear.as_mut()
    }
    /// A chunk arrived; true if it is a sign of progress.
    pub(super) fn take(&mut self, stream: Stream, bytes: &[u8]) -> bool {
        let redactor = &mut self.side(stream).redactor;
        if redactor.is_idle() {
            return self.keep(stream, bytes);
        }
        let mut clean = Vec::with_capacity(bytes.len());
        redactor.push(bytes, &mut clean);
        self.keep(stream, &clean)
    }
    /// Both streams have ended.
    pub(super) fn finish(mut self) -> Heard {
        for stream in [Stream::Out, Stream::Err] {
            let mut rest = Vec::new();
            self.side(stream).redactor.finish(&mut rest);
            self.keep(stream, &rest);
            let line = std::mem::take(&mut self.side(stream).line);
            if !line.is_empty() {
                self.show(stream, &line);
            }
        }
        let mut weave = std::mem::take(&mut self.weave);
        weave.finish(|bytes| self.note(bytes));
        if let Some(ear) = &mut self.ear {
            ear.finish();
        }
        let mut log_tail = String::from_utf8_lossy(&self.end[self.end.len().saturating_sub(END)..]).into_owned();
        if let Some(why) = self.log.failed() {
            log_tail.push_str(&format!("\n[mission: the log is not complete: {why}]\n"));
        }
        let (text, text_broken) = match String::from_utf8(self.text) {
            Ok(text) => (text, None),
            Err(error) if self.text_cut && error.utf8_error().error_len().is_none() => {
                // The limit fell into the middle of a character.
                let whole = error.utf8_error().valid_up_to();
                (String::from_utf8_lossy(&error.as_bytes()[..whole]).into_owned(), None)
            }
            Err(error) => {
                let at = error.utf8_error().valid_up_to() as u64;
                (String::from_utf8_lossy(error.as_bytes()).into_owned(), Some(at))
            }
        };
        Heard { text, text_cut: self.text_cut, text_broken, log_tail, ear: self.ear }
    }
    fn side(&mut self, stream: Stream) -> &mut Side {
        match stream {
            Stream::Out => &mut self.out,
            Stream::Err => &mut self.err,
        }
    }
    fn keep(&mut self, stream: Stream, bytes: &[u8]) -> bool {
        if self.ear.is_some() {
            let mut weave = std::mem::take(&mut self.weave);
            weave.push(stream, bytes, |bytes| self.note(bytes));
            self.weave = weave;
        } else {
            self.note(bytes);
        }
        if stream == Stream::Out && !self.text_cut {
            let room = self.text_limit - self.text.len();
            self.text_cut = bytes.len() > room;
            self.text.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
        let Some(ear) = &mut self.ear else {
            if self.lines.is_some() {
                self.cut_lines(stream, bytes);
            }
            return !bytes.is_empty();
        };
        let (node, attempt, lines) = (&self.node, self.attempt, &self.lines);
        ear.hear(stream, bytes, |text, files| {
            if let Some(lines) = lines {
                lines(Line { node, attempt, is_error: stream == Stream::Err, text, files });
            }
        })
    }
    /// Writes to the log.
    fn note(&mut self, bytes: &[u8]) {
        self.log.write(bytes);
        self.end.extend_from_slice(&bytes[bytes.len().saturating_sub(END)..]);
        if self.end.len() > 2 * END {
            self.end.drain(..self.end.len() - END);
        }
    }
    fn cut_lines(&mut self, stream: Stream, bytes: &[u8]) {
        let mut line = std::mem::take(&mut self.side(stream).line);
        let is_end = |b: &u8| *b == b'\n' || *b == b'\r';
        let ends = bytes.iter().filter(|b| is_end(b)).count();
        for (i, part) in bytes.split(is_end).enumerate() {
            line.extend_from_slice(&part[..part.len().min(LONGEST - line.len())]);
            if i < ends {
                if i + SHOWN >= ends && !line.is_empty() {
                    self.show(stream, &line);
                }
                line.clear();
            }
        }
        self.side(stream).line = line;
    }
    fn show(&self, stream: Stream, line: &[u8]) {
        if let Some(lines) = &self.lines {
            let text = String::from_utf8_lossy(line);
            let (node, attempt, is_error) = (self.node.as_str(), self.attempt, stream == Stream::Err);
            lines(Line { node, attempt, is_error, text: &text, files: 0 });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn capture(limit: usize, secrets: &[&str]) -> (tempfile::TempDir, Capture, Arc<Mutex<Vec<String>>>) {
        let dir = tempfile::tempdir().expect("dir");
        let shown = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&shown);
        let lines: Lines = Arc::new(move |line| {
            let mark = if line.is_error { "!" } else { "" };
            sink.lock().expect("no panic").push(format!("{mark}{}", line.text));
        });
        let log = Log::new(dir.path().join("1.log"), 1 << 20, 1 << 20);
        let redactor = Redactor::new(secrets.iter().map(|s| s.as_bytes()));
        (dir, Capture::new(("w:a", 1), log, limit, &redactor, Some(lines)), shown)
    }

    #[test]
    fn streams_meet_in_the_log_and_only_output_is_text() {
        let (dir, mut capture, shown) = capture(100, &[]);
        capture.take(Stream::Out, b"one\ntw");
        capture.take(Stream::Err, b"oops\r\nmore");
        capture.take(Stream::Out, b"o\nlast");
        let heard = capture.finish();
        assert_eq!((heard.text.as_str(), heard.text_cut, heard.text_broken), ("one\ntwo\nlast", false, None));
        assert_eq!(heard.log_tail, "one\ntwoops\r\nmoreo\nlast");
        assert_eq!(std::fs::read_to_string(dir.path().join("1.log")).expect("log"), heard.log_tail);
        assert_eq!(*shown.lock().expect("no panic"), ["one", "!oops", "two", "last", "!more"]);
    }

    #[test]
    fn limits_hold_and_are_told() {
        let (_dir, mut capture, shown) = capture(5, &[]);
        capture.take(Stream::Out, "abcdé".as_bytes());
        let heard = capture.finish();
        assert_eq!((heard.text.as_str(), heard.text_cut, heard.text_broken), ("abcd", true, None));
        let (_dir2, mut capture, _) = self::capture(100, &[]);
        capture.take(Stream::Out, b"abc\xff\xfed");
        let heard = capture.finish();
        assert_eq!((heard.text.as_str(), heard.text_broken), ("abc\u{fffd}\u{fffd}d", Some(3)));
        shown.lock().expect("no panic").clear();
        let (_dir3, mut capture, shown) = self::capture(0, &[]);
        capture.take(Stream::Out, &[b'x'; 100_000]);
        capture.take(Stream::Out, "\ny".repeat(1000).as_bytes());
        let heard = capture.finish();
        assert_eq!(heard.log_tail.len(), END);
        let shown = shown.lock().expect("no panic");
        assert!(shown.len() <= SHOWN + 1 && shown.iter().all(|line| line.len() <= LONGEST), "{}", shown.len());
    }

    #[test]
    fn secrets_reach_neither_log_nor_text_nor_screen() {
        let (dir, mut capture, shown) = capture(100, &["hunter22"]);
        capture.take(Stream::Out, b"key hunt");
        capture.take(Stream::Err, b"hunter22");
        capture.take(Stream::Out, b"er22\nhunt");
        let heard = capture.finish();
        assert_eq!(heard.text, "key ***\nhunt");
        assert_eq!(std::fs::read_to_string(dir.path().join("1.log")).expect("log"), "key ******\nhunt");
        assert!(shown.lock().expect("no panic").iter().all(|line| !line.contains("hunter22")));
    }
}
