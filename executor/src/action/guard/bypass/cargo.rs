//! Cargo: targets that are compiled from elsewhere or not run, checks that are left out, and build scripts that turn tests off.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::super::environment;
use super::super::finding::{Finding, Kind};
use super::super::part::entries;
use super::super::recipe::joined;
use super::super::tree::Tree;
use super::{parted, text};

/// Keys and values of a section.
type Keys = BTreeMap<String, String>;

/// A manifest, as far as it matters here.
#[derive(Default)]
struct Manifest {
    /// Kind (`test`, `lib`, `bin`) and name of a target; a library has no name.
    targets: BTreeMap<(String, String), Keys>,
    /// `section.key` → value.
    keys: Keys,
}

/// Aliases that would stand for what a check names.
const TAKEN: [&str; 13] =
    ["test", "t", "check", "c", "build", "b", "run", "r", "bench", "clippy", "nextest", "fmt", "doc"];

/// The name of a cfg that a build script sets.
static SETS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"rustc-cfg=([A-Za-z_]\w*)").expect("a constant pattern"));

pub(super) fn changed(base: &Tree<'_>, now: &Tree<'_>, path: &str) -> Vec<Finding> {
    let (folder, name) = parted(path);
    match name {
        "Cargo.toml" if base.has(path) && now.has(path) => manifest(base, now, path, folder),
        "config.toml" | "config" if folder.ends_with(".cargo/") => config(base, now, path),
        "build.rs" => [build_script(base, now, path), writes(base, now, path, folder)].concat(),
        _ if name.ends_with(".rs") && is_build_script(now, path, folder) => writes(base, now, path, folder),
        _ => Vec::new(),
    }
}

fn read(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    for (section, keys) in entries(text) {
        if let "test" | "lib" | "bin" = section.as_str() {
            let name = keys.get("name").cloned().unwrap_or_default();
            let name = if section == "lib" { String::new() } else { unquoted(&name) };
            manifest.targets.insert((section.clone(), name), keys.clone());
        }
        for (key, value) in keys {
            let full = if section.is_empty() { key } else { format!("{section}.{key}") };
            flatten(full, value, &mut manifest.keys);
        }
    }
    manifest
}

/// `lib = { test = false }` says the same as `lib.test = false`.
fn flatten(key: String, value: String, keys: &mut Keys) {
    if let Some(inside) = value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        for (name, value) in inside.split(',').filter_map(|part| part.split_once('=')) {
            keys.insert(format!("{key}.{}", name.trim()), value.trim().to_owned());
        }
    }
    keys.insert(key, value);
}

fn unquoted(value: &str) -> String {
    value.trim_matches(['"', '\'']).to_owned()
}

fn manifest(base: &Tree<'_>, now: &Tree<'_>, path: &str, folder: &str) -> Vec<Finding> {
    let (old, new) = (read(&text(base, path)), read(&text(now, path)));
    let found = |what: String| Finding::new(Kind::ConfigChanged, path, None, what);
    let mut findings: Vec<Finding> = profiles(&old.keys, &new.keys).into_iter().map(found).collect();
    findings.extend(left_out(&old, &new).into_iter().map(found));
    findings.extend(brought(&old.keys, &new.keys).into_iter().map(found));
    findings.extend(unfeatured(base, folder, &old.keys, &new.keys).map(found));
    for ((kind, name), keys) in &new.targets {
        let before = old.targets.get(&(kind.clone(), name.clone()));
        let Some(file) = source(base, folder, kind, name, before, &old.keys) else { continue };
        let said = if name.is_empty() { format!("`[{kind}]`") } else { format!("`[[{kind}]] {name}`") };
        let says = |keys: Option<&Keys>, key: &str| keys.and_then(|keys| keys.get(key)).cloned();
        let given = keys.get("path").map(|path| format!("{folder}{}", unquoted(path)));
        if let Some(given) = given.filter(|given| *given != file && now.has(&file)) {
            findings.push(found(format!("{said} is compiled from `{given}` instead of `{file}`")));
        }
        for key in ["test", "harness"].into_iter().filter(|_| kind == "test") {
            if keys.get(key).is_some_and(|value| value == "false") && says(before, key).as_deref() != Some("false") {
                findings.push(found(format!("{said} has `{key} = false`: its tests are not run")));
            }
        }
        let needs = keys.get("required-features").filter(|needs| *needs != "[]");
        if needs.is_some() && needs.cloned() != says(before, "required-features") {
            findings.push(found(format!("{said} is compiled only with certain features")));
        }
    }
    for (kind, name) in old.targets.keys().filter(|key| key.0 == "test" && !new.targets.contains_key(*key)) {
        let before = old.targets.get(&(kind.clone(), name.clone()));
        let file = source(base, folder, kind, name, before, &old.keys).filter(|file| now.has(file));
        let auto = own_files(folder, kind, name).iter().any(|own| Some(own) == file.as_ref()) && is_auto(&new.keys);
        if let Some(file) = file.filter(|_| !auto) {
            findings.push(found(format!("`[[test]] {name}` is gone: nothing compiles `{file}`")));
        }
    }
    findings
}

