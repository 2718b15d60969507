//! A run in the background: this program once more, in a session of its own.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mission_executor::event::RunStatus;
use mission_executor::runs::RunDir;
use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::{Exit, Failure};
use crate::files;
use crate::page::{self, Page, Tone};

/// Set for the process in the background.
const MARK: &str = "MISSION_BACKGROUND";
/// How long the process in the background may take to hold the run.
const PATIENCE: Duration = Duration::from_secs(10);

/// What commands print with --json that do not follow the run.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Receipt {
    /// Run id.
    pub(crate) run: String,
    /// How it stands.
    pub(crate) state: RunStatus,
    /// Process id of the executor in the background.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pid: Option<u32>,
}

impl Receipt {
    /// Prints it; as JSON on one line, as events stand where they are printed instead.
    pub(crate) fn print(&self, json: bool) -> Result<(), Failure> {
        if json {
            return page::print_json_line(self);
        }
        page::print(Page::new().line(&self.run))
    }
}

/// Lets the run in `dir` go on in the background; returns when that process holds it.
///
/// # Errors
/// The process cannot be started, or ended at once; its last words are in `executor.log`.
pub(crate) fn resume(root: &Path, dir: &RunDir, yes: bool, json: bool) -> Result<Exit, Failure> {
    let log = dir.path().join("executor.log");
    let open =
        || OpenOptions::new().create(true).append(true).open(&log).map_err(|source| files::io("write", &log, source));
    let program = std::env::current_exe().map_err(|source| files::io("find", Path::new("mission"), source))?;
    let mut command = Command::new(&program);
    command.arg("-C").arg(root).args(["resume", dir.id().as_str()]).args(yes.then_some("--yes"));
    command.env(MARK, "1").stdin(Stdio::null()).stdout(open()?).stderr(open()?);
    let mut child = command.spawn().map_err(|source| files::io("start", &program, source))?;
    let since = Instant::now();
    loop {
        let ended = child.try_wait().map_err(|source| files::io("wait for", &program, source))?;
        let holds = dir.is_alive()? && dir.holder().is_some_and(|holder| holder.pid == child.id());
        match ended {
            // A short run is over before anyone can look.
            Some(status) if status.code().is_some_and(|code| code == 0 || code == 1 || code == 3) => break,
            Some(status) => {
                let message = format!("the executor in the background ended with {status}");
                return Err(Failure::usage(message, format!("its last words are in `{}`", log.display())));
            }
            None if holds || since.elapsed() > PATIENCE => break,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
    let pid = Some(child.id());
    Receipt { run: dir.id().to_string(), state: RunStatus::Running, pid }.print(json)?;
    if !json {
        let mut page = Page::new();
        page.tone(Tone::Dim, format!("  follow it with `mission logs -f {}`", dir.id())).end();
        page::say(&page);
    }
    Ok(Exit::Done)
}

/// In the background: leaves the terminal's session, so that closing the terminal does not end the run.
pub(crate) fn leave_terminal() {
    if std::env::var_os(MARK).is_some() {
        // Fails only if this process leads a session already.
        let _ = rustix::process::setsid();
    }
}
