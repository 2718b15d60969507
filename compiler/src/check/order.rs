//! Resolves `needs` and `on_fail.repair`, and puts the nodes of every body in order. Reports unknown names and cycles.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::diagnostic::{Diagnostic, Findings};
use crate::source::{Span, Spanned};

use super::outline::{At, BodyAt, Found, Outline};
use crate::suggest;

/// Fills in needs, repairs and order of every body, outermost first.
pub(super) fn resolve(outline: &mut Outline<'_>, report: &mut Findings) {
    for body in 0..outline.bodies.len() {
        if report.is_full() {
            return;
        }
        for at in outline.bodies[body].nodes.clone() {
            repairs(outline, at, report);
        }
        for at in outline.bodies[body].nodes.clone() {
            needs(outline, at, report);
        }
        sort(outline, body, report);
    }
}

/// Notes which node the repair node of `at` repairs.
fn repairs(outline: &mut Outline<'_>, at: At, report: &mut Findings) {
    let entry = &outline.entries[at];
    let Some(on_fail) = &entry.node.on_fail else { return };
    let name = &on_fail.repair;
    let target = match outline.find(entry.body, name) {
        Found::Here(target) => target,
        Found::Outside { at: target, .. } | Found::Inside(target) => {
            let message = format!("repair node `{}` is in another group than `{}`", name.value, entry.key.value);
            let wrong = Diagnostic::error("repair-elsewhere", name.span, message);
            let help = format!("move it beside `{}`", entry.key.value);
            report.push(wrong.label(outline.span(target), "it stands here").help(help));
            return;
        }
        Found::Nowhere => {
            let known =
                outline.bodies[entry.body].nodes.iter().map(|n| outline.name(*n)).filter(|n| *n != entry.key.value);
            let help = suggest::help(name, "other node", known);
            let message = format!("repair node `{}` does not exist", name.value);
            report.push(Diagnostic::error("unknown-node", name.span, message).maybe_help(help));
            return;
        }
    };
    if target == at {
        let message = format!("`{}` cannot repair itself", name.value);
        report
            .push(Diagnostic::error("repair-itself", name.span, message).help("name another node with `only: repair`"));
    } else if outline.entries[target].node.only.is_none() {
        let message = format!("repair node `{}` is not marked `only: repair`", name.value);
        let wrong = Diagnostic::error("repair-unmarked", name.span, message);
        report.push(wrong.label(outline.span(target), "add `only: repair` here"));
        outline.entries[target].repairs.get_or_insert(at);
    } else if let Some(other) = outline.entries[target].repairs {
        let first = outline.entries[other].node.on_fail.as_ref().map_or(outline.span(other), |o| o.repair.span);
        let message = format!("repair node `{}` already repairs `{}`", name.value, outline.name(other));
        let wrong = Diagnostic::error("repair-twice", name.span, message).label(first, "first used here");
        report.push(wrong.help("a repair node has one user: add a second node"));
    } else {
        outline.entries[target].repairs = Some(at);
    }
}

fn needs(outline: &mut Outline<'_>, at: At, report: &mut Findings) {
    let node = outline.entries[at].node;
    let mut resolved: Vec<At> = Vec::new();
    let mut named: BTreeMap<&str, Span> = BTreeMap::new();
    for need in &node.needs {
        if report.is_full() {
            break;
        }
        if let Some(first) = named.get(need.value.as_str()) {
            let message = format!("`{}` is needed twice", need.value);
            report.push(Diagnostic::warning("duplicate-need", need.span, message).label(*first, "first here"));
            continue;
        }
        named.insert(&need.value, need.span);
        if let Some(target) = need_of(outline, at, need, report) {
            resolved.push(target);
        }
    }
    outline.entries[at].needs = resolved;
}

/// The node of the same body that `need` names; reports it if it names nothing that `at` may need.
fn need_of(outline: &Outline<'_>, at: At, need: &Spanned<String>, report: &mut Findings) -> Option<At> {
    let entry = &outline.entries[at];
    match outline.find(entry.body, need) {
        Found::Here(target) if outline.entries[target].node.only.is_some() => {
            let message = format!("`{}` is a repair node: nothing can need it", need.value);
            let wrong = Diagnostic::error("need-of-repair", need.span, message);
            report.push(
                wrong.maybe_help(
                    outline.entries[target]
                        .repairs
                        .map(|r| format!("need `{}`, which settles after its repair", outline.name(r))),
                ),
            );
            None
        }
        Found::Here(target) => Some(target),
        Found::Outside { at: target, through } if target == through => {
            let message = format!("`{}` cannot need `{}`, which it is part of", entry.key.value, need.value);
            report.push(Diagnostic::error("need-of-own-group", need.span, message).help("remove it"));
            None
        }
        Found::Outside { at: target, through } => {
            if !outline.upstream(through, target) {
                let group = outline.name(through);
                let message = format!("`{}` is outside of `{group}` and not upstream of it", need.value);
                let help = format!("add to `{group}`: {}", outline.needs_line(through, need));
                report.push(Diagnostic::error("need-not-upstream", need.span, message).help(help));
            }
            None
        }
        Found::Inside(target) => {
            let message = format!("`{}` is inside another group", need.value);
            let help = outline.hiding(entry.body, target).map(|g| format!("need `{}`", outline.name(g)));
            let wrong = Diagnostic::error("need-into-body", need.span, message).maybe_help(help);
            report.push(wrong.label(outline.span(target), "it stands here"));
            None
        }
        Found::Nowhere => {
            let wrong = Diagnostic::error(
                "unknown-node",
                need.span,
                format!("node `{}` needs `{}`, which is not a node", entry.key.value, need.value),
            );
            let known = outline.visible(entry.body).filter(|n| *n != entry.key.value);
            let help = round_help(outline, entry.body, need).or_else(|| suggest::help(need, "other node", known));
            report.push(wrong.maybe_help(help));
            None
        }
    }
}

