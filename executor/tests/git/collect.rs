//! Collecting what runs left: only what is ours by record, and merged or given up.

use mission_executor::decide::port::WorktreeSpec;
use mission_executor::git::{Base, BranchName, Collect, Error, Leftover, Place, Worktrees};

use crate::fixture::{Fixture, snapshot, write_in};

fn enter(worktrees: &Worktrees, name: &str, attempt: u32) -> Place {
    let branch = if name == "main" { "mission/r1/main".to_owned() } else { format!("mission/r1/1/{name}") };
    let spec = WorktreeSpec { base: "integrated".to_owned(), path: format!(".worktrees/r1-1-{name}"), branch };
    worktrees.enter(&spec, &format!("w:{name}"), attempt, true).unwrap()
}

/// A run that began at `main`.
fn begun() -> (Fixture, Worktrees) {
    let fixture = Fixture::new();
    let worktrees = fixture.worktrees();
    worktrees.begin(&Base { branch: BranchName::parse("main").unwrap(), oid: fixture.oid("main") }).unwrap();
    (fixture, worktrees)
}

/// Commits a file in the worktree.
fn work(fixture: &Fixture, place: &Place, file: &str) {
    write_in(&place.path, file, "x\n");
    fixture.git_in(&place.path, &["add", "-A"]);
    fixture.git_in(&place.path, &["commit", "-qm", file]);
}

/// One line each: `+` for what was removed.
fn told(left: &[Leftover]) -> Vec<String> {
    left.iter().map(|l| format!("{} {}: {}", if l.removed { '+' } else { '-' }, l.name, l.why)).collect()
}

fn refs(fixture: &Fixture) -> String {
    fixture.git(&["for-each-ref", "--format=%(refname)"]).replace('\n', " ")
}

fn all(fixture: &Fixture) -> impl PartialEq + std::fmt::Debug + use<> {
    (snapshot(&fixture.root, &[".git/objects"]), fixture.git(&["worktree", "list"]), refs(fixture))
}

#[test]
fn a_run_that_left_nothing_has_nothing_to_collect() {
    let fixture = Fixture::new();
    let before = all(&fixture);
    assert_eq!(fixture.worktrees().collect(Collect::Abandoned, false).unwrap(), []);
    assert_eq!(all(&fixture), before);
    assert!(!fixture.root.join(".worktrees").exists());
}

#[test]
fn what_is_merged_goes_and_what_is_not_stays_and_says_why() {
    let (fixture, worktrees) = begun();
    let [merged, unmerged, dirty] = ["merged", "unmerged", "dirty"].map(|name| enter(&worktrees, name, 1));
    for place in [&merged, &unmerged] {
        work(&fixture, place, place.branch.as_str().rsplit('/').next().unwrap());
    }
    write_in(&dirty.path, "new", "x\n");
    // By hand, into the user's own branch: that counts as well.
    fixture.git(&["merge", "-q", "--no-edit", "mission/r1/1/merged"]);
    let expected = |sign: char| {
        vec![
            "- .worktrees/r1-1-dirty: it holds changes that are not committed".to_owned(),
            format!("{sign} .worktrees/r1-1-merged: merged"),
            "- .worktrees/r1-1-unmerged: its branch is not merged".to_owned(),
        ]
    };
    let before = all(&fixture);
    assert_eq!(told(&worktrees.collect(Collect::Merged, true).unwrap()), expected('+'), "what would be");
    assert_eq!(all(&fixture), before, "a dry run changes nothing");
    assert_eq!(told(&worktrees.collect(Collect::Merged, false).unwrap()), expected('+'));
    assert!(!merged.path.exists() && unmerged.path.exists() && dirty.path.join("new").exists());
    assert_eq!(refs(&fixture), "refs/heads/main refs/heads/mission/r1/1/dirty refs/heads/mission/r1/1/unmerged");
    let again = told(&worktrees.collect(Collect::Merged, false).unwrap());
    assert_eq!(again.len(), 2, "{again:?}");
}

/// Somebody emptied the index of one: that one stays, and hides nothing of the others.
#[test]
fn what_cannot_be_looked_at_stays_and_the_others_go() {
    let (fixture, worktrees) = begun();
    let [broken, merged] = ["a", "b"].map(|name| enter(&worktrees, name, 1));
    let index = fixture.git_in(&broken.path, &["rev-parse", "--git-path", "index"]);
    std::fs::write(broken.path.join(index.trim()), "").unwrap();
    for how in [Collect::Merged, Collect::Abandoned] {
        let left = told(&worktrees.collect(how, false).unwrap());
        let why = left.iter().find(|line| line.starts_with("- .worktrees/r1-1-a: "));
        assert!(why.is_some_and(|line| line.contains("it cannot be told what it holds: `git ")), "{left:?}");
        assert!(broken.path.exists() && !merged.path.exists(), "{left:?}");
    }
    let kept = worktrees.finish().unwrap();
    assert_eq!(kept.iter().map(|kept| kept.path.as_str()).collect::<Vec<_>>(), [".worktrees/r1-1-a"]);
}

#[test]
fn what_a_run_may_still_need_stays() {
    let (fixture, worktrees) = begun();
    enter(&worktrees, "a", 1);
    let before = all(&fixture);
    let left = worktrees.collect(Collect::Keep("the run can go on"), false).unwrap();
    assert_eq!(told(&left), ["- .worktrees/r1-1-a: the run can go on"]);
    assert_eq!(all(&fixture), before);
}

