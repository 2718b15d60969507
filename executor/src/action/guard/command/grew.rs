//! Did a script only grow? A line that it had must stay, and nothing may come in that lets it end early, overlook a
//! fault, run something else, or take the tests away.

use std::sync::LazyLock;

use regex::Regex;

use super::super::config::first_difference;
use super::super::environment::steers;
use super::super::language;
use super::super::recipe::{assigned, joined, variables};
use super::super::tree::Tree;
use super::runs::Run;
use super::shape::{self, Line};
use super::stricter::proves_as_much;

/// What lets a script end early, or overlook a fault.
static SOFTENS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"\bexit\b|\breturn\b|\bset\s+\+\w*e|\|\||;\s*(?:true|:)\s*(?:$|;)|\btrap\b|\balias\b|\bif\s+false|\bexec\b|<<|\bset\s+(?:-\w*n|-o\s+noexec\b)|\bhash\s+-p|\benable\s+-[nf]|\b(?:PATH|SHELL|SHELLFLAGS|(?:GNU)?MAKEFLAGS|MAKEFILES)\s*[:?+!]*=|(?m)^\.(?:IGNORE|ONESHELL|DEFAULT_GOAL|RECIPEPREFIX)\b";
    Regex::new(pattern).expect("a constant pattern")
});

/// What overlooks the faults of one line of a recipe, loads something into make, or says how Just runs its recipes and which.
static RULES: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^\t?\s*@?-|^-?load\s|^set\s+(?:shell|windows-shell|script-interpreter|allow-duplicate-\w+|working-directory|positional-arguments\s*:=\s*x)|^\[(?:linux|macos|unix|windows|openbsd|no-cd|working-directory|script|extension)";
    Regex::new(pattern).expect("a constant pattern")
});

/// A variable or target that make reads from what it works out.
static WORKED_OUT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\beval\s+(?:override\s+|export\s+)?([\w.-]+)\s*[:?+]*[:=]").expect("a constant pattern")
});

/// Another file whose lines are run in the same shell.
static SOURCED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?:^|[;&|]|\bthen\b)\s*(?:\.|source)\s+["']?([^\s"';&|]+)"#).expect("a constant pattern")
});

/// Settings of make and Just that soften nothing.
static USUAL: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^(?:SHELL\s*[:?]*=\s*(?:/usr/bin/env\s+)?(?:/usr)?(?:/bin/)?(?:ba|z|da|k)?sh|\.SHELLFLAGS\s*:*=\s*(?:-\w*e\w*\s+)?(?:-o\s+\w+\s+)*-\w*c|MAKEFLAGS\s*\+=(?:\s*(?:--no-builtin-rules|--no-builtin-variables|--no-print-directory|--warn-undefined-variables|--silent|-r|-R|-rR|-s|-j\s*\d*))+|set\s+shell\s*:=\s*\[\s*['\x22](?:/usr)?(?:/bin/)?(?:ba|z|da)?sh['\x22](?:\s*,\s*['\x22](?:-[eux]*c|-[eux]+|-o|pipefail|-[eux]+o)['\x22])*\s*\])\s*$";
    Regex::new(pattern).expect("a constant pattern")
});

