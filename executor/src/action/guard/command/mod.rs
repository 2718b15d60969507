//! What the checks run: scripts of `package.json`, targets of Make and Just, script files, and what those run. Pure.
//!
//! A script may grow; a line that it had must stay. What is new must be able to fail.

mod grew;
mod rewrites;
mod runs;
mod shape;
mod stricter;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::Check;
use super::collected::is_expected;
use super::config::first_difference;
use super::finding::{Finding, Kind};
use super::hollow::{self, Ends, Known, UNKNOWN};
use super::original::is_for_tests;
use super::tree::{Text, Tree};
use grew::{Sides, harms_test, shrunk, sources, takes_away};
use rewrites::rewrites;
use runs::{Run, Says, runs};

pub(super) use runs::may_be_run;

/// How far scripts are followed that run scripts.
const DEEPEST: usize = 6;
/// Most scripts that are looked into for one command.
const MOST_SCRIPTS: usize = 200;

/// What became of what the `checks` run.
pub(super) fn compare(base: &Tree<'_>, now: &Tree<'_>, checks: &[Check]) -> Vec<Finding> {
    let mut follower = Follower::new(base, now);
    for ran in all(base, base, checks) {
        follower.ran.push_str(&ran.run);
        follower.ran.push('\n');
    }
    for check in checks {
        follower.check = &check.name;
        // What a person gave is the person's own word.
        if !check.given && hollow::ends(&check.run, UNKNOWN) != Ends::AsFound {
            let what = format!("the check `{}` cannot fail: `{}`", check.name, check.run);
            follower.findings.push(Finding::new(Kind::CheckMasked, "", None, what));
        }
        follower.follow(&check.run, "", false, DEEPEST);
    }
    follower.findings
}

/// `command`, and everything in `tree` that it runs, as far as it is for a shell.
pub(super) fn scripts(command: &str, tree: &Tree<'_>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut all = vec![command.to_owned()];
    add_scripts(command, "", tree, &mut seen, &mut all);
    all
}

fn add_scripts(command: &str, place: &str, tree: &Tree<'_>, seen: &mut BTreeSet<Run>, all: &mut Vec<String>) {
    for run in runs(command, place, [tree, tree]) {
        if run.is_data() || seen.len() > MOST_SCRIPTS || !seen.insert(run.clone()) {
            continue;
        }
        let Some(says) = run.says(tree) else { continue };
        if matches!(&run, Run::Script(path) if !is_shell(path, &says.text)) {
            continue;
        }
        add_scripts(&says.text, &run.place(place), tree, seen, all);
        all.extend(says.recipe.map(|recipe| recipe.commands.join("\n")));
        all.push(says.text);
    }
}

/// The checks, each with everything that it runs, before or now, behind its command.
pub(super) fn all(base: &Tree<'_>, now: &Tree<'_>, checks: &[Check]) -> Vec<Check> {
    let of = |check: &Check| {
        let mut run = check.run.clone();
        let mut open = vec![(check.run.clone(), String::new(), DEEPEST)];
        let mut seen = BTreeSet::new();
        while let Some((command, place, left)) = open.pop() {
            for found in runs(&command, &place, [base, now]).into_iter().filter(|found| !found.is_data()) {
                if left == 0 || !seen.insert(found.clone()) {
                    continue;
                }
                for text in [base, now].into_iter().filter_map(|tree| found.says(tree)).map(|says| says.text) {
                    run.push('\n');
                    run.push_str(&text);
                    open.push((text, found.place(&place), left - 1));
                }
            }
        }
        Check { name: check.name.clone(), run, given: check.given }
    };
    checks.iter().map(of).collect()
}

struct Follower<'f, 't> {
    base: &'f Tree<'t>,
    now: &'f Tree<'t>,
    check: &'f str,
    /// Everything that the checks ran before.
    ran: String,
    seen: BTreeSet<Run>,
    /// A script of tests is followed: what it calls is what is tested.
    in_tests: bool,
    findings: Vec<Finding>,
}

impl<'f, 't> Follower<'f, 't> {
    fn new(base: &'f Tree<'t>, now: &'f Tree<'t>) -> Self {
        Self { base, now, check: "", ran: String::new(), seen: BTreeSet::new(), in_tests: false, findings: Vec::new() }
    }

