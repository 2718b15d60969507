//! From what a person typed to a checked workflow: finding the file, reading it and its prompts, parsing, checking.

use std::path::{Component, Path, PathBuf};

use mission_compiler::check;
use mission_compiler::diagnostic::{Diagnostic, MOST, MOST_FINDINGS, Severity, render, tidy};
use mission_compiler::parse;
use mission_compiler::source::{Source, Sources};
use mission_compiler::workflow::Workflow;
use mission_executor::action;

use crate::failure::Failure;
use crate::inputs::listed;
use crate::page::{self, Page, Tone};
use crate::screen::words;
use crate::templates::{self, Shipped};
use crate::{files, project};
use mission_compiler::suggest::nearest;

/// A workflow that was read and checked, whatever came of it.
pub(crate) struct Checked {
    /// The workflow and its prompts.
    pub(crate) sources: Sources,
    /// All findings, errors and warnings.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// There may be more findings than these.
    pub(crate) more: bool,
    /// The workflow, unless there is an error.
    pub(crate) workflow: Option<Workflow>,
}

/// A workflow without errors.
pub(crate) struct Loaded {
    /// The workflow and its prompts.
    pub(crate) sources: Sources,
    /// The workflow.
    pub(crate) workflow: Workflow,
}

/// Loads the workflow that `name` means; prints its findings to standard error.
///
/// # Errors
/// A workflow that is not there, cannot be read, or is invalid.
pub(crate) fn load(name: &str) -> Result<Loaded, Failure> {
    let checked = check(name)?;
    page::say(&findings(&checked, page::has_colour_on_stderr()));
    match checked.workflow {
        Some(workflow) => Ok(Loaded { sources: checked.sources, workflow }),
        None => {
            let errors = errors(&checked.diagnostics);
            Err(Failure::Invalid { file: checked.sources.workflow().name().to_owned(), errors })
        }
    }
}

/// Reads and checks the workflow that `name` means.
///
/// # Errors
/// A workflow that is not there or cannot be read.
pub(crate) fn check(name: &str) -> Result<Checked, Failure> {
    match find(name)? {
        Found::File(path) => {
            Ok(check_text(path.display().to_string(), files::text(&path)?, &|file| from_disk(&path, file)))
        }
        Found::Shipped(shipped) => {
            let prompt =
                |file: &str| shipped.prompts.iter().find(|(name, _)| *name == file).map(|(_, text)| (*text).to_owned());
            let prompt = |file: &str| prompt(file).ok_or_else(|| ("there is no such file".to_owned(), None));
            Ok(check_text(format!("shipped/{}.yaml", shipped.name), shipped.text.to_owned(), &prompt))
        }
    }
}

/// All findings, rendered.
pub(crate) fn findings(checked: &Checked, colour: bool) -> Page {
    let mut page = Page::new();
    if !checked.diagnostics.is_empty() {
        page.rendered(&render(&checked.sources, &checked.diagnostics, colour));
    }
    if checked.more {
        page.tone(Tone::Strong, "note");
        let most = words::thousands(MOST as u64);
        page.line(format!(": there may be more: checking ends after {most} errors, and {most} warnings are kept"));
    }
    page
}

/// How many are errors.
pub(crate) fn errors(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|d| d.severity == Severity::Error).count()
}

