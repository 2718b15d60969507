//! Finds the tests of a file by the tables of its language.

mod around;
mod asked;
mod asserts;
mod body;
mod given;
mod headers;
mod helpers;
mod input;
mod names;
mod other;
mod sides;
mod skips;
mod strength;
mod table;
mod value;
mod values;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use regex::Regex;

use super::super::text::{Source, Special};
use super::{Block, Language};
use around::Around;
use asserts::assertions;
use body::{body, is_empty, is_inverted, marks_above};
use given::givens;
use headers::headers;
use helpers::{calls, helpers};
use names::Names;
use skips::{conditions, skips};
use table::table;
use values::{cases, rows};

pub(in super::super) use asked::{Asked, words as asked_words};
pub(in super::super) use given::{Given, Sort};
pub(super) use headers::indented;
pub(in super::super) use input::{Program, Sides, asks_other, differ_in_literals, say_the_same, speaks_of};
pub(in super::super) use names::{Beyond, Used};
pub(in super::super) use other::{expects_other, is_asked};
pub(in super::super) use sides::masked;
pub(in super::super) use strength::Strength;
pub(in super::super) use value::{Piece, differ_in_values, elements, is_value, pieces};

/// What a file holds.
#[derive(Debug, Default)]
pub(in super::super) struct Scan {
    pub(in super::super) tests: Vec<Test>,
    /// Functions that are no tests; only of a file that is looked at closely.
    pub(in super::super) helpers: Vec<Test>,
    /// Lines that are in none of these.
    pub(in super::super) outside: Vec<String>,
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
    /// Assertions that cannot.
    pub(in super::super) trivial: usize,
    /// It does nothing, or leaves at once.
    pub(in super::super) empty: bool,
    /// With how many sets of values it is run, where that is written beside it.
    pub(in super::super) cases: Option<usize>,
    /// Elements of the lists that its loops run over, where they are written there.
    pub(in super::super) rows: Option<usize>,
    /// The values that it is run with, those of its marks and those that its loops run over.
    pub(in super::super) table: Vec<Vec<Piece>>,
    /// It passes where it fails.
    pub(in super::super) inverted: bool,
    /// The same for the same body.
    pub(in super::super) body: u64,
    /// The lines of its body, without comments and spaces around them.
    pub(in super::super) says: Vec<String>,
    /// What its assertions ask; only of a file that is looked at closely.
    pub(in super::super) asked: Vec<Asked>,
    /// Conditions under which alone it is there.
    pub(in super::super) under: Vec<String>,
    /// Words of its body and its marks.
    pub(in super::super) words: BTreeSet<String>,
    /// Names that it is given values by.
    pub(in super::super) given: Vec<String>,
}

/// Assertions of a test.
#[derive(Clone, Default)]
struct Counts {
    can_fail: usize,
    trivial: usize,
    /// Where those begin that can fail.
    places: Vec<usize>,
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
    read(text, language, patterns, None)
}

/// The same, with what each assertion asks. `beyond` tells what names stand for that the file does not give.
pub(in super::super) fn scan_closely(text: &str, language: &Language, patterns: &Patterns, beyond: Beyond<'_>) -> Scan {
    read(text, language, patterns, Some(beyond))
}

/// What has a name and a value in `text`, in the program as well.
pub(in super::super) fn givens_of(text: &str, language: &Language, patterns: &Patterns) -> Vec<Given> {
    let source = Source::new(text, language.style);
    let headers = headers(&source, language, patterns);
    let own = helpers(&source, &headers, language, 0);
    givens(&source, &headers, &own, (language, 0), patterns)
}

/// Where what belongs to the tests begins: in a program of Rust, the program stands above.
fn begin(source: &Source, language: &Language) -> usize {
    language.linked.and_then(|_| source.code.find("#[cfg(test)]")).unwrap_or(0)
}

