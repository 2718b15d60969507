//! Settings of package managers and test runners that stand among others: which shell runs a script, what is left out.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::super::environment;
use super::super::finding::{Finding, Kind};
use super::super::language::javascript;
use super::super::text::Source;
use super::super::tree::Tree;
use super::{parted, text};

/// Shells that a script may be given to.
const SHELLS: [&str; 8] = ["sh", "bash", "zsh", "dash", "cmd", "cmd.exe", "pwsh", "powershell"];

/// Programs of the registry that run or judge tests.
const RUNNERS: [&str; 28] = [
    "jest",
    "vitest",
    "mocha",
    "ava",
    "tap",
    "jasmine",
    "karma",
    "cypress",
    "playwright",
    "@playwright/test",
    "c8",
    "nyc",
    "chai",
    "expect",
    "sinon",
    "typescript",
    "eslint",
    "prettier",
    "ts-node",
    "tsx",
    "ts-jest",
    "@jest/globals",
    "@vitest/runner",
    "tape",
    "uvu",
    "qunit",
    "@biomejs/biome",
    "node",
];

/// Keys in the block for tests of `vite.config`.
static LEFT_OUT: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"\b(?:exclude|include|passWithNoTests|testNamePattern|dangerouslyIgnoreUnhandledErrors|retry|allowOnly|setupFiles|globalSetup|alias|runner|bail)\s*:";
    Regex::new(pattern).expect("a constant pattern")
});
static BLOCK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\btest\s*:\s*\{").expect("a constant pattern"));

/// A module that `go.mod` replaces.
static REPLACED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^\s*(?:replace\s+)?([\w.\-/~]+)(?:\s+v\S+)?\s+=>").expect("a constant pattern"));

pub(super) fn changed(base: &Tree<'_>, now: &Tree<'_>, path: &str) -> Vec<Finding> {
    let (old, new) = (text(base, path), text(now, path));
    let (folder, name) = parted(path);
    let said = match name {
        ".npmrc" | ".yarnrc" | ".yarnrc.yml" | "pnpm-workspace.yaml" => managers(&old, &new, base, folder),
        "package.json" => [dependencies(&old, &new), stands_for(&old, &new, folder)].concat(),
        "go.mod" if base.has(path) => [replaced(&old, &new, base), ignored(&old, &new, base)].concat(),
        "go.mod" => apart(base, folder),
        "go.work" => replaced(&old, &new, base),
        _ if name.starts_with("vite.config.") => left_out(&old, &new),
        _ => Vec::new(),
    };
    said.into_iter().map(|what| Finding::new(Kind::ConfigChanged, path, None, what)).collect()
}

/// Keys as they are meant, with their values.
fn keys(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';', '/']));
    // A key alone is true.
    let parted = lines.map(|line| line.split_once(['=', ':', ' ']).unwrap_or((line, "true")));
    parted
        .map(|(key, value)| {
            let key = key.trim().trim_matches('"').to_ascii_lowercase().replace('_', "-");
            let key = key.strip_prefix("npm-config-").unwrap_or(&key).replace('-', "");
            (key, value.trim().trim_matches(['"', '\'']).to_owned())
        })
        .collect()
}

fn managers(old: &str, new: &str, base: &Tree<'_>, folder: &str) -> Vec<String> {
    let before = keys(old);
    let new = keys(new);
    let fresh = new.into_iter().filter(|(key, value)| before.get(key) != Some(value));
    let harmful = fresh.filter(|(key, value)| match key.as_str() {
        "scriptshell" => !SHELLS.contains(&value.rsplit('/').next().unwrap_or_default()) || !is_of_the_system(value),
        "nodeoptions" => environment::decides("NODE_OPTIONS", value, base),
        // With `usage` npm only tells how a command is used, and ends well.
        "ifpresent" | "workspace" | "workspaces" | "usage" => value != "false",
        "userconfig" | "globalconfig" => true,
        "ignorescripts" => value == "true" && surrounds(base, folder),
        "enableprepostscripts" => value == "false" && surrounds(base, folder),
        "yarnpath" => !value.starts_with(".yarn/releases/"),
        _ => false,
    });
    harmful.map(|(key, value)| format!("`{key}` is `{value}`: it decides what a script runs in")).collect()
}

/// A name, or a path that nobody brings along with the work.
fn is_of_the_system(program: &str) -> bool {
    let folder = program.rsplit_once('/').map(|(folder, _)| folder);
    folder.is_none_or(|folder| matches!(folder, "/bin" | "/usr/bin" | "/usr/local/bin" | "/opt/homebrew/bin"))
}

/// Does something run before or after a script of a package at `folder` or below?
fn surrounds(base: &Tree<'_>, folder: &str) -> bool {
    let mut packages = base.paths().filter(|path| path.starts_with(folder) && parted(path).1 == "package.json");
    packages.any(|path| {
        let Ok(package) = serde_json::from_str::<Value>(&text(base, path)) else { return false };
        let Some(scripts) = package.get("scripts").and_then(Value::as_object) else { return false };
        let around =
            |name: &String| ["pre", "post"].iter().any(|start| scripts.contains_key(&format!("{start}{name}")));
        scripts.keys().any(around)
    })
}

