//! A test that became several: what it asked stands in tests beside it, or in parts of its own that it runs for each value. Pure.

use std::sync::LazyLock;

use regex::Regex;

use super::super::finding::Kind;
use super::super::language::{Asked, Test};
use super::judge;
use super::known::Known;

/// A part of a test that runs as a test of its own, and is waited for.
static PART: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^await\s+\w+\.(?:test|it|step)\s*\(").expect("a constant pattern"));

/// `new` with what the tests of `others`, of the same file, ask in its place, if `old` is all there so and was not before.
pub(super) fn whole<'t>(
    old: &Test,
    new: &Test,
    others: impl Iterator<Item = &'t Test>,
    file: &str,
    known: &Known<'_>,
) -> Option<Test> {
    let fewer = judge(old, new, file, known).is_some_and(|finding| finding.kind == Kind::AssertionsRemoved);
    if !fewer || old.rows.is_some() && old.rows != new.rows || old.cases != new.cases {
        return None;
    }
    let mut all = new.clone();
    let mut missing: Vec<&Asked> = old.asked.iter().filter(|was| !new.asked.iter().any(|is| same(was, is))).collect();
    for other in others.filter(|other| is_run(old, other)) {
        let part = is_part(new, other);
        if !part && around(other) != around(new) {
            continue;
        }
        for asked in &other.asked {
            let known = missing.iter().position(|was| same(was, asked));
            if let Some(at) = known {
                missing.remove(at);
            }
            if known.is_some() || part {
                all.asked.push(Asked { looped: asked.looped || part && new.rows.is_some(), ..asked.clone() });
                all.assertions += 1;
            }
        }
        all.says.extend(other.says.iter().cloned());
        all.words.extend(other.words.iter().cloned());
    }
    judge(old, &all, file, known).is_none_or(|finding| !finding.weighs()).then_some(all)
}

/// The same assertion of the same.
fn same(was: &Asked, is: &Asked) -> bool {
    was.text == is.text && was.inside == is.inside
}

/// Is it run wherever `old` was?
fn is_run(old: &Test, other: &Test) -> bool {
    other.skipped.is_none()
        && !other.empty
        && other.inverted == old.inverted
        && other.cases != Some(0)
        && other.only_if.is_subset(&old.only_if)
        && other.under.iter().all(|says| old.under.contains(says))
}

/// The names of what is around it.
fn around(test: &Test) -> &str {
    test.name.strip_suffix(&test.leaf).unwrap_or_default()
}

/// A loop.
static LOOPS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(?:for|while|do)\b|\.(?:forEach|map)\b").expect("a constant pattern"));

/// Is `other` a part of `new`, which waits for it? In a loop, what that runs over is written there.
fn is_part(new: &Test, other: &Test) -> bool {
    if new.rows.is_none() && new.says.iter().any(|line| LOOPS.is_match(line)) {
        return false;
    }
    let begins = |line: &String| PART.is_match(line) && line.contains(other.leaf.as_str());
    other.name.strip_prefix(&new.name).is_some_and(|rest| rest.starts_with(" > ")) && new.says.iter().any(begins)
}
