//! The judgement: what was said and what was seen, side by side. Pure; knows nothing of runs, nodes or who asked.

use std::collections::BTreeMap;

use mission_compiler::workflow::Changes;

use super::commands::{self, Verdict};
use super::contest::Worker;
use super::moved::moved;
use super::paths::{self, Name};
use crate::decide::port::{Elsewhere, Facts, Ran, RefMove, Seen, Sureness};
use crate::event::{Contents, Finding, FindingKind, Touched, Weight};

/// Ids of the object without content, by SHA-1 and by SHA-256.
const EMPTY: [&str; 2] =
    ["e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"];
/// Names of files that say something by being there; the same holds of names with a dot in front.
const SIGNS: [&str; 2] = ["__init__.py", "py.typed"];

/// What a result says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// The work is done.
    pub(super) done: bool,
    /// Files that it says were changed; `None`: nobody asked it, or the work is not done.
    pub(super) files: Option<Vec<String>>,
    /// It was asked which files it changed, and does not say, though the work is done. `files` is empty then.
    pub(super) silent: bool,
    /// Commands that it says were run.
    pub(super) commands: Option<Vec<String>>,
    /// Commits that it says were made.
    pub(super) commits: Option<Vec<String>>,
    /// Whether work that is done changes files.
    pub(super) changes: Changes,
}

/// Somebody who worked at the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Beside {
    /// Node id.
    pub(super) node: String,
    /// The worktree as the workflow asked for it; `None`: the user's own working tree.
    pub(super) place: Option<String>,
    /// A built-in action: it moves branches and files itself.
    pub(super) action: bool,
}

/// Where an attempt works.
#[derive(Debug, Clone)]
pub(super) struct Place<'p> {
    /// The worktree that it asks for.
    pub(super) worktree: Option<&'p str>,
    /// On its branch it may commit.
    pub(super) may_commit: bool,
}

/// Whose the changes in a tree are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whose {
    /// Of this attempt alone.
    Mine {
        /// Globs that it may write; none: anything.
        claims: Vec<String>,
    },
    /// Of a group of which all have ended now, this one last.
    Ours {
        /// The others, for people.
        others: Vec<String>,
        /// Those of them who gave no acceptable result: what nobody names may be theirs.
        mute: Vec<String>,
        /// What changed while they worked.
        changed: Vec<Touched>,
        /// What these files were before and after, as far as it is known.
        contents: BTreeMap<String, Contents>,
        /// What they name, all together; `None`: one of them names nothing.
        named: Option<Vec<String>>,
        /// What they may write, all together; `None`: one of them may write anything.
        claims: Option<Vec<String>>,
    },
    /// Of several, and not all of them have ended.
    Nobodys,
}

fn contradiction(kind: FindingKind, say: impl Into<String>, evidence: Vec<String>) -> Finding {
    Finding::new(kind, Weight::Contradiction, say, evidence)
}

/// Holds `said` against the facts of the attempt. `beside` worked at the same time.
pub(super) fn words(said: &Said, facts: &Facts, whose: &Whose, beside: &[Beside]) -> Vec<Finding> {
    let mut findings = Vec::new();
    match &facts.seen {
        Some(Ok(seen)) => {
            files(said, seen, whose, beside, &mut findings);
            if said.done && matches!(whose, Whose::Mine { .. }) {
                let say = "it says that the work is done, and files are in conflict in the index";
                push(&mut findings, FindingKind::InConflict, say, seen.conflicted.clone());
            }
            if said.done {
                let say = "it says that the work is done, and git is left in the middle of it".to_owned();
                push(&mut findings, FindingKind::InConflict, say + &suspects(beside), seen.unfinished.clone());
            }
            commits(said, seen, &mut findings);
            let say = format!("links lead out of the tree, and what is there is in no commit{}", suspects(beside));
            push(&mut findings, FindingKind::LinkOut, say, seen.links.clone());
            let say = format!("its branch takes in what others committed, and drops it{}", suspects(beside));
            push(&mut findings, FindingKind::SideDropped, say, seen.dropped.clone());
        }
        // Said already, with what else was seen.
        Some(Err(_)) => {}
        None => {
            let say = "what it changed was not seen: there is no git repository to look with";
            findings.push(Finding::new(FindingKind::Unobservable, Weight::Unproven, say, Vec::new()));
        }
    }
    let place = facts.seen.as_ref().and_then(|seen| seen.as_ref().ok()).map_or("", |seen| seen.place.as_str());
    ran(said, facts.commands.as_deref(), place, &mut findings);
    findings
}

