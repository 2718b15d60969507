//! The executor dies before or after each call of git that changes something, one place after the other, and is
//! started again: the outcome is the same, nothing is done twice, nothing is left behind.
//!
//! A wrapper in the place of git counts the calls and kills its parent, a second process of this test.

use std::collections::BTreeMap;
use std::path::Path;

use mission_executor::decide::port::WorktreeSpec;
use mission_executor::git::{Collect, Wanted};
use serde_json::json;

use crate::fixture::{Fixture, snapshot, write_in};
use crate::scene::{PLACE, Scene, arm};

/// Attempts begun and nodes done: what the store keeps in a real run.
#[derive(Default, serde::Serialize, serde::Deserialize)]
struct Record {
    attempts: BTreeMap<String, u32>,
    done: Vec<String>,
}

struct Play {
    fixture: Fixture,
    record: Record,
}

impl Play {
    fn node(&mut self, node: &str, act: impl FnOnce(&Fixture, u32)) {
        if self.record.done.iter().any(|done| done == node) {
            return;
        }
        let attempt = self.record.attempts.entry(node.to_owned()).or_default();
        *attempt += 1;
        let attempt = *attempt;
        self.save();
        act(&self.fixture, attempt);
        self.record.done.push(node.to_owned());
        self.save();
    }
    fn save(&self) {
        let path = self.fixture.outside().join("record.json");
        let draft = path.with_extension("tmp");
        std::fs::write(&draft, serde_json::to_vec(&self.record).unwrap()).unwrap();
        std::fs::rename(draft, path).unwrap();
    }
    /// A node that works in a worktree of its own: it writes its name into `file`.
    fn feature(&mut self, round: u32, name: &str, file: &str) {
        let node = format!("w:m:{round}:f:{name}");
        self.node(&node.clone(), |fixture, attempt| {
            let spec = WorktreeSpec {
                base: "integrated".to_owned(),
                path: format!(".worktrees/r1-{round}-{name}"),
                branch: format!("mission/r1/{round}/{name}"),
            };
            let place = fixture.worktrees().enter(&spec, &node, attempt, true).unwrap();
            write_in(&place.path, file, &format!("{name}\n"));
        });
    }
    /// A merge with a conflict: begun, resolved and concluded.
    fn resolve(&mut self, round: u32, name: &str) {
        let branch = format!("mission/r1/{round}/{name}");
        let [begin, edit, end] =
            ["begin", "resolve", "conclude"].map(|part| format!("w:m:{round}:conflict:{name}:{part}"));
        self.node(&begin.clone(), |fixture, attempt| {
            let place = enter_main(fixture, attempt);
            let with = json!({ "branch": branch, "key": name });
            let value = fixture.act_in(&place.repository, "git.merge", &begin, attempt, with).unwrap();
            assert_eq!(value["files"].as_array().unwrap().len(), 1);
        });
        self.node(&edit, |fixture, attempt| {
            write_in(&enter_main(fixture, attempt).path, "same", &format!("x and {name}\n"));
        });
        self.node(&end.clone(), |fixture, attempt| {
            let place = enter_main(fixture, attempt);
            fixture.act_in(&place.repository, "git.conclude", &end, attempt, json!({ "branch": branch })).unwrap();
        });
    }
    /// A merge that nobody can resolve.
    fn give_up(&mut self, round: u32, name: &str) {
        let branch = format!("mission/r1/{round}/{name}");
        let [begin, edit, end] =
            ["begin", "resolve", "conclude"].map(|part| format!("w:m:{round}:conflict:{name}:{part}"));
        self.node(&begin.clone(), |fixture, attempt| {
            let place = enter_main(fixture, attempt);
            let with = json!({ "branch": branch, "key": name });
            fixture.act_in(&place.repository, "git.merge", &begin, attempt, with).unwrap();
        });
        self.node(&edit, |fixture, attempt| {
            write_in(&enter_main(fixture, attempt).path, "junk", "junk\n");
        });
        self.node(&end.clone(), |fixture, attempt| {
            let place = enter_main(fixture, attempt);
            let failure = fixture
                .act_in(&place.repository, "git.conclude", &end, attempt, json!({ "branch": branch }))
                .unwrap_err();
            assert!(failure.message.contains("is left out: `junk` was changed"), "{failure:?}");
        });
    }
    fn merge(&mut self, round: u32, names: &[&str]) {
        self.node(&format!("w:m:{round}:merge"), |fixture, attempt| {
            enter_main(fixture, attempt);
            let items: Vec<_> = names.iter().map(|name| json!({ "key": name, "status": "done" })).collect();
            let with = json!({ "items": items, "branches": format!("mission/r1/{round}"), "base": "main" });
            let node = format!("w:m:{round}:merge");
            fixture.act_in(&fixture.open(), "git.integrate", &node, attempt, with).unwrap();
        });
    }
    /// An edit in the integration worktree, and its commit.
    fn close(&mut self, round: u32) {
        self.node(&format!("w:m:{round}:integrate"), |fixture, attempt| {
            write_in(&enter_main(fixture, attempt).path, "src/a", &format!("round {round}\n"));
        });
        self.node(&format!("w:m:{round}:commit"), |fixture, attempt| {
            let place = enter_main(fixture, attempt);
            let with = json!({ "message": format!("Round {round}") });
            let node = format!("w:m:{round}:commit");
            fixture.act_in(&place.repository, "git.commit", &node, attempt, with).unwrap();
        });
    }
}

