//! Work of others that a node is to keep: is anything of it left? Pure.
//!
//! Judged by contents: a file of which others said that they changed it, and which is again as it was before, or is gone.

use std::collections::BTreeMap;
use std::sync::Arc;

use mission_compiler::graph::Ix;
use mission_compiler::template::{Data, Expr};
use mission_compiler::workflow::Mode;

use super::judge::{Said, listed_names};
use super::moved::is_hollow;
use super::paths::Name;
use super::{names, span, wrong};
use crate::decide::Core;
use crate::decide::port::Seen;
use crate::event::{Contents, Failure, Finding, FindingKind, Weight};

/// What somebody delivered: files that changed and that its result names.
pub(super) struct Delivered {
    /// Node id.
    node: String,
    /// These files before and after.
    files: BTreeMap<String, Contents>,
}

impl Core {
    /// Whether the attempt, of which this is seen, undid what these `nodes` delivered. `touched`: what it wrote to, if not all of
    /// that is seen any more.
    pub(super) fn undone(
        &self,
        ix: Ix,
        nodes: &[Ix],
        said: Option<&Said>,
        (seen, touched): (&Seen, Option<&BTreeMap<String, Contents>>),
    ) -> Result<Vec<Finding>, Failure> {
        let mut findings = Vec::new();
        for node in nodes {
            let Some(delivered) = self.delivered(*node, &seen.place)? else { continue };
            let now = self.as_left(ix, *node, touched.unwrap_or(&seen.contents));
            // Of several attempts an early one may have written to it, and somebody else have undone it since.
            let by_others = touched.map(|_| self.as_left(ix, *node, &BTreeMap::new())).unwrap_or_default();
            let by_it = |path: &str| match touched {
                Some(touched) => {
                    let is_undone = |is| delivered.files.get(path).is_some_and(|c| undoes(is, c));
                    touched.contains_key(path) && !by_others.get(path).is_some_and(is_undone)
                }
                None => seen.contents.get(path).is_some_and(|c| c.before != c.after),
            };
            findings.extend(held(&delivered, &now, said, (seen, &by_it)));
        }
        Ok(findings)
    }

    /// The items that `keeps` gives, and all of the maps that it speaks of where the same has been done before. Without an `output`
    /// nothing that it says of that leaves an item out.
    pub(super) fn kept(&self, ix: Ix, keeps: &Expr, output: Option<&Data>) -> Result<Vec<Ix>, Failure> {
        let eval = |output: &Data| keeps.eval(&self.own_scope(ix, keeps.uses(), output));
        let value = match output {
            Some(output) => Some(eval(output).map_err(|e| wrong("handoff.keeps", &e))?),
            None => eval(&Data::null()).ok(),
        };
        let key = |item: Data| Some(item.get("key")?.to_text());
        let keys: Option<Vec<String>> = value.map(|all| all.items().into_iter().flatten().filter_map(key).collect());
        let graph = self.run.graph();
        let named = keeps.uses().nodes.keys().filter_map(|name| graph.resolve(self.frame_of(ix), name));
        let maps: Vec<Ix> = named.flatten().copied().collect();
        let is_kept = |item: &Ix| {
            let node = graph.node(*item);
            let Some((key, _)) = &node.item else { return false };
            let mine = node.parent.is_some_and(|map| maps.contains(&map));
            let alike = maps.iter().any(|map| Arc::ptr_eq(&graph.node(*map).def, &node.def));
            if mine { keys.as_ref().is_none_or(|keys| keys.iter().any(|known| **known == **key)) } else { alike }
        };
        Ok(graph.iter().filter(is_kept).collect())
    }

    /// The other items of its map that work in the same place, if they have no order: then none of them is there to take back what
    /// another did.
    pub(super) fn alike(&self, ix: Ix) -> Vec<Ix> {
        let node = self.run.graph().node(ix);
        let (Some(map), Some(_)) = (node.parent, &node.item) else { return Vec::new() };
        if node.def.map.as_ref().is_none_or(|map| map.mode != Mode::Parallel) {
            return Vec::new();
        }
        let place = self.place_of(ix);
        let items = self.run.graph().node(map).children.iter().copied();
        items.filter(|item| *item != ix && self.place_of(*item) == place).collect()
    }

