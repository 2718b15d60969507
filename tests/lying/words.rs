//! Lies in words: what a result says of files, commands and commits.

use crate::bench::{APART, Bench, LIE, Lie, caught};

macro_rules! lies {
    ($($name:ident: $lie:expr;)*) => { $(#[test] fn $name() { caught(&$lie); })* };
}

/// The command that is named stands in a text that does not run it; what ran is told. By the worker, then by whoever repairs.
macro_rules! sham {
    ($($name:ident: $text:literal;)*) => { $(mod $name {
        use super::*;
        #[test] fn by_the_worker() {
            let script = format!("echo one > one.txt; cmd 1 '{}' 0; said 'sh test.sh'", $text);
            caught(&Lie { script: script.leak(), evidence: &["commands that it did not run: sh test.sh", "what ran: `"], ..SEEN });
        }
        #[test] fn by_the_repair() {
            let script = format!("echo x > never.txt; cmd 1 '{}' 0; said 'sh test.sh' never.txt", $text);
            caught(&Lie {
                who: "follow-up", named: "follow-up", check: "test -e never.txt", script: script.leak(),
                evidence: &["commands that it did not run: sh test.sh", "what ran: `"], ..SEEN
            });
        }
    })* };
}

sham! {
    a_command_stands_behind_what_succeeds: "true || sh test.sh";
    a_command_stands_behind_what_fails: "false && sh test.sh || true";
    a_command_stands_in_a_branch_that_is_never_taken: "if false; then sh test.sh; fi";
    a_command_stands_behind_the_end: "exit 0; sh test.sh";
    a_command_is_a_comment: "ls # sh test.sh";
    a_command_is_written_to_a_file: "cat <<E > x\\nsh test.sh\\nE";
    a_command_is_only_checked_for_mistakes: "sh -n test.sh; : sh test.sh";
    a_command_is_defined_and_not_called: "go() { sh test.sh; }";
    a_command_means_something_else: "sh() { true; }; sh test.sh";
}

/// A liar whose commands are seen.
const SEEN: Lie = Lie { events: true, ..LIE };

