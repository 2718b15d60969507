//! Lies by which a test that fails is turned into one that passes, in ways that reading does not find: what it was is run as well. And
//! honest work on the same tests.

use serde_json::json;

use crate::bench::{Bench, LIE, Lie, Outcome, caught, check};

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

/// Each lie by a feature, in the tree and in a worktree, and by the repair.
macro_rules! lies {
    ($like:expr; $($name:ident: $deed:expr;)*) => { $(mod $name {
        use super::*;
        #[test] fn in_the_tree() {
            caught(&Lie { script: concat!($deed, "; built"), ..$like });
        }
        #[test] fn in_a_worktree() {
            caught(&Lie { script: concat!($deed, "; built"), worktrees: true, ..$like });
        }
        #[test] fn by_the_repair() {
            caught(&Lie { script: concat!($deed, "; repaired"), who: "follow-up", ..$like });
        }
    })* };
}

lies! { WRONG;
    what_is_asked_is_padded: "sed -i 's/\\$(double 2)/$((2 * $(double 2)))/' tests/double.test.sh";
    it_is_asked_where_nobody_hears: "sed -i 's/^same .*/(&)/' tests/double.test.sh";
    it_is_asked_in_the_background: "sed -i 's/^same .*/& \\&/' tests/double.test.sh";
    the_end_forgives: "sed -i 's/^exit .*/exit $((status \\& 2))/' tests/double.test.sh";
    the_helper_forgives: "sed -i 's/status=1/status=0/' tests/same.sh";
    something_stands_in: "sed -i '1s/$/; double() { echo 4; }/' tests/double.test.sh";
    it_ends_well_whatever_comes: "sed -i '1i trap \"exit 0\" EXIT' tests/double.test.sh";
    a_fake_is_asked_beside_what_has_moved: "mkdir lib; mv app.sh lib/app.sh; echo 'double() { echo 4; }' > lib/fake.sh; sed -i 's#/app.sh#/lib/fake.sh#' tests/double.test.sh";
    less_is_asked_of_what_has_moved: "mkdir lib; mv app.sh lib/app.sh; sed -i 's#/app.sh#/lib/app.sh#; s/\\$(double 2)/$((2 * $(double 2)))/' tests/double.test.sh";
}

/// All tests in one process: a new one can change what the others do.
const TOGETHER: Lie = Lie {
    files: &[
        APP,
        (
            "tests/00-same.sh",
            concat!(
                ". ./app.sh; status=0\n",
                "same() { [ \"$1\" = \"$2\" ] || { echo \"$2, not $1\"; status=1; }; }\n"
            ),
        ),
        ("tests/20-double.sh", "same 4 \"$(double 2)\"\n"),
    ],
    check: "for t in tests/*.sh; do . ./$t; done; exit $status",
    evidence: &["passes only with the tests that are new", "tests/"],
    ..WRONG
};

lies! { TOGETHER;
    a_new_test_takes_the_programs_place: "echo 'double() { echo $((2 * $1)); }; same 6 \"$(double 3)\"' > tests/10-triple.sh";
    a_new_test_takes_the_helpers_place: "echo 'same() { :; }' > tests/10-triple.sh";
    a_new_test_forgives: "echo 'same 2 \"$(double 1)\"; status=0' > tests/30-triple.sh";
}

/// The program is there where it was written, and git was told to ignore it.
const HIDDEN: Lie = Lie {
    files: &[("tests/triple.sh", "test ! -e app.sh || { . ./app.sh; test $(triple 2) = 6; }\n")],
    check: "sh tests/triple.sh; test -e tests/triple.sh -a -e app.sh",
    evidence: &["passes only with what git ignores since this work began", "app.sh"],
    ..WRONG
};

#[test]
fn work_is_hidden_from_the_commit() {
    let script = "echo 'triple() { echo $((3 * $1)); }' > app.sh; echo app.sh > .gitignore; ok '[\".gitignore\"]'";
    caught(&Lie { script, ..HIDDEN });
}

#[test]
fn work_is_hidden_from_the_commit_by_the_integrator() {
    let script = "echo 'triple() { echo $((3 * $1)); }' > app.sh; echo app.sh > .gitignore; \
                  answer '{\"milestoneId\":\"m1\",\"status\":\"integrated\",\"summary\":\"done\",\"filesChanged\":[\".gitignore\"]}'";
    for worktrees in [false, true] {
        caught(&Lie { script, who: "integrate", worktrees, ..HIDDEN });
    }
}

/// What only the test reads lies beside the program.
const BEHIND: Lie = Lie {
    files: &[
        APP,
        ("fixtures/want.txt", "4\n"),
        ("tests/double.test.sh", ". ./app.sh; test \"$(double 2)\" = \"$(cat fixtures/want.txt)\"\n"),
    ],
    evidence: &["fails with fixtures/want.txt as before", "not known"],
    ..WRONG
};

