//! What became of the tests. Pure.

mod expected;
mod given;
mod helped;
mod known;
mod moved;
mod rows;
mod split;
mod weaker;

use std::collections::BTreeMap;

use super::finding::{Finding, Kind};
use super::language::{self, Patterns, Scan, Test, scan, scan_closely};
use super::tree::{Text, Tree};
use super::{Check, inside, reach};
pub(super) use expected::is_expected;
use known::{Known, Side};
use moved::{Moved, Pair};
use weaker::{Became, became};

/// Names that one finding lists.
const MOST_NAMES: usize = 10;

/// How the tests of two trees compare.
pub(super) struct Collected {
    pub(super) findings: Vec<Finding>,
    pub(super) before: usize,
    pub(super) after: usize,
    /// Tests of before that others do now.
    pub(super) merged: usize,
}

pub(super) fn compare(base: &Tree<'_>, now: &Tree<'_>, checks: &[Check]) -> Collected {
    let patterns = Patterns::default();
    let changed = base.changed(now);
    let known = Known::new(Side::new(base, &changed, &patterns), Side::new(now, &changed, &patterns));
    let mut findings = Vec::new();
    let (before, after) = (count(base, &patterns), count(now, &patterns));
    let mut moved = Moved::default();
    let mut unreached: BTreeMap<&str, String> = BTreeMap::new();
    let of = |path| (path, read(&known.base, path, &patterns), read(&known.now, path, &patterns));
    let scans: Vec<(&str, Scan, Scan)> = changed.iter().copied().map(of).collect();
    let both = scans.iter().filter(|(path, ..)| base.has(path) && now.has(path));
    known.hear(both.map(|(_, old, new)| (old, new)));
    for (path, old, new) in &scans {
        findings.extend(unreadable(base, now, path));
        unlinked(path, old, new, now, &patterns, &mut findings);
        if !base.has(path)
            && !inside::is_one(path)
            && !new.tests.is_empty()
            && let Some(why) = reach::unreached(base, now, path, checks)
        {
            unreached.insert(path, why);
        }
        findings.extend(helped::changed(path, old, new, &scans, &known));
        let tests = old.tests.iter().map(|test| helped::without(path, test, new, &known)).collect();
        moved.take(path, tests, new.tests.clone());
        findings.extend(expected::changed(base, now, path));
    }
    for path in known.concerned() {
        let (old, new) = (read(&known.base, path, &patterns), read(&known.now, path, &patterns));
        moved.take(path, old.tests, new.tests);
    }
    let found = moved.settle(&known);
    findings.extend(found.pairs.iter().filter_map(|Pair { old, new, file }| {
        let Some(why) = unreached.get(file).filter(|_| old.skipped.is_none()) else {
            return judge(old, new, file, &known);
        };
        let what = format!("`{}`: it is no longer run here: {why}", new.name);
        Some(Finding::new(Kind::TestSkipped, file, Some(new.line), what).taking(1))
    }));
    let mut gone: BTreeMap<&str, Vec<Test>> = BTreeMap::new();
    for (file, test) in found.gone {
        gone.entry(file).or_default().push(test);
    }
    for (file, tests) in gone {
        missing(base, now, file, &tests, &patterns, &mut findings);
    }
    Collected { findings, before, after, merged: found.merged }
}

fn count(tree: &Tree<'_>, patterns: &Patterns) -> usize {
    let run = |path: &str| tests(tree, path, patterns).iter().filter(|test| test.skipped.is_none()).count();
    tree.paths().map(run).sum()
}

/// What a file holds, looked at closely.
fn read(side: &Side<'_>, path: &str, patterns: &Patterns) -> Scan {
    let text = side.tree.text(path);
    let Some(text) = text.readable() else { return Scan::default() };
    let beyond = |name: &str| side.beyond(path, name);
    let mut found = match language::of(path) {
        Some(language) => scan_closely(text, language, patterns, &beyond),
        None => helped::scan(path, text, patterns, &beyond, side),
    };
    found.tests.iter_mut().chain(&mut found.helpers).for_each(|test| test.line = side.tree.line(path, test.line));
    found
}

/// The tests of a file.
fn tests(tree: &Tree<'_>, path: &str, patterns: &Patterns) -> Vec<Test> {
    let text = tree.text(path);
    let held = language::of(path).zip(text.readable());
    held.map(|(language, text)| scan(text, language, patterns).tests).unwrap_or_default()
}

fn unreadable(base: &Tree<'_>, now: &Tree<'_>, path: &str) -> Option<Finding> {
    let proves = language::of(path).is_some() || language::Path::new(path).in_tests();
    let (old, new) = (base.text(path), now.text(path));
    let why = match (&old, &new) {
        _ if !proves => return None,
        // What is new cannot have been weakened.
        (Text::Absent, _) => return None,
        (_, Text::Unreadable(why)) => format!("it was changed, and {why}"),
        (Text::Unreadable(why), Text::Is(_)) => format!("it was changed, and before that {why}"),
        (Text::Unreadable(_) | Text::Is(_), _) => return None,
    };
    Some(Finding::new(Kind::Unreadable, path, None, why))
}

