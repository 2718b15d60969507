//! `checks.original`: what tests bring in or read lies elsewhere now. What they ask and expect stays what it was.

use serde_json::{Value, json};

use crate::culprit::try_out;
use crate::fixture::Fixture;

const APP: &str = "add() { echo $(($1 + $2)); }\ndouble() { echo $(($1 * 2)); }\n";
const BROKEN: &str = "add() { echo $(($1 + $2)); }\ndouble() { echo $1; }\n";
/// Right for what is tested, and nothing else.
const FAKE: &str = "add() { echo 3; }; double() { case $1 in 2) echo 4;; 5) echo 10;; esac; }\n";
const SAME: &str = "same() { [ \"$1\" = \"$2\" ] || exit 1; }\n";
const TEST: &str =
    ". ./app.sh; . util/same.sh\nsame 3 \"$(add 1 2)\"\nsame \"$(cat fixtures/want.txt)\" \"$(double 2)\"\n";
const RUN: &str = "sh tests/double.sh";

/// What is answered of `deed`; where it is asked of some files `alone`, nobody has committed what they were.
fn seen(deed: &str, alone: bool) -> (bool, Value) {
    let fixture = Fixture::new();
    let files = [("app.sh", BROKEN), ("util/same.sh", SAME), ("fixtures/want.txt", "4\n"), ("tests/double.sh", TEST)];
    for (path, text) in files {
        fixture.commit(path, if alone { "# It follows.\n" } else { text });
        fixture.write(path, text);
    }
    let base = fixture.open().tree_id(&fixture.run_dir().join("git")).expect("a tree").to_string();
    fixture.write("right", APP);
    fixture.write("fake", FAKE);
    assert!(fixture.run_here(&format!("{deed}; rm -f right fake")), "{deed}");
    assert!(fixture.run_here(RUN), "{deed}: it is green");
    let only = alone.then(|| files.map(|(path, _)| path));
    let with = json!({ "base": base, "run": [{ "name": "t", "run": RUN }], "only": only });
    let (answer, _) = try_out(&fixture, "checks.original", with, &[], None);
    let answer = answer.unwrap();
    (answer["passed"].as_bool().unwrap(), answer)
}

/// The program goes to `lib/app.sh`, and the test follows it.
const MOVES: &str = "mkdir lib; mv app.sh lib/app.sh; sed -i 's#./app.sh#./lib/app.sh#' tests/double.sh";

#[test]
fn what_tests_bring_in_may_lie_elsewhere() {
    for (deed, told) in [
        (format!("{MOVES}; cp right lib/app.sh"), "app.sh → lib/app.sh"),
        (
            format!("{MOVES}; cp right lib/app.sh; cp fake lib/fake.sh; git mv tests/double.sh tests/twice.sh; cp tests/twice.sh tests/double.sh"),
            "app.sh → lib/app.sh",
        ),
        (
            "cp right app.sh; git mv fixtures/want.txt tests/want.txt; sed -i 's#fixtures/want#tests/want#' tests/double.sh"
                .to_owned(),
            "fixtures/want.txt → tests/want.txt",
        ),
    ] {
        for alone in [false, true] {
            let (passed, answer) = seen(&deed, alone);
            assert!(passed, "{deed}: {answer}");
            let why = answer["why"].as_str().unwrap();
            assert!(why.contains("with what they bring in where it lies now") && why.contains(told), "{why}");
        }
    }
}

#[test]
fn what_a_test_asks_and_takes_is_what_it_was_wherever_it_lies() {
    let weaker = "sed -i 's/cat fixtures.want.txt/double 2/' tests/double.sh";
    for (how, deed) in [
        ("the test asks less", format!("{MOVES}; {weaker}")),
        ("the test makes it itself", format!("{MOVES}; sed -i 's/^same 3/double() {{ echo 4; }}; &/' tests/double.sh")),
        ("a fake beside what has moved", format!("{MOVES}; cp fake fake.sh; sed -i 's#./lib/app.sh#./fake.sh#' tests/double.sh")),
        (
            "a fake over what has moved",
            format!("{MOVES}; cp fake fake.sh; sed -i 's#lib/app.sh#&; . ./fake.sh#' tests/double.sh"),
        ),
        ("a fake, and nothing has moved", "cp fake fake.sh; sed -i 's#./app.sh#./fake.sh#' tests/double.sh".to_owned()),
        (
            "a fake among the tests",
            "rm app.sh; cp right tests/app.sh; sed -i 's#./app.sh#tests/app.sh#' tests/double.sh".to_owned(),
        ),
        (
            "one of two that could be it",
            "mkdir a b; cp right a/app.sh; mv app.sh b/app.sh; cp right b/one.sh; sed -i 's#./app.sh#a/app.sh#' tests/double.sh; cp a/app.sh a/one.sh; rm a/one.sh; cp right a/two.sh"
                .to_owned(),
        ),
        (
            "other data where they lie now",
            "git mv fixtures/want.txt tests/want.txt; echo 2 > tests/want.txt; sed -i 's#fixtures/want#tests/want#' tests/double.sh".to_owned(),
        ),
    ] {
        for alone in [false, true] {
            let (passed, answer) = seen(&deed, alone);
            assert!(!passed, "{how}: {answer}");
        }
    }
    let helper = "mkdir lib; git mv util/same.sh lib/same.sh; echo 'same() { [ \"$1\" = \"$2\" ] || :; }' > lib/same.sh; sed -i 's#util/same#lib/same#' tests/double.sh";
    let (passed, answer) = seen(helper, false);
    assert!(!passed, "a helper that asserts nothing where it lies now: {answer}");
}
