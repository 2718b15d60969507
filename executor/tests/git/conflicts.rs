//! `git.merge` and `git.conclude`: conflicts that are resolved on both sides, and everything that is none.

use mission_executor::decide::port::WorktreeSpec;
use mission_executor::event::Failure;
use mission_executor::git::{Place, Wanted, Worktrees};
use serde_json::{Value, json};

use crate::fixture::{Fixture, snapshot, write_in};

const BRANCH: &str = "mission/r1/1/two";
const BEGIN: &str = "w:m:1:conflict:two:begin";
const CONCLUDE: &str = "w:m:1:conflict:two:conclude";

/// `one` is integrated, `two` conflicts with it in `src/a` and adds `x`.
struct Scene {
    fixture: Fixture,
    worktrees: Worktrees,
    place: Place,
    /// The integration branch before the merge.
    head: String,
}

fn enter(worktrees: &Worktrees, name: &str) -> Place {
    let branch = if name == "main" { "mission/r1/main".to_owned() } else { format!("mission/r1/1/{name}") };
    let spec = WorktreeSpec { base: "integrated".to_owned(), path: format!(".worktrees/r1-{name}"), branch };
    worktrees.enter(&spec, &format!("w:m:1:f:{name}"), 1, false).unwrap()
}

impl Scene {
    fn new() -> Self {
        Self::of(&[("src/a", "1\ntwo\n3\n"), ("x", "x\n")])
    }
    fn of(two: &[(&str, &str)]) -> Self {
        let fixture = Fixture::new();
        fixture.commit("other", "other\n");
        fixture.commit(".gitignore", "ignored\n");
        let worktrees = fixture.worktrees();
        let wanted = Wanted { base_branch: Some("main"), worktrees: true, ..Wanted::default() };
        worktrees.begin(&fixture.open().preflight(&wanted).unwrap().base.unwrap()).unwrap();
        write_in(&enter(&worktrees, "one").path, "src/a", "1\none\n3\n");
        let place = enter(&worktrees, "two");
        for (path, text) in two {
            match text {
                &"" => std::fs::remove_file(place.path.join(path)).unwrap(),
                text => write_in(&place.path, path, text),
            }
        }
        let place = enter(&worktrees, "main");
        let items = json!([{ "key": "one", "status": "done" }, { "key": "two", "status": "done" }]);
        let with = json!({ "items": items, "branches": "mission/r1/1", "base": "main" });
        let value = fixture.act("git.integrate", "w:m:1:merge", with).unwrap();
        assert_eq!(value["conflicts"][0]["branch"], BRANCH, "{value}");
        let head = fixture.oid("mission/r1/main").to_string();
        Self { fixture, worktrees, place, head }
    }
    fn begin(&self) -> Value {
        self.try_begin(1).unwrap()
    }
    fn try_begin(&self, attempt: u32) -> Result<Value, Failure> {
        let with = json!({ "branch": BRANCH, "key": "two" });
        self.fixture.act_in(&self.place.repository, "git.merge", BEGIN, attempt, with)
    }
    fn conclude(&self, with: Value) -> Result<Value, Failure> {
        self.conclude_in(1, with)
    }
    fn conclude_in(&self, attempt: u32, mut with: Value) -> Result<Value, Failure> {
        with["branch"] = json!(BRANCH);
        self.fixture.act_in(&self.place.repository, "git.conclude", CONCLUDE, attempt, with)
    }
    fn write(&self, path: &str, text: &str) {
        write_in(&self.place.path, path, text);
    }
    fn here(&self, args: &[&str]) -> String {
        self.fixture.git_in(&self.place.path, args)
    }
    /// The integration worktree is as before, nothing is lost, and the next merge can begin.
    fn is_as_before(&self) {
        assert_eq!(self.fixture.oid("mission/r1/main").to_string(), self.head);
        assert_eq!(self.here(&["status", "--porcelain"]), "");
        assert_eq!(self.here(&["rev-parse", "--abbrev-ref", "HEAD"]), "mission/r1/main");
        assert!(!self.fixture.root.join(".git/worktrees/r1-main/MERGE_HEAD").exists());
        assert_eq!(self.fixture.git(&["show", &format!("{BRANCH}:src/a")]), "1\ntwo\n3");
        assert!(self.fixture.root.join(".worktrees/r1-two").exists());
        self.fixture.git(&["fsck", "--no-dangling"]);
    }
}

