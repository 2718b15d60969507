//! Runs with worktrees from outside: what is the user's stays as it was, nothing is left behind, nothing is lost.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    /// A repository with the demo program on `main`.
    fn demo() -> Self {
        let place = Self::bare();
        let setup = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/migration/setup.sh");
        place.run(Command::new("sh").arg(setup).arg(place.root()));
        place
    }
    /// A repository with the workflow `two` and one commit.
    fn plain(workflow: &str) -> Self {
        let place = Self::bare();
        place.git(&["init", "-q", "-b", "main", "repo"]);
        std::fs::create_dir_all(place.root().join(".mission/workflows")).unwrap();
        std::fs::write(place.root().join(".mission/.gitignore"), "*\n").unwrap();
        std::fs::write(place.root().join(".mission/workflows/two.yaml"), workflow).unwrap();
        std::fs::write(place.root().join("same"), "start\n").unwrap();
        place.git(&["-C", "repo", "add", "-A"]);
        place.git(&["-C", "repo", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "start"]);
        place
    }
    fn bare() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("home")).unwrap();
        Self { dir }
    }
    fn root(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join("repo")
    }
    fn surround<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.dir.path().join("home"));
        command.env("GIT_CONFIG_NOSYSTEM", "1").stdin(Stdio::null())
    }
    /// Runs a command to success and returns what it printed.
    fn run(&self, command: &mut Command) -> String {
        let output = self.surround(command).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        assert!(output.status.success(), "{command:?}\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
        said
    }
    fn git(&self, args: &[&str]) -> String {
        self.run(Command::new("git").args(args).current_dir(self.dir.path()))
    }
    fn here(&self, args: &[&str]) -> String {
        self.run(Command::new("git").args(args).current_dir(self.root()))
    }
    fn mission(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mission"));
        self.surround(&mut command).args(args).current_dir(self.root());
        command
    }
    fn start(&self, args: &[&str]) -> Child {
        self.mission(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }
    /// What belongs to the user, each file with the hash of its content: files, index, base branch, configuration.
    fn theirs(&self) -> BTreeMap<PathBuf, u64> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.root()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(self.root()).unwrap().to_owned();
                let ours = [
                    ".mission",
                    ".worktrees",
                    ".git/objects",
                    ".git/refs/heads/mission",
                    ".git/worktrees",
                    ".git/refs/mission",
                    ".git/logs/refs/heads/mission",
                ];
                if ours.iter().any(|ours| name.starts_with(ours)) {
                    continue;
                }
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let mut content = DefaultHasher::new();
                    std::fs::read(&path).unwrap().hash(&mut content);
                    found.insert(name, content.finish());
                }
            }
        }
        found
    }
    /// Names of the files of the user that differ from `before`.
    fn touched(&self, before: &BTreeMap<PathBuf, u64>) -> Vec<PathBuf> {
        let now = self.theirs();
        let all: BTreeSet<&PathBuf> = before.keys().chain(now.keys()).collect();
        all.into_iter().filter(|name| before.get(*name) != now.get(*name)).cloned().collect()
    }
    fn integrated(&self) -> String {
        self.here(&["for-each-ref", "--format=%(refname:short)", "refs/heads/mission/*/main"])
    }
    fn items(&self, branch: &str) -> String {
        let range = format!("main..{branch}");
        let text = self.here(&[
            "log",
            "--first-parent",
            "--reverse",
            "--format=%(trailers:key=Mission-Item,valueonly)",
            &range,
        ]);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
    fn nothing_is_left(&self) {
        assert_eq!(self.here(&["worktree", "list", "--porcelain"]).matches("worktree ").count(), 1);
        let mut left: Vec<_> =
            std::fs::read_dir(self.root().join(".worktrees")).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".gitignore", ".lock"]);
        assert_eq!(self.here(&["fsck", "--no-dangling", "--no-progress"]), "");
    }
}

const MISSION: [&str; 9] =
    ["run", "mission", "--prompt", "Whole cents.", "-i", "useWorktrees=true", "-i", "maxConcurrency=4", "--yes"];