    /// What the node delivered, if it is done and that is known.
    fn delivered(&self, ix: Ix, place: &str) -> Result<Option<Delivered>, Failure> {
        let state = self.run.state(ix);
        let handoff = self.run.graph().node(ix).def.handoff.as_ref();
        let (Some(handoff), true, Some(output), Some(checked), None) =
            (handoff, state.phase.settled(), &state.output, &state.checked, &state.failure)
        else {
            return Ok(None);
        };
        let said = self.said(ix, handoff, output)?;
        let named: Vec<Name> = names(&said, place);
        let is_named = |path: &String| named.iter().any(|name| name.covers(path));
        let files = checked.contents.iter().filter(|(path, c)| is_named(path) && c.before != c.after);
        let files: BTreeMap<String, Contents> = files.map(|(path, c)| (path.clone(), c.clone())).collect();
        let known = checked.changed.iter().filter(|touched| is_named(&touched.path)).count();
        let is_known = said.done && checked.more == 0 && known <= files.len() && !files.is_empty();
        Ok(is_known.then(|| Delivered { node: self.id(ix), files }))
    }

    /// The files in the place of `ix` as those left them who worked there since `owner` had ended, this attempt last.
    fn as_left(&self, ix: Ix, owner: Ix, last: &BTreeMap<String, Contents>) -> BTreeMap<String, Option<String>> {
        let (place, end) = (self.place_of(ix), span(self.run.state(owner)).1);
        let worked = |other: &Ix| *other != ix && *other != owner && self.run.state(*other).phase.settled();
        let mut later: Vec<Ix> = self.run.graph().iter().filter(worked).collect();
        later.retain(|other| self.run.state(*other).checked.is_some() && span(self.run.state(*other)).1 >= end);
        later.retain(|other| self.place_of(*other) == place);
        later.sort_by_key(|other| span(self.run.state(*other)).1);
        let contents = later.iter().filter_map(|other| Some(&self.run.state(*other).checked.as_ref()?.contents));
        let all = contents.chain([last]).flatten();
        all.map(|(path, c)| (path.clone(), c.after.clone())).collect()
    }
}

/// What came of one work, whose files are `now` as they were left, where that is known.
fn held(
    delivered: &Delivered,
    now: &BTreeMap<String, Option<String>>,
    said: Option<&Said>,
    (seen, by_it): (&Seen, &dyn Fn(&str) -> bool),
) -> Vec<Finding> {
    let lies_elsewhere = |c: &Contents| {
        c.after.as_ref().is_some_and(|after| !is_hollow(after) && now.values().any(|is| is.as_ref() == Some(after)))
    };
    let is_undone = |path: &String, c: &Contents| undoes(now.get(path).unwrap_or(&c.after), c) && !lies_elsewhere(c);
    let undone = delivered.files.iter().filter(|(path, c)| is_undone(path, c)).map(|(path, _)| path);
    let undone: Vec<&String> = undone.collect();
    let taken: Vec<String> = undone.iter().filter(|path| by_it(path)).map(|path| (*path).clone()).collect();
    if taken.is_empty() {
        return Vec::new();
    }
    let lines = evidence(&taken, now);
    let node = &delivered.node;
    let moved: Vec<String> = taken.iter().filter_map(|path| new_name(path, said, seen)).collect();
    let where_to = listed_names(", at least as it was; it may lie elsewhere now (", &moved);
    let (weight, say) = if undone.len() < delivered.files.len() {
        (Weight::Unproven, format!("a part of what `{node}` delivered is gone, or again as it was before{where_to}"))
    } else if moved.is_empty() {
        (
            Weight::Contradiction,
            format!("nothing is left of what `{node}` delivered; if it lies elsewhere now, name it as `old -> new`"),
        )
    } else {
        (Weight::Unproven, format!("nothing is left of what `{node}` delivered{where_to}"))
    };
    vec![Finding::new(FindingKind::Undone, weight, say, lines)]
}

/// Does a file that is like this undo a change: is it as before, or gone?
fn undoes(is: &Option<String>, change: &Contents) -> bool {
    *is == change.before || is.is_none() && change.after.is_some()
}

fn evidence(paths: &[String], now: &BTreeMap<String, Option<String>>) -> Vec<String> {
    let is_gone = |path: &str| now.get(path).is_some_and(Option::is_none);
    paths.iter().map(|path| format!("{} {path}", if is_gone(path) { "D" } else { "M" })).collect()
}

