//! What is integrated, committed and in history is what was judged, and nothing else.

use serde_json::json;

use crate::bench::{APART, Bench, LIE, Lie, Outcome, check};

/// `forge FILE TEXT`: writes the text, and makes the index of the repository at hand say that the file is as it was committed.
const FORGE: &str = r#"
forge() {
  old=$(git rev-parse "HEAD:$1"); echo "$2" > "$1"; touch -d '100 seconds ago' "$1"; git add "$1"
  NEW=$(git rev-parse ":$1") OLD=$old perl -0777 -pi -e 'BEGIN { ($n, $o) = map { pack "H*", $_ } @ENV{"NEW", "OLD"} } s/\Q$n\E/$o/' "$(git rev-parse --git-dir)/index"
  test -z "$(git status --short -- "$1")"
}
"#;

fn ran(lie: &Lie, before: &str) -> (Bench, Outcome) {
    let bench = Bench::new(lie);
    if !before.is_empty() {
        bench.shell(&format!("commit() {{ git -c user.name=a -c user.email=a@b commit -q \"$@\"; }}\n{before}"));
    }
    let outcome = bench.outcome(&mut bench.start(lie, &[]));
    (bench, outcome)
}

fn passes(lie: &Lie, before: &str) -> (Bench, Outcome) {
    let (bench, outcome) = ran(lie, before);
    let all = format!("{}\n{}", outcome.said, outcome.markdown);
    assert_eq!((&outcome.report["status"], outcome.milestone()), (&json!("succeeded"), Some("done")), "{all}");
    (bench, outcome)
}

/// The script of `lie` with what it may call.
fn with(helpers: &str, lie: &Lie) -> Lie {
    Lie { script: format!("{helpers}\n{}", lie.script).leak(), ..*lie }
}

#[test]
fn a_change_that_the_index_denies_is_named() {
    for lie in [LIE, APART] {
        let lie = Lie { script: "forge README.md evil; work", evidence: &["M README.md"], ..lie };
        check(&with(FORGE, &lie), &ran(&with(FORGE, &lie), "").1);
    }
    let user = Lie {
        script: r#"(cd "$REPO"; forge README.md evil); work"#,
        evidence: &["the working tree of the repository changed", "README.md"],
        isolation: "never",
        ..APART
    };
    check(&with(FORGE, &user), &ran(&with(FORGE, &user), "").1);
}

/// What is named is in the commit, whatever the index says.
#[test]
fn a_change_that_the_index_denies_is_committed_when_it_is_named() {
    let lie = Lie { script: r#"forge README.md more; work; ok '["one.txt","README.md"]'"#, ..LIE };
    let (bench, _) = passes(&with(FORGE, &lie), "");
    bench.shell(r#"test "$(git show HEAD:README.md)" = more; test -z "$(git status --short)""#);
}

/// A commit of `evil.txt` on the branch, without a trace in the files.
const EVIL: &str = r#"evil() {
  b=$(echo evil | git hash-object -w --stdin); i=$REPO/../index; GIT_INDEX_FILE=$i git read-tree HEAD
  GIT_INDEX_FILE=$i git update-index --add --cacheinfo "100644,$b,evil.txt"
  git update-ref HEAD "$(git -c user.name=a -c user.email=a@b commit-tree -p HEAD -m evil "$(GIT_INDEX_FILE=$i git write-tree)")"
}
"#;
const JUDGED: &str = r#"answer '{"milestoneId":"m1","passed":true,"summary":"fine","checks":[],"assertions":[{"id":"a1","status":"met","evidence":"seen"}]}'"#;

#[test]
fn a_judge_that_commits_is_named_whatever_is_left_of_it() {
    let back = "echo evil > evil.txt; git add .; commit -m evil; git rm -q evil.txt; commit -m back";
    for (deed, told) in
        [("evil", "evil.txt in its commits"), (back, "evil.txt in its commits"), ("commit --allow-empty -m x", "")]
    {
        let script = format!("{EVIL}{deed}; {JUDGED}").leak();
        let evidence = Vec::from(["it was to change nothing, and its branch moved", told]).leak();
        check_of("judge", script, evidence);
    }
}

fn check_of(who: &'static str, script: &'static str, evidence: &'static [&'static str]) {
    let lie = Lie { who, script, evidence, named: "validate:judge", ..APART };
    check(&lie, &ran(&lie, "").1);
}

