//! `checks.guard`: is what proves the work still what it was? Compares the working directory with the commit that the
//! work began from. Reads through git; what is found is decided by pure modules, one table per language.
//!
//! What cannot be read is a finding. Adding tests and assertions never is one.

pub(super) mod behind;
mod bypass;
mod collected;
mod command;
mod config;
mod ended;
mod environment;
mod finding;
mod glob;
mod held;
pub(super) mod hollow;
pub(super) mod inside;
mod jest;
mod language;
mod links;
mod marked;
mod original;
mod part;
pub(super) mod placeholder;
mod printed;
mod pytest;
mod reach;
pub(super) mod recipe;
#[cfg(test)]
mod tests;
mod text;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Job, detect, project, refuse, repository, shared};
use crate::decide::{moved::moved, paths};
use crate::event::Failure;
use crate::git::{self, Entry, Journal, Oid, RepoPath, Repository, STATE_DIR, Sort};
use finding::{Finding, Kind, Terms};
use held::Held;
pub(super) use original::{is_for_tests, may_help, with_tests_of};
use tree::{Text, Tree};

/// Largest file that is read, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;
/// Most findings that are listed.
const MOST: usize = 200;
/// Sources of checks that are a person's own word.
const GIVEN: [&str; 2] = [detect::DECLARED, detect::SETTINGS];

pub(super) fn with() -> Value {
    let words: Vec<&str> = Kind::ALL.iter().map(|(_, word)| *word).collect();
    json!({
        "type": "object",
        "description": "Compares what proves the work (tests, assertions, check commands, their configuration, CI) with a commit. Whatever got weaker is a finding.",
        "required": ["base"],
        "additionalProperties": false,
        "properties": {
            "base": { "type": "string", "description": "Commit or tree to compare with: what `git.head` answered when the work began." },
            "against": { "type": ["string", "null"], "description": "Commit or tree that is judged; null: the working directory as it is." },
            "checks": {
                "type": ["array", "null"],
                "description": "Commands that prove the work: the scripts that they run must stay.",
                "items": {
                    "type": "object",
                    "required": ["name", "run"],
                    "properties": {
                        "name": { "type": "string" },
                        "run": { "type": "string" },
                        "source": { "type": "string", "description": "Where it comes from, as `checks.detect` tells it. What a person gave may be anything; everything else must be able to fail." }
                    }
                }
            },
            "ran": {
                "type": ["array", "null"],
                "description": "What came of these commands: the items of the map that ran them, by their names. One that ended well, and in which a run of tests never told how it ended, is a finding. Left out: nobody looks.",
                "items": {
                    "type": "object",
                    "required": ["key", "node", "status", "attempts"],
                    "properties": {
                        "key": { "type": "string" },
                        "node": { "type": "string" },
                        "status": { "type": "string" },
                        "attempts": { "type": "integer" }
                    }
                }
            },
            "since": {
                "type": ["string", "null"],
                "description": "Tree of the working directory before the commands ran, from `git.head`. What differs from it and is not in `named` is a finding: the commands did it. Left out: it is not compared."
            },
            "from": {
                "type": ["string", "null"],
                "description": "Commit that was checked out then. What commits have changed since and is as they left it is in them already, and no finding: whoever works here commits nothing."
            },
            "named": {
                "type": ["array", "null"],
                "description": "Files, or folders, that were changed on purpose since then.",
                "items": { "type": "string" }
            },
            "settings": {
                "type": ["string", "null"],
                "description": "Digest of `.mission/config.yaml` when the work began, from `git.head`. Left out: it is not compared."
            },
            "allow": {
                "type": ["array", "null"],
                "description": "Path globs whose findings do not count; they are listed all the same.",
                "items": { "type": "string" }
            },
            "tell": {
                "type": ["array", "null"],
                "description": "Kinds of findings that are only listed here.",
                "items": { "enum": words }
            },
            "only": {
                "type": ["array", "null"],
                "description": "Files, or folders: of `base`, what these held is compared, wherever it went; what became of every other file is no finding. Left out: everything is compared.",
                "items": { "type": "string" }
            },
            "known": {
                "type": ["array", "null"],
                "description": "Findings of another guard, which are not told again.",
                "items": {
                    "type": "object",
                    "required": ["kind", "file", "evidence"],
                    "properties": {
                        "kind": { "type": "string" },
                        "file": { "type": "string" },
                        "evidence": { "type": "string" }
                    }
                }
            }
        }
    })
}

