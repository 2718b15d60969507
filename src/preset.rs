//! Presets: a workflow with its inputs filled in, and perhaps a repository made for the purpose. `run` and `compile` take one
//! wherever they take a workflow.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::inputs::{kind, listed};
use crate::{files, project};
use mission_compiler::suggest::nearest;

/// What a preset may say.
const KEYS: [&str; 6] = ["preset", "description", "workflow", "repository", "inputs", "yes"];

/// The JSON Schema of a preset, for editors.
pub(crate) fn schema() -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "mission preset",
        "description": "A workflow with its inputs filled in. `mission run` takes it wherever it takes a workflow.",
        "type": "object",
        "required": ["preset", "workflow"],
        "additionalProperties": false,
        "properties": {
            "preset": { "const": 1, "description": "Version of presets." },
            "description": { "type": "string", "description": "One line about it." },
            "workflow": { "type": "string", "minLength": 1, "description": "Name of a workflow, or a file beside the preset." },
            "repository": {
                "type": "string", "minLength": 1,
                "description": "A script beside the preset that makes a repository in the folder it is given; the run works there."
            },
            "inputs": { "type": ["object", "null"], "description": "Inputs of the workflow by name; those of the command line win." },
            "yes": { "type": "boolean", "description": "Approve gates that allow it; recorded as such." }
        }
    })
}

/// A preset.
#[derive(Debug, Default)]
pub(crate) struct Preset {
    /// Its file, as it was named; empty without a preset.
    pub(crate) file: String,
    /// The workflow: a file, or a name.
    pub(crate) workflow: String,
    /// Inputs; those of the command line win.
    pub(crate) inputs: Map<String, Value>,
    /// Approve gates that allow it.
    pub(crate) yes: bool,
    /// A script that makes a repository in the folder it is given.
    repository: Option<PathBuf>,
}

impl Preset {
    /// The preset that `name` means; one that says nothing if `name` means a workflow.
    ///
    /// # Errors
    /// A preset that cannot be read, or says something else than it may.
    pub(crate) fn read(name: &str) -> Result<Self, Failure> {
        let path = Path::new(name);
        let plain = Self { workflow: name.to_owned(), ..Self::default() };
        if !path.is_file() {
            return Ok(plain);
        }
        let text = files::text(path)?;
        if !text.lines().any(|line| line.starts_with("preset:")) {
            return Ok(plain);
        }
        match files::parsed(name, &text)? {
            Value::Object(entries) if entries.contains_key("preset") => Self::of(name, entries),
            _ => Ok(plain),
        }
    }

    fn of(name: &str, mut entries: Map<String, Value>) -> Result<Self, Failure> {
        let wrong = |key: &str, found: &Value, expected: &str| {
            let message = format!("`{name}`: `{key}` is {}, expected {expected}", kind(found));
            Failure::Usage { message, hint: None }
        };
        if let Some(key) = entries.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let hint = nearest(key, KEYS.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let hint = hint.unwrap_or_else(|| format!("a preset takes {}", listed(&KEYS)));
            return Err(Failure::usage(format!("`{name}`: a preset has no key `{key}`"), hint));
        }
        if entries["preset"] != 1 {
            return Err(Failure::usage(format!("`{name}`: unknown version of presets"), "write `preset: 1`"));
        }
        let folder = Path::new(name).parent().unwrap_or(Path::new(""));
        let mut text = |key: &str| match entries.remove(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(key, &other, "a text")),
        };
        text("description")?;
        let workflow = text("workflow")?.ok_or_else(|| {
            Failure::usage(format!("`{name}` names no workflow"), "add `workflow: NAME`, or a file beside it")
        })?;
        let repository = text("repository")?.map(|script| folder.join(script));
        let is_file = workflow.contains('/') || files::is_yaml(Path::new(&workflow));
        let workflow = if is_file { folder.join(workflow).display().to_string() } else { workflow };
        let inputs = match entries.remove("inputs") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(inputs)) => inputs,
            Some(other) => return Err(wrong("inputs", &other, "a map from input to value")),
        };
        let yes = match entries.remove("yes") {
            None => false,
            Some(Value::Bool(yes)) => yes,
            Some(other) => return Err(wrong("yes", &other, "true or false")),
        };
        Ok(Self { file: name.to_owned(), workflow, inputs, yes, repository })
    }

    /// Makes the repository that the preset asks for, in a fresh folder below `.mission/scratch/` of the project at `root`.
    ///
    /// # Errors
    /// A script that fails, with its last words; nothing is left behind then.
    pub(crate) fn repository(&self, root: &Path) -> Result<Option<Scratch>, Failure> {
        let Some(script) = &self.repository else { return Ok(None) };
        let script = script.canonicalize().map_err(|source| files::io("find", script, source))?;
        let stem = Path::new(&self.file).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let folder = fresh(root, &stem)?;
        let scratch = Scratch { folder, keep: false };
        let made = Command::new("sh").arg(&script).arg(&scratch.folder).current_dir(root).output();
        let made = made.map_err(|source| files::io("run", &script, source))?;
        if !made.status.success() {
            let words = String::from_utf8_lossy(&made.stderr).trim().to_owned();
            let message = format!("`{}` ended with {}", script.display(), made.status);
            return Err(Failure::Usage { message, hint: (!words.is_empty()).then_some(words) });
        }
        Ok(Some(scratch))
    }
}

/// A repository made for one run; taken away again unless it is kept.
pub(crate) struct Scratch {
    /// Where it is.
    pub(crate) folder: PathBuf,
    keep: bool,
}

impl Scratch {
    /// The run has begun: it stays.
    pub(crate) fn keep(mut self) {
        self.keep = true;
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.keep {
            // What cannot be removed does no harm below `.mission`.
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// A folder that did not exist, e.g. `.mission/scratch/demo-2`.
fn fresh(root: &Path, stem: &str) -> Result<PathBuf, Failure> {
    let mission = project::folder(root);
    if !mission.exists() {
        std::fs::create_dir(&mission).map_err(|source| files::io("create", &mission, source))?;
        let ignore = mission.join(".gitignore");
        std::fs::write(&ignore, "*\n").map_err(|source| files::io("write", &ignore, source))?;
    }
    let scratch = mission.join("scratch");
    std::fs::create_dir_all(&scratch).map_err(|source| files::io("create", &scratch, source))?;
    let mut number = 1_u32;
    loop {
        let folder = scratch.join(format!("{stem}-{number}"));
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(source) => return Err(files::io("create", &folder, source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_knows_the_keys_that_are_read() {
        let schema = schema();
        let known: Vec<&str> = schema["properties"].as_object().expect("a map").keys().map(String::as_str).collect();
        let mut keys = KEYS.to_vec();
        keys.sort_unstable();
        let mut sorted = known.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, keys);
        let validator = jsonschema::draft7::new(&schema).expect("a schema");
        let demo = include_str!("../examples/migration/demo.yaml");
        let demo = files::parsed("demo.yaml", demo).expect("YAML");
        assert!(validator.is_valid(&demo), "{demo:#}");
        assert!(!validator.is_valid(&json!({ "preset": 1, "workflow": "w", "input": {} })));
    }
}
