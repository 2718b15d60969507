//! Everything that can go wrong for a person at the command line: message, hint and exit code.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use mission_executor::decide::Refusal;
use mission_executor::drive::{BeginError, DriveError, PinnedError};
use mission_executor::run::ReplayError;
use mission_executor::runs::RunsError;
use mission_executor::store::StoreError;

use crate::page::{self, Page, Tone};

/// How a command ends: the public contract of `docs/cli/exit-codes.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: done.
    Done,
    /// 1: the run failed, is partial, or was denied or cancelled; or `doctor` found something missing.
    Failed,
    /// 2: wrong usage or an invalid workflow; nothing was changed.
    Usage,
    /// 3: the run waits for a person, or is paused.
    Waiting,
    /// 4: another executor holds the run.
    Held,
    /// 5: the store cannot be read or written.
    Store,
    /// 6: what is stored contradicts itself.
    Integrity,
    /// 70: a bug of this program.
    Bug,
    /// 128 + n: ended by signal n.
    Signal(u8),
}

impl Exit {
    /// The number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Waiting => 3,
            Self::Held => 4,
            Self::Store => 5,
            Self::Integrity => 6,
            Self::Bug => 70,
            Self::Signal(n) => 128_u8.saturating_add(n),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Something went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Arguments that clap accepts and we do not.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// The way out.
        hint: Option<String>,
    },
    /// Several things are wrong with the arguments; each has its own line.
    #[error("{title}")]
    Several {
        /// What they have in common.
        title: String,
        /// One finding each: message, and the way out.
        findings: Vec<(String, Option<String>)>,
    },
    /// The workflow is invalid; its diagnostics have been printed.
    #[error("{file}: {errors} {}", if *errors == 1 { "error" } else { "errors" })]
    Invalid {
        /// The workflow as the person named it.
        file: String,
        /// How many.
        errors: usize,
    },
    /// The workflow that a run pins is refused by this version of the program.
    #[error(transparent)]
    Pinned(#[from] PinnedError),
    /// A person asked for something that cannot be done now.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The report of a run could not be written.
    #[error("cannot write the report in `{folder}`: {}", plain(error))]
    Report {
        /// The run's folder.
        folder: String,
        /// Why.
        error: io::Error,
    },
    /// Run folders.
    #[error(transparent)]
    Runs(#[from] RunsError),
    /// The store of a run.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The same while attempts were under way.
    #[error("{error}; under way then: {}", under_way.join(", "))]
    Broken {
        /// What is wrong.
        error: StoreError,
        /// Node ids.
        under_way: Vec<String>,
    },
    /// The log of a run cannot be followed.
    #[error("the log of the run contradicts itself: {0}")]
    Replay(#[from] ReplayError),
    /// A file or directory.
    #[error("cannot {doing} `{}`: {}", path.display(), plain(source))]
    Io {
        /// `read`, `write`, …
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Standard output.
    #[error("cannot write to standard output: {}", plain(.0))]
    Output(io::Error),
    /// The reader of standard output has gone; not worth a word.
    #[error("standard output is closed")]
    Closed,
}

impl Failure {
    /// A usage error with a way out.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: Some(hint.into()) }
    }
    /// What is wrong, one by one, each with its way out.
    pub(crate) fn findings(self) -> Vec<(String, Option<String>)> {
        match self {
            Self::Several { findings, .. } => findings,
            one => {
                let help = one.hint().map(str::to_owned);
                vec![(worded(&one.to_string()), help)]
            }
        }
    }
    /// All of it in a sentence, where a conversation goes on.
    pub(crate) fn in_words(self) -> String {
        let findings = self.findings().into_iter();
        let said = findings.map(|(what, help)| help.map_or_else(|| what.clone(), |help| format!("{what}: {help}")));
        said.collect::<Vec<_>>().join("; ")
    }
    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. } | Self::Several { .. } | Self::Invalid { .. } | Self::Io { .. } | Self::Refused(_) => {
                Exit::Usage
            }
            Self::Runs(RunsError::NotFound { .. } | RunsError::Ambiguous { .. } | RunsError::NoRun { .. }) => {
                Exit::Usage
            }
            Self::Runs(RunsError::Held { .. }) => Exit::Held,
            Self::Runs(RunsError::NotAFolder { .. } | RunsError::Io { .. }) => Exit::Store,
            Self::Store(error) | Self::Broken { error, .. } if error.is_integrity() => Exit::Integrity,
            Self::Store(_) | Self::Broken { .. } | Self::Report { .. } => Exit::Store,
            Self::Replay(_) | Self::Pinned(_) => Exit::Integrity,
            Self::Output(_) => Exit::Failed,
            Self::Closed => Exit::Done,
        }
    }
    /// The way out.
    fn hint(&self) -> Option<&str> {
        match self {
            Self::Usage { hint, .. } => hint.as_deref(),
            Self::Runs(RunsError::Held { .. }) => Some("`mission logs -f` follows it; `mission cancel` ends it"),
            Self::Pinned(_) => Some("use the version that began it"),
            Self::Several { .. }
            | Self::Invalid { .. }
            | Self::Io { .. }
            | Self::Runs(_)
            | Self::Refused(_)
            | Self::Report { .. }
            | Self::Store(_)
            | Self::Broken { .. }
            | Self::Replay(_)
            | Self::Output(_)
            | Self::Closed => None,
        }
    }
}

