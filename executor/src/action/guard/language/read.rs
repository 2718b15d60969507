//! Finds the tests of a file by the tables of its language.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::text::Source;
use super::assertion::is_trivial;
use super::{Block, Covers, Language};

/// What a file holds.
#[derive(Debug, Default)]
pub(in super::super) struct Scan {
    pub(in super::super) tests: Vec<Test>,
    /// Names of files that this one brings in.
    pub(in super::super) links: BTreeSet<String>,
}

/// A test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Test {
    /// Its name, with the names of what is around it.
    pub(in super::super) name: String,
    /// Its own name.
    pub(in super::super) leaf: String,
    /// Line of its header, from 1.
    pub(in super::super) line: usize,
    /// What keeps it from being run.
    pub(in super::super) skipped: Option<String>,
    /// Conditions under which alone it is compiled, but for those that hold anyway.
    pub(in super::super) only_if: BTreeSet<String>,
    /// Assertions that can fail.
    pub(in super::super) assertions: usize,
    /// Assertions that something is equal to something.
    pub(in super::super) exact: usize,
    /// Assertions that something holds.
    pub(in super::super) truths: usize,
    /// Assertions that cannot.
    pub(in super::super) trivial: usize,
    /// It does nothing, or leaves at once.
    pub(in super::super) empty: bool,
    /// With how many sets of values it is run, where that is written beside it.
    pub(in super::super) cases: Option<usize>,
    /// It passes where it fails.
    pub(in super::super) inverted: bool,
    /// The same for the same body.
    pub(in super::super) body: u64,
    /// The lines of its body, without comments and spaces around them.
    pub(in super::super) says: Vec<String>,
}

/// Assertions of a test.
#[derive(Clone, Copy, Default)]
struct Counts {
    can_fail: usize,
    exact: usize,
    truths: usize,
    trivial: usize,
}

struct Header {
    name: String,
    at: Range<usize>,
    block: Range<usize>,
    is_test: bool,
}

impl Header {
    fn whole(&self) -> Range<usize> {
        self.at.start..self.block.end.max(self.at.end)
    }
}

/// A test's own body is looked at from here on.
static BODY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"=>\s*\{?|\bfunction\b[^({]*\([^)]*\)\s*\{|\bdo\b(?:\s*\|[^|]*\|)?").expect("a constant pattern")
});
/// A function of any language.
static FUNCTION: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"\b(?:fn|func|fun|function|def|void)\s+(?:\([^)]*\)\s*)?(\w+)|\b((?:before|setup|setUp)\w*)\s*[({]";
    Regex::new(pattern).expect("a constant pattern")
});
/// Functions that run before every test.
static BEFORE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?:before\w*|set_?up\w*|setUp\w*|TestMain|init)$").expect("a constant pattern"));

/// A `return` that gives nothing back, alone on its line.
static BARE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)(?:^|[;{])[ \t]*return(?:[ \t]+(?:None|nil|\(\)|undefined))?[ \t]*;?[ \t]*$")
        .expect("a constant pattern")
});

/// The patterns of the tables, each compiled when it is first used.
#[derive(Default)]
pub(in super::super) struct Patterns {
    known: RefCell<BTreeMap<&'static str, Regex>>,
}

impl Patterns {
    fn get(&self, text: &'static str) -> Regex {
        self.known.borrow_mut().entry(text).or_insert_with(|| Regex::new(text).expect("the tables are tested")).clone()
    }
}

/// What `text` holds, read as `language`.
pub(in super::super) fn scan(text: &str, language: &Language, patterns: &Patterns) -> Scan {
    let source = Source::new(text, language.style);
    let mut headers = headers(&source, language, patterns);
    if language.whole && !headers.iter().any(|h| h.is_test) && source.code.contains(char::is_alphanumeric) {
        headers.push(Header { name: "the script".to_owned(), at: 0..0, block: 0..text.len(), is_test: true });
    }
    let dead = if headers.is_empty() { Vec::new() } else { (language.dead)(&source) };
    let mut skips = skips(&source, &headers, language, patterns);
    let says = |(range, says): &(Range<usize>, Option<&str>)| {
        (range.clone(), says.map_or_else(|| first_line(&source, range.start), str::to_owned))
    };
    skips.extend(dead.iter().map(says));
    let dead: Vec<Range<usize>> = dead.into_iter().map(|(range, _)| range).collect();
    let counts = assertions(&source, &headers, &dead, language, patterns);
    let conditions = conditions(&source, &headers, language, patterns);
    let leaves = patterns.get(language.leaves);
    let tests = headers.iter().enumerate().filter(|(_, header)| header.is_test);
    let tests = tests.map(|(at, header)| {
        let all = conditions.iter().filter(|(range, _)| range.contains(&header.at.start));
        let only_if = all.map(|(_, says)| says.clone()).collect();
        Test { only_if, ..test(&source, &headers, header, &skips, counts[at], (language, &leaves)) }
    });
    Scan { tests: tests.collect(), links: links(&source, language, patterns) }
}

