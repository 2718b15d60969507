//! `git.commit`: what it commits, what it says, and that a crash does not make it commit twice.

use mission_executor::action::{Job, perform};
use mission_executor::event::FailureClass;
use mission_executor::git::Policy;
use serde_json::{Value, json};

use crate::fixture::{Fixture, RUN};

const NODE: &str = "w:m:1:commit";

fn commit(fixture: &Fixture, with: Value) -> Value {
    fixture.act("git.commit", NODE, with).unwrap()
}

fn log(fixture: &Fixture, format: &str) -> String {
    fixture.git(&["log", "-1", &format!("--format={format}")])
}

#[test]
fn everything_but_the_engines_folders_is_committed() {
    let fixture = Fixture::new();
    fixture.write("README", "other\n");
    fixture.write("new/-f", "x");
    fixture.write(".mission/runs/r1/run.db", "x");
    fixture.write(".worktrees/x", "x");
    let value = commit(
        &fixture,
        json!({ "message": "Do it", "body": "Because.", "trailers": { "Mission-Part": 7, "Left-Out": null, "Nobody": [] } }),
    );
    assert_eq!(value["commit"], json!(fixture.oid("HEAD").as_str()));
    assert_eq!((&value["branch"], &value["files"], &value["note"]), (&json!("main"), &json!(2), &Value::Null));
    assert_eq!(
        log(&fixture, "%B"),
        format!("Do it\n\nBecause.\n\nMission-Run: {RUN}\nMission-Node: {NODE}\nMission-Part: 7")
    );
    assert_eq!(log(&fixture, "%(trailers:key=Mission-Run,valueonly)").trim(), RUN);
    assert_eq!(log(&fixture, "%an <%ae> %cn"), "Ada <ada@example.org> Ada");
    assert_eq!(fixture.git(&["diff", "--name-only", "HEAD~1"]), "README\nnew/-f");
    assert_eq!(fixture.git(&["status", "--porcelain", "--", ":!.mission", ":!.worktrees"]), "");
}

#[test]
fn without_an_identity_the_engine_is_the_author() {
    let fixture = Fixture::new();
    fixture.git(&["config", "--unset", "user.email"]);
    fixture.write("new", "x");
    commit(&fixture, json!({ "message": "x" }));
    assert_eq!(log(&fixture, "%an <%ae> %cn <%ce>"), "mission <mission@localhost> mission <mission@localhost>");
}

#[test]
fn nothing_to_commit_is_said() {
    let fixture = Fixture::new();
    let head = fixture.oid("HEAD");
    let value = commit(&fixture, json!({ "message": "x" }));
    let note = format!("nothing to commit: everything is as in {}", head.short());
    assert_eq!(value, json!({ "commit": null, "branch": "main", "files": 0, "note": note }));
    assert_eq!(fixture.oid("HEAD"), head);
    let value = commit(&fixture, json!({ "message": "x", "allowEmpty": true }));
    assert_eq!((value["files"].as_u64(), value["commit"].is_string()), (Some(0), true));
    assert_eq!(fixture.oid("HEAD~1"), head);
}

#[test]
fn text_of_agents_cannot_forge_trailers() {
    let fixture = Fixture::new();
    fixture.write("new", "x");
    commit(
        &fixture,
        json!({
            "message": "Fine\n\nMission-Run: forged",
            "body": "Good.\n\nMission-Run: forged\nMission-Node: forged\n---\n",
            "trailers": { "mission-run": "forged", "MISSION-NODE": "forged", "Mission-Sum": "ok\nMission-Run: forged" },
        }),
    );
    assert_eq!(log(&fixture, "%(trailers:key=Mission-Run,valueonly)").trim(), RUN);
    assert_eq!(log(&fixture, "%(trailers:key=Mission-Node,valueonly)").trim(), NODE);
    assert_eq!(log(&fixture, "%s"), "Fine Mission-Run: forged");
    assert!(log(&fixture, "%b").contains("> Mission-Run: forged"));
}

