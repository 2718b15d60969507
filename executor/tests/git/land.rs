//! Landing: what is integrated goes into the base branch, or nothing changes.

use mission_executor::git::{Base, BranchName, Error, Landed, Worktrees};

use crate::fixture::{Fixture, snapshot, write_in};

/// A run that began at `main` and integrated a change of `src/a`.
fn integrated() -> (Fixture, Worktrees) {
    let fixture = Fixture::new();
    let worktrees = fixture.worktrees();
    worktrees.begin(&Base { branch: BranchName::parse("main").unwrap(), oid: fixture.oid("main") }).unwrap();
    let place = fixture.outside().join("work");
    fixture.git(&["worktree", "add", "-q", "-b", "mission/r1/main", place.to_str().unwrap()]);
    write_in(&place, "src/a", "1\n2\n3 by the run\n");
    write_in(&place, "new", "x\n");
    fixture.git_in(&place, &["add", "-A"]);
    fixture.git_in(&place, &["commit", "-qm", "work"]);
    fixture.git(&["worktree", "remove", place.to_str().unwrap()]);
    (fixture, worktrees)
}

fn all(fixture: &Fixture) -> impl PartialEq + std::fmt::Debug + use<> {
    // Git notes where it was before it tries.
    (snapshot(&fixture.root, &[".git/objects", ".git/ORIG_HEAD"]), fixture.git(&["for-each-ref"]))
}

#[test]
fn a_base_branch_that_did_not_move_is_forwarded_with_index_and_files() {
    let (fixture, worktrees) = integrated();
    let tip = fixture.oid("mission/r1/main");
    let landing = worktrees.landing().unwrap().unwrap();
    assert_eq!((landing.landed, landing.command.as_str()), (false, "git merge mission/r1/main"));
    assert_eq!(worktrees.land("r1").unwrap(), Landed::Forwarded(tip.clone()));
    assert_eq!((fixture.oid("main"), fixture.git(&["status", "--porcelain"]).as_str()), (tip, ""));
    assert_eq!(fixture.read("src/a"), "1\n2\n3 by the run\n");
    assert!(worktrees.landing().unwrap().unwrap().landed);
    let before = all(&fixture);
    assert_eq!(worktrees.land("r1").unwrap(), Landed::Already);
    assert_eq!(all(&fixture), before);
}

#[test]
fn a_base_branch_that_moved_gets_one_merge_commit_with_both_sides() {
    let (fixture, worktrees) = integrated();
    let old = fixture.commit("README", "hello you\n");
    let Landed::Merged(new) = worktrees.land("r1").unwrap() else { panic!("expected a merge") };
    assert_eq!(fixture.oid("main"), new);
    assert_eq!(fixture.git(&["log", "-1", "--format=%P"]), format!("{old} {}", fixture.oid("mission/r1/main")));
    assert_eq!(
        fixture.git(&["log", "-1", "--format=%s|%(trailers)"]),
        "Merge mission/r1/main into main|Mission-Run: r1"
    );
    assert_eq!((fixture.read("README"), fixture.read("new")), ("hello you\n".to_owned(), "x\n".to_owned()));
    assert_eq!(fixture.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_base_branch_that_is_checked_out_nowhere_moves_alone() {
    let (fixture, worktrees) = integrated();
    fixture.git(&["checkout", "-q", "-b", "mine"]);
    fixture.write("README", "being written\n");
    assert_eq!(worktrees.landing().unwrap().unwrap().command, "git switch main && git merge mission/r1/main");
    let before = snapshot(&fixture.root, &[".git/objects", ".git/refs/heads/main", ".git/logs/refs/heads/main"]);
    let tip = fixture.oid("mission/r1/main");
    assert_eq!(worktrees.land("r1").unwrap(), Landed::Forwarded(tip.clone()));
    assert_eq!(fixture.oid("main"), tip);
    let but = [".git/objects", ".git/refs/heads/main", ".git/logs/refs/heads/main"];
    assert_eq!(snapshot(&fixture.root, &but), before);
}

type Spoil = fn(&Fixture);

#[test]
fn where_it_cannot_land_nothing_changes_and_the_way_out_is_said() {
    let cases: [(&str, Spoil, &str, &str); 9] = [
        ("a change", |f| f.write("README", "mine\n"), "uncommitted changes: README", "commit or stash"),
        ("a new file", |f| f.write("other", "mine\n"), "uncommitted changes: other", "commit or stash"),
        (
            "a staged file",
            |f| {
                f.write("s", "");
                f.git(&["add", "s"]);
            },
            "uncommitted changes: s",
            "commit or stash",
        ),
        (
            "a conflict",
            |f| drop(f.commit("src/a", "1\n2\n3 by me\n")),
            "conflict in 1 file: src/a",
            "git merge mission/r1/main",
        ),
        (
            "a merge under way",
            |f| f.write(".git/MERGE_HEAD", f.oid("HEAD").as_str()),
            "a merge is in progress",
            "--abort",
        ),
        ("a lock", |f| f.write(".git/index.lock", ""), "another git process", "wait until"),
        (
            "no base",
            |f| {
                f.git(&["checkout", "-q", "-b", "x"]);
                f.git(&["branch", "-qD", "main"]);
            },
            "branch `main` does not exist",
            "git branch main",
        ),
        (
            "elsewhere",
            |f| {
                f.git(&["checkout", "-q", "-b", "x"]);
                f.git(&["worktree", "add", "-q", "../there", "main"]);
            },
            "checked out in",
            "cd ",
        ),
        (
            "an ignored file in the way",
            |f| {
                f.write(".git/info/exclude", "new\n");
                f.write("new", "precious\n");
            },
            "would be overwritten",
            "",
        ),
    ];
    for (name, spoil, message, help) in cases {
        let (fixture, worktrees) = integrated();
        spoil(&fixture);
        let before = all(&fixture);
        let error = worktrees.land("r1").expect_err(name);
        assert!(error.to_string().contains(message), "{name}: {error}");
        assert!(error.help().unwrap_or_default().contains(help), "{name}: {:?}", error.help());
        assert_eq!(all(&fixture), before, "{name}");
    }
}

#[test]
fn without_integration_there_is_nothing_to_land() {
    let fixture = Fixture::new();
    let worktrees = fixture.worktrees();
    assert_eq!(worktrees.landing().unwrap(), None);
    assert!(matches!(worktrees.land("r1"), Err(Error::NoBase { .. })));
    worktrees.begin(&Base { branch: BranchName::parse("main").unwrap(), oid: fixture.oid("main") }).unwrap();
    assert!(matches!(worktrees.land("r1"), Err(Error::BranchMissing { .. })));
    fixture.git(&["branch", "mission/r1/main"]);
    assert_eq!(worktrees.landing().unwrap(), None, "nothing was integrated");
}