fn first_line(source: &Source, at: usize) -> String {
    source.plain[source.line_start(at)..source.line_end(at)].trim().chars().take(120).collect()
}

fn links(source: &Source, language: &Language, patterns: &Patterns) -> BTreeSet<String> {
    let Some(linked) = language.linked.map(|text| patterns.get(text)) else { return BTreeSet::new() };
    linked.captures_iter(&source.code).filter_map(|found| Some(found.get(1)?.as_str().to_owned())).collect()
}

fn headers(source: &Source, language: &Language, patterns: &Patterns) -> Vec<Header> {
    let mut found: Vec<Header> = Vec::new();
    for (table, is_test) in [(language.tests, true), (language.groups, false)] {
        for text in table {
            for captures in patterns.get(text).captures_iter(&source.plain) {
                let whole = captures.get(0).expect("a match is a match");
                let Some(name) = captures.iter().skip(1).flatten().next() else { continue };
                let lead = whole.as_str().find(|c: char| c.is_alphanumeric() || "@#[_".contains(c)).unwrap_or(0);
                let start = whole.start() + lead;
                if !source.is_code(start) || found.iter().any(|h| h.at.end == name.end()) {
                    continue;
                }
                let block = block(source, start, name.start(), name.end(), language.block);
                found.push(Header { name: name.as_str().to_owned(), at: start..name.end(), block, is_test });
            }
        }
    }
    found.sort_by_key(|header| header.at.start);
    found
}

fn block(source: &Source, start: usize, name: usize, end: usize, kind: Block) -> Range<usize> {
    match kind {
        Block::Braces => {
            let next = source.code[end..].find(['{', ';']).map(|offset| end + offset);
            match next.filter(|at| source.code.as_bytes()[*at] == b'{') {
                Some(open) => open..source.closing(open),
                // `fun x() = …`, or a declaration.
                None => end..next.unwrap_or(source.code.len()).min(source.line_end(end)),
            }
        }
        Block::Parens => match source.code[start..name].rfind('(') {
            Some(open) => start + open..source.closing(start + open),
            None => start..source.line_end(end),
        },
        Block::Indent => indented(source, start, end),
    }
}

pub(super) fn indented(source: &Source, start: usize, end: usize) -> Range<usize> {
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let own = indent(&source.plain[source.line_start(start)..]);
    let arguments = source.code[end..].starts_with(['(', '[']);
    let head = if arguments { source.closing(end) } else { end };
    let mut stop = source.line_end(head);
    while stop < source.code.len() {
        let line_end = source.line_end(stop + 1);
        let line = &source.plain[stop + 1..line_end];
        if !line.trim().is_empty() && indent(line) <= own {
            break;
        }
        stop = line_end;
    }
    head..stop
}

/// Ranges in which nothing runs, each with what says so.
fn skips(source: &Source, headers: &[Header], language: &Language, patterns: &Patterns) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    let mut only: Vec<(Range<usize>, String)> = Vec::new();
    for marker in language.markers {
        for hit in patterns.get(marker.pattern).find_iter(&source.plain) {
            let lead = hit.as_str().len() - hit.as_str().trim_start().len();
            let at = hit.start() + lead;
            if !source.is_code(at) {
                continue;
            }
            let says = source.plain[at..source.line_end(at)].trim().chars().take(120).collect::<String>();
            match marker.covers {
                Covers::Next => found.extend(next(source, headers, at, language).map(|range| (range, says))),
                Covers::Own => found.extend(own(headers, at).map(|range| (range, says))),
                Covers::Around => {
                    found.extend(around(source, headers, at).into_iter().map(|range| (range, says.clone())))
                }
                Covers::Others => only.extend(own(headers, at).map(|range| (range, says))),
            }
        }
    }
    if let Some((_, says)) = only.first().cloned() {
        let mut at = 0;
        only.sort_by_key(|(range, _)| range.start);
        for (range, _) in &only {
            found.push((at..range.start.max(at), says.clone()));
            at = at.max(range.end);
        }
        found.push((at..source.code.len(), says));
    }
    found
}

