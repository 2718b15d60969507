//! Is a command that ran the command that was named? Pure.
//!
//! Word for word, but for how a program is found and for arguments that change only what is printed or how fast it goes.
//! Any other argument more may leave out what matters: that proves nothing. With `--help` and its like nothing ran at all.
//! What only runs another command (`timeout`, `env`, `npx`, `python -m`) and settings before it are not part of its name.

use super::super::shell::{Simple, Word};

/// How a command that ran stands to the one that was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Alike {
    /// Another.
    Not,
    /// It may run the command, or may not.
    Maybe,
    /// The same with further arguments.
    Part,
    /// The same.
    Same,
}

/// Arguments that change what is printed or how fast it goes; those in `WITH_VALUE` may have their value behind them.
const FORMAT: [&str; 62] = [
    "--",
    "-q",
    "-qq",
    "--quiet",
    "-v",
    "-vv",
    "-vvv",
    "--verbose",
    "-s",
    "--silent",
    "--no-color",
    "--colors",
    "--color",
    "--ansi",
    "--progress",
    "--no-progress",
    "--locked",
    "--offline",
    "--frozen",
    "--no-fail-fast",
    "--bail",
    "--ci",
    "--runInBand",
    "--nocapture",
    "--no-capture",
    "--show-output",
    "-rA",
    "-ra",
    "-rs",
    "-rf",
    "-rfE",
    "--exitfirst",
    "--no-header",
    "--no-summary",
    "--disable-warnings",
    "--cache-clear",
    "--detectOpenHandles",
    "--forceExit",
    "--coverage",
    "--no-coverage",
    "--no-cache",
    "--no-daemon",
    "--console",
    "--info",
    "--stacktrace",
    "-B",
    "--batch-mode",
    "-ntp",
    "--no-transfer-progress",
    "-count",
    "-race",
    "-cover",
    "-json",
    "-failfast",
    "-shuffle",
    "--showlocals",
    "--durations",
    "--tb",
    "--maxfail",
    "--reporter",
    "--loglevel",
    "--log-level",
];

/// Arguments of that kind with a value.
const WITH_VALUE: [&str; 21] = [
    "--color",
    "--tb",
    "--maxfail",
    "--durations",
    "--reporter",
    "--loglevel",
    "--log-level",
    "--message-format",
    "--output-format",
    "-j",
    "--jobs",
    "--test-threads",
    "--maxWorkers",
    "--workers",
    "-timeout",
    "--timeout",
    "-parallel",
    "--numprocesses",
    "--console",
    "--style",
    "--format",
];

/// With one of these a program tells about itself, or about what it would do.
const INERT: [&str; 32] = [
    "--help",
    "--version",
    "-version",
    "--collect-only",
    "--collectonly",
    "--co",
    "--no-run",
    "--dry-run",
    "--dryrun",
    "--list",
    "--list-tests",
    "--listTests",
    "-list",
    "--setup-plan",
    "--setup-only",
    "--fixtures",
    "--markers",
    "--just-print",
    "--recon",
    "--question",
    "--touch",
    "--show-only",
    "--showConfig",
    "--print-config",
    "--init",
    "--notest",
    "--nobuild",
    "-DskipTests",
    "-Dmaven.test.skip",
    "-Dmaven.test.skip=true",
    "-DskipTests=true",
    "--summary",
];

/// Short ones mean something else to others.
const INERT_OF: [(&[&str], &[&str]); 7] = [
    (&["make", "gmake", "bmake", "ninja", "just"], &["-n", "-q", "-t", "-h", "-l", "-V"]),
    (&["npm", "node", "yarn", "pnpm", "npx", "bun"], &["-v", "-h"]),
    (
        &["cargo", "pytest", "python", "tox", "nox", "ruff", "mypy", "tsc", "jest", "vitest", "mocha", "deno"],
        &["-h", "-V"],
    ),
    (&["tsc", "jest", "vitest", "eslint", "php", "phpunit", "mvn"], &["-v"]),
    (&["go"], &["-c", "-n", "-h"]),
    (&["ctest"], &["-N"]),
    (&["sh", "bash", "dash", "zsh", "ksh"], &["-n"]),
];