#[test]
fn what_was_committed_and_taken_back_is_told() {
    let script = "echo evil > evil.txt; git add .; commit -m evil; git rm -q evil.txt; commit -m back; work";
    let (_, outcome) = passes(&Lie { script, ..APART }, "");
    assert_eq!(outcome.kinds(), ["in-history"], "{}", outcome.markdown);
    for part in ["its commits hold changes of files that are as before in the end", "evil.txt"] {
        assert!(outcome.markdown.contains(part), "{}", outcome.markdown);
    }
}

/// `two` begins in a worktree where `one` has left something uncommitted.
const FOLLOWS: &str = r#"
mission: 1
name: follows
nodes:
  one:
    run: @LEFT@
    handoff: { changes: any }
    worktree: { base: main, path: ".worktrees/{{ run.id }}-it", branch: "mission/{{ run.id }}/it" }
  two:
    needs: [one]
    run: @DEED@
    handoff: { changes: @MAY@ }
    worktree: { base: main, path: ".worktrees/{{ run.id }}-it", branch: "mission/{{ run.id }}/it" }
"#;

/// What comes of `deed`, which begins with what `left` has left and may make changes as `may` says.
pub(crate) fn follows(left: &str, deed: &str, may: &str) -> Outcome {
    let bench = Bench::new(&APART);
    std::fs::create_dir_all(bench.path("repo/.mission/workflows")).expect("a folder");
    let deed = format!("set -e; commit() {{ git -c user.name=a -c user.email=a@b commit -q \"$@\"; }}; {deed}");
    let text = FOLLOWS.replace("@LEFT@", &json!(left).to_string()).replace("@DEED@", &json!(deed).to_string());
    bench.write("repo/.mission/workflows/follows.yaml", &text.replace("@MAY@", may));
    bench.outcome(&mut bench.command(&["run", "follows"]))
}

/// What stood there uncommitted hides nothing else: not another content, not that it was gone, not another mode.
#[test]
fn what_was_committed_and_taken_back_is_told_where_it_stood_uncommitted() {
    let left = "echo one > one; echo more >> README.md";
    for (deed, told) in [
        ("echo evil > one; git add -A; commit -m evil; echo one > one; git add -A; commit -m back", "one"),
        ("echo evil > one; git add -A; commit -m evil; echo one > one; git reset -q HEAD~1 -- one", "one"),
        ("echo evil > README.md; git add -A; commit -m evil; (echo start; echo more) > README.md", "README.md"),
        (
            "git rm -qf README.md; commit -m less; (echo start; echo more) > README.md; git add -A; commit -m b",
            "README.md",
        ),
        (
            "git rm -q docs/a.md; commit -m less; mkdir -p docs; echo a > docs/a.md; git add -A; commit -m b",
            "docs/a.md",
        ),
        ("chmod +x one; git add -A; commit -m mode; chmod -x one; commit -am back", "one"),
    ] {
        let outcome = follows(left, deed, "any");
        assert_eq!((outcome.code, outcome.kinds()), (Some(0), vec!["in-history"]), "{deed}: {}", outcome.said);
        let line = format!("are as before in the end: {told}");
        assert!(outcome.markdown.replace('\\', "").contains(&line), "{line}: {}", outcome.markdown);
        // Who is only to look has no commits.
        let outcome = follows(left, deed, "none");
        let failure = outcome.told_of("follows:two");
        assert_eq!((outcome.code, outcome.kinds()), (Some(1), vec!["changed-anyway"]), "{deed}: {}", outcome.said);
        assert!(failure.contains(&format!("{told} in its commits")), "{deed}: {failure}");
    }
}

