//! `checks.detect`: the commands that prove the work. Given ones win, then the project's configuration, then what the
//! files at the top of the repository tell. The table of what is recognised: `docs/checks.md`.

mod node;
mod other;
mod python;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::guard::hollow::Ends;
use super::{Check, Job, Project, refuse};
use crate::event::Failure;

/// Source of a check that a person gave.
pub(super) const DECLARED: &str = "declared";
/// Source of a check of the project's configuration.
pub(super) const SETTINGS: &str = ".mission/config.yaml";

/// Largest file that is looked into, in bytes.
const LARGEST: u64 = 1024 * 1024;

pub(super) fn with() -> Value {
    json!({
        "type": "object",
        "description": "Finds the commands that prove the work: given ones, else those of `.mission/config.yaml`, else what the repository's files tell.",
        "additionalProperties": false,
        "properties": {
            "declared": {
                "type": ["array", "null"],
                "description": "Commands given by the person; if there are any, nothing else is looked for.",
                "items": {
                    "type": "object",
                    "required": ["name", "run"],
                    "properties": {
                        "name": { "type": "string", "minLength": 1 },
                        "run": { "type": "string", "minLength": 1 }
                    }
                }
            },
            "browser": { "type": ["string", "null"], "description": "Command of a browser test, added to the others as `browser`." }
        }
    })
}

pub(super) fn result() -> Value {
    json!({
        "type": "object",
        "required": ["checks", "found", "hollow", "notes"],
        "properties": {
            "checks": {
                "type": "array",
                "description": "The commands, in the order in which they run.",
                "items": {
                    "type": "object",
                    "required": ["name", "run", "source"],
                    "properties": {
                        "name": { "type": "string", "description": "Unique: lower-case letters, digits and `-`." },
                        "run": { "type": "string", "description": "What `sh` runs." },
                        "source": { "type": "string", "description": "Where it comes from: `declared`, or a file." }
                    }
                }
            },
            "hollow": {
                "type": "array",
                "description": "Commands that were found and are not used, because they cannot fail.",
                "items": {
                    "type": "object",
                    "required": ["name", "run", "source"],
                    "properties": {
                        "name": { "type": "string", "description": "As it would be called." },
                        "run": { "type": "string", "description": "What `sh` would run." },
                        "source": { "type": "string", "description": "The file that it comes from." }
                    }
                }
            },
            "found": { "type": "boolean", "description": "True if there is at least one." },
            "notes": { "type": "array", "description": "What the person should know.", "items": { "type": "string" } }
        }
    })
}

/// A command and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    name: String,
    run: String,
    source: String,
}

impl Found {
    fn new(name: &str, run: impl Into<String>, source: &str) -> Self {
        Self { name: name.to_owned(), run: run.into(), source: source.to_owned() }
    }
}

/// What the files of a repository tell.
#[derive(Debug, Default)]
struct Findings {
    checks: Vec<Found>,
    /// What cannot fail.
    hollow: Vec<Found>,
    browser: Option<Found>,
    notes: Vec<String>,
}

pub(super) fn perform(with: &Value, job: &Job<'_>) -> Result<Value, Failure> {
    let declared: Vec<Check> = match &with["declared"] {
        Value::Null => Vec::new(),
        list => serde_json::from_value(list.clone()).map_err(|e| refuse(format!("`declared`: {e}")))?,
    };
    // Worktrees have no `.mission/`: the configuration is that of the repository itself.
    let top = job.worktrees.map_or(job.root, |worktrees| worktrees.repository().root());
    let project = Project::load(top).map_err(|e| refuse(e.to_string()))?;
    let mut findings = if !declared.is_empty() {
        given(&declared, DECLARED)
    } else if !project.checks.is_empty() {
        given(&project.checks, SETTINGS)
    } else {
        look(job.root)
    };
    if let Some(run) = with["browser"].as_str().filter(|run| !run.trim().is_empty()) {
        findings.browser = Some(Found::new("browser", run, DECLARED));
    }
    findings.checks.extend(findings.browser.take());
    unique(&mut findings);
    if findings.checks.is_empty() {
        findings.notes.push("no command was given or found that proves anything; see docs/checks.md".to_owned());
    }
    let rows = |all: &[Found]| -> Vec<Value> {
        all.iter().map(|c| json!({ "name": c.name, "run": c.run, "source": c.source })).collect()
    };
    let (checks, hollow) = (rows(&findings.checks), rows(&findings.hollow));
    Ok(json!({ "checks": checks, "found": !checks.is_empty(), "hollow": hollow, "notes": findings.notes }))
}

impl Findings {
    /// Adds a check, or notes why it is none: what cannot fail proves nothing.
    fn add(&mut self, check: Found, ends: Ends) {
        if ends == Ends::AsFound {
            return self.checks.push(check);
        }
        let how = if ends == Ends::Idle { "does nothing that could fail" } else { "overlooks every fault" };
        self.notes.push(format!("`{}` of `{}` {how}: it is not used", check.run, check.source));
        self.hollow.push(check);
    }
}

fn given(checks: &[Check], source: &str) -> Findings {
    let checks = checks.iter().map(|c| Found::new(&c.name, c.run.trim(), source)).collect();
    Findings { checks, ..Findings::default() }
}

fn look(root: &Path) -> Findings {
    let mut findings = Findings::default();
    other::cargo(root, &mut findings);
    node::look(root, &mut findings);
    python::look(root, &mut findings);
    other::go(root, &mut findings);
    other::make(root, &mut findings);
    other::just(root, &mut findings);
    findings
}

/// Makes names slugs, and tells equal ones apart by a number.
fn unique(findings: &mut Findings) {
    let mut taken = BTreeSet::new();
    for check in &mut findings.checks {
        let slug = slug(&check.name);
        let numbered = (2_u32..).map(|n| format!("{slug}-{n}"));
        let name = std::iter::once(slug.clone()).chain(numbered).find(|name| !taken.contains(name));
        let name = name.expect("numbers do not run out");
        if name != slug {
            findings.notes.push(format!("two checks are called `{slug}`: one is now `{name}`"));
        }
        taken.insert(name.clone());
        check.name = name;
    }
}

fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug: String = slug.chars().take(60).collect();
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "check".to_owned() } else { slug.to_owned() }
}

/// The text of the file `name`, if it is a file of at most 1 MiB.
fn read(root: &Path, name: &str) -> Option<String> {
    let path = root.join(name);
    let meta = fs::metadata(&path).ok()?;
    if !meta.is_file() || meta.len() > LARGEST {
        return None;
    }
    fs::read(&path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The first of `names` that is there.
fn first_of<'n>(root: &Path, names: &[&'n str]) -> Option<&'n str> {
    names.iter().copied().find(|name| root.join(name).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_unique_slugs() {
        let names = ["Unit Tests", "unit-tests", "  ", "Ünit", "unit tests!", "a--b", "browser", "browser"];
        let checks = names.iter().map(|n| Found::new(n, "x", "declared")).collect();
        let mut findings = Findings { checks, ..Findings::default() };
        unique(&mut findings);
        let got: Vec<&str> = findings.checks.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(got, ["unit-tests", "unit-tests-2", "check", "nit", "unit-tests-3", "a-b", "browser", "browser-2"]);
        assert_eq!(findings.notes.len(), 3);
    }
}
