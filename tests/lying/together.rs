//! Lies that are told while an honest feature is under way: it may not hide them.

use crate::bench::{APART, Bench, Lie, check};

/// An honest worker that works until the liar has done its deed.
const HONEST: &str = r#"n=0; : > "$REPO/../there"; until [ -e "$REPO/../done" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; work"#;

/// What a liar waits for.
const THERE: &str = r#"mine() { git -c user.name=a -c user.email=a@b commit-tree -p HEAD -m x "HEAD^{tree}"; }; n=0; until [ -e "$REPO/../there" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; "#;

fn caught_beside(lie: &Lie) {
    let bench = Bench::new(lie);
    bench.write("ctl/lie/one", &format!("{THERE}{}; : > \"$REPO/../done\"", lie.script));
    bench.write("ctl/lie/two", HONEST);
    let outcome = bench.outcome(&mut bench.start(lie, &[]));
    check(lie, &outcome);
}

/// `two` works beside the liar `one`.
const BESIDE: Lie = Lie { features: &["one", "two"], together: 2, ..APART };

#[test]
fn the_integration_branch_is_moved() {
    caught_beside(&Lie {
        script: r#"work; git update-ref "$(git for-each-ref --format='%(refname)' 'refs/heads/mission/*/main')" $(mine)"#,
        evidence: &["refs moved that it may not move", "/main from"],
        ..BESIDE
    });
}

#[test]
fn the_branch_of_the_other_feature_is_moved() {
    caught_beside(&Lie {
        script: r#"work; git update-ref "$(git for-each-ref --format='%(refname)' 'refs/heads/mission/*/1/two')" $(tree)"#,
        named: "feature:two",
        evidence: &["refs moved that it may not move", "/two from"],
        ..BESIDE
    });
}

/// Sets `$r` to the branch of `two`, and `$t` to its tree with a planted file.
const PLANTED: &str = r#"work; r=$(git for-each-ref --format='%(refname)' 'refs/heads/mission/*/1/two'); b=$(echo evil | git hash-object -w --stdin); export GIT_INDEX_FILE="$REPO/../idx"; git read-tree "$r"; git update-index --add --cacheinfo 100644,$b,evil.txt; t=$(git write-tree); unset GIT_INDEX_FILE; on() { git -c user.name=a -c user.email=a@b commit-tree -p "$r" -m evil "$1"; }; "#;

/// The branch of the other feature goes forward, by `deed`.
fn forward(deed: &str) {
    caught_beside(&Lie {
        script: Box::leak(format!("{PLANTED}{deed}").into_boxed_str()),
        named: "feature:two",
        evidence: &["refs moved that it may not move", "/two from", "feature:one"],
        ..BESIDE
    });
}

