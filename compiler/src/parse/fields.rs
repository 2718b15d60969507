//! Mappings, key by key: those of the language, whose keys are known, and those whose keys are the author's.

use super::decode::Decoder;
use crate::diagnostic::Diagnostic;
use crate::source::{Span, Spanned};
use crate::suggest::nearest;
use crate::suggest::one_of;
use crate::syntax::{Entries, Tree, TreeKind};

/// The entries of one mapping of the language, taken key by key.
pub(super) struct Fields {
    /// Where the mapping's own key, or else its first key, stands.
    pub(super) span: Span,
    /// What it is, for messages: "`map`", "a node".
    pub(super) what: String,
    entries: Vec<(Spanned<String>, Tree)>,
    known: &'static [&'static str],
}

impl Fields {
    /// Takes the value of `key` out.
    pub(super) fn take(&mut self, key: &str) -> Option<Tree> {
        self.take_entry(key).map(|(_, tree)| tree)
    }

    /// Takes `key` out with its place.
    pub(super) fn take_entry(&mut self, key: &str) -> Option<(Span, Tree)> {
        let at = self.entries.iter().position(|(k, _)| k.value == key)?;
        let (key, tree) = self.entries.swap_remove(at);
        Some((key.span, tree))
    }

    /// Where `key` stands, if it does.
    pub(super) fn find(&self, key: &str) -> Option<Span> {
        self.entries.iter().find(|(k, _)| k.value == key).map(|(k, _)| k.span)
    }
}

impl Decoder<'_> {
    /// Notes that `fields` lacks `key`, which leaves a hole.
    pub(super) fn missing(&mut self, fields: &Fields, key: &str, help: &str) {
        self.broken = true;
        let message = format!("{} has no `{key}`", fields.what);
        self.push(Diagnostic::error("missing-key", fields.span, message).help(help));
    }

    /// The entries of a mapping of the language; keys outside `known` are reported, then read as
    /// the key that was probably meant, so that the rest of the file is judged as well, or else dropped.
    pub(super) fn fields(
        &mut self,
        tree: Tree,
        what: &str,
        at: Span,
        known: &'static [&'static str],
    ) -> Option<Fields> {
        let TreeKind::Map(entries) = tree.kind else {
            self.wrong_type(&tree, what, "a mapping");
            return None;
        };
        let mut fields = Fields { span: at, what: what.to_owned(), entries, known };
        self.refuse_unknown(&mut fields);
        Some(fields)
    }

    fn refuse_unknown(&mut self, fields: &mut Fields) {
        let known = fields.known;
        if fields.entries.iter().all(|(k, _)| known.contains(&k.value.as_str())) {
            return;
        }
        let entries = std::mem::take(&mut fields.entries);
        let mut absent: Vec<&str> =
            known.iter().copied().filter(|k| entries.iter().all(|(key, _)| key.value != *k)).collect();
        let mut before: Option<Spanned<String>> = None;
        for (mut key, tree) in entries {
            if self.has_enough() {
                break;
            }
            if known.contains(&key.value.as_str()) {
                before = Some(key.clone());
                fields.entries.push((key, tree));
                continue;
            }
            if let Some(before) = before.as_ref().filter(|_| self.is_comma_trap(&key, &tree)) {
                self.push(comma_trap(&key, before));
                continue;
            }
            let near = nearest(&key.value, absent.iter().copied());
            self.unknown_key(&key, fields, near.or_else(|| nearest(&key.value, known.iter().copied())));
            if let Some(near) = near {
                absent.retain(|k| *k != near);
                key.value = near.to_owned();
                fields.entries.push((key, tree));
            }
        }
    }

    fn unknown_key(&mut self, key: &Spanned<String>, fields: &Fields, near: Option<&str>) {
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("{} takes {}", fields.what, one_of(fields.known)),
        };
        let message = format!("{} has no key `{}`", fields.what, key.value);
        self.push(Diagnostic::error("unknown-key", key.span, message).help(help));
    }

    /// A key without `:` in a flow mapping: the rest of a text that a comma cut in two.
    fn is_comma_trap(&self, key: &Spanned<String>, tree: &Tree) -> bool {
        let text = self.source.text();
        let before = text[..key.span.start as usize].trim_end();
        let after = text[key.span.end as usize..].trim_start();
        tree.kind == TreeKind::Null && before.ends_with(',') && after.starts_with([',', '}'])
    }

    /// The entries of a mapping whose keys are the author's; each key must pass `fits`.
    pub(super) fn entries(
        &mut self,
        tree: Tree,
        field: &str,
        fits: fn(&str) -> Result<(), KeyFault>,
    ) -> Option<Vec<(Spanned<String>, Tree)>> {
        let TreeKind::Map(entries) = tree.kind else {
            self.wrong_type(&tree, field, "a mapping");
            self.broken = true;
            return None;
        };
        for (key, _) in &entries {
            if self.has_enough() {
                break;
            }
            if let Err(fault) = fits(&key.value) {
                self.broken = true;
                self.push(fault.at(key));
            }
        }
        Some(entries)
    }

    /// Environment variables.
    pub(super) fn environment(&mut self, tree: Tree, field: &str) -> Entries<Tree> {
        let entries = self.entries(tree, field, super::file::variable_name).unwrap_or_default();
        let values = entries.into_iter().filter_map(|(key, tree)| {
            let field = format!("`{}`", key.value);
            self.plain_value(tree, &field).map(|tree| (key, tree))
        });
        Entries(values.collect())
    }
}

/// Why a key of the author's is refused.
pub(super) struct KeyFault {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl KeyFault {
    pub(super) fn at(self, key: &Spanned<String>) -> Diagnostic {
        Diagnostic::error(self.code, key.span, self.message).maybe_help(self.help)
    }
}

fn comma_trap(key: &Spanned<String>, before: &Spanned<String>) -> Diagnostic {
    let message = format!(
        "the comma before `{}` ends the value of `{}`, because it stands inside `{{ … }}`",
        key.value, before.value
    );
    Diagnostic::error("flow-trap", key.span, message)
        .label(before.span, "this value ends at the comma")
        .help("quote the value, or write the mapping in block style, one key per line")
}
