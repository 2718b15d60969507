//! Words for what is wrong with a text as YAML, the two traps of templates among them.

use serde_yaml::granit_parser::{ErrorKind, ScanError};

use super::yaml::Place;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span, Spanned};

fn at(start: usize, end: usize) -> Span {
    Span::new(FileId::default(), start, end)
}

/// Nesting beyond `deepest` levels.
pub(super) fn too_deep(here: Span, deepest: usize) -> Diagnostic {
    Diagnostic::error("too-deep", here, format!("nested deeper than {deepest} levels"))
}

/// A key that is a list, a mapping or an alias.
pub(super) fn complex_key(here: Span) -> Diagnostic {
    Diagnostic::error("complex-key", here, "a key must be a text, found a list, a mapping or an alias")
}

/// A value without a key.
pub(super) fn empty_key(here: Span) -> Diagnostic {
    Diagnostic::error("empty-key", here, "a key is missing before this `:`")
}

/// `<<`.
pub(super) fn merge_key(here: Span) -> Diagnostic {
    Diagnostic::error("merge-key", here, "merge keys (`<<`) are not supported")
        .help("write the keys out; `*alias` as a whole value works")
}

/// The second of two equal keys.
pub(super) fn duplicate_key(key: &Spanned<String>, first: Span) -> Diagnostic {
    Diagnostic::error("duplicate-key", key.span, format!("key `{}` stands here a second time", key.value))
        .label(first, "first written here")
        .help("remove one of the two, or rename it")
}

/// `*name` without `&name`.
pub(super) fn unknown_alias(name: &str, here: Span) -> Diagnostic {
    let message = format!("`*{name}` refers to an anchor, but no `&{name}` stands before it");
    let help = format!("an unquoted `*` begins an alias; quote it if a text is meant: `\"*{name}\"`");
    Diagnostic::error("unknown-alias", here, message).help(help)
}

/// A plain number with leading zeros, which people write for file modes, dates and hashes.
pub(super) fn leading_zero(text: &str, number: i64, here: Span) -> Option<Diagnostic> {
    let digits = text.trim_start_matches(['+', '-']);
    let suspicious = digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    suspicious.then(|| {
        Diagnostic::warning("leading-zero", here, format!("`{text}` is the number {number} in YAML 1.2"))
            .help(format!("quote it if a text is meant: `\"{text}\"`"))
    })
}

/// A number that JSON or 64 bits cannot hold.
pub(super) fn unusable_number(text: &str, too_large: bool, here: Span) -> Diagnostic {
    let why = if too_large { "is too large for a number" } else { "is not a finite number" };
    Diagnostic::error("unusable-number", here, format!("`{text}` {why}"))
        .help(format!("quote it if a text is meant: `\"{text}\"`"))
}

/// How far an unquoted template that begins at `start` reaches: what its author meant to be one text.
pub(super) fn template_extent(text: &str, start: usize, in_flow: bool) -> (usize, usize) {
    let line_end = text[start..].find('\n').map_or(text.len(), |i| start + i);
    let line = &text[start..line_end];
    let closed = line.find("}}").map_or(line.len(), |i| i + 2);
    let rest = &line[closed..];
    let more = if in_flow { rest.find([',', '}', ']']) } else { rest.find(" #") };
    let end = closed + more.unwrap_or(rest.len());
    (start, start + line[..end].trim_end().len())
}

/// An unquoted value that begins with `{{`.
pub(super) fn unquoted_template(text: &str, (start, end): (usize, usize)) -> Diagnostic {
    let value = &text[start..end];
    let quoted = if value.contains('"') { format!("'{}'", value.replace('\'', "''")) } else { format!("\"{value}\"") };
    Diagnostic::error(
        "unquoted-template",
        at(start, end),
        "an unquoted value begins with `{{`, which YAML reads as a mapping",
    )
    .help(format!("quote it: `{quoted}`"))
}

