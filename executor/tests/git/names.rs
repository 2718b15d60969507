//! Hostile names: refused, and where git itself would take them, still refused.

use std::collections::BTreeSet;

use mission_executor::action::{Job, Shell, perform, perform_with};
use mission_executor::decide::port::Exit;
use mission_executor::event::FailureClass;
use mission_executor::git::{BranchName, Error, Journal, Oid, Place, Probe, RepoPath, Wanted, WorktreePath};
use serde_json::{Value, json};

use crate::corpus::hostile;
use crate::culprit::ended;
use crate::fixture::{Fixture, script, snapshot, write_in};

#[test]
fn the_corpus_is_long() {
    assert!(hostile().len() >= 500, "{}", hostile().len());
}

#[test]
fn hostile_branches_and_paths_and_ids_are_refused_with_a_reason() {
    for text in hostile() {
        let error = BranchName::parse(&text).expect_err(&text);
        let Error::BadName { what, text: shown, why } = &error else { panic!("{error}") };
        assert_eq!(*what, "a branch name");
        assert!(!why.is_empty());
        assert!(shown.chars().count() <= 120 && !shown.chars().any(char::is_control), "{shown:?}");
        assert!(BranchName::parse(&format!("mission/r/{text}")).is_err() || is_fine_below(&text), "mission/r/{text:?}");
        assert!(WorktreePath::parse(&text).is_err(), "{text:?}");
        assert!(WorktreePath::parse(&format!(".worktrees/{text}")).is_err(), ".worktrees/{text:?}");
        if text.len() != 40 {
            assert!(Oid::parse(&text).is_err(), "{text:?}");
        }
    }
}

/// Refused by themselves, harmless behind a prefix.
fn is_fine_below(text: &str) -> bool {
    text == "HEAD" || text.starts_with("refs/") || text.len() == 40
}

#[test]
fn what_could_be_an_id_must_be_lower_case_hex_of_the_right_length() {
    for good in ["0".repeat(40), "a1".repeat(20), "f".repeat(64)] {
        assert_eq!(Oid::parse(&good).unwrap().as_str(), good);
    }
    for bad in [
        "0".repeat(39),
        "0".repeat(41),
        "0".repeat(63),
        "A".repeat(40),
        "g".repeat(40),
        format!("{}\n", "0".repeat(40)),
    ] {
        assert!(Oid::parse(&bad).is_err(), "{bad:?}");
    }
}

#[test]
fn ordinary_names_are_taken_as_they_are() {
    for good in [
        "main",
        "master",
        "release/1.2",
        "feature/a_b-c+d",
        "_x",
        "1",
        "a.b",
        "mission/2026-01-02-abc/1/auth-api",
        "v1.0",
    ] {
        assert_eq!(BranchName::parse(good).unwrap().full(), format!("refs/heads/{good}"));
        let path = format!(".worktrees/{good}");
        assert_eq!(WorktreePath::parse(&path).unwrap().as_str(), path);
    }
    assert!(WorktreePath::parse(".worktrees/").is_err());
    assert!(WorktreePath::parse(".worktrees").is_err());
    assert!(WorktreePath::parse("elsewhere/x").is_err());
    assert!(WorktreePath::parse("/.worktrees/x").is_err());
}

#[test]
fn paths_of_files_may_be_odd_but_stay_below_the_top() {
    for bad in [
        "", "/", "/a", "a/", "a//b", ".", "..", "./a", "a/..", "../a", "a/../b", ".git", ".git/x", "a/.GIT/x",
        ".git./x", ".git /x", "GIT~1", ".git:x/y", "a\0b",
    ] {
        assert!(RepoPath::parse(bad.as_bytes()).is_err(), "{bad:?}");
    }
    for good in ["a", "-rf", "a b", "a\nb", ".gitignore", ".github/x", "git", "...", "é", ".mission/x"] {
        assert_eq!(RepoPath::parse(good.as_bytes()).unwrap().as_bytes(), good.as_bytes());
    }
    assert!(RepoPath::parse(&vec![b'a'; 5000]).is_err());
    assert!(RepoPath::parse(b".mission/x").unwrap().is_below(".mission"));
    assert!(!RepoPath::parse(b".missionary").unwrap().is_below(".mission"));
    assert_eq!(RepoPath::parse("a\nb\u{202e}".as_bytes()).unwrap().to_string(), "a\\u{a}b\\u{202e}");
}

