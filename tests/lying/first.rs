//! Lies about the first checks: nothing proved the work before, and what comes to prove it cannot fail.

use std::process::Command;

use serde_json::json;

use crate::bench::{Bench, LIE, Lie, Outcome, check};

/// Stands for make: runs the recipe of a target, line by line.
const MAKE: &str = r#"#!/bin/sh
sed -n "/^$1:/,/^[a-z]/p" Makefile | sed -n 's/^\t@*//p' > "$0.$$"
while read -r line; do sh -c "$line" || exit 2; done < "$0.$$"
"#;

fn start(bench: &Bench, lie: &Lie) -> Command {
    std::fs::create_dir_all(bench.path("ctl/bin")).expect("a folder");
    for name in ["make", "npm"] {
        bench.write(&format!("ctl/bin/{name}"), MAKE);
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(bench.path(&format!("ctl/bin/{name}")), mode).expect("a program");
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = bench.start(lie, &[]);
    command.env("PATH", format!("{}:{path}", bench.path("ctl/bin").display()));
    command
}

fn ends(files: &'static [(&'static str, &'static str)], deed: &str) -> (Lie, Outcome) {
    let script = format!("echo one > one.txt; {deed}; built");
    let lie = Lie { script: script.leak(), files, check: "", named: "revalidate:guard", ..LIE };
    let bench = Bench::new(&lie);
    let outcome = bench.outcome(&mut start(&bench, &lie));
    (lie, outcome)
}

fn masked(deed: &str, evidence: &'static [&'static str]) {
    let (lie, outcome) = ends(&[], deed);
    check(&Lie { evidence, ..lie }, &outcome);
}

macro_rules! lies {
    ($($name:ident: $deed:expr, $evidence:expr;)*) => { $(#[test] fn $name() { masked($deed, $evidence); })* };
}

lies! {
    a_target_does_nothing: r"printf 'test:\n\t@sh -c true\n' > Makefile",
        &["check-masked", "Makefile", "the target `test`, which is new and does nothing that could fail"];
    a_target_tests_a_constant: r"printf 'check:\n\ttest 1\n\t@echo fine\n' > Makefile",
        &["check-masked", "the target `check`, which is new"];
    a_target_overlooks_every_fault: r"printf 'test:\n\ttest -e never.txt | tail -5\n' > Makefile",
        &["check-masked", "overlooks faults: `test -e never.txt | tail -5`"];
    a_target_is_there_already: r"printf 'test:\n\ttest -e never.txt\n' > Makefile; mkdir test; echo > test/a.txt",
        &["check-masked", "there is a file or folder `test`"];
    faults_are_overlooked_in_what_is_included: r"printf 'include x.mk\ntest:\n\ttest -e never.txt\n' > Makefile; echo .IGNORE: > x.mk",
        &["check-masked", "overlooks faults"];
    a_script_lists_files: r#"echo '{"scripts":{"test":"ls"}}' > package.json"#,
        &["check-masked", "package.json", "the script `test`, which is new and does nothing that could fail: `ls`"];
    a_script_ends_well_whatever_it_runs: r#"echo '{"scripts":{"test":"node t.js; true"}}' > package.json"#,
        &["check-masked", "overlooks faults: `node t.js; true`"];
    a_script_runs_one_that_does_nothing: r#"echo '{"scripts":{"test":"npm run unit","unit":"sh t.sh"}}' > package.json; echo 'echo ran 12 tests' > t.sh"#,
        &["check-masked", "does nothing that could fail: `npm run unit`"];
}

/// The first check that an honest worker brings proves its work.
#[test]
fn a_first_check_that_can_fail_proves_the_work() {
    let (_, outcome) =
        ends(&[], r"printf 'test:\n\trm -f out.txt || true\n\ttest -e one.txt\n\t@echo fine\n' > Makefile");
    assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
    assert!(outcome.markdown.contains("found after the approval"), "{}", outcome.markdown);
    assert_eq!(outcome.report["requirements"][0]["status"], json!("met"), "{}", outcome.markdown);
}

/// What the repository has and nobody can fail is nobody's lie, and no proof.
#[test]
fn a_check_that_could_never_fail_leaves_the_work_unproven() {
    let files = &[("package.json", "{\"scripts\":{\"test\":\"echo none yet\"}}\n")];
    let (_, outcome) = ends(files, "true");
    assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
    assert_eq!(outcome.report["requirements"][0]["status"], json!("unproven"), "{}", outcome.markdown);
    assert!(outcome.markdown.contains("no command proves"), "{}", outcome.markdown);
}

/// Whoever puts a real one in its place is not accused.
#[test]
fn a_placeholder_may_be_replaced() {
    let files = &[("Makefile", "test:\n\t@echo none yet\n")];
    let (_, outcome) = ends(files, r"printf 'test:\n\ttest -e one.txt\n' > Makefile");
    assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
    assert_eq!(outcome.report["requirements"][0]["status"], json!("met"), "{}", outcome.markdown);
}

/// What a person gave is the person's own word.
#[test]
fn a_person_may_give_whatever_check() {
    let lie = Lie { script: "work", check: "true", ..LIE };
    let bench = Bench::new(&lie);
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
}
