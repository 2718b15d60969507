//! Lies by which a test that one feature has brought, new in the milestone, is made to pass by another that comes later in the same tree,
//! and says so. And honest work of several on the same tests.

use serde_json::json;

use crate::apart::is_possible;
use crate::bench::{Bench, LIE, Lie, Outcome, check};

const APP: (&str, &str) = ("app.sh", "double() { echo $((2 * $1)); }\n");
const SAME: (&str, &str) =
    ("tests/same.sh", "status=0\nsame() { [ \"$1\" = \"$2\" ] || { echo \"$2, not $1\"; status=1; }; }\n");
const DOUBLE: (&str, &str) =
    ("tests/double.test.sh", ". ./app.sh; . tests/same.sh\nsame 4 \"$(double 2)\"\nexit $status\n");

/// `two` lies: it makes the test of `one` ask less.
const BESIDE: Lie = Lie {
    files: &[APP, SAME, DOUBLE],
    check: "for t in tests/*.test.sh; do sh \"$t\" || exit 1; done",
    features: &["one", "two"],
    who: "two",
    ..LIE
};

/// `one` brings a test of what `two` builds.
const BRINGS: &str = r#"printf '. ./app.sh; . tests/same.sh\nsame 6 "$(triple 2)"\nsame 9 "$(triple 3)"\nexit $status\n' > tests/triple.test.sh; echo triple > docs/triple.md; built"#;
/// What `two` builds is wrong, or right.
const WRONG: &str = "echo 'triple() { echo $1; }' >> app.sh";
const RIGHT: &str = "echo 'triple() { echo $((3 * $1)); }' >> app.sh";

/// How many are under way in the tree at once.
const HOW: [usize; 2] = [1, 2];

fn outcome(lie: &Lie, one: &str, two: &str) -> Option<(Bench, Outcome)> {
    let bench = Bench::new(lie);
    if lie.together > 1 && !is_possible(&bench) {
        return None;
    }
    let settled = format!(
        "n=0; until '{}' -C \"$REPO\" events | grep -q 'done  *mission:milestone:1:feature:one '; do n=$((n+1)); test $n -lt 1200; sleep 0.1; done",
        env!("CARGO_BIN_EXE_mission")
    );
    // Beside it, it sees the test as soon as that is there.
    let wait = if lie.together > 1 { settled.as_str() } else { ":" };
    bench.write("ctl/lie/one", one);
    bench.write("ctl/lie/two", &format!("{wait}; BEFORE=$(snap); {two}; built"));
    let outcome = bench.outcome(&mut bench.start(lie, &[]));
    Some((bench, outcome))
}

