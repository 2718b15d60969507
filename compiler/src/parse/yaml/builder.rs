//! Events → tree: the stack of open collections, and the budget.

use std::collections::BTreeMap;

use serde_yaml::granit_parser::{Event, Options, Parser, ScalarStyle, Span as EventSpan, StructureStyle};

use super::super::explain;
use super::super::scalar::{Resolved, resolve};
use super::{MAX_DEPTH, Place, Stop};
use crate::diagnostic::{Diagnostic, Findings};
use crate::source::{FileId, Span, Spanned};
use crate::syntax::{Tree, TreeKind};

/// Most values in one file. Follows `MAX_BYTES`: 100,000 nodes with three needs each have 700,000 values.
const MAX_VALUES: usize = 2_000_000;
/// Most values that anchors and aliases may copy.
const MAX_COPIED_VALUES: usize = 100_000;
/// Most bytes of text that anchors and aliases may copy.
const MAX_COPIED_BYTES: usize = 4 * 1024 * 1024;
/// Up to this many keys are compared each with each.
const FEW_KEYS: usize = 12;

type Entry = (Spanned<String>, Tree);

/// A collection under construction.
struct Frame {
    kind: FrameKind,
    start: usize,
    flow: bool,
    anchor: usize,
    /// The collection stands where a key should be.
    is_key: bool,
    weight: Weight,
}

enum FrameKind {
    List(Vec<Tree>),
    Map { entries: Vec<Entry>, key: Key },
}

/// The state of a map between a key and its value.
enum Key {
    Expected,
    Pending(Spanned<String>),
    /// The key was refused; its value is dropped.
    Refused,
}

/// Size of a tree, for the budget of copies.
#[derive(Clone, Copy, Default)]
struct Weight {
    values: usize,
    bytes: usize,
    height: usize,
}

impl Weight {
    fn add(&mut self, child: Self) {
        self.values += child.values;
        self.bytes += child.bytes;
        self.height = self.height.max(child.height + 1);
    }
}

/// Makes the tree.
pub(super) struct Builder<'s> {
    /// The text as its author wrote it; events may come from a patched copy of the same length.
    text: &'s str,
    patches: &'s [(usize, usize)],
    frames: Vec<Frame>,
    root: Option<Tree>,
    documents: usize,
    anchors: BTreeMap<usize, (Tree, Weight)>,
    values: usize,
    copied: Weight,
    last: Option<(usize, usize)>,
    pub(super) diagnostics: Findings,
    /// Something was left out or replaced.
    pub(super) broken: bool,
}

impl<'s> Builder<'s> {
    pub(super) fn new(text: &'s str, patches: &'s [(usize, usize)]) -> Self {
        Self {
            text,
            patches,
            frames: Vec::new(),
            root: None,
            documents: 0,
            anchors: BTreeMap::new(),
            values: 0,
            copied: Weight::default(),
            last: None,
            diagnostics: Findings::default(),
            broken: false,
        }
    }

    pub(super) fn place_of_end(&self) -> Place {
        let count = self.frames.len();
        let flow = |i: usize| self.frames.get(i).is_some_and(|f| f.flow);
        Place {
            in_flow: count > 0 && flow(count - 1),
            in_outer_flow: count > 1 && flow(count - 2),
            opened: self.frames.iter().rev().map(|f| f.start).find(|&start| self.is_bracket(start)),
            last: self.last,
        }
    }

    /// A pair inside a list (`[a: b]`) is a flow mapping that begins without a bracket.
    fn is_bracket(&self, at: usize) -> bool {
        matches!(self.text.as_bytes().get(at), Some(b'[' | b'{'))
    }

