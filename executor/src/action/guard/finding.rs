//! What the guard can find.

use serde_json::{Value, json};

use super::glob;

/// Most findings that are told in one sentence.
const MOST_TOLD: usize = 5;

/// What happened to the proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    TestFileDeleted,
    TestFileEmptied,
    TestRemoved,
    TestSkipped,
    TestEmptied,
    AssertionsRemoved,
    AssertionTrivial,
    AssertionWeakened,
    ExpectedChanged,
    InputChanged,
    FewerTests,
    CommandChanged,
    ConfigChanged,
    CiChanged,
    SettingsChanged,
    AttributesChanged,
    CheckMasked,
    TestChanged,
    UnnamedChange,
    ConflictMarkers,
    LinkOutside,
    RunnerReplaced,
    EarlyExit,
    RunCutShort,
    Unreadable,
}

impl Kind {
    pub(super) const ALL: [(Self, &'static str); 25] = [
        (Self::TestFileDeleted, "test-file-deleted"),
        (Self::TestFileEmptied, "test-file-emptied"),
        (Self::TestRemoved, "test-removed"),
        (Self::TestSkipped, "test-skipped"),
        (Self::TestEmptied, "test-emptied"),
        (Self::AssertionsRemoved, "assertions-removed"),
        (Self::AssertionTrivial, "assertion-trivial"),
        (Self::AssertionWeakened, "assertion-weakened"),
        (Self::ExpectedChanged, "expected-changed"),
        (Self::InputChanged, "input-changed"),
        (Self::FewerTests, "fewer-tests"),
        (Self::CommandChanged, "command-changed"),
        (Self::ConfigChanged, "config-changed"),
        (Self::CiChanged, "ci-changed"),
        (Self::SettingsChanged, "settings-changed"),
        (Self::AttributesChanged, "attributes-changed"),
        (Self::CheckMasked, "check-masked"),
        (Self::TestChanged, "test-changed"),
        (Self::UnnamedChange, "unnamed-change"),
        (Self::ConflictMarkers, "conflict-markers"),
        (Self::LinkOutside, "link-outside"),
        (Self::RunnerReplaced, "runner-replaced"),
        (Self::EarlyExit, "early-exit"),
        (Self::RunCutShort, "run-cut-short"),
        (Self::Unreadable, "unreadable"),
    ];
    /// Does it fail the verdict? What cannot be judged by its looks is only listed.
    fn weighs(self) -> bool {
        self != Self::TestChanged
    }
    /// The kind that is called `word`.
    pub(super) fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, own)| *own == word).map(|(kind, _)| *kind)
    }
    pub(super) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("unreadable", |(_, word)| word)
    }
}

/// What lets findings pass.
#[derive(Debug, Default)]
pub(super) struct Terms {
    /// Path globs whose findings do not count.
    pub(super) allowed: Vec<String>,
    /// Kinds that are only listed.
    pub(super) told: Vec<Kind>,
}

impl Terms {
    /// Does a finding of `kind` fail the verdict where nothing allows it?
    fn weighs(&self, kind: Kind) -> bool {
        kind.weighs() && !self.told.contains(&kind)
    }
}

/// What `findings` that do not pass come to, in words.
pub(super) fn told(findings: &[Finding], base: &str, terms: &Terms) -> String {
    let weigh: Vec<&Finding> = findings.iter().filter(|finding| !finding.passes(terms)).collect();
    if weigh.is_empty() {
        let mut other = findings.iter().filter(|finding| !terms.weighs(finding.kind));
        let Some(first) = other.next() else { return "what proves the work is as strong as it was".to_owned() };
        let more = other.count();
        let more = if more == 0 { String::new() } else { format!(", and {more} more") };
        let as_much = findings.iter().all(|finding| !finding.weighs() || terms.weighs(finding.kind));
        let what = if as_much { "asks as much as it did, and says" } else { "is as strong, and says or expects" };
        return format!("what proves the work {what} something else: {}{more}", first.told(base));
    }
    let mut said: Vec<String> = weigh.iter().take(MOST_TOLD).map(|finding| finding.told(base)).collect();
    if weigh.len() > MOST_TOLD {
        said.push(format!("and {} more", weigh.len() - MOST_TOLD));
    }
    let all = |kind| weigh.iter().all(|finding| finding.kind == kind);
    let what = if all(Kind::UnnamedChange) {
        "something would be committed that no result names"
    } else if all(Kind::RunCutShort) {
        "what ended well proves nothing, for it was cut short"
    } else if all(Kind::LinkOutside) {
        "something would be committed that leads out of the repository"
    } else if all(Kind::ConflictMarkers) {
        "a conflict is left that nobody resolved"
    } else {
        "what proves the work got weaker"
    };
    format!("{what}: {}", said.join(" · "))
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) kind: Kind,
    pub(super) file: String,
    pub(super) line: Option<usize>,
    /// What is seen, in words.
    pub(super) evidence: String,
    /// How many tests are gone by it.
    pub(super) tests: usize,
}