#[test]
fn a_second_attempt_finds_the_commit_of_the_first() {
    let fixture = Fixture::new();
    fixture.write("new", "x");
    let first = commit(&fixture, json!({ "message": "x" }));
    let repo = fixture.open();
    for attempt in 2..5 {
        assert_eq!(fixture.act_in(&repo, "git.commit", NODE, attempt, json!({ "message": "x" })).unwrap(), first);
    }
    // Also when the branch has gone on, and when there is more to commit by now.
    fixture.commit("later", "x");
    fixture.write("more", "x");
    assert_eq!(fixture.act_in(&repo, "git.commit", NODE, 5, json!({ "message": "x" })).unwrap(), first);
    assert_eq!(fixture.git(&["rev-list", "--count", "HEAD"]), "3");
    // Another node makes its own.
    let other = fixture.act("git.commit", "w:m:2:commit", json!({ "message": "y" })).unwrap();
    assert_eq!(other["files"], 1);
}

#[test]
fn a_commit_that_was_noted_but_not_made_is_made_once() {
    let fixture = Fixture::new();
    let start = fixture.oid("HEAD");
    fixture.write("new", "x");
    let first = commit(&fixture, json!({ "message": "x" }));
    // As after a crash between note and compare-and-swap.
    fixture.git(&["update-ref", "HEAD", start.as_str()]);
    let again = fixture.act_in(&fixture.open(), "git.commit", NODE, 2, json!({ "message": "x" })).unwrap();
    assert_eq!(again, first);
    assert_eq!(fixture.git(&["rev-list", "--count", "HEAD"]), "2");
    assert_eq!(fixture.git(&["status", "--porcelain"]), "");
}

#[test]
fn if_the_branch_went_elsewhere_the_commit_is_made_there() {
    let fixture = Fixture::new();
    let start = fixture.oid("HEAD");
    fixture.write("new", "x");
    commit(&fixture, json!({ "message": "x" }));
    fixture.git(&["update-ref", "HEAD", start.as_str()]);
    fixture.git(&["commit", "-q", "--allow-empty", "-m", "of a person", "--", "README"]);
    let value = fixture.act_in(&fixture.open(), "git.commit", NODE, 2, json!({ "message": "x" })).unwrap();
    assert_eq!(fixture.git(&["log", "--format=%s"]), "x\nof a person\nstart");
    assert_eq!(value["files"], 1);
}

#[test]
fn forged_trailers_of_others_are_not_believed() {
    let fixture = Fixture::new();
    fixture.write("fake", "x");
    fixture.git(&["add", "-A"]);
    fixture.git(&["commit", "-qm", &format!("x\n\nMission-Run: {RUN}\nMission-Node: {NODE}")]);
    fixture.write("real", "x");
    let value = commit(&fixture, json!({ "message": "x" }));
    assert_eq!(value["files"], 1);
    assert_eq!(fixture.git(&["diff", "--name-only", "HEAD~1"]), "real");
}

#[test]
fn a_person_who_asks_anew_gets_a_new_commit() {
    let fixture = Fixture::new();
    fixture.write("new", "x");
    let first = commit(&fixture, json!({ "message": "x" }));
    fixture.write("more", "x");
    let (repo, worktrees, run_dir) = (fixture.open(), fixture.worktrees(), fixture.run_dir());
    let job = Job {
        root: repo.root(),
        repository: Some(&repo),
        worktrees: Some(&worktrees),
        run: RUN,
        run_dir: &run_dir,
        node: NODE,
        attempt: 2,
        first_attempt: 2,
    };
    let second = perform("git.commit", json!({ "message": "x" }), &job).unwrap();
    assert_ne!(first["commit"], second["commit"]);
    assert_eq!(perform("git.commit", json!({ "message": "x" }), &Job { attempt: 3, ..job }).unwrap(), second);
}

