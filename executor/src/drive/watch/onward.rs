//! A file that an attempt changed in its view, and others in the tree meanwhile: did it go on from what they had left, rather than from
//! what was there when its view began? Whatever others get into the tree is seen in every view. Pure.

use std::collections::BTreeSet;
use std::time::Duration;

/// What a file was in the tree for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    /// `MODE OID`.
    pub(super) content: String,
    /// When it got there, since the epoch.
    pub(super) at: Duration,
}

/// Most lines of others that are told one by one, and how long they may be.
const TOLD: usize = 3;
const LONGEST: usize = 80;

/// Lines that say something.
fn lines(text: &[u8]) -> BTreeSet<&[u8]> {
    text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()).collect()
}

/// Does `mine` go on from `version`, which others made of `base`? It does if it has at least half of the lines that they wrote, and at
/// least half of those that they took away are not there. Lines that are gone prove nothing by themselves: most texts do not have them.
pub(super) fn goes_on(base: &[u8], version: &[u8], mine: &[u8]) -> bool {
    let (base, version, mine) = (lines(base), lines(version), lines(mine));
    let own: Vec<_> = version.difference(&base).collect();
    let gone: Vec<_> = base.difference(&version).collect();
    let kept = own.iter().filter(|line| mine.contains(**line)).count();
    let stays = gone.iter().filter(|line| mine.contains(**line)).count();
    !own.is_empty() && 2 * kept >= own.len() && 2 * stays <= gone.len()
}

/// Has `mine` at least half of the lines of `version`?
pub(super) fn holds(version: &[u8], mine: &[u8]) -> bool {
    let (version, mine) = (lines(version), lines(mine));
    2 * version.intersection(&mine).count() >= version.len()
}

/// What of the lines that others wrote stands no longer, for people; `None`: nothing.
pub(super) fn lost(base: &[u8], theirs: &[u8], now: &[u8]) -> Option<String> {
    let (base, now) = (lines(base), lines(now));
    let is_lost = |line: &&[u8]| !line.is_empty() && !base.contains(line) && !now.contains(line);
    let all: Vec<&[u8]> = theirs.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(is_lost).collect();
    let told = all.iter().take(TOLD).map(|line| {
        let text: String = String::from_utf8_lossy(line).chars().take(LONGEST).collect();
        format!("`{text}`")
    });
    let told = told.collect::<Vec<_>>().join(", ");
    match all.len() {
        0 => None,
        n if n > TOLD => Some(format!("{told} and {} more", n - TOLD)),
        _ => Some(told),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_what_others_did_goes_on_from_it() {
        for (base, version, mine, expected) in [
            // It is new on both sides.
            ("", "a\nb\nc\nd\n", "a\nb\nX\nd\n", true),
            ("", "a\nb\nc\nd\n", "x\ny\nd\nz\n", false),
            ("", "", "x\n", false),
            // Its line is there, or is not.
            ("1\n2\n", "1\n2\nadded\n", "1\n2\nadded\nmore\n", true),
            ("1\n2\n", "1\n2\nadded\n", "1\n2\nmine\n", false),
            ("1\n2\n", "1\nx\ny\n", "1\nx\nz\n", true),
            ("1\n2\n", "1\nx\n", "1\n2\nx\n", false),
            // What is not there says nothing: it may never have been.
            ("1\n2\n", "1\n2x\n", "1\n2y\n", false),
            ("1\n2\n", "1\n2x\n", "unrelated\n", false),
            ("1\n2\n", "1\n2x\n", "", false),
            ("1\n2\n", "1\n", "1\nmine\n", false),
            // Spaces say nothing.
            ("", "if x:\n  a\n", "if y:\n    a\n", true),
        ] {
            let found = goes_on(base.as_bytes(), version.as_bytes(), mine.as_bytes());
            assert_eq!(found, expected, "{base:?} {version:?} {mine:?}");
        }
    }

    #[test]
    fn what_has_most_of_a_text_holds_it() {
        assert!(holds(b"1\n2\n3\n4\n", b"0\n1\n  2\n"));
        assert!(!holds(b"1\n2\n3\n4\n5\n", b"1\n2\nx\n"));
    }

    #[test]
    fn what_stands_no_longer_is_told() {
        let told = |base: &str, theirs: &str, now: &str| lost(base.as_bytes(), theirs.as_bytes(), now.as_bytes());
        assert_eq!(told("1\n", "1\ntheirs\n", "1\n  theirs\nmine\n"), None);
        assert_eq!(
            told("1\n", "theirs\n", "mine\n"),
            Some("`theirs`".to_owned()),
            "what was there before is not theirs"
        );
        assert_eq!(told("", "a\nb\nc\nd\ne\n", ""), Some("`a`, `b`, `c` and 2 more".to_owned()));
    }
}
