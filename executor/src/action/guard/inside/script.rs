//! What of a program of JavaScript or TypeScript is tests. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::language::javascript;
use super::super::text::Source;
use super::indented::SELF;
use super::lines::Lines;
use super::part::{DEEPEST, Known, Part, Read, Sort, Unit};

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

static TESTS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:[xf]?(?:describe|it)|test|suite|context|specify)(?:\.\w+)*\s*\("));
static IMPORTS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^import\b|^(?:const|let|var)\b[^=]*=\s*(?:\(?await\s+import|require)\s*\("));
static NEAR: LazyLock<Regex> = LazyLock::new(|| pattern(r#"['"]\.{1,2}/"#));
static FUNCTION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:export\s+)?(?:default\s+)?(?:async\s+)?function\s*\*?\s*(\w+)\s*\(([^)]*)\)|^(?:export\s+)?(?:const|let|var)\s+(\w+)\s*=\s*(?:async\s*)?(?:function\b[^(]*)?\(?([^()=]*)\)?(?:\s*=>|\s*\{)|^(?:export\s+)?class\s+(\w+)",
    )
});
static OPENS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^if\s*\([^\n]*(?:require\.main|import\.meta|process\.(?:argv|env)|\bargv\b|\bargs?\b|\bopts\b|\boptions\b)[^\n]*\{\s*$|^;?(?:void\s+)?\((?:async\s*)?(?:function\b[^({]*)?\([^()]*\)\s*(?:=>\s*)?\{\s*$",
    )
});
static ASSERTS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:^|[^.\w])(?:assert|expect|strictEqual|deepStrictEqual|deepEqual)\b[.\w]*\s*\("));
static GIVES: LazyLock<Regex> = LazyLock::new(|| pattern(r"\breturn\s+[^;\s}]"));
static VALUE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:export\s+)?(?:const|let|var)\s+([A-Za-z_$]\w*)\s*(?::[^=]*)?=\s*[^=]"));
static CALL: LazyLock<Regex> = LazyLock::new(|| pattern(r"\w\s*\(|=>|\bfunction\b"));
static EXITS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^process\.(?:exit|reallyExit)\s*\(\s*0?\s*\)|^return\b\s*;?\s*$"));
static GOES_ON: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:else|catch|finally)\b|^[.)\]},?:&|+]"));

/// A program. `known` are functions that were for tests.
pub(super) fn read<'t>(text: &'t str, known: &Known) -> Read<'t> {
    let lines = Lines::new(text, &javascript::STYLE);
    let mut reader = Reader { names: own_names(&lines), lines, known, depth: 0, units: Vec::new(), exits: Vec::new() };
    reader.read(0..reader.lines.len());
    Read::new(reader.lines, reader.units, reader.names, reader.exits)
}