fn read(text: &str, language: &Language, patterns: &Patterns, beyond: Option<Beyond<'_>>) -> Scan {
    let closely = beyond.is_some();
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
    let begin = begin(&source, language);
    let own = if closely { helpers(&source, &headers, language, begin) } else { Vec::new() };
    let alone = assertions(&source, &own, &dead, (language, None), patterns);
    let assert = own.iter().zip(&alone).filter(|(_, counts)| counts.can_fail > 0);
    let mut names: Vec<&str> = assert.map(|(header, _)| &*header.name).collect();
    names.extend(beyond.map(|beyond| called_beyond(&source, &own, beyond)).unwrap_or_default());
    let calls = closely.then(|| calls(&names));
    let of_helpers = assertions(&source, &own, &dead, (language, calls.as_ref()), patterns);
    let counts = assertions(&source, &headers, &dead, (language, calls.as_ref()), patterns);
    let conditions = conditions(&source, &headers, language, patterns);
    let leaves = patterns.get(language.leaves);
    let shell = language.style.special == Special::Shell;
    let around = if closely { around::all(&source, 0..text.len(), language.block, shell) } else { Vec::new() };
    let given = if closely { givens(&source, &headers, &own, (language, begin), patterns) } else { Vec::new() };
    let known = Known { around: &around, helpers: &names, given: &given, beyond, patterns };
    let tests = headers.iter().enumerate().filter(|(_, header)| header.is_test);
    let tests = tests.map(|(at, header)| {
        let all = conditions.iter().filter(|(range, _)| range.contains(&header.at.start));
        let only_if = all.map(|(_, says)| says.clone()).collect();
        let test = Test { only_if, ..test(&source, &headers, header, &skips, &counts[at], (language, &leaves)) };
        let looked = |test| look(test, &source, header, &counts[at], &known, language);
        if closely { looked(test) } else { test }
    });
    let tests: Vec<Test> = tests.collect();
    let looked = own.iter().zip(&of_helpers).map(|(header, counts)| {
        let found = test(&source, &own, header, &[], counts, (language, &leaves));
        look(found, &source, header, counts, &known, language)
    });
    let outside = if closely { outside(&source, &headers, &own) } else { Vec::new() };
    let helpers: Vec<Test> = looked.collect();
    let beyond = beyond.unwrap_or(&|_| None);
    let tests = tests.into_iter().map(|test| with_helpers(test, &helpers, beyond)).collect();
    Scan { tests, helpers, outside, links: links(&source, language, patterns) }
}

/// The test with what the functions that it calls ask for it: as much as they do, and of each of their rows.
fn with_helpers(mut test: Test, helpers: &[Test], beyond: Beyond<'_>) -> Test {
    for asked in &mut test.asked {
        let by = helpers.iter().find(|helper| asked.by.as_ref() == Some(&helper.leaf));
        let most = match by {
            Some(helper) => helper.asked.iter().map(|asked| asked.strength).max(),
            None => asked.by.as_ref().and_then(|name| {
                let given = beyond(name)?;
                // By another than the test itself it may assert nothing.
                let itself = !given.by_case || is_given_itself(&asked.said);
                if itself { given.demands } else { Some(Strength::Nothing) }
            }),
        };
        asked.far = by.is_none() && most.is_some();
        asked.strength = most.unwrap_or(asked.strength);
    }
    for helper in helpers.iter().filter(|helper| helper.rows.is_some() && test.words.contains(&helper.leaf)) {
        test.rows = Some(test.rows.unwrap_or(0) + helper.rows.unwrap_or(0));
        test.table.extend(helper.table.iter().cloned());
    }
    test
}

/// `same(self, …)`
fn is_given_itself(said: &str) -> bool {
    let first = said.split_once('(').map_or("", |(_, list)| list.trim_start());
    first.strip_prefix("self").is_some_and(|rest| rest.trim_start().starts_with([',', ')']))
}

/// Functions of other files that assert, and are called here.
fn called_beyond<'s>(source: &'s Source, own: &[Header], beyond: Beyond<'_>) -> Vec<&'s str> {
    let call = Regex::new(r"([A-Za-z_]\w*)\s*!?\(").expect("a constant pattern");
    let called: BTreeSet<&str> =
        call.captures_iter(&source.code).filter_map(|found| Some(found.get(1)?.as_str())).collect();
    let far = called.into_iter().filter(|name| !own.iter().any(|header| header.name == **name));
    far.filter(|name| beyond(name).is_some_and(|given| given.asserts)).collect()
}

