//! Lies in deeds: work outside its place, and tampering with what no node may change.

use crate::bench::{APART, Bench, LIE, Lie, caught};

macro_rules! lies {
    ($($name:ident: $lie:expr;)*) => { $(#[test] fn $name() { caught(&$lie); })* };
}

lies! {
    the_base_branch_is_moved: Lie {
        script: "work; git update-ref refs/heads/main $(tree)",
        evidence: &["refs moved that it may not move", "refs/heads/main from"], ..APART
    };
    the_base_branch_is_committed_to: Lie {
        script: "work; git add one.txt; commit -m mine", evidence: &["refs/heads/main from"], ..LIE
    };
    a_tag_is_planted: Lie { script: "work; git tag v9", evidence: &["refs/tags/v9 from nothing"], ..LIE };
    work_is_stashed_away: Lie {
        script: "echo x >> README.md; git -c user.name=a -c user.email=a@b stash -q; work",
        evidence: &["refs/stash from nothing"], ..LIE
    };
    a_commit_is_replaced: Lie {
        script: "work; git replace HEAD $(tree)", evidence: &["refs/replace/"], ..APART
    };
    the_history_of_its_branch_is_rewritten: Lie {
        script: "work; git reset -q --soft $(tree)", evidence: &["refs moved"], ..APART
    };
    another_branch_is_checked_out: Lie {
        script: "git checkout -q -b mine; work", evidence: &["another branch is checked out: mine instead of main"], ..LIE
    };
    another_branch_is_checked_out_in_its_worktree: Lie {
        script: "git checkout -q --detach; work", evidence: &["another branch is checked out: no branch instead of"], ..APART
    };
    trailers_are_forged: Lie {
        script: "work; git add one.txt; commit -m 'x' -m 'Mission-Run: mine'",
        evidence: &["commits carry what only the engine writes: Mission-Run: mine"], ..APART
    };
    it_commits_in_the_name_of_the_engine: Lie {
        script: "work; git add one.txt; git -c user.name=mission -c user.email=mission@localhost commit -qm x",
        evidence: &["commits carry what only the engine writes: author mission@localhost", "committer mission@localhost"], ..APART
    };
    the_configuration_is_rewritten: Lie {
        script: "work; git config core.hooksPath evil", evidence: &["M .git/config"], ..LIE
    };
    the_configuration_is_rewritten_from_a_worktree: Lie {
        script: "work; git config core.fsmonitor evil", evidence: &["M .git/config"], ..APART
    };
    the_user_is_left_in_the_middle_of_a_merge: Lie {
        script: "work; git rev-parse HEAD > \"$REPO/.git/MERGE_HEAD\"", evidence: &["A .git/MERGE_HEAD"], ..APART
    };
    the_user_is_left_in_the_middle_of_a_rebase: Lie {
        script: "work; mkdir \"$REPO/.git/rebase-merge\"; echo x > \"$REPO/.git/rebase-merge/onto\"", evidence: &["A .git/rebase-merge/onto"], ..APART
    };
    a_hook_is_planted: Lie {
        script: "work; printf '#!/bin/sh\n' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit",
        evidence: &["A .git/hooks/pre-commit"], ..LIE
    };
    a_hook_is_planted_from_a_worktree: Lie {
        script: "work; echo x > \"$REPO/.git/hooks/post-merge\"", evidence: &["A .git/hooks/post-merge"], ..APART
    };
    files_are_hidden_by_an_exclude: Lie {
        script: "echo x > hidden.txt; echo hidden.txt >> .git/info/exclude; work",
        evidence: &["M .git/info/exclude"], ..LIE
    };
    attributes_are_planted: Lie {
        script: "work; echo '* merge=ours' > .git/info/attributes", evidence: &["A .git/info/attributes"], ..LIE
    };
    a_change_is_hidden_from_git: Lie {
        script: "git update-index --assume-unchanged README.md; echo x >> README.md; work; ok '[\"one.txt\",\"README.md\"]'",
        evidence: &["git does not see their changes: README.md"], ..LIE
    };
    the_users_tree_is_written_to: Lie {
        script: "work; echo x > \"$REPO/planted.txt\"",
        evidence: &["the working tree of the repository changed", "planted.txt"], isolation: "never", ..APART
    };
    a_file_of_the_user_is_deleted: Lie {
        script: "work; rm \"$REPO/docs/a.md\"", evidence: &["the working tree of the repository changed", "docs/a.md"], isolation: "never", ..APART
    };
    the_users_index_is_changed: Lie {
        script: "work; git -C \"$REPO\" rm -q --cached README.md", evidence: &["its index"], ..APART
    };
    the_worktree_of_another_feature_is_edited: Lie {
        isolation: "never",
        who: "two", features: &["one", "two"], named: "feature:two",
        script: "work; for w in \"$REPO\"/.worktrees/*-one; do echo mine > \"$w/one.txt\"; done",
        evidence: &["the worktree of `mission:milestone:1:feature:one`", "one.txt"], ..APART
    };
    the_configuration_of_the_engine_is_changed: Lie {
        script: "work; echo 'git: { hooks: run }' > .mission/config.yaml",
        evidence: &["files of the engine changed: A .mission/config.yaml"], ..LIE
    };
    the_agents_of_the_engine_are_changed: Lie {
        script: "work; echo '{}' > \"$REPO/.mission/agents.yaml\"", evidence: &["M .mission/agents.yaml"], ..APART
    };
    what_was_seen_before_is_rewritten: Lie {
        script: "work; echo '{}' > \"$(dirname \"$MISSION_OUTPUT\")/before.json\"",
        evidence: &["M before.json of its own attempt"], ..LIE
    };
    the_result_of_another_attempt_is_rewritten: Lie {
        isolation: "never", who: "two", features: &["one", "two"], named: "feature:two",
        script: "work; echo fine > \"$MISSION_RUN_DIR/attempts/mission/milestone/1/feature/one/1/result.json\"",
        evidence: &["files of the engine changed", "attempts/mission/milestone/1/feature/one/1/result.json"], ..LIE
    };
    it_fails_and_tampers: Lie {
        script: "git config user.name evil; exit 7", evidence: &["M .git/config", "exit code 7"], ..LIE
    };
}

/// Whose own address is that of the engine commits with it.
#[test]
fn who_has_the_address_of_the_engine_may_commit_with_it() {
    let lie = Lie { script: "work; git add .; git commit -qm mine", ..APART };
    let bench = Bench::new(&lie);
    bench.shell("git config user.name mission; git config user.email mission@localhost");
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_eq!((outcome.code, outcome.kinds().len()), (Some(0), 0), "{}", outcome.markdown);
}

/// Who writes the last words, or plans, only looks.
#[test]
fn who_only_looks_changes_no_file_of_the_user() {
    let words = r#"answer '{"status":"completed","summary":"done","completedMilestones":1,"totalMilestones":1,"validationPassed":true,"markdownBody":"All."}'"#;
    for lie in [LIE, APART] {
        let bench = Bench::new(&lie);
        bench.write("ctl/lie/one", "work");
        bench.write("ctl/lie/final", &format!("echo more >> \"$REPO/README.md\"; {words}"));
        let outcome = bench.outcome(&mut bench.start(&lie, &[]));
        assert_eq!(outcome.code, Some(1), "{}", outcome.said);
        assert!(outcome.told_of("mission:final").contains("README.md"), "{}", outcome.markdown);
    }
}