/// What changed though it was to change nothing.
pub(super) fn changed_anyway(seen: &Seen) -> Vec<Finding> {
    let mut findings = Vec::new();
    let say = "it was to change nothing, and files changed";
    push(&mut findings, FindingKind::ChangedAnyway, say, listed(&seen.changed));
    findings
}

fn files(said: &Said, seen: &Seen, whose: &Whose, beside: &[Beside], findings: &mut Vec<Finding>) {
    let mine = matches!(whose, Whose::Mine { .. });
    if said.changes == Changes::None && mine {
        findings.extend(changed_anyway(seen));
    }
    let moved = seen.refs.iter().filter(|moved| moved.own && !moved.by_engine);
    if said.changes == Changes::None && mine && seen.linked {
        let held = seen.passing.iter().map(|path| format!("{path} in its commits"));
        let say = "it was to change nothing, and its branch moved";
        push(findings, FindingKind::ChangedAnyway, say, moved.map(told).chain(held).collect());
    } else if !seen.passing.is_empty() {
        let say = format!("its commits hold changes of files that are as before in the end{}", suspects(beside));
        findings.push(Finding::new(FindingKind::InHistory, Weight::Unproven, say, seen.passing.clone()));
    }
    // What an attempt before the new beginning did may be the work that it speaks of.
    let weight = if seen.worked_before { Weight::Unproven } else { Weight::Contradiction };
    let is_nothing_named = !said.silent && said.files.as_ref().is_some_and(Vec::is_empty);
    if said.done && said.changes == Changes::Expected && seen.changed.is_empty() {
        let say = if seen.as_others.is_empty() {
            "it says that the work is done, but no file changed"
        } else {
            "it says that the work is done, but left what it wrote as others had left it"
        };
        findings.push(Finding::new(FindingKind::NothingChanged, weight, say, seen.as_others.clone()));
    } else if said.done && said.changes == Changes::Expected && is_nothing_named && !mine {
        // What changed beside it is the work of others, by its own word.
        let say = "it says that the work is done, and that it changed no file";
        findings.push(Finding::new(FindingKind::NothingChanged, weight, say, Vec::new()));
    } else if said.done && said.changes == Changes::Expected && mine && !seen.changed.is_empty() && is_hollow(seen) {
        let say = "it says that the work is done, but every file that is new is empty, and nothing else changed";
        findings.push(Finding::new(FindingKind::NothingChanged, weight, say, listed(&seen.changed)));
    } else if said.silent && !mine && !seen.changed.is_empty() {
        // Whose they are only its word could tell.
        let say = format!("files changed, and it does not say which of them it changed{}", suspects(beside));
        push(findings, FindingKind::NotNamed, say, listed(&seen.changed));
    } else if let Some(named) = &said.files {
        let named = named.iter().map(|name| Name::new(name, &seen.place));
        let unchanged: Vec<String> = named
            .filter(|name| !seen.changed.iter().map(|t| &t.path).chain(&seen.as_others).any(|path| name.covers(path)))
            .map(|name| name.as_written().to_owned())
            .collect();
        if !unchanged.is_empty() {
            let who = if mine { String::new() } else { suspects(beside) };
            let say = format!("it names files as changed that did not change{who}");
            findings.push(Finding::new(FindingKind::NotChanged, weight, say, unchanged));
        }
    }
    if said.done && said.files.is_some() {
        let say = format!(
            "a repository lies inside, so that its files are in no commit; its `.git` must go, or git ignore it, and a submodule be committed{}",
            suspects(beside)
        );
        push(findings, FindingKind::NestedRepository, say, seen.nested.clone());
    }
    match whose {
        Whose::Mine { claims } => {
            let changes = Changed { files: &seen.changed, contents: &seen.contents, place: &seen.place };
            findings.extend(attributed(&suspects(beside), &changes, said.files.as_deref(), claims));
        }
        Whose::Ours { others, mute, changed, contents, named, claims } => {
            let who = format!(" (at the same time: {})", others.join(", "));
            let claims = claims.as_deref().unwrap_or_default();
            let changes = Changed { files: changed, contents, place: &seen.place };
            let all = attributed(&who, &changes, named.as_deref(), claims);
            findings.extend(all.into_iter().map(|finding| doubted(finding, mute)));
        }
        Whose::Nobodys => {}
    }
}

