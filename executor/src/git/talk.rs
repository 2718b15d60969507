//! Feeding a process and hearing it to the end, on one thread: no pipe can fill while another is attended to. Knows
//! nothing of git.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::process::{Child, ChildStdin};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Bytes read at once.
const CHUNK: usize = 16 * 1024;

/// What a process said.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    /// There was more than is kept of the one or the other, or it could not be read.
    pub(super) cut: bool,
}

/// Feeds `child` with `input` and hears it until it has closed both of its outputs; keeps `most` bytes of each. `None` if it has not by
/// `deadline`: also a descendant that escaped may keep a pipe open for ever.
pub(super) fn talk(child: &mut Child, input: &[u8], most: usize, deadline: Instant) -> io::Result<Option<Heard>> {
    let mut feed = child.stdin.take().map(|pipe| Feed { pipe, rest: input });
    let mut out = Source { pipe: child.stdout.take(), kept: Vec::new(), most, cut: false };
    let mut err = Source { pipe: child.stderr.take(), kept: Vec::new(), most, cut: false };
    feed.as_ref().map_or(Ok(()), |feed| without_waiting(&feed.pipe))?;
    out.pipe.as_ref().map_or(Ok(()), without_waiting)?;
    err.pipe.as_ref().map_or(Ok(()), without_waiting)?;
    while out.pipe.is_some() || err.pipe.is_some() {
        let mut pipes = Vec::with_capacity(3);
        pipes.extend(feed.as_ref().map(|feed| PollFd::new(&feed.pipe, PollFlags::OUT)));
        pipes.extend(out.pipe.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
        pipes.extend(err.pipe.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
        let Some(left) = deadline.checked_duration_since(Instant::now()) else { return Ok(None) };
        let left = Timespec::try_from(left).map_err(io::Error::other)?;
        match poll(&mut pipes, Some(&left)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        // Whoever is not ready says so; asking costs less than finding out who is.
        feed = feed.and_then(Feed::write);
        out.read();
        err.read();
    }
    Ok(Some(Heard { cut: out.cut || err.cut, stdout: out.kept, stderr: err.kept }))
}

fn without_waiting(pipe: &impl AsFd) -> io::Result<()> {
    rustix::io::ioctl_fionbio(pipe, true).map_err(io::Error::from)
}

/// Nothing to do now, and nothing wrong.
fn is_later(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

struct Feed<'a> {
    pipe: ChildStdin,
    rest: &'a [u8],
}

impl Feed<'_> {
    /// Writes what is taken now; `None`, and the pipe is closed, when there is nothing more to write or nobody reads it: a process that
    /// ends before it has read everything says why on standard error.
    fn write(mut self) -> Option<Self> {
        match self.pipe.write(self.rest) {
            Ok(count) => self.rest = &self.rest[count..],
            Err(error) if is_later(&error) => {}
            Err(_) => return None,
        }
        Some(self).filter(|feed| !feed.rest.is_empty())
    }
}

struct Source<P> {
    pipe: Option<P>,
    kept: Vec<u8>,
    most: usize,
    cut: bool,
}

impl<P: Read> Source<P> {
    /// Reads what is there now, a chunk at most; the pipe is closed at its end.
    fn read(&mut self) {
        let Some(pipe) = &mut self.pipe else { return };
        let mut chunk = [0; CHUNK];
        match pipe.read(&mut chunk) {
            Ok(0) => self.pipe = None,
            Ok(count) => {
                let room = self.most - self.kept.len();
                self.cut |= count > room;
                self.kept.extend_from_slice(&chunk[..count.min(room)]);
            }
            Err(error) if is_later(&error) => {}
            Err(_) => (self.cut, self.pipe) = (true, None),
        }
    }
}