impl From<DriveError> for Failure {
    fn from(error: DriveError) -> Self {
        match error {
            DriveError::Store(error) => Self::Store(error),
            DriveError::Broken { error, under_way } => Self::Broken { error, under_way },
            DriveError::Replay(error) => Self::Replay(error),
            DriveError::Pinned(error) => Self::Pinned(error),
            DriveError::Refused(refusal) => Self::Refused(refusal),
            DriveError::Report { folder, error } => Self::Report { folder, error },
        }
    }
}

impl From<BeginError> for Failure {
    fn from(error: BeginError) -> Self {
        match error {
            BeginError::Runs(error) => Self::Runs(error),
            BeginError::Store(error) => Self::Store(error),
            // Before there is a log this can only be the graph.
            BeginError::Graph(error) => Self::Usage { message: error.to_string(), hint: None },
        }
    }
}

/// Prints a failure to standard error; returns its exit code.
pub(crate) fn say(failure: &Failure) -> Exit {
    if !matches!(failure, Failure::Closed) {
        page::say(&written(failure));
    }
    failure.exit()
}

fn written(failure: &Failure) -> Page {
    let mut page = Page::new();
    let hint = |page: &mut Page, hint: Option<&str>| {
        if let Some(hint) = hint {
            page.text("  ").tone(Tone::Accent, "help").text(": ").line(hint.replace('\n', "\n        "));
        }
    };
    page.tone(Tone::Bad, "error").text(": ").line(worded(&failure.to_string()));
    hint(&mut page, failure.hint());
    if let Failure::Refused(Refusal::Invalid { reasons }) = failure {
        for reason in reasons {
            page.text("  - ").line(reason);
        }
    }
    if let Failure::Several { findings, .. } = failure {
        for (message, help) in findings {
            page.text("  - ").line(message);
            if help.is_some() {
                page.text("  ");
            }
            hint(&mut page, help.as_deref());
        }
    }
    page
}

fn plain(error: &io::Error) -> String {
    worded(&error.to_string())
}

/// A message in which the operating system's words stand like ours: lower-case, without its error number.
pub(crate) fn worded(text: &str) -> String {
    let Some((before, after)) = text.split_once(" (os error ") else { return text.to_owned() };
    let rest = after.split_once(')').map_or("", |(_, rest)| rest);
    let at = before.rfind(": ").map_or(0, |at| at + 2);
    let mut words = before[at..].chars();
    let first = words.next().map(|c| c.to_ascii_lowercase());
    format!("{}{}{}{rest}", &before[..at], first.map(String::from).unwrap_or_default(), words.as_str())
}

/// Makes every panic, on whatever thread, end the process at once with exit code 70.
///
/// A run loses nothing by it: what was committed is on disk, and `resume` treats it like any other crash.
pub(crate) fn end_on_bugs() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("no message");
        let message = message.strip_prefix("BUG: ").unwrap_or(message);
        let place = panic.location().map_or_else(String::new, |at| format!(" ({}:{})", at.file(), at.line()));
        let mut page = Page::new();
        page.tone(Tone::Bad, "BUG").text(": ").text(message).line(place);
        page.line("This is a mistake in mission, not yours. Please report it with what you did.");
        page.line("A run that was under way is safe: `mission resume` goes on with it.");
        page::say(&page);
        std::process::exit(i32::from(Exit::Bug.code()));
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_the_contract() {
        use Exit::*;
        let codes = [Done, Failed, Usage, Waiting, Held, Store, Integrity, Bug, Signal(2), Signal(15)].map(Exit::code);
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 70, 130, 143]);
    }

    #[test]
    fn operating_system_messages_lose_their_number() {
        assert_eq!(plain(&io::Error::from_raw_os_error(2)), "no such file or directory");
        let message = format!("cannot create `/x: y`: {}; twice", io::Error::from_raw_os_error(13));
        assert_eq!(worded(&message), "cannot create `/x: y`: permission denied; twice");
        assert_eq!(worded("Nothing of that"), "Nothing of that");
    }
}