/// Is all that changed files that are new, and empty? Some say something by their name alone.
fn is_hollow(seen: &Seen) -> bool {
    seen.changed.iter().all(|touched| {
        let name = touched.path.rsplit('/').next().unwrap_or_default();
        let is_sign = name.starts_with('.') || SIGNS.contains(&name);
        let is_empty = |c: &Contents| {
            let after = c.after.as_deref().and_then(|after| after.rsplit(' ').next());
            c.before.is_none() && after.is_some_and(|id| EMPTY.contains(&id))
        };
        !is_sign && seen.contents.get(&touched.path).is_some_and(is_empty)
    })
}

/// What it says it changed, though it may not; of changes whose author nobody knows its word is enough.
pub(super) fn trespass(worker: &Worker) -> Vec<Finding> {
    let mut findings = Vec::new();
    let outside = worker.outside_claims();
    let say = format!("it names files as changed outside what `claims` allows ({})", worker.claims.join(", "));
    push(&mut findings, FindingKind::OutsideClaims, say, outside);
    findings
}

/// What changed in a tree.
struct Changed<'a> {
    files: &'a [Touched],
    contents: &'a BTreeMap<String, Contents>,
    /// Top of the tree.
    place: &'a str,
}

/// Changes whose author is known, held against what was named and what was allowed.
fn attributed(who: &str, changed: &Changed<'_>, named: Option<&[String]>, claims: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(named) = named {
        let named: Vec<Name> = named.iter().map(|name| Name::new(name, changed.place)).collect();
        let is_named = |path: &str| named.iter().any(|name| name.covers(path));
        let contents = changed.contents.iter();
        let moved =
            moved(contents.map(|(path, c)| (path.as_str(), c.before.as_deref(), c.after.as_deref())), &is_named);
        let is_told = |t: &&Touched| is_named(&t.path) || moved.contains(t.path.as_str());
        let unnamed: Vec<Touched> = changed.files.iter().filter(|t| !is_told(t)).cloned().collect();
        let say = format!("files changed that no result names{who}");
        push(&mut findings, FindingKind::NotNamed, say, listed(&unnamed));
    }
    if !claims.is_empty() {
        let is_outside = |t: &&Touched| !claims.iter().any(|glob| paths::fits(glob, &t.path));
        let outside: Vec<Touched> = changed.files.iter().filter(is_outside).cloned().collect();
        let say = format!("files changed outside what `claims` allows ({}){who}", claims.join(", "));
        push(&mut findings, FindingKind::OutsideClaims, say, listed(&outside));
    }
    findings
}

/// What may be the deed of those who gave no result is held against nobody else.
fn doubted(finding: Finding, mute: &[String]) -> Finding {
    if mute.is_empty() {
        return finding;
    }
    let may = listed_names("; it may be the work of those who gave no result (", mute);
    Finding { weight: Weight::Unproven, say: finding.say.clone() + &may, ..finding }
}

fn push(findings: &mut Vec<Finding>, kind: FindingKind, say: impl Into<String>, evidence: Vec<String>) {
    if !evidence.is_empty() {
        findings.push(contradiction(kind, say, evidence));
    }
}

fn listed(changed: &[Touched]) -> Vec<String> {
    let word = |how| match how {
        crate::event::How::Added => "A",
        crate::event::How::Modified => "M",
        crate::event::How::Deleted => "D",
    };
    changed.iter().map(|t| format!("{} {}", word(t.how), t.path)).collect()
}

fn commits(said: &Said, seen: &Seen, findings: &mut Vec<Finding>) {
    let is_made = |named: &str| {
        let named = named.trim().trim_matches('`').to_ascii_lowercase();
        named.len() >= 4 && seen.commits.iter().any(|made| made.starts_with(&named))
    };
    let missing = said.commits.iter().flatten().filter(|named| !is_made(named)).cloned().collect();
    push(findings, FindingKind::NoSuchCommit, "it names commits that it did not make", missing);
}

