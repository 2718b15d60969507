//! The program itself ends well, before a test that runs it can tell: when it is loaded, or in a function that tests call.

use std::sync::LazyLock;

use regex::Regex;

use super::super::finding::{Finding, Kind};
use super::super::language;
use super::super::text::Source;
use super::super::tree::Tree;
use super::lines::{squeezed, style};
use super::text;

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

static PYTHON: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\bos\._exit\s*\(\s*(?:0|os\.EX_OK)\s*\)|\bos\.exec\w+\s*\(|\b(?:sys\.)?exit\s*\(\s*(?:0|None)?\s*\)|\bquit\s*\(\s*\)|\braise\s+SystemExit\b(?:\s*\(\s*0?\s*\))?\s*$",
    )
});
static SCRIPT: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bprocess\.(?:exit|reallyExit)\s*\(\s*0?\s*\)"));
static RUST: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bprocess::exit\s*\(\s*0\s*\)|\blibc::_?exit\s*\(\s*0\s*\)"));
static GO: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:os|syscall)\.Exit\s*\(\s*0\s*\)"));

/// A function, with its name.
static FUNCTION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:fn|func|function|def)\s+(?:\([^)]*\)\s*)?(\w+)[^{;\n]*\{|\b(?:const|let|var|exports\.|module\.exports\.)\s*(\w+)\s*=\s*(?:async\s*)?(?:function\b[^{]*|\([^)]*\)\s*=>\s*|\w+\s*=>\s*)\{",
    )
});

pub(super) fn changed(base: &Tree<'_>, now: &Tree<'_>, path: &str) -> Vec<Finding> {
    let parts = language::Path::new(path);
    let exits = match parts.extension {
        "py" => &PYTHON,
        "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" | "jsx" | "tsx" => &SCRIPT,
        "rs" => &RUST,
        "go" => &GO,
        _ => return Vec::new(),
    };
    // Files for tests are looked at elsewhere.
    if !now.has(path) || parts.in_tests() || parts.extension != "rs" && language::of(path).is_some() {
        return Vec::new();
    }
    let Some(style) = style(parts.extension) else { return Vec::new() };
    let (old, new) = (text(base, path), text(now, path));
    let source = Source::new(&new, style);
    let known: Vec<String> = Source::new(&old, style).plain.lines().map(squeezed).collect();
    let hits = exits.find_iter(&source.code).filter(|hit| {
        let line = &source.plain[source.line_start(hit.start())..source.line_end(hit.start())];
        !known.contains(&squeezed(line)) && is_reached(now, path, &parts, &source, hit.start())
    });
    hits.map(|hit| {
        let line = squeezed(&source.plain[source.line_start(hit.start())..source.line_end(hit.start())]);
        let what = format!("whoever tests this file ends well before telling anything: `{line}`");
        Finding::new(Kind::EarlyExit, path, Some(source.line(hit.start())), what)
    })
    .collect()
}

/// A function whose value it is.
static GIVES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?:const|let|var|exports\.|module\.exports\.)\s*(\w+)\s*=\s*(?:async\s*)?(?:\([^)]*\)|\w+)\s*=>\s*$")
});

/// A function of Python, with its first line.
static DEFINES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)^([ \t]*)def[ \t]+(\w+)[ \t]*\([^)]*\)[^:\n]*:[ \t]*\n([ \t]*)"));

/// Does a function of Python that tests call end everything, whatever it is given? `sys.exit` is only raised.
fn ends_function(now: &Tree<'_>, source: &Source, at: usize) -> bool {
    let line = &source.code[source.line_start(at)..];
    let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
    let alone = source.line_start(at) + indent == at;
    let Some(found) = DEFINES.captures_iter(&source.code[..at]).last().filter(|_| alone) else { return false };
    line[indent..].starts_with("os.")
        && found[3].len() == indent
        && found[1].len() < indent
        && is_called(now, "py", &found[2])
}