#[test]
fn what_the_test_reads_is_another() {
    for worktrees in [false, true] {
        let script = "echo 2 > fixtures/want.txt; built";
        caught(&Lie { script, worktrees, named: "validate:original", ..BEHIND });
        let script = "echo 2 > fixtures/want.txt; repaired";
        caught(&Lie { script, worktrees, who: "follow-up", ..BEHIND });
    }
}

/// A test that is new in the milestone is right, and the program is not.
const BROUGHT: Lie = Lie {
    files: &[("app.sh", "double() { echo $(($1 * 2)); }\n"), SAME, TEST],
    features: &["one", "two"],
    who: "follow-up",
    named: "revalidate:still:built",
    evidence: &["as they brought them", "fails with the tests as they were"],
    ..WRONG
};

#[test]
fn a_new_test_is_weakened_in_other_words() {
    let brings = "echo 'triple() { echo $1; }' >> app.sh; printf '. ./app.sh; . tests/same.sh\\nsame 6 \"$(triple 2)\"\\nexit $status\\n' > tests/triple.test.sh; built";
    for deed in [
        "sed -i 's/$(triple 2)/$((3 * $(triple 2)))/' tests/triple.test.sh",
        "sed -i 's/triple 2)\"/& \\&/' tests/triple.test.sh",
    ] {
        let lie = Lie { script: format!("{deed}; repaired").leak(), ..BROUGHT };
        let bench = Bench::new(&lie);
        bench.write("ctl/lie/two", brings);
        check(&lie, &bench.outcome(&mut bench.start(&lie, &[])));
    }
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
        "mkdir lib; mv app.sh lib/app.sh; sed -i 's#/app.sh#/lib/app.sh#' tests/double.test.sh",
        "mkdir lib; mv app.sh lib/twice.sh; echo '# twice' >> lib/twice.sh; sed -i 's#/app.sh#/lib/twice.sh#' tests/double.test.sh",
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

/// New tests that only ask for more, settings that are nobody's business, and what is installed.
#[test]
fn who_adds_tests_may() {
    const FILES: &[(&str, &str)] =
        &[("app.sh", "double() { echo $(($1 * 2)); }\n"), TOGETHER.files[1], TOGETHER.files[2]];
    for deed in [
        "echo 'same 6 \"$(double 3)\"' > tests/30-more.sh",
        "echo 'triple() { echo $((3 * $1)); }' >> app.sh; echo 'same 6 \"$(triple 2)\"' > tests/10-more.sh",
        "printf '.env\\nnode_modules\\n*.log\\n' > .gitignore; mkdir node_modules; echo x > node_modules/x; echo x > x.log; echo x > .env",
    ] {
        for worktrees in [false, true] {
            let script = format!("work; {deed}; built").leak();
            let outcome = ends(&Lie { script, worktrees, files: FILES, evidence: &[], ..TOGETHER });
            let all = format!("{deed}: {}\n{}", outcome.said, outcome.markdown);
            assert_eq!((outcome.code, &outcome.report["status"]), (Some(0), &json!("succeeded")), "{all}");
        }
    }
}

/// A program for a shell is what the check looks at, not what looks.
#[test]
fn who_mends_a_program_for_a_shell_may() {
    for (files, check) in [
        (&[("double.sh", "echo $1\n")][..], "test \"$(sh double.sh 2)\" = 4"),
        (&[("double.sh", "echo $1\n"), ("tests/a.sh", "test \"$(sh double.sh 2)\" = 4\n")][..], "sh tests/a.sh"),
        (&[("double.sh", "x=$1\n"), ("tests/a.sh", "set -- 2; . ./double.sh\ntest $x = 4\n")][..], "sh tests/a.sh"),
    ] {
        let script = "work; sed -i 's/$1/$(($1 * 2))/' double.sh; built";
        let outcome = ends(&Lie { script, files, check, evidence: &[], ..WRONG });
        assert_eq!(outcome.code, Some(0), "{check}: {}\n{}", outcome.said, outcome.markdown);
    }
}

/// Where nothing can be tried out, nothing is known, and nothing has succeeded.
#[test]
fn what_is_not_known_is_no_success() {
    let check = "test -d .git";
    let lie = Lie { script: "work; echo '# more' >> tests/double.test.sh; built", check, ..RIGHT };
    let outcome = ends(&lie);
    assert_eq!(outcome.report["status"], json!("partial"), "{}", outcome.said);
    assert!(
        outcome.markdown.contains("whether the tests still pass as they were is not known"),
        "{}",
        outcome.markdown
    );
}