/// Every hostile string as path, branch, base and run of a worktree: refused before anything is touched.
#[test]
fn no_hostile_string_reaches_git_through_a_worktree() {
    let fixture = Fixture::new();
    let worktrees = fixture.worktrees();
    let before = snapshot(&fixture.outside(), &["repo/.worktrees"]);
    let spec = |base: &str, path: &str, branch: &str| mission_executor::decide::port::WorktreeSpec {
        base: base.to_owned(),
        path: path.to_owned(),
        branch: branch.to_owned(),
    };
    let refused = |result: Result<Place, Error>, text: &str| {
        let error = result.map(|p| p.path).expect_err(text);
        assert!(matches!(error, Error::BadName { .. } | Error::BranchMissing { .. }), "{text:?}: {error}");
    };
    for text in hostile() {
        refused(worktrees.enter(&spec("main", &text, "b"), "w:n", 1, false), &text);
        refused(worktrees.enter(&spec("main", ".worktrees/x", &text), "w:n", 1, false), &text);
        refused(worktrees.enter(&spec(&text, ".worktrees/x", "b"), "w:n", 1, false), &text);
        if !is_fine_below(&text) && !text.contains('/') {
            let run = mission_executor::git::Worktrees::new(&fixture.open(), &fixture.run_dir(), &text);
            assert!(run.is_err(), "{text:?}");
        }
    }
    drop(Journal::new(&fixture.run_dir()));
    assert_eq!(snapshot(&fixture.outside(), &["repo/.worktrees"]), before);
    let made: Vec<_> =
        std::fs::read_dir(fixture.root.join(".worktrees")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(made.iter().all(|name| name == ".gitignore" || name == ".lock"), "{made:?}");
}

/// Every argument that git was called with, but for ids of objects and names of temporary files.
fn arguments(fixture: &Fixture) -> BTreeSet<String> {
    let log = std::fs::read_to_string(fixture.outside().join("arguments")).unwrap_or_default();
    let own = |arg: &&str| arg.len() < 40 || !arg.bytes().all(|b| b.is_ascii_hexdigit() || b"^{}commitre".contains(&b));
    let place = fixture.outside().display().to_string();
    log.split('\u{1f}').filter(own).map(|arg| arg.replace(&place, "PLACE")).collect()
}

/// The texts in the place of everything that an action takes for a name.
fn act_on(texts: &[String]) -> BTreeSet<String> {
    let fixture = Fixture::new();
    let real = fixture.program().path().display().to_string();
    let log = fixture.outside().join("arguments").display().to_string();
    script(&fixture.outside().join("bin/git"), &format!("printf '%s\\037' \"$@\" >> '{log}'\nexec '{real}' \"$@\""));
    fixture.act("git.commit", "w:c", json!({ "message": "x", "allowEmpty": true })).unwrap();
    let shared = mission_executor::decide::port::WorktreeSpec {
        base: "main".to_owned(),
        path: ".worktrees/r1-main".to_owned(),
        branch: "mission/r1/main".to_owned(),
    };
    let (repo, worktrees, run_dir) = (fixture.open(), fixture.worktrees(), fixture.run_dir());
    let place = worktrees.enter(&shared, "w:main", 1, false).unwrap();
    let (start, merge) = (fixture.oid("main").to_string(), merged(&fixture));
    let job = Job {
        root: &place.path,
        repository: Some(&place.repository),
        worktrees: Some(&worktrees),
        run: "r1",
        run_dir: &run_dir,
        node: "w:n",
        attempt: 1,
        first_attempt: 1,
    };
    for (at, text) in texts.iter().enumerate() {
        let refused = |action: &str, with: Value| {
            let failure = perform(action, with, &job).expect_err(text);
            assert_eq!(failure.class, FailureClass::Action, "{text:?}: {failure:?}");
        };
        let items = |key: &str| json!([{ "key": key, "status": "done" }]);
        refused("git.integrate", json!({ "items": items("a"), "branches": "mission/r1/1", "base": text }));
        refused("git.merge", json!({ "branch": text, "key": "a" }));
        refused("git.merge", json!({ "branch": "mission/r1/1/a", "key": text }));
        refused("git.conclude", json!({ "branch": text, "also": [text], "body": text }));
        if !is_fine_below(text) {
            refused("git.integrate", json!({ "items": items(text), "branches": "mission/r1/1" }));
            refused("git.integrate", json!({ "items": items("a"), "branches": text }));
        }
        refused("git.head", json!({ text.clone(): text }));
        refused("git.backout", json!({ "commit": text }));
        refused("checks.guard", json!({ "base": text }));
        refused("checks.guard", json!({ "base": merge, "against": text }));
        let tried = |with: Value, job: &Job<'_>| perform_with("checks.bisect", with, job, &shell());
        let run = json!([{ "name": text, "run": text }]);
        for (good, commit) in [(text, &merge), (&merge, text)] {
            let commits = json!([{ "commit": commit, "key": text, "branch": text }]);
            let failure = tried(json!({ "good": good, "commits": commits, "run": run }), &job).expect_err(text);
            assert_eq!(failure.class, FailureClass::Action, "{text:?}: {failure:?}");
        }
        let with = json!({ "base": text, "run": run, "allow": [text] });
        assert!(perform_with("checks.original", with, &job, &shell()).is_err(), "{text:?}");
        refused("git.backout", json!({ "commit": merge, "key": "a", "branch": text }));
        if at % 20 == 0 {
            refused("checks.guard", json!({ "base": merge, "since": text }));
            // A key is a text that people read, and a file that was named may be called anything.
            let anew = u32::try_from(at).unwrap() + 2;
            let job = Job { node: "w:m", attempt: anew, first_attempt: anew, ..job };
            let backed_out = perform("git.backout", json!({ "commit": merge, "key": text }), &job).unwrap();
            assert_eq!((&backed_out["backedOut"], &backed_out["key"]), (&json!(true), &json!(text)));
            let with = json!({
                "base": merge, "since": merge, "named": [text], "allow": [text], "settings": text,
                "checks": [{ "name": text, "run": text }],
            });
            assert!(perform("checks.guard", with, &job).unwrap()["findings"].is_array(), "{text:?}");
            let commits = json!([{ "commit": merge, "key": text, "branch": text }]);
            let found = tried(json!({ "good": start, "commits": commits, "run": run }), &job).unwrap();
            assert_eq!((&found["key"], &found["branch"]), (&json!(text), &json!(text)), "{found}");
        }
        if at % 5 == 0 {
            let wanted = Wanted { base_branch: Some(text), worktrees: true, ..Wanted::default() };
            assert!(repo.preflight(&wanted).is_err(), "{text:?}");
        }
    }
    arguments(&fixture)
}

/// One item is merged into the integration branch; the merge.
fn merged(fixture: &Fixture) -> String {
    let spec = mission_executor::decide::port::WorktreeSpec {
        base: "main".to_owned(),
        path: ".worktrees/r1-f".to_owned(),
        branch: "mission/r1/1/f".to_owned(),
    };
    let place = fixture.worktrees().enter(&spec, "w:f", 1, false).unwrap();
    write_in(&place.path, MERGED, "x\n");
    let with = json!({ "items": [{ "key": "f", "status": "done" }], "branches": "mission/r1/1", "base": "main" });
    let answer = fixture.act("git.integrate", "w:merge", with).unwrap();
    answer["merged"][0]["commit"].as_str().unwrap().to_owned()
}

/// What the merged item wrote.
const MERGED: &str = "f";

/// Every command fails where the merged item is in.
fn shell() -> Shell<'static> {
    let run =
        &|_: &str, probe: &Probe, _: u32| ended(Exit::Code(i32::from(probe.path.join(MERGED).exists())), String::new());
    Shell { run, stopped: &|| false, setup: &[] }
}

/// Whatever stands in a plan, an input or an agent's answer: git is called with the arguments of our own.
#[test]
fn no_hostile_string_becomes_an_argument() {
    let known = act_on(&["not a name".to_owned()]);
    assert!(known.contains("--end-of-options") && known.len() > 20, "{known:?}");
    let corpus = hostile();
    std::thread::scope(|scope| {
        let lanes: Vec<_> = corpus.chunks(corpus.len().div_ceil(6)).map(|some| scope.spawn(|| act_on(some))).collect();
        for lane in lanes {
            let strange: Vec<String> = lane.join().unwrap().difference(&known).cloned().collect();
            assert_eq!(strange, [] as [&str; 0]);
        }
    });
}