fn ran(said: &Said, observed: Option<&[Ran]>, place: &str, findings: &mut Vec<Finding>) {
    let Some(claimed) = said.commands.as_ref().filter(|claimed| !claimed.is_empty()) else { return };
    let Some(ran) = observed else {
        let say = "it says that it ran commands; nobody saw them, so this is unproven";
        findings.push(Finding::new(FindingKind::NotRun, Weight::Unproven, say, claimed.clone()));
        return;
    };
    let record = commands::Record::new(ran, place);
    let (mut never, mut broken, mut maybe, mut unknown) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for claim in claimed {
        match record.verdict(claim) {
            Verdict::Never(None) => never.push(claim.clone()),
            Verdict::Never(Some(other)) => never.push(format!("{claim} (what ran: `{other}`)")),
            Verdict::Failed(code) => {
                let code = code.map_or_else(String::new, |code| format!(" (exit code {code})"));
                broken.push(format!("{claim}{code}"));
            }
            Verdict::Maybe(other) | Verdict::Part(other) => maybe.push(format!("{claim} (what ran: `{other}`)")),
            Verdict::Ran(other) if *other == *claim => unknown.push(claim.clone()),
            Verdict::Ran(other) => unknown.push(format!("{claim} (in `{other}`)")),
            Verdict::Passed => {}
        }
    }
    push(findings, FindingKind::NotRun, "it names commands that it did not run", never);
    if said.done {
        let say = "it says that the work is done, but the last run of a command failed";
        push(findings, FindingKind::RanAndFailed, say, broken);
    }
    let unproven = [
        (FindingKind::NotRun, "whether it ran these commands as it names them is unproven", maybe),
        (FindingKind::RanAndFailed, "it ran these commands; how they ended is unproven", unknown),
    ];
    for (kind, say, evidence) in unproven.into_iter().filter(|(_, _, evidence)| !evidence.is_empty()) {
        findings.push(Finding::new(kind, Weight::Unproven, say, evidence));
    }
}

/// What was seen that no node may do, whatever it says; `place` is where it works, and `beside` worked at the same time. `run_files` are
/// those files of the run that changed and that nobody under way had to write.
pub(super) fn deeds(facts: &Facts, place: &Place<'_>, beside: &[Beside], run_files: Vec<String>) -> Vec<Finding> {
    let seen = match &facts.seen {
        None => return Vec::new(),
        Some(Err(why)) => {
            let say = format!("what it changed cannot be seen any more{}: {why}", anybody(beside));
            return vec![contradiction(FindingKind::Unobservable, say, Vec::new())];
        }
        Some(Ok(seen)) => seen,
    };
    // Nobody knows who of those who were under way did it, unless it was kept apart.
    let by_whom = |finding: &Finding| match finding.kind {
        FindingKind::Astray | FindingKind::Unobservable => finding.clone(),
        _ => Finding { say: finding.say.clone() + &anybody(beside), ..finding.clone() },
    };
    let mut findings: Vec<Finding> = seen.tampered.iter().map(by_whom).collect();
    if !beside.is_empty() && !seen.empty.is_empty() {
        let say = format!("commits change nothing; who made them was not seen{}", suspects(beside));
        findings.push(Finding::new(FindingKind::EmptyCommit, Weight::Unproven, say, seen.empty.clone()));
    }
    let moved: Vec<String> = seen.refs.iter().filter(|r| is_foul(r, seen.linked, place, beside)).map(told).collect();
    if !moved.is_empty() {
        let say = format!("refs moved that it may not move{}", anybody(beside));
        findings.push(Finding::new(FindingKind::RefMoved, Weight::Tampering, say, moved));
    }
    for moved in seen.refs.iter().filter(|_| !beside.is_empty()) {
        if let (true, Sureness::Unclear(what)) = (moved.own, &moved.by_itself) {
            let say = format!(
                "what its branch went through is not all in its files; by whom was not seen{}",
                suspects(beside)
            );
            findings.push(Finding::new(FindingKind::RefMoved, Weight::Unproven, say, what.clone()));
        }
    }
    if !run_files.is_empty() {
        let say = format!("files of the engine changed{}", anybody(beside));
        findings.push(Finding::new(FindingKind::EngineChanged, Weight::Tampering, say, run_files));
    }
    for other in seen.elsewhere.iter().filter(|other| is_unexplained(other, beside)) {
        let whose = other.owner.as_ref().map_or_else(
            || "the working tree of the repository".to_owned(),
            |owner| format!("the worktree of `{owner}`, which had ended,"),
        );
        let others: Vec<Beside> =
            beside.iter().filter(|b| !other.after_end || b.place != other.path).cloned().collect();
        let say = format!("{whose} changed, though its own place is another{}", anybody(&others));
        findings.push(contradiction(FindingKind::Elsewhere, say, other.what.clone()));
    }
    findings
}

/// What is told of files that changed once more after those had ended who name them: those of which it is sure that somebody did it who
/// gave a result, and those of which it is `open`. `others` worked there, too; `mute` of them gave none.
pub(super) fn overwritten(
    (sure, open): (Vec<String>, Vec<String>),
    others: &[String],
    mute: &[String],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let who = listed_names(" (under way at the same time: ", others);
    let say = format!("files changed after the work had ended that names them, and no later result does{who}");
    push(&mut findings, FindingKind::NotNamed, say.clone(), sure);
    let mut doubts = Vec::new();
    push(&mut doubts, FindingKind::NotNamed, say, open);
    findings.extend(doubts.into_iter().map(|finding| doubted(finding, mute)));
    findings
}