/// A function of a shell.
static DEFINES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|[;&|\s])([\w.:-]+)\s*\(\s*\)\s*[{(]").expect("a constant pattern"));

/// What writes to files, or takes them away.
static WRITES: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?:^|[\s;&|(@\x22'])(?:rm|rimraf|del|mv|cp|ln|tee|truncate|unlink|dd|install|rsync|patch|shx|find\b.*-delete|(?:sed|perl|gsed)\s+-\w*i|git\s+(?:rm|mv|checkout|restore|stash|clean|reset|apply))\b|\b(?:rmSync|rmdirSync|unlinkSync|writeFileSync|renameSync|rmtree|os\.remove|unlink|writeFile|cpSync|copyFileSync)\b|>";
    Regex::new(pattern).expect("a constant pattern")
});

/// What a script is compared by.
pub(super) struct Sides<'g, 't> {
    pub(super) base: &'g Tree<'t>,
    pub(super) now: &'g Tree<'t>,
    /// Everything that the checks ran before.
    pub(super) ran: &'g str,
}

/// What is wrong, if `new` does not hold everything of `old`, in order and where it stood, or more that does harm. `place`
/// is where it is run.
pub(super) fn shrunk(old: &str, new: &str, run: &Run, sides: &Sides<'_, '_>, place: &str) -> Option<String> {
    let shell = matches!(run, Run::Script(_)) && is_for_shell(run);
    let lines = |text: &str| if shell { shape::lines(text) } else { Line::plain(text) };
    let other = || Some(first_difference(old, new));
    let alone = matches!(run, Run::Script(_)) && last_line_decides(old);
    let (before, after) = (lines(old), lines(new));
    let grows = |old: &Line, new: &Line| {
        let (was, is) = (&old.says, &new.says);
        new.stands_as(old) && (names_more(was, is, sides, place) || proves_as_much(was, is, !alone))
    };
    let ends = before.last() == after.last() || before.last().zip(after.last()).is_some_and(|(was, is)| grows(was, is));
    if alone && !ends {
        return other();
    }
    let mut rest = before.iter().peekable();
    let mut added = Vec::new();
    for line in &after {
        match rest.peek() {
            Some(expected) if *expected == line => {
                rest.next();
            }
            Some(expected)
                if matches!(run, Run::Package { .. }) && line.says.starts_with(&format!("{} && ", expected.says)) =>
            {
                added.push(line.says[expected.says.len()..].to_owned());
                rest.next();
            }
            Some(expected) if grows(expected, line) => {
                rest.next();
            }
            _ => added.push(line.says.clone()),
        }
    }
    if let Some(gone) = rest.peek() {
        let stands = after.iter().any(|line| line.says == gone.says) && shell;
        return if stands { Some(format!("`{}` stands within something else now", gone.says.trim())) } else { other() };
    }
    if shell {
        match sourced(&added, sides.now, place) {
            Ok(sourced) => added.extend(sourced),
            Err(name) => return Some(format!("it runs `{name}`, which git does not hold")),
        }
    }
    let old: Vec<String> = before.iter().map(|line| line.says.clone()).collect();
    let comment = |line: &&String| !line.trim_start().starts_with('#');
    let harm = added.iter().filter(comment).find(|line| softens(line, &old, run, sides, place))?;
    Some(format!("`{}` is new", harm.trim().chars().take(120).collect::<String>()))
}

/// What in a program that a test takes into its own shell ends that test, or has it overlook faults.
static ENDS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"\bexit\b(?:\s+0\b)?\s*(?:$|[;&|})#])|\btrap\b|\balias\b|\bset\s+(?:\+\w*e|-\w*n|[+-]o\s+(?:errexit|noexec)\b)|\bexec\b";
    Regex::new(pattern).expect("a constant pattern")
});

/// Does `script` take the file at `path` into its own shell?
pub(super) fn sources(script: &str, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    script.lines().any(|line| SOURCED.captures_iter(line).any(|found| found[1].ends_with(name)))
}

/// The line of `new` that was not in `old`, the program, and does harm to the test that takes it into its own shell.
pub(super) fn harms_test(old: &str, new: &str, test: &str, ran: &str) -> Option<String> {
    let known: Vec<&str> = old.lines().map(str::trim).collect();
    let test = [test.to_owned()];
    let mut added = new.lines().map(str::trim).filter(|line| !line.starts_with('#') && !known.contains(line));
    let kept = |name: &str| known.iter().any(|line| line.starts_with(name));
    let renamed = |line: &str| renames(line, &test, ran) && !line.split('(').next().is_some_and(kept);
    added.find(|line| ENDS.is_match(line) || renamed(line)).map(str::to_owned)
}

