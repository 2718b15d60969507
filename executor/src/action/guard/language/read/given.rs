//! What names stand for beside the tests: constants, fields, what is set up, and functions that only give something back.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::super::text::Source;
use super::super::{Assert, Block, Language};
use super::asked::{squeezed, statement, words};
use super::asserts::cannot_fail;
use super::body::{body, marks_above};
use super::strength::{Strength, strength};
use super::{Header, Patterns};

/// Code, and the same with what its strings say; byte by byte in the same places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super::super) struct Said {
    pub(in super::super::super) code: String,
    pub(in super::super::super) plain: String,
}

impl Said {
    pub(super) fn of(source: &Source, range: Range<usize>) -> Self {
        Self { code: source.code[range.clone()].to_owned(), plain: source.plain[range].to_owned() }
    }
    fn trimmed(&self) -> Self {
        let from = self.code.len() - self.code.trim_start().len();
        let to = self.code.trim_end().trim_end_matches([';', ',']).trim_end().len().max(from);
        Self { code: self.code[from..to].to_owned(), plain: self.plain[from..to].to_owned() }
    }
    pub(super) fn from(&self, at: usize) -> Self {
        Self { code: self.code[at..].to_owned(), plain: self.plain[at..].to_owned() }.trimmed()
    }
}

/// What kind of thing has the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super::super) enum Sort {
    /// The name is the value.
    Value,
    /// A call without arguments is the value.
    Call,
    /// What a call gives back depends on more.
    Function,
    /// It is given several values one after the other.
    Several,
}

/// A name and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super::super) struct Given {
    pub(in super::super::super) name: String,
    pub(in super::super::super) says: Said,
    pub(in super::super::super) sort: Sort,
    /// Names of what a function is given.
    pub(in super::super::super) takes: Vec<String>,
    /// Other files may see it.
    pub(in super::super::super) far: bool,
    /// It is a function that makes tests fail.
    pub(in super::super::super) asserts: bool,
    /// How much it asks of all that it is given, if that is the first thing that it does, whatever comes.
    pub(super) demands: Option<Strength>,
    /// It asserts by the test that it is given first.
    pub(super) by_case: bool,
    /// A test is given it where it takes something of this name.
    pub(super) fixture: bool,
    /// Where the name holds.
    pub(super) scope: Range<usize>,
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

/// What takes something away from what was given, or gives it again.
static CHANGED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?m)^[ \t]*(?:del[ \t]+([A-Za-z_]\w*)|([A-Za-z_]\w*)(?:\[[^\]\n]*\])?[ \t]*(?:[-+*/|&]=|\.(?:pop|remove|clear|splice|shift|truncate|delete|discard|popitem|delete_at|retain|reverse)\s*\(|\[[^\]\n]*\][ \t]*=[^=]))",
    )
});
/// Functions that set up what tests use.
static SETS_UP: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?i:set_?up\w*|asyncSetUp|before\w*|init\w*|prepare\w*|__init__)$"));
static FIXTURE: LazyLock<Regex> = LazyLock::new(|| pattern(r"@(?:\w+\.)*fixture\b|#\[\s*(?:\w+::)*fixture\b"));
/// `() => x`, `lambda: x`, `|| x`
static ANONYMOUS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:async\s+)?(?:\(\s*\)\s*=>\s*|lambda\s*:\s*|(?:move\s*)?\|\|\s*|->\s*\{\s*)"));

/// Everything behind `from` that has a name and a value outside of the tests, `helpers` among it.
pub(super) fn givens(
    source: &Source,
    headers: &[Header],
    helpers: &[Header],
    (language, from): (&Language, usize),
    patterns: &Patterns,
) -> Vec<Given> {
    let inside = |at: usize| {
        headers.iter().filter(|header| header.is_test).any(|header| header.whole().contains(&at))
            || helpers.iter().any(|helper| helper.whole().contains(&at) && !SETS_UP.is_match(&helper.name))
    };
    let mut found: Vec<Given> = Vec::new();
    let scope = |at: usize| scope(source, headers, at);
    for (name, at, sort, takes) in values(source, from..source.code.len(), language, patterns) {
        if !inside(at) {
            let range = statement(source, at, source.code.len());
            let says = Said::of(source, range).trimmed();
            add(
                &mut found,
                called(Given {
                    name,
                    says,
                    sort,
                    takes,
                    far: far(source, at),
                    asserts: false,
                    demands: None,
                    by_case: false,
                    fixture: false,
                    scope: scope(at),
                }),
            );
        }
    }
    for captures in CHANGED.captures_iter(&source.code[from..]) {
        let Some(name) = captures.get(1).or_else(|| captures.get(2)) else { continue };
        let at = from + name.start();
        let known = found.iter().any(|given| given.name == name.as_str() && given.scope.contains(&at));
        if known && !inside(at) {
            let says = Said::of(source, statement(source, at, source.code.len())).trimmed();
            let name = name.as_str().to_owned();
            add(
                &mut found,
                Given {
                    name,
                    says,
                    sort: Sort::Value,
                    takes: Vec::new(),
                    far: far(source, at),
                    asserts: false,
                    demands: None,
                    by_case: false,
                    fixture: false,
                    scope: scope(at),
                },
            );
        }
    }
    for helper in helpers {
        let given = function(source, helper, (language, patterns), scope(helper.at.start));
        found.retain(|other| other.name != given.name || other.scope != given.scope);
        found.push(given);
    }
    found
}

/// May other files see what is given at `at`? What stands deep inside belongs to what is around it.
fn far(source: &Source, at: usize) -> bool {
    static SHARED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^(?:\S|\t[A-Za-z]\w*(?:\s+[\w.\[\]*]+)?\s*=|\s+(?:pub|public|protected|internal|private|static|final|[A-Z][A-Z0-9_]*\s*(?::[^=]*)?=)\b?)",
        )
    });
    SHARED.is_match(&source.code[source.line_start(at)..])
}

