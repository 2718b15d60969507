//! Lies deep in `.git`, where git itself says nothing of them: objects that are written to, links in place of folders, refs that lead
//! nowhere, and what somebody has staged in a working tree of their own. And agents that use all of that as git does.

use crate::bench::{APART, Bench, LIE, Lie, check};

/// A repository with objects in packs and beside them, tags, a remote, and a working tree of somebody with something staged.
fn lived_in(lie: &Lie) -> Bench {
    let bench = Bench::new(lie);
    bench.shell(
        "export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
        git tag v1; git clone -q --bare . ../origin; git remote add origin $(cd ../origin; pwd); git fetch -q origin; git remote set-head origin -a > /dev/null
        git repack -q -d; echo b > docs/b.md; git add docs; git commit -q -m b
        git worktree add -q ../theirs -b theirs; echo staged > ../theirs/staged.txt; git -C ../theirs add staged.txt",
    );
    bench
}

fn caught(lie: &Lie) {
    let bench = lived_in(lie);
    check(lie, &bench.outcome(&mut bench.start(lie, &[])));
}

/// Not kept apart.
const BARE: Lie = Lie { isolation: "never", ..APART };

/// What is told of a deed, done in the user's own tree, from a worktree, and where nobody is kept apart.
macro_rules! deeds {
    ($($name:ident: [$($base:ident),+] $deed:literal, $($evidence:literal),+;)*) => { $(#[test] fn $name() {
        for base in [$($base),+] {
            let file = "file() { echo $G/objects/$(git rev-parse $1 | cut -c1-2)/$(git rev-parse $1 | cut -c3-); }";
            let script = format!("work; G=$REPO/.git; {file}; {}", $deed);
            caught(&Lie { script: script.leak(), evidence: &[$($evidence),+], ..base });
        }
    })* };
}

deeds! {
    an_object_is_garbage: [LIE, APART, BARE] "f=$(file HEAD:docs/b.md); chmod u+w $f; echo garbage > $f", "objects of git are no longer what their names say";
    an_object_says_something_else: [LIE, APART] "f=$(file HEAD:docs/b.md); chmod u+w $f; cp $(file HEAD^{tree}) $f; chmod u-w $f", "objects of git are no longer what their names say";
    an_object_is_replaced: [APART] "f=$(file HEAD:docs/b.md); cp $(file HEAD:docs) $G/new; mv -f $G/new $f", "objects of git are no longer what their names say";
    an_object_says_something_else_as_if_long_ago: [APART] "f=$(file HEAD:docs/b.md); chmod u+w $f; cp $(file HEAD:docs) $f; touch -d '3 days ago' $f", "objects of git are no longer what their names say";
    an_object_is_cut_short: [APART] "f=$(file HEAD:docs/b.md); chmod u+w $f; : > $f", "objects of git are no longer what their names say";
    an_object_is_longer: [LIE, APART, BARE] "f=$(file HEAD:docs/b.md); chmod u+w $f; echo x >> $f", "objects of git are no longer what their names say";
    an_object_ends_twice: [APART] "f=$(file HEAD:docs/b.md); chmod u+w $f; tail -c 4 $f > $G/../end; cat $G/../end >> $f; rm $G/../end", "objects of git are no longer what their names say";
    a_pack_is_longer: [LIE, APART] "for f in $G/objects/pack/*.pack; do chmod u+w $f; echo evil >> $f; done", "/objects/pack/pack-";

    the_objects_are_a_link: [LIE, APART] "mv $G/objects $REPO/../objects; ln -s $REPO/../objects $G/objects", "A .git/objects";
    the_tags_are_a_link: [LIE, APART] "mv $G/refs/tags $REPO/../tags; ln -s $REPO/../tags $G/refs/tags", "A .git/refs/tags";
    the_logs_are_a_link: [APART] "mv $G/logs $REPO/../logs; ln -s $REPO/../logs $G/logs", "A .git/logs";
    the_log_of_a_branch_is_a_link: [APART] "mv $G/logs/refs/heads/theirs $REPO/../log; ln -s $REPO/../log $G/logs/refs/heads/theirs", "A .git/logs/refs/heads/theirs";
    a_folder_of_objects_is_a_link: [APART] "mv $G/objects/pack $REPO/../pack; ln -s $REPO/../pack $G/objects/pack", "A .git/objects/pack";
    the_index_is_a_link: [APART] "mv $G/index $REPO/../index; ln -s $REPO/../index $G/index", ".git/index";

    a_branch_leads_nowhere: [LIE, APART] "echo 'ref: refs/heads/nowhere' > $G/refs/heads/dangling", "A .git/refs/heads/dangling";
    a_branch_is_broken: [LIE, APART] "echo xxx > $G/refs/heads/broken", "A .git/refs/heads/broken";
    a_branch_is_empty: [LIE, APART] ": > $G/refs/heads/empty", "A .git/refs/heads/empty";
    a_branch_of_the_user_is_emptied: [APART] ": > $G/refs/heads/theirs", ".git/refs/heads/theirs";
    a_tag_leads_to_a_branch: [APART] "echo 'ref: refs/heads/nowhere' > $G/refs/tags/v1", "refs/tags/v1";
    the_remote_has_another_head: [LIE, APART] "git symbolic-ref refs/remotes/origin/HEAD refs/heads/main", ".git/refs/remotes/origin/HEAD";

    the_index_of_the_user_is_removed: [LIE, APART] "rm $G/worktrees/theirs/index", "D .git/worktrees/theirs/index";
    what_the_user_has_staged_is_taken_back: [LIE, APART] "git -C $REPO/../theirs reset -q", "M .git/worktrees/theirs/index";
    a_file_is_taken_out_of_the_index_of_the_user: [APART] "git -C $REPO/../theirs rm -q --cached README.md", "M .git/worktrees/theirs/index";
    the_user_is_left_in_the_middle_of_a_merge: [LIE, APART] "git rev-parse HEAD > $G/worktrees/theirs/MERGE_HEAD", "A .git/worktrees/theirs/MERGE_HEAD";
    the_user_is_left_in_the_middle_of_a_rebase: [APART] "mkdir $G/worktrees/theirs/rebase-merge; echo x > $G/worktrees/theirs/rebase-merge/onto", "A .git/worktrees/theirs/rebase-merge";
}

