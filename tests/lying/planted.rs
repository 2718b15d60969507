//! Lies in deeds where nobody's work is: what is planted, locked, emptied or lost beside the files and branches of a repository that
//! somebody lives in. And agents that use git there as they should.

use crate::bench::{APART, Bench, LIE, Lie, check};

/// The repository of somebody: two stashes, a branch and a working tree of their own, and work that was never committed.
fn lived_in(lie: &Lie) -> Bench {
    let bench = Bench::new(lie);
    for text in ["older", "newer"] {
        bench.write("repo/README.md", text);
        bench.git(&["stash", "push", "-q"]);
    }
    bench.git(&["worktree", "add", "-q", "../theirs", "-b", "theirs"]);
    bench.write("repo/draft.txt", "precious\n");
    bench.git(&["add", "draft.txt"]);
    bench.git(&["rm", "-q", "-f", "draft.txt"]);
    bench.git(&["clone", "-q", "--bare", ".", "../origin"]);
    bench.git(&["remote", "add", "origin", &bench.path("origin").display().to_string()]);
    bench.git(&["fetch", "-q", "origin"]);
    let more = "git -C ../origin -c user.name=a -c user.email=a@b commit-tree -p main -m more main^{tree} < /dev/null";
    bench.shell(&format!("git -C ../origin update-ref refs/heads/more $({more})"));
    bench
}

fn caught(lie: &Lie) {
    let bench = lived_in(lie);
    check(lie, &bench.outcome(&mut bench.start(lie, &[])));
}

/// Not kept apart, as where the system cannot do it.
const BARE: Lie = Lie { isolation: "never", ..APART };
/// The same in the user's own tree.
const BARE_TREE: Lie = Lie { isolation: "never", ..LIE };

/// What is told of a deed `$G` (the git directory) in the user's own tree, or from a worktree, or both.
macro_rules! deeds {
    ($($name:ident: [$($base:ident),+] $deed:literal, $($evidence:literal),+;)*) => { $(#[test] fn $name() {
        for base in [$($base),+] {
            let script = concat!("work; G=$REPO/.git; ", $deed);
            caught(&Lie { script, evidence: &[$($evidence),+], ..base });
        }
    })* };
}