impl Finding {
    pub(super) fn new(kind: Kind, file: &str, line: Option<usize>, evidence: impl Into<String>) -> Self {
        Self { kind, file: file.to_owned(), line, evidence: evidence.into(), tests: 0 }
    }
    pub(super) fn taking(self, tests: usize) -> Self {
        Self { tests, ..self }
    }
    /// The glob of `allowed` that lets it pass.
    pub(super) fn allowed_by<'g>(&self, allowed: &'g [String]) -> Option<&'g String> {
        allowed.iter().find(|glob| glob::matches(glob, &self.file))
    }
    /// Does it, by its kind, fail the verdict where nothing allows it?
    pub(super) fn weighs(&self) -> bool {
        self.kind.weighs()
    }
    /// Does nothing stand against it?
    pub(super) fn passes(&self, terms: &Terms) -> bool {
        !terms.weighs(self.kind) || self.allowed_by(&terms.allowed).is_some()
    }
    /// What to do about it; `base` names the tree that was compared with.
    fn restore(&self, base: &str) -> String {
        let file = &self.file;
        match self.kind {
            Kind::FewerTests => "bring back the tests that the other findings name".to_owned(),
            Kind::Unreadable => format!("make `{file}` readable again: `git show {base}:{file}` is what it was"),
            Kind::SettingsChanged => format!("write `{file}` as it was when the work began"),
            Kind::CheckMasked => format!("let `{file}` fail where what it runs fails"),
            Kind::TestChanged => format!("look whether it still demands what it did: `git show {base}:{file}`"),
            Kind::UnnamedChange => {
                format!("take `{file}` back, let git ignore it, or name it in the result")
            }
            Kind::ConflictMarkers => format!("write into `{file}` what both sides want, without the marks"),
            Kind::LinkOutside => format!("put the file itself where `{file}` is, or leave the link out"),
            Kind::ExpectedChanged => {
                format!("let the work fit what is expected of it: `git show {base}:{file}`")
            }
            Kind::InputChanged => {
                format!(
                    "ask with what it asked with again, and with something else beside it: `git show {base}:{file}`"
                )
            }
            Kind::TestFileDeleted => format!("bring the file back: `git show {base}:{file}`"),
            Kind::RunnerReplaced => format!("let what runs the tests be what it was: take this out of `{file}` again"),
            Kind::EarlyExit => format!("let every run of tests come to its end: take this out of `{file}` again"),
            Kind::RunCutShort => "let the run come to its end: nothing that tests call may end the process".to_owned(),
            Kind::CiChanged | Kind::ConfigChanged | Kind::CommandChanged | Kind::AttributesChanged => {
                format!("bring this part of `{file}` back as it was: `git show {base}:{file}`")
            }
            Kind::TestFileEmptied
            | Kind::TestRemoved
            | Kind::TestSkipped
            | Kind::TestEmptied
            | Kind::AssertionsRemoved
            | Kind::AssertionTrivial
            | Kind::AssertionWeakened => format!("bring the test back as it was: `git show {base}:{file}`"),
        }
    }
    /// What happened, and the way out, in one sentence.
    fn told(&self, base: &str) -> String {
        let at = self.line.map_or_else(String::new, |line| format!(":{line}"));
        let place = if self.file.is_empty() { String::new() } else { format!(" `{}`{at}", self.file) };
        format!("{}{place}: {}; {}", self.kind.word(), self.evidence, self.restore(base))
    }
    pub(super) fn to_json(&self, base: &str, terms: &Terms) -> Value {
        json!({
            "kind": self.kind.word(),
            "file": self.file,
            "line": self.line,
            "evidence": self.evidence,
            "weight": if terms.weighs(self.kind) { "fails" } else { "told" },
            "restore": self.restore(base),
            "allowed": self.allowed_by(&terms.allowed),
        })
    }
}
