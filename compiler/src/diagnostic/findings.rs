//! Findings as they are gathered, up to a limit. Must not know what was looked for.

use super::{Diagnostic, MOST, Severity, tidy};

/// Findings in the order in which they were made.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    list: Vec<Diagnostic>,
    errors: usize,
    warnings: usize,
    more: bool,
}

impl Findings {
    /// Adds one, unless there are enough of its kind.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        let kind = match diagnostic.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        if *kind == MOST {
            self.more = true;
            return;
        }
        *kind += 1;
        self.list.push(diagnostic);
    }
    /// Adds some.
    pub(crate) fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        diagnostics.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }
    /// Adds all of `others`.
    pub(crate) fn absorb(&mut self, others: Self) {
        self.more |= others.more;
        self.extend(others.list);
    }
    /// Is it no use to look for more errors?
    pub(crate) fn is_full(&self) -> bool {
        self.errors == MOST
    }
    /// Is there an error?
    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0
    }
    /// Has nothing been found?
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
    /// Those found so far.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }
    /// All of them, sorted by place and each once, and whether there may be more.
    pub(crate) fn finish(self) -> (Vec<Diagnostic>, bool) {
        let more = self.more || self.is_full();
        (tidy(self.list), more)
    }
}
