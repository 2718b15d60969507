//! Is a file that conflicted resolved? No conflict marker is left, and something of either side's change is there.
//!
//! Knows contents only: nothing of git, files or processes.

use std::collections::{BTreeMap, BTreeSet};

/// Characters that conflict markers are made of.
const MARKS: [u8; 4] = *b"<|=>";
/// Shortest run of them that git takes for a marker by default.
const SHORTEST: usize = 7;

/// The versions of one file; `None` where a side does not have it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Versions<'a> {
    /// What both come from.
    pub(super) base: Option<&'a [u8]>,
    /// What was integrated before.
    pub(super) ours: Option<&'a [u8]>,
    /// What is merged.
    pub(super) theirs: Option<&'a [u8]>,
    /// What git made of them, with markers.
    pub(super) marked: Option<&'a [u8]>,
    /// The resolution.
    pub(super) result: Option<&'a [u8]>,
    /// Where the content may have gone if the file is no more: the other files in conflict, and those that were named.
    pub(super) elsewhere: &'a [u8],
}

/// A side whose change is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dropped {
    /// What was integrated before.
    Ours,
    /// What is merged.
    Theirs,
    /// Both.
    Both,
}

/// Number of the first line, from 1, that is a conflict marker of this merge.
pub(super) fn marker(versions: &Versions<'_>) -> Option<usize> {
    let own: BTreeSet<&[u8]> =
        [versions.ours, versions.theirs].into_iter().flatten().flat_map(lines).filter(|line| is_marker(line)).collect();
    // A line of the sides' own may look like the one between them; then it may stand there as often as they have it.
    let often = |text: Option<&[u8]>, line: &[u8]| text.into_iter().flat_map(lines).filter(|l| *l == line).count();
    let made: BTreeSet<&[u8]> = versions
        .marked
        .into_iter()
        .flat_map(lines)
        .filter(|line| is_mark_of_any_size(line) && !own.contains(line))
        .collect();
    let mut seen: BTreeMap<&[u8], usize> = BTreeMap::new();
    for (at, line) in (1..).zip(versions.result.into_iter().flat_map(lines)) {
        if made.contains(line) {
            return Some(at);
        }
        if !is_marker(line) {
            continue;
        }
        let count = seen.entry(line).or_default();
        *count += 1;
        let allowed = often(versions.ours, line) + often(versions.theirs, line);
        if *count > allowed.saturating_sub(often(versions.base, line)) {
            return Some(at);
        }
    }
    None
}

/// Lines without their end; a carriage return belongs to it.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// Seven times the same mark, then nothing or a name.
fn is_marker(line: &[u8]) -> bool {
    run(line) == SHORTEST && (line.len() == SHORTEST || line[SHORTEST] == b' ' && line[0] != b'=')
}

/// The size of markers can be changed by an attribute.
fn is_mark_of_any_size(line: &[u8]) -> bool {
    let run = run(line);
    run > 0 && matches!(line.get(run), None | Some(b' ')) && (run >= SHORTEST || line.len() > run || line[0] == b'=')
}

/// How often the first character stands at the beginning, if it is one of the marks.
fn run(line: &[u8]) -> usize {
    match line.first() {
        Some(first) if MARKS.contains(first) => line.iter().take_while(|b| *b == first).count(),
        _ => 0,
    }
}

/// The side that left no trace although it changed the file and the other did not change it in the same way.
///
/// A trace is a word that the side added or took away, and the other did not. Where the sides differ in no word (order,
/// blanks), the result may not be exactly the other side, unless that contains every line which the side added.
pub(super) fn dropped(versions: &Versions<'_>) -> Option<Dropped> {
    let Versions { base, ours, theirs, result, elsewhere, .. } = *versions;
    if ours == theirs {
        return None;
    }
    let found = result.unwrap_or(elsewhere);
    let lost = |side: Option<&[u8]>, other: Option<&[u8]>| {
        side != base && result != side && !leaves_trace(base, side, other, found)
    };
    match (lost(ours, theirs), lost(theirs, ours)) {
        (true, true) => Some(Dropped::Both),
        (true, false) => Some(Dropped::Ours),
        (false, true) => Some(Dropped::Theirs),
        (false, false) => None,
    }
}

