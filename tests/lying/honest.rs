//! The same checks let honest agents pass, and let an agent put its words right.

use serde_json::json;

use crate::bench::{APART, Bench, LIE, Lie, Outcome, check};
use crate::history;

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

/// A file that says something by being there.
#[test]
fn a_file_that_is_empty_by_nature_is_work() {
    let lie = Lie { script: r#": > __init__.py; ok '["__init__.py"]'"#, check: "test -e __init__.py", ..LIE };
    let outcome = ends(&lie, &[]);
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
}

/// Something was in its way; with the second answer it tells that nothing is.
#[test]
fn a_word_too_much_may_be_taken_back() {
    let with = r#""featureId":"one","status":"success","summary":"s","filesChanged":["one.txt"]"#;
    let script = format!(
        r#"if [ -e one.txt ]; then answer '{{{with}}}'; else echo one > one.txt; answer '{{{with},"blockers":["none"]}}'; fi"#
    );
    let outcome = ends(&Lie { script: script.leak(), ..LIE }, &[]);
    assert!(outcome.said.contains("asked again"), "{}", outcome.said);
}

/// A conflict on the way that is resolved in the end; one that is left, and told.
#[test]
fn an_agent_that_ends_a_conflict_or_tells_of_it_passes() {
    let sides = r#"b=$(git hash-object -w README.md); printf '100644 %s 2\tone.txt\n100644 %s 3\tone.txt\n' $b $b | git update-index --index-info"#;
    let script = format!("{sides}; work; git add one.txt");
    let outcome = ends(&Lie { script: script.leak(), ..APART }, &[]);
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
    let partial =
        r#"answer '{"featureId":"one","status":"partial","summary":"in conflict","filesChanged":["one.txt"]}'"#;
    let lie = Lie { script: format!("echo one > one.txt; {sides}; {partial}").leak(), check: "true", ..APART };
    let bench = Bench::new(&lie);
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
    assert!(outcome.markdown.contains("left out, being nothing that can be merged: one"), "{}", outcome.markdown);
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
    let script = r#": > "$REPO/../$last.there"; n=0; until [ -e "$REPO/../one.there" ] && [ -e "$REPO/../two.there" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; echo a > "$last.txt"; git add .; commit -m a; echo b > "$last.txt"; commit -a --amend -m b; echo c >> "$last.txt"; commit -am c; git -c user.name=a -c user.email=a@b rebase --quiet --force-rebase HEAD~1; git checkout -q --detach; git checkout -q -; git reset -q HEAD~1; git add .; commit -m d; work"#;
    let lie = Lie { features: &["one", "two"], together: 2, ..APART };
    let bench = Bench::new(&lie);
    for who in lie.features {
        bench.write(&format!("ctl/lie/{who}"), script);
    }
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
    assert_eq!(outcome.code, Some(0), "{}", outcome.said);
}

/// Waits until both features have done `what`.
fn both(what: &str) -> String {
    format!(
        r#"n=0; until [ -e "$REPO/../one.{what}" ] && [ -e "$REPO/../two.{what}" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done"#
    )
}

/// Two features that do the same beside each other, and are done when both have done it.
fn side_by_side(script: &str) -> Outcome {
    let script = format!(
        ": > \"$REPO/../$last.there\"; {}\n{script}\n: > \"$REPO/../$last.did\"; {}\nwork",
        both("there"),
        both("did")
    );
    let lie = Lie { features: &["one", "two"], together: 2, ..APART };
    let bench = Bench::new(&lie);
    for who in lie.features {
        bench.write(&format!("ctl/lie/{who}"), &script);
    }
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
    outcome
}

/// What was committed and taken back without a commit: at most it is told that nobody saw by whom.
#[test]
fn who_takes_back_what_it_committed_passes_beside_others() {
    for deed in [
        "echo x > scratch; git add -A; commit -m scratch; rm scratch",
        "echo x > scratch; git add -A; commit -m scratch; git rm -q scratch",
        "echo x >> README.md; commit -am more; git checkout -q HEAD~1 -- README.md",
        "echo x >> README.md; commit -am more; git show HEAD~1:README.md > README.md",
        "git rm -q docs/a.md; commit -m less; mkdir -p docs; echo a > docs/a.md",
    ] {
        let outcome = side_by_side(deed);
        let told = ["ref-moved", "in-history"];
        assert!(outcome.kinds().iter().all(|kind| told.contains(kind)), "{deed}: {}", outcome.markdown);
        assert!(outcome.markdown.contains("unproven: what its branch went through"), "{deed}: {}", outcome.markdown);
    }
}

#[test]
fn who_forgets_where_its_branch_was_passes_beside_others() {
    // Git forgets what stands in no commit yet, also what another is about to commit: both have done so by then.
    let commit = format!(
        r#"echo x > "$last.txt"; git add -A; commit -m x; : > "$REPO/../$last.committed"; {}"#,
        both("committed")
    );
    // Two that tidy up at once are in each other's way.
    for tidy in [
        r#"git reflog expire --expire=now HEAD "$(git symbolic-ref HEAD)" || true"#,
        "git gc --quiet --prune=now || true",
    ] {
        let outcome = side_by_side(&format!("{commit}; {tidy}"));
        assert_eq!(outcome.kinds(), [""; 0], "{tidy}: {}", outcome.markdown);
    }
}

/// What an attempt commits that fails stays on its branch; the next one begins on another.
#[test]
fn who_commits_and_fails_first_passes_the_second_time() {
    let script = r#"if [ "$MISSION_ATTEMPT" = 1 ]; then echo x > x; git add -A; commit -m x; exit 7; fi; work"#;
    let lie = Lie { script, ..APART };
    let bench = Bench::new(&lie);
    bench.hurry();
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
    assert!(outcome.markdown.contains("2 attempts"), "{}", outcome.markdown);
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
}

/// What the engine has seen is its own: git may forget whatever stands in no commit.
#[test]
fn an_agent_that_lets_git_forget_what_stands_in_no_commit_passes() {
    for lie in [LIE, APART] {
        for who in ["two", "integrate"] {
            let bench = Bench::new(&Lie { features: &["one", "two"], who, ..lie });
            let forget = "git gc --quiet --prune=now; git prune --expire=now";
            let said = r#"answer '{"milestoneId":"m1","status":"integrated","summary":"all in","filesChanged":[]}'"#;
            let work = if who == "two" { "work" } else { said };
            bench.write(&format!("ctl/lie/{who}"), &format!("{forget}\n{work}\n{forget}"));
            let outcome = bench.outcome(&mut bench.start(&lie, &[]));
            assert_eq!((outcome.code, outcome.kinds()), (Some(0), vec![]), "{who}: {}", outcome.said);
        }
    }
}

/// `one` and `two` share a worktree: `two` commits when `one` has ended, and `other` works elsewhere until then.
const SHARED: &str = r#"
mission: 1
name: shared
nodes:
  one:
    run: echo one > one
    handoff: { changes: any }
    worktree: { base: main, path: ".worktrees/{{ run.id }}-it", branch: "mission/{{ run.id }}/it" }
  two:
    run: |
      @WAIT@ shared:one; echo two > two; git add -A; git -c user.name=a -c user.email=a@b commit -qm two
    handoff: { changes: any }
    worktree: { base: main, path: ".worktrees/{{ run.id }}-it", branch: "mission/{{ run.id }}/it" }
  other:
    run: |
      @WAIT@ shared:two; echo other > other
    handoff: { changes: any }
    worktree: { base: main, path: ".worktrees/{{ run.id }}-other", branch: "mission/{{ run.id }}/other" }
  late:
    run: |
      n=0; until [ "$(git log -1 --format=%s --branches='mission/*/it')" = two ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done
    handoff: { changes: any }
    worktree: { base: main, path: ".worktrees/{{ run.id }}-late", branch: "mission/{{ run.id }}/late" }
"#;

#[test]
fn who_works_on_in_a_worktree_that_another_has_left_is_nobodys_trouble() {
    let bench = Bench::new(&APART);
    std::fs::create_dir_all(bench.path("repo/.mission/workflows")).expect("a folder");
    let wait = format!(
        r#"w() {{ n=0; until {} -C "{}" events | grep -q "done  *$1 "; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; }}; w"#,
        env!("CARGO_BIN_EXE_mission"),
        bench.path("repo").display()
    );
    bench.write("repo/.mission/workflows/shared.yaml", &SHARED.replace("@WAIT@", &wait));
    let outcome = bench.outcome(&mut bench.command(&["run", "shared"]));
    assert_eq!((outcome.code, outcome.kinds()), (Some(0), vec![]), "{}", outcome.said);
}

/// `two` begins in a worktree where `one` has left what is in no commit, or in another one, and takes it all in.
#[test]
fn who_commits_what_stood_there_uncommitted_passes() {
    let left = "echo one > one; echo more >> README.md; rm docs/a.md; chmod +x .gitignore";
    for deed in [
        "git add -A; commit -m all",
        "git add one; commit -m one; git add -A; commit -m rest",
        "git add -A; commit -m all; git rm -q --cached one; commit -m less",
        "git add -A; commit -m all; git show HEAD~1:README.md > README.md; commit -am back; echo more >> README.md",
    ] {
        let outcome = history::follows(left, &format!("echo two > two; {deed}"), "any");
        assert_eq!((outcome.code, outcome.kinds()), (Some(0), vec![]), "{deed}: {}", outcome.said);
    }
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
    let script = r#"work; answer '{"featureId":"one","status":"success","summary":"s","filesChanged":["one.txt"],"commandsRun":["sh test.sh"]}'"#;
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
    let wait = |what: &str| format!("n=0; until {what}; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done");
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

/// Many a tool that sets up a project makes a repository of it.
#[test]
fn a_repository_inside_may_be_taken_away_again() {
    let script = r#"if [ "$MISSION_ATTEMPT" = 1 ]; then git init -q in; echo x > in/x; else rm -rf in/.git; fi; echo "$last" > "$last.txt"; ok '["one.txt","in/x"]'"#;
    let outcome = ends(&Lie { script, check: "test -e in/x", ..LIE }, &[]);
    assert!(outcome.said.contains("asked again"), "{}", outcome.said);
}

/// What people and agents write for a file that moved, is new or is gone.
#[test]
fn files_are_named_in_the_ways_of_people() {
    let move_on = "git mv docs/a.md docs/b.md; echo one > one.txt; ";
    for named in [
        r#"["docs/a.md -> docs/b.md", "one.txt (new)"]"#,
        r#"["docs/a.md (deleted)", "docs/b.md (added)", "`one.txt`"]"#,
        // It is the same file: the new name tells of the old one.
        r#"["docs/b.md", "one.txt"]"#,
    ] {
        let script = format!("{move_on} ok '{named}'");
        for lie in [LIE, APART] {
            let outcome = ends(&Lie { script: script.clone().leak(), ..lie }, &[]);
            assert_eq!(outcome.kinds(), [""; 0], "{named}: {}", outcome.markdown);
        }
    }
}

/// A subject that begins like a trailer of the engine is none.
#[test]
fn a_commit_about_a_part_called_mission_is_no_forgery() {
    let script = "work; git add one.txt; commit -m 'mission-control: add one' -m 'Mission-critical paths: none'";
    let outcome = ends(&Lie { script, ..APART }, &[]);
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
}

/// Another run takes its turn in `.worktrees/` for the first time, or this one does to find out whose a worktree is.
#[test]
fn who_works_while_an_engine_makes_room_for_worktrees_passes() {
    let room = |rules: &str| {
        let script = format!("mkdir -p \"$REPO/.worktrees\"; printf '{rules}' > \"$REPO/.worktrees/.gitignore\"; work");
        Lie { script: script.leak(), isolation: "never", ..LIE }
    };
    let outcome = ends(&room("*\\n"), &[]);
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
    // No engine writes anything else there.
    let other = Lie { evidence: &["git-changed", "A .worktrees/.gitignore"], ..room("!x\\n") };
    let bench = Bench::new(&other);
    check(&other, &bench.outcome(&mut bench.start(&other, &[])));
}