#[test]
fn a_mission_with_worktrees_touches_nothing_of_the_users() {
    let place = Place::demo();
    std::fs::write(place.root().join("note"), "not committed\n").unwrap();
    std::fs::write(place.root().join("README.md"), "being written\n").unwrap();
    let before = place.theirs();
    place.run(&mut place.mission(&MISSION));
    assert_eq!(place.touched(&before), [] as [PathBuf; 0]);
    let branch = place.integrated();
    assert_eq!(
        place.items(&branch),
        "convert store convert-tests program page data",
        "one merge each, in the plan's order"
    );
    let commits =
        place.here(&["log", "--first-parent", "--reverse", "--no-merges", "--format=%s", &format!("main..{branch}")]);
    assert_eq!(commits.lines().count(), 2, "one commit for each milestone: {commits}");
    assert_eq!(place.here(&["for-each-ref", "--format=%(refname:short)", "refs/heads"]), format!("main\n{branch}"));
    place.nothing_is_left();
}

/// The same, with the executor killed at different moments: as many merges, the same tree.
#[test]
fn a_killed_mission_with_worktrees_ends_the_same() {
    let whole = Place::demo();
    whole.run(&mut whole.mission(&MISSION));
    let tree = |place: &Place| place.here(&["rev-parse", &format!("{}^{{tree}}", place.integrated())]);
    std::thread::scope(|scope| {
        for moment in 0..6_u64 {
            let expected = tree(&whole);
            scope.spawn(move || {
                let place = Place::demo();
                let before = place.theirs();
                let mut child = place.start(&MISSION);
                // Not a measure of anything: each moment is as good as another.
                std::thread::sleep(std::time::Duration::from_millis(400 + 450 * moment));
                child.kill().unwrap();
                child.wait().unwrap();
                place.mission(&["resume"]).output().unwrap();
                // Killed before there was a run: nothing to resume.
                if place.integrated().is_empty() {
                    place.run(&mut place.mission(&MISSION));
                }
                assert_eq!(tree(&place), expected, "killed at moment {moment}");
                assert_eq!(place.items(&place.integrated()).split(' ').count(), 6);
                assert_eq!(place.touched(&before), [] as [PathBuf; 0]);
                place.nothing_is_left();
            });
        }
    });
}

const TWO: &str = r#"
mission: 1
name: two
inputs:
  text: { type: string, default: x }
nodes:
  feature:
    map: { over: '["one", "two", "three"]', as: f, key: f, mode: parallel, join: all_done }
    run: 'echo "$F $TEXT" > "$(if [ "$F" = three ]; then echo other; else echo same; fi)"'
    env: { F: "{{ f }}", TEXT: "{{ inputs.text }}" }
    worktree:
      base: integrated
      path: ".worktrees/{{ run.id }}-{{ f }}"
      branch: "mission/{{ run.id }}/1/{{ f }}"
  merge:
    needs: [feature]
    uses: git.integrate
    with: { items: "{{ nodes.feature.items }}", branches: "mission/{{ run.id }}/1", base: main }
  say:
    needs: [merge]
    run: printf '%s' "$CONFLICTS" > "$MISSION_OUTPUT"
    env: { CONFLICTS: "{{ nodes.merge.output.conflicts | tojson }}" }
    output: { from: file }
outputs: { conflicts: nodes.merge.output.conflicts }
"#;

#[test]
fn features_that_meet_in_a_line_are_both_kept() {
    let place = Place::plain(TWO);
    let before = place.theirs();
    place.run(&mut place.mission(&["run", "two"]));
    let branch = place.integrated();
    let prefix = branch.strip_suffix("/main").unwrap();
    assert_eq!(place.items(&branch), "one three");
    assert_eq!(place.here(&["show", &format!("{branch}:same")]), "one x");
    assert_eq!(place.here(&["show", &format!("{prefix}/1/two:same")]), "two x", "the work that was left out");
    let branches = place.here(&["for-each-ref", "--format=%(refname:short)", "refs/heads/mission"]);
    assert_eq!(branches, format!("{prefix}/1/two\n{branch}"));
    assert_eq!(place.touched(&before), [] as [PathBuf; 0]);
    let kept = place.here(&["worktree", "list", "--porcelain"]);
    assert_eq!(kept.matches("worktree ").count(), 2, "{kept}");
}

