//! What became of the tests. Pure.

use std::collections::BTreeMap;

use super::finding::{Finding, Kind};
use super::language::{self, Language, Patterns, Scan, Test, scan};
use super::tree::{Text, Tree};
use super::{Check, reach};

/// Names that one finding lists.
const MOST_NAMES: usize = 10;

/// How the tests of two trees compare.
pub(super) struct Collected {
    pub(super) findings: Vec<Finding>,
    pub(super) before: usize,
    pub(super) after: usize,
}

/// A test that only one side has, and its file.
struct Lone<'t> {
    file: &'t str,
    test: Test,
    matched: bool,
}

pub(super) fn compare(base: &Tree<'_>, now: &Tree<'_>, checks: &[Check]) -> Collected {
    let patterns = Patterns::default();
    let changed = base.changed(now);
    let mut findings = Vec::new();
    let (before, after) = (count(base, &patterns), count(now, &patterns));
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    let mut pairs = Vec::new();
    let mut unreached: BTreeMap<&str, String> = BTreeMap::new();
    for &path in &changed {
        findings.extend(unreadable(base, now, path));
        let (old, new) = (read(base, path, &patterns), read(now, path, &patterns));
        unlinked(path, &old, &new, now, &patterns, &mut findings);
        if !base.has(path)
            && !new.tests.is_empty()
            && let Some(why) = reach::unreached(base, now, path, checks)
        {
            unreached.insert(path, why);
        }
        pair(path, old.tests, new.tests, &mut pairs, &mut removed, &mut added);
        findings.extend(opaque(base, now, path));
    }
    moved(&mut removed, &mut added, &mut pairs);
    findings.extend(pairs.iter().filter_map(|(old, new, file)| {
        let Some(why) = unreached.get(file).filter(|_| old.skipped.is_none()) else { return judge(old, new, file) };
        let what = format!("`{}`: it is no longer run here: {why}", new.name);
        Some(Finding::new(Kind::TestSkipped, file, Some(new.line), what).taking(1))
    }));
    let mut gone: BTreeMap<&str, Vec<Test>> = BTreeMap::new();
    for lone in removed.into_iter().filter(|lone| !lone.matched) {
        gone.entry(lone.file).or_default().push(lone.test);
    }
    for (file, tests) in gone {
        missing(base, now, file, &tests, &patterns, &mut findings);
    }
    Collected { findings, before, after }
}

fn count(tree: &Tree<'_>, patterns: &Patterns) -> usize {
    let tests = |path: &str| read(tree, path, patterns).tests.iter().filter(|test| test.skipped.is_none()).count();
    tree.paths().map(tests).sum()
}