#[test]
fn what_is_given_up_is_committed_first_and_named_by_its_commit() {
    let (fixture, worktrees) = begun();
    let first = enter(&worktrees, "a", 1);
    write_in(&first.path, "half", "done\n");
    let second = enter(&worktrees, "a", 2);
    work(&fixture, &second, "whole");
    write_in(&second.path, "more", "x\n");
    let main = enter(&worktrees, "main", 1);
    work(&fixture, &main, "integrated");
    let left = worktrees.collect(Collect::Abandoned, false).unwrap();
    assert_eq!(
        told(&left),
        [
            "+ .worktrees/r1-1-a: abandoned",
            "+ .worktrees/r1-1-a_2: abandoned",
            "+ .worktrees/r1-1-main: its branch holds everything",
            "+ mission/r1/main: abandoned",
        ]
    );
    assert_eq!(refs(&fixture), "refs/heads/main");
    assert_eq!(fixture.git(&["worktree", "list"]).lines().count(), 1);
    let files =
        left.iter().map(|l| fixture.git(&["ls-tree", "-r", "--name-only", l.commit.as_ref().unwrap().as_str()]));
    let files: Vec<String> = files.map(|f| f.replace('\n', " ")).collect();
    assert_eq!(files[..2], ["README half src/a", "README more src/a whole"], "nothing that was written is lost");
    assert_eq!(files[3], "README integrated src/a");
    // What was removed on purpose is not silently begun again at an old base.
    let error = worktrees.integrated().unwrap_err();
    assert!(matches!(&error, Error::Retired { why, .. } if why == "abandoned"), "{error}");
    let help = error.help().unwrap();
    let command = help.split('`').nth(1).unwrap();
    fixture.git(&command.split(' ').skip(1).collect::<Vec<_>>());
    assert_eq!(Some(&worktrees.integrated().unwrap()), left[3].commit.as_ref());
}

#[test]
fn the_integration_branch_goes_once_the_base_branch_holds_it() {
    let (fixture, worktrees) = begun();
    let main = enter(&worktrees, "main", 1);
    work(&fixture, &main, "integrated");
    let left = worktrees.collect(Collect::Merged, false).unwrap();
    assert_eq!(
        told(&left),
        ["+ .worktrees/r1-1-main: its branch holds everything", "- mission/r1/main: it is not merged into `main`"]
    );
    fixture.git(&["checkout", "-q", "mission/r1/main"]);
    fixture.git(&["branch", "-qf", "main", "mission/r1/main"]);
    let left = told(&worktrees.collect(Collect::Merged, false).unwrap());
    assert_eq!(left, ["- mission/r1/main: it is checked out, or has just moved"]);
    fixture.git(&["checkout", "-q", "main"]);
    assert_eq!(told(&worktrees.collect(Collect::Merged, false).unwrap()), ["+ mission/r1/main: merged"]);
    assert_eq!(refs(&fixture), "refs/heads/main");
    assert_eq!(worktrees.collect(Collect::Merged, false).unwrap(), []);
}

#[test]
fn what_an_attempt_left_unfinished_is_only_removed_when_given_up() {
    let (fixture, worktrees) = begun();
    let first = enter(&worktrees, "a", 1);
    write_in(&first.path, "half", "done\n");
    enter(&worktrees, "a", 2);
    worktrees.release(&BranchName::parse("mission/r1/1/a").unwrap()).unwrap();
    assert_eq!(refs(&fixture), "refs/heads/main refs/mission/r1/1/a");
    let left = told(&worktrees.collect(Collect::Merged, false).unwrap());
    assert_eq!(left, ["- refs/mission/r1/1/a: it keeps what an attempt left unfinished"]);
    assert_eq!(told(&worktrees.collect(Collect::Abandoned, false).unwrap()), ["+ refs/mission/r1/1/a: abandoned"]);
    assert_eq!(refs(&fixture), "refs/heads/main");
}

#[test]
fn what_looks_like_ours_and_is_not_stays() {
    let (fixture, worktrees) = begun();
    let place = enter(&worktrees, "a", 1);
    // Same names in form, made by somebody else.
    fixture.git(&["worktree", "add", "-q", "-b", "mission/r1/1/b", ".worktrees/r1-1-b"]);
    fixture.git(&["branch", "mission/r2/main"]);
    // Ours by name, but no longer what was made.
    fixture.git_in(&place.path, &["checkout", "-q", "-b", "other"]);
    for how in [Collect::Merged, Collect::Abandoned] {
        let left = worktrees.collect(how, false).unwrap();
        assert_eq!(told(&left), ["- .worktrees/r1-1-a: it is no longer on its branch `mission/r1/1/a`"]);
    }
    assert!(place.path.exists() && fixture.root.join(".worktrees/r1-1-b").exists());
    assert_eq!(refs(&fixture).split(' ').count(), 5);
}

/// An agent that can write the run's notes still leads the engine nowhere.
#[test]
fn a_forged_note_leads_nowhere() {
    let (fixture, worktrees) = begun();
    enter(&worktrees, "a", 1);
    let folder = fixture.run_dir().join("git");
    let note = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path());
    let note = note.into_iter().find(|p| p.file_name().unwrap().to_str().unwrap().starts_with("worktree-")).unwrap();
    let text = std::fs::read_to_string(&note).unwrap();
    for path in ["src", ".worktrees/../src", "/etc", ".git", ""] {
        let forged = text
            .replace(".worktrees/r1-1-a\",\"asked", &format!("{path}\",\"asked"))
            .replace("\"made\"", "\"leaving\"");
        assert_ne!(forged, text);
        std::fs::write(&note, forged).unwrap();
        assert!(matches!(worktrees.collect(Collect::Abandoned, false), Err(Error::BadName { .. })), "{path}");
        assert!(matches!(worktrees.finish(), Err(Error::BadName { .. })), "{path}");
    }
    assert!(fixture.root.join("src/a").exists());
}