/// What is told where nothing is known to be anybody's own: of the attempt itself, `me`, and of others who had ended before.
pub(super) fn contested(all: &[(&Worker, Vec<String>)], me: &str) -> Vec<Finding> {
    let told = all.iter().map(|(worker, what)| {
        let who = if worker.node == me { "it".to_owned() } else { format!("`{}`", worker.node) };
        let say = format!(
            "nothing that {who} names as changed is known to be its work; others in the same tree at the same time name it, too, \
             and worktrees or `claims` would tell them apart"
        );
        let weight = if worker.worked_before { Weight::Unproven } else { Weight::Contradiction };
        Finding::new(FindingKind::Contested, weight, say, what.clone())
    });
    told.collect()
}

/// What is told of files that others changed at the same time, each in a view of its own.
pub(super) fn met(seen: &Seen) -> Vec<Finding> {
    let mut findings = Vec::new();
    let say = "others changed meanwhile what it changed, too, and theirs stands; its own is in `aside/` of the run";
    push(&mut findings, FindingKind::Contested, say, seen.kept_out.clone());
    if !seen.both.is_empty() {
        let say = "others changed the same lines meanwhile; those of both were put together line by line, theirs first, and which of \
                   them count there nobody has seen";
        findings.push(Finding::new(FindingKind::Contested, Weight::Unproven, say, seen.both.clone()));
    }
    if !seen.over.is_empty() {
        let say =
            "it went on from what others had left meanwhile, and its own stands; these lines of theirs do not any more";
        findings.push(Finding::new(FindingKind::Contested, Weight::Unproven, say, seen.over.clone()));
    }
    findings
}

/// Who else may have done it.
fn suspects(beside: &[Beside]) -> String {
    let names: Vec<String> = beside.iter().map(|b| b.node.clone()).collect();
    listed_names(" (under way at the same time: ", &names)
}

/// The same of what is seen where it was done, which need not be where its author works: whoever is told of it may be the victim.
fn anybody(beside: &[Beside]) -> String {
    let who = suspects(beside);
    if who.is_empty() {
        who
    } else {
        format!("; nobody saw who did it, it may have been this one or any of these{who}")
    }
}

/// The first ten of `names` behind `intro`; nothing if there is none.
pub(super) fn listed_names(intro: &str, names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let more = if names.len() > 10 { ", …" } else { "" };
    format!("{intro}{}{more})", names[..names.len().min(10)].join(", "))
}

/// A branch of its own worktree may go forward, by itself if somebody worked at the same time. What the engine moved is noted.
/// Branches of the run follow those who work in them, and begin with those who begin.
fn is_foul(moved: &RefMove, linked: bool, place: &Place<'_>, beside: &[Beside]) -> bool {
    let works_there = |b: &Beside| moved.place.is_some() && moved.place == b.place;
    let may_commit = place.may_commit || beside.iter().any(works_there);
    let went = moved.forward && (moved.by_itself != Sureness::No || beside.is_empty());
    let is_own = moved.own && linked && may_commit && went;
    // An attempt before, which failed, had a worktree and a branch of its own.
    let mine = place.worktree;
    let is_of_earlier = !moved.own && moved.forward && mine.is_some() && moved.place.as_deref() == mine;
    if moved.by_engine || is_own || is_of_earlier {
        return false;
    }
    // A branch that is new was noted with its worktree before; nobody but the engine has to make another.
    let explains = |b: &Beside| b.action || !moved.after_end && works_there(b);
    !moved.of_run || moved.own || !beside.iter().any(explains)
}

fn told(moved: &RefMove) -> String {
    let short = |at: &Option<String>| {
        at.as_ref().map_or_else(|| "nothing".to_owned(), |oid| oid.chars().take(10).collect::<String>())
    };
    format!("{} from {} to {}", moved.name, short(&moved.from), short(&moved.to))
}

/// Did nobody work there who may?
fn is_unexplained(other: &Elsewhere, beside: &[Beside]) -> bool {
    let works_there = |b: &Beside| b.place == other.path || other.owner.as_ref() == Some(&b.node);
    !beside.iter().any(|b| b.action || !other.after_end && works_there(b))
}