    pub(super) fn run(&mut self, text: &str) -> Result<Option<Tree>, Stop> {
        let mut options = Options::default();
        options.disallow_directives = true;
        options.emit_unresolved_aliases = true;
        options.flow_nesting_limit = MAX_DEPTH;
        options.block_nesting_limit = MAX_DEPTH;
        options.set_emit_comments(false);
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, place) = event.map_err(Stop::NotYaml)?;
            self.event(event, &place)?;
        }
        Ok(self.root.take())
    }

    fn event(&mut self, event: Event<'_>, place: &EventSpan) -> Result<(), Stop> {
        let range = bytes(place);
        if let Some(tag) = event.tag() {
            self.refuse_tag(tag.original(), place);
        }
        match event {
            Event::DocumentStart(..) => self.document(range)?,
            Event::Scalar(value, style, anchor, _) => self.scalar(&value, style, anchor, range)?,
            Event::SequenceStart(style, anchor, _) => {
                self.open(FrameKind::List(Vec::new()), style, anchor, range)?;
            }
            Event::MappingStart(style, anchor, _) => {
                self.refuse_double_brace(style, range)?;
                self.open(FrameKind::Map { entries: Vec::new(), key: Key::Expected }, style, anchor, range)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range)?,
            Event::Alias(id) => self.alias(id, range)?,
            Event::UnresolvedAlias(name) => self.unknown_alias(&name, range)?,
            // Stream ends and document ends carry nothing; the enum is open, and comments and anchors are switched off.
            _ => {}
        }
        Ok(())
    }

    fn document(&mut self, range: (usize, usize)) -> Result<(), Stop> {
        self.documents += 1;
        if self.documents > 1 {
            let message = "a second document begins here, expected one workflow in a file";
            return Err(Stop::Refused(Diagnostic::error("many-documents", span(range), message)));
        }
        Ok(())
    }

    fn refuse_tag(&mut self, tag: String, place: &EventSpan) {
        let at = place.tag_span().map_or_else(|| bytes(place), |s| bytes(&s));
        let message = format!("tag `{tag}` is not allowed");
        let help = "remove the tag; quote the value if it is meant as a text";
        self.diagnostics.push(Diagnostic::error("tag", span(at), message).help(help));
    }

    /// `{{` at the place of a value is a map whose first key is a map: always an unquoted template.
    fn refuse_double_brace(&self, style: StructureStyle, range: (usize, usize)) -> Result<(), Stop> {
        let Some(outer) = self.frames.last() else { return Ok(()) };
        let FrameKind::Map { entries, key: Key::Expected } = &outer.kind else { return Ok(()) };
        let double = style == StructureStyle::Flow && outer.flow && entries.is_empty() && outer.start + 1 == range.0;
        if double { Err(Stop::UnquotedTemplate(outer.start)) } else { Ok(()) }
    }

    fn open(
        &mut self,
        kind: FrameKind,
        style: StructureStyle,
        anchor: usize,
        range: (usize, usize),
    ) -> Result<(), Stop> {
        if self.frames.len() >= MAX_DEPTH {
            return Err(Stop::Refused(explain::too_deep(span(range), MAX_DEPTH)));
        }
        self.count(1, span(range))?;
        let is_key = self.expects_key();
        let flow = style == StructureStyle::Flow;
        self.frames.push(Frame { kind, start: range.0, flow, anchor, is_key, weight: Weight::default() });
        Ok(())
    }

    fn close(&mut self, range: (usize, usize)) -> Result<(), Stop> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let (kind, first) = match frame.kind {
            FrameKind::List(items) => {
                let first = items.first().map(|t| t.span);
                (TreeKind::List(items), first)
            }
            FrameKind::Map { entries, .. } => {
                let entries = self.unique(entries);
                let first = entries.first().map(|(k, _)| k.span);
                (TreeKind::Map(entries), first)
            }
        };
        let one_line = self.text.get(frame.start..range.1).is_some_and(|t| !t.contains('\n'));
        let here = match first {
            Some(first) if !frame.flow => first,
            Some(_) | None if one_line => span((frame.start, range.1)),
            Some(_) | None => span((frame.start, frame.start + usize::from(frame.flow))),
        };
        if frame.is_key {
            self.refuse_key(explain::complex_key(here));
            return Ok(());
        }
        let mut weight = frame.weight;
        weight.values += 1;
        self.place(Tree { span: here, kind }, weight, frame.anchor)
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, anchor: usize, range: (usize, usize)) -> Result<(), Stop> {
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let end = if block { range.0 + self.text[range.0..range.1].trim_end().len() } else { range.1 };
        let here = span((range.0, end));
        let absent = style == ScalarStyle::Plain && range.0 == range.1;
        self.last = Some((range.0, end));
        self.count(1, here)?;
        if self.expects_key() {
            match value {
                _ if absent => self.refuse_key(explain::empty_key(here)),
                "<<" if style == ScalarStyle::Plain => self.refuse_key(explain::merge_key(here)),
                _ => self.set_key(Key::Pending(Spanned::new(value.to_owned(), here))),
            }
            return Ok(());
        }
        let kind = match self.patches.iter().find(|p| p.0 == range.0) {
            Some(&(start, end)) => TreeKind::Str(self.text[start..end].to_owned()),
            None if style != ScalarStyle::Plain => TreeKind::Str(value.to_owned()),
            None if absent => TreeKind::Null,
            None => self.plain(value, here),
        };
        let here = if absent { self.key_place().unwrap_or(here) } else { here };
        let weight = Weight { values: 1, bytes: value.len(), height: 0 };
        self.place(Tree { span: here, kind }, weight, anchor)
    }

    fn plain(&mut self, value: &str, here: Span) -> TreeKind {
        match resolve(value) {
            Resolved::Null => TreeKind::Null,
            Resolved::Bool(b) => TreeKind::Bool(b),
            Resolved::Int(number) => {
                self.diagnostics.extend(explain::leading_zero(value, number, here));
                TreeKind::Int(number)
            }
            Resolved::Float(number) => TreeKind::Float(number),
            Resolved::Str => TreeKind::Str(value.to_owned()),
            fault @ (Resolved::NotFinite | Resolved::TooLarge) => {
                self.diagnostics.push(explain::unusable_number(value, fault == Resolved::TooLarge, here));
                TreeKind::Str(value.to_owned())
            }
        }
    }

    fn alias(&mut self, id: usize, range: (usize, usize)) -> Result<(), Stop> {
        let here = span(range);
        self.last = Some(range);
        if self.expects_key() {
            self.refuse_key(explain::complex_key(here));
            return Ok(());
        }
        let Some((_, weight)) = self.anchors.get(&id) else {
            let message = "this alias stands inside the value that its own anchor names";
            return Err(Stop::Refused(Diagnostic::error("alias-cycle", here, message)));
        };
        let weight = *weight;
        self.charge_copy(weight, here)?;
        self.count(weight.values, here)?;
        if self.frames.len() + weight.height > MAX_DEPTH {
            return Err(Stop::Refused(explain::too_deep(here, MAX_DEPTH)));
        }
        let tree = self.anchors[&id].0.clone();
        self.place(tree, weight, 0)
    }

    fn unknown_alias(&mut self, name: &str, range: (usize, usize)) -> Result<(), Stop> {
        let here = span(range);
        self.last = Some(range);
        if self.expects_key() {
            self.refuse_key(explain::unknown_alias(name, here));
            return Ok(());
        }
        self.diagnostics.push(explain::unknown_alias(name, here));
        self.broken = true;
        self.place(Tree { span: here, kind: TreeKind::Str(format!("*{name}")) }, Weight::default(), 0)
    }

    fn charge_copy(&mut self, weight: Weight, here: Span) -> Result<(), Stop> {
        self.copied.values += weight.values;
        self.copied.bytes += weight.bytes;
        if self.copied.values > MAX_COPIED_VALUES || self.copied.bytes > MAX_COPIED_BYTES {
            let message = format!(
                "anchors and aliases copy too much: more than {MAX_COPIED_VALUES} values or {MAX_COPIED_BYTES} bytes"
            );
            return Err(Stop::Refused(Diagnostic::error("alias-limit", here, message)));
        }
        Ok(())
    }

    fn count(&mut self, values: usize, here: Span) -> Result<(), Stop> {
        self.values += values;
        if self.values > MAX_VALUES {
            let message = format!("the file holds more than {MAX_VALUES} values");
            return Err(Stop::Refused(Diagnostic::error("too-many-values", here, message)));
        }
        Ok(())
    }

    /// Puts a finished value where it belongs.
    fn place(&mut self, tree: Tree, weight: Weight, anchor: usize) -> Result<(), Stop> {
        if anchor != 0 {
            self.charge_copy(weight, tree.span)?;
            self.anchors.insert(anchor, (tree.clone(), weight));
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(tree);
            return Ok(());
        };
        frame.weight.add(weight);
        match &mut frame.kind {
            FrameKind::List(items) => items.push(tree),
            FrameKind::Map { entries, key } => match std::mem::replace(key, Key::Expected) {
                Key::Pending(key) => entries.push((key, tree)),
                Key::Expected | Key::Refused => {}
            },
        }
        Ok(())
    }

    fn expects_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { kind: FrameKind::Map { key: Key::Expected, .. }, .. }))
    }

    fn set_key(&mut self, key: Key) {
        if let Some(Frame { kind: FrameKind::Map { key: state, .. }, .. }) = self.frames.last_mut() {
            *state = key;
        }
    }

    /// Where the key stands whose value is being read.
    fn key_place(&self) -> Option<Span> {
        match self.frames.last() {
            Some(Frame { kind: FrameKind::Map { key: Key::Pending(key), .. }, .. }) => Some(key.span),
            Some(_) | None => None,
        }
    }

    fn refuse_key(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
        self.broken = true;
        self.set_key(Key::Refused);
    }

    /// Reports every key that stands twice and keeps the first of each.
    fn unique(&mut self, mut entries: Vec<Entry>) -> Vec<Entry> {
        if entries.len() <= FEW_KEYS && all_differ(&entries) {
            return entries;
        }
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by(|&a, &b| entries[a].0.value.cmp(&entries[b].0.value).then(a.cmp(&b)));
        let mut again = vec![false; entries.len()];
        let mut first = 0;
        for i in 1..order.len() {
            let (kept, key) = (&entries[order[first]].0, &entries[order[i]].0);
            if kept.value == key.value {
                again[order[i]] = true;
                self.diagnostics.push(explain::duplicate_key(key, kept.span));
            } else {
                first = i;
            }
        }
        if again.contains(&true) {
            let mut again = again.into_iter();
            entries.retain(|_| !again.next().unwrap_or(false));
        }
        entries
    }
}

/// Compares each with each; for a few.
fn all_differ(entries: &[Entry]) -> bool {
    entries.iter().enumerate().all(|(i, (key, _))| entries[..i].iter().all(|(other, _)| other.value != key.value))
}

fn bytes(place: &EventSpan) -> (usize, usize) {
    let start = place.start.byte_offset().unwrap_or(0);
    (start, place.end.byte_offset().unwrap_or(start))
}

fn span((start, end): (usize, usize)) -> Span {
    Span::new(FileId::default(), start, end)
}