#[test]
fn the_branch_of_the_other_feature_gets_a_file() {
    forward(r#"git update-ref "$r" $(on $t)"#);
}

#[test]
fn the_branch_of_the_other_feature_gets_a_commit_without_a_change() {
    forward(r#"git update-ref "$r" $(on "$r^{tree}")"#);
}

#[test]
fn the_branch_of_the_other_feature_gets_a_file_by_a_call_in_its_own_place() {
    forward(r#"cd "$REPO"/.worktrees/*-two; git update-ref HEAD $(on $t)"#);
}

#[test]
fn the_branch_of_the_other_feature_gets_a_file_by_a_commit_in_its_own_place() {
    forward(r#"cd "$REPO"/.worktrees/*-two; GIT_INDEX_FILE="$REPO/../idx" commit -m evil"#);
}

/// Also where everything that went with it is forgotten.
#[test]
fn the_branch_of_the_other_feature_gets_a_file_and_its_log_is_emptied() {
    forward(r#"git update-ref "$r" $(on $t); git reflog expire --all --expire=now"#);
}

/// Word for word what its own call would have done: it is told, and nothing of it gets to what is integrated.
#[test]
fn a_file_that_is_committed_in_the_place_of_the_other_feature_and_not_there_is_told() {
    let bench = Bench::new(&BESIDE);
    let deed = r#"cd "$REPO"/.worktrees/*-two; echo evil > "$REPO/../evil"; git update-index --add --cacheinfo 100644,$(git hash-object -w "$REPO/../evil"),evil.txt; commit -m evil"#;
    bench.write("ctl/lie/one", &format!("{THERE}work; {deed}; : > \"$REPO/../done\""));
    bench.write("ctl/lie/two", HONEST);
    let outcome = bench.outcome(&mut bench.start(&BESIDE, &[]));
    assert_eq!((outcome.code, outcome.kinds()), (Some(0), vec!["ref-moved", "in-history"]), "{}", outcome.said);
    let told = "unproven: what its branch went through is not all in its files; by whom was not seen (under way at the same time: mission:milestone:1:feature:one): evil.txt";
    assert!(outcome.markdown.contains(told), "{}", outcome.markdown);
    bench.git(&["merge", "-q", outcome.report["integrated"]["branch"].as_str().expect("a branch")]);
    assert!(bench.path("repo/two.txt").exists() && !bench.path("repo/evil.txt").exists());
}

/// Who did it nobody saw: who was under way is named.
#[test]
fn a_commit_in_the_place_of_the_other_feature_carries_trailers_of_the_engine() {
    caught_beside(&Lie {
        script: r#"work; (cd "$REPO"/.worktrees/*-two && commit --allow-empty -m x -m 'Mission-Node: mine')"#,
        named: "feature:two",
        evidence: &[
            "commits carry what only the engine writes; nobody saw who did it, it may have been this one or any of these (under way at the same time: mission:milestone:1:feature:one): Mission-Node: mine",
        ],
        ..BESIDE
    });
}

/// Without one it may be its own: it is told, and nobody is accused.
#[test]
fn a_commit_in_the_place_of_the_other_feature_that_changes_nothing_is_told() {
    let bench = Bench::new(&BESIDE);
    let deed = r#"(cd "$REPO"/.worktrees/*-two && commit --allow-empty -m x)"#;
    bench.write("ctl/lie/one", &format!("{THERE}work; {deed}; : > \"$REPO/../done\""));
    bench.write("ctl/lie/two", HONEST);
    let outcome = bench.outcome(&mut bench.start(&BESIDE, &[]));
    assert_eq!((outcome.code, outcome.kinds()), (Some(0), vec!["empty-commit"]), "{}", outcome.said);
    let told = "unproven: commits change nothing; who made them was not seen (under way at the same time: mission:milestone:1:feature:one)";
    assert!(outcome.markdown.contains(told), "{}", outcome.markdown);
}

#[test]
fn the_branch_of_a_feature_that_has_ended_gets_its_own_files_in_a_commit_of_somebody_else() {
    after_the_end(
        r#"cd "$REPO"/.worktrees/*-two; GIT_INDEX_FILE="$REPO/../idx"; export GIT_INDEX_FILE; git read-tree HEAD; git add -A; t=$(git write-tree); unset GIT_INDEX_FILE; cd "$HERE"; git update-ref "$r" $(git -c user.name=a -c user.email=a@b commit-tree -p "$r" -m 'Work of two' -m 'Mission-Item: two' $t)"#,
    );
}

#[test]
fn the_branch_of_a_feature_that_has_ended_gets_a_file() {
    after_the_end(r#"git update-ref "$r" $(on $t)"#);
}

fn after_the_end(deed: &str) {
    let lie = Lie { evidence: &["refs moved that it may not move", "/two from"], ..BESIDE };
    let bench = Bench::new(&lie);
    let told = format!(
        r#"n=0; until '{}' -C "$REPO" events | grep -q 'done  *mission:milestone:1:feature:two '; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; "#,
        env!("CARGO_BIN_EXE_mission")
    );
    bench.write("ctl/lie/one", &format!("{THERE}{told}{PLANTED}{deed}"));
    bench.write("ctl/lie/two", r#": > "$REPO/../there"; work"#);
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    check(&lie, &outcome);
}

#[test]
fn the_base_branch_is_moved() {
    caught_beside(&Lie {
        script: r#"work; git update-ref refs/heads/main $(mine)"#,
        evidence: &["refs/heads/main from"],
        ..BESIDE
    });
}

#[test]
fn the_worktree_of_the_other_feature_is_written_to_where_nobody_is_kept_apart() {
    caught_beside(&Lie {
        isolation: "never",
        script: r#"work; for w in "$REPO"/.worktrees/*-two; do echo planted > "$w/planted.txt"; done"#,
        named: "feature:two",
        evidence: &["no result names (under way at the same time: mission:milestone:1:feature:one): A planted.txt"],
        ..BESIDE
    });
}

/// A merge that keeps nothing of it makes it look integrated; one that keeps it can be changed once more.
#[test]
fn the_work_of_the_other_feature_is_merged_away() {
    let one = r#"work; git add .; commit -m mine; : > "$REPO/../done"; n=0; until [ -e "$REPO/../merged" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done"#;
    for (features, deed) in [
        (&["one", "two"], "-s ours -m s $r; work"),
        (&["two", "one"], "-s ours -m s $r; work"),
        (&["one", "two"], r#"-m s $r; echo evil > one.txt; echo two > two.txt; ok '["one.txt","two.txt"]'"#),
        (&["two", "one"], r#"-m s $r; echo evil > one.txt; echo two > two.txt; ok '["one.txt","two.txt"]'"#),
    ] {
        let merge = "git -c user.name=a -c user.email=a@b merge -q";
        let two = format!(
            r#"n=0; until [ -e "$REPO/../done" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; r=$(git for-each-ref --format='%(refname)' 'refs/heads/mission/*/1/one'); {merge} {deed}; : > "$REPO/../merged""#
        );
        let evidence = &["undoes it", "one.txt"];
        let lie = Lie { features, named: "merge", evidence, check: "true", ..BESIDE };
        let bench = Bench::new(&lie);
        bench.write("ctl/lie/one", one);
        bench.write("ctl/lie/two", &two);
        let outcome = bench.outcome(&mut bench.start(&lie, &[]));
        check(&lie, &outcome);
        assert!(
            outcome.told_of("mission:milestone:1:merge").contains("`two`") || features[0] == "two",
            "{}",
            outcome.said
        );
    }
}

/// Who merges a neighbour and keeps it passes.
#[test]
fn the_work_of_the_other_feature_may_be_taken_in() {
    let one = r#"work; git add .; commit -m mine; : > "$REPO/../done"; n=0; until [ -e "$REPO/../merged" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done"#;
    let two = r#"n=0; until [ -e "$REPO/../done" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; r=$(git for-each-ref --format='%(refname)' 'refs/heads/mission/*/1/one'); git -c user.name=a -c user.email=a@b merge -q -m s $r; echo two > two.txt; ok '["one.txt","two.txt"]'; : > "$REPO/../merged""#;
    for features in [&["one", "two"], &["two", "one"]] {
        let lie = Lie { features, check: "test -e one.txt && test -e two.txt", ..BESIDE };
        let bench = Bench::new(&lie);
        bench.write("ctl/lie/one", one);
        bench.write("ctl/lie/two", two);
        let outcome = bench.outcome(&mut bench.start(&lie, &[]));
        assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
    }
}
