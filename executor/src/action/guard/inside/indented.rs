//! What of a program of Python or Ruby is tests. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::language::{python, ruby};
use super::lines::{Lines, words};
use super::part::{DEEPEST, Known, Part, Read, Sort, Unit};

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

/// A word that speaks of tests.
pub(super) static SELF: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)^_*(?:(?:run|do)_?)?(?:all_?)?(?:self_?(?:tests?|checks?)|unit_?tests?|tests?|smoke(?:_?tests?)?)_*$")
});
static DEFINES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(([^)]*)\)?|^class[ \t]+(\w+)[ \t]*(\([^)]*\))?"));
static IMPORTS: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:import|from)[ \t]"));
static TAKES: LazyLock<Regex> = LazyLock::new(|| pattern(r"^from[ \t]+[\w.]+[ \t]+import[ \t]+(.*)$"));
static OPENS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:if|elif)\b[^\n]*\b(?:__name__|argv|args?|opts?|options|arguments|parsed|cli|environ|getenv)\b|^else[ \t]*:",
    )
});
static GOES_ON: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:else|elif|except|finally)\b|^[)\]}]"));
static GOES_ON_RUBY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:else|elsif|rescue|ensure|when|in|end)\b|^[)\]}]"));
static ASSERTS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\bassert\b|\braise[ \t]+AssertionError\b|\bself\.(?:assert|fail)\w*|\bassert_\w+"));
static GIVES: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:return|yield)[ \t]+\(?[\w\x22'\[{(-]"));
static VALUE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^([A-Za-z_]\w*)[ \t]*(?::[^=]*)?=[ \t]*[^=]"));
static CALL: LazyLock<Regex> = LazyLock::new(|| pattern(r"\w[ \t]*\("));
static EXITS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:os\._exit|(?:sys\.)?exit|quit)[ \t]*\([ \t]*(?:0|None|os\.EX_OK)?[ \t]*\)|^raise[ \t]+SystemExit\b[ \t]*(?:\([ \t]*0?[ \t]*\))?[ \t]*$",
    )
});
static TESTED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^[ \t]+(?:async[ \t]+)?def[ \t]+test\w*[ \t]*\("));

/// A program of Python. `known` are functions that were for tests.
pub(super) fn python<'t>(text: &'t str, known: &Known) -> Read<'t> {
    let lines = Lines::new(text, &python::STYLE);
    let mut reader = Reader { names: own_names(&lines), lines, known, depth: 0, units: Vec::new(), exits: Vec::new() };
    reader.read(0..reader.lines.len());
    Read::new(reader.lines, reader.units, reader.names, reader.exits)
}

/// What the file makes or brings in by name.
fn own_names(lines: &Lines<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in &lines.code {
        let defined = DEFINES.captures(line).and_then(|found| found.get(1).or_else(|| found.get(3)));
        names.extend(defined.map(|name| name.as_str().to_owned()));
        // What is made by a call and is called itself is a function.
        let made = VALUE.captures(line).map(|found| found[1].to_owned());
        names.extend(made.filter(|name| lines.calls(name)));
        let taken = TAKES.captures(line).map(|found| found[1].replace(['(', ')'], "")).unwrap_or_default();
        let last = |name: &str| name.split_whitespace().last().map(str::to_owned);
        names.extend(taken.split(',').filter_map(last));
    }
    names
}

struct Reader<'t, 'k> {
    lines: Lines<'t>,
    names: BTreeSet<String>,
    known: &'k Known,
    /// In how many conditions it reads.
    depth: usize,
    units: Vec<Unit>,
    exits: Vec<(usize, String)>,
}

impl Reader<'_, '_> {
    fn units(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let continues = |above: &str, line: &str, deeper: usize| {
            deeper > 0 || GOES_ON.is_match(line) || above.starts_with('@') || above.ends_with('\\')
        };
        self.lines.units(range, &continues)
    }