#[test]
fn two_runs_at_once_do_not_meet() {
    let place = Place::plain(&TWO.replace("same", "file-of-$F"));
    let before = place.theirs();
    let mut children =
        [place.start(&["run", "two", "-i", "text=first"]), place.start(&["run", "two", "-i", "text=second"])];
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    let branches: Vec<String> = place.integrated().lines().map(str::to_owned).collect();
    let mut texts: Vec<String> = branches.iter().map(|b| place.here(&["show", &format!("{b}:file-of-one")])).collect();
    texts.sort();
    assert_eq!(texts, ["one first", "one second"]);
    for branch in &branches {
        assert_eq!(place.items(branch), "one two three");
        assert_eq!(place.here(&["merge-base", "main", branch]), place.here(&["rev-parse", "main"]));
    }
    assert_eq!(place.touched(&before), [] as [PathBuf; 0]);
    place.nothing_is_left();
}

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

#[test]
fn gc_removes_what_is_merged_and_gives_up_only_what_it_is_told_to() {
    let place = Place::plain(TWO);
    assert_eq!(place.run(&mut place.mission(&["gc"])), "Nothing is left of any run.");
    place.run(&mut place.mission(&["run", "two"]));
    let branch = place.integrated();
    let prefix = branch.strip_suffix("/main").unwrap();
    let run = prefix.strip_prefix("mission/").unwrap();
    let gc = |args: &[&str]| -> (Vec<String>, Vec<String>) {
        let text = place.run(&mut place.mission(&[&["gc", "--json"], args].concat()));
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let names = |key: &str| -> Vec<String> {
            let line = |row: &serde_json::Value| {
                format!("{}: {}", row["name"].as_str().unwrap(), row["why"].as_str().unwrap())
            };
            value[key].as_array().unwrap().iter().map(line).collect()
        };
        (names("removed"), names("kept"))
    };
    let two = format!(".worktrees/{run}-two: ");
    let kept = vec![format!("{two}its branch is not merged"), format!("{branch}: it is not merged into `main`")];
    assert_eq!(gc(&["--dry-run"]), (vec![], kept.clone()));
    assert_eq!(gc(&[]), (vec![], kept), "it holds work that is nowhere else");
    place.here(&["merge", "-q", "--no-edit", &branch]);
    let expected = (vec![format!("{branch}: merged")], vec![format!("{two}its branch is not merged")]);
    assert_eq!(gc(&["--dry-run"]), expected);
    assert_eq!(gc(&[]), expected);
    let tip = place.here(&["rev-parse", &format!("{prefix}/1/two")]);
    let said = place.run(&mut place.mission(&["gc", "--abandon", run]));
    assert!(said.contains(&format!("bring it back: git branch {prefix}/1/two {tip}")), "{said}");
    assert_eq!(gc(&[]), (vec![], vec![]));
    assert_eq!(place.here(&["for-each-ref", "--format=%(refname)"]), "refs/heads/main");
    place.nothing_is_left();
}

