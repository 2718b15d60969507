//! Features and runs beside each other.

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::json;

use crate::agents::{Mission, findings};
use crate::place::{Place, TWO};

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

/// Runs one after the other: each has its own branch and paths, and begins at the base branch as it is by then.
#[test]
fn a_run_after_another_begins_anew() {
    let place = Place::plain(&TWO.replace("same", "file-of-$F"));
    place.run(&mut place.mission(&["run", "two", "-i", "text=first"]));
    let first = place.integrated();
    let tip = place.here(&["rev-parse", &first]);
    place.here(&["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "meanwhile"]);
    let before = place.theirs();
    place.run(&mut place.mission(&["run", "two", "-i", "text=second"]));
    let branches = place.integrated();
    let second = branches.lines().find(|branch| **branch != first).unwrap();
    assert_eq!((branches.lines().count(), place.here(&["rev-parse", &first])), (2, tip), "the first stays as it was");
    assert_eq!(place.here(&["show", &format!("{second}:file-of-one")]), "one second");
    assert_eq!(place.here(&["merge-base", "main", second]), place.here(&["rev-parse", "main"]), "from the new base");
    assert_eq!(place.items(second), "one two three");
    assert_eq!(place.touched(&before), [] as [PathBuf; 0]);
    place.nothing_is_left();
}

/// What a feature of a mission does: it says where it works, and writes what its run is called.
const SAYS: &str = r#"
run=${MISSION_RUN_DIR##*/}
echo "$PWD" >> "$CTL/place-$run"
waited=0
until [ "$(ls "$CTL" | grep -c '^place-')" -ge "$(cat "$CTL/expected")" ]; do waited=$((waited + 1)); test $waited -lt 2400; sleep 0.05; done
echo "$last of $run" > "$last.txt"
"#;

/// Two missions of the template that are surely under way at once, and a third behind them.
#[test]
fn missions_do_not_meet_at_once_nor_one_after_the_other() {
    let mission = Mission::new(&[&["one", "two"], &["three"]]);
    let place = &mission.place;
    for feature in ["one", "two", "three"] {
        mission.write(&format!("feature-{feature}"), SAYS);
    }
    mission.write("expected", "2");
    let (before, base) = (place.theirs(), place.here(&["rev-parse", "main"]));
    let mut children = [(); 2].map(|()| mission.command(&[]).stdout(Stdio::null()).spawn().unwrap());
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(place.touched(&before), [] as [PathBuf; 0]);
    let runs = runs(&mission);
    assert_eq!(runs.len(), 2);
    runs.iter().for_each(|run| stands_alone(&mission, run, &base));
    let tips = runs.iter().map(|run| place.here(&["rev-parse", &format!("mission/{run}/main")])).collect::<Vec<_>>();

    place.here(&["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "meanwhile"]);
    let (before, base) = (place.theirs(), place.here(&["rev-parse", "main"]));
    assert!(mission.command(&[]).output().unwrap().status.success());
    assert_eq!(place.touched(&before), [] as [PathBuf; 0]);
    let all = self::runs(&mission);
    let third = all.iter().find(|run| !runs.contains(run)).unwrap();
    stands_alone(&mission, third, &base);
    let now = runs.iter().map(|run| place.here(&["rev-parse", &format!("mission/{run}/main")])).collect::<Vec<_>>();
    assert_eq!((all.len(), now), (3, tips), "the first two stay as they were");
    place.nothing_is_left();
}

fn runs(mission: &Mission) -> Vec<String> {
    let names = std::fs::read_dir(mission.place.root().join(".mission/runs")).unwrap().flatten();
    names.filter(|e| e.path().is_dir()).map(|e| e.file_name().into_string().unwrap()).collect()
}

/// Its own branch from `base` with its own work, its own folders, and nobody in it is accused.
fn stands_alone(mission: &Mission, run: &str, base: &str) {
    let place = &mission.place;
    let branch = format!("mission/{run}/main");
    assert_eq!(place.items(&branch), "one two three");
    assert_eq!(place.here(&["merge-base", "main", &branch]), base);
    let files = ["one", "two", "three"].map(|feature| place.here(&["show", &format!("{branch}:{feature}.txt")]));
    assert_eq!(files, ["one", "two", "three"].map(|feature| format!("{feature} of {run}")));
    let left = place.here(&["for-each-ref", "--format=%(refname:short)", &format!("refs/heads/mission/{run}")]);
    assert_eq!(left, branch);
    let said = std::fs::read_to_string(mission.ctl(&format!("place-{run}"))).unwrap();
    let own = place.root().join(format!(".worktrees/{run}-")).display().to_string();
    assert!(said.lines().count() == 3 && said.lines().all(|folder| folder.starts_with(&own)), "{said}");
    let report = mission.report_of(run);
    assert!(report["handoffs"].as_array().unwrap().len() >= 5, "{report}");
    assert_eq!((&report["status"], findings(&report).len()), (&json!("succeeded"), 0), "{report}");
}

#[test]
fn a_project_below_the_top_is_refused_before_a_run_exists() {
    let place = Place::plain(TWO);
    let sub = place.root().join("sub");
    std::fs::create_dir_all(sub.join(".mission")).unwrap();
    std::fs::rename(place.root().join(".mission/workflows"), sub.join(".mission/workflows")).unwrap();
    let refused = place.mission(&["run", "two"]).current_dir(&sub).output().unwrap();
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{why}");
    let top = place.root().display().to_string();
    assert!(why.contains(&format!("`{top}/sub` is not the top of its repository `{top}`")), "{why}");
    assert!(why.contains("keep `.mission` at the top"), "{why}");
    assert!(!place.root().join(".worktrees").exists() && !sub.join(".mission/runs").exists());
}

/// Two features change the same line; the third only ends well once the conflict is shown.
#[test]
fn a_conflict_is_shown_while_features_run() {
    let looks = r#""$MISSION" -C "$MISSION_RUN_DIR" status --json | grep -q same"#;
    let wait = format!(
        r#"if [ "$F" = three ]; then n=0; until {looks}; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; fi; "#
    );
    let text = TWO.replace("run: 'echo \"$F", &format!("run: '{wait}echo \"$F"));
    let text = text.replace("env: { F:", &format!("env: {{ MISSION: {:?}, F:", env!("CARGO_BIN_EXE_mission")));
    let place = Place::plain(&text);
    place.run(&mut place.mission(&["run", "two"]));
    assert_eq!(place.items(&place.integrated()), "one three", "`three` saw it");
    // One side is merged and its worktree gone: from here on the conflict is that of the merge.
    let now: serde_json::Value = serde_json::from_str(&place.run(&mut place.mission(&["status", "--json"]))).unwrap();
    assert_eq!(now["overlaps"], serde_json::json!([]));
    // It is recorded, once, and the report has it.
    let events = place.run(&mut place.mission(&["events", "--json"]));
    let found: Vec<&str> = events.lines().filter(|line| line.contains(r#""overlap-found""#)).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    let event: serde_json::Value = serde_json::from_str(found[0]).unwrap();
    let overlap = &event["event"]["overlap"];
    assert_eq!(overlap["nodes"], serde_json::json!(["two:feature:one", "two:feature:two"]));
    assert_eq!(overlap["files"], serde_json::json!(["same"]));
    let report: serde_json::Value =
        serde_json::from_str(&place.run(&mut place.mission(&["report", "--json"]))).unwrap();
    assert_eq!(report["overlaps"], serde_json::json!([overlap]));
    let said = place.run(&mut place.mission(&["report"]));
    assert!(said.contains("- `two:feature:one` and `two:feature:two`: same"), "{said}");
}

/// Two features change the same line, and neither ends before their conflict is shown.
#[test]
fn a_conflict_is_shown_before_either_side_ends() {
    let looks = r#""$MISSION" -C "$MISSION_RUN_DIR" status --json | grep -q same"#;
    let wait = format!(
        r#"if [ "$F" != three ]; then n=0; until {looks}; do n=$((n+1)); test $n -lt 2400; sleep 0.2; done; fi"#
    );
    let text = TWO.replace("else echo same; fi)\"'", &format!("else echo same; fi)\"; {wait}'"));
    let text = text.replace("env: { F:", &format!("env: {{ MISSION: {:?}, F:", env!("CARGO_BIN_EXE_mission")));
    assert!(text.contains("sleep 0.2"), "{text}");
    let place = Place::plain(&text);
    place.run(&mut place.mission(&["run", "two"]));
    assert_eq!(place.items(&place.integrated()), "one three");
    let events = place.run(&mut place.mission(&["events", "--json"]));
    let at = |what: &str| events.lines().position(|line| what.split(' ').all(|part| line.contains(part))).unwrap();
    for side in ["one", "two"] {
        assert!(at("overlap-found") < at(&format!(r#""node-finished" "two:feature:{side}""#)), "{events}");
    }
    assert_eq!(events.matches("overlap-found").count(), 1, "{events}");
}