/// Help for the name of a round: it means the node whose round it is.
pub(super) fn round_help(outline: &Outline<'_>, body: BodyAt, name: &str) -> Option<String> {
    let base = outline.name(outline.base_of_round(body, name)?);
    Some(format!("`{name}` is made from `{base}`: name `{base}`, which means its last round"))
}

/// Topological order; of several that could come next, the one that the author wrote first.
fn sort(outline: &mut Outline<'_>, body: BodyAt, report: &mut Findings) {
    let nodes = outline.bodies[body].nodes.clone();
    // nodes of one body do not follow each other in the outline: groups keep theirs in between
    let index = |at: At| nodes.partition_point(|n| *n < at);
    let before: Vec<Vec<usize>> =
        nodes.iter().map(|at| befores(outline, *at).into_iter().map(index).collect()).collect();
    let mut open: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for (i, list) in before.iter().enumerate() {
        list.iter().for_each(|b| after[*b].push(i));
    }
    let mut ready: BinaryHeap<Reverse<usize>> = (0..nodes.len()).filter(|i| open[*i] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(Reverse(i)) = ready.pop() {
        order.push(i);
        for next in &after[i] {
            open[*next] -= 1;
            if open[*next] == 0 {
                ready.push(Reverse(*next));
            }
        }
    }
    let left: Vec<usize> = (0..nodes.len()).filter(|i| open[*i] > 0).collect();
    cycles(outline, &nodes, &before, &left, report);
    order.extend(left);
    for (rank, i) in order.iter().enumerate() {
        outline.entries[nodes[*i]].rank = rank;
    }
    outline.bodies[body].order = order.into_iter().map(|i| nodes[i]).collect();
    outline.note_upstream(body);
}

/// What stands before a node: its needs, the node that it repairs, and the repair nodes of what it needs.
fn befores(outline: &Outline<'_>, at: At) -> Vec<At> {
    let entry = &outline.entries[at];
    let mut before: Vec<At> = entry.needs.clone();
    before.extend(entry.repairs);
    for need in &entry.needs {
        let name = outline.entries[*need].node.on_fail.as_ref().map(|o| o.repair.value.as_str());
        let repair = name.and_then(|n| outline.in_body(entry.body, n));
        before.extend(repair.filter(|r| outline.entries[*r].repairs == Some(*need) && *r != at));
    }
    before.sort_unstable();
    before.dedup();
    before
}

/// Reports each cycle whole, once.
fn cycles(outline: &Outline<'_>, nodes: &[At], before: &[Vec<usize>], left: &[usize], report: &mut Findings) {
    let mut state = vec![0u8; nodes.len()];
    for start in left {
        let mut path: Vec<(usize, usize)> = vec![(*start, 0)];
        if state[*start] != 0 {
            continue;
        }
        state[*start] = 1;
        while let Some((node, next)) = path.last_mut() {
            let node = *node;
            let Some(to) = before[node].get(*next).copied() else {
                state[node] = 2;
                path.pop();
                continue;
            };
            *next += 1;
            match state[to] {
                0 => {
                    state[to] = 1;
                    path.push((to, 0));
                }
                1 => {
                    let from = path.iter().position(|(n, _)| *n == to).unwrap_or(0);
                    let circle: Vec<At> = path[from..].iter().map(|(n, _)| nodes[*n]).collect();
                    report.push(cycle(outline, &circle));
                }
                _ => {}
            }
        }
    }
}

fn cycle(outline: &Outline<'_>, circle: &[At]) -> Diagnostic {
    let start = (0..circle.len()).min_by_key(|i| circle[*i]).unwrap_or(0);
    let turned: Vec<At> = circle[start..].iter().chain(&circle[..start]).copied().collect();
    let place = |i: usize| {
        let next = outline.name(turned[(i + 1) % turned.len()]);
        let entry = &outline.entries[turned[i]];
        entry.node.needs.iter().find(|n| n.value == next).map_or(entry.key.span, |n| n.span)
    };
    let names: Vec<&str> = turned.iter().chain(turned.first()).map(|at| outline.name(*at)).collect();
    let message = format!("nodes need each other in a circle: {}", names.join(" → "));
    let mut wrong = Diagnostic::error("cycle", place(0), message);
    for i in 1..turned.len() {
        let text = format!("`{}` needs `{}`", names[i], names[i + 1]);
        wrong = wrong.label(place(i), text);
    }
    wrong.help("remove one of these needs")
}
