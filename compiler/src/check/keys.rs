//! Key checks: where a map goes over a list that a node makes, that node answers for unique, well-formed keys, and so
//! does every node that the list only passes through on its way.

use std::collections::{BTreeMap, BTreeSet};

use crate::template::ast::{self, Ast, AstKind};
use crate::template::{Expr, Template};
use crate::workflow::{KeyCheck, Node, Verb};

use super::Checker;
use super::gate::edited;
use super::outline::{At, BodyAt, Found};

/// Where a list comes from.
enum Origin {
    /// The output of a node, and the path of properties from there.
    Node(At, Vec<String>),
    /// The element of an enclosing map.
    Item(At, Vec<String>),
}

/// Maps over lists of the elements of a map, with the path to the list.
type Inner = BTreeMap<At, Vec<(At, Vec<String>)>>;

/// Attaches the key checks of all maps.
pub(super) fn attach(checker: &Checker<'_>, nodes: &mut [Option<Node>]) {
    let mut roots: Vec<(At, At, Vec<String>)> = Vec::new();
    let mut inner = Inner::new();
    for at in 0..nodes.len() {
        match origin_of_map(checker, at) {
            Some(Origin::Node(origin, path)) => roots.push((at, origin, path)),
            Some(Origin::Item(of, path)) => inner.entry(of).or_default().push((at, path)),
            None => {}
        }
    }
    let roots = roots.into_iter().map(|(at, origin, path)| (origin, key_check(nodes, &inner, at, path, &[])));
    let roots: Vec<(At, KeyCheck)> = roots.filter_map(|(origin, check)| Some((origin, check?))).collect();
    for (origin, check) in roots {
        let mut seen = BTreeSet::new();
        pass(checker, nodes, origin, &check, &mut seen);
    }
}

/// The check of map `at` and of the maps inside it that go over lists of its elements.
fn key_check(nodes: &[Option<Node>], maps: &Inner, at: At, path: Vec<String>, outer: &[String]) -> Option<KeyCheck> {
    let map = nodes[at].as_ref()?.map.as_ref()?;
    let mut names = outer.to_vec();
    names.extend([map.item.clone(), format!("{}_index", map.item)]);
    let inside = maps.get(&at).into_iter().flatten();
    let inner = inside.filter_map(|(inner, path)| key_check(nodes, maps, *inner, path.clone(), &names)).collect();
    let known = map.key.uses().roots.iter().all(|root| names.contains(root));
    known.then(|| KeyCheck { path, item: map.item.clone(), key: map.key.clone(), inner })
}

fn origin_of_map(checker: &Checker<'_>, at: At) -> Option<Origin> {
    let entry = &checker.outline.entries[at];
    let map = entry.node.map.as_ref()?;
    let over = ast::expression(&map.over).ok()?;
    let (root, path) = plain_path(&over)?;
    if root != "nodes" {
        let item = |o: &At| checker.outline.entries[*o].node.map.as_ref().is_some_and(|m| m.item.value == root);
        return checker.outline.owners(entry.body).find(item).map(|of| Origin::Item(of, path));
    }
    node_output(checker, entry.body, path).map(|(node, path)| Origin::Node(node, path))
}

/// The node and the rest of the path of `nodes.NAME.output.a.b`.
fn node_output(checker: &Checker<'_>, body: BodyAt, path: Vec<String>) -> Option<(At, Vec<String>)> {
    let [name, output, rest @ ..] = path.as_slice() else { return None };
    let at = match checker.outline.find(body, &name.replace('_', "-")) {
        Found::Here(at) | Found::Outside { at, .. } => at,
        Found::Inside(_) | Found::Nowhere => return None,
    };
    (output == "output" && !checker.is_map(at)).then(|| (at, rest.to_vec()))
}

/// `a.b.c` as root and properties.
fn plain_path(ast: &Ast) -> Option<(String, Vec<String>)> {
    match &ast.kind {
        AstKind::Name(root) => Some((root.clone(), Vec::new())),
        AstKind::Attr { base, name } => {
            let (root, mut path) = plain_path(base)?;
            path.push(name.clone());
            Some((root, path))
        }
        _ => None,
    }
}

/// Gives the check to `at` and to every node whose output `at` passes on.
fn pass(checker: &Checker<'_>, nodes: &mut [Option<Node>], at: At, check: &KeyCheck, seen: &mut BTreeSet<At>) {
    if !seen.insert(at) {
        return;
    }
    let Some(node) = &mut nodes[at] else { return };
    let mut sources = Vec::new();
    let (body, inner) = (checker.outline.entries[at].body, checker.outline.entries[at].inner);
    match &mut node.verb {
        Verb::Gate(gate) => {
            if let Some(edit) = &mut gate.edit {
                edit.keys.push(check.clone());
                let value = ast::expression(edit.value.source()).ok();
                let name = value.as_ref().and_then(edited).map(str::to_owned);
                sources.extend(name.map(|name| (body, vec![name, "output".to_owned()], check.path.clone())));
            }
        }
        Verb::Value(template) => sources.extend(followed(template, &check.path).map(|(e, rest)| (body, e, rest))),
        Verb::Agent { .. } | Verb::Run(_) | Verb::Uses { .. } | Verb::Nodes(_) => {}
    }
    if let Some(otherwise) = &node.otherwise {
        sources.extend(followed(otherwise, &check.path).map(|(e, rest)| (body, e, rest)));
    }
    if let (Some(yields), Some(inner)) = (&node.yields, inner) {
        sources.extend(nodes_path(yields).map(|path| (inner, path, check.path.clone())));
    }
    node.keys.push(check.clone());
    for (body, mut path, rest) in sources {
        path.extend(rest);
        if let Some((source, path)) = node_output(checker, body, path) {
            pass(checker, nodes, source, &KeyCheck { path, ..check.clone() }, seen);
        }
    }
}

/// Where in a template the value at `path` comes from, if it is a plain reference to a node; with what is left of the path.
fn followed(template: &Template, path: &[String]) -> Option<(Vec<String>, Vec<String>)> {
    match (template, path) {
        (Template::Whole(expr), rest) => Some((nodes_path(expr)?, rest.to_vec())),
        (Template::Map(entries), [first, rest @ ..]) => {
            followed(&entries.iter().find(|(name, _)| name == first)?.1, rest)
        }
        _ => None,
    }
}

/// The path behind `nodes` of a plain reference.
fn nodes_path(expr: &Expr) -> Option<Vec<String>> {
    let (root, path) = plain_path(&ast::expression(expr.source()).ok()?)?;
    (root == "nodes").then_some(path)
}
