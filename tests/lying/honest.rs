//! The same checks let honest agents pass, and let an agent put its words right.

use serde_json::json;

use crate::bench::{APART, Bench, LIE, Lie, Outcome};

fn ends(lie: &Lie, more: &[&str]) -> Outcome {
    let bench = Bench::new(lie);
    let outcome = bench.outcome(&mut bench.start(lie, more));
    assert_eq!(outcome.code, Some(0), "{}", outcome.said);
    assert_eq!((&outcome.report["status"], outcome.milestone()), (&json!("succeeded"), Some("done")));
    outcome
}

#[test]
fn honest_work_passes_without_a_finding() {
    for lie in [LIE, APART] {
        let outcome = ends(&Lie { script: "work", features: &["one", "two"], ..lie }, &[]);
        assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
        let changed = &outcome.report["handoffs"][0]["checked"]["changed"];
        assert_eq!(*changed, json!([{ "path": "one.txt", "how": "added" }]));
    }
}

#[test]
fn an_agent_that_commits_on_its_own_branch_passes() {
    let outcome = ends(&Lie { script: "work; git add one.txt; commit -m mine", ..APART }, &[]);
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
}

/// Git tidies up behind a commit when it thinks fit.
#[test]
fn an_agent_that_lets_git_tidy_up_passes() {
    let outcome = ends(&Lie { script: "work; git add one.txt; commit -m mine; git gc --quiet", ..APART }, &[]);
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
}

/// Also in many ways, while another does the same beside it.
#[test]
fn agents_that_commit_on_their_own_branches_side_by_side_pass() {
    let script = r#": > "$REPO/../$last.there"; n=0; until [ -e "$REPO/../one.there" ] && [ -e "$REPO/../two.there" ]; do n=$((n+1)); test $n -lt 600; sleep 0.05; done; echo a > "$last.txt"; git add .; commit -m a; echo b > "$last.txt"; commit -a --amend -m b; echo c >> "$last.txt"; commit -am c; git -c user.name=a -c user.email=a@b rebase --quiet --force-rebase HEAD~1; git checkout -q --detach; git checkout -q -; git reset -q HEAD~1; git add .; commit -m d; work"#;
    let lie = Lie { features: &["one", "two"], together: 2, ..APART };
    let bench = Bench::new(&lie);
    for who in lie.features {
        bench.write(&format!("ctl/lie/{who}"), script);
    }
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
    assert_eq!(outcome.code, Some(0), "{}", outcome.said);
}

#[test]
fn a_word_that_does_not_hold_may_be_put_right_once() {
    let script = r#"if [ "$MISSION_ATTEMPT" = 1 ]; then work; ok '["one.txt","two.txt"]'; else ok '["one.txt"]'; fi"#;
    let outcome = ends(&Lie { script, ..LIE }, &[]);
    assert_eq!(outcome.kinds(), [""; 0], "the last word counts: {}", outcome.markdown);
    assert!(outcome.said.contains("asked again"), "{}", outcome.said);
}

#[test]
fn a_command_that_nobody_saw_is_unproven_and_said() {
    let script = r#"work; answer '{"featureId":"one","status":"success","summary":"s","commandsRun":["sh test.sh"]}'"#;
    let outcome = ends(&Lie { script, ..LIE }, &[]);
    assert_eq!(outcome.kinds(), ["not-run"]);
    assert!(outcome.markdown.contains("unproven: it says that it ran commands"), "{}", outcome.markdown);
}

/// What honest agents put around their commands takes nothing from them.
#[test]
fn a_command_that_was_seen_proves_it() {
    let texts = [
        "cd . && sh  test.sh",
        "/bin/bash -lc \\\"cd . && CI=1 timeout 60 sh test.sh 2>&1\\\"",
        "set -euo pipefail; ls; sh test.sh | tail -5",
        "sh ./test.sh || exit 1",
    ];
    let ran: Vec<String> = texts.iter().map(|text| format!("cmd 1 '{text}' 1; cmd 2 '{text}' 0; ")).collect();
    let script = format!("echo one > one.txt; {}said 'sh test.sh'", ran.concat());
    let outcome = ends(&Lie { script: script.leak(), events: true, who: "one", ..LIE }, &[]);
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
}

/// It ran, that is seen; how it ended is not: no accusation, and no proof.
#[test]
fn a_command_whose_answer_is_lost_is_unproven_and_said() {
    let rows = [
        ("sh test.sh 2>&1 | tail -50", "ran-and-failed", "how they ended is unproven: sh test.sh (in `sh test.sh 2>&1"),
        ("sh test.sh || true", "ran-and-failed", "how they ended is unproven: sh test.sh"),
        ("if [ -f x ]; then sh test.sh; fi", "not-run", "whether it ran these commands as it names them is unproven"),
        ("sh test.sh -x y", "not-run", "whether it ran these commands as it names them is unproven"),
    ];
    for (text, kind, told) in rows {
        let script = format!("echo one > one.txt; cmd 1 '{text}' 0; said 'sh test.sh'");
        let outcome = ends(&Lie { script: script.leak(), events: true, who: "one", ..LIE }, &[]);
        assert_eq!(outcome.kinds(), [kind], "{}", outcome.markdown);
        assert!(outcome.markdown.replace('\\', "").contains(told), "{told}: {}", outcome.markdown);
    }
}

#[test]
fn a_softer_policy_goes_on_and_the_report_says_so() {
    let lie = Lie { script: "work; ok '[\"one.txt\",\"two.txt\"]'", ..LIE };
    let outcome = ends(&lie, &["-i", "onMismatch=report"]);
    assert!(outcome.markdown.contains("contradictions were to be reported only"), "{}", outcome.markdown);
    assert!(outcome.markdown.contains("CONTRADICTION: it names files as changed that did not change: two.txt"));
    // Tampering is not softened.
    let lie = Lie { script: "work; git tag v9", ..LIE };
    let bench = Bench::new(&lie);
    assert_eq!(bench.outcome(&mut bench.start(&lie, &["-i", "onMismatch=report"])).code, Some(1));
}

/// In a tree that is shared, what one agent sees at its beginning or end may be something that another is about to take away.
#[test]
fn a_file_that_comes_and_goes_while_others_begin_and_end_is_nobodys_fault() {
    let lie = Lie { features: &["one", "two", "three"], together: 2, who: "one", ..LIE };
    let bench = Bench::new(&lie);
    let wait = |what: &str| format!("n=0; until {what}; do n=$((n+1)); test $n -lt 1200; sleep 0.05; done");
    let (there, begun) = (wait(r#"[ -e "$REPO/../there" ]"#), wait(r#"[ -e "$REPO/../begun" ]"#));
    let told = wait(&format!(
        "'{}' -C \"$REPO\" events | grep -q 'done  *mission:milestone:1:feature:one '",
        env!("CARGO_BIN_EXE_mission")
    ));
    // `three` begins when `two` has ended, because two are under way at once; `one` is half done at both moments.
    let one = format!(r#"echo one > one.tmp; : > "$REPO/../there"; {begun}; mv one.tmp one.txt; ok '["one.txt"]'"#);
    bench.write("ctl/lie/one", &one);
    bench.write("ctl/lie/two", &format!("{there}; work"));
    bench.write("ctl/lie/three", &format!(": > \"$REPO/../begun\"; {told}; work"));
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
    assert_eq!(outcome.code, Some(0), "{}", outcome.said);
}
