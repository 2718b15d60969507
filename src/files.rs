//! Reading files that a person named: bounded, UTF-8, and with the file's name in every message.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use mission_compiler::parse;
use mission_compiler::source::Source;
use serde_json::Value;

use crate::failure::Failure;

/// Largest file that is read as data or as a prompt, in bytes: that of a workflow.
pub(crate) const LARGEST: u64 = parse::MAX_BYTES as u64;

/// The text of `path`; `-` is standard input.
///
/// # Errors
/// A file that cannot be read, is a directory, is larger than 8 MiB, or is not UTF-8.
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    let bytes = if path == Path::new("-") {
        bounded(std::io::stdin().lock(), path)?
    } else {
        let file = File::open(path).map_err(|source| io("read", path, source))?;
        let about = file.metadata().map_err(|source| io("read", path, source))?;
        if about.is_dir() {
            return Err(directory(path));
        }
        if about.len() > LARGEST {
            return Err(too_large(path, Some(about.len())));
        }
        bounded(file, path)?
    };
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1;
        Failure::usage(format!("`{}` is not UTF-8: line {line}", path.display()), "save it as UTF-8")
    })
}

/// A failure of the file system.
pub(crate) fn io(doing: &'static str, path: &Path, source: std::io::Error) -> Failure {
    Failure::Io { doing, path: path.to_owned(), source }
}

fn bounded(from: impl Read, path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    from.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|source| io("read", path, source))?;
    if bytes.len() as u64 > LARGEST { Err(too_large(path, None)) } else { Ok(bytes) }
}

fn too_large(path: &Path, length: Option<u64>) -> Failure {
    let length = length.map_or_else(|| "more than 8 MiB".to_owned(), |n| format!("{n} bytes, more than 8 MiB"));
    Failure::Usage { message: format!("`{}` is too large: {length}", path.display()), hint: None }
}

fn directory(path: &Path) -> Failure {
    let inside = workflows_in(path);
    let hint = inside.first().map(|file| format!("did you mean `{}`?", file.display()));
    Failure::Usage { message: format!("`{}` is a directory, expected a file", path.display()), hint }
}

/// The YAML files of a directory, in the order of their names.
pub(crate) fn workflows_in(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok).map(|e| e.path());
    let mut files: Vec<PathBuf> = entries.filter(|p| is_yaml(p) && p.is_file()).collect();
    files.sort();
    files
}

/// True for names that end like YAML files.
pub(crate) fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "yaml" || e == "yml")
}

/// The JSON or YAML value in `path`; `-` is standard input.
///
/// # Errors
/// Those of [`text`], and a text that is neither.
pub(crate) fn data(path: &Path) -> Result<Value, Failure> {
    let name = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
    parsed(&name, &text(path)?)
}

/// The JSON or YAML value in `text`, known as `name`.
///
/// # Errors
/// The first thing that is wrong with it, with line and column.
pub(crate) fn parsed(name: &str, text: &str) -> Result<Value, Failure> {
    let looks_like_json = text.trim_start().starts_with(['{', '[', '"']);
    let as_json = if looks_like_json { serde_json::from_str(text) } else { Ok(Value::Null) };
    match as_json {
        Ok(value) if looks_like_json => return Ok(value),
        Err(error) if name.ends_with(".json") => {
            return Err(Failure::Usage { message: format!("`{name}` is not JSON: {error}"), hint: None });
        }
        Ok(_) | Err(_) => {}
    }
    let source = Source::new(name, text);
    parse::value(&source).map_err(|diagnostics| {
        let Some(first) = diagnostics.first() else { unreachable!("BUG: a refusal without a reason") };
        let at = source.position(first.span.start);
        let message = format!("`{name}`:{}:{}: {}", at.line, at.column, first.message);
        Failure::Usage { message, hint: first.help.clone() }
    })
}
