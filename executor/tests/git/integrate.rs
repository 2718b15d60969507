//! `git.integrate`: clean merges, conflicts, what is left out, and crashes.

use mission_executor::decide::port::WorktreeSpec;
use mission_executor::event::Left;
use mission_executor::git::{BranchName, Memory, Message, Oid, Place, Wanted, Worktrees};
use serde_json::{Value, json};

use crate::fixture::{Fixture, snapshot, write_in};

const NODE: &str = "w:m:1:merge";

struct Scene {
    fixture: Fixture,
    worktrees: Worktrees,
}

impl Scene {
    fn new() -> Self {
        let fixture = Fixture::new();
        let worktrees = fixture.worktrees();
        let ready =
            fixture.open().preflight(&Wanted { base_branch: Some("main"), worktrees: true, ..Wanted::default() });
        worktrees.begin(&ready.unwrap().base.unwrap()).unwrap();
        Self { fixture, worktrees }
    }
    fn enter(&self, name: &str) -> Place {
        let branch = if name == "main" { "mission/r1/main".to_owned() } else { format!("mission/r1/1/{name}") };
        let spec = WorktreeSpec { base: "integrated".to_owned(), path: format!(".worktrees/r1-{name}"), branch };
        self.worktrees.enter(&spec, &format!("w:m:1:f:{name}"), 1, false).unwrap()
    }
    /// A worktree in which a node wrote files.
    fn work(&self, name: &str, files: &[(&str, &str)]) -> Place {
        let place = self.enter(name);
        for (path, text) in files {
            write_in(&place.path, path, text);
        }
        place
    }
    fn integrate(&self, items: &[(&str, &str)]) -> Value {
        self.try_integrate(1, items).unwrap()
    }
    fn try_integrate(&self, attempt: u32, items: &[(&str, &str)]) -> Result<Value, mission_executor::event::Failure> {
        let items: Vec<Value> =
            items.iter().map(|(key, status)| json!({ "key": key, "status": status, "output": {} })).collect();
        let with = json!({ "items": items, "branches": "mission/r1/1", "base": "main" });
        self.fixture.act_among(&self.worktrees, &self.fixture.open(), "git.integrate", (NODE, attempt), with)
    }
    /// How it stands in `place`, which was made as `name`.
    fn left(&self, name: &str, place: &Place) -> Left {
        let stand = place.repository.stand(self.worktrees.scratch().unwrap(), &mut Memory::default()).unwrap();
        Left {
            path: format!(".worktrees/r1-{name}"),
            asked: format!("mission/r1/1/{name}"),
            branch: place.branch.to_string(),
            head: stand.head,
            tree: Some(stand.tree),
        }
    }
    /// Subjects of the integration branch since the base, newest first.
    fn history(&self) -> Vec<String> {
        let text = self.fixture.git(&["log", "--first-parent", "--format=%s", "main..mission/r1/main"]);
        text.lines().map(str::to_owned).collect()
    }
    fn files(&self) -> String {
        self.fixture.git(&["ls-tree", "-r", "--name-only", "mission/r1/main"]).replace('\n', " ")
    }
    fn note(&self) -> (std::path::PathBuf, Value) {
        let folder = self.fixture.run_dir().join("git");
        let mut entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
        let path = entries.find(|p| p.file_name().unwrap().to_str().unwrap().starts_with("integrate-")).unwrap();
        let note = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        (path, note)
    }
}

