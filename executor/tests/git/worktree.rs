//! Worktrees: made, entered again, renewed, lost, removed.

use mission_executor::decide::port::WorktreeSpec;
use mission_executor::git::{BranchName, Error, LeftOut, Message, Place, Policy, Repository, Worktrees};

use crate::fixture::{Fixture, snapshot, write_in};

fn spec(name: &str) -> WorktreeSpec {
    let branch = if name == "main" { "mission/r1/main".to_owned() } else { format!("mission/r1/1/{name}") };
    WorktreeSpec { base: "integrated".to_owned(), path: format!(".worktrees/r1-1-{name}"), branch }
}

fn enter(worktrees: &Worktrees, name: &str, attempt: u32, fresh: bool) -> Place {
    worktrees.enter(&spec(name), &format!("w:m:1:f:{name}"), attempt, fresh).unwrap()
}

fn branch(name: &str) -> BranchName {
    BranchName::parse(&format!("mission/r1/1/{name}")).unwrap()
}

fn message() -> Message {
    Message { subject: "work".to_owned(), ..Message::default() }
}

fn list(fixture: &Fixture) -> Vec<String> {
    let text = fixture.git(&["worktree", "list", "--porcelain"]);
    text.lines()
        .filter_map(|l| l.strip_prefix("worktree "))
        .skip(1)
        .map(|p| p.rsplit('/').next().unwrap().to_owned())
        .collect()
}

fn branches(fixture: &Fixture) -> String {
    fixture.git(&["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads"]).replace('\n', " ")
}

/// Everything of the user's but what worktrees add to the git directory.
fn theirs(fixture: &Fixture) -> impl PartialEq + std::fmt::Debug + use<> {
    let but = [".git/worktrees", ".git/objects", ".git/refs/heads/mission", ".git/logs/refs/heads/mission"];
    (snapshot(&fixture.root, &but), fixture.git(&["rev-parse", "main", "HEAD"]))
}

#[test]
fn one_is_made_on_a_branch_of_its_own_and_nothing_else_changes() {
    let fixture = Fixture::new();
    fixture.write("dirty", "x");
    let before = theirs(&fixture);
    let worktrees = fixture.worktrees();
    let place = enter(&worktrees, "a", 1, false);
    assert_eq!(place.path, fixture.root.join(".worktrees/r1-1-a"));
    assert_eq!((place.branch.as_str(), &place.base), ("mission/r1/1/a", &fixture.oid("main")));
    assert_eq!(std::fs::read_to_string(place.path.join("README")).unwrap(), "hello\n");
    assert!(!place.path.join("dirty").exists());
    assert_eq!(fixture.git_in(&place.path, &["status", "--porcelain"]), "");
    assert_eq!(fixture.git(&["status", "--porcelain"]), "?? dirty");
    assert_eq!(theirs(&fixture), before);
    assert_eq!(list(&fixture), ["r1-1-a"]);
}

#[test]
fn it_is_entered_again_by_the_same_attempt_and_by_other_nodes() {
    let fixture = Fixture::new();
    let worktrees = fixture.worktrees();
    let place = enter(&worktrees, "a", 1, false);
    write_in(&place.path, "work", "x");
    for (node, attempt, fresh) in [("w:m:1:f:a", 1, true), ("w:m:1:f:a", 2, false), ("w:m:1:check", 1, true)] {
        let again = fixture.worktrees().enter(&spec("a"), node, attempt, fresh).unwrap();
        assert_eq!(again.path, place.path, "{node} {attempt} {fresh}");
    }
    assert!(place.path.join("work").exists());
    assert_eq!(list(&fixture).len(), 1);
}

#[test]
fn a_fresh_attempt_gets_a_new_one_and_the_old_one_stays() {
    let fixture = Fixture::new();
    let worktrees = fixture.worktrees();
    let first = enter(&worktrees, "a", 1, false);
    write_in(&first.path, "half", "x");
    let second = enter(&worktrees, "a", 2, true);
    assert_eq!(
        (second.path.file_name().unwrap().to_str(), second.branch.as_str()),
        (Some("r1-1-a_2"), "mission/r1/1/a_2")
    );
    assert!(!second.path.join("half").exists() && first.path.join("half").exists());
    let latest = worktrees.of_branch(&branch("a")).unwrap().unwrap();
    assert_eq!(latest.path, second.path);
    assert_eq!(enter(&worktrees, "a", 2, true).path, second.path);
    assert_eq!(enter(&worktrees, "a", 3, true).branch.as_str(), "mission/r1/1/a_3");
}

