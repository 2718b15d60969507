//! The pipes of one process: feeds its input while it reads its output. Never waits for one of them alone, and never for ever.
//! The input is a text, or what the ear has to say as long as it talks with the process.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};

use super::capture::{Capture, Stream};
use super::ear::Ear;

/// Bytes read at once.
const CHUNK: usize = 64 * 1024;

/// Pipes and what becomes of their content.
pub(super) struct Pump {
    out: Option<ChildStdout>,
    err: Option<ChildStderr>,
    input: Option<ChildStdin>,
    text: Vec<u8>,
    /// Bytes of the text that were written.
    fed: usize,
    block: Vec<u8>,
    capture: Capture,
}

impl Pump {
    /// Takes the pipes of `child`.
    pub(super) fn new(child: &mut Child, stdin: Option<String>, capture: Capture) -> Self {
        let (input, out, err) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let text = stdin.unwrap_or_default().into_bytes();
        Self { out, err, input, text, fed: 0, block: Vec::with_capacity(CHUNK), capture }
    }
    /// True once all output has been read.
    pub(super) fn is_dry(&self) -> bool {
        self.out.is_none() && self.err.is_none()
    }
    /// Nobody reads the input any more.
    pub(super) fn stop_feeding(&mut self) {
        self.input = None;
    }
    /// Who understands what is read.
    pub(super) fn ear(&self) -> Option<&Ear> {
        self.capture.ear()
    }
    /// Asks the process to stop by way of what it understands; true if it will answer.
    pub(super) fn cancel(&mut self) -> bool {
        self.input.is_some() && self.capture.ear_mut().is_some_and(Ear::cancel)
    }
    /// Does what can be done now; once something was done, ready with whether it is a sign of progress. Pending for ever when
    /// nothing is left to do.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let fed = self.poll_feed(cx).is_ready();
        let out = poll_read(&mut self.out, &mut self.block, cx, |bytes| self.capture.take(Stream::Out, bytes));
        let err = poll_read(&mut self.err, &mut self.block, cx, |bytes| self.capture.take(Stream::Err, bytes));
        match (out, err) {
            (Poll::Pending, Poll::Pending) if fed => Poll::Ready(false),
            (Poll::Pending, Poll::Pending) => Poll::Pending,
            (Poll::Ready(n), Poll::Pending) | (Poll::Pending, Poll::Ready(n)) => Poll::Ready(n),
            (Poll::Ready(n), Poll::Ready(m)) => Poll::Ready(n | m),
        }
    }
    /// Reads until all output has been read.
    pub(super) fn poll_dry(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while !self.is_dry() {
            ready!(self.poll(cx));
        }
        Poll::Ready(())
    }
    /// What was kept.
    pub(super) fn finish(self) -> super::capture::Heard {
        self.capture.finish()
    }
    /// Ready when some of the input was taken, or all of it, or nobody takes it.
    fn poll_feed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(pipe) = &mut self.input else { return Poll::Pending };
        let ear = self.capture.ear();
        let said = ear.map(Ear::outgoing).unwrap_or_default();
        let rest = if said.is_empty() { &self.text[self.fed..] } else { said };
        if rest.is_empty() {
            if ear.is_some_and(Ear::talks) {
                // There will be more to say.
                return Poll::Pending;
            }
            self.input = None;
            return Poll::Ready(());
        }
        match ready!(Pin::new(pipe).poll_write(cx, rest)) {
            // A process need not read its input: a closed pipe is no error.
            Ok(0) | Err(_) => self.input = None,
            Ok(count) if said.is_empty() => self.fed += count,
            Ok(count) => self.capture.ear_mut().expect("it spoke").sent(count),
        }
        Poll::Ready(())
    }
}

/// Reads one chunk; closes the pipe at its end.
fn poll_read<P: AsyncRead + Unpin>(
    pipe: &mut Option<P>,
    block: &mut Vec<u8>,
    cx: &mut Context<'_>,
    mut take: impl FnMut(&[u8]) -> bool,
) -> Poll<bool> {
    let Some(open) = pipe else { return Poll::Pending };
    let mut chunk = ReadBuf::uninit(block.spare_capacity_mut());
    let read: io::Result<()> = ready!(Pin::new(open).poll_read(cx, &mut chunk));
    let bytes = chunk.filled();
    if read.is_err() || bytes.is_empty() {
        *pipe = None;
        return Poll::Ready(false);
    }
    Poll::Ready(take(bytes))
}
