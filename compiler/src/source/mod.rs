//! Text with a name, and places in it. Given text; never opens files.

mod locate;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use locate::{Written, locate};

/// Which file of a [`Sources`] set a span points into: 0 is the workflow file, the rest are its prompt files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct FileId(pub u16);

/// A half-open range of bytes in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span in `file` from byte `start` to `end`.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        Self { file, start: u32::try_from(start).unwrap_or(u32::MAX), end: u32::try_from(end).unwrap_or(u32::MAX) }
    }
}

/// A value and where its author wrote it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Puts `value` at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
    /// The same place with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), span: self.span }
    }
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// A 1-based line and column; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// One text with the name people know it by.
#[derive(Debug, Clone)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
    line_starts: Arc<[u32]>,
}

impl Source {
    /// Wraps `text`, known as `name` (a path as the person typed it).
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let text: Arc<str> = text.into();
        let starts =
            std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| u32::try_from(i + 1).unwrap_or(u32::MAX)));
        let line_starts = starts.collect();
        Self { name: name.into(), text, line_starts }
    }
    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }
    /// The text shared, without copying.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }
    /// Line and column of byte `offset`; an offset past the end is the end.
    pub fn position(&self, offset: u32) -> Position {
        let offset = (offset as usize).min(self.text.len());
        let line = self.line_starts.partition_point(|&s| (s as usize) <= offset).max(1) - 1;
        let start = self.line_starts[line] as usize;
        let column = self.text.get(start..offset).map_or(0, |s| s.chars().count());
        Position { line: line as u32 + 1, column: column as u32 + 1 }
    }
}

/// The workflow file (first) and the prompt files it names.
#[derive(Debug, Clone)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// A set that holds only the workflow file.
    pub fn new(workflow: Source) -> Self {
        Self { files: vec![workflow] }
    }
    /// Adds a file named by the workflow, e.g. a prompt; its name is the path as written in the workflow.
    pub fn add(&mut self, file: Source) -> FileId {
        self.files.push(file);
        FileId(u16::try_from(self.files.len() - 1).unwrap_or(u16::MAX))
    }
    /// The workflow file.
    pub fn workflow(&self) -> &Source {
        &self.files[0]
    }
    /// The file with this id; an unknown id is the workflow file.
    pub fn get(&self, id: FileId) -> &Source {
        self.files.get(usize::from(id.0)).unwrap_or(&self.files[0])
    }
    /// The files beside the workflow file, in the order in which they were added.
    pub fn prompts(&self) -> impl Iterator<Item = &Source> {
        self.files.iter().skip(1)
    }
    /// The file added under `name`.
    pub fn find(&self, name: &str) -> Option<(FileId, &Source)> {
        self.files.iter().enumerate().skip(1).find(|(_, s)| s.name() == name).map(|(i, s)| (FileId(i as u16), s))
    }
    /// Line and column where `span` begins.
    pub fn position(&self, span: Span) -> Position {
        self.get(span.file).position(span.start)
    }
}