/// Does the line `new` name all that `old` did, in order, and besides nothing but files of tests that are new, or modules of Python? They
/// stand behind one that was named, or at the end: before it they could be what is run, and it what that is given.
fn names_more(old: &str, new: &str, sides: &Sides<'_, '_>, place: &str) -> bool {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let (mut old_words, mut names, mut more) = (old.split_whitespace().peekable(), false, false);
    for word in new.split_whitespace() {
        if old_words.peek() == Some(&word) {
            old_words.next();
            names = is_tests(word, sides.base, place);
        } else if (names || old_words.peek().is_none())
            && is_tests(word, sides.now, place)
            && !is_tests(word, sides.base, place)
        {
            more = true;
        } else {
            return false;
        }
    }
    more && old_words.next().is_none() && indent(old) == indent(new)
}

/// Is `word` nothing but the name of a file of tests, or of a module of Python with tests?
fn is_tests(word: &str, tree: &Tree<'_>, place: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "_./-".contains(c);
    let is_there = |path: &str| language::of(path).is_some() && tree.has(path);
    let module = format!("{}.py", word.replace('.', "/"));
    let named = !word.starts_with('-') && word.chars().all(plain);
    named && [word, &module].iter().any(|path| is_there(&joined(place, path)))
}

/// Does a line that is added do harm to those of `old`?
fn softens(line: &str, old: &[String], run: &Run, sides: &Sides<'_, '_>, place: &str) -> bool {
    let make = matches!(run, Run::Make { .. });
    let ruled = make || matches!(run, Run::Just { .. });
    let usual = ruled && (USUAL.is_match(line) || line.starts_with("-include "));
    let worked_out = |found: regex::Captures<'_>| {
        let name = &found[1];
        let needed =
            old.iter().any(|line| *line == format!("needs {name}") || variables(line).iter().any(|v| v == name));
        needed || matches!(run, Run::Make { target, .. } if target == name)
    };
    !usual && (SOFTENS.is_match(line) || ruled && RULES.is_match(line))
        || is_for_shell(run)
            && (renames(line, old, sides.ran)
                || takes_away(line, sides.base, place)
                || steers(line, sides.base).is_some())
        || make && (gives(line, old) || WORKED_OUT.captures_iter(line).any(worked_out))
}

/// The lines of the files that `added` lines bring into the same shell, or a file that would be in the repository and that
/// nobody sees.
fn sourced(added: &[String], now: &Tree<'_>, place: &str) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    for name in added.iter().flat_map(|line| SOURCED.captures_iter(line)).map(|found| found[1].to_owned()) {
        let own = if name.starts_with('$') { name.split_once('/').map_or("", |(_, rest)| rest) } else { &name };
        let text =
            [joined(place, own), joined("", own)].iter().find_map(|path| now.text(path).readable().map(str::to_owned));
        let elsewhere =
            name.contains(['$', '~']) || name.starts_with('/') || name.contains("activate") || name.ends_with(".env");
        match text {
            Some(text) => all.extend(text.lines().map(|line| line.trim_end().to_owned())),
            None if elsewhere => {}
            None => return Err(name),
        }
    }
    Ok(all)
}

/// Is it a script that goes on after a fault, so that its last line alone decides?
fn last_line_decides(script: &str) -> bool {
    let stops = |line: &str| {
        let line = line.trim();
        let of = |rest: &str| {
            rest.split_whitespace().any(|word| word.starts_with('-') && word.contains('e') || word == "errexit")
        };
        line.strip_prefix("set ").is_some_and(of) || line.starts_with("#!") && of(line)
    };
    !script.lines().any(stops)
}