    /// `added`: it is run beside what proved the work before.
    fn follow(&mut self, command: &str, place: &str, added: bool, left: usize) {
        if let Some((path, line)) = rewrites(command, place, self.base, self.now) {
            let what = format!("the check `{}` runs it, and it takes away what proves: `{line}`", self.check);
            self.findings.push(Finding::new(Kind::CheckMasked, &path, None, what));
        }
        for run in runs(command, place, [self.base, self.now]) {
            if left == 0 || !self.seen.insert(run.clone()) {
                continue;
            }
            if self.is_tested(&run, command) {
                self.is_taken(&run, command);
                continue;
            }
            let in_tests = self.in_tests;
            self.in_tests |= matches!(&run, Run::Script(path) if is_for_tests(path));
            let place = run.place(place);
            let (old, new) = (run.says(self.base), run.says(self.now));
            let same = old.as_ref().map(|old| &old.text) == new.as_ref().map(|new| &new.text);
            match (old.filter(|old| same || !is_placeholder(old)), new) {
                (Some(old), new) => {
                    self.stays(&run, &old, new.as_ref(), &place);
                    if !run.is_data() {
                        self.follow(&old.text, &place, added, left - 1);
                        self.follow(new.as_ref().map_or("", |new| &new.text), &place, true, left - 1);
                    }
                }
                (None, Some(new)) if !run.is_data() => {
                    self.begins(&run, &new, &place, added);
                    self.follow(&new.text, &place, true, left - 1);
                }
                (None, _) => {}
            }
            self.in_tests = in_tests;
        }
    }

    /// Is it what is tested, and nothing that tests: a script that tests call, or of which only what it says is looked at?
    fn is_tested(&self, run: &Run, command: &str) -> bool {
        let Run::Script(path) = run else { return false };
        let name = path.rsplit('/').next().unwrap_or(path);
        let within = |(at, _): (usize, &str)| {
            let before = &command[..at];
            let open = before.rfind("$(").is_some_and(|open| !before[open..].contains(')'));
            open || before.lines().next_back().unwrap_or_default().matches('`').count() % 2 == 1
        };
        let looked_at = |found: (usize, &str)| within(found) || self.is_compared(run, &command[found.0..]);
        !run.is_for_proof() && (self.in_tests || command.match_indices(name).all(looked_at))
    }

    /// Does what it says go on to `grep` with a text, and does it compare or test nothing itself?
    fn is_compared(&self, run: &Run, command: &str) -> bool {
        // With a text that stands there: what is in a file could be made to fit.
        static COMPARED: LazyLock<Regex> = LazyLock::new(|| {
            let text = r#"(?:"[^"\n$`\\]*"|'[^'\n]*'|[\w.^-]+)"#;
            let pattern = format!(r"^[^\n;&|<>`()]*\|\s*grep(?:\s+-[a-dg-zA-Z]+)*\s+{text}[ \t]*(?:\n|$)");
            Regex::new(&pattern).expect("a constant pattern")
        });
        static COMPARES: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(?i)test|\b(?:grep|diff|cmp|assert\w*|exit|return|spec|check\w*|pass\w*|fail\w*|ok|eval|exec|cargo|go|npm|npx|make|just|mvn|gradle|rake|tox|jest|mocha|rspec|bats)\b|\[|&&|\|\|")
                .expect("a constant pattern")
        });
        let old = run.says(self.base);
        let itself =
            |says: &Says| COMPARES.is_match(&says.text) || !runs(&says.text, "", [self.base, self.now]).is_empty();
        COMPARED.is_match(command) && old.is_some_and(|old| !itself(&old))
    }

    /// What is tested may be anything, but for what does harm to a test that takes it into its own shell.
    fn is_taken(&mut self, run: &Run, command: &str) {
        let (Some(old), Some(new)) = (run.says(self.base), run.says(self.now)) else { return };
        if !sources(command, &new.file) {
            return;
        }
        if let Some(line) = harms_test(&old.text, &new.text, command, &self.ran) {
            let what =
                format!("a test of the check `{}` takes this into its own shell, and `{line}` is new", self.check);
            self.findings.push(Finding::new(Kind::CommandChanged, &new.file, None, what));
        }
    }

    /// What was there must stay.
    fn stays(&mut self, run: &Run, old: &Says, new: Option<&Says>, place: &str) {
        let file = &old.file;
        let named = format!("the check `{}` runs {}", self.check, run.words());
        let found = |kind, what: String| Finding::new(kind, file, None, what);
        let finding = match new {
            _ if matches!(self.now.text(file), Text::Unreadable(_)) => {
                found(Kind::Unreadable, format!("{named}, and it cannot be read"))
            }
            Some(new) if run.is_data() && new.text == old.text => return,
            // Of this it is told where the tests are.
            _ if run.is_data() && is_expected(file) => return,
            Some(new) if matches!(run, Run::Expected(_)) => {
                found(Kind::ExpectedChanged, format!("{named}: {}", first_difference(&old.text, &new.text)))
            }
            // Data may be what is expected, or what is given: how it changed is for others to see.
            Some(new) if run.is_data() => {
                found(Kind::TestChanged, format!("{named}: {}", first_difference(&old.text, &new.text)))
            }
            None if run.is_data() => found(Kind::TestChanged, format!("{named}, which is gone")),
            None => found(Kind::CommandChanged, format!("{named}, which is gone")),
            Some(new) => {
                let less = || shrunk(&old.text, &new.text, run, &self.sides(), place);
                let done =
                    || done_already(new, self.now, place).filter(|_| done_already(old, self.base, place).is_none());
                let Some(why) = less().or_else(done).or_else(|| unseen(old, new)) else { return };
                found(Kind::CommandChanged, format!("{named}: {why}"))
            }
        };
        self.findings.push(finding);
    }

    fn sides(&self) -> Sides<'_, 't> {
        Sides { base: self.base, now: self.now, ran: &self.ran }
    }

    /// What was not there before must be able to fail, unless something else proves the work, and must not take away
    /// what does.
    fn begins(&mut self, run: &Run, new: &Says, place: &str, added: bool) {
        let named = format!("the check `{}` runs {}, which is new", self.check, run.words());
        let known = |command: &str| self.known(command, place, DEEPEST);
        let masks = |line: &&str| new.recipe.is_some() && hollow::recipe([*line], &known) == Ends::Masked;
        let masked = new.text.lines().find(masks);
        let harm = new.text.lines().find(|line| takes_away(line, self.base, place));
        let what = match (ends(run, new, &known), masked, harm) {
            (.., Some(line)) => format!("{named} and takes away what proves: `{}`", line.trim()),
            _ if added || !run.is_for_proof() => return,
            _ if done_already(new, self.now, place).is_some() => {
                format!("{named}: {}", done_already(new, self.now, place).unwrap_or_default())
            }
            (Ends::Idle, ..) => format!("{named} and does nothing that could fail: `{}`", one_line(&new.text)),
            (Ends::Masked, None, _) => format!("{named} and overlooks faults: `{}`", one_line(&new.text)),
            (Ends::Masked | Ends::AsFound, Some(line), _) => format!("{named} and overlooks faults: `{}`", line.trim()),
            (Ends::AsFound, None, None) => return,
        };
        self.findings.push(Finding::new(Kind::CheckMasked, &new.file, None, what));
    }

    /// How a command ends that runs something of the repository.
    fn known(&self, command: &str, place: &str, left: usize) -> Option<Ends> {
        let all = runs(command, place, [self.now, self.now]);
        let all: Vec<Run> = all.into_iter().filter(|run| !run.is_data()).collect();
        if left == 0 || all.is_empty() {
            return None;
        }
        let of = |run: &Run| {
            let place = run.place(place);
            let known = |command: &str| self.known(command, &place, left - 1);
            run.says(self.now).map_or(Ends::AsFound, |says| ends(run, &says, &known))
        };
        let ends: Vec<Ends> = all.iter().map(of).collect();
        let worst = [Ends::AsFound, Ends::Masked].into_iter().find(|end| ends.contains(end));
        Some(worst.unwrap_or(Ends::Idle))
    }
}

