//! What a check needs from outside: files, and the actions of an executor.

use std::path::{Path, PathBuf};

use mission_compiler::check::{Action, Registry, check};
use mission_compiler::diagnostic::{Diagnostic, render, tidy};
use mission_compiler::parse::parse;
use mission_compiler::source::{Source, Sources};
use mission_compiler::workflow::Workflow;
use serde_json::{Value, json};

/// What an author sees: mistakes of shape and of meaning together.
pub(crate) struct Outcome {
    pub(crate) sources: Sources,
    pub(crate) workflow: Option<Workflow>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// The folder of the package.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The workflow files of a fixture folder, by name.
pub(crate) fn fixtures(folder: &str) -> Vec<PathBuf> {
    let folder = root().join("tests/check").join(folder);
    let files = std::fs::read_dir(&folder).expect("the fixture folder is there");
    let mut files: Vec<PathBuf> = files.map(|f| f.expect("a readable entry").path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "yaml"));
    files.sort();
    files
}

/// Parses and checks a file, with the prompt files beside it.
pub(crate) fn check_file(path: &Path) -> Outcome {
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).expect("a fixture is UTF-8");
    check_text(&name, &text, path.parent())
}

/// Parses and checks a text; prompt files are read from `beside`.
pub(crate) fn check_text(name: &str, text: &str, beside: Option<&Path>) -> Outcome {
    let source = Source::new(name, text);
    let parsed = parse(&source);
    let mut sources = Sources::new(source);
    let Some(workflow) = parsed.workflow else {
        panic!("{name} does not parse:\n{}", render(&sources, &parsed.diagnostics, false));
    };
    for file in workflow.prompt_files() {
        let found = beside.and_then(|b| std::fs::read_to_string(b.join(&file.value)).ok());
        if let (Some(text), None) = (found, sources.find(&file)) {
            sources.add(Source::new(file.value.as_str(), text));
        }
    }
    let checked = check(&workflow, &sources, &registry());
    let diagnostics = tidy(parsed.diagnostics.into_iter().chain(checked.diagnostics).collect());
    Outcome { sources, workflow: checked.workflow, diagnostics }
}

/// Actions of the shipped template besides those that are described here.
const OTHERS: [&str; 7] =
    ["checks.bisect", "checks.guard", "checks.original", "git.backout", "git.conclude", "git.head", "git.merge"];

fn action(with: Value, result: Value) -> Action {
    Action { with, result }
}

/// Actions such as an executor has.
pub(crate) fn registry() -> Registry {
    let text = json!({ "type": "string" });
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    let check = json!({
        "type": "object", "required": ["name", "run"],
        "properties": { "name": text.clone(), "run": text.clone() },
    });
    let integrate = action(
        json!({
            "type": "object", "required": ["items", "branches"], "additionalProperties": false,
            "properties": { "items": { "type": "array" }, "branches": text.clone(), "base": text.clone() },
        }),
        json!({
            "type": "object", "required": ["merged", "conflicts"],
            "properties": {
                "merged": { "type": "array" }, "conflicts": { "type": "array" }, "leftOut": { "type": "array" },
            },
        }),
    );
    let commit = action(
        json!({
            "type": "object", "required": ["message"], "additionalProperties": false,
            "properties": {
                "message": text.clone(), "body": text.clone(), "allowEmpty": { "type": "boolean" },
                "trailers": { "type": "object", "additionalProperties": { "type": "string" } },
                "allowEmpty": { "type": "boolean" },
            },
        }),
        json!({
            "type": "object", "required": ["commit"],
            "properties": { "commit": { "type": ["string", "null"] }, "files": texts },
        }),
    );
    let detect = action(
        json!({
            "type": "object", "additionalProperties": false,
            "properties": {
                "declared": { "type": "array", "items": check.clone(), "default": [] },
                "browser": { "type": ["string", "null"] },
            },
        }),
        json!({
            "type": "object", "required": ["checks", "hollow"],
            "properties": { "checks": { "type": "array", "items": check.clone() }, "hollow": { "type": "array", "items": check }, "source": text },
        }),
    );
    // What other actions take and give is of no interest here.
    let open = || action(json!({ "type": "object" }), json!({}));
    let mut actions = vec![("git.integrate", integrate), ("git.commit", commit), ("checks.detect", detect)];
    actions.extend(OTHERS.map(|name| (name, open())));
    Registry { actions: actions.into_iter().map(|(name, a)| (name.to_owned(), a)).collect() }
}
