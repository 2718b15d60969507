//! What `package.json` tells.

use std::path::Path;

use serde_json::Value;

use super::super::guard::hollow::{self, Ends, UNKNOWN};
use super::{Findings, Found, first_of, read};

/// Scripts that prove something, in the order in which they run.
const SCRIPTS: [&str; 5] = ["build", "typecheck", "lint", "test", "smoke"];
/// Scripts that drive a browser.
const BROWSER: [&str; 5] = ["test:browser", "test:e2e", "e2e", "test:ui", "playwright"];
/// Lock files and their package managers.
const LOCKS: [(&str, &str); 6] = [
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
];

pub(super) fn look(root: &Path, findings: &mut Findings) {
    let Some(text) = read(root, "package.json") else { return };
    let Ok(package) = serde_json::from_str::<Value>(&text) else {
        findings.notes.push("`package.json` is not JSON: its scripts are not used".to_owned());
        return;
    };
    let manager = manager(root, &package);
    let script = |name: &str| package["scripts"][name].as_str().filter(|s| !s.trim().is_empty());
    for name in SCRIPTS {
        match script(name) {
            Some(text) if is_placeholder(text) => {
                findings.notes.push(format!("the script `{name}` of `package.json` is a placeholder: it is not used"));
            }
            Some(text) => {
                let around = [script(&format!("pre{name}")), Some(text), script(&format!("post{name}"))];
                let lines: Vec<&str> = around.into_iter().flatten().collect();
                let known = |command: &str| other_script(&package, command);
                findings.add(found(manager, name, &format!("{manager}-{name}")), hollow::recipe(lines, &known));
            }
            None => {}
        }
    }
    if let Some(name) = BROWSER.into_iter().find(|name| script(name).is_some()) {
        findings.browser = Some(found(manager, name, "browser"));
    }
}

/// How `npm run x` in a script ends.
fn other_script(package: &Value, command: &str) -> Option<Ends> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let name = match words.as_slice() {
        ["npm" | "pnpm" | "yarn" | "bun", "run" | "run-script", name, ..] => name,
        ["npm" | "pnpm" | "yarn" | "bun", name] => name,
        _ => return None,
    };
    let text = package["scripts"][*name].as_str()?;
    Some(hollow::ends(text, UNKNOWN))
}

fn found(manager: &str, script: &str, name: &str) -> Found {
    Found::new(name, format!("{manager} run {script}"), "package.json")
}

/// By the lock file, then by the field `packageManager` (`pnpm@9.1.0`), else npm.
fn manager(root: &Path, package: &Value) -> &'static str {
    let names: Vec<&str> = LOCKS.iter().map(|(lock, _)| *lock).collect();
    if let Some(found) = first_of(root, &names) {
        return LOCKS.iter().find(|(lock, _)| *lock == found).map_or("npm", |(_, manager)| manager);
    }
    let declared = package["packageManager"].as_str().unwrap_or_default().split('@').next().unwrap_or_default();
    ["pnpm", "yarn", "bun", "npm"].into_iter().find(|m| *m == declared).unwrap_or("npm")
}

/// What `npm init` writes.
fn is_placeholder(script: &str) -> bool {
    script.contains("no test specified")
}
