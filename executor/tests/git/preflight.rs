//! Every reason to refuse a repository, with its way out.

use mission_executor::git::{Error, Policy, Ready, Repository, Wanted};

use crate::fixture::{Fixture, snapshot, write_in};

fn check(fixture: &Fixture, wanted: &Wanted<'_>) -> Result<Ready, Vec<Error>> {
    let before = snapshot(&fixture.root, &[]);
    let answer = fixture.open().preflight(wanted);
    assert_eq!(snapshot(&fixture.root, &[]), before, "preflight changed something");
    answer
}

/// The only fault, as text, with its help.
fn fault(fixture: &Fixture, wanted: &Wanted<'_>) -> (String, String) {
    let faults = check(fixture, wanted).unwrap_err();
    let [fault] = faults.as_slice() else { panic!("{faults:?}") };
    (fault.to_string(), fault.help().expect("a way out"))
}

fn in_place() -> Wanted<'static> {
    Wanted { commits: true, ..Wanted::default() }
}

fn discover(fixture: &Fixture, path: &std::path::Path) -> Result<Repository, Error> {
    Repository::discover(&fixture.program(), path, Policy::Shielded)
}

#[test]
fn a_clean_repository_is_ready() {
    let fixture = Fixture::new();
    let ready = check(&fixture, &Wanted { base_branch: Some("main"), ..in_place() }).unwrap();
    assert_eq!(ready.head, fixture.oid("HEAD"));
    assert_eq!(ready.branch.as_deref(), Some("main"));
    let base = ready.base.unwrap();
    assert_eq!((base.branch.as_str(), &base.oid), ("main", &ready.head));
    assert_eq!((ready.dirty, ready.notes.len()), (0, 0));
}

#[test]
fn a_folder_below_the_top_finds_the_top() {
    let fixture = Fixture::new();
    assert_eq!(discover(&fixture, &fixture.root.join("src")).unwrap().root(), fixture.root);
}

#[test]
fn a_path_with_a_line_feed_is_found() {
    let fixture = Fixture::new();
    let odd = fixture.outside().join("a\nb");
    fixture.git(&["clone", "-q", fixture.root.to_str().unwrap(), odd.to_str().unwrap()]);
    let repo = discover(&fixture, &odd).unwrap();
    assert_eq!(repo.root(), odd);
    assert_eq!(repo.status().unwrap(), []);
}

#[test]
fn not_a_repository() {
    let fixture = Fixture::new();
    let folder = fixture.outside().join("plain");
    std::fs::create_dir(&folder).unwrap();
    let error = discover(&fixture, &folder).unwrap_err();
    assert!(matches!(error, Error::NotARepository { .. }), "{error}");
    assert_eq!(error.to_string(), format!("`{}` is not inside a git repository", folder.display()));
    assert!(error.help().unwrap().contains("git init"));
}

#[test]
fn bare() {
    let fixture = Fixture::new();
    let bare = fixture.outside().join("bare.git");
    fixture.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    for path in [bare.clone(), bare.join("refs"), fixture.root.join(".git")] {
        let error = discover(&fixture, &path).unwrap_err();
        assert!(matches!(error, Error::Bare { .. }), "{}: {error}", path.display());
        assert!(error.help().unwrap().contains("clone"));
    }
}

#[test]
fn a_working_tree_elsewhere_is_refused() {
    let fixture = Fixture::new();
    let elsewhere = fixture.outside().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    fixture.git(&["config", "core.worktree", elsewhere.to_str().unwrap()]);
    let error = discover(&fixture, &fixture.root).unwrap_err();
    assert!(matches!(error, Error::TreeElsewhere { .. }), "{error}");
    assert!(error.help().unwrap().contains("core.worktree"));
}

#[test]
fn no_commits() {
    let fixture = Fixture::empty();
    let (text, help) = fault(&fixture, &in_place());
    assert_eq!(text, "the repository has no commits");
    assert!(help.contains("git commit"));
}

