//! Tests that are there and are not run: another of the same name follows, their class is no test case any more, a hook
//! chooses others, a tag leaves their file out.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::super::Check;
use super::super::finding::{Finding, Kind};
use super::super::language::{self, Patterns, python, scan};
use super::super::text::Source;
use super::super::tree::Tree;
use super::text;

static CLASS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^class[ \t]+(\w+)[ \t]*(?:\(([^)]*)\))?[ \t]*:").expect("a constant pattern"));
static REBOUND: LazyLock<Regex> = LazyLock::new(|| {
    let pattern =
        r"(?m)^(?:del[ \t]+(\w+)|(\w+)[ \t]*=[^=]|(?:\w+\.)?(test\w*)[ \t]*=[^=]|(?:setattr|delattr)[ \t]*\(\s*(\w+))";
    Regex::new(pattern).expect("a constant pattern")
});
static LOADS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^(?:async[ \t]+)?def[ \t]+load_tests[ \t]*\(([^)]*)\)|^load_tests[ \t]*=")
        .expect("a constant pattern")
});
static COROUTINE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^[ \t]*async[ \t]+def[ \t]+(test\w*)[ \t]*\(").expect("a constant pattern"));
static TAG: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^//\s*(?:go:build|\+build)\s+(.*)$").expect("a constant pattern"));

pub(super) fn changed(base: &Tree<'_>, now: &Tree<'_>, path: &str, checks: &[Check]) -> Vec<Finding> {
    if !now.has(path) {
        return Vec::new();
    }
    let (old, new) = (text(base, path), text(now, path));
    let said = match language::Path::new(path).extension {
        "py" => [
            doubled(path, &old, &new),
            classes(&old, &new, checks),
            rebound(path, &old, &new),
            loads(base, path, &old, &new),
            unawaited(now, &old, &new),
        ]
        .concat(),
        "rb" => doubled(path, &old, &new),
        "go" if path.ends_with("_test.go") && base.has(path) => tags(&old, &new),
        _ => Vec::new(),
    };
    said.into_iter().map(|(line, what)| Finding::new(Kind::TestSkipped, path, line, what)).collect()
}

type Said = Vec<(Option<usize>, String)>;

/// How often each name is given, and the line of the last.
fn named(path: &str, text: &str) -> BTreeMap<String, (usize, usize)> {
    let mut names: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let Some(language) = language::of(path) else { return names };
    for test in scan(text, language, &Patterns::default()).tests {
        let known = names.entry(test.name).or_default();
        *known = (known.0 + 1, test.line);
    }
    names
}

/// The last of a name is the one that is run.
fn doubled(path: &str, old: &str, new: &str) -> Said {
    let before = named(path, old);
    let again = named(path, new).into_iter().filter_map(|(name, (count, line))| {
        let was = before.get(&name).map_or(0, |known| known.0);
        (was > 0 && count > was)
            .then(|| (Some(line), format!("`{name}`: it is no longer run, another of this name follows")))
    });
    again.collect()
}

/// Classes at the top, in order, with what they are made from.
fn tops(text: &str) -> Vec<(String, String)> {
    let source = Source::new(text, &python::STYLE);
    let found = CLASS.captures_iter(&source.code);
    found.map(|c| (c[1].to_owned(), c.get(2).map_or("", |bases| bases.as_str()).trim().to_owned())).collect()
}

fn classes(old: &str, new: &str, checks: &[Check]) -> Said {
    let (before, after) = (tops(old), tops(new));
    let count = |all: &[(String, String)], name: &str| all.iter().filter(|(own, _)| own == name).count();
    let mut said = Vec::new();
    for (name, bases) in &before {
        if count(&after, name) > count(&before, name) {
            said.push((None, format!("`{name}`: its tests are no longer run, another class of this name follows")));
        }
        let by_class = checks.iter().any(|check| check.run.contains("unittest")) || !name.starts_with("Test");
        let is_case = |bases: &str| bases.contains("TestCase");
        let lost = after.iter().any(|(own, bases)| own == name && matches!(bases.as_str(), "" | "object"));
        if is_case(bases) && lost && by_class {
            said.push((None, format!("`{name}` is no `TestCase` any more: its tests are no longer run")));
        }
    }
    said.dedup();
    said
}

/// A name of a test or its class that is given to something else, or taken away.
fn rebound(path: &str, old: &str, new: &str) -> Said {
    let mut tests: Vec<String> = named(path, old).into_keys().collect();
    tests.extend(tests.clone().iter().flat_map(|name| name.split(" > ").map(str::to_owned).collect::<Vec<_>>()));
    let of = |text: &str| -> Vec<(usize, String, String)> {
        let source = Source::new(text, &python::STYLE);
        let found = REBOUND.captures_iter(&source.code);
        found
            .filter_map(|c| {
                let at = c.get(0)?.start();
                let line = source.plain[at..source.line_end(at)].trim().to_owned();
                Some((source.line(at), c.iter().skip(1).flatten().next()?.as_str().to_owned(), line))
            })
            .collect()
    };
    let known = of(old);
    let fresh = of(new).into_iter().filter(|(_, _, line)| !known.iter().any(|(_, _, own)| own == line));
    let hit = fresh.filter(|(_, name, _)| tests.contains(name));
    hit.map(|(line, name, says)| (Some(line), format!("`{name}`: it is no longer run: `{says}`"))).collect()
}

/// Tests that are coroutines now, where nobody awaits them.
fn unawaited(now: &Tree<'_>, old: &str, new: &str) -> Said {
    static AWAITS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\bmark\.(?:asyncio|anyio|trio|gen_test|twisted)\b|\b\w*Async\w*Test\w*\b|\b(?:asyncio|anyio|trio)_mode\b|\banyio_backend\b")
            .expect("a constant pattern")
    });
    const SETTINGS: [&str; 5] = ["pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini", "conftest.py"];
    let source = Source::new(new, &python::STYLE);
    let settled = || {
        let files = now.paths().filter(|path| SETTINGS.contains(&super::parted(path).1));
        files.into_iter().any(|path| AWAITS.is_match(&text(now, path)))
    };
    if AWAITS.is_match(&source.code) {
        return Vec::new();
    }
    let before = Source::new(old, &python::STYLE);
    let plain = |name: &str| {
        Regex::new(&format!(r"(?m)^[ \t]*def[ \t]+{name}[ \t]*\(")).is_ok_and(|plain| plain.is_match(&before.code))
    };
    let found = COROUTINE.captures_iter(&source.code).filter(|found| plain(&found[1]));
    let said: Said = found
        .filter_map(|found| {
            let what = format!("`{}`: it is a coroutine, and nobody awaits it", &found[1]);
            Some((Some(source.line(found.get(1)?.start())), what))
        })
        .collect();
    if said.is_empty() || settled() { Vec::new() } else { said }
}

