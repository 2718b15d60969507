//! Text → [`syntax`](crate::syntax) with every shape mistake as a [`Diagnostic`]; never stops at the first one.
//!
//! YAML is read into a span tree first, then decoded by hand. Must not know: what names mean, types, graphs; that is `check`.

mod decode;
mod explain;
mod fields;
mod file;
mod node;
mod parts;
mod scalar;
mod words;
mod yaml;

use crate::diagnostic::{Diagnostic, Findings, Severity};
use crate::source::{FileId, Source, Span};
use crate::syntax::Workflow;

pub use words::{is_id, is_identifier};

/// Largest workflow text in bytes; a longer one is refused unread.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// What came out of a text.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The workflow; absent when a mistake leaves a hole that later stages would stumble over.
    /// Other mistakes (an unknown key, a bad duration) leave it present, without the offending part.
    pub workflow: Option<Workflow>,
    /// What there is of a workflow with a hole, if every node is in it: enough to judge names and their order.
    pub partial: Option<Workflow>,
    /// All mistakes, sorted by place; at most [`MOST`](crate::diagnostic::MOST) errors and as many warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// There may be more than these.
    pub more: bool,
}

impl Parsed {
    /// Whether any diagnostic is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }
}

/// Reads any YAML or JSON text, such as a value for an input, by the rules of workflow files.
///
/// # Errors
/// What stands in the way of a value, sorted by place.
pub fn value(source: &Source) -> Result<serde_json::Value, Vec<Diagnostic>> {
    let mut findings = Findings::default();
    findings.extend(too_large(source));
    let tree = if findings.is_empty() { yaml::load(source, &mut findings).tree } else { None };
    if findings.has_errors() {
        return Err(findings.finish().0);
    }
    Ok(tree.map_or(serde_json::Value::Null, |tree| tree.to_json()))
}

fn too_large(source: &Source) -> Option<Diagnostic> {
    let length = source.text().len();
    let message = format!("the file has {length} bytes, expected at most {MAX_BYTES} (8 MiB)");
    (length > MAX_BYTES).then(|| Diagnostic::error("file-too-large", Span::new(FileId::default(), 0, 0), message))
}

/// Parses the text of a workflow file.
pub fn parse(source: &Source) -> Parsed {
    if let Some(diagnostic) = too_large(source) {
        return Parsed { workflow: None, partial: None, diagnostics: vec![diagnostic], more: false };
    }
    let mut decoder = decode::Decoder::new(source);
    let loaded = yaml::load(source, &mut decoder.diagnostics);
    decoder.broken = loaded.broken;
    decoder.partial = loaded.broken;
    let decoded = match loaded.tree {
        Some(tree) => file::workflow(&mut decoder, tree),
        None => {
            if decoder.diagnostics.is_empty() {
                decoder.push(file::empty_file(Span::new(FileId::default(), 0, 0)));
            }
            None
        }
    };
    let (workflow, partial) = match decoded {
        // What was not looked at leaves a hole.
        Some(_) if decoder.has_enough() => (None, None),
        Some(workflow) if !decoder.broken => (Some(workflow), None),
        Some(workflow) if !decoder.partial && !decoder.lost => (None, Some(workflow)),
        Some(_) | None => (None, None),
    };
    let (diagnostics, more) = decoder.diagnostics.finish();
    Parsed { workflow, partial, diagnostics, more }
}
