//! One call of git: the only place in the project that starts it.
//!
//! Arguments, input, time limit, capped output. What the call means is the business of the callers.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::error::Error;
use super::name::visible;
use super::program::Program;
use super::talk::talk;

/// Time for a call that only reads or moves names.
const SHORT: Duration = Duration::from_secs(60);
/// Time for a call that walks or writes the working tree.
const LONG: Duration = Duration::from_secs(600);
/// Most bytes that a call may print.
const MOST: usize = 256 * 1024 * 1024;

/// A call of git that is being put together.
pub(super) struct Call {
    program: PathBuf,
    name: &'static str,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    cwd: Option<PathBuf>,
    stdin: Option<Vec<u8>>,
    limit: Duration,
    heard: bool,
}

impl Call {
    /// `git NAME`, non-interactive, without pager, with nothing inherited but what `program` allows.
    pub(super) fn new(program: &Program, name: &'static str) -> Self {
        let mut call = Self {
            program: program.path().to_owned(),
            name,
            args: Vec::new(),
            env: program.env().map(|(k, v)| (k.clone(), v.clone())).collect(),
            cwd: None,
            stdin: None,
            limit: SHORT,
            heard: true,
        };
        for (key, value) in QUIET {
            call = call.env(key, value);
        }
        call
    }
    pub(super) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }
    pub(super) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }
    pub(super) fn env(mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.push((key.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }
    pub(super) fn cwd(mut self, cwd: &Path) -> Self {
        self.cwd = Some(cwd.to_owned());
        self
    }
    pub(super) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }
    /// It walks or writes the working tree, so it may take long.
    pub(super) fn long(mut self) -> Self {
        self.limit = LONG;
        self
    }
    /// Nobody wants what it prints, only how it ends.
    pub(super) fn unheard(mut self) -> Self {
        self.heard = false;
        self
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// [`Error::Failed`] for every exit code but 0, [`Error::Timeout`], [`Error::TooMuch`], [`Error::Io`].
    pub(super) fn run(self) -> Result<Answer, Error> {
        let answer = self.run_any()?;
        if answer.code == Some(0) { Ok(answer) } else { Err(answer.failed()) }
    }

    /// Runs it to its end, whatever the exit code.
    ///
    /// # Errors
    /// [`Error::Timeout`], [`Error::TooMuch`], [`Error::Io`].
    pub(super) fn run_any(self) -> Result<Answer, Error> {
        let failed = |e| Error::io(&self.program, e);
        let mut child = self.command().spawn().map_err(failed)?;
        let deadline = Instant::now() + self.limit;
        let heard = talk(&mut child, self.stdin.as_deref().unwrap_or_default(), MOST, deadline);
        let ended = match heard {
            Ok(Some(heard)) => wait(&mut child, deadline).map(|status| (heard, status)),
            Ok(None) => None,
            Err(error) => {
                stop(&mut child);
                return Err(failed(error));
            }
        };
        let Some((heard, status)) = ended else {
            stop(&mut child);
            return Err(Error::Timeout { call: self.name.to_owned(), limit: self.limit });
        };
        let status = status.map_err(failed)?;
        if heard.cut {
            return Err(Error::TooMuch { call: self.name.to_owned(), limit: MOST });
        }
        Ok(Answer { name: self.name, code: status.code(), stdout: heard.stdout, stderr: heard.stderr })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--no-pager").arg(self.name).args(&self.args);
        command.env_clear().envs(self.env.iter().map(|(k, v)| (k, v)));
        if let Some(cwd) = &self.cwd {
            command.current_dir(cwd);
        }
        command.stdin(if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(if self.heard { Stdio::piped() } else { Stdio::null() }).stderr(Stdio::piped());
        // Its own group: Ctrl-C in the terminal must not cut a commit in two, and a time-out ends all of it.
        command.process_group(0);
        command
    }
}

/// No prompts, no editors, no pagers, no locks taken for looking, no translated messages.
const QUIET: [(&str, &str); 9] = [
    ("LC_ALL", "C"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_EDITOR", ":"),
    ("GIT_SEQUENCE_EDITOR", ":"),
    ("GIT_PAGER", "cat"),
    ("GIT_ASKPASS", ""),
];

/// What a call said.
#[derive(Debug)]
pub(super) struct Answer {
    name: &'static str,
    /// Exit code; `None` after a signal.
    pub(super) code: Option<i32>,
    pub(super) stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Answer {
    /// One that said `stdout`.
    #[cfg(test)]
    pub(super) fn said(stdout: String) -> Self {
        Self { name: "config", code: Some(0), stdout: stdout.into_bytes(), stderr: Vec::new() }
    }
    /// Standard output as text without its last line feed.
    pub(super) fn text(self) -> Result<String, Error> {
        let name = self.name;
        let mut text = String::from_utf8(self.stdout)
            .map_err(|_| Error::Unexpected { call: name.to_owned(), what: "text that is not UTF-8".to_owned() })?;
        if text.ends_with('\n') {
            text.pop();
        }
        Ok(text)
    }
    /// Standard output as a path without its last line feed.
    pub(super) fn path(mut self) -> PathBuf {
        use std::os::unix::ffi::OsStringExt;
        if self.stdout.last() == Some(&b'\n') {
            self.stdout.pop();
        }
        PathBuf::from(OsString::from_vec(self.stdout))
    }
    /// What it said on standard error, made visible, at most 2,000 characters.
    pub(super) fn complaint(&self) -> String {
        let text = String::from_utf8_lossy(&self.stderr);
        let lines: Vec<String> = text.lines().map(visible).collect();
        lines.join("; ").chars().take(2_000).collect()
    }
    /// The error that it failed.
    pub(super) fn failed(&self) -> Error {
        Error::Failed { call: self.name.to_owned(), code: self.code, stderr: self.complaint() }
    }
    /// The error that its output makes no sense.
    pub(super) fn unexpected(&self, what: &str) -> Error {
        Error::Unexpected { call: self.name.to_owned(), what: what.to_owned() }
    }
    /// The parts of NUL-terminated output.
    pub(super) fn parts(&self) -> impl Iterator<Item = &[u8]> {
        let body = self.stdout.strip_suffix(&[0]).unwrap_or(&self.stdout);
        body.split(|b| *b == 0).filter(move |_| !self.stdout.is_empty())
    }
}

/// Waits for a process whose pipes are closed: it ends at once or hangs.
fn wait(child: &mut Child, deadline: Instant) -> Option<std::io::Result<ExitStatus>> {
    let mut pause = Duration::from_micros(50);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(Ok(status)),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(pause),
            Ok(None) => return None,
            Err(error) => return Some(Err(error)),
        }
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

fn stop(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL).ok();
    }
    child.wait().ok();
}

#[cfg(test)]
mod tests {
    use super::super::talk::Heard;
    use super::*;

    fn shell(script: &str, input: &[u8], most: usize, limit: Duration) -> Option<Heard> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("a shell");
        let heard = talk(&mut child, input, most, Instant::now() + limit).expect("it is heard");
        child.kill().ok();
        child.wait().expect("it ends");
        heard
    }

    const ENOUGH: Duration = Duration::from_secs(60);

    #[test]
    fn no_pipe_fills_while_another_is_attended_to() {
        let input = vec![b'x'; 3 << 20];
        let heard = shell("tee /dev/stderr", &input, usize::MAX, ENOUGH).expect("it ends");
        assert!(heard.stdout == input && heard.stderr == input && !heard.cut);
        let heard = shell("head -c 2000000 /dev/zero >&2; head -c 2000000 /dev/zero; cat", b"end", usize::MAX, ENOUGH);
        let heard = heard.expect("it ends");
        assert_eq!((heard.stderr.len(), heard.stdout.len()), (2_000_000, 2_000_003));
    }

    #[test]
    fn input_that_nobody_reads_is_no_fault() {
        let heard = shell("echo no >&2", &vec![b'x'; 3 << 20], usize::MAX, ENOUGH).expect("it ends");
        assert_eq!(heard.stderr, b"no\n");
    }

    #[test]
    fn of_too_much_the_beginning_is_kept_and_the_rest_is_read() {
        let heard = shell("head -c 300000 /dev/zero; echo end >&2", b"", 1000, ENOUGH).expect("it ends");
        assert!(heard.cut && heard.stdout.len() == 1000 && heard.stderr == b"end\n");
        let heard = shell("head -c 1000 /dev/zero", b"", 1000, ENOUGH).expect("it ends");
        assert!(!heard.cut, "as much as fits is not too much");
    }

    #[test]
    fn whoever_stays_silent_is_not_waited_for_longer_than_was_said() {
        assert!(shell("exec sleep 600", b"", 1000, Duration::from_millis(20)).is_none());
    }
}