#[test]
fn a_base_branch_that_does_not_exist() {
    let fixture = Fixture::new();
    let (text, help) = fault(&fixture, &Wanted { base_branch: Some("trunk"), ..in_place() });
    assert_eq!(text, "branch `trunk` does not exist");
    assert!(help.contains("`main`") && help.contains("git branch trunk"), "{help}");
    let faults = check(&fixture, &Wanted { base_branch: Some("--upload-pack=x"), ..in_place() }).unwrap_err();
    assert!(matches!(faults.as_slice(), [Error::BadName { .. }]), "{faults:?}");
    fixture.git(&["tag", "v1"]);
    let faults = check(&fixture, &Wanted { base_branch: Some("v1"), ..in_place() }).unwrap_err();
    assert!(matches!(faults.as_slice(), [Error::BranchMissing { .. }]), "a tag is no branch: {faults:?}");
}

#[test]
fn a_branch_in_the_way_of_ours_is_named() {
    let fixture = Fixture::new();
    fixture.git(&["branch", "mission"]);
    check(&fixture, &in_place()).unwrap();
    let (text, help) = fault(&fixture, &Wanted { worktrees: true, ..in_place() });
    assert_eq!(text, "branch `mission` exists, so no branch can be called `mission/…`");
    assert!(help.contains("git branch -m mission OTHER"));
}

#[test]
fn dirt_is_listed_up_to_ten_paths() {
    let fixture = Fixture::new();
    fixture.write("README", "changed");
    fixture.write("staged", "x");
    fixture.git(&["add", "staged"]);
    let (text, help) = fault(&fixture, &in_place());
    assert_eq!(text, "the working tree has 2 files with uncommitted changes: README, staged");
    assert!(help.contains("--allow-dirty"));
    for n in 0..12 {
        fixture.write(&format!("u{n:02}"), "x");
    }
    let (text, _) = fault(&fixture, &in_place());
    assert!(text.starts_with("the working tree has 14 files") && text.ends_with("u07 and 4 more"), "{text}");
    let ready = check(&fixture, &Wanted { allow_dirty: true, ..in_place() }).unwrap();
    assert_eq!(ready.dirty, 14);
}

#[test]
fn the_engines_own_folders_and_ignored_files_are_no_dirt() {
    let fixture = Fixture::new();
    fixture.commit(".gitignore", "out/\n");
    fixture.write(".mission/runs/x/run.db", "x");
    fixture.write(".worktrees/x/y", "x");
    fixture.write("out/z", "x");
    check(&fixture, &in_place()).unwrap();
    fixture.write("sub/.mission/x", "x");
    let (text, _) = fault(&fixture, &in_place());
    assert!(text.ends_with("sub/.mission/x"), "{text}");
}

#[test]
fn with_worktrees_dirt_is_only_said() {
    let fixture = Fixture::new();
    fixture.write("README", "changed");
    let wanted = Wanted { worktrees: true, commits: true, base_branch: Some("main"), ..Wanted::default() };
    let ready = check(&fixture, &wanted).unwrap();
    assert_eq!(ready.notes, ["1 changed files are not committed: worktrees will not contain them"]);
}

#[test]
fn a_detached_head_needs_a_branch_unless_worktrees_are_used() {
    let fixture = Fixture::new();
    fixture.git(&["checkout", "-q", "--detach"]);
    let (text, help) = fault(&fixture, &in_place());
    assert_eq!(text, "HEAD is detached: commits would belong to no branch");
    assert!(help.contains("git switch -c"));
    check(&fixture, &Wanted { commits: false, ..Wanted::default() }).unwrap();
    check(&fixture, &Wanted { worktrees: true, commits: true, base_branch: Some("main"), ..Wanted::default() })
        .unwrap();
}

#[test]
fn an_operation_in_progress_is_named() {
    let conflict = || {
        let fixture = Fixture::new();
        fixture.git(&["checkout", "-q", "-b", "side"]);
        fixture.commit("src/a", "side\n");
        fixture.git(&["checkout", "-q", "main"]);
        fixture.commit("src/a", "main\n");
        fixture
    };
    for (command, operation, way_out) in [
        (&["merge", "side"][..], "merge", "git merge --abort"),
        (&["rebase", "side"], "rebase or am", "git rebase --abort"),
        (&["cherry-pick", "side"], "cherry-pick", "git cherry-pick --abort"),
        (&["revert", "--no-edit", "HEAD~1"], "revert", "git revert --abort"),
    ] {
        let fixture = conflict();
        let (ok, _) = fixture.try_git_in(&fixture.root, command);
        if ok {
            panic!("{command:?} did not conflict");
        }
        let faults = check(&fixture, &Wanted { allow_dirty: true, commits: true, ..Wanted::default() }).unwrap_err();
        let named = faults.iter().find(|f| matches!(f, Error::InProgress { .. })).expect(operation);
        assert_eq!(named.to_string(), format!("a {operation} is in progress"));
        assert!(named.help().unwrap().contains(way_out), "{:?}", named.help());
    }
    let fixture = conflict();
    fixture.git(&["bisect", "start"]);
    let (text, help) = fault(&fixture, &in_place());
    assert_eq!(text, "a bisect is in progress");
    assert!(help.contains("git bisect reset"));
}