#[test]
fn the_integration_worktree_is_never_made_anew() {
    let fixture = Fixture::new();
    let worktrees = fixture.worktrees();
    let first = enter(&worktrees, "main", 1, false);
    write_in(&first.path, "half", "x");
    assert_eq!(enter(&worktrees, "main", 2, true).path, first.path);
    assert!(first.path.join("half").exists());
}

#[test]
fn names_that_are_taken_are_left_alone() {
    let fixture = Fixture::new();
    fixture.git(&["branch", "mission/r1/1/a"]);
    fixture.commit("later", "x");
    fixture.write(".worktrees/r1-1-a_2/precious", "x");
    let worktrees = fixture.worktrees();
    let place = enter(&worktrees, "a", 1, false);
    assert_eq!(place.branch.as_str(), "mission/r1/1/a_3");
    assert_eq!(fixture.oid("mission/r1/1/a"), fixture.oid("main~1"));
    assert_eq!(fixture.read(".worktrees/r1-1-a_2/precious"), "x");
    worktrees.finish().unwrap();
    assert_eq!(fixture.oid("mission/r1/1/a"), fixture.oid("main~1"));
    assert_eq!(fixture.read(".worktrees/r1-1-a_2/precious"), "x");
}

#[test]
fn later_ones_are_cut_from_the_integrated_head_and_the_start_holds() {
    let fixture = Fixture::new();
    let start = fixture.oid("main");
    let worktrees = fixture.worktrees();
    let ready = fixture.open().preflight(&mission_executor::git::Wanted {
        base_branch: Some("main"),
        worktrees: true,
        ..Default::default()
    });
    worktrees.begin(&ready.unwrap().base.unwrap()).unwrap();
    fixture.commit("of-a-person", "x");
    assert_eq!(enter(&worktrees, "a", 1, false).base, start, "a stale base would be what is checked out now");
    let main = enter(&worktrees, "main", 1, false);
    assert_eq!(main.base, start);
    write_in(&main.path, "integrated", "x");
    let tip = main.settle(&message()).unwrap();
    assert_eq!(worktrees.integrated().unwrap(), tip);
    let later = enter(&worktrees, "b", 1, false);
    assert_eq!(later.base, tip);
    assert!(later.path.join("integrated").exists());
}

#[test]
fn a_base_may_be_a_branch_or_an_id() {
    let fixture = Fixture::new();
    fixture.git(&["branch", "old"]);
    fixture.commit("later", "x");
    let worktrees = fixture.worktrees();
    let old = fixture.oid("old");
    for (name, base) in [("a", "old"), ("b", old.as_str())] {
        let place = worktrees.enter(&WorktreeSpec { base: base.to_owned(), ..spec(name) }, "w:n", 1, false).unwrap();
        assert_eq!(place.base, old);
    }
    let error = worktrees.enter(&WorktreeSpec { base: "nope".to_owned(), ..spec("c") }, "w:n", 1, false).unwrap_err();
    assert!(matches!(error, Error::BranchMissing { .. }), "{error}");
    assert_eq!(list(&fixture).len(), 2);
}

