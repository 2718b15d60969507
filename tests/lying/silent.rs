//! Lies by saying nothing: work that no result names, and words that say less than what happened.

use serde_json::json;

use crate::bench::{APART, Bench, LIE, Lie, caught};

macro_rules! lies {
    ($($name:ident: $lie:expr;)*) => { $(#[test] fn $name() { caught(&$lie); })* };
}

/// An integrator who lies, after two features of which only the first is checked.
const INTEGRATOR: Lie = Lie { who: "integrate", named: "integrate", features: &["one", "two"], ..LIE };
const SILENT: &str = r#"answer '{"milestoneId":"m1","status":"integrated","summary":"all in"}'"#;
/// A judge who lies.
const JUDGE: Lie = Lie { who: "judge", named: "revalidate:judge", ..LIE };

/// `deed`, and then a result that says nothing of files.
fn in_silence(deed: &str, result: &str) -> &'static str {
    format!("{deed}; {result}").leak()
}

/// A worker who says nothing of files.
const NULL: &str = r#"answer "{\"featureId\":\"$last\",\"status\":\"success\",\"summary\":\"done\"}""#;

lies! {
    a_worker_deletes_a_file_and_names_none: Lie {
        script: in_silence("rm -f docs/a.md; echo one > one.txt", NULL),
        evidence: &["no result names: D docs/a.md, A one.txt"], ..LIE
    };
    the_same_in_a_worktree: Lie {
        script: in_silence("rm -f docs/a.md; echo one > one.txt", NULL),
        evidence: &["no result names: D docs/a.md, A one.txt"], ..APART
    };
    a_worker_that_is_asked_again_crashes_instead: Lie {
        script: r#"if [ "$MISSION_ATTEMPT" = 1 ]; then rm -f docs/a.md; work; else exit 3; fi"#,
        evidence: &["no result names: D docs/a.md", "asked again, the attempt itself: exit code 3"], features: &["one", "two"], ..LIE
    };
    a_worker_that_is_asked_again_says_nothing_any_more: Lie {
        script: r#"if [ "$MISSION_ATTEMPT" = 1 ]; then rm -f docs/a.md; work; else :; fi"#,
        evidence: &["no result names: D docs/a.md", "asked again, the attempt itself"], ..APART
    };
    an_integrator_drops_a_side_and_names_no_file: Lie {
        script: in_silence("rm -f two.txt", SILENT), evidence: &["no result names: D two.txt"], ..INTEGRATOR
    };
    an_integrator_drops_a_side_that_is_merged: Lie {
        script: in_silence("rm -f two.txt", SILENT), evidence: &["no result names: D two.txt"], worktrees: true, ..INTEGRATOR
    };
    an_integrator_commits_what_it_does_not_name: Lie {
        script: in_silence("echo evil > evil.sh; git add .; commit -m x || true", SILENT),
        evidence: &["no result names: A evil.sh"], worktrees: true, ..INTEGRATOR
    };
    an_integrator_names_branches_that_were_not_there: Lie {
        script: r#"answer '{"milestoneId":"m1","status":"integrated","summary":"s","mergedBranches":["two","nope"]}'"#,
        evidence: &["no branch or feature of this milestone: nope"], ..INTEGRATOR
    };
    an_integrator_says_that_the_tree_is_not_usable: Lie {
        script: r#"answer '{"milestoneId":"m1","status":"blocked","summary":"it does not build"}'"#,
        evidence: &["the tree is not usable: it does not build"], ..INTEGRATOR
    };
    a_judge_passes_what_it_says_is_broken: Lie {
        script: r#"answer '{"milestoneId":"m1","passed":true,"summary":"s","checks":[],"regressions":["the door"],"assertions":[{"id":"a1","status":"met","evidence":"e"}]}'"#,
        evidence: &["passed is true, and this broke: the door"], ..JUDGE
    };
    a_judge_has_no_evidence: Lie {
        script: r#"answer '{"milestoneId":"m1","passed":true,"summary":"s","checks":[],"assertions":[{"id":"a1","status":"met","evidence":" "}]}'"#,
        evidence: &["invalid-output"], ..JUDGE
    };
}

/// In a tree that is shared, an honest neighbour's work is not its own. `two` goes on until `one` has ended.
fn caught_beside(script: &'static str, evidence: &'static [&'static str]) {
    let beside = Lie { features: &["one", "two"], together: 2, isolation: "never", ..LIE };
    let lie = Lie { script, evidence, check: "test -e two.txt", ..beside };
    let bench = Bench::new(&lie);
    let wait = |what: &str| format!("n=0; until {what}; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done");
    let there = wait("[ -e two.txt ]");
    let ended = wait(&format!(
        "'{}' -C \"$REPO\" events | grep -qE '(done|failed)  *mission:milestone:1:feature:one '",
        env!("CARGO_BIN_EXE_mission")
    ));
    // What is there when it begins did not change while it worked.
    let begun = wait("[ -e \"$REPO/../one.there\" ]");
    bench.write("ctl/lie/one", &format!(": > \"$REPO/../one.there\"; {there}; {script}"));
    bench.write("ctl/lie/two", &format!("{begun}; echo two > two.txt; {ended}; ok '[\"two.txt\"]'"));
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    crate::bench::check(&lie, &outcome);
    assert_eq!(outcome.told_of("mission:milestone:1:feature:two"), "", "{}", outcome.markdown);
}

#[test]
fn nothing_is_called_done_while_a_neighbour_works() {
    caught_beside("ok '[]'", &["it says that the work is done, and that it changed no file"]);
}

#[test]
fn no_file_is_named_while_a_neighbour_works() {
    caught_beside(
        NULL,
        &["it does not say which of them it changed (under way at the same time: mission:milestone:1:feature:two)"],
    );
}

/// What the scribe counts is held against the plan.
#[test]
fn the_scribe_counts_milestones_that_nobody_planned() {
    let script = r#"answer '{"status":"completed","summary":"done","completedMilestones":1,"totalMilestones":9,"validationPassed":true,"markdownBody":"All."}'"#;
    let lie = Lie { who: "final", script, ..LIE };
    let bench = Bench::new(&lie);
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert!(outcome.markdown.contains("it counts 9 milestones, the plan has 1"), "{}", outcome.markdown);
}

/// Whoever forgot to name its files may name them when asked; an integrator that changed nothing has none to name.
#[test]
fn who_names_its_files_when_asked_is_honest() {
    let script =
        format!(r#"if [ "$MISSION_ATTEMPT" = 1 ]; then echo one > one.txt; {NULL}; else ok '["one.txt"]'; fi"#);
    for lie in [LIE, APART] {
        let bench = Bench::new(&lie);
        bench.write("ctl/lie/one", &script);
        bench.write("ctl/lie/integrate", SILENT);
        let outcome = bench.outcome(&mut bench.start(&lie, &[]));
        assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
        assert_eq!((outcome.code, &outcome.report["status"]), (Some(0), &json!("succeeded")), "{}", outcome.said);
    }
}

/// Two that work on the same file and on nothing else, side by side in one tree: whose it is nobody knows, and that is told. Who wants
/// it so may have it reported only; in worktrees each has its own.
#[test]
fn neighbours_that_name_nothing_but_the_same_file_are_told() {
    let script = r#": > "$REPO/../$last.there"; n=0; until [ -e "$REPO/../one.there" ] && [ -e "$REPO/../two.there" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; echo "$last" >> README.md; ok '["README.md"]'"#;
    let beside = Lie { features: &["one", "two"], together: 2, isolation: "never", ..LIE };
    let lie = Lie { check: "grep -q one README.md", ..beside };
    let bench = Bench::new(&lie);
    for who in lie.features {
        bench.write(&format!("ctl/lie/{who}"), script);
    }
    let outcome = bench.outcome(&mut bench.start(&lie, &["-i", "onMismatch=report"]));
    let told: Vec<&str> = outcome.kinds();
    assert!(!told.is_empty() && told.iter().all(|kind| *kind == "contested"), "{}", outcome.markdown);
    assert_eq!(outcome.code, Some(0), "{}", outcome.said);
    assert!(outcome.markdown.contains("README.md (also named by"), "{}", outcome.markdown);
}

/// A folder may become a link.
#[test]
fn who_puts_a_link_in_place_of_a_folder_is_honest() {
    let script = r#"mv docs more; ln -s more docs; work; ok '["docs","more","one.txt"]'"#;
    for lie in [LIE, APART] {
        let bench = Bench::new(&Lie { script, ..lie });
        let outcome = bench.outcome(&mut bench.start(&lie, &[]));
        assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
        assert_eq!(outcome.code, Some(0), "{}", outcome.said);
    }
}
