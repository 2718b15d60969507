//! What the run had to prove, and what is proved: requirements of sections against commands and verdicts. Pure.
//!
//! A requirement is met only if somebody judged it and at least one command proved it, with none that failed. What an
//! agent says elsewhere changes nothing here.

use std::collections::BTreeMap;

use mission_compiler::draw::PictureState;
use mission_compiler::expand;
use mission_compiler::facts::{bind_item, scope};
use mission_compiler::graph::{Ix, Shape};
use mission_compiler::template::{Data, Expr, Scope};
use mission_compiler::workflow::{Report as Hints, Role, Verb};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::integration::integrated;
use super::sections::{Check, check, is, rows};
use super::{own_frame, title};
use crate::event::SkipReason;
use crate::run::{Phase, Run};

/// Why nothing is known of a requirement whose section has not begun.
const NEVER: &str = "its part of the run never began";

/// Something that the run had to prove.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Requirement {
    /// Its id.
    pub id: String,
    /// What must hold.
    pub text: String,
    /// Node id of the section that must prove it; null if that is not part of the graph yet.
    pub section: Option<String>,
    /// Title of that section.
    pub title: String,
    /// What was to fulfill it.
    pub by: Vec<Work>,
    /// The commands of the round that counts.
    pub checks: Vec<Check>,
    /// What the verdict of that round says of it; null if nobody judged it.
    pub judged: Option<Judged>,
    /// Where it stands, as the engine finds.
    pub status: Standing,
    /// Why.
    pub why: String,
}

/// Where a requirement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Judged met, and every command of the round is green, of which there is at least one.
    Met,
    /// Neither.
    Unproven,
    /// Judged unmet, or judged met although a command failed.
    Unmet,
}

impl Standing {
    /// The word in files and on screens.
    pub fn word(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Unproven => "unproven",
            Self::Unmet => "unmet",
        }
    }
}

/// Work that was to fulfill a requirement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Work {
    /// Its id.
    pub id: String,
    /// Node id; null if it never became part of the graph.
    pub node: Option<String>,
    /// State of that node.
    pub state: PictureState,
    /// It was left out, or taken out again: nothing of it is part of the result.
    pub left_out: bool,
}

/// What a verdict says of a requirement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Judged {
    /// Node id of the verdict; it names the round.
    pub node: String,
    /// What it says.
    pub status: Standing,
    /// The evidence, in the words of who judged.
    pub evidence: String,
}

/// Everything found about requirements.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) requirements: Vec<Requirement>,
    /// What cannot count as proved, and why.
    pub(super) unproven: Vec<String>,
}

/// All requirements of the run, in the order of its sections.
pub(super) fn found(run: &Run) -> Found {
    let mut found = Found::default();
    let left_out = left_out(run);
    for ix in run.graph().topological() {
        let node = run.graph().node(ix);
        let Some(hints) = node.def.report.as_ref().filter(|hints| hints.requirements.is_some()) else { continue };
        let left = matches!(run.state(ix).phase, Phase::Skipped(SkipReason::When | SkipReason::UnusedRepair));
        if left || run.superseded(ix) || node.chain.asks.is_some() {
            continue;
        }
        match node.shape {
            Shape::Map if !node.expanded => ahead(run, ix, hints, &mut found),
            Shape::Map | Shape::Barrier => {}
            Shape::Group | Shape::Leaf => section(run, ix, hints, &left_out, &mut found),
        }
    }
    found
}

/// The requirements of a map that has no items yet, as far as its list is known.
fn ahead(run: &Run, map: Ix, hints: &Hints, found: &mut Found) {
    let (graph, node) = (run.graph(), run.graph().node(map));
    let items = node.def.map.as_ref().and_then(|spec| Some((spec, expand::items(graph, run, map).ok()?)));
    let Some((spec, items)) = items else {
        found.unproven.push(format!("the requirements of `{}` are not known: it never got its list", node.id));
        return;
    };
    for (index, item) in (1..).zip(&items) {
        let at = |expr: &Expr| {
            let mut scope = scope(graph, run, node.frame, expr.uses());
            bind_item(&mut scope, expr.uses(), &spec.item, &item.value, index);
            scope
        };
        let named = hints.title.as_ref().and_then(|t| {
            let mut scope = scope(graph, run, node.frame, &t.uses());
            bind_item(&mut scope, &t.uses(), &spec.item, &item.value, index);
            t.render_text(&scope).ok()
        });
        let title = named.unwrap_or_else(|| item.key.clone());
        let name = format!("{}:{}", node.id, item.key);
        let Some(wanted) = wanted(hints, &at, &name, found) else { continue };
        for (id, text, by) in wanted {
            let never = |id| Work { id, node: None, state: PictureState::Pending, left_out: false };
            found.requirements.push(Requirement {
                id,
                text,
                section: None,
                title: title.clone(),
                by: by.into_iter().map(never).collect(),
                checks: Vec::new(),
                judged: None,
                status: Standing::Unproven,
                why: NEVER.to_owned(),
            });
        }
    }
}