#[test]
fn what_was_changed_behind_our_back_is_lost_not_used() {
    type Spoil = fn(&Fixture, &Place);
    let spoils: [(&str, Spoil); 8] = [
        ("folder is gone", |_, p| std::fs::remove_dir_all(&p.path).unwrap()),
        ("a link", |f, p| {
            std::fs::remove_dir_all(&p.path).unwrap();
            std::os::unix::fs::symlink(f.outside(), &p.path).unwrap();
        }),
        ("`.git` is gone", |_, p| std::fs::remove_file(p.path.join(".git")).unwrap()),
        ("`.git` leads nowhere", |_, p| std::fs::write(p.path.join(".git"), "gitdir: /nowhere\n").unwrap()),
        ("leads out of the repository", |f, p| {
            let other = f.outside().join("other");
            f.git(&["init", "-q", other.to_str().unwrap()]);
            std::fs::write(p.path.join(".git"), format!("gitdir: {}/.git\n", other.display())).unwrap();
        }),
        ("leads elsewhere", |f, p| {
            f.git(&["worktree", "add", "-q", "--detach", "../another"]);
            std::fs::write(p.path.join(".git"), format!("gitdir: {}/.git/worktrees/another\n", f.root.display()))
                .unwrap();
        }),
        ("no longer on its branch", |f, p| drop(f.git_in(&p.path, &["checkout", "-q", "--detach"]))),
        ("git's record of it", |f, p| {
            f.git(&["worktree", "remove", "--force", p.path.to_str().unwrap()]);
            f.git(&["worktree", "add", "-q", p.path.to_str().unwrap(), "mission/r1/1/a"]);
        }),
    ];
    for (name, spoil) in spoils {
        let fixture = Fixture::new();
        let worktrees = fixture.worktrees();
        let place = enter(&worktrees, "a", 1, false);
        write_in(&place.path, "work", "x");
        place.settle(&message()).unwrap();
        spoil(&fixture, &place);
        let tip = fixture.oid("mission/r1/1/a");
        let error = worktrees.enter(&spec("a"), "w:m:1:f:a", 1, false).map(|p| p.path).unwrap_err();
        let Error::WorktreeLost { why, .. } = &error else { panic!("{name}: {error}") };
        assert!(error.to_string().contains("`.worktrees/r1-1-a`") || why.contains("`.git`"), "{name}: {error}");
        let kept = worktrees.finish().unwrap();
        assert_eq!((kept.len(), kept[0].branch.as_str()), (1, "mission/r1/1/a"), "{name}");
        assert_eq!(fixture.oid("mission/r1/1/a"), tip, "{name}: the work is still on its branch");
        // A fresh attempt goes on in a new one.
        assert_eq!(enter(&worktrees, "a", 2, true).branch.as_str(), "mission/r1/1/a_2", "{name}");
    }
}

#[test]
fn only_what_is_clean_and_merged_is_removed() {
    let fixture = Fixture::new();
    let worktrees = fixture.worktrees();
    enter(&worktrees, "untouched", 1, false);
    let dirty = enter(&worktrees, "dirty", 1, false);
    write_in(&dirty.path, "x", "x");
    let unmerged = enter(&worktrees, "unmerged", 1, false);
    write_in(&unmerged.path, "x", "x");
    let tip = unmerged.settle(&message()).unwrap();
    let ignored = enter(&worktrees, "ignored", 1, false);
    write_in(&ignored.path, ".worktrees/x", "x");
    let main = enter(&worktrees, "main", 1, false);
    let before = theirs(&fixture);
    let kept = worktrees.finish().unwrap();
    let rows: Vec<(&str, &str)> = kept.iter().map(|k| (k.path.as_str(), k.why.as_str())).collect();
    assert_eq!(
        rows,
        [
            (".worktrees/r1-1-dirty", "it holds changes that are not committed"),
            (".worktrees/r1-1-unmerged", "its branch is not merged"),
        ]
    );
    assert_eq!(kept[0].node, "w:m:1:f:dirty");
    assert!(!main.path.exists());
    assert_eq!(branches(&fixture), "main mission/r1/1/dirty mission/r1/1/unmerged mission/r1/main");
    assert_eq!(fixture.oid("mission/r1/1/unmerged"), tip);
    assert_eq!(list(&fixture), ["r1-1-dirty", "r1-1-unmerged"]);
    assert_eq!(theirs(&fixture), before);
    assert_eq!(worktrees.finish().unwrap(), kept, "a second end changes nothing");
    fixture.git(&["fsck", "--no-dangling"]);
}

#[test]
fn a_removed_one_can_be_made_again() {
    let fixture = Fixture::new();
    let worktrees = fixture.worktrees();
    let first = enter(&worktrees, "a", 1, false);
    worktrees.finish().unwrap();
    assert!(!first.path.exists());
    assert_eq!(enter(&worktrees, "a", 2, true).path, first.path);
}

