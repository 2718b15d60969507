//! `checks.original`: whatever became of a test, what it was must still hold.

use serde_json::{Value, json};

use crate::culprit::try_out;
use crate::fixture::Fixture;

const APP: &str = "double() { echo $(($1 * 2)); }\n";
const BROKEN: &str = "double() { echo $1; }\n";
const SAME: &str = "same() { [ \"$1\" = \"$2\" ] || { echo \"$2, not $1\"; status=1; }; }\nstatus=0\n";
const TEST: &str = ". ./app.sh; . tests/same.sh\nsame 4 \"$(double 2)\"\nexit $status\n";
const RUN: &str = "sh tests/double.sh";

/// A repository with a program and its tests, and the tree of it.
fn project() -> (Fixture, String) {
    let fixture = Fixture::new();
    for (path, text) in [("app.sh", APP), ("tests/same.sh", SAME), ("tests/double.sh", TEST)] {
        fixture.commit(path, text);
    }
    fixture.commit(".gitignore", "deps/\ntarget/\n.env\n");
    let base = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    (fixture, base)
}

fn asked(fixture: &Fixture, base: &str, run: &str) -> (Value, usize) {
    let with = json!({ "base": base, "run": [{ "name": "t", "run": run }] });
    let (answer, ran) = try_out(fixture, "checks.original", with, &[], None);
    (answer.unwrap(), ran.len())
}

fn states(answer: &Value) -> (bool, bool) {
    (answer["passed"].as_bool().unwrap(), answer["known"].as_bool().unwrap())
}

fn nothing_is_left(fixture: &Fixture) {
    assert_eq!(fixture.git(&["worktree", "list", "--porcelain"]).matches("worktree ").count(), 1);
    let left = std::fs::read_dir(fixture.root.join(".worktrees")).into_iter().flatten().flatten();
    assert_eq!(left.filter(|e| e.path().is_dir()).count(), 0);
}

#[test]
fn a_test_that_was_weakened_in_any_way_is_run_as_it_was() {
    let weaker: [(&str, &str, &str); 9] = [
        ("another value", "tests/double.sh", ". ./app.sh; . tests/same.sh\nsame 2 \"$(double 2)\"\nexit $status\n"),
        ("padded", "tests/double.sh", ". ./app.sh; . tests/same.sh\nsame 4 \"$((2 * $(double 2)))\"\nexit $status\n"),
        ("in a subshell", "tests/double.sh", ". ./app.sh; . tests/same.sh\n(same 4 \"$(double 2)\")\nexit $status\n"),
        ("never", "tests/double.sh", ". ./app.sh; . tests/same.sh\nfalse && same 4 \"$(double 2)\"\nexit $status\n"),
        (
            "with a stand-in",
            "tests/double.sh",
            ". tests/same.sh; double() { echo 4; }\nsame 4 \"$(double 2)\"\nexit $status\n",
        ),
        ("forgiven", "tests/double.sh", ". ./app.sh; . tests/same.sh\nsame 4 \"$(double 2)\"\nexit $((status & 2))\n"),
        ("nothing", "tests/double.sh", ""),
        ("by a helper", "tests/same.sh", "same() { :; }\nstatus=0\n"),
        ("by a helper that is kind", "tests/same.sh", "same() { [ \"$1\" -ge \"$2\" ] || status=1; }\nstatus=0\n"),
    ];
    for (how, path, text) in weaker {
        let (fixture, base) = project();
        fixture.write("app.sh", BROKEN);
        fixture.write(path, text);
        assert!(fixture.run_here(RUN), "{how}: it is green");
        let before = fixture.git(&["status", "--porcelain"]);
        let (answer, ran) = asked(&fixture, &base, RUN);
        assert_eq!((states(&answer), ran), ((false, true), 2), "{how}: {answer}");
        assert_eq!(answer["restored"], json!([path]), "{how}");
        let why = answer["why"].as_str().unwrap();
        assert!(why.contains(&format!("`{RUN}` fails with the tests as they were")) && why.contains(path), "{why}");
        assert_eq!((&answer["command"], &answer["exitCode"]), (&json!(RUN), &json!(1)), "{how}");
        assert!(answer["output"].as_str().unwrap().contains("2, not 4"), "{how}: {answer}");
        assert_eq!(fixture.git(&["status", "--porcelain"]), before, "{how}: the tree is as it was");
        nothing_is_left(&fixture);
    }
}

