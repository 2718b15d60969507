//! Two streams into one log, so that no line of one stands in the middle of a line of the other: events are read off the log again.
//! Pure.

use super::capture::Stream;

/// Bytes of standard error that wait for the end of a line; then they are written wherever that is.
const HELD: usize = 64 * 1024;

/// What waits for the end of a line.
#[derive(Debug, Default)]
pub(super) struct Weave {
    /// The last byte of standard output that was written ends no line.
    open: bool,
    held: Vec<u8>,
}

impl Weave {
    /// A chunk of `stream` arrived; `write` gets what goes to the log now.
    pub(super) fn push(&mut self, stream: Stream, bytes: &[u8], mut write: impl FnMut(&[u8])) {
        match stream {
            Stream::Out => {
                let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
                let (lines, rest) = bytes.split_at(whole);
                if !lines.is_empty() {
                    write(lines);
                    self.open = false;
                    self.lines(&mut write);
                }
                if !rest.is_empty() {
                    write(rest);
                    self.open = true;
                }
            }
            Stream::Err => {
                self.held.extend_from_slice(bytes);
                if !self.open {
                    self.lines(&mut write);
                }
                if self.held.len() > HELD {
                    write(&std::mem::take(&mut self.held));
                }
            }
        }
    }
    /// Both streams have ended: what is left.
    pub(super) fn finish(&mut self, mut write: impl FnMut(&[u8])) {
        let held = std::mem::take(&mut self.held);
        if !held.is_empty() {
            if self.open {
                write(b"\n");
            }
            write(&held);
        }
    }
    /// The whole lines that wait.
    fn lines(&mut self, write: &mut impl FnMut(&[u8])) {
        let Some(end) = self.held.iter().rposition(|b| *b == b'\n') else { return };
        write(&self.held[..=end]);
        self.held.drain(..=end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn woven(parts: &[(Stream, &str)]) -> String {
        let (mut weave, mut log) = (Weave::default(), Vec::new());
        for (stream, text) in parts {
            weave.push(*stream, text.as_bytes(), |bytes| log.extend_from_slice(bytes));
        }
        weave.finish(|bytes| log.extend_from_slice(bytes));
        String::from_utf8(log).expect("UTF-8")
    }

    #[test]
    fn lines_stay_whole_however_they_arrive() {
        use Stream::{Err, Out};
        let cases: [(&[(Stream, &str)], &str); 6] = [
            (&[(Err, "cat: "), (Out, "{1}\n"), (Err, "no file\n"), (Out, "{2}\n")], "{1}\ncat: no file\n{2}\n"),
            (&[(Out, "{1"), (Err, "oops\n"), (Out, "}\n{2}\n")], "{1}\n{2}\noops\n"),
            (&[(Out, "{1}\n{2"), (Err, "a\nb"), (Out, "}\n"), (Err, "\n")], "{1}\n{2}\na\nb\n"),
            (&[(Out, "{1"), (Err, "late")], "{1\nlate"),
            (&[(Err, "one\ntwo"), (Out, "")], "one\ntwo"),
            (&[], ""),
        ];
        for (parts, log) in cases {
            assert_eq!(woven(parts), log, "{parts:?}");
        }
        let flood = "x".repeat(HELD + 1);
        assert_eq!(
            woven(&[(Out, "{"), (Err, &flood), (Out, "}\n")]),
            format!("{{{flood}}}\n"),
            "nothing waits for ever"
        );
    }
}