/// A second value of the same name makes it one of several.
fn add(found: &mut Vec<Given>, given: Given) {
    match found.iter_mut().find(|other| other.name == given.name && other.scope == given.scope) {
        Some(other) => {
            other.sort = Sort::Several;
            other.says.code = format!("{}; {}", other.says.code, given.says.code);
            other.says.plain = format!("{}; {}", other.says.plain, given.says.plain);
        }
        None => found.push(given),
    }
}

/// Names in `range` that are given something, and where that begins.
pub(super) fn values(
    source: &Source,
    range: Range<usize>,
    language: &Language,
    patterns: &Patterns,
) -> Vec<(String, usize, Sort, Vec<String>)> {
    let mut found = Vec::new();
    for text in language.gives {
        for captures in patterns.get(text).captures_iter(&source.plain[range.clone()]) {
            let Some((whole, name)) = captures.get(0).zip(captures.get(1)) else { continue };
            let (start, end) =
                (range.start + whole.end() - whole.as_str().trim_start().len(), range.start + whole.end());
            let rest = &source.code[end..];
            let compares = rest.starts_with(['=', '~']);
            let before = source.code[..source.line_start(start)].trim_end();
            let argument = before.ends_with(['(', ',']) && !before.ends_with("const (") && !before.ends_with("var (");
            if compares || argument || !source.is_code(start) {
                continue;
            }
            let value = if rest.starts_with('>') { end + 1 } else { end };
            let takes: Vec<String> = captures.get(2).map(|list| names_in(list.as_str())).unwrap_or_default();
            let sort = match captures.get(2) {
                None => Sort::Value,
                Some(list) if list.as_str().trim_matches(['(', ')', ' ']).is_empty() => Sort::Call,
                Some(_) => Sort::Function,
            };
            found.push((name.as_str().to_owned(), value, sort, takes));
        }
    }
    found
}

/// `() => 3` as a call that is 3.
pub(super) fn called(given: Given) -> Given {
    let Some(found) = ANONYMOUS.find(&given.says.code).filter(|_| given.sort == Sort::Value) else { return given };
    let says = given.says.from(found.end());
    if says.code.starts_with('{') { given } else { Given { sort: Sort::Call, says, ..given } }
}

/// What a function gives back.
fn function(
    source: &Source,
    helper: &Header,
    (language, patterns): (&Language, &Patterns),
    scope: Range<usize>,
) -> Given {
    let inside = body(source, helper, language);
    let open = source.code[helper.at.end..].find(['(', '{', '\n']).map(|at| helper.at.end + at);
    let list = open.filter(|at| source.code.as_bytes()[*at] == b'(').map(|at| at..source.closing(at));
    let inside = match (&list, language.block) {
        // The arguments may hold what looks like the end of the header.
        (Some(list), Block::Indent) => {
            let from = source.code[list.end..].find([':', '\n']).map_or(inside.start, |at| list.end + at + 1);
            from.min(inside.end)..inside.end
        }
        _ => inside,
    };
    let takes = list.map(|list| names_in(&source.code[list])).unwrap_or_default();
    let fixture = FIXTURE.is_match(&source.code[marks_above(source, helper)..helper.at.start]);
    let whole = Said::of(source, inside).trimmed();
    let own = by_case(&whole, &takes).filter(|_| language.block == Block::Indent);
    let by_case = own.is_some();
    let (own, taken) = (own.as_ref().unwrap_or(&whole), &takes[usize::from(by_case)..]);
    let asserts = language.asserts.iter().any(|assert| patterns.get(assert.pattern).is_match(&own.code));
    let demands = demands(source, helper, own, taken, (language, patterns)).filter(|_| asserts && !fixture);
    let (says, single) = match single(&whole) {
        Some(says) => (says, true),
        None => (whole, false),
    };
    let sort = match (fixture, single) {
        (true, true) => Sort::Value,
        (true, false) => Sort::Several,
        (false, true) if takes.is_empty() => Sort::Call,
        (false, _) => Sort::Function,
    };
    Given { name: helper.name.clone(), says, sort, takes, far: true, asserts, demands, by_case, fixture, scope }
}