pub(super) fn result() -> Value {
    let words: Vec<&str> = Kind::ALL.iter().map(|(_, word)| *word).collect();
    json!({
        "type": "object",
        "required": ["passed", "told", "findings", "tests", "tree"],
        "properties": {
            "passed": { "type": "boolean", "description": "True if nothing was found but what is allowed." },
            "told": { "type": "string", "description": "What got weaker, or was changed by the checks, and how to undo it, in words." },
            "findings": {
                "type": "array",
                "description": "What got weaker.",
                "items": {
                    "type": "object",
                    "required": ["kind", "file", "line", "evidence", "weight", "restore", "allowed"],
                    "properties": {
                        "kind": { "enum": words, "description": "What happened." },
                        "file": { "type": "string", "description": "Where." },
                        "line": { "type": ["integer", "null"], "description": "Line in the file as it is now." },
                        "evidence": { "type": "string", "description": "What is seen." },
                        "weight": { "enum": ["fails", "told"], "description": "It fails the verdict, or is only listed." },
                        "restore": { "type": "string", "description": "What would undo it." },
                        "allowed": { "type": ["string", "null"], "description": "The glob of `allow` that lets it pass." }
                    }
                }
            },
            "tests": {
                "type": "object",
                "required": ["before", "after"],
                "properties": {
                    "before": { "type": "integer", "description": "Tests that were run at `base`." },
                    "after": { "type": "integer", "description": "Tests that are run now." }
                }
            },
            "tree": { "type": "string", "description": "The tree that was judged." }
        }
    })
}

pub(super) fn perform(with: &Value, job: &Job<'_>) -> Result<Value, Failure> {
    let scratch = Journal::new(job.run_dir);
    let main = repository(job)?;
    let repo = &main.looking(scratch.folder()?)?;
    let base = Oid::parse(with["base"].as_str().unwrap_or_default())?;
    let checks = commands(&with["checks"]);
    let terms = terms(with)?;
    let now = match with["against"].as_str() {
        Some(oid) => Oid::parse(oid)?,
        None => repo.tree_id(scratch.folder()?)?,
    };
    let new = repo.files(&now)?;
    let whole = repo.files(&base)?;
    let only = if with["only"].is_null() { None } else { Some(names(repo, &with["only"], "only")?) };
    let held = only.as_deref().map(|only| Held { only, old: &whole, new: &new });
    let old = held.as_ref().map_or_else(|| whole.clone(), Held::asked);
    let texts = read(repo, [&old, &new], &checks)?;
    let (before, after) = (side(&old, &texts), side(&new, &texts));
    let mut judged = judge(&before, &after, &checks, &terms.allowed);
    if let Some(held) = held.filter(|_| judged.lacks()) {
        let compared = |old: &[Entry]| -> Result<Judged, Failure> {
            let texts = read(repo, [old, &new], &checks)?;
            Ok(judge(&side(old, &texts), &side(&new, &texts), &checks, &terms.allowed))
        };
        judged = held.settled(judged, compared(&whole)?, &compared(&held.others())?);
    }
    judged.findings.extend(ended::cut_short(&printed::read(&with["ran"], &checks, job)?, &after));
    judged.findings.extend(links::outside(repo, &old, &new)?);
    if let Some(before) = with["settings"].as_str() {
        judged.findings.extend(settings(before, job));
    }
    if let Some(since) = with["since"].as_str() {
        let mut changes = repo.differences(&Oid::parse(since)?, &now)?;
        if let Some(from) = with["from"].as_str() {
            let committed = committed(repo, &Oid::parse(from)?, &now)?;
            changes.retain(|difference| !committed.contains(&difference.change.path));
        }
        judged.findings.extend(strayed(&changes, &names(repo, &with["named"], "named")?));
    }
    judged.findings.retain(|finding| !is_known(finding, &with["known"]));
    if !judged.findings.is_empty() {
        // The command that shows what something was is for everybody.
        shared::tree([repo, main], &base, scratch.folder()?)?;
    }
    let short = base.short();
    let passed = judged.findings.iter().all(|finding| finding.passes(&terms));
    let rows: Vec<Value> = judged.findings.iter().take(MOST).map(|finding| finding.to_json(short, &terms)).collect();
    let tests = json!({ "before": judged.before, "after": judged.after });
    let told = finding::told(&judged.findings, short, &terms);
    Ok(json!({ "passed": passed, "told": told, "findings": rows, "tests": tests, "tree": now.as_str() }))
}

