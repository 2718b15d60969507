//! The executor dies before or after each call of git that changes something, one place after the other, and is
//! started again: the outcome is the same, nothing is done twice, nothing is left behind.
//!
//! A wrapper in the place of git counts the calls and kills its parent, a second process of this test.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use mission_executor::decide::port::WorktreeSpec;
use mission_executor::git::Wanted;
use serde_json::json;

use crate::fixture::{Fixture, script, snapshot, write_in};

/// Names the folder of the fixture to the second process.
const PLACE: &str = "MISSION_TEST_PLACE";

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
    fn feature(&mut self, round: u32, name: &str) {
        let node = format!("w:m:{round}:f:{name}");
        self.node(&node.clone(), |fixture, attempt| {
            let spec = WorktreeSpec {
                base: "integrated".to_owned(),
                path: format!(".worktrees/r1-{round}-{name}"),
                branch: format!("mission/r1/{round}/{name}"),
            };
            let place = fixture.worktrees().enter(&spec, &node, attempt, true).unwrap();
            write_in(&place.path, name, "work\n");
        });
    }
    /// Merge, an edit in the integration worktree, and its commit.
    fn close(&mut self, round: u32, names: &[&str]) {
        self.node(&format!("w:m:{round}:merge"), |fixture, attempt| {
            enter_main(fixture, attempt);
            let items: Vec<_> = names.iter().map(|name| json!({ "key": name, "status": "done" })).collect();
            let with = json!({ "items": items, "branches": format!("mission/r1/{round}"), "base": "main" });
            let node = format!("w:m:{round}:merge");
            fixture.act_in(&fixture.open(), "git.integrate", &node, attempt, with).unwrap();
        });
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

/// The second process: plays on from what is recorded.
#[test]
#[ignore = "a part of the test below, in a process of its own"]
fn play() {
    let fixture = Fixture::at(Path::new(&std::env::var_os(PLACE).unwrap()));
    let record = std::fs::read(fixture.outside().join("record.json")).ok();
    let record = record.map_or_else(Record::default, |text| serde_json::from_slice(&text).unwrap());
    let mut play = Play { fixture, record };
    let wanted = Wanted { base_branch: Some("main"), worktrees: true, ..Wanted::default() };
    let base = play.fixture.open().preflight(&wanted).unwrap().base.unwrap();
    play.fixture.worktrees().begin(&base).unwrap();
    play.feature(1, "x");
    play.feature(1, "y");
    play.close(1, &["x", "y"]);
    play.feature(2, "z");
    play.close(2, &["z"]);
    assert_eq!(play.fixture.worktrees().finish().unwrap(), []);
}

/// A repository with something of the user's in every place, and a git that kills its parent at call `at`.
fn stage(at: &str, when: &str) -> Fixture {
    let fixture = Fixture::new();
    fixture.write("README", "changed by the user\n");
    fixture.write("untracked", "x");
    fixture.write("staged", "x");
    fixture.git(&["add", "staged"]);
    let real = fixture.program().path().display().to_string();
    let count = fixture.outside().join("count").display().to_string();
    let text = format!(
        r#"case "$2" in worktree|update-index|update-ref|commit-tree|reset|write-tree) ;; *) exec '{real}' "$@" ;; esac
n=$(cat '{count}' 2>/dev/null || echo 0); n=$((n + 1)); echo $n > '{count}'
if [ $n = {at} ] && [ {when} = before ]; then kill -9 $PPID; exit 1; fi
'{real}' "$@"; code=$?
if [ $n = {at} ] && [ {when} = after ]; then kill -9 $PPID; fi
exit $code"#
    );
    script(&fixture.outside().join("bin/git"), &text);
    fixture
}

/// Runs [`play`] in a second process; true if it came to its end.
fn run(fixture: &Fixture) -> (bool, String) {
    let me = std::env::current_exe().unwrap();
    let args = ["crash::play", "--exact", "--ignored", "--nocapture"];
    let output = Command::new(me).args(args).env(PLACE, fixture.outside()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

const ENGINE: [&str; 4] =
    [".git/objects", ".git/refs/heads/mission", ".git/logs/refs/heads/mission", ".git/packed-refs"];

/// What must be the same after any crash.
fn outcome(fixture: &Fixture) -> BTreeMap<&'static str, String> {
    let count = |key: &str| {
        let format = format!("--format=%(trailers:key={key},valueonly)");
        let text = fixture.git(&["log", "--first-parent", &format, "main..mission/r1/main"]);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    BTreeMap::from([
        ("tree", fixture.git(&["rev-parse", "mission/r1/main^{tree}"])),
        ("nodes", count("Mission-Node")),
        ("items", count("Mission-Item")),
        ("merges", fixture.git(&["rev-list", "--count", "--merges", "main..mission/r1/main"])),
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

#[test]
fn a_kill_at_any_call_of_git_changes_nothing_in_the_end() {
    let whole = stage("0", "never");
    let theirs = snapshot(&whole.root, &ENGINE);
    let (ok, said) = run(&whole);
    assert!(ok, "{said}");
    let expected = outcome(&whole);
    assert_eq!(
        (
            expected["merges"].as_str(),
            expected["items"].as_str(),
            expected["left"].as_str(),
            expected["locks"].as_str()
        ),
        ("3", "z y x", ".gitignore .lock", "")
    );
    assert_eq!(snapshot(&whole.root, &ENGINE), theirs, "what is the user's was touched");
    let calls: u32 = std::fs::read_to_string(whole.outside().join("count")).unwrap().trim().parse().unwrap();
    assert!(calls * 2 >= 60, "only {calls} calls");
    let next = AtomicU32::new(0);
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let point = next.fetch_add(1, Ordering::Relaxed);
                        if point >= calls * 2 {
                            return;
                        }
                        crash_at(point / 2 + 1, if point.is_multiple_of(2) { "before" } else { "after" }, &expected);
                    }
                })
            })
            .collect();
        for lane in lanes {
            if let Err(panic) = lane.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}

fn crash_at(call: u32, when: &str, expected: &BTreeMap<&'static str, String>) {
    let fixture = stage(&call.to_string(), when);
    let theirs = snapshot(&fixture.root, &ENGINE);
    let (ok, said) = run(&fixture);
    assert!(!ok, "nobody was killed {when} call {call}: {said}");
    let (ok, said) = run(&fixture);
    assert!(ok, "resumed after a kill {when} call {call}: {said}");
    assert_eq!(&outcome(&fixture), expected, "after a kill {when} call {call}");
    assert_eq!(snapshot(&fixture.root, &ENGINE), theirs, "after a kill {when} call {call}");
}