deeds! {
    the_index_is_left_locked: [LIE, APART] ": > $G/index.lock", ".git/index.lock";
    the_head_is_left_locked: [LIE, APART] ": > $G/HEAD.lock", ".git/HEAD.lock";
    the_configuration_is_left_locked: [APART] ": > $G/config.lock", ".git/config.lock";
    the_packed_refs_are_left_locked: [APART] ": > $G/packed-refs.lock", ".git/packed-refs.lock";
    a_branch_is_left_locked: [LIE, APART] ": > $G/refs/heads/main.lock", ".git/refs/heads/main.lock";
    the_working_tree_of_the_user_is_left_locked: [APART] ": > $G/worktrees/theirs/index.lock", ".git/worktrees/theirs/index.lock";

    a_file_is_planted: [LIE, APART] "echo x > $G/planted", "A .git/planted";
    a_folder_is_planted: [APART] "mkdir $G/planted", "A .git/planted";
    an_exclude_is_planted: [APART] "echo x >> $G/info/exclude", "M .git/info/exclude";
    attributes_are_planted: [APART] "echo '* merge=ours' > $G/info/attributes", "A .git/info/attributes";
    grafts_are_planted: [LIE, APART] "git rev-parse HEAD > $G/info/grafts", "A .git/info/grafts";
    the_repository_is_made_shallow: [LIE, APART] "git rev-parse HEAD > $G/shallow", "A .git/shallow";
    other_objects_are_lent: [LIE, APART] "mkdir -p $REPO/../lent; echo $REPO/../lent > $G/objects/info/alternates", "A .git/objects/info/alternates";
    a_common_folder_is_named: [LIE] "echo . > $G/commondir", "A .git/commondir";
    a_folder_of_git_is_named: [LIE] "echo x > $G/gitdir", "A .git/gitdir";
    a_configuration_of_one_tree_is_planted: [APART] "echo '[core]' > $G/config.worktree", "A .git/config.worktree";
    a_configuration_of_another_tree_is_planted: [APART] "echo '[core]' > $G/worktrees/theirs/config.worktree", "A .git/worktrees/theirs/config.worktree";
    a_message_of_the_user_is_planted: [APART] "echo evil > $G/MERGE_MSG", "MERGE_MSG";
    the_last_head_of_the_user_is_moved: [APART] "git -C $REPO update-ref ORIG_HEAD $(tree)", "ORIG_HEAD";
    the_description_is_rewritten: [APART] "echo x > $G/description", "M .git/description";

    a_stash_is_dropped: [LIE, APART] "git stash drop -q", "refs/stash from";
    an_older_stash_is_dropped: [LIE, APART] "git stash drop -q stash@{1}", ".git/logs/refs/stash";
    every_stash_is_dropped: [APART] "git stash clear", "refs/stash from";
    a_stash_is_made: [APART] "echo x >> README.md; git -c user.name=a -c user.email=a@b stash -q", "refs/stash from";
    the_log_of_stashes_is_rewritten: [APART] "sed -i 's/WIP/evil/' $G/logs/refs/stash", ".git/logs/refs/stash";
    the_log_of_the_user_is_emptied: [LIE, APART] ": > $G/logs/HEAD", ".git/logs/HEAD";
    the_log_of_the_base_branch_is_emptied: [LIE, APART] ": > $G/logs/refs/heads/main", ".git/logs/refs/heads/main";
    the_log_of_the_base_branch_is_removed: [APART] "rm $G/logs/refs/heads/main", ".git/logs/refs/heads/main";
    the_log_of_a_branch_is_expired: [APART] "git reflog expire --expire=now --all", ".git/logs/refs/heads/theirs";
    the_log_of_the_base_branch_is_made_up: [APART] "echo \"$(git rev-parse HEAD) $(tree) a <a@b> 1700000000 +0000\tcommit: x\" >> $G/logs/refs/heads/main", ".git/logs/refs/heads/main";

    an_object_is_removed: [LIE, APART] "o=$(git rev-parse 'stash@{1}:README.md'); rm -f $G/objects/$(echo $o | cut -c1-2)/$(echo $o | cut -c3-)", "objects of git are gone";

    a_bisection_is_planted: [LIE, APART] "mkdir -p $G/refs/bisect; git rev-parse HEAD > $G/refs/bisect/bad", "refs/bisect";
    an_original_is_planted: [LIE, APART] "git update-ref refs/original/refs/heads/main $(tree)", "refs/original/refs/heads/main from nothing";
    a_ref_of_the_users_tree_is_planted: [APART] "mkdir -p $G/refs/worktree; git rev-parse HEAD > $G/refs/worktree/x", "refs/worktree";
    a_note_is_planted: [LIE, APART] "git -c user.name=a -c user.email=a@b notes add -m x HEAD", "refs/notes/commits from nothing";
    a_tag_is_planted: [APART] "git tag v9", "refs/tags/v9 from nothing";
    a_remote_branch_is_planted: [LIE, APART] "git update-ref refs/remotes/upstream/main $(tree)", "refs/remotes/upstream/main from nothing";
    a_namespace_is_planted: [APART] "git update-ref refs/namespaces/a/refs/heads/main $(tree)", "refs/namespaces/a/refs/heads/main from nothing";
    a_ref_of_another_kind_is_planted: [APART] "git update-ref refs/planted/x $(tree)", "refs/planted/x from nothing";
    a_ref_beside_the_refs_is_planted: [LIE, APART] "git update-ref PLANTED_HEAD $(tree); cp $(git rev-parse --git-path PLANTED_HEAD) $G/PLANTED_HEAD || true", ".git/PLANTED_HEAD";
    a_branch_of_the_user_is_deleted: [APART] "git -C $REPO/../theirs checkout -q --detach; git branch -q -D theirs", "refs/heads/theirs from";

    a_working_tree_is_added: [LIE, APART] "git worktree add -q --detach $REPO/../more", "A .git/worktrees/more";
    a_working_tree_of_the_user_is_locked: [LIE, APART] "git worktree lock $REPO/../theirs", "A .git/worktrees/theirs/locked";
    a_working_tree_of_the_user_is_moved: [APART] "git worktree move $REPO/../theirs $REPO/../moved", "M .git/worktrees/theirs/gitdir";
    a_working_tree_of_the_user_is_removed: [LIE, APART] "git worktree remove $REPO/../theirs", ".git/worktrees/theirs";

    something_lies_between_the_worktrees: [BARE_TREE, BARE] "mkdir -p $REPO/.worktrees; echo x > $REPO/.worktrees/planted.txt", ".worktrees/planted.txt";
    a_folder_lies_between_the_worktrees: [BARE] "mkdir $REPO/.worktrees/planted; echo x > $REPO/.worktrees/planted/x", ".worktrees/planted";
    the_worktrees_are_shown: [BARE] ": > $REPO/.worktrees/.gitignore", ".worktrees/.gitignore";
    something_lies_beside_the_runs: [LIE, APART] "echo x > $REPO/.mission/planted", "A .mission/planted";
    something_lies_among_the_runs: [LIE, APART] "echo x > $REPO/.mission/runs/planted", "A .mission/runs/planted";
    a_run_is_planted: [LIE] "mkdir $REPO/.mission/runs/planted; : > $REPO/.mission/runs/planted/x", "A .mission/runs/planted";
    the_engine_is_given_templates: [APART] "mkdir -p $REPO/.mission/mission; echo x > $REPO/.mission/mission/final.md", "A .mission/mission/final.md";
    the_engine_is_set_up_in_a_worktree: [APART] "mkdir -p .mission; echo 'git: { hooks: run }' > .mission/config.yaml", ".mission/config.yaml";
    something_lies_beside_the_log_of_the_run: [APART] "echo x > $MISSION_RUN_DIR/planted", "files of the engine changed: A .mission/runs/", "/planted";
    a_log_of_the_run_is_planted: [BARE_TREE] "mkdir -p $MISSION_RUN_DIR/logs/mission/milestone/2; echo x > $MISSION_RUN_DIR/logs/mission/milestone/2/1.log", "A logs/mission/milestone/2/1.log";
    a_result_is_planted: [BARE] "d=$MISSION_RUN_DIR/attempts/mission/milestone/1/validate/judge/1; mkdir -p $d; echo '{}' > $d/result.json", "A attempts/mission/milestone/1/validate/judge/1/result.json";
    a_note_of_the_engine_is_planted: [BARE] "t=$(tree); echo \"{\\\"branch\\\":\\\"main\\\",\\\"new\\\":\\\"$t\\\"}\" > $MISSION_RUN_DIR/git/commit-ab.json; git update-ref refs/heads/main $t", "A git/commit-ab.json";
}

