//! A text by its lines, and the statements that they are. Pure.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::text::{Source, Style};

static CALLED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b(\w+)\s*\(").expect("a constant pattern"));

/// The words of `code`.
pub(super) fn words(code: &str) -> impl Iterator<Item = &str> {
    static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\w+").expect("a constant pattern"));
    WORD.find_iter(code).map(|word| word.as_str())
}

/// The lines of a file.
pub(super) struct Lines<'t> {
    /// As they are written.
    pub(super) text: Vec<&'t str>,
    /// Without comments and the insides of strings.
    pub(super) code: Vec<String>,
    /// Without comments.
    pub(super) plain: Vec<String>,
    /// Words that are called.
    called: BTreeSet<String>,
    /// How many brackets are open where each begins.
    depth: Vec<i32>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str, style: &Style) -> Self {
        let source = Source::new(text, style);
        let lines = |text: &str| text.split('\n').map(str::to_owned).collect::<Vec<_>>();
        let (code, plain) = (lines(&source.code), lines(&source.plain));
        let mut open = 0;
        let mut depth = Vec::with_capacity(code.len());
        for line in &code {
            depth.push(open);
            open += line.bytes().map(|b| i32::from(b"([{".contains(&b)) - i32::from(b")]}".contains(&b))).sum::<i32>();
        }
        let called = CALLED.captures_iter(&source.code).map(|found| found[1].to_owned()).collect();
        Self { text: text.split('\n').collect(), code, plain, called, depth }
    }

    /// Is `name` called somewhere?
    pub(super) fn calls(&self, name: &str) -> bool {
        self.called.contains(name.trim_start_matches('$'))
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn indent(&self, at: usize) -> usize {
        self.code[at].len() - self.code[at].trim_start().len()
    }

    /// The code of these lines.
    pub(super) fn code_of(&self, lines: &Range<usize>) -> String {
        self.code[lines.clone()].join("\n")
    }

    /// The words in the code of these lines.
    pub(super) fn words(&self, lines: &Range<usize>) -> BTreeSet<&str> {
        self.code[lines.clone()].iter().flat_map(|line| words(line)).collect()
    }

    /// The statements in `lines`, each with what belongs to it. Where `continues`, a line goes on with the one above it.
    pub(super) fn units(
        &self,
        lines: Range<usize>,
        continues: &dyn Fn(&str, &str, usize) -> bool,
    ) -> Vec<Range<usize>> {
        let is_blank = |at: &usize| self.code[*at].trim().is_empty();
        let Some(first) = lines.clone().find(|at| !is_blank(at)) else { return Vec::new() };
        let (depth, indent) = (self.depth[first], self.indent(first));
        let mut found: Vec<Range<usize>> = Vec::new();
        let mut above = "";
        for at in lines.filter(|at| !is_blank(at)) {
            let line = self.code[at].trim();
            let deeper = self.indent(at).saturating_sub(indent);
            match found.last_mut() {
                Some(last) if self.depth[at] > depth || continues(above, line, deeper) => last.end = at + 1,
                _ => found.push(at..at + 1),
            }
            above = line;
        }
        found
    }
}
