//! What the checks run: scripts of `package.json`, targets of Make and Just, script files, and what those run. Pure.
//!
//! A script may grow; a line that it had must stay, and nothing may come in that lets it end early or overlook a fault.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::config::first_difference;
use super::finding::{Finding, Kind};
use super::language;
use super::recipe;
use super::tree::{Text, Tree};

/// How far scripts are followed that run scripts.
const DEEPEST: usize = 6;

/// What lets a script end early, or overlook a fault.
static SOFTENS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"\bexit\b|\breturn\b|\bset\s+\+\w*e|\|\||;\s*(?:true|:)\s*(?:$|;)|\btrap\b|\balias\b|\bif\s+false|\bexec\b|<<|\b(?:PATH|SHELL|SHELLFLAGS|(?:GNU)?MAKEFLAGS)\s*[:?+!]*=|(?m)^\.(?:IGNORE|ONESHELL)\b|^\t?\s*-";
    Regex::new(pattern).expect("a constant pattern")
});

/// A function of a shell.
static DEFINES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|[;&|\s])([\w.:-]+)\s*\(\s*\)\s*[{(]").expect("a constant pattern"));

/// What lets a command succeed whatever it did.
static MASKS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?m)\|\|\s*(?:/bin/)?(?:true|:|echo|printf|exit\s+0)\b|\|\|\s*:|;\s*(?:true|:|exit\s+0)\s*$|^\s*exit\s+0\b|\bset\s+\+\w*e|^\t\s*@?-|^\.IGNORE|^MAKEFLAGS.*-i\b";
    Regex::new(pattern).expect("a constant pattern")
});

/// What does nothing, alone.
static EMPTY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*@?(?:/bin/)?(?:true|:|exit\s+0|echo\b.*|printf\b.*|needs\s.*|set\s.*|#.*)?\s*$")
        .expect("a constant pattern")
});

/// Something that a check runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Run {
    /// A script in the `package.json` at the top.
    Package(String),
    /// A target of the Makefile; empty: the first.
    Make(String),
    /// A recipe of the justfile; empty: the first.
    Just(String),
    /// A script file.
    Script(String),
}

/// What became of what the `checks` (name and command) run.
pub(super) fn compare(base: &Tree<'_>, now: &Tree<'_>, checks: &[(String, String)]) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for (name, run) in checks {
        follow(base, now, name, run, DEEPEST, &mut seen, &mut findings);
    }
    findings
}

fn follow(
    base: &Tree<'_>,
    now: &Tree<'_>,
    check: &str,
    command: &str,
    left: usize,
    seen: &mut BTreeSet<Run>,
    findings: &mut Vec<Finding>,
) {
    for run in runs(command, base) {
        if left == 0 || !seen.insert(run.clone()) {
            continue;
        }
        let Some((file, old)) = says(base, &run) else {
            begun(now, check, &run, findings);
            continue;
        };
        let new = says(now, &run);
        let named = format!("the check `{check}` runs {}", words(&run));
        let found = |what: String| Finding::new(Kind::CommandChanged, &file, None, what);
        match new {
            _ if matches!(now.text(&file), Text::Unreadable(_)) => {
                findings.push(Finding::new(Kind::Unreadable, &file, None, format!("{named}, and it cannot be read")));
            }
            None => findings.push(found(format!("{named}, which is gone"))),
            Some((_, new)) if !grew(&old, &new, &run) => {
                findings.push(found(format!("{named}: {}", first_difference(&old, &new))));
            }
            Some(_) => {}
        }
        follow(base, now, check, &old, left - 1, seen, findings);
    }
}