/// Ranges that are compiled under a condition only, with the condition; not those that hold anyway.
fn conditions(
    source: &Source,
    headers: &[Header],
    language: &Language,
    patterns: &Patterns,
) -> Vec<(Range<usize>, String)> {
    let Some(table) = &language.conditions else { return Vec::new() };
    let usual = patterns.get(table.usual);
    let mut found = Vec::new();
    for (pattern, follows) in [(table.next, true), (table.around, false)] {
        for hit in patterns.get(pattern).find_iter(&source.code) {
            let open = hit.end() - 1;
            let inside = open + 1..source.closing(open).saturating_sub(1).max(open + 1);
            let says: String = source.plain[inside].split_whitespace().collect();
            if usual.is_match(&says) {
                continue;
            }
            let ranges = if follows {
                next(source, headers, hit.start(), language).into_iter().collect()
            } else {
                around(source, headers, hit.start())
            };
            found.extend(ranges.into_iter().map(|range| (range, says.clone())));
        }
    }
    found
}

/// The test or group whose header follows `at` with nothing but other marks between.
fn next(source: &Source, headers: &[Header], at: usize, language: &Language) -> Option<Range<usize>> {
    let header = headers.iter().find(|header| header.at.end > at)?;
    let between = source.code.get(at..header.at.start).unwrap_or_default();
    let apart = match language.block {
        Block::Indent => between.split_whitespace().any(|word| matches!(word, "def" | "class" | "test" | "describe")),
        Block::Braces | Block::Parens => between.contains(['{', '}', ';']),
    };
    (!apart).then(|| header.whole())
}

/// The test or group whose header `at` is part of.
fn own(headers: &[Header], at: usize) -> Option<Range<usize>> {
    let within = |header: &&Header| header.at.start <= at + 1 && at < header.at.end.max(header.block.start + 1);
    headers.iter().rev().find(within).map(Header::whole)
}

/// What a mark at `at` inside of something keeps from running: the test around it; where it stands in a function
/// that is no test, the tests that call that; else the group around it, or everything.
fn around(source: &Source, headers: &[Header], at: usize) -> Vec<Range<usize>> {
    let inside = |header: &&Header| header.whole().contains(&at);
    if let Some(test) = headers.iter().rev().find(|header| header.is_test && inside(header)) {
        return vec![test.whole()];
    }
    let group = headers.iter().rev().find(inside).map_or(0..source.code.len(), Header::whole);
    let Some(function) = function_around(source, group.start, at) else { return vec![group] };
    if BEFORE.is_match(function) {
        return vec![group];
    }
    let calls = Regex::new(&format!(r"\b{}\b", regex::escape(function))).expect("a word is a pattern");
    let called = |header: &&Header| header.is_test && calls.is_match(&source.code[header.block.clone()]);
    headers.iter().filter(called).map(Header::whole).collect()
}

fn function_around(source: &Source, from: usize, at: usize) -> Option<&str> {
    let column = |at: usize| at - source.line_start(at);
    let found = FUNCTION.captures_iter(&source.code[from..at]).last()?;
    let name = found.get(1).or_else(|| found.get(2))?;
    let begin = from + found.get(0)?.start();
    let indent = source.code[source.line_start(begin)..].len()
        - source.code[source.line_start(begin)..].trim_start_matches([' ', '\t']).len();
    (source.line(begin) == source.line(at) || column(at) > indent).then_some(name.as_str())
}

