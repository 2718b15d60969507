//! Lies in what git keeps of a worktree beside the repository: a lock that nobody lets go of, a merge that nobody began, an index that
//! is gone. Whoever is under way is named; and agents that merge and rebase as they should.

use crate::bench::{APART, Bench, Lie, Outcome, caught, check};

/// Not kept apart: what is seen counts.
const BARE: Lie = Lie { features: &["one", "two"], together: 2, isolation: "never", ..APART };

/// Waits until `condition` holds.
fn until(condition: &str) -> String {
    format!("n=0; until {condition}; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; ")
}

/// `one` does `deed` to the worktree `$w` of `two`, whose record is `$a`, while `two` is at work, or once it has ended.
fn outcome(lie: &Lie, deed: &str, ended: bool) -> Outcome {
    let bench = Bench::new(lie);
    let begins = if ended {
        let events = format!("'{}' -C \"$REPO\" events", env!("CARGO_BIN_EXE_mission"));
        until(&format!("{events} | grep -q 'done  *mission:milestone:1:feature:two '"))
    } else {
        until("[ -e \"$REPO/../there\" ]")
    };
    let where_it_is = r#"w=$(echo "$REPO"/.worktrees/*-two); a=$(git -C "$w" rev-parse --absolute-git-dir); "#;
    let one = until("[ -e \"$REPO/../begun\" ]") + &begins + where_it_is;
    bench.write("ctl/lie/one", &format!("{one}work; {deed}; : > \"$REPO/../done\""));
    let two = "echo two > two.txt; : > \"$REPO/../begun\"; : > \"$REPO/../there\"; ";
    let waits = if ended { String::new() } else { until("[ -e \"$REPO/../done\" ]") };
    bench.write("ctl/lie/two", &format!("{two}{waits}ok '[\"two.txt\"]'"));
    bench.outcome(&mut bench.start(lie, &[]))
}

/// Who is told of what was done to it need not have done it.
const WHO: &str = "(under way at the same time: mission:milestone:1:feature:one)";
const ANYBODY: &str = "nobody saw who did it, it may have been this one or any of these (under way at the same time";

/// What becomes of a deed in the worktree of somebody who is at work, and of somebody who has ended.
macro_rules! deeds {
    ($($name:ident: $deed:literal, $while_at_work:literal, $ended:literal;)*) => { $(mod $name {
        use super::*;
        #[test]
        fn while_it_is_at_work() {
            let evidence = &[$while_at_work, WHO];
            let lie = Lie { named: "feature:two", evidence, ..BARE };
            check(&lie, &outcome(&lie, $deed, false));
        }
        #[test]
        fn once_it_has_ended() {
            let evidence = &["the worktree of `mission:milestone:1:feature:two`, which had ended, changed", $ended];
            let lie = Lie { evidence, ..BARE };
            let outcome = outcome(&lie, $deed, true);
            check(&lie, &outcome);
            assert_eq!(outcome.told_of("mission:milestone:1:feature:two"), "", "{}", outcome.markdown);
        }
    })* };
}

deeds! {
    its_index_is_locked: ": > $a/index.lock", "locks of git were left behind", "-two/index.lock";
    its_head_is_locked: ": > $a/HEAD.lock", "-two/HEAD.lock", "-two/HEAD.lock";
    its_index_is_gone: "rm $a/index", "D index of the worktree", "D index of the worktree";
    a_merge_is_planted: "git rev-parse HEAD > $a/MERGE_HEAD", "git is left in the middle of it", "-two/MERGE_HEAD";
    a_pick_is_planted: "git rev-parse HEAD > $a/CHERRY_PICK_HEAD", "-two/CHERRY_PICK_HEAD", "-two/CHERRY_PICK_HEAD";
    a_revert_is_planted: "git rev-parse HEAD > $a/REVERT_HEAD", "-two/REVERT_HEAD", "-two/REVERT_HEAD";
    a_rebase_is_planted: "mkdir $a/rebase-merge", "-two/rebase-merge", "-two/rebase-merge";
}

/// The victim is told of what was done to it, and not called its author.
#[test]
fn its_head_is_switched_while_it_is_at_work() {
    let evidence = &["another branch is checked out", ANYBODY, "feature:one): main instead of"];
    let lie = Lie { named: "feature:two", evidence, ..BARE };
    check(&lie, &outcome(&lie, "echo 'ref: refs/heads/main' > $a/HEAD", false));
}

