//! A file that is gone behind one that is new: what has moved, and what has not.

use crate::bench::{APART, Bench, LIE, Lie, caught};

const FILES: &[(&str, &str)] = &[
    ("pkg/__init__.py", ""),
    ("pkg/blank.txt", "\n"),
    ("pkg/none.json", "{}\n"),
    ("LICENSE", "mine\n"),
    ("pkg/LICENSE", "mine\n"),
];

/// What is gone, and which new file is named in its place.
fn gone(deed: &'static str, evidence: &'static [&'static str]) {
    for lie in [LIE, APART] {
        caught(&Lie { script: deed, evidence, files: FILES, ..lie });
    }
}

#[test]
fn a_file_that_holds_nothing_is_deleted_behind_another() {
    gone("rm -f pkg/__init__.py; : > one.txt; ok '[\"one.txt\"]'", &["no result names: D pkg/__init__.py"]);
    gone("rm -f pkg/blank.txt; echo > one.txt; ok '[\"one.txt\"]'", &["no result names: D pkg/blank.txt"]);
    gone("rm -f pkg/none.json; echo '{}' > one.txt; ok '[\"one.txt\"]'", &["no result names: D pkg/none.json"]);
}

#[test]
fn two_files_are_deleted_behind_one() {
    let deed = "echo mine > one.txt; rm -f LICENSE pkg/LICENSE; ok '[\"one.txt\"]'";
    gone(deed, &["no result names: D pkg/LICENSE"]);
    let deed = "echo mine > one.txt; rm -f LICENSE pkg/LICENSE; ok '[\"LICENSE\",\"one.txt\"]'";
    gone(deed, &["no result names: D pkg/LICENSE"]);
}

/// What a check takes away is nobody's work either.
#[test]
fn a_check_deletes_a_file_that_holds_nothing_behind_one_that_a_repair_names() {
    let lie = Lie {
        who: "follow-up",
        script: ": > fixed; repaired",
        check: "rm -f pkg/__init__.py; test -e fixed",
        files: FILES,
        ..LIE
    };
    let bench = Bench::new(&lie);
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_ne!(outcome.milestone(), Some("done"), "{}", outcome.said);
    assert!(outcome.markdown.contains("unnamed-change"), "{}", outcome.markdown);
}

#[test]
fn files_that_move_are_named_by_their_new_names() {
    for deed in [
        "git mv LICENSE one.txt; ok '[\"one.txt\"]'",
        "git mv LICENSE one.txt; git mv pkg/LICENSE two.txt; ok '[\"one.txt\",\"two.txt\"]'",
        "git mv LICENSE one.txt; git mv pkg/LICENSE two.txt; ok '[\"one.txt\",\"LICENSE -> two.txt\"]'",
        "mkdir in; git mv LICENSE pkg in; mv in/LICENSE one.txt; ok '[\"one.txt\",\"in\",\"pkg\"]'",
        "git mv pkg/__init__.py one.txt; ok '[\"pkg/__init__.py -> one.txt\"]'",
        "git mv pkg/__init__.py one.txt; ok '[\"pkg/__init__.py\",\"one.txt\"]'",
    ] {
        for lie in [LIE, APART] {
            let lie = Lie { script: deed, files: FILES, ..lie };
            let bench = Bench::new(&lie);
            let outcome = bench.outcome(&mut bench.start(&lie, &[]));
            assert_eq!((outcome.code, outcome.kinds()), (Some(0), vec![]), "{deed}: {}", outcome.said);
        }
    }
}
