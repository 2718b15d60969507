//! The files of one side of the comparison. Where their texts come from is the caller's business.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    /// There is no such file.
    Absent,
    /// This.
    Is(Rc<str>),
    /// That cannot be told, and why.
    Unreadable(&'static str),
}

impl Text {
    /// What is readable of it.
    pub(super) fn readable(&self) -> Option<&str> {
        match self {
            Self::Is(text) => Some(text),
            Self::Absent | Self::Unreadable(_) => None,
        }
    }
}

type Fetch<'f> = Box<dyn Fn(&str) -> Text + 'f>;

/// One side.
pub(super) struct Tree<'f> {
    /// Path → what tells its content from another.
    files: BTreeMap<String, String>,
    fetch: Fetch<'f>,
    known: RefCell<BTreeMap<String, Text>>,
    /// Files that tests have for themselves, though nothing in their names says so.
    own: BTreeSet<String>,
    /// Files that are parts of others, and which lines of these theirs are.
    lines: BTreeMap<String, Vec<usize>>,
}

impl<'f> Tree<'f> {
    pub(super) fn new(files: BTreeMap<String, String>, fetch: Fetch<'f>) -> Self {
        Self { files, fetch, known: RefCell::default(), own: BTreeSet::new(), lines: BTreeMap::new() }
    }
    /// The same, in which tests have the files `own` for themselves, and `lines` tells where those of files stand that are
    /// parts of others.
    pub(super) fn with_own(self, own: BTreeSet<String>, lines: BTreeMap<String, Vec<usize>>) -> Self {
        Self { own, lines, ..self }
    }
    /// The line that everybody knows `line` of the file at `path` by.
    pub(super) fn line(&self, path: &str, line: usize) -> usize {
        self.lines.get(path).and_then(|lines| lines.get(line.saturating_sub(1)).copied()).unwrap_or(line)
    }
    /// Do tests have the file at `path` for themselves?
    pub(super) fn is_own(&self, path: &str) -> bool {
        self.own.contains(path)
    }
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }
    /// What tells the content of `path` from another, if there is such a file.
    pub(super) fn content(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }
    pub(super) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }
    /// Is there a file, or a folder with files, at `path`?
    pub(super) fn holds(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        self.has(path) || self.files.range(inside.clone()..).next().is_some_and(|(other, _)| other.starts_with(&inside))
    }
    /// Is there a file with this content, wherever?
    pub(super) fn has_content(&self, content: &str) -> bool {
        self.files.values().any(|other| other == content)
    }
    pub(super) fn text(&self, path: &str) -> Text {
        if !self.has(path) {
            return Text::Absent;
        }
        if let Some(text) = self.known.borrow().get(path) {
            return text.clone();
        }
        let text = (self.fetch)(path);
        self.known.borrow_mut().insert(path.to_owned(), text.clone());
        text
    }
    /// Paths whose content differs on the `other` side, or that one side lacks; sorted.
    pub(super) fn changed<'t>(&'t self, other: &'t Tree<'_>) -> Vec<&'t str> {
        let mut paths: Vec<&str> = self.paths().filter(|path| self.content(path) != other.content(path)).collect();
        paths.extend(other.paths().filter(|path| !self.has(path)));
        paths.sort_unstable();
        paths
    }
}

#[cfg(test)]
impl Tree<'static> {
    /// A tree of these files.
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let texts: BTreeMap<String, String> = files.iter().map(|(p, t)| ((*p).to_owned(), (*t).to_owned())).collect();
        let fetch = texts.clone();
        Self::new(texts, Box::new(move |path| Text::Is(fetch[path].as_str().into())))
    }
}
