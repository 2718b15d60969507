//! A part of a run that is killed before and after every call of git that changes something, and gone on with.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::fixture::{Fixture, script, snapshot};

/// Names the folder of the fixture to the second process.
pub(crate) const PLACE: &str = "MISSION_TEST_PLACE";

/// Gives it a git that kills its parent at call `at` that changes something, `before` or `after` it.
pub(crate) fn arm(fixture: &Fixture, at: &str, when: &str) {
    let real = fixture.program().path().display().to_string();
    let count = fixture.outside().join("count").display().to_string();
    let text = format!(
        r#"case "$2" in worktree|update-index|update-ref|commit-tree|read-tree|reset|write-tree|merge) ;; *) exec '{real}' "$@" ;; esac
n=$(cat '{count}' 2>/dev/null || echo 0); n=$((n + 1)); echo $n > '{count}'
if [ $n = {at} ] && [ {when} = before ]; then kill -9 $PPID; exit 1; fi
'{real}' "$@"; code=$?
if [ $n = {at} ] && [ {when} = after ]; then kill -9 $PPID; fi
exit $code"#
    );
    script(&fixture.outside().join("bin/git"), &text);
}

/// Runs `part` in a second process; true if it came to its end.
fn run(fixture: &Fixture, part: &str) -> (bool, String) {
    let me = std::env::current_exe().unwrap();
    let args = [part, "--exact", "--ignored", "--nocapture"];
    let output = Command::new(me).args(args).env(PLACE, fixture.outside()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

/// A part of a run, played from beginning to end.
pub(crate) struct Scene {
    /// The test that plays it, in a process of its own.
    pub(crate) part: &'static str,
    /// Makes it ready, with a git that is armed.
    pub(crate) stage: fn(&str, &str) -> Fixture,
    /// What must be the same after any crash.
    pub(crate) outcome: fn(&Fixture) -> BTreeMap<&'static str, String>,
    /// What the engine may change.
    pub(crate) engine: &'static [&'static str],
}

impl Scene {
    /// Plays it once without a kill, then with one before and after each call of git; returns the outcome, always the
    /// same, and how many kills there were.
    pub(crate) fn everywhere(&self) -> (BTreeMap<&'static str, String>, u32) {
        let whole = (self.stage)("0", "never");
        let theirs = snapshot(&whole.root, self.engine);
        let (ok, said) = run(&whole, self.part);
        assert!(ok, "{said}");
        let expected = (self.outcome)(&whole);
        assert_eq!(snapshot(&whole.root, self.engine), theirs, "what is the user's was touched");
        let calls: u32 = std::fs::read_to_string(whole.outside().join("count")).unwrap().trim().parse().unwrap();
        let next = AtomicU32::new(0);
        let lane = || {
            loop {
                let point = next.fetch_add(1, Ordering::Relaxed);
                if point >= calls * 2 {
                    return;
                }
                self.kill_at(point / 2 + 1, if point.is_multiple_of(2) { "before" } else { "after" }, &expected);
            }
        };
        std::thread::scope(|scope| {
            for lane in [(); 4].map(|()| scope.spawn(lane)) {
                if let Err(panic) = lane.join() {
                    std::panic::resume_unwind(panic);
                }
            }
        });
        (expected, calls * 2)
    }

    fn kill_at(&self, call: u32, when: &str, expected: &BTreeMap<&'static str, String>) {
        let fixture = (self.stage)(&call.to_string(), when);
        let theirs = snapshot(&fixture.root, self.engine);
        let (ok, said) = run(&fixture, self.part);
        assert!(!ok, "nobody was killed {when} call {call}: {said}");
        let (ok, said) = run(&fixture, self.part);
        assert!(ok, "resumed after a kill {when} call {call}: {said}");
        assert_eq!(&(self.outcome)(&fixture), expected, "after a kill {when} call {call}");
        assert_eq!(snapshot(&fixture.root, self.engine), theirs, "after a kill {when} call {call}");
    }
}