#[test]
fn each_item_is_one_merge_commit_in_their_order() {
    let scene = Scene::new();
    let but = [".git/worktrees", ".git/objects", ".git/refs/heads/mission", ".git/logs/refs/heads/mission"];
    let before = snapshot(&scene.fixture.root, &but);
    scene.work("zed", &[("z", "z"), ("src/a", "0\n1\n2\n3\n")]);
    scene.work("add", &[("a", "a")]);
    // An agent that commits by itself.
    let own = scene.work("own", &[("o", "o")]);
    scene.fixture.git_in(&own.path, &["add", "-A"]);
    scene.fixture.git_in(&own.path, &["commit", "-qm", "mine"]);
    let shared = scene.enter("main");
    let value = scene.integrate(&[("zed", "done"), ("add", "done"), ("own", "done")]);
    let keys: Vec<&str> = value["merged"].as_array().unwrap().iter().map(|m| m["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["zed", "add", "own"]);
    assert_eq!(value["merged"][0]["files"], json!(["src/a", "z"]));
    assert_eq!((&value["conflicts"], &value["leftOut"], &value["unchanged"]), (&json!([]), &json!([]), &json!([])));
    assert_eq!(
        (&value["branch"], value["head"].as_str()),
        (&json!("mission/r1/main"), Some(scene.fixture.oid("mission/r1/main").as_str()))
    );
    assert_eq!(
        scene.history(),
        ["Merge own from mission/r1/1/own", "Merge add from mission/r1/1/add", "Merge zed from mission/r1/1/zed"]
    );
    assert_eq!(scene.fixture.git(&["rev-list", "--merges", "--count", "main..mission/r1/main"]), "3");
    assert_eq!(
        scene.fixture.git(&["log", "-1", "--format=%(trailers:key=Mission-Item,valueonly)", "mission/r1/main"]).trim(),
        "own"
    );
    assert_eq!(scene.files(), "README a o src/a z");
    // The integration worktree follows, the others and their branches are gone, what is the user's is as it was.
    assert_eq!(std::fs::read_to_string(shared.path.join("o")).unwrap(), "o");
    assert_eq!(scene.fixture.git_in(&shared.path, &["status", "--porcelain"]), "");
    assert_eq!(
        scene.fixture.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads"]),
        "main\nmission/r1/main"
    );
    assert_eq!(snapshot(&scene.fixture.root, &but), before);
    assert_eq!(scene.worktrees.finish().unwrap(), []);
    assert!(!scene.fixture.root.join(".git/worktrees").exists());
    scene.fixture.git(&["fsck", "--no-dangling"]);
}

#[test]
fn the_next_round_stands_on_the_first() {
    let scene = Scene::new();
    scene.work("a", &[("a", "a")]);
    scene.integrate(&[("a", "done")]);
    let later = scene.enter("later");
    assert!(later.path.join("a").exists());
    write_in(&later.path, "b", "b");
    let with = json!({ "items": [{ "key": "later", "status": "done" }], "branches": "mission/r1/1" });
    let value = scene.fixture.act("git.integrate", "w:m:2:merge", with).unwrap();
    assert_eq!(value["merged"].as_array().unwrap().len(), 1);
    assert_eq!(scene.files(), "README a b src/a");
}

#[test]
fn a_conflict_is_listed_and_its_item_left_out_with_its_branch() {
    let scene = Scene::new();
    scene.work("one", &[("src/a", "one\n2\n3\n"), ("x", "one")]);
    let two = scene.work("two", &[("src/a", "two\n2\n3\n"), ("x", "two")]);
    scene.work("three", &[("three", "3")]);
    let value = scene.integrate(&[("one", "done"), ("two", "done"), ("three", "done")]);
    let commit = scene.fixture.oid("mission/r1/1/two").to_string();
    let conflict = json!({ "key": "two", "branch": "mission/r1/1/two", "commit": commit, "files": ["src/a", "x"] });
    assert_eq!(value["conflicts"], json!([conflict]));
    assert_eq!(scene.history().len(), 2);
    assert_eq!(scene.files(), "README src/a three x");
    assert_eq!(scene.fixture.git(&["show", "mission/r1/main:src/a"]), "one\n2\n3");
    // Nothing of `two` is lost: all of it is committed on its branch, and its worktree is still there.
    assert_eq!(scene.fixture.git(&["show", "mission/r1/1/two:src/a"]), "two\n2\n3");
    assert_eq!(scene.fixture.git_in(&two.path, &["status", "--porcelain"]), "");
    let kept = scene.worktrees.finish().unwrap();
    assert_eq!(kept.iter().map(|k| k.why.as_str()).collect::<Vec<_>>(), ["its branch is not merged"]);
}

#[test]
fn a_deletion_against_a_change_is_a_conflict_too() {
    let scene = Scene::new();
    let one = scene.enter("one");
    std::fs::remove_file(one.path.join("src/a")).unwrap();
    scene.work("two", &[("src/a", "two\n")]);
    let value = scene.integrate(&[("one", "done"), ("two", "done")]);
    assert_eq!(value["conflicts"][0]["files"], json!(["src/a"]));
}

#[test]
fn a_merge_driver_of_the_repository_cannot_drop_a_side() {
    let scene = Scene::new();
    scene.fixture.commit(".gitattributes", "src/a merge=ours\n");
    scene.fixture.git(&["config", "merge.ours.driver", "true"]);
    let fresh = Scene { worktrees: scene.fixture.worktrees(), fixture: scene.fixture };
    let start = fresh.fixture.oid("main").to_string();
    std::fs::remove_dir_all(fresh.fixture.run_dir().join("git")).unwrap();
    fresh.work("one", &[("src/a", "one\n2\n3\n")]);
    fresh.work("two", &[("src/a", "1\n2\ntwo\n")]);
    assert_eq!(fresh.fixture.oid("main").to_string(), start);
    let value = fresh.integrate(&[("one", "done"), ("two", "done")]);
    assert_eq!(value["conflicts"][0]["files"], json!(["src/a"]));
    assert_eq!(value["merged"].as_array().unwrap().len(), 1);
}

#[test]
fn what_is_not_done_unchanged_or_spoilt_is_said() {
    let scene = Scene::new();
    scene.work("failed", &[("f", "f")]);
    scene.work("idle", &[]);
    let gone = scene.work("gone", &[("g", "g")]);
    scene.fixture.git_in(&gone.path, &["checkout", "-q", "--detach"]);
    let merging = scene.work("merging", &[]);
    scene.fixture.git_in(&merging.path, &["checkout", "-q", "-b", "tmp"]);
    scene.fixture.git_in(&merging.path, &["rm", "-q", "README"]);
    scene.fixture.git_in(&merging.path, &["commit", "-qm", "x"]);
    scene.fixture.git_in(&merging.path, &["checkout", "-q", "mission/r1/1/merging"]);
    std::fs::write(merging.path.join("README"), "other\n").unwrap();
    scene.fixture.git_in(&merging.path, &["commit", "-qam", "y"]);
    scene.fixture.try_git_in(&merging.path, &["merge", "tmp"]);
    let value = scene.integrate(&[
        ("failed", "failed"),
        ("idle", "done"),
        ("gone", "done"),
        ("merging", "done"),
        ("never", "skipped"),
    ]);
    assert_eq!(
        (&value["merged"], &value["conflicts"], &value["unchanged"]),
        (&json!([]), &json!([]), &json!(["idle"]))
    );
    let rows: Vec<(&str, &str)> = value["leftOut"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| (l["key"].as_str().unwrap(), l["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(rows[0], ("failed", "it is failed"));
    assert!(rows[1].0 == "gone" && rows[1].1.contains("no longer on its branch"), "{rows:?}");
    assert_eq!(rows[2], ("merging", "1 file with unresolved conflicts: README"));
    assert_eq!(rows[3], ("never", "it has no worktree"));
    // The integration branch exists all the same: later nodes work there.
    assert_eq!(scene.fixture.oid("mission/r1/main"), scene.fixture.oid("main"));
    assert_eq!(
        scene.fixture.git(&["for-each-ref", "--format=%(refname:lstrip=5)", "refs/heads/mission/r1/1"]),
        "failed\ngone\nmerging"
    );
}

#[test]
fn unfinished_work_of_an_earlier_attempt_is_set_aside() {
    let scene = Scene::new();
    let first = scene.work("a", &[("half", "half"), ("a", "wrong")]);
    let spec = WorktreeSpec {
        base: "integrated".to_owned(),
        path: ".worktrees/r1-a".to_owned(),
        branch: "mission/r1/1/a".to_owned(),
    };
    let untouched = scene.worktrees.enter(&spec, "w:m:1:f:a", 2, true).unwrap();
    let third = scene.worktrees.enter(&spec, "w:m:1:f:a", 3, true).unwrap();
    write_in(&third.path, "a", "right");
    let value = scene.integrate(&[("a", "done")]);
    assert_eq!(value["merged"][0]["branch"], "mission/r1/1/a_3");
    assert_eq!(value["note"], "what attempts before the last left unfinished is kept: refs/mission/r1/1/a");
    assert_eq!(scene.files(), "README a src/a");
    assert_eq!(scene.fixture.git(&["show", "refs/mission/r1/1/a:half"]), "half");
    assert!(!first.path.exists() && !untouched.path.exists() && !third.path.exists());
    assert_eq!(scene.worktrees.finish().unwrap(), []);
    assert_eq!(
        scene.fixture.git(&["for-each-ref", "--format=%(refname)"]),
        "refs/heads/main\nrefs/heads/mission/r1/main\nrefs/mission/r1/1/a"
    );
    assert_eq!(scene.try_integrate(2, &[("a", "done")]).unwrap(), value);
}

#[test]
fn changes_in_the_integration_worktree_stop_it() {
    let scene = Scene::new();
    scene.work("a", &[("a", "a")]);
    let shared = scene.work("main", &[("README", "half done\n")]);
    let failure = scene.try_integrate(1, &[("a", "done")]).unwrap_err();
    assert!(failure.message.contains("holds changes that are not committed"), "{failure:?}");
    assert_eq!(failure.reasons, ["README"]);
    assert_eq!(std::fs::read_to_string(shared.path.join("README")).unwrap(), "half done\n");
    assert_eq!(scene.history().len(), 0);
}

/// What a node left is what is taken: whoever writes there afterwards, and is not seen, stops the merge.
#[test]
fn what_changed_after_its_node_had_ended_is_not_taken() {
    let scene = Scene::new();
    let (a, b) = (scene.work("a", &[("a", "a")]), scene.work("b", &[("b", "b")]));
    scene.worktrees.know([scene.left("a", &a), scene.left("b", &b)]);
    let take = |attempt| scene.try_integrate(attempt, &[("a", "done"), ("b", "done")]);
    let changes: [(&str, &dyn Fn()); 3] = [
        ("planted", &|| write_in(&b.path, "planted", "x")),
        ("b", &|| write_in(&b.path, "b", "other")),
        ("src/a", &|| std::fs::remove_file(b.path.join("src/a")).unwrap()),
    ];
    for (attempt, (file, change)) in (1..).zip(changes) {
        change();
        let refused = take(attempt).unwrap_err().message;
        assert!(refused.contains(".worktrees/r1-b") && refused.contains(file), "{file}: {refused}");
        assert!(!scene.fixture.git(&["for-each-ref"]).contains("mission/r1/main"), "{file}: nothing is merged");
        scene.fixture.git_in(&b.path, &["checkout", "-q", "--", "src"]);
        let _ = std::fs::remove_file(b.path.join("planted"));
        write_in(&b.path, "b", "b");
    }
    // Put back as it was, or worked on again by its own node, it is taken.
    assert_eq!(take(9).unwrap()["merged"].as_array().map(Vec::len), Some(2));
    let c = scene.work("c", &[("c", "c")]);
    scene.worktrees.seal(&scene.left("c", &c));
    drop(scene.worktrees.within(".worktrees/r1-c"));
    write_in(&c.path, "c", "better");
    let with = json!({ "items": [{ "key": "c", "status": "done", "output": {} }], "branches": "mission/r1/1", "base": "main" });
    let node = ("w:m:2:merge", 1);
    scene.fixture.act_among(&scene.worktrees, &scene.fixture.open(), "git.integrate", node, with).unwrap();
    assert_eq!(scene.fixture.git(&["show", "mission/r1/main:c"]), "better");
}

/// The commit that `git.integrate` makes of what is in `place`, made as `a`.
fn settled(scene: &Scene, place: &Place) -> Oid {
    let trailers = [("Mission-Run", "r1"), ("Mission-Node", NODE), ("Mission-Item", "a")];
    let trailers = trailers.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
    let message = Message { subject: "Work of a".to_owned(), body: String::new(), trailers };
    scene.worktrees.settle(&BranchName::parse("mission/r1/1/a").unwrap(), place, &message).unwrap()
}

/// What was left is committed once: an executor that died behind it finds its own commit.
#[test]
fn what_was_left_and_committed_before_a_crash_is_taken() {
    let scene = Scene::new();
    let place = scene.work("a", &[("a", "a")]);
    scene.worktrees.know([scene.left("a", &place)]);
    let tip = settled(&scene, &place);
    assert!(!scene.worktrees.is_moved_since("mission/r1/1/a").unwrap());
    let value = scene.try_integrate(2, &[("a", "done")]).unwrap();
    assert_eq!(value["merged"][0]["key"], "a");
    assert_eq!(scene.fixture.git(&["rev-parse", "mission/r1/main^2"]), tip.as_str());
}

/// Nobody else commits what was left, not even word for word, and not with a note that says so.
#[test]
fn what_somebody_else_committed_of_what_was_left_is_not_taken() {
    for (with_note, message) in
        [(false, "Work of a\n\nMission-Run: r1"), (true, "Work of a\n\nMission-Run: r1"), (true, "other")]
    {
        let scene = Scene::new();
        let place = scene.work("a", &[("a", "a")]);
        let left = scene.left("a", &place);
        scene.worktrees.know([left.clone()]);
        let (tree, head) = (left.tree.unwrap(), left.head.unwrap());
        let forged = scene.fixture.git(&["commit-tree", "-p", &head, "-m", message, &tree]);
        if with_note {
            settled(&scene, &place);
            let folder = scene.fixture.run_dir().join("git");
            let mut notes = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path());
            let note = notes.find(|p| p.file_name().unwrap().to_str().unwrap().starts_with("settled-")).unwrap();
            std::fs::write(note, json!({ "new": forged.trim() }).to_string()).unwrap();
        }
        scene.fixture.git(&["update-ref", "refs/heads/mission/r1/1/a", forged.trim()]);
        let refused = scene.try_integrate(2, &[("a", "done")]).unwrap_err().message;
        assert!(refused.contains(".worktrees/r1-a") && refused.contains("instead of"), "{message}: {refused}");
        assert_eq!(scene.worktrees.is_moved_since("mission/r1/1/a").unwrap(), !with_note);
    }
}

/// A first attempt has left no note: what is there was written by somebody else.
#[test]
fn what_is_noted_of_an_attempt_that_never_was_is_not_done() {
    let scene = Scene::new();
    scene.work("a", &[("a", "a")]);
    scene.integrate(&[("a", "done")]);
    let (path, mut note) = scene.note();
    let start = scene.fixture.oid("main").to_string();
    let evil = scene.fixture.git(&["commit-tree", "-p", &start, "-m", "evil", "main^{tree}"]);
    scene.fixture.git(&["update-ref", "-d", "refs/heads/mission/r1/main"]);
    (note["old"], note["new"], note["done"]) = (json!(null), json!(evil.trim()), json!(false));
    std::fs::write(path, note.to_string()).unwrap();
    scene.work("b", &[("b", "b")]);
    scene.try_integrate(1, &[("b", "done")]).unwrap();
    assert_eq!(scene.history(), ["Merge b from mission/r1/1/b"]);
}

/// As long as somebody works in a worktree, it is not how anybody left it.
#[test]
fn what_two_share_is_sealed_when_both_have_left() {
    let scene = Scene::new();
    let place = scene.work("a", &[("a", "a")]);
    let sealed = || scene.worktrees.sealed(&scene.fixture.root).unwrap().len();
    let one = scene.worktrees.within(".worktrees/r1-a");
    let two = scene.worktrees.within(".worktrees/r1-a");
    drop(one);
    scene.worktrees.seal(&scene.left("a", &place));
    assert_eq!(sealed(), 0);
    scene.fixture.git_in(&place.path, &["add", "-A"]);
    scene.fixture.git_in(&place.path, &["commit", "-qm", "two"]);
    assert!(!scene.worktrees.is_moved_since("mission/r1/1/a").unwrap(), "one of those who work there moved it");
    drop(two);
    assert_eq!(sealed(), 0, "what the first left is not what is there");
    scene.worktrees.seal(&scene.left("a", &place));
    assert_eq!(sealed(), 1);
    assert!(!scene.worktrees.is_moved_since("mission/r1/1/a").unwrap());
}

#[test]
fn a_second_attempt_finds_the_merges_of_the_first() {
    let scene = Scene::new();
    scene.work("a", &[("a", "a")]);
    let shared = scene.enter("main");
    let value = scene.integrate(&[("a", "done")]);
    // Later work in the integration worktree is not touched by it.
    write_in(&shared.path, "README", "being integrated\n");
    assert_eq!(scene.try_integrate(2, &[("a", "done")]).unwrap(), value);
    assert_eq!(std::fs::read_to_string(shared.path.join("README")).unwrap(), "being integrated\n");
    assert_eq!(scene.history().len(), 1);
}

/// Every place where a crash can leave it, behind the note.
#[test]
fn after_a_crash_the_rest_is_done_and_nothing_twice() {
    type Crash = fn(&Scene, &Place, &str);
    let crashes: [(&str, Crash); 3] = [
        ("before the branch moved", |s, shared, start| {
            s.fixture.git(&["update-ref", "refs/heads/mission/r1/main", start]);
            s.fixture.git_in(&shared.path, &["reset", "-q", "--hard", start]);
        }),
        ("before the worktree followed", |s, shared, start| {
            s.fixture.git_in(&shared.path, &["read-tree", start]);
            std::fs::remove_file(shared.path.join("a")).unwrap();
            std::fs::write(s.fixture.root.join(".git/worktrees/r1-main/index.lock"), "").unwrap();
        }),
        ("before it was noted as done", |_, _, _| {}),
    ];
    for (name, crash) in crashes {
        let scene = Scene::new();
        let start = scene.fixture.oid("main").to_string();
        scene.work("a", &[("a", "a")]);
        scene.work("b", &[("b", "b")]);
        let shared = scene.enter("main");
        let value = scene.integrate(&[("a", "done"), ("b", "done")]);
        crash(&scene, &shared, &start);
        let (path, mut note) = scene.note();
        note["done"] = json!(false);
        std::fs::write(path, note.to_string()).unwrap();
        assert_eq!(scene.try_integrate(2, &[("a", "done"), ("b", "done")]).unwrap(), value, "{name}");
        assert_eq!(scene.history().len(), 2, "{name}");
        assert_eq!(scene.fixture.git_in(&shared.path, &["status", "--porcelain"]), "", "{name}");
        assert!(shared.path.join("a").exists() && shared.path.join("b").exists(), "{name}");
        assert_eq!(scene.worktrees.finish().unwrap(), [], "{name}");
        assert_eq!(
            scene.fixture.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads"]),
            "main\nmission/r1/main",
            "{name}"
        );
    }
}

#[test]
fn a_branch_that_somebody_else_moved_is_not_overwritten() {
    let scene = Scene::new();
    scene.work("a", &[("a", "a")]);
    let value = scene.integrate(&[("a", "done")]);
    let elsewhere = scene.fixture.commit("person", "x");
    scene.fixture.git(&["update-ref", "refs/heads/mission/r1/main", elsewhere.as_str()]);
    scene.work("b", &[("b", "b")]);
    let again = scene.try_integrate(2, &[("b", "done")]).unwrap();
    assert_ne!(again, value);
    assert_eq!(scene.fixture.git(&["rev-parse", "mission/r1/main^1"]), elsewhere.as_str());
}