    fn read(&mut self, range: Range<usize>) {
        let all = self.units(range);
        let asserted = self.asserted(&all);
        let before = self.names.clone();
        for (at, unit) in all.iter().enumerate() {
            let head = self.head(unit);
            let line = self.lines.code[head].trim().to_owned();
            if at + 1 < all.len() && EXITS.is_match(&line) {
                self.exits.push((head + 1, self.lines.plain[head].trim().to_owned()));
            }
            let opens = OPENS.is_match(&line) && head + 1 < unit.end;
            if opens && self.depth < DEEPEST {
                self.branches(unit.clone());
            } else {
                let sort = if opens { Sort::Program } else { self.sort(unit, head) };
                if matches!(sort, Sort::Tests(_)) {
                    self.ends(head + 1..unit.end);
                }
                // What was asked of the program may be asserted later.
                let got = VALUE.captures(&line).filter(|_| matches!(sort, Sort::Program) && self.asks(unit));
                // At the top a name that is called there is a function of the program.
                let is_function = |name: &String| self.depth == 0 && self.lines.calls(name);
                let later = |name: &String| asserted.get(name).is_some_and(|last| *last > at);
                let got = got.map(|found| found[1].to_owned()).filter(|name| later(name) && !is_function(name));
                let sort = if got.is_some() { Sort::Asserts } else { sort };
                self.names.extend(got);
                self.units.push(Unit { lines: unit.clone(), indent: self.lines.indent(unit.start), sort });
            }
        }
        self.names = before;
    }

    /// The words of which something is asserted in these statements, and the last that does so.
    fn asserted(&self, units: &[Range<usize>]) -> BTreeMap<String, usize> {
        static SAYS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bassert\b"));
        let of = |(place, unit): (usize, &Range<usize>)| {
            let said = self.lines.code[unit.clone()].iter().filter_map(|line| Some(&line[SAYS.find(line)?.end()..]));
            said.flat_map(words).map(|word| (word.to_owned(), place)).collect::<Vec<_>>()
        };
        units.iter().enumerate().flat_map(of).collect()
    }

    /// The line that says what a piece is, below what decorates it.
    fn head(&self, unit: &Range<usize>) -> usize {
        unit.clone()
            .find(|at| !matches!(self.lines.code[*at].trim().chars().next(), None | Some('@')))
            .unwrap_or(unit.start)
    }

    /// What stands in the branches of a condition on how the file is called.
    fn branches(&mut self, unit: Range<usize>) {
        self.depth += 1;
        let indent = self.lines.indent(unit.start);
        let mut from = unit.start + 1;
        for at in unit.start + 1..=unit.end {
            let ends =
                at == unit.end || self.lines.indent(at) == indent && GOES_ON.is_match(self.lines.code[at].trim());
            if ends {
                self.read(from..at);
                from = at + 1;
            }
        }
        self.depth -= 1;
    }

    /// Statements that end everything well, with more behind them.
    fn ends(&mut self, body: Range<usize>) {
        let all = self.units(body);
        let found = all.iter().take(all.len().saturating_sub(1)).map(|unit| unit.start);
        let exits = found.filter(|at| EXITS.is_match(self.lines.code[*at].trim()));
        let exits: Vec<_> = exits.map(|at| (at + 1, self.lines.plain[at].trim().to_owned())).collect();
        self.exits.extend(exits);
    }

    fn sort(&self, unit: &Range<usize>, head: usize) -> Sort {
        let (line, all) = (self.lines.code[head].trim(), self.lines.code_of(unit));
        let asserts = ASSERTS.is_match(&all);
        if IMPORTS.is_match(line) {
            return Sort::Import;
        }
        if let Some(found) = DEFINES.captures(line) {
            let Some(name) = found.get(1).map(|name| name.as_str().to_owned()) else {
                let is_case = found.get(4).is_some_and(|bases| bases.as_str().contains("TestCase"));
                let is_test = is_case || asserts && TESTED.is_match(&all);
                return if is_test { Sort::Test(found[3].to_owned()) } else { Sort::Program };
            };
            let takes = found.get(2).is_some_and(|takes| !takes.as_str().trim().is_empty()) || !line.contains("()");
            let collected = name.starts_with("test_") && asserts;
            if let Some(sort) = self.known.get(&name) {
                return sort.clone();
            }
            return if asserts && SELF.is_match(&name) {
                Sort::Tests(name)
            } else if collected {
                Sort::Test(name)
            } else if asserts && !takes && !GIVES.is_match(&all) && self.asks(unit) {
                Sort::Tests(name)
            } else if asserts && !GIVES.is_match(&all) {
                Sort::Helper(name)
            } else {
                Sort::Program
            };
        }
        if asserts && self.asks(unit) {
            return Sort::Asserts;
        }
        match VALUE.captures(line) {
            Some(found) if !CALL.is_match(&all) => Sort::Value(found[1].to_owned()),
            _ => Sort::Program,
        }
    }