/// Does one of these globs let `path` change?
pub(super) fn allows(globs: &[String], path: &str) -> bool {
    globs.iter().any(|one| glob::matches(one, path))
}

/// A command that proves the work.
struct Check {
    name: String,
    run: String,
    /// A person gave it, here or in the settings.
    given: bool,
}

#[cfg(test)]
impl Check {
    /// A check that a person gave.
    fn of(name: &str, run: &str) -> Self {
        Self { name: name.to_owned(), run: run.to_owned(), given: true }
    }
}

fn commands(checks: &Value) -> Vec<Check> {
    let text = |check: &Value, key: &str| check[key].as_str().unwrap_or_default().to_owned();
    let of = |check: &Value| Check {
        name: text(check, "name"),
        run: text(check, "run"),
        given: check["source"].as_str().is_some_and(|source| GIVEN.contains(&source)),
    };
    checks.as_array().into_iter().flatten().map(of).collect()
}

fn parse<T: serde::de::DeserializeOwned>(value: &Value, name: &str) -> Result<Vec<T>, Failure> {
    match value {
        Value::Null => Ok(Vec::new()),
        list => serde_json::from_value(list.clone()).map_err(|e| refuse(format!("`{name}`: {e}"))),
    }
}

/// What lets findings pass, by the arguments.
fn terms(with: &Value) -> Result<Terms, Failure> {
    let words: Vec<String> = parse(&with["tell"], "tell")?;
    let told = words.iter().filter_map(|word| Kind::of(word)).collect();
    Ok(Terms { allowed: parse(&with["allow"], "allow")?, told })
}

/// Files and folders as somebody named them.
pub(super) fn names(repo: &Repository, value: &Value, argument: &str) -> Result<Vec<paths::Name>, Failure> {
    let place = repo.root().display().to_string();
    let all: Vec<String> = parse(value, argument)?;
    Ok(all.iter().map(|name| paths::Name::new(name, &place)).collect())
}

/// Has another guard told it?
fn is_known(finding: &Finding, known: &Value) -> bool {
    let is_it = |other: &Value| {
        other["kind"] == finding.kind.word() && other["file"] == finding.file && other["evidence"] == finding.evidence
    };
    known.as_array().into_iter().flatten().any(is_it)
}

struct Judged {
    findings: Vec<Finding>,
    before: usize,
    after: usize,
    /// How many there are fewer, for no reason that is known.
    missing: usize,
}