fn read(tree: &Tree<'_>, path: &str, patterns: &Patterns) -> Scan {
    let Some(language) = language::of(path) else { return Scan::default() };
    let text = tree.text(path);
    text.readable().map_or_else(Scan::default, |text| scan(text, language, patterns))
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

/// Pairs tests of the same file and name, in order.
fn pair<'t>(
    file: &'t str,
    old: Vec<Test>,
    new: Vec<Test>,
    pairs: &mut Vec<(Test, Test, &'t str)>,
    removed: &mut Vec<Lone<'t>>,
    added: &mut Vec<Lone<'t>>,
) {
    let mut rest: Vec<Option<Test>> = new.into_iter().map(Some).collect();
    for test in old {
        let same = rest.iter().position(|other| other.as_ref().is_some_and(|other| other.name == test.name));
        match same.and_then(|at| rest[at].take()) {
            Some(other) => pairs.push((test, other, file)),
            None => removed.push(Lone { file, test, matched: false }),
        }
    }
    added.extend(rest.into_iter().flatten().map(|test| Lone { file, test, matched: false }));
}

/// Are these two the same test?
type Fits<'f> = &'f dyn Fn(&Lone<'_>, &Lone<'_>) -> bool;

/// Pairs tests that went elsewhere or got another name: the same body first, then the same name in the same file, then
/// the same name anywhere.
fn moved<'t>(removed: &mut [Lone<'t>], added: &mut [Lone<'t>], pairs: &mut Vec<(Test, Test, &'t str)>) {
    let same_body = |old: &Lone<'_>, new: &Lone<'_>| old.test.body == new.test.body && !old.test.empty;
    let same_place = |old: &Lone<'_>, new: &Lone<'_>| old.test.leaf == new.test.leaf && old.file == new.file;
    let same_name = |old: &Lone<'_>, new: &Lone<'_>| old.test.leaf == new.test.leaf;
    let rules: [Fits<'_>; 3] = [&same_body, &same_place, &same_name];
    for fits in rules {
        for old in removed.iter_mut().filter(|old| !old.matched) {
            if let Some(new) = added.iter_mut().find(|new| !new.matched && fits(old, new)) {
                (old.matched, new.matched) = (true, true);
                pairs.push((old.test.clone(), new.test.clone(), new.file));
            }
        }
    }
}

/// What became of a test that is still there.
fn judge(old: &Test, new: &Test, file: &str) -> Option<Finding> {
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
    if let Some((was, is)) = old.cases.zip(new.cases).filter(|(was, is)| is < was) {
        return found(Kind::TestRemoved, format!("it is run with {is} of {was} sets of values"));
    }
    if new.inverted && !old.inverted && old.says.iter().all(|line| new.says.contains(line)) {
        return found(Kind::TestSkipped, "it passes now where it fails: `#[should_panic]`".to_owned());
    }
    if let Some(line) = asks_less(old, new) {
        let short: String = line.chars().take(100).collect();
        return found(Kind::AssertionsRemoved, format!("it asks less where it said `{short}`"));
    }
    if new.assertions >= old.assertions {
        // As many assertions may demand something else.
        let gone = old.says.iter().find(|line| !new.says.contains(line))?;
        let short: String = gone.chars().take(100).collect();
        return found(Kind::TestChanged, format!("it no longer says `{short}`"));
    }
    let counts = format!("{} before, {} now", assertions(old.assertions), new.assertions);
    if new.trivial > old.trivial {
        return found(Kind::AssertionTrivial, format!("{counts}, and {} that cannot fail", new.trivial));
    }
    found(Kind::AssertionsRemoved, counts)
}

/// The line that asked whether something is equal, where now something only has to hold.
fn asks_less<'t>(old: &'t Test, new: &Test) -> Option<&'t String> {
    // `assertEqual(x, True)` may well become `assertTrue(x)`, and any comparison may be written as one that holds.
    const SAME: [&str; 16] = [
        "True", "False", "None", "true", "false", "nil", "null", "==", "!=", "<", ">", " in ", " is ", "matches!",
        "includes", "contains",
    ];
    let plain = |line: &&String| {
        let bare = ["assertTrue", "assertFalse", "isTrue", "isFalse"]
            .iter()
            .fold((*line).clone(), |line, name| line.replace(name, ""));
        !SAME.iter().any(|word| bare.contains(word))
    };
    let gone: Vec<&String> = old.says.iter().filter(|line| !new.says.contains(line)).collect();
    let come = new.says.iter().filter(|line| !old.says.contains(line));
    let weaker = new.exact < old.exact && new.truths > old.truths && new.assertions == old.assertions;
    (weaker && gone.iter().all(&plain) && come.into_iter().all(|line| plain(&line)))
        .then(|| gone.first().copied())
        .flatten()
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
    let left = read(now, file, patterns).tests.len();
    if left == 0 && read(base, file, patterns).tests.len() > 1 {
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
                let tests = read(now, &file, patterns).tests.len();
                if tests > 0 {
                    let what = format!("`mod {name};` is gone, so `{file}` is no longer compiled, nor its tests run");
                    findings.push(Finding::new(Kind::TestRemoved, path, None, what).taking(tests));
                }
            }
        }
    }
}

/// Files for tests in which no test can be counted: expected output, cases, scripts in other languages.
fn opaque(base: &Tree<'_>, now: &Tree<'_>, path: &str) -> Option<Finding> {
    let parts = language::Path::new(path);
    let content = base.content(path)?;
    if language::of(path).is_some() || is_code(path) || !parts.in_tests() {
        return None;
    }
    if !now.has(path) {
        let moved = now.has_content(content);
        return (!moved).then(|| Finding::new(Kind::TestFileDeleted, path, None, "a file for tests is gone"));
    }
    let blank = |text: &Text| text.readable().is_some_and(|text| text.trim().is_empty());
    let emptied = !blank(&base.text(path)) && blank(&now.text(path));
    if emptied {
        return Some(Finding::new(Kind::TestFileEmptied, path, None, "a file for tests is empty now"));
    }
    let expected = ["snap", "golden", "expected", "approved", "stdout", "stderr"].contains(&parts.extension);
    expected.then(|| Finding::new(Kind::TestChanged, path, None, "what is expected is other than it was"))
}

/// Is it source of a language whose tests can be counted, though not here?
fn is_code(path: &str) -> bool {
    let extension = language::Path::new(path).extension;
    let sample = |language: &Language| match extension {
        "" => false,
        extension => (language.holds)(&language::Path { folders: vec!["tests"], stem: "test_test", extension }),
    };
    language::all().any(sample)
}
