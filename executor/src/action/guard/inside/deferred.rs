//! Tests that a program still holds and calls, but in a way in which nobody runs them or hears them. Pure.

use std::sync::LazyLock;

use regex::Regex;

use super::called::Side;
use super::named::Call;

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

static MAIN: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bunittest\.main\s*\(([^()]*)"));
static FEWER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"\bdefaultTest\s*=\s*[^N\s]|\bargv\s*=\s*\[[^\]]*,\s*["'](?:-k|[^-"'])"#));
static SILENT: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bexit\s*=\s*False\b"));
static ASKED: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bwasSuccessful\b|\.(?:failures|errors)\b"));
static LOADS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?m)^def[ \t]+load_tests[ \t]*\([ \t]*\w+[ \t]*,[ \t]*(\w+)[^\n]*\n((?:[ \t]+[^\n]*\n?|\n)*)")
});
static CLASS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^class[ \t]+(\w+)"));

/// What is new of the kind: the line, and what it does.
pub(super) fn found(was: &Side<'_>, is: &Side<'_>, checks: &[Call]) -> Vec<(usize, String)> {
    if is.part.text.trim().is_empty() {
        return Vec::new();
    }
    let mut found = loaded(was, is);
    found.extend(deleted(was, is));
    if checks.iter().any(|call| !call.collected) {
        found.extend(run_otherwise(was, is));
        found.extend(later(was, is));
        found.extend(checks.iter().flat_map(|call| &call.given).filter_map(|word| turned(was, is, word)));
    }
    found
}

/// `unittest.main` is told to run fewer, or to end well.
fn run_otherwise(was: &Side<'_>, is: &Side<'_>) -> Option<(usize, String)> {
    let (at, said) = MAIN.captures_iter(&is.source.plain).find_map(|call| {
        let given = call.get(1)?;
        let bad =
            FEWER.find(given.as_str()).is_some() || SILENT.is_match(given.as_str()) && !ASKED.is_match(&is.source.code);
        (bad && is.source.is_code(call.get(0)?.start())).then(|| (given.start(), given.as_str().trim().to_owned()))
    })?;
    let is_new = !was.source.plain.contains(&said);
    is_new.then(|| (is.source.line(at), format!("not every test is run, or not heard: `unittest.main({said})`")))
}

/// A word of the check turns off what it turned on.
fn turned(was: &Side<'_>, is: &Side<'_>, word: &str) -> Option<(usize, String)> {
    let off = Regex::new(&format!(r#"["']{}["']\s*,[^()]*\bstore_false\b"#, regex::escape(word))).ok()?;
    let hit = off.find(&is.source.plain).filter(|_| !off.is_match(&was.source.plain))?;
    Some((is.source.line(hit.start()), format!("what the check says turns it off: `{}`", hit.as_str())))
}

/// Tests that are called only where nobody hears them fail.
fn later(was: &Side<'_>, is: &Side<'_>) -> Vec<(usize, String)> {
    let of = |name: &String| {
        let name = regex::escape(name);
        let given = Regex::new(&format!(
            r"\b(?:atexit\.register|Thread|Timer|Process|submit|start_new_thread)\s*\([^()\n]*\b{name}\b"
        ));
        let hit = given.ok()?.find(&is.source.code)?;
        let called = Regex::new(&format!(r"(?m)^(.*)\b{name}\s*\(")).ok()?;
        let is_made = |line: &str| line.trim_end().ends_with("def");
        let is_called = called.captures_iter(&is.source.code).any(|call| !is_made(&call[1]));
        let is_new = !was.source.code.contains(hit.as_str());
        let what = || format!("where it is run, nobody hears it fail: `{}`", hit.as_str());
        (is_new && !is_called).then(|| (is.source.line(hit.start()), what()))
    };
    is.part.names.iter().filter_map(of).collect()
}

/// `del AppTest`.
fn deleted(was: &Side<'_>, is: &Side<'_>) -> Vec<(usize, String)> {
    let classes = CLASS.captures_iter(&is.part.text).map(|found| found[1].to_owned());
    let of = |name: String| {
        let gone = Regex::new(&format!(r"(?m)^[ \t]*del\b[^\n]*\b{}\b", regex::escape(&name))).ok()?;
        let hit = gone.find(&is.source.code).filter(|_| !gone.is_match(&was.source.code))?;
        Some((is.source.line(hit.start()), format!("`{name}` is taken away: `{}`", hit.as_str().trim())))
    };
    classes.filter_map(of).collect()
}

/// `load_tests` gives back something else than the tests that there are.
fn loaded(was: &Side<'_>, is: &Side<'_>) -> Vec<(usize, String)> {
    let Some(found) = LOADS.captures(&is.source.code).filter(|_| !LOADS.is_match(&was.source.code)) else {
        return Vec::new();
    };
    let all = found.get(0).map_or(0, |all| all.start());
    let says =
        |name: &str| Regex::new(&format!(r"\b{}\b", regex::escape(name))).is_ok_and(|word| word.is_match(&found[2]));
    let mut classes = CLASS.captures_iter(&is.part.text);
    if says(&found[1])
        || says("loadTestsFromModule")
        || classes.any(|class| says(&class[1]))
        || !CLASS.is_match(&is.part.text)
    {
        return Vec::new();
    }
    vec![(is.source.line(all), "`load_tests` gives back other tests than those of the file".to_owned())]
}
