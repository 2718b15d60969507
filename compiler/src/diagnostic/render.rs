//! Diagnostics for people and for programs. Given texts and findings; prints nothing itself.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};

use super::{Diagnostic, Severity};
use crate::source::{Source, Sources, Span};

/// A span over more lines than this is shown by its first line.
const MOST_LINES: usize = 6;
/// Spans further apart than this many lines stand in separate snippets.
const SNIPPET_GAP: usize = 100;
/// Longest line that is shown; a longer one is left out.
const LONGEST_LINE: usize = 4096;
/// Further places that are shown of one finding, at most.
const MOST_LABELS: usize = 20;
/// Findings that are shown, at most; of more, errors come before warnings.
pub const MOST_FINDINGS: usize = 200;
/// Longest message in characters.
const LONGEST_MESSAGE: usize = 1000;

/// All findings as text, sorted by place: message, file:line:column, the lines with carets under the exact characters,
/// further places, help. `colour` adds ANSI styles. Control characters of the texts are never passed through.
pub fn render(sources: &Sources, diagnostics: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    let (shown, more) = shown(diagnostics);
    for diagnostic in shown {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(printable(&diagnostic.message)).id(diagnostic.code);
        let mut group = Group::with_title(title);
        let windows = windows(sources, diagnostic);
        for window in &windows {
            group = group.element(window.snippet());
        }
        let more = diagnostic.labels.len().saturating_sub(MOST_LABELS);
        if more > 0 {
            group = group.element(Level::NOTE.message(format!("{more} more places belong to this")));
        }
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(printable(help)));
        }
        out.push_str(&renderer.render(&[group]));
        out.push_str("\n\n");
    }
    if more > 0 {
        out.push_str(
            &renderer.render(&[Group::with_title(Level::NOTE.primary_title(format!("{more} more findings")))]),
        );
        out.push_str("\n\n");
    }
    out
}

/// The findings to show, sorted by place, and how many are not.
fn shown(diagnostics: &[Diagnostic]) -> (Vec<&Diagnostic>, usize) {
    let more = diagnostics.len().saturating_sub(MOST_FINDINGS);
    if more == 0 {
        return (sorted(diagnostics), 0);
    }
    let mut first: Vec<&Diagnostic> = diagnostics.iter().collect();
    first.sort_by_key(|d| (d.severity, d.span));
    first.truncate(MOST_FINDINGS);
    first.sort_by_key(|d| (d.span, d.severity));
    (first, more)
}

/// All findings as a list of objects, sorted by place: `code severity message file line column endLine endColumn help
/// labels`. Lines and columns count from 1, columns in characters; the end is exclusive; `help` may be null.
pub fn to_json(sources: &Sources, diagnostics: &[Diagnostic]) -> Value {
    let list = sorted(diagnostics).into_iter().map(|diagnostic| {
        let labels = diagnostic.labels.iter().map(|label| {
            let mut object = place(sources, label.span);
            object["message"] = json!(label.text);
            object
        });
        let labels: Vec<Value> = labels.collect();
        let mut object =
            json!({ "code": diagnostic.code, "severity": diagnostic.severity, "message": diagnostic.message });
        if let (Value::Object(object), Value::Object(place)) = (&mut object, place(sources, diagnostic.span)) {
            object.extend(place);
        }
        object["help"] = json!(diagnostic.help);
        object["labels"] = Value::Array(labels);
        object
    });
    Value::Array(list.collect())
}

fn sorted(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|d| (d.span, d.severity));
    sorted
}

fn place(sources: &Sources, span: Span) -> Value {
    let source = sources.get(span.file);
    let (start, end) = (source.position(span.start), source.position(span.end.max(span.start)));
    json!({ "file": source.name(), "line": start.line, "column": start.column, "endLine": end.line, "endColumn": end.column })
}

/// A place to mark, how, and what to say there.
type Marked = (Span, AnnotationKind, Option<String>);

/// Some lines of one file with marks on them.
struct Window<'s> {
    name: Cow<'s, str>,
    first_line: usize,
    text: Cow<'s, str>,
    marks: Vec<Mark>,
}

struct Mark {
    kind: AnnotationKind,
    range: Range<usize>,
    label: Option<String>,
}