/// What a check runs that was not there before: it must be able to fail.
fn begun(now: &Tree<'_>, check: &str, run: &Run, findings: &mut Vec<Finding>) {
    let Some((file, new)) = says(now, run) else { return };
    let named = format!("the check `{check}` runs {}, which is new", words(run));
    let what = if let Some(mask) = new.lines().find(|line| MASKS.is_match(line)) {
        format!("{named} and overlooks faults: `{}`", mask.trim())
    } else if new.lines().all(|line| EMPTY.is_match(line)) {
        format!("{named} and does nothing")
    } else {
        return;
    };
    findings.push(Finding::new(Kind::CheckMasked, &file, None, what));
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

fn words(run: &Run) -> String {
    match run {
        Run::Package(name) => format!("the script `{name}`"),
        Run::Make(name) | Run::Just(name) if name.is_empty() => "the first target".to_owned(),
        Run::Make(name) | Run::Just(name) => format!("the target `{name}`"),
        Run::Script(_) => "this script".to_owned(),
    }
}

/// The file that a run is in, and what it says there.
fn says(tree: &Tree<'_>, run: &Run) -> Option<(String, String)> {
    match run {
        Run::Package(name) => {
            let text = tree.text("package.json");
            let value: Value = serde_json::from_str(text.readable()?).ok()?;
            let scripts = value.get("scripts")?;
            let script = |name: &str| scripts.get(name).and_then(Value::as_str).map(str::to_owned);
            // `pre` and `post` run along.
            let main = script(name)?;
            let lines = [script(&format!("pre{name}")), Some(main), script(&format!("post{name}"))];
            Some(("package.json".to_owned(), lines.into_iter().flatten().collect::<Vec<_>>().join("\n")))
        }
        Run::Make(target) => recipe_of(tree, &recipe::MAKEFILES, target, recipe::make),
        Run::Just(recipe) => recipe_of(tree, &recipe::JUSTFILES, recipe, recipe::just),
        Run::Script(path) => Some((path.clone(), tree.text(path).readable()?.to_owned())),
    }
}

fn recipe_of(
    tree: &Tree<'_>,
    files: &[&str],
    target: &str,
    read: fn(&str, &str) -> Option<String>,
) -> Option<(String, String)> {
    let file = files.iter().find(|file| tree.has(file))?;
    Some(((*file).to_owned(), read(tree.text(file).readable()?, target)?))
}

/// Does `new` hold everything of `old`, in order, and nothing more that softens it?
fn grew(old: &str, new: &str, run: &Run) -> bool {
    let lines = |text: &str| -> Vec<String> {
        text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
    };
    let alone = matches!(run, Run::Script(_)) && last_line_decides(old);
    let (old, new) = (lines(old), lines(new));
    if alone && old.last() != new.last() {
        return false;
    }
    let mut rest = old.iter().peekable();
    let mut added = Vec::new();
    for line in &new {
        match rest.peek() {
            Some(expected) if *expected == line => {
                rest.next();
            }
            Some(expected) if matches!(run, Run::Package(_)) && line.starts_with(&format!("{expected} && ")) => {
                added.push(line[expected.len()..].to_owned());
                rest.next();
            }
            _ => added.push(line.clone()),
        }
    }
    let comment = |line: &&String| !line.trim_start().starts_with('#');
    let softens = |line: &String| SOFTENS.is_match(line) || is_for_shell(run) && renames(line, &old);
    rest.peek().is_none() && !added.iter().filter(comment).any(softens)
}

/// Does a shell read it? What has another ending is of another language.
fn is_for_shell(run: &Run) -> bool {
    match run {
        Run::Script(path) => {
            let name = path.rsplit('/').next().unwrap_or(path);
            name.rsplit_once('.').is_none_or(|(_, ending)| ["sh", "bash", "zsh", "ksh", "bats"].contains(&ending))
        }
        Run::Package(_) | Run::Make(_) | Run::Just(_) => true,
    }
}

/// Does `line` give another meaning to a word that the lines of `old` use?
fn renames(line: &str, old: &[String]) -> bool {
    let is_used = |name: &str| {
        let words = old.iter().flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && !"_.:-".contains(c)));
        words.into_iter().any(|word| word == name)
    };
    DEFINES.captures_iter(line).any(|found| is_used(&found[1]))
}

/// What `command` runs, as far as it is in the repository.
fn runs(command: &str, base: &Tree<'_>) -> Vec<Run> {
    let mut found = Vec::new();
    for part in command.split(['\n', ';', '&', '|', '(', ')', '`']) {
        let words: Vec<&str> = part.split_whitespace().map(|word| word.trim_matches(['"', '\'', '{', '}'])).collect();
        for (at, word) in words.iter().enumerate() {
            let rest = &words[at + 1..];
            match word.rsplit('/').next().unwrap_or_default() {
                "npm" | "pnpm" | "yarn" | "bun" => found.extend(package_script(rest)),
                "make" | "gmake" => found.extend(targets(rest).into_iter().map(Run::Make)),
                "just" => found.extend(targets(rest).into_iter().map(Run::Just)),
                _ => found.extend(script(word, base)),
            }
        }
    }
    found
}

fn package_script(words: &[&str]) -> Option<Run> {
    let mut names = words.iter().filter(|word| !word.starts_with('-'));
    let first = names.next()?;
    let name = match *first {
        "run" | "run-script" => names.next()?,
        "t" | "tst" => "test",
        other => other,
    };
    Some(Run::Package(name.to_owned()))
}

