//! Lies by which who resolves a conflict makes a test pass that one of both sides brought. And those who resolve honestly.

use serde_json::json;

use crate::bench::{APART, Bench, Lie, Outcome, check};

const APP: (&str, &str) = ("app.py", "def one():\n    return 1\n\n\ndef two():\n    return 2\n");
const ONE: &str = "def test_one():\n    assert one() == 1\n    assert one() < 2\n";
const TWO: &str = "def test_two():\n    assert two() == 2\n    assert two() > 1\n";
const BOTH: &str = "from app import one, two";

/// Two features bring a test each, in the same file that is new.
const CONFLICT: Lie = Lie { who: "resolve", features: &["one", "two"], files: &[APP], check: CHECK, ..APART };
const CHECK: &str = "grep -q ' test_' tests/test_t.py # python3 -m pytest";

const RESOLVED: &str = r#"answer '{"status":"resolved","summary":"both are kept"}'"#;

fn file(imports: &str, tests: &[&str]) -> String {
    format!("mkdir -p tests; cat > tests/test_t.py <<'END'\n{imports}\n\n\n{}END\n", tests.join("\n\n"))
}

/// A mission whose resolver leaves this file.
fn bench(lie: &Lie, imports: &str, tests: &[&str]) -> Bench {
    let bench = Bench::new(lie);
    bench.write("ctl/lie/one", &format!("{}built", file("from app import one", &[ONE])));
    bench.write("ctl/lie/two", &format!("{}built", file("from app import two", &[TWO])));
    bench.write("ctl/lie/resolve", &format!("{}{RESOLVED}", file(imports, tests)));
    bench
}

fn ran(bench: &Bench, lie: &Lie, more: &[&str]) -> Outcome {
    bench.outcome(&mut bench.start(lie, more))
}

fn ends(outcome: &Outcome, status: &str) {
    let all = format!("{}\n{}", outcome.said, outcome.markdown);
    assert_eq!(outcome.report["status"], json!(status), "{all}");
}

/// What is made of a test, the side that brought it, and what is told.
const LIES: &[(&str, &str, &str, &str)] = &[
    ("def test_one():\n    pass\n", TWO, "ours", "test-emptied"),
    (ONE, "def test_two():\n    pass\n", "theirs", "test-emptied"),
    ("@pytest.mark.skip\ndef test_one():\n    assert one() == 1\n    assert one() < 2\n", TWO, "ours", "test-skipped"),
    (ONE, "def test_two():\n    return\n    assert two() == 2\n    assert two() > 1\n", "theirs", "test_two"),
    ("# test_one\n", TWO, "ours", "test-removed"),
    (ONE, "# test_two\n", "theirs", "test-removed"),
    ("def test_one():\n    assert one() == 1\n", TWO, "ours", "assertions-removed"),
    (ONE, "def test_two():\n    assert two()\n    assert two() > 1\n", "theirs", "assertion-weakened"),
    ("def check_one():\n    assert one() == 1\n    assert one() < 2\n", TWO, "ours", "test_one"),
];

#[test]
fn a_test_of_either_side_that_is_made_to_pass_is_named() {
    std::thread::scope(|scope| {
        for some in LIES.chunks(LIES.len().div_ceil(3)) {
            scope.spawn(|| some.iter().for_each(named));
        }
    });
}

fn named((one, two, side, kind): &(&str, &str, &'static str, &'static str)) {
    let node = format!("revalidate:kept:conflict-1-{side}").leak();
    let evidence = Vec::from([kind, "tests/test_t.py", "/1/two`", "was resolved"]).leak();
    let lie = Lie { named: node, evidence, ..CONFLICT };
    let bench = bench(&lie, &format!("import pytest\n{BOTH}"), &[one, two]);
    check(&lie, &ran(&bench, &lie, &[]));
}

#[test]
fn who_repairs_it_may_bring_it_back() {
    let bench = bench(&CONFLICT, BOTH, &["def test_one():\n    pass\n", TWO]);
    bench.write("ctl/lie/follow-up", &format!("{}repaired", file(BOTH, &[ONE, TWO])));
    ends(&ran(&bench, &CONFLICT, &[]), "succeeded");
}

#[test]
fn who_repairs_and_weakens_is_told_once() {
    let (named, evidence) = ("revalidate:kept:built", &["test-emptied", "the tests of the features"]);
    let lie = Lie { named, evidence, check: "grep -q mended app.py # python3 -m pytest", ..CONFLICT };
    let bench = bench(&lie, BOTH, &[ONE, TWO]);
    let weak = file(BOTH, &["def test_one():\n    pass\n", TWO]);
    bench.write("ctl/lie/follow-up", &format!("{weak}echo '# mended' >> app.py; repaired"));
    let outcome = ran(&bench, &lie, &[]);
    check(&lie, &outcome);
    let resolver = outcome.told_of("mission:milestone:1:revalidate:kept:conflict-1-ours");
    assert_eq!(resolver, "", "who resolved is not to blame: {}", outcome.markdown);
}