/// How what is run ends. What is no script of a shell can fail.
fn ends(run: &Run, says: &Says, known: Known<'_>) -> Ends {
    match (run, &says.recipe) {
        (_, Some(recipe)) => recipe.ends(known),
        (Run::Package { .. }, None) => hollow::recipe(says.text.lines(), known),
        (Run::Script(path), None) if !is_shell(path, &says.text) => Ends::AsFound,
        (_, None) => hollow::ends(&says.text, known),
    }
}

/// Is the file at `path` for a shell?
pub(super) fn is_shell(path: &str, text: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let first = text.lines().next().unwrap_or_default();
    match name.rsplit_once('.') {
        Some((_, ending)) => ["sh", "bash", "zsh", "ksh"].contains(&ending),
        None => !first.starts_with("#!") || first.contains("sh"),
    }
}

/// What `npm init` writes proves nothing, nor does what cannot fail: whatever comes in its place is new.
fn is_placeholder(says: &Says) -> bool {
    let hollow = says.recipe.as_ref().is_some_and(|recipe| recipe.ends(UNKNOWN) == Ends::Idle);
    let package = says.file.ends_with("package.json");
    hollow
        || package
            && (says.text.contains("no test specified") || hollow::recipe(says.text.lines(), UNKNOWN) == Ends::Idle)
}

/// Make does nothing for a target that is there already, as a file or a folder, and needs nothing.
fn done_already(says: &Says, tree: &Tree<'_>, place: &str) -> Option<String> {
    let makefile = says.file.ends_with(".mk") || says.file.to_ascii_lowercase().ends_with("makefile");
    let recipe = says.recipe.as_ref().filter(|_| makefile)?;
    let folders = std::iter::once(String::new()).chain(recipe.looked_in());
    let folders: Vec<String> = folders.map(|folder| super::recipe::joined(place, &folder)).collect();
    let is_there = |target: &str| folders.iter().any(|folder| tree.holds(&super::recipe::joined(folder, target)));
    let there = recipe.unguarded.iter().find(|target| is_there(target))?;
    Some(format!("there is a file or folder `{there}`, so make does nothing for this target: name it in `.PHONY`"))
}

/// A file that is included now and that git does not hold: what it says is not seen.
fn unseen(old: &Says, new: &Says) -> Option<String> {
    let (old, new) = old.recipe.as_ref().zip(new.recipe.as_ref())?;
    let name = new.missing.iter().find(|name| !old.missing.contains(name))?;
    Some(format!("it includes `{name}`, which git does not hold"))
}

fn one_line(text: &str) -> String {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect::<Vec<_>>()
        .join("; ")
        .chars()
        .take(120)
        .collect()
}
