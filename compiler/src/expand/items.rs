//! The elements of a map: list, keys, and who runs alone.

use std::collections::BTreeSet;

use crate::facts::{Facts, bind_item, scope};
use crate::graph::{Graph, Ix};
use crate::template::{Data, Expr, Scope};
use crate::workflow::Map;

/// One element of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Identity: well-formed and unique in its map.
    pub key: String,
    /// The element.
    pub value: Data,
    /// It runs alone.
    pub solo: bool,
}

/// Does the list depend on nothing but inputs and elements of enclosing maps?
pub fn source_is_static(graph: &Graph, map: Ix) -> bool {
    let node = graph.node(map);
    let Some(spec) = &node.def.map else { return false };
    let plain = |expr: &Expr| expr.uses().nodes.is_empty() && !expr.uses().roots.contains("run");
    plain(&spec.over) && plain(&spec.key) && spec.solo.as_ref().is_none_or(plain)
}

/// Evaluates the list of a map and the key of each element.
///
/// # Errors
/// A failed expression, a list that is none, a key that is malformed or used twice.
pub fn items(graph: &Graph, facts: &dyn Facts, map: Ix) -> Result<Vec<Item>, String> {
    let node = graph.node(map);
    let spec = node.def.map.as_ref().expect("only maps have items");
    let values = list(graph, facts, map)?;
    let key_scope = scope(graph, facts, node.frame, spec.key.uses());
    let solo_scope = spec.solo.as_ref().map(|solo| (solo, scope(graph, facts, node.frame, solo.uses())));
    let mut seen = BTreeSet::new();
    let mut items = Vec::with_capacity(values.len());
    for (i, value) in values.into_iter().enumerate() {
        let index = i as u32 + 1;
        let key = key_of(spec, &key_scope, &value, index)?;
        if !seen.insert(key.clone()) {
            return Err(format!("the key `{key}` is used twice"));
        }
        let solo = match &solo_scope {
            Some((solo, base)) => {
                let mut scope = base.clone();
                bind_item(&mut scope, solo.uses(), &spec.item, &value, index);
                solo.eval_bool(&scope).map_err(|e| e.to_string())?
            }
            None => false,
        };
        items.push(Item { key, value, solo });
    }
    Ok(items)
}

/// The elements of a map, whatever their keys.
pub(super) fn list(graph: &Graph, facts: &dyn Facts, map: Ix) -> Result<Vec<Data>, String> {
    let node = graph.node(map);
    let spec = node.def.map.as_ref().expect("only maps have items");
    let over = spec.over.eval(&scope(graph, facts, node.frame, spec.over.uses())).map_err(|e| e.to_string())?;
    over.items().ok_or_else(|| format!("`{}` is {}, not a list", spec.over.source(), over.kind()))
}

fn key_of(spec: &Map, base: &Scope, value: &Data, index: u32) -> Result<String, String> {
    let mut scope = base.clone();
    bind_item(&mut scope, spec.key.uses(), &spec.item, value, index);
    let key = spec.key.eval(&scope).map_err(|e| e.to_string())?.to_text();
    if is_key(&key) { Ok(key) } else { Err(malformed(&key)) }
}

/// Is `key` of the form `[a-z0-9]+(-[a-z0-9]+)*`, at most 63 long, and not reserved?
pub fn is_key(key: &str) -> bool {
    let part = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    key.len() <= 63 && key != "barrier" && key.split('-').all(part)
}

/// What is wrong with a key for which [`is_key`] is false.
pub fn malformed(key: &str) -> String {
    let shown: String = key.chars().take(80).collect();
    format!("the key `{shown}` is not of the form `[a-z0-9]+(-[a-z0-9]+)*` (at most 63 characters, not `barrier`)")
}