#[test]
fn a_folder_swapped_for_a_link_is_not_followed_when_removing() {
    let fixture = Fixture::new();
    let worktrees = fixture.worktrees();
    let place = enter(&worktrees, "a", 1, false);
    let precious = fixture.outside().join("precious");
    std::fs::create_dir(&precious).unwrap();
    write_in(&precious, "file", "x");
    std::fs::rename(&place.path, fixture.outside().join("moved")).unwrap();
    std::os::unix::fs::symlink(&precious, &place.path).unwrap();
    assert_eq!(worktrees.finish().unwrap().len(), 1);
    assert!(precious.join("file").exists());
}

#[test]
fn a_worktrees_folder_that_is_a_link_is_refused() {
    let fixture = Fixture::new();
    let elsewhere = fixture.outside().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, fixture.root.join(".worktrees")).unwrap();
    let error = fixture.worktrees().enter(&spec("a"), "w:n", 1, false).map(|p| p.path).unwrap_err();
    assert!(matches!(error, Error::WorktreeLost { .. }), "{error}");
    assert_eq!(std::fs::read_dir(&elsewhere).unwrap().count(), 0);
}

#[test]
fn two_runs_do_not_meet() {
    let fixture = Fixture::new();
    let first = fixture.worktrees();
    let second = Worktrees::new(&fixture.open(), &fixture.outside().join("run2"), "r2").unwrap();
    let a = enter(&first, "a", 1, false);
    let same = second.enter(&spec("a"), "w:m:1:f:a", 1, false).unwrap();
    assert_ne!(a.path, same.path);
    assert_ne!(a.branch, same.branch);
    write_in(&a.path, "x", "x");
    second.finish().unwrap();
    assert!(a.path.join("x").exists() && !same.path.exists());
}

#[test]
fn many_are_made_at_once() {
    let fixture = Fixture::new();
    let worktrees = fixture.worktrees();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let worktrees = &worktrees;
            scope.spawn(move || enter(worktrees, &format!("f{n}"), 1, false));
        }
    });
    assert_eq!(list(&fixture).len(), 8);
    assert_eq!(worktrees.finish().unwrap(), []);
    assert_eq!(branches(&fixture), "main");
    assert!(!fixture.root.join(".git/worktrees").exists());
}

/// After a crash between the plan for a worktree and its end: every state that `git worktree add` passes through.
#[test]
fn a_half_made_one_is_cleared_and_made_again() {
    type Break = fn(&Fixture, &Place);
    let breaks: [(&str, Break); 6] = [
        ("nothing was made", |f, p| {
            std::fs::remove_dir_all(&p.path).unwrap();
            std::fs::remove_dir_all(f.root.join(".git/worktrees")).unwrap();
            f.git(&["branch", "-D", "mission/r1/1/a"]);
        }),
        ("only the branch", |f, p| {
            std::fs::remove_dir_all(&p.path).unwrap();
            std::fs::remove_dir_all(f.root.join(".git/worktrees")).unwrap();
        }),
        ("no checkout", |_, p| {
            std::fs::remove_file(p.path.join("README")).unwrap();
            std::fs::remove_dir_all(p.path.join("src")).unwrap();
        }),
        ("no index", |f, _| std::fs::remove_file(f.root.join(".git/worktrees/r1-1-a/index")).unwrap()),
        ("still locked", |f, _| std::fs::write(f.root.join(".git/worktrees/r1-1-a/index.lock"), "").unwrap()),
        ("no folder", |_, p| std::fs::remove_dir_all(&p.path).unwrap()),
    ];
    for (name, break_it) in breaks {
        let fixture = Fixture::new();
        let worktrees = fixture.worktrees();
        let place = enter(&worktrees, "a", 1, false);
        back_to(&fixture, "planned");
        break_it(&fixture, &place);
        let again = fixture.worktrees().enter(&spec("a"), "w:m:1:f:a", 2, true).unwrap();
        assert_eq!(again.path, place.path, "{name}");
        assert_eq!(again.branch, place.branch, "{name}");
        assert_eq!(fixture.git_in(&again.path, &["status", "--porcelain"]), "", "{name}");
        assert_eq!(worktrees.finish().unwrap(), [], "{name}");
        assert_eq!((list(&fixture).len(), branches(&fixture).as_str()), (0, "main"), "{name}");
        fixture.git(&["fsck", "--no-dangling"]);
    }
}

