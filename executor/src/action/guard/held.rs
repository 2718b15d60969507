//! A guard of some files alone: what these held is compared, and what became of the others is their own affair. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Finding, Kind};
use super::{Judged, by_place};
use crate::decide::paths::Name;
use crate::git::Entry;

/// The files of before, as far as somebody is asked what was there.
pub(super) struct Held<'e> {
    pub(super) only: &'e [Name],
    pub(super) old: &'e [Entry],
    pub(super) new: &'e [Entry],
}

impl Held<'_> {
    /// Of what was there what is asked for. What else was there is as it is now, and what is new was not there.
    pub(super) fn asked(&self) -> Vec<Entry> {
        self.as_now(&|path| !self.is_asked(path))
    }

    /// The same the other way round: what the others made of their own.
    pub(super) fn others(&self) -> Vec<Entry> {
        self.as_now(&|path| self.is_asked(path))
    }

    fn is_asked(&self, path: &str) -> bool {
        self.only.iter().any(|name| name.covers(path))
    }

    fn as_now(&self, is_now: &dyn Fn(&str) -> bool) -> Vec<Entry> {
        let now: BTreeMap<String, &Entry> = self.new.iter().map(|entry| (entry.path.to_string(), entry)).collect();
        let of = |entry: &Entry| {
            let path = entry.path.to_string();
            if is_now(&path) { now.get(&path).map(|now| (*now).clone()) } else { Some(entry.clone()) }
        };
        self.old.iter().filter_map(of).collect()
    }

    /// `asked` where tests are gone, with what the other files gained: a test that went there is not gone. What `whole` has and `others`
    /// have as well is their own.
    pub(super) fn settled(&self, asked: Judged, whole: Judged, others: &Judged) -> Judged {
        let own: BTreeSet<_> = others.findings.iter().map(by_place).collect();
        let counts = |finding: &Finding| {
            let about_tests = if self.is_asked(&finding.file) {
                is_gone(finding)
            } else {
                // What was made of it where it went.
                finding.kind < Kind::FewerTests || finding.kind == Kind::TestChanged
            };
            let count = finding.kind == Kind::FewerTests && whole.missing > others.missing;
            count || finding.kind != Kind::FewerTests && about_tests && !own.contains(&by_place(finding))
        };
        let found: Vec<Finding> = whole.findings.iter().filter(|finding| counts(finding)).cloned().collect();
        let mut findings: Vec<Finding> = asked.findings.into_iter().filter(|finding| !is_gone(finding)).collect();
        findings.extend(found);
        findings.sort_by(|a, b| by_place(a).cmp(&by_place(b)));
        findings.dedup();
        Judged { findings, ..whole }
    }
}

impl Judged {
    /// Are tests gone?
    pub(super) fn lacks(&self) -> bool {
        self.findings.iter().any(is_gone)
    }
}

fn is_gone(finding: &Finding) -> bool {
    matches!(finding.kind, Kind::TestFileDeleted | Kind::TestFileEmptied | Kind::TestRemoved | Kind::FewerTests)
}