/// Does `found` have a word more, or a word less, because of `side` and not because of `other`?
fn leaves_trace(base: Option<&[u8]>, side: Option<&[u8]>, other: Option<&[u8]>, found: &[u8]) -> bool {
    let [before, mine, others, now] =
        [base, side, other, Some(found)].map(|text| counted(words(text.unwrap_or_default())));
    let of = |counts: &BTreeMap<&[u8], i64>, word: &[u8]| counts.get(word).copied().unwrap_or_default();
    let all: BTreeSet<&[u8]> = before.keys().chain(mine.keys()).copied().collect();
    let mut differ = false;
    for word in all {
        let change = of(&mine, word) - of(&before, word);
        if change == 0 || change.signum() == (of(&others, word) - of(&before, word)).signum() {
            continue;
        }
        differ = true;
        let kept = of(&now, word) - of(&others, word);
        if kept.signum() == change.signum() {
            return true;
        }
    }
    // Nothing but order, blanks, or what the other did as well.
    !differ && (Some(found) != other || holds_lines(base, side, other))
}

/// Does `result` have every line that `side` added, and none more of those that it took away?
fn holds_lines(base: Option<&[u8]>, side: Option<&[u8]>, result: Option<&[u8]>) -> bool {
    let [before, mine, now] = [base, side, result].map(|text| counted(text.into_iter().flat_map(lines)));
    let of = |counts: &BTreeMap<&[u8], i64>, line: &[u8]| counts.get(line).copied().unwrap_or_default();
    let all: BTreeSet<&[u8]> = before.keys().chain(mine.keys()).copied().collect();
    let changed: Vec<&[u8]> = all.into_iter().filter(|line| of(&mine, line) != of(&before, line)).collect();
    let holds = |line: &&[u8]| match of(&mine, line).cmp(&of(&before, line)) {
        std::cmp::Ordering::Less => of(&now, line) <= of(&mine, line),
        _ => of(&now, line) >= of(&mine, line),
    };
    !changed.is_empty() && changed.iter().all(holds)
}

fn counted<'a>(parts: impl Iterator<Item = &'a [u8]>) -> BTreeMap<&'a [u8], i64> {
    let mut counts = BTreeMap::new();
    for part in parts {
        *counts.entry(part).or_default() += 1;
    }
    counts
}

