//! With how many values a test is run: sets of values above it, and lists that its loops run over.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::super::text::Source;
use super::super::assertion;
use super::Header;
use super::around::{Around, Sort, within};
use super::body::marks_above;

/// Sets of values: elements of lists, and marks of which each is one.
pub(super) fn cases(source: &Source, header: &Header) -> Option<usize> {
    static LISTS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\bparametrize\s*\(\s*(?:[^\[\]()]*|[\[(][^\[\]()]*[\])]\s*),\s*(?:argvalues\s*=\s*)?(?:([\[(])|(?P<py>[A-Za-z_]\w*)\s*[,)])|\b(?:it|test|describe|specify)(?:\.\w+)*\.each\s*\(\s*(?:(\[)|(?P<js>[A-Za-z_]\w*)\s*\))|@\w*(?:Value|Csv)Source\s*\(\s*(?:\w+\s*=\s*)?(\{)")
            .expect("a constant pattern")
    });
    static MARKS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"#\[\s*(?:case|test_case)\b|@(?:InlineData|DataRow)\b|\[(?:InlineData|DataRow|TestCase)\b")
            .expect("a constant pattern")
    });
    let from = marks_above(source, header);
    let text = &source.code[from..header.at.end];
    let lists = LISTS.captures_iter(text).filter_map(|found| match found.name("py").or_else(|| found.name("js")) {
        Some(name) => list_of(source, name.as_str()),
        None => Some(from + found.iter().skip(1).flatten().next()?.start()),
    });
    let mut counts: Vec<usize> = lists.map(|open| elements(source, open)).collect();
    let marks = MARKS.find_iter(text).count();
    counts.extend(Some(marks).filter(|marks| *marks > 0));
    (!counts.is_empty()).then(|| counts.into_iter().sum())
}

/// Elements of the lists that the loops in `body`, and those around it, run over; nothing if none is written there.
pub(super) fn rows(source: &Source, header: &Header, body: &Range<usize>, around: &[Around]) -> Option<usize> {
    static OVER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:\bin|\bof|\brange)\s+(?:&\s*)?(?:mut\s+)?(?:vec!\s*)?(?:([\[(])|(?:\w+\()?\*?([A-Za-z_]\w*))|\b(\w+)(?:\.iter\(\))?\.(?:forEach|each|for_each|map)\b")
            .expect("a constant pattern")
    });
    let inner = around.iter().filter(|outer| body.contains(&outer.inside.start));
    let loops = inner.chain(within(around, header.at.start)).filter(|outer| outer.sort == Sort::Loop);
    let counts: Vec<usize> = loops
        .filter_map(|outer| {
            let head = &source.code[outer.head.clone()];
            let found = OVER.captures(head)?;
            let open = match found.get(1) {
                Some(open) => outer.head.start + open.start(),
                None => list_of(source, found.get(2).or_else(|| found.get(3))?.as_str())?,
            };
            // A part of it is less than all.
            let behind = &head[found.get(0)?.end()..];
            let part = ["[", ".slice", ".filter", ".take", ".skip", ".iter().take", ".iter().skip"];
            let less = found.get(2).is_some() && part.iter().any(|word| behind.starts_with(word));
            Some(elements(source, open).saturating_sub(usize::from(less)))
        })
        .collect();
    (!counts.is_empty()).then(|| counts.into_iter().sum())
}

fn elements(source: &Source, open: usize) -> usize {
    assertion::elements(source, open + 1, source.closing(open).saturating_sub(1))
}

/// Where the list begins that `name` stands for.
fn list_of(source: &Source, name: &str) -> Option<usize> {
    let given = format!(
        r"(?m)(?:^|[\s;])(?:(?:const|let|var|val|final|static)\s+)*(?:[A-Z]\w*(?:<[^>\n]*>)?(?:\[\])?\s+)?{name}\s*(?::[^=\n]*)?:?=\s*&?\s*(?:vec!\s*|(?:\[\d*\]|map\[[^\]]*\])(?:struct\s*\{{[^}}]*\}}|[\w.*]+)?\s*|new\s+\w+\[\]\s*|(?:List|Set|Arrays|Stream)\.\w+|listOf|Object\.freeze\s*\(\s*)?([\[({{])"
    );
    let found = Regex::new(&given).ok()?.captures(&source.code)?;
    found.get(1).map(|open| open.start())
}