#[test]
fn a_test_that_is_gone_or_elsewhere_is_run_as_it_was() {
    let run = "for t in tests/*.test.sh; do sh \"$t\" || exit 1; done";
    for (deed, passes) in [
        ("rm tests/double.test.sh; echo : > tests/x.test.sh", false),
        ("mv tests/double.test.sh tests/other.test.sh", true),
        ("sed -i 's/same 4/same 04/' tests/double.test.sh; sed -i 's/= \"$2\"/-eq \"$2\"/' tests/same.sh", true),
    ] {
        let (fixture, _) = project();
        fixture.git(&["mv", "tests/double.sh", "tests/double.test.sh"]);
        fixture.git(&["commit", "-qm", "named"]);
        let base = fixture.git(&["rev-parse", "HEAD^{tree}"]);
        fixture.write("app.sh", if passes { APP } else { BROKEN });
        assert!(fixture.run_here(deed));
        assert!(fixture.run_here(run), "{deed}: it is green");
        let (answer, _) = asked(&fixture, &base, run);
        assert_eq!(states(&answer), (passes, true), "{deed}: {answer}");
        nothing_is_left(&fixture);
    }
}

#[test]
fn nothing_is_run_where_no_test_has_changed_or_is_new() {
    let (fixture, base) = project();
    fixture.write("app.sh", "double() { echo $(($1 + $1)); }\n");
    fixture.write("tests/data/in.txt", "1\n");
    fixture.write("tests/new.rs", "#[test]\nfn new() {}\n");
    let (answer, ran) = asked(&fixture, &base, RUN);
    assert_eq!((states(&answer), ran), ((true, true), 0), "compiled for itself it changes no other: {answer}");
    assert_eq!((&answer["restored"], &answer["without"], &answer["command"]), (&json!([]), &json!([]), &json!(null)));
    fixture.write("tests/new.sh", ". ./app.sh; test $(double 0) = 0\n");
    let (answer, ran) = asked(&fixture, &base, RUN);
    assert_eq!((states(&answer), ran), ((true, true), 1), "{answer}");
    assert_eq!(answer["without"], json!(["tests/data/in.txt", "tests/new.rs", "tests/new.sh"]));
}

/// All tests in one process: each can change what the others do.
const TOGETHER: &str = "for t in tests/*.sh; do . ./$t; done; exit $status";

/// A repository in which they are, with one test, which `app` passes or not.
fn together(app: &str) -> (Fixture, String) {
    let fixture = Fixture::new();
    fixture.commit("app.sh", app);
    fixture.commit("tests/00-same.sh", &format!(". ./app.sh\n{SAME}"));
    fixture.commit("tests/20-double.sh", "same 4 \"$(double 2)\"\n");
    let base = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    (fixture, base)
}

#[test]
fn a_new_test_that_makes_others_pass_is_found() {
    for (how, path, text) in [
        ("it takes the program's place", "tests/10-new.sh", "double() { echo $((2 * $1)); }\nsame 6 \"$(double 3)\"\n"),
        ("it takes the helper's place", "tests/10-new.sh", "same() { :; }\n"),
        ("it forgives at the end", "tests/30-new.sh", "status=0\n"),
        ("it ends the run", "tests/10-new.sh", "same 6 6\nexit $status\n"),
    ] {
        let (fixture, base) = together(BROKEN);
        fixture.write(path, text);
        assert!(fixture.run_here(TOGETHER), "{how}: it is green");
        let (answer, _) = asked(&fixture, &base, TOGETHER);
        assert_eq!(states(&answer), (false, true), "{how}: {answer}");
        let why = answer["why"].as_str().unwrap();
        assert!(why.contains("passes only with the tests that are new") && why.contains(path), "{why}");
        assert!(answer["output"].as_str().unwrap().contains("2, not 4"), "{answer}");
        nothing_is_left(&fixture);
    }
}

