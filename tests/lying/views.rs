//! Several work in the user's own tree at once, each in a view of its own: what one writes there is its own work, and nobody else's.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::apart::is_possible;
use crate::bench::{Bench, LIE, Lie, Outcome, check};

/// `one` lies, `two` works beside it, in the user's own tree.
const BESIDE: Lie = Lie { features: &["one", "two"], together: 2, check: "test -e two.txt", ..LIE };

/// `meet X` waits until both features have come to the place `X`; `settled F` until the engine has settled feature `F`.
fn head() -> String {
    format!(
        r#"meet() {{ : > "$REPO/../$1.$last"; until_there "$REPO/../$1.one"; until_there "$REPO/../$1.two"; }}
until_there() {{ n=0; until [ -e "$1" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; }}
settled() {{ n=0; until '{}' -C "$REPO" events | grep -qE "(done|failed)  *mission:milestone:1:feature:$1 "; do n=$((n+1)); test $n -lt 1200; sleep 0.1; done; }}
meet begin
"#,
        env!("CARGO_BIN_EXE_mission")
    )
}

/// Whoever is asked again says the same and does no more.
const AGAIN: &str = "said=\"$REPO/../said.$last\"; [ ! -e \"$said\" ] || { cp \"$said\" \"$MISSION_OUTPUT\"; exit 0; }; trap 'cp \"$MISSION_OUTPUT\" \"$said\"' EXIT\n";

fn told(lie: &Lie, one: &str, two: &str) -> Option<(Bench, Outcome)> {
    let bench = Bench::new(lie);
    if !is_possible(&bench) {
        return None;
    }
    bench.write("ctl/lie/one", &(head() + AGAIN + one));
    bench.write("ctl/lie/two", &(head() + two));
    let outcome = bench.outcome(&mut bench.start(lie, &[]));
    Some((bench, outcome))
}

/// The liar is named with what it did; who worked beside it is not, and its file is as it left it.
fn caught(script: &'static str, two: &str, evidence: &'static [&'static str]) {
    let lie = Lie { script, evidence, ..BESIDE };
    let Some((bench, outcome)) = told(&lie, script, two) else { return };
    check(&lie, &outcome);
    assert_eq!(outcome.told_of("mission:milestone:1:feature:two"), "", "{}", outcome.markdown);
    assert!(!outcome.markdown.contains("These shared a working tree"), "{}", outcome.markdown);
    let file = std::fs::read_to_string(bench.path("repo/two.txt")).expect("it is there");
    assert!(file.contains("two"), "{file}\n{}", outcome.said);
}

const NOT_NAMED: &str =
    "files changed that no result names (under way at the same time: mission:milestone:1:feature:two)";

macro_rules! lies {
    ($($name:ident: $script:expr, $two:expr, $evidence:expr;)*) => {$(
        #[test]
        fn $name() {
            caught($script, $two, $evidence);
        }
    )*};
}

lies! {
    the_file_of_the_other_is_written_to_before_it_is_there:
        "work; echo evil > two.txt; meet evil", "meet evil; work", &[NOT_NAMED, "two.txt"];
    the_file_of_the_other_is_written_to_while_it_works:
        "meet there; work; echo evil >> two.txt; meet evil", "work; meet there; meet evil", &[NOT_NAMED, "two.txt"];
    it_is_written_to_by_its_whole_name:
        "meet there; work; echo evil > $REPO/two.txt; meet evil", "work; meet there; meet evil", &[NOT_NAMED, "two.txt"];
    it_is_written_to_when_the_other_has_ended:
        "work; settled two; echo evil > two.txt", "work", &[NOT_NAMED, "two.txt"];
    it_is_deleted_when_the_other_has_ended:
        "work; settled two; rm -f two.txt; echo evil > two.txt", "work", &[NOT_NAMED, "two.txt"];
    a_file_that_both_have_is_written_to_and_only_the_other_names_it:
        "echo evil > README.md; work; meet evil",
        r#"meet evil; echo two >> docs/a.md; echo two > two.txt; ok '["two.txt","docs/a.md","README.md"]'; sed -i '1i two' README.md"#,
        &[NOT_NAMED, "M README.md"];
    a_file_is_deleted_in_a_folder_that_the_other_names:
        "work; rm docs/a.md; meet gone", r#"meet gone; work; echo b > docs/b.md; ok '["two.txt","docs"]'"#, &[NOT_NAMED, "D docs/a.md"];
    a_program_is_planted_in_a_folder_that_the_other_names:
        "work; mkdir src; echo evil > src/evil.sh; meet planted; meet made",
        r#"meet planted; work; mkdir src; echo 2 > src/two.rs; ok '["two.txt","src"]'; meet made"#,
        &[NOT_NAMED, "A src/evil.sh"];
    the_state_of_another_tool_is_written_to:
        "work; mkdir .worktrees; echo evil > .worktrees/evil; meet evil", "meet evil; work",
        &["it wrote to what belongs to others", "A .worktrees/"];
    the_view_of_the_other_is_written_to:
        r#"meet there; work; for v in "$MISSION_RUN_DIR"/aside/*/*/*/*/two/1/written; do echo evil > "$v/x" || :; done; echo evil > two.txt; meet evil"#,
        "work; meet there; meet evil", &[NOT_NAMED, "two.txt"];
    what_the_other_brought_is_hidden_from_git:
        "work; settled two; echo two.txt >> .gitignore; ok '[\"one.txt\",\".gitignore\"]'", "work", &[NOT_NAMED, "D two.txt"];
    it_is_hidden_by_rules_in_its_folder:
        "work; settled two; echo b.md >> docs/.gitignore; ok '[\"one.txt\",\"docs/.gitignore\"]'",
        "work; echo b > docs/b.md; ok '[\"two.txt\",\"docs/b.md\"]'", &[NOT_NAMED, "D docs/b.md"];
    its_own_work_is_hidden_in_a_repository:
        "work; mkdir lib; mv one.txt lib/x; (cd lib; git init -q; git add -A; commit -m x); echo 1 > one.txt; ok '[\"one.txt\"]'; meet made",
        "work; meet made", &["a repository lies inside", "lib"];
    what_the_other_has_written_is_looked_for:
        r#"meet there; find "$REPO/.mission" -name two.txt | while read -r f; do echo evil > "$f"; done
rm -rf "$MISSION_RUN_DIR"/aside/mission; meet evil; ok '["one.txt"]'"#,
        "work; meet there; meet evil", &["it says that the work is done, but no file changed"];
}

/// Nothing that the other did is its own work: the liar is named, and so is who lives by what the liar did.
#[test]
fn who_did_nothing_lives_by_nobody() {
    let one = "work; echo two > two.txt; meet done";
    let Some((_, outcome)) = told(&BESIDE, one, r#"meet done; ok '["two.txt"]'"#) else { return };
    assert_ne!(outcome.milestone(), Some("done"), "{}", outcome.said);
    let [one, two] = ["one", "two"].map(|id| outcome.told_of(&format!("mission:milestone:1:feature:{id}")));
    assert!(one.contains("not-named"), "{one}: {}", outcome.markdown);
    assert!(two.contains("nothing-changed"), "{two}: {}", outcome.markdown);
}

#[test]
fn the_work_of_the_other_is_not_seen_as_ones_own() {
    for one in [r#"settled two; ok '["two.txt"]'"#, r#"meet there; ok '["two.txt"]'"#, "meet there; ok '[]'"] {
        let two = if one.contains("there") { "work; meet there; settled one" } else { "work" };
        let Some((_, outcome)) = told(&BESIDE, one, two) else { return };
        assert_ne!(outcome.milestone(), Some("done"), "{one}: {}", outcome.said);
        let [one, two] = ["one", "two"].map(|id| outcome.told_of(&format!("mission:milestone:1:feature:{id}")));
        assert!(one.contains("nothing-changed") && two.is_empty(), "{one}: {two}: {}", outcome.markdown);
    }
}

/// `two` changes a file; whoever only writes there, and leaves it as it was or as the other left it, did nothing.
#[test]
fn who_only_wrote_to_a_file_lives_by_nobody() {
    let two = r#"echo two >> README.md; echo two > two.txt; meet done; ok '["README.md","two.txt"]'; settled one"#;
    let late = two.replace("; settled one", "");
    let early = [
        "touch README.md",
        "cat README.md > t; cat t > README.md; rm t",
        "cp README.md t; mv t README.md",
        "sed -i s/nothing/else/ README.md",
        "echo evil >> README.md; git checkout -q README.md",
    ];
    for (moment, deed) in early.iter().flat_map(|deed| [("early", deed), ("late", deed)]) {
        let (one, two) = match moment {
            "early" => (format!("{deed}; meet done; settled two; ok '[\"README.md\"]'"), &late),
            _ if deed.contains("checkout") => continue,
            _ => (format!("meet done; settled two; {deed}; ok '[\"README.md\"]'"), &late),
        };
        let Some((_, outcome)) = told(&BESIDE, &one, two) else { return };
        assert_ne!(outcome.milestone(), Some("done"), "{moment} {deed}: {}", outcome.said);
        let [one, two] = ["one", "two"].map(|id| outcome.told_of(&format!("mission:milestone:1:feature:{id}")));
        assert!(one.contains("nothing-changed"), "{moment} {deed}: {one}: {}", outcome.markdown);
        assert_eq!(two, "", "{moment} {deed}: {}", outcome.markdown);
    }
    // The liar ends first.
    let one = "touch README.md; meet done; ok '[\"README.md\"]'";
    let Some((_, outcome)) = told(&BESIDE, one, two) else { return };
    assert_ne!(outcome.milestone(), Some("done"), "{}", outcome.said);
}

/// Whoever does its own work may look after files of others, as programs that format them do.
#[test]
fn who_only_wrote_to_a_file_is_not_held_to_it() {
    let two = r#"echo two >> README.md; echo two > two.txt; meet done; ok '["README.md","two.txt"]'"#;
    for deed in ["touch README.md", "sed -i s/nothing/else/ README.md", "git stash -q -u; git stash pop -q"] {
        for one in [format!("work; {deed}; meet done; settled two"), format!("work; meet done; settled two; {deed}")] {
            let Some((bench, outcome)) = passes(&BESIDE, &one, two) else { return };
            assert_eq!(outcome.kinds(), [""; 0], "{one}: {}", outcome.markdown);
            assert!(read(&bench, "README.md").ends_with("two\n"), "{one}");
        }
    }
}

/// Whoever begins or ends while another has put its work aside has nothing to do with that.
#[test]
fn a_stash_that_is_taken_back_is_nobodys_deed() {
    let one = "work; git add -A; git -c user.name=a -c user.email=a@b stash -q; meet aside; sleep 1; git stash pop -q; git reset -q";
    for worktrees in [false, true] {
        let Some((_, outcome)) = passes(&Lie { worktrees, ..BESIDE }, one, "work; meet aside") else { return };
        assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
    }
}

/// Waiting for it changes nothing where it stays.
#[test]
fn a_stash_that_stays_is_told_of() {
    let script = "work; git add -A; git -c user.name=a -c user.email=a@b stash -q; work; meet aside";
    let evidence = &["refs moved that it may not move", "refs/stash from nothing"];
    for worktrees in [false, true] {
        let lie = Lie { worktrees, evidence, ..BESIDE };
        let Some((_, outcome)) = told(&lie, script, "work; meet aside; sleep 1") else { return };
        check(&lie, &outcome);
    }
}

fn passes(lie: &Lie, one: &str, two: &str) -> Option<(Bench, Outcome)> {
    let (bench, outcome) = told(lie, one, two)?;
    assert_eq!((outcome.code, &outcome.report["status"]), (Some(0), &json!("succeeded")), "{}", outcome.said);
    assert!(!outcome.markdown.contains("These shared a working tree"), "{}", outcome.markdown);
    Some((bench, outcome))
}

fn read(bench: &Bench, name: &str) -> String {
    std::fs::read_to_string(bench.path("repo").join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Everything that can be done to files gets there, what git ignores too, and is committed.
#[test]
fn what_honest_agents_do_gets_into_the_tree() {
    let files = &[
        ("a/old", "1\n"),
        ("a/gone", "1\n"),
        ("b/x", "1\n"),
        ("c", "1\n"),
        ("run.sh", "#!/bin/sh\n"),
        ("d/e/f", "1\n"),
    ];
    let lie = Lie { files, ..BESIDE };
    let one = r#"meet in
echo 2 > a/old; rm a/gone; mv b bb; rm c; mkdir c; echo 1 > c/in; chmod +x run.sh; echo exit >> run.sh; ln -s a/old link; rm -r d; echo d > d
mkdir -p out/deep; echo built > out/deep/x; echo ä > 'a name'; built; meet out"#;
    let Some((bench, outcome)) = passes(&lie, one, "meet in; work; meet out") else { return };
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
    let told = ["a/old", "bb/x", "c/in", "link", "d", "out/deep/x", "a name", "two.txt"].map(|name| read(&bench, name));
    assert_eq!(told, ["2\n", "1\n", "1\n", "2\n", "d\n", "built\n", "ä\n", "two\n"]);
    bench.shell(
        "test ! -e a/gone && test ! -e b && test -x run.sh && test -L link && test -z \"$(git status --porcelain)\"",
    );
    bench.shell("test \"$(git ls-tree -r HEAD --name-only | grep -c out/)\" = 0");
}

/// Somebody had worktrees before, or commands were tried out in one: what is left of it is in nobody's way.
#[test]
fn what_was_in_worktrees_before_is_in_nobodys_way() {
    let files = &[(".worktrees/.gitignore", "*\n"), ("a/old", "1\n"), ("b/c/x", "1\n")];
    let lie = Lie { files, ..BESIDE };
    let one = "meet in; echo 2 > a/old; echo 1 > a/new; rm b/c/x; echo 1 > b/c/y; built; meet out";
    let Some((bench, outcome)) = passes(&lie, one, "meet in; work; meet out") else { return };
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
    assert_eq!(["a/old", "a/new", "b/c/y"].map(|name| read(&bench, name)), ["2\n", "1\n", "1\n"]);
}

/// Who sees what the other has left, and goes on from there, has put it together itself. What stands no longer is told.
#[test]
fn who_goes_on_from_what_the_other_left_has_the_last_word() {
    let one = "work; printf '1\\n2\\n3\\n4\\n' > new; ok '[\"one.txt\",\"new\"]'";
    for (deed, new, told) in [
        ("echo 5 >> new", "1\n2\n3\n4\n5\n", None),
        ("sed -i 2d new", "1\n3\n4\n", Some("new (`2`)")),
        // It has nothing of theirs: nobody knows that it ever saw it.
        ("rm new; echo x > new", "1\n2\n3\n4\nx\n", Some("nobody has seen: new")),
    ] {
        let two = format!("settled one; work; {deed}; ok '[\"two.txt\",\"new\"]'");
        let Some((bench, outcome)) = passes(&BESIDE, one, &two) else { return };
        assert_eq!(read(&bench, "new"), new, "{deed}: {}", outcome.markdown);
        assert_eq!(outcome.kinds(), told.map_or(vec![], |_| vec!["contested"]), "{deed}: {}", outcome.markdown);
        let markdown = outcome.markdown.replace('\\', "");
        assert!(told.is_none_or(|told| markdown.contains(told)), "{deed}: {markdown}");
    }
}

/// What the other has left may be moved by whoever sees it.
#[test]
fn what_the_other_left_is_moved() {
    let one = "work; printf '1\\n2\\n3\\n' > new; ok '[\"one.txt\",\"new\"]'";
    let two = "settled one; work; mkdir in; mv new in/new; echo 4 >> in/new; ok '[\"two.txt\",\"new -> in/new\",\"new\",\"in/new\"]'";
    let Some((bench, outcome)) = passes(&BESIDE, one, two) else { return };
    assert_eq!(read(&bench, "in/new"), "1\n2\n3\n4\n", "{}", outcome.markdown);
    assert!(!bench.path("repo/new").exists(), "{}", outcome.markdown);
}

/// A file with nothing of it in is none that was moved: what the other has changed there stays.
#[test]
fn what_the_other_changed_is_not_taken_for_moved() {
    let lie = Lie { files: &[("old", "a = 1\nb = 2\nc = 3\n")], ..BESIDE };
    let one = "work; sed -i 's/b = 2/b = 22/' old; ok '[\"one.txt\",\"old\"]'";
    for fresh in ["hello = 1", "b = 22"] {
        let two =
            format!("{AGAIN}settled one; work; rm old; echo '{fresh}' > fresh; ok '[\"two.txt\",\"old\",\"fresh\"]'");
        let Some((bench, outcome)) = told(&lie, one, &two) else { return };
        assert_eq!(read(&bench, "old"), "a = 1\nb = 22\nc = 3\n", "{fresh}: {}", outcome.markdown);
        let told = outcome.told_of("mission:milestone:1:feature:two");
        assert!(told.contains("theirs stands") && told.contains("old"), "{fresh}: {told}\n{}", outcome.markdown);
    }
}

/// Who writes a file as it had read it before the other wrote there never saw that: the lines of both stand.
#[test]
fn of_one_line_that_both_change_none_is_lost() {
    let lie = Lie { files: &[("app", "begin\nreturn x\nend\n")], check: "grep -q 2 app", ..BESIDE };
    let one = "work; sed -i 's/return x/return 2 * x/' app; ok '[\"one.txt\",\"app\"]'";
    let two = "settled one; printf 'begin\\nreturn x + 0\\nend\\n' > app; ok '[\"app\"]'";
    let Some((bench, outcome)) = passes(&lie, one, two) else { return };
    assert_eq!(read(&bench, "app"), "begin\nreturn 2 * x\nreturn x + 0\nend\n", "{}", outcome.markdown);
    assert_eq!(outcome.kinds(), ["contested"], "{}", outcome.markdown);
}

/// Both change one file: different lines are put together, and of the same lines those of both stand there, which is told.
#[test]
fn a_file_that_both_change_has_the_work_of_both() {
    let lines = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
    let lie = Lie { files: &[("all", "1\n2\n3\n4\n5\n6\n7\n8\n9\n"), ("log", "first\n")], ..BESIDE };
    let one = r#"meet in; sed -i 's/^1$/one/' all; echo one > one.txt; ok '["all","one.txt"]'; meet out"#;
    let two = r#"meet in; sed -i 's/^9$/two/' all; echo two > two.txt; ok '["all","two.txt"]'; meet out"#;
    let Some((bench, outcome)) = passes(&lie, one, two) else { return };
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
    assert_eq!(read(&bench, "all"), lines.replace('1', "one").replace('9', "two"));

    let same = r#"meet in; echo $last >> log; ok '["log"]'; meet out"#;
    let lie = Lie { check: "grep -q one log && grep -q two log", ..lie };
    let Some((bench, outcome)) = passes(&lie, same, same) else { return };
    assert_eq!(outcome.kinds(), ["contested"], "{}", outcome.markdown);
    let say = "unproven: others changed the same lines meanwhile; those of both were put together line by line, theirs first, and which \
               of them count there nobody has seen: log";
    assert!(outcome.markdown.contains(say), "{}", outcome.markdown);
    let mut log: Vec<String> = read(&bench, "log").lines().map(str::to_owned).collect();
    log[1..].sort();
    assert_eq!(log, ["first", "one", "two"]);

    // The same on both sides is the work of both.
    let alike = r#"meet in; echo both >> log; sleep 0.1; ok '["log"]'; meet out"#;
    let Some((bench, outcome)) = passes(&Lie { check: "grep -q both log", ..lie }, alike, alike) else { return };
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
    assert_eq!(read(&bench, "log"), "first\nboth\n");
}

/// What cannot be put together stays as who came first made it; the other fails, and its own is kept.
#[test]
fn what_cannot_be_put_together_is_kept_out_and_told() {
    for (deed, other) in [
        ("rm docs/a.md; ok '[\"docs/a.md\"]'", "echo two >> docs/a.md; ok '[\"docs/a.md\"]'"),
        ("rm -r docs; ok '[\"docs\"]'", "echo two >> docs/a.md; ok '[\"docs/a.md\"]'"),
        ("printf '\\0one' > docs/a.md; ok '[\"docs/a.md\"]'", "printf '\\0two' > docs/a.md; ok '[\"docs/a.md\"]'"),
    ] {
        let lie = Lie { check: "true", ..BESIDE };
        let one = format!("meet in; settled two; {deed}");
        let Some((bench, outcome)) = told(&lie, &one, &format!("meet in; {other}")) else { return };
        assert_ne!(outcome.milestone(), Some("done"), "{deed}: {}", outcome.said);
        let told = outcome.told_of("mission:milestone:1:feature:one");
        assert!(told.contains("theirs stands") && told.contains("docs/a.md"), "{deed}: {told}: {}", outcome.markdown);
        assert!(
            std::fs::read(bench.path("repo/docs/a.md")).expect("it stays").ends_with(b"two\n")
                || deed.contains("printf")
        );
        if deed.contains("printf") {
            let kept = "find .mission/runs/*/aside -name a.md | xargs grep -q one";
            bench.shell(kept);
        }
    }
}

/// Nobody is disturbed by what another has only half done, and what a person changes meanwhile is held against nobody.
#[test]
fn each_sees_its_own_work_alone() {
    let one = r#"echo broken > lib.txt; meet half; meet looked; rm lib.txt; work"#;
    let two = r#"meet half; test ! -e lib.txt; work; meet looked; echo by hand > "$REPO/../x"; settled one"#;
    let Some((_, outcome)) = passes(&BESIDE, one, two) else { return };
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
    let bench = Bench::new(&BESIDE);
    bench.write("ctl/lie/one", &(head() + "meet in; until_there \"$REPO/../person\"; work"));
    bench.write("ctl/lie/two", &(head() + "meet in; until_there \"$REPO/../person\"; work"));
    let child = bench.start(&BESIDE, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut child = child.expect("mission runs");
    waits_for(&bench, "in.one");
    waits_for(&bench, "in.two");
    bench.write("repo/docs/a.md", "a person\n");
    bench.write("person", "");
    assert!(child.wait().expect("it ends").code().is_some());
    let outcome = bench.outcome(&mut bench.command(&["report"]));
    let told = ["one", "two"].map(|id| outcome.told_of(&format!("mission:milestone:1:feature:{id}")));
    assert_eq!(told, ["", ""], "{}", outcome.markdown);
}

fn waits_for(bench: &Bench, name: &str) {
    let began = Instant::now();
    while !bench.path("").join(name).exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "`{name}` never came");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What a lost attempt had written is in the tree before anything goes on, and is held against the next one of the same work.
#[test]
fn what_a_killed_executor_left_in_a_view_gets_into_the_tree() {
    for (again, passes) in [("test -e half.txt; ok '[\"one.txt\",\"half.txt\"]'", true), ("ok '[\"one.txt\"]'", false)]
    {
        let bench = Bench::new(&BESIDE);
        if !is_possible(&bench) {
            return;
        }
        let first =
            "if [ \"$MISSION_ATTEMPT\" = 1 ]; then echo half > half.txt; meet half; sleep 600; fi; echo one > one.txt";
        bench.write("ctl/lie/one", &(head() + first + "; " + again));
        let two = "if [ \"$MISSION_ATTEMPT\" = 1 ]; then echo two > two.txt; meet half; sleep 600; fi; test -e two.txt; ok '[\"two.txt\"]'";
        bench.write("ctl/lie/two", &(head() + two));
        let child = bench.start(&BESIDE, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("mission runs");
        waits_for(&bench, "half.one");
        waits_for(&bench, "half.two");
        assert!(!bench.path("repo/half.txt").exists(), "it is in the view alone");
        child.kill().expect("it is under way");
        child.wait().expect("it is gone");
        let outcome = bench.outcome(&mut bench.command(&["resume"]));
        assert_eq!(outcome.code == Some(0), passes, "{}", outcome.said);
        assert_eq!(read(&bench, "half.txt"), "half\n");
        let told = outcome.told_of("mission:milestone:1:feature:one");
        assert_eq!(told.contains("A half.txt"), !passes, "{told}: {}", outcome.markdown);
        assert_eq!(outcome.told_of("mission:milestone:1:feature:two"), "", "{}", outcome.markdown);
    }
}
