//! One after the other in the same tree: who is tried again answers for what its attempts before did, also where another came in between.

use crate::bench::{Bench, LIE, Lie, Outcome, check};

/// `one` fails first; `two` works before it is tried again.
const AGAIN: Lie = Lie {
    features: &["one", "two"],
    check: "test -e README.md",
    evidence: &["files changed that no result names: M README.md"],
    ..LIE
};

fn ran(first: &str, again: &str, two: &str) -> Outcome {
    let bench = Bench::new(&AGAIN);
    bench.hurry();
    let tried = r#""$REPO/../tried""#;
    bench.write("ctl/lie/one", &format!("if [ -e {tried} ]; then {again}; else : > {tried}; {first}; exit 7; fi"));
    bench.write("ctl/lie/two", &format!("[ -e {tried} ]; [ ! -e one.txt ] || exit 9; {two}"));
    bench.outcome(&mut bench.start(&AGAIN, &[]))
}

fn passes(first: &str, again: &str, two: &str) {
    let outcome = ran(first, again, two);
    let all = format!("{first}; {again}; {two}: {}\n{}", outcome.said, outcome.markdown);
    assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{all}");
    assert_eq!(outcome.kinds(), [""; 0], "{all}");
}

/// What another does to a file that it names.
const TWO: &str = r#"echo two >> README.md; ok '["README.md"]'"#;

#[test]
fn an_attempt_writes_into_a_file_that_another_names_and_fails() {
    for again in ["work", "echo one >> README.md; work", "sed -i 's/evil/more evil/' README.md; work"] {
        check(&AGAIN, &ran("echo evil >> README.md", again, TWO));
    }
    let gone = Lie { evidence: &["files changed that no result names: M docs/a.md"], ..AGAIN };
    check(&gone, &ran("rm docs/a.md", "work", r#"echo 2 > docs/a.md; ok '["docs/a.md"]'"#));
}

/// Twice, also behind an answer that is none.
#[test]
fn two_attempts_write_into_files_that_others_name() {
    let again = r#"if [ "$MISSION_ATTEMPT" = 2 ]; then echo evil >> docs/a.md; answer none; else work; fi"#;
    check(&AGAIN, &ran("echo evil >> README.md", again, TWO));
}

/// What was made meanwhile is taken away.
#[test]
fn who_is_tried_again_deletes_what_another_made_meanwhile() {
    let gone = Lie { evidence: &["two.txt"], ..AGAIN };
    let deed = r#"rm -f two.txt; echo one > one.txt; ok '["one.txt"]'"#;
    check(&gone, &ran(":", deed, "work"));
    check(&gone, &ran(":", r#"rm -f two.txt; echo one > one.txt; ok '["one.txt","two.txt"]'"#, "work"));
    let back = r#"echo start > README.md; echo one > one.txt; ok '["one.txt","README.md"]'"#;
    check(&Lie { evidence: &["README.md"], ..AGAIN }, &ran(":", back, TWO));
}

#[test]
fn who_names_it_or_takes_it_back_passes() {
    let both = r#"echo one > one.txt; ok '["one.txt","README.md"]'"#;
    passes("echo more >> README.md", both, TWO);
    passes("echo more >> README.md", "git checkout -q README.md; work", "work");
    // It never was anything but what is there now.
    passes("echo half > one.tmp", "rm one.tmp; work", TWO);
    passes(
        "echo more >> README.md",
        "work",
        r#"echo start > README.md; echo 2 > two.txt; ok '["README.md","two.txt"]'"#,
    );
    passes(":", "echo one >> README.md; ok '[\"README.md\"]'", TWO);
}

/// It took its line out of what another has written since: whoever is asked may say so.
#[test]
fn who_takes_it_back_from_among_the_work_of_another_is_asked() {
    let again = r#"sed -i /half/d README.md; echo one > one.txt; if [ "$MISSION_ATTEMPT" = 2 ]; then ok '["one.txt"]'; else ok '["one.txt","README.md"]'; fi"#;
    passes("echo half >> README.md", again, TWO);
}