/// Programs that run nothing of what stands behind them.
const IDLE: [&str; 52] = [
    "echo", "printf", "cat", "grep", "egrep", "fgrep", "rg", "ag", "ls", "which", "type", "whereis", "man", "help",
    "whatis", "apropos", "test", "[", "touch", "mkdir", "rm", "rmdir", "cp", "mv", "ln", "chmod", "chown", "head",
    "tail", "wc", "sort", "uniq", "cut", "tr", "tee", "diff", "cmp", "basename", "dirname", "date", "sleep", "seq",
    "export", "set", "unset", "read", "history", "alias", "true", ":", "false", "cd",
];

/// Does a program of this name run nothing of what stands behind it?
pub(super) fn is_idle(name: &str) -> bool {
    IDLE.contains(&name)
}

/// Settings that give a program further arguments, or another program.
pub(super) fn steers(name: &str) -> bool {
    const NAMES: [&str; 13] = [
        "PYTEST_ADDOPTS",
        "PYTEST_PLUGINS",
        "MAKEFLAGS",
        "GNUMAKEFLAGS",
        "NODE_OPTIONS",
        "LD_PRELOAD",
        "BASH_ENV",
        "ENV",
        "GOFLAGS",
        "PYTHONSTARTUP",
        "JUST_SHELL",
        "MAKEFILES",
        "SHELL",
    ];
    let lower = name.to_ascii_lowercase();
    NAMES.contains(&name)
        || lower.starts_with("npm_config_")
        || lower.starts_with("cargo_alias")
        || lower.starts_with("cargo_target_") && lower.ends_with("_runner")
}

/// Does a `PATH` of this value find the programs that it found before, but for places where people install some?
pub(super) fn is_usual_path(value: &str) -> bool {
    value
        .split(':')
        .all(|folder| matches!(folder, "$PATH" | "${PATH}") || !folder.is_empty() && is_usual(&format!("{folder}/")))
}

/// Folders of programs that nobody brings along with the work.
fn is_usual(folder: &str) -> bool {
    const ROOTS: [&str; 9] =
        ["/bin/", "/usr/", "/opt/", "/snap/", "/nix/store/", "/sbin/", "/root/.", "$HOME/.", "~/."];
    const ENDS: [&str; 4] = ["node_modules/.bin/", "venv/bin/", "env/bin/", "/go/bin/"];
    ROOTS.iter().any(|root| folder.starts_with(root))
        || ENDS.iter().any(|end| folder.ends_with(end))
        || folder.starts_with("/home/") && folder.contains("/.")
}

/// A command in the words that matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// Where its program is said to be.
    folder: String,
    all: Vec<String>,
}

impl Words {
    /// `place` is the top of the tree, which paths need not name.
    pub(super) fn of(words: &[Word], place: &str) -> Self {
        let mut all: Vec<String> = words.iter().map(|word| plain(&word.text, place)).collect();
        let mut folder = String::new();
        if let (Some(first), Some(written)) = (all.first_mut(), words.first()) {
            let (at, name) = parted(&written.text);
            (folder, *first) = (place_of(at, place), known_as(name));
        }
        if matches!(all.first().map(String::as_str), Some("npm" | "pnpm" | "yarn")) {
            match all.get(1).map(String::as_str) {
                Some("run" | "run-script") if all.len() > 2 => drop(all.remove(1)),
                Some("t" | "tst") => "test".clone_into(&mut all[1]),
                _ => {}
            }
        }
        Self { folder, all }
    }
    pub(super) fn name(&self) -> &str {
        self.all.first().map_or("", String::as_str)
    }
    /// As one text.
    pub(super) fn joined(&self) -> String {
        self.all.join(" ")
    }

    /// Did `ran` run what `self` names?
    pub(super) fn found_in(&self, ran: &Self) -> Alike {
        if self.name() != ran.name() || self.name().is_empty() {
            return if self.is_argument_of(ran) { Alike::Maybe } else { Alike::Not };
        }
        let (named, did) = (self.matter(), ran.matter());
        let Some(more) = beyond(&named, &did) else { return Alike::Not };
        let inert = |word: &str| {
            let bare = word.split_once('=').map_or(word, |(name, _)| name);
            let of_it = INERT_OF.iter().any(|(names, words)| names.contains(&self.name()) && words.contains(&word));
            of_it || INERT.contains(&word) || INERT.contains(&bare)
        };
        if ran.all.iter().any(|word| inert(word) && !self.all.contains(word)) {
            return Alike::Not;
        }
        let same_place = self.folder == ran.folder
            || self.folder.is_empty() && is_usual(&ran.folder)
            || ran.folder.is_empty() && is_usual(&self.folder);
        match () {
            () if !same_place => Alike::Maybe,
            () if more => Alike::Part,
            () => Alike::Same,
        }
    }

