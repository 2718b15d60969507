//! Commands of the project that prepare worktrees.

use std::collections::BTreeSet;

use crate::place::{Place, TWO};

/// `TWO` with a configuration, `.env` ignored, and an `.env` that only the user has.
fn with_setup(setup: &str) -> Place {
    let place =
        Place::plain(&TWO.replace("echo \"$F $TEXT\"", "echo \"$(cat .env) $F\"").replace("same; fi", "file-$F; fi"));
    std::fs::write(place.root().join(".mission/config.yaml"), format!("worktree: {{ setup: {setup} }}\n")).unwrap();
    std::fs::write(place.root().join(".gitignore"), ".env\n").unwrap();
    place.here(&["add", "-A"]);
    place.here(&["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "ignore"]);
    std::fs::write(place.root().join(".env"), "secret\n").unwrap();
    place
}

#[test]
fn every_new_worktree_is_set_up_before_anything_works_in_it() {
    let place =
        with_setup(r#"['cp "$MISSION_REPOSITORY/.env" .', 'echo "$PWD" >> "$MISSION_REPOSITORY/.git/set-up"']"#);
    place.run(&mut place.mission(&["run", "two"]));
    let branch = place.integrated();
    assert_eq!(place.here(&["show", &format!("{branch}:file-one")]), "secret one");
    assert_eq!(place.here(&["ls-tree", "--name-only", &branch]), ".gitignore\nfile-one\nfile-two\nother\nsame");
    let paths = std::fs::read_to_string(place.root().join(".git/set-up")).unwrap();
    let all: BTreeSet<&str> = paths.lines().collect();
    assert_eq!((all.len(), paths.lines().count()), (3, 3), "once each: {paths}");
    assert!(place.run(&mut place.mission(&["report"])).contains("worktree-setup: cp "), "the run pins it");
    place.nothing_is_left();
}

#[test]
fn a_set_up_that_fails_fails_the_attempt_with_its_output() {
    let place = with_setup("[true, 'echo no network today; exit 7', touch after]");
    let output = place.mission(&["run", "two", "--json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout);
    let failure = said.lines().find(|line| line.contains("two:feature:one") && line.contains("start-failed")).unwrap();
    assert!(failure.contains("`echo no network today; exit 7` ended with code 7"), "{failure}");
    assert!(failure.contains("no network today\\n") && failure.contains(r#""exitCode":7"#), "{failure}");
    assert_eq!(place.items(&place.integrated()), "", "nothing was integrated");
}

#[test]
fn a_set_up_must_leave_nothing_that_a_commit_would_take_along() {
    let place = with_setup("['cp \"$MISSION_REPOSITORY/.env\" env']");
    let output = place.mission(&["run", "two", "--json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout);
    let failure = said.lines().find(|line| line.contains("start-failed")).unwrap();
    assert!(failure.contains("git does not ignore") && failure.contains(r#""env","help: name them in"#), "{failure}");
}

/// What a run does is settled when it begins: an agent that rewrites the configuration changes nothing.
#[test]
fn a_set_up_is_that_of_the_beginning_of_the_run() {
    let place = with_setup("['cp \"$MISSION_REPOSITORY/.env\" .']");
    let text = std::fs::read_to_string(place.root().join(".mission/workflows/two.yaml")).unwrap();
    let text = text.replace("mode: parallel", "mode: serial");
    let text = text.replace(
        "run: 'echo",
        "run: 'echo \"worktree: { setup: [false] }\" > \"$MISSION_RUN_DIR/../../config.yaml\"; echo",
    );
    std::fs::write(place.root().join(".mission/workflows/two.yaml"), text).unwrap();
    place.run(&mut place.mission(&["run", "two"]));
    assert_eq!(place.items(&place.integrated()), "one two three");
}