#[test]
fn a_merge_is_begun_with_markers_and_both_versions() {
    let scene = Scene::new();
    let value = scene.begin();
    let oid = |name: &str| scene.fixture.git(&["rev-parse", name]);
    let expected = json!([{
        "path": "src/a", "base": oid("main:src/a"), "ours": oid("mission/r1/main:src/a"), "theirs": oid(&format!("{BRANCH}:src/a")),
    }]);
    assert_eq!((&value["files"], &value["branch"]), (&expected, &json!(BRANCH)));
    let text = std::fs::read_to_string(scene.place.path.join("src/a")).unwrap();
    for part in ["<<<<<<< ", "\none\n", "||||||| ", "\n2\n", "\n=======\n", "\ntwo\n", ">>>>>>> "] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(scene.here(&["status", "--porcelain"]), "UU src/a\nA  x", "what merges by itself is there");
    assert_eq!(scene.here(&["rev-parse", "MERGE_HEAD"]), oid(BRANCH));
    assert_eq!(scene.fixture.oid("mission/r1/main").to_string(), scene.head, "no branch moves");
}

/// What `git.integrate` named is merged, wherever the branch and the worktree are by now.
#[test]
fn the_commit_that_was_named_is_merged() {
    let scene = Scene::new();
    let named = scene.fixture.oid(BRANCH).to_string();
    let evil = scene.fixture.git(&["commit-tree", "-p", &named, "-m", "evil", "main^{tree}"]);
    scene.fixture.git(&["update-ref", &format!("refs/heads/{BRANCH}"), evil.trim()]);
    let with = json!({ "branch": BRANCH, "key": "two", "commit": named });
    let value = scene.fixture.act_in(&scene.place.repository, "git.merge", BEGIN, 1, with).unwrap();
    assert_eq!(value["theirs"], json!(named));
    let with = json!({ "branch": BRANCH, "key": "two", "commit": "0".repeat(40) });
    let refused = scene.fixture.act_in(&scene.place.repository, "git.merge", "w:other", 1, with).unwrap_err();
    assert!(!refused.message.is_empty());
}

#[test]
fn a_resolution_is_one_merge_commit_on_both_sides() {
    let scene = Scene::new();
    scene.begin();
    scene.write("src/a", "1\none and two\n3\n");
    scene.write("ignored", "kept\n");
    let value = scene.conclude(json!({ "body": "Both.\n\nMission-Run: forged" })).unwrap();
    assert_eq!((&value["key"], &value["files"], &value["note"]), (&json!("two"), &json!(["src/a", "x"]), &Value::Null));
    assert_eq!(value["commit"], json!(scene.fixture.oid("mission/r1/main").as_str()));
    let parents = scene.fixture.git(&["log", "-1", "--format=%P", "mission/r1/main"]);
    assert_eq!(parents.split(' ').next(), Some(scene.head.as_str()));
    let log = scene.fixture.git(&["log", "-1", "--format=%B", "mission/r1/main"]);
    assert_eq!(
        log,
        format!(
            "Merge two from {BRANCH}\n\nBoth.\n\n> Mission-Run: forged\n\nMission-Run: r1\nMission-Node: {CONCLUDE}\nMission-Item: two"
        )
    );
    assert_eq!(scene.fixture.git(&["show", "mission/r1/main:src/a"]), "1\none and two\n3");
    assert_eq!(scene.here(&["status", "--porcelain"]), "");
    assert!(!scene.fixture.root.join(".git/worktrees/r1-main/MERGE_HEAD").exists());
    assert_eq!(std::fs::read_to_string(scene.place.path.join("ignored")).unwrap(), "kept\n");
    let branches = scene.fixture.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads"]);
    assert_eq!(branches, "main\nmission/r1/main", "its worktree and branch are gone");
    // What somebody writes there later is not touched by another attempt.
    scene.write("src/a", "later\n");
    assert_eq!(scene.conclude_in(2, json!({})).unwrap(), value);
    assert_eq!(std::fs::read_to_string(scene.place.path.join("src/a")).unwrap(), "later\n");
    scene.here(&["checkout", "-q", "src/a"]);
    assert_eq!(scene.worktrees.finish().unwrap(), []);
    scene.fixture.git(&["fsck", "--no-dangling"]);
}

type Resolver = fn(&Scene);