/// What the file makes, or brings in from beside it.
fn own_names(lines: &Lines<'_>) -> BTreeSet<String> {
    let word = pattern(r"[A-Za-z_$]\w*");
    let mut names = BTreeSet::new();
    for (at, (code, plain)) in lines.code.iter().zip(&lines.plain).enumerate() {
        let (code, near) = (code.trim(), NEAR.is_match(plain));
        if let Some(found) = FUNCTION.captures(code) {
            names.extend([1, 3, 5].iter().find_map(|at| found.get(*at)).map(|name| name.as_str().to_owned()));
        }
        // What is made by a call and is called itself is a function.
        let made = VALUE.captures(&lines.code[at]).map(|found| found[1].to_owned());
        names.extend(made.filter(|name| !IMPORTS.is_match(code) && lines.calls(name)));
        if near && IMPORTS.is_match(code) {
            let of = code.split(['=']).next().unwrap_or_default().split(" from ").next().unwrap_or_default();
            let all = word.find_iter(of).map(|name| name.as_str().to_owned());
            names.extend(all.filter(|name| !["const", "let", "var", "import", "as"].contains(&name.as_str())));
        }
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
        let continues = |above: &str, line: &str, _: usize| {
            GOES_ON.is_match(line) || above.ends_with(['=', ',', '(', '?', ':', '+', '&', '|']) || above.ends_with("=>")
        };
        self.lines.units(range, &continues)
    }

    fn read(&mut self, range: Range<usize>) {
        let all = self.units(range);
        let asserted = self.asserted(&all);
        let before = self.names.clone();
        for (at, unit) in all.iter().enumerate() {
            let line = self.lines.code[unit.start].trim().to_owned();
            if at + 1 < all.len() && EXITS.is_match(&line) {
                self.exits.push((unit.start + 1, self.lines.plain[unit.start].trim().to_owned()));
            }
            let opens = OPENS.is_match(&line) && unit.len() > 1;
            if opens && self.depth < DEEPEST {
                self.branches(unit.clone());
                continue;
            }
            let sort = if opens { Sort::Program } else { self.sort(unit) };
            if matches!(sort, Sort::Tests(_)) && unit.len() > 2 {
                let inner = self.units(unit.start + 1..unit.end - 1);
                let ends = inner.iter().take(inner.len().saturating_sub(1)).map(|unit| unit.start);
                let ends = ends.filter(|at| EXITS.is_match(self.lines.code[*at].trim()));
                let ends: Vec<_> = ends.map(|at| (at + 1, self.lines.plain[at].trim().to_owned())).collect();
                self.exits.extend(ends);
            }
            // What was asked of the program may be asserted later.
            let is_got = matches!(sort, Sort::Program) && !FUNCTION.is_match(&line) && self.asks(unit, 0);
            // At the top a name that is called there is a function of the program.
            let is_function = |name: &String| self.depth == 0 && self.lines.calls(name);
            let got = VALUE.captures(&line).filter(|_| is_got);
            let later = |name: &String| asserted.get(name.trim_start_matches('$')).is_some_and(|last| *last > at);
            let got = got.map(|found| found[1].to_owned()).filter(|name| later(name) && !is_function(name));
            let sort = if got.is_some() { Sort::Asserts } else { sort };
            self.names.extend(got);
            self.units.push(Unit { lines: unit.clone(), indent: self.lines.indent(unit.start), sort });
        }
        self.names = before;
    }

    /// The words of which something is asserted in these statements, and the last that does so.
    fn asserted(&self, units: &[Range<usize>]) -> BTreeMap<String, usize> {
        let says = |at: &usize| ASSERTS.is_match(self.lines.code[*at].trim());
        let words = |at: usize| self.lines.words(&(at..at + 1)).into_iter().map(str::to_owned);
        let of = |(place, unit): (usize, &Range<usize>)| {
            unit.clone().filter(says).flat_map(words).map(move |word| (word, place)).collect::<Vec<_>>()
        };
        units.iter().enumerate().flat_map(of).collect()
    }

    /// What stands between the braces of a condition on how the file is called.
    fn branches(&mut self, unit: Range<usize>) {
        self.depth += 1;
        let mut from = unit.start + 1;
        let indent = self.lines.indent(unit.start);
        for at in unit.start + 1..unit.end {
            let code = self.lines.code[at].trim();
            if at + 1 == unit.end || self.lines.indent(at) == indent && code.starts_with('}') {
                self.read(from..at);
                from = at + 1;
            }
        }
        self.depth -= 1;
    }

    fn sort(&self, unit: &Range<usize>) -> Sort {
        let (line, all) = (self.lines.code[unit.start].trim(), self.lines.code_of(unit));
        let asserts = ASSERTS.is_match(&all);
        if TESTS.is_match(line) {
            return Sort::Test(self.lines.plain[unit.start].trim().to_owned());
        }
        if IMPORTS.is_match(line) {
            return Sort::Import;
        }
        if let Some(found) = FUNCTION.captures(line) {
            let Some(name) = found.get(1).or_else(|| found.get(3)) else { return Sort::Program };
            let takes = found.get(2).or_else(|| found.get(4)).is_some_and(|takes| !takes.as_str().trim().is_empty());
            let name = name.as_str().to_owned();
            let apart = asserts && !GIVES.is_match(&all) && self.lines.code_of(unit).contains('{');
            if let Some(sort) = self.known.get(&name) {
                return sort.clone();
            }
            return if asserts && SELF.is_match(&name) || apart && !takes && self.asks(unit, 1) {
                Sort::Tests(name)
            } else if apart {
                Sort::Helper(name)
            } else {
                Sort::Program
            };
        }
        if asserts && self.asks(unit, 0) {
            return Sort::Asserts;
        }
        match VALUE.captures(line) {
            Some(found) if !CALL.is_match(&all) => Sort::Value(found[1].to_owned()),
            _ => Sort::Program,
        }
    }

    /// Is something asserted of what the file makes or brings in?
    fn asks(&self, unit: &Range<usize>, skip: usize) -> bool {
        static NAME: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:^|[^.\w])([A-Za-z_$]\w*)"));
        let skip = if unit.len() > 1 { skip } else { 0 };
        let called = |line: &String| NAME.captures_iter(line).any(|found| self.names.contains(&found[1]));
        self.lines.code[unit.clone()].iter().skip(skip).any(called)
    }
}

/// The tests of a program as a text.
pub(super) fn part(read: &Read<'_>) -> Part {
    let mut part = read.begun();
    let (script, rest) = read.parted();
    for unit in rest {
        match &unit.sort {
            Sort::Tests(name) => as_test(&mut part, &read.lines, unit, name),
            _ => unit.lines.clone().for_each(|at| part.push(at, read.lines.text[at])),
        }
    }
    if let Some(first) = script.first() {
        part.push(first.lines.start, "test('the script', async () => {");
        script.iter().flat_map(|unit| unit.lines.clone()).for_each(|at| part.push(at, read.lines.text[at]));
        part.push(first.lines.start, "});");
    }
    part
}

/// Adds a function as the test that it is.
fn as_test(part: &mut Part, lines: &Lines<'_>, unit: &Unit, name: &str) {
    let text = lines.text[unit.lines.clone()].join("\n");
    let source = Source::new(&text, &javascript::STYLE);
    let taken = source.code.find('(').map(|open| source.closing(open));
    let arrow = source.code.find("=>").map(|at| at + 2);
    let is_named = source.code.lines().next().is_some_and(|line| line.contains("function"));
    let header = if is_named { taken } else { arrow }.unwrap_or(0);
    let Some(open) = source.code[header..].find('{').map(|at| header + at) else { return };
    let close = source.closing(open).max(open + 2) - 1;
    let body = format!("test('{name}', async () => {{{}}});", text.get(open + 1..close).unwrap_or_default());
    let first = unit.lines.start + text[..open].matches('\n').count();
    // What brings in the assertions asserts nothing.
    let line = |line| if IMPORTS.is_match(str::trim(line)) { "" } else { line };
    body.split('\n').enumerate().for_each(|(at, says)| part.push(first + at, line(says)));
}