/// A hook that says which tests are run, and leaves out those that were found.
fn loads(base: &Tree<'_>, path: &str, old: &str, new: &str) -> Said {
    let source = Source::new(new, &python::STYLE);
    let Some(found) = LOADS.captures(&source.code).filter(|_| !LOADS.is_match(old)) else { return Vec::new() };
    let folder = super::parted(path).0;
    let below = |other: &str| other.starts_with(folder) && language::of(other).is_some() && other.ends_with(".py");
    if !base.paths().any(below) {
        return Vec::new();
    }
    let given = found
        .get(1)
        .and_then(|all| all.as_str().split(',').nth(1))
        .map(|name| name.split(['=', ':']).next().unwrap_or_default().trim());
    let at = found.get(0).map_or(0, |found| found.start());
    let keeps = given.is_some_and(|name| {
        let body = &source.code[at..];
        let adds = body.contains(&format!("{name}.addTest")) || body.contains(&format!("addTests({name}"));
        let returns =
            Regex::new(&format!(r"\breturn\s+{}\b", regex::escape(name))).is_ok_and(|pattern| pattern.is_match(body));
        adds && (returns || body.contains(&format!("addTests({name}")))
    });
    let what = "`load_tests` says which tests are run, and not those that are found";
    if keeps { Vec::new() } else { vec![(Some(source.line(at)), what.to_owned())] }
}

/// Tags with which the file is compiled; those of this kind of machine are no loss.
fn tags(old: &str, new: &str) -> Said {
    let of = |text: &str| -> Vec<String> { TAG.captures_iter(text).map(|c| c[1].trim().to_owned()).collect() };
    let known = of(old);
    let usual = ["linux", "unix", "darwin", "!windows", "!js", "!wasm", "!race", "!plan9"];
    let fresh = of(new).into_iter().filter(|tag| !known.contains(tag) && !usual.iter().any(|word| tag.contains(word)));
    fresh.map(|tag| (None, format!("the file is compiled only with the tag `{tag}`"))).collect()
}