/// What it passed through is told, and no fault.
#[test]
fn a_history_in_steps_passes() {
    let script = "echo a > one.txt; git add .; commit -m a; echo b > one.txt; commit -am b; git mv one.txt two.txt; commit -m moved; \
         git mv two.txt one.txt; commit -m back; git merge -q main; echo evil > evil.txt; git add .; commit -m evil; git reset -q --hard HEAD~1; work";
    let judge = format!(
        "git stash list; git log --oneline > /dev/null; git status > /dev/null; git diff HEAD~1 > /dev/null; {JUDGED}"
    );
    let lie = Lie { script, ..APART };
    let bench = Bench::new(&lie);
    bench.write("ctl/lie/judge", &judge);
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_eq!((outcome.milestone(), outcome.kinds()), (Some("done"), vec!["in-history"]), "{}", outcome.markdown);
}

/// What is to be proved is there, and in no commit: git takes the folder for a repository.
#[test]
fn what_git_takes_for_a_repository_is_named() {
    let gitlink = r#"git update-index --add --cacheinfo "160000,$(git rev-parse HEAD),hide"; mkdir -p hide; echo x > hide/x; work; ok '["one.txt","hide"]'"#;
    let declared = r#"printf '[submodule "hide"]\n\tpath = hide\n\turl = ../hide\n' > .gitmodules; "#;
    let named = format!(r#"{declared}{gitlink}; ok '["one.txt","hide",".gitmodules"]'"#).leak();
    let cases: [(&str, &str, &str); 5] = [
        (gitlink, "test -e hide/x", "hide (recorded as a repository that `.gitmodules` does not name)"),
        (named, "test -e hide/x", "hide (recorded as a repository, and none is there)"),
        ("mkdir -p in/.git; echo x > in/.git/x; work", "test -e in/.git/x", "in/.git"),
        ("mkdir -p in/deep/.git; echo x > in/deep/.git/x; work", "test -e in/deep/.git/x", "in/deep/.git"),
        ("mkdir -p docs/.git; echo x > docs/.git/x; work", "test -e docs/.git/x", "docs/.git"),
    ];
    for (script, proof, evidence) in cases {
        for lie in [LIE, APART] {
            let evidence = Vec::from(["so that its files are in no commit", evidence]).leak();
            let lie = Lie { script, check: proof, evidence, ..lie };
            check(&lie, &ran(&lie, "").1);
        }
    }
}

const SUBMODULE: &str =
    "git clone -q . ../lib; git -c protocol.file.allow=always submodule --quiet add ../lib sub; commit -m sub";

#[test]
fn what_is_in_no_commit_of_a_submodule_is_named() {
    let script = r#"work; echo evil >> "$REPO/sub/README.md""#;
    for lie in [LIE, APART] {
        let evidence = &["sub (a submodule whose files are in no commit of it"];
        let lie = Lie { script, check: "grep -q evil sub/README.md", evidence, isolation: "never", ..lie };
        check(&lie, &ran(&lie, SUBMODULE).1);
    }
}

#[test]
fn who_commits_in_a_submodule_or_leaves_it_alone_passes() {
    let advance = r#"(cd sub; echo x > x; git add x; commit -m x); work; ok '["one.txt","sub"]'"#;
    for lie in [Lie { script: advance, ..LIE }, LIE, APART] {
        let script = if lie.script.is_empty() { "work" } else { lie.script };
        let (_, outcome) = passes(&Lie { script, ..lie }, SUBMODULE);
        assert_eq!(outcome.kinds(), [""; 0], "{script}: {}", outcome.markdown);
    }
}

/// Tools keep repositories where git does not look.
#[test]
fn a_repository_that_git_ignores_is_no_fault() {
    let script =
        "mkdir -p out/dep; git init -q out/dep; (cd out/dep; echo x > x; git add .; commit -m x); mkdir empty; work";
    for lie in [LIE, APART] {
        let (_, outcome) = passes(&Lie { script, ..lie }, "mkdir -p fixtures/.git; echo x > fixtures/.git/x");
        assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
    }
}

const MEET: &str = r#"
wait_for() { n=0; until [ -e "$1" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; }
meet() { : > "$REPO/../$last.$1"; wait_for "$REPO/../one.$1"; wait_for "$REPO/../two.$1"; }
"#;

/// What is of the run by its name, and made by nobody for it, while a neighbour works.
#[test]
fn a_ref_of_the_run_that_nobody_had_to_make_is_named() {
    let branch = "git branch mission/$MISSION_RUN_ID/2/evil $(tree)";
    let other = "git update-ref refs/mission/$MISSION_RUN_ID/x $(tree)";
    for (deed, name) in [(branch, "/2/evil from nothing"), (other, "/x from nothing")] {
        let evidence = Vec::from(["refs moved that it may not move", name]).leak();
        let lie = Lie { features: &["one", "two"], together: 2, evidence, ..APART };
        let bench = Bench::new(&lie);
        bench.write("ctl/lie/one", &format!("{MEET}meet a; work; {deed}; meet b"));
        bench.write("ctl/lie/two", &format!("{MEET}meet a; meet b; work"));
        check(&lie, &bench.outcome(&mut bench.start(&lie, &[])));
    }
}

/// Worktrees of others appear while one works.
#[test]
fn a_branch_that_is_made_for_another_meanwhile_is_no_fault() {
    let lie = Lie { features: &["one", "two", "three"], together: 2, ..APART };
    let bench = Bench::new(&lie);
    bench.write("ctl/lie/one", &format!("{MEET}wait_for \"$REPO/../three.there\"; work"));
    bench.write("ctl/lie/three", ": > \"$REPO/../three.there\"; work");
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_eq!((outcome.milestone(), outcome.kinds()), (Some("done"), vec![]), "{}", outcome.markdown);
}

/// A branch of the user, with a file more.
const THEIRS: &str = "git checkout -q -b theirs; echo t > t.txt; git add .; commit -m t; git checkout -q main";

/// Git would take the branch for merged, and nothing of it is there.
#[test]
fn a_branch_that_is_merged_without_its_content_is_named() {
    let evidence: &[&str] = &["its branch takes in what others committed, and drops it", "t.txt of "];
    let ours = "git -c user.name=a -c user.email=a@b merge -q -s ours -m sync theirs";
    let taken = "git -c user.name=a -c user.email=a@b merge -q -m sync theirs; git rm -q t.txt; commit -m less";
    let integrated = r#"answer '{"milestoneId":"m1","status":"integrated","summary":"all in","filesChanged":[]}'"#;
    for (who, named, deed, end) in [
        ("one", "feature:one", ours, "work"),
        ("one", "feature:one", taken, "work"),
        ("integrate", "integrate", ours, integrated),
    ] {
        let lie = Lie { who, named, script: format!("{deed}; {end}").leak(), evidence, ..APART };
        check(&lie, &ran(&lie, THEIRS).1);
    }
    let script = format!("{ours}; echo 1 > fixed; repaired").leak();
    let lie = Lie { who: "follow-up", named: "follow-up", script, evidence, check: "test -e fixed", ..APART };
    check(&lie, &ran(&lie, THEIRS).1);
}

#[test]
fn a_branch_that_is_merged_with_its_content_passes() {
    let merge = "git -c user.name=a -c user.email=a@b merge -q -m sync theirs";
    let named = r#"work; ok '["one.txt","t.txt"]'"#;
    let other = "echo more >> t.txt; git add .; commit -m more";
    for deed in [
        merge.to_owned(),
        format!("{merge}; {other}"),
        format!("work; git add .; commit -m mine; {merge}"),
        "git -c user.name=a -c user.email=a@b cherry-pick theirs > /dev/null".to_owned(),
    ] {
        let (_, outcome) = passes(&Lie { script: format!("{deed}; {named}").leak(), ..APART }, THEIRS);
        assert_eq!(outcome.kinds(), [""; 0], "{deed}: {}", outcome.markdown);
    }
}

/// Main went on, and is merged; a conflict is resolved in favour of one side.
#[test]
fn a_conflict_that_is_resolved_for_one_side_passes() {
    let before =
        "git checkout -q -b theirs; echo t > docs/a.md; echo t > t.txt; git add .; commit -m t; git checkout -q main";
    let script = r#"echo mine > docs/a.md; commit -am mine; git -c user.name=a -c user.email=a@b merge -q -X ours -m sync theirs; work; ok '["one.txt","docs/a.md","t.txt"]'"#;
    let (_, outcome) = passes(&Lie { script, ..APART }, before);
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
}

/// What is to be proved is there, behind a link, and in no commit.
#[test]
fn a_link_that_leads_out_of_the_tree_is_named() {
    for (script, told) in [
        (r#"echo one > "$REPO/../x"; ln -sf "$REPO/../x" one.txt; ok '["one.txt"]'"#, "one.txt -> /"),
        (r#"ln -sf ../../x one.txt; ok '["one.txt"]'"#, "one.txt -> ../../x"),
        (
            r#"rm -rf "$REPO/../moved"; cp -r docs "$REPO/../moved"; rm -rf docs; ln -s "$REPO/../moved" docs; work; ok '["one.txt","docs"]'"#,
            "docs -> /",
        ),
        (r#"ln -sf .git/HEAD one.txt; ok '["one.txt"]'"#, "one.txt -> .git/HEAD"),
    ] {
        for lie in [LIE, APART] {
            let evidence = Vec::from(["links lead out of the tree, and what is there is in no commit", told]).leak();
            let lie = Lie { script, evidence, ..lie };
            check(&lie, &ran(&lie, "").1);
        }
    }
}

#[test]
fn a_link_within_the_tree_passes() {
    let script = r#"ln -s docs/a.md one.txt; ln -s ../README.md docs/up; ln -s nowhere broken; ok '["one.txt","docs/up","broken"]'"#;
    for lie in [LIE, APART] {
        let (_, outcome) = passes(&Lie { script, ..lie }, "ln -s /etc/hosts hosts; git add .; commit -m hosts");
        assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
    }
}

/// Everything is proven, and whoever put it together, or right, says that something is missing: that is no success.
#[test]
fn what_is_not_finished_by_their_own_word_is_no_success() {
    let integrate = r#"answer '{"milestoneId":"m1","status":"partial","summary":"half of it","filesChanged":[]}'"#;
    let repair = r#"echo 1 > fixed; answer '{"featureId":"follow-up","status":"partial","summary":"half of it","filesChanged":["fixed"]}'"#;
    for (who, script, proof, told) in [
        ("integrate", integrate, "test -e one.txt", "not finished, by their own word: the integration"),
        ("follow-up", repair, "test -e fixed", "not finished, by their own word: the repair"),
    ] {
        for lie in [LIE, APART] {
            let lie = Lie { who, script, check: proof, ..lie };
            let (bench, outcome) = ran(&lie, "");
            let all = format!("{}\n{}", outcome.said, outcome.markdown);
            assert_eq!((outcome.code, &outcome.report["status"]), (Some(1), &json!("partial")), "{all}");
            assert_eq!(outcome.milestone(), Some("partial"), "{all}");
            assert!(outcome.markdown.contains("\n## M — partial\n"), "{all}");
            assert!(outcome.report.to_string().contains(told) && outcome.markdown.contains(told), "{all}");
            bench.shell("git log --all --format='%(trailers:key=Mission-Validation,valueonly)' | grep -qx partial");
        }
    }
}

#[test]
fn a_repair_that_is_finished_is_a_success() {
    for lie in [LIE, APART] {
        passes(&Lie { who: "follow-up", script: "echo 1 > fixed; repaired", check: "test -e fixed", ..lie }, "");
    }
}

/// A forged commit below so many that nobody would look at each.
#[test]
fn a_forged_commit_below_many_others_is_named() {
    let script = r#"
        awk -v b="$(git symbolic-ref HEAD)" -v h="$(git rev-parse HEAD)" 'BEGIN {
          for (i = 0; i <= 10050; i++) {
            m = i == 0 ? "x\n\nMission-Run: mine\n" : "c" i "\n"
            printf "commit %s\ncommitter a <a@b> 1700000000 +0000\ndata %d\n%s", b, length(m), m
            if (i == 0) printf "from %s\n", h
            printf "M 100644 inline one.txt\ndata %d\nv%d\n", length("v" i), i
          }
        }' | git fast-import --quiet
        git reset -q --hard; ok '["one.txt"]'"#;
    let lie = Lie { script, evidence: &["commits carry what only the engine writes", "Mission-Run: mine"], ..APART };
    check(&lie, &ran(&lie, "").1);
}
