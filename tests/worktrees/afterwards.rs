//! What is done with a run that has ended: taken over, cleared up.

use std::path::PathBuf;

use crate::place::{Place, TWO};

#[test]
fn gc_removes_what_is_merged_and_gives_up_only_what_it_is_told_to() {
    let place = Place::plain(TWO);
    assert_eq!(place.run(&mut place.mission(&["gc"])), "Nothing is left of any run.");
    place.run(&mut place.mission(&["run", "two"]));
    let branch = place.integrated();
    let prefix = branch.strip_suffix("/main").unwrap();
    let run = prefix.strip_prefix("mission/").unwrap();
    let schema = serde_json::from_str(include_str!("../../schemas/gc.schema.json")).unwrap();
    let schema = jsonschema::draft7::new(&schema).unwrap();
    let gc = |args: &[&str]| -> (Vec<String>, Vec<String>) {
        let text = place.run(&mut place.mission(&[&["gc", "--json"], args].concat()));
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(schema.is_valid(&value), "{value:#}");
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