/// Assertions of each header: those that can fail, and those that cannot.
fn assertions(
    source: &Source,
    headers: &[Header],
    dead: &[Range<usize>],
    language: &Language,
    patterns: &Patterns,
) -> Vec<Counts> {
    let mut counts = vec![Counts::default(); headers.len()];
    let reaches: Vec<Option<usize>> =
        headers.iter().map(|header| header.is_test.then(|| left_at(source, header, language)).flatten()).collect();
    let mut seen = BTreeSet::new();
    for assert in language.asserts {
        for hit in patterns.get(assert.pattern).find_iter(&source.code) {
            let lead = hit.as_str().find(|c: char| !c.is_whitespace()).unwrap_or(0);
            if !seen.insert(hit.start() + lead) {
                continue;
            }
            let within = |header: &Header| header.is_test && header.whole().contains(&hit.start());
            let Some(at) = headers.iter().rposition(within) else { continue };
            // `expect.anything()` is what another one expects.
            if language.block == Block::Parens && source.code[hit.end()..].starts_with(".any") {
                continue;
            }
            let unheard = dead.iter().any(|range| range.contains(&(hit.start() + lead)));
            if unheard || reaches[at].is_some_and(|end| hit.start() > end) {
                continue;
            }
            let unsaid = language.block == Block::Parens && says_nothing(source, &hit);
            if unsaid
                || is_brought_in(source, hit.end(), assert.arguments)
                || is_trivial(source, hit.end(), assert.arguments, language.ignored)
            {
                counts[at].trivial += 1;
            } else {
                counts[at].can_fail += 1;
                counts[at].exact += usize::from(assert.arguments == 2);
                counts[at].truths += usize::from(assert.arguments == 1);
            }
        }
    }
    counts
}

/// Is it asserted of a function of the program that it is there, and not of what it gives back?
fn is_brought_in(source: &Source, at: usize, arguments: usize) -> bool {
    static NAME: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^\(?[ \t]*([A-Za-z_]\w*)[ \t]*(?:\)|\n|$)").expect("a constant pattern"));
    if arguments != 1 {
        return false;
    }
    let Some(name) = NAME.captures(&source.code[at..]).map(|found| regex::escape(&found[1])) else { return false };
    let brings = format!(
        r"(?m)^[ \t]*from[ \t]+\S+[ \t]+import[^\n]*\b{name}\b|\{{[^}}\n]*\b{name}\b[^}}\n]*\}}\s*=\s*require\b|\bimport\s*\{{[^}}]*\b{name}\b[^}}]*\}}\s*from\b"
    );
    Regex::new(&brings).is_ok_and(|brings| brings.is_match(&source.code))
}

/// `expect(x)` of which nothing is expected, or anything.
fn says_nothing(source: &Source, hit: &regex::Match<'_>) -> bool {
    static ANYTHING: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^\s*\.(?:to\w+)\(\s*expect\.anything\(|^\s*(?:[;,)}]|$)").expect("a constant pattern")
    });
    let is_expect = hit.as_str().trim() == "expect" && source.code.as_bytes().get(hit.end()) == Some(&b'(');
    is_expect && ANYTHING.is_match(&source.code[source.closing(hit.end())..])
}

/// Where a test leaves that goes no further: a bare `return` of its own, and not of something inside.
fn left_at(source: &Source, header: &Header, language: &Language) -> Option<usize> {
    let body = body(source, header, language);
    let code = &source.code[body.clone()];
    let column = |at: usize| at - source.line_start(at);
    let first = body.start + code.find(|c: char| !c.is_whitespace())?;
    let own = |at: usize| match language.block {
        Block::Indent => column(at) == column(first),
        Block::Braces | Block::Parens => {
            code[..at - body.start].bytes().map(|b| i32::from(b == b'{') - i32::from(b == b'}')).sum::<i32>() == 0
        }
    };
    BARE.find_iter(code).map(|found| body.start + found.end()).find(|end| {
        let at = source.code[..*end].rfind("return").unwrap_or(*end);
        own(at)
    })
}

