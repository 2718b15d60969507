//! Commands that run the command behind them, and shells that are given a text. Pure.

use super::super::shell::Word;
use super::alike::{is_usual_path, program, steers};

/// What a command is, seen from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Layer<'w> {
    /// It runs `inner` and answers with its answer.
    Wraps {
        inner: &'w [Word],
        /// Nothing follows it.
        ends: bool,
    },
    /// A shell that runs this text.
    Text {
        text: String,
        /// In a shell of its own.
        own: bool,
        errexit: bool,
        pipefail: bool,
        /// The text is complete as it stands.
        sure: bool,
    },
    /// A shell that only reads.
    Nothing,
    /// A shell that runs what nobody can see.
    Unknown,
    /// A program or builtin.
    Program,
}

const SHELLS: [&str; 6] = ["sh", "bash", "zsh", "dash", "ksh", "ash"];

/// Programs that run what follows them: their name, first words, options with a value, words before the command.
const WRAPPERS: [(&str, &[&str], &[&str], usize); 34] = [
    ("env", &[], &["-u", "-C", "--unset", "--chdir"], 0),
    ("time", &[], &["-f", "-o"], 0),
    ("command", &[], &[], 0),
    ("builtin", &[], &[], 0),
    ("exec", &[], &["-a"], 0),
    ("nohup", &[], &[], 0),
    ("nice", &[], &["-n"], 0),
    ("ionice", &[], &["-c", "-n"], 0),
    ("setsid", &[], &[], 0),
    ("stdbuf", &[], &["-i", "-o", "-e"], 0),
    ("unbuffer", &[], &[], 0),
    ("timeout", &[], &["-s", "-k", "--signal", "--kill-after"], 1),
    ("gtimeout", &[], &["-s", "-k"], 1),
    ("sudo", &[], &["-u", "-g"], 0),
    ("doas", &[], &["-u"], 0),
    ("caffeinate", &[], &[], 0),
    ("xvfb-run", &[], &["-s", "-n"], 0),
    ("chronic", &[], &[], 0),
    ("taskset", &[], &[], 1),
    ("npx", &[], &["-p", "--package"], 0),
    ("bunx", &[], &[], 0),
    ("uvx", &[], &["--from", "--with"], 0),
    ("uv", &["run"], &["--with", "--python", "-p", "--extra", "--group", "--project"], 0),
    ("poetry", &["run"], &[], 0),
    ("pdm", &["run"], &[], 0),
    ("pipenv", &["run"], &[], 0),
    ("rye", &["run"], &[], 0),
    ("hatch", &["run"], &[], 0),
    ("bundle", &["exec"], &[], 0),
    ("pnpm", &["exec"], &[], 0),
    ("yarn", &["exec"], &[], 0),
    ("npm", &["exec"], &[], 0),
    ("mise", &["exec"], &[], 0),
    ("python", &["-m"], &[], 0),
];

/// The outermost layer of a command. `body` is what the text feeds to it; `fed`: another command does.
pub(super) fn layer<'w>(words: &'w [Word], body: Option<&str>, fed: bool) -> Layer<'w> {
    let Some(name) = program(words) else {
        return if words.first().is_some_and(|word| word.plain) { Layer::Program } else { Layer::Unknown };
    };
    if SHELLS.contains(&name.as_str()) {
        return shell(words, body, fed);
    }
    if name == "eval" {
        let text: Vec<&str> = words[1..].iter().map(|word| word.text.as_str()).collect();
        let sure = words[1..].iter().all(|word| word.plain);
        return Layer::Text { text: text.join(" "), own: false, errexit: false, pipefail: false, sure };
    }
    wrapped(&name, words).unwrap_or(Layer::Program)
}

fn wrapped<'w>(name: &str, words: &'w [Word]) -> Option<Layer<'w>> {
    let (_, first, with_value, before) = WRAPPERS.into_iter().find(|(own, first, ..)| {
        *own == name
            && words.get(1..=first.len()).is_some_and(|w| w.iter().map(|w| w.text.as_str()).eq(first.iter().copied()))
    })?;
    let mut at = 1 + first.len();
    while let Some(word) = words.get(at) {
        let text = word.text.as_str();
        match () {
            // It only tells what the command is.
            () if name == "command" && matches!(text, "-v" | "-V") => return Some(Layer::Nothing),
            () if with_value.contains(&text) => at += 2,
            () if text == "--" => {
                at += 1;
                break;
            }
            () if matches!(text, "--help" | "--version") => return Some(Layer::Nothing),
            () if text.starts_with('-') && text.len() > 1 => at += 1,
            () if name == "env" && is_setting(text) => {
                let (name, value) = text.split_once('=').expect("a setting has a name");
                if steers(name) || name == "PATH" && !is_usual_path(value) {
                    return Some(Layer::Unknown);
                }
                at += 1;
            }
            () => break,
        }
    }
    let inner = words.get(at + before..)?;
    (!inner.is_empty()).then_some(Layer::Wraps { inner, ends: name == "exec" })
}

fn is_setting(word: &str) -> bool {
    word.split_once('=')
        .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_'))
}

/// A shell as a program: `-c TEXT`, a text on its input, or a file.
fn shell<'w>(words: &'w [Word], body: Option<&str>, fed: bool) -> Layer<'w> {
    let (mut given, mut errexit, mut pipefail, mut reads) = (false, false, false, false);
    let mut at = 1;
    while let Some(word) = words.get(at).map(|word| word.text.as_str()) {
        let Some(letters) = word.strip_prefix(['-', '+']).filter(|letters| !letters.is_empty()) else { break };
        if word.starts_with("--") {
            at += 1 + usize::from(matches!(word, "--rcfile" | "--init-file"));
            continue;
        }
        let on = word.starts_with('-');
        given |= letters.contains('c');
        reads |= on && letters.contains('n');
        if letters.contains('e') {
            errexit = on;
        }
        at += 1;
        if letters.contains('o') {
            match words.get(at).map(|word| word.text.as_str()) {
                Some("pipefail") => pipefail = on,
                Some("errexit") => errexit = on,
                Some("noexec") => reads |= on,
                _ => {}
            }
            at += 1;
        }
    }
    let text = |text: &str, sure| Layer::Text { text: text.to_owned(), own: true, errexit, pipefail, sure };
    match (words.get(at), body) {
        _ if reads => Layer::Nothing,
        (Some(word), _) if given => text(&word.text, word.inner.is_empty()),
        (None, Some(body)) => text(body, true),
        (Some(_), _) => Layer::Program,
        (None, None) => {
            if fed {
                Layer::Unknown
            } else {
                Layer::Nothing
            }
        }
    }
}
