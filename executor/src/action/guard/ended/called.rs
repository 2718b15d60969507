//! Commands that plainly call a runner whose last word is then to be seen, and commands after which nobody knows what is.

use std::sync::LazyLock;

use regex::Regex;

use super::super::command::is_shell;
use super::super::hollow::words::{Token, Word, tokens};
use super::super::tree::Tree;
use super::counted::has_node_tests;
use super::marks::{JEST, MOCHA, NODE, PYTEST, RSPEC, UNITTEST, VITEST};

/// How often scripts are looked into that stand in others.
const DEEPEST: usize = 4;

/// A runner that is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    /// Its name in the table.
    pub(super) runner: &'static str,
    /// The words of the command.
    pub(super) words: String,
}

/// Words with which something else than one command after the other begins.
const COMPOUND: [&str; 18] = [
    "if", "for", "while", "until", "case", "select", "function", "{", "}", "!", "[[", "exec", "exit", "return", "trap",
    "alias", "source", ".",
];

/// Runners that `script` surely calls, each so that what it says is seen. Nothing of a script that is not plain.
pub(super) fn calls(script: &str, now: &Tree<'_>) -> Vec<Call> {
    let lists = lists(script).unwrap_or_default();
    of_lists(&lists, now, true, DEEPEST).unwrap_or_default()
}

/// Commands in lists that `&&` holds together; `None` where there is more than that.
fn lists(script: &str) -> Option<Vec<Vec<Vec<Word>>>> {
    let tokens = tokens(script)?;
    let mut lists: Vec<Vec<Vec<Word>>> = vec![vec![Vec::new()]];
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            // Behind `&&` the line may end.
            Token::Op(";")
                if lists.last().is_some_and(|list| list.len() > 1 && list.last().is_some_and(Vec::is_empty)) => {}
            Token::Op(";") => lists.push(vec![Vec::new()]),
            Token::Op("&&") => lists.last_mut()?.push(Vec::new()),
            // `2>&1`: both are seen.
            Token::Op(">&") => {
                let to =
                    matches!(tokens.get(at + 1), Some(Token::Word(word)) if ["1", "2"].contains(&word.text.as_str()));
                let command = lists.last_mut()?.last_mut()?;
                command.pop_if(|word| ["1", "2"].contains(&word.text.as_str()));
                at += 1;
                if !to {
                    return None;
                }
            }
            Token::Op(_) => return None,
            Token::Word(word) => lists.last_mut()?.last_mut()?.push(word.clone()),
        }
        at += 1;
    }
    for list in &mut lists {
        list.retain(|command| !command.is_empty());
    }
    lists.retain(|list| !list.is_empty());
    Some(lists)
}

/// What is surely called; `decides`: how the lists end is how the check ends.
fn of_lists(lists: &[Vec<Vec<Word>>], now: &Tree<'_>, decides: bool, left: usize) -> Option<Vec<Call>> {
    let mut calls = Vec::new();
    let mut moved = false;
    for (n, list) in lists.iter().enumerate() {
        // Behind the first of a list comes what may not be run, unless the check ends with it.
        let decides = decides && n + 1 == lists.len();
        for (m, command) in list.iter().enumerate() {
            moved |= matches!(command.as_slice(), [cd, to] if cd.text == "cd" && to.text != ".");
            let called = called(command, now, decides, left)?;
            // Elsewhere a file of this name is another one.
            let is_file = |word: &Word| now.has(word.text.strip_prefix("./").unwrap_or(&word.text));
            if (m == 0 || decides) && !(moved && command.iter().any(is_file)) {
                calls.extend(called);
            }
        }
    }
    Some(calls)
}

/// What one command calls; `None` if nobody knows what follows it.
fn called(command: &[Word], now: &Tree<'_>, decides: bool, left: usize) -> Option<Vec<Call>> {
    let first = command.first()?;
    if !first.quoted && COMPOUND.contains(&first.text.as_str()) || command.iter().any(|word| is_silencing(&word.text)) {
        return None;
    }
    let words = behind(command);
    let Some(first) = words.first().filter(|word| !word.moving) else { return Some(Vec::new()) };
    let text: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let inner = match first.text.as_str() {
        "sh" | "bash" | "dash" => of_shell(&words[1..], now),
        path => script(path, now),
    };
    if let Some(inner) = inner {
        let lists = lists(&inner).filter(|_| left > 0).unwrap_or_default();
        return Some(of_lists(&lists, now, decides, left.saturating_sub(1)).unwrap_or_default());
    }
    let whole = || command.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    Some(runner(&text, now).map(|runner| Call { runner, words: whole() }).into_iter().collect())
}

/// What a shell is to run: `-c '…'`, or a file.
fn of_shell(words: &[Word], now: &Tree<'_>) -> Option<String> {
    let at = words.iter().position(|word| !word.text.starts_with('-') || word.text.ends_with('c'))?;
    match words.get(at + 1) {
        Some(inner) if words[at].text.starts_with('-') => Some(inner.text.clone()).filter(|_| !inner.moving),
        _ => script(&words[at].text, now),
    }
}

