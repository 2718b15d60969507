//! A run that is interrupted and goes on: what a person changes meanwhile is no attempt's deed, and what the attempt did before stays one.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::bench::{APART, Bench, LIE, Lie, Outcome};

const NODE: &str = "mission:milestone:1:feature:one";
/// Features that work at the same time, each in a view of its own.
const TOGETHER: Lie = Lie { features: &["one", "two"], together: 2, ..LIE };

/// What comes of a run whose first attempts do `deed` and are interrupted as often as there are `changes`, with these made by a person
/// in between.
fn paused(lie: &Lie, deed: &str, changes: &[&str]) -> Outcome {
    let bench = Bench::new(lie);
    let wait = r#": > "$REPO/../ready.$MISSION_ATTEMPT"; sleep 600"#;
    let first = format!("if [ \"$MISSION_ATTEMPT\" -le {} ]; then {deed}; {wait}; fi; work", changes.len());
    bench.write("ctl/lie/one", &first);
    for (at, change) in changes.iter().enumerate() {
        let mut command = if at == 0 { bench.start(lie, &[]) } else { bench.command(&["resume"]) };
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("mission runs");
        let (began, ready) = (Instant::now(), bench.path("").join(format!("ready.{}", at + 1)));
        while !ready.exists() {
            assert!(began.elapsed().as_secs() < 240, "attempt {} never got so far", at + 1);
            std::thread::sleep(Duration::from_millis(5));
        }
        let asked = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
        assert!(asked.success());
        child.wait().expect("it ends");
        bench.shell(&format!("commit() {{ git -c user.name=a -c user.email=a@b commit -q \"$@\"; }}; {change}"));
    }
    bench.outcome(&mut bench.command(&["resume"]))
}

/// Commits, branches, settings; more than once; also while something of the work lies there.
fn what_a_person_changes(lie: &Lie) {
    let commit = "echo more >> README.md; git add README.md; commit -m mine";
    for (deed, changes) in [
        (":", &[commit][..]),
        ("echo some > one.txt", &[commit, "git reset -q --soft HEAD~1; commit -m again", ":"]),
        (":", &["git branch aside; git tag v1; git config user.name other"]),
        ("echo some > one.txt", &["rm -f one.txt; git checkout -q -b other"]),
    ] {
        let outcome = paused(lie, deed, changes);
        let told = outcome.told_of(NODE);
        assert_eq!((outcome.code, told.as_str()), (Some(0), ""), "{deed} {changes:?}: {}", outcome.said);
    }
}

mod what_a_person_changes_meanwhile_is_nobodys_deed {
    use super::*;
    #[test]
    fn of_one_in_the_tree() {
        what_a_person_changes(&LIE);
    }
    #[test]
    fn of_one_in_a_worktree() {
        what_a_person_changes(&APART);
    }
    #[test]
    fn of_many_in_the_tree() {
        what_a_person_changes(&TOGETHER);
    }
}

/// It would be committed with the work, so somebody has to say what becomes of it; nobody is accused.
#[test]
fn what_a_person_leaves_uncommitted_is_told() {
    for (lie, told) in [(LIE, true), (TOGETHER, true), (APART, false)] {
        let outcome = paused(&lie, "echo some > one.txt", &["echo x > left.txt; rm docs/a.md; echo more >> README.md"]);
        assert_eq!((outcome.code, outcome.told_of(NODE).as_str()), (Some(i32::from(told)), ""), "{}", outcome.said);
        for path in ["left.txt", "docs/a.md", "README.md"] {
            assert_eq!(outcome.markdown.contains(&format!("unnamed-change `{path}`")), told, "{}", outcome.said);
        }
    }
}

/// Also where the person went on with it.
#[test]
fn what_an_attempt_did_before_is_not_forgotten() {
    let commit = "echo more >> README.md; git add README.md; commit -m mine";
    for (lie, deed, change, evidence) in [
        (LIE, "git tag evil", commit, "refs/tags/evil from nothing"),
        (APART, "git tag evil", commit, "refs/tags/evil from nothing"),
        (TOGETHER, "git tag evil", commit, "refs/tags/evil from nothing"),
        (LIE, "git tag evil", "git tag -f evil HEAD~0; echo x >> docs/a.md", "refs/tags/evil from nothing"),
        (LIE, "echo x >> README.md", commit, "no result names: M README.md"),
        (LIE, "echo x >> docs/a.md", commit, "no result names: M docs/a.md"),
        (LIE, "git config core.pager evil", commit, ".git/config"),
        (LIE, "commit --allow-empty -m x", commit, "refs/heads/main"),
    ] {
        let outcome = paused(&lie, deed, &[change]);
        let told = outcome.told_of(NODE);
        assert!(outcome.code == Some(1) && told.contains(evidence), "{deed}: {told}\n{}", outcome.said);
    }
}

/// Nobody but the executor tells how it was when an attempt had ended, and only where it ended it itself.
#[test]
fn an_end_that_an_attempt_made_up_tells_nothing() {
    let bench = Bench::new(&LIE);
    let deed = r#"own="$(dirname "$MISSION_OUTPUT")"; cp $own/before.json $own/after.json; git tag evil"#;
    bench.write(
        "ctl/lie/one",
        &format!("if [ \"$MISSION_ATTEMPT\" = 1 ]; then {deed}; kill -9 $PPID; sleep 60; fi; work"),
    );
    let mut child = bench.start(&LIE, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("mission runs");
    child.wait().expect("it ends");
    let outcome = bench.outcome(&mut bench.command(&["resume"]));
    assert!(outcome.told_of(NODE).contains("refs/tags/evil from nothing"), "{}", outcome.said);
}
