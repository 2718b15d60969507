//! Simple commands: which of them can fail, and which end well whatever is there.

use std::sync::LazyLock;

use regex::Regex;

use super::words::Word;
use super::{Known, Piece, look};

/// They end well wherever they are run.
const SURE: &[&str] = &[
    "true", ":", "echo", "printf", "pwd", "date", "sleep", "whoami", "uname", "hostname", "export", "unset",
    "readonly", "local", "umask", "shift", "alias", "clear", "seq", "nproc", "uptime", "printenv", "set", "trap",
    "jobs", "history", "df", "ps", "locale", "cd", "tee",
];

/// They hand on what they are given: they fail for a file that is not there, and else never.
const FILTERS: &[&str] =
    &["ls", "cat", "tail", "head", "sort", "uniq", "wc", "tr", "cut", "nl", "rev", "fold", "column", "tac"];

/// They prepare or tidy up. They can fail, and it would prove nothing.
const TIDIES: &[&str] =
    &["rm", "rmdir", "mkdir", "touch", "chmod", "ln", "cp", "mv", "kill", "pkill", "killall", "stty", "id"];

/// They run the rest of their line.
const BEFORE: &[&str] = &[
    "command",
    "exec",
    "time",
    "nice",
    "nohup",
    "builtin",
    "stdbuf",
    "setsid",
    "env",
    "timeout",
    "sudo",
    "cross-env",
    "xvfb-run",
    "eval",
];

/// What a program of a language is told in its line, and which is nothing.
static NOTHING: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"^\s*(?:(?:pass|true|True|None|null|undefined|\d+|"[^"]*"|'[^']*'|(?:import|require)\s+(?:sys|os|time|json|re)|(?:print|puts|say|console\.(?:log|info))\s*(?:\([^()]*\)|"[^"]*"|'[^']*')|(?:sys\.|os\._|process\.)?exit\s*\(?\s*0?\s*\)?)\s*(?:[;\n]\s*|$))*$"#;
    Regex::new(pattern).expect("a constant pattern")
});

/// What the words of one command come to.
pub(super) fn command(words: &[Word], left: usize, known: Known<'_>) -> Piece {
    let Some(first) = words.first() else { return Piece::IDLE };
    if first.moving || left == 0 {
        return Piece::OPEN;
    }
    let rest = &words[1..];
    let name = first.text.rsplit('/').next().unwrap_or_default();
    let own = first.text.contains('/') && !is_of_the_system(&first.text);
    let text = || words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    let open = || known(&text()).map_or(Piece::OPEN, Piece::of);
    match name {
        _ if own => open(),
        "exit" | "return" => leaves(rest),
        "false" => Piece { fails: true, ..Piece::IDLE },
        "test" | "[" | "[[" => condition(rest),
        "command" | "type" | "hash" if rest.iter().any(|word| word.text == "-v") => Piece::OPEN,
        "sh" | "bash" | "dash" | "zsh" | "ksh" | "busybox" => of_shell(rest, left, known).unwrap_or_else(open),
        "eval" => given(rest, left, known),
        "python" | "python3" | "node" | "perl" | "ruby" | "bun" | "deno" | "php" if said(rest).is_some() => {
            let idle = said(rest).is_some_and(|word| !word.moving && NOTHING.is_match(&word.text));
            if idle { Piece::IDLE } else { Piece::OPEN }
        }
        "git" => git(rest),
        "docker" | "podman" | "docker-compose" => {
            let tidies =
                rest.iter().any(|word| matches!(word.text.as_str(), "rm" | "stop" | "kill" | "down" | "prune"));
            if tidies { Piece::IDLE } else { Piece::OPEN }
        }
        _ if BEFORE.contains(&name) => command(behind(rest), left - 1, known),
        _ if SURE.contains(&name) || TIDIES.contains(&name) => Piece::IDLE,
        _ if FILTERS.contains(&name) => filter(name, rest),
        _ if only_tells(rest) => Piece::IDLE,
        _ => open(),
    }
}