/// What the YAML parser could not read.
pub(super) fn syntax(text: &str, error: &ScanError, place: &Place) -> Diagnostic {
    let offset = error.marker().byte_offset().unwrap_or(0).min(text.len());
    if *error.kind() == ErrorKind::RecursionLimitExceeded {
        return too_deep(character(text, offset), super::yaml::MAX_DEPTH);
    }
    if place.in_flow
        && let Some(trap) = flow_trap(text, offset, place)
    {
        return trap;
    }
    let is_bracket = |open: usize| matches!(text.as_bytes().get(open), Some(b'[' | b'{'));
    let spans_lines = |open: usize| text.get(open..offset).is_some_and(|t| t.contains('\n'));
    if let Some(open) = place.opened.filter(|&open| place.in_flow && is_bracket(open) && spans_lines(open)) {
        let bracket = &text[open..=open];
        return Diagnostic::error("yaml-syntax", at(open, open + 1), format!("this `{bracket}` is not closed in time"))
            .label(character(text, offset), "this cannot stand inside it");
    }
    let here = character(text, offset);
    let (message, help) = words(text, offset, error);
    let found = Diagnostic::error("yaml-syntax", here, message).maybe_help(help.map(str::to_owned));
    match unclosed_quote(text, offset, error, place) {
        Some(quote) => found.label(quote, "this quote is never closed"),
        None => found,
    }
}

/// Where the quote begins that swallowed the text up to `offset`.
fn unclosed_quote(text: &str, offset: usize, error: &ScanError, place: &Place) -> Option<Span> {
    if !matches!(error.kind(), ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent) {
        return None;
    }
    let (_, end) = place.last?;
    let quote = end + text.get(end..offset)?.find(['"', '\''])?;
    Some(at(quote, quote + 1))
}

/// `: ` and ` #` end a text inside `{ … }`.
fn flow_trap(text: &str, offset: usize, place: &Place) -> Option<Diagnostic> {
    let (_, end) = place.last?;
    let after = text.get(end..offset.max(end))?;
    let (here, what) = if text[offset..].starts_with(':') && after.trim().is_empty() {
        (at(offset, offset + 1), "`: ` ends the text before it, because it stands inside `{ … }` or `[ … ]`")
    } else {
        let spaces = after.len() - after.trim_start_matches([' ', '\t']).len();
        let hash = after[spaces..].starts_with('#') && spaces > 0;
        let line = after[spaces..].lines().next().unwrap_or_default();
        if !hash || !line.contains(['}', ']']) {
            return None;
        }
        (at(end + spaces, end + spaces + 1), "` #` begins a comment here, so `{ … }` or `[ … ]` is never closed")
    };
    Some(
        Diagnostic::error("flow-trap", here, what)
            .help("quote the text, or write the mapping in block style, one key per line"),
    )
}

fn character(text: &str, offset: usize) -> Span {
    let length = text[offset..].chars().next().filter(|&c| c != '\n').map_or(0, char::len_utf8);
    at(offset, offset + length)
}

/// Message and help for an error of the YAML parser.
fn words(text: &str, offset: usize, error: &ScanError) -> (String, Option<&'static str>) {
    let line_start = text[..offset].rfind('\n').map_or(0, |i| i + 1);
    let first_on_line = text[line_start..offset].trim().is_empty();
    let quote_or_block = Some("quote the text, or write it as a block below `|`");
    match error.kind() {
        ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation | ErrorKind::TabNotAllowed => {
            ("a tab indents this line, expected spaces".to_owned(), None)
        }
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => {
            (format!("the control character `{}` is not allowed", character.escape_unicode()), None)
        }
        ErrorKind::UnexpectedCharacter { character } => {
            (format!("an unquoted text cannot begin with `{character}`"), Some("quote the text"))
        }
        ErrorKind::MappingValueNotAllowed => {
            ("`: ` inside an unquoted text: it would begin a second mapping on this line".to_owned(), quote_or_block)
        }
        ErrorKind::ExpectedBlockMappingKey if first_on_line => (
            "this line does not line up with the keys above it".to_owned(),
            Some("indent it exactly like the other keys of the same mapping"),
        ),
        ErrorKind::ExpectedBlockMappingKey => {
            ("unexpected text after the end of the value".to_owned(), Some("quote the whole value"))
        }
        ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => {
            ("a quoted text is still open here".to_owned(), Some("add the closing quote"))
        }
        ErrorKind::InvalidTrailingDoubleQuotedScalar | ErrorKind::InvalidTrailingSingleQuotedScalar => {
            ("text after the closing quote".to_owned(), Some("put the whole text in quotes"))
        }
        ErrorKind::UnclosedFlowCollection { open } => (format!("`{open}` is never closed"), None),
        ErrorKind::DirectiveDisallowed => ("YAML directives (`%…`) are not allowed".to_owned(), None),
        _ => (format!("not valid YAML: {}", error.info()), None),
    }
}