#[test]
fn a_new_test_that_is_missed_is_no_lie() {
    // What looks for the new test by its name cannot do without.
    let (fixture, base) = together(APP);
    fixture.write("tests/10-new.sh", "same 6 \"$(double 3)\"\n");
    for (run, expected) in [
        (TOGETHER.to_owned(), (true, true)),
        (format!("test -e tests/10-new.sh; {TOGETHER}"), (true, true)),
        (format!("grep -q same tests/10-new.sh; {TOGETHER}"), (false, false)),
        ("test $(cat tests/*.sh | wc -l) -ge 5".to_owned(), (false, true)),
    ] {
        let (answer, _) = asked(&fixture, &base, &run);
        assert_eq!(states(&answer), expected, "{run}: {answer}");
    }
    // A coverage that only the new test reaches.
    let run = "echo coverage is low; test $(cat tests/*.sh | wc -l) -ge 5; : --fail-under 90";
    let (answer, _) = asked(&fixture, &base, run);
    assert_eq!(states(&answer), (true, true), "{answer}");
    assert!(answer["why"].as_str().unwrap().contains("coverage"), "{answer}");
    fixture.write("tests/10-new.sh", "same 6 \"$(double 3)\"\neval :\n");
    let (answer, _) = asked(&fixture, &base, run);
    assert_eq!(states(&answer), (false, false), "{answer}");
    nothing_is_left(&fixture);
}

/// What git ignores only since the work began is not in the commit, and proves nothing of it.
#[test]
fn what_only_lies_there_proves_nothing() {
    let run = "if test -e lib.sh; then . ./lib.sh; fi; test $(triple 2) = 6";
    let (fixture, base) = project();
    fixture.write("lib.sh", "triple() { echo $((3 * $1)); }\n");
    let (answer, ran) = asked(&fixture, &base, run);
    assert_eq!((states(&answer), ran), ((true, true), 0), "it is part of the work: {answer}");
    fixture.write(".gitignore", "deps/\ntarget/\n.env\nlib.sh\n*.log\n");
    fixture.write("x.log", "x\n");
    let (answer, _) = asked(&fixture, &base, run);
    assert_eq!(states(&answer), (false, true), "{answer}");
    assert_eq!(answer["ignored"], json!(["lib.sh", "x.log"]));
    let why = answer["why"].as_str().unwrap();
    assert!(why.contains("passes only with what git ignores since this work began") && why.contains("lib.sh"), "{why}");
    // A folder that says of itself that it is ignored: since when is not known.
    fixture.write(".gitignore", "deps/\ntarget/\n.env\n*.log\n");
    std::fs::remove_file(fixture.root.join("lib.sh")).unwrap();
    fixture.write("lib/lib.sh", "triple() { echo $((3 * $1)); }\n");
    fixture.write("lib/.gitignore", "*\n");
    let run = "if test -e lib/lib.sh; then . lib/lib.sh; fi; test $(triple 2) = 6";
    assert_eq!(states(&asked(&fixture, &base, run).0), (false, false));
    // What is installed or made anew is there, or is made anew.
    fixture.write(".gitignore", "deps/\ntarget/\n.env\nnode_modules/\n*.log\n");
    std::fs::remove_dir_all(fixture.root.join("lib")).unwrap();
    fixture.write("node_modules/lib.sh", "triple() { echo $((3 * $1)); }\n");
    let (answer, ran) = asked(&fixture, &base, ". node_modules/lib.sh; test $(triple 2) = 6");
    assert_eq!((states(&answer), ran), ((true, true), 1), "{answer}");
    nothing_is_left(&fixture);
}

#[test]
fn what_is_meant_to_change_stays_as_it_is() {
    let (fixture, base) = project();
    fixture.write("app.sh", BROKEN);
    fixture.write("tests/double.sh", ". ./app.sh; . tests/same.sh\nsame 2 \"$(double 2)\"\nexit $status\n");
    let with = |allow: &str| json!({ "base": base, "run": [{ "run": RUN }], "allow": [allow] });
    let (answer, ran) = try_out(&fixture, "checks.original", with("tests/double.sh"), &[], None);
    assert_eq!((states(&answer.unwrap()), ran.len()), ((true, true), 0));
    let (answer, _) = try_out(&fixture, "checks.original", with("tests/other.sh"), &[], None);
    assert_eq!(states(&answer.unwrap()), (false, true));
}