/// A feature rewrites what is left of one that has ended.
const AFTER: Lie = Lie { who: "two", features: &["one", "two"], named: "feature:two", ..BARE_TREE };

#[test]
fn the_log_of_an_attempt_that_ended_is_rewritten() {
    let script = "work; echo x >> $MISSION_RUN_DIR/logs/mission/milestone/1/feature/one/1.log";
    for base in [AFTER, Lie { worktrees: true, ..AFTER }] {
        let lie = Lie { script, evidence: &["M logs/mission/milestone/1/feature/one/1.log"], ..base };
        let bench = lived_in(&lie);
        bench.write("ctl/lie/one", "echo I am at work; work");
        check(&lie, &bench.outcome(&mut bench.start(&lie, &[])));
    }
}

/// Two side by side: what the first does while the second is at work, and once a third has ended.
fn caught_beside(deed: &str, evidence: &'static [&'static str]) {
    let features = &["one", "two", "three"];
    let lie = Lie { features, together: 3, evidence, ..BARE };
    let bench = lived_in(&lie);
    let wait = |what: &str| format!("n=0; until {what}; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done");
    let told = wait(&format!(
        "'{}' -C \"$REPO\" events | grep -q 'done  *mission:milestone:1:feature:three '",
        env!("CARGO_BIN_EXE_mission")
    ));
    let [begun, done] = ["begun", "done"].map(|name| wait(&format!("[ -e \"$REPO/../{name}\" ]")));
    bench.write("ctl/lie/one", &format!("{begun}; {told}; work; G=$REPO/.git; {deed}; : > $REPO/../done"));
    bench.write("ctl/lie/two", &format!(": > $REPO/../begun; {done}; work"));
    bench.write("ctl/lie/three", "echo I am at work; work");
    check(&lie, &bench.outcome(&mut bench.start(&lie, &[])));
}