fn enter_main(fixture: &Fixture, attempt: u32) -> mission_executor::git::Place {
    let (path, branch) = (".worktrees/r1-main".to_owned(), "mission/r1/main".to_owned());
    fixture.worktrees().enter(&WorktreeSpec { base: "main".to_owned(), path, branch }, "w:main", attempt, true).unwrap()
}

impl Play {
    /// Plays on from what is recorded beside the repository.
    fn on(fixture: Fixture) -> Self {
        let record = std::fs::read(fixture.outside().join("record.json")).ok();
        let record = record.map_or_else(Record::default, |text| serde_json::from_slice(&text).unwrap());
        let wanted = Wanted { base_branch: Some("main"), worktrees: true, ..Wanted::default() };
        let base = fixture.open().preflight(&wanted).unwrap().base.unwrap();
        fixture.worktrees().begin(&base).unwrap();
        Self { fixture, record }
    }
    /// In the second process.
    fn second() -> Self {
        Self::on(Fixture::at(Path::new(&std::env::var_os(PLACE).unwrap())))
    }
}

/// Worktrees, merges, commits, the end of the run.
#[test]
#[ignore = "a part of a test below, in a process of its own"]
fn play() {
    let mut play = Play::second();
    play.feature(1, "x", "x");
    play.feature(1, "y", "y");
    play.merge(1, &["x", "y"]);
    play.close(1);
    play.feature(2, "z", "z");
    play.merge(2, &["z"]);
    play.close(2);
    assert_eq!(play.fixture.worktrees().finish().unwrap(), []);
}

/// One conflict that is resolved and one that is not, a commit, the end of the run.
#[test]
#[ignore = "a part of a test below, in a process of its own"]
fn conflicts() {
    let mut play = Play::second();
    play.resolve(1, "y");
    play.give_up(1, "z");
    play.close(1);
    let kept = play.fixture.worktrees().finish().unwrap();
    assert_eq!(kept.iter().map(|k| &*k.branch).collect::<Vec<_>>(), ["mission/r1/1/z"]);
}

/// What a run integrated is landed, and what is left is collected.
#[test]
#[ignore = "a part of a test below, in a process of its own"]
fn clear_up() {
    let fixture = Fixture::at(Path::new(&std::env::var_os(PLACE).unwrap()));
    let worktrees = fixture.worktrees();
    // Two commands of a person, of whom the second is only asked for after the first.
    if worktrees.repository().tip(worktrees.main()).unwrap().is_some() {
        worktrees.land("r1").unwrap();
    }
    worktrees.collect(Collect::Abandoned, false).unwrap();
    assert_eq!(worktrees.collect(Collect::Abandoned, false).unwrap(), []);
}

/// A repository with something of the user's in every place, and a git that kills its parent at call `at`.
fn stage(at: &str, when: &str) -> Fixture {
    let fixture = Fixture::new();
    make_dirty(&fixture);
    arm(&fixture, at, when);
    fixture
}

/// The same, in which three items of a run are one merge and two conflicts.
fn stage_conflicts(at: &str, when: &str) -> Fixture {
    let fixture = Fixture::new();
    make_dirty(&fixture);
    let mut play = Play::on(Fixture::at(&fixture.outside()));
    for name in ["x", "y", "z"] {
        play.feature(1, name, "same");
    }
    play.merge(1, &["x", "y", "z"]);
    arm(&fixture, at, when);
    fixture
}

/// A repository in which a run integrated one item, left one out, and the base branch moved on meanwhile.
fn stage_ended(at: &str, when: &str) -> Fixture {
    let fixture = Fixture::new();
    let mut play = Play::on(Fixture::at(&fixture.outside()));
    play.feature(1, "x", "same");
    play.feature(1, "y", "same");
    play.merge(1, &["x", "y"]);
    fixture.commit("meanwhile", "x\n");
    write_in(&fixture.root.join(".worktrees/r1-1-y"), "never-committed", "x");
    arm(&fixture, at, when);
    fixture
}