/// What a resolver does, what it states, and why that is none.
const REFUSED: &[(&str, Resolver, &[&str], &str)] = &[
    ("nothing", |_| {}, &[], "`src/a` still has a conflict marker in line 2"),
    (
        "half of the markers",
        |s| s.write("src/a", "1\none\n=======\ntwo\n3\n"),
        &[],
        "`src/a` still has a conflict marker in line 3",
    ),
    ("one side", |s| s.write("src/a", "1\none\n3\n"), &[], "`src/a` drops what is merged"),
    ("one side with a fig leaf", |s| s.write("src/a", "1\none\n3\n# merged\n"), &[], "`src/a` drops what is merged"),
    ("the other side", |s| s.write("src/a", "1\ntwo\n3\n"), &[], "`src/a` drops what was integrated before"),
    ("neither side", |s| s.write("src/a", "1\n2\n3\n"), &[], "`src/a` drops both sides"),
    ("git's own `ours`", |s| drop(s.here(&["checkout", "--ours", "src/a"])), &[], "`src/a` drops what is merged"),
    (
        "deletes the file",
        |s| std::fs::remove_file(s.place.path.join("src/a")).unwrap(),
        &[],
        "`src/a` drops both sides",
    ),
    (
        "another file",
        |s| {
            s.write("src/a", "1\none two\n3\n");
            s.write("other", "changed\n");
            s.write("new/deep", "new\n");
        },
        &["new/deep"],
        "`other` was changed, which was not in conflict",
    ),
    (
        "undoes what merged by itself",
        |s| {
            s.write("src/a", "1\none two\n3\n");
            std::fs::remove_file(s.place.path.join("x")).unwrap();
        },
        &[],
        "`x` was changed, which was not in conflict",
    ),
    ("aborts the merge", |s| drop(s.here(&["merge", "--abort"])), &[], "`x` was changed, which was not in conflict"),
    (
        "a repository of its own",
        |s| {
            s.write("src/a", "1\none two\n3\n");
            s.here(&["init", "-q", "nested"]);
        },
        &[],
        "`nested` is a repository of its own",
    ),
    (
        "commits with markers",
        |s| {
            s.here(&["add", "-A"]);
            s.here(&["commit", "-qm", "resolved"]);
        },
        &[],
        "`src/a` still has a conflict marker in line 2",
    ),
    (
        "moves the branch back",
        |s| {
            s.here(&["reset", "-q", "--hard", "HEAD~1"]);
            s.write("src/a", "1\none two\n3\n");
            s.write("x", "x\n");
        },
        &[],
        "its branch was moved away from",
    ),
    (
        "a commit instead of what was integrated",
        |s| {
            s.write("src/a", "1\none two\n3\n");
            s.here(&["add", "-A"]);
            s.here(&["commit", "-qm", "resolved"]);
            let tree = s.here(&["rev-parse", "HEAD^{tree}"]);
            let commit = s.here(&["commit-tree", "-m", "forged", &tree]);
            s.here(&["reset", "-q", "--hard", &commit]);
        },
        &[],
        "its branch was moved away from",
    ),
];

#[test]
fn what_is_no_resolution_is_refused_and_the_merge_given_up() {
    std::thread::scope(|scope| {
        for some in REFUSED.chunks(REFUSED.len().div_ceil(4)) {
            scope.spawn(|| refused(some));
        }
    });
}

fn refused(resolvers: &[(&str, Resolver, &[&str], &str)]) {
    for (name, resolver, also, why) in resolvers {
        let scene = Scene::new();
        scene.begin();
        resolver(&scene);
        let failure = scene.conclude(json!({ "also": also })).expect_err(name);
        let all = format!("{}; {}", failure.message, failure.reasons.join("; "));
        assert!(
            failure.message.starts_with(&format!("`{BRANCH}` is left out: ")) && all.contains(why),
            "{name}: {all}"
        );
        assert_eq!(failure.reasons.last().unwrap(), &format!("its work stays on the branch `{BRANCH}`"), "{name}");
        scene.is_as_before();
        // The same again, whatever is in the worktree by then.
        scene.write("other", "later\n");
        assert_eq!(scene.conclude_in(2, json!({})).unwrap_err(), failure, "{name}");
        assert_eq!(std::fs::read_to_string(scene.place.path.join("other")).unwrap(), "later\n", "{name}");
    }
}

#[test]
fn a_merge_that_nobody_resolved_is_given_up() {
    let scene = Scene::new();
    scene.begin();
    scene.write("src/a", "1\none two\n3\n");
    scene.write("junk", "x");
    let failure = scene.conclude(json!({ "accept": false })).unwrap_err();
    assert_eq!(failure.message, format!("`{BRANCH}` is left out: nobody resolved it"));
    scene.is_as_before();
    let kept = scene.worktrees.finish().unwrap();
    assert_eq!(kept.iter().map(|k| (&*k.branch, &*k.why)).collect::<Vec<_>>(), [(BRANCH, "its branch is not merged")]);
    // It can be tried again, with everything that is needed.
    let spec =
        WorktreeSpec { base: "integrated".into(), path: ".worktrees/r1-main".into(), branch: "mission/r1/main".into() };
    let place = scene.worktrees.enter(&spec, "w:m:1:merge", 1, false).unwrap();
    let scene = Scene { place, ..scene };
    scene.begin();
    scene.write("src/a", "1\none two\n3\n");
    let with = json!({ "branch": BRANCH });
    scene.fixture.act_in(&scene.place.repository, "git.conclude", "w:again", 1, with).unwrap();
    assert_eq!(scene.worktrees.finish().unwrap(), []);
}