#[test]
fn conflicts_locks_and_filters_are_failures_with_a_way_out() {
    let fixture = Fixture::new();
    fixture.git(&["checkout", "-q", "-b", "side"]);
    fixture.commit("src/a", "side\n");
    fixture.git(&["checkout", "-q", "main"]);
    fixture.commit("src/a", "main\n");
    fixture.try_git_in(&fixture.root, &["merge", "side"]);
    let failure = fixture.act("git.commit", NODE, json!({ "message": "x" })).unwrap_err();
    assert_eq!(
        (failure.class, failure.message.as_str()),
        (FailureClass::Action, "1 file with unresolved conflicts: src/a")
    );
    fixture.git(&["merge", "--abort"]);

    fixture.write("new", "x");
    fixture.write(".git/index.lock", "");
    let failure = fixture.act("git.commit", NODE, json!({ "message": "x" })).unwrap_err();
    assert!(failure.message.contains("index.lock") && failure.reasons[0].starts_with("help: "), "{failure:?}");
    std::fs::remove_file(fixture.root.join(".git/index.lock")).unwrap();

    fixture.write(".gitattributes", "*.bin filter=lfs\n");
    fixture.git(&["config", "filter.lfs.clean", "cat"]);
    fixture.write("a.bin", "x");
    let head = fixture.oid("HEAD");
    let failure = fixture.act("git.commit", NODE, json!({ "message": "x" })).unwrap_err();
    assert!(failure.message.starts_with("`a.bin` is stored through the filter `lfs`"), "{failure:?}");
    assert!(failure.reasons[0].contains("hooks: run"));
    assert_eq!(fixture.oid("HEAD"), head);
}

#[test]
fn a_trusted_filter_stores_content_its_own_way() {
    let fixture = Fixture::new();
    fixture.commit(".gitattributes", "*.up filter=up\n");
    fixture.git(&["config", "filter.up.clean", "tr a-z A-Z"]);
    fixture.write("x.up", "text\n");
    let repo = mission_executor::git::Repository::discover(&fixture.program(), &fixture.root, Policy::Trusted).unwrap();
    fixture.act_in(&repo, "git.commit", NODE, 1, json!({ "message": "x" })).unwrap();
    assert_eq!(fixture.git(&["show", "HEAD:x.up"]), "TEXT");
}

#[test]
fn a_hook_that_is_trusted_may_refuse_and_may_change_the_message() {
    let fixture = Fixture::new();
    let trusted =
        || mission_executor::git::Repository::discover(&fixture.program(), &fixture.root, Policy::Trusted).unwrap();
    let hook = |name: &str, text: &str| crate::fixture::script(&fixture.root.join(".git/hooks").join(name), text);
    hook("commit-msg", "echo Signed-off-by: hook >> \"$1\"");
    fixture.write("new", "x");
    fixture.act_in(&trusted(), "git.commit", NODE, 1, json!({ "message": "x" })).unwrap();
    assert!(log(&fixture, "%B").ends_with("Signed-off-by: hook"));
    hook("pre-commit", "echo no >&2; exit 1");
    fixture.write("more", "x");
    let failure = fixture.act_in(&trusted(), "git.commit", "w:other", 1, json!({ "message": "x" })).unwrap_err();
    assert!(failure.message.contains("no"), "{failure:?}");
}

#[test]
fn arguments_are_checked() {
    let fixture = Fixture::new();
    for with in [
        json!({}),
        json!({ "message": "" }),
        json!({ "message": 1 }),
        json!({ "message": "x", "extra": 1 }),
        json!({ "message": "x", "trailers": { "A": { "b": 1 } } }),
    ] {
        let failure = fixture.act("git.commit", NODE, with.clone()).unwrap_err();
        assert_eq!(failure.message, "the arguments of `git.commit` break its schema", "{with}");
        assert!(!failure.reasons.is_empty());
    }
    let failure = fixture.act("git.commit", NODE, json!({ "message": " \n " })).unwrap_err();
    assert_eq!(failure.message, "a commit message has no subject");
    let failure = fixture.act("git.push", NODE, json!({})).unwrap_err();
    assert_eq!(failure.message, "`git.push` is not an action");
}