impl Window<'_> {
    fn snippet(&self) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
        let marks = self.marks.iter().map(|mark| mark.kind.span(mark.range.clone()).label(mark.label.as_deref()));
        Snippet::source(self.text.as_ref())
            .line_start(self.first_line)
            .path(self.name.as_ref())
            .annotations(marks.collect::<Vec<_>>())
    }
}

/// The lines to show: those of the primary place first, labels nearby in the same window, others in their own.
fn windows<'s>(sources: &'s Sources, diagnostic: &Diagnostic) -> Vec<Window<'s>> {
    let primary = (diagnostic.span, AnnotationKind::Primary, None);
    let labels = diagnostic.labels.iter().take(MOST_LABELS);
    let labels = labels.map(|l| (l.span, AnnotationKind::Context, Some(printable(&l.text))));
    let mut groups: Vec<(Span, Vec<Marked>)> = Vec::new();
    for mark in std::iter::once(primary).chain(labels) {
        let span = shortened(sources.get(mark.0.file), mark.0);
        let near = groups.iter_mut().find(|(all, _)| is_near(sources, *all, span));
        let mark = (span, mark.1, mark.2);
        match near {
            Some((all, marks)) => {
                *all = Span { file: all.file, start: all.start.min(span.start), end: all.end.max(span.end) };
                marks.push(mark);
            }
            None => groups.push((span, vec![mark])),
        }
    }
    groups.into_iter().map(|(all, marks)| window(sources.get(all.file), all, marks)).collect()
}

fn is_near(sources: &Sources, all: Span, span: Span) -> bool {
    let line = |offset| sources.get(all.file).position(offset).line as usize;
    all.file == span.file
        && line(span.start) <= line(all.end) + SNIPPET_GAP
        && line(all.start) <= line(span.end) + SNIPPET_GAP
}

/// A span that stays on character boundaries, inside the text and within a few lines.
fn shortened(source: &Source, span: Span) -> Span {
    let text = source.text();
    let start = text.floor_char_boundary((span.start as usize).min(text.len()));
    let end = text.ceil_char_boundary((span.end as usize).clamp(start, text.len()));
    let marked = &text[start..end];
    let end = if marked.matches('\n').count() >= MOST_LINES {
        start + marked.lines().next().map_or(0, str::len)
    } else {
        start + marked.trim_end_matches(['\n', '\r']).len()
    };
    Span::new(span.file, start, end)
}

fn window<'s>(source: &'s Source, all: Span, marks: Vec<Marked>) -> Window<'s> {
    let text = source.text();
    let start = text[..all.start as usize].rfind('\n').map_or(0, |i| i + 1);
    let end = text[all.end as usize..].find('\n').map_or(text.len(), |i| all.end as usize + i);
    let lines = text[start..end].trim_end_matches('\r');
    let too_long = lines.lines().any(|line| line.len() > LONGEST_LINE);
    let shown = if too_long { Cow::Borrowed("") } else { visible(lines) };
    let at = |offset: u32| if too_long { 0 } else { visible(&text[start..offset as usize]).len() };
    let marks = marks.into_iter().map(|(span, kind, label)| Mark { kind, range: at(span.start)..at(span.end), label });
    let name = printable(source.name());
    let position = source.position(all.start);
    let name = if too_long { format!("{name}:{}:{}", position.line, position.column) } else { name };
    Window { name: name.into(), first_line: position.line as usize, marks: marks.collect(), text: shown }
}

/// Each character that a terminal would act on, or hide, as one visible character: columns stay as they are.
fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c != '\n' && is_hidden(c)) {
        return Cow::Borrowed(text);
    }
    let shown = text.replace("\r\n", "\n");
    let shown = shown.chars().map(|c| match c {
        '\n' | '\t' => c,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER),
        c if is_hidden(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    });
    Cow::Owned(shown.collect())
}

/// Controls, and the invisible characters that reorder or join what stands around them.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A message fit for a terminal: hidden characters escaped, an endless one cut.
fn printable(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    for (count, c) in message.chars().enumerate() {
        if count == LONGEST_MESSAGE {
            out.push('…');
            break;
        }
        if is_hidden(c) && c != '\n' {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}