/// What became of a test that is still there.
fn judge(old: &Test, new: &Test, file: &str, known: &Known<'_>) -> Option<Finding> {
    let found = |kind, what: String| Some(Finding::new(kind, file, Some(new.line), format!("`{}`: {what}", new.name)));
    if let (None, Some(says)) = (&old.skipped, &new.skipped) {
        return found(Kind::TestSkipped, format!("it is no longer run: `{says}`")).map(|finding| finding.taking(1));
    }
    if let Some(only) = new.only_if.difference(&old.only_if).next().filter(|_| old.skipped.is_none()) {
        return found(Kind::TestSkipped, format!("it is compiled only under `cfg({only})`"));
    }
    if !old.empty && new.empty {
        return found(Kind::TestEmptied, "nothing of it is left".to_owned());
    }
    if let Some(says) = new.under.iter().find(|says| !old.under.contains(says)).filter(|_| old.skipped.is_none()) {
        return found(Kind::TestSkipped, format!("it is there only where it comes past `{says}`"));
    }
    if new.cases == Some(0) && old.cases != Some(0) {
        return found(Kind::TestRemoved, "it is run with no set of values".to_owned());
    }
    if let Some((was, is)) = old.cases.zip(new.cases).filter(|(was, is)| is < was) {
        return found(Kind::TestRemoved, format!("it is run with {is} of {was} sets of values"));
    }
    if let Some((was, is)) = old.rows.zip(new.rows).filter(|(was, is)| is < was) {
        return found(Kind::TestRemoved, format!("it runs over {is} of {was} values"));
    }
    let rows = rows::changed(old, new, known, file);
    if let Some((kind, what)) = rows.as_ref().filter(|(kind, _)| *kind != Kind::TestChanged) {
        return found(*kind, what.clone());
    }
    if new.inverted && !old.inverted && old.says.iter().all(|line| new.says.contains(line)) {
        return found(Kind::TestSkipped, "it passes now where it fails: `#[should_panic]`".to_owned());
    }
    match became(old, new, known) {
        Became::Less(kind, what) => return found(kind, what),
        Became::Other(what) => return found(Kind::TestChanged, format!("it asks with something else: {what}")),
        Became::Fewer if new.assertions < old.assertions => {}
        Became::Fewer | Became::Kept => {
            // As many assertions may demand something else.
            let Some(gone) = old.says.iter().find(|line| !new.says.contains(line)) else {
                return rows.and_then(|(kind, what)| found(kind, what));
            };
            let short: String = gone.chars().take(100).collect();
            return found(Kind::TestChanged, format!("it no longer says `{short}`"));
        }
    }
    let counts = format!("{} before, {} now", assertions(old.assertions), new.assertions);
    if new.trivial > old.trivial {
        return found(Kind::AssertionTrivial, format!("{counts}, and {} that cannot fail", new.trivial));
    }
    found(Kind::AssertionsRemoved, counts)
}

fn assertions(count: usize) -> String {
    if count == 1 { "1 assertion".to_owned() } else { format!("{count} assertions") }
}

/// Tests that are nowhere any more.
fn missing(
    base: &Tree<'_>,
    now: &Tree<'_>,
    file: &str,
    tests: &[Test],
    patterns: &Patterns,
    findings: &mut Vec<Finding>,
) {
    if matches!(now.text(file), Text::Unreadable(_)) {
        return;
    }
    let names = || {
        let shown: Vec<String> = tests.iter().take(MOST_NAMES).map(|test| format!("`{}`", test.name)).collect();
        let more = tests.len().saturating_sub(MOST_NAMES);
        if more == 0 { shown.join(", ") } else { format!("{}, and {more} more", shown.join(", ")) }
    };
    if !now.has(file) {
        let what = format!("it held {}", names());
        findings.push(Finding::new(Kind::TestFileDeleted, file, None, what).taking(tests.len()));
        return;
    }
    let left = self::tests(now, file, patterns).len();
    if left == 0 && self::tests(base, file, patterns).len() > 1 {
        let what = format!("it held {}, and holds no test now", names());
        findings.push(Finding::new(Kind::TestFileEmptied, file, None, what).taking(tests.len()));
        return;
    }
    for test in tests.iter().take(MOST_NAMES) {
        let what = format!("`{}` stood in line {} and is gone", test.name, test.line);
        findings.push(Finding::new(Kind::TestRemoved, file, None, what).taking(1));
    }
    if let Some(more) = tests.len().checked_sub(MOST_NAMES).filter(|more| *more > 0) {
        findings.push(Finding::new(Kind::TestRemoved, file, None, format!("and {more} more")).taking(more));
    }
}

/// Files with tests that nothing brings in any more.
fn unlinked(path: &str, old: &Scan, new: &Scan, now: &Tree<'_>, patterns: &Patterns, findings: &mut Vec<Finding>) {
    if !now.has(path) {
        return;
    }
    let parts = language::Path::new(path);
    let folder = parts.folders.join("/");
    let own = if folder.is_empty() { parts.stem.to_owned() } else { format!("{folder}/{}", parts.stem) };
    for name in old.links.difference(&new.links) {
        for above in [folder.as_str(), own.as_str()] {
            let begin = if above.is_empty() { name.clone() } else { format!("{above}/{name}") };
            for file in [format!("{begin}.rs"), format!("{begin}/mod.rs")] {
                let tests = self::tests(now, &file, patterns).len();
                if tests > 0 {
                    let what = format!("`mod {name};` is gone, so `{file}` is no longer compiled, nor its tests run");
                    findings.push(Finding::new(Kind::TestRemoved, path, None, what).taking(tests));
                }
            }
        }
    }
}
