//! A linter or type checker that a check runs, told in a file to overlook all of it.

use std::sync::LazyLock;

use regex::Regex;

use super::super::Check;
use super::super::finding::{Finding, Kind};
use super::super::language;
use super::super::tree::Tree;
use super::lines::squeezed;
use super::text;

type Row = (&'static [&'static str], Regex, &'static [&'static str]);

/// Endings of files, what is written there, and the words of checks that run the tool.
static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
    const SCRIPT: &[&str] = &["js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts"];
    let pattern = |text: &str| Regex::new(text).expect("a constant pattern");
    vec![
        (SCRIPT, pattern(r"^\s*/\*\s*(?:eslint|oxlint)-disable\s*\*/"), &["lint"]),
        (SCRIPT, pattern(r"^\s*//\s*@ts-nocheck\b"), &["tsc", "typecheck", "type-check", "build"]),
        (SCRIPT, pattern(r"^\s*//\s*biome-ignore-all\b"), &["biome", "lint"]),
        (
            &["py"],
            pattern(r"^\s*#\s*(?:ruff|flake8)\s*:\s*noqa\s*$|^\s*#\s*pylint\s*:\s*(?:skip-file|disable=all)\b"),
            &["ruff", "flake8", "lint"],
        ),
        (
            &["py"],
            pattern(r"^\s*#\s*mypy\s*:\s*ignore-errors\b|^\s*#\s*type\s*:\s*ignore\s*$|^\s*#\s*pyright\s*:\s*basic\b"),
            &["mypy", "pyright", "typecheck", "lint"],
        ),
        (
            &["rs"],
            pattern(r"^\s*#!\[\s*allow\s*\(\s*(?:warnings|clippy::all|clippy::pedantic|unused)\s*\)"),
            &["clippy", "lint", "-D warnings"],
        ),
        (&["go"], pattern(r"^\s*//\s*(?:lint:file-ignore\b|nolint\s*$|nolint:all\b)"), &["lint", "staticcheck"]),
    ]
});

pub(super) fn changed(base: &Tree<'_>, now: &Tree<'_>, path: &str, checks: &[Check]) -> Vec<Finding> {
    let extension = language::Path::new(path).extension;
    let rows = TABLE.iter().filter(|(endings, ..)| endings.contains(&extension));
    let rows: Vec<_> = rows
        .filter(|(.., words)| checks.iter().any(|check| words.iter().any(|word| check.run.contains(word))))
        .collect();
    if rows.is_empty() || !now.has(path) {
        return Vec::new();
    }
    let (old, new) = (text(base, path), text(now, path));
    let known: Vec<String> = old.lines().map(squeezed).collect();
    let fresh = new.lines().enumerate().filter(|(_, line)| !known.contains(&squeezed(line)));
    let hits = fresh.filter(|(_, line)| rows.iter().any(|(_, pattern, _)| pattern.is_match(line)));
    let found = hits.map(|(at, line)| {
        let what = format!("a check that reads this file overlooks all of it: `{}`", line.trim());
        Finding::new(Kind::ConfigChanged, path, Some(at + 1), what)
    });
    found.collect()
}
