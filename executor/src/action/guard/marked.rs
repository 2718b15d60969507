//! Conflicts that nobody resolved: the marks of git stand in a file of the work. Pure.

use super::bypass::style;
use super::finding::{Finding, Kind};
use super::language::Path;
use super::original::is_for_tests;
use super::text::{Source, Special};
use super::tree::Tree;

/// Extensions of prose that quotes by fences.
const FENCED: [&str; 4] = ["md", "markdown", "mdx", "txt"];

/// What is found from `base` to `now`: files with all marks of a conflict, each at the beginning of its line, that had none before.
pub(super) fn compare(base: &Tree<'_>, now: &Tree<'_>) -> Vec<Finding> {
    let found = base.changed(now).into_iter().filter_map(|path| {
        let is = now.text(path);
        let text = is.readable()?;
        let moved = now.content(path).is_some_and(|content| base.has_content(content));
        let had = base.text(path).readable().is_some_and(|text| first(text, &|_| false).is_some());
        if moved || had {
            return None;
        }
        let at = first(text, &quoted(path, text, base.has(path)))?;
        let line = text[..at].matches('\n').count() + 1;
        let what =
            format!("the marks of a conflict stand there: `{}` …", text[at..].lines().next().unwrap_or_default());
        Some(Finding::new(Kind::ConflictMarkers, path, Some(line), what))
    });
    found.collect()
}

/// Where the first conflict begins: its three marks follow one another, none of them `quoted`.
fn first(text: &str, quoted: &dyn Fn(usize) -> bool) -> Option<usize> {
    if !text.contains(OPENS) {
        return None;
    }
    let (mut opened, mut parted, mut at) = (None, false, 0);
    for line in text.split_inclusive('\n') {
        let (begin, is) = (at, line.trim_end());
        at += line.len();
        if quoted(begin) {
            continue;
        }
        if is.starts_with(OPENS) {
            (opened, parted) = (Some(begin), false);
        } else if is == PARTS {
            parted = opened.is_some();
        } else if is.starts_with(CLOSES) && parted {
            return opened;
        }
    }
    None
}

const OPENS: &str = "<<<<<<< ";
const PARTS: &str = "=======";
const CLOSES: &str = ">>>>>>> ";

/// Tells of the beginning of a line whether it is quoted: in a string of a test, in data for tests that is new, or between the fences
/// of prose. Elsewhere in the program nothing is: a conflict in a longer comment or string breaks nothing, either.
fn quoted<'t>(path: &str, text: &'t str, was_there: bool) -> Box<dyn Fn(usize) -> bool + 't> {
    let extension = Path::new(path).extension;
    let style = style(extension);
    if is_for_tests(path) && style.is_none() && !was_there {
        return Box::new(|_| true);
    }
    if FENCED.contains(&extension) {
        let inside = fenced(text);
        return Box::new(move |at| inside.iter().any(|(from, to)| (*from..*to).contains(&at)));
    }
    // Tests of Rust stand beside the program.
    match style.filter(|_| is_for_tests(path) || extension == "rs") {
        // What a shell is given in place of a file is no string, and marks elsewhere break it.
        Some(style) if style.special == Special::Shell => Box::new(|_| true),
        Some(style) => {
            let source = Source::new(text, style);
            Box::new(move |at| source.plain.as_bytes().get(at) != Some(&b' ') && !source.is_code(at))
        }
        None => Box::new(|_| false),
    }
}

/// The parts of prose that stand between fences.
fn fenced(text: &str) -> Vec<(usize, usize)> {
    let (mut all, mut open, mut at) = (Vec::new(), None::<(usize, &str)>, 0);
    for line in text.split_inclusive('\n') {
        let mark = line.trim_start().get(..3).filter(|mark| ["```", "~~~"].contains(mark));
        match (open, mark) {
            (None, Some(mark)) => open = Some((at, mark)),
            (Some((from, own)), Some(mark)) if own == mark => {
                all.push((from, at));
                open = None;
            }
            _ => {}
        }
        at += line.len();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: &str = "<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> b\n";

    fn found(path: &str, before: Option<&str>, now: &str) -> Vec<String> {
        let base: Vec<(&str, &str)> = before.iter().map(|text| (path, *text)).chain([("other", "o\n")]).collect();
        let found = compare(&Tree::of(&base), &Tree::of(&[(path, now), ("other", "o\n")]));
        found.iter().map(|f| format!("{}:{} {}", f.file, f.line.unwrap_or_default(), f.evidence)).collect()
    }

    #[test]
    fn a_conflict_that_is_left_is_found_wherever_it_stands() {
        for path in
            ["README.md", "app.py", "notes", "tests/test_app.py", "src/lib.rs", "conf/app.yaml", "tests/data/a.txt"]
        {
            let told = format!("{path}:2 the marks of a conflict stand there: `<<<<<<< HEAD` …");
            assert_eq!(found(path, Some("a\n"), &format!("a\n{LEFT}")), [told], "{path}");
        }
        let three = "a\n<<<<<<< a\nours\n||||||| b\nbase\n=======\r\ntheirs\n>>>>>>> c";
        assert_eq!(found("new.txt", None, three).len(), 1);
        assert_eq!(
            found("a.py", Some(""), &format!("def f():\n    \"\"\"\n{LEFT}    \"\"\"\n")).len(),
            1,
            "a text of the program"
        );
        assert_eq!(
            found("a.md", Some(""), &format!("```\nx\n```\n{LEFT}```\ny\n```\n")).len(),
            1,
            "between two quotes"
        );
    }

    #[test]
    fn what_speaks_of_conflicts_is_none() {
        let quoted = format!("text = '''\n{LEFT}'''\n");
        let raw = format!("const MARKED: &str = r\"\n{LEFT}\";\n");
        let fence = format!("So it looks:\n\n```\n{LEFT}```\n");
        let here = format!("cat > x <<'END'\n{LEFT}END\n");
        let indented: String = LEFT.lines().map(|line| format!("    {line}\n")).collect();
        for (path, before, now) in [
            ("README.md", Some("a\n"), "Title\n=======\n\n> quoted\n"),
            ("README.md", Some("a\n"), "<<<<<<< HEAD\nand no more\n"),
            ("README.md", Some("a\n"), ">>>>>>> b\n=======\n<<<<<<< HEAD\n"),
            ("docs/git.md", None, &fence),
            ("docs/git.md", None, &indented),
            ("tests/test_merge.py", Some("a = 1\n"), &quoted),
            ("tests/fixtures/conflict.txt", None, LEFT),
            ("tests/fixtures/conflict.dat", None, LEFT),
            ("tests/merge.test.sh", Some("x\n"), &here),
            ("src/merge.rs", Some("fn f() {}\n"), &raw),
            ("notes.dat", Some(LEFT), &format!("{LEFT}more\n")),
        ] {
            assert_eq!(found(path, before, now), [""; 0], "{path}: {now}");
        }
        let base = Tree::of(&[("a", LEFT)]);
        assert_eq!(compare(&base, &Tree::of(&[("b", LEFT)])).len(), 0, "it only moved");
    }
}