/// A script file for a shell.
fn script(path: &str, now: &Tree<'_>) -> Option<String> {
    let text = now.text(path.strip_prefix("./").unwrap_or(path));
    let text = text.readable().filter(|text| is_shell(path, text))?;
    (path.contains('/') || path.ends_with("sh")).then(|| text.to_owned())
}

/// A variable that tells a runner what to say.
fn is_silencing(word: &str) -> bool {
    ["PYTEST_ADDOPTS=", "PYTEST_PLUGINS=", "SPEC_OPTS=", "NODE_OPTIONS=", "NODE_TEST_CONTEXT=", "MOCHA_OPTIONS="]
        .iter()
        .any(|name| word.starts_with(name))
}

/// Words that run the rest of their line, each with options of its own that take a word.
const BEFORE: [&str; 24] = [
    "env",
    "command",
    "time",
    "nice",
    "nohup",
    "timeout",
    "stdbuf",
    "cross-env",
    "xvfb-run",
    "uv",
    "poetry",
    "pdm",
    "pipenv",
    "hatch",
    "rye",
    "run",
    "npx",
    "bunx",
    "pnpm",
    "yarn",
    "bundle",
    "exec",
    "dotenv",
    "dlx",
];

/// The command behind assignments and words that run the rest.
fn behind(words: &[Word]) -> &[Word] {
    let span = |text: &str| text.trim_end_matches(['s', 'm', 'h']).chars().all(|c| c.is_ascii_digit());
    let assigns =
        |text: &str| text.split_once('=').is_some_and(|(name, _)| !name.is_empty() && !name.contains(['-', '/']));
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let text = word.text.as_str();
        let skipped = assigns(text)
            || BEFORE.contains(&text)
            || at > 0 && (span(text) || matches!(text, "--" | "--yes" | "-y" | "--no-install" | "--frozen" | "-i"));
        if !skipped {
            break;
        }
        at += 1;
    }
    &words[at..]
}