fn is_of_the_system(path: &str) -> bool {
    ["/bin/", "/usr/bin/", "/usr/local/bin/"].iter().any(|folder| path.starts_with(folder))
}

/// `exit 1`; without a number it ends as what stood before it.
fn leaves(rest: &[Word]) -> Piece {
    let fails = rest.first().is_some_and(|word| word.moving || !word.text.trim_start_matches('0').is_empty());
    Piece { fails, bails: fails, leaves: true, as_before: rest.is_empty(), runs: false }
}

/// Conditions of which nothing could be otherwise.
fn condition(words: &[Word]) -> Piece {
    const THERE: [&str; 6] = [".", "..", "/", "/dev/null", "/bin/sh", "/tmp"];
    let of_files = ["-e", "-f", "-d", "-r", "-w", "-x", "-s", "-L", "-h", "-nt", "-ot", "-ef", "-p", "-S", "-t"];
    let looks = words
        .iter()
        .zip(words.iter().skip(1))
        .any(|(option, path)| of_files.contains(&option.text.as_str()) && !THERE.contains(&path.text.as_str()));
    if looks || words.iter().any(|word| word.moving) { Piece::OPEN } else { Piece::IDLE }
}

/// `sh -c '…'`; `None` for a script.
fn of_shell(rest: &[Word], left: usize, known: Known<'_>) -> Option<Piece> {
    let Some(at) = rest.iter().position(|word| word.text.starts_with('-') && word.text.ends_with('c')) else {
        return only_tells(rest).then_some(Piece::IDLE);
    };
    let strict = if rest[at].text.contains('e') { "set -e\n" } else { "" };
    Some(match rest.get(at + 1) {
        Some(script) if !script.moving => look(&format!("{strict}{}", script.text), left - 1, known),
        _ => Piece::OPEN,
    })
}

/// `eval '…'`
fn given(rest: &[Word], left: usize, known: Known<'_>) -> Piece {
    if rest.iter().any(|word| word.moving) {
        return Piece::OPEN;
    }
    look(&rest.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "), left - 1, known)
}

/// What a program of a language is told with `-c` or `-e`.
fn said(rest: &[Word]) -> Option<&Word> {
    let at =
        rest.iter().position(|word| matches!(word.text.as_str(), "-c" | "-e" | "-r" | "-p" | "--eval" | "eval"))?;
    rest.get(at + 1)
}

/// What shows something is no proof.
fn git(rest: &[Word]) -> Piece {
    let has = |words: &[&str]| rest.iter().any(|word| words.contains(&word.text.as_str()));
    let judges =
        has(&["--exit-code", "--quiet", "--check", "-q", "grep", "fsck", "diff-index", "verify-commit", "submodule"]);
    let shows =
        has(&["status", "log", "diff", "show", "branch", "fetch", "add", "config", "stash", "clean", "checkout"]);
    if shows && !judges { Piece::IDLE } else { Piece::OPEN }
}

/// The command behind options, assignments and a span of time.
fn behind(words: &[Word]) -> &[Word] {
    let skipped = |word: &Word| {
        let text = word.text.as_str();
        let span = text.trim_end_matches(['s', 'm', 'h', 'd']);
        text.starts_with('-')
            || text.contains('=')
            || !span.is_empty() && span.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    let at = words.iter().position(|word| !skipped(word)).unwrap_or(words.len());
    &words[at..]
}

fn filter(name: &str, rest: &[Word]) -> Piece {
    let number = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == '+');
    // The first words of these are no files.
    let taken = match name {
        "tr" => 2,
        "cut" => 1,
        _ => 0,
    };
    let files = rest.iter().filter(|word| !word.text.starts_with('-') && !number(&word.text)).skip(taken);
    let there = |word: &Word| matches!(word.text.as_str(), "." | ".." | "/" | "/dev/null");
    if files.clone().all(there) { Piece::IDLE } else { Piece::OPEN }
}

/// A version or help.
fn only_tells(rest: &[Word]) -> bool {
    matches!(rest, [one] if matches!(one.text.as_str(), "--version" | "-V" | "-v" | "--help" | "-h" | "version" | "help"))
}