    /// Is something asserted of what the file makes or brings in?
    fn asks(&self, unit: &Range<usize>) -> bool {
        static NAME: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b([A-Za-z_]\w*)"));
        let called = |line: &String| NAME.captures_iter(line).any(|found| self.names.contains(&found[1]));
        let is_function = DEFINES.is_match(self.lines.code[unit.start].trim());
        self.lines.code[unit.clone()].iter().skip(usize::from(unit.len() > 1 && is_function)).any(called)
    }
}

/// The tests of a program as a text.
pub(super) fn part(read: &Read<'_>) -> Part {
    let mut part = read.begun();
    let (script, rest) = read.parted();
    for unit in rest {
        write(&mut part, &read.lines, unit, "");
    }
    if let Some(first) = script.first() {
        part.push(first.lines.start, &format!("def  {SCRIPT}():"));
    }
    for unit in &script {
        write(&mut part, &read.lines, unit, "    ");
    }
    part
}

/// What statements that are in no function are called together.
const SCRIPT: &str = "the_script";

/// Adds the lines of `unit`, `lead` before them. A function that is a test has two spaces behind `def`.
fn write(part: &mut Part, lines: &Lines<'_>, unit: &Unit, lead: &str) {
    let mut told = !matches!(unit.sort, Sort::Tests(_));
    for at in unit.lines.clone() {
        let text = lines.text[at];
        // What a text says over several lines may stand anywhere.
        let own = text.len() - text.trim_start().len();
        let line = text.get(unit.indent.min(own)..).unwrap_or_default();
        let is_def = !told && !line.starts_with(['@', ' ', '\t']) && line.contains("def ");
        told |= is_def;
        let line = if is_def { line.replacen("def ", "def  ", 1) } else { line.to_owned() };
        part.push(at, &format!("{lead}{line}"));
    }
}

static CASE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^class[ \t]+\w+[ \t]*<[ \t]*[\w:]*(?:Minitest|MiniTest|TestCase|Test::Unit)\b|^(?:RSpec\.)?describe\b")
});
static OPENS_RUBY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:if|elsif|unless)\b[^\n]*(?:__FILE__|ARGV|\$0|PROGRAM_NAME|ENV)|^else\b"));

/// A program of Ruby.
pub(super) fn ruby<'t>(text: &'t str, _: &Known) -> Read<'t> {
    let lines = Lines::new(text, &ruby::STYLE);
    let mut open = Vec::new();
    open.push((0..lines.len(), 0));
    let mut units: Vec<Unit> = Vec::new();
    let continues = |_: &str, line: &str, deeper: usize| deeper > 0 || GOES_ON_RUBY.is_match(line);
    while let Some((range, depth)) = open.pop() {
        for unit in lines.units(range, &continues) {
            let line = lines.code[unit.start].trim();
            if OPENS_RUBY.is_match(line) && unit.len() > 1 && depth < DEEPEST {
                open.push((unit.start + 1..unit.end - 1, depth + 1));
                continue;
            }
            let sort = match line {
                _ if CASE.is_match(line) => Sort::Test(line.to_owned()),
                _ if line.starts_with("require") => Sort::Import,
                _ if !CALL.is_match(&lines.code_of(&unit)) => {
                    VALUE.captures(line).map_or(Sort::Program, |found| Sort::Value(found[1].to_owned()))
                }
                _ => Sort::Program,
            };
            units.push(Unit { indent: lines.indent(unit.start), lines: unit, sort });
        }
    }
    units.sort_by_key(|unit| unit.lines.start);
    Read::new(lines, units, BTreeSet::new(), Vec::new())
}