fn targets(words: &[&str]) -> Vec<String> {
    let plain = |word: &&&str| !word.starts_with('-') && !word.contains('=');
    let named: Vec<String> = words.iter().filter(plain).map(|word| (*word).to_owned()).collect();
    if named.is_empty() { vec![String::new()] } else { named }
}

/// A word that names a script of the repository.
fn script(word: &str, base: &Tree<'_>) -> Option<Run> {
    let path = word.strip_prefix("./").unwrap_or(word);
    // `$here/x.sh`: where `$here` is cannot be told, but what stands behind it often can.
    let path = if path.starts_with('$') { path.split_once('/')?.1 } else { path };
    (base.has(path) && proves(path, base)).then(|| Run::Script(path.to_owned()))
}

/// Can a check run the file at `path`, as far as the path tells?
pub(super) fn may_be_run(path: &str) -> bool {
    let parts = language::Path::new(path);
    let known = matches!(parts.extension, "sh" | "bash" | "zsh" | "ksh" | "mk" | "");
    let top = recipe::MAKEFILES.contains(&path) || recipe::JUSTFILES.contains(&path) || path == "package.json";
    known || top || by_place(&parts)
}

/// Is the file a script that proves something, and not the program that is proved, nor a file of tests?
fn proves(path: &str, base: &Tree<'_>) -> bool {
    let parts = language::Path::new(path);
    match parts.extension {
        "sh" | "bash" | "zsh" | "ksh" | "mk" => true,
        _ if language::of(path).is_some() => false,
        "" => by_place(&parts) || base.text(path).readable().is_some_and(is_shell),
        _ => by_place(&parts),
    }
}

fn is_shell(text: &str) -> bool {
    text.starts_with("#!") && text.lines().next().is_some_and(|line| line.contains("sh"))
}

