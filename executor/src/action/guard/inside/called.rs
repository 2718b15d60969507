//! Does a check still come to the tests of a file that it runs? What of it is the program decides that: how it is called, whom it
//! calls, and what it lets stand for itself. Pure.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::finding::{Finding, Kind};
use super::super::language::{self, Language};
use super::super::text::Source;
use super::lines::Lines;
use super::named::Call;
use super::part::Part;
use super::way::barred;

static RUNS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:unittest\.main|unittest\.TextTestRunner|doctest\.testmod|pytest\.main)\s*\(|\bminitest/autorun\b|\btest/unit\b")
        .expect("a constant pattern")
});

/// What is found in the file at `path`, of which each side has its text and its tests.
pub(super) fn changed(path: &str, [old, new]: [(&str, &Part); 2], calls: &[Call]) -> Vec<Finding> {
    let extension = language::Path::new(path).extension;
    let Some(language) = language::all()
        .find(|language| (language.holds)(&language::Path { folders: vec!["tests"], stem: "test_test", extension }))
    else {
        return Vec::new();
    };
    let [was, is] = [old, new].map(|(text, part)| Side {
        source: Source::new(text, language.style),
        lines: Lines::new(text, language.style),
        text,
        part,
    });
    let mut found = Vec::new();
    found.extend(unknown(&was, &is, calls).map(|what| Finding::new(Kind::TestSkipped, path, None, what)));
    found.extend(
        uncalled(&was, &is, language)
            .into_iter()
            .map(|(line, what)| Finding::new(Kind::TestSkipped, path, Some(line), what)),
    );
    let barred = cut(&was, &is, calls).into_iter().chain(super::deferred::found(&was, &is, calls));
    found.extend(barred.map(|(line, what)| Finding::new(Kind::TestSkipped, path, Some(line), what)));
    if !is.part.text.trim().is_empty()
        && calls.iter().any(|call| !call.collected)
        && let Some(run) = was.stands(&RUNS).filter(|_| is.stands(&RUNS).is_none())
    {
        let what = format!("nothing runs the tests in it any more: `{run}` is gone");
        found.push(Finding::new(Kind::TestSkipped, path, None, what));
    }
    for (line, says) in &new.1.exits {
        if !old.1.exits.iter().any(|(_, other)| other == says) {
            let what = format!("what stands behind it is never run: `{says}`");
            found.push(Finding::new(Kind::EarlyExit, path, Some(*line), what));
        }
    }
    found.extend(
        stand_ins(&was, &is, extension)
            .into_iter()
            .chain(super::replaced::found(&was, &is))
            .map(|(line, what)| Finding::new(Kind::RunnerReplaced, path, Some(line), what)),
    );
    found
}

/// A file of one side.
pub(super) struct Side<'t> {
    pub(super) source: Source,
    pub(super) lines: Lines<'t>,
    pub(super) text: &'t str,
    pub(super) part: &'t Part,
}

impl Side<'_> {
    fn stands(&self, pattern: &Regex) -> Option<String> {
        let hit = pattern
            .find_iter(&self.source.plain)
            .find(|hit| hit.as_str().contains('/') || self.source.is_code(hit.start()))?;
        Some(hit.as_str().trim_end_matches(['(', ' ']).to_owned())
    }

    /// Does it know the word `given`, as a text or as a name?
    fn knows(&self, given: &str) -> bool {
        let name = given.trim_start_matches('-').replace('-', "_");
        let word = Regex::new(&format!(r"\b{}\b", regex::escape(&name))).expect("a word is a pattern");
        let said =
            Regex::new(&format!(r"(?:^|[^\w-]){}(?:[^\w-]|$)", regex::escape(given))).expect("a word is a pattern");
        said.is_match(&self.source.plain) || word.is_match(&self.source.code)
    }
}

/// A check says a word to the program that it no longer knows.
fn unknown(was: &Side<'_>, is: &Side<'_>, calls: &[Call]) -> Option<String> {
    let tells = |given: &&String| {
        given.chars().filter(|c| c.is_alphabetic()).count() > 2 && !given.contains(['$', '/', '>', '<', '.'])
    };
    calls.iter().filter(|call| !call.collected).find_map(|call| {
        let word = call.given.iter().filter(tells).map(|word| word.split('=').next().unwrap_or(word));
        let lost = word.into_iter().find(|word| was.knows(word) && !is.knows(word))?;
        Some(format!("the check `{}` calls it with `{lost}`, which it does not know any more", call.check))
    })
}