#[test]
fn a_conflict_is_told_apart_from_other_dirt() {
    let fixture = Fixture::new();
    fixture.git(&["checkout", "-q", "-b", "side"]);
    fixture.commit("src/a", "side\n");
    fixture.git(&["checkout", "-q", "main"]);
    fixture.commit("src/a", "main\n");
    fixture.try_git_in(&fixture.root, &["merge", "side"]);
    let faults = check(&fixture, &in_place()).unwrap_err();
    assert!(faults.iter().any(|f| f.to_string() == "1 file with unresolved conflicts: src/a"), "{faults:?}");
}

#[test]
fn shallow() {
    let fixture = Fixture::new();
    fixture.commit("b", "b");
    let clone = fixture.outside().join("shallow");
    let url = format!("file://{}", fixture.root.display());
    fixture.git(&["clone", "-q", "--depth", "1", &url, clone.to_str().unwrap()]);
    let faults = discover(&fixture, &clone).unwrap().preflight(&in_place()).unwrap_err();
    assert!(matches!(faults.as_slice(), [Error::Shallow]), "{faults:?}");
    assert!(faults[0].help().unwrap().contains("--unshallow"));
}

#[test]
fn a_lock_is_reported_and_never_removed() {
    let fixture = Fixture::new();
    fixture.write(".git/index.lock", "");
    let (text, help) = fault(&fixture, &in_place());
    assert!(text.contains("index.lock"), "{text}");
    assert!(help.contains("delete"));
    assert!(fixture.root.join(".git/index.lock").exists());
}

#[test]
fn submodules_filters_and_partial_clones_are_said() {
    let fixture = Fixture::new();
    let library = Fixture::new();
    let url = library.root.to_str().unwrap().to_owned();
    fixture.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &url, "lib"]);
    fixture.write(".gitattributes", "*.bin filter=lfs\n");
    fixture.commit("big.bin", "x");
    fixture.git(&["config", "filter.lfs.clean", "cat"]);
    fixture.git(&["config", "filter.unused.clean", "cat"]);
    let ready = check(&fixture, &in_place()).unwrap();
    assert_eq!(ready.notes.len(), 2, "{:?}", ready.notes);
    assert!(ready.notes[0].starts_with("submodules are not initialised"));
    assert!(ready.notes[1].contains("`lfs`") && ready.notes[1].contains("hooks: run"));
}

#[test]
fn all_faults_are_told_at_once() {
    let fixture = Fixture::new();
    fixture.git(&["checkout", "-q", "--detach"]);
    fixture.write("new", "x");
    let faults = check(&fixture, &Wanted { base_branch: Some("nope"), ..in_place() }).unwrap_err();
    assert!(
        matches!(faults.as_slice(), [Error::BranchMissing { .. }, Error::Detached, Error::Dirty { .. }]),
        "{faults:?}"
    );
}

#[test]
fn a_users_own_linked_worktree_is_a_place_to_work_in() {
    let fixture = Fixture::new();
    let linked = fixture.outside().join("linked");
    fixture.git(&["worktree", "add", "-q", "-b", "feature", linked.to_str().unwrap()]);
    let repo = discover(&fixture, &linked).unwrap();
    assert_eq!(repo.root(), linked);
    assert_eq!(repo.current_branch().unwrap().as_deref(), Some("feature"));
    write_in(&linked, "new", "x");
    assert_eq!(repo.status().unwrap().len(), 1);
    assert_eq!(fixture.open().status().unwrap(), []);
}