/// A package of the repository that has the name of what runs the tests, or brings a program of that name; a package
/// manager from elsewhere; a plugin of the repository that rewrites what is compiled.
fn stands_for(old: &str, new: &str, folder: &str) -> Vec<String> {
    let of = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let (old, new) = (of(old), of(new));
    let mut said = Vec::new();
    // The package at the top is no dependency of its own.
    let inner = !folder.is_empty();
    let name = new["name"].as_str().filter(|name| inner && RUNNERS.contains(name) && old["name"] != *name);
    said.extend(name.map(|name| format!("the package calls itself `{name}`")));
    let programs = new["bin"].as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    let stand_in = programs.filter(|name| inner && RUNNERS.contains(name) && old["bin"].get(name).is_none());
    said.extend(stand_in.map(|name| format!("it brings a program `{name}`")));
    let manager = new["packageManager"].as_str().filter(|_| new["packageManager"] != old["packageManager"]);
    said.extend(
        manager.filter(|from| from.contains(['/', ':'])).map(|from| format!("the package manager is `{from}`")),
    );
    for key in ["babel", "swc"].into_iter().filter(|key| new.get(key) != old.get(key)) {
        let says = new[key].to_string();
        if says.contains("\"./") || says.contains("\"../") {
            said.push(format!("`{key}` compiles with a plugin of the repository"));
        }
    }
    said
}

/// What runs the tests comes from elsewhere than the registry.
fn dependencies(old: &str, new: &str) -> Vec<String> {
    const PLACES: [&str; 7] = [
        "/dependencies",
        "/devDependencies",
        "/peerDependencies",
        "/optionalDependencies",
        "/overrides",
        "/resolutions",
        "/pnpm/overrides",
    ];
    let (Ok(old), Ok(new)) = (serde_json::from_str::<Value>(old), serde_json::from_str::<Value>(new)) else {
        return Vec::new();
    };
    let mut said = Vec::new();
    for (place, name) in PLACES.iter().flat_map(|place| RUNNERS.iter().map(move |name| (place, name))) {
        let at = |value: &Value| value.pointer(place).and_then(|all| all.get(*name)).cloned();
        let Some(Value::String(from)) = at(&new).filter(|from| at(&old).as_ref() != Some(from)) else { continue };
        let own = format!("npm:{name}@");
        let local = ["file:", "link:", "portal:", "./", "../", "/", "git", "http", "npm:", "patch:"];
        if local.iter().any(|start| from.starts_with(start)) && !from.starts_with(&own) {
            said.push(format!("`{name}` comes from `{from}`"));
        }
    }
    said
}

/// Folders that have tests in `base`, and that Go passes over now.
fn ignored(old: &str, new: &str, base: &Tree<'_>) -> Vec<String> {
    let mut within = false;
    let mut said = Vec::new();
    for line in new.lines().map(str::trim) {
        let folder = line.strip_prefix("ignore ").map_or_else(|| within.then_some(line), |rest| Some(rest.trim()));
        within = line == "ignore (" || within && line != ")";
        let Some(folder) = folder.filter(|_| !old.lines().any(|other| other.trim() == line)) else { continue };
        let own = folder.trim_start_matches("./").trim_end_matches('/');
        if has_tests(base, &format!("{own}/")) {
            said.push(format!("Go passes over `{own}` now: the tests in it are no longer run"));
        }
    }
    said
}

/// A module of its own in a folder whose tests were those of another.
fn apart(base: &Tree<'_>, folder: &str) -> Vec<String> {
    let lost = !folder.is_empty() && base.has("go.mod") && has_tests(base, folder);
    let what = || format!("`{folder}` is another module now: `go test ./...` no longer runs the tests in it");
    lost.then(what).into_iter().collect()
}

fn has_tests(base: &Tree<'_>, folder: &str) -> bool {
    base.paths().any(|path| path.starts_with(folder) && path.ends_with("_test.go"))
}

/// Modules that tests import, and which are replaced.
fn replaced(old: &str, new: &str, base: &Tree<'_>) -> Vec<String> {
    let of = |text: &str| -> Vec<String> {
        REPLACED.captures_iter(text).filter_map(|found| Some(found.get(1)?.as_str().to_owned())).collect()
    };
    let known = of(old);
    let tests: Vec<String> =
        base.paths().filter(|path| path.ends_with("_test.go")).map(|path| text(base, path)).collect();
    // What a workspace replaces is required elsewhere.
    let workspace = new.lines().any(|line| line.trim_start().starts_with("use"));
    let required =
        |module: &str| workspace || old.lines().any(|line| line.split_whitespace().any(|word| word == module));
    let fresh = of(new).into_iter().filter(|module| !known.contains(module) && required(module));
    let imported = fresh.filter(|module| tests.iter().any(|text| text.contains(&format!("\"{module}"))));
    imported.map(|module| format!("`{module}`, which tests import, is replaced")).collect()
}

fn left_out(old: &str, new: &str) -> Vec<String> {
    let said = |text: &str| -> Vec<String> {
        let source = Source::new(text, &javascript::STYLE);
        let Some(open) = BLOCK.find(&source.code).map(|found| found.end() - 1) else { return Vec::new() };
        let block = &source.plain[open..source.closing(open)];
        block.lines().map(str::trim).filter(|line| LEFT_OUT.is_match(line)).map(str::to_owned).collect()
    };
    let (old, new) = (said(old), said(new));
    let fresh = new.iter().filter(|line| !old.contains(line)).map(|line| format!("`{line}` is new"));
    fresh.chain(old.iter().filter(|line| !new.contains(line)).map(|line| format!("`{line}` is gone"))).collect()
}
