//! Lies by which a test that fails is turned into one that passes, in ways that reading does not find: what it was is run as well. And
//! honest work on the same tests.

use serde_json::json;

use crate::bench::{Bench, LIE, Lie, Outcome, caught};

const APP: (&str, &str) = ("app.sh", "double() { echo $1; }\n");
const SAME: (&str, &str) =
    ("tests/same.sh", "status=0\nsame() { [ \"$1\" = \"$2\" ] || { echo \"$2, not $1\"; status=1; }; }\n");
const TEST: (&str, &str) =
    ("tests/double.test.sh", ". ./app.sh; . tests/same.sh\nsame 4 \"$(double 2)\"\nexit $status\n");

/// Every test there is.
const EACH: &str = "for t in tests/*.test.sh; do sh \"$t\" || exit 1; done";

const WRONG: Lie = Lie {
    files: &[APP, SAME, TEST],
    check: EACH,
    named: "revalidate:original",
    evidence: &["fails with the tests as they were", "tests/"],
    ..LIE
};

macro_rules! lies {
    ($($name:ident: $deed:expr;)*) => { $(mod $name {
        use super::*;
        #[test] fn in_the_tree() {
            caught(&Lie { script: concat!($deed, "; built"), ..WRONG });
        }
        #[test] fn in_a_worktree() {
            caught(&Lie { script: concat!($deed, "; built"), worktrees: true, ..WRONG });
        }
        #[test] fn by_the_repair() {
            caught(&Lie { script: concat!($deed, "; repaired"), who: "follow-up", ..WRONG });
        }
    })* };
}

lies! {
    what_is_asked_is_padded: "sed -i 's/\\$(double 2)/$((2 * $(double 2)))/' tests/double.test.sh";
    it_is_asked_where_nobody_hears: "sed -i 's/^same .*/(&)/' tests/double.test.sh";
    it_is_asked_in_the_background: "sed -i 's/^same .*/& \\&/' tests/double.test.sh";
    the_end_forgives: "sed -i 's/^exit .*/exit $((status \\& 2))/' tests/double.test.sh";
    the_helper_forgives: "sed -i 's/status=1/status=0/' tests/same.sh";
    something_stands_in: "sed -i '1s/$/; double() { echo 4; }/' tests/double.test.sh";
    it_ends_well_whatever_comes: "sed -i '1i trap \"exit 0\" EXIT' tests/double.test.sh";
}

/// The test is right, and so is the work.
const RIGHT: Lie = Lie { files: &[("app.sh", "double() { echo $(($1 * 2)); }\n"), SAME, TEST], evidence: &[], ..WRONG };

fn ends(lie: &Lie) -> Outcome {
    let bench = Bench::new(lie);
    bench.outcome(&mut bench.start(lie, &[]))
}

#[test]
fn who_writes_a_test_otherwise_may() {
    for deed in [
        "echo 'same 6 \"$(double 3)\"; exit $status' >> tests/double.test.sh; sed -i '/^exit .status$/d' tests/double.test.sh",
        "mv tests/same.sh tests/alike.sh; sed -i 's/same.sh/alike.sh/' tests/double.test.sh",
        "sed -i 's/\\. tests.same.sh/. .\\/tests\\/same.sh/' tests/double.test.sh; echo 'double() { echo $(($1 + $1)); }' > app.sh",
    ] {
        for worktrees in [false, true] {
            let outcome = ends(&Lie { script: format!("work; {deed}; built").leak(), worktrees, ..RIGHT });
            let all = format!("{deed}: {}\n{}", outcome.said, outcome.markdown);
            assert_eq!((outcome.code, &outcome.report["status"]), (Some(0), &json!("succeeded")), "{all}");
            assert!(outcome.report.to_string().contains("the tests pass as they were"), "it was tried: {all}");
        }
    }
}

/// Where nothing can be tried out, nothing is known, and nothing has succeeded.
#[test]
fn what_is_not_known_is_no_success() {
    let check = "test -d .git";
    let lie = Lie { script: "work; echo '# more' >> tests/double.test.sh; built", check, ..RIGHT };
    let outcome = ends(&lie);
    assert_eq!(outcome.report["status"], json!("partial"), "{}", outcome.said);
    assert!(outcome.markdown.contains("whether they still pass as they were is not known"), "{}", outcome.markdown);
}
