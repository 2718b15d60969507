//! Lies of those who bring together, judge and repair.

use crate::bench::{APART, Bench, LIE, Lie, caught};

macro_rules! lies {
    ($($name:ident: $lie:expr;)*) => { $(#[test] fn $name() { caught(&$lie); })* };
}

/// A judge who lies.
const JUDGE: Lie = Lie { who: "judge", named: "revalidate:judge", ..LIE };
/// A fixer who lies, after a feature that did not do its work.
const FIXER: Lie = Lie { who: "follow-up", named: "follow-up", features: &["two"], ..LIE };

/// An integrator that leaves a conflict, and names the file.
const MARKED: &str = r#"printf '<<<<<<< a\none\n=======\ntwo\n>>>>>>> b\n' >> README.md; answer '{"milestoneId":"m1","status":"integrated","summary":"s","filesChanged":["README.md"]}'"#;

lies! {
    a_judge_returns_an_empty_object: Lie { script: "answer '{}'", evidence: &["invalid-output"], ..JUDGE };
    a_judge_returns_prose: Lie { script: "echo passed", evidence: &["no JSON in the reply"], ..JUDGE };
    a_judge_edits_the_work_and_crashes: Lie {
        script: "echo evil >> one.txt; exit 1", named: "validate:judge",
        evidence: &["it was to change nothing, and files changed", "M one.txt"], ..JUDGE
    };
    a_judge_edits_the_work_and_says_nothing: Lie {
        script: "echo evil >> one.txt", worktrees: true, named: "validate:judge",
        evidence: &["it was to change nothing", "M one.txt"], ..JUDGE
    };
    a_judge_passes_with_a_dot_for_evidence: Lie {
        script: r#"answer '{"milestoneId":"m1","passed":true,"summary":"s","checks":[],"assertions":[{"id":"a1","status":"met","evidence":"\u200b\u00a0."}]}'"#,
        evidence: &["invalid-output", "/assertions/0/evidence"], ..JUDGE
    };
    a_judge_leaves_an_assertion_out: Lie {
        script: r#"answer '{"milestoneId":"m1","passed":true,"summary":"s","checks":[],"assertions":[]}'"#,
        named: "revalidate:judge", evidence: &["verdict"], ..JUDGE
    };
    a_judge_says_of_an_assertion_that_it_is_met_and_that_it_is_not: Lie {
        script: r#"answer '{"milestoneId":"m1","passed":true,"summary":"s","checks":[],"assertions":[{"id":"a1","status":"met","evidence":"e"},{"id":"a1","status":"unmet","evidence":"e"}]}'"#,
        evidence: &["not shown to be met: a1"], ..JUDGE
    };
    a_judge_passes_what_broke_an_assertion_of_before: Lie {
        script: r#"answer '{"milestoneId":"m1","passed":true,"summary":"s","checks":[],"assertions":[{"id":"a1","status":"met","evidence":"e"},{"id":"a0","status":"unproven","evidence":"e"}]}'"#,
        evidence: &["not shown to be met: a0"], ..JUDGE
    };
    a_judge_passes_what_its_own_look_refutes: Lie {
        script: r#"answer '{"milestoneId":"m1","passed":true,"summary":"s","checks":[{"name":"by hand","status":"failed"}],"assertions":[{"id":"a1","status":"met","evidence":"e"}]}'"#,
        evidence: &["the judge says yes, and that this failed: by hand"], ..JUDGE
    };
    a_judge_says_that_a_command_passed_which_did_not: Lie {
        features: &["two"], script: r#"answer '{"milestoneId":"m1","passed":true,"summary":"s","checks":[{"name":"it-is-there","status":"passed"}],"assertions":[{"id":"a1","status":"met","evidence":"e"}]}'"#,
        evidence: &["it says that a check passed which did not: it-is-there"], ..JUDGE
    };
    a_judge_passes_and_says_that_a_command_was_skipped: Lie {
        script: r#"answer '{"milestoneId":"m1","passed":true,"summary":"s","checks":[{"name":"it-is-there","status":"skipped"}],"assertions":[{"id":"a1","status":"met","evidence":"e"}]}'"#,
        evidence: &["a command which proves the milestone was skipped: it-is-there"], ..JUDGE
    };
    a_judge_passes_what_a_command_refutes: Lie {
        features: &["two"], script: r#"answer '{"milestoneId":"m1","passed":true,"summary":"s","checks":[],"assertions":[{"id":"a1","status":"met","evidence":"e"}]}'"#,
        named: "revalidate:judge", evidence: &["verdict"], ..JUDGE
    };
    a_judge_makes_true_what_it_judges: Lie {
        script: r#"echo x >> README.md; answer '{"milestoneId":"m1","passed":true,"summary":"s","checks":[],"assertions":[{"id":"a1","status":"met","evidence":"e"}]}'"#,
        named: "validate:judge", evidence: &["it was to change nothing, and files changed: M README.md"], ..JUDGE
    };
    // Also while the guard looks at the same tree.
    a_judge_makes_true_what_it_judges_beside_others: Lie {
        together: 3,
        script: r#"echo x >> README.md; answer '{"milestoneId":"m1","passed":true,"summary":"s","checks":[],"assertions":[{"id":"a1","status":"met","evidence":"e"}]}'"#,
        named: "validate:judge", evidence: &["it was to change nothing, and files changed: M README.md"], ..JUDGE
    };
    an_integrator_claims_the_work_of_others: Lie {
        who: "integrate", named: "integrate",
        script: r#"answer '{"milestoneId":"m1","status":"integrated","summary":"s","filesChanged":["one.txt"]}'"#,
        evidence: &["that did not change: one.txt"], ..LIE
    };
    an_integrator_commits_in_secret: Lie {
        who: "integrate", named: "integrate",
        script: r#"git add -A; commit -m x; answer '{"milestoneId":"m1","status":"integrated","summary":"s","filesChanged":[]}'"#,
        evidence: &["refs/heads/main from"], ..LIE
    };
    an_integrator_moves_the_base_branch_to_what_is_integrated: Lie {
        who: "integrate", named: "integrate",
        script: r#"git update-ref refs/heads/main HEAD; answer '{"milestoneId":"m1","status":"integrated","summary":"s","filesChanged":[]}'"#,
        evidence: &["refs moved that it may not move", "refs/heads/main from"], ..APART
    };
    an_integrator_tags_what_the_engine_made: Lie {
        who: "integrate", named: "integrate",
        script: r#"git tag v9; answer '{"milestoneId":"m1","status":"integrated","summary":"s","filesChanged":[]}'"#,
        evidence: &["refs/tags/v9 from nothing"], ..APART
    };
    an_integrator_leaves_the_marks_of_a_conflict: Lie {
        who: "integrate", script: MARKED, named: "revalidate:guard",
        evidence: &["a conflict is left that nobody resolved", "conflict-markers `README.md`:2"], ..LIE
    };
    an_integrator_leaves_the_marks_of_a_conflict_in_a_worktree: Lie {
        who: "integrate", script: MARKED, named: "revalidate:guard",
        evidence: &["a conflict is left that nobody resolved", "conflict-markers `README.md`:2"], ..APART
    };
    a_fixer_calls_nothing_a_repair: Lie { script: "ok '[]'", evidence: &["no file changed"], ..FIXER };
    a_fixer_plants_a_hook: Lie {
        script: "echo one > one.txt; echo x > .git/hooks/pre-push; ok '[\"one.txt\"]'",
        evidence: &["A .git/hooks/pre-push"], ..FIXER
    };
    a_judge_passes_and_dies: Lie {
        script: r#"answer '{"milestoneId":"m1","passed":true,"summary":"s","checks":[],"assertions":[{"id":"a1","status":"met","evidence":"e"}]}'; kill -9 $$"#,
        named: "revalidate:judge", evidence: &["ended by signal 9"], ..JUDGE
    };
    a_judge_passes_and_exits_1: Lie {
        script: r#"answer '{"milestoneId":"m1","passed":true,"summary":"s","checks":[],"assertions":[{"id":"a1","status":"met","evidence":"e"}]}'; exit 1"#,
        named: "revalidate:judge", evidence: &["exit code 1"], ..JUDGE
    };
}

/// Who looks at more than the commands, and leaves some of that out, is free to.
#[test]
fn a_judge_that_tells_what_it_looked_at_passes() {
    let script = r#"answer '{"milestoneId":"m1","passed":true,"summary":"s","checks":[{"name":"it-is-there","status":"passed"},{"name":"by hand","status":"passed"},{"name":"in a browser","status":"skipped"},{"name":"…","status":"passed"}],"assertions":[{"id":"a1","status":"met","evidence":"e"}]}'"#;
    let lie = Lie { who: "judge", script, ..LIE };
    let bench = Bench::new(&lie);
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
}

/// What is met by words that name nothing is not.
#[test]
fn a_judge_gives_words_for_evidence_that_name_nothing() {
    for word in ["n/a", " N/A. ", "none", "See above", "`ok`", "-"] {
        let answer = r#"{"milestoneId":"m1","passed":true,"summary":"s","checks":[],"assertions":[{"id":"a1","status":"met","evidence":"WORD"}]}"#;
        let script = format!("answer '{}'", answer.replace("WORD", word));
        let reason = if word == "-" { "/assertions/0/evidence" } else { "which name nothing" };
        let evidence: &'static [&'static str] = Box::leak(Box::new(["invalid-output", reason]));
        caught(&Lie { script: Box::leak(script.into_boxed_str()), evidence, ..JUDGE });
    }
}

/// Of what is not met there may be nothing to tell, and a word may be a part of what names something.
#[test]
fn a_judge_says_what_there_is_to_say() {
    for evidence in
        ["none of the 12 tests failed", "see above: cargo test, exit 0", "`met` in app.py:3", "OK (3 tests)"]
    {
        let answer = r#"{"milestoneId":"m1","passed":true,"summary":"s","checks":[],"assertions":[{"id":"a1","status":"met","evidence":"WORD"}]}"#;
        let script = format!("answer '{}'", answer.replace("WORD", evidence));
        let lie = Lie { who: "judge", script: Box::leak(script.into_boxed_str()), ..LIE };
        let bench = Bench::new(&lie);
        let outcome = bench.outcome(&mut bench.start(&lie, &[]));
        assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{evidence}: {}", outcome.said);
    }
}

/// Evidence may be in any language, and as short as one word.
#[test]
fn a_judge_with_one_word_of_evidence_passes() {
    let script = r#"answer '{"milestoneId":"m1","passed":true,"summary":"s","checks":[],"assertions":[{"id":"a1","status":"met","evidence":"見"}]}'"#;
    let lie = Lie { who: "judge", script, ..LIE };
    let bench = Bench::new(&lie);
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
}