fn make_dirty(fixture: &Fixture) {
    fixture.write("README", "changed by the user\n");
    fixture.write("untracked", "x");
    fixture.write("staged", "x");
    fixture.git(&["add", "staged"]);
}

const ENGINE: [&str; 5] =
    [".git/objects", ".git/refs/heads/mission", ".git/logs/refs/heads/mission", ".git/packed-refs", ".git/worktrees"];

/// What must be the same after any crash.
fn outcome(fixture: &Fixture) -> BTreeMap<&'static str, String> {
    let count = |key: &str| {
        let format = format!("--format=%(trailers:key={key},valueonly)");
        let text = fixture.git(&["log", "--first-parent", &format, "main..mission/r1/main"]);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let mut outcome = common(fixture);
    outcome.extend([
        ("tree", fixture.git(&["rev-parse", "mission/r1/main^{tree}"])),
        ("same", fixture.try_git_in(&fixture.root, &["show", "mission/r1/main:same"]).1),
        ("kept", fixture.try_git_in(&fixture.root, &["show", "mission/r1/1/z:same"]).1),
        ("nodes", count("Mission-Node")),
        ("items", count("Mission-Item")),
        ("merges", fixture.git(&["rev-list", "--count", "--merges", "main..mission/r1/main"])),
    ]);
    outcome
}

/// The same for what is landed and collected.
fn cleared(fixture: &Fixture) -> BTreeMap<&'static str, String> {
    let items = fixture.git(&["log", "--merges", "--format=%(trailers:key=Mission-Item,valueonly)"]);
    let mut outcome = common(fixture);
    outcome.extend([
        ("tree", fixture.git(&["rev-parse", "main^{tree}"])),
        ("status", fixture.git(&["status", "--porcelain"])),
        ("items", items.split_whitespace().collect::<Vec<_>>().join(" ")),
        ("merges", fixture.git(&["rev-list", "--count", "--merges", "main"])),
    ]);
    outcome
}

fn common(fixture: &Fixture) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("refs", fixture.git(&["for-each-ref", "--format=%(refname)"])),
        ("worktrees", fixture.git(&["worktree", "list", "--porcelain"]).matches("worktree ").count().to_string()),
        ("left", left(&fixture.root.join(".worktrees"))),
        ("locks", locks(&fixture.root.join(".git")).join(" ")),
        ("fsck", fixture.git(&["fsck", "--no-dangling", "--no-progress"])),
    ])
}

fn left(folder: &Path) -> String {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names.join(" ")
}

fn locks(folder: &Path) -> Vec<String> {
    snapshot(folder, &["objects"])
        .into_keys()
        .filter(|p| p.extension().is_some_and(|e| e == "lock"))
        .map(|p| p.display().to_string())
        .collect()
}

/// Worktrees, merges, commits, the end of the run.
#[test]
fn a_kill_at_any_call_of_git_changes_nothing_in_the_end() {
    let scene = Scene { part: "crash::play", stage, outcome, engine: &ENGINE };
    let (end, kills) = scene.everywhere();
    let parts = ["merges", "items", "left", "locks"].map(|part| end[part].as_str());
    assert_eq!(parts, ["3", "z y x", ".gitignore .lock", ""]);
    assert!(kills >= 60, "only {kills} kills");
}

/// Merges that are begun, resolved, given up.
#[test]
fn a_kill_in_the_middle_of_a_conflict_changes_nothing_in_the_end() {
    let scene = Scene { part: "crash::conflicts", stage: stage_conflicts, outcome, engine: &ENGINE };
    let (end, kills) = scene.everywhere();
    let parts = ["merges", "items", "left", "locks", "same", "kept"].map(|part| end[part].as_str());
    assert_eq!(parts, ["2", "y x", ".gitignore .lock r1-1-z", "", "x and y", "z"]);
    assert!(kills >= 30, "only {kills} kills");
}

/// Landing and collecting.
#[test]
fn a_kill_while_clearing_up_changes_nothing_in_the_end() {
    let scene = Scene { part: "crash::clear_up", stage: stage_ended, outcome: cleared, engine: &[""] };
    let (end, kills) = scene.everywhere();
    let parts = ["merges", "items", "refs", "left", "status"].map(|part| end[part].as_str());
    assert_eq!(parts, ["2", "x", "refs/heads/main", ".gitignore .lock", ""]);
    assert!(kills >= 12, "only {kills} kills");
}