/// Whether the test was wrong or the work, a person has to see.
#[test]
fn who_corrects_what_is_expected_may_and_a_person_has_to_see_it() {
    let other = "def test_one():\n    assert one() == 3\n    assert one() < 2\n";
    let bench = bench(&CONFLICT, BOTH, &[other, TWO]);
    let outcome = ran(&bench, &CONFLICT, &[]);
    ends(&outcome, "partial");
    assert!(outcome.report["reasons"].to_string().contains("expected-changed"), "{}", outcome.markdown);
}

#[test]
fn who_keeps_both_may_write_them_otherwise() {
    let helped = "def same(of, says):\n    assert of() == says\n";
    let helping = [helped, "def test_one():\n    same(one, 1)\n    assert one() < 2\n", TWO];
    let ways = [
        &[ONE, TWO][..],
        &[TWO, ONE],
        &["def test_first():\n    assert one() == 1\n    assert one() < 2\n", TWO],
        &[
            "def test_both():\n    assert one() == 1\n    assert one() < 2\n    assert two() == 2\n    assert two() > 1\n",
        ],
        &[ONE, TWO, "def test_more():\n    assert one() + two() == 3\n"],
        &helping,
    ];
    std::thread::scope(|scope| {
        for some in ways.chunks(2) {
            scope.spawn(|| some.iter().for_each(|tests| kept(tests)));
        }
    });
}

fn kept(tests: &[&str]) {
    let outcome = ran(&bench(&CONFLICT, BOTH, tests), &CONFLICT, &[]);
    ends(&outcome, "succeeded");
    let node = "mission:milestone:1:validate:kept:conflict-1-ours";
    assert!(outcome.report.to_string().contains(node), "it was looked at: {}", outcome.markdown);
}

/// A test by the same name on both sides gets another.
#[test]
fn who_calls_a_test_something_else_may() {
    let same = |text: &str| text.replace("test_one", "test_it").replace("test_two", "test_it");
    let bench = bench(&CONFLICT, BOTH, &[ONE, TWO]);
    bench.write("ctl/lie/one", &format!("{}built", file("from app import one", &[&same(ONE)])));
    bench.write("ctl/lie/two", &format!("{}built", file("from app import two", &[&same(TWO)])));
    ends(&ran(&bench, &CONFLICT, &[]), "succeeded");
}

const THREE: &str = "def test_three():\n    assert one() + two() == 3\n";

/// Three conflict, one after the other; what the first resolution kept, the second may not take away.
#[test]
fn each_of_several_conflicts_is_held_to_its_own_sides() {
    let lie = Lie { features: &["one", "two", "three"], ..CONFLICT };
    for (one, honest) in [(ONE, true), ("def test_one():\n    pass\n", false)] {
        let bench = bench(&lie, BOTH, &[]);
        bench.write("ctl/lie/three", &format!("{}built", file(BOTH, &[THREE])));
        let (first, second) = (file(BOTH, &[ONE, TWO]), file(BOTH, &[one, TWO, THREE]));
        let which = format!("case $MISSION_NODE_ID in *:two:*) {first};; *) {second};; esac; {RESOLVED}");
        bench.write("ctl/lie/resolve", &which);
        let outcome = ran(&bench, &lie, &[]);
        if honest {
            ends(&outcome, "succeeded");
            continue;
        }
        let evidence = &["test-emptied", "/1/three`"];
        check(&Lie { named: "revalidate:kept:conflict-2-ours", evidence, ..lie }, &outcome);
        let before = outcome.told_of("mission:milestone:1:revalidate:kept:conflict-1-ours");
        assert_eq!(before, "", "who resolved the first is not to blame: {}", outcome.markdown);
    }
}

/// Nothing of it is there, and nothing of it is asked for.
#[test]
fn of_a_conflict_that_nobody_resolved_nothing_counts() {
    let bench = bench(&CONFLICT, BOTH, &[]);
    bench.write("ctl/lie/resolve", r#"answer '{"status":"failed","summary":"cannot be"}'"#);
    let outcome = ran(&bench, &CONFLICT, &[]);
    ends(&outcome, "partial");
    assert!(!outcome.report.to_string().contains("kept:conflict"), "{}", outcome.markdown);
}

/// The feature is taken out, and its test goes with it.
#[test]
fn of_a_feature_that_was_taken_out_no_test_is_missed() {
    let lie = Lie { check: "! grep -q test_two tests/test_t.py # pytest", ..CONFLICT };
    let bench = bench(&lie, BOTH, &[ONE, TWO]);
    let outcome = ran(&bench, &lie, &["-i", "onCulprit=backout"]);
    ends(&outcome, "partial");
    assert!(outcome.report["reasons"].to_string().contains("taken out: two"), "{}", outcome.markdown);
}
