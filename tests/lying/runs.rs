//! Lies about runs: what lies in the folder of the run itself that nobody writes to now, and what another run left. Two runs beside
//! each other, and one that begins meanwhile, are nobody's lie.

use crate::bench::{APART, Bench, LIE, Lie, check};

/// A run of the same project that has ended, and a branch that it left.
const OLD: &str = "20260101-0000-gabehi";

fn with_older_run(lie: &Lie) -> Bench {
    let bench = Bench::new(lie);
    let folder = format!("repo/.mission/runs/{OLD}");
    std::fs::create_dir_all(bench.path(&format!("{folder}/artifacts"))).expect("a folder");
    for (name, text) in [("lock", "{}"), ("report.md", "it failed"), ("run.db", "records"), ("run.tip", "1")] {
        bench.write(&format!("{folder}/{name}"), text);
    }
    bench.git(&["branch", &format!("mission/{OLD}/main")]);
    bench
}

fn caught(lie: &Lie) {
    let bench = with_older_run(lie);
    check(lie, &bench.outcome(&mut bench.start(lie, &[])));
}

/// What is told of a deed in the user's own tree, or from a worktree, or where attempts are not kept apart.
macro_rules! deeds {
    ($($name:ident: $deed:literal, $($evidence:literal),+;)*) => { $(#[test] fn $name() {
        for base in [LIE, APART, Lie { isolation: "never", ..APART }] {
            let script = concat!("work; R=$MISSION_RUN_DIR; O=$REPO/.mission/runs/20260101-0000-gabehi; ", $deed);
            caught(&Lie { script, evidence: &[$($evidence),+], ..base });
        }
    })* };
}

deeds! {
    a_report_is_planted: "echo '# fine' > $R/report.md", "files of the engine changed", "/report.md";
    an_artifact_is_planted: "echo x > $R/artifacts/x", "/artifacts/x";
    the_lock_is_emptied: ": > $R/lock", "/lock";
    the_lock_is_removed: "rm $R/lock", "/lock";
    the_lock_is_another: "cp $R/lock $R/other; mv $R/other $R/lock", "/lock";
    the_tip_is_longer: "echo x >> $R/run.tip", "/run.tip";
    the_tip_is_removed: "rm $R/run.tip", "/run.tip";

    a_branch_of_another_run_is_moved: "git update-ref refs/heads/mission/20260101-0000-gabehi/main $(tree)", "refs/heads/mission/20260101-0000-gabehi/main from";
    a_branch_of_another_run_is_removed: "git branch -q -D mission/20260101-0000-gabehi/main", "refs/heads/mission/20260101-0000-gabehi/main from";
    a_branch_of_another_run_is_planted: "git update-ref refs/heads/mission/20260101-0000-gabehi/1/x $(tree)", "/1/x from nothing";
    a_branch_of_no_run_is_planted: "git update-ref refs/heads/mission/20260102-0000-gabehi/main $(tree)", "refs/heads/mission/20260102-0000-gabehi/main from nothing";
    what_another_run_set_aside_is_planted: "git update-ref refs/mission/20260101-0000-gabehi/1/x $(tree)", "refs/mission/20260101-0000-gabehi/1/x from nothing";

    the_report_of_another_run_is_rewritten: "echo 'all is well' > $O/report.md", "M .mission/runs/20260101-0000-gabehi/report.md";
    the_record_of_another_run_is_rewritten: "echo x >> $O/run.db", "M .mission/runs/20260101-0000-gabehi/run.db";
    something_is_planted_in_another_run: "echo x > $O/report.json", "A .mission/runs/20260101-0000-gabehi/report.json";
    another_run_is_removed: "rm -r $O", "D .mission/runs/20260101-0000-gabehi";
}

/// Who works beside others is told of with those who work there.
#[test]
fn the_report_of_another_run_is_rewritten_beside_others() {
    let meet = r#": > "$REPO/../$last.there"; n=0; until [ -e "$REPO/../one.there" ] && [ -e "$REPO/../two.there" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done"#;
    let evidence = &["/report.md", "(under way at the same time: mission:milestone:1:feature:two)"];
    let lie = Lie { features: &["one", "two"], together: 2, evidence, isolation: "never", ..APART };
    let bench = with_older_run(&lie);
    bench.write(
        "ctl/lie/one",
        &format!("{meet}; work; echo x > $REPO/.mission/runs/{OLD}/report.md; : > $REPO/../done"),
    );
    bench.write(
        "ctl/lie/two",
        &format!("{meet}; n=0; until [ -e $REPO/../done ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; work"),
    );
    check(&lie, &bench.outcome(&mut bench.start(&lie, &[])));
}

/// A run that begins, works in worktrees of its own and ends meanwhile, one that is read, and one that is given up.
#[test]
fn runs_beside_each_other_pass() {
    let meanwhile =
        r#"(cd "$REPO"; env -i HOME="$HOME" PATH="$PATH" sh "$REPO/../meanwhile.sh" > /dev/null 2>&1); work"#;
    for base in [LIE, APART] {
        let lie = Lie { script: "", isolation: "never", ..base };
        let bench = with_older_run(&lie);
        let mission = env!("CARGO_BIN_EXE_mission");
        let workflow = "mission: 1\nname: other\nnodes:\n  a: { run: 'true' }\n";
        bench.write("meanwhile.yaml", workflow);
        let text = format!("'{mission}' ps; '{mission}' run ../meanwhile.yaml; '{mission}' status; '{mission}' report");
        bench.write("meanwhile.sh", &text);
        bench.write("ctl/lie/one", meanwhile);
        let outcome = bench.outcome(&mut bench.start(&lie, &[]));
        assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
        assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
        let runs = std::fs::read_dir(bench.path("repo/.mission/runs")).expect("runs").flatten();
        let runs = runs.filter(|entry| entry.path().is_dir()).count();
        assert_eq!(runs, 3, "one began meanwhile: {}", outcome.said);
    }
}
