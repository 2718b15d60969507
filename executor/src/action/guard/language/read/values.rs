//! With how many values a test is run: sets of values above it, and lists that its loops run over.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::super::text::Source;
use super::super::assertion;
use super::Header;
use super::around::{Around, Sort, within};
use super::body::marks_above;

/// A list of values.
pub(super) enum List {
    /// It is written there, and opens here.
    Here(usize),
    /// It has a name.
    Named(String),
}

/// Lists of values above a test, and marks of which each is one set of values.
pub(super) fn lists_above(source: &Source, header: &Header) -> (Vec<List>, Vec<Range<usize>>) {
    static LISTS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\bparametrize\s*\(\s*(?:[^\[\]()]*|[\[(][^\[\]()]*[\])]\s*),\s*(?:argvalues\s*=\s*)?(?:([\[(])|(?P<py>[A-Za-z_]\w*)\s*[,)])|\b(?:it|test|describe|specify)(?:\.\w+)*\.each\s*\(\s*(?:(\[)|(?P<js>[A-Za-z_]\w*)\s*\))|@\w*(?:Value|Csv)Source\s*\(\s*(?:\w+\s*=\s*)?(\{)|@Test\s*\([^)]*\barguments:\s*(\[)")
            .expect("a constant pattern")
    });
    static MARKS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"#\[\s*(?:case|test_case)\b|@(?:InlineData|DataRow)\b|\[(?:InlineData|DataRow|TestCase)\b")
            .expect("a constant pattern")
    });
    let from = marks_above(source, header);
    let text = &source.code[from..header.at.end];
    let lists = LISTS.captures_iter(text).filter_map(|found| match found.name("py").or_else(|| found.name("js")) {
        Some(name) => Some(List::Named(name.as_str().to_owned())),
        None => Some(List::Here(from + found.iter().skip(1).flatten().next()?.start())),
    });
    let marks = MARKS.find_iter(text).map(|mark| from + mark.start()..from + mark.end());
    (lists.collect(), marks.collect())
}

/// Sets of values: elements of lists, and marks of which each is one.
pub(super) fn cases(source: &Source, header: &Header) -> Option<usize> {
    let (lists, marks) = lists_above(source, header);
    let lists = lists.iter().filter_map(|list| opens(source, list, &(0..0)));
    let mut counts: Vec<usize> = lists.map(|open| elements(source, open).len()).collect();
    counts.extend(Some(marks.len()).filter(|marks| *marks > 0));
    (!counts.is_empty()).then(|| counts.into_iter().sum())
}

/// Lists that the loops in `body`, and those around it, run over, and how many of their elements are left out at least.
pub(super) fn lists_of_loops(
    source: &Source,
    header: &Header,
    body: &Range<usize>,
    around: &[Around],
) -> Vec<(List, usize)> {
    static OVER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:\bin|\bof|\brange)\s+(?:&\s*)?(?:mut\s+)?(?:vec!\s*)?(?:([\[({])|(?:\w+\()?\*?([A-Za-z_]\w*))")
            .expect("a constant pattern")
    });
    let inner = around.iter().filter(|outer| body.contains(&outer.inside.start));
    let loops = inner.chain(within(around, header.at.start)).filter(|outer| outer.sort == Sort::Loop);
    let lists = loops.filter_map(|outer| {
        let head = &source.code[outer.head.clone()];
        if head.starts_with('.') {
            return Some((before(source, outer.head.start)?, 0));
        }
        let found = OVER.captures(head)?;
        let list = match found.get(1) {
            Some(open) => List::Here(outer.head.start + open.start()),
            None => List::Named(found.get(2)?.as_str().to_owned()),
        };
        // A part of it is less than all.
        let behind = &head[found.get(0)?.end()..];
        let part = ["[", ".slice", ".filter", ".take", ".skip", ".iter().take", ".iter().skip"];
        let less = found.get(2).is_some() && part.iter().any(|word| behind.starts_with(word));
        Some((list, usize::from(less)))
    });
    lists.collect()
}

/// The list that stands before `at`, of which a loop is a method.
fn before(source: &Source, at: usize) -> Option<List> {
    let lead = source.code[..at].trim_end();
    let lead = [".iter()", ".entries()"].iter().fold(lead, |lead, call| lead.strip_suffix(call).unwrap_or(lead));
    if lead.ends_with([']', '}']) {
        let mut depth = 0_i32;
        let open = lead.bytes().enumerate().rev().find(|(_, byte)| {
            depth += i32::from(b")]}".contains(byte)) - i32::from(b"([{".contains(byte));
            depth == 0
        });
        return open.map(|(open, _)| List::Here(open));
    }
    let name = lead.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    (!name.is_empty()).then(|| List::Named(name.to_owned()))
}

/// Elements of the lists that the loops in `body`, and those around it, run over; nothing if none is written there.
pub(super) fn rows(source: &Source, header: &Header, body: &Range<usize>, around: &[Around]) -> Option<usize> {
    let lists = lists_of_loops(source, header, body, around);
    let known = lists.iter().filter_map(|(list, less)| Some((opens(source, list, body)?, less)));
    let counts: Vec<usize> = known.map(|(open, less)| elements(source, open).len().saturating_sub(*less)).collect();
    (!counts.is_empty()).then(|| counts.into_iter().sum())
}

/// Where the list begins, if it is in this file: in `body`, or elsewhere.
pub(super) fn opens(source: &Source, list: &List, body: &Range<usize>) -> Option<usize> {
    match list {
        List::Here(open) => Some(*open),
        List::Named(name) => list_of(source, name, body).or_else(|| list_of(source, name, &(0..source.code.len()))),
    }
}

/// The places of what is in the list that begins at `open`.
pub(super) fn elements(source: &Source, open: usize) -> Vec<(usize, usize)> {
    assertion::elements(source, open + 1, source.closing(open).saturating_sub(1))
}

/// Where the list in `range` begins that `name` stands for.
fn list_of(source: &Source, name: &str, range: &Range<usize>) -> Option<usize> {
    let given = format!(
        r"(?m)(?:^|[\s;])(?:(?:const|let|var|val|final|static)\s+)*(?:[A-Z]\w*(?:<[^>\n]*>)?(?:\[\])?\s+)?{name}\s*(?::[^=\n]*)?:?=\s*&?\s*(?:vec!\s*|(?:\[\d*\]|map\[[^\]]*\])(?:struct\s*\{{[^}}]*\}}|[\w.*]+)?\s*|new\s+\w+\[\]\s*|(?:List|Set|Arrays|Stream)\.\w+|listOf|Object\.freeze\s*\(\s*)?([\[({{])"
    );
    let found = Regex::new(&given).ok()?.captures(&source.code[range.clone()])?;
    found.get(1).map(|open| range.start + open.start())
}