#[test]
fn what_cannot_be_tried_is_not_known() {
    let (fixture, base) = project();
    fixture.write("tests/double.sh", &format!("{TEST}# more\n"));
    let (answer, ran) = asked(&fixture, &base, "test ! -e .git -o -d .git");
    assert_eq!((states(&answer), ran), ((false, false), 2), "{answer}");
    let why = answer["why"].as_str().unwrap();
    assert!(why.contains("is not known") && why.contains("worktree.setup"), "{why}");
    let with = || json!({ "base": base, "run": [{ "run": RUN }] });
    let (answer, ran) = try_out(&fixture, "checks.original", with(), &["false".to_owned()], None);
    let answer = answer.unwrap();
    assert_eq!((states(&answer), ran.len()), ((false, false), 1), "{answer}");
    assert!(answer["why"].as_str().unwrap().contains("could not be set up"), "{answer}");
    let (ended, ran) = try_out(&fixture, "checks.original", with(), &["true".to_owned()], Some(1));
    assert!(ended.is_err() && ran.len() == 1, "{ran:?}");
    nothing_is_left(&fixture);
}

#[test]
fn what_git_ignores_is_there_unless_it_is_made_anew() {
    let (fixture, base) = project();
    fixture.write("tests/double.sh", &format!("{TEST}# more\n"));
    for path in ["deps/x", "target/x", ".env"] {
        fixture.write(path, "x\n");
    }
    let run = "test -e deps/x -a -L deps -a -e .env -a ! -e target";
    let (answer, ran) = asked(&fixture, &base, run);
    assert_eq!((states(&answer), ran), ((true, true), 1), "{answer}");
    // A set-up says itself what there is.
    let with = json!({ "base": base, "run": [{ "run": "test ! -e deps -a -e made" }] });
    let (answer, _) = try_out(&fixture, "checks.original", with, &["touch made".to_owned()], None);
    assert_eq!(states(&answer.unwrap()), (true, true));
    assert_eq!(fixture.read("deps/x"), "x\n", "removing a link removes no more");
    nothing_is_left(&fixture);
}

#[test]
fn tests_inside_the_program_are_as_they_were_in_the_program_of_now() {
    let fixture = Fixture::new();
    let file = |program: &str, asks: &str| format!("{program}\n#[cfg(test)]\nmod tests {{\n    // {asks}\n}}\n");
    fixture.commit("lib.rs", &file("fn old() {}", "much"));
    let base = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    fixture.write("lib.rs", &file("fn new() {}", "less"));
    let (answer, _) = asked(&fixture, &base, "grep -q new lib.rs && grep -q much lib.rs && ! grep -q less lib.rs");
    assert_eq!(states(&answer), (true, true), "{answer}");
    assert_eq!(answer["restored"], json!(["lib.rs"]));
    fixture.write("lib.rs", &file("fn new() {}", "much"));
    assert_eq!(asked(&fixture, &base, "false").1, 0, "only the program has changed");
}

/// A link in the place of a folder for tests leads nobody out.
#[test]
fn no_link_is_followed() {
    let (fixture, base) = project();
    let outside = fixture.outside().join("elsewhere");
    std::fs::create_dir_all(&outside).unwrap();
    std::fs::remove_dir_all(fixture.root.join("tests")).unwrap();
    std::os::unix::fs::symlink(&outside, fixture.root.join("tests")).unwrap();
    let (answer, _) = asked(&fixture, &base, RUN);
    assert_eq!(states(&answer), (true, true), "{answer}");
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
}

/// Whether what only tests read may be another, a person has to see. Who fails now and then has not passed, either.
#[test]
fn what_only_tests_read_is_tried_as_it_was() {
    let (fixture, _) = project();
    fixture.commit("fixtures/want.txt", "4\n");
    fixture.commit("tests/want.sh", ". ./app.sh; test $(double 2) = $(cat fixtures/want.txt)\n");
    let base = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    fixture.write("fixtures/want.txt", "04\n");
    let run = "sh tests/double.sh; test $(($(cat fixtures/want.txt))) = 4";
    assert_eq!(states(&asked(&fixture, &base, run).0), (true, true), "as it was it passes, too");
    fixture.write("app.sh", BROKEN);
    fixture.write("fixtures/want.txt", "2\n");
    let (answer, ran) = asked(&fixture, &base, "sh -e tests/want.sh");
    assert_eq!((states(&answer), ran), ((false, false), 2), "{answer}");
    assert!(answer["why"].as_str().unwrap().contains("fails with fixtures/want.txt as before"), "{answer}");
    let count = fixture.outside().join("count");
    let flaky = format!("echo x >> '{0}'; test $(wc -l < '{0}') -lt 2", count.display());
    assert_eq!(states(&asked(&fixture, &base, &flaky).0), (false, false), "it passes once and never again");
    nothing_is_left(&fixture);
}

