//! Cargo: targets that are compiled from elsewhere or not run, checks that are left out, and build scripts that turn tests off.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::super::finding::{Finding, Kind};
use super::super::part::entries;
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
        "build.rs" => build_script(base, now, path),
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
        manifest.keys.extend(keys.into_iter().map(|(key, value)| {
            let full = if section.is_empty() { key } else { format!("{section}.{key}") };
            (full, value)
        }));
    }
    manifest
}

fn unquoted(value: &str) -> String {
    value.trim_matches(['"', '\'']).to_owned()
}

fn manifest(base: &Tree<'_>, now: &Tree<'_>, path: &str, folder: &str) -> Vec<Finding> {
    let (old, new) = (read(&text(base, path)), read(&text(now, path)));
    let found = |what: String| Finding::new(Kind::ConfigChanged, path, None, what);
    let mut findings: Vec<Finding> = profiles(&old.keys, &new.keys).into_iter().map(found).collect();
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

/// `.cargo/config.toml`
fn config(base: &Tree<'_>, now: &Tree<'_>, path: &str) -> Vec<Finding> {
    let (old, new) = (read(&text(base, path)).keys, read(&text(now, path)).keys);
    let mut said = profiles(&old, &new);
    for (key, value) in new.iter().filter(|(key, value)| old.get(*key) != Some(value)) {
        if steers(key, value) || key.starts_with("alias.") && old.contains_key(key) {
            said.push(format!("`{key}` is `{value}`"));
        }
    }
    let kept = ["alias.", "env."];
    let gone = old.keys().filter(|key| !new.contains_key(*key) && kept.iter().any(|start| key.starts_with(start)));
    said.extend(gone.map(|key| format!("`{key}` is gone")));
    said.into_iter().map(|what| Finding::new(Kind::ConfigChanged, path, None, what)).collect()
}

/// Does a setting let something else be compiled or run?
fn steers(key: &str, value: &str) -> bool {
    let last = key.rsplit('.').next().unwrap_or_default();
    match key.split('.').next().unwrap_or_default() {
        "alias" => TAKEN.contains(&last),
        "build" | "target" | "host" => match last {
            "runner" => true,
            "rustc" | "rustdoc" | "rustc-wrapper" | "rustc-workspace-wrapper" => !value.contains("sccache"),
            "rustflags" | "rustdocflags" => {
                ["--cfg", "-A", "--allow", "cap-lints", "overflow-checks", "debug-assertions"]
                    .iter()
                    .any(|f| value.contains(f))
            }
            _ => false,
        },
        "env" => {
            let forced = [
                "RUSTFLAGS",
                "CARGO_ENCODED_RUSTFLAGS",
                "INSTA_FORCE_PASS",
                "INSTA_UPDATE",
                "UPDATE_EXPECT",
                "TRYBUILD",
            ];
            forced.iter().any(|name| key.contains(name)) || key.contains("RUST_TEST_") || key.contains("NEXTEST_")
        }
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
