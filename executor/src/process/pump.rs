//! The pipes of one process: feeds its input while it reads its output. Never waits for one of them alone, and never for ever.

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
    input: Option<(ChildStdin, Vec<u8>, usize)>,
    block: Vec<u8>,
    capture: Capture,
}

impl Pump {
    /// Takes the pipes of `child`.
    pub(super) fn new(child: &mut Child, stdin: Option<String>, capture: Capture) -> Self {
        let input = child.stdin.take().zip(stdin).map(|(pipe, text)| (pipe, text.into_bytes(), 0));
        let (out, err) = (child.stdout.take(), child.stderr.take());
        Self { out, err, input, block: Vec::with_capacity(CHUNK), capture }
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
        let Some((pipe, text, at)) = &mut self.input else { return Poll::Pending };
        let written = match ready!(Pin::new(pipe).poll_write(cx, &text[*at..])) {
            // A process need not read its input: a closed pipe is no error.
            Ok(0) | Err(_) => text.len(),
            Ok(n) => n,
        };
        *at += written;
        if *at >= text.len() {
            self.input = None;
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