/// Letters, digits, `_` and everything beyond ASCII in a row; every other character but blanks by itself.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.iter().position(|b| !b.is_ascii_whitespace())?;
        rest = &rest[start..];
        let long = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_' || !b.is_ascii()).count();
        let (word, after) = rest.split_at(long.max(1));
        rest = after;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKED: &str = "a\n<<<<<<< 1111\nours\n||||||| 22\nbase\n=======\ntheirs\n>>>>>>> 3333\nz\n";

    fn versions<'a>(ours: &'a str, theirs: &'a str, result: &'a str) -> Versions<'a> {
        Versions {
            base: Some(b"a\nbase\nz\n"),
            ours: Some(ours.as_bytes()),
            theirs: Some(theirs.as_bytes()),
            marked: Some(MARKED.as_bytes()),
            result: Some(result.as_bytes()),
            elsewhere: b"",
        }
    }

    #[test]
    fn markers_are_found_wherever_they_are_left() {
        let found = |result: &str| marker(&versions("a\nours\nz\n", "a\ntheirs\nz\n", result));
        for (result, line) in [
            (MARKED, Some(2)),
            ("a\nours theirs\n=======\nz\n", Some(3)),
            ("a\nours theirs\r\n>>>>>>> 3333\r\nz\n", Some(3)),
            ("a\n||||||| 22\nours theirs\n", Some(2)),
            ("<<<<<<< HEAD\nours theirs\n", Some(1)),
            ("a\nours theirs\nz\n", None),
            ("a\nbase\nz\n", None),
            ("a\n========\n  =======\n======= =\n<<<<<<<x\n", None),
        ] {
            assert_eq!(found(result), line, "{result:?}");
        }
    }

    #[test]
    fn a_line_of_the_sides_own_is_no_marker() {
        let heading = "Title\n=======\nours\n";
        let mut it = versions(heading, "Title\n=======\ntheirs\n", "Title\n=======\nours theirs\n");
        it.base = Some(b"Title\n=======\nbase\n");
        it.marked = Some(b"Title\n=======\n<<<<<<< 1\nours\n=======\ntheirs\n>>>>>>> 3\n");
        assert_eq!(marker(&it), None);
        it.result = Some(b"Title\n=======\nours\n=======\ntheirs\n");
        assert_eq!(marker(&it), Some(4), "one more than the sides have");
    }

    #[test]
    fn markers_of_another_size_are_known_by_what_git_wrote() {
        let mut it = versions("ours", "theirs", "<<< 1111\nours theirs\n");
        it.marked = Some(b"<<< 1111\nours\n===\ntheirs\n>>> 3333\n");
        assert_eq!(marker(&it), Some(1));
        it.result = Some(b"ours theirs\n===\n");
        assert_eq!(marker(&it), Some(2));
    }

    #[test]
    fn a_side_that_left_no_trace_is_dropped() {
        use Dropped::{Both, Ours, Theirs};
        for (ours, theirs, result, expected) in [
            ("a\nours\nz\n", "a\ntheirs\nz\n", "a\nours\nz\n", Some(Theirs)),
            ("a\nours\nz\n", "a\ntheirs\nz\n", "a\ntheirs\nz\n", Some(Ours)),
            ("a\nours\nz\n", "a\ntheirs\nz\n", "a\nbase\nz\n", Some(Both)),
            // With a fig leaf.
            ("a\nours\nz\n", "a\ntheirs\nz\n", "a\nours\n# resolved\nz\n\n", Some(Theirs)),
            ("a\nours\nz\n", "a\ntheirs\nz\n", "a\n  theirs  \nz\n", Some(Ours)),
            ("a\nours\nz\n", "a\ntheirs\nz\n", "a\nours\ntheirs\nz\n", None),
            ("a\nours\nz\n", "a\ntheirs\nz\n", "a\nboth = ours + theirs\nz\n", None),
            // One side contains the other.
            ("a\nnew\nmore\nz\n", "a\nnew\nz\n", "a\nnew\nmore\nz\n", None),
            ("a\nnew\nmore\nz\n", "a\nnew\nz\n", "a\nnew\nz\n", Some(Ours)),
            // One takes away what the other changes.
            ("a\nz\n", "a\nbase 2\nz\n", "a\nbase 2\nz\n", Some(Ours)),
            ("a\nz\n", "a\nbase 2\nz\n", "a\nz\n", Some(Theirs)),
            ("a\nz\n", "a\nbase 2\nz\n", "a\n2\nz\n", None),
            // Operators are words as well.
            ("a\nbase <= 1\nz\n", "a\nbase < 2\nz\n", "a\nbase < 2\nz\n", Some(Ours)),
            ("a\nbase <= 1\nz\n", "a\nbase < 2\nz\n", "a\nbase <= 2\nz\n", None),
            // Nothing but another order.
            ("z\na\nbase\n", "base\nz\na\n", "z\na\nbase\n", Some(Theirs)),
            ("z\na\nbase\n", "base\nz\na\n", "z\nbase\na\n", None),
            ("same\n", "same\n", "else\n", None),
        ] {
            assert_eq!(dropped(&versions(ours, theirs, result)), expected, "{ours:?} {theirs:?} {result:?}");
        }
    }

    #[test]
    fn a_file_that_is_gone_must_have_gone_somewhere() {
        let mut it = Versions { theirs: Some(b"base changed"), base: Some(b"base"), ..Versions::default() };
        assert_eq!(dropped(&it), Some(Dropped::Theirs), "one side deleted it, and so did the resolver");
        it.result = it.theirs;
        assert_eq!(dropped(&it), Some(Dropped::Ours), "the deletion is a change as well");
        it.result = None;
        it.elsewhere = b"moved: base changed";
        assert_eq!(dropped(&it), None);
        let both =
            Versions { ours: Some(b"base one"), theirs: Some(b"base two"), base: Some(b"base"), ..Versions::default() };
        assert_eq!(dropped(&both), Some(Dropped::Both));
    }
}
