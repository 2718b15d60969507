//! Names of nodes, items and rounds: duplicates, shadowing, collisions with what unrolling makes.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Findings};
use crate::source::Span;
use crate::syntax;

use super::gate::backs;
use super::outline::{At, BodyAt, Found, Outline};
use super::view::ROOTS;

/// Checks all names.
pub(super) fn check(outline: &Outline<'_>, syntax: &syntax::Workflow, report: &mut Findings) {
    for at in 0..outline.entries.len() {
        reserved(outline, at, report);
        shadowing(outline, at, report);
        item(outline, at, syntax, report);
        repair_marks(outline, at, report);
    }
    let revisions = revisions(outline);
    for body in 0..outline.bodies.len() {
        collisions(outline, body, &revisions, report);
    }
}

fn reserved(outline: &Outline<'_>, at: At, report: &mut Findings) {
    if outline.name(at) == "barrier" {
        let message = "`barrier` is the name of the node behind each item of a map";
        report.push(Diagnostic::error("reserved-name", outline.span(at), message).help("choose another name"));
    }
}

fn shadowing(outline: &Outline<'_>, at: At, report: &mut Findings) {
    let entry = &outline.entries[at];
    for owner in outline.owners(entry.body) {
        if let Some(outer) = outline.in_body(outline.entries[owner].body, &entry.key.value) {
            let what = if outer == owner { "the group that it is in" } else { "a node outside" };
            let message = format!("`{}` has the name of {what}", entry.key.value);
            let wrong = Diagnostic::error("shadowing", entry.key.span, message);
            report.push(wrong.label(outline.span(outer), "this one").help("choose another name"));
            return;
        }
    }
}

/// Names that a map gives to its elements.
fn item(outline: &Outline<'_>, at: At, syntax: &syntax::Workflow, report: &mut Findings) {
    let entry = &outline.entries[at];
    let Some(map) = &entry.node.map else { return };
    let name = &map.item;
    let wrong = |message: String| Diagnostic::error("shadowing", name.span, message);
    let words =
        ["true", "false", "none", "not", "and", "or", "in", "is", "if", "else", "True", "False", "None", "self"];
    if ROOTS.contains(&name.as_str()) || words.contains(&name.as_str()) {
        let message = format!("`as: {}` hides `{}`, which means something in every expression", name.value, name.value);
        report.push(wrong(message).help("choose another name"));
        return;
    }
    let outer = outline.owners(entry.body).filter_map(|o| outline.entries[o].node.map.as_ref());
    for other in outer {
        let same = other.item.value == name.value
            || name.value == format!("{}_index", other.item.value)
            || other.item.value == format!("{}_index", name.value);
        if same {
            let message = format!("`as: {}` hides the element of an outer map", name.value);
            report.push(wrong(message).label(other.item.span, "this one").help("choose another name"));
            return;
        }
    }
    if let Some((input, _)) = syntax.inputs.0.iter().find(|(i, _)| i.value == name.value) {
        let message = format!("element `{}` has the name of an input", name.value);
        let note = Diagnostic::warning("shadowing", name.span, message).label(input.span, "this one");
        report.push(note.help("it is read as `inputs.…`, so nothing breaks; another name reads better"));
    }
}

/// Repair nodes that nothing reaches.
fn repair_marks(outline: &Outline<'_>, at: At, report: &mut Findings) {
    let entry = &outline.entries[at];
    let Some(only) = &entry.node.only else { return };
    let named = outline.entries.iter().filter_map(|e| e.node.on_fail.as_ref());
    if entry.repairs.is_none() && named.into_iter().all(|o| o.repair.value != entry.key.value) {
        let message = format!("`{}` is `only: repair`, but no `on_fail` names it", entry.key.value);
        let help = format!("add to the node that it repairs: `on_fail: {{ repair: {}, as: NAME }}`", entry.key.value);
        report.push(Diagnostic::error("repair-unused", only.span, message).help(help));
    }
}

/// For each node, how many rounds a gate may ask for, and that gate.
fn revisions(outline: &Outline<'_>) -> BTreeMap<At, (i64, At)> {
    let mut all = BTreeMap::new();
    for (gate, go) in backs(outline) {
        let Found::Here(target) = outline.find(outline.entries[gate].body, go) else { continue };
        let max = outline.entries[gate].node.verbs.iter().find_map(|v| match &v.value {
            syntax::Verb::Gate(g) => g.choices.0.iter().find(|(_, c)| c.go.span == go.span)?.1.max.as_ref(),
            _ => None,
        });
        for node in outline.between(target, gate) {
            all.entry(node).or_insert((max.map_or(3, |m| m.value), gate));
        }
    }
    all
}

/// A name that unrolling makes.
struct Made {
    name: String,
    span: Span,
    why: String,
}

fn collisions(outline: &Outline<'_>, body: BodyAt, revisions: &BTreeMap<At, (i64, At)>, report: &mut Findings) {
    let mut taken: BTreeMap<String, (Span, String)> = BTreeMap::new();
    for at in &outline.bodies[body].nodes {
        let name = outline.name(*at);
        taken.entry(name.to_owned()).or_insert_with(|| (outline.span(*at), format!("node `{name}`")));
    }
    for at in &outline.bodies[body].nodes {
        let mut made = rounds(outline, *at);
        if let Some((max, gate)) = revisions.get(at) {
            let mut again =
                vec![Made { name: outline.name(*at).to_owned(), span: outline.span(*at), why: String::new() }];
            again.append(&mut made);
            for round in 2..=max + 1 {
                let gate = outline.name(*gate);
                made.extend(again.iter().map(|m| Made {
                    name: format!("{}-{round}", m.name),
                    span: m.span,
                    why: format!("round {round} of what gate `{gate}` sends back"),
                }));
            }
            made.extend(again.into_iter().skip(1));
        }
        for made in made {
            match taken.get(&made.name) {
                Some((span, why)) => {
                    let message = format!("two nodes would be called `{}`: {}, and {why}", made.name, made.why);
                    let wrong = Diagnostic::error("name-collision", made.span, message);
                    report.push(wrong.label(*span, "the other one").help("rename one of them"));
                }
                None => drop(taken.insert(made.name, (made.span, made.why))),
            }
        }
    }
}

/// What the repair edge of a node makes: repair rounds, rounds of the node, gates that ask.
fn rounds(outline: &Outline<'_>, at: At) -> Vec<Made> {
    let entry = &outline.entries[at];
    let Some(on_fail) = &entry.node.on_fail else { return Vec::new() };
    let name = &entry.key.value;
    let asks = on_fail.otherwise.as_ref().is_some_and(|o| o.value == "ask" || o.contains("{{"));
    let attempts = on_fail.attempts.as_ref().map_or(1, |a| a.value) + i64::from(asks);
    let mut made = Vec::new();
    for round in 1..=attempts {
        let numbered = |base: &str| if round == 1 { base.to_owned() } else { format!("{base}-{round}") };
        let why = format!("round {round} after a repair of `{name}`");
        made.push(Made { name: numbered(&on_fail.as_name), span: on_fail.as_name.span, why });
        if round > 1 {
            let why = format!("repair {round} of `{name}`");
            made.push(Made { name: numbered(&on_fail.repair), span: on_fail.repair.span, why });
        }
    }
    if asks {
        for suffix in ["unresolved", "unresolved-2"] {
            let why = format!("the gate that asks about `{name}`");
            made.push(Made { name: format!("{name}-{suffix}"), span: on_fail.span, why });
        }
    }
    made
}