/// The note of a run that died before it made anything says nothing about what another run made there since.
#[test]
fn a_planned_name_that_another_run_took_is_left_to_it() {
    let fixture = Fixture::new();
    let first = fixture.worktrees();
    enter(&first, "a", 1, false);
    first.finish().unwrap();
    back_to(&fixture, "planned");
    let second = Worktrees::new(&fixture.open(), &fixture.outside().join("run2"), "r2").unwrap();
    let theirs = enter(&second, "a", 1, false);
    write_in(&theirs.path, "work", "x");
    assert_eq!(first.finish().unwrap(), []);
    assert!(theirs.path.join("work").exists());
    assert_eq!(fixture.oid("mission/r1/1/a"), fixture.oid("main"));
    assert_eq!(enter(&second, "a", 1, false).path, theirs.path);
}

#[test]
fn a_half_removed_one_is_removed() {
    let fixture = Fixture::new();
    let worktrees = fixture.worktrees();
    let place = enter(&worktrees, "a", 1, false);
    back_to(&fixture, "leaving");
    std::fs::remove_file(place.path.join("README")).unwrap();
    std::fs::remove_file(place.path.join(".git")).unwrap();
    assert_eq!(worktrees.finish().unwrap(), []);
    assert!(!place.path.exists());
    assert_eq!(list(&fixture).len(), 0);
}

/// Rewrites the only note about a worktree as a crash would have left it.
fn back_to(fixture: &Fixture, stage: &str) {
    let folder = fixture.run_dir().join("git");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.file_name().unwrap().to_str().unwrap().starts_with("worktree-") {
            continue;
        }
        let mut note: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        note["stage"] = stage.into();
        if stage == "planned" {
            note["admin"] = serde_json::Value::Null;
        }
        std::fs::write(&path, note.to_string()).unwrap();
    }
}

/// What git and the engine leave of the record of a worktree, step by step, when they make one and take it away.
const RECORD: [&[(&str, &str)]; 9] = [
    &[],
    &[("locked", "")],
    &[("locked", "initializing")],
    &[("locked", "initializing"), ("gitdir", "")],
    &[("locked", "initializing"), ("gitdir", "HERE")],
    &[("locked", "initializing"), ("gitdir", "HERE"), ("commondir", "../..\n"), ("HEAD", "OID")],
    &[("gitdir", "HERE"), ("commondir", "../..\n"), ("HEAD", "OID")],
    &[("gitdir", "HERE"), ("commondir", "../..\n"), ("HEAD", "OID"), ("mission", "mission/r1/main\n")],
    &[("commondir", "../..\n"), ("HEAD", "OID")],
];

#[test]
fn whoever_looks_while_a_worktree_is_made_or_removed_sees_the_same_at_every_step() {
    let fixture = Fixture::new();
    let record = fixture.root.join(".git/worktrees/w");
    let here = format!("{}\n", fixture.root.join(".worktrees/w/.git").display());
    let head = fixture.oid("main").to_string();
    for step in RECORD {
        std::fs::create_dir_all(&record).unwrap();
        for (name, text) in step {
            std::fs::write(record.join(name), text.replace("HERE", &here).replace("OID", &head)).unwrap();
        }
        let guarded = fixture.open().guarded(&mut LeftOut::new());
        let of_it: Vec<&str> = guarded.iter().map(|g| &*g.name).filter(|name| name.contains("worktrees/w")).collect();
        assert_eq!(of_it, [".git/worktrees/w"], "{step:?}");
        std::fs::remove_dir_all(&record).unwrap();
    }
}

#[test]
fn a_worktree_that_is_made_below_a_linked_one_is_of_an_engine_as_well() {
    let fixture = Fixture::new();
    let linked = fixture.outside().join("linked");
    fixture.git(&["worktree", "add", "-q", "-b", "side", linked.to_str().unwrap()]);
    let own = linked.join(".worktrees/w");
    fixture.git(&["worktree", "add", "-q", "--detach", own.to_str().unwrap()]);
    let repository = Repository::discover(&fixture.program(), &linked, Policy::Shielded).unwrap();
    let guarded = repository.guarded(&mut LeftOut::new());
    let of_it: Vec<&str> = guarded.iter().map(|g| &*g.name).filter(|name| name.contains("worktrees/w")).collect();
    assert_eq!(of_it, [".git/worktrees/w"], "what it is about to be marked as");
}