/// Requirements with the ids of what is to fulfill them.
type Wanted = Vec<(String, String, Vec<String>)>;

/// What the hints ask for; `None`, and a word about it, if that cannot be known.
fn wanted(hints: &Hints, scope: &dyn Fn(&Expr) -> Scope, name: &str, found: &mut Found) -> Option<Wanted> {
    let list = |expr: &Option<Expr>| -> Result<Vec<Data>, String> {
        let Some(expr) = expr else { return Ok(Vec::new()) };
        let value = expr.eval(&scope(expr)).map_err(|e| e.to_string())?;
        value.items().ok_or_else(|| format!("`{}` is {}, not a list", expr.source(), value.kind()))
    };
    let both = list(&hints.requirements).and_then(|wanted| Ok((wanted, list(&hints.by)?)));
    let (wanted, by) = match both {
        Ok(both) => both,
        Err(why) => {
            found.unproven.push(format!("the requirements of `{name}` are not known: {why}"));
            return None;
        }
    };
    let text = |row: &Data, key: &str| row.get(key).filter(|v| !v.is_null()).map(|v| v.to_text());
    let requirements = wanted.iter().map(|row| {
        let id = text(row, "id").unwrap_or_default();
        let fulfilling = by.iter().filter(|work| {
            let ids = work.get("fulfills").and_then(|ids| ids.items()).unwrap_or_default();
            ids.iter().any(|of| of.to_text() == id)
        });
        let by = fulfilling.filter_map(|work| text(work, "id")).collect();
        (id, text(row, "text").unwrap_or_default(), by)
    });
    Some(requirements.collect())
}

/// What counts inside a section: the nodes of its last rounds.
struct Inside {
    /// Items by key.
    items: BTreeMap<String, Ix>,
    checks: Vec<Check>,
    /// A command is among the checks.
    commands: bool,
    verdicts: Vec<(String, PictureState, Vec<Data>)>,
}

/// What was left out, as the actions tell that did it: their node ids, and the keys of the items.
fn left_out(run: &Run) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = integrated(run)
        .into_iter()
        .flat_map(|found| found.left_out.into_iter().map(|left| (left.node, left.key)))
        .collect();
    for ix in run.graph().topological() {
        let (node, output) = (run.graph().node(ix), run.state(ix).output.as_ref());
        let is_back_out = matches!(&node.def.verb, Verb::Uses { action, .. } if action == "git.backout");
        // Also in a round that a repair followed: what was taken out stays out.
        let taken =
            output.filter(|output| is_back_out && output.get("backedOut").is_some_and(|is| is.as_bool() == Some(true)));
        let key = taken.and_then(|output| output.get("key"));
        all.extend(key.map(|key| (node.id.to_string(), key.to_text())));
    }
    all
}