/// Is it a statement of its own, and not what a condition or a callback leads to?
fn is_alone(source: &Source, at: usize) -> bool {
    let before = source.code[..at].trim_end();
    let of_names = before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_' || c == ':').trim_end();
    let before = if source.code[at..].starts_with("process::") { of_names } else { before };
    let goes_on = before.ends_with([')', '>', ',', '(', '&', '|', '?', ':', '=', '.']) || before.ends_with("else");
    !goes_on && !before.ends_with("return")
}

/// Does a run of tests come to `at`, whatever the program is given?
fn is_reached(now: &Tree<'_>, path: &str, parts: &language::Path<'_>, source: &Source, at: usize) -> bool {
    let line = &source.code[source.line_start(at)..at];
    if parts.extension == "py" && line.starts_with(char::is_whitespace) {
        return ends_function(now, source, at);
    }
    if parts.extension == "py" {
        return line.trim().is_empty() && !line.starts_with(char::is_whitespace) && is_imported(now, path, parts);
    }
    if let Some(found) = GIVES.captures(&source.code[..at]) {
        return is_called(now, parts.extension, &found[1]);
    }
    if !is_alone(source, at) {
        return false;
    }
    let around = FUNCTION.captures_iter(&source.code[..at]).filter_map(|found| {
        let open = found.get(0)?.end() - 1;
        let name = found.iter().skip(1).flatten().next()?.as_str();
        (source.closing(open) > at).then_some((open, name))
    });
    let inner = around.last();
    let depth =
        |from: usize| source.code[from..at].bytes().map(|b| i32::from(b == b'{') - i32::from(b == b'}')).sum::<i32>();
    match (parts.extension, inner) {
        ("go", Some((open, "init"))) => depth(open) == 1,
        ("rs" | "go", Some((open, name))) => {
            name != "main" && depth(open) == 1 && is_called(now, parts.extension, name)
        }
        ("rs" | "go", None) => false,
        (_, Some((open, name))) => depth(open) == 1 && is_called(now, parts.extension, name),
        (_, None) => depth(0) == 0 && is_imported(now, path, parts),
    }
}

/// Does another file bring this one in?
fn is_imported(now: &Tree<'_>, path: &str, parts: &language::Path<'_>) -> bool {
    let name =
        if matches!(parts.stem, "__init__" | "index") { parts.folders.last().copied() } else { Some(parts.stem) };
    let Some(name) = name.filter(|name| *name != "__main__") else { return false };
    let name = regex::escape(name);
    let imports = match parts.extension {
        "py" => format!(
            r"(?m)^\s*(?:import\s+(?:[\w.]+\.)?{name}\b|from\s+[\w.]*\b{name}\s+import|from\s+[\w.]+\s+import\s+[^\n]*\b{name}\b)"
        ),
        _ => format!(r#"(?:require\s*\(|\bfrom|\bimport\s*\(?)\s*['"`][^'"`\n]*\b{name}(?:\.\w+)?['"`]"#),
    };
    let Ok(imports) = Regex::new(&imports) else { return false };
    let others = now
        .paths()
        .filter(|other| *other != path && language::Path::new(other).extension.starts_with(&parts.extension[..1]));
    others.into_iter().any(|other| now.text(other).readable().is_some_and(|text| imports.is_match(text)))
}

/// Does a test call a function of this name?
fn is_called(now: &Tree<'_>, extension: &str, name: &str) -> bool {
    let Ok(calls) = Regex::new(&format!(r"\b{}\s*\(", regex::escape(name))) else { return false };
    let tests =
        now.paths().filter(|path| language::Path::new(path).extension == extension && language::of(path).is_some());
    tests.into_iter().any(|path| {
        let text = text(now, path);
        let from = if extension == "rs" && !language::Path::new(path).in_tests() {
            text.find("#[cfg(test)]")
        } else {
            Some(0)
        };
        from.is_some_and(|from| calls.is_match(&text[from..]))
    })
}