/// Does a shell read it? What has another ending is of another language.
fn is_for_shell(run: &Run) -> bool {
    match run {
        Run::Script(path) => {
            let name = path.rsplit('/').next().unwrap_or(path);
            name.rsplit_once('.').is_none_or(|(_, ending)| ["sh", "bash", "zsh", "ksh", "bats"].contains(&ending))
        }
        Run::Package { .. } | Run::Make { .. } | Run::Just { .. } | Run::Data(_) | Run::Expected(_) => true,
    }
}

/// Does `line` give another meaning to a word that the lines of `old` use, or that a check runs?
fn renames(line: &str, old: &[String], ran: &str) -> bool {
    let is_used = |name: &str| {
        let lines = old.iter().map(String::as_str).chain(std::iter::once(ran));
        let mut words = lines.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && !"_.:-".contains(c)));
        words.any(|word| word == name)
    };
    DEFINES.captures_iter(line).any(|found| is_used(&found[1]))
}

/// Does `line` give another value to a variable that the lines of `old` use? A file more in a list is none.
fn gives(line: &str, old: &[String]) -> bool {
    let Some(name) = assigned(line).filter(|_| !line.starts_with(char::is_whitespace)) else { return false };
    let used = old.iter().any(|line| variables(line).contains(&name) || assigned(line).as_ref() == Some(&name));
    let more =
        line.split_once("+=").is_some_and(|(_, value)| !value.split_whitespace().any(|word| word.starts_with('-')));
    used && !more
}

/// Does `line` write to tests, or to what runs them?
pub(super) fn takes_away(line: &str, base: &Tree<'_>, place: &str) -> bool {
    if !WRITES.is_match(line) {
        return false;
    }
    let words = line.split(|c: char| c.is_whitespace() || "\"'`(),;|&>=".contains(c));
    words.filter(|word| !word.is_empty() && !word.starts_with('-')).any(|word| {
        let path = joined(place, word);
        let bin = path.split('/').any(|part| part == "node_modules") && path.contains(".bin");
        bin || proved_by(base, &path)
    })
}