/// Where something may lie that is no longer at `path`: under a new name that the result says, or that is the same in another folder.
fn new_name(path: &str, said: Option<&Said>, seen: &Seen) -> Option<String> {
    let name = |path: &str| path.rsplit('/').next().map(str::to_owned);
    let is_new = |other: &str| {
        let holds = |c: &Contents| c.before.is_none() && c.after.as_ref().is_some_and(|is| !is_hollow(is));
        other != path && seen.contents.get(other).is_some_and(holds)
    };
    let files = said.and_then(|said| said.files.as_ref());
    let told = files.into_iter().flatten().filter_map(|written| Name::sides(written, &seen.place));
    let mut told = told.filter(|(from, _)| from == path).map(|(_, to)| to);
    let same = || seen.contents.keys().find(|other| name(other) == name(path) && is_new(other)).cloned();
    told.find(|to| is_new(to)).or_else(same)
}

#[cfg(test)]
mod tests {
    use mission_compiler::workflow::Changes;

    use super::*;

    fn contents(all: &[&str]) -> BTreeMap<String, Contents> {
        let id = |text: &str| Some(format!("100644 {text}")).filter(|_| text != "-");
        let parts = all.iter().map(|line| line.split(' ').collect::<Vec<_>>());
        parts
            .map(|p| (p[0].to_owned(), Contents { before: id(p[1]), after: id(p[2]), ..Contents::default() }))
            .collect()
    }

    /// What is told when one delivered `files`, and the attempt changed `now` and names `named`.
    fn told(files: &[&str], now: &[&str], named: &[&str]) -> Vec<(Weight, Vec<String>)> {
        let delivered = Delivered { node: "a".to_owned(), files: contents(files) };
        let seen = Seen { place: "/srv".to_owned(), contents: contents(now), ..Seen::default() };
        let said = Said {
            done: true,
            files: Some(named.iter().map(|name| (*name).to_owned()).collect()),
            silent: false,
            commands: None,
            commits: None,
            changes: Changes::Any,
        };
        let by_it = |path: &str| seen.contents.contains_key(path);
        let left = seen.contents.iter().map(|(path, c)| (path.clone(), c.after.clone())).collect();
        held(&delivered, &left, Some(&said), (&seen, &by_it)).into_iter().map(|f| (f.weight, f.evidence)).collect()
    }

    #[test]
    fn work_of_which_nothing_is_left_is_undone() {
        use Weight::{Contradiction, Unproven};
        let none: &[(Weight, &[&str])] = &[];
        for (files, now, named, expected) in [
            (&["x - 1"][..], &["x 1 -"][..], &["x"][..], &[(Contradiction, &["D x"][..])][..]),
            (&["x 0 1"], &["x 1 0"], &["x"], &[(Contradiction, &["M x"])]),
            (&["x 0 1"], &["x 1 -"], &["x"], &[(Contradiction, &["D x"])]),
            (&["x 0 -"], &["x - 0"], &["x"], &[(Contradiction, &["M x"])]),
            (&["x - 1", "y - 1"], &["x 1 -", "y 1 -"], &["x", "y"], &[(Contradiction, &["D x", "D y"])]),
            // Rewritten, or only a part.
            (&["x - 1"], &["x 1 2"], &["x"], none),
            (&["x - 1", "y - 2"], &["x 1 -"], &["x"], &[(Unproven, &["D x"])]),
            (&["x - 1"], &["y 1 -"], &["y"], none),
            // It moved: as it is, or by its word.
            (&["x - 1"], &["x 1 -", "in/z - 1"], &["in/z"], none),
            (&["x - 1", "y - 2"], &["x 1 -", "y 2 -", "z - 1"], &["x", "y", "z"], &[(Unproven, &["D y"])]),
            (&["x - 1"], &["x 1 -", "in/x - 2"], &["in/x"], &[(Unproven, &["D x"])]),
            (&["x - 1"], &["x 1 -", "z - 2"], &["x -> z"], &[(Unproven, &["D x"])]),
            (&["x - 1"], &["x 1 -", "z - 2"], &["x", "z"], &[(Contradiction, &["D x"])]),
            (&["x - 1"], &["x 1 -", "z 1 2"], &["x -> z"], &[(Contradiction, &["D x"])]),
            (
                &["x - 1"],
                &["x 1 -", "z - e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"],
                &["x -> z"],
                &[(Contradiction, &["D x"])],
            ),
        ] {
            let told = told(files, now, named);
            let told: Vec<(Weight, Vec<&str>)> =
                told.iter().map(|(w, lines)| (*w, lines.iter().map(String::as_str).collect())).collect();
            let expected: Vec<(Weight, Vec<&str>)> = expected.iter().map(|(w, lines)| (*w, lines.to_vec())).collect();
            assert_eq!(told, expected, "{files:?} {now:?} {named:?}");
        }
    }
}
