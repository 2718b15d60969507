//! Asks a program for its version. Blocks.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::environment::Environment;
use super::tree::{self, Signal};

/// Bytes of an answer that are read.
const LONGEST: u64 = 64 * 1024;

/// What `program` prints when it is started with `args`, in an environment as attempts have it, within `patience`; if that is
/// nothing, what it prints to standard error.
///
/// # Errors
/// Why there is no answer: one sentence.
pub fn probe(
    program: &Path,
    args: &[String],
    environment: &[(OsString, OsString)],
    patience: Duration,
) -> Result<String, String> {
    let environment = Environment::new(environment.iter().cloned());
    let mut command = Command::new(program);
    command.args(args).env_clear().envs(environment.compose([], [])).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| format!("it cannot be started: {e}"))?;
    let group = i32::try_from(child.id()).expect("process ids are small");
    let (out, err) = (heard(child.stdout.take()), heard(child.stderr.take()));
    let until = Instant::now() + patience;
    let left = || until.saturating_duration_since(Instant::now());
    let answer = match out.recv_timeout(patience) {
        Ok(Ok(text)) if text.trim().is_empty() => err.recv_timeout(left()),
        answer => answer,
    };
    // IMPORTANT: before it is waited for; until then its group cannot belong to anyone else.
    tree::send_group(group, Signal::Kill);
    let ended = child.wait();
    match (answer, ended) {
        (Err(_), _) => Err(format!("it gave no answer within {} s", patience.as_secs_f64())),
        (Ok(Err(error)), _) | (_, Err(error)) => Err(format!("its answer cannot be read: {error}")),
        (Ok(Ok(text)), Ok(_)) => Ok(text),
    }
}

/// Reads `pipe` on a thread of its own, which ends with it, at the latest when the group is killed.
fn heard(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<io::Result<String>> {
    let (said, hear) = mpsc::channel();
    let pipe = pipe.expect("it was asked for");
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.take(LONGEST).read_to_end(&mut bytes);
        // Nobody may be waiting any more.
        let _ = said.send(read.map(|_| String::from_utf8_lossy(&bytes).into_owned()));
    });
    hear
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(script: &str, patience: Duration) -> Result<String, String> {
        let args = ["-c".to_owned(), script.to_owned()];
        let environment = [("PATH".into(), "/usr/bin:/bin".into()), ("KEY".into(), "secret".into())];
        probe(Path::new("/bin/sh"), &args, &environment, patience)
    }

    #[test]
    fn answers_are_heard_and_silence_is_not_waited_out() {
        let long = Duration::from_secs(30);
        assert_eq!(ask("echo 1.2.3; echo no >&2; echo \"$KEY\"", long), Ok("1.2.3\n\n".to_owned()));
        assert_eq!(ask("echo; echo 0.73.1 >&2", long), Ok("0.73.1\n".to_owned()));
        assert_eq!(
            ask("sleep 1000 & sleep 1000", Duration::from_millis(100)),
            Err("it gave no answer within 0.1 s".to_owned())
        );
        let error = probe(Path::new("/no/such"), &[], &[], long).expect_err("not there");
        assert!(error.starts_with("it cannot be started"), "{error}");
    }
}
