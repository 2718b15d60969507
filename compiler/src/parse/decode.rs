//! Reading typed values off a [`Tree`], noting every mismatch. Must not know which keys the language has.

use super::words::{duration_fault, has_template};
use crate::diagnostic::{Diagnostic, Findings};
use crate::source::{Source, Span, Spanned, locate};
use crate::suggest::nearest;
use crate::suggest::one_of;
use crate::syntax::{Expression, Tree, TreeKind};

/// Gathers diagnostics while values are taken off the tree.
pub(super) struct Decoder<'s> {
    pub(super) source: &'s Source,
    pub(super) diagnostics: Findings,
    /// Something required is missing or unusable: the result has a hole.
    pub(super) broken: bool,
    /// Parts of the text are not in the tree.
    pub(super) partial: bool,
    /// A node of the tree is not in the result.
    pub(super) lost: bool,
}

impl<'s> Decoder<'s> {
    pub(super) fn new(source: &'s Source) -> Self {
        Self { source, diagnostics: Findings::default(), broken: false, partial: false, lost: false }
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Whether nothing more needs to be looked at.
    pub(super) fn has_enough(&self) -> bool {
        self.diagnostics.is_full()
    }

    /// The text of the file at `span`.
    pub(super) fn raw(&self, span: Span) -> &'s str {
        self.source.text().get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Notes that `tree` is not what `field` takes.
    pub(super) fn wrong_type(&mut self, tree: &Tree, field: &str, wanted: &str) {
        self.wrong_shape(tree, field, wanted, None);
    }

    /// [`Self::wrong_type`] with help of the caller's.
    pub(super) fn wrong_shape(&mut self, tree: &Tree, field: &str, wanted: &str, help: Option<String>) {
        let help = help.or_else(|| self.type_help(tree, wanted));
        let message = format!("{field} is {}, expected {wanted}", kind_name(&tree.kind));
        self.push(Diagnostic::error("wrong-type", tree.span, message).maybe_help(help));
    }

    fn type_help(&self, tree: &Tree, wanted: &str) -> Option<String> {
        let raw = self.raw(tree.span);
        match &tree.kind {
            TreeKind::Int(_) | TreeKind::Float(_) | TreeKind::Bool(_) if wanted.contains("text") => {
                Some(format!("quote it: `\"{raw}\"`"))
            }
            TreeKind::Str(_) if wanted.starts_with("a list") && !raw.contains('\n') => {
                Some(format!("write a list: `[{raw}]`"))
            }
            TreeKind::Str(text) if wanted.contains("true or false") && matches!(text.as_str(), "yes" | "on" | "y") => {
                Some("write `true`".to_owned())
            }
            TreeKind::Str(text) if wanted.contains("true or false") && matches!(text.as_str(), "no" | "off" | "n") => {
                Some("write `false`".to_owned())
            }
            TreeKind::Map(_) | TreeKind::List(_) if wanted.contains("expression") => {
                Some("quote the expression".to_owned())
            }
            _ => None,
        }
    }

    /// A text, which may hold templates.
    pub(super) fn text(&mut self, tree: Tree, field: &str) -> Option<Spanned<String>> {
        match tree.kind {
            TreeKind::Str(text) => Some(Spanned::new(text, tree.span)),
            _ => {
                self.wrong_type(&tree, field, "a text");
                None
            }
        }
    }

    /// A text without templates.
    pub(super) fn literal(&mut self, tree: Tree, field: &str) -> Option<Spanned<String>> {
        let text = self.text(tree, field)?;
        if has_template(&text) {
            let message = format!("{field} is fixed text and cannot hold `{{{{ }}}}`");
            self.push(Diagnostic::error("template-not-allowed", text.span, message));
            return None;
        }
        Some(text)
    }

    /// A bare expression. Numbers and booleans stand for themselves.
    pub(super) fn expression(&mut self, tree: Tree, field: &str) -> Option<Expression> {
        match tree.kind {
            TreeKind::Str(text) => self.bare(Spanned::new(text, tree.span), field),
            TreeKind::Bool(_) | TreeKind::Int(_) | TreeKind::Float(_) => {
                Some(Spanned::new(self.raw(tree.span).to_owned(), tree.span))
            }
            TreeKind::Null | TreeKind::List(_) | TreeKind::Map(_) => {
                self.broken = true;
                self.wrong_type(&tree, field, "an expression");
                None
            }
        }
    }

    fn bare(&mut self, text: Expression, field: &str) -> Option<Expression> {
        if text.trim().is_empty() {
            self.broken = true;
            self.push(Diagnostic::error("empty-expression", text.span, format!("{field} is an empty expression")));
            return None;
        }
        if !text.contains("{{") {
            return Some(text);
        }
        let inner = text.trim().strip_prefix("{{").and_then(|t| t.strip_suffix("}}")).map(str::trim);
        let inner = inner.filter(|t| !t.contains("{{"));
        let message = format!("{field} is an expression already, found `{{{{`");
        let help = inner.map_or_else(
            || "write the expression without `{{ }}`; join texts with `~`".to_owned(),
            |inner| format!("remove the braces: `{inner}`"),
        );
        let open = text.find("{{").unwrap_or(0);
        let close = text[open..].find("}}").map_or(open + 2, |i| open + i + 2);
        let here = if inner.is_some() { text.span } else { locate(self.source, text.span, &text, open..close) };
        self.push(Diagnostic::error("template-in-expression", here, message).help(help));
        let narrowed = inner.and_then(|inner| self.narrow(text.span, inner));
        self.broken |= narrowed.is_none();
        narrowed
    }

    /// `inner` with its own place inside `span`, if it stands there letter by letter.
    fn narrow(&self, span: Span, inner: &str) -> Option<Expression> {
        let start = span.start as usize + self.raw(span).find(inner)?;
        Some(Spanned::new(inner.to_owned(), Span::new(span.file, start, start + inner.len())))
    }

    /// One of a few fixed words.
    pub(super) fn word(&mut self, tree: Tree, field: &str, allowed: &[&str]) -> Option<Spanned<String>> {
        match &tree.kind {
            TreeKind::Str(word) if allowed.contains(&word.as_str()) => {}
            _ => {
                let found = match &tree.kind {
                    TreeKind::Str(word) => format!("`{word}`"),
                    other => kind_name(other).to_owned(),
                };
                let near = match &tree.kind {
                    TreeKind::Str(word) => nearest(word, allowed.iter().copied()),
                    _ => None,
                };
                let message = format!("{field} is {found}, expected {}", one_of(allowed));
                let help = near.map(|near| format!("did you mean `{near}`?"));
                self.push(Diagnostic::error("unknown-value", tree.span, message).maybe_help(help));
                return None;
            }
        }
        self.text(tree, field)
    }

    /// One of a few fixed words, or a template that makes one.
    pub(super) fn word_or_template(&mut self, tree: Tree, field: &str, allowed: &[&str]) -> Option<Spanned<String>> {
        match &tree.kind {
            TreeKind::Str(text) if has_template(text) => self.text(tree, field),
            _ => self.word(tree, field, allowed),
        }
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, tree: &Tree, field: &str) -> Option<Spanned<bool>> {
        let TreeKind::Bool(value) = tree.kind else {
            self.wrong_type(tree, field, "true or false");
            return None;
        };
        Some(Spanned::new(value, tree.span))
    }

    /// A whole number between `least` and `most`.
    pub(super) fn whole(&mut self, tree: &Tree, field: &str, least: i64, most: i64) -> Option<Spanned<i64>> {
        let TreeKind::Int(value) = tree.kind else {
            self.wrong_type(tree, field, "a whole number");
            return None;
        };
        if !(least..=most).contains(&value) {
            let range = if most == i64::MAX { format!("at least {least}") } else { format!("{least} to {most}") };
            let message = format!("{field} is {value}, expected {range}");
            self.push(Diagnostic::error("out-of-range", tree.span, message));
            return None;
        }
        Some(Spanned::new(value, tree.span))
    }

    /// A number, or a template that makes one. `whole` asks for a whole number of at least 1.
    pub(super) fn amount(&mut self, tree: Tree, field: &str, whole: bool) -> Option<Tree> {
        match &tree.kind {
            TreeKind::Str(text) if has_template(text) => Some(tree),
            TreeKind::Int(_) if whole => self.whole(&tree, field, 1, i64::MAX).map(|_| tree),
            TreeKind::Int(value) if *value > 0 => Some(tree),
            TreeKind::Float(value) if !whole && *value > 0.0 => Some(tree),
            TreeKind::Int(_) | TreeKind::Float(_) if !whole => {
                let message = format!("{field} is {}, expected more than 0", self.raw(tree.span));
                self.push(Diagnostic::error("out-of-range", tree.span, message));
                None
            }
            _ => {
                let wanted = if whole { "a whole number or a template" } else { "a number or a template" };
                self.wrong_type(&tree, field, wanted);
                None
            }
        }
    }

    /// A duration such as `30s`, or a template that makes one.
    pub(super) fn duration(&mut self, tree: Tree, field: &str, zero: bool) -> Option<Tree> {
        let raw = match &tree.kind {
            TreeKind::Str(text) if has_template(text) => return Some(tree),
            TreeKind::Str(text) => text.clone(),
            TreeKind::Int(_) | TreeKind::Float(_) => self.raw(tree.span).to_owned(),
            TreeKind::Null | TreeKind::Bool(_) | TreeKind::List(_) | TreeKind::Map(_) => {
                self.wrong_type(&tree, field, "a duration such as `30s` or `15m`");
                return None;
            }
        };
        if let Some(better) = duration_fault(&raw) {
            let message = format!("{field} is `{raw}`, which is not a duration");
            let help = match better {
                Some(better) => format!("did you mean `{better}`?"),
                None => "a duration is a whole number and a unit: `500ms`, `30s`, `15m`, `2h`, `7d`".to_owned(),
            };
            self.push(Diagnostic::error("bad-duration", tree.span, message).help(help));
            return None;
        }
        if !zero && raw.trim_end_matches(|c: char| c.is_ascii_alphabetic()).bytes().all(|b| b == b'0') {
            let message = format!("{field} is zero: nothing could ever finish in time");
            self.push(Diagnostic::error("zero-duration", tree.span, message).help("leave the key out for no limit"));
            return None;
        }
        Some(tree)
    }

    /// A list.
    pub(super) fn list(&mut self, tree: Tree, field: &str, of: &str) -> Option<Vec<Tree>> {
        match tree.kind {
            TreeKind::List(items) => Some(items),
            _ => {
                self.wrong_type(&tree, field, &format!("a list of {of}"));
                None
            }
        }
    }

    /// A scalar: text, number or boolean.
    pub(super) fn plain_value(&mut self, tree: Tree, field: &str) -> Option<Tree> {
        match tree.kind {
            TreeKind::Str(_) | TreeKind::Bool(_) | TreeKind::Int(_) | TreeKind::Float(_) => Some(tree),
            TreeKind::Null | TreeKind::List(_) | TreeKind::Map(_) => {
                self.wrong_type(&tree, field, "a text or a number");
                None
            }
        }
    }
}

fn kind_name(kind: &TreeKind) -> &'static str {
    match kind {
        TreeKind::Null => "empty",
        TreeKind::Bool(_) => "a boolean",
        TreeKind::Int(_) => "a whole number",
        TreeKind::Float(_) => "a number",
        TreeKind::Str(_) => "a text",
        TreeKind::List(_) => "a list",
        TreeKind::Map(_) => "a mapping",
    }
}