/// Everything that got weaker from `base` to `now`.
fn judge(base: &Tree<'_>, now: &Tree<'_>, checks: &[Check], allowed: &[String]) -> Judged {
    let inside = inside::Inside::new(base, now, checks);
    let collected = collected::compare(&inside.base, &inside.now, checks);
    let (mut findings, merged) = (inside.placed(collected.findings), collected.merged);
    findings.extend(command::compare(base, now, checks));
    // Behind a script the same tools are run as by name.
    let checks = &command::all(base, now, checks);
    findings.extend(config::compare(base, now, collected.before, checks));
    findings.extend(bypass::compare(base, now, collected.before, checks));
    findings.extend(marked::compare(base, now));
    let (before, after) = (collected.before, collected.after);
    let permitted: usize = findings.iter().filter(|f| f.allowed_by(allowed).is_some()).map(|f| f.tests).sum();
    let missing = before.saturating_sub(after + permitted + merged);
    if missing > 0 {
        let what = format!("{before} tests before, {after} now");
        findings.push(Finding::new(Kind::FewerTests, "", None, what));
    }
    findings.sort_by(|a, b| by_place(a).cmp(&by_place(b)));
    findings.dedup();
    Judged { findings, before, after, missing }
}

/// What tells a finding from another, in the order in which they are told.
fn by_place(finding: &Finding) -> (Kind, &str, Option<usize>, &str) {
    (finding.kind, &finding.file, finding.line, &finding.evidence)
}

/// Files that the commits since `from` changed, and that are as they left them.
fn committed(repo: &Repository, from: &Oid, now: &Oid) -> Result<BTreeSet<RepoPath>, Failure> {
    let head = repo.head()?;
    if head == *from {
        return Ok(BTreeSet::new());
    }
    let tree = repo.tree_of(&head)?;
    let paths = |from: &Oid, to: &Oid| -> Result<BTreeSet<RepoPath>, Failure> {
        Ok(repo.differences(from, to)?.into_iter().map(|difference| difference.change.path).collect())
    };
    let open = paths(&tree, now)?;
    Ok(paths(&repo.tree_of(from)?, &tree)?.into_iter().filter(|path| !open.contains(path)).collect())
}

/// What of `changes`, made while the commands ran, nobody answers for.
fn strayed(changes: &[git::Difference], named: &[paths::Name]) -> Vec<Finding> {
    let is_named = |path: &str| named.iter().any(|name| name.covers(path));
    let all: Vec<(String, &git::Difference)> = changes.iter().map(|d| (d.change.path.to_string(), d)).collect();
    let differing = all.iter().map(|(path, d)| (path.as_str(), d.before.as_deref(), d.after.as_deref()));
    let moved = moved(differing, &is_named);
    let strayed = all.iter().filter(|(path, _)| !is_named(path) && !moved.contains(path.as_str()));
    let strayed = strayed.map(|(_, d)| &d.change);
    let found = strayed.map(|change| {
        let how = match change.kind {
            git::Kind::Added | git::Kind::Untracked => "appeared",
            git::Kind::Deleted => "was deleted",
            git::Kind::Modified | git::Kind::Unmerged | git::Kind::Nested => "changed",
        };
        let what = format!("it {how} meanwhile, and no result names it");
        Finding::new(Kind::UnnamedChange, &change.path.to_string(), None, what)
    });
    found.collect()
}

/// The engine's own settings lie outside of every commit.
fn settings(before: &str, job: &Job<'_>) -> Option<Finding> {
    let now = project::digest(job);
    let what = match now {
        Ok(now) if now == before => return None,
        Ok(_) => "the settings of this tool were changed while it works".to_owned(),
        Err(why) => why,
    };
    Some(Finding::new(Kind::SettingsChanged, &format!("{STATE_DIR}/config.yaml"), None, what))
}

/// The texts of all that matters of both sides, and of what the checks name.
fn read(repo: &Repository, [old, new]: [&[Entry]; 2], checks: &[Check]) -> Result<BTreeMap<Oid, Text>, Failure> {
    let mut texts = texts(repo, old, new)?;
    let named = inside::named(&side(old, &texts), &side(new, &texts), checks);
    add_texts(repo, old.iter().chain(new).filter(|entry| named.contains_key(&entry.path.to_string())), &mut texts)?;
    Ok(texts)
}