/// Tests that a check came to, and to which the way is barred now.
fn cut(was: &Side<'_>, is: &Side<'_>, checks: &[Call]) -> Vec<(usize, String)> {
    let free = |side: &Side<'_>, lines: &[usize], call: &Call| {
        !lines.is_empty() && lines.iter().any(|at| barred(&side.lines, *at, call).is_none())
    };
    let before = |lines: &dyn Fn(&Side<'_>) -> Vec<usize>, call: &Call| free(was, &lines(was), call);
    let mut cut = Vec::new();
    for call in checks.iter().filter(|call| !call.collected) {
        let mut ask = |what: &str, lines: &[usize]| {
            let bars = lines.iter().map(|at| (*at, barred(&is.lines, *at, call))).collect::<Vec<_>>();
            if let Some((at, Some(bar))) = bars.first().filter(|_| bars.iter().all(|(_, bar)| bar.is_some())) {
                cut.push((at + 1, format!("the check `{}` does not come to {what} any more: `{bar}`", call.check)));
            }
        };
        let came = |name: &String| before(&|side| lines_of(side, &calls(side, name)), call);
        let gone = was.part.names.difference(&is.part.names).any(came);
        for name in is.part.names.iter().filter(|name| came(name) || gone && !was.part.names.contains(*name)) {
            ask(&format!("`{name}`"), &lines_of(is, &calls(is, name)));
        }
        if before(&runs, call) {
            ask("what runs its tests", &runs(is));
        }
        if before(&|side| side.part.statements.clone(), call) {
            ask("what it asserts", &is.part.statements);
        }
    }
    cut
}

/// The lines of these places, from 0.
pub(super) fn lines_of(side: &Side<'_>, places: &[usize]) -> Vec<usize> {
    places.iter().map(|at| side.source.line(*at) - 1).collect()
}

/// Where the tests of a file are run.
pub(super) fn runs(side: &Side<'_>) -> Vec<usize> {
    let all = RUNS.find_iter(&side.source.code).map(|hit| hit.start()).collect::<Vec<_>>();
    lines_of(side, &all)
}

/// Tests that were called, and are not, or whose faults nobody hears.
fn uncalled(was: &Side<'_>, is: &Side<'_>, language: &Language) -> Vec<(usize, String)> {
    let were = |name: &str| heard(was, &calls(was, name), language);
    let gone = was.part.names.difference(&is.part.names).any(|name| were(name));
    let lost = is.part.names.iter().filter_map(|name| {
        let is_new = !was.part.names.contains(name);
        let new = calls(is, name);
        if heard(is, &new, language) || !(were(name) || is_new && gone) {
            return None;
        }
        let line = new.first().or(places(is, name).first()).map_or(1, |at| is.source.line(*at));
        let how = if new.is_empty() { "nothing calls it" } else { "where it is called, nobody hears it fail" };
        Some((line, format!("`{name}`: {how} any more")))
    });
    lost.collect()
}

/// Where the word stands.
fn places(side: &Side<'_>, name: &str) -> Vec<usize> {
    let word = Regex::new(&format!(r"\b{}\b", regex::escape(name))).expect("a word is a pattern");
    word.find_iter(&side.source.code).map(|hit| hit.start()).collect()
}

/// Where it is spoken of, but for where it is made.
pub(super) fn calls(side: &Side<'_>, name: &str) -> Vec<usize> {
    let made = |at: usize| {
        let before = side.source.code[side.source.line_start(at)..at].trim_end();
        ["def", "function", "const", "let", "var"].iter().any(|word| before.ends_with(word))
    };
    places(side, name).into_iter().filter(|at| !made(*at)).collect()
}

/// Is one of these places run, and a fault there heard?
fn heard(side: &Side<'_>, places: &[usize], language: &Language) -> bool {
    let dead: Vec<Range<usize>> = (language.dead)(&side.source).into_iter().map(|(range, _)| range).collect();
    places.iter().any(|at| !dead.iter().any(|range| range.contains(at)) && !is_caught(&side.source, *at))
}

/// Is what comes of the call at `at` caught, and nobody told of it?
fn is_caught(source: &Source, at: usize) -> bool {
    static FAILS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\bexit\s*\(\s*[^)\s0]|\bexitCode\s*=\s*[^=\s0]|\bthrow\b|\babort\s*\(|^\(\s*[\w.]+\s*\)")
            .expect("a constant pattern")
    });
    let Some(open) = source.code[at..].find('(').map(|open| at + open) else { return false };
    let behind = source.closing(open);
    let rest = source.code[behind..].trim_start();
    let Some(caught) = rest.strip_prefix(".catch") else { return false };
    let from = source.code.len() - caught.len();
    !FAILS.is_match(&source.code[from..source.closing(from).max(from)])
}

/// What tests make themselves in the place of what the program gives.
fn stand_ins(was: &Side<'_>, is: &Side<'_>, extension: &str) -> Vec<(usize, String)> {
    let of = |name: &String| {
        let name = regex::escape(name);
        let made = if extension == "py" {
            format!(r"(?m)^[ \t]+(?:def[ \t]+{name}[ \t]*\(|{name}[ \t]*=[^=]).*$")
        } else {
            format!(r"(?m)^[ \t]+(?:(?:const|let|var)\s+{name}\s*=|function\s+{name}\s*\(|{name}\s*=[^=]).*$")
        };
        let hit = Regex::new(&made).ok()?.find(&is.part.text)?;
        let line = hit.as_str().trim();
        let is_new = !was.part.text.contains(line) && !was.text.contains(line);
        let at = is.part.text[..hit.start()].matches('\n').count();
        let what = format!("`{name}` is what is tested, and something stands in for it: `{line}`");
        is_new.then(|| (is.part.lines.get(at).copied().unwrap_or(1), what))
    };
    was.part.program.iter().filter_map(of).collect()
}