/// Of some tests alone it is asked what they were: those of others may be new, and change.
#[test]
fn of_some_tests_alone_it_is_asked_what_they_were() {
    let run = "for t in tests/*.sh; do sh $t || exit 1; done";
    let weak = TEST.replace("same 4", "same 2");
    let by_new = ". ./app.sh; . tests/new.sh\nsame 4 \"$(double 2)\"\n";
    for (app, test, other, only, expected) in [
        // Others are weaker, and new: nobody asks.
        (BROKEN, TEST, "test 1 = 1\n", &["tests/same.sh"][..], (true, true, 0)),
        (BROKEN, weak.as_str(), "test 1 = 1\n", &["tests/same.sh"], (true, true, 0)),
        (BROKEN, weak.as_str(), "test 1 = 1\n", &["tests/double.sh"], (false, true, 4)),
        (APP, by_new, "same() { :; }\n", &["tests/double.sh"], (true, true, 1)),
    ] {
        let (fixture, base) = project();
        for (path, text) in [("app.sh", app), ("tests/double.sh", test), ("tests/new.sh", other)] {
            fixture.write(path, text);
        }
        let with = json!({ "base": base, "run": [{ "name": "t", "run": run }], "only": only });
        let (answer, ran) = try_out(&fixture, "checks.original", with, &[], None);
        let answer = answer.unwrap();
        let (passed, known) = states(&answer);
        assert_eq!((passed, known, ran.len()), expected, "{only:?} {test}: {answer}");
        nothing_is_left(&fixture);
    }
}

/// What a test speaks of has another name by now: it is the same test.
#[test]
fn a_test_is_tried_by_the_names_of_now() {
    let twice = TEST.replace("$(double", "$(twice");
    let beside = format!("{BROKEN}twice() {{ echo $(($1 * 2)); }}\n");
    for (app, test, now, expected) in [
        (APP.replace("double", "twice"), TEST.to_owned(), twice.clone(), true),
        (APP.to_owned(), TEST.replace("app.sh", "ap.sh"), TEST.to_owned(), true),
        // It is there, and wrong.
        (beside, TEST.to_owned(), twice, false),
    ] {
        let fixture = Fixture::new();
        for (path, text) in [("app.sh", APP), ("tests/same.sh", SAME), ("tests/double.sh", &test)] {
            fixture.commit(path, text);
        }
        let base = fixture.git(&["rev-parse", "HEAD^{tree}"]);
        fixture.write("app.sh", &app);
        fixture.write("tests/double.sh", &now);
        let with = json!({ "base": base, "run": [{ "name": "t", "run": RUN }], "only": ["tests/double.sh"] });
        let (answer, _) = try_out(&fixture, "checks.original", with, &[], None);
        let answer = answer.unwrap();
        assert_eq!(answer["passed"], json!(expected), "{now}: {answer}");
    }
}

/// A tree that was made by looking is nobody's but the run's, and is tried out all the same; who is told its id can look into it.
#[test]
fn a_tree_that_was_only_looked_at_is_tried_and_shown() {
    let (fixture, _) = project();
    fixture.write("tests/double.sh", &TEST.replace("same 4", "# More follows.\nsame 4"));
    let base = fixture.open().tree_id(&fixture.run_dir().join("git")).expect("a tree").to_string();
    let was = fixture.oid(&format!("{base}:tests"));
    // Without what is kept with the run.
    let knows = || fixture.open().contents(&[(&was, 0)]).expect("git runs")[0].is_some();
    assert!(!knows(), "it is kept with the run");
    fixture.write("tests/double.sh", "");
    fixture.write("app.sh", BROKEN);
    let (only, run) = (["tests/double.sh"], [json!({ "name": "t", "run": RUN })]);
    let with = json!({ "base": base, "run": run, "only": only });
    let (answer, _) = try_out(&fixture, "checks.original", with, &[], None);
    assert_eq!(states(&answer.unwrap()), (false, true));
    let (answer, _) =
        try_out(&fixture, "checks.guard", json!({ "base": base, "checks": run, "only": only }), &[], None);
    assert_eq!(answer.unwrap()["passed"], json!(false));
    assert!(knows(), "the command that shows what it was is for everybody");
}
