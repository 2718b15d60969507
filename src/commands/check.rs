//! `mission check`: everything that is wrong with workflow files.

use mission_compiler::diagnostic::{Severity, to_json};
use mission_compiler::workflow::Workflow;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args;
use crate::failure::{self, Exit, Failure};
use crate::inputs;
use crate::load::{self, Checked};
use crate::page::{self, Page, Tone, flat};
use crate::screen::words;

/// What `check --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Findings {
    /// The files, as they were named.
    files: Vec<File>,
}

/// One file.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct File {
    /// Its name.
    file: String,
    /// Name of the workflow, if it has no error.
    workflow: Option<String>,
    /// Number of errors.
    errors: usize,
    /// Number of warnings.
    warnings: usize,
    /// There may be more of both: checking ends after 1,000 errors, and 1,000 warnings are kept.
    more: bool,
    /// Why the file could not be read at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    unreadable: Option<String>,
    /// All findings, sorted by place.
    #[schemars(with = "Vec<Finding>")]
    findings: serde_json::Value,
}

/// One finding; only described here, made by the compiler.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes what the compiler serializes")]
struct Finding {
    /// Stable code, see docs/diagnostics.md.
    code: String,
    /// `error` or `warning`.
    severity: String,
    /// What is and what was expected.
    message: String,
    /// The file: the workflow or one of its prompts.
    file: String,
    /// Line, from 1.
    line: u32,
    /// Column in characters, from 1.
    column: u32,
    /// Line of the end.
    end_line: u32,
    /// Column behind the last character.
    end_column: u32,
    /// What to do.
    help: Option<String>,
    /// Further places.
    labels: Vec<Label>,
}

/// A further place; only described here, made by the compiler.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes what the compiler serializes")]
struct Label {
    /// What is there.
    message: String,
    /// The file.
    file: String,
    /// Line, from 1.
    line: u32,
    /// Column in characters, from 1.
    column: u32,
    /// Line of the end.
    end_line: u32,
    /// Column behind the last character.
    end_column: u32,
}

/// Checks all files.
pub(crate) fn perform(args: &args::Check) -> Result<Exit, Failure> {
    let checked: Vec<(&String, Result<Checked, Failure>)> = args.files.iter().map(|f| (f, load::check(f))).collect();
    let good = checked.iter().all(|(_, c)| c.as_ref().is_ok_and(|c| c.workflow.is_some()));
    if args.json {
        let files = checked.iter().map(|(name, checked)| described(name, checked)).collect();
        page::print_json(&Findings { files })?;
    } else {
        let mut page = Page::new();
        for (_, checked) in &checked {
            match checked {
                Ok(checked) => {
                    write(&mut page, checked);
                    if let (Some(workflow), [_]) = (&checked.workflow, args.files.as_slice()) {
                        inputs(&mut page, workflow);
                    }
                }
                Err(failure) => {
                    failure::say(failure);
                }
            }
        }
        page::print(&page)?;
    }
    Ok(if good { Exit::Done } else { Exit::Usage })
}

/// What the workflow takes, as `-i NAME=VALUE`.
fn inputs(page: &mut Page, workflow: &Workflow) {
    let wide = workflow.inputs.keys().map(|name| name.chars().count()).max().unwrap_or(0);
    let rows: Vec<_> = workflow.inputs.iter().map(|(name, input)| (name, inputs::about(input))).collect();
    let types = rows.iter().map(|(_, (takes, _))| takes.chars().count()).max().unwrap_or(0);
    for (name, (takes, about)) in rows {
        page.text("  -i ").tone(Tone::Accent, format!("{name:<wide$}")).text("  ");
        if about.is_empty() {
            page.line(takes);
        } else {
            page.text(format!("{takes:<types$}  ")).tone(Tone::Dim, flat(&about)).end();
        }
    }
}

fn count(checked: &Checked, severity: Severity) -> usize {
    checked.diagnostics.iter().filter(|d| d.severity == severity).count()
}

fn described(name: &str, checked: &Result<Checked, Failure>) -> File {
    match checked {
        Ok(checked) => File {
            file: checked.sources.workflow().name().to_owned(),
            workflow: checked.workflow.as_ref().map(|w| w.name.clone()),
            errors: count(checked, Severity::Error),
            warnings: count(checked, Severity::Warning),
            more: checked.more,
            unreadable: None,
            findings: to_json(&checked.sources, &checked.diagnostics),
        },
        Err(failure) => File {
            file: name.to_owned(),
            workflow: None,
            errors: 1,
            warnings: 0,
            more: false,
            unreadable: Some(failure.to_string()),
            findings: serde_json::json!([]),
        },
    }
}

fn write(page: &mut Page, checked: &Checked) {
    page.rendered(load::findings(checked, page::has_colour()).as_str());
    let (errors, warnings) = (count(checked, Severity::Error), count(checked, Severity::Warning));
    let name = checked.sources.workflow().name();
    let mut parts = Vec::new();
    if errors > 0 {
        parts.push(words::count(errors, "error", "errors"));
    }
    if warnings > 0 {
        parts.push(words::count(warnings, "warning", "warnings"));
    }
    match (&checked.workflow, parts.is_empty()) {
        (Some(workflow), true) => page.tone(Tone::Good, "ok").line(format!("  {name}: `{}`", workflow.name)),
        (Some(workflow), false) => {
            page.tone(Tone::Good, "ok").line(format!("  {name}: `{}`, {}", workflow.name, parts.join(", ")))
        }
        (None, _) => page.tone(Tone::Bad, "not ok").line(format!("  {name}: {}", parts.join(", "))),
    };
}
