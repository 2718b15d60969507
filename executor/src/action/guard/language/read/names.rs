//! What the names in an assertion stand for. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::super::text::Source;
use super::super::Language;
use super::Patterns;
use super::asked::{BOUND, squeezed, statement, words};
use super::given::{Given, Said, Sort, called, found, shown, values};

/// How far names are followed that stand for others.
const DEEPEST: usize = 4;
/// Longest text that is looked at.
const LONGEST: usize = 2_000;
/// Longest value that is written in the place of its name; a longer one is only told from others.
const LONGEST_VALUE: usize = 200;

/// What other files give: a name, and the file that asks.
pub(in super::super::super) type Beyond<'b> = &'b dyn Fn(&str) -> Option<Given>;

/// A name that an assertion uses, and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super::super) struct Used {
    pub(in super::super::super) name: String,
    pub(in super::super::super) says: String,
    pub(in super::super::super) sort: Sort,
    /// Only a part of it is used.
    pub(in super::super::super) part: bool,
    /// It is given outside of the test.
    pub(in super::super::super) outer: bool,
    /// Names of what a function is given.
    pub(in super::super::super) takes: Vec<String>,
}

/// A list or table that is written out.
pub(super) static LIST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^&?\s*(?:vec!|map\[[^\]\n]*\][\w.*\[\]]*|\[\d*\][\w.*]+|new\s+[\w<>,\s]+(?:\[\])?|dict|array|(?:List|Set|Map|Arrays|Object)\.\w+|(?:list|map|set|array)Of|HashMap::from|BTreeMap::from)?\s*[\[({]")
        .expect("a constant pattern")
});

/// The names that hold in a test.
pub(super) struct Names<'n> {
    /// Given in its body, and where.
    local: BTreeMap<String, Vec<(usize, Said)>>,
    /// Given by those who call, and by loops.
    bound: BTreeSet<String>,
    outer: &'n [Given],
    beyond: Beyond<'n>,
    at: usize,
}

impl<'n> Names<'n> {
    /// Those of the test with this `head` and `body`.
    pub(super) fn new(
        source: &Source,
        head: Range<usize>,
        body: &Range<usize>,
        (language, patterns): (&Language, &Patterns),
        (outer, beyond): (&'n [Given], Beyond<'n>),
    ) -> Self {
        let mut local: BTreeMap<String, Vec<(usize, Said)>> = BTreeMap::new();
        for (name, at, sort, _) in values(source, body.clone(), language, patterns) {
            let value = statement(source, at, body.end.max(at));
            let says = Said::of(source, value).from(0);
            let itself = Regex::new(&format!(r"\b{name}\b")).is_ok_and(|word| word.is_match(&says.code));
            if sort == Sort::Value && !itself && !says.code.ends_with(['{', '\\']) {
                local.entry(name).or_default().push((at, says));
            } else {
                local.entry(name).or_default().push((at, Said::default()));
            }
        }
        let code = &source.code[body.clone()];
        let lists = BOUND.captures_iter(code).filter_map(|found| found.iter().skip(1).flatten().next());
        let given = lists.flat_map(|list| words(list.as_str()));
        let bound = words(&source.code[head.clone()]).into_iter().chain(given).map(str::to_owned).collect();
        Self { local, bound, outer, beyond, at: head.start }
    }

    /// What `name` stands for at `at`.
    pub(super) fn meaning(&self, name: &str, at: usize) -> Option<Given> {
        if let Some(all) = self.local.get(name) {
            let (_, says) = all.iter().rev().find(|(place, _)| *place <= at).or_else(|| all.first())?;
            let given = Given {
                name: name.to_owned(),
                says: says.clone(),
                sort: Sort::Value,
                takes: Vec::new(),
                far: false,
                asserts: false,
                demands: None,
                by_case: false,
                fixture: false,
                scope: 0..0,
            };
            return (!says.code.is_empty()).then(|| called(given));
        }
        let outer = found(self.outer, name, self.at).cloned().or_else(|| (self.beyond)(name));
        outer.filter(|given| !self.bound.contains(name) || given.fixture)
    }

    /// `said`, which stands at `at`, with what its names stand for, and these names.
    pub(super) fn resolved(&self, mut said: Said, at: usize) -> (Said, Vec<Used>) {
        let mut used: Vec<Used> = Vec::new();
        for _ in 0..DEEPEST {
            if said.code.len() >= LONGEST {
                break;
            }
            let Some(next) = self.step(&said, at, &mut used) else { break };
            said = next;
        }
        (said, used)
    }