/// What a function says that asserts by the test that it is given first (`case.assertEqual(…)`), as the test itself would.
fn by_case(whole: &Said, takes: &[String]) -> Option<Said> {
    let case = takes.first()?;
    let calls = pattern(&format!(r"\b{}\.(?:assert[A-Z]|fail)", regex::escape(case)));
    let mut own = Said::default();
    let mut from = 0;
    for found in calls.find_iter(&whole.code) {
        own.code = format!("{}{}self", own.code, &whole.code[from..found.start()]);
        own.plain = format!("{}{}self", own.plain, &whole.plain[from..found.start()]);
        from = found.start() + case.len();
    }
    own.code.push_str(&whole.code[from..]);
    own.plain.push_str(&whole.plain[from..]);
    (from > 0).then_some(own)
}

/// See [`Given::demands`]. Nothing, where nobody can tell whether it fails who calls it.
fn demands(
    source: &Source,
    helper: &Header,
    whole: &Said,
    takes: &[String],
    (language, patterns): (&Language, &Patterns),
) -> Option<Strength> {
    let line = &source.code[source.line_start(helper.at.start)..helper.at.end];
    let waits = line.split_whitespace().any(|word| word == "async") || words(&whole.code).contains(&"yield");
    let is_wrapped = source.code[marks_above(source, helper)..helper.at.start].contains('@');
    let inside = Source::new(&whole.plain, language.style);
    let can_fail = |assert: &Assert| {
        let pattern = patterns.get(assert.pattern);
        let first = pattern.find(&inside.code).filter(|hit| hit.start() == 0);
        first.is_some_and(|hit| !cannot_fail(&inside, &hit, assert, language))
    };
    if waits || is_wrapped || !language.asserts.iter().any(can_fail) {
        return None;
    }
    let said = Said::of(&inside, statement(&inside, 0, whole.plain.len()));
    let used = words(&said.code);
    let uses_all = takes.iter().all(|name| name == "self" || used.contains(&name.as_str()));
    uses_all.then(|| strength(&squeezed(&said.code), &squeezed(&said.plain), false))
}

/// The expression that is all a function gives back.
fn single(says: &Said) -> Option<Said> {
    static RETURNS: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:return|yield)\b[ \t]*"));
    static STATEMENT: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^(?:if|for|while|match|switch|let|const|var|with|try|assert\w*|raise|throw|expect|loop|del|pass|end)\b|^\w+\s*[-+*/]?=[^=>]",
        )
    });
    static DOCUMENTED: LazyLock<Regex> = LazyLock::new(|| pattern(r#"^(?:"""\s*"""|"\s*"|'''\s*''')\s*\n\s*"#));
    let says = match DOCUMENTED.find(&says.code) {
        Some(found) => says.from(found.end()),
        None => says.clone(),
    };
    let says = match says.code.trim_end().strip_suffix("\nend").or_else(|| says.code.trim_end().strip_suffix(" end")) {
        Some(rest) => {
            let length = rest.len();
            Said { code: says.code[..length].to_owned(), plain: says.plain[..length].to_owned() }.trimmed()
        }
        None => says,
    };
    let returns = RETURNS.find(&says.code);
    let value = returns.map_or_else(|| says.clone(), |found| says.from(found.end()));
    let mut depth = 0_i32;
    let mut breaks = value.code.char_indices().filter(|(_, c)| {
        depth += i32::from("([{".contains(*c)) - i32::from(")]}".contains(*c));
        depth == 0 && (*c == ';' || *c == '\n')
    });
    let several = breaks.any(|(at, _)| {
        let behind = value.code[at + 1..].trim_start();
        // A string over several lines, or a chain of calls.
        !behind.is_empty() && !behind.starts_with(['.', '"', '\'', '`'])
    });
    (!several && !value.code.is_empty() && !STATEMENT.is_match(&value.code)).then_some(value)
}

/// Names of what a function takes.
fn names_in(list: &str) -> Vec<String> {
    static NAME: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"[(,]\s*(?:[\w<>\[\].&*?]+\s+)*(?:mut\s+|\*{1,2}|&|\$)?([A-Za-z_]\w*)\s*(?:[:,)=]|\s[\w.\[\]*]+\s*[,)])",
        )
    });
    let listed = list.replace(',', ",,");
    let names = NAME.captures_iter(&listed).map(|found| found[1].to_owned());
    names.filter(|name| !matches!(&**name, "self" | "cls" | "this" | "void")).collect()
}

/// Where a name holds that is given at `at`: in what is around it that holds tests, or everywhere.
fn scope(source: &Source, headers: &[Header], at: usize) -> Range<usize> {
    let holds = |header: &&Header| !header.is_test && header.whole().contains(&at);
    headers.iter().rev().find(holds).map_or(0..source.code.len(), Header::whole)
}

/// The value that `name` has at `at`.
pub(super) fn found<'g>(given: &'g [Given], name: &str, at: usize) -> Option<&'g Given> {
    let fits = given.iter().filter(|given| given.name == name && given.scope.contains(&at));
    fits.min_by_key(|given| given.scope.len())
}

/// On one line.
pub(super) fn shown(says: &Said) -> String {
    squeezed(&says.plain)
}