/// Where the tidying up at the end cannot look it keeps what is there, and the run ends as it went.
#[test]
fn a_worktree_that_cannot_be_looked_at_stays() {
    let outcome = outcome(&Lie { named: "feature:two", ..BARE }, ": > $a/index", false);
    let all = format!("{}\n{}", outcome.said, outcome.markdown);
    assert_eq!(outcome.code, Some(1), "{all}");
    assert!(outcome.said.contains("# mission: failed"), "{all}");
    assert!(outcome.said.contains("/two): it cannot be told what it holds: `git "), "{all}");
    assert!(!outcome.markdown.contains("taken back by"), "a verdict that was skipped has no rows: {all}");
    let told = outcome.told_of("mission:milestone:1:feature:two");
    assert!(told.contains(ANYBODY) && told.contains("what it changed cannot be seen any more"), "{told}");
}

#[test]
fn its_own_merge_is_left_in_the_middle() {
    let script = "work; git rev-parse HEAD > $(git rev-parse --absolute-git-dir)/MERGE_HEAD";
    caught(&Lie { script, evidence: &["git is left in the middle of it", "/MERGE_HEAD"], ..APART });
}

#[test]
fn its_own_index_is_left_locked() {
    let script = "work; : > $(git rev-parse --absolute-git-dir)/index.lock";
    caught(&Lie { script, evidence: &["locks of git were left behind", "/index.lock"], ..APART });
}

#[test]
fn the_judge_leaves_a_merge_in_the_worktree_of_what_is_integrated() {
    let script = r#"git rev-parse HEAD > $(git rev-parse --absolute-git-dir)/MERGE_HEAD
answer '{"milestoneId":"m1","passed":true,"summary":"fine","checks":[],"assertions":[{"id":"a1","status":"met","evidence":"seen"}]}'"#;
    caught(&Lie { who: "judge", script, named: "validate:judge", evidence: &["/MERGE_HEAD"], ..APART });
}

/// A merge with a conflict, a rebase, a pick and a revert, each brought to its end or given up; and an index that is made anew.
const HONEST: &str = r#"
git config --get user.name > /dev/null || export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
start=$(git rev-parse HEAD); branch=$(git symbolic-ref --short HEAD)
git checkout -q --detach; echo theirs > "$last.txt"; git add .; git commit -qm theirs; theirs=$(git rev-parse HEAD)
git checkout -q "$branch"; echo mine > "$last.txt"; git add .; git commit -qm mine
git merge -q "$theirs" > /dev/null 2>&1 && exit 9; git merge --abort
git merge -q "$theirs" > /dev/null 2>&1 && exit 9; echo both > "$last.txt"; git add .; git commit -qm both
git cherry-pick "$theirs" > /dev/null 2>&1 && exit 9; git cherry-pick --abort
git rebase "$start" > /dev/null 2>&1 || git rebase --abort
git revert --no-edit -m 1 HEAD > /dev/null 2>&1; git revert --no-edit HEAD > /dev/null 2>&1
rm "$(git rev-parse --absolute-git-dir)/index"; git reset -q
"#;

/// They look at the worktrees of each other all the while, which makes git lock the index there for a moment.
#[test]
fn who_brings_it_to_its_end_passes() {
    let bench = Bench::new(&BARE);
    let meet = |name: &str| {
        let both = BARE.features.iter().map(|who| until(&format!("[ -e \"$REPO/../{who}.{name}\" ]")));
        format!(": > \"$REPO/../$last.{name}\"; {}", both.collect::<String>())
    };
    let looks = r#"for i in 1 2 3; do for w in "$REPO"/.worktrees/*; do touch "$w/README.md"; git -C "$w" status --short > /dev/null 2>&1 || true; done; done"#;
    for who in BARE.features {
        let (begin, end) = (meet("there"), meet("done"));
        bench.write(
            &format!("ctl/lie/{who}"),
            &format!("{begin}{HONEST}{end}{looks}; ok \"[\\\"$last.txt\\\"]\"; {looks}"),
        );
    }
    let outcome = bench.outcome(&mut bench.start(&BARE, &[]));
    assert_eq!(outcome.kinds(), [""; 0], "{}{}", outcome.said, outcome.markdown);
    assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
}