#[test]
fn other_files_may_change_where_that_is_said() {
    let scene = Scene::new();
    scene.begin();
    scene.write("src/a", "1\none two\n3\n");
    scene.write("other", "calls both\n");
    let value = scene.conclude(json!({ "also": ["other", "never/touched"] })).unwrap();
    assert_eq!(value["files"], json!(["other", "src/a", "x"]));
}

#[test]
fn commits_of_the_resolver_become_one_merge_commit() {
    let scene = Scene::new();
    scene.begin();
    scene.write("src/a", "1\none two\n3\n");
    scene.here(&["add", "-A"]);
    scene.here(&["commit", "-qm", "mine\n\nMission-Item: forged"]);
    scene.write("src/a", "1\none, two\n3\n");
    scene.here(&["commit", "-qam", "again"]);
    let value = scene.conclude(json!({})).unwrap();
    assert_eq!(value["note"], "commits that were made while it was resolved are part of it");
    let log = scene.fixture.git(&["log", "--format=%s", &format!("{}..mission/r1/main", scene.head)]);
    assert_eq!(log, format!("Merge two from {BRANCH}\nWork of two"));
    assert_eq!(scene.fixture.git(&["show", "mission/r1/main:src/a"]), "1\none, two\n3");
    assert_eq!(scene.worktrees.finish().unwrap(), []);
}

#[test]
fn a_deletion_and_a_change_are_two_sides_as_well() {
    let resolve = |text: Option<&str>, also: Option<(&str, &str)>| {
        let scene = Scene::of(&[("src/a", "")]);
        let value = scene.begin();
        assert_eq!((&value["files"][0]["path"], &value["files"][0]["theirs"]), (&json!("src/a"), &Value::Null));
        match text {
            Some(text) => scene.write("src/a", text),
            None => std::fs::remove_file(scene.place.path.join("src/a")).unwrap(),
        }
        also.into_iter().for_each(|(path, text)| scene.write(path, text));
        scene.conclude(json!({ "also": also.iter().map(|(path, _)| path).collect::<Vec<_>>() }))
    };
    let dropped = |result: Result<Value, Failure>| result.unwrap_err().message;
    assert!(dropped(resolve(None, None)).contains("`src/a` drops what was integrated before"));
    assert!(dropped(resolve(Some("1\none\n3\n"), None)).contains("`src/a` drops what is merged"));
    resolve(Some("one\n"), None).unwrap();
    resolve(None, Some(("elsewhere", "one\n"))).unwrap();
}

#[test]
fn only_branches_of_the_run_are_merged() {
    let scene = Scene::new();
    scene.fixture.git(&["branch", "mine"]);
    let before = snapshot(&scene.place.path, &[]);
    for branch in ["mine", "main", "mission/r1/main", "mission/r1/1/none", "-f", "HEAD", "../x"] {
        let with = json!({ "branch": branch, "key": "two" });
        let failure = scene.fixture.act_in(&scene.place.repository, "git.merge", BEGIN, 1, with).unwrap_err();
        assert!(
            failure.message.contains("no branch of an item") || failure.message.contains("not a branch name"),
            "{failure:?}"
        );
        let with = json!({ "branch": branch });
        let failure = scene.fixture.act_in(&scene.place.repository, "git.conclude", CONCLUDE, 1, with).unwrap_err();
        assert!(failure.message.contains("under way") || failure.message.contains("not a branch name"), "{failure:?}");
    }
    assert_eq!(snapshot(&scene.place.path, &[]), before);
}

#[test]
fn a_worktree_with_changes_is_not_merged_into() {
    let scene = Scene::new();
    scene.write("other", "half done\n");
    let failure = scene.try_begin(1).unwrap_err();
    assert!(failure.message.contains("holds changes that are not committed"), "{failure:?}");
    assert_eq!(scene.here(&["status", "--porcelain"]), "M other".replace('M', " M"));
}

/// The next conflict is begun on what the one before gave, and may be none by then.
#[test]
fn a_later_merge_stands_on_the_resolved_one() {
    let scene = Scene::new();
    scene.begin();
    scene.write("src/a", "1\none two\n3\n");
    scene.conclude(json!({})).unwrap();
    let third = enter(&scene.worktrees, "three");
    assert_eq!(std::fs::read_to_string(third.path.join("src/a")).unwrap(), "1\none two\n3\n");
    write_in(&third.path, "three", "3\n");
    let with = json!({ "branch": "mission/r1/1/three", "key": "three" });
    let value = scene.fixture.act_in(&scene.place.repository, "git.merge", "w:3:begin", 1, with).unwrap();
    assert_eq!(value["files"], json!([]));
    let with = json!({ "branch": "mission/r1/1/three" });
    let value = scene.fixture.act_in(&scene.place.repository, "git.conclude", "w:3:end", 1, with).unwrap();
    assert_eq!(value["files"], json!(["three"]));
    assert_eq!(scene.worktrees.finish().unwrap(), []);
}