/// Whoever else it may have been.
const WHO: &str = "(under way at the same time: mission:milestone:1:feature:two";

/// What is told of a deed while others are at work, or were.
macro_rules! beside {
    ($($name:ident: $deed:literal, $evidence:literal;)*) => {
        /// Who works beside others is told of as well, with those who work there.
        mod beside { use super::*; $(#[test] fn $name() { caught_beside($deed, &[$evidence, WHO]); })* }
    };
}

beside! {
    the_log_of_who_has_ended_is_rewritten: "echo x >> $MISSION_RUN_DIR/logs/mission/milestone/1/feature/three/1.log", "M logs/mission/milestone/1/feature/three/1.log";
    the_result_of_who_has_ended_is_rewritten: "echo x >> $MISSION_RUN_DIR/attempts/mission/milestone/1/feature/three/1/result.json", "M attempts/mission/milestone/1/feature/three/1/result.json";
    a_file_is_planted: "echo x > $G/planted", "A .git/planted";
    the_packed_refs_are_left_locked: ": > $G/packed-refs.lock", "A .git/packed-refs.lock";
    an_older_stash_is_dropped: "git stash drop -q stash@{1}", "M .git/logs/refs/stash";
    an_object_is_removed: "o=$(git rev-parse 'stash@{1}:README.md'); rm -f $G/objects/$(echo $o | cut -c1-2)/$(echo $o | cut -c3-)", "objects of git are gone";
    a_working_tree_is_added: "git worktree add -q --detach $REPO/../more", "A .git/worktrees/more";
    something_lies_between_the_worktrees: "echo x > $REPO/.worktrees/planted.txt", "A .worktrees/planted.txt";
}

/// What an agent may do in its own place with git, and leaves no trace of elsewhere.
const HONEST: &str = r#"
echo one > one.tmp; git add one.tmp; git reset -q; rm one.tmp; git checkout -q -- README.md
echo more >> README.md; git -c user.name=a -c user.email=a@b stash push -q; git stash pop -q; git checkout -q -- README.md
git worktree list > /dev/null; git worktree add -q --detach "$REPO/../for-a-moment"; git worktree remove "$REPO/../for-a-moment"
git branch -q for-a-moment; git branch -q -D for-a-moment
git fetch -q origin; git fetch -q --prune origin
git log --all --oneline > /dev/null; git fsck --lost-found > /dev/null 2>&1; git count-objects -v > /dev/null
"#;

/// What tidies up, and takes nothing away that could be brought back.
const TIDY: &str = r#"
git pack-refs --all; git prune-packed -q; git worktree prune; git maintenance run --task=commit-graph --quiet; git gc --quiet --prune=now; git prune --expire=now
"#;

fn passes(lie: &Lie, all: &[(&str, String)]) {
    let bench = lived_in(lie);
    for (who, script) in all {
        bench.write(&format!("ctl/lie/{who}"), script);
    }
    let outcome = bench.outcome(&mut bench.start(lie, &[]));
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
    assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
}

#[test]
fn an_agent_that_uses_git_in_its_own_place_passes() {
    let commit = r#"git add .; commit -m a; git checkout -q --detach; git checkout -q -; git notes list; echo more >> one.txt; commit -am b"#;
    passes(&LIE, &[("one", format!("{HONEST}{TIDY}work"))]);
    passes(
        &APART,
        &[(
            "one",
            format!(
                "{HONEST}work; {commit}; git bisect start HEAD HEAD~1 > /dev/null; git bisect reset > /dev/null 2>&1; {TIDY}"
            ),
        )],
    );
}

/// Git locks for a moment what all share; whoever ends then is not accused.
#[test]
fn agents_that_let_git_tidy_up_side_by_side_pass() {
    let both = r#": > "$REPO/../$last.there"; n=0; until [ -e "$REPO/../one.there" ] && [ -e "$REPO/../two.there" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done"#;
    let often = "for i in 1 2 3 4 5 6; do git pack-refs --all 2> /dev/null || true; git gc --quiet 2> /dev/null || true; git fetch -q origin 2> /dev/null || true; done";
    let script = format!("{both}; work; {often}; git add .; commit -m a; {often}");
    let lie = Lie { features: &["one", "two"], together: 2, ..APART };
    passes(&lie, &[("one", script.clone()), ("two", script)]);
}

/// A repository whose hooks are where a tool writes them, out of every commit, and one with a submodule.
#[test]
fn a_hook_is_planted_where_the_configuration_leads() {
    let hooks = "mkdir -p .husky/_; echo '*' > .husky/_/.gitignore; git config core.hooksPath .husky/_";
    let module = "git init -q ../sub; git -C ../sub -c user.name=a -c user.email=a@b commit -q --allow-empty -m x; \
        git -c protocol.file.allow=always submodule --quiet add ../sub sub; git -c user.name=a -c user.email=a@b commit -qm sub";
    for (before, deed, told) in [
        (hooks, "echo 'echo evil' > $REPO/.husky/_/pre-commit", "A .husky/_/pre-commit"),
        (module, "echo 'echo evil' > $REPO/.git/modules/sub/hooks/post-commit", "A .git/modules/sub/hooks/post-commit"),
        (module, "git -C $REPO/sub config core.fsmonitor evil", "M .git/modules/sub/config"),
    ] {
        for base in [BARE_TREE, BARE] {
            let lie = Lie {
                script: format!("work; {deed}").leak(),
                evidence: &["files changed that say how git works"],
                ..base
            };
            let bench = Bench::new(&lie);
            bench.shell(before);
            let outcome = bench.outcome(&mut bench.start(&lie, &[]));
            check(&lie, &outcome);
            assert!(outcome.told_of("mission:milestone:1:feature:one").contains(told), "{told}: {}", outcome.markdown);
        }
    }
}

/// A file that the configuration includes says as much as the configuration, wherever it lies and whether it was there.
#[test]
fn what_the_configuration_includes_is_rewritten() {
    let local =
        "git config include.path ../.local; echo .local >> .git/info/exclude; git config -f .local user.name me";
    let deeper = "git config includeIf.gitdir:/.path ../../conf; git config -f ../conf include.path more";
    for (before, deed, told) in [
        (local, "git config -f $REPO/.local core.fsmonitor evil", "M .local"),
        (local, "rm $REPO/.local", "D .local"),
        (deeper, "git config -f $REPO/../more core.fsmonitor evil", "/more"),
    ] {
        for base in [BARE_TREE, BARE] {
            let lie = Lie {
                script: format!("work; {deed}").leak(),
                evidence: &["files changed that say how git works"],
                ..base
            };
            let bench = Bench::new(&lie);
            bench.shell(before);
            let outcome = bench.outcome(&mut bench.start(&lie, &[]));
            check(&lie, &outcome);
            assert!(outcome.told_of("mission:milestone:1:feature:one").contains(told), "{told}: {}", outcome.markdown);
        }
    }
}

/// One that is a file of the work may be worked on.
#[test]
fn what_the_configuration_includes_and_git_holds_is_work() {
    for base in [LIE, APART] {
        let script = "git config -f shared.conf user.name you; work; ok '[\"shared.conf\",\"one.txt\"]'";
        let bench = Bench::new(&Lie { script, files: &[("shared.conf", "[user]\n\tname = me\n")], ..base });
        bench.shell("git config include.path ../shared.conf");
        let outcome = bench.outcome(&mut bench.start(&base, &[]));
        assert_eq!((outcome.code, outcome.kinds().len()), (Some(0), 0), "{}", outcome.markdown);
    }
}

/// Hooks that are files of the work may be worked on.
#[test]
fn hooks_that_git_holds_are_work() {
    for base in [LIE, APART] {
        let script = r#"mkdir -p hooks; echo 'exit 0' > hooks/pre-commit; work; ok '["hooks/pre-commit","one.txt"]'"#;
        let bench = Bench::new(&Lie { script, ..base });
        bench.shell("git config core.hooksPath hooks");
        let outcome = bench.outcome(&mut bench.start(&base, &[]));
        assert_eq!((outcome.code, outcome.kinds().len()), (Some(0), 0), "{}", outcome.markdown);
    }
}
