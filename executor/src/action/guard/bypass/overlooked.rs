//! What fails in a test that is a plain script ends its process, unless the program catches what nobody caught: then the script ends
//! well. Runners of tests hear of a fault by themselves. Pure.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::super::Check;
use super::super::finding::{Finding, Kind};
use super::super::inside::{self, Call};
use super::super::language;
use super::super::recipe::{folder, joined};
use super::super::text::Source;
use super::super::tree::Tree;
use super::lines::{squeezed, style};
use super::text;

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

/// What catches everything in JavaScript; its brackets open at the end.
static CATCHES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"\bprocess\.(?:(?:on|once|addListener|prependListener|prependOnceListener)\s*\(\s*['"](?:uncaughtException|unhandledRejection)['"]\s*,|setUncaughtExceptionCaptureCallback\s*\()\s*"#,
    )
});
/// The same in Python.
static HOOKS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bsys\.excepthook[ \t]*=[ \t]*"));
static NAME: LazyLock<Regex> = LazyLock::new(|| pattern(r"^([A-Za-z_$][\w$]*)[ \t]*(?:[,);\n]|$)"));
/// What makes a process fail all the same.
static FAILS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\bexit\s*\(\s*[^)\s0]|\bexitCode\s*=\s*[^=\s0]|\bthrow\b|\babort\s*\(|\bkill\s*\(|\breject\s*\(")
});
static ENDS_WELL: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bos\._exit\s*\(\s*(?:0|os\.EX_OK)\s*\)"));
static ASSERTS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bassert|\bAssertionError\b|\bthrow\b"));
static TAKES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"\b(?:require|import)\s*\(?\s*['"](\.[^'"\n]+)['"]|\bfrom\s+['"](\.[^'"\n]+)['"]|(?m)^\s*(?:from|import)[ \t]+([\w.]+)"#,
    )
});

pub(super) fn changed(base: &Tree<'_>, now: &Tree<'_>, path: &str, checks: &[Check]) -> Vec<Finding> {
    let extension = language::Path::new(path).extension;
    let Some(style) = style(extension).filter(|_| now.has(path)) else { return Vec::new() };
    let (old, new) = (text(base, path), text(now, path));
    let source = Source::new(&new, style);
    let hooks = if extension == "py" { &HOOKS } else { &CATCHES };
    let known: Vec<String> = Source::new(&old, style).plain.lines().map(squeezed).collect();
    let overlooks = |hit: &regex::Match<'_>| {
        let line = squeezed(&source.plain[source.line_start(hit.start())..source.line_end(hit.start())]);
        source.is_code(hit.start()) && !known.contains(&line) && is_overlooked(&source, hit.end(), extension)
    };
    let Some(hit) = hooks.find_iter(&source.plain).find(overlooks) else { return Vec::new() };
    let Some(script) = script(base, now, path, checks) else { return Vec::new() };
    let line = squeezed(&source.plain[source.line_start(hit.start())..source.line_end(hit.start())]);
    let what = format!("what fails in `{script}`, which is a test by itself, ends well by it: `{line}`");
    vec![Finding::new(Kind::EarlyExit, path, Some(source.line(hit.start())), what)]
}

/// Does what stands at `at` let a fault pass for none?
fn is_overlooked(source: &Source, at: usize, extension: &str) -> bool {
    let body = match NAME.captures(&source.code[at..]) {
        Some(found) => named(source, &found[1]),
        None if extension == "py" => Some(source.code[at..source.line_end(at)].to_owned()),
        None => {
            // The brackets of the call are open.
            let open = source.code[..at].rfind('(').unwrap_or(at);
            Some(source.code[at..source.closing(open).max(at)].to_owned())
        }
    };
    body.is_some_and(|body| if extension == "py" { ENDS_WELL.is_match(&body) } else { !FAILS.is_match(&body) })
}

/// The function that the file calls `name`, up to the next one that is not indented.
fn named(source: &Source, name: &str) -> Option<String> {
    let name = regex::escape(name);
    let made = Regex::new(&format!(
        r"(?m)^[ \t]*(?:async[ \t]+)?(?:def|function)[ \t]+{name}\b|\b(?:const|let|var)[ \t]+{name}[ \t]*="
    ));
    let begin = made.ok()?.find(&source.code)?.start();
    let mut end = source.line_end(begin);
    while let Some(line) = source.code.get(end + 1..).and_then(|rest| rest.lines().next()) {
        if !line.is_empty() && !line.starts_with([' ', '\t', '}', ')']) {
            break;
        }
        end += 1 + line.len();
        if end >= source.code.len() {
            break;
        }
    }
    Some(source.code[begin..end.min(source.code.len())].to_owned())
}

/// The plain script with tests that a check runs, and that brings the file at `path` in.
fn script(base: &Tree<'_>, now: &Tree<'_>, path: &str, checks: &[Check]) -> Option<String> {
    let named = inside::named(base, now, checks);
    let plain = |calls: &[Call]| calls.iter().any(|call| !call.collected);
    let scripts = named.iter().filter(|(_, calls)| plain(calls)).map(|(script, _)| script);
    let mut scripts = scripts.filter(|script| ASSERTS.is_match(&text(now, script)));
    scripts.find(|script| reached(now, script).contains(path)).cloned()
}

/// The file at `path`, and those that it brings in.
fn reached(now: &Tree<'_>, path: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::from([path.to_owned()]);
    let mut open = vec![path.to_owned()];
    while let Some(file) = open.pop() {
        for found in TAKES.captures_iter(&text(now, &file)) {
            let Some(name) = found.iter().skip(1).flatten().next().map(|name| name.as_str()) else { continue };
            let places: Vec<String> = if file.ends_with(".py") {
                let module = name.trim_start_matches('.').replace('.', "/");
                [folder(&file), "", "src"].iter().map(|place| joined(place, &module)).collect()
            } else {
                vec![joined(folder(&file), name)]
            };
            const ENDS: [&str; 10] =
                ["", ".js", ".ts", ".mjs", ".cjs", ".tsx", "/index.js", "/index.ts", ".py", "/__init__.py"];
            let files = places.iter().flat_map(|place| ENDS.iter().map(move |end| format!("{place}{end}")));
            for other in files.filter(|other| now.has(other)) {
                if seen.insert(other.clone()) {
                    open.push(other);
                }
            }
        }
    }
    seen
}