/// Do folder or name say that it proves something?
fn by_place(parts: &language::Path<'_>) -> bool {
    let folder = parts.folders.iter().any(|f| matches!(*f, "scripts" | "script" | "ci" | ".ci" | "hack" | "checks"));
    let named = parts.named(&["test", "check", "smoke", "lint", "verify", "valid", "e2e", "prove"]);
    folder || named || parts.in_tests()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &[(&str, &str)] = &[
        ("package.json", r#"{"scripts":{"test":"sh scripts/t.sh && jest","pretest":"tsc","build":"tsc"}}"#),
        ("scripts/t.sh", "set -eu\n./helper.sh\ngrep x y\n"),
        ("helper.sh", "true\n"),
        ("Makefile", "OPTS = -q\ntest: build\n\tpytest $(OPTS)\nbuild:\n\tcc x\nother:\n\techo\n"),
        ("justfile", "test:\n  cargo test\n"),
        ("app.py", "print()\n"),
        ("test_a.py", "def test_a():\n    assert x\n"),
        ("verify", "#!/bin/sh\nfalse\n"),
    ];

    /// What is found when `path` says `text` instead.
    fn found(check: &str, path: &str, text: Option<&str>) -> Vec<String> {
        let mut files: Vec<(&str, &str)> = BASE.iter().filter(|(p, _)| *p != path).copied().collect();
        files.extend(text.map(|text| (path, text)));
        let checks = [("c".to_owned(), check.to_owned())];
        let findings = compare(&Tree::of(BASE), &Tree::of(&files), &checks);
        findings.into_iter().map(|f| format!("{}: {}", f.file, f.evidence)).collect()
    }

    #[test]
    fn what_a_check_runs_must_stay() {
        let rows: [(&str, &str, Option<&str>, bool); 24] = [
            ("npm run test", "package.json", Some(r#"{"scripts":{"test":"true","pretest":"tsc"}}"#), true),
            ("npm test", "package.json", Some(r#"{"scripts":{"test":"sh scripts/t.sh && jest"}}"#), true),
            ("yarn test", "package.json", Some("{}"), true),
            (
                "npm run test",
                "package.json",
                Some(r#"{"scripts":{"test":"sh scripts/t.sh && jest && eslint .","pretest":"tsc"},"x":1}"#),
                false,
            ),
            (
                "npm run test",
                "package.json",
                Some(r#"{"scripts":{"test":"sh scripts/t.sh && jest || true","pretest":"tsc"}}"#),
                true,
            ),
            ("npm run build", "package.json", Some(r#"{"scripts":{"build":"tsc"}}"#), false),
            ("npm run test", "scripts/t.sh", Some("set -eu\n./helper.sh\n"), true),
            ("npm run test", "scripts/t.sh", Some("set -eu\n./helper.sh\ngrep x y\ngrep z y\n"), false),
            ("npm run test", "scripts/t.sh", Some("set -eu\nexit 0\n./helper.sh\ngrep x y\n"), true),
            ("npm run test", "helper.sh", Some("exit 0\n"), true),
            ("npm run test", "helper.sh", None, true),
            (
                "make test",
                "Makefile",
                Some("OPTS = -q\ntest: build\n\tpytest $(OPTS)\nbuild:\n\tcc x\nother:\n\tls\n"),
                false,
            ),
            ("make test", "Makefile", Some("OPTS = -q\ntest: build\n\t-pytest $(OPTS)\nbuild:\n\tcc x\n"), true),
            ("make test", "Makefile", Some("OPTS = -k none\ntest: build\n\tpytest $(OPTS)\nbuild:\n\tcc x\n"), true),
            ("make test", "Makefile", Some("OPTS = -q\ntest: build\n\tpytest $(OPTS)\nbuild:\n\ttrue\n"), true),
            ("make -s test", "Makefile", None, true),
            (
                "make test",
                "Makefile",
                Some("SHELL = /bin/true\nOPTS = -q\ntest: build\n\tpytest $(OPTS)\nbuild:\n\tcc x\n"),
                true,
            ),
            ("just test", "justfile", Some("test:\n  true\n"), true),
            ("just test", "justfile", Some("test:\n  cargo test\nlint:\n  cargo clippy\n"), false),
            ("python3 app.py | grep x", "app.py", Some("print(1)\n"), false),
            ("python3 -m pytest test_a.py", "test_a.py", Some("def test_a():\n    assert y\n"), false),
            ("./verify", "verify", Some("#!/bin/sh\ntrue\n"), true),
            ("test -e new && sh scripts/none.sh", "scripts/none.sh", Some("x"), false),
            ("cd . && ./verify --fast", "verify", None, true),
        ];
        for (check, path, text, expected) in rows {
            let found = found(check, path, text);
            assert_eq!(!found.is_empty(), expected, "{check} {path} {text:?}: {found:?}");
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
        ];
        for (old, new, expected) in rows {
            assert_eq!(!grew(old, new, &Run::Script("t.sh".to_owned())), expected, "{old:?} {new:?}");
        }
    }

    #[test]
    fn what_rules_every_recipe_may_not_be_added() {
        let old = BASE.iter().find(|(path, _)| *path == "Makefile").expect("there is one").1;
        let rows = [
            ("MAKEFLAGS += -n\n", "", true),
            ("SHELL := /bin/true\n", "", true),
            ("", ".IGNORE:\n", true),
            ("", ".SHELLFLAGS = -c true\n", true),
            ("", ".PHONY: test\nmore:\n\tls\n", false),
        ];
        for (before, behind, expected) in rows {
            let new = format!("{before}{old}{behind}");
            assert_eq!(!found("make test", "Makefile", Some(&new)).is_empty(), expected, "{new:?}");
        }
    }

    #[test]
    fn a_check_that_is_new_must_be_able_to_fail() {
        let rows = [
            ("make test", "Makefile", "test:\n\t-pytest\n", true),
            ("make test", "Makefile", "test:\n\t@pytest || true\n", true),
            ("make test", "Makefile", ".IGNORE:\ntest:\n\tpytest\n", true),
            ("make test", "Makefile", "test:\n\t@echo fine\n", true),
            ("make test", "Makefile", "test: all\nall:\n\ttrue\n", true),
            ("make test", "Makefile", "test:\n\tpytest -x\n", false),
            ("npm test", "package.json", r#"{"scripts":{"test":"jest || true"}}"#, true),
            ("npm test", "package.json", r#"{"scripts":{"test":"jest; exit 0"}}"#, true),
            ("npm test", "package.json", r#"{"scripts":{"test":"exit 0"}}"#, true),
            ("npm test", "package.json", r#"{"scripts":{"test":"jest --ci"}}"#, false),
            ("just test", "justfile", "test:\n  cargo test || :\n", true),
        ];
        for (check, path, text, expected) in rows {
            let checks = [("c".to_owned(), check.to_owned())];
            let findings = compare(&Tree::of(&[("a.py", "x")]), &Tree::of(&[("a.py", "x"), (path, text)]), &checks);
            let kinds: Vec<Kind> = findings.iter().map(|finding| finding.kind).collect();
            assert_eq!(kinds, if expected { vec![Kind::CheckMasked] } else { vec![] }, "{check} {text:?}");
        }
    }

    #[test]
    fn the_finding_says_what_runs_it() {
        let found = found("npm run test", "helper.sh", Some("exit 0\n"));
        assert_eq!(found, ["helper.sh: the check `c` runs this script: line 1 was `true`, and is `exit 0`"]);
    }
}