fn section(run: &Run, ix: Ix, hints: &Hints, left_out: &[(String, String)], found: &mut Found) {
    let (graph, node) = (run.graph(), run.graph().node(ix));
    let frame = own_frame(run, ix);
    let at = |expr: &Expr| scope(graph, run, frame, expr.uses());
    let Some(wanted) = wanted(hints, &at, &node.id, found) else { return };
    let inside = inside(run, ix);
    let ids: Vec<&str> = wanted.iter().map(|(id, ..)| id.as_str()).collect();
    let broken = inside.broken(&ids);
    let title = title(run, ix);
    if !inside.verdicts.is_empty() && !inside.commands && !ids.is_empty() {
        found.unproven.push(format!("no command proves anything about `{}` ({title})", node.id));
    }
    let is_inside = |action: &str| action.strip_prefix(&*node.id).is_some_and(|rest| rest.starts_with(':'));
    for (id, text, by) in wanted {
        let work = |id: String| {
            let item = inside.items.get(&id).copied();
            Work {
                node: item.map(|ix| graph.node(ix).id.to_string()),
                state: item.map_or(PictureState::Pending, |ix| run.picture_state(ix)),
                left_out: left_out.iter().any(|(action, key)| *key == id && is_inside(action)),
                id,
            }
        };
        let judged = inside.judged(&id);
        let by: Vec<Work> = by.into_iter().map(work).collect();
        let (status, why) = if run.state(ix).started.is_none() {
            (Standing::Unproven, NEVER.to_owned())
        } else {
            stands(judged.as_ref(), &by, &inside, broken.as_deref())
        };
        found.requirements.push(Requirement {
            id,
            text,
            section: Some(node.id.to_string()),
            title: title.clone(),
            by,
            checks: inside.checks.clone(),
            judged,
            status,
            why,
        });
    }
}

fn inside(run: &Run, ix: Ix) -> Inside {
    let graph = run.graph();
    let mut inside = Inside { items: BTreeMap::new(), checks: Vec::new(), commands: false, verdicts: Vec::new() };
    for at in graph.descendants(ix) {
        let unused = run.state(at).phase == Phase::Skipped(SkipReason::UnusedRepair);
        if unused || run.superseded(at) {
            continue;
        }
        let node = graph.node(at);
        if is(run, at, Role::Item) {
            let key = node.item.as_ref().map_or_else(|| node.label.to_string(), |(key, _)| key.to_string());
            inside.items.entry(key).or_insert(at);
        } else if is(run, at, Role::Check) {
            inside.checks.push(check(run, at));
            inside.commands |= matches!(node.def.verb, Verb::Run(_));
        } else if is(run, at, Role::Verdict) && run.state(at).phase.settled() {
            inside.verdicts.push((node.id.to_string(), run.picture_state(at), rows(run, at)));
        }
    }
    inside
}

impl Inside {
    /// What the verdicts say of the requirement `id`; where they say several things, the worst.
    fn judged(&self, id: &str) -> Option<Judged> {
        let said = self.verdicts.iter().flat_map(|(node, _, rows)| rows.iter().map(move |row| (node, row)));
        let about = said.filter(|(_, row)| row.get("id").is_some_and(|of| of.to_text() == id));
        let judged = about.map(|(node, row)| {
            let word = row.get("status");
            let status = match word.as_ref().and_then(Data::as_str) {
                Some("met") => Standing::Met,
                Some("unmet") => Standing::Unmet,
                Some(_) | None => Standing::Unproven,
            };
            let evidence = row.get("evidence").filter(|e| !e.is_null()).map_or_else(String::new, |e| e.to_text());
            Judged { node: node.clone(), status, evidence }
        });
        judged.reduce(|worst, next| if next.status > worst.status { next } else { worst })
    }
    /// A verdict that judges none of `ids` and did not pass: what it found puts all of them in doubt.
    fn broken(&self, ids: &[&str]) -> Option<String> {
        let about = |rows: &[Data]| rows.iter().any(|r| r.get("id").is_some_and(|id| ids.contains(&&*id.to_text())));
        let failed = self.verdicts.iter().filter(|(_, state, _)| *state == PictureState::Failed);
        failed.filter(|(.., rows)| !about(rows)).map(|(node, ..)| node.clone()).next()
    }
}