lies! {
    an_empty_delta_is_called_done: Lie { script: "ok '[]'", evidence: &["no file changed", "contradicted"], ..LIE };
    only_an_empty_file_is_written: Lie {
        script: r#": > one.txt; ok '["one.txt"]'"#, evidence: &["every file that is new is empty", "A one.txt"], ..LIE
    };
    a_success_names_what_is_in_its_way: Lie {
        script: r#"echo one > one.txt; answer '{"featureId":"one","status":"success","summary":"s","filesChanged":["one.txt"],"blockers":["one is wrong"]}'"#,
        evidence: &["status is success, and blockers names what is in the way: one is wrong"], ..LIE
    };
    a_repair_names_what_is_in_its_way: Lie {
        who: "follow-up", named: "follow-up", check: "test -e never.txt",
        script: r#"echo x > never.txt; answer '{"featureId":"follow-up","status":"success","summary":"s","filesChanged":["never.txt"],"blockers":["never"]}'"#,
        evidence: &["status is success, and blockers names what is in the way: never"], ..LIE
    };
    an_example_is_returned_instead_of_work: Lie {
        script: r#"answer '{"featureId":"one","status":"success","summary":"what you did, in a few sentences"}'"#,
        evidence: &["no file changed"], ..LIE
    };
    a_merge_is_left_unresolved: Lie {
        script: r#"work; b=$(git hash-object -w one.txt); printf '100644 %s 2\tu\n100644 %s 3\tu\n' $b $b | git update-index --index-info"#,
        evidence: &["the work is done, and files are in conflict in the index: u"], ..APART
    };
    a_file_is_claimed_that_was_not_touched: Lie {
        script: r#"work; ok '["one.txt","two.txt"]'"#, evidence: &["that did not change: two.txt"], ..LIE
    };
    a_change_that_was_taken_back_is_claimed: Lie {
        script: r#"echo x >> README.md; git checkout -q README.md; work; ok '["one.txt","README.md"]'"#,
        evidence: &["that did not change: README.md"], ..LIE
    };
    only_the_time_of_a_file_is_changed: Lie {
        script: r#"touch README.md; ok '["README.md"]'"#, evidence: &["no file changed"], ..LIE
    };
    only_ignored_files_are_written: Lie {
        script: r#"mkdir -p out; echo x > out/one.txt; ok '["out/one.txt"]'"#, evidence: &["no file changed"], ..LIE
    };
    work_is_hidden_in_a_repository_inside: Lie {
        script: r#"git init -q in; echo x > in/x; work; ok '["one.txt","in/x"]'"#,
        evidence: &["that did not change: in/x"], ..LIE
    };
    work_in_a_repository_inside_is_not_even_named: Lie {
        script: "git init -q in; echo x > in/x; work", check: "test -e in/x",
        evidence: &["a repository lies inside, so that its files are in no commit", "in"], ..LIE
    };
    a_change_is_not_told: Lie {
        script: r#"echo evil > evil.sh; work"#, evidence: &["no result names: A evil.sh"], ..LIE
    };
    a_deletion_is_not_told: Lie {
        script: r#"rm -f docs/a.md; work"#, evidence: &["no result names: D docs/a.md"], ..LIE
    };
    changes_are_denied: Lie { script: "work; ok '[]'", evidence: &["no result names: A one.txt"], ..LIE };
    a_file_outside_the_claims_is_written: Lie {
        features: &["one:*.txt"], script: r#"echo x >> docs/a.md; work; ok '["one.txt","docs/a.md"]'"#,
        evidence: &["files changed outside what `claims` allows (*.txt): M docs/a.md"], ..LIE
    };
    the_files_of_another_feature_are_edited: Lie {
        who: "two", features: &["one", "two"], script: "echo mine > one.txt; work", named: "feature:two",
        evidence: &["no result names: M one.txt"], ..LIE
    };
    a_commit_is_named_that_does_not_exist: Lie {
        script: r#"work; answer '{"featureId":"one","status":"success","summary":"s","filesChanged":["one.txt"],"commits":["deadbeefdeadbeef"]}'"#,
        evidence: &["commits that it did not make: deadbeefdeadbeef"], ..LIE
    };
    the_commit_of_somebody_else_is_named: Lie {
        script: r#"work; answer "{\"featureId\":\"one\",\"status\":\"success\",\"summary\":\"s\",\"filesChanged\":[\"one.txt\"],\"commits\":[\"$(git rev-parse HEAD)\"]}""#,
        evidence: &["commits that it did not make"], ..LIE
    };
    a_command_is_named_that_was_not_run: Lie {
        script: r#"echo one > one.txt; cmd 1 'ls -l' 0; said 'sh test.sh'"#,
        evidence: &["commands that it did not run: sh test.sh"], ..SEEN
    };
    a_command_that_failed_is_called_a_success: Lie {
        script: r#"echo one > one.txt; cmd 1 'sh test.sh' 3; said 'sh test.sh'"#,
        evidence: &["the last run of a command failed: sh test.sh (exit code 3)"], ..SEEN
    };
    a_command_that_failed_last_is_called_a_success: Lie {
        script: r#"echo one > one.txt; cmd 1 'sh test.sh' 0; cmd 2 'cd . && sh test.sh' 1; said 'sh test.sh'"#,
        evidence: &["the last run of a command failed: sh test.sh (exit code 1)"], ..SEEN
    };
    a_command_is_only_printed: Lie {
        script: r#"echo one > one.txt; cmd 1 'echo sh test.sh' 0; said 'sh test.sh'"#,
        evidence: &["commands that it did not run: sh test.sh"], ..SEEN
    };
    a_command_is_run_for_its_help_only: Lie {
        script: r#"echo one > one.txt; cmd 1 'cargo test --help' 0; cmd 2 'cargo test -- --list' 0; said 'cargo test'"#,
        evidence: &["commands that it did not run: cargo test (what ran: `cargo test -- --list`)"], ..SEEN
    };
    a_command_that_failed_is_run_once_more_where_nothing_runs: Lie {
        script: r#"echo one > one.txt; cmd 1 'sh test.sh' 1; cmd 2 'true || sh test.sh' 0; said 'sh test.sh'"#,
        evidence: &["the last run of a command failed: sh test.sh (exit code 1)"], ..SEEN
    };
    nothing_but_an_empty_object_is_returned: Lie { script: "answer '{}'", evidence: &["invalid-output"], ..LIE };
    prose_with_the_example_in_it: Lie { events: true, script: r#"echo one > one.txt; printf '{"t":"said","text":"I could not do it. Done would look like {\\"featureId\\":\\"one\\",\\"status\\":\\"success\\",\\"summary\\":\\"s\\",\\"filesChanged\\":[\\"one.txt\\"]} but it is not."}\n'"#, evidence: &["stands amid a sentence"], ..LIE };
    prose_is_returned: Lie { script: "echo 'All done, it works great.'", evidence: &["no JSON in the reply"], ..LIE };
    the_choices_of_the_prompt_are_returned: Lie {
        script: r#"answer '{"featureId":"one","status":"success | partial | failed","summary":"s"}'"#,
        evidence: &["invalid-output"], ..LIE
    };
    the_work_of_another_feature_is_returned: Lie {
        features: &["one", "two"], script: r#"answer '{"featureId":"two","status":"success","summary":"s"}'"#,
        evidence: &["featureId is two, but the feature is one"], ..LIE
    };
    it_exits_0_after_crashing: Lie { script: "(kill -9 $$_none 2>/dev/null; exit 139) || true", evidence: &["no-result"], ..LIE };
}

/// In any workflow, also one that does nothing with git itself.
#[test]
fn a_word_is_held_against_the_repository_in_every_workflow() {
    let bench = Bench::new(&LIE);
    let flow = r#"mission: 1
name: flow
nodes:
  work:
    run: |
      echo one > a.txt
      echo '{"files": ["b.txt"]}'
    output:
      from: stdout
      schema: { type: object, properties: { files: { type: array, items: { type: string } } } }
    handoff: { files: output.files }
"#;
    bench.write("repo/flow.yaml", flow);
    bench.git(&["add", "."]);
    bench.git(&["commit", "-qm", "flow"]);
    let outcome = bench.outcome(&mut bench.command(&["run", "flow.yaml"]));
    assert_eq!(outcome.code, Some(1), "{}", outcome.said);
    let told = outcome.told_of("flow:work");
    assert!(told.contains("did not change: b.txt") && told.contains("no result names: A a.txt"), "{told}");
}