/// The file that a target was compiled from, if it was run.
fn source(base: &Tree<'_>, folder: &str, kind: &str, name: &str, before: Option<&Keys>, keys: &Keys) -> Option<String> {
    if before.is_some_and(|keys| keys.get("test").is_some_and(|value| value == "false")) {
        return None;
    }
    let given = before.and_then(|keys| keys.get("path")).map(|path| format!("{folder}{}", unquoted(path)));
    let own = || {
        let found = own_files(folder, kind, name).into_iter().find(|file| base.has(file));
        found.filter(|_| kind != "test" || before.is_some() || is_auto(keys))
    };
    given.or_else(own)
}

/// Where a target is found that says nothing of its place.
fn own_files(folder: &str, kind: &str, name: &str) -> Vec<String> {
    let files: &[String] = &match kind {
        "test" => vec![format!("tests/{name}.rs"), format!("tests/{name}/main.rs")],
        "lib" => vec!["src/lib.rs".to_owned()],
        _ => vec![format!("src/bin/{name}.rs"), format!("src/bin/{name}/main.rs"), "src/main.rs".to_owned()],
    };
    files.iter().map(|file| format!("{folder}{file}")).collect()
}

fn is_auto(keys: &Keys) -> bool {
    keys.get("package.autotests").is_none_or(|value| value != "false")
}

/// Faults that a profile of tests no longer finds.
fn profiles(old: &Keys, new: &Keys) -> Vec<String> {
    let tested = |key: &str| key.starts_with("profile.test.") || key.starts_with("profile.dev.");
    let checks = |key: &str| key.ends_with(".overflow-checks") || key.ends_with(".debug-assertions");
    let off = new.iter().filter(|(key, value)| tested(key) && checks(key) && *value == "false");
    off.filter(|(key, _)| old.get(*key).is_none_or(|value| value != "false"))
        .map(|(key, _)| format!("`{key} = false`: tests no longer fail where they did"))
        .collect()
}

/// A library or its programs that are not compiled any more, or not as tests.
fn left_out(old: &Manifest, new: &Manifest) -> Vec<String> {
    const KEYS: [&str; 4] = ["lib.test", "lib.harness", "package.autolib", "package.autobins"];
    let off = |keys: &Keys, key: &str| keys.get(key).is_some_and(|value| value == "false");
    // The section `[lib]` is compared elsewhere.
    let told = |key: &str| key.starts_with("lib.") && new.targets.keys().any(|(kind, _)| kind == "lib");
    let fresh = KEYS.into_iter().filter(|key| off(&new.keys, key) && !off(&old.keys, key) && !told(key));
    fresh.map(|key| format!("`{key} = false`: tests are not run that were")).collect()
}

/// Packages that tests are made of, and that come from the repository or another one now.
fn brought(old: &Keys, new: &Keys) -> Vec<String> {
    const MADE_OF: [&str; 12] = [
        "proptest",
        "quickcheck",
        "rstest",
        "insta",
        "assert_cmd",
        "assert_fs",
        "pretty_assertions",
        "mockall",
        "test-case",
        "predicates",
        "trybuild",
        "similar-asserts",
    ];
    let is_development =
        |name: &str| MADE_OF.contains(&name) || old.keys().any(|key| *key == format!("dev-dependencies.{name}"));
    let fresh = new.keys().filter(|key| !old.contains_key(*key)).filter_map(|key| {
        let (rest, last) = key.rsplit_once('.')?;
        let (place, name) = rest.rsplit_once('.')?;
        let replaced =
            place.starts_with("patch.") || place == "replace" || place == "dev-dependencies" && old.contains_key(rest);
        (matches!(last, "path" | "git") && replaced && is_development(name)).then_some(name)
    });
    fresh.map(|name| format!("`{name}`, which tests are made of, comes from elsewhere")).collect()
}

/// What features a package is compiled with if nobody says any.
fn by_default(keys: &Keys) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut open = vec!["default".to_owned()];
    while let Some(name) = open.pop() {
        let says = keys.get(&format!("features.{name}")).map_or("", String::as_str);
        let named = says.split(['[', ']', ',', '\n']).map(|one| unquoted(one.trim())).filter(|one| !one.is_empty());
        open.extend(named.filter(|one| all.insert(one.clone())));
    }
    all
}