    /// Every name once.
    fn step(&self, said: &Said, at: usize, used: &mut Vec<Used>) -> Option<Said> {
        static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[A-Za-z_]\w*").expect("a constant pattern"));
        let mut next = Said::default();
        let mut from = 0;
        for word in WORD.find_iter(&said.plain) {
            let Some(place) = place(said, word.range()) else { continue };
            let name = word.as_str();
            if place.start < from {
                continue;
            }
            let Some(given) = self.meaning(name, at) else { continue };
            let behind = said.code[place.end..].trim_start();
            let called = behind.starts_with('(');
            let part = given.sort == Sort::Value && behind.starts_with(['[', '.']) && LIST.is_match(&given.says.code);
            let empty = called && behind[1..].trim_start().starts_with(')');
            let fits = match given.sort {
                Sort::Value => !part && !called,
                Sort::Call => empty,
                Sort::Function | Sort::Several => false,
            };
            let names = match given.sort {
                Sort::Function => called,
                Sort::Call => called && !empty,
                Sort::Value | Sort::Several => !fits,
            };
            // What asserts for a test is compared by itself.
            if fits || names && !given.asserts {
                let says = shown(&given.says);
                if !used.iter().any(|known| known.name == name) {
                    let takes = given.takes.clone();
                    let outer = !self.local.contains_key(name);
                    used.push(Used { name: name.to_owned(), says, sort: given.sort, part, outer, takes });
                }
            }
            if !fits {
                continue;
            }
            let end = if given.sort == Sort::Call {
                place.end + said.code[place.end..].find(')').map_or(0, |close| close + 1)
            } else {
                place.end
            };
            let value = told_apart(&given.says);
            next.code.push_str(&said.code[from..place.start]);
            next.plain.push_str(&said.plain[from..place.start]);
            next.code.push_str(&value.code);
            next.plain.push_str(&value.plain);
            from = end;
        }
        if from == 0 {
            return None;
        }
        next.code.push_str(&said.code[from..]);
        next.plain.push_str(&said.plain[from..]);
        Some(next)
    }
}

/// The value, or where it is long something that only tells it from others.
fn told_apart(says: &Said) -> Said {
    if says.plain.len() <= LONGEST_VALUE {
        return says.clone();
    }
    let mut hasher = DefaultHasher::new();
    squeezed(&says.plain).hash(&mut hasher);
    let name = format!("long_{:016x}", hasher.finish());
    Said { code: name.clone(), plain: name }
}

/// The place of the name at `word` with what it belongs to, if it is a name of its own: no field of something, no key, and
/// no part of what a string says.
fn place(said: &Said, word: Range<usize>) -> Option<Range<usize>> {
    let live = !said.code[word.clone()].starts_with(' ');
    let before = &said.plain[..word.start];
    if !live {
        // `"$want"`, `"${want}"`, `"#{want}"`
        let sign = ["$", "${", "#{", "#{@", "{"].iter().find(|sign| before.ends_with(**sign))?;
        let braces = sign.contains('{') && said.plain[word.end..].starts_with('}');
        let fits = !sign.contains('{') || braces;
        return fits.then(|| word.start - sign.len()..word.end + usize::from(braces));
    }
    let behind = said.code[word.end..].trim_start();
    let gives = behind.starts_with('=') && !behind.starts_with("==") && !behind.starts_with("=~");
    let lead = said.code[..word.start].trim_end();
    let key = behind.starts_with(':') && !behind.starts_with("::") && lead.ends_with(['{', ',', '(']);
    if gives && lead.ends_with(['(', ',']) || key {
        return None;
    }
    for own in
        ["self.", "this.", "cls.", "Self::", "self::", "static::", "$this->", "crate::", "super::", "@@", "@", "$"]
    {
        if before.ends_with(own) {
            return Some(word.start - own.len()..word.end);
        }
    }
    // `consts.WANT`, `common::WANT`, `Consts.WANT`
    let of = before.strip_suffix("::").or_else(|| before.strip_suffix('.'));
    let Some(of) = of else { return (!before.ends_with("->")).then_some(word) };
    let own = of.len() - of.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_').len();
    let upper = !said.plain[word.clone()].contains(|c: char| c.is_ascii_lowercase());
    let owner = &of[of.len() - own..];
    let alone = !of[..of.len() - own].ends_with(['.', ':', '>', ')', ']']);
    let known = upper || before.ends_with("::") || owner.starts_with(char::is_uppercase);
    (own > 0 && alone && known).then(|| of.len() - own..word.end)
}
