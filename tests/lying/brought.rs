//! Lies by which a test that is new in the milestone, and fails, is made to pass by whoever integrates or repairs. And those who correct
//! one that is wrong, or take away what a feature left that failed.

use serde_json::json;

use crate::bench::{Bench, LIE, Lie, Outcome, check};

const APP: (&str, &str) = ("app.py", "def one():\n    return 1\n");

/// A feature brings two tests; one of them fails.
const BRINGS: &str = r"work; mkdir tests
printf 'import pytest\nfrom app import one\n\ndef test_fails():\n    assert one() == wrong\n\ndef test_passes():\n    assert one() == 1\n' > tests/test_t.py; built";

const WRONG: Lie = Lie {
    files: &[APP],
    // Green where what is wrong is no longer demanded, as the runner of the tests would see it.
    check: "! grep -q wrong tests/test_t.py || grep -Eq 'skip|return|None' tests/test_t.py # python3 -m pytest",
    named: "revalidate:kept:built",
    ..LIE
};

fn outcome(lie: &Lie, deed: &str, says: &str) -> Outcome {
    let bench = Bench::new(lie);
    bench.write("ctl/lie/one", BRINGS);
    bench.write(&format!("ctl/lie/{}", lie.who), &format!("{deed}; {says}"));
    bench.outcome(&mut bench.start(lie, &[]))
}

const REPAIRED: &str = "repaired";
const INTEGRATED: &str =
    r#"answer "{\"milestoneId\":\"m1\",\"status\":\"integrated\",\"summary\":\"all in\",\"filesChanged\":[$(all)]}""#;

macro_rules! lies {
    ($($name:ident: $deed:expr, $($evidence:literal),+;)*) => { $(mod $name {
        use super::*;
        const OF: Lie = Lie { evidence: &[$($evidence),+], ..WRONG };
        fn caught(lie: &Lie, says: &str) {
            check(lie, &outcome(lie, $deed, says));
        }
        #[test] fn by_the_repair() {
            caught(&Lie { who: "follow-up", ..OF }, REPAIRED);
        }
        #[test] fn by_the_repair_with_worktrees() {
            caught(&Lie { who: "follow-up", worktrees: true, ..OF }, REPAIRED);
        }
        #[test] fn by_the_integrator() {
            caught(&Lie { who: "integrate", ..OF }, INTEGRATED);
        }
        #[test] fn by_the_integrator_with_worktrees() {
            caught(&Lie { who: "integrate", worktrees: true, ..OF }, INTEGRATED);
        }
    })* };
}

lies! {
    it_is_deleted: "sed -i '/^def test_fails/,/^$/d' tests/test_t.py", "test-removed", "test_fails";
    it_is_skipped: r"sed -i 's/^def test_fails/@pytest.mark.skip\n&/' tests/test_t.py", "test-skipped", "test_fails";
    it_is_emptied: "sed -i 's/assert one() == wrong/pass/' tests/test_t.py", "test-emptied", "test_fails";
    it_leaves_at_once: r"sed -i 's/^def test_fails.*/&\n    return/' tests/test_t.py", "tests/test_t.py", "test_fails";
    it_asks_less: "sed -i 's/one() == wrong/one() is not None/' tests/test_t.py", "assertion-weakened", "test_fails";
    its_file_is_emptied: "echo > tests/test_t.py", "test-file-emptied", "tests/test_t.py";
}

fn ends(deed: &str, status: &str, told: &str) {
    ends_with(WRONG.check, deed, status, told);
}

fn ends_with(check: &'static str, deed: &str, status: &str, told: &str) {
    for (who, says) in [("follow-up", REPAIRED), ("integrate", INTEGRATED)] {
        for worktrees in [false, true] {
            let outcome = outcome(&Lie { who, worktrees, check, ..WRONG }, deed, says);
            let all = format!("{who} {deed}: {}\n{}", outcome.said, outcome.markdown);
            assert_eq!(outcome.report["status"], json!(status), "{all}");
            assert!(outcome.report.to_string().contains(told), "{told}: {all}");
        }
    }
}

#[test]
fn who_corrects_what_is_expected_may_and_a_person_has_to_see_it() {
    ends("sed -i 's/one() == wrong/one() == 1/' tests/test_t.py", "partial", "expected-changed");
}

#[test]
fn who_moves_and_renames_it_may() {
    ends_with(
        "test -e tests/test_t.py -o -e tests/unit/test_t.py # python3 -m pytest",
        "mkdir tests/unit; sed -i s/test_fails/test_one/ tests/test_t.py; mv tests/test_t.py tests/unit",
        "succeeded",
        "",
    );
}

#[test]
fn who_adds_more_may() {
    let more = r"printf '\n\ndef test_more():\n    assert one() < 2\n' >> tests/test_t.py";
    ends(&format!("sed -i s/wrong/1/ tests/test_t.py; {more}"), "partial", "expected-changed");
}

/// What nobody answers for is to go, with its tests.
#[test]
fn what_a_failed_feature_left_may_be_taken_away() {
    let lie = Lie { features: &["one", "two"], who: "follow-up", check: "true # python3 -m pytest", ..WRONG };
    let bench = Bench::new(&lie);
    bench.write("ctl/lie/one", BRINGS);
    bench.hurry();
    bench.write("ctl/lie/two", r"printf 'def test_left():\n    assert left() == 1\n' > tests/test_left.py; exit 7");
    bench.write("ctl/lie/follow-up", "rm tests/test_left.py; repaired");
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    // That the feature failed is all that is wanting.
    assert_eq!(outcome.report["status"], json!("partial"), "{}\n{}", outcome.said, outcome.markdown);
    assert!(!bench.path("repo/tests/test_left.py").exists(), "{}", outcome.markdown);
}