/// What a name means.
enum Found {
    File(PathBuf),
    Shipped(&'static Shipped),
}

/// A path; else `.mission/workflows/NAME.yaml`; else a shipped workflow.
fn find(name: &str) -> Result<Found, Failure> {
    let path = Path::new(name);
    let is_path = name.contains(['/', '\\']) || files::is_yaml(path);
    if is_path {
        return if path.exists() { Ok(Found::File(path.to_owned())) } else { Err(no_file(path)) };
    }
    let own = project::workflows(&project::root()?).join(format!("{name}.yaml"));
    if own.is_file() {
        let here = std::env::current_dir().unwrap_or_default();
        return Ok(Found::File(own.strip_prefix(here).map_or(own.clone(), Path::to_owned)));
    }
    if let Some(shipped) = templates::find(name) {
        return Ok(Found::Shipped(shipped));
    }
    if path.is_file() { Ok(Found::File(path.to_owned())) } else { Err(no_name(name)) }
}

fn no_file(path: &Path) -> Failure {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let siblings = files::workflows_in(folder);
    let names: Vec<&str> = siblings.iter().filter_map(|p| p.file_name()?.to_str()).collect();
    let wanted = path.file_name().unwrap_or_default().to_string_lossy();
    let hint = nearest(&wanted, names.iter().copied())
        .map(|near| format!("did you mean `{}`?", path.with_file_name(near).display()));
    let hint = hint.or_else(|| (!folder.is_dir()).then(|| format!("there is no directory `{}`", folder.display())));
    Failure::Usage { message: format!("there is no file `{}`", path.display()), hint }
}

fn no_name(name: &str) -> Failure {
    let own = project::root().map(|root| files::workflows_in(&project::workflows(&root))).unwrap_or_default();
    let own = own.iter().filter_map(|p| p.file_stem()?.to_str());
    let mut names: Vec<&str> = own.chain(templates::SHIPPED.iter().map(|s| s.name)).collect();
    names.sort_unstable();
    names.dedup();
    let hint = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("workflows known by name: {}; a file is recognised by `/` or `.yaml`", listed(&names)),
    };
    Failure::usage(format!("there is no workflow `{name}`"), hint)
}

/// Why a prompt file cannot be read, and the way out.
type Refusal = (String, Option<String>);

fn check_text(name: String, text: String, prompt: &dyn Fn(&str) -> Result<String, Refusal>) -> Checked {
    let mut sources = Sources::new(Source::new(name, text));
    let parsed = parse::parse(sources.workflow());
    let (mut diagnostics, mut more) = (parsed.diagnostics, parsed.more);
    if errors(&diagnostics) > MOST_FINDINGS {
        // More than is shown already: what else is wrong is told when these are mended.
        return Checked { sources, diagnostics, more, workflow: None };
    }
    let Some(syntax) = parsed.workflow else {
        for ordered in parsed.partial.iter().map(check::order) {
            diagnostics.extend(ordered.diagnostics);
            more |= ordered.more;
        }
        return Checked { sources, diagnostics: tidy(diagnostics), more, workflow: None };
    };
    let mut missing = Vec::new();
    for file in syntax.prompt_files() {
        if sources.find(&file.value).is_some() {
            continue;
        }
        match prompt(&file.value) {
            Ok(text) => {
                sources.add(Source::new(file.value.as_str(), text));
            }
            Err((why, help)) => {
                let message = format!("prompt file `{}`: {why}", file.value);
                missing.push(Diagnostic::error("prompt-file", file.span, message).maybe_help(help));
            }
        }
    }
    let checked = check::check(&syntax, &sources, &action::registry());
    let known = |d: &Diagnostic| missing.iter().any(|m| m.span == d.span);
    diagnostics.extend(checked.diagnostics.into_iter().filter(|d| !known(d)));
    diagnostics.extend(missing);
    diagnostics.sort_by_key(|d| (d.span.file, d.span.start));
    let workflow = checked.workflow.filter(|_| errors(&diagnostics) == 0);
    Checked { sources, diagnostics, more: more || checked.more, workflow }
}

/// A prompt file beside the workflow at `workflow`.
fn from_disk(workflow: &Path, file: &str) -> Result<String, Refusal> {
    let relative = Path::new(file);
    if !relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        let help = "name a file beside the workflow or below it, without `..`".to_owned();
        return Err(("it leads out of the workflow's folder".to_owned(), Some(help)));
    }
    let path = workflow.parent().unwrap_or(Path::new("")).join(relative);
    if !path.exists() {
        let why = "there is no such file".to_owned();
        return Err((why, Some(format!("it is looked for at `{}`", path.display()))));
    }
    files::text(&path).map_err(|failure| match failure {
        Failure::Usage { message, hint } => (message, hint),
        other => (other.to_string(), None),
    })
}
