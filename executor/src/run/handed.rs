//! What the items of a map handed over, and what became of it since, as far as the other items tell. Pure.

use std::collections::BTreeMap;

use mission_compiler::graph::Ix;
use mission_compiler::template::Data;

use super::Run;
use crate::event::Contents;

/// A file that others changed once more, and by whom.
#[derive(Debug, PartialEq, Eq)]
struct Rewritten<'r> {
    file: &'r str,
    by: Vec<&'r str>,
}

impl Run {
    /// `handoff` of an item: the tree of its place as it left that, and which of the files that it changed, and names, other items have
    /// changed there since.
    pub(super) fn handed_over(&self, item: Ix) -> Data {
        let checked = self.state(item).checked.as_ref();
        let tree = checked.and_then(|checked| checked.tree.as_deref()).map_or_else(Data::null, Data::from);
        let rewritten = checked.map(|checked| rewritten(&checked.contents, &self.later(item))).unwrap_or_default();
        let row = |one: Rewritten<'_>| {
            let by = Data::list(one.by.into_iter().map(Data::from).collect());
            Data::map(vec![("file".to_owned(), Data::from(one.file)), ("by".to_owned(), by)])
        };
        let rewritten = Data::list(rewritten.into_iter().map(row).collect());
        Data::map(vec![("tree".to_owned(), tree), ("rewritten".to_owned(), rewritten)])
    }

    /// The other items of its map that worked in the same place and have ended since, one after the other: their keys, and what they
    /// changed.
    fn later(&self, item: Ix) -> Vec<(&str, &BTreeMap<String, Contents>)> {
        let place = |ix: Ix| self.state(ix).left.as_ref().map(|left| left.path.as_str());
        let (mine, end) = (place(item), self.state(item).ended);
        let siblings = self.graph.node(item).parent.map(|map| self.graph.node(map).children.as_slice());
        let others = siblings.unwrap_or_default().iter().copied().filter(|other| *other != item);
        let mut later: Vec<Ix> = others.filter(|other| self.state(*other).phase.settled()).collect();
        // Of two that ended at the same moment one is later, and always the same.
        later.retain(|other| (self.state(*other).ended, *other) > (end, item) && place(*other) == mine);
        later.sort_by_key(|other| (self.state(*other).ended, *other));
        let told = |other: Ix| {
            let (key, _) = self.graph.node(other).item.as_ref()?;
            Some((&**key, &self.state(other).checked.as_ref()?.contents))
        };
        later.into_iter().filter_map(told).collect()
    }
}

/// Those of `mine` that its author names, and that `later` ones changed and did not put back.
fn rewritten<'r>(
    mine: &'r BTreeMap<String, Contents>,
    later: &[(&'r str, &'r BTreeMap<String, Contents>)],
) -> Vec<Rewritten<'r>> {
    let mut all = Vec::new();
    for (file, left) in mine.iter().filter(|(_, left)| left.named && left.before != left.after) {
        let (mut now, mut by) = (&left.after, Vec::new());
        for (key, changed) in later {
            if let Some(is) = changed.get(file).filter(|is| is.after != *now) {
                now = &is.after;
                by.push(*key);
            }
        }
        if *now != left.after {
            all.push(Rewritten { file, by });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line: path, before, after, and `!` behind it if its author names it.
    fn contents(lines: &[&str]) -> BTreeMap<String, Contents> {
        let id = |text: &str| Some(text.to_owned()).filter(|text| text != "-");
        let of = |line: &&str| {
            let parts: Vec<&str> = line.split(' ').collect();
            let contents = Contents { before: id(parts[1]), after: id(parts[2]), ..Contents::default() };
            (parts[0].to_owned(), Contents { named: parts.len() > 3, ..contents })
        };
        lines.iter().map(of).collect()
    }

    #[test]
    fn what_others_changed_once_more_is_told_with_their_names() {
        let mine = contents(&["a - 1 !", "b 1 - !", "c 1 2 !", "d - 1", "e 1 1 !"]);
        for (later, expected) in [
            (&[][..], &[][..]),
            (&[("x", &["a 1 2", "f 1 2"][..])][..], &["a x"][..]),
            (&[("x", &["a 1 -"]), ("y", &["c 2 3"])], &["a x", "c y"]),
            // It came back, also in another way.
            (&[("x", &["b - 1"])], &["b x"]),
            (&[("x", &["a 1 2"]), ("y", &["a 2 1"])], &[]),
            // The first one takes it further, the last one leaves it as it is by then.
            (&[("x", &["a 1 2"]), ("y", &["a 2 2", "c 2 2"])], &["a x"]),
            (&[("x", &["a 1 2"]), ("y", &["a 2 3"])], &["a x,y"]),
            // It never named that, or did not change it.
            (&[("x", &["d 1 2", "e 1 2"])], &[]),
        ] {
            let later: Vec<(&str, BTreeMap<String, Contents>)> =
                later.iter().map(|(key, lines)| (*key, contents(lines))).collect();
            let later: Vec<(&str, &BTreeMap<String, Contents>)> = later.iter().map(|(key, all)| (*key, all)).collect();
            let told: Vec<String> =
                rewritten(&mine, &later).iter().map(|one| format!("{} {}", one.file, one.by.join(","))).collect();
            assert_eq!(told, expected, "{later:?}");
        }
    }
}