    /// Does it stand among the arguments of something that might run it?
    fn is_argument_of(&self, ran: &Self) -> bool {
        if is_idle(ran.name())
            || ran.name() == "git" && !ran.all.iter().any(|w| matches!(w.as_str(), "bisect" | "rebase"))
        {
            return false;
        }
        let arguments = ran.all.get(1..).unwrap_or_default();
        let joined = self.joined();
        arguments.windows(self.all.len().max(1)).any(|window| window == self.all)
            || arguments.iter().any(|word| word.contains(&joined))
    }

    /// The words without those that change only what is printed.
    fn matter(&self) -> Vec<&str> {
        let mut matter = Vec::new();
        let mut words = self.all.iter().map(String::as_str).peekable();
        while let Some(word) = words.next() {
            let bare = word.split_once('=').map_or(word, |(name, _)| name);
            let is_number = word.strip_prefix("-j").or(word.strip_prefix("-n"));
            let is_many = is_number.is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()));
            let is_workers = word == "-n" && self.name() == "pytest";
            if WITH_VALUE.contains(&word) || is_workers {
                words.next_if(|next| next.chars().all(|c| c.is_ascii_alphanumeric()));
            } else if !(!matter.is_empty() && (FORMAT.contains(&bare) || WITH_VALUE.contains(&bare) || is_many)) {
                matter.push(word);
            }
        }
        matter
    }
}

/// Are there words in `did` beyond those `named`, which stand there in their order? `None`: one of these is missing, or
/// something else than an option stands between them.
fn beyond(named: &[&str], did: &[&str]) -> Option<bool> {
    let (mut rest, mut after_option) = (named.iter().peekable(), false);
    for word in did {
        let is_option = word.starts_with('-');
        if rest.next_if_eq(&word).is_some() {
            after_option = false;
        } else if rest.peek().is_none() || is_option || after_option {
            after_option = is_option;
        } else {
            return None;
        }
    }
    rest.peek().is_none().then_some(did.len() > named.len())
}

fn plain(word: &str, place: &str) -> String {
    let inside = word.strip_prefix(place).and_then(|rest| rest.strip_prefix('/')).filter(|_| !place.is_empty());
    let mut bare = inside.unwrap_or(word);
    while let Some(rest) = bare.strip_prefix("./").filter(|rest| !rest.is_empty()) {
        bare = rest;
    }
    bare.to_owned()
}

/// The folder, with its `/`, and the name of a program.
fn parted(program: &str) -> (&str, &str) {
    program.rsplit_once('/').map_or(("", program), |(folder, name)| (&program[..=folder.len()], name))
}

/// A folder below the top of the tree begins with `./`.
fn place_of(folder: &str, place: &str) -> String {
    let inside = folder.strip_prefix(place).and_then(|rest| rest.strip_prefix('/')).filter(|_| !place.is_empty());
    match inside {
        Some(rest) => format!("./{rest}"),
        None if folder.is_empty() || folder.starts_with(['/', '.', '~', '$']) => folder.to_owned(),
        None => format!("./{folder}"),
    }
}

/// One name for `python3` and `python3.12`.
fn known_as(name: &str) -> String {
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    if matches!(bare, "python" | "pip") { bare.to_owned() } else { name.to_owned() }
}

/// The name of the program of a command, if it does not depend on an expansion.
pub(super) fn program(words: &[Word]) -> Option<String> {
    let name = parted(&words.first()?.text).1;
    (!name.contains(['$', '`']) && !name.is_empty()).then(|| known_as(name))
}

/// Does it only pass on what others say?
pub(super) fn is_filter(simple: &Simple) -> bool {
    const FILTERS: [&str; 15] =
        ["tail", "head", "tee", "cat", "grep", "egrep", "rg", "sed", "awk", "wc", "sort", "uniq", "cut", "tr", "less"];
    program(&simple.words).is_some_and(|name| FILTERS.contains(&name.as_str()))
}
