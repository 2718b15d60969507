//! Files that moved as they are: of such a file the new name tells of the old one. Pure.

use std::collections::{BTreeMap, BTreeSet};

/// Ids of what holds nothing, in both of git's ways to name it: nothing, an end of line, `{}`, `[]`. Any file may be like that.
const HOLLOW: [&str; 14] = [
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "8b137891791fe96927ad78e64b0aad7bded08bdc",
    "d3f5a12faa99758192ecc4ed3fc22c9249232e86",
    "9e26dfeeb6e641a33dae4961196235bdb965b21b",
    "0967ef424bce6791893e9a57bb952f80fd536e93",
    "0637a088a01e8ddab3bf3fa98dbe804cbde1a0dc",
    "fe51488c7066f6687ef680d6bfaa4f7768ef205c",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
    "4c0d52d180c61d01ce1a91dec5ee58f0cbe65fd59433aea803ab927965493fd7",
    "0c1fff4af18bd38686297b2a2a864f43e5498e7dc23a7a36510b777151aad912",
    "f1763e2b60578aec547424aecd0574d432968c9d845353fcdc2e1ecb809596d2",
    "d31a3bcab1e8ff3781c5035c6c06b1df01708614b4b5b102e8a1a2429d092ac7",
    "71ea9c9aaabbe4cb5d0c5af2391f2dbbe373e9e11b7296009f709ff317f6d09f",
    "4fcbf328a0337450206a3b9ca5e73175ef4c6dc23fcbe8bfc1485d2d77291723",
];

/// A file that differs: its path, and mode and object id before and after, where it was there.
pub(crate) type Differing<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

/// One content: where it is gone, and how many new files with it may still tell of that.
#[derive(Default)]
struct Content<'a> {
    gone: Vec<&'a str>,
    new: Vec<&'a str>,
    told: usize,
}

/// Files that are gone and that nobody names, each of which lies, as it was, under a new name that somebody names. One new file tells
/// of one that is gone, first of those that are named themselves; what holds nothing tells of none.
pub(crate) fn moved<'a>(
    all: impl IntoIterator<Item = Differing<'a>>,
    is_named: &dyn Fn(&str) -> bool,
) -> BTreeSet<&'a str> {
    let mut contents: BTreeMap<&str, Content<'a>> = BTreeMap::new();
    for (path, before, after) in all {
        match (before, after) {
            (Some(was), None) if !is_hollow(was) => {
                let content = contents.entry(was).or_default();
                if is_named(path) {
                    content.told += 1;
                } else {
                    content.gone.push(path);
                }
            }
            (None, Some(is)) if is_named(path) => contents.entry(is).or_default().new.push(path),
            _ => {}
        }
    }
    contents.into_values().flat_map(Content::moved).collect()
}

impl<'a> Content<'a> {
    fn moved(self) -> Vec<&'a str> {
        let name = |path: &'a str| path.rsplit('/').next().unwrap_or(path);
        let Self { mut gone, new, told } = self;
        // Whoever kept its name has moved rather than another.
        gone.sort_by_key(|path| !new.iter().any(|other| name(other) == name(path)));
        gone.truncate(new.len().saturating_sub(told));
        gone
    }
}

/// Does it hold nothing, by mode and object id?
pub(super) fn is_hollow(content: &str) -> bool {
    content.rsplit(' ').next().is_some_and(|id| HOLLOW.contains(&id))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `A PATH CONTENT` and `D PATH CONTENT`; a `*` behind it: it is named.
    fn told(all: &[&str]) -> Vec<String> {
        let words: Vec<Vec<&str>> = all.iter().map(|line| line.split(' ').collect()).collect();
        let named: Vec<&str> = words.iter().filter(|w| w.len() == 4).map(|w| w[1]).collect();
        let differing = words.iter().map(|w| match w[0] {
            "A" => (w[1], None, Some(w[2])),
            "D" => (w[1], Some(w[2]), None),
            _ => (w[1], Some(w[2]), Some("other")),
        });
        moved(differing, &|path| named.contains(&path)).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn one_new_file_tells_of_one_that_is_gone() {
        for (all, expected) in [
            (&["D a x", "A b x *"][..], &["a"][..]),
            (&["D a x", "A b x"], &[]),
            (&["D a x", "A b y *"], &[]),
            (&["D a x", "M b x *"], &[]),
            (&["D a x", "D c x", "A b x *"], &["a"]),
            (&["D a x", "D c/b x", "A d/b x *"], &["c/b"]),
            (&["D a x", "D c x", "A b x *", "A d x *"], &["a", "c"]),
            (&["D a x *", "D c x", "A b x *"], &[]),
            (&["D a x *", "D c x", "A b x *", "A d x *"], &["c"]),
            (&["D a x", "D c y", "A b x *", "A d y *"], &["a", "c"]),
        ] {
            assert_eq!(told(all), expected, "{all:?}");
        }
    }

    #[test]
    fn what_holds_nothing_has_not_moved() {
        for id in HOLLOW {
            let content = format!("100644 {id}");
            let all = [("a", Some(content.as_str()), None), ("b", None, Some(content.as_str()))];
            assert!(moved(all, &|path| path == "b").is_empty(), "{id}");
        }
    }
}