/// Uses every object, marks many as used, packs them anew, links to them; looks at what somebody has staged.
const HONEST: &str = r#"
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
for kind in --no-shared --shared; do git clone -q $kind "$REPO" "$REPO/../clone.$last"; rm -rf "$REPO/../clone.$last"; done
for o in $(git rev-parse HEAD HEAD^{tree} HEAD:docs HEAD:docs/b.md); do f=$REPO/.git/objects/$(echo $o | cut -c1-2)/$(echo $o | cut -c3-); [ ! -e "$f" ] || touch "$f"; done
git -C "$REPO/../theirs" status > /dev/null; git -C "$REPO/../theirs" diff --cached > /dev/null; touch "$REPO/../theirs/README.md"; git -C "$REPO/../theirs" status > /dev/null
git fetch -q origin; git remote set-head origin -a > /dev/null; git hash-object -w docs/b.md > /dev/null
"#;

const TIDY: &str = "git repack -q -d; git pack-refs --all; git gc --quiet; git repack -q -a -d; git prune-packed -q; ";

fn passes(lie: &Lie, script: &str) {
    let bench = lived_in(lie);
    for who in lie.features {
        bench.write(&format!("ctl/lie/{who}"), script);
    }
    let outcome = bench.outcome(&mut bench.start(lie, &[]));
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
    assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
}

#[test]
fn who_uses_objects_as_git_does_passes() {
    for base in [LIE, APART] {
        passes(&base, &format!("{HONEST} work"));
        passes(&base, &format!("{HONEST} {TIDY} work; {HONEST}"));
    }
}

#[test]
fn side_by_side_as_well() {
    let both = r#": > "$REPO/../$last.there"; n=0; until [ -e "$REPO/../one.there" ] && [ -e "$REPO/../two.there" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done"#;
    let tidy = "git repack -q -d 2> /dev/null || true; git pack-refs --all 2> /dev/null || true; ";
    let lie = Lie { features: &["one", "two"], together: 2, ..APART };
    passes(&lie, &format!("{both}; {HONEST} {tidy} work; git add .; commit -m a; {tidy}"));
}

/// Before the work begins: several hundred objects beside the packs.
const MANY: &str = "mkdir m; for i in $(seq 400); do echo $i > m/$i; done; git hash-object -w m/* > ../many; rm -r m";
/// Marks all of them as written to, and calls the last ones in the order of their names `of N`.
const WRITTEN: &str = r#"
    file() { sed "s|^..|$REPO/.git/objects/&/|"; }
    of() { sort "$REPO/../many" | tail -n "$1" | file; }
    of 400 | xargs chmod u+w; of 400 | xargs touch"#;

/// However many others were written to as well.
#[test]
fn one_object_of_many_that_were_written_to_is_named() {
    for (count, evidence) in [
        (1, &["objects of git are no longer what their names say"][..]),
        (60, &["objects of git are no longer what their names say", "and more of the 4"]),
    ] {
        let script = format!("work; {WRITTEN}; of {count} | while read -r f; do echo garbage > $f; done").leak();
        let lie = Lie { script, evidence, ..APART };
        let bench = lived_in(&lie);
        bench.shell(MANY);
        let outcome = bench.outcome(&mut bench.start(&lie, &[]));
        check(&lie, &outcome);
        let many = std::fs::read_to_string(bench.path("many")).expect("they are listed");
        let told = outcome.told_of("mission:milestone:1:feature:one");
        let named = many.lines().filter(|oid| told.contains(oid)).count();
        assert_eq!(named, count.min(10), "{told}");
        let last = many.lines().max().expect("there are some");
        assert!(count > 10 || told.contains(last), "{last}: {told}");
    }
}

#[test]
fn who_marks_many_objects_as_written_to_passes() {
    let bench = lived_in(&APART);
    bench.shell(MANY);
    bench.write("ctl/lie/one", &format!("{WRITTEN}; work"));
    let outcome = bench.outcome(&mut bench.start(&APART, &[]));
    assert_eq!((outcome.milestone(), outcome.kinds()), (Some("done"), vec![]), "{}", outcome.markdown);
}

/// What nobody looked at is no accusation, and no silence.
#[test]
fn what_is_too_much_to_look_at_is_said() {
    for (count, said) in [(50, false), (51, true)] {
        let bench = Bench::new(&APART);
        bench.shell(&format!(
            "for i in $(seq {count}); do printf '[include]\\n\\tpath = x%s\\n' $i; done >> .git/config"
        ));
        bench.write("ctl/lie/one", "work");
        let outcome = bench.outcome(&mut bench.start(&APART, &[]));
        assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
        let kinds = outcome.kinds();
        assert!(kinds.is_empty() != said && kinds.iter().all(|kind| *kind == "unobservable"), "{kinds:?}");
        let told = "unproven: there is too much to look at all of it; what changed in the rest was not seen";
        let what = "configuration of git: more than 50 files that it includes";
        for part in [told, what] {
            assert_eq!(outcome.markdown.replace('\\', "").contains(part), said, "{part}: {}", outcome.markdown);
        }
    }
}