/// Does `path`, a file, a folder or a pattern, stand for tests?
pub(super) fn proved_by(base: &Tree<'_>, path: &str) -> bool {
    let holds = |file: &str| language::of(file).is_some() || language::Path::new(file).in_tests();
    if path.contains('*') {
        return base.paths().any(|file| holds(file) && super::super::glob::matches(path, file));
    }
    let inside = format!("{path}/");
    !path.is_empty() && base.paths().any(|file| holds(file) && (file == path || file.starts_with(&inside)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that a test takes into its own shell may be anything but its end.
    #[test]
    fn what_is_tested_may_not_end_the_test() {
        let (test, old) = ("set -e\n. ./lib.sh\ntest \"$(double 2)\" = 4\n", "double() {\n  echo \"$1\"\n}\n");
        assert!(sources(test, "lib.sh") && !sources(test, "double.sh"));
        for (line, harms) in [
            ("echo $(($1 * 2))", false),
            ("triple() { return 1; }", false),
            ("usage() { exit 2; }", false),
            ("double() {", false),
            ("exit 0", true),
            ("trap 'exit 0' EXIT", true),
            ("set +e", true),
            ("test() { return 0; }", true),
        ] {
            let new = format!("{line}\n{old}");
            assert_eq!(harms_test(old, &new, test, "").is_some(), harms, "{line}");
        }
    }

    /// A command that names its tests may name those that are new as well.
    #[test]
    fn a_command_may_name_more_tests() {
        let rows = [
            ("node --test test/a.test.js", "node --test test/a.test.js test/b.test.js", false),
            ("python3 -m unittest tests.test_a", "python3 -m unittest tests.test_a tests.test_b", false),
            ("python3 -m unittest tests.test_a", "python3 -m unittest tests.test_b", true),
            ("node --test test/a.test.js", "node --test test/a.test.js --test-only", true),
            ("node --test test/a.test.js", "node --test test/a.test.js test/c.test.js", true),
            ("node --test test/a.test.js", "node --test test/a.test.js app.js", true),
            ("node --test test/a.test.js", "node --test test/a.test.js $(x)", true),
            ("pytest tests", "pytest tests tests/test_a.py", true),
            (
                "node --test test/a.test.js test/d.test.js",
                "node --test test/a.test.js test/b.test.js test/d.test.js",
                false,
            ),
            ("node --test test/a.test.js && x", "node --test test/a.test.js test/b.test.js && x", false),
            ("python3 -m unittest tests.test_a -v", "python3 -m unittest tests.test_a tests.test_b -v", false),
            ("node --test test/a.test.js test/d.test.js", "node --test test/b.test.js test/d.test.js", true),
            (
                "node --test test/a.test.js test/d.test.js",
                "node --test test/d.test.js test/b.test.js test/a.test.js",
                true,
            ),
            ("node test/a.test.js", "node test/b.test.js test/a.test.js", true),
            ("node test/a.test.js x", "node test/b.test.js test/a.test.js x", true),
            ("node --test test/a.test.js x", "node --test test/a.test.js x test/b.test.js y", true),
            ("node --test test/a.test.js test/d.test.js", "node --test test/a.test.js app.js test/d.test.js", true),
            (
                "node --test test/a.test.js test/d.test.js",
                "node --test test/a.test.js # test/b.test.js test/d.test.js",
                true,
            ),
        ];
        let before = [("tests/test_a.py", "x\n"), ("test/a.test.js", "x\n"), ("test/d.test.js", "x\n")];
        let base = Tree::of(&before);
        let now = [("test/b.test.js", "x\n"), ("tests/test_b.py", "x\n"), ("app.js", "x\n")];
        let now = Tree::of(&[&now[..], &before].concat());
        for (old, new, expected) in rows {
            let sides = Sides { base: &base, now: &now, ran: "" };
            let run = Run::Package { folder: String::new(), script: "test".to_owned() };
            assert_eq!(shrunk(old, new, &run, &sides, "").is_some(), expected, "{old:?} {new:?}");
        }
    }

    /// Where a script goes on after a fault, its last line decides.
    #[test]
    fn a_fault_cannot_be_overlooked_by_what_is_added() {
        let rows = [
            ("a\nb\n", "a\nb\necho fine\n", true),
            ("a\nb\n", "x\na\nb\n", false),
            ("set -eu\na\nb\n", "set -eu\na\nb\nc\n", false),
            ("#!/bin/sh -e\na\n", "#!/bin/sh -e\na\nc\n", false),
            ("set -o errexit\na\n", "set -o errexit\na\nc\n", false),
            ("set -e\na\n", "set -e\na\nb || c\n", true),
            ("set -e\na\n", "set -e\na\nb; true\n", true),
            ("set -e\na\n", "set +e\nset -e\na\n", true),
            ("set -e\ntest -e a\n", "set -e\ntest() { :; }\ntest -e a\n", true),
            ("set -e\ntest -e a\n", "set -e\nx=1; test () ( true )\ntest -e a\n", true),
            ("set -e\ntest -e a\n", "set -e\nmore() { test -e b; }\ntest -e a\nmore\n", false),
            ("set -e\na\n", "set -e\nrm -rf tests\na\n", true),
            ("set -e\na\n", "set -e\nrm -rf out tests/tmp\na\n", false),
            ("set -e\na\n", "set -e\nsed -i s/1/2/ tests/*.py\na\n", true),
            ("set -e\na\n", "set -e\na > out.txt\na\n", false),
        ];
        let base = Tree::of(&[("tests/test_a.py", "def test_a():\n    assert x\n")]);
        for (old, new, expected) in rows {
            let sides = Sides { base: &base, now: &base, ran: "" };
            let wrong = shrunk(old, new, &Run::Script("t.sh".to_owned()), &sides, "");
            assert_eq!(wrong.is_some(), expected, "{old:?} {new:?} {wrong:?}");
        }
    }
}