/// Lines that are in no test and no function, but for those that bring something in.
fn outside(source: &Source, headers: &[Header], helpers: &[Header]) -> Vec<String> {
    const BRING: [&str; 7] = ["import ", "from ", "use ", "mod ", "package ", "#include", "pub mod "];
    // In a program of Rust, what stands above is the program.
    let mut from = source.code.find("#[cfg(test)]").unwrap_or(0);
    let ranges: Vec<Range<usize>> =
        headers.iter().filter(|header| header.is_test).chain(helpers).map(Header::whole).collect();
    let mut found = Vec::new();
    while from < source.plain.len() {
        let end = source.line_end(from);
        let line = asked::squeezed(&source.plain[from..end]);
        let says = line.chars().filter(|c| c.is_alphanumeric()).count() > 1;
        if says && !BRING.iter().any(|word| line.starts_with(word)) && !ranges.iter().any(|range| range.contains(&from))
        {
            found.push(line);
        }
        from = end + 1;
    }
    found
}

fn first_line(source: &Source, at: usize) -> String {
    source.plain[source.line_start(at)..source.line_end(at)].trim().chars().take(120).collect()
}

fn links(source: &Source, language: &Language, patterns: &Patterns) -> BTreeSet<String> {
    let Some(linked) = language.linked.map(|text| patterns.get(text)) else { return BTreeSet::new() };
    linked.captures_iter(&source.code).filter_map(|found| Some(found.get(1)?.as_str().to_owned())).collect()
}

fn test(
    source: &Source,
    headers: &[Header],
    header: &Header,
    skips: &[(Range<usize>, String)],
    counts: &Counts,
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
        trivial: counts.trivial,
        empty: left || is_empty(&source.code[body]),
        cases: cases(source, header),
        rows: None,
        table: Vec::new(),
        inverted: is_inverted(source, header),
        body: hasher.finish(),
        asked: Vec::new(),
        under: Vec::new(),
        words: BTreeSet::new(),
        given: Vec::new(),
    }
}

/// What is known of a file when its tests are looked at closely.
struct Known<'k> {
    around: &'k [Around],
    /// Names of functions that assert.
    helpers: &'k [&'k str],
    given: &'k [Given],
    beyond: Option<Beyond<'k>>,
    patterns: &'k Patterns,
}

/// Adds what the assertions of `test` ask, and where alone it is there.
fn look(test: Test, source: &Source, header: &Header, counts: &Counts, known: &Known<'_>, language: &Language) -> Test {
    let (around, helpers) = (known.around, known.helpers);
    let body = body(source, header, language);
    let head = header.at.end..body.start.max(header.at.end);
    let given = asked::words(&source.code[head.clone()]).into_iter().map(str::to_owned).collect();
    let beyond = known.beyond.unwrap_or(&|_| None);
    let names = Names::new(source, head, &body, (language, known.patterns), (known.given, beyond));
    let places = if test.assertions > 0 { &counts.places[..] } else { &[] };
    let own = |at: usize| {
        let said = source.code[at..].trim_start_matches("await ");
        let end = said.find(|c: char| !(c.is_alphanumeric() || "_:.".contains(c))).unwrap_or(said.len());
        let (path, name) = said[..end].rsplit_once([':', '.']).unwrap_or(("", &said[..end]));
        let is_call = said[end..].trim_start().starts_with(['(', '!']);
        // What asserts by itself is no helper's, whatever that is called.
        let by_itself = ["assert", "expect", "t", "chai"].contains(&path.split([':', '.']).next().unwrap_or_default());
        helpers.iter().find(|helper| is_call && !by_itself && **helper == name)
    };
    let of = |at: &usize| Asked {
        by: own(*at).map(|name| (*name).to_owned()),
        ..asked::asked(source, &body, *at, &names, around, language.block)
    };
    let asked = places.iter().map(of).collect();
    let outer = around::within(around, header.at.start).filter(|outer| outer.sort == around::Sort::If);
    let mut under: Vec<String> = outer.map(|outer| outer.says.clone()).collect();
    if language.block != Block::Braces {
        under.extend(around::left_before(source, &(0..header.at.start), header.at.start, around, language.block));
    }
    let from = marks_above(source, header);
    // Its name says nothing of what it does.
    let marks = &source.plain[from..header.at.end.saturating_sub(header.name.len()).max(from)];
    let words = asked::words(marks).into_iter().chain(asked::words(&source.plain[body.clone()]));
    let words = words.map(str::to_owned).collect();
    let rows = rows(source, header, &body, around);
    let table = table(source, header, &body, around, &names);
    Test { asked, under, words, given, rows, table, ..test }
}