/// The texts of the files that can matter: those that hold tests, and those that differ.
fn texts(repo: &Repository, old: &[Entry], new: &[Entry]) -> Result<BTreeMap<Oid, Text>, Failure> {
    let mut wanted: BTreeMap<&Oid, u64> = BTreeMap::new();
    let mut texts = BTreeMap::new();
    for entry in old.iter().chain(new) {
        match entry.sort {
            Sort::Submodule => drop(texts.insert(entry.blob.clone(), Text::Unreadable("it is another repository"))),
            Sort::File | Sort::Link if entry.bytes > LARGEST => {
                texts.insert(entry.blob.clone(), Text::Unreadable("it is larger than 4 MiB"));
            }
            Sort::File | Sort::Link => drop(wanted.insert(&entry.blob, entry.bytes)),
        }
    }
    let same: std::collections::BTreeSet<&Oid> = old.iter().map(|entry| &entry.blob).collect();
    let common: std::collections::BTreeSet<&Oid> =
        new.iter().map(|e| &e.blob).filter(|blob| same.contains(blob)).collect();
    let proves: std::collections::BTreeSet<&Oid> =
        old.iter().chain(new).filter(|e| matters(e)).map(|e| &e.blob).collect();
    wanted.retain(|blob, _| !common.contains(*blob) || proves.contains(*blob));
    let list: Vec<(&Oid, u64)> = wanted.into_iter().collect();
    for ((blob, _), content) in list.iter().zip(repo.contents(&list)?) {
        texts.insert((*blob).clone(), text(content));
    }
    Ok(texts)
}

/// Adds the texts of files that the checks name, and that were not read.
fn add_texts<'e>(
    repo: &Repository,
    entries: impl Iterator<Item = &'e Entry>,
    texts: &mut BTreeMap<Oid, Text>,
) -> Result<(), Failure> {
    let wanted = entries.filter(|entry| entry.sort == Sort::File && !texts.contains_key(&entry.blob));
    let wanted: BTreeMap<&Oid, u64> = wanted.map(|entry| (&entry.blob, entry.bytes)).collect();
    let list: Vec<(&Oid, u64)> = wanted.into_iter().collect();
    for ((blob, _), content) in list.iter().zip(repo.contents(&list)?) {
        texts.insert((*blob).clone(), text(content));
    }
    Ok(())
}

/// Must a file be read though it is as it was? Tests are counted, scripts followed, and a file may be read instead of
/// another.
fn matters(entry: &Entry) -> bool {
    const SETTINGS: [&str; 4] = ["pyproject.toml", "tox.ini", "setup.cfg", "Cargo.toml"];
    let path = entry.path.to_string();
    let name = path.rsplit('/').next().unwrap_or_default();
    language::of(&path).is_some() || command::may_be_run(&path) || SETTINGS.contains(&name)
}

fn text(content: Option<Vec<u8>>) -> Text {
    match content {
        None => Text::Unreadable("its content is missing in the repository"),
        Some(bytes) if bytes.contains(&0) => Text::Unreadable("it is not text"),
        Some(bytes) => Text::Is(String::from_utf8_lossy(&bytes).into()),
    }
}

fn side<'t>(entries: &'t [Entry], texts: &'t BTreeMap<Oid, Text>) -> Tree<'t> {
    let by_path: BTreeMap<String, &Entry> = entries.iter().map(|entry| (entry.path.to_string(), entry)).collect();
    let content = |entry: &Entry| match entry.sort {
        Sort::Link => format!("link {}", entry.blob),
        Sort::File | Sort::Submodule => entry.blob.to_string(),
    };
    let files = by_path.iter().map(|(path, entry)| (path.clone(), content(entry))).collect();
    let fetch = move |path: &str| {
        let entry = by_path.get(path);
        let text = entry.and_then(|entry| texts.get(&entry.blob)).cloned();
        match entry.map(|entry| entry.sort) {
            // Where a link leads is no test.
            Some(Sort::Link) => Text::Is("".into()),
            _ => text.unwrap_or(Text::Unreadable("it was not read")),
        }
    };
    Tree::new(files, Box::new(fetch))
}
