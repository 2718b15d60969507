//! The JSON Schema of the workflow file says what `parse` says, and the committed copy is the generated one.
//!
//! `MISSION_BLESS=1 cargo test -p mission-compiler --test schema` rewrites `schemas/workflow.schema.json`.

use std::path::Path;

use mission_compiler::parse::{self, parse};
use mission_compiler::schema::workflow_schema;
use mission_compiler::source::Source;

/// Faults that are gone, or have stopped reading, before there is a value that a schema could look at.
const YAML_FAULTS: &[&str] = &[
    "alias-cycle",
    "alias-limit",
    "complex-key",
    "duplicate-key",
    "empty-file",
    "empty-key",
    "many-documents",
    "merge-key",
    "tag",
    "too-deep",
    "unknown-alias",
    "unquoted-template",
    "unusable-number",
    "yaml-syntax",
];

fn fixtures(folder: &str) -> Vec<(String, Source)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let files = std::fs::read_dir(&folder).expect("the fixture folder is there");
    let files = files.map(|f| f.expect("a readable entry").path());
    let mut files: Vec<_> = files.filter(|f| f.extension().is_some_and(|e| e == "yaml")).collect();
    files.sort();
    let files = files.into_iter().map(|path| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("a fixture is UTF-8");
        (name.clone(), Source::new(name, text))
    });
    files.collect()
}

fn validator() -> jsonschema::Validator {
    jsonschema::draft7::new(&workflow_schema()).expect("the schema is a schema")
}

#[test]
fn accepted_files_are_valid() {
    let validator = validator();
    for (name, source) in fixtures("accept") {
        let value = parse::value(&source).expect("an accepted fixture is YAML");
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

#[test]
fn shipped_workflows_are_valid() {
    let validator = validator();
    let mut files = Vec::new();
    for folder in ["../templates", "../examples"] {
        workflows(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    }
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a workflow is UTF-8");
        let source = Source::new(path.display().to_string(), text);
        let Ok(value) = parse::value(&source) else { panic!("{} is not YAML", source.name()) };
        if value.get("mission").is_none() {
            continue;
        }
        assert!(parse(&source).diagnostics.is_empty(), "{}: {:?}", source.name(), parse(&source).diagnostics);
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", source.name());
    }
}

fn workflows(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            workflows(&path, found);
        } else if path.extension().is_some_and(|e| e == "yaml") {
            found.push(path);
        }
    }
}

#[test]
fn rejected_files_are_not() {
    let validator = validator();
    let mut passed = Vec::new();
    for (name, source) in fixtures("reject") {
        let codes: Vec<&str> = parse(&source).diagnostics.iter().map(|d| d.code).collect();
        if codes.iter().all(|code| YAML_FAULTS.contains(code)) {
            continue;
        }
        let Ok(value) = parse::value(&source) else { continue };
        if validator.is_valid(&value) {
            passed.push((name, codes));
        }
    }
    assert!(passed.is_empty(), "the schema lets these through: {passed:#?}");
}

#[test]
fn the_committed_schema_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/workflow.schema.json");
    let text = serde_json::to_string_pretty(&workflow_schema()).expect("a schema is JSON") + "\n";
    if std::env::var_os("MISSION_BLESS").is_some() {
        std::fs::write(&path, &text).expect("schemas/ is writable");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "schemas/workflow.schema.json is stale; MISSION_BLESS=1 rewrites it");
}

#[test]
fn every_key_is_explained() {
    let schema = workflow_schema();
    let mut silent = Vec::new();
    unexplained(&schema, "", &mut silent);
    assert!(silent.is_empty(), "keys without a description: {silent:#?}");
}

fn unexplained(schema: &serde_json::Value, at: &str, silent: &mut Vec<String>) {
    let serde_json::Value::Object(object) = schema else { return };
    for (key, inner) in object {
        // Inside `dependencies`, `properties` are conditions, not keys that an editor shows.
        if key == "dependencies" {
            continue;
        }
        if let ("properties", Some(properties)) = (key.as_str(), inner.as_object()) {
            let keys = properties.iter().filter(|(_, p)| p.get("description").is_none());
            silent.extend(keys.map(|(k, _)| format!("{at}/{k}")));
            properties.iter().for_each(|(k, p)| unexplained(p, &format!("{at}/{k}"), silent));
            continue;
        }
        unexplained(inner, &format!("{at}/{key}"), silent);
    }
}