/// A feature that was on by default, is not any more, and that tests need.
fn unfeatured(base: &Tree<'_>, folder: &str, old: &Keys, new: &Keys) -> Option<String> {
    let (before, after) = (by_default(old), by_default(new));
    before.difference(&after).find_map(|name| {
        let needs = Regex::new(&format!(r#"\bfeature\s*=\s*"{}""#, regex::escape(name))).ok()?;
        let mut files = base.paths().filter(|path| path.starts_with(folder) && path.ends_with(".rs"));
        let file = files.find(|path| {
            let text = text(base, path);
            text.contains("test") && needs.is_match(&text)
        })?;
        Some(format!("the feature `{name}` is no longer on by default: what `{file}` compiles with it is not run"))
    })
}

/// `.cargo/config.toml`
fn config(base: &Tree<'_>, now: &Tree<'_>, path: &str) -> Vec<Finding> {
    let (old, new) = (read(&text(base, path)).keys, read(&text(now, path)).keys);
    let mut said = profiles(&old, &new);
    said.extend(brought(&old, &new));
    for (key, value) in new.iter().filter(|(key, value)| old.get(*key) != Some(value)) {
        if steers(key, value, base) || key.starts_with("alias.") && old.contains_key(key) {
            said.push(format!("`{key}` is `{value}`"));
        }
    }
    let kept = ["alias.", "env."];
    let gone = old.keys().filter(|key| !new.contains_key(*key) && kept.iter().any(|start| key.starts_with(start)));
    said.extend(gone.map(|key| format!("`{key}` is gone")));
    said.into_iter().map(|what| Finding::new(Kind::ConfigChanged, path, None, what)).collect()
}

/// Does a setting let something else be compiled or run?
fn steers(key: &str, value: &str, base: &Tree<'_>) -> bool {
    let last = key.rsplit('.').next().unwrap_or_default();
    match key.split('.').next().unwrap_or_default() {
        "alias" => TAKEN.contains(&last),
        "build" | "target" | "host" => match last {
            "runner" => true,
            "rustc" | "rustdoc" | "rustc-wrapper" | "rustc-workspace-wrapper" => !value.contains("sccache"),
            "rustflags" | "rustdocflags" => environment::leaves_out(value),
            // A program of the repository.
            "linker" => value.contains("./") || base.has(&unquoted(value)),
            _ => false,
        },
        "env" => {
            let name = key.split('.').nth(1).unwrap_or_default();
            let quiet = ["RUST_TEST_THREADS", "RUST_TEST_NOCAPTURE", "RUST_TEST_SHUFFLE", "NEXTEST_TEST_THREADS"];
            let own = name.starts_with("RUST_TEST_") || name.starts_with("NEXTEST_");
            own && !quiet.contains(&name) || environment::decides(name, &unquoted(value), base)
        }
        "include" => true,
        _ => false,
    }
}

/// A build script that sets what tests are excluded by.
fn build_script(base: &Tree<'_>, now: &Tree<'_>, path: &str) -> Vec<Finding> {
    let (old, new) = (text(base, path), text(now, path));
    let known: Vec<&str> = SETS.captures_iter(&old).filter_map(|c| c.get(1)).map(|name| name.as_str()).collect();
    let mut findings = Vec::new();
    for name in SETS.captures_iter(&new).filter_map(|c| c.get(1)).map(|name| name.as_str()) {
        if known.contains(&name) {
            continue;
        }
        let pattern = format!(r"\bnot\s*\(\s*{name}\s*\)|cfg_attr\s*\(\s*{name}\s*,\s*ignore");
        let excludes = Regex::new(&pattern).expect("a word is a pattern");
        let file = now.paths().filter(|path| path.ends_with(".rs")).find(|path| {
            let text = text(now, path);
            text.contains("test") && excludes.is_match(&text)
        });
        if let Some(file) = file {
            let what = format!("it sets the cfg `{name}`, which takes away what `{file}` compiles without it");
            findings.push(Finding::new(Kind::ConfigChanged, path, None, what));
        }
    }
    findings
}

/// Does the package in `folder` name `path` as its build script?
fn is_build_script(now: &Tree<'_>, path: &str, folder: &str) -> bool {
    let keys = read(&text(now, &format!("{folder}Cargo.toml"))).keys;
    keys.get("package.build").is_some_and(|value| format!("{folder}{}", unquoted(value)) == path)
}

/// What writes to files.
static WRITES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\bfs::(?:write|copy|rename|remove_\w+)\b|\bFile::(?:create|options)\b|\bOpenOptions\b|\bset_permissions\b",
    )
    .expect("a constant pattern")
});
/// What is only read, or told to Cargo.
static READS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"rerun-if-changed|\bread\w*\s*\(|\bFile::open\b|\binclude\w*!").expect("a constant pattern")
});
static NAMED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""([^"\n]+\.rs)""#).expect("a constant pattern"));

/// A build script that writes to what is compiled: it is not what was looked at.
fn writes(base: &Tree<'_>, now: &Tree<'_>, path: &str, folder: &str) -> Vec<Finding> {
    let (old, new) = (text(base, path), text(now, path));
    if !WRITES.is_match(&new) {
        return Vec::new();
    }
    let fresh = new.lines().enumerate().filter(|(_, line)| !old.contains(line.trim()) && !READS.is_match(line));
    let of_base = |line: &str| NAMED.captures_iter(line).any(|found| base.has(&joined(folder, &found[1])));
    let mut hits = fresh.filter(|(_, line)| of_base(line));
    let hit = hits.next().map(|(at, line)| {
        let what = format!("it writes to what is compiled: `{}`", line.trim());
        Finding::new(Kind::ConfigChanged, path, Some(at + 1), what)
    });
    hit.into_iter().collect()
}