#[test]
fn gc_leaves_a_run_alone_that_can_go_on() {
    let place = Place::plain(&TWO.replace("needs: [merge]\n    run:", "needs: [merge]\n    run: exit 1; echo"));
    assert_eq!(place.mission(&["run", "two"]).output().unwrap().status.code(), Some(1));
    let run = place.integrated().replace("mission/", "").replace("/main", "");
    let said = place.run(&mut place.mission(&["gc"]));
    assert!(said.lines().all(|line| line.ends_with("its run can go on")) && said.lines().count() == 2, "{said}");
    // A failed run can be given up; one that waits or was interrupted must be ended first.
    let said = place.run(&mut place.mission(&["gc", "--abandon", &run, "--dry-run"]));
    assert_eq!(said.matches("would remove").count(), 2, "{said}");
    let waiting = TWO
        .replace(
            "nodes:",
            "nodes:\n  ask: { gate: { title: Go, choices: { go: { go: next }, no: { go: end, status: cancelled } } } }",
        )
        .replace("  feature:\n", "  feature:\n    needs: [ask]\n");
    std::fs::write(place.root().join(".mission/workflows/two.yaml"), waiting).unwrap();
    let output = place.mission(&["run", "two"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    let listed = place.run(&mut place.mission(&["ps", "--json"]));
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let id = listed["runs"][0]["run"].as_str().unwrap();
    let output = place.mission(&["gc", "--abandon", id]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains(&format!("mission cancel {id}")));
}

#[test]
fn a_report_says_how_to_merge_and_land_does_it() {
    let place = Place::plain(TWO);
    let said = place.run(&mut place.mission(&["run", "two"]));
    let branch = place.integrated();
    let run = branch.replace("mission/", "").replace("/main", "");
    let expected = format!(
        "## Integrated\n\n- left out: `two`, kept on `mission/{run}/1/two`: it conflicts with what was merged before it (`same`)\n\n`{branch}` is not merged into `main`. To merge it:\n\n    git merge {branch}\n    mission report {run} --land"
    );
    assert!(said.contains(&expected), "{said}");
    assert!(place.run(&mut place.mission(&["report"])).ends_with(&expected));
    // What lies on disk is the record alone, and says the same but for where the base branch is.
    let kept = std::fs::read_to_string(place.root().join(format!(".mission/runs/{run}/report.json"))).unwrap();
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    let integrated = &kept["integrated"];
    assert_eq!(integrated["command"], format!("git switch main && git merge {branch}"));
    assert_eq!(integrated["landed"], serde_json::Value::Null);
    let keys =
        |list: &str| integrated[list].as_array().unwrap().iter().map(|row| row["key"].clone()).collect::<Vec<_>>();
    assert_eq!((keys("merged"), keys("leftOut")), (vec!["one".into(), "three".into()], vec!["two".into()]));
    assert_eq!(integrated["leftOut"][0]["files"], serde_json::json!(["same"]));
    std::fs::write(place.root().join("same"), "mine\n").unwrap();
    let before = place.theirs();
    let refused = place.mission(&["report", "--land"]).output().unwrap();
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0));
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(why.contains("uncommitted changes: same") && why.contains("help: commit or stash"), "{why}");
    assert_eq!(place.touched(&before), [] as [PathBuf; 0]);
    place.here(&["checkout", "-q", "same"]);
    let landed = place.run(&mut place.mission(&["report", "--land"]));
    assert!(landed.ends_with(&format!("`{branch}` is merged into `main`.")), "{landed}");
    assert_eq!(place.here(&["rev-parse", "main"]), place.here(&["rev-parse", &branch]));
    assert_eq!(place.here(&["status", "--porcelain"]), "");
    assert_eq!(std::fs::read_to_string(place.root().join("other")).unwrap(), "three x\n");
}

#[test]
fn a_run_that_failed_does_not_land() {
    let place = Place::plain(&TWO.replace("needs: [merge]\n    run:", "needs: [merge]\n    run: exit 1; echo"));
    place.mission(&["run", "two"]).output().unwrap();
    let before = place.theirs();
    let refused = place.mission(&["report", "--land"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("does not land"));
    assert_eq!(place.touched(&before), [] as [PathBuf; 0]);
}

/// Two features change the same line; the third only ends well once the conflict is shown.
#[test]
fn a_conflict_is_shown_while_features_run() {
    let looks = r#""$MISSION" -C "$MISSION_RUN_DIR" status --json | grep -q same"#;
    let wait = format!(
        r#"if [ "$F" = three ]; then n=0; until {looks}; do n=$((n+1)); test $n -lt 600; sleep 0.05; done; fi; "#
    );
    let text = TWO.replace("run: 'echo \"$F", &format!("run: '{wait}echo \"$F"));
    let text = text.replace("env: { F:", &format!("env: {{ MISSION: {:?}, F:", env!("CARGO_BIN_EXE_mission")));
    let place = Place::plain(&text);
    place.run(&mut place.mission(&["run", "two"]));
    assert_eq!(place.items(&place.integrated()), "one three", "`three` saw it");
    // One side is merged and its worktree gone: from here on the conflict is that of the merge.
    let now: serde_json::Value = serde_json::from_str(&place.run(&mut place.mission(&["status", "--json"]))).unwrap();
    assert_eq!(now["overlaps"], serde_json::json!([]));
}