fn test(
    source: &Source,
    headers: &[Header],
    header: &Header,
    skips: &[(Range<usize>, String)],
    counts: Counts,
    (language, leaves): (&Language, &Regex),
) -> Test {
    let holds = |outer: &&Header| outer.at.start < header.at.start && outer.whole().end >= header.whole().end;
    let mut names: Vec<&str> = headers.iter().filter(holds).map(|outer| outer.name.as_str()).collect();
    names.push(&header.name);
    let skipped = skips.iter().find(|(range, _)| range.contains(&header.at.start)).map(|(_, says)| says.clone());
    let body = body(source, header, language);
    let left = leaves.is_match(&source.code[body.clone()]);
    let mut hasher = DefaultHasher::new();
    source.plain[body.clone()].split_whitespace().for_each(|word| word.hash(&mut hasher));
    let lines = source.plain[body.clone()].lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let says = lines.filter(|line| !line.is_empty()).collect();
    Test {
        says,
        name: names.join(" > "),
        leaf: header.name.clone(),
        line: source.line(header.at.end),
        skipped,
        only_if: BTreeSet::new(),
        assertions: if left { 0 } else { counts.can_fail },
        exact: counts.exact,
        truths: counts.truths,
        trivial: counts.trivial,
        empty: left || is_empty(&source.code[body]),
        cases: cases(source, header),
        inverted: is_inverted(source, header),
        body: hasher.finish(),
    }
}

/// Sets of values: elements of lists, and marks of which each is one.
fn cases(source: &Source, header: &Header) -> Option<usize> {
    static LISTS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\bparametrize\s*\([^\[\]()]*(\[)|\b(?:it|test|describe|specify)(?:\.\w+)*\.each\s*\(\s*(\[)")
            .expect("a constant pattern")
    });
    static MARKS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"#\[\s*(?:case|test_case)\b|@(?:InlineData|DataRow)\b|\[(?:InlineData|DataRow|TestCase)\b")
            .expect("a constant pattern")
    });
    let from = marks_above(source, header);
    let text = &source.code[from..header.at.end];
    let lists =
        LISTS.captures_iter(text).filter_map(|found| Some(from + found.iter().skip(1).flatten().next()?.start()));
    let elements = |open: usize| super::assertion::elements(source, open + 1, source.closing(open).saturating_sub(1));
    let mut counts: Vec<usize> = lists.map(elements).collect();
    let marks = MARKS.find_iter(text).count();
    counts.extend(Some(marks).filter(|marks| *marks > 0));
    (!counts.is_empty()).then(|| counts.into_iter().sum())
}

/// Where the marks of a test begin: decorators and attributes above it.
fn marks_above(source: &Source, header: &Header) -> usize {
    let mut from = source.line_start(header.at.start);
    let mut open = 0_i32;
    while from > 0 {
        let start = source.line_start(from - 1);
        let line = source.code[start..from].trim();
        // The lines of a list over several lines, from its end.
        open += line.bytes().map(|b| i32::from(b")]".contains(&b)) - i32::from(b"([".contains(&b))).sum::<i32>();
        let mark = line.starts_with('@') || line.starts_with("#[") || line.starts_with('[');
        if !(mark || open > 0) {
            break;
        }
        from = start;
    }
    from
}

/// Is it marked as one that must panic?
fn is_inverted(source: &Source, header: &Header) -> bool {
    let above = source.code[..header.at.start].lines().rev().take_while(|line| {
        let line = line.trim();
        line.is_empty() || line.starts_with("#[")
    });
    source.code[header.at.clone()].contains("should_panic")
        || above.into_iter().any(|line| line.contains("should_panic"))
}

/// What a test does, without its header.
fn body(source: &Source, header: &Header, language: &Language) -> Range<usize> {
    let block = header.block.clone();
    match language.block {
        Block::Braces if source.code.as_bytes().get(block.start) == Some(&b'{') => {
            block.start + 1..block.end.saturating_sub(1).max(block.start + 1)
        }
        Block::Braces => block,
        Block::Parens => {
            let from = header.at.end.min(block.end);
            let begin = BODY.find(&source.code[from..block.end]).map_or(block.end, |found| from + found.end());
            begin..block.end
        }
        Block::Indent => {
            let from = source.code[block.clone()].find([':', '\n']).map_or(block.end, |offset| block.start + offset);
            (from + 1).min(block.end)..block.end
        }
    }
}

/// Nothing is done in `code`.
fn is_empty(code: &str) -> bool {
    let words = code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.into_iter().all(|word| matches!(word, "pass" | "end" | "done" | "None" | "true"))
}