/// The one rule for where a requirement stands.
fn stands(judged: Option<&Judged>, by: &[Work], inside: &Inside, broken: Option<&str>) -> (Standing, String) {
    let checks = &inside.checks;
    let Some(judged) = judged else { return (Standing::Unproven, "nobody judged it".to_owned()) };
    match judged.status {
        Standing::Unmet => return (Standing::Unmet, "judged unmet".to_owned()),
        Standing::Unproven => return (Standing::Unproven, "judged unproven".to_owned()),
        Standing::Met => {}
    }
    let named = |check: &Check| format!("`{}`", check.title);
    if let Some(red) = checks.iter().find(|check| check.state == PictureState::Failed) {
        let code = red.exit_code.map_or_else(String::new, |code| format!(" with exit code {code}"));
        return (Standing::Unmet, format!("judged met, but {} failed{code}", named(red)));
    }
    if let Some(left) = checks.iter().find(|check| check.state != PictureState::Done) {
        return (Standing::Unproven, format!("judged met, but {} is {}", named(left), left.state.word()));
    }
    if !inside.commands {
        return (Standing::Unproven, "judged met, but no command proves it".to_owned());
    }
    if let Some(node) = broken {
        return (Standing::Unproven, format!("judged met, but `{node}` did not pass"));
    }
    if !by.is_empty() && by.iter().all(|work| work.left_out) {
        let names: Vec<String> = by.iter().map(|work| format!("`{}`", work.id)).collect();
        return (
            Standing::Unproven,
            format!("judged met, but what was to fulfill it is left out: {}", names.join(", ")),
        );
    }
    let names = checks.iter().map(named).collect::<Vec<_>>().join(", ");
    (Standing::Met, format!("judged met, and {names} {} green", if checks.len() == 1 { "is" } else { "are" }))
}

/// How many requirements stand where.
pub(super) fn counts(requirements: &[Requirement]) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for requirement in requirements {
        *counts.entry(requirement.status.word().to_owned()).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(title: &str, state: PictureState, exit_code: Option<i32>) -> Check {
        Check { node: format!("w:{title}"), title: title.to_owned(), state, exit_code }
    }

    #[test]
    fn met_takes_a_judge_and_a_green_command_and_no_red_one() {
        use PictureState::{Cancelled, Done, Failed};
        let (green, red, gone) =
            (told("tests", Done, Some(0)), told("lint", Failed, Some(2)), told("ui", Cancelled, None));
        let met = Some(Standing::Met);
        for (judged, checks, broken, expected, why) in [
            (met, vec![green.clone()], None, Standing::Met, "judged met, and `tests` is green"),
            (met, vec![], None, Standing::Unproven, "judged met, but no command proves it"),
            (
                met,
                vec![green.clone(), red.clone()],
                None,
                Standing::Unmet,
                "judged met, but `lint` failed with exit code 2",
            ),
            (met, vec![green.clone(), gone], None, Standing::Unproven, "judged met, but `ui` is cancelled"),
            (met, vec![green.clone()], Some("w:guard"), Standing::Unproven, "judged met, but `w:guard` did not pass"),
            (Some(Standing::Unmet), vec![green.clone()], None, Standing::Unmet, "judged unmet"),
            (Some(Standing::Unproven), vec![red], None, Standing::Unproven, "judged unproven"),
            (None, vec![green], None, Standing::Unproven, "nobody judged it"),
        ] {
            let judged = judged.map(|status| Judged { node: "w:judge".to_owned(), status, evidence: String::new() });
            let commands = !checks.is_empty();
            let inside = Inside { items: BTreeMap::new(), checks, commands, verdicts: Vec::new() };
            assert_eq!(stands(judged.as_ref(), &[], &inside, broken), (expected, why.to_owned()));
        }
    }
    /// Whoever judges may have looked at something else than what is in.
    #[test]
    fn what_is_left_out_fulfills_nothing() {
        let done = |id: &str, left_out| Work { id: id.to_owned(), node: None, state: PictureState::Done, left_out };
        let check =
            Check { node: "c".to_owned(), title: "c".to_owned(), state: PictureState::Done, exit_code: Some(0) };
        let inside = Inside { items: BTreeMap::new(), checks: vec![check], commands: true, verdicts: Vec::new() };
        let judged = |status| Judged { node: "j".to_owned(), status, evidence: String::new() };
        let met = judged(Standing::Met);
        for (by, expected) in [
            (&[done("a", false)][..], Standing::Met),
            (&[done("a", true), done("b", false)], Standing::Met),
            (&[done("a", true), done("b", true)], Standing::Unproven),
            (&[], Standing::Met),
        ] {
            assert_eq!(stands(Some(&met), by, &inside, None).0, expected, "{by:?}");
        }
        let told = stands(Some(&met), &[done("a", true)], &inside, None).1;
        assert_eq!(told, "judged met, but what was to fulfill it is left out: `a`");
        assert_eq!(stands(Some(&judged(Standing::Unmet)), &[done("a", true)], &inside, None).0, Standing::Unmet);
    }
}