fn runner(words: &[&str], now: &Tree<'_>) -> Option<&'static str> {
    let name = words.first()?.rsplit('/').next().unwrap_or_default();
    let rest = &words[1..];
    match name {
        _ if is_python(name) => python(rest, now),
        "coverage" => python(rest.strip_prefix(&["run"])?, now),
        "pytest" | "py.test" => pytest(rest, now),
        // Behind a file it is that file's own word.
        "node" if rest.contains(&"--test") && rest[0].starts_with('-') => {
            tells(rest, &["--test-reporter", "--watch", "--help"]).then_some(NODE)
        }
        "node" => matches!(rest, [file, ..] if has_node_tests(file.trim_start_matches("./"), now)).then_some(NODE),
        "jest" => {
            let quiet = [
                "--json",
                "--reporters",
                "--listTests",
                "--showConfig",
                "--version",
                "--help",
                "--watch",
                "-c",
                "--config",
                "--init",
                "--clearCache",
            ];
            (tells(rest, &quiet) && !says(now, &["jest.config", "package.json"], &["reporters", "silent"]))
                .then_some(JEST)
        }
        "vitest" if matches!(rest.first(), Some(&"run")) => {
            let quiet = ["--reporter", "--version", "--help", "--config", "-c", "--mode"];
            (tells(rest, &quiet) && !says(now, &["vite.config", "vitest."], &["reporters"])).then_some(VITEST)
        }
        "mocha" => {
            let quiet = [
                "-R",
                "--reporter",
                "--config",
                "--opts",
                "--version",
                "--help",
                "--dry-run",
                "-O",
                "-V",
                "-h",
                "--list",
            ];
            (tells(rest, &quiet) && !says(now, &[".mocharc", "mocha.opts", "package.json"], &["reporter"]))
                .then_some(MOCHA)
        }
        "rspec" => {
            let quiet = [
                "-f",
                "--format",
                "-o",
                "--out",
                "--version",
                "--help",
                "--init",
                "-O",
                "--options",
                "--dry-run",
                "-v",
                "-h",
                "--bisect",
            ];
            let set = says(now, &[".rspec", "spec_helper"], &["-f", "--out", "-o", "formatter"]);
            (tells(rest, &quiet) && !set).then_some(RSPEC)
        }
        _ => None,
    }
}

fn is_python(name: &str) -> bool {
    let version = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"));
    version.is_some_and(|version| version.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// `-m unittest …`, `-m pytest …`, a file of tests that runs itself.
fn python(words: &[&str], now: &Tree<'_>) -> Option<&'static str> {
    let mut at = 0;
    while words.get(at).is_some_and(|word| word.starts_with('-') && *word != "-m" && *word != "-c" && *word != "-") {
        at += if ["-W", "-X"].contains(&words[at]) { 2 } else { 1 };
    }
    match &words[at.min(words.len())..] {
        ["-m", "unittest", rest @ ..] => tells(rest, &["-h", "--help"]).then_some(UNITTEST),
        ["-m", "pytest" | "py.test", rest @ ..] => pytest(rest, now),
        ["-m", "coverage", "run", rest @ ..] => python(rest, now),
        [file, ..] if file.ends_with(".py") => runs_itself(file.trim_start_matches("./"), now).then_some(UNITTEST),
        _ => None,
    }
}

/// The last lines of a file that runs its own tests.
static OWN_MAIN: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"(?:^|\n)(?:if __name__ == ['"]__main__['"]:[ \t]*\n?[ \t]+)?unittest\.main\([^()\n]*\)\s*$"#;
    Regex::new(pattern).expect("a constant pattern")
});

fn runs_itself(path: &str, now: &Tree<'_>) -> bool {
    let text = now.text(path);
    let Some(text) = text.readable() else { return false };
    let leaves = ["testRunner", "sys.exit", "os._exit", "SystemExit", "exit()", "quit()"];
    OWN_MAIN.is_match(text) && leaves.iter().all(|word| !text.contains(word))
}

/// With `-q` it says how it ended, with two of them nothing.
fn pytest(words: &[&str], now: &Tree<'_>) -> Option<&'static str> {
    let short = |word: &&&str| word.starts_with('-') && !word.starts_with("--");
    let quiet: usize = words.iter().filter(short).map(|word| word.matches('q').count()).sum();
    let quiet = quiet + words.iter().filter(|word| **word == "--quiet").count();
    let other = [
        "-p",
        "--tap",
        "--rich",
        "--teamcity",
        "--version",
        "-V",
        "--help",
        "-h",
        "--fixtures",
        "--markers",
        "--verbosity",
        "--co",
        "--collect-only",
        "--setup-plan",
        "--cache-show",
        "-c",
        "--config-file",
        "--pdb",
        "--json",
        "-o",
        "--override-ini",
    ];
    let settings = ["pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg"];
    let set = says(now, &settings, &["-q", "--quiet", "no:terminal", "--tap"]);
    (quiet < 2 && tells(words, &other) && !set).then_some(PYTEST)
}

/// Does none of `words` take the last word away? An option may have its value behind a `=`, or right behind one letter.
fn tells(words: &[&str], quiet: &[&str]) -> bool {
    let is = |word: &str, option: &str| {
        let long = option.starts_with("--");
        word == option || word.strip_prefix(option).is_some_and(|rest| !long || rest.starts_with(['=', '-']))
    };
    !words.iter().any(|word| quiet.iter().any(|option| is(word, option)))
}

/// Does a file whose name begins with one of `names` say one of `words`?
pub(super) fn says(now: &Tree<'_>, names: &[&str], words: &[&str]) -> bool {
    let is_named = |path: &&str| {
        let file = path.rsplit('/').next().unwrap_or_default();
        !path.contains("node_modules/") && names.iter().any(|name| file.starts_with(name))
    };
    now.paths().filter(is_named).any(|path| {
        let text = now.text(path);
        text.readable().is_none_or(|text| words.iter().any(|word| text.contains(word)))
    })
}

/// Programs that run tests, or may.
const RUNS: [&str; 36] = [
    "cargo", "pytest", "py.test", "unittest", "node", "npm", "npx", "pnpm", "yarn", "bun", "bunx", "jest", "vitest",
    "mocha", "phpunit", "rspec", "ruby", "rake", "bundle", "bats", "prove", "ctest", "make", "just", "go", "swift",
    "mix", "dotnet", "mvn", "gradle", "sh", "bash", "php", "tox", "nox", "deno",
];

/// Is what a runner says handed on, kept or cut, so that its first words may be seen and its last not?
pub(super) fn hands_on(script: &str) -> bool {
    let runs = |part: &str| {
        part.split(|c: char| c.is_whitespace() || "\"'(){}`".contains(c)).any(|word| {
            let name = word.rsplit('/').next().unwrap_or_default();
            RUNS.contains(&name) || is_python(name) || word.starts_with("./")
        })
    };
    let inside = |open: &str, close: char| {
        script.match_indices(open).any(|(at, _)| {
            let rest = &script[at + open.len()..];
            runs(&rest[..rest.find(close).unwrap_or(rest.len())])
        })
    };
    if inside("$(", ')') || inside("`", '`') {
        return true;
    }
    let text = script.replace("\\\n", " ").replace("||", ";").replace("|&", "|").replace("&>", ">").replace(">&", " ");
    text.split(['\n', ';', '&']).any(|part| {
        let mut segments: Vec<&str> = part.split('|').collect();
        let last = segments.pop().unwrap_or_default().split_whitespace().next().unwrap_or_default();
        let handed = !["tee", "cat"].contains(&last) && segments.iter().any(|segment| runs(segment));
        let kept =
            part.split_once('>').is_some_and(|(before, to)| runs(before) && !to.trim_start().starts_with("/dev/"));
        handed || kept
    })
}