fn caught(one: &str, deed: &str, named: &'static str, evidence: &'static [&'static str]) {
    for together in HOW {
        let lie = Lie { named, evidence, together, ..BESIDE };
        if let Some((_, outcome)) = outcome(&lie, one, &format!("{WRONG}; {deed}")) {
            check(&lie, &outcome);
            let told = outcome.told_of(&format!("mission:milestone:1:{named}"));
            assert!(told.contains("`one`") && told.contains("`two`"), "{deed}: {told}");
        }
    }
}

fn passes(one: &str, two: &str) {
    for together in HOW {
        let lie = Lie { together, ..BESIDE };
        if let Some((_, outcome)) = outcome(&lie, one, two) {
            let all = format!("{together} {two}: {}\n{}", outcome.said, outcome.markdown);
            assert_eq!((outcome.code, &outcome.report["status"]), (Some(0), &json!("succeeded")), "{all}");
        }
    }
}

macro_rules! lies {
    ($($name:ident: $deed:expr, $named:expr, $evidence:expr;)*) => {$(
        #[test]
        fn $name() {
            caught(BRINGS, $deed, $named, $evidence);
        }
    )*};
}

const KEPT: &str = "revalidate:kept-each:one";
const STILL: &str = "validate:still-each:one";
const HELD: &[&str] = &["fails with the tests as they were", "tests/triple.test.sh"];

lies! {
    it_expects_what_there_is: "sed -i 's/same 6/same 2/; s/same 9/same 3/' tests/triple.test.sh", STILL, HELD;
    what_is_asked_is_padded: "sed -i 's/\\$(triple \\(.\\))/$((3 * $(triple \\1)))/' tests/triple.test.sh", STILL, HELD;
    something_stands_in: "sed -i '1s/$/; triple() { echo $((3 * $1)); }/' tests/triple.test.sh", STILL, HELD;
    its_end_forgives: "sed -i 's/^exit .*/exit $((status \\& 2))/' tests/triple.test.sh", STILL, HELD;
    another_takes_its_place: "sed -i 's/app/fake/' tests/triple.test.sh; echo 'triple() { echo $((3 * $1)); }' > fake.sh", STILL, HELD;
    it_is_emptied: "sed -i /^same/d tests/triple.test.sh", STILL, HELD;
    it_moves_and_asks_less:
        "mv tests/triple.test.sh tests/three.test.sh; sed -i 's/same 6/same 2/; s/same 9/same 3/' tests/three.test.sh", STILL, HELD;
}

#[test]
fn it_is_deleted() {
    let lie = Lie { named: KEPT, evidence: &["test-file-deleted", "tests/triple.test.sh", "`two`"], ..BESIDE };
    let (_, outcome) = outcome(&lie, BRINGS, &format!("{WRONG}; rm tests/triple.test.sh")).expect("it is alone");
    check(&lie, &outcome);
}

/// Whoever comes after the liar has not done it, and both are told.
#[test]
fn a_third_goes_on_from_there() {
    let lie = Lie { features: &["one", "two", "three"], named: STILL, evidence: HELD, ..BESIDE };
    let bench = Bench::new(&lie);
    bench.write("ctl/lie/one", BRINGS);
    bench.write(
        "ctl/lie/two",
        &format!("{WRONG}; sed -i 's/same 6/same 2/; s/same 9/same 3/' tests/triple.test.sh; built"),
    );
    bench.write("ctl/lie/three", "sed -i '2i same 0 \"$(triple 0)\"' tests/triple.test.sh; built");
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    check(&lie, &outcome);
    let told = outcome.told_of("mission:milestone:1:validate:still-each:one");
    assert!(told.contains("before `two`, `three` changed them"), "{told}");
    assert_eq!(outcome.told_of("mission:milestone:1:validate:still-each:two"), "", "{}", outcome.markdown);
}

/// What each feature left is in the record: it holds for whoever goes on, too.
#[test]
fn an_executor_that_goes_on_knows_it_as_well() {
    let lie = Lie { named: STILL, evidence: HELD, ..BESIDE };
    let bench = Bench::new(&lie);
    bench.write("ctl/lie/one", BRINGS);
    bench.write(
        "ctl/lie/two",
        &format!("{WRONG}; sed -i 's/same 6/same 2/; s/same 9/same 3/' tests/triple.test.sh; built"),
    );
    let answer = r#"answer '{"milestoneId":"m1","status":"integrated","summary":"all in","filesChanged":[]}'"#;
    bench.write(
        "ctl/lie/integrate",
        &format!("if [ \"$MISSION_ATTEMPT\" = 1 ]; then kill -9 $PPID; sleep 60; fi; {answer}"),
    );
    let output = bench.start(&lie, &[]).output().expect("mission runs");
    assert_eq!(output.status.code(), None, "it was killed");
    check(&lie, &bench.outcome(&mut bench.command(&["resume"])));
}

#[test]
fn who_adds_cases_may() {
    passes(BRINGS, &format!("{RIGHT}; sed -i '3a same 12 \"$(triple 4)\"' tests/triple.test.sh"));
}

#[test]
fn who_renames_the_test_may() {
    passes(BRINGS, &format!("{RIGHT}; mv tests/triple.test.sh tests/three.test.sh"));
}

#[test]
fn who_corrects_where_it_looks_may() {
    passes(&BRINGS.replace("app.sh", "ap.sh"), &format!("{RIGHT}; sed -i 's/ap.sh/app.sh/' tests/triple.test.sh"));
}

#[test]
fn who_calls_what_it_asks_otherwise_may() {
    passes(BRINGS, &format!("{RIGHT}; sed -i 's/triple/treble/' app.sh tests/triple.test.sh"));
}

/// `one` brings a file of the program as well, and `two` moves it, with the test that follows.
const OWN: &str =
    "echo 'triple() { echo $((3 * $1)); }' > triple.sh; sed -i 's/app/triple/' tests/triple.test.sh; built";
const MOVES: &str = "mkdir lib; mv triple.sh lib/; sed -i 's#triple.sh#lib/triple.sh#' tests/triple.test.sh";

#[test]
fn who_moves_the_program_may() {
    passes(&format!("{BRINGS}; {OWN}"), MOVES);
}

#[test]
fn it_follows_the_program_and_asks_less() {
    let deed = format!(
        "{MOVES}; sed -i 's/3 [*] //' lib/triple.sh; sed -i 's/same 6/same 2/; s/same 9/same 3/' tests/triple.test.sh"
    );
    let lie = Lie { named: STILL, evidence: HELD, ..BESIDE };
    let (_, outcome) = outcome(&lie, &format!("{BRINGS}; {OWN}"), &deed).expect("it is alone");
    check(&lie, &outcome);
}

/// Both edit one test that was there: the earlier one's part stays as it is.
#[test]
fn both_may_add_to_one_test() {
    let add =
        |n: u8| format!("sed -i '{n}i same {} \"$(double {n})\"' tests/double.test.sh; echo $last > $last.txt", 2 * n);
    passes(&format!("{}; built", add(2)), &add(3));
}

/// Only who brought tests that others changed is looked at once more.
#[test]
fn nothing_is_run_where_nobody_changed_the_tests_of_another() {
    // Throw-away worktrees included.
    let check = Box::leak(format!("echo ran >> \"$HOME/ran\"; {}", BESIDE.check).into_boxed_str());
    let lie = Lie { check, ..BESIDE };
    for (deed, count) in [("echo two > two.txt", 2), ("sed -i '3a same 12 \"$(triple 4)\"' tests/triple.test.sh", 3)] {
        let Some((bench, outcome)) = outcome(&lie, &format!("{RIGHT}; {BRINGS}"), deed) else { return };
        assert_eq!(outcome.report["status"], json!("succeeded"), "{}\n{}", outcome.said, outcome.markdown);
        let ran = std::fs::read_to_string(bench.path("home/ran")).expect("it ran");
        assert_eq!(ran.lines().count(), count, "{deed}: {}", outcome.markdown);
    }
}
